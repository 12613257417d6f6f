//! How many pods match each selector, counted over distinct namespaces and labels.

use std::collections::HashMap;

use super::namespaces::Namespaces;
use crate::decision::facts::Labels;
use crate::decision::facts::{ClusterSnapshot, Coverage, Kind, Selector};

/// The namespaces and labels that pods have, each combination once.
pub(super) struct DistinctLabels<'a> {
    groups: Vec<Group<'a>>,
}

/// Pods of one namespace with the same labels.
pub(super) struct Group<'a> {
    /// Their namespace.
    pub namespace: &'a str,
    /// Their labels.
    pub labels: &'a Labels,
    /// How many there are.
    pub pods: usize,
}

impl<'a> DistinctLabels<'a> {
    /// Groups the pods, whatever their phase and wherever they are.
    pub fn of(snapshot: &'a ClusterSnapshot) -> Self {
        let mut counts: HashMap<(&str, &Labels), usize> = HashMap::new();
        for pod in &snapshot.pods {
            *counts.entry((&pod.namespace, &pod.labels)).or_default() += 1;
        }
        let mut groups: Vec<Group<'a>> = counts
            .into_iter()
            .map(|((namespace, labels), pods)| Group {
                namespace,
                labels,
                pods,
            })
            .collect();
        groups.sort_unstable_by_key(|group| (group.namespace, group.labels));
        Self { groups }
    }

    /// The groups, by namespace, then labels.
    pub fn iter(&self) -> impl Iterator<Item = &Group<'a>> {
        self.groups.iter()
    }
}

/// What one selector catches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectorSight {
    /// How many pods match it by their own labels, wherever they are; `None` where that cannot be told.
    pub pods_matched: Option<usize>,
    /// The known namespaces that its pattern covers, sorted; empty where the pattern is not known.
    pub namespaces: Vec<String>,
}

impl SelectorSight {
    pub(super) fn of(
        selector: &Selector,
        labels: &DistinctLabels<'_>,
        namespaces: &Namespaces<'_>,
        coverage: &Coverage,
    ) -> Self {
        let are_listed = coverage.is_listed_everywhere(Kind::Pod)
            || selector.namespace.is_literal()
                && coverage.is_listed(Kind::Pod, selector.namespace.as_str());
        let pods_matched = (!selector.is_open())
            .then(|| {
                let groups = labels.iter();
                groups
                    .filter(|group| selector.matches(group.namespace, group.labels))
                    .map(|group| group.pods)
                    .sum()
            })
            // None is only told of a place where all pods were read.
            .filter(|count: &usize| *count > 0 || are_listed);
        Self {
            pods_matched,
            namespaces: namespaces.covered_by(selector),
        }
    }
}

/// Whether the selector's namespace is not told, so that its pattern stands for more than it may cover.
pub(super) fn has_unknown_namespace(selector: &Selector) -> bool {
    selector
        .gaps
        .iter()
        .any(|gap| gap.field == "namespace" && gap.assumed.is_none())
}
