//! The live cluster: gets and lists, and only what the question needs. What changes it stands apart ([`act`]), and asks first.

pub mod act;
mod companions;
mod failure;
mod fellows;
mod inventory;
mod missing;
mod names;
mod needs;
mod notes;
mod others;
mod pages;
mod paths;
mod profile_objects;
mod progress;
mod reader;
mod run;
mod server;
mod target;
pub mod watch;

use futures::future::{join_all, try_join_all};
use jiff::Timestamp;

use crate::decision::facts::{ClusterSnapshot, Kind, SourceNote, SourceStatus};
use crate::error::{Error, ErrorKind, Result};
use crate::sources::kubeconfig::Access;
use crate::sources::profiles::ObjectProfiles;
use crate::sources::question::{NamespaceScope, Purpose, Question};
use failure::{Failure, FailureKind};
use reader::{List, Reader};

pub use failure::is_refusal;
pub use names::list_names;
pub use progress::erase_progress;
pub use reader::Versions;
pub use server::{ApiServer, Manner, PageSize, parse_chunk_size};

/// The webhook configuration by which EKS claims pods (seen in many public cluster listings; not documented).
const FARGATE_WEBHOOK: &str = "0500-amazon-eks-fargate-mutation.amazonaws.com";
/// What a scheduler of Kubernetes 1.36 says about a taint, whichever it is; older ones name it.
const NAMELESS_TAINT: &str = "untolerated taint(s)";
/// The label of the nodes that Fargate makes. Source: EKS User Guide.
const FARGATE_NODES: &str = "eks.amazonaws.com/compute-type=fargate";
/// How many nodes are asked which cluster they are of.
const NODES_THAT_TELL: u64 = 5;

/// What is wanted beside the objects that a question is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Beside {
    /// The objects by which controllers make Fargate profiles.
    pub profile_objects: bool,
    /// Which EKS cluster it is, which nodes may tell.
    pub identity: bool,
}

/// What was read of a cluster.
#[derive(Debug)]
pub struct ClusterRead {
    /// The objects, with notes on what could not be read.
    pub snapshot: ClusterSnapshot,
    /// A list broke off for good.
    pub broken: bool,
    /// Objects by which controllers make Fargate profiles; none where they were not asked for.
    pub profile_objects: ObjectProfiles,
    /// Why no pods could be read, where there may be an answer without them.
    pub unread: Option<Error>,
    /// The states of the cluster from which lists were read.
    pub versions: Versions,
}

impl ClusterRead {
    /// Nothing was read, for this reason.
    pub fn unread(error: Error) -> Self {
        let mut snapshot = ClusterSnapshot::empty(Timestamp::now());
        let cause = error.cause.as_ref().map(|cause| format!(": {cause}"));
        snapshot.sources.push(SourceNote {
            what: Kind::Pod.plural().to_owned(),
            namespace: None,
            status: match error.kind {
                ErrorKind::Cluster => SourceStatus::Failed,
                // There is no kubeconfig, or none that can be used.
                _ => SourceStatus::NotGiven,
            },
            count: None,
            detail: Some(format!("{}{}", error.message, cause.unwrap_or_default())),
        });
        Self {
            snapshot,
            broken: false,
            profile_objects: ObjectProfiles::default(),
            unread: Some(error),
            versions: Versions::new(),
        }
    }
}

/// Reads what the question needs, and what is wanted beside it.
/// `taken_at` of the snapshot is the moment at which reading began.
///
/// # Errors
/// [`ErrorKind::Cluster`] where what was asked about cannot be read at all (no connection, no login, no right to read pods);
/// [`ErrorKind::NotFound`] where it does not exist. Everything else that fails is noted in the snapshot's `sources`. A question
/// about profiles needs no cluster: that it cannot be read is [`ClusterRead::unread`] then.
pub async fn read(
    access: &Access,
    question: &Question,
    manner: Manner,
    beside: Beside,
) -> Result<ClusterRead> {
    if question.purpose == Purpose::Profiles {
        return inventory::read(access, question, manner, beside).await;
    }
    let server = ApiServer::connect(access, manner).await?;
    read_first(&server, question, beside).await
}

/// As [`read`], of a server that we have logged in to already.
///
/// # Errors
/// Those of [`read`] about pods.
pub async fn read_first(
    server: &ApiServer<'_>,
    question: &Question,
    beside: Beside,
) -> Result<ClusterRead> {
    read_with(Reader::new(server), question, beside).await
}

