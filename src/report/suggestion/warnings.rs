//! What to mind before a suggested profile is created, the worst first.

use std::collections::BTreeMap;

use super::model::{
    POD_EXECUTION_ROLE_ARN, PRIVATE_SUBNET_ID, SuggestionReport, TargetState, placeholders,
};
use super::words::{self, list, object, why_matched};
use crate::decision::facts::shell::operand;
use crate::decision::facts::{Kind, ProfileKnowledge, Selector};
use crate::decision::finding::Certainty;
use crate::decision::suggest::{Effect, POD_OF_STATEFUL_SET, QUOTAS, Suggestion, is_refused};

/// How many of those who are matched as well are told one by one.
const MOST_OTHERS: usize = 4;

/// What to mind before it is created, the worst first.
pub fn warnings(suggestion: &Suggestion<'_>, report: &SuggestionReport) -> Vec<String> {
    let mut warnings = Vec::new();
    if report.profiles.is_empty() {
        return warnings;
    }
    if suggestion.is_webhook_missing {
        warnings.push(
            "The webhook by which EKS claims pods is missing, though there are profiles: as long as it is, no profile claims anything."
                .to_owned(),
        );
    }
    refused(report, &mut warnings);
    broken(suggestion, &mut warnings);
    others(suggestion, &mut warnings);
    let mut remarks: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for target in &report.targets {
        if let (TargetState::Proposed | TargetState::NotClaimable, Some(remark)) =
            (target.state, &target.remark)
        {
            let names = remarks.entry(remark).or_default();
            names.push(target.object.reference());
        }
    }
    for (remark, mut names) in remarks {
        names.dedup();
        warnings.push(format!("{}: {remark}", list(&names)));
    }
    one_by_one(suggestion, &mut warnings);
    unseen(suggestion, &mut warnings);
    profiles(suggestion, &mut warnings);
    quotas(suggestion, &mut warnings);
    to_replace(suggestion, report, &mut warnings);
    warnings
}

/// Profiles that match already and failed.
fn broken(suggestion: &Suggestion<'_>, warnings: &mut Vec<String>) {
    for (name, status) in &suggestion.broken {
        warnings.push(format!(
            "Profile {name} matches these pods already, but is {}: find the cause first (kubectl fargate profiles {}). Made good, or \
             deleted, it spares you a second one.",
            status.as_str(),
            operand(name)
        ));
    }
}

/// StatefulSets whose pods get a selector each.
fn one_by_one(suggestion: &Suggestion<'_>, warnings: &mut Vec<String>) {
    let mut sets: Vec<String> = suggestion
        .targets
        .iter()
        .map(|target| &target.group)
        .filter(|group| {
            group.is_wanted() && !group.is_part && group.lasting.contains_key(POD_OF_STATEFUL_SET)
        })
        .flat_map(|group| group.pods.iter().cloned())
        .collect();
    sets.sort_unstable();
    if !sets.is_empty() {
        warnings.push(format!(
            "Only their names tell {} from others, so each has a selector of its own; replicas that come later are not claimed.",
            list(&sets)
        ));
    }
}

fn refused(report: &SuggestionReport, warnings: &mut Vec<String>) {
    let mut are_refused = Vec::new();
    let mut may_be = Vec::new();
    for target in &report.targets {
        if target.state != TargetState::Proposed {
            continue;
        }
        let told = |is_meant: fn(Certainty) -> bool| -> Vec<String> {
            target
                .refused
                .iter()
                .filter(|refusal| is_meant(refusal.certainty))
                .map(words::refusal)
                .collect()
        };
        let name = target.object.reference();
        let sure = told(|certainty| certainty != Certainty::Undecided);
        let unsure = told(|certainty| certainty == Certainty::Undecided);
        if !sure.is_empty() {
            are_refused.push(format!(
                "Fargate would refuse {name} ({}).",
                sure.join("; ")
            ));
        } else if !unsure.is_empty() {
            may_be.push(format!(
                "Fargate may refuse {name} ({}).",
                unsure.join("; ")
            ));
        }
    }
    if let Some(last) = are_refused.last_mut() {
        last.push_str(
            " Change that first: pods that a profile claims never go back to EC2 by themselves.",
        );
    }
    warnings.append(&mut are_refused);
    warnings.append(&mut may_be);
}

