//! Workloads of all kinds.

use super::pod::{conditions, owners};
use super::spec::{requirement, template};
use super::{Malformed, named, namespace_or_default};
use crate::decision::facts::Kind;
use crate::decision::facts::workload::{ClaimTemplate, Workload, WorkloadKind};
use crate::sources::wire::workload as wire;

pub(super) fn reduce(kind: Kind, workload: wire::Workload) -> Result<Workload, Malformed> {
    let name = named(kind, &workload.metadata.name)?;
    let kind = WorkloadKind::ALL
        .into_iter()
        .find(|known| Kind::from(*known) == kind)
        .expect("only kinds of workload are reduced here");
    let spec = workload.spec;
    Ok(Workload {
        kind,
        namespace: namespace_or_default(workload.metadata.namespace),
        name,
        uid: workload.metadata.uid.into(),
        labels: workload.metadata.labels.0.into(),
        owners: owners(workload.metadata.owners),
        created_at: workload.metadata.created_at.0,
        template: template(if kind == WorkloadKind::CronJob {
            spec.job_template.spec.template
        } else {
            spec.template
        }),
        selector_labels: spec.selector.labels.0.into(),
        selector_expressions: spec
            .selector
            .expressions
            .into_iter()
            .map(requirement)
            .collect(),
        // One is what the API server fills in.
        replicas: match kind {
            WorkloadKind::Deployment | WorkloadKind::ReplicaSet | WorkloadKind::StatefulSet => {
                Some(spec.replicas.unwrap_or(1))
            }
            WorkloadKind::Job => Some(spec.parallelism.unwrap_or(1)),
            WorkloadKind::DaemonSet | WorkloadKind::CronJob => None,
        },
        paused: spec.paused || spec.suspend,
        recreates_all: spec.strategy.kind == "Recreate",
        updates_on_delete: spec.update_strategy.kind == "OnDelete",
        update_revision: workload.status.update_revision,
        claim_templates: spec
            .volume_claim_templates
            .into_iter()
            .map(|claim| ClaimTemplate {
                name: claim.metadata.name,
                storage_class: claim.spec.storage_class_name,
            })
            .collect(),
        ttl_seconds_after_finished: match kind {
            WorkloadKind::CronJob => spec.job_template.spec.ttl_seconds_after_finished,
            _ => spec.ttl_seconds_after_finished,
        },
        conditions: conditions(workload.status.conditions),
    })
}
