//! Profile objects of ACK, Crossplane and Cluster API in files, as kubectl prints them: alone, of several clusters, beside what the
//! EKS API says.

use std::path::{Path, PathBuf};

use kubectl_fargate::decision::facts::{
    ClusterIdentity, ClusterSnapshot, FargateProfile, ProfileKnowledge, ProfileStatus, Selector,
};
use kubectl_fargate::sources::offline::gather;
use kubectl_fargate::sources::{Input, Question};

const POD: &str =
    r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}}"#;

fn form(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/forms")
        .join(name)
}

/// What these files give for the cluster of this name (`""`: not known).
fn read(files: &[PathBuf], cluster: &str) -> ClusterSnapshot {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pod = folder.path().join("pod.json");
    std::fs::write(&pod, POD).expect("the folder is ours");
    let identity = ClusterIdentity {
        name: (!cluster.is_empty()).then(|| cluster.to_owned()),
        region: None,
    };
    let profiles: Vec<Input> = files.iter().cloned().map(Input::Path).collect();
    let gathered = gather(
        &[Input::Path(pod)],
        &profiles,
        None,
        &Question::default(),
        &identity,
    );
    gathered.expect("the files can be read").snapshot
}

fn profiles(files: &[&str], cluster: &str) -> ClusterSnapshot {
    let files: Vec<PathBuf> = files.iter().map(|name| form(name)).collect();
    read(&files, cluster)
}

fn names(snapshot: &ClusterSnapshot) -> Vec<&str> {
    let list = &snapshot.profiles.list;
    list.iter().map(|profile| profile.name.as_str()).collect()
}

fn profile<'a>(snapshot: &'a ClusterSnapshot, name: &str) -> &'a FargateProfile {
    snapshot
        .profiles
        .find(name)
        .unwrap_or_else(|| panic!("{name} is not among {:?}", names(snapshot)))
}

fn gaps(profile: &FargateProfile) -> Vec<&str> {
    profile.gaps.iter().map(|gap| gap.field.as_str()).collect()
}

fn detail(snapshot: &ClusterSnapshot) -> &str {
    let note = snapshot
        .sources
        .iter()
        .find(|note| note.what == "fargateprofiles")
        .expect("profiles have a note");
    note.detail.as_deref().unwrap_or_default()
}

#[test]
fn a_list_of_ack() {
    let snapshot = profiles(&["ack/list.yaml"], "prod");
    assert_eq!(snapshot.profiles.knowledge, ProfileKnowledge::FromFiles);
    assert_eq!(names(&snapshot), ["apps", "jobs"]);
    let apps = profile(&snapshot, "apps");
    assert_eq!(
        apps.selectors,
        Some(vec![
            Selector::new("shop", [("compute", "fargate"), ("team", "*")]),
            Selector::new("shop-*", [("", ""); 0]),
        ])
    );
    assert_eq!(apps.status, Some(ProfileStatus::Active));
    assert_eq!(apps.created_at, "2026-03-01T10:00:00Z".parse().ok());
    assert_eq!(apps.subnets.len(), 2);
    let jobs = profile(&snapshot, "jobs");
    assert_eq!(jobs.status, Some(ProfileStatus::Deleting));
    assert_eq!(jobs.cluster_name.as_deref(), Some("prod"));
    assert_eq!(gaps(jobs), ["podExecutionRoleArn", "subnets"]);
    assert!(
        detail(&snapshot).contains("1 profile of dev"),
        "{}",
        detail(&snapshot)
    );

    let undecided = profiles(&["ack/list.yaml"], "");
    assert!(undecided.profiles.list.is_empty());
    let problem = undecided.profiles.problem.expect("two clusters");
    assert!(
        problem.contains("dev") && problem.contains("prod"),
        "{problem}"
    );
}

