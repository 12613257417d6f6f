//! What Fargate would refuse in a spec, found before any event says so.
//!
//! Sources: EKS User Guide, "AWS Fargate considerations"; the words of real fargate-scheduler events; where a rule
//! rests on one unofficial source alone its blocker is `Likely`.

use super::node_constraints::{Conflict, conflicts_with_fargate};
use crate::decision::facts::{ClusterSnapshot, Container, Kind, ObjectRef, PodSpec, VolumeSource};
use crate::decision::finding::{Certainty, Evidence};
use crate::decision::reason::Reason;
use crate::decision::sizing::{self, Sizing};

/// The CSI driver whose volumes Fargate mounts.
pub const EFS_DRIVER: &str = "efs.csi.aws.com";

/// Capabilities that a container may add: containerd's default set.
const GRANTED_CAPABILITIES: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Capabilities that Fargate grants to some and refuses to others; a pod that adds one may be refused.
const UNSURE_CAPABILITIES: &[&str] = &["IPC_LOCK", "LINUX_IMMUTABLE", "SYS_PTRACE", "SYS_RESOURCE"];

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

/// Something in a spec that Fargate refuses, or may refuse.
#[derive(Debug, Clone, PartialEq)]
pub struct Blocker {
    /// The reason of the family "refused by Fargate", or `VolumesUnknown` where it hangs on what was not read.
    pub reason: Reason,
    /// `Undecided` where it may be refused, or where what it hangs on was not read.
    pub certainty: Certainty,
    /// A few words: which container or volume, and what about it.
    pub what: String,
    /// The proof.
    pub evidence: Evidence,
}

/// What a spec is judged with.
#[derive(Clone, Copy)]
pub struct RefusalQuestion<'a> {
    /// The claims and volumes as they are now.
    pub snapshot: &'a ClusterSnapshot,
    /// The pod's namespace.
    pub namespace: &'a str,
    /// The object whose spec it is, for the evidence.
    pub object: &'a ObjectRef,
    /// The spec of the same pod where it runs on Fargate already: what it mounts and adds there is good.
    pub runs_with: Option<&'a PodSpec>,
}

/// Returns all that Fargate refuses, or may refuse, in a spec, in the order of the catalogue.
pub fn blockers(spec: &PodSpec, question: RefusalQuestion<'_>) -> Vec<Blocker> {
    let mut found = Vec::new();
    host_namespaces(spec, question, &mut found);
    for container in &spec.containers {
        security(container, question, &mut found);
    }
    for volume in &spec.volumes {
        match &volume.source {
            VolumeSource::Claim(claim) => claim_of(&volume.name, claim, question, &mut found),
            VolumeSource::Other(source) if !MOUNTED_SOURCES.contains(&source.as_str()) => {
                found.push(Blocker {
                    reason: Reason::UnsupportedVolume,
                    certainty: Certainty::Certain,
                    what: format!("volume {} is of type {source}", volume.name),
                    evidence: Evidence::found(
                        question.object.clone(),
                        format!("spec.volumes[{}]", volume.name),
                        source.as_str(),
                    )
                    .wanted(
                        "emptyDir, secret, configMap, projected, downwardAPI, nfs or an EFS claim",
                    ),
                });
            }
            VolumeSource::Other(_) => {}
        }
    }
    sizes(spec, question, &mut found);
    node_constraints(spec, question, &mut found);
    found.sort_by_key(|blocker| blocker.reason);
    found
}

fn host_namespaces(spec: &PodSpec, question: RefusalQuestion<'_>, found: &mut Vec<Blocker>) {
    for (asked, field) in [
        (spec.host_network, "hostNetwork"),
        (spec.host_pid, "hostPID"),
        (spec.host_ipc, "hostIPC"),
    ] {
        if asked {
            found.push(Blocker {
                reason: Reason::HostNamespace,
                certainty: Certainty::Certain,
                what: format!("spec.{field} is true"),
                evidence: Evidence::found(question.object.clone(), format!("spec.{field}"), "true")
                    .wanted("false"),
            });
        }
    }
}

