//! Runs programs and tells how long they took and how much memory they held.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

/// How often the memory of a running program is looked at. Its high-water mark is the kernel's own, so only what it
/// reached within the last of these moments can be missed.
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// What Linux counts processor time in, hundredths of a second.
const TICKS_PER_SECOND: f64 = 100.0;

/// What one run of a program came to.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// From its start to its end.
    pub wall: Duration,
    /// Seconds of processor time, its own and the kernel's for it.
    pub cpu_seconds: f64,
    /// The most memory that it held at once (`VmHWM`), in bytes; 0 where the system has no `/proc`.
    pub peak_memory: u64,
}

/// The runs of one program.
#[derive(Clone, Debug, Default)]
pub struct Runs(Vec<Run>);

impl Runs {
    /// The median time, in seconds.
    pub fn seconds(&self) -> f64 {
        self.median(|run| run.wall.as_secs_f64())
    }

    /// The median processor time, in seconds.
    pub fn cpu_seconds(&self) -> f64 {
        self.median(|run| run.cpu_seconds)
    }

    /// The most memory that any of them held, in bytes.
    pub fn peak_memory(&self) -> u64 {
        self.0.iter().map(|run| run.peak_memory).max().unwrap_or(0)
    }

    fn median(&self, value: impl Fn(&Run) -> f64) -> f64 {
        let mut values: Vec<f64> = self.0.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

/// A program to run.
pub struct Contender<'a> {
    /// Makes the command anew for each run, with whatever it needs prepared outside the time that counts.
    pub command: Box<dyn FnMut() -> Result<Command, String> + 'a>,
}

impl<'a> Contender<'a> {
    /// One that needs no preparation.
    pub fn new(make: impl FnMut() -> Command + 'a) -> Self {
        let mut make = make;
        Self::prepared(move || Ok(make()))
    }

    /// One that does.
    pub fn prepared(make: impl FnMut() -> Result<Command, String> + 'a) -> Self {
        Self {
            command: Box::new(make),
        }
    }
}

/// Runs all contenders in turn, so many times each, after one turn that does not count: caches, the disk's and the
/// server's, are then the same for all.
pub fn in_turn(contenders: &mut [Contender<'_>], times: usize) -> Result<Vec<Runs>, String> {
    let mut runs = vec![Runs::default(); contenders.len()];
    for turn in 0..=times {
        for (contender, runs) in contenders.iter_mut().zip(&mut runs) {
            let run = run(&mut (contender.command)()?)?;
            if turn > 0 {
                runs.0.push(run);
            }
        }
    }
    Ok(runs)
}

/// Runs a program so many times.
pub fn repeated(mut make: impl FnMut() -> Command, times: usize) -> Result<Runs, String> {
    (0..times)
        .map(|_| run(&mut make()))
        .collect::<Result<_, _>>()
        .map(Runs)
}

/// Runs a program whose standard output goes into a file.
pub fn run_into(command: &mut Command, output: &Path) -> Result<Run, String> {
    let file = File::create(output)
        .map_err(|error| format!("could not write {}: {error}", output.display()))?;
    watched(command, Stdio::from(file))
}

/// Runs a program whose standard output is thrown away.
fn run(command: &mut Command) -> Result<Run, String> {
    watched(command, Stdio::null())
}

fn watched(command: &mut Command, output: Stdio) -> Result<Run, String> {
    let told = format!("{command:?}");
    let failed = |error: &dyn std::fmt::Display| format!("{told}: {error}");
    let messages = tempfile::NamedTempFile::new().map_err(|error| failed(&error))?;
    let errors = messages.reopen().map_err(|error| failed(&error))?;
    command.stdin(Stdio::null()).stdout(output).stderr(errors);

    let begun = Instant::now();
    let mut child = command.spawn().map_err(|error| failed(&error))?;
    let (pid, peak, ended) = (child.id(), AtomicU64::new(0), AtomicBool::new(false));
    let wall = thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                peak.fetch_max(high_water_mark(pid), Ordering::Relaxed);
                thread::sleep(LOOK_EVERY);
            }
        });
        // It is left unreaped for a moment: its processor time can still be asked for.
        let pid = Pid::from_child(&child);
        let waited = waitid(
            WaitId::Pid(pid),
            WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
        );
        let wall = begun.elapsed();
        ended.store(true, Ordering::Relaxed);
        waited.map(|_| wall)
    })
    .map_err(|error| failed(&error))?;
    let cpu_seconds = processor_seconds(pid);
    let status = child.wait().map_err(|error| failed(&error))?;
    if !status.success() {
        let said = std::fs::read_to_string(messages.path()).unwrap_or_default();
        return Err(failed(&format!("{status}: {said}")));
    }
    Ok(Run {
        wall,
        cpu_seconds,
        peak_memory: peak.into_inner(),
    })
}

/// `VmHWM` of `/proc/PID/status`, in bytes.
fn high_water_mark(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| {
            rest.trim()
                .trim_end_matches("kB")
                .trim()
                .parse::<u64>()
                .ok()
        })
        .map_or(0, |kibibytes| kibibytes * 1024)
}

/// User and system time of a process that has ended and was not waited for yet.
fn processor_seconds(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The program's name stands in brackets and may hold spaces; after it, user and system time are fields 12 and 13.
    let ticks: u64 = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    ticks as f64 / TICKS_PER_SECOND
}
