//! Where a pod on Fargate gets its AWS credentials, and where not.

use super::super::{Family, Rule, RuleInfo, sources};
use crate::decision::reason::Reason;

pub(super) const NO_INSTANCE_METADATA: Rule = Rule {
    info: RuleInfo {
        reason: Reason::NoInstanceMetadata,
        family: Family::WorthKnowing,
        title: "it seems to look for the instance metadata service, which Fargate does not have",
        evidence: "the words of a failing container, and where it gets its credentials",
        fix: "give it region and VPC in its settings and a role by IAM roles for service accounts",
        source: sources::FARGATE,
        page: include_str!("../pages/NoInstanceMetadata.md"),
    },
    check: |_| None,
};

pub(super) const POD_IDENTITY_UNSUPPORTED: Rule = Rule {
    info: RuleInfo {
        reason: Reason::PodIdentityUnsupported,
        family: Family::WorthKnowing,
        title: "its AWS credentials come from EKS Pod Identity, which Fargate does not have",
        evidence: "the environment variables that the containers have, by name",
        fix: "use IAM roles for service accounts instead",
        source: "https://docs.aws.amazon.com/eks/latest/userguide/service-accounts.html",
        page: include_str!("../pages/PodIdentityUnsupported.md"),
    },
    check: |_| None,
};
