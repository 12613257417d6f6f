//! A live answer: the API server and the EKS API, asked side by side, and what both tell of profiles put together.

use super::aws::{self, EksFlags, EksTarget};
use super::cluster;
use super::kubeconfig::{Access, Patience};
use super::profiles::eks_api::{self, EksRead};
use super::profiles::{KnownCluster, read_files};
use super::reduce::note_on_aws_auth;
use super::{Gathered, Input, Question};
use crate::decision::facts::{ClusterIdentity, Profiles, SourceNote};
use crate::error::Result;

/// What a live answer is made from, beside the kubeconfig and the question.
#[derive(Debug, Clone, Default)]
pub struct LiveOptions {
    /// How long servers are waited for.
    pub patience: Patience,
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
    let variable = |name: &str| std::env::var(name).ok();
    let mut target = EksTarget::resolve(&access.identity, &access.context, &options.eks, variable);
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
    let wants_profile_objects = from_files.is_none();
    let objects = cluster::read(access, question, options.patience, wants_profile_objects);
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
    snapshot.kubectl_flags.clone_from(&access.kubectl_flags);
    snapshot.profiles = profiles;
    snapshot.sources.extend(notes);
    snapshot.sources.extend(note_on_aws_auth(&snapshot));
    let subjects = question.subjects(&snapshot)?;
    if let (Some(connection), Some(cluster)) = (connection, target.cluster_name) {
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

fn of_eks(read: EksRead) -> (Profiles, Vec<SourceNote>, ClusterIdentity) {
    let told = ClusterIdentity {
        name: None,
        region: read.region,
    };
    (read.profiles, vec![read.note], told)
}
