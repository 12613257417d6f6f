//! What all commands share when they read: from the live cluster, from files, or from the demo, as the flags say.

use std::path::PathBuf;
use std::time::Duration;

use crate::cli::SourceArguments;
use crate::decision::facts::ClusterIdentity;
use crate::decision::facts::shell::option;
use crate::error::{Error, ErrorKind, Result};
use crate::sources::aws::EksFlags;
use crate::sources::kubeconfig::{Access, KubeconfigFlags, Patience};
use crate::sources::live::{self, LiveOptions};
use crate::sources::question::{NamespaceScope, Purpose, Question, Target};
use crate::sources::{Gathered, Input, demo, offline};

/// How long a cluster is waited for that would only add to profiles which come from files.
const PATIENCE_BESIDE_FILES: Patience = Patience::Silence(Duration::from_secs(5));

/// Refuses what cannot be meant.
///
/// # Errors
/// Usage.
pub fn check(source: &SourceArguments) -> Result<()> {
    let is_live = source.from.is_empty() && !source.demo;
    if source.at.is_some() && is_live {
        return Err(Error::new(
            ErrorKind::Usage,
            "--at is for files: a live cluster is judged as it is now",
        )
        .next("leave out --at, or read files with --from PATH"));
    }
    let from_stdin = source
        .from
        .iter()
        .chain(&source.profiles)
        .filter(|path| path.as_os_str() == "-")
        .count();
    if from_stdin > 1 {
        return Err(
            Error::new(ErrorKind::Usage, "standard input (-) can be read only once")
                .next("write one of the inputs to a file and name that"),
        );
    }
    Ok(())
}

/// Gathers from where the flags say. Live, a question about all namespaces is about the context's own unless
/// `all_namespaces` says that they are meant.
///
/// # Errors
/// Those of the source that is read.
pub fn gather(
    source: &SourceArguments,
    question: &mut Question,
    all_namespaces: bool,
) -> Result<Gathered> {
    if source.demo {
        return demo::gather(question, source.at);
    }
    if source.from.is_empty() {
        return gather_live(source, question, all_namespaces);
    }
    let identity = ClusterIdentity {
        name: source.cluster_name.clone(),
        region: source.region.clone(),
    };
    let (from, profiles) = (inputs(&source.from), inputs(&source.profiles));
    offline::gather(&from, &profiles, source.at, question, &identity)
}

fn inputs(paths: &[PathBuf]) -> Vec<Input> {
    paths.iter().cloned().map(Input::from).collect()
}

fn gather_live(
    source: &SourceArguments,
    question: &mut Question,
    all_namespaces: bool,
) -> Result<Gathered> {
    let has_names = question
        .targets
        .iter()
        .any(|target| !matches!(target, Target::Node(_)));
    if all_namespaces && has_names {
        return Err(Error::new(
            ErrorKind::Usage,
            "a pod or workload cannot be found by its name in all namespaces",
        )
        .next("name its namespace with -n instead of -A"));
    }
    let does_without_cluster = question.purpose == Purpose::Profiles
        && (!source.profiles.is_empty() || source.cluster_name.is_some());
    let patience = match source.request_timeout {
        Some(patience) => patience,
        None if question.purpose == Purpose::Profiles && !source.profiles.is_empty() => {
            PATIENCE_BESIDE_FILES
        }
        None => Patience::default(),
    };
    let options = live_options(source, patience);
    let flags = kubeconfig_flags(source);
    let names_kubeconfig = flags != KubeconfigFlags::default();
    let access = match Access::load(&flags, options.patience) {
        Ok(access) => access,
        // Whoever names a kubeconfig means it.
        Err(error) if does_without_cluster && !names_kubeconfig => {
            return run(live::gather_without_cluster(error, question, &options));
        }
        Err(error) if error.kind == ErrorKind::NotFound && !names_entry(&flags) => {
            return Err(with_ways_around(error, question.purpose));
        }
        Err(error) => return Err(error),
    };
    if question.namespace == NamespaceScope::All && !all_namespaces {
        question.namespace = NamespaceScope::One(access.namespace.clone());
    }
    run(live::gather(&access, question, &options))
}

/// How the live cluster is reached, for whoever goes there again after the answer.
///
/// # Errors
/// Those of [`Access::load`].
pub fn reach(source: &SourceArguments) -> Result<(Access, LiveOptions)> {
    let options = live_options(source, source.request_timeout.unwrap_or_default());
    let access = Access::load(&kubeconfig_flags(source), options.patience)?;
    Ok((access, options))
}