fn security(container: &Container, question: RefusalQuestion<'_>, found: &mut Vec<Blocker>) {
    let field = |rest: &str| format!("{}[{}].{rest}", container.role.field(), container.name);
    let mut add = |reason, certainty, what: String, field: String, value: String, wanted: &str| {
        found.push(Blocker {
            reason,
            certainty,
            what,
            evidence: Evidence::found(question.object.clone(), field, value).wanted(wanted),
        });
    };
    let name = &container.name;
    for port in &container.host_ports {
        let asked = match (port.host_port, port.host_ip.as_str()) {
            (0, ip) => format!("hostIP {ip}"),
            (port, "") => format!("hostPort {port}"),
            (port, ip) => format!("hostPort {port}, hostIP {ip}"),
        };
        add(
            Reason::HostPort,
            Certainty::Certain,
            format!("container {name} asks for {asked}"),
            field(&format!("ports[{}]", port.container_port)),
            asked,
            "neither hostPort nor hostIP",
        );
    }
    if container.privileged {
        add(
            Reason::PrivilegedContainer,
            Certainty::Certain,
            format!("container {name} is privileged"),
            field("securityContext.privileged"),
            "true".to_owned(),
            "false",
        );
    }
    if container.allow_privilege_escalation == Some(true) {
        add(
            Reason::PrivilegeEscalation,
            Certainty::Certain,
            format!("container {name} allows privilege escalation"),
            field("securityContext.allowPrivilegeEscalation"),
            "true".to_owned(),
            "false or absent",
        );
    }
    for capability in &container.added_capabilities {
        let granted = GRANTED_CAPABILITIES.contains(&capability.as_str());
        let runs_with_it = question.runs_with.is_some_and(|spec| {
            spec.containers
                .iter()
                .any(|other| &other.name == name && other.added_capabilities.contains(capability))
        });
        if granted || runs_with_it {
            continue;
        }
        let certainty = if UNSURE_CAPABILITIES.contains(&capability.as_str()) {
            Certainty::Undecided
        } else {
            Certainty::Certain
        };
        add(
            Reason::AddedCapability,
            certainty,
            format!("container {name} adds capability {capability}"),
            field("securityContext.capabilities.add"),
            capability.clone(),
            "only capabilities of the default set, without the prefix CAP_",
        );
    }
    for device in &container.volume_devices {
        add(
            Reason::RawBlockVolume,
            Certainty::Likely,
            format!("container {name} uses the raw block device {device}"),
            field("volumeDevices"),
            device.clone(),
            "volumeMounts",
        );
    }
}

