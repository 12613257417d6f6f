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
            cluster.pods[0].node_name = running_fellow().node_name;
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
            reporter: None,
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
    let message = &findings(&other_zone)[0].message;
    assert!(message.contains("None of its subnets"), "{message}");
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
    let fix = findings(&capacity)[0].fix.clone().map(|fix| fix.text);
    assert!(fix.is_some_and(|text| !text.contains("tries again") && text.contains("later")));
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
        seen.contains(
            "Seen to be fine: the subnets have a default route (nat-1); DNS of the VPC is on."
        ),
        "{seen}"
    );
    assert!(!seen.contains("NAT gateway or VPC endpoints"), "{seen}");
    let nothing_seen = cluster(|cluster| {
        cluster.aws = Default::default();
        let groups = ("fargate.amazonaws.com/pod-sg".to_owned(), "sg-1".to_owned());
        cluster.pods[0].annotations.extend([groups]);
    });
    let text = fix_of(&nothing_seen);
    for words in [
        "a route out of the subnets",
        "DNS support and hostnames",
        "the pod's security groups sg-1",
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
    assert!(text.contains("the role lets pod fellow run"), "{text}");
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
                reporter: None,
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
        let is_whole = code == "PodExecutionRoleAlreadyInUse";
        assert!(
            is_whole && text.contains("recreate the pods, and only then delete apps")
                || text.ends_with("Then recreate the pods."),
            "{text}"
        );
    }
    let failed = fix_of("AccessDenied", "about it", ProfileStatus::CreateFailed);
    assert!(failed.contains("delete profile apps"), "{failed}");
}

fn fix_of(cluster: &ClusterSnapshot, reason: Reason) -> String {
    let fix = told(cluster, reason).and_then(|finding| finding.fix);
    fix.map(|fix| fix.text).unwrap_or_default()
}

#[test]
fn a_route_table_that_serves_others_is_left_alone() {
    let of_main = |is_main: bool| {
        cluster(|cluster| {
            for id in ["subnet-a", "subnet-b"] {
                subnet(cluster, id).default_route = Some(DefaultRoute::InternetGateway {
                    gateway: "igw-1".to_owned(),
                    table: "rtb-1".to_owned(),
                    is_main,
                });
            }
        })
    };
    let by_health = cluster(|cluster| {
        cluster.aws = Default::default();
        cluster.profiles.list[0].health_issues = vec![HealthIssue {
            code: "InternalFailure".to_owned(),
            message: "Subnet subnet-a provided in Fargate Profile is not a private subnet"
                .to_owned(),
            resource_ids: Vec::new(),
            reporter: None,
        }];
    });
    let by_event = cluster(|cluster| {
        cluster.aws = Default::default();
        say(
            cluster,
            "Subnet subnet-a provided in Fargate Profile is not a private subnet",
        );
    });
    let rows = [
        (
            of_main(true),
            Reason::SubnetNotPrivate,
            "rtb-1, the VPC's main one, serves others too",
        ),
        (
            of_main(false),
            Reason::SubnetNotPrivate,
            "rtb-1 may serve others",
        ),
        (by_event, Reason::SubnetNotPrivate, "may serve others"),
        (by_health, Reason::ProfileUnhealthy, "may serve others"),
    ];
    for (cluster, reason, table) in rows {
        let text = fix_of(&cluster, reason);
        assert!(
            text.contains("a route table of its own that leads to a NAT gateway"),
            "{text}"
        );
        assert!(text.contains(table), "{text}");
        assert!(!text.to_lowercase().contains("replace the route"), "{text}");
        in_this_order(
            &text,
            &[
                "create a profile like apps",
                "recreate the pods",
                "delete apps",
            ],
        );
        assert!(text.len() <= 440, "{}: {text}", text.len());
    }
}

/// Each of the words stands in the text, the last mention of each after that of the one before.
fn in_this_order(text: &str, words: &[&str]) {
    let places: Vec<_> = words.iter().map(|words| text.rfind(words)).collect();
    assert!(places.iter().all(Option::is_some), "{words:?}: {text}");
    assert!(places.is_sorted(), "{words:?}: {text}");
}

