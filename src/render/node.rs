//! A node that was asked about: what it is, and which pods hold it.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::Answer;
use super::overview::Overview;
use super::page::Page;
use super::style::Style;
use super::table;
use super::words::{place_in_full, plural};
use crate::decision::placement::Placement;
use crate::report::NodeReport;
use crate::report::entries::Chosen;

/// Writes what a node is and, where there are several, its pods as a table; a single pod is told in full by whoever calls.
///
/// Errors: those of `out`.
pub(super) fn render(
    report: &Answer<'_>,
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
            let pods = on_it(report, node);
            let overview = Overview::of(&pods, report.taken_at)?;
            let rows = overview.rows();
            table::grouped_rows(&overview, &rows, &with_namespaces, page.out())?;
            page.blank()?;
            table::next(&overview, &rows, style, &mut page)
        }
    }
}

/// The entries of the pods on a node.
fn on_it<'r>(report: &'r Answer<'_>, node: &NodeReport) -> Chosen<'r> {
    let held: BTreeSet<&str> = node.pods.iter().map(String::as_str).collect();
    chosen(report, |name| held.contains(name))
}

/// Entries by their pods' names, as `namespace/name`.
pub(super) fn chosen<'r>(report: &'r Answer<'_>, is_chosen: impl Fn(&str) -> bool) -> Chosen<'r> {
    let pods = &report.pods;
    let is_chosen = |index: &u32| {
        let title = pods.title(*index as usize);
        is_chosen(&format!("{}/{}", title.namespace, title.name))
    };
    Chosen {
        pods,
        indices: (0..).take(pods.len()).filter(is_chosen).collect(),
    }
}
