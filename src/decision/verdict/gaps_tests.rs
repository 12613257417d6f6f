//! Profiles whose source does not tell everything, sources that differ, and profiles that only pods tell of.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Verdict, explain};
use crate::decision::facts::pod::{FARGATE_SCHEDULER, PROFILE_LABEL};
use crate::decision::facts::{
    ClusterSnapshot, Disagreement, FargateProfile, Gap, OwnerReference, Pod, PodPhase,
    ProfileKnowledge, ProfileOrigin, ProfileStatus, Profiles, Selector,
};
use crate::decision::finding::{Certainty, Finding};
use crate::decision::placement::ExpectedKind;
use crate::decision::reason::Reason;

fn at(text: &str) -> Timestamp {
    text.parse().expect("the test's times are RFC 3339")
}

/// A pod on EC2 with the label tier=web, older than the profiles.
fn pod(namespace: &str) -> Pod {
    Pod {
        namespace: namespace.into(),
        name: "web".to_owned(),
        uid: Default::default(),
        labels: BTreeMap::from([("tier".to_owned(), "web".to_owned())]).into(),
        annotations: Default::default(),
        owners: Default::default(),
        created_at: Some(at("2026-11-20T08:00:00Z")),
        deleted_at: None,
        node_name_by_creator: false,
        spec: Default::default(),
        node_name: Some("ip-10-0-1-5.eu-west-1.compute.internal".into()),
        phase: PodPhase::Running,
        status_reason: None,
        status_message: None,
        conditions: Default::default(),
        containers: Default::default(),
    }
}

/// The same pod, on Fargate by a profile.
fn on_fargate(namespace: &str, profile: &str) -> Pod {
    let mut pod = pod(namespace);
    pod.labels
        .insert(PROFILE_LABEL.to_owned(), profile.to_owned());
    pod.spec.scheduler_name = Some(FARGATE_SCHEDULER.to_owned());
    pod.node_name = Some("fargate-ip-10-0-1-9.eu-west-1.compute.internal".into());
    pod
}

/// A field that is not told, or by a default.
fn gap(field: &str, expression: &str, assumed: Option<&str>) -> Gap {
    Gap {
        field: field.to_owned(),
        expression: expression.to_owned(),
        assumed: assumed.map(str::to_owned),
    }
}

/// A profile of stack.yaml with one selector, made after the pods.
fn profile(name: &str, namespace: &str, labels: &[(&str, &str)], gaps: &[Gap]) -> FargateProfile {
    let origin = ProfileOrigin::File("stack.yaml".to_owned());
    let mut selector = Selector::new(namespace, labels.iter().copied());
    selector.gaps = gaps.to_vec();
    FargateProfile {
        created_at: Some(at("2026-11-20T09:00:00Z")),
        selectors: Some(vec![selector]),
        ..FargateProfile::named(name, origin)
    }
}

fn nameless(resource: &str, namespace: &str) -> FargateProfile {
    let mut profile = profile(&format!("stack.yaml:{resource}"), namespace, &[], &[]);
    profile.name_is_known = false;
    profile.gaps = vec![gap("fargateProfileName", "!Ref Name", None)];
    profile
}

/// A name that is a default.
fn called(name: &str, namespace: &str) -> FargateProfile {
    let mut profile = profile(name, namespace, &[], &[]);
    profile.gaps = vec![gap("fargateProfileName", "!Ref Name", Some(name))];
    profile
}

/// A profile of a cluster that is not told, or by a default.
fn of_some_cluster(mut profile: FargateProfile, assumed: Option<&str>) -> FargateProfile {
    profile
        .gaps
        .push(gap("clusterName", "!Ref Cluster", assumed));
    profile
}

fn open(name: &str) -> FargateProfile {
    profile(name, "*", &[], &[gap("namespace", "!Ref Namespace", None)])
}

fn assumed(name: &str, namespace: &str) -> FargateProfile {
    let by_default = gap("namespace", "!Ref Namespace", Some(namespace));
    profile(name, namespace, &[], &[by_default])
}

fn plain(name: &str, namespace: &str) -> FargateProfile {
    profile(name, namespace, &[], &[])
}

fn inactive(mut profile: FargateProfile) -> FargateProfile {
    profile.status = Some(ProfileStatus::Creating);
    profile
}

