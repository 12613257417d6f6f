//! What pods that are alike have in common: replicas are judged once, and pods with labels of their own share all that does not
//! hang on these.

use std::sync::{Arc, OnceLock};

use super::cluster::Cluster;
use super::expected::{ExpectedQuestion, expected};
use super::matcher::{Fits, NearMisses};
use super::matching::{Match, try_selector};
use super::memo::Memo;
use super::owners::{OwnerChain, TellingLabels};
use super::recreated::{Recreated, Substance};
use super::refusal::{Refusals, RefusalsQuestion};
use super::{Expected, SelectorTrial};
use crate::decision::facts::{FargateProfile, ObjectRef, Pod, Shared};

/// How many near misses a verdict keeps.
pub const NEAR_MISSES_KEPT: usize = 5;

/// How many kinds of pods are kept, and of how many sets of labels. Those alike come one after the other.
const MOST_KINDS: usize = 256;

/// All of a pod that its body is judged by. Parts are told by where they are held, which stays as it is while the snapshot does;
/// parts that are equal and held twice are only judged twice.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct BodyKey<'a> {
    namespace: &'a str,
    owners: usize,
    /// What of its labels tells about its owners.
    telling: TellingLabels<'a>,
    spec: usize,
    annotations: usize,
    is_claimed: bool,
    runs_on_fargate: bool,
    /// The node that its creator named.
    preset_node: Option<&'a str>,
}

/// What pods share that differ in name, node, moments and labels at the most.
pub struct Body<'a> {
    /// Their owners.
    pub chain: Arc<OwnerChain<'a>>,
    /// What they would be if they were created again, less their labels.
    substance: Substance,
    /// What Fargate refuses in them, where it has said nothing.
    refusals: Refusals,
}

/// What pods share that differ in name, node and moments at the most.
pub struct Common<'a> {
    /// Their owners.
    pub chain: Arc<OwnerChain<'a>>,
    /// What they would be if they were created again.
    pub recreated: Arc<Recreated>,
    /// How each profile fits their own labels.
    pub fits: Arc<Fits>,
    /// How each profile fits the labels that they would have if they were created again.
    pub fits_again: Arc<Fits>,
    /// The profiles that match their own labels, whatever a profile label says.
    pub unrestricted_matches: Arc<[Match<'a>]>,
    /// The same, restricted to the profile that a label not written by a claim names.
    pub matches: Arc<[Match<'a>]>,
    /// The profile that their label names, where that profile is known.
    pub labelled_profile: Option<&'a FargateProfile>,
    /// Whether "no profile matches it" can be concluded from what was read of the profiles.
    pub can_show_absence: bool,
    /// What Fargate refuses in them, and what would happen if they were created again, where it has said nothing.
    plain: OnceLock<(Refusals, Expected)>,
    near_misses: OnceLock<NearMisses<'a>>,
    near_trials: OnceLock<Shared<Vec<SelectorTrial>>>,
    match_trials: OnceLock<Shared<Vec<SelectorTrial>>>,
}

/// The kinds of pods that were seen last.
pub struct Kinds<'a> {
    bodies: Memo<BodyKey<'a>, Arc<Body<'a>>>,
    commons: Memo<(BodyKey<'a>, usize), Arc<Common<'a>>>,
}

impl<'a> Kinds<'a> {
    /// None yet.
    pub fn none() -> Self {
        Self {
            bodies: Memo::of_at_most(MOST_KINDS),
            commons: Memo::of_at_most(MOST_KINDS),
        }
    }

    /// What a pod has in common with those like it.
    pub fn of_pod(
        &self,
        cluster: &Cluster<'a>,
        pod: &'a Pod,
        runs_on_fargate: bool,
    ) -> Arc<Common<'a>> {
        let body_key = BodyKey {
            namespace: &pod.namespace,
            owners: pod.owners.address(),
            telling: TellingLabels::of(&pod.labels),
            spec: pod.spec.address(),
            annotations: pod.annotations.address(),
            is_claimed: pod.is_claimed(),
            runs_on_fargate,
            preset_node: pod
                .node_name
                .as_deref()
                .filter(|_| pod.node_name_by_creator),
        };
        let key = (body_key, pod.labels.address());
        self.commons.get(&key, || {
            let (body_key, _) = &key;
            let body = self.bodies.get(body_key, || {
                (Arc::new(Body::of(cluster, pod, runs_on_fargate)), 1)
            });
            let recreated = Recreated::of_labels(pod, &body.chain, body.substance.clone());
            let common = Common::of(cluster, pod, Arc::clone(&body.chain), recreated);
            let is_static = pod.is_static();
            let told = common.expected(cluster, pod, &body.refusals.again, is_static, false);
            let _ = common.plain.set((body.refusals.clone(), told));
            (Arc::new(common), 1)
        })
    }
}

