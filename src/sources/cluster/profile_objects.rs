//! Objects by which controllers make Fargate profiles: which of these kinds the server serves, and the objects of each.
//!
//! Nothing that goes wrong here ends the answer. A kind that is not served is no news; one that is served and may not be read is.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use futures::future::join_all;
use serde::Deserialize;
use serde_json::Value;

use super::failure::{Failure, FailureKind};
use super::pages::{self, Taker, Wanted};
use super::paths::list_of;
use super::server::ApiServer;
use crate::decision::facts::{SourceNote, SourceStatus, TAKES};
use crate::sources::profiles::{CONTROL_PLANES, ObjectProfiles, PROFILE_KINDS, ProfileKind};
use crate::sources::question::NamespaceScope;
use crate::sources::wire::nullable;

/// What `GET /apis` answers. Source: Kubernetes API, `APIGroupList`.
#[derive(Debug, Default, Deserialize)]
struct Groups {
    #[serde(default, deserialize_with = "nullable")]
    groups: Vec<Group>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Group {
    #[serde(deserialize_with = "nullable")]
    name: String,
    #[serde(deserialize_with = "nullable")]
    versions: Vec<Version>,
    #[serde(deserialize_with = "nullable")]
    preferred_version: Version,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Version {
    #[serde(deserialize_with = "nullable")]
    version: String,
}

impl Group {
    /// Its versions, the one that the server prefers first. It is preferred for the group; a kind of it may lack it.
    fn versions(&self) -> Vec<&str> {
        let preferred = self.preferred_version.version.as_str();
        let others = self.versions.iter().map(|version| version.version.as_str());
        std::iter::once(preferred)
            .chain(others.filter(|version| *version != preferred))
            .filter(|version| !version.is_empty())
            .collect()
    }
}

/// Reads the profile objects of the server, of all namespaces where that is allowed, else of the question's own.
pub(super) async fn read(server: &ApiServer<'_>, scope: &NamespaceScope) -> ObjectProfiles {
    let mut profiles = ObjectProfiles::default();
    let groups = match groups(server).await {
        Ok(groups) => groups,
        // An API server without groups has none of ours.
        Err(failure) if is_absent(&failure) => return profiles,
        Err(failure) => {
            profiles.note(SourceNote {
                what: "apis".to_owned(),
                namespace: None,
                status: failure.status(),
                count: None,
                detail: Some(format!(
                    "{}; it would tell whether controllers keep objects of Fargate profiles here",
                    failure.message
                )),
            });
            return profiles;
        }
    };
    let served = |kind: &ProfileKind| {
        let group = groups
            .groups
            .iter()
            .find(|group| group.name == kind.group)?;
        Some(group.versions())
    };
    let reads = PROFILE_KINDS.iter().filter_map(|kind| {
        let versions = served(kind)?;
        Some(read_kind(server, kind, versions, scope))
    });
    for read in join_all(reads).await {
        profiles.append(read);
    }
    let asks_for_names = PROFILE_KINDS
        .iter()
        .any(|kind| kind.controller == CONTROL_PLANES.controller && profiles.has(kind));
    if asks_for_names && let Some(versions) = served(&CONTROL_PLANES) {
        // They only tell names, which a person may tell as well.
        for version in versions {
            if list(server, &CONTROL_PLANES, version, None, &mut profiles)
                .await
                .end
                .is_ok()
            {
                break;
            }
        }
    }
    profiles
}

async fn groups(server: &ApiServer<'_>) -> Result<Groups, Failure> {
    let body = server.get("/apis").await?;
    serde_json::from_slice(&body).map_err(|error| malformed(&error))
}

fn malformed(error: &serde_json::Error) -> Failure {
    Failure::new(FailureKind::Malformed, error.to_string())
}

fn is_absent(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::NotServed | FailureKind::Absent)
}

/// The objects of one kind, in the first of these versions that has it.
async fn read_kind(
    server: &ApiServer<'_>,
    kind: &ProfileKind,
    versions: Vec<&str>,
    scope: &NamespaceScope,
) -> ObjectProfiles {
    let mut profiles = ObjectProfiles::default();
    for version in versions {
        let whole = list(server, kind, version, None, &mut profiles).await;
        match &whole.end {
            Err(failure) if whole.count == 0 && is_absent(failure) => {}
            Err(failure) if whole.count == 0 && failure.kind == FailureKind::Forbidden => {
                // Who may not read a kind hears the same whether it is served or not.
                if serves(server, kind, version).await {
                    read_namespace(server, kind, version, scope, failure, &mut profiles).await;
                    return profiles;
                }
            }
            _ => {
                profiles.note(whole.note(kind, None));
                return profiles;
            }
        }
    }
    profiles
}

/// What the question's namespace holds, where all namespaces may not be read.
async fn read_namespace(
    server: &ApiServer<'_>,
    kind: &ProfileKind,
    version: &str,
    scope: &NamespaceScope,
    refused: &Failure,
    profiles: &mut ObjectProfiles,
) {
    let namespace = match scope {
        NamespaceScope::One(namespace) if kind.is_namespaced => Some(namespace.as_str()),
        _ => None,
    };
    if let Some(namespace) = namespace {
        let here = list(server, kind, version, Some(namespace), profiles).await;
        if here.end.is_ok() {
            profiles.note(SourceNote {
                status: SourceStatus::Partial,
                detail: Some(format!(
                    "only those of namespace {namespace} could be read: {}",
                    refused.message
                )),
                ..here.note(kind, None)
            });
            return;
        }
    }
    profiles.note(SourceNote {
        what: kind.full_name(),
        namespace: None,
        status: refused.status(),
        count: None,
        detail: Some(format!(
            "{}; {TAKES}list on {} (it would tell the Fargate profiles that {} keeps)",
            refused.message,
            kind.full_name(),
            kind.controller
        )),
    });
}

/// Whether a version of a group has this kind. In doubt it has.
async fn serves(server: &ApiServer<'_>, kind: &ProfileKind, version: &str) -> bool {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Resources {
        #[serde(deserialize_with = "nullable")]
        resources: Vec<Resource>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Resource {
        #[serde(deserialize_with = "nullable")]
        name: String,
    }
    match server.get(&list_of(kind.group, version, None, None)).await {
        Ok(body) => serde_json::from_slice::<Resources>(&body).map_or(true, |served| {
            served
                .resources
                .iter()
                .any(|resource| resource.name == kind.plural)
        }),
        Err(failure) => !is_absent(&failure),
    }
}

/// How a list went.
struct Listed {
    count: u64,
    end: Result<(), Failure>,
}

impl Listed {
    fn note(&self, kind: &ProfileKind, namespace: Option<&str>) -> SourceNote {
        let (status, detail) = match &self.end {
            Ok(()) => (SourceStatus::Read, None),
            Err(failure) if self.count > 0 => {
                (SourceStatus::Partial, Some(failure.message.clone()))
            }
            Err(failure) => (failure.status(), Some(failure.message.clone())),
        };
        SourceNote {
            what: kind.full_name(),
            namespace: namespace.map(str::to_owned),
            status,
            count: (self.end.is_ok() || self.count > 0).then_some(self.count),
            detail,
        }
    }
}

/// Reads a list, page by page.
async fn list(
    server: &ApiServer<'_>,
    kind: &ProfileKind,
    version: &str,
    namespace: Option<&str>,
    profiles: &mut ObjectProfiles,
) -> Listed {
    let wanted = Wanted {
        path: &list_of(kind.group, version, namespace, Some(kind.plural)),
        labels: "",
        fields: "",
        most: None,
    };
    let mut objects = Objects::default();
    let end = pages::read(server, wanted, &mut objects).await;
    for object in &objects.values {
        profiles.offer(kind, version, object);
    }
    Listed {
        count: objects.taken(),
        end,
    }
}

/// The objects of one list: there are few of them, and one page may come twice.
#[derive(Default)]
struct Objects {
    values: Vec<Value>,
    places: HashMap<String, usize>,
}

impl Taker for Objects {
    fn begin(&mut self) {
        *self = Self::default();
    }

