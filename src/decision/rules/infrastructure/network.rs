//! The profile's subnets and their VPC, as EC2 describes them, and as AWS says in its own words.
//!
//! EC2's answer is the present state, but not a word about the pod: it decides after what Fargate refuses, and before the
//! reasons that rest on time alone.

use super::super::{Family, Rule, RuleInfo, finding, fix, phrases, sources};
use super::stated::stated;
use super::surroundings::{Surroundings, fellow_on_fargate, is_overdue, subnet_object, vpc_object};
use super::{replace_profile, then_again};
use crate::decision::facts::aws::{DefaultRoute, Subnet};
use crate::decision::facts::shell::aws_option;
use crate::decision::finding::{Certainty, Evidence, Finding, Severity, Strength};
use crate::decision::placement::PodCase;
use crate::decision::reason::Reason;

pub(super) const SUBNET_NOT_PRIVATE: Rule = Rule {
    info: RuleInfo {
        reason: Reason::SubnetNotPrivate,
        family: Family::Infrastructure,
        title: "a subnet of the profile has a direct route to an internet gateway",
        evidence: "the profile's subnets and their route tables in EC2, or the words of AWS",
        fix: "give the subnet a route table that leads to a NAT gateway, or create a profile with private subnets",
        source: sources::PROFILE,
        page: include_str!("../pages/SubnetNotPrivate.md"),
    },
    check: subnet_not_private,
};

pub(super) const SUBNET_OUT_OF_ADDRESSES: Rule = Rule {
    info: RuleInfo {
        reason: Reason::SubnetOutOfAddresses,
        family: Family::Infrastructure,
        title: "the profile's subnets have no address left",
        evidence: "the subnets' available addresses in EC2",
        fix: "free addresses, or create a profile with larger subnets",
        source: "https://docs.aws.amazon.com/eks/latest/userguide/cni-ipv6.html",
        page: include_str!("../pages/SubnetOutOfAddresses.md"),
    },
    check: subnet_out_of_addresses,
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
    check: vpc_dns_disabled,
};

/// A finding from EC2's answer: it decides late, or stands beside what does.
fn from_ec2(case: &PodCase<'_>, reason: Reason, decides: bool, message: String) -> Finding {
    let found = finding(case, reason, message).certainty(Certainty::Likely);
    match decides {
        true => found.strength(Strength::Weak),
        false => found.strength(Strength::Aside).severity(Severity::Warning),
    }
}

/// `subnet-a and subnet-b`, or how many of how many where they are more.
fn in_words(subnets: &[&str], of: usize) -> (String, &'static str) {
    match subnets {
        [one] => (format!("subnet {one}"), "is"),
        [_, _] => (format!("subnets {}", phrases::list(subnets)), "are"),
        _ if subnets.len() == of => (format!("all {of} subnets"), "are"),
        _ => (format!("{} of the {of} subnets", subnets.len()), "are"),
    }
}

/// A public subnet.
struct Public<'a> {
    id: &'a str,
    gateway: &'a str,
    table: &'a str,
    is_main: bool,
}

impl<'a> Public<'a> {
    fn of((id, subnet): (&'a str, &'a Subnet)) -> Option<Self> {
        match subnet.default_route.as_ref()? {
            DefaultRoute::InternetGateway {
                gateway,
                table,
                is_main,
            } => Some(Self {
                id,
                gateway,
                table,
                is_main: *is_main,
            }),
            DefaultRoute::Blackhole(_) | DefaultRoute::Other(_) | DefaultRoute::None => None,
        }
    }
}

fn public_subnets<'a>(around: Option<&Surroundings<'_, 'a>>) -> Vec<Public<'a>> {
    let known = around.into_iter().flat_map(Surroundings::known);
    known.filter_map(Public::of).collect()
}

/// What to do about a public subnet, up to the last step. Its route table may serve others: it is not to be changed.
pub(super) fn private_again(case: &PodCase<'_>) -> String {
    let around = Surroundings::of_waiting(case);
    let public = public_subnets(around.as_ref());
    let names: Vec<&str> = public.iter().map(|subnet| subnet.id).collect();
    let of = around.as_ref().map_or(0, |around| around.subnets.len());
    let which = match names.as_slice() {
        [] => "the public subnet".to_owned(),
        _ => in_words(&names, of).0,
    };
    let table = match public.first() {
        None => "its present one may serve others".to_owned(),
        Some(subnet) if subnet.is_main => {
            format!("{}, the VPC's main one, serves others too", subnet.table)
        }
        Some(subnet) => format!("{} may serve others", subnet.table),
    };
    format!(
        "Give {which} a route table of its own that leads to a NAT gateway ({table}).{} Or {}",
        then_again(case),
        replace_profile(case, "with private subnets only")
    )
}

