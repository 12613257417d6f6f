//! What can be waited for, and when it is so.

use std::fmt;

use super::change::Standing;
use crate::decision::placement::PlacementKind;
use crate::decision::reason::Reason;
use crate::decision::verdict::Situation;

/// What is decided where nothing else decides.
const LEFT_OVER: &[Reason] = &[
    Reason::EventsUnknown,
    Reason::VolumesUnknown,
    Reason::ProfilesUnknown,
    Reason::WebhooksUnknown,
];

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Every pod is in this kind of place.
    Place(PlacementKind),
    /// Of every pod this is the decisive reason.
    Reason(Reason),
    /// Every pod is on a node that took it.
    Landed,
    /// There is no pod left.
    Deleted,
}

impl Until {
    /// Whether it is so for all that is asked about.
    ///
    /// At least one pod must be there, and every pod must be so: all but those that are being deleted, which are on their way out, and
    /// those that have ended without being so, which will not change any more.
    pub fn is_met<'p>(self, pods: impl Iterator<Item = &'p Standing>) -> bool {
        let mut met = 0;
        for pod in pods.filter(|pod| !pod.template) {
            let is_so = self.holds_for(pod);
            match self {
                Self::Deleted => return false,
                _ if pod.terminating => {}
                _ if is_so => met += 1,
                _ if pod.is_finished() => {}
                _ => return false,
            }
        }
        met > 0 || self == Self::Deleted
    }

    /// Whether a pod keeps it from being so.
    pub fn is_kept_off_by(self, pod: &Standing) -> bool {
        match self {
            _ if pod.template => false,
            Self::Deleted => true,
            _ => !pod.terminating && !pod.is_finished() && !self.holds_for(pod),
        }
    }

    fn holds_for(self, pod: &Standing) -> bool {
        match self {
            Self::Place(kind) => pod.place() == Some(kind),
            Self::Reason(reason) => pod.reason == reason,
            Self::Landed => matches!(
                pod.place(),
                Some(
                    PlacementKind::Fargate
                        | PlacementKind::EC2
                        | PlacementKind::HybridNode
                        | PlacementKind::OtherNode
                )
            ),
            Self::Deleted => false,
        }
    }
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Place(kind) => kind.as_str(),
            Self::Reason(reason) => reason.as_str(),
            Self::Landed => "landed",
            Self::Deleted => "deleted",
        })
    }
}

/// Reads what is to be waited for, in any case: a kind of place, a reason that can decide about a pod, `landed` or `deleted`.
///
/// # Errors
/// A sentence for the reader, with the words that are taken.
pub fn parse_until(text: &str) -> Result<Until, String> {
    let is_it = |name: &str| name.eq_ignore_ascii_case(text);
    let place = PlacementKind::ALL.iter().find(|kind| is_it(kind.as_str()));
    let reason = Reason::ALL.iter().find(|reason| is_it(reason.as_str()));
    match (place, reason) {
        (Some(kind), _) => Ok(Until::Place(*kind)),
        (None, Some(reason)) if decides(*reason) => Ok(Until::Reason(*reason)),
        (None, Some(reason)) => Err(format!(
            "{reason} is never the reason that decides about a pod, so nothing would end the waiting"
        )),
        (None, None) if is_it("landed") => Ok(Until::Landed),
        (None, None) if is_it("deleted") => Ok(Until::Deleted),
        (None, None) => {
            let places: Vec<&str> = PlacementKind::ALL
                .iter()
                .map(|kind| kind.as_str())
                .collect();
            Err(format!(
                "it is a place ({}), landed, deleted, or the reason that decides about a pod, for example MatchedProfile (kubectl fargate reasons lists them)",
                places.join(", ")
            ))
        }
    }
}

