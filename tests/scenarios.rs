//! Every scenario folder, read as files by the binary: the answers must be the expected ones, and every report must keep what
//! reports promise. One test a folder; a failure shows what was found, what was wanted, and the sentence that the person read.
//!
//! The catalogue is walked as well: a reason without a scenario that fires it, and one that looks like it, is not proved.

#[path = "support/program.rs"]
mod program;
#[path = "support/promises.rs"]
mod promises;
#[path = "support/scenario.rs"]
mod scenario;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::ExitCode,
};

use kubectl_fargate::decision::reason::Reason;
use kubectl_fargate::decision::rules::{self, Family};
use libtest_mimic::{Arguments, Failed, Trial};
use promises::broken_promises;
use scenario::{Scenario, Subject, entry_of, folders, name_of};
use serde_json::{Value, json};

/// Reasons whose scenarios come with the features that they rest on. What gets a scenario leaves this list, which is checked.
const NOT_YET_PROVED: &[Reason] = &[];

/// Reasons that no folder can fire, because files cannot carry the answers of EC2 that they rest on. Each names the test of
/// the library that proves it over snapshots, in [`PROOFS_OVER_SNAPSHOTS`].
const NOT_SHOWN_BY_FILES: &[(Reason, &str)] = &[
    (Reason::SubnetOutOfAddresses, "subnets_out_of_addresses"),
    (Reason::VpcDnsDisabled, "dns_of_the_vpc_switched_off"),
];

/// The test of the library that proves the reasons about profiles: no pod's answer names them, and folders hold answers about pods.
const PROOF_OF_PROFILES: &str = "src/decision/survey/tests/proofs.rs";

