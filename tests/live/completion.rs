//! Names of a real cluster where TAB is pressed, through the real kubectl and the file that `completion install` writes.

use serde_json::json;

use crate::{
    lab::{Lab, eks_stub, eks_stub::EksStub, objects, users::User},
    tests,
};

tests![
    names_of_a_cluster_are_completed_through_kubectl,
    who_may_read_nothing_is_told_nothing,
    profiles_are_named_by_eks,
];

/// The candidates for these words, without what they are, and the directive.
fn completed(lab: &Lab, user: User, words: &[&str]) -> (Vec<String>, String) {
    let kubeconfig = lab.kubeconfig(user);
    let dash = lab.kubectl_dash_fargate(&kubeconfig);
    let home = dash.home().to_owned();
    dash.args(["completion", "install", "--dir", "plugins"])
        .run()
        .expect_code(0);
    let outcome = lab
        .kubectl(&kubeconfig)
        .args([&["__complete", "fargate"], words].concat())
        .path_first(&home.join("plugins"))
        .env("KUBECTL_FARGATE_COMPLETION_TIMEOUT", "60s")
        .run();
    outcome.expect_code(0);
    let mut lines: Vec<String> = outcome
        .stdout
        .lines()
        .map(|line| line.split('\t').next().unwrap_or_default().to_owned())
        .collect();
    let directive = lines.pop().unwrap_or_default();
    (lines, directive)
}

fn names_of_a_cluster_are_completed_through_kubectl(lab: &Lab) {
    let namespace = lab.namespace("complete");
    let api = lab.cluster().api();
    for name in ["web-1", "web-2", "api-1"] {
        let node = "ip-10-0-1-23.eu-west-1.compute.internal";
        api.create(&objects::running_pod(&namespace, name, node));
    }
    api.create(&objects::deployment(&namespace, "front"));
    let told = |words: &[&str]| completed(lab, User::Admin, words);
    let words = |words: &[&str], directive: &str| {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        (words, directive.to_owned())
    };
    let shop = namespace.as_str();
    assert_eq!(
        told(&["explain", "-n", shop, "web"]),
        words(&["web-1", "web-2"], ":4")
    );
    assert_eq!(
        told(&["explain", "-n", shop, "pod", "a"]),
        words(&["api-1"], ":4")
    );
    assert_eq!(
        told(&["explain", "-n", shop, "deploy/"]),
        words(&["deploy/front"], ":4")
    );
    assert_eq!(
        told(&["suggest", "-n", shop, "deployment", ""]),
        words(&["front"], ":4")
    );
    assert_eq!(
        told(&["explain", "-n", &shop[..shop.len() - 1]]),
        words(&[shop], ":4")
    );
}

fn who_may_read_nothing_is_told_nothing(lab: &Lab) {
    let (words, directive) = completed(
        lab,
        User::Nobody,
        &["explain", "-n", "kube-system", "pod", ""],
    );
    assert_eq!((words, directive.as_str()), (Vec::new(), ":4"));
}

fn profiles_are_named_by_eks(lab: &Lab) {
    let profiles =
        ["apps", "batch"].map(|name| eks_stub::profile("prod", name, "shop", &json!({})));
    let eks = EksStub::with_profiles(profiles.to_vec());
    let words = [
        "__complete",
        "profiles",
        "--cluster-name",
        "prod",
        "--region",
        "eu-west-1",
        "",
    ];
    let outcome = lab
        .kubectl_dash_fargate(&lab.kubeconfig(User::Admin))
        .args(words)
        .env("AWS_ENDPOINT_URL", eks.url())
        .env("KUBECTL_FARGATE_COMPLETION_TIMEOUT", "60s")
        .run();
    outcome.expect_code(0);
    assert_eq!(outcome.stdout, "apps\nbatch\n:4\n");
    assert_eq!(outcome.stderr, "");
    assert_eq!(
        eks.asked(),
        ["GET /clusters/prod/fargate-profiles"],
        "their names alone"
    );
}