/// A cluster whose whole list of profiles is known, so that only gaps take certainty away.
fn cluster(pods: Vec<Pod>, profiles: Vec<FargateProfile>) -> ClusterSnapshot {
    let mut cluster = ClusterSnapshot::empty(at("2026-11-20T12:00:00Z"));
    cluster.cluster.name = Some("prod".to_owned());
    cluster.cluster.region = Some("eu-west-1".to_owned());
    cluster.pods = pods;
    cluster.profiles = Profiles::new(profiles, ProfileKnowledge::Complete);
    cluster
}

fn of_first(cluster: &ClusterSnapshot) -> Verdict<'_> {
    explain(cluster, &cluster.pods[0])
}

fn told<'v>(verdict: &'v Verdict<'_>, reason: Reason) -> Option<&'v Finding> {
    let is_it = |finding: &&Finding| finding.reason == reason;
    verdict.findings.iter().find(is_it)
}

/// What is due: what would happen, how sure that is, by which profile; the reason and how sure that is.
type Due = (
    ExpectedKind,
    Certainty,
    Option<&'static str>,
    Reason,
    Certainty,
);

#[test]
fn what_is_not_told_leaves_open_what_hangs_on_it() {
    use Certainty::{Certain, Likely, Undecided as Open};
    use ExpectedKind::{Fargate, NotFargate, Undecided};
    use Reason::{LabelMismatch, NamespaceNotSelected, OlderThanProfile, ProfilesUnknown};
    let undecided: Due = (Undecided, Open, None, ProfilesUnknown, Open);
    let whole_list_unknown = || {
        let mut profile =
            FargateProfile::named("apps", ProfileOrigin::File("plan.json".to_owned()));
        profile.gaps = vec![gap("selectors", "known after apply", None)];
        profile
    };
    let with = |labels: &[(&str, &str)], gaps: &[Gap]| profile("apps", "shop", labels, gaps);
    let rows: Vec<(Vec<FargateProfile>, Due, &str)> = vec![
        (vec![open("apps")], undecided, "any namespace may be meant"),
        (
            vec![whole_list_unknown()],
            undecided,
            "no selector is known",
        ),
        (
            vec![with(&[], &[gap("labels", "!Ref Labels", None)])],
            undecided,
            "which labels it asks for is not told",
        ),
        (
            vec![with(
                &[("tier", "*")],
                &[gap("labels[tier]", "!Ref Tier", None)],
            )],
            undecided,
            "which value it asks for is not told",
        ),
        (
            vec![with(
                &[("team", "*")],
                &[gap("labels[team]", "!Ref Team", None)],
            )],
            (NotFargate, Certain, None, LabelMismatch, Certain),
            "the pod has no such label, whatever its value",
        ),
        (
            vec![profile(
                "apps",
                "*-apps",
                &[],
                &[gap("namespace", "!Sub ${Env}-apps", None)],
            )],
            (NotFargate, Certain, None, NamespaceNotSelected, Certain),
            "what is known of the namespace does not fit",
        ),
        (
            vec![profile(
                "apps",
                "*",
                &[("tier", "api")],
                &[gap("namespace", "!Ref N", None)],
            )],
            (NotFargate, Certain, None, LabelMismatch, Certain),
            "a label differs, whatever the namespace is",
        ),
        (
            vec![plain("apps", "shop"), open("zeta")],
            (Fargate, Certain, Some("apps"), OlderThanProfile, Certain),
            "one that comes later by name changes nothing",
        ),
        (
            vec![open("alpha"), plain("apps", "shop")],
            (Undecided, Open, None, OlderThanProfile, Certain),
            "one that comes first may win",
        ),
        (
            vec![inactive(open("alpha")), plain("apps", "shop")],
            (Fargate, Certain, Some("apps"), OlderThanProfile, Certain),
            "one that is not ACTIVE does not claim",
        ),
        (
            vec![inactive(plain("apps", "shop")), open("zeta")],
            undecided,
            "the one that is ACTIVE may match",
        ),
        // Defaults.
        (
            vec![assumed("apps", "shop")],
            (Fargate, Likely, Some("apps"), OlderThanProfile, Likely),
            "it matches by a default",
        ),
        (
            vec![assumed("apps", "dev")],
            (NotFargate, Likely, None, NamespaceNotSelected, Likely),
            "it misses by a default",
        ),
        (
            vec![assumed("alpha", "dev"), plain("apps", "shop")],
            (Fargate, Likely, Some("apps"), OlderThanProfile, Likely),
            "one that comes first misses by a default",
        ),
        (
            vec![plain("apps", "shop"), assumed("zeta", "dev")],
            (Fargate, Certain, Some("apps"), OlderThanProfile, Likely),
            "one that comes later changes only when there was a profile",
        ),
        // Names.
        (
            vec![nameless("Apps", "shop")],
            (
                Fargate,
                Certain,
                Some("stack.yaml:Apps"),
                OlderThanProfile,
                Certain,
            ),
            "nothing hangs on the name",
        ),
        (
            vec![nameless("Apps", "shop"), plain("dev", "dev")],
            (
                Fargate,
                Certain,
                Some("stack.yaml:Apps"),
                OlderThanProfile,
                Certain,
            ),
            "the other does not match",
        ),
        (
            vec![nameless("Other", "dev"), plain("apps", "shop")],
            (Fargate, Certain, Some("apps"), OlderThanProfile, Certain),
            "the nameless one does not match",
        ),
        (
            vec![nameless("Apps", "shop"), plain("apps", "shop")],
            (Undecided, Open, None, OlderThanProfile, Certain),
            "the first by name wins",
        ),
        (
            vec![nameless("Apps", "dev")],
            (NotFargate, Certain, None, NamespaceNotSelected, Certain),
            "it does not match, whatever its name",
        ),
        (
            vec![called("apps", "shop")],
            (Fargate, Likely, Some("apps"), OlderThanProfile, Certain),
            "it would be claimed, by a profile whose name is a default",
        ),
        (
            vec![called("apps", "shop"), plain("zeta", "shop")],
            (Fargate, Likely, Some("apps"), OlderThanProfile, Certain),
            "it comes first by a default",
        ),
    ];
    for (profiles, due, why) in rows {
        let cluster = cluster(vec![pod("shop")], profiles);
        let verdict = of_first(&cluster);
        let (expected, decisive) = (&verdict.case.expected, verdict.decisive());
        let found = (
            expected.kind,
            expected.certainty,
            expected.profile.as_deref(),
            decisive.reason,
            decisive.certainty,
        );
        assert_eq!(found, due, "{why}: {:?}", verdict.findings);
        let hangs = expected.because.contains(&ProfilesUnknown);
        let is_told = told(&verdict, ProfilesUnknown).is_some();
        assert!(!hangs || is_told, "{why}: what is not known is told");
        for finding in &verdict.findings {
            assert!(finding.message.len() <= 240, "{why}: {}", finding.message);
        }
    }
}

