//! What the cases of one cluster share: what was found out for one of them is not found out again for the next.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use super::companions::Companions;
use super::expected::WebhookSight;
use super::likeness::Kinds;
use super::matcher::Matcher;
use super::memo::Memo;
use super::observed::{NodeSight, sight_of_node};
use super::observed_profiles::Kinship;
use crate::decision::facts::{ClusterSnapshot, Node, Pod, PodPhase, Profiles, Workload};

/// How many bytes of names and sights of nodes are kept at most.
const MOST_OF_NODES: usize = 1 << 20;

/// A cluster as its cases see it. Several threads may judge cases of it at once.
pub struct Cluster<'a> {
    /// What was read of it.
    pub snapshot: &'a ClusterSnapshot,
    /// The selectors of its profiles.
    pub matcher: Matcher<'a>,
    /// Which pods on Fargate are akin to which.
    pub kinship: Kinship<'a>,
    /// What is known of Fargate's webhook.
    pub webhook: WebhookSight<'a>,
    /// The kinds of pods that were seen last.
    pub kinds: Kinds<'a>,
    nodes: Memo<String, Arc<NodeSight>>,
    companions: OnceLock<Companions<'a>>,
    fellows: OnceLock<Fellows<'a>>,
    made: OnceLock<HashMap<OwnerKey<'a>, Vec<&'a Workload>>>,
    newest_kubelet: OnceLock<Option<&'a Node>>,
}

/// The namespace, kind and name of an owner.
type OwnerKey<'a> = (&'a str, &'a str, &'a str);

/// The pods that run on Fargate by a claim.
#[derive(Default)]
struct Fellows<'a> {
    first: Option<&'a Pod>,
    by_profile: BTreeMap<&'a str, OfProfile<'a>>,
}

/// Those by a claim of one profile that are not older than it.
#[derive(Default)]
struct OfProfile<'a> {
    pods: Vec<&'a Pod>,
    /// When the youngest of them was created, in seconds since 1970.
    latest: Option<i64>,
}

impl<'a> Cluster<'a> {
    /// The cluster of a snapshot. What takes a walk through all pods is put off to the first question that needs it.
    pub fn of(snapshot: &'a ClusterSnapshot) -> Self {
        Self {
            snapshot,
            matcher: Matcher::of(&snapshot.profiles),
            kinship: Kinship::of(snapshot),
            webhook: WebhookSight::of(snapshot),
            kinds: Kinds::none(),
            nodes: Memo::of_at_most(MOST_OF_NODES),
            companions: OnceLock::new(),
            fellows: OnceLock::new(),
            made: OnceLock::new(),
            newest_kubelet: OnceLock::new(),
        }
    }

    /// What the node of this name is.
    pub fn sight_of_node(&self, name: &str) -> Arc<NodeSight> {
        self.nodes.get(name, || {
            let sight = Arc::new(sight_of_node(self.snapshot, name));
            (sight, name.len() + size_of::<NodeSight>())
        })
    }

    /// The budgets, Services and autoscalers, ordered by the pods that they are for.
    pub fn companions(&self) -> &Companions<'a> {
        self.companions
            .get_or_init(|| Companions::of(self.snapshot))
    }

    /// A pod that runs on Fargate by a claim, whichever profile's.
    pub fn fellow(&self) -> Option<&'a Pod> {
        self.fellows().first
    }

    /// A pod that runs on Fargate by a claim of this profile and is not older than it; with a moment, one that was created after
    /// that.
    pub fn fellow_by(&self, profile: &str, later_than: Option<i64>) -> Option<&'a Pod> {
        let fellows = self.fellows().by_profile.get(profile)?;
        let Some(moment) = later_than else {
            return fellows.pods.first().copied();
        };
        fellows.latest.filter(|latest| *latest > moment)?;
        let is_later = |pod: &&&Pod| created(pod).is_some_and(|created| created > moment);
        fellows.pods.iter().find(is_later).copied()
    }

    fn fellows(&self) -> &Fellows<'a> {
        self.fellows.get_or_init(|| {
            let mut fellows = Fellows::default();
            for pod in &self.snapshot.pods {
                if self.runs_on_fargate(pod) {
                    fellows.add(&self.snapshot.profiles, pod);
                }
            }
            fellows
        })
    }

    fn runs_on_fargate(&self, pod: &Pod) -> bool {
        let node = pod.node_name.as_deref();
        pod.phase == PodPhase::Running
            && pod.is_claimed()
            && node.is_some_and(|node| self.sight_of_node(node).is_fargate())
    }

    /// The node with the newest kubelet, found among all by `find` once.
    pub fn newest_kubelet(
        &self,
        find: impl FnOnce(&'a ClusterSnapshot) -> Option<&'a Node>,
    ) -> Option<&'a Node> {
        *self.newest_kubelet.get_or_init(|| find(self.snapshot))
    }

    /// The workloads that a workload makes, in the order of the snapshot.
    pub fn made_by<'s>(&'s self, maker: &'s Workload) -> &'s [&'a Workload] {
        let made = self.made.get_or_init(|| {
            let mut made: HashMap<OwnerKey<'a>, Vec<&'a Workload>> = HashMap::new();
            for workload in self.snapshot.workloads.values() {
                if let Some(owner) = workload.controller() {
                    let key = (
                        workload.namespace.as_str(),
                        owner.kind.as_str(),
                        owner.name.as_str(),
                    );
                    made.entry(key).or_default().push(workload);
                }
            }
            made
        });
        let key = (
            maker.namespace.as_str(),
            maker.kind.as_str(),
            maker.name.as_str(),
        );
        made.get(&key).map_or(&[], Vec::as_slice)
    }
}

impl<'a> Fellows<'a> {
    fn add(&mut self, profiles: &Profiles, pod: &'a Pod) {
        self.first = self.first.or(Some(pod));
        let Some(name) = pod.profile_label() else {
            return;
        };
        let began = profiles.find(name).and_then(|profile| profile.created_at);
        let is_older = match (created(pod), began) {
            (Some(pod), Some(profile)) => pod < profile.as_second(),
            _ => false,
        };
        if is_older {
            return;
        }
        let of_profile = self.by_profile.entry(name).or_default();
        of_profile.latest = of_profile.latest.max(created(pod));
        of_profile.pods.push(pod);
    }
}

fn created(pod: &Pod) -> Option<i64> {
    pod.created_at.map(|created| created.as_second())
}

#[cfg(test)]
mod tests {
    use super::Cluster;

    #[test]
    fn several_threads_may_ask_at_once() {
        fn is_shared<T: Send + Sync>() {}
        is_shared::<Cluster<'_>>();
        is_shared::<crate::decision::placement::PodCase<'_>>();
    }
}
