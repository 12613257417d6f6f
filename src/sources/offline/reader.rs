//! From bytes to documents: which format it is, where one document ends, and what is said of bytes that are neither.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use serde::de::DeserializeSeed;
use serde_json::value::RawValue;

use super::documents::{DocumentSeed, Sink, Transcoded};

/// How much of a file is looked at to tell its format.
const HEAD_BYTES: usize = 4096;
/// Deeper than any Kubernetes object, and shallow enough for the small stack of a thread; a limit for hostile files.
const DEEPEST: usize = 64;

/// How reading one file went.
#[derive(Debug, Default)]
pub(in crate::sources) struct ReadOutcome {
    /// What ended it early, with the position; what came before was handed over.
    pub problem: Option<String>,
}

/// Reads JSON or YAML, one document or many, and hands every object to the sink.
pub(in crate::sources) fn read_documents<S: Sink>(input: impl Read, sink: &mut S) -> ReadOutcome {
    ReadOutcome {
        problem: read(input, sink).err(),
    }
}

fn read<S: Sink>(mut input: impl Read, sink: &mut S) -> Result<(), String> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    input
        .by_ref()
        .take(HEAD_BYTES as u64)
        .read_to_end(&mut head)
        .map_err(|error| error.to_string())?;
    if let Some(text) = utf16(&head, &mut input)? {
        return read_text(text.as_bytes(), Cursor::new(&text), sink);
    }
    let skipped = if head.starts_with(b"\xEF\xBB\xBF") {
        3
    } else {
        0
    };
    let head = head.split_off(skipped);
    read_text(&head, Cursor::new(&head).chain(input), sink)
}

fn read_text<S: Sink>(head: &[u8], text: impl Read, sink: &mut S) -> Result<(), String> {
    if head.starts_with(&[0x1F, 0x8B]) {
        return Err("it is compressed (gzip); unpack it first".to_owned());
    }
    if head.contains(&0) {
        return Err("it is binary; JSON or YAML is expected".to_owned());
    }
    let text = BufReader::with_capacity(1 << 16, text);
    match head.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None if head.len() < HEAD_BYTES => Err("it is empty".to_owned()),
        Some(b'{' | b'[') => read_json(text, sink),
        Some(b'<') => Err("it is HTML or XML; JSON or YAML is expected".to_owned()),
        _ => read_yaml(text, sink),
    }
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
    // The parser takes one byte at a time, so what it reads from must stand ready.
    let text = BufReader::with_capacity(1 << 16, SeparatorsBlanked::new(text));
    let mut json = serde_json::Deserializer::from_reader(text);
    let mut number = 0;
    while json.end().is_err() {
        number += 1;
        DocumentSeed::<S, Box<RawValue>>::new(sink, number)
            .deserialize(&mut json)
            .map_err(|error| format!("not valid JSON: {error}"))?;
    }
    Ok(())
}

/// Turns lines of `---` between JSON documents into blanks; inside a JSON text no line can begin so.
struct SeparatorsBlanked<R> {
    inner: R,
    line: Vec<u8>,
    given: usize,
    is_line_start: bool,
}

impl<R: BufRead> SeparatorsBlanked<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            line: Vec::new(),
            given: 0,
            is_line_start: true,
        }
    }
}

impl<R: BufRead> Read for SeparatorsBlanked<R> {
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
        if self.is_line_start && available[0] == b'-' {
            self.is_line_start = false;
            self.line.clear();
            self.given = 0;
            self.inner
                .by_ref()
                .take(HEAD_BYTES as u64)
                .read_until(b'\n', &mut self.line)?;
            if self.line.starts_with(b"---") {
                self.line[..3].fill(b' ');
            }
            self.is_line_start = self.line.ends_with(b"\n");
            return self.read(buffer);
        }
        // Up to the end of this line if the next one begins with `-`, else as far as it goes.
        let end = available
            .windows(2)
            .position(|pair| pair == b"\n-")
            .map_or(available.len(), |index| index + 1);
        let count = end.min(buffer.len());
        buffer[..count].copy_from_slice(&available[..count]);
        self.is_line_start = available[count - 1] == b'\n';
        self.inner.consume(count);
        Ok(count)
    }
}

fn read_yaml<S: Sink>(text: impl BufRead, sink: &mut S) -> Result<(), String> {
    let mut lines = Lines::new(text);
    let mut number = 0;
    while !lines.is_at_end {
        let mut document = OneDocument::new(&mut lines);
        if !document.start().map_err(|error| error.to_string())? {
            continue;
        }
        let lines_before = document.lines.count - 1;
        number += 1;
        let result = serde_saphyr::with_deserializer_from_reader_with_options(
            &mut document,
            options(),
            |deserializer| {
                DocumentSeed::<S, Transcoded>::new(sink, number).deserialize(deserializer)
            },
        );
        if let Err(error) = result {
            return Err(yaml_problem(&error, lines_before));
        }
    }
    Ok(())
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
mod tests {
    use super::*;
    use crate::sources::offline::documents::{Document, Item, Shape};

    #[derive(Default)]
    struct Seen(Vec<String>);

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
    }

    fn seen(text: &[u8]) -> (Vec<String>, String) {
        let mut sink = Seen::default();
        let outcome = read_documents(text, &mut sink);
        (sink.0, outcome.problem.unwrap_or_default())
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
