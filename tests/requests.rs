//! What a question costs the API server: every request of the binary, counted by a server of our own. What stands beside pods
//! is asked for only where there are pods on Fargate, never a ConfigMap but two, and no answer hangs on it.

#[path = "support/api_server.rs"]
#[expect(dead_code, reason = "what misbehaving servers need is not needed here")]
mod api_server;

use std::sync::{Arc, Mutex};

use api_server::{Answer, Asked, Stub};
use serde_json::{Value, json};

const SHOP: &str = "/api/v1/namespaces/shop";
const NODE: &str = "fargate-ip-10-0-1-31.eu-west-1.compute.internal";
/// Asked for in every question about one pod.
const OF_ANY_POD: &[&str] = &[
    "/api/v1/namespaces/shop/events",
    "/api/v1/namespaces/shop/pods/web",
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/0500-amazon-eks-fargate-mutation.amazonaws.com",
];
const AWS_AUTH: &str = "/api/v1/namespaces/kube-system/configmaps/aws-auth";
const AWS_LOGGING: &str = "/api/v1/namespaces/aws-observability/configmaps/aws-logging";

/// What goes wrong, how the server does it, and how `sources` tells it.
type Trouble = (&'static str, fn() -> Answer, &'static str);

/// A pod that the profile `apps` claimed, without an owner.
fn claimed(namespace: &str, name: &str, more: &Value) -> Value {
    let mut pod = json!({
        "metadata": {"name": name, "namespace": namespace, "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {"eks.amazonaws.com/fargate-profile": "apps"}},
        "spec": {"schedulerName": "fargate-scheduler", "containers": [{"name": "main"}]},
        "status": {"phase": "Pending"},
    });
    for part in ["metadata", "spec", "status"] {
        for (key, value) in more[part].as_object().into_iter().flatten() {
            pod[part][key] = value.clone();
        }
    }
    pod
}

fn on_fargate(namespace: &str, name: &str) -> Value {
    claimed(
        namespace,
        name,
        &json!({"spec": {"nodeName": NODE}, "status": {"phase": "Running"}}),
    )
}

fn list(items: &[Value]) -> Answer {
    Answer::Json(200, json!({"metadata": {}, "items": items}))
}

/// Answers about these pods; of everything else there is none, and the kinds that a cluster may lack are not served.
fn cluster(pods: Vec<Value>) -> impl Fn(&Asked) -> Answer + Send + Sync + 'static {
    move |asked| {
        let path = asked.path.as_str();
        let found = pods.iter().find(|pod| {
            path == format!(
                "{SHOP}/pods/{}",
                pod["metadata"]["name"].as_str().unwrap_or_default()
            )
        });
        if let Some(pod) = found {
            return Answer::Json(200, pod.clone());
        }
        if path == "/version" {
            return Answer::Json(200, json!({"gitVersion": "v1.33.4-eks-1234567"}));
        }
        if path.ends_with(NODE) {
            return Answer::Json(
                200,
                json!({"metadata": {"name": NODE, "labels": {"eks.amazonaws.com/compute-type": "fargate"}},
                    "status": {"nodeInfo": {"kubeletVersion": "v1.33.4-eks-1234567"}}}),
            );
        }
        if path.ends_with("/pods") {
            return list(&pods);
        }
        if path.contains("/verticalpodautoscalers") || path.contains("/securitygrouppolicies") {
            return Answer::Text(404, "404 page not found");
        }
        let is_one = [
            "/configmaps/",
            "/serviceaccounts/",
            "/nodes/",
            "/mutatingwebhookconfigurations/",
        ];
        if path.ends_with("/0500-amazon-eks-fargate-mutation.amazonaws.com") {
            return Answer::Json(
                200,
                json!({"metadata": {"name": "0500-amazon-eks-fargate-mutation.amazonaws.com"}}),
            );
        }
        if is_one.iter().any(|part| path.contains(part)) {
            return Answer::absent(path);
        }
        list(&[])
    }
}

/// What was asked for beyond what any pod costs, sorted.
fn beyond(stub: &Stub, usual: &[&str]) -> Vec<String> {
    let mut all = stub.all_asked();
    for path in usual {
        let at = all.iter().position(|asked| asked == path);
        all.remove(at.unwrap_or_else(|| panic!("{path} was not asked for: {all:?}")));
    }
    all.sort();
    all
}

fn statuses(report: &Value, what: &str) -> Vec<String> {
    let sources = report["sources"].as_array().into_iter().flatten();
    sources
        .filter(|source| source["what"] == what)
        .map(|source| source["status"].as_str().unwrap_or_default().to_owned())
        .collect()
}

fn explain(stub: &Stub, arguments: &[&str]) -> Value {
    let outcome = stub.explain(&[arguments, &["-o", "json"]].concat());
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    outcome.report()
}

