//! What a change does to an object, field by field, told by the object before and after.

use serde_json::{Map, Value};

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The field, as a path (`spec.template.metadata.labels[tier]`).
    pub path: String,
    /// Whose doing it is.
    pub by: ChangedBy,
}

/// Whose doing a change is, and so whether its values may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangedBy {
    /// It was asked for.
    Us {
        /// What stood there.
        before: Option<String>,
        /// What stands there then.
        after: Option<String>,
    },
    /// The server, a webhook or a policy changes it as well. Its values are not kept: environment variables may be among them.
    Others,
}

/// What every write changes, or what is no part of what people write.
const PASSED_OVER: [&str; 4] = [
    "status",
    "metadata.generation",
    "metadata.managedFields",
    "metadata.resourceVersion",
];

/// Whose keys are names of their own, written in brackets.
const MAPS: [&str; 4] = ["labels", "annotations", "matchLabels", "nodeSelector"];

/// Tells which fields differ between an object and what it becomes. Only what the merge patch `asked` for comes with values.
pub fn changes(before: &Value, after: &Value, asked: &Value) -> Vec<Change> {
    let mut found = Vec::new();
    compare(String::new(), before, after, Some(asked), &mut found);
    found
}

fn compare(
    path: String,
    before: &Value,
    after: &Value,
    asked: Option<&Value>,
    found: &mut Vec<Change>,
) {
    if before == after || PASSED_OVER.contains(&path.as_str()) {
        return;
    }
    let fields = |value: &Value| match value {
        Value::Object(fields) => Some(fields.clone()),
        Value::Null => Some(Map::new()),
        _ => None,
    };
    let is_map = before.is_object() || after.is_object();
    match (is_map, fields(before), fields(after)) {
        (true, Some(before), Some(after)) => {
            let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                let of =
                    |fields: &Map<String, Value>| fields.get(name).cloned().unwrap_or_default();
                let asked = asked.and_then(|asked| match asked {
                    Value::Object(asked) => asked.get(name),
                    // Whatever stood below was taken away as well.
                    whole => Some(whole),
                });
                compare(below(&path, name), &of(&before), &of(&after), asked, found);
            }
        }
        _ => found.push(Change {
            path,
            by: match asked {
                Some(_) => ChangedBy::Us {
                    before: shown(before),
                    after: shown(after),
                },
                None => ChangedBy::Others,
            },
        }),
    }
}

fn below(path: &str, name: &str) -> String {
    let holder = path.rsplit('.').next().unwrap_or_default();
    match path {
        "" => name.to_owned(),
        _ if MAPS.contains(&holder) => format!("{path}[{name}]"),
        _ => format!("{path}.{name}"),
    }
}

fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of_us(path: &str, before: Option<&str>, after: Option<&str>) -> Change {
        Change {
            path: path.to_owned(),
            by: ChangedBy::Us {
                before: before.map(str::to_owned),
                after: after.map(str::to_owned),
            },
        }
    }

    #[test]
    fn what_was_asked_for_is_told_with_its_values() {
        let before = json!({"metadata": {"resourceVersion": "1"}, "spec": {"paused": true, "template": {"metadata": {"labels": {"app": "web", "tier": "front"}}}}, "status": {"replicas": 1}});
        let after = json!({"metadata": {"resourceVersion": "2"}, "spec": {"template": {"metadata": {"annotations": {"a.b/c": "now"}, "labels": {"app": "web", "tier": "back"}}}}, "status": {"replicas": 2}});
        let asked = json!({"spec": {"paused": null, "template": {"metadata": {"annotations": {"a.b/c": "now"}, "labels": {"tier": "back"}}}}});
        assert_eq!(
            changes(&before, &after, &asked),
            [
                of_us("spec.paused", Some("true"), None),
                of_us(
                    "spec.template.metadata.annotations[a.b/c]",
                    None,
                    Some("now")
                ),
                of_us(
                    "spec.template.metadata.labels[tier]",
                    Some("front"),
                    Some("back")
                ),
            ]
        );
    }

    #[test]
    fn what_others_change_is_told_without_values() {
        let container = |value: &str| json!({"spec": {"containers": [{"env": [{"name": "PASSWORD", "value": value}]}], "nodeName": "n"}});
        let mut after = container("hunter2");
        after["spec"]["nodeName"] = Value::Null;
        let found = changes(
            &container("secret"),
            &after,
            &json!({"spec": {"nodeName": null}}),
        );
        assert_eq!(
            found,
            [
                Change {
                    path: "spec.containers".to_owned(),
                    by: ChangedBy::Others
                },
                of_us("spec.nodeName", Some("n"), None)
            ]
        );
        assert!(!format!("{found:?}").contains("hunter2"));
    }

    #[test]
    fn nothing_asked_for_that_is_so_already() {
        let same = json!({"spec": {"paused": false}});
        assert!(changes(&same, &same, &same).is_empty());
    }
}