/// Where those tests stand; each has a second one, `looks_like_…`, for what only looks like it.
const PROOFS_OVER_SNAPSHOTS: &str = "src/decision/verdict/surroundings_tests/mod.rs";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = vec![
        Trial::test("catalogue::every_reason_is_fired", every_reason_is_fired),
        Trial::test(
            "catalogue::every_reason_has_a_look_alike",
            every_reason_has_a_look_alike,
        ),
        Trial::test(
            "catalogue::what_is_proved_is_not_excused",
            what_is_proved_is_not_excused,
        ),
        Trial::test(
            "catalogue::what_files_cannot_show_is_proved_elsewhere",
            what_files_cannot_show_is_proved_elsewhere,
        ),
        Trial::test(
            "promises::a_good_report_keeps_them",
            a_good_report_keeps_them,
        ),
        Trial::test(
            "promises::each_broken_one_is_told",
            each_broken_promise_is_told,
        ),
    ];
    for folder in folders() {
        let name = name_of(&folder);
        let (copy, story) = (folder.clone(), folder.clone());
        trials.push(Trial::test(format!("folders::{name}"), move || {
            is_whole(&copy)
        }));
        trials.push(Trial::test(format!("files::{name}"), move || {
            has_the_expected_answers(&story)
        }));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The folder tells its story, and its expectations can be met.
fn is_whole(folder: &Path) -> Result<(), Failed> {
    let scenario = Scenario::read(folder)?;
    let expected = &scenario.expected;
    let mut wrong = Vec::new();
    let story = std::fs::read_to_string(folder.join("README.md")).unwrap_or_default();
    if story.trim().is_empty() {
        wrong.push("no README.md that tells what happened".to_owned());
    }
    if expected.pods.is_empty() || (expected.fires.is_empty() && expected.looks_like.is_empty()) {
        wrong.push("names no answer, or no reason that it proves or looks like".to_owned());
    }
    let wanted: BTreeSet<&String> = expected
        .pods
        .iter()
        .flat_map(|entry| std::iter::once(&entry.reason).chain(&entry.also))
        .collect();
    for reason in expected
        .fires
        .iter()
        .chain(&expected.looks_like)
        .chain(wanted.iter().copied())
    {
        if !is_known(reason) {
            wrong.push(format!("{reason} is no reason of the catalogue"));
        }
    }
    for reason in &expected.fires {
        if !wanted.contains(reason) {
            wrong.push(format!(
                "fires {reason}, which no entry names as its reason or among also"
            ));
        }
    }
    for reason in &expected.looks_like {
        if wanted.contains(reason) {
            wrong.push(format!(
                "looksLike {reason}, which an entry wants all the same"
            ));
        }
    }
    told(wrong)
}

/// The binary gives the answers that the folder expects, in a report that keeps its promises.
fn has_the_expected_answers(folder: &Path) -> Result<(), Failed> {
    let scenario = Scenario::read(folder)?;
    let home = tempfile::tempdir()?;
    let ask = |question: &[&str], format: &str| {
        let mut arguments: Vec<String> = ["explain", "--from"].map(str::to_owned).to_vec();
        arguments.push(folder.join("cluster").display().to_string());
        arguments.extend(scenario.profile_arguments());
        if let Some(at) = &scenario.expected.at {
            arguments.extend(["--at".to_owned(), at.clone()]);
        }
        arguments.extend(question.iter().map(|&word| word.to_owned()));
        if !format.is_empty() {
            arguments.extend(["-o".to_owned(), format.to_owned()]);
        }
        program::run(home.path(), &arguments).answer(&arguments)
    };
    let report_on = |question: &[&str]| -> Result<Value, String> {
        let text = ask(question, "json")?;
        serde_json::from_str(&text).map_err(|error| format!("not JSON: {error}\n{text}"))
    };

    let report = report_on(&["-A"])?;
    let mut wrong = broken_promises(&report);
    wrong.extend(pods_that_were_left_out(folder, &report));
    if let Some(at) = &scenario.expected.at {
        let asked: Result<jiff::Timestamp, _> = at.parse();
        let taken: Result<jiff::Timestamp, _> =
            report["takenAt"].as_str().unwrap_or_default().parse();
        if asked.ok() != taken.ok() {
            wrong.push(format!("judged from {}, asked for {at}", report["takenAt"]));
        }
    }
    wrong.extend(scenario.judge(|subject| match subject {
        Subject::Pod { namespace, name } => entry_of(&report, namespace, name, false),
        Subject::Template {
            kind,
            namespace,
            name,
        } => {
            let report = report_on(&[&format!("{kind}/{name}"), "-n", namespace]).ok()?;
            entry_of(&report, namespace, name, true)
        }
    }));
    wrong.extend(other_forms_that_differ(&report, |format| {
        ask(&["-A"], format)
    }));
    told(wrong)
}

/// Every pod of the input has one entry.
fn pods_that_were_left_out(folder: &Path, report: &Value) -> Vec<String> {
    let file = folder.join("cluster/pods.yaml");
    let Ok(text) = std::fs::read_to_string(&file) else {
        return Vec::new();
    };
    let documents: Vec<Value> = match serde_saphyr::from_multiple(&text) {
        Ok(documents) => documents,
        Err(error) => return vec![format!("{} is not YAML: {error}", file.display())],
    };
    let mut wrong = Vec::new();
    for document in &documents {
        let single = std::slice::from_ref(document);
        for pod in document["items"].as_array().map_or(single, Vec::as_slice) {
            let (namespace, name) = (&pod["metadata"]["namespace"], &pod["metadata"]["name"]);
            let entries = report["pods"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|entry| entry["namespace"] == *namespace && entry["name"] == *name)
                .count();
            if entries != 1 && pod["kind"] == "Pod" {
                wrong.push(format!(
                    "pod {namespace}/{name} has {entries} entries, and should have one"
                ));
            }
        }
    }
    wrong
}

/// Another run says the same in YAML; for eyes there is something to read, without control characters.
fn other_forms_that_differ(
    report: &Value,
    ask: impl Fn(&str) -> Result<String, String>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    match ask("yaml") {
        Ok(text) if serde_saphyr::from_str(&text).ok().as_ref() != Some(report) => {
            wrong.push(format!("-o yaml says something else:\n{text}"));
        }
        Ok(_) => {}
        Err(error) => wrong.push(error),
    }
    match ask("") {
        Ok(text) => {
            let control = text
                .chars()
                .find(|letter| letter.is_control() && *letter != '\n');
            if text.trim().is_empty() || control.is_some() {
                wrong.push(format!(
                    "the text is empty, or has {control:?} in it:\n{text:?}"
                ));
            }
        }
        Err(error) => wrong.push(error),
    }
    wrong
}

fn every_reason_is_fired() -> Result<(), Failed> {
    let elsewhere: Vec<Reason> = NOT_SHOWN_BY_FILES
        .iter()
        .map(|(reason, _)| *reason)
        .collect();
    missing("no scenario fires", &elsewhere, |scenario| {
        &scenario.expected.fires
    })
}

fn every_reason_has_a_look_alike() -> Result<(), Failed> {
    missing("no scenario looks like", &[], |scenario| {
        &scenario.expected.looks_like
    })
}

/// Fails with every reason that no scenario names in a list.
fn missing(
    what: &str,
    excused: &[Reason],
    named: impl Fn(&Scenario) -> &Vec<String>,
) -> Result<(), Failed> {
    let named: BTreeSet<String> = readable_scenarios()
        .iter()
        .flat_map(|scenario| named(scenario).clone())
        .collect();
    told(
        Reason::ALL
            .iter()
            .filter(|reason| !NOT_YET_PROVED.contains(reason) && !excused.contains(reason))
            .filter(|reason| rules::info(**reason).family != Family::Profiles)
            .filter(|reason| !named.contains(reason.as_str()))
            .map(|reason| format!("{what} {reason}"))
            .collect(),
    )
}

fn what_is_proved_is_not_excused() -> Result<(), Failed> {
    let scenarios = readable_scenarios();
    told(
        NOT_YET_PROVED
            .iter()
            .filter(|reason| {
                scenarios.iter().any(|scenario| {
                    scenario
                        .expected
                        .fires
                        .iter()
                        .any(|fired| fired == reason.as_str())
                })
            })
            .map(|reason| format!("{reason} has a scenario: take it off NOT_YET_PROVED"))
            .collect(),
    )
}

/// Its tests are there, and no folder fires it after all.
fn what_files_cannot_show_is_proved_elsewhere() -> Result<(), Failed> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(PROOFS_OVER_SNAPSHOTS);
    let proofs = std::fs::read_to_string(&file)?;
    let scenarios = readable_scenarios();
    let mut wrong = Vec::new();
    let of_profiles =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(PROOF_OF_PROFILES))?;
    for info in rules::infos().filter(|info| info.family == Family::Profiles) {
        if !of_profiles.contains(&format!("Reason::{},", info.reason)) {
            wrong.push(format!("{}: no proof in {PROOF_OF_PROFILES}", info.reason));
        }
    }
    for (reason, test) in NOT_SHOWN_BY_FILES {
        for name in [(*test).to_owned(), format!("looks_like_{test}")] {
            if !proofs.contains(&format!("#[test]\nfn {name}()")) {
                wrong.push(format!(
                    "{reason}: no test {name} in {PROOFS_OVER_SNAPSHOTS}"
                ));
            }
        }
        let fires = |scenario: &Scenario| {
            let fired = &scenario.expected.fires;
            fired.iter().any(|fired| fired == reason.as_str())
        };
        if scenarios.iter().any(fires) {
            wrong.push(format!(
                "{reason} has a scenario: take it off NOT_SHOWN_BY_FILES"
            ));
        }
    }
    told(wrong)
}

