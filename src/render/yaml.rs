//! `-o yaml`: the report itself.

use std::io::{self, Write};
use std::ops::Range;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;
use serde_saphyr::SerializeError;

use super::Answer;
use super::clean::{is_unsafe, write_escaping};
use super::crew::in_order;
use crate::report::Entries;

/// Writes a value as YAML. Where it holds what a terminal would obey every text is quoted: only there can every character be
/// escaped.
///
/// Errors: those of `out`.
pub fn render(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    write_block(value, is_unsafe_in(value)?, out)
}

/// Writes the report on pods as [`render`] would, entry by entry: none is kept. Each is made twice, since how the first is
/// written hangs on what is in the last.
///
/// Errors: those of `out`.
pub(super) fn stream(report: &Answer<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (head, tail, pods) = (report.head(), report.tail(), &report.pods);
    let is_quoted = is_unsafe_in(&head)? || is_unsafe_in(&tail)? || is_any_unsafe(pods)?;
    write_block(&head, is_quoted, out)?;
    let lines = |range| block(&Part::of(pods, range), is_quoted);
    if pods.is_empty() {
        write_block(&Part::of(pods, 0..0), is_quoted, out)?;
    }
    let mut is_begun = false;
    in_order(pods.len(), lines, |piece| {
        let piece = piece?;
        // Each piece begins with the name of the list.
        let name = piece.iter().position(|byte| *byte == b'\n');
        let begin = name.filter(|_| std::mem::replace(&mut is_begun, true));
        out.write_all(&piece[begin.map_or(0, |end| end + 1)..])
    })?;
    match tail.is_empty() {
        true => Ok(()),
        false => write_block(&tail, is_quoted, out),
    }
}

/// Some of the entries, as they stand in the report.
#[derive(Serialize)]
struct Part<'r> {
    pods: Entered<'r>,
}

struct Entered<'r> {
    pods: &'r dyn Entries,
    range: Range<usize>,
}

impl<'r> Part<'r> {
    fn of(pods: &'r dyn Entries, range: Range<usize>) -> Self {
        Self {
            pods: Entered { pods, range },
        }
    }
}

impl Serialize for Entered<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.range.clone().map(|index| self.pods.entry(index)))
    }
}

fn block(value: &impl Serialize, is_quoted: bool) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    write_block(value, is_quoted, &mut text)?;
    Ok(text)
}

fn write_block(value: &impl Serialize, is_quoted: bool, out: &mut dyn Write) -> io::Result<()> {
    if is_quoted {
        let unpadded = Unpadded {
            out: &mut *out,
            has_blank: false,
        };
        value.serialize(&mut Serializer::with_formatter(
            unpadded,
            Quoting::default(),
        ))?;
        return writeln!(out);
    }
    let mut out = out;
    serde_saphyr::to_io_writer(&mut out, value).map_err(|error| match error {
        SerializeError::IO { error } => error,
        other => io::Error::other(other),
    })
}

fn is_unsafe_in(value: &impl Serialize) -> io::Result<bool> {
    let mut watch = Watch::default();
    serde_json::to_writer(&mut watch, value)?;
    Ok(watch.found_unsafe)
}

fn is_any_unsafe(pods: &dyn Entries) -> io::Result<bool> {
    let mut is_found = false;
    let watched = in_order(
        pods.len(),
        |range| is_unsafe_in(&Part::of(pods, range)),
        |piece| {
            is_found = piece?;
            match is_found {
                // The rest need not be looked at.
                true => Err(io::ErrorKind::Interrupted.into()),
                false => Ok(()),
            }
        },
    );
    if is_found {
        return Ok(true);
    }
    watched.map(|()| false)
}

/// The text in double quotes, with every character escaped that a terminal would obey: a text in YAML wherever it stands.
pub(super) fn quoted(text: &str) -> String {
    let mut out = Vec::new();
    text.serialize(&mut Serializer::with_formatter(
        &mut out,
        Quoting::default(),
    ))
    .expect("a Vec takes everything, and a text is a text");
    String::from_utf8(out).expect("escaping leaves text")
}

