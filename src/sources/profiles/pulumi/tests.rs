//! Files of real shape, and what is wrong with others.

use serde_json::{Value, json};

use super::*;
use crate::sources::profiles::fields::shown::{candidate, each_mutation, lines};

macro_rules! form {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/forms/pulumi/",
            $name
        )))
        .expect("the file is JSON")
    };
}

fn read(value: &Value) -> Recognised {
    recognise(candidate(value)).expect("it is of Pulumi")
}

#[test]
fn an_exported_stack() {
    let stack = form!("stack-export.json");
    let found = read(&stack);
    assert_eq!(
        lines(&found),
        [
            "apps of prod in eu-west-1, ACTIVE, apps, 1: shop{tier=backend} batch-*{}",
            "guarded of prod in eu-west-1, ACTIVE, guarded, 1: guarded{token=*}[labels[token]?secret] *{}[namespace?secret]",
            "native of prod in eu-west-1, ?, native, 1: native{tier=web}",
        ]
    );
    assert_eq!(
        found.remarks,
        ["the profile going waits for its deletion and is left out"]
    );
    assert!(found.malformed.is_empty() && !format!("{found:?}").contains("hunter"));
    // The file that Pulumi keeps where it stores states itself.
    let checkpoint =
        json!({"version": 3, "checkpoint": {"stack": "prod", "latest": stack["deployment"]}});
    assert_eq!(read(&checkpoint).profiles, found.profiles);
}

#[test]
fn a_preview() {
    let mut preview = form!("preview.json");
    let wanted = "apps-1f2e3d4 of f.json:platform-eksCluster in ?, ?, ?, 0: shop{} \
        *{}[namespace?known after the update][labels?known after the update] \
        keys{known=yes,later=*}[labels[later]?known after the update]\
        [clusterName?known after the update][podExecutionRoleArn?known after the update][subnets?known after the update]";
    let found = read(&preview);
    assert_eq!(
        lines(&found),
        [
            wanted,
            "going of prod in eu-west-1, ACTIVE, going, 1: going{}"
        ]
    );
    assert_eq!(found.removals.len(), 1, "{:?}", found.removals);
    assert_eq!(found.removals[0].by, "the preview f.json");
    // A replacement is three steps of one resource.
    let mut step = preview["steps"][0].clone();
    step["op"] = json!("replace");
    step["oldState"] = preview["steps"][2]["oldState"].clone();
    let mut of_old = step.clone();
    of_old["op"] = json!("delete-replaced");
    of_old.as_object_mut().expect("a step").remove("newState");
    preview["steps"][0]["op"] = json!("create-replacement");
    let steps = preview["steps"].as_array_mut().expect("steps");
    steps.insert(1, step);
    steps.push(of_old);
    let found = read(&preview);
    assert_eq!(lines(&found)[0], wanted);
    assert_eq!(found.remarks, ["the preview replaces profile apps"]);
}

#[test]
fn what_is_under_way_in_a_stack() {
    let resource = |name: &str| {
        json!({"urn": format!("urn:pulumi:prod::infra::aws:eks/fargateProfile:FargateProfile::{name}"),
            "type": "aws:eks/fargateProfile:FargateProfile",
            "inputs": {"clusterName": "prod", "fargateProfileName": name, "selectors": [{"namespace": name}]}})
    };
    let mut going = resource("going");
    going["pendingReplacement"] = json!(true);
    let found = read(
        &json!({"version": 3, "deployment": {"resources": [going, resource("apps")], "pending_operations": [
        {"type": "creating", "resource": resource("new")}, {"type": "hunter2", "resource": resource("odd")},
        {"type": "creating", "resource": {"type": "aws:s3/bucket:Bucket"}}]}}),
    );
    assert_eq!(lines(&found), ["apps of prod in ?, ?, ?, 0: apps{}"]);
    assert_eq!(
        found.remarks,
        [
            "the profile going was deleted to be made anew, which has not happened yet, and is left out",
            "the stack broke off while creating profile new; what came of it is not known",
            "the stack broke off while changing profile odd; what came of it is not known",
        ]
    );
}

