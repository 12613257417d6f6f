//! The patterns of Fargate profile selectors: `*` is any run of characters, `?` exactly one, all else is literal.

mod runs;

use std::fmt;
use std::sync::Arc;

use memchr::memmem;
use serde::{Serialize, Serializer};

/// A pattern for a namespace, a label key or a label value. Anchored at both ends, case-sensitive, by characters.
///
/// Source: EKS User Guide, "Fargate profile wildcards". That matching is case-sensitive and that `*` crosses `/` and `.`
/// is not documented; nothing says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    text: Arc<str>,
    shape: Shape,
}

/// What a pattern is made of, told once from its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Shape {
    /// No wildcard.
    Literal,
    /// Question marks, and no star.
    Ones,
    /// Stars.
    Stars {
        /// The place of the first, in bytes.
        first: usize,
        /// The place of the last.
        last: usize,
        /// Whether there are question marks as well.
        has_ones: bool,
    },
}

impl Pattern {
    /// Takes a pattern as a profile states it. Every text is a valid pattern.
    pub fn new(text: impl AsRef<str>) -> Self {
        let text: Arc<str> = Arc::from(text.as_ref());
        let has_ones = text.contains('?');
        let shape = match (text.find('*'), text.rfind('*')) {
            (Some(first), Some(last)) => Shape::Stars {
                first,
                last,
                has_ones,
            },
            _ if has_ones => Shape::Ones,
            _ => Shape::Literal,
        };
        Self { text, shape }
    }

    /// The pattern as the profile states it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The same, for those who keep it.
    pub fn text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// Whether the pattern has no wildcard, and so names exactly one text.
    pub fn is_literal(&self) -> bool {
        self.shape == Shape::Literal
    }

    /// Whether it fits every text, being one star or several.
    pub fn is_any(&self) -> bool {
        match self.shape {
            Shape::Stars { .. } => self.text.bytes().all(|byte| byte == b'*'),
            Shape::Literal | Shape::Ones => false,
        }
    }

    /// The plain characters with which every text that fits begins.
    pub fn plain_prefix(&self) -> &str {
        let end = self.text.find(['*', '?']).unwrap_or(self.text.len());
        &self.text[..end]
    }

    /// Whether the whole of `text` fits. Takes time in proportion to the length of the text; with question marks between two
    /// stars, in proportion to that times every 64 characters of the run that they stand in.
    pub fn matches(&self, text: &str) -> bool {
        match self.shape {
            Shape::Literal => *self.text == *text,
            Shape::Ones => after_head(&self.text, text).is_some_and(str::is_empty),
            Shape::Stars {
                first,
                last,
                has_ones,
            } => {
                let (head, tail) = (&self.text[..first], &self.text[last + 1..]);
                let Some(rest) = between(head, tail, text, has_ones) else {
                    return false;
                };
                // Two stars without anything between them are one.
                first == last || holds_runs(&self.text[first + 1..last], rest, has_ones)
            }
        }
    }
}

/// What of the text is left between a head and a tail that fit its ends.
fn between<'t>(head: &str, tail: &str, text: &'t str, has_ones: bool) -> Option<&'t str> {
    if has_ones {
        before_tail(tail, after_head(head, text)?)
    } else {
        text.strip_prefix(head)?.strip_suffix(tail)
    }
}

/// Whether the runs between stars stand in a text one after the other. Each is taken where it ends first: whatever fits behind a
/// later place fits behind that one, so nothing is ever tried twice.
fn holds_runs(runs: &str, text: &str, has_ones: bool) -> bool {
    let mut rest = text;
    runs.split('*').filter(|run| !run.is_empty()).all(|run| {
        let end = if has_ones && run.contains('?') {
            runs::end_of_first(run, rest)
        } else {
            memmem::find(rest.as_bytes(), run.as_bytes()).map(|start| start + run.len())
        };
        match end.and_then(|end| rest.get(end..)) {
            Some(after) => {
                rest = after;
                true
            }
            None => false,
        }
    })
}

/// What follows in a text after a head of plain characters and question marks, where that fits.
fn after_head<'t>(head: &str, text: &'t str) -> Option<&'t str> {
    let mut rest = text.chars();
    for wanted in head.chars() {
        rest.next().filter(|found| fits(wanted, *found))?;
    }
    Some(rest.as_str())
}

/// What stands in a text before a tail of plain characters and question marks, where that fits.
fn before_tail<'t>(tail: &str, text: &'t str) -> Option<&'t str> {
    let mut rest = text.chars();
    for wanted in tail.chars().rev() {
        rest.next_back().filter(|found| fits(wanted, *found))?;
    }
    Some(rest.as_str())
}

fn fits(wanted: char, found: char) -> bool {
    wanted == '?' || wanted == found
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

    /// Each of these would take hours if anything were tried twice.
    #[test]
    fn adversarial_patterns_end() {
        let text = "a".repeat(1_000_000);
        let many = 50_000;
        for (pattern, expected) in [
            (format!("{}b", "*a".repeat(many)), false),
            (format!("{}*b*", "*a".repeat(many)), false),
            (format!("*{}b*", "a".repeat(many)), false),
            (format!("*b{}*", "a".repeat(many)), false),
            (format!("*{0}b{0}*a", "a".repeat(many)), false),
            (format!("{}*b", "*?a".repeat(many)), false),
            (format!("{}*", "*a?".repeat(many)), true),
            (format!("{}*b?*", "*?".repeat(many)), false),
            (format!("{}*", "?".repeat(many)), true),
        ] {
            let start: String = pattern.chars().take(12).collect();
            assert_eq!(Pattern::new(pattern).matches(&text), expected, "{start}…");
        }
    }

    #[test]
    fn long_runs_with_question_marks_are_found() {
        for length in [1, 62, 63, 64, 65, 127, 128, 129, 200] {
            let run: String = ('a'..='z').cycle().take(length).collect();
            let holed: String = run
                .chars()
                .enumerate()
                .map(|(place, one)| if place % 7 == 3 { '?' } else { one })
                .collect();
            let pattern = Pattern::new(format!("*{holed}?*"));
            for before in ["", "z", "zzü", &run] {
                assert!(pattern.matches(&format!("{before}{run}!")), "{length}");
            }
            assert!(!pattern.matches(&format!("zzü{run}")), "{length}");
        }
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
        fn what_fits_begins_with_the_plain_prefix(pattern in "[ab*?ü]{0,6}", text in "[abü]{0,8}") {
            let pattern = Pattern::new(&pattern);
            if pattern.matches(&text) {
                prop_assert!(text.starts_with(pattern.plain_prefix()));
            } else {
                prop_assert!(!pattern.is_any());
            }
        }

        #[test]
        fn a_text_fits_itself(text in "[a-z0-9./-]{0,20}") {
            prop_assert!(Pattern::new(&text).matches(&text));
        }
    }
    proptest! {
        #[test]
        fn long_runs_agree_with_wildmatch(pattern in "[ab*?]{0,6}[ab?]{60,140}[ab*?]{0,6}", text in "[ab]{120,300}") {
            let pattern = format!("*{pattern}*");
            prop_assert_eq!(Pattern::new(&pattern).matches(&text), wildmatch::WildMatch::new(&pattern).matches(&text));
        }
    }
}
