//! The sentences about a suggested profile.

use shell_words::quote;

use super::model::{Claimed, SuggestionReport, TargetReport, TargetState};
use crate::decision::facts::{ObjectRef, Selector};
use crate::decision::finding::{Certainty, Fix};
use crate::decision::placement::ExpectedKind;
use crate::decision::reason::Reason;
use crate::decision::suggest::{Alternative, Cheaper, Group, Other, Standing, Suggestion, Target};

/// Most names that one sentence lists.
const MOST_NAMES: usize = 3;

/// `deployment/web`.
pub fn object(object: &ObjectRef) -> String {
    format!("{}/{}", object.kind, object.name)
}

/// `deployment/web (3 pods)`.
fn with_pods(claimed: &Claimed) -> String {
    format!("{}{}", claimed.reference(), claimed.pods_in_words())
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
        let claims = format!("{profiles} would claim");
        return match (others_in_words(report), report.certainty) {
            (None, Certainty::Certain) => format!("{claims} exactly {}.", list(&proposed)),
            (None, _) => format!(
                "{claims} {}, and nobody else that was seen.",
                list(&proposed)
            ),
            (Some(others), _) => {
                format!("{claims} {}, and {others} not asked for.", list(&proposed))
            }
        };
    }
    let already = |is_refused: bool| {
        let targets = report.targets.iter().filter(move |target| {
            target.state == TargetState::AlreadyClaimed && target.refused.is_empty() != is_refused
        });
        named(targets)
    };
    match (already(false).as_slice(), already(true).as_slice()) {
        ([], []) => {}
        (claimed, []) => {
            return format!(
                "No new profile is needed: an existing one claims {} when its pods are created again.",
                list(claimed)
            );
        }
        ([], refused) => {
            return format!(
                "No new profile would help: an existing one selects {} already, and Fargate refuses what it asks for.",
                list(refused)
            );
        }
        (claimed, refused) => {
            return format!(
                "No new profile is needed: existing ones claim {} when its pods are created again, and select {} already, which \
                 Fargate refuses.",
                list(claimed),
                list(refused)
            );
        }
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

/// Who else would be claimed, as the end of a sentence; `None` where that is nobody.
fn others_in_words(report: &SuggestionReport) -> Option<String> {
    let claimed = report
        .others
        .iter()
        .filter(|other| other.effect != "KeptByExistingProfile");
    let pods: Vec<usize> = claimed.map(|other| other.object.pods).collect();
    match (pods.len(), pods.iter().sum::<usize>()) {
        (0, _) => None,
        (_, 1) => Some("1 pod that was".to_owned()),
        (1, 0) => Some("1 workload that was".to_owned()),
        (count, 0) => Some(format!("{count} workloads that were")),
        (_, pods) => Some(format!("{pods} pods that were")),
    }
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
        (true, _) => format!("every pod that is created in {place}, whatever its labels"),
        (false, true) => {
            format!("every pod that is created in {place} whose labels fit, new values too")
        }
        (false, false) => format!("every pod that is created in {place} with these labels"),
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
            let or = match group.case.snapshot.profiles.find(name) {
                Some(_) => format!("mend the labels that profile {name} asks for"),
                None => "ask for it alone, so that the new profile gets that name".to_owned(),
            };
            format!(
                "Its template carries the label eks.amazonaws.com/fargate-profile: {name}, so only a profile of that name may \
                 claim it. Take the label out, or {or}."
            )
        }
        (Standing::Wanted, _) => match (named, group.unsure_profiles().as_slice()) {
            (Some(name), _) => format!(
                "Its template carries the label eks.amazonaws.com/fargate-profile: {name}, so the new profile has to have that name."
            ),
            (None, []) => match &group.case.chain.unread {
                Some((kind, name)) => format!(
                    "{} {name} could not be read, so this rests on the labels that its pods have now.",
                    kind.as_str()
                ),
                None => return None,
            },
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
                _ if group.claimed > 0 && group.claimed == group.pods.len() => format!(
                    "Profile {profile} has claimed it; why it does not run there yet, kubectl fargate explain tells."
                ),
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
        return "All pods of one template are alike, so no profile can tell them apart; only a workload of its own can be told."
            .to_owned();
    }
    if targets.is_empty() {
        return "No selector within the quotas tells it from what was asked for.".to_owned();
    }
    let targets = list(&targets);
    match other.is_alike_for_lack_of_labels {
        true => format!(
            "A selector cannot tell {targets} from the rest of the namespace for lack of labels; give it one first."
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
