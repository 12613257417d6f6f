//! Labels that were changed after the pod was created.

use super::is_unclaimed_match;
use super::profile::label_profile_no_longer_matches;
use crate::decision::facts::pod::{FARGATE_SCHEDULER, PROFILE_LABEL};
use crate::decision::finding::{Certainty, Evidence, Finding};
use crate::decision::placement::fate::{Fate, fate};
use crate::decision::placement::matching::matching_profiles;
use crate::decision::placement::{ExpectedKind, PodCase};
use crate::decision::reason::Reason;
use crate::decision::rules::{finding, fix};

pub(super) fn labels_changed_later(case: &PodCase<'_>) -> Option<Finding> {
    if case.is_template() {
        return None;
    }
    if case.is_on_fargate()
        && !case.pod.is_claimed()
        && case.pod.scheduler_name() == FARGATE_SCHEDULER
    {
        return Some(claim_label_is_gone(case));
    }
    if is_unclaimed_match(case) {
        return labels_came_later(case);
    }
    if !case.pod.is_claimed() || !case.is_on_fargate() || !label_profile_no_longer_matches(case) {
        return None;
    }
    // A profile that was made anew may match other pods than the one that claimed this pod did.
    if matches!(fate(case), Some(Fate::Recreated)) {
        return None;
    }
    let name = case.pod.profile_label()?;
    let profile = case.labelled_profile()?;
    let selectors = profile.selectors.as_deref().unwrap_or_default();
    let missed = selectors
        .iter()
        .enumerate()
        .filter(|(_, selector)| selector.namespace.matches(&case.pod.namespace));
    let evidence: Vec<Evidence> = missed
        .flat_map(|(_, selector)| &selector.labels)
        .filter(|pair| !pair.is_met_by(&case.pod.labels))
        .map(|pair| Evidence {
            object: case.object.clone(),
            field: format!("metadata.labels[{}]", pair.key),
            found: case.pod.labels.get(pair.key.as_str()).map(str::to_owned),
            wanted: Some(pair.value.to_string()),
        })
        .collect();
    Some(
        finding(
            case,
            Reason::LabelsChangedLater,
            format!(
                "Profile {name} claimed the pod when it was created; the pod's labels no longer match it, so they were changed since."
            ),
        )
        .certainty(if profile.created_at.is_some() { Certainty::Certain } else { Certainty::Likely })
        .evidence(evidence)
        .fix(match case.expected.kind {
            ExpectedKind::Fargate => fix::advice("Nothing has to be done: made again from its template, the pod would match."),
            _ => fix::advice(format!(
                "Put the labels that the profile asks for into {} before the pod is made again; else it will not go to Fargate.",
                fix::template_name(case)
            )),
        }),
    )
}

/// A pod that fargate-scheduler placed without the label of a claim. It places claimed pods only, so the label is gone since.
pub(super) fn claim_label_is_gone(case: &PodCase<'_>) -> Finding {
    finding(
        case,
        Reason::LabelsChangedLater,
        format!(
            "fargate-scheduler placed the pod, which it does only for claimed pods; the label {PROFILE_LABEL} that a claim \
             writes is no longer there, so likely somebody removed it."
        ),
    )
    .certainty(Certainty::Likely)
    .evidence([
        Evidence::found(case.object.clone(), "spec.schedulerName", FARGATE_SCHEDULER),
        Evidence::absent(
            case.object.clone(),
            format!("metadata.labels[{PROFILE_LABEL}]"),
        ),
    ])
}

/// An unclaimed pod that matches, made from a template that does not.
pub(super) fn labels_came_later(case: &PodCase<'_>) -> Option<Finding> {
    let labels = case.made_from_labels()?;
    let template_matches = matching_profiles(&case.snapshot.profiles, &case.pod.namespace, &labels);
    if !template_matches.is_empty() {
        return None;
    }
    let found = case.active_matches().next()?;
    let selector = found.profile.selectors.as_ref()?.get(found.selector)?;
    let evidence: Vec<Evidence> = selector
        .labels
        .iter()
        .filter(|pair| !pair.is_met_by(&labels))
        .map(|pair| Evidence {
            object: case.object.clone(),
            field: format!("metadata.labels[{}]", pair.key),
            found: case.pod.labels.get(pair.key.as_str()).map(str::to_owned),
            wanted: Some("the same label in the template".to_owned()),
        })
        .collect();
    Some(
        finding(
            case,
            Reason::LabelsChangedLater,
            format!(
                "The pod matches profile {}, but the template it was made from does not: it was likely labelled later, and only labels at creation count.",
                found.profile.name
            ),
        )
        .certainty(Certainty::Likely)
        .evidence(evidence)
        .fix(match case.expected.kind {
            ExpectedKind::Fargate => fix::recreate(case),
            ExpectedKind::Refused => fix::refused(case),
            _ => fix::advice(format!(
                "To run it on Fargate, put the label into {}; {}.",
                fix::template_name(case),
                fix::what_follows(case)
            )),
        }),
    )
}
