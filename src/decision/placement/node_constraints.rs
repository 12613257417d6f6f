//! Whether a Fargate node could meet a pod's node selector and required node affinity.
//!
//! The guide says that affinity does not apply to Fargate pods; public reports show that fargate-scheduler does evaluate
//! `nodeSelector` and required node affinity, and refuses (aws-ebs-csi-driver#496). The labels are those of public
//! descriptions of Fargate nodes (aws/amazon-cloudwatch-agent#580); the exact set is not documented.

mod contradiction;

use super::doubt::{gap_of, widest};
use std::collections::{BTreeMap, BTreeSet};

use self::contradiction::contradiction;
use crate::decision::facts::node::COMPUTE_TYPE;
use crate::decision::facts::{ClusterSnapshot, NodeSelectorTerm, Operator, PodSpec, Requirement};

/// The labels of every Fargate node with a value that is known beforehand.
const FARGATE_LABELS: &[(&str, &str)] = &[
    (COMPUTE_TYPE, "fargate"),
    ("kubernetes.io/arch", "amd64"),
    ("kubernetes.io/os", "linux"),
    ("beta.kubernetes.io/arch", "amd64"),
    ("beta.kubernetes.io/os", "linux"),
];

/// Labels of every Fargate node whose value depends on the subnet that it starts in.
const ZONE_LABELS: &[&str] = &[
    "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/zone",
];
const REGION_LABELS: &[&str] = &[
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/region",
];

/// Where the Fargate nodes of a namespace's pods may start; what is not known is possible.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// The cluster's region.
    region: Option<String>,
    /// The zones of all subnets of all profiles that select the namespace, where every one of them is known.
    zones: Option<BTreeSet<String>>,
}

impl Places {
    /// What is known of the profiles that could claim a pod of this namespace.
    pub fn of_namespace(snapshot: &ClusterSnapshot, namespace: &str) -> Self {
        Self {
            region: snapshot.cluster.region.clone(),
            zones: zones_of(snapshot, namespace).filter(|zones| !zones.is_empty()),
        }
    }

    /// Whether some node could have this value of a zone's label (or a region's).
    fn may_be(&self, is_zone: bool, value: &str) -> bool {
        match (&self.zones, &self.region) {
            (Some(zones), _) if is_zone => zones.contains(value),
            // A zone is called after its region: eu-west-1a.
            (_, Some(region)) if is_zone => value.starts_with(region.as_str()),
            (_, Some(region)) => value == region,
            (_, None) => true,
        }
    }

    /// Whether all nodes have one of these values.
    fn is_within(&self, is_zone: bool, values: &[String]) -> bool {
        match (is_zone, &self.zones, &self.region) {
            (true, Some(zones), _) => zones.iter().all(|zone| values.contains(zone)),
            (true, None, _) => false,
            (false, _, region) => region
                .as_ref()
                .is_some_and(|region| values.contains(region)),
        }
    }

    /// What a Fargate node has there, in words; `None` where that is not known.
    fn in_words(&self, is_zone: bool) -> Option<String> {
        match (&self.zones, &self.region) {
            (Some(zones), _) if is_zone => Some(
                zones
                    .iter()
                    .map(String::as_str)
                    .collect::<Vec<_>>()
                    .join(" or "),
            ),
            (_, Some(region)) if is_zone => Some(format!("zones of {region}")),
            (_, region) => region.clone(),
        }
    }
}

/// The zones of all subnets of the profiles that select the namespace; `None` where one of them is not known.
fn zones_of(snapshot: &ClusterSnapshot, namespace: &str) -> Option<BTreeSet<String>> {
    let profiles = &snapshot.profiles;
    if !profiles.is_whole() {
        return None;
    }
    let mut zones = BTreeSet::new();
    for profile in &profiles.list {
        let selectors = profile.selectors.as_ref()?;
        // What was assumed may be otherwise, and the profile select the namespace.
        if !selectors
            .iter()
            .any(|selector| widest(selector).namespace.matches(namespace))
            && gap_of(profile, "selectors").is_none()
        {
            continue;
        }
        if profile.subnets.is_empty() || gap_of(profile, "subnets").is_some() {
            return None;
        }
        for subnet in &profile.subnets {
            let zone = &snapshot.aws.subnets.get(subnet)?.zone;
            if zone.is_empty() {
                return None;
            }
            zones.insert(zone.clone());
        }
    }
    Some(zones)
}

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
    /// What a Fargate node has there, in words (`Fargate nodes have amd64`).
    pub offer: String,
    /// What would fit.
    pub wanted: String,
}