/// As [`read_first`], but no terminal is told how far it is.
///
/// # Errors
/// Those of [`read`] about pods.
pub async fn read_again(
    server: &ApiServer<'_>,
    question: &Question,
    beside: Beside,
) -> Result<ClusterRead> {
    read_with(Reader::silent(server), question, beside).await
}

/// Reads these pods, by namespace and name, and what they point to, as a question about each of them would. Whatever cannot be read is
/// noted; a pod that is gone is not in the snapshot, and counts as read.
pub async fn read_pods(server: &ApiServer<'_>, pods: &[(String, String)]) -> ClusterRead {
    let taken_at = Timestamp::now();
    let reader = Reader::silent(server);
    let read_one = async |(namespace, name): &(String, String)| {
        let _ = reader.get(Kind::Pod, Some(namespace), name).await;
    };
    futures::future::join(join_all(pods.iter().map(read_one)), read_webhook(&reader)).await;
    complete(&reader, true, false).await;
    fellows::read(&reader).await;
    let (snapshot, broken) = reader.finish(taken_at);
    ClusterRead {
        snapshot,
        broken,
        profile_objects: ObjectProfiles::default(),
        unread: None,
        versions: Versions::new(),
    }
}

async fn read_with(reader: Reader<'_>, question: &Question, beside: Beside) -> Result<ClusterRead> {
    let taken_at = Timestamp::now();
    let scope = beside.profile_objects.then_some(&question.namespace);
    let profile_objects = async { Ok(read_profile_objects(&reader, scope).await) };
    let objects = async {
        read_objects(&reader, question).await?;
        if beside.identity && reader.look(|snapshot| snapshot.nodes.is_empty()) {
            // Without them the cluster has no name, which is told where it is missed.
            let _ = reader
                .sample(Kind::Node, &List::all(None), NODES_THAT_TELL)
                .await;
        }
        Ok(())
    };
    let ((), profile_objects) = futures::future::try_join(objects, profile_objects).await?;
    let versions = reader.versions();
    let (snapshot, broken) = reader.finish(taken_at);
    Ok(ClusterRead {
        snapshot,
        broken,
        profile_objects,
        unread: None,
        versions,
    })
}

/// The objects by which controllers make profiles; none without a scope.
async fn read_profile_objects(
    reader: &Reader<'_>,
    scope: Option<&NamespaceScope>,
) -> ObjectProfiles {
    match scope {
        Some(scope) => profile_objects::read(reader.server(), scope).await,
        None => ObjectProfiles::default(),
    }
}

async fn read_objects(reader: &Reader<'_>, question: &Question) -> Result<()> {
    if question.targets.is_empty() {
        read_scope(reader, question).await?;
    } else {
        let webhook = async {
            read_webhook(reader).await;
            Ok(())
        };
        let targets = try_join_all(
            question
                .targets
                .iter()
                .map(|target| target::read_target(reader, question, target)),
        );
        futures::future::try_join(targets, webhook).await?;
    }
    if question.purpose == Purpose::Suggestion {
        others::read(reader, question).await;
    }
    // A selector that only the server understands could not tell pods that were asked about from those beside them.
    let fields = question.field_selector.as_ref();
    if fields.is_none_or(|fields| fields.check_for_files().is_ok()) {
        fellows::read(reader).await;
    }
    Ok(())
}

/// The error about something that is not there; none where it may be gone.
async fn absent(question: &Question, error: impl Future<Output = Error>) -> Result<()> {
    match question.may_be_absent {
        true => Ok(()),
        false => Err(error.await),
    }
}

/// Reads what the pods and workloads point to. Where a scheduler speaks of a taint and does not say which, one Fargate node
/// tells that it may be theirs.
async fn complete(reader: &Reader<'_>, events_of_pods: bool, everywhere: bool) {
    // What stands beside the pods hangs on the pods alone, so it is no further round trip.
    let beside = companions::read(reader, everywhere);
    futures::future::join(reader.complete(events_of_pods), beside).await;
    if events_of_pods {
        companions::read_after_events(reader).await;
    }
    let is_asked = reader.look(|snapshot| {
        let events = snapshot
            .events
            .values()
            .flatten()
            .map(|event| &event.message);
        let conditions = snapshot.pods.iter().flat_map(|pod| pod.conditions.iter());
        events
            .chain(conditions.map(|condition| &condition.message))
            .any(|message| message.contains(NAMELESS_TAINT))
            && !snapshot.coverage.is_listed_everywhere(Kind::Node)
    });
    if is_asked {
        let list = List {
            labels: FARGATE_NODES.to_owned(),
            ..List::default()
        };
        // Where it cannot be read, the taint stays without a name.
        let _ = reader.sample(Kind::Node, &list, 1).await;
    }
}

