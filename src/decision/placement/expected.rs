//! What would happen if the pod were created again now.

use std::collections::BTreeMap;

use super::matching::{Match, matching_profiles, order_is_ambiguous};
use super::observed::sight_of_node;
use super::recreated::Recreated;
use super::refusal::Blocker;
use super::{Expected, ExpectedKind};
use crate::decision::facts::pod::{DEFAULT_SCHEDULER, FARGATE_SCHEDULER};
use crate::decision::facts::{
    ClusterSnapshot, Fit, Kind, MutatingWebhook, ProfileKnowledge, Selector,
};
use crate::decision::finding::Certainty;
use crate::decision::reason::Reason;

/// The name of the configuration by which EKS claims pods; seen in public cluster listings.
pub const FARGATE_WEBHOOK: &str = "0500-amazon-eks-fargate-mutation.amazonaws.com";

/// What is known of Fargate's webhook.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum WebhookSight<'a> {
    /// It is there.
    Present(&'a MutatingWebhook),
    /// Webhook configurations were read, and it is not among them.
    Absent,
    /// Webhook configurations were not read.
    Unread,
}

impl<'a> WebhookSight<'a> {
    /// Looks for it in what was read.
    pub fn of(snapshot: &'a ClusterSnapshot) -> Self {
        match snapshot
            .webhooks
            .iter()
            .find(|webhook| webhook.is_fargate())
        {
            Some(webhook) => Self::Present(webhook),
            None if snapshot
                .coverage
                .is_listed(Kind::MutatingWebhookConfiguration, "") =>
            {
                Self::Absent
            }
            None => Self::Unread,
        }
    }
}

/// What the answer is made from.
pub struct ExpectedQuestion<'a> {
    /// The cluster.
    pub snapshot: &'a ClusterSnapshot,
    /// The pod's namespace.
    pub namespace: &'a str,
    /// The pod as it would be.
    pub recreated: &'a Recreated,
    /// What Fargate refuses in it.
    pub blockers: &'a [Blocker],
    /// A DaemonSet makes it.
    pub is_daemon_set: bool,
    /// A kubelet makes it.
    pub is_static: bool,
    /// Fargate has refused the present pod in words that we do not know.
    pub has_unknown_refusal: bool,
}

/// Tells what would happen.
///
/// Sources: EKS User Guide, "Fargate profile" (matching, name order, the label's part). That only ACTIVE profiles take part
/// and that the webhook overwrites another scheduler's name is not documented; both make the answer `Likely`.
pub fn expected(question: &ExpectedQuestion<'_>) -> Expected {
    let snapshot = question.snapshot;
    let recreated = question.recreated;
    let answer = |kind, certainty, because: &[Reason]| Expected {
        kind,
        profile: None,
        selector: None,
        from: recreated.from,
        certainty,
        because: because.to_vec(),
    };
    let not_fargate = |certainty, reason| answer(ExpectedKind::NotFargate, certainty, &[reason]);
    let undecided = |reason| answer(ExpectedKind::Undecided, Certainty::Undecided, &[reason]);

    if question.is_daemon_set {
        return not_fargate(Certainty::Certain, Reason::DaemonSetPod);
    }
    if question.is_static {
        return not_fargate(Certainty::Certain, Reason::StaticPod);
    }
    if recreated.is_opted_out() {
        return not_fargate(
            opt_out_certainty(question.namespace, &recreated.labels),
            Reason::OptedOut,
        );
    }
    let claimants = claimants(question);
    // Of a pod without a template only its maker knows whether the name was meant; with the profiles unread it is left open.
    let is_in_template = recreated.from == super::ExpectedFrom::Template;
    if let Some(node) = recreated.spec.node_name.as_deref()
        && (is_in_template || snapshot.profiles.are_read())
    {
        let would_be_claimed = !matches!(claimants, Claimants::None { .. });
        return if sight_of_node(snapshot, node).is_fargate() && would_be_claimed {
            undecided(Reason::NodeNamePreset)
        } else {
            not_fargate(Certainty::Certain, Reason::NodeNamePreset)
        };
    }
    let matches = match claimants {
        Claimants::None { certainty, reason } => return not_fargate(certainty, reason),
        Claimants::Unknown(reason) => return undecided(reason),
        Claimants::Some(matches) => matches,
    };
    let Some(winner) = matches.first() else {
        return undecided(Reason::ProfilesUnknown);
    };
    let claim = |kind, certainty, because| Expected {
        profile: Some(winner.profile.name.clone()),
        selector: Some(winner.selector),
        ..answer(kind, certainty, because)
    };
    let refused: Vec<&Blocker> = question
        .blockers
        .iter()
        .filter(|blocker| blocker.certainty != Certainty::Undecided)
        .collect();
    if !refused.is_empty() {
        let mut reasons: Vec<Reason> = refused.iter().map(|blocker| blocker.reason).collect();
        reasons.dedup();
        let is_certain = refused
            .iter()
            .any(|blocker| blocker.certainty == Certainty::Certain);
        let certainty = if is_certain {
            Certainty::Certain
        } else {
            Certainty::Likely
        };
        return claim(ExpectedKind::Refused, certainty, &reasons);
    }
    if let Some(blocker) = question.blockers.first() {
        return claim(
            ExpectedKind::Undecided,
            Certainty::Undecided,
            &[blocker.reason],
        );
    }
    if question.has_unknown_refusal {
        return claim(
            ExpectedKind::Undecided,
            Certainty::Undecided,
            &[Reason::UnknownRefusal],
        );
    }
    let certainty = if rests_on_the_undocumented(recreated, &matches)
        || has_unseen_rival(question, winner)
        || rests_on_an_assumption(snapshot, winner)
    {
        Certainty::Likely
    } else {
        Certainty::Certain
    };
    claim(ExpectedKind::Fargate, certainty, &[])
}

