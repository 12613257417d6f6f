//! What the person asks, and what of it was found.

mod absent;
mod fields;
mod labels;
mod near;
mod subjects;
mod targets;

pub use fields::FieldSelector;
pub use labels::LabelSelector;
pub use targets::{kind_of_type, parse_targets, type_names};

pub use near::{likely_names, near_names};

use crate::decision::facts::WorkloadKind;
use crate::error::{Error, ErrorKind, Result};

/// What the person asks, before anything was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Question {
    /// What the answer is about.
    pub purpose: Purpose,
    /// What was named; empty for every pod in scope.
    pub targets: Vec<Target>,
    /// In which namespaces.
    pub namespace: NamespaceScope,
    /// `-l`.
    pub label_selector: Option<LabelSelector>,
    /// `--field-selector`.
    pub field_selector: Option<FieldSelector>,
    /// What was named may be gone: it was there once, or is awaited.
    pub may_be_absent: bool,
}

/// What an answer is about, and so what it takes to give it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Purpose {
    /// Why pods are where they are: there is no answer without pods.
    #[default]
    Placement,
    /// The profiles, with the pods that they hold and would claim: profiles alone are an answer too, only a shorter one.
    Profiles,
    /// A profile to be made: the others in the same namespaces must be known too, and not only what is asked about.
    Suggestion,
}

impl Purpose {
    /// The command that asks so.
    pub fn command(self) -> &'static str {
        match self {
            Self::Placement => "explain",
            Self::Profiles => "profiles",
            Self::Suggestion => "suggest",
        }
    }
}

/// The namespaces that a question is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum NamespaceScope {
    /// Every one.
    #[default]
    All,
    /// This one.
    One(String),
}

impl NamespaceScope {
    /// Whether this namespace is meant.
    pub fn includes(&self, namespace: &str) -> bool {
        match self {
            Self::All => true,
            Self::One(one) => one == namespace,
        }
    }
}

/// Something that was named on the command line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A pod.
    Pod(String),
    /// A workload.
    Workload(WorkloadKind, String),
    /// A node.
    Node(String),
}

impl Question {
    /// Whether labels or fields choose the pods.
    pub fn has_selectors(&self) -> bool {
        self.label_selector.is_some() || self.field_selector.is_some()
    }

    /// Refuses what kubectl refuses too: a name together with a selector.
    ///
    /// Errors: usage.
    pub fn check(&self) -> Result<()> {
        let has_selector = self.label_selector.is_some() || self.field_selector.is_some();
        if has_selector && !self.targets.is_empty() {
            return Err(Error::new(
                ErrorKind::Usage,
                "a name cannot be given together with a selector",
            )
            .next("leave out the names, or leave out -l and --field-selector"));
        }
        Ok(())
    }
}
