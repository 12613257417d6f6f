//! The fewest selectors within one namespace that claim what is wanted and spare the rest.
//!
//! What is wanted, and what is to be spared, are points: sets of labels. A selector's pairs claim the points that have them all.

use std::collections::{BTreeMap, BTreeSet};

use super::group::LabelMap;
use super::keys::{Worth, rank, worth};

/// How many sets of common labels are looked at, and how many labels of each.
const MOST_SETS: usize = 400;
const MOST_LABELS: usize = 16;
/// How many steps the search for the smallest cover takes at the most; the best found by then counts.
const MOST_STEPS: usize = 50_000;

/// What a selection costs, compared in this order: selectors, pairs, how little the keys last; then its text.
type Cost = (usize, usize, usize);

/// Pairs of a selector, and which of the wanted points they claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The pairs.
    pub pairs: LabelMap,
    /// The wanted points that have them all, by index.
    pub claims: BTreeSet<usize>,
}

impl Candidate {
    fn new(pairs: LabelMap, wanted: &[LabelMap]) -> Self {
        let claims = wanted
            .iter()
            .enumerate()
            .filter(|(_, labels)| has_all(labels, &pairs))
            .map(|(index, _)| index)
            .collect();
        Self { pairs, claims }
    }

    fn cost(&self) -> Cost {
        let ranks = self.pairs.iter().map(|(key, value)| rank(key, value)).sum();
        (1, self.pairs.len(), ranks)
    }
}

/// Whether labels have all pairs.
pub fn has_all(labels: &LabelMap, pairs: &LabelMap) -> bool {
    pairs
        .iter()
        .all(|(key, value)| labels.get(key) == Some(value))
}

/// Returns the pairs of the fewest selectors that claim every wanted point; an empty one claims the whole namespace.
///
/// A point to be spared is claimed only where a wanted one cannot be told from it. Labels that tell a workload are tried first,
/// then those that many carry alike, then those that change with each version; the whole namespace comes last.
pub fn smallest(wanted: &[LabelMap], spared: &[LabelMap], most_pairs: usize) -> Vec<LabelMap> {
    let spared: Vec<&LabelMap> = spared
        .iter()
        .filter(|other| !wanted.iter().any(|labels| has_all(other, labels)))
        .collect();
    let mut candidates: Vec<Candidate> = Vec::new();
    for most in [Worth::Telling, Worth::Wide, Worth::Passing] {
        let open: Vec<usize> = (0..wanted.len())
            .filter(|index| {
                !candidates
                    .iter()
                    .any(|candidate| candidate.claims.contains(index))
            })
            .collect();
        if open.is_empty() {
            break;
        }
        let allowed: Vec<LabelMap> = open
            .iter()
            .map(|index| {
                let mut labels = wanted[*index].clone();
                labels.retain(|key, value| worth(key, value) <= most);
                labels
            })
            .collect();
        for set in common_labels(&allowed) {
            if let Some(pairs) = fewest_pairs(&set, &spared, most_pairs) {
                candidates.push(Candidate::new(pairs, wanted));
            }
        }
    }
    for (index, labels) in wanted.iter().enumerate() {
        if !candidates
            .iter()
            .any(|candidate| candidate.claims.contains(&index))
        {
            let pairs = as_few_others_as_possible(labels, &spared, most_pairs);
            candidates.push(Candidate::new(pairs, wanted));
        }
    }
    candidates.sort_by(|a, b| (a.cost(), &a.pairs).cmp(&(b.cost(), &b.pairs)));
    candidates.dedup_by(|a, b| a.pairs == b.pairs);
    cover(&candidates, wanted.len())
        .into_iter()
        .map(|index| candidates[index].pairs.clone())
        .collect()
}

/// The labels that some of the sets have in common: each set, and what pairs of them share, and so on. Empty sets are left out.
fn common_labels(sets: &[LabelMap]) -> Vec<LabelMap> {
    let mut known: BTreeSet<LabelMap> =
        sets.iter().filter(|set| !set.is_empty()).cloned().collect();
    let mut fresh: Vec<LabelMap> = known.iter().cloned().collect();
    let first: Vec<LabelMap> = fresh.clone();
    while !fresh.is_empty() && known.len() < MOST_SETS {
        let mut next = Vec::new();
        for (one, other) in fresh
            .iter()
            .flat_map(|one| first.iter().map(move |other| (one, other)))
        {
            let shared: LabelMap = one
                .iter()
                .filter(|(key, value)| other.get(*key) == Some(value))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            if known.len() < MOST_SETS && !shared.is_empty() && known.insert(shared.clone()) {
                next.push(shared);
            }
        }
        fresh = next;
    }
    known.into_iter().collect()
}

