//! `metadata`, with a look into the two places that tell who set a pod's node: managed fields and the last-applied annotation.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::nullable;
use super::time::Time;
use crate::decision::facts::pod::KEPT_ANNOTATIONS;

/// `metadata` of any object.
#[derive(Debug, Default, Deserialize)]
pub struct ObjectMeta {
    /// `name`.
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
    /// `namespace`.
    #[serde(default, deserialize_with = "nullable")]
    pub namespace: String,
    /// `uid`.
    #[serde(default, deserialize_with = "nullable")]
    pub uid: String,
    /// `labels`.
    #[serde(default)]
    pub labels: Strings,
    /// `annotations`, those that are kept.
    #[serde(default)]
    pub annotations: Annotations,
    /// `ownerReferences`.
    #[serde(default, rename = "ownerReferences", deserialize_with = "nullable")]
    pub owners: Vec<OwnerReference>,
    /// `creationTimestamp`.
    #[serde(default, rename = "creationTimestamp")]
    pub created_at: Time,
    /// `deletionTimestamp`.
    #[serde(default, rename = "deletionTimestamp")]
    pub deleted_at: Time,
    /// `managedFields`.
    #[serde(default, rename = "managedFields")]
    pub managed_fields: ManagedFields,
}

/// An entry of `ownerReferences`.
#[derive(Debug, Default, Deserialize)]
pub struct OwnerReference {
    /// `apiVersion`.
    #[serde(default, rename = "apiVersion", deserialize_with = "nullable")]
    pub api_version: String,
    /// `kind`.
    #[serde(default, deserialize_with = "nullable")]
    pub kind: String,
    /// `name`.
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
    /// `uid`.
    #[serde(default, deserialize_with = "nullable")]
    pub uid: String,
    /// `controller`.
    #[serde(default, deserialize_with = "nullable")]
    pub controller: bool,
}

/// A map of texts; a value of `null` counts as empty, as it does for the API server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Strings(pub BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Strings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct StringsVisitor;
        impl<'de> Visitor<'de> for StringsVisitor {
            type Value = Strings;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }
            fn visit_unit<E: de::Error>(self) -> Result<Strings, E> {
                Ok(Strings::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Strings, A::Error> {
                let mut strings = Strings::default();
                while let Some((key, value)) = map.next_entry::<String, Option<String>>()? {
                    strings.0.insert(key, value.unwrap_or_default());
                }
                Ok(strings)
            }
        }
        deserializer.deserialize_any(StringsVisitor)
    }
}

/// `annotations`: those of [`KEPT_ANNOTATIONS`], and what the last-applied one says about the node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Annotations {
    /// The kept ones.
    pub kept: BTreeMap<String, String>,
    /// Whether `kubectl.kubernetes.io/last-applied-configuration` sets `spec.nodeName`.
    pub applied_node_name: bool,
}

impl<'de> Deserialize<'de> for Annotations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnnotationsVisitor;
        impl<'de> Visitor<'de> for AnnotationsVisitor {
            type Value = Annotations;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }
            fn visit_unit<E: de::Error>(self) -> Result<Annotations, E> {
                Ok(Annotations::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Annotations, A::Error> {
                let mut annotations = Annotations::default();
                while let Some(key) = map.next_key::<AnnotationKey>()? {
                    match key {
                        AnnotationKey::Kept(key) => {
                            let value = map.next_value::<Option<String>>()?.unwrap_or_default();
                            annotations.kept.insert(key.to_owned(), value);
                        }
                        AnnotationKey::LastApplied => {
                            annotations.applied_node_name = map.next_value::<LastApplied>()?.0;
                        }
                        AnnotationKey::Other => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(annotations)
            }
        }
        deserializer.deserialize_any(AnnotationsVisitor)
    }
}

/// The key of an annotation, without keeping those that do not matter.
enum AnnotationKey {
    Kept(&'static str),
    LastApplied,
    Other,
}

impl<'de> Deserialize<'de> for AnnotationKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl Visitor<'_> for KeyVisitor {
            type Value = AnnotationKey;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an annotation's key")
            }
            fn visit_str<E: de::Error>(self, key: &str) -> Result<AnnotationKey, E> {
                if key == "kubectl.kubernetes.io/last-applied-configuration" {
                    return Ok(AnnotationKey::LastApplied);
                }
                let kept = KEPT_ANNOTATIONS.iter().find(|kept| **kept == key);
                Ok(kept.map_or(AnnotationKey::Other, |kept| AnnotationKey::Kept(kept)))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

/// Whether a manifest, given as JSON in a text, sets `spec.nodeName`. Nothing of the manifest is kept: it may hold secrets.
struct LastApplied(bool);

impl<'de> Deserialize<'de> for LastApplied {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Manifest {
            #[serde(default, deserialize_with = "nullable")]
            spec: ManifestSpec,
        }
        #[derive(Default, Deserialize)]
        struct ManifestSpec {
            #[serde(default, rename = "nodeName")]
            node_name: NotEmpty,
        }
        struct TextVisitor;
        impl Visitor<'_> for TextVisitor {
            type Value = LastApplied;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_unit<E: de::Error>(self) -> Result<LastApplied, E> {
                Ok(LastApplied(false))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<LastApplied, E> {
                let manifest = serde_json::from_str::<Manifest>(text);
                Ok(LastApplied(
                    manifest.is_ok_and(|manifest| manifest.spec.node_name.0),
                ))
            }
        }
        deserializer.deserialize_any(TextVisitor)
    }
}

/// Whether a text is there and not empty; the text itself is not kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct NotEmpty(bool);

impl<'de> Deserialize<'de> for NotEmpty {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl Visitor<'_> for TextVisitor {
            type Value = NotEmpty;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_unit<E: de::Error>(self) -> Result<NotEmpty, E> {
                Ok(NotEmpty(false))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<NotEmpty, E> {
                Ok(NotEmpty(!text.is_empty()))
            }
        }
        deserializer.deserialize_any(TextVisitor)
    }
}

