//! What was said about a pod: by fargate-scheduler, by another scheduler, by the kubelet.
//!
//! The texts are those of real events in public threads; they are looked for inside the message, since messages get wrapped,
//! joined, repeated and cut off.

use jiff::Timestamp;

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
    /// The reasons that the text names, in its own order.
    pub clauses: Vec<Reason>,
    /// Whether a part of it is in words that we do not know.
    pub has_unknown_words: bool,
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
    /// Collects what was said about a pod.
    pub fn about(snapshot: &ClusterSnapshot, pod: &Pod) -> Self {
        let about = ObjectRef::namespaced("pod", &pod.namespace, &pod.name);
        let events: Vec<&Event> = snapshot
            .events
            .get(&about)
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
        words.startup = startup_warnings(&events);
        words.taint = events
            .iter()
            .filter(|event| speaks_of_fargate_taint(&event.message))
            .map(|event| word_of(event))
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
fn is_about_this_pod(event: &Event, pod: &Pod) -> bool {
    if !event.about_uid.is_empty() && !pod.uid.is_empty() {
        return event.about_uid == pod.uid;
    }
    match (event.last_seen, pod.created_at) {
        (Some(seen), Some(created)) => seen.as_second() >= created.as_second(),
        _ => true,
    }
}

fn word_of(event: &Event) -> Word {
    let (clauses, has_unknown_words) = clauses_of(&event.message);
    Word {
        text: event.message.clone(),
        at: event.last_seen.or(event.first_seen),
        by: event.reporter.clone(),
        place: "event".to_owned(),
        clauses,
        has_unknown_words,
    }
}

/// The pod's `PodScheduled` condition, where it is false and says why.
fn unscheduled(pod: &Pod) -> Option<Word> {
    let condition = pod
        .condition("PodScheduled")
        .filter(|condition| condition.status == "False")?;
    if condition.reason == "SchedulingGated"
        || (condition.message.is_empty() && condition.reason.is_empty())
    {
        return None;
    }
    let text = match condition.message.as_str() {
        "" => condition.reason.clone(),
        message => message.to_owned(),
    };
    let (mut clauses, has_unknown_words) = clauses_of(&text);
    if condition.reason == "POD_CPU_MEM_EXCEEDS_MAX_FARGATE_SIZE"
        && !clauses.contains(&Reason::TooBig)
    {
        clauses.push(Reason::TooBig);
    }
    let has_unknown_words = has_unknown_words && (clauses.is_empty() || text.contains(", "));
    // These reasons are Kubernetes' own; Fargate says no in codes of its own.
    let is_ordinary = matches!(
        condition.reason.as_str(),
        "Unschedulable" | "SchedulerError" | ""
    );
    if is_ordinary && clauses.is_empty() && pod.scheduler_name() == FARGATE_SCHEDULER {
        return None;
    }
    Some(Word {
        text,
        at: condition.since,
        by: pod.scheduler_name().to_owned(),
        place: format!("condition PodScheduled, reason {}", condition.reason),
        clauses,
        has_unknown_words,
    })
}

fn is_by_fargate(event: &Event, pod: &Pod) -> bool {
    match event.reporter.as_str() {
        FARGATE_SCHEDULER => true,
        "" => pod.scheduler_name() == FARGATE_SCHEDULER && event.reason != "Pulling",
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
        .filter_map(|event| event.last_seen.or(event.first_seen))
        .max();
    let mut words: Vec<Word> = said
        .iter()
        .filter(|event| event.last_seen.or(event.first_seen) == newest)
        .filter(|event| is_complaint(event))
        .map(|event| word_of(event))
        .collect();
    if let Some(condition) = unscheduled(pod) {
        let is_newer = match (condition.at, newest) {
            (Some(condition), Some(event)) => condition >= event,
            (None, Some(_)) => false,
            (_, None) => true,
        };
        if is_newer && !words.iter().any(|word| word.text == condition.text) {
            if newest.is_some_and(|event| condition.at > Some(event)) {
                words.clear();
            }
            words.push(condition);
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    words.retain(|word| seen.insert(word.text.clone()));
    words
}

fn is_complaint(event: &Event) -> bool {
    event.reason == "FailedScheduling" || event.kind == "Warning"
}

fn is_logging_text(message: &str) -> bool {
    message.starts_with("Disabled logging") || message.starts_with("Successfully enabled logging")
}

fn newest_of_other_scheduler(pod: &Pod, events: &[&Event]) -> Vec<Word> {
    if pod.scheduler_name() == FARGATE_SCHEDULER {
        return Vec::new();
    }
    let newest = events
        .iter()
        .filter(|event| event.reason == "FailedScheduling" && event.reporter != FARGATE_SCHEDULER)
        .max_by_key(|event| event.last_seen.or(event.first_seen));
    match newest {
        Some(event) => vec![word_of(event)],
        None => unscheduled(pod).into_iter().collect(),
    }
}

fn kubelet_refusals(pod: &Pod, events: &[&Event]) -> Vec<Word> {
    let mut words: Vec<Word> = events
        .iter()
        .filter(|event| is_kubelet_refusal(&event.message))
        .map(|event| word_of(event))
        .collect();
    if let Some(message) = pod.status_message.as_deref()
        && (pod.status_reason.as_deref() == Some("UnsupportedPodSpec")
            || is_kubelet_refusal(message))
        && !words.iter().any(|word| word.text == message)
    {
        let (clauses, has_unknown_words) = clauses_of(message);
        words.push(Word {
            text: message.to_owned(),
            at: None,
            by: "kubelet".to_owned(),
            place: "status.message".to_owned(),
            clauses,
            has_unknown_words,
        });
    }
    words
}

fn startup_warnings(events: &[&Event]) -> Vec<Word> {
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
    warnings.iter().map(|event| word_of(event)).collect()
}

/// Whether a scheduler's text speaks of the taint of Fargate nodes.
pub fn speaks_of_fargate_taint(message: &str) -> bool {
    message.contains("eks.amazonaws.com/compute-type")
        && message.contains("fargate")
        && message.contains("taint")
}

/// Whole messages that name one cause, wherever they stand in a text.
const MESSAGES: &[(&str, Reason)] = &[
    (
        "role is not found in auth config",
        Reason::ExecutionRoleNotAuthorized,
    ),
    (
        "Failed to assume PodExecutionRole",
        Reason::ExecutionRoleNotAssumable,
    ),
    ("is not a private subnet", Reason::SubnetNotPrivate),
    (
        "not supported in the requested availability zone",
        Reason::UnsupportedZone,
    ),
    ("apacity is unavailable", Reason::CapacityUnavailable),
    (
        "reached the limit on the number of Fargate pods",
        Reason::QuotaReached,
    ),
    (
        "currently blocked and thus cannot launch any Fargate pods",
        Reason::AccountBlocked,
    ),
    ("Pod provisioning timed out", Reason::NodeNeverRegistered),
    (
        "cannot satisfy pod's node selector/affinity",
        Reason::NodeSelectorConflict,
    ),
    ("exceed the max Fargate configuration", Reason::TooBig),
];

/// Reads a text into the reasons that it names, and tells whether it has a part in words that we do not know.
pub fn clauses_of(text: &str) -> (Vec<Reason>, bool) {
    let mut reasons: Vec<Reason> = MESSAGES
        .iter()
        .filter(|(words, _)| text.contains(words))
        .map(|(_, reason)| *reason)
        .collect();
    let head = ["Pod not supported on Fargate:", "Pod not supported:"]
        .iter()
        .find_map(|head| text.find(head).map(|at| &text[at + head.len()..]));
    let Some(body) = head else {
        let is_unknown = reasons.is_empty();
        return (reasons, is_unknown);
    };
    let mut unknown = false;
    let mut list = List::None;
    // A formatting slip wraps some messages: "Scheduling%!(EXTRA string=Pod not supported on Fargate: …)".
    let body = body.trim().trim_end_matches(')');
    for piece in body
        .split(',')
        .map(str::trim)
        .filter(|piece| !piece.is_empty())
    {
        let (next, found) = read_piece(piece, list);
        list = next;
        match found {
            Some(reason) if !reasons.contains(&reason) => reasons.push(reason),
            Some(_) => {}
            None => unknown = true,
        }
    }
    (reasons, unknown || body.is_empty())
}

/// Which list the pieces between commas belong to.
#[derive(Clone, Copy, PartialEq)]
enum List {
    None,
    Fields,
    Security,
    Capabilities,
    Volumes,
}

fn read_piece(piece: &str, list: List) -> (List, Option<Reason>) {
    let after = |head: &str| piece.find(head).map(|at| piece[at + head.len()..].trim());
    if let Some(rest) = after("fields not supported:") {
        return (List::Fields, host_field(rest));
    }
    if let Some(rest) = after("invalid SecurityContext fields:") {
        return security_field(rest);
    }
    if let Some(rest) = after("volumes not supported:") {
        return (List::Volumes, Some(volume_clause(rest)));
    }
    if piece.contains("port contains HostIP or HostPort") {
        return (List::None, Some(Reason::HostPort));
    }
    if piece.contains("volumeDevices not supported") {
        return (List::None, Some(Reason::RawBlockVolume));
    }
    if piece.contains("SchedulerName is not fargate-scheduler") {
        return (List::None, Some(Reason::ToleratesFargateTaint));
    }
    if piece.contains("DaemonSet not supported") {
        return (List::None, Some(Reason::DaemonSetPod));
    }
    match list {
        List::Fields if host_field(piece).is_some() => (list, host_field(piece)),
        List::Security | List::Capabilities => {
            let (next, found) = security_field(piece);
            if found.is_some() {
                (next, found)
            } else if list == List::Capabilities && is_capability(piece) {
                (list, Some(Reason::AddedCapability))
            } else {
                (List::None, None)
            }
        }
        List::Volumes
            if piece.contains("not supported because:")
                || piece.contains("unsupported volume")
                || !piece.contains(' ') =>
        {
            (list, Some(volume_clause(piece)))
        }
        _ => (List::None, None),
    }
}

fn host_field(text: &str) -> Option<Reason> {
    matches!(text, "HostNetwork" | "HostPID" | "HostIPC").then_some(Reason::HostNamespace)
}

fn security_field(text: &str) -> (List, Option<Reason>) {
    if text.starts_with("Capabilities added:") {
        (List::Capabilities, Some(Reason::AddedCapability))
    } else if text == "Privileged" {
        (List::Security, Some(Reason::PrivilegedContainer))
    } else if text == "AllowPrivilegeEscalation" {
        (List::Security, Some(Reason::PrivilegeEscalation))
    } else {
        (List::Security, None)
    }
}

fn is_capability(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

fn volume_clause(text: &str) -> Reason {
    if text.contains("bound to invalid PV") || text.contains("nil CSI spec") {
        Reason::VolumeNotEfs
    } else if text.contains("not bound") || text.contains("not found") {
        Reason::VolumeNotBound
    } else {
        Reason::UnsupportedVolume
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_the_field_are_read() {
        use Reason as R;
        let rows: &[(&str, &[Reason], bool)] = &[
            (
                "Pod not supported on Fargate: fields not supported: HostNetwork",
                &[R::HostNamespace],
                false,
            ),
            (
                "Pod not supported on Fargate: fields not supported: HostNetwork, invalid SecurityContext fields: Privileged, port contains HostIP or HostPort",
                &[R::HostNamespace, R::PrivilegedContainer, R::HostPort],
                false,
            ),
            (
                "[POD_UNSUPPORTED_ON_FARGATE] Pod not supported on Fargate: invalid SecurityContext fields: Privileged,Privileged",
                &[R::PrivilegedContainer],
                false,
            ),
            (
                "Pod not supported on Fargate: invalid SecurityContext fields: Capabilities added: NET_ADMIN, SYS_TIME",
                &[R::AddedCapability],
                false,
            ),
            (
                "Scheduling%!(EXTRA string=Pod not supported on Fargate: volumes not supported: data not supported because: PVC data-0 not bound)",
                &[R::VolumeNotBound],
                false,
            ),
            (
                "Pod not supported on Fargate: volumes not supported: tls is of an unsupported volume Type, data not supported because: PVC d bound to invalid PV pvc-1 with CSI Driver: ebs.csi.aws.com",
                &[R::UnsupportedVolume, R::VolumeNotEfs],
                false,
            ),
            (
                "Pod not supported on Fargate: volumes not supported: docker-sock",
                &[R::UnsupportedVolume],
                false,
            ),
            (
                "Pod not supported on Fargate: the moon is in the wrong house",
                &[],
                true,
            ),
            (
                "Pod not supported on Fargate: fields not supported: HostNetwork, the moon is full",
                &[R::HostNamespace],
                true,
            ),
            (
                "Pod not supported: SchedulerName is not fargate-scheduler",
                &[R::ToleratesFargateTaint],
                false,
            ),
            (
                "Your pod's cpu/memory requirements exceed the max Fargate configuration",
                &[R::TooBig],
                false,
            ),
            (
                "Fargate capacity is unavailable at this time. Please try again later or in a different availability zone",
                &[R::CapacityUnavailable],
                false,
            ),
            (
                "Pod provisioning timed out (will retry) for pod: shop/web-1",
                &[R::NodeNeverRegistered],
                false,
            ),
            ("something never heard of", &[], true),
        ];
        for (text, reasons, unknown) in rows {
            assert_eq!(clauses_of(text), (reasons.to_vec(), *unknown), "{text}");
        }
    }
}
