//! Lists in pages that expire, break off, lead back to themselves or never end.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::api_server::{Answer, Asked, Stub, pod_list};
use crate::cluster::{self, Place, pods_in_pages};
use crate::honest::{is_honest, statuses};
use crate::program::{Outcome, each, run};

/// How many pods a page has; the demo has a few dozen.
const SIZE: usize = 5;

/// What is wanted in the end.
#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    /// All of it.
    Whole,
    /// What came, exit code 3, and a word of it.
    Partial,
    /// One of the two.
    Either,
}

struct Fault {
    name: &'static str,
    /// About a list of pods; `begin` is the index of the first pod that is asked for.
    does: fn(&Asked, usize) -> Option<Answer>,
    wanted: Wanted,
}

fn expired() -> Answer {
    Answer::Json(
        410,
        json!({"kind": "Status", "status": "Failure", "code": 410, "reason": "Expired",
            "message": "The provided continue parameter is too old to display a consistent list result.",
            "metadata": {"continue": "inconsistent"}}),
    )
}

fn page(asked: &Asked, token: impl Fn(usize) -> String) -> Answer {
    Answer::Json(200, pods_in_pages(asked, SIZE, token).0)
}

/// A page of other content with a token that was never given before.
fn page_of(items: &[Value], asked: &Asked) -> Answer {
    let next = format!("fresh{}", asked.count);
    Answer::Json(200, cluster::list(items, Some(&next)))
}

fn first_pods(asked: &Asked) -> Vec<Value> {
    let mut pods = cluster::listed(&Place::of(&asked.path), "");
    pods.truncate(SIZE);
    pods
}

const FAULTS: &[Fault] = &[
    Fault {
        name: "none",
        does: |_, _| None,
        wanted: Wanted::Whole,
    },
    Fault {
        name: "410 once in the middle",
        does: |asked, begin| (begin >= 10 && asked.count <= 3).then(expired),
        wanted: Wanted::Whole,
    },
    Fault {
        name: "410 once on the second page",
        does: |asked, begin| (begin > 0 && asked.count == 2).then(expired),
        wanted: Wanted::Whole,
    },
    Fault {
        name: "410 for ever on the second page",
        does: |_, begin| (begin > 0).then(expired),
        wanted: Wanted::Either,
    },
    Fault {
        name: "410 for ever in the middle",
        does: |_, begin| (begin > 10).then(expired),
        wanted: Wanted::Either,
    },
    Fault {
        name: "the same token",
        does: |asked, _| Some(page(asked, |_| "p5".to_owned())),
        wanted: Wanted::Partial,
    },
    Fault {
        name: "403 on the second page",
        does: |_, begin| {
            (begin > 0).then(|| {
                Answer::Json(
                    403,
                    json!({"kind": "Status", "message": "no more", "code": 403}),
                )
            })
        },
        wanted: Wanted::Partial,
    },
    Fault {
        name: "404 on the second page",
        does: |_, begin| (begin > 0).then(|| Answer::Text(404, "gone")),
        wanted: Wanted::Partial,
    },
    Fault {
        name: "400 about the token",
        does: |_, begin| {
            (begin > 0).then(|| {
                Answer::Json(
                    400,
                    json!({"kind": "Status", "message": "invalid continue token", "code": 400}),
                )
            })
        },
        wanted: Wanted::Partial,
    },
    Fault {
        name: "HTML in the middle",
        does: |_, begin| (begin > 5).then(|| Answer::Text(200, "<html>")),
        wanted: Wanted::Partial,
    },
    Fault {
        name: "a Status in the middle",
        does: |_, begin| {
            (begin > 5).then(|| {
                Answer::Json(
                    200,
                    json!({"kind": "Status", "metadata": {}, "message": "sorry"}),
                )
            })
        },
        wanted: Wanted::Partial,
    },
    Fault {
        name: "null in the middle",
        does: |_, begin| (begin > 5).then(|| Answer::Text(200, "null")),
        wanted: Wanted::Partial,
    },
    Fault {
        name: "500 once in the middle",
        does: |asked, begin| {
            (begin > 5 && asked.count % 2 == 0).then(|| Answer::Busy(500, Some(0)))
        },
        wanted: Wanted::Whole,
    },
    Fault {
        name: "429 twice in the middle",
        does: |asked, begin| (begin == 10 && asked.count <= 4).then(|| Answer::Busy(429, Some(0))),
        wanted: Wanted::Whole,
    },
    Fault {
        name: "cut once in the middle",
        does: |asked, begin| {
            (begin == 10 && asked.count <= 3).then(|| {
                let text = pods_in_pages(asked, SIZE, |next| format!("p{next}"))
                    .0
                    .to_string();
                Answer::Script(Box::new(move |out| {
                    let _ = write!(
                        out,
                        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}",
                        text.len(),
                        &text[..text.len() / 2]
                    );
                }))
            })
        },
        wanted: Wanted::Whole,
    },
    Fault {
        name: "hangs up for ever in the middle",
        does: |_, begin| (begin > 5).then(|| Answer::HangUp),
        wanted: Wanted::Partial,
    },
    Fault {
        name: "pages that overlap",
        does: |asked, begin| {
            let all = cluster::listed(&Place::of(&asked.path), "");
            let end = (begin + 10).min(all.len());
            let next = (end < all.len()).then(|| format!("p{}", end - 4));
            Some(Answer::Json(
                200,
                cluster::list(&all[begin..end], next.as_deref()),
            ))
        },
        wanted: Wanted::Whole,
    },
    Fault {
        name: "more than was asked for",
        does: |asked, _| {
            Some(Answer::Json(
                200,
                pods_in_pages(asked, 10_000, |_| unreachable!()).0,
            ))
        },
        wanted: Wanted::Whole,
    },
    Fault {
        name: "an absurd number of remaining pods",
        does: |asked, begin| {
            let mut list = pods_in_pages(asked, SIZE, |next| format!("p{next}")).0;
            list["metadata"]["remainingItemCount"] = match begin {
                0 => json!(i64::MAX),
                _ => json!(-7),
            };
            Some(Answer::Json(200, list))
        },
        wanted: Wanted::Whole,
    },
    Fault {
        name: "tokens of strange characters",
        does: |asked, _| {
            Some(page(asked, |next| {
                format!("\u{1b}[2J &?#%\u{202e}/../\n{next}")
            }))
        },
        wanted: Wanted::Whole,
    },
];

