//! What was said about a pod: by fargate-scheduler, by another scheduler, by the kubelet.
//!
//! The texts are those of real events in public threads; [`clauses`] reads them.

pub mod clauses;
mod proved;

use jiff::Timestamp;

use self::clauses::{Clauses, clauses_of, is_refusal_of_spec};

use super::observed::is_kubelet_refusal;
use crate::decision::facts::pod::FARGATE_SCHEDULER;
use crate::decision::facts::{ClusterSnapshot, Event, Kind, ObjectRef, Pod};
use crate::decision::reason::Reason;

/// One thing that was said about a pod, and still counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The text, as found.
    pub text: String,
    /// When it was said last.
    pub at: Option<Timestamp>,
    /// Who said it; a condition counts as its scheduler's word.
    pub by: String,
    /// `event` or the condition's type.
    pub place: String,
    /// The machine code that a condition carries beside its text, where Fargate wrote one (`POD_…`).
    pub code: Option<String>,
    /// The reasons that the text names, in its own order.
    pub clauses: Vec<Reason>,
    /// Whether a part of it is in words that we do not know.
    pub has_unknown_words: bool,
}

impl Word {
    /// Whether it names something in a pod's spec that Fargate refuses.
    pub fn names_refusal(&self) -> bool {
        self.clauses
            .iter()
            .any(|reason| reason.is_refusal_of_spec())
    }
}

/// All that was said about one pod.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// The newest complaint of fargate-scheduler; empty where its newest word is none.
    pub fargate: Vec<Word>,
    /// The newest complaint of the other scheduler that has the pod.
    pub scheduler: Vec<Word>,
    /// The kubelet's refusals.
    pub kubelet: Vec<Word>,
    /// Warnings of the kubelet about volumes and sandboxes, newest last.
    pub startup: Vec<Word>,
    /// Every event text that speaks of Fargate's taint.
    pub taint: Vec<Word>,
    /// Whether the events of this pod were read.
    pub events_read: bool,
}

impl Words {
    /// Collects what was said about a pod, which is this object.
    pub fn about(snapshot: &ClusterSnapshot, pod: &Pod, object: &ObjectRef) -> Self {
        let events: Vec<&Event> = snapshot
            .events
            .get(object)
            .into_iter()
            .flatten()
            .filter(|event| is_about_this_pod(event, pod))
            .collect();
        let mut words = Self {
            events_read: snapshot
                .coverage
                .is_read(Kind::Event, &pod.namespace, &pod.name),
            ..Self::default()
        };
        words.fargate = newest_of_fargate(pod, &events);
        words.scheduler = newest_of_other_scheduler(pod, &events);
        words.kubelet = kubelet_refusals(pod, &events);
        words.startup = startup_warnings(pod, &events);
        words.taint = events
            .iter()
            .filter(|event| speaks_of_fargate_taint(&event.message))
            .map(|event| word_of(event, pod))
            .collect();
        if let Some(condition) = unscheduled(pod)
            && speaks_of_fargate_taint(&condition.text)
            && words.taint.is_empty()
        {
            words.taint.push(condition);
        }
        words
    }
}

/// Events count only for the pod's own uid or, where none is given, if they are not older than the pod.
pub(super) fn is_about_this_pod(event: &Event, pod: &Pod) -> bool {
    if !event.about_uid.is_empty() && !pod.uid.is_empty() {
        return event.about_uid == pod.uid;
    }
    match (event.last_seen, pod.created_at) {
        (Some(seen), Some(created)) => seen.as_second() >= created.as_second(),
        _ => true,
    }
}

fn word_of(event: &Event, pod: &Pod) -> Word {
    let clauses = clauses_of(&event.message, &pod.spec);
    Word {
        text: event.message.clone(),
        at: said_at(event),
        by: event.reporter.clone(),
        place: "event".to_owned(),
        code: None,
        clauses: clauses.reasons,
        has_unknown_words: clauses.has_unknown_words,
    }
}

pub(super) fn said_at(event: &Event) -> Option<Timestamp> {
    event.last_seen.or(event.first_seen)
}

/// Events of the two groups give the same moment with and without its fraction.
fn in_seconds(moment: Option<Timestamp>) -> Option<i64> {
    moment.map(Timestamp::as_second)
}

/// The pod's `PodScheduled` condition, where it is false and says why.
///
/// `Unschedulable` and `SchedulerError` are Kubernetes' own reasons, and `SchedulingGated` is no complaint. Fargate says no
/// in codes of its own, of which few are known: any other code is its word.
fn unscheduled(pod: &Pod) -> Option<Word> {
    let condition = pod
        .condition("PodScheduled")
        .filter(|condition| condition.status == "False")?;
    if condition.reason == "SchedulingGated"
        || (condition.message.is_empty() && condition.reason.is_empty())
    {
        return None;
    }
    let is_ordinary = matches!(
        condition.reason.as_str(),
        "Unschedulable" | "SchedulerError" | ""
    );
    let text = match condition.message.as_str() {
        "" => condition.reason.clone(),
        message => message.to_owned(),
    };
    let Clauses {
        mut reasons,
        mut has_unknown_words,
    } = clauses_of(&text, &pod.spec);
    if condition.reason == clauses::TOO_BIG_CODE && !is_refusal_of_spec(&text) {
        // The code says it all, whatever the words beside it.
        has_unknown_words = false;
        if !reasons.contains(&Reason::TooBig) {
            reasons.push(Reason::TooBig);
        }
    }
    if is_ordinary
        && reasons.is_empty()
        && !is_refusal_of_spec(&text)
        && pod.scheduler_name() == FARGATE_SCHEDULER
    {
        return None;
    }
    Some(Word {
        text,
        at: condition.since,
        by: pod.scheduler_name().to_owned(),
        place: format!("condition PodScheduled, reason {}", condition.reason),
        code: (!is_ordinary).then(|| condition.reason.clone()),
        clauses: reasons,
        has_unknown_words,
    })
}

