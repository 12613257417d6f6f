//! Lists as they come from a server of our own: in pages that are asked for ahead, packed and in pieces, that break off, that are
//! forgotten halfway, or that never end. What is answered must be what the server has, each object once.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

const PODS: &str = "/api/v1/namespaces/shop/pods";
/// Longer than any test waits for what must happen.
const AGES: Duration = Duration::from_secs(20);

/// A request for pods.
struct Asked {
    /// `continue`, empty on the first page.
    token: String,
    /// How often this very page was asked for, this time included.
    count: usize,
    accept_encoding: String,
}

/// Everything that was asked of the server.
#[derive(Default)]
struct Log {
    pages: Mutex<BTreeMap<String, usize>>,
    queries: Mutex<Vec<String>>,
    encodings: Mutex<Vec<String>>,
    changed: Condvar,
}

impl Log {
    /// How often the page of this token was asked for.
    fn asked(&self, token: &str) -> usize {
        let pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        pages.get(token).copied().unwrap_or_default()
    }

    /// Waits until the page of this token was asked for; tells whether it was.
    fn wait_for(&self, token: &str) -> bool {
        let pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        let (pages, _) = self
            .changed
            .wait_timeout_while(pages, AGES, |pages| !pages.contains_key(token))
            .unwrap_or_else(PoisonError::into_inner);
        pages.contains_key(token)
    }
}

/// What a server does with a request for pods: it writes the answer, and the connection is closed after it.
type Answer = dyn Fn(&Asked, &Log, &mut TcpStream) + Send + Sync;

/// A server of plain HTTP whose lists of pods are as a test wants, and which has nothing else.
struct Server {
    port: u16,
    log: Arc<Log>,
    folder: tempfile::TempDir,
}

impl Server {
    fn start(answer: impl Fn(&Asked, &Log, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
        let port = listener
            .local_addr()
            .expect("a bound socket has an address")
            .port();
        let log = Arc::new(Log::default());
        let answer: Arc<Answer> = Arc::new(answer);
        let shared = Arc::clone(&log);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&shared));
                std::thread::spawn(move || serve(stream, answer.as_ref(), &log));
            }
        });
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { port, log, folder }
    }

    /// The binary, about to ask this server; with `proxy` the server is far away, behind a proxy which is this server, too.
    fn command(&self, arguments: &[&str], proxy: bool) -> Command {
        let folder = self.folder.path();
        let here = format!("http://127.0.0.1:{}", self.port);
        let cluster = match proxy {
            true => json!({"server": "http://cluster.example:80", "proxy-url": here}),
            false => json!({"server": here}),
        };
        let kubeconfig = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "stub",
            "clusters": [{"name": "stub", "cluster": cluster}],
            "contexts": [{"name": "stub", "context": {"cluster": "stub", "user": "me"}}],
            "users": [{"name": "me", "user": {"token": "t"}}],
        });
        std::fs::write(folder.join("kubeconfig"), kubeconfig.to_string())
            .expect("the folder is ours");
        std::fs::write(folder.join("profiles.json"), "[]").expect("the folder is ours");
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-fargate"));
        command
            .args(["explain", "-n", "shop", "--profiles", "profiles.json"])
            .args(arguments)
            .env_clear()
            .env("HOME", folder)
            .env("KUBECONFIG", folder.join("kubeconfig"))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn explain(&self, arguments: &[&str]) -> Outcome {
        run(&mut self.command(&[&["-o", "json"], arguments].concat(), false))
    }
}

