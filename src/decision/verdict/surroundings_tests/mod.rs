//! What AWS told of a waiting pod's surroundings: files cannot carry EC2's answers, so they are proved here, over snapshots.

mod cluster;
mod roles;

use std::collections::BTreeMap;

use crate::decision::facts::{ClusterSnapshot, DefaultRoute, HealthIssue, PodPhase, ProfileStatus};
use crate::decision::finding::{Certainty, Severity};
use crate::decision::reason::Reason;
use cluster::*;

#[test]
fn nothing_is_wrong_around_the_pod() {
    let cluster = good_cluster();
    assert_eq!(findings(&cluster).len(), 1);
    assert_eq!(
        decisive(&cluster),
        (Reason::NodeNeverRegistered, Certainty::Likely)
    );
}

#[test]
fn subnets_out_of_addresses() {
    let full = cluster(all_full);
    assert_eq!(
        decisive(&full),
        (Reason::SubnetOutOfAddresses, Certainty::Certain)
    );
    messages_are_short(&full);

    // A pod that is being started may hold the last address itself.
    let young = cluster(|cluster| {
        all_full(cluster);
        just_claimed(cluster);
    });
    let likely = (Reason::SubnetOutOfAddresses, Certainty::Likely);
    assert_eq!(decisive(&young), likely);
    let timed_out = cluster(|cluster| {
        all_full(cluster);
        say(cluster, TIMED_OUT);
    });
    assert_eq!(decisive(&timed_out), likely);
    // Others that run hold the addresses.
    let with_fellow = cluster(|cluster| {
        all_full(cluster);
        cluster.pods.push(running_fellow());
    });
    assert_eq!(decisive(&with_fellow).0, Reason::SubnetOutOfAddresses);
    // The zone that the pod asks for has one subnet only.
    let in_zone = cluster(|cluster| {
        subnet(cluster, "subnet-a").available_addresses = Some(0);
        cluster.pods[0].spec.node_selector = BTreeMap::from([(
            "topology.kubernetes.io/zone".to_owned(),
            "eu-west-1a".to_owned(),
        )]);
    });
    assert_eq!(decisive(&in_zone).0, Reason::SubnetOutOfAddresses);
}

#[test]
fn looks_like_subnets_out_of_addresses() {
    let one_full = cluster(|cluster| subnet(cluster, "subnet-a").available_addresses = Some(0));
    stands_aside(
        &one_full,
        Reason::SubnetOutOfAddresses,
        Reason::NodeNeverRegistered,
    );
    messages_are_short(&one_full);
    let one_unseen = cluster(|cluster| {
        all_full(cluster);
        cluster.aws.subnets.remove("subnet-b");
    });
    stands_aside(
        &one_unseen,
        Reason::SubnetOutOfAddresses,
        Reason::NodeNeverRegistered,
    );
    for unsaid in [
        cluster(|cluster| cluster.aws.subnets.clear()),
        cluster(|cluster| subnet(cluster, "subnet-a").available_addresses = None),
        cluster(|cluster| {
            // Subnets of another profile.
            all_full(cluster);
            cluster.profiles.list[0].subnets = vec!["subnet-c".to_owned()];
        }),
        cluster(|cluster| {
            all_full(cluster);
            cluster.pods[0].phase = PodPhase::Running;
            cluster.pods[0].spec.node_name = running_fellow().spec.node_name;
        }),
    ] {
        assert_eq!(told(&unsaid, Reason::SubnetOutOfAddresses), None);
    }
}

#[test]
fn public_subnets() {
    let all = cluster(all_public);
    let likely = (Reason::SubnetNotPrivate, Certainty::Likely);
    assert_eq!(decisive(&all), likely);
    messages_are_short(&all);
    let young = cluster(|cluster| {
        all_public(cluster);
        just_claimed(cluster);
    });
    assert_eq!(decisive(&young), likely);
    // One public subnet explains a pod that waits too long.
    let one = cluster(|cluster| subnet(cluster, "subnet-a").default_route = to_the_internet());
    assert_eq!(decisive(&one), likely);
    let timed_out = cluster(|cluster| {
        subnet(cluster, "subnet-a").default_route = to_the_internet();
        just_claimed(cluster);
        say(cluster, TIMED_OUT);
    });
    assert_eq!(decisive(&timed_out), likely);
}

#[test]
fn public_subnets_as_aws_says() {
    let text = "Subnet subnet-a provided in Fargate Profile is not a private subnet";
    let in_event = cluster(|cluster| {
        cluster.aws = Default::default();
        say(cluster, text);
    });
    assert_eq!(
        decisive(&in_event),
        (Reason::SubnetNotPrivate, Certainty::Likely)
    );
    assert_eq!(told(&in_event, Reason::UnknownRefusal), None);
    let in_health = cluster(|cluster| {
        cluster.aws = Default::default();
        cluster.profiles.list[0].health_issues = vec![HealthIssue {
            code: "InternalFailure".to_owned(),
            message: text.to_owned(),
            resource_ids: vec!["subnet-a".to_owned()],
        }];
    });
    assert_eq!(decisive(&in_health).0, Reason::ProfileUnhealthy);
    let stated = told(&in_health, Reason::SubnetNotPrivate).expect("the health says so");
    assert_eq!(stated.severity, Severity::Error);
}

