//! Where a pod is, as the cluster shows it.

use super::{Placement, PlacementKind, Provisioner, ProvisionerKind};
use crate::decision::facts::node::COMPUTE_TYPE;
use crate::decision::facts::pod::FARGATE_SCHEDULER;
use crate::decision::facts::{ClusterSnapshot, Node, Pod};

/// What a node is, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeSight {
    /// The kind of place it gives to pods: one of Fargate, EC2, HybridNode, OtherNode.
    pub kind: PlacementKind,
    /// Who provides it.
    pub provisioner: Option<Provisioner>,
    /// How that is known.
    pub basis: NodeBasis,
}

/// How it is known what a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeBasis {
    /// The node object was read.
    Object,
    /// Only its name is known, and the name tells.
    Name,
    /// Only its name is known, and it tells nothing.
    Nothing,
}

impl NodeSight {
    /// Whether the node is a Fargate node.
    pub fn is_fargate(&self) -> bool {
        self.kind == PlacementKind::Fargate
    }

    /// Whether it is known that the node is no Fargate node.
    pub fn is_known_not_fargate(&self) -> bool {
        !self.is_fargate() && self.basis != NodeBasis::Nothing
    }
}

/// Tells what the node of this name is.
///
/// Sources: node labels of the EKS User Guide (Auto Mode, hybrid nodes, managed node groups), Karpenter's label
/// definitions, eksctl's schema; names and taints of Fargate nodes as seen in public node descriptions.
pub fn sight_of_node(snapshot: &ClusterSnapshot, name: &str) -> NodeSight {
    match snapshot.nodes.get(name) {
        Some(node) => sight_of_object(node),
        None => sight_of_name(name),
    }
}

fn sight_of_object(node: &Node) -> NodeSight {
    let label = |key: &str| node.labels.get(key).map(str::to_owned);
    let compute_type = node.labels.get(COMPUTE_TYPE);
    let tainted = node
        .taints
        .iter()
        .any(|(key, value, _)| key == COMPUTE_TYPE && value == "fargate");
    let node_pool =
        || label("karpenter.sh/nodepool").or_else(|| label("karpenter.sh/provisioner-name"));
    let seen = |kind, provisioner| NodeSight {
        kind,
        provisioner,
        basis: NodeBasis::Object,
    };
    let ec2 = |kind, name| seen(PlacementKind::EC2, Some(Provisioner { kind, name }));

    if compute_type == Some("fargate") || tainted || node.name.starts_with("fargate-") {
        seen(PlacementKind::Fargate, None)
    } else if compute_type == Some("auto") {
        ec2(ProvisionerKind::AutoMode, node_pool())
    } else if compute_type == Some("hybrid") {
        seen(PlacementKind::HybridNode, None)
    } else if let Some(group) = label("eks.amazonaws.com/nodegroup") {
        ec2(ProvisionerKind::ManagedNodeGroup, Some(group))
    } else if let Some(pool) = node_pool() {
        ec2(ProvisionerKind::Karpenter, Some(pool))
    } else if let Some(group) = label("alpha.eksctl.io/nodegroup-name") {
        ec2(ProvisionerKind::SelfManaged, Some(group))
    } else if node.provider_id.as_deref().is_some_and(is_ec2_provider_id) {
        ec2(ProvisionerKind::SelfManaged, None)
    } else {
        seen(PlacementKind::OtherNode, None)
    }
}

/// `aws:///<zone>/i-…`
fn is_ec2_provider_id(id: &str) -> bool {
    id.strip_prefix("aws://")
        .and_then(|path| path.rsplit('/').next())
        .is_some_and(|last| last.starts_with("i-"))
}

fn sight_of_name(name: &str) -> NodeSight {
    let (kind, basis) = if name.starts_with("fargate-") {
        (PlacementKind::Fargate, NodeBasis::Name)
    } else if has_id_prefix(name, "mi-") {
        (PlacementKind::HybridNode, NodeBasis::Name)
    } else if has_id_prefix(name, "i-")
        || (name.starts_with("ip-")
            && (name.ends_with(".compute.internal") || name.ends_with(".ec2.internal")))
        || name.ends_with(".ec2.internal")
    {
        (PlacementKind::EC2, NodeBasis::Name)
    } else {
        (PlacementKind::OtherNode, NodeBasis::Nothing)
    };
    NodeSight {
        kind,
        provisioner: None,
        basis,
    }
}

