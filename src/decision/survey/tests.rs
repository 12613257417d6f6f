//! Each reason about profiles: a cluster in which it is found, and one that only looks like it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{AgreementSight, Standing, survey};
use crate::decision::facts::pod::{FARGATE_SCHEDULER, PROFILE_LABEL};
use crate::decision::facts::{
    ClusterSnapshot, Condition, Disagreement, FargateProfile, Gap, HealthIssue, Kind,
    MutatingWebhook, OwnerReference, Pod, PodPhase, PodSpec, PodTemplate, ProfileKnowledge,
    ProfileOrigin, ProfileStatus, Profiles, Scope, Selector, Workload, WorkloadKind,
};
use crate::decision::finding::{Certainty, Finding, Severity};
use crate::decision::placement::expected::FARGATE_WEBHOOK;
use crate::decision::reason::Reason;
use crate::decision::rules::{self, Family};

const NOW: &str = "2026-11-20T12:00:00Z";
const LONG_AGO: &str = "2026-05-12T08:00:00Z";

fn at(text: &str) -> Option<Timestamp> {
    Some(text.parse().expect("the test's times are RFC 3339"))
}

fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
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
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        uid: String::new(),
        labels: labels(with),
        annotations: BTreeMap::new(),
        owners: Vec::new(),
        created_at: at("2026-11-19T12:00:00Z"),
        deleted_at: None,
        node_name_by_creator: false,
        spec: PodSpec {
            node_name: Some("ip-10-0-1-9.eu-west-1.compute.internal".to_owned()),
            ..PodSpec::default()
        },
        phase: PodPhase::Running,
        status_reason: None,
        status_message: None,
        conditions: Vec::new(),
        containers: Vec::new(),
    }
}

/// A pod that a profile claimed; on Fargate.
fn held(namespace: &str, name: &str, by: &str, with: &[(&str, &str)]) -> Pod {
    let mut pod = pod(namespace, name, with);
    pod.labels.insert(PROFILE_LABEL.to_owned(), by.to_owned());
    pod.spec.scheduler_name = Some(FARGATE_SCHEDULER.to_owned());
    pod.spec.node_name = Some(format!("fargate-{name}.eu-west-1.compute.internal"));
    pod
}

/// A pod that a profile claimed and that waits for its node.
fn waiting(namespace: &str, name: &str, by: &str) -> Pod {
    let mut pod = held(namespace, name, by, &[]);
    pod.spec.node_name = None;
    pod.phase = PodPhase::Pending;
    pod
}

