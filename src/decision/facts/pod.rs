//! One pod, reduced to what decides and explains its placement.

use arcstr::ArcStr;
use std::collections::BTreeMap;

use jiff::Timestamp;

use super::labels::Labels;
use super::shared::Shared;
use super::spec::{ContainerRole, PodSpec};
use super::uid::Uid;

/// The label by which EKS writes down which profile claimed a pod. Source: EKS User Guide, "Fargate profile".
pub const PROFILE_LABEL: &str = "eks.amazonaws.com/fargate-profile";
/// The annotation that keeps a pod off Fargate with the value `ec2`. Source: EKS User Guide, "Getting started with Fargate" (CoreDNS).
pub const COMPUTE_TYPE_ANNOTATION: &str = "eks.amazonaws.com/compute-type";
/// The scheduler that places the pods which a profile claimed. Source: EKS User Guide, "AWS Fargate".
pub const FARGATE_SCHEDULER: &str = "fargate-scheduler";
/// The scheduler of pods that name none.
pub const DEFAULT_SCHEDULER: &str = "default-scheduler";

/// The annotations by which Kubernetes tells a provisioner that a claim waits for it, the newer one first.
pub const PROVISIONER_ANNOTATIONS: &[&str] = &[
    "volume.kubernetes.io/storage-provisioner",
    "volume.beta.kubernetes.io/storage-provisioner",
];

/// The annotations that are kept of a pod, template or claim; all others are dropped while reading.
pub const KEPT_ANNOTATIONS: &[&str] = &[
    COMPUTE_TYPE_ANNOTATION,
    "CapacityProvisioned",
    "Logging",
    "fargate.amazonaws.com/pod-sg",
    "kubernetes.io/config.mirror",
    "kubernetes.io/config.source",
    PROVISIONER_ANNOTATIONS[0],
    PROVISIONER_ANNOTATIONS[1],
];

/// A pod. What replicas have in common is held once, where they were collected together.
#[derive(Debug, Clone, PartialEq)]
pub struct Pod {
    /// `metadata.namespace`.
    pub namespace: ArcStr,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.uid`; empty where the input has none.
    pub uid: Uid,
    /// `metadata.labels`.
    pub labels: Labels,
    /// Those of `metadata.annotations` that [`KEPT_ANNOTATIONS`] names.
    pub annotations: Shared<BTreeMap<String, String>>,
    /// `metadata.ownerReferences`.
    pub owners: Shared<Vec<OwnerReference>>,
    /// `metadata.creationTimestamp`.
    pub created_at: Option<Timestamp>,
    /// `metadata.deletionTimestamp`: the pod is terminating.
    pub deleted_at: Option<Box<Timestamp>>,
    /// Whether the creator of the pod set `spec.nodeName`, as its last-applied annotation or its creator's managed fields show.
    pub node_name_by_creator: bool,
    /// `spec`, less its `nodeName`.
    pub spec: Shared<PodSpec>,
    /// `spec.nodeName`, where it is set and not empty.
    pub node_name: Option<ArcStr>,
    /// `status.phase`.
    pub phase: PodPhase,
    /// `status.reason`, for example `UnsupportedPodSpec` or `Evicted`.
    pub status_reason: Option<ArcStr>,
    /// `status.message`.
    pub status_message: Option<ArcStr>,
    /// Of `status.conditions` that which says why it has no node: all others differ from pod to pod and tell nothing.
    pub conditions: Shared<Vec<Condition>>,
    /// The statuses of all containers.
    pub containers: Shared<Vec<ContainerStatus>>,
}

impl Pod {
    /// The profile that the pod's label names, if any.
    pub fn profile_label(&self) -> Option<&str> {
        self.labels.get(PROFILE_LABEL)
    }

    /// `spec.schedulerName`, or what the API server fills in where there is none.
    pub fn scheduler_name(&self) -> &str {
        self.spec
            .scheduler_name
            .as_deref()
            .filter(|name| !name.is_empty())
            .unwrap_or(DEFAULT_SCHEDULER)
    }

    /// Whether Fargate's webhook claimed it: its scheduler is `fargate-scheduler` and the profile label is there.
    pub fn is_claimed(&self) -> bool {
        self.scheduler_name() == FARGATE_SCHEDULER && self.profile_label().is_some()
    }

    /// Whether it has ended, well or badly.
    pub fn is_finished(&self) -> bool {
        matches!(self.phase, PodPhase::Succeeded | PodPhase::Failed)
    }

    /// Whether it is being deleted.
    pub fn is_terminating(&self) -> bool {
        self.deleted_at.is_some()
    }

    /// The owner that controls it.
    pub fn controller(&self) -> Option<&OwnerReference> {
        controller_of(&self.owners)
    }

    /// Whether a kubelet made it from a file on its node.
    pub fn is_static(&self) -> bool {
        self.annotations.contains_key("kubernetes.io/config.mirror")
            || self
                .annotations
                .get("kubernetes.io/config.source")
                .is_some_and(|source| source != "api")
            || self.controller().is_some_and(|owner| owner.kind == "Node")
    }

    /// The condition of this type, if the pod has it.
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        self.conditions
            .iter()
            .find(|condition| condition.kind == kind)
    }
}

/// The controlling reference among several; where none says `controller: true`, the first one (older writers left it out).
pub(crate) fn controller_of(owners: &[OwnerReference]) -> Option<&OwnerReference> {
    owners
        .iter()
        .find(|owner| owner.controller)
        .or_else(|| owners.first())
}

/// A reference from an object to its owner.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OwnerReference {
    /// `apiVersion`, for example `apps/v1`.
    pub api_version: String,
    /// `kind`.
    pub kind: String,
    /// `name`.
    pub name: String,
    /// `uid`.
    pub uid: String,
    /// `controller`.
    pub controller: bool,
}

/// `status.phase`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PodPhase {
    /// Not all containers have started yet.
    Pending,
    /// At least one container runs or is being restarted.
    Running,
    /// All containers ended well.
    Succeeded,
    /// All containers ended, one at least badly; or the pod was refused or evicted.
    Failed,
    /// The node has not been heard of; also where the input has no phase.
    Unknown,
}

impl PodPhase {
    /// Kubernetes' own word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Unknown => "Unknown",
        }
    }
}

/// A condition of a pod or workload.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Condition {
    /// `type`, for example `PodScheduled`.
    pub kind: String,
    /// `status`: `True`, `False` or `Unknown`.
    pub status: String,
    /// `reason`.
    pub reason: String,
    /// `message`.
    pub message: String,
    /// `lastTransitionTime`.
    pub since: Option<Timestamp>,
}

/// The status of one container.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ContainerStatus {
    /// The container's name.
    pub name: String,
    /// Which list its status stands in. Sidecars report among the init containers.
    pub role: ContainerRole,
    /// `ready`.
    pub ready: bool,
    /// `restartCount`.
    pub restart_count: i64,
    /// `state`.
    pub state: ContainerState,
    /// `lastState`.
    pub last_state: ContainerState,
}

/// What a container does, or did before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub enum ContainerState {
    /// Nothing was reported.
    #[default]
    Unknown,
    /// It runs.
    Running,
    /// It waits to start.
    Waiting {
        /// For example `CrashLoopBackOff` or `ImagePullBackOff`.
        reason: String,
        /// The kubelet's words.
        message: String,
    },
    /// It ended.
    Terminated {
        /// For example `Error`, `OOMKilled`, `StartError`.
        reason: String,
        /// The kubelet's words.
        message: String,
        /// The exit code.
        exit_code: i64,
    },
}