fn claim_of(
    volume: &str,
    claim_name: &str,
    question: RefusalQuestion<'_>,
    found: &mut Vec<Blocker>,
) {
    let is_mounted_there = question.runs_with.is_some_and(|spec| {
        spec.volumes
            .iter()
            .any(|other| other.source == VolumeSource::Claim(claim_name.to_owned()))
    });
    if is_mounted_there {
        return;
    }
    let snapshot = question.snapshot;
    let claim_ref = ObjectRef::namespaced("persistentvolumeclaim", question.namespace, claim_name);
    let mut add = |reason, certainty, what: String, evidence: Evidence| {
        found.push(Blocker {
            reason,
            certainty,
            what,
            evidence,
        });
    };
    let Some(claim) = snapshot.claim(question.namespace, claim_name) else {
        if snapshot
            .coverage
            .is_read(Kind::PersistentVolumeClaim, question.namespace, claim_name)
        {
            add(
                Reason::VolumeNotBound,
                Certainty::Certain,
                format!("volume {volume} names the claim {claim_name}, which does not exist"),
                Evidence::absent(claim_ref, "metadata.name")
                    .wanted("a claim bound to an EFS volume"),
            );
        } else {
            add(
                Reason::VolumesUnknown,
                Certainty::Undecided,
                format!("the claim {claim_name} of volume {volume} was not read"),
                Evidence::found(claim_ref, "spec.volumeName", "not read")
                    .wanted("a bound EFS volume"),
            );
        }
        return;
    };
    let class = claim.storage_class.as_ref();
    let provisioner = class
        .and_then(|class| snapshot.storage_classes.get(class))
        .map(|class| class.provisioner.as_str());
    let volume_name = claim.volume_name.as_deref().filter(|name| !name.is_empty());
    let bound_to = match (claim.phase.as_str(), volume_name) {
        ("Bound" | "", Some(name)) => name,
        _ => {
            let phase = if claim.phase.is_empty() {
                "not bound"
            } else {
                claim.phase.as_str()
            };
            let maker = match (provisioner, class) {
                (Some(provisioner), _) if provisioner != EFS_DRIVER => {
                    format!(
                        "; its storage class provisions with {provisioner}, which Fargate does not mount"
                    )
                }
                (_, Some(class)) => format!("; its storage class is {class}"),
                _ => String::new(),
            };
            add(
                Reason::VolumeNotBound,
                Certainty::Certain,
                format!("the claim {claim_name} of volume {volume} is {phase}{maker}"),
                Evidence::found(claim_ref, "status.phase", phase).wanted("Bound, to an EFS volume"),
            );
            return;
        }
    };
    match snapshot.volumes.get(bound_to) {
        Some(persistent) if persistent.csi_driver.as_deref() == Some(EFS_DRIVER) => {}
        Some(persistent) => {
            let driver = persistent
                .csi_driver
                .as_deref()
                .unwrap_or(&persistent.source);
            add(
                Reason::VolumeNotEfs,
                Certainty::Certain,
                format!("volume {volume} is claim {claim_name}, volume {bound_to}, of {driver}"),
                Evidence::found(
                    ObjectRef::cluster_wide("persistentvolume", bound_to),
                    "spec.csi.driver",
                    driver,
                )
                .wanted(EFS_DRIVER),
            );
        }
        None => match provisioner {
            Some(provisioner) if provisioner != EFS_DRIVER => add(
                Reason::VolumeNotEfs,
                Certainty::Likely,
                format!(
                    "volume {volume} is claim {claim_name}, whose storage class provisions with {provisioner}"
                ),
                Evidence::found(
                    ObjectRef::cluster_wide("storageclass", class.map_or("", String::as_str)),
                    "provisioner",
                    provisioner,
                )
                .wanted(EFS_DRIVER),
            ),
            _ => add(
                Reason::VolumesUnknown,
                Certainty::Undecided,
                format!("the persistent volume {bound_to} of claim {claim_name} was not read"),
                Evidence::found(
                    ObjectRef::cluster_wide("persistentvolume", bound_to),
                    "spec.csi.driver",
                    "not read",
                )
                .wanted(EFS_DRIVER),
            ),
        },
    }
}

