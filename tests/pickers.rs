//! The questions to whoever sits at the terminal: asked where a name was near enough, never where nobody can answer.
#![cfg(unix)]

#[path = "support/program.rs"]
#[expect(dead_code, reason = "commands that end badly are wanted here, too")]
mod program;
#[path = "support/terminal.rs"]
mod terminal;

use std::{path::Path, process::Command};

use terminal::{CONTROL_C, DOWN, ENTER, ESCAPE, Ending, Terminal};

/// The binary, away from this machine's clusters and credentials.
fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-fargate"));
    command
        .args(arguments)
        .env_clear()
        .env("HOME", folder)
        .env("LC_ALL", "C.UTF-8")
        .env("TZ", "UTC")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .current_dir(folder);
    command
}

/// Runs it on a terminal of 80 columns, waits for the first words and types the keys.
fn on_terminal(arguments: &[&str], first: &str, keys: &[&str]) -> Ending {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut terminal = Terminal::start(&mut command(folder.path(), arguments), 80, 24);
    terminal.wait_for(first);
    for key in keys {
        terminal.press(key);
    }
    terminal.end()
}

const QUESTION: &str = "there is no pod frontend; which was meant?";

#[test]
fn a_name_that_begins_others_is_asked_about() {
    let ending = on_terminal(&["explain", "frontend", "--demo"], QUESTION, &[ENTER]);
    assert_eq!(ending.code, Some(0), "{}", ending.text);
    assert!(ending.is_restored, "{}", ending.text);
    assert!(
        ending.text.contains("deployment/frontend"),
        "{}",
        ending.text
    );
    assert!(ending.text.contains("LabelMismatch"), "{}", ending.text);
}

#[test]
fn arrows_and_letters_choose() {
    let of_pod = |ending: &Ending| ending.text.contains("shop/frontend-w2kpdwxqb-2r9pt");
    let arguments = ["explain", "frontend", "--demo"];
    let first_pod = on_terminal(&arguments, QUESTION, &[DOWN, ENTER]);
    assert_eq!(first_pod.code, Some(0), "{}", first_pod.text);
    assert!(of_pod(&first_pod), "{}", first_pod.text);
    let typed = on_terminal(&arguments, QUESTION, &["pcg", ENTER]);
    assert_eq!(typed.code, Some(0), "{}", typed.text);
    assert!(
        typed.text.contains("shop/frontend-w2kpdwxqb-pcgjg"),
        "{}",
        typed.text
    );
}

#[test]
fn whoever_wants_none_of_them_gets_130_and_the_terminal_back() {
    for key in [ESCAPE, CONTROL_C] {
        for (arguments, question) in [
            (&["explain", "frontend", "--demo"][..], QUESTION),
            (&["explain", "--interactive", "--demo"], "Which pod?"),
            (&["profiles", "app", "--demo"], "which was meant?"),
            (&["suggest", "frontend", "--demo"], QUESTION),
        ] {
            let ending = on_terminal(arguments, question, &[key]);
            assert_eq!(ending.code, Some(130), "{arguments:?}: {}", ending.text);
            assert!(ending.is_restored, "{arguments:?}: {}", ending.text);
            assert!(!ending.text.contains("error:"), "{}", ending.text);
        }
    }
}

#[test]
fn a_signal_from_elsewhere_leaves_the_terminal_as_it_was() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let arguments = ["explain", "--interactive", "--demo"];
    let mut terminal = Terminal::start(&mut command(folder.path(), &arguments), 80, 24);
    terminal.wait_for("Which pod?").wait_for("batch/");
    terminal.interrupt();
    let ending = terminal.end();
    assert_eq!(ending.code, Some(130), "{}", ending.text);
    assert!(ending.is_restored, "{}", ending.text);
}

#[test]
fn any_pod_of_the_question_can_be_picked() {
    let ending = on_terminal(
        &["explain", "-i", "-n", "payments", "--demo"],
        "Which pod?",
        &["ledger", ENTER],
    );
    assert_eq!(ending.code, Some(0), "{}", ending.text);
    assert!(ending.text.contains("payments/ledger-"), "{}", ending.text);
    assert!(ending.text.contains("OlderThanProfile"), "{}", ending.text);
}

#[test]
fn any_profile_can_be_picked() {
    let ending = on_terminal(
        &["profiles", "-i", "--demo"],
        "Which profile?",
        &["batch", ENTER],
    );
    assert_eq!(ending.code, Some(0), "{}", ending.text);
    assert!(ending.is_restored, "{}", ending.text);
    assert!(
        ending.text.contains("PrivilegedContainer"),
        "the page of that profile: {}",
        ending.text
    );
}

