//! Containers that do not run or do not stay, and the words that they leave behind. Several rules look at them.

use crate::decision::facts::{Container, ContainerRole, ContainerState, ContainerStatus};
use crate::decision::finding::Evidence;
use crate::decision::placement::{PlacementKind, PodCase};

/// Whether the pod is claimed, on its Fargate node, and not being deleted.
pub(super) fn has_landed(case: &PodCase<'_>) -> bool {
    case.placement_kind() == Some(PlacementKind::Fargate)
        && case.pod.is_claimed()
        && !case.pod.is_terminating()
}

/// Whether the pod is claimed and has landed on Fargate or still waits for its node.
pub(super) fn lives_by_a_claim(case: &PodCase<'_>) -> bool {
    let is_waiting = case.pod.is_claimed() && case.is_waiting();
    !case.pod.is_finished() && (has_landed(case) || is_waiting)
}

/// A container that does not run.
pub(super) struct Failure<'a> {
    /// Its status.
    pub container: &'a ContainerStatus,
    /// Why, in a few words.
    pub text: String,
    /// The state that says so, `state.waiting`.
    pub field: &'static str,
}

/// How the kubelet's sentence about the next restart begins. It repeats names and tells no cause.
const BACK_OFF: &str = "back-off ";

impl Failure<'_> {
    /// Why it does not run, without the kubelet's sentence about the next restart.
    pub(super) fn in_short(&self) -> String {
        let Some(start) = self.text.find(BACK_OFF) else {
            return self.text.clone();
        };
        let head = self.text[..start].trim_end_matches([' ', ':']);
        match self.text[start..].find("; before that ") {
            Some(end) => format!("{head}{}", &self.text[start + end..]),
            None => head.to_owned(),
        }
    }

    pub(super) fn evidence(&self, case: &PodCase<'_>) -> Evidence {
        Evidence::found(
            case.object.clone(),
            field(self.container, self.field),
            self.text.as_str(),
        )
    }
}

/// The containers that do not run, in the order of their statuses.
pub(super) fn failures<'a>(case: &'a PodCase<'_>) -> Vec<Failure<'a>> {
    case.pod
        .containers
        .iter()
        .filter_map(|container| {
            failure(case, container).map(|(text, field)| Failure {
                container,
                text,
                field,
            })
        })
        .collect()
}

/// A state of a container as a field path.
fn field(container: &ContainerStatus, state: &str) -> String {
    let list = match container.role {
        ContainerRole::Init | ContainerRole::Sidecar => "initContainerStatuses",
        _ => "containerStatuses",
    };
    format!("status.{list}[{}].{state}", container.name)
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

/// What a container, or the runtime that started it, said when it ended badly.
pub(super) struct LastWords<'a> {
    /// Its status.
    pub container: &'a ContainerStatus,
    /// The words, as found.
    pub text: &'a str,
    field: &'static str,
}

impl LastWords<'_> {
    pub(super) fn evidence(&self, case: &PodCase<'_>) -> Evidence {
        Evidence::found(
            case.object.clone(),
            field(self.container, self.field),
            self.text,
        )
    }
}

/// The words of containers that ended badly, present state first. The kubelet's own sentences about restarts and images are
/// left out: they repeat names, and a name proves nothing.
pub(super) fn last_words<'a>(case: &'a PodCase<'_>) -> Vec<LastWords<'a>> {
    let mut words = Vec::new();
    for container in case.pod.containers.iter() {
        if container.role == ContainerRole::Ephemeral {
            continue;
        }
        let states = [
            (
                &container.state,
                "state.waiting.message",
                "state.terminated.message",
            ),
            (
                &container.last_state,
                "lastState.waiting.message",
                "lastState.terminated.message",
            ),
        ];
        for (state, waiting, terminated) in states {
            let (text, field) = match state {
                ContainerState::Waiting { reason, message }
                    if !reason.contains("Image") && !message.starts_with(BACK_OFF) =>
                {
                    (message, waiting)
                }
                ContainerState::Terminated {
                    message, exit_code, ..
                } if *exit_code != 0 => (message, terminated),
                _ => continue,
            };
            if !text.is_empty() {
                words.push(LastWords {
                    container,
                    text,
                    field,
                });
            }
        }
    }
    words
}

