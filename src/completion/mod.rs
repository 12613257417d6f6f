//! What may stand where a word is being typed: subcommands, flags and fixed values from the command line's own description; what must
//! be looked up is named, and looked up elsewhere.
//!
//! The answer is written as [cobra](https://github.com/spf13/cobra/blob/main/site/content/completions/_index.md) writes its own, because
//! kubectl reads that: a candidate a line, behind a tab what it is, and at last what the shell is to do with them.

mod line;
mod offer;
mod typed;
mod values;

use std::io::{self, Write};

use crate::render::clean;
use crate::sources::names::Wanted;
pub use line::{Cut, words_of_line};
pub use offer::{Offer, offer};
pub use typed::Typed;

/// What the shell is to do with the candidates; sums of cobra's `ShellCompDirective`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Directive {
    /// Where there are no candidates, complete names of files: 0.
    Files,
    /// Complete no names of files: 4.
    NoFiles,
    /// The same, and put no blank behind the word: 4 and 2.
    NoFilesNoSpace,
}

impl Directive {
    fn number(self) -> u8 {
        match self {
            Self::Files => 0,
            Self::NoFiles => 4,
            Self::NoFilesNoSpace => 6,
        }
    }
}

/// Something that may stand in the word's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The word.
    pub word: String,
    /// What it is, in a few words; empty where the word says it.
    pub help: String,
}

impl Candidate {
    /// A word that says what it is.
    pub fn new(word: impl Into<String>) -> Self {
        Self {
            word: word.into(),
            help: String::new(),
        }
    }

    /// A word and what it is.
    pub fn told(word: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            word: word.into(),
            help: help.into(),
        }
    }
}

/// What a name that is looked up stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// What is looked up.
    pub wanted: Wanted,
    /// What stands before the name in its word, for example `deployment/`.
    pub before: String,
}

/// Writes the candidates and what to do with them.
///
/// # Errors
/// Those of `out`.
pub fn write(
    candidates: &[Candidate],
    directive: Directive,
    out: &mut dyn Write,
) -> io::Result<()> {
    for Candidate { word, help } in candidates {
        // Nothing that a terminal or a shell obeys gets through, whoever made the word.
        if clean(word) != *word || word.contains('\t') {
            continue;
        }
        match help.is_empty() {
            true => writeln!(out, "{word}")?,
            false => writeln!(out, "{word}\t{}", clean(help))?,
        }
    }
    writeln!(out, ":{}", directive.number())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_are_lines_and_nothing_else() {
        let candidates = [
            Candidate::new("web"),
            Candidate::told("--namespace", "Ask about\tthis\nnamespace"),
            Candidate::new("a\nb"),
            Candidate::new("a\tb"),
            Candidate::new("\u{1b}[2J"),
        ];
        let mut written = Vec::new();
        write(&candidates, Directive::NoFiles, &mut written).expect("a Vec takes everything");
        let written = String::from_utf8(written).expect("text");
        assert_eq!(written, "web\n--namespace\tAsk about this namespace\n:4\n");
    }
}
