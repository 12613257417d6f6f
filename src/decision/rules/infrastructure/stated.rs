//! What AWS itself states about a claimed pod that waits: in fargate-scheduler's newest word, or in the health of its profile.

use super::super::{finding, fix, phrases, word_evidence};
use super::surroundings::{Surroundings, subnet_object};
use super::then_again;
use crate::decision::facts::HealthIssue;
use crate::decision::finding::{Certainty, Evidence, Finding};
use crate::decision::placement::PodCase;
use crate::decision::placement::words::Word;
use crate::decision::placement::words::clauses::reasons_in;
use crate::decision::reason::Reason;

/// What AWS's own words mean, and what to do about it.
fn meaning(reason: Reason) -> Option<(&'static str, &'static str)> {
    Some(match reason {
        Reason::ExecutionRoleNotAuthorized => (
            "AWS does not let the profile's nodes join the cluster",
            "Restore the role's entry: in the aws-auth ConfigMap (username system:node:{{SessionName}}, groups \
             system:bootstrappers, system:nodes, system:node-proxier) or as an access entry of type FARGATE_LINUX.",
        ),
        Reason::ExecutionRoleNotAssumable => (
            "AWS starts no pod of the profile",
            "See that the role exists and trusts the service principal eks-fargate-pods.amazonaws.com (a condition on \
             aws:SourceArn must fit this cluster).",
        ),
        Reason::SubnetNotPrivate => (
            "Fargate takes private subnets only, and AWS finds another in the profile",
            "Take the internet gateway out of the subnet's route table (a NAT gateway leads out of a private subnet), or create a \
             profile with private subnets; profiles cannot be edited.",
        ),
        Reason::UnsupportedZone => (
            "AWS starts no pod in a zone that the profile has a subnet in",
            "Create the profile anew without the subnet of that zone; profiles cannot be edited.",
        ),
        Reason::CapacityUnavailable => (
            "Fargate could not start the pod",
            "Wait, Fargate tries again; or offer more zones (a profile with other subnets) or another size.",
        ),
        Reason::QuotaReached => (
            "Fargate could not start the pod",
            "Look at the quota \"Fargate On-Demand vCPU resource count\" of this account and region (ECS uses it too) and ask for \
             more. The same words were seen where VPC endpoints were missing.",
        ),
        Reason::AccountBlocked => (
            "Fargate could not start the pod",
            "Write to AWS Support: new or unverified accounts are held back until they are checked.",
        ),
        _ => return None,
    })
}

/// What to do about a reason that AWS states; `None` where none of its known texts states that reason.
pub(super) fn advice(reason: Reason) -> Option<&'static str> {
    meaning(reason).map(|(_, advice)| advice)
}

/// Where AWS states a reason.
enum Statement<'a> {
    Word(&'a Word),
    Issue(&'a str, &'a HealthIssue),
}

impl<'a> Statement<'a> {
    /// fargate-scheduler's newest word about the pod, or else the health of the profile that claimed it.
    fn of(case: &'a PodCase<'_>, reason: Reason) -> Option<Self> {
        if !case.pod.is_claimed() || case.is_template() || case.is_bound() || case.pod.is_finished()
        {
            return None;
        }
        let word = case
            .words
            .fargate
            .iter()
            .find(|word| word.clauses.contains(&reason));
        if let Some(word) = word {
            return Some(Self::Word(word));
        }
        let profile = case.labelled_profile()?;
        let issue = profile
            .health_issues
            .iter()
            .find(|issue| reasons_in(&issue.message).any(|named| named == reason))?;
        Some(Self::Issue(&profile.name, issue))
    }

    fn text(&self) -> &str {
        match self {
            Self::Word(word) => &word.text,
            Self::Issue(_, issue) => &issue.message,
        }
    }

    fn evidence(&self, case: &PodCase<'_>) -> Evidence {
        match self {
            Self::Word(word) => word_evidence(case, word),
            Self::Issue(profile, issue) => Evidence::found(
                PodCase::profile_object(profile),
                format!("health.issues[{}]", issue.code),
                issue.message.as_str(),
            ),
        }
    }
}

/// What is said after the words that every message of its kind begins with.
fn heart(text: &str) -> &str {
    text.split_once("due to: ").map_or(text, |(_, rest)| rest)
}

/// A reason that AWS states.
pub(super) fn stated(case: &PodCase<'_>, reason: Reason) -> Option<Finding> {
    with_detail(case, reason, "")
}

