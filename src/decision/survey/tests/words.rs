//! What findings say and advise, where the wrong word would cost somebody a pod.

use super::*;

/// The only finding of this reason.
fn the(snapshot: &ClusterSnapshot, reason: Reason) -> Finding {
    let all: Vec<_> = found(snapshot)
        .into_iter()
        .filter(|(_, finding)| finding.reason == reason)
        .map(|(_, finding)| finding)
        .collect();
    let [one] = all.as_slice() else {
        panic!("{reason}: {all:#?}");
    };
    one.clone()
}

fn advised(finding: &Finding) -> &str {
    finding.fix.as_ref().map_or("", |fix| fix.text.as_str())
}

/// Gives a pod its Deployment, with a template that has these labels.
fn of_deployment(snapshot: &mut ClusterSnapshot, name: &str, template: &[(&str, &str)]) {
    let mut deployment = deployment("shop", name, template);
    deployment.replicas = Some(1);
    snapshot.add_workload(deployment);
    for pod in snapshot
        .pods
        .iter_mut()
        .filter(|pod| pod.name.starts_with(name))
    {
        pod.owners = vec![OwnerReference {
            api_version: "apps/v1".to_owned(),
            kind: "ReplicaSet".to_owned(),
            name: format!("{name}-1"),
            uid: String::new(),
            controller: true,
        }]
        .into();
    }
}

#[test]
fn a_profile_that_holds_pods_is_not_deleted_without_a_warning() {
    let broad = cluster(
        vec![profile("all", &[("*", &[])])],
        vec![held("shop", "web", "all", &[])],
    );
    let shadowed = cluster(
        vec![
            profile("apps", &[("*", &[])]),
            profile("web", &[("shop", &[])]),
        ],
        vec![held("shop", "web", "web", &[])],
    );
    let missing = cluster(
        vec![profile("apps", &[("shop", &[]), ("ordres", &[])])],
        vec![held("shop", "web", "apps", &[])],
    );
    let failed = cluster(
        vec![with(profile("apps", &[("shop", &[])]), |profile| {
            profile.status = Some(ProfileStatus::DeleteFailed);
        })],
        vec![held("shop", "web", "apps", &[])],
    );
    for (snapshot, reason, wanted) in [
        (&broad, Reason::BroadSelector, "all holds 1 now"),
        (&shadowed, Reason::SelectorShadowed, "web holds 1 now"),
        (&missing, Reason::NamespaceMissing, "apps holds 1 now"),
        (&failed, Reason::ProfileNotActive, "apps holds 1 now"),
    ] {
        let mut findings = found(snapshot).into_iter().map(|(_, finding)| finding);
        let finding = findings.find(|finding| finding.reason == reason);
        let finding = finding.unwrap_or_else(|| panic!("{reason}"));
        assert!(advised(&finding).contains(wanted), "{}", advised(&finding));
    }
    let unread = changed(broad, |snapshot| {
        snapshot.pods.clear();
        snapshot.coverage = Default::default();
    });
    let finding = the(&unread, Reason::BroadSelector);
    assert!(advised(&finding).contains("see first which they are"));
    assert!(
        finding
            .message
            .contains("which pods it takes now is not known"),
        "{}",
        finding.message
    );
}

#[test]
fn of_two_alike_it_is_told_who_holds_the_pods() {
    let alike = |first: &str, second: &str| {
        let all = |name: &str| profile(name, &[("shop", &[])]);
        let mut pod = held("shop", "web", second, &[]);
        pod.created_at = at("2021-06-01T00:00:00Z");
        cluster(vec![all(first), all(second)], vec![pod])
    };
    let of_first = |snapshot: &ClusterSnapshot| {
        let mut all = found(snapshot).into_iter();
        let (_, finding) = all
            .find(|(_, finding)| finding.reason == Reason::IdenticalProfiles)
            .expect("they are");
        finding
    };
    let plain = of_first(&alike("a", "b"));
    assert!(
        plain.message.contains("b holds 1 pod now."),
        "{}",
        plain.message
    );
    assert_eq!(plain.certainty, Certainty::Certain);
    assert!(advised(&plain).contains("make those of the other again first"));
    let capital = of_first(&alike("Batch", "apps"));
    assert!(
        capital.message.contains("which of them wins is open"),
        "{}",
        capital.message
    );
    assert_eq!(capital.certainty, Certainty::Likely);
    let all = found(&alike("Batch", "apps"));
    let mut reasons = all.iter().map(|(_, finding)| finding.reason);
    assert!(!reasons.any(|reason| reason == Reason::SelectorShadowed));
}

