//! Decisions followed on a real API server, which tells changes by real watches.

use std::path::Path;

use serde_json::{Value, json};

use crate::{
    lab::{
        Lab, eks_stub,
        invocation::{Invocation, Outcome},
        objects,
        users::{READABLE, User},
    },
    tests,
};

tests![
    a_pod_is_followed_from_its_creation_to_its_end,
    what_is_waited_for_ends_it_both_ways,
    the_pods_of_a_workload_are_told_by_their_owner,
    who_may_not_watch_reads_again_and_is_told_so,
];

/// Where a claimed pod waits, and the node that it is for.
struct Scene<'l> {
    lab: &'l Lab,
    namespace: String,
    node: String,
    profiles: String,
}

impl<'l> Scene<'l> {
    fn new(lab: &'l Lab) -> Self {
        let namespace = lab.namespace("shop");
        let node = lab.unique("fargate-ip-10-0-5-5.eu-west-1.compute.internal");
        lab.cluster().api().create(&objects::fargate_node(&node));
        let selector = json!({"tier": "backend"});
        let profile = eks_stub::profile("prod", "apps", &namespace, &selector);
        let profiles = lab.profiles_file(&[profile]);
        Self {
            lab,
            namespace,
            node,
            profiles,
        }
    }

    fn claimed(&self, name: &str) -> Value {
        objects::with(
            objects::claimed_pod(&self.namespace, name, "apps"),
            &json!({"metadata": {"labels": {"tier": "backend"}}}),
        )
    }

    /// As a scheduler does it.
    fn bind(&self, pod: &str) {
        let folder = self.lab.scratch("binding");
        let binding = json!({
            "apiVersion": "v1", "kind": "Binding", "metadata": {"name": pod}, "target": {"kind": "Node", "name": self.node},
        });
        let file = folder.join("binding.json");
        std::fs::write(&file, binding.to_string()).expect("the folder of the run is ours");
        let path = format!("/api/v1/namespaces/{}/pods/{pod}/binding", self.namespace);
        self.lab
            .kubectl(&self.lab.kubeconfig(User::Admin))
            .args(["create", "--raw", &path, "-f"])
            .args([Path::new(&file)])
            .run()
            .expect_code(0);
    }

    fn explain(&self, arguments: &[&str]) -> Invocation {
        let of = ["-n", &self.namespace, "--profiles", &self.profiles];
        self.lab
            .kubectl_fargate(&self.lab.kubeconfig(User::Admin))
            .args(["explain"])
            .args(arguments)
            .args(of)
    }

    /// Waits until pods and events of the namespace are watched.
    fn wait_until_watched(&self) {
        let place = format!("/namespaces/{}/", self.namespace);
        self.lab.cluster().api().wait_for("the watches", |_| {
            let requests = self.lab.our_requests();
            let is_watched = |resource: &str| {
                requests.iter().any(|request| {
                    request.verb == "watch"
                        && request.resource == resource
                        && request.uri.contains(&place)
                })
            };
            (is_watched("pods") && is_watched("events")).then_some(())
        });
    }

    fn leave(&self) {
        let node = objects::fargate_node(&self.node);
        self.lab.cluster().api().remove(&node);
    }
}

/// Runs it while something else happens.
fn meanwhile(invocation: Invocation, what: impl FnOnce()) -> Outcome {
    std::thread::scope(|scope| {
        let run = scope.spawn(|| invocation.run());
        what();
        run.join().expect("a run does not panic")
    })
}

/// The documents on standard output.
fn documents(outcome: &Outcome) -> Vec<Value> {
    let all = serde_json::Deserializer::from_str(&outcome.stdout).into_iter();
    all.collect::<Result<_, _>>()
        .unwrap_or_else(|error| panic!("no JSON: {error}\n{outcome}"))
}

/// What changes tell: the type, the pod, where it is and why.
fn told(changes: &[Value]) -> Vec<String> {
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    changes
        .iter()
        .map(|change| {
            assert_eq!(change["apiVersion"], "fargate.kubectl.io/v1", "{change:#}");
            assert_eq!(change["kind"], "PlacementChange", "{change:#}");
            let pod = &change["pod"];
            format!(
                "{} {} {} {}, {}",
                word(&change["type"]),
                word(&pod["name"]),
                word(&pod["placement"]["kind"]),
                word(&pod["reason"]),
                word(&pod["expected"]["kind"]),
            )
        })
        .collect()
}

