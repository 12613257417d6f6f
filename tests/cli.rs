//! The command line without a cluster: exit codes, and what goes to which stream.

use std::{
    io::{Read as _, Write as _},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use kubectl_fargate::decision::reason::Reason;
use serde_json::Value;

/// The binary with nothing of this machine's environment.
fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-fargate"));
    command
        .args(arguments)
        .env_clear()
        .env("HOME", "/nonexistent")
        .stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    program(arguments)
        .output()
        .expect("cargo built the binary for this test")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn wrong_usage_and_missing_input_end_with_two() {
    for (arguments, words) in [
        (&["explain", "--no-such-flag"][..], "--no-such-flag"),
        (&["no-such-command"], "no-such-command"),
        (&[], "Usage: kubectl-fargate"),
        (&["explain", "-o", "csv"], "csv"),
        (&["explain", "-f", "pod.yaml"], "-f is reserved"),
        (
            &["explain", "--at", "yesterday", "--demo"],
            "2026-11-20T12:00:00Z",
        ),
        (
            &["explain", "--at", "2026-11-20T12:00:00Z"],
            "--at is for files",
        ),
        (&["explain", "--request-timeout", "soon"], "for example 5s"),
        (&["explain", "--demo", "--from", "x"], "--from"),
        (&["explain", "--demo", "--context", "x"], "--context"),
        (&["explain", "--from", "-", "--profiles", "-"], "only once"),
        (&["explain", "--from", "not-there.yaml"], "not-there.yaml"),
        (&["explain", "--demo", "-l", "a=b", "web"], "selector"),
        (&["explain", "--demo", "-l", "a in ("], "a in ("),
        (&["explain", "--demo", "service/web"], "service"),
        (&["explain", "--demo", "no-such-pod"], "no pod no-such-pod"),
        (&["explain", "web", "-A"], "-n instead of -A"),
        (&["explain", "--kubeconfig", "not-there"], "not-there"),
        (&["explain", "--context", "prod"], "prod"),
    ] {
        let output = run(arguments);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains(words), "{arguments:?}: {stderr}");
        assert_eq!(text(&output.stdout), "", "{arguments:?}");
    }
}

#[test]
fn without_a_kubeconfig_the_next_step_is_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let nameless = folder.path().join("config");
    std::fs::write(
        &nameless,
        "contexts: [{name: prod, context: {cluster: prod}}]\nclusters: [{name: prod, cluster: {server: 'https://x'}}]\n",
    )
    .expect("the folder is ours");
    let nameless = nameless.to_str().expect("a plain path");
    for (arguments, first) in [
        (&["explain"][..], "error: no cluster is configured"),
        (
            &["explain", "--kubeconfig", nameless],
            "error: the kubeconfig names no current context",
        ),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let stderr = text(&output.stderr);
        for words in [first, "--demo", "--from", "--context"] {
            assert!(stderr.contains(words), "{stderr}");
        }
    }
}

