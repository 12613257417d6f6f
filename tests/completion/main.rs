//! Completion from outside: what the binary tells shells, what real shells make of it, the real kubectl, and the man pages.
//!
//! A shell that is not there is told in one line, and its tests pass.

#[path = "../support/api_server.rs"]
#[expect(dead_code, reason = "what misbehaving servers need is not needed here")]
mod api_server;
mod cluster;
mod known;
mod kubectl;
mod logins;
mod man;
#[path = "../../krew/man/pages.rs"]
mod pages;
mod shells;

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const BINARY: &str = env!("CARGO_BIN_EXE_kubectl-fargate");

/// What was told, and how it ended.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    /// Words without what they are.
    words: Vec<String>,
    /// The number in the last line.
    directive: String,
    stderr: String,
    code: Option<i32>,
}

impl Told {
    /// What a command for shells printed. Fails where it is no answer in cobra's form.
    fn by(mut command: Command) -> Self {
        let output = command.output().expect("the program starts");
        let stdout = String::from_utf8(output.stdout).expect("it is text");
        let mut lines: Vec<&str> = stdout.lines().collect();
        let last = lines.pop().unwrap_or_default();
        let directive = last
            .strip_prefix(':')
            .unwrap_or_else(|| panic!("no directive at the end of {stdout:?}"));
        for line in &lines {
            let letters: Vec<char> = line.chars().filter(|letter| *letter != '\t').collect();
            assert!(
                !letters.iter().any(|letter| letter.is_control()),
                "{line:?}"
            );
        }
        let word = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
        Self {
            words: lines.into_iter().map(word).collect(),
            directive: directive.to_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code(),
        }
    }

    /// Fails unless these words were told, quietly.
    fn expect(&self, words: &[&str], directive: &str, why: &str) {
        assert_eq!(self.words, words, "{why}");
        assert_eq!(self.directive, directive, "{why}");
        self.expect_quiet();
    }

    fn expect_quiet(&self) {
        assert_eq!((self.stderr.as_str(), self.code), ("", Some(0)), "{self:?}");
    }
}

/// The binary in a folder, with nothing of this machine's environment but `PATH`.
fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.args(arguments);
    in_a_clean_environment(command, folder)
}

fn in_a_clean_environment(mut command: Command, folder: &Path) -> Command {
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("LC_ALL", "C.UTF-8")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        // The machine may be busy; what is told where time runs out has tests of its own.
        .env("KUBECTL_FARGATE_COMPLETION_TIMEOUT", "60s")
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("the folder is ours");
    path
}

/// Where a program is on `PATH`; where it is not, that is said in one line.
fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file());
    if found.is_none() {
        let _ = writeln!(
            std::io::stderr(),
            "not tested with {name}: it is not on PATH"
        );
    }
    found
}
