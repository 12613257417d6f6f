//! The lines of a watch: one JSON object each, with what happened and the object that it happened to.
//!
//! Source: Kubernetes documentation, "Kubernetes API concepts", "Efficient detection of changes".

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::sources::cluster::failure::{Failure, FailureKind};

/// No line of a watch is longer: an API server takes no objects of more than 3 MiB.
const LONGEST_LINE: usize = 32 << 20;

/// Pieces of any size, put together to lines.
#[derive(Debug, Default)]
pub struct Lines {
    pending: Vec<u8>,
    /// Up to here there is no line break.
    searched: usize,
}

impl Lines {
    /// Takes the next piece.
    ///
    /// # Errors
    /// A line that is too long to be one.
    pub fn feed(&mut self, piece: &[u8]) -> Result<(), Failure> {
        self.pending.extend_from_slice(piece);
        if self.pending.len() > LONGEST_LINE && !self.pending.contains(&b'\n') {
            let words = format!(
                "a line of the watch has more than {} MiB",
                LONGEST_LINE >> 20
            );
            return Err(Failure::new(FailureKind::Malformed, words));
        }
        Ok(())
    }

    /// The next whole line, without its line break.
    pub fn next(&mut self) -> Option<Vec<u8>> {
        let found = memchr::memchr(b'\n', self.pending.get(self.searched..)?);
        let Some(found) = found else {
            self.searched = self.pending.len();
            return None;
        };
        let rest = self.pending.split_off(self.searched + found + 1);
        let mut line = std::mem::replace(&mut self.pending, rest);
        self.searched = 0;
        line.pop();
        Some(line)
    }

    /// What came after the last line break, where it is more than blanks.
    pub fn rest(self) -> Option<Vec<u8>> {
        let is_blank = self.pending.iter().all(u8::is_ascii_whitespace);
        (!is_blank).then_some(self.pending)
    }
}

/// What a line says.
#[derive(Debug)]
pub enum Said<'l> {
    /// How far the server is; nothing happened.
    Bookmark,
    /// An object is new, or is not as it was.
    Changed(Object<'l>),
    /// An object is gone, or is no longer among those that were asked for.
    Deleted(Object<'l>),
    /// The watch is at its end, for this reason.
    Error(Failure),
}

/// An object as it came.
#[derive(Debug)]
pub struct Object<'l> {
    /// As JSON.
    pub text: &'l str,
}

