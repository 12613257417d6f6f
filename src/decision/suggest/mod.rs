//! The smallest profile that claims what was asked about, and nobody else.
//!
//! Profiles cannot be edited, so what is proposed is always a new one. What is asked about is taken as it would be if it were
//! created again; the rest of what was read must not be claimed. Exactness first, then few selectors, then few pairs, then keys
//! that last.

mod crowd;
mod keys;
mod naming;
mod points;
mod widen;

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{ClusterSnapshot, Kind, ObjectRef, ProfileKnowledge, Selector, Subject};
use super::finding::{Certainty, Fix};
use super::placement::matching::near_misses;
use super::placement::{ExpectedKind, LabelMiss};
use super::rules::fix;

pub use crowd::{Asked, Group, Standing, is_refused};
pub use keys::Worth;
pub use naming::{Setting, problem_of};

/// The quotas that are minded. They are AWS's defaults; each can be raised on request.
///
/// Source: AWS, Amazon EKS service quotas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Fargate profiles of a cluster.
    pub profiles: usize,
    /// Selectors of a profile.
    pub selectors: usize,
    /// Label pairs of a selector.
    pub pairs: usize,
}

/// The defaults.
pub const QUOTAS: Quotas = Quotas {
    profiles: 10,
    selectors: 5,
    pairs: 5,
};

/// A profile to create.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// Its name.
    pub name: String,
    /// Its selectors.
    pub selectors: Vec<Selector>,
}

/// What happens to pods beside those asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Nothing claims them now; the new profile would when they are created again.
    Claimed,
    /// They match this profile too, which comes first by name and keeps them.
    KeptBy(String),
    /// They match this profile too, and the new one comes first by name.
    TakenFrom(String),
}

/// A group beside those asked about, that a proposed profile would match.
pub struct Other<'a> {
    /// The group.
    pub group: Group<'a>,
    /// What happens to it.
    pub effect: Effect,
    /// The groups asked about that cannot be told from it by labels, as objects.
    pub alike: Vec<ObjectRef>,
}

/// A group that was asked about.
pub struct Target<'a> {
    /// The group.
    pub group: Group<'a>,
    /// The proposed profile and its selector that claim it, by index.
    pub claimed_by: Option<(usize, usize)>,
    /// A label for its template by which an existing profile would claim it: cheaper than a new profile.
    pub cheaper: Option<Cheaper>,
    /// What its template would have to get so that it could be told from others.
    pub telling_label: Option<Fix>,
    /// How it is created again; `None` where that changes nothing.
    pub recreate: Option<Fix>,
}

/// One label for a template by which an existing profile claims its pods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cheaper {
    /// The profile.
    pub profile: String,
    /// The label's key.
    pub key: String,
    /// Its value.
    pub value: String,
    /// The command that gives it to the template.
    pub command: String,
}

/// A whole namespace instead of the selectors that are proposed for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// The namespace.
    pub namespace: String,
    /// How many proposed selectors it would replace.
    pub replaces: usize,
}

/// What was not seen, and may be claimed as well.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unseen {
    /// The kind.
    pub kind: Kind,
    /// The namespace; `None` for all.
    pub namespace: Option<String>,
}

/// The answer, as data.
pub struct Suggestion<'a> {
    /// What it was made from.
    pub snapshot: &'a ClusterSnapshot,
    /// The profiles to create; none where there is nothing to be claimed.
    pub proposals: Vec<Proposal>,
    /// What was asked about.
    pub targets: Vec<Target<'a>>,
    /// Who else would be matched.
    pub others: Vec<Other<'a>>,
    /// Whole namespaces that could be claimed with fewer selectors.
    pub alternatives: Vec<Alternative>,
    /// Role and subnets.
    pub setting: Setting,
    /// What was not seen.
    pub unseen: Vec<Unseen>,
    /// How sure it is that exactly the wanted ones are claimed.
    pub certainty: Certainty,
    /// A profile that is being deleted: as long as it is there no other can be created.
    pub deleting: Option<String>,
}

impl Suggestion<'_> {
    /// Whether nobody else is claimed, as far as was seen.
    pub fn is_exact(&self) -> bool {
        !self
            .others
            .iter()
            .any(|other| matches!(other.effect, Effect::Claimed | Effect::TakenFrom(_)))
    }

    /// How many profiles the cluster has afterwards, where that is known.
    pub fn profiles_afterwards(&self) -> Option<usize> {
        let profiles = &self.snapshot.profiles;
        profiles
            .is_whole()
            .then(|| profiles.list.len() + self.proposals.len())
    }
}

