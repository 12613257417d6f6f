//! Volumes: their kind, and for claims what they are bound to as things are now.

use super::{Blocker, RefusalQuestion};
use crate::decision::facts::pod::PROVISIONER_ANNOTATIONS;
use crate::decision::facts::volume::{StorageClass, VolumeClaim};
use crate::decision::facts::workload::ClaimTemplate;
use crate::decision::facts::{
    ClusterSnapshot, Kind, ObjectRef, PersistentVolume, Volume, VolumeSource,
};
use crate::decision::finding::{Certainty, Evidence};
use crate::decision::reason::Reason;

/// The CSI driver whose volumes Fargate mounts. Source: EKS User Guide, "Use elastic file system storage with Amazon EFS".
pub const EFS_DRIVER: &str = "efs.csi.aws.com";

/// The source of EBS volumes of before the CSI drivers.
const IN_TREE_EBS: &str = "awsElasticBlockStore";

/// Volume sources that Fargate mounts, beside EFS claims.
const MOUNTED_SOURCES: &[&str] = &[
    "",
    "emptyDir",
    "secret",
    "configMap",
    "projected",
    "downwardAPI",
    "nfs",
];

/// Whether Fargate mounts volumes of this source (`emptyDir`, `hostPath`, …), claims aside.
pub fn is_mounted_source(source: &str) -> bool {
    MOUNTED_SOURCES.contains(&source)
}

pub(super) fn of_volume(volume: &Volume, question: RefusalQuestion<'_>, found: &mut Vec<Blocker>) {
    match &volume.source {
        VolumeSource::Claim(claim) => {
            let is_mounted_there = question.runs_with.is_some_and(|spec| {
                spec.volumes
                    .iter()
                    .any(|other| other.source == volume.source)
            });
            if !is_mounted_there {
                found.extend(of_claim(&volume.name, claim, question));
            }
        }
        VolumeSource::Other(source) if !is_mounted_source(source) => found.push(Blocker {
            reason: Reason::UnsupportedVolume,
            certainty: Certainty::Certain,
            what: format!("volume {} is of type {source}", volume.name),
            evidence: Evidence::found(
                question.object.clone(),
                format!("spec.volumes[{}]", volume.name),
                source.as_str(),
            )
            .wanted("emptyDir, secret, configMap, projected, downwardAPI, nfs or an EFS claim"),
        }),
        VolumeSource::Other(_) => {}
    }
}

fn of_claim(volume: &str, claim_name: &str, question: RefusalQuestion<'_>) -> Option<Blocker> {
    let snapshot = question.snapshot;
    let claim_ref = ObjectRef::namespaced("persistentvolumeclaim", question.namespace, claim_name);
    let Some(claim) = snapshot.claim(question.namespace, claim_name) else {
        let template = question
            .claim_templates
            .iter()
            .find(|template| template.name == volume);
        if let Some(template) = template {
            return Some(of_claim_to_come(template, claim_ref, question));
        }
        let is_read =
            snapshot
                .coverage
                .is_read(Kind::PersistentVolumeClaim, question.namespace, claim_name);
        return Some(if is_read {
            Blocker {
                reason: Reason::VolumeNotBound,
                certainty: Certainty::Certain,
                what: format!("volume {volume} names the claim {claim_name}, which does not exist"),
                evidence: Evidence::absent(claim_ref, "metadata.name")
                    .wanted("a claim bound to an EFS volume"),
            }
        } else {
            Blocker {
                reason: Reason::VolumesUnknown,
                certainty: Certainty::Undecided,
                what: format!("the claim {claim_name} of volume {volume} was not read"),
                evidence: Evidence::found(claim_ref, "spec.volumeName", "not read")
                    .wanted("a bound EFS volume"),
            }
        });
    };
    let volume_name = claim.volume_name.as_deref().filter(|name| !name.is_empty());
    match (claim.phase.as_str(), volume_name) {
        ("Bound" | "", Some(bound_to)) => of_bound_claim(volume, claim, bound_to, question),
        (phase, _) => {
            let phase = if phase.is_empty() { "not bound" } else { phase };
            let why = why_unbound(claim, question);
            Some(Blocker {
                reason: Reason::VolumeNotBound,
                certainty: Certainty::Certain,
                what: format!("the claim {claim_name} of volume {volume} is {phase}{why}"),
                evidence: Evidence::found(claim_ref, "status.phase", phase)
                    .wanted("Bound, to an EFS volume"),
            })
        }
    }
}

