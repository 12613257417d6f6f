//! From byte to byte outside of values, and from end to end of these.

use serde::Deserialize as _;
use serde_json::value::RawValue;

use super::broken::{Broken, Place, Problem, check, check_beginning, text_of};
use super::token::Token;
use super::{Element, Ended, Receiver, Shape};

/// A value whose end did not come within so many bytes is looked at more closely, and again each time it has doubled: a
/// forgotten quote turns the meaning of all that follows around, and should not cost all memory before it is noticed.
pub(super) const LONG: usize = 1 << 20;
/// How `kubectl cluster-info dump` without a folder writes the logs of containers between its objects.
const LOGS_BEGIN: &[u8] = b"==== START logs for container";
/// A line of it may stand between documents, as in YAML.
const DASHES: &[u8] = b"---";

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// A document.
    Document,
    /// The rest of the dashes between two documents, of which so many came.
    Dashes(usize),
    /// The rest of the line with which logs begin, of which so many bytes came.
    Logs(usize),
    /// A key, or the end of the object.
    FirstKey,
    Key,
    Colon,
    Value,
    CommaOrBrace,
    /// An element, or the end of the list.
    FirstElement,
    Element,
    CommaOrBracket,
}

/// What the token is whose end is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// A document that is neither object nor array.
    Document,
    Key,
    Field,
    /// The value of `items` where that is no array.
    NoItems,
    Element,
}

/// A piece of the text.
#[derive(Clone, Copy)]
struct Piece<'p> {
    bytes: &'p [u8],
    /// How many bytes came before it.
    base: u64,
}

impl<'p> Piece<'p> {
    /// The bytes from one place to another; those of the scanner lie within.
    fn part(self, from: usize, to: usize) -> &'p [u8] {
        self.bytes.get(from..to).unwrap_or_default()
    }

    fn rest(self, from: usize) -> &'p [u8] {
        self.bytes.get(from..).unwrap_or_default()
    }
}

/// The scanner. After an error it is of no more use.
#[derive(Debug)]
pub struct Scanner {
    most: u64,
    next: Next,
    token: Option<(Token, Role)>,
    /// The beginning of the token, where that was in pieces before.
    carried: Vec<u8>,
    /// How long that may become before it is looked at more closely.
    long: usize,
    /// Where the token begins.
    start: Place,
    /// Up to where lines are counted.
    place: Place,
    is_line_start: bool,
    /// Where the last object ended.
    last_end: u64,
    document: u64,
    elements: u64,
    kind: String,
    key: String,
    is_array: bool,
    has_items: bool,
}

impl Scanner {
    /// At the beginning of a text; no object, with what stands before it, may have more than `most` bytes.
    pub fn new(most: u64) -> Self {
        Self {
            most,
            next: Next::Document,
            token: None,
            carried: Vec::new(),
            long: LONG,
            start: Place::default(),
            place: Place::default(),
            is_line_start: true,
            last_end: 0,
            document: 0,
            elements: 0,
            kind: String::new(),
            key: String::new(),
            is_array: false,
            has_items: false,
        }
    }

    /// The `kind` of the document that has not ended yet, as far as it came; else empty.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// How many bytes were fed.
    pub fn offset(&self) -> u64 {
        self.place.offset
    }

    /// Goes on in the next piece of the text.
    ///
    /// Errors: the text is no JSON; those of the receiver.
    pub fn feed<R: Receiver>(&mut self, piece: &[u8], receiver: &mut R) -> Result<(), R::Error> {
        let piece = Piece {
            bytes: piece,
            base: self.place.offset,
        };
        let (mut at, mut from) = (0, 0);
        while let Some(byte) = piece.bytes.get(at) {
            if let Some((token, role)) = &mut self.token {
                let Some(end) = token.end_in(piece.rest(at)) else {
                    self.carry(piece.rest(from))?;
                    break;
                };
                let (is_plain, role) = (token.is_plain(), *role);
                at += end;
                self.take(piece, from, at, is_plain, role, receiver)?;
            } else {
                self.step(*byte, piece, at, receiver)?;
                // A token is looked at from its first byte on, which is this one.
                from = at;
                at += usize::from(self.token.is_none());
            }
        }
        self.place_at(piece, piece.bytes.len());
        self.check_length(self.place.offset)?;
        Ok(())
    }

