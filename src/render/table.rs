//! Many pods: one row a workload and reason, worst first; or, wide, one row a pod.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::detail::detail;
use super::duration::human_duration;
use super::grid::{Grid, Row};
use super::page::Page;
use super::style::{Role, Style};
use super::unread;
use super::wide;
use super::words::{
    Tally, askable, certainty, is_about_what_was_read, is_finished, is_list_unread, is_visibility,
    place_in_short, plural, provisioner_in_short, severity, shown_reason,
};
use crate::decision::facts::SourceStatus;
use crate::decision::finding::{Certainty, Finding, Severity};
use crate::decision::reason::Reason;
use crate::report::{PodReport, Report};

/// How many different remarks about profiles are told under a table.
const MOST_REMARKS: usize = 3;

/// Writes a table of all pods of the report, and under it a summary and what to type next. Nothing where there are no pods.
///
/// Errors: those of `out`.
pub fn render(report: &Report, wide: bool, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if report.pods.is_empty() {
        return Ok(());
    }
    let pods: Vec<&PodReport> = report.pods.iter().collect();
    let no_profiles = pods.iter().any(|pod| pod.reason == Reason::NoProfiles);
    if no_profiles {
        let sentence = no_profiles_sentence(report, &pods);
        Page::new(style, out).prose(0, &sentence)?;
        if !wide && pods.iter().all(|pod| is_only_without_profiles(pod)) {
            return Ok(());
        }
        writeln!(out)?;
    }
    if wide {
        wide::rows(report, &pods, style, out)?;
    } else {
        grouped_rows(report, &pods, style, out)?;
    }
    writeln!(out)?;
    let groups = group(report, &pods);
    let mut page = Page::new(style, out);
    page.counts(&format!("{}.", Tally::of(pods.iter().copied()).headed()))?;
    page.prose(0, &needs(&groups))?;
    next_for(&groups, style, &mut page)?;
    about_profiles(&pods, &mut page)?;
    let told = [
        SourceStatus::Partial,
        SourceStatus::Forbidden,
        SourceStatus::TimedOut,
        SourceStatus::Failed,
        SourceStatus::Malformed,
    ];
    let notes = report.sources.iter();
    let notes = notes.filter(|note| told.contains(&note.status));
    unread::lines(report, notes, &mut page)
}

fn no_profiles_sentence(report: &Report, pods: &[&PodReport]) -> String {
    let cluster = match (&report.cluster.name, &report.cluster.region) {
        (Some(name), Some(region)) => format!("cluster {name} ({region})"),
        (Some(name), None) => format!("cluster {name}"),
        (None, _) => "this cluster".to_owned(),
    };
    format!(
        "No Fargate profile in {cluster}, so nothing here can run on Fargate. {}.",
        Tally::of(pods.iter().copied()).headed()
    )
}

/// Whether there is nothing to tell about a pod but that there are no profiles.
fn is_only_without_profiles(pod: &PodReport) -> bool {
    pod.reason == Reason::NoProfiles && severity(pod) == Severity::Info
}

/// What is told in one row.
struct Group<'a> {
    severity: Severity,
    certainty: Certainty,
    /// The pod that stands for all of them: the first of the worst.
    example: &'a PodReport,
    pods: usize,
    providers: BTreeSet<String>,
    profiles: BTreeSet<&'a str>,
    oldest_seconds: Option<i64>,
    notes: BTreeSet<Reason>,
}

