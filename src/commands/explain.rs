//! `explain`: why pods are where they are.

use std::io::{self, Write};

use super::{format, gathering, output};
use crate::cli::{ExplainArguments, OutputFormat};
use crate::error::{Error, ErrorKind, Result};
use crate::exit;
use crate::render::jsonpath::Path;
use crate::render::{self, ShownLabels, Style, View};
use crate::report::{self, Entries, Ordered, Report};
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
    let format = format(arguments)?;
    let sort_by = sort_by(arguments)?;
    let (gathered, namespace) = gather(arguments)?;
    let report = report::assemble(&gathered.snapshot, &gathered.subjects);
    let report = in_order(report, sort_by.as_ref())?;
    let view = match format {
        Some(View::Markdown { .. }) => View::Markdown {
            stories: !wants_rows(arguments)
                && (!arguments.names.is_empty() || report.pods.len() == 1),
        },
        Some(view) => view,
        // Rows of workloads have no room for what differs from pod to pod.
        None if wants_rows(arguments) => View::Table { wide: true },
        None if !arguments.names.is_empty() || report.pods.len() == 1 => View::Story,
        None => View::Table { wide: false },
    };
    output::written(write(arguments, &report, view, &namespace))?;
    gathering::check_warnings(&arguments.source)?;
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
    gathering::check(&arguments.source)
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

/// The format that `-o` asks for; `None` where it does not.
fn format(arguments: &ExplainArguments) -> Result<Option<View>> {
    let headers = !arguments.no_headers;
    arguments
        .output
        .as_ref()
        .map(|output| {
            Ok(match output {
                OutputFormat::Json => View::Json,
                OutputFormat::Yaml => View::Yaml,
                OutputFormat::Name => View::Name,
                OutputFormat::Wide => View::Table { wide: true },
                OutputFormat::Markdown => View::Markdown { stories: false },
                OutputFormat::JsonPath(given) => View::JsonPath(format::jsonpath(given, false)?),
                OutputFormat::JsonPathAsJson(given) => {
                    View::JsonPath(format::jsonpath(given, true)?)
                }
                OutputFormat::CustomColumns(given) => {
                    View::Columns(format::custom_columns(given, headers)?)
                }
            })
        })
        .transpose()
}

fn sort_by(arguments: &ExplainArguments) -> Result<Option<Path>> {
    let field = arguments.sort_by.as_deref();
    field
        .filter(|field| !field.is_empty())
        .map(format::sort_field)
        .transpose()
}

/// Whether a row a pod was asked for, in other words than `-o wide`.
fn wants_rows(arguments: &ExplainArguments) -> bool {
    arguments.show_labels
        || !arguments.label_columns.is_empty()
        || (arguments.sort_by.is_some() && arguments.names.is_empty())
}

/// The report with its entries in the order that was asked for.
fn in_order<'r>(
    report: Report<impl Entries + 'r>,
    sort_by: Option<&Path>,
) -> Result<Report<Ordered<'r>>> {
    let order = match sort_by.filter(|_| !report.pods.is_empty()) {
        None => None,
        Some(path) => match render::sorted(&report.pods, path) {
            Ok(Some(order)) => Some(order),
            Ok(None) => {
                let words = format!(
                    "couldn't find any field with path {:?} in the entries of pods",
                    path.text
                );
                return Err(Error::new(ErrorKind::Usage, words)
                    .next("the fields that there are: kubectl fargate explain -o json"));
            }
            Err(error) => return Err(Error::new(ErrorKind::Usage, error.to_string())),
        },
    };
    Ok(report.with_entries(|pods| Ordered::new(Box::new(pods), order)))
}

fn write(
    arguments: &ExplainArguments,
    report: &Report<impl Entries>,
    view: View,
    namespace: &NamespaceScope,
) -> io::Result<()> {
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
        headers: !arguments.no_headers,
        keeps_order: arguments.sort_by.is_some(),
        brief: arguments.output != Some(OutputFormat::Wide),
        labels: ShownLabels {
            columns: arguments.label_columns.clone(),
            all: arguments.show_labels,
        },
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
