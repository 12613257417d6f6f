//! The uid of an object, in as few bytes as it takes.

use std::fmt;

use uuid::Uuid;

/// `metadata.uid`. Kubernetes makes UUIDs, which are held as their sixteen bytes; any other text is held as it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(Form);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Form {
    Uuid([u8; 16]),
    Other(Box<str>),
}

impl Uid {
    /// Whether there is none: the input has no uid.
    pub fn is_empty(&self) -> bool {
        matches!(&self.0, Form::Other(text) if text.is_empty())
    }
}

impl Default for Uid {
    fn default() -> Self {
        Self(Form::Other(Box::default()))
    }
}

impl From<&str> for Uid {
    fn from(text: &str) -> Self {
        let mut buffer = Uuid::encode_buffer();
        // Only what is written back as it was read.
        let uuid = Uuid::try_parse(text)
            .ok()
            .filter(|uuid| uuid.hyphenated().encode_lower(&mut buffer) == text);
        Self(match uuid {
            Some(uuid) => Form::Uuid(uuid.into_bytes()),
            None => Form::Other(text.into()),
        })
    }
}

impl From<String> for Uid {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Uuid(bytes) => Uuid::from_bytes(*bytes).hyphenated().fmt(f),
            Form::Other(text) => f.write_str(text),
        }
    }
}

impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uid_is_written_as_it_was_read() {
        for text in [
            "",
            "u1",
            "6f1e2d3c-4b5a-4978-8695-a4b3c2d1e0ff",
            "6F1E2D3C-4B5A-4978-8695-A4B3C2D1E0FF",
            "6f1e2d3c4b5a49788695a4b3c2d1e0ff",
            "{6f1e2d3c-4b5a-4978-8695-a4b3c2d1e0ff}",
            "6f1e2d3c-4b5a-4978-8695-a4b3c2d1e0fg",
        ] {
            let uid = Uid::from(text);
            assert_eq!(uid.to_string(), text);
            assert_eq!(uid, Uid::from(text.to_owned()));
            assert_eq!(uid.is_empty(), text.is_empty(), "{text}");
        }
        let (one, other) = (
            "6f1e2d3c-4b5a-4978-8695-a4b3c2d1e0ff",
            "6F1E2D3C-4B5A-4978-8695-A4B3C2D1E0FF",
        );
        assert_ne!(Uid::from(one), Uid::from(other), "texts are compared");
    }
}
