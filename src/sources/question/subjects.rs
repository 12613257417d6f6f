//! What is asked about, found in what was read.

use super::{NamespaceScope, Question, Target, likely_names, near_names};
use crate::decision::facts::{
    ClusterSnapshot, Kind, OwnerReference, Pod, Subject, Workload, WorkloadKind,
};
use crate::error::{Candidate, Error, ErrorKind, Result};

/// Longer chains of owners than this are a loop.
const LONGEST_CHAIN: usize = 8;
/// Namespaces that every cluster has, whatever a list of some says. Source: Kubernetes, "Namespaces", initial namespaces.
const NAMESPACES_OF_EVERY_CLUSTER: [&str; 4] =
    ["default", "kube-node-lease", "kube-public", "kube-system"];

impl Question {
    /// Finds what is asked about, sorted by namespace and name.
    ///
    /// A workload gives its pods, through the whole chain of owners; without any, its template. A node gives itself and its pods.
    ///
    /// Errors: not found, with names that look alike; all that is missing in one error.
    pub fn subjects(&self, snapshot: &ClusterSnapshot) -> Result<Vec<Subject>> {
        self.check()?;
        let mut subjects = Vec::new();
        let mut missing = Vec::new();
        if self.targets.is_empty() {
            subjects.extend(self.selected(snapshot));
        }
        for target in &self.targets {
            let found = match target {
                Target::Pod(name) => self.pods_named(snapshot, name),
                Target::Workload(kind, name) => self.of_workload(snapshot, *kind, name),
                Target::Node(name) => of_node(snapshot, name),
            };
            if found.is_empty() {
                missing.push(target);
            }
            subjects.extend(found);
        }
        if subjects.is_empty()
            && let Some(error) = self.without_namespace(snapshot)
        {
            return Err(error);
        }
        if !missing.is_empty() {
            return Err(self.not_found(snapshot, &missing));
        }
        subjects.sort_by(|a, b| place(snapshot, a).cmp(&place(snapshot, b)));
        subjects.dedup();
        Ok(subjects)
    }

    fn selected<'a>(&'a self, snapshot: &'a ClusterSnapshot) -> impl Iterator<Item = Subject> + 'a {
        pods(snapshot, |pod| {
            self.namespace.includes(&pod.namespace)
                && self
                    .label_selector
                    .as_ref()
                    .is_none_or(|selector| selector.matches(&pod.labels))
                && self
                    .field_selector
                    .as_ref()
                    .is_none_or(|selector| selector.matches(pod))
        })
    }

    fn pods_named(&self, snapshot: &ClusterSnapshot, name: &str) -> Vec<Subject> {
        pods(snapshot, |pod| {
            pod.name == name && self.namespace.includes(&pod.namespace)
        })
        .collect()
    }

    fn of_workload(
        &self,
        snapshot: &ClusterSnapshot,
        kind: WorkloadKind,
        name: &str,
    ) -> Vec<Subject> {
        let mut found: Vec<_> = pods(snapshot, |pod| {
            self.namespace.includes(&pod.namespace) && is_owned_by(snapshot, pod, kind, name)
        })
        .collect();
        let with_pods: Vec<&str> = found
            .iter()
            .map(|subject| place(snapshot, subject).0)
            .collect();
        let templates: Vec<_> = snapshot
            .workloads
            .values()
            .filter(|workload| {
                workload.kind == kind
                    && workload.name == name
                    && self.namespace.includes(&workload.namespace)
                    && !with_pods.contains(&workload.namespace.as_str())
            })
            .map(|workload| Subject::template(kind, &workload.namespace, &workload.name))
            .collect();
        found.extend(templates);
        found
    }