fn a_pod_is_followed_from_its_creation_to_its_end(lab: &Lab) {
    let scene = Scene::new(lab);
    let api = lab.cluster().api();
    let pod = scene.claimed("web");
    // Another one, so that there is something to wait for.
    let other = scene.claimed("other");
    let step = |done: &dyn Fn()| {
        done();
        // Changes that follow each other at once are one; each is to be told here.
        std::thread::sleep(std::time::Duration::from_secs(2));
    };
    api.create(&other);
    let run = scene.explain(&[
        "--watch-only",
        "--until",
        "deleted",
        "--timeout",
        "80s",
        "-o",
        "json",
    ]);
    let outcome = meanwhile(run, || {
        scene.wait_until_watched();
        let uid = std::cell::RefCell::new(Value::Null);
        step(&|| *uid.borrow_mut() = api.create(&pod)["metadata"]["uid"].clone());
        step(&|| {
            let event = json!({
                "apiVersion": "v1", "kind": "Event", "metadata": {"name": "web.1", "namespace": scene.namespace},
                "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": scene.namespace, "name": "web", "uid": *uid.borrow()},
                "type": "Warning", "reason": "FailedScheduling", "message": "Fargate capacity is unavailable at this time.",
                "source": {"component": "fargate-scheduler"},
                "firstTimestamp": jiff::Timestamp::now().round(jiff::Unit::Second).expect("a moment"),
                "lastTimestamp": jiff::Timestamp::now().round(jiff::Unit::Second).expect("a moment"), "count": 1,
            });
            api.create(&event);
        });
        step(&|| scene.bind("web"));
        step(&|| {
            let relabelled = json!({"metadata": {"labels": {"tier": "front"}}});
            api.patch(&pod, &relabelled);
        });
        step(&|| api.remove(&pod));
        step(&|| api.remove(&other));
    });
    scene.leave();
    outcome.expect_code(0);
    assert_eq!(
        told(&documents(&outcome)),
        [
            "ADDED web FargatePending Provisioning, Fargate",
            "MODIFIED web FargatePending CapacityUnavailable, Fargate",
            "MODIFIED web Fargate MatchedProfile, Fargate",
            "MODIFIED web Fargate LabelsChangedLater, NotFargate",
            "DELETED web Fargate LabelsChangedLater, NotFargate",
            "DELETED other FargatePending Provisioning, Fargate",
        ],
        "{outcome}"
    );
    assert_eq!(outcome.stderr, "", "{outcome}");
}

fn what_is_waited_for_ends_it_both_ways(lab: &Lab) {
    let scene = Scene::new(lab);
    lab.cluster().api().create(&scene.claimed("web"));
    scene
        .explain(&["pod/web", "--until", "fargate", "--timeout", "0"])
        .run()
        .expect_code(1)
        .expect_on_stderr(&["it is not Fargate", "web is FargatePending (Provisioning)"]);
    let run = scene.explain(&["pod/web", "--until", "fargate", "--timeout", "80s"]);
    let outcome = meanwhile(run, || {
        scene.wait_until_watched();
        scene.bind("web");
    });
    scene.leave();
    outcome.expect_code(0);
    assert!(
        outcome
            .stdout
            .contains("web  FargatePending → Fargate  MatchedProfile  profile apps"),
        "{outcome}"
    );
    scene
        .explain(&["pod/web", "--until", "MatchedProfile", "--timeout", "0"])
        .run()
        .expect_code(0);
}

fn the_pods_of_a_workload_are_told_by_their_owner(lab: &Lab) {
    let scene = Scene::new(lab);
    let api = lab.cluster().api();
    let stateful_set = api.create(&json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"namespace": scene.namespace, "name": "db"},
        "spec": {"serviceName": "db", "selector": {"matchLabels": {"tier": "backend"}},
            "template": {"metadata": {"labels": {"tier": "backend"}}, "spec": objects::pod("x", "x")["spec"]}},
    }));
    let owned = objects::with(
        scene.claimed("db-0"),
        &json!({"metadata": {"ownerReferences": [{
            "apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db", "uid": stateful_set["metadata"]["uid"], "controller": true,
        }]}}),
    );
    let run = scene.explain(&[
        "sts/db",
        "--until",
        "landed",
        "--timeout",
        "80s",
        "-o",
        "name",
    ]);
    let outcome = meanwhile(run, || {
        scene.wait_until_watched();
        // Its labels are those of the workload's pods, and somebody else made it.
        api.create(&scene.claimed("stranger"));
        scene.bind("stranger");
        api.create(&owned);
        scene.bind("db-0");
    });
    scene.leave();
    outcome.expect_code(0);
    let names: Vec<&str> = outcome.stdout.lines().collect();
    assert_eq!(names[0], "statefulset.apps/db", "{outcome}");
    assert!(
        names[1..].iter().all(|name| *name == "pod/db-0") && names.len() > 1,
        "{outcome}"
    );
}

fn who_may_not_watch_reads_again_and_is_told_so(lab: &Lab) {
    let name = lab.unique("waits");
    let api = lab.cluster().api();
    let pod = objects::claimed_pod(READABLE, &name, "apps");
    api.create(&pod);
    let profiles = lab.profiles_file(&[]);
    let run = lab
        .kubectl_fargate(&lab.kubeconfig(User::NamespaceReader).namespace(READABLE))
        .args(["explain", &format!("pod/{name}"), "--profiles", &profiles])
        .args(["--until", "deleted", "--timeout", "80s"]);
    let outcome = meanwhile(run, || {
        std::thread::sleep(std::time::Duration::from_secs(3));
        api.remove(&pod);
    });
    outcome.expect_code(0);
    assert_eq!(outcome.stderr.lines().count(), 1, "{outcome}");
    outcome.expect_on_stderr(&["note: this may not be watched", "read every 5s instead"]);
}
