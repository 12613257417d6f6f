//! `profiles` against real parts: with all rights, with few, without EKS, without a cluster.

use serde_json::{Value, json};

use crate::{
    lab::{
        Lab,
        eks_stub::{self, Answer, EksStub},
        invocation::Outcome,
        kubeconfig::Kubeconfig,
        moto::REGION,
        objects,
        process::free_port,
        users::{READABLE, User},
    },
    report::sources_with,
    tests,
};

tests![
    what_profiles_hold_and_would_claim,
    a_viewer_sees_the_pods_of_all_namespaces,
    a_namespace_reader_sees_the_pods_of_one,
    nobody_sees_the_profiles_alone,
    without_eks_pods_tell_the_names,
    without_a_cluster_the_profiles_are_an_answer,
    without_either_there_is_none,
    an_unknown_name,
];

const NODE: &str = "fargate-ip-10-0-1-77.eu-west-1.compute.internal";

/// A running pod of a profile, on a Fargate node.
fn on_fargate(namespace: &str, name: &str, profile: &str) -> Value {
    objects::with(
        objects::running_pod(namespace, name, NODE),
        &json!({"metadata": {"labels": {"eks.amazonaws.com/fargate-profile": profile}}, "spec": {"schedulerName": "fargate-scheduler"}}),
    )
}

fn on_ec2(namespace: &str, name: &str) -> Value {
    objects::running_pod(namespace, name, "ip-10-0-1-23.eu-west-1.compute.internal")
}

fn ask(lab: &Lab, kubeconfig: &Kubeconfig, endpoint: &str, arguments: &[&str]) -> Outcome {
    lab.kubectl_fargate(kubeconfig)
        .env("AWS_ENDPOINT_URL", endpoint)
        .arg_profiles(arguments)
}

/// `profiles` with arguments, run to its end.
trait Profiles {
    fn arg_profiles(self, arguments: &[&str]) -> Outcome;
}

impl Profiles for crate::lab::invocation::Invocation {
    fn arg_profiles(self, arguments: &[&str]) -> Outcome {
        self.args(["profiles"]).args(arguments).run()
    }
}

fn profile_of<'a>(report: &'a Value, name: &str) -> &'a Value {
    report["profiles"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|profile| profile["name"] == name)
        .unwrap_or_else(|| panic!("profile {name} is not in the report: {report:#}"))
}

fn what_profiles_hold_and_would_claim(lab: &Lab) {
    let cluster = lab.unique("prod");
    let (shop, web) = (lab.namespace("shop"), lab.namespace("web"));
    // All tests share the cluster, whose pods of every namespace are seen here.
    let (apps_name, web_name) = (lab.unique("apps"), lab.unique("web"));
    lab.moto().create_cluster(&cluster);
    let selectors = json!([{"namespace": shop}]);
    lab.moto().create_profile(&cluster, &apps_name, &selectors);
    let labels = json!([{"namespace": web, "labels": {"app": "api"}}]);
    lab.moto().create_profile(&cluster, &web_name, &labels);
    let api = lab.cluster().api();
    for pod in [
        on_fargate(&shop, "a", &apps_name),
        on_ec2(&shop, "b"),
        on_ec2(&web, "api"),
        on_ec2(&web, "other"),
    ] {
        api.create(&pod);
    }
    let kubeconfig = lab.kubeconfig(User::Admin).named_by_arn(REGION, &cluster);
    let url = lab.moto().url();
    let report = ask(lab, &kubeconfig, &url, &["-o", "json"]).profile_report();
    assert_eq!(
        report["cluster"],
        json!({"name": cluster, "region": REGION}),
        "{report:#}"
    );
    let apps = profile_of(&report, &apps_name);
    assert_eq!(apps["status"], "ACTIVE", "{report:#}");
    assert_eq!(apps["source"], "EKS", "{report:#}");
    assert_eq!(apps["podsOnFargate"], 1, "{report:#}");
    assert_eq!(apps["podsClaimable"], 1, "{report:#}");
    assert_eq!(apps["selectors"][0]["podsMatched"], 2, "{report:#}");
    let of_web = profile_of(&report, &web_name);
    assert_eq!(of_web["podsOnFargate"], 0, "{report:#}");
    assert_eq!(of_web["podsClaimable"], 1, "{report:#}");
    assert!(sources_with(&report, "Forbidden").is_empty(), "{report:#}");

    let named = ask(lab, &kubeconfig, &url, &["-o", "json", "--pods", &web_name]).profile_report();
    assert_eq!(
        named["profiles"].as_array().map(Vec::len),
        Some(1),
        "{named:#}"
    );
    let pod = &profile_of(&named, &web_name)["pods"][0];
    assert_eq!(
        (&pod["namespace"], &pod["name"], &pod["state"]),
        (&json!(web), &json!("api"), &json!("Claimable")),
        "{named:#}"
    );
    let one = ask(lab, &kubeconfig, &url, &["-o", "json", "-n", &web]).profile_report();
    assert_eq!(profile_of(&one, &apps_name)["podsOnFargate"], 0, "{one:#}");
    assert_eq!(profile_of(&one, &web_name)["podsClaimable"], 1, "{one:#}");
    let shown = ask(lab, &kubeconfig, &url, &[&apps_name]);
    shown.expect_code(0);
    assert!(
        shown
            .stdout
            .starts_with(&format!("{apps_name} · Fargate profile · ACTIVE")),
        "{shown}"
    );
}

