//! Events of both groups.

use super::{Malformed, is_namespaced, namespace_or_default};
use crate::decision::facts::{Event, Kind, ObjectRef};
use crate::sources::wire::event as wire;

pub(super) fn reduce(event: wire::Event) -> Result<Event, Malformed> {
    let involved = event.involved_object;
    let about = if Kind::of(&involved.kind).is_some_and(|kind| !is_namespaced(kind)) {
        ObjectRef::cluster_wide(&involved.kind, &involved.name)
    } else {
        // An event stands in the namespace of what it is about.
        let namespace = if involved.namespace.is_empty() {
            namespace_or_default(event.metadata.namespace)
        } else {
            involved.namespace
        };
        ObjectRef::namespaced(&involved.kind, &namespace, &involved.name)
    };
    if about.name.is_empty() {
        return Err(Malformed {
            object: Some(ObjectRef::cluster_wide("event", &event.metadata.name)),
            problem: "it does not say which object it is about".to_owned(),
        });
    }
    let created = event.metadata.created_at.0;
    let first = event.first_timestamp.0.or(event.event_time.0);
    let last = [
        event.last_timestamp,
        event.series.last_observed_time,
        event.event_time,
        event.first_timestamp,
    ]
    .into_iter()
    .filter_map(|time| time.0)
    .max();
    let reporter = [
        event.reporting_controller,
        event.reporting_component,
        event.source.component,
    ]
    .into_iter()
    .find(|name| !name.is_empty());
    Ok(Event {
        about,
        about_uid: involved.uid.into(),
        kind: event.kind,
        reason: event.reason,
        message: event.message,
        reporter: reporter.unwrap_or_default(),
        first_seen: first.or(created),
        last_seen: last.or(created),
        count: event.count.max(event.series.count).max(1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Event, Malformed> {
        reduce(serde_json::from_str(json).expect("the test's JSON is an event"))
    }

    #[test]
    fn both_groups_say_the_same() {
        let old = read(
            r#"{"kind":"Event","apiVersion":"v1","metadata":{"name":"a.1","namespace":"shop"},"type":"Warning","reason":"FailedScheduling",
                "involvedObject":{"kind":"Pod","namespace":"shop","name":"a","uid":"u1"},"message":"no","count":7,
                "firstTimestamp":"2026-01-01T00:00:00Z","lastTimestamp":"2026-01-01T00:05:00Z","eventTime":null,
                "source":{"component":"fargate-scheduler"},"reportingComponent":"","reportingInstance":""}"#,
        );
        let new = read(
            r#"{"kind":"Event","apiVersion":"events.k8s.io/v1","metadata":{"name":"a.1","namespace":"shop"},"type":"Warning",
                "reason":"FailedScheduling","regarding":{"kind":"Pod","namespace":"shop","name":"a","uid":"u1"},"note":"no",
                "eventTime":"2026-01-01T00:00:00.000000Z","series":{"count":7,"lastObservedTime":"2026-01-01T00:05:00.000000Z"},
                "reportingController":"fargate-scheduler","deprecatedSource":{},"deprecatedFirstTimestamp":null,"deprecatedLastTimestamp":null}"#,
        );
        assert_eq!(old, new);
        assert_eq!(
            old.map(|event| event.reporter),
            Ok("fargate-scheduler".to_owned())
        );
    }

    #[test]
    fn an_event_without_times_has_that_of_its_creation() {
        let event = read(
            r#"{"metadata":{"name":"n.1","namespace":"default","creationTimestamp":"2026-01-01T00:00:00Z"},
                "involvedObject":{"kind":"Node","name":"n"}}"#,
        )
        .expect("a good event");
        assert_eq!(event.about, ObjectRef::cluster_wide("node", "n"));
        assert_eq!(event.first_seen, event.last_seen);
        assert!(event.first_seen.is_some());
        assert_eq!(event.count, 1);
    }

    #[test]
    fn an_event_about_nothing_is_malformed() {
        let malformed = read(r#"{"metadata":{"name":"e"}}"#).expect_err("it names no object");
        assert!(malformed.problem.contains("which object"), "{malformed:?}");
    }
}