/// A claim that is made with the pod. What it is bound to then, its storage class tells, or nobody yet.
fn of_claim_to_come(
    template: &ClaimTemplate,
    claim_ref: ObjectRef,
    question: RefusalQuestion<'_>,
) -> Blocker {
    let name = &template.name;
    let class_name = template.storage_class.as_deref().unwrap_or_default();
    let class = question.snapshot.storage_classes.get(class_name);
    match class.map(|class| class.provisioner.as_str()) {
        Some(provisioner) if provisioner != EFS_DRIVER => Blocker {
            reason: Reason::VolumeNotEfs,
            certainty: Certainty::Likely,
            what: format!(
                "volume {name} is claimed with the pod, of storage class {class_name}, which provisions with {provisioner}"
            ),
            evidence: Evidence::found(
                ObjectRef::cluster_wide("storageclass", class_name),
                "provisioner",
                provisioner,
            )
            .wanted(EFS_DRIVER),
        },
        of_efs => Blocker {
            reason: Reason::VolumesUnknown,
            certainty: Certainty::Undecided,
            what: match (class_name, of_efs) {
                ("", _) => format!(
                    "the claim of volume {name} is made with the pod, of no storage class of its own"
                ),
                (_, Some(_)) => format!(
                    "the claim of volume {name} is made with the pod, and needs an EFS volume to be bound to"
                ),
                (_, None) => format!(
                    "the claim of volume {name} is made with the pod, and its storage class {class_name} was not read"
                ),
            },
            evidence: Evidence::found(claim_ref, "spec.volumeName", "not there yet")
                .wanted("a bound EFS volume"),
        },
    }
}

/// What there is to say of a claim that is not bound, beginning with a semicolon; empty where nothing is.
///
/// Source: EKS User Guide, "Use elastic file system storage with Amazon EFS": no dynamic provisioning with Fargate nodes.
fn why_unbound(claim: &VolumeClaim, question: RefusalQuestion<'_>) -> String {
    if claim.phase == "Lost" {
        return match &claim.volume_name {
            Some(name) => format!("; its volume {name} is gone"),
            None => "; its volume is gone".to_owned(),
        };
    }
    let snapshot = question.snapshot;
    let no_volume = match &claim.volume_name {
        Some(name)
            if !snapshot.volumes.contains_key(name)
                && snapshot.coverage.is_read(Kind::PersistentVolume, "", name) =>
        {
            format!("; it asks for the volume {name}, which does not exist")
        }
        Some(name) => format!("; it asks for the volume {name}"),
        None => "; no volume that fits it is there".to_owned(),
    };
    let Some(class) = claim
        .storage_class
        .as_ref()
        .filter(|class| !class.is_empty())
    else {
        return no_volume;
    };
    match provisioner_of(claim, snapshot) {
        Some(EFS_DRIVER) => match class_of(claim, snapshot) {
            // Without a mode the EFS driver makes no volumes: they are made by hand.
            Some(found) if found.provisioning_mode.is_none() => no_volume,
            _ => format!(
                "; its storage class {class} provisions EFS, which does not happen for Fargate"
            ),
        },
        Some(other) => {
            format!("; its class is of {other}, which Fargate does not mount")
        }
        None => format!("; its storage class is {class}"),
    }
}

/// What provisions a claim's volume: as the claim itself says, else its storage class where that was read.
pub fn provisioner_of<'a>(
    claim: &'a VolumeClaim,
    snapshot: &'a ClusterSnapshot,
) -> Option<&'a str> {
    let of_class = || Some(class_of(claim, snapshot)?.provisioner.as_str());
    claim.provisioner.as_deref().or_else(of_class)
}

