//! Text written by strangers: whatever stands in a name, a label or a message, no view lets it steer a terminal.

use jiff::Timestamp;
use kubectl_fargate::decision::facts::ObjectRef;
use kubectl_fargate::decision::finding::{Certainty, Evidence, Fix, Severity};
use kubectl_fargate::decision::placement::{LabelMiss, PlacementKind, ProvisionerKind};
use kubectl_fargate::decision::reason::Reason;
use kubectl_fargate::render::{Style, View};
use kubectl_fargate::report::Report;
use kubectl_fargate::report::model::{Moment, NodeReport};
use proptest::prelude::*;

use crate::reports;
use crate::text;

const VIEWS: [View; 6] = [
    View::Story,
    View::Table { wide: false },
    View::Table { wide: true },
    View::Json,
    View::Yaml,
    View::Name,
];

/// A report that has the text in every field that can hold one.
fn report_of(hostile: &str) -> Report {
    let own = || hostile.to_owned();
    let object = ObjectRef::namespaced(hostile, hostile, hostile);
    let reasons = [
        Reason::LabelMismatch,
        Reason::NamespaceNotSelected,
        Reason::OlderThanProfile,
        Reason::MatchedProfile,
        Reason::NoProfiles,
        Reason::ProfilesUnknown,
        Reason::VolumeNotEfs,
    ];
    let kinds = [
        PlacementKind::EC2,
        PlacementKind::Fargate,
        PlacementKind::FargatePending,
        PlacementKind::Rejected,
        PlacementKind::OtherNode,
        PlacementKind::HybridNode,
        PlacementKind::Pending,
    ];
    let mut pods = Vec::new();
    for (index, (reason, kind)) in reasons.into_iter().zip(kinds).enumerate() {
        let owner = (index % 3 != 0).then_some((hostile, hostile));
        let mut pod = reports::pod(hostile, owner);
        pod.namespace = own();
        pod.summary = own();
        pod.reason = reason;
        pod.template = index == 2;
        let mut placement = reports::ec2(hostile, ProvisionerKind::ManagedNodeGroup, Some(hostile));
        placement.kind = kind;
        placement.profile = Some(own());
        pod.placement = (index != 2).then_some(placement);
        pod.expected.profile = Some(own());
        for (severity, reason) in [
            (Severity::Error, reason),
            (Severity::Error, Reason::StartupFailure),
            (Severity::Warning, Reason::WebhookSkipped),
            (Severity::Info, Reason::SeveralProfilesMatch),
            (Severity::Info, Reason::EventsUnknown),
            (Severity::Info, Reason::NodesUnknown),
        ] {
            let mut finding = reports::finding(reason, severity, hostile);
            finding.certainty = Certainty::Likely;
            finding.evidence = vec![
                Evidence::found(object.clone(), hostile, hostile).wanted(hostile),
                Evidence::absent(object.clone(), hostile),
            ];
            finding.fix = Some(Fix {
                text: own(),
                commands: vec![format!("kubectl delete pod {hostile}").into()],
            });
            pod.findings.push(finding);
        }
        let misses = [
            None,
            Some(LabelMiss::Missing),
            Some(LabelMiss::DifferentValue),
            Some(LabelMiss::Typo { label: own() }),
            Some(LabelMiss::DifferentCase { label: own() }),
            Some(LabelMiss::OnOwnerOnly { owner: own() }),
        ];
        let pairs = misses
            .into_iter()
            .map(|miss| reports::pair(hostile, hostile, Some(hostile), miss))
            .collect();
        pod.near_misses = vec![reports::trial(hostile, 0, (hostile, index % 2 == 0), pairs)].into();
        if index % 2 == 0 {
            let moment = |second| Moment {
                time: Timestamp::from_second(second).expect("in range"),
                what: own(),
            };
            pod.timeline = vec![moment(0), moment(90_000)];
        }
        pods.push(pod);
    }
    let mut report = reports::report(pods);
    report.cluster.name = Some(own());
    report.cluster.region = Some(own());
    report.sources[0].what = own();
    report.sources[0].detail = Some(own());
    let several = vec![format!("{hostile}/{hostile}"), own()];
    for pods in [several, vec![own()], Vec::new()] {
        report.nodes.push(NodeReport {
            name: own(),
            placement: reports::ec2(hostile, ProvisionerKind::Karpenter, Some(hostile)),
            summary: own(),
            pods,
        });
    }
    report
}