#[test]
fn a_default_route_to_nowhere_is_a_likely_cause() {
    let dead = cluster(|cluster| {
        subnet(cluster, "subnet-a").default_route =
            Some(DefaultRoute::Blackhole("nat-9".to_owned()));
    });
    assert_eq!(
        decisive(&dead),
        (Reason::NodeNeverRegistered, Certainty::Likely)
    );
    let first = findings(&dead).swap_remove(0);
    assert!(
        first.message.ends_with(
            "Likely cause: the default route of subnet-a leads to nat-9, which no longer exists (blackhole)."
        ),
        "{}",
        first.message
    );
    assert_eq!(first.evidence[0].object.to_string(), "subnet/subnet-a");
    assert_eq!(
        first.evidence[0].found.as_deref(),
        Some("nat-9 (blackhole)")
    );
    let text = fix_of(&dead, Reason::NodeNeverRegistered);
    assert!(
        text.starts_with("Lead the default route of subnet-a to a NAT gateway that exists."),
        "{text}"
    );
    messages_are_short(&dead);
}

#[test]
fn a_subnet_that_ec2_does_not_know_is_a_likely_cause() {
    let gone = cluster(|cluster| {
        cluster.aws.subnets.remove("subnet-b");
        cluster.aws.unknown_subnets.insert("subnet-b".to_owned());
    });
    let first = findings(&gone).swap_remove(0);
    assert_eq!(first.reason, Reason::NodeNeverRegistered);
    assert!(
        first
            .message
            .ends_with("Likely cause: subnet-b of profile apps does not exist any more."),
        "{}",
        first.message
    );
    messages_are_short(&gone);
    // What was not asked about is not gone.
    let unread = cluster(|cluster| {
        cluster.aws.subnets.remove("subnet-b");
    });
    assert!(!findings(&unread)[0].message.contains("Likely cause"));
}

#[test]
fn the_advice_about_a_node_that_never_came_is_short() {
    for cluster in [
        good_cluster(),
        cluster(|cluster| cluster.aws = Default::default()),
        cluster(|cluster| cluster.pods.push(running_fellow())),
    ] {
        let text = fix_of(&cluster, Reason::NodeNeverRegistered);
        assert!(text.len() <= 320, "{}: {text}", text.len());
    }
}

#[test]
fn a_profile_that_was_not_described_keeps_the_pod_undecided() {
    let unseen = |change: Change<'_>| {
        cluster(|cluster| {
            let profile = &mut cluster.profiles.list[0];
            profile.selectors = None;
            profile.status = None;
            profile.subnets.clear();
            profile.pod_execution_role_arn = None;
            change(cluster);
        })
    };
    assert_eq!(
        decisive(&unseen(&|_| {})),
        (Reason::ProfilesUnknown, Certainty::Undecided)
    );
    let likely = (Reason::NodeNeverRegistered, Certainty::Likely);
    assert_eq!(
        decisive(&unseen(&|cluster| say(cluster, TIMED_OUT))),
        likely
    );
    assert_eq!(decisive(&unseen(&just_claimed)).0, Reason::Provisioning);
    // That another profile was not described says nothing about this pod.
    let other = cluster(|cluster| {
        let mut other = profile();
        other.name = "other".to_owned();
        other.selectors = None;
        cluster.profiles.list.push(other);
    });
    assert_eq!(decisive(&other), likely);
}

