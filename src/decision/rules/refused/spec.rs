//! One refusal: what the spec shows, and what Fargate said of it.

use super::{explains, finding, fix, phrases, word_evidence, words};
use crate::decision::finding::{Certainty, Finding, Strength};
use crate::decision::placement::node_constraints::asks_for_a_place;
use crate::decision::placement::refusal::Blocker;
use crate::decision::placement::words::Word;
use crate::decision::placement::{ExpectedKind, PlacementKind, PodCase};
use crate::decision::reason::Reason;

/// The word that names a reason. Fargate says of an architecture what it says of every node requirement.
fn names(words: &[Word], reason: Reason) -> Option<&Word> {
    let said = match reason {
        Reason::ArchitectureMismatch => Reason::NodeSelectorConflict,
        other => other,
    };
    words.iter().find(|word| word.clauses.contains(&said))
}

pub(super) fn refusal(case: &PodCase<'_>, reason: Reason) -> Option<Finding> {
    let is_rejected = case.placement_kind() == Some(PlacementKind::Rejected);
    let is_live_claim = case.pod.is_claimed() && (is_rejected || !case.is_bound());
    let said = if is_live_claim {
        names(words(case), reason)
    } else {
        None
    };
    let source = if is_live_claim {
        &case.blockers
    } else {
        &case.recreated_blockers
    };
    let own: Vec<&Blocker> = source
        .iter()
        .filter(|blocker| blocker.reason == reason)
        .collect();
    if !is_live_claim
        && !matches!(
            case.expected.kind,
            ExpectedKind::Refused | ExpectedKind::Undecided
        )
    {
        return None;
    }
    if !is_live_claim && case.expected.profile.is_none() {
        return None;
    }
    let (certainty, strength) = match (own.first(), said) {
        (None, None) => return None,
        (None, Some(_)) if reason == Reason::ArchitectureMismatch => return None,
        (None, Some(_)) if is_rejected => (Certainty::Certain, Strength::Strong),
        (None, Some(word)) => (stands_by_itself(case, reason, word)?, Strength::Strong),
        (Some(_), Some(_)) => (Certainty::Certain, Strength::Strong),
        (Some(blocker), None) if is_live_claim || case.is_template() => match blocker.certainty {
            Certainty::Undecided => (Certainty::Undecided, Strength::Aside),
            // A kubelet names what it refuses; what else the spec has did not decide.
            certainty if is_rejected => (certainty, Strength::Aside),
            certainty => (certainty, Strength::Strong),
        },
        (Some(blocker), None) => (blocker.certainty, Strength::Aside),
    };
    let what = match own.as_slice() {
        [] => said
            .map(|word| phrases::quoted(&word.text))
            .unwrap_or_default(),
        blockers => phrases::list(blockers.iter().map(|blocker| blocker.what.as_str())),
    };
    let message = if is_live_claim {
        let verb = match (certainty, said.is_some()) {
            (_, true) => "refuses",
            (Certainty::Certain, _) => "refuses",
            (Certainty::Likely, _) => "likely refuses",
            (Certainty::Undecided, _) => "may refuse",
        };
        format!("Fargate {verb} the pod: {what}.")
    } else {
        let verb = match certainty {
            Certainty::Certain => "would refuse",
            Certainty::Likely => "would likely refuse",
            Certainty::Undecided => "may refuse",
        };
        let when = if case.is_template() {
            "Made now"
        } else {
            "Created again"
        };
        format!("{when}, a profile would claim the pod and Fargate {verb} it: {what}.")
    };
    Some(
        finding(case, reason, message)
            .certainty(certainty)
            .strength(strength)
            .evidence(own.iter().map(|blocker| blocker.evidence.clone()))
            .evidence(said.map(|word| word_evidence(case, word)))
            .fix(remedy(case, reason)),
    )
}

