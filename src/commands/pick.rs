//! What commands share when a person is to choose: one of what a name may have meant, one of the pods of a question, a profile.

use std::borrow::Cow;

use super::output;
use crate::cli::{Color, InteractionArguments};
use crate::error::{Candidate, Error, Result};
use crate::prompt::Prompt;
use crate::render::place_in_short;
use crate::report::{Entries, PodReport};

/// So much of a name is kept in line with the others of a list, in characters.
const WIDEST_NAME: usize = 60;

/// Whoever can be asked.
///
/// # Errors
/// Why nobody can, as a clause.
pub fn prompt(
    arguments: &InteractionArguments,
    color: Color,
) -> std::result::Result<Prompt, &'static str> {
    let style = output::style(color);
    Prompt::on_terminal(arguments.no_input, style.colour, style.unicode)
}

/// Asks which of the candidates of an error was meant.
///
/// # Errors
/// The error itself, where there is nothing to choose from or nobody to ask; those of [`Prompt::pick`].
pub fn meant(
    error: Error,
    prompt: impl FnOnce() -> std::result::Result<Prompt, &'static str>,
) -> Result<Candidate> {
    if error.candidates.is_empty() {
        return Err(error);
    }
    let Ok(prompt) = prompt() else {
        return Err(error);
    };
    let namespace = |candidate: &Candidate| candidate.namespace.clone();
    let first = error.candidates.first().and_then(namespace);
    let is_one_namespace = error.candidates.iter().all(|one| namespace(one) == first);
    let shown = |candidate: &Candidate| match &candidate.namespace {
        Some(namespace) if !is_one_namespace => format!("{} -n {namespace}", candidate.argument),
        _ => candidate.argument.clone(),
    };
    let rows: Vec<String> = error.candidates.iter().map(shown).collect();
    let picked = prompt.pick(&format!("{}; which was meant?", error.message), &rows)?;
    error.candidates.get(picked).cloned().ok_or(error)
}

/// Asks which of the entries of a report is meant, and returns its index. Where there is one, nobody is asked.
///
/// # Errors
/// Those of [`Prompt::pick`].
pub fn entry(entries: &dyn Entries, prompt: Prompt) -> Result<usize> {
    if entries.len() == 1 {
        return Ok(0);
    }
    let all: Vec<Cow<'_, PodReport>> = (0..entries.len()).map(|at| entries.entry(at)).collect();
    let is_one_namespace = all.iter().all(|one| one.namespace == all[0].namespace);
    let named = |one: &PodReport| {
        let name = match one.template {
            true => format!("{} (template)", one.name),
            false => one.name.clone(),
        };
        match is_one_namespace {
            true => name,
            false => format!("{}/{name}", one.namespace),
        }
    };
    let names: Vec<String> = all.iter().map(|one| named(one)).collect();
    let widest = names.iter().map(|name| name.chars().count()).max();
    let width = widest.unwrap_or_default().min(WIDEST_NAME);
    let rows = names.iter().zip(&all).map(|(name, one)| {
        let place = one
            .placement
            .as_ref()
            .map_or("", |place| place_in_short(place.kind));
        // The reason comes before the place: a narrow terminal cuts what is last.
        format!("{name:width$}  {:21}  {place}", one.reason.as_str())
    });
    let rows: Vec<String> = rows.collect();
    prompt.pick("Which pod?", &rows)
}
