//! `profiles`: the Fargate profiles, what they hold and would claim, and what is wrong with them.

use crate::cli::ProfilesArguments;
use crate::error::{Error, ErrorKind, Result};

/// Answers the question and returns the exit code.
///
/// # Errors
/// All that keeps the question from being answered, or the answer from being written. A closed pipe is none.
pub fn run(_arguments: &ProfilesArguments) -> Result<u8> {
    Err(Error::new(ErrorKind::Usage, "profiles is being built"))
}