#[test]
fn looks_like_public_subnets() {
    let with_fellow = cluster(|cluster| {
        all_public(cluster);
        cluster.pods.push(running_fellow());
    });
    stands_aside(
        &with_fellow,
        Reason::SubnetNotPrivate,
        Reason::NodeNeverRegistered,
    );
    // A pod that is older than the profile came by another one of its name.
    let with_stranger = cluster(|cluster| {
        all_public(cluster);
        cluster.pods.push(running_fellow());
        cluster.pods[1].created_at = Some(at("2026-05-01T00:00:00Z"));
    });
    assert_eq!(decisive(&with_stranger).0, Reason::SubnetNotPrivate);
    let young = cluster(|cluster| {
        subnet(cluster, "subnet-a").default_route = to_the_internet();
        just_claimed(cluster);
    });
    stands_aside(&young, Reason::SubnetNotPrivate, Reason::Provisioning);
    let unread_events = cluster(|cluster| {
        subnet(cluster, "subnet-a").default_route = to_the_internet();
        cluster.coverage = Default::default();
    });
    stands_aside(
        &unread_events,
        Reason::SubnetNotPrivate,
        Reason::EventsUnknown,
    );
    for route in [None, Some(DefaultRoute::None)] {
        let private =
            cluster(|cluster| subnet(cluster, "subnet-a").default_route.clone_from(&route));
        assert_eq!(told(&private, Reason::SubnetNotPrivate), None, "{route:?}");
    }
}