/// How sure it is that the annotation keeps a pod off Fargate: EKS documents it for CoreDNS, users have seen it work for others.
///
/// Source: EKS User Guide, "Getting started with Fargate"; kubernetes-sigs/aws-ebs-csi-driver#496.
pub fn opt_out_certainty(namespace: &str, labels: &BTreeMap<String, String>) -> Certainty {
    if is_core_dns(namespace, labels) {
        Certainty::Certain
    } else {
        Certainty::Likely
    }
}

/// Whether it is CoreDNS as EKS ships it.
pub fn is_core_dns(namespace: &str, labels: &BTreeMap<String, String>) -> bool {
    let has = |key: &str, value: &str| labels.get(key).is_some_and(|found| found == value);
    namespace == "kube-system"
        && (has("eks.amazonaws.com/component", "coredns") || has("k8s-app", "kube-dns"))
}

/// The ACTIVE profiles that would claim it, first the one that wins.
enum Claimants<'a> {
    Some(Vec<Match<'a>>),
    None {
        certainty: Certainty,
        reason: Reason,
    },
    Unknown(Reason),
}

fn claimants<'a>(question: &ExpectedQuestion<'a>) -> Claimants<'a> {
    let snapshot = question.snapshot;
    let profiles = &snapshot.profiles;
    let recreated = question.recreated;
    if !profiles.are_read() {
        return Claimants::Unknown(Reason::ProfilesUnknown);
    }
    let absence = absence_certainty(snapshot);
    let mut matches = matching_profiles(profiles, question.namespace, &recreated.labels);
    let named = recreated.profile_label();
    if let Some(name) = named {
        let chosen = matches
            .iter()
            .find(|found| found.profile.name == name)
            .copied();
        match chosen {
            Some(chosen) => matches = vec![chosen],
            None => {
                let may_be_unseen =
                    profiles.knowledge == ProfileKnowledge::Partial || profiles.has_nameless();
                let is_unseen = profiles.find(name).map_or(may_be_unseen, |profile| {
                    profile.fit(question.namespace, &recreated.labels) == Fit::Unknown
                });
                if is_unseen {
                    return Claimants::Unknown(Reason::ProfilesUnknown);
                }
                let others_would_claim = matches.iter().any(|found| found.profile.is_active())
                    && WebhookSight::of(snapshot) != WebhookSight::Absent;
                return if others_would_claim {
                    // What EKS does with such a pod is not documented.
                    Claimants::Unknown(Reason::ProfileLabelMismatch)
                } else {
                    Claimants::None {
                        certainty: absence,
                        reason: Reason::ProfileLabelMismatch,
                    }
                };
            }
        }
    }
    if matches.is_empty() {
        return if profiles.can_show_absence(question.namespace, &recreated.labels) {
            let reason = if profiles.list.is_empty() {
                Reason::NoProfiles
            } else {
                selection_reason(question)
            };
            Claimants::None {
                certainty: absence,
                reason,
            }
        } else {
            Claimants::Unknown(Reason::ProfilesUnknown)
        };
    }
    matches.retain(|found| found.profile.is_active());
    if matches.is_empty() {
        return if named.is_none()
            && !profiles.can_show_absence(question.namespace, &recreated.labels)
        {
            Claimants::Unknown(Reason::ProfilesUnknown)
        } else {
            Claimants::None {
                certainty: Certainty::Likely,
                reason: Reason::ProfileNotActive,
            }
        };
    }
    if matches.len() > 1 && matches.iter().any(|found| !found.profile.name_is_known) {
        // The first by name wins, and one of them has no name that we know.
        return Claimants::Unknown(Reason::ProfilesUnknown);
    }
    if WebhookSight::of(snapshot) == WebhookSight::Absent && !is_claimed_by_hand(recreated) {
        return Claimants::None {
            certainty: Certainty::Certain,
            reason: Reason::WebhookMissing,
        };
    }
    Claimants::Some(matches)
}

