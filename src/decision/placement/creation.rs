//! Why a workload has no pods, where its controller says so.

use jiff::Timestamp;

use crate::decision::facts::{ClusterSnapshot, ObjectRef, Workload};

/// A controller's complaint that it could not create pods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreationFailure {
    /// The controller's object: the workload, or the ReplicaSet or Job below it.
    pub object: ObjectRef,
    /// Where it says so: `event FailedCreate` or `condition ReplicaFailure`.
    pub place: String,
    /// Its words, verbatim.
    pub message: String,
    /// When it said so last.
    pub at: Option<Timestamp>,
}

/// Returns the newest complaint of a workload's controllers, where there is one.
///
/// Source: Kubernetes writes `FailedCreate` events about ReplicaSets, StatefulSets, DaemonSets and Jobs, and the condition
/// `ReplicaFailure` of ReplicaSets and Deployments.
pub fn creation_failure(
    snapshot: &ClusterSnapshot,
    workload: &Workload,
) -> Option<CreationFailure> {
    let is_below = |other: &&Workload| {
        other.namespace == workload.namespace
            && other.controller().is_some_and(|owner| {
                owner.kind == workload.kind.as_str() && owner.name == workload.name
            })
    };
    let below = snapshot.workloads.values().filter(is_below);
    std::iter::once(workload)
        .chain(below)
        .flat_map(|one| complaints(snapshot, one))
        .max_by_key(|complaint| complaint.at)
}

fn complaints(snapshot: &ClusterSnapshot, workload: &Workload) -> Vec<CreationFailure> {
    let object = ObjectRef::namespaced(workload.kind.as_str(), &workload.namespace, &workload.name);
    let events = snapshot.events.get(&object).into_iter().flatten();
    let from_events = events
        .filter(|event| {
            event.reason == "FailedCreate"
                && (event.about_uid.is_empty()
                    || workload.uid.is_empty()
                    || event.about_uid == workload.uid)
        })
        .map(|event| CreationFailure {
            object: object.clone(),
            place: "event FailedCreate".to_owned(),
            message: event.message.clone(),
            at: event.last_seen,
        });
    let from_condition = workload
        .condition("ReplicaFailure")
        .filter(|condition| condition.status == "True" && !condition.message.is_empty())
        .map(|condition| CreationFailure {
            object: object.clone(),
            place: "condition ReplicaFailure".to_owned(),
            message: condition.message.clone(),
            at: condition.since,
        });
    from_events.chain(from_condition).collect()
}
