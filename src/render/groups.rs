//! Which pods share a story, and how those of one workload differ.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::page::Page;
use super::style::Role;
use super::words::{Tally, is_finished, severity, shown_reason};
use crate::decision::finding::Severity;
use crate::decision::reason::Reason;
use crate::report::PodReport;

/// Pods by workload, in the order of the report; a pod without owner is by itself.
pub(super) fn workloads<'a>(pods: impl Iterator<Item = &'a PodReport>) -> Vec<Vec<&'a PodReport>> {
    let mut workloads: Vec<Vec<&PodReport>> = Vec::new();
    let mut places = BTreeMap::new();
    for pod in pods {
        match &pod.owner {
            Some(owner) => {
                let place = *places.entry((&pod.namespace, owner)).or_insert_with(|| {
                    workloads.push(Vec::new());
                    workloads.len() - 1
                });
                workloads[place].push(pod);
            }
            None => workloads.push(vec![pod]),
        }
    }
    workloads
}

/// The pods of a workload by what is told about them; worst first.
pub(super) fn groups<'a>(pods: &[&'a PodReport]) -> Vec<Vec<&'a PodReport>> {
    let mut groups: Vec<Vec<&PodReport>> = Vec::new();
    for pod in pods {
        match groups.iter_mut().find(|group| is_same_story(group[0], pod)) {
            Some(group) => group.push(pod),
            None => groups.push(vec![pod]),
        }
    }
    groups.sort_by_key(|group| severity(group[0]));
    groups
}

fn is_same_story(one: &PodReport, other: &PodReport) -> bool {
    let kind = |pod: &PodReport| pod.placement.as_ref().map(|placement| placement.kind);
    let errors = |pod: &PodReport| -> BTreeSet<Reason> {
        let errors = pod
            .findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error);
        errors.map(|finding| finding.reason).collect()
    };
    one.reason == other.reason
        && one.certainty == other.certainty
        && kind(one) == kind(other)
        && one.expected.kind == other.expected.kind
        && is_finished(one) == is_finished(other)
        && errors(one) == errors(other)
}

/// One line that says how the pods of a workload differ: `2 of 3 replicas on Fargate, 1 on EC2 (ng-1)`.
pub(super) fn differences(
    workload: &[&PodReport],
    groups: &[Vec<&PodReport>],
    page: &mut Page<'_>,
) -> io::Result<()> {
    let first = workload[0];
    let mut by_size: Vec<&Vec<&PodReport>> = groups.iter().collect();
    by_size.sort_by_key(|group| std::cmp::Reverse(group.len()));
    let what = match first.owner.as_ref().map(|owner| owner.kind.as_str()) {
        Some("Deployment" | "ReplicaSet" | "StatefulSet") => "replicas",
        _ => "pods",
    };
    let places: Vec<String> = by_size
        .iter()
        .map(|group| Tally::of(group.iter().copied()).places().join(", "))
        .collect();
    // Where the places are the same, the reasons are what differs.
    let same_places = places.iter().collect::<BTreeSet<_>>().len() < places.len();
    let parts: Vec<String> = by_size
        .iter()
        .zip(&places)
        .enumerate()
        .map(|(index, (group, place))| {
            let count = match index {
                0 => format!("{} of {} {what}", group.len(), workload.len()),
                _ => group.len().to_string(),
            };
            let reason = shown_reason(group[0]);
            match same_places {
                true => format!("{count} {place}: {reason}"),
                false => format!("{count} {place}"),
            }
        })
        .collect();
    let separator = if same_places { "; " } else { ", " };
    let owner = match &first.owner {
        Some(owner) => format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        None => first.name.clone(),
    };
    let lead = format!("{owner} in {}:", first.namespace);
    page.led(
        0,
        Some((Role::Heading, &lead)),
        &parts.join(separator),
        usize::MAX,
    )
}
