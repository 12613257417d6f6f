//! A program that goes on, and somebody who reads along.

use std::{
    io::{BufRead as _, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    time::{Duration, Instant},
};

/// Nothing that is waited for takes as long; it is no measure of anything.
const LIMIT: Duration = Duration::from_secs(80);

/// A line that the program wrote, without its end.
enum Line {
    Output(String),
    Error(String),
}

/// A program that was started. It is ended when nobody needs it any more.
pub struct Running {
    child: Child,
    lines: Receiver<Line>,
    stdout: Vec<String>,
    stderr: Vec<String>,
}

/// What came of it.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
    /// The lines of standard output.
    pub lines: Vec<String>,
    /// Standard error.
    pub stderr: String,
}

#[allow(dead_code, reason = "each test file waits for other things")]
impl Running {
    /// Starts it.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("could not run {:?}: {error}", command.get_program()));
        let (sender, lines) = mpsc::channel();
        read_along(child.stdout.take(), sender.clone(), Line::Output);
        read_along(child.stderr.take(), sender, Line::Error);
        Self {
            child,
            lines,
            stdout: Vec::new(),
            stderr: Vec::new(),
        }
    }

    /// Waits for the next line on standard output that has these words.
    pub fn line(&mut self, words: &str) -> String {
        let from = self.stdout.len();
        self.wait_for(&format!("{words:?}"), |stdout, _| {
            let line = stdout[from..].iter().find(|line| line.contains(words));
            line.cloned()
        })
    }

    /// Waits for a line on standard error that has these words.
    pub fn note(&mut self, words: &str) -> String {
        self.wait_for(&format!("the note {words:?}"), |_, stderr| {
            stderr.iter().find(|line| line.contains(words)).cloned()
        })
    }

    /// Waits until what was written so far, line by line, has what is looked for.
    pub fn wait_for<T>(
        &mut self,
        what: &str,
        is_there: impl Fn(&[String], &[String]) -> Option<T>,
    ) -> T {
        let began = Instant::now();
        loop {
            if let Some(found) = is_there(&self.stdout, &self.stderr) {
                return found;
            }
            let left = LIMIT.saturating_sub(began.elapsed());
            match self.lines.recv_timeout(left) {
                Ok(line) => self.take(line),
                Err(RecvTimeoutError::Timeout) => panic!("{what} did not come\n{self}"),
                Err(RecvTimeoutError::Disconnected) => {
                    let code = self.wait();
                    panic!("it ended with {code:?} before {what}\n{self}")
                }
            }
        }
    }

    /// Whether it goes on.
    pub fn goes_on(&mut self) -> bool {
        self.child
            .try_wait()
            .expect("the child is ours to wait for")
            .is_none()
    }

    /// Waits for its end.
    pub fn end(mut self) -> Ended {
        let code = self.wait();
        // The last lines may still be on their way.
        while let Ok(line) = self.lines.recv() {
            self.take(line);
        }
        Ended {
            code,
            lines: std::mem::take(&mut self.stdout),
            stderr: self.stderr.iter().map(|line| format!("{line}\n")).collect(),
        }
    }

    fn wait(&mut self) -> Option<i32> {
        let began = Instant::now();
        loop {
            if let Some(status) = self
                .child
                .try_wait()
                .expect("the child is ours to wait for")
            {
                return status.code();
            }
            assert!(began.elapsed() < LIMIT, "it does not end\n{self}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn take(&mut self, line: Line) {
        match line {
            Line::Output(line) => self.stdout.push(line),
            Line::Error(line) => self.stderr.push(line),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl std::fmt::Display for Running {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (stdout, stderr) = (self.stdout.join("\n"), self.stderr.join("\n"));
        write!(formatter, "--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            code,
            lines,
            stderr,
        } = self;
        let stdout = lines.join("\n");
        write!(
            formatter,
            "code {code:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}"
        )
    }
}

fn read_along(
    pipe: Option<impl Read + Send + 'static>,
    sender: Sender<Line>,
    from: fn(String) -> Line,
) {
    let pipe = BufReader::new(pipe.expect("it is piped"));
    std::thread::spawn(move || {
        for line in pipe.lines().map_while(Result::ok) {
            let _ = sender.send(from(line));
        }
    });
}
