//! Under exactly what is printed.

use std::collections::BTreeSet;

use kubectl_fargate::report::permissions::{policy::ACTIONS, rights::RIGHTS};
use serde_json::{Value, json};

use super::cluster::{self, SHOP, WithoutWebhook};
use super::{QUESTIONS, ask, beyond_the_table, covers, decisions, is_discovery, kubeconfig};
use crate::lab::{
    Lab,
    eks_stub::{Asked, EksStub},
    server::ApiServer,
    users::User,
};
use crate::report::sources_with;

/// What our own program must never do, another one does here, and the log tells.
pub fn the_audit_log_sees_who_asks_for_secrets(lab: &Lab) {
    let before = lab.our_requests().len();
    lab.kubectl(&lab.kubeconfig(User::Admin))
        .args(["get", "secrets", "-n", "default", "-o", "name"])
        .run()
        .expect_code(0);
    let requests = lab.cluster().audit().requests_of(User::Admin.name());
    let seen = requests
        .iter()
        .find(|request| request.resource == "secrets" && request.verb == "list")
        .expect("the request is in the log");
    assert!(!seen.is_ours(), "{seen:?}");
    let as_ours = crate::lab::audit::Request {
        agent: "kubectl-fargate/0".to_owned(),
        ..seen.clone()
    };
    assert_eq!(beyond_the_table(std::slice::from_ref(&as_ours)), [&as_ours]);
    assert!(lab.our_requests().len() >= before);
}

/// Prints with our binary, applies with the real kubectl.
fn apply(lab: &Lab, strict: &ApiServer, arguments: &[&str]) -> String {
    let printed = lab
        .kubectl_fargate(&strict.kubeconfig(User::Admin))
        .args(["permissions"])
        .args(arguments)
        .run();
    printed.expect_code(0);
    let file = lab.scratch("permissions").join("permissions");
    std::fs::write(&file, &printed.stdout).expect("the folder of the run is ours");
    let applied = lab
        .kubectl(&strict.kubeconfig(User::Admin).namespace(SHOP))
        .args(["apply", "-f"])
        .args([&file])
        .run();
    applied.expect_code(0);
    assert_eq!(applied.stderr, "", "nothing is warned of: {applied}");
    applied.stdout
}

pub fn what_is_printed_is_applied_by_kubectl(lab: &Lab) {
    let strict = cluster::take(lab);
    let api = strict.api();
    for format in ["yaml", "json"] {
        let applied = apply(lab, &strict, &["-o", format]);
        let lines: Vec<&str> = applied
            .lines()
            .filter_map(|line| line.split(' ').next())
            .collect();
        assert_eq!(
            lines,
            [
                "clusterrole.rbac.authorization.k8s.io/kubectl-fargate",
                "role.rbac.authorization.k8s.io/kubectl-fargate",
            ],
            "{format}: {applied}"
        );
        let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
            "metadata": {"name": "kubectl-fargate", "namespace": SHOP}});
        let stored = api.get(&role);
        assert!(
            stored["rules"]
                .as_array()
                .is_some_and(|rules| rules.len() > 5),
            "{stored:#}"
        );
        api.remove(&role);
    }
    let readers = ["--user", "a/b", "--group", "c", "--serviceaccount", "d:e"];
    let bound = apply(
        lab,
        &strict,
        &[&["-n", SHOP, "-o", "yaml"][..], &readers].concat(),
    );
    assert_eq!(bound.lines().count(), 4, "{bound}");
    for reader in ["user:a_sb", "group:c", "serviceaccount:d:e"] {
        let name = format!("rolebinding.rbac.authorization.k8s.io/kubectl-fargate:{reader}");
        assert!(bound.contains(&name), "{bound}");
    }
}

pub fn under_the_cluster_role_nothing_is_lost_and_every_right_is_used(lab: &Lab) {
    let strict = cluster::take(lab);
    let api = strict.api();
    let group = "readers-everywhere";
    apply(lab, &strict, &["--group", group, "-o", "yaml"]);
    let nodes = json!({"verb": "list", "resource": "nodes"});
    api.wait_for("the binding", |api| {
        api.lets("somebody", &[group], &nodes).then_some(())
    });
    let aws = EksStub::start(cluster::aws);
    let mut users = Vec::new();
    let mut judge = |index: usize, question: &super::Question, place: &str| {
        let user = format!("{place}-{index}");
        let config = kubeconfig(lab, &strict, &user, Some(group));
        let outcome = ask(
            lab.kubectl_fargate(&config),
            &aws,
            question,
            &["-o", "json"],
        );
        let admin = kubeconfig(lab, &strict, "all-powerful", Some("system:masters"));
        let wanted = ask(lab.kubectl_fargate(&admin), &aws, question, &["-o", "json"]);
        outcome.expect_code(question.code);
        wanted.expect_code(question.code);
        users.push(user);
        if question.code != 0 {
            assert_eq!(outcome.stderr, wanted.stderr, "{question:?}");
            return;
        }
        let parse = |text: &str| serde_json::from_str::<Value>(text).expect("a report");
        let (report, wanted) = (parse(&outcome.stdout), parse(&wanted.stdout));
        assert!(
            sources_with(&report, "Forbidden").is_empty(),
            "{question:?}\n{outcome}"
        );
        assert_eq!(report["sources"], wanted["sources"], "{question:?}");
        assert_eq!(decisions(&report), decisions(&wanted), "{question:?}");
    };
    for (index, question) in QUESTIONS.iter().enumerate() {
        judge(index, question, "there");
    }
    // Where there is no webhook of that name, the others are looked through.
    let without = WithoutWebhook::of(api);
    let late = super::question(&["explain", "pod/late"]);
    judge(0, &late, "not-there");
    drop(without);

    let mut requests = Vec::new();
    for user in &users {
        requests.extend(strict.audit().requests_of(user));
    }
    assert!(beyond_the_table(&requests).is_empty());
    let refused: Vec<_> = requests
        .iter()
        .filter(|request| request.code == 403)
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
    let unused: Vec<String> = RIGHTS
        .iter()
        .flat_map(|right| right.verbs.iter().map(move |verb| (right, verb)))
        .filter(|(right, verb)| {
            !requests
                .iter()
                .any(|request| request.verb == verb.as_str() && covers(right, request))
        })
        .map(|(right, verb)| format!("{} {}", verb.as_str(), right.full_name()))
        .collect();
    assert!(unused.is_empty(), "nothing asks for: {unused:?}");
    for path in ["/apis", "/version"] {
        assert!(
            requests
                .iter()
                .any(|request| is_discovery(request) && request.uri == path),
            "{path}"
        );
    }
}

