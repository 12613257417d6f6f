//! A pod as JSON, the way an API server has it.

use std::collections::BTreeMap;

use super::chance::{Chance, moment};
use super::json::Json;
use super::situation::{OwnerKind, Trait};
use super::spec::{Container, PodParts};
use super::{Cluster, PodPlan, Workload, managed_fields};

/// The pod as compact JSON.
pub fn json(
    cluster: &Cluster,
    workload: &Workload,
    plan: &PodPlan,
    with_managed_fields: bool,
) -> String {
    let mut chance = workload.chance_of_pod(cluster.seed, plan.ordinal + 500_000);
    let labels = workload.pod_labels(plan);
    let annotations = annotations(workload, &mut chance);
    let node = plan
        .node
        .and_then(|node| cluster.nodes.get(node))
        .map(|node| node.name.as_str());
    let is_daemon = workload.situation.owner == OwnerKind::DaemonSet;
    let parts = PodParts {
        node,
        pinned_to: node.filter(|_| is_daemon),
        token_volume: format!("kube-api-access-{}", chance.suffix(5)),
    };
    let containers = workload.containers(cluster.seed);
    let uid = chance.uuid();
    Json::object_text(|json| {
        json.text("apiVersion", "v1");
        json.text("kind", "Pod");
        json.object("metadata", |meta| {
            write_texts(
                meta,
                "annotations",
                annotations
                    .iter()
                    .map(|(key, value)| (*key, value.as_str())),
            );
            meta.text("creationTimestamp", &moment(workload.created_at));
            meta.text(
                "generateName",
                plan.name.rsplit_once('-').map_or("", |(head, _)| head),
            );
            write_texts(
                meta,
                "labels",
                labels
                    .iter()
                    .map(|(key, value)| (key.as_str(), value.as_str())),
            );
            let (kind, name, owner_uid) = match workload.situation.owner {
                OwnerKind::Deployment => (
                    "ReplicaSet",
                    &workload.replica_set,
                    &workload.replica_set_uid,
                ),
                owner => (owner.name(), &workload.name, &workload.uid),
            };
            if with_managed_fields {
                managed_fields::write(
                    meta,
                    workload,
                    plan,
                    &containers,
                    &labels,
                    &annotations,
                    owner_uid,
                );
            }
            meta.text("name", &plan.name);
            meta.text("namespace", &workload.namespace);
            meta.list("ownerReferences", |list| {
                list.item(|json| {
                    json.text("apiVersion", workload.situation.owner.api_version());
                    json.flag("blockOwnerDeletion", true);
                    json.flag("controller", true);
                    json.text("kind", kind);
                    json.text("name", name);
                    json.text("uid", owner_uid);
                });
            });
            meta.text("uid", &uid);
        });
        json.object("spec", |json| {
            workload.write_spec(cluster.seed, json, Some(&parts))
        });
        json.object("status", |status| {
            write_status(status, workload, plan, &containers, &mut chance)
        });
    })
}

/// Writes a map of texts.
pub fn write_texts<'a>(
    json: &mut Json,
    key: &str,
    texts: impl Iterator<Item = (&'a str, &'a str)>,
) {
    json.object(key, |json| {
        for (key, value) in texts {
            json.text(key, value);
        }
    });
}

/// The annotations of a workload's template.
pub fn template_annotations(workload: &Workload, seed: u64) -> BTreeMap<&'static str, String> {
    let mut chance = Chance::of(seed, workload.number + 20_000_000);
    let mut annotations: BTreeMap<&str, String> = [
        ("checksum/config", chance.hex(64)),
        ("checksum/environment", chance.hex(64)),
        ("kubectl.kubernetes.io/default-container", "app".to_owned()),
        (
            "kubectl.kubernetes.io/restartedAt",
            moment(workload.created_at),
        ),
        ("prometheus.io/path", "/metrics".to_owned()),
        ("prometheus.io/port", "9102".to_owned()),
        ("prometheus.io/scrape", "true".to_owned()),
    ]
    .into();
    if workload.has(Trait::OptOut) {
        annotations.insert("eks.amazonaws.com/compute-type", "ec2".to_owned());
    }
    annotations
}

fn annotations(workload: &Workload, chance: &mut Chance) -> BTreeMap<&'static str, String> {
    let mut annotations = template_annotations(workload, 0);
    annotations.insert(
        "example.com/last-scan",
        format!("{} {}", chance.hex(40), moment(workload.created_at + 600)),
    );
    if workload.situation.claimed_by.is_some() && !workload.is_nowhere() {
        annotations.insert("CapacityProvisioned", "1vCPU 3GB".to_owned());
        annotations.insert("Logging", "LoggingEnabled".to_owned());
    }
    annotations
}

