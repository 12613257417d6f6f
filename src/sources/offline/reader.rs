//! From bytes to documents: which format it is, where one document ends, and what is said of bytes that are neither.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Cursor, Read};

use serde::de::{DeserializeSeed, IgnoredAny};
use serde_json::value::RawValue;

use super::documents::{DocumentSeed, Sink};
use super::{foreign, yaml};

/// How much of a file is looked at to tell its format.
const HEAD_BYTES: usize = 4096;
/// Larger texts that are neither JSON nor clearly YAML are not tried as both.
const LARGEST_TO_TRY: u64 = 64 << 20;
/// How tools begin what they print when they fail; it ends in the file where their error output was sent there too.
const ERRORS_BEGIN: [&str; 6] = [
    "An error occurred (",
    "aws: [ERROR]",
    "Error from server",
    "Unable to connect to the server",
    "Unable to locate credentials",
    "error: ",
];
/// How `kubectl cluster-info dump` without a folder writes the logs of containers between its objects.
const DUMPED_LOGS_BEGIN: &[u8] = b"==== START logs for container";

/// How reading one file went.
#[derive(Debug, Default)]
pub(in crate::sources) struct ReadOutcome {
    /// What is wrong with it, with positions; all else was handed over.
    pub problems: Vec<String>,
}

/// Reads JSON or YAML, one document or many, and hands every object to the sink.
pub(in crate::sources) fn read_documents<S: Sink>(input: impl Read, sink: &mut S) -> ReadOutcome {
    ReadOutcome {
        problems: read(input, sink).unwrap_or_else(|problem| vec![problem]),
    }
}

/// The first value lists what is wrong with parts of the text, the error what is wrong with all of it.
fn read<S: Sink>(mut input: impl Read, sink: &mut S) -> Result<Vec<String>, String> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    input
        .by_ref()
        .take(HEAD_BYTES as u64)
        .read_to_end(&mut head)
        .map_err(|error| error.to_string())?;
    if let Some(text) = utf16(&head, &mut input)? {
        let head = &text.as_bytes()[..text.len().min(HEAD_BYTES)];
        return read_text(head, Cursor::new(&text), sink);
    }
    let skipped = if head.starts_with(b"\xEF\xBB\xBF") {
        3
    } else {
        0
    };
    let head = head.split_off(skipped);
    read_text(&head, Cursor::new(&head).chain(input), sink)
}

fn read_text<S: Sink>(head: &[u8], text: impl Read, sink: &mut S) -> Result<Vec<String>, String> {
    if head.starts_with(&[0x1F, 0x8B]) {
        return Err("it is compressed (gzip); unpack it first".to_owned());
    }
    if let Some(problem) = foreign::problem(head) {
        return Err(problem.to_owned());
    }
    if head.contains(&0) {
        return Err("it is binary; JSON or YAML is expected".to_owned());
    }
    if let Some(error) = error_in_place_of_output(head) {
        return Err(format!(
            "it holds the error of a command in place of its output: {error}"
        ));
    }
    let text = BufReader::with_capacity(1 << 16, text);
    match head.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None if head.len() < HEAD_BYTES => Err("it is empty".to_owned()),
        Some(b'{' | b'[') if is_flow_style(head) => Ok(yaml::read_yaml(text, sink)),
        Some(b'{' | b'[') if may_be_no_json(head) => read_either(text, sink),
        Some(b'{' | b'[') => Ok(read_json(text, sink).err().into_iter().collect()),
        Some(b'<') => Err("it is HTML or XML; JSON or YAML is expected".to_owned()),
        _ => Ok(yaml::read_yaml(text, sink)),
    }
}

