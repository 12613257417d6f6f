//! Users who may read less than everything: each refusal is noted, and the rest is answered.

use serde_json::json;

use crate::{
    lab::{
        Lab, eks_stub, objects,
        users::{READABLE, User},
    },
    report::{pod_of, sources_with},
    tests,
};

tests![
    a_namespace_reader_is_answered_about_a_pod,
    a_viewer_tells_fargate_by_the_name_of_a_node_that_may_not_be_read,
    a_viewer_is_answered_about_all_namespaces,
    a_user_without_rights_is_told_so,
    a_namespace_that_may_not_be_read_is_no_missing_namespace,
    what_stands_beside_a_pod_on_fargate_is_read,
    what_stands_beside_a_pod_is_missed_in_one_line,
    who_may_log_in_is_asked_for_waiting_pods_alone,
];

fn a_namespace_reader_is_answered_about_a_pod(lab: &Lab) {
    let name = lab.unique("web");
    lab.cluster().api().create(&objects::running_pod(
        READABLE,
        &name,
        "ip-10-0-1-23.eu-west-1.compute.internal",
    ));
    let profiles = lab.profiles_file(&[]);
    let report = lab
        .kubectl_fargate(&lab.kubeconfig(User::NamespaceReader).namespace(READABLE))
        .explain(&["pod", &name, "--profiles", &profiles]);
    let pod = pod_of(&report, READABLE, &name);
    assert_eq!(
        pod["placement"]["kind"], "EC2",
        "told by the node's name: {report:#}"
    );
    assert_eq!(pod["expected"]["kind"], "NotFargate", "{report:#}");
    assert_eq!(pod["reason"], "NoProfiles", "{report:#}");
    assert!(
        sources_with(&report, "Forbidden")
            .iter()
            .any(|source| source["what"] == "nodes"),
        "{report:#}"
    );
}

fn a_viewer_tells_fargate_by_the_name_of_a_node_that_may_not_be_read(lab: &Lab) {
    let namespace = lab.namespace("viewed");
    let node = "fargate-ip-10-0-1-77.eu-west-1.compute.internal";
    let pod = objects::with(
        objects::running_pod(&namespace, "web", node),
        &json!({"metadata": {"labels": {"eks.amazonaws.com/fargate-profile": "apps"}}, "spec": {"schedulerName": "fargate-scheduler"}}),
    );
    lab.cluster().api().create(&pod);
    let profiles = lab.profiles_file(&[eks_stub::profile("prod", "apps", &namespace, &json!({}))]);
    let report = lab
        .kubectl_fargate(&lab.kubeconfig(User::Viewer))
        .explain(&["pod/web", "-n", &namespace, "--profiles", &profiles]);
    let pod = pod_of(&report, &namespace, "web");
    assert_eq!(pod["placement"]["kind"], "Fargate", "{report:#}");
    assert_eq!(pod["placement"]["node"], node, "{report:#}");
    assert_eq!(pod["reason"], "MatchedProfile", "{report:#}");
}

fn a_viewer_is_answered_about_all_namespaces(lab: &Lab) {
    let (one, two) = (lab.namespace("one"), lab.namespace("two"));
    for namespace in [&one, &two] {
        lab.cluster()
            .api()
            .create(&objects::claimed_pod(namespace, "web", "apps"));
    }
    let profiles = lab.profiles_file(&[]);
    let report = lab
        .kubectl_fargate(&lab.kubeconfig(User::Viewer))
        .explain(&["-A", "--profiles", &profiles]);
    for namespace in [&one, &two] {
        assert_eq!(
            pod_of(&report, namespace, "web")["placement"]["kind"],
            "FargatePending",
            "{report:#}"
        );
    }
    assert!(!sources_with(&report, "Forbidden").is_empty(), "{report:#}");
}

fn a_user_without_rights_is_told_so(lab: &Lab) {
    let outcome = lab
        .kubectl_fargate(&lab.kubeconfig(User::Nobody))
        .args(["explain", "pod/web", "-n", READABLE])
        .run();
    outcome.expect_code(3).expect_on_stderr(&["pods", READABLE]);
    assert_eq!(outcome.stdout, "", "{outcome}");
}

fn a_namespace_that_may_not_be_read_is_no_missing_namespace(lab: &Lab) {
    let profiles = lab.profiles_file(&[]);
    let outcome = lab
        .kubectl_fargate(&lab.kubeconfig(User::NamespaceReader))
        .args([
            "explain",
            "-n",
            READABLE,
            "-l",
            "app=not-there",
            "-o",
            "json",
            "--profiles",
            &profiles,
        ])
        .run();
    assert_eq!(outcome.report()["pods"], json!([]), "{outcome}");
    outcome.expect_on_stderr(&["No resources found", READABLE]);
}

