//! What the functions of a template come to.
//!
//! Source: CloudFormation Template Reference, "Intrinsic functions".

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::expression::function;
use super::template::{Found, MOST_ELEMENTS, Resolved, Template};
use super::text::{self, Text};

impl<'t> Template<'t> {
    pub(super) fn substitute(
        &self,
        text: &'t str,
        variables: Option<&'t Map<String, Value>>,
        depth: usize,
    ) -> Resolved<'t> {
        if text.len() > text::LONGEST {
            return Resolved::unknown();
        }
        let mut found = Text::known("");
        let mut is_assumed = false;
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, behind)) = after.split_once('}') else {
                break;
            };
            found.push(&Text::known(before));
            rest = behind;
            if let Some(literal) = name.strip_prefix('!') {
                found.push(&Text::known(format!("${{{literal}}}")));
                continue;
            }
            let piece = match variables.and_then(|variables| variables.get(name)) {
                Some(value) => self.resolve_at(value, depth + 1),
                None if !self.may_go_on(depth) => Resolved::unknown(),
                None => match name.split_once('.') {
                    Some((resource, attribute)) => self.attribute(resource, attribute, depth),
                    None => self.reference(name, depth),
                },
            };
            is_assumed |= piece.is_assumed;
            found.push(&piece.into_text());
        }
        found.push(&Text::known(rest));
        Resolved {
            value: Found::Text(found.settled()),
            is_assumed,
        }
    }

    pub(super) fn join(&self, parts: &'t [Value], depth: usize) -> Option<Resolved<'t>> {
        let [Value::String(delimiter), list] = parts else {
            return None;
        };
        let list = self.resolve_at(list, depth + 1);
        let Found::List(elements) = &list.value else {
            return None;
        };
        let delimiter = Text::known(delimiter);
        let mut joined = Text::known("");
        let mut is_assumed = list.is_assumed;
        let mut is_first = true;
        for index in 0..elements.len() {
            let element = self.element(elements, index, depth);
            if matches!(element.value, Found::Absent) {
                continue;
            }
            // What an undecided `Fn::If` leaves out takes its delimiter with it.
            if self.may_be_absent(elements, index, &element) {
                return None;
            }
            if !is_first {
                joined.push(&delimiter);
            }
            is_first = false;
            is_assumed |= element.is_assumed;
            // A list within the list stands for an unknown number of elements; any text fits `*`.
            joined.push(&element.into_text());
        }
        Some(Resolved {
            value: Found::Text(joined.settled()),
            is_assumed,
        })
    }

    pub(super) fn select(&self, parts: &'t [Value], depth: usize) -> Option<Resolved<'t>> {
        let [index, list] = parts else {
            return None;
        };
        let index = self.resolve_at(index, depth + 1);
        let list = self.resolve_at(list, depth + 1);
        let is_assumed = index.is_assumed || list.is_assumed;
        let Found::List(elements) = &list.value else {
            return None;
        };
        let mut to_go: usize = index.into_text().whole()?.trim().parse().ok()?;
        for position in 0..elements.len() {
            let element = self.element(elements, position, depth);
            if matches!(element.value, Found::Absent) {
                continue;
            }
            if self.may_be_absent(elements, position, &element) {
                return None;
            }
            if to_go == 0 {
                return Some(element.assumed_if(is_assumed));
            }
            to_go -= 1;
        }
        None
    }

    pub(super) fn split(&self, parts: &'t [Value], depth: usize) -> Option<Resolved<'t>> {
        let [Value::String(delimiter), text] = parts else {
            return None;
        };
        let text = self.resolve_at(text, depth + 1);
        let is_assumed = text.is_assumed;
        let text = text.into_text();
        let elements: Vec<Value> = match text.whole()? {
            _ if delimiter.is_empty() => return None,
            text => text
                .split(delimiter.as_str())
                .take(MOST_ELEMENTS)
                .map(Value::from)
                .collect(),
        };
        Some(Resolved {
            value: Found::List(Cow::Owned(elements)),
            is_assumed,
        })
    }

    pub(super) fn find_in_map(&self, parts: &'t [Value], depth: usize) -> Option<Resolved<'t>> {
        let (keys, otherwise) = match parts {
            [map, top, second] => ([map, top, second], None),
            [map, top, second, options] => ([map, top, second], options.get("DefaultValue")),
            _ => return None,
        };
        let mut is_assumed = false;
        let mut names = Vec::with_capacity(keys.len());
        for key in keys {
            let key = self.resolve_at(key, depth + 1);
            is_assumed |= key.is_assumed;
            names.push(key.into_text().whole()?.to_owned());
        }
        let [map, top, second] = names.as_slice() else {
            return None;
        };
        let found = self
            .mappings
            .and_then(|all| all.get(map)?.get(top)?.get(second))
            .or(otherwise)?;
        Some(self.resolve_at(found, depth + 1).assumed_if(is_assumed))
    }

    pub(super) fn choose(&self, parts: &'t [Value], depth: usize) -> Option<Resolved<'t>> {
        let [Value::String(condition), then, otherwise] = parts else {
            return None;
        };
        let truth = self.condition_at(condition, depth + 1);
        let chosen = if truth.holds? { then } else { otherwise };
        Some(
            self.resolve_at(chosen, depth + 1)
                .assumed_if(truth.is_assumed),
        )
    }

    /// An element of a list, resolved.
    pub(super) fn element_of(&self, list: &Cow<'t, [Value]>, index: usize) -> Resolved<'t> {
        self.element(list, index, 0)
    }

    fn element(&self, list: &Cow<'t, [Value]>, index: usize, depth: usize) -> Resolved<'t> {
        match list {
            Cow::Borrowed(elements) => match elements.get(index) {
                Some(element) => self.resolve_at(element, depth + 1),
                None => Resolved::unknown(),
            },
            // Such lists come of splitting a text that is known, so they hold plain texts.
            Cow::Owned(elements) => match elements.get(index).and_then(Value::as_str) {
                Some(text) => Resolved::sure(Found::Text(Text::known(text))),
                None => Resolved::unknown(),
            },
        }
    }

    /// Whether an element that is not known may also be none at all.
    fn may_be_absent(&self, list: &[Value], index: usize, element: &Resolved<'t>) -> bool {
        let is_choice = || {
            list.get(index)
                .and_then(|element| function(element.as_object()?))
                .is_some_and(|(name, _)| name == "Fn::If")
        };
        matches!(element.value, Found::Unknown) && is_choice()
    }
}
