//! Expressions of a template in the short form that people write, whichever form the file has.

use serde_json::{Map, Value};

use crate::sources::offline::UNQUOTED;

/// Expressions are cut after so many characters.
const LONGEST: usize = 160;
/// What is nested deeper is left out.
const DEEPEST: usize = 12;

/// The function that an object of the template is, and what it is given: `{"Ref": "X"}`, `{"Fn::Sub": …}`.
pub(super) fn function(object: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut entries = object.iter();
    match (entries.next(), entries.next()) {
        (Some((key, argument)), None) if is_function(key) => Some((key, argument)),
        _ => None,
    }
}

/// Whether a key names a function.
fn is_function(key: &str) -> bool {
    matches!(key, "Ref" | "Condition") || key.starts_with("Fn::")
}

/// The expression on one line: `!Ref Namespace`, `!Sub "${Env}-apps"`; a plain text as it is.
pub(super) fn short_form(value: &Value) -> String {
    let mut line = String::new();
    match value {
        Value::String(text) => line.push_str(text),
        value => write(value, 0, &mut line),
    }
    if line.chars().count() > LONGEST {
        line = line.chars().take(LONGEST).collect();
        line.push('…');
    }
    line
}

fn write(value: &Value, depth: usize, line: &mut String) {
    if depth > DEEPEST || line.len() > LONGEST * 4 {
        line.push('…');
        return;
    }
    match value {
        Value::String(text) if is_plain(text) => line.push_str(text),
        Value::Array(elements) => {
            line.push('[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    line.push_str(", ");
                }
                write(element, depth + 1, line);
                if line.len() > LONGEST * 4 {
                    break;
                }
            }
            line.push(']');
        }
        Value::Object(object) => match function(object) {
            Some((UNQUOTED, Value::String(written))) => line.push_str(written),
            Some((key, argument)) => write_function(key, argument, depth, line),
            None => write_map(object, depth, line),
        },
        // Numbers, booleans, null, and text that needs its quotes.
        value => line.push_str(&value.to_string()),
    }
}

fn write_function(key: &str, argument: &Value, depth: usize, line: &mut String) {
    let tag = key.strip_prefix("Fn::").unwrap_or(key);
    let is_nested = argument
        .as_object()
        .is_some_and(|object| function(object).is_some());
    if is_nested || tag.contains(':') {
        // A value cannot have two tags, so the outer one is written in full.
        line.push_str(key);
        line.push_str(": ");
        return write(argument, depth + 1, line);
    }
    line.push('!');
    line.push_str(tag);
    line.push(' ');
    match argument {
        Value::String(text) if tag == "Sub" => {
            line.push_str(&Value::from(text.as_str()).to_string());
        }
        Value::String(text) if matches!(tag, "Ref" | "GetAtt" | "Condition") => line.push_str(text),
        Value::Array(parts) if tag == "GetAtt" && parts.iter().all(Value::is_string) => {
            let parts: Vec<_> = parts.iter().filter_map(Value::as_str).collect();
            line.push_str(&parts.join("."));
        }
        argument => write(argument, depth + 1, line),
    }
}

fn write_map(object: &Map<String, Value>, depth: usize, line: &mut String) {
    line.push('{');
    for (index, (key, value)) in object.iter().enumerate() {
        if index > 0 {
            line.push_str(", ");
        }
        line.push_str(key);
        line.push_str(": ");
        write(value, depth + 1, line);
        if line.len() > LONGEST * 4 {
            break;
        }
    }
    line.push('}');
}

fn is_plain(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-_./:".contains(letter))
        && !text.ends_with(':')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn expressions_as_people_write_them() {
        for (value, wanted) in [
            (json!({"Ref": "Namespace"}), "!Ref Namespace"),
            (json!({"Ref": "AWS::Region"}), "!Ref AWS::Region"),
            (json!({"Fn::Sub": "${Env}-apps"}), r#"!Sub "${Env}-apps""#),
            (json!({"Fn::GetAtt": ["Role", "Arn"]}), "!GetAtt Role.Arn"),
            (json!({"Fn::GetAtt": "Role.Arn"}), "!GetAtt Role.Arn"),
            (
                json!({"Fn::Join": ["-", [{"Ref": "Env"}, "apps"]]}),
                r#"!Join ["-", [!Ref Env, apps]]"#,
            ),
            (
                json!({"Fn::ImportValue": {"Fn::Sub": "${Net}-id"}}),
                r#"Fn::ImportValue: !Sub "${Net}-id""#,
            ),
            (
                json!({"Fn::Sub": ["${A}-x", {"A": {"Ref": "B"}}]}),
                r#"!Sub ["${A}-x", {A: !Ref B}]"#,
            ),
            (
                json!({"Fn::Select": [0, {"Fn::GetAZs": ""}]}),
                r#"!Select [0, !GetAZs ""]"#,
            ),
            (
                json!({"Fn::If": ["IsProd", "a b", {"Ref": "AWS::NoValue"}]}),
                r#"!If [IsProd, "a b", !Ref AWS::NoValue]"#,
            ),
            (json!("{{resolve:ssm:/a}}"), "{{resolve:ssm:/a}}"),
            (
                json!({"Fn::ForEach::Loop": ["X", ["a"]]}),
                "Fn::ForEach::Loop: [X, [a]]",
            ),
        ] {
            assert_eq!(short_form(&value), wanted, "{value}");
        }
    }

    #[test]
    fn long_and_deep_ones_are_cut() {
        let mut deep = json!("x");
        for _ in 0..100 {
            deep = json!({"Fn::Join": ["", [deep.clone(), deep]]});
            if deep.to_string().len() > 1 << 16 {
                break;
            }
        }
        let many: Vec<String> = (0..10_000).map(|n| n.to_string()).collect();
        for value in [deep, json!(many), json!("y".repeat(9999))] {
            let line = short_form(&value);
            assert!(line.chars().count() <= LONGEST + 1, "{line}");
        }
    }
}
