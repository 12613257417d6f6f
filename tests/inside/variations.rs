//! What the answers would be if things were a little different: for a pod of each reason that a scenario proves, what becomes
//! of its reason, its expected placement and its findings when it is terminating, made a second later, refused by one thing
//! more, and so on. `tests/golden/variations.txt` keeps two digests for each pod. The first is of its answers without their
//! texts: when it changes, a decision did. The second is of all messages, evidence and fixes, which change more often.

mod of_cluster;
mod of_pod;

use std::collections::BTreeSet;

use super::{Case, UPDATE, cases, difference, is_update, without_folder};
use crate::decision::facts::{ClusterSnapshot, PodSpec};
use crate::decision::verdict::explain;
use of_cluster::OF_CLUSTER;
use of_pod::{OF_POD, OF_SPEC};

/// Where the digests are kept.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/variations.txt");
/// Where the answers themselves are left by a run that writes the digests.
const ANSWERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/variations.txt");

#[test]
fn every_variation_is_the_one_on_file() {
    let (mut digests, mut answers) = (String::new(), String::new());
    for case in cases() {
        for Variations {
            pod,
            outcomes,
            texts,
        } in variations(case)
        {
            let outcomes = without_folder(&outcomes);
            let (decisions, texts) = (digest(&outcomes), digest(&texts));
            digests.push_str(&format!(
                "{decisions:016x} {texts:016x} {} {pod}\n",
                case.name
            ));
            answers.push_str(&format!("{} {pod}\n{outcomes}", case.name));
        }
    }
    if is_update() {
        for (file, text) in [(FILE, digests), (ANSWERS, answers)] {
            std::fs::write(file, text)
                .unwrap_or_else(|error| panic!("could not write {file}: {error}"));
        }
        return;
    }
    let kept = std::fs::read_to_string(FILE).unwrap_or_default();
    if let Some(what) = difference(&kept, &digests) {
        panic!(
            "tests/golden/variations.txt, {what}\n`{UPDATE}=1 cargo test --lib inside::` writes it anew, and the \
             answers to target/variations.txt: compare them with those of the commit before"
        );
    }
}

/// FNV-1a: the same on every machine and with every compiler.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |digest, byte| {
        (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// What would become of a pod.
struct Variations {
    /// `NAMESPACE/NAME`.
    pod: String,
    /// A line for each variation that makes a difference.
    outcomes: String,
    /// All that is said in all of them.
    texts: String,
}

/// What would become of the pods of a scenario: the first of each decisive reason that it proves.
fn variations(case: &Case) -> Vec<Variations> {
    let original = &case.gathered.snapshot;
    let mut seen = BTreeSet::new();
    let mut answers = Vec::new();
    for (index, pod) in original.pods.iter().enumerate() {
        let reason = explain(original, pod).decisive().reason.as_str();
        let is_proved = case
            .scenario
            .expected
            .fires
            .iter()
            .any(|fired| fired == reason);
        if is_proved && seen.insert(reason) {
            answers.push(of_pod(original, index));
        }
    }
    answers
}

fn of_pod(original: &ClusterSnapshot, index: usize) -> Variations {
    let before = Outcome::of(original, index);
    let mut texts = String::new();
    let mut outcomes = format!("  as it is: {}\n", before.against(&Outcome::default()));
    let mut tell = |what: &str, snapshot: &ClusterSnapshot| {
        let outcome = Outcome::of(snapshot, index);
        let told = outcome.against(&before);
        if !told.is_empty() {
            outcomes.push_str(&format!("  {what}: {told}\n"));
        }
        texts.push_str(&outcome.texts);
    };
    // A snapshot is large, a pod is not: what is changed is put back.
    let mut changed = original.clone();
    for (what, change) in OF_POD {
        change(&mut changed.pods[index], original.taken_at);
        tell(what, &changed);
        changed.pods[index] = original.pods[index].clone();
    }
    for (what, change) in OF_SPEC {
        let pod = &mut changed.pods[index];
        change(&mut pod.spec);
        if let Some(node) = pod.spec.node_name.take() {
            pod.node_name = Some(node.into());
        }
        tell(&format!("pod {what}"), &changed);
        each_template(&mut changed, change);
        tell(&format!("pod and templates {what}"), &changed);
        changed.pods[index] = original.pods[index].clone();
        tell(&format!("templates {what}"), &changed);
        changed.workloads.clone_from(&original.workloads);
    }
    for (what, change) in OF_CLUSTER {
        let mut changed = original.clone();
        change(&mut changed, index);
        tell(what, &changed);
    }
    let pod = &original.pods[index];
    Variations {
        pod: format!("{}/{}", pod.namespace, pod.name),
        outcomes,
        texts,
    }
}

fn each_template(snapshot: &mut ClusterSnapshot, change: &fn(&mut PodSpec)) {
    for workload in snapshot.workloads.values_mut() {
        change(&mut workload.template.spec);
    }
}

/// What is said about a pod.
#[derive(Default)]
struct Outcome {
    verdict: String,
    findings: Vec<String>,
    texts: String,
}

impl Outcome {
    fn of(snapshot: &ClusterSnapshot, index: usize) -> Self {
        let verdict = explain(snapshot, &snapshot.pods[index]);
        let (decisive, case) = (verdict.decisive(), &verdict.case);
        let expected = &case.expected;
        let because: Vec<&str> = expected
            .because
            .iter()
            .map(|reason| reason.as_str())
            .collect();
        Self {
            verdict: format!(
                "{} {} {:?}, again: {:?} {:?} from {:?} {}{}",
                case.placement_kind().map_or("-", |kind| kind.as_str()),
                decisive.reason,
                decisive.certainty,
                expected.kind,
                expected.certainty,
                expected.from,
                expected.profile.as_deref().unwrap_or_default(),
                because.join("+"),
            ),
            findings: verdict
                .findings
                .iter()
                .map(|finding| {
                    let commands = finding.fix.as_ref().map(|fix| fix.commands.len());
                    format!(
                        "{} {:?} {:?} {}{}",
                        finding.reason,
                        finding.severity,
                        finding.certainty,
                        finding.evidence.len(),
                        commands.map_or(String::new(), |count| format!("+{count}")),
                    )
                })
                .collect(),
            texts: without_folder(
                &serde_json::to_string(&verdict.findings).expect("findings are plain data"),
            ),
        }
    }

    /// Returns what differs from another, texts aside; empty where nothing does.
    fn against(&self, other: &Self) -> String {
        let mut parts = Vec::new();
        if self.verdict != other.verdict {
            parts.push(self.verdict.clone());
        }
        let gone = |a: &Self, b: &Self, sign: &str| -> Vec<String> {
            let only = a
                .findings
                .iter()
                .filter(|finding| !b.findings.contains(finding));
            only.map(|finding| format!("{sign} {finding}")).collect()
        };
        parts.extend(gone(self, other, "+"));
        parts.extend(gone(other, self, "-"));
        parts.join("; ")
    }
}
