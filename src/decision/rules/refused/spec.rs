//! One refusal: what the spec shows, and what Fargate said of it.

use super::remedy::remedy;
use super::{explains, finding, phrases, word_evidence};
use crate::decision::finding::{Certainty, Evidence, Finding, Strength};
use crate::decision::placement::node_constraints::asks_for_a_place;
use crate::decision::placement::refusal::Blocker;
use crate::decision::placement::words::Word;
use crate::decision::placement::{ExpectedKind, PlacementKind, PodCase};
use crate::decision::reason::Reason;
use crate::decision::sizing::UNDOCUMENTED;

/// The word that names a reason. Fargate says of an architecture what it says of every node requirement.
fn names(words: &[Word], reason: Reason) -> Option<&Word> {
    let said = match reason {
        Reason::ArchitectureMismatch => Reason::NodeSelectorConflict,
        other => other,
    };
    words.iter().find(|word| word.clauses.contains(&said))
}

/// One thing that is refused, and how sure that is once Fargate's words are heard.
struct Item<'c> {
    blocker: &'c Blocker,
    certainty: Certainty,
}

pub(super) fn refusal(case: &PodCase<'_>, reason: Reason) -> Option<Finding> {
    let is_rejected = case.placement_kind() == Some(PlacementKind::Rejected);
    let is_live_claim = case.pod.is_claimed() && (is_rejected || !case.is_bound());
    if !is_live_claim {
        return of_new_pod(case, reason);
    }
    let said = names(case.words_of_fargate(), reason);
    let own: Vec<&Blocker> = of_reason(&case.blockers, reason);
    let told: Vec<&Blocker> = of_reason(&case.told, reason);
    let items = confirmed(case, &own, !told.is_empty(), said);
    let (certainty, strength) = match (strongest(&items), said) {
        (None, None) => return of_new_pod(case, reason),
        (None, Some(_)) if reason == Reason::ArchitectureMismatch => return None,
        (None | Some(Certainty::Undecided), Some(_)) if is_rejected => {
            (Certainty::Certain, Strength::Strong)
        }
        (None | Some(Certainty::Undecided), Some(_)) if !told.is_empty() => {
            (Certainty::Likely, Strength::Strong)
        }
        (None, Some(word)) => match stands_by_itself(case, reason, word) {
            Some(certainty) => (certainty, Strength::Strong),
            None => return of_new_pod(case, reason),
        },
        (Some(certainty), Some(_)) => (certainty, Strength::Strong),
        (Some(Certainty::Undecided), None) => (Certainty::Undecided, Strength::Aside),
        // A kubelet names what it refuses; what else the spec has did not decide.
        (Some(certainty), None) if is_rejected => (certainty, Strength::Aside),
        (Some(certainty), None) => (certainty, Strength::Strong),
    };
    let unread = said
        .filter(|_| items.is_empty() && told.is_empty())
        .map(|word| unread_volumes(case, reason, word))
        .unwrap_or_default();
    let again: Vec<Item<'_>> = of_reason(&case.recreated_blockers, reason)
        .into_iter()
        .filter(|blocker| {
            let is_same = |other: &&Blocker| other.what == blocker.what;
            !own.iter().any(is_same) && !told.iter().any(is_same)
        })
        .map(Item::of)
        .collect();
    let mut message = match (items.is_empty(), said) {
        (true, Some(word)) if told.is_empty() => {
            format!("Fargate refuses the pod: {}.", phrases::quoted(&word.text))
        }
        (true, _) => format!(
            "Fargate refused the pod: {}. {}",
            whats(told.iter().copied()),
            match reason {
                Reason::NodeSelectorConflict if asks_for_a_place(&case.pod.spec) => {
                    "Likely its profile has no subnet there.".to_owned()
                }
                Reason::TooBig => format!("{UNDOCUMENTED}; its own word stands."),
                _ => "It is not known to refuse that, but its own word stands.".to_owned(),
            }
        ),
        (false, _) => {
            let mut text = in_groups(&items, |certainty| match certainty {
                Certainty::Certain => "Fargate refuses the pod",
                Certainty::Likely => "Fargate likely refuses the pod",
                Certainty::Undecided => "Fargate may refuse the pod",
            });
            if !told.is_empty() {
                text.push_str(&format!(
                    " It also named this, which it is not known to refuse: {}.",
                    whats(told.iter().copied())
                ));
            }
            text
        }
    };
    if !again.is_empty() {
        message.push_str(&format!(
            " Created again, besides: {}.",
            whats(again.iter().map(|item| item.blocker))
        ));
    }
    Some(
        finding(case, reason, message)
            .certainty(certainty)
            .strength(strength)
            .evidence(items.iter().map(|item| item.blocker.evidence.clone()))
            .evidence(told.iter().map(|blocker| blocker.evidence.clone()))
            .evidence(unread)
            .evidence(said.map(|word| word_evidence(case, word)))
            .evidence(again.iter().map(|item| item.blocker.evidence.clone()))
            .fix(remedy(case, reason)),
    )
}

