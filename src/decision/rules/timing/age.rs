//! What was there first: the pod, the profile or the webhook.

use super::is_unclaimed_match;
use crate::decision::facts::{FargateProfile, ObjectRef};
use crate::decision::finding::{Certainty, Evidence, Finding, Strength};
use crate::decision::placement::case::GRACE_SECONDS;
use crate::decision::placement::expected::{FARGATE_WEBHOOK, WebhookSight};
use crate::decision::placement::{ExpectedKind, PodCase};
use crate::decision::reason::Reason;
use crate::decision::rules::{finding, fix, phrases};

/// How the pod's creation compares with that of the matching ACTIVE profiles.
pub(super) enum Age {
    /// Before the moment when the creation of each of them began.
    Older,
    /// For each before that moment or within the minutes that a profile needs to become ACTIVE.
    BeforeUsable,
    /// At least one is clearly older than the pod.
    Younger,
    /// No matching ACTIVE profile has a creation time.
    NotStated,
    /// The pod's own creation time is not known, or there is no such profile.
    Unknown,
}

pub(super) fn age(case: &PodCase<'_>) -> Age {
    let Some(pod) = case.pod.created_at.map(|created| created.as_second()) else {
        return Age::Unknown;
    };
    if case.active_matches().next().is_none() {
        return Age::Unknown;
    }
    let times: Vec<i64> = case
        .active_matches()
        .filter_map(|found| Some(found.profile.created_at?.as_second()))
        .collect();
    if times.is_empty() {
        Age::NotStated
    } else if times.iter().any(|profile| pod > profile + GRACE_SECONDS) {
        Age::Younger
    } else if times.iter().all(|profile| pod < *profile) {
        Age::Older
    } else {
        Age::BeforeUsable
    }
}

/// The matching ACTIVE profile that the sentence about the pod's age is true of.
pub(crate) fn profile_told<'a>(case: &PodCase<'a>) -> Option<&'a FargateProfile> {
    let created = case.pod.created_at.map(|created| created.as_second());
    let matches = || case.active_matches().map(|found| found.profile);
    let dated = |fits: fn(i64, i64) -> bool| {
        matches().find(|profile| match (profile.created_at, created) {
            (Some(began), Some(created)) => fits(began.as_second(), created),
            _ => false,
        })
    };
    match age(case) {
        // For a pod made while its profile was on its way, the profile that was begun before it.
        Age::BeforeUsable => dated(|began, created| began <= created),
        Age::Older => dated(|began, created| began > created),
        _ => None,
    }
    .or_else(|| matches().next())
}

pub(super) fn older_than_profile(case: &PodCase<'_>) -> Option<Finding> {
    if !is_unclaimed_match(case) {
        return None;
    }
    let created = case.pod.created_at?;
    let profile = profile_told(case)?;
    let name = &profile.name;
    let has_unstated = case
        .active_matches()
        .any(|found| found.profile.created_at.is_none());
    // A profile that may match as well may have been there before the pod.
    let may_be_older = case.unsettled_profiles().any(|profile| {
        let began = profile.created_at.map(|began| began.as_second());
        began.is_none_or(|began| began < created.as_second())
    });
    let evidence = case.active_matches().filter_map(|found| {
        let began = found.profile.created_at?;
        Some(
            Evidence::found(
                case.object.clone(),
                "metadata.creationTimestamp",
                created.to_string(),
            )
            .wanted(format!(
                "after {began} (createdAt of profile {}), when the profile was ACTIVE",
                found.profile.name
            )),
        )
    });
    let (message, certainty, strength) = match age(case) {
        Age::Older => {
            let began = profile.created_at.unwrap_or(created);
            let gap = format!(
                "{} before the creation of profile",
                phrases::between(began, created)
            );
            let certainty = if has_unstated || may_be_older {
                Certainty::Likely
            } else {
                Certainty::Certain
            };
            (
                format!(
                    "The pod was created {gap} {name} began; a profile claims only pods created after it is ACTIVE."
                ),
                certainty,
                Strength::Strong,
            )
        }
        Age::BeforeUsable => {
            let began = profile.created_at.unwrap_or(created);
            (
                format!(
                    "The pod was created {} after the creation of profile {name} began, likely before the profile was \
                     usable: it becomes ACTIVE minutes later.",
                    phrases::between(began, created)
                ),
                Certainty::Likely,
                Strength::Strong,
            )
        }
        Age::NotStated => (
            format!(
                "Profile {name} matches the pod and did not claim it; the pod is likely older than the profile, whose \
                 creation time was not given."
            ),
            Certainty::Likely,
            Strength::Weak,
        ),
        Age::Younger | Age::Unknown => return None,
    };
    Some(
        finding(case, Reason::OlderThanProfile, message)
            .certainty(certainty)
            .strength(strength)
            .evidence(evidence)
            .fix(fix::recreate_if_that_helps(case)),
    )
}

