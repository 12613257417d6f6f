//! The scenario folders that need no made-up clock (`live: true`), loaded into a real API server: the verdicts must be those
//! that the files give.
//!
//! Which kinds a scenario has seen is part of its story: a kind that is absent from its folder may not be read live either.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::{
    lab::{
        Lab, api,
        server::ApiServer,
        users::{self, User},
    },
    promises::broken_promises,
    scenario::{Scenario, Subject, folders, name_of},
};

/// Returns the scenarios that are to be judged live, by name. Folders that cannot be read are for the test over files to tell.
pub fn live_scenarios() -> Vec<Scenario> {
    folders()
        .iter()
        .filter_map(|folder| Scenario::read(folder).ok())
        .filter(|scenario| scenario.expected.live)
        .collect()
}

/// Loads the scenario into the stage, asks the binary and compares; leaves the stage empty.
pub fn run(scenario: &Scenario, lab: &Lab) {
    let stage = lab.stage();
    let loaded = Loaded::from_folder(&stage, &scenario.folder.join("cluster"));
    let profiles = scenario.profile_arguments();
    let ask = |what: &[&str]| {
        let arguments = what
            .iter()
            .copied()
            .chain(profiles.iter().map(String::as_str))
            .collect::<Vec<_>>();
        lab.kubectl_fargate(&stage.kubeconfig(User::Scenario))
            .explain(&arguments)
    };
    let mut everything = None;
    let mut broken = Vec::new();
    let mut wrong = scenario.judge(|subject| match subject {
        Subject::Pod { namespace, name } => {
            let report = everything.get_or_insert_with(|| ask(&["-A"]));
            entries(report)
                .find(|entry| entry["namespace"] == namespace && entry["name"] == name)
                .cloned()
        }
        Subject::Template {
            kind,
            namespace,
            name,
        } => {
            let report = ask(&[&format!("{kind}/{name}"), "-n", namespace]);
            broken.extend(broken_promises(&report));
            entries(&report).next().cloned()
        }
    });
    drop(loaded);
    let everything = everything.unwrap_or_default();
    if !everything.is_null() {
        broken.extend(broken_promises(&everything));
    }
    wrong.extend(broken);
    assert!(
        wrong.is_empty(),
        "{}:\n  {}\n{everything:#}",
        name_of(&scenario.folder),
        wrong.join("\n  ")
    );
}

fn entries(report: &Value) -> impl Iterator<Item = &Value> {
    report["pods"].as_array().into_iter().flatten()
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// The custom kinds that answers are made from: group, kind, plural and version.
const CUSTOM_KINDS: &[(&str, &str, &str, &str)] = &[
    (
        "vpcresources.k8s.aws",
        "SecurityGroupPolicy",
        "securitygrouppolicies",
        "v1beta1",
    ),
    (
        "autoscaling.k8s.io",
        "VerticalPodAutoscaler",
        "verticalpodautoscalers",
        "v1",
    ),
];

/// What stands on the stage; dropping it removes it.
struct Loaded<'a> {
    stage: &'a ApiServer,
    objects: Vec<Value>,
}

impl<'a> Loaded<'a> {
    /// Loads every object of a folder, owners before what they own, and lets [`User::Scenario`] read the kinds that are there.
    fn from_folder(stage: &'a ApiServer, folder: &Path) -> Self {
        let mut loaded = Self {
            stage,
            objects: Vec::new(),
        };
        let (waiting, seen) = read(folder);
        let rules: Vec<Value> = seen
            .iter()
            .filter_map(|kind| api::reading_rule(kind))
            .collect();
        users::grant_cluster_wide(stage.api(), User::Scenario, &json!(rules));

        let namespaces: BTreeSet<String> = waiting
            .iter()
            .filter(|object| api::is_namespaced(object))
            .map(namespace_of)
            .collect();
        let described: BTreeSet<String> = waiting
            .iter()
            .filter(|object| object["kind"] == "Namespace")
            .map(|object| plain(&object["metadata"]["name"]))
            .collect();
        // `default` and the `kube-` namespaces are the server's own; they are there already, and stay.
        for namespace in namespaces
            .difference(&described)
            .filter(|name| !is_of_the_server(name))
        {
            loaded.objects.push(
                stage
                    .api()
                    .create(&crate::lab::objects::namespace(namespace)),
            );
        }
        loaded.define_kinds(&waiting);
        loaded.create_in_order(waiting);
        loaded
    }

