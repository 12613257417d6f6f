//! What is sent: as little as does it, and only for the very object that was read.

use http::Method;
use serde_json::{Value, json};

use crate::decision::finding::{self, Action};
use crate::sources::cluster::paths::with_query;
use crate::sources::cluster::server::{JSON, Write};

/// How long a pod has to end where it does not say. Source: Kubernetes API reference, PodSpec.
pub(super) const USUAL_GRACE_SECONDS: u64 = 30;
/// By which name the API server notes whose fields these are (`metadata.managedFields`).
const FIELD_MANAGER: &str = "kubectl-fargate";
/// The annotation by which `kubectl rollout restart` makes a template another one.
const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";
const MERGE_PATCH: &str = "application/merge-patch+json";

/// What is done to one object.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Deed {
    /// It is deleted.
    Delete,
    /// It is patched.
    Patch {
        /// A JSON merge patch.
        patch: Value,
        /// Whether all of it is to have the pods made again.
        is_restart: bool,
    },
}

/// The actions as changes, one an object: what is done to one object in several steps is one request, so that it is done as a whole
/// or not at all.
pub(super) fn combined<'a>(actions: &'a [Action], restarted_at: &str) -> Vec<(&'a Action, Deed)> {
    let mut all: Vec<(&Action, Deed)> = Vec::new();
    for action in actions {
        let deed = match &action.deed {
            finding::Deed::Delete => Deed::Delete,
            finding::Deed::RolloutRestart => Deed::Patch {
                patch: json!({"spec": {"template": {"metadata": {"annotations": {RESTARTED_AT: restarted_at}}}}}),
                is_restart: true,
            },
            finding::Deed::Patch(patch) => Deed::Patch {
                patch: patch.clone(),
                is_restart: false,
            },
        };
        if let Some((before, Deed::Patch { patch, is_restart })) = all.last_mut()
            && (before.kind, &before.namespace, &before.name)
                == (action.kind, &action.namespace, &action.name)
            && let Deed::Patch {
                patch: more,
                is_restart: restarts,
            } = &deed
        {
            merge(patch, more);
            *is_restart |= restarts;
            continue;
        }
        all.push((action, deed));
    }
    all
}

fn merge(into: &mut Value, more: &Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (key, value) in more {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (into, more) => into.clone_from(more),
    }
}

