//! A plan: what would be there after it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::configuration::{Configuration, is_cluster};
use super::state::{Instance, instance, resources};
use super::{Reader, is_profile};
use crate::sources::profiles::Recognised;

/// Whether an object is a plan.
pub(super) fn is_plan(object: &Value) -> bool {
    [
        "planned_values",
        "resource_changes",
        "deferred_changes",
        "prior_state",
    ]
    .iter()
    .any(|field| object.get(field).is_some())
}

/// Reads the profiles that would be there after a plan.
pub(super) fn read(object: &Value, place: &str) -> Recognised {
    let planned = object.get("planned_values");
    let prior = object.pointer("/prior_state/values");
    let mut reader = Reader::new(place);
    reader.configuration = Configuration::new(
        object.pointer("/configuration/root_module"),
        &clusters(object),
    );
    let mut seen = BTreeSet::new();
    let changes = all_changes(object, &mut reader.recognised.malformed);
    for change in &changes {
        take_change(&mut reader, change, &mut seen);
    }
    let planned = resources(planned, &mut reader.recognised.malformed);
    for resource in planned.iter().filter(|resource| is_profile(resource)) {
        let instance = instance(resource);
        if seen.insert(instance.address.clone()) {
            reader.take(&Instance {
                is_partial: true,
                ..instance
            });
        }
    }
    // What the plan leaves alone, because it is for some resources only, is told by the state before it alone.
    if object.get("resource_changes").is_some() || planned.is_empty() {
        let prior = resources(prior, &mut reader.recognised.malformed);
        for resource in prior.into_iter().filter(|resource| is_profile(resource)) {
            let instance = instance(resource);
            if resource.get("deposed_key").is_some_and(Value::is_string) {
                continue;
            }
            if seen.insert(instance.address.clone()) {
                reader.take(&instance);
            }
        }
    }
    if object.get("errored") == Some(&Value::Bool(true)) {
        let remark = "the plan ended with errors, so profiles may be missing from it";
        reader.recognised.remarks.push(remark.to_owned());
    }
    reader.recognised
}

/// The changes of a plan, those that it puts off among them.
fn all_changes<'a>(object: &'a Value, malformed: &mut Vec<String>) -> Vec<&'a Value> {
    let mut list = |field: &str| -> &'a [Value] {
        match object.get(field) {
            None | Some(Value::Null) => &[],
            Some(Value::Array(changes)) => changes,
            Some(_) => {
                malformed.push(format!("{field}: a list of changes is expected"));
                &[]
            }
        }
    };
    let deferred = list("deferred_changes");
    list("resource_changes")
        .iter()
        .chain(
            deferred
                .iter()
                .filter_map(|deferred| deferred.get("resource_change")),
        )
        .collect()
}

pub(super) fn take_change(reader: &mut Reader<'_>, resource: &Value, seen: &mut BTreeSet<String>) {
    if !is_profile(resource) {
        return;
    }
    let place_of = instance(resource);
    let change = resource.get("change").unwrap_or(&Value::Null);
    let side = |field: &str| change.get(field).filter(|value| !value.is_null());
    let called = |value: Option<&Value>| {
        let name = value
            .and_then(|value| value.get("fargate_profile_name"))
            .and_then(Value::as_str)
            .filter(|_| {
                let mask = ["before_sensitive", "after_sensitive"];
                mask.iter().all(|mask| {
                    let mask = change.get(mask);
                    mask != Some(&Value::Bool(true))
                        && mask.and_then(|mask| mask.get("fargate_profile_name"))
                            != Some(&Value::Bool(true))
                })
            });
        name.unwrap_or(&place_of.address).to_owned()
    };
    if resource.get("deposed").is_some_and(Value::is_string) {
        let remark = format!(
            "the profile {}, deposed, is left out",
            called(side("before"))
        );
        reader.recognised.remarks.push(remark);
        return;
    }
    if let Some(previous) = resource.get("previous_address").and_then(Value::as_str) {
        seen.insert(previous.to_owned());
    }
    seen.insert(place_of.address.clone());
    let actions: Vec<&str> = change
        .get("actions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let after = Instance {
        value: side("after"),
        unknown: side("after_unknown"),
        sensitive: side("after_sensitive"),
        is_partial: side("after_unknown").is_none(),
        ..place_of.clone()
    };
    let remark = match actions.as_slice() {
        ["delete"] => {
            let remark = format!("the plan deletes profile {}", called(side("before")));
            reader.recognised.remarks.push(remark);
            return;
        }
        ["forget"] => {
            let remark = format!(
                "the plan forgets profile {}, which stays as it is",
                called(side("before"))
            );
            reader.recognised.remarks.push(remark);
            reader.take(&Instance {
                value: side("before"),
                sensitive: side("before_sensitive"),
                ..place_of
            });
            return;
        }
        ["delete", "create"] | ["create", "delete"] => Some("is made anew by the plan"),
        ["create", "forget"] => Some("is made anew by the plan, which forgets the old one"),
        _ => None,
    };
    if after.value.is_none() && side("after_unknown").is_none() {
        let problem = format!(
            "{}: change.after: it is missing, what the profile would be is expected",
            place_of.address
        );
        reader.recognised.malformed.push(problem);
        return;
    }
    if let Some(remark) = remark {
        let name = called(side("after").or(side("before")));
        let remark = format!("profile {name} {remark}");
        reader.recognised.remarks.push(remark);
    }
    reader.take(&after);
}

/// The names of the clusters after the plan, by their addresses; `None` for one that is not known yet.
fn clusters(object: &Value) -> BTreeMap<&str, Option<&str>> {
    let mut found = BTreeMap::new();
    let mut gone = BTreeSet::new();
    let changes = object.get("resource_changes").and_then(Value::as_array);
    for resource in changes.into_iter().flatten().filter(is_managed_cluster) {
        let Some(address) = resource.get("address").and_then(Value::as_str) else {
            continue;
        };
        let after = resource.pointer("/change/after");
        match after.filter(|after| !after.is_null()) {
            Some(after) => {
                found.insert(address, after.get("name").and_then(Value::as_str));
            }
            None => {
                gone.insert(address);
            }
        }
    }
    let prior = object.pointer("/prior_state/values");
    for values in [object.get("planned_values"), prior] {
        let resources = resources(values, &mut Vec::new());
        for resource in resources.iter().copied().filter(is_managed_cluster) {
            if let Some(address) = resource.get("address").and_then(Value::as_str)
                && !gone.contains(address)
            {
                let name = resource.pointer("/values/name").and_then(Value::as_str);
                found.entry(address).or_insert(name);
            }
        }
    }
    found
}

fn is_managed_cluster(resource: &&Value) -> bool {
    resource.get("mode").and_then(Value::as_str) == Some("managed")
        && resource
            .get("type")
            .and_then(Value::as_str)
            .is_some_and(is_cluster)
}
