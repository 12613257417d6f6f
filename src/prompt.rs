//! Questions to the person at the terminal. It returns a choice and nothing else: what is asked, and what follows, others decide.
//!
//! Nobody is asked unless standard input, output and error are all terminals, so no script ever waits for a key. Names of
//! strangers are cleaned before they are drawn.

mod terminal;

use std::collections::BTreeSet;
use std::io::{self, IsTerminal as _};

use console::Term;
use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};
use dialoguer::{Confirm, FuzzySelect};

use crate::error::{Error, ErrorKind, Result};
use crate::render::clean;

pub use terminal::restore_terminal;

/// How many rows a list takes, at the most.
const MOST_ROWS: usize = 15;
/// The prompt and the cursor of a list have this much room beside a row, in columns.
const MARGIN: usize = 4;

/// Somebody who can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prompt {
    colour: bool,
    unicode: bool,
}

/// Why nobody can be asked, as a clause.
///
/// # Errors
/// The clause, where it is so.
fn can_ask(no_input: bool) -> std::result::Result<(), &'static str> {
    if no_input {
        return Err("--no-input forbids to ask");
    }
    if std::env::var("TERM").is_ok_and(|term| term == "dumb") {
        return Err("this terminal (TERM=dumb) cannot be drawn on");
    }
    for (is_terminal, why) in [
        (
            io::stdin().is_terminal(),
            "standard input is no terminal, so nobody can be asked",
        ),
        (
            io::stdout().is_terminal(),
            "standard output is no terminal, so nobody can be asked",
        ),
        (
            io::stderr().is_terminal(),
            "standard error is no terminal, so nobody can be asked",
        ),
    ] {
        if !is_terminal {
            return Err(why);
        }
    }
    Ok(())
}

impl Prompt {
    /// Whoever sits at the terminal, in the looks of what is printed there.
    ///
    /// # Errors
    /// Why nobody can be asked, as a clause.
    pub fn on_terminal(
        no_input: bool,
        colour: bool,
        unicode: bool,
    ) -> std::result::Result<Self, &'static str> {
        can_ask(no_input).map(|()| Self { colour, unicode })
    }

    /// Lets the person pick one of the items, by typing a part of it or with the arrow keys; returns its index.
    ///
    /// # Errors
    /// [`ErrorKind::Interrupted`] where the person wants none of them (Esc, Ctrl-C); a terminal that cannot be read or drawn on.
    pub fn pick(&self, what: &str, items: &[String]) -> Result<usize> {
        let width = Term::stderr().size().1;
        let rows = rows(items, usize::from(width).saturating_sub(MARGIN));
        let theme = self.theme();
        let picked = asked(|| {
            FuzzySelect::with_theme(theme.as_ref())
                .with_prompt(clean(what))
                .items(&rows)
                .default(0)
                .max_length(MOST_ROWS)
                .highlight_matches(self.colour)
                .interact_opt()
        })?;
        picked.ok_or_else(cancelled)
    }

    /// Asks a question that is answered by yes or no; whatever is no yes means no.
    ///
    /// # Errors
    /// [`ErrorKind::Interrupted`] for Ctrl-C; a terminal that cannot be read or drawn on.
    pub fn confirm(&self, question: &str) -> Result<bool> {
        let theme = self.theme();
        let answer = asked(|| {
            Confirm::with_theme(theme.as_ref())
                .with_prompt(clean(question))
                .default(false)
                // A key that slipped is no answer: only y and then Enter is.
                .wait_for_newline(true)
                .interact_opt()
        })?;
        Ok(answer == Some(true))
    }

    fn theme(&self) -> Box<dyn Theme> {
        console::set_colors_enabled_stderr(self.colour);
        match self.colour && self.unicode {
            true => Box::new(ColorfulTheme::default()),
            false => Box::new(SimpleTheme),
        }
    }
}

/// The items as rows of a list: cleaned, no wider than the terminal, and no two alike, since a row stands for its item.
fn rows(items: &[String], width: usize) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut rows = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let item = clean(item);
        let mut row = console::truncate_str(&item, width, "...").into_owned();
        if !seen.insert(row.clone()) {
            let number = format!(" #{}", index + 1);
            let room = width.saturating_sub(number.len());
            row = format!("{}{number}", console::truncate_str(&item, room, "..."));
            seen.insert(row.clone());
        }
        rows.push(row);
    }
    rows
}

/// Asks, and leaves the terminal as it was, however that ends.
fn asked<T>(ask: impl FnOnce() -> dialoguer::Result<T>) -> Result<T> {
    let _kept = terminal::keep();
    ask().map_err(|error| {
        let error = io::Error::from(error);
        match error.kind() {
            io::ErrorKind::Interrupted => cancelled(),
            _ => Error::new(ErrorKind::Output, "could not ask on this terminal")
                .cause(error.to_string())
                .next("go without questions: --no-input"),
        }
    })
}

fn cancelled() -> Error {
    Error::new(ErrorKind::Interrupted, "nothing was chosen")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_clean_fit_and_differ() {
        let items = ["web-7d9f-a", "web-7d9f-b", "x\u{1b}[2Jy", "web-7d9f-a"].map(str::to_owned);
        assert_eq!(
            rows(&items, 40),
            ["web-7d9f-a", "web-7d9f-b", "x\\u{1b}[2Jy", "web-7d9f-a #4"]
        );
        assert_eq!(rows(&items[..2], 8), ["web-7...", "we... #2"]);
    }

    #[test]
    fn who_forbids_to_be_asked_is_not() {
        let prompt = Prompt::on_terminal(true, false, true);
        assert_eq!(prompt, Err("--no-input forbids to ask"));
    }
}
