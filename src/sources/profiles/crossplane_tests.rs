use serde_json::json;

use super::*;
use crate::decision::facts::{Gap, Selector};

fn recognised(value: &Value) -> Option<Recognised> {
    recognise(Candidate {
        api_version: value["apiVersion"].as_str().unwrap_or_default(),
        kind: value["kind"].as_str().unwrap_or_default(),
        value,
        place: "apps.yaml",
    })
}

fn found(value: &Value) -> Found {
    let mut recognised = recognised(value).expect("a profile of Crossplane");
    assert!(recognised.malformed.is_empty(), "{recognised:?}");
    recognised.profiles.remove(0)
}

fn object(group: &str, spec: &Value, status: &Value) -> Value {
    json!({"apiVersion": format!("{group}/v1beta1"), "kind": "FargateProfile",
        "metadata": {"name": "apps-7xk2p", "annotations": {"crossplane.io/external-name": "apps"}}, "spec": spec, "status": status})
}

fn shop() -> Option<Vec<Selector>> {
    Some(vec![Selector::new("shop", [("tier", "web")])])
}

#[test]
fn the_three_groups() {
    let selector = json!([{"namespace": "shop", "labels": {"tier": "web"}}]);
    let asked = json!({"forProvider": {
        "region": "eu-west-1", "clusterName": "prod", "podExecutionRoleArn": "arn:aws:iam::1:role/pods",
        "subnetIds": ["subnet-1"], "selector": selector,
    }});
    let classic = json!({"forProvider": {
        "region": "eu-west-1", "clusterName": "prod", "podExecutionRoleArn": "arn:aws:iam::1:role/pods",
        "subnets": ["subnet-1"], "selectors": selector,
    }});
    let arn = "arn:aws:eks:eu-west-1:111122223333:fargateprofile/prod/apps/20c0";
    for (group, spec, seen) in [
        (
            "eks.aws.upbound.io",
            &asked,
            json!({"arn": arn, "status": "ACTIVE", "id": "prod:apps"}),
        ),
        (
            "eks.aws.m.upbound.io",
            &asked,
            json!({"arn": arn, "status": "ACTIVE", "id": "prod:apps"}),
        ),
        (
            "eks.aws.crossplane.io",
            &classic,
            json!({"fargateProfileArn": arn, "status": "ACTIVE", "createdAt": "2026-01-02T03:04:05Z"}),
        ),
    ] {
        let found = found(&object(group, spec, &json!({"atProvider": seen})));
        let profile = &found.profile;
        assert_eq!(profile.name, "apps", "{group}");
        assert_eq!(profile.selectors, shop(), "{group}");
        assert_eq!(profile.subnets, ["subnet-1"], "{group}");
        assert_eq!(profile.status, Some(ProfileStatus::Active), "{group}");
        assert_eq!(profile.arn.as_deref(), Some(arn), "{group}");
        assert_eq!(profile.created_at.is_some(), group.contains("crossplane"));
        assert!(profile.gaps.is_empty(), "{group}");
        assert_eq!(found.home.name.as_deref(), Some("prod"), "{group}");
        assert_eq!(found.home.account.as_deref(), Some("111122223333"));
    }
}

#[test]
fn what_is_observed_serves_where_the_spec_is_silent() {
    let observed = found(&object(
        "eks.aws.upbound.io",
        &json!({"managementPolicies": ["Observe"], "forProvider": {"region": "eu-west-1"}}),
        &json!({"atProvider": {"id": "prod:apps", "podExecutionRoleArn": "arn:aws:iam::1:role/pods", "subnetIds": ["subnet-1"],
            "selector": [{"namespace": "shop", "labels": {"tier": "web"}}]}}),
    ));
    assert_eq!(observed.profile.selectors, shop());
    assert_eq!(observed.home.name.as_deref(), Some("prod"));
    assert!(observed.profile.pod_execution_role_arn.is_some());
    let unseen = found(&object(
        "eks.aws.upbound.io",
        &json!({"managementPolicies": ["Observe"], "forProvider": {"region": "eu-west-1", "clusterName": "prod", "selector": []}}),
        &json!({}),
    ));
    assert_eq!(unseen.profile.selectors, None);
    assert_eq!(unseen.profile.gaps[0].field, "selectors");
    let first = found(&object(
        "eks.aws.m.upbound.io",
        &json!({"forProvider": {}, "initProvider": {"clusterName": "prod", "selector": [{"namespace": "shop", "labels": {"tier": "web"}}]}}),
        &Value::Null,
    ));
    assert_eq!(first.profile.selectors, shop(), "what counts at creation");
}

#[test]
fn what_is_observed_outweighs_what_is_asked_for() {
    let asked = |synced: &str, observed: Value| {
        let spec = json!({"forProvider": {"clusterName": "prod", "selector": [{"namespace": "shop", "labels": {"tier": "api"}}]}});
        let status = json!({"atProvider": {"id": "prod:apps", "status": "ACTIVE", "selector": observed},
            "conditions": [{"type": "Ready", "status": "True"}, {"type": "Synced", "status": synced}]});
        found(&object("eks.aws.upbound.io", &spec, &status)).profile
    };
    let edited = asked(
        "False",
        json!([{"namespace": "shop", "labels": {"tier": "web"}}]),
    );
    assert_eq!(edited.selectors, shop(), "profiles cannot be edited");
    assert_eq!(
        edited.gaps,
        [Gap {
            field: "selectors".to_owned(),
            expression: "spec.forProvider asks for namespace shop with tier=api".to_owned(),
            assumed: Some("what status.atProvider tells".to_owned()),
        }]
    );
    let same = asked(
        "False",
        json!([{"namespace": "shop", "labels": {"tier": "api"}}]),
    );
    assert_eq!(same.gaps, [], "both say the same");
    let unseen = asked("False", Value::Null);
    assert_eq!(
        unseen.gaps[0].expression,
        "condition Synced of its object is False"
    );
    assert!(unseen.gaps[0].assumed.is_some());
    assert_eq!(asked("True", Value::Null).gaps, []);
}

