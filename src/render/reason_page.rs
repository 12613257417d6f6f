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
    let width = rules::infos()
        .map(|info| info.reason.as_str().len())
        .max()
        .unwrap_or_default();
    let mut family = None;
    for info in rules::infos() {
        if family != Some(info.family) {
            if family.is_some() {
                writeln!(out)?;
            }
            writeln!(
                out,
                "{}",
                style.paint(Role::Heading, family_name(info.family))
            )?;
            family = Some(info.family);
        }
        // In a pipe each reason has a line to itself, whatever its length.
        let beside = style
            .width
            .map_or(usize::MAX, |_| style.prose_width() - width - 4);
        for (index, line) in wrap(info.title, beside, beside).iter().enumerate() {
            let name = if index == 0 { info.reason.as_str() } else { "" };
            let margin = padded("", width - name.len());
            let name = style.paint(Role::Command, name);
            writeln!(out, "  {name}{margin}  {line}")?;
        }
    }
    writeln!(
        out,
        "\nOne of them in full:\n  kubectl fargate reasons NAME"
    )
}

/// Writes the page of one reason.
///
/// # Errors
/// Those of `out`.
pub fn page(info: &RuleInfo, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let name = info.reason.as_str();
    let width = style.prose_width();
    let title = wrap(info.title, width - name.len() - 2, width - 2);
    let name = style.paint(Role::Heading, name);
    writeln!(out, "{name}: {}\n", title.join("\n  "))?;
    for (what, text) in [
        ("Family", family_name(info.family)),
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
    let mut paragraph = String::new();
    let mut is_fenced = false;
    for line in info.page.trim_end().lines() {
        let begins_anew = line.is_empty()
            || line.starts_with("- ")
            || line.starts_with("```")
            || line.starts_with("## ");
        if is_fenced || begins_anew {
            flow(&std::mem::take(&mut paragraph), style, out)?;
        }
        match line.strip_prefix("## ") {
            _ if line.starts_with("```") => is_fenced = !is_fenced,
            // A command is pasted: it stays as it is.
            _ if is_fenced => writeln!(out, "  {line}")?,
            Some(heading) => writeln!(out, "{}", style.paint(Role::Heading, heading))?,
            None if line.is_empty() => writeln!(out)?,
            None => {
                paragraph.push_str(line.trim());
                paragraph.push(' ');
            }
        }
    }
    flow(&paragraph, style, out)
}

/// Writes a paragraph or an item of a list, wrapped into the width.
fn flow(paragraph: &str, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if paragraph.trim().is_empty() {
        return Ok(());
    }
    let (sign, text) = match paragraph.strip_prefix("- ") {
        Some(text) => ("- ", text),
        None => ("", paragraph),
    };
    let width = style.prose_width() - 2 - sign.len();
    for (index, line) in wrap(text, width, width).iter().enumerate() {
        let sign = if index == 0 {
            sign
        } else {
            &"  "[..sign.len()]
        };
        writeln!(out, "  {sign}{line}")?;
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
            family: family_name(info.family),
            title: info.title,
            evidence: info.evidence,
            fix: info.fix,
            source: info.source,
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &entries)?;
    writeln!(out)
}

/// A family by its name in the catalogue; programs rely on it.
pub fn family_name(family: Family) -> &'static str {
    match family {
        Family::Selection => "selection",
        Family::Timing => "timing",
        Family::Owner => "owner",
        Family::Refused => "refused by Fargate",
        Family::Infrastructure => "infrastructure",
        Family::Elsewhere => "elsewhere",
        Family::WorthKnowing => "worth knowing",
        Family::Visibility => "visibility",
        Family::Profiles => "profiles",
    }
}
