//! Groups of pods and templates that are alike, and what each is to the question.

use std::collections::BTreeMap;

use crate::decision::facts::Labels;
use crate::decision::facts::{Fit, ObjectRef};
use crate::decision::placement::PodCase;
use crate::decision::placement::fate::Fate;
use crate::decision::reason::Reason;

/// Labels by key.
pub type LabelMap = BTreeMap<String, String>;

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

/// Pods that wait by a claim that nobody honours any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostClaim {
    /// The profile that claimed them.
    pub profile: String,
    /// What became of it.
    pub fate: Fate,
    /// How many pods.
    pub pods: usize,
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
    pub labels: LabelMap,
    /// Those of them that a selector can ask for.
    pub lasting: LabelMap,
    /// What it is to the question.
    pub standing: Standing,
    /// The names of the pods, sorted; none for a template.
    pub pods: Vec<String>,
    /// How many of them run on Fargate.
    pub on_fargate: usize,
    /// How many of them a profile has claimed, on a node or not.
    pub claimed: usize,
    /// Claims by which pods wait for good: their profile is gone, is going, or was made anew.
    pub lost: Vec<LostClaim>,
    /// How many run on Fargate by a profile that is being deleted, which takes them with it.
    pub leaving: usize,
    /// Whether others of the same workload were not asked about.
    pub is_part: bool,
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

    /// How many of its pods wait for good by a claim that is lost.
    pub fn stranded(&self) -> usize {
        self.lost.iter().map(|claim| claim.pods).sum()
    }

    /// Whether pods of it are there that a new claim would bring to Fargate: unclaimed ones, or such as lose their claim.
    pub fn has_pods_to_move(&self) -> bool {
        self.pods.len() + self.stranded() + self.leaving > self.claimed
    }

    /// Notes that pods lose their claim.
    pub fn note_claim(&mut self, profile: &str, fate: Fate, is_waiting: bool) {
        if !is_waiting {
            self.leaving += usize::from(fate == Fate::Deleting);
            return;
        }
        let known = |claim: &&mut LostClaim| claim.profile == profile && claim.fate == fate;
        match self.lost.iter_mut().find(known) {
            Some(claim) => claim.pods += 1,
            None => self.lost.push(LostClaim {
                profile: profile.to_owned(),
                fate,
                pods: 1,
            }),
        }
    }

    /// Takes in the pods of a group that is alike but for its standing.
    pub fn join(&mut self, fellows: Self) {
        self.pods.extend(fellows.pods);
        self.on_fargate += fellows.on_fargate;
        self.claimed += fellows.claimed;
        self.leaving += fellows.leaving;
        self.lost.extend(fellows.lost);
    }

    /// The profile that its template names by label, which then is the only one that may claim it.
    pub fn named_profile(&self) -> Option<&str> {
        self.case.recreated.profile_label()
    }

    /// The profile that claims it when it is created again, the first by name of those that match.
    pub fn claimed_by(&self) -> Option<String> {
        super::crowd::claimant(&self.case)
    }

    /// Profiles that may claim it already: their selectors are not known well enough to tell.
    pub fn unsure_profiles(&self) -> Vec<&str> {
        let profiles = &self.case.snapshot.profiles;
        let named = self.named_profile();
        let labels = Labels::from(&self.labels);
        profiles
            .list
            .iter()
            .filter(|profile| named.is_none_or(|name| name == profile.name))
            .filter(|profile| profile.fit(&self.namespace, &labels) == Fit::Unknown)
            .map(|profile| profile.name.as_str())
            .collect()
    }
}
