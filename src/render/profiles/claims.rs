//! The pods of a profile, folded: one line for those of one workload that are in the same state for the same reason.

use std::collections::BTreeMap;

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
    /// Whether something about them deserves a look: they are refused, wait, or are not where the profile wants them.
    pub(super) deserves_a_look: bool,
}

/// The pods of the profile, by namespace and workload; then the workloads without pods that it would claim.
pub(super) fn claims(profile: &ProfileEntry) -> Vec<Claim> {
    type Key<'a> = (
        &'a str,
        String,
        ProfilePodState,
        &'a str,
        &'a str,
        &'a [String],
    );
    let mut groups: BTreeMap<Key<'_>, usize> = BTreeMap::new();
    for pod in &profile.pods {
        let key = (
            pod.namespace.as_str(),
            workload(pod),
            pod.state,
            pod.placement.as_str(),
            pod.reason.as_str(),
            pod.refused.as_slice(),
        );
        *groups.entry(key).or_default() += 1;
    }
    let mut claims: Vec<Claim> = groups
        .into_iter()
        .map(
            |((namespace, workload, state, placement, reason, refused), count)| Claim {
                namespace: namespace.to_owned(),
                workload,
                state: format!("{count} {}", told(state, placement, reason, refused)),
                deserves_a_look: state != ProfilePodState::OnFargate || !refused.is_empty(),
            },
        )
        .collect();
    claims.extend(profile.workloads_claimable.iter().map(|workload| Claim {
        namespace: workload.namespace.clone(),
        workload: format!("{}/{}", workload.kind.to_lowercase(), workload.name),
        state: "no pods; would be claimed".to_owned(),
        deserves_a_look: false,
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

/// What these pods are to the profile: `on Fargate`, `on EC2, claimable (OlderThanProfile)`. The text is raw.
fn told(state: ProfilePodState, placement: &str, reason: &str, refused: &[String]) -> String {
    let refusals = refused.join(", ");
    match state {
        ProfilePodState::Undecided => "elsewhere; cannot be told".to_owned(),
        ProfilePodState::NotClaimed => format!("elsewhere, not claimed ({reason})"),
        ProfilePodState::OnFargate if refused.is_empty() => match reason {
            "MatchedProfile" => "on Fargate".to_owned(),
            other => format!("on Fargate ({other})"),
        },
        ProfilePodState::OnFargate => format!("on Fargate; made again, refused ({refusals})"),
        ProfilePodState::Waiting if refused.is_empty() => {
            format!("claimed, on no node ({reason})")
        }
        ProfilePodState::Waiting => format!("claimed and refused ({refusals})"),
        ProfilePodState::Claimable => {
            let place = match placement {
                "EC2" => "on EC2",
                "HybridNode" => "on a hybrid node",
                "Pending" => "on no node",
                "Rejected" => "refused by a Fargate node",
                "Fargate" => "on Fargate by another profile",
                "FargatePending" => "claimed by another profile",
                _ => "on another node",
            };
            match refused.is_empty() {
                true => format!("{place}, claimable ({reason})"),
                false => format!("{place}, claimable and then refused ({refusals})"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_says_what_would_happen() {
        let refused = ["HostPort".to_owned()];
        let rows: [(ProfilePodState, &str, &str, &[String], &str); 6] = [
            (
                ProfilePodState::OnFargate,
                "Fargate",
                "MatchedProfile",
                &[],
                "on Fargate",
            ),
            (
                ProfilePodState::OnFargate,
                "Fargate",
                "ProfileGone",
                &[],
                "on Fargate (ProfileGone)",
            ),
            (
                ProfilePodState::OnFargate,
                "Fargate",
                "MatchedProfile",
                &refused,
                "on Fargate; made again, refused (HostPort)",
            ),
            (
                ProfilePodState::Waiting,
                "FargatePending",
                "HostPort",
                &refused,
                "claimed and refused (HostPort)",
            ),
            (
                ProfilePodState::Claimable,
                "EC2",
                "OlderThanProfile",
                &[],
                "on EC2, claimable (OlderThanProfile)",
            ),
            (
                ProfilePodState::Claimable,
                "Pending",
                "OlderThanProfile",
                &refused,
                "on no node, claimable and then refused (HostPort)",
            ),
        ];
        for (state, placement, reason, refused, wanted) in rows {
            assert_eq!(told(state, placement, reason, refused), wanted);
        }
    }
}
