//! The rules: each declares one reason, everything a person may read about it, and when it holds.
//!
//! A family is a file. A rule sees a [`PodCase`] and nothing else; which of several findings decides is settled in
//! [`crate::decision::verdict`] alone.

mod assumed;
mod elsewhere;
pub mod fix;
mod infrastructure;
mod owner;
pub mod phrases;
mod profiles;
mod refused;
mod selection;
mod timing;
mod visibility;
mod worth_knowing;

pub(crate) use assumed::qualify;
pub use phrases::{between, list};
pub(crate) use selection::likeliest_meant;
pub(crate) use timing::profile_told;

use std::sync::LazyLock;

use super::finding::{Certainty, Evidence, Finding, Fix, Severity, Strength};
use super::placement::words::Word;
use super::placement::{ExpectedKind, PlacementKind, PodCase};
use super::reason::Reason;

/// The families of reasons, in the order of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Which selectors match.
    Selection,
    /// What was there first.
    Timing,
    /// Who makes the pod, and what its spec presets.
    Owner,
    /// What Fargate does not run.
    Refused,
    /// What AWS could not provide.
    Infrastructure,
    /// What other schedulers do.
    Elsewhere,
    /// Good to know.
    WorthKnowing,
    /// What could not be read.
    Visibility,
    /// What is worth telling about a profile.
    Profiles,
}

/// Everything that a person may read about a reason.
pub struct RuleInfo {
    /// Its name.
    pub reason: Reason,
    /// Its family.
    pub family: Family,
    /// One line, lower case, no full stop.
    pub title: &'static str,
    /// What it is read from.
    pub evidence: &'static str,
    /// What to do, beginning with a verb.
    pub fix: &'static str,
    /// Where the rule behind it is written down.
    pub source: &'static str,
    /// Its page, in Markdown.
    pub page: &'static str,
}

/// One reason, and when it holds.
pub struct Rule {
    /// What a person may read about it.
    pub info: RuleInfo,
    /// Returns the finding where the reason holds.
    pub check: fn(&PodCase<'_>) -> Option<Finding>,
}

/// All rules, in the order of the catalogue.
pub static RULES: &[&[Rule]] = &[
    selection::RULES,
    timing::RULES,
    owner::RULES,
    refused::RULES,
    infrastructure::RULES,
    elsewhere::RULES,
    worth_knowing::RULES,
    visibility::RULES,
];

/// All rules, one after the other.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    RULES.iter().flat_map(|family| family.iter())
}

/// What there is to read about each reason, in the order of the catalogue: those that a rule finds about a pod, then those
/// that are found about profiles.
pub fn infos() -> impl Iterator<Item = &'static RuleInfo> {
    all().map(|rule| &rule.info).chain(profiles::INFOS)
}

/// What there is to read about a reason.
pub fn info(reason: Reason) -> &'static RuleInfo {
    static IN_ORDER: LazyLock<Vec<&'static RuleInfo>> = LazyLock::new(|| {
        let mut infos: Vec<_> = infos().collect();
        infos.sort_by_key(|info| info.reason);
        infos
    });
    IN_ORDER
        .get(reason as usize)
        .expect("every reason is declared: a test walks them")
}

/// Documentation that several rules rest on.
mod sources {
    pub const PROFILE: &str =
        "https://docs.aws.amazon.com/eks/latest/userguide/fargate-profile.html";
    pub const DELETE_PROFILE: &str =
        "https://docs.aws.amazon.com/eks/latest/APIReference/API_DeleteFargateProfile.html";
    pub const QUOTAS: &str = "https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html";
    pub const FARGATE: &str = "https://docs.aws.amazon.com/eks/latest/userguide/fargate.html";
    pub const GETTING_STARTED: &str =
        "https://docs.aws.amazon.com/eks/latest/userguide/fargate-getting-started.html";
    pub const POD_CONFIGURATION: &str =
        "https://docs.aws.amazon.com/eks/latest/userguide/fargate-pod-configuration.html";
    pub const EXECUTION_ROLE: &str =
        "https://docs.aws.amazon.com/eks/latest/userguide/pod-execution-role.html";
    pub const ACCESS_POLICIES: &str =
        "https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html";
    pub const USER_FACING_ROLES: &str =
        "https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles";
    pub const ASSIGNING_PODS: &str =
        "https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/";
}

