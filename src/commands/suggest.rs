//! `suggest`: the smallest profile that claims what was named.

use crate::cli::SuggestArguments;
use crate::error::{Error, ErrorKind, Result};

/// Answers the question and returns the exit code.
///
/// # Errors
/// All that keeps the question from being answered, or the answer from being written. A closed pipe is none.
pub fn run(_arguments: &SuggestArguments) -> Result<u8> {
    Err(Error::new(ErrorKind::Usage, "suggest is being built"))
}
