//! One profile in full: what it selects and has, what is wrong with it and what helps, and the rest that is known of it.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::claims::claims;
use super::words::{PodsKnown, age, is_observed, pods_known, status};
use super::{below, selector, table, tree};
use crate::decision::facts::ObjectRef;
use crate::decision::finding::{Finding, Severity};
use crate::decision::reason::Reason;
use crate::render::page::{PROOF, Page};
use crate::render::style::{Role, Style, columns, padded};
use crate::render::words::plural;
use crate::report::profiles::ProfileReport;
use crate::report::profiles::model::{ProfileEntry, SelectorReport};

/// Namespaces of a selector that are named.
const NAMESPACES_NAMED: usize = 8;

/// Writes a page for each profile of the report.
///
/// Errors: those of `out`.
pub(super) fn render(report: &ProfileReport, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(style, out);
    if report.profiles.is_empty() || report.knowledge == "Unread" {
        below::without_profiles(report, &mut page)?;
        page.blank()?;
    }
    for (index, profile) in report.profiles.iter().enumerate() {
        if index > 0 {
            page.blank()?;
        }
        one(report, profile, &mut page)?;
    }
    about_cluster(report, &mut page)?;
    below::not_read(report, &mut page)
}

fn one(report: &ProfileReport, profile: &ProfileEntry, page: &mut Page<'_>) -> io::Result<()> {
    headline(report, profile, page)?;
    page.blank()?;
    page.prose(2, &summary(report, profile))?;
    page.blank()?;
    selectors(report, profile, page)?;
    let claims = claims(profile, true);
    if !claims.is_empty() {
        page.blank()?;
        page.line(2, &page.style.paint(Role::Heading, "Pods"))?;
        tree::branches(&claims, PROOF, page)?;
    }
    findings(report, profile, page)?;
    page.blank()?;
    facts(profile, page)?;
    more(profile, page)
}

fn headline(report: &ProfileReport, profile: &ProfileEntry, page: &mut Page<'_>) -> io::Result<()> {
    let mut parts = vec![
        page.style.text(&profile.name),
        "Fargate profile".to_owned(),
        page.style.text(&status(profile)),
    ];
    let age = age(report, profile);
    if !age.is_empty() {
        parts.push(format!("{age} old"));
    }
    page.headline(&parts)
}

/// What it has and would have, a sentence or two. The text is raw.
fn summary(report: &ProfileReport, profile: &ProfileEntry) -> String {
    if matches!(pods_known(report), PodsKnown::None(_)) {
        return "What pods it has is not known: pods were not read.".to_owned();
    }
    let place = match (&report.namespace, pods_known(report)) {
        (Some(namespace), _) => format!("In namespace {namespace} (-n) it"),
        (None, PodsKnown::OnlyOf(namespace)) => format!("In namespace {namespace} it"),
        (None, _) => "It".to_owned(),
    };
    let mut text = match profile.pods_on_fargate {
        Some(on_fargate) => format!("{place} has {}", holds(profile, on_fargate)),
        None => "Its name is not told, and pods carry one that may be it: what it has is not known"
            .to_owned(),
    };
    if !is_observed(profile) {
        text.push_str(&would_claim(profile));
    }
    text.push('.');
    match profile.pods_refused.unwrap_or(0) {
        0 => {}
        count => text.push_str(&format!(
            " Made again, {count} of all these would be refused."
        )),
    }
    text
}

/// `5 pods on Fargate, 1 finished, 2 waiting for a node`.
pub(super) fn holds(profile: &ProfileEntry, on_fargate: usize) -> String {
    let finished = profile.pods_finished.unwrap_or(0);
    let running = on_fargate.saturating_sub(finished);
    let mut text = match running {
        0 => "no pods on Fargate".to_owned(),
        count => format!("{count} {} on Fargate", plural(count, "pod")),
    };
    if finished > 0 {
        text.push_str(&format!(", {finished} finished"));
    }
    if let Some(waiting) = profile.pods_waiting.filter(|waiting| *waiting > 0) {
        text.push_str(&format!(", {waiting} waiting for a node"));
    }
    text
}

