//! Which of the profiles found are those of the cluster in question.

use std::collections::BTreeMap;

use super::references::may_be_called;
use super::{Called, Found, KnownCluster, Sourced};

/// What came of choosing.
#[derive(Debug, Default)]
pub(super) struct Choice {
    /// The profiles of the cluster in question; those that name no cluster are taken for it.
    pub(super) ours: Vec<Sourced>,
    /// How many profiles were left out, by the cluster they belong to.
    pub(super) left_out: BTreeMap<String, usize>,
    /// The clusters among which nothing decides; then none is ours.
    pub(super) undecided: Vec<KnownCluster>,
    /// The cluster that ours name.
    pub(super) cluster: KnownCluster,
}

/// Chooses the profiles of the cluster that is known; `called` tells names of clusters that profiles only refer to.
pub(super) fn choose(found: Vec<Sourced>, called: &[Called], known: &KnownCluster) -> Choice {
    let mut choice = Choice::default();
    let mut clusters: Vec<KnownCluster> = Vec::new();
    let mut others: Vec<(KnownCluster, usize)> = Vec::new();
    for mut sourced in found {
        let found = &mut sourced.found;
        resolve(found, called);
        if contradicts(&found.home, known) {
            // One profile may tell more of its cluster than the next.
            let is_same = |other: &KnownCluster| {
                (&other.name, &other.reference) == (&found.home.name, &found.home.reference)
                    && !contradicts(other, &found.home)
            };
            match others.iter_mut().find(|(other, _)| is_same(other)) {
                Some((other, count)) => {
                    complete(other, &found.home);
                    *count += 1;
                }
                None => others.push((found.home.clone(), 1)),
            }
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
        choice.ours.push(sourced);
    }
    for (other, count) in others {
        *choice.left_out.entry(words(&other)).or_default() += count;
    }
    if clusters.len() > 1 {
        clusters.sort_by_key(words);
        choice.undecided = clusters;
        choice.ours.clear();
    } else {
        choice.cluster = clusters.pop().unwrap_or_default();
        let name = known.name.as_deref().or(choice.cluster.name.as_deref());
        for sourced in &mut choice.ours {
            assume(&mut sourced.found, name);
        }
    }
    choice
}

/// Fills in the name of a cluster that the profile only refers to, where another object tells it.
fn resolve(found: &mut Found, called: &[Called]) {
    if found.home.name.is_some() {
        return;
    }
    let Some(reference) = &found.home.reference else {
        return;
    };
    let mut told = called
        .iter()
        .filter(|called| called.reference == *reference);
    let Some(first) = told.next() else { return };
    if told.any(|other| other.name != first.name) {
        return;
    }
    found.home = KnownCluster {
        name: Some(first.name.clone()),
        region: found.home.region.take().or_else(|| first.region.clone()),
        account: found.home.account.take(),
        reference: None,
    };
    found.profile.cluster_name = Some(first.name.clone());
    found.profile.gaps.retain(|gap| gap.field != "clusterName");
}

/// A profile whose source may call its cluster so is taken for one of it; that is an assumption, and said to be one.
fn assume(found: &mut Found, name: Option<&str>) {
    let Some(name) = name.filter(|_| found.home.name.is_none()) else {
        return;
    };
    let reference = found.home.reference.as_deref().unwrap_or_default();
    if may_be_called(reference, name) != Some(true) {
        return;
    }
    found.profile.cluster_name = Some(name.to_owned());
    for gap in &mut found.profile.gaps {
        if gap.field == "clusterName" {
            gap.assumed = Some(name.to_owned());
        }
    }
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
    // A reference that can only stand for certain names is known not to stand for others.
    let cannot_be_called = |nameless: &KnownCluster, named: &KnownCluster| {
        let name = named.name.as_ref().filter(|_| nameless.name.is_none());
        name.zip(nameless.reference.as_deref())
            .is_some_and(|(name, reference)| may_be_called(reference, name) == Some(false))
    };
    differ(&one.name, &other.name)
        || (are_nameless && differ(&one.reference, &other.reference))
        || cannot_be_called(one, other)
        || cannot_be_called(other, one)
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
        None => match &cluster.reference {
            // `Cluster API cluster shop/prod` says itself what it is.
            Some(reference) if reference.contains(" cluster ") => reference.clone(),
            Some(reference) => format!("the cluster {reference}"),
            None => "a cluster".to_owned(),
        },
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
