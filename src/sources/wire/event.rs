//! Events of both groups in one shape: `v1` and `events.k8s.io/v1` name most things differently.

use serde::Deserialize;

use super::meta::ObjectMeta;
use super::nullable;
use super::time::Time;

/// v1 or events.k8s.io/v1 Event.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// `metadata`.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: ObjectMeta,
    /// `involvedObject`, `regarding`.
    #[serde(default, alias = "regarding", deserialize_with = "nullable")]
    pub involved_object: Involved,
    /// `type`.
    #[serde(default, rename = "type", deserialize_with = "nullable")]
    pub kind: String,
    /// `reason`.
    #[serde(default, deserialize_with = "nullable")]
    pub reason: String,
    /// `message`, `note`.
    #[serde(default, alias = "note", deserialize_with = "nullable")]
    pub message: String,
    /// `reportingController` (events.k8s.io).
    #[serde(default, deserialize_with = "nullable")]
    pub reporting_controller: String,
    /// `reportingComponent` (v1).
    #[serde(default, deserialize_with = "nullable")]
    pub reporting_component: String,
    /// `source`, `deprecatedSource`.
    #[serde(default, alias = "deprecatedSource", deserialize_with = "nullable")]
    pub source: Source,
    /// `firstTimestamp`, `deprecatedFirstTimestamp`.
    #[serde(default, alias = "deprecatedFirstTimestamp")]
    pub first_timestamp: Time,
    /// `lastTimestamp`, `deprecatedLastTimestamp`.
    #[serde(default, alias = "deprecatedLastTimestamp")]
    pub last_timestamp: Time,
    /// `eventTime`.
    #[serde(default)]
    pub event_time: Time,
    /// `count`, `deprecatedCount`.
    #[serde(default, alias = "deprecatedCount", deserialize_with = "nullable")]
    pub count: i64,
    /// `series`.
    #[serde(default, deserialize_with = "nullable")]
    pub series: Series,
}

/// What an event is about.
#[derive(Debug, Default, Deserialize)]
pub struct Involved {
    /// `kind`.
    #[serde(default, deserialize_with = "nullable")]
    pub kind: String,
    /// `namespace`.
    #[serde(default, deserialize_with = "nullable")]
    pub namespace: String,
    /// `name`.
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
    /// `uid`.
    #[serde(default, deserialize_with = "nullable")]
    pub uid: String,
}

/// `source` of a v1 event.
#[derive(Debug, Default, Deserialize)]
pub struct Source {
    /// `component`.
    #[serde(default, deserialize_with = "nullable")]
    pub component: String,
}

/// `series`: how often an event came again.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Series {
    /// `count`.
    #[serde(default, deserialize_with = "nullable")]
    pub count: i64,
    /// `lastObservedTime`.
    #[serde(default)]
    pub last_observed_time: Time,
}
