//! YAML as a stream of documents: one that is broken costs none of those after it.

use std::convert::Infallible;
use std::io::{self, BufRead, Cursor, Read};

use serde::de::DeserializeSeed;
use serde_json::value::RawValue;

use super::documents::{Document, DocumentSeed, Item, Sink};
use super::transcode::{Transcoded, WriteOut};

/// Deeper than any Kubernetes object, and shallow enough for the small stack of a thread; a limit for hostile files.
const DEEPEST: usize = 64;
/// CloudFormation takes no template of more than 1 MB; so much of a document is looked at for its short forms, in bytes.
const LARGEST_TEMPLATE: usize = 4 << 20;
/// What a document of [`DEEPEST`] levels takes whose tags are read, and more; in bytes.
const STACK_FOR_TAGS: usize = 32 << 20;
/// More broken documents of one file than these are only counted.
const MOST_PROBLEMS: usize = 20;

/// Reads every document and hands its objects over; returns what is wrong with those that are broken.
pub(super) fn read_yaml<S: Sink>(text: impl BufRead, sink: &mut S) -> Vec<String> {
    let mut lines = Lines::new(text);
    let mut broken: Vec<(usize, String)> = Vec::new();
    let mut more = 0;
    let mut number = 0;
    while !lines.is_at_end {
        let mut document = OneDocument::new(&mut lines);
        let went = document.start().and_then(|is_there| {
            if !is_there {
                return Ok(None);
            }
            number += 1;
            let problem = read_document(&mut document, sink, number).err();
            document.skip()?;
            Ok(problem)
        });
        let is_readable = went.is_ok();
        if !is_readable {
            sink.broken(""); // Whatever came after this is lost too.
        }
        match went.unwrap_or_else(|error| Some(error.to_string())) {
            None => {}
            Some(problem) if broken.len() < MOST_PROBLEMS => broken.push((number, problem)),
            Some(_) => more += 1,
        }
        if !is_readable {
            break;
        }
    }
    let mut problems: Vec<String> = broken
        .into_iter()
        .map(|(document, problem)| match number {
            1 => problem,
            _ => format!("document {document}: {problem}"),
        })
        .collect();
    if more > 0 {
        problems.push(format!("{more} more documents are broken"));
    }
    problems
}

/// Whether the first document is whole. Nothing is handed over.
pub(super) fn begins_well(text: impl BufRead) -> bool {
    struct Nobody;
    impl Sink for Nobody {
        type Ready = Infallible;
        fn item(&mut self, _: Item<'_>) {}
        fn end(&mut self, _: Document<'_>) {}
        fn broken(&mut self, _: &str) {}
    }
    let mut lines = Lines::new(text);
    let mut document = OneDocument::new(&mut lines);
    document.start().is_ok_and(|is_there| is_there)
        && read_document(&mut document, &mut Nobody, 1).is_ok()
}

fn read_document<S: Sink>(
    document: &mut OneDocument<'_, impl BufRead>,
    sink: &mut S,
    number: usize,
) -> Result<(), String> {
    let lines_before = document.lines.count - 1;
    let mut begun = Vec::new();
    let looked = document.look_ahead(&mut begun);
    let makes_profiles = document.is_ended && says_resource_of_profile(&begun);
    if (makes_profiles || matches!(looked, Ok(true)))
        && document.is_ended
        && let Some(json) = written_out(&begun, makes_profiles)
    {
        return read_written_out(&json, sink, number);
    }
    let mut kind = String::new();
    let text = Cursor::new(begun)
        .chain(Failure(looked.err()))
        .chain(document);
    serde_saphyr::with_deserializer_from_reader_with_options(text, options(), |deserializer| {
        DocumentSeed::<S, Transcoded>::new(sink, number, &mut kind).deserialize(deserializer)
    })
    .map_err(|error| {
        sink.broken(&kind);
        yaml_problem(&error, lines_before)
    })
}

/// Whether a document says the type of a resource of CloudFormation that makes Fargate profiles.
fn says_resource_of_profile(document: &[u8]) -> bool {
    const TYPES: [&[u8]; 2] = [b"AWS::EKS::FargateProfile", b"AWSCDK-EKS-FargateProfile"];
    document
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'A')
        .any(|(index, _)| TYPES.iter().any(|kind| document[index..].starts_with(kind)))
}

/// A document with the short forms of CloudFormation written out, as JSON; `None` where it is broken. In a template what is written
/// without quotes is kept as it stands there.
fn written_out(document: &[u8], is_template: bool) -> Option<Box<str>> {
    let text = std::str::from_utf8(document).ok().filter(|_| is_template);
    let lines: Vec<&str> = text.into_iter().flat_map(str::lines).collect();
    let transcode = || {
        serde_saphyr::with_deserializer_from_reader_with_options(
            document,
            options(),
            |deserializer| WriteOut { lines: &lines }.deserialize(deserializer),
        )
        .ok()
    };
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(STACK_FOR_TAGS)
            .spawn_scoped(scope, transcode)
            .ok()?
            .join()
            .ok()?
    })
}

fn read_written_out<S: Sink>(json: &str, sink: &mut S, number: usize) -> Result<(), String> {
    let mut kind = String::new();
    DocumentSeed::<S, Box<RawValue>>::new(sink, number, &mut kind)
        .deserialize(&mut serde_json::Deserializer::from_str(json))
        .map_err(|error| {
            sink.broken(&kind);
            format!("not valid YAML: {error}")
        })
}

