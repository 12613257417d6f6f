//! The nodes, of every kind that EKS knows, and which pod is on which.

use super::chance::{Chance, moment};
use super::json::Json;
use super::situation::{OwnerKind, Place};
use super::{MOST_NODES, PodPlan, Workload};

/// Who provides a node.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum NodeKind {
    Fargate,
    ManagedNodeGroup,
    Karpenter,
    AutoMode,
    SelfManaged,
    Hybrid,
}

/// A node.
pub struct Node {
    pub name: String,
    kind: NodeKind,
    number: u64,
    address: String,
    created_at: i64,
}

impl Node {
    pub fn is_fargate(&self) -> bool {
        self.kind == NodeKind::Fargate
    }

    /// `placement.kind` and the provisioner's kind of pods on it.
    pub fn placement(&self) -> (&'static str, Option<&'static str>) {
        match self.kind {
            NodeKind::Fargate => ("Fargate", None),
            NodeKind::ManagedNodeGroup => ("EC2", Some("ManagedNodeGroup")),
            NodeKind::Karpenter => ("EC2", Some("Karpenter")),
            NodeKind::AutoMode => ("EC2", Some("AutoMode")),
            NodeKind::SelfManaged => ("EC2", Some("SelfManaged")),
            NodeKind::Hybrid => ("HybridNode", None),
        }
    }

