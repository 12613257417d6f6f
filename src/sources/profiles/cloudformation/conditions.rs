//! Whether the conditions of a template hold, as far as the template alone tells.
//!
//! Source: CloudFormation Template Reference, "Condition functions".

use serde_json::Value;

use super::expression::function;
use super::template::{MOST_ELEMENTS, Resolved, Template};

/// Whether a condition holds; `holds` is `None` where the template alone does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Truth {
    pub(super) holds: Option<bool>,
    /// Whether that rests on the default of a parameter.
    pub(super) is_assumed: bool,
}

impl Truth {
    const UNDECIDED: Self = Self {
        holds: None,
        is_assumed: false,
    };
}

impl<'t> Template<'t> {
    /// Whether a condition of this name holds.
    pub(super) fn condition(&self, name: &str) -> Truth {
        self.condition_at(name, 0)
    }

    pub(super) fn condition_at(&self, name: &str, depth: usize) -> Truth {
        match self.conditions.and_then(|all| all.get(name)) {
            Some(condition) => self.truth(condition, depth + 1),
            None => Truth::UNDECIDED,
        }
    }

    fn truth(&self, value: &'t Value, depth: usize) -> Truth {
        if !self.may_go_on(depth) {
            return Truth::UNDECIDED;
        }
        match value.as_object().and_then(function) {
            Some(("Condition", Value::String(name))) => self.condition_at(name, depth),
            Some(("Fn::Equals", Value::Array(sides))) => self.equal(sides, depth),
            Some(("Fn::And", Value::Array(all))) => self.all_are(true, all, depth),
            Some(("Fn::Or", Value::Array(all))) => not(self.all_are(false, all, depth)),
            Some(("Fn::Not", Value::Array(one))) => match one.as_slice() {
                [one] => not(self.truth(one, depth + 1)),
                _ => Truth::UNDECIDED,
            },
            _ => Truth::UNDECIDED,
        }
    }

    fn equal(&self, sides: &'t [Value], depth: usize) -> Truth {
        let [one, other] = sides else {
            return Truth::UNDECIDED;
        };
        let [one, other] = [one, other].map(|side| self.resolve_at(side, depth + 1));
        let is_assumed = one.is_assumed || other.is_assumed;
        let [one, other] = [one, other].map(Resolved::into_text);
        let holds = one
            .whole()
            .zip(other.whole())
            .map(|(one, other)| one == other);
        Truth {
            holds,
            is_assumed: is_assumed && holds.is_some(),
        }
    }

    /// Whether all of these are as `wanted`. One that surely is not decides, whatever the others are.
    fn all_are(&self, wanted: bool, all: &'t [Value], depth: usize) -> Truth {
        if all.len() > MOST_ELEMENTS {
            return Truth::UNDECIDED;
        }
        let truths: Vec<Truth> = all
            .iter()
            .map(|one| self.truth(one, depth + 1))
            .map(|truth| if wanted { truth } else { not(truth) })
            .collect();
        let against = || truths.iter().filter(|truth| truth.holds == Some(false));
        if against().next().is_some() {
            return Truth {
                holds: Some(false),
                is_assumed: against().all(|truth| truth.is_assumed),
            };
        }
        if truths.iter().any(|truth| truth.holds.is_none()) {
            return Truth::UNDECIDED;
        }
        Truth {
            holds: Some(true),
            is_assumed: truths.iter().any(|truth| truth.is_assumed),
        }
    }
}

fn not(truth: Truth) -> Truth {
    Truth {
        holds: truth.holds.map(|holds| !holds),
        ..truth
    }
}
