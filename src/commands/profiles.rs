//! `profiles`: the Fargate profiles, what they hold and would claim, and what is wrong with them.

use std::io::{self, Write};

use super::{gathering, output};
use crate::cli::{ProfilesArguments, ProfilesFormat};
use crate::decision::facts::{ClusterSnapshot, ProfileKnowledge};
use crate::error::{Error, ErrorKind, Result};
use crate::exit;
use crate::render::Style;
use crate::render::profiles::{self as render, ProfilesView};
use crate::report::profiles::{self as report, ProfileReport};
use crate::sources::question::{NamespaceScope, Purpose, Question, near_names};

/// Answers the question and returns the exit code.
///
/// # Errors
/// All that keeps the question from being answered, or the answer from being written. A closed pipe is none.
pub fn run(arguments: &ProfilesArguments) -> Result<u8> {
    gathering::check(&arguments.source)?;
    let namespace = arguments
        .namespace
        .clone()
        .filter(|namespace| !namespace.is_empty() && !arguments.all_namespaces);
    let mut question = Question {
        purpose: Purpose::Profiles,
        namespace: namespace
            .clone()
            .map_or(NamespaceScope::All, NamespaceScope::One),
        ..Question::default()
    };
    let gathered = gathering::gather(&arguments.source, &mut question, true)?;
    let mut snapshot = gathered.snapshot;
    if let Some(namespace) = &namespace {
        snapshot.narrow_to(namespace);
    }
    let view = view(arguments);
    let pods = arguments.pods || view == ProfilesView::Pages;
    let mut report = report::assemble(&snapshot, &arguments.names, pods);
    check_names(&arguments.names, &report, &snapshot)?;
    report.namespace = namespace;
    output::written(write(arguments, &report, view))?;
    Ok(if gathered.broken {
        exit::UNREADABLE
    } else {
        exit::ANSWERED
    })
}

fn view(arguments: &ProfilesArguments) -> ProfilesView {
    match arguments.output {
        Some(ProfilesFormat::Json) => ProfilesView::Json,
        Some(ProfilesFormat::Yaml) => ProfilesView::Yaml,
        Some(ProfilesFormat::Name) => ProfilesView::Name,
        _ if arguments.pods => ProfilesView::Tree,
        Some(ProfilesFormat::Wide) => ProfilesView::Table { wide: true },
        None if !arguments.names.is_empty() => ProfilesView::Pages,
        None => ProfilesView::Table { wide: false },
    }
}

/// Refuses names of profiles that are not there; where that cannot be told, that is said.
fn check_names(names: &[String], report: &ProfileReport, snapshot: &ClusterSnapshot) -> Result<()> {
    let is_missing = |name: &&String| !report.profiles.iter().any(|profile| profile.name == **name);
    let missing: Vec<&String> = names.iter().filter(is_missing).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let listed = |words: &str| {
        let parts: Vec<String> = missing
            .iter()
            .map(|name| format!("{words}{name}"))
            .collect();
        parts.join("; ")
    };
    let profiles = &snapshot.profiles;
    if matches!(
        profiles.knowledge,
        ProfileKnowledge::Unread | ProfileKnowledge::Partial
    ) {
        let error = Error::new(
            ErrorKind::Cluster,
            format!(
                "could not tell whether there is {}: the Fargate profiles were not read",
                listed("a profile ")
            ),
        );
        let error = match &profiles.problem {
            Some(problem) => error.cause(problem.as_str()),
            None => error,
        };
        return Err(match &profiles.remedy {
            Some(remedy) => error.next(remedy.as_str()),
            None => error.next("name a file with the profiles: --profiles PATH"),
        });
    }
    let mut error = Error::new(ErrorKind::NotFound, listed("there is no Fargate profile "));
    for name in &missing {
        let known = profiles.list.iter().map(|profile| profile.name.as_str());
        let near = near_names(name, known);
        if !near.is_empty() {
            error = error.next(format!("names like {name}: {}", near.join(", ")));
        }
    }
    Err(error.next("kubectl fargate profiles -o name lists them all"))
}

fn write(
    arguments: &ProfilesArguments,
    report: &ProfileReport,
    view: ProfilesView,
) -> io::Result<()> {
    let style = Style {
        same_source: gathering::same_source(&arguments.source),
        ..output::style(arguments.color)
    };
    let mut stdout = io::stdout().lock();
    render::render(report, view, &style, &mut stdout)?;
    stdout.flush()
}
