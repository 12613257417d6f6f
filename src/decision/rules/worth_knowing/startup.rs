//! The pod has its place, and a container does not start or does not stay.

use super::super::{Family, Rule, RuleInfo, finding, fix, phrases, word_evidence};
use super::containers::{failures, has_landed, last_words, says, shortened};
use super::start_cause::StartCause;
use crate::decision::facts::shell::{option, resource};
use crate::decision::facts::{ContainerState, ContainerStatus};
use crate::decision::finding::{Certainty, Evidence, Finding, Severity, Strength};
use crate::decision::placement::PodCase;
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
    check: ulimit_reached,
};

/// How much of a container's or kubelet's words stands in a message beside the container's name, in characters; evidence has all of it.
const SHOWN: usize = 112;

fn startup_failure(case: &PodCase<'_>) -> Option<Finding> {
    if !has_landed(case) {
        return None;
    }
    let failures = failures(case);
    let mut evidence: Vec<Evidence> = failures
        .iter()
        .map(|failure| failure.evidence(case))
        .collect();
    let is_starting = case.pod.containers.iter().any(|container| {
        matches!(&container.state, ContainerState::Waiting { reason, .. }
            if reason == "ContainerCreating" || reason == "PodInitializing" || reason.is_empty())
    });
    let warnings = || case.words.startup.iter().map(|word| word.text.as_str());
    let of_warnings = StartCause::of_warnings(warnings());
    // The newest warning often says only that time ran out; the newest that names the cause says more.
    let warning = case
        .words
        .startup
        .iter()
        .rfind(|word| StartCause::of_warnings(std::iter::once(word.text.as_str())) == of_warnings)
        .or(case.words.startup.last())
        .filter(|_| is_starting);
    evidence.extend(warning.map(|word| word_evidence(case, word)));
    let what = match (failures.first(), warning) {
        (Some(failure), _) => format!(
            "container {} does not run: {}",
            failure.container.name,
            shortened(
                &failure.in_short(),
                SHOWN.saturating_sub(failure.container.name.len())
            )
        ),
        (None, Some(word)) => format!(
            "its containers do not start: {}",
            phrases::quoted(&shortened(&word.text, SHOWN))
        ),
        (None, None) => return None,
    };
    let cause = match failures.first() {
        Some(failure) => StartCause::of_container(case, failure),
        None => of_warnings,
    };
    let kubectl = fix::kubectl(case);
    let pod = resource("pod", &case.pod.name);
    let logs = failures
        .first()
        .and_then(|failure| logs_command(case, failure.container));
    let commands = std::iter::once(format!("{kubectl} describe {pod}")).chain(logs);
    Some(
        finding(
            case,
            Reason::StartupFailure,
            format!("Its place is right, but {what}."),
        )
        .severity(Severity::Error)
        .strength(Strength::Aside)
        .evidence(evidence)
        .fix(fix::with_commands(
            advice_on(case, cause),
            commands.chain(cause.command(&kubectl)),
        )),
    )
}

/// What to do about a cause; with a warning where that is to make the pods again, and new ones would not run on Fargate.
fn advice_on(case: &PodCase<'_>, cause: StartCause) -> String {
    let advice = cause.advice();
    let again = match cause.advice_with_new_pods() {
        None => return advice.to_owned(),
        Some(again) => again,
    };
    match fix::warning_before_remaking(case) {
        None => format!("{advice} {again}"),
        Some(warning) => format!("{advice} {warning}"),
    }
}

/// A container that never ran has no logs.
fn logs_command(case: &PodCase<'_>, container: &ContainerStatus) -> Option<String> {
    let has_ended = |state: &ContainerState| matches!(state, ContainerState::Terminated { .. });
    let previous = match (
        has_ended(&container.last_state),
        has_ended(&container.state),
    ) {
        (true, _) => " --previous",
        (false, true) => "",
        (false, false) => return None,
    };
    let pod = resource("pod", &case.pod.name);
    let container = option("-c", &container.name);
    let kubectl = fix::kubectl(case);
    Some(format!("{kubectl} logs {pod} {container}{previous}"))
}

/// Words of programs and runtimes that ran out of open files, processes or threads.
const LIMIT_WORDS: &[&[&str]] = &[
    &["too many open files"],
    &["=emfile"],
    &["=enfile"],
    &["resource temporarily unavailable", "fork"],
    &["resource temporarily unavailable", "clone"],
    &["resource temporarily unavailable", "thread"],
    &["pthread_create failed"],
    &["cannot fork"],
    &["can't fork"],
    &["can't start new thread"],
    &["unable to create native thread"],
    &["unable to create new native thread"],
    &["failed to create new os thread"],
];

/// Words of programs that ran out of watches on files: those have limits of their own, in the kernel, and the same error.
const WATCH_WORDS: &[&[&str]] = &[&["inotify"], &["fsnotify"], &["watch"]];

fn ulimit_reached(case: &PodCase<'_>) -> Option<Finding> {
    if !has_landed(case) {
        return None;
    }
    let words = last_words(case);
    let word = words
        .iter()
        .find(|word| says(word.text, LIMIT_WORDS) && !says(word.text, WATCH_WORDS))?;
    let name = &word.container.name;
    Some(
        finding(
            case,
            Reason::UlimitReached,
            format!(
                "Container {name} speaks of a limit of open files or processes that it ran into. On Fargate both are 1024 (soft) and \
                 65535 (hard)."
            ),
        )
        .severity(Severity::Info)
        .certainty(Certainty::Likely)
        .strength(Strength::Aside)
        .evidence([word.evidence(case)])
        .fix(fix::advice(format!(
            "Raise the soft limit where container {name} starts, up to the hard one: sh -c 'ulimit -n 65535; exec PROGRAM' for \
             files, ulimit -u for processes in shells that have it. Or have the program open less, or spread the work over more pods."
        ))),
    )
}
