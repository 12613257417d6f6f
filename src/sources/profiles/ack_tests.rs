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
    let mut recognised = recognised(value).expect("a profile of ACK");
    assert!(recognised.malformed.is_empty(), "{recognised:?}");
    recognised.profiles.remove(0)
}

fn object(spec: &Value, status: &Value) -> Value {
    json!({"apiVersion": "eks.services.k8s.aws/v1alpha1", "kind": "FargateProfile",
        "metadata": {"name": "apps-object", "namespace": "infra"}, "spec": spec, "status": status})
}

#[test]
fn all_that_an_object_tells() {
    let found = found(&object(
        &json!({
            "name": "apps", "clusterName": "prod", "podExecutionRoleARN": "arn:aws:iam::111122223333:role/pods",
            "subnets": ["subnet-1", "subnet-2"], "tags": {"password": "hunter2"},
            "selectors": [{"namespace": "shop", "labels": {"tier": "web"}}, {"namespace": "ops"}, {"namespace": "dev", "labels": null}],
        }),
        &json!({
            "status": "ACTIVE", "createdAt": "2026-01-02T03:04:05Z",
            "health": {"issues": [{"code": "AccessDenied", "message": "no", "resourceIDs": ["role"]}]},
            "ackResourceMetadata": {"arn": "arn:aws:eks:eu-west-1:111122223333:fargateprofile/prod/apps/20c0",
                "region": "eu-west-1", "ownerAccountID": "111122223333"},
            "conditions": [{"type": "ACK.ResourceSynced", "status": "True"}],
        }),
    ));
    let profile = &found.profile;
    assert_eq!(
        (profile.name.as_str(), profile.name_is_known),
        ("apps", true)
    );
    assert_eq!(profile.status, Some(ProfileStatus::Active));
    assert_eq!(profile.created_at, "2026-01-02T03:04:05Z".parse().ok());
    assert_eq!(
        profile.selectors,
        Some(vec![
            Selector::new("shop", [("tier", "web")]),
            Selector::new("ops", [("", ""); 0]),
            Selector::new("dev", [("", ""); 0]),
        ])
    );
    assert_eq!(profile.subnets, ["subnet-1", "subnet-2"]);
    assert_eq!(profile.health_issues[0].resource_ids, ["role"]);
    assert!(profile.gaps.is_empty());
    assert_eq!(
        found.home,
        KnownCluster {
            name: Some("prod".to_owned()),
            region: Some("eu-west-1".to_owned()),
            account: Some("111122223333".to_owned()),
            reference: None,
        }
    );
    assert!(!format!("{found:?}").contains("hunter2"));
}

#[test]
fn what_is_given_by_references_is_a_gap() {
    let found = found(&object(
        &json!({
            "name": "apps", "clusterRef": {"from": {"name": "prod-object"}}, "podExecutionRoleRef": {"from": {"name": "pods"}},
            "subnetRefs": [{"from": {"name": "private-a"}}], "selectors": [{"namespace": "shop"}],
        }),
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
            ("clusterName", "clusterRef: prod-object"),
            ("podExecutionRoleArn", "podExecutionRoleRef: pods"),
            ("subnets", "subnetRefs"),
        ]
    );
    assert_eq!(
        found.home.reference.as_deref(),
        Some("ACK cluster infra/prod-object")
    );
    assert_eq!(found.profile.status, None);
}

#[test]
fn an_arn_tells_the_cluster_that_a_reference_hides() {
    let found = found(&object(
        &json!({"name": "apps", "clusterRef": {"from": {"name": "prod-object"}}, "selectors": []}),
        &json!({"ackResourceMetadata": {"arn": "arn:aws:eks:eu-west-1:1:fargateprofile/prod/apps/20c0"}}),
    ));
    assert_eq!(found.home.name.as_deref(), Some("prod"));
    assert_eq!(found.home.reference, None);
    assert!(found.profile.gaps.is_empty());
}

#[test]
fn a_cluster_tells_its_name() {
    let cluster = json!({"apiVersion": "eks.services.k8s.aws/v1alpha1", "kind": "Cluster",
        "metadata": {"name": "prod-object", "namespace": "infra"}, "spec": {"name": "prod"}});
    let told = recognised(&cluster).expect("a cluster of ACK").called;
    assert_eq!(told[0].reference, "ACK cluster infra/prod-object");
    assert_eq!(told[0].name, "prod");
}

