//! Clusters made up of profiles and pods, what is counted in them, and what is told of them.

mod agreement;
mod proofs;
mod words;

use jiff::Timestamp;

use super::{Standing, survey};
use crate::decision::facts::pod::{FARGATE_SCHEDULER, PROFILE_LABEL};
use crate::decision::facts::{
    ClusterSnapshot, Condition, Disagreement, FargateProfile, Gap, HealthIssue, Kind, Labels,
    MutatingWebhook, OwnerReference, Pod, PodPhase, PodTemplate, ProfileKnowledge, ProfileOrigin,
    ProfileStatus, Profiles, Scope, Selector, Workload, WorkloadKind,
};
use crate::decision::finding::{Certainty, Finding, Severity};
use crate::decision::placement::expected::FARGATE_WEBHOOK;
use crate::decision::reason::Reason;

const NOW: &str = "2026-11-20T12:00:00Z";
const LONG_AGO: &str = "2026-05-12T08:00:00Z";

fn at(text: &str) -> Option<Timestamp> {
    Some(text.parse().expect("the test's times are RFC 3339"))
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    let pairs = pairs.iter();
    pairs
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

/// A namespace and labels.
type Asks<'t> = (&'t str, &'t [(&'t str, &'t str)]);

fn profile(name: &str, selectors: &[Asks<'_>]) -> FargateProfile {
    let selectors = selectors.iter();
    FargateProfile {
        status: Some(ProfileStatus::Active),
        created_at: at(LONG_AGO),
        selectors: Some(
            selectors
                .map(|(namespace, labels)| Selector::new(*namespace, labels.iter().copied()))
                .collect(),
        ),
        pod_execution_role_arn: Some("arn:aws:iam::111122223333:role/pods".to_owned()),
        subnets: vec!["subnet-a".to_owned()],
        ..FargateProfile::named(name, ProfileOrigin::EksApi)
    }
}

/// A pod that runs on a node of EC2.
fn pod(namespace: &str, name: &str, with: &[(&str, &str)]) -> Pod {
    Pod {
        namespace: namespace.into(),
        name: name.to_owned(),
        uid: Default::default(),
        labels: labels(with),
        annotations: Default::default(),
        owners: Default::default(),
        created_at: at("2026-11-19T12:00:00Z"),
        deleted_at: None,
        node_name_by_creator: false,
        spec: Default::default(),
        node_name: Some("ip-10-0-1-9.eu-west-1.compute.internal".into()),
        phase: PodPhase::Running,
        status_reason: None,
        status_message: None,
        conditions: Default::default(),
        containers: Default::default(),
    }
}

/// A pod that a profile claimed; on Fargate.
fn held(namespace: &str, name: &str, by: &str, with: &[(&str, &str)]) -> Pod {
    let mut pod = pod(namespace, name, with);
    pod.labels.insert(PROFILE_LABEL.to_owned(), by.to_owned());
    pod.spec.scheduler_name = Some(FARGATE_SCHEDULER.to_owned());
    pod.node_name = Some(format!("fargate-{name}.eu-west-1.compute.internal").into());
    pod
}

/// A pod that a profile claimed and that waits for its node.
fn waiting(namespace: &str, name: &str, by: &str) -> Pod {
    let mut pod = held(namespace, name, by, &[]);
    pod.node_name = None;
    pod.phase = PodPhase::Pending;
    pod
}

fn deployment(namespace: &str, name: &str, with: &[(&str, &str)]) -> Workload {
    Workload {
        kind: WorkloadKind::Deployment,
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        uid: Default::default(),
        labels: Labels::new(),
        owners: Vec::new(),
        created_at: None,
        template: PodTemplate {
            labels: labels(with),
            ..PodTemplate::default()
        },
        selector_labels: Labels::new(),
        selector_expressions: Vec::new(),
        replicas: Some(0),
        paused: false,
        recreates_all: false,
        updates_on_delete: false,
        update_revision: None,
        claim_templates: Vec::new(),
        ttl_seconds_after_finished: None,
        conditions: Vec::new(),
    }
}

/// A cluster of which everything was read, with the namespaces shop, orders and kube-system.
fn cluster(profiles: Vec<FargateProfile>, pods: Vec<Pod>) -> ClusterSnapshot {
    let mut snapshot = ClusterSnapshot::empty(at(NOW).expect("it is one"));
    snapshot.cluster.name = Some("prod".to_owned());
    snapshot.profiles = Profiles::new(profiles, ProfileKnowledge::Complete);
    snapshot.pods = pods;
    snapshot.namespaces = ["shop", "orders", "kube-system"].map(str::to_owned).into();
    for kind in Kind::ALL {
        snapshot.coverage.mark_read(kind, Scope::Cluster);
    }
    snapshot.webhooks.push(MutatingWebhook {
        name: FARGATE_WEBHOOK.to_owned(),
        created_at: at(LONG_AGO),
        webhooks: Vec::new(),
    });
    snapshot
}

/// All findings, each with the profile that it is told of; of the cluster without one.
fn found(snapshot: &ClusterSnapshot) -> Vec<(String, Finding)> {
    let survey = survey(snapshot, false);
    let of_profiles = survey.profiles.into_iter().flat_map(|sight| {
        let name = sight.name;
        let findings = sight.findings.into_iter();
        findings.map(move |finding| (name.clone(), finding))
    });
    let of_cluster = survey.findings.into_iter();
    of_profiles
        .chain(of_cluster.map(|finding| (String::new(), finding)))
        .collect()
}

fn with(mut profile: FargateProfile, change: impl FnOnce(&mut FargateProfile)) -> FargateProfile {
    change(&mut profile);
    profile
}

fn changed(
    mut snapshot: ClusterSnapshot,
    change: impl FnOnce(&mut ClusterSnapshot),
) -> ClusterSnapshot {
    change(&mut snapshot);
    snapshot
}

fn gap_in_selector(assumed: Option<&str>) -> FargateProfile {
    with(profile("apps", &[("shop", &[])]), |profile| {
        let selectors = profile.selectors.as_mut().expect("it has some");
        selectors[0].gaps.push(Gap {
            field: "namespace".to_owned(),
            expression: "!Ref Namespace".to_owned(),
            assumed: assumed.map(str::to_owned),
        });
    })
}

#[test]
fn a_profile_in_good_order_needs_no_word() {
    let snapshot = cluster(
        vec![profile("apps", &[("shop", &[])])],
        vec![held("shop", "web", "apps", &[])],
    );
    assert_eq!(found(&snapshot), []);
}

#[test]
fn pods_are_counted_by_what_they_are_to_a_profile() {
    let mut snapshot = cluster(
        vec![
            profile("a", &[("shop", &[("tier", "web")])]),
            profile("b", &[("shop", &[])]),
        ],
        vec![
            held("shop", "one", "b", &[]),
            held("shop", "two", "b", &[("tier", "web")]),
            waiting("shop", "three", "b"),
            pod("shop", "four", &[]),
            pod("orders", "five", &[]),
            {
                let mut pod = waiting("shop", "six", "b");
                pod.deleted_at = at(NOW).map(Box::new);
                pod
            },
        ],
    );
    snapshot.add_workload(deployment("shop", "idle", &[("tier", "web")]));
    let mut ended = deployment("shop", "ended", &[]);
    ended.kind = WorkloadKind::Job;
    ended.conditions.push(Condition {
        kind: "Complete".to_owned(),
        status: "True".to_owned(),
        reason: String::new(),
        message: String::new(),
        since: None,
    });
    snapshot.add_workload(ended);
    let survey = survey(&snapshot, false);
    let counts: Vec<_> = survey
        .profiles
        .iter()
        .map(|sight| {
            let standings = [Standing::OnFargate, Standing::Waiting, Standing::Claimable];
            let selectors = sight.selectors.iter().flatten();
            (
                sight.name.as_str(),
                standings.map(|standing| sight.count(standing)),
                selectors.map(|one| one.pods_matched).collect::<Vec<_>>(),
                sight.workloads.len(),
            )
        })
        .collect();
    // The pod that is on its way out is not held, and counts as one that would be claimed again.
    assert_eq!(
        counts,
        [
            ("a", [0, 0, 1], vec![Some(1)], 1),
            ("b", [2, 1, 2], vec![Some(5)], 0),
        ]
    );
}

#[test]
fn profiles_that_only_pods_tell_of_are_observed() {
    let snapshot = changed(
        cluster(
            vec![],
            vec![
                held(
                    "shop",
                    "one",
                    "apps",
                    &[("tier", "web"), ("pod-template-hash", "1")],
                ),
                held(
                    "orders",
                    "two",
                    "apps",
                    &[("tier", "web"), ("team", "x"), ("pod-template-hash", "1")],
                ),
                pod("shop", "three", &[(PROFILE_LABEL, "by-hand")]),
            ],
        ),
        |snapshot| snapshot.profiles.knowledge = ProfileKnowledge::Unread,
    );
    let survey = survey(&snapshot, false);
    let names: Vec<&str> = survey
        .profiles
        .iter()
        .map(|sight| sight.name.as_str())
        .collect();
    assert_eq!(names, ["apps"]);
    let apps = &survey.profiles[0];
    let observed = apps.observed.as_ref().expect("its pods tell of it");
    assert_eq!(observed.common_labels, [("tier", "web")].into());
    assert_eq!(observed.namespaces, ["orders", "shop"].into());
    assert_eq!(
        (apps.count(Standing::OnFargate), apps.selectors.is_none()),
        (2, true)
    );
    assert_eq!(survey.agreement.unchecked, 2);
    let reasons: Vec<Reason> = survey
        .findings
        .iter()
        .map(|finding| finding.reason)
        .collect();
    assert_eq!(reasons, [Reason::ProfilesUnknown]);
    assert!(survey.quotas.is_empty());
}

#[test]
fn status_and_health_press_where_pods_wait() {
    let sick = |status| {
        with(profile("apps", &[("shop", &[])]), |profile| {
            profile.status = Some(status);
            profile.health_issues.push(HealthIssue {
                code: "AccessDenied".to_owned(),
                message: "no".to_owned(),
                resource_ids: vec!["role".to_owned()],
                reporter: None,
            });
        })
    };
    for (status, pods, wanted) in [
        (
            ProfileStatus::Active,
            vec![],
            vec![(Severity::Warning, Reason::ProfileUnhealthy)],
        ),
        (
            ProfileStatus::CreateFailed,
            vec![waiting("shop", "web", "apps")],
            vec![
                (Severity::Error, Reason::ProfileNotActive),
                (Severity::Error, Reason::ProfileUnhealthy),
            ],
        ),
        (
            ProfileStatus::Creating,
            vec![],
            vec![
                (Severity::Warning, Reason::ProfileUnhealthy),
                (Severity::Info, Reason::ProfileNotActive),
            ],
        ),
    ] {
        let all = found(&cluster(vec![sick(status)], pods));
        let seen: Vec<_> = all
            .into_iter()
            .map(|(_, finding)| (finding.severity, finding.reason))
            .filter(|(_, reason)| {
                [Reason::ProfileNotActive, Reason::ProfileUnhealthy].contains(reason)
            })
            .collect();
        assert_eq!(seen, wanted);
    }
}

#[test]
fn many_pods_and_hostile_patterns_take_no_long() {
    let stars = "*a".repeat(200);
    let hostile: Vec<FargateProfile> = (0..60)
        .map(|number| {
            profile(
                &format!("p{number:02}"),
                &[
                    (&format!("{stars}{number}*"), &[]),
                    ("*", &[(&stars, &stars)]),
                ],
            )
        })
        .collect();
    let pods = (0..500)
        .map(|number| {
            pod(
                "shop",
                &format!("web-{number}"),
                &[("a", &format!("{number}"))],
            )
        })
        .collect();
    let snapshot = cluster(hostile, pods);
    let survey = survey(&snapshot, false);
    assert_eq!(survey.profiles.len(), 60);
}
