//! Follows a path as kubectl does: each step goes from all that was reached to all that is reached next.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use super::document::Item;
use super::parse::{Filter, Node, Slice};

/// What is reached, or why it cannot be told.
type Reached<'v> = Result<Vec<Item<'v>>, String>;

/// Follows a path from a value on.
pub(super) fn walk_value<'v>(value: &'v Value, nodes: &[Node]) -> Reached<'v> {
    walk(vec![Item::Value(Cow::Borrowed(value))], nodes)
}

/// Follows a path from what was reached so far. Bare words stand for loops, which are somebody else's business.
pub(super) fn walk<'v>(from: Vec<Item<'v>>, nodes: &[Node]) -> Reached<'v> {
    nodes.iter().try_fold(from, step)
}

fn step<'v>(from: Vec<Item<'v>>, node: &Node) -> Reached<'v> {
    let of_each = |value: Value| {
        let count = from.len();
        Ok(vec![Item::Value(Cow::Owned(value)); count])
    };
    match node {
        Node::Text(text) => Ok(vec![Item::Text(text.clone())]),
        Node::Integer(number) => of_each(Value::from(*number)),
        Node::Float(number) => of_each(Value::from(*number)),
        Node::Bool(bool) => of_each(Value::from(*bool)),
        Node::Word(word) if matches!(word.as_str(), "range" | "end") => Ok(from),
        Node::Word(word) => Err(format!("unrecognized identifier {word}")),
        Node::Field(name) => Ok(from
            .into_iter()
            .filter_map(|item| field(item, name))
            .collect()),
        Node::Wildcard => Ok(from.into_iter().flat_map(children).collect()),
        Node::Recursive => {
            let mut reached = Vec::new();
            for item in from {
                descend(item, &mut reached);
            }
            Ok(reached)
        }
        Node::Slice(slice) => {
            let mut reached = Vec::new();
            for item in from {
                take(item, *slice, &mut reached)?;
            }
            Ok(reached)
        }
        Node::Filter(filter) => {
            let mut reached = Vec::new();
            for item in from {
                for element in elements(item).map_err(|kind| {
                    format!("{kind} is not array or slice and cannot be filtered")
                })? {
                    if holds(filter, element.clone())? {
                        reached.push(element);
                    }
                }
            }
            Ok(reached)
        }
        Node::Union(paths) => {
            let mut reached = Vec::new();
            for path in paths {
                reached.extend(walk(from.clone(), path)?);
            }
            Ok(reached)
        }
    }
}

fn field<'v>(item: Item<'v>, name: &str) -> Option<Item<'v>> {
    if let Item::Document(document) = item {
        return document.field(name);
    }
    match item.value() {
        Cow::Borrowed(value) => value.get(name).map(Cow::Borrowed),
        Cow::Owned(mut value) => value.get_mut(name).map(Value::take).map(Cow::Owned),
    }
    .map(Item::Value)
}

/// What a list or an object holds.
fn children<'v>(item: Item<'v>) -> Vec<Item<'v>> {
    if let Item::Pods(document) = item {
        return (0..document.pods())
            .map(|index| Item::Pod(document, index))
            .collect();
    }
    let held: Vec<Cow<'v, Value>> = match item.value() {
        Cow::Borrowed(Value::Array(list)) => list.iter().map(Cow::Borrowed).collect(),
        Cow::Borrowed(Value::Object(fields)) => fields.values().map(Cow::Borrowed).collect(),
        Cow::Owned(Value::Array(list)) => list.into_iter().map(Cow::Owned).collect(),
        Cow::Owned(Value::Object(fields)) => {
            fields.into_iter().map(|(_, v)| Cow::Owned(v)).collect()
        }
        _ => Vec::new(),
    };
    held.into_iter().map(Item::Value).collect()
}

/// The item itself and all below it, save what holds nothing.
fn descend<'v>(item: Item<'v>, reached: &mut Vec<Item<'v>>) {
    let value = item.value();
    let holds_something = match &*value {
        Value::Array(list) => !list.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::String(text) => !text.is_empty(),
        _ => false,
    };
    if !holds_something {
        return;
    }
    let item = Item::Value(value);
    reached.push(item.clone());
    for child in children(item) {
        descend(child, reached);
    }
}

