//! Where pods are and what their profiles say, on objects that a real API server stored.

use serde_json::{Value, json};

use crate::{
    lab::{Lab, eks_stub, objects, users::User},
    report::{pod_of, reasons_of},
    tests,
};

tests![
    a_pod_of_a_managed_node_group,
    a_pod_that_the_scheduler_left_pending,
    labels_changed_after_the_claim,
    a_workload_explains_its_pods,
    a_workload_without_pods_explains_its_template,
    a_node_says_what_it_is,
];

fn a_pod_of_a_managed_node_group(lab: &Lab) {
    let namespace = lab.namespace("shop");
    let node = objects::node_of_group(
        &lab.unique("ip-10-0-2-23.eu-west-1.compute.internal"),
        "ng-1",
    );
    lab.cluster().api().create(&node);
    let name = node["metadata"]["name"].as_str().expect("named above");
    lab.cluster()
        .api()
        .create(&objects::running_pod(&namespace, "web", name));
    let report = explain(lab, &["pod/web", "-n", &namespace], &[]);
    lab.cluster().api().remove(&node);
    let pod = pod_of(&report, &namespace, "web");
    assert_eq!(
        pod["placement"],
        json!({"kind": "EC2", "node": name, "provisioner": {"kind": "ManagedNodeGroup", "name": "ng-1"}}),
        "{report:#}"
    );
}

fn a_pod_that_the_scheduler_left_pending(lab: &Lab) {
    let namespace = lab.namespace("shop");
    let api = lab.cluster().api();
    let node = objects::fargate_node(&lab.unique("fargate-ip-10-0-7-7.eu-west-1.compute.internal"));
    api.create(&node);
    let pod = objects::pod(&namespace, "web");
    api.create(&pod);
    api.wait_for("the scheduler's word about the pod", |api| {
        let events = api.list(&format!("/api/v1/namespaces/{namespace}/events"));
        let spoken = events.iter().any(|event| {
            event["message"]
                .as_str()
                .is_some_and(|message| message.contains("untolerated taint"))
        });
        (spoken && api.get(&pod)["status"]["conditions"].is_array()).then_some(())
    });
    let elsewhere = eks_stub::profile("prod", "apps", "elsewhere", &json!({}));
    let report = explain(lab, &["pod/web", "-n", &namespace], &[elsewhere]);
    api.remove(&node);
    let pod = pod_of(&report, &namespace, "web");
    assert_eq!(pod["placement"]["kind"], "Pending", "{report:#}");
    assert_eq!(pod["reason"], "NamespaceNotSelected", "{report:#}");
    assert!(
        reasons_of(pod).contains(&"MisleadingTaintEvent"),
        "{report:#}"
    );
}

fn labels_changed_after_the_claim(lab: &Lab) {
    let namespace = lab.namespace("shop");
    let node = lab.unique("fargate-ip-10-0-3-3.eu-west-1.compute.internal");
    lab.cluster().api().create(&objects::fargate_node(&node));
    let pod = objects::with(
        objects::running_pod(&namespace, "web", &node),
        &json!({
            "metadata": {"labels": {"tier": "backend", "eks.amazonaws.com/fargate-profile": "apps"}},
            "spec": {"schedulerName": "fargate-scheduler"},
        }),
    );
    lab.cluster().api().create(&pod);
    let profile = eks_stub::profile("prod", "apps", &namespace, &json!({"tier": "backend"}));
    let profiles = [profile];
    let before = explain(lab, &["pod/web", "-n", &namespace], &profiles);
    assert_eq!(
        pod_of(&before, &namespace, "web")["reason"],
        "MatchedProfile",
        "{before:#}"
    );

    let relabelled = json!({"metadata": {"labels": {"tier": "front"}}});
    lab.cluster().api().patch(&pod, &relabelled);
    let after = explain(lab, &["pod/web", "-n", &namespace], &profiles);
    lab.cluster().api().remove(&objects::fargate_node(&node));
    let pod = pod_of(&after, &namespace, "web");
    assert_eq!(pod["reason"], "LabelsChangedLater", "{after:#}");
    assert_eq!(pod["expected"]["kind"], "NotFargate", "{after:#}");
}