/// `managedFields`, of which only one thing matters. They are a third of a pod's bytes, and nothing of them is allocated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ManagedFields {
    /// Whether an entry without a subresource owns `spec.nodeName`: whoever wrote the object set the node, not a scheduler's binding.
    pub node_name_by_writer: bool,
}

impl<'de> Deserialize<'de> for ManagedFields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Entry {
            #[serde(default)]
            subresource: NotEmpty,
            #[serde(default, rename = "fieldsV1", deserialize_with = "nullable")]
            fields: Fields,
        }
        #[derive(Default, Deserialize)]
        struct Fields {
            #[serde(default, rename = "f:spec", deserialize_with = "nullable")]
            spec: SpecFields,
        }
        #[derive(Default, Deserialize)]
        struct SpecFields {
            #[serde(default, rename = "f:nodeName")]
            node_name: Option<IgnoredAny>,
        }
        struct EntriesVisitor;
        impl<'de> Visitor<'de> for EntriesVisitor {
            type Value = ManagedFields;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_unit<E: de::Error>(self) -> Result<ManagedFields, E> {
                Ok(ManagedFields::default())
            }
            fn visit_seq<A: SeqAccess<'de>>(
                self,
                mut entries: A,
            ) -> Result<ManagedFields, A::Error> {
                let mut found = ManagedFields::default();
                while let Some(entry) = entries.next_element::<Entry>()? {
                    if !entry.subresource.0 && entry.fields.spec.node_name.is_some() {
                        found.node_name_by_writer = true;
                    }
                }
                Ok(found)
            }
        }
        deserializer.deserialize_any(EntriesVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> ObjectMeta {
        serde_json::from_str(json).expect("the test's JSON is well-formed")
    }

    #[test]
    fn nulls_are_absent() {
        let meta = read(
            r#"{"name":"a","namespace":null,"uid":null,"labels":null,"annotations":null,"ownerReferences":null,
                "creationTimestamp":null,"deletionTimestamp":null,"managedFields":null,"unknown":[{}]}"#,
        );
        assert_eq!(meta.name, "a");
        assert!(meta.labels.0.is_empty() && meta.owners.is_empty());
        assert_eq!(meta.created_at.0, None);
        assert_eq!(read(r#"{"labels":{"a":null}}"#).labels.0["a"], "");
    }

    #[test]
    fn only_named_annotations_are_kept() {
        let meta = read(
            r#"{"annotations":{"secret":"s3cret","Logging":"LoggingEnabled","odd":5,"CapacityProvisioned":null}}"#,
        );
        let kept: Vec<_> = meta.annotations.kept.into_iter().collect();
        assert_eq!(
            kept,
            [
                ("CapacityProvisioned".to_owned(), String::new()),
                ("Logging".to_owned(), "LoggingEnabled".to_owned())
            ]
        );
    }

    #[test]
    fn the_last_applied_annotation_tells_who_set_the_node() {
        for (manifest, set) in [
            (r#"{\"spec\":{\"nodeName\":\"ip-10-0-0-1\"}}"#, true),
            (r#"{\"spec\":{\"nodeName\":\"\"}}"#, false),
            (r#"{\"spec\":{\"nodeName\":null}}"#, false),
            (r#"{\"spec\":{\"containers\":[]}}"#, false),
            (r#"{\"metadata\":{}}"#, false),
            ("not JSON at all", false),
        ] {
            let json = format!(
                r#"{{"annotations":{{"kubectl.kubernetes.io/last-applied-configuration":"{manifest}"}}}}"#
            );
            assert_eq!(read(&json).annotations.applied_node_name, set, "{manifest}");
        }
    }

    #[test]
    fn managed_fields_tell_who_set_the_node() {
        let owns = r#""fieldsV1":{"f:metadata":{"f:labels":{}},"f:spec":{"f:nodeName":{},"f:containers":{"k:{\"name\":\"a\"}":{".":{}}}}}"#;
        for (entries, set, why) in [
            (
                format!(r#"[{{"manager":"kubectl","operation":"Apply",{owns}}}]"#),
                true,
                "the writer owns it",
            ),
            (
                format!(r#"[{{"subresource":"",{owns}}}]"#),
                true,
                "an empty subresource is none",
            ),
            (
                format!(r#"[{{{owns},"subresource":"binding"}}]"#),
                false,
                "a binding is a scheduler's",
            ),
            (
                r#"[{"fieldsV1":{"f:spec":{"f:containers":{}}}}]"#.to_owned(),
                false,
                "not owned",
            ),
            (
                r#"[{"fieldsV1":{"f:status":{"f:nodeName":{}}}},{"fieldsV1":null}]"#.to_owned(),
                false,
                "elsewhere",
            ),
        ] {
            let meta = read(&format!(r#"{{"managedFields":{entries}}}"#));
            assert_eq!(meta.managed_fields.node_name_by_writer, set, "{why}");
        }
    }
}
