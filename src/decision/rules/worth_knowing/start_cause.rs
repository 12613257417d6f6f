//! What most likely keeps a container from starting, as far as the words tell, and what to do about it.

use super::containers::{Failure, says};
use crate::decision::placement::PodCase;

/// A cause by the words of the kubelet, the runtime or the volume's mount helper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StartCause {
    /// Limits that do not fit the pod's size. Source: aws/containers-roadmap#1890.
    CpuQuota,
    /// The registry was not reached.
    RegistryUnreachable,
    /// The registry, or the kubelet, said no.
    Image,
    /// Kubernetes waits for an attacher that EFS does not have. Source: aws-samples/eks-efs-share-within-fargate#5.
    EfsAttach,
    /// The file system's name leads nowhere.
    EfsResolve,
    /// The file system was found and does not mount.
    EfsMount,
    /// Another volume does not come.
    Volume,
    /// A ConfigMap, Secret or key that a container wants is not there.
    Configuration,
    /// It took more memory than it may.
    Memory,
    /// The pod's sandbox was not made.
    Sandbox,
    /// The program ends, or something else.
    Program,
}

impl StartCause {
    /// The cause of a container that does not run.
    pub(super) fn of_container(case: &PodCase<'_>, failure: &Failure<'_>) -> Self {
        let text = &failure.text;
        if says(text, &[&["cpu.cfs_quota_us"], &["setting cgroup config"]]) {
            return Self::CpuQuota;
        }
        let is_image = [
            "ErrImagePull",
            "ImagePullBackOff",
            "InvalidImageName",
            "ErrImageNeverPull",
        ];
        if is_image.iter().any(|reason| text.starts_with(reason)) {
            // The state of a pull that is backed off often lacks the cause; the event of the attempt has it.
            let was_unreachable = is_unreachable(text)
                || case
                    .snapshot
                    .events
                    .get(&case.object)
                    .into_iter()
                    .flatten()
                    .filter(|event| event.reason == "Failed")
                    .filter(|event| event.about_uid.is_empty() || event.about_uid == case.pod.uid)
                    .filter(|event| event.message.contains("pull"))
                    .max_by_key(|event| event.last_seen.or(event.first_seen))
                    .is_some_and(|event| is_unreachable(&event.message));
            return if was_unreachable {
                Self::RegistryUnreachable
            } else {
                Self::Image
            };
        }
        if text.starts_with("CreateContainerConfigError") {
            return Self::Configuration;
        }
        if says(text, &[&["oomkilled"]]) {
            return Self::Memory;
        }
        Self::Program
    }

