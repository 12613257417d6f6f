//! A template, read as kubectl reads it.

use std::fmt;
use std::str::Chars;

/// What is wrong with a template, in kubectl's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError(pub(super) String);

impl ParseError {
    /// An error in these words.
    pub(in crate::render) fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ParseError {}

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// A text, whatever came before it.
    Text(String),
    /// `.name`.
    Field(String),
    /// `[1]`, `[1:3]`, `[::2]`, `[*]`.
    Slice(Slice),
    /// `[?(@.x=="y")]`.
    Filter(Box<Filter>),
    /// `*`.
    Wildcard,
    /// `..`.
    Recursive,
    /// `[a,b]`.
    Union(Vec<Vec<Node>>),
    /// A number in a comparison.
    Integer(i64),
    /// A number with a point in a comparison.
    Float(f64),
    /// `true` or `false` in a comparison.
    Bool(bool),
    /// A bare word: `range`, `end`, or one that means nothing.
    Word(String),
}

/// Elements of a list, from `start` to before `end`, each `step`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Slice {
    pub start: Option<i64>,
    pub end: Option<i64>,
    /// Whether `end` is not written, but that of the one element at `start`.
    pub is_single: bool,
    pub step: Option<i64>,
}

/// The condition of a filter.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Filter {
    pub left: Vec<Node>,
    /// `None` where the left side needs only to exist.
    pub comparison: Option<(String, Vec<Node>)>,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    /// Text outside braces.
    Text(String),
    /// What is between braces.
    Action(Vec<Node>),
}

/// Reads a template into its pieces.
pub(super) fn pieces(template: &str) -> Result<Vec<Piece>, ParseError> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        let (text, action) = rest.split_at(at);
        if !text.is_empty() {
            pieces.push(Piece::Text(text.to_owned()));
        }
        let mut reader = Reader {
            rest: action["{".len()..].chars(),
            nodes: Vec::new(),
        };
        reader.action_to_brace()?;
        pieces.push(Piece::Action(reader.nodes));
        rest = reader.rest.as_str();
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}

/// Reads the one action of a text in braces.
pub(super) fn action(text: &str) -> Result<Vec<Node>, ParseError> {
    match pieces(text)?.into_iter().next() {
        Some(Piece::Action(nodes)) => Ok(nodes),
        _ => Ok(Vec::new()),
    }
}

fn inner(text: &str) -> Result<Vec<Node>, ParseError> {
    action(&format!("{{{text}}}"))
}

fn wrong<T>(words: impl Into<String>) -> Result<T, ParseError> {
    Err(ParseError(words.into()))
}

