//! The decisive detail of a pod in a few words, for the end of a row.

use super::duration::between;
use super::words::{decisive, is_visibility, shown_reason};
use crate::decision::finding::{Evidence, Finding, Severity};
use crate::decision::placement::{LabelMiss, LabelTrial, SelectorTrial};
use crate::decision::reason::Reason;
use crate::decision::rules;
use crate::report::PodReport;
use crate::report::model::Moment;

/// How many namespace patterns are named.
const PATTERNS_NAMED: usize = 3;

/// The moment of a timeline at which the pod came to be.
const CREATED: &str = "pod created";

/// Returns what a person would look at first; `None` where the reason says it all. The text is raw.
pub(super) fn detail(pod: &PodReport) -> Option<String> {
    let decisive = decisive(pod);
    let is_error = |finding: &&Finding| finding.severity == Severity::Error;
    if decisive.is_none_or(|finding| finding.severity != Severity::Error)
        && let Some(worse) = pod.findings.iter().find(is_error)
    {
        return Some(match worse.evidence.first() {
            _ if is_visibility(worse.reason) => of_unseen(worse.reason).to_owned(),
            Some(evidence) if worse.reason == shown_reason(pod) => of_evidence(evidence),
            Some(evidence) => format!("{}: {}", worse.reason, of_evidence(evidence)),
            None => worse.reason.to_string(),
        });
    }
    match pod.reason {
        Reason::LabelMismatch => of_labels(rules::likeliest_meant(&pod.near_misses)?),
        Reason::LabelOnlyOnOwner => of_labels(nearest(&pod.near_misses)?),
        Reason::NamespaceNotSelected => of_namespaces(&pod.near_misses),
        // A moment ago, says the column beside it; when the profile was made is nothing to look at.
        Reason::MatchedProfile | Reason::NoProfiles | Reason::Provisioning => None,
        // It is left over, and no event tells.
        Reason::EventsUnknown if decisive?.evidence.is_empty() => None,
        unseen if is_visibility(unseen) => Some(
            decisive
                .and_then(of_gap)
                .unwrap_or_else(|| of_unseen(unseen).to_owned()),
        ),
        Reason::NodeNeverRegistered | Reason::StaleVerdict => of_words(&decisive?.evidence),
        _ => of_timeline(pod).or_else(|| {
            let evidence = &decisive?.evidence;
            let with_wish = evidence.iter().find(|evidence| evidence.wanted.is_some());
            Some(of_evidence(with_wish.or(evidence.first())?))
        }),
    }
}

/// The nearest selector of the pod's namespace.
fn nearest(trials: &[SelectorTrial]) -> Option<&SelectorTrial> {
    trials.iter().find(|trial| trial.namespace.may_match)
}

fn of_labels(trial: &SelectorTrial) -> Option<String> {
    let missed = trial.labels.iter().find(|pair| pair.miss.is_some())?;
    Some(of_pair(missed, &trial.profile))
}

fn of_pair(pair: &LabelTrial, profile: &str) -> String {
    let (key, wanted) = (&pair.key_in_words, &pair.value_in_words);
    match (&pair.miss, &pair.found) {
        (Some(LabelMiss::DifferentCase { label } | LabelMiss::Typo { label }), _) => {
            format!("{label}, {profile} wants {key}={wanted}")
        }
        (Some(LabelMiss::OnOwnerOnly { owner }), _) => {
            format!("{key}={wanted} is on {owner}, not on its pods")
        }
        (_, Some(found)) => format!("{key}={found}, {profile} wants {wanted}"),
        (_, None) if pair.key.is_none() => {
            format!("no label is {wanted}, {profile} wants {key}={wanted}")
        }
        (_, None) => format!("no label {key}, {profile} wants {wanted}"),
    }
}

fn of_namespaces(trials: &[SelectorTrial]) -> Option<String> {
    let mut patterns: Vec<&str> = Vec::new();
    for trial in trials {
        let namespace = &*trial.namespace.in_words;
        if !patterns.contains(&namespace) {
            patterns.push(namespace);
        }
    }
    if patterns.is_empty() {
        return None;
    }
    let more = if patterns.len() > PATTERNS_NAMED {
        ", …"
    } else {
        ""
    };
    patterns.truncate(PATTERNS_NAMED);
    Some(format!("profiles select {}{more}", patterns.join(", ")))
}

/// The field of a profile that its source does not tell.
fn of_gap(finding: &Finding) -> Option<String> {
    let is_of_profile = |evidence: &&Evidence| {
        evidence.object.kind == "fargateprofile" && evidence.found.as_deref() != Some("not read")
    };
    let gap = finding.evidence.iter().find(is_of_profile)?;
    let expression = gap.found.as_deref()?;
    (finding.reason == Reason::ProfilesUnknown)
        .then(|| format!("profile {}: {} is {expression}", gap.object.name, gap.field))
}

/// What was not seen.
fn of_unseen(reason: Reason) -> &'static str {
    match reason {
        Reason::ProfilesUnknown => "profiles not read",
        Reason::EventsUnknown => "events not read",
        Reason::WebhooksUnknown => "webhooks not read",
        Reason::VolumesUnknown => "volumes not read",
        Reason::OwnersUnknown => "owner not read",
        // It was not read, or it is gone.
        _ => "node not seen",
    }
}

/// What Fargate said; else the first proof of a likely cause.
fn of_words(evidence: &[Evidence]) -> Option<String> {
    let first = evidence.first()?;
    let is_word = first.field.starts_with("event") || first.field.starts_with("status, ");
    match is_word {
        true => first.found.clone(),
        false => {
            let with_wish = evidence.iter().find(|evidence| evidence.wanted.is_some());
            Some(of_evidence(with_wish?))
        }
    }
}

fn of_timeline(pod: &PodReport) -> Option<String> {
    let mut moments: Vec<&Moment> = pod.timeline.iter().collect();
    if pod.reason == Reason::ProfileGone {
        moments.retain(|moment| moment.what == CREATED || moment.what.starts_with("profile "));
        // A profile that was there before the pod is gone for another reason than its age.
        if moments.first().is_some_and(|first| first.what != CREATED) {
            return None;
        }
    }
    match moments.as_slice() {
        [first, second, ..] => Some(format!(
            "{}, {} later {}",
            first.what,
            between(first.time, second.time),
            second.what
        )),
        _ => None,
    }
}

fn of_evidence(evidence: &Evidence) -> String {
    let found = evidence.found.as_deref().unwrap_or("not set");
    match &evidence.wanted {
        Some(wanted) => format!("{} {found}, wanted {wanted}", evidence.field),
        None => format!("{} {found}", evidence.field),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::facts::ObjectRef;

    #[test]
    fn what_fargate_said_is_told_before_anything_else() {
        let pod = || ObjectRef::namespaced("pod", "shop", "web");
        let said = Evidence::found(pod(), "event of fargate-scheduler at 12:00", "timed out");
        let wish = Evidence::absent(pod(), "spec.nodeName").wanted("a node");
        let age = Evidence::found(pod(), "metadata.creationTimestamp", "then");
        let told = |evidence: &[&Evidence]| {
            let evidence: Vec<Evidence> = evidence.iter().map(|&one| one.clone()).collect();
            of_words(&evidence)
        };
        assert_eq!(told(&[&said, &age, &wish]).as_deref(), Some("timed out"));
        assert_eq!(
            told(&[&age, &wish]).as_deref(),
            Some("spec.nodeName not set, wanted a node")
        );
        assert_eq!(told(&[]), None);
    }
}
