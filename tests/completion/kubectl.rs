//! `kubectl fargate <TAB>` through the real kubectl, which calls the file that `completion install` writes.

use std::path::Path;
use std::process::{Command, Output};

use crate::{BINARY, Told, find, folder, in_a_clean_environment, program, write};

/// A folder with the program, first on `PATH`.
fn with_program(mut command: Command, folder: &Path) -> Command {
    let programs = folder.join("bin");
    if !programs.exists() {
        std::fs::create_dir(&programs).expect("the folder is ours");
        std::os::unix::fs::symlink(BINARY, programs.join("kubectl-fargate")).expect("it is ours");
    }
    let rest = std::env::var_os("PATH").unwrap_or_default();
    let path = std::iter::once(programs).chain(std::env::split_paths(&rest));
    command.env(
        "PATH",
        std::env::join_paths(path).expect("they came out of a PATH"),
    );
    command
}

fn run(command: &mut Command) -> Output {
    command.output().expect("it starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn it_is_installed_once_and_taken_away() {
    let folder = folder();
    let completion = |words: &[&str]| {
        let command = program(folder.path(), &[&["completion"], words].concat());
        run(&mut with_program(command, folder.path()))
    };
    let file = folder.path().join("bin/kubectl_complete-fargate");
    let first = completion(&["install"]);
    assert!(
        stdout(&first).starts_with(&format!("wrote {}\n", file.display())),
        "{first:?}"
    );
    let text = std::fs::read_to_string(&file).expect("it is there");
    let second = completion(&["install"]);
    assert!(
        stdout(&second).starts_with("is there already: "),
        "{second:?}"
    );
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), text);
    assert_eq!(
        stdout(&completion(&["uninstall"])),
        format!("removed {}\n", file.display())
    );
    assert_eq!(
        stdout(&completion(&["uninstall"])),
        "there is none that this program wrote\n"
    );

    write(
        &folder.path().join("bin"),
        "kubectl_complete-fargate",
        "#!/bin/sh\n",
    );
    let refused = completion(&["install"]);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    let error = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        error.contains("did not write") && error.contains("next:"),
        "{error}"
    );
    assert_eq!(
        std::fs::read_to_string(&file).expect("it is there"),
        "#!/bin/sh\n"
    );
}

#[test]
fn another_folder_may_be_named() {
    let folder = folder();
    let output = run(&mut program(
        folder.path(),
        &["completion", "install", "--dir", "."],
    ));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(folder.path().join("kubectl_complete-fargate").is_file());
    assert!(stdout(&output).contains("not on PATH"), "{output:?}");
    let output = run(&mut program(
        folder.path(),
        &["completion", "bash", "--dir", "."],
    ));
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

#[test]
fn kubectl_completes_through_it() {
    let Some(kubectl) = find("kubectl") else {
        return;
    };
    let folder = folder();
    let install = program(folder.path(), &["completion", "install"]);
    assert!(
        run(&mut with_program(install, folder.path()))
            .status
            .success()
    );
    let asked = |words: &[&str]| {
        let mut command = Command::new(&kubectl);
        command.args([&["__complete", "fargate"], words].concat());
        let command = with_program(
            in_a_clean_environment(command, folder.path()),
            folder.path(),
        );
        let mut told = Told::by(command);
        // kubectl tells there how it went.
        told.stderr.clear();
        told
    };
    asked(&["explain", "--demo", "-n", "sh"]).expect(&["shop"], "4", "a namespace");
    asked(&["explain", "--demo", "cart"]).expect(&["cart-0"], "4", "a pod");
    asked(&["explain", "--demo", "statef"]).expect(&["statefulset/"], "6", "a type");
    asked(&["explain", "--demo", "sts/c"]).expect(&["sts/cart"], "4", "a workload");
    asked(&["reasons", "TooB"]).expect(&["TooBig"], "4", "a reason");
    asked(&["explain", "--kubeconfig", ""]).expect(&[], "0", "a file");
    asked(&["expl"]).expect(&["explain"], "4", "a subcommand");
    asked(&["explain", "--color=al"]).expect(&["always"], "4", "a value behind its flag");
}