/// Where no reporter is given, fargate-scheduler is known by what it does: it schedules, and sets up logging.
fn is_by_fargate(event: &Event, pod: &Pod) -> bool {
    match event.reporter.as_str() {
        FARGATE_SCHEDULER => true,
        "" => {
            pod.scheduler_name() == FARGATE_SCHEDULER
                && (matches!(event.reason.as_str(), "FailedScheduling" | "Scheduled" | "")
                    || is_refusal_of_spec(&event.message))
                && !is_kubelet_refusal(&event.message)
        }
        _ => false,
    }
}

/// What fargate-scheduler said last about the pod, logging aside. A complaint is past once it has said something newer.
fn newest_of_fargate(pod: &Pod, events: &[&Event]) -> Vec<Word> {
    if pod.scheduler_name() != FARGATE_SCHEDULER {
        return Vec::new();
    }
    let said: Vec<&&Event> = events
        .iter()
        .filter(|event| is_by_fargate(event, pod) && !event.reason.starts_with("Logging"))
        .filter(|event| !is_logging_text(&event.message))
        .collect();
    let newest = said
        .iter()
        .filter_map(|event| in_seconds(said_at(event)))
        .max();
    let mut words: Vec<Word> = said
        .iter()
        .filter(|event| in_seconds(said_at(event)) == newest)
        .filter(|event| is_complaint(event))
        .map(|event| word_of(event, pod))
        .collect();
    if let Some(condition) = unscheduled(pod) {
        let at = in_seconds(condition.at);
        let is_newer = match (at, newest) {
            (Some(condition), Some(event)) => condition >= event,
            (None, Some(_)) => false,
            (_, None) => true,
        };
        if is_newer {
            if newest.is_some_and(|event| at > Some(event)) {
                words.clear();
            }
            match words.iter_mut().find(|word| word.text == condition.text) {
                // The same words twice; the condition adds its code.
                Some(word) => word.code = condition.code,
                None => words.push(condition),
            }
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    words.retain(|word| seen.insert(word.text.clone()));
    words
}

fn is_complaint(event: &Event) -> bool {
    event.reason == "FailedScheduling"
        || event.kind == "Warning"
        || is_refusal_of_spec(&event.message)
}

fn is_logging_text(message: &str) -> bool {
    [
        "Disabled logging because",
        "Disabled logging for pod",
        "Successfully enabled logging",
    ]
    .iter()
    .any(|words| message.contains(words))
}

fn newest_of_other_scheduler(pod: &Pod, events: &[&Event]) -> Vec<Word> {
    if pod.scheduler_name() == FARGATE_SCHEDULER {
        return Vec::new();
    }
    let newest = events
        .iter()
        .filter(|event| event.reason == "FailedScheduling" && event.reporter != FARGATE_SCHEDULER)
        .max_by_key(|event| said_at(event));
    match newest {
        Some(event) => vec![word_of(event, pod)],
        None => unscheduled(pod).into_iter().collect(),
    }
}

/// The reason of a kubelet's refusal, in the event and in the pod's status.
const KUBELET_REFUSAL_CODE: &str = "UnsupportedPodSpec";

fn kubelet_refusals(pod: &Pod, events: &[&Event]) -> Vec<Word> {
    let mut words: Vec<Word> = events
        .iter()
        .filter(|event| is_kubelet_refusal(&event.message) || event.reason == KUBELET_REFUSAL_CODE)
        .map(|event| word_of(event, pod))
        .collect();
    if let Some(message) = pod.status_message.as_deref()
        && (pod.status_reason.as_deref() == Some(KUBELET_REFUSAL_CODE)
            || is_kubelet_refusal(message))
        && !words.iter().any(|word| word.text == message)
    {
        let clauses = clauses_of(message, &pod.spec);
        words.push(Word {
            text: message.to_owned(),
            at: None,
            by: "kubelet".to_owned(),
            place: "status.message".to_owned(),
            code: None,
            clauses: clauses.reasons,
            has_unknown_words: clauses.has_unknown_words,
        });
    }
    words
}

fn startup_warnings(pod: &Pod, events: &[&Event]) -> Vec<Word> {
    let mut warnings: Vec<&&Event> = events
        .iter()
        .filter(|event| {
            matches!(
                event.reason.as_str(),
                "FailedMount" | "FailedAttachVolume" | "FailedCreatePodSandBox"
            )
        })
        .collect();
    warnings.sort_by_key(|event| event.last_seen);
    warnings.iter().map(|event| word_of(event, pod)).collect()
}

/// Whether a scheduler's text speaks of the taint of Fargate nodes.
pub fn speaks_of_fargate_taint(message: &str) -> bool {
    message.contains("eks.amazonaws.com/compute-type")
        && message.contains("fargate")
        && message.contains("taint")
}

#[cfg(test)]
mod tests;
