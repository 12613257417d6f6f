//! A cluster with one waiting pod, around which all is as it should be, and ways to change it and to ask about it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::super::explain;
use crate::decision::facts::pod::{FARGATE_SCHEDULER, PROFILE_LABEL};
use crate::decision::facts::{
    ClusterSnapshot, DefaultRoute, Event, FargateProfile, Kind, ObjectRef, Pod, PodPhase, PodSpec,
    ProfileKnowledge, ProfileOrigin, ProfileStatus, Profiles, Scope, Selector, Subnet, Vpc,
};
use crate::decision::finding::{Certainty, Finding, Severity};
use crate::decision::reason::Reason;

pub const NOW: &str = "2026-11-20T12:00:00Z";
pub const ROLE: &str = "arn:aws:iam::111122223333:role/pods";
pub const TIMED_OUT: &str = "Pod provisioning timed out (will retry) for pod: shop/web";

/// What a test changes in a good cluster.
pub type Change<'t> = &'t dyn Fn(&mut ClusterSnapshot);

pub fn at(text: &str) -> Timestamp {
    text.parse().expect("the test's times are RFC 3339")
}

/// The pod shop/web, claimed by the profile `apps`, that waits since then.
pub fn waiting_since(created: &str) -> Pod {
    Pod {
        namespace: "shop".into(),
        name: "web".to_owned(),
        uid: Default::default(),
        labels: BTreeMap::from([(PROFILE_LABEL.to_owned(), "apps".to_owned())]).into(),
        annotations: Default::default(),
        owners: Default::default(),
        created_at: Some(at(created)),
        deleted_at: None,
        node_name_by_creator: false,
        spec: PodSpec {
            scheduler_name: Some(FARGATE_SCHEDULER.to_owned()),
            ..PodSpec::default()
        }
        .into(),
        node_name: None,
        phase: PodPhase::Pending,
        status_reason: None,
        status_message: None,
        conditions: Default::default(),
        containers: Default::default(),
    }
}

pub fn running_fellow() -> Pod {
    let mut pod = waiting_since("2026-11-20T09:00:00Z");
    pod.name = "fellow".to_owned();
    pod.phase = PodPhase::Running;
    pod.node_name = Some("fargate-ip-10-0-1-9.eu-west-1.compute.internal".into());
    pod
}

pub fn profile() -> FargateProfile {
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
        gaps: Vec::new(),
        origin: ProfileOrigin::EksApi,
    }
}

pub fn private(id: &str, zone: &str) -> Subnet {
    Subnet {
        id: id.to_owned(),
        vpc: "vpc-1".to_owned(),
        zone: zone.to_owned(),
        available_addresses: Some(200),
        default_route: Some(DefaultRoute::Other("nat-1".to_owned())),
    }
}

pub fn to_the_internet() -> Option<DefaultRoute> {
    Some(DefaultRoute::InternetGateway {
        gateway: "igw-1".to_owned(),
        table: "rtb-1".to_owned(),
        is_main: false,
    })
}

/// A cluster in which all is as it should be, with the waiting pod, for eight minutes.
pub fn good_cluster() -> ClusterSnapshot {
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
pub fn cluster(change: impl FnOnce(&mut ClusterSnapshot)) -> ClusterSnapshot {
    let mut cluster = good_cluster();
    change(&mut cluster);
    cluster
}

pub fn subnet<'c>(cluster: &'c mut ClusterSnapshot, id: &str) -> &'c mut Subnet {
    cluster
        .aws
        .subnets
        .get_mut(id)
        .expect("the good cluster has it")
}

pub fn say(cluster: &mut ClusterSnapshot, text: &str) {
    cluster.add_event(Event {
        about: ObjectRef::namespaced("pod", "shop", "web"),
        about_uid: Default::default(),
        kind: "Warning".to_owned(),
        reason: "FailedScheduling".to_owned(),
        message: text.to_owned(),
        reporter: FARGATE_SCHEDULER.to_owned(),
        first_seen: None,
        last_seen: Some(at("2026-11-20T11:59:00Z")),
        count: 1,
    });
}

pub fn just_claimed(cluster: &mut ClusterSnapshot) {
    cluster.pods[0].created_at = Some(at("2026-11-20T11:58:30Z"));
}

/// What is said about the waiting pod, the decisive finding first.
pub fn findings(cluster: &ClusterSnapshot) -> Vec<Finding> {
    explain(cluster, &cluster.pods[0]).findings
}

pub fn decisive(cluster: &ClusterSnapshot) -> (Reason, Certainty) {
    let first = &findings(cluster)[0];
    (first.reason, first.certainty)
}

pub fn told(cluster: &ClusterSnapshot, reason: Reason) -> Option<Finding> {
    findings(cluster)
        .into_iter()
        .find(|finding| finding.reason == reason)
}

/// Beside another reason, which decides.
pub fn stands_aside(cluster: &ClusterSnapshot, reason: Reason, decides: Reason) {
    assert_eq!(decisive(cluster).0, decides, "{reason} beside {decides}");
    let finding = told(cluster, reason).expect("it is told all the same");
    assert_eq!(finding.severity, Severity::Warning);
    assert_eq!(finding.certainty, Certainty::Likely);
}

pub fn all_full(cluster: &mut ClusterSnapshot) {
    for id in ["subnet-a", "subnet-b"] {
        subnet(cluster, id).available_addresses = Some(0);
    }
}

pub fn all_public(cluster: &mut ClusterSnapshot) {
    for id in ["subnet-a", "subnet-b"] {
        subnet(cluster, id).default_route = to_the_internet();
    }
}

pub fn dns(cluster: &mut ClusterSnapshot, support: Option<bool>, hostnames: Option<bool>) {
    let vpc = Vpc {
        dns_support: support,
        dns_hostnames: hostnames,
    };
    cluster.aws.vpcs.insert("vpc-1".to_owned(), vpc);
}

pub fn messages_are_short(cluster: &ClusterSnapshot) {
    for finding in findings(cluster) {
        assert!(finding.message.len() <= 240, "{}", finding.message);
    }
}
