//! Whether one pattern or selector takes everything that another does. What is said here is proven: where it cannot be, the
//! answer is no.

use crate::decision::facts::{LabelPattern, Pattern, Selector};

/// Patterns longer than this are compared by equality alone, so that hostile ones cost little. Names and labels are shorter.
const LONGEST: usize = 512;

/// A part of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Symbol {
    /// This character.
    Literal(char),
    /// Exactly one character.
    One,
    /// Any run of characters.
    Any,
}

impl Symbol {
    /// The fewest characters that it takes.
    fn least(self) -> usize {
        usize::from(self != Self::Any)
    }
}

/// A literal, or wildcards in a row: at least so many characters, and no more unless it is open.
enum Piece {
    Literal(char),
    Run { least: usize, is_open: bool },
}

fn symbols(pattern: &Pattern) -> Vec<Symbol> {
    let characters = pattern.as_str().chars();
    characters
        .map(|character| match character {
            '*' => Symbol::Any,
            '?' => Symbol::One,
            literal => Symbol::Literal(literal),
        })
        .collect()
}

fn pieces(pattern: &Pattern) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for symbol in symbols(pattern) {
        if let Symbol::Literal(character) = symbol {
            pieces.push(Piece::Literal(character));
            continue;
        }
        match pieces.last_mut() {
            Some(Piece::Run { least, is_open }) => {
                *least += symbol.least();
                *is_open |= symbol == Symbol::Any;
            }
            _ => pieces.push(Piece::Run {
                least: symbol.least(),
                is_open: symbol == Symbol::Any,
            }),
        }
    }
    pieces
}

/// Whether every text that fits `narrow` is sure to fit `wide`.
///
/// The parts of `narrow` are shared out among those of `wide` in order, so that each part of `wide` takes whatever its share may
/// stand for.
pub fn pattern_covers(wide: &Pattern, narrow: &Pattern) -> bool {
    if wide == narrow || narrow.is_literal() {
        return wide.matches(narrow.as_str());
    }
    if wide.is_literal() || wide.as_str().len().max(narrow.as_str().len()) > LONGEST {
        return false;
    }
    let symbols = symbols(narrow);
    // The fewest characters before each place in `narrow`.
    let mut least_before = vec![0];
    let mut total = 0;
    for symbol in &symbols {
        total += symbol.least();
        least_before.push(total);
    }
    let mut reached = vec![false; symbols.len() + 1];
    reached[0] = true;
    for piece in pieces(wide) {
        let mut next = vec![false; symbols.len() + 1];
        for start in (0..reached.len()).filter(|start| reached[*start]) {
            match piece {
                Piece::Literal(character) => {
                    if symbols.get(start) == Some(&Symbol::Literal(character)) {
                        next[start + 1] = true;
                    }
                }
                Piece::Run {
                    least,
                    is_open: false,
                } => {
                    let share = symbols.get(start..start + least);
                    if share.is_some_and(|share| !share.contains(&Symbol::Any)) {
                        next[start + least] = true;
                    }
                }
                Piece::Run {
                    least,
                    is_open: true,
                } => {
                    for end in start..next.len() {
                        next[end] |= least_before[end] - least_before[start] >= least;
                    }
                    // What starts later reaches no further.
                    break;
                }
            }
        }
        reached = next;
    }
    reached.last() == Some(&true)
}

/// Whether every pod that matches `narrow` is sure to match `wide`.
///
/// What is not known of `narrow` stands in its patterns as the widest that it may be, which keeps the answer sound; of `wide`
/// everything has to be known.
pub fn selector_covers(wide: &Selector, narrow: &Selector) -> bool {
    !wide.is_open()
        && namespace_covers(&wide.namespace, &narrow.namespace)
        && wide
            .labels
            .iter()
            .all(|pair| narrow.labels.iter().any(|other| pair_covers(pair, other)))
}

/// Whether every namespace that fits `narrow` is sure to fit `wide`. None has an empty name.
pub fn namespace_covers(wide: &Pattern, narrow: &Pattern) -> bool {
    let is_any = !narrow.as_str().is_empty() && narrow.as_str().chars().all(|one| one == '*');
    match is_any {
        true => pattern_covers(wide, &Pattern::new("?*")),
        false => pattern_covers(wide, narrow),
    }
}

