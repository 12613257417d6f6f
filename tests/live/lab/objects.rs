//! Small objects for tests that need no scenario: as short as the API server lets them be.

use serde_json::{Value, json};

/// A namespace.
pub fn namespace(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
}

/// A pod of one container, for the default scheduler. Merge more into it with [`with`].
pub fn pod(namespace: &str, name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"namespace": namespace, "name": name, "labels": {"app": name}},
        "spec": {"containers": [{"name": "main", "image": "registry.k8s.io/pause:3.10", "resources": {"requests": {"cpu": "250m", "memory": "256Mi"}}}]},
    })
}

/// A pod that a profile's claim sent to Fargate's scheduler, which is not there: it stays Pending.
pub fn claimed_pod(namespace: &str, name: &str, profile: &str) -> Value {
    with(
        pod(namespace, name),
        &json!({"metadata": {"labels": {"eks.amazonaws.com/fargate-profile": profile}}, "spec": {"schedulerName": "fargate-scheduler"}}),
    )
}

/// A pod that runs on a node.
pub fn running_pod(namespace: &str, name: &str, node: &str) -> Value {
    with(
        pod(namespace, name),
        &json!({"metadata": {"ownerReferences": [{
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "made-by", "uid": "0a0a0a0a-0000-4000-8000-000000000001", "controller": true,
        }]}, "spec": {"nodeName": node}, "status": {"phase": "Running", "podIP": "10.0.1.24", "conditions": [
            {"type": "PodScheduled", "status": "True"}, {"type": "Ready", "status": "True"},
        ]}}),
    )
}

/// A Deployment whose pods have the label `app: NAME`.
pub fn deployment(namespace: &str, name: &str) -> Value {
    let pod = pod(namespace, name);
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"namespace": namespace, "name": name},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": {"metadata": {"labels": {"app": name}}, "spec": pod["spec"]}},
    })
}

/// A node that Fargate made, with its label and taint.
pub fn fargate_node(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "labels": {"eks.amazonaws.com/compute-type": "fargate", "kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux"}},
        "spec": {"taints": [{"key": "eks.amazonaws.com/compute-type", "value": "fargate", "effect": "NoSchedule"}]},
    })
}

/// A node of a managed node group. It is tainted, so that the scheduler binds no other test's pods to it.
pub fn node_of_group(name: &str, node_group: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "labels": {"eks.amazonaws.com/nodegroup": node_group, "eks.amazonaws.com/capacityType": "ON_DEMAND", "kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux"}},
        "spec": {
            "providerID": "aws:///eu-west-1a/i-0a1b2c3d4e5f60718",
            "taints": [{"key": "laboratory", "value": "occupied", "effect": "NoSchedule"}],
        },
    })
}

/// Fargate's webhook as far as a reader sees it; it selects no pod, since nobody answers it here.
pub fn webhook() -> Value {
    json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "0500-amazon-eks-fargate-mutation.amazonaws.com"},
        "webhooks": [{
            "name": "0500-amazon-eks-fargate-mutation.amazonaws.com", "failurePolicy": "Ignore", "sideEffects": "None",
            "admissionReviewVersions": ["v1"], "clientConfig": {"url": "https://127.0.0.1:1/mutate"}, "timeoutSeconds": 1,
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
            "namespaceSelector": {"matchLabels": {"laboratory.invalid/never": "true"}},
        }],
    })
}

/// Returns the object with another merged into it: maps key by key, everything else replaced.
pub fn with(mut object: Value, more: &Value) -> Value {
    merge(&mut object, more);
    object
}

fn merge(into: &mut Value, more: &Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (key, value) in more {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (into, more) => into.clone_from(more),
    }
}