    fn take(&mut self, object: &[u8]) {
        // What is no JSON is no object either, and is told to be so.
        let value: Value = serde_json::from_slice(object).unwrap_or_default();
        let text = |pointer| value.pointer(pointer).and_then(Value::as_str);
        let place = match text("/metadata/name") {
            Some(name) => format!("{}/{name}", text("/metadata/namespace").unwrap_or_default()),
            None => String::from_utf8_lossy(object).into_owned(),
        };
        match self.places.entry(place) {
            Entry::Occupied(known) => {
                if let Some(before) = self.values.get_mut(*known.get()) {
                    *before = value;
                }
            }
            Entry::Vacant(new) => {
                new.insert(self.values.len());
                self.values.push(value);
            }
        }
    }

    fn taken(&self) -> u64 {
        self.values.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_version_comes_first_and_only_once() {
        let group: Group = serde_json::from_str(
            r#"{"name": "g", "versions": [{"groupVersion": "g/v1beta1", "version": "v1beta1"}, {"version": "v1beta2"}, {"version": null}],
                "preferredVersion": {"groupVersion": "g/v1beta2", "version": "v1beta2"}}"#,
        )
        .expect("a group");
        assert_eq!(group.versions(), ["v1beta2", "v1beta1"]);
        let bare: Groups = serde_json::from_str(r#"{"groups": null}"#).expect("no groups");
        assert!(bare.groups.is_empty());
        let odd: Groups = serde_json::from_str(r#"{"groups": [{"name": "g"}]}"#).expect("a group");
        assert!(odd.groups[0].versions().is_empty());
    }
}