#[test]
fn a_move_is_as_sure_as_its_least_sure_pod() {
    let all = |name: &str| profile(name, &[("shop", &[])]);
    for (row, snapshot, wanted) in [
        (
            "plain",
            cluster(vec![all("a")], vec![pod("shop", "web", &[])]),
            Certainty::Certain,
        ),
        (
            "how capitals sort is not documented",
            cluster(vec![all("Z"), all("b")], vec![pod("shop", "web", &[])]),
            Certainty::Likely,
        ),
        (
            "an earlier one was not described",
            cluster(
                vec![with(all("a"), |one| one.selectors = None), all("z")],
                vec![pod("shop", "web", &[])],
            ),
            Certainty::Likely,
        ),
        (
            "a default",
            cluster(
                vec![gap_in_selector(Some("shop"))],
                vec![pod("shop", "web", &[])],
            ),
            Certainty::Likely,
        ),
        (
            "whether the label was chosen by hand cannot be told",
            cluster(
                vec![all("a"), all("b")],
                vec![held("shop", "web", "b", &[])],
            ),
            Certainty::Likely,
        ),
    ] {
        let finding = the(&snapshot, Reason::PodsWouldMove);
        assert_eq!(finding.certainty, wanted, "{row}: {}", finding.message);
    }
}

#[test]
fn a_label_that_the_template_lacks_makes_a_move_likely() {
    let mut snapshot = cluster(
        vec![
            profile("aaa", &[("shop", &[("team", "x")])]),
            profile("apps", &[("shop", &[])]),
        ],
        vec![held(
            "shop",
            "web-1-x",
            "apps",
            &[("tier", "web"), ("team", "x")],
        )],
    );
    of_deployment(&mut snapshot, "web", &[("tier", "web")]);
    let moves = found(&snapshot)
        .into_iter()
        .filter(|(_, finding)| finding.reason == Reason::PodsWouldMove);
    let certainties: Vec<Certainty> = moves.map(|(_, finding)| finding.certainty).collect();
    assert!(
        !certainties.contains(&Certainty::Certain),
        "{certainties:?}"
    );
}

#[test]
fn a_move_says_whence() {
    let all = |name: &str| profile(name, &[("shop", &[])]);
    let on_fargate = cluster(
        vec![all("a"), all("b")],
        vec![held("shop", "web", "b", &[])],
    );
    let finding = the(&on_fargate, Reason::PodsWouldMove);
    assert_eq!(
        finding.message,
        "pod/web in shop is on Fargate by profile b; made again, it would go by profile a."
    );
    assert_eq!(
        finding.evidence[0].found.as_deref(),
        Some("Fargate, by profile b")
    );

    let mut stuck = cluster(
        vec![all("apps-2")],
        vec![waiting("shop", "web-1-x", "apps-1")],
    );
    of_deployment(&mut stuck, "web", &[]);
    let finding = the(&stuck, Reason::PodsWouldMove);
    assert_eq!(
        finding.message,
        "deployment/web in shop (1 pod) waits for profile apps-1, which is gone; made again, profile apps-2 claims it."
    );
    assert_eq!(finding.severity, Severity::Error);
    let commands = finding.fix.map(|fix| fix.commands).unwrap_or_default();
    assert_eq!(commands, ["kubectl -n shop rollout restart deployment/web"]);
    let missing = the(&stuck, Reason::PodsOfMissingProfile);
    let commands = missing.fix.map(|fix| fix.commands).unwrap_or_default();
    assert_eq!(commands, ["kubectl -n shop rollout restart deployment/web"]);
}

#[test]
fn pods_that_leave_with_their_next_rollout_are_told() {
    let mut snapshot = cluster(
        vec![profile("apps", &[("shop", &[("tier", "web")])])],
        vec![held("shop", "web-1-x", "apps", &[("tier", "web")])],
    );
    of_deployment(&mut snapshot, "web", &[("tier", "edge")]);
    let finding = the(&snapshot, Reason::PodsWouldMove);
    assert_eq!(
        finding.message,
        "deployment/web in shop (1 pod on Fargate) leaves Fargate when made again: no profile claims it then (LabelMismatch)."
    );
    let survey = survey(&snapshot, true);
    assert_eq!(
        survey.profiles[0].pods[0].unclaimed,
        Some(Reason::LabelMismatch)
    );
}

