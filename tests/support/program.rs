//! One run of the binary, away from this machine's clusters and credentials.

use std::{
    path::Path,
    process::{Command, Stdio},
};

/// What came of a run.
pub struct Outcome {
    pub stdout: String,
    pub stderr: String,
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
}

/// Runs the binary in a folder, with nothing of this machine's environment: no kubeconfig, no credentials, no terminal.
pub fn run(folder: &Path, arguments: &[String]) -> Outcome {
    let output = Command::new(env!("CARGO_BIN_EXE_kubectl-fargate"))
        .args(arguments)
        .env_clear()
        .env("HOME", folder)
        .env("LC_ALL", "C.UTF-8")
        .env("TZ", "UTC")
        .env("COLUMNS", "80")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .expect("cargo built the binary for this test");
    Outcome {
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        code: output.status.code(),
    }
}

impl Outcome {
    /// Returns what it wrote, where it ended well. The error has the exit code and standard error.
    pub fn answer(self, arguments: &[String]) -> Result<String, String> {
        if self.code == Some(0) {
            return Ok(self.stdout);
        }
        let code = self
            .code
            .map_or("a signal".to_owned(), |code| format!("exit code {code}"));
        Err(format!(
            "kubectl-fargate {} ended with {code}:\n{}",
            arguments.join(" "),
            self.stderr
        ))
    }
}
