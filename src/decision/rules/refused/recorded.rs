//! What Fargate said where the objects say otherwise, or in words that nobody catalogued.

use super::{finding, fix, phrases, spec, word_evidence};
use crate::decision::facts::pod::FARGATE_SCHEDULER;
use crate::decision::finding::{Evidence, Finding};
use crate::decision::placement::words::Word;
use crate::decision::placement::{PlacementKind, PodCase};
use crate::decision::reason::Reason;

/// Up to this age of a pod Fargate may still be at work on it. Source: public reports, a start takes one to two minutes.
const YOUNG_SECONDS: i64 = 180;

/// Claimed and on no node; a terminating pod counts, and one that ended without a node, since what Fargate said of it is
/// still the answer.
fn is_claim_without_node(case: &PodCase<'_>) -> bool {
    case.pod.is_claimed() && !case.is_template() && !case.is_bound()
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
    let is_young = case.is_waiting() && case.age_seconds().is_some_and(|age| age < YOUNG_SECONDS);
    let then = match is_young {
        true => "but it may still be at work on a pod so young",
        false => "and it does not reliably look again",
    };
    Some(
        finding(
            case,
            Reason::StaleVerdict,
            format!(
                "What Fargate said of the pod no longer holds, {then}. It said: {}",
                phrases::quoted_at_the_end(&word.text)
            ),
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
    let unknown: Vec<&Word> = said.iter().filter(|word| word.has_unknown_words).collect();
    if !unknown.is_empty() {
        return Some(in_unknown_words(case, &unknown));
    }
    if !is_rejected || said.iter().any(Word::names_refusal) {
        return None;
    }
    let Some(word) = said.first() else {
        let reason = case.pod.status_reason.as_deref().unwrap_or_default();
        let message =
            "The Fargate node's kubelet refused the pod (UnsupportedPodSpec) and did not say why.";
        let evidence = Evidence::found(case.object.clone(), "status.reason", reason);
        return Some(
            finding(case, Reason::UnknownRefusal, message)
                .evidence([evidence])
                .fix(fix::advice(
                    "Look for an older event of the pod that says more; AWS Support can tell what its kubelet refused.",
                )),
        );
    };
    // What a kubelet says of pods that no profile claimed, said of one that a profile did.
    let message = format!(
        "The Fargate node's kubelet says of the pod: {}. That does not fit the pod as it is.",
        phrases::quoted(&word.text)
    );
    Some(
        finding(case, Reason::UnknownRefusal, message)
            .evidence([word_evidence(case, word)])
            .evidence(word.clauses.contains(&Reason::ToleratesFargateTaint).then(|| {
                Evidence::found(case.object.clone(), "spec.schedulerName", case.pod.scheduler_name())
                    .wanted(FARGATE_SCHEDULER)
            }))
            .fix(fix::advice(
                "Ask AWS Support what its kubelet refused, with the message and the pod; nothing in the pod explains it.",
            )),
    )
}

/// All that was said in words that we do not know, verbatim.
fn in_unknown_words(case: &PodCase<'_>, words: &[&Word]) -> Finding {
    let texts = words.iter().map(|word| {
        let is_told = |code: &&str| !word.text.contains(*code);
        match word.code.as_deref().filter(is_told) {
            Some(code) => format!("{code}, {}", phrases::quoted(&word.text)),
            None => phrases::quoted(&word.text),
        }
    });
    let is_sentence = words
        .last()
        .is_some_and(|word| word.text.trim().ends_with(['.', '!', '?']));
    let message = format!(
        "Fargate says of the pod: {}{}",
        phrases::list(texts),
        if is_sentence { "" } else { "." }
    );
    finding(case, Reason::UnknownRefusal, message)
        .evidence(words.iter().map(|word| word_evidence(case, word)))
        .fix(fix::advice(
            "Look for those words in the AWS documentation, or ask AWS Support with them: what they mean is not known here.",
        ))
}