#[test]
fn a_running_pod_on_fargate() {
    let stub = Stub::start(cluster(vec![on_fargate("shop", "web")]));
    let report = explain(&stub, &["pod/web", "-n", "shop"]);
    assert_eq!(report["pods"][0]["placement"]["kind"], "Fargate");
    assert_eq!(
        beyond(&stub, OF_ANY_POD),
        [
            "/api/v1/namespaces/shop/services".to_owned(),
            format!("/api/v1/nodes/{NODE}"),
            "/apis/autoscaling.k8s.io/v1/namespaces/shop/verticalpodautoscalers".to_owned(),
            "/apis/policy/v1/namespaces/shop/poddisruptionbudgets".to_owned(),
            "/version".to_owned(),
        ]
    );
    assert_eq!(statuses(&report, "services"), ["Read"]);
    assert_eq!(statuses(&report, "poddisruptionbudgets"), ["Read"]);
    assert_eq!(statuses(&report, "verticalpodautoscalers"), ["NotServed"]);
    assert_eq!(statuses(&report, "configmaps"), [""; 0]);
    let shown = stub.explain(&["pod/web", "-n", "shop"]).stdout;
    assert!(
        !shown.contains("autoscalers"),
        "a kind that is not served is nobody's trouble: {shown}"
    );
}

#[test]
fn a_claimed_pod_that_waits() {
    let stub = Stub::start(cluster(vec![claimed("shop", "web", &json!({}))]));
    explain(&stub, &["pod/web", "-n", "shop"]);
    // The other pods of its profile tell whether the profile works at all.
    assert_eq!(beyond(&stub, OF_ANY_POD), [AWS_AUTH, "/api/v1/pods"]);
}

#[test]
fn a_pod_with_logging_off_groups_of_its_own_and_pod_identity() {
    let pod = claimed(
        "shop",
        "web",
        &json!({
            "metadata": {"annotations": {
                "Logging": "LoggingDisabled: LOGGING_CONFIGMAP_NOT_FOUND", "fargate.amazonaws.com/pod-sg": "sg-1",
            }},
            "spec": {"serviceAccountName": "orders", "containers": [
                {"name": "main", "env": [{"name": "AWS_CONTAINER_CREDENTIALS_FULL_URI", "value": "hunter2"}]},
            ]},
            "status": {"phase": "Succeeded"},
        }),
    );
    let stub = Stub::start(cluster(vec![pod]));
    let report = explain(&stub, &["pod/web", "-n", "shop"]);
    assert_eq!(
        beyond(&stub, OF_ANY_POD),
        [
            AWS_LOGGING,
            "/api/v1/namespaces/shop/serviceaccounts/orders",
            "/apis/vpcresources.k8s.aws/v1beta1/namespaces/shop/securitygrouppolicies",
        ]
    );
    assert!(!report.to_string().contains("hunter2"));
}

#[test]
fn a_pod_elsewhere_costs_nothing_of_it() {
    for pod in [
        json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": {}, "status": {"phase": "Pending"}}),
        json!({"metadata": {"name": "web", "namespace": "shop", "annotations": {"Logging": "LoggingDisabled: X"}},
            "spec": {"nodeName": "ip-10-0-1-1.ec2.internal"}, "status": {"phase": "Running"}}),
    ] {
        let node = pod["spec"]["nodeName"]
            .as_str()
            .map(|node| format!("/api/v1/nodes/{node}"));
        let stub = Stub::start(cluster(vec![pod]));
        explain(&stub, &["pod/web", "-n", "shop"]);
        assert_eq!(
            beyond(&stub, OF_ANY_POD),
            node.into_iter().collect::<Vec<_>>()
        );
    }
}

#[test]
fn the_events_of_a_node_lead_to_the_settings_of_the_log_router() {
    let answer = cluster(vec![on_fargate("shop", "web")]);
    let stub = Stub::start(move |asked| match asked.path.as_str() {
        "/api/v1/namespaces/shop/events" => list(&[json!({
            "metadata": {"name": "web.1", "namespace": "shop"}, "reason": "LoggingDisabled", "type": "Warning",
            "message": "Disabled logging because aws-logging configmap was not found. configmap \"aws-logging\" not found",
            "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "web"},
            "source": {"component": "fargate-scheduler"}, "lastTimestamp": "2026-01-01T00:00:05Z",
        })]),
        _ => answer(asked),
    });
    explain(&stub, &[&format!("node/{NODE}")]);
    assert_eq!(stub.asked(AWS_LOGGING), 1);
    assert_eq!(stub.asked(AWS_AUTH), 0);
}

#[test]
fn a_scope_costs_one_list_a_kind() {
    let crash = json!({"spec": {"nodeName": NODE}, "status": {"phase": "Running", "containerStatuses": [
        {"name": "main", "restartCount": 5, "state": {"waiting": {"reason": "CrashLoopBackOff"}}},
    ]}});
    let pods: Vec<Value> = ["a", "b", "c", "d"]
        .iter()
        .flat_map(|namespace| {
            [
                on_fargate(namespace, "web"),
                claimed(namespace, "job", &crash),
            ]
        })
        .collect();
    let stub = Stub::start(cluster(pods));
    let report = explain(&stub, &["-A"]);
    assert_eq!(report["pods"].as_array().map(Vec::len), Some(8));
    for path in [
        "/api/v1/services",
        "/api/v1/serviceaccounts",
        "/apis/policy/v1/poddisruptionbudgets",
        "/apis/autoscaling.k8s.io/v1/verticalpodautoscalers",
        "/version",
    ] {
        assert_eq!(stub.asked(path), 1, "{path}: {:?}", stub.all_asked());
    }
    let several: Vec<String> = stub
        .all_asked()
        .into_iter()
        .filter(|path| path.contains("/namespaces/") || path.contains("configmaps"))
        .collect();
    assert!(several.is_empty(), "{several:?}");
}

