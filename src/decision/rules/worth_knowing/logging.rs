//! Fargate's log router.

use super::super::{Family, Rule, RuleInfo};
use crate::decision::reason::Reason;

pub(super) const LOGGING_DISABLED: Rule = Rule {
    info: RuleInfo {
        reason: Reason::LoggingDisabled,
        family: Family::WorthKnowing,
        title: "Fargate's log router is switched off for it, which is no matter of placement",
        evidence: "the annotation Logging, and fargate-scheduler's event",
        fix: "create or mend the ConfigMap aws-logging, then recreate the pod; or leave it",
        source: "https://docs.aws.amazon.com/eks/latest/userguide/fargate-logging.html",
        page: include_str!("../pages/LoggingDisabled.md"),
    },
    check: |_| None,
};
