//! The sentences about a suggested profile.

use shell_words::quote;

use super::model::{Claimed, SuggestionReport, TargetReport, TargetState};
use crate::decision::facts::{Kind, ObjectRef, ProfileKnowledge, Selector};
use crate::decision::finding::{Certainty, Fix};
use crate::decision::placement::ExpectedKind;
use crate::decision::reason::Reason;
use crate::decision::suggest::{
    Alternative, Cheaper, Effect, Group, Other, QUOTAS, Standing, Suggestion, Target, is_refused,
};

/// Most names that one sentence lists.
const MOST_NAMES: usize = 3;

/// `deployment/web`.
pub fn object(object: &ObjectRef) -> String {
    format!("{}/{}", object.kind, object.name)
}

/// `deployment/web (3 pods)`; with its namespace where that is not plain.
pub fn with_pods(claimed: &Claimed) -> String {
    let name = format!("{}/{}", claimed.kind, claimed.name);
    match (claimed.kind.as_str(), claimed.pods) {
        ("pod", _) => name,
        (_, 0) => format!("{name} (no pods now)"),
        (_, 1) => format!("{name} (1 pod)"),
        (_, pods) => format!("{name} ({pods} pods)"),
    }
}

/// A list for a sentence; what goes past a few is counted.
fn list(items: &[String]) -> String {
    let shown = items.len().min(MOST_NAMES);
    let (first, rest) = items.split_at(shown);
    if !rest.is_empty() {
        return format!("{} and {} more", first.join(", "), rest.len());
    }
    match first {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

fn named<'t>(targets: impl Iterator<Item = &'t TargetReport>) -> Vec<String> {
    let mut names: Vec<String> = targets.map(|target| with_pods(&target.object)).collect();
    names.dedup();
    names
}

/// The answer in one or two sentences.
pub fn summary(report: &SuggestionReport) -> String {
    let in_state = |state: TargetState| {
        named(
            report
                .targets
                .iter()
                .filter(move |target| target.state == state),
        )
    };
    let proposed = in_state(TargetState::Proposed);
    let names: Vec<String> = report
        .profiles
        .iter()
        .map(|profile| profile.name.clone())
        .collect();
    if !proposed.is_empty() {
        let profiles = match names.len() {
            1 => format!("A new profile {}", names.concat()),
            count => format!("{count} new profiles ({})", list(&names)),
        };
        let others = report
            .others
            .iter()
            .filter(|other| other.effect != "KeptByExistingProfile")
            .count();
        return match (others, report.certainty) {
            (0, Certainty::Certain) => {
                format!("{profiles} would claim exactly {}.", list(&proposed))
            }
            (0, _) => format!(
                "{profiles} would claim {}, and nobody else that was seen.",
                list(&proposed)
            ),
            (1, _) => format!(
                "{profiles} would claim {}, and one workload that was not asked for.",
                list(&proposed)
            ),
            (count, _) => format!(
                "{profiles} would claim {}, and {count} workloads that were not asked for.",
                list(&proposed)
            ),
        };
    }
    let claimed = in_state(TargetState::AlreadyClaimed);
    if !claimed.is_empty() {
        let can_move = report
            .targets
            .iter()
            .all(|target| target.state != TargetState::AlreadyClaimed || target.refused.is_empty());
        return match can_move {
            true => format!(
                "No new profile is needed: an existing one claims {} when its pods are created again.",
                list(&claimed)
            ),
            false => format!(
                "No new profile would help: an existing one claims {} already, and Fargate refuses what it asks for.",
                list(&claimed)
            ),
        };
    }
    let on_fargate = in_state(TargetState::OnFargate);
    if !on_fargate.is_empty() {
        return format!(
            "No new profile is needed: {} on Fargate already.",
            match on_fargate.as_slice() {
                [one] => format!("{one} runs"),
                many => format!("{} run", list(many)),
            }
        );
    }
    if report.targets.is_empty() {
        return "There is nothing to suggest: no pod that was asked about runs on EC2 or waits."
            .to_owned();
    }
    "There is nothing to suggest: no profile would bring what was asked about to Fargate."
        .to_owned()
}

/// Whom a selector would claim later.
pub fn later(selector: &Selector) -> String {
    let namespace = &selector.namespace;
    let place = if namespace.is_literal() {
        format!("namespace {namespace}")
    } else {
        format!("any namespace that fits {namespace}, new ones too")
    };
    let has_value_pattern = selector.labels.iter().any(|pair| !pair.value.is_literal());
    match (selector.labels.is_empty(), has_value_pattern) {
        (true, _) => format!("every pod created later in {place}, whatever its labels"),
        (false, true) => {
            format!("every pod created later in {place} whose labels fit, new values too")
        }
        (false, false) => format!("every pod created later in {place} with these labels"),
    }
}

/// A whole namespace, with its price.
pub fn whole_namespace(alternative: &Alternative) -> String {
    let Alternative {
        namespace,
        replaces,
    } = alternative;
    let instead = match replaces {
        1 => "the one above".to_owned(),
        count => format!("the {count} above"),
    };
    format!(
        "A selector for namespace {namespace} without labels claims the same pods today, in place of {instead}; it would also \
         claim every pod that anybody creates there later."
    )
}

/// One label instead of a profile.
pub fn cheaper(group: &Group<'_>, cheaper: &Cheaper) -> String {
    let Cheaper {
        profile,
        key,
        value,
        ..
    } = cheaper;
    format!(
        "Without a new profile: give the template of {} the label {key}={value}, and profile {profile} claims it; its pods are \
         made again with that.",
        object(&group.object)
    )
}

/// What else is worth telling about a target.
pub fn remark(target: &Target<'_>, state: TargetState) -> Option<String> {
    let group = &target.group;
    let named = group.named_profile();
    Some(match (&group.standing, state) {
        (_, TargetState::NotClaimable) => {
            let name = named.unwrap_or_default();
            format!(
                "Its template carries the label eks.amazonaws.com/fargate-profile: {name}, so only a profile of that name may \
                 claim it. Take the label out, or mend the labels that profile {name} asks for."
            )
        }
        (Standing::Wanted, _) => match (named, group.unsure_profiles().as_slice()) {
            (Some(name), _) => format!(
                "Its template carries the label eks.amazonaws.com/fargate-profile: {name}, so the new profile has to have that name."
            ),
            (None, []) => return None,
            (None, unsure) => format!(
                "It may be claimed already by {}, whose selectors are not known in full.",
                unsure.join(", ")
            ),
        },
        (Standing::Claimed(profile), TargetState::OnFargate) => {
            format!("It runs on Fargate, and profile {profile} would claim it again.")
        }
        (Standing::Claimed(profile), _) => {
            let profiles = &group.case.snapshot.profiles;
            let is_active = profiles
                .find(profile)
                .is_none_or(|profile| profile.is_active());
            let expected = &group.case.expected;
            match (is_active, expected.kind) {
                (false, _) => format!(
                    "Profile {profile} will claim it once it is ACTIVE; create the pods again then."
                ),
                (true, ExpectedKind::Fargate) => format!(
                    "Profile {profile} claims it already; pods that are older only have to be created again."
                ),
                (true, _) => {
                    let reasons: Vec<String> = expected
                        .because
                        .iter()
                        .map(|reason| reason.as_str().to_owned())
                        .collect();
                    format!(
                        "Profile {profile} selects it already; what keeps it off Fargate is {}, which kubectl fargate explain tells.",
                        list(&reasons)
                    )
                }
            }
        }
        (Standing::Never(reason), _) => never(*reason).to_owned(),
        (Standing::Over, _) => {
            "It has ended or is being deleted, and nothing of it will be created again.".to_owned()
        }
        (Standing::LeftOut, _) => {
            "Fargate would refuse it, so it is left where it is; name it to have it included."
                .to_owned()
        }
        (Standing::Bystander | Standing::Untouchable, _) => return None,
    })
}

fn never(reason: Reason) -> &'static str {
    match reason {
        Reason::DaemonSetPod => "No profile claims the pods of a DaemonSet.",
        Reason::StaticPod => "No profile claims static pods: a kubelet makes them on its own node.",
        Reason::OptedOut => {
            "It is kept off Fargate by the annotation eks.amazonaws.com/compute-type: ec2; take that out of the template first."
        }
        _ => "Its spec names a node, so no scheduler is asked; take nodeName out first.",
    }
}

