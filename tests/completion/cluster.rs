//! Names of a live cluster: asked for by their names alone, in time, and never more than are names.

use serde_json::{Value, json};

use crate::Told;
use crate::api_server::{Answer, Stub};

const PODS: &str = "/api/v1/namespaces/shop/pods";

/// What goes wrong, and how the server does it.
type Trouble = (&'static str, fn() -> Answer);

fn table(names: &[&str], next: &str) -> Answer {
    let rows: Vec<Value> = names
        .iter()
        .map(|name| json!({"cells": [name, "1/1", "Running", 0, "3d"], "object": null}))
        .collect();
    Answer::Json(
        200,
        json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {"continue": next},
            "columnDefinitions": [{"name": "Name", "type": "string", "format": "name"}], "rows": rows}),
    )
}

/// What is told to a shell where the cluster answers so, within this time.
fn told(stub: &Stub, limit: &str, words: &[&str]) -> Told {
    let user = json!({"token": "token-0"});
    let arguments = [&["__complete"], words].concat();
    let mut command = stub.command(&json!({"server": stub.url()}), &user, &arguments);
    command.env("KUBECTL_FARGATE_COMPLETION_TIMEOUT", limit);
    Told::by(command)
}

#[test]
fn names_alone_are_asked_for() {
    let stub = Stub::start(|asked| {
        assert_eq!(asked.query, "limit=500&includeObject=None");
        table(&["web-2", "web-1", "api-1"], "more")
    });
    let words = ["explain", "-n", "shop", "pod", ""];
    told(&stub, "60s", &words).expect(&["api-1", "web-1", "web-2"], "4", "pods");
    assert_eq!(stub.all_asked(), [PODS], "one request, and nothing else");
    let accept = stub.values_of("accept").join(",");
    assert!(accept.starts_with("application/json;as=Table;"), "{accept}");
}

#[test]
fn every_kind_is_asked_for_where_it_is_served() {
    for (words, path, wanted) in [
        (
            &["explain", "-n", "shop", "sts/"][..],
            "/apis/apps/v1/namespaces/shop/statefulsets",
            "sts/web",
        ),
        (
            &["explain", "-nshop", "job", ""],
            "/apis/batch/v1/namespaces/shop/jobs",
            "web",
        ),
        (
            &["suggest", "cronjob", ""],
            "/apis/batch/v1/namespaces/default/cronjobs",
            "web",
        ),
        (&["explain", "no/"], "/api/v1/nodes", "no/web"),
        (&["-n", "shop", "explain", "po", ""], PODS, "web"),
    ] {
        let stub = Stub::start(|_| table(&["web"], ""));
        told(&stub, "60s", words).expect(&[wanted], "4", path);
        assert_eq!(stub.all_asked(), [path]);
    }
    let stub = Stub::start(|_| table(&["web"], ""));
    told(&stub, "60s", &["profiles", "-n", ""]).expect(&["default", "web"], "4", "namespaces");
    assert_eq!(stub.all_asked(), ["/api/v1/namespaces"]);
    told(&stub, "60s", &["explain", "-A", "pod", ""]).expect(
        &[],
        "4",
        "no name is of all namespaces",
    );
    assert_eq!(
        stub.all_asked(),
        ["/api/v1/namespaces"],
        "so nothing is asked"
    );
}

#[test]
fn further_pages_are_read_for_a_name_that_was_begun() {
    let stub = Stub::start(|asked| match asked.query.contains("continue=page2") {
        false => table(&["api-1", "web-1"], "page2"),
        true => table(&["web-2"], ""),
    });
    let words = |begun| ["explain", "-n", "shop", "pod", begun];
    told(&stub, "60s", &words("web")).expect(&["web-1", "web-2"], "4", "two pages");
    assert_eq!(stub.asked(PODS), 2);
    told(&stub, "60s", &words("")).expect(&["api-1", "web-1"], "4", "one is enough to look at");
    assert_eq!(stub.asked(PODS), 3);
}

#[test]
fn what_is_no_name_reaches_no_shell() {
    let names = [
        "web-1",
        "web-1; touch evil",
        "web-$(touch evil)",
        "web-`id`",
        "web-\u{1b}[2J",
        "web-2\nweb-3",
        "web-\tx",
        "web-\u{202e}x",
        ":4",
        "-n",
        "WEB",
        "",
    ];
    let stub = Stub::start(move |_| table(&names, ""));
    told(&stub, "60s", &["explain", "-n", "shop", "pod", ""]).expect(
        &["web-1"],
        "4",
        "one is a name",
    );
}

#[test]
fn a_cluster_that_tells_nothing_is_passed_over_in_silence() {
    let troubles: [Trouble; 6] = [
        ("refused", || {
            Answer::Json(
                403,
                json!({"kind": "Status", "reason": "Forbidden", "code": 403}),
            )
        }),
        ("not logged in", || Answer::Text(401, "no")),
        ("no JSON", || Answer::Text(200, "<html>")),
        ("broken off", || Answer::HalfABody),
        ("busy", || Answer::Busy(429, Some(30))),
        ("silent", || Answer::Silence),
    ];
    for (why, trouble) in troubles {
        let stub = Stub::start(move |_| trouble());
        let told = told(&stub, "500ms", &["explain", "-n", "shop", "p"]);
        told.expect(&["pod/"], "6", why);
    }
}

#[test]
fn the_namespace_of_the_context_is_known_though_namespaces_may_not_be_read() {
    let stub = Stub::start(|_| Answer::Json(403, json!({"kind": "Status", "code": 403})));
    told(&stub, "60s", &["explain", "-n", ""]).expect(&["default"], "4", "the context's");
}

#[test]
fn a_warning_of_the_server_is_not_told() {
    let stub = Stub::start(|_| {
        let body = json!({"kind": "Table", "rows": [{"cells": ["web"]}]}).to_string();
        Answer::Bytes(
            200,
            "Warning: 299 - \"old\"\r\n".to_owned(),
            body.into_bytes(),
        )
    });
    told(&stub, "60s", &["explain", "-n", "shop", "pod", ""]).expect(&["web"], "4", "a name");
}
