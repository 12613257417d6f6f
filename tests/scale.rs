//! Right answers about many pods at once: a made-up cluster in which each workload is in a situation whose answer is known, read
//! from files in every form in which such a cluster is saved. The benchmark measures the same cluster, only larger.

#[path = "../benches/figures/cluster/mod.rs"]
mod cluster;

use std::path::Path;
use std::process::Command;

use cluster::Cluster;
use cluster::json::Form;

/// Enough for every situation to be there.
const PODS: u64 = 400;
/// 20 November 2026, noon.
const NOW: i64 = 1_795_176_000;

#[test]
fn one_file_a_kind() {
    let (cluster, folder) = saved(|cluster, folder| cluster.write_files(folder, Form::Kubectl));
    all_is_right(&cluster, folder.path());
}

#[test]
fn pods_as_the_server_sends_them() {
    let (cluster, folder) = saved(|cluster, folder| cluster.write_files(folder, Form::Raw));
    all_is_right(&cluster, folder.path());
}

#[test]
fn all_in_one_list_pods_first() {
    for with_managed_fields in [false, true] {
        let (cluster, folder) =
            saved(|cluster, folder| cluster.write_one_file(folder, with_managed_fields));
        all_is_right(&cluster, folder.path());
    }
}

#[test]
fn the_files_say_what_the_generator_says() {
    let (cluster, folder) = saved(|cluster, folder| cluster.write_files(folder, Form::Kubectl));
    let text = std::fs::read_to_string(folder.path().join("pods.json")).expect("just written");
    let pods: serde_json::Value = serde_json::from_str(&text).expect("well-formed JSON");
    let written: Vec<_> = pods["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|pod| (&pod["metadata"]["namespace"], &pod["metadata"]["name"]))
        .collect();
    let planned: Vec<_> = cluster.answers().collect();
    assert_eq!(written.len(), PODS as usize);
    assert!(
        written
            .iter()
            .zip(&planned)
            .all(|((namespace, name), answer)| *namespace == answer.namespace
                && *name == answer.name)
    );
    // As kubectl prints it: serde_json's own indentation, of four spaces.
    let mut pretty = Vec::new();
    let spaces = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut pretty, spaces);
    serde::Serialize::serialize(&pods, &mut serializer).expect("a value can be written");
    let pretty = String::from_utf8(pretty).expect("text");
    let as_go_escapes = [("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")]
        .into_iter()
        .fold(pretty, |text, (letter, escaped)| {
            text.replace(letter, escaped)
        });
    assert!(text == as_go_escapes + "\n", "not laid out as kubectl does");
}

fn saved(
    write: impl FnOnce(&Cluster, &Path) -> std::io::Result<()>,
) -> (Cluster, tempfile::TempDir) {
    let cluster = Cluster::plan(PODS, 3, NOW);
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(&cluster, folder.path()).expect("the folder is ours");
    (cluster, folder)
}

/// Asks about everything that was saved in a folder, and compares each answer.
fn all_is_right(cluster: &Cluster, folder: &Path) {
    let output = Command::new(env!("CARGO_BIN_EXE_kubectl-fargate"))
        .args(["explain", "-o", "json", "--from"])
        .arg(folder)
        .arg("--profiles")
        .arg(folder.join("profiles.json"))
        .env_clear()
        .output()
        .expect("cargo built the binary for this test");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let wrong = cluster.wrong_answers(&output.stdout[..]).expect("a report");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
