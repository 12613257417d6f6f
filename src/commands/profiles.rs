//! `profiles`: the Fargate profiles, what they hold and would claim, and what is wrong with them.

use std::io::{self, Write};

use super::{format, gathering, output, pick};
use crate::cli::{OutputFormat, ProfilesArguments};
use crate::decision::facts::{ClusterSnapshot, FargateProfile, ProfileKnowledge, SourceNote};
use crate::error::{Candidate, Error, ErrorKind, Result};
use crate::exit;
use crate::prompt::Prompt;
use crate::render::Style;
use crate::render::profiles::{self as render, ProfilesView};
use crate::report::profiles::{self as report, ProfileReport};
use crate::sources::question::{NamespaceScope, Purpose, Question, likely_names, near_names};

/// Answers the question and returns the exit code.
///
/// # Errors
/// All that keeps the question from being answered, or the answer from being written. A closed pipe is none.
pub fn run(arguments: &ProfilesArguments) -> Result<u8> {
    check(arguments)?;
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
    let mut names = names(&arguments.names, &snapshot);
    if arguments.interactive {
        names = chosen(arguments, names, &snapshot)?;
    }
    let view = view(arguments, &names)?;
    let pods = arguments.pods || view == ProfilesView::Pages;
    let mut report = report::assemble(&snapshot, &names, pods);
    if let Err(error) = check_names(&names, &report, &snapshot, arguments) {
        // Whoever asks for a format is a program, or will give the answer to one.
        let prompt = || match arguments.output {
            None | Some(OutputFormat::Wide) => {
                pick::prompt(&arguments.interaction, arguments.color)
            }
            _ => Err("the answer is for a program"),
        };
        names = vec![pick::meant(error, prompt)?.argument];
        report = report::assemble(&snapshot, &names, pods);
    }
    report.namespace = namespace;
    output::written(write(arguments, &report, view))?;
    gathering::check_warnings(&arguments.source)?;
    Ok(if gathered.broken {
        exit::UNREADABLE
    } else {
        exit::ANSWERED
    })
}

/// Refuses what cannot be meant.
fn check(arguments: &ProfilesArguments) -> Result<()> {
    if arguments.pods && arguments.output == Some(OutputFormat::Wide) {
        return Err(Error::new(
            ErrorKind::Usage,
            "--pods draws a tree, which has no wide form",
        )
        .next("leave out -o wide, or --pods")
        .next("each pod with its node: --pods -o json"));
    }
    gathering::check(&arguments.source)?;
    if arguments.interactive {
        prompt(arguments)?;
    }
    Ok(())
}

/// Whoever can be asked which profile is meant.
fn prompt(arguments: &ProfilesArguments) -> Result<Prompt> {
    pick::prompt(&arguments.interaction, arguments.color).map_err(|why| {
        Error::new(ErrorKind::Usage, "could not ask which profile is meant")
            .cause(why)
            .next("name the profile instead of --interactive; kubectl fargate profiles lists them")
    })
}

/// The profile that the person picks of those that were named, or of all; what there is where that leaves no choice.
fn chosen(
    arguments: &ProfilesArguments,
    named: Vec<String>,
    snapshot: &ClusterSnapshot,
) -> Result<Vec<String>> {
    let of_profile = |profile: &FargateProfile| profile.name.clone();
    let mut all = match named.is_empty() {
        true => snapshot.profiles.list.iter().map(of_profile).collect(),
        false => named,
    };
    all.sort_unstable();
    all.dedup();
    if all.len() < 2 {
        return Ok(all);
    }
    let picked = prompt(arguments)?.pick("Which profile?", &all)?;
    Ok(vec![all.swap_remove(picked)])
}

/// The names as the profiles have them: `-o name` writes the type before each, as kubectl does.
fn names(asked: &[String], snapshot: &ClusterSnapshot) -> Vec<String> {
    let bare = |name: &String| match name.split_once('/') {
        Some(("fargateprofile" | "fargateprofiles", bare))
            if !bare.is_empty() && snapshot.profiles.find(name).is_none() =>
        {
            bare.to_owned()
        }
        _ => name.clone(),
    };
    asked.iter().map(bare).collect()
}

fn view(arguments: &ProfilesArguments, names: &[String]) -> Result<ProfilesView> {
    let headers = !arguments.no_headers;
    Ok(match &arguments.output {
        Some(OutputFormat::Json) => ProfilesView::Json,
        Some(OutputFormat::Yaml) => ProfilesView::Yaml,
        Some(OutputFormat::Name) => ProfilesView::Name,
        Some(OutputFormat::Markdown) => ProfilesView::Markdown,
        Some(OutputFormat::JsonPath(given)) => {
            ProfilesView::JsonPath(format::jsonpath(given, false)?)
        }
        Some(OutputFormat::JsonPathAsJson(given)) => {
            ProfilesView::JsonPath(format::jsonpath(given, true)?)
        }
        Some(OutputFormat::CustomColumns(given)) => {
            ProfilesView::Columns(format::custom_columns(given, headers)?)
        }
        _ if arguments.pods => ProfilesView::Tree,
        Some(OutputFormat::Wide) => ProfilesView::Table { wide: true },
        None if !names.is_empty() => ProfilesView::Pages,
        None => ProfilesView::Table { wide: false },
    })
}

/// Refuses names of profiles that are not there; where that cannot be told, that is said.
fn check_names(
    names: &[String],
    report: &ProfileReport,
    snapshot: &ClusterSnapshot,
    arguments: &ProfilesArguments,
) -> Result<()> {
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
    if let [only] = names {
        let known = profiles.list.iter().map(|profile| profile.name.as_str());
        let likely = likely_names(only, known).into_iter();
        error = error.candidates(likely.map(|name| Candidate {
            argument: name.to_owned(),
            namespace: None,
        }));
    }
    // It may be one of those that were given and are another cluster's.
    if let Some(left_out) = left_out(snapshot) {
        error = error
            .cause(left_out)
            .next("ask about the profiles of another cluster with --cluster-name NAME");
    }
    for name in &missing {
        let known = profiles.list.iter().map(|profile| profile.name.as_str());
        let near = near_names(name, known);
        if !near.is_empty() {
            error = error.next(format!("names like {name}: {}", near.join(", ")));
        }
    }
    let same_source = gathering::same_source(&arguments.source);
    let list = format!("list them all: kubectl fargate profiles -o name {same_source}");
    Err(error.next(list.trim_end()))
}

/// What the source of the profiles says of those of other clusters.
fn left_out(snapshot: &ClusterSnapshot) -> Option<String> {
    let of_profiles = |note: &&SourceNote| note.what == "fargateprofiles";
    let details = snapshot.sources.iter().filter(of_profiles);
    let remarks = details.filter_map(|note| note.detail.as_deref());
    let told: Vec<&str> = remarks
        .flat_map(|detail| detail.split("; "))
        .filter(|remark| remark.ends_with(" left out"))
        .collect();
    (!told.is_empty()).then(|| told.join("; "))
}

fn write(
    arguments: &ProfilesArguments,
    report: &ProfileReport,
    view: ProfilesView,
) -> io::Result<()> {
    let style = Style {
        same_source: gathering::same_source(&arguments.source),
        headers: !arguments.no_headers,
        ..output::style(arguments.color)
    };
    let mut stdout = io::stdout().lock();
    render::render(report, view, &style, &mut stdout)?;
    stdout.flush()
}
