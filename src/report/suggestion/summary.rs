//! The answer in one or two sentences.

use std::collections::BTreeMap;

use super::model::{Claimed, SuggestionReport, TargetReport, TargetState};
use super::words::list;
use crate::decision::facts::ProfileKnowledge;
use crate::decision::finding::Certainty;
use crate::decision::placement::fate::Fate;
use crate::decision::reason::Reason;
use crate::decision::suggest::{LostClaim, Standing, Suggestion};

/// Most workloads that are named; more are counted.
const MOST_NAMES: usize = 3;

/// The answer in one or two sentences.
pub fn summary(suggestion: &Suggestion<'_>, report: &SuggestionReport) -> String {
    let proposed = of_state(report, TargetState::Proposed);
    if !proposed.is_empty() {
        return proposal(report, &proposed);
    }
    let needless = needless(suggestion, report);
    let vain = vain(report);
    let mut sentences = Vec::new();
    if !needless.is_empty() {
        sentences.push(format!(
            "No new profile is needed: {}.",
            needless.join("; ")
        ));
    }
    if !vain.is_empty() {
        sentences.push(format!("No new profile would help: {}.", vain.join("; ")));
    }
    if sentences.is_empty() {
        let why = match report.targets.is_empty() {
            true => "no pod that was asked about runs on EC2, or waits unclaimed",
            false => "no profile would bring what was asked about to Fargate",
        };
        sentences.push(format!("There is nothing to suggest: {why}."));
    }
    sentences.join(" ")
}

fn proposal(report: &SuggestionReport, proposed: &[&TargetReport]) -> String {
    let names: Vec<String> = report
        .profiles
        .iter()
        .map(|profile| profile.name.clone())
        .collect();
    let profiles = match names.len() {
        1 => format!("A new profile, \"{}\",", names.concat()),
        count => format!("{count} new profiles ({})", list(&names)),
    };
    let whom = in_words(proposed);
    let claims = match (others_in_words(report), report.exact, report.certainty) {
        (Some(others), ..) => format!("{profiles} would claim {whom}, and {others} not asked for."),
        (None, Some(true), Certainty::Certain) => format!("{profiles} would claim exactly {whom}."),
        (None, None, Certainty::Undecided) => {
            format!("{profiles} would claim {whom}, as far as can be told.")
        }
        (None, ..) => {
            format!("{profiles} would claim {whom}, and nobody else that was seen.")
        }
    };
    let is_refused = |target: &&&TargetReport| {
        let mut refused = target.refused.iter();
        refused.any(|refusal| refusal.certainty != Certainty::Undecided)
    };
    match proposed.iter().filter(is_refused).count() {
        0 => claims,
        count if count == proposed.len() => {
            format!("{claims} But Fargate would refuse it as it is.")
        }
        _ => format!("{claims} Fargate would refuse some of it as it is."),
    }
}

/// Why no new profile is needed, a clause each.
fn needless(suggestion: &Suggestion<'_>, report: &SuggestionReport) -> Vec<String> {
    let mut clauses = lost_claims(suggestion);
    let stranded = |target: &TargetReport| {
        suggestion.targets.iter().any(|other| {
            other.group.stranded() > 0
                && other.group.namespace == target.object.namespace
                && other.group.object.name == target.object.name
        })
    };
    let claimed: Vec<&TargetReport> = of_state(report, TargetState::AlreadyClaimed)
        .into_iter()
        .filter(|target| target.refused.is_empty() && !stranded(target))
        .collect();
    if !claimed.is_empty() {
        let whose = match claimed.as_slice() {
            [one] if one.object.kind == "Pod" => "once it is made again",
            [_] => "once its pods are made again",
            _ => "once their pods are made again",
        };
        clauses.push(format!(
            "{} {} {whose}",
            existing(&claimed, "claims", "claim"),
            in_words(&claimed)
        ));
    }
    let on_fargate = of_state(report, TargetState::OnFargate);
    if clauses.is_empty() && !on_fargate.is_empty() {
        let run = match on_fargate.len() {
            1 => "runs",
            _ => "run",
        };
        clauses.push(format!(
            "{} {run} on Fargate already",
            in_words(&on_fargate)
        ));
    }
    clauses
}

