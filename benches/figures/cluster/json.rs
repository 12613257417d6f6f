//! JSON written piece by piece, keys in the order in which the writer gives them, and the same laid out as kubectl prints it.

use std::io::{self, Write};

/// A JSON text that grows. Keys are written as they are; values are escaped as Go's encoder does it.
#[derive(Default)]
pub struct Json {
    out: String,
}

impl Json {
    /// The text of one object.
    pub fn object_text(fill: impl FnOnce(&mut Self)) -> String {
        let mut json = Self::default();
        json.braced(fill);
        json.out
    }

    /// A field with a text.
    pub fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        self.quote(value);
    }

    /// A field with a whole number.
    pub fn number(&mut self, key: &str, value: i64) {
        self.raw(key, &value.to_string());
    }

    /// A field with true or false.
    pub fn flag(&mut self, key: &str, value: bool) {
        self.raw(key, if value { "true" } else { "false" });
    }

    /// A field whose value is JSON already.
    pub fn raw(&mut self, key: &str, value: &str) {
        self.key(key);
        self.out.push_str(value);
    }

    /// A field with an object.
    pub fn object(&mut self, key: &str, fill: impl FnOnce(&mut Self)) {
        self.key(key);
        self.braced(fill);
    }

    /// A field with a list.
    pub fn list(&mut self, key: &str, fill: impl FnOnce(&mut Self)) {
        self.key(key);
        self.out.push('[');
        fill(self);
        self.out.push(']');
    }

    /// An object in a list.
    pub fn item(&mut self, fill: impl FnOnce(&mut Self)) {
        self.comma();
        self.braced(fill);
    }

    /// A text in a list.
    pub fn text_item(&mut self, value: &str) {
        self.comma();
        self.quote(value);
    }

    /// An empty object, as managed fields have many.
    pub fn mark(&mut self, key: &str) {
        self.raw(key, "{}");
    }

    fn braced(&mut self, fill: impl FnOnce(&mut Self)) {
        self.out.push('{');
        fill(self);
        self.out.push('}');
    }

    fn key(&mut self, key: &str) {
        self.comma();
        self.quote(key);
        self.out.push(':');
    }

    fn comma(&mut self) {
        if !matches!(self.out.as_bytes().last(), None | Some(b'{' | b'[' | b':')) {
            self.out.push(',');
        }
    }

    fn quote(&mut self, value: &str) {
        self.out.push('"');
        for letter in value.chars() {
            match letter {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '<' => self.out.push_str("\\u003c"),
                '>' => self.out.push_str("\\u003e"),
                '&' => self.out.push_str("\\u0026"),
                _ => self.out.push(letter),
            }
        }
        self.out.push('"');
    }
}

/// Lays compact JSON out as `kubectl get -o json` does: four spaces a level, a space after each colon. `depth` is where
/// the value stands.
pub fn write_indented(compact: &str, depth: usize, out: &mut Vec<u8>) {
    let bytes = compact.as_bytes();
    let (mut depth, mut at) = (depth, 0);
    let line = |out: &mut Vec<u8>, depth: usize| {
        out.push(b'\n');
        out.resize(out.len() + 4 * depth, b' ');
    };
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let end = end_of_text(bytes, at);
                out.extend_from_slice(&bytes[at..end]);
                at = end;
                continue;
            }
            b'{' | b'[' => {
                out.push(byte);
                if matches!(bytes.get(at + 1), Some(b'}' | b']')) {
                    at += 1;
                    out.push(bytes[at]);
                } else {
                    depth += 1;
                    line(out, depth);
                }
            }
            b'}' | b']' => {
                depth -= 1;
                line(out, depth);
                out.push(byte);
            }
            b',' => {
                out.push(byte);
                line(out, depth);
            }
            b':' => out.extend_from_slice(b": "),
            _ => out.push(byte),
        }
        at += 1;
    }
}

/// Where a text that begins at a quote ends, its closing quote included.
fn end_of_text(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// A list of objects, written one by one.
pub struct ListWriter<'a> {
    out: &'a mut dyn Write,
    form: Form,
    count: usize,
    buffer: Vec<u8>,
}

/// How a list is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// What `kubectl get -o json` prints: indented, keys sorted, so that `items` stands before `kind`; no managed fields.
    Kubectl,
    /// What `kubectl get --raw` prints of one kind: one line, `kind` and `metadata` first.
    Raw,
}

impl<'a> ListWriter<'a> {
    /// Begins a list; `kind` is the items' kind, which a raw list names.
    pub fn begin(
        out: &'a mut dyn Write,
        form: Form,
        kind: &str,
        api_version: &str,
    ) -> io::Result<Self> {
        match form {
            Form::Kubectl => out.write_all(b"{\n    \"apiVersion\": \"v1\",\n    \"items\": [")?,
            Form::Raw => write!(
                out,
                r#"{{"kind":"{kind}List","apiVersion":"{api_version}","metadata":{{"resourceVersion":"1"}},"items":["#
            )?,
        }
        Ok(Self {
            out,
            form,
            count: 0,
            buffer: Vec::new(),
        })
    }

    /// Writes one object.
    pub fn push(&mut self, compact: &str) -> io::Result<()> {
        self.buffer.clear();
        if self.count > 0 {
            self.buffer.push(b',');
        }
        match self.form {
            Form::Kubectl => {
                self.buffer.extend_from_slice(b"\n        ");
                write_indented(compact, 2, &mut self.buffer);
            }
            Form::Raw => self.buffer.extend_from_slice(compact.as_bytes()),
        }
        self.count += 1;
        self.out.write_all(&self.buffer)
    }

    /// Ends the list.
    pub fn end(self) -> io::Result<()> {
        match self.form {
            Form::Kubectl => {
                let close = if self.count == 0 { "]" } else { "\n    ]" };
                write!(
                    self.out,
                    "{close},\n    \"kind\": \"List\",\n    \"metadata\": {{\n        \"resourceVersion\": \"\"\n    }}\n}}\n"
                )
            }
            Form::Raw => self.out.write_all(b"]}\n"),
        }
    }
}
