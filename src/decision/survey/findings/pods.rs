//! What would become of pods: those that would move, be refused, or belong to no profile.

use std::collections::BTreeMap;

use super::words::{explain_commands, is_one, place_of, remake_commands, who};
use super::{EXAMPLES, Ground, advice, counted, moves, note};
use crate::decision::facts::pod::PROFILE_LABEL;
use crate::decision::facts::{ClusterSnapshot, ObjectRef, Pod};
use crate::decision::finding::{Certainty, Evidence, Finding, Fix, Severity};
use crate::decision::placement::expected::absence_certainty;
use crate::decision::placement::matching::is_typo;
use crate::decision::placement::observed_profiles::ObservedProfile;
use crate::decision::placement::owners::OwnerChain;
use crate::decision::placement::{PlacementKind, PodCase};
use crate::decision::reason::Reason;
use crate::decision::rules;
use crate::decision::survey::agreement::AgreementSight;
use crate::decision::survey::{PodSight, ProfileSight, Standing};

/// What would happen to a profile's pods if they were created again.
pub(super) fn of_profile(ground: &Ground<'_, '_>, sight: &ProfileSight<'_>) -> Vec<Finding> {
    let mut findings = moves::of_profile(ground, sight);
    findings.extend(would_be_refused(ground, sight));
    findings
}

pub(super) fn object(pod: &Pod) -> ObjectRef {
    ObjectRef::namespaced("pod", &pod.namespace, &pod.name)
}

/// Whether it is neither finished nor on its way out: only such a pod is replaced by a rollout.
pub(super) fn is_living(pod: &Pod) -> bool {
    !pod.is_finished() && !pod.is_terminating()
}

/// The least sure of them.
pub(super) fn weakest(pods: &[&PodSight<'_>]) -> Certainty {
    let all = pods.iter().map(|sight| sight.certainty);
    all.max().unwrap_or(Certainty::Certain)
}

fn would_be_refused(ground: &Ground<'_, '_>, sight: &ProfileSight<'_>) -> Vec<Finding> {
    let (mut refused, mut held, mut others) = (Vec::new(), Vec::new(), Vec::new());
    let pods = sight.pods.iter();
    for pod in pods.filter(|pod| !pod.refused.is_empty() && is_living(pod.pod)) {
        let is_stuck = pod.standing == Standing::Waiting
            || pod.placement.kind == PlacementKind::Rejected && pod.pod.is_claimed();
        match pod.standing {
            _ if is_stuck && pod.is_refused => refused.push(pod),
            Standing::OnFargate | Standing::Waiting => held.push(pod),
            _ => others.push(pod),
        }
    }
    let finding = |pods: &[&PodSight<'_>], severity, message: String, text: &str| {
        let mut finding = note(Reason::PodsWouldBeRefused, severity, message);
        finding.certainty = weakest(pods);
        finding.evidence = pods
            .iter()
            .take(EXAMPLES)
            .map(|pod| Evidence::found(object(pod.pod), "spec", reasons_of(&[*pod])))
            .collect();
        finding.fix = Some(Fix {
            text: text.to_owned(),
            commands: explain_commands(ground.snapshot, pods),
        });
        finding
    };
    let mut findings = Vec::new();
    if !refused.is_empty() {
        let (is, waits) = match is_one(&refused) {
            true => ("is", "waits"),
            false => ("are", "wait"),
        };
        let message = format!(
            "{} {is} claimed, refused and {waits} for good ({}).",
            who(&refused, ""),
            reasons_of(&refused)
        );
        let text = "Mend the template, or keep it off Fargate; explain tells for each pod what is in the way.";
        findings.push(finding(&refused, Severity::Error, message, text));
    }
    for (pods, place, refusal) in [
        (&held, "", "made again, Fargate refuses"),
        (&others, "elsewhere", "would be claimed, then refused"),
    ] {
        if pods.is_empty() {
            continue;
        }
        let message = match place {
            "" => format!(
                "{}: {refusal} {} ({}).",
                who(pods, place),
                if is_one(pods) { "it" } else { "them" },
                reasons_of(pods)
            ),
            _ => format!(
                "{} {refusal} when made again ({}).",
                who(pods, place_of(pods)),
                reasons_of(pods)
            ),
        };
        let text = "Do not make them again before the template is mended, or a profile or the annotation \
                    eks.amazonaws.com/compute-type: ec2 keeps them off Fargate; explain tells what is in the way.";
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        findings.push(finding(pods, Severity::Warning, message, &text));
    }
    findings
}

/// Why Fargate refuses them, each reason once.
fn reasons_of(pods: &[&PodSight<'_>]) -> String {
    let mut reasons: Vec<&str> = Vec::new();
    for reason in pods.iter().flat_map(|pod| &pod.refused) {
        if !reasons.contains(&reason.as_str()) {
            reasons.push(reason.as_str());
        }
    }
    rules::list(reasons)
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
            let claimed = missing.get(name).map_or(0, |seen| seen.pods.len());
            of_missing(snapshot, (name, near), &pods, claimed, certainty)
        })
        .collect()
}