/// Folders that cannot be read have a test of their own, which says so.
fn readable_scenarios() -> Vec<Scenario> {
    folders()
        .iter()
        .filter_map(|folder: &PathBuf| Scenario::read(folder).ok())
        .collect()
}

fn is_known(reason: &str) -> bool {
    Reason::ALL.iter().any(|known| known.as_str() == reason)
}

fn told(wrong: Vec<String>) -> Result<(), Failed> {
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(format!("\n  {}", wrong.join("\n  ")).into())
    }
}

/// A report with one of everything, as the promises want it.
fn good_report() -> Value {
    json!({
        "apiVersion": "fargate.kubectl.io/v1", "kind": "PlacementReport",
        "takenAt": "2026-11-20T12:00:00Z", "cluster": {"name": "prod", "region": "eu-west-1"},
        "sources": [{"what": "pods", "status": "Read", "count": 2}, {"what": "nodes", "status": "Forbidden", "detail": "no"}],
        "pods": [
            {
                "namespace": "shop", "name": "api-0", "phase": "Running",
                "placement": {"kind": "EC2", "node": "ip-10-0-1-23.ec2.internal", "provisioner": {"kind": "Karpenter", "name": "default"}},
                "expected": {"kind": "NotFargate", "from": "Pod", "certainty": "Certain", "because": ["LabelMismatch"]},
                "reason": "LabelMismatch", "certainty": "Certain", "summary": "api-0 runs on EC2.",
                "findings": [
                    {"reason": "LabelMismatch", "severity": "Info", "certainty": "Certain", "message": "A label is missing."},
                    {"reason": "StartupFailure", "severity": "Error", "certainty": "Certain", "message": "It crashes."},
                ],
                "nearMisses": [
                    {"profile": "apps", "selector": 1, "namespace": {"pattern": "shop", "matched": true}, "labels": [
                        {"key": "tier", "pattern": "backend", "found": "backend", "matched": true},
                        {"key": "team", "pattern": "orders", "matched": false},
                    ]},
                    {"profile": "apps", "selector": 0, "namespace": {"pattern": "shop", "matched": true}, "labels": [
                        {"key": "tier", "pattern": "edge", "found": "backend", "matched": false},
                    ]},
                ],
                "nearMissCount": 2,
            },
            {
                "namespace": "shop", "name": "web-0", "owner": {"kind": "Deployment", "name": "web"}, "createdAt": "2026-11-17T09:12:00Z",
                "placement": {"kind": "FargatePending", "profile": "apps"},
                "expected": {"kind": "Fargate", "profile": "apps", "selector": 0, "from": "Template"},
                "reason": "Provisioning", "certainty": "Likely", "summary": "web-0 waits.",
                "findings": [{
                    "reason": "Provisioning", "severity": "Info", "certainty": "Likely", "message": "It was claimed moments ago.",
                    "evidence": [{"object": "pod/shop/web-0", "field": "spec.schedulerName", "found": "fargate-scheduler"}],
                    "fix": {"text": "Wait.", "commands": ["kubectl -n shop get pod web-0 -w"]},
                    "source": "https://docs.aws.amazon.com/eks/latest/userguide/fargate-profile.html",
                }],
                "timeline": [{"time": "2026-11-17T09:12:00Z", "what": "pod created"}],
            },
        ],
    })
}

