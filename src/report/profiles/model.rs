//! The report about profiles as data. Its field names are public API: they are added to, never changed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::decision::facts::SourceNote;
use crate::decision::finding::Finding;
use crate::report::model::{ClusterReport, OwnerReport};

/// The answer of `profiles`, whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileReport {
    /// [`crate::report::model::API_VERSION`].
    pub api_version: &'static str,
    /// `ProfileReport`.
    pub kind: &'static str,
    /// The moment that was judged from, UTC, whole seconds.
    pub taken_at: Timestamp,
    /// Which cluster it is, as far as known.
    pub cluster: ClusterReport,
    /// The namespace whose pods alone were asked about; absent where that is all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// How each read went.
    pub sources: Vec<SourceNote>,
    /// How far the list of profiles can be trusted: `Complete` (the EKS API's own, or an explicit empty list), `FromFiles` (what is
    /// there exists), `Partial` (it broke off) or `Unread` (the entries, if any, are only what pods tell).
    pub knowledge: &'static str,
    /// The profiles, in the order in which EKS chooses among them: by name.
    pub profiles: Vec<ProfileEntry>,
    /// Whether our matching and the labels that EKS wrote agree.
    pub agreement: Agreement,
    /// How many there may be, and are.
    pub quotas: Vec<Quota>,
    /// What concerns the cluster and no single profile.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// One profile.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileEntry {
    /// Its name; where its source does not tell it, the file and resource (`stack.yaml:AppsProfile`).
    pub name: String,
    /// `true` where the source does not tell the name.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub nameless: bool,
    /// Its status, where the source states one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// When its creation began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Where it was read: `EKS`, `demo`, a file, an object of the cluster, or `Observed` (only pods tell of it).
    pub source: String,
    /// `fargateProfileArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// The EKS cluster that it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_name: Option<String>,
    /// `podExecutionRoleArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod_execution_role_arn: Option<String>,
    /// `subnets`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subnets: Vec<String>,
    /// `health.issues`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub health_issues: Vec<HealthIssueReport>,
    /// Its selectors; absent where they could not be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selectors: Option<Vec<SelectorReport>>,
    /// What the source does not tell plainly, selectors aside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<GapReport>,
    /// How many pods on Fargate nodes carry its name, written by its claim; finished ones, which keep their node, included.
    /// Absent, as the next four are, where pods were not read; where the profile's own name is not known, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pods_on_fargate: Option<usize>,
    /// How many of those have finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pods_finished: Option<usize>,
    /// How many pods carry its claim and have no node yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pods_waiting: Option<usize>,
    /// How many pods that it does not hold it would claim if they were created again now, those that Fargate would then refuse
    /// included. Finished pods that nothing makes again do not count. Absent where its selectors could not be seen, and where it
    /// can be told of none and not be told of some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pods_claimable: Option<usize>,
    /// How many pods, held or claimable, Fargate would refuse if they were created again now. Absent where `podsClaimable` is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pods_refused: Option<usize>,
    /// Of how many pods it cannot be told whether it would claim them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pods_undecided: Option<usize>,
    /// The pods that match it now and that it would not claim if they were created again, by what is in the way; most first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unclaimed: Vec<Unclaimed>,
    /// Workloads without pods that it would claim.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub workloads_claimable: Vec<WorkloadRef>,
    /// Namespaces and labels of the pods that carry its name; given where its selectors could not be had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed: Option<Observed>,
    /// Its pods, sorted by namespace, then name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pods: Vec<ProfilePod>,
    /// What is worth telling about it, worst first.
    pub findings: Vec<Finding>,
}

/// An entry of `health.issues`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HealthIssueReport {
    /// `code`.
    pub code: String,
    /// `message`.
    pub message: String,
    /// `resourceIds`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_ids: Vec<String>,
}