/// Suggests profiles for what was asked about. A chosen name must have no [`problem_of`] it, and be free.
pub fn suggest<'a>(
    snapshot: &'a ClusterSnapshot,
    subjects: &[Subject],
    by_name: bool,
    chosen_name: Option<&str>,
) -> Suggestion<'a> {
    let groups = crowd::groups(snapshot, &Asked { subjects, by_name });
    let selectors = selectors(&groups);
    let alternatives = alternatives(&selectors, &groups);
    let selectors: Vec<Selector> = selectors.iter().map(widen::Proposed::selector).collect();
    let proposals = proposals(snapshot, &groups, &selectors, chosen_name);
    let unseen = unseen(snapshot, &selectors);
    let certainty = certainty(snapshot, &groups, &selectors, &unseen);
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
                group,
            }),
            None if group.standing == Standing::LeftOut => left_out.push(group),
            None => {}
        }
    }
    // Pods of one template cannot be given labels of their own.
    let indistinct: BTreeSet<(String, ObjectRef)> = others
        .iter()
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
            cheaper: cheaper(&group),
            telling_label: first_name
                .as_ref()
                .filter(|_| group.is_wanted())
                .filter(|_| indistinct.contains(&(group.namespace.clone(), group.object.clone())))
                .and_then(|name| telling_label(&group, name)),
            recreate: recreate(&group),
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
    }
}

