//! Whether the person at the terminal may be asked.

use clap::Args;

/// Questions to whoever sits at the terminal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct InteractionArguments {
    /// Never ask: print errors and hints where a question could be asked. So it is anyway where standard input, output or error is no terminal
    #[arg(long, help_heading = super::OUTPUT)]
    pub no_input: bool,
}

/// What `explain` asks and does beyond an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct DeedArguments {
    /// Pick one of the pods that the question is about
    #[arg(short, long, help_heading = super::SCOPE)]
    pub interactive: bool,

    /// Of one pod: show the fix that was found and try it out on the server (dry run), ask, run it with your own rights, and follow the pod until it lands. Nothing is changed unasked
    #[arg(long, help_heading = super::OUTPUT)]
    pub fix: bool,
}
