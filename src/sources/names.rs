//! The names of things, for who is typing one: of a live cluster, of files, of the demo, of the kubeconfig.
//!
//! What cannot be had is left out, and nobody is told: an answer that comes while a person types is no place for complaints. Names
//! come from strangers; those that Kubernetes would not take are left out, too.

use std::collections::BTreeSet;
use std::num::NonZeroU64;
use std::time::Duration;

use super::aws::{self, EksFlags, EksTarget};
use super::cluster::{Manner, PageSize, list_names};
use super::kubeconfig::{Access, EksIdentity, KubeconfigFlags, Patience, entries};
use super::profiles::{KnownCluster, eks_api, read_files};
use super::question::{NamespaceScope, Question};
use super::{Input, demo, offline};
use crate::decision::facts::{ClusterIdentity, ClusterSnapshot, Kind, names};
use crate::error::{Error, ErrorKind, Result};

/// As many names are asked for at once.
const PAGE: u64 = 500;
/// The longest name that is offered, in bytes.
const LONGEST: usize = 253;

/// What is wanted the names of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Pods, nodes, namespaces, or workloads of one kind.
    Objects(Kind),
    /// Fargate profiles.
    Profiles,
    /// Contexts of the kubeconfig.
    Contexts,
    /// Cluster entries of the kubeconfig.
    Clusters,
    /// User entries of the kubeconfig.
    Users,
    /// Profiles of the AWS CLI's configuration.
    AwsProfiles,
}

/// Where names are read.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// The cluster inside the program.
    pub demo: bool,
    /// Files with the cluster's state.
    pub from: Vec<Input>,
    /// Files with profiles.
    pub profiles: Vec<Input>,
    /// How the API server is reached.
    pub flags: KubeconfigFlags,
    /// Which EKS cluster it is.
    pub eks: EksFlags,
    /// The namespace that was named.
    pub namespace: Option<String>,
    /// Whether every namespace is meant.
    pub all_namespaces: bool,
}

impl Place {
    fn has_stdin(&self) -> bool {
        self.from.contains(&Input::Stdin) || self.profiles.contains(&Input::Stdin)
    }

    fn identity(&self) -> ClusterIdentity {
        ClusterIdentity {
            name: self.eks.cluster_name.clone(),
            region: self.eks.region.clone(),
        }
    }
}

/// Tells names as they come, sorted within each call. `begun` is what they begin with where that is known; others come, too.
/// No server is waited for longer than `limit`.
///
/// # Errors
/// Whatever keeps them from being read; nobody need be told.
pub fn tell(
    place: &Place,
    wanted: Wanted,
    begun: &str,
    limit: Duration,
    tell: &mut dyn FnMut(Vec<String>),
) -> Result<()> {
    let mut tell_good = |found: Vec<String>| tell(good(found, wanted));
    let of_kubeconfig = || entries(place.flags.kubeconfig.as_deref());
    match wanted {
        Wanted::Contexts => tell_good(of_kubeconfig()?.contexts),
        Wanted::Clusters => tell_good(of_kubeconfig()?.clusters),
        Wanted::Users => tell_good(of_kubeconfig()?.users),
        Wanted::AwsProfiles => tell_good(aws::profile_names()),
        // Standard input is whose answer is asked for, and is read once.
        _ if place.has_stdin() => {}
        Wanted::Profiles if !place.profiles.is_empty() => {
            let read = read_files(&place.profiles, KnownCluster::from(&place.identity()))?;
            tell_good(
                read.profiles
                    .list
                    .into_iter()
                    .map(|found| found.name)
                    .collect(),
            );
        }
        _ if place.demo || !place.from.is_empty() => {
            let snapshot = of_files(place)?;
            tell_good(in_snapshot(&snapshot, wanted, place));
        }
        Wanted::Profiles => waited(of_eks(place, limit, &mut tell_good))?,
        Wanted::Objects(kind) => waited(of_cluster(place, kind, begun, limit, &mut tell_good))?,
    }
    Ok(())
}

fn of_files(place: &Place) -> Result<ClusterSnapshot> {
    let question = Question {
        namespace: NamespaceScope::All,
        ..Question::default()
    };
    let gathered = match place.demo {
        true => demo::gather(&question, None)?,
        false => offline::gather(&place.from, &[], None, &question, &place.identity())?,
    };
    Ok(gathered.snapshot)
}

/// The names in a snapshot; of files, every namespace is meant where none is named.
fn in_snapshot(snapshot: &ClusterSnapshot, wanted: Wanted, place: &Place) -> Vec<String> {
    let namespace = place.namespace.as_ref().filter(|_| !place.all_namespaces);
    let is_meant = |of: &str| namespace.is_none_or(|namespace| namespace == of);
    match wanted {
        Wanted::Profiles => {
            let profiles = snapshot.profiles.list.iter();
            profiles.map(|profile| profile.name.clone()).collect()
        }
        Wanted::Objects(Kind::Namespace) => {
            let of_pods = snapshot.pods.iter().map(|pod| pod.namespace.to_string());
            let of_workloads = snapshot.workloads.keys().map(|(_, of, _)| of.clone());
            let read = snapshot.namespaces.iter().cloned();
            read.chain(of_pods).chain(of_workloads).collect()
        }
        Wanted::Objects(Kind::Node) => snapshot.nodes.keys().cloned().collect(),
        Wanted::Objects(Kind::Pod) => {
            let pods = snapshot.pods.iter().filter(|pod| is_meant(&pod.namespace));
            pods.map(|pod| pod.name.clone()).collect()
        }
        Wanted::Objects(kind) => snapshot
            .workloads
            .keys()
            .filter(|(of_kind, of, _)| Kind::from(*of_kind) == kind && is_meant(of))
            .map(|(_, _, name)| name.clone())
            .collect(),
        Wanted::Contexts | Wanted::Clusters | Wanted::Users | Wanted::AwsProfiles => Vec::new(),
    }
}

