//! The smallest profile that claims what was asked about, and nobody else.
//!
//! Profiles cannot be edited, so what is proposed is always a new one. What is asked about is taken as it would be if it were
//! created again; the rest of what was read must not be claimed. Exactness first, then few selectors, then few pairs, then keys
//! that last.

mod advice;
mod answer;
mod crowd;
mod group;
mod hazard;
mod keys;
mod naming;
mod points;
mod sight;
mod widen;

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{
    ClusterSnapshot, FargateProfile, Labels, ObjectRef, ProfileStatus, Selector, Subject,
};
use super::placement::expected::WebhookSight;
use super::placement::matching::matching_profiles;

pub use answer::{
    Alternative, Cheaper, Effect, Other, Proposal, QUOTAS, Quotas, Suggestion, Target, Unseen,
};
pub use crowd::{Asked, is_refused};
pub use group::{Group, LostClaim, Standing};
pub use keys::{POD_OF_STATEFUL_SET, Worth};
pub use naming::{Setting, problem_of};

/// More whole namespaces than these are told in one sentence.
const MOST_ALTERNATIVES: usize = 2;

/// Suggests profiles for what was asked about. A chosen name must have no [`problem_of`] it, and be free.
pub fn suggest<'a>(
    snapshot: &'a ClusterSnapshot,
    subjects: &[Subject],
    by_name: bool,
    chosen_name: Option<&str>,
) -> Suggestion<'a> {
    let groups = |one_by_one: &BTreeSet<(String, String)>| {
        let asked = Asked {
            subjects,
            by_name,
            one_by_one,
        };
        crowd::groups(snapshot, &asked)
    };
    let mut found = groups(&BTreeSet::new());
    let blurred = stateful_sets_that_blur(&found);
    if !blurred.is_empty() {
        found = groups(&blurred);
    }
    let groups = found;
    let own_name = own_name(snapshot, &groups, chosen_name);
    let selectors = selectors(&groups, own_name.as_deref());
    let alternatives = alternatives(&selectors, &groups);
    let selectors: Vec<Selector> = selectors.iter().map(widen::Proposed::selector).collect();
    let proposals = proposals(snapshot, &groups, &selectors, own_name.as_deref());
    let unseen = sight::unseen(snapshot, &selectors);
    let certainty = sight::certainty(snapshot, &groups, &selectors, &unseen);
    let broken = broken(snapshot, &groups);
    let mut targets = Vec::new();
    let mut beside = Vec::new();
    for group in groups {
        if group.is_asked_about() && group.standing != Standing::LeftOut {
            targets.push(group);
        } else if group.is_to_be_spared() {
            beside.push(group);
        }
    }
    let alike = |group: &Group<'_>| -> Vec<ObjectRef> {
        targets
            .iter()
            .filter(|target| target.is_wanted() && cannot_be_told_from(target, group))
            .map(|target| target.object.clone())
            .collect()
    };
    let mut others = Vec::new();
    let mut left_out = Vec::new();
    for group in beside {
        match first_match(&proposals, &group) {
            Some((profile, _)) => others.push(Other {
                effect: effect(&group, &proposals[profile].name),
                alike: alike(&group),
                is_alike_for_lack_of_labels: targets.iter().any(|target| {
                    target.is_wanted()
                        && target.lasting.is_empty()
                        && target.namespace == group.namespace
                }),
                group,
            }),
            None if group.standing == Standing::LeftOut => left_out.push(group),
            None => {}
        }
    }
    // Pods of one template cannot be given labels of their own.
    let indistinct: BTreeSet<(String, ObjectRef)> = others
        .iter()
        .filter(|other| other.loses_its_place())
        .flat_map(|other| {
            let mut alike = other.alike.clone();
            alike.retain(|object| *object != other.group.object);
            let namespace = &other.group.namespace;
            alike
                .into_iter()
                .map(move |object| (namespace.clone(), object))
        })
        .collect();
    targets.extend(left_out);
    targets.sort_by(|a, b| (&a.namespace, &a.object).cmp(&(&b.namespace, &b.object)));
    let first_name = proposals.first().map(|proposal| proposal.name.clone());
    let targets = targets
        .into_iter()
        .map(|group| Target {
            claimed_by: group
                .is_wanted()
                .then(|| first_match(&proposals, &group))
                .flatten(),
            cheaper: advice::cheaper(&group),
            telling_label: first_name
                .as_ref()
                .filter(|_| group.is_wanted())
                .filter(|_| indistinct.contains(&(group.namespace.clone(), group.object.clone())))
                .and_then(|name| advice::telling_label(&group, name)),
            recreate: advice::recreate(&group),
            group,
        })
        .collect();
    Suggestion {
        snapshot,
        proposals,
        targets,
        others,
        alternatives,
        setting: naming::setting(&snapshot.profiles),
        unseen,
        certainty,
        deleting: snapshot
            .profiles
            .list
            .iter()
            .find(|profile| profile.is_deleting())
            .map(|profile| profile.name.clone()),
        creating: snapshot
            .profiles
            .list
            .iter()
            .find(|profile| profile.status == Some(ProfileStatus::Creating))
            .map(|profile| profile.name.clone()),
        broken,
        is_webhook_missing: WebhookSight::of(snapshot) == WebhookSight::Absent
            && snapshot.profiles.list.iter().any(FargateProfile::is_active),
    }
}