/// Whether a container ends again and again: it waits to be started once more, has just ended badly, or was started anew and
/// is not ready.
pub(super) fn is_crashing(container: &ContainerStatus) -> bool {
    let ended_badly = |state: &ContainerState| matches!(state, ContainerState::Terminated { exit_code, .. } if *exit_code != 0);
    match &container.state {
        ContainerState::Waiting { reason, .. } => reason == "CrashLoopBackOff",
        ContainerState::Terminated { .. } => ended_badly(&container.state),
        ContainerState::Running => !container.ready && ended_badly(&container.last_state),
        ContainerState::Unknown => false,
    }
}

/// Whether a container was last ended from outside, mostly for want of memory: that is the cause, and no word is needed.
pub(super) fn was_killed(container: &ContainerStatus) -> bool {
    /// 128 and the number of SIGKILL.
    const KILLED: i64 = 137;
    let last = match &container.state {
        ended @ ContainerState::Terminated { .. } => ended,
        _ => &container.last_state,
    };
    matches!(last, ContainerState::Terminated { reason, exit_code, .. }
        if reason == "OOMKilled" || *exit_code == KILLED)
}

/// The container of the pod's spec that a status is about.
pub(super) fn spec_of<'a>(
    case: &'a PodCase<'_>,
    status: &ContainerStatus,
) -> Option<&'a Container> {
    case.pod
        .spec
        .containers
        .iter()
        .find(|container| container.name == status.name)
}

/// Whether a text contains all parts of one of these phrases, whatever the case. Phrases are in lower case. One that is
/// written `=imds` must stand alone, not within a longer word.
pub(super) fn says(text: &str, phrases: &[&[&str]]) -> bool {
    let text = text.to_lowercase();
    let has = |part: &&str| match part.strip_prefix('=') {
        Some(word) => text
            .split(|c: char| !c.is_alphanumeric())
            .any(|found| found == word),
        None => text.contains(part),
    };
    phrases.iter().any(|parts| parts.iter().all(has))
}

/// A text for a message: one line, and without its middle where it is longer than a person reads at a glance: errors are
/// wrapped, and the cause stands at the end. Evidence has all of it.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let length = text.chars().count();
    if length <= most {
        return text;
    }
    let head: String = text.chars().take(most / 3).collect();
    let tail_length = most - most / 3 - 1;
    let tail: String = text.chars().skip(length - tail_length).collect();
    format!("{}…{}", head.trim_end(), tail.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_found_whatever_the_case_and_short_words_stand_alone() {
        let phrases: &[&[&str]] = &[&["fork", "temporarily unavailable"], &["=emfile"]];
        assert!(says(
            "bash: FORK: Resource Temporarily Unavailable",
            phrases
        ));
        assert!(says("Error: EMFILE, open 'cache.db'", phrases));
        assert!(!says("resource temporarily unavailable", phrases));
        assert!(!says("cannot read memfiles", phrases));
    }

    #[test]
    fn the_sentence_about_the_next_restart_is_left_out() {
        let container = ContainerStatus {
            name: "web".to_owned(),
            role: ContainerRole::Main,
            ready: false,
            restart_count: 3,
            state: ContainerState::Unknown,
            last_state: ContainerState::Unknown,
        };
        let rows = [
            (
                "CrashLoopBackOff: back-off 5m0s restarting failed container=web; before that Error: no (exit code 1)",
                "CrashLoopBackOff; before that Error: no (exit code 1)",
            ),
            (
                "CrashLoopBackOff: back-off 10s restarting",
                "CrashLoopBackOff",
            ),
            ("ErrImagePull: not found", "ErrImagePull: not found"),
        ];
        for (text, short) in rows {
            let failure = Failure {
                container: &container,
                text: text.to_owned(),
                field: "state.waiting",
            };
            assert_eq!(failure.in_short(), short);
        }
    }

    #[test]
    fn long_texts_lose_their_middle_and_are_made_one_line() {
        assert_eq!(shortened("one\n two", 20), "one two");
        assert_eq!(shortened("wrapped: wrapped: cause", 9), "wra…cause");
    }
}