/// Whether a name begins with an AWS id of this prefix: hexadecimal digits (real ids have 8 or 17), then an end or a dot.
fn has_id_prefix(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix).is_some_and(|rest| {
        let id = rest.split('.').next().unwrap_or_default();
        id.len() >= 4 && id.chars().all(|digit| digit.is_ascii_hexdigit())
    })
}

/// Tells where a pod is. `refused_by_event` says that a kubelet's event of this very pod refuses it.
pub fn placement_of(pod: &Pod, node: Option<&NodeSight>, refused_by_event: bool) -> Placement {
    let kind = match node {
        Some(sight) if sight.is_fargate() => {
            let refused = pod.status_reason.as_deref() == Some("UnsupportedPodSpec")
                || pod
                    .status_message
                    .as_deref()
                    .is_some_and(is_kubelet_refusal)
                || refused_by_event;
            if refused {
                PlacementKind::Rejected
            } else {
                PlacementKind::Fargate
            }
        }
        Some(sight) => sight.kind,
        None if pod.scheduler_name() == FARGATE_SCHEDULER => PlacementKind::FargatePending,
        None => PlacementKind::Pending,
    };
    Placement {
        kind,
        node: pod.node_name.as_deref().map(str::to_owned),
        provisioner: node.and_then(|sight| sight.provisioner.clone()),
        profile: pod.profile_label().map(str::to_owned),
    }
}

/// The words by which a Fargate node's kubelet refuses a pod.
pub fn is_kubelet_refusal(message: &str) -> bool {
    message.contains("Pod not supported:")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn kind_of(node: Node) -> PlacementKind {
        let mut snapshot = ClusterSnapshot::empty(Timestamp::UNIX_EPOCH);
        let name = node.name.clone();
        snapshot.nodes.insert(name.clone(), node);
        sight_of_node(&snapshot, &name).kind
    }

    #[test]
    fn names_that_tell_where_a_node_is() {
        use PlacementKind::{EC2, Fargate, HybridNode, OtherNode};
        let snapshot = ClusterSnapshot::empty(Timestamp::UNIX_EPOCH);
        let rows = [
            ("fargate-ip-10-0-1-2.eu-west-1.compute.internal", Fargate),
            ("ip-10-0-1-2.eu-west-1.compute.internal", EC2),
            ("ip-10-0-1-2.ec2.internal", EC2),
            ("node-1.ec2.internal", EC2),
            ("ip-10-0-1-2.example.com", OtherNode),
            ("node-1.compute.internal", OtherNode),
            ("i-0123456789abcdef0", EC2),
            ("i-01234567.eu-west-1.compute.internal", EC2),
            ("i-am-a-node", OtherNode),
            ("i-abc", OtherNode),
            ("i-abcd", EC2),
            ("i-wxyz", OtherNode),
            ("mi-0123456789abcdef0", HybridNode),
            ("mi-lan", OtherNode),
        ];
        for (name, wanted) in rows {
            assert_eq!(sight_of_node(&snapshot, name).kind, wanted, "{name}");
        }
    }

    #[test]
    fn each_sign_of_a_fargate_node_is_enough() {
        let plain = || Node {
            name: "node-1".to_owned(),
            ..Node::default()
        };
        let taint = |key: &str, value: &str| Node {
            taints: vec![(key.to_owned(), value.to_owned(), "NoSchedule".to_owned())],
            ..plain()
        };
        let labelled = |value: &str| Node {
            labels: [(COMPUTE_TYPE.to_owned(), value.to_owned())].into(),
            ..plain()
        };
        let by_provider = |id: &str| Node {
            provider_id: Some(id.to_owned()),
            ..plain()
        };
        for (node, wanted) in [
            (plain(), PlacementKind::OtherNode),
            (taint(COMPUTE_TYPE, "fargate"), PlacementKind::Fargate),
            (taint(COMPUTE_TYPE, "other"), PlacementKind::OtherNode),
            (taint("dedicated", "fargate"), PlacementKind::OtherNode),
            (labelled("fargate"), PlacementKind::Fargate),
            (labelled("auto"), PlacementKind::EC2),
            (labelled("hybrid"), PlacementKind::HybridNode),
            (labelled("other"), PlacementKind::OtherNode),
            (by_provider("aws:///eu-west-1a/i-0123"), PlacementKind::EC2),
            (
                by_provider("aws:///eu-west-1a/0123"),
                PlacementKind::OtherNode,
            ),
            (by_provider("gce:///zone/i-0123"), PlacementKind::OtherNode),
        ] {
            let told = format!("{node:?}");
            assert_eq!(kind_of(node), wanted, "{told}");
        }
    }
}