fn live_options(source: &SourceArguments, patience: Patience) -> LiveOptions {
    LiveOptions {
        patience,
        page_size: source.chunk_size.unwrap_or_default(),
        eks: EksFlags {
            cluster_name: source.cluster_name.clone(),
            region: source.region.clone(),
            aws_profile: source.aws_profile.clone(),
        },
        profiles: inputs(&source.profiles),
    }
}

fn kubeconfig_flags(source: &SourceArguments) -> KubeconfigFlags {
    KubeconfigFlags {
        kubeconfig: source.kubeconfig.clone(),
        context: source.context.clone(),
        cluster: source.cluster.clone(),
        user: source.user.clone(),
    }
}

/// Whether context, cluster or user were named: whoever does has a cluster, and has mistyped it at the most.
fn names_entry(flags: &KubeconfigFlags) -> bool {
    [&flags.context, &flags.cluster, &flags.user]
        .iter()
        .any(|name| name.is_some())
}

/// The error with the command that was run in its hints, where they name another of ours.
pub fn for_command(mut error: Error, purpose: Purpose) -> Error {
    let command = format!("kubectl fargate {}", purpose.command());
    for next in &mut error.next {
        *next = next.replace("kubectl fargate explain", &command);
    }
    error
}

/// What can be done where no cluster is at hand, in the words of the command that was run.
fn with_ways_around(error: Error, purpose: Purpose) -> Error {
    let command = purpose.command();
    error
        .next(format!(
            "try it without a cluster: kubectl fargate {command} --demo"
        ))
        .next(format!(
            "read files instead: kubectl fargate {command} --from PATH"
        ))
}

/// Runs what waits for servers to its end.
///
/// # Errors
/// Those of what is run.
pub fn run<T>(gathering: impl Future<Output = Result<T>>) -> Result<T> {
    // One thread does it all: what comes is parsed faster than servers send it, and pieces are not handed from thread to thread.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Error::new(ErrorKind::Cluster, "could not start").cause(error.to_string())
        })?;
    let gathered = runtime.block_on(gathering);
    // Whatever still hangs (a login command, a lookup) is not waited for.
    runtime.shutdown_background();
    gathered
}

/// The flags by which another command asks the same source.
pub fn same_source(source: &SourceArguments) -> String {
    let mut words: Vec<String> = Vec::new();
    if source.demo {
        words.push("--demo".to_owned());
    }
    let paths = |paths: &[PathBuf]| -> Vec<String> {
        paths
            .iter()
            .map(|path| path.display().to_string())
            .collect()
    };
    let text = |text: &Option<String>| -> Vec<String> { text.iter().cloned().collect() };
    for (flag, values) in [
        ("--from", paths(&source.from)),
        ("--profiles", paths(&source.profiles)),
        ("--kubeconfig", paths(source.kubeconfig.as_slice())),
        ("--context", text(&source.context)),
        ("--cluster", text(&source.cluster)),
        ("--user", text(&source.user)),
        ("--cluster-name", text(&source.cluster_name)),
        ("--region", text(&source.region)),
        ("--aws-profile", text(&source.aws_profile)),
    ] {
        for value in values {
            words.push(option(flag, &value));
        }
    }
    if let Some(at) = source.at {
        words.push("--at".to_owned());
        words.push(at.to_string());
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (source, words) in [
            (
                SourceArguments {
                    at: Some(jiff::Timestamp::UNIX_EPOCH),
                    ..SourceArguments::default()
                },
                "--at is for files",
            ),
            (
                SourceArguments {
                    from: vec!["-".into()],
                    profiles: vec!["-".into()],
                    ..SourceArguments::default()
                },
                "only once",
            ),
        ] {
            let error = check(&source).expect_err("it cannot be meant");
            assert_eq!(error.kind, ErrorKind::Usage);
            assert!(error.message.contains(words), "{}", error.message);
        }
    }

    #[test]
    fn ways_around_a_cluster_are_those_of_the_command_that_was_run() {
        for (purpose, command) in [
            (Purpose::Placement, "explain"),
            (Purpose::Profiles, "profiles"),
            (Purpose::Suggestion, "suggest"),
        ] {
            let error = with_ways_around(Error::new(ErrorKind::NotFound, "none"), purpose);
            assert_eq!(
                error.next,
                [
                    format!("try it without a cluster: kubectl fargate {command} --demo"),
                    format!("read files instead: kubectl fargate {command} --from PATH"),
                ]
            );
        }
    }

    #[test]
    fn other_commands_ask_the_same_source() {
        let arguments = SourceArguments {
            from: vec!["my files".into(), "b.yaml".into()],
            region: Some("eu-west-1".to_owned()),
            ..SourceArguments::default()
        };
        assert_eq!(
            same_source(&arguments),
            "--from 'my files' --from b.yaml --region eu-west-1"
        );
    }
}
