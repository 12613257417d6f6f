//! What is asked about, found in what was read.

use super::{Question, Target};
use crate::decision::facts::{ClusterSnapshot, OwnerReference, Pod, Subject, WorkloadKind};
use crate::error::Result;

/// Longer chains of owners than this are a loop.
const LONGEST_CHAIN: usize = 8;
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
            && !self.may_be_absent
            && let Some(error) = self.without_namespace(snapshot)
        {
            return Err(error);
        }
        if !missing.is_empty() && !self.may_be_absent {
            return Err(self.not_found(snapshot, &missing));
        }
        subjects.sort_by(|a, b| place(snapshot, a).cmp(&place(snapshot, b)));
        subjects.dedup();
        Ok(subjects)
    }

    /// Whether a pod is asked about. Selectors are left to the server that chose the pod by them.
    pub fn concerns(&self, snapshot: &ClusterSnapshot, pod: &Pod) -> bool {
        let is_meant = |target: &Target| match target {
            Target::Pod(name) => pod.name == *name,
            Target::Workload(kind, name) => is_owned_by(snapshot, pod, *kind, name),
            // The pods of a node may be of any namespace.
            Target::Node(name) => pod.node_name.as_deref() == Some(name),
        };
        let is_of_node = |target: &Target| matches!(target, Target::Node(_));
        match self.targets.is_empty() {
            true => self.namespace.includes(&pod.namespace),
            false => self.targets.iter().any(|target| {
                is_meant(target) && (is_of_node(target) || self.namespace.includes(&pod.namespace))
            }),
        }
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
    use crate::decision::facts::{Kind, Scope};
    use crate::error::ErrorKind;
    use crate::sources::question::{FieldSelector, LabelSelector, NamespaceScope, parse_targets};
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
