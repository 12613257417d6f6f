//! What AWS told of a waiting pod's surroundings: files cannot carry EC2's answers, so they are proved here, over snapshots.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::explain;
use crate::decision::facts::pod::{FARGATE_SCHEDULER, PROFILE_LABEL};
use crate::decision::facts::{
    AccessEntry, AwsAuth, ClusterSnapshot, DefaultRoute, Event, FargateProfile, HealthIssue, Kind,
    MappedRole, ObjectRef, Pod, PodPhase, PodSpec, ProfileKnowledge, ProfileOrigin, ProfileStatus,
    Profiles, Scope, Selector, Subnet, Vpc,
};
use crate::decision::finding::{Certainty, Finding, Severity};
use crate::decision::reason::Reason;

const NOW: &str = "2026-11-20T12:00:00Z";
const ROLE: &str = "arn:aws:iam::111122223333:role/pods";
const TIMED_OUT: &str = "Pod provisioning timed out (will retry) for pod: shop/web";

/// What a test changes in a good cluster.
type Change<'t> = &'t dyn Fn(&mut ClusterSnapshot);

fn at(text: &str) -> Timestamp {
    text.parse().expect("the test's times are RFC 3339")
}

/// The pod shop/web, claimed by the profile `apps`, that waits since then.
fn waiting_since(created: &str) -> Pod {
    Pod {
        namespace: "shop".to_owned(),
        name: "web".to_owned(),
        uid: String::new(),
        labels: BTreeMap::from([(PROFILE_LABEL.to_owned(), "apps".to_owned())]),
        annotations: BTreeMap::new(),
        owners: Vec::new(),
        created_at: Some(at(created)),
        deleted_at: None,
        node_name_by_creator: false,
        spec: PodSpec {
            scheduler_name: Some(FARGATE_SCHEDULER.to_owned()),
            ..PodSpec::default()
        },
        phase: PodPhase::Pending,
        status_reason: None,
        status_message: None,
        conditions: Vec::new(),
        containers: Vec::new(),
    }
}

fn running_fellow() -> Pod {
    let mut pod = waiting_since("2026-11-20T09:00:00Z");
    pod.name = "fellow".to_owned();
    pod.phase = PodPhase::Running;
    pod.spec.node_name = Some("fargate-ip-10-0-1-9.eu-west-1.compute.internal".to_owned());
    pod
}

fn profile() -> FargateProfile {
    FargateProfile {
        name: "apps".to_owned(),
        name_is_known: true,
        arn: None,
        cluster_name: None,
        status: Some(ProfileStatus::Active),
        created_at: Some(at("2026-05-12T08:00:00Z")),
        selectors: Some(vec![Selector::new("shop", Vec::<(String, String)>::new())]),
        pod_execution_role_arn: Some(ROLE.to_owned()),
        subnets: vec!["subnet-a".to_owned(), "subnet-b".to_owned()],
        health_issues: Vec::new(),
        origin: ProfileOrigin::EksApi,
    }
}

fn private(id: &str, zone: &str) -> Subnet {
    Subnet {
        id: id.to_owned(),
        vpc: "vpc-1".to_owned(),
        zone: zone.to_owned(),
        available_addresses: Some(200),
        default_route: Some(DefaultRoute::Other("nat-1".to_owned())),
    }
}

fn to_the_internet() -> Option<DefaultRoute> {
    Some(DefaultRoute::InternetGateway {
        gateway: "igw-1".to_owned(),
        table: "rtb-1".to_owned(),
    })
}

/// A cluster in which all is as it should be, with the waiting pod, for eight minutes.
fn good_cluster() -> ClusterSnapshot {
    let mut cluster = ClusterSnapshot::empty(at(NOW));
    cluster.coverage.mark_read(Kind::Event, Scope::Cluster);
    cluster.pods.push(waiting_since("2026-11-20T11:52:00Z"));
    cluster.profiles = Profiles::new(vec![profile()], ProfileKnowledge::Complete);
    for (id, zone) in [("subnet-a", "eu-west-1a"), ("subnet-b", "eu-west-1b")] {
        cluster.aws.subnets.insert(id.to_owned(), private(id, zone));
    }
    let vpc = Vpc {
        dns_support: Some(true),
        dns_hostnames: Some(true),
    };
    cluster.aws.vpcs.insert("vpc-1".to_owned(), vpc);
    cluster
}

