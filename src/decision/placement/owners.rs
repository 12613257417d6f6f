//! From a pod up to the workload that makes it, as far as that was read.

use crate::decision::facts::Labels;
use crate::decision::facts::{
    ClusterSnapshot, Kind, ObjectRef, OwnerReference, Pod, PodTemplate, Workload, WorkloadKind,
};

/// The label that a Deployment's ReplicaSets and their pods carry.
const POD_TEMPLATE_HASH: &str = "pod-template-hash";
/// The label that pods of StatefulSets and DaemonSets carry.
const CONTROLLER_REVISION_HASH: &str = "controller-revision-hash";

/// The owners of a pod, nearest first.
#[derive(Debug, Clone, Default)]
pub struct OwnerChain<'a> {
    /// The workloads that were read, nearest first.
    pub workloads: Vec<&'a Workload>,
    /// The top-most owner that was seen, if only as a reference.
    pub top: Option<OwnerName>,
    /// An owner of a kind that we know, and could not read.
    pub unread: Option<(WorkloadKind, String)>,
    /// The template that the pod was made from, where that is known.
    pub made_from: Option<&'a PodTemplate>,
}

/// An owner by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OwnerName {
    /// For example `Deployment`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// `None` where the owner is of a kind that we do not read.
    pub known: Option<WorkloadKind>,
}

impl OwnerName {
    /// The owner as an object.
    pub fn object(&self, namespace: &str) -> ObjectRef {
        ObjectRef::namespaced(&self.kind, namespace, &self.name)
    }
}

/// The labels of a pod by which its owners are told, where their names and templates leave it open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TellingLabels<'p> {
    template_hash: Option<&'p str>,
    revision: Option<&'p str>,
}

impl<'p> TellingLabels<'p> {
    /// Those of a pod.
    pub fn of(labels: &'p Labels) -> Self {
        Self {
            template_hash: labels.get(POD_TEMPLATE_HASH),
            revision: labels.get(CONTROLLER_REVISION_HASH),
        }
    }
}

impl<'a> OwnerChain<'a> {
    /// The chain that starts with a workload itself, for questions about its template.
    pub fn of_workload(snapshot: &'a ClusterSnapshot, workload: &'a Workload) -> Self {
        let mut chain = Self::default();
        chain.push(workload);
        chain.climb(
            snapshot,
            &workload.namespace,
            workload.controller(),
            TellingLabels::of(&Labels::new()),
        );
        chain
    }

    /// The chain above a pod.
    pub fn of_pod(snapshot: &'a ClusterSnapshot, pod: &Pod) -> Self {
        let mut chain = Self::default();
        let telling = TellingLabels::of(&pod.labels);
        chain.climb(snapshot, &pod.namespace, pod.controller(), telling);
        chain.made_from = chain
            .workloads
            .first()
            .and_then(|nearest| match nearest.kind {
                WorkloadKind::ReplicaSet | WorkloadKind::Job => Some(&nearest.template),
                WorkloadKind::StatefulSet => {
                    let revision = telling.revision;
                    (revision.is_some() && revision == nearest.update_revision.as_deref())
                        .then_some(&nearest.template)
                }
                _ => None,
            });
        chain
    }

    fn push(&mut self, workload: &'a Workload) {
        self.top = Some(OwnerName {
            kind: workload.kind.as_str().to_owned(),
            name: workload.name.clone(),
            known: Some(workload.kind),
        });
        self.workloads.push(workload);
    }

    fn climb(
        &mut self,
        snapshot: &'a ClusterSnapshot,
        namespace: &str,
        from: Option<&OwnerReference>,
        telling: TellingLabels<'_>,
    ) {
        let mut next = from;
        // Kubernetes' own chains have two steps; a loop among hostile objects must end as well.
        for _ in 0..8 {
            let Some(reference) = next else { return };
            let known = WorkloadKind::of(&reference.api_version, &reference.kind);
            self.top = Some(OwnerName {
                kind: reference.kind.clone(),
                name: reference.name.clone(),
                known,
            });
            let Some(kind) = known else { return };
            if let Some(workload) = snapshot.workload(kind, namespace, &reference.name) {
                self.push(workload);
                next = workload.controller();
                continue;
            }
            let is_known_absent =
                snapshot
                    .coverage
                    .is_read(Kind::from(kind), namespace, &reference.name);
            let deployment = (kind == WorkloadKind::ReplicaSet)
                .then(|| deployment_name(&reference.name, telling.template_hash))
                .flatten()
                .and_then(|name| snapshot.workload(WorkloadKind::Deployment, namespace, name));
            match deployment {
                Some(deployment) => self.push(deployment),
                None if is_known_absent => {}
                None => self.unread = Some((kind, reference.name.clone())),
            }
            return;
        }
    }

    /// The workload whose present template the next pod will be made from: the top-most one that was read.
    pub fn maker(&self) -> Option<&'a Workload> {
        self.workloads.last().copied()
    }

    /// Whether a DaemonSet controls it.
    pub fn is_daemon_set(&self) -> bool {
        self.top
            .as_ref()
            .is_some_and(|owner| owner.known == Some(WorkloadKind::DaemonSet))
    }
}

/// A ReplicaSet's name less the hash of its template, which is its Deployment's name.
fn deployment_name<'n>(replica_set: &'n str, template_hash: Option<&str>) -> Option<&'n str> {
    template_hash
        .and_then(|hash| replica_set.strip_suffix(hash)?.strip_suffix('-'))
        .or_else(|| replica_set.rsplit_once('-').map(|(name, _)| name))
        .filter(|name| !name.is_empty())
}

/// Whether a controller writes this label on each pod that it makes, so that a new pod will have it as well.
pub fn is_written_by_controllers(key: &str) -> bool {
    matches!(
        key,
        "job-name"
            | "controller-uid"
            | "statefulset.kubernetes.io/pod-name"
            | "apps.kubernetes.io/pod-index"
            | "pod-template-generation"
            | POD_TEMPLATE_HASH
            | CONTROLLER_REVISION_HASH
    ) || key.starts_with("batch.kubernetes.io/")
}
