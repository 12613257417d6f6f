use serde_json::json;

use super::super::choose::choose;
use super::super::{KnownCluster, Source, Sourced};
use super::*;

fn recognised(value: &Value) -> Option<Recognised> {
    recognise(Candidate {
        api_version: value["apiVersion"].as_str().unwrap_or_default(),
        kind: value["kind"].as_str().unwrap_or_default(),
        value,
        place: "apps.yaml",
    })
}

fn found(value: &Value) -> Found {
    let mut recognised = recognised(value).expect("a profile of Cluster API");
    assert!(recognised.malformed.is_empty(), "{recognised:?}");
    recognised.profiles.remove(0)
}

fn object(spec: &Value, status: &Value) -> Value {
    json!({"apiVersion": "infrastructure.cluster.x-k8s.io/v1beta2", "kind": "AWSFargateProfile",
        "metadata": {"name": "apps.v1", "namespace": "infra"}, "spec": spec, "status": status})
}

fn spec() -> Value {
    json!({"clusterName": "prod", "profileName": "apps", "selectors": [{"namespace": "shop", "labels": {"tier": "web"}}]})
}

#[test]
fn all_that_an_object_tells() {
    let found = found(&object(
        &json!({"clusterName": "prod", "profileName": "apps", "roleName": "pods", "subnetIDs": ["subnet-1"],
            "selectors": [{"namespace": "shop", "labels": {"tier": "web"}}]}),
        &json!({"ready": true, "conditions": [{"type": "Ready", "status": "True"}]}),
    ));
    let profile = &found.profile;
    assert_eq!(
        (profile.name.as_str(), profile.name_is_known),
        ("apps", true)
    );
    assert_eq!(profile.status, Some(ProfileStatus::Active));
    assert_eq!(profile.subnets, ["subnet-1"]);
    assert_eq!(profile.pod_execution_role_arn, None, "a name is no ARN");
    let gaps: Vec<_> = profile
        .gaps
        .iter()
        .map(|gap| (gap.field.as_str(), gap.expression.as_str()))
        .collect();
    assert_eq!(
        gaps,
        [
            ("clusterName", "Cluster API cluster prod"),
            ("podExecutionRoleArn", "roleName: pods"),
        ]
    );
}

#[test]
fn names_that_are_made() {
    let mut object = object(&json!({"clusterName": "prod"}), &Value::Null);
    assert_eq!(found(&object).profile.name, "infra_apps_v1");
    for (length, is_known) in [(93, true), (94, false)] {
        object["metadata"]["name"] = json!("a".repeat(length));
        let profile = found(&object).profile;
        assert_eq!(profile.name_is_known, is_known, "infra_ and {length} more");
    }
    assert_eq!(
        found(&object).profile.name,
        format!("apps.yaml:{}", "a".repeat(94))
    );
    object["metadata"] = json!({"name": "apps"});
    assert!(!found(&object).profile.name_is_known, "no namespace");
}

#[test]
fn statuses_in_the_words_of_eks() {
    let other = || Some(ProfileStatus::ByController("not ready"));
    for (status, wanted) in [
        (json!(null), None),
        (json!({}), None),
        (json!({"ready": true}), Some(ProfileStatus::Active)),
        (json!({"ready": false}), other()),
        (
            json!({"ready": false, "conditions": [{"type": "EKSFargateCreating", "status": "True"}]}),
            Some(ProfileStatus::Creating),
        ),
        (
            json!({"ready": false, "conditions": [{"type": "EKSFargateCreating", "status": "False"}, {"type": "EKSFargateDeleting", "status": "True"}]}),
            Some(ProfileStatus::Deleting),
        ),
        (
            json!({"ready": false, "failureReason": "EKSFargateFailed", "failureMessage": "unexpected profile status: CREATE_FAILED"}),
            Some(ProfileStatus::CreateFailed),
        ),
    ] {
        let found = found(&object(&spec(), &status));
        assert_eq!(found.profile.status, wanted, "{status}");
        assert_eq!(
            found.profile.health_issues.len(),
            usize::from(status.get("failureReason").is_some()),
            "{status}"
        );
    }
}