#[test]
fn dns_of_the_vpc_switched_off() {
    let likely = (Reason::VpcDnsDisabled, Certainty::Likely);
    for hostnames in [Some(false), Some(true), None] {
        let no_support = cluster(|cluster| {
            dns(cluster, Some(false), hostnames);
            just_claimed(cluster);
        });
        assert_eq!(decisive(&no_support), likely, "{hostnames:?}");
    }
    let no_hostnames = cluster(|cluster| dns(cluster, Some(true), Some(false)));
    assert_eq!(decisive(&no_hostnames), likely);
    messages_are_short(&no_hostnames);
    let fix = findings(&no_hostnames)[0].fix.clone();
    assert_eq!(
        fix.expect("there is something to do").commands,
        [r#"aws ec2 modify-vpc-attribute --vpc-id vpc-1 --enable-dns-hostnames '{"Value":true}'"#]
    );
}

#[test]
fn what_is_switched_off_is_named() {
    for (support, hostnames, words) in [
        (
            false,
            false,
            "DNS support and DNS hostnames are switched off",
        ),
        (false, true, "DNS support is switched off"),
        (true, false, "DNS hostnames are switched off"),
    ] {
        let off = cluster(|cluster| dns(cluster, Some(support), Some(hostnames)));
        let message = &findings(&off)[0].message;
        assert!(message.starts_with(words), "{message}");
    }
}

#[test]
fn looks_like_dns_of_the_vpc_switched_off() {
    // Nodes were seen to join without hostnames.
    let young = cluster(|cluster| {
        dns(cluster, Some(true), Some(false));
        just_claimed(cluster);
    });
    stands_aside(&young, Reason::VpcDnsDisabled, Reason::Provisioning);
    let with_fellow = cluster(|cluster| {
        dns(cluster, Some(false), Some(false));
        cluster.pods.push(running_fellow());
    });
    stands_aside(
        &with_fellow,
        Reason::VpcDnsDisabled,
        Reason::NodeNeverRegistered,
    );
    for (support, hostnames) in [(Some(true), Some(true)), (None, None), (Some(true), None)] {
        let cluster = cluster(|cluster| dns(cluster, support, hostnames));
        assert_eq!(told(&cluster, Reason::VpcDnsDisabled), None);
    }
    let unknown = cluster(|cluster| cluster.aws.vpcs.clear());
    assert_eq!(told(&unknown, Reason::VpcDnsDisabled), None);
}

#[test]
fn what_aws_states_and_fargate_refuses_comes_before_what_ec2_tells() {
    let everything = |cluster: &mut ClusterSnapshot| {
        all_public(cluster);
        all_full(cluster);
        dns(cluster, Some(false), Some(false));
    };
    let refused = cluster(|cluster| {
        everything(cluster);
        cluster.pods[0].spec.host_network = true;
    });
    assert_eq!(decisive(&refused).0, Reason::HostNamespace);
    for reason in [
        Reason::SubnetNotPrivate,
        Reason::SubnetOutOfAddresses,
        Reason::VpcDnsDisabled,
    ] {
        let finding = told(&refused, reason).expect("all that blocks is told");
        assert_eq!(finding.severity, Severity::Error, "{reason}");
    }
    let no_room = cluster(|cluster| {
        everything(cluster);
        say(cluster, "Fargate capacity is unavailable at this time.");
    });
    assert_eq!(decisive(&no_room).0, Reason::CapacityUnavailable);
    let unknown_words = cluster(|cluster| {
        everything(cluster);
        say(
            cluster,
            "Pod not supported on Fargate: the moon is in the wrong house",
        );
    });
    assert_eq!(decisive(&unknown_words).0, Reason::UnknownRefusal);
    let all = cluster(everything);
    assert_eq!(decisive(&all).0, Reason::SubnetNotPrivate);
}

#[test]
fn words_about_zones_name_what_ec2_knows() {
    let zone = cluster(|cluster| {
        say(
            cluster,
            "Fargate is not supported in the requested availability zone: eu-west-1b",
        );
    });
    assert_eq!(
        decisive(&zone),
        (Reason::UnsupportedZone, Certainty::Certain)
    );
    assert!(findings(&zone)[0].message.contains("subnet-b"));
    let other_zone = cluster(|cluster| {
        say(
            cluster,
            "Fargate is not supported in the requested availability zone: eu-west-1d",
        );
    });
    assert_eq!(
        decisive(&other_zone),
        (Reason::UnsupportedZone, Certainty::Likely)
    );
    let capacity = cluster(|cluster| {
        let size = ("CapacityProvisioned".to_owned(), "4vCPU 8GB".to_owned());
        cluster.pods[0].annotations.extend([size]);
        say(cluster, "Fargate capacity is unavailable at this time.");
    });
    let message = &findings(&capacity)[0].message;
    assert!(
        message.contains("4vCPU 8GB in eu-west-1a and eu-west-1b"),
        "{message}"
    );
    messages_are_short(&capacity);
}

#[test]
fn a_node_that_never_registered_skips_what_was_seen_to_be_fine() {
    let fix_of = |cluster: &ClusterSnapshot| {
        let first = findings(cluster).swap_remove(0);
        assert_eq!(first.reason, Reason::NodeNeverRegistered);
        first.fix.map(|fix| fix.text).unwrap_or_default()
    };
    let seen = fix_of(&good_cluster());
    assert!(
        seen.contains("Seen to be fine: the subnets' route out (nat-1) and DNS of the VPC."),
        "{seen}"
    );
    assert!(!seen.contains("NAT gateway or VPC endpoints"), "{seen}");
    let nothing_seen = cluster(|cluster| {
        cluster.aws = Default::default();
        cluster.aws.network_problem = Some("ec2:DescribeSubnets is denied".to_owned());
        let groups = ("fargate.amazonaws.com/pod-sg".to_owned(), "sg-1".to_owned());
        cluster.pods[0].annotations.extend([groups]);
    });
    let text = fix_of(&nothing_seen);
    for words in [
        "a route out of the profile's subnets",
        "DNS support and hostnames",
        "the pod's security groups sg-1",
        "Not read: ec2:DescribeSubnets is denied",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("Seen to be fine"), "{text}");
    let shut = cluster(|cluster| {
        subnet(cluster, "subnet-a").default_route = Some(DefaultRoute::None);
        cluster.pods.push(running_fellow());
    });
    let text = fix_of(&shut);
    assert!(text.contains("subnet-a without a default route"), "{text}");
    assert!(
        text.contains("(pod fellow of the same profile runs)"),
        "{text}"
    );
}

#[test]
fn each_issue_of_a_profile_has_a_fix_of_its_own() {
    let fix_of = |code: &str, message: &str, status: ProfileStatus| {
        let cluster = cluster(|cluster| {
            let profile = &mut cluster.profiles.list[0];
            profile.status = Some(status);
            profile.health_issues = vec![HealthIssue {
                code: code.to_owned(),
                message: message.to_owned(),
                resource_ids: vec!["r-1".to_owned()],
            }];
        });
        let first = findings(&cluster).swap_remove(0);
        assert_eq!(first.reason, Reason::ProfileUnhealthy, "{code}");
        assert_eq!(first.evidence[0].found.as_deref(), Some("about it (r-1)"));
        first.fix.map(|fix| fix.text).unwrap_or_default()
    };
    let rows = [
        ("PodExecutionRoleAlreadyInUse", "EC2 nodes do not use"),
        ("AccessDenied", "AmazonEKSFargatePodExecutionRolePolicy"),
        ("ClusterUnreachable", "endpoint can be reached"),
        ("InternalFailure", "write to AWS Support"),
        ("NeverHeardOf", "Mend what NeverHeardOf names"),
    ];
    for (code, words) in rows {
        let text = fix_of(code, "about it", ProfileStatus::Active);
        assert!(text.contains(words), "{code}: {text}");
        assert!(text.ends_with("Then make the pods again."), "{text}");
    }
    let failed = fix_of("AccessDenied", "about it", ProfileStatus::CreateFailed);
    assert!(failed.contains("delete profile apps"), "{failed}");
}
