//! A state: as `show -json` tells it, and as its file holds it.

use serde_json::{Map, Value, json};

use super::{Reader, flat, is_profile};
use crate::sources::profiles::Recognised;

/// One instance of a resource.
#[derive(Debug, Clone, Default)]
pub(super) struct Instance<'a> {
    pub(super) address: String,
    /// `aws_eks_fargate_profile` or its like.
    pub(super) kind: &'a str,
    pub(super) value: Option<&'a Value>,
    /// The mask of what is not known yet.
    pub(super) unknown: Option<&'a Value>,
    /// The mask of what is sensitive.
    pub(super) sensitive: Option<&'a Value>,
    /// What is not known yet is left out, and no mask tells of it.
    pub(super) is_partial: bool,
}

/// A resource as `show -json` tells it.
pub(super) fn instance(resource: &Value) -> Instance<'_> {
    let text = |field: &str| resource.get(field).and_then(Value::as_str);
    let kind = text("type").unwrap_or_default();
    let address = match text("address") {
        Some(address) => address.to_owned(),
        None => format!("{kind}.{}", text("name").unwrap_or_default()),
    };
    Instance {
        address,
        kind,
        value: resource.get("values"),
        unknown: None,
        sensitive: resource.get("sensitive_values"),
        is_partial: false,
    }
}

/// The resources of `values`, those of modules within modules too, in the order of the file.
pub(super) fn resources<'a>(
    values: Option<&'a Value>,
    malformed: &mut Vec<String>,
) -> Vec<&'a Value> {
    let mut resources = Vec::new();
    let mut modules: Vec<&Value> = values
        .and_then(|values| values.get("root_module"))
        .into_iter()
        .collect();
    while let Some(module) = modules.pop() {
        resources.extend(list(module, "resources", malformed));
        modules.extend(list(module, "child_modules", malformed).iter().rev());
    }
    resources
}

/// A list of a module; a thing of another shape is noted as malformed.
fn list<'a>(module: &'a Value, field: &str, malformed: &mut Vec<String>) -> &'a [Value] {
    match module.get(field) {
        None | Some(Value::Null) => &[],
        Some(Value::Array(elements)) => elements,
        Some(_) => {
            let module = module.get("address").and_then(Value::as_str);
            let module = module.unwrap_or("root_module");
            malformed.push(format!("{module}: {field}: a list is expected"));
            &[]
        }
    }
}

/// Reads the profiles of a state as `show -json` tells it.
pub(super) fn read_shown(object: &Value, place: &str) -> Recognised {
    let mut reader = Reader::new(place);
    let resources = resources(object.get("values"), &mut reader.recognised.malformed);
    for resource in resources
        .into_iter()
        .filter(|resource| is_profile(resource))
    {
        let instance = instance(resource);
        if resource.get("deposed_key").is_some_and(Value::is_string) {
            reader.set_aside(&instance);
            continue;
        }
        reader.take(&instance);
        if resource.get("tainted") == Some(&Value::Bool(true)) {
            reader.say_tainted(&instance.address);
        }
    }
    reader.finish()
}

/// Whether an object is a state file.
pub(super) fn is_file(object: &Value) -> bool {
    let has = |field: &str| object.get(field).is_some();
    object.get("version").is_some_and(Value::is_u64)
        && (has("terraform_version") || has("lineage") || has("serial"))
        && (has("resources") || has("modules"))
}

/// Reads the profiles of a state file.
pub(super) fn read_file(object: &Value, place: &str) -> Recognised {
    let mut reader = Reader::new(place);
    match object.get("version").and_then(Value::as_u64) {
        Some(4) => {}
        Some(3) => return flat::read_file(object, reader),
        _ => {
            let problem = "version: a state file of version 3 or 4 is expected; give what `terraform show -json` prints";
            reader.recognised.malformed.push(problem.to_owned());
            return reader.recognised;
        }
    }
    let resources = match object.get("resources") {
        None | Some(Value::Null) => return reader.recognised,
        Some(Value::Array(resources)) => resources,
        Some(_) => {
            let problem = "resources: a list is expected";
            reader.recognised.malformed.push(problem.to_owned());
            return reader.recognised;
        }
    };
    for resource in resources.iter().filter(|resource| is_profile(resource)) {
        let text = |field: &str| {
            resource
                .get(field)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let (module, kind) = (text("module"), text("type"));
        let dot = if module.is_empty() { "" } else { "." };
        let address = format!("{module}{dot}{kind}.{}", text("name"));
        let Some(instances) = resource.get("instances").and_then(Value::as_array) else {
            let problem = format!("{address}: instances: a list is expected");
            reader.recognised.malformed.push(problem);
            continue;
        };
        for instance in instances {
            let address = match instance.get("index_key") {
                None | Some(Value::Null) => address.clone(),
                // As JSON a text has its quotes, which is how an address writes it.
                Some(key) => format!("{address}[{key}]"),
            };
            let sensitive = sensitive_mask(instance);
            // A state that was written anew from an older version, and not refreshed since.
            let unflattened = instance.get("attributes_flat").and_then(flat::values);
            let attributes = instance.get("attributes").filter(|value| value.is_object());
            let Some(attributes) = attributes.or(unflattened.as_ref()) else {
                let problem = format!("{address}: attributes: an object is expected");
                reader.recognised.malformed.push(problem);
                continue;
            };
            let read = Instance {
                kind,
                value: Some(attributes),
                sensitive: Some(&sensitive),
                address: address.clone(),
                ..Instance::default()
            };
            if instance.get("deposed").is_some_and(Value::is_string) {
                reader.set_aside(&read);
                continue;
            }
            reader.take(&read);
            if instance.get("status").and_then(Value::as_str) == Some("tainted") {
                reader.say_tainted(&address);
            }
        }
    }
    reader.finish()
}

/// The mask of an instance's `sensitive_attributes`, which are paths; the field that a path begins with is taken for sensitive as a
/// whole.
fn sensitive_mask(instance: &Value) -> Value {
    let mut mask = Map::new();
    let paths = instance
        .get("sensitive_attributes")
        .and_then(Value::as_array);
    for path in paths.into_iter().flatten() {
        if let Some(field) = path.pointer("/0/value").and_then(Value::as_str) {
            mask.insert(field.to_owned(), json!(true));
        }
    }
    Value::Object(mask)
}
