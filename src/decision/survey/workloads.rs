//! Workloads without pods that a profile would claim.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::decision::facts::{ClusterSnapshot, Kind, Workload, WorkloadKind};
use crate::decision::placement::owners::OwnerChain;
use crate::decision::placement::{Cluster, ExpectedKind, PodCase};

/// Returns, by the profile's name, the workloads without pods that it would claim.
pub(super) fn claimable(snapshot: &ClusterSnapshot) -> BTreeMap<String, Vec<&Workload>> {
    let mut by_profile: BTreeMap<String, Vec<&Workload>> = BTreeMap::new();
    let cluster = Arc::new(Cluster::of(snapshot));
    for workload in without_pods(snapshot) {
        let expected = PodCase::of_template(&cluster, workload).expected;
        if let (ExpectedKind::Fargate | ExpectedKind::Refused, Some(name)) =
            (expected.kind, expected.profile)
        {
            by_profile.entry(name).or_default().push(workload);
        }
    }
    by_profile
}

/// The workloads that may make pods yet and have none, where pods of their namespace were read.
fn without_pods(snapshot: &ClusterSnapshot) -> impl Iterator<Item = &Workload> {
    let mut with_pods: BTreeSet<(WorkloadKind, &str, &str)> = BTreeSet::new();
    for pod in &snapshot.pods {
        for workload in OwnerChain::of_pod(snapshot, pod).workloads {
            with_pods.insert((workload.kind, &workload.namespace, &workload.name));
        }
    }
    tops(snapshot).filter(move |workload| {
        snapshot.coverage.is_listed(Kind::Pod, &workload.namespace)
            && !with_pods.contains(&(workload.kind, &workload.namespace, &workload.name))
            && !is_over(workload)
    })
}

/// The workloads that no other one makes; of a ReplicaSet whose maker was not read, those that are in use.
pub(super) fn tops(snapshot: &ClusterSnapshot) -> impl Iterator<Item = &Workload> {
    let workloads = snapshot.workloads.values().map(AsRef::as_ref);
    workloads.filter(|workload: &&Workload| {
        workload.controller().is_none()
            || OwnerChain::of_workload(snapshot, workload).workloads.len() == 1
                && workload.replicas != Some(0)
    })
}

/// Whether it is a Job that has ended: it makes no more pods.
fn is_over(workload: &Workload) -> bool {
    workload.kind == WorkloadKind::Job
        && ["Complete", "Failed"].iter().any(|ended| {
            workload
                .condition(ended)
                .is_some_and(|condition| condition.status == "True")
        })
}
