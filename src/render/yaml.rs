//! `-o yaml`: the report itself.

use std::io::{self, Write};

use serde_saphyr::SerializeError;

use super::clean::is_unsafe;
use super::json;
use crate::report::Report;

/// Writes the report as YAML. A report that holds what a terminal would obey is written in YAML's other spelling, which is
/// JSON: only there can every character be escaped.
///
/// Errors: those of `out`.
pub fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut watch = Watch::default();
    serde_json::to_writer(&mut watch, report)?;
    if watch.found_unsafe {
        return json::render(report, out);
    }
    let mut out = out;
    serde_saphyr::to_io_writer(&mut out, report).map_err(|error| match error {
        SerializeError::IO { error } => error,
        other => io::Error::other(other),
    })
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
