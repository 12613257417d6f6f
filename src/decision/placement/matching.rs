//! Every selector of every profile, tried against a namespace and labels.

use std::sync::Arc;

use super::closeness::Signature;

use super::{LabelMiss, LabelTrial, NamespaceTrial, SelectorTrial};
use crate::decision::facts::{
    FargateProfile, Fit, Gap, LabelPattern, Labels, Pattern, Profiles, Selector, Workload,
};

/// A profile that matches, and the first of its selectors that does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match<'a> {
    /// The profile.
    pub profile: &'a FargateProfile,
    /// The index of the selector, from 0.
    pub selector: usize,
}

/// Returns the profiles that match, whatever their status, in the order in which EKS chooses: by name.
///
/// Source: EKS User Guide, "Fargate profile wildcards": several matches are chosen among in alphanumeric order of the
/// profile names. How it sorts case and digits is not documented; we compare bytes.
pub fn matching_profiles<'a>(
    profiles: &'a Profiles,
    namespace: &str,
    labels: &Labels,
) -> Vec<Match<'a>> {
    profiles
        .list
        .iter()
        .filter_map(|profile| {
            let selector = matching_selector(profile, namespace, labels)?;
            Some(Match { profile, selector })
        })
        .collect()
}

/// The first selector of a profile that matches.
pub fn matching_selector(
    profile: &FargateProfile,
    namespace: &str,
    labels: &Labels,
) -> Option<usize> {
    match profile.fit(namespace, labels) {
        Fit::Matches(selector) => Some(selector),
        Fit::Misses | Fit::Unknown => None,
    }
}