struct Reader<'t> {
    rest: Chars<'t>,
    nodes: Vec<Node>,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    fn skip(&mut self, text: &str) -> bool {
        match self.rest.as_str().strip_prefix(text) {
            Some(rest) => {
                self.rest = rest.chars();
                true
            }
            None => false,
        }
    }

    /// Takes what satisfies a condition.
    fn take_while(&mut self, mut wanted: impl FnMut(char) -> bool) -> &'t str {
        let all = self.rest.as_str();
        let end = all
            .char_indices()
            .find(|(_, character)| !wanted(*character))
            .map_or(all.len(), |(at, _)| at);
        let (taken, rest) = all.split_at(end);
        self.rest = rest.chars();
        taken
    }

    fn action_to_brace(&mut self) -> Result<(), ParseError> {
        loop {
            if self.skip("}") {
                return Ok(());
            }
            if self.skip("[?(") {
                self.filter()?;
            } else if self.skip("..") {
                if self.nodes.last() == Some(&Node::Recursive) {
                    return wrong("invalid multiple recursive descent");
                }
                self.nodes.push(Node::Recursive);
                if self.peek().is_some_and(is_alphanumeric) {
                    self.field();
                }
            } else {
                self.step()?;
            }
        }
    }

    fn step(&mut self) -> Result<(), ParseError> {
        match self.peek() {
            None | Some('\n' | '\r') => return wrong("unclosed action"),
            // The object itself.
            Some(' ' | '@' | '$') => {
                self.rest.next();
            }
            Some('[') => {
                self.rest.next();
                self.list()?;
            }
            Some(quote @ ('"' | '\'')) => {
                self.rest.next();
                self.quote(quote)?;
            }
            Some('.') => {
                self.rest.next();
                self.field();
            }
            Some(digit) if matches!(digit, '+' | '-') || digit.is_numeric() => self.number()?,
            Some(letter) if is_alphanumeric(letter) => {
                let word = self.take_while(|character| !is_terminator(character));
                self.nodes.push(match word {
                    "true" => Node::Bool(true),
                    "false" => Node::Bool(false),
                    word => Node::Word(word.to_owned()),
                });
            }
            Some(other) => {
                return wrong(format!(
                    "unrecognized character in action: U+{:04X} {other:?}",
                    u32::from(other)
                ));
            }
        }
        Ok(())
    }

    fn field(&mut self) {
        let mut name = String::new();
        while let Some(character) = self.peek() {
            if character == '\\' {
                // What follows a backslash belongs to the name, whatever it is.
                self.rest.next();
                name.extend(self.rest.next());
            } else if is_terminator(character) {
                break;
            } else {
                name.extend(self.rest.next());
            }
        }
        self.nodes.push(match name.as_str() {
            "*" => Node::Wildcard,
            _ => Node::Field(name),
        });
    }

    fn number(&mut self) -> Result<(), ParseError> {
        let mut is_first = true;
        let number = self.take_while(|character| {
            let is_sign = is_first && matches!(character, '+' | '-');
            is_first = false;
            is_sign || character == '.' || character.is_numeric()
        });
        let node = match (number.parse(), number.parse()) {
            (Ok(integer), _) => Node::Integer(integer),
            (_, Ok(float)) => Node::Float(float),
            _ => return wrong(format!("cannot parse number {number}")),
        };
        self.nodes.push(node);
        Ok(())
    }

    fn list(&mut self) -> Result<(), ParseError> {
        let text = self.take_while(|character| !matches!(character, ']' | '\n'));
        if !self.skip("]") {
            return wrong("unterminated array");
        }
        if text == "*" {
            self.nodes.push(Node::Slice(Slice::default()));
            return Ok(());
        }
        if text.contains(',') {
            let parts = text
                .split(',')
                .map(|part| inner(&format!("[{}]", part.trim_matches(' '))));
            self.nodes
                .push(Node::Union(parts.collect::<Result<_, _>>()?));
            return Ok(());
        }
        let key = text
            .strip_prefix('\'')
            .and_then(|text| text.strip_suffix('\''))
            .filter(|key| !key.contains('\''));
        match key {
            Some(key) => self.nodes.extend(inner(&format!(".{key}"))?),
            None => self.nodes.push(Node::Slice(slice(text)?)),
        }
        Ok(())
    }

    fn filter(&mut self) -> Result<(), ParseError> {
        let (mut quote, mut is_closed, mut before) = (None, false, '(');
        let text = self.take_while(|character| {
            match (character, quote) {
                ('\n', _) => return false,
                ('"' | '\'', None) => quote = Some(character),
                (character, Some(open)) if character == open && before != '\\' => is_closed = true,
                (')', _) if quote.is_some() == is_closed => return false,
                _ => {}
            }
            before = character;
            true
        });
        if !self.skip(")") {
            return wrong("unterminated filter");
        }
        if !self.skip("]") {
            return wrong("unclosed array expect ]");
        }
        let is_operator = |character| matches!(character, '!' | '<' | '>' | '=');
        let comparison = text.find(is_operator).filter(|at| *at > 0).and_then(|at| {
            let (left, rest) = text.split_at(at);
            let right = rest.trim_start_matches(is_operator);
            let operator = &rest[..rest.len() - right.len()];
            (!right.is_empty()).then_some((left, operator, right))
        });
        let filter = match comparison {
            Some((left, operator, right)) => Filter {
                left: inner(left)?,
                comparison: Some((operator.to_owned(), inner(right)?)),
            },
            None => Filter {
                left: inner(text)?,
                comparison: None,
            },
        };
        self.nodes.push(Node::Filter(Box::new(filter)));
        Ok(())
    }

    fn quote(&mut self, quote: char) -> Result<(), ParseError> {
        let mut before = quote;
        let raw = self.take_while(|character| {
            let goes_on = character != '\n' && (character != quote || before == '\\');
            before = character;
            goes_on
        });
        if !self.skip(quote.encode_utf8(&mut [0; 4])) {
            return wrong("unterminated quoted string");
        }
        match unquote(raw) {
            Some(text) => self.nodes.push(Node::Text(text)),
            None => return wrong(format!("unquote string {raw} error invalid syntax")),
        }
        Ok(())
    }
}

/// `1`, `1:3`, `-2:`, `::2`.
fn slice(text: &str) -> Result<Slice, ParseError> {
    let invalid = || ParseError(format!("invalid array index {text}"));
    let mut parts = text.split(':').map(|part| match part {
        "" => Ok(None),
        "-" => Err(ParseError("array index - is not a number".to_owned())),
        part if part
            .trim_start_matches('-')
            .chars()
            .all(|d| d.is_ascii_digit()) =>
        {
            part.parse().map(Some).map_err(|_| invalid())
        }
        _ => Err(invalid()),
    });
    let mut part = || parts.next().transpose();
    let start = part()?.flatten();
    let (end, step) = (part()?, part()?.flatten());
    if part()?.is_some() {
        return Err(invalid());
    }
    Ok(match end {
        None => Slice {
            start,
            end: Some(start.unwrap_or(0).saturating_add(1)),
            is_single: true,
            step,
        },
        Some(end) => Slice {
            start,
            end,
            is_single: false,
            step,
        },
    })
}

/// The text that a string of Go stands for.
fn unquote(raw: &str) -> Option<String> {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        text.push(match rest.next()? {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            same @ ('\\' | '"' | '\'') => same,
            'x' => coded(&mut rest, 2)?,
            'u' => coded(&mut rest, 4)?,
            'U' => coded(&mut rest, 8)?,
            _ => return None,
        });
    }
    Some(text)
}

/// The character of so many hexadecimal digits.
fn coded(rest: &mut Chars<'_>, digits: usize) -> Option<char> {
    let code: String = rest.take(digits).collect();
    let is_whole = code.len() == digits && code.chars().all(|digit| digit.is_ascii_hexdigit());
    is_whole
        .then(|| u32::from_str_radix(&code, 16).ok())
        .flatten()
        .and_then(char::from_u32)
}

fn is_terminator(character: char) -> bool {
    matches!(
        character,
        ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}'
    )
}

fn is_alphanumeric(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}
