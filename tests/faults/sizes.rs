//! Answers of any size: what is read keeps within bounds of memory, and what is said stays short.

use std::io::{self, Write};
use std::time::Duration;

use flate2::{Compress, Compression, FlushCompress};
use serde_json::{Value, json};

use crate::api_server::{Answer, Asked, Stub};
use crate::cluster::one_pod;
use crate::honest::statuses;
use crate::program::{Outcome, each, run};

const PODS: &str = "/api/v1/namespaces/shop/pods";
const MIB: usize = 1 << 20;

/// What the server writes about pods, and what is wanted of the answer.
struct Size {
    name: &'static str,
    writes: fn(&mut dyn Write) -> io::Result<()>,
    wanted: Wanted,
    /// The most memory, in MiB.
    most: u64,
}

#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    /// The pod `web`, judged, and no word of trouble.
    Web,
    /// One error; or the pod `web` and a word of what is missing.
    Told,
}

fn head(out: &mut dyn Write, more: &str) -> io::Result<()> {
    write!(
        out,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{more}Connection: close\r\n\r\n"
    )
}

/// The beginning of a list, up to the value of an annotation of its only pod.
const BEFORE: &str = r#"{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[{"metadata":{"name":"web","namespace":"shop","annotations":{"note":""#;
const AFTER: &str = r#""},"labels":{"app":"web"}},"spec":{},"status":{"phase":"Pending"}}]}"#;

fn repeated(out: &mut dyn Write, byte: u8, mib: usize) -> io::Result<()> {
    let part = vec![byte; MIB];
    (0..mib).try_for_each(|_| out.write_all(&part))
}

/// Pieces of gzip that stand for a MiB of one byte each, as often as wanted, after this beginning.
fn bomb(out: &mut dyn Write, beginning: &str, byte: u8, mib: usize) -> io::Result<()> {
    let packed = |content: &[u8]| {
        let mut piece = vec![0; content.len() / 100 + 4096];
        let mut compress = Compress::new(Compression::best(), false);
        compress
            .compress(content, &mut piece, FlushCompress::Full)
            .expect("memory takes it");
        let length = usize::try_from(compress.total_out()).expect("it is short");
        piece.truncate(length);
        piece
    };
    out.write_all(b"\x1f\x8b\x08\0\0\0\0\0\0\xff")?;
    out.write_all(&packed(beginning.as_bytes()))?;
    let piece = packed(&vec![byte; MIB]);
    (0..mib).try_for_each(|_| out.write_all(&piece))
}

