//! Whether a Fargate node could meet a pod's node selector and required node affinity.
//!
//! The guide says that affinity does not apply to Fargate pods; public reports show that fargate-scheduler does evaluate
//! `nodeSelector` and required node affinity, and refuses (aws-ebs-csi-driver#496). The labels are those of public
//! descriptions of Fargate nodes (aws/amazon-cloudwatch-agent#580); the exact set is not documented.

use crate::decision::facts::node::COMPUTE_TYPE;
use crate::decision::facts::{NodeSelectorTerm, Operator, PodSpec, Requirement};

/// The labels of every Fargate node with a value that is known beforehand.
const FARGATE_LABELS: &[(&str, &str)] = &[
    (COMPUTE_TYPE, "fargate"),
    ("kubernetes.io/arch", "amd64"),
    ("kubernetes.io/os", "linux"),
    ("beta.kubernetes.io/arch", "amd64"),
    ("beta.kubernetes.io/os", "linux"),
];

/// Labels of every Fargate node whose value depends on the subnet that it starts in.
const PLACE_LABELS: &[&str] = &[
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
];

const HOSTNAME_LABEL: &str = "kubernetes.io/hostname";

/// A requirement that no Fargate node meets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The field of the spec that asks for it.
    pub field: String,
    /// The label key, or the node field.
    pub key: String,
    /// What is asked for, in words (`In [arm64]`).
    pub asked: String,
    /// What a Fargate node has there; `None` where it has no such label.
    pub fargate_has: Option<&'static str>,
}

impl Conflict {
    /// Whether it asks for another processor architecture or operating system.
    pub fn is_about_architecture(&self) -> bool {
        self.key.ends_with("kubernetes.io/arch") || self.key.ends_with("kubernetes.io/os")
    }
}

/// The requirements of a spec that no Fargate node meets; empty where one could, in some zone.
pub fn conflicts_with_fargate(spec: &PodSpec) -> Vec<Conflict> {
    let mut conflicts: Vec<_> = spec
        .node_selector
        .iter()
        .filter_map(|(key, value)| {
            let requirement = Requirement {
                key: key.clone(),
                operator: Operator::In,
                values: vec![value.clone()],
            };
            (!could_meet(&requirement)).then(|| Conflict {
                field: format!("spec.nodeSelector[{key}]"),
                key: key.clone(),
                asked: value.clone(),
                fargate_has: fargate_value(key),
            })
        })
        .collect();
    if let Some(terms) = &spec.required_node_affinity {
        conflicts.extend(conflicts_of_terms(terms));
    }
    conflicts
}

const AFFINITY_FIELD: &str =
    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";

/// One term must hold, so there is a conflict only where every term has one.
fn conflicts_of_terms(terms: &[NodeSelectorTerm]) -> Vec<Conflict> {
    let mut all = Vec::new();
    for (index, term) in terms.iter().enumerate() {
        let on_labels = term.expressions.iter().filter(|r| !could_meet(r));
        let on_fields = term.fields.iter().filter(|r| !could_be_named(r));
        let conflicts: Vec<_> = on_labels
            .map(|requirement| ("matchExpressions", requirement))
            .chain(on_fields.map(|requirement| ("matchFields", requirement)))
            .map(|(list, requirement)| Conflict {
                field: format!("{AFFINITY_FIELD}[{index}].{list}[{}]", requirement.key),
                key: requirement.key.clone(),
                asked: in_words(requirement),
                fargate_has: fargate_value(&requirement.key),
            })
            .collect();
        let is_empty = term.expressions.is_empty() && term.fields.is_empty();
        if conflicts.is_empty() && !is_empty {
            return Vec::new();
        }
        all.extend(conflicts);
    }
    all
}

fn fargate_value(key: &str) -> Option<&'static str> {
    FARGATE_LABELS
        .iter()
        .find(|(known, _)| *known == key)
        .map(|(_, value)| *value)
}

/// Whether the labels of some Fargate node could meet the requirement. Zones and regions are left open.
fn could_meet(requirement: &Requirement) -> bool {
    let key = requirement.key.as_str();
    if PLACE_LABELS.contains(&key) {
        return requirement.operator != Operator::DoesNotExist;
    }
    if key == HOSTNAME_LABEL {
        // A new pod gets a new node, whose name nobody knows beforehand.
        return matches!(
            requirement.operator,
            Operator::NotIn | Operator::Exists | Operator::Other(_)
        );
    }
    let value = fargate_value(key);
    let listed = value.is_some_and(|value| requirement.values.iter().any(|one| one == value));
    match requirement.operator {
        Operator::In => listed,
        Operator::NotIn => !listed,
        Operator::Exists => value.is_some(),
        Operator::DoesNotExist => value.is_none(),
        Operator::Gt | Operator::Lt => false,
        Operator::Other(_) => true,
    }
}

/// Whether a node that does not exist yet could have the wanted name.
fn could_be_named(requirement: &Requirement) -> bool {
    requirement.operator != Operator::In
}

fn in_words(requirement: &Requirement) -> String {
    let operator = match &requirement.operator {
        Operator::In => "In",
        Operator::NotIn => "NotIn",
        Operator::Exists => "Exists",
        Operator::DoesNotExist => "DoesNotExist",
        Operator::Gt => "Gt",
        Operator::Lt => "Lt",
        Operator::Other(word) => word,
    };
    if requirement.values.is_empty() {
        operator.to_owned()
    } else {
        format!("{operator} [{}]", requirement.values.join(", "))
    }
}

/// Whether the spec asks for a zone or region, which only AWS can tell whether the profile's subnets have.
pub fn asks_for_a_place(spec: &PodSpec) -> bool {
    let is_place = |key: &String| PLACE_LABELS.contains(&key.as_str());
    spec.node_selector.keys().any(is_place)
        || spec.required_node_affinity.iter().flatten().any(|term| {
            term.expressions
                .iter()
                .any(|requirement| is_place(&requirement.key))
        })
}

/// The nodes that the required node affinity names, as the DaemonSet controller does for each of its pods.
pub fn nodes_named_by_affinity(spec: &PodSpec) -> Vec<&str> {
    spec.required_node_affinity
        .iter()
        .flatten()
        .flat_map(|term| &term.fields)
        .filter(|requirement| {
            requirement.key == "metadata.name" && requirement.operator == Operator::In
        })
        .flat_map(|requirement| requirement.values.iter().map(String::as_str))
        .collect()
}
