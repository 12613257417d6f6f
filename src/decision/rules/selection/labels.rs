//! Labels that keep a selector from matching: missing, different, on the owner only, or naming a profile.

use super::{has_label_restriction, is_known_unmatched, trials};
use crate::decision::facts::Fit;
use crate::decision::facts::pod::PROFILE_LABEL;
use crate::decision::finding::{Certainty, Evidence, Finding, Fix};
use crate::decision::placement::expected::absence_certainty;
use crate::decision::placement::{ExpectedKind, LabelMiss, LabelTrial, PodCase, SelectorTrial};
use crate::decision::reason::Reason;
use crate::decision::rules::{finding, fix, phrases};

pub(super) fn label_mismatch(case: &PodCase<'_>) -> Option<Finding> {
    if !is_known_unmatched(case)
        || has_label_restriction(case)
        || case.near_misses().is_any_on_owner()
    {
        return None;
    }
    let (namespace, labels) = (&case.pod.namespace, &case.pod.labels);
    let owners = &case.chain.workloads;
    let best = case.near_misses().likeliest(namespace, labels, owners)?;
    let best = &best;
    let mended = case.expected.kind == ExpectedKind::Fargate
        && case.chain.maker().is_some()
        && !case.is_template();
    let covers = match best.expression("namespace") {
        Some(expression) => {
            format!("covers a namespace that is not told ({expression}); whichever it is")
        }
        None => format!("covers namespace {}, but", case.pod.namespace),
    };
    let mut message = format!(
        "Profile {} {covers} {}.",
        best.profile,
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
    // Where no namespace fits for sure, one that is not known is no obstacle, and the labels are.
    let is_any_sure = trials.iter().any(|trial| trial.namespace.matched);
    let near = || {
        trials.iter().filter(move |trial| {
            trial.namespace.matched || !is_any_sure && trial.namespace.may_match
        })
    };
    near()
        .find(|trial| {
            trial
                .labels
                .iter()
                .filter_map(|pair| pair.miss.as_ref())
                .all(LabelMiss::is_slip)
        })
        .or_else(|| near().next())
}

pub(super) fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

/// What the pod lacks for one selector, pair by pair, in words.
pub(super) fn misses(trial: &SelectorTrial) -> Vec<String> {
    trial
        .labels
        .iter()
        .filter_map(|pair| {
            let (key, value) = (&pair.key_in_words, &pair.value_in_words);
            let wanted = pair.in_words();
            Some(match pair.miss.as_ref()? {
                LabelMiss::Missing if pair.key.is_none() => {
                    format!("no label of the pod has the value of {wanted}")
                }
                LabelMiss::Missing => format!("the pod has no label {wanted}"),
                LabelMiss::DifferentValue => format!(
                    "the pod's label {key} is {}, not {value}",
                    pair.found.as_deref().unwrap_or_default(),
                ),
                LabelMiss::DifferentCase { label } => {
                    format!("the pod's label {label} differs from {wanted} in upper and lower case")
                }
                LabelMiss::Typo { label } => {
                    format!("the pod's label {label} is not {wanted} (a typo?)")
                }
                LabelMiss::OnOwnerOnly { owner } => {
                    format!("the label {wanted} is on {owner} itself, not in its pod template")
                }
            })
        })
        .collect()
}

pub(super) fn miss_evidence(case: &PodCase<'_>, trial: &SelectorTrial) -> Vec<Evidence> {
    trial
        .labels
        .iter()
        .filter(|pair| pair.miss.is_some())
        .map(|pair| Evidence {
            object: case.object.clone(),
            field: match pair.key {
                Some(_) => format!("metadata.labels[{}]", pair.key_in_words),
                None => "metadata.labels".to_owned(),
            },
            found: match pair.key {
                Some(_) => pair.found.clone(),
                None => Some("none with that value".to_owned()),
            },
            wanted: Some(match pair.key {
                Some(_) => pair.value_in_words.to_string(),
                None => pair.in_words(),
            }),
        })
        .collect()
}

/// A selector and the owner whose own metadata has all that the pod misses for it.
pub(super) fn owner_with_the_labels(
    case: &PodCase<'_>,
) -> Option<(SelectorTrial, String, Vec<Evidence>)> {
    let (namespace, labels) = (&case.pod.namespace, &case.pod.labels);
    let near = case.near_misses();
    let (trial, selector, owner) = near.on_owner(namespace, labels, &case.chain.workloads)?;
    let missed: Vec<_> = selector
        .labels
        .iter()
        .filter(|pair| !pair.is_met_by(labels))
        .collect();
    let name = format!("{}/{}", owner.kind.as_str().to_lowercase(), owner.name);
    let object =
        crate::decision::facts::ObjectRef::namespaced(owner.kind.as_str(), namespace, &owner.name);
    let evidence = missed
        .iter()
        .flat_map(|pair| {
            let on_owner = owner
                .labels
                .iter()
                .find(|(key, value)| pair.key.matches(key) && pair.value.matches(value))
                .map(|(_, value)| value.to_owned());
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
                    found: owner
                        .template
                        .labels
                        .get(pair.key.as_str())
                        .map(str::to_owned),
                    wanted: Some(pair.value.to_string()),
                },
            ]
        })
        .collect();
    Some((trial, name, evidence))
}

pub(super) fn label_only_on_owner(case: &PodCase<'_>) -> Option<Finding> {
    if !is_known_unmatched(case) || has_label_restriction(case) {
        return None;
    }
    let (trial, owner, evidence) = owner_with_the_labels(case)?;
    let wanted = phrases::list(
        trial
            .labels
            .iter()
            .filter(|pair| !pair.matched)
            .map(LabelTrial::in_words),
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

pub(super) fn profile_label_mismatch(case: &PodCase<'_>) -> Option<Finding> {
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
        Some(profile) if profile.fit(&case.pod.namespace, &case.pod.labels) == Fit::Unknown => {
            return None;
        }
        Some(profile) if is_waiting_claim && profile.is_deleting() => return None,
        Some(_) => (
            format!(
                "The pod's label names profile {name}, but no selector of {name} matches the pod."
            ),
            Certainty::Certain,
        ),
        // A claimed pod whose profile is not there has lost it: ProfileGone.
        None if is_waiting_claim || !case.can_show_absence() => return None,
        None if profiles.has_nameless() => (
            format!(
                "The pod's label names profile {name}, and no profile that may have that name matches the pod."
            ),
            absence_certainty(case.snapshot),
        ),
        None => (
            format!("The pod's label names profile {name}, which does not exist."),
            absence_certainty(case.snapshot),
        ),
    };
    let others: Vec<&str> = case
        .unrestricted_matches
        .iter()
        .filter(|found| found.profile.is_active() && found.profile.name_is_known)
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

pub(super) fn fix_label(case: &PodCase<'_>, others: &[&str]) -> Fix {
    let template = fix::template_name(case);
    let in_template = case
        .chain
        .maker()
        .is_none_or(|maker| maker.template.labels.contains_key(PROFILE_LABEL));
    if !in_template {
        // Fargate wrote the label when the pod still matched, or the template has been mended since.
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
            "Correct the label {PROFILE_LABEL} in {template} to {other}, which matches, or remove it; {}.",
            fix::what_follows(case)
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
