//! One pod in full, or a few: where it is, why, the proof, the fix to paste, what could not be seen.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::duration::between;
use super::node;
use super::page::{PROOF, Page};
use super::proof::{self, Told};
use super::style::{Role, Style};
use super::words::{
    Tally, certainty, decisive, fate, is_finished, is_visibility, place_in_full, plural,
};
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
    Ok(())
}

fn separate(first: &mut bool, out: &mut dyn Write) -> io::Result<()> {
    if std::mem::take(first) {
        return Ok(());
    }
    writeln!(out)
}

/// Pods by workload, in the order of the report; a pod without owner is by itself.
fn workloads<'a>(pods: impl Iterator<Item = &'a PodReport>) -> Vec<Vec<&'a PodReport>> {
    let mut workloads: Vec<Vec<&PodReport>> = Vec::new();
    let mut places = std::collections::BTreeMap::new();
    for pod in pods {
        match &pod.owner {
            Some(owner) => {
                let place = *places.entry((&pod.namespace, owner)).or_insert_with(|| {
                    workloads.push(Vec::new());
                    workloads.len() - 1
                });
                workloads[place].push(pod);
            }
            None => workloads.push(vec![pod]),
        }
    }
    workloads
}

/// The pods of a workload by what is told about them; worst first.
fn groups<'a>(pods: &[&'a PodReport]) -> Vec<Vec<&'a PodReport>> {
    let mut groups: Vec<Vec<&PodReport>> = Vec::new();
    for pod in pods {
        match groups.iter_mut().find(|group| is_same_story(group[0], pod)) {
            Some(group) => group.push(pod),
            None => groups.push(vec![pod]),
        }
    }
    groups.sort_by_key(|group| super::words::severity(group[0]));
    groups
}

fn is_same_story(one: &PodReport, other: &PodReport) -> bool {
    let kind = |pod: &PodReport| pod.placement.as_ref().map(|placement| placement.kind);
    let errors = |pod: &PodReport| -> BTreeSet<Reason> {
        let errors = pod
            .findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error);
        errors.map(|finding| finding.reason).collect()
    };
    one.reason == other.reason
        && one.certainty == other.certainty
        && kind(one) == kind(other)
        && one.expected.kind == other.expected.kind
        && is_finished(one) == is_finished(other)
        && errors(one) == errors(other)
}

/// One line that says how the pods of a workload differ: `2 of 3 replicas on Fargate, 1 on EC2 (ng-1)`.
fn differences(
    workload: &[&PodReport],
    groups: &[Vec<&PodReport>],
    page: &mut Page<'_>,
) -> io::Result<()> {
    let first = workload[0];
    let mut by_size: Vec<&Vec<&PodReport>> = groups.iter().collect();
    by_size.sort_by_key(|group| std::cmp::Reverse(group.len()));
    let what = match first.owner.as_ref().map(|owner| owner.kind.as_str()) {
        Some("Deployment" | "ReplicaSet" | "StatefulSet") => "replicas",
        _ => "pods",
    };
    let same_reason = groups.iter().all(|group| group[0].reason == first.reason);
    let parts: Vec<String> = by_size
        .iter()
        .enumerate()
        .map(|(index, group)| {
            let place = Tally::of(group.iter().copied()).sentence();
            let place = match place.split_once(' ') {
                Some((count, place)) if index == 0 => {
                    format!("{count} of {} {what} {place}", workload.len())
                }
                _ => place,
            };
            let startup = |finding: &Finding| finding.reason == Reason::StartupFailure;
            match group[0].findings.iter().any(startup) {
                true => format!("{place} (StartupFailure)"),
                false if same_reason => place,
                false => format!("{place}: {}", group[0].reason),
            }
        })
        .collect();
    let separator = if same_reason { ", " } else { "; " };
    let owner = match &first.owner {
        Some(owner) => format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        None => first.name.clone(),
    };
    let lead = format!("{}/{owner}:", first.namespace);
    page.led(
        0,
        Some((Role::Heading, &lead)),
        &parts.join(separator),
        usize::MAX,
    )
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
    page.blank()?;
    why(report, pod, page)?;
    also(pod, page)?;
    fixes(pod, page)?;
    page.blank()?;
    unseen(pod, page)?;
    page.section("More", &format!("kubectl fargate reasons {}", pod.reason))
}

fn headline(report: &Report, group: &[&PodReport], page: &mut Page<'_>) -> io::Result<()> {
    let (pod, style) = (group[0], page.style);
    let mut name = style.text(&format!("{}/{}", pod.namespace, pod.name));
    if group.len() > 1 {
        let others = group.len() - 1;
        name.push_str(&format!(" and {others} {} like it", plural(others, "pod")));
    }
    let mut parts = vec![style.paint(Role::Heading, &name)];
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
    page.line(0, &parts.join(style.dot()))
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
        if is_finished(pod) {
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
    if !is_as_expected(pod) {
        let when = if pod.template {
            "a pod made now:"
        } else {
            "made again now,"
        };
        page.section("Next time", &format!("{when} {}", fate(&pod.expected)))?;
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
        Some((finding.severity.into(), &lead)),
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
        Some((finding.severity.into(), &lead)),
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
        if told.len() == FIXES_TOLD || told.iter().any(|other| other.text == fix.text) {
            continue;
        }
        page.blank()?;
        if told.is_empty() {
            page.section("Fix", &fix.text)?;
        } else {
            page.section("Then", &format!("({}) {}", finding.reason, fix.text))?;
        }
        if !told.iter().any(|other| other.commands == fix.commands) {
            for command in &fix.commands {
                page.command(command)?;
            }
        }
        told.push(fix);
    }
    Ok(())
}

fn unseen(pod: &PodReport, page: &mut Page<'_>) -> io::Result<()> {
    let unseen = pod
        .findings
        .iter()
        .filter(|finding| is_visibility(finding.reason) && finding.reason != pod.reason);
    for (index, finding) in unseen.enumerate() {
        if index == 0 {
            page.section("Not seen", &finding.message)?;
        } else {
            page.more_in_section(&finding.message)?;
        }
    }
    Ok(())
}
