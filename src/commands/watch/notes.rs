//! What is said on standard error about the following itself.

use std::io::{self, Write as _};

use super::pace::WITHOUT_WATCH;
use crate::error::Error;
use crate::render::clean;

/// What is said on standard error about the following itself, each once.
#[derive(Debug, Default)]
pub(super) struct Notes {
    has_refusal: bool,
    lost: Option<String>,
}

impl Notes {
    pub(super) fn refused(&mut self, words: &str) {
        if !self.has_refusal {
            self.has_refusal = true;
            say(&format!(
                "note: this may not be watched, so it is read every {}s instead ({words})",
                WITHOUT_WATCH.as_secs()
            ));
        }
    }

    pub(super) fn lost(&mut self, error: &Error) {
        let cause = error.cause.as_ref().map(|cause| format!(": {cause}"));
        let words = format!("{}{}", error.message, cause.unwrap_or_default());
        if self.lost.as_ref() != Some(&words) {
            say(&format!("note: {words}; trying again"));
            self.lost = Some(words);
        }
    }

    pub(super) fn found_again(&mut self) {
        if self.lost.take().is_some() {
            say("note: the cluster answers again");
        }
    }
}

fn say(words: &str) {
    // Whether a remark arrives changes nothing about what is followed.
    let _ = writeln!(io::stderr(), "{}", clean(words));
}
