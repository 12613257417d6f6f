//! A cluster in which every right is of use: pods on Fargate with all that may stand beside them, one that waits, one that no
//! profile claimed, owners of every kind, volumes, and objects of every controller that makes profiles.

use std::sync::{MutexGuard, Once};

use serde_json::{Value, json};

use crate::lab::{
    Lab,
    api::Api,
    eks_stub::{self, Answer, Asked, profile_asked_for},
    objects,
    server::ApiServer,
};
use crate::surroundings;

/// The EKS cluster's name.
pub const CLUSTER: &str = "strict";
/// The namespace of the questions.
pub const SHOP: &str = "shop";
/// A Fargate node, and one that is not.
pub const ON_FARGATE: &str = "fargate-ip-10-0-1-77.eu-west-1.compute.internal";
pub const ON_EC2: &str = "ip-10-0-1-23.eu-west-1.compute.internal";

/// The kinds that are not every cluster's: plural name, group, kind, version, and whether its objects stand in namespaces.
const KINDS: &[(&str, &str, &str, &str, bool)] = &[
    (
        "securitygrouppolicies",
        "vpcresources.k8s.aws",
        "SecurityGroupPolicy",
        "v1beta1",
        true,
    ),
    (
        "verticalpodautoscalers",
        "autoscaling.k8s.io",
        "VerticalPodAutoscaler",
        "v1",
        true,
    ),
    (
        "fargateprofiles",
        "eks.services.k8s.aws",
        "FargateProfile",
        "v1alpha1",
        true,
    ),
    (
        "fargateprofiles",
        "eks.aws.upbound.io",
        "FargateProfile",
        "v1beta1",
        false,
    ),
    (
        "fargateprofiles",
        "eks.aws.m.upbound.io",
        "FargateProfile",
        "v1beta1",
        true,
    ),
    (
        "fargateprofiles",
        "eks.aws.crossplane.io",
        "FargateProfile",
        "v1beta1",
        false,
    ),
    (
        "awsfargateprofiles",
        "infrastructure.cluster.x-k8s.io",
        "AWSFargateProfile",
        "v1beta2",
        true,
    ),
    (
        "awsmanagedcontrolplanes",
        "controlplane.cluster.x-k8s.io",
        "AWSManagedControlPlane",
        "v1beta2",
        true,
    ),
];

/// The strict cluster, filled by the first who takes it.
pub fn take(lab: &Lab) -> MutexGuard<'_, ApiServer> {
    static FILLED: Once = Once::new();
    let strict = lab.strict();
    FILLED.call_once(|| fill(strict.api()));
    strict
}

fn fill(api: &Api) {
    define(api);
    for name in [SHOP, "till", "aws-observability"] {
        api.create(&objects::namespace(name));
    }
    api.create(&objects::webhook());
    api.create(&objects::with(
        objects::fargate_node(ON_FARGATE),
        &json!({"status": {"nodeInfo": node_info()}}),
    ));
    api.create(&objects::node_of_group(ON_EC2, "general"));
    settings(api);
    volumes(api);
    workloads(api);
    beside(api);
    profiles(api);
}

/// The cluster without Fargate's webhook; it is back when this is dropped.
pub struct WithoutWebhook<'a>(&'a Api);

impl<'a> WithoutWebhook<'a> {
    pub fn of(api: &'a Api) -> Self {
        api.remove(&objects::webhook());
        Self(api)
    }
}

impl Drop for WithoutWebhook<'_> {
    fn drop(&mut self) {
        self.0.create(&objects::webhook());
    }
}

fn node_info() -> Value {
    let mut info = json!({"kubeletVersion": "v1.33.4-eks-1234567", "architecture": "amd64", "operatingSystem": "linux"});
    for field in [
        "machineID",
        "systemUUID",
        "bootID",
        "kernelVersion",
        "osImage",
        "containerRuntimeVersion",
        "kubeProxyVersion",
    ] {
        info[field] = json!("");
    }
    info
}

fn define(api: &Api) {
    for (plural, group, kind, version, is_namespaced) in KINDS {
        let scope = if *is_namespaced {
            "Namespaced"
        } else {
            "Cluster"
        };
        api.create(&json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": format!("{plural}.{group}"),
                "annotations": {"api-approved.kubernetes.io": "unapproved, for tests alone"}},
            "spec": {"group": group, "scope": scope,
                "names": {"plural": plural, "singular": kind.to_lowercase(), "kind": kind, "listKind": format!("{kind}List")},
                "versions": [{"name": version, "served": true, "storage": true,
                    "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]},
        }));
    }
    for (plural, group, _, version, _) in KINDS {
        api.wait_until_served(&format!("/apis/{group}/{version}/{plural}"));
        api.wait_for("the group among all groups", |api| {
            api.groups().contains(&(*group).to_owned()).then_some(())
        });
    }
}

