//! `explain`: why pods are where they are.

use std::io::{self, Write};

use super::watch::{self, Following};
use super::{gathering, output};
use crate::cli::{ExplainArguments, OutputFormat};
use crate::error::{Error, ErrorKind, Result};
use crate::exit;
use crate::render::watch::ChangeView;
use crate::render::{self, Style, View};
use crate::report::{self, Entries, Report};
use crate::sources::Gathered;
use crate::sources::question::{
    FieldSelector, LabelSelector, NamespaceScope, Purpose, Question, parse_targets,
};

/// Answers the question and returns the exit code.
///
/// # Errors
/// All that keeps the question from being answered, or the answer from being written. A closed pipe is none.
pub fn run(arguments: &ExplainArguments) -> Result<u8> {
    check(arguments)?;
    if arguments.watch.is_on() {
        return follow(arguments);
    }
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
    gathering::check(&arguments.source)?;
    check_watch(arguments)
}

/// Refuses to follow what does not change, and in a format that has no place for changes.
fn check_watch(arguments: &ExplainArguments) -> Result<()> {
    let usage = |message: &str| Error::new(ErrorKind::Usage, message);
    if !arguments.watch.is_on() {
        return match arguments.watch.timeout {
            Some(_) => Err(usage("--timeout is for following changes")
                .next("add --until, for example --until Fargate, or --watch")),
            None => Ok(()),
        };
    }
    if arguments.source.demo || !arguments.source.from.is_empty() {
        return Err(
            usage("only a live cluster can be watched: nothing changes in files and in the demo")
                .next("leave out --watch, --watch-only and --until; --at TIME judges files from another moment"),
        );
    }
    if change_view(arguments).is_none() {
        return Err(usage("changes are not told in this format")
            .next("with --watch, -o takes json, yaml, wide and name"));
    }
    Ok(())
}

/// How changes are told; `None` where the format has no place for them.
fn change_view(arguments: &ExplainArguments) -> Option<ChangeView> {
    let output = &arguments.output;
    if matches!(output, Some(OutputFormat::Json)) {
        Some(ChangeView::Json)
    } else if matches!(output, Some(OutputFormat::Yaml)) {
        Some(ChangeView::Yaml)
    } else if matches!(output, Some(OutputFormat::Name)) {
        Some(ChangeView::Name)
    } else if matches!(output, Some(OutputFormat::Wide)) {
        Some(ChangeView::Line { wide: true })
    } else {
        output.is_none().then_some(ChangeView::Line { wide: false })
    }
}

/// Answers, and goes on to tell what changes.
fn follow(arguments: &ExplainArguments) -> Result<u8> {
    let following = Following {
        source: &arguments.source,
        question: question(arguments)?,
        all_namespaces: arguments.all_namespaces,
        view: change_view(arguments).unwrap_or(ChangeView::Line { wide: false }),
        color: arguments.color,
        until: arguments.watch.until,
        limit: arguments.watch.timeout,
        since: None,
    };
    watch::follow(following, |gathered, namespace| {
        if arguments.watch.watch_only {
            return Ok(());
        }
        let report = report::assemble(&gathered.snapshot, &gathered.subjects);
        write(arguments, &report, namespace)
    })
}

/// Gathers from where the arguments say, and tells in which namespaces.
fn gather(arguments: &ExplainArguments) -> Result<(Gathered, NamespaceScope)> {
    let mut question = question(arguments)?;
    let gathered = gathering::gather(&arguments.source, &mut question, arguments.all_namespaces)?;
    Ok((gathered, question.namespace))
}

/// What is asked, as far as the words of the command line tell.
fn question(arguments: &ExplainArguments) -> Result<Question> {
    let mut question = Question {
        purpose: Purpose::Placement,
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
        may_be_absent: false,
    };
    question.check()?;
    let named = arguments
        .namespace
        .clone()
        .filter(|namespace| !namespace.is_empty() && !arguments.all_namespaces);
    if let Some(namespace) = named {
        question.namespace = NamespaceScope::One(namespace);
    }
    Ok(question)
}

fn write(
    arguments: &ExplainArguments,
    report: &Report<impl Entries>,
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
        same_source: gathering::same_source(&arguments.source),
        ..output::style(arguments.color)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_are_another_commands_business() {
        let arguments = ExplainArguments {
            filename: vec!["pod.yaml".into()],
            ..ExplainArguments::default()
        };
        let error = check(&arguments).expect_err("it cannot be meant");
        assert_eq!(error.kind, ErrorKind::Usage);
        assert!(
            error.message.contains("-f is reserved"),
            "{}",
            error.message
        );
    }
}
