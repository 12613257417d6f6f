//! Fargate profiles, from wherever they are written down.
//!
//! Files are recognised by their shape, one module a form; a further form is one more module and one more line in [`FORMS`].

mod ack;
mod bounds;
mod choose;
mod cloud_control;
mod cloudformation;
mod cluster_api;
mod compare;
mod controller;
mod crossplane;
mod duplicates;
pub mod eks_api;
mod eks_json;
mod eksctl;
mod fields;
mod files;
mod objects;
mod placeholders;
mod pulumi;
mod references;
mod removals;
mod terraform;
mod twins;

use jiff::Timestamp;
use serde_json::Value;

pub(in crate::sources) use files::ProfileCollector;
pub use files::read_files;
#[cfg(any(test, fuzzing))]
pub(crate) use files::read_text;
pub use objects::{CONTROL_PLANES, ObjectProfiles, PROFILE_KINDS, ProfileKind};

use crate::decision::facts::{ClusterIdentity, FargateProfile, Profiles, SourceNote};

/// The `what` of notes about profiles.
pub const WHAT: &str = "fargateprofiles";

/// What is known of the cluster that is asked about; `None` where that is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownCluster {
    /// The EKS cluster's name.
    pub name: Option<String>,
    /// Its region.
    pub region: Option<String>,
    /// The AWS account it stands in.
    pub account: Option<String>,
    /// What the source calls it where it does not tell its name: `stack.yaml:Cluster`, `module.eks.aws_eks_cluster.this`. Two
    /// such that differ are two clusters.
    pub reference: Option<String>,
}

impl From<&ClusterIdentity> for KnownCluster {
    fn from(identity: &ClusterIdentity) -> Self {
        Self {
            name: identity.name.clone(),
            region: identity.region.clone(),
            account: None,
            reference: None,
        }
    }
}

/// What came of reading profiles.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfilesRead {
    /// The profiles of the cluster in question, and how far they can be trusted.
    pub profiles: Profiles,
    /// One note on the whole, and one for each file that could not be understood.
    pub notes: Vec<SourceNote>,
    /// The cluster that the profiles name, where they agree.
    pub cluster: ClusterIdentity,
    /// The newest `createdAt` among the profiles.
    pub newest: Option<Timestamp>,
}

/// A profile with the cluster that it belongs to, as far as its source tells.
#[derive(Debug, Clone, PartialEq)]
struct Found {
    profile: FargateProfile,
    home: KnownCluster,
}

/// A profile, and whose word it is.
#[derive(Debug, Clone, PartialEq)]
struct Sourced {
    found: Found,
    source: Source,
}

/// Whose word a profile is, where several tell of the same one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    /// An object by which a controller makes the profile: what is asked for, and what the controller saw last.
    Controller,
    /// Any other description: a template, a state, a plan.
    #[default]
    Description,
    /// The EKS API's own answer.
    Eks,
}

/// What a cluster is called in EKS that a source calls something else.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Called {
    /// What the source calls it: [`KnownCluster::reference`].
    reference: String,
    /// Its name.
    name: String,
    /// Its region.
    region: Option<String>,
}

/// A profile that a plan takes away: what was read before it has the profile no more.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Removal {
    /// The profile's name.
    profile: String,
    /// The cluster that it belongs to.
    home: KnownCluster,
    /// What takes it away, in words: `the plan FILE`.
    by: String,
}

/// What one object of a file turned out to be.
#[derive(Debug, Default)]
struct Recognised {
    /// Whose word it is.
    source: Source,
    /// What it tells of the names of clusters.
    called: Vec<Called>,
    /// The profiles in it.
    profiles: Vec<Found>,
    /// The profiles that it takes away.
    removals: Vec<Removal>,
    /// The cluster that it describes, with or without profiles.
    home: Option<KnownCluster>,
    /// What is worth saying of it beside its profiles, each a sentence without a full stop: a profile that a plan puts off, labels
    /// that CloudFormation would refuse.
    remarks: Vec<String>,
    /// Names of profiles whose selectors it does not show.
    names: Vec<String>,
    /// It says that there are no profiles at all.
    says_none: bool,
    /// It says that the list goes on elsewhere.
    goes_on: bool,
    /// Parts that should be a profile and are not, with what is wrong.
    malformed: Vec<String>,
}

/// An object that may hold profiles.
#[derive(Debug, Clone, Copy)]
struct Candidate<'a> {
    api_version: &'a str,
    kind: &'a str,
    value: &'a Value,
    /// What it is called in messages and origins: the file, and the position where there are several.
    place: &'a str,
}

/// A form in which profiles are written down.
struct Form {
    /// Whether objects of this `apiVersion` and `kind` may be of this form; objects that say neither are tried with every form.
    is_typed: fn(api_version: &str, kind: &str) -> bool,
    /// Reads the profiles of an object; `None` where it is not of this form.
    recognise: fn(Candidate<'_>) -> Option<Recognised>,
}

/// The forms, the most telling first.
const FORMS: &[Form] = &[
    eks_json::FORM,
    cloudformation::FORM,
    terraform::FORM,
    pulumi::FORM,
    cloud_control::FORM,
    ack::FORM,
    crossplane::FORM,
    cluster_api::FORM,
    eksctl::FORM,
];

/// Whether an object of this `apiVersion` and `kind` may hold profiles.
pub(in crate::sources) fn may_hold_profiles(api_version: &str, kind: &str) -> bool {
    kind.is_empty() || FORMS.iter().any(|form| (form.is_typed)(api_version, kind))
}

fn recognise(candidate: Candidate<'_>) -> Option<Recognised> {
    FORMS.iter().find_map(|form| (form.recognise)(candidate))
}
