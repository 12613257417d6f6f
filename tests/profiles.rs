//! `profiles` as a program: what it asks the API server, what it does without one, its flags and exit codes.

#[path = "support/api_server.rs"]
#[expect(dead_code, reason = "what misbehaving servers need is not needed here")]
mod api_server;
#[path = "support/program.rs"]
#[expect(
    dead_code,
    reason = "an answer that must be there is not all that is wanted here"
)]
mod program;

use std::path::Path;
use std::time::{Duration, Instant};

use api_server::{Answer, Asked, Outcome, Stub};
use serde_json::{Value, json};

const NODE: &str = "fargate-ip-10-0-1-31.eu-west-1.compute.internal";
const WEBHOOK: &str = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/0500-amazon-eks-fargate-mutation.amazonaws.com";
/// Asked for once in every question, beside the webhook.
const LISTS: [&str; 9] = [
    "/api/v1/namespaces",
    "/api/v1/nodes",
    "/api/v1/pods",
    "/apis/apps/v1/daemonsets",
    "/apis/apps/v1/deployments",
    "/apis/apps/v1/replicasets",
    "/apis/apps/v1/statefulsets",
    "/apis/batch/v1/cronjobs",
    "/apis/batch/v1/jobs",
];

fn list(items: &[Value]) -> Answer {
    Answer::Json(200, json!({"metadata": {}, "items": items}))
}

fn refused(path: &str) -> Answer {
    let words = format!("{path} is forbidden: User \"me\"");
    Answer::Json(
        403,
        json!({"kind": "Status", "message": words, "code": 403}),
    )
}