/// The selectors, exact as far as that is possible, widened only where that saves a profile.
fn selectors(groups: &[Group<'_>]) -> Vec<widen::Proposed> {
    let labels_of = |is_meant: fn(&Group<'_>) -> bool| -> BTreeMap<String, Vec<_>> {
        let meant = groups
            .iter()
            .filter(|group| is_meant(group))
            .map(|group| (group.namespace.as_str(), &group.lasting));
        points::by_namespace(meant)
            .into_iter()
            .map(|(namespace, points)| (namespace.to_owned(), points))
            .collect()
    };
    let wanted = labels_of(|group| group.is_wanted());
    let spared = labels_of(|group| group.is_to_be_spared());
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
    counts
        .into_iter()
        .filter(|(namespace, _)| {
            !groups
                .iter()
                .any(|group| group.is_to_be_spared() && group.namespace == **namespace)
        })
        .map(|(namespace, replaces)| Alternative {
            namespace: namespace.to_owned(),
            replaces,
        })
        .collect()
}

fn proposals(
    snapshot: &ClusterSnapshot,
    groups: &[Group<'_>],
    selectors: &[Selector],
    chosen_name: Option<&str>,
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
    let name = match chosen_name {
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
            let (wish, is_fixed) = wished_name(groups);
            match is_fixed && !taken.contains(wish.as_str()) && problem_of(&wish).is_none() {
                true => wish,
                false => naming::unique(&wish, &taken, &behind),
            }
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

/// What the profile had best be called, and whether only that name does: a template that names its profile is claimed by no
/// other.
fn wished_name(groups: &[Group<'_>]) -> (String, bool) {
    let wanted = || groups.iter().filter(|group| group.is_wanted());
    let named: BTreeSet<Option<&str>> = wanted().map(Group::named_profile).collect();
    if let [Some(name)] = named.into_iter().collect::<Vec<_>>().as_slice() {
        return ((*name).to_owned(), true);
    }
    let objects: BTreeSet<(&str, &ObjectRef)> = wanted()
        .map(|group| (group.namespace.as_str(), &group.object))
        .collect();
    let namespaces: BTreeSet<&str> = objects.iter().map(|(namespace, _)| *namespace).collect();
    let mut objects = objects.into_iter();
    let mut namespaces = namespaces.into_iter();
    let wish = match (
        objects.next(),
        objects.next(),
        namespaces.next(),
        namespaces.next(),
    ) {
        (Some((_, object)), None, ..) => object.name.clone(),
        (_, _, Some(namespace), None) => namespace.to_owned(),
        _ => "workloads".to_owned(),
    };
    (wish, false)
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

/// The label that one existing profile asks for beyond what the template has, where one label is all that it lacks. A label that
/// the template has with another value is left alone, unless that looks like a slip: it means something there.
fn cheaper(group: &Group<'_>) -> Option<Cheaper> {
    if !group.is_wanted() || is_refused(&group.case) || group.named_profile().is_some() {
        return None;
    }
    let profiles = &group.case.snapshot.profiles;
    let owners: &[_] = &group.case.chain.workloads;
    let trials = near_misses(profiles, &group.namespace, &group.labels, owners);
    trials.iter().find_map(|trial| {
        let mut missing = trial.labels.iter().filter(|pair| !pair.matched);
        let (Some(pair), None) = (missing.next(), missing.next()) else {
            return None;
        };
        let profile = profiles.find(&trial.profile)?;
        let is_open = profile.selectors.as_ref()?.get(trial.selector)?.is_open();
        let is_certain = profile.is_active() && profile.name_is_known && !is_open;
        if !trial.namespace.matched || !is_certain || pair.miss == Some(LabelMiss::DifferentValue) {
            return None;
        }
        let command = fix::add_labels(&group.case, trial).commands.pop()?;
        Some(Cheaper {
            profile: trial.profile.clone(),
            key: pair.key.to_string(),
            value: pair.pattern.to_string(),
            command,
        })
    })
}

/// A label of its own for the template of a workload that cannot be told from others.
fn telling_label(group: &Group<'_>, profile: &str) -> Option<Fix> {
    let command = fix::label_template(&group.case, "fargate-profile", profile)?;
    Some(Fix {
        text: format!(
            "Give {} a label of its own, then ask again.",
            fix::template_name(&group.case)
        ),
        commands: vec![command],
    })
}

fn recreate(group: &Group<'_>) -> Option<Fix> {
    let is_there = !group.pods.is_empty() && group.pods.len() > group.on_fargate;
    match &group.standing {
        Standing::Wanted if is_there && !is_refused(&group.case) => {
            Some(fix::recreate(&group.case))
        }
        Standing::Claimed(_) if is_there && group.case.expected.kind == ExpectedKind::Fargate => {
            Some(fix::recreate(&group.case))
        }
        _ => None,
    }
}

/// The kinds that tell who may be claimed beside those asked about.
const BESIDE: [Kind; 6] = [
    Kind::Pod,
    Kind::Deployment,
    Kind::ReplicaSet,
    Kind::StatefulSet,
    Kind::Job,
    Kind::CronJob,
];

fn unseen(snapshot: &ClusterSnapshot, selectors: &[Selector]) -> Vec<Unseen> {
    let mut unseen = BTreeSet::new();
    for selector in selectors {
        for kind in BESIDE {
            let is_literal = selector.namespace.is_literal();
            let namespace = selector.namespace.as_str();
            let is_listed = match is_literal {
                true => snapshot.coverage.is_listed(kind, namespace),
                false => snapshot.coverage.is_listed_everywhere(kind),
            };
            if !is_listed && !is_read_elsewhere(snapshot, kind, namespace) {
                unseen.insert(Unseen {
                    kind,
                    namespace: is_literal.then(|| namespace.to_owned()),
                });
            }
        }
    }
    unseen.into_iter().collect()
}

/// Whether workloads of a kind were read in another namespace, and nothing says that it failed in this one: files hold such a
/// kind for all namespaces or for none. Pods are everywhere, so their absence says nothing.
fn is_read_elsewhere(snapshot: &ClusterSnapshot, kind: Kind, namespace: &str) -> bool {
    let mut workloads = snapshot.workloads.values();
    kind != Kind::Pod
        && snapshot.why_unread(kind, namespace).is_none()
        && workloads.any(|other| Kind::from(other.kind) == kind && other.namespace != namespace)
}

fn certainty(
    snapshot: &ClusterSnapshot,
    groups: &[Group<'_>],
    selectors: &[Selector],
    unseen: &[Unseen],
) -> Certainty {
    let is_unsure = |group: &&Group<'_>| group.is_wanted() && !group.unsure_profiles().is_empty();
    let has_wildcard = selectors.iter().any(|selector| {
        let mut pairs = selector.labels.iter();
        !selector.namespace.is_literal() || pairs.any(|pair| !pair.value.is_literal())
    });
    let is_sure = snapshot.profiles.knowledge == ProfileKnowledge::Complete
        && unseen.is_empty()
        && !has_wildcard
        && !groups.iter().any(|group| is_unsure(&group));
    match is_sure {
        true => Certainty::Certain,
        false => Certainty::Likely,
    }
}

#[cfg(test)]
mod tests;
