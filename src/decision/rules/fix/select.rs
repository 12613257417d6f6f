//! How a profile comes to select the pods: labels for the template, or a profile of their own.

use crate::decision::facts::WorkloadKind;
use crate::decision::facts::names::{is_label, is_namespace};
use crate::decision::facts::shell::option;
use crate::decision::finding::Fix;
use crate::decision::placement::owners::is_written_by_controllers;
use crate::decision::placement::{PodCase, SelectorTrial};
use crate::decision::rules::phrases;

use super::{advice, patch_template, sure_blockers, template_name, with_commands};

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
    let missing: Vec<_> = trial
        .labels
        .iter()
        .filter(|pair| pair.miss.is_some())
        .collect();
    let is_literal = missing
        .iter()
        .all(|pair| pair.has_literal_key() && pair.has_literal_value());
    let wanted = phrases::list(missing.iter().map(|pair| {
        let (key, value) = (&pair.key_in_words, &pair.value_in_words);
        match (pair.has_literal_key(), pair.has_literal_value()) {
            _ if trial.is_open() => format!("the label {key}={value}"),
            (true, true) => format!("the label {key}={value}"),
            (true, false) => format!("the label {key} with a value that fits {value}"),
            (false, _) => {
                format!("a label whose key fits {key} and whose value fits {value}")
            }
        }
    }));
    if let Some(would_refuse) = sure_blockers(case) {
        return advice(format!(
            "Leave the pod off Fargate, or change its spec first: with {wanted} profile {} would claim it, \
             and Fargate would refuse it ({would_refuse}).",
            trial.profile
        ));
    }
    if trial.is_open() {
        return see_first(case, trial);
    }
    let maker = case.chain.maker();
    let is_fixed_by_selector = maker.is_some_and(|maker| {
        missing.iter().any(|pair| {
            maker
                .selector_labels
                .keys()
                .any(|key| pair.key.as_ref().is_some_and(|wanted| wanted.matches(key)))
        })
    });
    if is_fixed_by_selector {
        return advice(format!(
            "Create a profile whose selector fits the pods (profiles cannot be edited): the label that profile {} asks \
             for is part of the workload's own selector, which cannot be changed.",
            trial.profile
        ));
    }
    let is_written_anew = |pair: &&&crate::decision::placement::LabelTrial| {
        is_written_by_controllers(&pair.key_in_words)
    };
    if let Some(pair) = missing.iter().find(is_written_anew) {
        return advice(format!(
            "Leave it, or create a profile whose selector fits the pod (profiles cannot be edited): its controller writes the \
             label {} itself, whatever the template says.",
            pair.key_in_words
        ));
    }
    let text = format!(
        "To run it on Fargate, give {} {wanted}, as profile {} asks; {}. Or create a profile without that demand (profiles \
         cannot be edited).",
        template_name(case),
        trial.profile,
        what_follows(case)
    );
    let mut labels = serde_json::Map::new();
    for pair in &missing {
        labels.insert(
            pair.key_in_words.to_string(),
            pair.value_in_words.to_string().into(),
        );
    }
    let patch = serde_json::json!({"spec": {"template": {"metadata": {"labels": labels}}}});
    let command = patch_template(case, patch).filter(|_| is_literal);
    with_commands(text, command)
}

/// What a selector asks for must be known before a template can be given it.
fn see_first(case: &PodCase<'_>, trial: &SelectorTrial) -> Fix {
    let text = format!(
        "To run it on Fargate, first see what EKS has for profile {}, since the source of it does not tell all that it asks for; \
         then give {} that. Or create a profile without that demand (profiles cannot be edited).",
        trial.profile,
        template_name(case)
    );
    let profile = case.snapshot.profiles.find(&trial.profile);
    let is_named = profile.is_some_and(|profile| profile.name_is_known);
    let cluster = case.snapshot.cluster.name.as_deref();
    let describe = cluster.filter(|_| is_named).map(|cluster| {
        super::about_profile(case, "describe-fargate-profile", cluster, &trial.profile)
    });
    with_commands(text, describe)
}

/// What keeps a new pod off Fargate besides the profiles.
pub(super) fn other_hindrance(case: &PodCase<'_>) -> Option<&'static str> {
    if case.recreated.is_opted_out() {
        Some("the annotation eks.amazonaws.com/compute-type: ec2")
    } else if case.recreated.spec.node_name.is_some() {
        Some("nodeName")
    } else {
        None
    }
}

/// What has to happen after the template was changed, before there are pods of it.
pub fn what_follows(case: &PodCase<'_>) -> &'static str {
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
    if let Some(would_refuse) = sure_blockers(case) {
        return advice(format!(
            "Leave the pod off Fargate, or change its spec before you create a profile for it: Fargate would refuse it ({would_refuse})."
        ));
    }
    let namespace = &case.pod.namespace;
    if !is_namespace(namespace) {
        return advice(
            "Leave it: its namespace has no name that Kubernetes takes, and a profile for it would select others.",
        );
    }
    let text = format!(
        "To run it on Fargate, create a profile with a selector for namespace {namespace}, then make the pods again \
         (a profile claims only pods created after it is ACTIVE)."
    );
    let identity = &case.snapshot.cluster;
    let command = identity.name.as_ref().map(|cluster| {
        let mut command = format!(
            "eksctl create fargateprofile {} {} {}",
            option("--cluster", cluster),
            option("--name", &name_for_profile(case)),
            option("--namespace", namespace)
        );
        command.push_str(&super::region_flag(case));
        let labels = lasting_labels(case);
        if !labels.is_empty() {
            command.push(' ');
            command.push_str(&option("--labels", &labels.join(",")));
        }
        command
    });
    with_commands(text, command)
}

/// A name for a new profile: the workload's, unless there is such a profile or AWS keeps the prefix to itself.
pub(super) fn name_for_profile(case: &PodCase<'_>) -> String {
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
pub(super) fn lasting_labels(case: &PodCase<'_>) -> Vec<String> {
    let labels = match case.chain.maker() {
        Some(maker) => &maker.selector_labels,
        None => &case.pod.labels,
    };
    labels
        .iter()
        .filter(|(key, value)| {
            !is_written_by_controllers(key)
                && *key != "rollouts-pod-template-hash"
                && is_label(key, value)
        })
        .map(|(key, value)| format!("{key}={value}"))
        .take(5)
        .collect()
}
