//! The EKS API when it misbehaves, without a laboratory: whatever it does, pods are answered as far as can be, and what was not
//! told of profiles is never taken for none. More of it, against a real API server, is in the live tests.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::api_server::Stub;
use crate::cluster;
use crate::eks_stub::{Answer, Asked, EksStub, profile_asked_for};
use crate::honest::{is_honest, statuses};
use crate::program::{Outcome, each, run};

fn healthy(asked: &Asked) -> Answer {
    let profiles = cluster::profiles();
    match profile_asked_for(&asked.path) {
        None if !asked.path.ends_with("/fargate-profiles") => {
            Answer::Error(403, "AccessDeniedException", "no more than the profiles")
        }
        None => {
            let names: Vec<&Value> = profiles.iter().map(|p| &p["fargateProfileName"]).collect();
            Answer::Json(200, json!({"fargateProfileNames": names}))
        }
        Some(name) => match profiles.iter().find(|p| p["fargateProfileName"] == name) {
            Some(profile) => Answer::Json(200, json!({"fargateProfile": profile})),
            None => Answer::Error(404, "ResourceNotFoundException", "No Fargate Profile found"),
        },
    }
}

fn ask(what: &str, eks: &EksStub, more: &[&str]) -> Outcome {
    let stub = Stub::start(cluster::answer);
    run(
        what,
        cluster::command(
            &stub,
            eks,
            &[&["explain", "-A", "-o", "json"], more].concat(),
        ),
    )
}

static WHOLE: LazyLock<Value> = LazyLock::new(|| {
    let outcome = ask("the healthy EKS API", &EksStub::start(healthy), &[]);
    outcome
        .expect("the healthy EKS API", 0, &[])
        .report("the healthy EKS API")
});

struct Fault {
    name: &'static str,
    does: fn() -> Answer,
    /// What `sources` says, where the fault is in the list of names.
    status: &'static str,
}

