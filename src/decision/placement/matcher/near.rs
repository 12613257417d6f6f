//! The selectors that came near a pod which none matches: found in one walk, and spelt out only where they are told.

use std::collections::BTreeMap;

use super::pairs::MetPairs;
use super::{Covering, Matcher, Placed, is_pair_open};
use crate::decision::facts::{Labels, Profiles, Selector, Workload};
use crate::decision::placement::SelectorTrial;
use crate::decision::placement::closeness::Signature;
use crate::decision::placement::matching::{is_slip, try_namespace, try_selector};

/// The near misses of a namespace and labels, as [`near_misses`](crate::decision::placement::matching::near_misses) orders them.
#[derive(Debug, Clone)]
pub struct NearMisses<'a> {
    profiles: &'a Profiles,
    /// The best, the first one first.
    best: Vec<Near>,
    count: usize,
    likeliest: Option<Near>,
    on_owner: Option<(Near, usize)>,
}

/// One of them.
#[derive(Debug, Clone, Copy)]
struct Near {
    profile: usize,
    selector: usize,
    /// Whether its namespace fits, or may.
    is_covering: bool,
}

/// A near miss by its rank: namespaces that fit for sure first, then those with the most pairs met, then by profile and index.
type Rank = (bool, std::cmp::Reverse<usize>, usize, usize, usize);

impl<'a> NearMisses<'a> {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether the namespace of one of them fits, or may.
    pub fn is_any_covering(&self) -> bool {
        self.best.first().is_some_and(|near| near.is_covering)
    }

    /// The best of them, pair by pair; as many as were kept.
    pub fn best(
        &self,
        namespace: &str,
        labels: &Labels,
        owners: &[&Workload],
    ) -> Vec<SelectorTrial> {
        let trials = self.best.iter();
        trials
            .filter_map(|near| self.trial(*near, namespace, labels, owners))
            .collect()
    }

    /// The one that was likely meant: one that only a slip keeps from matching, else the nearest.
    pub fn likeliest(
        &self,
        namespace: &str,
        labels: &Labels,
        owners: &[&Workload],
    ) -> Option<SelectorTrial> {
        self.trial(self.likeliest?, namespace, labels, owners)
    }

    /// The first whose missing labels one of the owners has in its own metadata, and not in the template; with its selector and the
    /// owner.
    pub fn on_owner<'o>(
        &self,
        namespace: &str,
        labels: &Labels,
        owners: &[&'o Workload],
    ) -> Option<(SelectorTrial, &'a Selector, &'o Workload)> {
        let (near, owner) = self.on_owner?;
        let trial = self.trial(near, namespace, labels, owners)?;
        Some((trial, self.selector(near)?, owners.get(owner)?))
    }

    /// Whether there is such an owner.
    pub fn is_any_on_owner(&self) -> bool {
        self.on_owner.is_some()
    }

    fn selector(&self, near: Near) -> Option<&'a Selector> {
        let profile = self.profiles.list.get(near.profile)?;
        profile.selectors.as_ref()?.get(near.selector)
    }

    fn trial(
        &self,
        near: Near,
        namespace: &str,
        labels: &Labels,
        owners: &[&Workload],
    ) -> Option<SelectorTrial> {
        let name = &self.profiles.list.get(near.profile)?.name;
        let selector = self.selector(near)?;
        Some(match near.is_covering {
            true => try_selector(name, near.selector, selector, namespace, labels, owners),
            false => try_namespace(name, near.selector, selector, namespace),
        })
    }
}

impl<'a> Matcher<'a> {
    /// The near misses of a namespace and labels, of which the best `kept` are kept. `owners` are the pod's, nearest first.
    pub fn near_misses(
        &self,
        namespace: &str,
        labels: &Labels,
        owners: &[&'a Workload],
        kept: usize,
    ) -> NearMisses<'a> {
        let covering = self.covering(namespace);
        let search = Search {
            matcher: self,
            met: self.pairs.met_by(labels),
            labels,
            owners,
        };
        let mut ranked = search.ranked(&covering);
        let likeliest = search.likeliest(&ranked);
        let on_owner = search.on_owner(&ranked);
        let near_count = ranked.len();
        if near_count > kept && kept > 0 {
            ranked.select_nth_unstable(kept - 1);
            ranked.truncate(kept);
        }
        ranked.sort_unstable();
        let mut best: Vec<Near> = ranked
            .iter()
            .filter_map(|rank| self.near(rank.4, true))
            .collect();
        let mut count = near_count;
        if !covering.is_any_sure {
            count += self.selectors.len() - covering.count;
            let others = (0..self.selectors.len()).filter(|id| !covering.has(*id));
            let others = others.filter_map(|id| self.near(id, false));
            best.extend(others.take(kept.saturating_sub(best.len())));
        }
        NearMisses {
            profiles: self.profiles,
            best,
            count,
            likeliest: likeliest.and_then(|id| self.near(id, true)),
            on_owner: on_owner.and_then(|(id, owner)| Some((self.near(id, true)?, owner))),
        }
    }