#[test]
fn without_pods_on_fargate_a_scope_costs_nothing_of_it() {
    let pod = json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": {}, "status": {"phase": "Pending"}});
    let stub = Stub::start(cluster(vec![pod]));
    for scope in [&["-n", "shop"][..], &["-A"]] {
        explain(&stub, scope);
    }
    let beside: Vec<String> = stub
        .all_asked()
        .into_iter()
        .filter(|path| {
            [
                "services",
                "serviceaccounts",
                "budgets",
                "autoscalers",
                "policies",
                "configmaps",
                "version",
            ]
            .iter()
            .any(|word| path.contains(word))
        })
        .collect();
    assert!(beside.is_empty(), "{beside:?}");
}

#[test]
fn whatever_goes_wrong_beside_a_pod_its_answer_stays() {
    let pods = || {
        vec![claimed(
            "shop",
            "web",
            &json!({
                "metadata": {"annotations": {"Logging": "LoggingDisabled: X", "fargate.amazonaws.com/pod-sg": "sg-1"}},
                "spec": {"nodeName": NODE}, "status": {"phase": "Running"},
            }),
        )]
    };
    let whole = Stub::start(cluster(pods()));
    let whole = explain(&whole, &["pod/web", "-n", "shop"]);
    let decisive = |report: &Value| {
        let pod = &report["pods"][0];
        ["placement", "expected", "reason", "certainty", "summary"].map(|field| pod[field].clone())
    };
    let refusal = || {
        let words = "services is forbidden: User \"me\" cannot list it";
        Answer::Json(
            403,
            json!({"kind": "Status", "message": words, "code": 403}),
        )
    };
    let troubles: [Trouble; 4] = [
        ("refused", refusal, "Forbidden"),
        ("silent", || Answer::Silence, "TimedOut"),
        ("not JSON", || Answer::Text(200, "<html>"), "Malformed"),
        (
            "wrong",
            || Answer::Json(400, json!({"code": 400})),
            "Failed",
        ),
    ];
    for (trouble, answer, status) in troubles {
        let served = cluster(pods());
        let stub = Stub::start(move |asked| {
            let path = asked.path.as_str();
            let is_usual = OF_ANY_POD.contains(&path) || path.ends_with(NODE);
            // What a group serves may be asked by everybody.
            let is_group = path == "/apis/autoscaling.k8s.io/v1" || path.ends_with("/v1beta1");
            match is_usual {
                true => served(asked),
                false if is_group => Answer::Json(200, json!({"resources": []})),
                false => answer(),
            }
        });
        let report = explain(&stub, &["pod/web", "-n", "shop", "--request-timeout", "1s"]);
        assert_eq!(decisive(&report), decisive(&whole), "{trouble}");
        for what in ["services", "poddisruptionbudgets", "configmaps"] {
            assert_eq!(statuses(&report, what), [status], "{trouble}: {what}");
        }
    }
}

#[test]
fn what_was_refused_beside_a_pod_is_one_line() {
    let served = cluster(vec![on_fargate("shop", "web")]);
    let stub = Stub::start(move |asked| {
        let refused = |words: &str| {
            Answer::Json(
                403,
                json!({"kind": "Status", "message": words, "code": 403}),
            )
        };
        match asked.path.as_str() {
            path if path.ends_with("/services") => refused("services is forbidden: User \"me\""),
            path if path.ends_with("/verticalpodautoscalers") => {
                refused("autoscalers is forbidden")
            }
            path if path.ends_with("/poddisruptionbudgets") => Answer::Silence,
            "/apis/autoscaling.k8s.io/v1" => Answer::Text(404, "404 page not found"),
            _ => served(asked),
        }
    });
    for scope in [&["pod/web", "-n", "shop"][..], &["-n", "shop"]] {
        let outcome = stub.explain(&[scope, &["--request-timeout", "1s"]].concat());
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        let lines: Vec<&str> = outcome
            .stdout
            .lines()
            .skip_while(|line| !line.starts_with("Not read:"))
            .collect();
        assert_eq!(
            lines.join(" "),
            "Not read: services (Forbidden), poddisruptionbudgets (TimedOut); their notes are missing",
            "{outcome:?}"
        );
    }
}

