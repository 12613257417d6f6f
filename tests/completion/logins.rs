//! Login plugins: they run where nobody is asked, and say nothing.

use std::path::Path;

use serde_json::{Value, json};

use crate::Told;
use crate::api_server::{Answer, Stub};

/// A user whose plugin runs this script in the folder of the run.
fn user(script: &str, mode: &str) -> Value {
    json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script],
        "interactiveMode": mode}})
}

fn pods() -> Stub {
    Stub::start(|asked| match asked.token.as_str() {
        "token-1" => Answer::Json(200, json!({"kind": "Table", "rows": [{"cells": ["web"]}]})),
        _ => Answer::Text(401, "no"),
    })
}

fn told(stub: &Stub, user: &Value, limit: &str) -> Told {
    let words = ["__complete", "explain", "-n", "shop", "pod", ""];
    let mut command = stub.command(&json!({"server": stub.url()}), user, &words);
    command.env("KUBECTL_FARGATE_COMPLETION_TIMEOUT", limit);
    Told::by(command)
}

fn said(stub: &Stub) -> String {
    let path: &Path = stub.folder();
    std::fs::read_to_string(path.join("said")).unwrap_or_default()
}

#[test]
fn a_plugin_that_need_not_ask_gives_a_credential() {
    let stub = pods();
    let script = r#"
        { printf %s "$KUBERNETES_EXEC_INFO"; read answer || echo ' nobody answers'; (exec </dev/tty) && echo 'a terminal'; } >said 2>&1
        echo 'Log in at https://example.com' >&2
        printf '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"token-1"}}'
    "#;
    told(&stub, &user(script, "IfAvailable"), "60s").expect(&["web"], "4", "it logs in");
    let said = said(&stub);
    assert!(said.contains(r#""interactive":false"#), "{said}");
    assert!(said.contains("nobody answers"), "{said}");
    assert!(!said.contains("a terminal"), "{said}");
}

#[test]
fn a_plugin_that_must_ask_is_not_run() {
    let stub = pods();
    told(&stub, &user("echo ran >said", "Always"), "60s").expect(&[], "4", "it would ask");
    assert_eq!(said(&stub), "");
}

#[test]
fn plugins_that_fail_or_hang_are_passed_over_in_silence() {
    for (script, limit, why) in [
        ("echo s3cret >&2; exit 1", "60s", "it fails"),
        ("echo s3cret", "60s", "no credential"),
        ("exec sleep 600", "500ms", "it hangs"),
    ] {
        let stub = pods();
        told(&stub, &user(script, "Never"), limit).expect(&[], "4", why);
        assert!(stub.all_asked().is_empty(), "{why}");
    }
}
