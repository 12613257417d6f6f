//! Exit codes, and how an error is told.

use std::io::{self, Write};

use crate::error::{Error, ErrorKind};
use crate::render::clean;

/// Answered.
pub const ANSWERED: u8 = 0;
/// What was waited for did not come about in time.
pub const UNMET: u8 = 1;
/// Wrong usage, unreadable input, or something named that does not exist.
pub const USAGE: u8 = 2;
/// The cluster could not be read enough, or the answer could not be written.
pub const UNREADABLE: u8 = 3;
/// The person pressed Ctrl-C.
pub const INTERRUPTED: u8 = 130;

/// The exit code of an error.
pub fn code(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::Usage | ErrorKind::Input | ErrorKind::NotFound => USAGE,
        ErrorKind::Cluster | ErrorKind::Output => UNREADABLE,
        ErrorKind::Unmet => UNMET,
        ErrorKind::Interrupted => INTERRUPTED,
    }
}

/// Tells an error: what happened, to which object, why, and what to do next, one line each. Names of strangers are cleaned.
///
/// # Errors
/// Those of `out`.
pub fn tell(error: &Error, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "error: {}", clean(&error.message))?;
    if let Some(object) = &error.object {
        writeln!(out, "  object: {}", clean(object))?;
    }
    if let Some(cause) = &error.cause {
        writeln!(out, "  cause:  {}", clean(cause))?;
    }
    for next in &error.next {
        writeln!(out, "  next:   {}", clean(next))?;
    }
    Ok(())
}

/// Ends the program with [`INTERRUPTED`] at once when Ctrl-C is pressed, whatever it is doing. `before` is called first, to end
/// what would outlive us.
pub fn on_interrupt(before: fn()) {
    let (ready, is_ready) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build();
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async {
            let mut pressed = std::pin::pin!(tokio::signal::ctrl_c());
            // The first look at it sets the handler up.
            let first = futures::poll!(&mut pressed);
            let _ = ready.send(());
            let outcome = match first {
                std::task::Poll::Ready(outcome) => outcome,
                std::task::Poll::Pending => pressed.await,
            };
            if outcome.is_ok() {
                before();
                std::process::exit(INTERRUPTED.into());
            }
        });
    });
    // Where the handler cannot be set up, the signal ends us in its own way.
    let _ = is_ready.recv();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_line_by_line_and_cleaned() {
        let error = Error::new(ErrorKind::NotFound, "there is no pod \u{1b}[2Jweb")
            .object("pod/web")
            .cause("pods \"web\" not found")
            .next("names like it: wbe")
            .next("line\nbreaks are no lines of ours");
        let mut told = Vec::new();
        tell(&error, &mut told).expect("a Vec takes everything");
        assert_eq!(
            String::from_utf8(told).expect("text"),
            "error: there is no pod \\u{1b}[2Jweb\n  object: pod/web\n  cause:  pods \"web\" not found\n  \
             next:   names like it: wbe\n  next:   line breaks are no lines of ours\n"
        );
    }

    #[test]
    fn codes_are_those_of_the_contract() {
        for (kind, wanted) in [
            (ErrorKind::Usage, 2),
            (ErrorKind::Input, 2),
            (ErrorKind::NotFound, 2),
            (ErrorKind::Cluster, 3),
            (ErrorKind::Output, 3),
            (ErrorKind::Unmet, 1),
            (ErrorKind::Interrupted, 130),
        ] {
            assert_eq!(code(kind), wanted, "{kind:?}");
        }
    }
}
