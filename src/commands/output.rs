//! What all commands share when they write: how text may look on this standard output, and what a failed write means.

use std::io::{self, IsTerminal as _};

use crate::cli::Color;
use crate::error::{Error, ErrorKind, Result};
use crate::render::Style;

/// The width of a terminal that does not tell its own, in columns.
const USUAL_WIDTH: usize = 80;

/// How text may look on standard output, as the terminal and the environment have it.
pub fn style(color: Color) -> Style {
    let is_terminal = io::stdout().is_terminal();
    let variable = |name: &str| std::env::var(name).ok();
    let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    let colour = match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            is_terminal && !is_set("NO_COLOR") && variable("TERM").as_deref() != Some("dumb")
        }
    };
    let speaks_utf8 = || {
        let [all, ctype, lang] = ["LC_ALL", "LC_CTYPE", "LANG"].map(variable);
        Style::speaks_utf8(all.as_deref(), ctype.as_deref(), lang.as_deref())
    };
    Style {
        colour,
        // Off a terminal nothing tells who will read it; then only who asks for ASCII in so many words gets it.
        unicode: match is_terminal {
            true => cfg!(windows) || speaks_utf8(),
            false => !matches!(variable("LC_ALL").as_deref(), Some("C" | "POSIX")),
        },
        width: is_terminal.then(|| {
            terminal_size::terminal_size().map_or(USUAL_WIDTH, |(width, _)| usize::from(width.0))
        }),
        ..Style::default()
    }
}

/// Turns a failed write into an error for people. A closed pipe is a quiet success: the reader has seen enough.
///
/// # Errors
/// Any other failure to write.
pub fn written(result: io::Result<()>) -> Result<()> {
    match result {
        // A template that asks for what cannot be told.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Err(Error::new(
            ErrorKind::Usage,
            "could not fill in the template",
        )
        .cause(error.to_string())
        .next("what it is filled in from: -o json")),
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new(ErrorKind::Output, "could not write the answer")
                .cause(error.to_string()))
        }
        _ => Ok(()),
    }
}
