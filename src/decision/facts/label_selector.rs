//! Label selectors of objects: `matchLabels` and `matchExpressions`.

use super::labels::Labels;
use super::spec::{Operator, Requirement};

/// A label selector. An empty one fits every object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelSelector {
    /// `matchLabels`.
    pub labels: Labels,
    /// `matchExpressions`.
    pub expressions: Vec<Requirement>,
}

impl LabelSelector {
    /// Whether these labels meet every pair and every expression. An operator that Kubernetes does not know fits nothing.
    ///
    /// Source: Kubernetes, "Labels and Selectors".
    pub fn matches(&self, labels: &Labels) -> bool {
        let pairs = self
            .labels
            .iter()
            .all(|(key, value)| labels.get(key) == Some(value));
        pairs
            && self.expressions.iter().all(|wanted| {
                let found = labels.get(&wanted.key);
                let is_listed = || {
                    found.is_some_and(|value| wanted.values.iter().any(|wanted| wanted == value))
                };
                match wanted.operator {
                    Operator::In => is_listed(),
                    Operator::NotIn => !is_listed(),
                    Operator::Exists => found.is_some(),
                    Operator::DoesNotExist => found.is_none(),
                    Operator::Gt | Operator::Lt | Operator::Other(_) => false,
                }
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_and_expressions() {
        let labels = Labels::from([("app", "web")]);
        let requirement = |key: &str, operator: Operator, values: &[&str]| Requirement {
            key: key.to_owned(),
            operator,
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        };
        for (expression, fits) in [
            (requirement("app", Operator::In, &["api", "web"]), true),
            (requirement("app", Operator::In, &["api"]), false),
            (requirement("app", Operator::NotIn, &["web"]), false),
            (requirement("tier", Operator::NotIn, &["web"]), true),
            (requirement("app", Operator::Exists, &[]), true),
            (requirement("tier", Operator::Exists, &[]), false),
            (requirement("tier", Operator::DoesNotExist, &[]), true),
            (requirement("app", Operator::DoesNotExist, &[]), false),
            (
                requirement("app", Operator::Other("Near".to_owned()), &["web"]),
                false,
            ),
        ] {
            let selector = LabelSelector {
                expressions: vec![expression.clone()],
                ..LabelSelector::default()
            };
            assert_eq!(selector.matches(&labels), fits, "{expression:?}");
        }
        assert!(LabelSelector::default().matches(&labels));
        let other = LabelSelector {
            labels: Labels::from([("app", "api")]),
            ..LabelSelector::default()
        };
        assert!(!other.matches(&labels));
    }
}
