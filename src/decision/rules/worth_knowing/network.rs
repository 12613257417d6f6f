//! Who reaches a pod on Fargate, and through which security groups.

use super::super::{Family, Rule, RuleInfo};
use crate::decision::reason::Reason;

pub(super) const SECURITY_GROUP_POLICY_APPLIED: Rule = Rule {
    info: RuleInfo {
        reason: Reason::SecurityGroupPolicyApplied,
        family: Family::WorthKnowing,
        title: "it has security groups of its own instead of the cluster's",
        evidence: "the annotation fargate.amazonaws.com/pod-sg, and the policy that fits the pod",
        fix: "see that the groups allow the control plane, DNS and the kubelet",
        source: "https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html",
        page: include_str!("../pages/SecurityGroupPolicyApplied.md"),
    },
    check: |_| None,
};

pub(super) const INSTANCE_TARGETS: Rule = Rule {
    info: RuleInfo {
        reason: Reason::InstanceTargets,
        family: Family::WorthKnowing,
        title: "a load balancer that targets instances does not reach it",
        evidence: "the Services that select the pod",
        fix: "set the target type to ip",
        source: "https://docs.aws.amazon.com/eks/latest/userguide/network-load-balancing.html",
        page: include_str!("../pages/InstanceTargets.md"),
    },
    check: |_| None,
};
