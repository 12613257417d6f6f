//! How fast and how small the program is, as ratios measured in one run on one machine.
//!
//! `benches/run` builds what is needed and starts this. It makes its own cluster ([`cluster`]), writes it as files and into a
//! real API server, and runs the program and its peers in turn. `generate` only writes the files.

mod cluster;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Parser, Subcommand, ValueEnum};
use cluster::{Cluster, json::Form};

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// What `cargo bench` passes to every benchmark
    #[arg(long, hide = true, global = true)]
    bench: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Write the made-up cluster as files, and the answers that are due
    Generate {
        /// How many pods
        #[arg(long, default_value_t = 20_000)]
        pods: u64,
        /// The folder to write into
        #[arg(long)]
        out: PathBuf,
        /// How the pods are written
        #[arg(long, value_enum, default_value_t = Saved::Kubectl)]
        form: Saved,
        /// The same seed gives the same cluster
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Saved {
    /// One file a kind, as `kubectl get -A -o json` prints it
    Kubectl,
    /// The same, the pods as the API server sends them: one line, with managed fields
    Raw,
    /// All in one list, pods first, as `kubectl get pods,nodes,… -A -o json` prints it
    OneFile,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command {
        Some(Command::Generate {
            pods,
            out,
            form,
            seed,
        }) => generate(pods, seed, form, &out),
        None => Ok(()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = io::Write::write_fmt(&mut io::stderr(), format_args!("error: {error}\n"));
            ExitCode::FAILURE
        }
    }
}

fn generate(pods: u64, seed: u64, form: Saved, folder: &std::path::Path) -> io::Result<()> {
    let cluster = Cluster::plan(pods, seed, now());
    match form {
        Saved::Kubectl => cluster.write_files(folder, Form::Kubectl),
        Saved::Raw => cluster.write_files(folder, Form::Raw),
        Saved::OneFile => cluster.write_one_file(folder, false),
    }
}

/// Seconds since 1970.
fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs() as i64)
}
