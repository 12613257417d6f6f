//! Files of real shape, and what is wrong with others.

use serde_json::{Value, json};

use super::*;
use crate::sources::profiles::fields::shown::{candidate, each_mutation, lines};

macro_rules! form {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/forms/terraform/",
            $name
        )))
        .expect("the file is JSON")
    };
}

fn read(value: &Value) -> Recognised {
    recognise(candidate(value)).expect("it is of Terraform")
}

#[test]
fn one_state_in_every_form() {
    let shown = form!("state-show.json");
    let wanted = [
        "apps of prod in eu-west-1, ACTIVE, apps-20240311090214, 2: shop{tier=backend,track=stable} batch-*{}",
        "kube-system of prod in eu-west-1, ACTIVE, kube-system-20240311090214, 2: kube-system{k8s-app=kube-dns}",
        "legacy of prod in eu-west-1, ACTIVE, legacy-20240311090214, 2: legacy{}",
    ];
    let profiles = |value: &Value| {
        let found = read(value);
        assert!(
            found.remarks.is_empty() && found.malformed.is_empty(),
            "{found:?}"
        );
        assert!(!found.says_none && !format!("{found:?}").contains("hunter"));
        assert_eq!(lines(&found), wanted);
        let mut profiles = found.profiles;
        profiles.sort_by(|a, b| a.profile.name.cmp(&b.profile.name));
        profiles
    };
    let of_state = profiles(&shown);
    assert_eq!(of_state, profiles(&form!("terraform.tfstate")));
    assert_eq!(of_state, profiles(&form!("plan-without-changes.json")));
    let apps = &of_state[0];
    assert_eq!(
        apps.profile.origin,
        crate::decision::facts::profile::ProfileOrigin::File(
            r#"f.json:module.eks.module.fargate_profile["apps"].aws_eks_fargate_profile.this[0]"#
                .to_owned()
        )
    );
    assert_eq!(apps.home.account.as_deref(), Some("111122223333"));
}

#[test]
fn what_a_plan_does_not_know_yet() {
    let mut plan = form!("plan-of-a-new-cluster.json");
    let apps = "apps of prod in eu-west-1, ?, ?, 0: shop{tier=backend,track=stable} batch-*{}\
        [podExecutionRoleArn?known after apply (module.eks.module.fargate_profile[\"apps\"].aws_iam_role.this[0].arn)]\
        [subnets?known after apply]";
    let legacy = |cluster: &str, gap: &str| {
        format!(
            "legacy of {cluster} in eu-west-1, ?, ?, 0: \
             ops{{}}[labels?known after apply (random_pet.legacy.keepers)] \
             *{{team=ops}}[namespace?known after apply (random_pet.legacy.id)] \
             web{{release=*,tier=web}}[labels[release]?known after apply (random_pet.legacy.keepers)] \
             known{{}}{gap}[podExecutionRoleArn?known after apply (aws_iam_role.fargate.arn)]\
             [subnets?known after apply (module.vpc.private_subnets)]"
        )
    };
    assert_eq!(lines(&read(&plan)), [apps, &legacy("prod", "")]);

    // Not even the cluster's name is known: what it refers to tells clusters apart.
    for pointer in [
        "/resource_changes/1/change/after",
        "/planned_values/root_module/child_modules/0/resources/0/values",
    ] {
        let cluster = plan.pointer_mut(pointer).expect("the cluster");
        cluster.as_object_mut().expect("an object").remove("name");
    }
    let found = read(&plan);
    let reference = "f.json:module.eks.aws_eks_cluster.this[0]";
    assert_eq!(
        lines(&found)[1],
        legacy(
            reference,
            "[clusterName?known after apply (module.eks.cluster_name)]"
        )
    );
    assert!(found.profiles.iter().all(
        |found| found.home.reference.as_deref() == Some(reference) && found.home.name.is_none()
    ));

    // Without a configuration nothing leads to the cluster.
    plan.as_object_mut()
        .expect("an object")
        .remove("configuration");
    let found = read(&plan);
    assert!(
        found
            .profiles
            .iter()
            .all(|found| found.home.reference.is_none()
                && found.profile.gaps[0].expression == AFTER_APPLY)
    );
}

