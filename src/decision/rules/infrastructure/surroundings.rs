//! What EC2 told of the subnets of the profile that claimed a waiting pod, and which other pods run in the same place.

use jiff::Timestamp;

use super::is_waiting_claim;
use crate::decision::facts::aws::{Subnet, Vpc};
use crate::decision::facts::{FargateProfile, ObjectRef, Pod};
use crate::decision::finding::Certainty;
use crate::decision::placement::PodCase;
use crate::decision::placement::case::GRACE_SECONDS;
use crate::decision::reason::Reason;

/// Node labels that tell a zone, the newer one first.
pub(super) const ZONE_LABELS: [&str; 2] = [
    "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/zone",
];

/// A waiting pod's profile with its subnets.
pub(super) struct Surroundings<'c, 'a> {
    case: &'c PodCase<'a>,
    /// The profile that the pod's label names.
    pub profile: &'a FargateProfile,
    /// The subnets in which the pod may be started: those of the profile, less those known to lie outside the zone that the
    /// pod asks for. `None` where EC2 did not tell of one.
    pub subnets: Vec<(&'a str, Option<&'a Subnet>)>,
}

impl<'c, 'a> Surroundings<'c, 'a> {
    /// The surroundings of a claimed pod that waits; `None` for other pods, and where its profile is not known or being deleted.
    pub fn of_waiting(case: &'c PodCase<'a>) -> Option<Self> {
        if !is_waiting_claim(case) {
            return None;
        }
        let profile = case
            .labelled_profile()
            .filter(|profile| !profile.is_deleting())?;
        let known = &case.snapshot.aws.subnets;
        let all: Vec<(&str, Option<&Subnet>)> = profile
            .subnets
            .iter()
            .map(|id| (id.as_str(), known.get(id)))
            .collect();
        let zone = ZONE_LABELS
            .iter()
            .find_map(|label| case.pod.spec.node_selector.get(*label));
        let mut subnets = all.clone();
        if let Some(zone) = zone {
            subnets.retain(|(_, subnet)| {
                subnet.is_none_or(|subnet| subnet.zone.is_empty() || subnet.zone == *zone)
            });
        }
        Some(Self {
            case,
            profile,
            subnets: if subnets.is_empty() { all } else { subnets },
        })
    }

    /// The subnets that EC2 told of.
    pub fn known(&self) -> impl Iterator<Item = (&'a str, &'a Subnet)> {
        self.subnets
            .iter()
            .filter_map(|(id, subnet)| Some((*id, (*subnet)?)))
    }

    /// The subnets that EC2 does not know.
    pub fn gone(&self) -> impl Iterator<Item = &'a str> {
        let unknown = &self.case.snapshot.aws.unknown_subnets;
        let ids = self.subnets.iter().map(|(id, _)| *id);
        ids.filter(|id| unknown.contains(*id))
    }

    /// The subnets whose zone EC2 told, each with it.
    pub fn zones(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.known()
            .map(|(id, subnet)| (id, subnet.zone.as_str()))
            .filter(|(_, zone)| !zone.is_empty())
    }

    /// The VPCs of the subnets that EC2 told of, by id.
    pub fn vpcs(&self) -> Vec<(&'a str, &'a Vpc)> {
        let mut ids: Vec<&str> = self
            .known()
            .map(|(_, subnet)| subnet.vpc.as_str())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let vpcs = &self.case.snapshot.aws.vpcs;
        ids.into_iter()
            .filter_map(|id| Some((id, vpcs.get(id)?)))
            .collect()
    }

    /// Whether something is known of every subnet, and holds for each; not without subnets.
    pub fn is_true_of_all(&self, holds: impl Fn(&Subnet) -> bool) -> bool {
        !self.subnets.is_empty()
            && self
                .subnets
                .iter()
                .all(|(_, subnet)| subnet.is_some_and(&holds))
    }

    /// Whether Fargate has given up on the pod's machine once, or has had more than its time without a word, and nothing
    /// that could tell more is unread.
    pub fn has_waited_too_long(&self) -> bool {
        if has_timed_out(self.case) {
            return true;
        }
        let is_open = self
            .case
            .blockers
            .iter()
            .any(|blocker| blocker.certainty == Certainty::Undecided);
        is_overdue(self.case) && self.case.words.events_read && !is_open
    }
}

/// Whether fargate-scheduler's newest word is that provisioning timed out.
pub(super) fn has_timed_out(case: &PodCase<'_>) -> bool {
    case.words
        .fargate
        .iter()
        .any(|word| word.clauses.contains(&Reason::NodeNeverRegistered))
}

/// Whether the pod is older than Fargate takes to start one, and fargate-scheduler complains of nothing.
pub(super) fn is_overdue(case: &PodCase<'_>) -> bool {
    case.words.fargate.is_empty() && case.age_seconds().is_some_and(|age| age > GRACE_SECONDS)
}

/// A pod of this profile (of any, where none is given) that runs on Fargate: what keeps a machine from joining does not keep
/// all from it. A pod that is older than the profile came by another one of the same name.
pub(super) fn fellow_on_fargate<'a>(
    case: &PodCase<'a>,
    profile: Option<&FargateProfile>,
) -> Option<&'a Pod> {
    match profile {
        Some(profile) => case.cluster.fellow_by(&profile.name, None),
        None => case.cluster.fellow(),
    }
}

/// A pod of this profile that was created after a moment and runs on Fargate.
pub(super) fn later_fellow<'a>(
    case: &PodCase<'a>,
    profile: &FargateProfile,
    moment: Timestamp,
) -> Option<&'a Pod> {
    let moment = moment.as_second();
    case.cluster.fellow_by(&profile.name, Some(moment))
}

/// A subnet as an object.
pub(super) fn subnet_object(id: &str) -> ObjectRef {
    ObjectRef::cluster_wide("subnet", id)
}

/// A VPC as an object.
pub(super) fn vpc_object(id: &str) -> ObjectRef {
    ObjectRef::cluster_wide("vpc", id)
}
