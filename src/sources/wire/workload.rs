//! The six kinds of workload in one shape; each has some of its fields.

use serde::Deserialize;

use super::companion::LabelSelector;
use super::meta::ObjectMeta;
use super::nullable;
use super::others::ClaimSpec;
use super::pod::Condition;
use super::pod_spec::PodTemplate;

/// Deployment, ReplicaSet, StatefulSet, DaemonSet, Job or CronJob.
#[derive(Debug, Default, Deserialize)]
pub struct Workload {
    /// `metadata`.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: ObjectMeta,
    /// `spec`.
    #[serde(default, deserialize_with = "nullable")]
    pub spec: WorkloadSpec,
    /// `status`.
    #[serde(default, deserialize_with = "nullable")]
    pub status: WorkloadStatus,
}

/// `spec` of a workload.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadSpec {
    /// `template`.
    #[serde(default, deserialize_with = "nullable")]
    pub template: PodTemplate,
    /// `jobTemplate` of a CronJob.
    #[serde(default, deserialize_with = "nullable")]
    pub job_template: JobTemplate,
    /// `replicas`.
    #[serde(default)]
    pub replicas: Option<i64>,
    /// `parallelism` of a Job.
    #[serde(default)]
    pub parallelism: Option<i64>,
    /// `paused` of a Deployment.
    #[serde(default, deserialize_with = "nullable")]
    pub paused: bool,
    /// `suspend` of a Job or CronJob.
    #[serde(default, deserialize_with = "nullable")]
    pub suspend: bool,
    /// `selector`.
    #[serde(default, deserialize_with = "nullable")]
    pub selector: LabelSelector,
    /// `strategy` of a Deployment.
    #[serde(default, deserialize_with = "nullable")]
    pub strategy: UpdateStrategy,
    /// `updateStrategy` of a StatefulSet or DaemonSet.
    #[serde(default, deserialize_with = "nullable")]
    pub update_strategy: UpdateStrategy,
    /// `ttlSecondsAfterFinished` of a Job.
    #[serde(default)]
    pub ttl_seconds_after_finished: Option<i64>,
    /// `volumeClaimTemplates` of a StatefulSet.
    #[serde(default, deserialize_with = "nullable")]
    pub volume_claim_templates: Vec<ClaimTemplate>,
}

/// `spec.jobTemplate`.
#[derive(Debug, Default, Deserialize)]
pub struct JobTemplate {
    /// `spec`.
    #[serde(default, deserialize_with = "nullable")]
    pub spec: JobSpec,
}

/// `spec.jobTemplate.spec`.
#[derive(Debug, Default, Deserialize)]
pub struct JobSpec {
    /// `template`.
    #[serde(default, deserialize_with = "nullable")]
    pub template: PodTemplate,
    /// `ttlSecondsAfterFinished`.
    #[serde(default, rename = "ttlSecondsAfterFinished")]
    pub ttl_seconds_after_finished: Option<i64>,
}

/// `spec.updateStrategy`, or `spec.strategy` of a Deployment.
#[derive(Debug, Default, Deserialize)]
pub struct UpdateStrategy {
    /// `type`.
    #[serde(default, rename = "type", deserialize_with = "nullable")]
    pub kind: String,
}

/// An entry of `spec.volumeClaimTemplates`.
#[derive(Debug, Default, Deserialize)]
pub struct ClaimTemplate {
    /// `metadata`.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: ObjectMeta,
    /// `spec`.
    #[serde(default, deserialize_with = "nullable")]
    pub spec: ClaimSpec,
}

/// `status` of a workload.
#[derive(Debug, Default, Deserialize)]
pub struct WorkloadStatus {
    /// `updateRevision` of a StatefulSet.
    #[serde(default, rename = "updateRevision")]
    pub update_revision: Option<String>,
    /// `conditions`.
    #[serde(default, deserialize_with = "nullable")]
    pub conditions: Vec<Condition>,
}