/// Why somebody is matched who was not asked about.
pub fn why_matched(other: &Other<'_>) -> String {
    let targets: Vec<String> = other.alike.iter().map(object).collect();
    let is_same = other.alike.contains(&other.group.object);
    if is_same {
        return "They come of the same template as what was asked for, so no profile can tell them apart; a workload of its own \
                could be told."
            .to_owned();
    }
    if targets.is_empty() {
        return "No selector within the quotas tells it from what was asked for.".to_owned();
    }
    let targets = list(&targets);
    match other.group.lasting == Default::default() {
        true => format!(
            "{targets} has no label by which it could be told from the rest of the namespace."
        ),
        false => format!("It has every label of {targets} that a selector could ask for."),
    }
}

/// How to wait until the profile can claim.
pub fn wait(suggestion: &Suggestion<'_>) -> Fix {
    let cluster = suggestion.snapshot.cluster.name.as_deref();
    let region = match &suggestion.snapshot.cluster.region {
        Some(region) => format!(" --region {}", quote(region)),
        None => String::new(),
    };
    let commands = suggestion.proposals.iter().map(|proposal| {
        format!(
            "aws eks wait fargate-profile-active{region} --cluster-name {} --fargate-profile-name {}",
            quote(cluster.unwrap_or(super::model::CLUSTER_NAME)),
            quote(&proposal.name)
        )
    });
    Fix {
        text: "Wait until it is ACTIVE, some minutes: it claims only pods that are created afterwards."
            .to_owned(),
        commands: commands.collect(),
    }
}