/// A pod of a ReplicaSet of the Deployment `web`, on an EC2 node.
fn replica(name: &str) -> Value {
    json!({
        "metadata": {"name": name, "namespace": "shop", "labels": {"app": "web"}, "ownerReferences": [
            {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-7d9f", "uid": "1", "controller": true}]},
        "spec": {"nodeName": "ip-10-0-1-1.ec2.internal"}, "status": {"phase": "Running"},
    })
}

/// Answers about these pods of the Deployment `web`, and writes down every request with its query.
fn deployment(
    pods: Vec<Value>,
    log: &Arc<Mutex<Vec<String>>>,
) -> impl Fn(&Asked) -> Answer + Send + Sync + 'static {
    let others = cluster(pods);
    let log = Arc::clone(log);
    move |asked| {
        let separator = if asked.query.is_empty() { "" } else { "?" };
        let request = format!("{}{separator}{}", asked.path, asked.query);
        log.lock()
            .expect("no thread panics with the log")
            .push(request);
        let replica_set = json!({
            "metadata": {"name": "web-7d9f", "namespace": "shop", "ownerReferences": [
                {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "2", "controller": true}]},
            "spec": {},
        });
        match asked.path.as_str() {
            "/apis/apps/v1/namespaces/shop/deployments/web" => Answer::Json(
                200,
                json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": {"selector": {"matchLabels": {"app": "web"}}}}),
            ),
            "/apis/apps/v1/namespaces/shop/replicasets/web-7d9f" => Answer::Json(200, replica_set),
            "/apis/apps/v1/namespaces/shop/replicasets" => list(&[replica_set]),
            _ => others(asked),
        }
    }
}

/// Every request in the log, sorted, less that for the webhook.
fn requests(log: &Mutex<Vec<String>>) -> Vec<String> {
    let mut all = log.lock().expect("no thread panics with the log").clone();
    all.retain(|request| !request.contains("mutatingwebhookconfigurations/"));
    all.sort();
    all
}

#[test]
fn a_workload_costs_what_is_its_own_and_no_events_of_others() {
    let log = Arc::default();
    let stub = Stub::start(deployment(vec![replica("web-a"), replica("web-b")], &log));
    explain(&stub, &["deployment/web", "-n", "shop"]);
    assert_eq!(
        requests(&log),
        [
            "/api/v1/namespaces/shop/events?limit=500&fieldSelector=involvedObject.name%3Dweb-a",
            "/api/v1/namespaces/shop/events?limit=500&fieldSelector=involvedObject.name%3Dweb-b",
            "/api/v1/namespaces/shop/pods?limit=500&labelSelector=app%3Dweb",
            "/api/v1/nodes/ip-10-0-1-1.ec2.internal",
            "/apis/apps/v1/namespaces/shop/deployments/web",
            "/apis/apps/v1/namespaces/shop/replicasets?limit=500&labelSelector=app%3Dweb",
        ]
    );
}

#[test]
fn a_workload_without_pods_costs_the_events_that_tell_why() {
    let log = Arc::default();
    let stub = Stub::start(deployment(Vec::new(), &log));
    explain(&stub, &["deployment/web", "-n", "shop"]);
    let events: Vec<String> = requests(&log)
        .into_iter()
        .filter(|request| request.contains("/events"))
        .collect();
    assert_eq!(
        events,
        [
            "/api/v1/namespaces/shop/events?limit=500&fieldSelector=involvedObject.name%3Dweb",
            "/api/v1/namespaces/shop/events?limit=500&fieldSelector=involvedObject.name%3Dweb-7d9f",
        ]
    );
}

#[test]
fn chosen_pods_cost_what_they_point_to() {
    for (scope, pods) in [
        (
            &["-A", "-l", "app=web"][..],
            "/api/v1/pods?limit=500&labelSelector=app%3Dweb",
        ),
        (
            &["-n", "shop", "--field-selector", "status.phase=Running"],
            "/api/v1/namespaces/shop/pods?limit=500&fieldSelector=status.phase%3DRunning",
        ),
    ] {
        let log = Arc::default();
        let stub = Stub::start(deployment(vec![replica("web-a")], &log));
        explain(&stub, scope);
        let mut wanted = [
            "/api/v1/namespaces/shop/events?limit=500&fieldSelector=involvedObject.name%3Dweb-a",
            "/api/v1/nodes/ip-10-0-1-1.ec2.internal",
            "/apis/apps/v1/namespaces/shop/deployments/web",
            "/apis/apps/v1/namespaces/shop/replicasets/web-7d9f",
            pods,
        ];
        wanted.sort_unstable();
        assert_eq!(requests(&log), wanted);
    }
}

#[test]
fn many_chosen_pods_cost_lists() {
    let pods: Vec<Value> = (0..60)
        .map(|index| {
            let mut pod = replica(&format!("web-{index}"));
            pod["metadata"]["namespace"] = format!("n{}", index % 6).into();
            pod["spec"]["nodeName"] = format!("ip-10-0-1-{index}.ec2.internal").into();
            pod
        })
        .collect();
    let log = Arc::default();
    let stub = Stub::start(deployment(pods, &log));
    explain(&stub, &["-A", "-l", "app=web"]);
    let lists: Vec<String> = requests(&log)
        .into_iter()
        .filter(|request| request.contains('?'))
        .collect();
    assert_eq!(
        lists,
        [
            "/api/v1/events?limit=500&fieldSelector=involvedObject.kind%3DPod",
            "/api/v1/nodes?limit=500",
            "/api/v1/pods?limit=500&labelSelector=app%3Dweb",
        ]
    );
}

#[test]
fn a_namespace_costs_no_list_of_the_cluster() {
    let log = Arc::default();
    let stub = Stub::start(deployment(vec![replica("web-a")], &log));
    explain(&stub, &["-n", "shop"]);
    let beyond: Vec<String> = requests(&log)
        .into_iter()
        .filter(|request| !request.contains("/namespaces/shop/"))
        .collect();
    assert_eq!(beyond, ["/api/v1/nodes/ip-10-0-1-1.ec2.internal"]);
    let events: Vec<String> = requests(&log)
        .into_iter()
        .filter(|request| request.contains("/events"))
        .collect();
    assert_eq!(
        events,
        ["/api/v1/namespaces/shop/events?limit=500&fieldSelector=involvedObject.kind%3DPod"]
    );
}

/// The groups of an API server, as `GET /apis` tells them.
fn groups(served: &[(&str, &str)]) -> Answer {
    let groups: Vec<Value> = served
        .iter()
        .map(|(name, version)| {
            let version = json!({"groupVersion": format!("{name}/{version}"), "version": version});
            json!({"name": name, "versions": [version], "preferredVersion": version})
        })
        .collect();
    Answer::Json(200, json!({"kind": "APIGroupList", "groups": groups}))
}

#[test]
fn which_controllers_keep_profiles_is_one_question() {
    let served = cluster(vec![on_fargate("shop", "web")]);
    let stub = Stub::start(move |asked| match asked.path.as_str() {
        "/apis" => groups(&[("apps", "v1"), ("cluster.x-k8s.io", "v1beta2")]),
        _ => served(asked),
    });
    for scope in [&["pod/web", "-n", "shop"][..], &["-A"]] {
        let outcome = stub.explain_without_aws(&[scope, &["-o", "json"]].concat());
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        assert_eq!(statuses(&outcome.report(), "apis"), [""; 0]);
    }
    assert_eq!(stub.asked("/apis"), 2, "once a question");
    let lists: Vec<String> = stub
        .all_asked()
        .into_iter()
        .filter(|path| path.contains("fargateprofiles") || path.contains("x-k8s.io"))
        .collect();
    assert!(lists.is_empty(), "{lists:?}");
    explain(&stub, &["pod/web", "-n", "shop"]);
    assert_eq!(stub.asked("/apis"), 2, "not where profiles were given");
}

#[test]
fn each_kind_that_is_served_is_one_list() {
    let pods = cluster(vec![on_fargate("shop", "web")]);
    let stub = Stub::start(move |asked| match asked.path.as_str() {
        "/apis" => groups(&[
            ("eks.services.k8s.aws", "v1alpha1"),
            ("eks.aws.upbound.io", "v1beta1"),
            ("infrastructure.cluster.x-k8s.io", "v1beta2"),
            ("controlplane.cluster.x-k8s.io", "v1beta2"),
        ]),
        "/apis/eks.services.k8s.aws/v1alpha1/fargateprofiles" => {
            let next = (!asked.query.contains("continue=second")).then_some("second");
            let name = if next.is_some() { "apps" } else { "late" };
            Answer::Json(
                200,
                json!({"metadata": {"continue": next}, "items": [{
                    "apiVersion": "eks.services.k8s.aws/v1alpha1", "kind": "FargateProfile", "metadata": {"name": name, "namespace": "infra"},
                    "spec": {"name": name, "clusterName": "prod", "selectors": [{"namespace": "shop"}]},
                }]}),
            )
        }
        // The group is served, the kind is not: its provider is not installed.
        "/apis/eks.aws.upbound.io/v1beta1/fargateprofiles" => {
            Answer::Text(404, "404 page not found")
        }
        _ => pods(asked),
    });
    let outcome = stub.explain_without_aws(&["pod/web", "-n", "shop", "-o", "json"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let report = outcome.report();
    assert_eq!(report["pods"][0]["expected"]["profile"], "apps", "{report}");
    for (path, count) in [
        ("/apis/eks.services.k8s.aws/v1alpha1/fargateprofiles", 2),
        ("/apis/eks.aws.upbound.io/v1beta1/fargateprofiles", 1),
        (
            "/apis/infrastructure.cluster.x-k8s.io/v1beta2/awsfargateprofiles",
            1,
        ),
        // Nothing of Cluster API is there, so no name of it is wanted.
        (
            "/apis/controlplane.cluster.x-k8s.io/v1beta2/awsmanagedcontrolplanes",
            0,
        ),
    ] {
        assert_eq!(stub.asked(path), count, "{path}");
    }
    assert_eq!(
        statuses(&report, "fargateprofiles.eks.services.k8s.aws"),
        ["Read"]
    );
    assert_eq!(
        statuses(&report, "fargateprofiles.eks.aws.upbound.io"),
        [""; 0],
        "a kind that is not served is nobody's trouble"
    );
}

#[test]
fn whatever_goes_wrong_with_profile_objects_the_answer_stays() {
    let kind = "/apis/eks.services.k8s.aws/v1alpha1/fargateprofiles";
    let refusal = || Answer::Json(403, json!({"kind": "Status", "message": "no", "code": 403}));
    let troubles: [Trouble; 4] = [
        ("refused", refusal, "Forbidden"),
        ("silent", || Answer::Silence, "TimedOut"),
        ("not JSON", || Answer::Text(200, "<html>"), "Malformed"),
        (
            "items that are none",
            || Answer::Json(200, json!({"items": {"a": 1}})),
            "Malformed",
        ),
    ];
    for (trouble, answer, status) in troubles {
        for (broken, what) in [
            ("/apis", "apis"),
            (kind, "fargateprofiles.eks.services.k8s.aws"),
        ] {
            if (trouble, what) == ("items that are none", "apis") {
                continue;
            }
            let pods = cluster(vec![on_fargate("shop", "web")]);
            let stub = Stub::start(move |asked| match asked.path.as_str() {
                path if path == broken => answer(),
                // Where a namespace is tried instead, it is no better.
                path if path.ends_with("/fargateprofiles") => answer(),
                "/apis" => groups(&[("eks.services.k8s.aws", "v1alpha1")]),
                "/apis/eks.services.k8s.aws/v1alpha1" => {
                    Answer::Json(200, json!({"resources": [{"name": "fargateprofiles"}]}))
                }
                _ => pods(asked),
            });
            let arguments = [
                "pod/web",
                "-n",
                "shop",
                "-o",
                "json",
                "--request-timeout",
                "1s",
            ];
            let outcome = stub.explain_without_aws(&arguments);
            assert_eq!(outcome.code, Some(0), "{trouble} {broken}: {outcome:?}");
            let report = outcome.report();
            assert_eq!(statuses(&report, what), [status], "{trouble}: {report}");
            assert_eq!(report["pods"][0]["placement"]["kind"], "Fargate");
            assert_eq!(report["pods"][0]["expected"]["kind"], "Undecided");
        }
    }
}

#[test]
fn a_list_whose_pages_are_gone_begins_anew() {
    let pods = cluster(vec![on_fargate("shop", "web")]);
    let stub = Stub::start(move |asked| match asked.path.as_str() {
        "/apis" => groups(&[("eks.services.k8s.aws", "v1alpha1")]),
        path if path.ends_with("/fargateprofiles") => {
            if asked.query.contains("continue=") {
                return Answer::Json(410, json!({"kind": "Status", "code": 410}));
            }
            let next = (asked.count == 1).then_some("second");
            Answer::Json(
                200,
                json!({"metadata": {"continue": next}, "items": [
                    {"metadata": {"name": "apps"}, "spec": {"name": "apps", "clusterName": "prod", "selectors": [{"namespace": "shop"}]}},
                    {"metadata": {"name": "dev"}, "spec": {"name": "apps", "clusterName": "dev"}},
                    {"metadata": {"name": "broken"}, "spec": 7}, "nonsense",
                ]}),
            )
        }
        _ => pods(asked),
    });
    let outcome = stub.explain_without_aws(&["pod/web", "-n", "shop", "-o", "json"]);
    let report = outcome.report();
    let what = "fargateprofiles.eks.services.k8s.aws";
    assert_eq!(
        statuses(&report, what),
        ["Malformed", "Malformed", "Read"],
        "{report}"
    );
    let said = report.to_string();
    assert!(said.contains("1 profile of dev was left out"), "{report}");
    assert_eq!(report["pods"][0]["expected"]["profile"], "apps", "{report}");
}

#[test]
fn objects_that_may_not_be_read_are_missed_without_the_eks_api() {
    let pods = cluster(vec![on_fargate("shop", "web"), on_fargate("shop", "api")]);
    let stub = Stub::start(move |asked| match asked.path.as_str() {
        "/apis" => groups(&[("eks.services.k8s.aws", "v1alpha1")]),
        "/apis/eks.services.k8s.aws/v1alpha1" => {
            Answer::Json(200, json!({"resources": [{"name": "fargateprofiles"}]}))
        }
        path if path.ends_with("/fargateprofiles") => {
            Answer::Json(403, json!({"kind": "Status", "message": "no", "code": 403}))
        }
        _ => pods(asked),
    });
    let shown = stub.explain_without_aws(&["-n", "shop"]).stdout;
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        shown.contains("needs list on fargateprofiles.eks.services.k8s.aws"),
        "{shown}"
    );
}

#[test]
fn who_may_not_read_a_kind_that_is_not_served_misses_nothing() {
    let pods = cluster(vec![on_fargate("shop", "web")]);
    let stub = Stub::start(move |asked| match asked.path.as_str() {
        "/apis" => groups(&[("eks.services.k8s.aws", "v1alpha1")]),
        "/apis/eks.services.k8s.aws/v1alpha1" => {
            Answer::Json(200, json!({"resources": [{"name": "clusters"}]}))
        }
        path if path.ends_with("/fargateprofiles") => {
            Answer::Json(403, json!({"kind": "Status", "message": "no", "code": 403}))
        }
        _ => pods(asked),
    });
    let report = stub
        .explain_without_aws(&["pod/web", "-n", "shop", "-o", "json"])
        .report();
    let what = "fargateprofiles.eks.services.k8s.aws";
    assert_eq!(statuses(&report, what), [""; 0]);
}

/// What a suggestion is asked for below.
const SUGGEST: &[&str] = &[
    "pod/web",
    "-n",
    "shop",
    "-o",
    "json",
    "--profiles",
    "profiles.json",
];

/// A pod of the namespace `shop` on an EC2 node, with a label.
fn labelled(name: &str, app: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": "shop", "labels": {"app": app}},
        "spec": {"nodeName": "ip-10-0-1-1.ec2.internal"}, "status": {"phase": "Running"}})
}

#[test]
fn a_suggestion_looks_at_who_else_is_in_the_namespace() {
    let pods = vec![labelled("web", "web"), labelled("api", "web")];
    let stub = Stub::start(cluster(pods.clone()));
    let outcome = stub.ask("suggest", SUGGEST);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let report = outcome.report();
    assert_eq!(report["others"][0]["name"], "api", "{report:#}");
    let beside: Vec<String> = beyond(&stub, OF_ANY_POD)
        .into_iter()
        .filter(|path| !path.starts_with("/api/v1/nodes/"))
        .collect();
    assert_eq!(
        beside,
        [
            "/api/v1/namespaces/shop/pods",
            "/apis/apps/v1/namespaces/shop/daemonsets",
            "/apis/apps/v1/namespaces/shop/deployments",
            "/apis/apps/v1/namespaces/shop/replicasets",
            "/apis/apps/v1/namespaces/shop/statefulsets",
            "/apis/batch/v1/namespaces/shop/cronjobs",
            "/apis/batch/v1/namespaces/shop/jobs",
        ]
    );

    let others = cluster(pods);
    let stub = Stub::start(move |asked| match asked.path.as_str() {
        "/api/v1/namespaces/shop/pods" => Answer::Json(
            403,
            json!({"kind": "Status", "status": "Failure", "reason": "Forbidden", "code": 403, "message": "no"}),
        ),
        _ => others(asked),
    });
    let outcome = stub.ask("suggest", SUGGEST);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let report = outcome.report();
    assert_eq!(
        report["profiles"][0]["selectors"][0]["labels"],
        json!({"app": "web"}),
        "{report:#}"
    );
    assert_eq!(report["certainty"], "Likely", "{report:#}");
    let warnings = report["warnings"].as_array().expect("warnings");
    assert!(
        warnings.iter().any(|warning| warning
            == "Not all pods of namespace shop could be read: others may match too."),
        "{report:#}"
    );
}

/// Runs `explain pod/web -n shop` with these flags and this user of the kubeconfig.
fn with_flags(stub: &Stub, user: &Value, flags: &[&str]) -> (Option<i32>, String) {
    let cluster = json!({"server": stub.url()});
    let question = [
        "explain",
        "pod/web",
        "-n",
        "shop",
        "--profiles",
        "profiles.json",
        "-o",
        "name",
    ];
    let output = stub
        .command(&cluster, user, &[flags, &question].concat())
        .output()
        .expect("cargo built the binary for this test");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), stderr)
}

