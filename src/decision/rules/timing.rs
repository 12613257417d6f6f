//! What was there first: the pod, its profile, the webhook, its labels.

use super::{Family, Rule, RuleInfo, finding, fix, phrases, sources};
use crate::decision::facts::pod::{COMPUTE_TYPE_ANNOTATION, FARGATE_SCHEDULER, PROFILE_LABEL};
use crate::decision::facts::{ObjectRef, ProfileStatus};
use crate::decision::finding::{Certainty, Evidence, Finding, Fix, Severity, Strength};
use crate::decision::placement::case::GRACE_SECONDS;
use crate::decision::placement::expected::{FARGATE_WEBHOOK, WebhookSight, absence_certainty};
use crate::decision::placement::matching::{matching_profiles, matching_selector};
use crate::decision::placement::{ExpectedKind, PodCase};
use crate::decision::reason::Reason;

pub(super) const RULES: &[Rule] = &[
    Rule {
        info: RuleInfo {
            reason: Reason::OlderThanProfile,
            family: Family::Timing,
            title: "the pod was there before its profile could claim it",
            evidence: "the pod's creationTimestamp against the profile's createdAt",
            fix: "recreate the pod; a profile claims only pods that are created after it is ACTIVE",
            source: sources::FARGATE,
            page: include_str!("pages/OlderThanProfile.md"),
        },
        check: older_than_profile,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::ProfileNotActive,
            family: Family::Timing,
            title: "no profile that matches is ACTIVE",
            evidence: "the status of the profiles that match",
            fix: "wait for the profile or mend it, then recreate the pod",
            source: sources::PROFILE,
            page: include_str!("pages/ProfileNotActive.md"),
        },
        check: profile_not_active,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::ProfileGone,
            family: Family::Timing,
            title: "the profile that claimed the pod is deleted, being deleted, or was made anew since",
            evidence: "the pod's profile label against the profile's presence, status and createdAt",
            fix: "recreate the pod once another profile matches it",
            source: sources::PROFILE,
            page: include_str!("pages/ProfileGone.md"),
        },
        check: profile_gone,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::WebhookMissing,
            family: Family::Timing,
            title: "the webhook by which EKS claims pods is not in the cluster",
            evidence: "the MutatingWebhookConfigurations of the cluster",
            fix: "have the webhook restored, then recreate the pod",
            source: "https://github.com/aws/karpenter-provider-aws/issues/7455",
            page: include_str!("pages/WebhookMissing.md"),
        },
        check: webhook_missing,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::WebhookSkipped,
            family: Family::Timing,
            title: "everything was in place, and the webhook did not claim the pod: it fails open",
            evidence: "a matching ACTIVE profile that is clearly older than the pod, and the webhook's presence",
            fix: "recreate the pod",
            source: "https://github.com/aws/karpenter-provider-aws/issues/7455",
            page: include_str!("pages/WebhookSkipped.md"),
        },
        check: webhook_skipped,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::LabelsChangedLater,
            family: Family::Timing,
            title: "the pod's labels were changed after it was created",
            evidence: "the pod's labels against its template's, or against the profile that claimed it",
            fix: "put the labels into the pod template and recreate the pod",
            source: sources::FARGATE,
            page: include_str!("pages/LabelsChangedLater.md"),
        },
        check: labels_changed_later,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::ChangedAtAdmission,
            family: Family::Timing,
            title: "something stands in the pod that its template does not have",
            evidence: "the pod's spec and annotations against the template it was made from",
            fix: "find the webhook or policy that adds it, and exempt these pods",
            source: "https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/",
            page: include_str!("pages/ChangedAtAdmission.md"),
        },
        check: changed_at_admission,
    },
];