/// A running pod of the profile `apps`, on a Fargate node.
fn on_fargate(namespace: &str) -> serde_json::Value {
    objects::with(
        objects::running_pod(
            namespace,
            "web",
            "fargate-ip-10-0-1-77.eu-west-1.compute.internal",
        ),
        &json!({"metadata": {"labels": {"app": "web", "eks.amazonaws.com/fargate-profile": "apps"}}, "spec": {"schedulerName": "fargate-scheduler"}}),
    )
}

fn budget(namespace: &str) -> serde_json::Value {
    json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web", "namespace": namespace},
        "spec": {"maxUnavailable": 0, "selector": {"matchLabels": {"app": "web"}}},
    })
}

fn what_stands_beside_a_pod_on_fargate_is_read(lab: &Lab) {
    let namespace = lab.namespace("beside");
    let api = lab.cluster().api();
    api.create(&on_fargate(&namespace));
    api.create(&budget(&namespace));
    let profiles = lab.profiles_file(&[eks_stub::profile("prod", "apps", &namespace, &json!({}))]);
    let report = lab.kubectl_fargate(&lab.kubeconfig(User::Admin)).explain(&[
        "pod/web",
        "-n",
        &namespace,
        "--profiles",
        &profiles,
    ]);
    let pod = pod_of(&report, &namespace, "web");
    assert_eq!(pod["reason"], "MatchedProfile", "{report:#}");
    assert!(
        crate::report::reasons_of(pod).contains(&"DisruptionBudgetBlocksPatching"),
        "{report:#}"
    );
    let of_kind = |kind: &str, status: &str| {
        sources_with(&report, status)
            .iter()
            .any(|source| source["what"] == kind)
    };
    assert!(of_kind("services", "Read"), "{report:#}");
    assert!(
        of_kind("verticalpodautoscalers", "NotServed"),
        "this cluster has no such kind: {report:#}"
    );
    assert!(
        !report.to_string().contains("configmaps"),
        "nothing here asks for one: {report:#}"
    );
}

fn what_stands_beside_a_pod_is_missed_in_one_line(lab: &Lab) {
    let namespace = lab.namespace("beside");
    let api = lab.cluster().api();
    api.create(&on_fargate(&namespace));
    api.create(&json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "pods", "namespace": namespace},
        "rules": [{"apiGroups": [""], "resources": ["pods", "events"], "verbs": ["get", "list"]}],
    }));
    api.create(&json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "pods", "namespace": namespace},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "pods"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": User::Nobody.name()}],
    }));
    let profiles = lab.profiles_file(&[eks_stub::profile("prod", "apps", &namespace, &json!({}))]);
    let outcome = lab
        .kubectl_fargate(&lab.kubeconfig(User::Nobody))
        .args([
            "explain",
            "pod/web",
            "-n",
            &namespace,
            "--profiles",
            &profiles,
        ])
        .run();
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let lines: Vec<&str> = outcome
        .stdout
        .lines()
        .filter(|line| line.contains("Not read:"))
        .collect();
    assert_eq!(
        lines,
        [
            "Not read: poddisruptionbudgets, services (Forbidden); their notes are missing",
            "Not read: mutatingwebhookconfigurations, nodes (Forbidden)",
        ],
        "{outcome}"
    );
}

fn who_may_log_in_is_asked_for_waiting_pods_alone(lab: &Lab) {
    let namespace = lab.namespace("beside");
    lab.cluster()
        .api()
        .create(&objects::claimed_pod(&namespace, "web", "apps"));
    let profiles = lab.profiles_file(&[eks_stub::profile("prod", "apps", &namespace, &json!({}))]);
    let report = lab.kubectl_fargate(&lab.kubeconfig(User::Admin)).explain(&[
        "pod/web",
        "-n",
        &namespace,
        "--profiles",
        &profiles,
    ]);
    let maps: Vec<_> = sources_with(&report, "Read")
        .into_iter()
        .filter(|source| source["what"] == "configmaps")
        .collect();
    assert_eq!(maps.len(), 1, "{report:#}");
    assert_eq!(
        (&maps[0]["namespace"], &maps[0]["count"]),
        (&json!("kube-system"), &json!(0)),
        "{report:#}"
    );
}
