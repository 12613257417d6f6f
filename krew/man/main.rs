//! The man pages, made from the command line's own description: one for the program, one for each subcommand.
//!
//! An example and no part of the program: whoever packages it runs `cargo run --example man -- FOLDER`.

use std::path::PathBuf;

use clap::CommandFactory as _;
use kubectl_fargate::cli::Cli;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args_os()
        .nth(1)
        .ok_or("name the folder to write to")?;
    let folder = PathBuf::from(folder);
    std::fs::create_dir_all(&folder)?;
    // Whoever reads a page has typed the program's own name.
    let command = Cli::command().bin_name("kubectl-fargate");
    clap_mangen::generate_to(command, &folder)?;
    Ok(())
}
