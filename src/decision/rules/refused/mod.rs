//! What Fargate refuses: found in the spec before any event says so, and confirmed by what fargate-scheduler or the kubelet said.

mod recorded;
mod remedy;
mod spec;

use super::{Family, Rule, RuleInfo, finding, fix, phrases, sources, word_evidence};
use crate::decision::placement::refusal::Blocker;
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
            page: include_str!("../pages/HostNamespace.md"),
        },
        check: |case| spec::refusal(case, Reason::HostNamespace),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::HostPort,
            family: Family::Refused,
            title: "a container port asks for a port or address of the host",
            evidence: "ports[].hostPort and hostIP of every container",
            fix: "remove hostPort and hostIP; a Service reaches the container port",
            source: sources::FARGATE,
            page: include_str!("../pages/HostPort.md"),
        },
        check: |case| spec::refusal(case, Reason::HostPort),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::PrivilegedContainer,
            family: Family::Refused,
            title: "a container is privileged",
            evidence: "securityContext.privileged of every container",
            fix: "run it unprivileged, or keep the pod off Fargate",
            source: sources::FARGATE,
            page: include_str!("../pages/PrivilegedContainer.md"),
        },
        check: |case| spec::refusal(case, Reason::PrivilegedContainer),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::PrivilegeEscalation,
            family: Family::Refused,
            title: "a container allows privilege escalation",
            evidence: "securityContext.allowPrivilegeEscalation of every container",
            fix: "set allowPrivilegeEscalation to false or leave it out",
            source: "https://github.com/kubernetes/ingress-nginx/issues/4888",
            page: include_str!("../pages/PrivilegeEscalation.md"),
        },
        check: |case| spec::refusal(case, Reason::PrivilegeEscalation),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::AddedCapability,
            family: Family::Refused,
            title: "a container adds a capability that Fargate does not grant",
            evidence: "securityContext.capabilities.add of every container",
            fix: "remove the capability, or keep the pod off Fargate",
            source: "https://github.com/aws/aws-app-mesh-roadmap/issues/158",
            page: include_str!("../pages/AddedCapability.md"),
        },
        check: |case| spec::refusal(case, Reason::AddedCapability),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::UnsupportedVolume,
            family: Family::Refused,
            title: "a volume is of a kind that Fargate does not mount",
            evidence: "the source of every volume",
            fix: "replace the volume by a kind that Fargate mounts, or keep the pod off Fargate",
            source: sources::FARGATE,
            page: include_str!("../pages/UnsupportedVolume.md"),
        },
        check: |case| spec::refusal(case, Reason::UnsupportedVolume),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::VolumeNotBound,
            family: Family::Refused,
            title: "a volume claim is missing or not bound",
            evidence: "the claim's status.phase as it is now",
            fix: "bind the claim to an EFS volume (static provisioning), then recreate the pod",
            source: "https://github.com/aws/containers-roadmap/issues/1382",
            page: include_str!("../pages/VolumeNotBound.md"),
        },
        check: |case| spec::refusal(case, Reason::VolumeNotBound),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::VolumeNotEfs,
            family: Family::Refused,
            title: "a volume claim is bound to something else than EFS",
            evidence: "the CSI driver of the claim's volume",
            fix: "move the data to EFS, or keep the pod off Fargate",
            source: "https://github.com/kubernetes-sigs/aws-ebs-csi-driver/issues/810",
            page: include_str!("../pages/VolumeNotEfs.md"),
        },
        check: |case| spec::refusal(case, Reason::VolumeNotEfs),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::RawBlockVolume,
            family: Family::Refused,
            title: "a container uses a raw block device",
            evidence: "volumeDevices of every container",
            fix: "mount a file system instead, or keep the pod off Fargate",
            source: sources::FARGATE,
            page: include_str!("../pages/RawBlockVolume.md"),
        },
        check: |case| spec::refusal(case, Reason::RawBlockVolume),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::TooBig,
            family: Family::Refused,
            title: "it asks for more CPU or memory than the largest Fargate size",
            evidence: "the containers' requests, with 256 MiB for Kubernetes",
            fix: "lower the requests, split the pod, or keep it off Fargate",
            source: sources::POD_CONFIGURATION,
            page: include_str!("../pages/TooBig.md"),
        },
        check: |case| spec::refusal(case, Reason::TooBig),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::EphemeralStorageTooBig,
            family: Family::Refused,
            title: "it asks for more ephemeral storage than Fargate gives",
            evidence: "the containers' ephemeral-storage requests",
            fix: "ask for at most 175 GiB, or use EFS",
            source: sources::POD_CONFIGURATION,
            page: include_str!("../pages/EphemeralStorageTooBig.md"),
        },
        check: |case| spec::refusal(case, Reason::EphemeralStorageTooBig),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::AcceleratorRequested,
            family: Family::Refused,
            title: "it asks for a GPU or another accelerator",
            evidence: "the containers' resource names",
            fix: "keep the pod off Fargate, on nodes that have the device",
            source: sources::FARGATE,
            page: include_str!("../pages/AcceleratorRequested.md"),
        },
        check: |case| spec::refusal(case, Reason::AcceleratorRequested),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::ArchitectureMismatch,
            family: Family::Refused,
            title: "it asks for arm64 or Windows; Fargate pods on EKS run on Linux and amd64",
            evidence: "node selector, required node affinity and spec.os",
            fix: "build for linux/amd64, or keep the pod off Fargate",
            source: sources::FARGATE,
            page: include_str!("../pages/ArchitectureMismatch.md"),
        },
        check: |case| spec::refusal(case, Reason::ArchitectureMismatch),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::NodeSelectorConflict,
            family: Family::Refused,
            title: "its node selector or required node affinity fits no Fargate node",
            evidence: "node selector and required node affinity against the labels of Fargate nodes",
            fix: "remove the requirement, or keep the pod off Fargate",
            source: "https://github.com/kubernetes-sigs/aws-ebs-csi-driver/pull/496",
            page: include_str!("../pages/NodeSelectorConflict.md"),
        },
        check: |case| spec::refusal(case, Reason::NodeSelectorConflict),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::StaleVerdict,
            family: Family::Refused,
            title: "Fargate's recorded refusal no longer holds",
            evidence: "the refusal in the event or condition against the objects as they are now",
            fix: "recreate the pod; Fargate does not reliably look again",
            source: "https://github.com/aws/containers-roadmap/issues/1382",
            page: include_str!("../pages/StaleVerdict.md"),
        },
        check: recorded::stale_verdict,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::UnknownRefusal,
            family: Family::Refused,
            title: "Fargate said no in words that are not in the catalogue",
            evidence: "the newest word of fargate-scheduler or the kubelet, verbatim",
            fix: "read the message; it is shown as it was said",
            source: sources::FARGATE,
            page: include_str!("../pages/UnknownRefusal.md"),
        },
        check: recorded::unknown_refusal,
    },
];

/// Whether what stands in the spec is what a clause of Fargate's words is about.
fn explains(blocker: &Blocker, clause: Reason) -> bool {
    blocker.reason == clause
        || clause == Reason::NodeSelectorConflict && blocker.reason == Reason::ArchitectureMismatch
}
