//! Login plugins and tokens that do not do what they should.

use serde_json::{Value, json};

use crate::api_server::{Answer, Asked, Stub};
use crate::cluster::one_pod;
use crate::program::{Outcome, each, run};

const GOOD: &str = r#"echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"token-1"}}'"#;

fn unauthorized() -> Answer {
    Answer::Json(
        401,
        json!({"kind": "Status", "message": "Unauthorized", "code": 401, "reason": "Unauthorized"}),
    )
}

/// A cluster with one pod, for whoever has a token of ours.
fn cluster(asked: &Asked) -> Answer {
    if !asked.token.starts_with("token-") {
        return unauthorized();
    }
    match asked.path.as_str() {
        "/api/v1/namespaces/shop/pods" => one_pod(),
        path if path.contains("/mutatingwebhookconfigurations/") => Answer::absent(path),
        _ => Answer::Json(200, json!({"kind": "List", "metadata": {}, "items": []})),
    }
}

fn ask(what: &str, stub: &Stub, user: &Value) -> Outcome {
    let arguments = [
        "explain",
        "-n",
        "shop",
        "-o",
        "json",
        "--profiles",
        "profiles.json",
    ];
    run(
        what,
        stub.command(&json!({"server": stub.url()}), user, &arguments),
    )
}

fn exec(script: &str) -> Value {
    json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "IfAvailable", "command": "sh", "args": ["-c", script]}})
}

/// What the plugin does, and what is said of it beside its name.
const PLUGINS: &[(&str, &str, &[&str])] = &[
    ("fails", "echo s3cret; exit 7", &["failed", "7"]),
    ("is killed", "kill -9 $$", &["failed", "9"]),
    ("prints nothing", "true", &["is no ExecCredential"]),
    (
        "prints blanks",
        "printf '  \\n\\n'",
        &["is no ExecCredential"],
    ),
    (
        "prints rubbish",
        "echo s3cret is what I say",
        &["is no ExecCredential"],
    ),
    (
        "prints HTML",
        "echo '<html>s3cret</html>'",
        &["is no ExecCredential"],
    ),
    (
        "prints bytes",
        "printf '\\377\\376\\000\\001s3cret'",
        &["is no ExecCredential"],
    ),
    (
        "prints control characters",
        "printf '\\033[2J\\033]0;s3cret\\007'",
        &["is no ExecCredential"],
    ),
    (
        "prints a list",
        "echo '[\"s3cret\"]'",
        &["is no ExecCredential"],
    ),
    ("prints null", "echo null", &["ExecCredential"]),
    (
        "prints half of it",
        "printf '{\"kind\":\"ExecCredential\",\"status\":{\"token\":\"s3cret'",
        &["is no ExecCredential"],
    ),
    (
        "prints another kind",
        "echo '{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"status\":{\"token\":\"s3cret\"}}'",
        &["is no ExecCredential"],
    ),
    (
        "prints another version",
        "echo '{\"apiVersion\":\"client.authentication.k8s.io/v1alpha1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"s3cret\"}}'",
        &[
            "client.authentication.k8s.io/v1alpha1",
            "client.authentication.k8s.io/v1",
        ],
    ),
    (
        "prints no status",
        "echo '{\"kind\":\"ExecCredential\"}'",
        &["without a status"],
    ),
    (
        "prints an empty token",
        "echo '{\"kind\":\"ExecCredential\",\"status\":{\"token\":\"\"}}'",
        &["neither a token nor a client certificate"],
    ),
    (
        "prints a token that is a number",
        "echo '{\"kind\":\"ExecCredential\",\"status\":{\"token\":7}}'",
        &["is no ExecCredential"],
    ),
    (
        "prints a token that no header can carry",
        "printf '{\"kind\":\"ExecCredential\",\"status\":{\"token\":\"s3cret\\\\u0001\\\\n\\\\u001b[2J\"}}'",
        &["cannot be used"],
    ),
    (
        "prints a certificate that is none",
        "echo '{\"kind\":\"ExecCredential\",\"status\":{\"clientCertificateData\":\"s3cret\",\"clientKeyData\":\"s3cret\"}}'",
        &["cannot be used"],
    ),
    (
        "prints without end",
        "exec yes s3cret",
        &["printed more than"],
    ),
    (
        "prints 300 MB in front",
        "head -c 300000000 /dev/zero; true",
        &["printed more than"],
    ),
    (
        "prints a deep nest",
        "head -c 300000 /dev/zero | tr '\\0' '['",
        &["is no ExecCredential"],
    ),
];

#[test]
fn plugins_that_do_not_log_in_are_named() {
    each(PLUGINS, |(what, script, words)| {
        let stub = Stub::start(cluster);
        let outcome = ask(what, &stub, &exec(script));
        outcome.expect(
            what,
            3,
            &[
                "error: could not log in to the cluster: the login plugin sh",
                "kubeconfig user me",
            ],
        );
        outcome.expect(what, 3, words);
        assert_eq!(outcome.stdout, "", "{what}");
        assert_eq!(
            stub.all_asked(),
            [""; 0],
            "{what}: nothing is asked without a login"
        );
        assert!(
            outcome.peak_kib < 150 << 10,
            "{what}: {} KiB",
            outcome.peak_kib
        );
    });
}

