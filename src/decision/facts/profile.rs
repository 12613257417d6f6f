//! Fargate profiles, and how much is known of them.

use jiff::Timestamp;

use super::labels::Labels;
use super::selector::{Gap, Selector};

/// A Fargate profile, from whatever source.
#[derive(Debug, Clone, PartialEq)]
pub struct FargateProfile {
    /// The profile's name. Several matching profiles are chosen among by it.
    pub name: String,
    /// False where the source does not tell the name; the profile is then called by its file and resource.
    pub name_is_known: bool,
    /// `fargateProfileArn`.
    pub arn: Option<String>,
    /// The EKS cluster that it belongs to, as the profile itself says.
    pub cluster_name: Option<String>,
    /// `status`; `None` where the source does not state one, which counts as ACTIVE.
    pub status: Option<ProfileStatus>,
    /// `createdAt`: when its creation began. It claims pods only once it is ACTIVE, minutes later.
    pub created_at: Option<Timestamp>,
    /// Its selectors; `None` where they could not be seen (its name was listed, describing it was refused).
    pub selectors: Option<Vec<Selector>>,
    /// `podExecutionRoleArn`.
    pub pod_execution_role_arn: Option<String>,
    /// `subnets`.
    pub subnets: Vec<String>,
    /// `health.issues`.
    pub health_issues: Vec<HealthIssue>,
    /// What the source does not tell plainly, selectors aside (they carry their own).
    pub gaps: Vec<Gap>,
    /// Where it was read.
    pub origin: ProfileOrigin,
}

impl FargateProfile {
    /// A profile of which only the name is known.
    pub fn named(name: impl Into<String>, origin: ProfileOrigin) -> Self {
        Self {
            name: name.into(),
            name_is_known: true,
            arn: None,
            cluster_name: None,
            status: None,
            created_at: None,
            selectors: None,
            pod_execution_role_arn: None,
            subnets: Vec::new(),
            health_issues: Vec::new(),
            gaps: Vec::new(),
            origin,
        }
    }

    /// Whether it claims pods of this namespace with these labels, whatever its status.
    pub fn fit(&self, namespace: &str, labels: &Labels) -> Fit {
        let Some(selectors) = &self.selectors else {
            return Fit::Unknown;
        };
        let position = selectors
            .iter()
            .position(|selector| selector.matches(namespace, labels));
        match position {
            Some(selector) => Fit::Matches(selector),
            None if self.hides_selectors()
                || selectors
                    .iter()
                    .any(|selector| selector.may_match(namespace, labels)) =>
            {
                Fit::Unknown
            }
            None => Fit::Misses,
        }
    }

    /// Whether there may be further selectors that the source does not tell.
    pub fn hides_selectors(&self) -> bool {
        let is_hidden = |gap: &Gap| gap.field == "selectors" && gap.assumed.is_none();
        self.gaps.iter().any(is_hidden)
    }

    /// Whether it takes part in matching: ACTIVE, or of a source that states no status.
    pub fn is_active(&self) -> bool {
        matches!(self.status, None | Some(ProfileStatus::Active))
    }

    /// Whether it is being deleted.
    pub fn is_deleting(&self) -> bool {
        matches!(self.status, Some(ProfileStatus::Deleting))
    }
}

/// `status` of a profile. Source: EKS API, `FargateProfileStatus`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProfileStatus {
    /// `CREATING`
    Creating,
    /// `ACTIVE`
    Active,
    /// `DELETING`
    Deleting,
    /// `CREATE_FAILED`
    CreateFailed,
    /// `DELETE_FAILED`
    DeleteFailed,
    /// A word that the API did not have when this was written.
    Other(String),
    /// What only the controller that makes the profile tells of it, in plain words: `not created`, `not ready`.
    ByController(&'static str),
}

impl ProfileStatus {
    /// Reads the API's word. Empty means that none was stated.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "" => return None,
            "CREATING" => Self::Creating,
            "ACTIVE" => Self::Active,
            "DELETING" => Self::Deleting,
            "CREATE_FAILED" => Self::CreateFailed,
            "DELETE_FAILED" => Self::DeleteFailed,
            other => Self::Other(other.to_owned()),
        })
    }

    /// The API's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Creating => "CREATING",
            Self::Active => "ACTIVE",
            Self::Deleting => "DELETING",
            Self::CreateFailed => "CREATE_FAILED",
            Self::DeleteFailed => "DELETE_FAILED",
            Self::Other(word) => word,
            Self::ByController(words) => words,
        }
    }

    /// Whether the EKS API has such a word.
    pub fn is_of_eks(&self) -> bool {
        !matches!(self, Self::ByController(_))
    }
}

/// An entry of `health.issues`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthIssue {
    /// `code`, for example `AccessDenied`.
    pub code: String,
    /// `message`.
    pub message: String,
    /// `resourceIds`.
    pub resource_ids: Vec<String>,
    /// The controller that says so, in words; `None` for EKS itself.
    pub reporter: Option<String>,
}

impl HealthIssue {
    /// Who says so, in words.
    pub fn reporter(&self) -> &str {
        self.reporter.as_deref().unwrap_or("EKS")
    }
}

/// Whether a profile fits a namespace and labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// It does, first by the selector of this index.
    Matches(usize),
    /// It does not.
    Misses,
    /// That cannot be told: its selectors, or what would decide in them, were not seen.
    Unknown,
}