/// Pods that match a profile and that it would not claim, all for the same reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unclaimed {
    /// What is in the way, as `explain` names it: `OptedOut`, `DaemonSetPod`, `SeveralProfilesMatch` (another profile wins);
    /// absent for pods that have finished and that nothing makes again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How many there are.
    pub pods: usize,
}

/// One selector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SelectorReport {
    /// The pattern for the namespace; absent where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The patterns for labels; absent where they are not known. A pair of which a side is not known is left out, and stands in
    /// `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<BTreeMap<String, String>>,
    /// How many pods match it by their own labels, wherever they are; absent where that cannot be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pods_matched: Option<usize>,
    /// What of it the source does not tell plainly.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<GapReport>,
    /// The namespaces that it covers now, where namespaces or pods were read; at most the first fifty, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub namespaces: Vec<String>,
}

/// A field whose source does not tell its value plainly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GapReport {
    /// The field, as the EKS API names it.
    pub field: String,
    /// What stands in its place.
    pub expression: String,
    /// The value that was taken for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assumed: Option<String>,
}

/// A workload, by kind, namespace and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct WorkloadRef {
    /// For example `Deployment`.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// What pods tell of a profile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Observed {
    /// The namespaces of its pods.
    pub namespaces: Vec<String>,
    /// The labels that all of its pods have in common, those aside that controllers write.
    pub common_labels: BTreeMap<String, String>,
}

/// A pod of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfilePod {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The top-most owner that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<OwnerReport>,
    /// `OnFargate`, `Waiting` (claimed, without a node), `Claimable` (elsewhere; it would be claimed if created again),
    /// `Undecided` (elsewhere; whether it would be cannot be told) or `NotClaimed` (elsewhere; it matches and would not be).
    pub state: ProfilePodState,
    /// Where it is, in the words of `placement.kind`.
    pub placement: String,
    /// Its node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Whether it has finished.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub finished: bool,
    /// Whether it is being deleted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub terminating: bool,
    /// The profile that its claim names; absent where no claim wrote one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_by: Option<String>,
    /// The index of the selector by which it would be claimed, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<usize>,
    /// Why Fargate would refuse it if it were created again now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<String>,
    /// Why this profile would not claim it if it were created again now, where that is known; also of pods that it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unclaimed: Option<String>,
    /// The decisive reason that `explain` gives.
    pub reason: String,
}

/// What a pod is to a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum ProfilePodState {
    /// It runs on Fargate by this profile.
    OnFargate,
    /// It is claimed by this profile and has no node yet.
    Waiting,
    /// It is elsewhere and would be claimed if it were created again now.
    Claimable,
    /// It is elsewhere, and whether it would be claimed if it were created again now cannot be told.
    Undecided,
    /// It matches, is elsewhere, and would not be claimed if it were created again now.
    NotClaimed,
}

/// Our matching, compared with what EKS wrote on the pods that are on Fargate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Agreement {
    /// How many pods on Fargate could be compared.
    pub checked: usize,
    /// For how many the profile that we predict is the one on the label.
    pub agreed: usize,
    /// How many could not be compared, because profiles or their selectors were not seen.
    pub unchecked: usize,
    /// The others, sorted by namespace, then name.
    pub disagreements: Vec<PodDisagreement>,
}

/// A pod on Fargate whose label is not what we predict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PodDisagreement {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The profile that its label names.
    pub label: String,
    /// The profile that we predict; absent where that is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predicted: Option<String>,
    /// Why they differ, one sentence; what happened since the pod was made, or that we do not know.
    pub why: String,
    /// Whether what happened since explains it. Where it does not, our matching may be wrong.
    pub explained: bool,
}

/// A quota, and how much of it is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Quota {
    /// `ProfilesPerCluster`, `SelectorsPerProfile` or `LabelPairsPerSelector`.
    pub name: &'static str,
    /// The default; AWS raises it on request, so a cluster may have more.
    pub default: usize,
    /// How many there are; for the last two the most that any profile or selector has.
    pub used: usize,
    /// The profile that has the most, where the quota is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
}
