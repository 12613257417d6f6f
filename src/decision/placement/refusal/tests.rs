use std::collections::BTreeMap;

use jiff::Timestamp;

use super::*;
use crate::decision::facts::volume::{StorageClass, VolumeClaim};
use crate::decision::facts::{
    Container, HostPort, Kind, PersistentVolume, Resources, Scope, Volume, VolumeSource,
};
use crate::decision::placement::words::Word;
use crate::decision::reason::Reason as R;

fn container(role: ContainerRole) -> Container {
    Container {
        name: "it".to_owned(),
        role,
        privileged: false,
        allow_privilege_escalation: None,
        added_capabilities: Vec::new(),
        host_ports: Vec::new(),
        volume_devices: Vec::new(),
        requests: Resources::default(),
        limits: Resources::default(),
        credential_variables: Default::default(),
    }
}

fn snapshot() -> ClusterSnapshot {
    let mut snapshot = ClusterSnapshot::empty(Timestamp::UNIX_EPOCH);
    for kind in [
        Kind::PersistentVolumeClaim,
        Kind::PersistentVolume,
        Kind::StorageClass,
    ] {
        snapshot.coverage.mark_read(kind, Scope::Cluster);
    }
    snapshot
}

fn found(spec: &PodSpec, snapshot: &ClusterSnapshot) -> Vec<Blocker> {
    let object = ObjectRef::namespaced("pod", "shop", "web");
    let question = RefusalQuestion {
        snapshot,
        namespace: "shop",
        object: &object,
        runs_with: None,
        claim_templates: &[],
    };
    blockers(spec, question)
}

fn reasons(spec: &PodSpec) -> Vec<(Reason, Certainty)> {
    found(spec, &snapshot())
        .into_iter()
        .map(|blocker| (blocker.reason, blocker.certainty))
        .collect()
}

const ROLES: [ContainerRole; 4] = [
    ContainerRole::Main,
    ContainerRole::Init,
    ContainerRole::Sidecar,
    ContainerRole::Ephemeral,
];

type Change = fn(&mut Container);

#[test]
fn every_kind_of_container_is_looked_at() {
    let rows: &[(Reason, &str, Change)] = &[
        (R::PrivilegedContainer, "securityContext.privileged", |c| {
            c.privileged = true
        }),
        (
            R::PrivilegeEscalation,
            "securityContext.allowPrivilegeEscalation",
            |c| {
                c.allow_privilege_escalation = Some(true);
            },
        ),
        (
            R::AddedCapability,
            "securityContext.capabilities.add",
            |c| {
                c.added_capabilities.push("NET_ADMIN".to_owned());
            },
        ),
        (R::HostPort, "ports[53]", |c| {
            c.host_ports.push(HostPort {
                container_port: 53,
                host_port: 0,
                host_ip: "10.0.0.1".to_owned(),
            });
        }),
        (R::RawBlockVolume, "volumeDevices", |c| {
            c.volume_devices.push("disk".to_owned())
        }),
    ];
    for (reason, field, change) in rows {
        for role in ROLES {
            let mut one = container(role);
            change(&mut one);
            let spec = PodSpec {
                containers: vec![one].into(),
                ..PodSpec::default()
            };
            let found = found(&spec, &snapshot());
            assert_eq!(found.len(), 1, "{reason} {role:?}");
            assert_eq!(found[0].reason, *reason);
            assert_eq!(
                found[0].evidence.field,
                format!("{}[it].{field}", role.field())
            );
            // The words of events prove what is refused, though not for debug containers, and never block devices.
            let is_proved = role != ContainerRole::Ephemeral && *reason != R::RawBlockVolume;
            let certainty = if is_proved {
                Certainty::Certain
            } else {
                Certainty::Likely
            };
            assert_eq!(found[0].certainty, certainty, "{reason} {role:?}");
        }
    }
}

#[test]
fn what_is_false_or_absent_is_fine() {
    let mut one = container(ContainerRole::Main);
    one.allow_privilege_escalation = Some(false);
    let spec = PodSpec {
        containers: vec![one].into(),
        ..PodSpec::default()
    };
    assert_eq!(reasons(&spec), []);
}

