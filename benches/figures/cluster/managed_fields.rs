//! `metadata.managedFields` of a pod: who owns which field, 42 % of a pod's bytes. One entry of the controller that created
//! it, one of the kubelet (or the kubelet of Fargate) that keeps its status.

use std::collections::BTreeMap;

use super::chance::moment;
use super::json::Json;
use super::spec::{Container, Value};
use super::{PodPlan, Workload};

/// Writes the field `managedFields`.
pub fn write(
    meta: &mut Json,
    workload: &Workload,
    plan: &PodPlan,
    containers: &[Container],
    labels: &BTreeMap<String, String>,
    annotations: &BTreeMap<&str, String>,
    owner_uid: &str,
) {
    meta.list("managedFields", |list| {
        entry(list, "kube-controller-manager", workload.created_at, None, |fields| {
            fields.object("f:metadata", |json| {
                marks(json, "f:annotations", annotations.keys().copied());
                json.mark("f:generateName");
                marks(json, "f:labels", labels.keys().map(String::as_str));
                json.object("f:ownerReferences", |json| {
                    json.mark(".");
                    json.mark(&format!(r#"k:{{"uid":"{owner_uid}"}}"#));
                });
            });
            fields.object("f:spec", |json| {
                json.object("f:containers", |json| {
                    for container in containers {
                        json.object(&format!(r#"k:{{"name":"{}"}}"#, container.name), |json| {
                            container_fields(json, container);
                        });
                    }
                });
                for field in ["f:dnsPolicy", "f:enableServiceLinks", "f:restartPolicy", "f:schedulerName"] {
                    json.mark(field);
                }
                json.object("f:securityContext", |json| {
                    for field in [".", "f:fsGroup", "f:runAsGroup", "f:runAsNonRoot", "f:runAsUser", "f:seccompProfile"] {
                        json.mark(field);
                    }
                });
                json.mark("f:serviceAccount");
                json.mark("f:serviceAccountName");
                json.mark("f:terminationGracePeriodSeconds");
                json.object("f:volumes", |json| {
                    json.mark(".");
                    json.raw(r#"k:{"name":"cache"}"#, r#"{".":{},"f:emptyDir":{".":{},"f:sizeLimit":{}},"f:name":{}}"#);
                    json.raw(r#"k:{"name":"config"}"#, r#"{".":{},"f:configMap":{".":{},"f:defaultMode":{},"f:name":{}},"f:name":{}}"#);
                    json.raw(r#"k:{"name":"scratch"}"#, r#"{".":{},"f:emptyDir":{},"f:name":{}}"#);
                });
            });
        });
        if plan.node.is_some() {
            entry(list, "kubelet", workload.created_at + 30, Some("status"), |fields| {
                fields.object("f:status", |json| {
                    json.object("f:conditions", |json| {
                        for kind in ["ContainersReady", "Initialized", "PodReadyToStartContainers", "Ready"] {
                            json.raw(
                                &format!(r#"k:{{"type":"{kind}"}}"#),
                                r#"{".":{},"f:lastProbeTime":{},"f:lastTransitionTime":{},"f:observedGeneration":{},"f:status":{},"f:type":{}}"#,
                            );
                        }
                    });
                    for field in ["f:containerStatuses", "f:hostIP", "f:hostIPs", "f:phase", "f:podIP"] {
                        json.mark(field);
                    }
                    json.raw("f:podIPs", r#"{".":{},"k:{\"ip\":\"10.0.31.7\"}":{".":{},"f:ip":{}}}"#);
                    json.mark("f:startTime");
                });
            });
        }
    });
}

fn entry(
    list: &mut Json,
    manager: &str,
    at: i64,
    subresource: Option<&str>,
    fields: impl FnOnce(&mut Json),
) {
    list.item(|json| {
        json.text("apiVersion", "v1");
        json.text("fieldsType", "FieldsV1");
        json.object("fieldsV1", fields);
        json.text("manager", manager);
        json.text("operation", "Update");
        if let Some(subresource) = subresource {
            json.text("subresource", subresource);
        }
        json.text("time", &moment(at));
    });
}

fn marks<'a>(json: &mut Json, key: &str, names: impl Iterator<Item = &'a str>) {
    json.object(key, |json| {
        json.mark(".");
        for name in names {
            json.mark(&format!("f:{name}"));
        }
    });
}

fn container_fields(json: &mut Json, container: &Container) {
    json.mark(".");
    json.mark("f:args");
    json.object("f:env", |json| {
        json.mark(".");
        for (name, value) in &container.variables {
            json.raw(
                &format!(r#"k:{{"name":"{name}"}}"#),
                match value {
                    Value::Text(_) => r#"{".":{},"f:name":{},"f:value":{}}"#,
                    Value::Field(_) => {
                        r#"{".":{},"f:name":{},"f:valueFrom":{".":{},"f:fieldRef":{}}}"#
                    }
                    Value::Secret(..) => {
                        r#"{".":{},"f:name":{},"f:valueFrom":{".":{},"f:secretKeyRef":{}}}"#
                    }
                    Value::ConfigMap(..) => {
                        r#"{".":{},"f:name":{},"f:valueFrom":{".":{},"f:configMapKeyRef":{}}}"#
                    }
                },
            );
        }
    });
    json.mark("f:image");
    json.mark("f:imagePullPolicy");
    for probe in ["f:livenessProbe", "f:readinessProbe"] {
        json.raw(
            probe,
            r#"{".":{},"f:failureThreshold":{},"f:httpGet":{".":{},"f:path":{},"f:port":{},"f:scheme":{}},"f:initialDelaySeconds":{},"f:periodSeconds":{},"f:successThreshold":{},"f:timeoutSeconds":{}}"#,
        );
    }
    json.mark("f:name");
    json.object("f:ports", |json| {
        json.mark(".");
        json.raw(
            &format!(
                r#"k:{{"containerPort":{},"protocol":"TCP"}}"#,
                container.port
            ),
            r#"{".":{},"f:containerPort":{},"f:name":{},"f:protocol":{}}"#,
        );
    });
    json.raw("f:resources", r#"{".":{},"f:limits":{".":{},"f:cpu":{},"f:memory":{}},"f:requests":{".":{},"f:cpu":{},"f:memory":{}}}"#);
    json.raw("f:securityContext", r#"{".":{},"f:allowPrivilegeEscalation":{},"f:capabilities":{".":{},"f:drop":{}},"f:readOnlyRootFilesystem":{}}"#);
    json.mark("f:terminationMessagePath");
    json.mark("f:terminationMessagePolicy");
    json.object("f:volumeMounts", |json| {
        json.mark(".");
        for (path, _) in &container.mounts {
            json.raw(
                &format!(r#"k:{{"mountPath":"{path}"}}"#),
                r#"{".":{},"f:mountPath":{},"f:name":{}}"#,
            );
        }
    });
}
