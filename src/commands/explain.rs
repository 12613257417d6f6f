//! `explain`: why pods are where they are.

use std::io::{self, Write};

use super::output;
use crate::cli::{ExplainArguments, OutputFormat};
use crate::decision::facts::ClusterIdentity;
use crate::error::{Error, ErrorKind, Result};
use crate::exit;
use crate::render::{self, Style, View};
use crate::report::{self, Report};
use crate::sources::aws::EksFlags;
use crate::sources::kubeconfig::{Access, KubeconfigFlags};
use crate::sources::live::{self, LiveOptions};
use crate::sources::question::{
    FieldSelector, LabelSelector, NamespaceScope, Question, Target, parse_targets,
};
use crate::sources::{Gathered, Input, demo, offline};

/// Answers the question and returns the exit code.
///
/// # Errors
/// All that keeps the question from being answered, or the answer from being written. A closed pipe is none.
pub fn run(arguments: &ExplainArguments) -> Result<u8> {
    check(arguments)?;
    let (gathered, namespace) = gather(arguments)?;
    let report = report::assemble(&gathered.snapshot, &gathered.subjects);
    output::written(write(arguments, &report, &namespace))?;
    Ok(if gathered.broken {
        exit::UNREADABLE
    } else {
        exit::ANSWERED
    })
}

/// Refuses what cannot be meant.
fn check(arguments: &ExplainArguments) -> Result<()> {
    let usage = |message: &str| Error::new(ErrorKind::Usage, message);
    if !arguments.filename.is_empty() {
        return Err(usage(
            "explain does not read manifests that are not in a cluster: -f is reserved for that",
        )
        .next("for objects that kubectl get has printed, use --from PATH"));
    }
    let is_live = arguments.from.is_empty() && !arguments.demo;
    if arguments.at.is_some() && is_live {
        return Err(
            usage("--at is for files: a live cluster is judged as it is now")
                .next("leave out --at, or read files with --from PATH"),
        );
    }
    let from_stdin = arguments
        .from
        .iter()
        .chain(&arguments.profiles)
        .filter(|path| path.as_os_str() == "-")
        .count();
    if from_stdin > 1 {
        return Err(usage("standard input (-) can be read only once")
            .next("write one of the inputs to a file and name that"));
    }
    Ok(())
}

/// Gathers from where the arguments say, and tells in which namespaces.
fn gather(arguments: &ExplainArguments) -> Result<(Gathered, NamespaceScope)> {
    let mut question = Question {
        targets: parse_targets(&arguments.names)?,
        namespace: NamespaceScope::All,
        label_selector: arguments
            .selector
            .as_deref()
            .filter(|text| !text.trim().is_empty())
            .map(LabelSelector::parse)
            .transpose()?,
        field_selector: arguments
            .field_selector
            .as_deref()
            .filter(|text| !text.trim().is_empty())
            .map(FieldSelector::parse)
            .transpose()?,
    };
    question.check()?;
    let named = arguments
        .namespace
        .clone()
        .filter(|namespace| !namespace.is_empty() && !arguments.all_namespaces);
    if let Some(namespace) = named {
        question.namespace = NamespaceScope::One(namespace);
    }
    let inputs =
        |paths: &[std::path::PathBuf]| paths.iter().cloned().map(Input::from).collect::<Vec<_>>();
    let gathered = if arguments.demo {
        demo::gather(&question, arguments.at)?
    } else if !arguments.from.is_empty() {
        let identity = ClusterIdentity {
            name: arguments.cluster_name.clone(),
            region: arguments.region.clone(),
        };
        let (from, profiles) = (inputs(&arguments.from), inputs(&arguments.profiles));
        offline::gather(&from, &profiles, arguments.at, &question, &identity)?
    } else {
        let options = LiveOptions {
            patience: arguments.request_timeout.unwrap_or_default(),
            eks: EksFlags {
                cluster_name: arguments.cluster_name.clone(),
                region: arguments.region.clone(),
                aws_profile: arguments.aws_profile.clone(),
            },
            profiles: inputs(&arguments.profiles),
        };
        gather_live(arguments, &mut question, &options)?
    };
    Ok((gathered, question.namespace))
}

