//! Whoever reads the documents and types what stands there: with a folder of saved files, and the demo for a cluster.

use std::path::Path;

/// Without these a question goes to the current cluster.
const NEEDS_NO_CLUSTER: &[&str] = &[
    "--demo",
    "--from",
    "--profiles",
    "--help",
    "--version",
    "reasons",
    "permissions",
    "completion",
];

/// These are about the current cluster only: the demo does not take their place.
const ABOUT_THE_CLUSTER: &[&str] = &[
    "--context",
    "--kubeconfig",
    "--cluster-name",
    "--region",
    "--aws-profile",
    // In the demo nothing changes.
    "--watch",
    "--watch-only",
    "--until",
    "-w",
];

/// A folder with what a reader has saved: `cluster` and `profiles.json`, here those of the demo.
pub fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("there is room for temporary files");
    let cluster = folder.path().join("cluster");
    std::fs::create_dir(&cluster).expect("the folder is ours");
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sources/demo");
    let demo = std::fs::read_dir(demo).expect("the demo is there");
    for file in demo.flatten().map(|entry| entry.path()) {
        let name = file.file_name().unwrap_or_default();
        let target = match file.extension().and_then(|extension| extension.to_str()) {
            Some("yaml") => cluster.join(name),
            Some("json") => folder.path().join(name),
            _ => continue,
        };
        std::fs::copy(&file, target).expect("the folder is ours");
    }
    folder
}

/// The arguments of a command that can be run here: as they stand, or about the demo where they are about the current cluster. `None`
/// where they are about no cluster but the current one.
pub fn about_the_demo(arguments: &[String]) -> Option<Vec<String>> {
    let has = |words: &[&str]| arguments.iter().any(|word| words.contains(&word.as_str()));
    // `tests/completion` installs, into a folder of its own.
    let installs = has(&["completion"]) && has(&["install", "uninstall"]);
    if installs || has(ABOUT_THE_CLUSTER) {
        return None;
    }
    let mut arguments = arguments.to_vec();
    // Profiles from files beside a live cluster, here beside a saved one.
    if has(&["explain"]) && has(&["--profiles"]) && !has(&["--from"]) {
        arguments.extend(["--from", "cluster"].map(str::to_owned));
    }
    if !has(NEEDS_NO_CLUSTER) {
        arguments.push("--demo".to_owned());
    }
    Some(arguments)
}