fn subnet_not_private(case: &PodCase<'_>) -> Option<Finding> {
    let around = Surroundings::of_waiting(case);
    let public = public_subnets(around.as_ref());
    let evidence = public.iter().map(|subnet| {
        let main = if subnet.is_main { ", the main one" } else { "" };
        let field = format!("default route (route table {}{main})", subnet.table);
        Evidence::found(subnet_object(subnet.id), field, subnet.gateway)
            .wanted("no internet gateway")
    });
    if let Some(found) = stated(case, Reason::SubnetNotPrivate) {
        return Some(found.evidence(evidence));
    }
    let around = around?;
    let gateway = public.first()?.gateway;
    // A few public subnets explain a pod that waits too long; that all are public needs no waiting. Where another pod of the
    // profile runs, there is a way.
    let are_all_public = public.len() == around.subnets.len();
    let decides = (are_all_public || around.has_waited_too_long())
        && fellow_on_fargate(case, Some(around.profile)).is_none();
    let names: Vec<&str> = public.iter().map(|subnet| subnet.id).collect();
    let (which, are) = in_words(&names, around.subnets.len());
    let message = format!(
        "In profile {}, {which} {are} public (default route to {gateway}). Pods on Fargate get no public address, so that \
         route leads them nowhere.",
        around.profile.name
    );
    Some(
        from_ec2(case, Reason::SubnetNotPrivate, decides, message)
            .evidence(evidence)
            .fix(fix::advice(private_again(case))),
    )
}

fn subnet_out_of_addresses(case: &PodCase<'_>) -> Option<Finding> {
    let around = Surroundings::of_waiting(case)?;
    let is_full = |subnet: &Subnet| subnet.available_addresses == Some(0);
    let full: Vec<&str> = around
        .known()
        .filter(|(_, subnet)| is_full(subnet))
        .map(|(id, _)| id)
        .collect();
    if full.is_empty() {
        return None;
    }
    let are_all_full = around.is_true_of_all(is_full);
    let (which, _) = in_words(&full, around.subnets.len());
    let name = &around.profile.name;
    let message = match are_all_full {
        true => format!(
            "No address is left in {which} of profile {name}, and every pod on Fargate takes one of its own."
        ),
        false => format!(
            "No address is left in {which} of profile {name}; pods on Fargate take one each, and may still start in the \
             profile's other subnets."
        ),
    };
    let evidence = full.iter().map(|id| {
        Evidence::found(subnet_object(id), "availableIpAddressCount", "0").wanted("1 or more")
    });
    let advice = format!(
        "Free addresses in the subnets (finished pods keep theirs until they are deleted), or create a profile with more or \
         larger subnets; the VPC can be given a further address range for them.{}",
        then_again(case)
    );
    // A pod that is being started may hold the last address itself.
    let is_sure = are_all_full && is_overdue(case) && case.words.events_read;
    let found = from_ec2(case, Reason::SubnetOutOfAddresses, are_all_full, message);
    let found = match is_sure {
        true => found.certainty(Certainty::Certain),
        false => found,
    };
    Some(found.evidence(evidence).fix(fix::advice(advice)))
}

fn vpc_dns_disabled(case: &PodCase<'_>) -> Option<Finding> {
    let around = Surroundings::of_waiting(case)?;
    let (id, vpc) = around
        .vpcs()
        .into_iter()
        .find(|(_, vpc)| vpc.dns_support == Some(false) || vpc.dns_hostnames == Some(false))?;
    let no_support = vpc.dns_support == Some(false);
    let no_hostnames = vpc.dns_hostnames == Some(false);
    // Nodes were seen to join without DNS hostnames, under other names: that alone explains only a pod that waits too long.
    let decides =
        (no_support || around.has_waited_too_long()) && fellow_on_fargate(case, None).is_none();
    let (what, are) = match (no_support, no_hostnames) {
        (true, true) => ("DNS support and DNS hostnames", "are"),
        (true, false) => ("DNS support", "is"),
        _ => ("DNS hostnames", "are"),
    };
    let message = format!(
        "{what} {are} switched off in {id}, the VPC of profile {}; EKS wants both switched on for pods on Fargate.",
        around.profile.name
    );
    let attributes = [
        ("enableDnsSupport", "--enable-dns-support", no_support),
        ("enableDnsHostnames", "--enable-dns-hostnames", no_hostnames),
    ];
    let off = || attributes.iter().filter(|(_, _, is_off)| *is_off);
    let evidence =
        off().map(|(field, ..)| Evidence::found(vpc_object(id), *field, "false").wanted("true"));
    let region = fix::region_flag(case);
    let commands = off().map(|(_, flag, _)| {
        let vpc = aws_option("--vpc-id", id);
        format!("aws ec2 modify-vpc-attribute{region} {vpc} {flag} '{{\"Value\":true}}'")
    });
    let advice = format!("Switch on {what} of the VPC.{}", then_again(case));
    Some(
        from_ec2(case, Reason::VpcDnsDisabled, decides, message)
            .evidence(evidence)
            .fix(fix::with_commands(advice, commands)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subnets_are_named_where_they_are_few() {
        for (subnets, of, wanted) in [
            (&["a"][..], 3, ("subnet a", "is")),
            (&["a", "b"], 3, ("subnets a and b", "are")),
            (&["a", "b", "c"], 3, ("all 3 subnets", "are")),
            (&["a", "b", "c"], 4, ("3 of the 4 subnets", "are")),
        ] {
            let (words, verb) = in_words(subnets, of);
            assert_eq!((words.as_str(), verb), wanted);
        }
    }
}
