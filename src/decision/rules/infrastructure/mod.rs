//! What AWS could not provide: as fargate-scheduler says it, as EKS and EC2 report it, and what follows from waiting.

mod network;
mod waiting;

use super::{Family, Rule, RuleInfo, finding, fix, phrases, sources, word_evidence};
use crate::decision::facts::ProfileStatus;
use crate::decision::finding::{Certainty, Evidence, Finding, Severity, Strength};
use crate::decision::placement::{ExpectedKind, PodCase};
use crate::decision::reason::Reason;

pub(super) const RULES: &[Rule] = &[
    Rule {
        info: RuleInfo {
            reason: Reason::ExecutionRoleNotAuthorized,
            family: Family::Infrastructure,
            title: "the pod execution role is not authorised in the cluster",
            evidence: "fargate-scheduler's event",
            fix: "restore the role's entry in aws-auth or its access entry, then recreate the pod",
            source: "https://github.com/terraform-aws-modules/terraform-aws-eks/issues/2912",
            page: include_str!("../pages/ExecutionRoleNotAuthorized.md"),
        },
        check: |case| said(case, Reason::ExecutionRoleNotAuthorized),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::ExecutionRoleNotAssumable,
            family: Family::Infrastructure,
            title: "Fargate cannot assume the pod execution role",
            evidence: "fargate-scheduler's event",
            fix: "restore the role and its trust in eks-fargate-pods.amazonaws.com",
            source: sources::EXECUTION_ROLE,
            page: include_str!("../pages/ExecutionRoleNotAssumable.md"),
        },
        check: |case| said(case, Reason::ExecutionRoleNotAssumable),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::ProfileUnhealthy,
            family: Family::Infrastructure,
            title: "EKS itself reports a health issue of the profile",
            evidence: "health.issues of the profile",
            fix: "mend what the issue names; the profile stays as it is",
            source: sources::PROFILE,
            page: include_str!("../pages/ProfileUnhealthy.md"),
        },
        check: profile_unhealthy,
    },
    network::SUBNET_NOT_PRIVATE,
    Rule {
        info: RuleInfo {
            reason: Reason::UnsupportedZone,
            family: Family::Infrastructure,
            title: "Fargate is not offered in the availability zone of a subnet",
            evidence: "fargate-scheduler's event",
            fix: "create the profile anew without the subnet of that zone",
            source: "https://github.com/awsdocs/amazon-eks-user-guide/pull/262",
            page: include_str!("../pages/UnsupportedZone.md"),
        },
        check: |case| said(case, Reason::UnsupportedZone),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::CapacityUnavailable,
            family: Family::Infrastructure,
            title: "AWS has no Fargate capacity at the moment",
            evidence: "fargate-scheduler's event",
            fix: "wait, or offer other zones or sizes",
            source: "https://github.com/aws/containers-roadmap/issues/2034",
            page: include_str!("../pages/CapacityUnavailable.md"),
        },
        check: |case| said(case, Reason::CapacityUnavailable),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::QuotaReached,
            family: Family::Infrastructure,
            title: "the account's Fargate quota is used up",
            evidence: "fargate-scheduler's event",
            fix: "ask for a higher quota, or stop other Fargate pods and tasks",
            source: "https://github.com/terraform-aws-modules/terraform-aws-eks/issues/1758",
            page: include_str!("../pages/QuotaReached.md"),
        },
        check: |case| said(case, Reason::QuotaReached),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::AccountBlocked,
            family: Family::Infrastructure,
            title: "the AWS account may not launch Fargate pods",
            evidence: "fargate-scheduler's event",
            fix: "write to AWS Support",
            source: "https://github.com/clowdhaus/eks-reference-architecture/issues/12",
            page: include_str!("../pages/AccountBlocked.md"),
        },
        check: |case| said(case, Reason::AccountBlocked),
    },
    network::SUBNET_OUT_OF_ADDRESSES,
    network::VPC_DNS_DISABLED,
    waiting::NODE_NEVER_REGISTERED,
    waiting::PROVISIONING,
];

fn is_waiting_claim(case: &PodCase<'_>) -> bool {
    case.pod.is_claimed() && case.is_waiting()
}

