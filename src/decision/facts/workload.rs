//! Workloads: the objects that make pods from a template.

use jiff::Timestamp;

use super::labels::Labels;
use super::pod::{Condition, OwnerReference};
use super::spec::{PodTemplate, Requirement};
use super::uid::Uid;

/// The kinds of workload that we read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorkloadKind {
    /// apps/v1 Deployment.
    Deployment,
    /// apps/v1 ReplicaSet.
    ReplicaSet,
    /// apps/v1 StatefulSet.
    StatefulSet,
    /// apps/v1 DaemonSet.
    DaemonSet,
    /// batch/v1 Job.
    Job,
    /// batch/v1 CronJob.
    CronJob,
}

impl WorkloadKind {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::Deployment,
        Self::ReplicaSet,
        Self::StatefulSet,
        Self::DaemonSet,
        Self::Job,
        Self::CronJob,
    ];

    /// The kind as Kubernetes writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deployment => "Deployment",
            Self::ReplicaSet => "ReplicaSet",
            Self::StatefulSet => "StatefulSet",
            Self::DaemonSet => "DaemonSet",
            Self::Job => "Job",
            Self::CronJob => "CronJob",
        }
    }

    /// The kind of an object or owner reference; `None` for kinds that we do not read.
    ///
    /// The API group counts: a `Job` of another group is another thing. An empty version is taken for ours.
    pub fn of(api_version: &str, kind: &str) -> Option<Self> {
        let found = Self::ALL.into_iter().find(|known| known.as_str() == kind)?;
        let group = match found {
            Self::Job | Self::CronJob => "batch/",
            _ => "apps/",
        };
        (api_version.is_empty()
            || api_version.starts_with(group)
            || api_version.starts_with("extensions/"))
        .then_some(found)
    }
}

/// A workload.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// Its kind.
    pub kind: WorkloadKind,
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.uid`.
    pub uid: Uid,
    /// The workload's own `metadata.labels`.
    pub labels: Labels,
    /// `metadata.ownerReferences`.
    pub owners: Vec<OwnerReference>,
    /// `metadata.creationTimestamp`.
    pub created_at: Option<Timestamp>,
    /// What it makes pods from (a CronJob's stands in its job template).
    pub template: PodTemplate,
    /// `spec.selector.matchLabels` (immutable; the template must keep these labels as they are).
    pub selector_labels: Labels,
    /// `spec.selector.matchExpressions`, as immutable.
    pub selector_expressions: Vec<Requirement>,
    /// Pods wanted: `spec.replicas`, for a Job `spec.parallelism`; `None` where that is not a number of this kind.
    pub replicas: Option<i64>,
    /// `spec.paused` of a Deployment, `spec.suspend` of a Job or CronJob.
    pub paused: bool,
    /// The strategy is `Recreate` (Deployment): it ends all pods before it makes new ones.
    pub recreates_all: bool,
    /// The update strategy is `OnDelete` (StatefulSet, DaemonSet).
    pub updates_on_delete: bool,
    /// `status.updateRevision` of a StatefulSet: the hash that pods of the present template carry.
    pub update_revision: Option<String>,
    /// A StatefulSet's `volumeClaimTemplates`: its controller makes a claim of each for each pod, and adds a volume for it.
    pub claim_templates: Vec<ClaimTemplate>,
    /// `spec.ttlSecondsAfterFinished` of a Job (a CronJob's stands in its job template).
    pub ttl_seconds_after_finished: Option<i64>,
    /// `status.conditions`.
    pub conditions: Vec<Condition>,
}

/// An entry of `volumeClaimTemplates`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClaimTemplate {
    /// `metadata.name`, which is the volume's name in the pod.
    pub name: String,
    /// `spec.storageClassName`; `None` means the cluster's default class.
    pub storage_class: Option<String>,
}

impl Workload {
    /// Where the template stands in the workload, as a field path.
    pub fn template_path(&self) -> &'static str {
        match self.kind {
            WorkloadKind::CronJob => "spec.jobTemplate.spec.template",
            _ => "spec.template",
        }
    }

    /// The owner that controls it.
    pub fn controller(&self) -> Option<&OwnerReference> {
        super::pod::controller_of(&self.owners)
    }

    /// The condition of this type, if the workload has it.
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        self.conditions
            .iter()
            .find(|condition| condition.kind == kind)
    }
}
