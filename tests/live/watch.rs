//! Decisions followed on a real API server, which tells changes by real watches.

use std::path::Path;

use serde_json::{Value, json};

use crate::{
    lab::{
        Lab, eks_stub,
        invocation::Invocation,
        objects,
        users::{READABLE, User},
    },
    running::Running,
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
    fn wait_until_watched(&self, run: &mut Running) {
        let place = format!("/namespaces/{}/", self.namespace);
        let cluster = self.lab.cluster();
        cluster.api().wait_for("the watches", |_| {
            assert!(run.goes_on(), "it ended before it watched\n{run}");
            let watches = cluster.audit().matching(|request| {
                request.is_ours() && request.verb == "watch" && request.uri.contains(&place)
            });
            let is_watched = |resource| watches.iter().any(|watch| watch.resource == resource);
            (is_watched("pods") && is_watched("events")).then_some(())
        });
    }

    fn leave(&self) {
        let node = objects::fargate_node(&self.node);
        self.lab.cluster().api().remove(&node);
    }
}

/// The documents on standard output so far; the last may still be on its way.
fn documents(lines: &[String]) -> Vec<Value> {
    let text = lines.join("\n");
    let documents = serde_json::Deserializer::from_str(&text).into_iter();
    documents.map_while(Result::ok).collect()
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
    api.create(&other);
    let mut run = scene
        .explain(&["--watch-only", "--until", "deleted", "-o", "json"])
        .start();
    scene.wait_until_watched(&mut run);
    let mut is_told = |count| {
        // Changes that follow each other at once are one; each is to be told here.
        run.wait_for(&format!("change {count}"), |lines, _| {
            (documents(lines).len() >= count).then_some(())
        });
    };
    let uid = api.create(&pod)["metadata"]["uid"].clone();
    is_told(1);
    let now = jiff::Timestamp::now().round(jiff::Unit::Second);
    let now = now.expect("a moment");
    api.create(&json!({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": "web.1", "namespace": scene.namespace},
        "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": scene.namespace, "name": "web", "uid": uid},
        "type": "Warning", "reason": "FailedScheduling", "message": "Fargate capacity is unavailable at this time.",
        "source": {"component": "fargate-scheduler"},
        "firstTimestamp": now, "lastTimestamp": now, "count": 1,
    }));
    is_told(2);
    scene.bind("web");
    is_told(3);
    api.patch(&pod, &json!({"metadata": {"labels": {"tier": "front"}}}));
    is_told(4);
    api.remove(&pod);
    is_told(5);
    api.remove(&other);
    let ended = run.end();
    scene.leave();
    assert_eq!(ended.code, Some(0), "{ended}");
    assert_eq!(
        told(&documents(&ended.lines)),
        [
            "ADDED web FargatePending Provisioning, Fargate",
            "MODIFIED web FargatePending CapacityUnavailable, Fargate",
            "MODIFIED web Fargate MatchedProfile, Fargate",
            "MODIFIED web Fargate LabelsChangedLater, NotFargate",
            "DELETED web Fargate LabelsChangedLater, NotFargate",
            "DELETED other FargatePending Provisioning, Fargate",
        ],
        "{ended}"
    );
    assert_eq!(ended.stderr, "", "{ended}");
}

fn what_is_waited_for_ends_it_both_ways(lab: &Lab) {
    let scene = Scene::new(lab);
    lab.cluster().api().create(&scene.claimed("web"));
    scene
        .explain(&["pod/web", "--until", "fargate", "--timeout", "0"])
        .run()
        .expect_code(1)
        .expect_on_stderr(&["it is not Fargate", "web is FargatePending (Provisioning)"]);
    let run = scene.explain(&["pod/web", "--until", "fargate"]);
    let mut run = run.start();
    scene.wait_until_watched(&mut run);
    scene.bind("web");
    run.line("web  FargatePending → Fargate  MatchedProfile  profile apps");
    let ended = run.end();
    scene.leave();
    assert_eq!(ended.code, Some(0), "{ended}");
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
    let run = scene.explain(&["sts/db", "--until", "landed", "-o", "name"]);
    let mut run = run.start();
    scene.wait_until_watched(&mut run);
    // Its labels are those of the workload's pods, and somebody else made it.
    api.create(&scene.claimed("stranger"));
    scene.bind("stranger");
    api.create(&owned);
    scene.bind("db-0");
    let ended = run.end();
    scene.leave();
    assert_eq!(ended.code, Some(0), "{ended}");
    let (first, rest) = ended.lines.split_first().expect("an answer");
    assert_eq!(first, "statefulset.apps/db", "{ended}");
    assert!(!rest.is_empty(), "{ended}");
    assert!(rest.iter().all(|name| name == "pod/db-0"), "{ended}");
}

fn who_may_not_watch_reads_again_and_is_told_so(lab: &Lab) {
    let name = lab.unique("waits");
    let api = lab.cluster().api();
    let pod = objects::claimed_pod(READABLE, &name, "apps");
    api.create(&pod);
    let profiles = lab.profiles_file(&[]);
    let mut run = lab
        .kubectl_fargate(&lab.kubeconfig(User::NamespaceReader).namespace(READABLE))
        .args(["explain", &format!("pod/{name}"), "--profiles", &profiles])
        .args(["--until", "deleted"])
        .start();
    let note = run.note("note: this may not be watched");
    assert!(note.contains("read every 5s instead"), "{note}");
    api.remove(&pod);
    let ended = run.end();
    assert_eq!(ended.code, Some(0), "{ended}");
    assert_eq!(ended.stderr.lines().count(), 1, "{ended}");
}
