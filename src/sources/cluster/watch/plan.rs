//! What is watched for a question: as little as tells when to look again. Selectors leave the choice to the server.

use std::collections::BTreeSet;

use crate::decision::facts::{ClusterSnapshot, Kind, WorkloadKind};
use crate::sources::cluster::Versions;
use crate::sources::question::{NamespaceScope, Question, Target};

/// So many pods of a namespace are watched one by one; of more the whole namespace is.
const MOST_NAMED: usize = 8;
/// The label of every pod of a Job. Source: Kubernetes documentation, "Well-known labels", job-name.
const OF_A_JOB: &str = "job-name";
/// Kubelets say much, and of what they say only refusals decide, which stand in the pod's status as well.
const NOT_OF_KUBELETS: &str = "source!=kubelet";

/// One watch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stream {
    /// Of pods, or of events.
    pub kind: Kind,
    /// Of which namespace; `None`: of the whole cluster.
    pub namespace: Option<String>,
    /// `labelSelector`, empty for none.
    pub labels: String,
    /// `fieldSelector`, empty for none.
    pub fields: String,
    /// The state of the cluster to go on from; without one, what is there is told first.
    pub version: Option<String>,
    /// The namespace to watch where the whole cluster may not be.
    pub instead: Option<String>,
}

impl Stream {
    fn new(kind: Kind, namespace: Option<&str>, labels: &str, fields: &str) -> Self {
        Self {
            kind,
            namespace: namespace.map(str::to_owned),
            labels: labels.to_owned(),
            fields: fields.to_owned(),
            version: None,
            instead: None,
        }
    }
}

/// The watches that tell when the answer to a question may be another one. `versions` are those of the lists by which it was
/// answered.
pub fn streams(
    question: &Question,
    snapshot: &ClusterSnapshot,
    versions: &Versions,
) -> Vec<Stream> {
    let namespace = match &question.namespace {
        NamespaceScope::One(namespace) => Some(namespace.as_str()),
        NamespaceScope::All => None,
    };
    let mut streams = BTreeSet::new();
    if question.targets.is_empty() {
        let labels = question.label_selector.as_ref();
        let fields = question.field_selector.as_ref();
        streams.insert(Stream::new(
            Kind::Pod,
            namespace,
            labels.map_or("", |labels| labels.as_str()),
            fields.map_or("", |fields| fields.as_str()),
        ));
        streams.insert(events(namespace, None));
    }
    let is_pod = |target: &&Target| matches!(target, Target::Pod(_));
    let are_many = question.targets.iter().filter(is_pod).count() > MOST_NAMED;
    for target in &question.targets {
        match target {
            Target::Pod(name) if !are_many => {
                let fields = format!("metadata.name={name}");
                streams.insert(Stream::new(Kind::Pod, namespace, "", &fields));
                streams.insert(events(namespace, Some(name)));
            }
            Target::Pod(_) => {
                streams.insert(Stream::new(Kind::Pod, namespace, "", ""));
                streams.insert(events(namespace, None));
            }
            Target::Workload(kind, name) => {
                let labels = labels_of(snapshot, namespace, *kind, name);
                streams.insert(Stream::new(Kind::Pod, namespace, &labels, ""));
                streams.insert(events(namespace, None));
            }
            // What is on a node waits for none, so nobody says anything that decides.
            Target::Node(name) => {
                let fields = format!("spec.nodeName={name}");
                streams.insert(Stream {
                    instead: namespace.map(str::to_owned),
                    ..Stream::new(Kind::Pod, None, "", &fields)
                });
            }
        }
    }
    without_repetition(streams, versions)
}

fn events(namespace: Option<&str>, name: Option<&str>) -> Stream {
    let mut fields = format!("involvedObject.kind=Pod,{NOT_OF_KUBELETS}");
    if let Some(name) = name {
        fields.push_str(",involvedObject.name=");
        fields.push_str(name);
    }
    Stream::new(Kind::Event, namespace, "", &fields)
}

/// What the labels of a workload's pods have in common. Who owns a pod is looked at when it comes.
fn labels_of(
    snapshot: &ClusterSnapshot,
    namespace: Option<&str>,
    kind: WorkloadKind,
    name: &str,
) -> String {
    if kind == WorkloadKind::CronJob {
        return OF_A_JOB.to_owned();
    }
    let labels = namespace
        .and_then(|namespace| snapshot.workload(kind, namespace, name))
        .map(|workload| &workload.selector_labels);
    let pairs = labels.into_iter().flatten();
    let pairs: Vec<String> = pairs.map(|(key, value)| format!("{key}={value}")).collect();
    pairs.join(",")
}