#[test]
fn a_plan_stands_for_what_is_after_it() {
    let plan = form!("plan-that-changes-profiles.json");
    let found = read(&plan);
    let selectors: Vec<_> = lines(&found)
        .iter()
        .map(|line| line.split(": ").nth(1).expect("selectors").to_owned())
        .collect();
    assert_eq!(
        selectors,
        [
            "anew{}",
            "forgotten{}",
            "imported{}",
            "after{}",
            "renamed{}",
            "untouched{}",
            "updated{}"
        ]
    );
    assert_eq!(
        found.remarks,
        [
            "the profile anew, deposed, is left out",
            "profile moved is made anew by the plan",
            "the plan forgets profile forgotten, which stays as it is",
            "the plan is not complete: another one has to follow it",
        ]
    );
    assert!(found.malformed.is_empty());
    let removals: Vec<_> = found
        .removals
        .iter()
        .map(|removal| format!("{}: {}", removal.by, removal.profile))
        .collect();
    assert!(
        removals.contains(&"the plan f.json: gone".to_owned()),
        "{removals:?}"
    );
    assert!(
        found
            .removals
            .iter()
            .all(|removal| removal.home.name.as_deref() == Some("prod"))
    );
}

#[test]
fn what_a_plan_puts_off_stays_as_it_is() {
    let values = |name: &str, namespace: &str| json!({"cluster_name": "prod", "fargate_profile_name": name, "selector": [{"namespace": namespace, "labels": {}}]});
    let deferred = |name: &str, action: &str, before: Value, after: Value| {
        json!({"reason": "deferred_prereq", "resource_change": {
            "address": format!("aws_eks_fargate_profile.{name}"), "mode": "managed", "type": "aws_eks_fargate_profile", "name": name,
            "change": {"actions": [action], "before": before, "after": after, "after_unknown": {}}}})
    };
    let found = read(&json!({
        "format_version": "1.2", "complete": false, "resource_changes": [],
        "planned_values": {"root_module": {"resources": [{"address": "aws_eks_fargate_profile.new", "mode": "managed",
            "type": "aws_eks_fargate_profile", "name": "new", "values": values("new", "new")}]}},
        "deferred_changes": [
            deferred("new", "create", Value::Null, values("new", "new")),
            deferred("going", "delete", values("going", "going"), Value::Null),
            deferred("other", "update", values("other", "before"), values("other", "after")),
        ],
    }));
    assert_eq!(
        lines(&found),
        [
            "going of prod in ?, ?, ?, 0: going{}",
            "other of prod in ?, ?, ?, 0: before{}"
        ]
    );
    assert_eq!(
        found.remarks,
        [
            "the plan puts off the creation of profile new",
            "the plan puts off the deletion of profile going",
            "the plan puts off the change of profile other",
            "the plan is not complete: another one has to follow it",
        ]
    );
    assert!(found.removals.is_empty() && found.malformed.is_empty());
}

#[test]
fn what_a_plan_forgets_is_there_still() {
    let values = |name: &str| json!({"cluster_name": "prod", "fargate_profile_name": name, "selector": [{"namespace": name, "labels": {}}]});
    let found = read(&json!({"format_version": "1.2", "resource_changes": [{
        "address": "aws_eks_fargate_profile.r", "mode": "managed", "type": "aws_eks_fargate_profile", "name": "r",
        "change": {"actions": ["create", "forget"], "before": values("r0"), "after": values("r1"), "after_unknown": {}}}]}));
    assert_eq!(
        lines(&found),
        [
            "r0 of prod in ?, ?, ?, 0: r0{}",
            "r1 of prod in ?, ?, ?, 0: r1{}"
        ]
    );
}

#[test]
fn several_clusters_of_one_plan() {
    let profile = |key: &str| {
        json!({
            "address": format!("module.eks[\"{key}\"].aws_eks_fargate_profile.this[\"apps\"]"),
            "mode": "managed", "type": "aws_eks_fargate_profile", "name": "this",
            "change": {"actions": ["create"], "after": {"fargate_profile_name": "apps", "selector": [{"namespace": "a", "labels": null}]},
                       "after_unknown": {"cluster_name": true, "selector": [{}]}},
        })
    };
    let plan = json!({
        "resource_changes": [profile("blue"), profile("green")],
        "configuration": {"root_module": {"module_calls": {"eks": {"module": {"resources": [
            {"address": "aws_eks_fargate_profile.this", "mode": "managed", "type": "aws_eks_fargate_profile", "name": "this",
             "expressions": {"cluster_name": {"references": ["aws_eks_cluster.this.id", "aws_eks_cluster.this"]}}},
        ]}}}}},
    });
    let references: Vec<_> = read(&plan)
        .profiles
        .iter()
        .map(|found| found.home.reference.clone().unwrap_or_default())
        .collect();
    assert_eq!(
        references,
        [
            r#"f.json:module.eks["blue"].aws_eks_cluster.this"#,
            r#"f.json:module.eks["green"].aws_eks_cluster.this"#,
        ]
    );
}