#[test]
fn what_is_to_become_of_it() {
    let deleted = |annotations: Value| {
        let mut object = object(&json!({"name": "apps"}), &json!({"status": "ACTIVE"}));
        object["metadata"]["deletionTimestamp"] = json!("2026-01-02T03:04:05Z");
        object["metadata"]["annotations"] = annotations;
        found(&object).profile.status
    };
    assert_eq!(deleted(Value::Null), Some(ProfileStatus::Deleting));
    assert_eq!(
        deleted(json!({"services.k8s.aws/deletion-policy": "retain"})),
        Some(ProfileStatus::Active),
        "the object goes, the profile stays"
    );
    let refused = found(&object(
        &json!({"name": "apps"}),
        &json!({"conditions": [{"type": "ACK.Terminal", "status": "True", "message": "InvalidParameterException: no"}]}),
    ));
    assert!(!refused.profile.is_active(), "it was never made");
    let issue = &refused.profile.health_issues[0];
    assert_eq!(
        (issue.code.as_str(), issue.reporter()),
        ("ACK.Terminal", "ACK")
    );
    let status = refused.profile.status.expect("what ACK tells");
    assert!(!status.is_of_eks(), "EKS has no such word");
}

#[test]
fn an_object_that_adopts_does_not_tell_selectors() {
    let mut adopts = object(
        &json!({"name": "apps", "clusterName": "prod"}),
        &Value::Null,
    );
    adopts["metadata"]["annotations"] = json!({"services.k8s.aws/adoption-policy": "adopt"});
    assert_eq!(found(&adopts).profile.selectors, None);
    adopts["spec"]["selectors"] = json!([]);
    assert_eq!(found(&adopts).profile.selectors, None);
    adopts["metadata"]["annotations"] = Value::Null;
    assert_eq!(found(&adopts).profile.selectors, Some(Vec::new()));
}

#[test]
fn selectors_that_are_not_given_are_not_known() {
    for spec in [
        json!({"name": "apps", "clusterName": "prod"}),
        json!({"name": "apps", "clusterName": "prod", "selectors": null}),
    ] {
        let profile = found(&object(&spec, &json!({"status": "ACTIVE"}))).profile;
        assert_eq!(profile.selectors, None, "{spec}");
        assert_eq!(profile.gaps[0].field, "selectors", "{spec}");
    }
}

#[test]
fn an_object_out_of_step_tells_what_was_asked_for() {
    let spec = json!({"name": "apps", "clusterName": "prod", "selectors": [{"namespace": "shop"}]});
    for (conditions, wanted) in [
        (
            json!([{"type": "ACK.ResourceSynced", "status": "True"}]),
            None,
        ),
        (
            json!([{"type": "ACK.ResourceSynced", "status": "False"}]),
            Some("condition ACK.ResourceSynced of its object is False"),
        ),
        (
            json!([{"type": "ACK.ResourceSynced", "status": "False"}, {"type": "ACK.Terminal", "status": "True", "message": "immutable field changed"}]),
            Some("condition ACK.Terminal of its object is True"),
        ),
    ] {
        let status = json!({"status": "ACTIVE", "conditions": conditions,
            "ackResourceMetadata": {"arn": "arn:aws:eks:eu-west-1:1:fargateprofile/prod/apps/u"}});
        let profile = found(&object(&spec, &status)).profile;
        let gaps: Vec<_> = profile
            .gaps
            .iter()
            .map(|gap| {
                (
                    gap.field.as_str(),
                    gap.expression.as_str(),
                    gap.assumed.is_some(),
                )
            })
            .collect();
        let wanted: Vec<_> = wanted
            .map(|why| ("selectors", why, true))
            .into_iter()
            .collect();
        assert_eq!(gaps, wanted, "{conditions}");
        assert!(profile.is_active(), "EKS says so");
    }
}

