//! The selectors of a profile in a template.

use std::borrow::Cow;

use serde_json::Value;

use super::expression::{function, short_form};
use super::profile::{Doubts, Fields, Words};
use super::template::{Found, Template};
use super::text::Text;
use crate::decision::facts::{Gap, Selector};

/// So many alternatives of conditions are followed; beyond them the selectors are not known.
const MOST_ALTERNATIVES: usize = 64;
/// Conditions within conditions, deeper than anyone writes them.
const DEEPEST: usize = 16;

/// The selectors of a profile.
#[derive(Debug)]
pub(super) enum Selectors {
    /// All that there may be.
    Known {
        /// They, with what is not sure of each.
        list: Vec<Selector>,
        /// Whether one writes its labels as a map where a list of pairs is expected.
        has_map: bool,
    },
    /// The template does not tell them; the expression that stands in their place.
    Unknown(String),
}

/// Reads them; `doubts` is what the whole profile rests on.
///
/// Errors: which field is wrong, and what was expected there.
pub(super) fn read(
    fields: &Fields<'_, '_>,
    words: &Words,
    doubts: &Doubts,
) -> Result<Selectors, String> {
    let path = format!("{}.{}", fields.path, words.selectors);
    let Some(value) = fields.get(words.selectors) else {
        return match fields.more_from() {
            Some(expression) => Ok(Selectors::Unknown(expression)),
            None => Err(format!(
                "{path}: it is missing; a list of one selector or more is expected"
            )),
        };
    };
    let mut list = Vec::new();
    let mut has_map = false;
    // With the defaults nothing is left, which EKS would refuse: whoever deploys the template must give other values.
    let mut is_empty_by_default = false;
    for (alternative, doubts) in alternatives(fields.template, value, doubts) {
        let elements = match alternative {
            Found::List(elements) => elements,
            Found::Absent => {
                is_empty_by_default |= doubts.rests_on_defaults();
                continue;
            }
            Found::Unknown => return Ok(Selectors::Unknown(short_form(value))),
            Found::Text(_) | Found::Map(_) => return Err(format!("{path}: a list is expected")),
        };
        for (index, written) in elements.iter().enumerate() {
            let path = format!("{path}[{index}]");
            // A list that was made of a text holds texts, and no selector.
            let Cow::Borrowed(borrowed) = &elements else {
                return Err(format!("{path}: a map is expected"));
            };
            let Some(element) = borrowed.get(index) else {
                continue;
            };
            for (found, doubts) in alternatives(fields.template, element, &doubts) {
                let mut selector = match found {
                    Found::Absent => {
                        is_empty_by_default |= doubts.rests_on_defaults();
                        continue;
                    }
                    Found::Unknown => open_selector(written),
                    Found::Map(properties) => {
                        let fields = Fields {
                            template: fields.template,
                            properties,
                            path: &path,
                        };
                        let (selector, is_map) = selector(&fields, words)?;
                        has_map |= is_map;
                        selector
                    }
                    Found::Text(_) | Found::List(_) => {
                        return Err(format!("{path}: a map is expected"));
                    }
                };
                doubt(&mut selector, &doubts);
                list.push(selector);
                if list.len() > MOST_ALTERNATIVES {
                    return Ok(Selectors::Unknown(short_form(value)));
                }
            }
        }
    }
    if list.is_empty() && is_empty_by_default {
        return Ok(Selectors::Unknown(short_form(value)));
    }
    if list.is_empty() {
        return Err(format!(
            "{path}: it is empty; a list of one selector or more is expected"
        ));
    }
    Ok(Selectors::Known { list, has_map })
}

/// A selector of which nothing is known.
fn open_selector(written: &Value) -> Selector {
    let mut selector = Selector::new("*", Vec::<(String, String)>::new());
    for field in ["namespace", "labels"] {
        selector.gaps.push(Gap::unknown(field, short_form(written)));
    }
    selector
}