fn on_fargate(namespace: &str, name: &str) -> Value {
    json!({
        "metadata": {"name": name, "namespace": namespace, "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {"eks.amazonaws.com/fargate-profile": "apps"}},
        "spec": {"schedulerName": "fargate-scheduler", "nodeName": NODE, "containers": [{"name": "main"}]},
        "status": {"phase": "Running"},
    })
}

fn waiting(namespace: &str, name: &str) -> Value {
    json!({
        "metadata": {"name": name, "namespace": namespace, "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {"containers": [{"name": "main"}]}, "status": {"phase": "Pending"},
    })
}

/// Answers about these pods, in two namespaces; of everything else there is none.
fn cluster(pods: Vec<Value>) -> impl Fn(&Asked) -> Answer + Send + Sync + 'static {
    move |asked| match asked.path.as_str() {
        "/api/v1/namespaces" => {
            list(&["shop", "web", "default"].map(|name| json!({"metadata": {"name": name}})))
        }
        "/api/v1/nodes" => list(&[json!({"metadata": {"name": NODE,
            "labels": {"eks.amazonaws.com/compute-type": "fargate"}}})]),
        "/api/v1/pods" => list(&pods),
        path if path.ends_with("/pods") => {
            let of_namespace = pods.iter().filter(|pod| {
                let namespace = pod["metadata"]["namespace"].as_str().unwrap_or_default();
                path == format!("/api/v1/namespaces/{namespace}/pods")
            });
            list(&of_namespace.cloned().collect::<Vec<_>>())
        }
        WEBHOOK => Answer::Json(
            200,
            json!({"metadata": {"name": "0500-amazon-eks-fargate-mutation.amazonaws.com"}}),
        ),
        path if path.starts_with("/api/v1/namespaces/") && path.matches('/').count() == 4 => {
            Answer::absent(path)
        }
        _ => list(&[]),
    }
}

fn profile(name: &str, namespace: &str) -> String {
    json!({"fargateProfile": {
        "fargateProfileName": name, "clusterName": "prod", "status": "ACTIVE", "createdAt": "2025-01-01T00:00:00Z",
        "fargateProfileArn": format!("arn:aws:eks:eu-west-1:111122223333:fargateprofile/prod/{name}/0a1b"),
        "podExecutionRoleArn": "arn:aws:iam::111122223333:role/pods", "subnets": ["subnet-1"],
        "selectors": [{"namespace": namespace}],
    }})
    .to_string()
}

fn asked_about(
    answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
    arguments: &[&str],
) -> (Outcome, Stub) {
    let stub = Stub::start(answer);
    stub.write("apps.json", &profile("apps", "shop"));
    let outcome = stub.ask(
        "profiles",
        &[arguments, &["--profiles", "apps.json"]].concat(),
    );
    (outcome, stub)
}

fn answered(
    answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
    arguments: &[&str],
) -> (Value, Stub) {
    let (outcome, stub) = asked_about(answer, &[arguments, &["-o", "json"]].concat());
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let report = outcome.report();
    assert_eq!(report["kind"], "ProfileReport", "{report:#}");
    (report, stub)
}

fn sources(report: &Value, what: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let sources = report["sources"].as_array().into_iter().flatten();
    sources
        .filter(|source| source["what"] == what)
        .map(|source| (text(&source["namespace"]), text(&source["status"])))
        .collect()
}

fn source(namespace: &str, status: &str) -> (String, String) {
    (namespace.to_owned(), status.to_owned())
}

#[test]
fn one_list_a_kind_and_nothing_beside() {
    let (report, stub) = answered(
        cluster(vec![
            on_fargate("shop", "a"),
            waiting("shop", "b"),
            waiting("web", "c"),
        ]),
        &[],
    );
    let mut wanted: Vec<&str> = LISTS.into_iter().chain([WEBHOOK]).collect();
    wanted.sort_unstable();
    assert_eq!(stub.all_asked(), wanted);
    let apps = &report["profiles"][0];
    assert_eq!(apps["name"], "apps", "{report:#}");
    assert_eq!(apps["podsOnFargate"], 1, "{report:#}");
    assert_eq!(apps["podsClaimable"], 1, "{report:#}");
    assert_eq!(apps["selectors"][0]["podsMatched"], 2, "{report:#}");
    assert_eq!(sources(&report, "pods"), [source("", "Read")]);
    assert!(report.get("namespace").is_none(), "{report:#}");
}

#[test]
fn claims_are_read_where_they_are_used() {
    let mut pod = waiting("shop", "a");
    pod["spec"]["volumes"] =
        json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]);
    let (_, stub) = answered(cluster(vec![pod]), &[]);
    for path in [
        "/api/v1/persistentvolumeclaims",
        "/api/v1/persistentvolumes",
        "/apis/storage.k8s.io/v1/storageclasses",
    ] {
        assert_eq!(stub.asked(path), 1, "{path}");
    }
}

