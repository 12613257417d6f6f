//! A node that was asked about: what it is, and which pods hold it.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::page::Page;
use super::style::Style;
use super::table;
use super::words::{place_in_full, plural};
use crate::decision::placement::Placement;
use crate::report::{NodeReport, PodReport, Report};

/// Writes what a node is and, where there are several, its pods as a table; a single pod is told in full by whoever calls.
///
/// Errors: those of `out`.
pub(super) fn render(
    report: &Report,
    node: &NodeReport,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page::new(style, out);
    let name = style.text(&format!("node/{}", node.name));
    let kind = Placement {
        node: None,
        profile: None,
        ..node.placement.clone()
    };
    let kind = match place_in_full(&kind) {
        kind if kind.starts_with("Fargate") => "Fargate".to_owned(),
        kind => kind,
    };
    page.headline(&[name, style.text(&kind)])?;
    page.blank()?;
    page.prose(2, &node.summary)?;
    page.blank()?;
    let held: BTreeSet<&str> = node.pods.iter().map(String::as_str).collect();
    let pods: Vec<&PodReport> = report
        .pods
        .iter()
        .filter(|pod| held.contains(format!("{}/{}", pod.namespace, pod.name).as_str()))
        .collect();
    match node.pods.len() {
        0 => page.prose(2, "No pod is on it."),
        1 => page.prose(2, &format!("One pod is on it: {}", node.pods[0])),
        count => {
            page.prose(2, &format!("{count} {} are on it:", plural(count, "pod")))?;
            page.blank()?;
            let with_namespaces = Style {
                namespaces: true,
                ..style.clone()
            };
            table::grouped_rows(report, &pods, &with_namespaces, page.out())?;
            page.blank()?;
            table::next(report, &pods, style, &mut page)
        }
    }
}
