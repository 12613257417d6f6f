//! Where in the list each pod stands, by its name, for a few bytes a pod.

use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::decision::facts::Pod;

/// The places of pods in their list.
#[derive(Debug, Default)]
pub(super) struct PodIndex {
    places: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl PodIndex {
    /// Puts a pod into the list: in the place of the one of its name, or at the end. Tells whether there was none.
    pub(super) fn put(&mut self, pods: &mut Vec<Pod>, pod: Pod) -> bool {
        let hash = self.hash(&pod);
        let is_it = |place: &u32| {
            let known = pods.get(*place as usize);
            known.is_some_and(|known| known.name == pod.name && known.namespace == pod.namespace)
        };
        if let Some(place) = self.places.find(hash, is_it) {
            pods[*place as usize] = pod;
            return false;
        }
        // More would not fit into memory by far.
        let place = u32::try_from(pods.len()).expect("fewer than four thousand million pods");
        pods.push(pod);
        let hasher = &self.hasher;
        let hash_of = |place: &u32| {
            let pod = &pods[*place as usize];
            hasher.hash_one((&pod.namespace, &pod.name))
        };
        self.places.insert_unique(hash, place, hash_of);
        true
    }

    fn hash(&self, pod: &Pod) -> u64 {
        self.hasher.hash_one((&pod.namespace, &pod.name))
    }
}
