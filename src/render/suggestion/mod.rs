//! A suggested profile: explained for people, or alone in the format of the tool that creates it.

mod aws;
mod cloudformation;
mod eksctl;
mod page;
mod terraform;

use std::io::{self, BufWriter, Write};

use serde::Serialize;

use super::clean::clean;
use super::{Style, json, yaml};
use crate::decision::facts::shell;
use crate::report::SuggestionReport;
use crate::report::suggestion::model::{
    CLUSTER_NAME, POD_EXECUTION_ROLE_ARN, PRIVATE_SUBNET_ID, REGION, SuggestedProfile,
};

/// The format of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuggestionView {
    /// What is suggested and why, ending with a file for eksctl.
    Page,
    /// A ClusterConfig for eksctl.
    Eksctl,
    /// A command of the AWS CLI.
    Aws,
    /// A CloudFormation template in YAML.
    Cloudformation,
    /// A resource for Terraform.
    Terraform,
    /// The report as JSON.
    Json,
    /// The report as YAML.
    Yaml,
}

impl SuggestionView {
    /// Whether only the profile is printed, so that warnings have to be told elsewhere.
    pub fn is_artefact(self) -> bool {
        matches!(
            self,
            Self::Eksctl | Self::Aws | Self::Cloudformation | Self::Terraform
        )
    }
}

/// Writes the report to `out`. Where there is nothing to create, the formats of tools write nothing. `again` is the command by
/// which the same is asked once more, without `-o`; `None` where it cannot be, since it was read from standard input.
///
/// # Errors
/// Those of `out`; a closed pipe is one of them ([`io::ErrorKind::BrokenPipe`]).
pub fn render(
    report: &SuggestionReport,
    view: SuggestionView,
    again: Option<&str>,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(64 * 1024, out);
    match view {
        SuggestionView::Page => page::render(report, again, style, &mut out),
        SuggestionView::Json => json::render(report, &mut out),
        SuggestionView::Yaml => yaml::render(report, &mut out),
        _ => artefact(report, view, &mut out),
    }?;
    out.flush()
}

/// Returns what goes to standard error beside a format that holds the profile alone, a line each.
pub fn remarks(report: &SuggestionReport) -> Vec<String> {
    let mut remarks = Vec::new();
    if report.profiles.is_empty() {
        remarks.push(clean(&report.summary).into_owned());
    }
    let warnings = report.warnings.iter();
    remarks.extend(warnings.map(|warning| format!("warning: {}", clean(warning))));
    remarks
}

fn artefact(
    report: &SuggestionReport,
    view: SuggestionView,
    out: &mut dyn Write,
) -> io::Result<()> {
    if report.profiles.is_empty() {
        return Ok(());
    }
    comments(report, view, out)?;
    match view {
        SuggestionView::Aws => aws::render(report, out),
        SuggestionView::Cloudformation => cloudformation::render(report, out),
        SuggestionView::Terraform => terraform::render(report, out),
        _ => eksctl::render(report, out),
    }
}

/// The summary and the warnings as comments: all formats take lines that begin with `#`.
fn comments(
    report: &SuggestionReport,
    view: SuggestionView,
    out: &mut dyn Write,
) -> io::Result<()> {
    for text in std::iter::once(&report.summary).chain(&report.warnings) {
        for line in super::style::wrap(&clean(text), 78, 78) {
            match view {
                SuggestionView::Aws => writeln!(out, "# {}", shell::comment(&line))?,
                _ => writeln!(out, "# {line}")?,
            }
        }
    }
    Ok(())
}

/// Writes a value as YAML in which every text stays a text: what would read as a number or a truth value is quoted.
fn write_yaml(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    yaml::render(value, out)
}

fn cluster_name(report: &SuggestionReport) -> &str {
    report.cluster.name.as_deref().unwrap_or(CLUSTER_NAME)
}

fn region(report: &SuggestionReport) -> &str {
    report.cluster.region.as_deref().unwrap_or(REGION)
}

fn role(profile: &SuggestedProfile) -> &str {
    profile
        .pod_execution_role_arn
        .as_deref()
        .unwrap_or(POD_EXECUTION_ROLE_ARN)
}

fn subnets(profile: &SuggestedProfile) -> Vec<&str> {
    if profile.subnets.is_empty() {
        return vec![PRIVATE_SUBNET_ID];
    }
    profile.subnets.iter().map(String::as_str).collect()
}
