//! What to mind before a suggested profile is created, the worst first.

use std::collections::BTreeMap;

use super::model::{SuggestionReport, TargetState, placeholders};
use super::words::{object, why_matched};
use crate::decision::facts::{Kind, ProfileKnowledge, Selector};
use crate::decision::finding::Certainty;
use crate::decision::suggest::{Effect, QUOTAS, Suggestion, is_refused};

/// How many of those who are matched as well are told one by one.
const MOST_OTHERS: usize = 8;

/// What to mind before it is created, the worst first.
pub fn warnings(suggestion: &Suggestion<'_>, report: &SuggestionReport) -> Vec<String> {
    let mut warnings = Vec::new();
    refused(report, &mut warnings);
    others(suggestion, &mut warnings);
    if report.profiles.is_empty() {
        return warnings;
    }
    for target in &report.targets {
        if let (TargetState::Proposed | TargetState::NotClaimable, Some(remark)) =
            (target.state, &target.remark)
        {
            warnings.push(format!("{}: {remark}", target.object.reference()));
        }
    }
    unseen(suggestion, &mut warnings);
    profiles(suggestion, &mut warnings);
    quotas(suggestion, &mut warnings);
    to_replace(report, &mut warnings);
    warnings
}

fn refused(report: &SuggestionReport, warnings: &mut Vec<String>) {
    for target in &report.targets {
        if target.state != TargetState::Proposed {
            continue;
        }
        let told = |is_meant: fn(Certainty) -> bool| -> Vec<String> {
            target
                .refused
                .iter()
                .filter(|refusal| is_meant(refusal.certainty))
                .map(|refusal| format!("{}: {}", refusal.reason.as_str(), refusal.what))
                .collect()
        };
        let name = target.object.reference();
        let sure = told(|certainty| certainty != Certainty::Undecided);
        let unsure = told(|certainty| certainty == Certainty::Undecided);
        if !sure.is_empty() {
            warnings.push(format!(
                "Fargate would refuse {name} ({}). Change that first: pods that a profile claims never go back to EC2 by themselves.",
                sure.join("; ")
            ));
        } else if !unsure.is_empty() {
            warnings.push(format!(
                "Fargate may refuse {name} ({}).",
                unsure.join("; ")
            ));
        }
    }
}

fn others(suggestion: &Suggestion<'_>, warnings: &mut Vec<String>) {
    for other in suggestion.others.iter().take(MOST_OTHERS) {
        let group = &other.group;
        let is_same = other.alike.contains(&group.object);
        let (name, pods) = match (is_same, group.pods.len()) {
            (true, 1) => (
                format!("the other pod of {}", object(&group.object)),
                String::new(),
            ),
            (true, count) => (
                format!("the {count} other pods of {}", object(&group.object)),
                String::new(),
            ),
            (false, 0) => (object(&group.object), String::new()),
            (false, 1) => (object(&group.object), " (1 pod)".to_owned()),
            (false, count) => (object(&group.object), format!(" ({count} pods)")),
        };
        let place = &group.namespace;
        let why = why_matched(other);
        warnings.push(match &other.effect {
            Effect::Claimed => {
                let refused = match is_refused(&group.case) {
                    true => " Fargate would refuse it.",
                    false => "",
                };
                format!("It would also claim {name}{pods} in namespace {place}. {why}{refused}")
            }
            Effect::TakenFrom(profile) => format!(
                "It would take {name}{pods} in namespace {place} over from profile {profile} when its pods are created again: of \
                 several profiles the first by name claims. {why}"
            ),
            Effect::KeptBy(profile) => format!(
                "It also matches {name}{pods} in namespace {place}, which profile {profile} keeps as the first by name. {why}"
            ),
        });
    }
    if suggestion.others.len() > MOST_OTHERS {
        warnings.push(format!(
            "It also matches {} workloads more that were not asked for; -o json lists them.",
            suggestion.others.len() - MOST_OTHERS
        ));
    }
}

