//! Which selectors match: namespace, labels, wildcards, several profiles, the opt-out.

use super::{Family, Rule, RuleInfo, finding, fix, phrases, sources};
use crate::decision::facts::pod::{COMPUTE_TYPE_ANNOTATION, PROFILE_LABEL};
use crate::decision::facts::{FargateProfile, ProfileKnowledge};
use crate::decision::finding::{Certainty, Evidence, Finding, Fix, Severity, Strength};
use crate::decision::placement::expected::absence_certainty;
use crate::decision::placement::matching::{near_misses, order_is_ambiguous, try_selector};
use crate::decision::placement::{ExpectedKind, LabelMiss, PodCase, SelectorTrial};
use crate::decision::reason::Reason;

pub(super) const RULES: &[Rule] = &[
    Rule {
        info: RuleInfo {
            reason: Reason::MatchedProfile,
            family: Family::Selection,
            title: "claimed by the profile that matches it, as expected",
            evidence: "the pod's profile label and scheduler name, and the selectors of that profile",
            fix: "do nothing",
            source: sources::PROFILE,
            page: include_str!("pages/MatchedProfile.md"),
        },
        check: matched_profile,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::NoProfiles,
            family: Family::Selection,
            title: "the cluster has no Fargate profile",
            evidence: "the list of Fargate profiles, which is empty",
            fix: "create a profile for the pods that should run on Fargate, then recreate them",
            source: sources::PROFILE,
            page: include_str!("pages/NoProfiles.md"),
        },
        check: no_profiles,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::NamespaceNotSelected,
            family: Family::Selection,
            title: "no selector's namespace pattern fits the pod's namespace",
            evidence: "the pod's namespace against the namespace pattern of every selector",
            fix: "create a profile for the namespace, then recreate the pods; or leave them where they are",
            source: sources::PROFILE,
            page: include_str!("pages/NamespaceNotSelected.md"),
        },
        check: namespace_not_selected,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::LabelMismatch,
            family: Family::Selection,
            title: "a selector's namespace fits, a label it asks for is missing or differs",
            evidence: "the pod's labels against each selector whose namespace pattern fits",
            fix: "give the label to the pod template, or create a profile that does not ask for it",
            source: sources::PROFILE,
            page: include_str!("pages/LabelMismatch.md"),
        },
        check: label_mismatch,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::LabelOnlyOnOwner,
            family: Family::Selection,
            title: "the owner's own metadata has the label that its pod template lacks",
            evidence: "the owner's metadata.labels against its template's labels and the selectors",
            fix: "put the label into spec.template.metadata.labels of the owner",
            source: sources::PROFILE,
            page: include_str!("pages/LabelOnlyOnOwner.md"),
        },
        check: label_only_on_owner,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::ProfileLabelMismatch,
            family: Family::Selection,
            title: "the pod's profile label names a profile that does not match or does not exist",
            evidence: "the label eks.amazonaws.com/fargate-profile against the profile of that name",
            fix: "correct or remove the label in the pod template, or make the pod match that profile",
            source: sources::PROFILE,
            page: include_str!("pages/ProfileLabelMismatch.md"),
        },
        check: profile_label_mismatch,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::SeveralProfilesMatch,
            family: Family::Selection,
            title: "more than one active profile matches; the first by name claims the pod",
            evidence: "the selectors of all active profiles",
            fix: "narrow the selectors by new profiles, or name the profile by the pod's label",
            source: sources::PROFILE,
            page: include_str!("pages/SeveralProfilesMatch.md"),
        },
        check: several_profiles_match,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::OptedOut,
            family: Family::Selection,
            title: "the annotation eks.amazonaws.com/compute-type: ec2 keeps it off Fargate",
            evidence: "the pod's annotations",
            fix: "remove the annotation from the pod template where the pod should run on Fargate",
            source: sources::GETTING_STARTED,
            page: include_str!("pages/OptedOut.md"),
        },
        check: opted_out,
    },
];

