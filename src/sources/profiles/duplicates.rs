//! A key that is there twice in one object: which of the two counts is up to whoever reads it.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// The path of the first key of a JSON text that is there twice in its object; `None` where there is none.
pub(super) fn first(json: &str) -> Option<String> {
    let mut duplicate = None;
    let part = Part {
        path: String::new(),
        duplicate: &mut duplicate,
    };
    // What is no JSON is told elsewhere.
    let _ = part.deserialize(&mut serde_json::Deserializer::from_str(json));
    duplicate
}

/// A part of the text, and where it stands.
struct Part<'d> {
    path: String,
    duplicate: &'d mut Option<String>,
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            let dot = if self.path.is_empty() { "" } else { "." };
            let path = format!("{}{dot}{key}", self.path);
            if self.duplicate.is_none() && seen.contains(&key) {
                *self.duplicate = Some(path.clone());
            }
            seen.insert(key);
            map.next_value_seed(Part {
                path,
                duplicate: &mut *self.duplicate,
            })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let mut index = 0;
        loop {
            let part = Part {
                path: format!("{}[{index}]", self.path),
                duplicate: &mut *self.duplicate,
            };
            if elements.next_element_seed(part)?.is_none() {
                return Ok(());
            }
            index += 1;
        }
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::profiles::read_text;

    #[test]
    fn the_first_is_named() {
        for (json, wanted) in [
            (r#"{"a": 1, "b": {"a": [null, true, 1.5, -1, "x"]}}"#, None),
            (r#"{"a": 1, "a": 2}"#, Some("a")),
            (
                r#"{"a": [{}, {"b": 1, "c": 2, "b": 3}], "a": 1}"#,
                Some("a[1].b"),
            ),
            ("{", None),
        ] {
            assert_eq!(first(json).as_deref(), wanted, "{json}");
        }
    }

    #[test]
    fn such_a_profile_is_not_taken() {
        let json = r#"{"fargateProfile": {"fargateProfileName": "apps", "selectors": [{"namespace": "a", "namespace": "b"}]}}"#;
        let yaml = "Resources:\n  A:\n    Type: AWS::EKS::FargateProfile\n    Properties:\n      ClusterName: prod\n      Selectors: [{Namespace: shop}]\n      Selectors: [{Namespace: batch}]\n";
        for (text, path) in [
            (json, "fargateProfile.selectors[0].namespace"),
            (yaml, "Resources.A.Properties.Selectors"),
        ] {
            let error = read_text("f", text.as_bytes(), &Default::default()).expect_err(text);
            let error = format!("{error:?}");
            assert!(
                error.contains(&format!("{path}: it is there twice")),
                "{error}"
            );
        }
    }
}
