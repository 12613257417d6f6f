//! Pods and their statuses.

use arcstr::ArcStr;

use super::spec::{not_empty, spec};
use super::{Malformed, named, namespace_or_default};
use crate::decision::facts::pod::{
    Condition, ContainerState, ContainerStatus, OwnerReference, Pod, PodPhase,
};
use crate::decision::facts::spec::{ContainerRole, PodSpec};
use crate::decision::facts::{Kind, Shared};
use crate::sources::wire::{meta, pod as wire};

pub(super) fn reduce(pod: wire::Pod) -> Result<Pod, Malformed> {
    let name = named(Kind::Pod, &pod.metadata.name)?;
    let mut spec = spec(pod.spec);
    let status = pod.status;
    let init = status.init_container_statuses.into_iter().map(|status| {
        let role = init_role(&spec, &status.name);
        container_status(status, role)
    });
    let main = status
        .container_statuses
        .into_iter()
        .map(|status| container_status(status, ContainerRole::Main));
    let ephemeral = status
        .ephemeral_container_statuses
        .into_iter()
        .map(|status| container_status(status, ContainerRole::Ephemeral));
    let containers: Vec<ContainerStatus> = init.chain(main).chain(ephemeral).collect();
    Ok(Pod {
        namespace: namespace_or_default(pod.metadata.namespace).into(),
        name,
        uid: pod.metadata.uid.into(),
        labels: pod.metadata.labels.0.into(),
        node_name_by_creator: pod.metadata.annotations.applied_node_name
            || pod.metadata.managed_fields.node_name_by_writer,
        annotations: pod.metadata.annotations.kept.into(),
        owners: owners(pod.metadata.owners).into(),
        created_at: pod.metadata.created_at.0,
        deleted_at: pod.metadata.deleted_at.0.map(Box::new),
        node_name: spec.node_name.take().map(ArcStr::from),
        spec: spec.into(),
        phase: phase(&status.phase),
        status_reason: status.reason.and_then(not_empty).map(ArcStr::from),
        status_message: status.message.and_then(not_empty).map(ArcStr::from),
        conditions: why_unscheduled(status.conditions),
        containers: containers.into(),
    })
}

pub(super) fn owners(owners: Vec<meta::OwnerReference>) -> Vec<OwnerReference> {
    let owners = owners.into_iter().map(|owner| OwnerReference {
        api_version: owner.api_version,
        kind: owner.kind,
        name: owner.name,
        uid: owner.uid,
        controller: owner.controller,
    });
    just_enough(owners)
}

/// Collects a list that is kept. It would otherwise stay in the place where it was read, which has room for more.
fn just_enough<T>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.shrink_to_fit();
    items
}

/// The condition that says why a pod has no node, where it has one.
fn why_unscheduled(all: Vec<wire::Condition>) -> Shared<Vec<Condition>> {
    let says_why = |condition: &wire::Condition| {
        condition.kind == "PodScheduled" && condition.status != "True"
    };
    let told = all.into_iter().filter(says_why).collect();
    conditions(told).into()
}

pub(super) fn conditions(conditions: Vec<wire::Condition>) -> Vec<Condition> {
    let conditions = conditions.into_iter().map(|condition| Condition {
        kind: condition.kind,
        status: condition.status,
        reason: condition.reason,
        message: condition.message,
        since: condition.since.0,
    });
    just_enough(conditions)
}

fn phase(word: &str) -> PodPhase {
    match word {
        "Pending" => PodPhase::Pending,
        "Running" => PodPhase::Running,
        "Succeeded" => PodPhase::Succeeded,
        "Failed" => PodPhase::Failed,
        _ => PodPhase::Unknown,
    }
}

fn init_role(spec: &PodSpec, name: &str) -> ContainerRole {
    let is_sidecar = spec
        .containers
        .iter()
        .any(|container| container.role == ContainerRole::Sidecar && container.name == name);
    if is_sidecar {
        ContainerRole::Sidecar
    } else {
        ContainerRole::Init
    }
}

fn container_status(status: wire::ContainerStatus, role: ContainerRole) -> ContainerStatus {
    ContainerStatus {
        name: status.name,
        role,
        ready: status.ready,
        restart_count: status.restart_count,
        state: state(status.state),
        last_state: state(status.last_state),
    }
}

fn state(state: wire::ContainerState) -> ContainerState {
    if let Some(ended) = state.terminated {
        ContainerState::Terminated {
            reason: ended.reason,
            message: ended.message,
            exit_code: ended.exit_code,
        }
    } else if let Some(waiting) = state.waiting {
        ContainerState::Waiting {
            reason: waiting.reason,
            message: waiting.message,
        }
    } else if state.running.is_some() {
        ContainerState::Running
    } else {
        ContainerState::Unknown
    }
}