pub fn under_the_role_of_a_namespace_only_what_lies_outside_is_lost(lab: &Lab) {
    let strict = cluster::take(lab);
    let api = strict.api();
    let group = "readers-of-shop";
    apply(lab, &strict, &["-n", SHOP, "--group", group, "-o", "yaml"]);
    let pods = json!({"verb": "list", "resource": "pods", "namespace": SHOP});
    api.wait_for("the binding", |api| {
        api.lets("somebody", &[group], &pods).then_some(())
    });
    let aws = EksStub::start(cluster::aws);
    let outside: BTreeSet<String> = RIGHTS
        .iter()
        .filter(|right| !right.is_of(Some(SHOP)))
        .map(|right| right.full_name())
        .collect();
    let mut used = Vec::new();
    let of_shop = QUESTIONS.iter().filter(|question| {
        // The other namespace is nobody's here.
        !question.arguments.contains(&"-A") && !question.arguments.contains(&"nowhere")
    });
    for (index, question) in of_shop.enumerate() {
        let user = format!("reader-of-shop-{index}");
        let config = kubeconfig(lab, &strict, &user, Some(group));
        let outcome = ask(
            lab.kubectl_fargate(&config),
            &aws,
            question,
            &["-o", "json"],
        );
        outcome.expect_code(question.code);
        let report: Value = serde_json::from_str(&outcome.stdout).unwrap_or_default();
        for source in sources_with(&report, "Forbidden") {
            let what = source["what"].as_str().unwrap_or_default();
            // Where all namespaces were asked first, the one is read afterwards.
            let is_of_all = source["namespace"].is_null();
            assert!(
                outside.contains(what) || is_of_all,
                "{question:?}: {source}\n{outcome}"
            );
        }
        let requests = strict.audit().requests_of(&user);
        for request in requests.iter().filter(|request| request.code == 403) {
            let is_outside = request.namespace != SHOP;
            assert!(is_outside, "{question:?}: {request:?}");
        }
        used.extend(requests.into_iter().filter(|request| request.code != 403));
    }
    let unused: Vec<String> = RIGHTS
        .iter()
        .filter(|right| right.is_of(Some(SHOP)))
        .flat_map(|right| right.verbs.iter().map(move |verb| (right, verb)))
        .filter(|(right, verb)| {
            !used
                .iter()
                .any(|request| request.verb == verb.as_str() && covers(right, request))
        })
        .map(|(right, verb)| format!("{} {}", verb.as_str(), right.full_name()))
        .collect();
    assert!(unused.is_empty(), "nothing asks for: {unused:?}");
}

/// The IAM action that a request to AWS takes.
pub fn action_of(asked: &str) -> String {
    let (_, rest) = asked.split_once(' ').expect("a method");
    let (target, body) = rest.split_once(' ').unwrap_or((rest, ""));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let asked = Asked {
        path: path.to_owned(),
        query: query.to_owned(),
        body: body.to_owned(),
    };
    if let Some(action) = asked.ec2_action() {
        return format!("ec2:{action}");
    }
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let action = match segments.as_slice() {
        ["clusters", _, "fargate-profiles"] => "ListFargateProfiles",
        ["clusters", _, "fargate-profiles", _] => "DescribeFargateProfile",
        ["clusters", _, "access-entries", ..] => "DescribeAccessEntry",
        _ => panic!("nobody should ask for {path}"),
    };
    format!("eks:{action}")
}

pub fn the_iam_policy_is_what_is_asked_of_aws(lab: &Lab) {
    let strict = cluster::take(lab);
    let aws = EksStub::start(cluster::aws);
    let admin = kubeconfig(lab, &strict, "all-powerful", Some("system:masters"));
    for question in QUESTIONS {
        ask(lab.kubectl_fargate(&admin), &aws, question, &[]).expect_code(question.code);
    }
    let asked: BTreeSet<String> = aws.asked().iter().map(|asked| action_of(asked)).collect();
    let policy = lab
        .kubectl_fargate(&admin)
        .args(["permissions", "iam", "-o", "json"])
        .run();
    let policy: Value = serde_json::from_str(&policy.stdout).expect("a policy");
    let allowed: BTreeSet<String> = policy["Statement"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|statement| statement["Action"].as_array().into_iter().flatten())
        .filter_map(|action| action.as_str().map(str::to_owned))
        .collect();
    assert_eq!(asked, allowed);
    assert_eq!(allowed.len(), ACTIONS.len());
    assert!(
        policy.to_string().contains("cluster/strict"),
        "the kubeconfig names the cluster: {policy}"
    );
}
