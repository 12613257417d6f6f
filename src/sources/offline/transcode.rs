//! Values of YAML, written down as JSON text.
//!
//! CloudFormation's short forms are tags (`!Ref Namespace`), which JSON has not: they become the long form
//! (`{"Ref": "Namespace"}`), as the AWS CLI reads them. Without that a reference would pass for the text that it names.

use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::documents::JsonText;

/// By this name serde-saphyr hands a visitor a value and its tag, as it does for its own `Tagged`, which cannot be used here since
/// it takes no seed.
const TAGGED: &str = "__yaml_tagged";

/// A value of YAML, written down as JSON.
pub(in crate::sources) struct Transcoded(Box<str>);

impl Transcoded {
    /// The value, as JSON.
    pub(in crate::sources) fn as_json(&self) -> &str {
        &self.0
    }
}

impl JsonText for Transcoded {
    fn into_text(self) -> Box<str> {
        self.0
    }
}

impl<'de> Deserialize<'de> for Transcoded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text(deserializer, false, &[]).map(Self)
    }
}

/// Writes a whole document as JSON, CloudFormation's short forms written out. The rest of the house reads documents without that,
/// for it takes twice the stack.
pub(super) struct WriteOut<'l> {
    /// The lines of the document, where it is a template: then what is no text for YAML is kept as it was written, see
    /// [`UNQUOTED`]. No lines: it becomes what YAML takes it for.
    pub(super) lines: &'l [&'l str],
}

impl<'de> DeserializeSeed<'de> for WriteOut<'_> {
    type Value = Box<str>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Box<str>, D::Error> {
        text(deserializer, true, self.lines)
    }
}

/// The key of the object that stands for a value without quotes of which parsers of YAML make something else than what is
/// written: `yes`, `010`, `1.10`. With it comes the text as it stands in the file. CloudFormation takes the values of properties
/// for text, and what text its own parser makes of these is not documented.
pub(in crate::sources) const UNQUOTED: &str = "Fn::Unquoted";

/// By this name serde-saphyr hands a visitor a value and its place, as it does for its own `Spanned`.
const SPANNED: &str = "__yaml_spanned";

fn text<'de, D: Deserializer<'de>>(
    deserializer: D,
    are_tags_read: bool,
    lines: &[&str],
) -> Result<Box<str>, D::Error> {
    let mut json = Vec::new();
    Transcoder {
        json: &mut json,
        are_tags_read,
        lines,
    }
    .deserialize(deserializer)?;
    let json = String::from_utf8(json).map_err(de::Error::custom)?;
    Ok(json.into())
}

/// The key of the long form of a CloudFormation short form; `None` for any other tag.
///
/// Source: AWS CLI, `awscli/customizations/cloudformation/yamlhelper.py`, which prefixes any but two with `Fn::`. Tags in lower
/// case are of other tools.
fn long_form(tag: &str) -> Option<String> {
    let name = tag.strip_prefix('!')?;
    if !name.starts_with(|first: char| first.is_ascii_uppercase()) {
        return None;
    }
    Some(match name {
        "Ref" | "Condition" => name.to_owned(),
        name => format!("Fn::{name}"),
    })
}

/// A value with its tag.
struct Tagged<'j>(Transcoder<'j>);

impl<'de> Visitor<'de> for Tagged<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    /// The value and, where it has one, its tag.
    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<(), A::Error> {
        let Transcoder { json, lines, .. } = self.0;
        let begin = json.len();
        let value = Untagged(Transcoder {
            json,
            are_tags_read: true,
            lines,
        });
        if parts.next_element_seed(value)?.is_none() {
            return Err(de::Error::invalid_length(0, &"a value and its tag"));
        }
        let tag = parts.next_element::<String>()?;
        if let Some(key) = tag.as_deref().and_then(long_form) {
            let opening = format!("{{{}:", serde_json::Value::from(key));
            json.splice(begin..begin, opening.into_bytes());
            json.push(b'}');
        }
        Ok(())
    }
}

/// A value whose tag was seen.
struct Untagged<'j>(Transcoder<'j>);

impl<'de> DeserializeSeed<'de> for Untagged<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.0.lines.is_empty() {
            return deserializer.deserialize_any(self.0);
        }
        deserializer.deserialize_newtype_struct(SPANNED, Placed(self.0))
    }
}

