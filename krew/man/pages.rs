//! The man pages, made from the command line's own description: one for the program, one for each subcommand.

use std::io;
use std::path::Path;

use clap::CommandFactory as _;
use kubectl_fargate::cli::Cli;

/// Writes `kubectl-fargate.1`, `kubectl-fargate-explain.1` and so on into the folder, which is made where it is missing.
///
/// # Errors
/// Those of the files.
pub fn write(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    // Whoever reads a page has typed the program's own name.
    let command = Cli::command()
        .bin_name("kubectl-fargate")
        .disable_help_subcommand(true);
    clap_mangen::generate_to(command, folder)
}
