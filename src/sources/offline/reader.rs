//! From bytes to documents: which format it is, where one document ends, and what is said of bytes that are neither.

use std::io::{BufReader, Chain, Cursor, Read};

use super::bounds::{Bounds, Meter, Metered, MeteredSink};
use super::documents::Sink;
use super::encoding::{Encoding, from_utf16};
use super::misfit::misfit;
use super::packed::{Unpacked, name_of_archive};
use super::{foreign, json, yaml};
use crate::sources::input;
use crate::sources::scan::{Broken, Element, Ended, Receiver, Scanner, check, text_of};

/// How much of a file is looked at to tell its format.
const HEAD_BYTES: usize = 4096;
/// Larger texts that are neither JSON nor clearly YAML are not tried as both.
const LARGEST_TO_TRY: u64 = 64 << 20;
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

/// The same of what may be so large that several threads are worth while.
pub(super) fn read_large<S: Sink>(input: impl Read + Send + 'static, sink: &mut S) -> ReadOutcome {
    read_by(Bounds::default(), input, sink, |text, bounds, sink| {
        json::read_on_threads(text, bounds, sink)
    })
}

/// The same within other bounds.
pub(super) fn read_within<S: Sink>(bounds: Bounds, input: impl Read, sink: &mut S) -> ReadOutcome {
    read_by(bounds, input, sink, |text, bounds, sink| {
        json::read(text, bounds, sink)
    })
}

/// A text whose beginning was looked at.
type Text<R> = Chain<Cursor<Vec<u8>>, Unpacked<R>>;

/// `read_json` reads what turns out to be JSON.
fn read_by<R: Read, S: Sink>(
    bounds: Bounds,
    input: R,
    sink: &mut S,
    read_json: impl FnOnce(Text<R>, Bounds, &mut MeteredSink<'_, '_, S>) -> Result<(), String>,
) -> ReadOutcome {
    let meter = Meter::new(bounds);
    let mut sink = MeteredSink {
        sink,
        meter: &meter,
    };
    let went = Unpacked::new(input)
        .map_err(|error| input::words(&error))
        .and_then(|unpacked| read(unpacked, &meter))
        .map(|text| match text {
            Known::Json(text) => Vec::from_iter(read_json(text, bounds, &mut sink).err()),
            Known::Yaml(text) => {
                let text = BufReader::with_capacity(1 << 16, Metered::new(text, &meter));
                yaml::read_yaml(text, &mut sink)
            }
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

/// A text whose format is known.
enum Known<R> {
    Json(Text<R>),
    Yaml(Text<R>),
}

/// Tells the format of a text by its beginning.
///
/// Errors: what is wrong with all of it.
fn read<R: Read>(mut input: Unpacked<R>, meter: &Meter) -> Result<Known<R>, String> {
    let is_unpacked = input.is_gzip();
    let mut head = Vec::with_capacity(HEAD_BYTES);
    input
        .by_ref()
        .take(HEAD_BYTES as u64)
        .read_to_end(&mut head)
        .map_err(|error| input::words(&error))?;
    if let Some(problem) = foreign::problem(&head) {
        return Err(problem.to_owned());
    }
    if let Some(archive) = name_of_archive(&head, is_unpacked) {
        return Err(archive);
    }
    match Encoding::of(&head) {
        Encoding::Utf8 { mark } => {
            let head = head.split_off(mark);
            known(head, input)
        }
        Encoding::Utf16 { is_little, mark } => {
            let rest = Metered::new(input.by_ref(), meter);
            let text = from_utf16(&head[mark..], rest, is_little)?;
            known(text.into_bytes(), input)
        }
        Encoding::Utf32 => Err("it is text in UTF-32; save it as UTF-8".to_owned()),
    }
}

/// The format of a text of which so much was read.
fn known<R: Read>(begun: Vec<u8>, rest: Unpacked<R>) -> Result<Known<R>, String> {
    let head = &begun[..begun.len().min(HEAD_BYTES)];
    if head.contains(&0) {
        return Err("it is binary; JSON or YAML is expected".to_owned());
    }
    if let Some(misfit) = misfit(head) {
        return Err(misfit);
    }
    match head.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None if head.len() < HEAD_BYTES => Err("it is empty".to_owned()),
        Some(b'{' | b'[') if is_flow_style(head) => Ok(Known::Yaml(text(begun, rest))),
        Some(b'{' | b'[') if may_be_no_json(head) => either(text(begun, rest)),
        Some(b'{' | b'[') => Ok(Known::Json(text(begun, rest))),
        _ => Ok(Known::Yaml(text(begun, rest))),
    }
}

fn text<R: Read>(begun: Vec<u8>, rest: Unpacked<R>) -> Text<R> {
    Cursor::new(begun).chain(rest)
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
    /// Takes only note of what is wrong.
    struct Nobody;
    impl Receiver for Nobody {
        type Error = Broken;
        fn field(&mut self, _: &str, _: &str) -> Result<(), Broken> {
            Ok(())
        }
        fn element(&mut self, element: Element<'_>) -> Result<(), Broken> {
            check(text_of(element.text, element.start)?, element.start)
        }
        fn end(&mut self, _: Ended<'_>) -> Result<(), Broken> {
            Ok(())
        }
    }
    let mut scanner = Scanner::new(HEAD_BYTES as u64);
    let went = scanner
        .feed(head, &mut Nobody)
        .and_then(|()| scanner.check_carried());
    let Err(broken) = went else {
        return false;
    };
    let place = |number: u64| usize::try_from(number.saturating_sub(1)).ok();
    let odd = || {
        let mut lines = head.split(|byte| *byte == b'\n');
        lines.nth(place(broken.line)?)?.get(place(broken.column)?)
    };
    odd().is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'\'' | b'#'))
}

/// The format of a text that may be JSON or YAML: YAML if its first document is that, else JSON, of which can be said what is wrong.
fn either<R: Read>(text: Text<R>) -> Result<Known<R>, String> {
    let (begun, mut rest) = text.into_inner();
    let mut all = begun.into_inner();
    let room = LARGEST_TO_TRY.saturating_sub(all.len() as u64);
    rest.by_ref()
        .take(room)
        .read_to_end(&mut all)
        .map_err(|error| input::words(&error))?;
    let is_all = (all.len() as u64) < LARGEST_TO_TRY;
    let is_yaml = is_all && yaml::begins_well(Cursor::new(&all));
    let text = Cursor::new(all).chain(rest);
    Ok(match is_yaml {
        true => Known::Yaml(text),
        false => Known::Json(text),
    })
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
