//! Questions that name what they are about: a pod, a workload or a node, and what belongs to it.

use super::failure::FailureKind;
use super::needs::Need;
use super::reader::{List, Reader};
use super::{absent, complete, missing, unreadable};
use crate::decision::facts::{Kind, WorkloadKind};
use crate::error::{Error, ErrorKind, Result};
use crate::sources::question::{NamespaceScope, Question, Target};

/// How many Jobs of a CronJob are named in one selector.
const MOST_JOBS: usize = 50;

/// What stands behind a name: itself, what belongs to it, and what that points to.
pub(super) async fn read_target(
    reader: &Reader<'_>,
    question: &Question,
    target: &Target,
) -> Result<()> {
    match target {
        Target::Node(name) => read_node(reader, question, name).await,
        Target::Pod(name) => read_pod(reader, question, name).await,
        Target::Workload(kind, name) => read_workload(reader, question, *kind, name).await,
    }
}

/// The namespace in which a name is looked up.
fn one_namespace(question: &Question) -> Result<&str> {
    match &question.namespace {
        NamespaceScope::One(namespace) => Ok(namespace),
        NamespaceScope::All => Err(Error::new(
            ErrorKind::Usage,
            "a pod or workload cannot be found by its name in all namespaces",
        )
        .next("name its namespace with -n instead of -A")),
    }
}

/// One pod: itself and its events at once, then what it points to.
async fn read_pod(reader: &Reader<'_>, question: &Question, name: &str) -> Result<()> {
    let namespace = one_namespace(question)?;
    let pod = reader.get(Kind::Pod, Some(namespace), name);
    let events = reader.events_about(namespace, name);
    let (pod, _) = futures::future::join(pod, events).await;
    match pod {
        Ok(true) => {
            complete(reader, true, false).await;
            Ok(())
        }
        Ok(false) => absent(question, missing::pod(reader.server(), namespace, name)).await,
        Err(failure) => Err(unreadable(
            reader,
            failure,
            &format!("pod {name} in namespace {namespace}"),
        )),
    }
}

/// A workload: itself, then its pods and what stands between; then what they point to, and the events about them.
async fn read_workload(
    reader: &Reader<'_>,
    question: &Question,
    kind: WorkloadKind,
    name: &str,
) -> Result<()> {
    let namespace = one_namespace(question)?;
    let found = match reader.get(kind.into(), Some(namespace), name).await {
        Ok(true) => Ok(()),
        Ok(false) => {
            let error = missing::workload(reader.server(), namespace, kind, name);
            return absent(question, error).await;
        }
        Err(failure) if failure.kind == FailureKind::Forbidden => Err(failure),
        Err(failure) => {
            return Err(unreadable(
                reader,
                failure,
                &described(kind, name, namespace),
            ));
        }
    };
    let labels = match (&found, kind) {
        // Without the workload, its pods are told by who owns them.
        (Err(_), _) => Some(String::new()),
        (Ok(()), WorkloadKind::CronJob) => job_selector(reader, namespace, name).await,
        (Ok(()), _) => Some(own_selector(reader, namespace, kind, name)),
    };
    let list = |labels: &str| List {
        namespace: Some(namespace.to_owned()),
        labels: labels.to_owned(),
        ..List::default()
    };
    let pods = async {
        match &labels {
            Some(labels) => reader.list(Kind::Pod, &list(labels)).await,
            None => Ok(0),
        }
    };
    let replica_sets = async {
        if let (WorkloadKind::Deployment, Some(labels)) = (kind, &labels) {
            // A failure is noted; the pods tell their ReplicaSets.
            let _ = reader.list(Kind::ReplicaSet, &list(labels)).await;
        }
    };
    let (pods, ()) = futures::future::join(pods, replica_sets).await;
    if let Err(failure) = pods {
        return Err(unreadable(
            reader,
            failure,
            &format!("the pods in namespace {namespace}"),
        ));
    }
    let complaints = async {
        if let Ok(0) = pods {
            read_complaints(reader, namespace, kind, name).await;
        }
    };
    futures::future::join(complaints, complete(reader, true, false)).await;
    match found {
        Ok(()) => Ok(()),
        Err(failure) => {
            let question = Question {
                targets: vec![Target::Workload(kind, name.to_owned())],
                namespace: NamespaceScope::One(namespace.to_owned()),
                ..Question::default()
            };
            match reader.look(|snapshot| question.subjects(snapshot).is_ok()) {
                true => Ok(()),
                false => Err(unreadable(
                    reader,
                    failure,
                    &described(kind, name, namespace),
                )),
            }
        }
    }
}

