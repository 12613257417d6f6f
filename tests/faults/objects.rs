//! Objects that are not what they should be, among good ones: the good ones are answered as ever, the others are named.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::api_server::{Answer, Asked, Stub};
use crate::cluster::{self, Place};
use crate::honest::{is_honest, statuses};
use crate::program::{Outcome, each, run};

/// How an object is bad.
struct Fault {
    name: &'static str,
    /// The text of the first pod, spoilt.
    spoils: fn(&str) -> String,
    pod: Pod,
}

/// What becomes of the pod.
#[derive(Clone, Copy, PartialEq)]
enum Pod {
    /// It is as good as ever.
    Good,
    /// It is named, and the others are judged.
    Bad,
    /// The text is no JSON, so it is bad, or there is no list at all.
    NoJson,
}

/// Puts this in place of the first occurrence; it must be there.
fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} is not in {text}");
    text.replacen(from, to, 1)
}

/// The pod with another value at this pointer.
fn with(text: &str, pointer: &str, value: Value) -> String {
    let mut pod: Value = serde_json::from_str(text).expect("the demo is good");
    *pod.pointer_mut(pointer)
        .unwrap_or_else(|| panic!("no {pointer} in {text}")) = value;
    pod.to_string()
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "null",
        spoils: |_| "null".to_owned(),
        pod: Pod::Bad,
    },
    Fault {
        name: "a number",
        spoils: |_| "7".to_owned(),
        pod: Pod::Bad,
    },
    Fault {
        name: "a text",
        spoils: |_| "\"pod\"".to_owned(),
        pod: Pod::Bad,
    },
    Fault {
        name: "an array",
        spoils: |_| "[]".to_owned(),
        pod: Pod::Bad,
    },
    Fault {
        name: "an empty object",
        spoils: |_| "{}".to_owned(),
        pod: Pod::Bad,
    },
    Fault {
        name: "spec is an array",
        spoils: |pod| with(pod, "/spec", json!([])),
        pod: Pod::Bad,
    },
    Fault {
        name: "spec is a text",
        spoils: |pod| with(pod, "/spec", json!("none")),
        pod: Pod::Bad,
    },
    Fault {
        name: "spec is true",
        spoils: |pod| with(pod, "/spec", json!(true)),
        pod: Pod::Bad,
    },
    Fault {
        name: "status is an array",
        spoils: |pod| with(pod, "/status", json!(["a"])),
        pod: Pod::Bad,
    },
    Fault {
        name: "metadata is an array",
        spoils: |pod| with(pod, "/metadata", json!(["a", "b"])),
        pod: Pod::Bad,
    },
    Fault {
        name: "metadata is null",
        spoils: |pod| with(pod, "/metadata", Value::Null),
        pod: Pod::Bad,
    },
    Fault {
        name: "the name is a number",
        spoils: |pod| with(pod, "/metadata/name", json!(7)),
        pod: Pod::Bad,
    },
    Fault {
        name: "the name is null",
        spoils: |pod| with(pod, "/metadata/name", Value::Null),
        pod: Pod::Bad,
    },
    Fault {
        name: "labels are a list",
        spoils: |pod| with(pod, "/metadata/labels", json!(["a"])),
        pod: Pod::Bad,
    },
    Fault {
        name: "a label is a number",
        spoils: |pod| with(pod, "/metadata/labels/app", json!(7)),
        pod: Pod::Bad,
    },
    Fault {
        name: "a label is an object",
        spoils: |pod| with(pod, "/metadata/labels/app", json!({})),
        pod: Pod::Bad,
    },
    Fault {
        name: "owners are an object",
        spoils: |pod| with(pod, "/metadata/ownerReferences", json!({"kind": "a"})),
        pod: Pod::Bad,
    },
    Fault {
        name: "an owner is a text",
        spoils: |pod| with(pod, "/metadata/ownerReferences", json!(["web"])),
        pod: Pod::Bad,
    },
    Fault {
        name: "containers are an object",
        spoils: |pod| with(pod, "/spec/containers", json!({"name": "a"})),
        pod: Pod::Bad,
    },
    Fault {
        name: "a container is a text",
        spoils: |pod| with(pod, "/spec/containers/0", json!("a")),
        pod: Pod::Bad,
    },
    Fault {
        name: "a container is an array",
        spoils: |pod| with(pod, "/spec/containers/0", json!([])),
        pod: Pod::Bad,
    },
    Fault {
        name: "the scheduler is a list",
        spoils: |pod| with(pod, "/spec/schedulerName", json!(["a"])),
        pod: Pod::Bad,
    },
    Fault {
        name: "the phase is a number",
        spoils: |pod| with(pod, "/status/phase", json!(7)),
        pod: Pod::Bad,
    },
    Fault {
        name: "a number out of range",
        spoils: |pod| {
            let pod = with(
                pod,
                "/spec/containers",
                json!([{"name": "a", "ports": [{"hostPort": 7}]}]),
            );
            replaced(&pod, "\"hostPort\":7", "\"hostPort\":1e999")
        },
        pod: Pod::Bad,
    },
    Fault {
        name: "a lone surrogate in a label",
        spoils: |pod| {
            let pod = with(pod, "/metadata/labels/app", json!("MARK"));
            replaced(&pod, "MARK", "\\ud800")
        },
        pod: Pod::Bad,
    },
    Fault {
        name: "a broken escape",
        spoils: |pod| {
            let pod = with(pod, "/metadata/labels/app", json!("MARK"));
            replaced(&pod, "MARK", "\\x41")
        },
        pod: Pod::NoJson,
    },
    Fault {
        name: "a raw control character",
        spoils: |pod| {
            let pod = with(pod, "/metadata/labels/app", json!("MARK"));
            replaced(&pod, "MARK", "a\u{1}b")
        },
        pod: Pod::NoJson,
    },
    Fault {
        name: "a key that comes twice",
        spoils: |pod| {
            format!(
                "{},\"spec\":{{}}}}",
                pod.trim_end_matches('}').to_owned()
                    + &"}".repeat(pod.len() - pod.trim_end_matches('}').len() - 1)
            )
        },
        pod: Pod::Bad,
    },
    Fault {
        name: "100,000 levels in a field that is read",
        spoils: |pod| {
            let pod = with(pod, "/spec/containers", json!("MARK"));
            replaced(
                &pod,
                "\"MARK\"",
                &("[".repeat(100_000) + &"]".repeat(100_000)),
            )
        },
        pod: Pod::Bad,
    },
    Fault {
        name: "unknown fields everywhere",
        spoils: |pod| {
            let mut pod: Value = serde_json::from_str(pod).expect("the demo is good");
            for pointer in ["", "/metadata", "/spec", "/spec/containers/0", "/status"] {
                let part = pod.pointer_mut(pointer).expect("it is there");
                part["somethingNew"] = json!({"spec": [null, {"a": 1e300}], "items": [1, 2]});
            }
            pod.to_string()
        },
        pod: Pod::Good,
    },
    Fault {
        name: "100,000 levels in a field that is not read",
        spoils: |pod| {
            replaced(
                pod,
                "{",
                &format!("{{\"deep\":{}{},", "[".repeat(100_000), "]".repeat(100_000)),
            )
        },
        pod: Pod::Good,
    },
    Fault {
        name: "100,000 levels of objects in a field that is not read",
        spoils: |pod| {
            replaced(
                pod,
                "{",
                &format!(
                    "{{\"deep\":{}1{},",
                    "{\"a\":".repeat(100_000),
                    "}".repeat(100_000)
                ),
            )
        },
        pod: Pod::Good,
    },
    Fault {
        name: "a huge number in a field that is not read",
        spoils: |pod| replaced(pod, "{", &format!("{{\"big\":{},", "9".repeat(100_000))),
        pod: Pod::Good,
    },
    Fault {
        name: "escapes in keys",
        spoils: |pod| replaced(pod, "\"metadata\"", "\"m\\u0065tadata\""),
        pod: Pod::Good,
    },
    Fault {
        name: "blanks everywhere",
        spoils: |pod| {
            let pod: Value = serde_json::from_str(pod).expect("the demo is good");
            serde_json::to_string_pretty(&pod)
                .expect("it is JSON")
                .replace('\n', "\r\n\t ")
        },
        pod: Pod::Good,
    },
];

