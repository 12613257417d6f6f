//! Events about pods and their controllers, of both API groups.

use jiff::Timestamp;

use super::object_ref::ObjectRef;
use super::uid::Uid;

/// An event of `v1` or `events.k8s.io/v1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What it is about (`involvedObject`, `regarding`).
    pub about: ObjectRef,
    /// The uid of what it is about; empty where the event gives none.
    pub about_uid: Uid,
    /// `type`: `Normal` or `Warning`.
    pub kind: String,
    /// `reason`, for example `FailedScheduling`.
    pub reason: String,
    /// `message` or `note`.
    pub message: String,
    /// Who says it: `reportingController`, `reportingComponent` or `source.component`; empty where none is given.
    pub reporter: String,
    /// The first time it was seen.
    pub first_seen: Option<Timestamp>,
    /// The latest time it was seen.
    pub last_seen: Option<Timestamp>,
    /// How often it was seen.
    pub count: i64,
}
