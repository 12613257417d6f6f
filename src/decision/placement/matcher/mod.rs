//! All selectors of all profiles, ordered so that a pod meets only those that its labels lead to: the same answers as
//! [`FargateProfile::fit`] gives profile by profile, without a walk through all of them.

mod near;
mod pairs;

pub use near::NearMisses;

use std::collections::HashMap;
use std::sync::Arc;

use self::pairs::{MetPairs, Pairs};
use super::matching::Match;
use super::memo::Memo;
use crate::decision::facts::{FargateProfile, Fit, Gap, LabelPattern, Labels, Profiles, Selector};

/// How many namespaces times selectors are kept at most.
const MOST_COVERINGS: usize = 1 << 22;

/// The selectors of a cluster's profiles.
pub struct Matcher<'a> {
    profiles: &'a Profiles,
    /// Profile by profile, in their order.
    selectors: Vec<Placed<'a>>,
    pairs: Pairs<'a>,
    /// The selectors that ask for labels, each under that pair which the fewest others ask for.
    by_rarest_pair: Vec<Vec<usize>>,
    /// The selectors that ask for none.
    unlabelled: Vec<usize>,
    /// The profiles of which nothing can be told where no selector that was seen matches.
    blind: Vec<usize>,
    /// The profiles with something that their source does not tell plainly.
    with_gaps: Vec<usize>,
    /// The place of each profile by name, whatever the order of the list.
    ranks: Vec<usize>,
    coverings: Memo<String, Arc<Covering>>,
}

/// A selector in its place.
struct Placed<'a> {
    profile: usize,
    /// Its index in the profile.
    index: usize,
    selector: &'a Selector,
    /// Its pairs, among the distinct ones.
    pairs: Vec<usize>,
    /// Whether a part of it is not known.
    is_open: bool,
}

/// The selectors whose namespace pattern fits one namespace.
struct Covering {
    /// One for each selector.
    fits: Vec<bool>,
    count: usize,
    /// Whether one of them is known to.
    is_any_sure: bool,
}

/// How all profiles fit a namespace and labels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fits {
    /// Those that match, each with the first of its selectors that does, in the order of profiles.
    matching: Vec<(usize, usize)>,
    /// Those of which it cannot be told.
    unknown: Vec<usize>,
}

impl Fits {
    /// Whether it is told of each profile.
    pub fn are_all_known(&self) -> bool {
        self.unknown.is_empty()
    }

    /// How the profile of this index fits.
    pub fn of(&self, profile: usize) -> Fit {
        let place = |(index, _): &(usize, usize)| *index;
        if let Ok(found) = self.matching.binary_search_by_key(&profile, place)
            && let Some((_, selector)) = self.matching.get(found)
        {
            Fit::Matches(*selector)
        } else if self.unknown.binary_search(&profile).is_ok() {
            Fit::Unknown
        } else {
            Fit::Misses
        }
    }

    /// The profiles of which it cannot be told.
    pub fn unknown<'a>(&self, profiles: &'a Profiles) -> impl Iterator<Item = &'a FargateProfile> {
        self.unknown
            .iter()
            .filter_map(|index| profiles.list.get(*index))
    }

    /// The profiles that match, in the order in which EKS chooses.
    pub fn matches<'a>(&self, profiles: &'a Profiles) -> Vec<Match<'a>> {
        self.matching
            .iter()
            .filter_map(|(profile, selector)| {
                let profile = profiles.list.get(*profile)?;
                Some(Match {
                    profile,
                    selector: *selector,
                })
            })
            .collect()
    }
}

impl<'a> Matcher<'a> {
    /// Orders the selectors of these profiles.
    pub fn of(profiles: &'a Profiles) -> Self {
        let mut pairs = Pairs::default();
        let mut selectors = Vec::new();
        for (profile, one) in profiles.list.iter().enumerate() {
            for (index, selector) in one.selectors.iter().flatten().enumerate() {
                selectors.push(Placed {
                    profile,
                    index,
                    selector,
                    pairs: selector.labels.iter().map(|pair| pairs.add(pair)).collect(),
                    is_open: selector.is_open(),
                });
            }
        }
        let indices = |is_meant: fn(&FargateProfile) -> bool| {
            let list = profiles.list.iter().enumerate();
            let meant = list.filter(|(_, profile)| is_meant(profile));
            meant.map(|(index, _)| index).collect()
        };
        let mut matcher = Self {
            profiles,
            by_rarest_pair: vec![Vec::new(); pairs.len()],
            unlabelled: Vec::new(),
            blind: indices(|profile| profile.selectors.is_none() || profile.hides_selectors()),
            with_gaps: indices(has_gaps),
            ranks: ranks(profiles),
            coverings: Memo::of_at_most(MOST_COVERINGS),
            selectors,
            pairs,
        };
        matcher.sort_by_rarest_pair();
        matcher
    }

