//! All that would be created again, as a selector sees it: groups that are alike, those asked about and those beside them.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::group::{Group, LabelMap, Standing};
use super::keys::{POD_OF_STATEFUL_SET, can_be_asked_for, is_lasting};
use crate::decision::facts::names::is_namespace;
use crate::decision::facts::{
    ClusterSnapshot, ObjectRef, Pod, PodPhase, ProfileStatus, Subject, Workload, WorkloadKind,
};
use crate::decision::finding::Certainty;
use crate::decision::placement::fate::{Fate, fate};
use crate::decision::placement::matching::matching_profiles;
use crate::decision::placement::{Cluster, PlacementKind, PodCase};
use crate::decision::reason::Reason;

/// What the question names.
pub struct Asked<'q> {
    /// What was found of it.
    pub subjects: &'q [Subject],
    /// Whether it was named, and not just in scope.
    pub by_name: bool,
    /// StatefulSets, by namespace and name, whose pods are told from others by their own names, and one by one.
    pub one_by_one: &'q BTreeSet<(String, String)>,
}

/// Puts all pods and templates of the snapshot into groups, sorted by namespace, object and labels.
pub fn groups<'a>(snapshot: &'a ClusterSnapshot, asked: &Asked<'_>) -> Vec<Group<'a>> {
    let mut pods = BTreeSet::new();
    let mut templates = BTreeSet::new();
    for subject in asked.subjects {
        match subject {
            Subject::Pod(index) => {
                pods.insert(*index);
            }
            Subject::Template(key) => {
                let (kind, namespace, name) = &**key;
                templates.insert((*kind, namespace.as_str(), name.as_str()));
            }
            Subject::Node(_) => {}
        }
    }
    let cluster = Arc::new(Cluster::of(snapshot));
    let mut crowd = Crowd::default();
    let divided = divided_stateful_sets(snapshot, &pods, asked.by_name);
    for (index, pod) in snapshot.pods.iter().enumerate() {
        let case = PodCase::of_pod(&cluster, pod);
        let is_asked = pods.contains(&index) && (asked.by_name || is_elsewhere(&case));
        if !is_asked && pod.is_finished() {
            // What comes after it is made from the template, which stands for itself.
            continue;
        }
        let set = stateful_set(pod);
        let is_divided = divided.contains(&set)
            || set.is_some_and(|(namespace, name)| {
                let set = (namespace.to_owned(), name.to_owned());
                asked.one_by_one.contains(&set)
            });
        crowd.add(case, is_asked, asked.by_name, is_divided);
    }
    for workload in snapshot.workloads.values() {
        let key = (
            workload.kind,
            workload.namespace.as_str(),
            workload.name.as_str(),
        );
        let is_asked = templates.contains(&key);
        if is_asked || stands_for_itself(workload) && !crowd.makers.contains(&owned(workload)) {
            crowd.add(
                PodCase::of_template(&cluster, workload),
                is_asked,
                asked.by_name,
                false,
            );
        }
    }
    crowd.finish(asked.by_name)
}

/// What makes two pods alike.
type Likeness = (String, ObjectRef, Standing, LabelMap);

#[derive(Default)]
struct Crowd<'a> {
    groups: BTreeMap<Likeness, Group<'a>>,
    /// Workloads whose template is in a group already, through a pod.
    makers: BTreeSet<(WorkloadKind, String, String)>,
}