/// Says of a selector that it may not be there at all, or is there by an assumption.
fn doubt(selector: &mut Selector, doubts: &Doubts) {
    if let Some(open) = &doubts.open {
        selector.gaps.push(Gap::unknown(Gap::CONDITION, open));
    }
    if let Some(expression) = &doubts.assumed_condition {
        selector.gaps.push(Gap {
            field: Gap::CONDITION.to_owned(),
            expression: expression.clone(),
            assumed: Some("true".to_owned()),
        });
    }
    if let Some(expression) = &doubts.assumed {
        selector.gaps.push(Gap {
            field: "namespace".to_owned(),
            expression: expression.clone(),
            assumed: Some(selector.namespace.as_str().to_owned()),
        });
    }
}

/// All that a value may come to: both branches of an `Fn::If` that cannot be decided.
fn alternatives<'t>(
    template: &'t Template<'t>,
    value: &'t Value,
    doubts: &Doubts,
) -> Vec<(Found<'t>, Doubts)> {
    let mut found = Vec::new();
    add_alternatives(template, value, doubts, 0, &mut found);
    found
}

fn add_alternatives<'t>(
    template: &'t Template<'t>,
    value: &'t Value,
    doubts: &Doubts,
    depth: usize,
    found: &mut Vec<(Found<'t>, Doubts)>,
) {
    if depth > DEEPEST || found.len() > MOST_ALTERNATIVES {
        found.push((Found::Unknown, doubts.clone()));
        return;
    }
    let mut doubts = doubts.clone();
    if let Some(("Fn::If", Value::Array(parts))) = value.as_object().and_then(function)
        && let [Value::String(condition), then, otherwise] = parts.as_slice()
    {
        let truth = template.condition(condition);
        if truth.is_assumed {
            doubts.assumed.get_or_insert_with(|| short_form(value));
        }
        let branches = match truth.holds {
            Some(true) => vec![then],
            Some(false) => vec![otherwise],
            None => {
                doubts.open.get_or_insert_with(|| short_form(value));
                vec![then, otherwise]
            }
        };
        for branch in branches {
            add_alternatives(template, branch, &doubts, depth + 1, found);
        }
        return;
    }
    let resolved = template.resolve(value);
    if resolved.is_assumed {
        doubts.assumed.get_or_insert_with(|| short_form(value));
    }
    found.push((resolved.value, doubts));
}

/// One selector, and whether its labels are a map where a list of pairs is expected.
fn selector(fields: &Fields<'_, '_>, words: &Words) -> Result<(Selector, bool), String> {
    let mut gaps = Vec::new();
    let path = format!("{}.{}", fields.path, words.namespace);
    let namespace = match (fields.get(words.namespace), fields.more_from()) {
        (Some(value), _) => {
            let namespace = text(fields.template, value, "namespace", &path, &mut gaps)?;
            match namespace.as_str() {
                "" if !value.is_object() => {
                    return Err(format!("{path}: it is empty; a text is expected"));
                }
                // An empty default, which EKS would refuse: whoever deploys the template must give another.
                "" => {
                    gaps = vec![Gap::unknown("namespace", short_form(value))];
                    "*".to_owned()
                }
                _ => namespace,
            }
        }
        (None, Some(expression)) => {
            gaps.push(Gap::unknown("namespace", expression));
            "*".to_owned()
        }
        (None, None) => return Err(format!("{path}: it is missing; a text is expected")),
    };
    let mut is_map = false;
    let pairs = match fields.get(words.labels) {
        Some(value) => labels(fields, value, words, &mut gaps, &mut is_map)?,
        None => {
            gaps.extend(fields.more_from().map(|from| Gap::unknown("labels", from)));
            Vec::new()
        }
    };
    let mut selector = Selector::new(namespace, pairs);
    selector.gaps = gaps;
    Ok((selector, is_map))
}

