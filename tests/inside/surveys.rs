//! Every scenario's cluster, surveyed: the counts of the report about profiles are those that its pods' own answers give, and
//! the report keeps what its readers rely on.

use serde_json::Value;

use super::{Case, cases, report_on};
use crate::decision::facts::{ClusterSnapshot, Kind};
use crate::report::profiles::model::ProfileEntry;
use crate::report::profiles::{ProfileReport, assemble};

fn surveyed(case: &Case) -> ProfileReport {
    assemble(&case.gathered.snapshot, &[], true)
}

/// Whether a pod has finished and nothing makes it again: a bare one, or one of a Job.
fn is_done_for_good(pod: &Value) -> bool {
    let phase = pod["phase"].as_str().unwrap_or_default();
    let has_ended = ["Succeeded", "Failed"].contains(&phase);
    has_ended && (pod["owner"].is_null() || pod["owner"]["kind"] == "Job")
}

/// Counts a profile's pods from the entries of `explain`: on Fargate, waiting, claimable, refused.
fn recount(pods: &[Value], profile: &str) -> [usize; 4] {
    let mut counts = [0; 4];
    for pod in pods.iter().filter(|pod| pod["template"].is_null()) {
        let kind = pod["placement"]["kind"].as_str().unwrap_or_default();
        // A pod whose label was set by hand has another decisive reason than a claimed one.
        let is_claimed = pod["claimed"] == true;
        let is_labelled = is_claimed && pod["placement"]["profile"] == profile;
        let is_held = is_labelled && kind == "Fargate";
        let is_over = pod["terminating"] == true
            || ["Succeeded", "Failed"].contains(&pod["phase"].as_str().unwrap_or_default());
        let waits = is_labelled && kind == "FargatePending" && !is_over;
        let expected = &pod["expected"];
        let would = expected["profile"] == profile
            && ["Fargate", "Refused"].contains(&expected["kind"].as_str().unwrap_or_default());
        counts[0] += usize::from(is_held);
        counts[1] += usize::from(waits);
        counts[2] += usize::from(would && !is_held && !waits && !is_done_for_good(pod));
        counts[3] += usize::from(would && expected["kind"] == "Refused");
    }
    counts
}

/// Whether there is a reason for a count that is not there.
fn is_partly_unknown(snapshot: &ClusterSnapshot, profile: &ProfileEntry) -> bool {
    let is_undecided = profile.pods_undecided.is_some_and(|count| count > 0);
    snapshot.pods.is_empty() || profile.selectors.is_none() || profile.nameless || is_undecided
}

#[test]
fn counts_are_those_of_the_pods_own_answers() {
    for case in cases() {
        let snapshot = &case.gathered.snapshot;
        let report = report_on(snapshot, &case.gathered.subjects);
        let mut pods = report["pods"].as_array().cloned().unwrap_or_default();
        for entry in &mut pods {
            let pod = snapshot
                .pods
                .iter()
                .find(|pod| entry["namespace"] == *pod.namespace && entry["name"] == pod.name);
            entry["claimed"] = pod.is_some_and(|pod| pod.is_claimed()).into();
        }
        for profile in surveyed(case).profiles {
            let counts = [
                profile.pods_on_fargate,
                profile.pods_waiting,
                profile.pods_claimable,
                profile.pods_refused,
            ];
            let wanted = recount(&pods, &profile.name);
            for (count, wanted) in counts.iter().zip(wanted) {
                // A pod that may be held by a profile without a name is not said to move to it.
                let left_open = match profile.nameless {
                    true => profile.pods_undecided.unwrap_or(0),
                    false => 0,
                };
                let is_right =
                    count.is_none_or(|count| (count..=count + left_open).contains(&wanted));
                assert!(
                    is_right,
                    "{}: {} {counts:?}, not {wanted:?}",
                    case.name, profile.name
                );
            }
            let is_told = counts.iter().all(Option::is_some);
            assert!(
                is_told || is_partly_unknown(snapshot, &profile),
                "{}: {} {counts:?}",
                case.name,
                profile.name
            );
            let in_vain = profile.unclaimed.iter().map(|one| one.pods).sum::<usize>();
            let undecided = profile.pods_undecided.unwrap_or(0);
            if is_told {
                assert_eq!(
                    profile.pods.len(),
                    wanted[0] + wanted[1] + wanted[2] + undecided + in_vain,
                    "{}: {}",
                    case.name,
                    profile.name
                );
            }
            for pod in &profile.pods {
                let entry = pods.iter().find(|entry| {
                    entry["namespace"] == *pod.namespace && entry["name"] == pod.name
                });
                let reason = entry.map(|entry| entry["reason"].clone());
                assert_eq!(reason, Some(pod.reason.clone().into()), "{}", case.name);
            }
            for (index, selector) in profile.selectors.iter().flatten().enumerate() {
                let facts = snapshot.profiles.find(&profile.name);
                let selectors = facts.and_then(|facts| facts.selectors.as_ref());
                let pattern = &selectors.expect("it has some")[index];
                let matched = snapshot
                    .pods
                    .iter()
                    .filter(|pod| pattern.matches(&pod.namespace, &pod.labels))
                    .count();
                let coverage = &snapshot.coverage;
                let are_listed = coverage.is_listed_everywhere(Kind::Pod)
                    || coverage.is_listed(Kind::Pod, pattern.namespace.as_str());
                let is_told = !pattern.is_open() && (matched > 0 || are_listed);
                let wanted = is_told.then_some(matched);
                assert_eq!(
                    selector.pods_matched, wanted,
                    "{}: {}",
                    case.name, profile.name
                );
            }
        }
    }
}

