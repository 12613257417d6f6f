//! Everything that one answer is made from, at one moment.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::aws::AwsFacts;
use super::companion::{
    AwsAuth, AwsLogging, DisruptionBudget, SecurityGroupPolicy, Service, ServiceAccount,
    VerticalAutoscaler,
};
use super::coverage::{Coverage, Kind, SourceNote, SourceStatus};
use super::event::Event;
use super::node::Node;
use super::object_ref::ObjectRef;
use super::pod::Pod;
use super::profile::Profiles;
use super::volume::{PersistentVolume, StorageClass, VolumeClaim};
use super::webhook::MutatingWebhook;
use super::workload::{Workload, WorkloadKind};

/// Kinds of which a question about one namespace looks at that namespace alone.
const NARROWED: [Kind; 7] = [
    Kind::Pod,
    Kind::ReplicaSet,
    Kind::Deployment,
    Kind::StatefulSet,
    Kind::DaemonSet,
    Kind::Job,
    Kind::CronJob,
];

/// Which EKS cluster it is, as far as that is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClusterIdentity {
    /// The EKS cluster's name.
    pub name: Option<String>,
    /// Its region.
    pub region: Option<String>,
}

/// A cluster's state at one moment, with notes on what could not be read.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusterSnapshot {
    /// The moment to judge from; no rule knows another "now".
    pub taken_at: Timestamp,
    /// Which cluster it is.
    pub cluster: ClusterIdentity,
    /// The flags by which the person reached this cluster (`--context prod`), quoted for a shell: commands in a fix must
    /// reach the same one. Empty where the current context was meant, and for files.
    pub kubectl_flags: String,
    /// The pods that were read.
    pub pods: Vec<Pod>,
    /// Nodes by name.
    pub nodes: BTreeMap<String, Node>,
    /// Names of the namespaces that were read.
    pub namespaces: BTreeSet<String>,
    /// Workloads by kind, namespace and name; each in a place of its own, because the map has room for twice as many.
    pub workloads: BTreeMap<(WorkloadKind, String, String), Box<Workload>>,
    /// Events by what they are about.
    pub events: BTreeMap<ObjectRef, Vec<Event>>,
    /// Volume claims by namespace and name.
    pub claims: BTreeMap<(String, String), VolumeClaim>,
    /// Persistent volumes by name.
    pub volumes: BTreeMap<String, PersistentVolume>,
    /// Storage classes by name.
    pub storage_classes: BTreeMap<String, StorageClass>,
    /// Mutating webhook configurations.
    pub webhooks: Vec<MutatingWebhook>,
    /// PodDisruptionBudgets by namespace and name.
    pub budgets: BTreeMap<(String, String), DisruptionBudget>,
    /// Services by namespace and name.
    pub services: BTreeMap<(String, String), Service>,
    /// ServiceAccounts by namespace and name.
    pub service_accounts: BTreeMap<(String, String), ServiceAccount>,
    /// SecurityGroupPolicies by namespace and name.
    pub security_group_policies: BTreeMap<(String, String), SecurityGroupPolicy>,
    /// VerticalPodAutoscalers by namespace and name.
    pub vertical_autoscalers: BTreeMap<(String, String), VerticalAutoscaler>,
    /// The ConfigMap `kube-system/aws-auth`, where it was read and is there.
    pub aws_auth: Option<AwsAuth>,
    /// The ConfigMap `aws-observability/aws-logging`, where it was read and is there.
    pub aws_logging: Option<AwsLogging>,
    /// The API server's own version (`v1.33.4-eks-…`), where it was asked.
    pub server_version: Option<String>,
    /// What AWS told beside the profiles.
    pub aws: AwsFacts,
    /// The Fargate profiles.
    pub profiles: Profiles,
    /// Which kinds were read.
    pub coverage: Coverage,
    /// How each read went, for the report.
    pub sources: Vec<SourceNote>,
}

impl ClusterSnapshot {
    /// A snapshot of nothing.
    pub fn empty(taken_at: Timestamp) -> Self {
        Self {
            taken_at,
            cluster: ClusterIdentity::default(),
            kubectl_flags: String::new(),
            pods: Vec::new(),
            nodes: BTreeMap::new(),
            namespaces: BTreeSet::new(),
            workloads: BTreeMap::new(),
            events: BTreeMap::new(),
            claims: BTreeMap::new(),
            volumes: BTreeMap::new(),
            storage_classes: BTreeMap::new(),
            webhooks: Vec::new(),
            budgets: BTreeMap::new(),
            services: BTreeMap::new(),
            service_accounts: BTreeMap::new(),
            security_group_policies: BTreeMap::new(),
            vertical_autoscalers: BTreeMap::new(),
            aws_auth: None,
            aws_logging: None,
            server_version: None,
            aws: AwsFacts::default(),
            profiles: Profiles::default(),
            coverage: Coverage::default(),
            sources: Vec::new(),
        }
    }

    /// Leaves out the pods and workloads of all other namespaces, and forgets that they were read.
    pub fn narrow_to(&mut self, namespace: &str) {
        self.pods.retain(|pod| pod.namespace == namespace);
        self.workloads.retain(|(_, of, _), _| of == namespace);
        for kind in NARROWED {
            self.coverage.narrow_to(kind, namespace);
        }
    }

    /// Adds a workload under its key.
    pub fn add_workload(&mut self, workload: impl Into<Box<Workload>>) {
        let workload = workload.into();
        let key = (
            workload.kind,
            workload.namespace.clone(),
            workload.name.clone(),
        );
        self.workloads.insert(key, workload);
    }

    /// Adds an event under what it is about.
    pub fn add_event(&mut self, event: Event) {
        match self.events.entry(event.about.clone()) {
            // Most objects have one, and the list that it begins has no room for more.
            Entry::Vacant(place) => drop(place.insert(vec![event])),
            Entry::Occupied(mut known) => known.get_mut().push(event),
        }
    }

    /// The workload of this kind and name.
    pub fn workload(&self, kind: WorkloadKind, namespace: &str, name: &str) -> Option<&Workload> {
        self.workloads
            .get(&(kind, namespace.to_owned(), name.to_owned()))
            .map(AsRef::as_ref)
    }

    /// The claim of this name.
    pub fn claim(&self, namespace: &str, name: &str) -> Option<&VolumeClaim> {
        self.claims.get(&(namespace.to_owned(), name.to_owned()))
    }

    /// Why a kind was not read, in the words of the source that failed; `None` where nothing was noted.
    pub fn why_unread(&self, kind: Kind, namespace: &str) -> Option<&SourceNote> {
        self.sources.iter().find(|note| {
            note.what == kind.plural()
                && note.status != SourceStatus::Read
                && note
                    .namespace
                    .as_deref()
                    .is_none_or(|noted| noted == namespace)
        })
    }
}
