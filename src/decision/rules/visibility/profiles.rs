//! `ProfilesUnknown`: profiles that could not be read, and fields of those that were, which their source does not tell.

use super::super::phrases::{self, capitalised, capitalised_but_for_paths, list};
use super::super::{finding, fix};
use super::{not_read, unseen};
use crate::decision::facts::shell::aws_option;
use crate::decision::facts::{
    Disagreement, FargateProfile, Fit, ObjectRef, ProfileKnowledge, ProfileOrigin,
};
use crate::decision::finding::{Certainty, Evidence, Finding, Fix, Severity, Strength};
use crate::decision::placement::PodCase;
use crate::decision::placement::doubt::{Hole, gap_of_name, open_holes};
use crate::decision::placement::observed_profiles::Kin;
use crate::decision::reason::Reason;

/// From how many characters on a problem fills a message by itself.
const LONG_PROBLEM: usize = 90;
/// How many characters a message may have to be told in three lines of 80 columns.
const LONGEST_MESSAGE: usize = 200;
/// How many profiles are named in one sentence.
const NAMES_TOLD: usize = 3;

pub(super) fn profiles_unknown(case: &PodCase<'_>) -> Option<Finding> {
    let remarks = remarks(case);
    let found = hangs_on_a_name(case)
        .or_else(|| not_known(case))
        .map(|found| with_kin(case, found));
    let Some(found) = found else {
        let first = remarks.into_iter().reduce(|mut all, more| {
            all.message = format!("{} {}", all.message, more.message);
            all.evidence.extend(more.evidence);
            all.fix = all.fix.or(more.fix);
            all
        });
        return first;
    };
    let evidence = remarks.into_iter().flat_map(|remark| remark.evidence);
    Some(found.evidence(evidence))
}

/// A pod whose label names a profile that is not among those whose names are told: one whose name is not told may be it.
fn hangs_on_a_name(case: &PodCase<'_>) -> Option<Finding> {
    let profiles = &case.snapshot.profiles;
    let name = case.pod.profile_label()?;
    let is_open = match case.pod.is_claimed() {
        // It may be there still, whether it matches the pod or not.
        true => profiles.is_whole() && profiles.has_nameless(),
        false => profiles.is_whole() && !case.can_show_absence(),
    };
    if !is_open || case.labelled_profile().is_some() {
        return None;
    }
    let nameless: Vec<&FargateProfile> = profiles
        .list
        .iter()
        .filter(|profile| !profile.name_is_known)
        .filter(|profile| case.pod.is_claimed() || fit(case, profile) != Fit::Misses)
        .collect();
    let message = format!(
        "The pod's label names profile {name}, which is not among those given; {} may be it, as {} not told.",
        list(shortened(names_of(&nameless))),
        match nameless.len() {
            1 => "its name is",
            _ => "their names are",
        }
    );
    let names = nameless.iter().filter_map(|profile| gap_of_name(profile));
    Some(
        unseen(case, Reason::ProfilesUnknown, true, message)
            .strength(Strength::Weak)
            .evidence([not_read(PodCase::profile_object(name), "name")])
            .evidence(names.map(|hole| evidence_of(&hole)))
            .fix(give_names(case)),
    )
}

fn not_known(case: &PodCase<'_>) -> Option<Finding> {
    let profiles = &case.snapshot.profiles;
    let expected_hangs = case.expected.because.contains(&Reason::ProfilesUnknown);
    let unsettled = unsettled(case, expected_hangs);
    let holes: Vec<Hole<'_>> = unsettled
        .iter()
        .flat_map(|profile| holes_of(case, profile))
        .collect();
    let undescribed: Vec<&str> = unsettled
        .iter()
        .filter(|profile| holes_of(case, profile).is_empty())
        .map(|profile| profile.name.as_str())
        .collect();
    let are_missing = !profiles.are_read() || profiles.knowledge == ProfileKnowledge::Partial;
    let own_is_seen = case.pod.is_claimed()
        && case
            .labelled_profile()
            .is_some_and(|profile| fit(case, profile) != Fit::Unknown);
    if own_is_seen && !expected_hangs {
        return None;
    }
    // A claimed pod's own profile may be gone, unhealthy, or in a network that cannot work.
    let decides = match (case.pod.is_claimed(), case.is_template()) {
        (true, _) => !own_is_seen,
        (false, true) => expected_hangs || case.active_matches().next().is_none(),
        (false, false) => case.active_matches().next().is_none(),
    };
    let is_by_gaps = !are_missing && undescribed.is_empty();
    let (message, remedy) = match (is_by_gaps, holes.is_empty()) {
        (true, true) if expected_hangs => order_is_open(case)?,
        (true, true) => return None,
        (true, false) => (message_of(case, &holes), give_value(case, &holes[0])),
        (false, _) => {
            let remedy = profiles.remedy.clone().unwrap_or_else(|| {
                "Pass the profiles with --profiles, or name the cluster with --cluster-name and --region.".to_owned()
            });
            (unread(case, undescribed), fix::advice(remedy))
        }
    };
    let found = unseen(case, Reason::ProfilesUnknown, decides, message).fix(remedy);
    let of_names = profiles
        .list
        .iter()
        .filter(|_| is_by_gaps && holes.is_empty())
        .filter(|profile| !profile.name_is_known)
        .filter_map(gap_of_name);
    let told: Vec<Evidence> = holes
        .iter()
        .map(evidence_of)
        .chain(of_names.map(|hole| evidence_of(&hole)))
        .collect();
    let list = (!is_by_gaps).then(|| {
        let cluster = case.snapshot.cluster.name.as_deref().unwrap_or("unknown");
        not_read(
            ObjectRef::cluster_wide("cluster", cluster),
            "fargateProfiles",
        )
    });
    Some(found.evidence(list).evidence(told))
}

