//! How findings name pods and their workloads, and the commands about them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::counted;
use crate::decision::facts::shell::{operand, option};
use crate::decision::facts::{ClusterSnapshot, Pod};
use crate::decision::finding::Command;
use crate::decision::placement::{Cluster, PlacementKind, PodCase};
use crate::decision::rules::{self, fix};
use crate::decision::survey::PodSight;

/// Workloads that are named in a sentence, and for which commands are given.
const NAMED: usize = 3;

/// A workload, or a pod without one: its namespace and `deployment/web`.
type Owner<'s> = (&'s str, String);

/// The workload of a pod as kubectl names it, `deployment/web`; `pod/web` where it has none.
fn owner<'s>(sight: &'s PodSight<'_>) -> Owner<'s> {
    let name = match &sight.owner {
        Some(owner) => format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        None => format!("pod/{}", sight.pod.name),
    };
    (sight.pod.namespace.as_str(), name)
}

fn owners<'s>(pods: &[&'s PodSight<'_>]) -> BTreeMap<Owner<'s>, usize> {
    let mut owners = BTreeMap::new();
    for sight in pods {
        *owners.entry(owner(sight)).or_default() += 1;
    }
    owners
}

/// Whether they are told as one thing: one workload, whatever its pods, or one pod.
pub(super) fn is_one(pods: &[&PodSight<'_>]) -> bool {
    owners(pods).len() == 1
}

/// `deployment/ledger in payments (2 pods on EC2)`; of several `5 pods on EC2 (deployment/web and deployment/api in shop)`.
pub(super) fn who(pods: &[&PodSight<'_>], place: &str) -> String {
    let place = match place {
        "" => String::new(),
        place => format!(" {place}"),
    };
    let owners = owners(pods);
    let namespaces: BTreeSet<&str> = owners.keys().map(|(namespace, _)| *namespace).collect();
    let within = match namespaces.len() {
        0..=NAMED => format!("in {}", rules::list(&namespaces)),
        many => format!("in {many} namespaces"),
    };
    let mut named = owners.iter();
    if let (Some(((_, name), count)), None) = (named.next(), named.next()) {
        return match name.starts_with("pod/") {
            true => format!("{name} {within}{place}"),
            false => format!("{name} {within} ({}{place})", counted(*count, "pod")),
        };
    }
    let count = counted(pods.len(), "pod");
    if owners.len() > NAMED {
        return format!("{count}{place} {within}");
    }
    let names = owners.keys().map(|(_, name)| name);
    format!("{count}{place} ({} {within})", rules::list(names))
}

/// Where pods are, in two words; empty where they are at several kinds of places.
pub(super) fn place_of(pods: &[&PodSight<'_>]) -> &'static str {
    let mut places = pods.iter().map(|sight| match sight.placement.kind {
        PlacementKind::EC2 => "on EC2",
        PlacementKind::HybridNode => "on a hybrid node",
        PlacementKind::OtherNode => "on another node",
        PlacementKind::Pending | PlacementKind::FargatePending => "on no node",
        PlacementKind::Rejected => "refused by a Fargate node",
        PlacementKind::Fargate => "on Fargate",
    });
    let first = places.next().unwrap_or_default();
    if places.all(|place| place == first) {
        first
    } else {
        ""
    }
}

/// The commands that make the pods of the first few workloads again. Of a pod without one there is none: it takes an edit.
pub(super) fn remake_commands<'a>(
    snapshot: &'a ClusterSnapshot,
    pods: impl IntoIterator<Item = &'a Pod>,
) -> Vec<Command> {
    let cluster = Arc::new(Cluster::of(snapshot));
    let mut commands: Vec<Command> = Vec::new();
    let mut owners = BTreeSet::new();
    for pod in pods.into_iter().filter(|pod| !pod.owners.is_empty()) {
        let owner = pod.controller().map(|owner| (&owner.kind, &owner.name));
        if !owners.insert((&pod.namespace, owner)) {
            continue;
        }
        if owners.len() > NAMED {
            break;
        }
        for command in fix::recreate(&PodCase::of_pod(&cluster, pod)).commands {
            if !commands.contains(&command) {
                commands.push(command);
            }
        }
    }
    commands
}

/// `kubectl fargate explain deployment/web -n shop` for the first few workloads.
pub(super) fn explain_commands(snapshot: &ClusterSnapshot, pods: &[&PodSight<'_>]) -> Vec<Command> {
    let flags = match snapshot.kubectl_flags.as_str() {
        "" => String::new(),
        flags => format!(" {flags}"),
    };
    owners(pods)
        .keys()
        .take(NAMED)
        .map(|(namespace, name)| {
            format!(
                "kubectl fargate explain {} {}{flags}",
                operand(name),
                option("-n", namespace)
            )
            .into()
        })
        .collect()
}