#[test]
fn what_is_not_told_is_named() {
    let mut of_values = cluster(vec![pod("shop")], vec![open("apps")]);
    of_values.profiles.knowledge = ProfileKnowledge::FromFiles;
    let verdict = of_first(&of_values);
    let finding = verdict.decisive();
    assert_eq!(
        finding.message,
        "Profile apps of stack.yaml: the namespace of selector 0 is <!Ref Namespace>, which the file does not tell; \
         it would tell whether the profile claims the pod."
    );
    let evidence = &finding.evidence[0];
    assert_eq!(evidence.object.to_string(), "fargateprofile/apps");
    assert_eq!(evidence.field, "selectors[0].namespace");
    assert_eq!(evidence.found.as_deref(), Some("<!Ref Namespace>"));
    let fix = finding.fix.as_ref().expect("there is something to do");
    assert_eq!(
        fix.commands,
        [
            "aws eks describe-fargate-profile --cluster-name prod --region eu-west-1 --fargate-profile-name apps > profile.json"
        ]
    );
    let near = &verdict.near_misses[0];
    assert!(!near.matched() && near.may_match() && !near.namespace.matched);
    assert_eq!(near.namespace.pattern, None, "no pattern is made up");
    assert_eq!(&*near.namespace.in_words, "<!Ref Namespace>");

    let defaults = cluster(vec![pod("shop")], vec![assumed("apps", "shop")]);
    let verdict = of_first(&defaults);
    let message = &verdict.decisive().message;
    let rests = "It rests on the default of !Ref Namespace: shop (selectors[0].namespace).";
    assert!(message.ends_with(rests), "{message}");

    let order = vec![nameless("Apps", "shop"), plain("apps", "shop")];
    let order = cluster(vec![pod("shop")], order);
    let verdict = of_first(&order);
    let finding = told(&verdict, Reason::ProfilesUnknown).expect("it is told");
    assert_eq!(finding.evidence[0].field, "fargateProfileName");
    let commands = &finding
        .fix
        .as_ref()
        .expect("there is something to do")
        .commands;
    assert!(
        commands
            .iter()
            .all(|command| !command.contains("stack.yaml")),
        "{commands:?}"
    );
}

