//! What is told once, and what is not told at all.

use kubectl_fargate::decision::facts::{Gap, ObjectRef};
use kubectl_fargate::decision::facts::{SourceNote, SourceStatus};
use kubectl_fargate::decision::finding::{Certainty, Evidence, Severity};
use kubectl_fargate::decision::placement::{ExpectedKind, PlacementKind};
use kubectl_fargate::decision::reason::Reason;
use kubectl_fargate::render::{Style, View};
use kubectl_fargate::report::PodReport;
use kubectl_fargate::report::model::Moment;

use super::reports::{
    at, blocked, crashing, expected, finding, fix, healthy, label_mismatch, older_than_profile,
    pair, placed, pod, report, trial,
};
use super::{TABLE, text};

fn table(pods: Vec<PodReport>) -> String {
    text(&report(pods), TABLE, &Style::default())
}

fn story(pod: PodReport) -> String {
    text(&report(vec![pod]), View::Story, &Style::default())
}

/// A pod that waits, and whose decisive reason is that something was not seen.
fn unseen(name: &str, reason: Reason, field: &str) -> PodReport {
    let mut decisive = finding(reason, Severity::Warning, "It was not read.");
    decisive.certainty = Certainty::Undecided;
    decisive.evidence = vec![Evidence::absent(
        ObjectRef::cluster_wide("cluster", "prod"),
        field,
    )];
    decisive.fix = fix("Pass the profiles with --profiles.", &[]);
    PodReport {
        placement: Some(placed(PlacementKind::Pending, None, None)),
        reason,
        certainty: Certainty::Undecided,
        findings: vec![decisive],
        ..pod(name, None)
    }
}

#[test]
fn rows_say_what_was_not_read_and_the_fix_comes_once() {
    for (reason, field, words) in [
        (
            Reason::ProfilesUnknown,
            "fargateProfiles",
            "profiles not read",
        ),
        (
            Reason::WebhooksUnknown,
            "metadata.name",
            "webhooks not read",
        ),
        (Reason::EventsUnknown, "events", "events not read"),
        (Reason::NodesUnknown, "metadata.labels", "node not seen"),
    ] {
        let shown = table(vec![unseen("a", reason, field)]);
        assert!(shown.contains(words), "{shown}");
        assert!(!shown.contains("not set"), "{shown}");
    }
    let both = ["a", "b"].map(|name| unseen(name, Reason::ProfilesUnknown, "fargateProfiles"));
    let shown = table(both.to_vec());
    assert_eq!(
        shown
            .matches("Profiles not read: Pass the profiles with --profiles.")
            .count(),
        1,
        "{shown}"
    );
}

#[test]
fn a_profile_given_twice_is_told_once() {
    let mut remark = finding(
        Reason::ProfilesUnknown,
        Severity::Info,
        "Profile apps is given twice; the later one counts.",
    );
    remark.certainty = Certainty::Likely;
    let pods = ["a", "b"].map(|name| {
        let mut pod = healthy(name);
        pod.findings.push(remark.clone());
        pod
    });
    let shown = table(pods.to_vec());
    assert_eq!(
        shown.matches("Profile apps is given twice").count(),
        1,
        "{shown}"
    );
}

#[test]
fn a_profile_made_anew_is_shown_against_the_pod() {
    let moment = |time: &str, what: &str| Moment {
        time: at(time),
        what: what.to_owned(),
    };
    let mut gone = blocked();
    gone.reason = Reason::ProfileGone;
    gone.findings = vec![finding(Reason::ProfileGone, Severity::Error, "gone")];
    gone.timeline = vec![
        moment("2026-11-20T08:00:00Z", "pod created"),
        moment("2026-11-20T09:00:00Z", "fargate-scheduler's newest word"),
        moment("2026-11-20T11:00:00Z", "profile apps: creation begins"),
    ];
    let shown = table(vec![gone]);
    assert!(
        shown.contains("pod created, 3h later profile apps: creation begins"),
        "{shown}"
    );
}

