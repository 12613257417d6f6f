//! Each reason about profiles: a cluster in which it is found, and one that only looks like it.

use super::*;
use crate::decision::rules::{self, Family};

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

fn disagreement() -> Disagreement {
    Disagreement {
        profile: "apps".to_owned(),
        field: Some("subnets".to_owned()),
        used: "the EKS API".to_owned(),
        used_value: Some("subnet-a".to_owned()),
        other: "fargateprofiles.eks.services.k8s.aws/apps".to_owned(),
        other_value: Some("subnet-b".to_owned()),
        other_selectors: None,
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
            "Selector shop{tier=web} matches no pod and no workload's template.",
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
            "There is no namespace ordres. There is orders.",
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
            "Selector shop{tier=*} of profile web never gets a pod by itself: apps (shop) sorts first and matches them all.",
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
            "Selector shop{tier=web} of profile apps adds nothing: shop matches every pod",
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
            "both match 1 pod in shop; a wins by name. Role and subnets are the same.",
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
            "takes pods of any namespace, kube-system included; now 1 pod in kube-system, CoreDNS too.",
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
            "pod/web in shop on EC2 moves to Fargate when made again: profile apps claims it then.",
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
            "pod/web in shop is claimed, refused and waits for good (HostNamespace).",
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
            "1 pod carries the name of profile gone, which does not exist. It waits for good.",
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
            "Profile apps: the EKS API and fargateprofiles.eks.services.k8s.aws/apps differ in subnets; the EKS API counts.",
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
