//! One pod in full, or a few: where it is, why, the proof, the fix to paste, what could not be seen.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::Answer;
use super::alike::{Alike, PODS_NAMED, Shared, is_beside_startup_failure};
use super::duration::between;
use super::groups::{differences, workloads};
use super::node;
use super::page::{PROOF, Page};
use super::proof::{self, Told};
use super::size;
use super::style::{Role, Style};
use super::unread;
use super::words::{
    certainty, decisive, fate, is_about_what_was_read, is_finished, is_visibility, place_in_full,
    plural, shown_reason,
};
use crate::decision::facts::ObjectRef;
use crate::decision::finding::{Finding, Severity};
use crate::decision::placement::{ExpectedKind, PlacementKind};
use crate::decision::reason::Reason;
use crate::decision::rules;
use crate::report::PodReport;

/// Lines of a further finding that needs somebody.
const LINES_OF_ALSO: usize = 3;
/// Notes that are told; the others are named.
const NOTES_TOLD: usize = 3;
/// Fixes that are told in one story.
const FIXES_TOLD: usize = 3;

/// Writes a story for each pod; the pods of one workload that are in the same place for the same reason share one. Nodes
/// that were asked about come first, with the pods on them.
///
/// Errors: those of `out`.
pub fn render(report: &Answer<'_>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut on_nodes: BTreeSet<&str> = BTreeSet::new();
    let mut first = true;
    for node in &report.nodes {
        separate(&mut first, out)?;
        node::render(report, node, style, out)?;
        if node.pods.len() > 1 {
            on_nodes.extend(node.pods.iter().map(String::as_str));
        }
    }
    let rest = node::chosen(report, |name| !on_nodes.contains(name));
    for workload in workloads(&rest)? {
        if workload.groups.len() > 1 {
            separate(&mut first, out)?;
            differences(&workload, &mut Page::new(style, out))?;
        }
        for group in &workload.groups {
            separate(&mut first, out)?;
            story(report, group, &mut Page::new(style, out))?;
        }
    }
    let notes = report
        .sources
        .iter()
        .filter(|note| unread::is_told_in_story(note));
    let mut page = Page::new(style, out);
    unread::lines(report, notes, &mut page)?;
    if report.pods.is_empty() && report.nodes.is_empty() {
        return Ok(());
    }
    unread::kinds(&report.sources, &mut page)
}

fn separate(first: &mut bool, out: &mut dyn Write) -> io::Result<()> {
    if std::mem::take(first) {
        return Ok(());
    }
    writeln!(out)
}

fn story(report: &Answer<'_>, group: &Alike, page: &mut Page<'_>) -> io::Result<()> {
    let pod = &group.first;
    headline(report, group, page)?;
    page.blank()?;
    page.prose(2, &pod.summary)?;
    let shared = group.findings();
    startup_failure(pod, &shared, page)?;
    page.blank()?;
    places(group, page)?;
    size::section(group, page)?;
    page.blank()?;
    why(report, pod, page)?;
    also(pod, &shared, page)?;
    fixes(pod, &shared, page)?;
    page.blank()?;
    unseen(report, pod, &shared, page)?;
    page.section(
        "More",
        &format!("kubectl fargate reasons {}", shown_reason(pod)),
    )
}

