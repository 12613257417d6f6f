//! One pod in full, or a few: where it is, why, the proof, the fix to paste, what could not be seen.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::duration::between;
use super::groups::{differences, groups, workloads};
use super::node;
use super::page::{PROOF, Page};
use super::proof::{self, Told};
use super::size;
use super::style::{Role, Style};
use super::words::{
    Tally, certainty, decisive, fate, is_finished, is_visibility, place_in_full, plural,
    shown_reason,
};
use crate::decision::facts::{Kind, SourceNote, SourceStatus};
use crate::decision::finding::{Finding, Severity};
use crate::decision::placement::{ExpectedKind, PlacementKind};
use crate::decision::reason::Reason;
use crate::report::{PodReport, Report};

/// Lines of a further finding that needs somebody.
const LINES_OF_ALSO: usize = 3;
/// Notes that are told; the others are named.
const NOTES_TOLD: usize = 3;
/// Fixes that are told in one story.
const FIXES_TOLD: usize = 3;
/// Sources not read that are told; the others are counted.
const SOURCES_TOLD: usize = 4;
/// Pods of a group that are named.
const PODS_NAMED: usize = 6;

/// Writes a story for each pod; the pods of one workload that are in the same place for the same reason share one. Nodes
/// that were asked about come first, with the pods on them.
///
/// Errors: those of `out`.
pub fn render(report: &Report, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut on_nodes: BTreeSet<&str> = BTreeSet::new();
    let mut first = true;
    for node in &report.nodes {
        separate(&mut first, out)?;
        node::render(report, node, style, out)?;
        if node.pods.len() > 1 {
            on_nodes.extend(node.pods.iter().map(String::as_str));
        }
    }
    let rest = report.pods.iter().filter(|pod| {
        on_nodes.is_empty()
            || !on_nodes.contains(format!("{}/{}", pod.namespace, pod.name).as_str())
    });
    for workload in workloads(rest) {
        let places = groups(&workload);
        if places.len() > 1 {
            separate(&mut first, out)?;
            differences(&workload, &places, &mut Page::new(style, out))?;
        }
        for group in &places {
            separate(&mut first, out)?;
            story(report, group, &mut Page::new(style, out))?;
        }
    }
    let notes = report.sources.iter().filter(|note| {
        let is_broken = matches!(note.status, SourceStatus::Partial | SourceStatus::Malformed);
        is_broken || is_missed_of_aws(note) || is_missed_beside_pods(note)
    });
    unread(report, notes, &mut Page::new(style, out))
}

/// What AWS did not tell of the network and the role of a waiting pod's profile. No finding speaks of that: it is asked only
/// for such pods, and the answer is whole without it.
fn is_missed_of_aws(note: &SourceNote) -> bool {
    let is_missed = matches!(
        note.status,
        SourceStatus::Forbidden | SourceStatus::TimedOut | SourceStatus::Failed
    );
    is_missed && matches!(note.what.as_str(), "subnets" | "accessentries")
}

/// What stands beside pods and could not be read. Only notes rest on it, so it is told in one line.
fn is_missed_beside_pods(note: &SourceNote) -> bool {
    let is_missed = matches!(
        note.status,
        SourceStatus::Forbidden | SourceStatus::TimedOut | SourceStatus::Failed
    );
    let is_companion = |kind: &Kind| kind.is_companion() && kind.plural() == note.what;
    is_missed && Kind::ALL.iter().any(is_companion)
}

/// Says what was not read, or not whole, as these notes tell. A few lines at the most.
pub(super) fn unread<'a>(
    report: &Report,
    notes: impl Iterator<Item = &'a SourceNote>,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let (beside, notes): (Vec<_>, Vec<_>) = notes.partition(|note| is_missed_beside_pods(note));
    let is_all_read = notes.is_empty() && beside.is_empty();
    if is_all_read || report.pods.is_empty() && report.nodes.is_empty() {
        return Ok(());
    }
    page.blank()?;
    for note in notes.iter().take(SOURCES_TOLD) {
        let lead = match note.status {
            SourceStatus::Partial => "Not read whole:",
            _ => "Not read:",
        };
        let place = note
            .namespace
            .as_ref()
            .map(|namespace| format!(" in {namespace}"));
        // Whoever refused may use many words; which permission it takes is what a person needs.
        let needs = note.missing_permission();
        let detail = needs
            .map(|needs| format!(": needs {needs}"))
            .or_else(|| note.detail.as_ref().map(|detail| format!(": {detail}")));
        let what = format!(
            "{}{} ({:?}){}",
            note.what,
            place.unwrap_or_default(),
            note.status,
            detail.unwrap_or_default()
        );
        page.led(0, Some((Role::Care, lead)), &what, LINES_OF_ALSO)?;
    }
    if notes.len() > SOURCES_TOLD {
        page.prose(
            0,
            &format!(
                "and {} more (-o json lists them)",
                notes.len() - SOURCES_TOLD
            ),
        )?;
    }
    if let Some(first) = beside.first() {
        let names: BTreeSet<&str> = beside.iter().map(|note| note.what.as_str()).collect();
        let what = format!(
            "{} ({:?}); their notes are missing",
            names.into_iter().collect::<Vec<_>>().join(", "),
            first.status
        );
        page.led(0, Some((Role::Care, "Not read:")), &what, LINES_OF_ALSO)?;
    }
    Ok(())
}

