//! Labels of an object: a small sorted list whose texts many objects share.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Index;
use std::sync::Arc;

use arcstr::ArcStr;
use serde::ser::{Serialize, Serializer};

/// `metadata.labels`, sorted by key. A copy is cheap, and of a big cluster the texts, and whole equal sets, are held once.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Labels(Arc<[(ArcStr, ArcStr)]>);

impl Labels {
    /// No labels.
    pub fn new() -> Self {
        Self(Arc::from([]))
    }

    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        let index = self.position(key).ok()?;
        self.0.get(index).map(|(_, value)| &**value)
    }

    /// Whether there is a label of this key.
    pub fn contains_key(&self, key: &str) -> bool {
        self.position(key).is_ok()
    }

    /// How many labels there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keys and values, in the order of the keys.
    pub fn iter(&self) -> Iter<'_> {
        Iter(self.0.iter())
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(key, _)| key)
    }

    /// Sets a label. Other holders of the same labels keep theirs.
    pub fn insert(&mut self, key: impl Into<ArcStr>, value: impl Into<ArcStr>) {
        self.extend([(key, value)]);
    }

    /// Sets a label that is not there yet.
    pub fn insert_if_absent(&mut self, key: &str, value: &str) {
        if !self.contains_key(key) {
            self.insert(key, value);
        }
    }

    /// Takes a label away, and gives its value.
    pub fn remove(&mut self, key: &str) -> Option<ArcStr> {
        let index = self.position(key).ok()?;
        let mut pairs = self.0.to_vec();
        let (_, value) = pairs.remove(index);
        self.0 = pairs.into();
        Some(value)
    }

    /// Keeps the labels that fulfil a condition.
    pub fn retain(&mut self, mut is_kept: impl FnMut(&str, &str) -> bool) {
        if !self.iter().all(|(key, value)| is_kept(key, value)) {
            let pairs = self.0.iter();
            self.0 = pairs
                .filter(|(key, value)| is_kept(key, value))
                .cloned()
                .collect();
        }
    }

    /// What tells these labels from others by where they are held: equal for copies of each other, and for all that were
    /// interned. Only valid while they live.
    pub fn address(&self) -> usize {
        Arc::as_ptr(&self.0).cast::<u8>().addr()
    }

    /// The same labels, each text the one that `share` knows for it.
    pub fn sharing(&self, mut share: impl FnMut(&ArcStr) -> ArcStr) -> Self {
        let pairs = self.0.iter();
        Self(
            pairs
                .map(|(key, value)| (share(key), share(value)))
                .collect(),
        )
    }

    fn position(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| (**known).cmp(key))
    }
}

/// Keys and values in order.
#[derive(Debug, Clone)]
pub struct Iter<'a>(std::slice::Iter<'a, (ArcStr, ArcStr)>);

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, value)| (&**key, &**value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl<'a> IntoIterator for &'a Labels {
    type Item = (&'a str, &'a str);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl Default for Labels {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<K: Into<ArcStr>, V: Into<ArcStr>> Extend<(K, V)> for Labels {
    fn extend<T: IntoIterator<Item = (K, V)>>(&mut self, pairs: T) {
        let known = self.0.iter().cloned();
        let added = pairs
            .into_iter()
            .map(|(key, value)| (key.into(), value.into()));
        *self = known.chain(added).collect();
    }
}

/// Of a key that comes several times the last value counts, as it does in a map.
impl<K: Into<ArcStr>, V: Into<ArcStr>> FromIterator<(K, V)> for Labels {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(pairs: T) -> Self {
        let pairs = pairs.into_iter();
        let mut pairs: Vec<(ArcStr, ArcStr)> = pairs
            .map(|(key, value)| (key.into(), value.into()))
            .collect();
        pairs.reverse();
        pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
        pairs.dedup_by(|(later, _), (first, _)| later == first);
        Self(pairs.into())
    }
}

impl<K: Into<ArcStr>, V: Into<ArcStr>> From<BTreeMap<K, V>> for Labels {
    fn from(labels: BTreeMap<K, V>) -> Self {
        labels.into_iter().collect()
    }
}

impl<const N: usize, K: Into<ArcStr>, V: Into<ArcStr>> From<[(K, V); N]> for Labels {
    fn from(labels: [(K, V); N]) -> Self {
        labels.into_iter().collect()
    }
}

impl From<&BTreeMap<String, String>> for Labels {
    fn from(labels: &BTreeMap<String, String>) -> Self {
        labels
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect()
    }
}

impl From<&Labels> for BTreeMap<String, String> {
    fn from(labels: &Labels) -> Self {
        let pairs = labels.iter();
        pairs
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect()
    }
}

impl Index<&str> for Labels {
    type Output = str;

    /// # Panics
    /// Where there is no such label.
    fn index(&self, key: &str) -> &str {
        self.get(key).expect("the label is there")
    }
}

impl Serialize for Labels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_a_sorted_map() {
        let mut labels: Labels = [("b", "2"), ("a", "1"), ("b", "3")].into_iter().collect();
        assert_eq!(
            labels.iter().collect::<Vec<_>>(),
            [("a", "1"), ("b", "3")],
            "the later value counts"
        );
        let copy = labels.clone();
        assert_eq!(copy.address(), labels.address());
        labels.insert("0", "first");
        labels.insert("b", "4");
        labels.insert_if_absent("a", "other");
        assert_eq!(
            labels.iter().collect::<Vec<_>>(),
            [("0", "first"), ("a", "1"), ("b", "4")]
        );
        assert_eq!(copy.get("b"), Some("3"), "a copy keeps its own");
        labels.remove("a");
        labels.retain(|key, _| key != "0");
        assert_eq!(labels.len(), 1);
        assert!(labels.contains_key("b") && !labels.contains_key("a"));
        assert_eq!(
            serde_json::to_string(&labels).ok().as_deref(),
            Some(r#"{"b":"4"}"#)
        );
    }
}
