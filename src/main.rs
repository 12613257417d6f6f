//! Parse, run, turn the result into an exit code.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use kubectl_fargate::cli::{Cli, Command};
use kubectl_fargate::{commands, exit};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(words) => {
            // A closed pipe is no reason to complain, nor is there anywhere left to do so.
            let _ = words.print();
            return ExitCode::from(if words.use_stderr() {
                exit::USAGE
            } else {
                exit::ANSWERED
            });
        }
    };
    exit::on_interrupt();
    let result = match &cli.command {
        Command::Explain(arguments) => commands::explain::run(arguments),
        Command::Reasons(arguments) => commands::reasons::run(arguments),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let mut stderr = std::io::stderr().lock();
            let _ = exit::tell(&error, &mut stderr).and_then(|()| stderr.flush());
            ExitCode::from(exit::code(error.kind))
        }
    }
}