/// Whether sorting without regard to case would choose another profile first.
pub fn order_is_ambiguous(matches: &[Match<'_>]) -> bool {
    let first_by_bytes = matches.first().map(|found| &found.profile.name);
    let first_without_case = matches
        .iter()
        .map(|found| &found.profile.name)
        .min_by_key(|name| name.to_lowercase());
    first_by_bytes != first_without_case
}

/// Tries one selector, pair by pair.
pub fn try_selector(
    profile: &str,
    index: usize,
    selector: &Selector,
    namespace: &str,
    labels: &Labels,
    owners: &[&Workload],
) -> SelectorTrial {
    let pairs = selector
        .labels
        .iter()
        .map(|pair| try_pair(selector, pair, labels, owners))
        .collect();
    SelectorTrial {
        labels: pairs,
        ..try_namespace(profile, index, selector, namespace)
    }
}

/// Tries the namespace of a selector, and no pair.
pub(super) fn try_namespace(
    profile: &str,
    index: usize,
    selector: &Selector,
    namespace: &str,
) -> SelectorTrial {
    let may_match = selector.namespace.matches(namespace);
    let gap = selector.open_gap("namespace");
    SelectorTrial {
        profile: profile.to_owned(),
        selector: index,
        namespace: NamespaceTrial {
            pattern: told(&selector.namespace, gap),
            in_words: in_words(&selector.namespace, gap),
            matched: may_match && gap.is_none(),
            may_match,
        },
        labels: Vec::new(),
        unknown: selector.gaps.clone(),
    }
}

/// A pattern, unless its source does not tell it: the widest that it may be would read like one that the profile has.
fn told(pattern: &Pattern, gap: Option<&Gap>) -> Option<Pattern> {
    gap.is_none().then(|| pattern.clone())
}

fn in_words(pattern: &Pattern, gap: Option<&Gap>) -> Arc<str> {
    gap.map_or_else(|| pattern.text(), |gap| gap.in_brackets().into())
}

fn try_pair(
    selector: &Selector,
    pair: &LabelPattern,
    labels: &Labels,
    owners: &[&Workload],
) -> LabelTrial {
    let fitting = labels
        .iter()
        .find(|(key, value)| pair.key.matches(key) && pair.value.matches(value));
    let gap_of_key = selector.open_gap(&pair.field_of_key());
    let gap_of_value = selector.open_gap(&pair.field());
    let is_open = gap_of_key.is_some() || gap_of_value.is_some();
    // Which label is meant cannot be told where the key is not.
    let same_key = labels
        .iter()
        .find(|(key, _)| gap_of_key.is_none() && pair.key.matches(key));
    let miss = match (fitting, is_open, same_key) {
        (Some(_), _, _) => None,
        (None, false, _) => Some(kind_of_miss(pair, labels, same_key, owners)),
        // Nothing can be nearly what is not told.
        (None, true, Some(_)) => Some(LabelMiss::DifferentValue),
        (None, true, None) => Some(LabelMiss::Missing),
    };
    LabelTrial {
        key: told(&pair.key, gap_of_key),
        pattern: told(&pair.value, gap_of_value),
        key_in_words: in_words(&pair.key, gap_of_key),
        value_in_words: in_words(&pair.value, gap_of_value),
        found: fitting.or(same_key).map(|(_, value)| value.to_owned()),
        // The widest that it may be proves nothing by fitting.
        matched: fitting.is_some() && !is_open,
        miss,
    }
}

/// Whether a pair that no label meets is missed by a slip of the keyboard alone.
pub(super) fn is_slip(pair: &LabelPattern, labels: &Labels, owners: &[&Workload]) -> bool {
    kind_of_miss(pair, labels, None, owners).is_slip()
}

fn kind_of_miss(
    pair: &LabelPattern,
    labels: &Labels,
    same_key: Option<(&str, &str)>,
    owners: &[&Workload],
) -> LabelMiss {
    if let Some(owner) = owners
        .iter()
        .find(|owner| pair.is_met_by(&owner.labels) && !pair.is_met_by(&owner.template.labels))
    {
        let owner = format!("{}/{}", owner.kind.as_str().to_lowercase(), owner.name);
        return LabelMiss::OnOwnerOnly { owner };
    }
    let show = |(key, value): (&str, &str)| format!("{key}={value}");
    let (key, value) = (pair.key.as_str(), pair.value.as_str());
    let near = |close: fn(&str, &str) -> bool| {
        labels
            .iter()
            .filter(|(found_key, found_value)| {
                let is_near = |pattern: &Pattern, wanted: &str, found: &str| {
                    pattern.matches(found) || pattern.is_literal() && close(wanted, found)
                };
                is_near(&pair.key, key, found_key) && is_near(&pair.value, value, found_value)
            })
            .map(show)
            .next()
    };
    if let Some(label) = near(differs_only_in_case) {
        LabelMiss::DifferentCase { label }
    } else if let Some(label) = near(is_typo) {
        LabelMiss::Typo { label }
    } else if same_key.is_some() {
        LabelMiss::DifferentValue
    } else {
        LabelMiss::Missing
    }
}

/// Whether two words are the same but for upper and lower case.
pub fn differs_only_in_case(wanted: &str, found: &str) -> bool {
    if wanted.is_ascii() && found.is_ascii() {
        return wanted != found && wanted.eq_ignore_ascii_case(found);
    }
    wanted != found && wanted.to_lowercase() == found.to_lowercase()
}

/// Whether `found` looks like a slip of the keyboard for `wanted`: one edit in up to five characters, two beyond, and the
/// digits the same (`v1` and `v2` are two versions, not a typo).
pub fn is_typo(wanted: &str, found: &str) -> bool {
    if !Signature::of(wanted).may_be_close(Signature::of(found)) {
        return false;
    }
    let allowed = if wanted.chars().count() <= 5 { 1 } else { 2 };
    wanted != found
        && digits(wanted).eq(digits(found))
        && wanted.chars().count().abs_diff(found.chars().count()) <= allowed
        && strsim::osa_distance(wanted, found) <= allowed
}

fn digits(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().filter(u8::is_ascii_digit)
}

/// The selectors that came near, best first: those whose namespace matches, most pairs met first, then profile name and
/// index; where none does for sure, those whose namespace is not known, then the others for the namespaces that they cover.
pub fn near_misses(
    profiles: &Profiles,
    namespace: &str,
    labels: &Labels,
    owners: &[&Workload],
) -> Vec<SelectorTrial> {
    let selectors = || {
        profiles.list.iter().flat_map(|profile| {
            let selectors = profile.selectors.as_deref().unwrap_or_default();
            selectors
                .iter()
                .enumerate()
                .map(move |(index, selector)| (profile, index, selector))
        })
    };
    let fits = |selector: &Selector| selector.namespace.matches(namespace);
    let mut trials: Vec<_> = selectors()
        .filter(|(_, _, selector)| fits(selector))
        .map(|(profile, index, selector)| {
            try_selector(&profile.name, index, selector, namespace, labels, owners)
        })
        .collect();
    let is_any_sure = trials.iter().any(|trial| trial.namespace.matched);
    // A selector that matches is no near miss, though a label may name another profile.
    trials.retain(|trial| !trial.matched());
    let met = |trial: &SelectorTrial| trial.labels.iter().filter(|pair| pair.matched).count();
    let is_open = |trial: &SelectorTrial| !trial.namespace.matched;
    trials.sort_by(|a, b| {
        is_open(a)
            .cmp(&is_open(b))
            .then_with(|| met(b).cmp(&met(a)))
            .then_with(|| a.profile.cmp(&b.profile))
            .then_with(|| a.selector.cmp(&b.selector))
    });
    if !is_any_sure {
        let others = selectors().filter(|(_, _, selector)| !fits(selector));
        trials.extend(others.map(|(profile, index, selector)| {
            try_namespace(&profile.name, index, selector, namespace)
        }));
    }
    trials
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typos_are_slips_not_other_words() {
        let rows = [
            ("backend", "bakcend", true, "a swap is one edit"),
            ("backend", "backnd", true, "a letter lost"),
            ("tier", "teir", true, "a swap in a short word"),
            ("web", "api", false, "another word"),
            ("prod", "dev", false, "another word"),
            ("app", "ap", true, "one edit in a short word"),
            ("blue", "glue", true, "one edit"),
            ("v1", "v2", false, "digits are no typo"),
            ("stage1", "stage2", false, "digits are no typo"),
            ("green", "grene", true, "a swap"),
            ("green", "grxxn", false, "two edits in five characters"),
        ];
        for (wanted, found, expected, why) in rows {
            assert_eq!(is_typo(wanted, found), expected, "{wanted} {found}: {why}");
        }
    }
}