/// Asks the cluster. Without `-n` and `-A`, the question is about the context's namespace.
fn gather_live(
    arguments: &ExplainArguments,
    question: &mut Question,
    options: &LiveOptions,
) -> Result<Gathered> {
    let has_names = question
        .targets
        .iter()
        .any(|target| !matches!(target, Target::Node(_)));
    if arguments.all_namespaces && has_names {
        return Err(Error::new(
            ErrorKind::Usage,
            "a pod or workload cannot be found by its name in all namespaces",
        )
        .next("name its namespace with -n instead of -A"));
    }
    let flags = KubeconfigFlags {
        kubeconfig: arguments.kubeconfig.clone(),
        context: arguments.context.clone(),
        cluster: arguments.cluster.clone(),
        user: arguments.user.clone(),
    };
    let access = Access::load(&flags, options.patience)?;
    if question.namespace == NamespaceScope::All && !arguments.all_namespaces {
        question.namespace = NamespaceScope::One(access.namespace.clone());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| {
            Error::new(ErrorKind::Cluster, "could not start").cause(error.to_string())
        })?;
    let gathered = runtime.block_on(live::gather(&access, question, options));
    // Whatever still hangs (a login command, a lookup) is not waited for.
    runtime.shutdown_background();
    gathered
}

fn write(
    arguments: &ExplainArguments,
    report: &Report,
    namespace: &NamespaceScope,
) -> io::Result<()> {
    let view = match arguments.output {
        Some(OutputFormat::Json) => View::Json,
        Some(OutputFormat::Yaml) => View::Yaml,
        Some(OutputFormat::Name) => View::Name,
        Some(OutputFormat::Wide) => View::Table { wide: true },
        None if !arguments.names.is_empty() || report.pods.len() == 1 => View::Story,
        None => View::Table { wide: false },
    };
    let mut stdout = io::stdout().lock();
    render::render(report, view, &style(arguments, namespace), &mut stdout)?;
    stdout.flush()?;
    if report.pods.is_empty() && report.nodes.is_empty() {
        let namespace = match namespace {
            NamespaceScope::One(namespace) => Some(namespace.as_str()),
            NamespaceScope::All => None,
        };
        // The answer is written; whether this remark arrives changes nothing about it.
        let _ = writeln!(io::stderr(), "{}", render::nothing_found(namespace));
    }
    Ok(())
}

fn style(arguments: &ExplainArguments, namespace: &NamespaceScope) -> Style {
    Style {
        namespaces: *namespace == NamespaceScope::All,
        same_source: same_source(arguments),
        ..output::style(arguments.color)
    }
}

/// The flags by which another command asks the same source.
fn same_source(arguments: &ExplainArguments) -> String {
    let mut words: Vec<String> = Vec::new();
    if arguments.demo {
        words.push("--demo".to_owned());
    }
    let paths = |paths: &[std::path::PathBuf]| -> Vec<String> {
        paths
            .iter()
            .map(|path| path.display().to_string())
            .collect()
    };
    let text = |text: &Option<String>| -> Vec<String> { text.iter().cloned().collect() };
    for (flag, values) in [
        ("--from", paths(&arguments.from)),
        ("--profiles", paths(&arguments.profiles)),
        ("--kubeconfig", paths(arguments.kubeconfig.as_slice())),
        ("--context", text(&arguments.context)),
        ("--cluster", text(&arguments.cluster)),
        ("--user", text(&arguments.user)),
        ("--cluster-name", text(&arguments.cluster_name)),
        ("--region", text(&arguments.region)),
        ("--aws-profile", text(&arguments.aws_profile)),
    ] {
        for value in values {
            words.push(flag.to_owned());
            words.push(shell_words::quote(&value).into_owned());
        }
    }
    if let Some(at) = arguments.at {
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
        for (arguments, words) in [
            (
                ExplainArguments {
                    filename: vec!["pod.yaml".into()],
                    ..ExplainArguments::default()
                },
                "-f is reserved",
            ),
            (
                ExplainArguments {
                    at: Some(jiff::Timestamp::UNIX_EPOCH),
                    ..ExplainArguments::default()
                },
                "--at is for files",
            ),
            (
                ExplainArguments {
                    from: vec!["-".into()],
                    profiles: vec!["-".into()],
                    ..ExplainArguments::default()
                },
                "only once",
            ),
        ] {
            let error = check(&arguments).expect_err("it cannot be meant");
            assert_eq!(error.kind, ErrorKind::Usage);
            assert!(error.message.contains(words), "{}", error.message);
        }
    }

    #[test]
    fn other_commands_ask_the_same_source() {
        let arguments = ExplainArguments {
            from: vec!["my files".into(), "b.yaml".into()],
            region: Some("eu-west-1".to_owned()),
            ..ExplainArguments::default()
        };
        assert_eq!(
            same_source(&arguments),
            "--from 'my files' --from b.yaml --region eu-west-1"
        );
    }
}
