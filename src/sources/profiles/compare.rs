//! Where two sources tell different things of one profile.

use std::collections::{BTreeMap, BTreeSet};

use super::files::origin;
use super::{Found, Source, Sourced};
use crate::decision::facts::{
    Disagreement, FargateProfile, ProfileOrigin, ProfileStatus, Selector,
};

/// What the EKS API's own answer says of a profile outranks what the object of a controller says of it, in whatever order they
/// come. Returns what counts, and where what does not count differs from that.
pub(super) fn settle(ours: Vec<Sourced>) -> (Vec<Found>, Vec<Disagreement>) {
    let name = |sourced: &Sourced| sourced.found.profile.name.clone();
    let told_by_eks: BTreeSet<String> = ours
        .iter()
        .filter(|sourced| sourced.source == Source::Eks)
        .map(name)
        .collect();
    let (outranked, counts): (Vec<_>, Vec<_>) = ours.into_iter().partition(|sourced| {
        sourced.source == Source::Controller
            && sourced.found.profile.name_is_known
            && told_by_eks.contains(&sourced.found.profile.name)
    });
    // Of several that count the last one does.
    let winners: BTreeMap<&str, &FargateProfile> = counts
        .iter()
        .map(|sourced| (sourced.found.profile.name.as_str(), &sourced.found.profile))
        .collect();
    let mut disagreements = Vec::new();
    let mut seen = BTreeSet::new();
    for sourced in &outranked {
        let profile = &sourced.found.profile;
        if let Some(winner) = winners.get(profile.name.as_str()) {
            let differences = differences(winner, profile);
            let new =
                |found: &Disagreement| seen.insert((found.profile.clone(), found.field.clone()));
            disagreements.extend(differences.into_iter().filter(new));
        }
    }
    let counts = counts.into_iter().map(|sourced| sourced.found).collect();
    (counts, disagreements)
}

/// Profiles that were given more than once with different content, a sentence each; the last one counts.
pub(super) fn given_twice(ours: &[Found]) -> Vec<String> {
    let mut by_name: BTreeMap<&str, Vec<&FargateProfile>> = BTreeMap::new();
    for Found { profile, .. } in ours {
        by_name.entry(&profile.name).or_default().push(profile);
    }
    let sentences = by_name.into_iter().filter_map(|(name, given)| {
        let (last, earlier) = given.split_last()?;
        let all: BTreeSet<_> = earlier
            .iter()
            .flat_map(|earlier| fields_that_differ(earlier, last))
            .collect();
        if all.is_empty() {
            return None;
        }
        let times = match given.len() {
            2 => "twice".to_owned(),
            count => format!("{count} times"),
        };
        let fields = all.into_iter().map(|(_, field)| field);
        Some(format!(
            "profile {name} was given {times} with different content ({}); the last one counts: {}",
            fields.collect::<Vec<_>>().join(", "),
            origin(last)
        ))
    });
    sentences.take(MOST_TOLD).collect()
}

/// More profiles that were given twice than these are not named.
const MOST_TOLD: usize = 20;

/// The fields in which two descriptions differ, each with its rank; what only one of them tells makes no difference, but for the
/// selectors and the status.
fn fields_that_differ(
    one: &FargateProfile,
    other: &FargateProfile,
) -> impl Iterator<Item = (usize, &'static str)> {
    fn differ<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
        one.zip(other).is_some_and(|(one, other)| one != other)
    }
    let status = |profile: &FargateProfile| match &profile.status {
        None => ProfileStatus::Active,
        Some(status) => status.clone(),
    };
    let selectors = |profile: &FargateProfile| {
        let selectors = profile.selectors.as_ref()?;
        let gaps: Vec<_> = selectors.iter().flat_map(|one| one.gaps.clone()).collect();
        Some((words_of(selectors), gaps))
    };
    let subnets = |profile: &FargateProfile| {
        Some(sorted(&profile.subnets)).filter(|subnets| !subnets.is_empty())
    };
    let issues = |profile: &FargateProfile| {
        Some(profile.health_issues.clone()).filter(|issues| !issues.is_empty())
    };
    [
        ("selectors", selectors(one) != selectors(other)),
        ("status", status(one) != status(other)),
        (
            "podExecutionRoleArn",
            differ(
                one.pod_execution_role_arn.as_ref(),
                other.pod_execution_role_arn.as_ref(),
            ),
        ),
        (
            "subnets",
            differ(subnets(one).as_ref(), subnets(other).as_ref()),
        ),
        (
            "health.issues",
            differ(issues(one).as_ref(), issues(other).as_ref()),
        ),
        (
            "createdAt",
            differ(one.created_at.as_ref(), other.created_at.as_ref()),
        ),
        (
            "fargateProfileArn",
            differ(one.arn.as_ref(), other.arn.as_ref()),
        ),
    ]
    .into_iter()
    .enumerate()
    .filter(|(_, (_, is_so))| *is_so)
    .map(|(rank, (field, _))| (rank, field))
}