fn pods() -> Vec<Value> {
    vec![on_fargate("shop", "web")]
}

#[test]
fn who_is_impersonated_is_sent_and_flags_outrank_the_kubeconfig() {
    let user = json!({"token": "token-0", "as": "somebody", "as-groups": ["some"]});
    for (flags, name, values) in [
        (&[][..], "Impersonate-User", &["somebody"][..]),
        (&[], "Impersonate-Group", &["some"]),
        (&["--as", "jane"], "Impersonate-User", &["jane"]),
        (
            &["--as=jane", "--as-group", "a,b", "--as-group=c"],
            "Impersonate-Group",
            &["a,b", "c"],
        ),
        (
            &["--as", "jane", "--as-uid", "7"],
            "Impersonate-Uid",
            &["7"],
        ),
        (
            &[
                "--as",
                "jane",
                "--as-user-extra",
                "Scopes=a=b",
                "--as-user-extra",
                "Scopes=c",
            ],
            "Impersonate-Extra-Scopes",
            &["a=b", "c"],
        ),
        (
            &["--token", "token-1"],
            "Authorization",
            &["Bearer token-1"],
        ),
    ] {
        let stub = Stub::start(cluster(pods()));
        let (code, stderr) = with_flags(&stub, &user, flags);
        assert_eq!(code, Some(0), "{flags:?}: {stderr}");
        assert_eq!(stub.values_of(name), values, "{flags:?}");
    }
}