/// Stands for the pod in what is the same for all that are alike.
fn any_pod() -> ObjectRef {
    ObjectRef::cluster_wide("pod", "")
}

impl<'a> Body<'a> {
    fn of(cluster: &Cluster<'a>, pod: &'a Pod, runs_on_fargate: bool) -> Self {
        let chain = Arc::new(OwnerChain::of_pod(cluster.snapshot, pod));
        let substance = Substance::of_pod(pod, &chain);
        let refusals = Refusals::of(&RefusalsQuestion {
            snapshot: cluster.snapshot,
            namespace: &pod.namespace,
            object: &any_pod(),
            spec: &pod.spec,
            again: &substance.spec,
            chain: &chain,
            runs_on_fargate,
            is_template: false,
            said: &[],
        });
        Self {
            chain,
            substance,
            refusals,
        }
    }
}

impl<'a> Common<'a> {
    /// That of a pod, or of the pod that a template would make.
    pub fn of(
        cluster: &Cluster<'a>,
        pod: &Pod,
        chain: Arc<OwnerChain<'a>>,
        recreated: Recreated,
    ) -> Self {
        let profiles = &cluster.snapshot.profiles;
        let fits = Arc::new(cluster.matcher.fits(&pod.namespace, &pod.labels));
        let fits_again = match recreated.labels == pod.labels {
            true => Arc::clone(&fits),
            false => Arc::new(cluster.matcher.fits(&pod.namespace, &recreated.labels)),
        };
        let unrestricted_matches: Arc<[Match<'a>]> = fits.matches(profiles).into();
        let matches = match pod.profile_label().filter(|_| !pod.is_claimed()) {
            Some(name) => {
                let all = unrestricted_matches.iter();
                all.filter(|found| found.profile.name == name)
                    .copied()
                    .collect()
            }
            None => Arc::clone(&unrestricted_matches),
        };
        let label = pod.profile_label();
        let can_show_absence = match label.filter(|_| !pod.is_claimed()) {
            Some(name) => profiles.can_show_absence_of(name, &pod.namespace, &pod.labels),
            None => profiles.is_whole() && fits.are_all_known(),
        };
        Self {
            labelled_profile: label.and_then(|name| profiles.find(name)),
            can_show_absence,
            chain,
            recreated: Arc::new(recreated),
            fits,
            fits_again,
            unrestricted_matches,
            matches,
            plain: OnceLock::new(),
            near_misses: OnceLock::new(),
            near_trials: OnceLock::new(),
            match_trials: OnceLock::new(),
        }
    }

    /// What Fargate refuses in a pod of which it has said nothing, and what would happen if that were created again.
    pub fn plain(&self, object: &ObjectRef) -> Option<(Refusals, Expected)> {
        let (refusals, expected) = self.plain.get()?;
        Some((refusals.about(&any_pod(), object), expected.clone()))
    }

    /// What would happen if a pod were created again in which Fargate would refuse `blockers`.
    pub fn expected(
        &self,
        cluster: &Cluster<'a>,
        pod: &Pod,
        blockers: &[super::refusal::Blocker],
        is_static: bool,
        has_unknown_refusal: bool,
    ) -> Expected {
        expected(&ExpectedQuestion {
            cluster,
            namespace: &pod.namespace,
            recreated: &self.recreated,
            fits: &self.fits_again,
            blockers,
            is_daemon_set: self.chain.is_daemon_set(),
            is_static,
            has_unknown_refusal,
        })
    }

    /// The near misses of their own labels.
    pub fn near_misses(&self, cluster: &Cluster<'a>, pod: &Pod) -> &NearMisses<'a> {
        self.near_misses.get_or_init(|| {
            let owners = &self.chain.workloads;
            let matcher = &cluster.matcher;
            matcher.near_misses(&pod.namespace, &pod.labels, owners, NEAR_MISSES_KEPT)
        })
    }

    /// The best of them, pair by pair.
    pub fn near_trials(&self, cluster: &Cluster<'a>, pod: &Pod) -> Shared<Vec<SelectorTrial>> {
        let trials = self.near_trials.get_or_init(|| {
            let near = self.near_misses(cluster, pod);
            near.best(&pod.namespace, &pod.labels, &self.chain.workloads)
                .into()
        });
        trials.clone()
    }

    /// The selectors that match their own labels, pair by pair.
    pub fn match_trials(&self, pod: &Pod) -> Shared<Vec<SelectorTrial>> {
        let trials = self.match_trials.get_or_init(|| {
            let matches = self.unrestricted_matches.iter();
            matches
                .filter_map(|found| {
                    let selector = found.profile.selectors.as_ref()?.get(found.selector)?;
                    Some(try_selector(
                        &found.profile.name,
                        found.selector,
                        selector,
                        &pod.namespace,
                        &pod.labels,
                        &[],
                    ))
                })
                .collect()
        });
        trials.clone()
    }
}
