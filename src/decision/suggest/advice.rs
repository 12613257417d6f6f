//! What can be done beside a new profile, and after it: a label for a template, and how pods are made again.

use super::answer::Cheaper;
use super::crowd::is_refused;
use super::group::{Group, Standing};
use super::hazard::{are_services_read, hazard};
use crate::decision::facts::shell::{file_name, resource};
use crate::decision::facts::{Labels, WorkloadKind};
use crate::decision::finding::Fix;
use crate::decision::placement::matching::near_misses;
use crate::decision::placement::{ExpectedKind, LabelMiss};
use crate::decision::rules::fix;

/// The label that one existing profile asks for beyond what the template has, where one label is all that it lacks. A label that
/// the template has with another value is left alone, unless that looks like a slip: it means something there. So is one by which
/// a Service, a budget or another workload selects pods: that would move traffic by the way.
pub fn cheaper(group: &Group<'_>) -> Option<Cheaper> {
    if !group.is_wanted() || is_refused(&group.case) || group.named_profile().is_some() {
        return None;
    }
    let profiles = &group.case.snapshot.profiles;
    let owners: &[_] = &group.case.chain.workloads;
    let trials = near_misses(
        profiles,
        &group.namespace,
        &Labels::from(&group.labels),
        owners,
    );
    trials.iter().find_map(|trial| {
        let mut missing = trial.labels.iter().filter(|pair| !pair.matched);
        let (Some(pair), None) = (missing.next(), missing.next()) else {
            return None;
        };
        let profile = profiles.find(&trial.profile)?;
        let is_open = profile.selectors.as_ref()?.get(trial.selector)?.is_open();
        let is_certain = profile.is_active() && profile.name_is_known && !is_open;
        if !trial.namespace.matched || !is_certain || pair.miss == Some(LabelMiss::DifferentValue) {
            return None;
        }
        if hazard(group, &pair.key_in_words, &pair.value_in_words).is_some() {
            return None;
        }
        let command = fix::add_labels(&group.case, trial).commands.pop()?;
        Some(Cheaper {
            profile: trial.profile.clone(),
            key: pair.key_in_words.to_string(),
            value: pair.value_in_words.to_string(),
            command: command.to_string(),
            are_services_read: are_services_read(group),
        })
    })
}

/// A label of its own for the template of a workload that cannot be told from others.
pub fn telling_label(group: &Group<'_>, profile: &str) -> Option<Fix> {
    const KEY: &str = "fargate-profile";
    if hazard(group, KEY, profile).is_some() {
        return None;
    }
    let command = fix::label_template(&group.case, KEY, profile)?;
    Some(Fix {
        text: format!(
            "Give {} a label of its own, then ask again.",
            fix::template_name(&group.case)
        ),
        commands: vec![command],
    })
}

/// How the pods of a group are made again, all of them; `None` where that changes nothing.
pub fn recreate(group: &Group<'_>) -> Option<Fix> {
    let helps = match &group.standing {
        Standing::Wanted => !is_refused(&group.case),
        Standing::Claimed(_) => group.case.expected.kind == ExpectedKind::Fargate,
        _ => false,
    };
    if !helps || !group.has_pods_to_move() {
        return None;
    }
    let fix = fix::recreate(&group.case);
    let deletes = fix.commands.as_slice() == [fix::delete_pod(&group.case)];
    let is_makers = group.case.chain.maker().is_some_and(|maker| {
        matches!(
            maker.kind,
            WorkloadKind::Deployment | WorkloadKind::StatefulSet | WorkloadKind::ReplicaSet
        )
    });
    if deletes && group.pods.len() > 1 {
        // What is said of one pod holds for each of them.
        let text = fix.text.replacen("Delete the pod;", "Delete the pods;", 1);
        return Some(Fix {
            text: text
                .replace("makes it again", "makes them again")
                .replace("makes a new one", "makes new ones"),
            commands: vec![delete_pods(group).into()],
        });
    }
    if !deletes && group.is_part && is_makers {
        return Some(Fix {
            text: "Delete the pods that were asked about; they are made again from their template."
                .to_owned(),
            commands: vec![delete_pods(group).into()],
        });
    }
    Some(with_both_commands(group, fix))
}

/// What is saved, edited and put back, as three commands. Each object gets a file of its own, so that none overwrites another.
fn with_both_commands(group: &Group<'_>, fix: Fix) -> Fix {
    let Some((text, put_back)) = fix.text.split_once(", and only then run: ") else {
        return fix;
    };
    let [save] = fix.commands.as_slice() else {
        return fix;
    };
    let Some((save, old)) = save.rsplit_once(" > ") else {
        return fix;
    };
    let object = &group.object;
    let file = format!("{}-{}-{}", group.namespace, object.kind, object.name);
    let file = file_name(&file, "yaml");
    let put_back = put_back.strip_suffix(old).unwrap_or(put_back);
    Fix {
        text: format!(
            "{} (second command).",
            text.replace(" (below)", " (first command)")
        ),
        commands: vec![
            format!("{save} > {file}").into(),
            format!("${{EDITOR:-vi}} {file}").into(),
            format!("{put_back}{file}").into(),
        ],
    }
}

fn delete_pods(group: &Group<'_>) -> String {
    let mut command = format!("{} delete", fix::kubectl(&group.case));
    for pod in &group.pods {
        command.push_str(&format!(" {}", resource("pod", pod)));
    }
    command
}
