//! What a question about profiles needs of the cluster: the pods of all namespaces, who made them, and whether their nodes are
//! Fargate's. Nothing here fails the answer: it goes on with the profiles alone.

use futures::future::{join, join_all, join3};
use jiff::Timestamp;

use super::failure::{Failure, FailureKind};
use super::reader::{List, Reader};
use super::server::ApiServer;
use super::{
    Beside, ClusterRead, Manner, Versions, missing, read_profile_objects, read_webhook, unreadable,
};
use crate::decision::facts::{ClusterSnapshot, Kind, PodSpec, VolumeSource};
use crate::error::Result;
use crate::sources::kubeconfig::Access;
use crate::sources::question::{NamespaceScope, Question};

/// Who makes pods: templates decide what would be claimed.
const WORKLOADS: [Kind; 6] = [
    Kind::ReplicaSet,
    Kind::Deployment,
    Kind::StatefulSet,
    Kind::DaemonSet,
    Kind::Job,
    Kind::CronJob,
];

/// Reads it. Where the pods of all namespaces may not be listed, those of the context's namespace are.
///
/// # Errors
/// [`crate::error::ErrorKind::NotFound`] for a namespace that does not exist.
pub async fn read(
    access: &Access,
    question: &Question,
    manner: Manner,
    beside: Beside,
) -> Result<ClusterRead> {
    let taken_at = Timestamp::now();
    let server = match ApiServer::connect(access, manner).await {
        Ok(server) => server,
        Err(error) => return Ok(ClusterRead::unread(error)),
    };
    let reader = Reader::new(&server);
    let asked = match &question.namespace {
        NamespaceScope::One(namespace) => Some(namespace.as_str()),
        NamespaceScope::All => None,
    };
    let others = [Kind::Namespace, Kind::Node].map(|kind| list(&reader, kind, None));
    let others = join(join_all(others), read_webhook(&reader));
    let context = NamespaceScope::One(access.namespace.clone());
    let objects = read_profile_objects(&reader, beside.profile_objects.then_some(&context));
    let (mut pods, _, profile_objects) = join3(read_pods(&reader, asked), others, objects).await;
    let mut namespace = asked;
    if asked.is_none() && is_forbidden(&pods) {
        namespace = Some(&access.namespace);
        pods = read_pods(&reader, namespace).await;
    }
    let unread = match pods {
        Ok(0) => {
            if let Some(name) = asked
                && !reader.look(|snapshot| snapshot.coverage.is_listed_everywhere(Kind::Namespace))
                && let Ok(false) = reader.get(Kind::Namespace, None, name).await
            {
                return Err(missing::namespace(reader.server(), name).await);
            }
            None
        }
        Ok(_) => None,
        Err(failure) => {
            let is_refused = failure.kind == FailureKind::Forbidden;
            let error = unreadable(&reader, failure, "the pods");
            if !is_refused && reader.look(is_empty) {
                // Every read failed alike; one note says it.
                return Ok(ClusterRead::unread(error));
            }
            Some(error)
        }
    };
    read_volumes(&reader, namespace).await;
    reader.complete(false).await;
    let (snapshot, broken) = reader.finish(taken_at);
    Ok(ClusterRead {
        snapshot,
        broken,
        profile_objects,
        unread,
        versions: Versions::new(),
    })
}

/// The pods, and beside them what made them.
async fn read_pods(reader: &Reader<'_>, namespace: Option<&str>) -> Result<u64, Failure> {
    let pods = List::all(namespace);
    let pods = reader.list(Kind::Pod, &pods);
    let workloads = WORKLOADS
        .into_iter()
        .filter(|kind| !reader.look(|snapshot| snapshot.coverage.is_listed_everywhere(*kind)))
        .map(|kind| list(reader, kind, namespace));
    join(pods, join_all(workloads)).await.0
}

/// Claims, volumes and their classes, where a pod or a template uses claims: Fargate refuses some of them.
async fn read_volumes(reader: &Reader<'_>, namespace: Option<&str>) {
    if reader.look(uses_claims) {
        join3(
            list(reader, Kind::PersistentVolumeClaim, namespace),
            list(reader, Kind::PersistentVolume, None),
            list(reader, Kind::StorageClass, None),
        )
        .await;
    }
}

/// A list whose failure is noted and no more.
async fn list(reader: &Reader<'_>, kind: Kind, namespace: Option<&str>) {
    let _ = reader.list(kind, &List::all(namespace)).await;
}

fn is_forbidden(pods: &Result<u64, Failure>) -> bool {
    pods.as_ref()
        .is_err_and(|failure| failure.kind == FailureKind::Forbidden)
}

fn is_empty(snapshot: &ClusterSnapshot) -> bool {
    snapshot.namespaces.is_empty()
        && snapshot.nodes.is_empty()
        && snapshot.workloads.is_empty()
        && snapshot.webhooks.is_empty()
}

fn uses_claims(snapshot: &ClusterSnapshot) -> bool {
    let has_claim = |spec: &PodSpec| {
        spec.volumes
            .iter()
            .any(|volume| matches!(volume.source, VolumeSource::Claim(_)))
    };
    snapshot.pods.iter().any(|pod| has_claim(&pod.spec))
        || snapshot
            .workloads
            .values()
            .any(|workload| has_claim(&workload.template.spec))
}
