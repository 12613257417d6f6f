//! What pods tell of the profiles that claimed them: all that is left where the selectors cannot be had.

use std::collections::{BTreeMap, BTreeSet};

use crate::decision::facts::ClusterSnapshot;
use crate::decision::facts::pod::PROFILE_LABEL;
use crate::decision::placement::owners::is_written_by_controllers;

/// What the pods that carry a profile's name have in common.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObservedPods {
    /// How many there are.
    pub pods: usize,
    /// Their namespaces.
    pub namespaces: BTreeSet<String>,
    /// The labels that all of them have, with the same value; those that controllers write aside.
    pub common_labels: BTreeMap<String, String>,
}

/// Returns what pods tell, by the name that a claim wrote on them.
pub(super) fn by_name(snapshot: &ClusterSnapshot) -> BTreeMap<&str, ObservedPods> {
    let mut found: BTreeMap<&str, ObservedPods> = BTreeMap::new();
    for pod in snapshot.pods.iter().filter(|pod| pod.is_claimed()) {
        let Some(name) = pod.profile_label() else {
            continue;
        };
        let seen = found.entry(name).or_default();
        seen.namespaces.insert(pod.namespace.clone());
        if seen.pods == 0 {
            seen.common_labels = pod
                .labels
                .iter()
                .filter(|(key, _)| *key != PROFILE_LABEL && !is_written_by_controllers(key))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
        } else {
            seen.common_labels
                .retain(|key, value| pod.labels.get(key) == Some(value));
        }
        seen.pods += 1;
    }
    found
}