#[test]
fn selectors_that_are_not_given_are_not_known() {
    let profile = found(&object(
        "eks.aws.crossplane.io",
        &json!({"forProvider": {"clusterName": "prod"}}),
        &Value::Null,
    ))
    .profile;
    assert_eq!(profile.selectors, None);
    assert_eq!(profile.gaps[0].field, "selectors");
}

#[test]
fn a_cluster_may_be_chosen_by_labels() {
    for (selector, wanted) in [
        (
            json!({"matchLabels": {"env": "prod", "team": "a"}}),
            Some("Crossplane cluster labelled env=prod,team=a"),
        ),
        (json!({"matchControllerRef": true}), None),
        (json!({"matchLabels": {"env": "${ENV}"}}), None),
    ] {
        let spec = json!({"forProvider": {"clusterNameSelector": selector, "selector": []}});
        let found = found(&object("eks.aws.upbound.io", &spec, &Value::Null));
        assert_eq!(found.home.reference.as_deref(), wanted, "{selector}");
        assert_eq!(found.profile.gaps[0].field, "clusterName", "{selector}");
    }
}

#[test]
fn names_outside_and_within() {
    for (external, id, wanted, why) in [
        (Some("apps"), None, "apps", "the annotation"),
        (
            Some("prod:apps"),
            None,
            "apps",
            "with the cluster before it",
        ),
        (None, Some("prod:seen"), "seen", "as observed"),
        (None, None, "apps-7xk2p", "the object's own"),
        (Some(""), None, "apps-7xk2p", "an empty annotation is none"),
    ] {
        let mut object = object(
            "eks.aws.upbound.io",
            &json!({"forProvider": {"selector": []}}),
            &json!({"atProvider": {"id": id}}),
        );
        object["metadata"]["annotations"] = json!({"crossplane.io/external-name": external});
        assert_eq!(found(&object).profile.name, wanted, "{why}");
    }
}

#[test]
fn what_is_given_by_references_is_a_gap() {
    let found = found(&object(
        "eks.aws.upbound.io",
        &json!({"forProvider": {
            "clusterNameRef": {"name": "prod-object"}, "podExecutionRoleArnSelector": {"matchLabels": {"role": "pods"}},
            "subnetIdRefs": [{"name": "a"}], "selector": [{"namespace": "shop"}],
        }}),
        &Value::Null,
    ));
    let gaps: Vec<_> = found
        .profile
        .gaps
        .iter()
        .map(|gap| (gap.field.as_str(), gap.expression.as_str()))
        .collect();
    assert_eq!(
        gaps,
        [
            ("clusterName", "clusterNameRef: prod-object"),
            ("podExecutionRoleArn", "podExecutionRoleArnSelector"),
            ("subnets", "subnetIdRefs"),
        ]
    );
    assert_eq!(
        found.home.reference.as_deref(),
        Some("Crossplane cluster prod-object")
    );
    let cluster = json!({"apiVersion": "eks.aws.upbound.io/v1beta2", "kind": "Cluster",
        "metadata": {"name": "prod-object", "annotations": {"crossplane.io/external-name": "prod"}}});
    let told = recognised(&cluster)
        .expect("a cluster of Crossplane")
        .called;
    assert_eq!(Some(&told[0].reference), found.home.reference.as_ref());
    assert_eq!(told[0].name, "prod");
}

#[test]
fn what_is_to_become_of_it() {
    let deleted = |spec: Value| {
        let mut object = object(
            "eks.aws.upbound.io",
            &spec,
            &json!({"atProvider": {"status": "ACTIVE"}}),
        );
        object["metadata"]["deletionTimestamp"] = json!("2026-01-02T03:04:05Z");
        found(&object).profile.status
    };
    for (spec, wanted) in [
        (json!({"forProvider": {}}), ProfileStatus::Deleting),
        (
            json!({"forProvider": {}, "managementPolicies": ["*"]}),
            ProfileStatus::Deleting,
        ),
        (
            json!({"forProvider": {}, "deletionPolicy": "Orphan"}),
            ProfileStatus::Active,
        ),
        (
            json!({"forProvider": {}, "managementPolicies": ["Observe"]}),
            ProfileStatus::Active,
        ),
    ] {
        assert_eq!(deleted(spec.clone()), Some(wanted), "{spec}");
    }
    let creating = found(&object(
        "eks.aws.upbound.io",
        &json!({"forProvider": {}}),
        &json!({"conditions": [{"type": "Ready", "status": "False", "reason": "Creating"}]}),
    ));
    assert_eq!(creating.profile.status, Some(ProfileStatus::Creating));
}

#[test]
fn what_is_wrong_is_named_with_its_field() {
    for (spec, words) in [
        (json!(7), "spec: invalid type"),
        (
            json!({"forProvider": {"selector": {"namespace": "a"}}}),
            "spec.forProvider.selector: invalid type",
        ),
        (
            json!({"forProvider": {"selector": [{"labels": {"a": "b"}}]}}),
            "missing field `namespace`",
        ),
    ] {
        let recognised = recognised(&object("eks.aws.upbound.io", &spec, &Value::Null));
        let malformed = recognised.expect("it means to be one").malformed;
        assert!(malformed[0].contains(words), "{spec}: {malformed:?}");
    }
}
