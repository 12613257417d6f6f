//! From wire shapes to facts, one object at a time; the same code for live objects and for files.

mod absorb;
mod companion;
mod event;
mod interner;
mod lean;
mod others;
mod parsed;
mod place;
mod pod;
mod pod_index;
mod spec;
mod workload;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::wire;
use crate::decision::facts::{ClusterSnapshot, Event, Kind, ObjectRef};
use interner::Interner;
use parsed::Object;
pub(in crate::sources) use place::path_at;
use pod_index::PodIndex;

pub use parsed::{Parsed, parse};

pub(in crate::sources) use companion::{
    AWS_AUTH, AWS_LOGGING, is_config_map_of_ours, note_on_aws_auth,
};

/// An object that could not be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// Which object, where its name could be read.
    pub object: Option<ObjectRef>,
    /// What is wrong, with the field it is wrong in.
    pub problem: String,
}

/// What was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// The object's namespace; empty for objects of the whole cluster.
    pub namespace: String,
    /// The object's name.
    pub name: String,
}

/// Collects objects into a snapshot. An object given twice counts once, and the later one is kept.
#[derive(Debug)]
pub struct SnapshotBuilder {
    snapshot: ClusterSnapshot,
    /// That of all builders whose objects will stand in one snapshot.
    interner: Arc<Mutex<Interner>>,
    pods: PodIndex,
    events: BTreeMap<(String, String), Option<Timestamp>>,
    newest: Option<Timestamp>,
    counts: BTreeMap<Kind, u64>,
}

impl Default for SnapshotBuilder {
    fn default() -> Self {
        Self {
            snapshot: ClusterSnapshot::empty(Timestamp::UNIX_EPOCH),
            interner: Arc::default(),
            pods: PodIndex::default(),
            events: BTreeMap::new(),
            newest: None,
            counts: BTreeMap::new(),
        }
    }
}

impl SnapshotBuilder {
    /// Nothing collected yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one object of this kind, given as JSON; its own `kind` is not looked at.
    ///
    /// Errors: those of [`parse`]. Nothing was added then.
    pub fn add(&mut self, kind: Kind, json: &str) -> Result<Added, Malformed> {
        Ok(self.put(parse(kind, json)?))
    }

    /// Puts an object that was parsed, here or on another thread, into the snapshot.
    pub fn put(&mut self, parsed: Parsed) -> Added {
        let Parsed {
            kind,
            namespace,
            name,
            newest,
            object,
        } = parsed;
        self.note_time(newest);
        let is_new = self.put_object(object, &namespace, &name);
        if is_new {
            *self.counts.entry(kind).or_default() += 1;
        }
        Added { namespace, name }
    }

    /// Tells whether there was none of this name before.
    fn put_object(&mut self, object: Object, namespace: &str, name: &str) -> bool {
        let snapshot = &mut self.snapshot;
        let interner = || locked(&self.interner);
        let key = || (namespace.to_owned(), name.to_owned());
        match object {
            Object::Pod(mut pod) => {
                interner().share_pod(&mut pod);
                self.pods.put(&mut snapshot.pods, *pod)
            }
            Object::Event(event) => self.put_event(*event, key()),
            Object::Node(mut node) => {
                interner().share_node(&mut node);
                snapshot.nodes.insert(name.to_owned(), *node).is_none()
            }
            Object::Namespace => snapshot.namespaces.insert(name.to_owned()),
            Object::Workload(mut workload) => {
                interner().share_workload(&mut workload);
                let before = snapshot.workloads.len();
                snapshot.add_workload(workload);
                snapshot.workloads.len() > before
            }
            Object::Claim(claim) => snapshot.claims.insert(key(), claim).is_none(),
            Object::Volume(volume) => snapshot.volumes.insert(name.to_owned(), volume).is_none(),
            Object::StorageClass(class) => snapshot
                .storage_classes
                .insert(name.to_owned(), class)
                .is_none(),
            Object::Webhook(webhook) => {
                let before = snapshot.webhooks.len();
                snapshot.webhooks.retain(|other| other.name != name);
                let is_new = snapshot.webhooks.len() == before;
                snapshot.webhooks.push(webhook);
                is_new
            }
            Object::Companion(companion) => companion.put_into(snapshot, key()),
        }
    }

    /// Takes note of the times of an object of a kind that no answer needs; they tell how new the input is.
    pub fn pass_over(&mut self, json: &str) {
        if let Some(newest) = newest_time(json) {
            self.note_time(newest);
        }
    }

    /// The newest creation, condition or event time seen so far; never a deletion time, which lies ahead.
    pub fn newest(&self) -> Option<Timestamp> {
        self.newest
    }

    /// How many objects of the kind were added; an object given twice counts once.
    pub fn count(&self, kind: Kind) -> u64 {
        self.counts.get(&kind).copied().unwrap_or_default()
    }

    /// What was collected so far.
    pub fn snapshot(&self) -> &ClusterSnapshot {
        &self.snapshot
    }

    /// What was collected so far, to add what does not come as objects: coverage, notes, profiles, the cluster's identity.
    pub fn snapshot_mut(&mut self) -> &mut ClusterSnapshot {
        &mut self.snapshot
    }

    /// Ends collecting; `taken_at` is the moment to judge from.
    pub fn finish(mut self, taken_at: Timestamp) -> ClusterSnapshot {
        self.snapshot.taken_at = taken_at;
        self.snapshot
    }

