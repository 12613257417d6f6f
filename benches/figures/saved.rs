//! Figures from files: speed, memory, how both grow.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cluster::{Cluster, json::Form};
use crate::measure::{Contender, in_turn, run_into};
use crate::table::{Limit, Row, megabytes, right_answers, times};
use crate::{Bench, now};

/// Bytes in a megabyte as speeds are told.
const MEGABYTE: f64 = 1e6;
/// The memory that no question may need, in MB.
pub const MEMORY_LIMIT: f64 = 64.0;
/// Megabytes of JSON a second.
const SPEED_LIMIT: f64 = 400.0;
/// What time a pod may take in a large cluster, measured by what it takes in a small one.
const GROWTH_LIMIT: f64 = 1.2;

/// A cluster that lies in a folder.
struct Saved {
    cluster: Cluster,
    folder: PathBuf,
    bytes: u64,
}

impl Saved {
    fn explain(&self, bench: &Bench, output: &str) -> Command {
        let mut command = bench.program();
        command
            .arg("explain")
            .arg("--from")
            .arg(self.folder.join("cluster"));
        command
            .arg("--profiles")
            .arg(self.folder.join("profiles.json"));
        if !output.is_empty() {
            command.args(["-o", output]);
        }
        command
    }
}

/// Writes a cluster, in one list as kubectl saves several kinds, or each kind in a file, the pods as the API sends them.
fn save(bench: &Bench, pods: u64, one_file: bool) -> Result<Saved, String> {
    let cluster = Cluster::plan(pods, 1, now());
    let folder = bench.folder().join(format!("saved-{pods}-{one_file}"));
    let inner = folder.join("cluster");
    let written = if one_file {
        cluster.write_one_file(&inner, false)
    } else {
        cluster.write_files(&inner, Form::Raw)
    };
    let moved = written.and_then(|()| {
        // Neither profiles nor answers are part of what is read as the cluster.
        std::fs::rename(inner.join("profiles.json"), folder.join("profiles.json"))?;
        std::fs::remove_file(inner.join("expected.json"))?;
        let mut bytes = 0;
        for entry in std::fs::read_dir(&inner)? {
            bytes += entry?.metadata()?.len();
        }
        Ok(bytes)
    });
    let bytes = moved.map_err(|error| format!("could not write {}: {error}", folder.display()))?;
    Ok(Saved {
        cluster,
        folder,
        bytes,
    })
}

/// Speed and memory from one big input of about so many pods, against reading its bytes alone.
pub fn big(bench: &Bench, pods: u64, one_file: bool, rows: &mut Vec<Row>) -> Result<(), String> {
    let saved = save(bench, pods, one_file)?;
    let form = if one_file {
        "kubectl's own form, one file"
    } else {
        "the API's form, with managed fields"
    };
    let about = format!("{:.2} GB of JSON, {form}", saved.bytes as f64 / 1e9);
    check(bench, &saved, rows)?;
    let inputs: Vec<PathBuf> = files(&saved.folder.join("cluster"))?;
    let runs = in_turn(
        &mut [
            Contender::new(|| saved.explain(bench, "json")),
            Contender::new(|| saved.explain(bench, "")),
            Contender::new(|| {
                let mut cat = Command::new("cat");
                cat.args(&inputs);
                cat
            }),
        ],
        bench.times,
    )?;
    for (runs_of_ours, output) in runs.iter().zip(["-o json", "table"]) {
        let speed = saved.bytes as f64 / MEGABYTE / runs_of_ours.seconds();
        rows.push(Row {
            what: format!("explain {output}, {about}"),
            ours: times(runs_of_ours),
            peer: format!("cat {}", times(&runs[2])),
            figure: speed,
            shown: format!("{speed:.0} MB/s"),
            limit: Limit::AtLeast(SPEED_LIMIT),
        });
        rows.push(memory(
            format!("its memory ({output})"),
            runs_of_ours.peak_memory(),
        ));
    }
    bench.remove(&saved.folder);
    Ok(())
}

/// How time and memory grow with the number of pods.
pub fn growth(bench: &Bench, sizes: &[u64], rows: &mut Vec<Row>) -> Result<(), String> {
    let mut clusters = Vec::new();
    for size in sizes {
        let saved = save(bench, *size, false)?;
        check(bench, &saved, rows)?;
        clusters.push(saved);
    }
    for output in ["json", ""] {
        let mut contenders: Vec<Contender<'_>> = clusters
            .iter()
            .map(|saved| Contender::new(|| saved.explain(bench, output)))
            .collect();
        let runs = in_turn(&mut contenders, bench.times)?;
        let a_pod: Vec<f64> = runs
            .iter()
            .zip(sizes)
            .map(|(runs, size)| runs.seconds() / *size as f64)
            .collect();
        let told = if output.is_empty() {
            "table"
        } else {
            "-o json"
        };
        for (index, size) in sizes.iter().enumerate() {
            let microseconds = a_pod[index] * 1e6;
            let growth = a_pod[index] / a_pod[0];
            rows.push(Row {
                what: format!("explain {told}, {size} pods from files"),
                ours: format!("{microseconds:.1} µs a pod"),
                peer: format!("{} pods: {:.1} µs", sizes[0], a_pod[0] * 1e6),
                figure: growth,
                shown: format!("{growth:.2}"),
                limit: if index == 0 {
                    Limit::None
                } else {
                    Limit::AtMost(GROWTH_LIMIT)
                },
            });
            rows.push(memory(
                format!("its memory ({told}, {size} pods)"),
                runs[index].peak_memory(),
            ));
        }
    }
    for saved in &clusters {
        bench.remove(&saved.folder);
    }
    Ok(())
}

/// A row about memory.
pub fn memory(what: String, bytes: u64) -> Row {
    Row::value(
        what,
        bytes as f64 / MEGABYTE,
        megabytes(bytes),
        Limit::AtMost(MEMORY_LIMIT),
    )
}

/// Compares every answer with the one that is due.
fn check(bench: &Bench, saved: &Saved, rows: &mut Vec<Row>) -> Result<(), String> {
    let output = saved.folder.join("report.json");
    run_into(&mut saved.explain(bench, "json"), &output)?;
    let wrong = File::open(&output)
        .map_err(|error| error.to_string())
        .and_then(|file| {
            saved
                .cluster
                .wrong_answers(file)
                .map_err(|error| error.to_string())
        })
        .map_err(|error| format!("{}: {error}", output.display()))?;
    bench.remove(&output);
    bench.tell(&wrong);
    let pods = saved.cluster.pod_count();
    rows.push(right_answers(
        format!("right answers, {pods} pods from files"),
        pods,
        wrong.len(),
    ));
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    std::fs::read_dir(folder)
        .map_err(failed)?
        .map(|entry| entry.map(|entry| entry.path()).map_err(failed))
        .collect()
}
