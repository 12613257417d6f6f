//! What is asked about and is not there: the error, and what may have been meant instead.

use super::{NamespaceScope, Question, Target, likely_names, near_names};
use crate::decision::facts::{ClusterSnapshot, Kind, Workload, WorkloadKind};
use crate::error::{Candidate, Error, ErrorKind};

/// Namespaces that every cluster has, whatever a list of some says. Source: Kubernetes, "Namespaces", initial namespaces.
const NAMESPACES_OF_EVERY_CLUSTER: [&str; 4] =
    ["default", "kube-node-lease", "kube-public", "kube-system"];

impl Question {
    /// The error about the namespace, where that is known not to exist.
    pub(super) fn without_namespace(&self, snapshot: &ClusterSnapshot) -> Option<Error> {
        let NamespaceScope::One(name) = &self.namespace else {
            return None;
        };
        let is_absent = !NAMESPACES_OF_EVERY_CLUSTER.contains(&name.as_str())
            && snapshot.coverage.is_listed_everywhere(Kind::Namespace)
            && !snapshot.namespaces.contains(name)
            && !snapshot.pods.iter().any(|pod| pod.namespace == *name)
            && !snapshot
                .workloads
                .values()
                .any(|workload| workload.namespace == *name);
        is_absent.then(|| {
            let error = Error::new(ErrorKind::NotFound, format!("there is no namespace {name}"))
                .object(format!("namespace/{name}"));
            match near_hint(name, snapshot.namespaces.iter().map(String::as_str)) {
                Some(hint) => error.next(hint),
                None => error,
            }
        })
    }

    /// The error about what is not there, with what may have been meant instead.
    pub(super) fn not_found(&self, snapshot: &ClusterSnapshot, missing: &[&Target]) -> Error {
        let place = match &self.namespace {
            NamespaceScope::All => String::new(),
            NamespaceScope::One(namespace) => format!(" in namespace {namespace}"),
        };
        let messages: Vec<_> = missing
            .iter()
            .map(|target| match target {
                Target::Node(name) => format!("there is no node {name}"),
                Target::Pod(name) => format!("there is no pod {name}{place}"),
                Target::Workload(kind, name) => {
                    format!("there is no {} {name}{place}", word(*kind))
                }
            })
            .collect();
        let mut error = Error::new(ErrorKind::NotFound, messages.join("; "));
        if let [only] = missing {
            let object = match only {
                Target::Pod(name) => format!("pod/{name}"),
                Target::Node(name) => format!("node/{name}"),
                Target::Workload(kind, name) => format!("{}/{name}", word(*kind)),
            };
            error = error
                .object(object)
                .candidates(self.candidates(snapshot, only));
        }
        for target in missing {
            for hint in self.hints(snapshot, target) {
                if !error.next.contains(&hint) {
                    error = error.next(hint);
                }
            }
        }
        error
    }

    /// All that may have been meant instead: workloads first, since they are what is thought of.
    fn candidates(&self, snapshot: &ClusterSnapshot, target: &Target) -> Vec<Candidate> {
        let of = |kind: &str, namespace: &str, name: &str| Candidate {
            argument: format!("{kind}/{name}"),
            namespace: (!namespace.is_empty()).then(|| namespace.to_owned()),
        };
        let in_scope = |namespace: &str| self.namespace.includes(namespace);
        let workloads = |is_meant: &dyn Fn(&Workload) -> bool| -> Vec<Candidate> {
            let meant = snapshot.workloads.values().filter(|one| is_meant(one));
            meant
                .map(|one| of(word(one.kind), &one.namespace, &one.name))
                .collect()
        };
        let likely = |name: &str, names: &mut dyn Iterator<Item = &str>| -> Vec<String> {
            let likely = likely_names(name, names);
            likely.into_iter().map(str::to_owned).collect()
        };
        match target {
            Target::Pod(name) => {
                let is_meant = |one: &Workload| {
                    let is_like_it = one.name == *name || one.name.contains(name.as_str());
                    is_like_it && one.controller().is_none() && in_scope(&one.namespace)
                };
                let mut found = workloads(&is_meant);
                let pods = || snapshot.pods.iter();
                let mut names = pods()
                    .filter(|pod| in_scope(&pod.namespace))
                    .map(|pod| pod.name.as_str());
                for likely in likely(name, &mut names) {
                    let named = pods().filter(|pod| pod.name == likely && in_scope(&pod.namespace));
                    found.extend(named.map(|pod| of("pod", &pod.namespace, &pod.name)));
                }
                let elsewhere = pods().filter(|pod| pod.name == *name && !in_scope(&pod.namespace));
                found.extend(elsewhere.map(|pod| of("pod", &pod.namespace, &pod.name)));
                found
            }
            Target::Workload(kind, name) => {
                let mut names = snapshot
                    .workloads
                    .values()
                    .filter(|one| one.kind == *kind && in_scope(&one.namespace))
                    .map(|one| one.name.as_str());
                let likely = likely(name, &mut names);
                let mut found = workloads(&|one| {
                    one.name == *name && one.kind != *kind && in_scope(&one.namespace)
                });
                for likely in &likely {
                    found.extend(workloads(&|one| {
                        one.kind == *kind && one.name == *likely && in_scope(&one.namespace)
                    }));
                }
                found.extend(workloads(&|one| {
                    one.kind == *kind && one.name == *name && !in_scope(&one.namespace)
                }));
                found
            }
            Target::Node(name) => {
                let of_pods = snapshot
                    .pods
                    .iter()
                    .filter_map(|pod| pod.node_name.as_deref());
                let mut names = snapshot.nodes.keys().map(String::as_str).chain(of_pods);
                let likely = likely(name, &mut names);
                likely.iter().map(|name| of("node", "", name)).collect()
            }
        }
    }