/// The lists that stand beside the pods of a namespace, and of all of them.
const OF_A_NAMESPACE: [Kind; 7] = [
    Kind::ReplicaSet,
    Kind::Deployment,
    Kind::StatefulSet,
    Kind::DaemonSet,
    Kind::Job,
    Kind::CronJob,
    Kind::PersistentVolumeClaim,
];
const OF_A_CLUSTER: [Kind; 10] = [
    Kind::Node,
    Kind::ReplicaSet,
    Kind::Deployment,
    Kind::StatefulSet,
    Kind::DaemonSet,
    Kind::Job,
    Kind::CronJob,
    Kind::PersistentVolumeClaim,
    Kind::PersistentVolume,
    Kind::StorageClass,
];

/// Every pod in scope: the lists of that scope, all at once.
async fn read_scope(reader: &Reader<'_>, question: &Question) -> Result<()> {
    let namespace = match &question.namespace {
        NamespaceScope::One(namespace) => Some(namespace.as_str()),
        NamespaceScope::All => None,
    };
    let selected = List {
        labels: question
            .label_selector
            .as_ref()
            .map(|selector| selector.as_str().to_owned())
            .unwrap_or_default(),
        fields: question
            .field_selector
            .as_ref()
            .map(|selector| selector.as_str().to_owned())
            .unwrap_or_default(),
        ..List::all(namespace)
    };
    // What a few chosen pods point to is read when they are known, and so is what the pods of one namespace need of the cluster.
    let is_chosen = question.has_selectors();
    let others: &[Kind] = match (is_chosen, namespace) {
        (true, _) => &[],
        (false, Some(_)) => &OF_A_NAMESPACE,
        (false, None) => &OF_A_CLUSTER,
    };
    let others = others.iter().map(|kind| async move {
        // A list that fails is noted, and the answer goes on.
        let _ = reader.list(*kind, &List::all(namespace)).await;
    });
    let events = async {
        if !is_chosen {
            let _ = reader.events_of_pods(namespace).await;
        }
    };
    let pods = async {
        reader.list(Kind::Pod, &selected).await.map_err(|failure| {
            let what = match namespace {
                Some(namespace) => format!("the pods in namespace {namespace}"),
                None => "the pods of all namespaces".to_owned(),
            };
            if let Some(error) = wrong_selector(question, &failure) {
                return error;
            }
            let is_too_wide = namespace.is_none() && failure.kind == FailureKind::Forbidden;
            let error = unreadable(reader, failure, &what);
            if is_too_wide {
                error.next("name a namespace that you may read with -n")
            } else {
                error
            }
        })
    };
    let others = async {
        futures::future::join3(join_all(others), events, read_webhook(reader)).await;
        Ok(())
    };
    let (count, ()) = futures::future::try_join(pods, others).await?;
    if count == 0
        && let Some(namespace) = namespace
        && let Ok(false) = reader.get(Kind::Namespace, None, namespace).await
    {
        return absent(question, missing::namespace(reader.server(), namespace)).await;
    }
    complete(reader, is_chosen, namespace.is_none()).await;
    Ok(())
}

/// The error about a selector that the API server does not take: that is the question's fault, not the cluster's.
fn wrong_selector(question: &Question, failure: &Failure) -> Option<Error> {
    let is_about_it = ["field selector", "field label", "label selector"]
        .iter()
        .any(|words| failure.message.contains(words));
    if failure.kind != FailureKind::Refused || !is_about_it || !question.has_selectors() {
        return None;
    }
    let fields = question.field_selector.as_ref();
    let of_files = fields.and_then(|fields| fields.check_for_files().err());
    let error = match &of_files {
        Some(known) => known.message.replacen("files", "the cluster", 1),
        None => "the cluster does not take the selector".to_owned(),
    };
    let error = Error::new(ErrorKind::Usage, error).cause(&*failure.message);
    let next = of_files.map(|known| known.next).unwrap_or_default();
    Some(next.into_iter().fold(error, Error::next))
}

/// The webhook of Fargate by its name; where there is none of that name, all of them, to be sure.
async fn read_webhook(reader: &Reader<'_>) {
    let kind = Kind::MutatingWebhookConfiguration;
    if let Ok(false) = reader.get(kind, None, FARGATE_WEBHOOK).await {
        let _ = reader.list(kind, &List::all(None)).await;
    }
}

fn unreadable(reader: &Reader<'_>, failure: Failure, what: &str) -> Error {
    failure.into_error(reader.server().access(), what)
}
