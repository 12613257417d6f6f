//! Profiles as lines of text, for tests of the forms.

use super::*;
use crate::sources::profiles::{Candidate, Recognised};

/// A document as a file of this name.
pub(in crate::sources::profiles) fn candidate(value: &Value) -> Candidate<'_> {
    Candidate {
        api_version: "",
        kind: "",
        value,
        place: "f.json",
    }
}

/// `NAME of CLUSTER in REGION, STATUS, role ROLE, subnets: NAMESPACE{KEY=VALUE}…`, with gaps as `[FIELD?EXPRESSION]`.
pub(in crate::sources::profiles) fn lines(recognised: &Recognised) -> Vec<String> {
    let mut lines: Vec<_> = recognised.profiles.iter().map(line).collect();
    lines.sort();
    lines
}

/// Calls `check` with the document as often as it has parts, each time with another part of it replaced by what may not be there.
pub(in crate::sources::profiles) fn each_mutation(value: &Value, check: impl Fn(&Value)) {
    let mut pointers = Vec::new();
    let mut open = vec![(String::new(), value)];
    while let Some((pointer, value)) = open.pop() {
        match value {
            Value::Array(elements) => open.extend(
                elements
                    .iter()
                    .enumerate()
                    .map(|(index, element)| (format!("{pointer}/{index}"), element)),
            ),
            Value::Object(fields) => open.extend(fields.iter().map(|(key, value)| {
                let key = key.replace('~', "~0").replace('/', "~1");
                (format!("{pointer}/{key}"), value)
            })),
            _ => {}
        }
        pointers.push(pointer);
    }
    for pointer in pointers {
        for other in [
            Value::Null,
            Value::Bool(true),
            serde_json::json!(-1),
            serde_json::json!("${"),
            serde_json::json!([[{"a": [true]}]]),
            serde_json::json!({"a": {"b": true}}),
        ] {
            let mut mutated = value.clone();
            if let Some(part) = mutated.pointer_mut(&pointer) {
                *part = other;
                check(&mutated);
            }
        }
    }
}

fn gaps(gaps: &[Gap]) -> String {
    gaps.iter()
        .map(|gap| format!("[{}?{}]", gap.field, gap.expression))
        .collect()
}

fn line(found: &Found) -> String {
    let profile = &found.profile;
    let home = &found.home;
    let cluster = home.name.as_ref().or(home.reference.as_ref());
    let selectors = match &profile.selectors {
        None => "no selectors".to_owned(),
        Some(selectors) => selectors
            .iter()
            .map(|selector| {
                let labels: Vec<_> = selector
                    .labels
                    .iter()
                    .map(|pair| format!("{}={}", pair.key, pair.value))
                    .collect();
                let gaps = gaps(&selector.gaps);
                format!("{}{{{}}}{gaps}", selector.namespace, labels.join(","))
            })
            .collect::<Vec<_>>()
            .join(" "),
    };
    format!(
        "{} of {} in {}, {}, {}, {}: {selectors}{}",
        profile.name,
        cluster.map_or("?", String::as_str),
        home.region.as_deref().unwrap_or("?"),
        profile.status.as_ref().map_or("?", ProfileStatus::as_str),
        profile
            .pod_execution_role_arn
            .as_deref()
            .map_or("?", |role| role.rsplit('/').next().unwrap_or(role)),
        profile.subnets.len(),
        gaps(&profile.gaps),
    )
}
