//! What people see of profiles: one report, every format, as it is printed. The snapshots are in `tests/golden`.

mod entries;

use kubectl_fargate::decision::facts::SourceStatus;
use kubectl_fargate::render::Style;
use kubectl_fargate::render::profiles::{ProfilesView, render};
use kubectl_fargate::report::profiles::model::{ProfilePodState, Unclaimed};
use kubectl_fargate::report::profiles::{ProfileReport, assemble};
use kubectl_fargate::sources::demo;
use kubectl_fargate::sources::question::Question;
use proptest::prelude::*;

use crate::at_width;
use crate::hostile::{first_dangerous, hostile_text};
use entries::{apps, broken, many, note, of_a_template, report, unread};

const TABLE: ProfilesView = ProfilesView::Table { wide: false };
const WIDE: ProfilesView = ProfilesView::Table { wide: true };
const VIEWS: [ProfilesView; 7] = [
    TABLE,
    WIDE,
    ProfilesView::Tree,
    ProfilesView::Pages,
    ProfilesView::Json,
    ProfilesView::Yaml,
    ProfilesView::Name,
];

fn text(report: &ProfileReport, view: ProfilesView, style: &Style) -> String {
    let mut out = Vec::new();
    render(report, view, style, &mut out).expect("a Vec takes everything");
    String::from_utf8(out).expect("text")
}

fn golden(name: &str, report: &ProfileReport, view: ProfilesView, style: &Style) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../golden");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text(report, view, style)));
}

fn ascii() -> Style {
    Style {
        unicode: false,
        ..at_width(80)
    }
}

fn colour() -> Style {
    Style {
        colour: true,
        ..at_width(80)
    }
}

#[test]
fn tables() {
    golden("profiles-table-80", &many(), TABLE, &at_width(80));
    golden("profiles-table-200", &many(), TABLE, &at_width(200));
    golden("profiles-table-piped", &many(), TABLE, &Style::default());
    golden("profiles-table-ascii", &many(), TABLE, &ascii());
    golden("profiles-table-colour", &many(), TABLE, &colour());
    golden("profiles-table-wide", &many(), WIDE, &at_width(80));
}

#[test]
fn pages() {
    let pages = |entry| report(vec![entry]);
    for (name, entry) in [
        ("profiles-page", apps()),
        ("profiles-page-broken", broken()),
        ("profiles-page-of-a-template", of_a_template()),
    ] {
        golden(name, &pages(entry), ProfilesView::Pages, &at_width(80));
    }
    golden(
        "profiles-page-ascii",
        &pages(apps()),
        ProfilesView::Pages,
        &ascii(),
    );
    golden(
        "profiles-page-colour",
        &pages(broken()),
        ProfilesView::Pages,
        &colour(),
    );
}

#[test]
fn who_is_where() {
    let all = report(vec![apps(), broken()]);
    golden("profiles-tree", &all, ProfilesView::Tree, &at_width(80));
    golden("profiles-tree-colour", &all, ProfilesView::Tree, &colour());
}

#[test]
fn what_could_not_be_read_is_told() {
    golden("profiles-unread", &unread(), TABLE, &at_width(80));
    golden(
        "profiles-unread-page",
        &unread(),
        ProfilesView::Pages,
        &at_width(80),
    );
    let mut one_namespace = report(vec![apps()]);
    one_namespace.sources = vec![
        note("pods", None, SourceStatus::Forbidden),
        note("pods", Some("shop"), SourceStatus::Read),
        note("nodes", None, SourceStatus::Forbidden),
        note("deployments", None, SourceStatus::Forbidden),
        note("deployments", Some("shop"), SourceStatus::Read),
    ];
    golden(
        "profiles-one-namespace",
        &one_namespace,
        TABLE,
        &at_width(80),
    );
    let mut without_pods = report(vec![apps()]);
    without_pods.sources = vec![note("pods", None, SourceStatus::Failed)];
    without_pods.agreement = Default::default();
    golden("profiles-without-pods", &without_pods, TABLE, &at_width(80));
}

#[test]
fn the_demo_fits_eighty_columns() {
    let gathered = demo::gather(&Question::default(), None).expect("the demo is whole");
    let report = assemble(&gathered.snapshot, &[], true);
    let style = Style {
        same_source: "--demo".to_owned(),
        ..at_width(80)
    };
    golden("profiles-demo-80", &report, TABLE, &style);
    for view in [TABLE, ProfilesView::Tree, ProfilesView::Pages] {
        for line in text(&report, view, &style).lines() {
            // Commands are pasted, and a name or an ARN is never broken.
            let words: Vec<&str> = line.split_whitespace().collect();
            let is_command = words.first() == Some(&"kubectl") || words.first() == Some(&"aws");
            let may_be_long = is_command || words.len() <= 2;
            assert!(
                line.chars().count() <= 80 || may_be_long,
                "{view:?}: {line}"
            );
        }
    }
}