pub(super) fn webhook_missing(case: &PodCase<'_>) -> Option<Finding> {
    let matched = is_unclaimed_match(case) || case.is_template() && !case.matches.is_empty();
    if case.webhook != WebhookSight::Absent || !matched {
        return None;
    }
    if case.is_template() && case.expected.kind == ExpectedKind::Fargate {
        return None;
    }
    // Before a profile is ACTIVE the webhook may be on its way; it is missing only for those that are.
    let active = case.active_matches().next();
    let name = &active.or(case.matches.first())?.profile.name;
    let strength = if active.is_some() {
        Strength::Strong
    } else {
        Strength::Aside
    };
    Some(
        finding(
            case,
            Reason::WebhookMissing,
            format!(
                "Profile {name} matches, but {FARGATE_WEBHOOK} is missing: without it no new pod goes to Fargate."
            ),
        )
        .strength(strength)
        .evidence([Evidence::absent(
            ObjectRef::cluster_wide("mutatingwebhookconfiguration", FARGATE_WEBHOOK),
            "metadata.name",
        )
        .wanted("present")])
        .fix(fix::advice(
            "EKS installs the webhook itself, as it seems with the first profile. Find out who deleted it; if it does not come \
             back, ask AWS Support. Then make the pods again.",
        )),
    )
}

pub(super) fn webhook_skipped(case: &PodCase<'_>) -> Option<Finding> {
    if !is_unclaimed_match(case) || !matches!(age(case), Age::Younger) {
        return None;
    }
    let WebhookSight::Present(webhook) = case.webhook else {
        return None;
    };
    let created = case.pod.created_at?;
    let profile = case.active_matches().next()?.profile;
    let webhook_object = ObjectRef::cluster_wide("mutatingwebhookconfiguration", &webhook.name);
    let younger = webhook
        .created_at
        .filter(|webhook| webhook.as_second() > created.as_second());
    let (message, certainty) = match younger {
        Some(webhook) => (
            format!(
                "Profile {} was there when the pod was created; the webhook by which EKS claims pods came {} later, so \
                 likely nobody claimed the pod.",
                profile.name,
                phrases::between(webhook, created)
            ),
            Certainty::Likely,
        ),
        None => (
            format!(
                "Profile {} and EKS's webhook were there when the pod was created, yet the pod was not claimed: the \
                 webhook lets pods pass when it cannot be reached in time.",
                profile.name
            ),
            Certainty::Certain,
        ),
    };
    let mut evidence = vec![
        Evidence::found(
            case.object.clone(),
            "metadata.creationTimestamp",
            created.to_string(),
        ),
        Evidence::found(
            PodCase::profile_object(&profile.name),
            "createdAt",
            profile
                .created_at
                .map(|time| time.to_string())
                .unwrap_or_default(),
        ),
        Evidence::found(
            case.object.clone(),
            "spec.schedulerName",
            case.pod.scheduler_name(),
        )
        .wanted("fargate-scheduler"),
    ];
    if let Some(time) = webhook.created_at {
        evidence.push(Evidence::found(
            webhook_object,
            "metadata.creationTimestamp",
            time.to_string(),
        ));
    }
    Some(
        finding(case, Reason::WebhookSkipped, message)
            .certainty(certainty)
            .evidence(evidence)
            .fix(fix::recreate_if_that_helps(case)),
    )
}