/// A value and its place.
struct Placed<'j>(Transcoder<'j>);

impl<'de> Visitor<'de> for Placed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let begin = self.0.json.len();
        let mut place = None;
        while let Some(field) = map.next_key::<String>()? {
            match field.as_str() {
                "value" => map.next_value_seed(Plain(self.0.part()))?,
                "referenced" | "defined" => {
                    place = Some(map.next_value::<serde_saphyr::Location>()?); // the latter comes last
                }
                _ => {
                    map.next_value::<de::IgnoredAny>()?;
                }
            }
        }
        let is_no_text = matches!(
            self.0.json.get(begin),
            Some(b'0'..=b'9' | b'-' | b't' | b'f')
        );
        let Some(written) = place.filter(|_| is_no_text).and_then(|place| {
            let line = usize::try_from(place.line()).ok()?.checked_sub(1)?;
            let column = usize::try_from(place.column()).ok()?.checked_sub(1)?;
            scalar_at(self.0.lines.get(line)?, column)
        }) else {
            return Ok(());
        };
        if self.0.json.get(begin..) == Some(written.as_bytes()) {
            return Ok(());
        }
        self.0.json.truncate(begin);
        // PyYAML and SnakeYAML leave these as they are, whatever YAML 1.1 says.
        if matches!(written, "y" | "Y" | "n" | "N") {
            return self.0.write(written);
        }
        self.0.write(serde_json::json!({ UNQUOTED: written }))
    }
}

/// The number or the word that begins at this character of a line.
fn scalar_at(line: &str, column: usize) -> Option<&str> {
    let (start, _) = line.char_indices().nth(column)?;
    let rest = line.get(start..)?;
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "+-._:".contains(letter);
    let end = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
    rest.get(..end).filter(|written| !written.is_empty())
}

/// A value whose tag and place were seen.
struct Plain<'j>(Transcoder<'j>);

impl<'de> DeserializeSeed<'de> for Plain<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self.0)
    }
}

struct Transcoder<'j> {
    json: &'j mut Vec<u8>,
    are_tags_read: bool,
    /// The lines of a template; none where values may become what YAML takes them for.
    lines: &'j [&'j str],
}

impl Transcoder<'_> {
    /// The same, for a part of the value.
    fn part(&mut self) -> Transcoder<'_> {
        Transcoder {
            json: self.json,
            are_tags_read: self.are_tags_read,
            lines: self.lines,
        }
    }

    fn write<E: de::Error>(self, value: impl serde::Serialize) -> Result<(), E> {
        serde_json::to_writer(self.json, &value).map_err(E::custom)
    }
}

impl<'de> DeserializeSeed<'de> for Transcoder<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.are_tags_read {
            return deserializer.deserialize_newtype_struct(TAGGED, Tagged(self));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Transcoder<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        self.json.push(b'{');
        let mut is_first = true;
        while let Some(key) = map.next_key::<String>()? {
            if !is_first {
                self.json.push(b',');
            }
            is_first = false;
            self.part().write(key)?;
            self.json.push(b':');
            map.next_value_seed(self.part())?;
        }
        self.json.push(b'}');
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        self.json.push(b'[');
        let mut is_first = true;
        loop {
            let length = self.json.len();
            if !is_first {
                self.json.push(b',');
            }
            if elements.next_element_seed(self.part())?.is_none() {
                self.json.truncate(length);
                break;
            }
            is_first = false;
        }
        self.json.push(b']');
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        self.write(())
    }

    fn visit_none<E: de::Error>(self) -> Result<(), E> {
        self.write(())
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<(), E> {
        self.write(value)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<(), E> {
        self.write(value)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<(), E> {
        self.write(value)
    }

    fn visit_i128<E: de::Error>(self, value: i128) -> Result<(), E> {
        self.write(value)
    }

    fn visit_u128<E: de::Error>(self, value: u128) -> Result<(), E> {
        self.write(value)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<(), E> {
        self.write(value)
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<(), E> {
        self.write(value)
    }

    fn visit_bytes<E: de::Error>(self, _: &[u8]) -> Result<(), E> {
        self.write(()) // binary data is of no use to us
    }
}
