use serde_json::json;

use super::*;
use crate::decision::facts::{Fit, Gap, Selector};

const ACK: &ProfileKind = &PROFILE_KINDS[0];
const CLUSTER_API: &ProfileKind = &PROFILE_KINDS[4];

fn of_ack(name: &str, cluster: &str, namespace: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": "infra"},
        "spec": {"name": name, "clusterName": cluster, "selectors": [{"namespace": namespace}]}, "status": {"status": "ACTIVE"}})
}

/// Objects as a list gives them, with the note of it.
fn read(objects: &[Value]) -> ObjectProfiles {
    let mut profiles = ObjectProfiles::default();
    for object in objects {
        profiles.offer(ACK, "v1alpha1", object);
    }
    profiles.note(note(SourceStatus::Read, objects.len() as u64));
    profiles
}

fn note(status: SourceStatus, count: u64) -> SourceNote {
    SourceNote {
        what: ACK.full_name(),
        namespace: None,
        status,
        count: Some(count),
        detail: None,
    }
}

fn known(name: &str) -> KnownCluster {
    KnownCluster {
        name: (!name.is_empty()).then(|| name.to_owned()),
        ..KnownCluster::default()
    }
}

fn of_eks(name: &str, namespace: &str) -> FargateProfile {
    FargateProfile {
        selectors: Some(vec![Selector::new(namespace, [("", ""); 0])]),
        cluster_name: Some("prod".to_owned()),
        ..FargateProfile::named(name, ProfileOrigin::EksApi)
    }
}

fn unread() -> Profiles {
    Profiles {
        problem: Some("eks:ListFargateProfiles is not allowed".to_owned()),
        remedy: Some("Ask for it.".to_owned()),
        ..Profiles::default()
    }
}

fn names(profiles: &Profiles) -> Vec<&str> {
    let names = profiles.list.iter().map(|profile| profile.name.as_str());
    names.collect()
}

fn detail(notes: &[SourceNote]) -> &str {
    notes[0].detail.as_deref().unwrap_or_default()
}

#[test]
fn objects_stand_in_where_the_eks_api_was_not_read() {
    let mut profiles = unread();
    let objects = read(&[of_ack("apps", "prod", "shop"), of_ack("dev", "dev", "shop")]);
    let notes = objects.merge_into(&mut profiles, &known("prod"));
    assert_eq!(names(&profiles), ["apps"]);
    assert_eq!(profiles.knowledge, ProfileKnowledge::FromFiles);
    assert_eq!(
        profiles.list[0].origin,
        ProfileOrigin::Object("fargateprofiles.eks.services.k8s.aws/apps in infra".to_owned())
    );
    assert_eq!(
        detail(&notes),
        "used in place of the EKS API: eks:ListFargateProfiles is not allowed; 1 profile of dev was left out"
    );
    assert_eq!(profiles.remedy.as_deref(), Some("Ask for it."));
}

#[test]
fn objects_of_others_leave_the_profiles_unknown() {
    let mut profiles = unread();
    let objects = read(&[of_ack("apps", "dev", "shop")]);
    let notes = objects.merge_into(&mut profiles, &known("prod"));
    assert_eq!(profiles, unread());
    assert_eq!(detail(&notes), "1 profile of dev was left out");
}

#[test]
fn what_was_not_seen_leaves_open_what_else_there_is() {
    let malformed =
        json!({"metadata": {"name": "broken", "namespace": "infra"}, "spec": {"selectors": 7}});
    for objects in [read(&[of_ack("apps", "prod", "shop"), malformed]), {
        let mut objects = read(&[of_ack("apps", "prod", "shop")]);
        objects.note(note(SourceStatus::Forbidden, 0));
        objects
    }] {
        let mut profiles = unread();
        objects.merge_into(&mut profiles, &known("prod"));
        assert_eq!(profiles.knowledge, ProfileKnowledge::Partial);
        assert_eq!(names(&profiles), ["apps"]);
    }
}