    /// The error about the namespace, where that is known not to exist.
    fn without_namespace(&self, snapshot: &ClusterSnapshot) -> Option<Error> {
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

    fn not_found(&self, snapshot: &ClusterSnapshot, missing: &[&Target]) -> Error {
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
            error = error.object(match only {
                Target::Pod(name) => format!("pod/{name}"),
                Target::Node(name) => format!("node/{name}"),
                Target::Workload(kind, name) => format!("{}/{name}", word(*kind)),
            });
        }
        if let [only] = missing {
            error = error.candidates(self.candidates(snapshot, only));
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

fn of_node(snapshot: &ClusterSnapshot, name: &str) -> Vec<Subject> {
    let on_it: Vec<_> = pods(snapshot, |pod| pod.node_name.as_deref() == Some(name)).collect();
    if on_it.is_empty() && !snapshot.nodes.contains_key(name) {
        return on_it;
    }
    let node = Subject::Node(name.into());
    std::iter::once(node).chain(on_it).collect()
}

fn pods<'a>(
    snapshot: &'a ClusterSnapshot,
    is_meant: impl Fn(&Pod) -> bool + 'a,
) -> impl Iterator<Item = Subject> + 'a {
    snapshot
        .pods
        .iter()
        .enumerate()
        .filter(move |(_, pod)| is_meant(pod))
        .map(|(index, _)| Subject::Pod(index))
}

/// Where a subject stands in the order: its namespace, its name, and what it is.
fn place<'a>(snapshot: &'a ClusterSnapshot, subject: &'a Subject) -> (&'a str, &'a str, u8) {
    match subject {
        Subject::Node(name) => ("", name, 0),
        Subject::Pod(index) => {
            let pod = &snapshot.pods[*index];
            (&pod.namespace, &pod.name, 1)
        }
        Subject::Template(key) => (&key.1, &key.2, 2 + key.0 as u8),
    }
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

/// Whether the workload stands anywhere in the pod's chain of owners.
fn is_owned_by(snapshot: &ClusterSnapshot, pod: &Pod, kind: WorkloadKind, name: &str) -> bool {
    let mut owner = pod.controller();
    for _ in 0..LONGEST_CHAIN {
        let Some(reference) = owner else {
            return false;
        };
        let Some(owner_kind) = WorkloadKind::of(&reference.api_version, &reference.kind) else {
            return false;
        };
        if owner_kind == kind && reference.name == name {
            return true;
        }
        match snapshot.workload(owner_kind, &pod.namespace, &reference.name) {
            Some(workload) => owner = workload.controller(),
            None => {
                return maker_by_name(pod, owner_kind, reference)
                    .is_some_and(|(maker, of)| maker == kind && of == name)
                    && may_exist(snapshot, kind, &pod.namespace, name);
            }
        }
    }
    false
}

/// Who made a ReplicaSet or Job that was not read, by the way their names are made: a Deployment adds the pods' template hash,
/// a CronJob the minutes since 1970 (its older versions the seconds).
fn maker_by_name<'a>(
    pod: &Pod,
    kind: WorkloadKind,
    owner: &'a OwnerReference,
) -> Option<(WorkloadKind, &'a str)> {
    let (stem, end) = owner.name.rsplit_once('-')?;
    match kind {
        WorkloadKind::ReplicaSet => pod
            .labels
            .get("pod-template-hash")
            .is_some_and(|hash| hash == end)
            .then_some((WorkloadKind::Deployment, stem)),
        WorkloadKind::Job => (end.len() >= 8 && end.bytes().all(|byte| byte.is_ascii_digit()))
            .then_some((WorkloadKind::CronJob, stem)),
        _ => None,
    }
}

