//! What notes say, where the words matter: what they rest on, whose they are, and that they send nobody off Fargate.

#[path = "support/program.rs"]
mod program;

use std::path::Path;

use serde_json::Value;

const AT: &str = "2026-11-20T12:00:00Z";

/// Runs `explain` on a scenario, with further arguments.
fn explain(scenario: &str, more: &[&str]) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/scenarios")
        .join(scenario);
    let path = |name: &str| folder.join(name).display().to_string();
    let (cluster, profiles) = (path("cluster"), path("profiles.json"));
    let fixed = [
        "explain",
        "--from",
        &cluster,
        "--profiles",
        &profiles,
        "--at",
        AT,
    ];
    let arguments: Vec<String> = fixed
        .iter()
        .chain(more)
        .map(|argument| (*argument).to_owned())
        .collect();
    let home = tempfile::tempdir().expect("a folder for the test");
    program::run(home.path(), &arguments)
        .answer(&arguments)
        .expect("an answer")
}

/// A finding about the pods of a workload: its certainty, and its message and fix as one text.
fn told(scenario: &str, workload: &str, reason: &str) -> (String, String) {
    let answer = explain(scenario, &["-A", "-o", "json"]);
    let report: Value = serde_json::from_str(&answer).expect("JSON");
    let found = report["pods"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|pod| pod["owner"]["name"] == workload)
        .flat_map(|pod| pod["findings"].as_array().into_iter().flatten())
        .find(|finding| finding["reason"] == reason)
        .unwrap_or_else(|| panic!("{scenario}: {workload} has no {reason}"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (
        text(&found["certainty"]),
        format!("{} | {}", text(&found["message"]), found["fix"]),
    )
}

/// A scenario, a workload, a reason; its certainty, a part of what is told, and what must not be.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

#[test]
fn notes_say_what_they_rest_on() {
    const LEFT: &str = "notes-on-pods-that-would-not-come-back";
    const POLICIES: &str = "security-group-policies-that-were-changed";
    let rows: [Row; 12] = [
        (
            LEFT,
            "host-skew",
            "KubeletSkew",
            "Certain",
            "Do not make the pods again before the template of deployment/host-skew is mended",
            "commands",
        ),
        (
            LEFT,
            "out-skew",
            "KubeletSkew",
            "Certain",
            "new ones would not run on Fargate (OptedOut)",
            "commands",
        ),
        (
            LEFT,
            "host-quota",
            "StartupFailure",
            "Certain",
            "Fargate would refuse new ones (HostNamespace)",
            "have the pods made again",
        ),
        (
            LEFT,
            "out-groups",
            "RoundedUp",
            "Certain",
            "new ones would not run on Fargate (OptedOut)",
            "cost the same",
        ),
        (
            POLICIES,
            "changed",
            "SecurityGroupPolicyApplied",
            "Certain",
            "changed lists groups now that the pod does not have",
            "by SecurityGroupPolicy",
        ),
        (
            POLICIES,
            "multi",
            "SecurityGroupPolicyApplied",
            "Certain",
            "by 2 SecurityGroupPolicies",
            "No policy fits",
        ),
        (
            POLICIES,
            "superset",
            "SecurityGroupPolicyApplied",
            "Certain",
            "See that the groups allow",
            "No policy fits",
        ),
        (
            "pod-larger-than-the-largest-documented-size",
            "solver",
            "RoundedUp",
            "Certain",
            "cannot be told",
            "requests of up to",
        ),
        (
            "ended-job-whose-node-may-not-be-read",
            "import",
            "FinishedPodKeepsNode",
            "Likely",
            "Its node was not seen.",
            "Its Job",
        ),
        (
            "pod-identity-variable-without-its-token",
            "uploader",
            "PodIdentityUnsupported",
            "Likely",
            "though no token file",
            "none will come",
        ),
        (
            "load-balancer-of-the-controller-without-a-target-type",
            "gateway",
            "InstanceTargets",
            "Likely",
            "annotate service/gateway",
            "new Service",
        ),
        (
            "budget-without-a-status",
            "single",
            "DisruptionBudgetBlocksPatching",
            "Likely",
            "it has no status",
            "never allows an eviction (minAvailable 1, of 1 pod).",
        ),
    ];
    for (scenario, workload, reason, certainty, part, never) in rows {
        let (found, text) = told(scenario, workload, reason);
        assert_eq!(found, certainty, "{workload} {reason}");
        assert!(text.contains(part), "{workload} {reason}: {text}");
        assert!(!text.contains(never), "{workload} {reason}: {text}");
    }
}

#[test]
fn replicas_that_share_a_story_keep_their_notes() {
    let scenario = "replicas-that-differ-in-their-notes";
    let story = explain(scenario, &["-n", "shop", "deployment/pair"]);
    let story = story.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "and 2 pods like it",
        "(RoundedUp, on 1 of 3: pair-",
        "SecurityGroupPolicyApplied: (on 1 of 3: pair-",
        "LoggingDisabled: (on 1 of 3: pair-",
    ] {
        assert!(story.contains(part), "{part}: {story}");
    }
}