impl Deed {
    /// The request for an object as it was read: any other of its name, and any later state of it, is refused by the server (409).
    pub(super) fn request(&self, path: &str, object: &Value, is_trial: bool) -> Write {
        let metadata = &object["metadata"];
        let dry_run = if is_trial { "All" } else { "" };
        let (method, content_type, body, field_manager) = match self {
            Self::Delete => {
                let mut options = json!({
                    "apiVersion": "v1", "kind": "DeleteOptions",
                    "preconditions": {"uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]},
                });
                if is_trial {
                    options["dryRun"] = json!(["All"]);
                }
                (Method::DELETE, JSON, options, "")
            }
            Self::Patch { patch, .. } => {
                let mut patch = patch.clone();
                let same = json!({"metadata": {"uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]}});
                merge(&mut patch, &same);
                (Method::PATCH, MERGE_PATCH, patch, FIELD_MANAGER)
            }
        };
        Write {
            method,
            path: with_query(
                path,
                &[("dryRun", dry_run), ("fieldManager", field_manager)],
            ),
            content_type,
            body: body.to_string().into_bytes(),
            is_trial,
        }
    }
}

/// Whether the object, read again, is what it was, less what changes all the time.
pub(super) fn is_same_but_for_status(before: &Value, now: &Value) -> bool {
    let lasting = |object: &Value| {
        let mut object = object.clone();
        if let Some(fields) = object.as_object_mut() {
            fields.remove("status");
        }
        if let Some(metadata) = object["metadata"].as_object_mut() {
            metadata.remove("resourceVersion");
            metadata.remove("managedFields");
        }
        object
    };
    lasting(before) == lasting(now)
}

/// Whether the object, read after an answer that never came, shows that the change was made.
pub(super) fn is_done(deed: &Deed, before: &Value, now: &Value) -> bool {
    match deed {
        Deed::Delete => {
            let uid = |object: &Value| object["metadata"]["uid"].clone();
            uid(before) != uid(now) || now["metadata"]["deletionTimestamp"].is_string()
        }
        Deed::Patch { patch, .. } => holds(now, patch),
    }
}

/// Whether a merge patch would change nothing.
fn holds(object: &Value, patch: &Value) -> bool {
    match patch {
        Value::Object(fields) => fields
            .iter()
            .all(|(name, value)| holds(&object[name], value)),
        value => object == value,
    }
}

/// The program that writes an object back as it wants it, by the marks that it leaves.
///
/// Source: Helm, "Labels and Annotations"; Argo CD, "Resource Tracking"; Flux, "Kustomization" (labels of reconciled objects).
pub(super) fn keeper(object: &Value) -> Option<&'static str> {
    let metadata = &object["metadata"];
    let has = |map: &str, key: &str| metadata[map][key].is_string();
    if has("annotations", "argocd.argoproj.io/tracking-id")
        || has("labels", "argocd.argoproj.io/instance")
    {
        Some("Argo CD")
    } else if has("labels", "kustomize.toolkit.fluxcd.io/name")
        || has("labels", "helm.toolkit.fluxcd.io/name")
    {
        Some("Flux")
    } else if metadata["labels"]["app.kubernetes.io/managed-by"] == "Helm" {
        Some("Helm")
    } else if has("labels", "eks.amazonaws.com/component") {
        Some("an EKS add-on")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::facts::Kind;

    fn action(kind: Kind, deed: finding::Deed) -> Action {
        Action {
            kind,
            namespace: "shop".to_owned(),
            name: "web".to_owned(),
            uid: "u-1".to_owned(),
            deed,
        }
    }

    fn object() -> Value {
        json!({"metadata": {"uid": "u-1", "resourceVersion": "7"}, "spec": {"paused": true}, "status": {"replicas": 1}})
    }

    #[test]
    fn steps_on_one_object_are_one_request() {
        let actions = [
            action(
                Kind::Deployment,
                finding::Deed::Patch(json!({"spec": {"paused": null}})),
            ),
            action(Kind::Deployment, finding::Deed::RolloutRestart),
            action(Kind::Pod, finding::Deed::Delete),
        ];
        let all = combined(&actions, "2026-11-21T12:00:00Z");
        let deeds: Vec<&Deed> = all.iter().map(|(_, deed)| deed).collect();
        let patch = json!({"spec": {"paused": null, "template": {"metadata": {"annotations": {RESTARTED_AT: "2026-11-21T12:00:00Z"}}}}});
        assert_eq!(
            deeds,
            [
                &Deed::Patch {
                    patch,
                    is_restart: true
                },
                &Deed::Delete
            ]
        );
    }

    #[test]
    fn every_request_is_for_the_object_that_was_read() {
        let body = |write: &Write| serde_json::from_slice::<Value>(&write.body).expect("JSON");
        let patch = Deed::Patch {
            patch: json!({"spec": {"paused": null}}),
            is_restart: false,
        };
        let write = patch.request("/p", &object(), false);
        assert_eq!(
            (write.method.as_str(), write.path.as_str(), write.is_trial),
            ("PATCH", "/p?fieldManager=kubectl-fargate", false)
        );
        assert_eq!(
            body(&write),
            json!({"metadata": {"uid": "u-1", "resourceVersion": "7"}, "spec": {"paused": null}})
        );
        assert_eq!(
            patch.request("/p", &object(), true).path,
            "/p?dryRun=All&fieldManager=kubectl-fargate"
        );
        let preconditions = json!({"uid": "u-1", "resourceVersion": "7"});
        let write = Deed::Delete.request("/p", &object(), false);
        assert_eq!(
            (write.method.as_str(), write.path.as_str()),
            ("DELETE", "/p")
        );
        assert_eq!(body(&write)["preconditions"], preconditions);
        assert_eq!(body(&write).get("dryRun"), None);
        let trial = Deed::Delete.request("/p", &object(), true);
        assert_eq!(trial.path, "/p?dryRun=All");
        assert_eq!(body(&trial)["preconditions"], preconditions);
        assert_eq!(body(&trial)["dryRun"], json!(["All"]));
    }

    #[test]
    fn only_the_status_may_change_meanwhile() {
        let mut now = object();
        now["status"] = json!({"replicas": 2});
        now["metadata"]["resourceVersion"] = json!("8");
        assert!(is_same_but_for_status(&object(), &now));
        now["spec"]["paused"] = json!(false);
        assert!(!is_same_but_for_status(&object(), &now));
    }

    #[test]
    fn what_was_done_is_seen() {
        let restart = Deed::Patch {
            patch: json!({"spec": {"paused": null, "template": {"x": "now"}}}),
            is_restart: true,
        };
        assert!(!is_done(&restart, &object(), &object()));
        let now = json!({"metadata": {"uid": "u-1"}, "spec": {"template": {"x": "now", "y": 1}}});
        assert!(is_done(&restart, &object(), &now));
        assert!(!is_done(&Deed::Delete, &object(), &object()));
        let ending =
            json!({"metadata": {"uid": "u-1", "deletionTimestamp": "2026-11-21T12:00:00Z"}});
        assert!(is_done(&Deed::Delete, &object(), &ending));
        let another = json!({"metadata": {"uid": "u-2"}});
        assert!(is_done(&Deed::Delete, &object(), &another));
    }

    #[test]
    fn keepers_leave_marks() {
        for (metadata, wanted) in [
            (
                json!({"labels": {"app.kubernetes.io/managed-by": "Helm"}}),
                Some("Helm"),
            ),
            (
                json!({"labels": {"app.kubernetes.io/managed-by": "me"}}),
                None,
            ),
            (
                json!({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps"}}),
                Some("Flux"),
            ),
            (
                json!({"annotations": {"argocd.argoproj.io/tracking-id": "x"}}),
                Some("Argo CD"),
            ),
            (json!({}), None),
        ] {
            assert_eq!(keeper(&json!({"metadata": metadata})), wanted);
        }
    }
}