fn a_viewer_sees_the_pods_of_all_namespaces(lab: &Lab) {
    let namespace = lab.namespace("shop");
    lab.cluster()
        .api()
        .create(&on_fargate(&namespace, "a", "apps"));
    let stub = EksStub::with_profiles(vec![eks_stub::profile(
        "prod",
        "apps",
        &namespace,
        &json!({}),
    )]);
    let kubeconfig = lab.kubeconfig(User::Viewer).named_by_arn(REGION, "prod");
    let report = ask(lab, &kubeconfig, &stub.url(), &["-o", "json"]).profile_report();
    assert_eq!(
        profile_of(&report, "apps")["selectors"][0]["podsMatched"],
        1,
        "{report:#}"
    );
    // Other tests may have installed controllers' kinds of profiles meanwhile.
    let refused: Vec<&Value> = sources_with(&report, "Forbidden")
        .into_iter()
        .map(|source| &source["what"])
        .filter(|what| {
            what.as_str()
                .is_some_and(|what| !what.contains("fargateprofiles"))
        })
        .collect();
    assert_eq!(
        refused,
        ["nodes", "mutatingwebhookconfigurations"],
        "{report:#}"
    );
    let shown = ask(lab, &kubeconfig, &stub.url(), &[]);
    assert!(
        shown.stdout.contains("Not read: nodes (Forbidden)"),
        "{shown}"
    );
    assert!(
        stub.asked()
            .iter()
            .all(|asked| asked.starts_with("GET /clusters/prod/fargate-profiles")),
        "only the profiles are asked for: {:?}",
        stub.asked()
    );
}

fn a_namespace_reader_sees_the_pods_of_one(lab: &Lab) {
    let name = lab.unique("web");
    lab.cluster().api().create(&on_ec2(READABLE, &name));
    let selector = json!({"app": name});
    let stub = EksStub::with_profiles(vec![eks_stub::profile("prod", "apps", READABLE, &selector)]);
    let kubeconfig = lab
        .kubeconfig(User::NamespaceReader)
        .named_by_arn(REGION, "prod")
        .namespace(READABLE);
    let report = ask(lab, &kubeconfig, &stub.url(), &["-o", "json"]).profile_report();
    assert_eq!(
        profile_of(&report, "apps")["podsClaimable"],
        1,
        "{report:#}"
    );
    let pods: Vec<_> = report["sources"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|source| source["what"] == "pods")
        .map(|source| (&source["namespace"], &source["status"]))
        .collect();
    assert_eq!(
        pods,
        [
            (&Value::Null, &json!("Forbidden")),
            (&json!(READABLE), &json!("Read"))
        ],
        "{report:#}"
    );
    let shown = ask(lab, &kubeconfig, &stub.url(), &[]);
    let words = format!("counts are of the pods in namespace {READABLE}");
    assert!(shown.stdout.contains(&words), "{shown}");
}

fn nobody_sees_the_profiles_alone(lab: &Lab) {
    let stub = EksStub::with_profiles(vec![eks_stub::profile("prod", "apps", "shop", &json!({}))]);
    let kubeconfig = lab.kubeconfig(User::Nobody).named_by_arn(REGION, "prod");
    let report = ask(lab, &kubeconfig, &stub.url(), &["-o", "json"]).profile_report();
    assert_eq!(
        profile_of(&report, "apps")["status"],
        "ACTIVE",
        "{report:#}"
    );
    assert!(
        sources_with(&report, "Forbidden")
            .iter()
            .any(|source| source["what"] == "pods"),
        "{report:#}"
    );
    let shown = ask(lab, &kubeconfig, &stub.url(), &["apps"]);
    shown.expect_code(0);
    assert!(shown.stdout.contains("Pods not read:"), "{shown}");
}

