//! `explain`: why pods are where they are.

use std::io::{self, Write};

use super::watch::{self, Following};
use super::{fix, format, gathering, output, pick};
use crate::cli::{ExplainArguments, OutputFormat};
use crate::error::{Error, ErrorKind, Result};
use crate::exit;
use crate::prompt::Prompt;
use crate::render::jsonpath::Path;
use crate::render::watch::ChangeView;
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
    let format = format(arguments)?;
    let sort_by = sort_by(arguments)?;
    if arguments.watch.is_on() {
        return follow(arguments, format, sort_by.as_ref());
    }
    let (mut gathered, namespace) = gather(arguments)?;
    if arguments.deed.interactive || arguments.deed.fix {
        choose(arguments, &mut gathered)?;
    }
    let report = report::assemble(&gathered.snapshot, &gathered.subjects);
    let report = in_order(report, sort_by.as_ref())?;
    let view = view(arguments, format, report.pods.len());
    output::written(write(arguments, &report, view, &namespace))?;
    if arguments.deed.fix && !report.pods.is_empty() {
        return fix::run(arguments, &gathered, &report.pods.entry(0));
    }
    gathering::check_warnings(&arguments.source)?;
    Ok(if gathered.broken {
        exit::UNREADABLE
    } else {
        exit::ANSWERED
    })
}

/// How the answer about so many pods is drawn.
fn view(arguments: &ExplainArguments, format: Option<View>, pods: usize) -> View {
    let is_of_few = !arguments.names.is_empty() || pods == 1;
    match format {
        Some(View::Markdown { .. }) => View::Markdown {
            stories: is_of_few && !wants_rows(arguments),
        },
        Some(view) => view,
        // Rows of workloads have no room for what differs from pod to pod.
        None if wants_rows(arguments) => View::Table { wide: true },
        None if is_of_few => View::Story,
        None => View::Table { wide: false },
    }
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
    check_watch(arguments)?;
    fix::check(arguments)?;
    if arguments.deed.interactive {
        prompt(arguments)?;
    }
    Ok(())
}

/// Refuses to follow what does not change, and in a format that has no place for changes.
fn check_watch(arguments: &ExplainArguments) -> Result<()> {
    let usage = |message: &str| Error::new(ErrorKind::Usage, message);
    if !arguments.watch.is_on() {
        return match arguments.watch.timeout {
            // It limits how long the new pods are followed.
            Some(_) if arguments.deed.fix => Ok(()),
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
fn follow(
    arguments: &ExplainArguments,
    format: Option<View>,
    sort_by: Option<&Path>,
) -> Result<u8> {
    let following = Following {
        source: &arguments.source,
        question: question(arguments)?,
        all_namespaces: arguments.all_namespaces,
        view: change_view(arguments).unwrap_or(ChangeView::Line { wide: false }),
        color: arguments.color,
        until: arguments.watch.until,
        limit: arguments.watch.timeout,
        replaced: None,
    };
    watch::follow(following, |gathered, namespace| {
        if arguments.watch.watch_only {
            return Ok(());
        }
        let report = report::assemble(&gathered.snapshot, &gathered.subjects);
        let report = in_order(report, sort_by).map_err(io::Error::other)?;
        let view = view(arguments, format, report.pods.len());
        write(arguments, &report, view, namespace)
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