#[test]
fn a_login_by_flags_takes_the_place_of_a_plugin() {
    let exec = json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-plugin"}});
    for (flags, wanted) in [
        (&["--token", "token-1"][..], "Bearer token-1"),
        (
            &["--username", "me", "--password", "pass"],
            "Basic bWU6cGFzcw==",
        ),
    ] {
        let stub = Stub::start(cluster(pods()));
        let (code, stderr) = with_flags(&stub, &exec, flags);
        assert_eq!(code, Some(0), "{stderr}");
        assert_eq!(stub.values_of("Authorization"), [wanted]);
    }
    let stub = Stub::start(cluster(pods()));
    let (code, stderr) = with_flags(&stub, &exec, &[]);
    assert_eq!(code, Some(3), "the plugin is not there: {stderr}");
}

#[test]
fn flags_that_kubectl_refuses_are_refused_before_anybody_is_asked() {
    for (user, flags, words) in [
        (
            json!({}),
            &["--token", "t", "--username", "me"][..],
            "more than one authentication method found",
        ),
        (
            json!({"username": "me", "password": "p"}),
            &["--token", "t"],
            "more than one authentication method found",
        ),
        (
            json!({}),
            &["--as-group", "a"],
            "without impersonating a user",
        ),
        (
            json!({}),
            &["--client-certificate", "profiles.json"],
            "client-key must be specified",
        ),
        (
            json!({}),
            &["--match-server-version"],
            "--match-server-version",
        ),
        (json!({}), &["--profile", "cpu"], "--aws-profile"),
        (json!({}), &["--as-user-extra", "nothing"], "KEY=VALUE"),
    ] {
        let stub = Stub::start(cluster(pods()));
        let (code, stderr) = with_flags(&stub, &user, flags);
        assert_eq!(code, Some(2), "{flags:?}: {stderr}");
        assert!(stderr.contains(words), "{flags:?}: {stderr}");
        assert!(stub.all_asked().is_empty(), "{flags:?}");
    }
}

