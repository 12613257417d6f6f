//! What could not be known of profiles, and where sources differ.

use super::{Ground, advice, note, object, selector_field};
use crate::decision::facts::{Disagreement, FargateProfile, Gap, ProfileKnowledge};
use crate::decision::finding::{Certainty, Evidence, Finding, Severity};
use crate::decision::placement::PodCase;
use crate::decision::reason::Reason;
use crate::decision::rules;
use crate::decision::survey::ProfileSight;

/// What is not known of one profile.
pub(super) fn of_profile(ground: &Ground<'_, '_>, sight: &ProfileSight<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if sight.selectors.is_none() {
        findings.push(selectors_unseen(ground, sight));
    }
    if let Some(profile) = sight.profile {
        findings.extend(gaps(profile));
    }
    let disagreements = &ground.snapshot.profiles.disagreements;
    let about_it: Vec<_> = disagreements
        .iter()
        .filter(|one| one.profile == sight.name)
        .collect();
    findings.extend(sources_disagree(&about_it));
    findings
}

fn selectors_unseen(ground: &Ground<'_, '_>, sight: &ProfileSight<'_>) -> Finding {
    let profiles = &ground.snapshot.profiles;
    let seen_on_pods = match &sight.observed {
        Some(_) => " What its pods have in common is all that can be told of it.",
        None => "",
    };
    let message = match sight.profile {
        Some(_) => format!(
            "The selectors of profile {} could not be seen, so whom it would claim cannot be told.{seen_on_pods}",
            sight.name
        ),
        None => format!(
            "Only pods tell of profile {}: their label names it.{seen_on_pods}",
            sight.name
        ),
    };
    let mut finding = note(Reason::ProfilesUnknown, Severity::Warning, message);
    finding.certainty = Certainty::Undecided;
    let object = PodCase::profile_object(&sight.name);
    let mut evidence = Evidence::absent(object, "selectors");
    evidence.wanted = profiles.problem.clone();
    finding.evidence = vec![evidence];
    finding.fix = profiles
        .remedy
        .as_ref()
        .and_then(|remedy| advice(remedy.as_str()));
    finding
}

/// Every gap of a profile, with its field as seen from the profile.
fn all_gaps(profile: &FargateProfile) -> Vec<(String, &Gap)> {
    let own = profile.gaps.iter().map(|gap| (gap.field.clone(), gap));
    let selectors = profile.selectors.iter().flatten().enumerate();
    let of_selectors = selectors.flat_map(|(index, selector)| {
        let gaps = selector.gaps.iter();
        gaps.map(move |gap| (selector_field(index, &gap.field), gap))
    });
    own.chain(of_selectors).collect()
}

fn gaps(profile: &FargateProfile) -> Vec<Finding> {
    let all = all_gaps(profile);
    let (assumed, unknown): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|(_, gap)| gap.assumed.is_some());
    let mut findings = Vec::new();
    if !unknown.is_empty() {
        let message = format!(
            "The source of profile {} does not tell {}. What hangs on it is left undecided.",
            profile.name,
            fields(&unknown)
        );
        let decides = unknown
            .iter()
            .any(|(field, _)| field.starts_with("selectors") || field == "fargateProfileName");
        let severity = if decides {
            Severity::Warning
        } else {
            Severity::Info
        };
        let mut finding = note(Reason::FieldsUnknown, severity, message);
        finding.certainty = Certainty::Undecided;
        finding.evidence = evidence(profile, &unknown);
        finding.fix = advice(
            "Read the profile where its values are known: from the EKS API, or from the output of aws eks describe-fargate-profile.",
        );
        findings.push(finding);
    }
    if !assumed.is_empty() {
        let message = format!(
            "The source of profile {} does not fix {}; defaults were taken. What rests on them is likely, not certain.",
            profile.name,
            fields(&assumed)
        );
        let mut finding = note(Reason::FieldsAssumed, Severity::Info, message);
        finding.certainty = Certainty::Likely;
        finding.evidence = evidence(profile, &assumed);
        finding.fix = advice(
            "See that the defaults are what is in use, or read the profile from the EKS API.",
        );
        findings.push(finding);
    }
    findings
}

fn fields(gaps: &[(String, &Gap)]) -> String {
    rules::list(gaps.iter().map(|(field, _)| field))
}

