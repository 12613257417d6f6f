//! Resources for Terraform and OpenTofu. Source: Terraform AWS provider, aws_eks_fargate_profile.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::{clean, cluster_name, role, subnets};
use crate::render::clean::is_unsafe;
use crate::report::SuggestionReport;

/// Writes the profiles.
pub fn render(report: &SuggestionReport, out: &mut dyn Write) -> io::Result<()> {
    if let Some(region) = &report.cluster.region {
        writeln!(out, "# for a provider in {}", clean(region))?;
    }
    let mut names = BTreeSet::new();
    for (index, profile) in report.profiles.iter().enumerate() {
        let mut name = resource_name(&profile.name);
        if !names.insert(name.clone()) {
            name = format!("{name}_{}", index + 1);
        }
        if index > 0 {
            writeln!(out)?;
        }
        writeln!(out, "resource \"aws_eks_fargate_profile\" \"{name}\" {{")?;
        writeln!(
            out,
            "  cluster_name           = {}",
            text(cluster_name(report))
        )?;
        writeln!(out, "  fargate_profile_name   = {}", text(&profile.name))?;
        writeln!(out, "  pod_execution_role_arn = {}", text(role(profile)))?;
        writeln!(out, "  subnet_ids = [")?;
        for subnet in subnets(profile) {
            writeln!(out, "    {},", text(subnet))?;
        }
        writeln!(out, "  ]")?;
        for selector in &profile.selectors {
            writeln!(out, "\n  selector {{")?;
            writeln!(out, "    namespace = {}", text(&selector.namespace))?;
            if !selector.labels.is_empty() {
                writeln!(out, "    labels = {{")?;
                for (key, value) in &selector.labels {
                    writeln!(out, "      {} = {}", text(key), text(value))?;
                }
                writeln!(out, "    }}")?;
            }
            writeln!(out, "  }}")?;
        }
        writeln!(out, "}}")?;
    }
    Ok(())
}

/// A name for the resource: letters, digits and underscores, a letter first.
fn resource_name(name: &str) -> String {
    let mut plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    if !plain.starts_with(|c: char| c.is_ascii_alphabetic()) {
        plain.insert_str(0, "profile_");
    }
    plain
}

/// A quoted text. Source: HCL native syntax specification, quoted templates: `${` and `%{` begin what is computed, and are
/// written doubled where they are meant.
pub(super) fn text(text: &str) -> String {
    let mut quoted = String::from("\"");
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(letter);
            }
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '$' | '%' if letters.peek() == Some(&'{') => {
                quoted.push(letter);
                quoted.push(letter);
            }
            unsafe_one if is_unsafe(unsafe_one) => {
                let code = u32::from(unsafe_one);
                let written = match code {
                    0..=0xffff => write!(quoted, "\\u{code:04x}"),
                    _ => write!(quoted, "\\U{code:08x}"),
                };
                written.expect("a String takes everything");
            }
            plain => quoted.push(plain),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_taken_as_they_are() {
        for (plain, quoted) in [
            ("web", r#""web""#),
            ("a\"b\\c", r#""a\"b\\c""#),
            ("${var.x}", r#""$${var.x}""#),
            ("%{ if x }", r#""%%{ if x }""#),
            ("$$ 5%", r#""$$ 5%""#),
            ("a\nb\u{1b}\u{e0041}", r#""a\nb\u001b\U000e0041""#),
        ] {
            assert_eq!(text(plain), quoted);
        }
    }
}