#[test]
fn nothing_is_said_twice() {
    let older = story(older_than_profile());
    assert!(older.contains("recreated now"), "{older}");
    assert!(!older.contains("If remade"), "{older}");
    let unsaid = PodReport {
        summary: "web runs on EC2.".to_owned(),
        ..older_than_profile()
    };
    assert!(story(unsaid).contains("If remade"));

    let mut same_commands = blocked();
    same_commands.findings[1].fix = same_commands.findings[0].fix.clone();
    if let Some(other) = &mut same_commands.findings[1].fix {
        other.text = "In other words, the same.".to_owned();
    }
    let shown = story(same_commands);
    assert!(shown.contains("  Fix "), "{shown}");
    assert!(!shown.contains("  Then "), "{shown}");
    assert!(story(blocked()).contains("  Then "));
}

#[test]
fn what_was_forbidden_is_said_in_short() {
    let words = "events is forbidden: User \"dev\" cannot list resource \"events\" in API group \"\" in the namespace \"shop\"";
    let mut pod = older_than_profile();
    pod.findings[1].message = format!(
        "Events in namespace shop were not read (Forbidden: {words}); a refusal would be there."
    );
    let mut report = report(vec![pod]);
    report.sources.push(SourceNote {
        what: "events".to_owned(),
        namespace: Some("shop".to_owned()),
        status: SourceStatus::Forbidden,
        count: None,
        detail: Some(words.to_owned()),
    });
    let shown = text(&report, View::Story, &Style::default());
    assert!(shown.contains("(Forbidden)"), "{shown}");
    assert!(!shown.contains("API group"), "{shown}");
    let json = text(&report, View::Json, &Style::default());
    assert!(json.contains("API group"), "{json}");
}

#[test]
fn a_pod_that_ended_without_a_node_ended_nowhere() {
    let mut ended = pod("job-1", None);
    ended.phase = Some("Failed");
    assert!(story(ended.clone()).contains("it ran to its end there"));
    ended.placement = Some(placed(PlacementKind::Pending, None, None));
    assert!(!story(ended).contains("it ran to its end there"));
}

#[test]
fn a_selector_is_drawn_once() {
    let mut pod = label_mismatch();
    pod.expected = expected(ExpectedKind::Undecided, None);
    pod.matches = vec![pod.near_misses[0].clone()].into();
    let shown = story(pod);
    assert_eq!(
        shown.matches("profile apps, selector 0").count(),
        1,
        "{shown}"
    );
    assert!(shown.contains("and 6 more"), "{shown}");
}

#[test]
fn a_long_headline_is_broken_between_its_parts() {
    let mut long = healthy("checkout-with-a-rather-long-name-5c7d8b9f6d-x2x4q");
    long.namespace = "a-namespace-of-some-length".to_owned();
    let shown = story(long);
    let mut lines = shown.lines();
    let first = lines.next().unwrap_or_default();
    assert!(first.chars().count() <= 80, "{shown}");
    assert!(
        lines
            .next()
            .is_some_and(|line| line.starts_with("  Deployment")),
        "{shown}"
    );
}

