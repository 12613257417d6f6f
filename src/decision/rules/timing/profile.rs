//! What has become of the profile: not ACTIVE, gone, or made anew.

use super::is_unclaimed_match;
use crate::decision::facts::pod::PROFILE_LABEL;
use crate::decision::facts::{Fit, ProfileStatus};
use crate::decision::finding::{Certainty, Evidence, Finding, Fix, Severity, Strength};
use crate::decision::placement::expected::absence_certainty;
use crate::decision::placement::fate::{Fate, fate};
use crate::decision::placement::{ExpectedKind, PodCase};
use crate::decision::reason::Reason;
use crate::decision::rules::{finding, fix, phrases};

pub(super) fn profile_not_active(case: &PodCase<'_>) -> Option<Finding> {
    let waiting_claim = case.pod.is_claimed() && !case.is_bound();
    let profiles: Vec<_> = if waiting_claim {
        case.labelled_profile()
            .into_iter()
            .filter(|profile| !profile.is_active() && !profile.is_deleting())
            .collect()
    } else if (is_unclaimed_match(case) || case.is_template() && !case.matches.is_empty())
        && case.active_matches().next().is_none()
        // A profile that may match and is ACTIVE would make it another story.
        && case.unsettled_profiles().next().is_none()
    {
        case.matches.iter().map(|found| found.profile).collect()
    } else {
        Vec::new()
    };
    let first = profiles.first()?;
    let status = first
        .status
        .as_ref()
        .map_or("unknown", ProfileStatus::as_str);
    let message = if profiles.len() == 1 {
        let how = if waiting_claim { "claimed" } else { "matches" };
        format!(
            "Profile {} {how} the pod, but its status is {status}. Only ACTIVE profiles seem to claim pods; AWS does not document it.",
            first.name
        )
    } else {
        format!(
            "Profiles {} match the pod, but none is ACTIVE. Only ACTIVE profiles seem to claim pods; AWS does not document it.",
            phrases::list(profiles.iter().map(|profile| profile.name.as_str()))
        )
    };
    let evidence = profiles.iter().map(|profile| {
        let status = profile.status.as_ref().map_or("", ProfileStatus::as_str);
        Evidence::found(PodCase::profile_object(&profile.name), "status", status).wanted("ACTIVE")
    });
    let issues = profiles.iter().flat_map(|profile| {
        profile.health_issues.iter().map(|issue| {
            Evidence::found(
                PodCase::profile_object(&profile.name),
                "health.issues",
                format!("{}: {}", issue.code, issue.message),
            )
        })
    });
    Some(
        finding(case, Reason::ProfileNotActive, message)
            .certainty(Certainty::Likely)
            .evidence(evidence)
            .evidence(issues)
            .fix(fix_status(case, &first.name, first.status.as_ref())),
    )
}

pub(super) fn fix_status(case: &PodCase<'_>, name: &str, status: Option<&ProfileStatus>) -> Fix {
    if let Some(leave) = fix::better_left(case, "the pod as it is") {
        return leave;
    }
    let cluster = &case.snapshot.cluster;
    // What stands for a name that is not told is no name for a command.
    let profile = case.snapshot.profiles.find(name);
    let has_name = profile.is_none_or(|profile| profile.name_is_known);
    match status {
        Some(ProfileStatus::Creating) => {
            let text = format!("Wait until profile {name} is ACTIVE.");
            let Some(cluster_name) = cluster.name.as_ref().filter(|_| has_name) else {
                return fix::advice(format!("{text} Make the pods again then, not before."));
            };
            let wait = fix::about_profile(case, "wait fargate-profile-active", cluster_name, name);
            let again = fix::recreate(case);
            fix::with_commands(
                format!("{text} {}", again.text),
                std::iter::once(wait.into()).chain(again.commands),
            )
        }
        Some(ProfileStatus::Deleting) => fix::advice(format!(
            "Profile {name} is being deleted: create another profile that matches once it is gone, then make the pods again."
        )),
        Some(ProfileStatus::ByController(words)) => fix::advice(format!(
            "Profile {name} is {words}, its controller says: mend what the conditions of its object name, and make the pods again once the profile is ACTIVE."
        )),
        _ => {
            fix::with_commands(
                format!(
                    "Look at profile {name}, delete it and create it again; profiles cannot be edited, and deleting one deletes \
                 the pods that run by it. Make the pods again once it is ACTIVE."
                ),
                cluster.name.iter().filter(|_| has_name).map(|cluster| {
                    fix::about_profile(case, "describe-fargate-profile", cluster, name)
                }),
            )
        }
    }
}