/// What to mind before it is created, the worst first.
pub fn warnings(suggestion: &Suggestion<'_>, report: &SuggestionReport) -> Vec<String> {
    let mut warnings = Vec::new();
    refused(report, &mut warnings);
    others(suggestion, &mut warnings);
    if report.profiles.is_empty() {
        return warnings;
    }
    for target in &report.targets {
        if let (TargetState::Proposed | TargetState::NotClaimable, Some(remark)) =
            (target.state, &target.remark)
        {
            warnings.push(format!(
                "{}/{}: {remark}",
                target.object.kind, target.object.name
            ));
        }
    }
    unseen(suggestion, &mut warnings);
    profiles(suggestion, &mut warnings);
    quotas(suggestion, &mut warnings);
    placeholders(report, &mut warnings);
    warnings
}

fn refused(report: &SuggestionReport, warnings: &mut Vec<String>) {
    for target in &report.targets {
        if target.state != TargetState::Proposed {
            continue;
        }
        let told = |is_meant: fn(Certainty) -> bool| -> Vec<String> {
            target
                .refused
                .iter()
                .filter(|refusal| is_meant(refusal.certainty))
                .map(|refusal| format!("{}: {}", refusal.reason.as_str(), refusal.what))
                .collect()
        };
        let name = format!("{}/{}", target.object.kind, target.object.name);
        let sure = told(|certainty| certainty != Certainty::Undecided);
        let unsure = told(|certainty| certainty == Certainty::Undecided);
        if !sure.is_empty() {
            warnings.push(format!(
                "Fargate would refuse {name} ({}). Change that first: pods that a profile claims never go back to EC2 by themselves.",
                sure.join("; ")
            ));
        } else if !unsure.is_empty() {
            warnings.push(format!(
                "Fargate may refuse {name} ({}).",
                unsure.join("; ")
            ));
        }
    }
}

fn others(suggestion: &Suggestion<'_>, warnings: &mut Vec<String>) {
    for other in &suggestion.others {
        let group = &other.group;
        let name = object(&group.object);
        let pods = match group.pods.len() {
            0 => String::new(),
            1 => " (1 pod)".to_owned(),
            count => format!(" ({count} pods)"),
        };
        let place = &group.namespace;
        let why = why_matched(other);
        warnings.push(match &other.effect {
            Effect::Claimed => {
                let refused = match is_refused(&group.case) {
                    true => " Fargate would refuse it.",
                    false => "",
                };
                format!("It would also claim {name}{pods} in namespace {place}. {why}{refused}")
            }
            Effect::TakenFrom(profile) => format!(
                "It would take {name}{pods} in namespace {place} over from profile {profile} when its pods are created again: of \
                 several profiles the first by name claims. {why}"
            ),
            Effect::KeptBy(profile) => format!(
                "It also matches {name}{pods} in namespace {place}, which profile {profile} keeps as the first by name. {why}"
            ),
        });
    }
}