/// What it would claim, as the end of a sentence about what it has.
fn would_claim(profile: &ProfileEntry) -> String {
    let undecided = profile.pods_undecided.unwrap_or(0);
    let workloads = profile.workloads_claimable.len();
    let matching: usize = profile.unclaimed.iter().map(|one| one.pods).sum();
    match profile.pods_claimable {
        None if undecided > 0 => format!(
            "; of {undecided} {} it cannot be told whether it would claim {}",
            plural(undecided, "other"),
            if undecided == 1 { "it" } else { "them" }
        ),
        None => "; which others it would claim cannot be told".to_owned(),
        Some(0) if workloads > 0 => format!(
            "; it would claim those of {workloads} {} without pods",
            plural(workloads, "workload")
        ),
        Some(0) if matching > 0 => {
            format!(", and would claim none of the {matching} that match besides")
        }
        Some(0) => ", and would claim no others".to_owned(),
        Some(count) => format!(
            ", and would claim {count} more if {} created again now{}",
            if count == 1 { "it were" } else { "they were" },
            if undecided > 0 {
                ", or others besides"
            } else {
                ""
            }
        ),
    }
}

fn selectors(
    report: &ProfileReport,
    profile: &ProfileEntry,
    page: &mut Page<'_>,
) -> io::Result<()> {
    page.line(2, &page.style.paint(Role::Heading, "Selectors"))?;
    let Some(selectors) = &profile.selectors else {
        let gap = profile.unknown.iter().find(|gap| gap.field == "selectors");
        match gap {
            Some(gap) => page.prose(PROOF, &selector::remark(gap))?,
            None => page.prose(PROOF, "could not be seen")?,
        }
        return observed(profile, page);
    };
    if selectors.is_empty() {
        return page.prose(PROOF, "none");
    }
    let knows_pods = !matches!(pods_known(report), PodsKnown::None(_));
    let shown: Vec<String> = selectors
        .iter()
        .enumerate()
        .map(|(index, one)| {
            page.style
                .text(&format!("{index}  {}", selector::in_full(one)))
        })
        .collect();
    let widest = shown.iter().map(|text| columns(text)).max().unwrap_or(0);
    for (text, one) in shown.iter().zip(selectors) {
        drawn(text, widest, one, knows_pods, page)?;
    }
    Ok(())
}

/// A selector with how many pods match it, and below it what is not plain about it.
fn drawn(
    text: &str,
    widest: usize,
    selector: &SelectorReport,
    knows_pods: bool,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let (role, count) = match selector.pods_matched {
        Some(0) => (Role::Care, "no pod matches".to_owned()),
        Some(1) => (Role::Good, "1 pod matches".to_owned()),
        Some(count) => (Role::Good, format!("{count} pods match")),
        None if selector.unknown.is_empty() || !knows_pods => (Role::Faint, String::new()),
        None => (Role::Care, "cannot be told".to_owned()),
    };
    let painted = page.style.paint(role, &count);
    let beside = PROOF + widest + 3;
    if beside + columns(&count) <= page.style.prose_width() {
        let line = format!("{}   {painted}", padded(text, widest));
        page.line(PROOF, line.trim_end())?;
    } else {
        page.prose(PROOF, text)?;
        if !count.is_empty() {
            page.line(PROOF + 3, &painted)?;
        }
    }
    let is_pattern = selector
        .namespace
        .as_deref()
        .is_some_and(|pattern| pattern.contains(['*', '?']));
    if is_pattern && !selector.namespaces.is_empty() {
        let mut names: Vec<&str> = selector
            .namespaces
            .iter()
            .map(String::as_str)
            .take(NAMESPACES_NAMED)
            .collect();
        if selector.namespaces.len() > NAMESPACES_NAMED {
            names.push("…");
        }
        page.prose(PROOF + 3, &format!("now {}", names.join(", ")))?;
    }
    for gap in &selector.unknown {
        let lead = match gap.assumed {
            Some(_) => "assumed:",
            None => "unknown:",
        };
        let remark = selector::remark(gap);
        page.led(PROOF + 3, Some((Role::Care, lead)), &remark, usize::MAX)?;
    }
    Ok(())
}

