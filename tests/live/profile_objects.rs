//! Profile objects of ACK, Crossplane and Cluster API in a real cluster, with definitions as short as the API server lets them be:
//! where the EKS API denies, where it answers otherwise, and for users who may read some of them.

use std::sync::Once;

use serde_json::{Value, json};

use crate::{
    lab::{
        Lab,
        eks_stub::{Answer, EksStub, profile_asked_for},
        invocation::Outcome,
        kubeconfig::Kubeconfig,
        moto::REGION,
        objects,
        users::{self, READABLE, User},
    },
    report::pod_of,
    tests,
};

tests![
    objects_serve_where_the_eks_api_denies,
    what_no_object_selects_is_only_likely_not_selected,
    an_object_that_its_controller_could_not_follow_is_only_likely_so,
    objects_that_differ_leave_open_what_the_profile_selects,
    every_controller_is_asked,
    control_planes_tell_which_cluster_is_meant,
    objects_tell_the_selectors_that_may_not_be_described,
    what_the_eks_api_says_counts,
    a_group_that_may_not_be_read_leaves_the_rest_open,
    only_the_namespace_of_the_question_may_be_read,
    a_cluster_of_unknown_name_uses_none,
];

const ACK: &str = "fargateprofiles.eks.services.k8s.aws";
const UPBOUND: &str = "fargateprofiles.eks.aws.upbound.io";
const UPBOUND_NAMESPACED: &str = "fargateprofiles.eks.aws.m.upbound.io";
const CLUSTER_API: &str = "awsfargateprofiles.infrastructure.cluster.x-k8s.io";
/// Nobody defines this one here.
const CLASSIC: &str = "fargateprofiles.eks.aws.crossplane.io";

/// Defines the kinds, once a run.
fn define(lab: &Lab) {
    static DEFINED: Once = Once::new();
    DEFINED.call_once(|| {
        for (plural, group, kind, version, scope) in [
            ("fargateprofiles", "eks.services.k8s.aws", "FargateProfile", "v1alpha1", "Namespaced"),
            ("fargateprofiles", "eks.aws.upbound.io", "FargateProfile", "v1beta1", "Cluster"),
            ("fargateprofiles", "eks.aws.m.upbound.io", "FargateProfile", "v1beta1", "Namespaced"),
            ("awsfargateprofiles", "infrastructure.cluster.x-k8s.io", "AWSFargateProfile", "v1beta2", "Namespaced"),
            ("awsmanagedcontrolplanes", "controlplane.cluster.x-k8s.io", "AWSManagedControlPlane", "v1beta2", "Namespaced"),
        ] {
            let api = lab.cluster().api();
            api.create(&json!({
                "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "metadata": {"name": format!("{plural}.{group}")},
                "spec": {"group": group, "scope": scope,
                    "names": {"plural": plural, "singular": kind.to_lowercase(), "kind": kind, "listKind": format!("{kind}List")},
                    "versions": [{"name": version, "served": true, "storage": true,
                        "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]},
            }));
            api.wait_until_served(&format!("/apis/{group}/{version}/{plural}"));
            api.wait_for("the group among all groups", |api| {
                api.groups().contains(&group.to_owned()).then_some(())
            });
        }
    });
}

/// A pod that no profile has claimed, a namespace and a cluster of their own.
fn prepared(lab: &Lab) -> (String, String) {
    define(lab);
    let namespace = lab.namespace("shop");
    lab.cluster().api().create(&objects::running_pod(
        &namespace,
        "web",
        "ip-10-0-1-23.eu-west-1.compute.internal",
    ));
    (namespace, lab.unique("managed"))
}

fn of_ack(lab: &Lab, within: &str, name: &str, cluster: &str, selects: &str) {
    lab.cluster().api().create(&json!({
        "apiVersion": "eks.services.k8s.aws/v1alpha1", "kind": "FargateProfile",
        "metadata": {"name": lab.unique(name), "namespace": within},
        "spec": {"name": name, "clusterName": cluster, "podExecutionRoleARN": "arn:aws:iam::123456789012:role/pods",
            "selectors": [{"namespace": selects, "labels": {"app": "web"}}]},
        "status": {"status": "ACTIVE", "createdAt": "2022-01-01T00:00:00Z"},
    }));
}

/// Asks about the pod `web` of the cluster with this name.
fn ask(lab: &Lab, kubeconfig: Kubeconfig, cluster: &str, namespace: &str, aws: &str) -> Outcome {
    lab.kubectl_fargate(&kubeconfig.named_by_arn(REGION, cluster))
        .env("AWS_ENDPOINT_URL", aws)
        .args(["explain", "pod/web", "-n", namespace, "-o", "json"])
        .run()
}

/// An EKS API that lets nobody in.
fn denying() -> EksStub {
    EksStub::start(|_| {
        let message = "User: arn:aws:iam::123456789012:user/someone is not authorized to perform: eks:ListFargateProfiles";
        Answer::Error(403, "AccessDeniedException", message)
    })
}

fn source<'a>(report: &'a Value, what: &str) -> Option<&'a Value> {
    let sources = report["sources"].as_array().into_iter().flatten();
    sources.into_iter().find(|source| source["what"] == what)
}

fn detail<'a>(report: &'a Value, what: &str) -> &'a str {
    let source = source(report, what).unwrap_or_else(|| panic!("no {what}: {report:#}"));
    source["detail"].as_str().unwrap_or_default()
}

