//! How the terminal was before a question: its mode and its cursor come back, also where Ctrl-C ends the program in between.

use std::sync::Mutex;

use console::Term;

/// The mode of the terminal while a question stands on it; nothing else can be put back.
static BEFORE: Mutex<Option<Mode>> = Mutex::new(None);

/// Puts the terminal back when it is dropped.
pub(super) struct Kept;

/// Remembers how the terminal is.
pub(super) fn keep() -> Kept {
    if let Ok(mut before) = BEFORE.lock() {
        *before = Some(Mode::now());
    }
    Kept
}

impl Drop for Kept {
    fn drop(&mut self) {
        restore_terminal();
    }
}

/// Puts the terminal back as it was before the question that stands on it, if one does, and says whether one did. It waits for
/// nothing: the program may be about to end.
pub fn restore_terminal() -> bool {
    if let Ok(mut before) = BEFORE.try_lock()
        && let Some(mode) = before.take()
    {
        // Nothing is left to do where the terminal has gone.
        let _ = Term::stderr().show_cursor();
        mode.restore();
        return true;
    }
    false
}

/// What a terminal does with what is typed.
#[cfg(unix)]
struct Mode(Option<rustix::termios::Termios>);

#[cfg(unix)]
impl Mode {
    fn now() -> Self {
        Self(rustix::termios::tcgetattr(std::io::stdin()).ok())
    }

    fn restore(&self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        if let Some(mode) = &self.0 {
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, mode);
        }
    }
}

/// On Windows keys are read without changing the console.
#[cfg(not(unix))]
struct Mode;

#[cfg(not(unix))]
impl Mode {
    fn now() -> Self {
        Self
    }

    fn restore(&self) {}
}
