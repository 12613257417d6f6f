use super::*;
use crate::decision::facts::{PodPhase, PodSpec, Volume, VolumeSource};
use crate::decision::reason::Reason as R;

/// A pod with what the catalogue names without a cause.
pub(super) fn spec() -> PodSpec {
    let volume = |name: &str, source| Volume {
        name: name.to_owned(),
        source,
    };
    PodSpec {
        volumes: vec![
            volume("docker-sock", VolumeSource::Other("hostPath".to_owned())),
            volume("tls", VolumeSource::Other("csi".to_owned())),
            volume("data", VolumeSource::Claim("data-0".to_owned())),
            volume("cache", VolumeSource::Other("emptyDir".to_owned())),
        ],
        scheduler_name: Some(FARGATE_SCHEDULER.to_owned()),
        ..PodSpec::default()
    }
}

fn time(text: &str) -> Timestamp {
    text.parse().expect("the test's time is RFC 3339")
}

fn pod(scheduler: &str) -> Pod {
    Pod {
        namespace: "shop".into(),
        name: "web-1".to_owned(),
        uid: "u1".into(),
        labels: Default::default(),
        annotations: Default::default(),
        owners: Default::default(),
        created_at: Some(time("2026-11-20T10:00:00Z")),
        deleted_at: None,
        node_name_by_creator: false,
        spec: PodSpec {
            scheduler_name: Some(scheduler.to_owned()),
            ..spec()
        }
        .into(),
        node_name: None,
        phase: PodPhase::Pending,
        status_reason: None,
        status_message: None,
        conditions: Default::default(),
        containers: Default::default(),
    }
}

fn event(reporter: &str, reason: &str, at: &str, message: &str) -> Event {
    Event {
        about: ObjectRef::namespaced("pod", "shop", "web-1"),
        about_uid: "u1".into(),
        kind: if reason == "Scheduled" || reason == "LoggingEnabled" {
            "Normal".to_owned()
        } else {
            "Warning".to_owned()
        },
        reason: reason.to_owned(),
        message: message.to_owned(),
        reporter: reporter.to_owned(),
        first_seen: Some(time(at)),
        last_seen: Some(time(at)),
        count: 1,
    }
}

fn with_condition(mut pod: Pod, reason: &str, message: &str) -> Pod {
    pod.conditions.push(crate::decision::facts::Condition {
        kind: "PodScheduled".to_owned(),
        status: "False".to_owned(),
        reason: reason.to_owned(),
        message: message.to_owned(),
        since: Some(time("2026-11-20T10:00:01Z")),
    });
    pod
}

fn words_of(pod: &Pod, events: Vec<Event>) -> Words {
    let mut snapshot = ClusterSnapshot::empty(time("2026-11-20T12:00:00Z"));
    let about = ObjectRef::namespaced("pod", &pod.namespace, &pod.name);
    snapshot.events.insert(about, events);
    let object = ObjectRef::namespaced("pod", &pod.namespace, &pod.name);
    Words::about(&snapshot, pod, &object)
}

const FIRST: &str = "2026-11-20T10:00:02Z";
const LATER: &str = "2026-11-20T10:30:00Z";
const HOST_NETWORK: &str = "Pod not supported on Fargate: fields not supported: HostNetwork";

fn texts(words: &[Word]) -> Vec<&str> {
    words.iter().map(|word| word.text.as_str()).collect()
}

#[test]
fn the_reporter_may_be_missing() {
    for reporter in [FARGATE_SCHEDULER, ""] {
        let words = words_of(
            &pod(FARGATE_SCHEDULER),
            vec![event(reporter, "FailedScheduling", FIRST, HOST_NETWORK)],
        );
        assert_eq!(texts(&words.fargate), [HOST_NETWORK], "{reporter:?}");
        assert!(words.kubelet.is_empty());
    }
    // Of a pod that another scheduler has, words of nobody are that scheduler's.
    let words = words_of(
        &pod("default-scheduler"),
        vec![event(
            "",
            "FailedScheduling",
            FIRST,
            "no nodes available to schedule pods",
        )],
    );
    assert!(words.fargate.is_empty());
    assert_eq!(words.scheduler.len(), 1);
}