fn settings(api: &Api) {
    api.create(&json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth", "namespace": "kube-system"},
        "data": {"mapRoles": "- rolearn: arn:aws:iam::123456789012:role/pods\n  username: system:node:{{SessionName}}\n  groups: [system:bootstrappers, system:nodes, system:node-proxier]\n"},
    }));
    api.create(&json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-logging", "namespace": "aws-observability"},
        "data": {"output.conf": "[OUTPUT]\n    Name nowhere\n"},
    }));
    // A Secret lies beside everything, for nobody.
    for name in ["orders", "carts", "bills", "default"] {
        api.create(&json!({
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": SHOP},
            "secrets": [{"name": "hunter2"}],
        }));
    }
}

fn volumes(api: &Api) {
    api.create(&json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "efs"},
        "provisioner": "efs.csi.aws.com",
    }));
    let capacity = json!({"storage": "1Gi"});
    api.create(&json!({
        "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "files"},
        "spec": {"capacity": capacity, "accessModes": ["ReadWriteMany"], "storageClassName": "efs",
            "csi": {"driver": "efs.csi.aws.com", "volumeHandle": "fs-1"},
            "claimRef": {"namespace": SHOP, "name": "files"}},
        "status": {"phase": "Bound"},
    }));
    api.create(&json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "files", "namespace": SHOP},
        "spec": {"accessModes": ["ReadWriteMany"], "storageClassName": "efs", "volumeName": "files",
            "resources": {"requests": capacity}},
        "status": {"phase": "Bound", "capacity": capacity},
    }));
}

/// A workload of this kind whose pods have the label `app: NAME`; returns its owner reference.
fn workload(api: &Api, kind: &str, name: &str, owner: Option<&Value>, more: &Value) -> Value {
    let api_version = if kind == "Job" || kind == "CronJob" {
        "batch/v1"
    } else {
        "apps/v1"
    };
    let template =
        json!({"metadata": {"labels": {"app": name}}, "spec": objects::pod(SHOP, name)["spec"]});
    let mut object = json!({
        "apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": SHOP},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": template},
    });
    match kind {
        "CronJob" => {
            let of_job = objects::with(
                json!({"template": template}),
                &json!({"template": {"spec": {"restartPolicy": "Never"}}}),
            );
            object["spec"] = json!({"schedule": "0 * * * *", "jobTemplate": {"spec": of_job}});
        }
        "Job" => {
            object["spec"] = objects::with(
                json!({"template": template}),
                &json!({"template": {"spec": {"restartPolicy": "Never"}}}),
            );
        }
        "StatefulSet" => object["spec"]["serviceName"] = json!(name),
        _ => {}
    }
    if let Some(owner) = owner {
        object["metadata"]["ownerReferences"] = json!([owner]);
    }
    let stored = api.create(&objects::with(object, more));
    json!({
        "apiVersion": api_version, "kind": kind, "name": name, "uid": stored["metadata"]["uid"], "controller": true,
    })
}

/// A pod of this owner that runs on a node.
fn running(api: &Api, name: &str, app: &str, owner: &Value, node: &str, more: &Value) {
    let mut pod = objects::running_pod(SHOP, name, node);
    pod["metadata"]["ownerReferences"] = json!([owner]);
    let pod = objects::with(pod, &json!({"metadata": {"labels": {"app": app}}}));
    api.create(&objects::with(pod, more));
}

fn claimed(more: &Value) -> Value {
    let claim = json!({"metadata": {"labels": {"eks.amazonaws.com/fargate-profile": "apps"}}, "spec": {"schedulerName": "fargate-scheduler"}});
    objects::with(claim, more)
}

