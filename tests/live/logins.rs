//! Every way to sign in that kubectl has and people use, and kubeconfigs of every shape.

use std::{os::unix::fs::PermissionsExt as _, path::Path};

use serde_json::{Value, json};

use crate::{
    lab::{
        Lab, eks_stub,
        invocation::{Invocation, Outcome},
        kubeconfig::Kubeconfig,
        moto::REGION,
        objects,
        process::free_port,
        proxy::Proxy,
        users::User,
    },
    report::pod_of,
    tests,
};

tests![
    by_token,
    by_token_file_that_ends_with_a_line_break,
    by_client_certificate_in_the_kubeconfig,
    by_client_certificate_in_files,
    by_exec_plugin,
    by_aws_eks_get_token_with_the_cluster_in_its_arguments,
    by_exec_plugin_of_an_arn_named_kubeconfig,
    by_exec_plugin_of_an_eksctl_kubeconfig,
    an_exec_plugin_that_fails_is_named,
    a_token_that_is_not_accepted,
    through_the_proxy_of_the_kubeconfig,
    through_the_proxy_of_the_environment,
    past_the_proxy_that_no_proxy_excludes,
    with_a_missing_file_in_kubeconfig,
    with_the_parts_in_several_files,
    with_another_context_by_flag,
    with_a_kubeconfig_by_flag,
    in_the_namespace_of_the_context,
];

/// A token in the kubeconfig itself.
fn by_token(lab: &Lab) {
    answers(lab, |lab, _| lab.kubeconfig(User::Admin));
}

fn by_token_file_that_ends_with_a_line_break(lab: &Lab) {
    answers(lab, |lab, folder| {
        lab.kubeconfig(User::Admin).token_in_file(folder)
    });
}

fn by_client_certificate_in_the_kubeconfig(lab: &Lab) {
    let identity = lab
        .authority()
        .client("someone", Some("system:masters"))
        .expect("certificates can be made");
    answers(lab, |lab, _| {
        lab.kubeconfig(User::Admin).client_certificate(&identity)
    });
}

fn by_client_certificate_in_files(lab: &Lab) {
    let identity = lab
        .authority()
        .client("someone", Some("system:masters"))
        .expect("certificates can be made");
    answers(lab, |lab, folder| {
        lab.kubeconfig(User::Admin)
            .client_certificate_in_files(&identity, folder)
    });
}

fn by_exec_plugin(lab: &Lab) {
    answers(lab, |lab, folder| {
        let plugin = exec_plugin(&folder.join("log-in"), User::Admin);
        lab.kubeconfig(User::Admin)
            .exec(&plugin, &["--for", "laboratory"], &[])
    });
}

fn by_aws_eks_get_token_with_the_cluster_in_its_arguments(lab: &Lab) {
    finds_the_profile_of_the_cluster(lab, |kubeconfig, cluster| {
        kubeconfig.exec(
            "aws",
            &[
                "--region",
                REGION,
                "eks",
                "get-token",
                "--cluster-name",
                cluster,
                "--output",
                "json",
            ],
            &[],
        )
    });
}

fn by_exec_plugin_of_an_arn_named_kubeconfig(lab: &Lab) {
    finds_the_profile_of_the_cluster(lab, |kubeconfig, cluster| {
        kubeconfig
            .named_by_arn(REGION, cluster)
            .exec("aws", &[], &[])
    });
}

fn by_exec_plugin_of_an_eksctl_kubeconfig(lab: &Lab) {
    finds_the_profile_of_the_cluster(lab, |kubeconfig, cluster| {
        let environment = [
            ("AWS_STS_REGIONAL_ENDPOINTS", "regional"),
            ("AWS_DEFAULT_REGION", REGION),
        ];
        kubeconfig.named_by_eksctl(REGION, cluster).exec(
            "aws-iam-authenticator",
            &["token", "-i", cluster],
            &environment,
        )
    });
}

fn an_exec_plugin_that_fails_is_named(lab: &Lab) {
    let folder = lab.scratch("log-in");
    let plugin = folder.join("log-in");
    script(&plugin, "echo 'your session has expired' >&2; exit 7");
    let kubeconfig =
        lab.kubeconfig(User::Admin)
            .exec(plugin.to_str().expect("plain names"), &[], &[]);
    let outcome = lab
        .kubectl_fargate(&kubeconfig)
        .args(["explain", "pod/web", "-n", "default"])
        .run();
    outcome
        .expect_code(3)
        .expect_on_stderr(&["log-in", "your session has expired"]);
    assert_eq!(outcome.stdout, "", "{outcome}");
}