    /// Says that the text is at its end.
    ///
    /// Errors: the text breaks off; those of the receiver.
    pub fn finish<R: Receiver>(&mut self, receiver: &mut R) -> Result<(), R::Error> {
        let piece = Piece {
            bytes: &[],
            base: self.place.offset,
        };
        if let Next::Dashes(count) = self.next {
            self.begin_dashed(count);
        }
        match self.token {
            Some((token, role)) if token.is_plain() => {
                self.take(piece, 0, 0, true, role, receiver)?
            }
            Some(_) => match serde_json::from_slice::<serde::de::IgnoredAny>(&self.carried) {
                Err(error) => return Err(Broken::within(self.start, &error).into()),
                Ok(_) => return Err(Broken::at_end(self.place, "it breaks off").into()),
            },
            None => {}
        }
        let words = match self.next {
            Next::Document | Next::Dashes(_) => return Ok(()),
            Next::Logs(_) => return Err(Broken::at(self.start, "expected value").into()),
            Next::FirstKey | Next::Colon | Next::CommaOrBrace => "EOF while parsing an object",
            Next::Key | Next::Value | Next::Element => "EOF while parsing a value",
            Next::FirstElement | Next::CommaOrBracket => "EOF while parsing a list",
        };
        Err(Broken::at_end(self.place, words).into())
    }

    /// Looks at a byte that stands in no value.
    fn step<R: Receiver>(
        &mut self,
        byte: u8,
        piece: Piece<'_>,
        at: usize,
        receiver: &mut R,
    ) -> Result<(), R::Error> {
        match (self.next, byte) {
            (Next::Dashes(count), b'-') if count + 1 == DASHES.len() => self.next = Next::Document,
            (Next::Dashes(count), b'-') => self.next = Next::Dashes(count + 1),
            (Next::Dashes(count), _) => self.begin_dashed(count),
            (Next::Logs(count), _) => self.logs(byte, count)?,
            (_, b' ' | b'\t' | b'\n' | b'\r') => self.is_line_start = byte == b'\n',
            (Next::Document, _) => self.begin_document(byte, piece, at)?,
            (Next::FirstKey | Next::CommaOrBrace, b'}') => {
                self.next = Next::Document;
                let shape = if self.has_items {
                    Shape::List
                } else {
                    Shape::Object
                };
                self.end_document(shape, piece.base + at as u64 + 1, receiver)?;
            }
            (Next::FirstKey | Next::Key, b'"') => self.begin(Role::Key, byte, piece, at)?,
            (Next::FirstKey, _) => return self.fail(piece, at, "key must be a string"),
            (Next::Key, b'}') => return self.fail(piece, at, "trailing comma"),
            (Next::Key, _) => return self.fail(piece, at, "key must be a string"),
            (Next::Colon, b':') => self.next = Next::Value,
            (Next::Colon, _) => return self.fail(piece, at, "expected `:`"),
            (Next::Value, _) if self.is_list_to_come() => self.begin_items(byte, piece, at)?,
            (Next::Value, _) => self.begin(Role::Field, byte, piece, at)?,
            (Next::CommaOrBrace, b',') => self.next = Next::Key,
            (Next::CommaOrBrace, _) => return self.fail(piece, at, COMMA_OR_BRACE),
            (Next::FirstElement | Next::CommaOrBracket, b']') if self.is_array => {
                self.next = Next::Document;
                self.end_document(Shape::Array, piece.base + at as u64 + 1, receiver)?;
            }
            (Next::FirstElement | Next::CommaOrBracket, b']') => self.next = Next::CommaOrBrace,
            (Next::Element, b']') => return self.fail(piece, at, "trailing comma"),
            (Next::FirstElement | Next::Element, _) => {
                self.begin(Role::Element, byte, piece, at)?;
            }
            (Next::CommaOrBracket, b',') => self.next = Next::Element,
            (Next::CommaOrBracket, _) => return self.fail(piece, at, COMMA_OR_BRACKET),
        }
        Ok(())
    }

