//! Everything beside pods and nodes: namespaces, owners, events and the webhook of Fargate.

use super::chance::{Chance, moment};
use super::json::Json;
use super::pod::{UNSCHEDULABLE, template_annotations, write_texts};
use super::situation::{OwnerKind, Trait};
use super::{Cluster, PodPlan, Stored, Workload};

/// One pod in so many has events.
const PODS_PER_EVENT: usize = 10;

/// A kind that has a file and a list of its own.
#[derive(Clone, Copy)]
pub struct Kind {
    /// The kind.
    pub name: &'static str,
    /// `apiVersion`.
    pub api_version: &'static str,
    /// How the API calls it in paths.
    pub plural: &'static str,
}

const fn kind(name: &'static str, api_version: &'static str, plural: &'static str) -> Kind {
    Kind {
        name,
        api_version,
        plural,
    }
}

/// All kinds beside pods; those at the end are read and have nothing.
pub const KINDS: &[Kind] = &[
    kind("Node", "v1", "nodes"),
    kind("Namespace", "v1", "namespaces"),
    kind("Deployment", "apps/v1", "deployments"),
    kind("ReplicaSet", "apps/v1", "replicasets"),
    kind("StatefulSet", "apps/v1", "statefulsets"),
    kind("DaemonSet", "apps/v1", "daemonsets"),
    kind("Job", "batch/v1", "jobs"),
    kind("Event", "v1", "events"),
    kind(
        "MutatingWebhookConfiguration",
        "admissionregistration.k8s.io/v1",
        "mutatingwebhookconfigurations",
    ),
    kind("CronJob", "batch/v1", "cronjobs"),
    kind("PersistentVolumeClaim", "v1", "persistentvolumeclaims"),
    kind("PersistentVolume", "v1", "persistentvolumes"),
    kind("StorageClass", "storage.k8s.io/v1", "storageclasses"),
    kind("PodDisruptionBudget", "policy/v1", "poddisruptionbudgets"),
    kind("ServiceAccount", "v1", "serviceaccounts"),
    kind("Service", "v1", "services"),
];