const SIZES: &[Size] = &[
    Size {
        name: "an annotation of 100 MB",
        writes: |out| {
            head(out, "")?;
            out.write_all(BEFORE.as_bytes())?;
            repeated(out, b'a', 96)?;
            out.write_all(AFTER.as_bytes())
        },
        wanted: Wanted::Web,
        most: 200,
    },
    Size {
        name: "a million labels",
        writes: |out| {
            head(out, "")?;
            write!(
                out,
                r#"{{"kind":"PodList","metadata":{{}},"items":[{{"metadata":{{"name":"web","namespace":"shop","labels":{{"#
            )?;
            let mut out = io::BufWriter::new(out);
            for number in 0..1_000_000 {
                write!(out, "\"label-{number}\":\"{number}\",")?;
            }
            write!(
                out,
                r#""app":"web"}}}},"spec":{{}},"status":{{"phase":"Pending"}}}}]}}"#
            )
        },
        wanted: Wanted::Web,
        most: 600,
    },
    Size {
        name: "a million annotations and owners",
        writes: |out| {
            head(out, "")?;
            write!(
                out,
                r#"{{"kind":"PodList","metadata":{{}},"items":[{{"metadata":{{"name":"web","namespace":"shop","annotations":{{"#
            )?;
            let mut out = io::BufWriter::new(out);
            for number in 0..1_000_000 {
                write!(out, "\"a-{number}\":\"{number}\",")?;
            }
            write!(
                out,
                r#""app":"web"}}}},"spec":{{}},"status":{{"phase":"Pending"}}}}]}}"#
            )
        },
        wanted: Wanted::Web,
        most: 200,
    },
    Size {
        name: "a hundred thousand malformed pods",
        writes: |out| {
            head(out, "")?;
            write!(out, r#"{{"kind":"PodList","metadata":{{}},"items":["#)?;
            let mut out = io::BufWriter::new(out);
            for number in 0..100_000 {
                write!(
                    out,
                    r#"{{"metadata":{{"name":"bad-{number}","namespace":"shop"}},"spec":7}},"#
                )?;
            }
            write!(
                out,
                r#"{{"metadata":{{"name":"web","namespace":"shop"}},"spec":{{}},"status":{{"phase":"Pending"}}}}]}}"#
            )
        },
        wanted: Wanted::Told,
        most: 300,
    },
];

/// Those that only a reader survives which does not hold a page.
const ENDLESS: &[Size] = &[
    Size {
        name: "blanks without end",
        writes: |out| {
            head(out, "")?;
            out.write_all(br#"{"kind":"PodList","metadata":{},"items":["#)?;
            repeated(out, b' ', 2000)
        },
        wanted: Wanted::Told,
        most: 300,
    },
    Size {
        name: "a text without end",
        writes: |out| {
            head(out, "")?;
            out.write_all(BEFORE.as_bytes())?;
            repeated(out, b'a', 2000)
        },
        wanted: Wanted::Told,
        most: 400,
    },
    Size {
        name: "brackets without end",
        writes: |out| {
            head(out, "")?;
            repeated(out, b'[', 2000)
        },
        wanted: Wanted::Told,
        most: 400,
    },
    Size {
        name: "gzip of 10 GB of blanks",
        writes: |out| {
            head(out, "Content-Encoding: gzip\r\n")?;
            bomb(
                out,
                r#"{"kind":"PodList","metadata":{},"items":["#,
                b' ',
                10_000,
            )
        },
        wanted: Wanted::Told,
        most: 300,
    },
    Size {
        name: "gzip of an annotation of 10 GB",
        writes: |out| {
            head(out, "Content-Encoding: gzip\r\n")?;
            bomb(out, BEFORE, b'a', 10_000)
        },
        wanted: Wanted::Told,
        most: 400,
    },
    Size {
        name: "gzip of 10 GB of zeros",
        writes: |out| {
            head(out, "Content-Encoding: gzip\r\n")?;
            bomb(out, "", 0, 10_000)
        },
        wanted: Wanted::Told,
        most: 300,
    },
];

fn nothing_else(asked: &Asked) -> Answer {
    if asked.path.contains("/mutatingwebhookconfigurations/") {
        return Answer::absent(&asked.path);
    }
    Answer::Json(200, json!({"kind": "List", "metadata": {}, "items": []}))
}

/// On this address the way is not taken for one within the machine, so that compression is asked for.
fn ask(what: &str, stub: &Stub, arguments: &[&str]) -> Outcome {
    let cluster = json!({"server": format!("http://0.0.0.0:{}", stub.port())});
    let arguments = [
        &[
            "explain",
            "-n",
            "shop",
            "-o",
            "json",
            "--profiles",
            "profiles.json",
        ],
        arguments,
    ]
    .concat();
    run(
        what,
        stub.command(&cluster, &json!({"token": "token-0"}), &arguments),
    )
}

fn is_bounded(size: &Size) {
    let (what, writes) = (size.name, size.writes);
    let stub = Stub::start(move |asked| match asked.path.as_str() {
        PODS => Answer::Script(Box::new(move |out| {
            let _ = writes(out);
        })),
        _ => nothing_else(asked),
    });
    let outcome = ask(what, &stub, &[]);
    assert!(
        outcome.peak_kib < size.most << 10,
        "{what}: {} KiB",
        outcome.peak_kib
    );
    if size.wanted == Wanted::Told && outcome.stdout.is_empty() {
        outcome.expect(what, 3, &["error: ", "cause: ", "next: "]);
        return;
    }
    let report = outcome.report(what);
    let is_whole = statuses(&report, "pods") == ["Read"];
    assert_eq!(is_whole, size.wanted == Wanted::Web, "{what}");
    let web = report["pods"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|pod| pod["name"] == "web");
    match size.wanted {
        Wanted::Web => {
            outcome.expect(what, 0, &[]);
            assert_eq!(
                web.map(|web| &web["reason"]),
                Some(&json!("NoProfiles")),
                "{what}"
            );
        }
        Wanted::Told => assert!(matches!(outcome.code, Some(0 | 3)), "{what}"),
    }
}

#[test]
fn large_answers_keep_within_bounds() {
    SIZES.iter().for_each(is_bounded);
}

#[test]
fn answers_without_end_keep_within_bounds() {
    each(ENDLESS, is_bounded);
}

/// One pod that is asked for by its name.
#[test]
fn a_large_object_keeps_within_bounds() {
    let what = "a pod of 100 MB";
    let stub = Stub::start(|asked| match asked.path.as_str() {
        "/api/v1/namespaces/shop/pods/web" => Answer::Script(Box::new(|out| {
            let mut write = || {
                head(out, "")?;
                let before = BEFORE
                    .find(r#"{"metadata":{"name""#)
                    .expect("a pod begins there");
                out.write_all(&BEFORE.as_bytes()[before..])?;
                repeated(out, b'a', 96)?;
                out.write_all(AFTER.trim_end_matches("]}").as_bytes())
            };
            let _ = write();
        })),
        _ => nothing_else(asked),
    });
    let outcome = ask(what, &stub, &["pod/web"]);
    let report = outcome.expect(what, 0, &[]).report(what);
    assert_eq!(report["pods"][0]["reason"], "NoProfiles");
    assert!(outcome.peak_kib < 300 << 10, "{} KiB", outcome.peak_kib);
}

/// Refusals whose explanation has no end, or is longer than anyone reads.
#[test]
fn explanations_are_kept_short() {
    type Writes = fn(&mut dyn Write) -> io::Result<()>;
    let cases: [(&str, Writes); 4] = [
        ("an explanation without end", |out| {
            write!(
                out,
                "HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n{{\"kind\":\"Status\",\"message\":\""
            )?;
            repeated(out, b'a', 2000)
        }),
        ("a long explanation", |out| {
            let message = "no ".repeat(20_000);
            write!(
                out,
                "HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n{{\"kind\":\"Status\",\"code\":403,\"message\":\"{message}\"}}"
            )
        }),
        ("a page of HTML", |out| {
            let page = "<p>no</p>\n".repeat(5_000);
            write!(
                out,
                "HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\n\r\n<html>{page}</html>"
            )
        }),
        ("an explanation that would move the cursor", |out| {
            write!(
                out,
                "HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n{{\"kind\":\"Status\",\"code\":403,\"message\":\"\\u001b[2J\\u001b]0;owned\\u0007\\r\\nno: \\u202eyes\"}}"
            )
        }),
    ];
    each(&cases, |(what, writes)| {
        let writes = *writes;
        let stub = Stub::start(move |asked| match asked.path.as_str() {
            PODS => Answer::Script(Box::new(move |out| {
                let _ = writes(out);
            })),
            _ => nothing_else(asked),
        });
        let outcome = ask(what, &stub, &[]);
        outcome.expect(what, 3, &["error: could not read the pods"]);
        assert!(
            outcome.took < Duration::from_secs(30),
            "{what}: {outcome:?}"
        );
        let stub = Stub::start(move |asked| match asked.path.as_str() {
            PODS => one_pod(),
            path if path.starts_with("/api/v1/nodes") => Answer::Script(Box::new(move |out| {
                let _ = writes(out);
            })),
            _ => nothing_else(asked),
        });
        let outcome = ask(what, &stub, &[]);
        let report = outcome.expect(what, 0, &[]).report(what);
        let detail = |report: &Value| {
            let nodes = crate::honest::sources(report, "nodes");
            nodes[0]["detail"].as_str().unwrap_or_default().to_owned()
        };
        let detail = detail(&report);
        assert!(
            !detail.is_empty() && detail.len() < 2000,
            "{what}: {} bytes",
            detail.len()
        );
    });
}

/// What is wrong with an object is said in few words, however long the wrong value is.
#[test]
fn what_is_malformed_is_told_in_few_words() {
    let long = "a".repeat(MIB);
    for (what, pod) in [
        (
            "a long wrong value",
            json!({"metadata": {"name": "bad", "namespace": "shop", "labels": long}}),
        ),
        (
            "a long wrong phase",
            json!({"metadata": {"name": "bad", "namespace": "shop", "creationTimestamp": {long.clone(): 7}}}),
        ),
        (
            "a long key",
            json!({"metadata": {"name": "bad", "namespace": "shop", "labels": {long.clone(): 7}}}),
        ),
        (
            "a long name",
            json!({"metadata": {"name": long, "namespace": "shop"}, "spec": 7}),
        ),
    ] {
        let stub = Stub::start(move |asked| match asked.path.as_str() {
            PODS => {
                let web = json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": {}});
                Answer::Json(
                    200,
                    json!({"kind": "PodList", "metadata": {}, "items": [pod, web]}),
                )
            }
            _ => nothing_else(asked),
        });
        let outcome = ask(what, &stub, &[]);
        let report = outcome.expect(what, 0, &[]).report(what);
        assert_eq!(statuses(&report, "pods"), ["Malformed", "Read"], "{what}");
        assert!(
            outcome.stdout.len() < 20_000,
            "{what}: {} bytes",
            outcome.stdout.len()
        );
    }
}