fn matched_profile(case: &PodCase<'_>) -> Option<Finding> {
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
            "Profile {label} claimed the pod; created again now it would not go to Fargate ({}).",
            phrases::list(case.expected.because.iter().map(|reason| reason.as_str()))
        ),
        ExpectedKind::Refused => {
            format!("Profile {label} claimed the pod; created again now, Fargate would refuse it.")
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
fn matched_evidence(
    case: &PodCase<'_>,
    profile: Option<&FargateProfile>,
    labels: &std::collections::BTreeMap<String, String>,
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
            format!("selectors[{index}].labels[{}]", pair.key),
            pair.pattern.as_str(),
        )
        .wanted(pair.found.clone().unwrap_or_default())
    }));
    evidence
}

/// Whether "no profile matches" holds for this pod, and can be concluded.
fn is_known_unmatched(case: &PodCase<'_>) -> bool {
    !case.pod.is_claimed() && case.matches.is_empty() && case.snapshot.profiles.can_show_absence()
}

fn no_profiles(case: &PodCase<'_>) -> Option<Finding> {
    let profiles = &case.snapshot.profiles;
    if case.pod.is_claimed()
        || !profiles.list.is_empty()
        || profiles.knowledge != ProfileKnowledge::Complete
    {
        return None;
    }
    let cluster = case.snapshot.cluster.name.as_deref();
    let message = format!(
        "{} has no Fargate profile, so no pod can go to Fargate.",
        cluster.map_or("The cluster".to_owned(), |name| format!("Cluster {name}"))
    );
    let object = crate::decision::facts::ObjectRef::cluster_wide(
        "cluster",
        cluster.unwrap_or("this cluster"),
    );
    Some(
        finding(case, Reason::NoProfiles, message)
            .evidence([Evidence::found(object, "fargateProfiles", "none")
                .wanted("a profile that selects the pod")])
            .fix(fix::create_profile(case)),
    )
}

fn namespace_not_selected(case: &PodCase<'_>) -> Option<Finding> {
    if !is_known_unmatched(case)
        || case.snapshot.profiles.list.is_empty()
        || has_label_restriction(case)
    {
        return None;
    }
    let trials = trials(case);
    if trials.iter().any(|trial| trial.namespace.matched) {
        return None;
    }
    let mut covered: Vec<&str> = trials
        .iter()
        .map(|trial| trial.namespace.pattern.as_str())
        .collect();
    covered.sort_unstable();
    covered.dedup();
    let namespace = &case.pod.namespace;
    let message = if covered.is_empty() {
        format!("No profile has a selector, so none covers namespace {namespace}.")
    } else {
        format!(
            "No profile selects namespace {namespace}; {} covered.",
            match covered.len() {
                1 => format!("only {} is", covered[0]),
                count if count > 5 =>
                    format!("{} and {} more are", covered[..5].join(", "), count - 5),
                _ => format!("{} are", phrases::list(covered.iter().copied())),
            }
        )
    };
    let evidence = trials.iter().take(5).map(|trial| {
        Evidence::found(
            PodCase::profile_object(&trial.profile),
            format!("selectors[{}].namespace", trial.selector),
            trial.namespace.pattern.as_str(),
        )
        .wanted(format!("a pattern that fits {namespace}"))
    });
    Some(
        finding(case, Reason::NamespaceNotSelected, message)
            .certainty(absence_certainty(case.snapshot))
            .evidence(evidence)
            .fix(fix::create_profile(case)),
    )
}

/// The near misses of the pod's own labels, best first.
fn trials(case: &PodCase<'_>) -> Vec<SelectorTrial> {
    near_misses(
        &case.snapshot.profiles,
        &case.pod.namespace,
        &case.pod.labels,
        &case.chain.workloads,
    )
}

/// Whether a profile label that no claim wrote names the one profile that counts.
fn has_label_restriction(case: &PodCase<'_>) -> bool {
    !case.pod.is_claimed() && case.pod.profile_label().is_some()
}

fn label_mismatch(case: &PodCase<'_>) -> Option<Finding> {
    if !is_known_unmatched(case)
        || has_label_restriction(case)
        || owner_with_the_labels(case).is_some()
    {
        return None;
    }
    let trials = trials(case);
    let best = likeliest_meant(&trials)?;
    let mended = case.expected.kind == ExpectedKind::Fargate
        && case.chain.maker().is_some()
        && !case.is_template();
    let mut message = format!(
        "Profile {} covers namespace {}, but {}.",
        best.profile,
        case.pod.namespace,
        phrases::list(misses(best))
    );
    let advice = if mended {
        message.push_str(&format!(
            " {} has since been mended.",
            capitalised(&fix::template_name(case))
        ));
        fix::recreate(case)
    } else {
        match case.expected.kind {
            ExpectedKind::Refused | ExpectedKind::Undecided if case.expected.profile.is_some() => {
                fix::recreate_if_that_helps(case)
            }
            _ => fix::add_labels(case, best),
        }
    };
    Some(
        finding(case, Reason::LabelMismatch, message)
            .certainty(absence_certainty(case.snapshot))
            .evidence(miss_evidence(case, best))
            .fix(advice),
    )
}

