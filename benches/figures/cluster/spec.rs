//! What the containers of a workload ask for: the same for its template and for all of its pods.

use super::Workload;
use super::chance::Chance;
use super::json::Json;
use super::situation::{Place, Trait};

/// How many variables a container has.
const VARIABLES: usize = 17;

/// A container as it was planned.
pub struct Container {
    pub name: &'static str,
    pub image: String,
    pub port: i64,
    /// Names, and values or where the value comes from.
    pub variables: Vec<(String, Value)>,
    pub mounts: Vec<(&'static str, &'static str)>,
}

/// What a variable holds.
pub enum Value {
    Text(String),
    Field(&'static str),
    Secret(&'static str, &'static str),
    ConfigMap(&'static str, &'static str),
}

impl Workload {
    /// The containers, an application and its proxy.
    pub fn containers(&self, seed: u64) -> [Container; 2] {
        let mut chance = Chance::of(seed, self.number + 40_000_000);
        let app = Container {
            name: "app",
            image: format!(
                "111122223333.dkr.ecr.eu-west-1.amazonaws.com/{}/{}:{}.{}.{}",
                self.namespace,
                self.situation.name,
                chance.below(9),
                chance.below(40),
                chance.below(20)
            ),
            port: 8080,
            variables: variables(&mut chance, "APP"),
            mounts: vec![
                ("/etc/app", "config"),
                ("/tmp", "scratch"),
                ("/var/cache/app", "cache"),
            ],
        };
        let proxy = Container {
            name: "proxy",
            image: format!(
                "public.ecr.aws/appmesh/aws-appmesh-envoy:v1.{}.2.0-prod",
                chance.below(40)
            ),
            port: 15_001,
            variables: variables(&mut chance, "PROXY"),
            mounts: vec![("/etc/proxy", "config")],
        };
        [app, proxy]
    }

