//! The analysis behind `profiles`: what each profile holds, what it would claim, and what is worth telling about it.
//!
//! What becomes of a pod is asked of the same machinery that explains it; here the answers are counted by profile.

mod agreement;
pub mod containment;
mod findings;
mod namespaces;
mod pods;
mod quotas;
mod selectors;
mod templates;
#[cfg(test)]
mod tests;
pub mod witness;
mod workloads;

pub use agreement::{AgreementSight, LabelDisagreement};
pub use pods::{PodSight, Standing};
pub use quotas::{LABEL_PAIRS_PER_SELECTOR, PROFILES_PER_CLUSTER, QuotaUse, SELECTORS_PER_PROFILE};
pub use selectors::SelectorSight;

use std::collections::BTreeMap;

use super::facts::{ClusterSnapshot, FargateProfile, Kind, Pod, Workload};
use super::finding::Finding;
use super::placement::observed_profiles::{ObservedProfile, observed_profiles};
use super::reason::Reason;
use pods::sights_of_pods;

/// All that can be told of the profiles.
pub struct Survey<'a> {
    /// The profiles that were read, and those of which only pods tell, by name.
    pub profiles: Vec<ProfileSight<'a>>,
    /// Our matching, compared with the labels that EKS wrote.
    pub agreement: AgreementSight,
    /// How much of EKS's quotas is used.
    pub quotas: Vec<QuotaUse>,
    /// What concerns the cluster and no single profile, worst first.
    pub findings: Vec<Finding>,
}

/// One profile.
pub struct ProfileSight<'a> {
    /// Its name.
    pub name: String,
    /// What was read of it; `None` where only pods tell of it.
    pub profile: Option<&'a FargateProfile>,
    /// Its selectors, in its own order; `None` where they could not be seen.
    pub selectors: Option<Vec<SelectorSight>>,
    /// The pods that it holds, that wait by its claim, or that it would claim or may; by namespace, then name. With reasons, also
    /// those that match and that it would not claim.
    pub pods: Vec<PodSight<'a>>,
    /// How many pods match it and would not be claimed by it, by what is in the way; `None` for what has finished for good.
    pub unclaimed: BTreeMap<Option<Reason>, usize>,
    /// Whether pods were read at all, of some namespace at least.
    pub pods_were_read: bool,
    /// Whether it may hold pods that carry a name which is not among the profiles, as its own is not told.
    pub may_hold_others: bool,
    /// Workloads without pods that it would claim.
    pub workloads: Vec<&'a Workload>,
    /// What the pods that carry its name have in common; given where its selectors could not be seen.
    pub observed: Option<ObservedProfile<'a>>,
    /// What is worth telling about it, worst first.
    pub findings: Vec<Finding>,
}

impl ProfileSight<'_> {
    /// How many of the pods that it holds on Fargate have finished.
    pub fn finished(&self) -> usize {
        let held = self.pods.iter();
        held.filter(|pod| pod.standing == Standing::OnFargate && pod.pod.is_finished())
            .count()
    }

    /// How many of its pods stand so.
    pub fn count(&self, standing: Standing) -> usize {
        self.pods
            .iter()
            .filter(|pod| pod.standing == standing)
            .count()
    }

    /// How many of its pods Fargate would refuse if they were created again now.
    pub fn refused(&self) -> usize {
        self.pods
            .iter()
            .filter(|pod| !pod.refused.is_empty())
            .count()
    }
}

/// Surveys the profiles. `with_reasons` has each pod explained in full, for lists of pods; counts need it not.
pub fn survey(snapshot: &ClusterSnapshot, with_reasons: bool) -> Survey<'_> {
    let mut agreement = AgreementSight::default();
    let mut by_profile = sights_of_pods(snapshot, with_reasons, &mut agreement);
    agreement.sort();
    let labels = selectors::DistinctLabels::of(snapshot);
    let pods_were_read = were_pods_read(snapshot);
    let namespaces = namespaces::known(snapshot);
    let mut workloads = workloads::claimable(snapshot);
    let mut observed = by_name(observed_profiles(snapshot));
    let has_unlisted = observed
        .keys()
        .any(|name| snapshot.profiles.find(name).is_none());

    let mut profiles: Vec<ProfileSight<'_>> = snapshot
        .profiles
        .list
        .iter()
        .map(|profile| {
            let selectors = profile.selectors.as_ref().map(|selectors| {
                selectors
                    .iter()
                    .map(|selector| {
                        SelectorSight::of(selector, &labels, &namespaces, &snapshot.coverage)
                    })
                    .collect()
            });
            let seen = observed.remove(profile.name.as_str());
            let pods = by_profile.remove(profile.name.as_str()).unwrap_or_default();
            ProfileSight {
                name: profile.name.clone(),
                profile: Some(profile),
                observed: seen.filter(|_| selectors.is_none()),
                selectors,
                pods: pods.sights,
                unclaimed: pods.unclaimed,
                pods_were_read,
                may_hold_others: !profile.name_is_known && has_unlisted,
                workloads: workloads.remove(profile.name.as_str()).unwrap_or_default(),
                findings: Vec::new(),
            }
        })
        .collect();
    if !snapshot.profiles.is_whole() {
        let unlisted = std::mem::take(&mut observed);
        profiles.extend(only_observed(unlisted, &mut by_profile));
        profiles.sort_by(|a, b| a.name.cmp(&b.name));
    }
    let templates = templates::TemplateLabels::of(snapshot);
    let quotas = quotas::of(&snapshot.profiles);
    let ground = findings::Ground {
        snapshot,
        labels: &labels,
        namespaces: &namespaces,
        templates: &templates,
        quotas: &quotas,
        held: pods_were_read.then(|| held_by_name(&snapshot.pods)),
    };
    let findings = findings::add_all(&ground, &mut profiles, &observed, &agreement);
    Survey {
        profiles,
        agreement,
        quotas,
        findings,
    }
}

fn by_name(observed: Vec<ObservedProfile<'_>>) -> BTreeMap<&str, ObservedProfile<'_>> {
    let named = observed.into_iter().map(|profile| (profile.name, profile));
    named.collect()
}

/// How many living pods carry the claim of each profile.
fn held_by_name(pods: &[Pod]) -> BTreeMap<String, usize> {
    let mut held: BTreeMap<String, usize> = BTreeMap::new();
    for pod in pods
        .iter()
        .filter(|pod| pod.is_claimed() && !pod.is_finished())
    {
        if let Some(name) = pod.profile_label() {
            *held.entry(name.to_owned()).or_default() += 1;
        }
    }
    held
}

/// The profiles that only pods tell of.
fn only_observed<'a>(
    observed: BTreeMap<&'a str, ObservedProfile<'a>>,
    by_profile: &mut BTreeMap<String, pods::PodsOfProfile<'a>>,
) -> Vec<ProfileSight<'a>> {
    observed
        .into_iter()
        .map(|(name, seen)| ProfileSight {
            name: name.to_owned(),
            profile: None,
            selectors: None,
            pods: by_profile.remove(name).unwrap_or_default().sights,
            unclaimed: BTreeMap::new(),
            pods_were_read: true,
            may_hold_others: false,
            workloads: Vec::new(),
            observed: Some(seen),
            findings: Vec::new(),
        })
        .collect()
}

/// Whether pods were read at all, of some namespace at least.
fn were_pods_read(snapshot: &ClusterSnapshot) -> bool {
    !snapshot.pods.is_empty() || snapshot.coverage.is_listed_somewhere(Kind::Pod)
}
