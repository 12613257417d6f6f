//! What the objects have in common by which controllers make profiles: metadata, selectors, conditions, references.

use serde::Deserialize;
use serde_json::Value;

use super::eks_json::{Wrong, typed};
use super::placeholders;
use super::{Called, Candidate, Found, KnownCluster, Recognised, Source};
use crate::decision::facts::{FargateProfile, Gap, ProfileStatus, Selector};
use crate::sources::wire::meta::Strings;
use crate::sources::wire::nullable;
use crate::sources::wire::time::Time;

/// The status of a profile that its controller could not make. EKS knows no such profile, so it has no word for it.
pub(super) const NOT_CREATED: &str = "not created";

/// An object: its metadata, and `spec` and `status` as its kind has them.
#[derive(Debug, Deserialize)]
pub(super) struct Object<S, T> {
    #[serde(default, deserialize_with = "nullable")]
    pub(super) metadata: Metadata,
    pub(super) spec: S,
    #[serde(default)]
    status: Option<T>,
}

impl<S, T: Default> Object<S, T> {
    /// Takes `status` out; an object that no controller has seen yet has none.
    pub(super) fn take_status(&mut self) -> T {
        self.status.take().unwrap_or_default()
    }
}

/// `metadata`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Metadata {
    #[serde(deserialize_with = "nullable")]
    pub(super) name: String,
    #[serde(deserialize_with = "nullable")]
    pub(super) namespace: String,
    pub(super) labels: Strings,
    pub(super) annotations: Strings,
    deletion_timestamp: Time,
    #[serde(deserialize_with = "nullable")]
    pub(super) owner_references: Vec<Owner>,
}

impl Metadata {
    /// An annotation that is not empty.
    pub(super) fn annotation(&self, key: &str) -> Option<&str> {
        filled(self.annotations.0.get(key).map(String::as_str))
    }

    /// Whether it is being deleted.
    pub(super) fn is_deleting(&self) -> bool {
        self.deletion_timestamp.0.is_some()
    }
}

/// An entry of `ownerReferences`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Owner {
    #[serde(deserialize_with = "nullable")]
    pub(super) kind: String,
    #[serde(deserialize_with = "nullable")]
    pub(super) name: String,
}

/// A selector. A field that is none of these would widen it if it were passed over.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ObjectSelector {
    namespace: String,
    #[serde(default)]
    labels: Strings,
}

/// The selectors as ours.
pub(super) fn selectors(found: Vec<ObjectSelector>) -> Vec<Selector> {
    found.into_iter().map(selector).collect()
}

fn selector(found: ObjectSelector) -> Selector {
    let mut gaps = Vec::new();
    let mut widest = |field: &str, text: String| match placeholders::widest(&text) {
        None => text,
        Some(widest) => {
            gaps.push(Gap::unknown(field, text));
            widest
        }
    };
    let namespace = widest("namespace", found.namespace);
    let mut labels = Vec::new();
    let mut open_keys = Vec::new();
    for (key, value) in found.labels.0 {
        match placeholders::widest(&key) {
            None => {
                let value = widest(&format!("labels[{key}]"), value);
                labels.push((key, value));
            }
            Some(_) => open_keys.push(Gap::unknown("labels", key)),
        }
    }
    gaps.append(&mut open_keys);
    let mut selector = Selector::new(namespace, labels);
    selector.gaps = gaps;
    selector
}

/// The selectors of a spec. An object that lists none does not tell them: a field that is not there may be misspelt, or left to
/// what is adopted.
pub(super) fn told_selectors(
    found: Option<Vec<ObjectSelector>>,
    why_not: &str,
    gaps: &mut Vec<Gap>,
) -> Option<Vec<Selector>> {
    if found.is_none() {
        gaps.push(Gap::unknown("selectors", why_not));
    }
    found.map(selectors)
}

/// Why selectors are not told that the object does not give.
pub(super) const NO_SELECTORS: &str = "not given in the object";

/// What selectors are taken to be that nobody has confirmed.
pub(super) const ASKED_FOR: &str = "what its spec asks for";

/// Marks the selectors as taken for those that the profile has: profiles cannot be edited, so that a spec which was edited stays
/// a wish, and a controller in trouble has not made it true either. `why` says what tells so.
pub(super) fn take_selectors(profile: &mut FargateProfile, taken: &str, why: impl Into<String>) {
    if profile.selectors.is_some() {
        profile.gaps.push(Gap {
            field: "selectors".to_owned(),
            expression: why.into(),
            assumed: Some(taken.to_owned()),
        });
    }
}