#[test]
fn a_cluster_of_unknown_name_uses_none() {
    let mut profiles = unread();
    let objects = read(&[
        of_ack("apps", "prod", "shop"),
        of_ack("apps", "dev", "shop"),
    ]);
    let notes = objects.merge_into(&mut profiles, &known(""));
    assert!(profiles.list.is_empty());
    assert!(
        detail(&notes).contains("they are of dev; prod"),
        "{notes:?}"
    );
    assert!(detail(&notes).contains("--cluster-name"), "{notes:?}");
    let problem = profiles.problem.expect("still unread");
    assert!(
        problem.contains("profile objects in it are of dev; prod"),
        "{problem}"
    );
}

#[test]
fn the_eks_api_counts_and_what_differs_is_told() {
    let list = vec![of_eks("apps", "shop"), of_eks("by-hand", "ops")];
    let mut profiles = Profiles::new(list.clone(), ProfileKnowledge::Complete);
    let objects = read(&[
        of_ack("apps", "prod", "other"),
        of_ack("waiting", "prod", "shop"),
        of_ack("elsewhere", "dev", "shop"),
    ]);
    let notes = objects.merge_into(&mut profiles, &known("prod"));
    assert_eq!(profiles.list, list);
    assert_eq!(profiles.knowledge, ProfileKnowledge::Complete);
    let told: Vec<_> = profiles
        .disagreements
        .iter()
        .map(|each| {
            let has = [&each.used_value, &each.other_value].map(Option::is_some);
            (each.profile.as_str(), each.field.as_deref(), has)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("apps", Some("selectors"), [true, true]),
            ("by-hand", None, [true, false]),
            ("waiting", None, [false, true]),
        ]
    );
    assert!(detail(&notes).contains("2 differences"), "{notes:?}");
    assert!(
        detail(&notes).contains("1 profile of dev was left out"),
        "{notes:?}"
    );

    let mut same = Profiles::new(vec![of_eks("apps", "shop")], ProfileKnowledge::Complete);
    let notes = read(&[of_ack("apps", "prod", "shop")]).merge_into(&mut same, &known("prod"));
    assert_eq!(same.disagreements, []);
    assert_eq!(detail(&notes), "they agree with the EKS API");
}

#[test]
fn objects_tell_what_the_eks_api_may_not() {
    let named = FargateProfile::named("apps", ProfileOrigin::EksApi);
    let mut profiles = Profiles::new(vec![named], ProfileKnowledge::Complete);
    read(&[of_ack("apps", "prod", "shop")]).merge_into(&mut profiles, &known("prod"));
    assert!(
        profiles.list[0].selectors.is_some(),
        "describing was refused"
    );
    assert_eq!(profiles.knowledge, ProfileKnowledge::FromFiles);

    let mut broken_off = Profiles::new(vec![of_eks("apps", "shop")], ProfileKnowledge::Partial);
    let objects = read(&[of_ack("more", "prod", "ops")]);
    objects.merge_into(&mut broken_off, &known("prod"));
    assert_eq!(names(&broken_off), ["apps", "more"]);
    assert_eq!(broken_off.knowledge, ProfileKnowledge::Partial);
    assert!(
        broken_off
            .disagreements
            .iter()
            .all(|each| each.profile != "more"),
        "a list that broke off shows no absence"
    );
}

#[test]
fn a_profile_of_nobody_is_not_ours() {
    let mut profiles = unread();
    let object = json!({"metadata": {"name": "a", "namespace": "infra"},
        "spec": {"name": "a", "clusterRef": {"from": {"name": "x"}}, "selectors": []}});
    let notes = read(&[object]).merge_into(&mut profiles, &known("prod"));
    assert!(profiles.list.is_empty());
    assert!(
        detail(&notes).contains("1 profile of ACK cluster infra/x"),
        "{notes:?}"
    );
}