fn a_workload_explains_its_pods(lab: &Lab) {
    let namespace = lab.namespace("shop");
    let (deployment, replica_set) = workload(lab, &namespace);
    for name in ["web-5d8c7b9f6d-aaaaa", "web-5d8c7b9f6d-bbbbb"] {
        let pod = objects::running_pod(&namespace, name, "ip-10-0-1-23.eu-west-1.compute.internal");
        lab.cluster().api().create(&owned_by(pod, &replica_set));
    }
    let profile = eks_stub::profile("prod", "apps", &namespace, &json!({"tier": "backend"}));
    let report = explain(lab, &["deploy/web", "-n", &namespace], &[profile]);
    assert_eq!(
        report["pods"].as_array().map(Vec::len),
        Some(2),
        "{report:#}"
    );
    let pod = pod_of(&report, &namespace, "web-5d8c7b9f6d-aaaaa");
    assert_eq!(
        pod["owner"],
        json!({"kind": "Deployment", "name": deployment["metadata"]["name"]}),
        "{report:#}"
    );
    assert_eq!(pod["expected"]["from"], "Template", "{report:#}");
}

fn a_workload_without_pods_explains_its_template(lab: &Lab) {
    let namespace = lab.namespace("shop");
    workload(lab, &namespace);
    let profile = eks_stub::profile("prod", "apps", &namespace, &json!({"app": "web"}));
    let report = explain(lab, &["deployment", "web", "-n", &namespace], &[profile]);
    let template = &report["pods"][0];
    assert_eq!(template["template"], true, "{report:#}");
    assert_eq!(template["placement"], Value::Null, "{report:#}");
    assert_eq!(template["expected"]["kind"], "Fargate", "{report:#}");
    assert_eq!(template["expected"]["profile"], "apps", "{report:#}");
}

fn a_node_says_what_it_is(lab: &Lab) {
    let namespace = lab.namespace("shop");
    let node = lab.unique("fargate-ip-10-0-4-4.eu-west-1.compute.internal");
    lab.cluster().api().create(&objects::fargate_node(&node));
    lab.cluster()
        .api()
        .create(&objects::running_pod(&namespace, "web", &node));
    let outcome = lab
        .kubectl_fargate(&lab.kubeconfig(User::Admin))
        .args(["explain", &format!("node/{node}")])
        .run();
    lab.cluster().api().remove(&objects::fargate_node(&node));
    outcome.expect_code(0);
    for words in [node.as_str(), "Fargate", "web"] {
        assert!(outcome.stdout.contains(words), "{outcome}");
    }
}

/// Makes the Deployment `web` with a ReplicaSet; returns both as stored.
fn workload(lab: &Lab, namespace: &str) -> (Value, Value) {
    let api = lab.cluster().api();
    let deployment = api.create(&objects::deployment(namespace, "web"));
    let mut replica_set = objects::with(
        objects::deployment(namespace, "web-5d8c7b9f6d"),
        &json!({"kind": "ReplicaSet", "spec": {
            "selector": deployment["spec"]["selector"],
            "template": {"metadata": {"labels": {"app": "web", "pod-template-hash": "5d8c7b9f6d"}}},
        }}),
    );
    replica_set = owned_by(replica_set, &deployment);
    (deployment, api.create(&replica_set))
}

fn owned_by(object: Value, owner: &Value) -> Value {
    let metadata = &owner["metadata"];
    objects::with(
        object,
        &json!({"metadata": {
            "labels": {"app": "web", "pod-template-hash": "5d8c7b9f6d"},
            "ownerReferences": [{
                "apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": metadata["name"], "uid": metadata["uid"],
                "controller": true, "blockOwnerDeletion": true,
            }],
        }}),
    )
}

/// Explains as the administrator, with profiles from a file.
fn explain(lab: &Lab, arguments: &[&str], profiles: &[Value]) -> Value {
    let file = lab.profiles_file(profiles);
    let arguments = [arguments, &["--profiles", &file]].concat();
    lab.kubectl_fargate(&lab.kubeconfig(User::Admin))
        .explain(&arguments)
}
