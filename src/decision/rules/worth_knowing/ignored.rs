//! What the spec asks for and Fargate passes over.

use super::super::{Family, Rule, RuleInfo, sources};
use crate::decision::reason::Reason;

pub(super) const SPREAD_IGNORED: Rule = Rule {
    info: RuleInfo {
        reason: Reason::SpreadIgnored,
        family: Family::WorthKnowing,
        title: "Fargate does not follow its topology spread constraints or its pod affinity",
        evidence: "topologySpreadConstraints, podAffinity and podAntiAffinity of the pod",
        fix: "spread by profiles: one for each subnet or zone",
        source: sources::PROFILE,
        page: include_str!("../pages/SpreadIgnored.md"),
    },
    check: |_| None,
};

pub(super) const PRIORITY_CLASS_REPLACED: Rule = Rule {
    info: RuleInfo {
        reason: Reason::PriorityClassReplaced,
        family: Family::WorthKnowing,
        title: "Fargate replaced its priority class by system-node-critical",
        evidence: "priorityClassName of the pod and of its template",
        fix: "do not rely on the priority class on Fargate",
        source: "https://github.com/aws/containers-roadmap/issues/649",
        page: include_str!("../pages/PriorityClassReplaced.md"),
    },
    check: |_| None,
};
