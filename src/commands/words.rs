//! What the command line itself answers: help, the version, and what was typed wrongly.

use std::ffi::OsString;
use std::io::{self, Write as _};

use clap::error::{ContextKind, ContextValue, ErrorKind as WordsKind};

use super::output;
use crate::cli;
use crate::error::{Error, ErrorKind, Result};
use crate::exit;
use crate::render::clean;

/// Prints what the parser says and returns the exit code.
///
/// # Errors
/// Help or a version that cannot be written; a closed pipe is none. A word that is a flag elsewhere is told as such.
pub fn told(words: clap::Error) -> Result<u8> {
    let words = without_controls(words);
    if !words.use_stderr() {
        output::written(words.print().and_then(|()| io::stdout().flush()))?;
        return Ok(exit::ANSWERED);
    }
    if words.kind() == WordsKind::InvalidSubcommand
        && let Some(ContextValue::String(word)) = words.get(ContextKind::InvalidSubcommand)
        && word == "version"
    {
        return Err(Error::new(ErrorKind::Usage, "there is no command version")
            .next("kubectl fargate --version"));
    }
    // Where standard error is closed, there is nowhere left to complain.
    let _ = words.print();
    Ok(exit::USAGE)
}

/// Prints the flags of kubectl that are taken, and returns the exit code.
///
/// # Errors
/// A list that cannot be written; a closed pipe is none.
pub fn options() -> Result<u8> {
    let mut stdout = io::stdout().lock();
    output::written(write!(stdout, "{}", cli::options()).and_then(|()| stdout.flush()))?;
    Ok(exit::ANSWERED)
}

/// The same complaint, quoting what was typed as it may be shown: names are pasted from elsewhere, and a terminal obeys what is in
/// them.
fn without_controls(words: clap::Error) -> clap::Error {
    let typed: Vec<String> = std::env::args_os()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let shown: Vec<String> = typed.iter().map(|word| clean(word).into_owned()).collect();
    match typed == shown {
        true => words,
        false => cli::parse(shown.into_iter().map(OsString::from))
            .err()
            .unwrap_or(words),
    }
}
