//! One node, reduced to what tells who provides it.

use super::labels::Labels;
use super::pod::OwnerReference;

/// The node label (and taint key) that tells Fargate, Auto Mode and hybrid nodes apart. Source: EKS User Guide.
pub const COMPUTE_TYPE: &str = "eks.amazonaws.com/compute-type";

/// A node.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Node {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.labels`.
    pub labels: Labels,
    /// `metadata.ownerReferences` (Karpenter sets its NodeClaim).
    pub owners: Vec<OwnerReference>,
    /// `spec.providerID`.
    pub provider_id: Option<String>,
    /// `spec.taints` as (key, value, effect).
    pub taints: Vec<(String, String, String)>,
    /// `status.nodeInfo.kubeletVersion`.
    pub kubelet_version: Option<String>,
    /// `status.conditions` type `Ready` is `True`; `None` where there is no such condition.
    pub ready: Option<bool>,
    /// `metadata.creationTimestamp`.
    pub created_at: Option<jiff::Timestamp>,
}
