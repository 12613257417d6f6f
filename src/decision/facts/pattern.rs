//! The patterns of Fargate profile selectors: `*` is any run of characters, `?` exactly one, all else is literal.

use std::fmt;

use serde::{Serialize, Serializer};

/// A pattern for a namespace, a label key or a label value. Anchored at both ends, case-sensitive, by characters.
///
/// Source: EKS User Guide, "Fargate profile wildcards". That matching is case-sensitive and that `*` crosses `/` and `.`
/// is not documented; nothing says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    text: String,
    literal: bool,
}

impl Pattern {
    /// Takes a pattern as a profile states it. Every text is a valid pattern.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let literal = !text.contains(['*', '?']);
        Self { text, literal }
    }

    /// The pattern as the profile states it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the pattern has no wildcard, and so names exactly one text.
    pub fn is_literal(&self) -> bool {
        self.literal
    }

    /// Whether the whole of `text` fits. Takes at most pattern length times text length steps.
    pub fn matches(&self, text: &str) -> bool {
        if self.literal {
            return self.text == text;
        }
        matches_wildcards(&self.text, text)
    }
}

/// Greedy matching that only ever goes back to the latest star: an earlier star need not be tried again, because the
/// latest one can take up whatever an earlier one would have.
fn matches_wildcards(pattern: &str, text: &str) -> bool {
    let (mut rest_of_pattern, mut rest_of_text) = (pattern.chars(), text.chars());
    let mut latest_star = None;
    loop {
        let mut after_pattern = rest_of_pattern.clone();
        match after_pattern.next() {
            Some('*') => {
                latest_star = Some((after_pattern.clone(), rest_of_text.clone()));
                rest_of_pattern = after_pattern;
                continue;
            }
            Some(wanted) => {
                let mut after_text = rest_of_text.clone();
                if after_text
                    .next()
                    .is_some_and(|found| wanted == '?' || wanted == found)
                {
                    (rest_of_pattern, rest_of_text) = (after_pattern, after_text);
                    continue;
                }
            }
            None if rest_of_text.clone().next().is_none() => return true,
            None => {}
        }
        // A dead end: let the latest star take one character more.
        let Some((after_star, taken_to)) = &mut latest_star else {
            return false;
        };
        if taken_to.next().is_none() {
            return false;
        }
        rest_of_pattern = after_star.clone();
        rest_of_text = taken_to.clone();
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Pattern;

    #[test]
    fn matches_as_the_user_guide_says() {
        let rows = [
            ("prod*", "prod", true, "a star may be empty"),
            ("prod*", "prod-metrics", true, "a star takes any run"),
            ("*dev", "team-dev", true, "a star may lead"),
            ("frontend*?", "frontend1", true, "a star and one more"),
            (
                "frontend*?",
                "frontend",
                false,
                "the question mark takes one",
            ),
            ("value?", "valuea", true, "exactly one character"),
            ("value?", "value", false, "not none"),
            ("value?", "value-a", false, "not two"),
            ("key?", "keya", true, "in keys as well"),
            ("shop", "shop", true, "a literal"),
            ("shop", "shop2", false, "anchored at the end"),
            ("shop", "myshop", false, "anchored at the start"),
            ("Shop", "shop", false, "case counts"),
            ("", "", true, "nothing fits nothing"),
            ("", "a", false, "nothing fits only nothing"),
            ("*", "", true, "a star alone"),
            ("**", "x", true, "two stars are one"),
            (
                "a*b*c",
                "a-b-b-c",
                true,
                "the latest star takes up the slack",
            ),
            ("a*b*c", "a-c-b", false, "order counts"),
            (
                "app.kubernetes.io/*",
                "app.kubernetes.io/name",
                true,
                "a star crosses slashes",
            ),
            ("a.c", "abc", false, "a dot is a dot"),
            ("[ab]", "a", false, "no classes"),
            ("[ab]", "[ab]", true, "brackets are themselves"),
            ("{a,b}", "a", false, "no alternatives"),
            ("\\*", "*", false, "no escapes: a backslash is itself"),
            ("?", "ü", true, "characters, not bytes"),
            ("??", "ü", false, "one character of two bytes is one"),
        ];
        for (pattern, text, expected, why) in rows {
            assert_eq!(
                Pattern::new(pattern).matches(text),
                expected,
                "{pattern:?} on {text:?}: {why}"
            );
        }
    }

    #[test]
    fn adversarial_patterns_end() {
        let pattern = Pattern::new(format!("{}b", "*a".repeat(2_000)));
        assert!(!pattern.matches(&"a".repeat(20_000)));
    }

    /// The definition, word for word and without thrift.
    fn reference(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|taken| reference(rest, &text[taken..])),
            Some(('?', rest)) => !text.is_empty() && reference(rest, &text[1..]),
            Some((one, rest)) => text.first() == Some(one) && reference(rest, &text[1..]),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn agrees_with_the_definition(pattern in "[ab*?ü]{0,8}", text in "[abü]{0,10}") {
            let (p, t): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
            prop_assert_eq!(Pattern::new(&pattern).matches(&text), reference(&p, &t));
        }

        #[test]
        fn agrees_with_wildmatch(pattern in "[a-c*?./-]{0,10}", text in "[a-c./-]{0,14}") {
            prop_assert_eq!(Pattern::new(&pattern).matches(&text), wildmatch::WildMatch::new(&pattern).matches(&text));
        }

        #[test]
        fn a_text_fits_itself(text in "[a-z0-9./-]{0,20}") {
            prop_assert!(Pattern::new(&text).matches(&text));
        }
    }
}