/// Why no new profile would help, a clause each.
fn vain(report: &SuggestionReport) -> Vec<String> {
    let mut clauses = Vec::new();
    let refused: Vec<&TargetReport> = of_state(report, TargetState::AlreadyClaimed)
        .into_iter()
        .filter(|target| !target.refused.is_empty())
        .collect();
    if !refused.is_empty() {
        clauses.push(format!(
            "{} {} already, and Fargate refuses what is asked for",
            existing(&refused, "selects", "select"),
            in_words(&refused)
        ));
    }
    let mut kept_off: BTreeMap<Reason, Vec<&TargetReport>> = BTreeMap::new();
    for target in of_state(report, TargetState::KeptOff) {
        if let (Some(reason), Some(_)) = (target.reason, &target.profile) {
            kept_off.entry(reason).or_default().push(target);
        }
    }
    for (reason, targets) in kept_off {
        let why = match reason {
            Reason::WebhookMissing => {
                "but the webhook by which EKS claims pods is missing".to_owned()
            }
            reason => format!("but {} keeps pods off Fargate", reason.as_str()),
        };
        clauses.push(format!(
            "{} {} already, {why}",
            existing(&targets, "matches", "match"),
            in_words(&targets)
        ));
    }
    clauses
}

/// `profile apps claims`, `existing profiles claim`.
fn existing(targets: &[&TargetReport], one: &str, several: &str) -> String {
    let mut names: Vec<&str> = targets
        .iter()
        .filter_map(|target| target.profile.as_deref())
        .collect();
    names.sort_unstable();
    names.dedup();
    match names.as_slice() {
        [name] => format!("profile {name} {one}"),
        _ => format!("existing profiles {several}"),
    }
}

/// Pods that wait for a profile that is gone, and which profile claims them when they are made again.
fn lost_claims(suggestion: &Suggestion<'_>) -> Vec<String> {
    let mut lost: BTreeMap<(String, String), usize> = BTreeMap::new();
    for target in &suggestion.targets {
        let Standing::Claimed(new) = &target.group.standing else {
            continue;
        };
        for claim in &target.group.lost {
            let what = lost_in_words(claim, suggestion.snapshot.profiles.knowledge);
            *lost.entry((what, new.clone())).or_default() += claim.pods;
        }
    }
    lost.into_iter()
        .map(|((what, new), pods)| match pods {
            1 => format!("1 pod waits for {what}; made again, profile {new} claims it"),
            _ => format!("{pods} pods wait for {what}; made again, profile {new} claims them"),
        })
        .collect()
}

/// `profile apps, which is gone`.
pub fn lost_in_words(claim: &LostClaim, knowledge: ProfileKnowledge) -> String {
    let what = match (claim.fate, knowledge) {
        (Fate::Absent, ProfileKnowledge::Complete) => "which is gone",
        (Fate::Absent, _) => "which is not among the profiles given, and so likely gone",
        (Fate::Deleting, _) => "which is being deleted",
        (Fate::Recreated, _) => "which was deleted and made anew since",
    };
    format!("profile {}, {what}", claim.profile)
}

fn of_state(report: &SuggestionReport, state: TargetState) -> Vec<&TargetReport> {
    let targets = report.targets.iter();
    targets.filter(|target| target.state == state).collect()
}

/// `deployment/web (3 pods) and pod/job`, with namespaces where they differ; many are counted.
pub fn in_words(targets: &[&TargetReport]) -> String {
    let mut objects: BTreeMap<(&str, &str, &str), usize> = BTreeMap::new();
    for Claimed {
        namespace,
        kind,
        name,
        pods,
    } in targets.iter().map(|target| &target.object)
    {
        *objects.entry((namespace, kind, name)).or_default() += pods;
    }
    let namespaces: std::collections::BTreeSet<&str> =
        objects.keys().map(|(namespace, ..)| *namespace).collect();
    if objects.len() > MOST_NAMES {
        let pods: usize = objects.values().sum();
        let bare = objects.keys().filter(|(_, kind, _)| *kind == "Pod").count();
        return match bare {
            0 => format!("{} workloads ({pods} pods)", objects.len()),
            all if all == objects.len() => format!("{pods} pods"),
            _ => format!("{} workloads and pods ({pods} pods)", objects.len()),
        };
    }
    let names: Vec<String> = objects
        .into_iter()
        .map(|((namespace, kind, name), pods)| {
            let place = match namespaces.len() {
                1 => String::new(),
                _ => format!(" in {namespace}"),
            };
            let object = Claimed {
                namespace: namespace.to_owned(),
                kind: kind.to_owned(),
                name: name.to_owned(),
                pods,
            };
            format!("{}{place}{}", object.reference(), object.pods_in_words())
        })
        .collect();
    list(&names)
}

/// Who else would be claimed, as the end of a sentence; `None` where that is nobody.
fn others_in_words(report: &SuggestionReport) -> Option<String> {
    let claimed = report
        .others
        .iter()
        .filter(|other| other.effect != "KeptByExistingProfile");
    let pods: Vec<usize> = claimed.map(|other| other.object.pods).collect();
    match (pods.len(), pods.iter().sum::<usize>()) {
        (0, _) => None,
        (_, 1) => Some("1 pod that was".to_owned()),
        (1, 0) => Some("1 workload that was".to_owned()),
        (count, 0) => Some(format!("{count} workloads that were")),
        (_, pods) => Some(format!("{pods} pods that were")),
    }
}
