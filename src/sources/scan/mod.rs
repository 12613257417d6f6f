//! A scanner for JSON that arrives in pieces of any size: a body from a server, block by block of a file.
//!
//! It knows of JSON only what it takes to find where values end, and of what it reads only that there is a list: the elements of
//! `items` of an object, or of an array, are handed out one by one, borrowed from the piece where they lie in one. All else of an object
//! is small and handed out field by field. So a list of a whole cluster takes no more memory than its largest object and a piece.
//!
//! Several documents may stand one after the other, with lines of `---` between them or without.

mod broken;
mod fields;
mod masks;
mod scanner;
mod token;

pub use broken::{Broken, Place, Problem, check, text_of};
pub use fields::{Fields, text};
pub use scanner::Scanner;
pub use token::end_of;

/// An element of a list. Its brackets are counted and no more: it may turn out to be no JSON.
#[derive(Debug, Clone, Copy)]
pub struct Element<'a> {
    /// Its text.
    pub text: &'a [u8],
    /// Where it begins in the piece that was fed last; `None` where it began in one before.
    pub in_piece: Option<usize>,
    /// Where it begins.
    pub start: Place,
    /// Its number in its list, counted from 1.
    pub number: u64,
    /// The document that it stands in, counted from 1.
    pub document: u64,
    /// The `kind` of the document, so far; empty where there was none.
    pub kind: &'a str,
    /// Whether it stands in the `items` of an object rather than in an array.
    pub is_item: bool,
}

/// What a document was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// An object without `items`, or whose `kind` says that it is no list.
    Object,
    /// An object with `items`.
    List,
    /// An array.
    Array,
    /// `null`, or an empty text.
    Nothing,
    /// Another text, a number, a boolean.
    Scalar,
}

/// A document that has ended.
#[derive(Debug, Clone, Copy)]
pub struct Ended<'a> {
    /// What it was.
    pub shape: Shape,
    /// Its `kind`; empty where it has none.
    pub kind: &'a str,
    /// How many elements it held.
    pub elements: u64,
    /// Its number, counted from 1.
    pub document: u64,
    /// How many bytes of the text stand before its end.
    pub end: u64,
}

/// Takes what the scanner finds, in the order of the text.
pub trait Receiver {
    /// What scanning ends with.
    type Error: From<Broken>;

    /// A field of the document, all but the `items` of a list; its value is well-formed.
    ///
    /// Errors: no more is wanted.
    fn field(&mut self, key: &str, value: &str) -> Result<(), Self::Error>;

    /// An element of the document's list.
    ///
    /// Errors: no more is wanted.
    fn element(&mut self, element: Element<'_>) -> Result<(), Self::Error>;

    /// The document has ended as it should.
    ///
    /// Errors: no more is wanted.
    fn end(&mut self, document: Ended<'_>) -> Result<(), Self::Error>;
}

#[cfg(test)]
mod tests;