#[test]
fn capabilities_are_compared_exactly() {
    let rows = [
        ("NET_BIND_SERVICE", None),
        ("CHOWN", None),
        ("NET_RAW", None),
        ("SYS_CHROOT", None),
        ("SYS_PTRACE", Some(Certainty::Undecided)),
        ("IPC_LOCK", Some(Certainty::Undecided)),
        ("LINUX_IMMUTABLE", Some(Certainty::Undecided)),
        ("SYS_RESOURCE", Some(Certainty::Undecided)),
        ("NET_ADMIN", Some(Certainty::Certain)),
        ("DAC_READ_SEARCH", Some(Certainty::Certain)),
        ("ALL", Some(Certainty::Certain)),
        ("CAP_CHOWN", Some(Certainty::Certain)),
        ("CAP_SYS_PTRACE", Some(Certainty::Certain)),
        ("chown", Some(Certainty::Certain)),
    ];
    for (capability, certainty) in rows {
        let mut one = container(ContainerRole::Main);
        one.added_capabilities.push(capability.to_owned());
        let spec = PodSpec {
            containers: vec![one].into(),
            ..PodSpec::default()
        };
        let wanted: Vec<_> = certainty
            .map(|certainty| (R::AddedCapability, certainty))
            .into_iter()
            .collect();
        assert_eq!(reasons(&spec), wanted, "{capability}");
    }
}

#[test]
fn accelerators_in_requests_or_limits_of_every_container() {
    let rows = [
        ("nvidia.com/gpu", true),
        ("nvidia.com/mig-1g.5gb", true),
        ("aws.amazon.com/neuron", true),
        ("aws.amazon.com/neuroncore", true),
        ("amd.com/gpu", true),
        ("habana.ai/gaudi", true),
        ("example.com/licence", false),
        ("vpc.amazonaws.com/pod-eni", false),
    ];
    for (resource, is_accelerator) in rows {
        for role in [
            ContainerRole::Main,
            ContainerRole::Init,
            ContainerRole::Sidecar,
        ] {
            for in_limits in [false, true] {
                let mut one = container(role);
                let amounts = if in_limits {
                    &mut one.limits
                } else {
                    &mut one.requests
                };
                amounts.others.insert(resource.to_owned());
                let spec = PodSpec {
                    containers: vec![one].into(),
                    ..PodSpec::default()
                };
                let found: Vec<Reason> = reasons(&spec)
                    .into_iter()
                    .map(|(reason, _)| reason)
                    .collect();
                let wanted: &[Reason] = if is_accelerator {
                    &[R::AcceleratorRequested]
                } else {
                    &[]
                };
                assert_eq!(found, wanted, "{resource} {role:?}");
            }
        }
    }
}

fn mounting(source: VolumeSource) -> PodSpec {
    let volume = Volume {
        name: "data".to_owned(),
        source,
    };
    PodSpec {
        volumes: vec![volume],
        ..PodSpec::default()
    }
}

#[test]
fn kinds_of_volumes() {
    let fine = [
        "emptyDir",
        "secret",
        "configMap",
        "projected",
        "downwardAPI",
        "nfs",
    ];
    let refused = [
        "hostPath",
        "csi",
        "ephemeral",
        "image",
        "awsElasticBlockStore",
        "iscsi",
        "fc",
        "cephfs",
        "gitRepo",
        "portworxVolume",
    ];
    for source in fine {
        assert_eq!(
            reasons(&mounting(VolumeSource::Other(source.to_owned()))),
            [],
            "{source}"
        );
    }
    for source in refused {
        let found = reasons(&mounting(VolumeSource::Other(source.to_owned())));
        assert_eq!(
            found,
            [(R::UnsupportedVolume, Certainty::Certain)],
            "{source}"
        );
    }
}

