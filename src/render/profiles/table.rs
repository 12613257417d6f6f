//! Many profiles: a row each, in the order in which EKS chooses among them, and below what is wrong.

use std::io::{self, Write};

use super::below;
use super::detail::holds;
use super::selector;
use super::words::{PodsKnown, age, counted, place, pods_known, role, status};
use crate::decision::finding::Finding;
use crate::render::grid::{self, Grid, Row};
use crate::render::markdown;
use crate::render::page::Page;
use crate::render::style::{Role, Style};
use crate::render::words::plural;
use crate::report::profiles::ProfileReport;
use crate::report::profiles::model::ProfileEntry;

/// Selectors named in a row; the others are counted.
const SELECTORS_NAMED: usize = 3;
/// Columns of the selectors in a row, where not all are asked for; the first is named whole.
const WIDEST_SELECTORS: usize = 120;
/// What a cell says that has nothing to say, in a wide table.
const NONE: &str = "<none>";

/// Writes the table and what stands below it.
///
/// Errors: those of `out`.
pub(super) fn render(
    report: &ProfileReport,
    wide: bool,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let is_unread = report.knowledge == "Unread";
    if report.profiles.is_empty() || is_unread {
        let mut page = Page::new(style, out);
        below::without_profiles(report, &mut page)?;
        if report.profiles.is_empty() {
            below::findings(report, &mut page)?;
            return below::not_read(report, &mut page);
        }
        page.blank()?;
    }
    if wide {
        wide_rows(report, style, out)?;
    } else {
        rows(report, style, out)?;
    }
    if !style.headers {
        return Ok(());
    }
    writeln!(out)?;
    let mut page = Page::new(style, out);
    page.counts(&summary(report))?;
    below::agreement(report, &mut page)?;
    below::findings(report, &mut page)?;
    below::next(report, &mut page)?;
    below::not_read(report, &mut page)
}

/// Writes the table for a ticket, and below it what is wrong.
///
/// Errors: those of `out`.
pub(super) fn markdown(
    report: &ProfileReport,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    if style.headers {
        writeln!(out, "**{}**\n", markdown::text(&summary(report)))?;
    }
    if !report.profiles.is_empty() {
        markdown::head(&grid::titles(TITLES), out)?;
    }
    for profile in &report.profiles {
        markdown::row(&row(report, profile, false, style).cells, None, out)?;
    }
    let of_profiles = report.profiles.iter().flat_map(|profile| &profile.findings);
    let mut findings = of_profiles.chain(&report.findings).peekable();
    if !style.headers || findings.peek().is_none() {
        return Ok(());
    }
    writeln!(out)?;
    for finding in findings {
        let message = markdown::text(&finding.message);
        writeln!(out, "- **{}**: {message}", finding.reason)?;
    }
    Ok(())
}

const TITLES: [&str; 7] = [
    "NAME",
    "STATUS",
    "AGE",
    "SELECTORS",
    "FARGATE",
    "CLAIMABLE",
    "FOUND",
];

fn rows(report: &ProfileReport, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut grid = Grid {
        titles: grid::titles(TITLES),
        painted: 1,
        anchor: 0,
    };
    let knows_pods = !matches!(pods_known(report), PodsKnown::None(_));
    let rows_of = |brief: bool| -> Vec<Row> {
        report
            .profiles
            .iter()
            .map(|profile| row(report, profile, brief, style))
            .collect()
    };
    let mut rows = rows_of(false);
    if !knows_pods {
        grid.leave_out("FARGATE", &mut rows);
        grid.leave_out("CLAIMABLE", &mut rows);
    }
    if grid.fits(style, &rows) {
        return grid.write(style, &rows, out);
    }
    // A narrow terminal has no room for everything: the page of one profile tells what is left out here.
    let mut brief = rows_of(true);
    if !knows_pods {
        for row in &mut brief {
            row.cells.drain(4..6);
        }
    }
    if !grid.fits_wrapped(style, &brief) {
        grid.leave_out("AGE", &mut brief);
    }
    if grid.fits_wrapped(style, &brief) {
        return grid.write(style, &brief, out);
    }
    stacked(report, knows_pods, style, out)
}

