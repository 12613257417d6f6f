//! What would become of pods: those that would move, be refused, or belong to no profile.

use std::collections::{BTreeMap, BTreeSet};

use super::{EXAMPLES, Ground, advice, counted, note};
use crate::decision::facts::pod::PROFILE_LABEL;
use crate::decision::facts::{ObjectRef, Pod};
use crate::decision::finding::{Certainty, Evidence, Finding, Severity};
use crate::decision::placement::PodCase;
use crate::decision::placement::expected::absence_certainty;
use crate::decision::placement::matching::is_typo;
use crate::decision::placement::observed_profiles::ObservedProfile;
use crate::decision::reason::Reason;
use crate::decision::rules;
use crate::decision::survey::agreement::AgreementSight;
use crate::decision::survey::{PodSight, ProfileSight, Standing};

/// What would happen to a profile's pods if they were created again.
pub(super) fn of_profile(sight: &ProfileSight<'_>) -> Vec<Finding> {
    would_move(sight)
        .into_iter()
        .chain(would_be_refused(sight))
        .collect()
}

fn object(pod: &Pod) -> ObjectRef {
    ObjectRef::namespaced("pod", &pod.namespace, &pod.name)
}

/// Whether it is neither finished nor on its way out: only such a pod is replaced by a rollout.
fn is_living(pod: &Pod) -> bool {
    !pod.is_finished() && !pod.is_terminating()
}