/// What a terminal obeys, or eyes do not see. Only colours of ours are let through.
pub fn first_dangerous(text: &str) -> Option<char> {
    without_colours(text).chars().find(|character| {
        (character.is_control() && *character != '\n')
            || matches!(*character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{61c}' | '\u{feff}' | '\u{ad}' | '\u{e0000}'..='\u{e007f}')
    })
}

/// Takes out `ESC [ digits m`, the only sequences that we write.
fn without_colours(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("\u{1b}[") {
        kept.push_str(&rest[..start]);
        let code = &rest[start + 2..];
        let digits = code.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        match digits.strip_prefix('m') {
            Some(after) => rest = after,
            None => {
                kept.push('\u{1b}');
                rest = code;
            }
        }
    }
    kept.push_str(rest);
    kept
}

pub fn hostile_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\u{1b}[2J".to_owned()),
        Just("\u{1b}]0;owned\u{7}".to_owned()),
        Just("\u{9b}31m".to_owned()),
        Just("\r\nerror: all is well\n".to_owned()),
        Just("\t".to_owned()),
        Just("\u{8}\u{8}\u{7f}".to_owned()),
        Just("a\u{202e}b\u{2066}c\u{2069}".to_owned()),
        Just("\u{200b}\u{200d}\u{feff}\u{ad}".to_owned()),
        Just("\u{2028}\u{2029}\u{85}".to_owned()),
        Just("\u{e0041}\u{fe0f}".to_owned()),
        Just("日本 ü".to_owned()),
        Just(": - # & * ! | > ' \" % @ ` {} [] , ?".to_owned()),
        any::<String>(),
        "[a-z0-9-]{1,20}",
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_text_steers_the_terminal(hostile in hostile_text(), width in 1_usize..200, piped in any::<bool>()) {
        let report = report_of(&hostile);
        for view in VIEWS {
            for colour in [false, true] {
                for unicode in [false, true] {
                    let style = Style {
                        colour,
                        unicode,
                        width: (!piped).then_some(width),
                        namespaces: true,
                        same_source: hostile.clone(),
                    };
                    let shown = text(&report, view, &style);
                    prop_assert_eq!(first_dangerous(&shown), None, "{:?}: {:?}", view, shown);
                    let for_eyes = !matches!(view, View::Json | View::Yaml | View::Name);
                    prop_assert!(unicode || !for_eyes || shown.is_ascii(), "{:?}: {:?}", view, shown);
                    if !colour {
                        prop_assert!(!shown.contains('\u{1b}'), "a colour");
                    }
                }
            }
        }
    }

    #[test]
    fn machines_get_texts_back_as_they_were(hostile in hostile_text()) {
        let report = report_of(&hostile);
        let wanted = serde_json::to_value(&report).expect("a report is plain data");
        let json = text(&report, View::Json, &Style::default());
        let back: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        prop_assert_eq!(&back, &wanted);
        let yaml = text(&report, View::Yaml, &Style::default());
        let back: serde_json::Value = serde_saphyr::from_str(&yaml).expect("YAML");
        prop_assert_eq!(&back, &wanted);
    }
}

#[test]
fn a_command_that_would_change_is_not_to_be_pasted() {
    let mut pod = reports::older_than_profile();
    pod.findings[0].fix = reports::fix(
        "Delete it.",
        &["kubectl delete pod a\u{202e}b", "kubectl get pods"],
    );
    let shown = text(&reports::report(vec![pod]), View::Story, &Style::default());
    assert!(
        shown.contains("      kubectl delete pod a\\u{202e}b\n      do not paste the line above"),
        "{shown}"
    );
    assert_eq!(shown.matches("do not paste").count(), 1, "{shown}");
}

#[test]
fn commands_are_never_wrapped() {
    let long = format!(
        "kubectl -n shop patch deployment/web -p '{}'",
        "{\"a\": 1} ".repeat(40)
    );
    let mut pod = reports::older_than_profile();
    pod.findings[0].fix = reports::fix("Patch it.", &[&long]);
    let style = Style {
        width: Some(60),
        ..Style::default()
    };
    assert!(text(&reports::report(vec![pod]), View::Story, &style).contains(&long));
}
