//! What keeps a Fargate node for too long, or from being patched.

use super::super::{Family, Rule, RuleInfo, sources};
use crate::decision::reason::Reason;

pub(super) const FINISHED_POD_KEEPS_NODE: Rule = Rule {
    info: RuleInfo {
        reason: Reason::FinishedPodKeepsNode,
        family: Family::WorthKnowing,
        title: "it has ended, and its Fargate node stays until the pod is deleted",
        evidence: "the pod's phase and its node",
        fix: "delete the pod, or set ttlSecondsAfterFinished on the Job",
        source: sources::FARGATE,
        page: include_str!("../pages/FinishedPodKeepsNode.md"),
    },
    check: |_| None,
};

pub(super) const DISRUPTION_BUDGET_BLOCKS_PATCHING: Rule = Rule {
    info: RuleInfo {
        reason: Reason::DisruptionBudgetBlocksPatching,
        family: Family::WorthKnowing,
        title: "its disruption budgets block the evictions with which AWS patches Fargate",
        evidence: "the PodDisruptionBudgets that select the pod",
        fix: "let the budget allow one disruption, and select each pod by one budget only",
        source: "https://docs.aws.amazon.com/eks/latest/userguide/fargate-pod-patching.html",
        page: include_str!("../pages/DisruptionBudgetBlocksPatching.md"),
    },
    check: |_| None,
};

pub(super) const KUBELET_SKEW: Rule = Rule {
    info: RuleInfo {
        reason: Reason::KubeletSkew,
        family: Family::WorthKnowing,
        title: "its node's kubelet is older than the cluster",
        evidence: "the kubelet version of the node, and the version of the cluster",
        fix: "recreate the pod before the next upgrade",
        source: "https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html",
        page: include_str!("../pages/KubeletSkew.md"),
    },
    check: |_| None,
};