fn fit(case: &PodCase<'_>, profile: &FargateProfile) -> Fit {
    profile.fit(&case.pod.namespace, &case.pod.labels)
}

/// The profiles of which it cannot be told whether they match the pod, or the next one where that is open.
fn unsettled<'a>(case: &PodCase<'a>, expected_hangs: bool) -> Vec<&'a FargateProfile> {
    if case.common.fits.are_all_known()
        && (!expected_hangs || case.common.fits_again.are_all_known())
    {
        return Vec::new();
    }
    let is_unsettled = |index: usize| {
        case.common.fits.of(index) == Fit::Unknown
            || expected_hangs && case.common.fits_again.of(index) == Fit::Unknown
    };
    let list = case.snapshot.profiles.list.iter().enumerate();
    list.filter(|(index, _)| is_unsettled(*index))
        .map(|(_, profile)| profile)
        .collect()
}

/// The fields that leave it open whether a profile matches the pod; else the next one.
fn holes_of<'a>(case: &PodCase<'a>, profile: &'a FargateProfile) -> Vec<Hole<'a>> {
    let namespace = &case.pod.namespace;
    let now = open_holes(profile, namespace, &case.pod.labels);
    match now.is_empty() {
        true => open_holes(profile, namespace, &case.recreated.labels),
        false => now,
    }
}

/// What to say where the list, or all of a profile's selectors, could not be read.
fn unread(case: &PodCase<'_>, undescribed: Vec<&str>) -> String {
    let what = match (&case.snapshot.profiles.problem, undescribed.is_empty()) {
        (Some(problem), _) => problem.clone(),
        (None, false) => format!("the selectors of {} could not be read", list(undescribed)),
        (None, true) => "the Fargate profiles were not given".to_owned(),
    };
    // Of a profile that was only named it is the selectors that are missing.
    let are_named = case.snapshot.profiles.is_whole();
    let told = match case.pod.profile_label() {
        Some(name) if case.pod.is_claimed() && are_named => {
            format!("its selectors would tell whether profile {name} matches the pod still")
        }
        Some(name) if case.pod.is_claimed() => {
            format!("they would tell what became of profile {name}, which claimed the pod")
        }
        _ if are_named => {
            "selectors would tell which profile claims the pod, or why none does".to_owned()
        }
        _ => "they would tell which profile claims the pod, or why none does".to_owned(),
    };
    let what = capitalised_but_for_paths(what.trim_end_matches('.'));
    // A long story of what went wrong needs no second half.
    match what.chars().count() > LONG_PROBLEM {
        true => format!("{what}."),
        false => format!("{what}; {told}."),
    }
}

/// What to say of fields that a source does not tell: the first, and how many there are beside.
fn message_of(case: &PodCase<'_>, holes: &[Hole<'_>]) -> String {
    let first = &holes[0];
    let more = match holes.len() - 1 {
        0 => String::new(),
        count => format!(" (and {count} more)"),
    };
    let told = match (case.pod.is_claimed(), case.active_matches().next()) {
        (true, _) => "it would tell whether the profile matches the pod",
        (false, Some(_)) => "it would tell whether that profile matches the pod too",
        (false, None) => "it would tell whether the profile claims the pod",
    };
    format!(
        "{}: {} {} {}{more}; {told}.",
        capitalised(&named(first.profile)),
        field_in_words(first),
        match first.gap.field.as_str() {
            "labels" => "are",
            _ => "is",
        },
        phrases::not_told(first),
    )
}