/// What came of a run.
#[derive(Debug)]
struct Outcome {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn run(command: &mut Command) -> Outcome {
    let output = command
        .output()
        .expect("cargo built the binary for this test");
    Outcome {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Outcome {
    fn report(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no report ({error}): {self:?}"))
    }

    /// The names of the pods, in their order.
    fn names(&self) -> Vec<String> {
        let report = self.report();
        let pods = report["pods"].as_array().into_iter().flatten();
        pods.map(|pod| pod["name"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// How the pods were read: status, count and words of each note.
    fn notes(&self) -> Vec<(String, Option<u64>, String)> {
        let report = self.report();
        let sources = report["sources"].as_array().into_iter().flatten();
        sources
            .filter(|source| source["what"] == "pods")
            .map(|source| {
                let text = |field: &str| source[field].as_str().unwrap_or_default().to_owned();
                (text("status"), source["count"].as_u64(), text("detail"))
            })
            .collect()
    }

    /// The list was read to its end, and these are the pods.
    fn expect_read(&self, names: &[&str]) {
        assert_eq!(self.code, Some(0), "{self:?}");
        assert_eq!(self.names(), names);
        let count = Some(names.len() as u64);
        assert_eq!(self.notes(), [("Read".to_owned(), count, String::new())]);
        assert_eq!(self.stderr, "", "nobody is at a terminal");
    }

    /// The list broke off, and these pods came before.
    fn expect_partial(&self, names: &[&str], words: &str) {
        assert_eq!(self.code, Some(3), "{self:?}");
        assert_eq!(self.names(), names);
        let notes = self.notes();
        let [(status, count, detail)] = notes.as_slice() else {
            panic!("one note: {notes:?}");
        };
        assert_eq!(
            (status.as_str(), *count),
            ("Partial", Some(names.len() as u64))
        );
        assert!(detail.contains(words), "{detail}");
    }
}

fn serve(stream: TcpStream, answer: &Answer, log: &Log) {
    let Ok(mut out) = stream.try_clone() else {
        return;
    };
    let mut lines = BufReader::new(stream).lines();
    loop {
        let Some(Ok(first)) = lines.next() else {
            return;
        };
        let mut accept_encoding = String::new();
        for line in lines
            .by_ref()
            .map_while(Result::ok)
            .take_while(|line| !line.is_empty())
        {
            let (name, value) = line.split_once(": ").unwrap_or_default();
            if name.eq_ignore_ascii_case("accept-encoding") {
                value.clone_into(&mut accept_encoding);
            }
        }
        if first.starts_with("CONNECT ") {
            // The proxy and what is behind it are one.
            let _ = out.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
            continue;
        }
        let target = first.split(' ').nth(1).unwrap_or_default().to_owned();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        log.encodings
            .lock()
            .expect("no thread panics with the log")
            .push(accept_encoding.clone());
        if path != PODS {
            let nothing = match path.contains("webhookconfigurations/") {
                true => json!({"kind": "Status", "code": 404, "details": {"name": "none"}}),
                false => json!({"metadata": {}, "items": []}),
            };
            let status = if nothing["code"] == 404 { 404 } else { 200 };
            if respond(&mut out, status, "", nothing.to_string().as_bytes()).is_err() {
                return;
            }
            continue;
        }
        let token = query
            .split('&')
            .find_map(|part| part.strip_prefix("continue="))
            .unwrap_or_default();
        let count = {
            let mut pages = log.pages.lock().expect("no thread panics with the log");
            let count = pages.entry(token.to_owned()).or_default();
            *count += 1;
            log.changed.notify_all();
            *count
        };
        log.queries
            .lock()
            .expect("no thread panics with the log")
            .push(query.to_owned());
        let asked = Asked {
            token: token.to_owned(),
            count,
            accept_encoding,
        };
        answer(&asked, log, &mut out);
        let _ = out.shutdown(std::net::Shutdown::Both);
        return;
    }
}

fn respond(out: &mut impl Write, status: u16, headers: &str, body: &[u8]) -> std::io::Result<()> {
    let head = format!(
        "HTTP/1.1 {status} Status\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    out.write_all(head.as_bytes())?;
    out.write_all(body)?;
    out.flush()
}

/// Sends a whole page.
fn send(out: &mut TcpStream, body: &str) {
    let _ = respond(out, 200, "", body.as_bytes());
}

/// Sends the beginning of a page, and the rest of it never.
fn send_part(out: &mut TcpStream, body: &str) {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
    let _ = out.write_all(head.as_bytes());
    let _ = out.write_all(body.as_bytes());
    let _ = out.flush();
}

fn expired(out: &mut TcpStream) {
    let body = json!({"kind": "Status", "code": 410, "reason": "Expired", "message": "The provided continue parameter is too old"});
    let _ = respond(out, 410, "", body.to_string().as_bytes());
}

fn pod(name: &str) -> String {
    json!({"metadata": {"name": name, "namespace": "shop"}, "spec": {}, "status": {"phase": "Pending"}})
        .to_string()
}

/// A page in the order in which API servers write: metadata first.
fn page(names: &[&str], next: &str) -> String {
    let items: Vec<String> = names.iter().map(|name| pod(name)).collect();
    format!(
        r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{"resourceVersion":"7","continue":"{next}"}},"items":[{}]}}"#,
        items.join(",")
    )
}

#[test]
fn the_next_page_is_asked_for_while_this_one_comes_and_no_more() {
    let server = Server::start(|asked, log, out| match asked.token.as_str() {
        "" => {
            let whole = page(&["a"], "second");
            let (metadata, items) = whole.split_at(whole.find("\"items\"").expect("a list"));
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{metadata}",
                whole.len()
            );
            let _ = out.write_all(head.as_bytes());
            if log.wait_for("second") {
                // The second page is there by now; the third must wait until the second is read.
                std::thread::sleep(Duration::from_millis(300));
                if log.asked("third") == 0 {
                    let _ = out.write_all(items.as_bytes());
                }
            }
        }
        "second" => send(out, &page(&["b"], "third")),
        _ => send(out, &page(&["c"], "")),
    });
    server.explain(&[]).expect_read(&["a", "b", "c"]);
    for token in ["", "second", "third"] {
        assert_eq!(server.log.asked(token), 1, "page {token:?}");
    }
}

#[test]
fn pages_whose_metadata_come_last_are_followed_too() {
    let server = Server::start(|asked, _, out| {
        let (name, next) = match asked.token.as_str() {
            "" => ("a", "second"),
            _ => ("b", ""),
        };
        let body = format!(
            r#"{{"apiVersion":"v1","items":[{}],"kind":"PodList","metadata":{{"continue":"{next}"}}}}"#,
            pod(name)
        );
        send(out, &body);
    });
    server.explain(&[]).expect_read(&["a", "b"]);
}

#[test]
fn pages_are_of_500_or_as_many_as_asked_for_and_of_the_newest_state() {
    for (arguments, wanted) in [
        (&[][..], "limit=500"),
        (&["--chunk-size=7"], "limit=7"),
        (&["--chunk-size", "0"], ""),
    ] {
        let server = Server::start(|asked, _, out| match asked.token.as_str() {
            "" => send(out, &page(&["a"], "second")),
            _ => send(out, &page(&["b"], "")),
        });
        server.explain(arguments).expect_read(&["a", "b"]);
        let queries = server.log.queries.lock().expect("the server is at rest");
        let separator = if wanted.is_empty() { "" } else { "&" };
        assert_eq!(
            *queries,
            [
                wanted.to_owned(),
                format!("{wanted}{separator}continue=second")
            ],
            "{arguments:?}"
        );
    }
    let server = Server::start(|_, _, _| {});
    for wrong in ["--chunk-size=-1", "--chunk-size=all"] {
        let outcome = server.explain(&[wrong]);
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        assert!(outcome.stderr.contains("a whole number"), "{outcome:?}");
    }
    let outcome = server.explain(&["--chunk-size", "-1"]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert_eq!(server.log.asked(""), 0);
}

#[test]
fn answers_are_packed_but_not_on_the_way_to_this_very_machine() {
    let answer = |asked: &Asked, _: &Log, out: &mut TcpStream| {
        let next = if asked.token.is_empty() { "second" } else { "" };
        let names: Vec<String> = (0..300)
            .map(|index| format!("p{}{index}", asked.token))
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let body = page(&names, next);
        if !asked.accept_encoding.contains("gzip") {
            return send(out, &body);
        }
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed
            .write_all(body.as_bytes())
            .expect("a Vec takes everything");
        let packed = packed.finish().expect("a Vec takes everything");
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
            packed.len()
        );
        let _ = out.write_all(head.as_bytes());
        // It comes in pieces that end anywhere.
        for piece in packed.chunks(97) {
            let _ = out.write_all(piece).and_then(|()| out.flush());
        }
    };
    for (is_far, wanted) in [(false, ""), (true, "gzip")] {
        let server = Server::start(answer);
        let outcome = run(&mut server.command(&["-o", "json"], is_far));
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        assert_eq!(outcome.names().len(), 600);
        let encodings = server.log.encodings.lock().expect("the server is at rest");
        assert!(encodings.len() > 2);
        assert!(
            encodings.iter().all(|encoding| encoding == wanted),
            "{encodings:?}"
        );
    }
}

#[test]
fn a_list_that_begins_anew_leaves_nothing_of_its_first_run() {
    let server = Server::start(|asked, _, out| match (asked.token.as_str(), asked.count) {
        ("", 1) => {
            let whole = page(&["gone", "stays"], "old");
            let broken = r#""items":[{"metadata":{"name":"bad","namespace":"shop"},"spec":{"containers":"none"}},"#;
            send(out, &whole.replace(r#""items":["#, broken));
        }
        ("old", _) => send(out, &page(&["gone-too"], "older")),
        ("older", _) => expired(out),
        ("", _) => {
            let whole = page(&["stays"], "new");
            let broken = r#""items":[{"metadata":{"name":"bad","namespace":"shop"},"spec":{"containers":"none"}},"#;
            send(out, &whole.replace(r#""items":["#, broken));
        }
        _ => send(out, &page(&["late"], "")),
    });
    let outcome = server.explain(&[]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(outcome.names(), ["late", "stays"]);
    let notes = outcome.notes();
    let told: Vec<_> = notes
        .iter()
        .map(|(status, count, _)| (status.as_str(), *count))
        .collect();
    assert_eq!(told, [("Malformed", None), ("Read", Some(2))], "{notes:?}");
}

#[test]
fn a_list_that_is_forgotten_twice_is_told_as_far_as_it_came() {
    let server = Server::start(|asked, _, out| match asked.token.as_str() {
        "" if asked.count == 1 => send(out, &page(&["gone"], "old")),
        "" => send(out, &page(&["stays"], "old")),
        _ => expired(out),
    });
    let outcome = server.explain(&[]);
    outcome.expect_partial(&["stays"], "too old");
    assert_eq!(server.log.asked(""), 2);
    assert_eq!(server.log.asked("old"), 2);
}

#[test]
fn a_first_page_that_breaks_off_comes_again_as_it_is_by_then() {
    let server = Server::start(|asked, _, out| match (asked.token.as_str(), asked.count) {
        ("", 1) => send_part(
            out,
            &page(&["gone", "stays"], "old").replace("]}", ",{\"metadata\""),
        ),
        ("", _) => send(out, &page(&["stays"], "new")),
        ("new", _) => send(out, &page(&["late"], "")),
        // It was asked for ahead, and is of no use any more.
        _ => expired(out),
    });
    server.explain(&[]).expect_read(&["late", "stays"]);
    assert_eq!(server.log.asked(""), 2);
    assert_eq!(server.log.asked("new"), 1);
}

#[test]
fn a_later_page_that_breaks_off_comes_again_and_counts_once() {
    let server = Server::start(|asked, _, out| match (asked.token.as_str(), asked.count) {
        ("", _) => send(out, &page(&["a"], "second")),
        ("second", 1) => send_part(out, &page(&["b", "c"], "third").replace("]}", ",{")),
        ("second", 2) => {
            let _ = respond(out, 503, "Retry-After: 0\r\n", b"busy");
        }
        ("second", _) => send(out, &page(&["b", "c"], "third")),
        _ => send(out, &page(&["d"], "")),
    });
    server.explain(&[]).expect_read(&["a", "b", "c", "d"]);
    assert_eq!(server.log.asked(""), 1);
    assert_eq!(server.log.asked("second"), 3);
    assert_eq!(
        server.log.asked("third"),
        1,
        "what was asked for ahead serves"
    );
}

#[test]
fn a_page_that_always_breaks_off_is_answered_as_far_as_it_came() {
    let server = Server::start(|asked, _, out| match asked.token.as_str() {
        "" => send(out, &page(&["a"], "second")),
        _ => send_part(out, &page(&["b"], "").replace("]}", ",{\"metadata\":")),
    });
    let outcome = server.explain(&[]);
    outcome.expect_partial(&["a", "b"], "");
    assert_eq!(server.log.asked("second"), 4, "three times more");
}

#[test]
fn a_page_that_is_cut_short_is_answered_as_far_as_it_came() {
    let server = Server::start(|_, _, out| {
        let whole = page(&["a", "b"], "");
        send(out, whole.strip_suffix("}]}").expect("a list"));
    });
    let outcome = server.explain(&[]);
    outcome.expect_partial(&["a"], "the list is not understood");
    assert_eq!(server.log.asked(""), 1, "it is what the server says");
}

#[test]
fn lists_that_go_round_in_circles_end() {
    let server = Server::start(|asked, _, out| match asked.token.as_str() {
        "" => send(out, &page(&["a"], "1")),
        "1" => send(out, &page(&["b"], "2")),
        "2" => send(out, &page(&["c"], "3")),
        _ => send(out, &page(&["d"], "1")),
    });
    let outcome = server.explain(&[]);
    outcome.expect_partial(&["a", "b", "c", "d"], "does not end");
    let server = Server::start(|asked, _, out| {
        let next = format!("{}x", asked.token);
        send(out, &page(&["a", "b"], &next));
    });
    server
        .explain(&[])
        .expect_partial(&["a", "b"], "does not end");
    let server = Server::start(|asked, _, out| {
        let next = format!("{}x", asked.token);
        let names: &[&str] = if asked.token.is_empty() { &["a"] } else { &[] };
        send(out, &page(names, &next));
    });
    server.explain(&[]).expect_partial(&["a"], "does not end");
}

#[test]
fn a_few_empty_pages_are_no_end() {
    let server = Server::start(|asked, _, out| match asked.token.as_str() {
        "" => send(out, &page(&[], "1")),
        "1" => send(out, &page(&[], "2")),
        "2" => send(out, &page(&["a"], "3")),
        _ => send(out, &page(&[], "")),
    });
    server.explain(&[]).expect_read(&["a"]);
}

#[test]
fn a_body_that_stops_is_left_in_time_with_what_came() {
    let server = Server::start(|_, _, out| {
        send_part(out, &page(&["a"], "").replace("]}", ",{\"metadata\":"));
        std::thread::sleep(AGES);
    });
    let outcome = server.explain(&["--request-timeout", "1s"]);
    outcome.expect_partial(&["a"], "within 1s");
}

#[test]
fn a_body_that_trickles_is_left_in_time() {
    let server = Server::start(|_, _, out| {
        send_part(out, &page(&["a"], "").replace("]}", ",{\"metadata\":\""));
        while out.write_all(b"x").is_ok() {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    let outcome = server.explain(&["--request-timeout", "1s"]);
    outcome.expect_partial(&["a"], "within 1s");
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_while_a_list_comes() {
    let server = Server::start(|asked, _, out| {
        send_part(
            out,
            &page(&["a"], "second").replace("]}", ",{\"metadata\":\""),
        );
        if asked.token.is_empty() {
            while out.write_all(&[b'x'; 4096]).is_ok() {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    });
    let mut command = server.command(&[], false);
    let mut child: Child = command
        .spawn()
        .expect("cargo built the binary for this test");
    assert!(server.log.wait_for("second"), "the list has begun to come");
    let interrupted = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .expect("every Unix has it");
    assert!(interrupted.success());
    let status = child.wait().expect("it is our child");
    assert_eq!(status.code(), Some(130));
}
