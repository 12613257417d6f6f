//! What to do about it, with real names in commands that can be pasted. A fix must not hurt: it follows what would happen
//! to the pod if it were created again, and who makes it.

use shell_words::quote;

use super::phrases;
use crate::decision::facts::{PodPhase, Workload, WorkloadKind};
use crate::decision::finding::{Certainty, Fix};
use crate::decision::placement::owners::is_written_by_controllers;
use crate::decision::placement::refusal::{Blocker, RefusalQuestion, blockers};
use crate::decision::placement::{ExpectedKind, PodCase, SelectorTrial};
use crate::decision::reason::Reason;

/// A fix that is only a sentence.
pub fn advice(text: impl Into<String>) -> Fix {
    Fix {
        text: text.into(),
        commands: Vec::new(),
    }
}

/// A fix with commands.
pub fn with_commands(text: impl Into<String>, commands: impl IntoIterator<Item = String>) -> Fix {
    Fix {
        text: text.into(),
        commands: commands.into_iter().collect(),
    }
}

/// `kubectl -n <namespace>`, with the flags that reach the same cluster.
pub fn kubectl(case: &PodCase<'_>) -> String {
    let flags = &case.snapshot.kubectl_flags;
    let space = if flags.is_empty() { "" } else { " " };
    format!("kubectl{space}{flags} -n {}", quote(&case.pod.namespace))
}

/// Recreating the pod, where that puts it on Fargate; else why it would not.
pub fn recreate_if_that_helps(case: &PodCase<'_>) -> Fix {
    match case.expected.kind {
        ExpectedKind::Fargate => recreate(case),
        ExpectedKind::Refused => refused(case),
        ExpectedKind::NotFargate if case.is_on_fargate() => advice(format!(
            "It stays on Fargate while it runs. Before it is made again, see to what would keep the next one off ({}).",
            because(case)
        )),
        ExpectedKind::NotFargate => advice(format!(
            "Leave the pod as it is: created again it would not go to Fargate either ({}).",
            because(case)
        )),
        ExpectedKind::Undecided => advice(format!(
            "Find out first whether Fargate would take the pod ({}); do not recreate it before.",
            because(case)
        )),
    }
}

fn because(case: &PodCase<'_>) -> String {
    match case.expected.because.as_slice() {
        [] => "not known why".to_owned(),
        reasons => phrases::list(reasons.iter().map(|reason| reason.as_str())),
    }
}

/// For a pod that a profile would claim and Fargate would then refuse.
pub fn refused(case: &PodCase<'_>) -> Fix {
    let sure: Vec<&Blocker> = case
        .recreated_blockers
        .iter()
        .filter(|blocker| blocker.certainty != Certainty::Undecided)
        .collect();
    let what: Vec<&str> = sure
        .iter()
        .map(|blocker| blocker.what.as_str())
        .take(3)
        .collect();
    if let Some(added) = sure
        .iter()
        .find(|blocker| !stands_in_template(case, blocker.reason))
    {
        return exempt_from_admission(
            case,
            &format!(
                "Do not recreate it as it is. What Fargate refuses ({})",
                added.what
            ),
        );
    }
    let keep_off = keep_off_fargate(case);
    Fix {
        text: format!(
            "Do not recreate it as it is: the profile would claim it and Fargate would refuse it ({}). \
             Change that in {} first, or keep the pods off Fargate: {}",
            what.join("; "),
            template_name(case),
            keep_off.text
        ),
        commands: keep_off.commands,
    }
}

/// What Fargate would refuse for sure or likely, two at the most; what was not read is no refusal.
fn sure_blockers<'c>(case: &'c PodCase<'_>) -> Vec<&'c str> {
    let sure = |blocker: &&Blocker| blocker.certainty != Certainty::Undecided;
    let blockers = case.recreated_blockers.iter().filter(sure);
    blockers
        .map(|blocker| blocker.what.as_str())
        .take(2)
        .collect()
}