/// A claim of this phase, bound to the volume `pv-1` of this driver (or source, where it is no CSI volume).
fn claim(phase: &str, volume: Option<&str>, driver: Option<(&str, bool)>) -> ClusterSnapshot {
    let mut snapshot = snapshot();
    let key = ("shop".to_owned(), "data-0".to_owned());
    let claim = VolumeClaim {
        namespace: key.0.clone(),
        name: key.1.clone(),
        phase: phase.to_owned(),
        volume_name: volume.map(str::to_owned),
        storage_class: Some("fast".to_owned()),
        provisioner: None,
    };
    snapshot.claims.insert(key, claim);
    if let Some((driver, is_csi)) = driver {
        let volume = PersistentVolume {
            name: "pv-1".to_owned(),
            csi_driver: is_csi.then(|| driver.to_owned()),
            source: if is_csi { "csi" } else { driver }.to_owned(),
        };
        snapshot.volumes = BTreeMap::from([("pv-1".to_owned(), volume)]);
    }
    snapshot
}

#[test]
fn claims_count_as_they_are_now() {
    use Certainty::{Certain, Likely};
    let spec = mounting(VolumeSource::Claim("data-0".to_owned()));
    let name = Some("pv-1");
    let rows = [
        (claim("Bound", name, Some(("efs.csi.aws.com", true))), None),
        (
            claim("Bound", name, Some(("ebs.csi.aws.com", true))),
            Some((R::VolumeNotEfs, Certain)),
        ),
        (
            claim("Bound", name, Some(("fsx.csi.aws.com", true))),
            Some((R::VolumeNotEfs, Certain)),
        ),
        (
            claim("Bound", name, Some(("s3.csi.aws.com", true))),
            Some((R::VolumeNotEfs, Certain)),
        ),
        (
            claim("Bound", name, Some(("awsElasticBlockStore", false))),
            Some((R::VolumeNotEfs, Certain)),
        ),
        (
            claim("Bound", name, Some(("nfs", false))),
            Some((R::VolumeNotEfs, Likely)),
        ),
        (
            claim("Bound", name, Some(("local", false))),
            Some((R::VolumeNotEfs, Likely)),
        ),
        (
            claim("Bound", name, None),
            Some((R::VolumeNotBound, Likely)),
        ),
        (
            claim("Pending", None, None),
            Some((R::VolumeNotBound, Certain)),
        ),
        (
            claim("Pending", name, Some(("efs.csi.aws.com", true))),
            Some((R::VolumeNotBound, Certain)),
        ),
        (
            claim("Lost", name, None),
            Some((R::VolumeNotBound, Certain)),
        ),
        (snapshot(), Some((R::VolumeNotBound, Certain))),
    ];
    for (snapshot, wanted) in rows {
        let found: Vec<_> = found(&spec, &snapshot)
            .into_iter()
            .map(|blocker| (blocker.reason, blocker.certainty))
            .collect();
        assert_eq!(
            found,
            Vec::from_iter(wanted),
            "{:?} {:?}",
            snapshot.claims,
            snapshot.volumes
        );
    }
}

#[test]
fn what_was_not_read_is_left_open() {
    let spec = mounting(VolumeSource::Claim("data-0".to_owned()));
    let unread = ClusterSnapshot::empty(Timestamp::UNIX_EPOCH);
    assert_eq!(found(&spec, &unread)[0].reason, R::VolumesUnknown);
    let mut half = claim("Bound", Some("pv-1"), None);
    half.coverage = Default::default();
    assert_eq!(found(&spec, &half)[0].reason, R::VolumesUnknown);
    // The class that made the volume tells its driver, as far as it still is what it was.
    half.storage_classes.insert(
        "fast".to_owned(),
        StorageClass {
            name: "fast".to_owned(),
            provisioner: "ebs.csi.aws.com".to_owned(),
            binding_mode: None,
            provisioning_mode: Some("efs-ap".to_owned()),
        },
    );
    let found = found(&spec, &half);
    assert_eq!(
        (found[0].reason, found[0].certainty),
        (R::VolumeNotEfs, Certainty::Likely)
    );
}

