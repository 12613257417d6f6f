//! A program on a terminal of its own (a pseudo-terminal), and somebody who reads what it draws and types.

use std::{
    fs::{File, OpenOptions},
    io::{Read as _, Write as _},
    os::fd::OwnedFd,
    process::{Child, Command},
    sync::{Arc, Condvar, Mutex},
    time::{Duration, Instant},
};

use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{LocalModes, Termios, Winsize, tcgetattr, tcsetwinsize},
};

/// Nothing that is waited for takes this long.
const LIMIT: Duration = Duration::from_secs(60);

/// The keys that have no letter.
pub const ENTER: &str = "\r";
pub const ESCAPE: &str = "\x1b";
pub const DOWN: &str = "\x1b[B";
pub const CONTROL_C: &str = "\x03";

/// What was drawn, as it came.
#[derive(Default)]
struct Drawn {
    bytes: Vec<u8>,
    is_over: bool,
}

/// A running program and its terminal.
pub struct Terminal {
    child: Child,
    keyboard: File,
    /// Kept open, so that the terminal is still there when the program has ended.
    line: OwnedFd,
    mode: Termios,
    drawn: Arc<(Mutex<Drawn>, Condvar)>,
    seen: usize,
}

/// What came of it.
#[derive(Debug)]
pub struct Ending {
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
    /// All that was drawn, as it came.
    pub raw: String,
    /// All that was drawn, without the codes for colours and the cursor.
    pub text: String,
    /// The cursor is there, and the terminal is in the mode in which it was.
    pub is_restored: bool,
}

#[allow(dead_code, reason = "each test file types in its own way")]
impl Terminal {
    /// Runs a command on a terminal of this size.
    pub fn start(command: &mut Command, columns: u16, rows: u16) -> Self {
        Self::start_as(command, "xterm-256color", columns, rows)
    }

    /// The same, on a terminal of another kind.
    pub fn start_as(command: &mut Command, kind: &str, columns: u16, rows: u16) -> Self {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&keyboard).expect("the terminal is ours");
        unlockpt(&keyboard).expect("the terminal is ours");
        let name = ptsname(&keyboard, Vec::new()).expect("it has a name");
        let name = name.into_string().expect("an ordinary path");
        let line = OpenOptions::new().read(true).write(true).open(name);
        let line: OwnedFd = line.expect("the other end of it").into();
        let size = Winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&line, size).expect("a terminal has a size");
        let mode = tcgetattr(&line).expect("a terminal has a mode");
        let end = || line.try_clone().expect("one more end");
        let child = command
            .env("TERM", kind)
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .expect("the program is there");
        let drawn: Arc<(Mutex<Drawn>, Condvar)> = Arc::default();
        let keyboard = File::from(keyboard);
        let mut screen = keyboard.try_clone().expect("one more end");
        let shared = Arc::clone(&drawn);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count) = screen.read(&mut buffer)
                && count > 0
            {
                let (drawn, news) = &*shared;
                let mut drawn = drawn.lock().expect("no thread panics with it");
                drawn.bytes.extend_from_slice(&buffer[..count]);
                news.notify_all();
            }
            let (drawn, news) = &*shared;
            drawn.lock().expect("no thread panics with it").is_over = true;
            news.notify_all();
        });
        Self {
            child,
            keyboard,
            line,
            mode,
            drawn,
            seen: 0,
        }
    }

    /// Waits until this text is drawn, after the one that was waited for before.
    pub fn wait_for(&mut self, text: &str) -> &mut Self {
        let begun = Instant::now();
        let (lock, news) = &*self.drawn;
        let mut drawn = lock.lock().expect("no thread panics with it");
        loop {
            let all = plain(&drawn.bytes);
            let rest = all.get(self.seen..).unwrap_or_default();
            if let Some(at) = rest.find(text) {
                self.seen += at + text.len();
                break;
            }
            assert!(
                begun.elapsed() < LIMIT && !drawn.is_over,
                "{text:?} was not drawn:\n{all}"
            );
            let wait = news.wait_timeout(drawn, Duration::from_millis(100));
            drawn = wait.expect("no thread panics with it").0;
        }
        drop(drawn);
        self
    }

    /// Types, once the program listens for keys.
    pub fn press(&mut self, keys: &str) -> &mut Self {
        let begun = Instant::now();
        let listens = || {
            let mode = tcgetattr(&self.line).expect("the terminal is there");
            !mode.local_modes.contains(LocalModes::ICANON)
        };
        while !listens() {
            assert!(begun.elapsed() < LIMIT, "no key is read:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(1));
        }
        let typed = self.keyboard.write_all(keys.as_bytes());
        typed.expect("the terminal takes what is typed");
        self
    }

    /// Interrupts the program as another would, with a signal.
    pub fn interrupt(&mut self) {
        let id = i32::try_from(self.child.id()).ok();
        let id = id.and_then(rustix::process::Pid::from_raw);
        let id = id.expect("a running program has an id");
        rustix::process::kill_process(id, rustix::process::Signal::INT).expect("it is ours");
    }

    /// Waits for the end of the program.
    pub fn end(mut self) -> Ending {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self
                .child
                .try_wait()
                .expect("the child is ours to wait for")
            {
                break status;
            }
            if begun.elapsed() > LIMIT {
                let _ = self.child.kill();
                panic!("still running:\n{}", self.text());
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        // What was written last may still be on its way.
        let mut before = None;
        while before != Some(self.text().len()) {
            before = Some(self.text().len());
            std::thread::sleep(Duration::from_millis(50));
        }
        let mode = tcgetattr(&self.line).expect("the terminal is still there");
        let is_same =
            mode.local_modes == self.mode.local_modes && mode.input_modes == self.mode.input_modes;
        let raw = self.drawn.0.lock().expect("no thread panics with it");
        let raw = String::from_utf8_lossy(&raw.bytes).into_owned();
        let is_cursor_there = match (raw.rfind("\x1b[?25l"), raw.rfind("\x1b[?25h")) {
            (Some(hidden), Some(shown)) => hidden < shown,
            (hidden, _) => hidden.is_none(),
        };
        Ending {
            code: status.code(),
            text: plain(raw.as_bytes()),
            raw,
            is_restored: is_same && is_cursor_there,
        }
    }

    fn text(&self) -> String {
        plain(&self.drawn.0.lock().expect("no thread panics with it").bytes)
    }
}

/// The text without escape sequences and carriage returns.
fn plain(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\x1b' => {
                // A control sequence ends with a letter.
                if letters.next() == Some('[') {
                    letters.find(char::is_ascii_alphabetic);
                }
            }
            '\r' => {}
            letter => plain.push(letter),
        }
    }
    plain
}
