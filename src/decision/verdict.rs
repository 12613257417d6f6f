//! Which finding decides: one list for each situation, in the contract's own order, and nothing else settles it.

use std::sync::Arc;

use super::facts::{ClusterSnapshot, Pod, Shared, Workload};
use super::finding::{Certainty, Evidence, Finding, Severity, Strength};
use super::placement::{Cluster, PlacementKind, PodCase, SelectorTrial};
use super::reason::Reason;
use super::rules::{self, Family};

/// The answer about one pod or template.
pub struct Verdict<'a> {
    /// What was judged.
    pub case: PodCase<'a>,
    /// The findings, the decisive one first, then by severity and the order of the catalogue.
    pub findings: Vec<Finding>,
    /// The best selectors that do not match, at most [`NEAR_MISSES_KEPT`](super::placement::likeness::NEAR_MISSES_KEPT).
    pub near_misses: Shared<Vec<SelectorTrial>>,
    /// How many there were.
    pub near_miss_count: usize,
    /// The selectors that match the pod's own labels.
    pub matches: Shared<Vec<SelectorTrial>>,
}

impl Verdict<'_> {
    /// The finding that answers why the pod is where it is.
    pub fn decisive(&self) -> &Finding {
        &self.findings[0]
    }
}

/// Explains where a pod is, and why.
pub fn explain<'a>(snapshot: &'a ClusterSnapshot, pod: &'a Pod) -> Verdict<'a> {
    explain_among(&Arc::new(Cluster::of(snapshot)), pod)
}

/// Explains where one of many pods of a cluster is, and why, with what was found out for others.
pub fn explain_among<'a>(cluster: &Arc<Cluster<'a>>, pod: &'a Pod) -> Verdict<'a> {
    decide(PodCase::of_pod(cluster, pod))
}

/// Explains where the pods of a workload would be.
pub fn explain_template<'a>(snapshot: &'a ClusterSnapshot, workload: &'a Workload) -> Verdict<'a> {
    explain_template_among(&Arc::new(Cluster::of(snapshot)), workload)
}

/// Explains where the pods of one of many workloads of a cluster would be.
pub fn explain_template_among<'a>(
    cluster: &Arc<Cluster<'a>>,
    workload: &'a Workload,
) -> Verdict<'a> {
    decide(PodCase::of_template(cluster, workload))
}

/// What Fargate refuses, in the order of the catalogue.
const REFUSALS: &[(Reason, Strength)] = &[
    (Reason::HostNamespace, Strength::Strong),
    (Reason::HostPort, Strength::Strong),
    (Reason::PrivilegedContainer, Strength::Strong),
    (Reason::PrivilegeEscalation, Strength::Strong),
    (Reason::AddedCapability, Strength::Strong),
    (Reason::UnsupportedVolume, Strength::Strong),
    (Reason::VolumeNotBound, Strength::Strong),
    (Reason::VolumeNotEfs, Strength::Strong),
    (Reason::RawBlockVolume, Strength::Strong),
    (Reason::TooBig, Strength::Strong),
    (Reason::EphemeralStorageTooBig, Strength::Strong),
    (Reason::AcceleratorRequested, Strength::Strong),
    (Reason::ArchitectureMismatch, Strength::Strong),
    (Reason::NodeSelectorConflict, Strength::Strong),
];

/// What a pod's situation is; each has its own order of reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Situation {
    /// On a Fargate node without a claim, refused or not yet.
    OnFargateUnclaimed,
    /// Claimed, and refused by the kubelet of a Fargate node.
    RejectedThoughClaimed,
    /// Claimed, and on a node that is not Fargate or not known.
    ClaimedElsewhere,
    /// A DaemonSet's pod.
    DaemonSet,
    /// Not claimed, and a profile matches.
    UnclaimedMatched,
    /// Not claimed, and no profile matches or none could be read.
    UnclaimedUnmatched,
    /// Claimed, and on no node.
    ClaimedWaiting,
    /// On Fargate and claimed.
    Landed,
    /// A workload's template.
    Template,
}

