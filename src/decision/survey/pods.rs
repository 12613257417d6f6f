//! What each pod is to the profiles: held by one, waiting by its claim, to be claimed if it were created again, or matched in vain.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::agreement::AgreementSight;
use crate::decision::facts::{ClusterSnapshot, FargateProfile, Fit, Pod, Profiles, WorkloadKind};
use crate::decision::finding::Certainty;
use crate::decision::placement::doubt::is_name_assumed;
use crate::decision::placement::owners::{OwnerName, is_written_by_controllers};
use crate::decision::placement::{
    Cluster, ExpectedFrom, ExpectedKind, Placement, PlacementKind, PodCase,
};
use crate::decision::reason::Reason;
use crate::decision::verdict::explain_among;

/// What a pod is to a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It is on Fargate by this profile.
    OnFargate,
    /// It is claimed by this profile and has no node yet.
    Waiting,
    /// It is not this profile's, and would be if it were created again now.
    Claimable,
    /// It is not this profile's, as far as is known, and whether it would be cannot be told.
    Undecided,
    /// It matches, is not this profile's, and would not be.
    NotClaimed,
}

/// One pod of a profile.
#[derive(Debug, Clone)]
pub struct PodSight<'a> {
    /// The pod.
    pub pod: &'a Pod,
    /// The top-most owner that is known.
    pub owner: Option<OwnerName>,
    /// What it is to the profile.
    pub standing: Standing,
    /// Where it is.
    pub placement: Placement,
    /// The index of the selector by which it would be claimed, from 0; `None` where it would not.
    pub selector: Option<usize>,
    /// Why Fargate would refuse it if it were created again now.
    pub refused: Vec<Reason>,
    /// Why this profile would not claim it if it were created again now; `None` where it would, and where that cannot be told.
    pub unclaimed: Option<Reason>,
    /// The profile that would claim it if it were created again now.
    pub claimant: Option<String>,
    /// How sure it is what would become of it if it were created again now.
    pub certainty: Certainty,
    /// Whether Fargate refuses it as it is now.
    pub is_refused: bool,
    /// Whether its owner makes it again; what has finished for good is not.
    pub comes_again: bool,
    /// The reason that decides its verdict; `None` where it was not asked for.
    pub reason: Option<Reason>,
}

/// The pods of one profile.
#[derive(Debug, Default)]
pub(super) struct PodsOfProfile<'a> {
    /// Each pod that is something to it, by namespace, then name; those that it would not claim only where reasons are asked for.
    pub sights: Vec<PodSight<'a>>,
    /// How many pods match it and would not be claimed, by what is in the way; `None` for what has finished for good.
    pub unclaimed: BTreeMap<Option<Reason>, usize>,
}

/// Returns the pods of each profile, by the profile's name. A pod that one profile holds and another would claim is in both. Each
/// pod is counted in `agreement` on the way.
pub(super) fn sights_of_pods<'a>(
    snapshot: &'a ClusterSnapshot,
    with_reasons: bool,
    agreement: &mut AgreementSight,
) -> BTreeMap<String, PodsOfProfile<'a>> {
    let mut by_profile: BTreeMap<String, PodsOfProfile<'a>> = BTreeMap::new();
    let cluster = Arc::new(Cluster::of(snapshot));
    for pod in &snapshot.pods {
        let (case, reason) = if with_reasons {
            let verdict = explain_among(&cluster, pod);
            let reason = verdict.decisive().reason;
            (verdict.case, Some(reason))
        } else {
            (PodCase::of_pod(&cluster, pod), None)
        };
        agreement.add(&case);
        for (name, sight) in sights(pod, &case, reason) {
            let of_profile = by_profile.entry(name).or_default();
            if sight.standing == Standing::NotClaimed {
                let why = sight.unclaimed.filter(|_| sight.comes_again);
                *of_profile.unclaimed.entry(why).or_default() += 1;
                if !with_reasons {
                    continue;
                }
            }
            of_profile.sights.push(sight);
        }
    }
    for pods in by_profile.values_mut() {
        pods.sights
            .sort_by(|a, b| (&a.pod.namespace, &a.pod.name).cmp(&(&b.pod.namespace, &b.pod.name)));
    }
    by_profile
}

