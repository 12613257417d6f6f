//! What the report tells of sizes when the annotation is AWS's, somebody's, or no size at all: one scenario, changed a little.

#[path = "support/program.rs"]
mod program;

use std::{fs, path::Path};

use serde_json::{Value, json};

const SCENARIO: &str = "tests/scenarios/request-just-above-a-fargate-size";
const BILLED: &str = "CapacityProvisioned: 2vCPU 9GB";

/// Returns the report's entry of the pod that asks for 1 vCPU and 8 GiB, after a change of the files.
fn invoices(change: impl Fn(&str, String) -> String) -> Value {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join(SCENARIO);
    for file in fs::read_dir(scenario.join("cluster")).expect("the scenario is there") {
        let path = file.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        let text = fs::read_to_string(&path).expect("text");
        fs::write(folder.path().join(&*name), change(&name, text)).expect("a file");
    }
    let arguments = [
        "explain",
        "-A",
        "-o",
        "json",
        "--from",
        &folder.path().display().to_string(),
        "--profiles",
        &scenario.join("profiles.json").display().to_string(),
    ]
    .map(str::to_owned);
    let answer = program::run(folder.path(), &arguments).answer(&arguments);
    let report: Value = serde_json::from_str(&answer.expect("an answer")).expect("JSON");
    let pods = report["pods"].as_array().expect("a list");
    let is_asked = |pod: &&Value| pod["owner"]["name"] == "invoices";
    pods.iter().find(is_asked).expect("it is there").clone()
}

fn with_annotation(annotation: &str) -> Value {
    invoices(|_, text| text.replace(BILLED, annotation))
}

fn rounded_up(pod: &Value) -> Option<String> {
    let findings = pod["findings"].as_array().expect("a list");
    let found = findings
        .iter()
        .find(|found| found["reason"] == "RoundedUp")?;
    Some(found["message"].as_str().expect("a text").to_owned())
}

#[test]
fn what_aws_wrote_is_billed() {
    let pod = invoices(|_, text| text);
    assert_eq!(
        pod["size"],
        json!({
            "requested": {"cpuMillicores": 1000, "memoryMib": 8192},
            "overheadMib": 256,
            "computed": {"cpuMillicores": 2000, "memoryMib": 9216},
            "billed": {"cpuMillicores": 2000, "memoryMib": 9216},
        })
    );
    let told = rounded_up(&pod).expect("it is more than it asks for");
    assert!(
        told.contains("no size with 1 vCPU has that much memory"),
        "{told}"
    );
}

#[test]
fn an_annotation_that_is_not_what_we_compute_counts_and_nobody_claims_to_know_why() {
    let pod = with_annotation("CapacityProvisioned: 32vCPU 244GB");
    assert_eq!(pod["size"]["billed"]["memoryMib"], 244 * 1024);
    assert_eq!(pod["size"]["computed"]["memoryMib"], 9216);
    let told = rounded_up(&pod).expect("it is more than it asks for");
    assert!(
        told.contains("bills 32 vCPU 244 GB, as its annotation says")
            && told.contains("why it differs is not known"),
        "{told}"
    );
    let too_small = with_annotation("CapacityProvisioned: 1vCPU 8GB");
    assert_eq!(too_small["size"]["billed"]["memoryMib"], 8192);
    assert_eq!(rounded_up(&too_small), None, "less is not rounded up");
}

#[test]
fn without_a_size_in_the_annotation_nothing_is_billed() {
    for annotation in ["CapacityProvisioned: plenty", "other: none"] {
        let pod = with_annotation(annotation);
        assert_eq!(pod["size"]["billed"], Value::Null, "{annotation}");
        assert_eq!(pod["size"]["computed"]["cpuMillicores"], 2000);
        assert_eq!(rounded_up(&pod), None, "{annotation}");
    }
}

#[test]
fn a_size_that_stands_in_the_template_is_not_taken_for_the_word_of_aws() {
    let by_hand = "CapacityProvisioned: 4vCPU 16GB";
    let pod = invoices(|file, text| {
        match file {
        "pods.yaml" => text.replace(BILLED, by_hand),
        "deployments.yaml" | "replicasets.yaml" => text.replace(
            "        labels:\n          app: invoices\n",
            &format!("        annotations:\n          {by_hand}\n        labels:\n          app: invoices\n"),
        ),
        _ => text,
    }
    });
    assert_eq!(pod["size"]["billed"], Value::Null);
    assert_eq!(rounded_up(&pod), None);
}

#[test]
fn readings_that_differ_are_both_told() {
    let sidecar = "    initContainers:\n    - image: proxy:1\n      name: proxy\n      restartPolicy: Always\n      resources:\n        \
                   requests:\n          cpu: 500m\n          memory: 8Gi\n    nodeName:";
    let pod = invoices(|file, text| match file {
        "pods.yaml" => text.replacen("    nodeName:", sidecar, 2),
        _ => text,
    });
    assert_eq!(
        pod["size"]["computed"],
        json!({"cpuMillicores": 4000, "memoryMib": 17 * 1024}),
        "both run side by side"
    );
    assert_eq!(
        pod["size"]["alternative"],
        json!({"cpuMillicores": 2000, "memoryMib": 9216}),
        "the larger of the two"
    );
    assert_eq!(
        rounded_up(&pod),
        None,
        "what is billed is less than 1.5 vCPU and 16 GiB"
    );
}