#[test]
fn all_groups_of_crossplane() {
    let snapshot = profiles(&["crossplane/upbound.yaml"], "prod");
    assert_eq!(names(&snapshot), ["apps", "by-hand", "waiting"]);
    for profile in &snapshot.profiles.list {
        assert_eq!(profile.cluster_name.as_deref(), Some("prod"));
        // What its object asks for has not reached EKS.
        let wanted: &[&str] = match profile.name.as_str() {
            "waiting" => &["selectors"],
            _ => &[],
        };
        assert_eq!(gaps(profile), wanted, "{}", profile.name);
    }
    let by_hand = profile(&snapshot, "by-hand");
    assert_eq!(
        by_hand.selectors,
        Some(vec![Selector::new("ops", [("", ""); 0])])
    );
    let waiting = profile(&snapshot, "waiting");
    assert!(!waiting.is_active(), "it could not be made");
    assert_eq!(waiting.health_issues[0].code, "ReconcileError");

    let namespaced = profiles(&["crossplane/namespaced.json"], "prod");
    let apps = profile(&namespaced, "apps");
    assert_eq!(apps.status, Some(ProfileStatus::Creating));
    assert_eq!(gaps(apps), ["subnets"]);

    let classic = profiles(&["crossplane/classic.yaml"], "prod");
    let apps = profile(&classic, "apps");
    assert_eq!(apps.status, Some(ProfileStatus::Active));
    assert!(apps.gaps.is_empty() && apps.created_at.is_some());

    let other = profiles(&["crossplane/upbound.yaml"], "dev");
    assert_eq!(other.profiles.knowledge, ProfileKnowledge::Unread);
    let problem = other.profiles.problem.expect("those of another");
    assert!(problem.contains("prod in eu-west-1"), "{problem}");
}

#[test]
fn cluster_api_with_its_control_planes() {
    let files = [
        "cluster-api/profiles.yaml",
        "cluster-api/control-planes.yaml",
    ];
    // The order of files means nothing.
    for files in [files, [files[1], files[0]]] {
        let snapshot = profiles(&files, "shop-prod");
        assert_eq!(names(&snapshot), ["apps", "infra_team_jobs"]);
        assert_eq!(gaps(profile(&snapshot, "apps")), ["podExecutionRoleArn"]);
        let jobs = profile(&snapshot, "infra_team_jobs");
        assert_eq!(jobs.status, Some(ProfileStatus::CreateFailed));
        assert_eq!(jobs.health_issues[0].code, "EKSFargateFailed");
        assert!(
            detail(&snapshot).contains("1 profile of sandbox_dev-control-plane in eu-west-1"),
            "{}",
            detail(&snapshot)
        );
    }
    assert!(profiles(&files, "prod").profiles.list.is_empty());
}

#[test]
fn cluster_api_alone() {
    let snapshot = profiles(&["cluster-api/profiles.yaml"], "infra_prod-control-plane");
    assert_eq!(names(&snapshot), ["apps", "infra_team_jobs"]);
    let gap = &profile(&snapshot, "apps").gaps[0];
    assert_eq!(gap.field, "clusterName");
    assert_eq!(gap.assumed.as_deref(), Some("infra_prod-control-plane"));
    assert!(
        detail(&snapshot).contains("1 profile of Cluster API cluster sandbox/dev"),
        "{}",
        detail(&snapshot)
    );
    let unknown = profiles(&["cluster-api/profiles.yaml"], "");
    assert!(unknown.profiles.list.is_empty());
    let remedy = unknown.profiles.remedy.expect("two clusters");
    assert!(remedy.contains("--cluster-name"), "{remedy}");
}

#[test]
fn what_the_eks_api_says_counts_whatever_the_order() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let described = folder.path().join("apps.json");
    let text = r#"{"fargateProfile": {"fargateProfileName": "apps", "clusterName": "prod", "status": "ACTIVE",
        "podExecutionRoleArn": "arn:aws:iam::111122223333:role/pods-on-fargate",
        "selectors": [{"namespace": "shop"}], "subnets": ["subnet-0b1c2d3e4f5061728", "subnet-0a1b2c3d4e5f60718"]}}"#;
    std::fs::write(&described, text).expect("the folder is ours");
    let object = form("ack/list.yaml");
    for files in [
        [described.clone(), object.clone()],
        [object.clone(), described.clone()],
    ] {
        let snapshot = read(&files, "prod");
        assert_eq!(names(&snapshot), ["apps", "jobs"]);
        assert_eq!(
            profile(&snapshot, "apps").selectors,
            Some(vec![Selector::new("shop", [("", ""); 0])])
        );
        let [only] = snapshot.profiles.disagreements.as_slice() else {
            panic!("{:?}", snapshot.profiles.disagreements);
        };
        assert_eq!(
            (only.profile.as_str(), only.field.as_deref()),
            ("apps", Some("selectors"))
        );
        assert_eq!(only.used_value.as_deref(), Some("namespace shop"));
        assert_eq!(
            only.other_value.as_deref(),
            Some("namespace shop with compute=fargate, team=*; namespace shop-*")
        );
        assert!(only.used.ends_with("apps.json") && only.other.contains("list.yaml"));
        assert_eq!(snapshot.profiles.given_twice, None);
    }
}