fn objects_serve_where_the_eks_api_denies(lab: &Lab) {
    let (namespace, cluster) = prepared(lab);
    of_ack(lab, &namespace, "apps", &cluster, &namespace);
    of_ack(lab, &namespace, "a-first", "another-cluster", &namespace);
    let aws = denying();
    let outcome = ask(
        lab,
        lab.kubeconfig(User::Admin),
        &cluster,
        &namespace,
        &aws.url(),
    );
    let report = outcome.report();
    let pod = pod_of(&report, &namespace, "web");
    assert_eq!(pod["expected"]["kind"], "Fargate", "{outcome}");
    assert_eq!(pod["expected"]["profile"], "apps", "not that of the other");
    let said = detail(&report, ACK);
    for words in [
        "used in place of the EKS API",
        "could not list the Fargate profiles",
        "another-cluster",
    ] {
        assert!(said.contains(words), "{words}: {outcome}");
    }
    assert_eq!(source(&report, CLASSIC), None, "not served, so no news");
    assert_eq!(
        source(&report, "fargateprofiles").expect("noted")["status"],
        "Forbidden"
    );
}

fn what_no_object_selects_is_only_likely_not_selected(lab: &Lab) {
    let (namespace, cluster) = prepared(lab);
    of_ack(lab, &namespace, "apps", &cluster, "elsewhere");
    let aws = denying();
    let outcome = ask(
        lab,
        lab.kubeconfig(User::Admin),
        &cluster,
        &namespace,
        &aws.url(),
    );
    let report = outcome.report();
    let pod = pod_of(&report, &namespace, "web");
    assert_eq!(pod["reason"], "NamespaceNotSelected", "{outcome}");
    assert_eq!(pod["certainty"], "Likely", "{outcome}");
}

/// What EKS would do with the pod by an object of ACK whose controller says this of it.
fn expected_by(lab: &Lab, conditions: &Value, selects: &[&str]) -> (Value, Outcome) {
    let (namespace, cluster) = prepared(lab);
    for app in selects {
        lab.cluster().api().create(&json!({
            "apiVersion": "eks.services.k8s.aws/v1alpha1", "kind": "FargateProfile",
            "metadata": {"name": lab.unique("apps"), "namespace": namespace},
            "spec": {"name": "apps", "clusterName": cluster, "podExecutionRoleARN": "arn:aws:iam::123456789012:role/pods",
                "selectors": [{"namespace": namespace, "labels": {"app": app}}]},
            "status": {"status": "ACTIVE", "conditions": conditions,
                "ackResourceMetadata": {"region": REGION, "arn": format!("arn:aws:eks:{REGION}:123456789012:fargateprofile/{cluster}/apps/u")}},
        }));
    }
    let aws = denying();
    let kubeconfig = lab.kubeconfig(User::Admin);
    let outcome = ask(lab, kubeconfig, &cluster, &namespace, &aws.url());
    let report = outcome.report();
    let expected = pod_of(&report, &namespace, "web")["expected"].clone();
    (expected, outcome)
}

fn an_object_that_its_controller_could_not_follow_is_only_likely_so(lab: &Lab) {
    let synced = json!([{"type": "ACK.ResourceSynced", "status": "True"}]);
    let terminal = json!([{"type": "ACK.Terminal", "status": "True", "message": "Immutable Spec fields have been modified: Selectors"},
        {"type": "ACK.ResourceSynced", "status": "False"}]);
    for (conditions, certainty) in [(synced, "Certain"), (terminal, "Likely")] {
        let (expected, outcome) = expected_by(lab, &conditions, &["web"]);
        assert_eq!(expected["kind"], "Fargate", "{outcome}");
        assert_eq!(expected["certainty"], certainty, "{outcome}");
    }
}

