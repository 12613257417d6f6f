//! A healthy cluster: the objects of the demo, served as an API server serves them, and its profiles, as the EKS API tells them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::api_server::{Answer, Asked, Stub};
use crate::eks_stub::EksStub;

/// Every kind that `explain -A` reads of this cluster.
pub const KINDS: &[&str] = &[
    "pods",
    "nodes",
    "events",
    "replicasets",
    "deployments",
    "statefulsets",
    "daemonsets",
    "jobs",
    "cronjobs",
    "persistentvolumeclaims",
    "persistentvolumes",
    "storageclasses",
    "mutatingwebhookconfigurations",
    "poddisruptionbudgets",
    "services",
    "serviceaccounts",
    "verticalpodautoscalers",
    "configmaps",
    "version",
];

/// Where a request points.
#[derive(Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// `pods`; `version` and groups stand for themselves.
    pub plural: &'a str,
    pub namespace: Option<&'a str>,
    pub name: Option<&'a str>,
}

impl<'a> Place<'a> {
    pub fn of(path: &'a str) -> Self {
        let mut rest: Vec<&str> = path.trim_matches('/').split('/').collect();
        let prefix = match rest.first() {
            Some(&"api") => 2,
            Some(&"apis") => 3,
            _ => 0,
        };
        rest.drain(..prefix.min(rest.len()));
        let namespace = match rest.as_slice() {
            ["namespaces", namespace, _, ..] => {
                let namespace = *namespace;
                rest.drain(..2);
                Some(namespace)
            }
            _ => None,
        };
        Self {
            plural: rest.first().copied().unwrap_or_default(),
            namespace,
            name: rest.get(1).copied(),
        }
    }
}

/// The objects, by the plural name of their kind.
static OBJECTS: LazyLock<BTreeMap<String, Vec<Value>>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sources/demo");
    let files = fs::read_dir(folder).expect("the demo is there");
    files
        .map(|file| file.expect("the folder can be read").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a file of the demo");
            let list: Value = serde_saphyr::from_str(&text).expect("the demo is YAML");
            let items = list["items"].as_array().cloned().unwrap_or_default();
            let plural = path.file_stem().expect("files have names");
            (plural.to_string_lossy().into_owned(), items)
        })
        .collect()
});

/// The profiles, as `DescribeFargateProfile` gives them.
static PROFILES: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sources/demo/profiles.json");
    let text = fs::read_to_string(path).expect("a file of the demo");
    serde_json::Deserializer::from_str(&text)
        .into_iter::<Value>()
        .map(|profile| {
            let mut profile = profile.expect("the demo is JSON")["fargateProfile"].take();
            let created: jiff::Timestamp = profile["createdAt"]
                .as_str()
                .and_then(|time| time.parse().ok())
                .expect("a profile has its time");
            profile["createdAt"] = created.as_second().into();
            profile
        })
        .collect()
});