fn separate(first: &mut bool, out: &mut dyn Write) -> io::Result<()> {
    if std::mem::take(first) {
        return Ok(());
    }
    writeln!(out)
}

fn story(report: &Report, group: &[&PodReport], page: &mut Page<'_>) -> io::Result<()> {
    let pod = group[0];
    headline(report, group, page)?;
    page.blank()?;
    page.prose(2, &pod.summary)?;
    for finding in &pod.findings {
        if finding.reason == Reason::StartupFailure && pod.reason != Reason::StartupFailure {
            page.blank()?;
            told_finding(finding, usize::MAX, page)?;
            proof::evidence(page, pod, finding, Told::default())?;
        }
    }
    page.blank()?;
    places(group, page)?;
    size::section(group, page)?;
    page.blank()?;
    why(report, pod, page)?;
    also(pod, page)?;
    fixes(pod, page)?;
    page.blank()?;
    unseen(report, pod, page)?;
    page.section(
        "More",
        &format!("kubectl fargate reasons {}", shown_reason(pod)),
    )
}

fn headline(report: &Report, group: &[&PodReport], page: &mut Page<'_>) -> io::Result<()> {
    let (pod, style) = (group[0], page.style);
    let mut name = style.text(&format!("{}/{}", pod.namespace, pod.name));
    if group.len() > 1 {
        let others = group.len() - 1;
        name.push_str(&format!(" and {others} {} like it", plural(others, "pod")));
    }
    let mut parts = vec![name];
    match &pod.owner {
        Some(owner) if pod.template => parts.push(style.text(&owner.kind)),
        Some(owner) => parts.push(style.text(&format!("{} {}", owner.kind, owner.name))),
        None if pod.template => {}
        None => parts.push("no owner".to_owned()),
    }
    if pod.template {
        parts.push("has no pods; its template is judged".to_owned());
    } else {
        parts.push(state(report, pod));
    }
    page.headline(&parts)
}

/// The phase, and for how long the pod has been there. Only a pending pod has been in its phase since it was created.
fn state(report: &Report, pod: &PodReport) -> String {
    let phase = pod.phase.unwrap_or("Unknown");
    let state = match pod.created_at.filter(|created| *created <= report.taken_at) {
        Some(created) => {
            let age = between(created, report.taken_at);
            match phase {
                "Pending" => format!("Pending for {age}"),
                _ => format!("{phase}, {age} old"),
            }
        }
        None => phase.to_owned(),
    };
    if pod.terminating {
        format!("{state}, terminating")
    } else {
        state
    }
}

fn places(group: &[&PodReport], page: &mut Page<'_>) -> io::Result<()> {
    let pod = group[0];
    if let Some(placement) = &pod.placement {
        let mut place = place_in_full(placement);
        if is_finished(pod) && placement.node.is_some() {
            place.push_str("; it ran to its end there");
        }
        page.section("Where", &place)?;
        if group.len() > 1 {
            let all = Tally::of(group.iter().copied());
            if placement.kind == PlacementKind::EC2 && !all.providers().is_empty() {
                page.more_in_section(&format!("all {} on EC2: {}", group.len(), all.providers()))?;
            }
            page.section("Like it", &names(&group[1..]))?;
        }
    }
    if !is_as_expected(pod) && !says_fate(pod) {
        let when = if pod.template { "If made" } else { "If remade" };
        page.section(when, &fate(&pod.expected))?;
    }
    Ok(())
}

/// Whether the pod is on Fargate, and would be there again for the same profile.
fn is_as_expected(pod: &PodReport) -> bool {
    pod.expected.kind == ExpectedKind::Fargate
        && pod.placement.as_ref().is_some_and(|placement| {
            placement.kind == PlacementKind::Fargate && placement.profile == pod.expected.profile
        })
}

/// Whether the summary tells already what would happen if the pod were made again, and the findings why.
fn says_fate(pod: &PodReport) -> bool {
    let is_told = |reason: &Reason| pod.findings.iter().any(|finding| finding.reason == *reason);
    let is_refused_now =
        pod.expected.kind == ExpectedKind::Refused && pod.expected.because.contains(&pod.reason);
    let is_said = ["; recreated now, ", "; made now, "]
        .iter()
        .any(|words| pod.summary.contains(words));
    (is_said || is_refused_now) && pod.expected.because.iter().all(is_told)
}

fn names(pods: &[&PodReport]) -> String {
    let mut names: Vec<String> = pods
        .iter()
        .take(PODS_NAMED)
        .map(|pod| pod.name.clone())
        .collect();
    if pods.len() > PODS_NAMED {
        names.push(format!("and {} more", pods.len() - PODS_NAMED));
    }
    names.join(", ")
}