/// Groups pods by workload, reason and kind of place; worst first, then by namespace and name.
fn group<'a>(report: &Report, pods: &[&'a PodReport]) -> Vec<Group<'a>> {
    let mut groups: BTreeMap<_, Group<'a>> = BTreeMap::new();
    for pod in pods {
        let owner = pod.owner.as_ref();
        let key = (
            pod.namespace.as_str(),
            owner.map_or("", |owner| owner.kind.as_str()),
            owner.map_or(pod.name.as_str(), |owner| owner.name.as_str()),
            shown_reason(pod),
            pod.placement.as_ref().map(|placement| placement.kind),
            is_finished(pod),
            pod.terminating,
        );
        let worst = severity(pod);
        let group = groups.entry(key).or_insert_with(|| Group {
            severity: worst,
            certainty: pod.certainty,
            example: pod,
            pods: 0,
            providers: BTreeSet::new(),
            profiles: BTreeSet::new(),
            oldest_seconds: None,
            notes: BTreeSet::new(),
        });
        if worst < group.severity {
            (group.severity, group.example) = (worst, pod);
        }
        group.certainty = group.certainty.max(pod.certainty);
        group.pods += usize::from(!pod.template);
        if let Some(placement) = &pod.placement {
            if let Some(provisioner) = &placement.provisioner {
                group.providers.insert(provisioner_in_short(provisioner));
            }
            group.profiles.extend(placement.profile.as_deref());
        }
        let age = pod
            .created_at
            .map(|created| report.taken_at.as_second() - created.as_second())
            // A pod younger than the moment that is judged from has no age then.
            .filter(|age| *age >= 0);
        group.oldest_seconds = group.oldest_seconds.max(age);
        group.notes.extend(
            pod.findings
                .iter()
                .filter(|finding| {
                    finding.severity == Severity::Info
                        && finding.reason != pod.reason
                        && !is_visibility(finding.reason)
                })
                .map(|finding| finding.reason),
        );
    }
    let mut groups: Vec<Group<'a>> = groups.into_values().collect();
    groups.sort_by_key(|group| group.severity);
    groups
}

/// Writes the grouped table alone.
///
/// Errors: those of `out`.
pub(super) fn grouped_rows(
    report: &Report,
    pods: &[&PodReport],
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let groups = group(report, pods);
    let mut titles = vec!["WORKLOAD", "PODS", "WHERE", "PROFILE", "WHY", "FOR"];
    if style.namespaces {
        titles.insert(0, "NAMESPACE");
    }
    let shift = usize::from(style.namespaces);
    let mut grid = Grid {
        titles,
        painted: 4 + shift,
        anchor: 1 + shift,
    };
    let rows = |brief: bool| -> Vec<Row> {
        groups
            .iter()
            .map(|group| grouped_row(group, brief, style))
            .collect()
    };
    let in_full = rows(false);
    if grid.fits(style, &in_full) {
        return grid.write(style, &in_full, out);
    }
    let mut brief = rows(true);
    // A narrow terminal has no room for everything: the story of one workload tells what is left out here.
    for title in ["PROFILE", "FOR"] {
        if !grid.fits_wrapped(style, &brief) {
            grid.leave_out(title, &mut brief);
        }
    }
    grid.write(style, &brief, out)
}

fn grouped_row(group: &Group<'_>, brief: bool, style: &Style) -> Row {
    let pod = group.example;
    let (kind, name) = match &pod.owner {
        Some(owner) => (owner.kind.to_lowercase(), owner.name.as_str()),
        None => ("pod".to_owned(), pod.name.as_str()),
    };
    let kind = if brief { short_kind(&kind) } else { &kind };
    let profiles: Vec<&str> = group.profiles.iter().copied().collect();
    let mut cells = vec![
        format!("{kind}/{name}"),
        group.pods.to_string(),
        place(pod, &group.providers),
        profiles.join(","),
        why(shown_reason(pod), group.certainty),
        group
            .oldest_seconds
            .map_or_else(String::new, human_duration),
    ];
    if style.namespaces {
        cells.insert(0, pod.namespace.clone());
    }
    Row {
        cells: cells.iter().map(|cell| style.cell(cell)).collect(),
        tail: style.text(&detail(pod).unwrap_or_default()),
        role: Role::of(shown_reason(pod), group.severity),
    }
}

/// kubectl's short name of a kind, where it has one.
fn short_kind(kind: &str) -> &str {
    match kind {
        "deployment" => "deploy",
        "statefulset" => "sts",
        "daemonset" => "ds",
        "replicaset" => "rs",
        "cronjob" => "cj",
        "pod" => "po",
        other => other,
    }
}

/// How many node groups and the like a row names.
const PROVIDERS_NAMED: usize = 3;