/// How the pod's creation compares with that of the matching ACTIVE profiles.
enum Age {
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

fn age(case: &PodCase<'_>) -> Age {
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

fn is_unclaimed_match(case: &PodCase<'_>) -> bool {
    !case.is_template()
        && !case.pod.is_claimed()
        && !case.matches.is_empty()
        && !case.chain.is_daemon_set()
}

fn older_than_profile(case: &PodCase<'_>) -> Option<Finding> {
    if !is_unclaimed_match(case) {
        return None;
    }
    let created = case.pod.created_at?;
    let profile = case.active_matches().next()?.profile;
    let name = &profile.name;
    let has_unstated = case
        .active_matches()
        .any(|found| found.profile.created_at.is_none());
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
            let gap = match phrases::between(began, created).as_str() {
                "0s" => "in the same second in which the creation of profile".to_owned(),
                gap => format!("{gap} before the creation of profile"),
            };
            let certainty = if has_unstated {
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

fn profile_not_active(case: &PodCase<'_>) -> Option<Finding> {
    let waiting_claim = case.pod.is_claimed() && !case.is_bound();
    let profiles: Vec<_> = if waiting_claim {
        case.labelled_profile()
            .into_iter()
            .filter(|profile| !profile.is_active() && !profile.is_deleting())
            .collect()
    } else if (is_unclaimed_match(case) || case.is_template() && !case.matches.is_empty())
        && case.active_matches().next().is_none()
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
        format!(
            "Profile {} matches the pod, but its status is {status}; only an ACTIVE profile claims pods (likely: no document says so).",
            first.name
        )
    } else {
        format!(
            "Profiles {} match the pod, but none is ACTIVE, and only an ACTIVE profile claims pods (likely: no document says so).",
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

fn fix_status(case: &PodCase<'_>, name: &str, status: Option<&ProfileStatus>) -> Fix {
    let again = fix::recreate(case);
    match status {
        Some(ProfileStatus::Creating) => {
            let wait = case.snapshot.cluster.name.as_ref().map(|cluster| {
                format!(
                    "aws eks wait fargate-profile-active --cluster-name {} --fargate-profile-name {}",
                    shell_words::quote(cluster),
                    shell_words::quote(name)
                )
            });
            fix::with_commands(
                format!(
                    "Wait until profile {name} is ACTIVE, then make the pods again. {}",
                    again.text
                ),
                wait.into_iter().chain(again.commands),
            )
        }
        Some(ProfileStatus::Deleting) => fix::advice(format!(
            "Profile {name} is being deleted: create another profile that matches once it is gone, then make the pods again."
        )),
        _ => fix::advice(format!(
            "Look at profile {name} (aws eks describe-fargate-profile), delete it and create it again; profiles cannot be \
             edited, and deleting one deletes the pods that run by it. Make the pods again once it is ACTIVE."
        )),
    }
}

/// What became of the profile that claimed the pod.
enum Fate {
    Absent,
    Deleting,
    MadeAnew,
}

fn fate(case: &PodCase<'_>) -> Option<Fate> {
    let profiles = &case.snapshot.profiles;
    if !case.pod.is_claimed() || !profiles.are_read() {
        return None;
    }
    let Some(profile) = case.labelled_profile() else {
        let can_tell = profiles.knowledge != crate::decision::facts::ProfileKnowledge::Partial
            && !profiles.has_nameless();
        return can_tell.then_some(Fate::Absent);
    };
    if profile.is_deleting() {
        return Some(Fate::Deleting);
    }
    match (profile.created_at, case.pod.created_at) {
        (Some(profile), Some(pod)) if profile.as_second() > pod.as_second() => Some(Fate::MadeAnew),
        _ => None,
    }
}

/// Whether the profile that the label names no longer matches the pod's own labels, as far as its selectors were seen.
fn label_profile_no_longer_matches(case: &PodCase<'_>) -> bool {
    case.labelled_profile().is_some_and(|profile| {
        profile.selectors.is_some()
            && matching_selector(profile, &case.pod.namespace, &case.pod.labels).is_none()
    })
}

fn profile_gone(case: &PodCase<'_>) -> Option<Finding> {
    if case.is_bound() && !case.is_on_fargate() {
        return None;
    }
    let name = case.pod.profile_label()?;
    let fate = fate(case)?;
    let object = PodCase::profile_object(name);
    let (what, evidence, certainty) = match fate {
        Fate::Absent => (
            "no longer exists",
            Evidence::absent(object, "fargateProfileName").wanted(name),
            absence_certainty(case.snapshot),
        ),
        Fate::Deleting => (
            "is being deleted",
            Evidence::found(object, "status", "DELETING").wanted("ACTIVE"),
            Certainty::Certain,
        ),
        Fate::MadeAnew => {
            let created = case
                .labelled_profile()
                .and_then(|profile| profile.created_at);
            (
                "was made anew since: it is younger than the pod",
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
        !on_fargate || !matches!(fate, Fate::MadeAnew) || label_profile_no_longer_matches(case);
    let state = if on_fargate {
        "The pod runs on Fargate; profile"
    } else {
        "The pod waits for Fargate; profile"
    };
    let message = format!("{state} {name}, which claimed it, {what}.");
    let advice = match case.expected.kind {
        ExpectedKind::Fargate if on_fargate => fix::advice(format!(
            "Nothing has to be done at once; created again, profile {} would claim the pod.",
            case.expected.profile.as_deref().unwrap_or_default()
        )),
        ExpectedKind::NotFargate => Fix {
            text: format!(
                "Create a profile that matches before the pod is made again; without one it would not go to Fargate. {}",
                fix::create_profile(case).text
            ),
            commands: fix::create_profile(case).commands,
        },
        _ => fix::recreate_if_that_helps(case),
    };
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
    if !decides && case.expected.kind == ExpectedKind::Fargate {
        found = found.severity(Severity::Info);
    }
    Some(found)
}

fn webhook_missing(case: &PodCase<'_>) -> Option<Finding> {
    let matched = is_unclaimed_match(case) || case.is_template() && !case.matches.is_empty();
    if case.webhook != WebhookSight::Absent || !matched || case.active_matches().next().is_none() {
        return None;
    }
    if case.is_template() && case.expected.kind == ExpectedKind::Fargate {
        return None;
    }
    let name = &case.active_matches().next()?.profile.name;
    Some(
        finding(
            case,
            Reason::WebhookMissing,
            format!(
                "Profile {name} matches, but the webhook by which EKS claims pods ({FARGATE_WEBHOOK}) is not in the cluster, so no new pod goes to Fargate."
            ),
        )
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

fn webhook_skipped(case: &PodCase<'_>) -> Option<Finding> {
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

fn labels_changed_later(case: &PodCase<'_>) -> Option<Finding> {
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
    if matches!(fate(case), Some(Fate::MadeAnew)) {
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
            found: case.pod.labels.get(pair.key.as_str()).cloned(),
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
fn claim_label_is_gone(case: &PodCase<'_>) -> Finding {
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
fn labels_came_later(case: &PodCase<'_>) -> Option<Finding> {
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
            found: case.pod.labels.get(pair.key.as_str()).cloned(),
            wanted: Some("the same label in the template".to_owned()),
        })
        .collect();
    Some(
        finding(
            case,
            Reason::LabelsChangedLater,
            format!(
                "The pod matches profile {}, but the template it was made from does not: the pod was likely labelled after it was created, and only the labels at creation count.",
                found.profile.name
            ),
        )
        .certainty(Certainty::Likely)
        .evidence(evidence)
        .fix(match case.expected.kind {
            ExpectedKind::Fargate => fix::recreate(case),
            ExpectedKind::Refused => fix::refused(case),
            _ => fix::advice(format!(
                "To run it on Fargate, put the label into {}; the pods are then made again.",
                fix::template_name(case)
            )),
        }),
    )
}

fn changed_at_admission(case: &PodCase<'_>) -> Option<Finding> {
    let source = case.chain.made_from?;
    let mut what = Vec::new();
    let mut evidence = Vec::new();
    if !case.pod.is_claimed()
        && case
            .pod
            .annotations
            .get(COMPUTE_TYPE_ANNOTATION)
            .is_some_and(|value| value == "ec2")
        && !source.annotations.contains_key(COMPUTE_TYPE_ANNOTATION)
    {
        what.push(format!("the annotation {COMPUTE_TYPE_ANNOTATION}: ec2"));
        let field = format!("metadata.annotations[{COMPUTE_TYPE_ANNOTATION}]");
        evidence.push(Evidence::found(case.object.clone(), field.clone(), "ec2"));
        evidence.push(Evidence::absent(
            case.workload_object(),
            format!("spec.template.{field}"),
        ));
    }
    // Of a pod that no profile would claim, Fargate's refusals are nobody's business.
    let is_of_fargate = case.pod.is_claimed() || case.expected.profile.is_some();
    let of_template = crate::decision::placement::refusal::blockers(
        &source.spec,
        crate::decision::placement::refusal::RefusalQuestion {
            snapshot: case.snapshot,
            namespace: &case.pod.namespace,
            object: &case.object,
            runs_with: Some(&source.spec),
        },
    );
    if is_of_fargate && !case.is_on_fargate() {
        for blocker in &case.blockers {
            let is_volume = matches!(
                blocker.reason,
                Reason::VolumeNotBound | Reason::VolumeNotEfs | Reason::VolumesUnknown
            );
            let in_template = of_template
                .iter()
                .any(|other| other.reason == blocker.reason && other.what == blocker.what);
            if !in_template && !is_volume {
                what.push(blocker.what.clone());
                evidence.push(blocker.evidence.clone());
                evidence.push(Evidence::absent(
                    case.workload_object(),
                    format!("spec.template.{}", blocker.evidence.field),
                ));
            }
        }
    }
    if what.is_empty() {
        return None;
    }
    Some(
        finding(
            case,
            Reason::ChangedAtAdmission,
            format!("{} stands in the pod and not in the template it was made from: something added it at admission.", phrases::list(what)),
        )
        .severity(Severity::Info)
        .strength(Strength::Aside)
        .evidence(evidence)
        .fix(fix::advice(
            "Find the webhook or policy that adds it (kubectl get mutatingwebhookconfigurations) and exempt these pods from it.",
        )),
    )
}