/// What one pod is, by the names of the profiles that it is something to.
fn sights<'a>(
    pod: &'a Pod,
    case: &PodCase<'_>,
    reason: Option<Reason>,
) -> Vec<(String, PodSight<'a>)> {
    let Some(placement) = &case.placement else {
        return Vec::new();
    };
    let profiles = &case.snapshot.profiles;
    let expected = &case.expected;
    let would_be_claimed = matches!(expected.kind, ExpectedKind::Fargate | ExpectedKind::Refused);
    let claimant = expected.profile.as_deref().filter(|_| would_be_claimed);
    let comes_again = comes_again(case);
    let mut blockers = case.blockers.iter();
    let is_refused = placement.kind == PlacementKind::Rejected
        || blockers.any(|blocker| blocker.certainty != Certainty::Undecided);
    let sight = |name: &str, standing| {
        let is_claimant = claimant == Some(name);
        let refused = if is_claimant && expected.kind == ExpectedKind::Refused {
            expected.because.clone()
        } else {
            Vec::new()
        };
        let sight = PodSight {
            pod,
            owner: case.chain.top.clone(),
            standing,
            placement: placement.clone(),
            selector: expected.selector.filter(|_| is_claimant),
            refused,
            unclaimed: unclaimed(case, name),
            claimant: claimant.map(str::to_owned),
            certainty: certainty(case, name),
            is_refused,
            comes_again,
            reason,
        };
        (name.to_owned(), sight)
    };
    let holder = pod.profile_label().filter(|_| pod.is_claimed());
    let standing = match placement.kind {
        PlacementKind::Fargate => Some(Standing::OnFargate),
        PlacementKind::FargatePending if case.is_waiting() => Some(Standing::Waiting),
        _ => None,
    };
    let held = holder.zip(standing);
    let mut sights = Vec::new();
    if let Some((name, standing)) = held {
        sights.push(sight(name, standing));
    }
    // A profile whose name is not told may be the one that the pod carries.
    let may_hold = |profile: &FargateProfile| {
        !profile.name_is_known && holder.is_some_and(|name| profiles.find(name).is_none())
    };
    let mut told: Vec<&str> = held.iter().map(|(name, _)| *name).collect();
    if comes_again {
        for profile in doubtful(case) {
            if !told.contains(&profile.name.as_str()) {
                told.push(&profile.name);
                sights.push(sight(&profile.name, Standing::Undecided));
            }
        }
        if let Some(name) = claimant
            && !told.contains(&name)
        {
            told.push(name);
            let standing = match profiles.find(name).is_some_and(may_hold) {
                true => Standing::Undecided,
                false => Standing::Claimable,
            };
            sights.push(sight(name, standing));
        }
    }
    for found in case.unrestricted_matches.iter() {
        if !told.contains(&found.profile.name.as_str()) {
            sights.push(sight(&found.profile.name, Standing::NotClaimed));
        }
    }
    sights
}

/// The profiles of which it cannot be told whether they would claim the pod if it were created again.
fn doubtful<'c>(case: &'c PodCase<'_>) -> Vec<&'c FargateProfile> {
    let expected = &case.expected;
    let profiles = &case.snapshot.profiles;
    match expected.kind {
        ExpectedKind::Undecided => {}
        // It would be refused, by whichever of several it is.
        ExpectedKind::Refused if expected.profile.is_none() => {}
        _ => return Vec::new(),
    }
    if let Some(name) = &expected.profile {
        return profiles.find(name).into_iter().collect();
    }
    let labels = &case.recreated.labels;
    let named = case.recreated.profile_label();
    let is_of_the_label = expected.because.contains(&Reason::ProfileLabelMismatch);
    let named = named.filter(|_| !is_of_the_label);
    profiles
        .list
        .iter()
        .filter(|profile| profile.is_active())
        .filter(|profile| named.is_none_or(|name| is_or_may_be(profiles, profile, name)))
        .filter(|profile| profile.fit(&case.pod.namespace, labels) != Fit::Misses)
        .collect()
}

/// Whether a profile is the one of this name, or may be it as its own is not told.
fn is_or_may_be(profiles: &Profiles, profile: &FargateProfile, name: &str) -> bool {
    profile.name == name || !profile.name_is_known && profiles.find(name).is_none()
}

/// Why the profile of this name would not claim the pod if it were created again.
fn unclaimed(case: &PodCase<'_>, name: &str) -> Option<Reason> {
    let expected = &case.expected;
    let profile = case.snapshot.profiles.find(name)?;
    let fit = profile.fit(&case.pod.namespace, &case.recreated.labels);
    match expected.kind {
        ExpectedKind::Undecided => None,
        ExpectedKind::NotFargate => expected.because.first().copied(),
        ExpectedKind::Fargate | ExpectedKind::Refused => {
            let claimant = expected.profile.as_deref()?;
            if claimant == name {
                None
            } else if !profile.is_active() {
                Some(Reason::ProfileNotActive)
            } else if fit == Fit::Misses {
                Some(Reason::LabelMismatch)
            } else {
                Some(Reason::SeveralProfilesMatch)
            }
        }
    }
}

/// How sure it is what would become of the pod: as sure as what is expected of it, and less where it is only by that it would
/// change hands.
fn certainty(case: &PodCase<'_>, name: &str) -> Certainty {
    let profiles = &case.snapshot.profiles;
    let holder = case.pod.profile_label().filter(|_| case.pod.is_claimed());
    let is_other = holder.is_some_and(|holder| holder != name);
    // What it was claimed by may have been written into a pod without a template by hand, or its labels changed since.
    let is_without_template = case.expected.from == ExpectedFrom::Pod;
    let may_be_holder = holder.is_some_and(|holder| profiles.find(holder).is_none())
        && profiles.find(name).is_some_and(is_name_assumed);
    // A label that its template lacks came by admission, which writes it again, or by somebody's hand later, which does not.
    let maker = case.chain.maker();
    let has_more_labels = maker.is_some_and(|maker| {
        let labels = case.recreated.labels.keys();
        let mut others = labels.filter(|key| !is_written_by_controllers(key));
        others.any(|key| !maker.template.labels.contains_key(key))
    });
    if is_other && (is_without_template || may_be_holder || has_more_labels) {
        case.expected.certainty.max(Certainty::Likely)
    } else {
        case.expected.certainty
    }
}

/// Whether a pod like it is made again by its owner: not where it has finished and has none, or is a Job's, which makes as many as
/// it wants of itself.
fn comes_again(case: &PodCase<'_>) -> bool {
    let top = case.chain.top.as_ref();
    !case.pod.is_finished() || top.is_some_and(|owner| owner.known != Some(WorkloadKind::Job))
}
