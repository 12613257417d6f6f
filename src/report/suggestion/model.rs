//! A suggested profile as data. Its field names are public API: they are added to, never changed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::decision::facts::SourceNote;
use crate::decision::finding::{Certainty, Fix};
use crate::decision::reason::Reason;
use crate::report::model::ClusterReport;
use crate::report::profiles::model::Quota;

/// The answer of `suggest`, whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SuggestionReport {
    /// [`crate::report::model::API_VERSION`].
    pub api_version: &'static str,
    /// `SuggestionReport`.
    pub kind: &'static str,
    /// The moment that was judged from, UTC, whole seconds.
    pub taken_at: Timestamp,
    /// Which cluster it is, as far as known.
    pub cluster: ClusterReport,
    /// How each read went.
    pub sources: Vec<SourceNote>,
    /// How far the list of existing profiles can be trusted: `Complete`, `FromFiles`, `Partial` or `Unread`.
    pub knowledge: &'static str,
    /// The answer in one or two sentences.
    pub summary: String,
    /// Whether exactly what was asked about would be claimed, and nobody else that was seen; absent where too little was seen to
    /// tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exact: Option<bool>,
    /// How sure that is.
    pub certainty: Certainty,
    /// The profiles to create; empty where there is nothing to be claimed.
    pub profiles: Vec<SuggestedProfile>,
    /// What was asked about, sorted by namespace, kind and name.
    pub targets: Vec<TargetReport>,
    /// Who else a suggested profile matches now.
    pub others: Vec<OtherReport>,
    /// What could be created instead, with its price.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<AlternativeReport>,
    /// How many there may be, and would be.
    pub quotas: Vec<Quota>,
    /// What to mind before it is created, the worst first; one sentence or two each.
    pub warnings: Vec<String>,
    /// What to wait for before anything can be created, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Fix>,
    /// What to do afterwards, in order.
    pub next: Vec<Fix>,
}

/// A profile to create.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SuggestedProfile {
    /// Its name.
    pub name: String,
    /// Its selectors.
    pub selectors: Vec<SuggestedSelector>,
    /// `podExecutionRoleArn`, where the cluster's profiles tell one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod_execution_role_arn: Option<String>,
    /// `subnets`, where the cluster's profiles tell them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subnets: Vec<String>,
    /// The profile that role and subnets were taken from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_from: Option<String>,
}

/// A selector to create.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SuggestedSelector {
    /// The namespace, or a pattern for several.
    pub namespace: String,
    /// The labels that it asks for; empty for every pod of the namespace.
    pub labels: BTreeMap<String, String>,
    /// Those of the targets that it claims.
    pub claims: Vec<Claimed>,
    /// Whom it would claim later, one sentence.
    pub later: String,
}

/// A workload, or a pod without one, and how many pods of it are meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Claimed {
    /// The namespace.
    pub namespace: String,
    /// For example `Deployment`, or `Pod` where nobody owns it.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// How many pods of it there are now.
    pub pods: usize,
}

impl Claimed {
    /// Its name as kubectl takes it: `deployment/web`.
    pub fn reference(&self) -> String {
        format!("{}/{}", self.kind.to_ascii_lowercase(), self.name)
    }

    /// ` (3 pods)`, and for a pod without an owner nothing.
    pub fn pods_in_words(&self) -> String {
        match (self.kind.as_str(), self.pods) {
            ("Pod", _) => String::new(),
            (_, 0) => " (no pods now)".to_owned(),
            (_, 1) => " (1 pod)".to_owned(),
            (_, pods) => format!(" ({pods} pods)"),
        }
    }
}

/// Something that was asked about.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetReport {
    /// The workload, or a pod without one.
    #[serde(flatten)]
    pub object: Claimed,
    /// What becomes of it.
    pub state: TargetState,
    /// The profile that claims it: a suggested one, or the existing one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The index of the suggested selector that claims it, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<usize>,
    /// Why no profile can claim it, or what keeps it off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// What Fargate would refuse in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Refusal>,
    /// What else is worth telling, one sentence or two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// What is to be done about it instead of, or before, a new profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

/// What becomes of something that was asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum TargetState {
    /// A suggested profile claims it.
    Proposed,
    /// It was named, but no new profile can claim it as it is.
    NotClaimable,
    /// An existing profile claims it when it is created again.
    AlreadyClaimed,
    /// It runs on Fargate.
    OnFargate,
    /// Something else than profiles keeps it off Fargate: an opt-out, a node's name, the missing webhook.
    KeptOff,
    /// No profile ever claims it.
    Never,
    /// Nothing of it will be created again.
    Over,
    /// Fargate would refuse it, and it was not named.
    LeftOut,
}

/// Something that Fargate refuses, or may refuse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// The reason.
    pub reason: Reason,
    /// `Undecided` where it may be refused.
    pub certainty: Certainty,
    /// Which container or volume, and what about it.
    pub what: String,
}

/// Somebody that was not asked about, and is matched.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OtherReport {
    /// The workload, or a pod without one.
    #[serde(flatten)]
    pub object: Claimed,
    /// `Claimed`, `KeptByExistingProfile` or `TakenFromExistingProfile`.
    pub effect: &'static str,
    /// The existing profile that claims it too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Whether Fargate would refuse it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub refused: bool,
    /// Why it is matched, one sentence.
    pub why: String,
}

/// Something that could be created instead.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AlternativeReport {
    /// What, and its price; one sentence or two.
    pub text: String,
    /// Commands, where there are any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
}

/// What stands for the cluster's name where nothing tells it.
pub const CLUSTER_NAME: &str = "CLUSTER_NAME";
/// What stands for its region.
pub const REGION: &str = "REGION";
/// What stands for the pod execution role.
pub const POD_EXECUTION_ROLE_ARN: &str = "POD_EXECUTION_ROLE_ARN";
/// What stands for the subnets.
pub const PRIVATE_SUBNET_ID: &str = "PRIVATE_SUBNET_ID";

/// The command that waits for a profile.
pub fn wait_command(until: &str, region: &str, cluster: &str, profile: &str) -> String {
    use crate::decision::facts::shell::aws_option;
    format!(
        "aws eks wait {until} {} {} {}",
        aws_option("--region", region),
        aws_option("--cluster-name", cluster),
        aws_option("--fargate-profile-name", profile)
    )
}

/// The placeholders that have to be replaced before the profile can be created.
pub fn placeholders(report: &SuggestionReport) -> Vec<&'static str> {
    let lacks = |is_lacking: fn(&SuggestedProfile) -> bool| report.profiles.iter().any(is_lacking);
    [
        (CLUSTER_NAME, report.cluster.name.is_none()),
        (REGION, report.cluster.region.is_none()),
        (
            POD_EXECUTION_ROLE_ARN,
            lacks(|profile| profile.pod_execution_role_arn.is_none()),
        ),
        (
            PRIVATE_SUBNET_ID,
            lacks(|profile| profile.subnets.is_empty()),
        ),
    ]
    .into_iter()
    .filter(|(_, is_lacking)| *is_lacking)
    .map(|(name, _)| name)
    .collect()
}
