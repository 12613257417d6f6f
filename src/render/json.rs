//! `-o json`: the report itself. Texts are raw, in the sense that whoever parses it gets them back as they were; on the way
//! there, what a terminal would obey is escaped as JSON allows it (`\u202e`).

use std::io::{self, Write};
use std::ops::Range;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use super::Answer;
use super::clean::write_escaping;
use super::crew::in_order;
use crate::report::Entries;

/// About as many bytes as an entry takes.
const USUAL_ENTRY: usize = 4_096;

/// Writes a value as indented JSON and a line break.
///
/// Errors: those of `out`.
pub fn render(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(&mut *out, Indented::at(0)))?;
    writeln!(out)
}

/// Writes the report on pods as [`render`] would, entry by entry: none is kept.
///
/// Errors: those of `out`.
pub(super) fn stream(report: &Answer<'_>, out: &mut dyn Write) -> io::Result<()> {
    // An object ends with a line break and its brace; here more fields follow.
    let head = text(&report.head())?;
    out.write_all(head.strip_suffix(b"\n}").unwrap_or(&head))?;
    out.write_all(b",\n  \"pods\": [")?;
    let make = |range| entries(&report.pods, range);
    in_order(report.pods.len(), make, |piece| out.write_all(&piece?))?;
    out.write_all(if report.pods.is_empty() {
        b"]"
    } else {
        b"\n  ]"
    })?;
    let tail = report.tail();
    if tail.is_empty() {
        return writeln!(out, "\n}}");
    }
    let tail = text(&tail)?;
    out.write_all(b",")?;
    out.write_all(tail.strip_prefix(b"{").unwrap_or(&tail))?;
    writeln!(out)
}

fn text(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut text, Indented::at(0)))?;
    Ok(text)
}

/// Some entries as they stand in the list, with what parts them from those before.
fn entries(pods: &dyn Entries, range: Range<usize>) -> io::Result<Vec<u8>> {
    let mut text = Vec::with_capacity(range.len() * USUAL_ENTRY);
    for index in range {
        let mut formatter = Indented::at(2);
        formatter.begin_array_value(&mut text, index == 0)?;
        let mut serializer = Serializer::with_formatter(&mut text, formatter);
        pods.entry(index).serialize(&mut serializer)?;
    }
    Ok(text)
}

/// serde_json's own layout, two blanks a level, but from any level on; escapes also what JSON would let through and a terminal
/// would obey.
struct Indented {
    level: usize,
    has_value: bool,
}

impl Indented {
    fn at(level: usize) -> Self {
        Self {
            level,
            has_value: false,
        }
    }

    fn begin<W: ?Sized + Write>(&mut self, writer: &mut W, sign: &[u8]) -> io::Result<()> {
        self.level += 1;
        self.has_value = false;
        writer.write_all(sign)
    }

    fn end<W: ?Sized + Write>(&mut self, writer: &mut W, sign: &[u8]) -> io::Result<()> {
        self.level -= 1;
        if self.has_value {
            self.line(writer, true)?;
        }
        writer.write_all(sign)
    }

    /// Begins a line, as every value does: the usual indents are one piece with what is before them.
    fn line<W: ?Sized + Write>(&self, writer: &mut W, is_first: bool) -> io::Result<()> {
        const LINE: &[u8; 34] = b",\n                                ";
        const BLANKS: usize = LINE.len() - 2;
        let mut missing = 2 * self.level;
        let blanks = missing.min(BLANKS);
        writer.write_all(&LINE[usize::from(is_first)..2 + blanks])?;
        missing -= blanks;
        while missing > 0 {
            let blanks = missing.min(BLANKS);
            writer.write_all(&LINE[2..2 + blanks])?;
            missing -= blanks;
        }
        Ok(())
    }
}

impl Formatter for Indented {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        write_escaping(writer, fragment, |writer, found| {
            for unit in found.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            Ok(())
        })
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.line(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.line(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::render;

    #[test]
    fn it_is_laid_out_as_by_serde_json() {
        let value = json!({
            "a": [], "b": {}, "c": [1, [true, null, []], {"d": "x\ny", "e": [{"f": {}}, 1.5]}],
            "deep": [[[[[[[[[[[[[[[[[[["far in"]]]]]]]]]]]]]]]]]]]
        });
        let mut out = Vec::new();
        render(&value, &mut out).expect("a Vec takes everything");
        let wanted = serde_json::to_string_pretty(&value).expect("plain data") + "\n";
        assert_eq!(String::from_utf8(out).expect("text"), wanted);
    }
}