fn write_status(
    status: &mut Json,
    workload: &Workload,
    plan: &PodPlan,
    containers: &[Container],
    chance: &mut Chance,
) {
    let since = moment(workload.created_at + 12);
    if workload.has(Trait::Refused) {
        status.text(
            "message",
            "Pod not supported: port contains HostIP or HostPort",
        );
        status.text("phase", "Failed");
        status.text("qosClass", "Burstable");
        status.text("reason", "UnsupportedPodSpec");
        status.text("startTime", &since);
        return;
    }
    if plan.node.is_none() {
        if workload.situation.claimed_by.is_none() {
            status.list("conditions", |list| {
                list.item(|json| {
                    json.raw("lastProbeTime", "null");
                    json.text("lastTransitionTime", &moment(workload.created_at + 1));
                    json.text("message", UNSCHEDULABLE);
                    json.text("reason", "Unschedulable");
                    json.text("status", "False");
                    json.text("type", "PodScheduled");
                });
            });
        }
        status.text("phase", "Pending");
        status.text("qosClass", "Burstable");
        return;
    }
    let finished = workload.has(Trait::Finished);
    status.list("conditions", |list| {
        for kind in [
            "PodReadyToStartContainers",
            "Initialized",
            "Ready",
            "ContainersReady",
            "PodScheduled",
        ] {
            let holds = !finished || matches!(kind, "Initialized" | "PodScheduled");
            list.item(|json| {
                json.raw("lastProbeTime", "null");
                json.text("lastTransitionTime", &since);
                json.number("observedGeneration", 1);
                if finished && kind != "PodScheduled" {
                    json.text("reason", "PodCompleted");
                }
                json.text("status", if holds { "True" } else { "False" });
                json.text("type", kind);
            });
        }
    });
    status.list("containerStatuses", |list| {
        for container in containers {
            let id = format!("containerd://{}", chance.hex(64));
            list.item(|json| {
                json.raw("allocatedResources", r#"{"cpu":"250m","memory":"512Mi"}"#);
                json.text("containerID", &id);
                json.text("image", &container.image);
                json.text("imageID", &format!("{}@sha256:{}", container.image, chance.hex(64)));
                json.mark("lastState");
                json.text("name", container.name);
                json.flag("ready", !finished);
                json.raw("resources", r#"{"limits":{"cpu":"500m","memory":"1Gi"},"requests":{"cpu":"250m","memory":"512Mi"}}"#);
                json.number("restartCount", 0);
                json.flag("started", !finished);
                json.object("state", |json| {
                    if finished {
                        json.object("terminated", |json| {
                            json.text("containerID", &id);
                            json.number("exitCode", 0);
                            json.text("finishedAt", &moment(workload.created_at + 900));
                            json.text("reason", "Completed");
                            json.text("startedAt", &since);
                        });
                    } else {
                        json.object("running", |json| json.text("startedAt", &since));
                    }
                });
                json.list("volumeMounts", |list| {
                    for (path, name) in &container.mounts {
                        list.item(|json| {
                            json.text("mountPath", path);
                            json.text("name", name);
                        });
                    }
                    list.item(|json| {
                        json.text("mountPath", "/var/run/secrets/kubernetes.io/serviceaccount");
                        json.text("name", "kube-api-access");
                        json.flag("readOnly", true);
                        json.text("recursiveReadOnly", "Disabled");
                    });
                });
            });
        }
    });
    let ip = format!(
        "10.{}.{}.{}",
        1 + chance.below(60),
        chance.below(250),
        4 + chance.below(240)
    );
    let host = format!("10.0.{}.{}", chance.below(250), 4 + chance.below(240));
    status.text("hostIP", &host);
    status.list("hostIPs", |list| list.item(|json| json.text("ip", &host)));
    status.text("phase", if finished { "Succeeded" } else { "Running" });
    status.text("podIP", &ip);
    status.list("podIPs", |list| list.item(|json| json.text("ip", &ip)));
    status.text("qosClass", "Burstable");
    status.text("startTime", &since);
}

/// What the scheduler says of a pod for which no node has room.
pub const UNSCHEDULABLE: &str = "0/500 nodes are available: 200 node(s) had untolerated taint {eks.amazonaws.com/compute-type: fargate}, 300 Insufficient cpu. preemption: 0/500 nodes are available: 300 No preemption victims found for incoming pod, 200 Preemption is not helpful for scheduling.";
