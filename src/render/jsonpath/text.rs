//! Values as text.

use std::fmt::Write as _;

use serde_json::Value;
use serde_json::ser::{PrettyFormatter, Serializer};

use crate::render::clean::is_unsafe;

/// A value as kubectl prints it among text: scalars bare, lists and objects as JSON. What a terminal would obey is escaped, and
/// line breaks and tabs in a text are blanks, so that they part no lines and columns.
pub(in crate::render) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => {
            let mut shown = String::with_capacity(text.len());
            for character in text.chars() {
                match character {
                    '\n' | '\r' | '\t' => shown.push(' '),
                    // Writing to a String cannot fail.
                    found if is_unsafe(found) => {
                        let _ = write!(shown, "{}", found.escape_unicode());
                    }
                    found => shown.push(found),
                }
            }
            shown
        }
        Value::Array(_) | Value::Object(_) => escaped(&value.to_string()),
        other => other.to_string(),
    }
}

/// A value as indented JSON, four blanks a level as kubectl has it.
pub(super) fn write_json(value: &Value) -> String {
    let mut text = Vec::new();
    let mut serializer =
        Serializer::with_formatter(&mut text, PrettyFormatter::with_indent(b"    "));
    serde::Serialize::serialize(value, &mut serializer).expect("a Vec takes every value");
    escaped(&String::from_utf8_lossy(&text))
}

/// JSON with all that a terminal would obey escaped as JSON allows it: outside of its texts there is none of it but line breaks.
fn escaped(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '\n' => shown.push('\n'),
            found if is_unsafe(found) => {
                for unit in found.encode_utf16(&mut [0; 2]) {
                    // Writing to a String cannot fail.
                    let _ = write!(shown, "\\u{unit:04x}");
                }
            }
            found => shown.push(found),
        }
    }
    shown
}
