//! `-o wide`: one row a pod, with its node. As kubectl's own wide tables it is as wide as it must be.

use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::Range;

use super::Answer;
use super::crew::in_order;
use super::detail::detail;
use super::digest::{Digest, Standing};
use super::duration::between;
use super::grid::{self, Grid, Row, widen};
use super::overview::Overview;
use super::style::{Role, ShownLabels, Style};
use super::table::{place, why};
use super::words::{provisioner_in_short, severity};
use crate::decision::facts::Labels;
use crate::decision::finding::Severity;
use crate::decision::placement::{ExpectedKind, Placement};
use crate::report::PodReport;

/// The column of the reason, where there is none of the namespace.
const WHY: usize = 3;
/// The columns that only `-o wide` has: certainty, what is expected, node.
const ONLY_WIDE: Range<usize> = 4..7;

/// The rows of a wide table: how wide, and in which order. Of each pod only its place in that order is kept.
pub(super) struct Wide {
    grid: Grid,
    widths: Vec<usize>,
    /// Indices of entries, worst first.
    order: Vec<u32>,
}

impl Wide {
    /// Looks at all pods once.
    pub(super) fn of<'e>(
        report: &'e Answer<'_>,
        style: &Style,
    ) -> io::Result<(Overview<'e>, Self)> {
        let grid = grid(style);
        let pods = &report.pods;
        let mut overview = Overview::new(pods, report.taken_at);
        let mut widths = grid.least_widths();
        let mut severities: Vec<Severity> = Vec::with_capacity(pods.len());
        let look = |range: Range<usize>| {
            let mut widths = grid.least_widths();
            let digests = range.map(|index| {
                let pod = pods.entry(index);
                widen(&mut widths, &cells(report, index, &pod, style));
                Digest::of(&pod)
            });
            (digests.collect::<Vec<_>>(), widths)
        };
        in_order(pods.len(), look, |(digests, of_piece)| {
            for (width, other) in widths.iter_mut().zip(of_piece) {
                *width = other.max(*width);
            }
            for digest in digests {
                severities.push(digest.severity);
                overview.add(digest);
            }
            Ok(())
        })?;
        let mut order: Vec<u32> = (0..).take(severities.len()).collect();
        if !style.keeps_order {
            order.sort_by_key(|index| severities[*index as usize]);
        }
        let wide = Self {
            grid,
            widths,
            order,
        };
        Ok((overview, wide))
    }

    /// Writes one row a pod, worst first.
    ///
    /// Errors: those of `out`.
    pub(super) fn write(
        &self,
        report: &Answer<'_>,
        style: &Style,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let row = |index: usize, has_tail: bool| {
            let index = self.order[index] as usize;
            let pod = report.pods.entry(index);
            // All labels are what stands at the end then.
            let has_tail = has_tail && !style.labels.all;
            let tail = if has_tail { detail(&pod) } else { None };
            Row {
                cells: cells(report, index, &pod, style),
                tail: style.text(&tail.unwrap_or_default()),
                role: Role::of(pod.reason, severity(&pod)),
            }
        };
        let count = self.order.len();
        self.grid.write_made(style, &self.widths, count, row, out)
    }
}

/// The titles of the columns, and which one has the reason.
pub(super) fn titles(style: &Style) -> (Vec<Cow<'static, str>>, usize) {
    let mut titles = grid::titles([
        "POD",
        "WHERE",
        "PROFILE",
        "WHY",
        "CERTAINTY",
        "EXPECTED",
        "NODE",
        "AGE",
    ]);
    if style.brief {
        titles.drain(ONLY_WIDE);
    }
    if style.namespaces {
        titles.insert(0, "NAMESPACE".into());
    }
    let labels = style.labels.columns.iter();
    titles.extend(labels.map(|key| Cow::Owned(style.cell(&label_title(key)))));
    if style.labels.all {
        titles.push("LABELS".into());
    }
    (titles, WHY + usize::from(style.namespaces))
}

fn grid(style: &Style) -> Grid {
    let (titles, painted) = titles(style);
    Grid {
        titles,
        painted,
        anchor: usize::from(style.namespaces),
    }
}

/// The title of a label's column, as kubectl has it: the key without what stands before its last stroke.
fn label_title(key: &str) -> String {
    key.rsplit('/').next().unwrap_or_default().to_uppercase()
}

/// The cells of a pod's row, cleaned.
pub(super) fn cells(
    report: &Answer<'_>,
    index: usize,
    pod: &PodReport,
    style: &Style,
) -> Vec<String> {
    let placement = pod.placement.as_ref();
    let of_placement = |text: fn(&Placement) -> Option<&String>| {
        placement.and_then(text).cloned().unwrap_or_default()
    };
    let name = match &pod.owner {
        Some(owner) if pod.template => format!("{}/{}", owner.kind.to_lowercase(), pod.name),
        _ => pod.name.clone(),
    };
    let provisioner = placement.and_then(|placement| placement.provisioner.as_ref());
    let provider = provisioner.map(provisioner_in_short);
    let mut cells = vec![
        name,
        place(Standing::of(pod), provider.as_deref().as_slice()),
        of_placement(|placement| placement.profile.as_ref()),
        pod.reason.to_string(),
        format!("{:?}", pod.certainty),
        expected(pod),
        of_placement(|placement| placement.node.as_ref()),
        pod.created_at
            .map(|created| between(created, report.taken_at))
            .unwrap_or_default(),
    ];
    if style.brief {
        cells[WHY] = why(pod.reason, pod.certainty);
        cells.drain(ONLY_WIDE);
    }
    if style.namespaces {
        cells.insert(0, pod.namespace.clone());
    }
    if style.labels != ShownLabels::default() {
        let labels = report.pods.labels(index);
        let of_key = |key: &String| labels.and_then(|labels| labels.get(key));
        let shown = style.labels.columns.iter().map(of_key);
        cells.extend(shown.map(|value| value.unwrap_or_default().to_owned()));
        if style.labels.all {
            let pairs = labels.into_iter().flat_map(Labels::iter);
            let pairs: Vec<String> = pairs.map(|(key, value)| format!("{key}={value}")).collect();
            cells.push(pairs.join(","));
        }
    }
    for cell in &mut cells {
        if cell.is_empty() {
            "<none>".clone_into(cell);
        }
    }
    cells.iter().map(|cell| style.cell(cell)).collect()
}

fn expected(pod: &PodReport) -> String {
    let word = match pod.expected.kind {
        ExpectedKind::Fargate => "Fargate",
        ExpectedKind::Refused => "Refused",
        ExpectedKind::NotFargate => "NotFargate",
        ExpectedKind::Undecided => "Undecided",
    };
    match (&pod.expected.profile, pod.expected.selector) {
        (Some(profile), Some(selector)) => format!("{word}:{profile}#{selector}"),
        (Some(profile), None) => format!("{word}:{profile}"),
        (None, _) => word.to_owned(),
    }
}
