//! Where a pod is, where the profiles would have it, and how each selector fared.

pub mod capacity;
pub mod case;
mod closeness;
pub mod cluster;
pub mod companions;
pub mod creation;
pub mod doubt;
pub mod expected;
pub mod fate;
pub mod likeness;
pub mod logging;
pub mod matcher;
pub mod matching;
pub mod memo;
pub mod node_constraints;
pub mod observed;
pub mod observed_profiles;
pub mod owners;
pub mod recreated;
pub mod refusal;
pub mod words;

pub use case::PodCase;
pub use cluster::Cluster;

use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::facts::{Gap, Pattern};
use super::finding::Certainty;
use super::reason::Reason;

/// Where a pod is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum PlacementKind {
    /// A Fargate node's kubelet refused it.
    Rejected,
    /// On a Fargate node.
    Fargate,
    /// On an EC2 node.
    EC2,
    /// On a hybrid node.
    HybridNode,
    /// On a node that is none of these, or that nothing tells about.
    OtherNode,
    /// On no node yet, and for Fargate.
    FargatePending,
    /// On no node yet, and some other scheduler has it.
    Pending,
}

impl PlacementKind {
    /// All kinds, in the order in which they are told to people: where pods run, then where they wait.
    pub const ALL: [Self; 7] = [
        Self::Fargate,
        Self::EC2,
        Self::HybridNode,
        Self::OtherNode,
        Self::FargatePending,
        Self::Pending,
        Self::Rejected,
    ];

    /// The word of the report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rejected => "Rejected",
            Self::Fargate => "Fargate",
            Self::EC2 => "EC2",
            Self::HybridNode => "HybridNode",
            Self::OtherNode => "OtherNode",
            Self::FargatePending => "FargatePending",
            Self::Pending => "Pending",
        }
    }
}

/// Who provides an EC2 node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum ProvisionerKind {
    /// An EKS managed node group.
    ManagedNodeGroup,
    /// Karpenter that the user installed.
    Karpenter,
    /// EKS Auto Mode.
    AutoMode,
    /// An EC2 instance that joined by itself.
    SelfManaged,
}

/// Who provides an EC2 node, and under which name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Provisioner {
    /// The kind.
    pub kind: ProvisionerKind,
    /// The node group's or node pool's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Where a pod is: `placement` of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Placement {
    /// The kind of place.
    pub kind: PlacementKind,
    /// The node's name, where it is on one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Who provides the node, for EC2 where the node could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provisioner: Option<Provisioner>,
    /// The pod's label `eks.amazonaws.com/fargate-profile`, as found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
}

/// What would happen if a pod were created again now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum ExpectedKind {
    /// A profile claims it, and Fargate takes it.
    Fargate,
    /// A profile claims it, and Fargate then refuses it.
    Refused,
    /// No profile claims it.
    NotFargate,
    /// It cannot be told.
    Undecided,
}

/// What the answer about creating a pod again was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum ExpectedFrom {
    /// The present pod template of its owner.
    Template,
    /// The pod itself.
    Pod,
}

/// What would happen if a pod were created again now: `expected` of the report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Expected {
    /// What would happen.
    pub kind: ExpectedKind,
    /// The profile that would claim it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The index of the selector by which it would, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<usize>,
    /// What this was judged from.
    pub from: ExpectedFrom,
    /// How sure it is.
    pub certainty: Certainty,
    /// Why it would be refused, would not be claimed, or cannot be told: reasons, most important first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Reason>,
}

/// One selector tried against a pod, pair by pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SelectorTrial {
    /// The profile.
    pub profile: String,
    /// The index of the selector in it, from 0.
    pub selector: usize,
    /// The namespace pattern, and whether the pod's namespace fits.
    pub namespace: NamespaceTrial,
    /// Each label pattern, and what the pod has.
    pub labels: Vec<LabelTrial>,
    /// What of the selector its source does not tell plainly. Whether the pod fits a pattern that is not told is not known
    /// either, so it counts as not matched.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<Gap>,
}