#[test]
fn flags_that_mean_nothing_here_are_taken_silently() {
    let stub = Stub::start(cluster(pods()));
    let flags = [
        "--cache-dir=/nonexistent",
        "--log-flush-frequency=5s",
        "--vmodule=a=1",
        "--kuberc=off",
        "--profile=none",
        "--profile-output=x",
        "--match-server-version=false",
        "--warnings-as-errors",
        "--disable-compression=true",
    ];
    let (code, stderr) = with_flags(&stub, &json!({}), &flags);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
}

#[test]
fn another_server_is_asked_with_the_same_credential_and_without_a_kubeconfig_too() {
    let (named, other) = (Stub::start(cluster(pods())), Stub::start(cluster(pods())));
    let (code, stderr) = with_flags(&named, &json!({"token": "token-0"}), &["-s", &other.url()]);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(named.all_asked().is_empty());
    assert_eq!(other.values_of("Authorization"), ["Bearer token-0"]);

    let alone = Stub::start(cluster(pods()));
    let address = alone.url();
    let arguments = [
        "explain",
        "pod/web",
        "-n",
        "shop",
        "--profiles",
        "profiles.json",
        "-s",
        &address,
    ];
    let output = alone
        .command(&json!({}), &json!({}), &arguments)
        .env("KUBECONFIG", "/nonexistent")
        .output()
        .expect("cargo built the binary for this test");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(!alone.all_asked().is_empty());
}

