//! Text of strangers on its way out of the real binary: commands that are pasted into real shells, errors that quote what was typed,
//! what servers said, what files are called; and megabytes.
//!
//! Which field holds it is walked in `tests/inside/hostile_fields.rs`.

#[path = "support/api_server.rs"]
#[allow(dead_code)]
mod api_server;
#[path = "support/program.rs"]
#[allow(dead_code)]
mod program;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use api_server::{Answer, Stub};
use kubectl_fargate::decision::facts::characters::is_unsafe;
use serde_json::{Value, json};
use tempfile::TempDir;

/// What a terminal obeys, and what eyes do not see.
const STEERING: &str = "h05\u{1b}[2J\u{1b}]8;;http://x\u{7}\u{9b}31m\u{7f}\u{8}\r\u{85}\u{202e}\u{2066}\u{200b}\u{2028}\u{e0041}x";

/// Fails where a terminal would obey any of it, line breaks aside.
fn assert_shown(what: &str, text: &str) {
    let obeyed = text.chars().find(|c| *c != '\n' && is_unsafe(*c));
    assert_eq!(obeyed, None, "{what}: {text:?}");
}

/// Names that do harm where a shell, kubectl or a file system takes them at their word.
const NAMES: &[&str] = &[
    "-rf",
    "--kubeconfig=evil",
    "$(touch PWNED)",
    "`touch PWNED`",
    "a'; touch PWNED; '",
    "a\"; touch PWNED; \"",
    "a\ntouch PWNED\n",
    "!!",
    "a!b",
    "~root",
    "*",
    "a b",
    "x{1,2}y",
    "../../PWNED",
    "/PWNED",
    "back\\slash",
    "#note",
    "a & touch PWNED",
    "a > PWNED",
    "a\rtouch PWNED\r",
    "\u{2018}; touch PWNED; \u{2018}",
    "=ls",
    "%1",
    "file:///etc/passwd",
    "a,b=c",
    "\u{1b}[2J",
    "[a-z]",
    "",
];

/// Every name in the objects (of objects, namespaces, containers) is given a hostile one, the same wherever it stands.
fn renamed(tree: &mut Value, names: &BTreeMap<String, String>) {
    match tree {
        Value::String(text) => {
            if let Some(name) = names.get(text.as_str()) {
                *text = name.clone();
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(|one| renamed(one, names)),
        Value::Object(fields) => fields.iter_mut().for_each(|(key, value)| {
            // Otherwise nothing is left of what is to be told.
            if !["kind", "apiVersion", "reason", "component", "type"].contains(&key.as_str()) {
                renamed(value, names);
            }
        }),
        _ => {}
    }
}

fn names_in(tree: &Value, names: &mut BTreeSet<String>) {
    match tree {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(name)
                        if ["name", "namespace", "clusterName", "fargateProfileName"]
                            .contains(&key.as_str()) =>
                    {
                        names.insert(name.clone());
                    }
                    _ => names_in(value, names),
                }
            }
        }
        Value::Array(elements) => elements.iter().for_each(|one| names_in(one, names)),
        _ => {}
    }
}

/// The documents of a scenario's folder and its profiles, as far as they are plain data.
fn scenario(folder: &Path) -> (Vec<Value>, Vec<Value>) {
    let read = |path: &Path| -> Vec<Value> {
        let text = fs::read_to_string(path).unwrap_or_default();
        match path.extension().is_some_and(|ending| ending == "json") {
            true => serde_json::Deserializer::from_str(&text)
                .into_iter()
                .map_while(Result::ok)
                .collect(),
            false => serde_saphyr::from_multiple(&text).unwrap_or_default(),
        }
    };
    let mut objects = Vec::new();
    for entry in fs::read_dir(folder.join("cluster"))
        .into_iter()
        .flatten()
        .flatten()
    {
        objects.extend(read(&entry.path()).into_iter().filter(Value::is_object));
    }
    (objects, read(&folder.join("profiles.json")))
}

fn scenarios() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let entries = fs::read_dir(root).expect("the scenarios are there");
    let mut folders: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

fn commands_in(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::Array(commands) if key == "commands" => {
                        found.extend(commands.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    _ => commands_in(value, found),
                }
            }
        }
        Value::Array(elements) => elements.iter().for_each(|one| commands_in(one, found)),
        _ => {}
    }
}

