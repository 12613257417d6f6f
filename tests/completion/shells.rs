//! The scripts in the shells that they are for.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{BINARY, find, folder, in_a_clean_environment, write};

/// What a script prints in a shell, in a folder where `kubectl-fargate` is the first of its name on `PATH`.
fn printed(shell: &Path, arguments: &[&str], folder: &Path) -> String {
    let programs = folder.join("bin");
    if !programs.exists() {
        std::fs::create_dir(&programs).expect("the folder is ours");
        std::os::unix::fs::symlink(BINARY, programs.join("kubectl-fargate")).expect("it is ours");
    }
    let mut command = Command::new(shell);
    command.args(arguments);
    let mut command = in_a_clean_environment(command, folder);
    let rest = std::env::var_os("PATH").unwrap_or_default();
    let path = std::iter::once(programs).chain(std::env::split_paths(&rest));
    command.env(
        "PATH",
        std::env::join_paths(path).expect("they came out of a PATH"),
    );
    command.env("TERM", "dumb");
    let output = command.output().expect("the shell starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn bash() -> PathBuf {
    find("bash").expect("tests/run is written in bash")
}

/// What bash is given for a line: as readline gives line, cursor and last word to the function that `complete` names.
fn in_bash(folder: &Path, kind: &str, line: &str, end: &str) -> Vec<String> {
    let script = r#"
        source <(kubectl-fargate completion bash)
        read -r _ _ function _ < <(complete -p kubectl-fargate)
        compopt() { printf 'compopt %s\n' "$*"; }
        COMP_LINE=$2 COMP_POINT=${#2} COMP_TYPE=$1 COLUMNS=60
        "$function" kubectl-fargate "$3" ''
        ((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let arguments = [
        "--noprofile",
        "--norc",
        "-u",
        "-c",
        script,
        "bash",
        kind,
        line,
        end,
    ];
    printed(&bash(), &arguments, folder)
        .lines()
        .map(str::to_owned)
        .collect()
}

#[test]
fn bash_completes() {
    let folder = folder();
    let colons = "contexts: [{name: 'arn:aws:eks:x:1:cluster/prod', context: {cluster: c, user: u}}]\nclusters: []\nusers: []\n";
    write(folder.path(), "config", colons);
    for (line, end, wanted, why) in [
        (
            "kubectl-fargate expl",
            "expl",
            &["explain"][..],
            "a subcommand",
        ),
        (
            "kubectl-fargate explain --demo -n sh",
            "sh",
            &["shop"],
            "a value",
        ),
        (
            "kubectl-fargate explain --demo --namespace=sh",
            "sh",
            &["shop"],
            "bash cuts at =",
        ),
        (
            "kubectl-fargate explain --demo -nsh",
            "-nsh",
            &["-nshop"],
            "a value behind a letter",
        ),
        (
            "kubectl-fargate explain --demo 'car",
            "car",
            &["cart-0"],
            "an open quote",
        ),
        (
            "kubectl-fargate explain --demo statef",
            "statef",
            &["compopt -o nospace", "statefulset/"],
            "it goes on",
        ),
        (
            "kubectl-fargate explain --demo sts/",
            "sts/",
            &["sts/cart"],
            "a workload",
        ),
        (
            "kubectl-fargate explain --kubeconfig config --context arn:aws:e",
            "e",
            &["eks:x:1:cluster/prod"],
            "bash cuts at :",
        ),
        (
            "kubectl-fargate explain --kubeconfig con",
            "con",
            &["compopt -o default"],
            "a file",
        ),
        (
            "kubectl-fargate explain --demo $(touch evil) ca",
            "ca",
            &[
                "cart-0",
                "catalog-l7cl9wbjsm-56f5l",
                "catalog-l7cl9wbjsm-n75fx",
            ],
            "nothing is run",
        ),
        (
            "kubectl-fargate explain --nothing=",
            "",
            &[],
            "nothing to offer",
        ),
    ] {
        assert_eq!(
            in_bash(folder.path(), "9", line, end),
            wanted,
            "{why}: {line}"
        );
    }
    assert!(
        !folder.path().join("evil").exists(),
        "a line is read, not run"
    );
}

#[test]
fn bash_lists_what_each_is() {
    let folder = folder();
    let listed = in_bash(folder.path(), "63", "kubectl-fargate explain --color=", "");
    assert_eq!(
        listed,
        [
            "auto    (On a terminal, unless NO_COLOR is set)",
            "always  (Always)",
            "never   (Never)"
        ]
    );
    let inserted = in_bash(folder.path(), "9", "kubectl-fargate explain --color=", "");
    assert_eq!(
        inserted,
        ["auto", "always", "never"],
        "words alone are put in"
    );
    let long = in_bash(folder.path(), "63", "kubectl-fargate ", "");
    assert!(
        long.iter().all(|line| line.chars().count() < 60),
        "{long:?}"
    );
}

#[test]
fn zsh_completes() {
    let Some(zsh) = find("zsh") else { return };
    let folder = folder();
    write(folder.path(), "config", "{}");
    // Keys are typed on a terminal of zsh's own making; return shows the line as it then stands.
    let script = r#"
        zmodload zsh/zpty || exit 1
        export ZDOTDIR=$PWD
        zpty -b shell zsh -f -i
        zpty -w shell 'PS1=; autoload -Uz compinit; compinit -u -D; source <(kubectl-fargate completion zsh)'
        zpty -w shell 'show() { print -r -- "$BUFFER" >>shown; BUFFER= }; zle -N show; bindkey "^M" show; bindkey "^I" complete-word; : >ready'
        # Whoever waits in vain prints what the terminal showed.
        pause() { (( ++pauses < 600 )) || { zpty -r shell; exit 1 }; sleep 0.1; zpty -r -t shell output }
        while [[ ! -e ready ]]; do pause; done
        lines=0
        for line in "$@"; do
            zpty -w -n shell $line$'\t\r'
            (( lines += 1 ))
            until [[ -e shown && $(wc -l <shown) -ge $lines ]]; do pause; done
        done
        cat shown
    "#;
    let cases = [
        ("kubectl-fargate expl", "kubectl-fargate explain "),
        (
            "kubectl-fargate explain --demo -n sh",
            "kubectl-fargate explain --demo -n shop ",
        ),
        (
            "kubectl-fargate explain --demo -n=sh",
            "kubectl-fargate explain --demo -n=shop ",
        ),
        (
            "kubectl-fargate explain --demo statef",
            "kubectl-fargate explain --demo statefulset/",
        ),
        (
            "kubectl-fargate explain --demo sts/ca",
            "kubectl-fargate explain --demo sts/cart ",
        ),
        (
            "kubectl-fargate explain --kubeconfig=con",
            "kubectl-fargate explain --kubeconfig=config ",
        ),
        (
            "kubectl-fargate reasons toob",
            "kubectl-fargate reasons TooBig ",
        ),
        (
            "kubectl-fargate explain $(touch evil) --no-h",
            "kubectl-fargate explain $(touch evil) --no-headers ",
        ),
    ];
    let mut arguments = vec!["-f", "-c", script, "zsh"];
    arguments.extend(cases.iter().map(|(typed, _)| *typed));
    let shown = printed(&zsh, &arguments, folder.path());
    let wanted: Vec<&str> = cases.iter().map(|(_, wanted)| *wanted).collect();
    assert_eq!(shown.lines().collect::<Vec<_>>(), wanted);
    assert!(
        !folder.path().join("evil").exists(),
        "a line is read, not run"
    );
}

#[test]
fn fish_completes() {
    let Some(fish) = find("fish") else { return };
    let folder = folder();
    write(folder.path(), "config", "{}");
    let script = "kubectl-fargate completion fish | source; complete -C $argv[1]";
    for (typed, wanted) in [
        ("kubectl-fargate expl", "explain\tTell where pods are, "),
        ("kubectl-fargate explain --demo -n sh", "shop\n"),
        ("kubectl-fargate explain --demo -n=sh", "-n=shop\n"),
        ("kubectl-fargate explain --demo statef", "statefulset/\n"),
        ("kubectl-fargate explain --demo sts/ca", "sts/cart\n"),
        (
            "kubectl-fargate explain --kubeconfig=con",
            "--kubeconfig=config",
        ),
        ("kubectl-fargate explain --kubeconfig con", "config"),
        ("kubectl-fargate reasons TooB", "TooBig\t"),
    ] {
        let shown = printed(&fish, &["--no-config", "-c", script, typed], folder.path());
        assert!(
            shown.starts_with(wanted) && shown.lines().count() == 1,
            "{typed}: {shown:?}"
        );
    }
}

/// PowerShell is seldom there; that its script asks as the others do is looked at.
#[test]
fn every_script_asks_the_program() {
    let folder = folder();
    for (shell, asks) in [
        ("bash", "__complete-line"),
        ("zsh", "__complete "),
        ("fish", "__complete "),
        ("powershell", "__complete-next"),
    ] {
        let script = "kubectl-fargate completion \"$1\"";
        let text = printed(&bash(), &["-c", script, "bash", shell], folder.path());
        assert!(text.contains(asks), "{shell}: {text}");
        assert!(
            text.contains("kubectl fargate completion install"),
            "{shell}: {text}"
        );
    }
}
