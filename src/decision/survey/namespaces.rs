//! Which namespaces there are, as far as namespaces or what is in them were read.

use std::collections::BTreeSet;

use super::selectors::has_unknown_namespace;
use crate::decision::facts::{ClusterSnapshot, Selector};

/// The namespaces that are known.
pub(super) struct Namespaces<'a>(pub BTreeSet<&'a str>);

/// Returns the namespaces that were read, and those of the pods and workloads that were.
pub(super) fn known(snapshot: &ClusterSnapshot) -> Namespaces<'_> {
    let listed = snapshot.namespaces.iter().map(String::as_str);
    let of_pods = snapshot.pods.iter().map(|pod| pod.namespace.as_str());
    let of_workloads = snapshot.workloads.values();
    let of_workloads = of_workloads.map(|workload| workload.namespace.as_str());
    Namespaces(listed.chain(of_pods).chain(of_workloads).collect())
}

impl Namespaces<'_> {
    /// The known namespaces that a selector covers, sorted.
    pub fn covered_by(&self, selector: &Selector) -> Vec<String> {
        if has_unknown_namespace(selector) {
            return Vec::new();
        }
        let covered = self
            .0
            .iter()
            .filter(|name| selector.namespace.matches(name));
        covered.map(|name| (*name).to_owned()).collect()
    }
}
