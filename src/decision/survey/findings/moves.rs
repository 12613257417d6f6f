//! Pods that would change hands if they were created again: to this profile, or away from Fargate.

use std::collections::BTreeMap;

use super::pods::{is_living, object, weakest};
use super::words::{explain_commands, is_one, place_of, remake_commands, who};
use super::{EXAMPLES, Ground, note};
use crate::decision::facts::Profiles;
use crate::decision::finding::{Evidence, Finding, Fix, Severity};
use crate::decision::placement::PlacementKind;
use crate::decision::reason::Reason;
use crate::decision::survey::{PodSight, ProfileSight, Standing};

/// What the profile would gain and lose, by where the pods are now.
pub(super) fn of_profile(ground: &Ground<'_, '_>, sight: &ProfileSight<'_>) -> Vec<Finding> {
    let (mut elsewhere, mut leaving) = (Vec::new(), Vec::new());
    let (mut running, mut waiting): (ByHolder<'_, '_>, ByHolder<'_, '_>) = Default::default();
    for pod in sight.pods.iter().filter(|pod| is_living(pod.pod)) {
        let holder = pod.pod.profile_label().filter(|_| pod.pod.is_claimed());
        match (pod.standing, pod.placement.kind, holder) {
            (Standing::OnFargate, _, _) if would_leave(pod) => leaving.push(pod),
            (Standing::Claimable, ..) if !pod.refused.is_empty() => {}
            (Standing::Claimable, PlacementKind::Fargate, Some(holder)) => {
                running.entry(holder).or_default().push(pod);
            }
            (Standing::Claimable, PlacementKind::FargatePending, Some(holder)) => {
                waiting.entry(holder).or_default().push(pod);
            }
            (Standing::Claimable, ..) => elsewhere.push(pod),
            _ => {}
        }
    }
    let name = sight.name.as_str();
    let profiles = &ground.snapshot.profiles;
    let mut findings = Vec::new();
    findings.extend(from_elsewhere(ground, name, &elsewhere));
    let waiting = waiting.into_iter();
    findings.extend(waiting.map(|(holder, pods)| from_a_queue(ground, (holder, name), &pods)));
    let running = running.into_iter();
    findings.extend(running.map(|(holder, pods)| {
        let is_there = profiles.find(holder).is_some();
        from_another(ground, (holder, is_there), name, &pods)
    }));
    findings.extend(to_elsewhere(ground, name, &leaving));
    findings
}

/// Pods by the profile that claimed them.
type ByHolder<'s, 'a> = BTreeMap<&'s str, Vec<&'s PodSight<'a>>>;

/// Whether a pod on Fargate would not come back to Fargate, by what has been changed since in its template or the profiles.
fn would_leave(pod: &PodSight<'_>) -> bool {
    let is_told_elsewhere = [Reason::ProfileNotActive, Reason::WebhookMissing];
    pod.claimant.is_none()
        && pod
            .unclaimed
            .is_some_and(|reason| !is_told_elsewhere.contains(&reason))
}

