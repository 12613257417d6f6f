//! The pods of a profile, folded: one line for those of one workload that are in the same state for the same reason.

use std::collections::BTreeMap;

use crate::render::style::Role;
use crate::report::profiles::model::{ProfileEntry, ProfilePod, ProfilePodState};

/// Pods of one workload that are told in one line, or a workload without pods.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Claim {
    /// Their namespace.
    pub(super) namespace: String,
    /// `deployment/web`.
    pub(super) workload: String,
    /// `3 on Fargate`.
    pub(super) state: String,
    /// How it is coloured.
    pub(super) role: Role,
}

/// What is told of a pod; pods of one workload of which this is the same share a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Told<'a> {
    state: ProfilePodState,
    placement: &'a str,
    claimed_by: Option<&'a str>,
    reason: &'a str,
    unclaimed: Option<&'a str>,
    refused: &'a [String],
    finished: bool,
    terminating: bool,
}

impl<'a> From<&'a ProfilePod> for Told<'a> {
    fn from(pod: &'a ProfilePod) -> Self {
        Self {
            state: pod.state,
            placement: &pod.placement,
            claimed_by: pod.claimed_by.as_deref(),
            reason: &pod.reason,
            unclaimed: pod.unclaimed.as_deref(),
            refused: &pod.refused,
            finished: pod.finished,
            terminating: pod.terminating,
        }
    }
}

