//! Which of the profiles found are those of the cluster in question.

use std::collections::BTreeMap;

use super::{Found, KnownCluster};

/// What came of choosing.
#[derive(Debug, Default)]
pub(super) struct Choice {
    /// The profiles of the cluster in question; those that name no cluster are taken for it.
    pub(super) ours: Vec<Found>,
    /// How many profiles were left out, by the cluster they belong to.
    pub(super) left_out: BTreeMap<String, usize>,
    /// The clusters among which nothing decides; then none is ours.
    pub(super) undecided: Vec<KnownCluster>,
    /// The cluster that ours name.
    pub(super) cluster: KnownCluster,
}

pub(super) fn choose(found: Vec<Found>, known: &KnownCluster) -> Choice {
    let mut choice = Choice::default();
    let mut clusters: Vec<KnownCluster> = Vec::new();
    for found in found {
        if contradicts(&found.home, known) {
            *choice.left_out.entry(words(&found.home)).or_default() += 1;
            continue;
        }
        if found.home != KnownCluster::default() {
            match clusters
                .iter_mut()
                .find(|cluster| !contradicts(cluster, &found.home))
            {
                Some(cluster) => complete(cluster, &found.home),
                None => clusters.push(found.home.clone()),
            }
        }
        choice.ours.push(found);
    }
    if clusters.len() > 1 {
        clusters.sort_by_key(words);
        choice.undecided = clusters;
        choice.ours.clear();
    } else {
        choice.cluster = clusters.pop().unwrap_or_default();
    }
    choice
}

/// The cluster that these describe, if that is one and may be the one in question.
pub(super) fn named_by_all(homes: &[KnownCluster], known: &KnownCluster) -> KnownCluster {
    let mut cluster = KnownCluster::default();
    for home in homes {
        if contradicts(home, known) || contradicts(home, &cluster) {
            return KnownCluster::default();
        }
        complete(&mut cluster, home);
    }
    cluster
}

/// Whether two descriptions cannot be of one cluster; what is not known contradicts nothing.
pub(super) fn contradicts(one: &KnownCluster, other: &KnownCluster) -> bool {
    let differ = |one: &Option<String>, other: &Option<String>| {
        one.is_some() && other.is_some() && one != other
    };
    let are_nameless = one.name.is_none() && other.name.is_none();
    differ(&one.name, &other.name)
        || (are_nameless && differ(&one.reference, &other.reference))
        || differ(&one.region, &other.region)
        || differ(&one.account, &other.account)
}

fn complete(cluster: &mut KnownCluster, with: &KnownCluster) {
    for (field, more) in [
        (&mut cluster.name, &with.name),
        (&mut cluster.region, &with.region),
        (&mut cluster.account, &with.account),
        (&mut cluster.reference, &with.reference),
    ] {
        if field.is_none() {
            field.clone_from(more);
        }
    }
}

/// `prod in eu-west-1, account 111122223333`.
pub(super) fn words(cluster: &KnownCluster) -> String {
    let mut words = match &cluster.name {
        Some(name) => name.clone(),
        None if cluster.reference.is_some() => {
            format!(
                "the cluster {}",
                cluster.reference.as_deref().unwrap_or_default()
            )
        }
        None => "a cluster".to_owned(),
    };
    if let Some(region) = &cluster.region {
        words.push_str(" in ");
        words.push_str(region);
    }
    if let Some(account) = &cluster.account {
        words.push_str(", account ");
        words.push_str(account);
    }
    words
}
