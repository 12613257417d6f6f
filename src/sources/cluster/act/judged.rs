//! Whether an object is still what was judged: a fix is for the state that it was found for.

use jiff::Timestamp;
use serde_json::Value;

use crate::decision::facts::{ClusterSnapshot, Kind, Pod, Workload, WorkloadKind};
use crate::decision::finding::Action;
use crate::sources::reduce::SnapshotBuilder;

/// What has changed about the object since it was judged, as a clause; `None` where the fix still fits.
pub(super) fn difference(judged: &ClusterSnapshot, action: &Action, now: &Value) -> Option<String> {
    let uid = now["metadata"]["uid"].as_str().unwrap_or_default();
    if uid != action.uid {
        return Some("it was deleted and made again".to_owned());
    }
    if now["metadata"]["deletionTimestamp"].is_string() {
        return Some("it is being deleted".to_owned());
    }
    let mut builder = SnapshotBuilder::new();
    if let Err(malformed) = builder.add(action.kind, &now.to_string()) {
        return Some(format!(
            "it cannot be understood any more: {}",
            malformed.problem
        ));
    }
    let now = builder.finish(Timestamp::UNIX_EPOCH);
    let (namespace, name) = (action.namespace.as_str(), action.name.as_str());
    if action.kind == Kind::Pod {
        let is_meant = |pod: &&Pod| pod.namespace == namespace && pod.name == name;
        let pod = |snapshot: &ClusterSnapshot| snapshot.pods.iter().find(is_meant).cloned();
        return match (pod(judged), pod(&now)) {
            (Some(before), Some(now)) => of_pod(&before, &now).map(str::to_owned),
            _ => Some("it is not the pod that was judged".to_owned()),
        };
    }
    let kind = WorkloadKind::ALL
        .into_iter()
        .find(|kind| Kind::from(*kind) == action.kind)?;
    match (
        judged.workload(kind, namespace, name),
        now.workload(kind, namespace, name),
    ) {
        (Some(before), Some(now)) => of_workload(before, now).map(str::to_owned),
        _ => Some("it is not the workload that was judged".to_owned()),
    }
}

fn of_pod(before: &Pod, now: &Pod) -> Option<&'static str> {
    if before.node_name != now.node_name {
        Some("it has come to a node")
    } else if before.phase != now.phase {
        Some("its phase has changed")
    } else if before.labels != now.labels {
        Some("its labels have changed")
    } else if before.annotations != now.annotations {
        Some("its annotations have changed")
    } else if before.owners != now.owners {
        Some("its owner has changed")
    } else if before.spec != now.spec {
        Some("its spec has changed")
    } else {
        None
    }
}

/// How many pods it wants may change all the time.
fn of_workload(before: &Workload, now: &Workload) -> Option<&'static str> {
    if before.template != now.template {
        Some("its pod template has changed")
    } else if before.paused != now.paused {
        Some("it was paused or resumed")
    } else if before.owners != now.owners {
        Some("its owner has changed")
    } else if (before.recreates_all, before.updates_on_delete)
        != (now.recreates_all, now.updates_on_delete)
    {
        Some("its strategy has changed")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::decision::finding::Deed;

    fn deployment() -> Value {
        json!({
            "metadata": {"namespace": "shop", "name": "web", "uid": "u-1"},
            "spec": {"replicas": 1, "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "main"}]}}},
        })
    }

    fn pod() -> Value {
        json!({
            "metadata": {"namespace": "shop", "name": "web", "uid": "u-1", "labels": {"app": "web"}},
            "spec": {"containers": [{"name": "main"}]}, "status": {"phase": "Pending"},
        })
    }

    fn told(kind: Kind, before: &Value, path: &str, value: Value) -> Option<String> {
        let mut builder = SnapshotBuilder::new();
        builder.add(kind, &before.to_string()).expect("an object");
        let judged = builder.finish(Timestamp::UNIX_EPOCH);
        let mut now = before.clone();
        let mut field = &mut now;
        for name in path.split('.') {
            field = &mut field[name];
        }
        *field = value;
        let action = Action {
            kind,
            namespace: "shop".to_owned(),
            name: "web".to_owned(),
            uid: "u-1".to_owned(),
            deed: Deed::Delete,
        };
        difference(&judged, &action, &now)
    }

    #[test]
    fn a_fix_is_for_the_state_that_was_judged() {
        for (path, value, wanted) in [
            ("spec.replicas", json!(5), None),
            ("status", json!({"replicas": 5}), None),
            (
                "metadata.uid",
                json!("u-2"),
                Some("it was deleted and made again"),
            ),
            (
                "metadata.deletionTimestamp",
                json!("2026-11-21T12:00:00Z"),
                Some("it is being deleted"),
            ),
            ("spec.paused", json!(true), Some("it was paused or resumed")),
            (
                "spec.template.metadata.labels",
                json!({"app": "web", "tier": "x"}),
                Some("its pod template has changed"),
            ),
        ] {
            let told = told(Kind::Deployment, &deployment(), path, value);
            assert_eq!(told.as_deref(), wanted, "{path}");
        }
        for (path, value, wanted) in [
            ("status.hostIP", json!("10.0.0.1"), None),
            ("spec.nodeName", json!("n"), Some("it has come to a node")),
            (
                "status.phase",
                json!("Running"),
                Some("its phase has changed"),
            ),
            (
                "metadata.labels",
                json!({}),
                Some("its labels have changed"),
            ),
            (
                "metadata.uid",
                json!("u-2"),
                Some("it was deleted and made again"),
            ),
        ] {
            let told = told(Kind::Pod, &pod(), path, value);
            assert_eq!(told.as_deref(), wanted, "{path}");
        }
    }
}