fn sizes(spec: &PodSpec, question: RefusalQuestion<'_>, found: &mut Vec<Blocker>) {
    let sizing = Sizing::of(spec);
    // One that runs on Fargate already shows that the reading by which it is too big is not Fargate's.
    let runs_too_big = question
        .runs_with
        .is_some_and(|spec| Sizing::of(spec).too_big().is_some());
    let too_big = sizing.too_big();
    if let Some(too_big) = too_big.filter(|found| found.by_every_reading || !runs_too_big) {
        let asked = format!(
            "{}m CPU, {} MiB memory",
            too_big.request.cpu_millicores, too_big.request.memory_mib
        );
        found.push(Blocker {
            reason: Reason::TooBig,
            certainty: match too_big.by_every_reading {
                true => Certainty::Certain,
                false => Certainty::Likely,
            },
            what: match too_big.by_every_reading {
                true => format!("the pod asks for {asked} (with 256 MiB for Kubernetes)"),
                false => format!(
                    "the pod asks for {asked} (with 256 MiB for Kubernetes; AWS does not document how Fargate counts \
                     sidecars and resources of the whole pod)"
                ),
            },
            evidence: Evidence::found(
                question.object.clone(),
                "spec.containers[*].resources.requests",
                asked,
            )
            .wanted(format!(
                "at most {}m CPU, {} MiB memory",
                sizing::LARGEST_CPU_MILLICORES,
                sizing::LARGEST_MEMORY_MIB
            )),
        });
    }
    let request = sizing.request;
    if request.asks_for_too_much_storage() {
        let asked = format!(
            "{} GiB",
            request.ephemeral_storage_bytes.div_ceil(1024 * 1024 * 1024)
        );
        found.push(Blocker {
            reason: Reason::EphemeralStorageTooBig,
            certainty: Certainty::Likely,
            what: format!("the pod asks for {asked} of ephemeral storage"),
            evidence: Evidence::found(
                question.object.clone(),
                "spec.containers[*].resources.requests[ephemeral-storage]",
                asked,
            )
            .wanted(format!(
                "at most {} GiB",
                sizing::LARGEST_EPHEMERAL_STORAGE_GIB
            )),
        });
    }
    for container in &spec.containers {
        for resource in container.requests.others.union(&container.limits.others) {
            if is_accelerator(resource) {
                found.push(Blocker {
                    reason: Reason::AcceleratorRequested,
                    certainty: Certainty::Likely,
                    what: format!("container {} asks for {resource}", container.name),
                    evidence: Evidence::found(
                        question.object.clone(),
                        format!("{}[{}].resources", container.role.field(), container.name),
                        resource.as_str(),
                    )
                    .wanted("no accelerator"),
                });
            }
        }
    }
}

fn is_accelerator(resource: &str) -> bool {
    [
        "nvidia.com/",
        "amd.com/gpu",
        "gpu.intel.com/",
        "habana.ai/",
        "aws.amazon.com/neuron",
    ]
    .iter()
    .any(|prefix| resource.starts_with(prefix))
}

fn node_constraints(spec: &PodSpec, question: RefusalQuestion<'_>, found: &mut Vec<Blocker>) {
    let conflicts = conflicts_with_fargate(spec);
    let (selector, affinity): (Vec<Conflict>, Vec<Conflict>) = conflicts
        .into_iter()
        .partition(|conflict| conflict.field.starts_with("spec.nodeSelector"));
    let affinity_is_architecture = affinity.iter().all(Conflict::is_about_architecture);
    let reason_of = |is_architecture: bool| match is_architecture {
        true => Reason::ArchitectureMismatch,
        false => Reason::NodeSelectorConflict,
    };
    let mut add = |conflict: Conflict, reason: Reason| {
        let offer = conflict.fargate_has.map_or_else(
            || format!("no Fargate node has the label {}", conflict.key),
            |value| format!("Fargate nodes have {value}"),
        );
        found.push(Blocker {
            reason,
            certainty: Certainty::Likely,
            what: format!(
                "it asks for a node with {} {}; {offer}",
                conflict.key, conflict.asked
            ),
            evidence: Evidence::found(question.object.clone(), conflict.field, conflict.asked)
                .wanted(conflict.fargate_has.unwrap_or("no such requirement")),
        });
    };
    for conflict in selector {
        let reason = reason_of(conflict.is_about_architecture());
        add(conflict, reason);
    }
    for conflict in affinity {
        add(conflict, reason_of(affinity_is_architecture));
    }
    let says_so_already = found
        .iter()
        .any(|blocker| blocker.reason == Reason::ArchitectureMismatch);
    if let Some(os) = spec
        .os_name
        .as_deref()
        .filter(|os| *os != "linux" && !says_so_already)
    {
        found.push(Blocker {
            reason: Reason::ArchitectureMismatch,
            certainty: Certainty::Likely,
            what: format!("spec.os.name is {os}; Fargate nodes run Linux"),
            evidence: Evidence::found(question.object.clone(), "spec.os.name", os).wanted("linux"),
        });
    }
}