/// Whether a refusal that the objects do not show still counts, because what it talks about was not read.
pub(super) fn stands_by_itself(
    case: &PodCase<'_>,
    reason: Reason,
    word: &Word,
) -> Option<Certainty> {
    let stands = match reason {
        // Only an object that the text names and that was not read keeps it alive: a claim that is bound is bound.
        Reason::VolumeNotBound | Reason::VolumeNotEfs => case.blockers.iter().any(|blocker| {
            let object = &blocker.evidence.object;
            blocker.reason == Reason::VolumesUnknown
                && word.text.contains(&object.name)
                && (reason == Reason::VolumeNotEfs || object.kind == "persistentvolumeclaim")
        }),
        Reason::NodeSelectorConflict => {
            asks_for_a_place(&case.pod.spec)
                && !case
                    .blockers
                    .iter()
                    .any(|blocker| explains(blocker, reason))
        }
        _ => false,
    };
    stands.then_some(Certainty::Likely)
}

/// What to do about the claim that is missing or not bound, by its name where it is known.
fn bind(case: &PodCase<'_>, template: &str) -> String {
    let of_claim = case
        .blockers
        .iter()
        .chain(&case.recreated_blockers)
        .find(|blocker| {
            blocker.reason == Reason::VolumeNotBound
                && blocker.evidence.object.kind == "persistentvolumeclaim"
        });
    match of_claim.map(|blocker| &blocker.evidence) {
        Some(evidence) if evidence.found.is_none() => format!(
            "Correct the name of claim {} in {template}, or create that claim and bind it to an EFS volume",
            evidence.object.name
        ),
        Some(evidence) => format!("Bind claim {} to an EFS volume", evidence.object.name),
        None => "Bind the claim to an EFS volume".to_owned(),
    }
}

fn remedy(case: &PodCase<'_>, reason: Reason) -> crate::decision::finding::Fix {
    let is_live_claim = case.pod.is_claimed() && !case.is_template();
    let mut own = case
        .blockers
        .iter()
        .filter(|blocker| blocker.reason == reason)
        .peekable();
    if is_live_claim && own.peek().is_some() && own.all(Blocker::is_of_debug_container) {
        return fix::advice(
            "The debug container was added to this pod later: a pod made again has none.",
        );
    }
    if is_live_claim && case.expected.kind == ExpectedKind::Fargate {
        // The template has been mended since: only the pod is old.
        return fix::recreate(case);
    }
    if reason != Reason::VolumeNotBound && !fix::stands_in_template(case, reason) {
        return fix::exempt_from_admission(case, "What Fargate refuses");
    }
    let keep_off = fix::keep_off_fargate(case);
    let template = fix::template_name(case);
    let change = match reason {
        Reason::VolumeNotBound => {
            let again = match case.expected.kind {
                ExpectedKind::Fargate => fix::recreate(case),
                _ => fix::advice(""),
            };
            let text = format!(
                "{} (Fargate cannot provision one), then make the pod again: Fargate does not reliably look again. {}",
                bind(case, &template),
                again.text
            );
            let look = format!("{} get persistentvolumeclaims", fix::kubectl(case));
            return fix::with_commands(
                text.trim_end(),
                std::iter::once(look).chain(again.commands),
            );
        }
        Reason::VolumeNotEfs => "use an EFS volume (move the data there first)",
        Reason::UnsupportedVolume => {
            "replace the volume (emptyDir, configMap, secret, projected or EFS)"
        }
        Reason::TooBig => "lower the requests or split the pod",
        Reason::EphemeralStorageTooBig => "ask for at most 175 GiB of ephemeral storage",
        Reason::AcceleratorRequested => "do without the device",
        Reason::ArchitectureMismatch => "build the images for linux/amd64 and drop the requirement",
        Reason::NodeSelectorConflict => "drop the requirement on the node",
        Reason::HostNamespace => "drop hostNetwork, hostPID and hostIPC",
        Reason::HostPort => "drop hostPort and hostIP",
        Reason::PrivilegedContainer => "drop privileged",
        Reason::PrivilegeEscalation => "set allowPrivilegeEscalation to false",
        Reason::AddedCapability => "drop the added capabilities",
        Reason::RawBlockVolume => "use volumeMounts in place of volumeDevices",
        _ => "take it out",
    };
    fix::with_commands(
        format!(
            "Either {change} in {template}, or keep the pods off Fargate: {}",
            keep_off.text
        ),
        keep_off.commands,
    )
}