#[test]
fn what_happens_to_a_pod_beside_scheduling_ends_no_complaint() {
    let words = words_of(
        &pod(FARGATE_SCHEDULER),
        vec![
            event(FARGATE_SCHEDULER, "FailedScheduling", FIRST, HOST_NETWORK),
            event(
                "",
                "NotTriggerScaleUp",
                LATER,
                "pod didn't trigger scale-up",
            ),
            event("", "Pulling", LATER, "Pulling image \"web\""),
            event(
                FARGATE_SCHEDULER,
                "LoggingDisabled",
                LATER,
                "Disabled logging because aws-logging configmap was not found. configmap \"aws-logging\" not found",
            ),
            event(
                FARGATE_SCHEDULER,
                "LoggingDisabled",
                LATER,
                "Disabled logging for pod due to invalid configmap. datadog is not a supported output plugin. Please fix the logging configmap",
            ),
            event(
                FARGATE_SCHEDULER,
                "LoggingEnabled",
                LATER,
                "Successfully enabled logging for pod",
            ),
            event(
                "kubelet",
                "InvalidDiskCapacity",
                LATER,
                "invalid capacity 0 on image filesystem",
            ),
            event(
                "default-scheduler",
                "FailedScheduling",
                LATER,
                "no nodes available to schedule pods",
            ),
        ],
    );
    assert_eq!(texts(&words.fargate), [HOST_NETWORK]);
}

#[test]
fn the_newest_word_of_fargate_counts() {
    let capacity = "Fargate capacity is unavailable at this time.";
    let words = words_of(
        &pod(FARGATE_SCHEDULER),
        vec![
            event(FARGATE_SCHEDULER, "FailedScheduling", LATER, capacity),
            event(FARGATE_SCHEDULER, "FailedScheduling", FIRST, HOST_NETWORK),
        ],
    );
    assert_eq!(texts(&words.fargate), [capacity]);
    let words = words_of(
        &pod(FARGATE_SCHEDULER),
        vec![
            event(FARGATE_SCHEDULER, "FailedScheduling", FIRST, HOST_NETWORK),
            event(
                FARGATE_SCHEDULER,
                "Scheduled",
                LATER,
                "Successfully assigned shop/web-1 to fargate-ip-10-0-1-9.eu-west-1.compute.internal",
            ),
        ],
    );
    assert!(words.fargate.is_empty());
}

#[test]
fn moments_are_compared_in_whole_seconds() {
    let port = "Pod not supported on Fargate: port contains HostIP or HostPort";
    let words = words_of(
        &pod(FARGATE_SCHEDULER),
        vec![
            event(
                FARGATE_SCHEDULER,
                "FailedScheduling",
                "2026-11-20T10:00:02.734Z",
                HOST_NETWORK,
            ),
            event(
                FARGATE_SCHEDULER,
                "FailedScheduling",
                "2026-11-20T10:00:02Z",
                port,
            ),
        ],
    );
    assert_eq!(texts(&words.fargate), [HOST_NETWORK, port]);
}

#[test]
fn codes_of_the_condition_are_fargates_own() {
    let asked = |reason: &str, message: &str| {
        words_of(
            &with_condition(pod(FARGATE_SCHEDULER), reason, message),
            Vec::new(),
        )
        .fargate
    };
    let too_big = "Your pod's cpu/memory requirements exceed the max Fargate configuration";
    let rows: &[(&str, &str, &[Reason], bool)] = &[
        (
            "POD_CPU_MEM_EXCEEDS_MAX_FARGATE_SIZE",
            too_big,
            &[R::TooBig],
            false,
        ),
        (
            "POD_CPU_MEM_EXCEEDS_MAX_FARGATE_SIZE",
            "",
            &[R::TooBig],
            false,
        ),
        (
            "POD_CPU_MEM_EXCEEDS_MAX_FARGATE_SIZE",
            "much too much",
            &[R::TooBig],
            false,
        ),
        (
            "POD_UNSUPPORTED_ON_FARGATE",
            HOST_NETWORK,
            &[R::HostNamespace],
            false,
        ),
        // The spec shows for what.
        ("POD_UNSUPPORTED_ON_FARGATE", "", &[], false),
        ("POD_MOON_IS_FULL", "The moon is full", &[], true),
        ("POD_MOON_IS_FULL", "", &[], true),
        ("POD_MOON_IS_FULL", HOST_NETWORK, &[R::HostNamespace], false),
        ("Unschedulable", HOST_NETWORK, &[R::HostNamespace], false),
        (
            "Unschedulable",
            "Pod not supported on Fargate: the moon",
            &[],
            true,
        ),
    ];
    for (reason, message, reasons, unknown) in rows {
        let found = asked(reason, message);
        assert_eq!(found.len(), 1, "{reason} {message}");
        assert_eq!(found[0].clauses, *reasons, "{reason} {message}");
        assert_eq!(found[0].has_unknown_words, *unknown, "{reason} {message}");
    }
    assert_eq!(
        asked("POD_MOON_IS_FULL", "The moon is full")[0]
            .code
            .as_deref(),
        Some("POD_MOON_IS_FULL")
    );
    for (reason, message) in [
        (
            "SchedulingGated",
            "Scheduling is blocked due to non-empty scheduling gates",
        ),
        ("Unschedulable", "0/3 nodes are available"),
        ("SchedulerError", "binding rejected"),
        ("", ""),
    ] {
        assert_eq!(asked(reason, message), Vec::new(), "{reason}");
    }
}