impl Cluster {
    /// The objects of a kind.
    pub fn objects(&self, kind: Kind) -> Box<dyn Iterator<Item = Stored> + '_> {
        let stored = |key: String, json: String| Stored { key, json };
        let owners = move |wanted: OwnerKind,
                           folder: &'static str|
              -> Box<dyn Iterator<Item = Stored> + '_> {
            Box::new(
                self.workloads
                    .iter()
                    .filter(move |workload| workload.situation.owner == wanted)
                    .map(move |workload| {
                        stored(
                            format!("{folder}/{}/{}", workload.namespace, workload.name),
                            self.owner(workload, wanted.name()),
                        )
                    }),
            )
        };
        match kind.name {
            // The API server keeps nodes under a name of old.
            "Node" => Box::new(self.nodes.iter().map(move |node| {
                stored(
                    format!("minions/{}", node.name),
                    node.json(self.now, self.seed),
                )
            })),
            "Namespace" => Box::new(
                self.namespaces
                    .iter()
                    .map(move |name| stored(format!("namespaces/{name}"), self.namespace(name))),
            ),
            "Deployment" => owners(OwnerKind::Deployment, "deployments"),
            "StatefulSet" => owners(OwnerKind::StatefulSet, "statefulsets"),
            "DaemonSet" => owners(OwnerKind::DaemonSet, "daemonsets"),
            "Job" => owners(OwnerKind::Job, "jobs"),
            "ReplicaSet" => Box::new(
                self.workloads
                    .iter()
                    .filter(|workload| workload.situation.owner == OwnerKind::Deployment)
                    .map(move |workload| {
                        stored(
                            format!(
                                "replicasets/{}/{}",
                                workload.namespace, workload.replica_set
                            ),
                            self.owner(workload, "ReplicaSet"),
                        )
                    }),
            ),
            "Event" => Box::new(
                self.pods
                    .iter()
                    .enumerate()
                    .filter_map(move |(index, plan)| self.event(index, plan)),
            ),
            "MutatingWebhookConfiguration" => Box::new(std::iter::once(stored(
                format!("mutatingwebhookconfigurations/{WEBHOOK}"),
                self.webhook(),
            ))),
            _ => Box::new(std::iter::empty()),
        }
    }

    fn namespace(&self, name: &str) -> String {
        let mut chance = Chance::of(
            self.seed,
            60_000_000 + name.bytes().map(u64::from).sum::<u64>(),
        );
        Json::object_text(|json| {
            json.text("apiVersion", "v1");
            json.text("kind", "Namespace");
            json.object("metadata", |meta| {
                meta.text("creationTimestamp", &moment(self.now - 400 * 86_400));
                meta.object("labels", |labels| {
                    labels.text("kubernetes.io/metadata.name", name)
                });
                meta.text("name", name);
                meta.text("uid", &chance.uuid());
            });
            json.raw("spec", r#"{"finalizers":["kubernetes"]}"#);
            json.raw("status", r#"{"phase":"Active"}"#);
        })
    }

    /// A workload, or the ReplicaSet of a Deployment.
    fn owner(&self, workload: &Workload, kind: &str) -> String {
        let is_replica_set = kind == "ReplicaSet";
        let is_job = workload.situation.owner == OwnerKind::Job;
        let hash = [("pod-template-hash".to_owned(), workload.hash.clone())];
        let mut labels = workload.labels.clone();
        let mut selector = vec![("app", workload.name.as_str())];
        if is_replica_set {
            labels.extend(hash.clone());
            selector.push(("pod-template-hash", &workload.hash));
        }
        if is_job {
            selector = vec![("batch.kubernetes.io/controller-uid", workload.uid.as_str())];
            for (key, value) in [
                ("batch.kubernetes.io/controller-uid", &workload.uid),
                ("batch.kubernetes.io/job-name", &workload.name),
                ("controller-uid", &workload.uid),
                ("job-name", &workload.name),
            ] {
                labels.insert(key.to_owned(), value.clone());
            }
        }
        let template_labels = labels.clone();
        if !is_replica_set && workload.has(Trait::LabelOnOwner) {
            labels.insert("tier".to_owned(), "backend".to_owned());
        }
        let template_annotations = template_annotations(workload, 0);
        Json::object_text(|json| {
            json.text("apiVersion", workload.situation.owner.api_version());
            json.text("kind", kind);
            json.object("metadata", |meta| {
                meta.raw("annotations", r#"{"deployment.kubernetes.io/revision":"1","meta.helm.sh/release-name":"release"}"#);
                meta.text("creationTimestamp", &moment(workload.created_at - 20));
                meta.number("generation", 1);
                write_texts(meta, "labels", labels.iter().map(|(key, value)| (key.as_str(), value.as_str())));
                meta.text("name", if is_replica_set { &workload.replica_set } else { &workload.name });
                meta.text("namespace", &workload.namespace);
                if is_replica_set {
                    meta.list("ownerReferences", |list| {
                        list.item(|json| {
                            json.text("apiVersion", "apps/v1");
                            json.flag("blockOwnerDeletion", true);
                            json.flag("controller", true);
                            json.text("kind", "Deployment");
                            json.text("name", &workload.name);
                            json.text("uid", &workload.uid);
                        });
                    });
                }
                meta.text("uid", if is_replica_set { &workload.replica_set_uid } else { &workload.uid });
            });
            json.object("spec", |spec| {
                let replicas = workload.replicas as i64;
                match workload.situation.owner {
                    OwnerKind::Job => {
                        spec.text("completionMode", "Indexed");
                        spec.number("completions", replicas);
                        spec.number("parallelism", replicas);
                    }
                    OwnerKind::DaemonSet => spec.number("revisionHistoryLimit", 10),
                    OwnerKind::StatefulSet => {
                        spec.text("podManagementPolicy", "Parallel");
                        spec.number("replicas", replicas);
                    }
                    OwnerKind::Deployment => spec.number("replicas", replicas),
                }
                spec.object("selector", |json| {
                    write_texts(json, "matchLabels", selector.iter().copied())
                });
                if workload.situation.owner == OwnerKind::StatefulSet {
                    spec.text("serviceName", &workload.name);
                }
                spec.object("template", |template| {
                    template.object("metadata", |meta| {
                        write_texts(
                            meta,
                            "annotations",
                            template_annotations
                                .iter()
                                .map(|(key, value)| (*key, value.as_str())),
                        );
                        write_texts(
                            meta,
                            "labels",
                            template_labels
                                .iter()
                                .map(|(key, value)| (key.as_str(), value.as_str())),
                        );
                    });
                    template.object("spec", |json| workload.write_spec(self.seed, json, None));
                });
            });
            json.object("status", |status| self.write_owner_status(status, workload));
        })
    }

    fn write_owner_status(&self, status: &mut Json, workload: &Workload) {
        let replicas = workload.replicas as i64;
        let waits = workload.is_nowhere() || workload.has(Trait::Refused);
        let ready = if waits { 0 } else { replicas };
        match workload.situation.owner {
            OwnerKind::Job if workload.has(Trait::Finished) => {
                status.text("completedIndexes", &format!("0-{}", replicas - 1));
                status.text("completionTime", &moment(workload.created_at + 900));
                status.raw("conditions", &format!(
                    r#"[{{"lastProbeTime":"{0}","lastTransitionTime":"{0}","reason":"CompletionsReached","status":"True","type":"SuccessCriteriaMet"}},{{"lastProbeTime":"{0}","lastTransitionTime":"{0}","reason":"CompletionsReached","status":"True","type":"Complete"}}]"#,
                    moment(workload.created_at + 900)
                ));
                status.text("startTime", &moment(workload.created_at));
                status.number("succeeded", replicas);
            }
            OwnerKind::Job => {
                status.number("active", replicas);
                status.number("ready", ready);
                status.text("startTime", &moment(workload.created_at));
            }
            OwnerKind::DaemonSet => {
                status.number("currentNumberScheduled", replicas);
                status.number("desiredNumberScheduled", replicas);
                status.number("numberMisscheduled", 0);
                status.number("numberReady", ready);
                status.number("observedGeneration", 1);
            }
            owner => {
                let revision = format!("{}-{}", workload.name, workload.hash);
                let is_numbered = owner == OwnerKind::StatefulSet;
                status.number("availableReplicas", ready);
                if is_numbered {
                    status.text("currentRevision", &revision);
                }
                status.number("observedGeneration", 1);
                status.number("readyReplicas", ready);
                status.number("replicas", replicas);
                if is_numbered {
                    status.text("updateRevision", &revision);
                    status.number("updatedReplicas", replicas);
                }
            }
        }
    }

    /// The event of a pod, if it has one: what its scheduler said, or that its image was there.
    fn event(&self, index: usize, plan: &PodPlan) -> Option<Stored> {
        let workload = &self.workloads[plan.workload];
        let (kind, reason, message, component) = if workload.has(Trait::NoCapacity) {
            (
                "Warning",
                "FailedScheduling",
                "Fargate capacity is unavailable at this time.",
                "fargate-scheduler",
            )
        } else if workload.is_nowhere() && workload.situation.claimed_by.is_none() {
            (
                "Warning",
                "FailedScheduling",
                UNSCHEDULABLE,
                "default-scheduler",
            )
        } else if plan.node.is_some() && index.is_multiple_of(PODS_PER_EVENT) {
            (
                "Normal",
                "Pulled",
                "Container image already present on machine",
                "kubelet",
            )
        } else {
            return None;
        };
        // The very pod's uid, which its JSON was given in the same way.
        let uid = {
            let mut chance = workload.chance_of_pod(self.seed, plan.ordinal + 500_000);
            chance.hex(40);
            chance.suffix(5);
            chance.uuid()
        };
        let mut chance = Chance::of(self.seed, 50_000_000 + index as u64);
        let name = format!("{}.{}", plan.name, chance.hex(16));
        let first = workload.created_at + 2;
        let json = Json::object_text(|json| {
            json.text("apiVersion", "v1");
            json.number("count", 9);
            json.raw("eventTime", "null");
            json.text("firstTimestamp", &moment(first));
            json.object("involvedObject", |json| {
                json.text("apiVersion", "v1");
                json.text("kind", "Pod");
                json.text("name", &plan.name);
                json.text("namespace", &workload.namespace);
                json.text("uid", &uid);
            });
            json.text("kind", "Event");
            json.text(
                "lastTimestamp",
                &moment(if workload.is_nowhere() {
                    self.now - 45
                } else {
                    first
                }),
            );
            json.text("message", message);
            json.object("metadata", |meta| {
                meta.text("creationTimestamp", &moment(first));
                meta.text("name", &name);
                meta.text("namespace", &workload.namespace);
                meta.text("uid", &chance.uuid());
            });
            json.text("reason", reason);
            json.text("reportingComponent", component);
            json.text("reportingInstance", "");
            json.object("source", |json| json.text("component", component));
            json.text("type", kind);
        });
        Some(Stored {
            key: format!("events/{}/{name}", workload.namespace),
            json,
        })
    }

    fn webhook(&self) -> String {
        let mut chance = Chance::of(self.seed, 70_000_000);
        Json::object_text(|json| {
            json.text("apiVersion", "admissionregistration.k8s.io/v1");
            json.text("kind", "MutatingWebhookConfiguration");
            json.object("metadata", |meta| {
                meta.text("creationTimestamp", &moment(self.now - 300 * 86_400));
                meta.number("generation", 1);
                meta.text("name", WEBHOOK);
                meta.text("uid", &chance.uuid());
            });
            json.raw("webhooks", &format!(
                r#"[{{"admissionReviewVersions":["v1beta1"],"clientConfig":{{"url":"https://127.0.0.1:23445/mutate"}},"failurePolicy":"Ignore","matchPolicy":"Equivalent","name":"{WEBHOOK}","namespaceSelector":{{}},"objectSelector":{{}},"reinvocationPolicy":"Never","rules":[{{"apiGroups":["*"],"apiVersions":["*"],"operations":["CREATE"],"resources":["pods"],"scope":"*"}}],"sideEffects":"None","timeoutSeconds":5}}]"#
            ));
        })
    }
}

/// The webhook by which Fargate claims pods.
const WEBHOOK: &str = "0500-amazon-eks-fargate-mutation.amazonaws.com";
