//! What the choice between two profiles decides: their pod execution roles and their subnets.

use std::collections::BTreeSet;

use super::object;
use crate::decision::facts::FargateProfile;
use crate::decision::finding::{Evidence, Severity};
use crate::decision::rules;

/// Two profiles that take part, the one with the earlier name first.
pub(super) struct Pair<'a> {
    pub first: &'a FargateProfile,
    pub second: &'a FargateProfile,
}

/// In which of the things that the choice decides two profiles differ.
enum Contrast {
    /// In these.
    In(Vec<&'static str>),
    /// In none.
    Nothing,
    /// Their roles or subnets were not seen.
    Unknown,
}

fn contrast(pair: &Pair<'_>) -> Contrast {
    let role = |profile: &FargateProfile| profile.pod_execution_role_arn.clone();
    let subnets = |profile: &FargateProfile| -> Option<BTreeSet<String>> {
        (!profile.subnets.is_empty()).then(|| profile.subnets.iter().cloned().collect())
    };
    let mut different = Vec::new();
    let mut is_known = true;
    match (role(pair.first), role(pair.second)) {
        (Some(one), Some(other)) if one != other => different.push("pod execution role"),
        (Some(_), Some(_)) => {}
        _ => is_known = false,
    }
    match (subnets(pair.first), subnets(pair.second)) {
        (Some(one), Some(other)) if one != other => different.push("subnets"),
        (Some(_), Some(_)) => {}
        _ => is_known = false,
    }
    match (different.is_empty(), is_known) {
        (false, _) => Contrast::In(different),
        (true, true) => Contrast::Nothing,
        (true, false) => Contrast::Unknown,
    }
}

/// Whether the choice between them matters, as a sentence after another.
pub(super) fn differences(pair: &Pair<'_>) -> String {
    match contrast(pair) {
        Contrast::In(what) => format!(" Their {} differ.", join(&what)),
        Contrast::Nothing => " Role and subnets are the same.".to_owned(),
        Contrast::Unknown => String::new(),
    }
}

/// `pod execution roles and subnets`: in the plural, as both profiles have theirs.
fn join(what: &[&str]) -> String {
    let plural = what.iter().map(|word| match *word {
        "pod execution role" => "pod execution roles",
        other => other,
    });
    rules::list(plural)
}

/// How much it matters that two profiles are after the same pods.
pub(super) fn severity(pair: &Pair<'_>) -> Severity {
    match contrast(pair) {
        Contrast::In(_) => Severity::Warning,
        Contrast::Nothing | Contrast::Unknown => Severity::Info,
    }
}

/// Role and subnets of both, as evidence where they differ.
pub(super) fn evidence_of_contrast(pair: &Pair<'_>) -> Vec<Evidence> {
    let Contrast::In(what) = contrast(pair) else {
        return Vec::new();
    };
    let both = [pair.first, pair.second];
    what.iter()
        .flat_map(|field| {
            both.map(|profile| match *field {
                "subnets" => {
                    Evidence::found(object(profile), "subnets", profile.subnets.join(", "))
                }
                _ => Evidence::found(
                    object(profile),
                    "podExecutionRoleArn",
                    profile.pod_execution_role_arn.clone().unwrap_or_default(),
                ),
            })
        })
        .collect()
}