#[test]
fn unknown_and_sensitive_parts_of_a_plan() {
    let plan = |after: &Value, unknown: &Value, sensitive: &Value| {
        let mut change = json!({"actions": ["create"], "before": null, "after": after, "after_sensitive": sensitive});
        if !unknown.is_null() {
            change["after_unknown"] = unknown.clone();
        }
        json!({"format_version": "1.2", "resource_changes": [{
            "address": "aws_eks_fargate_profile.x", "mode": "managed", "type": "aws_eks_fargate_profile", "name": "x", "change": change,
        }]})
    };
    let base = |selector: Value| json!({"cluster_name": "prod", "fargate_profile_name": "x", "selector": selector});
    for (after, unknown, sensitive, wanted, why) in [
        (
            base(json!([{"namespace": "a", "labels": null}])),
            json!({"selector": [{"labels": true}]}),
            json!({}),
            "x of prod in ?, ?, ?, 0: a{}[labels?known after apply]",
            "null where nothing is known yet",
        ),
        (
            json!({"cluster_name": "prod", "fargate_profile_name": "x"}),
            json!({"selector": true}),
            json!({}),
            "x of prod in ?, ?, ?, 0: no selectors[selectors?known after apply]",
            "no selector is known",
        ),
        (
            base(json!([{"namespace": "a", "labels": {}}])),
            json!({"selector": [{"labels": {}}, true]}),
            json!({}),
            "x of prod in ?, ?, ?, 0: a{} *{}[namespace?known after apply][labels?known after apply]",
            "a whole selector left out",
        ),
        (
            base(json!([{"namespace": "b", "labels": {"k": "v"}}, {"namespace": "a"}])),
            json!({"selector": [{"labels": true}, {}]}),
            json!({}),
            "x of prod in ?, ?, ?, 0: no selectors[selectors?known after apply]",
            "the mask is in another order",
        ),
        (
            base(json!([{"namespace": "a"}])),
            Value::Null,
            json!({}),
            "x of prod in ?, ?, ?, 0: a{}[labels?known after apply][podExecutionRoleArn?known after apply][subnets?known after apply]",
            "no mask at all, so what is missing may be anything",
        ),
        (
            json!({"cluster_name": "prod", "selector": [{"namespace": "a", "labels": {}}]}),
            json!({"fargate_profile_name": true}),
            json!({}),
            "f.json:aws_eks_fargate_profile.x of prod in ?, ?, ?, 0: a{}[fargateProfileName?known after apply]",
            "the name is not known",
        ),
        (
            base(json!([{"namespace": "hunter2", "labels": {"k": "hunter2"}}])),
            json!({}),
            json!({"selector": true}),
            "x of prod in ?, ?, ?, 0: no selectors[selectors?sensitive value]",
            "all selectors are sensitive",
        ),
        (
            base(json!([{"namespace": "a", "labels": {"k": "hunter2"}}])),
            json!({}),
            json!({"selector": [{"labels": {"k": true}}]}),
            "x of prod in ?, ?, ?, 0: a{k=*}[labels[k]?sensitive value]",
            "one label is sensitive",
        ),
        (
            base(json!([{"namespace": "hunter2"}])),
            json!({}),
            json!(true),
            "f.json:aws_eks_fargate_profile.x of ? in ?, ?, ?, 0: no selectors[fargateProfileName?sensitive value]\
             [clusterName?sensitive value][podExecutionRoleArn?sensitive value][subnets?sensitive value][selectors?sensitive value]",
            "all of it is sensitive",
        ),
    ] {
        let found = read(&plan(&after, &unknown, &sensitive));
        assert_eq!(lines(&found), [wanted], "{why}: {:?}", found.malformed);
        assert!(!format!("{found:?}").contains("hunter"), "{why}");
    }
}