/// The events about a workload without pods, and about what stands below it: they tell why there are none.
async fn read_complaints(reader: &Reader<'_>, namespace: &str, kind: WorkloadKind, name: &str) {
    let below = reader.look(|snapshot| {
        let workloads = snapshot.workloads.values();
        let below = workloads.filter(|other| {
            other.namespace == namespace
                && other
                    .controller()
                    .is_some_and(|owner| owner.kind == kind.as_str() && owner.name == name)
        });
        let needs = below.map(|below| Need::new(Kind::Event, Some(namespace), &below.name));
        needs
            .chain([Need::new(Kind::Event, Some(namespace), name)])
            .collect()
    });
    reader.read_needs(reader.untried(below)).await;
}

/// The label selector of a workload's pods. Its expressions are left out: who owns a pod decides in the end.
fn own_selector(reader: &Reader<'_>, namespace: &str, kind: WorkloadKind, name: &str) -> String {
    reader.look(|snapshot| {
        let labels = snapshot
            .workload(kind, namespace, name)
            .map(|workload| &workload.selector_labels);
        labels
            .into_iter()
            .flatten()
            .map(|(key, value)| format!("{key}={value}"))
            .collect::<Vec<_>>()
            .join(",")
    })
}

/// The selector of the pods of a CronJob's Jobs; `None` where it has none.
async fn job_selector(reader: &Reader<'_>, namespace: &str, name: &str) -> Option<String> {
    let _ = reader.list(Kind::Job, &List::all(Some(namespace))).await;
    let mut jobs: Vec<String> = reader.look(|snapshot| {
        snapshot
            .workloads
            .values()
            .filter(|job| job.kind == WorkloadKind::Job && job.namespace == namespace)
            .filter(|job| {
                job.controller()
                    .is_some_and(|owner| owner.kind == "CronJob" && owner.name == name)
            })
            .map(|job| job.name.clone())
            .collect()
    });
    let could_list = reader.look(|snapshot| snapshot.coverage.is_listed(Kind::Job, namespace));
    if !could_list || jobs.len() > MOST_JOBS {
        return Some(String::new());
    }
    jobs.sort();
    (!jobs.is_empty()).then(|| format!("job-name in ({})", jobs.join(",")))
}

/// A node and the pods on it, of every namespace where that is allowed.
async fn read_node(reader: &Reader<'_>, question: &Question, name: &str) -> Result<()> {
    let on_it = |namespace: Option<&str>| List {
        namespace: namespace.map(str::to_owned),
        fields: format!("spec.nodeName={name}"),
        ..List::default()
    };
    let pods = async {
        match (
            reader.list(Kind::Pod, &on_it(None)).await,
            &question.namespace,
        ) {
            (Err(failure), NamespaceScope::One(namespace))
                if failure.kind == FailureKind::Forbidden =>
            {
                reader.list(Kind::Pod, &on_it(Some(namespace))).await
            }
            (result, _) => result,
        }
    };
    let (node, pods) = futures::future::join(reader.get(Kind::Node, None, name), pods).await;
    match (node, pods) {
        (Ok(false), Ok(0)) => {
            return absent(question, missing::node(reader.server(), name)).await;
        }
        (Err(failure), Ok(0) | Err(_)) => {
            return Err(unreadable(reader, failure, &format!("node {name}")));
        }
        _ => {}
    }
    complete(reader, true, false).await;
    Ok(())
}

fn described(kind: WorkloadKind, name: &str, namespace: &str) -> String {
    format!(
        "{} {name} in namespace {namespace}",
        kind.as_str().to_ascii_lowercase()
    )
}