impl SelectorTrial {
    /// Whether the namespace and every pair fit, and all is known of them.
    pub fn matched(&self) -> bool {
        self.namespace.matched && self.labels.iter().all(|pair| pair.matched) && !self.is_open()
    }

    /// Whether the pod may match, since nothing that is known keeps it from that.
    pub fn may_match(&self) -> bool {
        self.namespace.may_match && self.labels.iter().all(|pair| pair.miss.is_none())
    }

    /// Whether a part of the selector is not known.
    pub fn is_open(&self) -> bool {
        self.unknown.iter().any(|gap| gap.assumed.is_none())
    }

    /// What stands in the place of a field (`namespace`, `labels`, `labels[KEY]`) that is not known: `<!Ref Namespace>`.
    pub fn expression(&self, field: &str) -> Option<String> {
        let is_it = |gap: &&Gap| gap.field == field && gap.assumed.is_none();
        self.unknown.iter().find(is_it).map(Gap::in_brackets)
    }

    /// The gap of a field for which a value was taken.
    pub fn assumption(&self, field: &str) -> Option<&Gap> {
        let is_it = |gap: &&Gap| gap.field == field && gap.assumed.is_some();
        self.unknown.iter().find(is_it)
    }
}

fn as_text<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

/// The namespace side of a trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NamespaceTrial {
    /// The selector's pattern; absent where its source does not tell it.
    #[serde(skip)]
    pub pattern: Option<Pattern>,
    /// The pattern, or what stands in its place: `<!Ref Namespace>`.
    #[serde(rename = "pattern", serialize_with = "as_text")]
    pub in_words: Arc<str>,
    /// Whether the pod's namespace fits.
    pub matched: bool,
    /// Whether it fits, or may where the source does not tell the pattern.
    #[serde(skip)]
    pub may_match: bool,
}

/// One pair of a trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelTrial {
    /// The pattern for the key; absent where its source does not tell it.
    #[serde(skip)]
    pub key: Option<Pattern>,
    /// The pattern for the value; absent where its source does not tell it.
    #[serde(skip)]
    pub pattern: Option<Pattern>,
    /// The pattern for the key, or what stands in its place: `<!Ref Key>`.
    #[serde(rename = "key", serialize_with = "as_text")]
    pub key_in_words: Arc<str>,
    /// The same of the value.
    #[serde(rename = "pattern", serialize_with = "as_text")]
    pub value_in_words: Arc<str>,
    /// The value that the pod has under that key, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// Whether the pair is met.
    pub matched: bool,
    /// What kind of miss it is; absent where the pair is met, or where that cannot be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub miss: Option<LabelMiss>,
}

impl LabelTrial {
    /// The pair as people write it, `key=value`.
    pub fn in_words(&self) -> String {
        format!("{}={}", self.key_in_words, self.value_in_words)
    }

    /// Whether the key is told, and is no pattern.
    pub fn has_literal_key(&self) -> bool {
        self.key.as_ref().is_some_and(Pattern::is_literal)
    }

    /// Whether the value is told, and is no pattern.
    pub fn has_literal_value(&self) -> bool {
        self.pattern.as_ref().is_some_and(Pattern::is_literal)
    }
}

/// How a label came short of a pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum LabelMiss {
    /// No label has the key.
    Missing,
    /// The key is there with another value.
    DifferentValue,
    /// A label differs only in upper and lower case.
    DifferentCase {
        /// The pod's label that nearly fits, `key=value`.
        label: String,
    },
    /// A label looks like a slip of the keyboard.
    Typo {
        /// The pod's label that nearly fits, `key=value`.
        label: String,
    },
    /// The owner's own metadata has the label, its pod template does not.
    OnOwnerOnly {
        /// The owner that has it, as `deployment/name`.
        owner: String,
    },
}

impl LabelMiss {
    /// Whether it looks like a slip of the keyboard.
    pub fn is_slip(&self) -> bool {
        matches!(self, Self::DifferentCase { .. } | Self::Typo { .. })
    }
}