    /// What the person may have meant instead.
    fn hints(&self, snapshot: &ClusterSnapshot, target: &Target) -> Vec<String> {
        let mut hints = Vec::new();
        let in_scope = |namespace: &str| self.namespace.includes(namespace);
        match target {
            Target::Pod(name) => {
                let elsewhere = snapshot
                    .pods
                    .iter()
                    .filter(|pod| pod.name == *name)
                    .map(|pod| pod.namespace.as_str());
                hints.extend(elsewhere_hint("pod", name, elsewhere));
                hints.extend(
                    snapshot
                        .workloads
                        .values()
                        .find(|workload| workload.name == *name && in_scope(&workload.namespace))
                        .map(|workload| {
                            format!(
                                "ask for the workload: {}/{name} in namespace {}",
                                word(workload.kind),
                                workload.namespace
                            )
                        }),
                );
                let names = snapshot
                    .pods
                    .iter()
                    .filter(|pod| in_scope(&pod.namespace))
                    .map(|pod| pod.name.as_str());
                hints.extend(near_hint(name, names));
            }
            Target::Workload(kind, name) => {
                let same_kind = || {
                    snapshot
                        .workloads
                        .values()
                        .filter(|workload| workload.kind == *kind)
                };
                let elsewhere = same_kind()
                    .filter(|workload| workload.name == *name)
                    .map(|workload| workload.namespace.as_str());
                hints.extend(elsewhere_hint(word(*kind), name, elsewhere));
                hints.extend(
                    snapshot
                        .workloads
                        .values()
                        .find(|other| {
                            other.kind != *kind && other.name == *name && in_scope(&other.namespace)
                        })
                        .map(|other| format!("there is a {}/{name}", word(other.kind))),
                );
                let names = same_kind()
                    .filter(|workload| in_scope(&workload.namespace))
                    .map(|workload| workload.name.as_str());
                hints.extend(near_hint(name, names));
                if same_kind().next().is_none() {
                    hints.push(format!(
                        "no {} were read at all",
                        Kind::from(*kind).plural()
                    ));
                }
            }
            Target::Node(name) => {
                let of_pods = snapshot
                    .pods
                    .iter()
                    .filter_map(|pod| pod.node_name.as_deref());
                let names = snapshot.nodes.keys().map(String::as_str).chain(of_pods);
                hints.extend(near_hint(name, names));
            }
        }
        hints
    }
}

fn near_hint<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let near = near_names(name, names);
    (!near.is_empty()).then(|| format!("names like it: {}", near.join(", ")))
}

fn elsewhere_hint<'a>(
    kind: &str,
    name: &str,
    mut namespaces: impl Iterator<Item = &'a str>,
) -> Option<String> {
    let namespace = namespaces.next()?;
    Some(format!(
        "there is a {kind} {name} in namespace {namespace}: add -n {namespace}"
    ))
}

/// The type's name on the command line.
fn word(kind: WorkloadKind) -> &'static str {
    match kind {
        WorkloadKind::Deployment => "deployment",
        WorkloadKind::ReplicaSet => "replicaset",
        WorkloadKind::StatefulSet => "statefulset",
        WorkloadKind::DaemonSet => "daemonset",
        WorkloadKind::Job => "job",
        WorkloadKind::CronJob => "cronjob",
    }
}