/// Those that only a reader can tell which keeps account of all its pages.
const ENDLESS: &[Fault] = &[
    Fault {
        name: "a circle of tokens",
        does: |asked, begin| match begin {
            10 => Some(Answer::Json(
                200,
                cluster::list(&first_pods(asked), Some("p5")),
            )),
            _ => None,
        },
        wanted: Wanted::Partial,
    },
    Fault {
        name: "the first page for ever",
        does: |asked, _| Some(page_of(&first_pods(asked), asked)),
        wanted: Wanted::Partial,
    },
    Fault {
        name: "empty pages for ever",
        does: |asked, begin| {
            (begin > 0 || asked.query.contains("continue=fresh")).then(|| page_of(&[], asked))
        },
        wanted: Wanted::Partial,
    },
    Fault {
        name: "empty pages from the first one on",
        does: |asked, _| Some(page_of(&[], asked)),
        wanted: Wanted::Either,
    },
];

/// The answer of the healthy cluster, in one page.
static WHOLE: LazyLock<Value> = LazyLock::new(|| {
    let outcome = explain(&Fault {
        name: "one page",
        does: |asked, _| Some(cluster::answer(asked)),
        wanted: Wanted::Whole,
    });
    outcome.expect("one page", 0, &[]).report("one page")
});

fn explain(fault: &Fault) -> Outcome {
    let does = fault.does;
    let eks = cluster::eks();
    let stub = Stub::start(move |asked| match asked.path.as_str() {
        "/api/v1/pods" if asked.query.contains("labelSelector") => cluster::answer(asked),
        "/api/v1/pods" => {
            let begin = pods_in_pages(asked, SIZE, |_| String::new()).1;
            does(asked, begin).unwrap_or_else(|| page(asked, |next| format!("p{next}")))
        }
        _ => cluster::answer(asked),
    });
    run(
        fault.name,
        cluster::command(&stub, &eks, &["explain", "-A", "-o", "json"]),
    )
}

fn is_told(fault: &Fault) {
    let what = fault.name;
    let outcome = explain(fault);
    if fault.wanted == Wanted::Either && outcome.stdout.is_empty() {
        outcome.expect(what, 3, &["error: could not read the pods"]);
        return;
    }
    let report = outcome.report(what);
    is_honest(what, &WHOLE, &report, "pods");
    let said = statuses(&report, "pods");
    let is_whole = said == ["Read"];
    match fault.wanted {
        Wanted::Whole => assert!(is_whole, "{what}: {said:?}"),
        Wanted::Partial => assert_eq!(said, ["Partial"], "{what}"),
        Wanted::Either => assert!(is_whole || said == ["Partial"], "{what}: {said:?}"),
    }
    outcome.expect(what, if is_whole { 0 } else { 3 }, &[]);
    if is_whole {
        assert_eq!(report["pods"], WHOLE["pods"], "{what}");
    }
}

#[test]
fn pages_that_break_off_are_told() {
    LazyLock::force(&WHOLE);
    each(FAULTS, is_told);
}

#[test]
fn pages_without_end_have_one() {
    LazyLock::force(&WHOLE);
    each(ENDLESS, is_told);
}

#[test]
fn a_list_that_begins_anew_keeps_nothing_of_before() {
    let stub = Stub::start(|asked| {
        if asked.path != "/api/v1/namespaces/shop/pods" {
            return Answer::Json(200, json!({"kind": "List", "metadata": {}, "items": []}));
        }
        match (asked.query.contains("continue=old"), asked.count) {
            (true, _) => expired(),
            (false, 1) => pod_list(&["gone", "web"], Some("old")),
            (false, _) => pod_list(&["web", "late"], None),
        }
    });
    let outcome = stub.explain(&["-n", "shop", "-o", "json"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let report = outcome.report();
    let names: BTreeSet<&str> = report["pods"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|pod| pod["name"].as_str())
        .collect();
    assert_eq!(names, BTreeSet::from(["late", "web"]), "{report:#}");
    assert_eq!(report["sources"][0]["count"], 2, "{report:#}");
}