fn a_token_that_is_not_accepted(lab: &Lab) {
    let folder = lab.scratch("log-in");
    let plugin = folder.join("log-in");
    script(&plugin, &credential("no-token-of-ours"));
    let kubeconfig =
        lab.kubeconfig(User::Admin)
            .exec(plugin.to_str().expect("plain names"), &[], &[]);
    let outcome = lab
        .kubectl_fargate(&kubeconfig)
        .args(["explain", "pod/web", "-n", "default"])
        .run();
    outcome.expect_code(3);
    assert!(
        !outcome.stderr.contains("no-token-of-ours"),
        "a token is no text for people\n{outcome}"
    );
}

fn through_the_proxy_of_the_kubeconfig(lab: &Lab) {
    let server = lab
        .cluster()
        .url()
        .trim_start_matches("https://")
        .to_owned();
    let proxy = Proxy::start(move |_| server.clone());
    // The name resolves nowhere: only the proxy can know where it is.
    answers(lab, |lab, _| {
        lab.kubeconfig(User::Admin)
            .server("https://cluster.invalid:443")
            .proxy_url(&proxy.url())
    });
    assert!(
        proxy
            .connected()
            .contains(&"cluster.invalid:443".to_owned()),
        "{:?}",
        proxy.connected()
    );
}

fn through_the_proxy_of_the_environment(lab: &Lab) {
    let server = lab
        .cluster()
        .url()
        .trim_start_matches("https://")
        .to_owned();
    let proxy = Proxy::start(move |_| server.clone());
    let kubeconfig = lab
        .kubeconfig(User::Admin)
        .server("https://cluster.invalid:443");
    answers_with(lab, &kubeconfig, |run| run.env("HTTPS_PROXY", proxy.url()));
    assert!(
        proxy
            .connected()
            .contains(&"cluster.invalid:443".to_owned()),
        "{:?}",
        proxy.connected()
    );
}

fn past_the_proxy_that_no_proxy_excludes(lab: &Lab) {
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    answers_with(lab, &lab.kubeconfig(User::Admin), |run| {
        run.env("HTTPS_PROXY", &nowhere)
            .env("NO_PROXY", "127.0.0.1")
    });
}

fn with_a_missing_file_in_kubeconfig(lab: &Lab) {
    answers_with(lab, &lab.kubeconfig(User::Admin), |run| {
        let list = format!(
            "{0}/not-there.yaml:{0}/kubeconfig.yaml",
            run.home().display()
        );
        run.env("KUBECONFIG", list)
    });
}

fn with_the_parts_in_several_files(lab: &Lab) {
    let kubeconfig = lab.kubeconfig(User::Admin);
    let folder = lab.scratch("kubeconfigs");
    let write = |name: &str, text: String| {
        std::fs::write(folder.join(name), text).expect("the folder of the run is ours")
    };
    write("contexts.yaml", kubeconfig.only_contexts());
    write("clusters.yaml", kubeconfig.only_clusters_and_users());
    answers_with(lab, &kubeconfig, |run| {
        run.env(
            "KUBECONFIG",
            format!("{0}/contexts.yaml:{0}/clusters.yaml", folder.display()),
        )
    });
}

fn with_another_context_by_flag(lab: &Lab) {
    let folder = lab.scratch("kubeconfigs");
    lab.kubeconfig(User::Nobody)
        .context_name("useless")
        .write_to(&folder.join("useless.yaml"));
    let useful = lab.kubeconfig(User::Admin).named_by_arn(REGION, "useful");
    useful.write_to(&folder.join("useful.yaml"));
    let (namespace, profiles) = claimed(lab);
    let report = lab
        .kubectl_fargate(&useful)
        .env(
            "KUBECONFIG",
            format!("{0}/useless.yaml:{0}/useful.yaml", folder.display()),
        )
        .explain(&[
            "pod/web",
            "-n",
            &namespace,
            "--context",
            &useful.name_of_context(),
            "--profiles",
            &profiles,
        ]);
    assert_eq!(
        pod_of(&report, &namespace, "web")["placement"]["kind"],
        "FargatePending",
        "{report:#}"
    );
}

fn with_a_kubeconfig_by_flag(lab: &Lab) {
    let (namespace, profiles) = claimed(lab);
    let run = lab
        .kubectl_fargate(&lab.kubeconfig(User::Admin))
        .without_env("KUBECONFIG");
    let file = run
        .home()
        .join("kubeconfig.yaml")
        .to_str()
        .expect("plain names")
        .to_owned();
    let report = run.explain(&[
        "pod/web",
        "-n",
        &namespace,
        "--kubeconfig",
        &file,
        "--profiles",
        &profiles,
    ]);
    assert_eq!(
        pod_of(&report, &namespace, "web")["placement"]["kind"],
        "FargatePending",
        "{report:#}"
    );
}

