//! What would happen if the pod were created again now.

use super::cluster::Cluster;
use super::doubt::{is_name_assumed, is_sure, open_holes};
use super::matcher::Fits;
use super::matching::{Match, order_is_ambiguous};
use super::recreated::Recreated;
use super::refusal::Blocker;
use super::{Expected, ExpectedKind};
use crate::decision::facts::Labels;
use crate::decision::facts::pod::{DEFAULT_SCHEDULER, FARGATE_SCHEDULER};
use crate::decision::facts::{
    ClusterSnapshot, FargateProfile, Fit, Kind, MutatingWebhook, ProfileKnowledge, Profiles,
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
pub struct ExpectedQuestion<'q, 'a> {
    /// The cluster.
    pub cluster: &'q Cluster<'a>,
    /// The pod's namespace.
    pub namespace: &'q str,
    /// The pod as it would be.
    pub recreated: &'q Recreated,
    /// How each profile fits it.
    pub fits: &'q Fits,
    /// What Fargate refuses in it.
    pub blockers: &'q [Blocker],
    /// A DaemonSet makes it.
    pub is_daemon_set: bool,
    /// A kubelet makes it.
    pub is_static: bool,
    /// Fargate has refused the present pod in words that we do not know.
    pub has_unknown_refusal: bool,
}

impl<'a> ExpectedQuestion<'_, 'a> {
    fn profiles(&self) -> &'a Profiles {
        &self.cluster.snapshot.profiles
    }
}

/// Tells what would happen.
///
/// Sources: EKS User Guide, "Fargate profile" (matching, name order, the label's part). That only ACTIVE profiles take part
/// and that the webhook overwrites another scheduler's name is not documented; both make the answer `Likely`.
pub fn expected(question: &ExpectedQuestion<'_, '_>) -> Expected {
    let snapshot = question.cluster.snapshot;
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
        let is_on_fargate = question.cluster.sight_of_node(node).is_fargate();
        return match (is_on_fargate, would_be_claimed) {
            (true, true) => undecided(Reason::NodeNamePreset),
            (true, false) if !is_absence_sure(question) => {
                not_fargate(Certainty::Likely, Reason::NodeNamePreset)
            }
            _ => not_fargate(Certainty::Certain, Reason::NodeNamePreset),
        };
    }
    let (matches, winner) = match claimants {
        Claimants::None { certainty, reason } => return not_fargate(certainty, reason),
        Claimants::Unknown(reason) => return undecided(reason),
        Claimants::Some(matches) => {
            let winner = matches.first().copied();
            (matches, winner)
        }
        Claimants::OneOf(matches) => (matches, None),
    };
    let is_claim_sure = matches.iter().any(|found| is_match_sure(question, found));
    let claim = |kind, certainty, because| Expected {
        profile: winner.map(|winner| winner.profile.name.clone()),
        selector: winner.map(|winner| winner.selector),
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
        let certainty = if is_certain && is_claim_sure {
            Certainty::Certain
        } else {
            Certainty::Likely
        };
        return claim(ExpectedKind::Refused, certainty, &reasons);
    }
    let Some(winner) = &winner else {
        return undecided(Reason::ProfilesUnknown);
    };
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
        || rests_on_an_assumption(question, winner)
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
pub fn opt_out_certainty(namespace: &str, labels: &Labels) -> Certainty {
    if is_core_dns(namespace, labels) {
        Certainty::Certain
    } else {
        Certainty::Likely
    }
}

/// Whether it is CoreDNS as EKS ships it.
pub fn is_core_dns(namespace: &str, labels: &Labels) -> bool {
    let has = |key: &str, value: &str| labels.get(key).is_some_and(|found| found == value);
    namespace == "kube-system"
        && (has("eks.amazonaws.com/component", "coredns") || has("k8s-app", "kube-dns"))
}

