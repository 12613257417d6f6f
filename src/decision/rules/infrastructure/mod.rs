//! What AWS could not provide: as fargate-scheduler says it, as EKS and EC2 report it, and what follows from waiting.

mod health;
mod network;
mod role;
mod stated;
mod surroundings;
mod waiting;

use super::{Family, Rule, RuleInfo, sources};
use crate::decision::placement::{ExpectedKind, PodCase};
use crate::decision::reason::Reason;

pub(super) const RULES: &[Rule] = &[
    Rule {
        info: RuleInfo {
            reason: Reason::ExecutionRoleNotAuthorized,
            family: Family::Infrastructure,
            title: "the pod execution role is not authorised in the cluster",
            evidence: "fargate-scheduler's event or the profile's health; aws-auth and the role's access entry",
            fix: "restore the role's entry in aws-auth or its access entry, then recreate the pod",
            source: "https://github.com/terraform-aws-modules/terraform-aws-eks/issues/2912",
            page: include_str!("../pages/ExecutionRoleNotAuthorized.md"),
        },
        check: role::not_authorized,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::ExecutionRoleNotAssumable,
            family: Family::Infrastructure,
            title: "Fargate cannot assume the pod execution role",
            evidence: "fargate-scheduler's event, or the profile's health",
            fix: "restore the role and its trust in eks-fargate-pods.amazonaws.com",
            source: sources::EXECUTION_ROLE,
            page: include_str!("../pages/ExecutionRoleNotAssumable.md"),
        },
        check: |case| stated::stated(case, Reason::ExecutionRoleNotAssumable),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::ProfileUnhealthy,
            family: Family::Infrastructure,
            title: "EKS itself reports a health issue of the profile",
            evidence: "health.issues of the profile",
            fix: "correct what the issue names; the profile itself cannot be edited",
            source: "https://docs.aws.amazon.com/eks/latest/APIReference/API_FargateProfileIssue.html",
            page: include_str!("../pages/ProfileUnhealthy.md"),
        },
        check: health::profile_unhealthy,
    },
    network::SUBNET_NOT_PRIVATE,
    Rule {
        info: RuleInfo {
            reason: Reason::UnsupportedZone,
            family: Family::Infrastructure,
            title: "Fargate is not offered in the availability zone of a subnet",
            evidence: "fargate-scheduler's event or the profile's health, and the subnets' zones in EC2",
            fix: "create a profile without the subnets of that zone; a profile cannot be edited",
            source: "https://github.com/awsdocs/amazon-eks-user-guide/pull/262",
            page: include_str!("../pages/UnsupportedZone.md"),
        },
        check: stated::unsupported_zone,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::CapacityUnavailable,
            family: Family::Infrastructure,
            title: "AWS has no Fargate capacity at the moment",
            evidence: "fargate-scheduler's event, or the profile's health",
            fix: "wait, or offer other zones or sizes",
            source: "https://github.com/aws/containers-roadmap/issues/2034",
            page: include_str!("../pages/CapacityUnavailable.md"),
        },
        check: stated::capacity_unavailable,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::QuotaReached,
            family: Family::Infrastructure,
            title: "the account's Fargate quota is used up",
            evidence: "fargate-scheduler's event, or the profile's health",
            fix: "ask for a higher quota, or stop other Fargate pods and tasks",
            source: "https://github.com/terraform-aws-modules/terraform-aws-eks/issues/1758",
            page: include_str!("../pages/QuotaReached.md"),
        },
        check: |case| stated::stated(case, Reason::QuotaReached),
    },
    Rule {
        info: RuleInfo {
            reason: Reason::AccountBlocked,
            family: Family::Infrastructure,
            title: "the AWS account may not launch Fargate pods",
            evidence: "fargate-scheduler's event, or the profile's health",
            fix: "write to AWS Support",
            source: "https://github.com/clowdhaus/eks-reference-architecture/issues/12",
            page: include_str!("../pages/AccountBlocked.md"),
        },
        check: |case| stated::stated(case, Reason::AccountBlocked),
    },
    network::SUBNET_OUT_OF_ADDRESSES,
    network::VPC_DNS_DISABLED,
    waiting::NODE_NEVER_REGISTERED,
    waiting::PROVISIONING,
];

fn is_waiting_claim(case: &PodCase<'_>) -> bool {
    case.pod.is_claimed() && case.is_waiting()
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
