//! Fewer, wider selectors, for when exact ones need more profiles: whole namespaces, then wildcards. Nobody else may be claimed.

use std::collections::{BTreeMap, BTreeSet};

use super::group::{Group, LabelMap};
use super::keys::POD_OF_STATEFUL_SET;
use crate::decision::facts::Labels;
use crate::decision::facts::{Kind, Pattern, Selector};

/// A selector that is proposed: literal, unless the quota forces wildcards.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Proposed {
    /// The namespace, or a pattern for several.
    pub namespace: String,
    /// The pairs; values may be patterns.
    pub pairs: LabelMap,
}

impl Proposed {
    /// As a profile's selector.
    pub fn selector(&self) -> Selector {
        Selector::new(self.namespace.clone(), self.pairs.clone())
    }

    /// Whether it holds a wildcard.
    pub fn has_wildcard(&self) -> bool {
        let is_pattern = |text: &String| !Pattern::new(text.clone()).is_literal();
        is_pattern(&self.namespace) || self.pairs.values().any(is_pattern)
    }
}

/// Whether a group would be claimed by a selector.
pub fn is_claimed(group: &Group<'_>, selector: &Selector) -> bool {
    selector.matches(&group.namespace, &Labels::from(&group.labels))
}

/// How many profiles this many selectors need.
pub fn profiles_needed(selectors: usize, most: usize) -> usize {
    selectors.div_ceil(most.max(1))
}

/// Widens selectors where that saves a profile; otherwise returns them as they are.
pub fn widened(exact: Vec<Proposed>, groups: &[Group<'_>], most: usize) -> Vec<Proposed> {
    if exact.len() <= most {
        return exact;
    }
    let mut best = exact;
    for widen in [whole_namespaces, with_wildcards] {
        let wider = widen(best.clone(), groups, most);
        if profiles_needed(wider.len(), most) < profiles_needed(best.len(), most) {
            best = wider;
        }
    }
    best.sort();
    best
}

/// Whether nobody who is to be spared would be claimed.
fn spares_all(selector: &Proposed, groups: &[Group<'_>]) -> bool {
    let selector = selector.selector();
    !groups
        .iter()
        .any(|group| group.is_to_be_spared() && is_claimed(group, &selector))
}

/// One selector for each namespace in which all are wanted, those with the most selectors first, until there are few enough.
fn whole_namespaces(
    mut selectors: Vec<Proposed>,
    groups: &[Group<'_>],
    most: usize,
) -> Vec<Proposed> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for selector in &selectors {
        *counts.entry(selector.namespace.clone()).or_default() += 1;
    }
    let mut namespaces: Vec<_> = counts.into_iter().filter(|(_, count)| *count > 1).collect();
    namespaces.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    for (namespace, _) in namespaces {
        if selectors.len() <= most {
            break;
        }
        let whole = Proposed {
            namespace: namespace.clone(),
            pairs: LabelMap::new(),
        };
        if spares_all(&whole, groups) {
            selectors.retain(|selector| selector.namespace != namespace);
            selectors.push(whole);
        }
    }
    selectors
}

/// Wildcards in namespaces or in one label's value, each replacing as many selectors as it can, until there are few enough.
fn with_wildcards(
    mut selectors: Vec<Proposed>,
    groups: &[Group<'_>],
    most: usize,
) -> Vec<Proposed> {
    let sees_all = groups
        .first()
        .is_some_and(|group| group.case.snapshot.coverage.is_listed_everywhere(Kind::Pod));
    while selectors.len() > most {
        let mut best: Option<(usize, Proposed)> = None;
        for pattern in patterns(&selectors, sees_all) {
            let replaced = selectors
                .iter()
                .filter(|selector| is_within(selector, &pattern))
                .count();
            let is_better = best.as_ref().is_none_or(|(count, _)| replaced > *count);
            if replaced > 1 && is_better && spares_all(&pattern, groups) {
                best = Some((replaced, pattern));
            }
        }
        let Some((_, pattern)) = best else { break };
        selectors.retain(|selector| !is_within(selector, &pattern));
        selectors.push(pattern);
        selectors.sort();
    }
    selectors
}

/// One pattern for several namespaces that claims nobody else who was seen; `None` where there is none.
pub fn one_for_namespaces(namespaces: &[&str], groups: &[Group<'_>]) -> Option<String> {
    let (first, rest) = namespaces.split_first()?;
    let sees_all = groups
        .first()
        .is_some_and(|group| group.case.snapshot.coverage.is_listed_everywhere(Kind::Pod));
    if rest.is_empty() || !sees_all {
        return None;
    }
    let mut patterns = wider(first);
    patterns.sort_by_key(|(_, stem)| std::cmp::Reverse(*stem));
    patterns
        .into_iter()
        .map(|(pattern, _)| pattern)
        .find(|pattern| {
            let whole = Proposed {
                namespace: pattern.clone(),
                pairs: LabelMap::new(),
            };
            let all = Pattern::new(pattern.clone());
            rest.iter().all(|namespace| all.matches(namespace)) && spares_all(&whole, groups)
        })
}

/// Whether all that a selector claims is claimed by the pattern too.
fn is_within(selector: &Proposed, pattern: &Proposed) -> bool {
    let fits = |pattern: &str, text: &str| Pattern::new(pattern).matches(text);
    fits(&pattern.namespace, &selector.namespace)
        && pattern.pairs.iter().all(|(key, value)| {
            selector
                .pairs
                .get(key)
                .is_some_and(|found| fits(value, found))
        })
}

/// Patterns that may replace several of the selectors, the narrowest first.
fn patterns(selectors: &[Proposed], sees_all: bool) -> Vec<Proposed> {
    let mut found: BTreeSet<(bool, std::cmp::Reverse<usize>, Proposed)> = BTreeSet::new();
    let mut add = |proposed: Proposed, stem: usize| {
        found.insert((stem == 0, std::cmp::Reverse(stem), proposed));
    };
    for selector in selectors {
        // The name of one pod is nothing that others have in common.
        if selector.pairs.contains_key(POD_OF_STATEFUL_SET) {
            continue;
        }
        if sees_all {
            for (pattern, stem) in wider(&selector.namespace) {
                let namespace = pattern;
                let pairs = selector.pairs.clone();
                add(Proposed { namespace, pairs }, stem);
            }
        }
        for (key, value) in &selector.pairs {
            for (pattern, stem) in wider(value) {
                let mut pairs = selector.pairs.clone();
                pairs.insert(key.clone(), pattern);
                let namespace = selector.namespace.clone();
                add(Proposed { namespace, pairs }, stem);
            }
        }
    }
    found.into_iter().map(|(_, _, proposed)| proposed).collect()
}

/// The text with a wildcard in place of its last or first words (`shop-*`, `*-prod`), and how many characters are left; `*` for
/// a namespace alone would claim every cluster's add-ons to come, and is not proposed.
fn wider(text: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(['-', '.', '_']) {
        found.push((format!("{}*", &text[..=at]), at + 1));
        found.push((format!("*{}", &text[at..]), text.len() - at));
    }
    found
}
