//! What is known without asking anybody: the command line itself, the kubeconfig, files, the demo.

use serde_json::json;

use crate::{Told, folder, program, write};

fn told(folder: &std::path::Path, words: &[&str]) -> Told {
    Told::by(program(folder, &[&["__complete"], words].concat()))
}

#[test]
fn subcommands_flags_and_formats_are_told_with_what_they_are() {
    let folder = folder();
    let mut asked = program(folder.path(), &["__complete", ""]);
    let output = asked.output().expect("the binary is built");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for line in [
        "explain\tTell where pods are, ",
        "completion\tComplete what is typed",
    ] {
        assert!(text.contains(line), "{text}");
    }
    assert!(text.ends_with("\n:4\n"), "{text}");
    assert!(
        !text.contains("__complete"),
        "what shells ask is hidden: {text}"
    );

    told(folder.path(), &["explain", "--no-h"]).expect(&["--no-headers"], "4", "a flag");
    told(folder.path(), &["explain", "-o", "m"]).expect(&["markdown"], "4", "a format");
    told(folder.path(), &["explain", "-o=custom"]).expect(&["custom-columns="], "6", "it goes on");
    told(folder.path(), &["reasons", "LabelM"]).expect(&["LabelMismatch"], "4", "a reason");
    told(folder.path(), &["permissions", "--kubeconfig", ""]).expect(&[], "0", "a file");
    let hidden = told(folder.path(), &["explain", "--"]);
    assert!(
        hidden.words.contains(&"--namespace".to_owned()),
        "{hidden:?}"
    );
    assert!(
        !hidden.words.contains(&"--vmodule".to_owned()),
        "{hidden:?}"
    );
}

#[test]
fn entries_of_the_kubeconfig_are_told_without_asking_anybody() {
    let folder = folder();
    // Who asked this server would wait.
    let kubeconfig = json!({
        "current-context": "prod",
        "contexts": [
            {"name": "prod", "context": {"cluster": "c1", "user": "u1", "namespace": "shop"}},
            {"name": "arn:aws:eks:eu-west-1:111122223333:cluster/dev", "context": {"cluster": "c1", "user": "u1"}},
            {"name": "bad;touch evil", "context": {"cluster": "c1", "user": "u1"}},
            {"name": "esc\u{1b}[2J", "context": {"cluster": "c1", "user": "u1"}},
        ],
        "clusters": [{"name": "c1", "cluster": {"server": "https://192.0.2.1"}}],
        "users": [{"name": "u1", "user": {"token": "s3cret"}}],
    });
    let path = write(folder.path(), "config", &kubeconfig.to_string());
    let path = path.to_str().expect("a plain path");
    let contexts = ["arn:aws:eks:eu-west-1:111122223333:cluster/dev", "prod"];
    for words in [
        &["explain", "--kubeconfig", path, "--context", ""][..],
        &["--kubeconfig", path, "--context", ""],
        &["profiles", "--kubeconfig=~/config", "--context="],
    ] {
        told(folder.path(), words).expect(&contexts, "4", "contexts");
    }
    told(
        folder.path(),
        &["explain", "--kubeconfig", path, "--cluster", "c"],
    )
    .expect(&["c1"], "4", "a cluster");
    told(
        folder.path(),
        &["explain", "--kubeconfig", path, "--user", ""],
    )
    .expect(&["u1"], "4", "a user");
    told(
        folder.path(),
        &["permissions", "--kubeconfig", path, "--user", ""],
    )
    .expect(&[], "4", "somebody");
    told(folder.path(), &["explain", "--context", ""]).expect(&[], "4", "no kubeconfig");
    let broken = write(folder.path(), "broken", "{{{");
    let broken = broken.to_str().expect("a plain path");
    told(
        folder.path(),
        &["explain", "--kubeconfig", broken, "--context", ""],
    )
    .expect(&[], "4", "broken");
}

#[test]
fn profiles_of_the_aws_cli_are_told() {
    let folder = folder();
    let config = write(
        folder.path(),
        "aws",
        "[default]\nregion = x\n[profile prod]\naws_access_key_id = s3cret\n[profile a b]\n",
    );
    let mut command = program(
        folder.path(),
        &["__complete", "profiles", "--aws-profile", ""],
    );
    command.env("AWS_CONFIG_FILE", config);
    Told::by(command).expect(&["default", "prod"], "4", "names alone");
}

#[test]
fn names_come_from_the_files_that_were_given() {
    let folder = folder();
    let pod = |namespace: &str, name: &str| {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": namespace, "name": name},
            "spec": {"containers": [{"name": "main"}]}})
    };
    let pods = [
        pod("shop", "web-1"),
        pod("shop", "web-2"),
        pod("batch", "web-3"),
        pod("shop", "web-$(touch evil)"),
        pod("shop", "web-\u{1b}[2J"),
    ];
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"namespace": "shop", "name": "web"}, "spec": {"template": {}}});
    let mut items = pods.to_vec();
    items.push(deployment);
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    write(folder.path(), "cluster.json", &list.to_string());
    let from = ["--from", "cluster.json"];
    for (words, wanted, why) in [
        (
            &["explain", "web"][..],
            &["web-1", "web-2", "web-3"][..],
            "every namespace",
        ),
        (
            &["explain", "-n", "shop", "web"],
            &["web-1", "web-2"],
            "one of them",
        ),
        (
            &["explain", "-n", "shop", "web-1", "web"],
            &["web-2"],
            "each once",
        ),
        (&["explain", "-n", ""], &["batch", "shop"], "namespaces"),
        (&["explain", "deploy/"], &["deploy/web"], "workloads"),
        (&["explain", "-n", "batch", "deploy/"], &[], "there is none"),
        (&["suggest", "deployment", ""], &["web"], "by type"),
    ] {
        let mut asked: Vec<&str> = words[..1].to_vec();
        asked.extend(from);
        asked.extend(&words[1..]);
        told(folder.path(), &asked).expect(wanted, "4", why);
    }
    told(folder.path(), &["explain", "--from", "-", "web"]).expect(
        &[],
        "4",
        "standard input is not read",
    );
    told(folder.path(), &["explain", "--from", "missing", "web"]).expect(&[], "4", "no such file");
}

#[test]
fn flags_that_exclude_each_other_are_not_offered_together() {
    let folder = folder();
    let words = |typed: &[&str]| told(folder.path(), typed).words;
    let has = |typed: &[&str], flag: &str| words(typed).contains(&flag.to_owned());
    assert!(has(&["explain", "--"], "--context"));
    assert!(!has(&["explain", "--demo", "--"], "--context"));
    assert!(!has(&["explain", "--context", "x", "--"], "--demo"));
    assert!(
        !has(&["explain", "-n", "x", "--"], "--namespace"),
        "once is enough"
    );
    assert!(
        has(&["explain", "--from", "x", "--"], "--from"),
        "it may be repeated"
    );
}