#[test]
fn control_planes_tell_which_cluster_is_meant() {
    let profile = json!({"metadata": {"name": "apps", "namespace": "infra"},
        "spec": {"clusterName": "prod", "profileName": "apps", "selectors": [{"namespace": "shop"}]}});
    let control_plane = json!({"metadata": {"name": "cp", "namespace": "infra", "labels": {"cluster.x-k8s.io/cluster-name": "prod"}},
        "spec": {"eksClusterName": "shop-prod"}});
    for (name, wanted) in [("shop-prod", 1), ("prod", 0)] {
        let mut objects = ObjectProfiles::default();
        objects.offer(CLUSTER_API, "v1beta2", &profile);
        assert!(objects.has(CLUSTER_API) && !objects.has(ACK));
        objects.offer(&CONTROL_PLANES, "v1beta2", &control_plane);
        let mut profiles = unread();
        objects.merge_into(&mut profiles, &known(name));
        assert_eq!(profiles.list.len(), wanted, "{name}");
    }
}

#[test]
fn what_no_controller_has_told_of_is_only_asked_for() {
    let mut asked = of_ack("apps", "prod", "shop");
    for (status, is_sure) in [
        (json!(null), false),
        (json!({}), false),
        (
            json!({"ackResourceMetadata": {"region": "eu-west-1"}}),
            false,
        ),
        (json!({"status": "ACTIVE"}), true),
        (
            json!({"conditions": [{"type": "ACK.ResourceSynced", "status": "True"}]}),
            true,
        ),
    ] {
        asked["status"] = status.clone();
        let mut profiles = unread();
        read(std::slice::from_ref(&asked)).merge_into(&mut profiles, &known("prod"));
        let gaps = &profiles.list[0].gaps;
        let is_assumed = |gap: &Gap| gap.field == "selectors" && gap.assumed.is_some();
        assert_eq!(!gaps.iter().any(is_assumed), is_sure, "{status}");
    }
}

#[test]
fn two_objects_of_one_profile_leave_open_what_they_tell_otherwise() {
    let mut again = of_ack("apps", "prod", "other");
    again["metadata"]["name"] = json!("apps-again");
    let mut profiles = unread();
    read(&[of_ack("apps", "prod", "shop"), again.clone()])
        .merge_into(&mut profiles, &known("prod"));
    assert_eq!(names(&profiles), ["apps"]);
    let fit = |namespace: &str| profiles.list[0].fit(namespace, &Default::default());
    assert_eq!(
        [fit("shop"), fit("other"), fit("ops")],
        [Fit::Unknown, Fit::Unknown, Fit::Misses]
    );
    let said = profiles.given_twice.expect("it is said");
    for words in ["/apps in infra", "/apps-again in infra", "in selectors"] {
        assert!(said.contains(words), "{said}");
    }

    // One that EKS tells is compared with each of them.
    let mut profiles = Profiles::new(vec![of_eks("apps", "shop")], ProfileKnowledge::Complete);
    let notes =
        read(&[of_ack("apps", "prod", "shop"), again]).merge_into(&mut profiles, &known("prod"));
    assert_eq!(profiles.given_twice, None);
    assert_eq!(profiles.disagreements.len(), 1);
    assert!(detail(&notes).contains("1 difference"), "{notes:?}");
}

#[test]
fn each_list_tells_its_own_differences() {
    let mut objects = read(&[of_ack("apps", "prod", "shop")]);
    let crossplane = json!({"metadata": {"name": "batch"},
        "spec": {"forProvider": {"clusterName": "prod", "selector": [{"namespace": "other"}]}}, "status": {"atProvider": {"status": "ACTIVE"}}});
    let kind = &PROFILE_KINDS[1];
    objects.offer(kind, "v1beta1", &crossplane);
    objects.note(SourceNote {
        what: kind.full_name(),
        ..note(SourceStatus::Read, 1)
    });
    let list = vec![of_eks("apps", "shop"), of_eks("batch", "batch")];
    let mut profiles = Profiles::new(list, ProfileKnowledge::Complete);
    let notes = objects.merge_into(&mut profiles, &known("prod"));
    let details: Vec<_> = notes
        .iter()
        .filter_map(|note| note.detail.as_deref())
        .collect();
    assert_eq!(
        details,
        [
            "they agree with the EKS API",
            "compared with the EKS API, which counts: 1 difference"
        ]
    );
}
