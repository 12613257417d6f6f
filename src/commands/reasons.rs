//! `reasons`: the catalogue, and the page of one reason.

use std::io::{self, Write};

use super::output;
use crate::cli::{ReasonsArguments, ReasonsFormat};
use crate::decision::rules::{self, RuleInfo};
use crate::error::{Error, ErrorKind, Result};
use crate::exit;
use crate::render::reason_page;

/// Names are near when this few edits lie between them, upper and lower case aside.
const NEAR: usize = 4;

/// Writes the list or the pages and returns the exit code.
///
/// # Errors
/// A name that is no reason, or an answer that cannot be written. A closed pipe is none.
pub fn run(arguments: &ReasonsArguments) -> Result<u8> {
    let infos = arguments
        .names
        .iter()
        .map(|name| find(name))
        .collect::<Result<Vec<_>>>()?;
    output::written(write(arguments, &infos))?;
    Ok(exit::ANSWERED)
}

fn write(arguments: &ReasonsArguments, infos: &[&RuleInfo]) -> io::Result<()> {
    let style = output::style(arguments.color);
    let mut stdout = io::stdout().lock();
    match arguments.output {
        Some(ReasonsFormat::Json) if infos.is_empty() => {
            let all: Vec<_> = rules::all().map(|rule| &rule.info).collect();
            reason_page::json(&all, &mut stdout)?;
        }
        Some(ReasonsFormat::Json) => reason_page::json(infos, &mut stdout)?,
        None if infos.is_empty() => reason_page::list(&style, &mut stdout)?,
        None => {
            for (index, info) in infos.iter().enumerate() {
                if index > 0 {
                    writeln!(stdout, "\n")?;
                }
                reason_page::page(info, &style, &mut stdout)?;
            }
        }
    }
    stdout.flush()
}

/// The reason of this name; upper and lower case do not matter.
fn find(name: &str) -> Result<&'static RuleInfo> {
    let infos = || rules::all().map(|rule| &rule.info);
    if let Some(info) = infos().find(|info| info.reason.as_str().eq_ignore_ascii_case(name)) {
        return Ok(info);
    }
    let wanted = name.to_lowercase();
    let mut near: Vec<(usize, &str)> = infos()
        .map(|info| info.reason.as_str())
        .filter_map(|known| {
            let lower = known.to_lowercase();
            let distance = strsim::osa_distance(&lower, &wanted);
            let is_part = wanted.len() > 2 && lower.contains(&wanted);
            (distance <= NEAR || is_part).then_some((distance, known))
        })
        .collect();
    near.sort_unstable();
    let mut error = Error::new(ErrorKind::Usage, format!("there is no reason {name}"));
    if !near.is_empty() {
        let names: Vec<&str> = near.iter().take(5).map(|(_, known)| *known).collect();
        error = error.next(format!("names like it: {}", names.join(", ")));
    }
    Err(error.next("kubectl fargate reasons lists them all"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_near_ones_are_offered() {
        assert_eq!(
            find("labelmismatch").map(|info| info.reason.as_str()).ok(),
            Some("LabelMismatch")
        );
        for (slip, meant) in [
            ("LabelMissmatch", "LabelMismatch"),
            ("webhook", "WebhookMissing"),
        ] {
            let error = find(slip).map(|info| info.reason).expect_err(slip);
            assert_eq!(error.kind, ErrorKind::Usage);
            assert!(error.next[0].contains(meant), "{:?}", error.next);
        }
    }
}
