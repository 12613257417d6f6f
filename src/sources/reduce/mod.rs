//! From wire shapes to facts, one object at a time; the same code for live objects and for files.

mod companion;
mod event;
mod others;
mod pod;
mod spec;
mod workload;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::wire;
use crate::decision::facts::{ClusterSnapshot, Kind, ObjectRef, PersistentVolume, Pod};

pub(in crate::sources) use companion::{AWS_AUTH, AWS_LOGGING, is_config_map_of_ours};

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

/// One page of a list, as an API server answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// How many objects were added.
    pub count: u64,
    /// The token that asks for the next page; `None` on the last one.
    pub next: Option<String>,
    /// `metadata.resourceVersion`.
    pub resource_version: String,
    /// The objects that could not be understood.
    pub malformed: Vec<Malformed>,
}

/// Collects objects into a snapshot. An object given twice counts once, and the later one is kept.
#[derive(Debug)]
pub struct SnapshotBuilder {
    snapshot: ClusterSnapshot,
    pods: BTreeMap<(String, String), usize>,
    events: BTreeMap<(String, String), Option<Timestamp>>,
    newest: Option<Timestamp>,
    counts: BTreeMap<Kind, u64>,
}

impl Default for SnapshotBuilder {
    fn default() -> Self {
        Self {
            snapshot: ClusterSnapshot::empty(Timestamp::UNIX_EPOCH),
            pods: BTreeMap::new(),
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
    /// Errors: JSON that is none, a field of the wrong type, an object without a name. Nothing was added then.
    pub fn add(&mut self, kind: Kind, json: &str) -> Result<Added, Malformed> {
        let added = match kind {
            Kind::Pod => self.add_pod(read(kind, json)?),
            Kind::Event => self.add_event(read(kind, json)?),
            Kind::Node => self.add_node(read(kind, json)?),
            Kind::Namespace => self.add_namespace(read(kind, json)?),
            Kind::Deployment
            | Kind::ReplicaSet
            | Kind::StatefulSet
            | Kind::DaemonSet
            | Kind::Job
            | Kind::CronJob => self.add_workload(kind, read(kind, json)?),
            Kind::PersistentVolumeClaim => self.add_claim(read(kind, json)?),
            Kind::PersistentVolume => self.add_volume(read(kind, json)?),
            Kind::StorageClass => self.add_storage_class(read(kind, json)?),
            Kind::MutatingWebhookConfiguration => self.add_webhook(read(kind, json)?),
            Kind::PodDisruptionBudget
            | Kind::Service
            | Kind::ServiceAccount
            | Kind::SecurityGroupPolicy
            | Kind::VerticalPodAutoscaler
            | Kind::ConfigMap => self.add_companion(kind, json),
        }?;
        Ok(added)
    }

    /// Adds the objects of a list as the API server sends it (one page, or all of it); malformed ones are left out and named.
    ///
    /// Errors: a body that is no list.
    pub fn add_page(&mut self, kind: Kind, body: &[u8]) -> Result<Page, Malformed> {
        #[derive(Deserialize)]
        struct List<'a> {
            #[serde(default, deserialize_with = "wire::nullable")]
            metadata: ListMeta,
            #[serde(borrow, default)]
            items: Option<Vec<&'a RawValue>>,
        }
        #[derive(Default, Deserialize)]
        struct ListMeta {
            #[serde(default, rename = "continue", deserialize_with = "wire::nullable")]
            next: String,
            #[serde(
                default,
                rename = "resourceVersion",
                deserialize_with = "wire::nullable"
            )]
            resource_version: String,
        }
        let list: List<'_> = serde_json::from_slice(body).map_err(|error| Malformed {
            object: None,
            problem: format!("the list of {} is not understood: {error}", kind.plural()),
        })?;
        let mut page = Page {
            next: Some(list.metadata.next).filter(|next| !next.is_empty()),
            resource_version: list.metadata.resource_version,
            ..Page::default()
        };
        for item in list.items.unwrap_or_default() {
            match self.add(kind, item.get()) {
                Ok(_) => page.count += 1,
                Err(malformed) => page.malformed.push(malformed),
            }
        }
        Ok(page)
    }

    /// Takes note of the times of an object of a kind that no answer needs; they tell how new the input is.
    pub fn pass_over(&mut self, json: &str) {
        if let Ok(object) = serde_json::from_str::<wire::others::AnyObject>(json) {
            self.note_any(&object);
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

    fn note_time(&mut self, time: Option<Timestamp>) {
        self.newest = self.newest.max(time);
    }

    fn note_any(&mut self, object: &wire::others::AnyObject) {
        self.note_time(object.metadata.created_at.0);
        self.note_conditions(&object.status.conditions);
    }

    fn note_conditions(&mut self, conditions: &[wire::pod::Condition]) {
        for condition in conditions {
            self.note_time(condition.since.0.max(condition.seen.0));
        }
    }

    fn counted(&mut self, kind: Kind, is_new: bool) {
        if is_new {
            *self.counts.entry(kind).or_default() += 1;
        }
    }

    fn add_pod(&mut self, pod: wire::pod::Pod) -> Result<Added, Malformed> {
        self.note_time(pod.metadata.created_at.0);
        self.note_conditions(&pod.status.conditions);
        let pod = pod::reduce(pod)?;
        let added = Added {
            namespace: pod.namespace.clone(),
            name: pod.name.clone(),
        };
        let is_new = self.put_pod(pod);
        self.counted(Kind::Pod, is_new);
        Ok(added)
    }

    fn put_pod(&mut self, pod: Pod) -> bool {
        let key = (pod.namespace.clone(), pod.name.clone());
        if let Some(index) = self.pods.get(&key) {
            self.snapshot.pods[*index] = pod;
            return false;
        }
        self.pods.insert(key, self.snapshot.pods.len());
        self.snapshot.pods.push(pod);
        true
    }

    fn add_event(&mut self, event: wire::event::Event) -> Result<Added, Malformed> {
        let added = Added {
            namespace: namespace_or_default(event.metadata.namespace.clone()),
            name: event.metadata.name.clone(),
        };
        for time in [
            event.metadata.created_at,
            event.event_time,
            event.first_timestamp,
            event.last_timestamp,
            event.series.last_observed_time,
        ] {
            self.note_time(time.0);
        }
        // The same event may come under both of its groups, or again with a newer count: the newest copy is kept.
        let event = event::reduce(event)?;
        let key = (added.namespace.clone(), added.name.clone());
        let known = self.events.get(&key).filter(|_| !added.name.is_empty());
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
        self.counted(Kind::Event, is_new);
        Ok(added)
    }

    fn add_node(&mut self, node: wire::others::Node) -> Result<Added, Malformed> {
        self.note_time(node.metadata.created_at.0);
        self.note_conditions(&node.status.conditions);
        let node = others::node(node)?;
        let name = node.name.clone();
        let replaced = self.snapshot.nodes.insert(name.clone(), node);
        self.counted(Kind::Node, replaced.is_none());
        Ok(cluster_wide(name))
    }

    fn add_namespace(&mut self, namespace: wire::others::AnyObject) -> Result<Added, Malformed> {
        self.note_any(&namespace);
        let name = named(Kind::Namespace, &namespace.metadata.name)?;
        let is_new = self.snapshot.namespaces.insert(name.clone());
        self.counted(Kind::Namespace, is_new);
        Ok(cluster_wide(name))
    }

    fn add_workload(
        &mut self,
        kind: Kind,
        workload: wire::workload::Workload,
    ) -> Result<Added, Malformed> {
        self.note_time(workload.metadata.created_at.0);
        self.note_conditions(&workload.status.conditions);
        let workload = workload::reduce(kind, workload)?;
        let added = Added {
            namespace: workload.namespace.clone(),
            name: workload.name.clone(),
        };
        let before = self.snapshot.workloads.len();
        self.snapshot.add_workload(workload);
        self.counted(kind, self.snapshot.workloads.len() > before);
        Ok(added)
    }

    fn add_claim(
        &mut self,
        claim: wire::others::PersistentVolumeClaim,
    ) -> Result<Added, Malformed> {
        self.note_time(claim.metadata.created_at.0);
        self.note_conditions(&claim.status.conditions);
        let claim = others::claim(claim)?;
        let key = (claim.namespace.clone(), claim.name.clone());
        let replaced = self.snapshot.claims.insert(key.clone(), claim);
        self.counted(Kind::PersistentVolumeClaim, replaced.is_none());
        Ok(Added {
            namespace: key.0,
            name: key.1,
        })
    }

    fn add_volume(&mut self, volume: wire::others::PersistentVolume) -> Result<Added, Malformed> {
        self.note_time(volume.metadata.created_at.0);
        let name = named(Kind::PersistentVolume, &volume.metadata.name)?;
        let replaced = self.snapshot.volumes.insert(
            name.clone(),
            PersistentVolume {
                name: name.clone(),
                csi_driver: volume.spec.csi_driver,
                source: volume.spec.source,
            },
        );
        self.counted(Kind::PersistentVolume, replaced.is_none());
        Ok(cluster_wide(name))
    }

    fn add_storage_class(&mut self, class: wire::others::StorageClass) -> Result<Added, Malformed> {
        self.note_time(class.metadata.created_at.0);
        let class = others::storage_class(class)?;
        let name = class.name.clone();
        let replaced = self.snapshot.storage_classes.insert(name.clone(), class);
        self.counted(Kind::StorageClass, replaced.is_none());
        Ok(cluster_wide(name))
    }

    fn add_webhook(
        &mut self,
        webhook: wire::others::MutatingWebhookConfiguration,
    ) -> Result<Added, Malformed> {
        self.note_time(webhook.metadata.created_at.0);
        let webhook = others::webhook(webhook)?;
        let name = webhook.name.clone();
        let webhooks = &mut self.snapshot.webhooks;
        let before = webhooks.len();
        webhooks.retain(|other| other.name != name);
        let is_new = webhooks.len() == before;
        webhooks.push(webhook);
        self.counted(Kind::MutatingWebhookConfiguration, is_new);
        Ok(cluster_wide(name))
    }
}

fn cluster_wide(name: String) -> Added {
    Added {
        namespace: String::new(),
        name,
    }
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
pub(super) fn singular(kind: Kind) -> &'static str {
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
    serde_json::from_str(json).map_err(|_| why_malformed::<T>(kind, json))
}

/// Reads the object once more, slower, to say which field is wrong and whose it is.
fn why_malformed<T: DeserializeOwned>(kind: Kind, json: &str) -> Malformed {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let problem = match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Ok(_) => "something follows the object".to_owned(),
        Err(error) => {
            let words = error.inner().to_string();
            // The position is that within the object, which tells nothing to the reader of a file.
            let words = words.split(" at line ").next().unwrap_or_default();
            match error.path().to_string().as_str() {
                "." => words.to_owned(),
                path => format!("{path}: {words}"),
            }
        }
    };
    Malformed {
        object: name_of(kind, json),
        problem,
    }
}

/// The object's name, read from what may be malformed elsewhere.
fn name_of(kind: Kind, json: &str) -> Option<ObjectRef> {
    let object: serde_json::Value = serde_json::from_str(json).ok()?;
    let metadata = object.get("metadata")?;
    let name = metadata.get("name")?.as_str()?;
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