#[test]
fn the_words_say_why_a_claim_is_not_bound() {
    let spec = mounting(VolumeSource::Claim("data-0".to_owned()));
    let mut pending = claim("Pending", None, None);
    let mut says = |provisioner: &str| {
        pending.storage_classes.insert(
            "fast".to_owned(),
            StorageClass {
                name: "fast".to_owned(),
                provisioner: provisioner.to_owned(),
                binding_mode: None,
                provisioning_mode: Some("efs-ap".to_owned()),
            },
        );
        found(&spec, &pending)[0].what.clone()
    };
    assert!(says("efs.csi.aws.com").contains("which does not happen for Fargate"));
    assert!(says("ebs.csi.aws.com").contains("ebs.csi.aws.com, which Fargate does not mount"));
    let lost = claim("Lost", Some("pv-1"), None);
    assert!(
        found(&spec, &lost)[0]
            .what
            .ends_with("is Lost; its volume pv-1 is gone")
    );
}

#[test]
fn an_affinity_is_told_by_what_keeps_every_term_from_holding() {
    use crate::decision::facts::{NodeSelectorTerm, Operator, Requirement};
    let needs = |key: &str, value: &str| Requirement {
        key: key.to_owned(),
        operator: Operator::In,
        values: vec![value.to_owned()],
    };
    let arm = || needs("kubernetes.io/arch", "arm64");
    let pool = || needs("karpenter.sh/nodepool", "gpu");
    let told = |terms: Vec<Vec<Requirement>>| {
        let terms = terms
            .into_iter()
            .map(|expressions| NodeSelectorTerm {
                expressions,
                fields: Vec::new(),
            })
            .collect();
        let spec = PodSpec {
            required_node_affinity: Some(terms),
            ..PodSpec::default()
        };
        reasons(&spec)
            .into_iter()
            .map(|(reason, _)| reason)
            .collect::<Vec<_>>()
    };
    assert_eq!(told(vec![vec![arm()]]), [R::ArchitectureMismatch]);
    assert_eq!(
        told(vec![vec![arm(), pool()]]),
        [R::ArchitectureMismatch, R::NodeSelectorConflict]
    );
    assert_eq!(
        told(vec![vec![arm()], vec![arm(), pool()]]),
        [R::ArchitectureMismatch; 2]
    );
    assert_eq!(
        told(vec![vec![arm()], vec![pool()]]),
        [R::NodeSelectorConflict; 2]
    );
    assert_eq!(told(vec![vec![]]), [R::NodeSelectorConflict]);
}

#[test]
fn windows_is_told_once() {
    let mut spec = PodSpec {
        os_name: Some("windows".to_owned()),
        ..PodSpec::default()
    };
    assert_eq!(
        reasons(&spec),
        [(R::ArchitectureMismatch, Certainty::Likely)]
    );
    spec.node_selector
        .insert("kubernetes.io/os".to_owned(), "windows".to_owned());
    assert_eq!(reasons(&spec).len(), 1);
    spec = PodSpec {
        os_name: Some("linux".to_owned()),
        ..PodSpec::default()
    };
    assert_eq!(reasons(&spec), []);
}

#[test]
fn a_port_for_two_protocols_is_told_once() {
    let mut one = container(ContainerRole::Main);
    let port = HostPort {
        container_port: 53,
        host_port: 53,
        host_ip: String::new(),
    };
    one.host_ports = vec![port.clone(), port];
    let spec = PodSpec {
        containers: vec![one].into(),
        ..PodSpec::default()
    };
    assert_eq!(reasons(&spec), [(R::HostPort, Certainty::Certain)]);
}

