//! Answers that are none: every refusal and every kind of rubbish, for every kind of object in turn.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::api_server::{Answer, Asked, Stub};
use crate::cluster::{self, KINDS, Place};
use crate::honest::{is_honest, statuses};
use crate::program::{Outcome, each, run};

/// A fault: its name, what the server does, how `sources` tells it.
struct Fault {
    name: &'static str,
    does: fn(&Asked) -> Answer,
    status: &'static str,
}

/// A refusal as an API server words it.
fn status(code: u16, reason: &str) -> Answer {
    Answer::Json(
        code,
        json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason,
            "message": format!("{reason} it is"), "details": {}}),
    )
}

fn body(text: impl Into<Vec<u8>>) -> Answer {
    Answer::Bytes(
        200,
        "Content-Type: application/json\r\n".to_owned(),
        text.into(),
    )
}

/// The right answer as text.
fn right(asked: &Asked) -> String {
    match cluster::answer(asked) {
        Answer::Json(_, value) => value.to_string(),
        Answer::Text(_, text) => text.to_owned(),
        _ => unreachable!("the healthy cluster answers with JSON or text"),
    }
}

/// Sends the head of the right answer and the first `share` of a hundred of its body.
fn cut(asked: &Asked, share: usize) -> Answer {
    let whole = right(asked);
    let length = whole.len();
    let part = whole.as_bytes()[..length * share / 100].to_vec();
    Answer::Script(Box::new(move |out| {
        let _ = write!(
            out,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        let _ = out.write_all(&part);
    }))
}

/// Faults that a moment later changes nothing about, and that are told at once.
const AT_ONCE: &[Fault] = &[
    Fault {
        name: "400",
        does: |_| status(400, "BadRequest"),
        status: "Failed",
    },
    Fault {
        name: "403",
        does: |_| status(403, "Forbidden"),
        status: "Forbidden",
    },
    Fault {
        name: "404 of a kind",
        does: |_| Answer::Text(404, "404 page not found\n"),
        status: "NotServed",
    },
    Fault {
        name: "404 as HTML",
        does: |_| Answer::Text(404, "<html>nothing</html>"),
        status: "NotServed",
    },
    Fault {
        name: "405",
        does: |_| status(405, "MethodNotAllowed"),
        status: "Failed",
    },
    Fault {
        name: "406",
        does: |_| status(406, "NotAcceptable"),
        status: "Failed",
    },
    Fault {
        name: "409",
        does: |_| status(409, "Conflict"),
        status: "Failed",
    },
    Fault {
        name: "410 at once",
        does: |_| status(410, "Expired"),
        status: "Failed",
    },
    Fault {
        name: "418 as text",
        does: |_| Answer::Text(418, "short and stout"),
        status: "Failed",
    },
    Fault {
        name: "204",
        does: |_| {
            Answer::Script(Box::new(|out| {
                let _ = out.write_all(b"HTTP/1.1 204 No Content\r\n\r\n");
            }))
        },
        status: "Malformed",
    },
    Fault {
        name: "304",
        does: |_| {
            Answer::Script(Box::new(|out| {
                let _ = out.write_all(b"HTTP/1.1 304 Not Modified\r\n\r\n");
            }))
        },
        status: "Failed",
    },
    Fault {
        name: "an empty body",
        does: |_| body(""),
        status: "Malformed",
    },
    Fault {
        name: "blanks",
        does: |_| body(" \n \n"),
        status: "Malformed",
    },
    Fault {
        name: "null",
        does: |_| body("null"),
        status: "Malformed",
    },
    Fault {
        name: "an array",
        does: |_| body("[]"),
        status: "Malformed",
    },
    Fault {
        name: "an array of objects",
        does: |_| body(r#"[{"metadata":{"name":"a"}}]"#),
        status: "Malformed",
    },
    Fault {
        name: "a text",
        does: |_| body("\"pods\""),
        status: "Malformed",
    },
    Fault {
        name: "a number",
        does: |_| body("7"),
        status: "Malformed",
    },
    Fault {
        name: "true",
        does: |_| body("true"),
        status: "Malformed",
    },
    Fault {
        name: "an empty object",
        does: |_| body("{}"),
        status: "Malformed",
    },
    Fault {
        name: "a Status with 200",
        does: |_| {
            Answer::Json(
                200,
                json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": "etcd is sad", "code": 500}),
            )
        },
        status: "Malformed",
    },
    Fault {
        name: "a list of something else",
        does: |_| {
            Answer::Json(
                200,
                json!({"kind": "LeaseList", "apiVersion": "coordination.k8s.io/v1", "metadata": {}, "items": [{"metadata": {"name": "a", "namespace": "shop"}, "spec": {}}]}),
            )
        },
        status: "Malformed",
    },
    Fault {
        name: "an HTML page",
        does: |_| {
            Answer::Text(
                200,
                "<!DOCTYPE html><html><body>Sign in to the guest network</body></html>",
            )
        },
        status: "Malformed",
    },
    Fault {
        name: "YAML",
        does: |_| body("kind: List\nitems: []\n"),
        status: "Malformed",
    },
    Fault {
        name: "protobuf",
        does: |_| body(b"k8s\0\x0a\x0c\x0a\x02v1\x12\x04List".to_vec()),
        status: "Malformed",
    },
    Fault {
        name: "zeros",
        does: |_| body(vec![0; 5000]),
        status: "Malformed",
    },
    Fault {
        name: "control characters",
        does: |_| body("\u{1b}[2J\u{1b}]0;owned\u{7}"),
        status: "Malformed",
    },
    Fault {
        name: "half of the JSON",
        does: |asked| {
            let whole = right(asked);
            body(&whole.as_bytes()[..whole.len() / 2])
        },
        status: "Malformed",
    },
    Fault {
        name: "all but the last bracket",
        does: |asked| {
            let whole = right(asked);
            body(&whole.as_bytes()[..whole.len() - 1])
        },
        status: "Malformed",
    },
    Fault {
        name: "something after the JSON",
        does: |asked| body(right(asked) + "}"),
        status: "Malformed",
    },
    Fault {
        name: "UTF-16",
        does: |asked| {
            body(
                right(asked)
                    .encode_utf16()
                    .flat_map(u16::to_le_bytes)
                    .collect::<Vec<_>>(),
            )
        },
        status: "Malformed",
    },
    Fault {
        name: "items are a text",
        does: |_| body(r#"{"kind":"List","metadata":{"name":[]},"items":"none"}"#),
        status: "Malformed",
    },
    Fault {
        name: "items are an object",
        does: |_| body(r#"{"kind":"List","metadata":{"name":[]},"items":{"a":1}}"#),
        status: "Malformed",
    },
    Fault {
        name: "metadata is a text",
        does: |_| body(r#"{"kind":"List","metadata":"none","items":[]}"#),
        status: "Malformed",
    },
    Fault {
        name: "the token is a number",
        does: |_| body(r#"{"kind":"List","metadata":{"continue":7,"name":7},"items":[]}"#),
        status: "Malformed",
    },
    Fault {
        name: "100,000 levels",
        does: |_| body("[".repeat(100_000)),
        status: "Malformed",
    },
    Fault {
        name: "100,000 levels of items",
        does: |_| body(format!(r#"{{"items":{}"#, r#"[{"items":"#.repeat(100_000))),
        status: "Malformed",
    },
];

/// Faults that pass, or that are waited for in vain; each run takes seconds, so they are tried with fewer kinds.
const WITH_PATIENCE: &[Fault] = &[
    Fault {
        name: "429 for ever",
        does: |_| Answer::Busy(429, Some(0)),
        status: "Failed",
    },
    Fault {
        name: "500 for ever",
        does: |_| status(500, "InternalError"),
        status: "Failed",
    },
    Fault {
        name: "502 as HTML for ever",
        does: |_| Answer::Text(502, "<html>bad gateway</html>"),
        status: "Failed",
    },
    Fault {
        name: "503 for ever",
        does: |_| Answer::Busy(503, Some(0)),
        status: "Failed",
    },
    Fault {
        name: "504 for ever",
        does: |_| status(504, "Timeout"),
        status: "Failed",
    },
    Fault {
        name: "hangs up",
        does: |_| Answer::HangUp,
        status: "Failed",
    },
    Fault {
        name: "hangs up within the head",
        does: |_| {
            Answer::Script(Box::new(|out| {
                let _ = out.write_all(b"HTTP/1.1 200 OK\r\nContent-Le");
            }))
        },
        status: "Failed",
    },
    Fault {
        name: "no HTTP",
        does: |_| {
            Answer::Script(Box::new(|out| {
                let _ = out.write_all(b"SSH-2.0-OpenSSH_9.6\r\n");
            }))
        },
        status: "Failed",
    },
    Fault {
        name: "hangs up after the head",
        does: |asked| cut(asked, 0),
        status: "Failed",
    },
    Fault {
        name: "hangs up early in the body",
        does: |asked| cut(asked, 1),
        status: "Failed",
    },
    Fault {
        name: "hangs up in mid-body",
        does: |asked| cut(asked, 50),
        status: "Failed",
    },
    Fault {
        name: "hangs up before the last byte",
        does: |asked| cut(asked, 99),
        status: "Failed",
    },
];

/// The answer of the healthy cluster.
static WHOLE: LazyLock<Value> = LazyLock::new(|| {
    let (stub, eks) = (Stub::start(cluster::answer), cluster::eks());
    let outcome = run(
        "the healthy cluster",
        cluster::command(&stub, &eks, &["explain", "-A", "-o", "json"]),
    );
    outcome.expect("the healthy cluster", 0, &[]);
    let report = outcome.report("the healthy cluster");
    let asked: std::collections::BTreeSet<String> = stub
        .all_asked()
        .iter()
        .map(|path| Place::of(path).plural.to_owned())
        .collect();
    for kind in KINDS {
        assert!(asked.contains(*kind), "{kind} is not asked for: {asked:?}");
    }
    report
});

/// Asks about everything in a cluster where reads of one kind end like this.
fn explain_with(kind: &'static str, does: fn(&Asked) -> Answer, what: &str) -> Outcome {
    let eks = cluster::eks();
    let stub = Stub::start(move |asked| match Place::of(&asked.path).plural == kind {
        true => does(asked),
        false => cluster::answer(asked),
    });
    run(
        what,
        cluster::command(
            &stub,
            &eks,
            &["explain", "-A", "-o", "json", "--request-timeout", "20s"],
        ),
    )
}

fn costs_no_more_than_it_must(fault: &Fault, kind: &'static str) {
    let what = format!("{}, {kind}", fault.name);
    let outcome = explain_with(kind, fault.does, &what);
    if kind == "pods" && outcome.stdout.is_empty() {
        // There is no answer without pods.
        outcome.expect(&what, 3, &["error: ", "cause: ", "next: "]);
        return;
    }
    let report = outcome.report(&what);
    is_honest(&what, &WHOLE, &report, kind);
    let said = statuses(&report, kind);
    // Of a list that breaks off, what came may be told.
    if said.iter().any(|status| status == "Partial") {
        outcome.expect(&what, 3, &[]);
        return;
    }
    assert_ne!(kind, "pods", "{what}: {said:?}");
    outcome.expect(&what, 0, &[]);
    if kind != "version" {
        assert!(
            said.iter().any(|status| status == fault.status),
            "{what}: {said:?}"
        );
    }
}

/// The faults that each kind is tried with in turn.
const OF_EACH_KIND: &[&str] = &[
    "403",
    "404 of a kind",
    "409",
    "an array",
    "a Status with 200",
    "half of the JSON",
];

#[test]
fn no_kind_costs_more_than_it_must() {
    LazyLock::force(&WHOLE);
    let cases: Vec<_> = AT_ONCE
        .iter()
        .filter(|fault| OF_EACH_KIND.contains(&fault.name))
        .flat_map(|fault| KINDS.iter().map(move |kind| (fault, *kind)))
        .collect();
    assert_eq!(cases.len(), OF_EACH_KIND.len() * KINDS.len());
    each(&cases, |(fault, kind)| {
        costs_no_more_than_it_must(fault, kind)
    });
}

#[test]
fn no_answer_is_taken_for_what_it_is_not() {
    LazyLock::force(&WHOLE);
    let cases: Vec<_> = AT_ONCE
        .iter()
        .filter(|fault| !OF_EACH_KIND.contains(&fault.name))
        .flat_map(|fault| ["pods", "nodes"].map(|kind| (fault, kind)))
        .collect();
    each(&cases, |(fault, kind)| {
        costs_no_more_than_it_must(fault, kind)
    });
}

#[test]
fn what_might_pass_is_waited_for_and_then_told() {
    LazyLock::force(&WHOLE);
    let cases: Vec<_> = WITH_PATIENCE
        .iter()
        .flat_map(|fault| ["pods", "deployments"].map(|kind| (fault, kind)))
        .collect();
    each(&cases, |(fault, kind)| {
        costs_no_more_than_it_must(fault, kind)
    });
}