fn unseen(suggestion: &Suggestion<'_>, warnings: &mut Vec<String>) {
    let place = |namespace: &Option<String>| match namespace {
        Some(namespace) => format!("namespace {namespace}"),
        None => "all namespaces".to_owned(),
    };
    let mut of_place: BTreeMap<&Option<String>, Vec<Kind>> = Default::default();
    for unseen in &suggestion.unseen {
        of_place
            .entry(&unseen.namespace)
            .or_default()
            .push(unseen.kind);
    }
    for (namespace, kinds) in of_place {
        let place = place(namespace);
        if kinds.contains(&Kind::Pod) {
            warnings.push(format!(
                "Not all pods of {place} could be read: others may match too."
            ));
        }
        let workloads: Vec<&str> = kinds
            .iter()
            .filter(|kind| **kind != Kind::Pod)
            .map(|kind| kind.plural())
            .collect();
        if !workloads.is_empty() {
            warnings.push(format!(
                "Not all {} of {place} could be read: those without pods may match too.",
                match workloads.as_slice() {
                    [most @ .., last] if !most.is_empty() =>
                        format!("{} and {last}", most.join(", ")),
                    all => all.concat(),
                }
            ));
        }
    }
}

fn profiles(suggestion: &Suggestion<'_>, warnings: &mut Vec<String>) {
    let profiles = &suggestion.snapshot.profiles;
    let why = profiles
        .problem
        .as_ref()
        .map(|problem| format!(" ({problem})"))
        .unwrap_or_default();
    let remedy = profiles
        .remedy
        .as_ref()
        .map(|remedy| format!(" {remedy}"))
        .unwrap_or_default();
    match profiles.knowledge {
        ProfileKnowledge::Complete => {}
        ProfileKnowledge::FromFiles => {}
        ProfileKnowledge::Partial => warnings.push(format!(
            "Not all existing profiles were seen{why}: one of them may claim these pods already, or have this name.{remedy}"
        )),
        ProfileKnowledge::Unread => warnings.push(format!(
            "Existing profiles were not seen{why}: one of them may claim these pods already, or have this name.{remedy}"
        )),
    }
    if let Some(name) = &suggestion.deleting {
        warnings.push(format!(
            "Profile {name} is being deleted; until it is gone, no profile can be created in this cluster."
        ));
    }
}

fn quotas(suggestion: &Suggestion<'_>, warnings: &mut Vec<String>) {
    if let Some(after) = suggestion.profiles_afterwards()
        && after > QUOTAS.profiles
    {
        warnings.push(format!(
            "The cluster would have {after} profiles; the quota is {} by default and can be raised.",
            QUOTAS.profiles
        ));
    }
    if suggestion.proposals.len() > 1 {
        warnings.push(format!(
            "A profile takes {} selectors by default, so this needs {} profiles.",
            QUOTAS.selectors,
            suggestion.proposals.len()
        ));
    }
    let has_wildcard = |selector: &Selector| {
        let mut values = selector.labels.iter().map(|pair| &pair.value);
        !selector.namespace.is_literal() || values.any(|value| !value.is_literal())
    };
    let mut selectors = suggestion
        .proposals
        .iter()
        .flat_map(|proposal| &proposal.selectors);
    if selectors.any(has_wildcard) {
        warnings.push(
            "Wildcards stand in it so that one profile takes fewer selectors; they catch nobody else now, and may later."
                .to_owned(),
        );
    }
}

fn to_replace(report: &SuggestionReport, warnings: &mut Vec<String>) {
    let missing = placeholders(report);
    if let [first, rest @ ..] = missing.as_slice() {
        let names = match rest.split_last() {
            None => (*first).to_owned(),
            Some((last, between)) => {
                let mut names = vec![*first];
                names.extend(between);
                format!("{} and {last}", names.join(", "))
            }
        };
        warnings.push(format!(
            "Put your own in place of {names}: nothing that was read tells."
        ));
    }
}
