//! `suggest`: the smallest profile that claims what was named.

use std::io::{self, IsTerminal, Write};

use super::{gathering, output, pick};
use crate::cli::{SuggestArguments, SuggestionFormat};
use crate::decision::facts::ClusterSnapshot;
use crate::decision::facts::shell::{operand, option};
use crate::decision::suggest::{self, suggest};
use crate::error::{Error, ErrorKind, Result};
use crate::exit;
use crate::render::Style;
use crate::render::suggestion::{SuggestionView, remarks, render};
use crate::report::{SuggestionReport, suggestion};
use crate::sources::Gathered;
use crate::sources::question::{LabelSelector, NamespaceScope, Purpose, Question, parse_targets};

/// Answers the question and returns the exit code.
///
/// # Errors
/// All that keeps the question from being answered, or the answer from being written. A closed pipe is none.
pub fn run(arguments: &SuggestArguments) -> Result<u8> {
    gathering::check(&arguments.source)?;
    let chosen_name = arguments.profile_name.as_deref();
    if let Some(name) = chosen_name
        && let Some(problem) = suggest::problem_of(name)
    {
        return Err(Error::new(
            ErrorKind::Usage,
            format!("a profile cannot be called {name:?}: {problem}"),
        )
        .next("choose another with --profile-name, or leave it out"));
    }
    answer(arguments).or_else(|error| {
        // Whoever asks for a format is a program, or will give the answer to one.
        let prompt = || match arguments.output {
            None => pick::prompt(&arguments.interaction, arguments.color),
            Some(_) => Err("the answer is for a program"),
        };
        let meant = pick::meant(error, prompt)?;
        answer(&SuggestArguments {
            names: vec![meant.argument],
            all_namespaces: arguments.all_namespaces && meant.namespace.is_none(),
            namespace: meant.namespace.or_else(|| arguments.namespace.clone()),
            ..arguments.clone()
        })
    })
}

fn answer(arguments: &SuggestArguments) -> Result<u8> {
    let chosen_name = arguments.profile_name.as_deref();
    let gathered = gather(arguments)?;
    let snapshot = &gathered.snapshot;
    if let Some(name) = chosen_name {
        check_free(snapshot, name)?;
    }
    let by_name = !arguments.names.is_empty();
    let suggestion = suggest(snapshot, &gathered.subjects, by_name, chosen_name);
    let report = suggestion::assemble(&suggestion);
    output::written(write(arguments, &report))?;
    Ok(if gathered.broken {
        exit::UNREADABLE
    } else {
        exit::ANSWERED
    })
}

fn check_free(snapshot: &ClusterSnapshot, name: &str) -> Result<()> {
    if snapshot.profiles.find(name).is_none() {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Usage,
        format!("there is a profile {name} already, and profiles cannot be edited"),
    )
    .object(format!("fargateprofile/{name}"))
    .next("choose another name with --profile-name, or leave it out"))
}

fn gather(arguments: &SuggestArguments) -> Result<Gathered> {
    let mut question = Question {
        purpose: Purpose::Suggestion,
        targets: parse_targets(&arguments.names)
            .map_err(|error| gathering::for_command(error, Purpose::Suggestion))?,
        namespace: NamespaceScope::All,
        label_selector: arguments
            .selector
            .as_deref()
            .filter(|text| !text.trim().is_empty())
            .map(LabelSelector::parse)
            .transpose()?,
        field_selector: None,
    };
    question.check()?;
    let named = arguments
        .namespace
        .clone()
        .filter(|namespace| !namespace.is_empty() && !arguments.all_namespaces);
    if let Some(namespace) = named {
        question.namespace = NamespaceScope::One(namespace);
    }
    gathering::gather(&arguments.source, &mut question, arguments.all_namespaces)
}

/// The command by which the same is asked again; `None` where standard input was read.
fn again(arguments: &SuggestArguments) -> Option<String> {
    let source = &arguments.source;
    let mut inputs = source.from.iter().chain(&source.profiles);
    if inputs.any(|path| path.as_os_str() == "-") {
        return None;
    }
    let mut words = vec!["kubectl fargate suggest".to_owned()];
    words.extend(arguments.names.iter().map(|name| operand(name)));
    for (flag, value) in [
        ("-n", &arguments.namespace),
        ("-l", &arguments.selector),
        ("--profile-name", &arguments.profile_name),
    ] {
        if let Some(value) = value {
            words.push(option(flag, value));
        }
    }
    if arguments.all_namespaces {
        words.push("-A".to_owned());
    }
    let source = gathering::same_source(source);
    if !source.is_empty() {
        words.push(source);
    }
    Some(words.join(" "))
}

fn write(arguments: &SuggestArguments, report: &SuggestionReport) -> io::Result<()> {
    let view = match arguments.output {
        None => SuggestionView::Page,
        Some(SuggestionFormat::Eksctl) => SuggestionView::Eksctl,
        Some(SuggestionFormat::Aws) => SuggestionView::Aws,
        Some(SuggestionFormat::Cloudformation) => SuggestionView::Cloudformation,
        Some(SuggestionFormat::Terraform) => SuggestionView::Terraform,
        Some(SuggestionFormat::Json) => SuggestionView::Json,
        Some(SuggestionFormat::Yaml) => SuggestionView::Yaml,
    };
    let style = Style {
        same_source: gathering::same_source(&arguments.source),
        ..output::style(arguments.color)
    };
    let mut stdout = io::stdout().lock();
    render(
        report,
        view,
        again(arguments).as_deref(),
        &style,
        &mut stdout,
    )?;
    stdout.flush()?;
    // On a terminal, the comments beside the profile say the same.
    let is_said = stdout.is_terminal() && !report.profiles.is_empty();
    if view.is_artefact() && !is_said {
        let mut stderr = io::stderr().lock();
        for remark in remarks(report) {
            // The profile is written; whether a remark arrives changes nothing about it.
            let _ = writeln!(stderr, "{remark}");
        }
    }
    Ok(())
}
