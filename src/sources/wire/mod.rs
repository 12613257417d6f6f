//! Lean serde shapes of the objects that answers need: only the fields that become facts, everything else is skipped unread.
//!
//! Kubernetes writes `null` where a list, a map or a text is empty, and so do people; every field here takes it for absent.
//! Commands, arguments, images and the values of environments have no field, so they are never kept; of an environment the
//! names of a few variables are.

pub mod companion;
pub mod event;
pub mod meta;
mod no_arrays;
pub mod others;
pub mod pod;
pub mod pod_spec;
pub mod quantity;
pub mod time;
pub mod workload;

use serde::{Deserialize, Deserializer};

pub(super) use no_arrays::NoArrays;

/// Reads one object from `serde_json::Deserializer::from_str` or `from_slice`. An array is none, though its elements could stand
/// for the fields.
///
/// # Errors
/// JSON that is none, of another shape, or with something after it.
pub(super) fn read_whole<'de, R, T>(
    mut deserializer: serde_json::Deserializer<R>,
) -> serde_json::Result<T>
where
    R: serde_json::de::Read<'de>,
    T: Deserialize<'de>,
{
    let value = T::deserialize(NoArrays(&mut deserializer))?;
    deserializer.end()?;
    Ok(value)
}

/// Reads a value, or its default where the input says `null`.
pub(super) fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// What kind of object a document is, before it is read as one.
#[derive(Debug, Default, Deserialize)]
pub struct TypeMeta {
    /// `apiVersion`.
    #[serde(default, rename = "apiVersion", deserialize_with = "nullable")]
    pub api_version: String,
    /// `kind`.
    #[serde(default, deserialize_with = "nullable")]
    pub kind: String,
}