/// A good cluster, changed.
fn cluster(change: impl FnOnce(&mut ClusterSnapshot)) -> ClusterSnapshot {
    let mut cluster = good_cluster();
    change(&mut cluster);
    cluster
}

fn subnet<'c>(cluster: &'c mut ClusterSnapshot, id: &str) -> &'c mut Subnet {
    cluster
        .aws
        .subnets
        .get_mut(id)
        .expect("the good cluster has it")
}

fn say(cluster: &mut ClusterSnapshot, text: &str) {
    cluster.add_event(Event {
        about: ObjectRef::namespaced("pod", "shop", "web"),
        about_uid: String::new(),
        kind: "Warning".to_owned(),
        reason: "FailedScheduling".to_owned(),
        message: text.to_owned(),
        reporter: FARGATE_SCHEDULER.to_owned(),
        first_seen: None,
        last_seen: Some(at("2026-11-20T11:59:00Z")),
        count: 1,
    });
}

fn just_claimed(cluster: &mut ClusterSnapshot) {
    cluster.pods[0].created_at = Some(at("2026-11-20T11:58:30Z"));
}

/// What is said about the waiting pod, the decisive finding first.
fn findings(cluster: &ClusterSnapshot) -> Vec<Finding> {
    explain(cluster, &cluster.pods[0]).findings
}

fn decisive(cluster: &ClusterSnapshot) -> (Reason, Certainty) {
    let first = &findings(cluster)[0];
    (first.reason, first.certainty)
}

fn told(cluster: &ClusterSnapshot, reason: Reason) -> Option<Finding> {
    findings(cluster)
        .into_iter()
        .find(|finding| finding.reason == reason)
}

/// Beside another reason, which decides.
fn stands_aside(cluster: &ClusterSnapshot, reason: Reason, decides: Reason) {
    assert_eq!(decisive(cluster).0, decides, "{reason} beside {decides}");
    let finding = told(cluster, reason).expect("it is told all the same");
    assert_eq!(finding.severity, Severity::Warning);
    assert_eq!(finding.certainty, Certainty::Likely);
}

fn all_full(cluster: &mut ClusterSnapshot) {
    for id in ["subnet-a", "subnet-b"] {
        subnet(cluster, id).available_addresses = Some(0);
    }
}

fn all_public(cluster: &mut ClusterSnapshot) {
    for id in ["subnet-a", "subnet-b"] {
        subnet(cluster, id).default_route = to_the_internet();
    }
}

fn dns(cluster: &mut ClusterSnapshot, support: Option<bool>, hostnames: Option<bool>) {
    let vpc = Vpc {
        dns_support: support,
        dns_hostnames: hostnames,
    };
    cluster.aws.vpcs.insert("vpc-1".to_owned(), vpc);
}

fn messages_are_short(cluster: &ClusterSnapshot) {
    for finding in findings(cluster) {
        assert!(finding.message.len() <= 240, "{}", finding.message);
    }
}

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

fn aws_auth(roles: &[(&str, &str, &[&str])]) -> Option<AwsAuth> {
    let roles = roles.iter().map(|(arn, username, groups)| MappedRole {
        role_arn: (*arn).to_owned(),
        username: (*username).to_owned(),
        groups: groups.iter().map(|&group| group.to_owned()).collect(),
    });
    Some(AwsAuth {
        roles: roles.collect(),
        problem: None,
    })
}

const GOOD_ENTRY: (&str, &str, &[&str]) = (
    ROLE,
    "system:node:{{SessionName}}",
    &[
        "system:bootstrappers",
        "system:nodes",
        "system:node-proxier",
    ],
);

