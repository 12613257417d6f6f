//! `explain --watch` and servers whose watches are closed, expired, refused, broken or silent: the change is told all the same, and
//! once.

#[path = "support/api_server.rs"]
#[allow(dead_code, reason = "shared with tests that ask in other ways")]
mod api_server;
#[path = "support/running.rs"]
mod running;

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use api_server::{Answer, Asked, Stub};
use running::{Ended, Running};
use serde_json::{Value, json};

const NODE: &str = "fargate-ip-10-0-1-31.eu-west-1.compute.internal";
/// Nothing here takes as long; it is no measure of anything.
const LIMIT: Duration = Duration::from_secs(40);

/// What is in the cluster at the moment.
struct Cluster {
    pods: Mutex<Vec<Value>>,
    events: Mutex<Vec<Value>>,
    /// How often a watch of pods was opened.
    watches: Mutex<usize>,
    version: Mutex<u64>,
}

impl Cluster {
    fn of(pods: Vec<Value>) -> Arc<Self> {
        Arc::new(Self {
            pods: Mutex::new(pods),
            events: Mutex::default(),
            watches: Mutex::default(),
            version: Mutex::new(10),
        })
    }

    /// Changes the pods, so that their list is of another version.
    fn change(&self, change: impl FnOnce(&mut Vec<Value>)) {
        change(&mut self.pods.lock().expect("nobody panics with it"));
        *self.version.lock().expect("nobody panics with it") += 1;
    }

    fn watches(&self) -> usize {
        *self.watches.lock().expect("nobody panics with it")
    }

    fn version(&self) -> u64 {
        *self.version.lock().expect("nobody panics with it")
    }

    fn list(&self, items: &[Value]) -> Answer {
        let metadata = json!({"resourceVersion": self.version().to_string()});
        Answer::Json(
            200,
            json!({"kind": "List", "metadata": metadata, "items": items}),
        )
    }

    /// Answers all but watches.
    fn answer(&self, asked: &Asked) -> Answer {
        let pods = self.pods.lock().expect("nobody panics with it").clone();
        let name = asked.path.rsplit('/').next().unwrap_or_default();
        match asked.path.as_str() {
            "/api/v1/namespaces/shop/pods" | "/api/v1/pods" => self.list(&pods),
            "/api/v1/namespaces/shop/events" => {
                let events = self.events.lock().expect("nobody panics with it").clone();
                self.list(&events)
            }
            path if path.contains("/pods/") => {
                match pods.iter().find(|pod| pod["metadata"]["name"] == name) {
                    Some(pod) => Answer::Json(200, pod.clone()),
                    None => Answer::absent(path),
                }
            }
            path if path.contains("/nodes/") => Answer::Json(
                200,
                json!({"metadata": {"name": name, "labels": {"eks.amazonaws.com/compute-type": "fargate"}}}),
            ),
            path if path.contains("/mutatingwebhookconfigurations/") => {
                Answer::Json(200, json!({"metadata": {"name": name}}))
            }
            path if path.ends_with("/namespaces/shop") => {
                Answer::Json(200, json!({"metadata": {"name": name}}))
            }
            path if path.ends_with('s') => self.list(&[]),
            path => Answer::absent(path),
        }
    }
}

/// A pod that a profile claimed; it waits for its node.
fn waiting(name: &str) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "shop", "uid": format!("uid-{name}"), "resourceVersion": "10",
            "creationTimestamp": jiff::Timestamp::now().to_string(),
            "labels": {"tier": "backend", "eks.amazonaws.com/fargate-profile": "apps"}},
        "spec": {"schedulerName": "fargate-scheduler", "containers": [{"name": "main"}]},
        "status": {"phase": "Pending"},
    })
}

/// Puts all pods on a node of Fargate.
fn land(pods: &mut Vec<Value>) {
    for pod in pods {
        pod["spec"]["nodeName"] = NODE.into();
        pod["status"]["phase"] = "Running".into();
    }
}

fn line(what: &str, object: &Value) -> String {
    json!({"type": what, "object": object}).to_string() + "\n"
}

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n";