fn selection_reason(question: &ExpectedQuestion<'_>) -> Reason {
    let covered = question
        .snapshot
        .profiles
        .list
        .iter()
        .flat_map(|profile| profile.selectors.iter().flatten())
        .any(|selector| selector.namespace.matches(question.namespace));
    if covered {
        Reason::LabelMismatch
    } else {
        Reason::NamespaceNotSelected
    }
}

/// How sure an answer is that rests on no profile matching: a list from files proves presence, not absence.
pub fn absence_certainty(snapshot: &ClusterSnapshot) -> Certainty {
    match snapshot.profiles.knowledge {
        ProfileKnowledge::FromFiles => Certainty::Likely,
        _ => Certainty::Certain,
    }
}

/// Whether the template does itself what the webhook would: the scheduler's name and a profile's label.
fn is_claimed_by_hand(recreated: &Recreated) -> bool {
    recreated.spec.scheduler_name.as_deref() == Some(FARGATE_SCHEDULER)
        && recreated.profile_label().is_some()
}

fn rests_on_the_undocumented(recreated: &Recreated, matches: &[Match<'_>]) -> bool {
    let other_scheduler = recreated
        .spec
        .scheduler_name
        .as_deref()
        .is_some_and(|name| !["", DEFAULT_SCHEDULER, FARGATE_SCHEDULER].contains(&name));
    other_scheduler || is_claimed_by_hand(recreated) || order_is_ambiguous(matches)
}

/// Whether a profile whose selectors were not seen might win by its name.
fn has_unseen_rival(question: &ExpectedQuestion<'_>, winner: &Match<'_>) -> bool {
    let profiles = &question.snapshot.profiles;
    let labels = &question.recreated.labels;
    profiles.knowledge == ProfileKnowledge::Partial
        || profiles.list.iter().any(|profile| {
            (!profile.name_is_known || profile.name < winner.profile.name)
                && profile.fit(question.namespace, labels) == Fit::Unknown
        })
}

/// Whether the claim rests on a value that was taken for one that is not known, such as a parameter's default: in the selector
/// that matches, or in one of a profile that would win by its name.
fn rests_on_an_assumption(snapshot: &ClusterSnapshot, winner: &Match<'_>) -> bool {
    let name = &winner.profile.name;
    snapshot
        .profiles
        .list
        .iter()
        .filter(|profile| profile.name <= *name)
        .any(|profile| {
            let assumed_name = profile
                .gaps
                .iter()
                .any(|gap| gap.field == "fargateProfileName");
            let mut selectors = profile.selectors.iter().flatten();
            assumed_name || selectors.any(Selector::is_assumed)
        })
}