fn namespaces_of(pods: &[&PodSight<'_>]) -> String {
    let names: BTreeSet<&str> = pods
        .iter()
        .map(|sight| sight.pod.namespace.as_str())
        .collect();
    match names.len() {
        0..=3 => format!("in {}", rules::list(names)),
        many => format!("in {many} namespaces"),
    }
}

fn would_move(sight: &ProfileSight<'_>) -> Option<Finding> {
    let moving: Vec<&PodSight<'_>> = sight
        .pods
        .iter()
        .filter(|pod| pod.standing == Standing::Claimable && pod.refused.is_empty())
        .filter(|pod| is_living(pod.pod))
        .collect();
    if moving.is_empty() {
        return None;
    }
    let one = moving.len() == 1;
    let message = format!(
        "{} {} {} not on Fargate by profile {}, and would be claimed by it if {} created again: a rollout, an eviction or a \
         restart moves {}.",
        counted(moving.len(), "pod"),
        namespaces_of(&moving),
        if one { "is" } else { "are" },
        sight.name,
        if one { "it were" } else { "they were" },
        if one { "it" } else { "them" },
    );
    let mut finding = note(Reason::PodsWouldMove, Severity::Warning, message);
    finding.evidence = moving
        .iter()
        .take(EXAMPLES)
        .map(|pod| {
            Evidence::found(object(pod.pod), "placement", pod.placement.kind.as_str())
                .wanted(format!("Fargate, by profile {}", sight.name))
        })
        .collect();
    finding.fix = advice(
        "If they belong on Fargate, make them again when it suits you; if not, give the profile a selector that leaves them out \
         (a new profile, as none can be edited) before their next rollout. --pods lists them.",
    );
    Some(finding)
}

fn would_be_refused(sight: &ProfileSight<'_>) -> Option<Finding> {
    let refused: Vec<&PodSight<'_>> = sight
        .pods
        .iter()
        .filter(|pod| !pod.refused.is_empty() && is_living(pod.pod))
        .collect();
    if refused.is_empty() {
        return None;
    }
    let waits = refused.iter().any(|pod| pod.standing == Standing::Waiting);
    let severity = if waits {
        Severity::Error
    } else {
        Severity::Warning
    };
    let mut reasons: Vec<&str> = Vec::new();
    for reason in refused.iter().flat_map(|pod| &pod.refused) {
        if !reasons.contains(&reason.as_str()) {
            reasons.push(reason.as_str());
        }
    }
    let message = format!(
        "{} {} would be claimed by profile {} if created again, and Fargate would then refuse {} ({}).",
        counted(refused.len(), "pod"),
        namespaces_of(&refused),
        sight.name,
        if refused.len() == 1 { "it" } else { "them" },
        rules::list(reasons),
    );
    let mut finding = note(Reason::PodsWouldBeRefused, severity, message);
    finding.evidence = refused
        .iter()
        .take(EXAMPLES)
        .map(|pod| {
            let reasons: Vec<&str> = pod.refused.iter().map(|reason| reason.as_str()).collect();
            Evidence::found(object(pod.pod), "spec", reasons.join(", ")).wanted("what Fargate runs")
        })
        .collect();
    finding.fix = advice(
        "Mend their templates, or keep them off Fargate by a profile that leaves them out; explain tells for each pod what is in \
         the way. Do not make them again before.",
    );
    Some(finding)
}

/// Pods that carry the name of a profile which is not there. `missing` has those that a claim wrote.
pub(super) fn of_cluster(
    ground: &Ground<'_, '_>,
    missing: &BTreeMap<&str, ObservedProfile<'_>>,
) -> Vec<Finding> {
    let snapshot = ground.snapshot;
    let profiles = &snapshot.profiles;
    if !profiles.is_whole() || profiles.has_nameless() {
        return Vec::new();
    }
    let mut pods_of: BTreeMap<&str, Vec<&Pod>> = BTreeMap::new();
    for pod in &snapshot.pods {
        if let Some(name) = pod.profile_label()
            && profiles.find(name).is_none()
        {
            pods_of.entry(name).or_default().push(pod);
        }
    }
    let certainty = absence_certainty(snapshot);
    pods_of
        .into_iter()
        .map(|(name, mut pods)| {
            pods.sort_by_key(|pod| (&pod.namespace, &pod.name));
            let mut known = profiles.list.iter().map(|profile| profile.name.as_str());
            let near = known.find(|known| is_typo(known, name));
            of_missing(name, near, &pods, missing.get(name), certainty)
        })
        .collect()
}

fn of_missing(
    name: &str,
    near: Option<&str>,
    pods: &[&Pod],
    claimed: Option<&ObservedProfile<'_>>,
    certainty: Certainty,
) -> Finding {
    let waits = |pod: &&Pod| pod.is_claimed() && is_living(pod) && pod.spec.node_name.is_none();
    let waiting = pods.iter().copied().filter(|pod| waits(pod)).count();
    let severity = if waiting > 0 {
        Severity::Error
    } else if pods.iter().any(|pod| is_living(pod)) {
        Severity::Warning
    } else {
        Severity::Info
    };
    let how = match claimed.map_or(0, |seen| seen.pods.len()) {
        0 => "; no claim wrote it",
        _ => "",
    };
    let absence = match certainty {
        Certainty::Certain => "which does not exist",
        _ => "which is not among the profiles given",
    };
    let then = match waiting {
        0 => String::new(),
        1 => " One waits for a node and gets none by it.".to_owned(),
        many => format!(" {many} wait for a node and get none by it."),
    };
    let hint = near.map_or_else(String::new, |near| format!(" There is {near}."));
    let message = format!(
        "The label of {} names profile {name}, {absence}{how}.{hint}{then}",
        counted(pods.len(), "pod")
    );
    let mut finding = note(Reason::PodsOfMissingProfile, severity, message);
    finding.certainty = certainty;
    finding.evidence = pods
        .iter()
        .take(EXAMPLES)
        .map(|pod| {
            Evidence::found(
                object(pod),
                format!("metadata.labels[{PROFILE_LABEL}]"),
                name,
            )
        })
        .collect();
    finding
        .evidence
        .push(Evidence::absent(PodCase::profile_object(name), "fargateProfileName").wanted(name));
    finding.fix = advice(
        "Ask explain about them: those that run stay until they are deleted, those that wait have to be made again once a profile \
         matches them. Take the label out of templates that carry it.",
    );
    finding
}

/// What nothing explains in the comparison with the labels that EKS wrote.
pub(super) fn of_agreement(agreement: &AgreementSight) -> Option<Finding> {
    let unexplained = agreement.unexplained();
    if unexplained == 0 {
        return None;
    }
    let message = format!(
        "On {unexplained} of {} on Fargate that were compared, EKS wrote another profile than our matching picks, and nothing \
         that was seen explains it. Take what we say about such pods with care.",
        counted(agreement.checked, "pod")
    );
    let mut finding = note(Reason::PredictionDiffers, Severity::Warning, message);
    finding.certainty = Certainty::Undecided;
    let unexplained = agreement.disagreements.iter().filter(|one| !one.explained);
    finding.evidence = unexplained
        .take(EXAMPLES)
        .map(|one| {
            let pod = ObjectRef::namespaced("pod", &one.namespace, &one.name);
            let predicted = one.predicted.as_deref().unwrap_or("no profile");
            Evidence::found(pod, format!("metadata.labels[{PROFILE_LABEL}]"), &one.label)
                .wanted(predicted)
        })
        .collect();
    finding.fix = advice(
        "Trust the label: it is what EKS did. Please report the case with the profiles' selectors and the pod's labels.",
    );
    Some(finding)
}