/// Whether a reason can be the decisive one of a pod.
fn decides(reason: Reason) -> bool {
    let of_pods = Situation::ALL
        .iter()
        .filter(|situation| **situation != Situation::Template);
    let mut orders = of_pods.map(|situation| situation.order());
    LEFT_OVER.contains(&reason)
        || orders.any(|order| order.iter().any(|(decisive, _)| *decisive == reason))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::finding::Certainty;
    use crate::decision::placement::{Expected, ExpectedFrom, ExpectedKind, Placement};

    fn pod(kind: PlacementKind, phase: &'static str, terminating: bool) -> Standing {
        Standing {
            namespace: "shop".to_owned(),
            name: "web".to_owned(),
            template: false,
            owner: None,
            phase: Some(phase),
            terminating,
            placement: Some(Placement {
                kind,
                node: None,
                provisioner: None,
                profile: None,
            }),
            expected: Expected {
                kind: ExpectedKind::Fargate,
                profile: None,
                selector: None,
                from: ExpectedFrom::Pod,
                certainty: Certainty::Certain,
                because: Vec::new(),
            },
            reason: Reason::MatchedProfile,
            certainty: Certainty::Certain,
        }
    }

    #[test]
    fn what_can_be_waited_for_is_taken_in_any_case() {
        for (text, wanted) in [
            ("Fargate", Some("Fargate")),
            ("ec2", Some("EC2")),
            ("FARGATEPENDING", Some("FargatePending")),
            ("matchedprofile", Some("MatchedProfile")),
            ("EventsUnknown", Some("EventsUnknown")),
            ("Landed", Some("landed")),
            ("deleted", Some("deleted")),
            ("RoundedUp", None),
            ("Fargat", None),
            ("", None),
        ] {
            let read = parse_until(text).ok().map(|until| until.to_string());
            assert_eq!(read.as_deref(), wanted, "{text:?}");
        }
        let error = parse_until("running").expect_err("no such word");
        for word in [
            "FargatePending",
            "EC2",
            "landed",
            "deleted",
            "MatchedProfile",
        ] {
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn every_pod_that_stays_must_be_so_and_one_at_least_must_be_there() {
        use PlacementKind::{EC2, Fargate, FargatePending, Rejected};
        let here = |kind| pod(kind, "Running", false);
        let leaving = |kind| pod(kind, "Running", true);
        let ended = |kind| pod(kind, "Succeeded", false);
        let template = || Standing {
            template: true,
            placement: None,
            ..here(Fargate)
        };
        let fargate = Until::Place(Fargate);
        for (until, pods, wanted, why) in [
            (fargate, vec![], false, "nothing is there"),
            (fargate, vec![template()], false, "a template is no pod"),
            (fargate, vec![here(Fargate)], true, "all are so"),
            (fargate, vec![here(Fargate), here(EC2)], false, "one is not"),
            (
                fargate,
                vec![here(Fargate), leaving(EC2)],
                true,
                "it is on its way out",
            ),
            (fargate, vec![leaving(Fargate)], false, "so is this one"),
            (
                fargate,
                vec![here(Fargate), ended(EC2)],
                true,
                "it will not change",
            ),
            (fargate, vec![ended(Fargate)], true, "it was so"),
            (fargate, vec![ended(EC2)], false, "none was so"),
            (
                Until::Landed,
                vec![here(EC2), here(Fargate)],
                true,
                "anywhere",
            ),
            (Until::Landed, vec![here(FargatePending)], false, "nowhere"),
            (Until::Landed, vec![here(Rejected)], false, "sent away"),
            (Until::Deleted, vec![], true, "none is left"),
            (
                Until::Deleted,
                vec![leaving(EC2)],
                false,
                "it is still there",
            ),
            (Until::Deleted, vec![template()], true, "none is left"),
            (
                Until::Reason(Reason::MatchedProfile),
                vec![here(Fargate)],
                true,
                "it is the reason",
            ),
        ] {
            assert_eq!(until.is_met(pods.iter()), wanted, "{why}");
            let is_kept_off = pods.iter().any(|pod| until.is_kept_off_by(pod));
            assert!(!(wanted && is_kept_off), "{why}");
        }
    }
}
