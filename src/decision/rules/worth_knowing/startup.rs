//! The pod has its place, and a container does not start or does not stay.

use super::super::{Family, Rule, RuleInfo, finding, fix, phrases, word_evidence};
use crate::decision::facts::{ContainerRole, ContainerState, ContainerStatus};
use crate::decision::finding::{Evidence, Finding, Severity, Strength};
use crate::decision::placement::{PlacementKind, PodCase};
use crate::decision::reason::Reason;

pub(super) const STARTUP_FAILURE: Rule = Rule {
    info: RuleInfo {
        reason: Reason::StartupFailure,
        family: Family::WorthKnowing,
        title: "it is placed well; a container does not start",
        evidence: "the states of the containers, and the kubelet's warnings",
        fix: "look at the container: its image, its configuration, its logs",
        source: "https://kubernetes.io/docs/tasks/debug/debug-application/debug-pods/",
        page: include_str!("../pages/StartupFailure.md"),
    },
    check: startup_failure,
};

pub(super) const ULIMIT_REACHED: Rule = Rule {
    info: RuleInfo {
        reason: Reason::UlimitReached,
        family: Family::WorthKnowing,
        title: "a container ran into Fargate's limits of open files or processes",
        evidence: "the words of a failing container",
        fix: "raise the soft limit in the container, or open fewer files",
        source: super::super::sources::FARGATE,
        page: include_str!("../pages/UlimitReached.md"),
    },
    check: |_| None,
};

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