#[test]
fn a_program_in_yaml() {
    let program = json!({
        "name": "platform", "runtime": "yaml", "resources": {
            "cluster": {"type": "aws:eks:Cluster"},
            "apps": {"type": "aws:eks:FargateProfile", "properties": {
                "clusterName": "${cluster.name}", "fargateProfileName": "apps", "podExecutionRoleArn": "${podRole.arn}",
                "subnetIds": ["subnet-1", "${subnet.id}"],
                "selectors": [{"namespace": "${team}-apps-$${x}", "labels": {"tier": "backend", "a": "${b}${c}"}},
                              {"namespace": "x", "labels": {"fn::invoke": {"function": "hunter2"}}}]}},
            "nameless": {"type": "aws:eks/fargateProfile:FargateProfile", "properties": {
                "clusterName": "prod", "selectors": "${selectors}", "subnetIds": {"fn::invoke": {}}}},
        },
    });
    let found = read(&program);
    assert_eq!(
        lines(&found),
        [
            "apps of f.json:cluster in ?, ?, ?, 0: *-apps-${x}{a=**,tier=backend}[namespace?${team}-apps-$${x}][labels[a]?${b}${c}] \
             x{}[labels?fn::invoke][clusterName?${cluster.name}][podExecutionRoleArn?${podRole.arn}][subnets?${subnet.id}]",
            "f.json:nameless of prod in ?, ?, ?, 0: no selectors[fargateProfileName?a name that Pulumi makes up][subnets?fn::invoke][selectors?${selectors}]",
        ]
    );
    assert!(!format!("{found:?}").contains("hunter"));
    let other = json!({"name": "platform", "runtime": {"name": "nodejs"}});
    assert!(recognise(candidate(&other)).is_none());
}

#[test]
fn texts_with_references() {
    let partly = |widest: &str| Some(widest.to_owned());
    for (text, wanted) in [
        ("a", Some("a".to_owned())),
        ("$${a}", partly("${a}")),
        ("${a}-b", partly("*-b")),
        ("b-${a.b[\"c\"]}", partly("b-*")),
        ("${a", partly("${a")),
        ("${a}", None),
    ] {
        let found = match interpolated(text) {
            Node::Text(widest) | Node::Partly { widest, .. } => Some(widest),
            _ => None,
        };
        assert_eq!(found, wanted, "{text}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    let state = |inputs: Value| {
        json!({"version": 3, "deployment": {"resources": [
            5, {"urn": "urn:pulumi:prod::p::aws:eks/fargateProfile:FargateProfile::x", "type": "aws:eks/fargateProfile:FargateProfile", "inputs": inputs}]}})
    };
    for (inputs, wanted) in [
        (
            json!({"fargateProfileName": 5}),
            "x: fargateProfileName: a text is expected, not a number",
        ),
        (
            json!({"selectors": [{"namespace": ["hunter2"]}]}),
            "x: selectors[0].namespace: a text is expected, not a list",
        ),
        (
            json!({"selectors": ["hunter2"]}),
            "x: selectors[0]: a selector is expected, not a text",
        ),
    ] {
        assert_eq!(read(&state(inputs)).malformed, [wanted]);
    }
    for (value, wanted) in [
        (
            json!({"version": 3, "deployment": {"resources": "hunter2"}}),
            "resources: a list is expected",
        ),
        (
            json!({"steps": 5, "changeSummary": {}}),
            "steps: a list is expected",
        ),
        (
            json!({"runtime": "yaml", "resources": []}),
            "resources: an object is expected",
        ),
    ] {
        assert_eq!(read(&value).malformed, [wanted]);
    }
    for value in [
        json!({"version": 3, "deployment": {"manifest": {}}}),
        json!({"version": 3, "deployment": {"resources": null}}),
        json!({"runtime": "yaml", "name": "x"}),
        json!({"steps": [], "changeSummary": {}}),
    ] {
        let found = read(&value);
        assert!(found.profiles.is_empty() && !found.says_none && found.malformed.is_empty());
    }
}

#[test]
fn a_part_of_any_other_shape_does_no_harm() {
    for value in [form!("stack-export.json"), form!("preview.json")] {
        each_mutation(&value, |mutated| {
            recognise(candidate(mutated));
        });
    }
}
