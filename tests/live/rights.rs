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