/// The story of pods of one workload that are told of together.
fn group(pods: Vec<PodReport>) -> String {
    let text = text(&report(pods), View::Story, &Style::default());
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn notes_of_pods_that_share_a_story_are_told_with_the_pods_that_have_them() {
    let with = |name: &str, notes: &[(Reason, &str)]| {
        let mut pod = healthy(name);
        pod.findings.truncate(1);
        for (reason, message) in notes {
            pod.findings.push(finding(*reason, Severity::Info, message));
        }
        pod
    };
    let shown = group(vec![
        with(
            "pay-1",
            &[
                (Reason::SpreadIgnored, "It is not followed."),
                (Reason::KubeletSkew, "One version behind."),
            ],
        ),
        with(
            "pay-2",
            &[
                (Reason::SpreadIgnored, "It is not followed."),
                (Reason::LoggingDisabled, "It is off."),
                (Reason::KubeletSkew, "Two versions behind."),
            ],
        ),
        with("pay-3", &[(Reason::SpreadIgnored, "It is not followed.")]),
    ]);
    for part in [
        "pay-1 and 2 pods like it",
        "SpreadIgnored: It is not followed.",
        "KubeletSkew: (on 2 of 3, here of pay-1) One version behind.",
        "LoggingDisabled: (on 1 of 3: pay-2) It is off.",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

#[test]
fn names_of_pods_and_nodes_make_no_note_another_one() {
    let ended = |name: &str| {
        let mut pod = healthy(name);
        let node = pod.placement.as_ref().and_then(|place| place.node.clone());
        let message = format!("{name} ended, and {} stays.", node.unwrap_or_default());
        let note = finding(Reason::FinishedPodKeepsNode, Severity::Info, &message);
        pod.findings.truncate(1);
        pod.findings.push(note);
        pod
    };
    let shown = group(vec![ended("pay-1"), ended("pay-2")]);
    assert!(
        shown.contains("FinishedPodKeepsNode: pay-1 ended"),
        "{shown}"
    );
}

#[test]
fn what_belongs_to_a_container_that_is_down_is_told_with_it_and_mended() {
    let limited = |name: &str| {
        let mut pod = crashing(name);
        let mut note = finding(
            Reason::UlimitReached,
            Severity::Info,
            "It ran into a limit.",
        );
        note.fix = fix("Raise the soft limit.", &[]);
        pod.findings.push(note);
        pod.findings.push(finding(
            Reason::SpreadIgnored,
            Severity::Info,
            "It is not followed.",
        ));
        pod
    };
    let shown = group(vec![limited("pay-1"), crashing("pay-2")]);
    let place = |part: &str| {
        shown
            .find(part)
            .unwrap_or_else(|| panic!("{part}: {shown}"))
    };
    let order = [
        "StartupFailure: ",
        "UlimitReached: (on 1 of 2: pay-1) It ran into a limit.",
        "Where ",
        "SpreadIgnored: (on 1 of 2: pay-1)",
        "Fix Raise the soft limit.",
    ];
    assert!(order.map(place).is_sorted(), "{shown}");
    assert_eq!(shown.matches("It ran into a limit.").count(), 1);
}

/// A selector whose namespace and one value are not told stands with what is written there, and promises nothing.
#[test]
fn fields_that_are_not_told_are_drawn_with_their_expressions() {
    let gap = Gap::unknown;
    let mut open = trial(
        "apps",
        0,
        ("<!Ref Namespace>", false),
        vec![pair("tier", "<!Ref Tier>", Some("web"), None)],
    );
    open.namespace.may_match = true;
    open.labels[0].matched = false;
    open.unknown = vec![
        gap("namespace", "!Ref Namespace"),
        gap("labels[tier]", "!Ref Tier"),
    ];
    let mut pod = unseen("web", Reason::ProfilesUnknown, "fargateProfiles");
    pod.near_misses = vec![open].into();
    pod.near_miss_count = 1;
    pod.findings[0].evidence = vec![Evidence::found(
        ObjectRef::cluster_wide("fargateprofile", "apps"),
        "selectors[0].namespace",
        "!Ref Namespace",
    )];
    let told = story(pod.clone());
    for line in [
        "profile apps, selector 0: may fit; not all of it is told",
        "namespace <!Ref Namespace>",
        "? label tier = <!Ref Tier>     the pod has tier = web",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    assert!(!told.contains(" *"), "{told}");
    let row = table(vec![pod]);
    assert!(row.contains("selectors[0].namespace is !Ref"), "{row}");
}

/// Objects of controllers that serve in place of the EKS API are named in every text, with why.
#[test]
fn profiles_from_objects_of_the_cluster_are_said_to_be_so() {
    let mut report = report(vec![unseen("web", Reason::NodesUnknown, "spec")]);
    report.sources.push(SourceNote {
        what: "fargateprofiles.eks.services.k8s.aws".to_owned(),
        namespace: None,
        status: SourceStatus::Read,
        count: Some(1),
        detail: Some("used in place of the EKS API: it may not be listed".to_owned()),
    });
    for view in [View::Story, TABLE] {
        let shown = text(&report, view, &Style::default());
        let told = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            told.contains(
                "Profiles: those of fargateprofiles.eks.services.k8s.aws, used in place of the EKS API: it may not be listed"
            ),
            "{shown}"
        );
    }
}
