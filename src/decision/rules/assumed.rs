//! Findings that rest on a value which was taken for one that is not known, such as a parameter's default, or on a profile's being
//! one of this cluster, which its source does not tell: they are likely, and say so.

use super::{Family, phrases};
use crate::decision::finding::{Certainty, Evidence, Finding};
use crate::decision::placement::PodCase;
use crate::decision::placement::doubt::{CLUSTER, Hole, gap_of_cluster, gap_of_name, holes};
use crate::decision::placement::fate::{Fate, fate};
use crate::decision::reason::Reason;

/// Makes a finding likely that rests on an assumption, and has it say on which.
pub(crate) fn qualify(case: &PodCase<'_>, finding: &mut Finding) {
    let assumed = rests_on(case, finding);
    let Some(first) = assumed.first() else {
        return;
    };
    if finding.certainty == Certainty::Certain {
        finding.certainty = Certainty::Likely;
    }
    let more = match assumed.len() - 1 {
        0 => String::new(),
        count => format!(", and on {count} more"),
    };
    let profile = format!("rofile {}", first.profile.name);
    let of_profile = match finding.message.contains(&profile) {
        true => String::new(),
        false => format!(" of p{profile}"),
    };
    let because = match (first.gap.field == CLUSTER, &first.gap.assumed) {
        (true, None) => format!(
            "The cluster of profile {} is {}{more}; it is taken for this one.",
            first.profile.name,
            phrases::not_told(first),
        ),
        (true, Some(name)) => format!(
            "The cluster of profile {} is {}, taken to be {name}{more}.",
            first.profile.name,
            first.gap.in_brackets(),
        ),
        (false, assumed) => format!(
            "It rests on the default of {}: {} ({}{of_profile}{more}).",
            first.gap.expression,
            assumed.as_deref().unwrap_or_default(),
            first.path(),
        ),
    };
    finding.message = format!("{} {because}", finding.message);
    finding.evidence.extend(assumed.iter().map(|hole| {
        Evidence::found(
            PodCase::profile_object(&hole.profile.name),
            hole.path(),
            match &hole.gap.assumed {
                Some(assumed) => format!("{}, taken to be {assumed}", hole.gap.in_brackets()),
                None => hole.gap.in_brackets(),
            },
        )
    }));
}

/// What was taken for granted behind a finding; empty where it holds without that.
fn rests_on<'a>(case: &PodCase<'a>, finding: &Finding) -> Vec<Hole<'a>> {
    let mut assumed = by_reason(case, finding);
    let of_claim = of_claim_that_is_cited(case, finding).filter(|hole| !assumed.contains(hole));
    assumed.extend(of_claim);
    assumed
}

/// That the profile which claimed a pod is the one of its name that was read, where a finding cites what stands in that.
fn of_claim_that_is_cited<'a>(case: &PodCase<'a>, finding: &Finding) -> Option<Hole<'a>> {
    let is_about_it = matches!(
        super::info(finding.reason).family,
        Family::Selection | Family::Timing | Family::Infrastructure
    );
    // That a pod on Fargate was claimed stands on the pod itself.
    if !case.pod.is_claimed() || !is_about_it || finding.reason == Reason::MatchedProfile {
        return None;
    }
    let profile = case.labelled_profile()?;
    let object = PodCase::profile_object(&profile.name);
    let is_cited = finding
        .evidence
        .iter()
        .any(|evidence| evidence.object == object);
    gap_of_cluster(profile).filter(|_| is_cited)
}

fn by_reason<'a>(case: &PodCase<'a>, finding: &Finding) -> Vec<Hole<'a>> {
    use Reason::*;
    let claimed = case.pod.is_claimed();
    match finding.reason {
        // It holds for all profiles that match, or it does not hold.
        OlderThanProfile => matching(case),
        SeveralProfilesMatch => {
            let mut assumed = matching(case);
            assumed.extend(names(case, true));
            assumed
        }
        ProfileNotActive | WebhookMissing | WebhookSkipped | NodeNamePreset
        | WaitingForCapacity | SchedulerNamePreset | LabelOnlyOnOwner | LabelMismatch
        | NamespaceNotSelected
            if !claimed =>
        {
            let is_of_pod_alone = finding.reason == SchedulerNamePreset
                && finding.certainty == Certainty::Certain
                || finding.reason == NodeNamePreset && case.is_on_fargate();
            match is_of_pod_alone || case.has_sure_match() {
                true => Vec::new(),
                false => matching(case),
            }
        }
        MatchedProfile if case.is_template() => {
            let mut assumed = matching(case);
            assumed.extend(names(case, false));
            match case.expected.certainty {
                Certainty::Certain => Vec::new(),
                _ => assumed,
            }
        }
        ProfileLabelMismatch | LabelsChangedLater => {
            let mut assumed = matching(case);
            assumed.extend(names(case, true).filter(|_| case.labelled_profile().is_none()));
            match !claimed && finding.reason == LabelsChangedLater && case.has_sure_match() {
                true => Vec::new(),
                false => assumed,
            }
        }
        ProfileGone if matches!(fate(case), Some(Fate::Absent)) => names(case, false).collect(),
        SubnetNotPrivate | SubnetOutOfAddresses | VpcDnsDisabled | UnsupportedZone => {
            of_claim(case, "subnets")
        }
        ExecutionRoleNotAuthorized => of_claim(case, "podExecutionRoleArn"),
        reason if !claimed && super::info(reason).family == Family::Refused => {
            match case.has_sure_match() {
                true => Vec::new(),
                false => matching(case),
            }
        }
        _ => Vec::new(),
    }
}

/// The assumptions on which it rests which profiles match; those of profiles that do come first.
fn matching<'a>(case: &PodCase<'a>) -> Vec<Hole<'a>> {
    let mut assumed = case.assumptions();
    let matches = |hole: &Hole<'_>| {
        let mut matches = case.unrestricted_matches.iter();
        matches.any(|found| found.profile.name == hole.profile.name)
    };
    assumed.sort_by_key(|hole| !matches(hole));
    assumed
}

/// The names that were assumed: of all profiles, or of those that match.
fn names<'a>(case: &PodCase<'a>, of_matches: bool) -> impl Iterator<Item = Hole<'a>> {
    let matches: Vec<&str> = case
        .unrestricted_matches
        .iter()
        .map(|found| found.profile.name.as_str())
        .collect();
    let list = case.snapshot.profiles.list.iter();
    list.filter(move |profile| !of_matches || matches.contains(&profile.name.as_str()))
        .filter_map(gap_of_name)
        .filter(|hole| hole.gap.assumed.is_some())
}

/// The assumption about a field of the profile that claimed the pod.
fn of_claim<'a>(case: &PodCase<'a>, field: &str) -> Vec<Hole<'a>> {
    case.labelled_profile()
        .into_iter()
        .flat_map(holes)
        .filter(|hole| hole.selector.is_none() && hole.gap.field == field)
        .filter(|hole| hole.gap.assumed.is_some())
        .collect()
}