/// Several profiles match, and the names by which one is chosen are not all told.
fn order_is_open(case: &PodCase<'_>) -> Option<(String, Fix)> {
    let (namespace, labels) = (&case.pod.namespace, &case.recreated.labels);
    let matching: Vec<&FargateProfile> = case
        .snapshot
        .profiles
        .list
        .iter()
        .filter(|profile| profile.is_active())
        .filter(|profile| matches!(profile.fit(namespace, labels), Fit::Matches(_)))
        .collect();
    let nameless = matching.iter().find(|profile| !profile.name_is_known)?;
    let message = format!(
        "Profiles {} match, and the first by name claims; the name of {} is not told, so it cannot be said which.",
        list(shortened(names_of(&matching))),
        nameless.name
    );
    Some((message, give_names(case)))
}

/// `profile apps of stack.yaml`; one without a name is called by its file already.
fn named(profile: &FargateProfile) -> String {
    match &profile.origin {
        ProfileOrigin::File(place) if profile.name_is_known => {
            format!("profile {} of {place}", profile.name)
        }
        ProfileOrigin::Object(object) if profile.name_is_known => {
            format!("profile {} of {object}", profile.name)
        }
        _ => format!("profile {}", profile.name),
    }
}

/// `the namespace of selector 0`.
fn field_in_words(hole: &Hole<'_>) -> String {
    let field = hole.gap.field.as_str();
    let pair = field.strip_prefix("labels[");
    let key = pair.and_then(|rest| rest.strip_suffix(']'));
    match (hole.selector, key) {
        (Some(index), _) if field.ends_with("].key") => {
            format!("the key of a label of selector {index}")
        }
        (Some(index), Some(key)) => format!("the label {key} of selector {index}"),
        (Some(index), None) => format!("the {field} of selector {index}"),
        (None, _) if field == "selectors" => "the list of its selectors".to_owned(),
        (None, _) => format!("its {field}"),
    }
}

fn evidence_of(hole: &Hole<'_>) -> Evidence {
    Evidence::found(
        PodCase::profile_object(&hole.profile.name),
        hole.path(),
        hole.gap.in_brackets(),
    )
}

/// How to have a field told.
fn give_value(case: &PodCase<'_>, hole: &Hole<'_>) -> Fix {
    if !hole.profile.name_is_known {
        return give_names(case);
    }
    let text = match hole.gap.expression.contains("after apply") {
        true => {
            "Give the value: ask again with the state after apply, or pass the profile as EKS has it with --profiles instead of \
             the file."
        }
        false => {
            "Give the value: write it in the place of the expression in a copy of the file, or pass the profile as EKS has it \
             with --profiles instead."
        }
    };
    let describe = case.snapshot.cluster.name.as_deref().map(|cluster| {
        let about = fix::about_profile(
            case,
            "describe-fargate-profile",
            cluster,
            &hole.profile.name,
        );
        format!("{about} > profile.json")
    });
    fix::with_commands(text, describe)
}

/// How to have names told.
fn give_names(case: &PodCase<'_>) -> Fix {
    let text = "Give the profiles with their names, as the EKS API prints them (aws eks describe-fargate-profile for each name), \
                with --profiles instead of the file.";
    let names = case.snapshot.cluster.name.as_deref().map(|cluster| {
        format!(
            "aws eks list-fargate-profiles {}{}",
            aws_option("--cluster-name", cluster),
            fix::region_flag(case)
        )
    });
    fix::with_commands(text, names)
}

/// What pods of the same owner, the same labels or the same namespace show, where the profiles cannot tell.
fn with_kin(case: &PodCase<'_>, mut found: Finding) -> Finding {
    if case.pod.is_claimed() || found.strength == Strength::Aside && !hangs(case) {
        return found;
    }
    let Some(kin) = case.cluster.kinship.of_pod(&case.pod) else {
        return found;
    };
    let by: Vec<String> = match &kin {
        Kin::Namespace(profiles) => profiles
            .iter()
            .map(|(profile, claimed)| format!("{profile} ({})", claimed.count))
            .collect(),
        Kin::Owner(profiles) | Kin::Labels(profiles) => profiles.keys().cloned().collect(),
    };
    let profiles = kin.profiles();
    let count: usize = profiles.values().map(|claimed| claimed.count).sum();
    let owner = case.chain.top.as_ref().map_or("owner", |owner| &owner.kind);
    let who = match (&kin, count) {
        (Kin::Owner(_), 1) => format!("another pod of the same {owner} runs"),
        (Kin::Owner(_), _) => format!("{count} other pods of the same {owner} run"),
        (Kin::Labels(_), 1) => "a pod with the same labels runs".to_owned(),
        (Kin::Labels(_), _) => format!("{count} pods with the same labels run"),
        (Kin::Namespace(_), 1) => "a pod of its namespace runs".to_owned(),
        (Kin::Namespace(_), _) => "pods of its namespace run".to_owned(),
    };
    let observed = format!(
        " Observed: {who} on Fargate by profile {}.",
        list(shortened(by))
    );
    // Where the path of a file takes the room, the evidence tells it.
    if found.message.chars().count() + observed.chars().count() <= LONGEST_MESSAGE {
        found.message.push_str(&observed);
    }
    let label = crate::decision::facts::pod::PROFILE_LABEL;
    found.evidence(profiles.iter().map(|(profile, claimed)| {
        Evidence::found(
            claimed.first.clone(),
            format!("metadata.labels[{label}]"),
            profile.as_str(),
        )
    }))
}