/// How to keep a pod off Fargate that a profile would claim.
pub fn keep_off_fargate(case: &PodCase<'_>) -> Fix {
    if case.recreated.is_opted_out() {
        return advice(
            "its template is annotated so already; only this pod is left to be made again.",
        );
    }
    let text = "annotate the pod template with eks.amazonaws.com/compute-type: ec2 (seen to work for any workload, documented \
                for CoreDNS only), or create narrower profiles and then delete the one that claims it, which deletes all pods \
                that run by it.";
    let patch = r#"{"spec":{"template":{"metadata":{"annotations":{"eks.amazonaws.com/compute-type":"ec2"}}}}}"#;
    let patch = patch_template(case, patch);
    // A StatefulSet waits behind a pod that does not run, whatever its template says.
    let is_stuck = patch.is_some()
        && case
            .chain
            .maker()
            .is_some_and(|maker| maker.kind == WorkloadKind::StatefulSet)
        && !case.is_template()
        && !is_running(case);
    let delete = is_stuck.then(|| delete_pod(case));
    with_commands(text, patch.into_iter().chain(delete))
}

fn delete_pod(case: &PodCase<'_>) -> String {
    format!(
        "{} delete {}",
        kubectl(case),
        quote(&format!("pod/{}", case.pod.name))
    )
}

/// A merge patch of the maker's template, as a command; `None` where the maker has no template that can be patched so.
fn patch_template(case: &PodCase<'_>, patch: &str) -> Option<String> {
    let maker = case.chain.maker()?;
    let has_plain_template = matches!(
        maker.kind,
        WorkloadKind::Deployment | WorkloadKind::StatefulSet | WorkloadKind::DaemonSet
    );
    has_plain_template.then(|| {
        format!(
            "{} patch {} --type merge -p {}",
            kubectl(case),
            resource(maker),
            quote(patch)
        )
    })
}