fn class_of<'a>(claim: &VolumeClaim, snapshot: &'a ClusterSnapshot) -> Option<&'a StorageClass> {
    snapshot.storage_classes.get(claim.storage_class.as_ref()?)
}

fn of_bound_claim(
    volume: &str,
    claim: &VolumeClaim,
    bound_to: &str,
    question: RefusalQuestion<'_>,
) -> Option<Blocker> {
    let snapshot = question.snapshot;
    let claim_name = &claim.name;
    let volume_ref = ObjectRef::cluster_wide("persistentvolume", bound_to);
    if let Some(persistent) = snapshot.volumes.get(bound_to) {
        return of_persistent_volume(volume, claim_name, persistent);
    }
    if snapshot
        .coverage
        .is_read(Kind::PersistentVolume, "", bound_to)
    {
        // Kubernetes marks such a claim Lost, in a moment; what Fargate says meanwhile is not known.
        return Some(Blocker {
            reason: Reason::VolumeNotBound,
            certainty: Certainty::Likely,
            what: format!(
                "volume {volume} is claim {claim_name}, whose volume {bound_to} does not exist"
            ),
            evidence: Evidence::absent(volume_ref, "metadata.name").wanted("an EFS volume"),
        });
    }
    Some(match provisioner_of(claim, question.snapshot) {
        Some(provisioner) if provisioner != EFS_DRIVER => Blocker {
            reason: Reason::VolumeNotEfs,
            certainty: Certainty::Likely,
            what: format!(
                "volume {volume} is claim {claim_name}, whose volume was provisioned with {provisioner}"
            ),
            evidence: match &claim.provisioner {
                Some(_) => Evidence::found(
                    ObjectRef::namespaced("persistentvolumeclaim", question.namespace, claim_name),
                    format!("metadata.annotations[{}]", PROVISIONER_ANNOTATIONS[0]),
                    provisioner,
                ),
                None => Evidence::found(
                    ObjectRef::cluster_wide(
                        "storageclass",
                        claim.storage_class.as_deref().unwrap_or_default(),
                    ),
                    "provisioner",
                    provisioner,
                ),
            }
            .wanted(EFS_DRIVER),
        },
        _ => Blocker {
            reason: Reason::VolumesUnknown,
            certainty: Certainty::Undecided,
            what: format!("the persistent volume {bound_to} of claim {claim_name} was not read"),
            evidence: Evidence::found(volume_ref, "spec.csi.driver", "not read").wanted(EFS_DRIVER),
        },
    })
}

fn of_persistent_volume(
    volume: &str,
    claim_name: &str,
    persistent: &PersistentVolume,
) -> Option<Blocker> {
    let volume_ref = ObjectRef::cluster_wide("persistentvolume", &persistent.name);
    let bound_to = &persistent.name;
    let (driver, evidence, certainty) = match persistent.csi_driver.as_deref() {
        Some(EFS_DRIVER) => return None,
        Some(driver) => (
            driver,
            Evidence::found(volume_ref, "spec.csi.driver", driver),
            Certainty::Certain,
        ),
        None => (
            persistent.source.as_str(),
            Evidence::absent(volume_ref, "spec.csi.driver"),
            // That volumes of no CSI driver are refused is known from one unofficial source, EBS aside.
            match persistent.source.as_str() {
                IN_TREE_EBS => Certainty::Certain,
                _ => Certainty::Likely,
            },
        ),
    };
    let what = match driver {
        "" => format!("volume {volume} is claim {claim_name}, volume {bound_to}, of no CSI driver"),
        driver => format!("volume {volume} is claim {claim_name}, volume {bound_to}, of {driver}"),
    };
    Some(Blocker {
        reason: Reason::VolumeNotEfs,
        certainty,
        what,
        evidence: evidence.wanted(EFS_DRIVER),
    })
}