/// The labels of a set, the best first.
fn ranked(set: &LabelMap) -> Vec<(&String, &String)> {
    let mut labels: Vec<_> = set.iter().collect();
    labels.sort_by_key(|(key, value)| (rank(key, value), *key));
    labels.truncate(MOST_LABELS);
    labels
}

/// Which of the labels a point lacks, a bit each.
fn lacks(labels: &[(&String, &String)], point: &LabelMap) -> u32 {
    let lacking = labels
        .iter()
        .enumerate()
        .filter(|(_, (key, value))| point.get(*key) != Some(*value));
    lacking.fold(0, |bits, (index, _)| bits | 1 << index)
}

/// The fewest pairs of a set that no point to be spared has, the best of equally many; at least one pair.
fn fewest_pairs(set: &LabelMap, spared: &[&LabelMap], most_pairs: usize) -> Option<LabelMap> {
    let labels = ranked(set);
    let lacking: BTreeSet<u32> = spared.iter().map(|point| lacks(&labels, point)).collect();
    if lacking.contains(&0) || labels.is_empty() {
        return None;
    }
    let all = 1_u32 << labels.len();
    let mut best: Option<(Cost, u32)> = None;
    for bits in 1..all {
        let count = bits.count_ones() as usize;
        if count > most_pairs || best.is_some_and(|((_, pairs, _), _)| count > pairs) {
            continue;
        }
        if lacking.iter().all(|lack| lack & bits != 0) {
            let ranks = chosen(&labels, bits)
                .map(|(key, value)| rank(key, value))
                .sum();
            let found = ((1, count, ranks), bits);
            if best.is_none_or(|best| found < best) {
                best = Some(found);
            }
        }
    }
    best.map(|(_, bits)| owned(chosen(&labels, bits)))
}

fn chosen<'l>(
    labels: &'l [(&'l String, &'l String)],
    bits: u32,
) -> impl Iterator<Item = (&'l String, &'l String)> {
    labels
        .iter()
        .enumerate()
        .filter(move |(index, _)| bits & (1 << index) != 0)
        .map(|(_, pair)| *pair)
}

fn owned<'l>(pairs: impl Iterator<Item = (&'l String, &'l String)>) -> LabelMap {
    pairs
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// For a point that no exact pairs claim: those that claim the fewest points beside it, chosen one by one.
fn as_few_others_as_possible(
    point: &LabelMap,
    spared: &[&LabelMap],
    most_pairs: usize,
) -> LabelMap {
    let labels = ranked(point);
    let mut pairs = LabelMap::new();
    let mut left: Vec<&LabelMap> = spared.to_vec();
    while pairs.len() < most_pairs {
        let still = |pair: &(&String, &String)| {
            left.iter()
                .filter(|other| other.get(pair.0) == Some(pair.1))
                .count()
        };
        let best = labels
            .iter()
            .filter(|(key, _)| !pairs.contains_key(*key))
            .min_by_key(|pair| still(pair));
        let Some(best) = best else { break };
        if !pairs.is_empty() && still(best) == left.len() {
            break;
        }
        left.retain(|other| other.get(best.0) == Some(best.1));
        pairs.insert(best.0.clone(), best.1.clone());
    }
    pairs
}

/// The cheapest choice of candidates that claims all points: exact as long as the steps last, else the best that was found.
fn cover(candidates: &[Candidate], points: usize) -> Vec<usize> {
    let mut search = Search {
        candidates,
        points,
        steps: 0,
        best: None,
    };
    let greedy = search.greedy();
    search.best = Some((search.cost(&greedy), greedy));
    search.deepen(&mut Vec::new(), &BTreeSet::new());
    let mut best = search.best.map(|(_, chosen)| chosen).unwrap_or_default();
    best.sort_unstable();
    best
}

struct Search<'c> {
    candidates: &'c [Candidate],
    points: usize,
    steps: usize,
    best: Option<(Cost, Vec<usize>)>,
}