fn text(text: &str) -> Answer {
    Answer::Text(200, text.to_owned())
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "401",
        does: || Answer::Error(401, "UnrecognizedClientException", "no"),
        status: "Forbidden",
    },
    Fault {
        name: "403",
        does: || Answer::Error(403, "AccessDeniedException", "not authorized"),
        status: "Forbidden",
    },
    Fault {
        name: "403 as HTML",
        does: || Answer::Text(403, "<html>no</html>".to_owned()),
        status: "Failed",
    },
    Fault {
        name: "404",
        does: || {
            Answer::Error(
                404,
                "ResourceNotFoundException",
                "No cluster found for name: prod.",
            )
        },
        status: "Failed",
    },
    Fault {
        name: "404 as text",
        does: || Answer::Text(404, "404 page not found".to_owned()),
        status: "Failed",
    },
    Fault {
        name: "400",
        does: || Answer::Error(400, "InvalidParameterException", "no"),
        status: "Failed",
    },
    Fault {
        name: "409",
        does: || Answer::Error(409, "ResourceInUseException", "later"),
        status: "Failed",
    },
    Fault {
        name: "301",
        does: || Answer::Text(301, String::new()),
        status: "Failed",
    },
    Fault {
        name: "429 for ever",
        does: || Answer::Error(429, "ThrottlingException", "Rate exceeded"),
        status: "Failed",
    },
    Fault {
        name: "500 for ever",
        does: || Answer::Error(500, "ServerException", "sorry"),
        status: "Failed",
    },
    Fault {
        name: "503 for ever",
        does: || Answer::Text(503, "<html>busy</html>".to_owned()),
        status: "Failed",
    },
    Fault {
        name: "it breaks off",
        does: || Answer::BreakOff("{\"fargateProfileNames\": [\"apps\""),
        status: "Failed",
    },
    Fault {
        name: "an empty body",
        does: || text(""),
        status: "Failed",
    },
    Fault {
        name: "an empty object",
        does: || text("{}"),
        status: "Failed",
    },
    Fault {
        name: "another object",
        does: || text(r#"{"message":"Hello"}"#),
        status: "Failed",
    },
    Fault {
        name: "null",
        does: || text("null"),
        status: "Failed",
    },
    Fault {
        name: "a list",
        does: || text("[]"),
        status: "Failed",
    },
    Fault {
        name: "a number",
        does: || text("7"),
        status: "Failed",
    },
    Fault {
        name: "HTML",
        does: || text("<html>sign in</html>"),
        status: "Failed",
    },
    Fault {
        name: "null for the members",
        does: || text(r#"{"fargateProfileNames":null,"nextToken":null,"fargateProfile":null}"#),
        status: "Failed",
    },
    Fault {
        name: "texts for the members",
        does: || text(r#"{"fargateProfileNames":"apps","fargateProfile":"apps"}"#),
        status: "Failed",
    },
    Fault {
        name: "lists for objects",
        does: || text(r#"{"fargateProfileNames":{"a":1},"fargateProfile":[]}"#),
        status: "Failed",
    },
    Fault {
        name: "numbers for texts",
        does: || text(r#"{"fargateProfileNames":[7],"fargateProfile":{"fargateProfileName":7}}"#),
        status: "Failed",
    },
    Fault {
        name: "selectors of the wrong types",
        does: || {
            text(r#"{"fargateProfileNames":[{}],"fargateProfile":{"selectors":[{"namespace":7}]}}"#)
        },
        status: "Failed",
    },
    Fault {
        name: "selectors that are null",
        does: || text(r#"{"fargateProfile":{"selectors":null}}"#),
        status: "Failed",
    },
    Fault {
        name: "100,000 levels",
        does: || Answer::Text(200, "{\"a\":".repeat(100_000)),
        status: "Failed",
    },
    Fault {
        name: "control characters",
        does: || text("\u{1b}[2J\u{7}"),
        status: "Failed",
    },
    Fault {
        name: "an error that would move the cursor",
        does: || Answer::Error(403, "AccessDeniedException", "\u{1b}[2J\r\n\u{202e}"),
        status: "Forbidden",
    },
];

#[test]
fn names_that_cannot_be_listed_are_not_taken_for_none() {
    LazyLock::force(&WHOLE);
    each(FAULTS, |fault| {
        let (what, does) = (format!("{}, listing", fault.name), fault.does);
        let eks = EksStub::start(move |asked| match profile_asked_for(&asked.path) {
            None if asked.path.ends_with("/fargate-profiles") => does(),
            _ => healthy(asked),
        });
        let outcome = ask(&what, &eks, &["--request-timeout", "10s"]);
        let report = outcome.expect(&what, 0, &[]).report(&what);
        is_honest(&what, &WHOLE, &report, "fargateprofiles");
        assert_eq!(
            statuses(&report, "fargateprofiles"),
            [fault.status],
            "{what}"
        );
        assert!(
            outcome.stdout.contains("--profiles PATH"),
            "{what}: what to do is not said"
        );
        let unknown =
            |pod: &Value| pod["reason"] == "ProfilesUnknown" && pod["certainty"] == "Undecided";
        assert!(
            report["pods"]
                .as_array()
                .is_some_and(|pods| pods.iter().any(unknown)),
            "{what}: nothing hangs on profiles?"
        );
    });
}

#[test]
fn profiles_that_cannot_be_described_are_not_left_out() {
    LazyLock::force(&WHOLE);
    each(FAULTS, |fault| {
        // A profile that is gone when it is asked for was deleted in between.
        if fault.name == "404" {
            return;
        }
        let (what, does) = (format!("{}, describing", fault.name), fault.does);
        let eks = EksStub::start(move |asked| match profile_asked_for(&asked.path) {
            Some("apps") => does(),
            _ => healthy(asked),
        });
        let outcome = ask(&what, &eks, &["--request-timeout", "10s"]);
        let report = outcome.expect(&what, 0, &[]).report(&what);
        is_honest(&what, &WHOLE, &report, "fargateprofiles");
        let said = statuses(&report, "fargateprofiles");
        assert!(
            matches!(said[0].as_str(), "Failed" | "Forbidden"),
            "{what}: {said:?}"
        );
    });
}

#[test]
fn a_description_of_another_profile_is_none() {
    LazyLock::force(&WHOLE);
    let what = "another profile in place of apps";
    let eks = EksStub::start(|asked| match profile_asked_for(&asked.path) {
        Some("apps") => {
            let mut other = cluster::profiles()[0].clone();
            other["fargateProfileName"] = "other".into();
            other["selectors"] = json!([{"namespace": "nowhere"}]);
            Answer::Json(200, json!({"fargateProfile": other}))
        }
        _ => healthy(asked),
    });
    let outcome = ask(what, &eks, &[]);
    let report = outcome.expect(what, 0, &[]).report(what);
    is_honest(what, &WHOLE, &report, "fargateprofiles");
}

#[test]
fn an_endpoint_that_is_not_there_costs_the_profiles_alone() {
    LazyLock::force(&WHOLE);
    let closed = {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        listener.local_addr().expect("it has an address").port()
    };
    let plain = EksStub::start(healthy).url();
    let silent = EksStub::start(|_| Answer::Silence).url();
    let cases: [(&str, String, &[&str]); 5] = [
        (
            "refused",
            format!("http://127.0.0.1:{closed}"),
            &["Failed", "TimedOut"],
        ),
        (
            "refused over TLS",
            format!("https://127.0.0.1:{closed}"),
            &["Failed", "TimedOut"],
        ),
        (
            "plain HTTP where TLS is wanted",
            plain.replace("http:", "https:"),
            &["Failed", "TimedOut"],
        ),
        ("silence", silent, &["TimedOut"]),
        ("no address", "http://".to_owned(), &["Failed", "Malformed"]),
    ];
    each(&cases, |(what, url, wanted)| {
        let stub = Stub::start(cluster::answer);
        let eks = cluster::eks();
        let arguments = ["explain", "-A", "-o", "json", "--request-timeout", "8s"];
        let mut command = cluster::command(&stub, &eks, &arguments);
        command.env("AWS_ENDPOINT_URL", url);
        let outcome = run(what, command);
        let report = outcome.expect(what, 0, &[]).report(what);
        is_honest(what, &WHOLE, &report, "fargateprofiles");
        let said = statuses(&report, "fargateprofiles");
        assert!(wanted.contains(&said[0].as_str()), "{what}: {said:?}");
    });
}

/// An answer that nobody could hold.
#[test]
fn an_answer_without_end_keeps_within_bounds() {
    LazyLock::force(&WHOLE);
    for (what, is_list) in [
        ("names without end", true),
        ("a profile without end", false),
    ] {
        let eks = EksStub::start(move |asked| match profile_asked_for(&asked.path) {
            None if is_list && asked.path.ends_with("/fargate-profiles") => {
                Answer::Text(200, " ".repeat(400 << 20))
            }
            Some("apps") if !is_list => Answer::Text(200, " ".repeat(400 << 20)),
            _ => healthy(asked),
        });
        let outcome = ask(what, &eks, &[]);
        let report = outcome.expect(what, 0, &[]).report(what);
        is_honest(what, &WHOLE, &report, "fargateprofiles");
        // On a slow machine the time is over before the bounds are reached.
        let status = statuses(&report, "fargateprofiles").join(" ");
        assert!(
            ["Failed", "TimedOut"].contains(&status.as_str()),
            "{what}: {status}"
        );
        assert!(
            outcome.peak_kib < 200 << 10,
            "{what}: {} KiB",
            outcome.peak_kib
        );
    }
}
