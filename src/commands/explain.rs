//! `explain`: why pods are where they are.

use std::io::{self, Write};

use super::{fix, gathering, output, pick};
use crate::cli::{ExplainArguments, OutputFormat};
use crate::error::{Error, ErrorKind, Result};
use crate::exit;
use crate::prompt::Prompt;
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
    answer(arguments).or_else(|error| {
        // Whoever asks for a format is a program, or will give the answer to one.
        let prompt = || match arguments.output {
            None | Some(OutputFormat::Wide) => {
                pick::prompt(&arguments.interaction, arguments.color)
            }
            _ => Err("the answer is for a program"),
        };
        let meant = pick::meant(error, prompt)?;
        answer(&ExplainArguments {
            names: vec![meant.argument],
            all_namespaces: arguments.all_namespaces && meant.namespace.is_none(),
            namespace: meant.namespace.or_else(|| arguments.namespace.clone()),
            ..arguments.clone()
        })
    })
}

fn answer(arguments: &ExplainArguments) -> Result<u8> {
    let (mut gathered, namespace) = gather(arguments)?;
    if arguments.deed.interactive || arguments.deed.fix {
        choose(arguments, &mut gathered)?;
    }
    let report = report::assemble(&gathered.snapshot, &gathered.subjects);
    output::written(write(arguments, &report, &namespace))?;
    if arguments.deed.fix && !report.pods.is_empty() {
        return fix::run(arguments, &gathered, &report.pods.entry(0));
    }
    Ok(if gathered.broken {
        exit::UNREADABLE
    } else {
        exit::ANSWERED
    })
}

/// Whoever can be asked which pod is meant.
fn prompt(arguments: &ExplainArguments) -> Result<Prompt> {
    pick::prompt(&arguments.interaction, arguments.color).map_err(|why| {
        Error::new(ErrorKind::Usage, "could not ask which pod is meant")
            .cause(why)
            .next("name the pod instead of --interactive; kubectl fargate explain lists them")
    })
}

/// Leaves of what the question is about the one pod that the person picks.
fn choose(arguments: &ExplainArguments, gathered: &mut Gathered) -> Result<()> {
    let entries = report::assemble(&gathered.snapshot, &gathered.subjects).pods;
    let is_settled = entries.len() < 2;
    if is_settled {
        return Ok(());
    }
    let prompt = match prompt(arguments) {
        Err(_) if arguments.deed.fix => return Err(fix::which_of(entries.len())),
        prompt => prompt?,
    };
    let subject = entries.subject(pick::entry(&entries, prompt)?).clone();
    gathered.subjects = vec![subject];
    Ok(())
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
    fix::check(arguments)?;
    if arguments.deed.interactive {
        prompt(arguments)?;
    }
    Ok(())
}

/// Gathers from where the arguments say, and tells in which namespaces.
fn gather(arguments: &ExplainArguments) -> Result<(Gathered, NamespaceScope)> {
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
    };
    question.check()?;
    let named = arguments
        .namespace
        .clone()
        .filter(|namespace| !namespace.is_empty() && !arguments.all_namespaces);
    if let Some(namespace) = named {
        question.namespace = NamespaceScope::One(namespace);
    }
    let gathered = gathering::gather(&arguments.source, &mut question, arguments.all_namespaces)?;
    Ok((gathered, question.namespace))
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