/// Whether the profile that the label names no longer matches the pod's own labels, as far as its selectors were seen.
pub(super) fn label_profile_no_longer_matches(case: &PodCase<'_>) -> bool {
    case.labelled_profile()
        .is_some_and(|profile| profile.fit(&case.pod.namespace, &case.pod.labels) == Fit::Misses)
}

pub(super) fn profile_gone(case: &PodCase<'_>) -> Option<Finding> {
    if case.is_bound() && !case.is_on_fargate() {
        return None;
    }
    let name = case.pod.profile_label()?;
    let fate = fate(case)?;
    let object = PodCase::profile_object(name);
    let (what, evidence, certainty) = match fate {
        Fate::Absent => {
            let certainty = absence_certainty(case.snapshot);
            let what = match certainty {
                Certainty::Certain => "no longer exists",
                // Files may not hold all of them.
                _ => "is not among the profiles given, so it likely no longer exists",
            };
            let evidence = Evidence::absent(object, "fargateProfileName").wanted(name);
            (what, evidence, certainty)
        }
        Fate::Deleting => (
            "is being deleted",
            Evidence::found(object, "status", "DELETING").wanted("ACTIVE"),
            Certainty::Certain,
        ),
        Fate::Recreated => {
            let created = case
                .labelled_profile()
                .and_then(|profile| profile.created_at);
            (
                "was recreated since: it is younger than the pod",
                Evidence::found(
                    object,
                    "createdAt",
                    created.map(|time| time.to_string()).unwrap_or_default(),
                )
                .wanted("before the pod was created"),
                Certainty::Certain,
            )
        }
    };
    let on_fargate = case.is_on_fargate();
    let decides =
        !on_fargate || !matches!(fate, Fate::Recreated) || label_profile_no_longer_matches(case);
    let state = match (
        on_fargate,
        case.pod.is_finished(),
        case.pod.is_terminating(),
    ) {
        (_, true, _) => "The pod has ended",
        (_, _, true) => "The pod is being deleted",
        (true, ..) => "The pod keeps running",
        (false, ..) => "The pod keeps waiting",
    };
    let message = format!("{state}: its claim is by profile {name}, which {what}.");
    let advice = fix_gone(case, name, &fate);
    let mut found = finding(case, Reason::ProfileGone, message)
        .certainty(certainty)
        .strength(if decides {
            Strength::Strong
        } else {
            Strength::Aside
        })
        .evidence([
            Evidence::found(
                case.object.clone(),
                format!("metadata.labels[{PROFILE_LABEL}]"),
                name,
            ),
            evidence,
        ])
        .fix(advice);
    if matches!(fate, Fate::Deleting) && on_fargate && !case.pod.is_finished() {
        found = found.severity(Severity::Warning);
    }
    if !decides && case.expected.kind == ExpectedKind::Fargate {
        found = found.severity(Severity::Info);
    }
    Some(found)
}

/// What to do about a profile that is gone, by what would happen to a new pod.
fn fix_gone(case: &PodCase<'_>, name: &str, fate: &Fate) -> Fix {
    let cluster = case.snapshot.cluster.name.as_ref();
    let is_deleting = matches!(fate, Fate::Deleting);
    let stops = if is_deleting && case.is_on_fargate() {
        "Deleting a profile deletes the pods that run by it, this one too. "
    } else {
        ""
    };
    match case.expected.kind {
        ExpectedKind::Fargate if case.is_on_fargate() => {
            let claimant = case.expected.profile.as_deref().unwrap_or_default();
            if is_deleting && case.chain.top.is_none() {
                let again = fix::recreate(case);
                return Fix {
                    text: format!("{stops}{}", again.text),
                    ..again
                };
            }
            fix::advice(format!(
                "{stops}Nothing has to be done: made again, the pod would be claimed by profile {claimant}."
            ))
        }
        ExpectedKind::NotFargate => {
            let waiting = case
                .unrestricted_matches
                .iter()
                .map(|found| found.profile)
                .find(|profile| profile.name != name && !profile.is_deleting());
            if let Some(other) = waiting {
                return fix_status(case, &other.name, other.status.as_ref());
            }
            let create = fix::create_profile(case);
            let wait = cluster.filter(|_| is_deleting).map(|cluster| {
                fix::about_profile(case, "wait fargate-profile-deleted", cluster, name)
            });
            let first = if is_deleting {
                "Wait until it is gone; no profile can be created before. "
            } else {
                ""
            };
            fix::with_commands(
                format!("{stops}{first}{}", create.text),
                wait.map(Into::into).into_iter().chain(create.commands),
            )
        }
        _ => fix::recreate_if_that_helps(case),
    }
}