impl Conflict {
    /// The term of the node affinity that it stands in, or the whole field.
    pub fn term(&self) -> &str {
        let end = self.field.find("].match").unwrap_or(self.field.len());
        &self.field[..end]
    }

    /// Whether it asks for another processor architecture or operating system.
    pub fn is_about_architecture(&self) -> bool {
        self.key.ends_with("kubernetes.io/arch") || self.key.ends_with("kubernetes.io/os")
    }
}

/// The requirements of a spec that no Fargate node meets; empty where one could, in some zone.
pub fn conflicts_with_fargate(spec: &PodSpec) -> Vec<Conflict> {
    conflicts_with(spec, &Places::default())
}

/// The requirements of a spec that no Fargate node in these places meets.
pub fn conflicts_with(spec: &PodSpec, places: &Places) -> Vec<Conflict> {
    let mut conflicts: Vec<_> = spec
        .node_selector
        .iter()
        .filter_map(|(key, value)| {
            let requirement = Requirement {
                key: key.clone(),
                operator: Operator::In,
                values: vec![value.clone()],
            };
            (!could_meet(&requirement, places)).then(|| {
                let field = format!("spec.nodeSelector[{key}]");
                conflict(field, &requirement, value.clone(), places)
            })
        })
        .collect();
    let nothing = BTreeMap::new();
    let (contradicts_itself, selector) = match contradiction(&spec.node_selector, None) {
        Some(conflict) => (Some(conflict), &nothing),
        None => (None, &spec.node_selector),
    };
    conflicts.extend(contradicts_itself);
    if let Some(terms) = &spec.required_node_affinity {
        conflicts.extend(conflicts_of_terms(terms, selector, places));
    }
    conflicts
}

const AFFINITY_FIELD: &str =
    "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";

/// One term must hold, so there is a conflict only where every term has one. A term without requirements holds on no node.
fn conflicts_of_terms(
    terms: &[NodeSelectorTerm],
    selector: &BTreeMap<String, String>,
    places: &Places,
) -> Vec<Conflict> {
    let mut all = Vec::new();
    for (index, term) in terms.iter().enumerate() {
        if term.expressions.is_empty() && term.fields.is_empty() {
            all.push(Conflict {
                field: format!("{AFFINITY_FIELD}[{index}]"),
                key: "an empty term of its node affinity".to_owned(),
                asked: "(it matches none)".to_owned(),
                offer: "such a term holds on no node at all".to_owned(),
                wanted: "a term with requirements".to_owned(),
            });
            continue;
        }
        let on_labels = term.expressions.iter().filter(|r| !could_meet(r, places));
        let on_fields = term.fields.iter().filter(|r| !could_be_named(r));
        let mut conflicts: Vec<_> = on_labels
            .map(|requirement| ("matchExpressions", requirement))
            .chain(on_fields.map(|requirement| ("matchFields", requirement)))
            .map(|(list, requirement)| {
                let field = format!("{AFFINITY_FIELD}[{index}].{list}[{}]", requirement.key);
                conflict(field, requirement, in_words(requirement), places)
            })
            .collect();
        if conflicts.is_empty() {
            conflicts.extend(contradiction(selector, Some((index, term))));
        }
        if conflicts.is_empty() {
            return Vec::new();
        }
        all.extend(conflicts);
    }
    all
}

