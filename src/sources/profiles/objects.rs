//! Profile objects of the live cluster: what they tell where the EKS API could not be asked, and how it compares where it could.
//!
//! Such objects usually stand in a management cluster and describe others, so they count only where the cluster's name is known.

use serde_json::Value;

use super::choose::{choose, words};
use super::compare::{differences, only_in_one, source_words};
use super::controller::{ASKED_FOR, take_selectors};
use super::files::{joined, left_out};
use super::{
    Called, Candidate, Found, KnownCluster, Sourced, ack, cluster_api, crossplane, recognise, twins,
};
use crate::decision::facts::{
    FargateProfile, IN_PLACE_OF_EKS, ProfileKnowledge, ProfileOrigin, Profiles, SourceNote,
    SourceStatus,
};

/// A kind of object by which a controller makes Fargate profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProfileKind {
    /// The API group; any version of it is taken.
    pub group: &'static str,
    /// The kind.
    pub kind: &'static str,
    /// What it is called in paths.
    pub plural: &'static str,
    /// Whether its objects stand in namespaces.
    pub is_namespaced: bool,
    /// The controller, in words.
    pub controller: &'static str,
}

impl ProfileKind {
    /// `fargateprofiles.eks.services.k8s.aws`, as kubectl names it.
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.plural, self.group)
    }
}

const fn of_crossplane(group: &'static str, is_namespaced: bool) -> ProfileKind {
    ProfileKind {
        group,
        kind: "FargateProfile",
        plural: "fargateprofiles",
        is_namespaced,
        controller: "Crossplane",
    }
}

/// All of them.
pub const PROFILE_KINDS: [ProfileKind; 5] = [
    ProfileKind {
        group: ack::GROUP,
        kind: "FargateProfile",
        plural: "fargateprofiles",
        is_namespaced: true,
        controller: "AWS Controllers for Kubernetes",
    },
    of_crossplane(crossplane::GROUPS[0], false),
    of_crossplane(crossplane::GROUPS[1], true),
    of_crossplane(crossplane::GROUPS[2], false),
    ProfileKind {
        group: cluster_api::GROUP,
        kind: "AWSFargateProfile",
        plural: "awsfargateprofiles",
        is_namespaced: true,
        controller: "Cluster API",
    },
];

/// The objects of Cluster API that tell what its clusters are called in EKS.
pub const CONTROL_PLANES: ProfileKind = ProfileKind {
    group: cluster_api::CONTROL_PLANE_GROUP,
    kind: "AWSManagedControlPlane",
    plural: "awsmanagedcontrolplanes",
    is_namespaced: true,
    controller: "Cluster API",
};

/// The profile objects that were read.
#[derive(Debug, Default)]
pub struct ObjectProfiles {
    found: Vec<Sourced>,
    called: Vec<Called>,
    notes: Vec<SourceNote>,
    /// Not all objects were seen: a list was refused or broke off, an object was malformed.
    is_incomplete: bool,
}

impl ObjectProfiles {
    /// Takes an object of one of the kinds. An object that is malformed is noted.
    pub(in crate::sources) fn offer(&mut self, kind: &ProfileKind, version: &str, value: &Value) {
        let text = |pointer: &str| {
            let text = value.pointer(pointer).and_then(Value::as_str);
            text.filter(|text| !text.is_empty())
        };
        let full_name = kind.full_name();
        let name = text("/metadata/name").unwrap_or_default();
        let place = match text("/metadata/namespace") {
            Some(namespace) => format!("{full_name}/{name} in {namespace}"),
            None => format!("{full_name}/{name}"),
        };
        let api_version = format!("{}/{version}", kind.group);
        let Some(recognised) = recognise(Candidate {
            api_version: &api_version,
            kind: kind.kind,
            value,
            place: &place,
        }) else {
            return;
        };
        self.called.extend(recognised.called);
        for mut found in recognised.profiles {
            found.profile.origin = ProfileOrigin::Object(place.clone());
            if !is_confirmed(&found.profile, value) {
                take_selectors(
                    &mut found.profile,
                    ASKED_FOR,
                    "no controller has told of its object yet",
                );
            }
            self.found.push(Sourced {
                found,
                source: recognised.source,
            });
        }
        for problem in recognised.malformed {
            self.is_incomplete = true;
            self.notes.push(SourceNote {
                what: full_name.clone(),
                namespace: None,
                status: SourceStatus::Malformed,
                count: None,
                detail: Some(format!("{place}: {problem}")),
            });
        }
    }