    fn sort_by_rarest_pair(&mut self) {
        let mut asked = vec![0_usize; self.pairs.len()];
        for pair in self.selectors.iter().flat_map(|placed| &placed.pairs) {
            if let Some(count) = asked.get_mut(*pair) {
                *count += 1;
            }
        }
        for (id, placed) in self.selectors.iter().enumerate() {
            let rarest = placed.pairs.iter().min_by_key(|pair| asked.get(**pair));
            match rarest.and_then(|pair| self.by_rarest_pair.get_mut(*pair)) {
                Some(those) => those.push(id),
                None => self.unlabelled.push(id),
            }
        }
    }

    /// The profiles whose selectors these are.
    pub fn profiles(&self) -> &'a Profiles {
        self.profiles
    }

    /// The profiles with something that their source does not tell plainly, each with its index.
    pub fn with_gaps(&self) -> impl Iterator<Item = (usize, &'a FargateProfile)> {
        let list = &self.profiles.list;
        self.with_gaps
            .iter()
            .filter_map(|index| Some((*index, list.get(*index)?)))
    }

    /// Whether the namespace pattern of some selector fits, or may.
    pub fn covers(&self, namespace: &str) -> bool {
        self.covering(namespace).count > 0
    }

    /// How each profile fits a namespace and labels.
    pub fn fits(&self, namespace: &str, labels: &Labels) -> Fits {
        let covering = self.covering(namespace);
        if covering.count == 0 {
            return Fits {
                matching: Vec::new(),
                unknown: self.blind.clone(),
            };
        }
        let met = self.pairs.met_by(labels);
        let of_pairs = met
            .ids()
            .iter()
            .filter_map(|id| self.by_rarest_pair.get(*id));
        let mut hits: Vec<usize> = of_pairs
            .flatten()
            .chain(&self.unlabelled)
            .copied()
            .filter(|id| covering.has(*id) && self.is_met(*id, &met))
            .collect();
        hits.sort_unstable();
        self.fits_of(&hits)
    }

    fn is_met(&self, id: usize, met: &MetPairs) -> bool {
        let pairs = self.selectors.get(id).map(|placed| &placed.pairs);
        pairs.is_some_and(|pairs| pairs.iter().all(|pair| met.has(*pair)))
    }

    /// What the selectors that match, or may, come to; in their order.
    fn fits_of(&self, hits: &[usize]) -> Fits {
        let mut fits = Fits {
            matching: Vec::new(),
            unknown: self.blind.clone(),
        };
        for placed in hits.iter().filter_map(|id| self.selectors.get(*id)) {
            let is_matched = |matching: &Vec<(usize, usize)>| {
                matching
                    .last()
                    .is_some_and(|(last, _)| *last == placed.profile)
            };
            if placed.is_open {
                fits.unknown.push(placed.profile);
            } else if !is_matched(&fits.matching) {
                fits.matching.push((placed.profile, placed.index));
            }
        }
        fits.unknown.sort_unstable();
        fits.unknown.dedup();
        let place = |(index, _): &(usize, usize)| *index;
        let matching = &fits.matching;
        fits.unknown
            .retain(|profile| matching.binary_search_by_key(profile, place).is_err());
        fits
    }

    fn rank_of(&self, profile: usize) -> usize {
        self.ranks.get(profile).copied().unwrap_or_default()
    }

    fn covering(&self, namespace: &str) -> Arc<Covering> {
        self.coverings.get(namespace, || {
            let mut covering = Covering {
                fits: Vec::with_capacity(self.selectors.len()),
                count: 0,
                is_any_sure: false,
            };
            // Many selectors are for the same namespaces.
            let mut known: HashMap<&str, bool> = HashMap::new();
            for Placed { selector, .. } in &self.selectors {
                let pattern = &selector.namespace;
                let fits = *known
                    .entry(pattern.as_str())
                    .or_insert_with(|| pattern.matches(namespace));
                covering.fits.push(fits);
                covering.count += usize::from(fits);
                covering.is_any_sure |= fits && selector.open_gap("namespace").is_none();
            }
            let weight = covering.fits.len() + namespace.len();
            (Arc::new(covering), weight)
        })
    }
}

impl Covering {
    fn has(&self, id: usize) -> bool {
        self.fits.get(id).is_some_and(|fits| *fits)
    }
}

fn ranks(profiles: &Profiles) -> Vec<usize> {
    let mut names: Vec<&str> = profiles.list.iter().map(|one| one.name.as_str()).collect();
    names.sort_unstable();
    let place = |name: &str| names.partition_point(|other| *other < name);
    profiles.list.iter().map(|one| place(&one.name)).collect()
}

fn has_gaps(profile: &FargateProfile) -> bool {
    let of_selectors = profile.selectors.iter().flatten();
    !profile.gaps.is_empty()
        || of_selectors
            .into_iter()
            .any(|selector| !selector.gaps.is_empty())
}

/// Whether the key or the value of a pair is not known.
fn is_pair_open(selector: &Selector, pair: &LabelPattern) -> bool {
    let is_open = |field: &str| selector.open_gap(field).is_some();
    let has_open = |gap: &Gap| gap.assumed.is_none();
    selector.gaps.iter().any(has_open) && (is_open(&pair.field_of_key()) || is_open(&pair.field()))
}

#[cfg(test)]
mod tests;
