//! Which pods are of one workload, and how those of one workload differ.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Range;

use super::alike::{Alike, put};
use super::crew::in_order;
use super::page::Page;
use super::style::Role;
use crate::report::model::OwnerReport;
use crate::report::{Entries, PodReport};

/// The pods of a workload; a pod without owner is by itself.
pub(super) struct Workload {
    namespace: String,
    owner: Option<OwnerReport>,
    /// The name of the first pod.
    name: String,
    /// The pods by what is told about them; worst first.
    pub(super) groups: Vec<Alike>,
}

/// Pods by workload, in the order of the report. Each is looked at once, and kept only where its story is told.
///
/// Errors: none, in fact; it is looked at as what is written.
pub(super) fn workloads(pods: &dyn Entries) -> io::Result<Vec<Workload>> {
    let mut workloads: Vec<Workload> = Vec::new();
    let mut places = BTreeMap::new();
    let make = |range: Range<usize>| -> Vec<PodReport> {
        range.map(|index| pods.entry(index).into_owned()).collect()
    };
    in_order(pods.len(), make, |piece| {
        for pod in piece {
            let place = match pod.owner.clone() {
                Some(owner) => *places
                    .entry((pod.namespace.clone(), owner))
                    .or_insert(workloads.len()),
                None => workloads.len(),
            };
            if place == workloads.len() {
                workloads.push(Workload {
                    namespace: pod.namespace.clone(),
                    owner: pod.owner.clone(),
                    name: pod.name.clone(),
                    groups: Vec::new(),
                });
            }
            put(&mut workloads[place].groups, pod);
        }
        Ok(())
    })?;
    for workload in &mut workloads {
        workload.groups.sort_by_key(Alike::severity);
    }
    Ok(workloads)
}

/// One line that says how the pods of a workload differ: `2 of 3 replicas on Fargate, 1 on EC2 (ng-1)`.
pub(super) fn differences(workload: &Workload, page: &mut Page<'_>) -> io::Result<()> {
    let all: usize = workload.groups.iter().map(|group| group.count).sum();
    let mut by_size: Vec<&Alike> = workload.groups.iter().collect();
    by_size.sort_by_key(|group| std::cmp::Reverse(group.count));
    let what = match workload.owner.as_ref().map(|owner| owner.kind.as_str()) {
        Some("Deployment" | "ReplicaSet" | "StatefulSet") => "replicas",
        _ => "pods",
    };
    let places: Vec<String> = by_size
        .iter()
        .map(|group| group.tally.places().join(", "))
        .collect();
    // Where the places are the same, the reasons are what differs.
    let same_places = places.iter().collect::<BTreeSet<_>>().len() < places.len();
    let parts: Vec<String> = by_size
        .iter()
        .zip(&places)
        .enumerate()
        .map(|(index, (group, place))| {
            let count = match index {
                0 => format!("{} of {all} {what}", group.count),
                _ => group.count.to_string(),
            };
            match same_places {
                true => format!("{count} {place}: {}", group.shown_reason()),
                false => format!("{count} {place}"),
            }
        })
        .collect();
    let separator = if same_places { "; " } else { ", " };
    let owner = match &workload.owner {
        Some(owner) => format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        None => workload.name.clone(),
    };
    let lead = format!("{owner} in {}:", workload.namespace);
    page.led(
        0,
        Some((Role::Heading, &lead)),
        &parts.join(separator),
        usize::MAX,
    )
}
