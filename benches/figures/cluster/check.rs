//! Whether a report gives the answers that are due.

use std::collections::BTreeMap;
use std::io::Read;

use serde::Deserialize;

use super::{Answer, Cluster};

#[derive(Deserialize)]
struct Report {
    pods: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    namespace: String,
    name: String,
    placement: Option<Placement>,
    expected: Expected,
    reason: String,
}

#[derive(Deserialize)]
struct Placement {
    kind: String,
    provisioner: Option<Provisioner>,
}

#[derive(Deserialize)]
struct Provisioner {
    kind: String,
}

#[derive(Deserialize)]
struct Expected {
    kind: String,
    profile: Option<String>,
}

impl Cluster {
    /// Compares a report (`explain -A -o json`) with the answers that are due. Returns a line for each pod that has another
    /// answer, none, or no business there. Errors: it is no report.
    pub fn wrong_answers(&self, report: impl Read) -> serde_json::Result<Vec<String>> {
        let report: Report = serde_json::from_reader(std::io::BufReader::new(report))?;
        let mut due: BTreeMap<(&str, &str), Answer<'_>> = self
            .answers()
            .map(|answer| ((answer.namespace, answer.name), answer))
            .collect();
        let mut wrong = Vec::new();
        // Templates of workloads without pods have no placement; there are none in this cluster.
        for entry in &report.pods {
            let told = told(entry);
            match due.remove(&(entry.namespace.as_str(), entry.name.as_str())) {
                Some(answer) if answer.told() == told => {}
                Some(answer) => wrong.push(format!(
                    "{}/{}: {told}, where {} is due",
                    entry.namespace,
                    entry.name,
                    answer.told()
                )),
                None => wrong.push(format!("{}/{}: not expected", entry.namespace, entry.name)),
            }
        }
        wrong.extend(
            due.keys()
                .map(|(namespace, name)| format!("{namespace}/{name}: missing")),
        );
        Ok(wrong)
    }
}

impl Answer<'_> {
    fn told(&self) -> String {
        words(
            self.placement,
            self.provisioner,
            self.expected,
            self.profile,
            self.reason,
        )
    }
}

fn told(entry: &Entry) -> String {
    let placement = entry.placement.as_ref();
    words(
        placement.map_or("no placement", |placement| &placement.kind),
        placement
            .and_then(|placement| placement.provisioner.as_ref())
            .map(|provisioner| provisioner.kind.as_str()),
        &entry.expected.kind,
        entry.expected.profile.as_deref(),
        &entry.reason,
    )
}

fn words(
    placement: &str,
    provisioner: Option<&str>,
    expected: &str,
    profile: Option<&str>,
    reason: &str,
) -> String {
    format!(
        "{placement} ({}), expected {expected} ({}), {reason}",
        provisioner.unwrap_or("-"),
        profile.unwrap_or("-")
    )
}