fn names_of(profiles: &[&FargateProfile]) -> Vec<String> {
    profiles
        .iter()
        .map(|profile| profile.name.clone())
        .collect()
}

/// The first few, and how many there are beside.
fn shortened(mut names: Vec<String>) -> Vec<String> {
    if names.len() > NAMES_TOLD {
        let more = names.len() - NAMES_TOLD;
        names.truncate(NAMES_TOLD);
        names.push(format!("{more} more"));
    }
    names
}

fn hangs(case: &PodCase<'_>) -> bool {
    case.expected.because.contains(&Reason::ProfilesUnknown)
}

/// What is worth saying of profiles that were read: one given twice, or told differently by two sources.
fn remarks(case: &PodCase<'_>) -> Vec<Finding> {
    let remark = |message: String| {
        finding(case, Reason::ProfilesUnknown, message)
            .severity(Severity::Info)
            .strength(Strength::Aside)
            .certainty(Certainty::Likely)
    };
    let profiles = &case.snapshot.profiles;
    let given_twice = profiles.given_twice.as_deref().map(|problem| {
        remark(format!(
            "{}.",
            capitalised_but_for_paths(problem.trim_end_matches('.'))
        ))
    });
    let told: Vec<&Disagreement> = profiles
        .disagreements
        .iter()
        .filter(|disagreement| matters(case, disagreement))
        .collect();
    let disagreement = told.first().map(|first| {
        let more = match told.len() - 1 {
            0 => String::new(),
            count => format!(" (and {count} more)"),
        };
        remark(format!("{}{more}.", capitalised(&first.in_words())))
            .evidence(told.iter().flat_map(|told| both_sides(told)))
            .fix(fix::advice(format!(
                "See why the two differ; if {} is right, pass the profiles from there with --profiles.",
                first.other
            )))
    });
    given_twice
        .into_iter()
        .chain(disagreement)
        .chain(name_by_default(case).map(|hole| {
            let message = format!(
                "The name of profile {} is a default: that of {}.",
                hole.profile.name,
                hole.gap.in_brackets()
            );
            remark(message).evidence([evidence_of(&hole)])
        }))
        .collect()
}

/// The gap of the name of the profile that would claim the pod, where that name was taken from a default.
fn name_by_default<'a>(case: &PodCase<'a>) -> Option<Hole<'a>> {
    let profile = case
        .snapshot
        .profiles
        .find(case.expected.profile.as_deref()?)?;
    gap_of_name(profile).filter(|hole| hole.gap.assumed.is_some())
}

/// Whether a disagreement is about a profile that has to do with the pod: it claims or matches it, or would by the selectors of the
/// other source.
fn matters(case: &PodCase<'_>, disagreement: &Disagreement) -> bool {
    // That a profile was made by other means than those of the other source is no contradiction.
    if disagreement.field.is_none() && disagreement.used_value.is_some() {
        return false;
    }
    let name = disagreement.profile.as_str();
    let is_named =
        case.pod.profile_label() == Some(name) || case.expected.profile.as_deref() == Some(name);
    let matches = || {
        let mut matches = case.unrestricted_matches.iter();
        matches.any(|found| found.profile.name == name)
    };
    let would_match = || {
        let may = |labels| {
            let mut selectors = disagreement.other_selectors.iter().flatten();
            selectors.any(|selector| selector.may_match(&case.pod.namespace, labels))
        };
        may(&case.pod.labels) || may(&case.recreated.labels)
    };
    is_named || matches() || would_match()
}

/// What each of the two says.
fn both_sides(disagreement: &Disagreement) -> [Evidence; 2] {
    let side = |source: &str, value: &Option<String>| Evidence {
        object: PodCase::profile_object(&disagreement.profile),
        field: format!(
            "{} ({source})",
            disagreement
                .field
                .as_deref()
                .unwrap_or("fargateProfileName")
        ),
        found: value.clone(),
        wanted: None,
    };
    [
        side(&disagreement.used, &disagreement.used_value),
        side(&disagreement.other, &disagreement.other_value),
    ]
}
