//! A command of the AWS CLI: `aws eks create-fargate-profile`, a flag a line.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::{cluster_name, region, role, subnets};
use crate::decision::facts::shell::{self, quote};
use crate::report::SuggestionReport;

#[derive(Serialize)]
struct Selector<'r> {
    namespace: &'r str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: &'r BTreeMap<String, String>,
}

/// Writes the commands.
pub fn render(report: &SuggestionReport, out: &mut dyn Write) -> io::Result<()> {
    for (index, profile) in report.profiles.iter().enumerate() {
        let selectors: Vec<Selector<'_>> = profile
            .selectors
            .iter()
            .map(|selector| Selector {
                namespace: &selector.namespace,
                labels: &selector.labels,
            })
            .collect();
        let selectors = escaped_json(&selectors)?;
        let subnets = subnets(profile);
        let subnets: Vec<_> = subnets.iter().map(|subnet| word(subnet)).collect();
        if let Some(before) = index.checked_sub(1).and_then(|at| report.profiles.get(at)) {
            writeln!(out, "# EKS creates one profile at a time")?;
            writeln!(
                out,
                "aws eks wait fargate-profile-active {} {} {}\n",
                option("--region", region(report)),
                option("--cluster-name", cluster_name(report)),
                option("--fargate-profile-name", &before.name)
            )?;
        }
        writeln!(out, "aws eks create-fargate-profile \\")?;
        for flag in [
            option("--region", region(report)),
            option("--cluster-name", cluster_name(report)),
            option("--fargate-profile-name", &profile.name),
            option("--pod-execution-role-arn", role(profile)),
            format!("--subnets {}", subnets.join(" ")),
        ] {
            writeln!(out, "  {flag} \\")?;
        }
        writeln!(out, "  --selectors {}", quote(&selectors))?;
    }
    Ok(())
}

/// A flag and its value. What a terminal would obey is in no name that EKS accepts; it is shown, and the command then fails.
fn option(flag: &str, value: &str) -> String {
    shell::aws_option(flag, &super::clean(value))
}

/// A word of a list. One that would be a flag makes the command fail.
fn word(text: &str) -> String {
    shell::operand(&shell::aws_value(&super::clean(text)))
}

/// JSON on one line in which everything that a terminal would obey is escaped.
fn escaped_json(value: &impl Serialize) -> io::Result<String> {
    let mut escaped = String::new();
    for letter in serde_json::to_string(value)?.chars() {
        if crate::render::clean::is_unsafe(letter) {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            escaped.push(letter);
        }
    }
    Ok(escaped)
}
