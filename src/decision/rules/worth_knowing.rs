//! Good to know about a pod: what misleads, and what is wrong that is not a matter of placement.

use super::{Family, Rule, RuleInfo, finding, fix, phrases, word_evidence};
use crate::decision::facts::{ContainerRole, ContainerState, ContainerStatus};
use crate::decision::finding::{Certainty, Evidence, Finding, Severity, Strength};
use crate::decision::placement::observed::sight_of_node;
use crate::decision::placement::words::Word;
use crate::decision::placement::{PlacementKind, PodCase};
use crate::decision::reason::Reason;

pub(super) const RULES: &[Rule] = &[
    Rule {
        info: RuleInfo {
            reason: Reason::MisleadingTaintEvent,
            family: Family::WorthKnowing,
            title: "the scheduler's words about the Fargate taint mislead: a toleration is not the fix",
            evidence: "the text of the scheduler's event",
            fix: "ignore the taint; look at the decisive reason",
            source: "https://github.com/terraform-aws-modules/terraform-aws-eks/issues/2864",
            page: include_str!("pages/MisleadingTaintEvent.md"),
        },
        check: misleading_taint_event,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::StartupFailure,
            family: Family::WorthKnowing,
            title: "it is placed well; a container does not start",
            evidence: "the states of the containers, and the kubelet's warnings",
            fix: "look at the container: its image, its configuration, its logs",
            source: "https://kubernetes.io/docs/tasks/debug/debug-application/debug-pods/",
            page: include_str!("pages/StartupFailure.md"),
        },
        check: startup_failure,
    },
];

fn misleading_taint_event(case: &PodCase<'_>) -> Option<Finding> {
    if case.pod.is_claimed() {
        return None;
    }
    let (word, certainty): (&Word, Certainty) = match case.words.taint.first() {
        Some(word) => (word, Certainty::Certain),
        // Since Kubernetes 1.36 the scheduler no longer names the taint.
        None => {
            let word = case
                .words
                .scheduler
                .iter()
                .find(|word| word.text.contains("untolerated taint(s)"))?;
            let has_fargate_nodes = case
                .snapshot
                .nodes
                .keys()
                .any(|node| sight_of_node(case.snapshot, node).is_fargate());
            (has_fargate_nodes.then_some(word)?, Certainty::Likely)
        }
    };
    Some(
        finding(
            case,
            Reason::MisleadingTaintEvent,
            "The scheduler speaks of the taint of Fargate nodes. A toleration is not the fix: each Fargate node is made for one \
             pod, and pods come to Fargate by a profile that claims them when they are created.",
        )
        .severity(Severity::Info)
        .certainty(certainty)
        .strength(Strength::Aside)
        .evidence([word_evidence(case, word)]),
    )
}

fn startup_failure(case: &PodCase<'_>) -> Option<Finding> {
    if case.placement_kind() != Some(PlacementKind::Fargate)
        || !case.pod.is_claimed()
        || case.pod.is_terminating()
    {
        return None;
    }
    let failures: Vec<(&ContainerStatus, String, &'static str)> = case
        .pod
        .containers
        .iter()
        .filter_map(|container| {
            failure(case, container).map(|(text, field)| (container, text, field))
        })
        .collect();
    let mut evidence: Vec<Evidence> = failures
        .iter()
        .map(|(container, text, field)| {
            let list = match container.role {
                ContainerRole::Init | ContainerRole::Sidecar => "initContainerStatuses",
                _ => "containerStatuses",
            };
            let field = format!("status.{list}[{}].{field}", container.name);
            Evidence::found(case.object.clone(), field, text.as_str())
        })
        .collect();
    let is_starting = case.pod.containers.iter().any(|container| {
        matches!(&container.state, ContainerState::Waiting { reason, .. }
            if reason == "ContainerCreating" || reason == "PodInitializing" || reason.is_empty())
    });
    let warning = case.words.startup.last().filter(|_| is_starting);
    evidence.extend(warning.map(|word| word_evidence(case, word)));
    let what = match (failures.first(), warning) {
        (Some((container, text, _)), _) => {
            format!("container {} does not run: {text}", container.name)
        }
        (None, Some(word)) => format!(
            "its containers do not start: {}",
            phrases::quoted(&word.text)
        ),
        (None, None) => return None,
    };
    let kubectl = fix::kubectl(case);
    let pod = shell_words::quote(&case.pod.name).into_owned();
    // A container that never ran has no logs.
    let logs = failures.first().and_then(|(container, ..)| {
        let has_ended = |state: &ContainerState| matches!(state, ContainerState::Terminated { .. });
        let previous = match (
            has_ended(&container.last_state),
            has_ended(&container.state),
        ) {
            (true, _) => " --previous",
            (false, true) => "",
            (false, false) => return None,
        };
        let name = shell_words::quote(&container.name);
        Some(format!("{kubectl} logs {pod} -c {name}{previous}"))
    });
    Some(
        finding(case, Reason::StartupFailure, format!("The pod is placed well on Fargate, but {what}."))
            .severity(Severity::Error)
            .strength(Strength::Aside)
            .evidence(evidence)
            .fix(fix::with_commands(
                "Look at the container; its placement is not the cause. On Fargate there is no instance metadata, and images come \
                 through the subnets' route out.",
                std::iter::once(format!("{kubectl} describe pod {pod}")).chain(logs),
            )),
    )
}

/// Why a container does not run, in a few words, and the field that says so.
fn failure(case: &PodCase<'_>, container: &ContainerStatus) -> Option<(String, &'static str)> {
    let with = |reason: &str, message: &str| match message {
        "" => reason.to_owned(),
        message => format!("{reason}: {message}"),
    };
    if container.role == ContainerRole::Ephemeral {
        return None;
    }
    match &container.state {
        ContainerState::Waiting { reason, message }
            if !matches!(
                reason.as_str(),
                "" | "ContainerCreating" | "PodInitializing"
            ) =>
        {
            let mut text = with(reason, message);
            if let ContainerState::Terminated {
                reason,
                message,
                exit_code,
            } = &container.last_state
            {
                text.push_str(&format!(
                    "; before that {} (exit code {exit_code})",
                    with(reason, message)
                ));
            }
            Some((text, "state.waiting"))
        }
        ContainerState::Terminated {
            reason,
            message,
            exit_code,
        } if is_start_error(reason) || *exit_code != 0 && !case.pod.is_finished() => Some((
            format!("{} (exit code {exit_code})", with(reason, message)),
            "state.terminated",
        )),
        _ => None,
    }
}

fn is_start_error(reason: &str) -> bool {
    matches!(
        reason,
        "StartError" | "ContainerCannotRun" | "ContainerStatusUnknown"
    )
}
