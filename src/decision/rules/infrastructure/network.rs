//! The profile's subnets and their VPC, as EC2 describes them, and as AWS says in its own words.
//!
//! EC2's answer is the present state, but not a word about the pod: it decides after what Fargate refuses, and before the
//! reasons that rest on time alone.

use super::super::{Family, Rule, RuleInfo, finding, fix, phrases, sources};
use super::stated::stated;
use super::surroundings::{Surroundings, fellow_on_fargate, is_overdue, subnet_object, vpc_object};
use super::then_again;
use crate::decision::facts::aws::{DefaultRoute, Subnet};
use crate::decision::finding::{Certainty, Evidence, Finding, Severity, Strength};
use crate::decision::placement::PodCase;
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
    check: subnet_not_private,
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

fn gateway_of(subnet: &Subnet) -> Option<(&str, &str)> {
    match subnet.default_route.as_ref()? {
        DefaultRoute::InternetGateway { gateway, table } => Some((gateway, table)),
        DefaultRoute::Other(_) | DefaultRoute::None => None,
    }
}

fn subnet_not_private(case: &PodCase<'_>) -> Option<Finding> {
    let around = Surroundings::of_waiting(case);
    let public: Vec<(&str, &str, &str)> = around
        .iter()
        .flat_map(Surroundings::known)
        .filter_map(|(id, subnet)| gateway_of(subnet).map(|(gateway, table)| (id, gateway, table)))
        .collect();
    let evidence = public.iter().map(|(id, gateway, table)| {
        let field = format!("default route (route table {table})");
        Evidence::found(subnet_object(id), field, *gateway).wanted("no internet gateway")
    });
    if let Some(found) = stated(case, Reason::SubnetNotPrivate) {
        return Some(found.evidence(evidence));
    }
    let around = around?;
    let (_, gateway, _) = public.first()?;
    // A few public subnets explain a pod that waits too long; that all are public needs no waiting. Where another pod of the
    // profile runs, there is a way.
    let are_all_public = around.is_true_of_all(|subnet| gateway_of(subnet).is_some());
    let decides = (are_all_public || around.has_waited_too_long())
        && fellow_on_fargate(case, Some(around.profile)).is_none();
    let names: Vec<&str> = public.iter().map(|(id, _, _)| *id).collect();
    let (which, are) = in_words(&names, around.subnets.len());
    let message = format!(
        "In profile {}, {which} {are} public (default route to {gateway}). Pods on Fargate get no public address, so that \
         route leads them nowhere.",
        around.profile.name
    );
    let advice = format!(
        "Replace the route to the internet gateway by one to a NAT gateway, or create a profile with private subnets; profiles \
         cannot be edited, and deleting one deletes the pods that run by it.{}",
        then_again(case)
    );
    Some(
        from_ec2(case, Reason::SubnetNotPrivate, decides, message)
            .evidence(evidence)
            .fix(fix::advice(advice)),
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
    let what = match (no_support, no_hostnames) {
        (true, true) => "DNS support and DNS hostnames are",
        (true, false) => "DNS support is",
        _ => "DNS hostnames are",
    };
    let message = format!(
        "{what} switched off in {id}, the VPC of profile {}; EKS wants both switched on for pods on Fargate.",
        around.profile.name
    );
    let attributes = [
        ("enableDnsSupport", "--enable-dns-support", no_support),
        ("enableDnsHostnames", "--enable-dns-hostnames", no_hostnames),
    ];
    let off = || attributes.iter().filter(|(_, _, is_off)| *is_off);
    let evidence =
        off().map(|(field, ..)| Evidence::found(vpc_object(id), *field, "false").wanted("true"));
    let region = match &case.snapshot.cluster.region {
        Some(region) => format!(" --region {}", shell_words::quote(region)),
        None => String::new(),
    };
    let commands = off().map(|(_, flag, _)| {
        let vpc = shell_words::quote(id);
        format!("aws ec2 modify-vpc-attribute{region} --vpc-id {vpc} {flag} '{{\"Value\":true}}'")
    });
    let advice = format!(
        "Switch on DNS support and DNS hostnames of the VPC.{}",
        then_again(case)
    );
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
