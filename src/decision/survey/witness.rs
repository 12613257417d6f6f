//! A pod that two selectors would both match, made up to prove that they may overlap.

use std::collections::{BTreeMap, HashMap, VecDeque};

use crate::decision::facts::Labels;
use crate::decision::facts::{LabelPattern, Pattern, Selector};

/// Patterns longer than this are not searched, so that hostile ones cost little.
const LONGEST: usize = 128;
/// What stands where any character does.
const FILLER: char = 'x';

/// A pod that could be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// Its namespace.
    pub namespace: String,
    /// Its labels.
    pub labels: Labels,
}

/// Returns a pod that both selectors match, where one is found. `namespaces` are the known ones; one of them is better proof.
pub fn matched_by_both<'n>(
    one: &Selector,
    other: &Selector,
    namespaces: impl IntoIterator<Item = &'n str>,
) -> Option<Witness> {
    let known = namespaces
        .into_iter()
        .find(|name| one.namespace.matches(name) && other.namespace.matches(name));
    let namespace = match known {
        Some(name) => name.to_owned(),
        None => common(&one.namespace, &other.namespace, is_namespace)?,
    };
    let labels = labels(&one.labels, &other.labels)?;
    // Whatever was made up above: it counts only if it is matched.
    (one.matches(&namespace, &labels) && other.matches(&namespace, &labels))
        .then_some(Witness { namespace, labels })
}

fn labels(one: &[LabelPattern], other: &[LabelPattern]) -> Option<Labels> {
    let anything = Pattern::new("*");
    let pairs = || one.iter().chain(other);
    let mut values: BTreeMap<&str, Vec<&Pattern>> = BTreeMap::new();
    for pair in pairs().filter(|pair| pair.key.is_literal()) {
        values
            .entry(pair.key.as_str())
            .or_default()
            .push(&pair.value);
    }
    let mut labels = Labels::new();
    for (key, patterns) in values {
        let value = match patterns.as_slice() {
            [only] => common(only, &anything, is_label_value)?,
            [first, second] => common(first, second, is_label_value)?,
            _ => return None,
        };
        labels.insert(key.to_owned(), value);
    }
    for pair in pairs().filter(|pair| !pair.key.is_literal()) {
        if pair.is_met_by(&labels) {
            continue;
        }
        let key = common(&pair.key, &anything, is_label_key)?;
        let value = common(&pair.value, &anything, is_label_value)?;
        if labels.contains_key(&key) {
            return None;
        }
        labels.insert(key, value);
    }
    Some(labels)
}

/// A text that fits both patterns and is `valid`; rather one in which every star stands for something.
fn common(one: &Pattern, other: &Pattern, valid: fn(&str) -> bool) -> Option<String> {
    if one.as_str().len().max(other.as_str().len()) > LONGEST {
        return None;
    }
    let literal = [(one, other), (other, one)]
        .into_iter()
        .find(|(literal, _)| literal.is_literal());
    if let Some((literal, wider)) = literal {
        return wider
            .matches(literal.as_str())
            .then(|| literal.as_str().to_owned());
    }
    let filled =
        |pattern: &Pattern| -> Vec<char> { pattern.as_str().replace('*', "?*").chars().collect() };
    let plain = |pattern: &Pattern| -> Vec<char> { pattern.as_str().chars().collect() };
    [
        (filled(one), filled(other)),
        (plain(one), filled(other)),
        (filled(one), plain(other)),
        (plain(one), plain(other)),
    ]
    .iter()
    .filter_map(|(one, other)| shortest(one, other))
    .find(|text| valid(text))
}

/// Places in the two patterns.
type Place = (usize, usize);

/// The shortest text that fits both, by walking through them side by side.
fn shortest(one: &[char], other: &[char]) -> Option<String> {
    let mut came_from: HashMap<Place, (Place, Option<char>)> = HashMap::new();
    let mut queue = VecDeque::from([(0, 0)]);
    while let Some(place) = queue.pop_front() {
        if place == (one.len(), other.len()) {
            return Some(text_to(place, &came_from));
        }
        for (next, letter) in steps(one, other, place) {
            if next != (0, 0) && !came_from.contains_key(&next) {
                came_from.insert(next, (place, letter));
                // Steps that add no letter come first: what is found is then the shortest.
                if letter.is_none() {
                    queue.push_front(next);
                } else {
                    queue.push_back(next);
                }
            }
        }
    }
    None
}

