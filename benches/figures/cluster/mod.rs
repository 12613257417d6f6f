//! A made-up EKS cluster of any size, the same for the same seed: its objects as JSON, and the answer that is due for each pod.
//!
//! Shapes of objects follow the Kubernetes API reference and what kube-controller-manager and kubelets write; what Fargate
//! adds follows the EKS User Guide. Pods are on the heavy side, about 18 KB as compact JSON with managed fields.

// Each of those who include this takes other parts of it.
#![allow(dead_code, reason = "the benchmark and the tests use different parts")]

mod chance;
pub mod check;
pub mod files;
pub mod json;
mod managed_fields;
mod nodes;
pub mod objects;
mod pod;
mod situation;
mod spec;

use std::collections::BTreeMap;

use chance::Chance;
pub use chance::moment;
use json::Json;
use situation::{OwnerKind, PROFILES, Place, SITUATIONS, Situation, Trait};

/// How many teams have a namespace.
const TEAMS: u64 = 20;
/// Nodes that are not Fargate nodes, at most; smaller clusters have fewer.
const MOST_NODES: u64 = 300;

/// A Deployment, StatefulSet, DaemonSet or Job.
pub(crate) struct Workload {
    situation: &'static Situation,
    number: u64,
    namespace: String,
    name: String,
    /// The name of its ReplicaSet, where it has one.
    replica_set: String,
    /// What a ReplicaSet's name ends with, or a StatefulSet's and DaemonSet's revision.
    hash: String,
    uid: String,
    replica_set_uid: String,
    replicas: u64,
    labels: BTreeMap<String, String>,
    created_at: i64,
}

/// A pod as it was planned.
pub(crate) struct PodPlan {
    workload: usize,
    /// Its number among the pods of its workload.
    ordinal: u64,
    name: String,
    /// The node, by its number.
    node: Option<usize>,
}

/// The whole cluster: what it holds, not yet as text.
pub struct Cluster {
    seed: u64,
    /// "Now", in seconds since 1970.
    now: i64,
    namespaces: Vec<String>,
    workloads: Vec<Workload>,
    pods: Vec<PodPlan>,
    nodes: Vec<nodes::Node>,
}

/// An object, and where an API server keeps it.
pub struct Stored {
    /// Below the prefix of the key space: `pods/shop/web-1`.
    pub key: String,
    /// Compact JSON.
    pub json: String,
}

/// The answer that is due for a pod.
pub struct Answer<'a> {
    pub namespace: &'a str,
    pub name: &'a str,
    /// `placement.kind`.
    pub placement: &'static str,
    /// `placement.provisioner.kind`.
    pub provisioner: Option<&'static str>,
    /// `expected.kind`.
    pub expected: &'static str,
    /// `expected.profile`.
    pub profile: Option<&'static str>,
    /// The decisive reason.
    pub reason: &'static str,
}

impl Cluster {
    /// Plans a cluster of so many pods (a few hundred at least, for every situation to be there) as it is at `now`.
    pub fn plan(pods: u64, seed: u64, now: i64) -> Self {
        let mut namespaces: Vec<String> = [
            "batch-nightly",
            "batch-spark",
            "default",
            "kube-system",
            "late",
            "legacy",
            "monitoring",
            "payments",
            "search",
            "shop",
        ]
        .map(str::to_owned)
        .into();
        namespaces.extend((1..=TEAMS).map(|team| format!("team-{team:02}")));

        let mut chance = Chance::of(seed, 0);
        let mut workloads: Vec<Workload> = Vec::new();
        let mut left = pods;
        while left > 0 {
            let number = workloads.len() as u64;
            let situation = SITUATIONS
                .get(workloads.len())
                .unwrap_or_else(|| by_share(chance.below(1000) as u32));
            let replicas = situation.replicas.min(left);
            left -= replicas;
            workloads.push(workload(situation, number, replicas, seed, now));
        }
        let (nodes, pods) = nodes::place(&workloads, pods, seed, now);
        Self {
            seed,
            now,
            namespaces,
            workloads,
            pods,
            nodes,
        }
    }

    /// How many pods it has.
    pub fn pod_count(&self) -> usize {
        self.pods.len()
    }

    /// The pods in the order of an API server, with managed fields or without.
    pub fn pods(&self, with_managed_fields: bool) -> impl Iterator<Item = Stored> {
        self.pods.iter().map(move |plan| {
            let workload = &self.workloads[plan.workload];
            Stored {
                key: format!("pods/{}/{}", workload.namespace, plan.name),
                json: pod::json(self, workload, plan, with_managed_fields),
            }
        })
    }

