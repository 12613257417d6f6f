//! The man pages are made, hold every flag, and are such that man shows them.

use std::process::Command;

use clap::{ArgAction, CommandFactory as _};
use kubectl_fargate::cli::Cli;

use crate::{find, folder, pages};

/// A text without signs, and without what roff writes for quotes.
fn letters(text: &str) -> String {
    let text = text.replace("\\*(Aq", "").replace("\\(aq", "");
    let text = text
        .replace("\\e", "")
        .replace("\\fB", "")
        .replace("\\fR", "");
    text.chars()
        .filter(|letter| letter.is_alphanumeric())
        .collect()
}

#[test]
fn the_pages_hold_every_flag() {
    let folder = folder();
    pages::write(folder.path()).expect("the folder is ours");
    let mut command = Cli::command();
    command.build();
    let mut names = vec!["kubectl-fargate".to_owned()];
    for subcommand in command.get_subcommands() {
        if subcommand.is_hide_set() || subcommand.get_name() == "help" {
            continue;
        }
        let name = format!("kubectl-fargate-{}", subcommand.get_name());
        let page = std::fs::read_to_string(folder.path().join(format!("{name}.1"))).expect(&name);
        let shown = page.replace("\\-", "-");
        for flag in subcommand
            .get_arguments()
            .filter(|flag| !flag.is_hide_set())
        {
            if let Some(long) = flag.get_long() {
                assert!(
                    shown.contains(&format!("--{long}")),
                    "{name}: --{long}\n{shown}"
                );
            }
            if matches!(flag.get_action(), ArgAction::Help | ArgAction::Version) {
                continue;
            }
            let help = flag.get_help().map(ToString::to_string);
            let help = letters(&help.unwrap_or_default());
            assert!(letters(&shown).contains(&help), "{name}: {help}\n{shown}");
        }
        assert!(!shown.contains("more with"), "{name}: a page has all");
        let below = subcommand.get_after_help().map(ToString::to_string);
        for line in below.unwrap_or_default().lines() {
            let shown = letters(&shown).to_lowercase();
            assert!(
                shown.contains(&letters(line).to_lowercase()),
                "{name}: {line}"
            );
        }
        names.push(name);
    }
    let whole =
        std::fs::read_to_string(folder.path().join("kubectl-fargate.1")).expect("it is there");
    for name in &names[1..] {
        assert!(whole.replace("\\-", "-").contains(name.as_str()), "{name}");
    }
    let made = std::fs::read_dir(folder.path())
        .expect("it is there")
        .count();
    assert_eq!(made, names.len(), "a page each, and no more");

    for (program, arguments) in [
        ("mandoc", &["-T", "lint", "-W", "error"][..]),
        (
            "man",
            &["--warnings=w", "-E", "UTF-8", "-l", "-Tutf8", "-Z"],
        ),
    ] {
        let Some(program) = find(program) else {
            continue;
        };
        for name in &names {
            let output = Command::new(&program)
                .args(arguments)
                .arg(folder.path().join(format!("{name}.1")))
                .output()
                .expect("it is there");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && said.is_empty(), "{name}: {said}");
        }
    }
}
