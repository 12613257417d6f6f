//! What all commands share when they read: from the live cluster, from files, or from the demo, as the flags say.

use std::path::PathBuf;
use std::time::Duration;

use crate::cli::{ConnectionArguments, SourceArguments};
use crate::decision::facts::ClusterIdentity;
use crate::decision::facts::shell::option;
use crate::error::{Error, ErrorKind, Result};
use crate::sources::aws::EksFlags;
use crate::sources::kubeconfig::{Access, KubeconfigFlags, Overrides, Patience};
use crate::sources::live::{self, LiveOptions};
use crate::sources::question::{NamespaceScope, Purpose, Question, Target};
use crate::sources::{Gathered, Input, demo, offline, requests};

/// How long a cluster is waited for that would only add to profiles which come from files.
const PATIENCE_BESIDE_FILES: Patience = Patience::Silence(Duration::from_secs(5));

/// Refuses what cannot be meant.
///
/// # Errors
/// Usage.
pub fn check(source: &SourceArguments) -> Result<()> {
    requests::set_level(source.connection.verbosity.unwrap_or(0));
    let is_live = source.from.is_empty() && !source.demo;
    if source.at.is_some() && is_live {
        return Err(Error::new(
            ErrorKind::Usage,
            "--at is for files: a live cluster is judged as it is now",
        )
        .next("leave out --at, or read files with --from PATH"));
    }
    check_ignored(&source.connection)?;
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

/// Ends with an error where servers have warned of something and that is to be one.
///
/// # Errors
/// kubectl's own.
pub fn check_warnings(source: &SourceArguments) -> Result<()> {
    match requests::warnings() {
        count if count > 0 && source.connection.warnings_as_errors => {
            let noun = if count == 1 { "warning" } else { "warnings" };
            Err(
                Error::new(ErrorKind::Cluster, format!("{count} {noun} received"))
                    .next("the answer stands; leave out --warnings-as-errors to have it count"),
            )
        }
        _ => Ok(()),
    }
}

/// Refuses flags of kubectl that promise what cannot be kept here.
fn check_ignored(connection: &ConnectionArguments) -> Result<()> {
    let usage = |message: &str| Error::new(ErrorKind::Usage, message);
    let ignored = &connection.ignored;
    if ignored.match_server_version {
        return Err(usage(
            "--match-server-version compares kubectl's own version with the API server's, and this is not kubectl",
        )
        .next("leave it out: API servers of any version are read"));
    }
    match ignored.profile.as_deref() {
        None | Some("" | "none") => Ok(()),
        Some(_) => Err(
            usage("--profile measures kubectl itself, and this is not kubectl")
                .next("for an AWS profile: --aws-profile NAME")
                .next("for a Fargate profile: kubectl fargate profiles NAME"),
        ),
    }
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
    let patience = match source.connection.request_timeout {
        Some(patience) => patience,
        None if question.purpose == Purpose::Profiles && !source.profiles.is_empty() => {
            PATIENCE_BESIDE_FILES
        }
        None => Patience::default(),
    };
    let options = LiveOptions {
        patience,
        page_size: source.chunk_size.unwrap_or_default(),
        eks: EksFlags {
            cluster_name: source.cluster_name.clone(),
            region: source.region.clone(),
            aws_profile: source.aws_profile.clone(),
        },
        profiles: inputs(&source.profiles),
    };
    let flags = kubeconfig_flags(&source.connection);
    let names_kubeconfig = flags.name_entry() || flags.kubeconfig.is_some();
    let access = match Access::load(&flags, options.patience) {
        Ok(access) => access,
        // Whoever names a kubeconfig means it.
        Err(error) if does_without_cluster && !names_kubeconfig => {
            return run(live::gather_without_cluster(error, question, &options));
        }
        Err(error) if error.kind == ErrorKind::NotFound && !flags.name_entry() => {
            return Err(with_ways_around(error, question.purpose));
        }
        Err(error) => return Err(error),
    };
    if question.namespace == NamespaceScope::All && !all_namespaces {
        question.namespace = NamespaceScope::One(access.namespace.clone());
    }
    run(live::gather(&access, question, &options))
}

/// The flags as the kubeconfig's room takes them.
pub fn kubeconfig_flags(connection: &ConnectionArguments) -> KubeconfigFlags {
    // As in kubectl, an empty word is no word.
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let connection = connection.clone();
    KubeconfigFlags {
        kubeconfig: connection
            .kubeconfig
            .filter(|path| !path.as_os_str().is_empty()),
        context: given(connection.context),
        cluster: given(connection.cluster),
        user: given(connection.user),
        overrides: Overrides {
            server: given(connection.server),
            tls_server_name: connection.tls_server_name,
            insecure_skip_tls_verify: connection.insecure_skip_tls_verify,
            certificate_authority: connection.certificate_authority,
            disable_compression: connection.disable_compression,
            token: connection.token,
            client_certificate: connection.client_certificate,
            client_key: connection.client_key,
            username: connection.username,
            password: connection.password,
            impersonate: connection.impersonate,
            impersonate_groups: connection.impersonate_groups,
            impersonate_uid: connection.impersonate_uid,
            impersonate_extra: connection.impersonate_extra,
        },
    }
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
fn run(gathering: impl Future<Output = Result<Gathered>>) -> Result<Gathered> {
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

/// The flags by which another command asks the same source; without tokens and passwords.
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
    let connection = &source.connection;
    let text = |text: &Option<String>| -> Vec<String> { text.iter().cloned().collect() };
    for (flag, values) in [
        ("--from", paths(&source.from)),
        ("--profiles", paths(&source.profiles)),
        ("--kubeconfig", paths(connection.kubeconfig.as_slice())),
        ("--context", text(&connection.context)),
        ("--cluster", text(&connection.cluster)),
        ("--user", text(&connection.user)),
        ("--cluster-name", text(&source.cluster_name)),
        ("--region", text(&source.region)),
        ("--aws-profile", text(&source.aws_profile)),
    ] {
        for value in values {
            words.push(option(flag, &value));
        }
    }
    let overrides = kubeconfig_flags(connection).overrides;
    words.extend(overrides.server_for_a_shell());
    words.extend(overrides.person_for_a_shell());
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