#[test]
fn one_namespace_is_read_where_it_is_named() {
    let pods = || vec![on_fargate("shop", "a"), on_fargate("web", "b")];
    let (report, stub) = answered(cluster(pods()), &["-n", "shop"]);
    assert_eq!(stub.asked("/api/v1/pods"), 0);
    assert_eq!(stub.asked("/api/v1/namespaces/shop/pods"), 1);
    assert_eq!(report["namespace"], "shop", "{report:#}");
    assert_eq!(report["profiles"][0]["podsOnFargate"], 1, "{report:#}");
    let (outcome, _) = asked_about(cluster(pods()), &["-n", "shop"]);
    assert!(
        outcome
            .stdout
            .contains("counts are of the pods in namespace shop"),
        "{outcome:?}"
    );
    let (outcome, _) = asked_about(cluster(pods()), &["-n", "nowhere"]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(
        outcome.stderr.contains("there is no namespace nowhere"),
        "{outcome:?}"
    );
    let (outcome, _) = asked_about(cluster(pods()), &["-n", "shop", "-A", "-o", "json"]);
    assert!(outcome.report().get("namespace").is_none(), "{outcome:?}");
}

#[test]
fn a_namespace_that_is_not_there_is_told_without_the_list_of_them() {
    let served = cluster(vec![on_fargate("shop", "a")]);
    let stub = move |asked: &Asked| match asked.path.as_str() {
        "/api/v1/namespaces" => refused("namespaces"),
        _ => served(asked),
    };
    let (outcome, _) = asked_about(stub, &["-n", "nowhere"]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(
        outcome.stderr.contains("there is no namespace nowhere"),
        "{outcome:?}"
    );
}

#[test]
fn where_all_pods_may_not_be_listed_those_of_the_contexts_namespace_are() {
    let served = |pods: Vec<Value>| {
        let served = cluster(pods);
        move |asked: &Asked| match asked.path.as_str() {
            path if path.starts_with("/api/v1/namespaces/default/")
                || path.contains("/namespaces/default/") =>
            {
                served(asked)
            }
            path => refused(path),
        }
    };
    let pods = || vec![on_fargate("default", "a"), on_fargate("shop", "b")];
    let (report, _) = answered(served(pods()), &[]);
    assert_eq!(
        sources(&report, "pods"),
        [source("", "Forbidden"), source("default", "Read")]
    );
    assert_eq!(
        report["profiles"][0]["podsOnFargate"], 1,
        "the pod of namespace default alone: {report:#}"
    );
    let (outcome, _) = asked_about(served(pods()), &[]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        outcome
            .stdout
            .contains("counts are of the pods in namespace default"),
        "{outcome:?}"
    );
}

#[test]
fn profiles_alone_are_an_answer() {
    let everything_refused = |asked: &Asked| refused(&asked.path);
    let (report, _) = answered(everything_refused, &[]);
    assert_eq!(
        sources(&report, "pods"),
        [source("", "Forbidden"), source("default", "Forbidden")]
    );
    assert_eq!(report["profiles"][0]["name"], "apps", "{report:#}");
    let (outcome, _) = asked_about(everything_refused, &[]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(outcome.stdout.contains("Pods not read:"), "{outcome:?}");
    assert!(
        !outcome.stdout.contains("FARGATE"),
        "no counts: {outcome:?}"
    );
    let (report, _) = answered(
        |_| Answer::Json(500, json!({"code": 500})),
        &["--request-timeout", "1s"],
    );
    assert_eq!(sources(&report, "pods"), [source("", "Failed")]);
    assert_eq!(
        sources(&report, "nodes"),
        [],
        "one line says it: {report:#}"
    );
}

#[test]
fn without_profiles_and_without_pods_there_is_no_answer() {
    let stub = Stub::start(|asked| refused(&asked.path));
    let outcome = stub.ask("profiles", &[]);
    assert_eq!(outcome.code, Some(3), "{outcome:?}");
    assert_eq!(outcome.stdout, "");
    for words in [
        "could not read the pods",
        "the Fargate profiles were not read either",
    ] {
        assert!(outcome.stderr.contains(words), "{outcome:?}");
    }
}

#[test]
fn what_pods_tell_is_told_where_no_profile_could_be_read() {
    let stub = Stub::start(cluster(vec![on_fargate("shop", "a")]));
    let outcome = stub.ask("profiles", &["-o", "json"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let report = outcome.report();
    assert_eq!(report["knowledge"], "Unread", "{report:#}");
    assert_eq!(report["profiles"][0]["source"], "Observed", "{report:#}");
    let shown = stub.ask("profiles", &[]).stdout;
    assert!(shown.starts_with("Profiles not read:"), "{shown}");
    assert!(shown.contains("only what pods tell"), "{shown}");
    assert_eq!(
        stub.ask("profiles", &["apps"]).code,
        Some(0),
        "it is seen on a pod"
    );
    let unknown = stub.ask("profiles", &["nope"]);
    assert_eq!(unknown.code, Some(3), "nobody can tell: {unknown:?}");
    assert!(unknown.stderr.contains("could not tell"), "{unknown:?}");
}

#[test]
fn a_silent_cluster_is_not_waited_for_long_beside_files() {
    let begun = Instant::now();
    let (report, _) = answered(|_| Answer::Silence, &[]);
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(report["profiles"][0]["name"], "apps");
    assert_eq!(sources(&report, "pods"), [source("", "Failed")]);
}

#[test]
fn a_list_that_breaks_off_is_told_by_the_exit_code() {
    let served = cluster(vec![]);
    let stub = move |asked: &Asked| match asked.path.as_str() {
        "/api/v1/pods" if asked.query.contains("continue") => refused("pods"),
        "/api/v1/pods" => Answer::Json(
            200,
            json!({"metadata": {"continue": "more"}, "items": [on_fargate("shop", "a")]}),
        ),
        _ => served(asked),
    };
    let (outcome, _) = asked_about(stub, &["-o", "json"]);
    assert_eq!(outcome.code, Some(3), "{outcome:?}");
    assert_eq!(outcome.report()["profiles"][0]["podsOnFargate"], 1);
}

/// Runs `profiles` away from every cluster.
fn without_a_cluster(folder: &Path, arguments: &[&str]) -> program::Outcome {
    let arguments: Vec<String> = std::iter::once("profiles")
        .chain(arguments.iter().copied())
        .map(str::to_owned)
        .collect();
    program::run(folder, &arguments)
}

#[test]
fn files_with_profiles_need_no_cluster() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("apps.json"), profile("apps", "shop"))
        .expect("the folder is ours");
    std::fs::write(folder.path().join("none.json"), "[]").expect("the folder is ours");
    std::fs::write(
        folder.path().join("stack.json"),
        r#"{"AWSTemplateFormatVersion": "2010-09-09", "Resources": {}}"#,
    )
    .expect("the folder is ours");
    let of_dev = profile("other", "shop").replace("prod", "dev");
    std::fs::write(folder.path().join("dev.json"), of_dev).expect("the folder is ours");
    let run = |arguments: &[&str]| without_a_cluster(folder.path(), arguments);
    for (arguments, code, stdout, stderr) in [
        (&["--profiles", "apps.json"][..], 0, "apps  ACTIVE", ""),
        (&["--profiles", "apps.json"], 0, "No cluster was asked:", ""),
        (
            &["--profiles", "apps.json", "apps"],
            0,
            "apps · Fargate profile",
            "",
        ),
        (
            &["--profiles", "apps.json", "--pods"],
            0,
            "apps · ACTIVE",
            "",
        ),
        (
            &["--profiles", "apps.json", "-o", "name"],
            0,
            "fargateprofile/apps\n",
            "",
        ),
        (
            &["--profiles", "apps.json", "-o", "yaml"],
            0,
            "kind: ProfileReport",
            "",
        ),
        (
            &["--profiles", "apps.json", "-o", "wide"],
            0,
            "arn:aws:iam::111122223333:role/pods",
            "",
        ),
        (
            &["--profiles", "none.json"],
            0,
            "No Fargate profile in this cluster",
            "",
        ),
        (&["--profiles", "stack.json"], 0, "Profiles not read:", ""),
        (&["--from", "apps.json"], 0, "apps  ACTIVE", ""),
        (
            &["--profiles", "apps.json", "app"],
            2,
            "",
            "names like app: apps",
        ),
        (
            &["--profiles", "apps.json", "Apps"],
            2,
            "",
            "there is no Fargate profile Apps",
        ),
        (
            &["--profiles", "apps.json", "apps", "nope", "nor"],
            2,
            "",
            "profile nope; there is no Fargate profile nor",
        ),
        (
            &["--profiles", "apps.json", "--kubeconfig", "not-there"],
            2,
            "",
            "not-there",
        ),
        (
            &["--profiles", "apps.json", "--context", "prod"],
            2,
            "",
            "prod",
        ),
        (&["--profiles", "not-there.json"], 2, "", "not-there.json"),
        (
            &["--profiles", "apps.json", "fargateprofile/apps"],
            0,
            "apps · Fargate profile",
            "",
        ),
        (
            &["--profiles", "apps.json", "app"],
            2,
            "",
            "list them all: kubectl-fargate profiles -o name --profiles apps.json\n",
        ),
        (
            &[
                "--profiles",
                "apps.json",
                "--profiles",
                "dev.json",
                "--cluster-name",
                "dev",
                "apps",
            ],
            2,
            "",
            "account 111122223333 was left out",
        ),
        (
            &[
                "--profiles",
                "apps.json",
                "--profiles",
                "dev.json",
                "--cluster-name",
                "dev",
            ],
            0,
            "Profiles read: 1 profile of prod in eu-west-1, account 111122223333",
            "",
        ),
        (
            &["--profiles", "apps.json", "--pods", "-o", "wide"],
            2,
            "",
            "leave out -o wide",
        ),
        (&[], 2, "", "kubectl-fargate profiles --demo"),
        (&[], 2, "", "no cluster is configured"),
        (
            &["--cluster-name", "prod", "--region", "eu-west-1"],
            3,
            "",
            "no AWS credentials were found",
        ),
    ] {
        let outcome = run(arguments);
        assert_eq!(
            outcome.code,
            Some(code),
            "{arguments:?}: {}",
            outcome.stderr
        );
        assert!(
            outcome.stdout.contains(stdout),
            "{arguments:?}: {}",
            outcome.stdout
        );
        assert!(
            outcome.stderr.contains(stderr),
            "{arguments:?}: {}",
            outcome.stderr
        );
        assert_eq!(
            code == 0,
            outcome.stderr.is_empty(),
            "{arguments:?}: {}",
            outcome.stderr
        );
        assert_eq!(
            code != 0,
            outcome.stdout.is_empty(),
            "{arguments:?}: {}",
            outcome.stdout
        );
    }
}

#[test]
fn the_demo_answers_in_every_format() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = |arguments: &[&str]| {
        let outcome = without_a_cluster(folder.path(), &[&["--demo"], arguments].concat());
        assert_eq!(outcome.code, Some(0), "{arguments:?}: {}", outcome.stderr);
        outcome.stdout
    };
    for (arguments, words) in [
        (&[][..], "payments*"),
        (&["-o", "wide"], "SUBNETS"),
        (&["--pods"], "deployment/orders"),
        (&["--pods", "payments"], "OlderThanProfile"),
        (&["apps", "batch"], "batch · Fargate profile"),
        (&["-o", "name", "apps"], "fargateprofile/apps"),
        (&["-n", "shop"], "counts are of the pods in namespace shop"),
        (&["-o", "yaml"], "podsOnFargate: "),
    ] {
        let stdout = run(arguments);
        assert!(stdout.contains(words), "{arguments:?}: {stdout}");
    }
    let json = |arguments: &[&str]| -> Value {
        serde_json::from_str(&run(&[arguments, &["-o", "json"]].concat())).expect("JSON")
    };
    let all = json(&[]);
    assert_eq!(all["profiles"].as_array().map(Vec::len), Some(4));
    assert!(all["profiles"][0].get("pods").is_none(), "{all:#}");
    let with_pods = json(&["--pods", "apps"]);
    assert_eq!(with_pods["profiles"].as_array().map(Vec::len), Some(1));
    assert!(with_pods["profiles"][0]["pods"].is_array(), "{with_pods:#}");
    let shop = json(&["-n", "batch"]);
    assert_eq!(
        shop["profiles"][0]["podsOnFargate"], 0,
        "apps has none there: {shop:#}"
    );
    assert!(!run(&["--color", "never"]).contains('\u{1b}'));
    assert!(run(&["--color", "always"]).contains('\u{1b}'));
}
