//! Things that are not there: a plain error, the names that come near, exit code 2.

use serde_json::json;

use crate::{
    lab::{Lab, objects, users::User},
    tests,
};

tests![
    a_missing_pod,
    a_missing_workload,
    a_missing_namespace,
    a_missing_context,
    a_missing_kubeconfig_file,
    an_empty_namespace_is_no_error,
    a_server_that_is_not_there,
];

fn a_missing_pod(lab: &Lab) {
    let namespace = lab.namespace("shop");
    lab.cluster()
        .api()
        .create(&objects::claimed_pod(&namespace, "checkout-5d8c7", "apps"));
    let outcome = lab
        .kubectl_fargate(&lab.kubeconfig(User::Admin))
        .args(["explain", "pod/checkout-5d8c9", "-n", &namespace])
        .run();
    outcome
        .expect_code(2)
        .expect_on_stderr(&["checkout-5d8c9", "checkout-5d8c7", &namespace]);
    assert_eq!(outcome.stdout, "", "{outcome}");
}

fn a_missing_workload(lab: &Lab) {
    let namespace = lab.namespace("shop");
    lab.cluster()
        .api()
        .create(&objects::deployment(&namespace, "checkout"));
    let outcome = lab
        .kubectl_fargate(&lab.kubeconfig(User::Admin))
        .args(["explain", "deploy/chekout", "-n", &namespace])
        .run();
    outcome
        .expect_code(2)
        .expect_on_stderr(&["chekout", "checkout"]);
}

fn a_missing_namespace(lab: &Lab) {
    let namespace = lab.namespace("payments");
    let missing = format!("{namespace}s");
    let outcome = lab
        .kubectl_fargate(&lab.kubeconfig(User::Admin))
        .args(["explain", "-n", &missing])
        .run();
    outcome
        .expect_code(2)
        .expect_on_stderr(&[&missing, &namespace]);
}

fn a_missing_context(lab: &Lab) {
    let kubeconfig = lab.kubeconfig(User::Admin).context_name("production");
    let outcome = lab
        .kubectl_fargate(&kubeconfig)
        .args(["explain", "--context", "prodcution"])
        .run();
    outcome
        .expect_code(2)
        .expect_on_stderr(&["prodcution", "production"]);
}

fn a_missing_kubeconfig_file(lab: &Lab) {
    let outcome = lab
        .kubectl_dash_fargate(&lab.kubeconfig(User::Admin))
        .args(["explain", "--kubeconfig", "not-there.yaml"])
        .run();
    outcome.expect_code(2).expect_on_stderr(&["not-there.yaml"]);
}

fn an_empty_namespace_is_no_error(lab: &Lab) {
    let namespace = lab.namespace("empty");
    let outcome = lab
        .kubectl_fargate(&lab.kubeconfig(User::Admin))
        .args(["explain", "-n", &namespace, "-o", "json"])
        .run();
    assert_eq!(outcome.report()["pods"], json!([]), "{outcome}");
    outcome.expect_on_stderr(&[&format!("No resources found in {namespace} namespace.")]);
}

fn a_server_that_is_not_there(lab: &Lab) {
    let url = format!("https://127.0.0.1:{}", crate::lab::process::free_port());
    let outcome = lab
        .kubectl_fargate(&lab.kubeconfig(User::Admin).server(&url))
        .args(["explain", "pod/web"])
        .run();
    outcome.expect_code(3);
    assert_eq!(outcome.stdout, "", "{outcome}");
}
