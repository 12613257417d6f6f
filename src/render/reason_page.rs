//! The catalogue of reasons, and the page of one of them.

use std::io::{self, Write};

use serde::Serialize;

use super::style::{Role, Style, padded, wrap};
use crate::decision::rules::{self, Family, RuleInfo};

/// Writes the list of all reasons, family by family.
///
/// # Errors
/// Those of `out`.
pub fn list(style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let width = rules::all()
        .map(|rule| rule.info.reason.as_str().len())
        .max()
        .unwrap_or_default();
    let mut family = None;
    for info in rules::all().map(|rule| &rule.info) {
        if family != Some(info.family) {
            if family.is_some() {
                writeln!(out)?;
            }
            writeln!(out, "{}", style.paint(Role::Heading, words(info.family)))?;
            family = Some(info.family);
        }
        let name = padded(info.reason.as_str(), width);
        writeln!(
            out,
            "  {}  {}",
            style.paint(Role::Command, &name),
            info.title
        )?;
    }
    writeln!(
        out,
        "\nkubectl fargate reasons NAME   tells one of them in full"
    )
}

/// Writes the page of one reason.
///
/// # Errors
/// Those of `out`.
pub fn page(info: &RuleInfo, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let name = style.paint(Role::Heading, info.reason.as_str());
    writeln!(out, "{name}: {}\n", info.title)?;
    for (what, text) in [
        ("Read from", info.evidence),
        ("Fix", info.fix),
        ("Source", info.source),
    ] {
        let lines = wrap(text, style.prose_width() - 11, style.prose_width() - 11);
        for (index, line) in lines.iter().enumerate() {
            let label = if index == 0 { what } else { "" };
            writeln!(out, "{}  {line}", padded(label, 9))?;
        }
    }
    writeln!(out)?;
    for line in info.page.trim_end().lines() {
        match line.strip_prefix("## ") {
            Some(heading) => writeln!(out, "{}", style.paint(Role::Heading, heading))?,
            None if line.starts_with("```") => {}
            None if line.is_empty() => writeln!(out)?,
            None => writeln!(out, "  {line}")?,
        }
    }
    Ok(())
}

/// Writes the catalogue as a JSON list.
///
/// # Errors
/// Those of `out`.
pub fn json(infos: &[&RuleInfo], out: &mut dyn Write) -> io::Result<()> {
    #[derive(Serialize)]
    struct Entry {
        name: &'static str,
        family: &'static str,
        title: &'static str,
        evidence: &'static str,
        fix: &'static str,
        source: &'static str,
    }
    let entries: Vec<Entry> = infos
        .iter()
        .map(|info| Entry {
            name: info.reason.as_str(),
            family: words(info.family),
            title: info.title,
            evidence: info.evidence,
            fix: info.fix,
            source: info.source,
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &entries)?;
    writeln!(out)
}

/// A family by its name in the catalogue.
fn words(family: Family) -> &'static str {
    match family {
        Family::Selection => "selection",
        Family::Timing => "timing",
        Family::Owner => "owner",
        Family::Refused => "refused by Fargate",
        Family::Infrastructure => "infrastructure",
        Family::Elsewhere => "elsewhere",
        Family::WorthKnowing => "worth knowing",
        Family::Visibility => "visibility",
    }
}
