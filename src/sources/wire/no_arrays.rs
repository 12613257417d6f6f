//! Objects are objects: serde would fill the fields of a struct from an array, one element each, so that `"spec": []` would
//! count as a spec that says nothing.

use serde::de::{Deserializer, Visitor};

/// A deserializer that takes no array where a struct is wanted.
pub struct NoArrays<D>(pub D);

/// The methods that need no change.
macro_rules! as_it_is {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.0.$method(visitor)
        })*
    };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for NoArrays<D> {
    type Error = D::Error;

    as_it_is! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64
        deserialize_char deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf deserialize_option
        deserialize_unit deserialize_seq deserialize_map deserialize_identifier deserialize_ignored_any
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_unit_struct(name, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_newtype_struct(name, visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_tuple(length, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_tuple_struct(name, length, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use crate::sources::wire::{nullable, read_whole};

    #[derive(Debug, Default, Deserialize, PartialEq)]
    struct Inner {
        #[serde(default)]
        name: String,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Outer {
        #[serde(default, deserialize_with = "nullable")]
        inner: Inner,
        #[serde(default, deserialize_with = "nullable")]
        list: Vec<Option<String>>,
    }

    #[test]
    fn only_an_object_is_an_object() {
        let outer = |name: &str, list: &[&str]| Outer {
            inner: Inner {
                name: name.to_owned(),
            },
            list: list.iter().map(|text| Some((*text).to_owned())).collect(),
        };
        for (json, wanted, why) in [
            (
                r#"{"inner":{"name":"a"},"list":["b"]}"#,
                Some(outer("a", &["b"])),
                "as it should be",
            ),
            (
                r#"{"inner":null,"list":null}"#,
                Some(outer("", &[])),
                "null is nothing",
            ),
            ("{}", Some(outer("", &[])), "nothing is nothing"),
            (r#"{"inner":[]}"#, None, "an empty array is no object"),
            (r#"{"inner":["a"]}"#, None, "nor are fields in their order"),
            (r#"[{"name":"a"},[]]"#, None, "nor at the top"),
            ("[]", None, "nor an empty one"),
            (r#"{"inner":"a"}"#, None, "a text is none"),
            ("{} {}", None, "two are too many"),
        ] {
            assert_eq!(
                read_whole::<_, Outer>(serde_json::Deserializer::from_str(json)).ok(),
                wanted,
                "{why}: {json}"
            );
        }
    }
}