#[test]
fn none_at_all_are_a_sentence() {
    let mut none = report(Vec::new());
    let told = |report: &ProfileReport| text(report, TABLE, &at_width(100));
    for view in [TABLE, WIDE, ProfilesView::Tree, ProfilesView::Pages] {
        assert!(
            text(&none, view, &at_width(100)).starts_with(
                "No Fargate profile in cluster prod (eu-west-1), so nothing here can run on Fargate.\n"
            ),
            "{view:?}"
        );
    }
    none.cluster.region = None;
    assert!(told(&none).starts_with("No Fargate profile in cluster prod, so nothing"));
    assert_eq!(text(&none, ProfilesView::Name, &at_width(100)), "");
    none.knowledge = "Unread";
    none.sources.pop();
    assert!(
        told(&none).starts_with("Profiles not read: those of cluster prod: none were given."),
        "{}",
        told(&none)
    );
}

#[test]
fn what_has_no_room_beside_each_other_is_told_below() {
    let mut long = report(vec![apps(), broken()]);
    long.cluster.name =
        Some("a-cluster-whose-name-nearly-fills-the-line-by-itself-123456789".to_owned());
    long.profiles[1].name = format!(
        "deploy/stack.template.json:{}",
        "FargateProfileApps".repeat(3)
    );
    let shown = text(&long, TABLE, &at_width(80));
    for line in shown.lines().filter(|line| !line.starts_with("  kubectl")) {
        assert!(
            line.chars().count() <= 80 || line == long.profiles[1].name,
            "{line}"
        );
    }
    assert!(shown.starts_with("apps\n  ACTIVE, "), "{shown}");
    assert!(
        !shown.lines().any(|line| line.trim_start().starts_with(',')),
        "{shown}"
    );
    // A pipe has all the room there is.
    assert!(text(&long, TABLE, &Style::default()).starts_with("NAME "));
}

#[test]
fn labels_of_a_selector_are_broken_between_pairs() {
    let mut labelled = report(vec![apps()]);
    let selectors = labelled.profiles[0]
        .selectors
        .as_mut()
        .expect("it has some");
    let labels = ["component=checkout", "part-of=storefront", "name=frontend"];
    selectors[0].labels = Some(
        labels
            .iter()
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| (format!("example.com/{key}"), value.to_owned()))
            .collect(),
    );
    let shown = text(&labelled, TABLE, &at_width(80));
    assert!(shown.starts_with("NAME  STATUS"), "{shown}");
    assert!(
        shown.lines().take(4).all(|line| line.chars().count() <= 80),
        "{shown}"
    );
}

#[test]
fn pods_that_match_in_vain_are_told_with_the_reason() {
    let mut coredns = apps();
    coredns.workloads_claimable.clear();
    coredns.pods.truncate(2);
    for pod in &mut coredns.pods {
        pod.state = ProfilePodState::NotClaimed;
        pod.placement = "EC2".to_owned();
        pod.unclaimed = Some("OptedOut".to_owned());
    }
    coredns.pods_on_fargate = Some(0);
    coredns.pods_waiting = Some(0);
    coredns.pods_claimable = Some(0);
    coredns.pods_refused = Some(0);
    coredns.unclaimed = vec![Unclaimed {
        reason: Some("OptedOut".to_owned()),
        pods: 2,
    }];
    let report = report(vec![coredns]);
    let page = text(&report, ProfilesView::Pages, &at_width(80));
    assert!(
        page.contains("deployment/web  2 on EC2, not claimed (OptedOut)"),
        "{page}"
    );
    assert!(
        page.contains("would claim none of the 2 that match"),
        "{page}"
    );
    let tree = text(&report, ProfilesView::Tree, &at_width(80));
    assert!(
        tree.contains("no pods; 2 match and stay off (OptedOut)"),
        "{tree}"
    );
}

#[test]
fn findings_of_the_whole_cluster_come_with_what_helps() {
    let mut report = report(Vec::new());
    let mut found = broken().findings.remove(0);
    found.reason = kubectl_fargate::decision::reason::Reason::PodsOfMissingProfile;
    found.fix = crate::reports::fix(
        "Make them again.",
        &["kubectl -n shop rollout restart deployment/web"],
    );
    report.findings = vec![found];
    for view in [TABLE, ProfilesView::Pages] {
        let shown = text(&report, view, &at_width(80));
        assert!(shown.contains("so no pod made now"), "{view:?}: {shown}");
        assert!(
            shown.contains("\n      kubectl -n shop rollout restart deployment/web\n"),
            "{view:?}: {shown}"
        );
    }
}

#[test]
fn what_came_on_standard_input_has_to_be_written_again() {
    let style = Style {
        same_source: "--profiles -".to_owned(),
        ..at_width(80)
    };
    let shown = text(&many(), TABLE, &style);
    assert!(
        shown.contains("  … | kubectl fargate profiles broken --profiles -\n"),
        "{shown}"
    );
}