#[test]
fn profiles_and_suggestions_are_asked_about_as_well() {
    let ending = on_terminal(&["profiles", "app", "--demo"], "which was meant?", &[ENTER]);
    assert_eq!(ending.code, Some(0), "{}", ending.text);
    assert!(ending.text.contains("apps"), "{}", ending.text);
    let ending = on_terminal(&["suggest", "frontend", "--demo"], QUESTION, &[ENTER]);
    assert_eq!(ending.code, Some(0), "{}", ending.text);
    assert!(
        ending.text.contains("suggest deployment/frontend"),
        "the command to type again names what was picked: {}",
        ending.text
    );
}

#[test]
fn nobody_is_asked_who_forbids_it_or_gives_the_answer_to_a_program() {
    for more in [&["--no-input"][..], &["-o", "json"], &["-o", "name"]] {
        let arguments = [&["explain", "frontend", "--demo"], more].concat();
        let ending = on_terminal(&arguments, "names like it", &[]);
        assert_eq!(ending.code, Some(2), "{more:?}: {}", ending.text);
        assert!(
            ending.text.contains("error: there is no pod frontend"),
            "{}",
            ending.text
        );
    }
}

#[test]
fn nobody_is_asked_where_one_of_the_streams_is_no_terminal() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let arguments = ["explain", "frontend", "--demo"].map(str::to_owned);
    let outcome = program::run(folder.path(), &arguments);
    assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("names like it"),
        "{}",
        outcome.stderr
    );
    for redirection in ["</dev/null", ">/dev/null", "2>error.txt"] {
        let script = format!("exec \"$BINARY\" explain frontend --demo {redirection}");
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", &script])
            .env_clear()
            .env("BINARY", env!("CARGO_BIN_EXE_kubectl-fargate"))
            .env("HOME", folder.path())
            .env("LC_ALL", "C.UTF-8")
            .current_dir(folder.path());
        let ending = Terminal::start(&mut shell, 80, 24).end();
        assert_eq!(ending.code, Some(2), "{redirection}: {}", ending.text);
        assert!(!ending.text.contains("which was meant"), "{}", ending.text);
    }
    let mut dumb = command(folder.path(), &["explain", "frontend", "--demo"]);
    let ending = Terminal::start_as(&mut dumb, "dumb", 80, 24).end();
    assert_eq!(ending.code, Some(2), "TERM=dumb: {}", ending.text);
}

#[test]
fn a_question_that_needs_an_answer_says_so_where_nobody_can_give_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for command in ["explain", "profiles"] {
        let arguments = [command, "-i", "--demo"].map(str::to_owned);
        let outcome = program::run(folder.path(), &arguments);
        assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
        assert!(
            outcome.stderr.contains("standard input is no terminal"),
            "{}",
            outcome.stderr
        );
    }
}

#[test]
fn names_of_strangers_are_drawn_without_obeying_them() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let hostile = "web-\u{1b}]0;owned\u{7}\u{1b}[2J\u{202e}x";
    let pod = |name: &str| serde_json::json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop"}, "spec": {}, "status": {"phase": "Pending"}});
    let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": [pod(hostile), pod("web-b")]});
    std::fs::write(folder.path().join("pods.json"), list.to_string()).expect("the folder is ours");
    let arguments = ["explain", "web", "--from", "pods.json"];
    let mut terminal = Terminal::start(&mut command(folder.path(), &arguments), 80, 24);
    terminal.wait_for("which was meant?").wait_for("web-b");
    terminal.press(ESCAPE);
    let ending = terminal.end();
    assert_eq!(ending.code, Some(130), "{}", ending.text);
    assert!(ending.text.contains(r"web-\u{1b}"), "{}", ending.text);
    for obeyed in ["\x1b]0", "\x07", "\u{202e}"] {
        assert!(!ending.raw.contains(obeyed), "{:?}", ending.raw);
    }
}

#[test]
fn the_demo_shows_a_fix_and_runs_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let arguments =
        ["explain", "pod/frontend-w2kpdwxqb-2r9pt", "--fix", "--demo"].map(str::to_owned);
    let outcome = program::run(folder.path(), &arguments);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    for words in [
        "To be run by --fix",
        "kubectl -n shop patch deployment/frontend",
        "The demo is no cluster: nothing is run.",
    ] {
        assert!(outcome.stdout.contains(words), "{}", outcome.stdout);
    }
}

#[test]
fn a_fix_that_cannot_be_meant_is_refused_kindly() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(
        folder.path().join("pods.json"),
        "{\"kind\":\"PodList\",\"items\":[]}",
    )
    .expect("the folder is ours");
    for (arguments, words) in [
        (
            &["explain", "deployment/frontend", "--fix", "--demo"][..],
            "--fix is about one pod, and this is about 2",
        ),
        (
            &["explain", "--fix", "--from", "pods.json"],
            "--fix changes a live cluster",
        ),
        (
            &["explain", "--fix", "-o", "json", "--demo"],
            "leave out -o",
        ),
    ] {
        let arguments: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
        let outcome = program::run(folder.path(), &arguments);
        assert_eq!(outcome.code, Some(2), "{arguments:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(words), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("next:"), "{}", outcome.stderr);
    }
}
