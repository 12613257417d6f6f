//! The changes that are tried on a pod, and on its spec and its template's.

use jiff::{SignedDuration, Timestamp};

use crate::decision::facts::pod::{
    COMPUTE_TYPE_ANNOTATION, FARGATE_SCHEDULER, OwnerReference, PROFILE_LABEL,
};
use crate::decision::facts::spec::{HostPort, Resources, Volume, VolumeSource};
use crate::decision::facts::{Pod, PodPhase, PodSpec, Uid};
use crate::decision::placement::case::GRACE_SECONDS;

pub(super) type OfPod = fn(&mut Pod, Timestamp);

pub(super) const OF_POD: &[(&str, OfPod)] = &[
    ("succeeded", |pod, _| pod.phase = PodPhase::Succeeded),
    ("failed", |pod, _| pod.phase = PodPhase::Failed),
    ("running", |pod, _| pod.phase = PodPhase::Running),
    ("pending", |pod, _| pod.phase = PodPhase::Pending),
    ("terminating", |pod, now| {
        pod.deleted_at = Some(Box::new(now))
    }),
    ("claim taken off", |pod, _| {
        pod.labels.remove(PROFILE_LABEL);
        pod.spec.scheduler_name = None;
    }),
    ("profile label taken off", |pod, _| {
        pod.labels.remove(PROFILE_LABEL);
    }),
    ("profile label of nobody", |pod, _| {
        pod.labels
            .insert(PROFILE_LABEL.to_owned(), "nobody".to_owned());
    }),
    ("fargate-scheduler", |pod, _| {
        pod.spec.scheduler_name = Some(FARGATE_SCHEDULER.to_owned());
    }),
    ("another scheduler", |pod, _| {
        pod.spec.scheduler_name = Some("volcano".to_owned());
    }),
    ("without a node", |pod, _| {
        pod.node_name = None;
        pod.phase = PodPhase::Pending;
    }),
    ("without a node, terminating", |pod, now| {
        pod.node_name = None;
        pod.phase = PodPhase::Pending;
        pod.deleted_at = Some(Box::new(now));
    }),
    ("on a Fargate node", |pod, _| {
        pod.node_name = Some("fargate-ip-10-9-9-9.ec2.internal".into());
        pod.phase = PodPhase::Running;
    }),
    ("refused on a Fargate node", |pod, _| {
        pod.node_name = Some("fargate-ip-10-9-9-9.ec2.internal".into());
        pod.phase = PodPhase::Failed;
        pod.status_reason = Some("UnsupportedPodSpec".into());
    }),
    ("refused in words on a Fargate node", |pod, _| {
        pod.node_name = Some("fargate-ip-10-9-9-9.ec2.internal".into());
        pod.phase = PodPhase::Failed;
        pod.status_message =
            Some("Pod not supported: SchedulerName is not fargate-scheduler".into());
    }),
    ("refused for its host port", |pod, _| {
        pod.node_name = Some("fargate-ip-10-9-9-9.ec2.internal".into());
        pod.phase = PodPhase::Failed;
        pod.status_reason = Some("UnsupportedPodSpec".into());
        pod.status_message = Some("Pod not supported: fields not supported: HostPort".into());
    }),
    ("on an EC2 node", |pod, _| {
        pod.node_name = Some("ip-10-9-9-9.eu-west-1.compute.internal".into());
    }),
    ("on an EC2 node named by its id", |pod, _| {
        pod.node_name = Some("i-0123456789abcdef0".into());
    }),
    ("on a node almost named by an id", |pod, _| {
        pod.node_name = Some("i-am-a-node".into());
    }),
    ("on a hybrid node", |pod, _| {
        pod.node_name = Some("mi-0123456789abcdef0".into());
    }),
    ("on a node that tells nothing", |pod, _| {
        pod.node_name = Some("worker-9.compute.internal".into());
    }),
    ("nobody's", |pod, _| pod.owners.clear()),
    ("a DaemonSet's", |pod, _| {
        pod.owners = vec![owner("apps/v1", "DaemonSet")].into()
    }),
    ("a node's", |pod, _| {
        pod.owners = vec![owner("v1", "Node")].into()
    }),
    ("an unread Job's", |pod, _| {
        pod.owners = vec![owner("batch/v1", "Job")].into()
    }),
    ("mirrored", |pod, _| {
        annotate(pod, "kubernetes.io/config.mirror", "x")
    }),
    ("from a file", |pod, _| {
        annotate(pod, "kubernetes.io/config.source", "file")
    }),
    ("from the API", |pod, _| {
        annotate(pod, "kubernetes.io/config.source", "api")
    }),
    ("opted out", |pod, _| {
        annotate(pod, COMPUTE_TYPE_ANNOTATION, "ec2")
    }),
    ("put there by its creator", |pod, _| {
        pod.node_name_by_creator = true
    }),
    ("gated", |pod, _| {
        pod.spec
            .scheduling_gates
            .push("example.com/gate".to_owned())
    }),
    ("without a uid", |pod, _| pod.uid = Uid::default()),
    ("of another uid", |pod, _| pod.uid = "another".into()),
    ("without annotations", |pod, _| pod.annotations.clear()),
    ("without a creation time", |pod, _| pod.created_at = None),
    ("ten seconds old", |pod, now| {
        pod.created_at = Some(now - SignedDuration::from_secs(10))
    }),
    ("as old as may be", |pod, now| {
        pod.created_at = Some(now - SignedDuration::from_secs(GRACE_SECONDS));
    }),
    ("a second older than may be", |pod, now| {
        pod.created_at = Some(now - SignedDuration::from_secs(GRACE_SECONDS + 1));
    }),
    ("all containers ready", |pod, _| {
        pod.containers
            .iter_mut()
            .for_each(|container| container.ready = true);
    }),
    ("no container restarted", |pod, _| {
        pod.containers
            .iter_mut()
            .for_each(|container| container.restart_count = 0);
    }),
    ("each container restarted once", |pod, _| {
        pod.containers
            .iter_mut()
            .for_each(|container| container.restart_count = 1);
    }),
];