    /// The node as JSON.
    pub fn json(&self, now: i64, seed: u64) -> String {
        let mut chance = Chance::of(seed, self.number + 90_000_000);
        let zone = ["eu-west-1a", "eu-west-1b", "eu-west-1c"][self.number as usize % 3];
        let instance = format!("i-{}", chance.hex(17));
        let mut labels: Vec<(&str, &str)> = vec![
            ("beta.kubernetes.io/arch", "amd64"),
            ("beta.kubernetes.io/os", "linux"),
            ("failure-domain.beta.kubernetes.io/region", "eu-west-1"),
            ("failure-domain.beta.kubernetes.io/zone", zone),
            ("kubernetes.io/arch", "amd64"),
            ("kubernetes.io/hostname", &self.name),
            ("kubernetes.io/os", "linux"),
            ("topology.kubernetes.io/region", "eu-west-1"),
            ("topology.kubernetes.io/zone", zone),
        ];
        labels.extend_from_slice(match self.kind {
            NodeKind::Fargate => &[("eks.amazonaws.com/compute-type", "fargate")],
            NodeKind::ManagedNodeGroup => &[
                ("eks.amazonaws.com/capacityType", "ON_DEMAND"),
                ("eks.amazonaws.com/nodegroup", "general"),
                ("node.kubernetes.io/instance-type", "m6i.4xlarge"),
            ],
            NodeKind::Karpenter => &[
                ("karpenter.sh/capacity-type", "spot"),
                ("karpenter.sh/nodepool", "default"),
                ("node.kubernetes.io/instance-type", "c7i.8xlarge"),
            ],
            NodeKind::AutoMode => &[
                ("eks.amazonaws.com/compute-type", "auto"),
                ("karpenter.sh/nodepool", "general-purpose"),
            ],
            NodeKind::SelfManaged => &[("node.kubernetes.io/instance-type", "r6i.2xlarge")],
            NodeKind::Hybrid => &[("eks.amazonaws.com/compute-type", "hybrid")],
        });
        labels.sort_unstable();
        Json::object_text(|json| {
            json.text("apiVersion", "v1");
            json.text("kind", "Node");
            json.object("metadata", |meta| {
                meta.raw("annotations", r#"{"node.alpha.kubernetes.io/ttl":"0","volumes.kubernetes.io/controller-managed-attach-detach":"true"}"#);
                meta.text("creationTimestamp", &moment(self.created_at));
                meta.object("labels", |json| {
                    for (key, value) in &labels {
                        json.text(key, value);
                    }
                });
                meta.text("name", &self.name);
                meta.text("uid", &chance.uuid());
            });
            json.object("spec", |spec| match self.kind {
                NodeKind::Fargate => {
                    spec.text("providerID", &format!("aws:///{zone}/{}-{}/{}", chance.hex(10), chance.hex(30), self.name));
                    spec.raw("taints", r#"[{"effect":"NoSchedule","key":"eks.amazonaws.com/compute-type","value":"fargate"}]"#);
                }
                NodeKind::Hybrid => spec.text("providerID", &format!("eks-hybrid:///eu-west-1/prod/{}", self.name)),
                _ => spec.text("providerID", &format!("aws:///{zone}/{instance}")),
            });
            json.object("status", |status| {
                status.list("addresses", |list| {
                    list.item(|json| {
                        json.text("address", &self.address);
                        json.text("type", "InternalIP");
                    });
                    list.item(|json| {
                        json.text("address", &self.name);
                        json.text("type", "Hostname");
                    });
                });
                status.raw("allocatable", r#"{"cpu":"15890m","ephemeral-storage":"76224326324","hugepages-1Gi":"0","hugepages-2Mi":"0","memory":"60571432Ki","pods":"234"}"#);
                status.raw("capacity", r#"{"cpu":"16","ephemeral-storage":"83873772Ki","hugepages-1Gi":"0","hugepages-2Mi":"0","memory":"63588136Ki","pods":"234"}"#);
                status.list("conditions", |list| {
                    for (kind, is_true, reason) in [
                        ("MemoryPressure", "False", "KubeletHasSufficientMemory"),
                        ("DiskPressure", "False", "KubeletHasNoDiskPressure"),
                        ("PIDPressure", "False", "KubeletHasSufficientPID"),
                        ("Ready", "True", "KubeletReady"),
                    ] {
                        list.item(|json| {
                            json.text("lastHeartbeatTime", &moment(now - 40));
                            json.text("lastTransitionTime", &moment(self.created_at + 30));
                            json.text("message", "as reported by the kubelet");
                            json.text("reason", reason);
                            json.text("status", is_true);
                            json.text("type", kind);
                        });
                    }
                });
                status.raw("daemonEndpoints", r#"{"kubeletEndpoint":{"Port":10250}}"#);
                status.list("images", |list| {
                    for _ in 0..12 {
                        let digest = chance.hex(64);
                        list.item(|json| {
                            json.list("names", |names| names.text_item(&format!("111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/image@sha256:{digest}")));
                            json.number("sizeBytes", 180_000_000 + (digest.len() as i64) * 1_000);
                        });
                    }
                });
                status.object("nodeInfo", |json| {
                    json.text("architecture", "amd64");
                    json.text("bootID", &chance.uuid());
                    json.text("containerRuntimeVersion", "containerd://1.7.27");
                    json.text("kernelVersion", "6.1.148-173.267.amzn2023.x86_64");
                    json.text("kubeProxyVersion", "");
                    json.text("kubeletVersion", "v1.34.2-eks-b3126f4");
                    json.text("machineID", &chance.hex(32));
                    json.text("operatingSystem", "linux");
                    json.text("osImage", "Amazon Linux 2023");
                    json.text("systemUUID", &chance.uuid());
                });
            });
        })
    }
}

/// Makes the nodes that so many pods need and puts the pods on them, sorted as an API server sorts pods.
pub fn place(workloads: &[Workload], pods: u64, seed: u64, now: i64) -> (Vec<Node>, Vec<PodPlan>) {
    let mut nodes: Vec<Node> = (0..(pods / 40).clamp(12, MOST_NODES))
        .map(|number| instance(number, seed, now))
        .collect();
    let instances = nodes.len() as u64;
    let mut plans = Vec::new();
    for (index, workload) in workloads.iter().enumerate() {
        for ordinal in 0..workload.replicas {
            let mut chance = workload.chance_of_pod(seed, ordinal);
            let name = match workload.situation.owner {
                OwnerKind::Deployment => format!("{}-{}", workload.replica_set, chance.suffix(5)),
                OwnerKind::StatefulSet => format!("{}-{ordinal}", workload.name),
                OwnerKind::DaemonSet => format!("{}-{}", workload.name, chance.suffix(5)),
                OwnerKind::Job => format!("{}-{ordinal}-{}", workload.name, chance.suffix(5)),
            };
            let node = match workload.situation.place {
                Place::Nodes => Some(((workload.number * 7 + ordinal) % instances) as usize),
                Place::Fargate => {
                    nodes.push(fargate(nodes.len() as u64, workload.created_at + 70));
                    Some(nodes.len() - 1)
                }
                Place::BesideFargate => Some(nodes.iter().position(Node::is_fargate).unwrap_or(0)),
                Place::Nowhere => None,
            };
            plans.push(PodPlan {
                workload: index,
                ordinal,
                name,
                node,
            });
        }
    }
    plans.sort_by(|one, other| {
        let key = |plan: &PodPlan| &workloads[plan.workload].namespace;
        (key(one), &one.name).cmp(&(key(other), &other.name))
    });
    (nodes, plans)
}

fn address(number: u64) -> String {
    format!(
        "10.{}.{}.{}",
        number / 62_500,
        number / 250 % 250,
        number % 250 + 4
    )
}

fn fargate(number: u64, created_at: i64) -> Node {
    let address = address(number);
    Node {
        name: format!(
            "fargate-ip-{}.eu-west-1.compute.internal",
            address.replace('.', "-")
        ),
        kind: NodeKind::Fargate,
        number,
        address,
        created_at,
    }
}

fn instance(number: u64, seed: u64, now: i64) -> Node {
    let mut chance = Chance::of(seed, number + 80_000_000);
    // The first of each kind are there in the smallest cluster.
    let kind = match if number < 5 {
        [0, 50, 83, 93, 98][number as usize]
    } else {
        chance.below(100)
    } {
        0..50 => NodeKind::ManagedNodeGroup,
        50..83 => NodeKind::Karpenter,
        83..93 => NodeKind::AutoMode,
        93..98 => NodeKind::SelfManaged,
        _ => NodeKind::Hybrid,
    };
    let address = address(number);
    let name = match kind {
        NodeKind::Hybrid => format!("mi-{}", chance.hex(17)),
        NodeKind::AutoMode => format!("i-{}", chance.hex(17)),
        _ => format!(
            "ip-{}.eu-west-1.compute.internal",
            address.replace('.', "-")
        ),
    };
    let created_at = now - 90 * 86_400 + chance.below(80_000) as i64;
    Node {
        name,
        kind,
        number,
        address,
        created_at,
    }
}
