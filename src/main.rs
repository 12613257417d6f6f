//! Parse, run, turn the result into an exit code.

use std::io::Write as _;
use std::process::ExitCode;

use kubectl_fargate::cli::{self, Command};
use kubectl_fargate::error::{Error, ErrorKind};
use kubectl_fargate::prompt::restore_terminal;
use kubectl_fargate::sources::cluster::erase_progress;
use kubectl_fargate::sources::kubeconfig::end_login_plugins;
use kubectl_fargate::{commands, exit};

fn main() -> ExitCode {
    let cli = match cli::parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(words) => {
            return match commands::words::told(words) {
                Ok(code) => ExitCode::from(code),
                Err(error) => complained(&error),
            };
        }
    };
    exit::on_interrupt(|| {
        if restore_terminal() {
            // What comes next begins on a line of its own.
            let _ = writeln!(std::io::stderr());
        }
        end_login_plugins();
        erase_progress();
    });
    let result = match &cli.command {
        Command::Explain(arguments) => commands::explain::run(arguments),
        Command::Profiles(arguments) => commands::profiles::run(arguments),
        Command::Suggest(arguments) => commands::suggest::run(arguments),
        Command::Reasons(arguments) => commands::reasons::run(arguments),
        Command::Permissions(arguments) => commands::permissions::run(arguments),
        Command::Completion(arguments) => commands::completion::run(arguments),
        Command::Complete(typing) => commands::complete::run(typing),
        Command::Options => commands::words::options(),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => complained(&error),
    }
}

fn complained(error: &Error) -> ExitCode {
    let code = ExitCode::from(exit::code(error.kind));
    if error.kind == ErrorKind::Interrupted {
        // Whoever broke off knows.
        return code;
    }
    let mut error = error.clone();
    for next in &mut error.next {
        *next = cli::started::in_own_words(next);
    }
    let mut stderr = std::io::stderr().lock();
    // Where nobody listens, the exit code says it alone.
    let _ = exit::tell(&error, &mut stderr).and_then(|()| stderr.flush());
    code
}
