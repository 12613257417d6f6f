//! Which profile is suggested, for objects that a real API server stored.

use serde_json::{Value, json};

use crate::{
    lab::{
        Lab, eks_stub, objects,
        users::{READABLE, User},
    },
    tests,
};

tests![
    a_workload_is_told_from_the_others_of_its_namespace,
    who_may_read_one_namespace_is_answered,
];

/// A Deployment whose template has these labels beside its own.
fn deployment(namespace: &str, name: &str, labels: &Value) -> Value {
    objects::with(
        objects::deployment(namespace, name),
        &json!({"spec": {"template": {"metadata": {"labels": labels}}}}),
    )
}

fn a_workload_is_told_from_the_others_of_its_namespace(lab: &Lab) {
    let namespace = lab.namespace("shop");
    let api = lab.cluster().api();
    let tier = json!({"app": "web", "tier": "front"});
    let of_one_app = json!({"matchLabels": {"app": "web"}});
    let alike = |name: &str, labels: &Value| {
        let spec = json!({"spec": {"selector": of_one_app}});
        objects::with(deployment(&namespace, name, labels), &spec)
    };
    api.create(&alike("web", &tier));
    api.create(&alike("worker", &json!({"app": "web", "tier": "back"})));
    let pod = objects::running_pod(
        &namespace,
        "bare",
        "ip-10-0-1-23.eu-west-1.compute.internal",
    );
    api.create(&objects::with(
        pod,
        &json!({"metadata": {"labels": {"app": "bare"}}}),
    ));
    let elsewhere = eks_stub::profile("prod", "apps", "elsewhere", &json!({}));
    let profiles = lab.profiles_file(&[elsewhere]);
    let report = suggest(
        lab,
        User::Admin,
        &["deployment/web", "-n", &namespace, "--profiles", &profiles],
    );
    let profile = &report["profiles"][0];
    assert_eq!(
        profile["selectors"][0]["labels"],
        json!({"tier": "front"}),
        "{report:#}"
    );
    assert_eq!(profile["name"], "web", "{report:#}");
    assert_eq!(report["exact"], true, "{report:#}");
    assert_eq!(report["others"], json!([]), "{report:#}");
}

fn who_may_read_one_namespace_is_answered(lab: &Lab) {
    let name = lab.unique("web");
    let labels = json!({"metadata": {"labels": {"app": name}}});
    let pod = objects::running_pod(READABLE, &name, "ip-10-0-1-23.eu-west-1.compute.internal");
    lab.cluster().api().create(&objects::with(pod, &labels));
    let profiles = lab.profiles_file(&[]);
    let pod = format!("pod/{name}");
    let report = suggest(
        lab,
        User::NamespaceReader,
        &[&pod, "-n", READABLE, "--profiles", &profiles],
    );
    assert_eq!(
        report["profiles"][0]["selectors"][0]["labels"],
        json!({"app": name}),
        "{report:#}"
    );
    assert_eq!(report["exact"], true, "{report:#}");
}

fn suggest(lab: &Lab, user: User, arguments: &[&str]) -> Value {
    let outcome = lab
        .kubectl_fargate(&lab.kubeconfig(user))
        .args([&["suggest", "-o", "json"], arguments].concat())
        .run();
    outcome.expect_code(0);
    serde_json::from_str(&outcome.stdout).expect("a report")
}
