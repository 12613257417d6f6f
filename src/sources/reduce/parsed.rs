//! One object, understood and reduced, on its way into a snapshot. Any thread can do this part.

use jiff::Timestamp;

use super::companion::{Companion, companion};
use super::{Malformed, event, named, namespace_or_default, others, pod, read, workload};
use crate::decision::facts::volume::{PersistentVolume, StorageClass, VolumeClaim};
use crate::decision::facts::{Event, Kind, MutatingWebhook, Node, Pod, Workload};
use crate::sources::wire;

/// An object that [`super::SnapshotBuilder::put`] takes.
#[derive(Debug)]
pub struct Parsed {
    pub(super) kind: Kind,
    /// Empty for objects of the whole cluster.
    pub(super) namespace: String,
    /// Its name.
    pub name: String,
    /// The newest of its times that tells how new the input is.
    pub(super) newest: Option<Timestamp>,
    pub(super) object: Object,
}

#[derive(Debug)]
pub(super) enum Object {
    Pod(Box<Pod>),
    Event(Box<Event>),
    Node(Box<Node>),
    Namespace,
    Workload(Box<Workload>),
    Claim(VolumeClaim),
    Volume(PersistentVolume),
    StorageClass(StorageClass),
    Webhook(MutatingWebhook),
    Companion(Companion),
}

impl Parsed {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The pod that it is, where it is one.
    pub fn pod(&self) -> Option<&Pod> {
        match &self.object {
            Object::Pod(pod) => Some(pod),
            _ => None,
        }
    }

    /// Whether it has containers of its own, as of all objects that are read only pods have.
    pub fn has_containers(&self) -> bool {
        match &self.object {
            Object::Pod(pod) => !pod.spec.containers.is_empty(),
            _ => false,
        }
    }
}

/// Understands one object of this kind, given as JSON; its own `kind` is not looked at.
///
/// Errors: JSON that is none, a field of the wrong type, an object without a name.
pub fn parse(kind: Kind, json: &str) -> Result<Parsed, Malformed> {
    let parsed = |namespace: &str, name: &str, newest: Option<Timestamp>, object: Object| Parsed {
        kind,
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        newest,
        object,
    };
    Ok(match kind {
        Kind::Pod => {
            let found: wire::pod::Pod = read(kind, json)?;
            let newest = newest(found.metadata.created_at, &found.status.conditions);
            let pod = pod::reduce(found)?;
            let (namespace, name) = (pod.namespace.clone(), pod.name.clone());
            parsed(&namespace, &name, newest, Object::Pod(Box::new(pod)))
        }
        Kind::Event => {
            let found: wire::event::Event = read(kind, json)?;
            let namespace = namespace_or_default(found.metadata.namespace.clone());
            let name = found.metadata.name.clone();
            let newest = [
                found.metadata.created_at,
                found.event_time,
                found.first_timestamp,
                found.last_timestamp,
                found.series.last_observed_time,
            ];
            let newest = newest.into_iter().filter_map(|time| time.0).max();
            let event = event::reduce(found)?;
            parsed(&namespace, &name, newest, Object::Event(Box::new(event)))
        }
        Kind::Node => {
            let found: wire::others::Node = read(kind, json)?;
            let newest = newest(found.metadata.created_at, &found.status.conditions);
            let node = others::node(found)?;
            let name = node.name.clone();
            parsed("", &name, newest, Object::Node(Box::new(node)))
        }
        Kind::Namespace => {
            let found: wire::others::AnyObject = read(kind, json)?;
            let name = named(kind, &found.metadata.name)?;
            parsed("", &name, newest_of_any(&found), Object::Namespace)
        }
        Kind::Deployment
        | Kind::ReplicaSet
        | Kind::StatefulSet
        | Kind::DaemonSet
        | Kind::Job
        | Kind::CronJob => {
            let found: wire::workload::Workload = read(kind, json)?;
            let newest = newest(found.metadata.created_at, &found.status.conditions);
            let workload = workload::reduce(kind, found)?;
            let (namespace, name) = (workload.namespace.clone(), workload.name.clone());
            let object = Object::Workload(Box::new(workload));
            parsed(&namespace, &name, newest, object)
        }
        Kind::PersistentVolumeClaim => {
            let found: wire::others::PersistentVolumeClaim = read(kind, json)?;
            let newest = newest(found.metadata.created_at, &found.status.conditions);
            let claim = others::claim(found)?;
            let (namespace, name) = (claim.namespace.clone(), claim.name.clone());
            parsed(&namespace, &name, newest, Object::Claim(claim))
        }
        Kind::PersistentVolume => {
            let found: wire::others::PersistentVolume = read(kind, json)?;
            let newest = found.metadata.created_at.0;
            let name = named(kind, &found.metadata.name)?;
            let volume = PersistentVolume {
                name: name.clone(),
                csi_driver: found.spec.csi_driver,
                source: found.spec.source,
            };
            parsed("", &name, newest, Object::Volume(volume))
        }
        Kind::StorageClass => {
            let found: wire::others::StorageClass = read(kind, json)?;
            let newest = found.metadata.created_at.0;
            let class = others::storage_class(found)?;
            let name = class.name.clone();
            parsed("", &name, newest, Object::StorageClass(class))
        }
        Kind::MutatingWebhookConfiguration => {
            let found: wire::others::MutatingWebhookConfiguration = read(kind, json)?;
            let newest = found.metadata.created_at.0;
            let webhook = others::webhook(found)?;
            let name = webhook.name.clone();
            parsed("", &name, newest, Object::Webhook(webhook))
        }
        Kind::PodDisruptionBudget
        | Kind::Service
        | Kind::ServiceAccount
        | Kind::SecurityGroupPolicy
        | Kind::VerticalPodAutoscaler
        | Kind::ConfigMap => {
            let ((namespace, name), found) = companion(kind, json)?;
            let any = serde_json::from_str::<wire::others::AnyObject>(json).ok();
            let newest = any.as_ref().and_then(newest_of_any);
            parsed(&namespace, &name, newest, Object::Companion(found))
        }
    })
}

/// The newest time of an object of any kind.
pub(super) fn newest_of_any(object: &wire::others::AnyObject) -> Option<Timestamp> {
    newest(object.metadata.created_at, &object.status.conditions)
}

fn newest(created_at: wire::time::Time, conditions: &[wire::pod::Condition]) -> Option<Timestamp> {
    let of_conditions = conditions
        .iter()
        .filter_map(|condition| condition.since.0.max(condition.seen.0));
    created_at.0.max(of_conditions.max())
}