#[test]
fn the_last_of_a_repeated_flag_wins() {
    let output = run(&[
        "explain", "--demo", "-n", "batch", "-n", "shop", "-o", "json", "-o", "name",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let alone = run(&["explain", "--demo", "-n", "shop", "-o", "name"]);
    assert_eq!(text(&output.stdout), text(&alone.stdout));
    assert!(text(&output.stdout).contains("pod/cart-0"));
}

#[test]
fn a_word_that_is_a_flag_is_told() {
    let output = run(&["version"]);
    assert_eq!(output.status.code(), Some(2));
    let stderr = text(&output.stderr);
    assert!(stderr.contains("kubectl-fargate --version"), "{stderr}");
    assert!(!stderr.contains("reasons"), "{stderr}");
}

#[test]
fn help_and_version_are_answers() {
    for (arguments, words) in [
        (&["--help"][..], "explain"),
        (&["explain", "--help"], "Examples:"),
        (&["help", "explain"], "Examples:"),
        (&["--version"], env!("CARGO_PKG_VERSION")),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(text(&output.stdout).contains(words), "{arguments:?}");
        assert_eq!(text(&output.stderr), "", "{arguments:?}");
    }
}

#[test]
fn the_demo_answers_in_every_format() {
    let json = run(&["explain", "--demo", "-o", "json"]);
    let report: Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(report["kind"], "PlacementReport");
    let pods = report["pods"].as_array().expect("pods").len();

    let names = text(&run(&["explain", "--demo", "-o", "name"]).stdout);
    assert_eq!(
        names
            .lines()
            .filter(|line| line.starts_with("pod/"))
            .count(),
        pods
    );
    let yaml = text(&run(&["explain", "--demo", "-oyaml"]).stdout);
    assert!(yaml.contains("kind: PlacementReport"), "{yaml}");
    let wide = text(&run(&["explain", "--demo", "-o", "wide"]).stdout);
    assert!(wide.starts_with("NAMESPACE"), "{wide}");
    for arguments in [
        &["explain", "--demo"][..],
        &["explain", "--demo", "--color", "auto"],
    ] {
        let plain = run(arguments);
        assert_eq!(plain.status.code(), Some(0));
        assert_eq!(text(&plain.stderr), "");
        assert!(!plain.stdout.contains(&0x1b), "a pipe gets no colours");
    }
    let coloured = run(&["explain", "--demo", "--color", "always"]);
    assert!(coloured.stdout.contains(&0x1b));
}

#[test]
fn who_asks_for_ascii_gets_it_off_a_terminal_too() {
    let arguments = ["explain", "deployment/frontend", "-n", "shop", "--demo"];
    for (locale, is_ascii) in [("C", true), ("POSIX", true), ("C.UTF-8", false)] {
        let output = program(&arguments).env("LC_ALL", locale).output();
        let shown = output.expect("cargo built the binary").stdout;
        assert_eq!(shown.is_ascii(), is_ascii, "{locale}: {}", text(&shown));
    }
}

#[test]
fn reasons_are_listed_and_told() {
    let list = run(&["reasons"]);
    assert_eq!(list.status.code(), Some(0));
    let list = text(&list.stdout);
    assert!(list.starts_with("selection\n  MatchedProfile "), "{list}");
    assert!(!list.contains('\u{1b}'), "a pipe gets no colours");

    let page = run(&["reasons", "volumenotEFS"]);
    assert_eq!(
        (page.status.code(), text(&page.stderr)),
        (Some(0), String::new())
    );
    let page = text(&page.stdout);
    for words in [
        "VolumeNotEfs: ",
        "Family     refused by Fargate\n",
        "Fix        move the data to EFS",
        "Source     https://",
        "\nSee it by hand\n",
        "\n  kubectl -n NAMESPACE get pvc CLAIM",
        "\nCases that look alike\n",
    ] {
        assert!(page.contains(words), "no {words} in\n{page}");
    }

    let both = text(&run(&["reasons", "TooBig", "hostport", "TooBig"]).stdout);
    assert_eq!(both.matches("What it means").count(), 2, "{both}");
    assert!(both.starts_with("TooBig: ") && both.contains("\nHostPort: "));
    assert_eq!(text(&run(&["reasons", "TooBig,HostPort"]).stdout), both);

    let coloured = run(&["reasons", "--color", "always", "TooBig"]);
    assert!(coloured.stdout.contains(&0x1b));
}

#[test]
fn names_that_are_no_reasons_end_with_two_and_near_ones_are_offered() {
    for (names, message, offered) in [
        (
            &["LabelMissmatch"][..],
            "there is no reason LabelMissmatch",
            Some("names like it: LabelMismatch"),
        ),
        (&["foo"], "there is no reason foo", None),
        (
            &["TooBig", "foo", "gpu"],
            "there is no reason foo, nor gpu",
            Some("names like gpu: AcceleratorRequested"),
        ),
        (
            &["evil\u{1b}[2J", "-o", "json"],
            "there is no reason evil",
            None,
        ),
    ] {
        let output = run(&[&["reasons"], names].concat());
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert_eq!(text(&output.stdout), "", "{names:?}");
        assert!(stderr.contains(message), "{stderr}");
        assert_eq!(stderr.contains("names like"), offered.is_some(), "{stderr}");
        assert!(
            offered.is_none_or(|offered| stderr.contains(offered)),
            "{stderr}"
        );
        assert!(stderr.contains("kubectl-fargate reasons lists them all"));
        assert!(!stderr.contains('\u{1b}'), "{stderr:?}");
    }
}

#[test]
fn reasons_are_json_for_programs() {
    let entries = |arguments: &[&str]| -> Vec<Value> {
        let output = run(&[&["reasons", "-o", "json"], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("a JSON list")
    };
    let all = entries(&[]);
    let names: Vec<&Value> = all.iter().map(|entry| &entry["name"]).collect();
    let known: Vec<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    assert_eq!(names, known);
    let mut families: Vec<&str> = Vec::new();
    for entry in &all {
        for field in ["name", "family", "title", "evidence", "fix", "source"] {
            let value = entry[field].as_str().unwrap_or_default();
            assert!(!value.trim().is_empty(), "{} has no {field}", entry["name"]);
        }
        families.extend(entry["family"].as_str());
    }
    families.dedup();
    assert_eq!(
        families,
        [
            "selection",
            "timing",
            "owner",
            "refused by Fargate",
            "infrastructure",
            "elsewhere",
            "worth knowing",
            "visibility",
            "profiles",
        ]
    );
    let two = entries(&["hostport", "TooBig"]);
    assert_eq!(two.len(), 2);
    assert_eq!(
        (&two[0]["name"], &two[1]["name"]),
        (&"HostPort".into(), &"TooBig".into())
    );
}

#[test]
fn nothing_found_is_an_answer() {
    let output = run(&["explain", "--demo", "-n", "default", "-o", "json"]);
    assert_eq!(output.status.code(), Some(0));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["pods"], serde_json::json!([]));
    assert_eq!(
        text(&output.stderr),
        "No resources found in default namespace.\n"
    );
    let table = run(&["explain", "--demo", "-l", "no=such"]);
    assert_eq!(text(&table.stdout), "");
    assert_eq!(text(&table.stderr), "No resources found\n");
}

#[test]
fn control_characters_reach_no_terminal() {
    let output = run(&["explain", "--demo", "evil\u{1b}[2J\u{202e}pod"]);
    assert_eq!(output.status.code(), Some(2));
    let stderr = text(&output.stderr);
    assert!(!stderr.contains(['\u{1b}', '\u{202e}']), "{stderr:?}");
}

#[test]
fn a_closed_pipe_is_a_quiet_success() {
    for arguments in [&["explain", "--demo", "-o", "json"][..], &["--help"]] {
        let mut child = program(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("cargo built the binary for this test");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert_eq!(text(&output.stderr), "");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_leaves_no_login_plugin_behind() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pid_file = folder.path().join("pid");
    let kubeconfig = serde_json::json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:9"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": {"exec": {
            "apiVersion": "client.authentication.k8s.io/v1", "command": "/bin/sh",
            "args": ["-c", format!("echo $$ > {}; exec sleep 60", pid_file.display())],
        }}}],
    });
    let path = folder.path().join("config");
    std::fs::write(&path, kubeconfig.to_string()).expect("the folder is ours");
    let mut child = program(&[
        "explain",
        "--kubeconfig",
        path.to_str().expect("a plain path"),
    ])
    .env("PATH", "/usr/bin:/bin")
    .stderr(Stdio::piped())
    .spawn()
    .expect("cargo built the binary for this test");
    let began = Instant::now();
    let pid = loop {
        let written = std::fs::read_to_string(&pid_file).unwrap_or_default();
        if written.ends_with('\n') {
            break written.trim().to_owned();
        }
        assert!(began.elapsed() < Duration::from_secs(20), "no login began");
        std::thread::sleep(Duration::from_millis(20));
    };
    let signal = |arguments: &[&str]| {
        Command::new("kill")
            .args(arguments)
            .stderr(Stdio::null())
            .status()
            .expect("every Unix has kill")
            .success()
    };
    assert!(signal(&["-INT", &child.id().to_string()]));
    assert_eq!(ended_within(&mut child, Duration::from_secs(5)), Some(130));
    let gone = Instant::now();
    while signal(&["-0", &pid]) && !is_zombie(&pid) {
        assert!(
            gone.elapsed() < Duration::from_secs(5),
            "the plugin lives on"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Ended, and not yet fetched by whoever took it over.
#[cfg(unix)]
fn is_zombie(pid: &str) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains(") Z "))
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_written_ends_with_three() {
    for arguments in [
        &["explain", "--demo", "-o", "json"][..],
        &["explain", "--demo", "-o", "yaml"],
        &["explain", "--demo", "-o", "name"],
        &["explain", "--demo", "-o", "wide"],
        &["--help"],
        &["explain", "--help"],
        &["--version"],
    ] {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .expect("Linux has it");
        let output = program(arguments)
            .stdout(full)
            .stderr(Stdio::piped())
            .output()
            .expect("cargo built the binary for this test");
        assert_eq!(output.status.code(), Some(3), "{arguments:?}");
        assert!(
            text(&output.stderr).starts_with("error: could not write the answer"),
            "{arguments:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_at_once_with_130() {
    // It waits for standard input, which never ends.
    let mut child = program(&["explain", "--from", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cargo built the binary for this test");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(b"kind: Pod\n").expect("it reads");
    std::thread::sleep(Duration::from_millis(300));
    let began = Instant::now();
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .expect("every Unix has kill");
    assert!(killed.success());
    let code = ended_within(&mut child, Duration::from_secs(5));
    assert_eq!(code, Some(130), "after {:?}", began.elapsed());
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .expect("it is piped")
        .read_to_string(&mut stderr)
        .expect("it is text");
    assert_eq!(stderr, "");
}

#[cfg(unix)]
fn ended_within(child: &mut Child, limit: Duration) -> Option<i32> {
    let end = Instant::now() + limit;
    while Instant::now() < end {
        if let Some(status) = child.try_wait().expect("it is our child") {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().expect("it is our child");
    panic!("it did not end within {limit:?}");
}
