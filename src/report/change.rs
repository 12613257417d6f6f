//! What has changed of the answer about a pod: the entries of `explain --watch`. Objects change all the time; told is only what an
//! answer turns on.

use jiff::Timestamp;
use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use super::model::{API_VERSION, OwnerReport, PodReport};
use crate::decision::finding::Certainty;
use crate::decision::placement::{Expected, ExpectedKind, Placement, PlacementKind};
use crate::decision::reason::Reason;

/// What kind of change it is, in the words of Kubernetes' own watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ChangeType {
    /// The pod is new among those that are asked about.
    Added,
    /// Its placement, its reason or what is expected of it is not what it was.
    Modified,
    /// It is gone, or no longer among those that are asked about.
    Deleted,
}

/// Where a pod stands: what is kept of its entry, and all that is told of one that is gone.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// The namespace.
    pub namespace: String,
    /// The pod's name; for a template, the workload's.
    pub name: String,
    /// `true` where this is no pod but what a workload would make.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub template: bool,
    /// The top-most owner that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<OwnerReport>,
    /// `status.phase`; absent for templates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<&'static str>,
    /// `true` while the pod is being deleted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub terminating: bool,
    /// Where the pod is; absent for templates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placement: Option<Placement>,
    /// What would happen if it were created again now.
    pub expected: Expected,
    /// The decisive reason.
    pub reason: Reason,
    /// How sure the decisive reason is.
    pub certainty: Certainty,
}

impl Standing {
    /// Where the pod of an entry stands.
    pub fn of(pod: &PodReport) -> Self {
        Self {
            namespace: pod.namespace.clone(),
            name: pod.name.clone(),
            template: pod.template,
            owner: pod.owner.clone(),
            phase: pod.phase,
            terminating: pod.terminating,
            placement: pod.placement.clone(),
            expected: pod.expected.clone(),
            reason: pod.reason,
            certainty: pod.certainty,
        }
    }

    /// The kind of place; absent for templates.
    pub fn place(&self) -> Option<PlacementKind> {
        self.placement.as_ref().map(|placement| placement.kind)
    }

    /// What would happen if the pod were created again, as far as it is told as a change.
    pub fn fate(&self) -> (ExpectedKind, Option<&str>) {
        (self.expected.kind, self.expected.profile.as_deref())
    }

    /// Whether the answer is another one: the kind of place, the decisive reason, or what is expected.
    pub fn differs_from(&self, other: &Self) -> bool {
        (self.place(), self.reason, self.fate()) != (other.place(), other.reason, other.fate())
    }

    /// Whether the pod has ended, well or badly.
    pub fn is_finished(&self) -> bool {
        matches!(self.phase, Some("Succeeded" | "Failed"))
    }
}

/// One change: `PlacementChange`.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacementChange {
    /// When it was noticed, UTC, whole seconds.
    pub time: Timestamp,
    /// What kind of change it is.
    pub what: ChangeType,
    /// Where the pod stood before; absent for a new one.
    pub before: Option<Standing>,
    /// The pod's entry as it is now; absent for one that is gone.
    pub now: Option<Box<PodReport>>,
}

impl PlacementChange {
    /// Where the pod stands now or, if it is gone, where it stood.
    pub fn standing(&self) -> Option<Standing> {
        let now = self.now.as_deref().map(Standing::of);
        now.or_else(|| self.before.clone())
    }
}

/// As data it is one object: `apiVersion`, `kind`, `time`, `type`, what of `before` may have changed, and `pod`: the entry as
/// `explain` gives it, or what was known last of one that is gone.
impl Serialize for PlacementChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Before<'c> {
            #[serde(skip_serializing_if = "Option::is_none")]
            placement: Option<&'c Placement>,
            expected: &'c Expected,
            reason: Reason,
            certainty: Certainty,
        }
        let mut object = serializer.serialize_struct("PlacementChange", 6)?;
        object.serialize_field("apiVersion", API_VERSION)?;
        object.serialize_field("kind", "PlacementChange")?;
        object.serialize_field("time", &self.time)?;
        object.serialize_field("type", &self.what)?;
        match &self.before {
            Some(before) => object.serialize_field(
                "before",
                &Before {
                    placement: before.placement.as_ref(),
                    expected: &before.expected,
                    reason: before.reason,
                    certainty: before.certainty,
                },
            )?,
            None => object.skip_field("before")?,
        }
        match (&self.now, &self.before) {
            (Some(now), _) => object.serialize_field("pod", now)?,
            (None, Some(before)) => object.serialize_field("pod", before)?,
            (None, None) => object.skip_field("pod")?,
        }
        object.end()
    }
}
