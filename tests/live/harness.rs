//! The laboratory itself: what the other tests take for granted about it.

use serde_json::{Value, json};

use crate::{
    lab::{Lab, objects, users::User},
    tests,
};

tests![
    the_server_answers_kubectl,
    a_pod_keeps_the_status_that_it_came_with,
    a_node_is_not_tainted_by_admission,
    the_scheduler_leaves_the_pods_of_fargate_scheduler_alone,
    users_have_the_rights_that_their_names_promise,
    moto_lists_the_profiles_of_a_cluster,
    the_stage_changes_nothing_that_is_loaded,
];

fn the_server_answers_kubectl(lab: &Lab) {
    let namespace = lab.namespace("answers");
    let outcome = lab
        .kubectl(&lab.kubeconfig(User::Admin))
        .args(["get", "namespace", &namespace, "-o", "name"])
        .run();
    outcome.expect_code(0);
    assert_eq!(outcome.stdout, format!("namespace/{namespace}\n"));
}

fn a_pod_keeps_the_status_that_it_came_with(lab: &Lab) {
    let namespace = lab.namespace("status");
    let pod = objects::running_pod(&namespace, "web", "ip-10-0-1-23.eu-west-1.compute.internal");
    lab.cluster().api().create(&pod);
    let stored = lab.cluster().api().get(&pod);
    assert_eq!(
        stored["spec"]["nodeName"],
        "ip-10-0-1-23.eu-west-1.compute.internal"
    );
    assert_eq!(stored["status"]["phase"], "Running");
    assert_eq!(stored["status"]["podIP"], "10.0.1.24");
}

fn a_node_is_not_tainted_by_admission(lab: &Lab) {
    let node = objects::fargate_node(&lab.unique("fargate-ip-10-0-9-9.eu-west-1.compute.internal"));
    let stored = lab.cluster().api().create(&node);
    lab.cluster().api().remove(&node);
    assert_eq!(stored["spec"]["taints"], node["spec"]["taints"]);
}

fn the_scheduler_leaves_the_pods_of_fargate_scheduler_alone(lab: &Lab) {
    let namespace = lab.namespace("scheduler");
    let api = lab.cluster().api();
    let node = objects::fargate_node(&lab.unique("fargate-ip-10-0-8-8.eu-west-1.compute.internal"));
    api.create(&node);
    let claimed = objects::claimed_pod(&namespace, "claimed", "apps");
    api.create(&claimed);
    api.create(&objects::pod(&namespace, "left"));

    let events = format!("/api/v1/namespaces/{namespace}/events");
    let event = api.wait_for(
        "the FailedScheduling event of a pod that nobody claimed",
        |api| {
            api.list(&events)
                .into_iter()
                .find(|event| event["reason"] == "FailedScheduling")
        },
    );
    assert_eq!(event["involvedObject"]["name"], "left");
    let message = event["message"].as_str().unwrap_or_default();
    assert!(
        message.contains("nodes are available") && message.contains("had untolerated taint(s)"),
        "{message}"
    );

    // The pod came first, so the scheduler has passed it by when it has spoken about the other.
    assert!(
        api.list(&events)
            .iter()
            .all(|event| event["involvedObject"]["name"] == "left")
    );
    let stored = api.get(&claimed);
    assert_eq!(stored["spec"]["schedulerName"], "fargate-scheduler");
    assert_eq!(stored["spec"]["nodeName"], Value::Null);
    api.remove(&node);
}

fn users_have_the_rights_that_their_names_promise(lab: &Lab) {
    let may = |user: User, arguments: &[&str]| {
        let outcome = lab
            .kubectl(&lab.kubeconfig(user))
            .args(["auth", "can-i"])
            .args(arguments)
            .run();
        outcome.stdout.trim() == "yes"
    };
    assert!(may(User::Admin, &["list", "nodes"]));
    assert!(may(
        User::NamespaceReader,
        &["list", "pods", "-n", "readable"]
    ));
    assert!(!may(
        User::NamespaceReader,
        &["list", "pods", "-n", "default"]
    ));
    assert!(!may(User::NamespaceReader, &["get", "namespaces"]));
    assert!(may(User::Viewer, &["list", "pods", "-A"]));
    assert!(!may(User::Viewer, &["list", "nodes"]));
    assert!(!may(User::Nobody, &["get", "pods", "-n", "default"]));
}

fn moto_lists_the_profiles_of_a_cluster(lab: &Lab) {
    let cluster = lab.unique("listed");
    lab.moto().create_cluster(&cluster);
    lab.moto().create_profile(
        &cluster,
        "apps",
        &json!([{"namespace": "shop", "labels": {"tier": "backend"}}]),
    );
    let described = lab.moto().describe_profile(&cluster, "apps");
    assert_eq!(described["fargateProfile"]["status"], "ACTIVE");
    assert_eq!(
        described["fargateProfile"]["selectors"],
        json!([{"namespace": "shop", "labels": {"tier": "backend"}}])
    );
}

fn the_stage_changes_nothing_that_is_loaded(lab: &Lab) {
    let stage = lab.stage();
    let namespace = objects::namespace("loaded");
    let webhook = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "0500-amazon-eks-fargate-mutation.amazonaws.com"},
        "webhooks": [{
            "name": "0500-amazon-eks-fargate-mutation.amazonaws.com", "failurePolicy": "Fail", "sideEffects": "None",
            "admissionReviewVersions": ["v1"], "clientConfig": {"url": "https://127.0.0.1:1/mutate"},
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
        }],
    });
    let pod = objects::with(
        objects::pod("loaded", "web"),
        &json!({"spec": {"priority": 2000, "priorityClassName": "not-there", "tolerations": [{"key": "one", "operator": "Exists"}]}}),
    );
    stage.api().create(&namespace);
    stage.api().create(&webhook);
    let stored = stage.api().create(&pod);
    for object in [&stored, &webhook, &namespace] {
        stage.api().remove(object);
    }
    assert_eq!(stored["spec"]["priority"], 2000);
    assert_eq!(stored["spec"]["tolerations"], pod["spec"]["tolerations"]);
}