/// Removes a field from the maker's template, as a command.
pub fn remove_from_template(case: &PodCase<'_>, path_in_template: &str) -> Option<String> {
    let maker = case.chain.maker()?;
    let has_plain_template = matches!(
        maker.kind,
        WorkloadKind::Deployment | WorkloadKind::StatefulSet
    );
    has_plain_template.then(|| {
        let patch = format!(r#"[{{"op":"remove","path":"/spec/template{path_in_template}"}}]"#);
        format!(
            "{} patch {} --type json -p {}",
            kubectl(case),
            resource(maker),
            quote(&patch)
        )
    })
}

/// `deployment/web`, quoted for a shell.
fn resource(workload: &Workload) -> String {
    quote(&format!(
        "{}/{}",
        workload.kind.as_str().to_lowercase(),
        workload.name
    ))
    .into_owned()
}

/// `the template of deployment/web`, or `the pod's manifest`.
pub fn template_name(case: &PodCase<'_>) -> String {
    match case.chain.maker() {
        Some(maker) => format!(
            "the template of {}/{}",
            maker.kind.as_str().to_lowercase(),
            maker.name
        ),
        None => match &case.chain.top {
            Some(owner) => format!(
                "the template of {}/{}",
                owner.kind.to_lowercase(),
                owner.name
            ),
            None => "the pod's manifest".to_owned(),
        },
    }
}

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
    match maker.kind {
        WorkloadKind::Deployment if maker.paused => with_commands(
            "Make the pods again; the Deployment is paused and must be resumed first.",
            [
                format!("{kubectl} rollout resume {workload}"),
                format!("{kubectl} rollout restart {workload}"),
            ],
        ),
        WorkloadKind::Deployment => with_commands(
            "Make the pods again; the Deployment replaces them one by one.",
            [format!("{kubectl} rollout restart {workload}")],
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
            [format!("{kubectl} rollout restart {workload}")],
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

fn is_running(case: &PodCase<'_>) -> bool {
    case.pod.phase == PodPhase::Running
        && case.pod.containers.iter().all(|container| container.ready)
}

fn recreate_job(case: &PodCase<'_>, job: &str, cron_job: Option<&str>) -> Fix {
    let kubectl = kubectl(case);
    if let Some(cron_job) = cron_job {
        let again = quote(&format!("{cron_job}-again")).into_owned();
        let from = quote(&format!("cronjob/{cron_job}")).into_owned();
        let create = format!("{kubectl} create job {again} --from={from}");
        if case.is_waiting() && job != cron_job {
            let stuck = quote(&format!("job/{job}")).into_owned();
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
    let resource = quote(&format!("job/{job}")).into_owned();
    let file = quote(&format!("{job}.yaml")).into_owned();
    with_commands(
        format!(
            "Make Job {job} again; what it has done so far is done again. Save it (below), take spec.selector, status, \
             metadata.uid and the labels controller-uid and job-name (with and without batch.kubernetes.io/) out of the file, \
             and only then run: {kubectl} replace --force -f {file}"
        ),
        [format!("{kubectl} get {resource} -o yaml > {file}")],
    )
}

fn recreate_bare_pod(case: &PodCase<'_>) -> Fix {
    let kubectl = kubectl(case);
    let resource = quote(&format!("pod/{}", case.pod.name)).into_owned();
    let file = quote(&format!("{}.yaml", case.pod.name)).into_owned();
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
        [format!("{kubectl} get {resource} -o yaml > {file}")],
    )
}

/// Gives the template the labels that a selector asks for, where that can be done and helps.
pub fn add_labels(case: &PodCase<'_>, trial: &SelectorTrial) -> Fix {
    if case.chain.is_daemon_set() || case.pod.is_static() {
        return advice("Leave it: Fargate runs no pods of this kind.");
    }
    if let Some(hindrance) = other_hindrance(case) {
        return advice(format!(
            "Leave the pod where it is; a matching profile alone would not bring it to Fargate, since {hindrance} in {} keeps it off.",
            template_name(case)
        ));
    }
    let missing: Vec<_> = trial.labels.iter().filter(|pair| !pair.matched).collect();
    let is_literal = missing
        .iter()
        .all(|pair| pair.key.is_literal() && pair.pattern.is_literal());
    let wanted = phrases::list(missing.iter().map(|pair| {
        if pair.key.is_literal() && pair.pattern.is_literal() {
            format!("the label {}={}", pair.key, pair.pattern)
        } else {
            format!(
                "a label whose key fits {} and whose value fits {}",
                pair.key, pair.pattern
            )
        }
    }));
    let would_refuse = sure_blockers(case);
    if !would_refuse.is_empty() {
        return advice(format!(
            "Leave the pod off Fargate, or change its spec first: with {wanted} profile {} would claim it, \
             and Fargate would refuse it ({}).",
            trial.profile,
            would_refuse.join("; ")
        ));
    }
    let maker = case.chain.maker();
    let is_fixed_by_selector = maker.is_some_and(|maker| {
        missing.iter().any(|pair| {
            maker
                .selector_labels
                .keys()
                .any(|key| pair.key.matches(key))
        })
    });
    if is_fixed_by_selector {
        return advice(format!(
            "Create a profile whose selector fits the pods (profiles cannot be edited): the label that profile {} asks \
             for is part of the workload's own selector, which cannot be changed.",
            trial.profile
        ));
    }
    let text = format!(
        "To run it on Fargate, give {} {wanted} (profile {} asks for it); {}. Or create a profile that does not ask for \
         it; profiles cannot be edited.",
        template_name(case),
        trial.profile,
        what_follows(case)
    );
    let mut labels = serde_json::Map::new();
    for pair in &missing {
        labels.insert(pair.key.to_string(), pair.pattern.to_string().into());
    }
    let patch =
        serde_json::json!({"spec": {"template": {"metadata": {"labels": labels}}}}).to_string();
    let command = patch_template(case, &patch).filter(|_| is_literal);
    with_commands(text, command)
}

/// What keeps a new pod off Fargate besides the profiles.
fn other_hindrance(case: &PodCase<'_>) -> Option<&'static str> {
    if case.recreated.is_opted_out() {
        Some("the annotation eks.amazonaws.com/compute-type: ec2")
    } else if case.recreated.spec.node_name.is_some() {
        Some("nodeName")
    } else {
        None
    }
}

/// Why something that keeps a pod off Fargate is better left: without it a profile would claim the pod, and Fargate refuse it.
pub fn better_left(case: &PodCase<'_>, what: &str) -> Option<Fix> {
    let would_refuse = sure_blockers(case);
    let would_be_claimed = !case.unrestricted_matches.is_empty();
    (would_be_claimed && !would_refuse.is_empty()).then(|| {
        advice(format!(
            "Leave {what}: without it a profile would claim the pod, and Fargate would refuse it ({}).",
            would_refuse.join("; ")
        ))
    })
}

/// What has to happen after the template was changed, before there are pods of it.
fn what_follows(case: &PodCase<'_>) -> &'static str {
    let Some(maker) = case.chain.maker() else {
        return match &case.chain.top {
            Some(_) => "then have the pods made again by the tool that owns them",
            None => "then create the pod again",
        };
    };
    match maker.kind {
        WorkloadKind::Deployment => "the pods are then made again",
        WorkloadKind::StatefulSet if maker.updates_on_delete => {
            "then delete the pods, which are made again"
        }
        WorkloadKind::StatefulSet => "the pods are then made again",
        WorkloadKind::CronJob => "its next run has it",
        WorkloadKind::Job => "a Job's template cannot be changed, so make the Job again with it",
        WorkloadKind::ReplicaSet | WorkloadKind::DaemonSet => {
            "then delete the pods, which are made again"
        }
    }
}

/// Whether what is refused stands in the template as it is now, or where there is none, in the pod itself.
pub fn stands_in_template(case: &PodCase<'_>, reason: Reason) -> bool {
    let Some(maker) = case.chain.maker() else {
        // A template that was not read cannot be said to lack it.
        return true;
    };
    let may_come_from_admission = case.chain.made_from.is_some();
    if !may_come_from_admission {
        return true;
    }
    let question = RefusalQuestion {
        snapshot: case.snapshot,
        namespace: &case.pod.namespace,
        object: &case.object,
        runs_with: None,
    };
    let is_claim_of_controller = matches!(
        reason,
        Reason::VolumeNotBound | Reason::VolumeNotEfs | Reason::VolumesUnknown
    ) && !maker.claim_templates.is_empty();
    is_claim_of_controller
        || blockers(&maker.template.spec, question)
            .iter()
            .any(|blocker| blocker.reason == reason)
}

/// For something that the pod has and its template has not: whoever adds it must be told.
pub fn exempt_from_admission(case: &PodCase<'_>, what: &str) -> Fix {
    let keep_off = keep_off_fargate(case);
    with_commands(
        format!(
            "{what} is not in {}: a webhook or policy adds it when the pod is created. Exempt these pods from it, or keep \
             them off Fargate: {}",
            template_name(case),
            keep_off.text
        ),
        keep_off.commands,
    )
}

/// Creates a profile for the pod's workload and nobody else, where enough is known to say how.
pub fn create_profile(case: &PodCase<'_>) -> Fix {
    if case.chain.is_daemon_set() || case.pod.is_static() {
        return advice("Leave it: Fargate runs no pods of this kind.");
    }
    if let Some(hindrance) = other_hindrance(case) {
        return advice(format!(
            "Leave the pod where it is; a matching profile alone would not bring it to Fargate, since {hindrance} in {} keeps it off.",
            template_name(case)
        ));
    }
    let would_refuse = sure_blockers(case);
    if !would_refuse.is_empty() {
        return advice(format!(
            "Leave the pod off Fargate, or change its spec before you create a profile for it: Fargate would refuse it ({}).",
            would_refuse.join("; ")
        ));
    }
    let namespace = &case.pod.namespace;
    let text = format!(
        "To run it on Fargate, create a profile with a selector for namespace {namespace}, then make the pods again \
         (a profile claims only pods created after it is ACTIVE)."
    );
    let identity = &case.snapshot.cluster;
    let command = identity.name.as_ref().map(|cluster| {
        let mut command = format!(
            "eksctl create fargateprofile --cluster {} --name {} --namespace {}",
            quote(cluster),
            quote(&name_for_profile(case)),
            quote(namespace)
        );
        if let Some(region) = &identity.region {
            command.push_str(&format!(" --region {}", quote(region)));
        }
        let labels = lasting_labels(case);
        if !labels.is_empty() {
            command.push_str(&format!(" --labels {}", quote(&labels.join(","))));
        }
        command
    });
    with_commands(text, command)
}

/// A name for a new profile: the workload's, unless there is such a profile or AWS keeps the prefix to itself.
fn name_for_profile(case: &PodCase<'_>) -> String {
    let maker = case.chain.maker();
    let name = maker.map_or(case.pod.namespace.as_str(), |maker| maker.name.as_str());
    let is_taken = case.snapshot.profiles.find(name).is_some() || name.starts_with("eks-");
    if is_taken {
        format!("fargate-{name}")
    } else {
        name.to_owned()
    }
}

/// The labels by which the workload selects its pods, less those that its controllers write anew each time. A selector takes
/// five pairs by default.
fn lasting_labels(case: &PodCase<'_>) -> Vec<String> {
    let labels = match case.chain.maker() {
        Some(maker) => &maker.selector_labels,
        None => &case.pod.labels,
    };
    labels
        .iter()
        .filter(|(key, _)| {
            !is_written_by_controllers(key) && key.as_str() != "rollouts-pod-template-hash"
        })
        .map(|(key, value)| format!("{key}={value}"))
        .take(5)
        .collect()
}
