//! Findings: a reason with its evidence as data, what to do about it, and how sure it is.

mod action;
mod change;

use serde::Serialize;

use super::facts::ObjectRef;
use super::reason::Reason;

pub use action::{Action, Command, Deed, removal};
pub use change::{Change, ChangedBy, changes};

/// How sure an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Certainty {
    /// Read off the objects, by documented rules.
    Certain,
    /// Rests on something undocumented, or on a list that may not be whole; the message says what.
    Likely,
    /// Something that could change the answer was not seen, or is not documented.
    Undecided,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Severity {
    /// Does not run, and will not without a change.
    Error,
    /// Runs; but it is not where the profiles want it, or being created again would move, break or refuse it.
    Warning,
    /// Good to know.
    Info,
}

/// One reason that holds for a pod.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// Its name, for ever.
    pub reason: Reason,
    /// How bad it is.
    pub severity: Severity,
    /// How sure it is.
    pub certainty: Certainty,
    /// What happened, to which object; one or two sentences, raw text.
    pub message: String,
    /// The proof, as data.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// What to do, where something is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
    /// Where the rule behind it is written down.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub source: &'static str,
    /// What part it may play in deciding; not part of the report.
    #[serde(skip)]
    pub strength: Strength,
}

/// What part a finding may play when the decisive reason is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// It decides at its reason's place in the order.
    Strong,
    /// It decides at its reason's later place in the order, where there are two.
    Weak,
    /// It never decides.
    Aside,
}

/// One piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The object that was looked at.
    pub object: ObjectRef,
    /// The field, as a path (`spec.schedulerName`, `metadata.labels[tier]`).
    pub field: String,
    /// What stands there; absent where the field is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// What would have to stand there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wanted: Option<String>,
}

impl Evidence {
    /// Evidence of what stands in a field.
    pub fn found(object: ObjectRef, field: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            object,
            field: field.into(),
            found: Some(found.into()),
            wanted: None,
        }
    }

    /// Evidence of something that is not there.
    pub fn absent(object: ObjectRef, field: impl Into<String>) -> Self {
        Self {
            object,
            field: field.into(),
            found: None,
            wanted: None,
        }
    }

    /// Adds what would have to stand there.
    pub fn wanted(mut self, wanted: impl Into<String>) -> Self {
        self.wanted = Some(wanted.into());
        self
    }
}

/// What to do about a finding.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Fix {
    /// What to do, in one to three sentences.
    pub text: String,
    /// Commands that can be pasted, in order; may be empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<Command>,
}
