//! The man pages are made, hold every flag, and are such that man shows them.

use std::process::Command;

use clap::CommandFactory as _;
use kubectl_fargate::cli::Cli;

use crate::{find, folder, pages};

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
