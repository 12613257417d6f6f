//! Ends from outside: Ctrl-C and SIGTERM while it waits for anything, pipes that are closed or blocked, disks that are full.

use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::api_server::{Answer, Stub};
use crate::cluster;
use crate::eks_stub::{self, EksStub};
use crate::program::each;

/// How long a state is waited for: whoever is not in it by then is not ended in it.
const LONGEST: Duration = Duration::from_secs(20);

/// A state in which the program waits: how it is started, and how it is told that it is there.
struct Waiting {
    name: &'static str,
    start: fn() -> Started,
}

/// What was started, and what it waits for.
struct Started {
    command: Command,
    /// Whether it has come so far.
    is_there: Box<dyn Fn() -> bool>,
    /// Whether its standard input stays open.
    has_input: bool,
}

impl Started {
    fn at(stub: Stub, user: &Value) -> Self {
        let command = stub.command(
            &json!({"server": stub.url()}),
            user,
            &["explain", "-n", "shop", "--profiles", "profiles.json"],
        );
        Self {
            command,
            is_there: Box::new(move || !stub.all_asked().is_empty()),
            has_input: false,
        }
    }

    fn on(stub: Stub) -> Self {
        Self::at(stub, &json!({"token": "token-0"}))
    }

    fn of_files(arguments: &[&str], prepare: fn(&Stub)) -> Self {
        let stub = Stub::start(cluster::answer);
        prepare(&stub);
        let command = stub.command(&json!({"server": stub.url()}), &json!({}), arguments);
        Self {
            command,
            is_there: Box::new(move || {
                let _ = &stub;
                true
            }),
            has_input: true,
        }
    }
}

const STATES: &[Waiting] = &[
    Waiting {
        name: "connecting",
        start: || {
            // Connected, and TLS never begins.
            let (stub, seen) = silent();
            let command = stub.command(
            &json!({"server": stub.url().replace("http:", "https:"), "insecure-skip-tls-verify": true}),
            &json!({"token": "token-0"}),
            &["explain", "-n", "shop", "--profiles", "profiles.json"],
        );
            Started {
                command,
                is_there: Box::new(move || {
                    let _ = &stub;
                    seen.load(std::sync::atomic::Ordering::SeqCst)
                }),
                has_input: false,
            }
        },
    },
    Waiting {
        name: "waiting for the head",
        start: || Started::on(Stub::start(|_| Answer::Silence)),
    },
    Waiting {
        name: "in the middle of a body",
        start: || Started::on(Stub::start(|_| Answer::HalfABody)),
    },
    Waiting {
        name: "between repetitions",
        start: || Started::on(Stub::start(|_| Answer::Busy(503, Some(30)))),
    },
    Waiting {
        name: "a login plugin",
        start: || {
            let stub = Stub::start(cluster::answer);
            let script = "echo > there; sleep 60";
            let user = json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never", "command": "sh", "args": ["-c", script]}});
            let mut started = Started::at(stub, &user);
            let there = started
                .command
                .get_current_dir()
                .expect("it has a folder")
                .join("there");
            let before = started.is_there;
            started.is_there = Box::new(move || before() || there.exists());
            started
        },
    },
    Waiting {
        name: "AWS says nothing",
        start: || {
            let stub = Stub::start(cluster::answer);
            let eks = EksStub::start(|_| eks_stub::Answer::Silence);
            let command = cluster::command(&stub, &eks, &["explain", "-A"]);
            Started {
                command,
                is_there: Box::new(move || {
                    let _ = &stub;
                    !eks.asked().is_empty()
                }),
                has_input: false,
            }
        },
    },
    Waiting {
        name: "reading standard input",
        start: || Started::of_files(&["explain", "--from", "-"], |_| {}),
    },
    Waiting {
        name: "reading profiles from standard input",
        start: || {
            Started::of_files(
                &["explain", "--from", "pods.json", "--profiles", "-"],
                |stub| {
                    stub.write(
                        "pods.json",
                        r#"{"kind":"Pod","metadata":{"name":"web","namespace":"shop"}}"#,
                    );
                },
            )
        },
    },
    Waiting {
        name: "a file that is a pipe",
        start: || {
            Started::of_files(&["explain", "--from", "pipe.json"], |stub| {
                let made = Command::new("mkfifo")
                    .arg(stub.folder().join("pipe.json"))
                    .status();
                assert!(
                    made.is_ok_and(|status| status.success()),
                    "a pipe with a name"
                );
            })
        },
    },
    Waiting {
        name: "writing to a pipe that nobody empties",
        start: || {
            let mut started = Started::of_files(&["explain", "--demo", "-o", "json"], |_| {});
            started.has_input = false;
            started
        },
    },
];

/// A server that accepts and says nothing, and whether somebody came.
fn silent() -> (Stub, std::sync::Arc<std::sync::atomic::AtomicBool>) {
    let seen = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let sees = std::sync::Arc::clone(&seen);
    let stub = Stub::start_behind(
        move |stream: std::net::TcpStream| {
            sees.store(true, std::sync::atomic::Ordering::SeqCst);
            thread::sleep(Duration::from_secs(60));
            Some(stream)
        },
        cluster::answer,
    );
    (stub, seen)
}