impl<'a> Crowd<'a> {
    fn add(&mut self, case: PodCase<'a>, is_asked: bool, by_name: bool, is_divided: bool) {
        let standing = standing(&case, is_asked, by_name);
        let mut labels = LabelMap::from(&case.recreated.labels);
        if case.recreated.profile_label().is_none() {
            labels.retain(|key, _| key != crate::decision::facts::pod::PROFILE_LABEL);
        }
        let maker = case.chain.top.as_ref().and_then(|owner| owner.known);
        let mut lasting = labels.clone();
        lasting.retain(|key, value| {
            (is_lasting(key, maker) || is_divided && key == POD_OF_STATEFUL_SET)
                && can_be_asked_for(key, value)
        });
        let namespace = case.pod.namespace.to_string();
        let object = case.workload_object();
        if !case.is_template() && standing != Standing::Over {
            self.makers.extend(case.chain.maker().map(owned));
        }
        let is_pod = !case.is_template() && !case.pod.is_finished();
        let name = case.pod.name.clone();
        let on_fargate = usize::from(is_pod && case.is_on_fargate());
        let likeness = (
            namespace.clone(),
            object.clone(),
            standing.clone(),
            lasting.clone(),
        );
        let claimed = usize::from(is_pod && case.pod.is_claimed());
        let lost = is_pod.then(|| lost_claim(&case)).flatten();
        let is_waiting = case.placement_kind() == Some(PlacementKind::FargatePending);
        let kind = match &case.chain.top {
            Some(owner) => owner.kind.clone(),
            None if case.is_template() => case
                .template_of
                .map(|workload| workload.kind.as_str().to_owned())
                .unwrap_or_default(),
            None => "Pod".to_owned(),
        };
        let group = match self.groups.entry(likeness) {
            Entry::Vacant(place) => place.insert(Group {
                namespace,
                object,
                kind,
                labels,
                lasting,
                standing,
                pods: Vec::new(),
                on_fargate: 0,
                claimed: 0,
                lost: Vec::new(),
                leaving: 0,
                is_part: false,
                case,
            }),
            Entry::Occupied(place) => {
                let group = place.into_mut();
                // A pod that lives speaks for the group better than one that has ended.
                if is_pod && group.pods.is_empty() {
                    group.case = case;
                }
                group
            }
        };
        if is_pod {
            group.pods.push(name);
            group.on_fargate += on_fargate;
            group.claimed += claimed;
        }
        if let Some((profile, fate)) = lost {
            group.note_claim(&profile, fate, is_waiting);
        }
    }

    fn finish(mut self, by_name: bool) -> Vec<Group<'a>> {
        if !by_name {
            self.join_fellows();
        }
        let mut groups: Vec<_> = self.groups.into_values().collect();
        let beside: BTreeSet<(String, ObjectRef)> = groups
            .iter()
            .filter(|group| group.standing == Standing::Bystander && !group.pods.is_empty())
            .map(|group| (group.namespace.clone(), group.object.clone()))
            .collect();
        for group in &mut groups {
            group.pods.sort_unstable();
            group.is_part = group.is_asked_about()
                && beside.contains(&(group.namespace.clone(), group.object.clone()));
        }
        groups
    }

    /// Where a workload is asked about because some of its pods run on EC2, the others are meant too: they come of the same
    /// template.
    fn join_fellows(&mut self) {
        let wanted: Vec<Likeness> = self
            .groups
            .keys()
            .filter(|(_, _, standing, _)| *standing == Standing::Wanted)
            .cloned()
            .collect();
        for likeness in wanted {
            let (namespace, object, _, labels) = likeness.clone();
            let fellows = (namespace, object, Standing::Bystander, labels);
            if let Some(fellows) = self.groups.remove(&fellows)
                && let Some(group) = self.groups.get_mut(&likeness)
            {
                group.join(fellows);
            }
        }
    }
}

/// The StatefulSet that a pod belongs to, by namespace and name.
fn stateful_set(pod: &Pod) -> Option<(&str, &str)> {
    let owner = pod.controller()?;
    let kind = WorkloadKind::of(&owner.api_version, &owner.kind)?;
    (kind == WorkloadKind::StatefulSet).then_some((pod.namespace.as_str(), owner.name.as_str()))
}

/// The StatefulSets of which only some pods are named: the label with the pod's name, which each pod has again when it is created
/// anew, tells those from the others.
fn divided_stateful_sets<'s>(
    snapshot: &'s ClusterSnapshot,
    asked: &BTreeSet<usize>,
    by_name: bool,
) -> BTreeSet<Option<(&'s str, &'s str)>> {
    let of_set = |is_asked: bool| -> BTreeSet<Option<(&str, &str)>> {
        let pods = snapshot.pods.iter().enumerate();
        pods.filter(|(index, pod)| asked.contains(index) == is_asked && !pod.is_finished())
            .map(|(_, pod)| stateful_set(pod))
            .filter(|set| set.is_some())
            .collect()
    };
    if !by_name {
        return BTreeSet::new();
    }
    of_set(true).intersection(&of_set(false)).copied().collect()
}

fn owned(workload: &Workload) -> (WorkloadKind, String, String) {
    (
        workload.kind,
        workload.namespace.clone(),
        workload.name.clone(),
    )
}

/// Whether pods may come of a workload that has none now, and nobody else answers for it.
fn stands_for_itself(workload: &Workload) -> bool {
    workload.controller().is_none() && !has_ended(workload)
}