#[test]
fn a_role_that_nothing_lets_in_is_a_hint() {
    let hint = |change: Change<'_>| {
        let cluster = cluster(|cluster| {
            cluster.aws_auth = aws_auth(&[]);
            change(cluster);
        });
        stands_aside(
            &cluster,
            Reason::ExecutionRoleNotAuthorized,
            Reason::NodeNeverRegistered,
        );
        messages_are_short(&cluster);
        told(&cluster, Reason::ExecutionRoleNotAuthorized)
            .expect("checked above")
            .message
    };
    let enter = |cluster: &mut ClusterSnapshot, entry: AccessEntry| {
        cluster.aws.access_entries.insert(ROLE.to_owned(), entry);
    };
    assert!(hint(&|_| {}).contains("unless an access entry, which was not read"));
    assert!(
        hint(&|cluster| enter(cluster, AccessEntry::Absent))
            .starts_with("Neither aws-auth nor an access entry")
    );
    assert!(
        hint(&|cluster| enter(cluster, AccessEntry::Present("STANDARD".to_owned())))
            .contains("of type STANDARD")
    );
    assert!(
        hint(&|cluster| {
            cluster.aws_auth = aws_auth(&[(ROLE, GOOD_ENTRY.1, &["system:nodes"])]);
        })
        .contains("groups system:bootstrappers, system:node-proxier are missing")
    );
    assert!(
        hint(&|cluster| {
            cluster.aws_auth = None;
            cluster.coverage.mark_read(Kind::ConfigMap, Scope::Cluster);
            enter(cluster, AccessEntry::Absent);
        })
        .starts_with("There is no aws-auth")
    );
}

#[test]
fn looks_like_a_role_that_nothing_lets_in() {
    let present = |kind: &str| AccessEntry::Present(kind.to_owned());
    let changes: &[(&str, Change<'_>)] = &[
        ("not read", &|cluster| cluster.aws_auth = None),
        ("not understood", &|cluster| {
            cluster.aws_auth = Some(AwsAuth {
                roles: Vec::new(),
                problem: Some("no YAML".to_owned()),
            });
        }),
        ("listed", &|cluster| {
            cluster.aws_auth = aws_auth(&[GOOD_ENTRY])
        }),
        ("an access entry", &|cluster| {
            let entry = present("FARGATE_LINUX");
            cluster.aws.access_entries.insert(ROLE.to_owned(), entry);
        }),
        ("a pod of the profile runs", &|cluster| {
            cluster.pods.push(running_fellow());
        }),
        ("role not known", &|cluster| {
            cluster.profiles.list[0].pod_execution_role_arn = None;
        }),
        ("it runs", &|cluster| {
            cluster.pods[0].phase = PodPhase::Running;
            cluster.pods[0].spec.node_name = running_fellow().spec.node_name;
        }),
    ];
    for (why, change) in changes {
        let cluster = cluster(|cluster| {
            cluster.aws_auth = aws_auth(&[]);
            change(cluster);
        });
        let found = told(&cluster, Reason::ExecutionRoleNotAuthorized);
        assert_eq!(found, None, "{why}");
    }
}

#[test]
fn what_fargate_says_of_the_role_stands_though_it_is_listed() {
    let cluster = cluster(|cluster| {
        cluster.aws_auth = aws_auth(&[GOOD_ENTRY]);
        say(
            cluster,
            "Misconfigured Fargate Profile: fargate profile apps blocked for new launches due to: Pod execution role is \
             not found in auth config or does not have all required permissions for launching fargate pods.",
        );
    });
    assert_eq!(
        decisive(&cluster),
        (Reason::ExecutionRoleNotAuthorized, Certainty::Likely)
    );
    messages_are_short(&cluster);
    let first = &findings(&cluster)[0];
    assert!(
        first
            .evidence
            .iter()
            .any(|evidence| evidence.object.to_string() == "configmap/kube-system/aws-auth")
    );
    let fix = first.fix.as_ref().map(|fix| fix.text.as_str());
    assert!(fix.is_some_and(|text| text.contains("AmazonEKSFargatePodExecutionRolePolicy")));
}