#[test]
fn placeholders_are_not_values() {
    let found = found(&object(
        &json!({"name": "$PROFILE_NAME", "clusterName": "$CLUSTER_NAME", "podExecutionRoleARN": "$FARGATE_POD_ROLE", "subnets": ["s-1", "$SUBNET"],
            "selectors": [{"namespace": "${ENV}-apps", "labels": {"tier": "{{ .Values.tier }}", "$KEY": "a"}}]}),
        &Value::Null,
    ));
    let profile = &found.profile;
    assert_eq!(profile.name, "apps.yaml:$PROFILE_NAME");
    assert!(!profile.name_is_known);
    assert_eq!(
        (&profile.cluster_name, &found.home),
        (&None, &KnownCluster::default())
    );
    assert_eq!(profile.pod_execution_role_arn, None);
    assert!(profile.subnets.is_empty());
    let fields = |gaps: &[Gap]| -> Vec<(String, String)> {
        gaps.iter()
            .map(|gap| (gap.field.clone(), gap.expression.clone()))
            .collect()
    };
    let text = |field: &str, expression: &str| (field.to_owned(), expression.to_owned());
    assert_eq!(
        fields(&profile.gaps),
        [
            text("fargateProfileName", "$PROFILE_NAME"),
            text("clusterName", "$CLUSTER_NAME"),
            text("podExecutionRoleArn", "$FARGATE_POD_ROLE"),
            text("subnets", "$SUBNET"),
        ]
    );
    let selector = &profile.selectors.as_ref().expect("they are told")[0];
    assert_eq!(selector.namespace.as_str(), "*-apps");
    assert_eq!(
        selector.labels.len(),
        1,
        "a key that is not known is left out"
    );
    assert_eq!(
        fields(&selector.gaps),
        [
            text("namespace", "${ENV}-apps"),
            text("labels[tier]", "{{ .Values.tier }}"),
            text("labels", "$KEY"),
        ]
    );
}

#[test]
fn what_is_wrong_is_named_with_its_field() {
    for (spec, words) in [
        (json!({}), "spec.name: it is missing"),
        (json!(null), "spec: invalid type"),
        (
            json!({"name": "a", "selectors": [{"labels": {}}]}),
            "spec.selectors[0]: missing field `namespace`",
        ),
        (
            json!({"name": "a", "selectors": [{"namespace": "b", "label": {"c": "d"}}]}),
            "unknown field `label`",
        ),
        (
            json!({"name": "a", "subnets": "s"}),
            "spec.subnets: invalid type",
        ),
        (json!({"name": ["a"]}), "spec.name"),
    ] {
        let recognised = recognised(&object(&spec, &Value::Null)).expect("it means to be one");
        assert!(
            recognised.malformed[0].contains(words),
            "{spec}: {:?}",
            recognised.malformed
        );
    }
}

#[test]
fn other_kinds_are_left_alone() {
    for (api_version, kind, is_one) in [
        ("eks.services.k8s.aws/v1", "FargateProfile", true),
        ("eks.services.k8s.aws/v1alpha1", "Nodegroup", false),
        ("eks.aws.upbound.io/v1beta1", "FargateProfile", false),
        ("eks.amazonaws.com/v1", "FargateProfile", false),
        (
            "eks.services.k8s.aws.example.org/v1",
            "FargateProfile",
            false,
        ),
        ("", "FargateProfile", true),
    ] {
        let object = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}, "spec": {"name": "a"}});
        assert_eq!(
            recognised(&object).is_some(),
            is_one,
            "{api_version} {kind}"
        );
    }
}

#[test]
fn a_reference_to_another_cluster_leaves_its_profile_out() {
    let named = object(
        &json!({"name": "apps", "clusterName": "prod", "selectors": [{"namespace": "shop"}]}),
        &Value::Null,
    );
    for (reference, known, ours, assumed) in [
        ("stage", Some("prod"), 1, false),
        ("prod-cluster", Some("prod"), 2, true),
        ("prod", None, 2, true),
        ("stage", None, 0, false),
    ] {
        let refers = object(
            &json!({"name": "refers", "clusterRef": {"from": {"name": reference}}, "selectors": [{"namespace": "ops"}]}),
            &Value::Null,
        );
        let text = format!("{named}\n{refers}");
        let known = KnownCluster {
            name: known.map(str::to_owned),
            ..KnownCluster::default()
        };
        let read = crate::sources::profiles::read_text("f.json", text.as_bytes(), known)
            .expect("a file of two profiles");
        let list = &read.profiles.list;
        assert_eq!(list.len(), ours, "{reference}: {:?}", read.notes);
        let gap = list
            .iter()
            .find(|profile| profile.name == "refers")
            .map(|profile| profile.gaps[0].assumed.as_deref());
        assert_eq!(gap, assumed.then_some(Some("prod")), "{reference}");
    }
}
