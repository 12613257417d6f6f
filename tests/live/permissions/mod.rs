//! The rights that `permissions` prints are those that are used: all of them, and no others. Under exactly them nothing is lost;
//! with any one of them taken away the answer goes on, says what it lost, and does not become wrong.

mod cluster;
mod denied;
mod granted;

use std::collections::BTreeSet;

use kubectl_fargate::report::permissions::rights::{RIGHTS, RIGHTS_OF_FIX, Right};
use serde_json::Value;

use crate::lab::{
    Lab,
    audit::Request,
    eks_stub::EksStub,
    invocation::{Invocation, Outcome},
    kubeconfig::Kubeconfig,
    moto::REGION,
    server::ApiServer,
    users::User,
};
use crate::tests;
use cluster::{CLUSTER, SHOP};

use denied::{
    without_any_one_action_of_iam_the_answer_goes_on_and_says_what_it_lost,
    without_any_one_right_the_answer_goes_on_and_says_what_it_lost,
};
use granted::{
    the_audit_log_sees_who_asks_for_secrets, the_iam_policy_is_what_is_asked_of_aws,
    under_the_cluster_role_nothing_is_lost_and_every_right_is_used,
    under_the_role_of_a_namespace_only_what_lies_outside_is_lost,
    what_is_printed_is_applied_by_kubectl,
};

tests![
    the_audit_log_sees_who_asks_for_secrets,
    what_is_printed_is_applied_by_kubectl,
    under_the_cluster_role_nothing_is_lost_and_every_right_is_used,
    under_the_role_of_a_namespace_only_what_lies_outside_is_lost,
    the_iam_policy_is_what_is_asked_of_aws,
    without_any_one_right_the_answer_goes_on_and_says_what_it_lost,
    without_any_one_action_of_iam_the_answer_goes_on_and_says_what_it_lost,
];

/// A question, and what it is about.
#[derive(Clone, Copy, Debug)]
struct Question {
    arguments: &'static [&'static str],
    /// The code with all rights.
    code: i32,
}

const fn question(arguments: &'static [&'static str]) -> Question {
    Question { arguments, code: 0 }
}

/// Every command, in every way of asking that reads something of its own.
const QUESTIONS: &[Question] = &[
    question(&["explain"]),
    question(&["explain", "-A"]),
    question(&["explain", "pod/web-7d9f-a"]),
    question(&["explain", "pod/waits"]),
    question(&["explain", "pod/late"]),
    question(&["explain", "pod/db-0"]),
    question(&["explain", "pod/agent-0"]),
    question(&["explain", "pod/tick-1-x"]),
    question(&["explain", "deployment/web"]),
    question(&["explain", "cronjob/tick"]),
    question(&["explain", "node/ip-10-0-1-23.eu-west-1.compute.internal"]),
    question(&["profiles"]),
    question(&["profiles", "-n", SHOP]),
    question(&["suggest", "deployment/plain"]),
    Question {
        arguments: &["explain", "-n", "nowhere"],
        code: 2,
    },
    Question {
        arguments: &["explain", "pod/nobody"],
        code: 2,
    },
];

/// A user of the strict cluster who is a member of a group, by a certificate.
fn kubeconfig(lab: &Lab, strict: &ApiServer, user: &str, group: Option<&str>) -> Kubeconfig {
    let identity = lab
        .authority()
        .client(user, group)
        .expect("a certificate can be signed");
    strict
        .kubeconfig(User::Nobody)
        .client_certificate(&identity)
        .named_by_arn(REGION, CLUSTER)
        .namespace(SHOP)
}

fn ask(invocation: Invocation, aws: &EksStub, question: &Question, more: &[&str]) -> Outcome {
    invocation
        .env("AWS_ENDPOINT_URL", aws.url())
        .args(question.arguments)
        .args(more)
        .run()
}

/// Whether a right of the table lets this be asked.
fn covers(right: &Right, request: &Request) -> bool {
    right.group == request.group
        && right.resource == request.resource
        && right.verbs.iter().any(|verb| verb.as_str() == request.verb)
        && (right.names.is_empty() || right.names.contains(&request.name.as_str()))
}

/// What everybody who is signed in may ask: which groups and kinds there are, and the version.
fn is_discovery(request: &Request) -> bool {
    let path = request.uri.split('?').next().unwrap_or_default();
    let segments = path.split('/').count();
    let is_group = path.starts_with("/apis/") && segments == 4;
    request.verb == "get"
        && request.resource.is_empty()
        && (is_group || ["/apis", "/version"].contains(&path))
}

/// The requests that no right of the table covers: for a Secret, a write, another kind.
pub fn beyond_the_table(requests: &[Request]) -> Vec<&Request> {
    requests
        .iter()
        .filter(|request| {
            // Who may fix is asked by the tests of that alone.
            let of_fix = RIGHTS_OF_FIX.iter().filter(|_| {
                request.user == User::Fixer.name() || request.user == User::Viewer.name()
            });
            let mut rights = RIGHTS.iter().chain(of_fix);
            !is_discovery(request) && !rights.any(|right| covers(right, request))
        })
        .collect()
}

/// What is the same however long ago something happened: placement, what is expected, reasons, certainty.
fn decisions(report: &Value) -> Vec<Value> {
    let of = |list: &str, fields: &[&str]| {
        let entries = report[list].as_array().into_iter().flatten();
        let kept = entries.map(|entry| {
            let reasons: BTreeSet<&str> = entry["findings"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|finding| finding["reason"].as_str())
                .collect();
            let fields = fields.iter().map(|field| entry[field].clone());
            let fields: Vec<Value> = fields.collect();
            serde_json::json!([list, fields, reasons])
        });
        kept.collect::<Vec<_>>()
    };
    let pods = [
        "namespace",
        "name",
        "placement",
        "expected",
        "reason",
        "certainty",
        "nearMisses",
    ];
    let profiles = [
        "name",
        "status",
        "podsOnFargate",
        "podsClaimable",
        "podsWaiting",
        "selectors",
    ];
    [
        of("pods", &pods),
        of("profiles", &profiles),
        of("nodes", &["name", "placement"]),
    ]
    .concat()
}
