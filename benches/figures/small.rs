//! Figures about the program itself, and about patterns that are meant to be slow.

use std::process::Command;

use crate::Bench;
use crate::measure::{Contender, in_turn, repeated};
use crate::table::{Limit, Row, megabytes};

/// Milliseconds that `--help` may take.
const HELP_LIMIT: f64 = 10.0;
/// The program without symbols, in MB.
const SIZE_LIMIT: f64 = 12.0;
/// What four times the text may cost: four times the time, and what is measured inexactly.
const LINEAR_LIMIT: f64 = 5.0;
/// How often questions of milliseconds are asked.
const SHORT: usize = 20;
/// The shortest of the texts that the patterns are matched against, in letters.
const LETTERS: usize = 200_000;
/// Pods with such a text.
const PODS: usize = 20;

/// `--help`, and how large the program is.
pub fn program(bench: &Bench, rows: &mut Vec<Row>) -> Result<(), String> {
    let runs = repeated(
        || {
            let mut command = bench.program();
            command.arg("--help");
            command
        },
        SHORT,
    )?;
    let milliseconds = runs.seconds() * 1e3;
    rows.push(Row::value(
        "--help",
        milliseconds,
        format!("{milliseconds:.1} ms"),
        Limit::AtMost(HELP_LIMIT),
    ));

    let copy = bench.folder().join("stripped");
    let failed = |error: std::io::Error| format!("{}: {error}", copy.display());
    std::fs::copy(&bench.binary, &copy).map_err(failed)?;
    // A release is stripped while it is linked; anything else is here.
    let _ = Command::new("strip").arg(&copy).output();
    let bytes = std::fs::metadata(&copy).map_err(failed)?.len();
    bench.remove(&copy);
    rows.push(Row::value(
        "the program, stripped",
        bytes as f64 / 1e6,
        megabytes(bytes),
        Limit::AtMost(SIZE_LIMIT),
    ));
    Ok(())
}

/// Patterns that make a matcher which tries all ways take for ever, against texts of n, 2n and 4n letters.
pub fn patterns(bench: &Bench, rows: &mut Vec<Row>) -> Result<(), String> {
    let stars = "*a".repeat(60) + "*b";
    let run = format!("*{}b*", "a".repeat(60));
    let profile = serde_json::json!({"fargateProfile": {
        "fargateProfileName": "slow", "status": "ACTIVE", "createdAt": "2026-01-01T00:00:00Z",
        "selectors": [
            {"namespace": "*", "labels": {"text": stars}},
            {"namespace": "*", "labels": {"text": run}},
            {"namespace": "*", "labels": {"*": stars}},
        ],
    }});
    let profiles = bench.folder().join("slow-profiles.json");
    let write = |path: &std::path::Path, text: String| {
        std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
    };
    write(&profiles, profile.to_string())?;
    let profiles = profiles.as_path();
    let inputs = [0, 1, 2, 4].map(|times| {
        // The last letter differs from pod to pod: no two have the same labels.
        let pods: Vec<_> = (0..PODS)
            .map(|number| {
                let text = "a".repeat(LETTERS * times) + &number.to_string();
                serde_json::json!({"apiVersion": "v1", "kind": "Pod", "spec": {}, "status": {"phase": "Pending"},
                    "metadata": {"name": format!("pod-{number}"), "namespace": "shop", "labels": {"text": text},
                        "creationTimestamp": "2026-11-20T12:00:00Z"}})
            })
            .collect();
        let path = bench.folder().join(format!("slow-{times}.json"));
        let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": pods});
        (path, list.to_string())
    });
    for (path, text) in &inputs {
        write(path, text.clone())?;
    }
    let mut contenders: Vec<Contender<'_>> = inputs
        .iter()
        .map(|(path, _)| {
            Contender::new(move || {
                let mut command = bench.program();
                command
                    .args(["explain", "-o", "name"])
                    .arg("--from")
                    .arg(path);
                command.arg("--profiles").arg(profiles);
                command
            })
        })
        .collect();
    let runs = in_turn(&mut contenders, bench.times)?;
    // What start and end take is no matter of the patterns.
    let beyond = |index: usize| (runs[index].seconds() - runs[0].seconds()).max(1e-4);
    let growth = beyond(3) / beyond(1);
    rows.push(Row {
        what: format!(
            "patterns meant to be slow, texts of {LETTERS} letters, twice and four times that"
        ),
        ours: format!(
            "{:.1}, {:.1}, {:.1} ms",
            beyond(1) * 1e3,
            beyond(2) * 1e3,
            beyond(3) * 1e3
        ),
        peer: String::new(),
        figure: growth,
        shown: format!("× {growth:.1} for × 4"),
        limit: Limit::AtMost(LINEAR_LIMIT),
    });
    for (path, _) in &inputs {
        bench.remove(path);
    }
    Ok(())
}
