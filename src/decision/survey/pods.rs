//! What each pod is to the profiles: held by one, waiting by its claim, or to be claimed if it were created again.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::agreement::AgreementSight;
use crate::decision::facts::{ClusterSnapshot, Pod};
use crate::decision::placement::observed_profiles::Kinship;
use crate::decision::placement::owners::OwnerName;
use crate::decision::placement::{ExpectedKind, Placement, PlacementKind, PodCase};
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
    /// The reason that decides its verdict; `None` where it was not asked for.
    pub reason: Option<Reason>,
}

/// Returns the pods of each profile, by the profile's name; each list by namespace, then name. A pod that one profile holds and
/// another would claim is in both. Each pod is counted in `agreement` on the way.
pub(super) fn sights_of_pods<'a>(
    snapshot: &'a ClusterSnapshot,
    with_reasons: bool,
    agreement: &mut AgreementSight,
) -> BTreeMap<String, Vec<PodSight<'a>>> {
    let mut by_profile: BTreeMap<String, Vec<PodSight<'a>>> = BTreeMap::new();
    let kinship = Rc::new(Kinship::of(snapshot));
    for pod in &snapshot.pods {
        let (case, reason) = if with_reasons {
            let verdict = explain_among(&kinship, pod);
            let reason = verdict.decisive().reason;
            (verdict.case, Some(reason))
        } else {
            (PodCase::of_pod(snapshot, pod), None)
        };
        agreement.add(&case);
        for (name, sight) in sights(pod, &case, reason) {
            by_profile.entry(name).or_default().push(sight);
        }
    }
    for pods in by_profile.values_mut() {
        pods.sort_by(|a, b| (&a.pod.namespace, &a.pod.name).cmp(&(&b.pod.namespace, &b.pod.name)));
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
    let expected = &case.expected;
    let would_be_claimed = matches!(expected.kind, ExpectedKind::Fargate | ExpectedKind::Refused);
    let claimant = expected.profile.as_deref().filter(|_| would_be_claimed);
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
    if let Some(name) = claimant
        && held.is_none_or(|(holder, _)| holder != name)
    {
        sights.push(sight(name, Standing::Claimable));
    }
    sights
}