/// Begins a finding; the severity is that of the pod's state, until a rule says otherwise.
fn finding(case: &PodCase<'_>, reason: Reason, message: impl Into<String>) -> Finding {
    Finding {
        reason,
        severity: pressing(case),
        certainty: Certainty::Certain,
        message: message.into(),
        evidence: Vec::new(),
        fix: None,
        source: info(reason).source,
        strength: Strength::Strong,
    }
}

impl Finding {
    fn certainty(mut self, certainty: Certainty) -> Self {
        self.certainty = certainty;
        self
    }

    fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    fn strength(mut self, strength: Strength) -> Self {
        self.strength = strength;
        self
    }

    fn evidence(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    fn fix(mut self, fix: impl Into<Option<Fix>>) -> Self {
        self.fix = fix.into();
        self
    }
}

/// A word as evidence.
fn word_evidence(case: &PodCase<'_>, word: &Word) -> Evidence {
    // Some events do not say who made them.
    let who = match word.by.as_str() {
        "" => String::new(),
        by => format!(" of {by}"),
    };
    let field = match (word.place.as_str(), word.at) {
        ("event", Some(at)) => {
            format!("event{who} at {}", at.strftime("%Y-%m-%dT%H:%M:%SZ"))
        }
        ("event", None) => format!("event{who}"),
        (place, _) => format!("status, {place}"),
    };
    Evidence::found(case.object.clone(), field, word.text.as_str())
}

/// How bad the pod's present state is, as far as placement goes.
fn pressing(case: &PodCase<'_>) -> Severity {
    let Some(placement) = case.placement_kind() else {
        let needs_a_change =
            case.expected.kind == ExpectedKind::Refused || case.creation_failure.is_some();
        return if needs_a_change {
            Severity::Error
        } else {
            Severity::Info
        };
    };
    if placement == PlacementKind::Rejected || case.is_waiting() {
        return Severity::Error;
    }
    if case.pod.is_finished() || case.pod.is_terminating() {
        return Severity::Info;
    }
    let would_move = match case.expected.kind {
        ExpectedKind::Refused => true,
        ExpectedKind::Fargate => placement != PlacementKind::Fargate,
        ExpectedKind::NotFargate => placement == PlacementKind::Fargate,
        ExpectedKind::Undecided => false,
    };
    if would_move {
        Severity::Warning
    } else {
        Severity::Info
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_declared_once_and_in_full() {
        for reason in Reason::ALL {
            let declared = infos().filter(|info| info.reason == *reason).count();
            assert_eq!(declared, 1, "{reason} is declared {declared} times");
            assert_eq!(info(*reason).reason, *reason);
        }
        for info in infos() {
            let name = info.reason;
            assert!(
                !info.title.is_empty() && !info.title.ends_with('.'),
                "{name}: title"
            );
            assert!(!info.evidence.is_empty(), "{name}: evidence");
            assert!(
                info.fix.starts_with(|c: char| c.is_ascii_lowercase()),
                "{name}: fix begins with a verb"
            );
            assert!(!info.source.is_empty(), "{name}: source");
            let headings: Vec<&str> = info
                .page
                .lines()
                .filter(|line| line.starts_with("##"))
                .collect();
            let wanted = [
                "## What it means",
                "## See it by hand",
                "## What to do",
                "## Cases that look alike",
            ];
            assert_eq!(headings, wanted, "{name}: headings of the page");
            assert!(!info.page.contains("<<<<"), "{name}: page is merged");
        }
    }

    #[test]
    fn families_follow_the_catalogue() {
        let families: Vec<Family> = infos().map(|info| info.family).collect();
        assert!(families.is_sorted());
    }
}