    /// The answers that are due, in the same order.
    pub fn answers(&self) -> impl Iterator<Item = Answer<'_>> {
        self.pods.iter().map(|plan| {
            let workload = &self.workloads[plan.workload];
            let situation = workload.situation;
            let (placement, provisioner) = match plan.node.and_then(|node| self.nodes.get(node)) {
                Some(node) if situation.property == Trait::Refused && node.is_fargate() => {
                    ("Rejected", None)
                }
                Some(node) => node.placement(),
                None if situation.claimed_by.is_some() => ("FargatePending", None),
                None => ("Pending", None),
            };
            Answer {
                namespace: &workload.namespace,
                name: &plan.name,
                placement,
                provisioner,
                expected: situation.expected,
                profile: situation.profile,
                reason: situation.reason,
            }
        })
    }

    /// The Fargate profiles, as `aws eks describe-fargate-profile` prints them one after the other.
    pub fn profiles(&self) -> String {
        PROFILES
            .iter()
            .map(|(name, age_days, status, selectors)| {
                let mut id = Chance::of(self.seed, name.len() as u64);
                let text = Json::object_text(|json| {
                    json.object("fargateProfile", |profile| {
                        profile.text("fargateProfileName", name);
                        profile.text(
                            "fargateProfileArn",
                            &format!(
                                "arn:aws:eks:eu-west-1:111122223333:fargateprofile/prod/{name}/{}",
                                id.uuid()
                            ),
                        );
                        profile.text("clusterName", "prod");
                        profile.text("createdAt", &moment(self.now - age_days * 86_400));
                        profile.text(
                            "podExecutionRoleArn",
                            "arn:aws:iam::111122223333:role/prod-fargate-pods",
                        );
                        profile.raw(
                            "subnets",
                            r#"["subnet-0a11c5e0d7f2b9c31","subnet-0b72d4f1e8a3c6d52"]"#,
                        );
                        profile.raw("selectors", selectors);
                        profile.text("status", status);
                        profile.mark("tags");
                        profile.raw("health", r#"{"issues":[]}"#);
                    });
                });
                let mut pretty = Vec::new();
                json::write_indented(&text, 0, &mut pretty);
                String::from_utf8(pretty).expect("indenting adds spaces and line breaks only")
                    + "\n"
            })
            .collect()
    }
}

fn by_share(mut number: u32) -> &'static Situation {
    SITUATIONS
        .iter()
        .find(|situation| {
            let found = number < situation.share;
            number = number.saturating_sub(situation.share);
            found
        })
        .unwrap_or(&SITUATIONS[0])
}

fn workload(
    situation: &'static Situation,
    number: u64,
    replicas: u64,
    seed: u64,
    now: i64,
) -> Workload {
    let mut chance = Chance::of(seed, number.wrapping_add(1_000_000));
    let namespace = match chance.one_of(situation.namespaces) {
        "team-*" => format!("team-{:02}", 1 + chance.below(TEAMS)),
        name => name.to_owned(),
    };
    let name = format!("{}-{number}", situation.name);
    let hash = chance.suffix(10);
    let mut labels: BTreeMap<String, String> = [
        ("app", name.as_str()),
        ("app.kubernetes.io/instance", &format!("{name}-{namespace}")),
        ("app.kubernetes.io/managed-by", "Helm"),
        ("app.kubernetes.io/name", situation.name),
        (
            "app.kubernetes.io/part-of",
            chance.one_of(&["storefront", "ledger", "catalogue", "platform"]),
        ),
        (
            "app.kubernetes.io/version",
            &format!(
                "{}.{}.{}",
                chance.below(6),
                chance.below(40),
                chance.below(10)
            ),
        ),
        (
            "helm.sh/chart",
            &format!(
                "{}-{}.0.{}",
                situation.name,
                chance.below(9),
                chance.below(30)
            ),
        ),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into();
    labels.extend(
        situation
            .labels
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned())),
    );
    Workload {
        situation,
        number,
        replica_set: format!("{name}-{hash}"),
        uid: chance.uuid(),
        replica_set_uid: chance.uuid(),
        created_at: now
            - situation.age_seconds
            - chance.below(situation.age_seconds as u64 / 10) as i64,
        namespace,
        name,
        hash,
        replicas,
        labels,
    }
}

impl Workload {
    /// The labels of one of its pods: those of the template, and what its controllers and the webhook write.
    fn pod_labels(&self, plan: &PodPlan) -> BTreeMap<String, String> {
        let mut labels = self.labels.clone();
        let mut put = |key: &str, value: &str| labels.insert(key.to_owned(), value.to_owned());
        let ordinal = plan.ordinal.to_string();
        match self.situation.owner {
            OwnerKind::Deployment => {
                put("pod-template-hash", &self.hash);
            }
            OwnerKind::StatefulSet => {
                put("apps.kubernetes.io/pod-index", &ordinal);
                put(
                    "controller-revision-hash",
                    &format!("{}-{}", self.name, self.hash),
                );
                put("statefulset.kubernetes.io/pod-name", &plan.name);
            }
            OwnerKind::DaemonSet => {
                put("controller-revision-hash", &self.hash);
                put("pod-template-generation", "1");
            }
            OwnerKind::Job => {
                put("batch.kubernetes.io/controller-uid", &self.uid);
                put("batch.kubernetes.io/job-completion-index", &ordinal);
                put("batch.kubernetes.io/job-name", &self.name);
                put("controller-uid", &self.uid);
                put("job-name", &self.name);
            }
        }
        if let Some(profile) = self.situation.claimed_by {
            put("eks.amazonaws.com/fargate-profile", profile);
        }
        labels
    }

    /// A generator for one of its pods.
    fn chance_of_pod(&self, seed: u64, ordinal: u64) -> Chance {
        Chance::of(seed, (self.number << 20) + ordinal + 7_000_000)
    }

    fn has(&self, property: Trait) -> bool {
        self.situation.property == property
    }

    fn is_nowhere(&self) -> bool {
        self.situation.place == Place::Nowhere
    }
}