/// The decisive reason with its proof.
fn why(report: &Report, pod: &PodReport, page: &mut Page<'_>) -> io::Result<()> {
    let told = Told {
        times: !pod.timeline.is_empty(),
        selectors: proof::tells_selectors(pod),
    };
    if let Some(finding) = decisive(pod) {
        told_finding(finding, usize::MAX, page)?;
        proof::timeline(page, report, pod)?;
        proof::evidence(page, pod, finding, told)?;
    }
    if told.selectors {
        page.blank()?;
        proof::selectors(page, pod)?;
    }
    Ok(())
}

fn told_finding(finding: &Finding, most: usize, page: &mut Page<'_>) -> io::Result<()> {
    let lead = match certainty(finding.certainty) {
        Some(word) => format!("{}, {word}:", finding.reason),
        None => format!("{}:", finding.reason),
    };
    page.led(
        2,
        Some((Role::of(finding.reason, finding.severity), &lead)),
        &finding.message,
        most,
    )
}

/// Whatever else holds: what needs somebody is told, notes are told briefly.
fn also(pod: &PodReport, page: &mut Page<'_>) -> io::Result<()> {
    let others = || {
        pod.findings.iter().filter(|finding| {
            finding.reason != pod.reason
                && finding.reason != Reason::StartupFailure
                && !(finding.reason == Reason::RoundedUp && size::is_told(pod))
                && !is_visibility(finding.reason)
        })
    };
    let mut urgent = others()
        .filter(|finding| finding.severity != Severity::Info)
        .peekable();
    if urgent.peek().is_some() {
        page.blank()?;
        page.line(2, &page.style.paint(Role::Heading, "Also"))?;
        for finding in urgent {
            told_also(finding, LINES_OF_ALSO, page)?;
        }
    }
    let notes: Vec<&Finding> = others()
        .filter(|finding| finding.severity == Severity::Info)
        .collect();
    if notes.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.line(2, &page.style.paint(Role::Heading, "Good to know"))?;
    for finding in notes.iter().take(NOTES_TOLD) {
        told_also(finding, LINES_OF_ALSO, page)?;
    }
    if notes.len() > NOTES_TOLD {
        let names: Vec<&str> = notes[NOTES_TOLD..]
            .iter()
            .map(|finding| finding.reason.as_str())
            .collect();
        page.prose(PROOF, &format!("and {}", names.join(", ")))?;
    }
    Ok(())
}

fn told_also(finding: &Finding, most: usize, page: &mut Page<'_>) -> io::Result<()> {
    let lead = match certainty(finding.certainty) {
        Some(word) => format!("{}, {word}:", finding.reason),
        None => format!("{}:", finding.reason),
    };
    page.led(
        PROOF,
        Some((Role::of(finding.reason, finding.severity), &lead)),
        &finding.message,
        most,
    )
}

/// What to do: about the decisive reason first, then about what comes next.
fn fixes(pod: &PodReport, page: &mut Page<'_>) -> io::Result<()> {
    let mut told: Vec<&crate::decision::finding::Fix> = Vec::new();
    let others = pod.findings.iter().filter(|finding| {
        finding.reason != pod.reason
            && finding.severity != Severity::Info
            && !is_visibility(finding.reason)
    });
    for finding in decisive(pod).into_iter().chain(others) {
        let Some(fix) = &finding.fix else { continue };
        let is_told = told.iter().any(|other| {
            other.text == fix.text || !fix.commands.is_empty() && other.commands == fix.commands
        });
        if told.len() == FIXES_TOLD || is_told {
            continue;
        }
        page.blank()?;
        if told.is_empty() {
            page.section("Fix", &fix.text)?;
        } else {
            page.section("Then", &format!("({}) {}", finding.reason, fix.text))?;
        }
        for command in &fix.commands {
            page.command(command)?;
        }
        told.push(fix);
    }
    Ok(())
}

fn unseen(report: &Report, pod: &PodReport, page: &mut Page<'_>) -> io::Result<()> {
    let unseen = pod
        .findings
        .iter()
        .filter(|finding| is_visibility(finding.reason) && finding.reason != pod.reason);
    for (index, finding) in unseen.enumerate() {
        let message = without_words_of_refusal(report, &finding.message);
        if index == 0 {
            page.section("Not seen", &message)?;
        } else {
            page.more_in_section(&message)?;
        }
    }
    Ok(())
}

/// A message that says how a read went, `(Forbidden)`, without the server's own sentence, which `sources` has in full.
fn without_words_of_refusal(report: &Report, message: &str) -> String {
    let mut short = message.to_owned();
    for note in &report.sources {
        if let Some(detail) = &note.detail {
            let status = note.status;
            short = short.replace(&format!("({status:?}: {detail})"), &format!("({status:?})"));
        }
    }
    short
}