/// The elements of a list; of nothing, none. Errors: what it is instead.
fn elements<'v>(item: Item<'v>) -> Result<Vec<Item<'v>>, &'static str> {
    match item {
        Item::Pods(_) => Ok(children(item)),
        Item::Text(_) => Err("string"),
        Item::Document(_) | Item::Pod(..) => Err("map"),
        Item::Value(value) => match &*value {
            Value::Array(_) => Ok(children(Item::Value(value))),
            Value::Null => Ok(Vec::new()),
            Value::Object(_) => Err("map"),
            Value::String(_) => Err("string"),
            Value::Number(_) => Err("number"),
            Value::Bool(_) => Err("bool"),
        },
    }
}

fn take<'v>(item: Item<'v>, slice: Slice, reached: &mut Vec<Item<'v>>) -> Result<(), String> {
    if matches!(&item, Item::Value(value) if value.is_null()) {
        return Ok(());
    }
    let list = elements(item).map_err(|kind| format!("{kind} is not array or slice"))?;
    let length = i64::try_from(list.len()).map_err(|error| error.to_string())?;
    let mut start = slice.start.unwrap_or(0);
    if start < 0 {
        start = start.saturating_add(length);
    }
    let mut end = slice.end.unwrap_or(length);
    if end < 0 || (end == 0 && slice.is_single) {
        end = end.saturating_add(length);
    }
    if start == end {
        return Ok(());
    }
    let outside = |index: i64| format!("array index out of bounds: index {index}, length {length}");
    if start < 0 || start >= length {
        return Err(outside(start));
    }
    if end < 0 || end > length {
        return Err(outside(end - 1));
    }
    if start > end {
        return Err(format!(
            "starting index {start} is greater than ending index {end}"
        ));
    }
    let positive = |number: i64| usize::try_from(number).unwrap_or_default();
    let step = match slice.step {
        Some(step) if step <= 0 => return Err("step must be > 0".to_owned()),
        step => positive(step.unwrap_or(1)),
    };
    let count = positive(end - start);
    reached.extend(
        list.into_iter()
            .skip(positive(start))
            .take(count)
            .step_by(step),
    );
    Ok(())
}

fn holds(filter: &Filter, element: Item<'_>) -> Result<bool, String> {
    let element = element.value();
    let left = walk_value(&element, &filter.left);
    let Some((operator, right)) = &filter.comparison else {
        return Ok(left.is_ok_and(|found| !found.is_empty()));
    };
    let single = |found: Vec<Item<'_>>| match found.len() {
        0 => Ok(None),
        1 => Ok(found
            .into_iter()
            .next()
            .map(|item| item.value().into_owned())),
        _ => Err("can only compare one element at a time".to_owned()),
    };
    let Some(left) = single(left?)? else {
        return Ok(false);
    };
    let Some(right) = single(walk_value(&element, right)?)? else {
        return Ok(false);
    };
    compare(&left, operator, &right)
}

fn compare(left: &Value, operator: &str, right: &Value) -> Result<bool, String> {
    let invalid = || Err("invalid type for comparison".to_owned());
    let order = match (left, right) {
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Number(left), Value::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => left.cmp(&right),
            _ => {
                let numbers = (left.as_f64(), right.as_f64());
                match numbers {
                    (Some(left), Some(right)) => left.total_cmp(&right),
                    _ => return invalid(),
                }
            }
        },
        (Value::Bool(left), Value::Bool(right)) => {
            if !matches!(operator, "==" | "!=") {
                return invalid();
            }
            left.cmp(right)
        }
        (
            Value::String(_) | Value::Number(_) | Value::Bool(_),
            Value::String(_) | Value::Number(_) | Value::Bool(_),
        ) => {
            return Err("incompatible types for comparison".to_owned());
        }
        _ => return invalid(),
    };
    Ok(match operator {
        "<" => order == Ordering::Less,
        ">" => order == Ordering::Greater,
        "==" => order == Ordering::Equal,
        "!=" => order != Ordering::Equal,
        "<=" => order != Ordering::Greater,
        ">=" => order != Ordering::Less,
        other => return Err(format!("unrecognized filter operator {other}")),
    })
}
