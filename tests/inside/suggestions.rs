//! Whole suggestions, over clusters of a few lines.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::decision::facts::{
    ClusterSnapshot, FargateProfile, Kind, ProfileKnowledge, ProfileOrigin, ProfileStatus,
    Profiles, Scope, Selector, Subject, WorkloadKind,
};
use crate::decision::finding::Certainty;
use crate::decision::reason::Reason;
use crate::decision::suggest::{Effect, QUOTAS, Standing, Suggestion, is_refused, suggest};
use crate::sources::reduce::SnapshotBuilder;

/// A cluster in the making.
struct Cluster {
    builder: SnapshotBuilder,
    profiles: Vec<FargateProfile>,
}

fn labels_of(text: &str) -> Value {
    let pairs = text.split(',').filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(key, value)| (key.to_owned(), Value::from(value)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn kind_and_name(object: &str) -> (&'static str, &str) {
    let (kind, name) = object.split_once('/').expect("kind/name");
    let kind = ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(kind))
        .expect("a kind");
    (kind, name)
}

impl Cluster {
    fn new() -> Self {
        Self {
            builder: SnapshotBuilder::new(),
            profiles: Vec::new(),
        }
    }

    /// A workload and its pods, all of namespace and labels as given.
    fn workload(mut self, namespace: &str, object: &str, labels: &str, pods: usize) -> Self {
        let (kind, name) = kind_and_name(object);
        let template = json!({"metadata": {"labels": labels_of(labels)}, "spec": {"containers": [{"name": "main"}]}});
        let spec = match kind {
            "CronJob" => json!({"jobTemplate": {"spec": {"template": template}}}),
            _ => json!({"template": template, "replicas": pods}),
        };
        let workload =
            json!({"metadata": {"name": name, "namespace": namespace, "uid": name}, "spec": spec});
        let known = WorkloadKind::of("", kind).expect("a kind");
        self.builder
            .add(known.into(), &workload.to_string())
            .expect("a good workload");
        for index in 0..pods {
            let mut labels = labels_of(labels);
            if kind == "StatefulSet" {
                labels["statefulset.kubernetes.io/pod-name"] = format!("{name}-{index}").into();
            }
            let version = if matches!(kind, "Job" | "CronJob") {
                "batch/v1"
            } else {
                "apps/v1"
            };
            let owner = json!([{"apiVersion": version, "kind": kind, "name": name, "uid": name, "controller": true}]);
            self = self.pod_with(
                namespace,
                &format!("{name}-{index}"),
                &json!({"metadata": {"labels": labels, "ownerReferences": owner}}),
            );
        }
        self
    }

    fn pod(self, namespace: &str, name: &str, labels: &str) -> Self {
        let more = json!({"metadata": {"labels": labels_of(labels)}});
        self.pod_with(namespace, name, &more)
    }

    fn pod_with(mut self, namespace: &str, name: &str, more: &Value) -> Self {
        let mut pod = json!({
            "metadata": {"name": name, "namespace": namespace, "creationTimestamp": "2026-01-01T00:00:00Z"},
            "spec": {"nodeName": "i-0123456789abcdef0", "containers": [{"name": "main"}]},
            "status": {"phase": "Running"},
        });
        for part in ["metadata", "spec", "status"] {
            for (key, value) in more[part].as_object().into_iter().flatten() {
                pod[part][key] = value.clone();
            }
        }
        self.builder
            .add(Kind::Pod, &pod.to_string())
            .expect("a good pod");
        self
    }

    fn profile(mut self, name: &str, namespace: &str, labels: &str) -> Self {
        let pairs = labels.split(',').filter_map(|pair| pair.split_once('='));
        self.profiles.push(FargateProfile {
            selectors: Some(vec![Selector::new(namespace, pairs)]),
            pod_execution_role_arn: Some(format!("arn:aws:iam::111122223333:role/{name}")),
            subnets: vec!["subnet-1".to_owned()],
            status: Some(ProfileStatus::Active),
            ..FargateProfile::named(name, ProfileOrigin::EksApi)
        });
        self
    }

    fn read(self) -> ClusterSnapshot {
        let mut snapshot = self.builder.finish(jiff::Timestamp::UNIX_EPOCH);
        snapshot.profiles = Profiles::new(self.profiles, ProfileKnowledge::Complete);
        for kind in Kind::ALL {
            snapshot.coverage.mark_read(kind, Scope::Cluster);
        }
        snapshot
    }
}

/// The subjects of names such as `pod/web-0`, `deployment/web` (its pods, or its template).
fn subjects(snapshot: &ClusterSnapshot, names: &[&str]) -> Vec<Subject> {
    let mut found = Vec::new();
    for name in names {
        let before = found.len();
        let (kind, name) = name.split_once('/').expect("kind/name");
        for (index, pod) in snapshot.pods.iter().enumerate() {
            let is_owned = pod
                .controller()
                .is_some_and(|owner| owner.name == name && owner.kind.eq_ignore_ascii_case(kind));
            if is_owned || kind == "pod" && pod.name == name {
                found.push(Subject::Pod(index));
            }
        }
        let key = snapshot
            .workloads
            .keys()
            .find(|(known, _, of)| known.as_str().eq_ignore_ascii_case(kind) && of == name);
        if let Some((known, namespace, name)) = key
            && found.len() == before
        {
            found.push(Subject::template(*known, namespace, name));
        }
        assert!(found.len() > before, "there is no {kind}/{name}");
    }
    found
}

fn all_pods(snapshot: &ClusterSnapshot) -> Vec<Subject> {
    (0..snapshot.pods.len()).map(Subject::Pod).collect()
}

fn text(selector: &Selector) -> String {
    let mut text = selector.namespace.to_string();
    for pair in &selector.labels {
        text.push_str(&format!(" {}={}", pair.key, pair.value));
    }
    text
}

/// The proposed selectors, profile by profile.
fn proposed(suggestion: &Suggestion<'_>) -> Vec<String> {
    let selectors = suggestion
        .proposals
        .iter()
        .flat_map(|proposal| &proposal.selectors);
    selectors.map(text).collect()
}

fn standing_of<'s>(suggestion: &'s Suggestion<'_>, name: &str) -> Vec<&'s Standing> {
    let of_name = suggestion
        .targets
        .iter()
        .filter(|target| target.group.object.name == name);
    of_name.map(|target| &target.group.standing).collect()
}

#[test]
fn one_workload_is_told_from_its_neighbours() {
    let snapshot = Cluster::new()
        .workload(
            "shop",
            "deployment/web",
            "app=web,tier=front,pod-template-hash=1",
            3,
        )
        .workload("shop", "deployment/api", "app=api,tier=front", 0)
        .workload("shop", "daemonset/agent", "app=web", 2)
        .workload("blog", "deployment/web", "app=web", 1)
        .read();
    let asked = subjects(&snapshot, &["pod/web-0"]);
    assert_eq!(asked.len(), 2, "two namespaces have such a pod");
    let of_shop: Vec<Subject> = subjects(&snapshot, &["deployment/web"])
        .into_iter()
        .filter(|subject| matches!(subject, Subject::Pod(index) if snapshot.pods[*index].namespace == "shop"))
        .collect();
    let suggestion = suggest(&snapshot, &of_shop, true, None);
    assert_eq!(proposed(&suggestion), ["shop app=web"]);
    assert_eq!(
        suggestion.is_exact(),
        Some(true),
        "a DaemonSet's pods are never claimed"
    );
    assert_eq!(suggestion.certainty, Certainty::Certain);
    assert_eq!(suggestion.proposals[0].name, "web");
    let recreate = suggestion.targets[0]
        .recreate
        .as_ref()
        .expect("it has pods");
    assert_eq!(
        recreate.commands,
        ["kubectl -n shop rollout restart deployment/web"]
    );
}

#[test]
fn workloads_without_pods_count_on_both_sides() {
    let snapshot = Cluster::new()
        .workload("shop", "deployment/web", "app=web,part=a", 0)
        .workload("shop", "cronjob/web", "app=web,part=b", 0)
        .read();
    let asked = subjects(&snapshot, &["deployment/web"]);
    let suggestion = suggest(&snapshot, &asked, true, None);
    assert_eq!(proposed(&suggestion), ["shop part=a"]);
    assert!(
        suggestion.targets[0].recreate.is_none(),
        "there are no pods"
    );
}

#[test]
fn one_label_for_all_of_an_application() {
    let part_of = "app.kubernetes.io/part-of=shop";
    let snapshot = Cluster::new()
        .workload("shop", "deployment/web", &format!("app=web,{part_of}"), 1)
        .workload("shop", "deployment/api", &format!("app=api,{part_of}"), 1)
        .workload("shop", "deployment/other", "app=other", 1)
        .read();
    let asked = subjects(&snapshot, &["deployment/web", "deployment/api"]);
    let suggestion = suggest(&snapshot, &asked, true, None);
    assert_eq!(
        proposed(&suggestion),
        ["shop app.kubernetes.io/part-of=shop"]
    );
    assert_eq!(suggestion.proposals[0].name, "shop");
    assert!(suggestion.alternatives.is_empty(), "other is there");
}

#[test]
fn replicas_of_one_template_cannot_be_told_apart() {
    let snapshot = Cluster::new()
        .workload("shop", "deployment/web", "app=web", 3)
        .read();
    let asked = subjects(&snapshot, &["pod/web-1"]);
    let suggestion = suggest(&snapshot, &asked, true, None);
    assert_eq!(proposed(&suggestion), ["shop app=web"]);
    assert_eq!(suggestion.is_exact(), Some(false));
    let [other] = suggestion.others.as_slice() else {
        panic!("its fellows are claimed too");
    };
    assert_eq!(other.group.pods, ["web-0", "web-2"]);
    assert_eq!(other.effect, Effect::Claimed);
    assert!(
        suggestion.targets[0].telling_label.is_none(),
        "a label would be on all of them"
    );
}

#[test]
fn workloads_alike_are_told_apart_by_a_label_of_their_own() {
    let snapshot = Cluster::new()
        .workload("shop", "deployment/blue", "app=web", 1)
        .workload("shop", "deployment/green", "app=web,extra=1", 2)
        .read();
    let asked = subjects(&snapshot, &["deployment/blue"]);
    let suggestion = suggest(&snapshot, &asked, true, None);
    assert_eq!(suggestion.others[0].group.object.name, "green");
    assert_eq!(suggestion.others[0].alike[0].name, "blue");
    let label = suggestion.targets[0]
        .telling_label
        .as_ref()
        .expect("a label tells it");
    assert_eq!(
        label.commands,
        [
            r#"kubectl -n shop patch deployment/blue --type merge -p '{"spec":{"template":{"metadata":{"labels":{"fargate-profile":"blue"}}}}}'"#
        ]
    );
    let asked = subjects(&snapshot, &["deployment/green"]);
    let suggestion = suggest(&snapshot, &asked, true, None);
    assert_eq!(
        proposed(&suggestion),
        ["shop extra=1"],
        "the other way it is exact"
    );
}

#[test]
fn a_pod_without_labels_takes_its_whole_namespace() {
    let snapshot = Cluster::new()
        .pod("shop", "bare", "")
        .pod("shop", "web", "app=web")
        .read();
    let asked = subjects(&snapshot, &["pod/bare"]);
    let suggestion = suggest(&snapshot, &asked, true, None);
    assert_eq!(proposed(&suggestion), ["shop"]);
    assert!(suggestion.others[0].is_alike_for_lack_of_labels);
    let report = crate::report::suggestion::assemble(&suggestion);
    assert!(
        report.others[0].why.contains("for lack of labels"),
        "{}",
        report.others[0].why
    );
}

#[test]
fn pods_of_a_stateful_set_have_names_that_stay() {
    let snapshot = Cluster::new()
        .workload("shop", "statefulset/db", "app=db", 3)
        .read();
    let asked = subjects(&snapshot, &["pod/db-1"]);
    let suggestion = suggest(&snapshot, &asked, true, None);
    assert_eq!(
        proposed(&suggestion),
        ["shop statefulset.kubernetes.io/pod-name=db-1"]
    );
    assert_eq!(suggestion.is_exact(), Some(true));
    let asked = subjects(&snapshot, &["statefulset/db"]);
    let suggestion = suggest(&snapshot, &asked, true, None);
    assert_eq!(proposed(&suggestion), ["shop app=db"]);
}

#[test]
fn stateful_sets_that_are_alike_are_told_by_the_names_of_their_pods() {
    let snapshot = Cluster::new()
        .workload("shop", "statefulset/pg", "app=db", 2)
        .workload("shop", "statefulset/my", "app=db", 2)
        .read();
    let asked = subjects(&snapshot, &["statefulset/pg"]);
    let suggestion = suggest(&snapshot, &asked, true, None);
    assert_eq!(
        proposed(&suggestion),
        [
            "shop statefulset.kubernetes.io/pod-name=pg-0",
            "shop statefulset.kubernetes.io/pod-name=pg-1"
        ]
    );
    assert_eq!(suggestion.is_exact(), Some(true));
    let report = crate::report::suggestion::assemble(&suggestion);
    assert!(
        report.summary.contains("exactly statefulset/pg (2 pods)"),
        "{}",
        report.summary
    );
    let names = "Only their names tell pg-0 and pg-1 from others";
    assert!(
        report.warnings[0].starts_with(names),
        "{:?}",
        report.warnings
    );
}

#[test]
fn what_has_ended_is_no_stranger() {
    let ended = |kind: &str, name: &str| {
        json!({"metadata": {
            "labels": {"app": "web"},
            "ownerReferences": [{"apiVersion": "batch/v1", "kind": kind, "name": name, "uid": name, "controller": true}],
        }, "status": {"phase": "Succeeded"}})
    };
    let snapshot = Cluster::new()
        .workload("shop", "deployment/web", "app=web", 1)
        .workload("shop", "job/migrate", "app=web", 0)
        .pod_with("shop", "migrate-x", &ended("Job", "migrate"))
        .workload("shop", "cronjob/report", "app=report", 0)
        .pod_with("shop", "report-x", &ended("CronJob", "report"))
        .read();
    let asked = subjects(&snapshot, &["deployment/web", "cronjob/report"]);
    let suggestion = suggest(&snapshot, &asked, true, None);
    assert_eq!(proposed(&suggestion), ["shop app=report", "shop app=web"]);
    assert_eq!(suggestion.is_exact(), Some(true));
    assert!(suggestion.others.is_empty());
}

#[test]
fn only_what_was_asked_about_is_made_again_and_all_of_it() {
    let snapshot = Cluster::new()
        .workload("shop", "statefulset/db", "app=db", 3)
        .read();
    let commands = |names: &[&str]| -> Vec<String> {
        let suggestion = suggest(&snapshot, &subjects(&snapshot, names), true, None);
        let fixes = suggestion.targets.into_iter();
        fixes
            .filter_map(|target| target.recreate)
            .flat_map(|fix| fix.commands)
            .map(|command| command.to_string())
            .collect()
    };
    assert_eq!(
        commands(&["pod/db-1"]),
        ["kubectl -n shop delete pod/db-1"],
        "not the others"
    );
    assert_eq!(
        commands(&["statefulset/db"]),
        ["kubectl -n shop rollout restart statefulset/db"]
    );
    let mut snapshot = Cluster::new()
        .workload("shop", "statefulset/db", "app=db", 2)
        .read();
    for workload in snapshot.workloads.values_mut() {
        workload.updates_on_delete = true;
    }
    let asked = subjects(&snapshot, &["statefulset/db"]);
    let suggestion = suggest(&snapshot, &asked, true, None);
    let fix = suggestion.targets[0]
        .recreate
        .as_ref()
        .expect("it has pods");
    assert_eq!(
        fix.commands,
        ["kubectl -n shop delete pod/db-0 pod/db-1"],
        "each of them"
    );
}

/// Deployment `b` lacks one label for profile `apps`, with one more object beside it.
fn beside(kind: Kind, object: &Value) -> (ClusterSnapshot, Vec<Subject>) {
    let mut cluster = Cluster::new().profile("apps", "shop", "app=web").workload(
        "shop",
        "deployment/b",
        "name=b",
        1,
    );
    cluster
        .builder
        .add(kind, &object.to_string())
        .expect("a good object");
    let snapshot = cluster.read();
    let asked = subjects(&snapshot, &["deployment/b"]);
    (snapshot, asked)
}

#[test]
fn a_label_by_which_others_select_is_not_offered() {
    let metadata = json!({"name": "web", "namespace": "shop", "uid": "web"});
    let deployment = |labels: Value| {
        json!({"metadata": metadata, "spec": {"selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "main"}]}}}})
    };
    for (kind, object, is_offered) in [
        (
            Kind::Service,
            json!({"metadata": metadata, "spec": {"selector": {"app": "web"}}}),
            false,
        ),
        (
            Kind::Service,
            json!({"metadata": metadata, "spec": {"selector": {"app": "api"}}}),
            true,
        ),
        (
            Kind::PodDisruptionBudget,
            json!({"metadata": metadata, "spec": {"selector": {"matchLabels": {"app": "web"}}}}),
            false,
        ),
        (Kind::Deployment, deployment(json!({"app": "web"})), false),
        (Kind::Deployment, deployment(json!({"app": "api"})), true),
    ] {
        let (snapshot, asked) = beside(kind, &object);
        let suggestion = suggest(&snapshot, &asked, true, None);
        assert_eq!(
            suggestion.targets[0].cheaper.is_some(),
            is_offered,
            "{object}"
        );
    }
    // Its own selector forbids the label, which the API server would refuse.
    let own = json!({"metadata": {"name": "b", "namespace": "shop", "uid": "b"}, "spec": {
        "selector": {"matchLabels": {"name": "b"}, "matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]},
        "template": {"metadata": {"labels": {"name": "b"}}, "spec": {"containers": [{"name": "main"}]}}}});
    let (snapshot, asked) = beside(Kind::Deployment, &own);
    let suggestion = suggest(&snapshot, &asked, true, None);
    assert_eq!(suggestion.targets[0].cheaper, None);
}

#[test]
fn what_needs_no_new_profile_is_told() {
    let opted_out = json!({"metadata": {"annotations": {"eks.amazonaws.com/compute-type": "ec2"}}});
    let ended = json!({"status": {"phase": "Succeeded"}});
    let on_fargate = json!({
        "metadata": {"labels": {"tier": "backend", "eks.amazonaws.com/fargate-profile": "apps"}},
        "spec": {"schedulerName": "fargate-scheduler", "nodeName": "fargate-ip-10-0-0-1.eu-west-1.compute.internal"},
    });
    let snapshot = Cluster::new()
        .profile("apps", "shop", "tier=backend")
        .workload("shop", "deployment/api", "tier=backend", 1)
        .workload("shop", "daemonset/agent", "app=agent", 1)
        .pod_with("shop", "out", &opted_out)
        .pod_with("shop", "ended", &ended)
        .pod_with("shop", "there", &on_fargate)
        .read();
    let names = [
        "deployment/api",
        "daemonset/agent",
        "pod/out",
        "pod/ended",
        "pod/there",
    ];
    let suggestion = suggest(&snapshot, &subjects(&snapshot, &names), true, None);
    assert!(suggestion.proposals.is_empty());
    for (name, standing) in [
        ("api", Standing::Claimed("apps".to_owned())),
        ("agent", Standing::Never(Reason::DaemonSetPod)),
        ("out", Standing::Never(Reason::OptedOut)),
        ("ended", Standing::Over),
        ("there", Standing::Claimed("apps".to_owned())),
    ] {
        assert_eq!(standing_of(&suggestion, name), [&standing], "{name}");
    }
}

#[test]
fn without_names_what_fargate_refuses_is_left_where_it_is() {
    let privileged = json!({
        "metadata": {"labels": {"app": "docker"}},
        "spec": {"containers": [{"name": "main", "securityContext": {"privileged": true}}]},
    });
    let cluster = || {
        Cluster::new()
            .pod_with("ci", "docker", &privileged)
            .pod("ci", "web", "app=web")
    };
    let snapshot = cluster().read();
    let suggestion = suggest(&snapshot, &all_pods(&snapshot), false, None);
    assert_eq!(proposed(&suggestion), ["ci app=web"]);
    assert_eq!(standing_of(&suggestion, "docker"), [&Standing::LeftOut]);
    let suggestion = suggest(&snapshot, &subjects(&snapshot, &["pod/docker"]), true, None);
    assert_eq!(proposed(&suggestion), ["ci app=docker"], "named is named");
    assert!(is_refused(&suggestion.targets[0].group.case));
    assert!(suggestion.targets[0].recreate.is_none(), "it would not run");
}

#[test]
fn name_order_decides_about_those_that_an_existing_profile_claims() {
    let snapshot = Cluster::new()
        .profile("mid", "shop", "tier=backend")
        .workload("shop", "deployment/a", "app=web", 1)
        .workload("shop", "deployment/b", "app=web,tier=backend", 1)
        .read();
    let asked = subjects(&snapshot, &["deployment/a"]);
    let suggestion = suggest(&snapshot, &asked, true, Some("first"));
    let taken = Effect::TakenFrom("mid".to_owned());
    assert_eq!(suggestion.others[0].effect, taken);
    assert_eq!(suggestion.is_exact(), Some(false));
    let suggestion = suggest(&snapshot, &asked, true, None);
    assert!(
        suggestion.proposals[0].name.as_str() > "mid",
        "{}",
        suggestion.proposals[0].name
    );
    assert_eq!(
        suggestion.others[0].effect,
        Effect::KeptBy("mid".to_owned())
    );
    assert_eq!(suggestion.is_exact(), Some(true));
    let cheaper = suggestion.targets[0]
        .cheaper
        .as_ref()
        .expect("one label is enough");
    assert_eq!(
        (cheaper.profile.as_str(), cheaper.key.as_str()),
        ("mid", "tier")
    );
    assert_eq!(suggestion.setting.taken_from.as_deref(), Some("mid"));
}

#[test]
fn a_template_that_names_its_profile_is_claimed_by_no_other() {
    let labels = "app=web,eks.amazonaws.com/fargate-profile=own";
    let cluster = || Cluster::new().workload("shop", "deployment/web", labels, 1);
    let snapshot = cluster().read();
    let asked = subjects(&snapshot, &["deployment/web"]);
    let suggestion = suggest(&snapshot, &asked, true, None);
    assert_eq!(suggestion.proposals[0].name, "own");
    assert_eq!(suggestion.targets[0].claimed_by, Some((0, 0)));
    let suggestion = suggest(&snapshot, &asked, true, Some("another"));
    assert_eq!(suggestion.targets[0].claimed_by, None);
    let snapshot = cluster().profile("own", "blog", "").read();
    let suggestion = suggest(
        &snapshot,
        &subjects(&snapshot, &["deployment/web"]),
        true,
        None,
    );
    assert_eq!(suggestion.targets[0].claimed_by, None, "the name is taken");
}

fn workloads(namespaces: usize, each: usize) -> Cluster {
    let mut cluster = Cluster::new();
    for namespace in 0..namespaces {
        for index in 0..each {
            let name = format!("deployment/w{index}");
            cluster = cluster.workload(
                &format!("team-{namespace}"),
                &name,
                &format!("app=w{index}"),
                1,
            );
        }
    }
    cluster
}

#[test]
fn quotas_are_minded() {
    let all = |cluster: Cluster| {
        let snapshot = cluster.read();
        let suggestion = suggest(&snapshot, &all_pods(&snapshot), false, None);
        (proposed(&suggestion), suggestion.proposals.len())
    };
    let (selectors, profiles) = all(workloads(1, 5));
    assert_eq!(
        (selectors.len(), profiles),
        (5, 1),
        "labels as long as they fit"
    );
    let (selectors, _) = all(workloads(1, 6));
    assert_eq!(selectors, ["team-0"], "then the whole namespace");
    let (selectors, _) = all(workloads(6, 1));
    assert_eq!(selectors, ["team-* app=w0"], "then wildcards");
    let spared = |count| workloads(1, count).pod("team-0", "bare", "x=y");
    let snapshot = spared(6).read();
    let mut asked = all_pods(&snapshot);
    asked.pop();
    let suggestion = suggest(&snapshot, &asked, true, None);
    assert_eq!(suggestion.proposals.len(), 2, "then a second profile");
    let names: Vec<&str> = suggestion
        .proposals
        .iter()
        .map(|proposal| proposal.name.as_str())
        .collect();
    assert_eq!(names, ["team-0", "team-0-2"]);
    assert_eq!(suggestion.is_exact(), Some(true));
}

#[test]
fn what_was_not_seen_is_told() {
    let mut snapshot = Cluster::new()
        .workload("shop", "deployment/web", "app=web", 1)
        .read();
    snapshot.profiles.knowledge = ProfileKnowledge::Unread;
    let asked = subjects(&snapshot, &["deployment/web"]);
    let suggestion = suggest(&snapshot, &asked, true, None);
    assert_eq!(proposed(&suggestion), ["shop app=web"]);
    assert_eq!(suggestion.certainty, Certainty::Undecided);
    assert_eq!(suggestion.is_exact(), None, "another may claim it first");
    assert_eq!(suggestion.profiles_afterwards(), None);
    snapshot.profiles.knowledge = ProfileKnowledge::Complete;
    snapshot.coverage = Default::default();
    let suggestion = suggest(&snapshot, &asked, true, None);
    assert_eq!(suggestion.unseen[0].kind, Kind::Pod);
    assert_eq!(suggestion.certainty, Certainty::Likely);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn all_that_is_wanted_is_claimed_and_nobody_else_unless_told(
        pods in prop::collection::vec((0..3_u8, 0..4_u8, 0..4_u8, 0..3_u8, any::<bool>(), 0..5_u8), 1..16),
        has_profile in any::<bool>(),
        by_name in any::<bool>(),
    ) {
        let mut cluster = Cluster::new();
        if has_profile {
            cluster = cluster.profile("mid", "n0", "app=a1");
        }
        let mut asked = Vec::new();
        for (index, (namespace, app, tier, team, is_asked, owner)) in pods.iter().enumerate() {
            let mut labels = Vec::new();
            for (key, value) in [("app", app), ("tier", tier), ("team", team)] {
                if *value > 0 {
                    labels.push(format!("{key}={}{value}", &key[..1]));
                }
            }
            let (namespace, labels) = (format!("n{namespace}"), labels.join(","));
            cluster = match owner {
                0 => cluster.workload(&namespace, &format!("deployment/d{index}"), &labels, 2),
                1 => cluster.workload(&namespace, &format!("statefulset/s{index}"), &labels, 2),
                _ => cluster.pod(&namespace, &format!("p{index}"), &labels),
            };
            if *is_asked {
                asked.push(match owner { 0 => format!("d{index}-0"), 1 => format!("s{index}-1"), _ => format!("p{index}") });
            }
        }
        let snapshot = cluster.read();
        let chosen: Vec<Subject> = snapshot
            .pods
            .iter()
            .enumerate()
            .filter(|(_, pod)| asked.contains(&pod.name))
            .map(|(index, _)| Subject::Pod(index))
            .collect();
        let suggestion = suggest(&snapshot, &chosen, by_name, None);
        for proposal in &suggestion.proposals {
            prop_assert!(proposal.selectors.len() <= QUOTAS.selectors);
            prop_assert!(proposal.selectors.iter().all(|selector| selector.labels.len() <= QUOTAS.pairs));
        }
        let told: Vec<&String> = suggestion.others.iter().flat_map(|other| &other.group.pods).collect();
        let meant: Vec<&String> = suggestion.targets.iter().flat_map(|target| &target.group.pods).collect();
        for pod in &snapshot.pods {
            let cluster = std::sync::Arc::new(crate::decision::placement::Cluster::of(&snapshot));
            let labels = crate::decision::placement::PodCase::of_pod(&cluster, pod).recreated.labels.clone();
            let is_matched = suggestion
                .proposals
                .iter()
                .flat_map(|proposal| &proposal.selectors)
                .any(|selector| selector.matches(&pod.namespace, &labels));
            let is_claimed_already = has_profile && pod.namespace == "n0" && labels.get("app").is_some_and(|app| app == "a1");
            if asked.contains(&pod.name) {
                prop_assert!(is_matched || is_claimed_already, "{} is not claimed", pod.name);
            } else if is_matched {
                prop_assert!(told.contains(&&pod.name) || meant.contains(&&pod.name), "{} is claimed and not told", pod.name);
            }
        }
        // Whoever can be told apart by labels is spared.
        for other in &suggestion.others {
            prop_assert!(!other.alike.is_empty(), "{} need not be claimed", other.group.object);
        }
        let again = suggest(&snapshot, &chosen, by_name, None);
        prop_assert_eq!(proposed(&suggestion), proposed(&again));
    }
}

#[test]
fn hundreds_of_workloads_are_answered() {
    let mut cluster = Cluster::new();
    for index in 0..300 {
        let labels = format!(
            "app=w{index},tier=t{},team=m{},part-of=p{},managed-by=Helm,a={},b={},c={}",
            index % 7,
            index % 11,
            index % 13,
            index % 3,
            index % 5,
            index % 17,
        );
        cluster = cluster.pod("shop", &format!("w{index}"), &labels);
    }
    let snapshot = cluster.read();
    let asked: Vec<Subject> = (0..150).map(|index| Subject::Pod(index * 2)).collect();
    let began = std::time::Instant::now();
    let suggestion = suggest(&snapshot, &asked, true, None);
    assert_eq!(suggestion.is_exact(), Some(true));
    let names = suggestion
        .targets
        .iter()
        .filter(|target| target.claimed_by.is_some());
    assert_eq!(names.count(), 150);
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

#[test]
fn a_template_that_names_another_profile_takes_no_selector() {
    let snapshot = Cluster::new()
        .workload("shop", "deployment/web", "app=web", 1)
        .workload(
            "shop",
            "deployment/own",
            "app=own,eks.amazonaws.com/fargate-profile=own",
            1,
        )
        .read();
    let asked = subjects(&snapshot, &["deployment/web", "deployment/own"]);
    let suggestion = suggest(&snapshot, &asked, true, None);
    assert_eq!(proposed(&suggestion), ["shop app=web"]);
    let unclaimed: Vec<&str> = suggestion
        .targets
        .iter()
        .filter(|target| target.claimed_by.is_none())
        .map(|target| target.group.object.name.as_str())
        .collect();
    assert_eq!(unclaimed, ["own"]);
}