    /// Writes the fields of a pod's spec; `as_pod` adds what the API server and the scheduler add to a template's.
    pub fn write_spec(&self, seed: u64, json: &mut Json, as_pod: Option<&PodParts<'_>>) {
        let containers = self.containers(seed);
        if let Some(node) = as_pod.and_then(|pod| pod.pinned_to) {
            json.object("affinity", |json| {
                json.object("nodeAffinity", |json| {
                    json.object("requiredDuringSchedulingIgnoredDuringExecution", |json| {
                        json.list("nodeSelectorTerms", |list| {
                            list.item(|json| {
                                json.list("matchFields", |list| {
                                    list.item(|json| {
                                        json.text("key", "metadata.name");
                                        json.text("operator", "In");
                                        json.list("values", |list| list.text_item(node));
                                    });
                                });
                            });
                        });
                    });
                });
            });
        }
        json.list("containers", |list| {
            for (index, container) in containers.iter().enumerate() {
                list.item(|json| self.write_container(container, index == 0, json, as_pod));
            }
        });
        json.text("dnsPolicy", "ClusterFirst");
        if as_pod.is_some() {
            json.flag("enableServiceLinks", true);
        }
        if let Some(node) = as_pod.and_then(|pod| pod.node) {
            json.text("nodeName", node);
        }
        if self.has(Trait::Instances) {
            json.raw("nodeSelector", r#"{"karpenter.sh/nodepool":"gpu"}"#);
        }
        let claimed = as_pod.is_some() && self.situation.claimed_by.is_some();
        if as_pod.is_some() {
            json.text("preemptionPolicy", "PreemptLowerPriority");
            json.number("priority", if claimed { 2_000_001_000 } else { 0 });
        }
        if claimed {
            json.text("priorityClassName", "system-node-critical");
        }
        let ends = self.situation.owner == super::situation::OwnerKind::Job;
        json.text("restartPolicy", if ends { "Never" } else { "Always" });
        json.text(
            "schedulerName",
            if claimed {
                "fargate-scheduler"
            } else if self.has(Trait::Volcano) {
                "volcano"
            } else {
                "default-scheduler"
            },
        );
        json.raw("securityContext", r#"{"fsGroup":2000,"runAsGroup":3000,"runAsNonRoot":true,"runAsUser":1000,"seccompProfile":{"type":"RuntimeDefault"}}"#);
        json.text("serviceAccount", "default");
        json.text("serviceAccountName", "default");
        json.number("terminationGracePeriodSeconds", 45);
        let anywhere = self.situation.place == Place::BesideFargate;
        if as_pod.is_some() || anywhere {
            json.list("tolerations", |list| {
                if anywhere {
                    list.item(|json| json.text("operator", "Exists"));
                }
                if as_pod.is_some() {
                    for key in [
                        "node.kubernetes.io/not-ready",
                        "node.kubernetes.io/unreachable",
                    ] {
                        list.item(|json| {
                            json.text("effect", "NoExecute");
                            json.text("key", key);
                            json.text("operator", "Exists");
                            json.number("tolerationSeconds", 300);
                        });
                    }
                }
            });
        }
        json.list("volumes", |list| {
            list.item(|json| {
                json.object("configMap", |json| {
                    json.number("defaultMode", 420);
                    json.text("name", &format!("{}-config", self.name));
                });
                json.text("name", "config");
            });
            list.item(|json| {
                json.mark("emptyDir");
                json.text("name", "scratch");
            });
            list.item(|json| {
                json.raw("emptyDir", r#"{"sizeLimit":"256Mi"}"#);
                json.text("name", "cache");
            });
            if let Some(pod) = as_pod {
                list.item(|json| {
                    json.text("name", &pod.token_volume);
                    json.raw("projected", r#"{"defaultMode":420,"sources":[{"serviceAccountToken":{"expirationSeconds":3607,"path":"token"}},{"configMap":{"items":[{"key":"ca.crt","path":"ca.crt"}],"name":"kube-root-ca.crt"}},{"downwardAPI":{"items":[{"fieldRef":{"apiVersion":"v1","fieldPath":"metadata.namespace"},"path":"namespace"}]}}]}"#);
                });
            }
        });
    }

    fn write_container(
        &self,
        container: &Container,
        first: bool,
        json: &mut Json,
        as_pod: Option<&PodParts<'_>>,
    ) {
        json.list("args", |list| {
            list.text_item("--config=/etc/app/config.yaml");
            list.text_item(&format!("--listen=:{}", container.port));
        });
        json.list("env", |list| {
            for (name, value) in &container.variables {
                list.item(|json| {
                    json.text("name", name);
                    match value {
                        Value::Text(text) => json.text("value", text),
                        Value::Field(path) => json.object("valueFrom", |json| {
                            json.object("fieldRef", |json| {
                                json.text("apiVersion", "v1");
                                json.text("fieldPath", path);
                            });
                        }),
                        Value::Secret(name, key) => reference(json, "secretKeyRef", name, key),
                        Value::ConfigMap(name, key) => {
                            reference(json, "configMapKeyRef", name, key)
                        }
                    }
                });
            }
        });
        json.text("image", &container.image);
        json.text("imagePullPolicy", "IfNotPresent");
        probe(json, "livenessProbe", "/healthz/live", container.port);
        json.text("name", container.name);
        json.list("ports", |list| {
            list.item(|json| {
                json.number("containerPort", container.port);
                if first && (self.has(Trait::HostPort) || self.has(Trait::Refused)) {
                    json.number("hostPort", container.port);
                }
                json.text("name", "http");
                json.text("protocol", "TCP");
            });
        });
        probe(json, "readinessProbe", "/healthz/ready", container.port);
        json.raw("resources", r#"{"limits":{"cpu":"500m","memory":"1Gi"},"requests":{"cpu":"250m","memory":"512Mi"}}"#);
        json.raw(
            "securityContext",
            if first && self.has(Trait::Privileged) {
                r#"{"privileged":true}"#
            } else {
                r#"{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]},"readOnlyRootFilesystem":true}"#
            },
        );
        json.text("terminationMessagePath", "/dev/termination-log");
        json.text("terminationMessagePolicy", "File");
        json.list("volumeMounts", |list| {
            for (path, name) in &container.mounts {
                list.item(|json| {
                    json.text("mountPath", path);
                    json.text("name", name);
                });
            }
            if let Some(pod) = as_pod {
                list.item(|json| {
                    json.text("mountPath", "/var/run/secrets/kubernetes.io/serviceaccount");
                    json.text("name", &pod.token_volume);
                    json.flag("readOnly", true);
                });
            }
        });
    }
}

/// What a pod has beyond its template.
pub struct PodParts<'a> {
    pub node: Option<&'a str>,
    /// The node that a DaemonSet's controller made it for.
    pub pinned_to: Option<&'a str>,
    pub token_volume: String,
}

fn probe(json: &mut Json, name: &str, path: &str, port: i64) {
    json.object(name, |json| {
        json.number("failureThreshold", 3);
        json.object("httpGet", |json| {
            json.text("path", path);
            json.number("port", port);
            json.text("scheme", "HTTP");
        });
        json.number("initialDelaySeconds", 10);
        json.number("periodSeconds", 10);
        json.number("successThreshold", 1);
        json.number("timeoutSeconds", 2);
    });
}

fn reference(json: &mut Json, kind: &str, name: &str, key: &str) {
    json.object("valueFrom", |json| {
        json.object(kind, |json| {
            json.text("key", key);
            json.text("name", name);
        });
    });
}

fn variables(chance: &mut Chance, prefix: &str) -> Vec<(String, Value)> {
    const WORDS: &[&str] = &[
        "DATABASE_HOST",
        "CACHE_ENDPOINT",
        "QUEUE_NAME",
        "LOG_LEVEL",
        "FEATURE_FLAGS",
        "REGION",
        "TRACE_SAMPLING",
        "UPSTREAM_TIMEOUT",
        "MAX_CONNECTIONS",
        "BUCKET",
    ];
    (0..VARIABLES)
        .map(|index| {
            let name = format!("{prefix}_{}_{index}", chance.one_of(WORDS));
            let value = match index {
                0 => Value::Field("metadata.name"),
                1 => Value::Field("status.podIP"),
                2 => Value::Secret("database", "password"),
                3 => Value::Secret("upstream", "token"),
                4 | 5 => Value::ConfigMap("settings", "endpoint"),
                6 => Value::Text(format!(
                    "https://{}.example.com/v1?a=1&b=<{}>",
                    chance.hex(8),
                    chance.below(9)
                )),
                _ => Value::Text(format!(
                    "{}.{}.svc.cluster.local",
                    chance.hex(12),
                    chance.hex(6)
                )),
            };
            (name, value)
        })
        .collect()
}