    /// Has the server serve the custom kinds of a folder, as whoever installed them on that cluster did.
    fn define_kinds(&mut self, objects: &[Value]) {
        for (group, kind, plural, version) in CUSTOM_KINDS {
            if !objects.iter().any(|object| object["kind"] == *kind) {
                continue;
            }
            let definition = json!({
                "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "metadata": {"name": format!("{plural}.{group}"), "annotations": {"api-approved.kubernetes.io": "unapproved, for tests"}},
                "spec": {
                    "group": group, "scope": "Namespaced",
                    "names": {"kind": kind, "listKind": format!("{kind}List"), "plural": plural, "singular": kind.to_lowercase()},
                    "versions": [{"name": version, "served": true, "storage": true,
                        "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}],
                },
            });
            // That of the scenario before may still be on its way out.
            let stored = self.stage.api().create_when_free(&definition);
            self.objects.insert(0, stored);
            let path = format!("/apis/{group}/{version}/{plural}");
            self.stage.api().wait_until_served(&path);
        }
    }

    /// Creates objects as soon as all that they name by uid is there, so that the names can follow the server's new uids.
    fn create_in_order(&mut self, mut waiting: Vec<Value>) {
        let mut uids: BTreeMap<String, String> = BTreeMap::new();
        waiting.sort_by_key(rank);
        while !waiting.is_empty() {
            let pending: BTreeSet<String> = waiting.iter().filter_map(uid_of).collect();
            let (ready, blocked): (Vec<Value>, Vec<Value>) =
                waiting.into_iter().partition(|object| {
                    let own = uid_of(object);
                    !mentions(object, &mut |text| {
                        pending.contains(text) && Some(text) != own.as_deref()
                    })
                });
            // Two objects that name each other: take them as they come.
            let (ready, blocked) = if ready.is_empty() {
                (blocked, Vec::new())
            } else {
                (ready, blocked)
            };
            for mut object in ready {
                let old = uid_of(&object);
                replace_uids(&mut object, &uids);
                let stored = self.create(object);
                if let (Some(old), Some(new)) = (old, uid_of(&stored)) {
                    uids.insert(old, new);
                }
            }
            waiting = blocked;
        }
    }

    fn create(&mut self, object: Value) -> Value {
        let api = self.stage.api();
        let deleted = object["metadata"].get("deletionTimestamp").is_some();
        let grace = object["metadata"]["deletionGracePeriodSeconds"]
            .as_i64()
            .unwrap_or(30);
        let object = as_created(object);
        let is_known =
            object["kind"] == "Namespace" && is_of_the_server(&plain(&object["metadata"]["name"]));
        let stored = if is_known {
            api.get(&object)
        } else {
            api.create(&object)
        };
        if !is_known {
            self.objects.push(stored.clone());
        }
        if deleted {
            api.delete_gracefully(&object, grace);
        }
        stored
    }
}

impl Drop for Loaded<'_> {
    fn drop(&mut self) {
        // A test that failed already must not panic a second time: that would end the whole run.
        if std::thread::panicking() {
            let objects = std::mem::take(&mut self.objects);
            let api = self.stage.api();
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                objects.iter().rev().for_each(|object| api.remove(object))
            }));
        } else {
            self.objects
                .iter()
                .rev()
                .for_each(|object| self.stage.api().remove(object));
        }
    }
}

/// Reads the objects of a folder, and the kinds (or the plural names that files have) that were seen there.
fn read(folder: &Path) -> (Vec<Value>, BTreeSet<String>) {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("could not read {}: {error}", folder.display()))
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    let (mut objects, mut seen) = (Vec::new(), BTreeSet::new());
    for file in files {
        seen.insert(
            file.file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
        );
        for document in documents(&file) {
            match document.get("items") {
                Some(items) => {
                    for item in items.as_array().into_iter().flatten() {
                        objects.push(with_kind_of_list(item.clone(), &document));
                    }
                }
                None => objects.push(document),
            }
        }
    }
    seen.extend(objects.iter().map(|object| plain(&object["kind"])));
    (objects, seen)
}

/// Items of a typed list (`PodList`) may leave out what they are.
fn with_kind_of_list(mut item: Value, list: &Value) -> Value {
    if item.get("kind").is_none() {
        item["kind"] = json!(plain(&list["kind"]).trim_end_matches("List"));
        item["apiVersion"] = list["apiVersion"].clone();
    }
    item
}

