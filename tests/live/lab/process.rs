//! Programs that run in the background and must not outlive the tests, however those end.

use std::{
    ffi::OsStr,
    fs::{File, OpenOptions},
    io::Write as _,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Mutex,
    time::{Duration, Instant},
};

/// Told the process ids one a line; when its input ends, which it does even if the tests are killed, it ends them all and
/// removes the folder. Signals meant for the tests (Ctrl-C reaches the whole group) must not end it first.
const KEEPER: &str = r#"trap '' INT TERM HUP
pids=
while read -r pid; do pids="$pids $pid"; done
[ -z "$pids" ] || kill -9 $pids 2>/dev/null
rm -rf "$1" || { sleep 1; rm -rf "$1"; }"#;

/// The folder that everything of one run lives in, and the watch over the processes that were started for it.
pub struct Keeper {
    folder: PathBuf,
    watch: Mutex<Child>,
}

impl Keeper {
    /// Makes the folder (below `LAB_SCRATCH`, else in the temporary folder) and starts the watch.
    pub fn start() -> Result<Self, String> {
        let parent = std::env::var_os("LAB_SCRATCH").map_or_else(std::env::temp_dir, PathBuf::from);
        let folder = tempfile::Builder::new()
            .prefix("kubectl-fargate-live.")
            .tempdir_in(&parent)
            .map_err(|error| format!("could not make a folder in {}: {error}", parent.display()))?
            .keep();
        let watch = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("could not start sh: {error}"))?;
        Ok(Self {
            folder,
            watch: Mutex::new(watch),
        })
    }

    /// The folder of this run; it is gone after the run.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts a program whose output goes to `NAME.log` in the folder of the run.
    pub fn spawn<I, S>(&self, name: &str, program: &Path, arguments: I) -> Result<Running, String>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let log = self.folder.join(format!("{name}.log"));
        let failed =
            |error: std::io::Error| format!("could not start {}: {error}", program.display());
        let output = File::create(&log).map_err(failed)?;
        let child = Command::new(program)
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(output.try_clone().map_err(failed)?)
            .stderr(output)
            .spawn()
            .map_err(failed)?;
        self.watch_over(child.id()).map_err(failed)?;
        Ok(Running {
            name: name.to_owned(),
            log,
            child: Mutex::new(child),
        })
    }

    fn watch_over(&self, pid: u32) -> std::io::Result<()> {
        // `tests/run` reads this file, should the watch itself be killed.
        let mut pids = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.join("pids"))?;
        writeln!(pids, "{pid}")?;
        let mut watch = self
            .watch
            .lock()
            .expect("nothing panics while it holds the watch");
        writeln!(
            watch
                .stdin
                .as_mut()
                .expect("the watch was started with a pipe"),
            "{pid}"
        )
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        if let Ok(watch) = self.watch.get_mut() {
            drop(watch.stdin.take());
            let _ = watch.wait();
        }
    }
}

/// A program in the background.
pub struct Running {
    name: String,
    log: PathBuf,
    child: Mutex<Child>,
}

impl Running {
    /// Waits until `is_ready` says so. Errors: the program ended, or a minute went by; both with the end of its log.
    pub fn wait_until(&self, mut is_ready: impl FnMut() -> bool) -> Result<(), String> {
        let begun = Instant::now();
        while !is_ready() {
            let ended = self
                .child
                .lock()
                .expect("nothing panics while it holds the child")
                .try_wait();
            if let Ok(Some(status)) = ended {
                return Err(format!(
                    "{} ended with {status}:\n{}",
                    self.name,
                    self.last_words()
                ));
            }
            if begun.elapsed() > Duration::from_secs(60) {
                return Err(format!(
                    "{} was not ready within a minute:\n{}",
                    self.name,
                    self.last_words()
                ));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn last_words(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }
}

/// Returns a loopback port that nobody listened on a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
    listener
        .local_addr()
        .expect("a bound socket has an address")
        .port()
}

/// Says whether somebody listens on a loopback port.
pub fn answers(port: u16) -> bool {
    TcpStream::connect_timeout(&([127, 0, 0, 1], port).into(), Duration::from_secs(1)).is_ok()
}
