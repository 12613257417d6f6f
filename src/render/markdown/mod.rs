//! `-o markdown`: an answer for a ticket, in the Markdown that GitHub, GitLab and Jira read. A table of many pods, or the story of
//! each, without colours and without lines that are cut for a terminal.

mod escape;

use std::io::{self, Write};

use super::Answer;
use super::alike::{Alike, Shared};
use super::groups::workloads;
use super::node;
use super::overview::Overview;
use super::style::{ShownLabels, Style};
use super::words::{certainty, decisive, fate, is_visibility, place_in_full, plural, shown_reason};
use super::{story, table, wide};
use crate::decision::facts::{SourceNote, SourceStatus};
use crate::decision::finding::{Evidence, Finding, Severity};
use crate::report::PodReport;
pub(super) use escape::text;
use escape::{block, code};

/// Findings beside the decisive one that are told.
const OTHERS_TOLD: usize = 6;
/// Fixes that are told in one story.
const FIXES_TOLD: usize = 3;
/// Pieces of evidence of one finding.
const EVIDENCE_TOLD: usize = 8;

/// Writes one row a workload and reason, worst first; or a row a pod where labels or an order were asked for.
///
/// Errors: those of `out`.
pub(super) fn rows(report: &Answer<'_>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if report.pods.is_empty() {
        return Ok(());
    }
    let overview = Overview::of(&report.pods, report.taken_at)?;
    if style.headers {
        writeln!(out, "**{}.**\n", text(&overview.tally.headed()))?;
    }
    if style.keeps_order || style.labels != ShownLabels::default() {
        let (titles, reason) = wide::titles(style);
        head(&titles, out)?;
        for index in 0..report.pods.len() {
            let pod = report.pods.entry(index);
            row(&wide::cells(report, index, &pod, style), Some(reason), out)?;
        }
    } else {
        let (titles, reason) = table::titles(style);
        head(&titles, out)?;
        for entry in overview.rows() {
            row(
                &table::cells(&overview, &entry, false, style),
                Some(reason),
                out,
            )?;
        }
    }
    if style.headers {
        not_read(&report.sources, out)?;
    }
    Ok(())
}

