//! A selector in one word for tables, and drawn in full with its counts for a page.

use crate::report::profiles::model::{GapReport, SelectorReport};

/// What stands where labels are not known and nothing tells what they hang on.
const UNKNOWN: &str = "?";

/// `shop{tier=backend,app=web}`; what is not known is written as its source writes it, in angle brackets. `between` stands between
/// labels: with a blank in it a cell can be broken there. The text is raw.
pub(super) fn in_short(selector: &SelectorReport, between: &str) -> String {
    let mut text = namespace(selector);
    let labels = labels(selector);
    if !labels.is_empty() {
        text.push('{');
        text.push_str(&labels.join(between));
        text.push('}');
    }
    if selector.unknown.iter().any(|gap| gap.assumed.is_some()) {
        text.push_str(" (assumed)");
    }
    text
}

/// The pattern for the namespace, or what stands in its place.
fn namespace(selector: &SelectorReport) -> String {
    match open_gap(selector, "namespace") {
        Some(gap) => bracketed(gap),
        None => selector
            .namespace
            .clone()
            .unwrap_or_else(|| UNKNOWN.to_owned()),
    }
}

/// Each pair as `key=value`.
fn labels(selector: &SelectorReport) -> Vec<String> {
    if let Some(gap) = open_gap(selector, "labels") {
        return vec![bracketed(gap)];
    }
    let Some(labels) = &selector.labels else {
        return vec![UNKNOWN.to_owned()];
    };
    let mut pairs: Vec<String> = labels
        .iter()
        .map(|(key, value)| {
            let field = format!("labels[{key}]");
            let value = open_gap(selector, &field).map_or_else(|| value.clone(), bracketed);
            let key =
                open_gap(selector, &format!("{field}.key")).map_or_else(|| key.clone(), bracketed);
            format!("{key}={value}")
        })
        .collect();
    // A pair whose value is not known at all may be left out of the map.
    for gap in selector.unknown.iter().filter(|gap| gap.assumed.is_none()) {
        let key = gap
            .field
            .strip_prefix("labels[")
            .and_then(|rest| rest.strip_suffix(']'));
        if let Some(key) = key
            && !labels.contains_key(key)
        {
            pairs.push(format!("{key}={}", bracketed(gap)));
        }
    }
    pairs
}

/// `namespace shop, label tier = backend`. The text is raw.
pub(super) fn in_full(selector: &SelectorReport) -> String {
    let mut parts = vec![format!("namespace {}", namespace(selector))];
    let labels = labels(selector);
    parts.extend(labels.iter().map(|pair| match pair.split_once('=') {
        Some((key, value)) => format!("label {key} = {value}"),
        None => format!("labels {pair}"),
    }));
    parts.join(", ")
}

/// What the source does not tell plainly of a field. The text is raw.
pub(super) fn remark(gap: &GapReport) -> String {
    let GapReport {
        field, expression, ..
    } = gap;
    match &gap.assumed {
        Some(value) => format!("{field}: {expression}, taken as {value}"),
        None => format!("{field}: {expression}, not told by its source"),
    }
}

fn open_gap<'a>(selector: &'a SelectorReport, field: &str) -> Option<&'a GapReport> {
    selector
        .unknown
        .iter()
        .find(|gap| gap.field == field && gap.assumed.is_none())
}

fn bracketed(gap: &GapReport) -> String {
    format!("<{}>", gap.expression)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(field: &str, expression: &str, assumed: Option<&str>) -> GapReport {
        GapReport {
            field: field.to_owned(),
            expression: expression.to_owned(),
            assumed: assumed.map(str::to_owned),
        }
    }

    fn selector(
        namespace: Option<&str>,
        labels: Option<&[(&str, &str)]>,
        unknown: Vec<GapReport>,
    ) -> SelectorReport {
        SelectorReport {
            namespace: namespace.map(str::to_owned),
            labels: labels.map(|labels| {
                labels
                    .iter()
                    .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                    .collect()
            }),
            pods_matched: None,
            unknown,
            namespaces: Vec::new(),
        }
    }

    #[test]
    fn what_is_not_known_is_written_as_its_source_writes_it() {
        let rows = [
            (
                selector(Some("shop"), Some(&[]), vec![]),
                "shop",
                "no labels",
            ),
            (
                selector(
                    Some("prod*"),
                    Some(&[("app", "web"), ("tier", "?")]),
                    vec![],
                ),
                "prod*{app=web,tier=?}",
                "patterns as they are",
            ),
            (
                selector(
                    None,
                    Some(&[]),
                    vec![gap("namespace", "!Ref Namespace", None)],
                ),
                "<!Ref Namespace>",
                "no namespace",
            ),
            (
                selector(
                    Some("*-apps"),
                    Some(&[]),
                    vec![gap("namespace", "!Sub \"${Env}-apps\"", None)],
                ),
                "<!Sub \"${Env}-apps\">",
                "a part of it",
            ),
            (
                selector(
                    Some("shop"),
                    None,
                    vec![gap("labels", "known after apply", None)],
                ),
                "shop{<known after apply>}",
                "no labels known",
            ),
            (
                selector(
                    Some("shop"),
                    Some(&[("tier", "*")]),
                    vec![gap("labels[tier]", "!Ref Tier", None)],
                ),
                "shop{tier=<!Ref Tier>}",
                "a value",
            ),
            (
                selector(
                    Some("shop"),
                    Some(&[]),
                    vec![gap("namespace", "!Ref Namespace", Some("shop"))],
                ),
                "shop (assumed)",
                "a default",
            ),
            (selector(None, None, vec![]), "?{?}", "nobody says why"),
        ];
        for (selector, wanted, why) in rows {
            assert_eq!(in_short(&selector, ","), wanted, "{why}");
        }
    }

    #[test]
    fn in_full_each_pair_is_a_label() {
        let two = selector(
            Some("shop"),
            Some(&[("app", "web"), ("tier", "*")]),
            vec![gap("labels[tier]", "!Ref Tier", None)],
        );
        assert_eq!(
            in_full(&two),
            "namespace shop, label app = web, label tier = <!Ref Tier>"
        );
        assert_eq!(
            remark(&gap("labels[tier]", "!Ref Tier", None)),
            "labels[tier]: !Ref Tier, not told by its source"
        );
        assert_eq!(
            remark(&gap("namespace", "!Ref Namespace", Some("shop"))),
            "namespace: !Ref Namespace, taken as shop"
        );
    }
}