fn without_eks_pods_tell_the_names(lab: &Lab) {
    let namespace = lab.namespace("shop");
    let profile = lab.unique("seen");
    lab.cluster()
        .api()
        .create(&on_fargate(&namespace, "a", &profile));
    let stub = EksStub::start(|_| {
        let message = "User: arn:aws:iam::123456789012:user/someone is not authorized to perform: eks:ListFargateProfiles";
        Answer::Error(403, "AccessDeniedException", message)
    });
    let kubeconfig = lab.kubeconfig(User::Admin).named_by_arn(REGION, "prod");
    let report = ask(lab, &kubeconfig, &stub.url(), &["-o", "json"]).profile_report();
    assert_eq!(report["knowledge"], "Unread", "{report:#}");
    let seen = profile_of(&report, &profile);
    assert_eq!(seen["source"], "Observed", "{report:#}");
    assert_eq!(
        seen["observed"]["namespaces"],
        json!([namespace]),
        "{report:#}"
    );
    assert_eq!(seen["podsOnFargate"], 1, "{report:#}");
    let shown = ask(lab, &kubeconfig, &stub.url(), &[]);
    shown.expect_code(0);
    for words in [
        "Profiles not read:",
        "eks:ListFargateProfiles",
        "seen on pods",
    ] {
        assert!(shown.stdout.contains(words), "{words}\n{shown}");
    }
}

fn without_a_cluster_the_profiles_are_an_answer(lab: &Lab) {
    let stub = EksStub::with_profiles(vec![eks_stub::profile("prod", "apps", "shop", &json!({}))]);
    let nowhere = lab
        .kubeconfig(User::Admin)
        .named_by_arn(REGION, "prod")
        .server(&format!("https://127.0.0.1:{}", free_port()));
    let report = ask(lab, &nowhere, &stub.url(), &["-o", "json"]).profile_report();
    assert_eq!(
        profile_of(&report, "apps")["status"],
        "ACTIVE",
        "{report:#}"
    );
    let failed = sources_with(&report, "Failed");
    assert_eq!(failed.len(), 1, "{report:#}");
    assert_eq!(failed[0]["what"], "pods", "{report:#}");

    // No kubeconfig at all, and the cluster by flags.
    let outcome = lab
        .kubectl_dash_fargate(&nowhere)
        .without_env("KUBECONFIG")
        .env("AWS_ENDPOINT_URL", stub.url())
        .arg_profiles(&["-o", "json", "--cluster-name", "prod", "--region", REGION]);
    let report = outcome.profile_report();
    assert_eq!(
        profile_of(&report, "apps")["status"],
        "ACTIVE",
        "{report:#}"
    );
    assert_eq!(
        report["cluster"],
        json!({"name": "prod", "region": REGION}),
        "{report:#}"
    );
    let file = lab.profiles_file(&[eks_stub::profile("prod", "files", "shop", &json!({}))]);
    let outcome = lab
        .kubectl_dash_fargate(&nowhere)
        .without_env("KUBECONFIG")
        .arg_profiles(&["-o", "name", "--profiles", &file]);
    outcome.expect_code(0);
    assert_eq!(outcome.stdout, "fargateprofile/files\n", "{outcome}");
}

fn without_either_there_is_none(lab: &Lab) {
    let port = free_port();
    let nowhere = lab
        .kubeconfig(User::Admin)
        .named_by_arn(REGION, "prod")
        .server(&format!("https://127.0.0.1:{port}"));
    let outcome = ask(lab, &nowhere, &format!("http://127.0.0.1:{port}"), &[]);
    outcome.expect_code(3).expect_on_stderr(&[
        "could not reach the cluster",
        "the Fargate profiles were not read either",
    ]);
    assert_eq!(outcome.stdout, "", "{outcome}");
}

fn an_unknown_name(lab: &Lab) {
    let stub = EksStub::with_profiles(vec![eks_stub::profile("prod", "apps", "shop", &json!({}))]);
    let kubeconfig = lab.kubeconfig(User::Nobody).named_by_arn(REGION, "prod");
    let outcome = ask(lab, &kubeconfig, &stub.url(), &["appz"]);
    outcome
        .expect_code(2)
        .expect_on_stderr(&["there is no Fargate profile appz", "names like appz: apps"]);
    assert_eq!(outcome.stdout, "", "{outcome}");
}