pub(super) type OfSpec = fn(&mut PodSpec);

pub(super) const OF_SPEC: &[(&str, OfSpec)] = &[
    ("with the network of the host", |spec| {
        spec.host_network = true
    }),
    ("with the processes of the host", |spec| {
        spec.host_pid = true
    }),
    ("with the memory of the host", |spec| spec.host_ipc = true),
    ("with a folder of the host", |spec| {
        spec.volumes.push(Volume {
            name: "host".to_owned(),
            source: VolumeSource::Other("hostPath".to_owned()),
        });
    }),
    ("with a claim that is not there", |spec| {
        spec.volumes.push(Volume {
            name: "claimed".to_owned(),
            source: VolumeSource::Claim("not-there".to_owned()),
        });
    }),
    ("for a node of a name", |spec| {
        spec.node_selector
            .insert("kubernetes.io/hostname".to_owned(), "other".to_owned());
    }),
    ("for arm64", |spec| {
        spec.node_selector
            .insert("kubernetes.io/arch".to_owned(), "arm64".to_owned());
    }),
    ("for a zone", |spec| {
        spec.node_selector.insert(
            "topology.kubernetes.io/zone".to_owned(),
            "eu-north-1a".to_owned(),
        );
    }),
    ("for Windows", |spec| {
        spec.os_name = Some("windows".to_owned())
    }),
    ("with a node name", |spec| {
        spec.node_name = Some("ip-10-9-9-9.ec2.internal".to_owned());
    }),
    ("with the name of a Fargate node", |spec| {
        spec.node_name = Some("fargate-ip-10-9-9-9.ec2.internal".to_owned());
    }),
    ("with fargate-scheduler", |spec| {
        spec.scheduler_name = Some(FARGATE_SCHEDULER.to_owned());
    }),
    ("spread", |spec| spec.spread_keys.push("zone".to_owned())),
    ("privileged", |spec| {
        for container in &mut spec.containers {
            container.privileged = true;
        }
    }),
    ("with escalation", |spec| {
        for container in &mut spec.containers {
            container.allow_privilege_escalation = Some(true);
        }
    }),
    ("with SYS_ADMIN", |spec| {
        for container in &mut spec.containers {
            container.added_capabilities.push("SYS_ADMIN".to_owned());
        }
    }),
    ("with SYS_PTRACE", |spec| {
        for container in &mut spec.containers {
            container.added_capabilities.push("SYS_PTRACE".to_owned());
        }
    }),
    ("with a host port", |spec| {
        for container in &mut spec.containers {
            container.host_ports.push(HostPort {
                container_port: 9999,
                host_port: 9999,
                host_ip: String::new(),
            });
        }
    }),
    ("with a device", |spec| {
        for container in &mut spec.containers {
            container.volume_devices.push("claimed".to_owned());
        }
    }),
    ("without requests", |spec| {
        for container in &mut spec.containers {
            container.requests = Resources::default();
        }
    }),
    ("with 64 processors", |spec| {
        for container in &mut spec.containers {
            container.requests.cpu_millicores = Some(64_000);
        }
    }),
    ("with limits far above", |spec| {
        for container in &mut spec.containers {
            container.limits.memory_bytes = Some(100 << 30);
        }
    }),
    ("with a GPU", |spec| {
        for container in &mut spec.containers {
            container.limits.others.insert("nvidia.com/gpu".to_owned());
            container
                .requests
                .others
                .insert("nvidia.com/gpu".to_owned());
        }
    }),
];

fn owner(api_version: &str, kind: &str) -> OwnerReference {
    OwnerReference {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        name: "other".to_owned(),
        uid: "other".to_owned(),
        controller: true,
    }
}

fn annotate(pod: &mut Pod, key: &str, value: &str) {
    pod.annotations.insert(key.to_owned(), value.to_owned());
}
