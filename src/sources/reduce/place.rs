//! Where in an object a parser stopped, as a field path.
//!
//! Tracking the path while parsing would need every shape a second time in the program; the position of the error is enough.

use std::fmt::Write as _;

/// What encloses a place: a map at one of its keys, or a list at one of its elements.
enum Frame<'a> {
    Map { key: &'a str, is_in_value: bool },
    List { index: usize },
}

/// The path of the innermost value that holds the last byte before a position, `spec.containers[0].name`; empty for the object
/// itself. `line` and `column` count as serde_json does: lines from 1, columns in bytes, of what was read.
pub(in crate::sources) fn path_at(json: &str, line: usize, column: usize) -> String {
    let before_line: usize = json
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let place = (before_line + column).saturating_sub(1);
    let bytes = json.as_bytes();
    let mut frames: Vec<Frame<'_>> = Vec::new();
    let mut at = 0;
    while at < place {
        match bytes.get(at) {
            None => break,
            Some(b'"') => {
                let end = end_of_text(bytes, at);
                if let Some(Frame::Map { key, is_in_value }) = frames.last_mut()
                    && !*is_in_value
                {
                    *key = json.get(at + 1..end).unwrap_or_default();
                }
                at = end;
            }
            Some(b'{') => frames.push(Frame::Map {
                key: "",
                is_in_value: false,
            }),
            Some(b'[') => frames.push(Frame::List { index: 0 }),
            Some(b'}' | b']') => {
                frames.pop();
            }
            Some(b':') => {
                if let Some(Frame::Map { is_in_value, .. }) = frames.last_mut() {
                    *is_in_value = true;
                }
            }
            Some(b',') => match frames.last_mut() {
                Some(Frame::Map { key, is_in_value }) => (*key, *is_in_value) = ("", false),
                Some(Frame::List { index }) => *index += 1,
                None => {}
            },
            Some(_) => {}
        }
        at += 1;
    }
    // The end of a map or list belongs to the whole of it.
    if matches!(bytes.get(place), Some(b'}' | b']')) && at == place {
        frames.pop();
    }
    in_words(&frames)
}

/// The index of the quote that ends the text which begins with the one at `start`; the length of all where none does.
fn end_of_text(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => break,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    at.min(bytes.len())
}

fn in_words(frames: &[Frame<'_>]) -> String {
    let mut path = String::new();
    for frame in frames {
        match frame {
            Frame::Map { key: "", .. } => {}
            Frame::Map { key, .. } => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
            }
            // A text takes everything.
            Frame::List { index } => {
                let _ = write!(path, "[{index}]");
            }
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use std::collections::BTreeMap;

    use super::path_at;

    #[derive(Debug, Deserialize)]
    struct Inner {
        #[allow(dead_code)]
        text: String,
        #[serde(default)]
        #[allow(dead_code)]
        number: u8,
    }

    #[derive(Debug, Deserialize)]
    struct Outer {
        #[serde(default)]
        #[allow(dead_code)]
        list: Vec<Inner>,
        #[serde(default)]
        #[allow(dead_code)]
        map: BTreeMap<String, String>,
    }

    #[test]
    fn the_field_that_is_wrong_is_found() {
        for (json, wanted) in [
            (r#"{"list":[{"text":"a"},{"text":5}]}"#, "list[1].text"),
            (
                r#"{"list":[{"text":"a"},{"text":{"b":1}}]}"#,
                "list[1].text",
            ),
            (r#"{"list":[{"text":"a"},{"text":[]}]}"#, "list[1].text"),
            (r#"{"list":[{"text":null}]}"#, "list[0].text"),
            (r#"{"list":[{"text":"a","number":300}]}"#, "list[0].number"),
            (
                r#"{"list":[{"text":"a","number":-1},{}]}"#,
                "list[0].number",
            ),
            (r#"{"list":[{"number":1}]}"#, "list[0]"),
            (r#"{"list":[5]}"#, "list[0]"),
            (r#"{"list":"x"}"#, "list"),
            (r#"{"map":{"a\"b":"}{","c,d":true}}"#, "map.c,d"),
            ("{\"map\":\n {\"a\":\"b\",\n  \"c\":\n [1]}}", "map.c"),
            (r#"{"skipped":{"x":[1,{"y":"]"}]},"map":{"ü":1}}"#, "map.ü"),
            ("[]", ""),
            ("", ""),
        ] {
            let error = serde_json::from_str::<Outer>(json).map(|_| ());
            let Err(error) = error else {
                assert_eq!(json, "[]", "it is well-formed");
                continue;
            };
            let found = path_at(json, error.line(), error.column());
            assert_eq!(found, wanted, "{json}: {error}");
        }
    }

    #[test]
    fn any_place_in_any_text_has_an_answer() {
        for json in [
            "{\"a\":[\"\\",
            "]]}}",
            "{\"",
            "{\"a\\\"",
            "\u{fc}",
            "{\"a\":\u{fc}}",
        ] {
            for line in 0..4 {
                for column in 0..20 {
                    let _ = path_at(json, line, column);
                }
            }
        }
    }
}
