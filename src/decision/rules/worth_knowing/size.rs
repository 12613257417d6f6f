//! What Fargate bills, against what the pod asks for.

use super::super::{Family, Rule, RuleInfo, sources};
use crate::decision::reason::Reason;

pub(super) const ROUNDED_UP: Rule = Rule {
    info: RuleInfo {
        reason: Reason::RoundedUp,
        family: Family::WorthKnowing,
        title: "its Fargate size is larger than what it asks for",
        evidence: "the annotation CapacityProvisioned, and the containers' requests",
        fix: "ask for what the size has, or for a little less to reach the next smaller one",
        source: sources::POD_CONFIGURATION,
        page: include_str!("../pages/RoundedUp.md"),
    },
    check: |_| None,
};

pub(super) const LIMITS_ABOVE_REQUESTS: Rule = Rule {
    info: RuleInfo {
        reason: Reason::LimitsAboveRequests,
        family: Family::WorthKnowing,
        title: "a container's limits are above its requests; Fargate sizes by the requests alone",
        evidence: "requests and limits of the containers",
        fix: "set requests and limits to the same values",
        source: sources::POD_CONFIGURATION,
        page: include_str!("../pages/LimitsAboveRequests.md"),
    },
    check: |_| None,
};

pub(super) const VERTICAL_AUTOSCALER_MODE: Rule = Rule {
    info: RuleInfo {
        reason: Reason::VerticalAutoscalerMode,
        family: Family::WorthKnowing,
        title: "a VerticalPodAutoscaler targets it in a mode that cannot move it to a larger size",
        evidence: "the update mode of the autoscaler that targets its owner",
        fix: "set the mode to Recreate or Auto, or set the requests by hand",
        source: sources::FARGATE,
        page: include_str!("../pages/VerticalAutoscalerMode.md"),
    },
    check: |_| None,
};
