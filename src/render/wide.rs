//! `-o wide`: one row a pod, with its node. As kubectl's own wide tables it is as wide as it must be.

use std::io::{self, Write};

use super::detail::detail;
use super::duration::between;
use super::grid::{Grid, Row};
use super::style::{Role, Style};
use super::table::place;
use super::words::{provisioner_in_short, severity};
use crate::decision::placement::{ExpectedKind, Placement};
use crate::report::{PodReport, Report};

/// Writes one row a pod, worst first.
///
/// Errors: those of `out`.
pub(super) fn rows(
    report: &Report,
    pods: &[&PodReport],
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut order: Vec<&PodReport> = pods.to_vec();
    order.sort_by_key(|pod| severity(pod));
    let mut titles = vec![
        "POD",
        "WHERE",
        "PROFILE",
        "WHY",
        "CERTAINTY",
        "EXPECTED",
        "NODE",
        "AGE",
    ];
    if style.namespaces {
        titles.insert(0, "NAMESPACE");
    }
    let shift = usize::from(style.namespaces);
    let grid = Grid {
        titles,
        painted: 3 + shift,
        anchor: shift,
    };
    let rows = || order.iter().map(|pod| wide_row(report, pod, style));
    grid.write_padded(style, rows, out)
}

fn wide_row(report: &Report, pod: &PodReport, style: &Style) -> Row {
    let placement = pod.placement.as_ref();
    let of_placement = |text: fn(&Placement) -> Option<&String>| {
        placement.and_then(text).cloned().unwrap_or_default()
    };
    let name = match &pod.owner {
        Some(owner) if pod.template => format!("{}/{}", owner.kind.to_lowercase(), pod.name),
        _ => pod.name.clone(),
    };
    let provider = placement.and_then(|placement| placement.provisioner.as_ref());
    let providers = provider.map(provisioner_in_short).into_iter().collect();
    let mut cells = vec![
        name,
        place(pod, &providers),
        of_placement(|placement| placement.profile.as_ref()),
        pod.reason.to_string(),
        format!("{:?}", pod.certainty),
        expected(pod),
        of_placement(|placement| placement.node.as_ref()),
        pod.created_at
            .map(|created| between(created, report.taken_at))
            .unwrap_or_default(),
    ];
    if style.namespaces {
        cells.insert(0, pod.namespace.clone());
    }
    for cell in &mut cells {
        if cell.is_empty() {
            "<none>".clone_into(cell);
        }
    }
    Row {
        cells: cells.iter().map(|cell| style.cell(cell)).collect(),
        tail: style.text(&detail(pod).unwrap_or_default()),
        role: Role::of(pod.reason, severity(pod)),
    }
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
