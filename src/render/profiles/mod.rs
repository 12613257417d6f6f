//! The report about profiles → text: a table with what is wrong below it, who is where, or one profile in full.

mod below;
mod claims;
mod detail;
mod selector;
mod table;
mod tree;
mod words;

use std::io::{self, BufWriter, Write};

use super::CustomColumns;
use super::clean::clean_name;
use super::jsonpath::Template;
use super::style::Style;
use super::{json, yaml};
use crate::report::profiles::ProfileReport;

/// The format of the answer about profiles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ProfilesView {
    /// Many profiles.
    Table {
        /// With role, subnets, source and ARN.
        wide: bool,
    },
    /// Who is where: each profile with its pods, by namespace and workload.
    Tree,
    /// Each profile in full.
    Pages,
    /// The report as JSON.
    Json,
    /// The report as YAML.
    Yaml,
    /// `fargateprofile/NAME`, one line each.
    Name,
    /// For a ticket.
    Markdown,
    /// What a template finds in the report.
    JsonPath(&'static Template),
    /// A row for each profile, with columns of one's own.
    Columns(&'static CustomColumns),
}

/// Writes the report to `out`.
///
/// Errors: those of `out`; a closed pipe is one of them ([`io::ErrorKind::BrokenPipe`]).
pub fn render(
    report: &ProfileReport,
    view: ProfilesView,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(64 * 1024, out);
    match view {
        ProfilesView::Table { wide } => table::render(report, wide, style, &mut out),
        ProfilesView::Tree => tree::render(report, style, &mut out),
        ProfilesView::Pages => detail::render(report, style, &mut out),
        ProfilesView::Json => json::render(report, &mut out),
        ProfilesView::Yaml => yaml::render(report, &mut out),
        ProfilesView::Name => names(report, &mut out),
        ProfilesView::Markdown => table::markdown(report, style, &mut out),
        ProfilesView::JsonPath(template) => {
            template.render_value(&serde_json::to_value(report)?, &mut out)
        }
        ProfilesView::Columns(columns) => {
            let profiles = &report.profiles;
            columns.render(profiles.len(), |index| &profiles[index], &mut out)
        }
    }?;
    out.flush()
}

fn names(report: &ProfileReport, out: &mut dyn Write) -> io::Result<()> {
    for profile in &report.profiles {
        writeln!(out, "fargateprofile/{}", clean_name(&profile.name))?;
    }
    Ok(())
}