#[test]
fn a_cluster_that_is_not_told_is_taken_for_this_one_and_that_is_said() {
    use Certainty::{Certain, Likely};
    use ExpectedKind::{Fargate, NotFargate};
    use Reason::{MatchedProfile, NamespaceNotSelected, OlderThanProfile};
    let ours = |name: &str, namespace: &str| of_some_cluster(plain(name, namespace), None);
    let by_default = |name: &str| of_some_cluster(plain(name, "shop"), Some("prod"));
    type Row = (
        Vec<Pod>,
        Vec<FargateProfile>,
        Due,
        &'static str,
        &'static str,
    );
    let rows: [Row; 7] = [
        (
            vec![pod("shop")],
            vec![ours("apps", "shop")],
            (Fargate, Likely, Some("apps"), OlderThanProfile, Likely),
            " The cluster of profile apps is <!Ref Cluster>, which the file does not tell; it is taken for this one.",
            "it claims the pod if it is ours",
        ),
        (
            vec![pod("shop")],
            vec![by_default("apps")],
            (Fargate, Likely, Some("apps"), OlderThanProfile, Likely),
            " The cluster of profile apps is <!Ref Cluster>, taken to be prod.",
            "it is ours by a default",
        ),
        (
            vec![pod("shop")],
            vec![ours("apps", "dev")],
            (NotFargate, Certain, None, NamespaceNotSelected, Certain),
            "",
            "it has nothing to say whosever it is",
        ),
        (
            vec![pod("shop")],
            vec![plain("apps", "shop"), ours("zeta", "shop")],
            (Fargate, Certain, Some("apps"), OlderThanProfile, Likely),
            "; it is taken for this one.",
            "the first one is ours; both must be younger",
        ),
        (
            vec![pod("shop")],
            vec![ours("apps", "shop"), plain("zeta", "shop")],
            (Fargate, Likely, Some("apps"), OlderThanProfile, Likely),
            "; it is taken for this one.",
            "the first one may not be ours",
        ),
        (
            vec![on_fargate("shop", "apps")],
            vec![ours("apps", "shop")],
            (Fargate, Likely, Some("apps"), Reason::ProfileGone, Likely),
            "; it is taken for this one.",
            "a profile of that name is younger than the pod",
        ),
        (
            vec![on_fargate("shop", "apps")],
            vec![FargateProfile {
                created_at: None,
                ..ours("apps", "shop")
            }],
            (Fargate, Likely, Some("apps"), MatchedProfile, Certain),
            "",
            "the pod shows its claim itself",
        ),
    ];
    for (pods, profiles, due, says, why) in rows {
        let cluster = cluster(pods, profiles);
        let verdict = of_first(&cluster);
        let (expected, finding) = (&verdict.case.expected, verdict.decisive());
        let reason = match told(&verdict, due.3) {
            Some(found) => (found.reason, found.certainty),
            None => (finding.reason, finding.certainty),
        };
        let found = (
            expected.kind,
            expected.certainty,
            expected.profile.as_deref(),
            reason.0,
            reason.1,
        );
        assert_eq!(found, due, "{why}: {:?}", verdict.findings);
        let message = &told(&verdict, due.3).expect("it was just found").message;
        let is_said = message.contains("The cluster of profile");
        assert_eq!(is_said, !says.is_empty(), "{why}: {message}");
        assert!(message.contains(says), "{why}: {message}");
        assert!(message.len() <= 240, "{why}: {message}");
    }
}

