//! The labels with which workloads would make pods now.

use super::workloads::tops;
use crate::decision::facts::Labels;
use crate::decision::facts::{ClusterSnapshot, Coverage, Kind, Selector, WorkloadKind};
use crate::decision::placement::recreated::Recreated;

/// The kinds that make pods and are made by people.
const KINDS: &[Kind] = &[
    Kind::Deployment,
    Kind::StatefulSet,
    Kind::Job,
    Kind::CronJob,
];

/// The namespaces and labels of the pods that workloads would make.
pub(super) struct TemplateLabels<'a> {
    all: Vec<(&'a str, Labels)>,
    coverage: &'a Coverage,
}

impl<'a> TemplateLabels<'a> {
    /// Takes the templates of all workloads that were read, those aside whose pods Fargate never takes.
    pub fn of(snapshot: &'a ClusterSnapshot) -> Self {
        let makers = tops(snapshot).filter(|workload| workload.kind != WorkloadKind::DaemonSet);
        let all = makers
            .map(|workload| {
                let labels = Recreated::of_template(workload, workload).labels;
                (workload.namespace.as_str(), labels)
            })
            .collect();
        Self {
            all,
            coverage: &snapshot.coverage,
        }
    }

    /// Whether every kind of workload was read that may make pods which the selector matches.
    pub fn are_whole_for(&self, selector: &Selector) -> bool {
        let namespace = selector.namespace.as_str();
        let is_one = selector.namespace.is_literal();
        KINDS.iter().all(|kind| {
            self.coverage.is_listed_everywhere(*kind)
                || is_one && self.coverage.is_listed(*kind, namespace)
        })
    }

    /// Whether the pods of some template would match.
    pub fn any_matches(&self, selector: &Selector) -> bool {
        let mut all = self.all.iter();
        all.any(|(namespace, labels)| selector.may_match(namespace, labels))
    }

    /// Whether some template carries this label.
    pub fn any_carries(&self, key: &str, value: &str) -> bool {
        let mut all = self.all.iter();
        all.any(|(_, labels)| labels.get(key).is_some_and(|found| found == value))
    }

    /// Whether some template carries a label of this key.
    pub fn any_has(&self, key: &str) -> bool {
        self.all.iter().any(|(_, labels)| labels.contains_key(key))
    }
}