/// The ACTIVE profiles that would claim it, first the one that wins.
enum Claimants<'a> {
    Some(Vec<Match<'a>>),
    /// One of them would, and the names by which it is chosen are not all known, or whether an earlier one matches.
    OneOf(Vec<Match<'a>>),
    None {
        certainty: Certainty,
        reason: Reason,
    },
    Unknown(Reason),
}

fn claimants<'a>(question: &ExpectedQuestion<'_, 'a>) -> Claimants<'a> {
    let cluster = question.cluster;
    let snapshot = cluster.snapshot;
    let profiles = &snapshot.profiles;
    let can_show_absence = || profiles.is_whole() && question.fits.are_all_known();
    let recreated = question.recreated;
    if !profiles.are_read() {
        return Claimants::Unknown(Reason::ProfilesUnknown);
    }
    let absence = match is_absence_sure(question) {
        true => absence_certainty(snapshot),
        false => Certainty::Likely,
    };
    let mut matches = question.fits.matches(profiles);
    let named = recreated.profile_label();
    if let Some(name) = named {
        let chosen = matches
            .iter()
            .find(|found| found.profile.name == name)
            .copied();
        match chosen {
            Some(chosen) => matches = vec![chosen],
            None => {
                if !profiles.can_show_absence_of(name, question.namespace, &recreated.labels) {
                    return Claimants::Unknown(Reason::ProfilesUnknown);
                }
                let others_would_claim = matches.iter().any(|found| found.profile.is_active())
                    && cluster.webhook != WebhookSight::Absent;
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
        return if can_show_absence() {
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
        return if named.is_none() && !can_show_absence() {
            Claimants::Unknown(Reason::ProfilesUnknown)
        } else {
            Claimants::None {
                certainty: Certainty::Likely,
                reason: Reason::ProfileNotActive,
            }
        };
    }
    if cluster.webhook == WebhookSight::Absent && !is_claimed_by_hand(recreated) {
        return Claimants::None {
            certainty: Certainty::Certain,
            reason: Reason::WebhookMissing,
        };
    }
    // A label that names one leaves nothing to the order.
    if named.is_none() && is_winner_open(question, &matches) {
        return Claimants::OneOf(matches);
    }
    Claimants::Some(matches)
}

/// Whether it hangs on a name or a field that the source does not tell which of the profiles wins.
fn is_winner_open(question: &ExpectedQuestion<'_, '_>, matches: &[Match<'_>]) -> bool {
    let Some(winner) = matches.first() else {
        return false;
    };
    let is_nameless = |found: &Match<'_>| !found.profile.name_is_known;
    let is_order_open = matches.len() > 1 && matches.iter().any(is_nameless);
    let labels = &question.recreated.labels;
    let is_open =
        |rival: &FargateProfile| !open_holes(rival, question.namespace, labels).is_empty();
    let mut unknown = question.fits.unknown(question.profiles());
    is_order_open || unknown.any(|profile| is_rival(profile, winner.profile) && is_open(profile))
}

/// Whether it is another ACTIVE profile that would win by its name if it matched, or may.
fn is_rival(profile: &FargateProfile, winner: &FargateProfile) -> bool {
    let is_open = || {
        [profile, winner]
            .iter()
            .any(|one| !one.name_is_known || is_name_assumed(one))
    };
    profile.is_active() && profile.name != winner.name && (profile.name < winner.name || is_open())
}

fn selection_reason(question: &ExpectedQuestion<'_, '_>) -> Reason {
    let covered = question.cluster.matcher.covers(question.namespace);
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
fn has_unseen_rival(question: &ExpectedQuestion<'_, '_>, winner: &Match<'_>) -> bool {
    let profiles = question.profiles();
    let mut unknown = question.fits.unknown(profiles);
    profiles.knowledge == ProfileKnowledge::Partial
        || unknown.any(|profile| is_rival(profile, winner.profile))
}

/// Whether the claim rests on a value that was taken for one that is not known, such as a parameter's default: in the selector
/// that matches, in one of a profile that would win by its name, in a name, or on a profile's being one of this cluster.
fn rests_on_an_assumption(question: &ExpectedQuestion<'_, '_>, winner: &Match<'_>) -> bool {
    let (namespace, labels) = (question.namespace, &question.recreated.labels);
    // The answer names the profile, too.
    if !is_match_sure(question, winner) || is_name_assumed(winner.profile) {
        return true;
    }
    if question.recreated.profile_label().is_some() {
        return false;
    }
    // It comes first, or last, by a name that was assumed.
    let mut matching = question.fits.matches(question.profiles()).into_iter();
    matching.any(|found| is_rival(found.profile, winner.profile))
        || question
            .cluster
            .matcher
            .with_gaps()
            .any(|(index, profile)| {
                question.fits.of(index) == Fit::Misses
                    && is_rival(profile, winner.profile)
                    && !is_sure(profile, namespace, labels)
            })
}

fn is_match_sure(question: &ExpectedQuestion<'_, '_>, found: &Match<'_>) -> bool {
    is_sure(
        found.profile,
        question.namespace,
        &question.recreated.labels,
    )
}

/// Whether it rests on no assumption that no profile would claim the pod, if none would; for a pod whose label names a profile, that
/// this one would not.
fn is_absence_sure(question: &ExpectedQuestion<'_, '_>) -> bool {
    let (namespace, labels) = (question.namespace, &question.recreated.labels);
    let named = question.recreated.profile_label();
    // Of a profile that its source tells plainly nothing was assumed.
    let mut doubtful = question.cluster.matcher.with_gaps();
    doubtful.all(|(index, profile)| {
        let is_meant = named.is_none_or(|name| profile.name == name);
        // A profile of another name that was assumed may be the one that the label names.
        let may_be_meant =
            is_name_assumed(profile) && matches!(question.fits.of(index), Fit::Matches(_));
        !may_be_meant && (!is_meant || is_sure(profile, namespace, labels))
    })
}