fn of_missing(
    snapshot: &ClusterSnapshot,
    (name, near): (&str, Option<&str>),
    pods: &[&Pod],
    claimed: usize,
    certainty: Certainty,
) -> Finding {
    let waits = |pod: &&&Pod| pod.is_claimed() && is_living(pod) && pod.node_name.is_none();
    let waiting: Vec<&Pod> = pods.iter().filter(waits).copied().collect();
    let severity = if !waiting.is_empty() {
        Severity::Error
    } else if pods.iter().any(|pod| is_living(pod)) {
        Severity::Warning
    } else {
        Severity::Info
    };
    let absence = match certainty {
        Certainty::Certain => "which does not exist",
        _ => "which is not among the profiles given",
    };
    let is_one = pods.len() == 1;
    let has_it_by_template = |pod: &&Pod| {
        let chain = OwnerChain::of_pod(snapshot, pod);
        let label = chain.maker().map(|maker| &maker.template.labels);
        label.is_some_and(|labels| labels.get(PROFILE_LABEL).is_some_and(|found| found == name))
    };
    let by_hand = match claimed {
        0 if pods.iter().all(has_it_by_template) => match is_one {
            true => "; its template sets it, no claim did",
            false => "; their template sets it, no claim did",
        },
        0 => "; no claim wrote it",
        _ => "",
    };
    let hint = near.map_or_else(String::new, |near| format!(" Did you mean {near}?"));
    let then = match (waiting.len(), is_one) {
        (0, _) => String::new(),
        (1, true) => " It waits for good.".to_owned(),
        (1, false) => " 1 of them waits for good.".to_owned(),
        (all, _) if all == pods.len() => " They wait for good.".to_owned(),
        (many, _) => format!(" {many} of them wait for good."),
    };
    let message = format!(
        "{} {} the name of profile {name}, {absence}{by_hand}.{hint}{then}",
        counted(pods.len(), "pod"),
        if is_one { "carries" } else { "carry" },
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
    let text = match waiting.is_empty() {
        true => {
            "Those that run stay until they are deleted; see that a profile matches them before they are made again. Take the \
             label out of templates that carry it."
        }
        false => {
            "Make those that wait again once a profile matches them: none takes over what another claimed. Those that run stay \
             until they are deleted."
        }
    };
    finding.fix = Some(Fix {
        text: text.to_owned(),
        commands: remake_commands(snapshot, waiting),
    });
    finding
}

/// What nothing explains in the comparison with the labels that EKS wrote.
pub(super) fn of_agreement(agreement: &AgreementSight) -> Option<Finding> {
    let unexplained = agreement.unexplained();
    if unexplained == 0 {
        return None;
    }
    let message = format!(
        "On {unexplained} of {} on Fargate that were compared, EKS wrote another profile than was predicted, and nothing that \
         was seen explains it: our matching, or the profiles given, may be wrong.",
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