/// A refusal that waits for the next pod: of a template, of a pod that is elsewhere, or one that only the present template
/// of a claimed pod has.
fn of_new_pod(case: &PodCase<'_>, reason: Reason) -> Option<Finding> {
    let would_be_claimed = match case.expected.kind {
        ExpectedKind::Refused => true,
        ExpectedKind::Undecided => case.expected.profile.is_some(),
        ExpectedKind::Fargate | ExpectedKind::NotFargate => false,
    };
    if !would_be_claimed {
        return None;
    }
    let items: Vec<Item<'_>> = of_reason(&case.recreated_blockers, reason)
        .into_iter()
        .map(Item::of)
        .collect();
    let certainty = strongest(&items)?;
    let when = if case.is_template() {
        "Made now"
    } else {
        "Created again"
    };
    let message = in_groups(&items, |certainty| match certainty {
        Certainty::Certain => "a profile would claim the pod and Fargate would refuse it",
        Certainty::Likely => "a profile would claim the pod and Fargate would likely refuse it",
        Certainty::Undecided => "a profile would claim the pod and Fargate may refuse it",
    });
    let decides = case.is_template() && certainty != Certainty::Undecided;
    Some(
        finding(case, reason, format!("{when}, {message}"))
            .certainty(certainty)
            .strength(if decides {
                Strength::Strong
            } else {
                Strength::Aside
            })
            .evidence(items.iter().map(|item| item.blocker.evidence.clone()))
            .fix(remedy(case, reason)),
    )
}

impl<'c> Item<'c> {
    fn of(blocker: &'c Blocker) -> Self {
        Self {
            blocker,
            certainty: blocker.certainty,
        }
    }
}

fn of_reason(blockers: &[Blocker], reason: Reason) -> Vec<&Blocker> {
    let is_meant = |blocker: &&Blocker| blocker.reason == reason;
    blockers.iter().filter(is_meant).collect()
}

fn strongest(items: &[Item<'_>]) -> Option<Certainty> {
    items.iter().map(|item| item.certainty).min()
}

/// What the spec shows, each as sure as it is by itself or, where Fargate's words mean it, certain.
///
/// Words that name one of several (a capability, a volume) say nothing of the others. Words that name none mean at least
/// what was surest without them.
fn confirmed<'c>(
    case: &PodCase<'_>,
    own: &[&'c Blocker],
    names_others: bool,
    said: Option<&Word>,
) -> Vec<Item<'c>> {
    let is_named = |blocker: &Blocker| {
        said.is_some_and(|word| blocker.is_named_in(&word.text, &case.pod.spec))
    };
    let names_some = names_others || own.iter().any(|blocker| is_named(blocker));
    let surest = own.iter().map(|blocker| blocker.certainty).min();
    own.iter()
        .map(|blocker| {
            let is_meant = match names_some {
                true => is_named(blocker),
                false => said.is_some() && Some(blocker.certainty) == surest,
            };
            // The volume itself was not read: what its class or its claim says of it is no proof.
            let is_unseen = blocker.reason == Reason::VolumeNotEfs
                && blocker.evidence.object.kind != "persistentvolume";
            Item {
                blocker,
                certainty: match is_meant && !is_unseen {
                    true => Certainty::Certain,
                    false => blocker.certainty,
                },
            }
        })
        .collect()
}

fn whats<'c>(blockers: impl IntoIterator<Item = &'c Blocker>) -> String {
    phrases::list(blockers.into_iter().map(|blocker| blocker.what.as_str()))
}

/// A sentence for what is surest, and what else there is after it, less sure.
fn in_groups(items: &[Item<'_>], verb: fn(Certainty) -> &'static str) -> String {
    let mut sentences = Vec::new();
    for certainty in [Certainty::Certain, Certainty::Likely, Certainty::Undecided] {
        let group: Vec<&Blocker> = items
            .iter()
            .filter(|item| item.certainty == certainty)
            .map(|item| item.blocker)
            .collect();
        if group.is_empty() {
            continue;
        }
        let opening = match (sentences.is_empty(), certainty) {
            (true, _) => verb(certainty),
            (false, Certainty::Undecided) => "Perhaps too",
            (false, _) => "Likely too",
        };
        sentences.push(format!("{opening}: {}.", whats(group)));
    }
    sentences.join(" ")
}

/// Whether a refusal that the objects do not show still counts, because what it talks about was not read or, though by what
/// is documented Fargate would take it, stands in the pod as it did.
pub(super) fn stands_by_itself(
    case: &PodCase<'_>,
    reason: Reason,
    word: &Word,
) -> Option<Certainty> {
    let is_told = case.told.iter().any(|blocker| blocker.reason == reason);
    let is_unread = !unread_volumes(case, reason, word).is_empty();
    (is_told || is_unread).then_some(Certainty::Likely)
}

/// The objects that a refusal about volumes names and that were not read. Only those keep it alive: a claim that is bound
/// is bound.
fn unread_volumes(case: &PodCase<'_>, reason: Reason, word: &Word) -> Vec<Evidence> {
    if !matches!(reason, Reason::VolumeNotBound | Reason::VolumeNotEfs) {
        return Vec::new();
    }
    let unread = case.blockers.iter().filter(|blocker| {
        let object = &blocker.evidence.object;
        blocker.reason == Reason::VolumesUnknown
            && word.text.contains(&object.name)
            && (reason == Reason::VolumeNotEfs || object.kind == "persistentvolumeclaim")
    });
    unread.map(|blocker| blocker.evidence.clone()).collect()
}

/// Whether something in the pod's spec is what a clause of Fargate's words is about.
pub(super) fn is_shown(case: &PodCase<'_>, clause: Reason) -> bool {
    let blockers = case.blockers.iter().chain(&case.told);
    blockers
        .into_iter()
        .any(|blocker| explains(blocker, clause))
}
