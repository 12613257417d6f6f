//! What fargate-scheduler said about a pod and Fargate's log router. It is apart from the other words: it never keeps a pod
//! from its place, and no complaint is past because of it.

use super::words::{Word, is_about_this_pod, said_at};
use crate::decision::facts::pod::FARGATE_SCHEDULER;
use crate::decision::facts::{ClusterSnapshot, Event, ObjectRef, Pod};

/// What fargate-scheduler said last about logging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggingWord {
    /// What it said.
    pub word: Word,
    /// Whether the pod's logs are collected.
    pub is_enabled: bool,
}

/// Returns what fargate-scheduler said last about a pod's logging; `None` where it said nothing about it.
///
/// Source: EKS User Guide, "Start AWS Fargate logging" (the event reasons `LoggingEnabled` and `LoggingDisabled`).
pub fn newest_logging_word(
    snapshot: &ClusterSnapshot,
    pod: &Pod,
    object: &ObjectRef,
) -> Option<LoggingWord> {
    snapshot
        .events
        .get(object)?
        .iter()
        .filter(|event| is_about_this_pod(event, pod) && is_by_fargate(event, pod))
        .filter_map(|event| Some((event, is_enabled(event)?)))
        .max_by_key(|(event, is_enabled)| (said_at(event), *is_enabled))
        .map(|(event, is_enabled)| LoggingWord {
            word: Word {
                text: event.message.clone(),
                at: said_at(event),
                by: event.reporter.clone(),
                place: "event".to_owned(),
                code: None,
                clauses: Vec::new(),
                has_unknown_words: false,
            },
            is_enabled,
        })
}

/// What the event says about logging; `None` where it is about something else.
fn is_enabled(event: &Event) -> Option<bool> {
    match event.reason.as_str() {
        "LoggingEnabled" => Some(true),
        "LoggingDisabled" => Some(false),
        _ if event.message.contains("Successfully enabled logging") => Some(true),
        _ if event.message.contains("Disabled logging") => Some(false),
        _ => None,
    }
}

fn is_by_fargate(event: &Event, pod: &Pod) -> bool {
    match event.reporter.as_str() {
        FARGATE_SCHEDULER => true,
        "" => pod.scheduler_name() == FARGATE_SCHEDULER,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::decision::facts::{PodPhase, PodSpec};

    fn time(second: i64) -> Option<Timestamp> {
        Timestamp::from_second(second).ok()
    }

    fn pod() -> Pod {
        Pod {
            namespace: "shop".into(),
            name: "web-0".to_owned(),
            uid: "u1".into(),
            labels: Default::default(),
            annotations: Default::default(),
            owners: Default::default(),
            created_at: time(100),
            deleted_at: None,
            node_name_by_creator: false,
            spec: PodSpec {
                scheduler_name: Some(FARGATE_SCHEDULER.to_owned()),
                ..PodSpec::default()
            }
            .into(),
            node_name: None,
            phase: PodPhase::Running,
            status_reason: None,
            status_message: None,
            conditions: Default::default(),
            containers: Default::default(),
        }
    }

    fn event(uid: &str, reporter: &str, reason: &str, message: &str, second: i64) -> Event {
        Event {
            about: ObjectRef::namespaced("pod", "shop", "web-0"),
            about_uid: uid.into(),
            kind: "Warning".to_owned(),
            reason: reason.to_owned(),
            message: message.to_owned(),
            reporter: reporter.to_owned(),
            first_seen: time(second),
            last_seen: time(second),
            count: 1,
        }
    }

    #[test]
    fn the_reason_or_the_text_tells() {
        for (reason, message, wanted) in [
            ("LoggingEnabled", "in new words", Some(true)),
            ("LoggingDisabled", "in new words", Some(false)),
            ("", "Successfully enabled logging for pod", Some(true)),
            ("", "Disabled logging because", Some(false)),
            ("FailedScheduling", "no", None),
        ] {
            let event = event("u1", FARGATE_SCHEDULER, reason, message, 110);
            assert_eq!(is_enabled(&event), wanted, "{reason}: {message}");
        }
    }

    #[test]
    fn the_newest_word_about_logging_counts() {
        let off = "Disabled logging because aws-logging configmap was not found. configmap \"aws-logging\" not found";
        let on = "Successfully enabled logging for pod";
        let by = FARGATE_SCHEDULER;
        let disabled = |second| event("u1", by, "LoggingDisabled", off, second);
        let enabled = |second| event("u1", by, "LoggingEnabled", on, second);
        let rows: &[(Vec<Event>, Option<bool>, &str)] = &[
            (vec![], None, "nothing was said"),
            (vec![disabled(110)], Some(false), "off"),
            (vec![disabled(110), enabled(120)], Some(true), "on since"),
            (vec![enabled(110), disabled(120)], Some(false), "off since"),
            (
                vec![event("u1", by, "FailedScheduling", "no", 110)],
                None,
                "about something else",
            ),
            (
                vec![event("u1", by, "", off, 110)],
                Some(false),
                "the text alone tells",
            ),
            (
                vec![event("u1", "", "LoggingDisabled", off, 110)],
                Some(false),
                "nobody else writes such events on a claimed pod",
            ),
            (
                vec![event("u1", "fluent-operator", "LoggingDisabled", off, 110)],
                None,
                "another's word",
            ),
            (
                vec![event("u0", by, "LoggingDisabled", off, 110)],
                None,
                "about the pod that had this name before",
            ),
            (
                vec![event("", by, "LoggingDisabled", off, 90)],
                None,
                "older than the pod",
            ),
        ];
        for (events, expected, why) in rows {
            let mut snapshot = ClusterSnapshot::empty(Timestamp::UNIX_EPOCH);
            for event in events {
                snapshot.add_event(event.clone());
            }
            let newest = newest_logging_word(
                &snapshot,
                &pod(),
                &ObjectRef::namespaced("pod", "shop", "web-0"),
            );
            assert_eq!(newest.map(|word| word.is_enabled), *expected, "{why}");
        }
    }
}
