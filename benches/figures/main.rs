//! How fast and how small the program is, as ratios measured in one run on one machine.
//!
//! `benches/run` builds what is needed and starts this. It makes its own cluster ([`cluster`]), writes it as files and into a
//! real API server ([`server`]), runs the program and its peers in turn ([`measure`]) and prints a table. `generate` only
//! writes the files.

mod cluster;
mod live;
mod measure;
#[path = "../../tests/live/lab/process.rs"]
mod process;
mod saved;
mod server;
mod small;
mod table;

use std::fmt::Arguments as Text;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, Parser, Subcommand, ValueEnum};
use cluster::{Cluster, json::Form};

#[derive(Parser)]
#[command(about = "Measure how fast and how small kubectl-fargate is")]
struct Arguments {
    #[command(subcommand)]
    task: Option<Task>,
    #[command(flatten)]
    options: Options,
}

#[derive(Args)]
struct Options {
    /// Only what takes seconds: 2,000 pods from files, no API server
    #[arg(long)]
    quick: bool,
    /// Put the table into docs/performance.md
    #[arg(long)]
    write: bool,
    /// Which figures to take; all, if not given
    #[arg(long, value_enum)]
    only: Vec<Part>,
    /// How often each is measured; the median counts
    #[arg(long, default_value_t = 5)]
    times: usize,
    /// How often kubectl prints all pods (minutes and gigabytes each time); 0 leaves it out
    #[arg(long, default_value_t = 1)]
    kubectl_times: usize,
    /// How many pods the API server holds
    #[arg(long, default_value_t = 20_000)]
    pods: u64,
}

#[derive(Subcommand)]
enum Task {
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

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Start-up and size
    Program,
    /// Patterns that are meant to be slow
    Patterns,
    /// How time and memory grow with the number of pods
    Growth,
    /// A gigabyte of JSON
    Files,
    /// A real API server
    Live,
}

/// What all figures need.
pub struct Bench {
    /// The program that is measured.
    pub binary: PathBuf,
    /// How often.
    pub times: usize,
    folder: tempfile::TempDir,
}

impl Bench {
    /// The program, with nothing of this machine's own configuration in reach.
    pub fn program(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder());
        command
    }

    /// A folder for data, removed at the end.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Removes data that is not needed any more; what stays goes with the folder.
    pub fn remove(&self, path: &Path) {
        let _ = if path.is_dir() {
            std::fs::remove_dir_all(path)
        } else {
            std::fs::remove_file(path)
        };
    }

    /// Says on standard error what is going on.
    pub fn say(&self, text: Text<'_>) {
        let _ = writeln!(io::stderr(), "{text}");
    }

    /// Tells the first of the wrong answers.
    pub fn tell(&self, wrong: &[String]) {
        for line in wrong.iter().take(10) {
            self.say(format_args!("wrong: {line}"));
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.task {
        Some(Task::Generate {
            pods,
            out,
            form,
            seed,
        }) => generate(pods, seed, form, &out)
            .map_err(|error| format!("could not write {}: {error}", out.display())),
        None => measure_all(&arguments.options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure_all(options: &Options) -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let bench = Bench {
        binary: std::env::var_os("BENCH_BINARY").map_or_else(
            || root.join("target/release/kubectl-fargate"),
            PathBuf::from,
        ),
        times: options.times.max(1),
        folder: tempfile::Builder::new()
            .prefix("kubectl-fargate-bench.")
            .tempdir()
            .map_err(|error| format!("could not make a folder: {error}"))?,
    };
    if !bench.binary.is_file() {
        return Err(format!(
            "{} is not there: benches/run builds it",
            bench.binary.display()
        ));
    }
    let wants = |part: Part| {
        if options.only.is_empty() {
            !(options.quick && part == Part::Live)
        } else {
            options.only.contains(&part)
        }
    };
    let mut rows = Vec::new();
    if wants(Part::Program) {
        bench.say(format_args!("start-up and size"));
        small::program(&bench, &mut rows)?;
    }
    if wants(Part::Patterns) {
        bench.say(format_args!("patterns"));
        small::patterns(&bench, &mut rows)?;
    }
    if wants(Part::Growth) {
        let sizes: &[u64] = if options.quick {
            &[500, 2_000]
        } else {
            &[5_000, 20_000, 60_000]
        };
        bench.say(format_args!("{sizes:?} pods from files"));
        saved::growth(&bench, sizes, &mut rows)?;
    }
    if wants(Part::Files) {
        // About a gigabyte each, or little.
        for (one_file, pods) in [(true, 32_000), (false, 55_000)] {
            let pods = if options.quick { 2_000 } else { pods };
            bench.say(format_args!("one big input of {pods} pods"));
            saved::big(&bench, pods, one_file, &mut rows)?;
        }
    }
    if wants(Part::Live) {
        let (etcd, api_server, kubectl) = (
            part("LAB_ETCD")?,
            part("LAB_KUBE_APISERVER")?,
            part("LAB_KUBECTL")?,
        );
        let programs = server::Programs {
            etcd: &etcd,
            api_server: &api_server,
            kubectl: &kubectl,
        };
        live::figures(
            &bench,
            programs,
            options.pods,
            options.kubectl_times,
            &mut rows,
        )?;
    }
    io::stdout()
        .write_all(table::plain(&rows).as_bytes())
        .map_err(|error| format!("could not print the table: {error}"))?;
    if options.write {
        table::write_into(&root.join("docs/performance.md"), &about(), &rows)?;
    }
    Ok(())
}

/// A program of the laboratory, from the variable that `benches/run` sets.
fn part(name: &str) -> Result<PathBuf, String> {
    std::env::var_os(name)
        .map(PathBuf::from)
        .filter(|path| path.is_file())
        .ok_or_else(|| format!("{name} names no program: benches/run sets it"))
}

/// When and where the figures were taken, in a sentence.
fn about() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let processor = read("/proc/cpuinfo")
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or_else(
            || "an unknown processor".to_owned(),
            |(_, name)| name.trim().to_owned(),
        );
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let memory: u64 = read("/proc/meminfo")
        .lines()
        .find_map(|line| {
            line.strip_prefix("MemTotal:")?
                .trim()
                .split(' ')
                .next()?
                .parse()
                .ok()
        })
        .unwrap_or(0);
    let load = read("/proc/loadavg")
        .split(' ')
        .next()
        .unwrap_or("?")
        .to_owned();
    format!(
        "Taken on {} with kubectl-fargate {}: {processors} × {processor}, {} GB of memory, {} {}, load average {load}.",
        cluster::moment(now()),
        env!("CARGO_PKG_VERSION"),
        memory / 1_000_000,
        std::env::consts::OS,
        std::env::consts::ARCH,
    )
}

fn generate(pods: u64, seed: u64, form: Saved, folder: &Path) -> io::Result<()> {
    let cluster = Cluster::plan(pods, seed, now());
    match form {
        Saved::Kubectl => cluster.write_files(folder, Form::Kubectl),
        Saved::Raw => cluster.write_files(folder, Form::Raw),
        Saved::OneFile => cluster.write_one_file(folder, false),
    }
}

/// Seconds since 1970.
pub fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs() as i64)
}