#[test]
fn a_claim_that_comes_with_the_pod_is_judged_by_its_class() {
    let object = ObjectRef::namespaced("StatefulSet", "shop", "db");
    let spec = mounting(VolumeSource::Claim("data-db-0".to_owned()));
    let name = spec.volumes[0].name.clone();
    let judged = |provisioner: Option<&str>, class: Option<&str>| {
        let mut snapshot = snapshot();
        if let Some(provisioner) = provisioner {
            let class = StorageClass {
                name: "fast".to_owned(),
                provisioner: provisioner.to_owned(),
                ..StorageClass::default()
            };
            snapshot.storage_classes.insert("fast".to_owned(), class);
        }
        let templates = [ClaimTemplate {
            name: name.clone(),
            storage_class: class.map(str::to_owned),
        }];
        let question = RefusalQuestion {
            snapshot: &snapshot,
            namespace: "shop",
            object: &object,
            runs_with: None,
            claim_templates: &templates,
        };
        let found = blockers(&spec, question);
        (found[0].reason, found[0].certainty)
    };
    let ebs = (R::VolumeNotEfs, Certainty::Likely);
    let open = (R::VolumesUnknown, Certainty::Undecided);
    assert_eq!(judged(Some("ebs.csi.aws.com"), Some("fast")), ebs);
    assert_eq!(judged(Some("efs.csi.aws.com"), Some("fast")), open);
    assert_eq!(judged(None, Some("fast")), open);
    assert_eq!(judged(None, None), open);
}

#[test]
fn a_claim_tells_who_was_asked_to_provision_it() {
    let spec = mounting(VolumeSource::Claim("data-0".to_owned()));
    let mut half = claim("Bound", Some("pv-1"), None);
    half.coverage = Default::default();
    let key = ("shop".to_owned(), "data-0".to_owned());
    let claim = half.claims.get_mut(&key).expect("it was put there");
    claim.provisioner = Some("ebs.csi.aws.com".to_owned());
    let told = &found(&spec, &half)[0];
    assert_eq!(
        (told.reason, told.certainty),
        (R::VolumeNotEfs, Certainty::Likely)
    );
    assert_eq!(told.evidence.object.kind, "persistentvolumeclaim");
}

#[test]
fn a_claim_that_is_made_by_hand_lacks_its_volume() {
    let spec = mounting(VolumeSource::Claim("data-0".to_owned()));
    let says = |volume: Option<&str>| {
        let mut pending = claim("Pending", volume, None);
        let class = StorageClass {
            name: "fast".to_owned(),
            provisioner: "efs.csi.aws.com".to_owned(),
            ..StorageClass::default()
        };
        pending.storage_classes.insert("fast".to_owned(), class);
        found(&spec, &pending)[0].what.clone()
    };
    assert!(says(None).ends_with("is Pending; no volume that fits it is there"));
    assert!(says(Some("pv-9")).ends_with("it asks for the volume pv-9, which does not exist"));
}

#[test]
fn words_are_found_whole() {
    let text = "Capabilities added: SYS_ADMIN, PVC data-0 bound to invalid PV pv.a.";
    for word in ["SYS_ADMIN", "PVC data-0", "PV pv.a"] {
        assert!(has_word(text, word), "{word}");
    }
    for part in ["SYS", "ADMIN", "PVC data", "PV pv", "data-"] {
        assert!(!has_word(text, part), "{part}");
    }
}

#[test]
fn what_fargate_named_is_refused_again_only_where_the_template_still_has_it() {
    let object = ObjectRef::namespaced("pod", "shop", "web");
    let snapshot = snapshot();
    let question = RefusalQuestion {
        snapshot: &snapshot,
        namespace: "shop",
        object: &object,
        runs_with: None,
        claim_templates: &[],
    };
    let words = [Word {
        text: "MatchNodeSelector failed: Fargate profile apps cannot satisfy pod's node selector/affinity requirements".to_owned(),
        at: None,
        by: "fargate-scheduler".to_owned(),
        place: "event".to_owned(),
        code: None,
        clauses: vec![R::NodeSelectorConflict],
        has_unknown_words: false,
    }];
    let asking = |pairs: &[(&str, &str)]| PodSpec {
        node_selector: pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
        ..PodSpec::default()
    };
    const ZONE: &str = "topology.kubernetes.io/zone";
    const OS: &str = "kubernetes.io/os";
    type Pairs = &'static [(&'static str, &'static str)];
    let rows: &[(Pairs, Pairs, &[Certainty])] = &[
        (&[(ZONE, "a")], &[(ZONE, "a")], &[Certainty::Likely]),
        (&[(ZONE, "a")], &[(ZONE, "b")], &[]),
        (&[(ZONE, "a")], &[], &[]),
        (&[(OS, "linux")], &[(OS, "linux")], &[]),
        (&[(OS, "linux")], &[], &[]),
        (
            &[(ZONE, "a"), (OS, "linux")],
            &[(ZONE, "a"), (OS, "linux")],
            &[Certainty::Likely],
        ),
        (&[(ZONE, "a"), (OS, "linux")], &[(OS, "linux")], &[]),
    ];
    for (pod, template, wanted) in rows {
        let of_pod = told(&asking(pod), &words, &[], question);
        // What is not about a place stands in the pod itself, and a Fargate node meets it: the words are past.
        let is_about_a_place = pod.iter().any(|(key, _)| *key == ZONE);
        assert_eq!(of_pod.len(), usize::from(is_about_a_place), "{pod:?}");
        let again = told_again(&asking(template), &words, &[], &of_pod, question);
        let found: Vec<Certainty> = again.iter().map(|blocker| blocker.certainty).collect();
        assert_eq!(found, *wanted, "{pod:?} {template:?}");
    }
    assert_eq!(told(&PodSpec::default(), &words, &[], question), []);
}