    /// The cause of containers that have not been started, by the kubelet's warnings. The attempt that names the cause may be
    /// older than a warning that says only that time ran out.
    pub(super) fn of_warnings<'a>(warnings: impl Iterator<Item = &'a str> + Clone) -> Self {
        let has = |phrases: &[&[&str]]| warnings.clone().any(|text| says(text, phrases));
        if has(&[
            &["failed to resolve", "fs-"],
            &["vpc has an efs mount target"],
        ]) {
            Self::EfsResolve
        } else if has(&[
            &["external-attacher", "efs.csi.aws.com"],
            &["attachvolume", "efs.csi.aws.com"],
        ]) {
            Self::EfsAttach
        } else if has(&[&["mount.nfs4"], &["mount.efs"], &["efs.csi.aws.com"]]) {
            Self::EfsMount
        } else if has(&[&["configmap", "not found"], &["secret", "not found"]]) {
            Self::Configuration
        } else if has(&[&["sandbox"]]) {
            Self::Sandbox
        } else {
            Self::Volume
        }
    }

    /// What to do, in one to three sentences.
    pub(super) fn advice(self) -> &'static str {
        match self {
            Self::CpuQuota => {
                "Set requests and limits to the same values, for CPU and memory of each container, in the template: limits that do \
                 not fit the pod's size have made containers fail like this on Fargate."
            }
            Self::RegistryUnreachable => {
                "See that the profile's subnets have a way to the registry: a NAT gateway, or for ECR the endpoints ecr.api, \
                 ecr.dkr and S3; and security groups that let it through. The image's name is not the trouble."
            }
            Self::Image => {
                "Check the image's name and tag, and the right to load it: from ECR the pod execution role loads it, from other \
                 registries an imagePullSecret."
            }
            Self::EfsAttach => {
                "See that the CSIDriver object efs.csi.aws.com is there with attachRequired: false; without it Kubernetes likely \
                 waits for an attacher that EFS does not have. Fargate brings the driver itself."
            }
            Self::EfsResolve => {
                "See that the file system id in the PersistentVolume is right, that the file system has a mount target in the \
                 pod's zone, and that the VPC's DNS support and hostnames are on."
            }
            Self::EfsMount => {
                "See that the file system has a mount target in the pod's zone whose security group lets NFS (TCP 2049) in from \
                 the pod's groups."
            }
            Self::Volume => {
                "Look at the volume that the warning names; the placement of the pod is not the cause."
            }
            Self::Configuration => {
                "Make the ConfigMap, Secret or key that the message names, or take it out of the template; the kubelet tries again \
                 by itself."
            }
            Self::Memory => {
                "Give the container more memory in the template, as request and limit: Fargate sizes the pod by its requests."
            }
            Self::Sandbox => {
                "Follow the message: the network or the runtime on the pod's machine was not set up. AWS Support can look at it."
            }
            Self::Program => {
                "Look at the container's logs and settings; its placement is not the cause. On Fargate there is no instance \
                 metadata service and no EKS Pod Identity."
            }
        }
    }

    /// How new pods help, where they do: only for those that would run on Fargate.
    pub(super) fn advice_with_new_pods(self) -> Option<&'static str> {
        match self {
            Self::CpuQuota => Some("Then have the pods made again."),
            Self::Memory => Some("Pods that are made then get it."),
            Self::Sandbox => Some("If it stays so, delete the pod: a new one gets a new machine."),
            _ => None,
        }
    }

    /// A command that shows more of it, beside the pod.
    pub(super) fn command(self, kubectl: &str) -> Option<String> {
        matches!(self, Self::EfsAttach)
            .then(|| format!("{kubectl} get csidriver efs.csi.aws.com -o yaml"))
    }
}

fn is_unreachable(text: &str) -> bool {
    says(
        text,
        &[
            &["i/o timeout"],
            &["deadlineexceeded"],
            &["deadline exceeded"],
            &["timeout exceeded"],
            &["tls handshake timeout"],
            &["no such host"],
            &["no route to host"],
            &["network is unreachable"],
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_name_their_cause_though_a_newer_one_does_not() {
        let timed_out = "Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[data]: timed out waiting \
                         for the condition";
        let rows = [
            (
                "AttachVolume.Attach failed for volume \"data\" : timed out waiting for external-attacher of efs.csi.aws.com CSI \
                 driver to attach volume fs-1",
                StartCause::EfsAttach,
            ),
            (
                "MountVolume.SetUp failed: Output: Failed to resolve \"fs-1.efs.eu-west-1.amazonaws.com\" - check that your file \
                 system ID is correct, and ensure that the VPC has an EFS mount target",
                StartCause::EfsResolve,
            ),
            (
                "MountVolume.SetUp failed for volume \"data\" : mount.nfs4: Connection timed out",
                StartCause::EfsMount,
            ),
            (
                "MountVolume.SetUp failed for volume \"settings\" : configmap \"web\" not found",
                StartCause::Configuration,
            ),
            (
                "Failed to create pod sandbox: rpc error",
                StartCause::Sandbox,
            ),
        ];
        for (text, cause) in rows {
            let found = StartCause::of_warnings([text, timed_out].into_iter());
            assert_eq!(found, cause, "{text}");
        }
        assert_eq!(
            StartCause::of_warnings([timed_out].into_iter()),
            StartCause::Volume
        );
    }
}
