//! Where JSON broke, and how: the words of serde_json, whichever of the two it was that noticed.

use std::fmt;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::error::Category;

/// A place in a text that comes in pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// How many bytes stand before it.
    pub offset: u64,
    /// Its line, counted from 1.
    pub line: u64,
    /// How many bytes of its line stand before it.
    pub column: u64,
}

impl Default for Place {
    fn default() -> Self {
        Self {
            offset: 0,
            line: 1,
            column: 0,
        }
    }
}

impl Place {
    /// This place, moved on over a text.
    pub(super) fn after(self, text: &[u8]) -> Self {
        let offset = self.offset + text.len() as u64;
        match memchr::memrchr(b'\n', text) {
            None => Self {
                offset,
                column: self.column + text.len() as u64,
                ..self
            },
            Some(last) => Self {
                offset,
                line: self.line + memchr::memchr_iter(b'\n', text).count() as u64,
                column: (text.len() - last - 1) as u64,
            },
        }
    }
}

/// A text that is no JSON from some place on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// What is wrong.
    pub problem: Problem,
    /// The line, counted from 1.
    pub line: u64,
    /// The byte within the line, counted from 1; 0 right after the end of the line before.
    pub column: u64,
}

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// What serde_json says of it, without the place.
    Syntax(String),
    /// More than this many bytes came without the end of an object.
    TooLong(u64),
    /// Between two documents stand the logs of containers, as `kubectl cluster-info dump` prints them.
    Logs,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problem {
            Problem::Syntax(words) => f.write_str(words),
            Problem::TooLong(most) => write!(f, "more than {most} bytes without an end"),
            Problem::Logs => f.write_str("logs of containers"),
        }?;
        write!(f, " at line {} column {}", self.line, self.column)
    }
}

impl std::error::Error for Broken {}

impl Broken {
    /// What is wrong at a place; it is told as the byte that is wrong, which is the next one.
    pub(super) fn at(place: Place, words: &str) -> Self {
        Self {
            problem: Problem::Syntax(words.to_owned()),
            line: place.line,
            column: place.column + 1,
        }
    }

    /// The text ends at this place, in the middle of something.
    pub(super) fn at_end(place: Place, words: &str) -> Self {
        Self {
            column: place.column,
            ..Self::at(place, words)
        }
    }

    /// What serde_json says of a whole value that begins at `start`. Such a value seems to break off only where its last text ends
    /// within the four digits of an escape.
    pub(super) fn within_whole(start: Place, error: &serde_json::Error) -> Self {
        let mut broken = Self::within(start, error);
        if error.is_eof() {
            broken.problem = Problem::Syntax("invalid escape".to_owned());
        }
        broken
    }

    /// What serde_json says of a part that begins at `start`, told as a place of the whole text.
    pub(super) fn within(start: Place, error: &serde_json::Error) -> Self {
        let (line, column) = (error.line() as u64, error.column() as u64);
        let words = error.to_string();
        let words = match words.rfind(" at line ") {
            Some(end) if line > 0 => words.get(..end).unwrap_or_default(),
            _ => &words,
        };
        Self {
            problem: Problem::Syntax(words.to_owned()),
            line: start.line + line.saturating_sub(1),
            column: if line > 1 {
                column
            } else {
                start.column + column
            },
        }
    }
}

/// The text of a value that begins at `start`.
///
/// Errors: it is not in UTF-8.
pub fn text_of(value: &[u8], start: Place) -> Result<&str, Broken> {
    std::str::from_utf8(value).map_err(|error| {
        let good = value.get(..error.valid_up_to()).unwrap_or_default();
        Broken::at(start.after(good), "invalid unicode code point")
    })
}

/// Whether the text of a whole value that begins at `start` is JSON. Nesting takes no stack.
///
/// Errors: where and how it is not.
pub fn check(value: &str, start: Place) -> Result<(), Broken> {
    match serde_json::from_str::<IgnoredAny>(value) {
        Ok(_) => Ok(()),
        Err(error) => Err(Broken::within_whole(start, &error)),
    }
}

/// Whether what came so far of a value that begins at `start` can become JSON.
///
/// Errors: where and how it cannot.
pub(super) fn check_beginning(beginning: &[u8], start: Place) -> Result<(), Broken> {
    let mut json = serde_json::Deserializer::from_slice(beginning);
    match IgnoredAny::deserialize(&mut json) {
        Err(error) if error.classify() != Category::Eof => Err(Broken::within(start, &error)),
        _ => Ok(()),
    }
}