/// Shells, and programs that write down how they are called instead of doing anything.
struct Bench {
    folder: TempDir,
    shells: Vec<PathBuf>,
}

/// What we tell people to run, and what a hostile name would run.
const TOOLS: &[&str] = &["kubectl", "aws", "eksctl", "vi"];
const OTHERS: &[&str] = &["touch", "ls", "do", "rm"];

impl Bench {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder for the test");
        fs::create_dir(folder.path().join("bin")).expect("a folder");
        for tool in TOOLS.iter().chain(OTHERS) {
            let path = folder.path().join("bin").join(tool);
            let script = format!(
                "#!/bin/sh\nprintf '%s\\0' '{tool}' \"$@\" >> \"$ASKED\"\nprintf '\\0' >> \"$ASKED\"\n"
            );
            fs::write(&path, script).expect("a program");
            let status = Command::new("chmod").arg("755").arg(&path).status();
            assert!(status.expect("there is chmod").success());
        }
        let shells = ["/bin/sh", "/bin/bash", "/usr/bin/zsh", "/bin/zsh"];
        let shells = shells
            .iter()
            .map(PathBuf::from)
            .filter(|path| path.exists())
            .collect();
        Self { folder, shells }
    }

    /// Runs a text as somebody who pastes it; returns how programs were called, and which files there are then.
    fn pasted(&self, shell: &Path, text: &str) -> (Vec<Vec<String>>, Vec<String>) {
        let here = self.folder.path().join("here");
        let asked = self.folder.path().join("asked");
        fs::create_dir(&here).expect("a folder");
        fs::write(&asked, "").expect("a file");
        // Nobody types NUL, and no argument holds one.
        let output = Command::new(shell)
            .arg("-c")
            .arg(text.replace('\0', ""))
            .env_clear()
            .env("PATH", self.folder.path().join("bin"))
            .env("ASKED", &asked)
            .env("HOME", &here)
            .current_dir(&here)
            .stdin(Stdio::null())
            .output()
            .expect("the shell is there");
        drop(output);
        let calls = fs::read(&asked).expect("it is there");
        let calls = String::from_utf8_lossy(&calls);
        let calls = calls
            .split_terminator("\0\0")
            .map(|call| call.split('\0').map(str::to_owned).collect())
            .collect();
        let files = fs::read_dir(&here).expect("it is there").flatten();
        let files = files
            .map(|file| file.file_name().to_string_lossy().into_owned())
            .collect();
        fs::remove_dir_all(&here).expect("it is ours");
        (calls, files)
    }
}

/// What a command means: its words, and the file that it writes.
fn meant(command: &str) -> (Vec<String>, Vec<String>) {
    let (command, file) = match command.rsplit_once(" > ") {
        Some((before, file)) if !file.contains(['\'', ' ']) => (before, vec![file.to_owned()]),
        _ => (command, Vec::new()),
    };
    let mut words = shell_words::split(command).expect("a whole command");
    if words[0] == "${EDITOR:-vi}" {
        words[0] = "vi".to_owned();
    }
    (words, file)
}

