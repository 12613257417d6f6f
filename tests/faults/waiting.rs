//! Servers that are busy, silent or forgetful, and logins that expire: what is waited for, how often, and what comes of it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::api_server::{Answer, Asked, Stub, pod_list};

const PODS: &str = "/api/v1/namespaces/shop/pods";

/// The answers of a server on which nothing is found but what a test adds.
fn nothing_else(asked: &Asked) -> Answer {
    if asked.path.ends_with("/pods/web") || asked.path.contains("/mutatingwebhookconfigurations/") {
        return Answer::absent(&asked.path);
    }
    Answer::Json(200, json!({"metadata": {}, "items": []}))
}

fn statuses(report: &Value, what: &str) -> Vec<String> {
    let sources = report["sources"].as_array().expect("sources are a list");
    sources
        .iter()
        .filter(|source| source["what"] == what)
        .map(|source| source["status"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn a_busy_server_is_asked_again() {
    let stub = Stub::start(|asked| match (asked.path.as_str(), asked.count) {
        (PODS, 1) => Answer::Busy(503, None),
        (PODS, 2) => Answer::Busy(429, Some(0)),
        (PODS, _) => pod_list(&["web"], None),
        _ => nothing_else(asked),
    });
    let outcome = stub.explain(&["-n", "shop", "-o", "json"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(outcome.report()["pods"][0]["name"], "web");
    assert_eq!(stub.asked(PODS), 3);
}

#[test]
fn a_broken_connection_is_tried_three_times_more() {
    let stub = Stub::start(|asked| match asked.path.as_str() {
        PODS => Answer::HangUp,
        _ => nothing_else(asked),
    });
    let outcome = stub.explain(&["-n", "shop"]);
    assert_eq!(outcome.code, Some(3), "{outcome:?}");
    assert!(
        outcome
            .stderr
            .starts_with("error: could not reach the cluster"),
        "{outcome:?}"
    );
    assert_eq!(stub.asked(PODS), 4);
}

#[test]
fn a_retry_after_is_waited_for() {
    let stub = Stub::start(|asked| match (asked.path.as_str(), asked.count) {
        (PODS, 1) => Answer::Busy(429, Some(2)),
        (PODS, _) => pod_list(&["web"], None),
        _ => nothing_else(asked),
    });
    let began = Instant::now();
    let outcome = stub.explain(&["-n", "shop"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        began.elapsed() >= Duration::from_secs(2),
        "the server asked for two seconds"
    );
}

#[test]
fn a_list_that_breaks_off_is_answered_as_far_as_it_came() {
    let stub =
        Stub::start(
            |asked| match (asked.path.as_str(), asked.query.contains("continue=")) {
                (PODS, false) => pod_list(&["web"], Some("next")),
                (PODS, true) => Answer::HangUp,
                _ => nothing_else(asked),
            },
        );
    let outcome = stub.explain(&["-n", "shop", "-o", "json"]);
    assert_eq!(outcome.code, Some(3), "{outcome:?}");
    let report = outcome.report();
    assert_eq!(report["pods"][0]["name"], "web");
    assert_eq!(statuses(&report, "pods"), ["Partial"]);
}

#[test]
fn a_forgotten_page_begins_the_list_anew_once() {
    let stub = Stub::start(|asked| {
        match (
            asked.path.as_str(),
            asked.query.contains("continue=old"),
            asked.count,
        ) {
            (PODS, false, 1) => pod_list(&["gone"], Some("old")),
            (PODS, true, _) => Answer::Json(
                410,
                json!({"kind": "Status", "code": 410, "reason": "Expired"}),
            ),
            (PODS, false, _) if asked.query.contains("continue=new") => pod_list(&["late"], None),
            (PODS, false, _) => pod_list(&["early"], Some("new")),
            _ => nothing_else(asked),
        }
    });
    let outcome = stub.explain(&["-n", "shop", "-o", "json"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(statuses(&outcome.report(), "pods"), ["Read"]);
    assert_eq!(stub.asked(PODS), 4);
}

#[test]
fn another_list_that_fails_is_a_note() {
    let stub = Stub::start(|asked| match asked.path.as_str() {
        PODS => Answer::Json(
            200,
            json!({"kind": "PodList", "metadata": {}, "items": [{"metadata": {"name": "web", "namespace": "shop"},
                "spec": {"nodeName": "n1"}, "status": {"phase": "Running"}}]}),
        ),
        "/api/v1/nodes/n1" => Answer::Json(
            403,
            json!({"kind": "Status", "message": "nodes is forbidden: User \"me\"", "code": 403}),
        ),
        "/apis/batch/v1/namespaces/shop/cronjobs" => Answer::Text(404, "404 page not found"),
        "/apis/batch/v1/namespaces/shop/jobs" => Answer::Text(200, "<html>sign in</html>"),
        "/api/v1/namespaces/shop/events" => Answer::Silence,
        _ => nothing_else(asked),
    });
    let outcome = stub.explain(&["-n", "shop", "-o", "json", "--request-timeout", "1s"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let report = outcome.report();
    for (what, status) in [
        ("pods", "Read"),
        ("nodes", "Forbidden"),
        ("cronjobs", "NotServed"),
        ("jobs", "Malformed"),
        ("events", "TimedOut"),
        ("deployments", "Read"),
    ] {
        assert_eq!(statuses(&report, what), [status], "{what}");
    }
}

#[test]
fn a_field_that_the_server_does_not_know_is_wrong_usage() {
    let stub = Stub::start(|asked| match asked.path.as_str() {
        PODS => Answer::Json(
            400,
            json!({"kind": "Status", "code": 400, "reason": "BadRequest",
                "message": "Unable to find \"/v1, Resource=pods\" that match label selector \"\", field selector \"foo=bar\": field label not supported: foo"}),
        ),
        _ => nothing_else(asked),
    });
    let outcome = stub.explain(&["-n", "shop", "--field-selector", "foo=bar"]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    for words in ["cannot be asked for the field \"foo\"", "status.phase"] {
        assert!(outcome.stderr.contains(words), "{outcome:?}");
    }
    let stub = Stub::start(|asked| match asked.path.as_str() {
        PODS => Answer::Json(
            400,
            json!({"kind": "Status", "code": 400, "reason": "BadRequest",
                "message": "unable to parse requirement of the label selector"}),
        ),
        _ => nothing_else(asked),
    });
    let outcome = stub.explain(&["-n", "shop", "-l", "app=web"]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
}

#[test]
fn a_server_of_another_kind_is_asked_about() {
    for answer in [
        || Answer::Text(404, "<html>not here</html>"),
        || Answer::Text(400, "<html>bad request</html>"),
        || Answer::Text(200, "<html>sign in</html>"),
    ] {
        let stub = Stub::start(move |_| answer());
        for arguments in [&["-n", "shop"][..], &["web", "-n", "shop"]] {
            let outcome = stub.explain(arguments);
            assert_eq!(outcome.code, Some(3), "{outcome:?}");
            assert!(
                outcome.stderr.contains("is this a Kubernetes API server?"),
                "{outcome:?}"
            );
        }
    }
}

#[test]
fn a_malformed_object_is_named_and_the_others_are_judged() {
    let stub = Stub::start(|asked| match asked.path.as_str() {
        PODS => Answer::Json(
            200,
            json!({"metadata": {}, "items": [
                {"metadata": {"name": "bad", "namespace": "shop"}, "spec": {"containers": "none"}},
                {"metadata": {"name": "web", "namespace": "shop"}, "spec": {}},
            ]}),
        ),
        _ => nothing_else(asked),
    });
    let outcome = stub.explain(&["-n", "shop", "-o", "json"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let report = outcome.report();
    assert_eq!(report["pods"].as_array().map(Vec::len), Some(1));
    assert_eq!(statuses(&report, "pods"), ["Malformed", "Read"]);
    assert!(
        report["sources"][0]["detail"]
            .as_str()
            .unwrap_or_default()
            .contains("pod/shop/bad"),
        "{report:#}"
    );
}

#[test]
fn a_silent_server_is_left_in_time() {
    let stub = Stub::start(|_| Answer::Silence);
    let began = Instant::now();
    let outcome = stub.explain(&["pod/web", "-n", "shop", "--request-timeout", "1s"]);
    assert_eq!(outcome.code, Some(3), "{outcome:?}");
    assert!(
        outcome
            .stderr
            .starts_with("error: the cluster did not answer in time"),
        "{outcome:?}"
    );
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "one second was the limit"
    );
}

#[test]
fn a_body_that_stops_is_left_in_time() {
    let stub = Stub::start(|_| Answer::HalfABody);
    let outcome = stub.explain(&["pod/web", "-n", "shop", "--request-timeout", "1s"]);
    assert_eq!(outcome.code, Some(3), "{outcome:?}");
    assert!(outcome.stderr.contains("within 1s"), "{outcome:?}");
}

#[test]
fn an_expired_token_is_renewed_once() {
    let stub = Stub::start(|asked| match (asked.path.as_str(), asked.token.as_str()) {
        (_, "token-1") => Answer::Json(
            401,
            json!({"kind": "Status", "message": "Unauthorized", "code": 401}),
        ),
        (PODS, "token-2") => pod_list(&["web"], None),
        _ => nothing_else(asked),
    });
    let outcome = stub.explain_with_plugin(&["-n", "shop", "-o", "json"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(outcome.report()["pods"][0]["name"], "web");
    assert_eq!(
        stub.logins(),
        2,
        "all the requests that were refused share one new login"
    );
}

#[test]
fn a_login_that_is_never_accepted_ends_with_one_error() {
    let stub = Stub::start(|_| {
        Answer::Json(
            401,
            json!({"kind": "Status", "message": "Unauthorized", "code": 401}),
        )
    });
    let outcome = stub.explain_with_plugin(&["-n", "shop"]);
    assert_eq!(outcome.code, Some(3), "{outcome:?}");
    assert!(
        outcome
            .stderr
            .starts_with("error: the cluster did not accept the login"),
        "{outcome:?}"
    );
    assert!(!outcome.stderr.contains("token-"), "{outcome:?}");
    assert_eq!(outcome.stdout, "");
}

#[test]
fn one_pod_costs_a_handful_of_requests() {
    let stub = Stub::start(|asked| match asked.path.as_str() {
        "/api/v1/namespaces/shop/pods/web" => Answer::Json(
            200,
            json!({"metadata": {"name": "web", "namespace": "shop", "labels": {"pod-template-hash": "7d9f"},
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-7d9f", "uid": "1", "controller": true}]},
                "spec": {"nodeName": "ip-10-0-1-1.ec2.internal"}, "status": {"phase": "Running"}}),
        ),
        "/apis/apps/v1/namespaces/shop/replicasets/web-7d9f" => Answer::Json(
            200,
            json!({"metadata": {"name": "web-7d9f", "namespace": "shop",
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "2", "controller": true}]}}),
        ),
        path if path.ends_with("/deployments/web") || path.contains("/nodes/") => {
            Answer::absent(path)
        }
        _ => nothing_else(asked),
    });
    let outcome = stub.explain(&["pod/web", "-n", "shop", "-o", "json"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let mut all = stub.all_asked();
    all.sort();
    assert_eq!(
        all,
        [
            "/api/v1/namespaces/shop/events",
            "/api/v1/namespaces/shop/pods/web",
            "/api/v1/nodes/ip-10-0-1-1.ec2.internal",
            "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
            "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/0500-amazon-eks-fargate-mutation.amazonaws.com",
            "/apis/apps/v1/namespaces/shop/deployments/web",
            "/apis/apps/v1/namespaces/shop/replicasets/web-7d9f",
        ]
    );
    assert!(
        stub.agents()
            .iter()
            .all(|agent| agent.starts_with("kubectl-fargate/")),
        "{:?}",
        stub.agents()
    );
}