fn in_the_namespace_of_the_context(lab: &Lab) {
    let (namespace, profiles) = claimed(lab);
    let report = lab
        .kubectl_fargate(&lab.kubeconfig(User::Admin).namespace(&namespace))
        .explain(&["pod", "web", "--profiles", &profiles]);
    assert_eq!(
        pod_of(&report, &namespace, "web")["placement"]["kind"],
        "FargatePending",
        "{report:#}"
    );
}

/// Wants the same answer through kubectl and without it, with a kubeconfig made for the purpose.
fn answers(lab: &Lab, kubeconfig: impl Fn(&Lab, &Path) -> Kubeconfig) {
    let folder = lab.scratch("log-in");
    answers_with(lab, &kubeconfig(lab, &folder), |run| run);
}

fn answers_with(lab: &Lab, kubeconfig: &Kubeconfig, prepared: impl Fn(Invocation) -> Invocation) {
    let (namespace, profiles) = claimed(lab);
    let arguments = [
        "explain",
        "pod/web",
        "-n",
        &namespace,
        "--profiles",
        &profiles,
        "-o",
        "json",
    ];
    let run = |run: Invocation| -> Outcome { prepared(run).args(arguments).run() };
    let through_kubectl = run(lab.kubectl_fargate(kubeconfig));
    let report = through_kubectl.report();
    let pod = pod_of(&report, &namespace, "web");
    assert_eq!(
        pod["placement"],
        json!({"kind": "FargatePending", "profile": "apps"}),
        "{through_kubectl}"
    );
    let direct = run(lab.kubectl_dash_fargate(kubeconfig)).report();
    assert_eq!(without_time(direct), without_time(report));
}

/// Wants the profile that moto has for the cluster which only the kubeconfig names.
fn finds_the_profile_of_the_cluster(lab: &Lab, shape: impl Fn(Kubeconfig, &str) -> Kubeconfig) {
    let cluster = lab.unique("prod");
    let namespace = lab.namespace("shop");
    lab.moto().create_cluster(&cluster);
    lab.moto().create_profile(
        &cluster,
        "apps",
        &json!([{"namespace": namespace, "labels": {"app": "web"}}]),
    );
    lab.cluster().api().create(&objects::running_pod(
        &namespace,
        "web",
        "ip-10-0-1-23.eu-west-1.compute.internal",
    ));

    let folder = lab.scratch("bin");
    exec_plugin(&folder.join("aws"), User::Admin);
    exec_plugin(&folder.join("aws-iam-authenticator"), User::Admin);
    let kubeconfig = shape(lab.kubeconfig(User::Admin), &cluster);
    let report = lab
        .kubectl_fargate(&kubeconfig)
        .path_first(&folder)
        .explain(&["pod/web", "-n", &namespace]);
    assert_eq!(
        report["cluster"],
        json!({"name": cluster, "region": REGION}),
        "{report:#}"
    );
    let pod = pod_of(&report, &namespace, "web");
    assert_eq!(pod["expected"]["kind"], "Fargate", "{report:#}");
    assert_eq!(pod["expected"]["profile"], "apps", "{report:#}");
}

/// Makes a namespace with a claimed pod `web`, and a file with the profile that claimed it.
fn claimed(lab: &Lab) -> (String, String) {
    let namespace = lab.namespace("shop");
    lab.cluster()
        .api()
        .create(&objects::claimed_pod(&namespace, "web", "apps"));
    let profiles = lab.profiles_file(&[eks_stub::profile("prod", "apps", &namespace, &json!({}))]);
    (namespace, profiles)
}

/// Writes a login plugin that signs in as a user, and returns its path.
fn exec_plugin(path: &Path, user: User) -> String {
    script(path, &credential(user.token()));
    path.to_str()
        .expect("temporary folders have plain names")
        .to_owned()
}

fn credential(token: &str) -> String {
    let credential = json!({
        "apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential", "spec": {},
        "status": {"expirationTimestamp": "2099-01-01T00:00:00Z", "token": token},
    });
    format!("echo '{credential}'")
}

fn script(path: &Path, line: &str) {
    std::fs::write(path, format!("#!/bin/sh\n{line}\n")).expect("the folder of the run is ours");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
        .expect("the file is ours");
}

/// Leaves out what differs between two runs of the same question: the moment, and ages in sentences.
fn without_time(mut report: Value) -> Value {
    report["takenAt"] = Value::Null;
    for pod in report["pods"].as_array_mut().into_iter().flatten() {
        pod["summary"] = Value::Null;
        for finding in pod["findings"].as_array_mut().into_iter().flatten() {
            finding["message"] = Value::Null;
        }
    }
    report
}