/// The first of these texts that says something and is no placeholder; where there is only one with a placeholder, that is a gap.
pub(super) fn told(
    field: &str,
    texts: impl IntoIterator<Item = Option<String>>,
    gaps: &mut Vec<Gap>,
) -> Option<String> {
    let mut placeholder = None;
    for text in texts.into_iter().filter_map(kept) {
        match placeholders::widest(&text) {
            None => return Some(text),
            Some(_) => placeholder.get_or_insert(text),
        };
    }
    gaps.extend(placeholder.map(|text| Gap::unknown(field, text)));
    None
}

/// The same of a list, such as subnets: one placeholder in it leaves it open.
pub(super) fn told_list(field: &str, texts: Vec<String>, gaps: &mut Vec<Gap>) -> Vec<String> {
    let is_open = |text: &&String| placeholders::widest(text).is_some();
    match texts.iter().find(is_open) {
        None => texts,
        Some(text) => {
            gaps.push(Gap::unknown(field, text.clone()));
            Vec::new()
        }
    }
}

/// A profile's name. One with a placeholder is called by its file and the name that it was to have.
pub(super) struct ProfileName {
    pub(super) text: String,
    pub(super) is_known: bool,
}

/// The name of a profile as its object gives it.
pub(super) fn profile_name(
    name: String,
    candidate: Candidate<'_>,
    gaps: &mut Vec<Gap>,
) -> ProfileName {
    match placeholders::widest(&name) {
        None => ProfileName {
            text: name,
            is_known: true,
        },
        Some(_) => {
            let text = format!("{}:{name}", candidate.place);
            gaps.push(Gap::unknown("fargateProfileName", name));
            ProfileName {
                text,
                is_known: false,
            }
        }
    }
}

/// An entry of `status.conditions`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Condition {
    #[serde(rename = "type", deserialize_with = "nullable")]
    kind: String,
    #[serde(deserialize_with = "nullable")]
    status: String,
    #[serde(deserialize_with = "nullable")]
    pub(super) reason: String,
    #[serde(deserialize_with = "nullable")]
    pub(super) message: String,
}

/// The condition of this type and status.
pub(super) fn condition<'a>(
    conditions: &'a [Condition],
    kind: &str,
    status: &str,
) -> Option<&'a Condition> {
    conditions
        .iter()
        .find(|condition| condition.kind == kind && condition.status == status)
}

/// A text that says something.
pub(super) fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

/// The same of one that is ours to keep.
pub(super) fn kept(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// The status that counts: an object that is marked for deletion takes its profile with it, unless it leaves it behind.
pub(super) fn status(
    stated: Option<ProfileStatus>,
    metadata: &Metadata,
    leaves_it_behind: bool,
) -> Option<ProfileStatus> {
    match metadata.is_deleting() && !leaves_it_behind {
        true => Some(ProfileStatus::Deleting),
        false => stated,
    }
}

/// `namespace/name`, or the name alone.
pub(super) fn full_name(namespace: &str, name: &str) -> String {
    match namespace {
        "" => name.to_owned(),
        namespace => format!("{namespace}/{name}"),
    }
}

/// What stands at a path of references: the name of the object that is referred to, or that labels choose it.
pub(super) fn reference_words(field: &str, reference: &Value) -> String {
    let name = ["/from/name", "/name"]
        .iter()
        .find_map(|pointer| reference.pointer(pointer)?.as_str());
    match name {
        Some(name) => format!("{field}: {name}"),
        None => field.to_owned(),
    }
}

/// The gap of a field that is given by references, which only the controller resolves.
pub(super) fn referred(field: &str, references: &[(&str, Option<&Value>)]) -> Option<Gap> {
    references.iter().find_map(|(name, value)| {
        let value = value.filter(|value| !value.is_null())?;
        Some(Gap::unknown(field, reference_words(name, value)))
    })
}

/// Reads an object; what is wrong is told with its field and the object's name.
pub(super) fn read_profile<T>(
    candidate: Candidate<'_>,
    read: impl FnOnce(T, Candidate<'_>) -> Result<Found, Wrong>,
) -> Recognised
where
    T: for<'de> Deserialize<'de>,
{
    let mut recognised = Recognised {
        source: Source::Controller,
        ..Recognised::default()
    };
    match typed(candidate.value).and_then(|object| read(object, candidate)) {
        Ok(found) => recognised.profiles.push(found),
        Err(wrong) => recognised.malformed.push(wrong.to_string()),
    }
    recognised
}

/// An object that tells what a cluster is called in EKS.
pub(super) fn naming(called: Vec<Called>) -> Recognised {
    Recognised {
        source: Source::Controller,
        called,
        ..Recognised::default()
    }
}

/// A cluster of which only what the controller calls it is known.
pub(super) fn home_by_reference(reference: String, region: Option<String>) -> KnownCluster {
    KnownCluster {
        region,
        reference: Some(reference),
        ..KnownCluster::default()
    }
}