#[test]
fn a_profile_without_a_name_takes_no_pod_from_itself() {
    let nameless = with(profile("stack.yaml:Apps", &[("shop", &[])]), |profile| {
        profile.name_is_known = false;
        profile
            .gaps
            .push(Gap::unknown("fargateProfileName", "none"));
    });
    let snapshot = changed(
        cluster(vec![nameless], vec![held("shop", "web", "apps", &[])]),
        |snapshot| snapshot.profiles.knowledge = ProfileKnowledge::FromFiles,
    );
    let reasons: Vec<Reason> = found(&snapshot)
        .iter()
        .map(|(_, finding)| finding.reason)
        .collect();
    assert_eq!(reasons, [Reason::FieldsUnknown]);
    let finding = the(&snapshot, Reason::FieldsUnknown);
    assert!(
        finding
            .message
            .ends_with("1 pod on Fargate carries the name apps, which may be this profile."),
        "{}",
        finding.message
    );
    let report = crate::report::profiles::assemble(&snapshot, &[], true);
    let entry = &report.profiles[0];
    assert_eq!(
        (
            entry.pods_on_fargate,
            entry.pods_claimable,
            entry.pods_undecided
        ),
        (None, None, Some(1))
    );
}

#[test]
fn counts_that_are_not_known_are_left_out() {
    let unread = changed(
        cluster(vec![profile("apps", &[("shop", &[])])], vec![]),
        |snapshot| snapshot.coverage = Default::default(),
    );
    let report = crate::report::profiles::assemble(&unread, &[], false);
    let value = serde_json::to_value(&report.profiles[0]).expect("it is plain");
    for field in [
        "podsOnFargate",
        "podsFinished",
        "podsWaiting",
        "podsClaimable",
        "podsRefused",
        "podsUndecided",
    ] {
        assert!(value.get(field).is_none(), "{field}: {value:#}");
    }
    assert!(
        value["selectors"][0].get("podsMatched").is_none(),
        "{value:#}"
    );
    let named = cluster(
        vec![with(profile("apps", &[]), |one| one.selectors = None)],
        vec![held("shop", "web", "apps", &[])],
    );
    let report = crate::report::profiles::assemble(&named, &[], false);
    let value = serde_json::to_value(&report.profiles[0]).expect("it is plain");
    assert_eq!(value["podsOnFargate"], 1);
    assert!(value.get("podsClaimable").is_none(), "{value:#}");
}

#[test]
fn what_matches_and_is_not_claimed_is_counted_by_what_is_in_the_way() {
    let mut out = pod("shop", "out", &[]);
    out.annotations.insert(
        "eks.amazonaws.com/compute-type".to_owned(),
        "ec2".to_owned(),
    );
    let mut set = pod("shop", "agent", &[]);
    set.owners = vec![OwnerReference {
        api_version: "apps/v1".to_owned(),
        kind: "DaemonSet".to_owned(),
        name: "agent".to_owned(),
        uid: String::new(),
        controller: true,
    }]
    .into();
    let mut done = pod("shop", "done", &[]);
    done.phase = PodPhase::Succeeded;
    let mut held_and_done = held("shop", "job", "apps", &[]);
    held_and_done.phase = PodPhase::Succeeded;
    let snapshot = cluster(
        vec![
            profile("apps", &[("shop", &[])]),
            profile("web", &[("*", &[])]),
        ],
        vec![out, set, done, held_and_done, pod("orders", "a", &[])],
    );
    let report = crate::report::profiles::assemble(&snapshot, &[], true);
    let [apps, web] = report.profiles.as_slice() else {
        panic!("two");
    };
    assert_eq!(
        (
            apps.pods_on_fargate,
            apps.pods_finished,
            apps.pods_claimable
        ),
        (Some(1), Some(1), Some(0))
    );
    let of = |entry: &crate::report::profiles::model::ProfileEntry| -> Vec<(String, usize)> {
        let all = entry.unclaimed.iter();
        all.map(|one| (one.reason.clone().unwrap_or_default(), one.pods))
            .collect()
    };
    let row = |reason: &str, pods| (reason.to_owned(), pods);
    assert_eq!(
        of(apps),
        [row("", 1), row("OptedOut", 1), row("DaemonSetPod", 1)]
    );
    assert_eq!(web.pods_claimable, Some(1));
    assert!(of(web).contains(&row("", 2)), "{:?}", web.unclaimed);
}

