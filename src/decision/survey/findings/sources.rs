//! What could not be known of profiles, and where sources differ.

use super::{EXAMPLES, Ground, advice, note, object, selector_field};
use crate::decision::facts::{Disagreement, FargateProfile, Gap, ObjectRef, ProfileKnowledge};
use crate::decision::finding::{Certainty, Evidence, Finding, Severity};
use crate::decision::placement::PodCase;
use crate::decision::placement::doubt::NAME;
use crate::decision::placement::expected::{FARGATE_WEBHOOK, WebhookSight};
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
        findings.extend(gaps(ground, profile, sight.may_hold_others));
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
    finding.evidence = vec![Evidence::absent(object, "selectors")];
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

fn gaps(ground: &Ground<'_, '_>, profile: &FargateProfile, may_hold_others: bool) -> Vec<Finding> {
    let all = all_gaps(profile);
    let (assumed, unknown): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|(_, gap)| gap.assumed.is_some());
    let mut findings = Vec::new();
    if !unknown.is_empty() {
        let decides = unknown.iter().any(|(field, _)| {
            field.starts_with("selectors") || field == NAME || is_condition(field)
        });
        let (conditions, plain): (Vec<_>, Vec<_>) = unknown
            .iter()
            .cloned()
            .partition(|(field, _)| is_condition(field));
        let mut sentences: Vec<String> = conditions
            .iter()
            .map(|(field, gap)| existence(&profile.name, field, gap))
            .collect();
        if !plain.is_empty() {
            sentences.push(format!(
                "The source of profile {} does not tell {}.",
                profile.name,
                fields(&plain)
            ));
        }
        if let Some((_, gap)) = plain.iter().find(|(field, _)| field == "clusterName") {
            sentences.push(format!(
                "Its cluster is {}; it is taken for this one, so what rests on it is likely at best.",
                gap.expression
            ));
        } else if !decides {
            sentences.push("That does not change which pods match.".to_owned());
        }
        if may_hold_others {
            sentences.extend(other_names(ground));
        }
        let message = sentences.join(" ");
        let decides = decides || plain.iter().any(|(field, _)| field == "clusterName");
        let severity = match decides {
            true => Severity::Warning,
            false => Severity::Info,
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
            "The source of profile {} does not fix {}; values were taken for it. What rests on them is likely, not certain.",
            profile.name,
            fields(&assumed)
        );
        let mut finding = note(Reason::FieldsAssumed, Severity::Info, message);
        finding.certainty = Certainty::Likely;
        finding.evidence = evidence(profile, &assumed);
        finding.fix = advice(
            "See that these values are what is in use, or read the profile from the EKS API.",
        );
        findings.push(finding);
    }
    findings
}

/// Whether it is not a value that is unknown, but whether there is such a selector or profile at all.
fn is_condition(field: &str) -> bool {
    let last = field.rsplit('.').next().unwrap_or(field);
    last.eq_ignore_ascii_case("condition")
}

/// On what it hangs whether there is such a selector or profile.
fn existence(profile: &str, field: &str, gap: &Gap) -> String {
    let what = match field.rsplit_once('.') {
        Some((selector, _)) => format!("{selector} of profile {profile} is there"),
        None => format!("Profile {profile} is created"),
    };
    format!(
        "{what} only if the condition {} holds, which its source does not tell.",
        gap.expression
    )
}

/// The names that pods carry and no profile has: a profile whose own name is not told may have one of them.
fn other_names(ground: &Ground<'_, '_>) -> Option<String> {
    let held = ground.held.as_ref()?;
    let profiles = &ground.snapshot.profiles;
    let unlisted: Vec<(&String, &usize)> = held
        .iter()
        .filter(|(name, _)| profiles.find(name).is_none())
        .collect();
    let pods: usize = unlisted.iter().map(|(_, count)| **count).sum();
    let names: Vec<&String> = unlisted
        .iter()
        .map(|(name, _)| *name)
        .take(EXAMPLES)
        .collect();
    (pods > 0).then(|| {
        format!(
            "{} the name {}, which may be this profile.",
            match pods {
                1 => "1 pod on Fargate carries".to_owned(),
                many => format!("{many} pods on Fargate carry"),
            },
            rules::list(names)
        )
    })
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
    let (used, other) = (&first.used, &first.other);
    let message = match &first.field {
        None if first.used_value.is_none() => {
            format!("Profile {name}: {other} has it, {used} does not; {used} counts.")
        }
        None => format!("Profile {name}: {used} has it, {other} does not; {used} counts."),
        Some(_) => {
            let mut fields: Vec<&str> = Vec::new();
            for field in about_it.iter().filter_map(|one| one.field.as_deref()) {
                if !fields.contains(&field) {
                    fields.push(field);
                }
            }
            format!(
                "Profile {name}: {used} and {other} differ in {}; {used} counts.",
                rules::list(fields)
            )
        }
    };
    let mut finding = note(Reason::SourcesDisagree, Severity::Warning, message);
    // Both were seen, and neither is wanted: each is evidence of what it says.
    let sides = about_it.iter().flat_map(|one| {
        let field = one.field.as_deref().unwrap_or(NAME);
        let by_used = (&one.used, &one.used_value, field);
        [by_used, (&one.other, &one.other_value, field)]
    });
    finding.evidence = sides
        .map(|(source, value, field)| {
            let value = value.as_deref().unwrap_or("nothing");
            let object = PodCase::profile_object(name);
            Evidence::found(object, field, format!("{value}, by {source}"))
        })
        .collect();
    finding.fix = advice(
        "Bring them together: what is written down does not describe what runs, or its change has not arrived yet.",
    );
    Some(finding)
}

/// The webhook by which EKS claims pods is gone: no profile claims any.
fn webhook_missing(ground: &Ground<'_, '_>) -> Option<Finding> {
    let mut profiles = ground.snapshot.profiles.list.iter();
    if !profiles.any(FargateProfile::is_active)
        || WebhookSight::of(ground.snapshot) != WebhookSight::Absent
    {
        return None;
    }
    let message =
        "The webhook by which EKS claims pods is missing: without it no new pod goes to Fargate.";
    let mut finding = note(Reason::WebhookMissing, Severity::Warning, message);
    let webhook = ObjectRef::cluster_wide("mutatingwebhookconfiguration", FARGATE_WEBHOOK);
    finding.evidence = vec![Evidence::absent(webhook, "metadata.name").wanted(FARGATE_WEBHOOK)];
    finding.fix = advice(
        "EKS installs the webhook itself, as it seems with the first profile. Find out who deleted it; if it does not come back, ask \
         AWS Support. Then make the pods again.",
    );
    Some(finding)
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
    let cluster = ObjectRef::cluster_wide("cluster", name);
    match profiles.knowledge {
        ProfileKnowledge::Complete if profiles.list.is_empty() => {
            let message =
                "The cluster has no Fargate profile: no pod that is made now comes to Fargate.";
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
    findings.extend(webhook_missing(ground));
    if let Some(sentence) = &profiles.given_twice {
        let message = format!("{}.", rules::phrases::capitalised(sentence));
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