#[test]
fn formats_for_machines() {
    let report = many();
    let style = Style::default();
    golden("profiles-json", &report, ProfilesView::Json, &style);
    golden("profiles-yaml", &report, ProfilesView::Yaml, &style);
    golden("profiles-names", &report, ProfilesView::Name, &style);
}

#[test]
fn what_cannot_be_written_is_an_error_with_its_kind() {
    for view in VIEWS {
        for taken in [0, 30] {
            let error = render(&many(), view, &Style::default(), &mut crate::Broken(taken))
                .expect_err("the output is broken");
            assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe, "{view:?}");
        }
    }
}

/// A report that has the text in every field that can hold one.
fn report_of(hostile: &str) -> ProfileReport {
    let own = || hostile.to_owned();
    let mut report = many();
    report.cluster.name = Some(own());
    report.cluster.region = Some(own());
    report.namespace = Some(own());
    for source in &mut report.sources {
        source.detail = Some(own());
    }
    report
        .sources
        .push(kubectl_fargate::decision::facts::SourceNote {
            what: own(),
            detail: Some(own()),
            ..note("nodes", Some(hostile), SourceStatus::Forbidden)
        });
    for disagreement in &mut report.agreement.disagreements {
        disagreement.namespace = own();
        disagreement.name = own();
        disagreement.label = own();
        disagreement.predicted = Some(own());
        disagreement.why = own();
    }
    for quota in &mut report.quotas {
        quota.profile = Some(own());
    }
    let mut observed = unread().profiles.remove(0);
    observed.observed = Some(kubectl_fargate::report::profiles::model::Observed {
        namespaces: vec![own(), own()],
        common_labels: [(own(), own())].into(),
    });
    report.profiles.push(observed);
    for profile in &mut report.profiles {
        profile.name = own();
        profile.arn = Some(own());
        profile.cluster_name = Some(own());
        profile.status = Some(own());
        profile.subnets = vec![own(), own()];
        if profile.source != "Observed" {
            profile.source = own();
        }
        for gap in &mut profile.unknown {
            gap.expression = own();
        }
        for issue in &mut profile.health_issues {
            issue.code = own();
            issue.message = own();
            issue.resource_ids = vec![own()];
        }
        for selector in profile.selectors.iter_mut().flatten() {
            selector.namespace = selector.namespace.as_ref().map(|_| format!("{hostile}*"));
            selector.labels = selector.labels.as_ref().map(|_| [(own(), own())].into());
            selector.namespaces = vec![own()];
            for gap in &mut selector.unknown {
                gap.expression = own();
                gap.assumed = gap.assumed.as_ref().map(|_| own());
            }
        }
        for pod in &mut profile.pods {
            pod.namespace = own();
            pod.name = own();
            if let Some(owner) = &mut pod.owner {
                owner.kind = own();
                owner.name = own();
            }
            pod.refused = pod.refused.iter().map(|_| own()).collect();
            pod.reason = own();
        }
        for workload in &mut profile.workloads_claimable {
            workload.namespace = own();
            workload.name = own();
        }
        for finding in &mut profile.findings {
            finding.message = own();
            for evidence in &mut finding.evidence {
                evidence.field = own();
                evidence.found = Some(own());
                evidence.wanted = Some(own());
            }
            if let Some(fix) = &mut finding.fix {
                fix.text = own();
                fix.commands = vec![own().into()];
            }
        }
    }
    report
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn no_text_steers_the_terminal(hostile in hostile_text(), width in 1_usize..200, piped in any::<bool>()) {
        let mut report = report_of(&hostile);
        for knowledge in ["Complete", "Unread"] {
            report.knowledge = knowledge;
            for (view, colour, unicode) in VIEWS
                .into_iter()
                .flat_map(|view| [(view, false, false), (view, true, false), (view, true, true)])
            {
                let style = Style {
                    colour,
                    unicode,
                    width: (!piped).then_some(width),
                    namespaces: true,
                    same_source: hostile.clone(),
                };
                let shown = text(&report, view, &style);
                prop_assert_eq!(first_dangerous(&shown), None, "{:?}: {:?}", view, shown);
                let for_eyes = !matches!(view, ProfilesView::Json | ProfilesView::Yaml | ProfilesView::Name);
                prop_assert!(unicode || !for_eyes || shown.is_ascii(), "{:?}: {:?}", view, shown);
                if !colour {
                    prop_assert!(!shown.contains('\u{1b}'), "a colour");
                }
            }
        }
    }

    #[test]
    fn machines_get_texts_back_as_they_were(hostile in hostile_text()) {
        let report = report_of(&hostile);
        let wanted = serde_json::to_value(&report).expect("a report is plain data");
        let json = text(&report, ProfilesView::Json, &Style::default());
        let back: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        prop_assert_eq!(&back, &wanted);
        let yaml = text(&report, ProfilesView::Yaml, &Style::default());
        let back: serde_json::Value = serde_saphyr::from_str(&yaml).expect("YAML");
        prop_assert_eq!(&back, &wanted);
    }
}
