//! What was read and what was not: a kind that was not read is never taken for one of which none exist.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

/// The kinds of object that answers are made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// v1 Pod.
    Pod,
    /// v1 Node.
    Node,
    /// Events of either group.
    Event,
    /// v1 Namespace.
    Namespace,
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
    /// v1 PersistentVolumeClaim.
    PersistentVolumeClaim,
    /// v1 PersistentVolume.
    PersistentVolume,
    /// storage.k8s.io/v1 StorageClass.
    StorageClass,
    /// admissionregistration.k8s.io/v1 MutatingWebhookConfiguration.
    MutatingWebhookConfiguration,
    /// policy/v1 PodDisruptionBudget.
    PodDisruptionBudget,
    /// v1 Service.
    Service,
    /// v1 ServiceAccount.
    ServiceAccount,
    /// vpcresources.k8s.aws/v1beta1 SecurityGroupPolicy.
    SecurityGroupPolicy,
    /// autoscaling.k8s.io/v1 VerticalPodAutoscaler.
    VerticalPodAutoscaler,
    /// v1 ConfigMap: `kube-system/aws-auth` and `aws-observability/aws-logging`, no others.
    ConfigMap,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 20] = [
        Self::Pod,
        Self::Node,
        Self::Event,
        Self::Namespace,
        Self::Deployment,
        Self::ReplicaSet,
        Self::StatefulSet,
        Self::DaemonSet,
        Self::Job,
        Self::CronJob,
        Self::PersistentVolumeClaim,
        Self::PersistentVolume,
        Self::StorageClass,
        Self::MutatingWebhookConfiguration,
        Self::PodDisruptionBudget,
        Self::Service,
        Self::ServiceAccount,
        Self::SecurityGroupPolicy,
        Self::VerticalPodAutoscaler,
        Self::ConfigMap,
    ];

    /// The plural resource name as kubectl writes it; also the `what` of a source.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Pod => "pods",
            Self::Node => "nodes",
            Self::Event => "events",
            Self::Namespace => "namespaces",
            Self::Deployment => "deployments",
            Self::ReplicaSet => "replicasets",
            Self::StatefulSet => "statefulsets",
            Self::DaemonSet => "daemonsets",
            Self::Job => "jobs",
            Self::CronJob => "cronjobs",
            Self::PersistentVolumeClaim => "persistentvolumeclaims",
            Self::PersistentVolume => "persistentvolumes",
            Self::StorageClass => "storageclasses",
            Self::MutatingWebhookConfiguration => "mutatingwebhookconfigurations",
            Self::PodDisruptionBudget => "poddisruptionbudgets",
            Self::Service => "services",
            Self::ServiceAccount => "serviceaccounts",
            Self::SecurityGroupPolicy => "securitygrouppolicies",
            Self::VerticalPodAutoscaler => "verticalpodautoscalers",
            Self::ConfigMap => "configmaps",
        }
    }

    /// Whether it stands beside pods and only notes rest on it: no place is told by it.
    pub fn is_companion(self) -> bool {
        matches!(
            self,
            Self::PodDisruptionBudget
                | Self::Service
                | Self::ServiceAccount
                | Self::SecurityGroupPolicy
                | Self::VerticalPodAutoscaler
                | Self::ConfigMap
        )
    }

    /// The kind of an object's `kind` field (`Pod`); `None` for kinds that no answer needs.
    pub fn of(kind: &str) -> Option<Self> {
        Some(match kind {
            "Pod" => Self::Pod,
            "Node" => Self::Node,
            "Event" => Self::Event,
            "Namespace" => Self::Namespace,
            "Deployment" => Self::Deployment,
            "ReplicaSet" => Self::ReplicaSet,
            "StatefulSet" => Self::StatefulSet,
            "DaemonSet" => Self::DaemonSet,
            "Job" => Self::Job,
            "CronJob" => Self::CronJob,
            "PersistentVolumeClaim" => Self::PersistentVolumeClaim,
            "PersistentVolume" => Self::PersistentVolume,
            "StorageClass" => Self::StorageClass,
            "MutatingWebhookConfiguration" => Self::MutatingWebhookConfiguration,
            "PodDisruptionBudget" => Self::PodDisruptionBudget,
            "Service" => Self::Service,
            "ServiceAccount" => Self::ServiceAccount,
            "SecurityGroupPolicy" => Self::SecurityGroupPolicy,
            "VerticalPodAutoscaler" => Self::VerticalPodAutoscaler,
            "ConfigMap" => Self::ConfigMap,
            _ => return None,
        })
    }
}

impl From<super::workload::WorkloadKind> for Kind {
    fn from(kind: super::workload::WorkloadKind) -> Self {
        use super::workload::WorkloadKind as W;
        match kind {
            W::Deployment => Self::Deployment,
            W::ReplicaSet => Self::ReplicaSet,
            W::StatefulSet => Self::StatefulSet,
            W::DaemonSet => Self::DaemonSet,
            W::Job => Self::Job,
            W::CronJob => Self::CronJob,
        }
    }
}

/// How far a read of one kind reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every object of the kind in the cluster.
    Cluster,
    /// Every object of the kind in one namespace.
    Namespace(String),
    /// One object (for events: those about one object), found or known to be absent.
    Object {
        /// Its namespace; empty for objects of the whole cluster.
        namespace: String,
        /// Its name.
        name: String,
    },
}