    /// Takes note of a time that tells how new the input is.
    pub fn note_time(&mut self, time: Option<Timestamp>) {
        self.newest = self.newest.max(time);
    }

    fn put_event(&mut self, event: Event, key: (String, String)) -> bool {
        // The same event may come under both of its groups, or again with a newer count: the newest copy is kept.
        let known = self.events.get(&key).filter(|_| !key.1.is_empty());
        let is_new = known.is_none();
        let is_newer = known.is_none_or(|seen| event.last_seen > *seen);
        if is_newer {
            if let (Some(seen), Some(copies)) = (known, self.snapshot.events.get_mut(&event.about))
            {
                copies.retain(|copy| copy.last_seen != *seen || copy.reason != event.reason);
            }
            self.events.insert(key, event.last_seen);
            self.snapshot.add_event(event);
        }
        is_new
    }
}

fn locked(interner: &Mutex<Interner>) -> MutexGuard<'_, Interner> {
    // Whatever it holds is whole at any time.
    interner.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The newest time of an object of any kind that tells how new the input is; `None` where it is no object.
pub fn newest_time(json: &str) -> Option<Option<Timestamp>> {
    let object = serde_json::from_str::<wire::others::AnyObject>(json).ok()?;
    Some(parsed::newest_of_any(&object))
}

/// Whether objects of this kind stand in namespaces.
pub fn is_namespaced(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Node
            | Kind::Namespace
            | Kind::PersistentVolume
            | Kind::StorageClass
            | Kind::MutatingWebhookConfiguration
    )
}

/// The name of the kind as our object references write it (`pod`, `persistentvolumeclaim`).
pub(in crate::sources) fn singular(kind: Kind) -> &'static str {
    match kind {
        Kind::Pod => "pod",
        Kind::Node => "node",
        Kind::Event => "event",
        Kind::Namespace => "namespace",
        Kind::Deployment => "deployment",
        Kind::ReplicaSet => "replicaset",
        Kind::StatefulSet => "statefulset",
        Kind::DaemonSet => "daemonset",
        Kind::Job => "job",
        Kind::CronJob => "cronjob",
        Kind::PersistentVolumeClaim => "persistentvolumeclaim",
        Kind::PersistentVolume => "persistentvolume",
        Kind::StorageClass => "storageclass",
        Kind::MutatingWebhookConfiguration => "mutatingwebhookconfiguration",
        Kind::PodDisruptionBudget => "poddisruptionbudget",
        Kind::Service => "service",
        Kind::ServiceAccount => "serviceaccount",
        Kind::SecurityGroupPolicy => "securitygrouppolicy",
        Kind::VerticalPodAutoscaler => "verticalpodautoscaler",
        Kind::ConfigMap => "configmap",
    }
}

fn read<T: DeserializeOwned>(kind: Kind, json: &str) -> Result<T, Malformed> {
    let parse = |json: &str| wire::read_whole(serde_json::Deserializer::from_str(json));
    lean::lean(json, parse).or_else(|_| {
        // The place of what is wrong is that in the whole.
        parse(json).map_err(|error| why_malformed(kind, json, &error))
    })
}

/// Says which field is wrong, and whose it is.
fn why_malformed(kind: Kind, json: &str, error: &serde_json::Error) -> Malformed {
    let words = error.to_string();
    // The position is that within the object, which tells nothing to the reader of a file.
    let words = words.split(" at line ").next().unwrap_or_default();
    let problem = match path_at(json, error.line(), error.column()).as_str() {
        "" => words.to_owned(),
        path => format!("{path}: {words}"),
    };
    Malformed {
        object: name_of(kind, json),
        problem: shortened(problem),
    }
}

/// What is wrong, in no more characters than anyone reads: the words may quote the whole value, or a key of any length.
fn shortened(mut problem: String) -> String {
    const MOST: usize = 300;
    if let Some((end, _)) = problem.char_indices().nth(MOST) {
        problem.truncate(end);
        problem.push('…');
    }
    problem
}

/// What is told of a name, in bytes.
const LONGEST_NAME: usize = 300;

/// The object's name, read from what may be malformed elsewhere.
fn name_of(kind: Kind, json: &str) -> Option<ObjectRef> {
    let object: serde_json::Value = serde_json::from_str(json).ok()?;
    let metadata = object.get("metadata")?;
    let name = metadata.get("name")?.as_str()?;
    // No name of Kubernetes is longer than 253 characters.
    let name = name
        .get(..name.floor_char_boundary(LONGEST_NAME))
        .unwrap_or(name);
    let namespace = metadata.get("namespace").and_then(|text| text.as_str());
    Some(match namespace {
        Some(namespace) if is_namespaced(kind) => {
            ObjectRef::namespaced(singular(kind), namespace, name)
        }
        _ => ObjectRef::cluster_wide(singular(kind), name),
    })
}

/// The name that an object must have.
fn named(kind: Kind, name: &str) -> Result<String, Malformed> {
    if name.is_empty() {
        return Err(Malformed {
            object: None,
            problem: format!("metadata.name is missing in a {}", singular(kind)),
        });
    }
    Ok(name.to_owned())
}

/// The namespace of an object; what names none is in `default`, as it is for kubectl.
fn namespace_or_default(namespace: String) -> String {
    if namespace.is_empty() {
        "default".to_owned()
    } else {
        namespace
    }
}