fn workloads(api: &Api) {
    let web = workload(api, "Deployment", "web", None, &json!({}));
    let of_web = workload(
        api,
        "ReplicaSet",
        "web-7d9f",
        Some(&web),
        &with_hash("web", "7d9f"),
    );
    let crash = |account: &str| {
        claimed(&json!({
            "metadata": {"labels": {"pod-template-hash": "7d9f"}, "annotations": {"Logging": "LoggingDisabled: LOGGING_CONFIGMAP_NOT_FOUND", "fargate.amazonaws.com/pod-sg": "sg-1"}},
            "spec": {"serviceAccountName": account, "volumes": [{"name": "files", "persistentVolumeClaim": {"claimName": "files"}}]},
            "status": {"containerStatuses": [{
                "name": "main", "image": "registry.k8s.io/pause:3.10", "imageID": "", "ready": false, "restartCount": 3,
                "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            }]},
        }))
    };
    for (name, account) in [
        ("web-7d9f-a", "orders"),
        ("web-7d9f-b", "carts"),
        ("web-7d9f-c", "bills"),
    ] {
        running(api, name, "web", &of_web, ON_FARGATE, &crash(account));
    }
    // No profile selects these.
    let plain = json!({"metadata": {"labels": {"app": "plain", "pod-template-hash": "0"}}});
    for (kind, name) in [("StatefulSet", "db"), ("DaemonSet", "agent")] {
        let owner = workload(api, kind, name, None, &json!({}));
        running(api, &format!("{name}-0"), name, &owner, ON_EC2, &json!({}));
    }
    let tick = workload(api, "CronJob", "tick", None, &json!({}));
    let of_tick = workload(api, "Job", "tick-1", Some(&tick), &json!({}));
    let of_job =
        json!({"metadata": {"labels": {"job-name": "tick-1"}}, "spec": {"restartPolicy": "Never"}});
    running(api, "tick-1-x", "tick", &of_tick, ON_EC2, &of_job);
    let other = workload(api, "Deployment", "plain", None, &json!({}));
    running(
        api,
        "plain-0",
        "plain",
        &workload(
            api,
            "ReplicaSet",
            "plain-0",
            Some(&other),
            &with_hash("plain", "0"),
        ),
        ON_EC2,
        &plain,
    );
    // Selected, on EC2, and younger than the profile: only the webhook can tell why.
    running(api, "late", "web", &made_elsewhere(), ON_EC2, &json!({}));
    // Selected, claimed, and without a node.
    let waits = objects::with(
        objects::claimed_pod(SHOP, "waits", "apps"),
        &json!({"metadata": {"labels": {"app": "web"}}, "spec": {"volumes": [{"name": "files", "persistentVolumeClaim": {"claimName": "files"}}]}}),
    );
    api.create(&waits);
    api.create(&json!({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": "waits.1", "namespace": SHOP},
        "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": SHOP, "name": "waits",
            "uid": api.get(&waits)["metadata"]["uid"]},
        "reason": "FailedScheduling", "type": "Warning", "message": "Fargate capacity is unavailable at this time. Please try again later or in a different availability zone",
        "source": {"component": "fargate-scheduler"}, "firstTimestamp": now(), "lastTimestamp": now(), "count": 1,
    }));
    let elsewhere = objects::with(
        objects::running_pod("till", "till", ON_EC2),
        &json!({"metadata": {"labels": {"app": "till"}}}),
    );
    api.create(&elsewhere);
}

/// What a Deployment's ReplicaSet and its pods carry, by which the Deployment is told where the ReplicaSet may not be read.
fn with_hash(app: &str, hash: &str) -> Value {
    let labels = json!({"app": app, "pod-template-hash": hash});
    json!({"metadata": {"labels": labels}, "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}}}})
}

fn made_elsewhere() -> Value {
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "late", "uid": "0a0a0a0a-0000-4000-8000-000000000002", "controller": true})
}

fn now() -> String {
    jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}

fn beside(api: &Api) {
    let of_web = json!({"matchLabels": {"app": "web"}});
    api.create(&json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web", "namespace": SHOP},
        "spec": {"maxUnavailable": 0, "selector": of_web},
    }));
    api.create(&json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "web", "namespace": SHOP, "annotations": {"service.beta.kubernetes.io/aws-load-balancer-nlb-target-type": "instance"}},
        "spec": {"type": "LoadBalancer", "loadBalancerClass": "service.k8s.aws/nlb", "selector": {"app": "web"}, "ports": [{"port": 80}]},
    }));
    api.create(&json!({
        "apiVersion": "vpcresources.k8s.aws/v1beta1", "kind": "SecurityGroupPolicy", "metadata": {"name": "web", "namespace": SHOP},
        "spec": {"podSelector": of_web, "securityGroups": {"groupIds": ["sg-1"]}},
    }));
    api.create(&json!({
        "apiVersion": "autoscaling.k8s.io/v1", "kind": "VerticalPodAutoscaler", "metadata": {"name": "web", "namespace": SHOP},
        "spec": {"targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "updatePolicy": {"updateMode": "InPlaceOrRecreate"}},
    }));
}

/// One object of Cluster API: only beside it are control planes asked for.
fn profiles(api: &Api) {
    api.create(&json!({
        "apiVersion": "infrastructure.cluster.x-k8s.io/v1beta2", "kind": "AWSFargateProfile",
        "metadata": {"name": "apps", "namespace": SHOP},
        "spec": {"clusterName": CLUSTER, "profileName": "apps", "roleName": "pods", "selectors": [{"namespace": SHOP, "labels": {"app": "web"}}]},
        "status": {"ready": true},
    }));
}

/// AWS as it should be, with the profile `apps` for the label `app: web` of the namespace.
pub fn aws(asked: &Asked) -> Answer {
    if asked.ec2_action().is_none() && profile_asked_for(&asked.path).is_some() {
        let profile = eks_stub::profile(CLUSTER, "apps", SHOP, &json!({"app": "web"}));
        return Answer::Json(200, json!({"fargateProfile": profile}));
    }
    surroundings::well(asked)
}