/// Where not even the longest words have room beside each other: a few lines a profile.
fn stacked(
    report: &ProfileReport,
    knows_pods: bool,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page::new(style, out);
    for profile in &report.profiles {
        let name = style.text(&profile.name);
        page.line(0, &style.paint(Role::Heading, &name))?;
        let status = format!("{},", status(profile));
        let mut parts = Vec::new();
        let age = age(report, profile);
        if !age.is_empty() {
            parts.push(format!("{age} old"));
        }
        if knows_pods {
            parts.push(match profile.pods_on_fargate {
                Some(on_fargate) => holds(profile, on_fargate),
                None => "pods on Fargate not known".to_owned(),
            });
            parts.push(format!("{} claimable", claimable(profile, true)));
        }
        parts.push(counted(&own_findings(report, profile), false));
        parts.retain(|part| !part.is_empty());
        page.led(
            2,
            Some((role(profile), &status)),
            &parts.join(", "),
            usize::MAX,
        )?;
        page.prose(2, &selectors(profile, SELECTORS_NAMED, ", "))?;
    }
    Ok(())
}

fn row(report: &ProfileReport, profile: &ProfileEntry, brief: bool, style: &Style) -> Row {
    let selectors_named = if brief { 2 } else { SELECTORS_NAMED };
    let cells = [
        profile.name.clone(),
        status(profile),
        age(report, profile),
        selectors(profile, selectors_named, if brief { ", " } else { "," }),
        held(profile, brief),
        claimable(profile, brief),
        counted(&own_findings(report, profile), brief),
    ];
    Row {
        cells: cells.iter().map(|cell| style.cell(cell)).collect(),
        tail: String::new(),
        role: role(profile),
    }
}

/// The findings about a profile, but for what has been told at the head.
fn own_findings<'a>(report: &ProfileReport, profile: &'a ProfileEntry) -> Vec<&'a Finding> {
    profile
        .findings
        .iter()
        .filter(|finding| !below::is_told_at_head(report, finding))
        .collect()
}

/// The selectors in short, the first few of them: as many as have room, and one at least.
fn selectors(profile: &ProfileEntry, most: usize, between: &str) -> String {
    let Some(selectors) = &profile.selectors else {
        return match &profile.observed {
            Some(observed) => format!("not seen; pods in {}", observed.namespaces.join(", ")),
            None => "not seen".to_owned(),
        };
    };
    let mut shown = String::new();
    let mut told = 0;
    for selector in selectors.iter().take(most) {
        let text = selector::in_short(selector, between);
        if told > 0 && most < usize::MAX && shown.len() + text.len() > WIDEST_SELECTORS {
            break;
        }
        if told > 0 {
            shown.push_str(", ");
        }
        shown.push_str(&text);
        told += 1;
    }
    match selectors.len() - told {
        0 if told == 0 => "none".to_owned(),
        0 => shown,
        more => format!("{shown}, {more} more"),
    }
}

/// How many pods it has: `8`, or `8 +1 waiting +2 finished`; in brief `8+1`, those that wait alone beside those that run.
fn held(profile: &ProfileEntry, brief: bool) -> String {
    let Some(on_fargate) = profile.pods_on_fargate else {
        return "?".to_owned();
    };
    let finished = profile.pods_finished.unwrap_or(0);
    let waiting = profile.pods_waiting.unwrap_or(0);
    let mut text = on_fargate.saturating_sub(finished).to_string();
    match (waiting, brief) {
        (0, _) => {}
        (_, true) => text.push_str(&format!("+{waiting}")),
        (_, false) => text.push_str(&format!(" +{waiting} waiting")),
    }
    if finished > 0 && !brief {
        text.push_str(&format!(" +{finished} finished"));
    }
    text
}

/// How many pods it would claim: `3`, `3 +1 workload`; `3+` or `?` where that cannot be told of all.
fn claimable(profile: &ProfileEntry, brief: bool) -> String {
    let pods = match (profile.pods_claimable, profile.pods_undecided) {
        (None, _) => "?".to_owned(),
        (Some(count), Some(1..)) => format!("{count}+"),
        (Some(count), _) => count.to_string(),
    };
    match profile.workloads_claimable.len() {
        workloads if workloads > 0 && !brief => {
            format!("{pods} +{workloads} {}", plural(workloads, "workload"))
        }
        _ => pods,
    }
}