/// Each scenario three times, with other names each time, asked for everything that has commands.
fn hostile_commands() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut commands, mut lines) = (BTreeSet::new(), BTreeSet::new());
    let case = TempDir::new().expect("a folder for the test");
    let mut turn = 0;
    for folder in scenarios() {
        let (mut objects, mut profiles) = scenario(&folder);
        let mut names = BTreeSet::new();
        objects
            .iter()
            .chain(&profiles)
            .for_each(|tree| names_in(tree, &mut names));
        let names: BTreeMap<String, String> = names
            .into_iter()
            .filter(|name| !name.starts_with("fargate-ip-") && !name.contains("amazonaws"))
            .map(|name| {
                turn += 1;
                (name, NAMES[turn % NAMES.len()].to_owned())
            })
            .collect();
        objects
            .iter_mut()
            .chain(&mut profiles)
            .for_each(|tree| renamed(tree, &names));
        let list = json!({"kind": "List", "apiVersion": "v1", "items": objects});
        // Lists within the list are no objects.
        fs::write(case.path().join("cluster.json"), flat(list).to_string()).expect("a file");
        let profiles: String = profiles.iter().map(|one| format!("{one}\n")).collect();
        fs::write(case.path().join("profiles.json"), profiles).expect("a file");
        let base = [
            "--from",
            "cluster.json",
            "--cluster-name",
            "pr'od",
            "--region",
            "eu west",
        ];
        let ask = |asked: &[&str]| {
            let mut arguments: Vec<String> =
                asked.iter().chain(&base).map(ToString::to_string).collect();
            if fs::metadata(case.path().join("profiles.json")).is_ok_and(|file| file.len() > 0) {
                arguments.extend(["--profiles".to_owned(), "profiles.json".to_owned()]);
            }
            let outcome = program::run(case.path(), &arguments);
            assert_shown("stderr", &outcome.stderr);
            outcome.stdout
        };
        for asked in [
            &["explain", "-A", "-o", "json"][..],
            &["suggest", "-A", "-o", "json"],
            &["profiles", "-o", "json"],
        ] {
            if let Ok(value) = serde_json::from_str(&ask(asked)) {
                commands_in(&value, &mut commands);
            }
        }
        let story = ask(&["explain", "pods", "-A"]);
        assert_shown("story", &story);
        let shown = story.lines().map(str::trim_start);
        let starts = |line: &&str| {
            TOOLS
                .iter()
                .any(|tool| line.starts_with(&format!("{tool} ")))
        };
        lines.extend(shown.filter(starts).map(str::to_owned));
    }
    (commands, lines)
}

/// Lists of a saved state, as one.
fn flat(mut list: Value) -> Value {
    let items = list["items"].take();
    let items = items.as_array().cloned().unwrap_or_default();
    let items: Vec<Value> = items
        .into_iter()
        .flat_map(|item| match item.get("items").and_then(Value::as_array) {
            Some(items) => items.clone(),
            None => vec![item],
        })
        .collect();
    list["items"] = items.into();
    list
}

