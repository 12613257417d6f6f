//! The sentences about a suggested profile.

use super::model::{Refusal, TargetState};
use super::summary::lost_in_words;
use crate::decision::facts::shell::{operand, option};
use crate::decision::facts::{ObjectRef, Selector, WorkloadKind};
use crate::decision::finding::Fix;
use crate::decision::placement::ExpectedKind;
use crate::decision::reason::Reason;
use crate::decision::suggest::{Alternative, Cheaper, Group, Other, Standing, Suggestion, Target};

/// Most names that one sentence lists.
const MOST_NAMES: usize = 3;

/// `deployment/web`.
pub fn object(object: &ObjectRef) -> String {
    format!("{}/{}", object.kind, object.name)
}

/// A list for a sentence; what goes past a few is counted.
pub fn list(items: &[String]) -> String {
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

/// Whom a selector would claim later.
pub fn later(selector: &Selector) -> String {
    let namespace = &selector.namespace;
    let place = if namespace.is_literal() {
        format!("namespace {namespace}")
    } else {
        format!("any namespace that fits {namespace} (new ones too)")
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

/// Whole namespaces, with their price.
pub fn whole_namespace(alternative: &Alternative) -> String {
    let Alternative {
        namespaces,
        replaces,
    } = alternative;
    let instead = match replaces {
        1 => "the one above".to_owned(),
        count => format!("the {count} above"),
    };
    let selectors = match namespaces.as_slice() {
        [one] => format!("A selector for namespace {one} without labels"),
        several => format!(
            "A selector without labels for each namespace ({})",
            list(several)
        ),
    };
    format!(
        "{selectors} would claim the same pods today, in place of {instead}, and every pod that anybody creates there later."
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
    let unread = match cheaper.are_services_read {
        true => "",
        false => " (none of which were read)",
    };
    format!(
        "Without a new profile: give the template of {} the label {key}={value}, and profile {profile} claims it; its pods are \
         made again with that. Mind Services{unread}, policies and budgets that select by {key}.",
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
        (Standing::Claimed(profile), _) => claimed(target, state, profile),
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

/// What Fargate refuses, and its name: `it asks for a node with … (NodeSelectorConflict)`.
pub fn refusal(refusal: &Refusal) -> String {
    format!("{} ({})", refusal.what, refusal.reason.as_str())
}

/// Where a person finds out more.
pub fn explain(group: &Group<'_>) -> Fix {
    let is_known = WorkloadKind::of("", &group.kind).is_some() || group.kind == "Pod";
    let name = match group.pods.first() {
        Some(pod) if !is_known => format!("pod/{pod}"),
        _ => object(&group.object),
    };
    Fix {
        text: String::new(),
        commands: vec![
            format!(
                "kubectl fargate explain {} {}",
                operand(&name),
                option("-n", &group.namespace)
            )
            .into(),
        ],
    }
}

/// What is told of something that an existing profile matches.
fn claimed(target: &Target<'_>, state: TargetState, profile: &str) -> String {
    let group = &target.group;
    let profiles = &group.case.snapshot.profiles;
    let is_active = profiles
        .find(profile)
        .is_none_or(|profile| profile.is_active());
    let expected = &group.case.expected;
    let reasons: Vec<String> = expected
        .because
        .iter()
        .map(|reason| reason.as_str().to_owned())
        .collect();
    if state == TargetState::OnFargate {
        return match (expected.kind, is_active) {
            (ExpectedKind::Fargate, _) => {
                format!("It runs on Fargate, and profile {profile} would claim it again.")
            }
            (_, false) => format!(
                "It runs on Fargate; profile {profile} would claim it again only once it is ACTIVE."
            ),
            _ => format!(
                "It runs on Fargate; made again now, it would not ({}).",
                list(&reasons)
            ),
        };
    }
    if let Some(lost) = group.lost.first() {
        let what = lost_in_words(lost, profiles.knowledge);
        let wait = match group.stranded() {
            1 => "it waits",
            _ => "they wait",
        };
        let count = match group.stranded() == group.pods.len() {
            true => String::new(),
            false => format!("{} of them ", group.stranded()),
        };
        let when = match (is_active, group.stranded()) {
            (true, 1) => "claims it when it is made again",
            (true, _) => "claims them when they are made again",
            (false, 1) => "claims it once it is ACTIVE and the pod is made again",
            (false, _) => "claims them once it is ACTIVE and they are made again",
        };
        return format!("{count}claimed by {what}; {wait} for good. Profile {profile} {when}.");
    }
    match (is_active, expected.kind) {
        _ if group.claimed > 0 && group.claimed == group.pods.len() => {
            format!("Profile {profile} has claimed it already; why it does not run there:")
        }
        (false, _) => {
            format!("Profile {profile} will claim it once it is ACTIVE; make its pods again then.")
        }
        (true, ExpectedKind::Fargate) => {
            format!("Profile {profile} claims it already, once it is made again.")
        }
        (true, _) if expected.because.contains(&Reason::WebhookMissing) => format!(
            "Profile {profile} matches it, but the webhook by which EKS claims pods is missing."
        ),
        (true, _) => format!(
            "Profile {profile} selects it already; what keeps it off Fargate is {}.",
            list(&reasons)
        ),
    }
}

fn never(reason: Reason) -> &'static str {
    match reason {
        Reason::DaemonSetPod => "No profile claims the pods of a DaemonSet.",
        Reason::StaticPod => "No profile claims static pods: a kubelet makes them on its own node.",
        Reason::OptedOut => {
            "Opted out by the annotation eks.amazonaws.com/compute-type: ec2; how to undo that depends on who sets it:"
        }
        Reason::NamespaceNotSelected => {
            "No profile can select it: its namespace has no name that Kubernetes takes."
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

/// What has to end before EKS creates a profile: it makes and deletes one at a time.
///
/// Source: EKS API reference, DeleteFargateProfile; its answer to CreateFargateProfile ("currently has Fargate profile … in
/// status CREATING") in terraform-aws-modules/terraform-aws-eks, issue 866.
pub fn before(suggestion: &Suggestion<'_>) -> Vec<Fix> {
    let wait = |profile: &Option<String>, until: &str, state: &str| {
        let profile = profile.as_ref()?;
        Some(Fix {
            text: format!("Wait until profile {profile} is {state}."),
            commands: vec![wait_for(suggestion, until, profile).into()],
        })
    };
    if suggestion.proposals.is_empty() {
        return Vec::new();
    }
    let webhook = suggestion.is_webhook_missing.then(|| Fix {
        text: "First bring back the webhook by which EKS claims pods:".to_owned(),
        commands: vec!["kubectl fargate reasons WebhookMissing".into()],
    });
    [
        webhook,
        wait(&suggestion.deleting, "fargate-profile-deleted", "gone"),
        wait(&suggestion.creating, "fargate-profile-active", "ACTIVE"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// How to wait until the profile can claim.
pub fn wait(suggestion: &Suggestion<'_>) -> Fix {
    let commands = suggestion
        .proposals
        .iter()
        .map(|proposal| wait_for(suggestion, "fargate-profile-active", &proposal.name));
    Fix {
        text: "Wait until it is ACTIVE, some minutes: it claims only pods that are created afterwards."
            .to_owned(),
        commands: commands.map(Into::into).collect(),
    }
}

fn wait_for(suggestion: &Suggestion<'_>, until: &str, profile: &str) -> String {
    let cluster = &suggestion.snapshot.cluster;
    super::model::wait_command(
        until,
        cluster.region.as_deref().unwrap_or(super::model::REGION),
        cluster
            .name
            .as_deref()
            .unwrap_or(super::model::CLUSTER_NAME),
        profile,
    )
}
