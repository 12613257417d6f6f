//! A suggestion, as data.

use std::collections::BTreeMap;

use super::group::Group;
use super::naming::Setting;
use crate::decision::facts::{ClusterSnapshot, Kind, ObjectRef, ProfileStatus, Selector};
use crate::decision::finding::{Certainty, Fix};

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
    /// Whether one of those has no label at all that a selector could ask for.
    pub is_alike_for_lack_of_labels: bool,
}

impl Other<'_> {
    /// Whether the new profile claims it, though it was not asked about.
    pub fn loses_its_place(&self) -> bool {
        matches!(self.effect, Effect::Claimed | Effect::TakenFrom(_))
    }
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
    /// Whether the Services of the namespace were read: those may select by it too.
    pub are_services_read: bool,
}

/// Whole namespaces instead of the selectors that are proposed for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// The namespaces, a selector each; one may be a pattern for several.
    pub namespaces: Vec<String>,
    /// How many proposed selectors they would replace.
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
    /// A profile that is being created: as long as it is, no other can be.
    pub creating: Option<String>,
    /// Profiles that match what is wanted and do not work, with their status, by name.
    pub broken: BTreeMap<String, ProfileStatus>,
    /// Whether there are ACTIVE profiles, and the webhook by which EKS claims pods for them is gone.
    pub is_webhook_missing: bool,
}

impl Suggestion<'_> {
    /// Whether exactly what was asked about is claimed, and nobody else; `None` where too little was seen to tell.
    pub fn is_exact(&self) -> Option<bool> {
        if self.others.iter().any(Other::loses_its_place) {
            return Some(false);
        }
        let are_pods_seen = !self.unseen.iter().any(|unseen| unseen.kind == Kind::Pod);
        let is_seen = are_pods_seen && self.certainty != Certainty::Undecided;
        is_seen.then_some(true)
    }

    /// How many profiles the cluster has afterwards, where that is known.
    pub fn profiles_afterwards(&self) -> Option<usize> {
        let profiles = &self.snapshot.profiles;
        profiles
            .is_whole()
            .then(|| profiles.list.len() + self.proposals.len())
    }
}