/// The head of a table.
pub(super) fn head(
    titles: &[std::borrow::Cow<'static, str>],
    out: &mut dyn Write,
) -> io::Result<()> {
    let titles: Vec<String> = titles.iter().map(|title| text(title)).collect();
    writeln!(out, "| {} |", titles.join(" | "))?;
    writeln!(out, "|{}", " --- |".repeat(titles.len()))
}

/// A row of a table, its names and its reason as code, all else as text.
pub(super) fn row(cells: &[String], reason: Option<usize>, out: &mut dyn Write) -> io::Result<()> {
    let cells = cells.iter().enumerate().map(|(column, cell)| {
        let is_name = column < 2 && cell.contains(['-', '/', '.']);
        match is_name || Some(column) == reason {
            true => code(cell),
            false => text(cell),
        }
    });
    writeln!(out, "| {} |", cells.collect::<Vec<_>>().join(" | "))
}

/// Writes the story of each pod; those alike share one.
///
/// Errors: those of `out`.
pub(super) fn stories(report: &Answer<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut is_first = true;
    let mut part = |out: &mut dyn Write| match std::mem::take(&mut is_first) {
        true => Ok(()),
        false => writeln!(out),
    };
    for node in &report.nodes {
        part(out)?;
        writeln!(out, "### {}\n\n{}", code(&node.name), text(&node.summary))?;
    }
    for workload in workloads(&node::chosen(report, |_| true))? {
        for group in &workload.groups {
            part(out)?;
            story(report, group, out)?;
        }
    }
    not_read(&report.sources, out)
}

fn story(report: &Answer<'_>, group: &Alike, out: &mut dyn Write) -> io::Result<()> {
    let pod = &group.first;
    let shared = group.findings();
    headline(report, group, out)?;
    writeln!(out, "**{}**\n", text(&pod.summary))?;
    if let Some(placement) = &pod.placement {
        writeln!(out, "- Where: {}", text(&place_in_full(placement)))?;
    }
    let when = if pod.template { "made" } else { "made again" };
    writeln!(
        out,
        "- If it were {when} now: {}",
        text(&fate(&pod.expected))
    )?;
    writeln!(out, "- Why: {}", code(&shown_reason(pod).to_string()))?;
    if let Some(finding) = decisive(pod) {
        writeln!(out)?;
        told(finding, &finding.message, out)?;
        evidence(finding, out)?;
    }
    let others: Vec<&Shared<'_>> = shared
        .iter()
        .filter(|other| {
            let reason = other.finding.reason;
            reason != pod.reason && !is_visibility(reason)
        })
        .collect();
    if !others.is_empty() {
        writeln!(out, "\nAlso:\n")?;
        for other in others.iter().take(OTHERS_TOLD) {
            write!(out, "- ")?;
            told(other.finding, &other.message(), out)?;
        }
        let more = others.len().saturating_sub(OTHERS_TOLD);
        if more > 0 {
            writeln!(out, "- and {more} more")?;
        }
    }
    fixes(pod, &others, out)?;
    let unseen = shared.iter().filter(|other| {
        let reason = other.finding.reason;
        is_visibility(reason) && reason != pod.reason
    });
    for (index, other) in unseen.enumerate() {
        if index == 0 {
            writeln!(out, "\nNot seen:\n")?;
        }
        writeln!(out, "- {}", text(&other.message()))?;
    }
    Ok(())
}

fn headline(report: &Answer<'_>, group: &Alike, out: &mut dyn Write) -> io::Result<()> {
    let pod = &group.first;
    let mut parts = vec![code(&format!("{}/{}", pod.namespace, pod.name))];
    if group.count > 1 {
        let others = group.count - 1;
        parts[0].push_str(&format!(" and {others} {} like it", plural(others, "pod")));
    }
    if let Some(owner) = &pod.owner {
        match pod.template {
            true => parts.push(text(&owner.kind)),
            false => parts.push(format!("{} {}", text(&owner.kind), code(&owner.name))),
        }
    }
    parts.push(match pod.template {
        true => "no pods; its template is judged".to_owned(),
        false => text(&story::state(report, pod)),
    });
    writeln!(out, "### {}\n", parts.join(" · "))
}

fn told(finding: &Finding, message: &str, out: &mut dyn Write) -> io::Result<()> {
    let how_sure = certainty(finding.certainty).map(|word| format!(" ({word})"));
    writeln!(
        out,
        "**{}**{}: {}",
        finding.reason,
        how_sure.unwrap_or_default(),
        text(message)
    )
}

fn evidence(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    if finding.evidence.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    for evidence in finding.evidence.iter().take(EVIDENCE_TOLD) {
        writeln!(out, "- {}", piece(evidence))?;
    }
    let more = finding.evidence.len().saturating_sub(EVIDENCE_TOLD);
    if more > 0 {
        writeln!(out, "- and {more} more")?;
    }
    Ok(())
}

fn piece(evidence: &Evidence) -> String {
    let mut piece = format!(
        "{} {}: ",
        code(&evidence.object.to_string()),
        code(&evidence.field)
    );
    match &evidence.found {
        Some(found) => piece.push_str(&code(found)),
        None => piece.push_str("not there"),
    }
    if let Some(wanted) = &evidence.wanted {
        piece.push_str(&format!(", wanted {}", code(wanted)));
    }
    piece
}

/// What to do: about the decisive reason first, then about what comes next.
fn fixes(pod: &PodReport, others: &[&Shared<'_>], out: &mut dyn Write) -> io::Result<()> {
    let urgent = others.iter().map(|other| other.finding);
    let urgent = urgent.filter(|finding| finding.severity != Severity::Info);
    let mut told: Vec<&str> = Vec::new();
    for finding in decisive(pod).into_iter().chain(urgent) {
        let Some(fix) = &finding.fix else { continue };
        if told.len() == FIXES_TOLD || told.contains(&fix.text.as_str()) {
            continue;
        }
        let lead = if told.is_empty() { "Fix" } else { "Then" };
        writeln!(out, "\n**{lead}:** {}", text(&fix.text))?;
        if !fix.commands.is_empty() {
            match block(&fix.commands) {
                Some(block) => writeln!(out, "\n{block}")?,
                None => writeln!(
                    out,
                    "\n(the command is too long to be shown; -o json has it)"
                )?,
            }
        }
        told.push(&fix.text);
    }
    Ok(())
}

fn not_read(sources: &[SourceNote], out: &mut dyn Write) -> io::Result<()> {
    let is_missed = |note: &&SourceNote| {
        matches!(
            note.status,
            SourceStatus::Partial
                | SourceStatus::Forbidden
                | SourceStatus::TimedOut
                | SourceStatus::Failed
                | SourceStatus::Malformed
        )
    };
    let missed: Vec<String> = sources
        .iter()
        .filter(is_missed)
        .map(|note| format!("{} ({:?})", text(&note.what), note.status))
        .collect();
    match missed.is_empty() {
        true => Ok(()),
        false => writeln!(out, "\nNot read: {}", missed.join(", ")),
    }
}
