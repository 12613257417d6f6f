//! Why a workload has no pods, where its controller says so.

use jiff::Timestamp;

use super::cluster::Cluster;
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
pub fn creation_failure(cluster: &Cluster<'_>, workload: &Workload) -> Option<CreationFailure> {
    let below = cluster.made_by(workload).iter().copied();
    std::iter::once(workload)
        .chain(below)
        .flat_map(|one| complaints(cluster.snapshot, one))
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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::decision::facts::{Condition, Event, OwnerReference, PodTemplate, WorkloadKind};

    fn workload(kind: WorkloadKind, name: &str, owner: Option<&str>) -> Workload {
        Workload {
            kind,
            namespace: "shop".to_owned(),
            name: name.to_owned(),
            uid: Default::default(),
            labels: Default::default(),
            owners: owner
                .map(|owner| OwnerReference {
                    api_version: "apps/v1".to_owned(),
                    kind: "Deployment".to_owned(),
                    name: owner.to_owned(),
                    uid: String::new(),
                    controller: true,
                })
                .into_iter()
                .collect(),
            created_at: None,
            template: PodTemplate::default(),
            selector_labels: Default::default(),
            selector_expressions: Default::default(),
            replicas: Some(1),
            paused: false,
            recreates_all: false,
            updates_on_delete: false,
            update_revision: None,
            claim_templates: Vec::new(),
            ttl_seconds_after_finished: None,
            conditions: Vec::new(),
        }
    }

    fn at(second: i64) -> Option<Timestamp> {
        Timestamp::from_second(second).ok()
    }

    #[test]
    fn the_newest_word_of_the_controllers_below_counts() {
        let mut snapshot = ClusterSnapshot::empty(Timestamp::UNIX_EPOCH);
        let mut replica_set = workload(WorkloadKind::ReplicaSet, "web-1", Some("web"));
        replica_set.conditions.push(Condition {
            kind: "ReplicaFailure".to_owned(),
            status: "True".to_owned(),
            reason: "FailedCreate".to_owned(),
            message: "over quota".to_owned(),
            since: at(10),
        });
        snapshot.add_workload(replica_set);
        snapshot.add_workload(workload(WorkloadKind::ReplicaSet, "api-1", Some("api")));
        let web = workload(WorkloadKind::Deployment, "web", None);
        let found =
            creation_failure(&Cluster::of(&snapshot), &web).expect("the ReplicaSet complains");
        assert_eq!(
            (found.message.as_str(), found.object.kind.as_str()),
            ("over quota", "replicaset")
        );

        let event = |name: &str, message: &str, second| Event {
            about: ObjectRef::namespaced("ReplicaSet", "shop", name),
            about_uid: Default::default(),
            kind: "Warning".to_owned(),
            reason: "FailedCreate".to_owned(),
            message: message.to_owned(),
            reporter: "replicaset-controller".to_owned(),
            first_seen: at(second),
            last_seen: at(second),
            count: 1,
        };
        snapshot.add_event(event("web-1", "webhook denied", 20));
        snapshot.add_event(event("api-1", "of another workload", 30));
        let found = creation_failure(&Cluster::of(&snapshot), &web).expect("the event is newer");
        assert_eq!(found.message, "webhook denied");
        let api = workload(WorkloadKind::Deployment, "other", None);
        assert_eq!(creation_failure(&Cluster::of(&snapshot), &api), None);
    }
}
