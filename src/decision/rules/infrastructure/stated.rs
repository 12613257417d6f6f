//! What AWS itself states about a claimed pod that waits: in fargate-scheduler's newest word, or in the health of its profile.

use super::super::{finding, fix, phrases, word_evidence};
use super::surroundings::{Surroundings, later_fellow, subnet_object};
use super::{network, role, then_again, zone};
use crate::decision::facts::{DefaultRoute, FargateProfile, HealthIssue, ObjectRef, Pod};
use crate::decision::finding::{Certainty, Evidence, Finding, Fix, Strength};
use crate::decision::placement::fate::fate;
use crate::decision::placement::words::Word;
use crate::decision::placement::words::clauses::reasons_in;
use crate::decision::placement::{ExpectedKind, PodCase};
use crate::decision::reason::Reason;

/// What to do about a reason that AWS states, up to the last step; `None` where none of its known texts states that reason.
pub(super) fn advice(case: &PodCase<'_>, reason: Reason) -> Option<String> {
    Some(match reason {
        Reason::ExecutionRoleNotAuthorized => role::restore(case),
        Reason::ExecutionRoleNotAssumable => format!(
            "See that {} exists and trusts the service principal eks-fargate-pods.amazonaws.com (a condition on aws:SourceArn \
             must fit this cluster).",
            role::named(case)
        ),
        Reason::SubnetNotPrivate => network::private_again(case),
        Reason::UnsupportedZone => zone::without(case, &[]),
        Reason::CapacityUnavailable => match case.expected.kind {
            ExpectedKind::Fargate => {
                "Recreate the pods later, or in more zones (a profile with other subnets) or with another size."
            }
            _ => "Try later, or offer more zones (a profile with other subnets) or another size.",
        }
        .to_owned(),
        Reason::QuotaReached => {
            "Look at the quota \"Fargate On-Demand vCPU resource count\" of this account and region (ECS uses it too) and ask for \
             more. The same words were seen where VPC endpoints were missing."
                .to_owned()
        }
        Reason::AccountBlocked => {
            "Write to AWS Support: likely the account is new or not verified, and held back until it is checked.".to_owned()
        }
        _ => return None,
    })
}

/// Whether the advice about a reason ends with the pods being made again.
pub(super) fn is_whole(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::SubnetNotPrivate | Reason::UnsupportedZone | Reason::CapacityUnavailable
    )
}

/// Where AWS states a reason.
pub(super) enum Statement<'a> {
    Word(&'a Word),
    Issue(&'a FargateProfile, &'a HealthIssue),
}

impl<'a> Statement<'a> {
    /// fargate-scheduler's newest word about the pod, or else the health of the profile that claimed it.
    pub fn of(case: &'a PodCase<'_>, reason: Reason) -> Option<Self> {
        Self::all(case, reason).into_iter().next()
    }

    /// All that fargate-scheduler said last with this reason, or else the first such issue of the profile that claimed the pod.
    pub fn all(case: &'a PodCase<'_>, reason: Reason) -> Vec<Self> {
        if !case.pod.is_claimed() || case.is_template() || case.is_bound() || case.pod.is_finished()
        {
            return Vec::new();
        }
        let words: Vec<Self> = case
            .words
            .fargate
            .iter()
            .filter(|word| word.clauses.contains(&reason))
            .map(Self::Word)
            .collect();
        if !words.is_empty() {
            return words;
        }
        let issue = case.labelled_profile().and_then(|profile| {
            let issue = profile
                .health_issues
                .iter()
                .find(|issue| reasons_in(&issue.message).any(|named| named == reason))?;
            Some(Self::Issue(profile, issue))
        });
        issue.into_iter().collect()
    }

    pub fn text(&self) -> &'a str {
        match self {
            Self::Word(word) => &word.text,
            Self::Issue(_, issue) => &issue.message,
        }
    }

    fn evidence(&self, case: &PodCase<'_>) -> Evidence {
        match self {
            Self::Word(word) => word_evidence(case, word),
            Self::Issue(profile, issue) => Evidence::found(
                PodCase::profile_object(&profile.name),
                format!("health.issues[{}]", issue.code),
                issue.message.as_str(),
            ),
        }
    }

    /// The statement in AWS's own words, as a sentence, with what it is about.
    fn sentence(&self, case: &PodCase<'_>, reason: Reason) -> String {
        let said = heart(self.text()).trim();
        let said = match said.strip_suffix('.') {
            Some(bare) if !bare.ends_with('.') => bare,
            _ => said,
        };
        let said = phrases::quoted(said);
        match self {
            Self::Issue(profile, _) => format!("EKS reports for profile {}: {said}.", profile.name),
            Self::Word(word) if is_about_profile(reason) => {
                let own = case.pod.profile_label().unwrap_or_default();
                let about = profile_named_in(&word.text).unwrap_or(own);
                format!("Fargate said of profile {about}: {said}.")
            }
            Self::Word(_) => format!("Fargate said: {said}."),
        }
    }

    /// The profile that the words name, where the pod's label names another.
    fn names_another_than(&self, case: &PodCase<'_>) -> bool {
        let named = match self {
            Self::Word(word) => profile_named_in(&word.text),
            Self::Issue(..) => None,
        };
        named.is_some_and(|name| Some(name) != case.pod.profile_label())
    }

    /// A pod of the same profile that was created after the words and runs on Fargate: they no longer hold.
    fn disproof<'s>(&self, case: &PodCase<'s>) -> Option<&'s Pod> {
        let Self::Word(word) = self else {
            return None;
        };
        later_fellow(case, case.labelled_profile()?, word.at?)
    }
}

