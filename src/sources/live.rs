//! A live answer: the API server and the EKS API, asked side by side, and what both tell of profiles put together.

use super::aws::{self, EksFlags, EksTarget};
use super::cluster;
use super::cluster::{Beside, ClusterRead, Manner, PageSize};
use super::kubeconfig::{Access, EksIdentity, Patience};
use super::profiles::eks_api::{self, EksRead};
use super::profiles::{KnownCluster, read_files};
use super::question::Purpose;
use super::reduce::note_on_aws_auth;
use super::{Gathered, Input, Question};
use crate::decision::facts::{ClusterIdentity, ClusterSnapshot, Profiles, SourceNote};
use crate::error::{Error, ErrorKind, Result};

/// What a live answer is made from, beside the kubeconfig and the question.
#[derive(Debug, Clone, Default)]
pub struct LiveOptions {
    /// How long servers are waited for.
    pub patience: Patience,
    /// How many objects the API server is asked for at once; `None` for whole lists.
    pub page_size: PageSize,
    /// Which EKS cluster it is, by flags.
    pub eks: EksFlags,
    /// `--profiles`: where given, they are the profiles, and the EKS API is not asked.
    pub profiles: Vec<Input>,
}

/// Reads what the question needs.
///
/// # Errors
/// Those of [`cluster::read`], of files with profiles, and of a question about something that is not there. AWS that does not
/// answer is none: the answer goes on without the profiles.
pub async fn gather(
    access: &Access,
    question: &Question,
    options: &LiveOptions,
) -> Result<Gathered> {
    let target = EksTarget::resolve(&access.identity, &access.context, &options.eks, environment);
    let is_up_to_aws = options.profiles.is_empty();
    let beside = Beside {
        profile_objects: is_up_to_aws,
        identity: is_up_to_aws && target.cluster_name.is_none(),
    };
    let manner = Manner {
        patience: options.patience,
        page_size: options.page_size,
    };
    let objects = cluster::read(access, question, manner, beside);
    gather_both(target, objects, &access.kubectl_flags, question, options).await
}

/// Reads the objects of a question again, a moment after it was answered: profiles and cluster are taken from that answer.
///
/// # Errors
/// Those of [`cluster::read`], and of a question about something that is not there any more.
pub async fn look_again(
    access: &Access,
    question: &Question,
    options: &LiveOptions,
    before: &ClusterSnapshot,
) -> Result<Gathered> {
    let manner = Manner {
        patience: options.patience,
        page_size: options.page_size,
    };
    let objects = cluster::read(access, question, manner, Beside::default()).await?;
    let mut snapshot = objects.snapshot;
    snapshot.cluster = before.cluster.clone();
    snapshot.kubectl_flags = before.kubectl_flags.clone();
    snapshot.profiles = before.profiles.clone();
    let subjects = question.subjects(&snapshot)?;
    Ok(Gathered {
        snapshot,
        subjects,
        broken: objects.broken,
    })
}

/// Reads the profiles alone, from files or of the cluster that flags name: for `error`, there is no API server to ask.
///
/// # Errors
/// Those of files with profiles; where the profiles cannot be read either, `error` itself.
pub async fn gather_without_cluster(
    error: Error,
    question: &Question,
    options: &LiveOptions,
) -> Result<Gathered> {
    let target = EksTarget::resolve(&EksIdentity::default(), "", &options.eks, environment);
    let objects = std::future::ready(Ok(ClusterRead::unread(error)));
    gather_both(target, objects, "", question, options).await
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Reads the objects of the cluster and its profiles side by side.
async fn gather_both(
    mut target: EksTarget,
    objects: impl Future<Output = Result<ClusterRead>>,
    kubectl_flags: &str,
    question: &Question,
    options: &LiveOptions,
) -> Result<Gathered> {
    let from_files = if options.profiles.is_empty() {
        None
    } else {
        Some(read_files(&options.profiles, known_cluster(&target))?)
    };

    let asks_eks = from_files.is_none() && target.cluster_name.is_some();
    let eks = async {
        Ok(match asks_eks {
            true => Some(eks_api::read(&target, options.patience).await),
            false => None,
        })
    };
    let (objects, mut eks) = futures::future::try_join(objects, eks).await?;
    let mut snapshot = objects.snapshot;
    if from_files.is_none() && eks.is_none() {
        // The kubeconfig does not name the cluster; its nodes may.
        target.learn_from(&snapshot.nodes);
        eks = Some(eks_api::read(&target, options.patience).await);
    }

    let connection = eks.as_mut().and_then(|read| read.connection.take());
    let (mut profiles, mut notes, told) = match (from_files, eks) {
        (Some(read), _) => (read.profiles, read.notes, read.cluster),
        (None, Some(read)) => of_eks(read),
        (None, None) => (Profiles::default(), Vec::new(), ClusterIdentity::default()),
    };
    let known = known_cluster(&target);
    notes.extend(objects.profile_objects.merge_into(&mut profiles, &known));
    snapshot.cluster = ClusterIdentity {
        name: target.cluster_name.clone().or(told.name),
        region: target.region.filter(|_| target.is_eks).or(told.region),
    };
    kubectl_flags.clone_into(&mut snapshot.kubectl_flags);
    snapshot.profiles = profiles;
    snapshot.sources.extend(notes);
    snapshot.sources.extend(note_on_aws_auth(&snapshot));
    // A file that tells no profile is told of in an answer, wherever pods are.
    if let Some(error) = objects.unread
        && options.profiles.is_empty()
        && !snapshot.profiles.are_read()
    {
        return Err(neither(error, &snapshot.profiles));
    }
    let subjects = question.subjects(&snapshot)?;
    if question.purpose == Purpose::Placement
        && let (Some(connection), Some(cluster)) = (connection, target.cluster_name)
    {
        let patience = options.patience;
        let told =
            aws::read_surroundings(&connection, &cluster, &snapshot, &subjects, patience).await;
        snapshot.aws = told.facts;
        snapshot.sources.extend(told.notes);
    }
    Ok(Gathered {
        snapshot,
        subjects,
        broken: objects.broken,
    })
}

fn known_cluster(target: &EksTarget) -> KnownCluster {
    KnownCluster {
        name: target.cluster_name.clone(),
        region: target.region.clone().filter(|_| target.is_eks),
        account: target.account.clone(),
        reference: None,
    }
}

/// The error of an answer for which there is nothing at all. Without a kubeconfig the profiles were all that could be asked for.
fn neither(error: Error, profiles: &Profiles) -> Error {
    let Some(problem) = &profiles.problem else {
        return error;
    };
    if error.kind == ErrorKind::Cluster {
        let words = format!("the Fargate profiles were not read either: {problem}");
        return error.next(words);
    }
    let unread = Error::new(ErrorKind::Cluster, "could not read the Fargate profiles")
        .cause(format!("{problem}; {}", error.message));
    let remedies = profiles.remedy.iter().cloned().chain(error.next);
    remedies.take(2).fold(unread, Error::next)
}

fn of_eks(read: EksRead) -> (Profiles, Vec<SourceNote>, ClusterIdentity) {
    let told = ClusterIdentity {
        name: None,
        region: read.region,
    };
    (read.profiles, vec![read.note], told)
}
