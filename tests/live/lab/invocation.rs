//! One run of a program, away from this machine's own kubeconfig and AWS configuration.

use std::{
    ffi::OsStr,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{running::Running, terminal::Terminal};

/// The binary under test, as cargo built it for this run.
pub const BINARY: &str = env!("CARGO_BIN_EXE_kubectl-fargate");

/// No run of a test takes this long; one that does is ended and fails the test.
const LIMIT: Duration = Duration::from_secs(90);

/// A run in preparation.
pub struct Invocation {
    command: Command,
    home: PathBuf,
    path: Vec<PathBuf>,
}

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    pub stdout: String,
    pub stderr: String,
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
    pub took: Duration,
}

impl Invocation {
    /// Prepares `KUBECTL fargate …`, or the binary itself without a kubectl. `home` becomes `$HOME` and the working folder.
    pub fn new(home: PathBuf, kubectl: Option<&Path>) -> Self {
        let plugins = home.join("plugins");
        std::fs::create_dir_all(&plugins).expect("the folder of the run is ours");
        let plugin = plugins.join("kubectl-fargate");
        std::os::unix::fs::symlink(BINARY, &plugin).expect("the folder was empty");
        let mut command = Command::new(kubectl.unwrap_or(&plugin));
        if kubectl.is_some() {
            command.arg("fargate");
        }
        let mut path = vec![plugins];
        path.extend(
            std::env::var_os("PATH")
                .iter()
                .flat_map(std::env::split_paths),
        );
        Self {
            command,
            home,
            path,
        }
        .in_a_clean_environment()
    }

    fn in_a_clean_environment(mut self) -> Self {
        self.command
            .env_clear()
            .env("HOME", &self.home)
            .current_dir(&self.home)
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC");
        // Static credentials of nobody; instance metadata would otherwise be waited for where there is none.
        self.env("AWS_ACCESS_KEY_ID", "testing")
            .env("AWS_SECRET_ACCESS_KEY", "testing")
            .env("AWS_EC2_METADATA_DISABLED", "true")
    }

    /// Runs another program instead, with the arguments that follow.
    pub fn program(self, program: &Path) -> Self {
        let Self { home, path, .. } = self;
        let mut other = Self {
            command: Command::new(program),
            home,
            path,
        }
        .in_a_clean_environment();
        other = other.env("KUBECONFIG", "kubeconfig.yaml");
        other
    }

    /// Adds arguments.
    pub fn args<I, S>(mut self, arguments: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        self.command.args(arguments);
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Takes an environment variable away.
    pub fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Puts a folder at the head of `PATH`.
    pub fn path_first(mut self, folder: &Path) -> Self {
        self.path.insert(0, folder.to_owned());
        self
    }

    /// The folder that is `$HOME` and the working folder of the run.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Runs it on a terminal of 100 columns.
    pub fn on_terminal(self) -> Terminal {
        Terminal::start(&mut self.prepared(), 100, 50)
    }

    /// Starts it, to be read along while other things happen.
    pub fn start(self) -> Running {
        Running::start(&mut self.prepared())
    }

    fn prepared(mut self) -> Command {
        let path = std::env::join_paths(&self.path).expect("the parts came out of a PATH");
        self.command.env("PATH", path);
        self.command
    }

    /// Runs it to its end.
    pub fn run(self) -> Outcome {
        let mut command = self.prepared();
        let begun = Instant::now();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("could not run {:?}: {error}", command.get_program()));
        let stdout = reader(child.stdout.take());
        let stderr = reader(child.stderr.take());
        let status = loop {
            if let Some(status) = child.try_wait().expect("the child is ours to wait for") {
                break Some(status);
            }
            if begun.elapsed() > LIMIT {
                let _ = child.kill();
                let _ = child.wait();
                break None;
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let outcome = Outcome {
            stdout: stdout.join().expect("a reader does not panic"),
            stderr: stderr.join().expect("a reader does not panic"),
            code: status.and_then(|status| status.code()),
            took: begun.elapsed(),
        };
        assert!(
            status.is_some(),
            "still running after {LIMIT:?}: {:?}\n{}",
            command,
            outcome.stderr
        );
        outcome
    }

    /// Runs `explain ARGUMENTS -o json`, wants exit code 0 and returns the report.
    pub fn explain(self, arguments: &[&str]) -> Value {
        self.args(["explain"])
            .args(arguments)
            .args(["-o", "json"])
            .run()
            .report()
    }
}

fn reader(stream: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            let _ = stream.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

impl Outcome {
    /// Wants exit code 0 and a `PlacementReport` on standard output; returns it.
    pub fn report(&self) -> Value {
        self.expect_code(0);
        let report: Value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("standard output is not JSON: {error}\n{self}"));
        assert_eq!(report["kind"], "PlacementReport", "{self}");
        assert_eq!(report["apiVersion"], "fargate.kubectl.io/v1", "{self}");
        report
    }

    /// Wants exit code 0 and a `ProfileReport` on standard output; returns it.
    pub fn profile_report(&self) -> Value {
        self.expect_code(0);
        let report: Value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("standard output is not JSON: {error}\n{self}"));
        assert_eq!(report["kind"], "ProfileReport", "{self}");
        assert_eq!(report["apiVersion"], "fargate.kubectl.io/v1", "{self}");
        report
    }

    /// Wants an exit code.
    pub fn expect_code(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "exit code\n{self}");
        self
    }

    /// Wants each of these words somewhere on standard error.
    pub fn expect_on_stderr(&self, words: &[&str]) -> &Self {
        for word in words {
            assert!(
                self.stderr.contains(word),
                "{word:?} is not on standard error\n{self}"
            );
        }
        self
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            stdout,
            stderr,
            code,
            took,
        } = self;
        write!(
            formatter,
            "code {code:?} after {took:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}"
        )
    }
}
