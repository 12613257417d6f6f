//! Values of another format, written down as JSON text.

use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::documents::JsonText;

/// A value of another format, written down as JSON.
pub(super) struct Transcoded(Box<str>);

impl JsonText for Transcoded {
    fn into_text(self) -> Box<str> {
        self.0
    }
}

impl<'de> Deserialize<'de> for Transcoded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut json = Vec::new();
        Transcoder(&mut json).deserialize(deserializer)?;
        let json = String::from_utf8(json).map_err(de::Error::custom)?;
        Ok(Self(json.into()))
    }
}

struct Transcoder<'j>(&'j mut Vec<u8>);

impl Transcoder<'_> {
    fn write<E: de::Error>(self, value: impl serde::Serialize) -> Result<(), E> {
        serde_json::to_writer(self.0, &value).map_err(E::custom)
    }
}

impl<'de> DeserializeSeed<'de> for Transcoder<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Transcoder<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.0.push(b'{');
        let mut is_first = true;
        while let Some(key) = map.next_key::<String>()? {
            if !is_first {
                self.0.push(b',');
            }
            is_first = false;
            Transcoder(self.0).write(key)?;
            self.0.push(b':');
            map.next_value_seed(Transcoder(self.0))?;
        }
        self.0.push(b'}');
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        self.0.push(b'[');
        let mut is_first = true;
        loop {
            let length = self.0.len();
            if !is_first {
                self.0.push(b',');
            }
            if elements.next_element_seed(Transcoder(self.0))?.is_none() {
                self.0.truncate(length);
                break;
            }
            is_first = false;
        }
        self.0.push(b']');
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