#[test]
fn what_is_not_told_is_a_gap() {
    let found = found(&object(
        &json!({"clusterName": "${CLUSTER_NAME}", "profileName": "${CLUSTER_NAME}-apps"}),
        &json!({"ready": true}),
    ));
    assert_eq!(found.home, KnownCluster::default());
    assert_eq!(found.profile.selectors, None);
    assert_eq!(found.profile.name, "apps.yaml:${CLUSTER_NAME}-apps");
    let gaps = found.profile.gaps.iter();
    let gaps: Vec<_> = gaps
        .map(|gap| (gap.field.as_str(), gap.expression.as_str()))
        .collect();
    assert_eq!(
        gaps,
        [
            ("clusterName", "${CLUSTER_NAME}"),
            ("fargateProfileName", "${CLUSTER_NAME}-apps"),
            ("selectors", "not given in the object"),
        ]
    );
}

/// What becomes of a profile of the cluster that Cluster API calls `prod`, in namespace `infra`.
fn chosen(known: Option<&str>, control_plane: Option<&Value>) -> Result<Found, String> {
    let called = control_plane
        .map(|object| recognised(object).expect("a control plane").called)
        .unwrap_or_default();
    let known = KnownCluster {
        name: known.map(str::to_owned),
        ..KnownCluster::default()
    };
    let sourced = Sourced {
        found: found(&object(&spec(), &Value::Null)),
        source: Source::Controller,
    };
    let mut choice = choose(vec![sourced], &called, &known);
    match choice.ours.pop() {
        Some(sourced) => Ok(sourced.found),
        None => Err(choice.left_out.into_keys().collect()),
    }
}

#[test]
fn without_its_control_plane_a_cluster_may_have_a_few_names() {
    for (known, wanted) in [
        ("prod", true),
        ("infra_prod", true),
        ("infra_prod-control-plane", true),
        ("production", false),
        ("other_prod", false),
    ] {
        match chosen(Some(known), None) {
            Ok(found) => {
                assert!(wanted, "{known}");
                assert_eq!(found.profile.cluster_name.as_deref(), Some(known));
                assert_eq!(found.profile.gaps[0].assumed.as_deref(), Some(known));
            }
            Err(words) => {
                assert!(!wanted, "{known}");
                assert_eq!(words, "Cluster API cluster infra/prod");
            }
        }
    }
    let unknown = chosen(None, None).expect("nothing speaks against it");
    assert_eq!(unknown.profile.gaps[0].assumed, None);
}

#[test]
fn a_control_plane_tells_the_name() {
    let control_plane = |metadata: Value, spec: Value| {
        json!({"apiVersion": "controlplane.cluster.x-k8s.io/v1beta2", "kind": "AWSManagedControlPlane",
            "metadata": metadata, "spec": spec})
    };
    let labels = json!({"cluster.x-k8s.io/cluster-name": "prod"});
    for (metadata, spec, eks_name, why) in [
        (
            json!({"name": "cp", "namespace": "infra", "labels": labels}),
            json!({"eksClusterName": "shop-prod"}),
            "shop-prod",
            "by label",
        ),
        (
            json!({"name": "cp", "namespace": "infra", "ownerReferences": [{"kind": "Cluster", "name": "prod"}]}),
            json!({"eksClusterName": "shop-prod"}),
            "shop-prod",
            "by owner",
        ),
        (
            json!({"name": "prod-control-plane", "namespace": "infra"}),
            json!({}),
            "infra_prod-control-plane",
            "by name, which is made",
        ),
    ] {
        let object = control_plane(metadata, spec);
        let ours = chosen(Some(eks_name), Some(&object)).expect(why);
        assert!(
            ours.profile
                .gaps
                .iter()
                .all(|gap| gap.field != "clusterName"),
            "{why}"
        );
        assert_eq!(
            ours.profile.cluster_name.as_deref(),
            Some(eks_name),
            "{why}"
        );
        let others = chosen(Some("prod"), Some(&object)).expect_err(why);
        assert_eq!(others, eks_name, "{why}");
    }
    let elsewhere = control_plane(
        json!({"name": "cp", "namespace": "other", "labels": labels}),
        json!({"eksClusterName": "shop-prod"}),
    );
    assert!(
        chosen(Some("shop-prod"), Some(&elsewhere)).is_err(),
        "a cluster of that name in another namespace is another"
    );
}

#[test]
fn what_is_wrong_is_named_with_its_field() {
    for (spec, words) in [
        (json!({}), "spec.clusterName: it is missing"),
        (
            json!({"clusterName": "a", "selectors": ["b"]}),
            "spec.selectors[0]",
        ),
        (
            json!({"clusterName": "a", "subnetIDs": [1]}),
            "spec.subnetIDs[0]",
        ),
    ] {
        let recognised = recognised(&object(&spec, &Value::Null)).expect("it means to be one");
        assert!(
            recognised.malformed[0].contains(words),
            "{spec}: {:?}",
            recognised.malformed
        );
    }
}