fn wait(what: &str, child: &mut Child) -> ExitStatus {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("it is our child") {
            return status;
        }
        if began.elapsed() > LONGEST {
            let _ = child.kill();
            panic!("{what}: it goes on");
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Starts it, waits until it waits, sends the signal, and wants it to end.
fn ended(state: &Waiting, signal: &str) -> (ExitStatus, String) {
    let what = format!("{signal}, {}", state.name);
    let Started {
        mut command,
        is_there,
        has_input,
    } = (state.start)();
    if has_input {
        command.stdin(Stdio::piped());
    }
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cargo built the binary for this test");
    let began = Instant::now();
    while !is_there() {
        if let Some(status) = child.try_wait().expect("it is our child") {
            let mut words = String::new();
            let _ = child
                .stderr
                .take()
                .expect("a pipe")
                .read_to_string(&mut words);
            panic!("{what}: it ended before, with {status}: {words}");
        }
        assert!(began.elapsed() < LONGEST, "{what}: it does not come so far");
        thread::sleep(Duration::from_millis(5));
    }
    thread::sleep(Duration::from_millis(400));
    assert!(
        child.try_wait().expect("it is our child").is_none(),
        "{what}: it does not wait"
    );
    let sent = Command::new("kill")
        .args([&format!("-{signal}"), &child.id().to_string()])
        .status();
    assert!(
        sent.is_ok_and(|status| status.success()),
        "{what}: kill is there"
    );
    let status = wait(&what, &mut child);
    let mut words = String::new();
    let _ = child
        .stderr
        .take()
        .expect("a pipe")
        .read_to_string(&mut words);
    (status, words)
}

#[test]
fn ctrl_c_ends_it_whatever_it_waits_for() {
    each(STATES, |state| {
        let (status, words) = ended(state, "INT");
        assert_eq!(status.code(), Some(130), "{}: {status} {words}", state.name);
        assert!(!words.contains("panicked"), "{}: {words}", state.name);
    });
}

#[test]
fn sigterm_ends_it_too() {
    use std::os::unix::process::ExitStatusExt as _;
    each(STATES, |state| {
        let (status, words) = ended(state, "TERM");
        assert!(
            status.signal() == Some(15) || status.code() == Some(143),
            "{}: {status} {words}",
            state.name
        );
    });
}

/// The demo through a shell, which can close what it likes.
fn through_a_shell(script: &str) -> (Option<i32>, String) {
    let output = Command::new("sh")
        .args(["-c", script])
        .env("PROGRAM", env!("CARGO_BIN_EXE_kubectl-fargate"))
        .stdin(Stdio::null())
        .output()
        .expect("there is a shell");
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[test]
fn full_disks_and_closed_outputs() {
    let formats = ["", "-o json", "-o yaml", "-o name", "-o wide"];
    for format in formats {
        let (code, words) =
            through_a_shell(&format!("\"$PROGRAM\" explain --demo {format} > /dev/full"));
        assert_eq!(code, Some(3), "{format}: {words}");
        assert!(
            words.starts_with("error: could not write the answer"),
            "{format}: {words}"
        );
        assert!(words.contains("No space left"), "{format}: {words}");
        let (code, words) = through_a_shell(&format!(
            "{{ \"$PROGRAM\" explain --demo {format}; echo $? >&2; }} | true"
        ));
        assert_eq!(
            (code, words.trim()),
            (Some(0), "0"),
            "{format}: a closed pipe is success"
        );
        // Nobody is there to see whether it was written; it must not be a panic.
        let (code, words) = through_a_shell(&format!("\"$PROGRAM\" explain --demo {format} >&-"));
        assert!(matches!(code, Some(0 | 3)), "{format}: {code:?} {words}");
        assert!(!words.contains("panicked"), "{format}: {words}");
    }
    for command in [
        "profiles --demo",
        "suggest --demo -n shop pod/none",
        "reasons",
        "reasons LabelMismatch",
        "--help",
        "--version",
    ] {
        let (code, words) = through_a_shell(&format!("\"$PROGRAM\" {command} > /dev/full"));
        assert!(matches!(code, Some(2 | 3)), "{command}: {code:?} {words}");
        assert!(words.starts_with("error: "), "{command}: {words}");
        let (code, words) = through_a_shell(&format!(
            "{{ \"$PROGRAM\" {command}; echo $? >&2; }} | true"
        ));
        assert_eq!(code, Some(0), "{command}: {words}");
        assert!(!words.contains("panicked"), "{command}: {words}");
    }
    let (code, words) =
        through_a_shell("\"$PROGRAM\" explain --from /nowhere 2>&- >&- <&-; exit $?");
    assert_eq!(
        code,
        Some(2),
        "an error that nobody hears keeps its code: {words}"
    );
    let (code, _) = through_a_shell("\"$PROGRAM\" explain --from /nowhere 2> /dev/full");
    assert_eq!(
        code,
        Some(2),
        "an error that cannot be written keeps its code"
    );
}

/// Whoever reads the first line only has seen enough, however much there is.
#[test]
fn a_reader_who_leaves_ends_it_well() {
    let stub = Stub::start(cluster::answer);
    let eks = cluster::eks();
    let mut command = cluster::command(&stub, &eks, &["explain", "-A", "-o", "json"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cargo built the binary for this test");
    let mut first = [0];
    let mut output = child.stdout.take().expect("it is a pipe");
    output.read_exact(&mut first).expect("it begins");
    drop(output);
    let status = wait("a reader who leaves", &mut child);
    assert_eq!(status.code(), Some(0));
}

/// What is written in part is complained about: an answer that lacks its end is none.
#[test]
fn a_disk_that_fills_up_is_an_error() {
    let full = OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("there is such a device");
    assert!((&full).write_all(b"a").is_err(), "it is full");
    let stub = Stub::start(cluster::answer);
    let eks = cluster::eks();
    let output = cluster::command(&stub, &eks, &["explain", "-A", "-o", "json"])
        .stdout(full)
        .output()
        .expect("cargo built the binary for this test");
    assert_eq!(output.status.code(), Some(3));
}