async fn of_cluster(
    place: &Place,
    kind: Kind,
    begun: &str,
    limit: Duration,
    tell: &mut dyn FnMut(Vec<String>),
) -> Result<()> {
    let patience = Patience::Whole(limit);
    let access = Access::load(&place.flags, patience)?;
    if kind == Kind::Namespace {
        // It is known without asking, and may be all that one is let know.
        tell(vec![access.namespace.clone()]);
    }
    // A pod cannot be asked about by name in all namespaces.
    let is_of_cluster = matches!(kind, Kind::Namespace | Kind::Node);
    if place.all_namespaces && !is_of_cluster {
        return Ok(());
    }
    let namespace = place.namespace.as_ref().unwrap_or(&access.namespace);
    let manner = Manner {
        patience,
        page_size: PageSize(NonZeroU64::new(PAGE)),
    };
    list_names(&access, manner, kind, namespace, begun, tell).await
}

async fn of_eks(place: &Place, limit: Duration, tell: &mut dyn FnMut(Vec<String>)) -> Result<()> {
    let patience = Patience::Whole(limit);
    let (identity, context) = match Access::load(&place.flags, patience) {
        Ok(access) => (access.identity, access.context),
        // The flags may name the cluster.
        Err(_) => (EksIdentity::default(), String::new()),
    };
    let environment = |name: &str| std::env::var(name).ok();
    let target = EksTarget::resolve(&identity, &context, &place.eks, environment);
    tell(eks_api::names(&target, patience).await);
    Ok(())
}

/// Runs what waits for servers to its end.
fn waited(reading: impl Future<Output = Result<()>>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::new(ErrorKind::Cluster, error.to_string()))?;
    let outcome = runtime.block_on(reading);
    runtime.shutdown_background();
    outcome
}

/// The names that may be offered, each once.
fn good(found: Vec<String>, wanted: Wanted) -> Vec<String> {
    let is_good = |name: &String| match wanted {
        Wanted::Objects(Kind::Namespace) => names::is_namespace(name),
        Wanted::Objects(_) => names::is_object(name),
        _ => is_plain(name),
    };
    let sorted: BTreeSet<String> = found.into_iter().filter(is_good).collect();
    sorted.into_iter().collect()
}

/// Whether every shell takes the name as it stands, for one word that is no flag.
fn is_plain(name: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    name.len() <= LONGEST
        && name.starts_with(is_letter)
        && name.chars().all(|letter| {
            is_letter(letter) || matches!(letter, '-' | '.' | ':' | '/' | '@' | '+' | '=')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_a_shell_would_not_take_as_they_stand_are_left_out() {
        for (name, wanted) in [
            ("prod", true),
            ("arn:aws:eks:eu-west-1:111122223333:cluster/prod", true),
            ("me@prod.eu-west-1.eksctl.io", true),
            ("", false),
            ("-prod", false),
            ("=prod", false),
            ("a b", false),
            ("$(id)", false),
            ("a;id", false),
            ("a\nb", false),
            ("a\u{1b}[2J", false),
            ("a\u{202e}b", false),
            ("it's", false),
            ("~root", false),
        ] {
            assert_eq!(is_plain(name), wanted, "{name:?}");
        }
        assert!(!is_plain(&"a".repeat(LONGEST + 1)));
    }

    #[test]
    fn names_come_sorted_each_once_and_only_where_kubernetes_takes_them() {
        let found = ["web-2", "web-1", "web-2", "Web", "a\tb", ":4"].map(str::to_owned);
        let pods = Wanted::Objects(Kind::Pod);
        assert_eq!(good(found.to_vec(), pods), ["web-1", "web-2"]);
    }

    #[test]
    fn the_demo_has_names_of_every_sort() {
        let names = |namespace: Option<&str>, wanted| {
            let place = Place {
                demo: true,
                namespace: namespace.map(str::to_owned),
                ..Place::default()
            };
            let mut told = Vec::new();
            let limit = Duration::from_secs(1);
            tell(&place, wanted, "", limit, &mut |names| told.extend(names)).expect("the demo");
            told
        };
        let has = |names: Vec<String>, name: &str| names.iter().any(|found| found == name);
        assert!(has(names(None, Wanted::Objects(Kind::Namespace)), "shop"));
        assert!(has(names(None, Wanted::Objects(Kind::Pod)), "cart-0"));
        assert!(has(
            names(Some("shop"), Wanted::Objects(Kind::Pod)),
            "cart-0"
        ));
        assert!(!has(
            names(Some("batch"), Wanted::Objects(Kind::Pod)),
            "cart-0"
        ));
        assert!(has(
            names(Some("shop"), Wanted::Objects(Kind::StatefulSet)),
            "cart"
        ));
        assert!(!has(
            names(Some("shop"), Wanted::Objects(Kind::Deployment)),
            "cart"
        ));
        assert!(!names(None, Wanted::Objects(Kind::Node)).is_empty());
        assert!(!names(None, Wanted::Profiles).is_empty());
    }
}