fn with_detail(case: &PodCase<'_>, reason: Reason, detail: &str) -> Option<Finding> {
    let statement = Statement::of(case, reason)?;
    let (message, advice) = meaning(reason)?;
    // Roles and subnets are objects that were not looked at: they may have been mended since. A profile's health is its
    // present state.
    let is_about_something_unseen = matches!(
        reason,
        Reason::ExecutionRoleNotAuthorized
            | Reason::ExecutionRoleNotAssumable
            | Reason::SubnetNotPrivate
            | Reason::UnsupportedZone
    );
    let certainty = match statement {
        Statement::Word(_) if is_about_something_unseen => Certainty::Likely,
        _ => Certainty::Certain,
    };
    Some(
        finding(
            case,
            reason,
            format!(
                "{message}{detail}: {}",
                phrases::quoted_at_the_end(heart(statement.text()))
            ),
        )
        .certainty(certainty)
        .evidence([statement.evidence(case)])
        .fix(fix::advice(format!("{advice}{}", then_again(case)))),
    )
}

/// `UnsupportedZone`, with the subnets that lie in the zone where EC2 told their zones.
pub(super) fn unsupported_zone(case: &PodCase<'_>) -> Option<Finding> {
    let statement = Statement::of(case, Reason::UnsupportedZone)?;
    let zone = zone_named_in(statement.text()).unwrap_or_default();
    let subnets: Vec<(&str, &str)> = Surroundings::of_waiting(case)
        .map(|around| {
            around
                .zones()
                .filter(|(_, its_zone)| *its_zone == zone)
                .collect()
        })
        .unwrap_or_default();
    let names: Vec<&str> = subnets.iter().map(|(id, _)| *id).collect();
    let detail = match names.as_slice() {
        [] => String::new(),
        _ => format!(" ({})", phrases::list(&names)),
    };
    let found = with_detail(case, Reason::UnsupportedZone, &detail)?;
    if names.is_empty() {
        return Some(found);
    }
    let evidence = names
        .iter()
        .map(|id| Evidence::found(subnet_object(id), "availabilityZone", zone));
    // A profile's subnets never change, nor do their zones: the subnet of that zone is still there.
    Some(found.certainty(Certainty::Certain).evidence(evidence))
}

fn zone_named_in(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("requested availability zone:")?;
    let zone = rest
        .trim_start()
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .next()?;
    (!zone.is_empty()).then_some(zone)
}

/// `CapacityUnavailable`, with the pod's size where Fargate wrote it down, and the zones where EC2 told them.
pub(super) fn capacity_unavailable(case: &PodCase<'_>) -> Option<Finding> {
    let size = case.pod.annotations.get("CapacityProvisioned");
    let mut zones: Vec<(&str, &str)> = Surroundings::of_waiting(case)
        .map(|around| around.zones().collect())
        .unwrap_or_default();
    zones.sort_by_key(|(_, zone)| *zone);
    let evidence: Vec<Evidence> = size
        .map(|size| {
            let field = "metadata.annotations[CapacityProvisioned]";
            Evidence::found(case.object.clone(), field, size.as_str())
        })
        .into_iter()
        .chain(
            zones
                .iter()
                .map(|(id, zone)| Evidence::found(subnet_object(id), "availabilityZone", *zone)),
        )
        .collect();
    zones.dedup_by_key(|(_, zone)| *zone);
    let zones = phrases::list(zones.iter().map(|(_, zone)| *zone));
    let detail = match (size, zones.as_str()) {
        (None, "") => String::new(),
        (Some(size), "") => format!(" ({size})"),
        (None, zones) => format!(" (in {zones})"),
        (Some(size), zones) => format!(" ({size} in {zones})"),
    };
    Some(with_detail(case, Reason::CapacityUnavailable, &detail)?.evidence(evidence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_read_from_the_message() {
        let rows = [
            (
                "Fargate is not supported in the requested availability zone: ca-central-1d",
                Some("ca-central-1d"),
            ),
            (
                "Scheduling%!(EXTRA string=Fargate is not supported in the requested availability zone: us-east-1e)",
                Some("us-east-1e"),
            ),
            ("not supported in the requested availability zone", None),
            ("not supported in the requested availability zone: ", None),
        ];
        for (text, zone) in rows {
            assert_eq!(zone_named_in(text), zone, "{text}");
        }
    }

    #[test]
    fn of_a_long_message_its_heart_is_quoted() {
        assert_eq!(
            heart(
                "Misconfigured Fargate Profile: fargate profile a blocked for new launches due to: no role"
            ),
            "no role"
        );
        assert_eq!(heart("no room"), "no room");
    }
}