/// A watch that writes these pieces and then ends.
fn ends_after(pieces: Vec<String>) -> Answer {
    Answer::Script(Box::new(move |out| {
        let _ = out.write_all(HEAD.as_bytes());
        for piece in pieces {
            let _ = out.write_all(piece.as_bytes());
            let _ = out.flush();
            std::thread::sleep(Duration::from_millis(20));
        }
    }))
}

/// A watch that says nothing and stays open.
fn stays_open() -> Answer {
    Answer::Script(Box::new(|out| {
        let _ = out.write_all(HEAD.as_bytes());
        let _ = out.flush();
        std::thread::sleep(LIMIT);
    }))
}

/// A watch that tells how the pods are once they are not as at the beginning.
fn tells(cluster: &Arc<Cluster>) -> Answer {
    let cluster = Arc::clone(cluster);
    Answer::Script(Box::new(move |out| {
        let _ = out.write_all(HEAD.as_bytes());
        let _ = out.flush();
        let began = Instant::now();
        let mut told = 10;
        while began.elapsed() < LIMIT {
            let version = cluster.version();
            if version != told {
                told = version;
                for pod in cluster.pods.lock().expect("nobody panics with it").iter() {
                    let _ = out.write_all(line("MODIFIED", pod).as_bytes());
                }
                if out.flush().is_err() {
                    return;
                }
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }))
}

fn status(code: u16, reason: &str) -> Value {
    json!({"kind": "Status", "status": "Failure", "reason": reason, "code": code, "message": format!("it is {reason}")})
}

/// A server of the cluster whose watches are as `watch` says, by how many there were before.
fn served(
    cluster: &Arc<Cluster>,
    watch: impl Fn(&Arc<Cluster>, usize) -> Answer + Send + Sync + 'static,
) -> Stub {
    let cluster = Arc::clone(cluster);
    let stub = Stub::start(move |asked| {
        let is_watch = asked.query.contains("watch=true");
        if !is_watch {
            return cluster.answer(asked);
        }
        if asked.path.ends_with("/events") {
            return stays_open();
        }
        let before = {
            let mut watches = cluster.watches.lock().expect("nobody panics with it");
            *watches += 1;
            *watches - 1
        };
        watch(&cluster, before)
    });
    stub.write(
        "one.json",
        &json!({"fargateProfile": {
            "fargateProfileName": "apps", "clusterName": "prod", "status": "ACTIVE", "createdAt": "2026-01-01T00:00:00Z",
            "fargateProfileArn": "arn:aws:eks:eu-west-1:111122223333:fargateprofile/prod/apps/1",
            "selectors": [{"namespace": "shop", "labels": {"tier": "backend"}}],
        }})
        .to_string(),
    );
    stub
}

/// Starts a run that goes on.
fn start(stub: &Stub, user: &Value, arguments: &[&str]) -> Running {
    let arguments = [
        &["explain", "-n", "shop", "--profiles", "one.json"][..],
        arguments,
    ]
    .concat();
    Running::start(&mut stub.command(&json!({"server": stub.url()}), user, &arguments))
}

fn token() -> Value {
    json!({"token": "token-0"})
}

/// The lines that tell where a pod went.
fn moves(lines: &[String]) -> Vec<&str> {
    let told = lines.iter().filter(|line| line.contains('→'));
    told.map(|line| line.split_once("  ").map_or("", |(_, rest)| rest))
        .collect()
}

/// Follows a pod that lands while its watches are so, until it is on Fargate.
fn lands(watch: impl Fn(&Arc<Cluster>, usize) -> Answer + Send + Sync + 'static) -> String {
    let cluster = Cluster::of(vec![waiting("web")]);
    let stub = served(&cluster, watch);
    let mut run = start(&stub, &token(), &["--until", "Fargate", "--timeout", "2m"]);
    run.line("web");
    let began = Instant::now();
    while cluster.watches() == 0 && began.elapsed() < LIMIT {
        std::thread::sleep(Duration::from_millis(10));
    }
    cluster.change(land);
    let Ended {
        code,
        lines,
        stderr,
    } = run.end();
    assert_eq!(code, Some(0), "{lines:#?}\n{stderr}");
    assert_eq!(
        moves(&lines),
        ["web  FargatePending → Fargate  MatchedProfile  profile apps"],
        "{stderr}"
    );
    stderr
}

#[test]
fn a_watch_that_tells() {
    assert_eq!(lands(|cluster, _| tells(cluster)), "");
}

#[test]
fn a_watch_that_is_closed_again_and_again() {
    let stderr = lands(|cluster, before| match before {
        0..=1 => ends_after(vec![]),
        _ => tells(cluster),
    });
    assert_eq!(stderr, "");
}

#[test]
fn a_watch_that_has_expired_before_it_was_opened() {
    let stderr = lands(|cluster, before| match before {
        0 => Answer::Json(410, status(410, "Expired")),
        _ => tells(cluster),
    });
    assert_eq!(stderr, "");
}

#[test]
fn a_watch_that_expires_while_it_is_open() {
    let stderr = lands(|cluster, before| match before {
        0 => ends_after(vec![line("ERROR", &status(410, "Expired"))]),
        _ => tells(cluster),
    });
    assert_eq!(stderr, "");
}

#[test]
fn a_watch_with_nothing_but_bookmarks_before_the_change() {
    lands(|cluster, before| {
        let bookmark = line("BOOKMARK", &json!({"metadata": {"resourceVersion": "10"}}));
        match before {
            0 => ends_after(vec![bookmark.clone(), bookmark]),
            _ => tells(cluster),
        }
    });
}

#[test]
fn a_watch_that_is_refused_is_noted_once() {
    let stderr = lands(|_, _| Answer::Json(403, status(403, "Forbidden")));
    assert_eq!(
        stderr,
        "note: this may not be watched, so it is read every 5s instead (it is Forbidden)\n"
    );
}

#[test]
fn a_watch_of_a_server_that_knows_none() {
    for code in [404, 405, 400] {
        let stderr = lands(move |_, _| Answer::Json(code, status(code, "odd")));
        assert_eq!(stderr.lines().count(), 1, "{code}: {stderr}");
    }
}

#[test]
fn a_watch_that_breaks() {
    lands(|_, _| Answer::HangUp);
}

#[test]
fn a_watch_that_fails_by_itself() {
    lands(|_, _| Answer::Busy(500, None));
}

#[test]
fn a_watch_that_talks_nonsense() {
    lands(|_, before| match before % 3 {
        0 => Answer::Text(200, "<html>\n"),
        1 => ends_after(vec!["{\"type\":\"MODIFIED\",\"object\":{\"meta".to_owned()]),
        _ => Answer::Json(200, json!({"kind": "PodList", "items": []})),
    });
}

#[test]
fn a_watch_that_never_answers() {
    lands(|_, _| Answer::Silence);
}

#[test]
fn a_login_that_ends_in_between_is_made_anew() {
    let cluster = Cluster::of(vec![waiting("web")]);
    let served_by = Arc::clone(&cluster);
    let stub = Stub::start(move |asked| {
        let is_changed = served_by.version() > 10;
        if is_changed && asked.token != "token-2" {
            return Answer::Json(401, status(401, "Unauthorized"));
        }
        match asked.query.contains("watch=true") {
            true if asked.path.ends_with("/events") => stays_open(),
            true if is_changed => tells(&served_by),
            // As an API server does with a watch when a login ends, sooner or later.
            true => {
                let until = Arc::clone(&served_by);
                Answer::Script(Box::new(move |out| {
                    let _ = out.write_all(HEAD.as_bytes());
                    let _ = out.flush();
                    let began = Instant::now();
                    while until.version() == 10 && began.elapsed() < LIMIT {
                        std::thread::sleep(Duration::from_millis(10));
                    }
                }))
            }
            false => served_by.answer(asked),
        }
    });
    stub.write("one.json", "[]");
    let script = format!(
        r#"echo x >> {0}; printf '{{"kind":"ExecCredential","status":{{"token":"token-%d"}}}}' "$(grep -c x {0})""#,
        stub.folder().join("logins").display()
    );
    let exec = json!({"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script]});
    let mut run = start(
        &stub,
        &json!({"exec": exec}),
        &["--until", "Fargate", "--timeout", "2m"],
    );
    run.line("web");
    cluster.change(land);
    let Ended {
        code,
        lines,
        stderr,
    } = run.end();
    assert_eq!(code, Some(0), "{lines:#?}\n{stderr}");
    assert_eq!(moves(&lines).len(), 1, "{lines:#?}");
    assert_eq!(stub.logins(), 2);
}

#[test]
fn a_login_that_cannot_be_made_anew_ends_it() {
    let cluster = Cluster::of(vec![waiting("web")]);
    let served_by = Arc::clone(&cluster);
    let stub = Stub::start(move |asked| {
        if served_by.version() > 10 {
            return Answer::Json(401, status(401, "Unauthorized"));
        }
        match asked.query.contains("watch=true") {
            true => Answer::HangUp,
            false => served_by.answer(asked),
        }
    });
    stub.write("one.json", "[]");
    let script = format!(
        r#"if [ -e {0} ]; then echo "the session is over" >&2; exit 1; fi; touch {0}; printf '{{"kind":"ExecCredential","status":{{"token":"t"}}}}'"#,
        stub.folder().join("logged-in").display()
    );
    let exec = json!({"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script]});
    let mut run = start(&stub, &json!({"exec": exec}), &["--watch"]);
    run.line("web");
    cluster.change(land);
    let Ended {
        code,
        lines,
        stderr,
    } = run.end();
    assert_eq!(code, Some(3), "{lines:#?}\n{stderr}");
    assert!(stderr.contains("the session is over"), "{stderr}");
}

#[test]
fn a_server_that_is_away_for_a_while_is_waited_for() {
    let cluster = Cluster::of(vec![waiting("web")]);
    let served_by = Arc::clone(&cluster);
    let refusals = Mutex::new(12);
    let stub = Stub::start(move |asked| {
        if asked.query.contains("watch=true") {
            return Answer::HangUp;
        }
        let mut left = refusals.lock().expect("nobody panics with it");
        if served_by.version() > 10 && *left > 0 {
            *left -= 1;
            return Answer::HangUp;
        }
        drop(left);
        served_by.answer(asked)
    });
    stub.write("one.json", "[]");
    let mut run = start(&stub, &token(), &["--until", "Fargate", "--timeout", "2m"]);
    run.line("web");
    cluster.change(land);
    let Ended {
        code,
        lines,
        stderr,
    } = run.end();
    assert_eq!(code, Some(0), "{lines:#?}\n{stderr}");
    // Whatever was missing meanwhile is no change of the pod.
    assert_eq!(moves(&lines).len(), 1, "{lines:#?}");
}

#[test]
fn bursts_about_what_decides_nothing_cost_next_to_nothing() {
    let cluster = Cluster::of(vec![waiting("web")]);
    let stub = served(&cluster, |cluster, before| {
        if before > 0 {
            return tells(cluster);
        }
        let lines = (0..2_000).map(|version| {
            let mut pod = waiting("web");
            pod["metadata"]["resourceVersion"] = format!("{}", 100 + version).into();
            pod["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z".into();
            pod["metadata"]["annotations"] = json!({"seen": version.to_string()});
            line("MODIFIED", &pod)
        });
        ends_after(vec![lines.collect()])
    });
    let mut run = start(&stub, &token(), &["--until", "Fargate", "--timeout", "2m"]);
    run.line("web");
    while cluster.watches() < 2 {
        std::thread::sleep(Duration::from_millis(10));
    }
    cluster.change(land);
    let Ended {
        code,
        lines,
        stderr,
    } = run.end();
    assert_eq!(code, Some(0), "{lines:#?}\n{stderr}");
    assert_eq!(moves(&lines).len(), 1, "{lines:#?}");
    let asked = stub.asked("/api/v1/namespaces/shop/pods/web");
    assert!(asked <= 4, "{asked} times for 2000 lines");
}

#[test]
fn pods_appear_are_made_anew_and_vanish() {
    let cluster = Cluster::of(vec![waiting("web")]);
    // A watch that is refused: everything is seen by reading again.
    let stub = served(&cluster, |_, _| Answer::Json(403, status(403, "Forbidden")));
    let mut run = start(&stub, &token(), &["--watch-only", "-o", "json"]);
    let began = Instant::now();
    while cluster.watches() == 0 && began.elapsed() < LIMIT {
        std::thread::sleep(Duration::from_millis(10));
    }
    cluster.change(|pods| pods.push(waiting("late")));
    run.line("\"type\": \"ADDED\"");
    cluster.change(|pods| pods[0]["metadata"]["uid"] = "another".into());
    run.line("\"type\": \"DELETED\"");
    run.line("\"type\": \"ADDED\"");
    cluster.change(Vec::clear);
    run.line("\"type\": \"DELETED\"");
    run.line("\"type\": \"DELETED\"");
    run.line("\"pod\"");
    run.line("    \"name\"");
}

#[test]
fn nobody_who_reads_ends_it_at_once() {
    let cluster = Cluster::of(vec![waiting("web")]);
    let stub = served(&cluster, |cluster, _| tells(cluster));
    let mut child = stub
        .command(
            &json!({"server": stub.url()}),
            &token(),
            &["explain", "-w", "-n", "shop", "--profiles", "one.json"],
        )
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("cargo built the binary for this test");
    let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut first = String::new();
    stdout.read_line(&mut first).expect("an answer");
    drop(stdout);
    let status = child.wait().expect("it is ours");
    assert_eq!(status.code(), Some(0));
}

#[test]
fn what_is_waited_for_is_told_where_it_does_not_come() {
    let cluster = Cluster::of(vec![waiting("web")]);
    let stub = served(&cluster, |cluster, _| tells(cluster));
    for limit in ["0", "1s"] {
        let run = start(&stub, &token(), &["--until", "ec2", "--timeout", limit]);
        let Ended { code, stderr, .. } = run.end();
        assert_eq!(code, Some(1), "{stderr}");
        for words in [
            "error: it is not EC2",
            "shop/web is FargatePending",
            "1 of 1 pods",
        ] {
            assert!(stderr.contains(words), "{words}: {stderr}");
        }
    }
    let nothing = Cluster::of(Vec::new());
    let stub = served(&nothing, |cluster, _| tells(cluster));
    let Ended { code, stderr, .. } =
        start(&stub, &token(), &["--until", "Fargate", "--timeout", "0"]).end();
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains("no pod was seen"), "{stderr}");
    let Ended { code, stderr, .. } =
        start(&stub, &token(), &["pod/gone", "--until", "deleted"]).end();
    assert_eq!(code, Some(0), "{stderr}");
}

#[test]
fn what_is_so_already_ends_it_after_the_answer() {
    let mut pods = vec![waiting("web")];
    land(&mut pods);
    let cluster = Cluster::of(pods);
    let stub = served(&cluster, |cluster, _| tells(cluster));
    for until in ["fargate", "MatchedProfile", "landed"] {
        let Ended {
            code,
            lines,
            stderr,
        } = start(&stub, &token(), &["--until", until, "-o", "name"]).end();
        assert_eq!(code, Some(0), "{until}: {stderr}");
        assert_eq!(lines, ["pod/web"], "{until}");
    }
    assert_eq!(cluster.watches(), 0, "there was nothing to wait for");
}

#[test]
fn what_cannot_be_followed_is_refused_kindly() {
    let stub = Stub::start(|asked| Answer::absent(&asked.path));
    stub.write("pods.json", "{\"kind\":\"PodList\",\"items\":[]}");
    for (arguments, words) in [
        (&["--demo", "-w"][..], "only a live cluster can be watched"),
        (&["--demo", "--until", "EC2"], "only a live cluster"),
        (
            &["--from", "pods.json", "--watch-only"],
            "only a live cluster",
        ),
        (&["--timeout", "5s"], "--timeout is for following"),
        (&["-w", "--timeout", "soon"], "30s or 5m"),
        (&["--until", "Fargat"], "FargatePending"),
        (&["--until", "RoundedUp"], "never the reason"),
    ] {
        let outcome = stub.ask("explain", arguments);
        assert_eq!(outcome.code, Some(2), "{arguments:?}: {outcome:?}");
        assert!(outcome.stderr.contains(words), "{arguments:?}: {outcome:?}");
        assert_eq!(outcome.stdout, "", "{arguments:?}");
    }
    assert!(stub.all_asked().is_empty(), "nobody was asked");
}