    /// Notes how a list went. One that is not whole leaves open what else there is.
    pub(in crate::sources) fn note(&mut self, note: SourceNote) {
        self.is_incomplete |= note.status != SourceStatus::Read;
        self.notes.push(note);
    }

    /// Notes how a read went that tells no profile, so that nothing is left open by it.
    pub(in crate::sources) fn remark(&mut self, note: SourceNote) {
        self.notes.push(note);
    }

    /// Whether an object of this kind was read.
    pub(in crate::sources) fn has(&self, kind: &ProfileKind) -> bool {
        let name = kind.full_name();
        self.found
            .iter()
            .any(|sourced| is_of(&sourced.found.profile, &name))
    }

    /// Adds what another read gave.
    pub(in crate::sources) fn append(&mut self, mut other: Self) {
        self.found.append(&mut other.found);
        self.called.append(&mut other.called);
        self.notes.append(&mut other.notes);
        self.is_incomplete |= other.is_incomplete;
    }

    /// Puts the objects of the cluster in question together with what the EKS API said: they serve where it did not, and are
    /// compared with it where it did.
    pub(in crate::sources) fn merge_into(
        mut self,
        profiles: &mut Profiles,
        known: &KnownCluster,
    ) -> Vec<SourceNote> {
        if self.found.is_empty() {
            return self.notes;
        }
        if known.name.is_none() {
            self.are_of_unknown_cluster(profiles);
            return self.notes;
        }
        let mut found = std::mem::take(&mut self.found);
        let (mut ours, mut others) = (Vec::new(), Vec::new());
        for kind in &PROFILE_KINDS {
            let name = kind.full_name();
            let (of_kind, rest): (Vec<_>, Vec<_>) = found
                .into_iter()
                .partition(|sourced| is_of(&sourced.found.profile, &name));
            found = rest;
            let (chosen, left_out) = ours_of(of_kind, &self.called, known);
            ours.extend(chosen);
            others.push((name, left_out));
        }
        let said = match ours.is_empty() {
            true => Said::default(),
            false if profiles.knowledge == ProfileKnowledge::Unread => {
                self.stand_in(&ours, profiles)
            }
            false => self.compare(&ours, profiles),
        };
        for note in &mut self.notes {
            let is_list = matches!(note.status, SourceStatus::Read | SourceStatus::Partial);
            if !is_list || note.count.is_none_or(|count| count == 0) {
                continue;
            }
            let has_ours = ours.iter().any(|found| is_of(&found.profile, &note.what));
            let said = has_ours.then(|| said.of(&note.what)).flatten();
            let left_out = others.iter().filter(|(name, _)| *name == note.what);
            let mut remarks: Vec<String> = note.detail.take().into_iter().collect();
            remarks.extend(said);
            remarks.extend(left_out.flat_map(|(_, left_out)| left_out.iter().cloned()));
            note.detail = joined(&remarks);
        }
        self.notes
    }

    /// The EKS API was not read: the objects are all there is.
    fn stand_in(&self, ours: &[Found], profiles: &mut Profiles) -> Said {
        let knowledge = match self.is_incomplete {
            true => ProfileKnowledge::Partial,
            false => ProfileKnowledge::FromFiles,
        };
        let why = profiles.problem.take();
        let why = why.unwrap_or_else(|| "the EKS API was not asked".to_owned());
        let how_far = match self.is_incomplete {
            true => "stand in, but not all of them could be read",
            false => "stand in",
        };
        let (list, differ) = twins::together(ours);
        *profiles = Profiles {
            problem: Some(format!("{why}; profile objects in the cluster {how_far}")),
            remedy: profiles.remedy.take(),
            given_twice: joined(&differ),
            ..Profiles::new(list, knowledge)
        };
        Said::InPlace(format!("{IN_PLACE_OF_EKS}: {why}"))
    }

