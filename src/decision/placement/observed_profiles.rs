//! What pods tell of profiles by the label that EKS wrote on them: names, namespaces and labels, where nothing else tells.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use arcstr::ArcStr;

use super::observed::sight_of_node;
use super::owners::{OwnerChain, OwnerName, is_written_by_controllers};
use crate::decision::facts::pod::PROFILE_LABEL;
use crate::decision::facts::{ClusterSnapshot, ObjectRef, Pod};

/// The label of the pods of an Argo Rollout, written by its controller.
const ROLLOUT_HASH: &str = "rollouts-pod-template-hash";

/// A profile as the pods that it claimed show it.
#[derive(Debug, Clone, PartialEq)]
pub struct ObservedProfile<'a> {
    /// Its name.
    pub name: &'a str,
    /// The pods that carry its claim, on Fargate or on their way there, in the order in which they were read.
    pub pods: Vec<&'a Pod>,
    /// Their namespaces.
    pub namespaces: BTreeSet<&'a str>,
    /// The labels that all of them have in common, those aside that controllers or EKS write. Its selectors ask for some of
    /// these, or for none.
    pub common_labels: BTreeMap<&'a str, &'a str>,
}

/// The profiles whose claim pods carry, sorted by name.
pub fn observed_profiles(snapshot: &ClusterSnapshot) -> Vec<ObservedProfile<'_>> {
    let mut profiles: BTreeMap<&str, ObservedProfile<'_>> = BTreeMap::new();
    for pod in snapshot.pods.iter().filter(|pod| pod.is_claimed()) {
        let Some(name) = pod.profile_label() else {
            continue;
        };
        let labels = || own_labels(pod).collect::<BTreeMap<_, _>>();
        let observed = profiles.entry(name).or_insert_with(|| ObservedProfile {
            name,
            pods: Vec::new(),
            namespaces: BTreeSet::new(),
            common_labels: labels(),
        });
        observed.pods.push(pod);
        observed.namespaces.insert(&pod.namespace);
        observed
            .common_labels
            .retain(|key, value| pod.labels.get(key).is_some_and(|found| found == *value));
    }
    profiles.into_values().collect()
}

/// The labels of a pod, less those that its controllers and EKS write.
fn own_labels(pod: &Pod) -> impl Iterator<Item = (&str, &str)> {
    let is_own =
        |key: &str| !is_written_by_controllers(key) && key != ROLLOUT_HASH && key != PROFILE_LABEL;
    pod.labels.iter().filter(move |(key, _)| is_own(key))
}

/// Pods that one profile claimed.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// How many there are.
    pub count: usize,
    /// The first of them that was read.
    pub first: ObjectRef,
}

/// Pods by the profile that claimed them.
pub type ByProfile = BTreeMap<String, Claimed>;

/// Pods on Fargate that are akin to a pod that no profile has claimed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kin<'k> {
    /// The same owner made them.
    Owner(&'k ByProfile),
    /// They have the same labels, those aside that controllers write.
    Labels(&'k ByProfile),
    /// They are in the same namespace.
    Namespace(&'k ByProfile),
}

impl<'k> Kin<'k> {
    /// The pods, by profile.
    pub fn profiles(self) -> &'k ByProfile {
        match self {
            Self::Owner(profiles) | Self::Labels(profiles) | Self::Namespace(profiles) => profiles,
        }
    }
}

/// The pods of a cluster that run on Fargate by a claim, ordered so that those akin to another are found without a walk through
/// all of them. Nothing is ordered before the first question.
pub struct Kinship<'a> {
    /// The cluster.
    pub snapshot: &'a ClusterSnapshot,
    namespaces: OnceLock<BTreeMap<ArcStr, Neighbours>>,
}

/// The pods of one namespace on Fargate.
#[derive(Default)]
struct Neighbours {
    by_owner: BTreeMap<OwnerName, ByProfile>,
    by_labels: BTreeMap<Vec<(String, String)>, ByProfile>,
    all: ByProfile,
}

impl<'a> Kinship<'a> {
    /// That of the pods of a cluster.
    pub fn of(snapshot: &'a ClusterSnapshot) -> Self {
        Self {
            snapshot,
            namespaces: OnceLock::new(),
        }
    }

    /// The pods of the same namespace that run on Fargate and are most akin to a pod that does not; `None` where there are none.
    pub fn of_pod(&self, pod: &Pod) -> Option<Kin<'_>> {
        let namespaces = self.namespaces.get_or_init(|| neighbours(self.snapshot));
        let neighbours = namespaces.get(&pod.namespace)?;
        let of_owner = || neighbours.by_owner.get(&owner_of(self.snapshot, pod)?);
        let of_labels = || neighbours.by_labels.get(&labels_to_compare(pod)?);
        of_owner()
            .map(Kin::Owner)
            .or_else(|| of_labels().map(Kin::Labels))
            .or(Some(Kin::Namespace(&neighbours.all)))
    }
}

fn neighbours(snapshot: &ClusterSnapshot) -> BTreeMap<ArcStr, Neighbours> {
    let mut namespaces: BTreeMap<ArcStr, Neighbours> = BTreeMap::new();
    let claimed = snapshot.pods.iter().filter(|pod| pod.is_claimed());
    for pod in claimed.filter(|pod| is_on_fargate(snapshot, pod)) {
        let Some(name) = pod.profile_label() else {
            continue;
        };
        let add = |profiles: &mut ByProfile| match profiles.get_mut(name) {
            Some(claimed) => claimed.count += 1,
            None => {
                let first = ObjectRef::namespaced("pod", &pod.namespace, &pod.name);
                profiles.insert(name.to_owned(), Claimed { count: 1, first });
            }
        };
        let neighbours = namespaces.entry(pod.namespace.clone()).or_default();
        if let Some(owner) = owner_of(snapshot, pod) {
            add(neighbours.by_owner.entry(owner).or_default());
        }
        if let Some(labels) = labels_to_compare(pod) {
            add(neighbours.by_labels.entry(labels).or_default());
        }
        add(&mut neighbours.all);
    }
    namespaces
}

/// The labels by which two pods are alike; `None` where there are none.
fn labels_to_compare(pod: &Pod) -> Option<Vec<(String, String)>> {
    let labels: Vec<_> = own_labels(pod)
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    (!labels.is_empty()).then_some(labels)
}

fn is_on_fargate(snapshot: &ClusterSnapshot, pod: &Pod) -> bool {
    pod.node_name
        .as_deref()
        .is_some_and(|node| sight_of_node(snapshot, node).is_fargate())
}

fn owner_of(snapshot: &ClusterSnapshot, pod: &Pod) -> Option<OwnerName> {
    OwnerChain::of_pod(snapshot, pod).top
}
