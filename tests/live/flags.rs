//! kubectl's connection flags against a real API server, which checks what they send. Where kubectl is asked the same, it says the
//! same.

use std::path::Path;

use crate::{
    lab::{
        Lab, objects,
        users::{READABLE, User},
    },
    report::{pod_of, sources_with},
    tests,
};

tests![
    who_is_impersonated_may_read_what_they_may,
    who_may_not_impersonate_is_refused,
    a_certificate_by_flags_takes_the_place_of_a_login_plugin,
    another_server_is_asked_as_the_kubeconfig_says,
    the_name_is_the_one_it_was_started_by,
    templates_are_filled_in_as_by_kubectl,
];

fn who_is_impersonated_may_read_what_they_may(lab: &Lab) {
    let name = lab.unique("impersonated");
    lab.cluster().api().create(&objects::running_pod(
        READABLE,
        &name,
        "ip-10-0-1-23.eu-west-1.compute.internal",
    ));
    let profiles = lab.profiles_file(&[]);
    let admin = lab.kubeconfig(User::Admin);
    let reader = User::NamespaceReader.name();
    let question = ["pod", &name, "-n", READABLE, "--profiles", &profiles];

    let report = lab
        .kubectl_fargate(&admin)
        .explain(&[&question[..], &["--as", reader]].concat());
    assert_eq!(pod_of(&report, READABLE, &name)["placement"]["kind"], "EC2");
    let is_refused = |report| {
        sources_with(report, "Forbidden")
            .iter()
            .any(|source| source["what"] == "nodes")
    };
    assert!(is_refused(&report), "{report:#}");
    let theirs = lab
        .kubectl(&admin)
        .args(["get", "nodes", "--as", reader])
        .run();
    theirs.expect_code(1).expect_on_stderr(&["Forbidden"]);

    let group = ["--as", "somebody", "--as-group", "system:masters"];
    let report = lab
        .kubectl_fargate(&admin)
        .explain(&[&question[..], &group].concat());
    assert!(!is_refused(&report), "{report:#}");
}

fn who_may_not_impersonate_is_refused(lab: &Lab) {
    let outcome = lab
        .kubectl_fargate(&lab.kubeconfig(User::Viewer))
        .args(["explain", "pod/web", "-n", READABLE, "--as", "admin"])
        .run();
    outcome
        .expect_code(3)
        .expect_on_stderr(&["cannot impersonate", "leave out --as"]);
}

fn a_certificate_by_flags_takes_the_place_of_a_login_plugin(lab: &Lab) {
    let folder = lab.scratch("certificate");
    let identity = lab
        .authority()
        .client("someone", Some("system:masters"))
        .expect("certificates can be made");
    let (certificate, key) = (folder.join("it.crt"), folder.join("it.key"));
    std::fs::write(&certificate, &identity.certificate).expect("the folder is ours");
    std::fs::write(&key, &identity.key).expect("the folder is ours");
    let (certificate, key) = (certificate.display().to_string(), key.display().to_string());
    let flags = ["--client-certificate", &certificate, "--client-key", &key];

    let kubeconfig = lab
        .kubeconfig(User::Admin)
        .exec("no-such-plugin-at-all", &[], &[]);
    let ours = lab
        .kubectl_fargate(&kubeconfig)
        .args([&["explain", "-n", "default", "-o", "name"][..], &flags].concat())
        .run();
    ours.expect_code(0);
    let theirs = lab
        .kubectl(&kubeconfig)
        .args([&["get", "pods", "-n", "default", "-o", "name"][..], &flags].concat())
        .run();
    theirs.expect_code(0);
}

