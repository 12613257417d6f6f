//! Pods.

use serde::Deserialize;

use super::meta::ObjectMeta;
use super::nullable;
use super::pod_spec::PodSpec;
use super::time::Time;

/// v1 Pod.
#[derive(Debug, Default, Deserialize)]
pub struct Pod {
    /// `metadata`.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: ObjectMeta,
    /// `spec`.
    #[serde(default, deserialize_with = "nullable")]
    pub spec: PodSpec,
    /// `status`.
    #[serde(default, deserialize_with = "nullable")]
    pub status: PodStatus,
}

/// `status` of a pod.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PodStatus {
    /// `phase`.
    #[serde(default, deserialize_with = "nullable")]
    pub phase: String,
    /// `reason`.
    #[serde(default)]
    pub reason: Option<String>,
    /// `message`.
    #[serde(default)]
    pub message: Option<String>,
    /// `conditions`.
    #[serde(default, deserialize_with = "nullable")]
    pub conditions: Vec<Condition>,
    /// `containerStatuses`.
    #[serde(default, deserialize_with = "nullable")]
    pub container_statuses: Vec<ContainerStatus>,
    /// `initContainerStatuses`.
    #[serde(default, deserialize_with = "nullable")]
    pub init_container_statuses: Vec<ContainerStatus>,
    /// `ephemeralContainerStatuses`.
    #[serde(default, deserialize_with = "nullable")]
    pub ephemeral_container_statuses: Vec<ContainerStatus>,
}

/// A condition of any object.
#[derive(Debug, Default, Deserialize)]
pub struct Condition {
    /// `type`.
    #[serde(default, rename = "type", deserialize_with = "nullable")]
    pub kind: String,
    /// `status`.
    #[serde(default, deserialize_with = "nullable")]
    pub status: String,
    /// `reason`.
    #[serde(default, deserialize_with = "nullable")]
    pub reason: String,
    /// `message`.
    #[serde(default, deserialize_with = "nullable")]
    pub message: String,
    /// `lastTransitionTime`.
    #[serde(default, rename = "lastTransitionTime")]
    pub since: Time,
    /// `lastUpdateTime` (deployments), `lastHeartbeatTime` (nodes), `lastProbeTime` (pods, jobs).
    #[serde(
        default,
        rename = "lastUpdateTime",
        alias = "lastHeartbeatTime",
        alias = "lastProbeTime"
    )]
    pub seen: Time,
}

/// The status of a container.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContainerStatus {
    /// `name`.
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
    /// `ready`.
    #[serde(default, deserialize_with = "nullable")]
    pub ready: bool,
    /// `restartCount`.
    #[serde(default, deserialize_with = "nullable")]
    pub restart_count: i64,
    /// `state`.
    #[serde(default, deserialize_with = "nullable")]
    pub state: ContainerState,
    /// `lastState`.
    #[serde(default, deserialize_with = "nullable")]
    pub last_state: ContainerState,
}

/// What a container does; at most one field is there.
#[derive(Debug, Default, Deserialize)]
pub struct ContainerState {
    /// `running`.
    #[serde(default)]
    pub running: Option<serde::de::IgnoredAny>,
    /// `waiting`.
    #[serde(default)]
    pub waiting: Option<Stopped>,
    /// `terminated`.
    #[serde(default)]
    pub terminated: Option<Stopped>,
}

/// Why a container waits or ended.
#[derive(Debug, Default, Deserialize)]
pub struct Stopped {
    /// `reason`.
    #[serde(default, deserialize_with = "nullable")]
    pub reason: String,
    /// `message`.
    #[serde(default, deserialize_with = "nullable")]
    pub message: String,
    /// `exitCode`.
    #[serde(default, rename = "exitCode", deserialize_with = "nullable")]
    pub exit_code: i64,
}