fn objects_that_differ_leave_open_what_the_profile_selects(lab: &Lab) {
    let synced = json!([{"type": "ACK.ResourceSynced", "status": "True"}]);
    let (expected, outcome) = expected_by(lab, &synced, &["web", "api"]);
    assert_eq!(expected["kind"], "Undecided", "{outcome}");
}

fn every_controller_is_asked(lab: &Lab) {
    for (what, api_version, kind, is_namespaced) in [
        (
            UPBOUND,
            "eks.aws.upbound.io/v1beta1",
            "FargateProfile",
            false,
        ),
        (
            UPBOUND_NAMESPACED,
            "eks.aws.m.upbound.io/v1beta1",
            "FargateProfile",
            true,
        ),
        (
            CLUSTER_API,
            "infrastructure.cluster.x-k8s.io/v1beta2",
            "AWSFargateProfile",
            true,
        ),
    ] {
        let (namespace, cluster) = prepared(lab);
        let name = lab.unique("apps");
        let selectors = json!([{"namespace": namespace}]);
        let mut object = json!({
            "apiVersion": api_version, "kind": kind, "metadata": {"name": name},
            "spec": {"clusterName": cluster, "profileName": name, "selectors": selectors,
                "forProvider": {"region": REGION, "clusterName": cluster, "selector": selectors}},
            "status": {"ready": true},
        });
        if is_namespaced {
            object["metadata"]["namespace"] = json!(namespace);
        }
        lab.cluster().api().create(&object);
        let aws = denying();
        let outcome = ask(
            lab,
            lab.kubeconfig(User::Admin),
            &cluster,
            &namespace,
            &aws.url(),
        );
        let report = outcome.report();
        let expected = &pod_of(&report, &namespace, "web")["expected"];
        assert_eq!(expected["kind"], "Fargate", "{what}: {outcome}");
        assert_eq!(expected["profile"], json!(name), "{what}: {outcome}");
        assert!(detail(&report, what).contains("used in place"), "{outcome}");
    }
}

fn control_planes_tell_which_cluster_is_meant(lab: &Lab) {
    let (namespace, cluster) = prepared(lab);
    let api = lab.cluster().api();
    api.create(&json!({
        "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta2", "kind": "AWSFargateProfile",
        "metadata": {"name": "apps", "namespace": namespace},
        "spec": {"clusterName": "known-otherwise", "profileName": "apps", "selectors": [{"namespace": namespace}]},
    }));
    api.create(&json!({
        "apiVersion": "controlplane.cluster.x-k8s.io/v1beta2", "kind": "AWSManagedControlPlane",
        "metadata": {"name": "any", "namespace": namespace, "labels": {"cluster.x-k8s.io/cluster-name": "known-otherwise"}},
        "spec": {"eksClusterName": cluster},
    }));
    let aws = denying();
    for (name, wanted) in [
        (cluster.as_str(), "Fargate"),
        ("known-otherwise", "Undecided"),
    ] {
        let outcome = ask(
            lab,
            lab.kubeconfig(User::Admin),
            name,
            &namespace,
            &aws.url(),
        );
        let report = outcome.report();
        let expected = &pod_of(&report, &namespace, "web")["expected"];
        assert_eq!(expected["kind"], wanted, "{name}: {outcome}");
    }
}

fn objects_tell_the_selectors_that_may_not_be_described(lab: &Lab) {
    let (namespace, cluster) = prepared(lab);
    of_ack(lab, &namespace, "apps", &cluster, &namespace);
    let aws = EksStub::start(|asked| match profile_asked_for(&asked.path) {
        None => Answer::Json(200, json!({"fargateProfileNames": ["apps"]})),
        Some(_) => Answer::Error(
            403,
            "AccessDeniedException",
            "not authorized to perform: eks:DescribeFargateProfile",
        ),
    });
    let outcome = ask(
        lab,
        lab.kubeconfig(User::Admin),
        &cluster,
        &namespace,
        &aws.url(),
    );
    let report = outcome.report();
    let expected = &pod_of(&report, &namespace, "web")["expected"];
    assert_eq!(expected["kind"], "Fargate", "{outcome}");
}

fn what_the_eks_api_says_counts(lab: &Lab) {
    let (namespace, cluster) = prepared(lab);
    of_ack(lab, &namespace, "apps", &cluster, &namespace);
    of_ack(lab, &namespace, "waiting", &cluster, &namespace);
    lab.moto().create_cluster(&cluster);
    lab.moto()
        .create_profile(&cluster, "apps", &json!([{"namespace": "elsewhere"}]));
    let aws = lab.moto().url();
    let outcome = ask(lab, lab.kubeconfig(User::Admin), &cluster, &namespace, &aws);
    let report = outcome.report();
    let pod = pod_of(&report, &namespace, "web");
    assert_eq!(pod["reason"], "NamespaceNotSelected", "{outcome}");
    assert_eq!(pod["certainty"], "Certain", "{outcome}");
    let said = detail(&report, ACK);
    assert!(
        said.contains("compared with the EKS API, which counts"),
        "{outcome}"
    );
}

