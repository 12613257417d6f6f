//! How the pods are made again, by whoever makes them.

use serde_json::json;

use crate::decision::facts::shell::{self, file_name, operand, quote};
use crate::decision::facts::{Kind, PodPhase, WorkloadKind};
use crate::decision::finding::{Action, Command, Deed, Fix};
use crate::decision::placement::PodCase;

use super::{advice, kubectl, resource, with_commands};

/// How to make the pods again, by whoever makes them.
pub fn recreate(case: &PodCase<'_>) -> Fix {
    if case.pod.is_finished() {
        return advice(
            "Nothing has to be done: the pod has ended. The next one goes where the profiles say.",
        );
    }
    if case.pod.is_terminating() && !case.pod.owners.is_empty() {
        return advice(
            "Nothing has to be done: the pod is being deleted, and the one that replaces it is judged anew.",
        );
    }
    let kubectl = kubectl(case);
    let delete_pod = delete_pod(case);
    let Some(owner) = &case.chain.top else {
        return recreate_bare_pod(case);
    };
    if owner.known.is_none() {
        return advice(format!(
            "Have {} {} make its pods again, with the tool that it belongs to.",
            owner.kind, owner.name
        ));
    }
    let Some(maker) = case.chain.maker() else {
        return match owner.known {
            Some(WorkloadKind::Job | WorkloadKind::CronJob) => {
                recreate_job(case, &owner.name, None)
            }
            _ => with_commands(
                format!(
                    "Delete the pod; {} {} makes a new one.",
                    owner.kind, owner.name
                ),
                [delete_pod],
            ),
        };
    };
    let workload = resource(maker);
    let restart = || {
        Command::of(
            format!("{kubectl} rollout restart {workload}"),
            Action::on_workload(maker, Deed::RolloutRestart),
        )
    };
    match maker.kind {
        WorkloadKind::Deployment if maker.paused => with_commands(
            "Make the pods again; the Deployment is paused and must be resumed first.",
            [
                Command::of(
                    format!("{kubectl} rollout resume {workload}"),
                    Action::on_workload(maker, Deed::Patch(json!({"spec": {"paused": null}}))),
                ),
                restart(),
            ],
        ),
        WorkloadKind::Deployment => with_commands(
            if maker.recreates_all {
                "Make the pods again; the Deployment (strategy Recreate) ends all of them first."
            } else {
                "Make the pods again; the Deployment replaces them one by one."
            },
            [restart()],
        ),
        WorkloadKind::StatefulSet if maker.updates_on_delete || !is_running(case) => with_commands(
            if maker.updates_on_delete {
                "Delete the pod; the StatefulSet (strategy OnDelete) makes it again from its present template."
            } else {
                "Delete the pod; the StatefulSet makes it again. A rollout restart would wait behind the pod that does not run."
            },
            [delete_pod],
        ),
        WorkloadKind::StatefulSet => with_commands(
            "Make the pods again; the StatefulSet replaces them one by one.",
            [restart()],
        ),
        WorkloadKind::ReplicaSet => with_commands(
            "Delete the pod; its ReplicaSet makes a new one.",
            [delete_pod],
        ),
        WorkloadKind::DaemonSet => advice("Leave it: a DaemonSet's pods never run on Fargate."),
        WorkloadKind::Job => recreate_job(case, &maker.name, None),
        WorkloadKind::CronJob => {
            let job = case
                .chain
                .workloads
                .iter()
                .find(|workload| workload.kind == WorkloadKind::Job)
                .map(|job| job.name.as_str());
            recreate_job(case, job.unwrap_or(&maker.name), Some(&maker.name))
        }
    }
}

pub(super) fn is_running(case: &PodCase<'_>) -> bool {
    case.pod.phase == PodPhase::Running
        && case.pod.containers.iter().all(|container| container.ready)
}

/// How a Job is made again, or a CronJob run now.
pub fn recreate_job(case: &PodCase<'_>, job: &str, cron_job: Option<&str>) -> Fix {
    let kubectl = kubectl(case);
    if let Some(cron_job) = cron_job {
        let again = operand(&format!("{cron_job}-again"));
        let from = quote(&format!("cronjob/{cron_job}")).into_owned();
        let create = format!("{kubectl} create job {again} --from={from}");
        if case.is_waiting() && job != cron_job {
            let stuck = shell::resource("job", job);
            return with_commands(
                format!(
                    "Delete Job {job}, which waits and may hold up the next run of CronJob {cron_job}; then run it now as a Job of its own."
                ),
                [format!("{kubectl} delete {stuck}"), create],
            );
        }
        return with_commands(
            format!(
                "Wait for the next run of CronJob {cron_job}, or run it now as a Job of its own."
            ),
            [create],
        );
    }
    if case.pod.is_finished() {
        return advice(
            "Nothing has to be done: the Job has ended. The next Job of its kind goes where the profiles say.",
        );
    }
    let object = shell::resource("job", job);
    let file = file_name(job, "yaml");
    with_commands(
        format!(
            "Make Job {job} again; what it has done so far is done again. Save it (below), take spec.selector, status, \
             metadata.uid and the labels controller-uid and job-name (with and without batch.kubernetes.io/) out of the file, \
             and only then run: {kubectl} replace --force -f {file}"
        ),
        [format!("{kubectl} get {object} -o yaml > {file}")],
    )
}

pub(super) fn recreate_bare_pod(case: &PodCase<'_>) -> Fix {
    let kubectl = kubectl(case);
    let object = shell::resource("pod", &case.pod.name);
    let file = file_name(&case.pod.name, "yaml");
    let claim = if case.pod.is_claimed() {
        ", what Fargate wrote (the label eks.amazonaws.com/fargate-profile, spec.schedulerName, spec.priorityClassName, spec.priority)"
    } else {
        ""
    };
    with_commands(
        format!(
            "Nobody makes this pod again. Save its manifest (below), take spec.nodeName, status{claim} and metadata.uid out of \
             the file, and only then run: {kubectl} replace --force -f {file}"
        ),
        [format!("{kubectl} get {object} -o yaml > {file}")],
    )
}

/// The command that deletes the pod.
pub fn delete_pod(case: &PodCase<'_>) -> Command {
    let line = format!(
        "{} delete {}",
        kubectl(case),
        shell::resource("pod", &case.pod.name)
    );
    let action = Action {
        kind: Kind::Pod,
        namespace: case.pod.namespace.to_string(),
        name: case.pod.name.clone(),
        uid: case.pod.uid.to_string(),
        deed: Deed::Delete,
    };
    // Nobody makes again what nobody made.
    match case.chain.top {
        Some(_) => Command::of(line, action),
        None => Command::from(line),
    }
}