    fn near(&self, id: usize, is_covering: bool) -> Option<Near> {
        let placed = self.selectors.get(id)?;
        Some(Near {
            profile: placed.profile,
            selector: placed.index,
            is_covering,
        })
    }
}

/// What near misses are looked for with.
struct Search<'s, 'a> {
    matcher: &'s Matcher<'a>,
    /// The pairs that the labels meet.
    met: MetPairs,
    labels: &'s Labels,
    owners: &'s [&'a Workload],
}

impl<'a> Search<'_, 'a> {
    fn placed(&self, rank: &Rank) -> Option<&Placed<'a>> {
        self.matcher.selectors.get(rank.4)
    }

    /// The selectors whose namespace fits, or may, and that do not match.
    fn ranked(&self, covering: &Covering) -> Vec<Rank> {
        let selectors = self.matcher.selectors.iter().enumerate();
        selectors
            .filter(|(id, _)| covering.has(*id))
            .filter_map(|(id, placed)| {
                let selector = placed.selector;
                let is_met = |(pair, id): (_, &usize)| {
                    self.met.has(*id) && (selector.gaps.is_empty() || !is_pair_open(selector, pair))
                };
                let pairs = selector.labels.iter().zip(&placed.pairs);
                let met = pairs.filter(|pair| is_met(*pair)).count();
                let is_namespace_open = selector.open_gap("namespace").is_some();
                if met == selector.labels.len() && !placed.is_open {
                    return None;
                }
                let rank = self.matcher.rank_of(placed.profile);
                Some((
                    is_namespace_open,
                    std::cmp::Reverse(met),
                    rank,
                    placed.index,
                    id,
                ))
            })
            .collect()
    }

    /// The first that only slips keep from matching, else the first. Where no namespace fits for sure, one that is not known is no
    /// obstacle, and the labels are.
    fn likeliest(&self, ranked: &[Rank]) -> Option<usize> {
        let (is_open, ..) = ranked.iter().min()?;
        let near = || ranked.iter().filter(|(open, ..)| open == is_open);
        let words: Vec<(Signature, Signature)> = self
            .labels
            .iter()
            .map(|(key, value)| (Signature::of(key), Signature::of(value)))
            .collect();
        // Many selectors ask for the same pair.
        let mut known: BTreeMap<usize, bool> = BTreeMap::new();
        let mut is_slip_alone = |rank: &&Rank| {
            self.placed(rank).is_some_and(|placed| {
                let pairs = placed.selector.labels.iter().zip(&placed.pairs);
                let mut missed = pairs.filter(|(_, id)| !self.met.has(**id));
                missed.all(|(pair, id)| {
                    *known
                        .entry(*id)
                        .or_insert_with(|| self.is_slip(*id, &words))
                        && (placed.selector.gaps.is_empty() || !is_pair_open(placed.selector, pair))
                })
            })
        };
        let by_slip = near().filter(|rank| is_slip_alone(rank)).min();
        by_slip.or_else(|| near().min()).map(|rank| rank.4)
    }

    /// Whether a pair that no label meets is missed by a slip.
    fn is_slip(&self, id: usize, words: &[(Signature, Signature)]) -> bool {
        let (Some(pair), Some((key, value))) = (
            self.matcher.pairs.get(id),
            self.matcher.pairs.signatures(id),
        ) else {
            return false;
        };
        let may_be_meant = self
            .labels
            .iter()
            .zip(words)
            .any(|(found, (of_key, of_value))| {
                let is_key_near = pair.key.is_literal() && key.may_be_close(*of_key);
                let is_value_near = pair.value.is_literal() && value.may_be_close(*of_value);
                (is_key_near || pair.key.matches(found.0))
                    && (is_value_near || pair.value.matches(found.1))
            });
        may_be_meant && is_slip(pair, self.labels, self.owners)
    }

    /// The first whose missing pairs an owner meets with its own labels, unless the template meets them all by now.
    fn on_owner(&self, ranked: &[Rank]) -> Option<(usize, usize)> {
        if ranked.is_empty() || self.owners.is_empty() {
            return None;
        }
        let pairs = &self.matcher.pairs;
        let of_owners: Vec<MetPairs> = self
            .owners
            .iter()
            .map(|owner| pairs.met_by(&owner.labels))
            .collect();
        let of_template = pairs.met_by(&self.owners.last()?.template.labels);
        let owner_of = |rank: &Rank| {
            let placed = self.placed(rank)?;
            let is_missed = |id: &&usize| !self.met.has(**id);
            let is_template_met = placed.pairs.iter().all(|id| of_template.has(*id));
            if rank.0
                || placed.is_open
                || is_template_met
                || !placed.pairs.iter().any(|id| is_missed(&id))
            {
                return None;
            }
            of_owners.iter().position(|of_owner| {
                let mut missed = placed.pairs.iter().filter(is_missed);
                missed.all(|id| of_owner.has(*id))
            })
        };
        ranked
            .iter()
            .filter_map(|rank| Some((rank, owner_of(rank)?)))
            .min_by_key(|(rank, _)| *rank)
            .map(|(rank, owner)| (rank.4, owner))
    }
}
