//! From bytes to documents: which format it is, where one document ends, and what is said of bytes that are neither.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Cursor, Read};

use serde::de::{DeserializeSeed, IgnoredAny};
use serde_json::value::RawValue;

use super::bounds::{Bounds, Meter, Metered, MeteredSink};
use super::documents::{DocumentSeed, Sink};
use super::encoding::{Encoding, from_utf16};
use super::misfit::misfit;
use super::packed::{Unpacked, name_of_archive};
use super::{foreign, yaml};
use crate::sources::input;

/// How much of a file is looked at to tell its format.
const HEAD_BYTES: usize = 4096;
/// Larger texts that are neither JSON nor clearly YAML are not tried as both.
const LARGEST_TO_TRY: u64 = 64 << 20;
/// How `kubectl cluster-info dump` without a folder writes the logs of containers between its objects.
const DUMPED_LOGS_BEGIN: &[u8] = b"==== START logs for container";

/// How reading one file went.
#[derive(Debug, Default)]
pub(in crate::sources) struct ReadOutcome {
    /// What is wrong with it, with positions; all else was handed over.
    pub problems: Vec<String>,
}

/// Reads JSON or YAML, one document or many, gzip or not, and hands every object to the sink. What is too large is not read to
/// its end.
pub(in crate::sources) fn read_documents<S: Sink>(input: impl Read, sink: &mut S) -> ReadOutcome {
    read_within(Bounds::default(), input, sink)
}

/// The same within other bounds.
pub(super) fn read_within<S: Sink>(bounds: Bounds, input: impl Read, sink: &mut S) -> ReadOutcome {
    let meter = Meter::new(bounds);
    let mut sink = MeteredSink {
        sink,
        meter: &meter,
    };
    let went = Unpacked::new(input)
        .map_err(|error| input::words(&error))
        .and_then(|unpacked| {
            let is_unpacked = unpacked.is_gzip();
            read(Metered::new(unpacked, &meter), is_unpacked, &mut sink)
        });
    let mut problems = went.unwrap_or_else(|problem| vec![problem]);
    if let Some(failure) = meter.failure() {
        // The last problem is a parser's, that its text broke off.
        problems.pop();
        problems.push(failure);
    }
    problems.extend(meter.too_large());
    ReadOutcome { problems }
}

/// The first value lists what is wrong with parts of the text, the error what is wrong with all of it.
fn read<S: Sink>(
    mut input: impl Read,
    is_unpacked: bool,
    sink: &mut S,
) -> Result<Vec<String>, String> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    input
        .by_ref()
        .take(HEAD_BYTES as u64)
        .read_to_end(&mut head)
        .map_err(|error| error.to_string())?;
    if let Some(problem) = foreign::problem(&head) {
        return Err(problem.to_owned());
    }
    if let Some(archive) = name_of_archive(&head, is_unpacked) {
        return Err(archive);
    }
    match Encoding::of(&head) {
        Encoding::Utf8 { mark } => {
            let head = head.split_off(mark);
            read_text(&head, Cursor::new(&head).chain(input), sink)
        }
        Encoding::Utf16 { is_little, mark } => {
            let text = from_utf16(&head[mark..], input, is_little)?;
            let head = &text.as_bytes()[..text.len().min(HEAD_BYTES)];
            read_text(head, Cursor::new(&text), sink)
        }
        Encoding::Utf32 => Err("it is text in UTF-32; save it as UTF-8".to_owned()),
    }
}

fn read_text<S: Sink>(head: &[u8], text: impl Read, sink: &mut S) -> Result<Vec<String>, String> {
    if head.contains(&0) {
        return Err("it is binary; JSON or YAML is expected".to_owned());
    }
    if let Some(misfit) = misfit(head) {
        return Err(misfit);
    }
    let text = BufReader::with_capacity(1 << 16, text);
    match head.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None if head.len() < HEAD_BYTES => Err("it is empty".to_owned()),
        Some(b'{' | b'[') if is_flow_style(head) => Ok(yaml::read_yaml(text, sink)),
        Some(b'{' | b'[') if may_be_no_json(head) => read_either(text, sink),
        Some(b'{' | b'[') => Ok(read_json(text, sink).err().into_iter().collect()),
        _ => Ok(yaml::read_yaml(text, sink)),
    }
}

/// Whether the text is YAML in flow style, `{kind: Pod, …}`: its first key is not quoted as JSON wants it.
fn is_flow_style(head: &[u8]) -> bool {
    let mut bytes = head
        .iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .skip_while(|byte| **byte == b'[');
    bytes.next() == Some(&b'{')
        && bytes
            .next()
            .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'\'')
}