/// Whether a Job has ended, by its conditions or, where those were not read, by its pods: one has succeeded, and none is left.
fn has_ended_by_its_pods(snapshot: &ClusterSnapshot, workload: &Workload) -> bool {
    if has_ended(workload) || workload.kind != WorkloadKind::Job {
        return has_ended(workload);
    }
    let is_of_it = |pod: &&Pod| {
        pod.namespace == workload.namespace
            && pod.controller().is_some_and(|owner| {
                owner.kind == WorkloadKind::Job.as_str() && owner.name == workload.name
            })
    };
    let mut has_succeeded = false;
    for pod in snapshot.pods.iter().filter(is_of_it) {
        if !pod.is_finished() {
            return false;
        }
        has_succeeded |= pod.phase == PodPhase::Succeeded;
    }
    has_succeeded
}

fn has_ended(workload: &Workload) -> bool {
    let is_true = |kind: &str| {
        workload
            .condition(kind)
            .is_some_and(|condition| condition.status == "True")
    };
    workload.kind == WorkloadKind::Job && (is_true("Complete") || is_true("Failed"))
}

/// Whether a pod runs on EC2, or on a node that may be one, or waits for another scheduler than Fargate's, or for a profile that
/// is gone.
fn is_elsewhere(case: &PodCase<'_>) -> bool {
    let is_elsewhere = match case.placement_kind() {
        Some(PlacementKind::EC2 | PlacementKind::OtherNode | PlacementKind::Pending) => true,
        Some(PlacementKind::FargatePending) => fate(case).is_some(),
        _ => false,
    };
    is_elsewhere && !case.pod.is_finished()
}

/// The profile that claimed a pod, where it is lost to the pod.
fn lost_claim(case: &PodCase<'_>) -> Option<(String, Fate)> {
    let profile = case.pod.profile_label()?.to_owned();
    Some((profile, fate(case)?))
}

fn standing(case: &PodCase<'_>, is_asked: bool, by_name: bool) -> Standing {
    let never = why_never(case);
    let is_over = is_over(case);
    if !is_asked {
        return if never.is_some() || is_over {
            Standing::Untouchable
        } else {
            Standing::Bystander
        };
    }
    if is_over {
        return Standing::Over;
    }
    if let Some(reason) = never {
        return Standing::Never(reason);
    }
    if let Some(profile) = claimant(case) {
        return Standing::Claimed(profile);
    }
    if !by_name && is_refused(case) {
        return Standing::LeftOut;
    }
    Standing::Wanted
}

/// Whether Fargate would refuse it for sure, or likely.
pub fn is_refused(case: &PodCase<'_>) -> bool {
    case.recreated_blockers
        .iter()
        .any(|blocker| blocker.certainty != Certainty::Undecided)
}

fn why_never(case: &PodCase<'_>) -> Option<Reason> {
    if case.chain.is_daemon_set() {
        Some(Reason::DaemonSetPod)
    } else if case.pod.is_static() {
        Some(Reason::StaticPod)
    } else if case.recreated.is_opted_out() {
        Some(Reason::OptedOut)
    } else if case.recreated.spec.node_name.is_some() {
        Some(Reason::NodeNamePreset)
    } else if !is_namespace(&case.pod.namespace) {
        // In a selector it would be a pattern, or what EKS refuses.
        Some(Reason::NamespaceNotSelected)
    } else {
        None
    }
}

/// Whether nothing of it will be created again: a pod that has ended or is being deleted, and that nobody makes anew.
fn is_over(case: &PodCase<'_>) -> bool {
    let is_alone = case.chain.top.is_none();
    let is_of_job = case
        .chain
        .top
        .as_ref()
        .is_some_and(|owner| owner.known == Some(WorkloadKind::Job));
    if let Some(workload) = case.template_of {
        return has_ended_by_its_pods(case.snapshot, workload);
    }
    case.pod.is_finished() && (is_alone || is_of_job) || case.pod.is_terminating() && is_alone
}

/// The profile that claims it when it is created again: the first by name of those that match and are, or will soon be, ACTIVE.
pub fn claimant(case: &PodCase<'_>) -> Option<String> {
    let labels = &case.recreated.labels;
    let named = case.recreated.profile_label();
    matching_profiles(&case.snapshot.profiles, &case.pod.namespace, labels)
        .into_iter()
        .filter(|found| named.is_none_or(|name| name == found.profile.name))
        .find(|found| {
            found.profile.is_active() || found.profile.status == Some(ProfileStatus::Creating)
        })
        .map(|found| found.profile.name.clone())
}
