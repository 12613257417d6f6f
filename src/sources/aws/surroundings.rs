//! What AWS tells of the surroundings in which a claimed pod waits for its node: the profile's subnets, their VPC, and how the
//! profile's role is let into the cluster.
//!
//! It is asked only where a pod of the question is claimed and has no node, whatever its age: a network that cannot work is
//! better told in the first minute than in the sixth. All of it is optional: what cannot be read is one line in `sources`.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_config::timeout::TimeoutConfig;

use super::{access, connection::Connection, ec2::Ec2, network};
use crate::decision::facts::aws::AwsFacts;
use crate::decision::facts::subject::Subject;
use crate::decision::facts::{ClusterSnapshot, FargateProfile, PodPhase, SourceNote};
use crate::sources::kubeconfig::Patience;

/// How long each of these reads is waited for where the person named no limit: nobody waits half a minute for what they
/// might do without, for example in a VPC from which EC2 cannot be reached.
const LIMIT: Duration = Duration::from_secs(10);

/// What AWS told.
#[derive(Debug, Default)]
pub struct Surroundings {
    /// The facts.
    pub facts: AwsFacts,
    /// How the reads went.
    pub notes: Vec<SourceNote>,
}

/// Reads what surrounds the profiles for which pods of the question wait; without such pods nothing is asked.
pub async fn read(
    connection: &Connection,
    cluster: &str,
    snapshot: &ClusterSnapshot,
    subjects: &[Subject],
    patience: Patience,
) -> Surroundings {
    let profiles = waited_for(snapshot, subjects);
    if profiles.is_empty() {
        return Surroundings::default();
    }
    let timeouts = timeouts(patience);
    let network = async {
        let ec2 = Ec2::new(connection, timeouts.clone()).await;
        network::read(&ec2, &connection.region, &profiles).await
    };
    let access = access::read(connection, cluster, &profiles, timeouts.clone());
    let (network, access) = futures::join!(network, access);
    Surroundings {
        facts: AwsFacts {
            subnets: network.subnets,
            vpcs: network.vpcs,
            unknown_subnets: network.unknown,
            access_entries: access.entries,
            goes_by_aws_auth_alone: access.not_in_use,
        },
        notes: network.note.into_iter().chain(access.note).collect(),
    }
}

/// The profiles that claimed a pod of the question which still has no node, sorted by name.
fn waited_for<'a>(snapshot: &'a ClusterSnapshot, subjects: &[Subject]) -> Vec<&'a FargateProfile> {
    let names: BTreeSet<&str> = subjects
        .iter()
        .filter_map(|subject| match subject {
            Subject::Pod(index) => snapshot.pods.get(*index),
            Subject::Template(..) | Subject::Node(_) => None,
        })
        .filter(|pod| {
            pod.is_claimed()
                && pod.phase == PodPhase::Pending
                && pod.node_name.is_none()
                && !pod.is_terminating()
        })
        .filter_map(|pod| pod.profile_label())
        .collect();
    names
        .into_iter()
        .filter_map(|name| snapshot.profiles.find(name))
        .collect()
}

fn timeouts(patience: Patience) -> TimeoutConfig {
    let limit = match patience {
        Patience::Silence(limit) => Some(limit.min(LIMIT)),
        Patience::Whole(limit) => Some(limit),
        Patience::Unlimited => None,
    };
    match limit {
        Some(limit) => TimeoutConfig::builder()
            .operation_attempt_timeout(limit)
            .operation_timeout(limit)
            .build(),
        None => TimeoutConfig::disabled(),
    }
}