fn conflict(field: String, requirement: &Requirement, asked: String, places: &Places) -> Conflict {
    let key = requirement.key.as_str();
    let is_zone = ZONE_LABELS.contains(&key);
    let place = (is_zone || REGION_LABELS.contains(&key))
        .then(|| places.in_words(is_zone))
        .flatten();
    let (offer, wanted) = if let Some(place) = place {
        (format!("its Fargate nodes have {place}"), place)
    } else if let Some(value) = fargate_value(key) {
        (format!("Fargate nodes have {value}"), value.to_owned())
    } else if key == HOSTNAME_LABEL || key == NAME_FIELD {
        (
            "every Fargate pod gets a new node with a name of its own".to_owned(),
            "no such requirement".to_owned(),
        )
    } else {
        (
            format!("no Fargate node has the label {key}"),
            "no such requirement".to_owned(),
        )
    };
    Conflict {
        field,
        key: key.to_owned(),
        asked,
        offer,
        wanted,
    }
}

/// The one field of a node that `matchFields` knows.
const NAME_FIELD: &str = "metadata.name";

fn fargate_value(key: &str) -> Option<&'static str> {
    FARGATE_LABELS
        .iter()
        .find(|(known, _)| *known == key)
        .map(|(_, value)| *value)
}

/// Whether the labels of some Fargate node in these places could meet the requirement.
fn could_meet(requirement: &Requirement, places: &Places) -> bool {
    let key = requirement.key.as_str();
    let is_zone = ZONE_LABELS.contains(&key);
    if is_zone || REGION_LABELS.contains(&key) {
        let values = &requirement.values;
        return match requirement.operator {
            Operator::In => values.iter().any(|value| places.may_be(is_zone, value)),
            Operator::NotIn => !places.is_within(is_zone, values),
            Operator::Exists | Operator::Other(_) => true,
            // Neither is a number.
            Operator::DoesNotExist | Operator::Gt | Operator::Lt => false,
        };
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

/// Something that a spec asks of its node, whether or not a Fargate node has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The field of the spec that asks for it.
    pub field: String,
    /// The label key, or the node field.
    pub key: String,
    /// What is asked for, in words (`In [arm64]`).
    pub asked: String,
    /// Whether it is a zone or region.
    pub is_place: bool,
}

/// All that a spec asks of its node: node selector, then required node affinity.
pub fn node_requirements(spec: &PodSpec) -> Vec<Asked> {
    let selector = spec.node_selector.iter().map(|(key, value)| Asked {
        field: format!("spec.nodeSelector[{key}]"),
        key: key.clone(),
        asked: value.clone(),
        is_place: is_place(key),
    });
    let terms = spec.required_node_affinity.iter().flatten().enumerate();
    let affinity = terms.flat_map(|(index, term)| {
        let labels = term.expressions.iter().map(|one| ("matchExpressions", one));
        let fields = term.fields.iter().map(|one| ("matchFields", one));
        labels.chain(fields).map(move |(list, requirement)| Asked {
            field: format!("{AFFINITY_FIELD}[{index}].{list}[{}]", requirement.key),
            key: requirement.key.clone(),
            asked: in_words(requirement),
            is_place: is_place(&requirement.key),
        })
    });
    selector.chain(affinity).collect()
}

fn is_place(key: &str) -> bool {
    ZONE_LABELS.contains(&key) || REGION_LABELS.contains(&key)
}

/// Whether the spec asks for a zone or region, which only AWS can tell whether the profile's subnets have.
pub fn asks_for_a_place(spec: &PodSpec) -> bool {
    node_requirements(spec).iter().any(|asked| asked.is_place)
}

/// The nodes that the required node affinity names, as the DaemonSet controller does for each of its pods.
pub fn nodes_named_by_affinity(spec: &PodSpec) -> Vec<&str> {
    spec.required_node_affinity
        .iter()
        .flatten()
        .flat_map(|term| &term.fields)
        .filter(|requirement| requirement.key == NAME_FIELD && requirement.operator == Operator::In)
        .flat_map(|requirement| requirement.values.iter().map(String::as_str))
        .collect()
}

#[cfg(test)]
#[path = "node_constraints_tests.rs"]
mod tests;
