//! The report as data. Its field names are public API: they are added to, never changed.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::entries::Entries;
use super::profiles::model::GapReport;
use super::size::SizeReport;
use crate::decision::facts::{Shared, SourceNote};
use crate::decision::finding::{Certainty, Finding};
use crate::decision::placement::{Expected, Placement, SelectorTrial};
use crate::decision::reason::Reason;

/// `apiVersion` of every report.
pub const API_VERSION: &str = "fargate.kubectl.io/v1";

/// The answer of `explain`. Its entries may be made only as they are asked for (see [`Entries`]).
///
/// As data it is one object with the fields in this order, and `pods` before `nodes`: see [`Self::head`] and [`Self::tail`].
#[derive(Debug, Clone, PartialEq)]
pub struct Report<P: ?Sized = Vec<PodReport>> {
    /// [`API_VERSION`].
    pub api_version: &'static str,
    /// `PlacementReport`.
    pub kind: &'static str,
    /// The moment that was judged from, UTC, whole seconds.
    pub taken_at: Timestamp,
    /// Which cluster it is, as far as known.
    pub cluster: ClusterReport,
    /// How each read went.
    pub sources: Vec<SourceNote>,
    /// One entry for each node that was asked about.
    pub nodes: Vec<NodeReport>,
    /// The profiles that were judged by, in name order.
    pub profiles: Vec<ProfileSummary>,
    /// One entry a pod (or template), sorted by namespace, then name.
    pub pods: P,
}

/// The fields of a report that come before `pods`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Head<'r> {
    api_version: &'static str,
    kind: &'static str,
    taken_at: Timestamp,
    cluster: &'r ClusterReport,
    sources: &'r [SourceNote],
}

/// The fields of a report that come after `pods`.
#[derive(Debug, Serialize)]
pub struct Tail<'r> {
    #[serde(skip_serializing_if = "is_empty")]
    nodes: &'r [NodeReport],
    #[serde(skip_serializing_if = "is_empty")]
    profiles: &'r [ProfileSummary],
}

impl Tail<'_> {
    /// Whether there is no such field.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.profiles.is_empty()
    }
}

impl<P: ?Sized> Report<P> {
    /// The fields that come before `pods`.
    pub fn head(&self) -> Head<'_> {
        Head {
            api_version: self.api_version,
            kind: self.kind,
            taken_at: self.taken_at,
            cluster: &self.cluster,
            sources: &self.sources,
        }
    }

    /// The fields that come after `pods`.
    pub fn tail(&self) -> Tail<'_> {
        Tail {
            nodes: &self.nodes,
            profiles: &self.profiles,
        }
    }
}

impl<P> Report<P> {
    /// The same report with its entries put elsewhere.
    pub fn with_entries<Q>(self, of: impl FnOnce(P) -> Q) -> Report<Q> {
        Report {
            api_version: self.api_version,
            kind: self.kind,
            taken_at: self.taken_at,
            cluster: self.cluster,
            sources: self.sources,
            nodes: self.nodes,
            profiles: self.profiles,
            pods: of(self.pods),
        }
    }
}

impl<P: Entries + ?Sized> Serialize for Report<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// The fields by their names, which are the same for every serializer.
        #[derive(Serialize)]
        #[serde(bound = "P: Entries")]
        struct Whole<'r, P: ?Sized> {
            #[serde(flatten)]
            head: Head<'r>,
            pods: All<'r, P>,
            #[serde(flatten)]
            tail: Tail<'r>,
        }
        /// The entries, one after the other.
        struct All<'r, P: ?Sized>(&'r P);
        impl<P: Entries + ?Sized> Serialize for All<'_, P> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq((0..self.0.len()).map(|index| self.0.entry(index)))
            }
        }
        let whole = Whole {
            head: self.head(),
            pods: All(&self.pods),
            tail: self.tail(),
        };
        whole.serialize(serializer)
    }
}

/// Which cluster the report is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ClusterReport {
    /// The EKS cluster's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// One pod, or the template of a workload that has no pods.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PodReport {
    /// The namespace.
    pub namespace: String,
    /// The pod's name; for a template, the workload's.
    pub name: String,
    /// `true` where this is no pod but what a workload would make.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub template: bool,
    /// The top-most owner that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<OwnerReport>,
    /// `status.phase`; absent for templates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<&'static str>,
    /// `true` while the pod is being deleted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub terminating: bool,
    /// When the pod was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Where the pod is; absent for templates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placement: Option<Placement>,
    /// What would happen if it were created again now.
    pub expected: Expected,
    /// Its Fargate size, where it is claimed or on Fargate, or would go there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<SizeReport>,
    /// The decisive reason.
    pub reason: Reason,
    /// How sure the decisive reason is.
    pub certainty: Certainty,
    /// The answer in one or two sentences.
    pub summary: String,
    /// The decisive finding first, then by severity.
    pub findings: Vec<Finding>,
    /// The best selectors that do not match, best first, five at the most. Empty where a profile matches.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub near_misses: Shared<Vec<SelectorTrial>>,
    /// How many selectors came near (see [`Self::near_misses`]).
    #[serde(skip_serializing_if = "is_zero")]
    pub near_miss_count: usize,
    /// The selectors that match the pod's own labels, in the order in which profiles are chosen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub matches: Shared<Vec<SelectorTrial>>,
    /// The moments that matter, oldest first; given where time is the reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub timeline: Vec<Moment>,
}

/// An owner, by kind and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct OwnerReport {
    /// For example `Deployment`.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// One moment of a timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// When it was.
    pub time: Timestamp,
    /// What happened then, a few words.
    pub what: String,
}

/// One node that was asked about, and the pods on it (their entries are under `pods`).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeReport {
    /// The node's name.
    pub name: String,
    /// What it is, in the words of `placement.kind`, with its provisioner.
    pub placement: Placement,
    /// What the node is, in one sentence with the evidence for it.
    pub summary: String,
    /// The pods on it, as `namespace/name`.
    pub pods: Vec<String>,
}

/// One profile, briefly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileSummary {
    /// Its name.
    pub name: String,
    /// Its status, where the source states one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// When its creation began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Where it was read: `EKS`, `demo`, a file, an object of the cluster, or `Observed` (only pods tell of it, by their labels).
    pub source: String,
    /// How many selectors it has; absent where they could not be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selectors: Option<usize>,
    /// What its source does not tell plainly, by the field (`selectors[0].namespace`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<GapReport>,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

fn is_empty<T>(list: &[T]) -> bool {
    list.is_empty()
}