/// What AWS's own words mean, and what to do about it.
fn meaning(reason: Reason) -> (&'static str, &'static str) {
    match reason {
        Reason::ExecutionRoleNotAuthorized => (
            "The profile's pod execution role is not authorised in the cluster, so its nodes could not join",
            "Restore the role's entry: in the aws-auth ConfigMap (username system:node:{{SessionName}}, groups \
             system:bootstrappers, system:nodes, system:node-proxier) or as an access entry of type FARGATE_LINUX. Then make the \
             pods again.",
        ),
        Reason::ExecutionRoleNotAssumable => (
            "Fargate cannot assume the profile's pod execution role",
            "See that the role exists and trusts the service principal eks-fargate-pods.amazonaws.com (a condition on \
             aws:SourceArn must fit this cluster).",
        ),
        Reason::UnsupportedZone => (
            "Fargate is not offered in the availability zone of one of the profile's subnets",
            "Create the profile anew without the subnet of that zone; profiles cannot be edited.",
        ),
        Reason::CapacityUnavailable => (
            "AWS has no Fargate capacity for the pod at the moment",
            "Wait, Fargate tries again; or offer more zones (a profile with other subnets) or another size.",
        ),
        Reason::QuotaReached => (
            "The AWS account has reached its Fargate quota",
            "Look at the quota Fargate On-Demand vCPU resource count in this region (it is shared with ECS) and ask for more. \
             The same words were also seen where VPC endpoints were missing.",
        ),
        _ => (
            "The AWS account is blocked from launching Fargate pods",
            "Write to AWS Support: new or unverified accounts are held back until they are checked.",
        ),
    }
}

/// The last step, where it puts the pod on Fargate: what else blocks it comes first.
fn then_again(case: &PodCase<'_>) -> &'static str {
    match case.expected.kind {
        ExpectedKind::Fargate => " Then make the pods again.",
        ExpectedKind::Refused => {
            " Do not make the pods again before what else Fargate refuses in them is mended (below)."
        }
        ExpectedKind::NotFargate | ExpectedKind::Undecided => "",
    }
}

/// A reason that stands in fargate-scheduler's newest word.
fn said(case: &PodCase<'_>, reason: Reason) -> Option<Finding> {
    if !case.pod.is_claimed() || case.is_template() || case.is_bound() || case.pod.is_finished() {
        return None;
    }
    let word = case
        .words
        .fargate
        .iter()
        .find(|word| word.clauses.contains(&reason))?;
    let (message, advice) = meaning(reason);
    // Roles and subnets are objects that were not looked at: they may have been mended since.
    let certainty = match reason {
        Reason::ExecutionRoleNotAuthorized
        | Reason::ExecutionRoleNotAssumable
        | Reason::UnsupportedZone => Certainty::Likely,
        _ => Certainty::Certain,
    };
    Some(
        finding(
            case,
            reason,
            format!("{message}: {}", phrases::quoted(&word.text)),
        )
        .certainty(certainty)
        .evidence([word_evidence(case, word)])
        .fix(fix::advice(format!("{advice}{}", then_again(case)))),
    )
}

fn profile_unhealthy(case: &PodCase<'_>) -> Option<Finding> {
    let profile = match case.pod.is_claimed() {
        true => case.labelled_profile()?,
        false => case
            .snapshot
            .profiles
            .find(case.expected.profile.as_deref()?)?,
    };
    let issue = profile.health_issues.first()?;
    let evidence = profile.health_issues.iter().map(|issue| {
        Evidence::found(
            PodCase::profile_object(&profile.name),
            format!("health.issues[{}]", issue.code),
            issue.message.as_str(),
        )
        .wanted("no issue")
    });
    let (severity, strength) = match is_waiting_claim(case) {
        true => (Severity::Error, Strength::Strong),
        false => (Severity::Warning, Strength::Aside),
    };
    Some(
        finding(
            case,
            Reason::ProfileUnhealthy,
            format!(
                "EKS reports of profile {}: {}: {}",
                profile.name, issue.code, issue.message
            ),
        )
        .severity(severity)
        .strength(strength)
        .evidence(evidence)
        .fix(fix::advice(match profile.status {
            Some(ProfileStatus::CreateFailed | ProfileStatus::DeleteFailed) => format!(
                "Mend what the issue names (it lists the resources), then delete profile {} and create it again: profiles \
                 cannot be edited, and deleting one deletes the pods that run by it.",
                profile.name
            ),
            _ => format!("Mend what the issue names (it lists the resources).{}", then_again(case)),
        })),
    )
}