#[test]
fn nothing_is_made_up_of_a_label_whose_key_or_value_is_not_told() {
    for (pair, field, says, wanted) in [
        (
            ("*", "gold"),
            "labels[*].key",
            "no label of the pod has the value of <!Ref X>=gold",
            serde_json::json!([{"key": "<!Ref X>", "pattern": "gold", "matched": false, "miss": {"kind": "missing"}}]),
        ),
        (
            ("team", "*"),
            "labels[team]",
            "the pod has no label team=<!Ref X>",
            serde_json::json!([{"key": "team", "pattern": "<!Ref X>", "matched": false, "miss": {"kind": "missing"}}]),
        ),
    ] {
        let apps = profile("apps", "shop", &[pair], &[gap(field, "!Ref X", None)]);
        let cluster = cluster(vec![pod("shop")], vec![apps]);
        let verdict = of_first(&cluster);
        let finding = verdict.decisive();
        assert_eq!(finding.reason, Reason::LabelMismatch, "{says}");
        assert!(finding.message.contains(says), "{}", finding.message);
        let fix = finding.fix.as_ref().expect("there is something to do");
        assert!(fix.text.contains("first see what EKS has"), "{}", fix.text);
        assert!(
            fix.commands[0].starts_with("aws eks describe"),
            "{:?}",
            fix.commands
        );
        let near = serde_json::to_value(&verdict.near_misses[0].labels).expect("it is plain data");
        assert_eq!(near, wanted);
    }
}

#[test]
fn names_that_are_not_told_leave_open_what_became_of_a_claim() {
    use Certainty::{Certain, Likely, Undecided};
    use Reason::{MatchedProfile, ProfileGone, ProfileLabelMismatch, ProfilesUnknown};
    // A pod on Fargate by `apps`, and the profiles.
    let rows = [
        (vec![nameless("Apps", "shop")], ProfilesUnknown, Undecided),
        (vec![nameless("Apps", "dev")], ProfilesUnknown, Undecided),
        (vec![plain("web", "shop")], ProfileGone, Certain),
        (vec![called("web", "shop")], ProfileGone, Likely),
        (vec![inactive(open("apps"))], MatchedProfile, Certain),
    ];
    for (mut profiles, reason, certainty) in rows {
        profiles[0].created_at = None;
        let cluster = cluster(vec![on_fargate("shop", "apps")], profiles);
        let verdict = of_first(&cluster);
        let decisive = verdict.decisive();
        assert_eq!((decisive.reason, decisive.certainty), (reason, certainty));
    }
    // A pod that no profile claimed, whose label names `apps`.
    let mut labelled = pod("shop");
    labelled
        .labels
        .insert(PROFILE_LABEL.to_owned(), "apps".to_owned());
    for (profiles, reason, certainty) in [
        (vec![nameless("Apps", "shop")], ProfilesUnknown, Undecided),
        (vec![nameless("Apps", "dev")], ProfileLabelMismatch, Certain),
        (vec![assumed("apps", "dev")], ProfileLabelMismatch, Likely),
        (vec![open("apps")], ProfilesUnknown, Undecided),
        (
            vec![plain("apps", "dev"), open("web")],
            ProfileLabelMismatch,
            Certain,
        ),
    ] {
        let cluster = cluster(vec![labelled.clone()], profiles);
        let verdict = of_first(&cluster);
        let decisive = verdict.decisive();
        assert_eq!((decisive.reason, decisive.certainty), (reason, certainty));
    }
}

#[test]
fn a_refusal_does_not_hang_on_the_name_of_the_one_that_claims() {
    let mut pod = pod("shop");
    pod.spec.host_network = true;
    let two = vec![nameless("Apps", "shop"), plain("apps", "shop")];
    let two = cluster(vec![pod.clone()], two);
    let expected = &of_first(&two).case.expected;
    assert_eq!(expected.kind, ExpectedKind::Refused);
    assert_eq!(
        (expected.profile.as_deref(), expected.certainty),
        (None, Certainty::Certain)
    );
    let by_default = cluster(vec![pod], vec![assumed("apps", "shop")]);
    let expected = &of_first(&by_default).case.expected;
    assert_eq!(expected.kind, ExpectedKind::Refused);
    assert_eq!(expected.certainty, Certainty::Likely);
}