#[test]
fn reports_keep_their_promises() {
    for case in cases() {
        let report = surveyed(case);
        let name = &case.name;
        let names: Vec<&str> = report
            .profiles
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        assert!(names.is_sorted(), "{name}: {names:?}");
        let agreement = &report.agreement;
        assert_eq!(
            agreement.checked,
            agreement.agreed + agreement.disagreements.len(),
            "{name}"
        );
        let of_profiles = report.profiles.iter().map(|profile| &profile.findings);
        for findings in of_profiles.chain([&report.findings]) {
            assert!(
                findings.is_sorted_by_key(|finding| finding.severity),
                "{name}: worst first"
            );
            for finding in findings {
                let what = format!("{name}: {}: {}", finding.reason, finding.message);
                assert!(finding.message.ends_with(['.', '?', '"']), "{what}");
                assert!(!finding.message.contains("  "), "{what}");
                assert!(!finding.source.is_empty(), "{what}");
            }
        }
    }
}

/// Where EKS wrote another profile than we pick, the story of the scenario explains it.
#[test]
fn what_eks_wrote_is_explained_in_the_stories() {
    let mut found = Vec::new();
    for case in cases() {
        for one in surveyed(case).agreement.disagreements {
            assert!(one.explained, "{}: {} {}", case.name, one.name, one.why);
            found.push(format!("{}: {}: {}", case.name, one.label, one.why));
        }
    }
    for (story, label, why) in [
        (
            "label-was-taken-off-a-fargate-pod",
            "apps",
            "they were changed since",
        ),
        ("old-claim-differs-from-name-order", "portal", "before 2022"),
        (
            "pods-wait-for-a-profile-that-is-being-deleted",
            "dev",
            "DELETING",
        ),
        ("running-pods-of-a-profile-made-anew", "crm", "made anew"),
        (
            "running-pods-of-a-profile-that-is-gone",
            "encode-old",
            "not among those given",
        ),
    ] {
        let start = format!("{story}: {label}: ");
        assert!(
            found
                .iter()
                .any(|line| line.starts_with(&start) && line.contains(why)),
            "{story}: {found:#?}"
        );
    }
}

/// The demo's numbers, as its files tell them to whoever counts by hand.
#[test]
fn the_demo_is_counted() {
    let gathered = crate::sources::demo::gather(&crate::sources::Question::default(), None)
        .expect("the demo is whole");
    let report = assemble(&gathered.snapshot, &[], true);
    let counts: Vec<_> = report
        .profiles
        .iter()
        .map(|profile| {
            let matched = profile.selectors.iter().flatten();
            let matched: Vec<_> = matched.map(|selector| selector.pods_matched).collect();
            let pods = [
                profile.pods_on_fargate,
                profile.pods_waiting,
                profile.pods_claimable,
            ];
            (profile.name.as_str(), pods.map(Option::unwrap), matched)
        })
        .collect();
    assert_eq!(
        counts,
        [
            ("apps", [3, 1, 0], vec![Some(4), Some(0)]),
            ("batch", [1, 1, 0], vec![Some(2)]),
            // CoreDNS is kept off by its annotation.
            ("coredns", [0, 0, 0], vec![Some(2)]),
            ("payments", [2, 0, 2], vec![Some(4)]),
        ]
    );
    assert_eq!((report.agreement.checked, report.agreement.agreed), (6, 6));
    let only = assemble(&gathered.snapshot, &["batch".to_owned()], false);
    assert_eq!(only.profiles.len(), 1);
    assert!(only.profiles[0].pods.is_empty());
    assert_eq!(only.agreement, report.agreement);
}
