//! What Fargate refuses: found in the spec before any event says so, and confirmed by what fargate-scheduler or the kubelet said.

use super::{Family, Rule, RuleInfo, finding, fix, info, phrases, sources, word_evidence};
use crate::decision::finding::{Certainty, Evidence, Finding, Strength};
use crate::decision::placement::node_constraints::asks_for_a_place;
use crate::decision::placement::refusal::Blocker;
use crate::decision::placement::words::Word;
use crate::decision::placement::{ExpectedKind, PlacementKind, PodCase};
use crate::decision::reason::Reason;

pub(super) const RULES: &[Rule] = &[
    Rule {
        info: RuleInfo {
            reason: Reason::HostNamespace,
            family: Family::Refused,
            title: "it asks for the host's network, process or IPC namespace",
            evidence: "spec.hostNetwork, hostPID and hostIPC",
            fix: "remove the field from the template, or keep the pod off Fargate",
            source: sources::FARGATE,
            page: include_str!("pages/HostNamespace.md"),
        },
        check: |case| refusal(case, Reason::HostNamespace),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::HostPort,
            family: Family::Refused,
            title: "a container port asks for a port or address of the host",
            evidence: "ports[].hostPort and hostIP of every container",
            fix: "remove hostPort and hostIP; a Service reaches the container port",
            source: sources::FARGATE,
            page: include_str!("pages/HostPort.md"),
        },
        check: |case| refusal(case, Reason::HostPort),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::PrivilegedContainer,
            family: Family::Refused,
            title: "a container is privileged",
            evidence: "securityContext.privileged of every container",
            fix: "run it unprivileged, or keep the pod off Fargate",
            source: sources::FARGATE,
            page: include_str!("pages/PrivilegedContainer.md"),
        },
        check: |case| refusal(case, Reason::PrivilegedContainer),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::PrivilegeEscalation,
            family: Family::Refused,
            title: "a container allows privilege escalation",
            evidence: "securityContext.allowPrivilegeEscalation of every container",
            fix: "set allowPrivilegeEscalation to false or leave it out",
            source: "https://github.com/kubernetes/ingress-nginx/issues/4888",
            page: include_str!("pages/PrivilegeEscalation.md"),
        },
        check: |case| refusal(case, Reason::PrivilegeEscalation),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::AddedCapability,
            family: Family::Refused,
            title: "a container adds a capability that Fargate does not grant",
            evidence: "securityContext.capabilities.add of every container",
            fix: "remove the capability, or keep the pod off Fargate",
            source: "https://github.com/aws/aws-app-mesh-roadmap/issues/158",
            page: include_str!("pages/AddedCapability.md"),
        },
        check: |case| refusal(case, Reason::AddedCapability),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::UnsupportedVolume,
            family: Family::Refused,
            title: "a volume is of a kind that Fargate does not mount",
            evidence: "the source of every volume",
            fix: "replace the volume by a kind that Fargate mounts, or keep the pod off Fargate",
            source: sources::FARGATE,
            page: include_str!("pages/UnsupportedVolume.md"),
        },
        check: |case| refusal(case, Reason::UnsupportedVolume),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::VolumeNotBound,
            family: Family::Refused,
            title: "a volume claim is missing or not bound",
            evidence: "the claim's status.phase as it is now",
            fix: "bind the claim to an EFS volume (static provisioning), then recreate the pod",
            source: "https://github.com/aws/containers-roadmap/issues/1382",
            page: include_str!("pages/VolumeNotBound.md"),
        },
        check: |case| refusal(case, Reason::VolumeNotBound),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::VolumeNotEfs,
            family: Family::Refused,
            title: "a volume claim is bound to something else than EFS",
            evidence: "the CSI driver of the claim's volume",
            fix: "move the data to EFS, or keep the pod off Fargate",
            source: "https://github.com/kubernetes-sigs/aws-ebs-csi-driver/issues/810",
            page: include_str!("pages/VolumeNotEfs.md"),
        },
        check: |case| refusal(case, Reason::VolumeNotEfs),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::RawBlockVolume,
            family: Family::Refused,
            title: "a container uses a raw block device",
            evidence: "volumeDevices of every container",
            fix: "mount a file system instead, or keep the pod off Fargate",
            source: sources::FARGATE,
            page: include_str!("pages/RawBlockVolume.md"),
        },
        check: |case| refusal(case, Reason::RawBlockVolume),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::TooBig,
            family: Family::Refused,
            title: "it asks for more CPU or memory than the largest Fargate size",
            evidence: "the containers' requests, with 256 MiB for Kubernetes",
            fix: "lower the requests, split the pod, or keep it off Fargate",
            source: sources::POD_CONFIGURATION,
            page: include_str!("pages/TooBig.md"),
        },
        check: |case| refusal(case, Reason::TooBig),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::EphemeralStorageTooBig,
            family: Family::Refused,
            title: "it asks for more ephemeral storage than Fargate gives",
            evidence: "the containers' ephemeral-storage requests",
            fix: "ask for at most 175 GiB, or use EFS",
            source: sources::POD_CONFIGURATION,
            page: include_str!("pages/EphemeralStorageTooBig.md"),
        },
        check: |case| refusal(case, Reason::EphemeralStorageTooBig),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::AcceleratorRequested,
            family: Family::Refused,
            title: "it asks for a GPU or another accelerator",
            evidence: "the containers' resource names",
            fix: "keep the pod off Fargate, on nodes that have the device",
            source: sources::FARGATE,
            page: include_str!("pages/AcceleratorRequested.md"),
        },
        check: |case| refusal(case, Reason::AcceleratorRequested),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::ArchitectureMismatch,
            family: Family::Refused,
            title: "it asks for arm64 or Windows; Fargate pods on EKS run on Linux and amd64",
            evidence: "node selector, required node affinity and spec.os",
            fix: "build for linux/amd64, or keep the pod off Fargate",
            source: sources::FARGATE,
            page: include_str!("pages/ArchitectureMismatch.md"),
        },
        check: |case| refusal(case, Reason::ArchitectureMismatch),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::NodeSelectorConflict,
            family: Family::Refused,
            title: "its node selector or required node affinity fits no Fargate node",
            evidence: "node selector and required node affinity against the labels of Fargate nodes",
            fix: "remove the requirement, or keep the pod off Fargate",
            source: "https://github.com/kubernetes-sigs/aws-ebs-csi-driver/pull/496",
            page: include_str!("pages/NodeSelectorConflict.md"),
        },
        check: |case| refusal(case, Reason::NodeSelectorConflict),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::StaleVerdict,
            family: Family::Refused,
            title: "Fargate's recorded refusal no longer holds",
            evidence: "the refusal in the event or condition against the objects as they are now",
            fix: "recreate the pod; Fargate does not reliably look again",
            source: "https://github.com/aws/containers-roadmap/issues/1382",
            page: include_str!("pages/StaleVerdict.md"),
        },
        check: stale_verdict,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::UnknownRefusal,
            family: Family::Refused,
            title: "Fargate said no in words that are not in the catalogue",
            evidence: "the newest word of fargate-scheduler or the kubelet, verbatim",
            fix: "read the message; it is shown as it was said",
            source: sources::FARGATE,
            page: include_str!("pages/UnknownRefusal.md"),
        },
        check: unknown_refusal,
    },
];