fn others(suggestion: &Suggestion<'_>, warnings: &mut Vec<String>) {
    let proposed = suggestion.proposals.first();
    let proposed = proposed.map_or("", |proposal| proposal.name.as_str());
    // Those of whom the same is to be told are told in one sentence.
    let mut alike: Vec<(String, Vec<String>, String)> = Vec::new();
    for other in &suggestion.others {
        let group = &other.group;
        let is_same = other.alike.contains(&group.object);
        let name = match (is_same, group.pods.len()) {
            (true, 1) => format!("the other pod of {}", object(&group.object)),
            (true, count) => format!("the {count} other pods of {}", object(&group.object)),
            (false, 0) => object(&group.object),
            (false, 1) => format!("{} (1 pod)", object(&group.object)),
            (false, count) => format!("{} ({count} pods)", object(&group.object)),
        };
        let place = &group.namespace;
        let why = why_matched(other);
        let (verb, rest) = match &other.effect {
            Effect::Claimed => {
                let refused = match is_refused(&group.case) {
                    true => " Made again, it would be refused by Fargate and wait for good.",
                    false => "",
                };
                (
                    "would also claim",
                    format!("in namespace {place}. {why}{refused}"),
                )
            }
            Effect::TakenFrom(profile) => (
                "would take over",
                format!(
                    "in namespace {place} from profile {profile} when made again: of several profiles the first by name claims. {why}"
                ),
            ),
            Effect::KeptBy(profile) => (
                "also matches",
                format!(
                    "in namespace {place}, which profile {profile} keeps: its name sorts before {proposed}."
                ),
            ),
        };
        match alike
            .iter_mut()
            .find(|known| known.0 == verb && known.2 == rest)
        {
            Some((_, names, _)) => names.push(name),
            None => alike.push((verb.to_owned(), vec![name], rest)),
        }
    }
    let more = alike.len().saturating_sub(MOST_OTHERS);
    for (verb, names, rest) in alike.iter().take(MOST_OTHERS) {
        warnings.push(format!("It {verb} {} {rest}", list(names)));
    }
    if more > 0 {
        warnings.push("It matches more that was not asked for; -o json lists it.".to_owned());
    }
}

fn unseen(suggestion: &Suggestion<'_>, warnings: &mut Vec<String>) {
    let mut of_kinds: BTreeMap<Vec<Kind>, Vec<&str>> = BTreeMap::new();
    let mut of_place: BTreeMap<&Option<String>, Vec<Kind>> = BTreeMap::new();
    for unseen in &suggestion.unseen {
        of_place
            .entry(&unseen.namespace)
            .or_default()
            .push(unseen.kind);
    }
    for (namespace, kinds) in of_place {
        let namespace = namespace.as_deref().unwrap_or_default();
        let (pods, workloads): (Vec<Kind>, Vec<Kind>) =
            kinds.into_iter().partition(|kind| *kind == Kind::Pod);
        for kinds in [pods, workloads] {
            if !kinds.is_empty() {
                of_kinds.entry(kinds).or_default().push(namespace);
            }
        }
    }
    for (kinds, namespaces) in of_kinds {
        let place = match namespaces.as_slice() {
            [..] if namespaces.contains(&"") => "all namespaces".to_owned(),
            [one] => format!("namespace {one}"),
            several => format!("{} namespaces", several.len()),
        };
        let names: Vec<&str> = kinds.iter().map(|kind| kind.plural()).collect();
        let names = crate::decision::rules::phrases::list(names);
        warnings.push(match kinds.contains(&Kind::Pod) {
            true => format!("Not all pods of {place} could be read: others may match too."),
            false => format!(
                "Not all {names} of {place} could be read: those without pods may match too."
            ),
        });
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
    if let Some(name) = &suggestion.creating {
        warnings.push(format!(
            "Profile {name} is being created; until it is ACTIVE, no other can be created in this cluster."
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
            "A profile takes {} selectors by default, so this needs {} profiles; EKS creates one at a time.",
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

fn to_replace(suggestion: &Suggestion<'_>, report: &SuggestionReport, warnings: &mut Vec<String>) {
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
        let mut failed = suggestion.snapshot.profiles.list.iter().filter(|profile| {
            let is_known = profile.pod_execution_role_arn.is_some() || !profile.subnets.is_empty();
            is_known && !profile.is_active()
        });
        let lacks_setting = missing
            .iter()
            .any(|name| matches!(*name, POD_EXECUTION_ROLE_ARN | PRIVATE_SUBNET_ID));
        let why = match failed.next().filter(|_| lacks_setting) {
            Some(profile) => format!(
                "those of profile {}{} are not taken over",
                profile.name,
                match &profile.status {
                    Some(status) => format!(" ({})", status.as_str()),
                    None => String::new(),
                }
            ),
            None => "nothing that was read tells".to_owned(),
        };
        warnings.push(format!("Put your own in place of {names}: {why}."));
    }
}