#[test]
fn the_values_of_a_plan_alone() {
    let resource = |selector: Value| {
        json!({"planned_values": {"root_module": {"resources": [{
            "address": "aws_eks_fargate_profile.x", "mode": "managed", "type": "aws_eks_fargate_profile", "name": "x",
            "values": {"cluster_name": "prod", "fargate_profile_name": "x", "pod_execution_role_arn": "r", "subnet_ids": ["s"], "selector": selector},
        }]}}})
    };
    let found = read(&resource(
        json!([{"namespace": "a", "labels": null}, {"namespace": "b"}]),
    ));
    assert_eq!(
        lines(&found),
        ["x of prod in ?, ?, r, 1: a{} b{}[labels?known after apply]"]
    );
    // The state before it tells nothing then: what is gone from it may be deleted.
    let mut plan = resource(json!([]));
    plan["prior_state"] = form!("state-show.json");
    assert_eq!(read(&plan).profiles.len(), 1);
    // A plan that changes nothing at all has no changes to tell.
    let plan =
        json!({"planned_values": {"root_module": {}}, "prior_state": form!("state-show.json")});
    assert_eq!(read(&plan).profiles.len(), 3);
}

#[test]
fn what_a_state_file_keeps_beside_its_resources() {
    let attributes = |namespace: &str| {
        json!({"cluster_name": "prod", "fargate_profile_name": "x", "pod_execution_role_arn": "r", "subnet_ids": ["s"],
               "selector": [{"namespace": namespace, "labels": {}}], "status": "CREATE_FAILED"})
    };
    let state = json!({"version": 4, "terraform_version": "1.9.8", "serial": 1, "lineage": "l", "resources": [
        {"mode": "managed", "type": "aws_eks_fargate_profile", "name": "x", "instances": [
            {"index_key": "a\"b", "deposed": "4f2a9c1d", "attributes": attributes("old")},
            {"index_key": "a\"b", "status": "tainted", "attributes": attributes("new"),
             "sensitive_attributes": [[{"type": "get_attr", "value": "pod_execution_role_arn"}]]},
        ]},
        {"mode": "data", "type": "awscc_eks_fargate_profile", "name": "x", "instances": [{"attributes": attributes("data")}]},
        {"module": "module.m[0]", "mode": "managed", "type": "awscc_eks_fargate_profile", "name": "y", "instances": [{"index_key": 1, "attributes": {
            "cluster_name": "prod", "fargate_profile_name": "y", "pod_execution_role_arn": "r", "subnets": ["s", "t"],
            "selectors": [{"namespace": "cc", "labels": [{"key": "k", "value": "v*"}]}, {"namespace": "none", "labels": null}]}}]},
    ]});
    let found = read(&state);
    assert_eq!(
        lines(&found),
        [
            "x of prod in ?, CREATE_FAILED, ?, 1: new{}[podExecutionRoleArn?sensitive value]",
            "y of prod in ?, ?, r, 2: cc{k=v*} none{}",
        ]
    );
    assert_eq!(
        found.remarks,
        [
            r#"the profile aws_eks_fargate_profile.x["a\"b"] is tainted: the next run makes it anew"#,
            r#"the profile aws_eks_fargate_profile.x["a\"b"], deposed, is left out"#,
        ]
    );
    // One of another name claims pods until it is deleted.
    let mut of_another_name = state.clone();
    let name = "/resources/0/instances/0/attributes/fargate_profile_name";
    *of_another_name.pointer_mut(name).expect("the name") = json!("w");
    let found_too = read(&of_another_name);
    assert!(lines(&found_too)[0].starts_with("w of prod"));
    assert!(
        found_too.remarks[1].ends_with("deposed, is there until the next run deletes it"),
        "{:?}",
        found_too.remarks
    );
    assert!(format!("{:?}", found.profiles).contains("module.m[0].awscc_eks_fargate_profile.y[1]"));
}

