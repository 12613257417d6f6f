//! What the default scheduler says of Fargate's taint, and what people then take for the cure.

use super::super::{Family, Rule, RuleInfo, finding, word_evidence};
use crate::decision::finding::{Certainty, Finding, Severity, Strength};
use crate::decision::placement::PodCase;
use crate::decision::placement::observed::sight_of_node;
use crate::decision::placement::words::Word;
use crate::decision::reason::Reason;

pub(super) const MISLEADING_TAINT_EVENT: Rule = Rule {
    info: RuleInfo {
        reason: Reason::MisleadingTaintEvent,
        family: Family::WorthKnowing,
        title: "the event about the Fargate taint misleads: a toleration is not the fix",
        evidence: "the text of the scheduler's event",
        fix: "ignore the taint; look at the decisive reason",
        source: "https://github.com/terraform-aws-modules/terraform-aws-eks/issues/2864",
        page: include_str!("../pages/MisleadingTaintEvent.md"),
    },
    check: misleading_taint_event,
};

fn misleading_taint_event(case: &PodCase<'_>) -> Option<Finding> {
    if case.pod.is_claimed() || case.pod.is_finished() {
        return None;
    }
    let (word, certainty): (&Word, Certainty) = match case.words.taint.first() {
        Some(word) => (word, Certainty::Certain),
        // Since Kubernetes 1.36 the scheduler no longer names the taint.
        None => {
            let word = case
                .words
                .scheduler
                .iter()
                .find(|word| word.text.contains("untolerated taint(s)"))?;
            let has_fargate_nodes = case
                .snapshot
                .nodes
                .keys()
                .any(|node| sight_of_node(case.snapshot, node).is_fargate());
            (has_fargate_nodes.then_some(word)?, Certainty::Likely)
        }
    };
    let speaks = match certainty {
        Certainty::Certain => "The scheduler speaks of the taint of Fargate nodes.",
        _ => "The scheduler names no taint; likely it is that of Fargate nodes.",
    };
    Some(
        finding(
            case,
            Reason::MisleadingTaintEvent,
            format!(
                "{speaks} A toleration is not the fix: such a node takes only the pod it was made for, one that a profile claimed."
            ),
        )
        .severity(Severity::Info)
        .certainty(certainty)
        .strength(Strength::Aside)
        .evidence([word_evidence(case, word)]),
    )
}
