//! Who else is there: the other pods and workloads of the namespaces that a question is about. A selector may match them too.

use std::collections::BTreeSet;

use futures::future::join_all;

use super::reader::{List, Reader};
use crate::decision::facts::Kind;
use crate::sources::question::{NamespaceScope, Question};

/// The kinds whose pods, or templates, a selector may match.
const KINDS: [Kind; 7] = [
    Kind::Pod,
    Kind::Deployment,
    Kind::ReplicaSet,
    Kind::StatefulSet,
    Kind::DaemonSet,
    Kind::Job,
    Kind::CronJob,
];

/// Reads them, as far as they are not known yet. What cannot be read is noted.
pub async fn read(reader: &Reader<'_>, question: &Question) {
    // A question about all pods has asked for these lists.
    if question.targets.is_empty() && !question.has_selectors() {
        return;
    }
    let namespaces: BTreeSet<Option<String>> = match &question.namespace {
        NamespaceScope::All => [None].into(),
        NamespaceScope::One(namespace) => {
            // The pods of a node may be of any namespace.
            reader.look(|snapshot| {
                let of_pods = snapshot.pods.iter().map(|pod| pod.namespace.to_string());
                of_pods.chain([namespace.clone()]).map(Some).collect()
            })
        }
    };
    let wanted: Vec<(Kind, Option<String>)> = reader.look(|snapshot| {
        let coverage = &snapshot.coverage;
        let is_known = |kind: Kind, namespace: &Option<String>| match namespace {
            Some(namespace) => coverage.is_listed(kind, namespace),
            None => coverage.is_listed_everywhere(kind),
        };
        namespaces
            .iter()
            .flat_map(|namespace| KINDS.iter().map(|kind| (*kind, namespace.clone())))
            .filter(|(kind, namespace)| !is_known(*kind, namespace))
            .collect()
    });
    let lists = wanted.into_iter().map(|(kind, namespace)| async move {
        let _ = reader.list(kind, &List::all(namespace.as_deref())).await;
    });
    join_all(lists).await;
}