fn may_exist(snapshot: &ClusterSnapshot, kind: WorkloadKind, namespace: &str, name: &str) -> bool {
    snapshot.workload(kind, namespace, name).is_some()
        || !snapshot.coverage.is_read(kind.into(), namespace, name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::facts::Scope;
    use crate::sources::question::{FieldSelector, LabelSelector, parse_targets};
    use crate::sources::reduce::SnapshotBuilder;

    fn owner(version: &str, kind: &str, name: &str) -> String {
        format!(
            r#"[{{"apiVersion":"{version}","kind":"{kind}","name":"{name}","controller":true}}]"#
        )
    }

    fn snapshot() -> ClusterSnapshot {
        let mut builder = SnapshotBuilder::new();
        let mut add = |kind, json: String| {
            builder.add(kind, &json).expect("a good object");
        };
        let pod = |namespace: &str, name: &str, owners: String, node: &str| {
            format!(
                r#"{{"metadata":{{"name":"{name}","namespace":"{namespace}","labels":{{"app":"{name}","pod-template-hash":"7d9f"}},
                    "ownerReferences":{owners}}},"spec":{{"nodeName":"{node}"}},"status":{{"phase":"Running"}}}}"#
            )
        };
        add(
            Kind::Pod,
            pod(
                "shop",
                "web-7d9f-b",
                owner("apps/v1", "ReplicaSet", "web-7d9f"),
                "n2",
            ),
        );
        add(
            Kind::Pod,
            pod(
                "shop",
                "web-7d9f-a",
                owner("apps/v1", "ReplicaSet", "web-7d9f"),
                "n1",
            ),
        );
        add(
            Kind::Pod,
            pod(
                "shop",
                "api-7d9f-a",
                owner("apps/v1", "ReplicaSet", "api-7d9f"),
                "n1",
            ),
        );
        add(
            Kind::Pod,
            pod("shop", "db-0", owner("apps/v1", "StatefulSet", "db"), "n1"),
        );
        add(
            Kind::Pod,
            pod(
                "ops",
                "backup-29012345-x",
                owner("batch/v1", "Job", "backup-29012345"),
                "",
            ),
        );
        add(Kind::Pod, pod("ops", "db-0", "[]".to_owned(), "n9"));
        add(
            Kind::ReplicaSet,
            format!(
                r#"{{"metadata":{{"name":"web-7d9f","namespace":"shop","ownerReferences":{}}}}}"#,
                owner("apps/v1", "Deployment", "web")
            ),
        );
        add(
            Kind::Deployment,
            r#"{"metadata":{"name":"idle","namespace":"shop"}}"#.to_owned(),
        );
        add(Kind::Node, r#"{"metadata":{"name":"n1"}}"#.to_owned());
        builder.finish(jiff::Timestamp::UNIX_EPOCH)
    }

    fn ask(arguments: &[&str], namespace: Option<&str>) -> Result<Vec<String>> {
        let arguments: Vec<_> = arguments.iter().map(|text| (*text).to_owned()).collect();
        let question = Question {
            targets: parse_targets(&arguments)?,
            namespace: namespace.map_or(NamespaceScope::All, |name| {
                NamespaceScope::One(name.to_owned())
            }),
            ..Question::default()
        };
        found(&question)
    }

    fn found(question: &Question) -> Result<Vec<String>> {
        let snapshot = snapshot();
        let subjects = question.subjects(&snapshot)?;
        Ok(subjects
            .iter()
            .map(|subject| {
                let (namespace, name, kind) = place(&snapshot, subject);
                match kind {
                    0 => format!("node {name}"),
                    1 => format!("{namespace}/{name}"),
                    _ => format!("template {namespace}/{name}"),
                }
            })
            .collect())
    }

    #[test]
    fn every_pod_in_scope_sorted() {
        assert_eq!(
            ask(&[], None).expect("found"),
            [
                "ops/backup-29012345-x",
                "ops/db-0",
                "shop/api-7d9f-a",
                "shop/db-0",
                "shop/web-7d9f-a",
                "shop/web-7d9f-b"
            ]
        );
        assert_eq!(
            ask(&[], Some("ops")).expect("found"),
            ["ops/backup-29012345-x", "ops/db-0"]
        );
        assert!(
            ask(&[], Some("nowhere"))
                .expect("an empty answer")
                .is_empty()
        );
    }

    #[test]
    fn what_is_named() {
        for (arguments, namespace, wanted) in [
            (&["db-0"][..], None, &["ops/db-0", "shop/db-0"][..]),
            (&["db-0"], Some("shop"), &["shop/db-0"]),
            (
                &["deploy/web"],
                None,
                &["shop/web-7d9f-a", "shop/web-7d9f-b"],
            ),
            (
                &["rs/web-7d9f"],
                None,
                &["shop/web-7d9f-a", "shop/web-7d9f-b"],
            ),
            (&["deploy/idle"], None, &["template shop/idle"]),
            (&["sts/db"], None, &["shop/db-0"]),
            (&["cj/backup"], None, &["ops/backup-29012345-x"]),
            (
                &["node/n1"],
                Some("ops"),
                &["node n1", "shop/api-7d9f-a", "shop/db-0", "shop/web-7d9f-a"],
            ),
            (&["node/n9"], None, &["node n9", "ops/db-0"]),
            (&["sts/db", "pod/db-0"], Some("shop"), &["shop/db-0"]),
            (&["deploy/api"], None, &["shop/api-7d9f-a"]),
        ] {
            assert_eq!(
                ask(arguments, namespace).expect("found"),
                wanted,
                "{arguments:?}"
            );
        }
    }

    #[test]
    fn a_deployment_known_to_be_absent_has_no_pods_by_name() {
        let mut snapshot = snapshot();
        snapshot
            .coverage
            .mark_read(Kind::Deployment, Scope::Cluster);
        let question = Question {
            targets: vec![Target::Workload(WorkloadKind::Deployment, "api".to_owned())],
            ..Question::default()
        };
        assert!(question.subjects(&snapshot).is_err());
    }

    #[test]
    fn what_is_missing_is_named_with_names_like_it() {
        for (arguments, namespace, words) in [
            (&["web-7d9f-c"][..], None, "web-7d9f-a"),
            (&["idle"], None, "deployment/idle"),
            (&["web-7d9f-a"], Some("ops"), "add -n shop"),
            (&["deploy/idel"], None, "idle"),
            (&["sts/idle"], None, "there is a deployment/idle"),
            (&["ds/x"], None, "no daemonsets were read"),
            (&["node/n3"], None, "n1"),
            (
                &["gone", "deploy/idle", "lost"],
                None,
                "no pod gone; there is no pod lost",
            ),
        ] {
            let error = ask(arguments, namespace).expect_err("it is not there");
            assert_eq!(error.kind, ErrorKind::NotFound);
            let text = format!("{error} {:?}", error.next);
            assert!(text.contains(words), "{arguments:?}: {text}");
        }
    }

    #[test]
    fn selectors_narrow_the_pods() {
        let question = |labels: &str, fields: &str| Question {
            label_selector: Some(LabelSelector::parse(labels).expect(labels)),
            field_selector: Some(FieldSelector::parse(fields).expect(fields)),
            ..Question::default()
        };
        assert_eq!(
            found(&question("app in (db-0,web-7d9f-a)", "spec.nodeName=n1")).expect("found"),
            ["shop/db-0", "shop/web-7d9f-a"]
        );
        let named = Question {
            targets: vec![Target::Pod("db-0".to_owned())],
            ..question("a=b", "")
        };
        assert_eq!(
            found(&named).expect_err("both are given").kind,
            ErrorKind::Usage
        );
    }
}
