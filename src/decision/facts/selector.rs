//! Selectors: what of a pod a profile looks at, with what their source does not tell of them.

use serde::Serialize;

use super::labels::Labels;
use super::pattern::Pattern;

/// One selector of a profile: a namespace pattern and label patterns, all of which must match.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Selector {
    /// The pattern for the pod's namespace.
    pub namespace: Pattern,
    /// The patterns for its labels, sorted by key; empty means that labels do not matter.
    pub labels: Vec<LabelPattern>,
    /// What the source does not tell plainly. A part that is not known at all stands in the patterns as the widest that it may
    /// be: `*` for a namespace or a value, a pair less for labels.
    pub gaps: Vec<Gap>,
}

impl Selector {
    /// Builds a selector from plain text.
    pub fn new<K: AsRef<str>, V: AsRef<str>>(
        namespace: impl AsRef<str>,
        labels: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let mut labels: Vec<_> = labels
            .into_iter()
            .map(|(key, value)| LabelPattern {
                key: Pattern::new(key),
                value: Pattern::new(value),
            })
            .collect();
        labels.sort_by(|a, b| a.key.cmp(&b.key).then_with(|| a.value.cmp(&b.value)));
        Self {
            namespace: Pattern::new(namespace),
            labels,
            gaps: Vec::new(),
        }
    }

    /// Whether a pod of this namespace with these labels matches: the namespace **and** every pair. False where that cannot be
    /// told.
    ///
    /// Source: EKS User Guide, "Fargate profile".
    pub fn matches(&self, namespace: &str, labels: &Labels) -> bool {
        !self.is_open() && self.may_match(namespace, labels)
    }

    /// Whether it matches, or may: what is not known of it is taken for the widest that it can be.
    pub fn may_match(&self, namespace: &str, labels: &Labels) -> bool {
        self.namespace.matches(namespace) && self.labels.iter().all(|pair| pair.is_met_by(labels))
    }

    /// The gap of a field for which nothing could be taken.
    pub fn open_gap(&self, field: &str) -> Option<&Gap> {
        let is_it = |gap: &&Gap| gap.assumed.is_none() && gap.field == field;
        self.gaps.iter().find(is_it)
    }

    /// Whether a part of it is not known, so that it can be told only of whom it does not match.
    pub fn is_open(&self) -> bool {
        self.gaps.iter().any(|gap| gap.assumed.is_none())
    }

    /// Whether a part of it is an assumption, so that nothing about it is certain.
    pub fn is_assumed(&self) -> bool {
        !self.is_open() && !self.gaps.is_empty()
    }
}

/// One pair of a selector.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LabelPattern {
    /// The pattern for the label's key.
    pub key: Pattern,
    /// The pattern for its value.
    pub value: Pattern,
}

impl LabelPattern {
    /// The field of its value, as a gap names it.
    pub fn field(&self) -> String {
        format!("labels[{}]", self.key)
    }

    /// The field of its key, as a gap names it.
    pub fn field_of_key(&self) -> String {
        format!("labels[{}].key", self.key)
    }

    /// Whether one of the labels has a fitting key **and** a fitting value.
    ///
    /// That the same label must satisfy both sides of a pair with a wildcard key is not documented; it is the natural reading.
    pub fn is_met_by(&self, labels: &Labels) -> bool {
        if self.key.is_literal() {
            return labels
                .get(self.key.as_str())
                .is_some_and(|value| self.value.matches(value));
        }
        labels
            .iter()
            .any(|(key, value)| self.key.matches(key) && self.value.matches(value))
    }
}

/// A field whose source does not tell its value plainly: a reference that leads out of the file, a value that is known only
/// once the profile is made, a parameter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Gap {
    /// The field, as the EKS API names it: `fargateProfileName`, `clusterName`, `podExecutionRoleArn`, `subnets`; within a
    /// selector `namespace`, `labels`, `labels[KEY]` for the value of a pair, `labels[KEY].key` for its key (with the key's
    /// pattern), and [`Gap::CONDITION`].
    pub field: String,
    /// What stands in its place, as the source writes it: `!Ref Namespace`, `known after apply`.
    pub expression: String,
    /// The value that is taken for it, such as a parameter's default; `None` where nothing can be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assumed: Option<String>,
}

impl Gap {
    /// Stands in a selector for whether it is there at all, where its source makes that depend on a condition. What the selector
    /// asks for is told all the same.
    pub const CONDITION: &str = "Condition";

    /// A field whose value cannot be known.
    pub fn unknown(field: impl Into<String>, expression: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            expression: expression.into(),
            assumed: None,
        }
    }

    /// What stands in the value's place, marked as no value: `<!Ref Namespace>`.
    pub fn in_brackets(&self) -> String {
        format!("<{}>", self.expression)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_labels_may_be_patterns() {
        let pattern = |key: &str, value: &str| LabelPattern {
            key: Pattern::new(key),
            value: Pattern::new(value),
        };
        let labels = Labels::from([("team-a", "orders"), ("tier", "web")]);
        for (key, value, wanted, why) in [
            ("team-*", "orders", true, "the key fits"),
            ("tea?-a", "ord*", true, "both fit"),
            ("team-*", "web", false, "the value is another key's"),
            ("other-*", "orders", false, "no key fits"),
            ("tier", "web", true, "a literal"),
            ("tier", "orders", false, "a literal with another's value"),
        ] {
            let met = pattern(key, value).is_met_by(&labels);
            assert_eq!(met, wanted, "{key}={value}: {why}");
        }
    }
}
