//! Why EKS may have written another profile than our matching picks.

use super::*;
use crate::decision::survey::AgreementSight;

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
            "profile a was created minutes before the pod, and likely not usable yet",
            true,
        ),
        (
            "the other is younger by far",
            cluster(
                vec![made_at("a", "2026-11-20T11:00:00Z"), all("b")],
                vec![web()],
            ),
            "profile a was created after the pod",
            true,
        ),
        (
            "the other is younger, and of its own only the name is known",
            cluster(
                vec![
                    made_at("a", "2026-11-20T11:00:00Z"),
                    with(all("b"), |profile| profile.selectors = None),
                ],
                vec![web()],
            ),
            "profile a was created after the pod",
            true,
        ),
        (
            "nobody tells when the other was created",
            cluster(
                vec![
                    with(all("a"), |profile| profile.created_at = None),
                    all("b"),
                ],
                vec![web()],
            ),
            "it is not told when profile a was created",
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
        }]
        .into();
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