fn a_group_that_may_not_be_read_leaves_the_rest_open(lab: &Lab) {
    let (namespace, cluster) = prepared(lab);
    of_ack(lab, &namespace, "apps", &cluster, "elsewhere");
    let rules = json!([
        {"apiGroups": [""], "resources": ["pods", "events"], "verbs": ["get", "list"]},
        {"apiGroups": ["eks.services.k8s.aws"], "resources": ["fargateprofiles"], "verbs": ["get", "list"]},
    ]);
    users::grant_cluster_wide(lab.cluster().api(), User::Scenario, &rules);
    let aws = denying();
    let outcome = ask(
        lab,
        lab.kubeconfig(User::Scenario),
        &cluster,
        &namespace,
        &aws.url(),
    );
    let report = outcome.report();
    let pod = pod_of(&report, &namespace, "web");
    assert_eq!(pod["expected"]["kind"], "Undecided", "{outcome}");
    let refused = source(&report, UPBOUND).expect("it is served, and refused");
    assert_eq!(refused["status"], "Forbidden", "{outcome}");
    assert!(
        detail(&report, UPBOUND).contains("it would tell"),
        "{outcome}"
    );
    assert_eq!(source(&report, CLASSIC), None, "not served, so no news");
    // Where the EKS API tells the profiles, nobody misses objects that may not be read.
    lab.cluster().api().create(&objects::pod(&namespace, "api"));
    lab.moto().create_cluster(&cluster);
    let table = |aws: &str| {
        lab.kubectl_fargate(
            &lab.kubeconfig(User::Scenario)
                .named_by_arn(REGION, &cluster),
        )
        .env("AWS_ENDPOINT_URL", aws)
        .args(["explain", "-n", &namespace])
        .run()
    };
    let told = table(&lab.moto().url());
    assert!(!told.stdout.contains("fargateprofiles."), "{told}");
}

fn only_the_namespace_of_the_question_may_be_read(lab: &Lab) {
    let (_, cluster) = prepared(lab);
    let name = lab.unique("web");
    let api = lab.cluster().api();
    api.create(&objects::running_pod(
        READABLE,
        &name,
        "ip-10-0-1-23.eu-west-1.compute.internal",
    ));
    api.create(&json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "profiles", "namespace": READABLE},
        "rules": [{"apiGroups": ["eks.services.k8s.aws"], "resources": ["fargateprofiles"], "verbs": ["get", "list"]}],
    }));
    api.create(&json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "profiles", "namespace": READABLE},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "profiles"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": User::NamespaceReader.name()}],
    }));
    api.create(&json!({
        "apiVersion": "eks.services.k8s.aws/v1alpha1", "kind": "FargateProfile", "metadata": {"name": name, "namespace": READABLE},
        "spec": {"name": "apps", "clusterName": cluster, "selectors": [{"namespace": READABLE}]},
    }));
    let aws = denying();
    let outcome = lab
        .kubectl_fargate(
            &lab.kubeconfig(User::NamespaceReader)
                .named_by_arn(REGION, &cluster),
        )
        .env("AWS_ENDPOINT_URL", aws.url())
        .args(["explain", "pod", &name, "-n", READABLE, "-o", "json"])
        .run();
    let report = outcome.report();
    let expected = &pod_of(&report, READABLE, &name)["expected"];
    assert_eq!(expected["profile"], "apps", "{outcome}");
    let partial = source(&report, ACK).expect("noted");
    assert_eq!(partial["status"], "Partial", "{outcome}");
    assert!(
        detail(&report, ACK).contains("only those of namespace readable"),
        "{outcome}"
    );
}

fn a_cluster_of_unknown_name_uses_none(lab: &Lab) {
    let (namespace, cluster) = prepared(lab);
    of_ack(lab, &namespace, "apps", &cluster, &namespace);
    let outcome = lab
        .kubectl_fargate(&lab.kubeconfig(User::Admin))
        .args(["explain", "pod/web", "-n", &namespace, "-o", "json"])
        .run();
    let report = outcome.report();
    let pod = pod_of(&report, &namespace, "web");
    assert_eq!(pod["reason"], "ProfilesUnknown", "{outcome}");
    let said = detail(&report, ACK);
    assert!(
        said.contains("not used") && said.contains("--cluster-name"),
        "{outcome}"
    );
    assert!(said.contains(&cluster), "{outcome}");
}