fn evidence(profile: &FargateProfile, gaps: &[(String, &Gap)]) -> Vec<Evidence> {
    gaps.iter()
        .map(|(field, gap)| {
            let evidence = Evidence::found(object(profile), field, gap.expression.as_str());
            match &gap.assumed {
                Some(assumed) => evidence.wanted(format!("{assumed} (assumed)")),
                None => evidence,
            }
        })
        .collect()
}

/// One finding for all fields in which sources differ about one profile.
fn sources_disagree(about_it: &[&Disagreement]) -> Option<Finding> {
    let first = about_it.first()?;
    let name = &first.profile;
    let message = match &first.field {
        None if first.used_value.is_none() => format!(
            "{} does not have profile {name}, and {} does; {} counts.",
            capitalised(&first.used),
            first.other,
            first.used
        ),
        None => format!(
            "{} has profile {name}, and {} does not; {} counts.",
            capitalised(&first.used),
            first.other,
            first.used
        ),
        Some(_) => {
            let fields = about_it.iter().filter_map(|one| one.field.as_deref());
            format!(
                "{} and {} differ about profile {name} in {}; {} counts.",
                capitalised(&first.used),
                first.other,
                rules::list(fields),
                first.used
            )
        }
    };
    let mut finding = note(Reason::SourcesDisagree, Severity::Warning, message);
    finding.evidence = about_it
        .iter()
        .map(|one| {
            let field = one
                .field
                .clone()
                .unwrap_or_else(|| "fargateProfileName".to_owned());
            let mut evidence = Evidence::absent(PodCase::profile_object(name), field);
            evidence.found = one.used_value.clone();
            evidence.wanted = one
                .other_value
                .as_ref()
                .map(|value| format!("{value} (by {})", one.other));
            evidence
        })
        .collect();
    finding.fix = advice(
        "Bring them together: what is written down does not describe what runs, or its change has not arrived yet.",
    );
    Some(finding)
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// What is not known of the list, and what was given twice.
pub(super) fn of_cluster(ground: &Ground<'_, '_>) -> Vec<Finding> {
    let profiles = &ground.snapshot.profiles;
    let mut findings = Vec::new();
    let name = ground
        .snapshot
        .cluster
        .name
        .as_deref()
        .unwrap_or("this one");
    let cluster = crate::decision::facts::ObjectRef::cluster_wide("cluster", name);
    match profiles.knowledge {
        ProfileKnowledge::Complete if profiles.list.is_empty() => {
            let message =
                "The cluster has no Fargate profile, so nothing in it can run on Fargate.";
            let mut finding = note(Reason::NoProfiles, Severity::Info, message);
            finding.evidence = vec![Evidence::found(cluster, "fargateProfiles", "[]")];
            findings.push(finding);
        }
        ProfileKnowledge::Unread | ProfileKnowledge::Partial => {
            let how = match profiles.knowledge {
                ProfileKnowledge::Partial => "Not all Fargate profiles could be read",
                _ => "The Fargate profiles could not be read",
            };
            let why = profiles.problem.as_ref();
            let why = why.map_or_else(String::new, |problem| format!(": {problem}"));
            let mut finding = note(
                Reason::ProfilesUnknown,
                Severity::Warning,
                format!("{how}{why}."),
            );
            finding.certainty = Certainty::Undecided;
            finding.evidence = vec![Evidence::absent(cluster, "fargateProfiles")];
            finding.fix = profiles
                .remedy
                .as_ref()
                .and_then(|remedy| advice(remedy.as_str()));
            findings.push(finding);
        }
        ProfileKnowledge::Complete | ProfileKnowledge::FromFiles => {}
    }
    if let Some(sentence) = &profiles.given_twice {
        let message = format!("{}.", capitalised(sentence));
        let mut finding = note(Reason::GivenTwice, Severity::Warning, message);
        finding.fix = advice("Give each profile once, in the file that counts.");
        findings.push(finding);
    }
    let unlisted: Vec<_> = profiles
        .disagreements
        .iter()
        .filter(|one| profiles.find(&one.profile).is_none())
        .collect();
    let mut names: Vec<&str> = unlisted.iter().map(|one| one.profile.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let about_it: Vec<_> = unlisted
            .iter()
            .copied()
            .filter(|one| one.profile == name)
            .collect();
        findings.extend(sources_disagree(&about_it));
    }
    findings
}