/// A whole cluster has millions of nodes, so only what a hostile file could multiply is limited: depth and aliases.
fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_reader_input_bytes: None,
            max_events: usize::MAX,
            max_nodes: usize::MAX,
            max_total_scalar_bytes: usize::MAX,
            max_depth: DEEPEST,
        },
        emit_comments: false,
        duplicate_keys: serde_saphyr::options::DuplicateKeyPolicy::LastWins,
        // kubectl prints a git hash such as 12e4567 without quotes. No float holds it; the parser then gives the text .inf,
        // which loses that one value, not the file.
        non_finite_float_policy: serde_saphyr::options::NonFiniteFloatPolicy::AsString,
    }
}

/// The parser's words without the text around the place, which may hold a secret.
fn yaml_problem(error: &serde_saphyr::Error, lines_before: u64) -> String {
    let error = error.without_snippet();
    let words = error.to_string();
    let words = words.lines().next().unwrap_or_default();
    let words = words.split(" at line ").next().unwrap_or_default();
    let words = match words.strip_prefix("budget breached: ") {
        Some(breach) if breach.starts_with("Depth") => {
            format!("it is nested deeper than {DEEPEST} levels")
        }
        Some(_) => "its aliases stand for far too much".to_owned(),
        None if words.starts_with("IO error") && words.contains("UTF-8") => {
            "it is not text in UTF-8".to_owned()
        }
        None if words.starts_with("recursive references") => {
            "an anchor stands for itself".to_owned()
        }
        None if words == "recursion limit exceeded" => {
            format!("it is nested deeper than {DEEPEST} levels")
        }
        None => words.to_owned(),
    };
    match error.location() {
        Some(place) => format!(
            "not valid YAML: {words} at line {} column {}",
            lines_before + place.line(),
            place.column()
        ),
        None => format!("not valid YAML: {words}"),
    }
}

/// The lines of a YAML file.
struct Lines<R> {
    inner: R,
    /// A line that was read and belongs to the next document.
    pushed_back: Option<Vec<u8>>,
    /// How many were read.
    count: u64,
    is_at_end: bool,
}

impl<R: BufRead> Lines<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            pushed_back: None,
            count: 0,
            is_at_end: false,
        }
    }

    fn next(&mut self, line: &mut Vec<u8>) -> io::Result<()> {
        line.clear();
        if let Some(pushed_back) = self.pushed_back.take() {
            *line = pushed_back;
            return Ok(());
        }
        self.inner.read_until(b'\n', line)?;
        self.is_at_end = line.is_empty();
        self.count += u64::from(!line.is_empty());
        Ok(())
    }
}

/// Reads up to the line that begins the next YAML document. No scalar, quoted or not, can hold such a line.
struct OneDocument<'l, R> {
    lines: &'l mut Lines<R>,
    line: Vec<u8>,
    given: usize,
    is_ended: bool,
}

impl<'l, R: BufRead> OneDocument<'l, R> {
    fn new(lines: &'l mut Lines<R>) -> Self {
        Self {
            lines,
            line: Vec::new(),
            given: 0,
            is_ended: false,
        }
    }

    /// Goes to the first line that says something, past blanks, comments and directives; false where there is none.
    fn start(&mut self) -> io::Result<bool> {
        loop {
            self.next_line()?;
            if self.is_ended {
                return Ok(false);
            }
            let text = self.line.trim_ascii_start();
            if !text.is_empty() && text[0] != b'#' && self.line[0] != b'%' {
                return Ok(true);
            }
        }
    }

    /// Reads its beginning, all of it unless it is larger than any template, and tells whether CloudFormation's short forms may be
    /// in it: an exclamation mark before a capital letter.
    fn look_ahead(&mut self, begun: &mut Vec<u8>) -> io::Result<bool> {
        let mut may_have_short_forms = false;
        while !self.is_ended && begun.len() < LARGEST_TEMPLATE {
            let line = &self.line[self.given..];
            begun.extend_from_slice(line);
            may_have_short_forms = may_have_short_forms
                || line.contains(&b'!')
                    && line
                        .windows(2)
                        .any(|pair| pair[0] == b'!' && pair[1].is_ascii_uppercase());
            self.next_line()?;
        }
        Ok(may_have_short_forms)
    }

    /// Goes to its end.
    fn skip(&mut self) -> io::Result<()> {
        while !self.is_ended {
            self.next_line()?;
        }
        Ok(())
    }

    fn next_line(&mut self) -> io::Result<()> {
        self.given = 0;
        self.lines.next(&mut self.line)?;
        if self.line.is_empty() {
            self.is_ended = true;
            return Ok(());
        }
        let is_marker = [&b"---"[..], b"..."].iter().any(|marker| {
            self.line
                .strip_prefix(*marker)
                .is_some_and(|rest| rest.first().is_none_or(u8::is_ascii_whitespace))
        });
        if is_marker {
            self.is_ended = true;
            let mut rest = std::mem::take(&mut self.line);
            rest[..3].fill(b' ');
            if rest.trim_ascii().first().is_some_and(|byte| *byte != b'#') {
                // `--- {a: b}`: what follows belongs to the next document.
                self.lines.pushed_back = Some(rest);
            }
        }
        Ok(())
    }
}

/// Fails once, where reading ahead did, so that what came before is read first.
struct Failure(Option<io::Error>);

impl Read for Failure {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

impl<R: BufRead> Read for OneDocument<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.line.len() && !self.is_ended {
            self.next_line()?;
        }
        let count = (&self.line[self.given..]).read(buffer)?;
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
#[path = "yaml_tests.rs"]
mod tests;
