//! A JSON text, piece by piece, and where in each piece objects lie.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;

use crate::sources::input;
use crate::sources::offline::bounds::{Bounds, LEAST_OF_AN_OBJECT, file_too_long, object_too_long};
use crate::sources::offline::documents::push_field;
use crate::sources::scan::{Broken, Element, Ended, Place, Problem, Receiver, Scanner, Shape};

/// How much is read at once, in bytes: several objects, and what fits into a processor's cache.
const PIECE: usize = 256 << 10;
/// How much of what may be a small text.
const SMALL_PIECE: usize = 32 << 10;

/// A piece of the text, and what was found in it.
#[derive(Debug)]
pub(super) struct Piece {
    /// Its bytes, and behind them what there is room for.
    pub(super) bytes: Vec<u8>,
    /// How many bytes it has.
    pub(super) length: usize,
    /// What was found, in its order.
    pub(super) finds: Vec<Find>,
    /// How the text ended, where it did.
    pub(super) end: Option<Result<(), Stop>>,
}

/// What was found in a text.
#[derive(Debug)]
pub(super) enum Find {
    /// An element of a list.
    Element {
        text: Text,
        /// Where it begins.
        start: Place,
        /// Its number in the list.
        number: u64,
        document: u64,
        /// The kind of the list, so far.
        list_kind: Arc<str>,
        /// Whether the kind of the list may still come.
        is_kind_to_come: bool,
    },
    /// A document that is one object: its text.
    Object { json: String, document: u64 },
    /// Another document has ended.
    End {
        shape: Shape,
        kind: Arc<str>,
        elements: u64,
    },
}

/// Where the text of an element is.
#[derive(Debug)]
pub(super) enum Text {
    /// In the piece.
    In(Range<usize>),
    /// It began in a piece before.
    Apart(Vec<u8>),
}

impl Text {
    pub(super) fn of<'p>(&'p self, piece: &'p [u8]) -> &'p [u8] {
        match self {
            Self::In(range) => piece.get(range.clone()).unwrap_or_default(),
            Self::Apart(text) => text,
        }
    }
}

/// Why a text is not read to its end.
#[derive(Debug)]
pub(super) struct Stop {
    /// What is wrong with it.
    pub(super) problem: String,
    /// The kind of the document that was not at its end, so far.
    pub(super) kind: String,
}

impl Stop {
    /// The text is no JSON.
    pub(super) fn broken(broken: &Broken, kind: &str) -> Self {
        let problem = match &broken.problem {
            Problem::Syntax(_) => format!("not valid JSON: {broken}"),
            Problem::TooLong(most) => object_too_long(*most),
            Problem::Logs => format!(
                "not JSON from line {} on, where the logs of containers begin; write the dump \
                 with `kubectl cluster-info dump --output-directory=DIR` and give that folder",
                broken.line
            ),
        };
        Self {
            problem,
            kind: kind.to_owned(),
        }
    }
}

/// A text that is read piece by piece.
pub(super) struct Pieces<R> {
    input: R,
    scanner: Scanner,
    finder: Finder,
}

impl<R: Read> Pieces<R> {
    pub(super) fn new(input: R, bounds: Bounds) -> Self {
        Self {
            input,
            scanner: Scanner::new(bounds.object),
            finder: Finder {
                most: bounds.file,
                ..Finder::default()
            },
        }
    }

    /// Reads the next piece into the memory of an earlier one, if there is one, and looks for objects in it.
    ///
    /// A full piece is large and may have to be waited for; others are what there is.
    pub(super) fn next(&mut self, mut bytes: Vec<u8>, is_full: bool) -> Piece {
        bytes.resize(if is_full { PIECE } else { SMALL_PIECE }, 0);
        let mut length = 0;
        let mut end = None;
        while length < bytes.len() {
            match self.input.read(bytes.get_mut(length..).unwrap_or_default()) {
                Ok(0) => {
                    end = Some(Ok(()));
                    break;
                }
                Ok(count) => length += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    end = Some(Err(Halt::Failed(input::words(&error))));
                    break;
                }
            }
            if !is_full && length > 0 {
                break;
            }
        }
        let piece = bytes.get(..length).unwrap_or_default();
        let fed = self.scanner.feed(piece, &mut self.finder);
        let end = match (fed, end) {
            (Err(halt), _) | (Ok(()), Some(Err(halt))) => Some(Err(halt)),
            (Ok(()), Some(Ok(()))) => Some(self.scanner.finish(&mut self.finder)),
            (Ok(()), None) => None,
        };
        Piece {
            bytes,
            length,
            finds: std::mem::take(&mut self.finder.finds),
            end: end.map(|went| went.map_err(|halt| self.stop(halt))),
        }
    }

    fn stop(&self, halt: Halt) -> Stop {
        let kind = self.scanner.kind();
        match halt {
            Halt::Broken(broken) => Stop::broken(&broken, kind),
            Halt::Failed(problem) => Stop {
                problem,
                kind: kind.to_owned(),
            },
        }
    }
}

enum Halt {
    Broken(Broken),
    Failed(String),
}

impl From<Broken> for Halt {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

/// Notes where the scanner finds objects.
#[derive(Default)]
struct Finder {
    /// How many bytes a file may have, short objects counted as more.
    most: u64,
    objects: u64,
    finds: Vec<Find>,
    /// The text of the document, without its list.
    json: String,
    list_kind: Arc<str>,
}

impl Finder {
    fn object_ended(&mut self, offset: u64) -> Result<(), Halt> {
        self.objects += 1;
        if offset + self.objects * LEAST_OF_AN_OBJECT > self.most {
            return Err(Halt::Failed(file_too_long(self.most)));
        }
        Ok(())
    }

    /// The kind, in the memory of the one before if it is the same.
    fn shared(&mut self, kind: &str) -> Arc<str> {
        if *self.list_kind != *kind {
            self.list_kind = kind.into();
        }
        Arc::clone(&self.list_kind)
    }
}

impl Receiver for Finder {
    type Error = Halt;

    fn field(&mut self, key: &str, value: &str) -> Result<(), Halt> {
        if self.json.is_empty() {
            self.json.push('{');
        }
        push_field(&mut self.json, key, value);
        Ok(())
    }

    fn element(&mut self, element: Element<'_>) -> Result<(), Halt> {
        let length = element.text.len();
        self.object_ended(element.start.offset + length as u64)?;
        let text = match element.in_piece {
            Some(start) => Text::In(start..start + length),
            None => Text::Apart(element.text.to_vec()),
        };
        let list_kind = self.shared(element.kind);
        self.finds.push(Find::Element {
            text,
            start: element.start,
            number: element.number,
            document: element.document,
            is_kind_to_come: element.is_item && list_kind.is_empty(),
            list_kind,
        });
        Ok(())
    }

    fn end(&mut self, ended: Ended<'_>) -> Result<(), Halt> {
        self.object_ended(ended.end)?;
        let mut json = std::mem::take(&mut self.json);
        let find = match ended.shape {
            Shape::Object => {
                if json.is_empty() {
                    json.push('{');
                }
                json.push('}');
                Find::Object {
                    json,
                    document: ended.document,
                }
            }
            shape => Find::End {
                shape,
                kind: self.shared(ended.kind),
                elements: ended.elements,
            },
        };
        self.finds.push(find);
        Ok(())
    }
}