    /// The EKS API was read, and counts.
    fn compare(&self, ours: &[Found], profiles: &mut Profiles) -> Said {
        const EKS: &str = "the EKS API";
        let mut disagreements = Vec::new();
        let mut filled = Vec::new();
        let is_broken_off = profiles.knowledge == ProfileKnowledge::Partial;
        for Found { profile, .. } in ours.iter().filter(|found| found.profile.name_is_known) {
            let object = source_words(profile);
            let of_eks = profiles.list.iter();
            match of_eks
                .into_iter()
                .find(|of_eks| of_eks.name == profile.name)
            {
                // Its name was listed, and describing it was refused.
                Some(of_eks) if of_eks.selectors.is_none() => filled.push(object),
                Some(of_eks) => disagreements.extend(differences(of_eks, profile)),
                None if is_broken_off => filled.push(object),
                None => disagreements.push(only_in_one(profile, EKS, &object, false)),
            }
        }
        let (together, differ) = twins::together(ours);
        let mut has_filled = Vec::new();
        for profile in together.into_iter().filter(|profile| profile.name_is_known) {
            let of_eks = profiles.list.iter_mut();
            match of_eks
                .into_iter()
                .find(|of_eks| of_eks.name == profile.name)
            {
                Some(of_eks) if of_eks.selectors.is_none() => {
                    has_filled.push(profile.name.clone());
                    *of_eks = profile;
                }
                None if is_broken_off => {
                    has_filled.push(profile.name.clone());
                    profiles.list.push(profile);
                }
                _ => {}
            }
        }
        // Two objects of one that EKS told itself are each compared with that.
        let told_twice = differ.into_iter().filter(|sentence| {
            let mut names = has_filled.iter();
            names.any(|name| sentence.starts_with(&format!("profile {name} differs ")))
        });
        profiles.given_twice = joined(&told_twice.collect::<Vec<_>>());
        if !self.is_incomplete {
            let objects = "the profile objects in the cluster";
            let without = profiles.list.iter().filter(|of_eks| {
                of_eks.origin == ProfileOrigin::EksApi
                    && !ours.iter().any(|found| found.profile.name == of_eks.name)
            });
            disagreements.extend(without.map(|of_eks| only_in_one(of_eks, EKS, objects, true)));
        }
        profiles.list.sort_by(|a, b| a.name.cmp(&b.name));
        profiles
            .list
            .dedup_by(|later, first| later.name == first.name);
        // What the objects say may lag behind what is.
        if !filled.is_empty() && profiles.knowledge == ProfileKnowledge::Complete {
            profiles.knowledge = ProfileKnowledge::FromFiles;
        }
        disagreements.sort_by(|a, b| (&a.profile, &a.field).cmp(&(&b.profile, &b.field)));
        let differing = disagreements.iter().map(|each| each.other.clone());
        let said = Said::Compared {
            differing: differing.collect(),
            filled,
        };
        profiles.disagreements.append(&mut disagreements);
        said
    }

    /// Nothing tells which cluster this is, so nothing tells whether any of them is its own.
    fn are_of_unknown_cluster(&mut self, profiles: &mut Profiles) {
        let choice = choose(
            std::mem::take(&mut self.found),
            &self.called,
            &KnownCluster::default(),
        );
        let mut clusters: Vec<String> = match choice.undecided.as_slice() {
            [] => vec![words(&choice.cluster)],
            several => several.iter().map(words).collect(),
        };
        clusters.sort();
        clusters.dedup();
        let said = format!(
            "not used: they are of {}, and nothing tells whether that is this cluster; name it with --cluster-name",
            clusters.join("; ")
        );
        for note in &mut self.notes {
            if note.status == SourceStatus::Read && note.count.is_some_and(|count| count > 0) {
                note.detail = Some(said.clone());
            }
        }
        if profiles.knowledge == ProfileKnowledge::Unread {
            let problem = profiles.problem.take();
            profiles.problem = Some(match problem {
                Some(problem) => format!(
                    "{problem}; profile objects in it are of {}, which may be this cluster or not",
                    clusters.join("; ")
                ),
                None => said,
            });
        }
    }
}

