//! `reasons`: the catalogue, and the page of one reason.

use std::io::{self, Write};

use super::output;
use crate::cli::{ReasonsArguments, ReasonsFormat};
use crate::decision::rules::{self, RuleInfo};
use crate::error::{Error, ErrorKind, Result};
use crate::exit;
use crate::render::reason_page;

/// Names are near when at most this few edits lie between them, upper and lower case and signs aside.
const NEAR: usize = 4;
/// Or this share of the letters, where that is less: a short word is near to almost anything.
const LETTERS_AN_EDIT: usize = 3;
/// As many names are offered.
const OFFERED: usize = 5;

/// Writes the list or the pages and returns the exit code.
///
/// # Errors
/// A name that is no reason, or an answer that cannot be written. A closed pipe is none.
pub fn run(arguments: &ReasonsArguments) -> Result<u8> {
    let infos = find_all(&arguments.names)?;
    output::written(write(arguments, &infos))?;
    Ok(exit::ANSWERED)
}

fn write(arguments: &ReasonsArguments, infos: &[&RuleInfo]) -> io::Result<()> {
    let style = output::style(arguments.color);
    let mut stdout = io::stdout().lock();
    match arguments.output {
        Some(ReasonsFormat::Json) if infos.is_empty() => {
            reason_page::json(&all().collect::<Vec<_>>(), &mut stdout)?;
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

/// The reasons of these names, each once. All unknown names are told together.
fn find_all(names: &[String]) -> Result<Vec<&'static RuleInfo>> {
    let mut infos: Vec<&RuleInfo> = Vec::new();
    let mut unknown = Vec::new();
    // Several names may stand in one word, as in kubectl's own lists.
    let names = names.iter().flat_map(|word| word.split(',')).map(str::trim);
    for name in names.filter(|name| !name.is_empty()) {
        let found = all().find(|info| letters(info.reason.as_str()) == letters(name));
        match found {
            Some(info) if infos.iter().any(|known| known.reason == info.reason) => {}
            Some(info) => infos.push(info),
            None => unknown.push(name),
        }
    }
    if unknown.is_empty() {
        return Ok(infos);
    }
    let message = format!("there is no reason {}", unknown.join(", nor "));
    let mut error = Error::new(ErrorKind::Usage, message);
    for name in &unknown {
        let near = names_like(name);
        if near.is_empty() {
            continue;
        }
        let what = if unknown.len() == 1 { "it" } else { name };
        error = error.next(format!("names like {what}: {}", near.join(", ")));
    }
    Err(error.next("kubectl fargate reasons lists them all"))
}

fn all() -> impl Iterator<Item = &'static RuleInfo> {
    rules::infos()
}

/// A name as it is compared: without signs and blanks, in lower case.
fn letters(name: &str) -> String {
    name.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Names that may be meant: few edits away, or with the word in their name, their family or their title; the nearest first.
fn names_like(name: &str) -> Vec<&'static str> {
    let wanted = letters(name);
    let most_edits = NEAR.min(wanted.chars().count() / LETTERS_AN_EDIT);
    let mut near: Vec<(bool, usize, &str)> = all()
        .filter_map(|info| {
            let known = info.reason.as_str();
            let distance = strsim::osa_distance(&letters(known), &wanted);
            let is_near = distance <= most_edits;
            let has_word = |text: &str| wanted.len() > 2 && letters(text).contains(&wanted);
            let is_meant = is_near
                || has_word(known)
                || has_word(reason_page::family_name(info.family))
                || info
                    .title
                    .split_whitespace()
                    .any(|word| letters(word) == wanted);
            is_meant.then_some((!is_near, distance, known))
        })
        .collect();
    near.sort_unstable();
    near.into_iter()
        .take(OFFERED)
        .map(|(_, _, known)| known)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(words: &[&str]) -> Result<Vec<&'static str>> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let infos = find_all(&words)?;
        Ok(infos.iter().map(|info| info.reason.as_str()).collect())
    }

    #[test]
    fn names_are_found_in_any_case_with_or_without_signs_and_each_once() {
        for (words, names) in [
            (&["labelmismatch"][..], &["LabelMismatch"][..]),
            (&["VolumeNotEFS"], &["VolumeNotEfs"]),
            (&["volume-not-efs", "VOLUMENOTEFS"], &["VolumeNotEfs"]),
            (&["TooBig,HostPort", "TooBig"], &["TooBig", "HostPort"]),
            (&["TooBig,"], &["TooBig"]),
            (&[], &[]),
        ] {
            assert_eq!(found(words).ok().as_deref(), Some(names), "{words:?}");
        }
    }

    #[test]
    fn near_names_are_offered() {
        for (slip, offered) in [
            ("LabelMissmatch", &["LabelMismatch"][..]),
            ("webhok-missing", &["WebhookMissing"]),
            (
                "webhook",
                &["WebhookMissing", "WebhookSkipped", "WebhooksUnknown"],
            ),
            ("gpu", &["AcceleratorRequested"]),
            ("foo", &[]),
            ("x", &[]),
            ("--", &[]),
        ] {
            let mut near = names_like(slip);
            near.sort_unstable();
            assert_eq!(near, offered, "{slip}");
        }
        assert_eq!(names_like("timing").len(), OFFERED);
    }

    #[test]
    fn all_unknown_names_are_told_together() {
        let error = found(&["LabelMissmatch", "TooBig", "TooBigg"]).expect_err("two are wrong");
        assert_eq!(error.kind, ErrorKind::Usage);
        assert_eq!(
            error.message,
            "there is no reason LabelMissmatch, nor TooBigg"
        );
        assert_eq!(
            error.next,
            [
                "names like LabelMissmatch: LabelMismatch",
                "names like TooBigg: TooBig",
                "kubectl fargate reasons lists them all"
            ]
        );
    }
}
