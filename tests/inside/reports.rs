//! Every scenario folder keeps the report on its pods, whole: `expected.yaml` says what must be true, `report.txt` shows
//! what is said, so that a change of any word, piece of evidence, fix or command is seen in review.

use serde_json::Value;

use super::scenario::Subject;
use super::scenarios::template;
use super::{Case, compare_or_write, report_on, without_folder};
use crate::decision::reason::Reason;
use crate::decision::rules::info;

#[test]
fn every_report_is_the_one_on_file() {
    compare_or_write("report.txt", said);
}

/// The entries of all pods, and of the templates that `expected.yaml` asks about.
fn said(case: &Case) -> String {
    let mut report = report_on(&case.gathered.snapshot, &case.gathered.subjects);
    let mut entries = list(&mut report, "pods");
    entries.extend(
        case.scenario
            .expected
            .pods
            .iter()
            .filter_map(|entry| match entry.subject() {
                Ok(Subject::Template {
                    kind,
                    namespace,
                    name,
                }) => template(case, kind, namespace, name),
                _ => None,
            }),
    );
    let mut text = String::new();
    for entry in entries {
        write_entry(entry, &mut text);
    }
    without_folder(&text)
}

/// Writes an entry, a line each for what a person reads as one; fields that this does not know come with the first line.
fn write_entry(mut entry: Value, out: &mut String) {
    let [namespace, name, summary] =
        ["namespace", "name", "summary"].map(|field| word(&mut entry, field));
    let findings = list(&mut entry, "findings");
    let mut details = String::new();
    for field in ["matches", "nearMisses", "timeline"] {
        for item in list(&mut entry, field) {
            details.push_str(&format!("  {field} {item}\n"));
        }
    }
    out.push_str(&format!(
        "{namespace}/{name}: {summary}\n  {entry}\n{details}"
    ));
    for mut finding in findings {
        let [reason, severity, certainty, message] =
            ["reason", "severity", "certainty", "message"].map(|field| word(&mut finding, field));
        let source = word(&mut finding, "source");
        let is_usual = Reason::ALL
            .iter()
            .any(|known| known.as_str() == reason && info(*known).source == source);
        out.push_str(&format!("  {reason} {severity} {certainty}: {message}\n"));
        for evidence in list(&mut finding, "evidence") {
            out.push_str(&format!("    - {evidence}\n"));
        }
        let mut fix = finding["fix"].take();
        let text = word(&mut fix, "text");
        if !text.is_empty() {
            out.push_str(&format!("    fix: {text}\n"));
        }
        for command in list(&mut fix, "commands") {
            out.push_str(&format!("    $ {}\n", command.as_str().unwrap_or_default()));
        }
        if !is_usual {
            out.push_str(&format!("    source: {source}\n"));
        }
        for rest in [finding, fix] {
            if rest
                .as_object()
                .is_some_and(|rest| rest.values().any(|field| !field.is_null()))
            {
                out.push_str(&format!("    {rest}\n"));
            }
        }
    }
}

/// Takes a text out of an object; empty where there is none.
fn word(object: &mut Value, field: &str) -> String {
    match take(object, field) {
        Some(Value::String(text)) => text,
        _ => String::new(),
    }
}

/// Takes a list out of an object; empty where there is none.
fn list(object: &mut Value, field: &str) -> Vec<Value> {
    match take(object, field) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
}

fn take(object: &mut Value, field: &str) -> Option<Value> {
    object.as_object_mut()?.remove(field)
}