/// What is said of the lists of objects, each with its own.
#[derive(Debug, Default)]
enum Said {
    /// None of them is of this cluster.
    #[default]
    Nothing,
    /// They stand in for the EKS API, and why.
    InPlace(String),
    /// They were compared with it.
    Compared {
        /// The object of each difference.
        differing: Vec<String>,
        /// The objects that told what it did not.
        filled: Vec<String>,
    },
}

impl Said {
    /// What is said of the objects of one kind.
    fn of(&self, full_name: &str) -> Option<String> {
        let (differing, filled) = match self {
            Self::Nothing => return None,
            Self::InPlace(sentence) => return Some(sentence.clone()),
            Self::Compared { differing, filled } => (differing, filled),
        };
        let of_kind = |objects: &[String]| {
            let objects = objects.iter();
            objects
                .filter(|object| is_object_of(object, full_name))
                .count()
        };
        let mut said = match of_kind(differing) {
            0 => "they agree with the EKS API".to_owned(),
            1 => "compared with the EKS API, which counts: 1 difference".to_owned(),
            count => format!("compared with the EKS API, which counts: {count} differences"),
        };
        if of_kind(filled) > 0 {
            said.push_str("; used for what the EKS API did not tell");
        }
        Some(said)
    }
}

/// The profiles of the cluster in question among those of one kind, and in words what was left out.
fn ours_of(
    found: Vec<Sourced>,
    called: &[Called],
    known: &KnownCluster,
) -> (Vec<Found>, Vec<String>) {
    let mut choice = choose(found, called, known);
    // Where it is not told at all whose a profile is, nothing speaks for ours.
    let (ours, others): (Vec<_>, Vec<_>) = std::mem::take(&mut choice.ours)
        .into_iter()
        .partition(|sourced| sourced.found.profile.cluster_name.is_some());
    for other in others {
        *choice.left_out.entry(words(&other.found.home)).or_default() += 1;
    }
    let mut left_out = left_out(&choice);
    if !choice.undecided.is_empty() {
        let clusters: Vec<String> = choice.undecided.iter().map(words).collect();
        left_out.push(format!(
            "not used: nothing tells which of these is meant: {}; name its region with --region",
            clusters.join("; ")
        ));
    }
    let ours = ours.into_iter().map(|sourced| sourced.found).collect();
    (ours, left_out)
}

/// Whether a controller has said anything of the profile itself: that it is there, and how it does.
fn is_confirmed(profile: &FargateProfile, object: &Value) -> bool {
    let conditions = object
        .pointer("/status/conditions")
        .and_then(Value::as_array);
    let is_said = |kind: &str| {
        let conditions = conditions.into_iter().flatten();
        conditions.into_iter().any(|condition| {
            condition.get("type").and_then(Value::as_str) == Some(kind)
                && condition.get("status").and_then(Value::as_str) == Some("True")
        })
    };
    profile.status.is_some()
        || profile.arn.is_some()
        || profile.created_at.is_some()
        || ["Ready", "ACK.ResourceSynced"].into_iter().any(is_said)
        // What else keeps its selectors from being sure has been said.
        || profile.gaps.iter().any(|gap| gap.field == "selectors")
}

fn is_of(profile: &FargateProfile, full_name: &str) -> bool {
    match &profile.origin {
        ProfileOrigin::Object(object) => is_object_of(object, full_name),
        _ => false,
    }
}

fn is_object_of(object: &str, full_name: &str) -> bool {
    object
        .strip_prefix(full_name)
        .is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
#[path = "objects_tests.rs"]
mod tests;