#[test]
fn requests_are_told_without_secrets() {
    let answer = cluster(pods());
    let stub = Stub::start(move |asked| match answer(asked) {
        Answer::Json(status, body) => Answer::Bytes(
            status,
            "Set-Cookie: id=s3cret\r\nX-Note: seen\r\n".to_owned(),
            body.to_string().into_bytes(),
        ),
        other => other,
    });
    let user = json!({"token": "s3cret-token", "as": "jane"});
    let line = format!(
        "GET {}/api/v1/namespaces/shop/pods/web 200 OK in ",
        stub.url()
    );
    let (_, quiet) = with_flags(&stub, &user, &["-v=5"]);
    assert_eq!(quiet, "");
    let (_, requests) = with_flags(&stub, &user, &["-v", "6"]);
    assert!(requests.contains(&line), "{requests}");
    assert!(
        requests
            .lines()
            .all(|line| line.starts_with('I') && line.ends_with(" milliseconds")),
        "{requests}"
    );
    let (_, headers) = with_flags(&stub, &user, &["--v=8"]);
    for words in [
        "Request Headers:",
        "Accept: application/json",
        "Authorization: Bearer <masked>",
        "Impersonate-User: jane",
        "Response Status: 200 OK in ",
        "Response Headers:",
        "X-Note: seen",
        "Set-Cookie: <masked>",
    ] {
        assert!(headers.contains(words), "{words}: {headers}");
    }
    for shown in [requests, headers] {
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}

#[test]
fn what_a_server_warns_of_is_told_once_and_may_be_an_error() {
    let warned = || {
        let answer = cluster(pods());
        Stub::start(move |asked| match answer(asked) {
            Answer::Json(status, body) => Answer::Bytes(
                status,
                "Warning: 299 - \"this is \u{9b}2J old\"\r\n".to_owned(),
                body.to_string().into_bytes(),
            ),
            other => other,
        })
    };
    let (code, stderr) = with_flags(&warned(), &json!({}), &[]);
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(stderr, "Warning: this is \\u{9b}2J old\n");
    let (code, stderr) = with_flags(&warned(), &json!({}), &["--warnings-as-errors"]);
    assert_eq!(code, Some(3), "{stderr}");
    assert!(stderr.contains("1 warning received"), "{stderr}");
}

#[test]
fn flags_may_stand_before_the_subcommand() {
    let stub = Stub::start(cluster(pods()));
    let before = [
        "-n",
        "shop",
        "--as=jane",
        "explain",
        "web",
        "--profiles",
        "profiles.json",
        "-o=name",
    ];
    let output = stub
        .command(&json!({"server": stub.url()}), &json!({}), &before)
        .output()
        .expect("cargo built the binary for this test");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "pod/web\n");
    assert_eq!(stub.values_of("Impersonate-User"), ["jane"]);
}
