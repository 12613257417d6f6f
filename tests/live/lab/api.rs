//! The API server as the administrator: objects in and out as plain JSON.

use std::time::{Duration, Instant};

use http::{Method, Request};
use kube::{Client, Config, Error};
use serde_json::Value;
use tokio::runtime::Runtime;

use super::certificates::Authority;

/// A kind that tests create: where the API serves it.
struct Kind {
    api_version: &'static str,
    kind: &'static str,
    plural: &'static str,
    is_namespaced: bool,
    has_status: bool,
}

const fn kind(
    api_version: &'static str,
    kind: &'static str,
    plural: &'static str,
    is_namespaced: bool,
    has_status: bool,
) -> Kind {
    Kind {
        api_version,
        kind,
        plural,
        is_namespaced,
        has_status,
    }
}

#[rustfmt::skip]
const KINDS: &[Kind] = &[
    kind("v1", "Namespace", "namespaces", false, true),
    kind("v1", "Node", "nodes", false, true),
    kind("v1", "Pod", "pods", true, true),
    kind("v1", "Event", "events", true, false),
    kind("v1", "ConfigMap", "configmaps", true, false),
    kind("v1", "Service", "services", true, true),
    kind("v1", "ServiceAccount", "serviceaccounts", true, false),
    kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims", true, true),
    kind("v1", "PersistentVolume", "persistentvolumes", false, true),
    kind("apps/v1", "Deployment", "deployments", true, true),
    kind("apps/v1", "ReplicaSet", "replicasets", true, true),
    kind("apps/v1", "StatefulSet", "statefulsets", true, true),
    kind("apps/v1", "DaemonSet", "daemonsets", true, true),
    kind("batch/v1", "Job", "jobs", true, true),
    kind("batch/v1", "CronJob", "cronjobs", true, true),
    kind("storage.k8s.io/v1", "StorageClass", "storageclasses", false, false),
    kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", true, true),
    kind("scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", false, false),
    kind("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", false, false),
    kind("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "validatingadmissionpolicies", false, true),
    kind("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", false, false),
    kind("rbac.authorization.k8s.io/v1", "Role", "roles", true, false),
    kind("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings", true, false),
    kind("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", false, false),
    kind("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings", false, false),
    kind("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", false, true),
    // Custom resources, which a scenario loads together with a definition.
    kind("vpcresources.k8s.aws/v1beta1", "SecurityGroupPolicy", "securitygrouppolicies", true, false),
    kind("autoscaling.k8s.io/v1", "VerticalPodAutoscaler", "verticalpodautoscalers", true, false),
    // Custom resources of controllers that make Fargate profiles; the tests of these bring the definitions.
    kind("eks.services.k8s.aws/v1alpha1", "FargateProfile", "fargateprofiles", true, false),
    kind("eks.aws.upbound.io/v1beta1", "FargateProfile", "fargateprofiles", false, false),
    kind("eks.aws.m.upbound.io/v1beta1", "FargateProfile", "fargateprofiles", true, false),
    kind("infrastructure.cluster.x-k8s.io/v1beta2", "AWSFargateProfile", "awsfargateprofiles", true, false),
    kind("controlplane.cluster.x-k8s.io/v1beta2", "AWSManagedControlPlane", "awsmanagedcontrolplanes", true, false),
];

/// Nothing that a test waits for takes this long.
const LIMIT: Duration = Duration::from_secs(60);

/// A connection to one API server.
pub struct Api {
    runtime: Runtime,
    client: Client,
}

impl Api {
    /// Prepares a connection; nothing is sent yet.
    pub fn connect(url: &str, authority: &Authority, token: &str) -> Result<Self, String> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| format!("no runtime: {error}"))?;
        let mut config = Config::new(
            url.parse()
                .map_err(|error| format!("{url} is no address: {error}"))?,
        );
        config.root_cert = Some(vec![authority.certificate_der.clone()]);
        config.auth_info.token = Some(token.to_owned().into());
        // It would also count while a connection rests between two requests, and break the second; `send` has a limit instead.
        config.read_timeout = None;
        config.proxy_url = None;
        let client = {
            let _inside = runtime.enter();
            Client::try_from(config).map_err(|error| format!("no client: {error}"))?
        };
        Ok(Self { runtime, client })
    }

    /// Says whether the server answers that it is ready.
    pub fn is_ready(&self) -> bool {
        let request = Request::get("/readyz")
            .body(Vec::new())
            .expect("the path is a path");
        self.runtime
            .block_on(self.client.request_text(request))
            .is_ok()
    }

    /// Creates an object; with a `status`, that too where the kind keeps it apart. Returns it as stored.
    pub fn create(&self, object: &Value) -> Value {
        self.try_create(object).unwrap_or_else(|error| {
            panic!("could not create {}: {error}\n{object:#}", name_of(object))
        })
    }

    /// As [`Api::create`]. Errors: the API server's refusal.
    pub fn try_create(&self, object: &Value) -> Result<Value, Error> {
        let kind = kind_of(object);
        let mut stored = self.send(Method::POST, &collection(kind, object), Some(object))?;
        // Who set the node of a pod stands in its managed fields, and here that would always be its creator. They become
        // what the object says, or nothing: that is what the binding of a scheduler leaves behind.
        if object["kind"] == "Pod" && object.pointer("/spec/nodeName").is_some() {
            let none = serde_json::json!([{}]);
            let fields = object.pointer("/metadata/managedFields").unwrap_or(&none);
            let patch = serde_json::json!({"metadata": {"managedFields": fields}});
            stored = self.send(Method::PATCH, &path_of(&stored), Some(&patch))?;
        }
        match object.get("status") {
            Some(status)
                if kind.has_status
                    && status.as_object().is_some_and(|status| !status.is_empty()) =>
            {
                let mut with_status = stored.clone();
                with_status["status"] = status.clone();
                self.send(
                    Method::PUT,
                    &format!("{}/status", path_of(&stored)),
                    Some(&with_status),
                )
            }
            _ => Ok(stored),
        }
    }

    /// As [`Api::create`], once an object of that name that is being deleted is gone.
    pub fn create_when_free(&self, object: &Value) -> Value {
        let begin = Instant::now();
        loop {
            match self.try_create(object) {
                Err(Error::Api(status))
                    if status.code == 409 && begin.elapsed() < Duration::from_secs(20) =>
                {
                    std::thread::sleep(Duration::from_millis(50));
                }
                result => {
                    return result.unwrap_or_else(|error| {
                        panic!("could not create {}: {error}", name_of(object))
                    });
                }
            }
        }
    }

    /// Waits until a path is served: a new definition takes a moment.
    pub fn wait_until_served(&self, path: &str) {
        let begin = Instant::now();
        while self.send(Method::GET, path, None).is_err() {
            assert!(
                begin.elapsed() < Duration::from_secs(20),
                "{path} is not served"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Creates an object, or puts it in the place of the one with its name.
    pub fn replace(&self, object: &Value) -> Value {
        match self.try_create(object) {
            Err(Error::Api(status)) if status.code == 409 => self
                .send(Method::PUT, &path_of(object), Some(object))
                .unwrap_or_else(|error| panic!("could not replace {}: {error}", name_of(object))),
            result => result
                .unwrap_or_else(|error| panic!("could not create {}: {error}", name_of(object))),
        }
    }

    /// Reads one object by the `apiVersion`, `kind` and name of the one given, as it is stored now.
    pub fn get(&self, object: &Value) -> Value {
        self.send(Method::GET, &path_of(object), None)
            .unwrap_or_else(|error| panic!("could not read {}: {error}", name_of(object)))
    }

    /// Changes parts of an object (a JSON merge patch).
    pub fn patch(&self, object: &Value, patch: &Value) -> Value {
        self.send(Method::PATCH, &path_of(object), Some(patch))
            .unwrap_or_else(|error| panic!("could not patch {}: {error}", name_of(object)))
    }

    /// Replaces the status of an object.
    pub fn set_status(&self, object: &Value, status: &Value) {
        let mut now = self.get(object);
        now["status"] = status.clone();
        self.send(
            Method::PUT,
            &format!("{}/status", path_of(&now)),
            Some(&now),
        )
        .unwrap_or_else(|error| {
            panic!("could not tell the status of {}: {error}", name_of(object))
        });
    }

    /// Asks for an object's deletion the way `kubectl delete` does, with its grace period; what holds it stays.
    pub fn delete_gracefully(&self, object: &Value, grace_period_seconds: i64) {
        let options = serde_json::json!({"gracePeriodSeconds": grace_period_seconds, "propagationPolicy": "Background"});
        self.send(Method::DELETE, &path_of(object), Some(&options))
            .unwrap_or_else(|error| panic!("could not delete {}: {error}", name_of(object)));
    }

    /// Removes an object at once, whatever finalizers it has; one that is gone already is no error.
    pub fn remove(&self, object: &Value) {
        let path = path_of(object);
        let nothing_left = |result: Result<Value, Error>| match result {
            Err(Error::Api(status)) if status.code == 404 || status.code == 409 => {}
            Err(error) => panic!("could not remove {}: {error}", name_of(object)),
            Ok(_) => {}
        };
        if object.pointer("/metadata/finalizers").is_some() {
            let none = serde_json::json!({"metadata": {"finalizers": null}});
            nothing_left(self.send(Method::PATCH, &path, Some(&none)));
        }
        let options =
            serde_json::json!({"gracePeriodSeconds": 0, "propagationPolicy": "Background"});
        nothing_left(self.send(Method::DELETE, &path, Some(&options)));
        if object["kind"] == "Namespace" {
            // What a controller manager would do once the namespace is empty.
            let finalized = serde_json::json!({
                "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": object["metadata"]["name"]}, "spec": {"finalizers": []},
            });
            nothing_left(self.send(Method::PUT, &format!("{path}/finalize"), Some(&finalized)));
        }
    }

    /// Reads a list by its path, for example `/api/v1/namespaces/shop/events`, and returns its items.
    pub fn list(&self, path: &str) -> Vec<Value> {
        let list = self
            .send(Method::GET, path, None)
            .unwrap_or_else(|error| panic!("could not list {path}: {error}"));
        list["items"].as_array().cloned().unwrap_or_default()
    }

    /// Returns the names of the API groups that are served.
    pub fn groups(&self) -> Vec<String> {
        let groups = self
            .send(Method::GET, "/apis", None)
            .unwrap_or_else(|error| panic!("could not ask for the groups: {error}"));
        let groups = groups["groups"].as_array().into_iter().flatten();
        groups
            .filter_map(|group| group["name"].as_str().map(str::to_owned))
            .collect()
    }

    /// Reads an object again and again until it is as `is_there` wants it, for at most a minute.
    pub fn wait_for<T>(&self, what: &str, mut is_there: impl FnMut(&Self) -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            if let Some(found) = is_there(self) {
                return found;
            }
            assert!(
                begun.elapsed() < LIMIT,
                "{what} did not come within {LIMIT:?}"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Says whether the authorizer lets a user do this, as it does for requests themselves: a new role takes a moment.
    pub fn lets(&self, user: &str, groups: &[&str], attributes: &Value) -> bool {
        let review = serde_json::json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
            "spec": {"user": user, "groups": groups, "resourceAttributes": attributes},
        });
        let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
        let answer = self
            .send(Method::POST, path, Some(&review))
            .unwrap_or_else(|error| panic!("could not ask what {user} may do: {error}"));
        answer["status"]["allowed"] == true
    }

    fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Error> {
        let content_type = if method == Method::PATCH {
            "application/merge-patch+json"
        } else {
            "application/json"
        };
        let body = body
            .map(|body| body.to_string().into_bytes())
            .unwrap_or_default();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", content_type)
            .body(body)
            .expect("paths are made of names that the API server accepts");
        self.runtime.block_on(async {
            let answer = self.client.request::<Value>(request);
            let answer = tokio::time::timeout(LIMIT, answer).await;
            answer.unwrap_or_else(|late| Err(Error::Service(late.into())))
        })
    }
}

/// Returns the rule of a role that lets its owner read a kind. `None`: the laboratory does not know the kind.
pub fn reading_rule(kind: &str) -> Option<Value> {
    let kind = KINDS
        .iter()
        .find(|known| known.kind == kind || known.plural == kind)?;
    let group = kind
        .api_version
        .split_once('/')
        .map_or("", |(group, _)| group);
    Some(
        serde_json::json!({"apiGroups": [group], "resources": [kind.plural], "verbs": ["get", "list"]}),
    )
}

/// Says whether objects of this kind live in namespaces.
pub fn is_namespaced(object: &Value) -> bool {
    kind_of(object).is_namespaced
}

/// Returns the path of one object.
pub fn path_of(object: &Value) -> String {
    let name = object["metadata"]["name"]
        .as_str()
        .unwrap_or_else(|| panic!("an object without a name: {object:#}"));
    format!("{}/{name}", collection(kind_of(object), object))
}

fn kind_of(object: &Value) -> &'static Kind {
    KINDS
        .iter()
        .find(|known| object["kind"] == known.kind && object["apiVersion"] == known.api_version)
        .unwrap_or_else(|| {
            panic!(
                "{} {} is not among the kinds of tests/live/lab/api.rs",
                object["apiVersion"], object["kind"]
            )
        })
}

fn collection(kind: &Kind, object: &Value) -> String {
    let root = if kind.api_version.contains('/') {
        "apis"
    } else {
        "api"
    };
    let Kind {
        api_version,
        plural,
        ..
    } = kind;
    if kind.is_namespaced {
        let namespace = object["metadata"]["namespace"]
            .as_str()
            .unwrap_or("default");
        format!("/{root}/{api_version}/namespaces/{namespace}/{plural}")
    } else {
        format!("/{root}/{api_version}/{plural}")
    }
}

fn name_of(object: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    format!(
        "{} {}/{}",
        text(&object["kind"]),
        text(&object["metadata"]["namespace"]),
        text(&object["metadata"]["name"])
    )
}
