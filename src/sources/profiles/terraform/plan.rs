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
    for change in changes(object, "resource_changes", &mut reader.recognised.malformed) {
        take_change(&mut reader, change, &mut seen);
    }
    for deferred in changes(object, "deferred_changes", &mut reader.recognised.malformed) {
        if let Some(change) = deferred.get("resource_change") {
            put_off(&mut reader, change, &mut seen);
        }
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
    let tells_of_profiles = !reader.recognised.profiles.is_empty()
        || !reader.recognised.removals.is_empty()
        || !reader.recognised.remarks.is_empty();
    if object.get("complete") == Some(&Value::Bool(false)) && tells_of_profiles {
        let remark = "the plan is not complete: another one has to follow it";
        reader.recognised.remarks.push(remark.to_owned());
    }
    reader.recognised
}

/// The changes of a plan under one of its fields.
fn changes<'a>(object: &'a Value, field: &str, malformed: &mut Vec<String>) -> &'a [Value] {
    match object.get(field) {
        None | Some(Value::Null) => &[],
        Some(Value::Array(changes)) => changes,
        Some(_) => {
            malformed.push(format!("{field}: a list of changes is expected"));
            &[]
        }
    }
}

/// A side of a change, `before` or `after`; nothing where it is null.
fn side<'a>(resource: &'a Value, field: &str) -> Option<&'a Value> {
    let value = resource.get("change")?.get(field)?;
    Some(value).filter(|value| !value.is_null())
}

/// The instance as it is before the plan; `None` where the plan creates it.
fn before<'a>(resource: &'a Value) -> Option<Instance<'a>> {
    Some(Instance {
        value: Some(side(resource, "before")?),
        sensitive: side(resource, "before_sensitive"),
        ..instance(resource)
    })
}

fn actions(resource: &Value) -> Vec<&str> {
    resource
        .pointer("/change/actions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// What the profile is called: its name, else its address.
fn called(resource: &Value) -> String {
    let is_secret = ["before_sensitive", "after_sensitive"].iter().any(|mask| {
        side(resource, mask).is_some_and(|mask| {
            *mask == Value::Bool(true) || mask.get(NAME) == Some(&Value::Bool(true))
        })
    });
    let name = ["after", "before"]
        .iter()
        .filter_map(|field| side(resource, field)?.get(NAME)?.as_str())
        .next();
    match name.filter(|_| !is_secret) {
        Some(name) => name.to_owned(),
        None => instance(resource).address,
    }
}

/// The field of a profile's name. Source: Terraform Registry, `aws_eks_fargate_profile`.
const NAME: &str = "fargate_profile_name";

/// A change that this plan does not make yet: what is there stays as it is.
///
/// Source: Terraform, "JSON Output Format", `deferred_changes`.
fn put_off(reader: &mut Reader<'_>, resource: &Value, seen: &mut BTreeSet<String>) {
    if !is_profile(resource) {
        return;
    }
    seen.insert(instance(resource).address);
    let before = before(resource);
    let what = match actions(resource).as_slice() {
        ["delete"] => "deletion",
        ["create"] => "creation",
        ["no-op" | "read"] => "refreshing",
        _ if before.is_none() => "creation",
        _ => "change",
    };
    let remark = format!(
        "the plan puts off the {what} of profile {}",
        called(resource)
    );
    reader.recognised.remarks.push(remark);
    if let Some(before) = before {
        reader.take(&before);
    }
}

pub(super) fn take_change(reader: &mut Reader<'_>, resource: &Value, seen: &mut BTreeSet<String>) {
    if !is_profile(resource) {
        return;
    }
    let place_of = instance(resource);
    if resource.get("deposed").is_some_and(Value::is_string) {
        let remark = format!("the profile {}, deposed, is left out", called(resource));
        reader.recognised.remarks.push(remark);
        if let Some(before) = before(resource) {
            reader.take_away(&before);
        }
        return;
    }
    if let Some(previous) = resource.get("previous_address").and_then(Value::as_str) {
        seen.insert(previous.to_owned());
    }
    seen.insert(place_of.address.clone());
    let after = Instance {
        value: side(resource, "after"),
        unknown: side(resource, "after_unknown"),
        sensitive: side(resource, "after_sensitive"),
        is_partial: side(resource, "after_unknown").is_none(),
        ..place_of.clone()
    };
    let before = before(resource);
    let actions = actions(resource);
    let remark = match actions.as_slice() {
        ["delete"] => {
            match &before {
                Some(before) => reader.take_away(before),
                None => {
                    let remark = format!("the plan deletes profile {}", place_of.address);
                    reader.recognised.remarks.push(remark);
                }
            }
            return;
        }
        ["forget"] => {
            let remark = format!(
                "the plan forgets profile {}, which stays as it is",
                called(resource)
            );
            reader.recognised.remarks.push(remark);
            reader.take(&before.unwrap_or(place_of));
            return;
        }
        ["delete", "create"] | ["create", "delete"] => {
            if let Some(before) = &before {
                reader.take_away(before);
            }
            Some("is made anew by the plan")
        }
        ["create", "forget"] => {
            if let Some(before) = &before {
                reader.take(before);
            }
            Some("is made anew by the plan, which forgets the old one")
        }
        _ => None,
    };
    if after.value.is_none() && side(resource, "after_unknown").is_none() {
        let problem = format!(
            "{}: change.after: it is missing, what the profile would be is expected",
            place_of.address
        );
        reader.recognised.malformed.push(problem);
        return;
    }
    if let Some(remark) = remark {
        let remark = format!("profile {} {remark}", called(resource));
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