#[cfg(unix)]
#[test]
fn commands_do_what_they_say_and_nothing_else() {
    let bench = Bench::new();
    let (commands, lines) = hostile_commands();
    assert!(commands.len() > 100, "only {} commands", commands.len());
    let mut wrong = Vec::new();
    for command in &commands {
        let (words, files) = meant(command);
        for shell in &bench.shells {
            let (calls, written) = bench.pasted(shell, command);
            let wanted: Vec<String> = words.iter().map(|word| word.replace('\0', "")).collect();
            if calls != [wanted] || written != files {
                wrong.push(format!(
                    "{}: {command:?} calls {calls:?} and writes {written:?}",
                    shell.display()
                ));
            }
        }
        let is_flag = |word: &&String| {
            NAMES
                .iter()
                .any(|name| name.starts_with('-') && word.starts_with(name))
        };
        if let Some(flag) = words.iter().find(is_flag) {
            wrong.push(format!("{command:?} has the flag {flag:?}"));
        }
        if files.iter().any(|file| file.contains('/')) {
            wrong.push(format!("{command:?} writes elsewhere"));
        }
    }
    // What is shown to people is pasted line by line; some of it cannot be shown as it is, and is harmless still.
    assert!(lines.len() > 100, "only {} lines", lines.len());
    for line in &lines {
        for shell in &bench.shells {
            let (calls, _) = bench.pasted(shell, line);
            if calls.len() > 1 || calls.iter().any(|call| OTHERS.contains(&call[0].as_str())) {
                wrong.push(format!("{}: {line:?} calls {calls:?}", shell.display()));
            }
        }
    }
    wrong.truncate(30);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_was_typed_is_quoted_without_being_obeyed() {
    let folder = TempDir::new().expect("a folder for the test");
    let long = "x".repeat(100_000);
    for hostile in [STEERING, "--\u{1b}[2J", "\u{9b}31m", "a\nerror: b\n", &long] {
        for arguments in [
            &["explain", hostile, "--demo"][..],
            &["explain", "-n", hostile, "--demo"],
            &["explain", "--demo", "-l", hostile],
            &["explain", "--demo", "--field-selector", hostile],
            &["explain", "--demo", "--at", hostile],
            &["explain", "--demo", "-o", hostile],
            &["explain", "--demo", "--color", hostile],
            &["explain", "--from", hostile],
            &["explain", "--demo", "--profiles", hostile],
            &["explain", "--context", hostile],
            &["explain", "--cluster", hostile],
            &["explain", "--user", hostile],
            &["explain", "--kubeconfig", hostile],
            &["explain", "--request-timeout", hostile],
            &["explain", "--cluster-name", hostile, "--demo"],
            &["explain", "-f", hostile],
            &["profiles", hostile, "--demo"],
            &["suggest", hostile, "--demo"],
            &["suggest", "--demo", "-A", "--profile-name", hostile],
            &["reasons", hostile],
            &["reasons", "-o", hostile],
            &[hostile],
        ] {
            let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
            let outcome = program::run(folder.path(), &arguments);
            assert!(
                matches!(outcome.code, Some(0 | 2 | 3)),
                "{arguments:?}: {}",
                outcome.stderr
            );
            assert_shown("stderr", &outcome.stderr);
            assert_shown("stdout", &outcome.stdout);
            assert!(
                outcome.stderr.len() < 20_000,
                "{} bytes of error",
                outcome.stderr.len()
            );
            assert!(!outcome.stderr.contains("\nerror: b"), "{}", outcome.stderr);
        }
    }
}

#[cfg(unix)]
#[test]
fn bytes_that_are_no_text_end_in_an_error() {
    use std::os::unix::ffi::OsStringExt as _;
    let bytes = OsString::from_vec(b"a\xff\x1b[2J\x9b".to_vec());
    let folder = TempDir::new().expect("a folder for the test");
    for before in [
        &["explain"][..],
        &["explain", "--from"],
        &["explain", "--demo", "--profiles"],
        &["explain", "--kubeconfig"],
        &["reasons"],
        &[],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_kubectl-fargate"))
            .args(before)
            .arg(&bytes)
            .env_clear()
            .env("HOME", folder.path())
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .output()
            .expect("cargo built the binary for this test");
        let stderr = String::from_utf8(output.stderr).expect("an error is text");
        assert!(
            matches!(output.status.code(), Some(2 | 3)),
            "{before:?}: {stderr}"
        );
        assert_shown("stderr", &stderr);
    }
}

#[cfg(unix)]
#[test]
fn names_of_files_are_shown_and_not_obeyed() {
    let folder = TempDir::new().expect("a folder for the test");
    let named = |name: &str| folder.path().join(name.replace('/', "_"));
    let pod = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web","namespace":"shop"}}"#;
    fs::create_dir(named(STEERING)).expect("file systems take it");
    fs::write(named(STEERING).join("cut\u{1b}[2J.json"), "{\"kind\":").expect("a file");
    fs::write(named(STEERING).join("pod\u{202e}.json"), pod).expect("a file");
    fs::write(named("cut\u{1b}]0;x\u{7}.json"), "{\"kind\":").expect("a file");
    let folder_name = STEERING.replace('/', "_");
    for from in [folder_name.as_str(), "cut\u{1b}]0;x\u{7}.json"] {
        for format in [&[][..], &["-o", "json"], &["-o", "yaml"], &["-o", "wide"]] {
            for flag in ["--from", "--profiles"] {
                let mut arguments = vec!["explain".to_owned()];
                if flag == "--profiles" {
                    arguments.push("--demo".to_owned());
                }
                arguments.extend([flag, from].iter().chain(format).map(ToString::to_string));
                let outcome = program::run(folder.path(), &arguments);
                assert!(matches!(outcome.code, Some(0 | 2)), "{}", outcome.stderr);
                assert_shown("stderr", &outcome.stderr);
                assert_shown("stdout", &outcome.stdout);
                if outcome.code == Some(0) && format.contains(&"json") {
                    serde_json::from_str::<Value>(&outcome.stdout).expect("JSON");
                }
            }
        }
    }
}

#[test]
fn what_a_server_says_is_shown_and_not_obeyed() {
    let said = format!("pods is forbidden: {STEERING}\nerror: not ours");
    for (status, reason) in [
        (403, "Forbidden"),
        (404, "NotFound"),
        (500, "InternalError"),
        (401, "Unauthorized"),
        (422, STEERING),
    ] {
        let message = said.clone();
        let stub = Stub::start(move |_| {
            Answer::Json(
                status,
                json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status,
                    "message": message, "reason": reason, "details": {"name": message, "kind": message,
                    "causes": [{"reason": message, "message": message, "field": message}]}}),
            )
        });
        for asked in [
            &["-n", "shop"][..],
            &["web", "-n", "shop"],
            &["deployment/web", "-n", "shop"],
            &["-A", "-o", "json"],
            &["node/n"],
        ] {
            let outcome = stub.explain(asked);
            assert!(outcome.code.is_some(), "{outcome:?}");
            assert_shown("stderr", &outcome.stderr);
            assert_shown("stdout", &outcome.stdout);
            assert!(!outcome.stderr.contains("\nerror: not ours"), "{outcome:?}");
        }
    }
    let page = "<html>\u{1b}[2J\u{202e}<title>\u{9b}31m</title>\r\n</html>";
    let stub = Stub::start(move |_| Answer::Text(502, page));
    let outcome = stub.explain(&["-A"]);
    assert_shown("stderr", &outcome.stderr);
}