fn is_or_are(pods: &[&PodSight<'_>]) -> &'static str {
    if is_one(pods) { "is" } else { "are" }
}

fn told(
    severity: Severity,
    message: String,
    pods: &[&PodSight<'_>],
    wanted: &str,
    fix: Fix,
) -> Finding {
    let mut finding = note(Reason::PodsWouldMove, severity, message);
    finding.certainty = weakest(pods);
    finding.evidence = pods
        .iter()
        .take(EXAMPLES)
        .map(|pod| {
            let holder = pod.pod.profile_label().filter(|_| pod.pod.is_claimed());
            let place = match (pod.placement.kind, holder) {
                (PlacementKind::Fargate, Some(holder)) => format!("Fargate, by profile {holder}"),
                (PlacementKind::FargatePending, Some(holder)) => {
                    format!("no node, claimed by profile {holder}")
                }
                (kind, _) => kind.as_str().to_owned(),
            };
            Evidence::found(object(pod.pod), "placement", place).wanted(wanted)
        })
        .collect();
    finding.fix = Some(fix);
    finding
}

fn from_elsewhere(ground: &Ground<'_, '_>, name: &str, pods: &[&PodSight<'_>]) -> Option<Finding> {
    if pods.is_empty() {
        return None;
    }
    let (moves, them) = match is_one(pods) {
        true => ("moves", "it"),
        false => ("move", "them"),
    };
    let message = format!(
        "{} {moves} to Fargate when made again: profile {name} claims {them} then.",
        who(pods, place_of(pods))
    );
    let fix = Fix {
        text: format!(
            "If they belong on Fargate, make them again when it suits you. If not, keep them off before their next rollout: by \
             the annotation eks.amazonaws.com/compute-type: ec2 in their template, or a profile like {name} that leaves them out."
        ),
        commands: remake_commands(ground.snapshot, pods.iter().map(|sight| sight.pod)),
    };
    let wanted = format!("Fargate, by profile {name}");
    Some(told(Severity::Warning, message, pods, &wanted, fix))
}

/// Pods that wait by the claim of another profile.
fn from_a_queue(
    ground: &Ground<'_, '_>,
    (holder, name): (&str, &str),
    pods: &[&PodSight<'_>],
) -> Finding {
    let profiles = &ground.snapshot.profiles;
    let is_gone = is_gone(profiles, holder);
    let (waits, them) = match is_one(pods) {
        true => ("waits", "it"),
        false => ("wait", "them"),
    };
    let which = match is_gone {
        true => format!("{holder}, which is gone"),
        false => holder.to_owned(),
    };
    let message = format!(
        "{} {waits} for profile {which}; made again, profile {name} claims {them}.",
        who(pods, "")
    );
    let severity = match is_gone {
        true => Severity::Error,
        false => Severity::Warning,
    };
    let fix = Fix {
        text: match is_gone {
            true => "Make them again: a profile does not take over what another one claimed.",
            false => {
                "See with explain what they wait for; made again, they go by the other profile."
            }
        }
        .to_owned(),
        commands: match is_gone {
            true => remake_commands(ground.snapshot, pods.iter().map(|sight| sight.pod)),
            false => explain_commands(ground.snapshot, pods),
        },
    };
    let wanted = format!("Fargate, by profile {name}");
    told(severity, message, pods, &wanted, fix)
}

/// Whether no profile of this name works any more.
fn is_gone(profiles: &Profiles, name: &str) -> bool {
    match profiles.find(name) {
        Some(profile) => profile.is_deleting(),
        None => profiles.is_whole() && !profiles.has_nameless(),
    }
}

/// Pods that run on Fargate by another profile.
fn from_another(
    ground: &Ground<'_, '_>,
    (holder, is_there): (&str, bool),
    name: &str,
    pods: &[&PodSight<'_>],
) -> Finding {
    let it = match is_one(pods) {
        true => "it",
        false => "they",
    };
    let message = format!(
        "{} {} on Fargate by profile {holder}; made again, {it} would go by profile {name}.",
        who(pods, ""),
        is_or_are(pods),
    );
    let text = match is_there {
        true => format!(
            "If they belong to {holder}, name it in their template with the label eks.amazonaws.com/fargate-profile; profile \
             {name} decides role and subnets else."
        ),
        false => format!(
            "See that role and subnets of profile {name} suit them before they are made again."
        ),
    };
    let fix = Fix {
        text,
        commands: explain_commands(ground.snapshot, pods),
    };
    let wanted = format!("Fargate, by profile {name}");
    told(Severity::Warning, message, pods, &wanted, fix)
}

/// Pods that this profile holds and that no profile would claim again.
fn to_elsewhere(ground: &Ground<'_, '_>, name: &str, pods: &[&PodSight<'_>]) -> Option<Finding> {
    if pods.is_empty() {
        return None;
    }
    let mut reasons: Vec<&str> = Vec::new();
    for reason in pods.iter().filter_map(|pod| pod.unclaimed) {
        if !reasons.contains(&reason.as_str()) {
            reasons.push(reason.as_str());
        }
    }
    let message = format!(
        "{} {} Fargate when made again: no profile claims {} then ({}).",
        who(pods, "on Fargate"),
        if is_one(pods) { "leaves" } else { "leave" },
        if is_one(pods) { "it" } else { "them" },
        crate::decision::rules::list(reasons)
    );
    let fix = Fix {
        text: format!(
            "If they belong on Fargate, give their template what profile {name} asks for before the next rollout; explain tells \
             what is missing."
        ),
        commands: explain_commands(ground.snapshot, pods),
    };
    Some(told(Severity::Warning, message, pods, "no Fargate", fix))
}