fn documents(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file)
        .unwrap_or_else(|error| panic!("could not read {}: {error}", file.display()));
    let documents: Vec<Value> = serde_saphyr::from_multiple(&text)
        .unwrap_or_else(|error| panic!("{} is not YAML: {error}", file.display()));
    documents
        .into_iter()
        .filter(|document| !document.is_null())
        .collect()
}

/// Takes away what only a server may write, and what it would refuse from a client.
fn as_created(mut object: Value) -> Value {
    if object["apiVersion"] == "events.k8s.io/v1" {
        object = as_core_event(object);
    }
    if let Some(metadata) = object["metadata"].as_object_mut() {
        for field in [
            "uid",
            "resourceVersion",
            "creationTimestamp",
            "generation",
            "selfLink",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
        ] {
            metadata.remove(field);
        }
    }
    if object["kind"] == "Service"
        && let Some(spec) = object["spec"].as_object_mut()
    {
        // The server gives addresses and node ports of its own ranges.
        for field in ["clusterIP", "clusterIPs", "healthCheckNodePort"] {
            spec.remove(field);
        }
        for port in spec
            .get_mut("ports")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            if let Some(port) = port.as_object_mut() {
                port.remove("nodePort");
            }
        }
    }
    if object["kind"] == "Job" && object["spec"]["manualSelector"] != true {
        // The server makes a Job's selector itself, out of the uid that it gives.
        object["spec"]
            .as_object_mut()
            .map(|spec| spec.remove("selector"));
        if let Some(labels) = object
            .pointer_mut("/spec/template/metadata/labels")
            .and_then(Value::as_object_mut)
        {
            labels.retain(|key, _| {
                !matches!(
                    key.as_str(),
                    "controller-uid" | "batch.kubernetes.io/controller-uid"
                )
            });
        }
    }
    object
}

/// Events are served under two groups; only the older one takes the fields that a recorded event has.
fn as_core_event(event: Value) -> Value {
    let mut core = json!({"apiVersion": "v1", "kind": "Event", "metadata": event["metadata"]});
    let names = [
        ("regarding", "involvedObject"),
        ("note", "message"),
        ("deprecatedCount", "count"),
        ("deprecatedFirstTimestamp", "firstTimestamp"),
        ("deprecatedLastTimestamp", "lastTimestamp"),
        ("deprecatedSource", "source"),
        ("reportingController", "reportingComponent"),
    ];
    for (field, value) in event.as_object().into_iter().flatten() {
        if !matches!(field.as_str(), "apiVersion" | "kind" | "metadata") {
            let name = names
                .iter()
                .find(|(new, _)| new == field)
                .map_or(field.as_str(), |(_, old)| old);
            core[name] = value.clone();
        }
    }
    core
}

fn rank(object: &Value) -> u8 {
    match object["kind"].as_str() {
        Some("CustomResourceDefinition") => 0,
        Some("Namespace") => 1,
        Some("Event") => 3,
        _ => 2,
    }
}

fn is_of_the_server(namespace: &str) -> bool {
    matches!(
        namespace,
        "default" | "kube-system" | "kube-public" | "kube-node-lease"
    )
}

fn namespace_of(object: &Value) -> String {
    object["metadata"]["namespace"]
        .as_str()
        .unwrap_or("default")
        .to_owned()
}

fn uid_of(object: &Value) -> Option<String> {
    object["metadata"]["uid"].as_str().map(str::to_owned)
}

/// Says whether any text in the object satisfies a question.
fn mentions(value: &Value, question: &mut dyn FnMut(&str) -> bool) -> bool {
    match value {
        Value::String(text) => question(text),
        Value::Array(items) => items.iter().any(|item| mentions(item, question)),
        Value::Object(fields) => fields.values().any(|value| mentions(value, question)),
        _ => false,
    }
}

/// Puts the server's uids in the place of the old ones: owner references, events, selectors and labels of Jobs.
fn replace_uids(value: &mut Value, uids: &BTreeMap<String, String>) {
    match value {
        Value::String(text) => {
            if let Some(new) = uids.get(text.as_str()) {
                text.clone_from(new);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| replace_uids(item, uids)),
        Value::Object(fields) => fields
            .values_mut()
            .for_each(|value| replace_uids(value, uids)),
        _ => {}
    }
}
