//! What can be done beside a new profile, and after it: a label for a template, and how pods are made again.

use super::answer::Cheaper;
use super::crowd::{Group, Standing, is_refused};
use crate::decision::finding::Fix;
use crate::decision::placement::matching::near_misses;
use crate::decision::placement::{ExpectedKind, LabelMiss};
use crate::decision::rules::fix;

/// The label that one existing profile asks for beyond what the template has, where one label is all that it lacks. A label that
/// the template has with another value is left alone, unless that looks like a slip: it means something there.
pub fn cheaper(group: &Group<'_>) -> Option<Cheaper> {
    if !group.is_wanted() || is_refused(&group.case) || group.named_profile().is_some() {
        return None;
    }
    let profiles = &group.case.snapshot.profiles;
    let owners: &[_] = &group.case.chain.workloads;
    let trials = near_misses(profiles, &group.namespace, &group.labels, owners);
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
        let command = fix::add_labels(&group.case, trial).commands.pop()?;
        Some(Cheaper {
            profile: trial.profile.clone(),
            key: pair.key_in_words.clone(),
            value: pair.value_in_words.clone(),
            command,
        })
    })
}

/// A label of its own for the template of a workload that cannot be told from others.
pub fn telling_label(group: &Group<'_>, profile: &str) -> Option<Fix> {
    let command = fix::label_template(&group.case, "fargate-profile", profile)?;
    Some(Fix {
        text: format!(
            "Give {} a label of its own, then ask again.",
            fix::template_name(&group.case)
        ),
        commands: vec![command],
    })
}

pub fn recreate(group: &Group<'_>) -> Option<Fix> {
    let is_there = group.pods.len() > group.claimed;
    match &group.standing {
        Standing::Wanted if is_there && !is_refused(&group.case) => {
            Some(fix::recreate(&group.case))
        }
        Standing::Claimed(_) if is_there && group.case.expected.kind == ExpectedKind::Fargate => {
            Some(fix::recreate(&group.case))
        }
        _ => None,
    }
}
