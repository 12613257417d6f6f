//! Report → text, one file a format. Nothing here opens anything: it writes where it is told, and says so where that fails.

mod alike;
mod clean;
mod columns;
mod crew;
mod detail;
mod digest;
mod duration;
pub mod fix;
mod grid;
mod groups;
mod json;
pub mod jsonpath;
mod markdown;
mod name;
mod name_sets;
mod node;
mod overview;
mod page;
pub mod permissions;
pub mod profiles;
mod proof;
pub mod reason_document;
pub mod reason_page;
mod size;
mod sort;
mod story;
mod style;
pub mod suggestion;
mod table;
mod unread;
pub mod watch;
mod wide;
mod words;
mod yaml;

use std::io::{self, BufWriter, Write};

pub use clean::clean;
pub use columns::CustomColumns;
pub use duration::{between, human_duration};
pub use sort::sorted;
pub use style::{ShownLabels, Style};
pub use words::place_in_short;

use crate::report::{Entries, Report};
use jsonpath::Template;

/// A report, whatever its entries are made from.
type Answer<'e> = Report<dyn Entries + 'e>;

/// The format of the answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum View {
    /// Each pod, template or node in full.
    Story,
    /// Many pods.
    Table {
        /// One row a pod, with its node, instead of one a workload and reason.
        wide: bool,
    },
    /// The report as JSON.
    Json,
    /// The report as YAML.
    Yaml,
    /// `pod/NAME`, one line each.
    Name,
    /// For a ticket.
    Markdown {
        /// Each pod in full, instead of a row a workload and reason.
        stories: bool,
    },
    /// What a template finds in the report.
    JsonPath(&'static Template),
    /// A row for each pod, with columns of one's own.
    Columns(&'static CustomColumns),
}

/// Writes the report to `out`. Of an empty report the formats for eyes write nothing: see [`nothing_found`].
///
/// Errors: those of `out`; a closed pipe is one of them ([`io::ErrorKind::BrokenPipe`]).
pub fn render<P: Entries>(
    report: &Report<P>,
    view: View,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let report: &Answer<'_> = report;
    let mut out = BufWriter::with_capacity(64 * 1024, out);
    match view {
        View::Story => story::render(report, style, &mut out),
        View::Table { wide } => table::render(report, wide, style, &mut out),
        View::Json => json::stream(report, &mut out),
        View::Yaml => yaml::stream(report, &mut out),
        View::Name => name::render(report, &mut out),
        View::Markdown { stories: true } => markdown::stories(report, &mut out),
        View::Markdown { stories: false } => markdown::rows(report, style, &mut out),
        View::JsonPath(template) => template.render(report, &mut out),
        View::Columns(columns) => columns.render(
            report.pods.len(),
            |index| report.pods.entry(index),
            &mut out,
        ),
    }?;
    out.flush()
}

/// Returns kubectl's sentence for an empty answer, for standard error.
pub fn nothing_found(namespace: Option<&str>) -> String {
    match namespace {
        Some(namespace) => format!("No resources found in {} namespace.", clean(namespace)),
        None => "No resources found".to_owned(),
    }
}
