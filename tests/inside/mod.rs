//! Tests that are built into the library: every scenario, without the binary and without a file being written, so that
//! `cargo test --lib` alone says whether the decision core is right.

#[path = "../support/promises.rs"]
mod promises;
#[path = "../support/scenario.rs"]
mod scenario;

mod hostile_bytes;
mod hostile_fields;
mod mutations;
mod reports;
mod scenarios;
mod suggestions;
mod surveys;
mod variations;
mod wording;

use std::sync::OnceLock;

use serde_json::Value;

use crate::decision::facts::{ClusterIdentity, ClusterSnapshot, Subject};
use crate::report;
use crate::sources::{Gathered, Input, Question, offline};
use scenario::{Scenario, folders, name_of};

/// A scenario with its input, read.
struct Case {
    name: String,
    scenario: Scenario,
    gathered: Gathered,
}

/// All scenarios; read once for all tests.
fn cases() -> &'static [Case] {
    static CASES: OnceLock<Vec<Case>> = OnceLock::new();
    CASES.get_or_init(|| {
        let folders = folders();
        // Reading YAML is most of the work, and folders do not know each other.
        std::thread::scope(|scope| {
            let workers: Vec<_> = folders
                .chunks(folders.len().div_ceil(4).max(1))
                .map(|part| {
                    scope.spawn(|| part.iter().map(|folder| read(folder)).collect::<Vec<_>>())
                })
                .collect();
            workers
                .into_iter()
                .flat_map(|worker| worker.join().expect("a folder cannot be read, see above"))
                .collect()
        })
    })
}

fn read(folder: &std::path::Path) -> Case {
    let name = name_of(folder);
    let scenario = Scenario::read(folder).unwrap_or_else(|error| panic!("{error}"));
    let profiles: Vec<Input> = scenario
        .profile_arguments()
        .iter()
        .filter(|argument| *argument != "--profiles")
        .map(|path| Input::from(path.as_str()))
        .collect();
    let at = scenario.expected.at.as_deref().map(|at| {
        at.parse()
            .unwrap_or_else(|error| panic!("{name}: at {at}: {error}"))
    });
    let cluster = Input::from(folder.join("cluster"));
    let gathered = offline::gather(
        &[cluster],
        &profiles,
        at,
        &Question::default(),
        &ClusterIdentity::default(),
    )
    .unwrap_or_else(|error| panic!("{name}: {error}"));
    Case {
        name,
        scenario,
        gathered,
    }
}

/// The report on subjects, as programs read it.
fn report_on(snapshot: &ClusterSnapshot, subjects: &[Subject]) -> Value {
    serde_json::to_value(report::assemble(snapshot, subjects)).expect("a report is plain data")
}

/// Set, it makes a test write what it would compare with.
const UPDATE: &str = "UPDATE_SCENARIOS";

fn is_update() -> bool {
    std::env::var_os(UPDATE).is_some()
}

/// Where the sources lie on this machine is no matter of theirs.
fn without_folder(text: &str) -> String {
    text.replace(concat!(env!("CARGO_MANIFEST_DIR"), "/"), "")
}

/// Compares what is said about each scenario with a file in its folder, or writes that file.
fn compare_or_write(file: &str, said: fn(&Case) -> String) {
    let mut wrong = Vec::new();
    for case in cases() {
        let path = case.scenario.folder.join(file);
        let said = said(case);
        if is_update() {
            std::fs::write(&path, said)
                .unwrap_or_else(|error| panic!("could not write {}: {error}", path.display()));
        } else {
            let kept = std::fs::read_to_string(&path).unwrap_or_default();
            wrong.extend(
                difference(&kept, &said).map(|what| format!("{}, {file}, {what}", case.name)),
            );
        }
    }
    assert!(
        wrong.is_empty(),
        "\n{}\n`{UPDATE}=1 cargo test --lib inside::` writes tests/scenarios/*/{file} anew: look at the diff",
        wrong.join("\n")
    );
}

/// Returns the first line in which a text differs from the one on file.
fn difference(kept: &str, said: &str) -> Option<String> {
    let (mut kept, mut said) = (kept.lines(), said.lines());
    let mut number = 0;
    loop {
        number += 1;
        match (kept.next(), said.next()) {
            (None, None) => return None,
            (kept, said) if kept == said => {}
            (kept, said) => {
                let [kept, said] = [kept, said].map(|line| line.unwrap_or("(nothing)").trim());
                return Some(format!("line {number}\n    has {kept}\n    now {said}"));
            }
        }
    }
}
