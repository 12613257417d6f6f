//! `--pods`: who is where. Each profile, its namespaces, their workloads, and the pods of each by state.

use std::io::{self, Write};

use super::below;
use super::claims::{Claim, claims};
use super::words::{PodsKnown, age, is_observed, pods_known, status};
use crate::render::page::Page;
use crate::render::style::{Role, Style, columns, padded};
use crate::report::profiles::ProfileReport;
use crate::report::profiles::model::ProfileEntry;

/// Where a namespace begins below its profile, and a workload below its namespace.
const STEP: usize = 2;

/// Writes the tree and what stands below it.
///
/// Errors: those of `out`.
pub(super) fn render(report: &ProfileReport, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(style, out);
    if report.profiles.is_empty() || report.knowledge == "Unread" {
        below::without_profiles(report, &mut page)?;
    }
    let knows_pods = !matches!(pods_known(report), PodsKnown::None(_));
    for (index, profile) in report.profiles.iter().enumerate() {
        if index > 0 || report.knowledge == "Unread" {
            page.blank()?;
        }
        head(report, profile, &mut page)?;
        let claims = claims(profile, false);
        branches(&claims, STEP, &mut page)?;
        if knows_pods {
            let rest = rest(report, profile, claims.is_empty());
            if !rest.is_empty() {
                page.prose(STEP, &rest)?;
            }
        }
    }
    if !report.profiles.is_empty() {
        page.blank()?;
        below::agreement(report, &mut page)?;
    }
    below::not_read(report, &mut page)
}

/// What there is to say after the pods of a profile, or where it has none; empty where that is nothing.
fn rest(report: &ProfileReport, profile: &ProfileEntry, is_empty: bool) -> String {
    let place = match &report.namespace {
        Some(namespace) => format!(" in namespace {namespace}"),
        None => String::new(),
    };
    let stay = unclaimed(profile);
    match (is_empty, stay) {
        (true, Some(stay)) => format!("no pods{place}; {stay}"),
        (false, Some(stay)) => stay,
        (true, None) if is_observed(profile) => format!("no pods{place}"),
        (true, None) if profile.pods_claimable.is_none() => {
            format!("no pods{place}; which it would claim cannot be told")
        }
        (true, None) => format!("no pods{place}, and none that it would claim"),
        (false, None) => String::new(),
    }
}

/// `2 match and stay off (OptedOut), 1 (DaemonSetPod)`: the pods that match and would not be claimed.
fn unclaimed(profile: &ProfileEntry) -> Option<String> {
    let parts: Vec<String> = profile
        .unclaimed
        .iter()
        .map(|one| {
            let why = one.reason.as_deref().unwrap_or("finished");
            format!("{} ({why})", one.pods)
        })
        .collect();
    let (first, others) = parts.split_first()?;
    let (count, why) = first.split_once(' ')?;
    let verb = match count {
        "1" => "matches and stays off",
        _ => "match and stay off",
    };
    let first = format!("{count} {verb} {why}");
    Some(
        std::iter::once(first)
            .chain(others.iter().cloned())
            .collect::<Vec<_>>()
            .join(", "),
    )
}

fn head(report: &ProfileReport, profile: &ProfileEntry, page: &mut Page<'_>) -> io::Result<()> {
    let mut parts = vec![
        page.style.text(&profile.name),
        page.style.text(&status(profile)),
    ];
    let age = age(report, profile);
    if !age.is_empty() {
        parts.push(format!("{age} old"));
    }
    page.headline(&parts)
}

/// The namespaces of a profile with their workloads.
pub(super) fn branches(claims: &[Claim], indent: usize, page: &mut Page<'_>) -> io::Result<()> {
    let widest = claims
        .iter()
        .map(|claim| columns(&page.style.text(&claim.workload)))
        .max()
        .unwrap_or(0);
    let mut namespace: Option<&str> = None;
    let mut workload: Option<&str> = None;
    for claim in claims {
        if namespace != Some(claim.namespace.as_str()) {
            namespace = Some(&claim.namespace);
            workload = None;
            let name = page.style.text(&claim.namespace);
            page.line(indent, &page.style.paint(Role::Heading, &name))?;
        }
        let is_first = workload != Some(claim.workload.as_str());
        workload = Some(&claim.workload);
        leaf(claim, is_first, (indent + STEP, widest), page)?;
    }
    Ok(())
}

/// A line about pods of a workload, which is named in the first one.
fn leaf(
    claim: &Claim,
    is_first: bool,
    (indent, widest): (usize, usize),
    page: &mut Page<'_>,
) -> io::Result<()> {
    let style = page.style;
    let name = match is_first {
        true => style.text(&claim.workload),
        false => String::new(),
    };
    let state = style.text(&claim.state);
    let beside = indent + widest + 2;
    if beside + columns(&state) <= style.prose_width() {
        let line = format!(
            "{}  {}",
            padded(&name, widest),
            style.paint(claim.role, &state)
        );
        return page.line(indent, &line);
    }
    if is_first {
        page.line(indent, &name)?;
    }
    page.prose(indent + STEP, &claim.state)
}