/// Keeps nothing of what is written to it, except whether it must be escaped. JSON hands over whole characters.
#[derive(Default)]
struct Watch {
    found_unsafe: bool,
}

impl Write for Watch {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.found_unsafe |= !bytes.is_ascii()
            && std::str::from_utf8(bytes).map_or(true, |text| text.chars().any(is_unsafe))
            || bytes.contains(&0x7f);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Keeps a single blank back until it is known that the line goes on behind it.
struct Unpadded<'a> {
    out: &'a mut dyn Write,
    has_blank: bool,
}

impl Write for Unpadded<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.has_blank && !bytes.starts_with(b"\n") {
            self.out.write_all(b" ")?;
        }
        self.has_blank = bytes == b" ";
        if !self.has_blank {
            self.out.write_all(bytes)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Lays JSON's tokens out as YAML's blocks. Its quoted texts are YAML's double-quoted ones, escapes included, but for characters
/// past U+FFFF, which YAML escapes in one piece.
#[derive(Default)]
struct Quoting {
    /// For each open list or object, whether anything is in it.
    open: Vec<bool>,
    /// The next thing stands behind `- `, on the same line.
    is_behind_dash: bool,
}

impl Quoting {
    /// Ends the innermost block. Only an empty one needs signs: the others end with their indent.
    fn end<W: ?Sized + Write>(&mut self, writer: &mut W, empty: &[u8]) -> io::Result<()> {
        match self.open.pop() {
            Some(true) => Ok(()),
            _ => writer.write_all(empty),
        }
    }

    /// Begins a line of the innermost block.
    fn line<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        let depth = self.open.len().saturating_sub(1);
        let is_first_of_all = depth == 0 && self.open.last() == Some(&false);
        if let Some(has_some) = self.open.last_mut() {
            *has_some = true;
        }
        if std::mem::take(&mut self.is_behind_dash) || is_first_of_all {
            return Ok(());
        }
        write!(writer, "\n{}", "  ".repeat(depth))
    }
}

impl Formatter for Quoting {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        write_escaping(writer, fragment, |writer, found| match u32::from(found) {
            code @ 0..=0xffff => write!(writer, "\\u{code:04x}"),
            code => write!(writer, "\\U{code:08x}"),
        })
    }

    fn begin_array<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.open.push(false);
        Ok(())
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"[]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, _: bool) -> io::Result<()> {
        self.line(writer)?;
        self.is_behind_dash = true;
        writer.write_all(b"-")?;
        writer.write_all(b" ")
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.is_behind_dash = false;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.open.push(false);
        Ok(())
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"{}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, _: bool) -> io::Result<()> {
        self.line(writer)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b":")?;
        writer.write_all(b" ")
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize as _;
    use serde_json::{Serializer, json};

    use super::{Quoting, Unpadded};

    #[test]
    fn blocks_are_laid_out_and_read_back() {
        let value = json!({
            "a": [], "b": {}, "c": [1, [true, null], {"d": "x\u{202e}y", "e": [{"f": " "}]}],
            "g": {"h": "line\nbreak \"quoted\" \\", "i": "\u{e0041}\u{1b}"}
        });
        let mut out = Vec::new();
        let unpadded = Unpadded {
            out: &mut out,
            has_blank: false,
        };
        value
            .serialize(&mut Serializer::with_formatter(
                unpadded,
                Quoting::default(),
            ))
            .expect("a Vec takes everything");
        let text = String::from_utf8(out).expect("text");
        assert_eq!(
            text,
            r#""a": []
"b": {}
"c":
  - 1
  - - true
    - null
  - "d": "x\u202ey"
    "e":
      - "f": " "
"g":
  "h": "line\nbreak \"quoted\" \\"
  "i": "\U000e0041\u001b""#
        );
        let back: serde_json::Value = serde_saphyr::from_str(&text).expect("YAML");
        assert_eq!(back, value);
    }
}