/// The kubeconfig comes from elsewhere as often as not.
#[cfg(unix)]
#[test]
fn what_a_kubeconfig_holds_is_shown_and_not_obeyed() {
    let folder = TempDir::new().expect("a folder for the test");
    let says = "printf 'login: \\033[2J\\007\\302\\233\\342\\200\\256 failed\\n' >&2; exit 3";
    let exec = |command: &str, script: &str| {
        json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": command,
            "args": ["-c", script], "installHint": STEERING, "interactiveMode": "Never"}})
    };
    let rubbish = "printf '\\033[2Jtoken'";
    for (number, (user, server)) in [
        (exec("/bin/sh", says), "https://127.0.0.1:1"),
        (exec("/bin/sh", rubbish), "https://127.0.0.1:1"),
        (exec(STEERING, says), "https://127.0.0.1:1"),
        (json!({"token": "t"}), STEERING),
        (json!({"token": STEERING}), "https://127.0.0.1:1"),
        (
            json!({"client-certificate": STEERING, "client-key": STEERING}),
            "https://127.0.0.1:1",
        ),
        (
            json!({"auth-provider": {"name": STEERING}}),
            "https://127.0.0.1:1",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let kubeconfig = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": STEERING,
            "clusters": [{"name": STEERING, "cluster": {"server": server}}],
            "contexts": [{"name": STEERING, "context": {"cluster": STEERING, "user": STEERING, "namespace": STEERING}}],
            "users": [{"name": STEERING, "user": user}],
        });
        fs::write(folder.path().join("kubeconfig"), kubeconfig.to_string()).expect("a file");
        for asked in [
            &["explain"][..],
            &["explain", "-o", "json"],
            &["profiles"],
            &["explain", "--context", "other"],
        ] {
            let mut arguments: Vec<String> = asked.iter().map(ToString::to_string).collect();
            arguments.extend(
                ["--kubeconfig", "kubeconfig", "--request-timeout", "2s"].map(str::to_owned),
            );
            let outcome = program::run(folder.path(), &arguments);
            assert!(
                outcome.code.is_some_and(|code| code < 100),
                "{number}: {}",
                outcome.stderr
            );
            assert_shown(&format!("stderr {number} {asked:?}"), &outcome.stderr);
            assert_shown(&format!("stdout {number} {asked:?}"), &outcome.stdout);
        }
    }
}