#[test]
fn a_cluster_that_is_only_referred_to() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("object.yaml");
    let text = "apiVersion: eks.services.k8s.aws/v1alpha1\nkind: FargateProfile\nmetadata: {name: apps, namespace: infra}\n\
        spec: {name: apps, clusterRef: {from: {name: prod}}, selectors: [{namespace: shop}]}\n";
    std::fs::write(&file, text).expect("the folder is ours");
    let other = read(std::slice::from_ref(&file), "other");
    assert!(names(&other).is_empty(), "{:?}", names(&other));
    for (cluster, assumed) in [("prod", Some("prod")), ("", None)] {
        let snapshot = read(std::slice::from_ref(&file), cluster);
        let gap = &profile(&snapshot, "apps").gaps[0];
        assert_eq!(gap.field, "clusterName");
        assert_eq!(gap.assumed.as_deref(), assumed, "{cluster}");
    }
}

#[test]
fn objects_among_the_files_of_a_cluster() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pod = folder.path().join("pod.json");
    std::fs::write(&pod, POD).expect("the folder is ours");
    let gathered = gather(
        &[
            Input::Path(pod),
            Input::Path(form("crossplane/classic.yaml")),
        ],
        &[],
        None,
        &Question::default(),
        &ClusterIdentity::default(),
    );
    let snapshot = gathered.expect("the files can be read").snapshot;
    assert_eq!(names(&snapshot), ["apps"]);
    assert_eq!(snapshot.cluster.name.as_deref(), Some("prod"));
}

#[test]
fn a_malformed_object_is_named_and_costs_none_of_the_others() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("objects.json");
    let text = r#"{"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "eks.services.k8s.aws/v1alpha1", "kind": "FargateProfile", "metadata": {"name": "broken"},
            "spec": {"name": "broken", "clusterName": "prod", "selectors": [{"namespace": ["shop"]}]}},
        {"apiVersion": "eks.services.k8s.aws/v1alpha1", "kind": "FargateProfile", "metadata": {"name": "good"},
            "spec": {"name": "good", "clusterName": "prod", "selectors": [{"namespace": "shop"}]}}]}"#;
    std::fs::write(&file, text).expect("the folder is ours");
    let snapshot = read(&[file], "prod");
    assert_eq!(names(&snapshot), ["good"]);
    assert_eq!(snapshot.profiles.knowledge, ProfileKnowledge::Partial);
    let problem = snapshot.profiles.problem.as_deref().unwrap_or_default();
    assert!(
        problem.contains("item 1 (profile broken): spec.selectors[0].namespace"),
        "{problem}"
    );
}

#[test]
fn items_of_a_typed_list_are_told_by_their_shape() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (kind, spec) in [
        (
            "FargateProfileList",
            r#"{"name": "apps", "clusterName": "prod", "selectors": [{"namespace": "shop"}]}"#,
        ),
        (
            "FargateProfileList",
            r#"{"forProvider": {"clusterName": "prod", "selector": [{"namespace": "shop"}]}}"#,
        ),
        (
            "AWSFargateProfileList",
            r#"{"clusterName": "prod", "profileName": "apps", "selectors": [{"namespace": "shop"}]}"#,
        ),
    ] {
        let file = folder.path().join("list.json");
        let text = format!(
            r#"{{"kind": "{kind}", "items": [{{"metadata": {{"name": "apps"}}, "spec": {spec}}}]}}"#
        );
        std::fs::write(&file, text).expect("the folder is ours");
        let snapshot = read(&[file], "prod");
        assert_eq!(names(&snapshot), ["apps"], "{kind} {spec}");
        assert_eq!(
            profile(&snapshot, "apps").selectors,
            Some(vec![Selector::new("shop", [("", ""); 0])]),
            "{spec}"
        );
    }
}