    /// A document begins; or a line of dashes, or logs, which may stand between two.
    fn begin_document(&mut self, byte: u8, piece: Piece<'_>, at: usize) -> Result<(), Broken> {
        let is_line_start = std::mem::take(&mut self.is_line_start);
        if is_line_start && matches!(byte, b'-' | b'=') {
            self.start = self.place_at(piece, at);
            self.next = match byte {
                b'-' => Next::Dashes(1),
                _ => Next::Logs(1),
            };
            return Ok(());
        }
        self.document += 1;
        self.elements = 0;
        self.is_array = byte == b'[';
        self.has_items = false;
        match byte {
            b'{' => self.next = Next::FirstKey,
            b'[' => self.next = Next::FirstElement,
            _ => self.begin(Role::Document, byte, piece, at)?,
        }
        Ok(())
    }

    /// What began like a line of dashes is a number, or should be one.
    fn begin_dashed(&mut self, count: usize) {
        self.document += 1;
        self.next = Next::Document;
        self.carried.extend_from_slice(&DASHES[..count]);
        self.token = Some((Token::Number, Role::Document));
    }

    fn logs(&mut self, byte: u8, count: usize) -> Result<(), Broken> {
        if LOGS_BEGIN.get(count) != Some(&byte) {
            return Err(Broken::at(self.start, "expected value"));
        }
        self.next = Next::Logs(count + 1);
        if count + 1 < LOGS_BEGIN.len() {
            return Ok(());
        }
        Err(Broken {
            problem: Problem::Logs,
            ..Broken::at(self.start, "")
        })
    }

    /// Whether the value that comes is the list of the document.
    fn is_list_to_come(&self) -> bool {
        self.key == "items"
            && !self.has_items
            && (self.kind.is_empty() || self.kind.ends_with("List"))
    }

    fn begin_items(&mut self, byte: u8, piece: Piece<'_>, at: usize) -> Result<(), Broken> {
        let what = match byte {
            b'[' => {
                self.has_items = true;
                self.next = Next::FirstElement;
                return Ok(());
            }
            b'{' => "map",
            b'"' => "string",
            b't' | b'f' => "boolean",
            b'-' | b'0'..=b'9' => "number",
            _ => return self.begin(Role::NoItems, byte, piece, at),
        };
        let words = format!("invalid type: {what}, expected a list of items");
        self.fail(piece, at, &words)
    }

    /// A token begins.
    fn begin(&mut self, role: Role, byte: u8, piece: Piece<'_>, at: usize) -> Result<(), Broken> {
        let Some(token) = Token::beginning_with(byte) else {
            return self.fail(piece, at, "expected value");
        };
        self.start = self.place_at(piece, at);
        self.token = Some((token, role));
        Ok(())
    }