/// Where a megabyte stands, a person sees a piece of it, and a program has it whole, though not many times.
#[test]
fn megabytes_are_cut_for_eyes_and_whole_for_programs() {
    const LENGTH: usize = 1 << 20;
    let long = "m".repeat(LENGTH);
    let pod = |name: &str, namespace: &str, label: &str, annotation: &str, said: &str| {
        json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": namespace, "uid": "1", "creationTimestamp": "2026-01-01T00:00:00Z",
                "labels": {"app": label, "eks.amazonaws.com/fargate-profile": "apps"},
                "annotations": {"CapacityProvisioned": annotation, "eks.amazonaws.com/compute-type": annotation}},
            "spec": {"schedulerName": "fargate-scheduler", "containers": [{"name": "web"}]},
            "status": {"phase": "Pending", "reason": said, "message": said,
                "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": said}],
                "containerStatuses": [{"name": "web", "state": {"waiting": {"reason": "CrashLoopBackOff", "message": said}}}]}})
    };
    let event = |reason: &str, message: &str, component: &str| {
        json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e", "namespace": "shop"}, "type": "Warning",
            "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "web", "uid": "1"},
            "reason": reason, "message": message, "source": {"component": component}, "lastTimestamp": "2026-01-01T00:01:00Z"})
    };
    let profile = |name: &str, namespace: &str, value: &str| {
        json!({"fargateProfile": {"fargateProfileName": name, "clusterName": "prod", "status": "ACTIVE",
            "selectors": [{"namespace": namespace, "labels": {"app": value}}]}})
    };
    let plain = || pod("web", "shop", "web", "", "");
    let quiet = || event("FailedScheduling", "no", "fargate-scheduler");
    let usual = || profile("apps", "shop", "web");
    for (what, pod, event, profile) in [
        (
            "a message",
            plain(),
            event("FailedScheduling", &long, "fargate-scheduler"),
            usual(),
        ),
        (
            "a refusal",
            plain(),
            event(
                "FailedScheduling",
                &format!("Pod not supported: {long}"),
                "fargate-scheduler",
            ),
            usual(),
        ),
        (
            "a reason",
            plain(),
            event(&long, "no", "fargate-scheduler"),
            usual(),
        ),
        (
            "a reporter",
            plain(),
            event("FailedScheduling", "no", &long),
            usual(),
        ),
        (
            "a name",
            pod(&long, "shop", "web", "", ""),
            quiet(),
            usual(),
        ),
        (
            "a namespace",
            pod("web", &long, "web", "", ""),
            quiet(),
            usual(),
        ),
        (
            "a label",
            pod("web", "shop", &long, "", ""),
            quiet(),
            usual(),
        ),
        (
            "an annotation",
            pod("web", "shop", "web", &long, ""),
            quiet(),
            usual(),
        ),
        (
            "a status",
            pod("web", "shop", "web", "", &long),
            quiet(),
            usual(),
        ),
        ("a profile", plain(), quiet(), profile(&long, "shop", "web")),
        (
            "a selector",
            plain(),
            quiet(),
            profile("apps", "shop", &long),
        ),
    ] {
        let folder = TempDir::new().expect("a folder for the test");
        let list = json!({"apiVersion": "v1", "kind": "List", "items": [pod, event]});
        fs::write(folder.path().join("cluster.json"), list.to_string()).expect("a file");
        fs::write(folder.path().join("profiles.json"), profile.to_string()).expect("a file");
        let given = ["--from", "cluster.json", "--profiles", "profiles.json"];
        let ask = |asked: &[&str]| {
            let arguments: Vec<String> = asked
                .iter()
                .chain(&given)
                .map(ToString::to_string)
                .collect();
            let outcome = program::run(folder.path(), &arguments);
            assert!(
                matches!(outcome.code, Some(0 | 2)),
                "{what} {asked:?}: {}",
                outcome.stderr
            );
            assert!(
                outcome.stderr.len() < 20_000,
                "{what} {asked:?}: {} bytes of error",
                outcome.stderr.len()
            );
            outcome.stdout
        };
        for asked in [
            &["explain", "-A"][..],
            &["explain", "-A", "-o", "wide"],
            &["explain", "-A", "-o", "name"],
            &["explain", "pods", "-A"],
            &["profiles"],
            &["profiles", "--pods"],
            &["suggest", "-A"],
            &["suggest", "-A", "-o", "aws"],
        ] {
            let text = ask(asked);
            assert!(
                text.len() < 100_000,
                "{what} {asked:?}: {} bytes",
                text.len()
            );
        }
        for asked in [
            &["explain", "-A", "-o", "json"][..],
            &["profiles", "-o", "json"],
            &["suggest", "-A", "-o", "json"],
        ] {
            let text = ask(asked);
            let copies = text.len() / LENGTH;
            assert!(copies < 4, "{what} {asked:?}: {copies} copies");
            if !text.is_empty() {
                serde_json::from_str::<Value>(&text).expect("JSON");
            }
        }
    }
}