/// What pods tell of a profile whose selectors could not be had.
fn observed(profile: &ProfileEntry, page: &mut Page<'_>) -> io::Result<()> {
    let Some(observed) = &profile.observed else {
        return Ok(());
    };
    let mut text = format!(
        "pods that carry its name are in {}",
        observed.namespaces.join(", ")
    );
    if !observed.common_labels.is_empty() {
        let labels: Vec<String> = observed
            .common_labels
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        text.push_str(&format!(" and all have {}", labels.join(", ")));
    }
    page.led(PROOF, Some((Role::Care, "observed:")), &text, usize::MAX)
}

fn findings(report: &ProfileReport, profile: &ProfileEntry, page: &mut Page<'_>) -> io::Result<()> {
    let about = ObjectRef::cluster_wide("fargateprofile", &profile.name);
    let is_urgent = |finding: &&Finding| finding.severity != Severity::Info;
    for finding in profile.findings.iter().filter(is_urgent) {
        if below::is_told_at_head(report, finding) {
            continue;
        }
        page.blank()?;
        below::in_full(&about, finding, 2, page)?;
    }
    let mut notes = profile
        .findings
        .iter()
        .filter(|finding| !is_urgent(finding))
        .peekable();
    if notes.peek().is_some() {
        page.blank()?;
        page.line(2, &page.style.paint(Role::Heading, "Good to know"))?;
        for finding in notes {
            below::message(None, finding, (PROOF, usize::MAX), page)?;
        }
    }
    Ok(())
}

/// What concerns all profiles, after the last page.
fn about_cluster(report: &ProfileReport, page: &mut Page<'_>) -> io::Result<()> {
    let mut urgent = below::about_cluster(report)
        .filter(|finding| finding.severity != Severity::Info)
        .peekable();
    if urgent.peek().is_some() {
        page.blank()?;
        page.line(0, &page.style.paint(Role::Heading, "Of the whole cluster"))?;
    }
    let about = ObjectRef::cluster_wide("cluster", "");
    for (index, finding) in urgent.enumerate() {
        if index > 0 {
            page.blank()?;
        }
        below::in_full(&about, finding, 2, page)?;
    }
    Ok(())
}

/// Health, role, subnets, and where all this was read.
fn facts(profile: &ProfileEntry, page: &mut Page<'_>) -> io::Result<()> {
    for (index, issue) in profile.health_issues.iter().enumerate() {
        let mut text = format!("{}: {}", issue.code, issue.message);
        if !issue.resource_ids.is_empty() {
            text.push_str(&format!(" ({})", issue.resource_ids.join(", ")));
        }
        match index {
            0 => page.section("Health", &text)?,
            _ => page.more_in_section(&text)?,
        }
    }
    let role = profile.pod_execution_role_arn.clone();
    let subnets = Some(profile.subnets.join(", ")).filter(|subnets| !subnets.is_empty());
    let source = match is_observed(profile) {
        true => "the labels of pods".to_owned(),
        false => profile.source.clone(),
    };
    for (label, value) in [
        (
            "Role",
            table::known_or_gap(profile, "podExecutionRoleArn", role),
        ),
        ("Subnets", table::known_or_gap(profile, "subnets", subnets)),
        (
            "Cluster",
            table::known_or_gap(profile, "clusterName", profile.cluster_name.clone()),
        ),
        ("ARN", profile.arn.clone().unwrap_or_default()),
        ("Read from", source),
    ] {
        if !value.is_empty() {
            page.section(label, &value)?;
        }
    }
    if profile.nameless {
        page.section(
            "Name",
            "its source does not tell it; it is called by the place where it stands",
        )?;
    }
    Ok(())
}

fn more(profile: &ProfileEntry, page: &mut Page<'_>) -> io::Result<()> {
    let mut seen: BTreeSet<Reason> = BTreeSet::new();
    let reasons = profile
        .findings
        .iter()
        .map(|finding| finding.reason)
        .filter(|reason| seen.insert(*reason));
    let reasons: Vec<String> = reasons.map(|reason| reason.to_string()).collect();
    if reasons.is_empty() {
        return Ok(());
    }
    page.section(
        "More",
        &format!("kubectl fargate reasons {}", reasons.join(" ")),
    )
}
