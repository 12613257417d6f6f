//! A value of a plan with the masks that stand beside it: what of it is not known yet, what of it is sensitive.
//!
//! A mask has the shape of its value with `true` for each leaf that it covers, and nothing, `false` or an empty object or list
//! elsewhere. What is not known is left out of the value: a field of an object, an element of a map. An element of a list is
//! `null` instead, and today one of a set too; earlier releases left it out. Elements of a set stand in the same order in both.
//! Source: Terraform and OpenTofu, "JSON Output Format", and how both write it (`omitUnknowns`, `unknownAsBool`).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::sources::profiles::fields::Node;

/// What stands for a sensitive value.
pub(super) const SENSITIVE: &str = "sensitive value";

/// The value, with its unknown and sensitive parts as such; `expression` says what stands in place of an unknown part.
pub(super) fn merged(
    value: Option<&Value>,
    unknown: Option<&Value>,
    sensitive: Option<&Value>,
    expression: &str,
) -> Node {
    if unknown == Some(&Value::Bool(true)) {
        return Node::Unknown(expression.to_owned());
    }
    if sensitive == Some(&Value::Bool(true)) {
        return Node::Unknown(SENSITIVE.to_owned());
    }
    match value {
        Some(Value::Object(fields)) => {
            let is_odd = |mask: Option<&Value>| {
                mask.is_some_and(|mask| !mask.is_object() && covers_any(mask))
            };
            if is_odd(unknown) {
                return Node::Unknown(expression.to_owned());
            }
            if is_odd(sensitive) {
                return Node::Unknown(SENSITIVE.to_owned());
            }
            let left_out = unknown.and_then(Value::as_object);
            let keys = fields.keys().chain(
                left_out
                    .into_iter()
                    .flatten()
                    .filter(|(_, mask)| covers_any(mask))
                    .map(|(key, _)| key),
            );
            let part = |key: &String| {
                merged(
                    fields.get(key),
                    unknown.and_then(|mask| mask.get(key)),
                    sensitive.and_then(|mask| mask.get(key)),
                    expression,
                )
            };
            let parts: BTreeMap<_, _> = keys.map(|key| (key.clone(), part(key))).collect();
            Node::Map(parts)
        }
        Some(Value::Array(elements)) => list(elements, unknown, sensitive, expression),
        _ if unknown.is_some_and(covers_any) => match unknown {
            // A map of which nothing is known yet but its keys.
            Some(mask @ Value::Object(_)) if value.is_none_or(Value::is_null) => merged(
                Some(&Value::Object(serde_json::Map::new())),
                Some(mask),
                sensitive,
                expression,
            ),
            _ => Node::Unknown(expression.to_owned()),
        },
        _ if sensitive.is_some_and(covers_any) => Node::Unknown(SENSITIVE.to_owned()),
        Some(value) => Node::plain(value),
        None => Node::Nothing,
    }
}

fn list(
    elements: &[Value],
    unknown: Option<&Value>,
    sensitive: Option<&Value>,
    expression: &str,
) -> Node {
    let unknown = unknown.filter(|mask| covers_any(mask));
    let sensitive = sensitive.filter(|mask| covers_any(mask));
    let sensitive: Vec<Option<&Value>> = match sensitive {
        None => vec![None; elements.len()],
        Some(Value::Array(masks)) if masks.len() == elements.len() => {
            masks.iter().map(Some).collect()
        }
        Some(_) => return Node::Unknown(SENSITIVE.to_owned()),
    };
    let masks: Vec<Option<&Value>> = match unknown {
        None => vec![None; elements.len()],
        Some(Value::Array(masks)) => masks.iter().map(Some).collect(),
        Some(_) => return Node::Unknown(expression.to_owned()),
    };
    let is_left_out = |mask: &Option<&Value>| *mask == Some(&Value::Bool(true));
    let kept: Vec<Option<&Value>> = masks
        .iter()
        .copied()
        .filter(|mask| !is_left_out(mask))
        .collect();
    let (masks, left_out) = if all_fit(elements, &masks) {
        (masks, 0)
    } else if all_fit(elements, &kept) {
        let left_out = masks.len() - kept.len();
        (kept, left_out)
    } else {
        return Node::Unknown(expression.to_owned());
    };
    let parts = elements.iter().zip(masks).zip(sensitive);
    let known = parts.map(|((element, unknown), sensitive)| {
        merged(Some(element), unknown, sensitive, expression)
    });
    let left_out = (0..left_out).map(|_| Node::Unknown(expression.to_owned()));
    Node::List(known.chain(left_out).collect())
}