/// The fields in which two descriptions of a profile differ. What one of them does not tell plainly is not compared; the order of
/// selectors, labels and subnets means nothing.
pub(super) fn differences(used: &FargateProfile, other: &FargateProfile) -> Vec<Disagreement> {
    let disagreement = |field: &str, used_value: String, other_value: String| Disagreement {
        profile: used.name.clone(),
        field: Some(field.to_owned()),
        used: source_words(used),
        used_value: Some(used_value),
        other: source_words(other),
        other_value: Some(other_value),
        other_selectors: (field == "selectors")
            .then(|| other.selectors.clone())
            .flatten(),
    };
    let mut found = Vec::new();
    if let (Some(used_selectors), Some(other_selectors)) = (&used.selectors, &other.selectors) {
        let is_plain = |selectors: &[Selector]| selectors.iter().all(|each| each.gaps.is_empty());
        let (ours, theirs) = (words_of(used_selectors), words_of(other_selectors));
        if is_plain(used_selectors) && is_plain(other_selectors) && ours != theirs {
            found.push(disagreement(
                "selectors",
                ours.join("; "),
                theirs.join("; "),
            ));
        }
    }
    if let (Some(ours), Some(theirs)) = (&used.status, &other.status)
        && ours != theirs
    {
        found.push(disagreement(
            "status",
            ours.as_str().to_owned(),
            theirs.as_str().to_owned(),
        ));
    }
    if let (Some(ours), Some(theirs)) =
        (&used.pod_execution_role_arn, &other.pod_execution_role_arn)
        && ours != theirs
        && !has_gap(other, "podExecutionRoleArn")
    {
        found.push(disagreement(
            "podExecutionRoleArn",
            ours.clone(),
            theirs.clone(),
        ));
    }
    let (ours, theirs) = (sorted(&used.subnets), sorted(&other.subnets));
    let are_told = !ours.is_empty() && !theirs.is_empty() && !has_gap(other, "subnets");
    if are_told && ours != theirs {
        found.push(disagreement("subnets", ours.join(", "), theirs.join(", ")));
    }
    found
}

/// A profile that only one source has: `has` tells whether it is the one that is used.
pub(super) fn only_in_one(
    profile: &FargateProfile,
    used: &str,
    other: &str,
    has: bool,
) -> Disagreement {
    let exists = Some("a profile".to_owned());
    let (used_value, other_value) = if has { (exists, None) } else { (None, exists) };
    Disagreement {
        profile: profile.name.clone(),
        field: None,
        used: used.to_owned(),
        used_value,
        other: other.to_owned(),
        other_value,
        other_selectors: profile.selectors.clone().filter(|_| !has),
    }
}

/// What the source of a profile is called.
pub(super) fn source_words(profile: &FargateProfile) -> String {
    match &profile.origin {
        ProfileOrigin::EksApi => "the EKS API".to_owned(),
        _ => origin(profile).to_owned(),
    }
}

fn has_gap(profile: &FargateProfile, field: &str) -> bool {
    profile.gaps.iter().any(|gap| gap.field == field)
}

fn sorted(texts: &[String]) -> Vec<String> {
    let mut texts = texts.to_vec();
    texts.sort();
    texts.dedup();
    texts
}

/// The selectors in words, in an order of their own: `namespace shop with tier=web`.
pub(super) fn words_of(selectors: &[Selector]) -> Vec<String> {
    let words: Vec<String> = selectors
        .iter()
        .map(|selector| {
            let labels: Vec<String> = selector
                .labels
                .iter()
                .map(|pair| format!("{}={}", pair.key.as_str(), pair.value.as_str()))
                .collect();
            match labels.as_slice() {
                [] => format!("namespace {}", selector.namespace.as_str()),
                labels => format!(
                    "namespace {} with {}",
                    selector.namespace.as_str(),
                    labels.join(", ")
                ),
            }
        })
        .collect();
    sorted(&words)
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