/// Whether it is a reason of this family, not one about the verdict itself.
fn is_refusal(reason: Reason) -> bool {
    let about_the_verdict = matches!(reason, Reason::StaleVerdict | Reason::UnknownRefusal);
    !about_the_verdict && info(reason).family == Family::Refused
}

/// What Fargate itself said about a pod that it claimed.
fn words<'c>(case: &'c PodCase<'_>) -> &'c [Word] {
    match case.placement_kind() {
        Some(PlacementKind::Rejected) => &case.words.kubelet,
        Some(PlacementKind::FargatePending) => &case.words.fargate,
        _ => &[],
    }
}

/// Whether what stands in the spec is what a clause of Fargate's words is about.
fn explains(blocker: &Blocker, clause: Reason) -> bool {
    blocker.reason == clause
        || clause == Reason::NodeSelectorConflict && blocker.reason == Reason::ArchitectureMismatch
}

/// The word that names a reason. Fargate says of an architecture what it says of every node requirement.
fn names(words: &[Word], reason: Reason) -> Option<&Word> {
    let said = match reason {
        Reason::ArchitectureMismatch => Reason::NodeSelectorConflict,
        other => other,
    };
    words.iter().find(|word| word.clauses.contains(&said))
}

fn refusal(case: &PodCase<'_>, reason: Reason) -> Option<Finding> {
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
fn stands_by_itself(case: &PodCase<'_>, reason: Reason, word: &Word) -> Option<Certainty> {
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

fn remedy(case: &PodCase<'_>, reason: Reason) -> crate::decision::finding::Fix {
    let is_live_claim = case.pod.is_claimed() && !case.is_template();
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
            return fix::with_commands(
                format!(
                    "Bind the claim to an EFS volume (static provisioning; Fargate cannot provision), then make the pod again: \
                     Fargate does not reliably look again. {}",
                    again.text
                ),
                again.commands,
            );
        }
        Reason::VolumeNotEfs => "move the data to an EFS volume",
        Reason::UnsupportedVolume => {
            "replace the volume (emptyDir, configMap, secret, projected or EFS)"
        }
        Reason::TooBig => "lower the requests or split the pod",
        Reason::EphemeralStorageTooBig => "ask for at most 175 GiB of ephemeral storage",
        Reason::AcceleratorRequested => "do without the device",
        Reason::ArchitectureMismatch => "build the images for linux/amd64 and drop the requirement",
        Reason::NodeSelectorConflict => "drop the requirement on the node",
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

/// Claimed and on no node; a terminating pod counts, since what Fargate said of it is still the answer.
fn is_claim_without_node(case: &PodCase<'_>) -> bool {
    case.pod.is_claimed() && !case.is_template() && !case.is_bound() && !case.pod.is_finished()
}

fn stale_verdict(case: &PodCase<'_>) -> Option<Finding> {
    if !is_claim_without_node(case) {
        return None;
    }
    let word = case.words.fargate.iter().find(|word| {
        let mut refusals = word
            .clauses
            .iter()
            .copied()
            .filter(|reason| is_refusal(*reason))
            .peekable();
        refusals.peek().is_some()
            && refusals.all(|reason| {
                !case
                    .blockers
                    .iter()
                    .any(|blocker| explains(blocker, reason))
                    && stands_by_itself(case, reason, word).is_none()
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

fn unknown_refusal(case: &PodCase<'_>) -> Option<Finding> {
    if !case.pod.is_claimed() || case.is_template() {
        return None;
    }
    let is_rejected = case.placement_kind() == Some(PlacementKind::Rejected);
    if !is_rejected && !is_claim_without_node(case) {
        return None;
    }
    let said = words(case);
    let is_unknown = |word: &&Word| {
        word.has_unknown_words
            || is_rejected && !word.clauses.iter().any(|reason| is_refusal(*reason))
    };
    let word = said.iter().find(is_unknown);
    let (message, evidence) = match word {
        Some(word) => (
            format!("Fargate says of the pod: {}", phrases::quoted(&word.text)),
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