#[test]
fn plugins_that_cannot_be_run_are_named() {
    let stub = Stub::start(cluster);
    stub.write("plain", "no program");
    let folder = stub.folder().display().to_string();
    for (what, command) in [
        (
            "a plugin that is missing",
            "no-such-login-plugin".to_owned(),
        ),
        (
            "a plugin that is missing at its path",
            format!("{folder}/missing"),
        ),
        ("a plugin that is no program", format!("{folder}/plain")),
        ("a plugin that is a folder", folder),
    ] {
        let user = json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never", "command": command, "installHint": "see example.com"}});
        let outcome = ask(what, &stub, &user);
        outcome.expect(
            what,
            3,
            &[
                "could not log in to the cluster: the login plugin",
                "could not be started",
                "see example.com",
            ],
        );
    }
    let user = json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Always", "command": "sh"}});
    ask("a plugin that asks", &stub, &user).expect("a plugin that asks", 3, &["needs a terminal"]);
}

/// Half a minute, since nobody can answer its question.
#[test]
fn a_plugin_that_hangs_is_left() {
    let stub = Stub::start(cluster);
    let outcome = ask("a plugin that hangs", &stub, &exec("exec sleep 300"));
    outcome.expect(
        "a plugin that hangs",
        3,
        &[
            "the login plugin sh did not answer within 30s",
            "run it by hand",
        ],
    );
}

/// Credentials that expire: asked for anew once, then told.
#[test]
fn a_login_that_expires_is_renewed_once() {
    let counted = "n=$(($(cat n 2>/dev/null || echo 0) + 1)); echo $n > n; ";
    let gives =
        |n: &str| format!(r#"printf '{{"kind":"ExecCredential","status":{{"token":"{n}"}}}}'"#);
    let cases: Vec<(&str, String, i32, &str, &[&str])> = vec![
        (
            "expired at first",
            format!(
                "{counted}if [ $n = 1 ]; then {}; else {GOOD}; fi",
                gives("old")
            ),
            0,
            "2",
            &[],
        ),
        (
            "expired for ever",
            format!("{counted}{}", gives("old$n")),
            3,
            "2",
            &["the cluster did not accept the login", "log in again"],
        ),
        (
            "expired, and the plugin fails then",
            format!(
                "{counted}if [ $n = 1 ]; then {}; else exit 9; fi",
                gives("old")
            ),
            3,
            "2",
            &["could not log in to the cluster", "failed"],
        ),
        (
            "expired, and the plugin prints rubbish then",
            format!(
                "{counted}if [ $n = 1 ]; then {}; else echo s3cret; fi",
                gives("old")
            ),
            3,
            "2",
            &["is no ExecCredential"],
        ),
    ];
    each(&cases, |(what, script, code, times, words)| {
        let stub = Stub::start(cluster);
        let outcome = ask(what, &stub, &exec(script));
        outcome.expect(what, *code, words);
        let ran = std::fs::read_to_string(stub.folder().join("n")).unwrap_or_default();
        assert_eq!(ran.trim(), *times, "{what}: so often it ran");
    });
}

#[test]
fn tokens_that_are_not_taken_are_told() {
    let stub = Stub::start(cluster);
    stub.write("token", "old\n");
    for (what, user, requests) in [
        ("a token", json!({"token": "old"}), 1),
        (
            "a password",
            json!({"username": "me", "password": "s3cret"}),
            1,
        ),
        ("nobody", json!({}), 1),
        ("a token file", json!({"tokenFile": "token"}), 2),
    ] {
        let stub = Stub::start(cluster);
        stub.write("token", "old\n");
        let outcome = ask(what, &stub, &user);
        outcome.expect(
            what,
            3,
            &[
                "error: the cluster did not accept the login",
                "Unauthorized",
                "log in again",
            ],
        );
        assert_eq!(
            stub.asked("/api/v1/namespaces/shop/pods"),
            requests,
            "{what}"
        );
    }
    let missing = ask("no token file", &stub, &json!({"tokenFile": "nowhere"}));
    missing.expect(
        "no token file",
        2,
        &["could not read the token file", "nowhere"],
    );
}

/// A login that holds for some things only.
#[test]
fn a_login_that_one_kind_does_not_take_costs_that_kind() {
    let what = "401 on nodes";
    let stub = Stub::start(|asked| match asked.path.as_str() {
        path if path.starts_with("/api/v1/nodes") => unauthorized(),
        _ => cluster(asked),
    });
    let outcome = ask(what, &stub, &exec(GOOD));
    let report = outcome.expect(what, 0, &[]).report(what);
    assert_eq!(report["pods"][0]["name"], "web", "{what}");
    assert_eq!(
        crate::honest::statuses(&report, "nodes"),
        ["Forbidden"],
        "{what}"
    );
}