/// Where a pod is, with who provides its node, in a few words. The text is raw.
pub(super) fn place(pod: &PodReport, providers: &BTreeSet<String>) -> String {
    let Some(placement) = &pod.placement else {
        return "no pods".to_owned();
    };
    let mut place = place_in_short(placement.kind).to_owned();
    if !providers.is_empty() {
        let mut named: Vec<&str> = providers
            .iter()
            .map(String::as_str)
            .take(PROVIDERS_NAMED)
            .collect();
        if providers.len() > PROVIDERS_NAMED {
            named.push("others");
        }
        place = format!("{place} ({})", named.join(", "));
    }
    if is_finished(pod) {
        place.push_str(", finished");
    } else if pod.terminating {
        place.push_str(", terminating");
    }
    place
}

fn why(reason: Reason, how_sure: Certainty) -> String {
    match certainty(how_sure) {
        Some(word) => format!("{reason} ({word})"),
        None => reason.to_string(),
    }
}

/// How many workloads ask for somebody.
fn needs(groups: &[Group<'_>]) -> String {
    let workloads = |wanted: Severity| -> usize {
        let of_severity = groups.iter().filter(|group| group.severity == wanted);
        of_severity
            .map(|group| {
                let (kind, name) = askable(group.example);
                (group.example.namespace.as_str(), kind, name)
            })
            .collect::<BTreeSet<_>>()
            .len()
    };
    let notes: usize = groups.iter().map(|group| group.notes.len()).sum();
    let mut needs = match workloads(Severity::Error) {
        0 => "Nothing needs you".to_owned(),
        1 => "1 workload needs you".to_owned(),
        many => format!("{many} workloads need you"),
    };
    match workloads(Severity::Warning) {
        0 => {}
        1 => needs.push_str("; 1 deserves a look"),
        many => needs.push_str(&format!("; {many} deserve a look")),
    }
    if notes > 0 {
        needs.push_str(&format!("; {notes} {}", plural(notes, "note")));
    }
    format!("{needs}.")
}

/// What many rows have in common, told once: how to have the profiles read, and what is odd about how they were given.
fn about_profiles(pods: &[&PodReport], page: &mut Page<'_>) -> io::Result<()> {
    let mut of_list: BTreeSet<&str> = BTreeSet::new();
    let mut of_fields: BTreeSet<&str> = BTreeSet::new();
    let mut remarks: BTreeSet<&str> = BTreeSet::new();
    for pod in pods {
        let about_profiles = |finding: &&Finding| finding.reason == Reason::ProfilesUnknown;
        for finding in pod.findings.iter().filter(about_profiles) {
            if pod.reason == Reason::ProfilesUnknown {
                let fix = finding.fix.as_ref().map(|fix| fix.text.as_str());
                match is_list_unread(finding) {
                    true => of_list.extend(fix),
                    false => of_fields.extend(fix),
                }
            } else if is_about_what_was_read(finding) {
                remarks.insert(&finding.message);
            }
        }
    }
    for (lead, texts) in [
        ("Profiles not read:", of_list),
        ("Not told of profiles:", of_fields),
        ("Profiles:", remarks),
    ] {
        for text in texts.into_iter().take(MOST_REMARKS) {
            page.blank()?;
            page.led(0, Some((Role::Care, lead)), text, usize::MAX)?;
        }
    }
    Ok(())
}

/// Says what to type next about these pods.
///
/// Errors: those of the page.
pub(super) fn next(
    report: &Report,
    pods: &[&PodReport],
    style: &Style,
    page: &mut Page<'_>,
) -> io::Result<()> {
    next_for(&group(report, pods), style, page)
}

/// The question about the first row whose names can be typed.
fn next_for(groups: &[Group<'_>], style: &Style, page: &mut Page<'_>) -> io::Result<()> {
    let Some(group) = groups.iter().find(|group| {
        let (_, name) = askable(group.example);
        is_typeable(name) && is_typeable(&group.example.namespace)
    }) else {
        return Ok(());
    };
    let (kind, name) = askable(group.example);
    let command = style.asked_again(&format!(
        "kubectl fargate explain {kind}/{name} -n {}",
        group.example.namespace
    ));
    page.blank()?;
    page.next("One of them in full:", &command)
}

/// Whether a name is one that Kubernetes would give, so that a shell takes it as it stands.
fn is_typeable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('-')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
}