impl Search<'_> {
    fn cost(&self, chosen: &[usize]) -> Cost {
        chosen
            .iter()
            .fold((0, 0, 0), |(count, pairs, ranks), index| {
                let (one, more_pairs, more_ranks) = self.candidates[*index].cost();
                (count + one, pairs + more_pairs, ranks + more_ranks)
            })
    }

    fn greedy(&self) -> Vec<usize> {
        let mut chosen = Vec::new();
        let mut claimed = BTreeSet::new();
        while claimed.len() < self.points {
            let gain = |index: &usize| self.candidates[*index].claims.difference(&claimed).count();
            // The first of equals: candidates are sorted by cost.
            let best = (0..self.candidates.len())
                .rev()
                .max_by_key(gain)
                .filter(|index| gain(index) > 0);
            let Some(best) = best else { break };
            claimed.extend(&self.candidates[best].claims);
            chosen.push(best);
        }
        chosen
    }

    fn deepen(&mut self, chosen: &mut Vec<usize>, claimed: &BTreeSet<usize>) {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return;
        }
        let cost = self.cost(chosen);
        let is_worse = |cost: Cost, best: &Option<(Cost, Vec<usize>)>| {
            best.as_ref().is_some_and(|(known, _)| cost >= *known)
        };
        let Some(open) = (0..self.points).find(|point| !claimed.contains(point)) else {
            if !is_worse(cost, &self.best) {
                self.best = Some((cost, chosen.clone()));
            }
            return;
        };
        // One selector more is needed at the least, of one pair unless it is for the whole namespace.
        if is_worse((cost.0 + 1, cost.1, cost.2), &self.best) {
            return;
        }
        let candidates = self.candidates;
        for (index, candidate) in candidates.iter().enumerate() {
            if candidate.claims.contains(&open) {
                let mut claimed = claimed.clone();
                claimed.extend(&candidate.claims);
                chosen.push(index);
                self.deepen(chosen, &claimed);
                chosen.pop();
            }
        }
    }
}

/// Groups points by namespace.
pub fn by_namespace<'p>(
    points: impl IntoIterator<Item = (&'p str, &'p LabelMap)>,
) -> BTreeMap<&'p str, Vec<LabelMap>> {
    let mut found: BTreeMap<&str, BTreeSet<&LabelMap>> = BTreeMap::new();
    for (namespace, labels) in points {
        found.entry(namespace).or_default().insert(labels);
    }
    found
        .into_iter()
        .map(|(namespace, points)| (namespace, points.into_iter().cloned().collect()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> LabelMap {
        text.split(',')
            .filter(|pair| !pair.is_empty())
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    }

    fn text(pairs: &LabelMap) -> String {
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        pairs.join(",")
    }

    #[test]
    fn the_smallest_selectors() {
        for (wanted, spared, expected, why) in [
            (
                &["app=web,tier=front"][..],
                &["app=api,tier=front"][..],
                &["app=web"][..],
                "one label tells it",
            ),
            (
                &["app=web,part-of=shop", "app=api,part-of=shop"],
                &["app=db,part-of=data"],
                &["part-of=shop"],
                "one selector for both",
            ),
            (
                &["app=web", "app=api"],
                &["app=db"],
                &["app=api", "app=web"],
                "nothing in common",
            ),
            (
                &["app=web,tier=front"],
                &["app=web,tier=back", "app=api,tier=front"],
                &["app=web,tier=front"],
                "only both together tell it",
            ),
            (
                &["app=web", "app=api"],
                &[],
                &["app=api", "app=web"],
                "alone in the namespace, and still named",
            ),
            (
                &[
                    "app=web,app.kubernetes.io/managed-by=Helm",
                    "app=api,app.kubernetes.io/managed-by=Helm",
                ],
                &["app=db"],
                &["app=api", "app=web"],
                "what everything carries is no better than the namespace",
            ),
            (
                &["app=web,version=1.2.3"],
                &["app=web,version=1.2.4"],
                &["version=1.2.3"],
                "a version where nothing else tells it",
            ),
            (
                &["app=web"],
                &["app=web", "app=api"],
                &["app=web"],
                "one that is alike cannot be spared, the other is",
            ),
            (&[""], &["app=api"], &[""], "without labels: the namespace"),
            (
                &["a=1,b=1", "a=1,b=2", "a=2,b=1"],
                &["a=2,b=2"],
                &["a=1", "b=1"],
                "they may overlap",
            ),
        ] {
            let parse = |texts: &[&str]| texts.iter().map(|text| labels(text)).collect::<Vec<_>>();
            let found = smallest(&parse(wanted), &parse(spared), 5);
            let found: Vec<String> = found.iter().map(text).collect();
            assert_eq!(found, expected, "{why}");
        }
    }
}
