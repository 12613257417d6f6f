//! What `permissions` prints: whole, applicable, parseable, the same in every format, and the same as docs/permissions.md.
//!
//! After a change of the table, `UPDATE_DOCS=1 cargo test --test permissions` writes docs/permissions.md anew. That these rights
//! are those which are used, all of them and no others, is proved against a real API server (`tests/live/permissions`).

#[path = "support/program.rs"]
#[expect(dead_code, reason = "commands that end badly are wanted here, too")]
mod program;

use std::path::Path;

use kubectl_fargate::render::permissions::document;
use serde_json::{Value, json};

fn run(arguments: &[&str]) -> program::Outcome {
    let folder = tempfile::tempdir().expect("there is room for temporary files");
    let arguments: Vec<String> = std::iter::once("permissions")
        .chain(arguments.iter().copied())
        .map(str::to_owned)
        .collect();
    program::run(folder.path(), &arguments)
}

fn printed(arguments: &[&str]) -> String {
    let outcome = run(arguments);
    assert_eq!(outcome.code, Some(0), "{arguments:?}: {}", outcome.stderr);
    assert_eq!(outcome.stderr, "", "{arguments:?}");
    outcome.stdout
}

fn json_of(arguments: &[&str]) -> Value {
    let text = printed(&[arguments, &["-o", "json"]].concat());
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The documents of `-o yaml`, each parsed by itself.
fn documents(arguments: &[&str]) -> Vec<Value> {
    let text = printed(&[arguments, &["-o", "yaml"]].concat());
    text.split("---\n")
        .filter(|document| !document.trim().is_empty())
        .map(|document| {
            serde_saphyr::from_str(document).unwrap_or_else(|error| panic!("{error}\n{document}"))
        })
        .collect()
}

fn kinds(objects: &[Value]) -> Vec<&str> {
    objects
        .iter()
        .map(|object| object["kind"].as_str().unwrap_or_default())
        .collect()
}

#[test]
fn docs_are_what_the_program_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/permissions.md");
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    let wanted = document();
    if found != wanted && std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, wanted).expect("docs can be written");
        return;
    }
    assert!(
        found == wanted,
        "docs/permissions.md is stale; UPDATE_DOCS=1 cargo test --test permissions writes it anew"
    );
}

#[test]
fn the_formats_hold_the_same() {
    for flags in [
        &[][..],
        &["-n", "shop"],
        &["--user", "alice", "--group", "readers"],
        &[
            "clusterrole",
            "role",
            "iam",
            "-n",
            "shop",
            "--serviceaccount",
            "ci:checks",
        ],
        &[
            "--cluster-name",
            "prod",
            "--region",
            "cn-north-1",
            "--account",
            "123456789012",
        ],
        &["clusterrole"],
    ] {
        let list = json_of(flags);
        assert_eq!(
            (&list["apiVersion"], &list["kind"]),
            (&json!("v1"), &json!("List"))
        );
        let mut documents = documents(flags);
        let last = documents.pop().expect("what is beside the objects");
        assert_eq!(Value::Array(documents), list["items"], "{flags:?}");
        assert_eq!(last["items"], json!([]), "{flags:?}");
        for field in ["apiVersion", "kind", "iamPolicy", "rights"] {
            assert_eq!(last[field], list[field], "{flags:?}: {field}");
        }
    }
}

#[test]
fn everything_is_printed_where_nothing_is_asked_for() {
    let list = json_of(&[]);
    let items = list["items"].as_array().expect("a list");
    assert_eq!(kinds(items), ["ClusterRole", "Role"]);
    assert_eq!(items[1]["metadata"], json!({"name": "kubectl-fargate"}));
    assert_eq!(list["iamPolicy"]["Version"], "2012-10-17");
    let page = printed(&[]);
    for words in [
        "kind: ClusterRole",
        "kind: Role",
        "\"Statement\"",
        "pods",
        "eks:ListFargateProfiles",
        "kubectl apply -f -",
    ] {
        assert!(page.contains(words), "{words} is not on the page:\n{page}");
    }
}

#[test]
fn nothing_stands_for_all_and_nothing_writes() {
    for flags in [&[][..], &["-n", "kube-system"]] {
        let list = json_of(flags);
        for role in list["items"].as_array().into_iter().flatten() {
            for rule in role["rules"].as_array().into_iter().flatten() {
                for verb in rule["verbs"].as_array().into_iter().flatten() {
                    assert!(verb == "get" || verb == "list" || verb == "watch", "{rule}");
                }
                let text = rule.to_string();
                assert!(!text.contains('*') && !text.contains("secret"), "{rule}");
            }
        }
        for statement in list["iamPolicy"]["Statement"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let actions = statement["Action"].as_array().expect("a list of actions");
            assert!(!actions.is_empty());
            for action in actions.iter().filter_map(Value::as_str) {
                let (_, name) = action.split_once(':').expect("a service");
                assert!(
                    name.starts_with("List") || name.starts_with("Describe"),
                    "{action}"
                );
                assert!(!action.contains('*'), "{action}");
            }
        }
    }
}

