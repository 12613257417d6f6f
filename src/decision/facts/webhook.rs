//! Mutating webhook configurations; only the one of Fargate matters.

use jiff::Timestamp;

/// A MutatingWebhookConfiguration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MutatingWebhook {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.creationTimestamp`.
    pub created_at: Option<Timestamp>,
    /// Names of its webhooks.
    pub webhooks: Vec<String>,
}

impl MutatingWebhook {
    /// Whether it is the one by which EKS claims pods for Fargate,
    /// `0500-amazon-eks-fargate-mutation.amazonaws.com` (seen in many public cluster listings; not documented).
    pub fn is_fargate(&self) -> bool {
        std::iter::once(&self.name)
            .chain(&self.webhooks)
            .any(|name| name.contains("amazon-eks-fargate-mutation"))
    }
}