/// The pairs of a selector, as far as they are known.
fn labels<'t>(
    fields: &Fields<'_, 't>,
    value: &'t Value,
    words: &Words,
    gaps: &mut Vec<Gap>,
    is_map: &mut bool,
) -> Result<Vec<(String, String)>, String> {
    let path = format!("{}.{}", fields.path, words.labels);
    let resolved = fields.template.resolve(value);
    let mut pairs: Vec<(String, String)> = Vec::new();
    match resolved.value {
        Found::Absent => return Ok(pairs),
        Found::Unknown => {
            gaps.push(Gap::unknown("labels", short_form(value)));
            return Ok(pairs);
        }
        Found::Text(_) if words.labels_are_pairs => {
            return Err(format!("{path}: a list of Key and Value is expected"));
        }
        Found::Text(_) => return Err(format!("{path}: a map is expected")),
        Found::Map(map) => {
            *is_map = words.labels_are_pairs && !map.is_empty();
            for (key, value) in map {
                if key.starts_with("Fn::") {
                    gaps.push(Gap::unknown("labels", key));
                    continue;
                }
                let field = format!("labels[{key}]");
                let path = format!("{path}.{key}");
                let value = text(fields.template, value, &field, &path, gaps)?;
                pairs.push((key.clone(), value));
            }
        }
        Found::List(list) => {
            for (index, written) in list.iter().enumerate() {
                let path = format!("{path}[{index}]");
                let element = fields.template.element_of(&list, index);
                let properties = match element.value {
                    Found::Absent => continue,
                    Found::Unknown => {
                        gaps.push(Gap::unknown("labels", short_form(written)));
                        continue;
                    }
                    Found::Map(properties) => properties,
                    Found::Text(_) | Found::List(_) => {
                        return Err(format!("{path}: a map of Key and Value is expected"));
                    }
                };
                let fields = Fields {
                    properties,
                    path: &path,
                    ..*fields
                };
                let (key, value) = pair(&fields, gaps)?;
                if element.is_assumed {
                    gaps.push(Gap {
                        field: format!("labels[{key}]"),
                        expression: short_form(written),
                        assumed: Some(value.clone()),
                    });
                }
                if !key.contains('*') && pairs.iter().any(|(other, _)| *other == key) {
                    return Err(format!("{path}.Key: {key} is there twice"));
                }
                pairs.push((key, value));
            }
        }
    }
    if resolved.is_assumed {
        let pairs: Vec<_> = pairs.iter().map(|(k, v)| format!("{k}={v}")).collect();
        gaps.push(Gap {
            field: "labels".to_owned(),
            expression: short_form(value),
            assumed: Some(pairs.join(",")),
        });
    }
    Ok(pairs)
}

/// One pair of a list of `Key` and `Value`.
fn pair(fields: &Fields<'_, '_>, gaps: &mut Vec<Gap>) -> Result<(String, String), String> {
    let mut of_key = Vec::new();
    let part = |word: &str, field: &str, gaps: &mut Vec<Gap>| {
        let path = format!("{}.{word}", fields.path);
        match fields.get(word) {
            Some(value) => text(fields.template, value, field, &path, gaps),
            None => Err(format!("{path}: it is missing; a text is expected")),
        }
    };
    let key = part("Key", "", &mut of_key)?;
    let field = format!("labels[{key}]");
    for gap in &mut of_key {
        gap.field = format!("{field}.key");
    }
    gaps.append(&mut of_key);
    let value = part("Value", &field, gaps)?;
    Ok((key, value))
}

/// A text as a pattern for all that it may be, with a gap where that is not sure.
fn text<'t>(
    template: &Template<'t>,
    value: &'t Value,
    field: &str,
    path: &str,
    gaps: &mut Vec<Gap>,
) -> Result<String, String> {
    let resolved = template.resolve(value);
    let text = match resolved.value {
        Found::Text(text) => text,
        Found::Unknown => Text::unknown(),
        Found::Absent => return Err(format!("{path}: it is missing; a text is expected")),
        Found::List(_) | Found::Map(_) => return Err(format!("{path}: a text is expected")),
    };
    if text.whole().is_none() {
        gaps.push(Gap::unknown(field, short_form(value)));
    } else if resolved.is_assumed {
        gaps.push(Gap {
            field: field.to_owned(),
            expression: short_form(value),
            assumed: text.whole().map(str::to_owned),
        });
    }
    Ok(text.pattern().to_owned())
}
