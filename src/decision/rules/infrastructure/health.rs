//! What EKS itself reports of a profile's health.

use super::super::{finding, fix, phrases};
use super::stated::{advice, is_whole};
use super::{is_waiting_claim, replace_profile, then_again};
use crate::decision::facts::{HealthIssue, ProfileStatus};
use crate::decision::finding::{Evidence, Finding, Severity, Strength};
use crate::decision::placement::PodCase;
use crate::decision::placement::words::clauses::reasons_in;
use crate::decision::reason::Reason;

/// What to do about an issue, by its code, and whether that ends with the pods.
///
/// Source of the codes: EKS API reference, FargateProfileIssue; of what a role needs: EKS User Guide, "Pod execution IAM role".
fn mend(case: &PodCase<'_>, code: &str) -> Option<(String, bool)> {
    let step = match code {
        "PodExecutionRoleAlreadyInUse" => {
            let step = format!(
                "The pod execution role needs to be one that EC2 nodes do not use: create such a role, then {}",
                replace_profile(case, "with it")
            );
            return Some((step, true));
        }
        "AccessDenied" => {
            "See that the pod execution role exists, trusts eks-fargate-pods.amazonaws.com, has the policy \
             AmazonEKSFargatePodExecutionRolePolicy, and is let into the cluster (aws-auth or an access entry)."
        }
        "ClusterUnreachable" => {
            "See that the cluster is ACTIVE, and that its endpoint can be reached from the profile's subnets (private \
             endpoint, or their public addresses among those allowed)."
        }
        "InternalFailure" => {
            "Wait some minutes and ask again; if it stays, write to AWS Support with the issue's message."
        }
        _ => return None,
    };
    Some((step.to_owned(), false))
}

pub(super) fn profile_unhealthy(case: &PodCase<'_>) -> Option<Finding> {
    let profile = match case.pod.is_claimed() {
        true => case.labelled_profile()?,
        false => case
            .snapshot
            .profiles
            .find(case.expected.profile.as_deref()?)?,
    };
    let issues = &profile.health_issues;
    let first = issues.first()?;
    let evidence = issues.iter().map(|issue| {
        Evidence::found(
            PodCase::profile_object(&profile.name),
            format!("health.issues[{}]", issue.code),
            in_full(issue),
        )
        .wanted("no issue")
    });
    let (severity, strength) = match is_waiting_claim(case) {
        true => (Severity::Error, Strength::Strong),
        false => (Severity::Warning, Strength::Aside),
    };
    let codes = codes(issues);
    let message = match issues.len() {
        1 => format!(
            "{} reports {} for profile {}{}",
            first.reporter(),
            first.code,
            profile.name,
            told(first, ":")
        ),
        count => format!(
            "{} reports {count} issues for profile {} ({}){}",
            first.reporter(),
            profile.name,
            phrases::list(&codes),
            told(first, ". The first says:")
        ),
    };
    let mut steps: Vec<String> = Vec::new();
    let mut is_whole = false;
    for issue in issues {
        let (step, ends_with_pods) = step(case, issue);
        is_whole |= ends_with_pods;
        if !steps.contains(&step) {
            steps.push(step);
        }
    }
    let last = match profile.status {
        Some(ProfileStatus::CreateFailed | ProfileStatus::DeleteFailed) => format!(
            " Then delete profile {} and create it again: profiles cannot be edited, and deleting one deletes the pods that run by it.",
            profile.name
        ),
        _ if is_whole => String::new(),
        _ => then_again(case).to_owned(),
    };
    Some(
        finding(case, Reason::ProfileUnhealthy, message)
            .severity(severity)
            .strength(strength)
            .evidence(evidence)
            .fix(fix::advice(format!("{}{last}", steps.join(" ")))),
    )
}

/// What an issue says, after `lead`; a full stop where it says nothing.
fn told(issue: &HealthIssue, lead: &str) -> String {
    match issue.message.trim() {
        "" => ".".to_owned(),
        message => format!("{lead} {}", phrases::quoted_at_the_end(message)),
    }
}

/// What to do about an issue, as its words say where they are known, else by its code; and whether that ends with the pods.
fn step(case: &PodCase<'_>, issue: &HealthIssue) -> (String, bool) {
    let by_words = reasons_in(&issue.message).find_map(|reason| {
        let text = advice(case, reason)?;
        Some((text, is_whole(reason)))
    });
    by_words.unwrap_or_else(|| {
        mend(case, &issue.code).unwrap_or_else(|| {
            let step = format!(
                "Mend what {} names (the evidence has its message and resources).",
                issue.code
            );
            (step, false)
        })
    })
}

/// The codes, each once, in the order of the issues.
fn codes(issues: &[HealthIssue]) -> Vec<&str> {
    let mut codes: Vec<&str> = Vec::new();
    for issue in issues {
        if !codes.contains(&issue.code.as_str()) {
            codes.push(&issue.code);
        }
    }
    codes
}

/// The message, with the resources that it does not name itself.
fn in_full(issue: &HealthIssue) -> String {
    let unnamed: Vec<&str> = issue
        .resource_ids
        .iter()
        .map(String::as_str)
        .filter(|id| !issue.message.contains(id))
        .collect();
    match unnamed.as_slice() {
        [] => issue.message.clone(),
        resources => format!("{} ({})", issue.message, resources.join(", "))
            .trim_start()
            .to_owned(),
    }
}