/// The first line of the error that a command printed instead of what it was asked for.
fn error_in_place_of_output(head: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start();
    ERRORS_BEGIN
        .iter()
        .any(|beginning| text.starts_with(beginning))
        .then(|| text.lines().next().unwrap_or_default())
        .map(|line| line.trim_end().chars().take(200).collect())
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
    let text = LinesBlanked::new(Cursor::new(head), &is_dump);
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

/// The text of a file in UTF-16, which is what PowerShell's `>` writes; `None` for any other.
fn utf16(head: &[u8], rest: &mut impl Read) -> Result<Option<String>, String> {
    let unit: fn([u8; 2]) -> u16 = match head {
        [0xFF, 0xFE, ..] => u16::from_le_bytes,
        [0xFE, 0xFF, ..] => u16::from_be_bytes,
        _ => return Ok(None),
    };
    let mut bytes = head[2..].to_vec();
    rest.read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units)
        .collect::<Result<String, _>>()
        .map(Some)
        .map_err(|_| "it is not text in UTF-16, as its first bytes say".to_owned())
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
        if available.is_empty() {
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
        // Up to the end of this line if the next one begins with `-` or `=`, else as far as it goes.
        let end = available
            .windows(2)
            .position(|pair| pair == b"\n-" || pair == b"\n=")
            .map_or(available.len(), |index| index + 1);
        let count = end.min(buffer.len());
        buffer[..count].copy_from_slice(&available[..count]);
        self.is_line_start = available[count - 1] == b'\n';
        self.inner.consume(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::offline::documents::{Document, Item, Shape};

    #[derive(Default)]
    struct Seen(Vec<String>, Vec<String>);

    impl Sink for Seen {
        fn item(&mut self, item: Item<'_>) {
            let json: serde_json::Value = serde_json::from_str(item.json).unwrap_or_default();
            let name = json.get("n").map(ToString::to_string).unwrap_or_default();
            self.0
                .push(format!("{}:{} {name}", item.position, item.kind));
        }
        fn end(&mut self, document: Document<'_>) {
            let shape = match document.shape {
                Shape::Object => return,
                Shape::List(kind) => format!("list of {kind}"),
                Shape::Array => "array".to_owned(),
                Shape::Nothing => "nothing".to_owned(),
                Shape::Scalar => "scalar".to_owned(),
            };
            self.0.push(format!("{} {shape}", document.items));
        }
        fn broken(&mut self, kind: &str) {
            self.1.push(kind.to_owned());
        }
    }

    fn seen(text: &[u8]) -> (Vec<String>, String) {
        let mut sink = Seen::default();
        let outcome = read_documents(text, &mut sink);
        (sink.0, outcome.problems.join("; "))
    }

    #[test]
    fn every_form_of_many_objects() {
        for (text, wanted) in [
            (r#"{"kind":"Pod","n":1}"#, &["document 1:Pod 1"][..]),
            (
                "{\"kind\":\"Pod\",\"n\":1}\n{\"kind\":\"Node\",\"n\":2}\n",
                &["document 1:Pod 1", "document 2:Node 2"],
            ),
            (
                "{\"n\":1}\n---\n{\"n\":2}\n---\n",
                &["document 1: 1", "document 2: 2"],
            ),
            (
                r#"{"kind":"PodList","items":[{"n":1},{"kind":"Node"}]}"#,
                &["item 1:Pod 1", "item 2:Node ", "2 list of Pod"],
            ),
            (
                r#"{"items":[{"n":1},{"n":2}],"kind":"PodList"}"#,
                &["item 1:Pod 1", "item 2:Pod 2", "2 list of Pod"],
            ),
            (
                r#"{"apiVersion":"v1","items":[{"kind":"Pod","n":1}],"kind":"List","metadata":{}}"#,
                &["item 1:Pod 1", "1 list of "],
            ),
            (r#"{"kind":"NodeList","items":null}"#, &["0 list of Node"]),
            (
                r#"[{"n":1},[],5,null]"#,
                &["item 1: 1", "item 2: ", "item 3: ", "item 4: ", "4 array"],
            ),
            (r#"[]"#, &["0 array"]),
            (r#"{"kind":"Odd","items":[1],"n":1}"#, &["document 1:Odd 1"]),
            ("\u{feff}{\"n\":1}", &["document 1: 1"]),
            ("\u{feff}n: 1\r\nkind: Pod\r\n", &["document 1:Pod 1"]),
            (
                "---\n# only a comment\n---\nn: 1\n---\n\n---\nn: 2\n...\n",
                &["document 1: 1", "document 2: 2"],
            ),
            ("%YAML 1.2\n---\nn: 1\n", &["document 1: 1"]),
            (
                "n: 1\n--- {n: 2}\n--- # note\nn: 3",
                &["document 1: 1", "document 2: 2", "document 3: 3"],
            ),
            (
                "items:\n- n: 1\n- n: 2\nkind: PodList\n",
                &["item 1:Pod 1", "item 2:Pod 2", "2 list of Pod"],
            ),
            ("- n: 1\n- n: 2\n", &["item 1: 1", "item 2: 2", "2 array"]),
            (
                "n: |\n  ---\n  text\nkind: Pod\n",
                &["document 1:Pod \"---\\ntext\\n\""],
            ),
            ("a: &x {n: 1}\n<<: *x\n", &["document 1: 1"]),
            ("null", &["0 nothing"]),
            ("NAME READY\nweb 1/1\n", &["0 scalar"]),
            ("items: []\n", &["0 list of "]),
        ] {
            let (found, problem) = seen(text.as_bytes());
            assert_eq!(found, wanted, "{text}");
            assert_eq!(problem, "", "{text}");
        }
    }

    #[test]
    fn utf_16_of_a_windows_shell() {
        for (mark, to_bytes) in [
            ([0xFF, 0xFE], u16::to_le_bytes as fn(u16) -> [u8; 2]),
            ([0xFE, 0xFF], u16::to_be_bytes),
        ] {
            let mut bytes = mark.to_vec();
            bytes.extend(
                "{\"kind\":\"Pod\",\"n\":\"é\"}"
                    .encode_utf16()
                    .flat_map(to_bytes),
            );
            assert_eq!(seen(&bytes).0, ["document 1:Pod \"é\""]);
        }
    }

    #[test]
    fn what_came_before_the_break_is_kept() {
        for (text, kept, words) in [
            (
                r#"{"kind":"PodList","items":[{"n":1},{"n":2},{"n":"#,
                2,
                "line 1 column",
            ),
            ("{\"n\":1}\n{\"n\":2}\n{,", 2, "line 3 column 2"),
            ("n: 1\n---\nn: 2\n---\na: [\n", 2, "not valid YAML"),
            ("kind: PodList\nitems:\n- n: 1\n- n: 2\n- n: {\n", 2, "line"),
        ] {
            let (found, problem) = seen(text.as_bytes());
            assert_eq!(found.len(), kept, "{text}: {found:?}");
            assert!(problem.contains(words), "{text}: {problem}");
        }
    }

    #[test]
    fn a_broken_document_tells_its_kind() {
        for (text, kept, kinds) in [
            ("n: 1\n---\na: [\n---\nn: 2\n", 2, &[""][..]),
            (
                "kind: Pod\na: [\n---\nn: 2\n---\nkind: Node\nb: }\n",
                1,
                &["Pod", "Node"],
            ),
            (r#"{"kind":"Pod","n":"#, 0, &["Pod"]),
            (
                "kind: PodList\nitems:\n- n: 1\n- n: {\n--- {n: 3}\n",
                2,
                &["PodList"],
            ),
        ] {
            let mut sink = Seen::default();
            let outcome = read_documents(text.as_bytes(), &mut sink);
            assert_eq!(sink.0.len(), kept, "{text}: {:?}", sink.0);
            assert_eq!(sink.1, kinds, "{text}");
            assert_eq!(outcome.problems.len(), kinds.len(), "{text}");
        }
    }

    #[test]
    fn the_line_of_yaml_counts_from_the_start_of_the_file() {
        let (_, problem) = seen(b"# note\n---\nn: 1\n---\n\na: 1\nb: [}\n");
        assert!(problem.contains("line 7"), "{problem}");
    }

    #[test]
    fn what_is_neither() {
        let deep_json = "[".repeat(100_000);
        let deep_object = "{\"a\":".repeat(100_000);
        let deep_flow = format!("a: {}", "[".repeat(100_000));
        let deep_block: String = (0..3000)
            .map(|depth| format!("{}a:\n", " ".repeat(depth)))
            .collect();
        let bomb = format!(
            "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n{}",
            (1..20)
                .map(|n| format!(
                    "a{n}: &a{n} [{}]\n",
                    vec![format!("*a{}", n - 1); 10].join(",")
                ))
                .collect::<String>()
        );
        for (text, words) in [
            (&b""[..], "it is empty"),
            (b" \n \n", "it is empty"),
            (b"<!DOCTYPE html><html></html>", "HTML"),
            (b"\x1F\x8B\x08\x00", "gzip"),
            (b"\x7FELF\x02\x00", "binary"),
            (b"{\"a\": \"\xFF\"}", "not valid JSON"),
            (b"a: \xFF\n", "YAML"),
            (deep_json.as_bytes(), "not valid JSON"),
            (deep_object.as_bytes(), "not valid JSON"),
            (deep_flow.as_bytes(), "not valid YAML"),
            (deep_block.as_bytes(), "deeper than 64 levels at line 65"),
            (bomb.as_bytes(), "aliases stand for"),
        ] {
            let shown: String = String::from_utf8_lossy(text).chars().take(40).collect();
            let (_, problem) = seen(text);
            assert!(problem.contains(words), "{shown}: {problem}");
            assert!(
                problem.len() < 300 && !problem.contains('\n'),
                "{shown}: {problem}"
            );
        }
    }

    #[test]
    fn deep_but_closed_json_does_no_harm() {
        let text = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(seen(text.as_bytes()).0, ["item 1: ", "1 array"]);
        let nested = format!("{{\"kind\":\"Pod\",\"x\":{text}}}");
        assert_eq!(seen(nested.as_bytes()).0, ["document 1:Pod "]);
    }

    #[test]
    fn an_error_shows_nothing_of_what_stands_around_it() {
        let (_, problem) =
            seen(b"kind: Secret\ndata:\n  password: hunter2\n  other: [hunter3\nx: }\n");
        assert!(
            !problem.is_empty() && !problem.contains("hunter"),
            "{problem}"
        );
        let (_, problem) = seen(b"{\"data\": {\"password\": \"hunter2\", }}");
        assert!(
            !problem.is_empty() && !problem.contains("hunter"),
            "{problem}"
        );
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_do_harm(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            seen(&bytes);
        }

        #[test]
        fn no_text_does_harm(text in "[\\[\\]{}:,\"a1&*!|>#%@ \n\t-]{0,80}") {
            seen(text.as_bytes());
        }
    }
}