#[test]
fn what_is_wrong_is_named_and_costs_nothing_else() {
    let resource = |name: &str, values: Value| json!({"address": format!("aws_eks_fargate_profile.{name}"), "mode": "managed", "type": "aws_eks_fargate_profile", "name": name, "values": values});
    let base = |selector: Value| json!({"cluster_name": "prod", "fargate_profile_name": "x", "selector": selector});
    for (values, wanted) in [
        (
            json!({"cluster_name": "prod"}),
            "fargate_profile_name: it is missing, a text is expected",
        ),
        (
            json!({"fargate_profile_name": ["hunter2"]}),
            "fargate_profile_name: a text is expected, not a list",
        ),
        (
            base(json!("hunter2")),
            "selector: a list of selectors is expected, not a text",
        ),
        (
            base(json!(["hunter2"])),
            "selector[0]: a selector is expected, not a text",
        ),
        (
            base(json!([{"labels": {}}])),
            "selector[0].namespace: it is missing, the pattern of a namespace is expected",
        ),
        (
            base(json!([{"namespace": 5}])),
            "selector[0].namespace: a text is expected, not a number",
        ),
        (
            base(json!([{"namespace": "a", "labels": "hunter2"}])),
            "selector[0].labels: a map of labels is expected, not a text",
        ),
        (
            base(json!([{"namespace": "a", "labels": {"k": true}}])),
            "selector[0].labels[k]: a text is expected, not a boolean",
        ),
        (
            base(json!([{"namespace": "a", "labels": [{"value": "hunter2"}]}])),
            "selector[0].labels[0].key: it is missing, the key of a label is expected",
        ),
        (
            json!({"fargate_profile_name": "x", "subnet_ids": "hunter2"}),
            "subnet_ids: a list of subnets is expected, not a text",
        ),
        (json!("hunter2"), "its values are expected as an object"),
    ] {
        let good = resource("good", base(json!([{"namespace": "good"}])));
        let state = json!({"format_version": "1.0", "values": {"root_module": {"resources": [resource("bad", values), 5, good]}}});
        let found = read(&state);
        assert_eq!(
            found.malformed,
            [format!("aws_eks_fargate_profile.bad: {wanted}")]
        );
        assert_eq!(found.profiles.len(), 1);
    }
    for (value, wanted) in [
        (
            json!({"version": 2, "serial": 1, "modules": []}),
            "version: a state file of version 3 or 4 is expected",
        ),
        (
            json!({"version": 3, "serial": 1, "modules": {}}),
            "modules: a list is expected",
        ),
        (
            json!({"version": 4, "serial": 1, "resources": "hunter2"}),
            "resources: a list is expected",
        ),
        (
            json!({"format_version": "2.0", "values": {}}),
            "format_version: 0 or 1 is expected",
        ),
        (
            json!({"planned_values": {}, "resource_changes": {"hunter2": 1}}),
            "resource_changes: a list of changes is expected",
        ),
        (
            json!({"values": {"root_module": {"resources": {}}}}),
            "root_module: resources: a list is expected",
        ),
        (
            json!({"resource_changes": [{"address": "aws_eks_fargate_profile.x", "mode": "managed", "type": "aws_eks_fargate_profile"}]}),
            "aws_eks_fargate_profile.x: change.after: it is missing",
        ),
        (
            json!({"version": 4, "serial": 1, "resources": [{"mode": "managed", "type": "aws_eks_fargate_profile", "name": "x", "instances": [{"attributes_flat": []}]}]}),
            "aws_eks_fargate_profile.x: attributes: an object is expected",
        ),
        (
            json!({"@module": "terraform.ui", "type": "version", "terraform": "1.9.8"}),
            "give what `terraform show -json` prints",
        ),
        (
            json!({"@module": "tofu.ui", "type": "planned_change", "change": {"resource": {"resource_type": "aws_eks_fargate_profile"}, "action": "create"}}),
            "give what `terraform show -json` prints",
        ),
        (
            json!({"encrypted_data": "hunter2", "encryption_version": "v0", "meta": {}}),
            "encrypted",
        ),
        (
            json!({"resource": {"aws_eks_fargate_profile": {"x": {}}}}),
            "give what `terraform show -json` prints",
        ),
    ] {
        let found = read(&value);
        assert!(
            found
                .malformed
                .first()
                .is_some_and(|found| found.contains(wanted)),
            "{value}: {:?}",
            found.malformed
        );
        assert!(!format!("{found:?}").contains("hunter"), "{value}");
    }
}

