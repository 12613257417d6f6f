//! One profile in full: what it selects and has, what is wrong with it and what helps, and the rest that is known of it.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::words::{PodsKnown, age, has_open_selector, is_observed, pods_known, status};
use super::{below, selector, table, tree};
use crate::decision::facts::ObjectRef;
use crate::decision::finding::{Finding, Severity};
use crate::decision::reason::Reason;
use crate::render::page::{PROOF, Page};
use crate::render::proof::{self, Told};
use crate::render::style::{Role, Style, columns, padded};
use crate::render::words::{certainty, plural};
use crate::report::profiles::ProfileReport;
use crate::report::profiles::model::{ProfileEntry, SelectorReport};

/// Namespaces of a selector that are named.
const NAMESPACES_NAMED: usize = 8;
/// Lines of a note.
const LINES_OF_A_NOTE: usize = 3;

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
    selectors(profile, page)?;
    if !profile.pods.is_empty() || !profile.workloads_claimable.is_empty() {
        page.blank()?;
        page.line(2, &page.style.paint(Role::Heading, "Pods"))?;
        tree::branches(profile, PROOF, page)?;
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
    let pods = |count: usize| match count {
        0 => "no pods".to_owned(),
        count => format!("{count} {}", plural(count, "pod")),
    };
    let mut text = format!(
        "It has {} on Fargate",
        pods(profile.pods_on_fargate.unwrap_or(0))
    );
    if let Some(waiting) = profile.pods_waiting.filter(|waiting| *waiting > 0) {
        text.push_str(&format!(", {waiting} waiting for a node"));
    }
    if !is_observed(profile) {
        text.push_str(&match (
            profile.pods_claimable.unwrap_or(0),
            has_open_selector(profile),
        ) {
            (0, false) => ", and would claim no others".to_owned(),
            (0, true) => "; which others it would claim cannot be told".to_owned(),
            (count, is_open) => format!(
                ", and would claim {count} more if they were created again now{}",
                if is_open { ", or others besides" } else { "" }
            ),
        });
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

fn selectors(profile: &ProfileEntry, page: &mut Page<'_>) -> io::Result<()> {
    page.line(2, &page.style.paint(Role::Heading, "Selectors"))?;
    let Some(selectors) = &profile.selectors else {
        let gap = profile.unknown.iter().find(|gap| gap.field == "selectors");
        match gap {
            Some(gap) => page.prose(PROOF, &selector::remark(gap))?,
            None => page.prose(PROOF, "could not be seen")?,
        }
        return observed(profile, page);
    };
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
        drawn(text, widest, one, page)?;
    }
    Ok(())
}

/// A selector with how many pods match it, and below it what is not plain about it.
fn drawn(
    text: &str,
    widest: usize,
    selector: &SelectorReport,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let (role, count) = match selector.pods_matched {
        Some(0) => (Role::Care, "no pod matches".to_owned()),
        Some(1) => (Role::Good, "1 pod matches".to_owned()),
        Some(count) => (Role::Good, format!("{count} pods match")),
        None if selector.unknown.is_empty() => (Role::Faint, String::new()),
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
        page.led(PROOF + 3, Some((Role::Care, lead)), &remark, 2)?;
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
        told(finding, 2, usize::MAX, page)?;
        proof::evidence(page, &about, finding, Told::default())?;
        if let Some(fix) = &finding.fix {
            page.section("Fix", &fix.text)?;
            for command in &fix.commands {
                page.command(command)?;
            }
        }
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
            told(finding, PROOF, LINES_OF_A_NOTE, page)?;
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
    for finding in urgent {
        below::in_short(None, finding, 2, page)?;
    }
    Ok(())
}

fn told(finding: &Finding, indent: usize, most: usize, page: &mut Page<'_>) -> io::Result<()> {
    let lead = match certainty(finding.certainty) {
        Some(word) => format!("{}, {word}:", finding.reason),
        None => format!("{}:", finding.reason),
    };
    let role = Role::of(finding.reason, finding.severity);
    page.led(indent, Some((role, &lead)), &finding.message, most)
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
