//! What pods tell of profiles by the label that EKS wrote on them: names, namespaces and labels, where nothing else tells.

use std::collections::{BTreeMap, BTreeSet};

use super::observed::sight_of_node;
use super::owners::{OwnerChain, OwnerName, is_written_by_controllers};
use crate::decision::facts::pod::PROFILE_LABEL;
use crate::decision::facts::{ClusterSnapshot, Pod};

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
            .retain(|key, value| pod.labels.get(*key).is_some_and(|found| found == value));
    }
    profiles.into_values().collect()
}

/// The labels of a pod, less those that its controllers and EKS write.
fn own_labels(pod: &Pod) -> impl Iterator<Item = (&str, &str)> {
    let is_own =
        |key: &str| !is_written_by_controllers(key) && key != ROLLOUT_HASH && key != PROFILE_LABEL;
    pod.labels
        .iter()
        .filter(move |(key, _)| is_own(key))
        .map(|(key, value)| (key.as_str(), value.as_str()))
}

/// Pods by the profile that claimed them.
pub type ByProfile<'a> = BTreeMap<&'a str, Vec<&'a Pod>>;

/// Pods on Fargate that are akin to a pod that no profile has claimed.
#[derive(Debug, Clone, PartialEq)]
pub enum Kin<'a> {
    /// The same owner made them.
    Owner(ByProfile<'a>),
    /// They have the same labels, those aside that controllers write.
    Labels(ByProfile<'a>),
    /// They are in the same namespace.
    Namespace(ByProfile<'a>),
}

impl<'a> Kin<'a> {
    /// The pods, by profile.
    pub fn profiles(&self) -> &ByProfile<'a> {
        match self {
            Self::Owner(profiles) | Self::Labels(profiles) | Self::Namespace(profiles) => profiles,
        }
    }
}

/// The pods of the same namespace that run on Fargate and are most akin to a pod; `None` where there are none.
pub fn kin_on_fargate<'a>(snapshot: &'a ClusterSnapshot, pod: &Pod) -> Option<Kin<'a>> {
    let others: Vec<&Pod> = snapshot
        .pods
        .iter()
        .filter(|other| other.namespace == pod.namespace && other.name != pod.name)
        .filter(|other| other.is_claimed() && is_on_fargate(snapshot, other))
        .collect();
    let among = |is_kin: &dyn Fn(&Pod) -> bool| {
        let mut profiles = ByProfile::new();
        for other in others.iter().filter(|other| is_kin(other)) {
            if let Some(name) = other.profile_label() {
                profiles.entry(name).or_default().push(*other);
            }
        }
        (!profiles.is_empty()).then_some(profiles)
    };
    let owner = owner_of(snapshot, pod);
    let has_labels = own_labels(pod).next().is_some();
    let is_of_owner = |other: &Pod| owner.is_some() && owner_of(snapshot, other) == owner;
    let is_alike = |other: &Pod| has_labels && own_labels(other).eq(own_labels(pod));
    among(&is_of_owner)
        .map(Kin::Owner)
        .or_else(|| among(&is_alike).map(Kin::Labels))
        .or_else(|| among(&|_| true).map(Kin::Namespace))
}

fn is_on_fargate(snapshot: &ClusterSnapshot, pod: &Pod) -> bool {
    pod.spec
        .node_name
        .as_deref()
        .is_some_and(|node| sight_of_node(snapshot, node).is_fargate())
}

fn owner_of(snapshot: &ClusterSnapshot, pod: &Pod) -> Option<OwnerName> {
    OwnerChain::of_pod(snapshot, pod).top
}
