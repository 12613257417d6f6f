//! State files of version 3, which Terraform wrote until 0.11: attributes are one flat map of texts, in which lists, sets and maps
//! are told by their keys (`selector.1840.labels.tier`).
//!
//! Source: hashicorp/terraform, `internal/configs/hcl2shim/flatmap.go` and `internal/states/statefile/version3.go`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::state::Instance;
use super::{Reader, names};
use crate::sources::profiles::Recognised;

/// Reads the profiles of a state file of version 3.
pub(super) fn read_file(object: &Value, mut reader: Reader<'_>) -> Recognised {
    let Some(modules) = object.get("modules").and_then(Value::as_array) else {
        let problem = "modules: a list is expected";
        reader.recognised.malformed.push(problem.to_owned());
        return reader.recognised;
    };
    for module in modules {
        let path: String = module
            .get("path")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .filter(|name| *name != "root")
            .map(|name| format!("module.{name}."))
            .collect();
        let resources = module.get("resources").and_then(Value::as_object);
        for (key, resource) in resources.into_iter().flatten() {
            let kind = resource
                .get("type")
                .and_then(Value::as_str)
                .unwrap_or_default();
            // A data source has `data.` before its type.
            if names(kind).is_none() || !key.starts_with(kind) {
                continue;
            }
            let address = format!("{path}{key}");
            let deposed = resource.get("deposed").and_then(Value::as_array);
            for deposed in deposed.into_iter().flatten() {
                let values = deposed.get("attributes").and_then(values);
                reader.set_aside(&Instance {
                    address: address.clone(),
                    kind,
                    value: values.as_ref(),
                    ..Instance::default()
                });
            }
            let Some(primary) = resource.get("primary").filter(|primary| !primary.is_null()) else {
                continue;
            };
            let Some(values) = primary.get("attributes").and_then(values) else {
                let problem = format!("{address}: primary.attributes: an object is expected");
                reader.recognised.malformed.push(problem);
                continue;
            };
            reader.take(&Instance {
                address: address.clone(),
                kind,
                value: Some(&values),
                ..Instance::default()
            });
            if primary.get("tainted") == Some(&Value::Bool(true)) {
                reader.say_tainted(&address);
            }
        }
    }
    reader.finish()
}

/// The attributes of a profile out of their flat form; `None` where that is no map.
pub(super) fn values(flat: &Value) -> Option<Value> {
    let mut values = Map::new();
    let mut subnets = Vec::new();
    let mut selectors: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for (key, value) in flat.as_object()? {
        match key.split_once('.') {
            None => {
                values.insert(key.clone(), value.clone());
            }
            Some(("subnet_ids", "#")) | Some(("selector", "#")) => {}
            Some(("subnet_ids", _)) => subnets.push(value.clone()),
            Some(("selector", rest)) => {
                let (hash, field) = rest.split_once('.').unwrap_or((rest, ""));
                let selector = selectors.entry(hash).or_default();
                match field.split_once('.') {
                    Some(("labels", "%")) => {}
                    Some(("labels", label)) => {
                        let labels = selector.entry("labels").or_insert_with(|| json!({}));
                        if let Some(labels) = labels.as_object_mut() {
                            labels.insert(label.to_owned(), value.clone());
                        }
                    }
                    _ => {
                        selector.insert(field.to_owned(), value.clone());
                    }
                }
            }
            Some(_) => {}
        }
    }
    values.insert("subnet_ids".to_owned(), Value::Array(subnets));
    let selectors = selectors.into_values().map(Value::Object).collect();
    values.insert("selector".to_owned(), Value::Array(selectors));
    Some(Value::Object(values))
}