/// Whether the beginning of the text is no beginning of JSON, where a plain word, an apostrophe or a comment stands that YAML has.
/// A missing or an odd comma is a mistake in JSON.
fn may_be_no_json(head: &[u8]) -> bool {
    let is_dump = Cell::new(false);
    // The parser takes one byte at a time, so what it reads from must stand ready.
    let text = BufReader::new(LinesBlanked::new(Cursor::new(head), &is_dump));
    let error = serde_json::Deserializer::from_reader(text)
        .into_iter::<IgnoredAny>()
        .find_map(Result::err)
        .filter(serde_json::Error::is_syntax);
    error.is_some_and(|error| {
        head.split(|byte| *byte == b'\n')
            .nth(error.line().saturating_sub(1))
            .and_then(|line| line.get(error.column().saturating_sub(1)))
            .is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'\'' | b'#'))
    })
}

/// Reads a text that may be JSON or YAML: as YAML if its first document is that, else as JSON, whose words then say what is wrong.
fn read_either<S: Sink>(mut text: impl BufRead, sink: &mut S) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    text.by_ref()
        .take(LARGEST_TO_TRY)
        .read_to_end(&mut all)
        .map_err(|error| error.to_string())?;
    let is_all = (all.len() as u64) < LARGEST_TO_TRY;
    if is_all && yaml::begins_well(Cursor::new(&all)) {
        return Ok(yaml::read_yaml(Cursor::new(&all), sink));
    }
    let text = Cursor::new(&all).chain(text);
    Ok(read_json(text, sink).err().into_iter().collect())
}

fn read_json<S: Sink>(text: impl BufRead, sink: &mut S) -> Result<(), String> {
    let is_dump = Cell::new(false);
    // The parser takes one byte at a time, so what it reads from must stand ready.
    let text = BufReader::with_capacity(1 << 16, LinesBlanked::new(text, &is_dump));
    let mut json = serde_json::Deserializer::from_reader(text);
    let mut number = 0;
    while json.end().is_err() {
        number += 1;
        let mut kind = String::new();
        let result =
            DocumentSeed::<S, Box<RawValue>>::new(sink, number, &mut kind).deserialize(&mut json);
        if let Err(error) = result {
            sink.broken(&kind);
            return Err(if is_dump.get() {
                format!(
                    "not JSON from line {} on, where the logs of containers begin; write the dump \
                     with `kubectl cluster-info dump --output-directory=DIR` and give that folder",
                    error.line()
                )
            } else {
                format!("not valid JSON: {error}")
            });
        }
    }
    Ok(())
}

/// Turns lines of `---` between JSON documents into blanks; inside a JSON text no line can begin so.
struct LinesBlanked<'a, R> {
    inner: R,
    line: Vec<u8>,
    given: usize,
    is_line_start: bool,
    /// Set when logs of containers are seen between the documents.
    is_dump: &'a Cell<bool>,
}

impl<'a, R: BufRead> LinesBlanked<'a, R> {
    fn new(inner: R, is_dump: &'a Cell<bool>) -> Self {
        Self {
            inner,
            line: Vec::new(),
            given: 0,
            is_line_start: true,
            is_dump,
        }
    }
}

impl<R: BufRead> Read for LinesBlanked<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given < self.line.len() {
            let count = (&self.line[self.given..]).read(buffer)?;
            self.given += count;
            return Ok(count);
        }
        let available = self.inner.fill_buf()?;
        if available.is_empty() || buffer.is_empty() {
            return Ok(0);
        }
        if self.is_line_start && matches!(available[0], b'-' | b'=') {
            self.is_line_start = false;
            self.line.clear();
            self.given = 0;
            self.inner
                .by_ref()
                .take(HEAD_BYTES as u64)
                .read_until(b'\n', &mut self.line)?;
            if self.line.starts_with(b"---") {
                self.line[..3].fill(b' ');
            } else if self.line.starts_with(DUMPED_LOGS_BEGIN) {
                self.is_dump.set(true);
            }
            self.is_line_start = self.line.ends_with(b"\n");
            return self.read(buffer);
        }
        // Up to the end of this line if the next one begins with `-` or `=`, else as far as it goes. No further than what is asked
        // for: who takes byte after byte would have all that follows searched each time.
        let reach = buffer.len().min(available.len());
        let count = available[..available.len().min(reach + 1)]
            .windows(2)
            .position(|pair| pair == b"\n-" || pair == b"\n=")
            .map_or(reach, |index| index + 1);
        buffer[..count].copy_from_slice(&available[..count]);
        self.is_line_start = available[count - 1] == b'\n';
        self.inner.consume(count);
        Ok(count)
    }
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