/// StatefulSets that have labels in common with others, and few enough pods for a selector each: the names of their pods stay.
fn stateful_sets_that_blur(groups: &[Group<'_>]) -> BTreeSet<(String, String)> {
    groups
        .iter()
        .filter(|group| {
            group.is_wanted() && group.kind == "StatefulSet" && group.pods.len() <= QUOTAS.selectors
        })
        .filter(|group| {
            groups
                .iter()
                .any(|other| other.is_to_be_spared() && cannot_be_told_from(group, other))
        })
        .map(|group| (group.namespace.clone(), group.object.name.clone()))
        .collect()
}

/// The selectors, exact as far as that is possible, widened only where that saves a profile.
fn selectors(groups: &[Group<'_>], own_name: Option<&str>) -> Vec<widen::Proposed> {
    let labels_of = |is_meant: &dyn Fn(&Group<'_>) -> bool| -> BTreeMap<String, Vec<_>> {
        let meant = groups
            .iter()
            .filter(|group| is_meant(group))
            .map(|group| (group.namespace.as_str(), &group.lasting));
        points::by_namespace(meant)
            .into_iter()
            .map(|(namespace, points)| (namespace.to_owned(), points))
            .collect()
    };
    let may_be_claimed = |group: &Group<'_>| {
        let named = group.named_profile();
        group.is_wanted() && named.is_none_or(|name| Some(name) == own_name)
    };
    let wanted = labels_of(&may_be_claimed);
    let spared = labels_of(&|group: &Group<'_>| group.is_to_be_spared());
    let mut exact = Vec::new();
    for (namespace, wanted) in &wanted {
        let spared = spared.get(namespace).map_or(&[][..], Vec::as_slice);
        for pairs in points::smallest(wanted, spared, QUOTAS.pairs) {
            let namespace = namespace.clone();
            exact.push(widen::Proposed { namespace, pairs });
        }
    }
    exact.sort();
    widen::widened(exact, groups, QUOTAS.selectors)
}

/// Namespaces of which all that can be claimed is wanted, and for which labels are proposed.
fn alternatives(selectors: &[widen::Proposed], groups: &[Group<'_>]) -> Vec<Alternative> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for selector in selectors {
        let is_labelled = !selector.pairs.is_empty() && !selector.has_wildcard();
        if is_labelled {
            *counts.entry(&selector.namespace).or_default() += 1;
        }
    }
    counts.retain(|namespace, _| {
        !groups
            .iter()
            .any(|group| group.is_to_be_spared() && group.namespace == **namespace)
    });
    if counts.is_empty() {
        return Vec::new();
    }
    let whole: Vec<Alternative> = counts
        .iter()
        .filter(|(_, replaces)| **replaces > 1)
        .map(|(namespace, replaces)| Alternative {
            namespaces: vec![(*namespace).to_owned()],
            replaces: *replaces,
        })
        .collect();
    let namespaces: Vec<&str> = counts.keys().copied().collect();
    let replaces = counts.values().sum();
    match widen::one_for_namespaces(&namespaces, groups) {
        Some(pattern) => vec![Alternative {
            namespaces: vec![pattern],
            replaces,
        }],
        None if whole.len() > MOST_ALTERNATIVES => vec![Alternative {
            namespaces: namespaces.into_iter().map(str::to_owned).collect(),
            replaces,
        }],
        None => whole,
    }
}

fn proposals(
    snapshot: &ClusterSnapshot,
    groups: &[Group<'_>],
    selectors: &[Selector],
    own_name: Option<&str>,
) -> Vec<Proposal> {
    if selectors.is_empty() {
        return Vec::new();
    }
    let taken: BTreeSet<&str> = snapshot
        .profiles
        .list
        .iter()
        .map(|profile| profile.name.as_str())
        .collect();
    let name = match own_name {
        Some(name) => name.to_owned(),
        None => {
            let behind = groups
                .iter()
                .filter(|group| {
                    selectors
                        .iter()
                        .any(|selector| widen::is_claimed(group, selector))
                })
                .filter_map(Group::claimed_by)
                .collect();
            naming::unique(&wished_name(groups), &taken, &behind)
        }
    };
    let chunks: Vec<&[Selector]> = selectors.chunks(QUOTAS.selectors).collect();
    naming::series(&name, chunks.len(), &taken)
        .into_iter()
        .zip(chunks)
        .map(|(name, selectors)| Proposal {
            name,
            selectors: selectors.to_vec(),
        })
        .collect()
}

/// The name that the profile has to have: the one that was chosen, else the one that all templates name by label, which are
/// claimed by no other.
fn own_name(
    snapshot: &ClusterSnapshot,
    groups: &[Group<'_>],
    chosen_name: Option<&str>,
) -> Option<String> {
    let wanted = groups.iter().filter(|group| group.is_wanted());
    let named: BTreeSet<Option<&str>> = wanted.map(Group::named_profile).collect();
    let of_templates = match named.into_iter().collect::<Vec<_>>().as_slice() {
        [Some(name)] => Some(*name),
        _ => None,
    };
    let is_free =
        |name: &&str| snapshot.profiles.find(name).is_none() && problem_of(name).is_none();
    chosen_name
        .or(of_templates.filter(is_free))
        .map(str::to_owned)
}

/// What the profile had best be called: as the workload, or the namespace.
fn wished_name(groups: &[Group<'_>]) -> String {
    let wanted = || groups.iter().filter(|group| group.is_wanted());
    let objects: BTreeSet<(&str, &ObjectRef)> = wanted()
        .map(|group| (group.namespace.as_str(), &group.object))
        .collect();
    let namespaces: BTreeSet<&str> = objects.iter().map(|(namespace, _)| *namespace).collect();
    let mut objects = objects.into_iter();
    let mut namespaces = namespaces.into_iter();
    match (
        objects.next(),
        objects.next(),
        namespaces.next(),
        namespaces.next(),
    ) {
        (Some((_, object)), None, ..) => object.name.clone(),
        (_, _, Some(namespace), None) => namespace.to_owned(),
        _ => "workloads".to_owned(),
    }
}

/// The first proposed profile and selector that match a group. A template that names another profile is matched by none.
fn first_match(proposals: &[Proposal], group: &Group<'_>) -> Option<(usize, usize)> {
    let named = group.named_profile();
    proposals
        .iter()
        .enumerate()
        .filter(|(_, proposal)| named.is_none_or(|name| name == proposal.name))
        .find_map(|(index, proposal)| {
            let selector = proposal
                .selectors
                .iter()
                .position(|selector| widen::is_claimed(group, selector))?;
            Some((index, selector))
        })
}

/// Profiles that match what is wanted, and failed.
fn broken(snapshot: &ClusterSnapshot, groups: &[Group<'_>]) -> BTreeMap<String, ProfileStatus> {
    groups
        .iter()
        .filter(|group| group.is_wanted())
        .flat_map(|group| {
            let labels = Labels::from(&group.labels);
            matching_profiles(&snapshot.profiles, &group.namespace, &labels)
        })
        .filter_map(|found| {
            let status = found.profile.status.clone()?;
            let has_failed = matches!(
                status,
                ProfileStatus::CreateFailed | ProfileStatus::DeleteFailed
            );
            has_failed.then(|| (found.profile.name.clone(), status))
        })
        .collect()
}

fn effect(group: &Group<'_>, proposed: &str) -> Effect {
    match group.claimed_by() {
        None => Effect::Claimed,
        Some(profile) if profile.as_str() < proposed => Effect::KeptBy(profile),
        Some(profile) => Effect::TakenFrom(profile),
    }
}

fn cannot_be_told_from(target: &Group<'_>, other: &Group<'_>) -> bool {
    target.namespace == other.namespace && points::has_all(&other.lasting, &target.lasting)
}