/// Whether AWS's words are about the profile's role or subnets. They were not looked at, and may have been mended since; a
/// profile's health is its present state.
fn is_about_profile(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::ExecutionRoleNotAuthorized
            | Reason::ExecutionRoleNotAssumable
            | Reason::SubnetNotPrivate
            | Reason::UnsupportedZone
    )
}

/// What is said after the words that every message of its kind begins with.
fn heart(text: &str) -> &str {
    text.split_once("due to: ").map_or(text, |(_, rest)| rest)
}

/// The profile in `fargate profile <name> blocked for new launches`.
fn profile_named_in(text: &str) -> Option<&str> {
    let (before, _) = text.split_once(" blocked for new launches")?;
    let (_, name) = before.rsplit_once("fargate profile ")?;
    (!name.is_empty() && !name.contains(char::is_whitespace)).then_some(name)
}

/// A reason that AWS states.
pub(super) fn stated(case: &PodCase<'_>, reason: Reason) -> Option<Finding> {
    Statement::of(case, reason)?;
    let since = match reason {
        Reason::SubnetNotPrivate => subnets_since(case),
        Reason::ExecutionRoleNotAssumable => {
            "Likely still so: the role itself was not read.".to_owned()
        }
        _ => String::new(),
    };
    let advice = fix::advice(format!(
        "{}{}",
        advice(case, reason)?,
        match is_whole(reason) {
            true => "",
            false => then_again(case),
        }
    ));
    with_detail(case, reason, &since, advice)
}

/// A reason that AWS states, with what is known since (a sentence, empty for none) and what to do.
pub(super) fn with_detail(
    case: &PodCase<'_>,
    reason: Reason,
    since: &str,
    advice: Fix,
) -> Option<Finding> {
    let statement = Statement::of(case, reason)?;
    let is_word = matches!(statement, Statement::Word(_));
    let certainty = match is_about_profile(reason) && is_word {
        true => Certainty::Likely,
        false => Certainty::Certain,
    };
    let is_about_role = matches!(
        reason,
        Reason::ExecutionRoleNotAuthorized | Reason::ExecutionRoleNotAssumable
    );
    let disproof = statement.disproof(case).filter(|_| is_about_role);
    let since = match (disproof, is_word) {
        (Some(pod), _) => format!(
            "Pod {} of the same profile came later and runs.",
            in_namespace(case, pod)
        ),
        (None, true) if statement.names_another_than(case) => format!(
            "The pod's label names profile {}.",
            case.pod.profile_label().unwrap_or_default()
        ),
        (None, false) if is_about_role => String::new(),
        (None, _) => since.to_owned(),
    };
    // Nothing about the role helps a pod whose profile is gone: what decides says what does.
    let is_gone = fate(case).is_some();
    let is_past = disproof.is_some() || statement.names_another_than(case);
    let advice = match is_about_role {
        true if is_gone => None,
        true if is_past => Some(fix::recreate_if_that_helps(case)),
        _ => Some(advice),
    };
    let seen = disproof.map(|pod| {
        let object = ObjectRef::namespaced("pod", &pod.namespace, &pod.name);
        let created = pod.created_at.map(|created| created.to_string());
        Evidence::found(
            object,
            "runs on Fargate, metadata.creationTimestamp",
            created.unwrap_or_default(),
        )
    });
    let message = format!("{} {since}", statement.sentence(case, reason));
    Some(
        finding(case, reason, message.trim_end())
            .certainty(certainty)
            // An issue decides as what it is, the profile's health; what its words name stands beside that.
            .strength(match is_word {
                true => Strength::Strong,
                false => Strength::Aside,
            })
            .evidence([statement.evidence(case)])
            .evidence(seen)
            .fix(advice),
    )
}

/// A pod's name, with its namespace where that is another one.
fn in_namespace(case: &PodCase<'_>, pod: &Pod) -> String {
    match pod.namespace == case.pod.namespace {
        true => pod.name.clone(),
        false => format!("{}/{}", pod.namespace, pod.name),
    }
}

/// What EC2 shows now of subnets that AWS called public.
fn subnets_since(case: &PodCase<'_>) -> String {
    let around = Surroundings::of_waiting(case);
    let is_public = |route: &DefaultRoute| matches!(route, DefaultRoute::InternetGateway { .. });
    let mut routes = around
        .iter()
        .flat_map(Surroundings::known)
        .filter_map(|(_, subnet)| subnet.default_route.as_ref());
    let are_all_private = around.as_ref().is_some_and(|around| {
        around.is_true_of_all(|subnet| {
            subnet
                .default_route
                .as_ref()
                .is_some_and(|route| !is_public(route))
        })
    });
    if routes.any(is_public) {
        "EC2 shows the same (see the evidence).".to_owned()
    } else if are_all_private {
        "EC2 shows no public subnet in it now.".to_owned()
    } else {
        "Likely still so: its routes were not read.".to_owned()
    }
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
        (Some(size), "") => format!("The pod asks for {size}."),
        (None, zones) => format!("The profile's zones are {zones}."),
        (Some(size), zones) => format!("The pod asks for {size} in {zones}."),
    };
    let reason = Reason::CapacityUnavailable;
    let advice = match case.expected.kind {
        ExpectedKind::Refused => {
            format!("{}{}", advice(case, reason)?, then_again(case))
        }
        _ => advice(case, reason)?,
    };
    Some(with_detail(case, reason, &detail, fix::advice(advice))?.evidence(evidence))
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_message_may_name_its_profile() {
        let named = |text| profile_named_in(text);
        assert_eq!(
            named(
                "Misconfigured Fargate Profile: fargate profile old blocked for new launches due to: no role"
            ),
            Some("old")
        );
        assert_eq!(named("no room"), None);
        assert_eq!(named("fargate profile  blocked for new launches"), None);
    }
}