fn all_fit(elements: &[Value], masks: &[Option<&Value>]) -> bool {
    elements.len() == masks.len()
        && elements
            .iter()
            .zip(masks)
            .all(|(element, mask)| mask.is_none_or(|mask| fits(Some(element), mask)))
}

/// Whether a mask may be that of a value: where it says that something is not known, nothing stands.
fn fits(value: Option<&Value>, mask: &Value) -> bool {
    let value = value.filter(|value| !value.is_null());
    match (value, mask) {
        (value, Value::Bool(true)) => value.is_none(),
        (Some(Value::Object(fields)), Value::Object(masks)) => {
            masks.iter().all(|(key, mask)| fits(fields.get(key), mask))
        }
        (Some(Value::Object(_) | Value::String(_)), Value::Array(_))
        | (Some(Value::Array(_) | Value::String(_)), Value::Object(_)) => !covers_any(mask),
        _ => true,
    }
}

/// Whether a mask covers anything.
fn covers_any(mask: &Value) -> bool {
    match mask {
        Value::Bool(covers) => *covers,
        Value::Array(masks) => masks.iter().any(covers_any),
        Value::Object(masks) => masks.values().any(covers_any),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(text: &str) -> Node {
        Node::Text(text.to_owned())
    }

    fn open() -> Node {
        Node::Unknown("later".to_owned())
    }

    fn map<const N: usize>(fields: [(&str, Node); N]) -> Node {
        Node::Map(fields.map(|(key, node)| (key.to_owned(), node)).into())
    }

    #[test]
    fn what_is_not_known() {
        for (value, mask, wanted, why) in [
            (json!("a"), json!(false), text("a"), "known"),
            (json!("a"), json!({}), text("a"), "known"),
            (json!(null), json!(true), open(), "left out"),
            (
                json!(["a"]),
                json!([]),
                Node::List(vec![text("a")]),
                "a mask without a word",
            ),
            (
                json!([null, "b"]),
                json!([true, false]),
                Node::List(vec![open(), text("b")]),
                "null in its place",
            ),
            (
                json!(["b"]),
                json!([true, false]),
                Node::List(vec![text("b"), open()]),
                "left out of a set",
            ),
            (
                json!([]),
                json!([true]),
                Node::List(vec![open()]),
                "left out of a set of one",
            ),
            (
                json!(["a", "b"]),
                json!([true, false, false, true]),
                Node::List(vec![text("a"), text("b"), open(), open()]),
                "two left out",
            ),
            (
                json!(["a", "b"]),
                json!([true, false]),
                open(),
                "a mask of something else",
            ),
            (
                json!(["a"]),
                json!({"x": true}),
                open(),
                "a mask of something else",
            ),
            (
                json!([{"n": "a"}, {"n": "b", "l": null}]),
                json!([{"l": true}, {}]),
                Node::List(vec![
                    map([("n", text("a")), ("l", open())]),
                    map([("n", text("b")), ("l", Node::Nothing)]),
                ]),
                "a field left out",
            ),
            (
                json!([{"n": "b", "l": {"k": "v"}}, {"n": "a"}]),
                json!([{"l": true}, {}]),
                open(),
                "in another order, which none can tell",
            ),
            (
                json!({"k": "v"}),
                json!({"u": true}),
                map([("k", text("v")), ("u", open())]),
                "an element left out of a map",
            ),
            (
                json!(null),
                json!({"u": true}),
                map([("u", open())]),
                "the only element left out",
            ),
        ] {
            let node = merged(Some(&value), Some(&mask), Some(&json!({})), "later");
            assert_eq!(node, wanted, "{value} {mask}: {why}");
        }
    }

    #[test]
    fn what_is_sensitive_is_not_kept() {
        let secret = Node::Unknown(SENSITIVE.to_owned());
        for (value, mask, wanted) in [
            (json!("hunter2"), json!(true), secret.clone()),
            (json!(["hunter2"]), json!(true), secret.clone()),
            (
                json!(["hunter2"]),
                json!([true]),
                Node::List(vec![secret.clone()]),
            ),
            (json!(["hunter2"]), json!([true, true]), secret.clone()),
            (json!(["a", "hunter2"]), json!({"x": true}), secret.clone()),
            (
                json!({"a": "b", "k": "hunter2"}),
                json!({"k": true}),
                map([("a", text("b")), ("k", secret.clone())]),
            ),
            (json!({"k": "hunter2"}), json!([true]), secret.clone()),
            (json!("hunter2"), json!([true]), secret),
            (json!(["a"]), json!([{}]), Node::List(vec![text("a")])),
        ] {
            let node = merged(Some(&value), None, Some(&mask), "later");
            assert_eq!(node, wanted, "{value} {mask}");
            assert!(!format!("{node:?}").contains("hunter"));
        }
    }
}