#[test]
fn zones_are_told_with_who_asks_for_them() {
    let zone =
        |zone: &str| format!("Fargate is not supported in the requested availability zone: {zone}");
    let by_profile = cluster(|cluster| say(cluster, &zone("eu-west-1b")));
    let text = fix_of(&by_profile, Reason::UnsupportedZone);
    in_this_order(
        &text,
        &[
            "Create a profile like apps without subnet-b",
            "Once it is ACTIVE",
            "recreate the pods",
            "delete apps",
        ],
    );
    let by_pod = cluster(|cluster| {
        say(cluster, &zone("eu-west-1d"));
        let asked = ("topology.kubernetes.io/zone", "eu-west-1d");
        let asked = (asked.0.to_owned(), asked.1.to_owned());
        cluster.pods[0].spec.node_selector.extend([asked]);
    });
    let first = told(&by_pod, Reason::UnsupportedZone).expect("Fargate said so");
    assert!(
        first.message.contains("The pod itself asks for eu-west-1d"),
        "{}",
        first.message
    );
    assert!(fix_of(&by_pod, Reason::UnsupportedZone).starts_with("The pod itself asks for"));
    let several = cluster(|cluster| {
        say(cluster, &zone("eu-west-1b"));
        say(cluster, &zone("eu-west-1a"));
    });
    let first = told(&several, Reason::UnsupportedZone).expect("Fargate said so");
    assert!(
        first
            .message
            .contains("It names eu-west-1a and eu-west-1b."),
        "{}",
        first.message
    );
    messages_are_short(&several);
}

#[test]
fn a_pod_that_is_going_had_waited() {
    let deleted =
        |at_time: &str| cluster(|cluster| cluster.pods[0].deleted_at = Some(Box::new(at(at_time))));
    let late = deleted("2026-11-20T11:59:00Z");
    assert_eq!(
        decisive(&late),
        (Reason::NodeNeverRegistered, Certainty::Likely)
    );
    assert!(
        findings(&late)[0]
            .message
            .starts_with("The pod is being deleted; it waited for 7m without a node"),
        "{}",
        findings(&late)[0].message
    );
    assert_eq!(findings(&late)[0].severity, Severity::Info);
    let soon = deleted("2026-11-20T11:53:00Z");
    assert_eq!(decisive(&soon).0, Reason::Provisioning);
    let unread = cluster(|cluster| {
        cluster.pods[0].deleted_at = Some(Box::new(at(NOW)));
        cluster.coverage = Default::default();
    });
    let first = findings(&unread).swap_remove(0);
    assert_eq!(first.reason, Reason::EventsUnknown);
    assert!(first.message.contains("were not read"), "{}", first.message);
    let ended = cluster(|cluster| cluster.pods[0].phase = PodPhase::Failed);
    let first = findings(&ended).swap_remove(0);
    assert_eq!(
        (first.reason, first.certainty),
        (Reason::EventsUnknown, Certainty::Undecided)
    );
    assert!(
        first.message.contains("its events say nothing of it"),
        "{}",
        first.message
    );
}

#[test]
fn an_issue_without_a_message_leaves_no_colon() {
    let silent = cluster(|cluster| {
        cluster.profiles.list[0].health_issues = vec![HealthIssue {
            code: "AccessDenied".to_owned(),
            message: String::new(),
            resource_ids: Vec::new(),
            reporter: None,
        }];
    });
    assert_eq!(
        findings(&silent)[0].message,
        "EKS reports AccessDenied for profile apps."
    );
}

#[test]
fn commands_name_the_region_where_it_is_known() {
    for status in [
        ProfileStatus::Creating,
        ProfileStatus::Deleting,
        ProfileStatus::CreateFailed,
    ] {
        let cluster = cluster(|cluster| {
            cluster.cluster.name = Some("prod".to_owned());
            cluster.cluster.region = Some("eu-west-1".to_owned());
            cluster.profiles.list[0].status = Some(status.clone());
        });
        let fix = findings(&cluster).swap_remove(0).fix;
        let commands = fix.map(|fix| fix.commands).unwrap_or_default();
        let of_aws = || {
            commands
                .iter()
                .filter(|command| command.starts_with("aws "))
        };
        assert!(of_aws().count() > 0, "{status:?}: {commands:?}");
        for command in of_aws() {
            assert!(command.contains(" --region eu-west-1"), "{command}");
        }
    }
}