fn another_server_is_asked_as_the_kubeconfig_says(lab: &Lab) {
    let address = lab.cluster().url();
    let kubeconfig = lab.kubeconfig(User::Admin).server("https://127.0.0.1:1");
    for flags in [
        &["-s", address][..],
        &["--server", address, "--insecure-skip-tls-verify"],
        &["--server", address, "--tls-server-name", "localhost"],
    ] {
        let ours = lab
            .kubectl_fargate(&kubeconfig)
            .args([&["explain", "-n", "default", "-o", "name"][..], flags].concat())
            .run();
        let theirs = lab
            .kubectl(&kubeconfig)
            .args([&["get", "pods", "-n", "default", "-o", "name"][..], flags].concat())
            .run();
        assert_eq!(ours.code, Some(0), "{flags:?}\n{ours}\n{theirs}");
        theirs.expect_code(0);
    }
}

fn the_name_is_the_one_it_was_started_by(lab: &Lab) {
    let kubeconfig = lab.kubeconfig(User::Admin);
    let through = lab
        .kubectl_fargate(&kubeconfig)
        .args(["explain", "--no-such-flag"])
        .run();
    through
        .expect_code(2)
        .expect_on_stderr(&["Usage: kubectl fargate explain"]);
    for (shell, typed, usage) in [
        ("sh", "kubectl-fargate", "kubectl-fargate"),
        ("bash", "kubectl-fargate", "kubectl-fargate"),
        ("bash", "plugins/kubectl-fargate", "kubectl-fargate"),
        ("bash", "$PWD/plugins/kubectl-fargate", "kubectl-fargate"),
        ("sh", "kubectl fargate", "kubectl fargate"),
        ("bash", "kubectl fargate", "kubectl fargate"),
        ("bash", "env kubectl fargate", "kubectl fargate"),
    ] {
        let script = format!("{typed} explain --no-such-flag; exit $?");
        let outcome = lab
            .kubectl_dash_fargate(&kubeconfig)
            .program(Path::new(shell))
            .args(["-c", &script])
            .run();
        outcome
            .expect_code(2)
            .expect_on_stderr(&[&format!("Usage: {usage} explain")]);
    }
}

/// kubectl fills the same templates in over the same document, which it takes for an object of ours.
fn templates_are_filled_in_as_by_kubectl(lab: &Lab) {
    let kubeconfig = lab.kubeconfig(User::Admin);
    let json = lab
        .kubectl_fargate(&kubeconfig)
        .args(["explain", "--demo", "-o", "json"])
        .run();
    let mut document = json.report();
    document["metadata"] = serde_json::json!({"name": "demo"});
    let file = lab.scratch("templates").join("document.json");
    std::fs::write(&file, document.to_string()).expect("the folder is ours");
    let file = file.display().to_string();
    for template in [
        "{.pods[*].reason}",
        "{range .pods[*]}{.name}{\"\\t\"}{.reason}{\"\\n\"}{end}",
        "{range .pods[0:2]}{.name}:{range .findings[*]}[{.reason}]{end}{end}done",
        "{.pods[?(@.reason==\"LabelMismatch\")].name}",
        "{.pods[?(@.nearMissCount>=1)].nearMissCount}",
        "{.pods[?(@.placement.kind!='EC2')].name}",
        "{.pods[0]['name','reason']}",
        "{.pods[-1:].name}{.pods[::5].name}{.pods[0,2].name}",
        "{..node}",
        "{.pods[0].findings[0].evidence}",
        // Not {.cluster.*}: kubectl goes through the fields of an object in another order each time.
        "{.cluster}{.cluster['name']}{.nope}",
        "{.pods[99].name}",
        "{.pods[1:0].name}",
        "{.cluster[0]}",
        "{.pods",
        "{end}",
    ] {
        let output = format!("jsonpath={template}");
        let ours = lab
            .kubectl_fargate(&kubeconfig)
            .args(["explain", "--demo", "-o", &output])
            .run();
        let theirs = lab
            .kubectl(&kubeconfig)
            .args(["label", "--local", "-f", &file, "a=b", "-o", &output])
            .run();
        let has_answer = |code: Option<i32>| code == Some(0);
        assert_eq!(
            has_answer(ours.code),
            has_answer(theirs.code),
            "{template}\n{ours}\n{theirs}"
        );
        if has_answer(theirs.code) {
            assert_eq!(ours.stdout, theirs.stdout, "{template}");
        }
    }
}
