//! The distinct pairs of all selectors, and which of them labels meet.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::decision::facts::{LabelPattern, Labels};
use crate::decision::placement::closeness::Signature;
use crate::decision::placement::memo::Memo;

/// How many letters of values are kept at most for each key that patterns are asked of.
const MOST_OF_VALUES: usize = 1 << 16;

/// Pairs, each once.
#[derive(Default)]
pub(super) struct Pairs<'a> {
    list: Vec<&'a LabelPattern>,
    /// Of the key and of the value of each.
    signatures: Vec<(Signature, Signature)>,
    ids: HashMap<&'a LabelPattern, usize>,
    by_key: HashMap<&'a str, OfKey<'a>>,
    /// Those whose key is a pattern.
    of_key_patterns: Vec<usize>,
}

/// The pairs that name one key.
struct OfKey<'a> {
    by_value: HashMap<&'a str, usize>,
    /// Those whose value pattern begins with plain characters: by how many bytes these are, then by them.
    by_prefix: BTreeMap<usize, HashMap<&'a str, Vec<usize>>>,
    /// All others.
    others: Vec<usize>,
    /// Those of both that each value meets: a key has far fewer values than there are sets of labels.
    met_by: Memo<String, Arc<[usize]>>,
}

impl Default for OfKey<'_> {
    fn default() -> Self {
        Self {
            by_value: HashMap::new(),
            by_prefix: BTreeMap::new(),
            others: Vec::new(),
            met_by: Memo::of_at_most(MOST_OF_VALUES),
        }
    }
}

/// The pairs that some labels meet.
pub(super) struct MetPairs {
    is_met: Vec<bool>,
    ids: Vec<usize>,
}

impl MetPairs {
    /// Whether this pair is met.
    pub fn has(&self, id: usize) -> bool {
        self.is_met.get(id).is_some_and(|is_met| *is_met)
    }

    /// The pairs that are met.
    pub fn ids(&self) -> &[usize] {
        &self.ids
    }

    fn add(&mut self, id: usize) {
        if let Some(is_met) = self.is_met.get_mut(id)
            && !*is_met
        {
            *is_met = true;
            self.ids.push(id);
        }
    }
}

impl<'a> Pairs<'a> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// The pair of this number.
    pub fn get(&self, id: usize) -> Option<&'a LabelPattern> {
        self.list.get(id).copied()
    }

    /// What its key and its value look like.
    pub fn signatures(&self, id: usize) -> Option<(Signature, Signature)> {
        self.signatures.get(id).copied()
    }

    /// Adds a pair, and tells its number.
    pub fn add(&mut self, pair: &'a LabelPattern) -> usize {
        if let Some(id) = self.ids.get(pair) {
            return *id;
        }
        let id = self.list.len();
        self.list.push(pair);
        let of_both = [&pair.key, &pair.value].map(|pattern| Signature::of(pattern.as_str()));
        self.signatures.push(of_both.into());
        self.ids.insert(pair, id);
        if !pair.key.is_literal() {
            self.of_key_patterns.push(id);
            return id;
        }
        let of_key = self.by_key.entry(pair.key.as_str()).or_default();
        let prefix = pair.value.plain_prefix();
        if pair.value.is_literal() {
            of_key.by_value.insert(pair.value.as_str(), id);
        } else if prefix.is_empty() {
            of_key.others.push(id);
        } else {
            let of_length = of_key.by_prefix.entry(prefix.len()).or_default();
            of_length.entry(prefix).or_default().push(id);
        }
        id
    }

    /// The pairs that these labels meet, the same as [`LabelPattern::is_met_by`] tells of each.
    pub fn met_by(&self, labels: &Labels) -> MetPairs {
        let mut met = MetPairs {
            is_met: vec![false; self.list.len()],
            ids: Vec::new(),
        };
        for (key, value) in labels {
            if let Some(of_key) = self.by_key.get(key) {
                self.add_met(of_key, value, &mut met);
            }
        }
        for id in &self.of_key_patterns {
            if self.get(*id).is_some_and(|pair| pair.is_met_by(labels)) {
                met.add(*id);
            }
        }
        met
    }

    fn add_met(&self, of_key: &OfKey<'a>, value: &str, met: &mut MetPairs) {
        if let Some(id) = of_key.by_value.get(value) {
            met.add(*id);
        }
        if of_key.by_prefix.is_empty() && of_key.others.is_empty() {
            return;
        }
        let of_patterns = of_key.met_by.get(value, || {
            let ids = self.met_of_patterns(of_key, value);
            let weight = value.len() + ids.len();
            (ids, weight)
        });
        for id in of_patterns.iter() {
            met.add(*id);
        }
    }

    fn met_of_patterns(&self, of_key: &OfKey<'a>, value: &str) -> Arc<[usize]> {
        let of_prefixes = of_key
            .by_prefix
            .range(..=value.len())
            .filter_map(|(length, of_length)| of_length.get(value.get(..*length)?));
        let may_be_met = of_prefixes.flatten().chain(&of_key.others).copied();
        may_be_met
            .filter(|id| self.get(*id).is_some_and(|pair| pair.value.matches(value)))
            .collect()
    }
}