#[test]
fn the_same_words_in_event_and_condition_are_told_once() {
    let pod = with_condition(
        pod(FARGATE_SCHEDULER),
        "POD_UNSUPPORTED_ON_FARGATE",
        HOST_NETWORK,
    );
    let at = "2026-11-20T10:00:01.2Z";
    let words = words_of(
        &pod,
        vec![event(
            FARGATE_SCHEDULER,
            "FailedScheduling",
            at,
            HOST_NETWORK,
        )],
    );
    assert_eq!(texts(&words.fargate), [HOST_NETWORK]);
    assert_eq!(
        words.fargate[0].code.as_deref(),
        Some("POD_UNSUPPORTED_ON_FARGATE")
    );
}

#[test]
fn kubelets_refuse_by_words_or_by_code() {
    let refusal = "Pod not supported: SchedulerName is not fargate-scheduler";
    for (reason, message) in [
        ("UnsupportedPodSpec", refusal),
        ("Failed", refusal),
        ("UnsupportedPodSpec", "no room for the moon"),
    ] {
        let words = words_of(
            &pod("default-scheduler"),
            vec![event("kubelet", reason, FIRST, message)],
        );
        assert_eq!(texts(&words.kubelet), [message]);
    }
    let noise = [
        (
            "InvalidDiskCapacity",
            "invalid capacity 0 on image filesystem",
        ),
        (
            "Failed",
            "failed to create containerd task: error setting cgroup config: cpu.cfs_quota_us: invalid argument",
        ),
        (
            "Failed",
            "Failed to pull image: dial tcp 3.5.0.1:443: i/o timeout",
        ),
        (
            "FailedAttachVolume",
            "timed out waiting for external-attacher of efs.csi.aws.com",
        ),
        (
            "FailedMount",
            "Failed to resolve \"fs-0a1b.efs.eu-west-1.amazonaws.com\" - check that your file system ID is correct",
        ),
    ];
    for (reason, message) in noise {
        let words = words_of(
            &pod(FARGATE_SCHEDULER),
            vec![event("kubelet", reason, FIRST, message)],
        );
        assert!(
            words.kubelet.is_empty() && words.fargate.is_empty(),
            "{message}"
        );
    }
}

#[test]
fn words_of_the_default_scheduler_are_never_fargates() {
    let taint = "{eks.amazonaws.com/compute-type: fargate}";
    let rows = [
        ("no nodes available to schedule pods".to_owned(), false),
        (format!("0/2 nodes are available: 2 node(s) had taint {taint}, that the pod didn't tolerate."), true),
        (
            format!("0/2 nodes are available: 2 node(s) had untolerated taint {taint}. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling."),
            true,
        ),
        (
            format!("0/6 nodes are available: 2 node(s) had untolerated taint {taint}, 4 node(s) didn't match Pod's node affinity/selector."),
            true,
        ),
        ("0/2 nodes are available: 2 node(s) had untolerated taint(s). no new claims to deallocate".to_owned(), false),
        ("0/9 nodes are available: 1 Too many pods, 8 node is filtered out by the prefilter result.".to_owned(), false),
        ("0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.".to_owned(), false),
    ];
    for (message, is_about_taint) in rows {
        let words = words_of(
            &pod("default-scheduler"),
            vec![event(
                "default-scheduler",
                "FailedScheduling",
                FIRST,
                &message,
            )],
        );
        assert!(words.fargate.is_empty() && words.kubelet.is_empty());
        assert_eq!(texts(&words.scheduler), [message.as_str()]);
        assert!(words.scheduler[0].clauses.is_empty(), "{message}");
        assert_eq!(words.taint.len(), usize::from(is_about_taint), "{message}");
    }
}

#[test]
fn events_of_a_namesake_do_not_count() {
    let mut of_another = event(FARGATE_SCHEDULER, "FailedScheduling", FIRST, HOST_NETWORK);
    of_another.about_uid = "u0".into();
    let mut of_before = event(
        FARGATE_SCHEDULER,
        "FailedScheduling",
        "2026-11-20T09:59:59Z",
        HOST_NETWORK,
    );
    of_before.about_uid = Default::default();
    let words = words_of(&pod(FARGATE_SCHEDULER), vec![of_another, of_before]);
    assert!(words.fargate.is_empty());
}
