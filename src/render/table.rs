//! Many pods: one row a workload and reason, worst first; or, wide, one row a pod.

use std::borrow::Cow;
use std::io::{self, Write};

use super::Answer;
use super::detail::detail;
use super::digest::Standing;
use super::duration::human_duration;
use super::grid::{self, Grid, MOST_FITTED, Row};
use super::overview::{Overview, OverviewRow};
use super::page::Page;
use super::style::{Role, Style};
use super::unread;
use super::wide::Wide;
use super::words::{certainty, place_in_short, plural};
use crate::decision::facts::SourceStatus;
use crate::decision::finding::{Certainty, Severity};
use crate::decision::reason::Reason;

/// Writes a table of all pods of the report, and under it a summary and what to type next. Nothing where there are no pods.
///
/// Errors: those of `out`.
pub fn render(
    report: &Answer<'_>,
    wide: bool,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    if report.pods.is_empty() {
        return Ok(());
    }
    let (overview, wide) = match wide {
        true => {
            let (overview, wide) = Wide::of(report, style)?;
            (overview, Some(wide))
        }
        false => (Overview::of(&report.pods, report.taken_at)?, None),
    };
    if overview.has_no_profiles && style.headers {
        let sentence = no_profiles_sentence(report, &overview);
        Page::new(style, out).prose(0, &sentence)?;
        if wide.is_none() && overview.is_only_without_profiles {
            return Ok(());
        }
        writeln!(out)?;
    }
    let rows = overview.rows();
    match wide {
        Some(wide) => wide.write(report, style, out)?,
        None => grouped_rows(&overview, &rows, style, out)?,
    }
    if !style.headers {
        return Ok(());
    }
    writeln!(out)?;
    let mut page = Page::new(style, out);
    page.counts(&format!("{}.", overview.tally.headed()))?;
    page.prose(0, &needs(&overview, &rows))?;
    next(&overview, &rows, style, &mut page)?;
    about_profiles(&overview, &mut page)?;
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

fn no_profiles_sentence(report: &Answer<'_>, overview: &Overview<'_>) -> String {
    let cluster = match (&report.cluster.name, &report.cluster.region) {
        (Some(name), Some(region)) => format!("cluster {name} ({region})"),
        (Some(name), None) => format!("cluster {name}"),
        (None, _) => "this cluster".to_owned(),
    };
    format!(
        "No Fargate profile in {cluster}, so nothing here can run on Fargate. {}.",
        overview.tally.headed()
    )
}

/// Writes the grouped table alone. Its rows are made as they are written; only a few that are wrapped are held together.
///
/// Errors: those of `out`.
pub(super) fn grouped_rows(
    overview: &Overview<'_>,
    rows: &[OverviewRow<'_>],
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (titles, painted) = titles(style);
    let mut grid = Grid {
        titles,
        painted,
        anchor: 1 + usize::from(style.namespaces),
    };
    let cells = |brief| {
        rows.iter()
            .map(move |row| cells(overview, row, brief, style))
    };
    let in_full = grid.measure(cells(false));
    if in_full.fits(style) {
        let row =
            |index: usize, has_tail| grouped_row(overview, &rows[index], false, has_tail, style);
        return grid.write_made(style, &in_full.widths, rows.len(), row, out);
    }
    let mut brief = grid.measure(cells(true));
    let mut left_out = Vec::new();
    // A narrow terminal has no room for everything: the story of one workload tells what is left out here.
    for title in ["PROFILE", "FOR"] {
        if !brief.fits_wrapped(style)
            && let Some(column) = grid.leave_out_column(title)
        {
            brief.leave_out(column);
            left_out.push(column);
        }
    }
    let row = |index: usize, has_tail| {
        let mut row = grouped_row(overview, &rows[index], true, has_tail, style);
        for column in &left_out {
            row.cells.remove(*column);
        }
        row
    };
    if rows.len() > MOST_FITTED {
        return grid.write_made(style, &brief.widths, rows.len(), row, out);
    }
    let rows: Vec<Row> = (0..rows.len()).map(|index| row(index, true)).collect();
    grid.write(style, &rows, out)
}

/// The titles of the columns, and which one has the reason.
pub(super) fn titles(style: &Style) -> (Vec<Cow<'static, str>>, usize) {
    let mut titles = grid::titles(["WORKLOAD", "PODS", "WHERE", "PROFILE", "WHY", "FOR"]);
    if style.namespaces {
        titles.insert(0, "NAMESPACE".into());
    }
    (titles, 4 + usize::from(style.namespaces))
}

fn grouped_row(
    overview: &Overview<'_>,
    row: &OverviewRow<'_>,
    brief: bool,
    has_tail: bool,
    style: &Style,
) -> Row {
    let tail = match has_tail {
        true => detail(&overview.example(row)).unwrap_or_default(),
        false => String::new(),
    };
    Row {
        cells: cells(overview, row, brief, style),
        tail: style.text(&tail),
        role: Role::of(row.standing().reason, row.severity()),
    }
}

/// The cells of a row, cleaned.
pub(super) fn cells(
    overview: &Overview<'_>,
    row: &OverviewRow<'_>,
    brief: bool,
    style: &Style,
) -> Vec<String> {
    let kind = match overview.kind(row) {
        "" => "pod".to_owned(),
        kind => kind.to_lowercase(),
    };
    let kind = if brief { short_kind(&kind) } else { &kind };
    let standing = row.standing();
    let mut cells = vec![
        format!("{kind}/{}", row.name()),
        row.pods().to_string(),
        place(standing, &overview.providers(row)),
        overview.profiles(row).join(","),
        why(standing.reason, row.certainty()),
        row.oldest_seconds()
            .map_or_else(String::new, human_duration),
    ];
    if style.namespaces {
        cells.insert(0, row.namespace().to_owned());
    }
    cells.iter().map(|cell| style.cell(cell)).collect()
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

/// Where pods are, with who provides their nodes, in a few words. The text is raw.
pub(super) fn place(standing: Standing, providers: &[&str]) -> String {
    let Some(kind) = standing.place else {
        return "no pods".to_owned();
    };
    let mut place = place_in_short(kind).to_owned();
    if !providers.is_empty() {
        let mut named: Vec<&str> = providers.iter().copied().take(PROVIDERS_NAMED).collect();
        if providers.len() > PROVIDERS_NAMED {
            named.push("others");
        }
        place = format!("{place} ({})", named.join(", "));
    }
    if standing.is_finished {
        place.push_str(", finished");
    } else if standing.is_terminating {
        place.push_str(", terminating");
    }
    place
}

/// The reason, and how sure it is where that is not certain.
pub(super) fn why(reason: Reason, how_sure: Certainty) -> String {
    match certainty(how_sure) {
        Some(word) => format!("{reason} ({word})"),
        None => reason.to_string(),
    }
}

/// How many workloads ask for somebody.
fn needs(overview: &Overview<'_>, rows: &[OverviewRow<'_>]) -> String {
    let notes: usize = rows.iter().map(OverviewRow::notes).sum();
    let mut needs = match overview.workloads(rows, Severity::Error) {
        0 => "Nothing needs you".to_owned(),
        1 => "1 workload needs you".to_owned(),
        many => format!("{many} workloads need you"),
    };
    match overview.workloads(rows, Severity::Warning) {
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
fn about_profiles(overview: &Overview<'_>, page: &mut Page<'_>) -> io::Result<()> {
    let leads = ["Profiles not read:", "Not told of profiles:", "Profiles:"];
    for (lead, texts) in leads.into_iter().zip(overview.remarks()) {
        for text in texts {
            page.blank()?;
            page.led(0, Some((Role::Care, lead)), text, usize::MAX)?;
        }
    }
    Ok(())
}

/// Says what to type next: the question about the first row whose names can be typed.
///
/// Errors: those of the page.
pub(super) fn next(
    overview: &Overview<'_>,
    rows: &[OverviewRow<'_>],
    style: &Style,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let Some(row) = rows
        .iter()
        .find(|row| is_typeable(overview.askable(row).1) && is_typeable(row.namespace()))
    else {
        return Ok(());
    };
    let (kind, name) = overview.askable(row);
    let command = style.asked_again(&format!(
        "kubectl fargate explain {}/{name} -n {}",
        kind.to_lowercase(),
        row.namespace()
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