/// The selector that was likely meant: one that only a slip keeps from matching, else the nearest.
pub(crate) fn likeliest_meant(trials: &[SelectorTrial]) -> Option<&SelectorTrial> {
    let is_slip = |miss: &LabelMiss| {
        matches!(
            miss,
            LabelMiss::DifferentCase { .. } | LabelMiss::Typo { .. }
        )
    };
    let near = || trials.iter().filter(|trial| trial.namespace.matched);
    near()
        .find(|trial| {
            trial
                .labels
                .iter()
                .filter_map(|pair| pair.miss.as_ref())
                .all(is_slip)
        })
        .or_else(|| near().next())
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

/// What the pod lacks for one selector, pair by pair, in words.
fn misses(trial: &SelectorTrial) -> Vec<String> {
    trial
        .labels
        .iter()
        .filter_map(|pair| {
            let wanted = format!("{}={}", pair.key, pair.pattern);
            Some(match pair.miss.as_ref()? {
                LabelMiss::Missing => format!("the pod has no label {wanted}"),
                LabelMiss::DifferentValue => format!(
                    "its label {} is {}, not {}",
                    pair.key,
                    pair.found.as_deref().unwrap_or_default(),
                    pair.pattern
                ),
                LabelMiss::DifferentCase { label } => {
                    format!("its label {label} differs from {wanted} in upper and lower case")
                }
                LabelMiss::Typo { label } => format!("its label {label} is not {wanted} (a typo?)"),
                LabelMiss::OnOwnerOnly { owner } => {
                    format!("the label {wanted} is on {owner} itself, not in its pod template")
                }
            })
        })
        .collect()
}

fn miss_evidence(case: &PodCase<'_>, trial: &SelectorTrial) -> Vec<Evidence> {
    trial
        .labels
        .iter()
        .filter(|pair| !pair.matched)
        .map(|pair| Evidence {
            object: case.object.clone(),
            field: format!("metadata.labels[{}]", pair.key),
            found: pair.found.clone(),
            wanted: Some(pair.pattern.to_string()),
        })
        .collect()
}

/// A selector and the owner whose own metadata has all that the pod misses for it.
fn owner_with_the_labels(case: &PodCase<'_>) -> Option<(SelectorTrial, String, Vec<Evidence>)> {
    let namespace = &case.pod.namespace;
    trials(case)
        .into_iter()
        .filter(|trial| trial.namespace.matched)
        .find_map(|trial| {
            let profile = case.snapshot.profiles.find(&trial.profile)?;
            let selector = profile.selectors.as_ref()?.get(trial.selector)?;
            let missed: Vec<_> = selector
                .labels
                .iter()
                .filter(|pair| !pair.is_met_by(&case.pod.labels))
                .collect();
            let owner = case
                .chain
                .workloads
                .iter()
                .find(|owner| missed.iter().all(|pair| pair.is_met_by(&owner.labels)))?;
            let template_has_it = case
                .chain
                .maker()
                .is_some_and(|maker| selector.matches(namespace, &maker.template.labels));
            if template_has_it || missed.is_empty() {
                return None;
            }
            let name = format!("{}/{}", owner.kind.as_str().to_lowercase(), owner.name);
            let object = crate::decision::facts::ObjectRef::namespaced(
                owner.kind.as_str(),
                namespace,
                &owner.name,
            );
            let evidence = missed
                .iter()
                .flat_map(|pair| {
                    let on_owner = owner
                        .labels
                        .iter()
                        .find(|(key, value)| pair.key.matches(key) && pair.value.matches(value))
                        .map(|(_, value)| value.clone());
                    [
                        Evidence {
                            object: object.clone(),
                            field: format!("metadata.labels[{}]", pair.key),
                            found: on_owner,
                            wanted: None,
                        },
                        Evidence {
                            object: object.clone(),
                            field: format!("spec.template.metadata.labels[{}]", pair.key),
                            found: owner.template.labels.get(pair.key.as_str()).cloned(),
                            wanted: Some(pair.value.to_string()),
                        },
                    ]
                })
                .collect();
            Some((trial, name, evidence))
        })
}

fn label_only_on_owner(case: &PodCase<'_>) -> Option<Finding> {
    if !is_known_unmatched(case) || has_label_restriction(case) {
        return None;
    }
    let (trial, owner, evidence) = owner_with_the_labels(case)?;
    let wanted = phrases::list(
        trial
            .labels
            .iter()
            .filter(|pair| !pair.matched)
            .map(|pair| format!("{}={}", pair.key, pair.pattern)),
    );
    let message = format!(
        "Profile {} asks for the label {wanted}. {owner} has it in its own metadata, but not in its pod template, and \
         only the pods' labels count.",
        trial.profile
    );
    Some(
        finding(case, Reason::LabelOnlyOnOwner, message)
            .certainty(absence_certainty(case.snapshot))
            .evidence(evidence)
            .fix(fix::add_labels(case, &trial)),
    )
}

fn profile_label_mismatch(case: &PodCase<'_>) -> Option<Finding> {
    let profiles = &case.snapshot.profiles;
    let name = case.pod.profile_label()?;
    let is_waiting_claim = case.pod.is_claimed() && !case.is_bound();
    if !profiles.are_read() || (case.pod.is_claimed() && !is_waiting_claim) {
        return None;
    }
    if case
        .unrestricted_matches
        .iter()
        .any(|found| found.profile.name == name)
    {
        return None;
    }
    let profile = profiles.find(name);
    let label = Evidence::found(
        case.object.clone(),
        format!("metadata.labels[{PROFILE_LABEL}]"),
        name,
    );
    let (message, certainty) = match profile {
        Some(profile) if profile.selectors.is_none() => return None,
        Some(profile) if is_waiting_claim && profile.is_deleting() => return None,
        Some(_) => (
            format!(
                "The pod's label names profile {name}, but no selector of {name} matches the pod."
            ),
            Certainty::Certain,
        ),
        // A claimed pod whose profile is not there has lost it: ProfileGone.
        None if is_waiting_claim
            || profiles.has_nameless()
            || !profiles.can_show_absence() && profiles.knowledge == ProfileKnowledge::Partial =>
        {
            return None;
        }
        None => (
            format!("The pod's label names profile {name}, which does not exist."),
            absence_certainty(case.snapshot),
        ),
    };
    let others: Vec<&str> = case
        .unrestricted_matches
        .iter()
        .map(|found| found.profile.name.as_str())
        .collect();
    let near = trials(case)
        .into_iter()
        .find(|trial| trial.profile == name && trial.namespace.matched)
        .map(|trial| miss_evidence(case, &trial))
        .unwrap_or_default();
    Some(
        finding(case, Reason::ProfileLabelMismatch, message)
            .certainty(certainty)
            .evidence([label])
            .evidence(near)
            .fix(fix_label(case, &others)),
    )
}

fn fix_label(case: &PodCase<'_>, others: &[&str]) -> Fix {
    let template = fix::template_name(case);
    let in_template = case
        .chain
        .maker()
        .is_none_or(|maker| maker.template.labels.contains_key(PROFILE_LABEL));
    if case.pod.is_claimed() && !in_template {
        // Fargate wrote the label when the pod still matched.
        return match case.expected.kind {
            ExpectedKind::Fargate => fix::recreate(case),
            _ => fix::advice(format!(
                "Give {template} the labels that the profile asks for, then make the pod again; as it is, no profile would \
                 claim the next one."
            )),
        };
    }
    let text = match others.first() {
        Some(other) => format!(
            "Correct the label {PROFILE_LABEL} in {template} to {other}, which matches, or remove it; then make the pods again."
        ),
        None => format!(
            "Remove the label {PROFILE_LABEL} from {template}, or change the pod's namespace or labels so that the \
             profile it names matches; the label only chooses among profiles that match."
        ),
    };
    let command = in_template
        .then(|| {
            fix::remove_from_template(case, "/metadata/labels/eks.amazonaws.com~1fargate-profile")
        })
        .flatten();
    fix::with_commands(text, command)
}

fn several_profiles_match(case: &PodCase<'_>) -> Option<Finding> {
    let active: Vec<_> = case
        .unrestricted_matches
        .iter()
        .filter(|found| found.profile.is_active())
        .copied()
        .collect();
    if active.len() < 2 {
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

/// Whether it is CoreDNS as EKS ships it.
fn is_core_dns(case: &PodCase<'_>) -> bool {
    let label =
        |key: &str, value: &str| case.pod.labels.get(key).is_some_and(|found| found == value);
    case.pod.namespace == "kube-system"
        && (label("eks.amazonaws.com/component", "coredns") || label("k8s-app", "kube-dns"))
}

fn opted_out(case: &PodCase<'_>) -> Option<Finding> {
    let value = case.pod.annotations.get(COMPUTE_TYPE_ANNOTATION)?;
    if value != "ec2" || case.pod.is_claimed() {
        return None;
    }
    let core_dns = is_core_dns(case);
    let mut message = format!(
        "The pod carries the annotation {COMPUTE_TYPE_ANNOTATION}: ec2, which keeps it off Fargate."
    );
    if !core_dns {
        message.push_str(
            " EKS documents this for CoreDNS only; users have seen it work for other pods.",
        );
    }
    let still_there = case.recreated.is_opted_out();
    let advice = if core_dns {
        fix_core_dns(case)
    } else if still_there {
        let path = "/metadata/annotations/eks.amazonaws.com~1compute-type";
        let in_template = case.chain.maker().is_some_and(|maker| {
            maker
                .template
                .annotations
                .contains_key(COMPUTE_TYPE_ANNOTATION)
        });
        let is_added = case.chain.maker().is_some() && !in_template;
        let text = if is_added {
            format!(
                "Leave it if EC2 is what you want; else find the webhook or policy that adds the annotation when the pod is \
                 created ({} does not have it) and exempt these pods.",
                fix::template_name(case)
            )
        } else {
            format!(
                "Leave it if EC2 is what you want; else remove the annotation from {}.",
                fix::template_name(case)
            )
        };
        fix::with_commands(
            text,
            in_template
                .then(|| fix::remove_from_template(case, path))
                .flatten(),
        )
    } else {
        fix::recreate_if_that_helps(case)
    };
    let decides =
        !case.matches.is_empty() || !case.snapshot.profiles.are_read() || case.is_template();
    Some(
        finding(case, Reason::OptedOut, message)
            .certainty(if core_dns {
                Certainty::Certain
            } else {
                Certainty::Likely
            })
            .strength(if decides {
                Strength::Strong
            } else {
                Strength::Aside
            })
            .evidence([Evidence::found(
                case.object.clone(),
                format!("metadata.annotations[{COMPUTE_TYPE_ANNOTATION}]"),
                "ec2",
            )
            .wanted("absent")])
            .fix(advice),
    )
}

/// The managed add-on writes its own template back, so its setting comes first.
fn fix_core_dns(case: &PodCase<'_>) -> Fix {
    let cluster = &case.snapshot.cluster;
    let Some(name) = &cluster.name else {
        let annotation = fix::remove_from_template(
            case,
            "/metadata/annotations/eks.amazonaws.com~1compute-type",
        );
        return fix::with_commands(
            "Where CoreDNS is the managed add-on, set its configuration value computeType to Fargate: a patched annotation \
             would be written back. Where it is not, remove the annotation (below). Both make the pods again.",
            annotation,
        );
    };
    let region = cluster.region.as_ref();
    let region = region
        .map(|region| format!(" --region {}", shell_words::quote(region)))
        .unwrap_or_default();
    let add_on = format!(
        "--cluster-name {}{region} --addon-name coredns",
        shell_words::quote(name)
    );
    fix::with_commands(
        "Where CoreDNS is the managed add-on (the first command tells, and shows the values it has), set its computeType to \
         Fargate (second command; add the values it has, since they are replaced): a patched annotation would be written back. \
         Where it is not, remove the annotation from the Deployment's pod template instead. Both make the pods again.",
        [
            format!("aws eks describe-addon {add_on} --query addon.configurationValues"),
            format!(
                "aws eks update-addon {add_on} --configuration-values {}",
                shell_words::quote(r#"{"computeType":"Fargate"}"#)
            ),
        ],
    )
}