#[test]
fn a_namespace_gets_a_role_and_readers_what_they_are_bound_to() {
    let items = |flags: &[&str]| json_of(flags)["items"].clone();
    let of_shop = items(&["-n", "shop", "--user", "alice"]);
    let of_shop = of_shop.as_array().expect("a list");
    assert_eq!(kinds(of_shop), ["Role", "RoleBinding"]);
    for object in of_shop {
        assert_eq!(object["metadata"]["namespace"], "shop", "{object}");
    }
    assert_eq!(
        of_shop[1]["subjects"],
        json!([{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "alice"}])
    );
    assert_eq!(
        of_shop[1]["roleRef"],
        json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "kubectl-fargate"})
    );
    let everywhere = items(&["--group", "readers"]);
    let everywhere = everywhere.as_array().expect("a list");
    assert_eq!(kinds(everywhere), ["ClusterRole", "ClusterRoleBinding"]);
    let listed = serde_json::to_string(&of_shop[0]["rules"]).expect("plain data");
    assert!(!listed.contains("nodes"), "{listed}");
}

#[test]
fn the_policy_alone_is_bare_and_about_the_cluster_that_is_named() {
    let flags = [
        "--cluster-name",
        "prod",
        "--region",
        "eu-west-1",
        "--account",
        "123456789012",
    ];
    let policy = json_of(&[&["iam"][..], &flags].concat());
    assert_eq!(policy["Version"], "2012-10-17");
    let resources: Vec<&str> = policy["Statement"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|statement| statement["Resource"].as_str())
        .collect();
    assert_eq!(
        resources,
        [
            "arn:aws:eks:eu-west-1:123456789012:cluster/prod",
            "arn:aws:eks:eu-west-1:123456789012:fargateprofile/prod/*/*",
            "arn:aws:eks:eu-west-1:123456789012:access-entry/prod/role/*",
            "arn:aws:ec2:eu-west-1:123456789012:vpc/*",
            "*",
        ]
    );
    let by_yaml: Value =
        serde_saphyr::from_str(&printed(&[&["iam", "-o", "yaml"][..], &flags].concat()))
            .expect("YAML");
    assert_eq!(by_yaml, policy);
}

#[test]
fn the_kubeconfig_tells_the_cluster_and_nothing_of_it_is_needed() {
    let folder = tempfile::tempdir().expect("there is room for temporary files");
    let arn = "arn:aws:eks:eu-west-1:123456789012:cluster/prod";
    let kubeconfig = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": arn,
        "clusters": [{"name": arn, "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": arn, "user": {"token": "hunter2"}}],
        "contexts": [{"name": arn, "context": {"cluster": arn, "user": arn}}],
    });
    let file = folder.path().join("kubeconfig");
    std::fs::write(&file, kubeconfig.to_string()).expect("the folder is ours");
    let file = file.to_str().expect("temporary folders have plain names");
    let policy = json_of(&["iam", "--kubeconfig", file]);
    assert_eq!(policy["Statement"][0]["Resource"], arn);
    assert!(!printed(&["--kubeconfig", file]).contains("hunter2"));
    let other = json_of(&["iam", "--kubeconfig", file, "--cluster-name", "stage"]);
    assert_eq!(
        other["Statement"][0]["Resource"], "arn:aws:eks:eu-west-1:*:cluster/stage",
        "the account is that of the other cluster"
    );
    let missing = run(&["iam", "--kubeconfig", "/does/not/exist"]);
    assert_eq!(missing.code, Some(2), "{}", missing.stderr);
    let broken = folder.path().join("broken");
    std::fs::write(&broken, "{").expect("the folder is ours");
    let broken = broken.to_str().expect("temporary folders have plain names");
    assert_eq!(run(&["iam", "--kubeconfig", broken]).code, Some(2));
    let missing = run(&["iam", "--context", "nowhere"]);
    assert_eq!(missing.code, Some(2), "{}", missing.stderr);
}

#[test]
fn wrong_usage_is_told() {
    for (arguments, words) in [
        (&["iam", "--user", "alice"][..], "no role is asked for"),
        (&["--serviceaccount", "checks"], "NAMESPACE:NAME"),
        (&["--user", ""], "--user"),
        (&["secrets"], "secrets"),
    ] {
        let outcome = run(arguments);
        assert_eq!(outcome.code, Some(2), "{arguments:?}");
        assert!(outcome.stderr.contains(words), "{}", outcome.stderr);
        assert_eq!(outcome.stdout, "");
    }
}
