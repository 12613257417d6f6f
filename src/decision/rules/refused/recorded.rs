//! What Fargate said where the objects say otherwise, or in words that nobody catalogued.

use super::{finding, fix, phrases, spec, word_evidence};
use crate::decision::finding::{Evidence, Finding};
use crate::decision::placement::words::Word;
use crate::decision::placement::{PlacementKind, PodCase};
use crate::decision::reason::Reason;

/// Claimed and on no node; a terminating pod counts, since what Fargate said of it is still the answer.
fn is_claim_without_node(case: &PodCase<'_>) -> bool {
    case.pod.is_claimed() && !case.is_template() && !case.is_bound() && !case.pod.is_finished()
}

pub(super) fn stale_verdict(case: &PodCase<'_>) -> Option<Finding> {
    if !is_claim_without_node(case) {
        return None;
    }
    let word = case.words.fargate.iter().find(|word| {
        let mut refusals = word
            .clauses
            .iter()
            .copied()
            .filter(|reason| reason.is_refusal_of_spec())
            .peekable();
        refusals.peek().is_some()
            && refusals.all(|reason| {
                !spec::is_shown(case, reason)
                    && spec::stands_by_itself(case, reason, word).is_none()
            })
            && !word.has_unknown_words
    })?;
    Some(
        finding(
            case,
            Reason::StaleVerdict,
            format!("Fargate refused the pod with {}, which no longer holds; it does not reliably look again.", phrases::quoted(&word.text)),
        )
        .evidence([word_evidence(case, word)])
        .fix(fix::recreate_if_that_helps(case)),
    )
}

pub(super) fn unknown_refusal(case: &PodCase<'_>) -> Option<Finding> {
    if !case.pod.is_claimed() || case.is_template() {
        return None;
    }
    let is_rejected = case.placement_kind() == Some(PlacementKind::Rejected);
    if !is_rejected && !is_claim_without_node(case) {
        return None;
    }
    let said = case.words_of_fargate();
    let is_unknown = |word: &&Word| {
        word.has_unknown_words
            || is_rejected
                && !word
                    .clauses
                    .iter()
                    .any(|reason| reason.is_refusal_of_spec())
    };
    let word = said.iter().find(is_unknown);
    let (message, evidence) = match word {
        Some(word) => (
            match word.code.as_deref().filter(|code| !word.text.contains(*code)) {
                Some(code) => {
                    format!("Fargate says of the pod: {code}, {}", phrases::quoted(&word.text))
                }
                None => format!("Fargate says of the pod: {}", phrases::quoted(&word.text)),
            },
            word_evidence(case, word),
        ),
        None if is_rejected && said.is_empty() => (
            "The Fargate node's kubelet refused the pod (UnsupportedPodSpec) and left no further word.".to_owned(),
            Evidence::found(case.object.clone(), "status.reason", case.pod.status_reason.as_deref().unwrap_or_default()),
        ),
        None => return None,
    };
    Some(finding(case, Reason::UnknownRefusal, message).evidence([evidence]).fix(fix::advice(
        "Follow the message: it is shown as it was said. The AWS documentation or AWS Support can tell what it means.",
    )))
}