/// Where a profile was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProfileOrigin {
    /// The EKS API.
    EksApi,
    /// An object of the live cluster by which a controller makes profiles; as `kubectl get` names it
    /// (`fargateprofiles.eks.services.k8s.aws/apps`, with ` in NAMESPACE` where it has one).
    Object(String),
    /// A file; with its path (and the place in it, where there are several profiles).
    File(String),
    /// The cluster that comes inside the binary.
    Demo,
}

/// How far the list of profiles can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProfileKnowledge {
    /// The whole list is known: from the EKS API, or an explicit empty list.
    Complete,
    /// From files: what is there exists; that something is absent is only likely.
    FromFiles,
    /// A list that broke off: what is there exists; nothing can be said about the rest.
    Partial,
    /// No list could be had.
    #[default]
    Unread,
}

/// All that is known of the cluster's profiles.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profiles {
    /// The profiles, sorted by name; names are unique.
    pub list: Vec<FargateProfile>,
    /// How far the list can be trusted.
    pub knowledge: ProfileKnowledge,
    /// Where `knowledge` is not complete or selectors are missing: what happened, in one sentence without a full stop.
    pub problem: Option<String>,
    /// What the reader could do to have the profiles read, for example the missing IAM action; a sentence.
    pub remedy: Option<String>,
    /// Which profiles were given twice with different content, and which of them counts; a sentence without a full stop.
    pub given_twice: Option<String>,
    /// Where two sources tell different things of one profile.
    pub disagreements: Vec<Disagreement>,
}

/// How many characters of a value are quoted in a sentence.
const LONGEST_QUOTED: usize = 60;

/// A field of a profile in which two sources differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Disagreement {
    /// The profile's name.
    pub profile: String,
    /// The field, as the EKS API names it; `None` where one source does not have the profile at all.
    pub field: Option<String>,
    /// The source that was used, in words: `the EKS API`.
    pub used: String,
    /// What it says; `None` where it has no such field or profile.
    pub used_value: Option<String>,
    /// The other source, in words.
    pub other: String,
    /// What that says.
    pub other_value: Option<String>,
    /// The selectors by the other source, where it is they that differ, or where that source alone has the profile.
    pub other_selectors: Option<Vec<Selector>>,
}

impl Disagreement {
    /// Who says what, and which was used; a sentence without a full stop.
    pub fn in_words(&self) -> String {
        let Self {
            profile,
            used,
            other,
            ..
        } = self;
        let or_nothing = |value: &Option<String>| match value {
            // What is long stands in the evidence.
            Some(value) if value.chars().count() > LONGEST_QUOTED => "says otherwise".to_owned(),
            Some(value) => format!("says {value}"),
            None => "does not tell it".to_owned(),
        };
        match (&self.field, &self.used_value) {
            (Some(field), _) => format!(
                "profile {profile}: {used} and {other} differ in {field}; the first {} and was used, the second {}",
                or_nothing(&self.used_value),
                or_nothing(&self.other_value)
            ),
            (None, None) => {
                format!("profile {profile}: {other} has it, {used}, which was used, does not")
            }
            (None, Some(_)) => {
                format!("profile {profile}: {used}, which was used, has it, {other} does not")
            }
        }
    }
}

impl Profiles {
    /// Sorts the list by name, as EKS chooses among several, and keeps the last of those with the same name.
    pub fn new(mut list: Vec<FargateProfile>, knowledge: ProfileKnowledge) -> Self {
        list.reverse();
        list.sort_by(|a, b| a.name.cmp(&b.name));
        list.dedup_by(|later, first| later.name == first.name);
        Self {
            list,
            knowledge,
            problem: None,
            remedy: None,
            given_twice: None,
            disagreements: Vec::new(),
        }
    }

    /// The profile of this name.
    pub fn find(&self, name: &str) -> Option<&FargateProfile> {
        self.list.iter().find(|profile| profile.name == name)
    }

    /// Whether there is a profile whose name the source does not tell: it may be the one that a label names.
    pub fn has_nameless(&self) -> bool {
        self.list.iter().any(|profile| !profile.name_is_known)
    }

    /// Whether anything at all is known of them.
    pub fn are_read(&self) -> bool {
        self.knowledge != ProfileKnowledge::Unread
    }

    /// Whether "no profile matches" can be concluded from this list about a namespace and labels: it did not break off, and no
    /// profile is left of which it cannot be told.
    pub fn can_show_absence(&self, namespace: &str, labels: &Labels) -> bool {
        self.is_whole()
            && self
                .list
                .iter()
                .all(|profile| profile.fit(namespace, labels) != Fit::Unknown)
    }

    /// Whether "the profile of this name does not claim it" can be concluded about a namespace and labels, as for a pod whose
    /// label names a profile: that one is known, or none that is left can be it.
    pub fn can_show_absence_of(&self, name: &str, namespace: &str, labels: &Labels) -> bool {
        match self.find(name) {
            Some(profile) => profile.fit(namespace, labels) != Fit::Unknown,
            None => {
                let may_be_it = |profile: &FargateProfile| {
                    !profile.name_is_known && profile.fit(namespace, labels) != Fit::Misses
                };
                self.is_whole() && !self.list.iter().any(may_be_it)
            }
        }
    }

    /// Whether the list is all that its source has.
    pub fn is_whole(&self) -> bool {
        matches!(
            self.knowledge,
            ProfileKnowledge::Complete | ProfileKnowledge::FromFiles
        )
    }
}