/// Leaves out what a wider watch tells too, and says where each goes on.
fn without_repetition(streams: BTreeSet<Stream>, versions: &Versions) -> Vec<Stream> {
    let whole = |stream: &Stream| stream.labels.is_empty() && stream.fields.is_empty();
    let of_all_pods = format!("involvedObject.kind=Pod,{NOT_OF_KUBELETS}");
    let is_wide = |stream: &Stream| whole(stream) || stream.fields == of_all_pods;
    let wide: BTreeSet<(Kind, Option<String>)> = streams
        .iter()
        .filter(|stream| is_wide(stream))
        .map(|stream| (stream.kind, stream.namespace.clone()))
        .collect();
    let is_told = |stream: &Stream| {
        !is_wide(stream) && wide.contains(&(stream.kind, stream.namespace.clone()))
    };
    let kept = streams.into_iter().filter(|stream| !is_told(stream));
    kept.map(|stream| {
        let place = (stream.kind, stream.namespace.clone());
        Stream {
            version: versions.get(&place).cloned(),
            ..stream
        }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::question::{FieldSelector, LabelSelector};
    use crate::sources::reduce::SnapshotBuilder;

    fn shown(question: &Question) -> Vec<String> {
        let mut builder = SnapshotBuilder::new();
        builder
            .add(
                Kind::Deployment,
                r#"{"metadata":{"name":"web","namespace":"shop"},"spec":{"selector":{"matchLabels":{"app":"web","tier":"front"}}}}"#,
            )
            .expect("a good object");
        let versions: Versions = [
            ((Kind::Pod, Some("shop".to_owned())), "7".to_owned()),
            ((Kind::Event, Some("shop".to_owned())), "8".to_owned()),
        ]
        .into();
        streams(question, builder.snapshot(), &versions)
            .into_iter()
            .map(|stream| {
                let namespace = stream.namespace.as_deref().unwrap_or("*");
                let version = stream.version.as_deref().unwrap_or("-");
                let instead = stream.instead.map(|instead| format!(" or {instead}"));
                format!(
                    "{} {namespace} [{}] [{}] {version}{}",
                    stream.kind.plural(),
                    stream.labels,
                    stream.fields,
                    instead.unwrap_or_default()
                )
            })
            .collect()
    }

    fn about(targets: Vec<Target>) -> Question {
        Question {
            targets,
            namespace: NamespaceScope::One("shop".to_owned()),
            ..Question::default()
        }
    }

    #[test]
    fn what_is_watched_for_a_question() {
        let events = "events shop [] [involvedObject.kind=Pod,source!=kubelet] 8";
        let workload = |kind, name: &str| Target::Workload(kind, name.to_owned());
        let chosen = Question {
            label_selector: Some(LabelSelector::parse("app=web").expect("labels")),
            field_selector: Some(FieldSelector::parse("status.phase=Pending").expect("fields")),
            ..Question::default()
        };
        for (question, wanted) in [
            (about(vec![]), vec!["pods shop [] [] 7", events]),
            (
                chosen,
                vec![
                    "pods * [app=web] [status.phase=Pending] -",
                    "events * [] [involvedObject.kind=Pod,source!=kubelet] -",
                ],
            ),
            (
                about(vec![Target::Pod("a".to_owned())]),
                vec![
                    "pods shop [] [metadata.name=a] 7",
                    "events shop [] [involvedObject.kind=Pod,source!=kubelet,involvedObject.name=a] 8",
                ],
            ),
            (
                about((0..20).map(|name| Target::Pod(name.to_string())).collect()),
                vec!["pods shop [] [] 7", events],
            ),
            (
                about(vec![workload(WorkloadKind::Deployment, "web")]),
                vec!["pods shop [app=web,tier=front] [] 7", events],
            ),
            (
                about(vec![
                    workload(WorkloadKind::StatefulSet, "unread"),
                    Target::Pod("a".to_owned()),
                ]),
                vec!["pods shop [] [] 7", events],
            ),
            (
                about(vec![workload(WorkloadKind::CronJob, "tick")]),
                vec!["pods shop [job-name] [] 7", events],
            ),
            (
                about(vec![Target::Node("n1".to_owned())]),
                vec!["pods * [] [spec.nodeName=n1] - or shop"],
            ),
        ] {
            assert_eq!(shown(&question), wanted, "{question:?}");
        }
    }
}