impl Situation {
    /// All situations, in the order in which they are asked for.
    pub const ALL: &'static [Self] = &[
        Self::Template,
        Self::OnFargateUnclaimed,
        Self::RejectedThoughClaimed,
        Self::ClaimedElsewhere,
        Self::DaemonSet,
        Self::UnclaimedMatched,
        Self::UnclaimedUnmatched,
        Self::ClaimedWaiting,
        Self::Landed,
    ];

    /// Tells the situation of a case.
    pub fn of(case: &PodCase<'_>) -> Self {
        let claimed = case.pod.is_claimed();
        if case.is_template() {
            Self::Template
        } else if case.is_on_fargate() && !claimed {
            Self::OnFargateUnclaimed
        } else if claimed && case.placement_kind() == Some(PlacementKind::Rejected) {
            Self::RejectedThoughClaimed
        } else if claimed && case.node.as_ref().is_some_and(|node| !node.is_fargate()) {
            Self::ClaimedElsewhere
        } else if case.chain.is_daemon_set() {
            Self::DaemonSet
        } else if claimed && case.is_bound() {
            Self::Landed
        } else if claimed {
            Self::ClaimedWaiting
        } else if case.matches.is_empty() {
            Self::UnclaimedUnmatched
        } else {
            Self::UnclaimedMatched
        }
    }

    /// The reasons that can decide, first hit wins. A reason may stand twice: once for its strong form, once for its weak one.
    pub fn order(self) -> Vec<(Reason, Strength)> {
        use Reason::*;
        use Strength::{Strong, Weak};
        match self {
            Self::OnFargateUnclaimed => vec![
                (NodeNamePreset, Strong),
                (ToleratesFargateTaint, Strong),
                (LabelsChangedLater, Strong),
                (ProfilesUnknown, Strong),
            ],
            Self::RejectedThoughClaimed => [REFUSALS, &[(UnknownRefusal, Strong)][..]].concat(),
            Self::ClaimedElsewhere => vec![(NodeNamePreset, Strong), (NodesUnknown, Strong)],
            Self::DaemonSet => vec![
                (PinnedToFargateNode, Strong),
                (DaemonSetPod, Strong),
                (NoProfiles, Strong),
                (ProfileLabelMismatch, Strong),
                (LabelOnlyOnOwner, Strong),
                (LabelMismatch, Strong),
                (NamespaceNotSelected, Strong),
                (ProfilesUnknown, Strong),
                (ProfilesUnknown, Weak),
            ],
            Self::UnclaimedMatched => vec![
                (SchedulerNamePreset, Strong),
                (StaticPod, Strong),
                (NodeNamePreset, Strong),
                (OptedOut, Strong),
                (ProfileNotActive, Strong),
                (WebhookMissing, Strong),
                (OlderThanProfile, Strong),
                (LabelsChangedLater, Strong),
                (SchedulerNamePreset, Weak),
                (OlderThanProfile, Weak),
                (WebhookSkipped, Strong),
                (WebhooksUnknown, Strong),
            ],
            Self::UnclaimedUnmatched => vec![
                (SchedulerNamePreset, Strong),
                // With the profiles unread only what holds whatever they are; with them read, StaticPod and OptedOut
                // do not decide here (see `may_decide`).
                (StaticPod, Strong),
                (OptedOut, Strong),
                (WaitingForCapacity, Strong),
                (NoProfiles, Strong),
                (ProfileLabelMismatch, Strong),
                (LabelOnlyOnOwner, Strong),
                (LabelMismatch, Strong),
                (NamespaceNotSelected, Strong),
                (ProfilesUnknown, Strong),
                (ProfilesUnknown, Weak),
            ],
            Self::ClaimedWaiting => [
                &[
                    // Where it hangs on the name of a profile that the source does not tell.
                    (ProfilesUnknown, Weak),
                    (ProfileGone, Strong),
                    (ProfileLabelMismatch, Strong),
                    (ExecutionRoleNotAuthorized, Strong),
                    (ExecutionRoleNotAssumable, Strong),
                    (ProfileUnhealthy, Strong),
                    (SubnetNotPrivate, Strong),
                    (UnsupportedZone, Strong),
                    (CapacityUnavailable, Strong),
                    (QuotaReached, Strong),
                    (AccountBlocked, Strong),
                    // No words of AWS for these two are known yet.
                    (SubnetOutOfAddresses, Strong),
                    (VpcDnsDisabled, Strong),
                ][..],
                REFUSALS,
                &[
                    (StaleVerdict, Strong),
                    (UnknownRefusal, Strong),
                    (SchedulingGated, Strong),
                    (ProfileNotActive, Strong),
                    // EC2's answers are no words about the pod: what AWS states and what Fargate refuses come first.
                    (SubnetNotPrivate, Weak),
                    (SubnetOutOfAddresses, Weak),
                    (VpcDnsDisabled, Weak),
                    (Provisioning, Strong),
                    (NodeNeverRegistered, Strong),
                    (EventsUnknown, Strong),
                    (VolumesUnknown, Strong),
                    (ProfilesUnknown, Strong),
                    (NodeNeverRegistered, Weak),
                ][..],
            ]
            .concat(),
            Self::Landed => vec![
                (ProfilesUnknown, Weak),
                (ProfileGone, Strong),
                (LabelsChangedLater, Strong),
                (MatchedProfile, Strong),
            ],
            Self::Template => [
                &[
                    (DaemonSetPod, Strong),
                    (NodeNamePreset, Strong),
                    (OptedOut, Strong),
                    (SchedulerNamePreset, Strong),
                    (ProfileNotActive, Strong),
                    (WebhookMissing, Strong),
                    (NoProfiles, Strong),
                    (ProfileLabelMismatch, Strong),
                    (LabelOnlyOnOwner, Strong),
                    (LabelMismatch, Strong),
                    (NamespaceNotSelected, Strong),
                ][..],
                REFUSALS,
                &[
                    (ProfilesUnknown, Strong),
                    (VolumesUnknown, Strong),
                    (MatchedProfile, Strong),
                ][..],
            ]
            .concat(),
        }
    }
}

