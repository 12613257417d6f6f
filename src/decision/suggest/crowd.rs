//! All that would be created again, as a selector sees it: groups that are alike, those asked about and those beside them.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::keys::{POD_OF_STATEFUL_SET, can_be_asked_for, is_lasting};
use crate::decision::facts::{
    ClusterSnapshot, Fit, ObjectRef, Pod, ProfileStatus, Subject, Workload, WorkloadKind,
};
use crate::decision::finding::Certainty;
use crate::decision::placement::matching::matching_profiles;
use crate::decision::placement::{PlacementKind, PodCase};
use crate::decision::reason::Reason;

/// Labels by key.
pub type Labels = BTreeMap<String, String>;

/// What a group is to the question.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Asked about, and no profile claims it yet.
    Wanted,
    /// Asked about without a name; Fargate would refuse it, so it is left where it is.
    LeftOut,
    /// Asked about, and claimed already by this profile when it is created again.
    Claimed(String),
    /// Asked about, and no profile can claim it.
    Never(Reason),
    /// Asked about, and nothing of it will be created again.
    Over,
    /// Not asked about.
    Bystander,
    /// Not asked about, and no profile can claim it, or nothing of it will be created again.
    Untouchable,
}

/// Pods and templates that are alike: of one workload, with the same labels when they are created again.
pub struct Group<'a> {
    /// The namespace.
    pub namespace: String,
    /// The workload, as far up as it is known; a pod that nobody owns.
    pub object: ObjectRef,
    /// Its kind as Kubernetes writes it, for example `Deployment`.
    pub kind: String,
    /// Its labels when it is created again.
    pub labels: Labels,
    /// Those of them that a selector can ask for.
    pub lasting: Labels,
    /// What it is to the question.
    pub standing: Standing,
    /// The names of the pods, sorted; none for a template.
    pub pods: Vec<String>,
    /// How many of them run on Fargate.
    pub on_fargate: usize,
    /// How many of them a profile has claimed, on a node or not.
    pub claimed: usize,
    /// One of them, for all of them.
    pub case: PodCase<'a>,
}

impl Group<'_> {
    /// Whether it asks to be claimed.
    pub fn is_wanted(&self) -> bool {
        self.standing == Standing::Wanted
    }

    /// Whether it must not be claimed if that can be helped.
    pub fn is_to_be_spared(&self) -> bool {
        matches!(self.standing, Standing::Bystander | Standing::LeftOut)
    }

    /// Whether it was asked about.
    pub fn is_asked_about(&self) -> bool {
        !matches!(self.standing, Standing::Bystander | Standing::Untouchable)
    }

    /// The profile that its template names by label, which then is the only one that may claim it.
    pub fn named_profile(&self) -> Option<&str> {
        self.case.recreated.profile_label()
    }

    /// The profile that claims it when it is created again, the first by name of those that match.
    pub fn claimed_by(&self) -> Option<String> {
        claimant(&self.case)
    }

    /// Profiles that may claim it already: their selectors are not known well enough to tell.
    pub fn unsure_profiles(&self) -> Vec<&str> {
        let profiles = &self.case.snapshot.profiles;
        let named = self.named_profile();
        profiles
            .list
            .iter()
            .filter(|profile| named.is_none_or(|name| name == profile.name))
            .filter(|profile| profile.fit(&self.namespace, &self.labels) == Fit::Unknown)
            .map(|profile| profile.name.as_str())
            .collect()
    }
}

/// What the question names.
pub struct Asked<'q> {
    /// What was found of it.
    pub subjects: &'q [Subject],
    /// Whether it was named, and not just in scope.
    pub by_name: bool,
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
            Subject::Template(kind, namespace, name) => {
                templates.insert((*kind, namespace.as_str(), name.as_str()));
            }
            Subject::Node(_) => {}
        }
    }
    let mut crowd = Crowd::default();
    let divided = divided_stateful_sets(snapshot, &pods, asked.by_name);
    for (index, pod) in snapshot.pods.iter().enumerate() {
        let case = PodCase::of_pod(snapshot, pod);
        let is_asked = pods.contains(&index) && (asked.by_name || is_elsewhere(&case));
        if !is_asked && pod.is_finished() {
            // What comes after it is made from the template, which stands for itself.
            continue;
        }
        let is_divided = divided.contains(&stateful_set(pod));
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
                PodCase::of_template(snapshot, workload),
                is_asked,
                asked.by_name,
                false,
            );
        }
    }
    crowd.finish(asked.by_name)
}

/// What makes two pods alike.
type Likeness = (String, ObjectRef, Standing, Labels);

#[derive(Default)]
struct Crowd<'a> {
    groups: BTreeMap<Likeness, Group<'a>>,
    /// Workloads whose template is in a group already, through a pod.
    makers: BTreeSet<(WorkloadKind, String, String)>,
}

impl<'a> Crowd<'a> {
    fn add(&mut self, case: PodCase<'a>, is_asked: bool, by_name: bool, is_divided: bool) {
        let standing = standing(&case, is_asked, by_name);
        let mut labels = case.recreated.labels.clone();
        if case.recreated.profile_label().is_none() {
            labels.retain(|key, _| key != crate::decision::facts::pod::PROFILE_LABEL);
        }
        let maker = case.chain.top.as_ref().and_then(|owner| owner.known);
        let mut lasting = labels.clone();
        lasting.retain(|key, value| {
            (is_lasting(key, maker) || is_divided && key == POD_OF_STATEFUL_SET)
                && can_be_asked_for(key, value)
        });
        let namespace = case.pod.namespace.clone();
        let object = case.workload_object();
        if !case.is_template() && standing != Standing::Over && !case.pod.is_finished() {
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
    }

    fn finish(mut self, by_name: bool) -> Vec<Group<'a>> {
        if !by_name {
            self.join_fellows();
        }
        let mut groups: Vec<_> = self.groups.into_values().collect();
        for group in &mut groups {
            group.pods.sort_unstable();
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
                group.pods.extend(fellows.pods);
                group.on_fargate += fellows.on_fargate;
                group.claimed += fellows.claimed;
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

fn has_ended(workload: &Workload) -> bool {
    let is_true = |kind: &str| {
        workload
            .condition(kind)
            .is_some_and(|condition| condition.status == "True")
    };
    workload.kind == WorkloadKind::Job && (is_true("Complete") || is_true("Failed"))
}

/// Whether a pod runs on EC2, or on a node that may be one, or waits for another scheduler than Fargate's.
fn is_elsewhere(case: &PodCase<'_>) -> bool {
    matches!(
        case.placement_kind(),
        Some(PlacementKind::EC2 | PlacementKind::OtherNode | PlacementKind::Pending)
    ) && !case.pod.is_finished()
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
        return has_ended(workload);
    }
    case.pod.is_finished() && (is_alone || is_of_job) || case.pod.is_terminating() && is_alone
}

/// The profile that claims it when it is created again: the first by name of those that match and are, or will soon be, ACTIVE.
fn claimant(case: &PodCase<'_>) -> Option<String> {
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
