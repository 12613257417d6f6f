//! A claimed pod that waits without a complaint: for how long, and what it likely waits for.

use super::super::{Family, Rule, RuleInfo, finding, fix, phrases, sources, word_evidence};
use super::is_waiting_claim;
use crate::decision::finding::{Certainty, Evidence, Finding, Severity, Strength};
use crate::decision::placement::PodCase;
use crate::decision::placement::case::GRACE_SECONDS;
use crate::decision::reason::Reason;

pub(super) const NODE_NEVER_REGISTERED: Rule = Rule {
    info: RuleInfo {
        reason: Reason::NodeNeverRegistered,
        family: Family::Infrastructure,
        title: "Fargate started a machine for the pod, and its node never joined the cluster",
        evidence: "the pod's age, and the event that says provisioning timed out",
        fix: "check the route out of the subnets, DNS, security groups and the pod execution role, in this order",
        source: "https://github.com/aws/containers-roadmap/issues/1890",
        page: include_str!("../pages/NodeNeverRegistered.md"),
    },
    check: node_never_registered,
};

pub(super) const PROVISIONING: Rule = Rule {
    info: RuleInfo {
        reason: Reason::Provisioning,
        family: Family::Infrastructure,
        title: "claimed moments ago; Fargate takes a minute or two",
        evidence: "the pod's age",
        fix: "wait",
        source: sources::FARGATE,
        page: include_str!("../pages/Provisioning.md"),
    },
    check: provisioning,
};

fn node_never_registered(case: &PodCase<'_>) -> Option<Finding> {
    if !is_waiting_claim(case) {
        return None;
    }
    let word = case
        .words
        .fargate
        .iter()
        .find(|word| word.clauses.contains(&Reason::NodeNeverRegistered));
    let age = case.age_seconds();
    let has_waited = age.is_some_and(|age| age > GRACE_SECONDS) && case.words.fargate.is_empty();
    if word.is_none() && !has_waited {
        return None;
    }
    let waited = age
        .map(|age| format!(" for {}", phrases::span(age)))
        .unwrap_or_default();
    let message = format!(
        "Fargate claimed the pod, which has waited{waited} without a node: likely its machine started and could not join the cluster."
    );
    let mut found = finding(case, Reason::NodeNeverRegistered, message)
        .certainty(Certainty::Likely)
        // Without Fargate's own word, what was not read comes first.
        .strength(if word.is_some() { Strength::Strong } else { Strength::Weak })
        .evidence(word.map(|word| word_evidence(case, word)))
        .fix(fix::advice(
            "Check, in this order: a route out of the profile's subnets (NAT gateway or VPC endpoints for ECR, S3 and STS), DNS \
             support and hostnames of the VPC, security groups (the cluster security group must be among them), and the pod \
             execution role.",
        ));
    if let Some(created) = case.pod.created_at {
        found = found.evidence([Evidence::found(
            case.object.clone(),
            "metadata.creationTimestamp",
            created.to_string(),
        )]);
    }
    Some(
        found.evidence([Evidence::absent(case.object.clone(), "spec.nodeName")
            .wanted("a node whose name begins with fargate-")]),
    )
}

fn provisioning(case: &PodCase<'_>) -> Option<Finding> {
    let age = case.age_seconds()?;
    if !is_waiting_claim(case) || age > GRACE_SECONDS || !case.words.fargate.is_empty() {
        return None;
    }
    let profile = case.pod.profile_label().unwrap_or_default();
    Some(
        finding(
            case,
            Reason::Provisioning,
            format!(
                "Profile {profile} claimed the pod {} ago; Fargate takes a minute or two to start a machine, so this is normal.",
                phrases::span(age)
            ),
        )
        .severity(Severity::Info)
        .evidence(case.pod.created_at.map(|created| {
            Evidence::found(case.object.clone(), "metadata.creationTimestamp", created.to_string())
        }))
        .fix(fix::advice("Wait; ask again when it has waited for more than five minutes.")),
    )
}