#[test]
fn what_holds_none_says_nothing_of_absence() {
    for value in [
        json!({"format_version": "1.0"}),
        json!({"format_version": "1.0", "terraform_version": "1.9.8", "values": {"root_module": {}}}),
        json!({"format_version": "1.2", "planned_values": {"root_module": {}}, "errored": false}),
        json!({"version": 4, "terraform_version": "1.9.8", "serial": 1, "lineage": "l", "outputs": {}, "resources": []}),
        json!({"@module": "terraform.ui", "type": "change_summary", "changes": {"add": 1}}),
    ] {
        let found = read(&value);
        assert!(
            found.profiles.is_empty() && !found.says_none && found.malformed.is_empty(),
            "{value}: {found:?}"
        );
    }
    for value in [
        json!({}),
        json!({"version": 3, "deployment": {"resources": []}}),
        json!({"Resources": {}, "AWSTemplateFormatVersion": "2010-09-09"}),
        json!({"resource": {"aws_s3_bucket": {}}}),
        json!({"values": {"image": "nginx"}}),
        json!([]),
    ] {
        assert!(recognise(candidate(&value)).is_none(), "{value}");
    }
}

#[test]
fn a_part_of_any_other_shape_does_no_harm() {
    for value in [
        form!("plan-of-a-new-cluster.json"),
        form!("terraform.tfstate"),
    ] {
        each_mutation(&value, |mutated| {
            if let Some(found) = recognise(candidate(mutated)) {
                assert!(!found.says_none && !format!("{found:?}").contains("hunter"));
            }
        });
    }
}

#[test]
fn a_state_file_of_an_old_version() {
    let attributes = json!({
        "arn": "arn:aws:eks:eu-west-1:111122223333:fargateprofile/prod/apps/1", "cluster_name": "prod", "fargate_profile_name": "apps",
        "id": "prod:apps", "pod_execution_role_arn": "r", "status": "ACTIVE", "subnet_ids.#": "2", "subnet_ids.11": "s", "subnet_ids.12": "t",
        "selector.#": "2", "selector.1840.namespace": "shop", "selector.1840.labels.%": "2", "selector.1840.labels.tier": "web",
        "selector.1840.labels.app.kubernetes.io/name": "cart", "selector.77.namespace": "batch", "selector.77.labels.%": "0",
        "tags.%": "1", "tags.token": "hunter2",
    });
    let state = json!({"version": 3, "terraform_version": "0.11.14", "serial": 7, "lineage": "l", "modules": [
        {"path": ["root"], "resources": {"data.aws_eks_fargate_profile.x": {"type": "aws_eks_fargate_profile", "primary": {"attributes": attributes}}}},
        {"path": ["root", "eks"], "resources": {"aws_eks_fargate_profile.this.0": {
            "type": "aws_eks_fargate_profile", "primary": {"id": "prod:apps", "attributes": attributes, "tainted": true}, "deposed": [{"id": "prod:apps"}]}}},
    ]});
    let found = read(&state);
    let wanted = "apps of prod in eu-west-1, ACTIVE, r, 2: shop{app.kubernetes.io/name=cart,tier=web} batch{}";
    assert_eq!(lines(&found), [wanted]);
    assert_eq!(
        found.remarks,
        [
            "the profile module.eks.aws_eks_fargate_profile.this.0 is tainted: the next run makes it anew",
            "the profile module.eks.aws_eks_fargate_profile.this.0, deposed, is left out",
        ]
    );
    let state = json!({"version": 4, "serial": 8, "resources": [{"mode": "managed", "type": "aws_eks_fargate_profile", "name": "x",
        "instances": [{"schema_version": 0, "attributes_flat": attributes}]}]});
    assert_eq!(lines(&read(&state)), [wanted]);
}

#[test]
fn one_resource_of_a_list() {
    let state = form!("state-show.json");
    let found = read(&state["values"]["root_module"]["resources"][1]);
    assert!(lines(&found)[0].ends_with(": legacy{}"));
    let plan = form!("plan-of-a-new-cluster.json");
    let found = read(&plan["resource_changes"][0]);
    assert!(lines(&found)[0].contains("ops{}[labels?known after apply]"));
    let found = read(&plan["planned_values"]["root_module"]["resources"][0]);
    assert!(lines(&found)[0].contains("ops{}[labels?known after apply]"));
    let found = read(&form!("plan-that-changes-profiles.json")["resource_changes"][1]);
    assert_eq!(found.removals[0].profile, "gone");
    assert!(recognise(candidate(&state["values"]["root_module"]["resources"][0])).is_none());
}