/// Whether a label that meets `narrow` is sure to meet `wide`.
fn pair_covers(wide: &LabelPattern, narrow: &LabelPattern) -> bool {
    pattern_covers(&wide.key, &narrow.key) && pattern_covers(&wide.value, &narrow.value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn covers(wide: &str, narrow: &str) -> bool {
        pattern_covers(&Pattern::new(wide), &Pattern::new(narrow))
    }

    #[test]
    fn patterns_are_compared_by_what_they_take() {
        for (wide, narrow, wanted, why) in [
            ("prod", "prod", true, "the same"),
            ("*", "prod-*", true, "everything"),
            ("*", "*", true, "the same"),
            ("prod*", "prod-*", true, "a longer beginning"),
            ("prod-*", "prod*", false, "prod itself is left over"),
            ("*-eu", "prod-*-eu", true, "the same end"),
            ("prod-*", "*-eu", false, "the beginning is open"),
            ("?*", "*a", true, "one character at least"),
            ("?*", "*", false, "the empty text"),
            ("*?", "?*", true, "the same in another order"),
            ("??", "?*", false, "longer ones are left over"),
            ("?*", "??", true, "two are at least one"),
            ("a?c", "abc", true, "a literal"),
            ("a?c", "a*c", false, "any run is not one"),
            ("abc", "a?c", false, "a literal takes itself alone"),
            ("*a*b*", "xaybz*", true, "in order"),
            ("*b*a*", "xaybz", false, "not in order"),
            ("a*a", "a", false, "one letter is not two"),
            ("*-app-*", "*-app-*-app-*", true, "more than once"),
        ] {
            assert_eq!(covers(wide, narrow), wanted, "{wide} over {narrow}: {why}");
        }
    }

    #[test]
    fn selectors_are_compared_pair_by_pair() {
        let selector = |namespace: &str, labels: &[(&str, &str)]| {
            Selector::new(namespace, labels.iter().copied())
        };
        let plain = &[] as &[(&str, &str)];
        for (wide, narrow, wanted, why) in [
            (
                selector("shop", plain),
                selector("shop", &[("a", "b")]),
                true,
                "labels narrow",
            ),
            (
                selector("shop", &[("a", "b")]),
                selector("shop", plain),
                false,
                "labels narrow",
            ),
            (
                selector("*", &[("a", "*")]),
                selector("shop", &[("a", "b"), ("c", "d")]),
                true,
                "more pairs",
            ),
            (
                selector("*", &[("a*", "b")]),
                selector("shop", &[("app", "b")]),
                true,
                "a key's pattern",
            ),
            (
                selector("*", &[("app", "b")]),
                selector("shop", &[("a*", "b")]),
                false,
                "another key may do",
            ),
            (
                selector("?*", plain),
                selector("*", plain),
                true,
                "no namespace has an empty name",
            ),
            (
                selector("??*", plain),
                selector("*", plain),
                false,
                "one may have a single letter",
            ),
            (
                selector("s*", &[("*", "*")]),
                selector("shop", plain),
                false,
                "a label is asked for",
            ),
        ] {
            assert_eq!(selector_covers(&wide, &narrow), wanted, "{why}");
        }
        let mut open = selector("shop", plain);
        open.gaps.push(crate::decision::facts::Gap::unknown(
            "labels",
            "!Ref Labels",
        ));
        assert!(
            selector_covers(&selector("shop", plain), &open),
            "whatever it is, it is no wider"
        );
        assert!(
            !selector_covers(&open, &selector("shop", plain)),
            "it may be narrower"
        );
    }

    #[test]
    fn long_patterns_are_left_alone() {
        let long = "*a".repeat(100_000);
        assert!(!covers(&long, &format!("{long}b*")));
        assert!(covers(&long, &long));
    }

    /// All texts of a small alphabet, to the length that tells short patterns apart.
    fn texts(longest: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut last = all.clone();
        for _ in 0..longest {
            last = last
                .iter()
                .flat_map(|text| ["a", "b", "z"].map(|letter| format!("{text}{letter}")))
                .collect();
            all.extend(last.clone());
        }
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(600))]

        #[test]
        fn what_is_said_holds(wide in "[ab*?]{0,5}", narrow in "[ab*?]{0,4}") {
            let (wide, narrow) = (Pattern::new(wide), Pattern::new(narrow));
            let left_over = texts(6)
                .into_iter()
                .find(|text| narrow.matches(text) && !wide.matches(text));
            if pattern_covers(&wide, &narrow) {
                prop_assert_eq!(left_over, None, "{} over {}", wide, narrow);
            } else {
                prop_assert!(left_over.is_some(), "{wide} over {narrow}: it does, and that is not seen");
            }
        }
    }
}