/// Which kinds were read, and how far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    cluster: BTreeSet<Kind>,
    namespaces: BTreeSet<(Kind, String)>,
    objects: BTreeMap<(Kind, String), BTreeSet<String>>,
}

impl Coverage {
    /// Notes that a kind was read as far as `scope` says.
    pub fn mark_read(&mut self, kind: Kind, scope: Scope) {
        match scope {
            Scope::Cluster => {
                self.cluster.insert(kind);
            }
            Scope::Namespace(namespace) => {
                self.namespaces.insert((kind, namespace));
            }
            Scope::Object { namespace, name } => {
                self.objects
                    .entry((kind, namespace))
                    .or_default()
                    .insert(name);
            }
        }
    }

    /// Forgets that a kind was read anywhere but in one namespace.
    pub fn narrow_to(&mut self, kind: Kind, namespace: &str) {
        if self.cluster.remove(&kind) {
            self.namespaces.insert((kind, namespace.to_owned()));
        }
        let is_kept = |of: Kind, place: &str| of != kind || place == namespace;
        self.namespaces.retain(|(of, place)| is_kept(*of, place));
        self.objects.retain(|(of, place), _| is_kept(*of, place));
    }

    /// Whether this object would be known if it existed. `namespace` is empty for objects of the whole cluster.
    pub fn is_read(&self, kind: Kind, namespace: &str, name: &str) -> bool {
        self.is_listed(kind, namespace)
            || self
                .objects
                .get(&(kind, namespace.to_owned()))
                .is_some_and(|names| names.contains(name))
    }

    /// Whether all objects of the kind in this namespace are known.
    pub fn is_listed(&self, kind: Kind, namespace: &str) -> bool {
        self.cluster.contains(&kind) || self.namespaces.contains(&(kind, namespace.to_owned()))
    }

    /// Whether all objects of the kind in the whole cluster are known.
    pub fn is_listed_everywhere(&self, kind: Kind) -> bool {
        self.cluster.contains(&kind)
    }

    /// Whether all objects of the kind in some namespace at least are known.
    pub fn is_listed_somewhere(&self, kind: Kind) -> bool {
        let mut of_namespaces = self.namespaces.iter();
        self.cluster.contains(&kind) || of_namespaces.any(|(listed, _)| *listed == kind)
    }
}

/// How a read ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum SourceStatus {
    /// All of it came.
    Read,
    /// A list broke off; what came is judged.
    Partial,
    /// The user may not read it (403, AccessDenied).
    Forbidden,
    /// The cluster serves no such kind.
    NotServed,
    /// No answer within the time.
    TimedOut,
    /// It failed in another way.
    Failed,
    /// It was there and could not be understood.
    Malformed,
    /// Absent from the files given.
    NotGiven,
}

/// One line about one read, for the report's `sources`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceNote {
    /// What was read: a plural resource name, `fargateprofiles`, or a file's path.
    pub what: String,
    /// The namespace, where the read was of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// How it ended.
    pub status: SourceStatus,
    /// How many objects came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// What happened, where it did not go well: the server's words, or file, position and what is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What the detail of a read that was refused says before it names the permission.
pub const TAKES: &str = "that takes ";

/// What the detail of a source says that serves because the EKS API was not read.
pub const IN_PLACE_OF_EKS: &str = "used in place of the EKS API";

impl SourceNote {
    /// The permission that was missing, without the words of whoever refused; `None` where the detail names none.
    pub fn missing_permission(&self) -> Option<&str> {
        let (_, needs) = self.detail.as_deref()?.split_once(TAKES)?;
        Some(needs.split_once(" (").map_or(needs, |(needs, _)| needs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_of_one_namespace_is_not_the_cluster() {
        let mut coverage = Coverage::default();
        assert!(!coverage.is_listed_everywhere(Kind::Pod));
        coverage.mark_read(Kind::Pod, Scope::Namespace("shop".to_owned()));
        assert!(coverage.is_listed(Kind::Pod, "shop"));
        assert!(!coverage.is_listed(Kind::Pod, "orders"));
        assert!(!coverage.is_listed_everywhere(Kind::Pod));
        coverage.mark_read(Kind::Pod, Scope::Cluster);
        assert!(coverage.is_listed(Kind::Pod, "orders"));
        assert!(coverage.is_listed_everywhere(Kind::Pod));
        assert!(!coverage.is_listed_everywhere(Kind::Node));
    }

    #[test]
    fn what_is_left_out_counts_as_not_read() {
        let mut coverage = Coverage::default();
        coverage.mark_read(Kind::Pod, Scope::Cluster);
        coverage.mark_read(Kind::Node, Scope::Cluster);
        coverage.narrow_to(Kind::Pod, "shop");
        assert!(coverage.is_listed(Kind::Pod, "shop"));
        assert!(!coverage.is_listed(Kind::Pod, "orders"));
        assert!(!coverage.is_listed_everywhere(Kind::Pod));
        assert!(coverage.is_listed_everywhere(Kind::Node), "another kind");
        coverage.narrow_to(Kind::Job, "shop");
        assert!(!coverage.is_listed(Kind::Job, "shop"), "never read");
    }
}
