//! One run of the binary under a hard limit, with what it took.

use std::fs;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// Longer than any run takes in a build without optimisation on a busy machine; whoever needs longer hangs.
const LONGEST: Duration = Duration::from_secs(180);
/// How many runs there are at once.
const AT_ONCE: usize = 12;
/// How often the memory is looked at.
const GLANCE: Duration = Duration::from_millis(4);

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    /// `None` after a signal.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
    /// The most memory that was resident, in KiB; 0 where the system does not tell.
    pub peak_kib: u64,
}

/// Runs the program to its end. It fails the test where it hangs, panics, or speaks in a way that nobody can read.
pub fn run(what: &str, mut command: Command) -> Outcome {
    let began = Instant::now();
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cargo built the binary for this test");
    let (stdout, stderr) = (
        reader(child.stdout.take().expect("it is a pipe")),
        reader(child.stderr.take().expect("it is a pipe")),
    );
    let mut peak_kib = 0;
    let status = loop {
        peak_kib = peak_kib.max(peak_of(child.id()));
        if let Some(status) = child.try_wait().expect("it is our child") {
            break status;
        }
        if began.elapsed() > LONGEST {
            let _ = child.kill();
            let _ = child.wait();
            panic!(
                "{what}: it hangs\n{}",
                stderr.join().expect("the reader ends with the pipe")
            );
        }
        thread::sleep(GLANCE);
    };
    let outcome = Outcome {
        code: status.code(),
        stdout: stdout.join().expect("the reader ends with the pipe"),
        stderr: stderr.join().expect("the reader ends with the pipe"),
        took: began.elapsed(),
        peak_kib,
    };
    outcome.is_readable(what);
    outcome
}

fn reader(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// The high-water mark of a process's resident memory, in KiB.
fn peak_of(id: u32) -> u64 {
    fs::read_to_string(format!("/proc/{id}/status"))
        .unwrap_or_default()
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or_default()
}

impl Outcome {
    /// Whatever happened: an exit code of the contract, no panic, no control characters, few and short lines of trouble.
    fn is_readable(&self, what: &str) {
        assert!(
            matches!(self.code, Some(0 | 2 | 3 | 130)),
            "{what}: {self:?}"
        );
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            assert!(
                !text.chars().any(|c| c.is_control() && c != '\n'),
                "{what}: control characters on {name}: {self:?}"
            );
        }
        for word in ["panicked", "RUST_BACKTRACE", "s3cret", "token-"] {
            assert!(!self.stderr.contains(word), "{what}: {self:?}");
            assert!(!self.stdout.contains(word), "{what}: {self:?}");
        }
        let errors = self
            .stderr
            .lines()
            .filter(|line| line.starts_with("error: "))
            .count();
        assert!(errors <= 1, "{what}: more than one error: {self:?}");
        assert!(
            self.stderr.lines().count() <= 12 && self.stderr.len() <= 4000,
            "{what}: nobody reads that much: {} bytes: {}",
            self.stderr.len(),
            self.stderr.chars().take(2000).collect::<String>()
        );
        if matches!(self.code, Some(2 | 3)) && self.stdout.is_empty() {
            assert_eq!(errors, 1, "{what}: nothing is said: {self:?}");
            assert!(
                self.stderr.contains("\n  next: "),
                "{what}: what to do next is not said: {self:?}"
            );
        }
    }

    /// Wants this exit code, and these words on standard error.
    pub fn expect(&self, what: &str, code: i32, words: &[&str]) -> &Self {
        assert_eq!(self.code, Some(code), "{what}: {self:?}");
        for word in words {
            assert!(
                self.stderr.contains(word),
                "{what}: {word:?} is not said: {self:?}"
            );
        }
        self
    }

    /// The report on standard output.
    pub fn report(&self, what: &str) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{what}: no report ({error}): {self:?}"))
    }
}

/// Does this with each of the faults, many at once since most of them wait for something, and tells all that failed.
pub fn each<T: Sync>(faults: &[T], test: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..faults.len().min(AT_ONCE) {
            scope.spawn(|| {
                while let Some(fault) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| test(fault))) {
                        let words = panic.downcast::<String>().map_or_else(
                            |_| "a fault failed, see above".to_owned(),
                            |words| *words,
                        );
                        failed.lock().expect("a push does not panic").push(words);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().expect("a push does not panic");
    assert!(
        failed.is_empty(),
        "{} of {} failed:\n\n{}",
        failed.len(),
        faults.len(),
        failed.join("\n\n")
    );
}