/// The pods of the profile, by namespace and workload, those that it would not claim only where `unclaimed` says so; then the
/// workloads without pods that it would claim.
pub(super) fn claims(profile: &ProfileEntry, unclaimed: bool) -> Vec<Claim> {
    let mut groups: BTreeMap<(&str, String, Told<'_>), usize> = BTreeMap::new();
    let is_told = |pod: &&ProfilePod| unclaimed || pod.state != ProfilePodState::NotClaimed;
    for pod in profile.pods.iter().filter(is_told) {
        let key = (pod.namespace.as_str(), workload(pod), Told::from(pod));
        *groups.entry(key).or_default() += 1;
    }
    let mut claims: Vec<Claim> = groups
        .into_iter()
        .map(|((namespace, workload, told), count)| Claim {
            namespace: namespace.to_owned(),
            workload,
            state: format!("{count} {}", told.in_words()),
            role: told.role(),
        })
        .collect();
    claims.extend(profile.workloads_claimable.iter().map(|workload| Claim {
        namespace: workload.namespace.clone(),
        workload: format!("{}/{}", workload.kind.to_lowercase(), workload.name),
        state: "no pods; would be claimed".to_owned(),
        role: Role::Good,
    }));
    // The sort is stable: of one workload the order stays.
    claims.sort_by(|a, b| (&a.namespace, &a.workload).cmp(&(&b.namespace, &b.workload)));
    claims
}

fn workload(pod: &ProfilePod) -> String {
    match &pod.owner {
        Some(owner) => format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        None => format!("pod/{}", pod.name),
    }
}

impl Told<'_> {
    /// What these pods are to the profile: `on Fargate`, `on EC2, claimable (OlderThanProfile)`. The text is raw.
    fn in_words(&self) -> String {
        let mut place = self.place();
        if self.finished {
            place = format!("finished {place}");
        } else if self.terminating {
            place.push_str(", terminating");
        }
        let refusals = self.refused.join(", ");
        let is_refused = !refusals.is_empty();
        match self.state {
            ProfilePodState::OnFargate if is_refused => {
                format!("{place}; made again, refused ({refusals})")
            }
            ProfilePodState::OnFargate => match (self.unclaimed, self.reason) {
                (Some(unclaimed), _) => format!("{place}; made again, not claimed ({unclaimed})"),
                (None, "MatchedProfile") => place,
                (None, reason) => format!("{place} ({reason})"),
            },
            ProfilePodState::Waiting if is_refused => format!("{place} and refused ({refusals})"),
            ProfilePodState::Waiting => format!("{place}, on no node ({})", self.reason),
            ProfilePodState::Claimable if is_refused => {
                format!("{place}; would be claimed, then refused ({refusals})")
            }
            ProfilePodState::Claimable => match self.reason {
                "MatchedProfile" => format!("{place}, claimable"),
                reason => format!("{place}, claimable ({reason})"),
            },
            ProfilePodState::Undecided => {
                format!("{place}; whether it would be claimed cannot be told")
            }
            ProfilePodState::NotClaimed => match self.unclaimed {
                Some(unclaimed) => format!("{place}, not claimed ({unclaimed})"),
                None => format!("{place}, not claimed"),
            },
        }
    }

    /// Where they are, and by whose claim where that is another's.
    fn place(&self) -> String {
        let is_own = matches!(
            self.state,
            ProfilePodState::OnFargate | ProfilePodState::Waiting
        );
        match (self.placement, self.claimed_by) {
            ("Fargate", _) if is_own => "on Fargate".to_owned(),
            ("Fargate", Some(other)) => format!("on Fargate by profile {other}"),
            ("Fargate", None) => "on a Fargate node, claimed by no profile".to_owned(),
            ("FargatePending", Some(other)) if !is_own => format!("claimed by profile {other}"),
            ("FargatePending", None) if !is_own => "waiting for Fargate's scheduler".to_owned(),
            ("FargatePending", _) => "claimed".to_owned(),
            ("EC2", _) => "on EC2".to_owned(),
            ("HybridNode", _) => "on a hybrid node".to_owned(),
            ("Pending", _) => "on no node".to_owned(),
            ("Rejected", _) => "refused by a Fargate node".to_owned(),
            _ => "on another node".to_owned(),
        }
    }

    /// What deserves a look: who is refused, waits, is not where the profile wants it, or would leave it.
    fn role(&self) -> Role {
        match self.state {
            ProfilePodState::NotClaimed => Role::Faint,
            ProfilePodState::OnFargate if self.refused.is_empty() && self.unclaimed.is_none() => {
                Role::Good
            }
            _ => Role::Care,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_says_what_would_happen() {
        use ProfilePodState::{Claimable, NotClaimed, OnFargate, Undecided, Waiting};
        let refused = ["HostPort".to_owned()];
        let plain = Told {
            state: OnFargate,
            placement: "Fargate",
            claimed_by: Some("apps"),
            reason: "MatchedProfile",
            unclaimed: None,
            refused: &[],
            finished: false,
            terminating: false,
        };
        let on_ec2 = Told {
            placement: "EC2",
            claimed_by: None,
            ..plain
        };
        let rows = [
            (plain, "on Fargate"),
            (
                Told {
                    finished: true,
                    ..plain
                },
                "finished on Fargate",
            ),
            (
                Told {
                    terminating: true,
                    ..plain
                },
                "on Fargate, terminating",
            ),
            (
                Told {
                    reason: "ProfileGone",
                    ..plain
                },
                "on Fargate (ProfileGone)",
            ),
            (
                Told {
                    refused: &refused,
                    ..plain
                },
                "on Fargate; made again, refused (HostPort)",
            ),
            (
                Told {
                    unclaimed: Some("LabelMismatch"),
                    ..plain
                },
                "on Fargate; made again, not claimed (LabelMismatch)",
            ),
            (
                Told {
                    state: Waiting,
                    placement: "FargatePending",
                    refused: &refused,
                    ..plain
                },
                "claimed and refused (HostPort)",
            ),
            (
                Told {
                    state: Waiting,
                    placement: "FargatePending",
                    reason: "Provisioning",
                    ..plain
                },
                "claimed, on no node (Provisioning)",
            ),
            (
                Told {
                    state: Claimable,
                    reason: "OlderThanProfile",
                    ..on_ec2
                },
                "on EC2, claimable (OlderThanProfile)",
            ),
            (
                Told {
                    state: Claimable,
                    placement: "Pending",
                    refused: &refused,
                    ..on_ec2
                },
                "on no node; would be claimed, then refused (HostPort)",
            ),
            (
                Told {
                    state: Claimable,
                    claimed_by: Some("other"),
                    ..plain
                },
                "on Fargate by profile other, claimable",
            ),
            (
                Told {
                    state: Claimable,
                    claimed_by: None,
                    reason: "ToleratesFargateTaint",
                    ..plain
                },
                "on a Fargate node, claimed by no profile, claimable (ToleratesFargateTaint)",
            ),
            (
                Told {
                    state: Undecided,
                    ..on_ec2
                },
                "on EC2; whether it would be claimed cannot be told",
            ),
            (
                Told {
                    state: NotClaimed,
                    unclaimed: Some("OptedOut"),
                    ..on_ec2
                },
                "on EC2, not claimed (OptedOut)",
            ),
            (
                Told {
                    state: NotClaimed,
                    finished: true,
                    ..on_ec2
                },
                "finished on EC2, not claimed",
            ),
        ];
        for (told, wanted) in rows {
            assert_eq!(told.in_words(), wanted);
        }
    }
}
