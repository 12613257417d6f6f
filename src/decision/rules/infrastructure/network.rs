//! The profile's subnets and their VPC, as EC2 describes them.

use super::super::{Family, Rule, RuleInfo, sources};
use crate::decision::reason::Reason;

pub(super) const SUBNET_NOT_PRIVATE: Rule = Rule {
    info: RuleInfo {
        reason: Reason::SubnetNotPrivate,
        family: Family::Infrastructure,
        title: "a subnet of the profile has a direct route to an internet gateway",
        evidence: "the profile's subnets and their route tables in EC2, or the words of AWS",
        fix: "give the subnet a route through a NAT gateway, or create the profile anew with private subnets",
        source: sources::PROFILE,
        page: include_str!("../pages/SubnetNotPrivate.md"),
    },
    check: |_| None,
};

pub(super) const SUBNET_OUT_OF_ADDRESSES: Rule = Rule {
    info: RuleInfo {
        reason: Reason::SubnetOutOfAddresses,
        family: Family::Infrastructure,
        title: "the profile's subnets have no address left",
        evidence: "the subnets' available addresses in EC2",
        fix: "free addresses, or create a profile with larger subnets",
        source: "https://docs.aws.amazon.com/eks/latest/userguide/eks-networking-add-ons.html",
        page: include_str!("../pages/SubnetOutOfAddresses.md"),
    },
    check: |_| None,
};

pub(super) const VPC_DNS_DISABLED: Rule = Rule {
    info: RuleInfo {
        reason: Reason::VpcDnsDisabled,
        family: Family::Infrastructure,
        title: "DNS support or DNS hostnames of the VPC are switched off",
        evidence: "the VPC's attributes in EC2",
        fix: "switch on DNS support and DNS hostnames of the VPC",
        source: sources::FARGATE,
        page: include_str!("../pages/VpcDnsDisabled.md"),
    },
    check: |_| None,
};
