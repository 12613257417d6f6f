//! Where two sources tell different things of one profile.

use super::files::origin;
use super::{Found, Source, Sourced};
use crate::decision::facts::{Disagreement, FargateProfile, ProfileOrigin, Selector};

/// What the EKS API's own answer says of a profile outranks what the object of a controller says of it. Returns what counts, and
/// where the two differ.
pub(super) fn settle(ours: Vec<Sourced>) -> (Vec<Found>, Vec<Disagreement>) {
    let mut disagreements = Vec::new();
    let mut counts = Vec::new();
    for sourced in &ours {
        let profile = &sourced.found.profile;
        let of_eks = ours
            .iter()
            .rfind(|other| other.source == Source::Eks && other.found.profile.name == profile.name);
        match of_eks {
            Some(of_eks) if sourced.source == Source::Controller && profile.name_is_known => {
                disagreements.extend(differences(&of_eks.found.profile, profile));
            }
            _ => counts.push(sourced.found.clone()),
        }
    }
    (counts, disagreements)
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