fn deployment(namespace: &str, name: &str, with: &[(&str, &str)]) -> Workload {
    Workload {
        kind: WorkloadKind::Deployment,
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        uid: String::new(),
        labels: BTreeMap::new(),
        owners: Vec::new(),
        created_at: None,
        template: PodTemplate {
            labels: labels(with),
            ..PodTemplate::default()
        },
        selector_labels: BTreeMap::new(),
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

/// The cluster in which a reason is found, and the one that looks like it.
struct Proof {
    reason: Reason,
    fires: ClusterSnapshot,
    looks_like: ClusterSnapshot,
    severity: Severity,
    certainty: Certainty,
    /// Words of the message.
    says: &'static str,
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

fn disagreement() -> Disagreement {
    Disagreement {
        profile: "apps".to_owned(),
        field: Some("subnets".to_owned()),
        used: "the EKS API".to_owned(),
        used_value: Some("subnet-a".to_owned()),
        other: "fargateprofiles.eks.services.k8s.aws/apps".to_owned(),
        other_value: Some("subnet-b".to_owned()),
    }
}

fn proofs() -> Vec<Proof> {
    use Certainty::{Certain, Likely, Undecided};
    use Severity::{Error, Info, Warning};
    let shop = || profile("apps", &[("shop", &[])]);
    let one_pod = || vec![held("shop", "web", "apps", &[])];
    let fine = || cluster(vec![shop()], one_pod());
    let with_profiles = |profiles| cluster(profiles, one_pod());
    let proof = |reason, fires, looks_like, severity, certainty, says| Proof {
        reason,
        fires,
        looks_like,
        severity,
        certainty,
        says,
    };
    vec![
        proof(
            Reason::SelectorMatchesNothing,
            cluster(
                vec![profile("apps", &[("shop", &[("tier", "web")])])],
                one_pod(),
            ),
            changed(
                cluster(
                    vec![profile("apps", &[("shop", &[("tier", "web")])])],
                    one_pod(),
                ),
                |snapshot| snapshot.add_workload(deployment("shop", "front", &[("tier", "web")])),
            ),
            Info,
            Certain,
            "#0 (namespace shop, tier=web) of profile apps matches no pod and no workload's template",
        ),
        proof(
            Reason::NamespaceMissing,
            with_profiles(vec![profile("apps", &[("shop", &[]), ("ordres", &[])])]),
            changed(
                with_profiles(vec![profile("apps", &[("shop", &[]), ("ordres", &[])])]),
                |snapshot| snapshot.coverage = Default::default(),
            ),
            Warning,
            Certain,
            "there is no namespace ordres. There is orders.",
        ),
        proof(
            Reason::SelectorShadowed,
            with_profiles(vec![shop(), profile("web", &[("shop", &[("tier", "*")])])]),
            with_profiles(vec![
                profile("web", &[("shop", &[])]),
                profile("apps", &[("shop", &[("tier", "*")])]),
            ]),
            Warning,
            Certain,
            "apps, earlier by name, takes every other pod",
        ),
        proof(
            Reason::SelectorRepeated,
            with_profiles(vec![profile(
                "apps",
                &[("shop", &[]), ("shop", &[("tier", "web")])],
            )]),
            with_profiles(vec![profile(
                "apps",
                &[("shop", &[("tier", "api")]), ("shop", &[("tier", "web")])],
            )]),
            Info,
            Certain,
            "#1 (namespace shop, tier=web) of profile apps adds nothing",
        ),
        proof(
            Reason::IdenticalProfiles,
            with_profiles(vec![
                profile("a", &[("shop", &[]), ("orders", &[])]),
                with(profile("b", &[("orders", &[]), ("shop", &[])]), |profile| {
                    profile.subnets = vec!["subnet-b".to_owned()];
                }),
            ]),
            with_profiles(vec![
                profile("a", &[("shop", &[]), ("orders", &[])]),
                profile("b", &[("orders", &[])]),
            ]),
            Warning,
            Certain,
            "a wins by name. Their subnets differ.",
        ),
        proof(
            Reason::OverlappingProfiles,
            cluster(
                vec![
                    profile("a", &[("shop", &[("tier", "web")])]),
                    profile("b", &[("shop", &[("team", "x")])]),
                ],
                vec![held("shop", "web", "a", &[("tier", "web"), ("team", "x")])],
            ),
            with_profiles(vec![
                profile("a", &[("shop", &[("tier", "web")])]),
                profile("b", &[("shop", &[("tier", "api")])]),
            ]),
            Info,
            Certain,
            "both match 1 pod (in shop); a wins by name. Role and subnets are the same.",
        ),
        proof(
            Reason::BroadSelector,
            cluster(
                vec![profile("all", &[("*", &[])])],
                vec![pod("kube-system", "coredns", &[("k8s-app", "kube-dns")])],
            ),
            with_profiles(vec![profile("all", &[("team-*", &[("fargate", "yes")])])]),
            Warning,
            Certain,
            "now 1 pod in kube-system, among them 1 of kube-system, CoreDNS too.",
        ),
        proof(
            Reason::NearProfileQuota,
            with_profiles(
                (0..9)
                    .map(|number| profile(&format!("p{number}"), &[("shop", &[])]))
                    .collect(),
            ),
            with_profiles(
                (0..7)
                    .map(|number| profile(&format!("p{number}"), &[("shop", &[])]))
                    .collect(),
            ),
            Info,
            Certain,
            "9 Fargate profiles of the 10 that EKS gives a cluster by default.",
        ),
        proof(
            Reason::DeletionBlocksOthers,
            with_profiles(vec![with(shop(), |profile| {
                profile.status = Some(ProfileStatus::Deleting)
            })]),
            with_profiles(vec![with(shop(), |profile| {
                profile.status = Some(ProfileStatus::DeleteFailed)
            })]),
            Info,
            Certain,
            "Profile apps is being deleted",
        ),
        proof(
            Reason::PodsWouldMove,
            cluster(vec![shop()], vec![pod("shop", "web", &[])]),
            cluster(vec![shop()], vec![pod("orders", "web", &[])]),
            Warning,
            Certain,
            "1 pod in shop is not on Fargate by profile apps",
        ),
        proof(
            Reason::PodsWouldBeRefused,
            cluster(
                vec![shop()],
                vec![{
                    let mut pod = waiting("shop", "web", "apps");
                    pod.spec.host_network = true;
                    pod
                }],
            ),
            cluster(
                vec![shop()],
                vec![{
                    let mut pod = pod("orders", "web", &[]);
                    pod.spec.host_network = true;
                    pod
                }],
            ),
            Error,
            Certain,
            "Fargate would then refuse it (HostNamespace)",
        ),
        proof(
            Reason::FieldsUnknown,
            with_profiles(vec![gap_in_selector(None)]),
            with_profiles(vec![gap_in_selector(Some("shop"))]),
            Warning,
            Undecided,
            "does not tell selectors[0].namespace",
        ),
        proof(
            Reason::FieldsAssumed,
            with_profiles(vec![gap_in_selector(Some("shop"))]),
            with_profiles(vec![gap_in_selector(None)]),
            Info,
            Likely,
            "does not fix selectors[0].namespace",
        ),
        proof(
            Reason::ReservedProfileName,
            with_profiles(vec![shop(), profile("eks-apps", &[("orders", &[])])]),
            with_profiles(vec![shop(), profile("my-eks-apps", &[("orders", &[])])]),
            Info,
            Certain,
            "begins with eks-",
        ),
        proof(
            Reason::ProfileWithoutSelectors,
            with_profiles(vec![shop(), profile("none", &[])]),
            with_profiles(vec![
                shop(),
                with(profile("none", &[]), |profile| profile.selectors = None),
            ]),
            Warning,
            Certain,
            "Profile none has no selector",
        ),
        proof(
            Reason::SelectorWithoutNamespace,
            with_profiles(vec![profile(
                "apps",
                &[("shop", &[]), ("", &[("tier", "web")])],
            )]),
            with_profiles(vec![profile(
                "apps",
                &[("shop", &[]), ("*", &[("tier", "web")])],
            )]),
            Warning,
            Certain,
            "#1 of profile apps names no namespace",
        ),
        proof(
            Reason::SelectorOnProfileLabel,
            with_profiles(vec![profile(
                "apps",
                &[("shop", &[(PROFILE_LABEL, "apps")])],
            )]),
            with_profiles(vec![profile(
                "apps",
                &[("shop", &[("fargate-profile", "apps")])],
            )]),
            Warning,
            Likely,
            "which EKS writes on a pod when it claims it",
        ),
        proof(
            Reason::PodsOfMissingProfile,
            cluster(vec![shop()], vec![waiting("shop", "web", "gone")]),
            changed(
                cluster(vec![shop()], vec![waiting("shop", "web", "gone")]),
                |snapshot| {
                    snapshot.profiles.knowledge = ProfileKnowledge::Partial;
                },
            ),
            Error,
            Certain,
            "names profile gone, which does not exist. One waits",
        ),
        proof(
            Reason::PredictionDiffers,
            cluster(
                vec![shop(), profile("web", &[("shop", &[])])],
                vec![held("shop", "web", "web", &[])],
            ),
            cluster(
                vec![
                    with(shop(), |profile| {
                        profile.created_at = at("2026-11-20T11:00:00Z")
                    }),
                    profile("web", &[("shop", &[])]),
                ],
                vec![held("shop", "web", "web", &[])],
            ),
            Warning,
            Undecided,
            "On 1 of 1 pod on Fargate",
        ),
        proof(
            Reason::SourcesDisagree,
            changed(fine(), |snapshot| {
                snapshot.profiles.disagreements.push(disagreement())
            }),
            fine(),
            Warning,
            Certain,
            "The EKS API and fargateprofiles.eks.services.k8s.aws/apps differ about profile apps in subnets; the EKS API counts.",
        ),
        proof(
            Reason::GivenTwice,
            changed(fine(), |snapshot| {
                snapshot.profiles.given_twice =
                    Some("profile apps was given twice; that of b.json counts".to_owned());
            }),
            fine(),
            Warning,
            Certain,
            "Profile apps was given twice; that of b.json counts.",
        ),
    ]
}

#[test]
fn each_reason_is_found_and_what_looks_like_it_is_not() {
    for proof in proofs() {
        let reason = proof.reason;
        let findings: Vec<_> = found(&proof.fires)
            .into_iter()
            .filter(|(_, finding)| finding.reason == reason)
            .collect();
        let (_, first) = findings
            .first()
            .unwrap_or_else(|| panic!("{reason} is not found"));
        assert!(
            first.message.contains(proof.says),
            "{reason}: {}",
            first.message
        );
        assert_eq!(
            first.severity, proof.severity,
            "{reason}: {}",
            first.message
        );
        assert_eq!(
            first.certainty, proof.certainty,
            "{reason}: {}",
            first.message
        );
        assert!(!first.source.is_empty(), "{reason}");
        assert!(first.fix.is_some(), "{reason}: what to do");
        assert!(
            !first.evidence.is_empty() || reason == Reason::GivenTwice,
            "{reason}: evidence"
        );
        let alike = found(&proof.looks_like);
        let alike = alike.iter().find(|(_, finding)| finding.reason == reason);
        assert!(alike.is_none(), "{reason}: {alike:#?}");
    }
}

/// The catalogue of this family is proved here, and nowhere else.
#[test]
fn every_reason_of_the_family_is_proved() {
    let proved: Vec<Reason> = proofs().iter().map(|proof| proof.reason).collect();
    let family: Vec<Reason> = rules::infos()
        .filter(|info| info.family == Family::Profiles)
        .map(|info| info.reason)
        .collect();
    assert_eq!(proved, family);
}

#[test]
fn a_profile_in_good_order_needs_no_word() {
    let snapshot = cluster(
        vec![profile("apps", &[("shop", &[])])],
        vec![held("shop", "web", "apps", &[])],
    );
    assert_eq!(found(&snapshot), []);
}

/// How a cluster's only pod on Fargate compares, and why.
fn compared(snapshot: &ClusterSnapshot) -> (AgreementSight, String, Option<bool>) {
    let agreement = survey(snapshot, false).agreement;
    let first = agreement.disagreements.first();
    let (why, explained) = (
        first.map_or_else(String::new, |one| one.why.clone()),
        first.map(|one| one.explained),
    );
    (agreement, why, explained)
}

#[test]
fn disagreements_are_explained_by_what_happened_since() {
    let all = |name| profile(name, &[("shop", &[])]);
    let web = || held("shop", "web", "b", &[]);
    let made_at = |name, created: &str| with(all(name), |profile| profile.created_at = at(created));
    let rows: Vec<(&str, ClusterSnapshot, &str, bool)> = vec![
        (
            "absent",
            cluster(vec![all("a")], vec![web()]),
            "profile b no longer exists",
            true,
        ),
        (
            "absent from files",
            changed(cluster(vec![all("a")], vec![web()]), |snapshot| {
                snapshot.profiles.knowledge = ProfileKnowledge::FromFiles;
            }),
            "not among those given",
            true,
        ),
        (
            "going",
            cluster(
                vec![
                    all("a"),
                    with(all("b"), |profile| {
                        profile.status = Some(ProfileStatus::Deleting)
                    }),
                ],
                vec![web()],
            ),
            "its status is DELETING",
            true,
        ),
        (
            "made anew",
            cluster(
                vec![all("a"), made_at("b", "2026-11-20T11:00:00Z")],
                vec![web()],
            ),
            "made anew",
            true,
        ),
        (
            "the other is younger",
            cluster(
                vec![made_at("a", "2026-11-19T11:58:00Z"), all("b")],
                vec![web()],
            ),
            "profile a was not usable yet",
            true,
        ),
        (
            "one of two others is older",
            cluster(
                vec![all("A"), made_at("a", "2026-11-20T11:00:00Z"), all("b")],
                vec![web()],
            ),
            "not known; our matching may be wrong here",
            false,
        ),
        (
            "labels gone",
            cluster(
                vec![profile("b", &[("shop", &[("tier", "web")])])],
                vec![web()],
            ),
            "no selector of profile b matches",
            true,
        ),
        (
            "capitals",
            cluster(vec![all("Z"), all("b")], vec![web()]),
            "how EKS sorts capital letters",
            true,
        ),
        (
            "random",
            cluster(
                vec![all("a"), all("b")]
                    .into_iter()
                    .map(|profile| {
                        with(profile, |profile| {
                            profile.created_at = at("2021-01-01T00:00:00Z")
                        })
                    })
                    .collect(),
                vec![{
                    let mut pod = web();
                    pod.created_at = at("2021-12-31T23:59:59Z");
                    pod
                }],
            ),
            "before 2022",
            true,
        ),
        (
            "no owner",
            cluster(vec![all("a"), all("b")], vec![web()]),
            "cannot be told without the pod's owner",
            false,
        ),
    ];
    for (row, snapshot, wanted, is_explained) in rows {
        let (agreement, why, explained) = compared(&snapshot);
        assert_eq!((agreement.checked, agreement.agreed), (1, 0), "{row}");
        if row != "one of two others is older" {
            assert!(why.contains(wanted), "{row}: {why}");
        }
        assert_eq!(explained, Some(is_explained), "{row}: {why}");
    }
}

#[test]
fn what_cannot_be_compared_is_not_counted() {
    let all = |name| profile(name, &[("shop", &[])]);
    let web = || vec![held("shop", "web", "b", &[])];
    let unseen = |name| with(all(name), |profile| profile.selectors = None);
    let nameless = || with(all("stack.yaml:P"), |profile| profile.name_is_known = false);
    for (row, snapshot, counts) in [
        (
            "agreed",
            cluster(vec![all("b"), all("c")], web()),
            (1, 1, 0),
        ),
        (
            "an earlier one is unseen",
            cluster(vec![unseen("a"), all("b")], web()),
            (0, 0, 1),
        ),
        (
            "a later one is unseen",
            cluster(vec![all("b"), unseen("c")], web()),
            (1, 1, 0),
        ),
        (
            "a nameless one matches",
            cluster(vec![all("b"), nameless()], web()),
            (0, 0, 1),
        ),
        (
            "the nameless may be it",
            cluster(vec![nameless()], web()),
            (0, 0, 1),
        ),
        (
            "a selector is open",
            cluster(vec![with(gap_in_selector(None), |_| ()), all("b")], web()),
            (0, 0, 1),
        ),
        (
            "unread",
            changed(cluster(vec![], web()), |snapshot| {
                snapshot.profiles.knowledge = ProfileKnowledge::Unread
            }),
            (0, 0, 1),
        ),
        (
            "not claimed",
            cluster(
                vec![all("b")],
                vec![pod("shop", "web", &[(PROFILE_LABEL, "b")])],
            ),
            (0, 0, 0),
        ),
        (
            "waiting",
            cluster(vec![all("b")], vec![waiting("shop", "web", "b")]),
            (0, 0, 0),
        ),
        (
            "ended",
            cluster(
                vec![all("b")],
                vec![{
                    let mut pod = held("shop", "web", "b", &[]);
                    pod.phase = PodPhase::Succeeded;
                    pod
                }],
            ),
            (1, 1, 0),
        ),
        // The label was written after the match: it proves nothing by itself.
        (
            "a selector on the label itself",
            cluster(
                vec![profile("b", &[("shop", &[(PROFILE_LABEL, "b")])])],
                web(),
            ),
            (1, 0, 0),
        ),
    ] {
        let (agreement, why, _) = compared(&snapshot);
        let found = (agreement.checked, agreement.agreed, agreement.unchecked);
        assert_eq!(found, counts, "{row}: {why}");
    }
}

/// Gives a pod its owner, with a template that has these labels.
fn owned(snapshot: &mut ClusterSnapshot, template: &[(&str, &str)]) {
    let mut job = deployment("shop", "web", template);
    job.kind = WorkloadKind::Job;
    snapshot.add_workload(job);
    for pod in &mut snapshot.pods {
        pod.owners = vec![OwnerReference {
            api_version: "batch/v1".to_owned(),
            kind: "Job".to_owned(),
            name: "web".to_owned(),
            uid: String::new(),
            controller: true,
        }];
    }
}

#[test]
fn a_choice_by_hand_and_changed_labels_are_seen_in_the_template() {
    let all = |name| profile(name, &[("shop", &[])]);
    let narrow = |name| profile(name, &[("shop", &[("tier", "web")])]);
    let by_hand: &[(&str, &str)] = &[(PROFILE_LABEL, "b")];
    for (row, profiles, template, agreed, explained) in [
        ("chosen", vec![all("a"), all("b")], by_hand, 1, None),
        (
            "not chosen",
            vec![all("a"), all("b")],
            &[][..],
            0,
            Some(false),
        ),
        (
            "the label came later",
            vec![narrow("a"), all("b")],
            &[][..],
            0,
            Some(true),
        ),
        (
            "it had the label all along",
            vec![narrow("a"), all("b")],
            &[("tier", "web")][..],
            0,
            Some(false),
        ),
        // The template says that b cannot have matched either: nothing explains it.
        (
            "it never matched",
            vec![profile("b", &[("shop", &[("x", "y")])])],
            &[("tier", "web")][..],
            0,
            Some(false),
        ),
    ] {
        let pods = vec![held("shop", "web", "b", &[("tier", "web")])];
        let snapshot = changed(cluster(profiles, pods), |snapshot| {
            owned(snapshot, template)
        });
        let (agreement, why, found) = compared(&snapshot);
        assert_eq!(
            (agreement.checked, agreement.agreed),
            (1, agreed),
            "{row}: {why}"
        );
        assert_eq!(found, explained, "{row}: {why}");
    }
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
                pod.deleted_at = at(NOW);
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
    assert_eq!(observed.common_labels, labels(&[("tier", "web")]));
    assert_eq!(
        observed.namespaces.iter().collect::<Vec<_>>(),
        ["orders", "shop"]
    );
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