fn steps(one: &[char], other: &[char], (i, j): Place) -> Vec<(Place, Option<char>)> {
    let (here, there) = (one.get(i), other.get(j));
    let mut steps = Vec::new();
    if here == Some(&'*') {
        steps.push(((i + 1, j), None));
    }
    if there == Some(&'*') {
        steps.push(((i, j + 1), None));
    }
    let (Some(here), Some(there)) = (here, there) else {
        return steps;
    };
    let letter = match (here, there) {
        ('*' | '?', '*' | '?') => FILLER,
        ('*' | '?', letter) | (letter, '*' | '?') => *letter,
        (letter, same) if letter == same => *letter,
        _ => return steps,
    };
    let next = (
        if *here == '*' { i } else { i + 1 },
        if *there == '*' { j } else { j + 1 },
    );
    if next != (i, j) {
        steps.push((next, Some(letter)));
    }
    steps
}

fn text_to(end: Place, came_from: &HashMap<Place, (Place, Option<char>)>) -> String {
    let mut letters = Vec::new();
    let mut place = end;
    while let Some((before, letter)) = came_from.get(&place) {
        letters.extend(*letter);
        place = *before;
    }
    letters.iter().rev().collect()
}

/// Whether it may be the name of a namespace: a label of RFC 1123, as Kubernetes asks.
pub fn is_namespace(text: &str) -> bool {
    is_name(text, |letter| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-'
    }) && !text.is_empty()
}

fn is_label_value(text: &str) -> bool {
    is_name(text, |letter| {
        letter.is_ascii_alphanumeric() || "-_.".contains(letter)
    })
}

fn is_label_key(text: &str) -> bool {
    let name = text.rsplit_once('/').map_or(text, |(_, name)| name);
    !name.is_empty() && is_label_value(name)
}

/// Up to 63 of these characters, a letter or digit at both ends.
fn is_name(text: &str, may_have: impl Fn(char) -> bool) -> bool {
    let ends_well = |end: Option<char>| end.is_none_or(|end| end.is_ascii_alphanumeric());
    text.len() <= 63
        && text.chars().all(may_have)
        && ends_well(text.chars().next())
        && ends_well(text.chars().next_back())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pod_is_found_that_both_match() {
        let selector = |namespace: &str, labels: &[(&str, &str)]| {
            Selector::new(namespace, labels.iter().copied())
        };
        let plain = &[] as &[(&str, &str)];
        for (one, other, wanted) in [
            (
                selector("prod-*", plain),
                selector("*-eu", plain),
                Some(("prod-eu", "")),
            ),
            (selector("*", plain), selector("*", plain), Some(("x", ""))),
            (
                selector("shop", plain),
                selector("shop*", plain),
                Some(("shop", "")),
            ),
            (selector("shop", plain), selector("orders", plain), None),
            (
                selector("shop", &[("tier", "web")]),
                selector("shop", &[("tier", "api")]),
                None,
            ),
            (
                selector("shop", &[("tier", "w*")]),
                selector("shop", &[("t*", "*b"), ("team", "a")]),
                Some(("shop", "team=a tier=wb tx=xb")),
            ),
            (
                selector("a?", plain),
                selector("?b", plain),
                Some(("ab", "")),
            ),
        ] {
            let found = matched_by_both(&one, &other, []).map(|found| {
                let labels: Vec<String> = found
                    .labels
                    .iter()
                    .map(|(key, value)| format!("{key}={value}"))
                    .collect();
                (found.namespace, labels.join(" "))
            });
            let wanted = wanted.map(|(name, labels)| (name.to_owned(), labels.to_owned()));
            if one.labels.len() + other.labels.len() < 3 {
                assert_eq!(found, wanted);
            } else {
                assert!(found.is_some(), "{found:?}");
            }
        }
        let known = matched_by_both(
            &selector("*", plain),
            &selector("p*", plain),
            ["default", "prod"],
        );
        assert_eq!(known.map(|found| found.namespace).as_deref(), Some("prod"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn what_is_found_fits_both(one in "[ab*?]{0,6}", other in "[ab*?]{0,6}") {
            let (one, other) = (Pattern::new(one), Pattern::new(other));
            if let Some(text) = common(&one, &other, |_| true) {
                prop_assert!(one.matches(&text) && other.matches(&text), "{one} {other}: {text}");
            }
        }
    }
}