/// Reasons that conclude from nothing else explaining the pod; beside a reason that does they would mislead.
const EXPLAINS_ONLY_IF_DECISIVE: &[Reason] = &[
    Reason::MatchedProfile,
    Reason::WebhookSkipped,
    Reason::ToleratesFargateTaint,
    Reason::Provisioning,
    Reason::NodeNeverRegistered,
];

fn decide(case: PodCase<'_>) -> Verdict<'_> {
    let mut findings: Vec<Finding> = rules::all()
        .filter_map(|rule| (rule.check)(&case))
        .collect();
    for finding in &mut findings {
        rules::qualify(&case, finding);
    }
    let decisive = Situation::of(&case)
        .order()
        .iter()
        .find_map(|(reason, strength)| {
            findings.iter().position(|finding| {
                finding.reason == *reason
                    && finding.strength == *strength
                    && may_decide(&case, finding)
            })
        });
    let mut first = match decisive {
        Some(index) => findings.remove(index),
        None => left_over(&case, &mut findings),
    };
    if let Some(failure) = &case.creation_failure {
        first.evidence.push(Evidence::found(
            failure.object.clone(),
            failure.place.clone(),
            failure.message.clone(),
        ));
    }
    findings.retain(|finding| {
        // What EC2 told is true whatever decides.
        let is_kept = finding.strength != Strength::Weak
            || rules::info(finding.reason).family == Family::Infrastructure;
        is_kept && !EXPLAINS_ONLY_IF_DECISIVE.contains(&finding.reason)
    });
    for finding in &mut findings {
        // What to do follows the decisive reason; beside it, only what blocks or breaks the pod needs a fix of its own.
        let keeps_its_fix = match rules::info(finding.reason).family {
            Family::Refused => finding.severity == Severity::Error,
            Family::Infrastructure => finding.severity != Severity::Info,
            Family::WorthKnowing | Family::Visibility => true,
            _ => false,
        };
        if !keeps_its_fix {
            finding.fix = None;
        }
        if rules::info(finding.reason).family == Family::Visibility {
            // What was not seen is trouble only where it keeps the pod from being explained.
            finding.severity = Severity::Info;
        }
    }
    findings.sort_by_key(|finding| (finding.severity, finding.reason));
    findings.insert(0, first);

    let (near, near_miss_count) = if case.matches.is_empty() {
        let near = case.common.near_trials(&case.cluster, &case.pod);
        (near, case.near_misses().count())
    } else {
        (Shared::default(), 0)
    };
    let matches = case.common.match_trials(&case.pod);
    Verdict {
        findings,
        near_misses: near,
        near_miss_count,
        matches,
        case,
    }
}

/// With the profiles read, a static or opted-out pod that no profile matches is told by its selectors.
fn may_decide(case: &PodCase<'_>, finding: &Finding) -> bool {
    let is_unmatched = match Situation::of(case) {
        Situation::UnclaimedUnmatched => true,
        Situation::Template => case.matches.is_empty(),
        _ => false,
    };
    let needs_unread_profiles =
        is_unmatched && matches!(finding.reason, Reason::StaticPod | Reason::OptedOut);
    !needs_unread_profiles || !case.can_show_absence()
}

/// Nothing is decided by being left over: the answer is undecided, and names what would have settled it.
fn left_over(case: &PodCase<'_>, findings: &mut Vec<Finding>) -> Finding {
    let would_settle: &[Reason] = if case.pod.is_claimed() {
        &[
            Reason::EventsUnknown,
            Reason::VolumesUnknown,
            Reason::ProfilesUnknown,
        ]
    } else {
        &[Reason::WebhooksUnknown, Reason::ProfilesUnknown]
    };
    let unseen = findings.iter().position(|finding| {
        would_settle.contains(&finding.reason) && finding.strength != Strength::Aside
    });
    if let Some(index) = unseen {
        let mut finding = findings.remove(index);
        finding.certainty = Certainty::Undecided;
        return finding;
    }
    let is_over = case.pod.is_finished() || case.pod.is_terminating();
    let (reason, message) = if !case.pod.is_claimed() {
        (
            Reason::WebhooksUnknown,
            "What was read does not tell why no profile claimed the pod; the moments at which the pod, the profile and the webhook were created would.".to_owned(),
        )
    } else if !case.is_bound() && is_over {
        (Reason::EventsUnknown, over_without_a_node(case))
    } else {
        (
            Reason::EventsUnknown,
            "What was read does not tell why the pod is where it is; newer events of fargate-scheduler would.".to_owned(),
        )
    };
    Finding {
        reason,
        severity: if case.is_waiting() {
            Severity::Error
        } else {
            Severity::Info
        },
        certainty: Certainty::Undecided,
        message,
        evidence: Vec::new(),
        fix: None,
        source: rules::info(reason).source,
        strength: Strength::Aside,
    }
}

/// What can be said of a claimed pod that ended, or is going, without ever having had a node.
fn over_without_a_node(case: &PodCase<'_>) -> String {
    let what = match case.pod.is_finished() {
        true => "has ended",
        false => "is being deleted",
    };
    let told_by_itself = match (&case.pod.status_reason, &case.pod.status_message) {
        (Some(reason), _) if !reason.is_empty() => format!(" ({reason})"),
        (_, Some(message)) if !message.is_empty() => format!(" ({message})"),
        _ => String::new(),
    };
    let events = match case.words.events_read {
        true => "its events say nothing of it; Kubernetes keeps events for a while only",
        false => "its events, which might tell why, were not read",
    };
    format!("The pod {what}{told_by_itself} and has no node; {events}.")
}

#[cfg(test)]
mod gaps_tests;
#[cfg(test)]
mod surroundings_tests;