fn unseen(suggestion: &Suggestion<'_>, warnings: &mut Vec<String>) {
    let place = |namespace: &Option<String>| match namespace {
        Some(namespace) => format!("namespace {namespace}"),
        None => "all namespaces".to_owned(),
    };
    let mut of_place: std::collections::BTreeMap<&Option<String>, Vec<Kind>> = Default::default();
    for unseen in &suggestion.unseen {
        of_place
            .entry(&unseen.namespace)
            .or_default()
            .push(unseen.kind);
    }
    for (namespace, kinds) in of_place {
        let place = place(namespace);
        if kinds.contains(&Kind::Pod) {
            warnings.push(format!(
                "Not all pods of {place} could be read: others may match too."
            ));
        }
        let workloads: Vec<&str> = kinds
            .iter()
            .filter(|kind| **kind != Kind::Pod)
            .map(|kind| kind.plural())
            .collect();
        if !workloads.is_empty() {
            warnings.push(format!(
                "Not all {} of {place} could be read: those without pods may match too.",
                match workloads.as_slice() {
                    [most @ .., last] if !most.is_empty() =>
                        format!("{} and {last}", most.join(", ")),
                    all => all.concat(),
                }
            ));
        }
    }
}

fn profiles(suggestion: &Suggestion<'_>, warnings: &mut Vec<String>) {
    let profiles = &suggestion.snapshot.profiles;
    let why = profiles
        .problem
        .as_ref()
        .map(|problem| format!(" ({problem})"))
        .unwrap_or_default();
    match profiles.knowledge {
        ProfileKnowledge::Complete => {}
        ProfileKnowledge::FromFiles => {}
        ProfileKnowledge::Partial => warnings.push(format!(
            "Not all existing profiles were seen{why}: one of them may claim these pods already, or have this name."
        )),
        ProfileKnowledge::Unread => warnings.push(format!(
            "Existing profiles were not seen{why}: one of them may claim these pods already, or have this name."
        )),
    }
    if let Some(name) = &suggestion.deleting {
        warnings.push(format!(
            "Profile {name} is being deleted; until it is gone, no profile can be created in this cluster."
        ));
    }
}

fn quotas(suggestion: &Suggestion<'_>, warnings: &mut Vec<String>) {
    if let Some(after) = suggestion.profiles_afterwards()
        && after > QUOTAS.profiles
    {
        warnings.push(format!(
            "The cluster would have {after} profiles; the quota is {} by default and can be raised.",
            QUOTAS.profiles
        ));
    }
    if suggestion.proposals.len() > 1 {
        warnings.push(format!(
            "A profile takes {} selectors by default, so this needs {} profiles.",
            QUOTAS.selectors,
            suggestion.proposals.len()
        ));
    }
    let has_wildcard = |selector: &Selector| {
        let mut values = selector.labels.iter().map(|pair| &pair.value);
        !selector.namespace.is_literal() || values.any(|value| !value.is_literal())
    };
    let mut selectors = suggestion
        .proposals
        .iter()
        .flat_map(|proposal| &proposal.selectors);
    if selectors.any(has_wildcard) {
        warnings.push(
            "Wildcards stand in it so that one profile takes fewer selectors; they catch nobody else now, and may later."
                .to_owned(),
        );
    }
}

fn placeholders(report: &SuggestionReport, warnings: &mut Vec<String>) {
    let missing = super::model::placeholders(report);
    if let [first, rest @ ..] = missing.as_slice() {
        let names = match rest.split_last() {
            None => (*first).to_owned(),
            Some((last, between)) => {
                let mut names = vec![*first];
                names.extend(between);
                format!("{} and {last}", names.join(", "))
            }
        };
        warnings.push(format!(
            "Put your own in place of {names}: nothing that was read tells."
        ));
    }
}