/// Where `null` stands for nothing.
const NULLS: &[&str] = &[
    "/spec/volumes",
    "/spec/tolerations",
    "/status/conditions",
    "/status/containerStatuses",
    "/metadata/annotations",
    "/metadata/managedFields",
    "/spec/initContainers",
    "/spec/affinity",
    "/spec/securityContext",
    "/spec/nodeSelector",
    "/spec/topologySpreadConstraints",
    "/metadata/deletionTimestamp",
    "/metadata/finalizers",
];

fn explain(what: &str, does: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Value {
    ask(what, does).expect(what, 0, &[]).report(what)
}

fn ask(what: &str, does: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Outcome {
    let eks = cluster::eks();
    let stub = Stub::start(does);
    run(
        what,
        cluster::command(&stub, &eks, &["explain", "-A", "-o", "json"]),
    )
}

static WHOLE: LazyLock<Value> = LazyLock::new(|| explain("the healthy cluster", cluster::answer));

/// The list of the pods, the first one spoilt.
fn list_with(spoils: &dyn Fn(&str) -> String, pods: &[Value]) -> String {
    let texts: Vec<String> = pods
        .iter()
        .enumerate()
        .map(|(index, pod)| match index {
            0 => spoils(&pod.to_string()),
            _ => pod.to_string(),
        })
        .collect();
    format!(
        r#"{{"kind":"PodList","metadata":{{}},"items":[{}]}}"#,
        texts.join(",")
    )
}

fn ask_with(what: &str, spoils: impl Fn(&str) -> String + Send + Sync + 'static) -> Outcome {
    ask(what, move |asked| {
        let place = Place::of(&asked.path);
        match (place.plural, place.name) {
            ("pods", None) => {
                let pods = cluster::listed(&place, &asked.query);
                Answer::Bytes(200, String::new(), list_with(&spoils, &pods).into_bytes())
            }
            _ => cluster::answer(asked),
        }
    })
}

#[test]
fn a_bad_pod_is_named_and_the_others_are_judged() {
    LazyLock::force(&WHOLE);
    each(FAULTS, |fault| {
        let what = fault.name;
        let outcome = ask_with(what, fault.spoils);
        if fault.pod == Pod::NoJson && outcome.stdout.is_empty() {
            outcome.expect(what, 3, &["could not read the pods"]);
            return;
        }
        let report = outcome.expect(what, 0, &[]).report(what);
        is_honest(what, &WHOLE, &report, "pods");
        if fault.pod == Pod::Good {
            assert_eq!(report["pods"], WHOLE["pods"], "{what}");
        } else {
            let count = |report: &Value| report["pods"].as_array().map_or(0, Vec::len);
            assert_eq!(statuses(&report, "pods"), ["Malformed", "Read"], "{what}");
            assert_eq!(count(&report) + 1, count(&WHOLE), "{what}");
        }
    });
}

#[test]
fn null_is_nothing() {
    each(NULLS, |pointer| {
        let what = format!("{pointer} is null");
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        let set = move |value: Option<Value>| {
            move |pod: &str| {
                let mut pod: Value = serde_json::from_str(pod).expect("the demo is good");
                let parent = pod.pointer_mut(parent).and_then(Value::as_object_mut);
                let parent = parent.expect("it is there");
                match &value {
                    Some(value) => parent.insert(key.to_owned(), value.clone()),
                    None => parent.remove(key),
                };
                pod.to_string()
            }
        };
        let without = ask_with(&what, set(None)).report(&what);
        let with_null = ask_with(&what, set(Some(Value::Null))).report(&what);
        assert_eq!(with_null["pods"], without["pods"], "{what}");
    });
}

#[test]
fn invalid_utf_8_spoils_one_pod_at_the_most() {
    let what = "invalid UTF-8";
    LazyLock::force(&WHOLE);
    let outcome = ask(what, |asked| {
        let place = Place::of(&asked.path);
        if place.plural != "pods" || place.name.is_some() {
            return cluster::answer(asked);
        }
        let pods = cluster::listed(&place, &asked.query);
        let list = list_with(
            &|pod| with(pod, "/metadata/labels/app", json!("MARK")),
            &pods,
        );
        let at = list.find("MARK").expect("it is there");
        let mut bytes = list.into_bytes();
        bytes[at..at + 2].copy_from_slice(b"\xFF\xC0");
        Answer::Bytes(200, String::new(), bytes)
    });
    if outcome.stdout.is_empty() {
        // Nothing of a text that is none.
        outcome.expect(what, 3, &["could not read the pods"]);
        return;
    }
    let report = outcome.expect(what, 0, &[]).report(what);
    is_honest(what, &WHOLE, &report, "pods");
    assert_eq!(statuses(&report, "pods"), ["Malformed", "Read"], "{what}");
}

/// What is not read as a list here, or has no objects.
const NOT_LISTED: &[&str] = &[
    "pods",
    "version",
    "configmaps",
    "verticalpodautoscalers",
    "mutatingwebhookconfigurations",
    "serviceaccounts",
];

/// One object of a kind is bad.
#[test]
fn a_bad_object_of_any_kind_is_named() {
    LazyLock::force(&WHOLE);
    let cases: Vec<_> = cluster::KINDS
        .iter()
        .filter(|kind| !NOT_LISTED.contains(*kind))
        .flat_map(|kind| {
            [json!(null), json!([]), json!({"metadata": {"name": "bad", "namespace": "shop"}, "spec": [], "status": "x", "involvedObject": 7, "webhooks": 7, "provisioner": 7, "automountServiceAccountToken": {}})]
                .map(|bad| (*kind, bad))
        })
        .collect();
    each(&cases, |(kind, bad)| {
        let what = format!("{bad} among {kind}");
        let (kind, bad) = (*kind, bad.clone());
        let report = explain(&what, move |asked| {
            let place = Place::of(&asked.path);
            if place.plural != kind || place.name.is_some() {
                return cluster::answer(asked);
            }
            let mut items = cluster::listed(&place, &asked.query);
            let mut list = cluster::list(&items, None);
            items.insert(0, bad.clone());
            list["items"] = items.into();
            Answer::Json(200, list)
        });
        is_honest(&what, &WHOLE, &report, kind);
        assert_eq!(report["pods"], WHOLE["pods"], "{what}");
        assert_eq!(
            statuses(&report, kind).first().map(String::as_str),
            Some("Malformed"),
            "{what}"
        );
    });
}