#[test]
fn two_sources_that_differ_are_told_where_it_matters() {
    let differ = |profile: &str, other_selectors: Option<Vec<Selector>>| Disagreement {
        profile: profile.to_owned(),
        field: Some("selectors".to_owned()),
        used: "the EKS API".to_owned(),
        used_value: Some("shop".to_owned()),
        other: "fargateprofiles.eks.services.k8s.aws/apps in infra".to_owned(),
        other_value: Some("shop-2".to_owned()),
        other_selectors,
    };
    let no_labels = Vec::<(String, String)>::new;
    let rows = [
        ("shop", differ("apps", None), true, "it matches the pod"),
        ("shop", differ("web", None), false, "another profile"),
        ("dev", differ("apps", None), false, "another namespace"),
        (
            "dev",
            differ("apps", Some(vec![Selector::new("dev", no_labels())])),
            true,
            "the other source would have it match",
        ),
    ];
    for (namespace, disagreement, is_due, why) in rows {
        let mut cluster = cluster(vec![pod(namespace)], vec![plain("apps", "shop")]);
        cluster.profiles.disagreements = vec![disagreement];
        let verdict = of_first(&cluster);
        assert_ne!(verdict.decisive().reason, Reason::ProfilesUnknown, "{why}");
        let finding = told(&verdict, Reason::ProfilesUnknown);
        assert_eq!(finding.is_some(), is_due, "{why}");
        let Some(finding) = finding else { continue };
        for word in [
            "Profile apps: the EKS API",
            "fargateprofiles.eks",
            "shop-2",
            "was used",
        ] {
            assert!(
                finding.message.contains(word),
                "{word}: {}",
                finding.message
            );
        }
        assert_eq!(finding.evidence.len(), 2);
    }
}

#[test]
fn pods_on_fargate_tell_what_profiles_that_were_not_read_do() {
    let owner = |pod: &mut Pod, name: &str| {
        pod.owners = vec![OwnerReference {
            api_version: "apps/v1".to_owned(),
            kind: "StatefulSet".to_owned(),
            name: name.to_owned(),
            uid: String::new(),
            controller: true,
        }]
        .into();
    };
    let fellow = |number: usize, change: &dyn Fn(&mut Pod)| {
        let mut pod = on_fargate("shop", "apps");
        pod.name = format!("web-{number}");
        change(&mut pod);
        pod
    };
    let of_web = |pod: &mut Pod| owner(pod, "web");
    let of_api = |pod: &mut Pod| {
        owner(pod, "api");
        pod.labels.insert("tier".to_owned(), "api".to_owned());
    };
    let elsewhere = |pod: &mut Pod| pod.namespace = "dev".into();
    let waiting = |pod: &mut Pod| pod.node_name = None;
    let rows: Vec<(Vec<Pod>, Option<&str>)> = vec![
        (
            vec![fellow(1, &of_web), fellow(2, &of_web), fellow(3, &of_api)],
            Some("Observed: 2 other pods of the same StatefulSet run on Fargate by profile apps."),
        ),
        (
            vec![fellow(1, &|_| ()), fellow(2, &of_api)],
            Some("Observed: a pod with the same labels runs on Fargate by profile apps."),
        ),
        (
            vec![fellow(1, &of_api), fellow(2, &of_api)],
            Some("Observed: pods of its namespace run on Fargate by profile apps (2)."),
        ),
        (vec![fellow(1, &elsewhere), fellow(2, &waiting)], None),
    ];
    for (fellows, words) in rows {
        let mut asked = pod("shop");
        owner(&mut asked, "web");
        let mut cluster = cluster(std::iter::once(asked).chain(fellows).collect(), Vec::new());
        cluster.profiles = Profiles::default();
        let verdict = of_first(&cluster);
        let decisive = verdict.decisive();
        assert_eq!(decisive.reason, Reason::ProfilesUnknown);
        assert_eq!(verdict.case.expected.kind, ExpectedKind::Undecided);
        let observed = decisive
            .message
            .find("Observed")
            .map(|start| &decisive.message[start..]);
        assert_eq!(observed, words);
        let is_shown = decisive
            .evidence
            .iter()
            .any(|evidence| evidence.object.kind == "pod");
        assert_eq!(is_shown, words.is_some());
    }
}
