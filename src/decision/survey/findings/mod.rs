//! What is worth telling about profiles: each finding with its evidence and what to do.

mod broad;
mod contrast;
mod moves;
mod pods;
mod quotas;
mod rivals;
mod selectors;
mod sources;
mod status;
mod words;

use std::collections::BTreeMap;

use super::ProfileSight;
use super::agreement::AgreementSight;
use super::namespaces::Namespaces;
use super::quotas::QuotaUse;
use super::selectors::DistinctLabels;
use super::templates::TemplateLabels;
use crate::decision::facts::{ClusterSnapshot, FargateProfile, ObjectRef, Selector};
use crate::decision::finding::{Certainty, Evidence, Finding, Fix, Severity, Strength};
use crate::decision::placement::PodCase;
use crate::decision::placement::observed_profiles::ObservedProfile;
use crate::decision::reason::Reason;
use crate::decision::rules;

/// How many examples a finding gives as evidence.
const EXAMPLES: usize = 5;

/// What findings are made from, beside a profile itself.
pub(super) struct Ground<'s, 'a> {
    pub snapshot: &'a ClusterSnapshot,
    pub labels: &'s DistinctLabels<'a>,
    pub namespaces: &'s Namespaces<'a>,
    pub templates: &'s TemplateLabels<'a>,
    pub quotas: &'s [QuotaUse],
    /// How many pods each profile holds, on Fargate or on their way there; `None` where pods were not read.
    pub held: Option<BTreeMap<String, usize>>,
}

impl Ground<'_, '_> {
    /// What becomes of pods where a profile is deleted, as a sentence after another. Source: EKS User Guide, "Delete a Fargate
    /// profile".
    fn warning_of_deletion(&self, profile: &str) -> String {
        let holds = match &self.held {
            None => "see first which they are".to_owned(),
            Some(held) => match held.get(profile).copied().unwrap_or_default() {
                0 => format!("{profile} holds none now"),
                count => format!("{profile} holds {count} now"),
            },
        };
        format!(" Deleting a profile deletes its pods on Fargate: {holds}.")
    }
}

/// Adds to each profile what is worth telling about it, and returns what concerns the cluster; all worst first.
pub(super) fn add_all(
    ground: &Ground<'_, '_>,
    profiles: &mut [ProfileSight<'_>],
    missing: &BTreeMap<&str, ObservedProfile<'_>>,
    agreement: &AgreementSight,
) -> Vec<Finding> {
    let mut about_rivals = rivals::by_profile(ground);
    for sight in profiles.iter_mut() {
        let mut findings = sources::of_profile(ground, sight);
        findings.extend(status::of_profile(ground, sight));
        findings.extend(pods::of_profile(ground, sight));
        if let Some(profile) = sight.profile {
            findings.extend(selectors::of_profile(ground, profile, sight));
            findings.extend(broad::of_profile(ground, profile));
            findings.extend(quotas::of_profile(profile));
        }
        findings.extend(about_rivals.remove(&sight.name).unwrap_or_default());
        findings.sort_by_key(|finding| (finding.severity, finding.reason));
        sight.findings = findings;
    }
    let mut of_cluster = sources::of_cluster(ground);
    of_cluster.extend(status::of_cluster(ground));
    of_cluster.extend(pods::of_cluster(ground, missing));
    of_cluster.extend(pods::of_agreement(agreement));
    of_cluster.extend(quotas::of_cluster(ground));
    of_cluster.sort_by_key(|finding| (finding.severity, finding.reason));
    of_cluster
}

/// Begins a finding.
fn note(reason: Reason, severity: Severity, message: impl Into<String>) -> Finding {
    Finding {
        reason,
        severity,
        certainty: Certainty::Certain,
        message: message.into(),
        evidence: Vec::new(),
        fix: None,
        source: rules::info(reason).source,
        strength: Strength::Aside,
    }
}

/// A fix that is only a sentence.
fn advice(text: impl Into<String>) -> Option<Fix> {
    Some(Fix {
        text: text.into(),
        commands: Vec::new(),
    })
}

/// A profile as an object.
fn object(profile: &FargateProfile) -> ObjectRef {
    PodCase::profile_object(&profile.name)
}

/// A selector in words: `shop{tier=web}`. What is not told of it is shown as its source writes it, in angle brackets.
fn in_words(selector: &Selector) -> String {
    let gap = |field: &str| {
        let mut gaps = selector.gaps.iter();
        let gap = gaps.find(|gap| gap.field == field && gap.assumed.is_none())?;
        Some(format!("<{}>", gap.expression))
    };
    let namespace = gap("namespace").unwrap_or_else(|| selector.namespace.to_string());
    let pairs = selector.labels.iter().map(|pair| {
        let value = gap(&format!("labels[{}]", pair.key));
        let value = value.unwrap_or_else(|| pair.value.to_string());
        format!("{}={value}", pair.key)
    });
    let pairs: Vec<String> = pairs.chain(gap("labels")).collect();
    match pairs.is_empty() {
        true => namespace,
        false => format!("{namespace}{{{}}}", pairs.join(",")),
    }
}

/// `selectors[0]` or a field of it, as evidence names it.
fn selector_field(index: usize, field: &str) -> String {
    match field {
        "" => format!("selectors[{index}]"),
        field => format!("selectors[{index}].{field}"),
    }
}

/// A selector as evidence.
fn shown(profile: &FargateProfile, index: usize, selector: &Selector) -> Evidence {
    Evidence::found(
        object(profile),
        selector_field(index, ""),
        in_words(selector),
    )
}

/// `Selector shop{tier=web}` or `Selectors shop and orders`; of many the first few.
fn listed<'s>(selectors: impl IntoIterator<Item = &'s Selector>) -> String {
    let mut all: Vec<String> = selectors.into_iter().map(in_words).collect();
    let noun = if all.len() == 1 {
        "Selector"
    } else {
        "Selectors"
    };
    if all.len() > EXAMPLES {
        let more = all.len() - EXAMPLES;
        all.truncate(EXAMPLES);
        all.push(format!("{more} more"));
    }
    format!("{noun} {}", rules::list(&all))
}

/// `1 pod`, `3 pods`.
fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}