/// The container that does not run, and what likely belongs to it: the person came for that, though the place is right.
fn startup_failure(pod: &PodReport, shared: &[Shared<'_>], page: &mut Page<'_>) -> io::Result<()> {
    if !is_startup_failure_told(pod) {
        return Ok(());
    }
    let is_it = |shared: &&Shared<'_>| shared.finding.reason == Reason::StartupFailure;
    for shared in shared.iter().filter(is_it) {
        page.blank()?;
        told_finding(shared, 2, usize::MAX, page)?;
        proof::evidence(page, &subject(pod), shared.finding, Told::default())?;
    }
    for shared in shared.iter().filter(|shared| is_told_at_once(pod, shared)) {
        if shared.finding.reason != Reason::StartupFailure {
            told_finding(shared, 2, usize::MAX, page)?;
        }
    }
    Ok(())
}

fn is_startup_failure_told(pod: &PodReport) -> bool {
    let is_it = |finding: &Finding| finding.reason == Reason::StartupFailure;
    pod.reason != Reason::StartupFailure && pod.findings.iter().any(is_it)
}

/// Whether a finding stands right under the verdict.
fn is_told_at_once(pod: &PodReport, shared: &Shared<'_>) -> bool {
    let reason = shared.finding.reason;
    is_startup_failure_told(pod)
        && (reason == Reason::StartupFailure || is_beside_startup_failure(reason))
}

fn headline(report: &Answer<'_>, group: &Alike, page: &mut Page<'_>) -> io::Result<()> {
    let (pod, style) = (&group.first, page.style);
    let mut name = style.text(&format!("{}/{}", pod.namespace, pod.name));
    if group.count > 1 {
        let others = group.count - 1;
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
pub(super) fn state(report: &Answer<'_>, pod: &PodReport) -> String {
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

fn places(group: &Alike, page: &mut Page<'_>) -> io::Result<()> {
    let pod = &group.first;
    if let Some(placement) = &pod.placement {
        let mut place = place_in_full(placement);
        if is_finished(pod) && placement.node.is_some() {
            place.push_str("; it ran to its end there");
        }
        page.section("Where", &place)?;
        if group.count > 1 {
            let providers = group.tally.providers();
            if placement.kind == PlacementKind::EC2 && !providers.is_empty() {
                page.more_in_section(&format!("all {} on EC2: {providers}", group.count))?;
            }
            page.section("Like it", &names(group))?;
        }
    }
    // A claim of moments ago is on its way there.
    if !is_as_expected(pod) && !says_fate(pod) && pod.reason != Reason::Provisioning {
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

/// The names of the others in a group, as far as they are told.
fn names(group: &Alike) -> String {
    let mut names = group.others.clone();
    let others = group.count - 1;
    if others > PODS_NAMED {
        names.push(format!("and {} more", others - PODS_NAMED));
    }
    names.join(", ")
}

/// The decisive reason with its proof.
fn why(report: &Answer<'_>, pod: &PodReport, page: &mut Page<'_>) -> io::Result<()> {
    let told = Told {
        times: !pod.timeline.is_empty(),
        selectors: proof::tells_selectors(pod),
    };
    if let Some(finding) = decisive(pod) {
        let shared = Shared {
            finding,
            whose: None,
        };
        told_finding(&shared, 2, usize::MAX, page)?;
        proof::timeline(page, report, pod)?;
        proof::evidence(page, &subject(pod), finding, told)?;
    }
    if told.selectors {
        page.blank()?;
        proof::selectors(page, pod)?;
    }
    Ok(())
}

fn told_finding(
    shared: &Shared<'_>,
    indent: usize,
    most: usize,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let finding = shared.finding;
    let lead = match certainty(finding.certainty) {
        Some(word) => format!("{}, {word}:", finding.reason),
        None => format!("{}:", finding.reason),
    };
    page.led(
        indent,
        Some((Role::of(finding.reason, finding.severity), &lead)),
        &shared.message(),
        most,
    )
}

/// The pod as evidence names it.
fn subject(pod: &PodReport) -> ObjectRef {
    ObjectRef::namespaced("pod", &pod.namespace, &pod.name)
}

/// Whatever else holds: what needs somebody is told, notes are told briefly.
fn also(pod: &PodReport, shared: &[Shared<'_>], page: &mut Page<'_>) -> io::Result<()> {
    let others = || {
        shared.iter().filter(|shared| {
            let reason = shared.finding.reason;
            reason != pod.reason
                && reason != Reason::StartupFailure
                && !is_told_at_once(pod, shared)
                && !(reason == Reason::RoundedUp && size::is_told(pod))
                && !is_visibility(reason)
        })
    };
    let mut urgent = others()
        .filter(|shared| shared.finding.severity != Severity::Info)
        .peekable();
    if urgent.peek().is_some() {
        page.blank()?;
        page.line(2, &page.style.paint(Role::Heading, "Also"))?;
        for finding in urgent {
            told_finding(finding, PROOF, LINES_OF_ALSO, page)?;
        }
    }
    let notes: Vec<&Shared<'_>> = others()
        .filter(|shared| shared.finding.severity == Severity::Info)
        .collect();
    if notes.is_empty() {
        return Ok(());
    }
    page.blank()?;
    let heading = page.style.paint(Role::Heading, "Good to know");
    let more = page.style.paint(
        Role::Faint,
        "(kubectl fargate reasons NAME tells what to do)",
    );
    page.line(2, &format!("{heading}   {more}"))?;
    for finding in notes.iter().take(NOTES_TOLD) {
        told_finding(finding, PROOF, LINES_OF_ALSO, page)?;
    }
    for shared in notes.iter().skip(NOTES_TOLD) {
        named_note(shared, page)?;
    }
    Ok(())
}

/// A note in one line: its name, whose it is, and what such a note is about.
fn named_note(shared: &Shared<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let finding = shared.finding;
    let lead = format!("{}:", finding.reason);
    let whose = shared.whose.as_ref().map(|whose| format!("({whose}) "));
    let room = page
        .style
        .prose_width()
        .saturating_sub(PROOF + lead.len() + 1);
    let title = format!(
        "{}{}",
        whose.unwrap_or_default(),
        rules::info(finding.reason).title
    );
    let title = page.style.cut(&page.style.text(&title), room);
    let role = Role::of(finding.reason, finding.severity);
    let lead = page.style.paint(role, &lead);
    page.line(PROOF, &format!("{lead} {title}"))
}

/// What to do: about the decisive reason first, then about what comes next.
fn fixes(pod: &PodReport, shared: &[Shared<'_>], page: &mut Page<'_>) -> io::Result<()> {
    let mut told: Vec<&crate::decision::finding::Fix> = Vec::new();
    let others = shared.iter().filter(|shared| {
        let finding = shared.finding;
        let is_urgent = finding.severity != Severity::Info || is_told_at_once(pod, shared);
        // Words that nobody knows need no step of their own beside a refusal that is known.
        let is_a_step = is_urgent && finding.reason != Reason::UnknownRefusal;
        finding.reason != pod.reason && is_a_step && !is_visibility(finding.reason)
    });
    let others = others.map(|shared| shared.finding);
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

fn unseen(
    report: &Answer<'_>,
    pod: &PodReport,
    shared: &[Shared<'_>],
    page: &mut Page<'_>,
) -> io::Result<()> {
    let (told, unseen): (Vec<_>, Vec<_>) = shared
        .iter()
        .filter(|shared| {
            let reason = shared.finding.reason;
            is_visibility(reason) && reason != pod.reason
        })
        .partition(|shared| is_about_what_was_read(shared.finding));
    for (heading, findings) in [("Not seen", unseen), ("Profiles", told)] {
        for (index, shared) in findings.into_iter().enumerate() {
            let message = without_words_of_refusal(report, &shared.message());
            if index == 0 {
                page.section(heading, &message)?;
            } else {
                page.more_in_section(&message)?;
            }
        }
    }
    Ok(())
}

/// A message that says how a read went, `(Forbidden)`, without the server's own sentence, which `sources` has in full.
fn without_words_of_refusal(report: &Answer<'_>, message: &str) -> String {
    let mut short = message.to_owned();
    for note in &report.sources {
        if let Some(detail) = &note.detail {
            let status = note.status;
            short = short.replace(&format!("({status:?}: {detail})"), &format!("({status:?})"));
        }
    }
    short
}
