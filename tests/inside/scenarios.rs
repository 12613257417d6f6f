//! Every scenario folder gets its answers.

use std::collections::BTreeSet;

use serde_json::Value;

use super::promises::broken_promises;
use super::scenario::{Subject, entry_of};
use super::{Case, cases, report_on};
use crate::decision::facts::{self, WorkloadKind};

#[test]
fn every_folder_gets_its_answers() {
    let mut wrong = Vec::new();
    for case in cases() {
        let flaws = flaws(case);
        if !flaws.is_empty() {
            wrong.push(format!("{}\n    {}", case.name, flaws.join("\n    ")));
        }
    }
    assert!(!cases().is_empty(), "no scenario was found");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn flaws(case: &Case) -> Vec<String> {
    let snapshot = &case.gathered.snapshot;
    let report = report_on(snapshot, &case.gathered.subjects);
    let mut flaws = broken_promises(&report);
    flaws.extend(case.scenario.judge(|subject| match subject {
        Subject::Pod { namespace, name } => entry_of(&report, namespace, name, false),
        Subject::Template {
            kind,
            namespace,
            name,
        } => template(case, kind, namespace, name),
    }));
    let pods: BTreeSet<(&str, &str)> = snapshot
        .pods
        .iter()
        .map(|pod| (pod.namespace.as_str(), pod.name.as_str()))
        .collect();
    for (namespace, name) in pods {
        if entry_of(&report, namespace, name, false).is_none() {
            flaws.push(format!("pod {namespace}/{name} has no entry"));
        }
    }
    flaws
}

/// The answer about the template of a workload that has no pods.
pub(super) fn template(case: &Case, kind: &str, namespace: &str, name: &str) -> Option<Value> {
    let kind = WorkloadKind::ALL
        .into_iter()
        .find(|known| known.as_str().eq_ignore_ascii_case(kind))?;
    let subject = facts::Subject::template(kind, namespace, name);
    let report = report_on(&case.gathered.snapshot, &[subject]);
    entry_of(&report, namespace, name, true)
}
