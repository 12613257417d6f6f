//! A pod that a profile claimed, and several that could have.

use crate::decision::facts::FargateProfile;
use crate::decision::facts::Labels;
use crate::decision::facts::pod::PROFILE_LABEL;
use crate::decision::finding::{Certainty, Evidence, Finding, Severity, Strength};
use crate::decision::placement::matching::{order_is_ambiguous, try_selector};
use crate::decision::placement::{ExpectedKind, PodCase};
use crate::decision::reason::Reason;
use crate::decision::rules::{finding, fix, phrases};

pub(super) fn matched_profile(case: &PodCase<'_>) -> Option<Finding> {
    if case.is_template() {
        let profile = case.expected.profile.as_deref()?;
        let message = format!(
            "Pods made from this template would be claimed by profile {profile} (selector {}).",
            case.expected.selector.unwrap_or_default()
        );
        return Some(
            finding(case, Reason::MatchedProfile, message)
                .certainty(case.expected.certainty)
                .evidence(matched_evidence(
                    case,
                    case.snapshot.profiles.find(profile),
                    &case.recreated.labels,
                )),
        );
    }
    if !(case.pod.is_claimed() && case.is_on_fargate()) {
        return None;
    }
    let label = case.pod.profile_label()?;
    let profile = case.labelled_profile();
    let message = match case.expected.kind {
        ExpectedKind::NotFargate => format!(
            "Profile {label} claimed the pod when it was created; {} would keep a new one off Fargate.",
            phrases::list(case.expected.because.iter().map(|reason| reason.as_str()))
        ),
        ExpectedKind::Refused => {
            format!(
                "Profile {label} claimed the pod when it was created; a new one would be refused."
            )
        }
        _ => format!("Profile {label} claimed the pod when it was created."),
    };
    let claim = [
        Evidence::found(
            case.object.clone(),
            format!("metadata.labels[{PROFILE_LABEL}]"),
            label,
        ),
        Evidence::found(
            case.object.clone(),
            "spec.schedulerName",
            case.pod.scheduler_name(),
        ),
    ];
    let advice = match case.expected.kind {
        ExpectedKind::NotFargate | ExpectedKind::Refused => Some(fix::recreate_if_that_helps(case)),
        _ => None,
    };
    Some(
        finding(case, Reason::MatchedProfile, message)
            .evidence(claim)
            .evidence(matched_evidence(case, profile, &case.pod.labels))
            .fix(advice),
    )
}

/// The first selector of the profile that matches, as evidence.
pub(super) fn matched_evidence(
    case: &PodCase<'_>,
    profile: Option<&FargateProfile>,
    labels: &Labels,
) -> Vec<Evidence> {
    let Some(profile) = profile else {
        return Vec::new();
    };
    let found = profile
        .selectors
        .iter()
        .flatten()
        .position(|selector| selector.matches(&case.pod.namespace, labels));
    let Some((index, selector)) =
        found.and_then(|index| Some((index, profile.selectors.as_ref()?.get(index)?)))
    else {
        return Vec::new();
    };
    let object = PodCase::profile_object(&profile.name);
    let trial = try_selector(
        &profile.name,
        index,
        selector,
        &case.pod.namespace,
        labels,
        &[],
    );
    let mut evidence = vec![
        Evidence::found(
            object.clone(),
            format!("selectors[{index}].namespace"),
            selector.namespace.as_str(),
        )
        .wanted(case.pod.namespace.as_str()),
    ];
    evidence.extend(trial.labels.iter().map(|pair| {
        Evidence::found(
            object.clone(),
            format!("selectors[{index}].labels[{}]", pair.key_in_words),
            &*pair.value_in_words,
        )
        .wanted(pair.found.clone().unwrap_or_default())
    }));
    evidence
}

pub(super) fn several_profiles_match(case: &PodCase<'_>) -> Option<Finding> {
    let active: Vec<_> = case
        .unrestricted_matches
        .iter()
        .filter(|found| found.profile.is_active())
        .copied()
        .collect();
    if active.len() < 2 {
        return None;
    }
    let label_names_another = !case.pod.is_claimed()
        && case
            .pod
            .profile_label()
            .is_some_and(|label| !active.iter().any(|found| found.profile.name == label));
    if label_names_another {
        return None;
    }
    let names = phrases::list(active.iter().map(|found| found.profile.name.as_str()));
    let first = &active[0].profile.name;
    let ambiguous = order_is_ambiguous(&active);
    let mut message = match case.pod.profile_label() {
        Some(label) if case.pod.is_claimed() && label != first => format!(
            "Profiles {names} match; the pod was claimed by {label}, though {first} comes first by name (before 2022 the choice was random)."
        ),
        Some(label) if !case.pod.is_claimed() => {
            format!("Profiles {names} match; the pod's label chooses {label}.")
        }
        _ => format!("Profiles {names} match; EKS takes the first by name, {first}."),
    };
    if ambiguous {
        message.push_str(" How EKS sorts upper and lower case is not documented.");
    }
    let evidence = active.iter().map(|found| {
        Evidence::found(
            PodCase::profile_object(&found.profile.name),
            format!("selectors[{}]", found.selector),
            "matches",
        )
    });
    Some(
        finding(case, Reason::SeveralProfilesMatch, message)
            .severity(Severity::Info)
            .certainty(if ambiguous {
                Certainty::Likely
            } else {
                Certainty::Certain
            })
            .strength(Strength::Aside)
            .evidence(evidence),
    )
}