/// The objects of a list, as a query narrows them.
pub fn listed(place: &Place<'_>, query: &str) -> Vec<Value> {
    let parameter = |name: &str| {
        form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    let (labels, fields) = (parameter("labelSelector"), parameter("fieldSelector"));
    OBJECTS
        .get(place.plural)
        .into_iter()
        .flatten()
        .filter(|object| {
            place
                .namespace
                .is_none_or(|namespace| object["metadata"]["namespace"] == namespace)
        })
        .filter(|object| has_fields(object, &fields) && has_labels(object, &labels))
        .cloned()
        .collect()
}

fn has_fields(object: &Value, selector: &str) -> bool {
    selector
        .split(',')
        .filter(|term| !term.is_empty())
        .all(|term| {
            let (path, wanted) = term.split_once('=').expect("only equality is asked for");
            let found = path.split('.').fold(object, |value, key| &value[key]);
            found.as_str().unwrap_or_default() == wanted.trim_start_matches('=')
        })
}

fn has_labels(object: &Value, selector: &str) -> bool {
    let labels = &object["metadata"]["labels"];
    if let Some((key, values)) = selector.split_once(" in (") {
        let found = labels[key].as_str().unwrap_or_default();
        return values.trim_end_matches(')').split(',').any(|v| v == found);
    }
    selector
        .split(',')
        .filter(|term| !term.is_empty())
        .all(|term| match term.split_once('=') {
            Some((key, value)) => labels[key] == value,
            None => labels.get(term).is_some(),
        })
}

/// The list of a kind as an API server writes it, with the token of the next page.
pub fn list(items: &[Value], next: Option<&str>) -> Value {
    let kind = items
        .first()
        .and_then(|item| item["kind"].as_str())
        .map_or("List".to_owned(), |kind| format!("{kind}List"));
    let mut metadata = json!({"resourceVersion": "4711"});
    if let Some(next) = next {
        metadata["continue"] = next.into();
    }
    json!({"apiVersion": "v1", "kind": kind, "metadata": metadata, "items": items})
}

/// Answers as the healthy cluster does.
pub fn answer(asked: &Asked) -> Answer {
    let place = Place::of(&asked.path);
    if asked.path == "/version" {
        return Answer::Json(
            200,
            json!({"major": "1", "minor": "33", "gitVersion": "v1.33.4-eks-1234567"}),
        );
    }
    if place.plural.is_empty() {
        return Answer::Json(200, json!({"kind": "APIResourceList", "resources": []}));
    }
    if !OBJECTS.contains_key(place.plural) {
        return Answer::Text(404, "404 page not found\n");
    }
    match place.name {
        Some(name) => {
            let place = Place {
                name: None,
                ..Place::of(&asked.path)
            };
            let found = listed(&place, "")
                .into_iter()
                .find(|object| object["metadata"]["name"] == name);
            match found {
                Some(object) => Answer::Json(200, object),
                None => Answer::absent(&asked.path),
            }
        }
        None => Answer::Json(200, list(&listed(&place, &asked.query), None)),
    }
}

/// The pods in pages of this many; a token is where the next one begins.
pub fn pods_in_pages(
    asked: &Asked,
    size: usize,
    token: impl Fn(usize) -> String,
) -> (Value, usize) {
    let pods = listed(&Place::of(&asked.path), &asked.query);
    let begin: usize = form_urlencoded::parse(asked.query.as_bytes())
        .find(|(key, _)| key == "continue")
        .and_then(|(_, token)| {
            let number = token.rsplit(|c: char| !c.is_ascii_digit()).next()?;
            number.parse().ok()
        })
        .unwrap_or_default();
    let begin = begin.min(pods.len());
    let end = (begin + size).min(pods.len());
    let next = (end < pods.len()).then(|| token(end));
    (list(&pods[begin..end], next.as_deref()), begin)
}

/// The list of one pod, `web` in the namespace `shop`, on a node.
pub fn one_pod() -> Answer {
    let pod = json!({"metadata": {"name": "web", "namespace": "shop"},
        "spec": {"nodeName": "ip-10-0-1-1.ec2.internal"}, "status": {"phase": "Running"}});
    Answer::Json(
        200,
        json!({"kind": "PodList", "metadata": {}, "items": [pod]}),
    )
}

/// The EKS API of the healthy cluster.
pub fn eks() -> EksStub {
    EksStub::with_profiles(PROFILES.clone())
}

/// The profiles of the cluster, as the EKS API describes them.
pub fn profiles() -> &'static [Value] {
    &PROFILES
}

/// `kubectl fargate` with these arguments against a server and an EKS API.
pub fn command(stub: &Stub, eks: &EksStub, arguments: &[&str]) -> Command {
    let mut command = stub.command(
        &json!({"server": stub.url()}),
        &json!({"token": "token-0"}),
        arguments,
    );
    command.args(["--cluster-name", "prod", "--region", "eu-west-1"]);
    at(&mut command, eks);
    command
}

/// Lets a command ask this EKS API, with credentials.
pub fn at(command: &mut Command, eks: &EksStub) {
    command
        .env("AWS_ENDPOINT_URL", eks.url())
        .env("AWS_ACCESS_KEY_ID", "testing")
        .env("AWS_SECRET_ACCESS_KEY", "s3cret");
}