    /// A token has ended.
    fn take<R: Receiver>(
        &mut self,
        piece: Piece<'_>,
        from: usize,
        to: usize,
        is_plain: bool,
        role: Role,
        receiver: &mut R,
    ) -> Result<(), R::Error> {
        self.token = None;
        let mut carried = std::mem::take(&mut self.carried);
        let is_whole = carried.is_empty();
        let mut text = if is_whole {
            piece.part(from, to)
        } else {
            carried.extend_from_slice(piece.part(from, to));
            &carried
        };
        let mut rest: &[u8] = &[];
        if is_plain {
            (text, rest) = plain(text, piece.bytes.get(to), self.start)?;
        }
        let end = piece.base + to as u64;
        self.check_length(end)?;
        match role {
            Role::Element => {
                self.last_end = end;
                self.elements += 1;
                self.next = Next::CommaOrBracket;
                receiver.element(Element {
                    text,
                    in_piece: is_whole.then_some(from),
                    start: self.start,
                    number: self.elements,
                    document: self.document,
                    kind: &self.kind,
                    is_item: !self.is_array,
                })?;
            }
            Role::Key => {
                self.next = Next::Colon;
                self.key = serde_json::from_slice(text)
                    .map_err(|error| Broken::within_whole(self.start, &error))?;
            }
            Role::Field => {
                self.next = Next::CommaOrBrace;
                let value = text_of(text, self.start)?;
                check(value, self.start)?;
                if self.key == "kind" {
                    self.kind = serde_json::from_str(value).unwrap_or_default();
                }
                receiver.field(&self.key, value)?;
            }
            // Anything but `null` was refused where it began, or is not well-formed.
            Role::NoItems => {
                self.next = Next::CommaOrBrace;
                self.has_items = true;
            }
            Role::Document => {
                let value = text_of(text, self.start)?;
                check(value, self.start)?;
                let shape = match value {
                    "null" | "\"\"" => Shape::Nothing,
                    _ => Shape::Scalar,
                };
                self.end_document(shape, end, receiver)?;
            }
        }
        if !rest.is_empty() {
            let words = match role {
                Role::Element => COMMA_OR_BRACKET,
                Role::Document => "trailing characters",
                _ => COMMA_OR_BRACE,
            };
            return Err(Broken::at(self.start.after(text), words).into());
        }
        self.reuse(carried);
        Ok(())
    }

    fn end_document<R: Receiver>(
        &mut self,
        shape: Shape,
        end: u64,
        receiver: &mut R,
    ) -> Result<(), R::Error> {
        self.check_length(end)?;
        self.last_end = end;
        let kind = std::mem::take(&mut self.kind);
        receiver.end(Ended {
            shape,
            kind: &kind,
            elements: self.elements,
            document: self.document,
        })
    }

    /// Keeps the beginning of the token until the rest of it comes.
    fn carry(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        self.carried.extend_from_slice(bytes);
        if self.carried.len() > self.long {
            check_beginning(&self.carried, self.start)?;
            self.long = self.carried.len() * 2;
        }
        Ok(())
    }

    /// Keeps the memory of the beginning for the next one, unless it is large.
    fn reuse(&mut self, mut carried: Vec<u8>) {
        self.long = LONG;
        if carried.capacity() <= LONG {
            carried.clear();
            self.carried = carried;
        }
    }

    fn check_length(&self, end: u64) -> Result<(), Broken> {
        if end - self.last_end <= self.most {
            return Ok(());
        }
        if self.token.is_some() {
            check_beginning(&self.carried, self.start)?;
        }
        Err(Broken {
            problem: Problem::TooLong(self.most),
            ..Broken::at(self.place, "")
        })
    }

    fn fail<T, E: From<Broken>>(
        &mut self,
        piece: Piece<'_>,
        at: usize,
        words: &str,
    ) -> Result<T, E> {
        Err(Broken::at(self.place_at(piece, at), words).into())
    }

    /// Counts lines up to a byte of the piece.
    fn place_at(&mut self, piece: Piece<'_>, at: usize) -> Place {
        let counted = (self.place.offset - piece.base) as usize;
        self.place = self.place.after(piece.part(counted, at));
        self.place
    }
}

const COMMA_OR_BRACE: &str = "expected `,` or `}`";
const COMMA_OR_BRACKET: &str = "expected `,` or `]`";

/// A number or one of the three words, and what stands right after it that is of none; `next` is the byte after both.
///
/// Errors: it is neither.
fn plain<'t>(
    text: &'t [u8],
    next: Option<&u8>,
    start: Place,
) -> Result<(&'t [u8], &'t [u8]), Broken> {
    let with_next = [text, next.map(std::slice::from_ref).unwrap_or_default()].concat();
    let value = <&RawValue>::deserialize(&mut serde_json::Deserializer::from_slice(&with_next))
        .map_err(|error| Broken::within(start, &error))?;
    Ok(text
        .split_at_checked(value.get().len())
        .unwrap_or((text, &[])))
}