/// `4 profiles in cluster prod (eu-west-1): 5 pods on Fargate, 2 waiting, 9 claimable.`
fn summary(report: &ProfileReport) -> String {
    let profiles = report.profiles.len();
    let mut text = format!(
        "{profiles} {} in {}",
        plural(profiles, "profile"),
        place(report)
    );
    if !matches!(pods_known(report), PodsKnown::None(_)) {
        let sum = |count: fn(&ProfileEntry) -> usize| -> usize {
            report.profiles.iter().map(count).sum()
        };
        let finished = sum(|profile| profile.pods_finished.unwrap_or(0));
        let on_fargate =
            sum(|profile| profile.pods_on_fargate.unwrap_or(0)).saturating_sub(finished);
        let mut held = report.profiles.iter();
        let at_least = match held.any(|profile| profile.pods_on_fargate.is_none()) {
            true => "at least ",
            false => "",
        };
        text.push_str(&format!(
            ": {at_least}{on_fargate} {} on Fargate",
            plural(on_fargate, "pod")
        ));
        for (count, word) in [
            (finished, "finished"),
            (sum(|profile| profile.pods_waiting.unwrap_or(0)), "waiting"),
            (
                sum(|profile| profile.pods_claimable.unwrap_or(0)),
                "claimable",
            ),
        ] {
            if count > 0 {
                text.push_str(&format!(", {count} {word}"));
            }
        }
        let refused = sum(|profile| profile.pods_refused.unwrap_or(0));
        if refused > 0 {
            text.push_str(&format!("; of these, Fargate would refuse {refused}"));
        }
    }
    format!("{text}.")
}

fn wide_rows(report: &ProfileReport, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let grid = Grid {
        titles: grid::titles([
            "NAME",
            "STATUS",
            "HEALTH",
            "AGE",
            "SELECTORS",
            "FARGATE",
            "WAITING",
            "CLAIMABLE",
            "REFUSED",
            "FOUND",
            "ROLE",
            "SUBNETS",
            "SOURCE",
            "ARN",
        ]),
        painted: 1,
        anchor: 0,
    };
    let knows_pods = !matches!(pods_known(report), PodsKnown::None(_));
    let rows = || {
        report
            .profiles
            .iter()
            .map(|profile| wide_row(report, profile, knows_pods, style))
    };
    grid.write_padded(style, rows, out)
}

fn wide_row(
    report: &ProfileReport,
    profile: &ProfileEntry,
    knows_pods: bool,
    style: &Style,
) -> Row {
    let codes: Vec<&str> = profile
        .health_issues
        .iter()
        .map(|issue| issue.code.as_str())
        .collect();
    let count = |count: Option<usize>| match (knows_pods, count) {
        (true, Some(count)) => count.to_string(),
        (true, None) => "?".to_owned(),
        (false, _) => String::new(),
    };
    let mut cells = [
        profile.name.clone(),
        profile.status.clone().unwrap_or_default(),
        codes.join(","),
        age(report, profile),
        selectors(profile, usize::MAX, ","),
        count(profile.pods_on_fargate),
        count(profile.pods_waiting),
        if knows_pods {
            claimable(profile, true)
        } else {
            String::new()
        },
        count(profile.pods_refused),
        counted(&own_findings(report, profile), false),
        known_or_gap(
            profile,
            "podExecutionRoleArn",
            profile.pod_execution_role_arn.clone(),
        ),
        known_or_gap(
            profile,
            "subnets",
            Some(profile.subnets.join(",")).filter(|subnets| !subnets.is_empty()),
        ),
        profile.source.clone(),
        profile.arn.clone().unwrap_or_default(),
    ];
    for cell in &mut cells {
        if cell.is_empty() {
            NONE.clone_into(cell);
        }
    }
    Row {
        cells: cells.iter().map(|cell| style.cell(cell)).collect(),
        tail: String::new(),
        role: role(profile),
    }
}

/// A field of a profile; where its source does not tell it, what stands there.
pub(super) fn known_or_gap(profile: &ProfileEntry, field: &str, value: Option<String>) -> String {
    let gap = profile.unknown.iter().find(|gap| gap.field == field);
    match (value, gap) {
        (Some(value), Some(gap)) if gap.assumed.is_some() => format!("{value} (assumed)"),
        (Some(value), _) => value,
        (None, Some(gap)) => format!("<{}>", gap.expression),
        (None, None) => String::new(),
    }
}