mod size {
    use super::*;

    fn asks(cpu_millicores: u64, memory_mib: u64) -> PodSpec {
        PodSpec {
            containers: vec![Container {
                requests: Resources {
                    cpu_millicores: Some(cpu_millicores),
                    memory_bytes: Some(memory_mib << 20),
                    ..Resources::default()
                },
                ..container(ContainerRole::Main)
            }]
            .into(),
            ..PodSpec::default()
        }
    }

    fn too_big(spec: &PodSpec, running: Option<&PodSpec>) -> Option<Blocker> {
        let snapshot = snapshot();
        let object = ObjectRef::namespaced("pod", "shop", "web-0");
        let question = RefusalQuestion {
            snapshot: &snapshot,
            namespace: "shop",
            object: &object,
            runs_with: running,
            claim_templates: &[],
        };
        let mut found = blockers(spec, question).into_iter();
        found.find(|blocker| blocker.reason == R::TooBig)
    }

    #[test]
    fn what_runs_on_fargate_with_as_much_is_not_too_big() {
        let rows = [
            ((30_000, 200), None, true, "nothing runs"),
            ((30_000, 200), Some((30_000, 200)), false, "the same runs"),
            ((30_000, 200), Some((30_000, 300)), false, "more runs"),
            ((30_001, 200), Some((30_000, 200)), true, "a little more"),
            ((30_000, 300), Some((30_000, 200)), true, "more memory"),
            ((30_000, 200), Some((250, 200)), true, "much less runs"),
        ];
        for ((cpu, memory), running, expected, why) in rows {
            let running = running.map(|(cpu, memory)| asks(cpu, memory));
            let found = too_big(&asks(cpu, memory), running.as_ref());
            assert_eq!(found.is_some(), expected, "{why}");
        }
    }

    #[test]
    fn only_what_is_too_big_is_named_and_the_overhead_apart() {
        let rows = [
            (
                asks(17_000, 100),
                "it asks for 17 vCPU",
                "17 vCPU",
                "at most 16 vCPU",
            ),
            (
                asks(100, 122_625),
                "it asks for 122625 MiB of memory, plus 256 MiB for Kubernetes",
                "122625 MiB of memory",
                "at most 122624 MiB of memory, as 256 MiB are for Kubernetes",
            ),
            (
                asks(16_001, 200_000),
                "it asks for 16.001 vCPU and 200000 MiB of memory, plus 256 MiB for Kubernetes",
                "16.001 vCPU and 200000 MiB of memory",
                "at most 16 vCPU and 122624 MiB of memory, as 256 MiB are for Kubernetes",
            ),
        ];
        for (spec, what, found, wanted) in rows {
            let blocker = too_big(&spec, None).expect("no size holds it");
            assert_eq!(blocker.what, what);
            assert_eq!(blocker.evidence.found.as_deref(), Some(found));
            assert_eq!(blocker.evidence.wanted.as_deref(), Some(wanted));
        }
    }
}