#[test]
fn a_label_whose_value_is_not_known_is_no_wildcard() {
    let open = with(profile("apps", &[("shop", &[("tier", "*")])]), |profile| {
        let selectors = profile.selectors.as_mut().expect("it has some");
        selectors[0]
            .gaps
            .push(Gap::unknown("labels[tier]", "!Ref Tier"));
    });
    let key = with(profile("key", &[("shop", &[("*", "web")])]), |profile| {
        let selectors = profile.selectors.as_mut().expect("it has some");
        selectors[0]
            .gaps
            .push(Gap::unknown("labels[*]", "!Ref Key"));
    });
    let snapshot = cluster(vec![open, key], vec![]);
    let report = crate::report::profiles::assemble(&snapshot, &[], false);
    let value = serde_json::to_value(&report.profiles[0]).expect("it is plain");
    assert_eq!(value["selectors"][0]["labels"], serde_json::json!({}));
    assert_eq!(value["selectors"][0]["unknown"][0]["field"], "labels[tier]");
    let value = serde_json::to_value(&report.profiles[1]).expect("it is plain");
    assert_eq!(value["selectors"][0]["labels"], serde_json::json!({}));
}

#[test]
fn a_missing_webhook_concerns_the_whole_cluster() {
    let there = cluster(vec![profile("apps", &[("shop", &[])])], vec![]);
    let gone = changed(there.clone(), |snapshot| snapshot.webhooks.clear());
    let finding = the(&gone, Reason::WebhookMissing);
    assert!(finding.message.contains("no new pod goes to Fargate"));
    let is_told = |snapshot: &ClusterSnapshot| {
        let mut all = found(snapshot).into_iter();
        all.any(|(_, finding)| finding.reason == Reason::WebhookMissing)
    };
    assert!(!is_told(&there));
    let without_profiles = changed(gone, |snapshot| snapshot.profiles.list.clear());
    assert!(!is_told(&without_profiles), "it is normal then");
}

#[test]
fn words_of_a_controller_are_not_those_of_eks() {
    let sick = |code: &str, reporter: Option<&str>| {
        let profile = with(profile("apps", &[("shop", &[])]), |profile| {
            profile.origin = ProfileOrigin::File("upbound.yaml (item 3)".to_owned());
            profile.health_issues.push(HealthIssue {
                code: code.to_owned(),
                message: "the role  is missing".to_owned(),
                resource_ids: Vec::new(),
                reporter: reporter.map(str::to_owned),
            });
        });
        the(&cluster(vec![profile], vec![]), Reason::ProfileUnhealthy).message
    };
    assert_eq!(
        sick("ReconcileError", Some("Crossplane")),
        "Crossplane reports ReconcileError: \"the role is missing\"."
    );
    assert_eq!(
        sick("AccessDenied", None),
        "EKS reports AccessDenied: \"the role is missing\"."
    );
}

#[test]
fn a_pattern_that_no_namespace_fits_is_told_and_a_selector_without_one_shadows_nothing() {
    let snapshot = cluster(vec![profile("apps", &[("test-*", &[])])], vec![]);
    let finding = the(&snapshot, Reason::NamespaceMissing);
    assert!(finding.message.starts_with("No namespace fits test-* now."));
    let snapshot = cluster(
        vec![
            profile("apps", &[("", &[]), ("shop", &[])]),
            profile("web", &[("", &[("a", "b")]), ("orders", &[])]),
        ],
        vec![],
    );
    let reasons: Vec<Reason> = found(&snapshot)
        .iter()
        .map(|(_, finding)| finding.reason)
        .collect();
    assert!(!reasons.contains(&Reason::SelectorShadowed), "{reasons:?}");
}

#[test]
fn many_overlaps_are_folded() {
    let profiles = (0..30)
        .map(|number| {
            profile(
                &format!("p{number:02}"),
                &[("shop", &[(&format!("l{number}"), "x")])],
            )
        })
        .collect();
    let all: Vec<(String, String)> = (0..30)
        .map(|number| (format!("l{number}"), "x".to_owned()))
        .collect();
    let pairs: Vec<(&str, &str)> = all
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    let snapshot = cluster(profiles, vec![pod("shop", "web", &pairs)]);
    let of_first = found(&snapshot)
        .into_iter()
        .filter(|(name, finding)| name == "p00" && finding.reason == Reason::OverlappingProfiles)
        .count();
    assert!(of_first <= 4, "{of_first}");
}