fn a_good_report_keeps_them() -> Result<(), Failed> {
    told(broken_promises(&good_report()))
}

fn each_broken_promise_is_told() -> Result<(), Failed> {
    // Where the good report is changed, to what, and words of the complaint that is due.
    let changes = [
        ("/apiVersion", json!("v1"), "apiVersion"),
        ("/kind", json!("Report"), "PlacementReport"),
        ("/takenAt", json!("2026-11-20T13:00:00+01:00"), "UTC"),
        ("/sources/1/status", json!("Denied"), "Denied"),
        ("/sources/1/detail", Value::Null, "null"),
        ("/pods/0/name", json!("zebra"), "sorted"),
        ("/pods/0/summary", json!(" "), "a text is due"),
        ("/pods/0/summary", json!("one\ntwo"), "one line"),
        ("/pods/0/template", json!(true), "placement"),
        ("/pods/0/placement/kind", json!("Somewhere"), "Somewhere"),
        ("/pods/0/placement/kind", json!("Pending"), "do not agree"),
        (
            "/pods/0/placement/provisioner/kind",
            json!("Spot"),
            "provisioner",
        ),
        ("/pods/0/expected/kind", json!("Maybe"), "Maybe"),
        ("/pods/0/expected/from", json!("Owner"), "Owner"),
        (
            "/pods/0/expected/because/0",
            json!("LabelMissing"),
            "no known reason",
        ),
        ("/pods/1/expected/selector", json!("0"), "selector"),
        ("/pods/0/reason", json!("NoProfiles"), "first finding"),
        ("/pods/0/reason", json!("Bad"), "no known reason"),
        ("/pods/0/certainty", json!("Likely"), "as certain"),
        (
            "/pods/0/findings/2",
            json!({"reason": "OptedOut", "severity": "Fatal", "message": "no"}),
            "Fatal",
        ),
        (
            "/pods/0/findings/2",
            json!({"reason": "OptedOut", "severity": "Info"}),
            "message",
        ),
        (
            "/pods/0/nearMisses/0/labels/1/matched",
            json!(true),
            "no near miss",
        ),
        (
            "/pods/0/nearMisses/0/labels/0/matched",
            json!(false),
            "most pairs met",
        ),
        ("/pods/0/nearMissCount", json!(1), "nearMissCount"),
        (
            "/pods/1/findings/0/evidence/0/object",
            json!(""),
            "evidence.object",
        ),
        (
            "/pods/1/findings/0/fix/commands/0",
            json!("rm -rf /"),
            "rm -rf",
        ),
        (
            "/pods/1/findings/0/fix/commands/0",
            json!("kubectl get\npods"),
            "single line",
        ),
        (
            "/pods/1/findings/0/source",
            json!("the user guide"),
            "address",
        ),
        ("/pods/1/timeline/0/time", json!("yesterday"), "RFC 3339"),
    ];
    let mut wrong = Vec::new();
    for (pointer, value, complaint) in changes {
        let mut report = good_report();
        set(&mut report, pointer, &value);
        let broken = broken_promises(&report);
        if !broken.iter().any(|line| line.contains(complaint)) {
            wrong.push(format!(
                "{pointer} = {value}: nothing about {complaint} in {broken:?}"
            ));
        }
    }
    told(wrong)
}

/// Sets what a JSON pointer names; its last part may be a new field, or the place after a list's end.
fn set(report: &mut Value, pointer: &str, value: &Value) {
    let (parent, field) = pointer
        .rsplit_once('/')
        .expect("the pointers above have a slash");
    match report.pointer_mut(parent) {
        Some(Value::Array(items)) => match field.parse::<usize>() {
            Ok(index) if index < items.len() => items[index] = value.clone(),
            _ => items.push(value.clone()),
        },
        Some(parent) => parent[field] = value.clone(),
        None => {}
    }
}
