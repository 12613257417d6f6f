//! `-o yaml`: the report itself.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;
use serde_saphyr::SerializeError;

use super::clean::{is_unsafe, write_escaping};

/// Writes the report as YAML. In a report that holds what a terminal would obey every text is quoted: only there can every
/// character be escaped.
///
/// Errors: those of `out`.
pub fn render(report: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut watch = Watch::default();
    serde_json::to_writer(&mut watch, report)?;
    if watch.found_unsafe {
        let unpadded = Unpadded {
            out: &mut *out,
            has_blank: false,
        };
        report.serialize(&mut Serializer::with_formatter(
            unpadded,
            Quoting::default(),
        ))?;
        return writeln!(out);
    }
    let mut out = out;
    serde_saphyr::to_io_writer(&mut out, report).map_err(|error| match error {
        SerializeError::IO { error } => error,
        other => io::Error::other(other),
    })
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