/// Understands a line; a server that forgets the line break between two objects is understood as well. With each goes the
/// `resourceVersion` from which a later watch may go on.
pub fn understood(
    line: &[u8],
) -> impl Iterator<Item = Result<(Said<'_>, Option<String>), Failure>> {
    #[derive(Deserialize)]
    struct Line<'l> {
        #[serde(rename = "type", borrow)]
        what: Cow<'l, str>,
        #[serde(borrow)]
        object: &'l RawValue,
    }
    let all = serde_json::Deserializer::from_slice(line).into_iter::<Line<'_>>();
    all.map(|line| {
        let line = line.map_err(|error| {
            let words = format!("the watch is not understood: {error}");
            Failure::new(FailureKind::Malformed, words)
        })?;
        let text = line.object.get();
        let object = Object { text };
        Ok(match &*line.what {
            "ERROR" => (Said::Error(failure_of(text)), None),
            "BOOKMARK" => (Said::Bookmark, version_of(text)),
            "DELETED" => (Said::Deleted(object), version_of(text)),
            "ADDED" | "MODIFIED" => (Said::Changed(object), version_of(text)),
            // Words that later servers may use.
            _ => (Said::Bookmark, None),
        })
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Any {
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Metadata {
    namespace: String,
    name: String,
    uid: String,
    resource_version: String,
}

fn metadata_of(text: &str) -> Metadata {
    let any: Any = serde_json::from_str(text).unwrap_or_default();
    any.metadata
}

fn version_of(text: &str) -> Option<String> {
    let version = metadata_of(text).resource_version;
    (!version.is_empty()).then_some(version)
}

/// Namespace, name and uid of an object; `None` where it has no name.
pub fn identity_of(text: &str) -> Option<(String, String, String)> {
    let Metadata {
        namespace,
        name,
        uid,
        ..
    } = metadata_of(text);
    (!name.is_empty()).then_some((namespace, name, uid))
}

/// The pod that an event is about, by namespace and name.
pub fn pod_of_event(text: &str) -> Option<(String, String)> {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Event {
        involved_object: About,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct About {
        kind: String,
        namespace: String,
        name: String,
    }
    let about = serde_json::from_str::<Event>(text).ok()?.involved_object;
    (about.kind == "Pod" && !about.name.is_empty()).then_some((about.namespace, about.name))
}

/// The failure that a `Status` tells.
fn failure_of(text: &str) -> Failure {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Status {
        code: u16,
        reason: String,
    }
    let status: Status = serde_json::from_str(text).unwrap_or_default();
    let code = match (status.code, &*status.reason) {
        (_, "Expired" | "Gone") => 410,
        (0, _) => 500,
        (code, _) => code,
    };
    let code = http::StatusCode::from_u16(code).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    Failure::of_status(code, None, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(pieces: &[&str]) -> (Vec<String>, Option<String>) {
        let mut lines = Lines::default();
        let mut whole = Vec::new();
        let text = |line: Vec<u8>| String::from_utf8(line).expect("text");
        for piece in pieces {
            lines.feed(piece.as_bytes()).expect("short");
            while let Some(line) = lines.next() {
                whole.push(text(line));
            }
        }
        (whole, lines.rest().map(text))
    }

    #[test]
    fn lines_come_in_pieces_of_any_size() {
        for (pieces, whole, rest) in [
            (&["a\nb\n"][..], &["a", "b"][..], None),
            (&["a", "b\nc"], &["ab"], Some("c")),
            (&["", "\n", "\n"], &["", ""], None),
            (&["ab", "", "\n", " "], &["ab"], None),
        ] {
            let (found, left) = lines_of(pieces);
            assert_eq!(found, whole, "{pieces:?}");
            assert_eq!(left.as_deref(), rest, "{pieces:?}");
        }
    }

    #[test]
    fn a_line_without_an_end_is_none() {
        let mut lines = Lines::default();
        let piece = vec![b'x'; 1 << 20];
        let fed: Result<(), Failure> = (0..40).try_for_each(|_| lines.feed(&piece));
        assert_eq!(fed.expect_err("too long").kind, FailureKind::Malformed);
    }

    fn said(line: &str) -> Vec<String> {
        understood(line.as_bytes())
            .map(|said| match said {
                Ok((said, version)) => {
                    let what = match said {
                        Said::Bookmark => "bookmark".to_owned(),
                        Said::Changed(object) => format!("changed {:?}", identity_of(object.text)),
                        Said::Deleted(object) => format!("deleted {:?}", identity_of(object.text)),
                        Said::Error(failure) => format!("{:?}", failure.kind),
                    };
                    format!("{what} at {version:?}")
                }
                Err(failure) => format!("{:?}", failure.kind),
            })
            .collect()
    }

    #[test]
    fn what_lines_say() {
        let pod = r#"{"metadata":{"name":"a","namespace":"shop","uid":"u","resourceVersion":"7"}}"#;
        for (line, wanted) in [
            (
                format!(r#"{{"type":"ADDED","object":{pod}}}"#),
                &[r#"changed Some(("shop", "a", "u")) at Some("7")"#][..],
            ),
            (
                format!(r#"{{"object":{pod},"type":"DELETED"}}"#),
                &[r#"deleted Some(("shop", "a", "u")) at Some("7")"#],
            ),
            (
                r#"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9"}}}"#.to_owned(),
                &[r#"bookmark at Some("9")"#],
            ),
            (
                r#"{"type":"ERROR","object":{"code":410,"reason":"Expired"}}"#.to_owned(),
                &["Expired at None"],
            ),
            (
                r#"{"type":"ERROR","object":{"reason":"Gone"}}"#.to_owned(),
                &["Expired at None"],
            ),
            (
                r#"{"type":"ERROR","object":{}}"#.to_owned(),
                &["Server at None"],
            ),
            (
                r#"{"type":"LATER","object":{}}"#.to_owned(),
                &["bookmark at None"],
            ),
            (
                r#"{"type":"BOOKMARK","object":{}}{"type":"BOOKMARK","object":{}}"#.to_owned(),
                &["bookmark at None", "bookmark at None"],
            ),
            (
                r#"{"kind":"PodList","items":[]}"#.to_owned(),
                &["Malformed"],
            ),
            ("<html>".to_owned(), &["Malformed"]),
            (String::new(), &[]),
        ] {
            let found: Vec<String> = said(&line).into_iter().take(2).collect();
            assert_eq!(found, wanted, "{line}");
        }
    }

    #[test]
    fn events_tell_their_pod() {
        let event = |kind: &str| {
            format!(r#"{{"involvedObject":{{"kind":"{kind}","namespace":"shop","name":"a"}}}}"#)
        };
        let pod = Some(("shop".to_owned(), "a".to_owned()));
        assert_eq!(pod_of_event(&event("Pod")), pod);
        assert_eq!(pod_of_event(&event("Job")), None);
        assert_eq!(pod_of_event("{}"), None);
    }
}
