//! Pulumi: `stack export`, the checkpoints of its own storage, `preview --json` and programs in YAML.
//!
//! They hold secrets, encrypted or not: only the fields of profiles are ever read, and nothing that is marked as a secret.

use std::collections::BTreeMap;

use serde_json::Value;

use super::fields::{Names, Node, Resource};
use super::{Candidate, Form, Found, KnownCluster, Recognised, Removal};

/// The form.
pub(super) const FORM: Form = Form {
    is_typed: |_, _| false,
    recognise,
};

/// The key of an object that stands for something else than itself, and the two such that matter here.
///
/// Source: pulumi/pulumi, `sdk/go/common/resource/sig`, and its page on the deployment schema.
const SIGNATURE: &str = "4dabf18193072939515e22adb298388d";
const SECRET: &str = "1b47061264138c4ac30d75fd1eb44270";
/// The text that stands for a value that is not known yet. Source: pulumi/pulumi, `plugin.UnknownStringValue`.
const UNKNOWN: &str = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/// The text that stands for a secret in what `preview --json` prints.
const BLINDED: &str = "[secret]";

/// `aws.eks.FargateProfile`. Source: Pulumi Registry, AWS.
const AWS: Names = Names {
    name: "fargateProfileName",
    cluster: "clusterName",
    arn: "arn",
    status: "status",
    role: "podExecutionRoleArn",
    subnets: "subnetIds",
    selectors: "selectors",
    namespace: "namespace",
    labels: "labels",
    key: "key",
    value: "value",
    region: "region",
    unnamed: Some("a name that Pulumi makes up"),
};

/// `aws-native.eks.FargateProfile`. Source: Pulumi Registry, AWS Cloud Control.
const AWS_NATIVE: Names = Names {
    subnets: "subnets",
    ..AWS
};

/// What the fields of a profile are called in resources of this type, which YAML programs may write in short.
fn names(kind: &str) -> Option<&'static Names> {
    match kind {
        "aws:eks/fargateProfile:FargateProfile" | "aws:eks:FargateProfile" => Some(&AWS),
        "aws-native:eks:FargateProfile" | "aws-native:eks/fargateProfile:FargateProfile" => {
            Some(&AWS_NATIVE)
        }
        _ => None,
    }
}

fn recognise(candidate: Candidate<'_>) -> Option<Recognised> {
    let object = candidate.value;
    if !candidate.kind.is_empty() || !object.is_object() {
        return None;
    }
    let deployment = object
        .get("deployment")
        .or_else(|| object.pointer("/checkpoint/latest"))
        .filter(|_| object.get("version").is_some_and(Value::is_number));
    if let Some(deployment) = deployment {
        return Some(exported(deployment, candidate.place));
    }
    let is_preview = object.get("changeSummary").is_some()
        || object
            .pointer("/steps/0/urn")
            .and_then(Value::as_str)
            .is_some_and(|urn| urn.starts_with("urn:pulumi:"));
    if is_preview {
        return Some(previewed(object, candidate.place));
    }
    let runtime = object.get("runtime")?;
    let runtime = runtime.get("name").unwrap_or(runtime);
    (runtime.as_str() == Some("yaml")).then(|| program(object, candidate.place))
}

/// A list of a document; a thing of another shape is noted as malformed.
fn list<'a>(value: &'a Value, field: &str, recognised: &mut Recognised) -> &'a [Value] {
    match value.get(field) {
        None | Some(Value::Null) => &[],
        Some(Value::Array(elements)) => elements,
        Some(_) => {
            recognised
                .malformed
                .push(format!("{field}: a list is expected"));
            &[]
        }
    }
}

fn exported(deployment: &Value, place: &str) -> Recognised {
    let mut recognised = Recognised::default();
    for resource in list(deployment, "resources", &mut recognised) {
        if !is_profile(resource) {
            continue;
        }
        if resource.get("delete") == Some(&Value::Bool(true)) {
            let remark = format!(
                "the profile {} waits for its deletion and is left out",
                logical_name(resource)
            );
            recognised.remarks.push(remark);
            continue;
        }
        // Source: pulumi/pulumi, `apitype.ResourceV3`: deleted before the new one was made, which did not come about.
        if resource.get("pendingReplacement") == Some(&Value::Bool(true)) {
            let remark = format!(
                "the profile {} was deleted to be made anew, which has not happened yet, and is left out",
                logical_name(resource)
            );
            recognised.remarks.push(remark);
            continue;
        }
        take(resource, place, &mut recognised);
    }
    for operation in list(deployment, "pending_operations", &mut recognised) {
        let Some(resource) = operation.get("resource").filter(|one| is_profile(one)) else {
            continue;
        };
        const KINDS: [&str; 5] = ["creating", "updating", "deleting", "reading", "importing"];
        let kind = operation
            .get("type")
            .and_then(Value::as_str)
            .filter(|kind| KINDS.contains(kind))
            .unwrap_or("changing");
        recognised.remarks.push(format!(
            "the stack broke off while {kind} profile {}; what came of it is not known",
            logical_name(resource)
        ));
    }
    recognised
}

/// What would be there after a preview: the last state that a step gives each resource, unless it is deleted.
fn previewed(object: &Value, place: &str) -> Recognised {
    let mut recognised = Recognised::default();
    let mut after: BTreeMap<&str, &Value> = BTreeMap::new();
    for step in list(object, "steps", &mut recognised) {
        let text = |field: &str| step.get(field).and_then(Value::as_str).unwrap_or_default();
        let state = |field: &str| step.get(field).filter(|state| is_profile(state));
        let Some(any) = state("newState").or_else(|| state("oldState")) else {
            continue;
        };
        match text("op") {
            "delete" | "discard" => {
                take_away(state("oldState").unwrap_or(any), place, &mut recognised);
                after.remove(text("urn"));
                continue;
            }
            // The half of a replacement that takes the old one away.
            "delete-replaced" | "discard-replaced" => {
                if let Some(old) = state("oldState") {
                    take_away(old, place, &mut recognised);
                }
                continue;
            }
            "replace" => {
                let remark = format!("the preview replaces profile {}", logical_name(any));
                recognised.remarks.push(remark);
            }
            _ => {}
        }
        if let Some(state) = state("newState") {
            after.insert(text("urn"), state);
        }
    }
    for state in after.into_values() {
        take(state, place, &mut recognised);
    }
    recognised
}

fn is_profile(resource: &Value) -> bool {
    resource
        .get("type")
        .and_then(Value::as_str)
        .is_some_and(|kind| names(kind).is_some())
}

/// What the program calls a resource: the last part of its URN.
fn logical_name(resource: &Value) -> &str {
    let urn = resource.get("urn").and_then(Value::as_str);
    urn.map(last_of_urn).unwrap_or("without a URN")
}

fn last_of_urn(urn: &str) -> &str {
    urn.rsplit("::").next().unwrap_or(urn)
}

/// Reads a profile out of the state of a resource and keeps it.
fn take(resource: &Value, place: &str, recognised: &mut Recognised) {
    match read(resource, place) {
        Some(Ok(found)) => recognised.profiles.push(found),
        Some(Err(problem)) => recognised
            .malformed
            .push(format!("{}: {problem}", logical_name(resource))),
        None => {}
    }
}

/// Notes that a preview takes a profile away, if its state tells what that is called.
fn take_away(resource: &Value, place: &str, recognised: &mut Recognised) {
    match read(resource, place) {
        Some(Ok(found)) if found.profile.name_is_known => recognised.removals.push(Removal {
            profile: found.profile.name,
            home: found.home,
            by: format!("the preview {place}"),
        }),
        _ => recognised.remarks.push(format!(
            "the preview {place} deletes profile {}",
            logical_name(resource)
        )),
    }
}

/// Reads a profile out of the state of a resource: what came of it, else what was asked for. `None` where it makes none.
fn read(resource: &Value, place: &str) -> Option<Result<Found, String>> {
    let kind = resource.get("type").and_then(Value::as_str);
    let names = kind.and_then(names)?;
    let address = logical_name(resource);
    let reference = resource
        .get("propertyDependencies")
        .and_then(|all| all.get(names.cluster)?.as_array())
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .find(|urn| urn.contains("eks/cluster:Cluster::") || urn.contains("eks:Cluster::"));
    let cluster = KnownCluster {
        reference: reference.map(|urn| format!("{place}:{}", last_of_urn(urn))),
        ..KnownCluster::default()
    };
    let field = |field: &str| {
        let told = |side: &str| match resource.get(side) {
            Some(whole) if whole.get(SIGNATURE).is_some() => marked(whole),
            whole => whole
                .and_then(|whole| whole.get(field))
                .map_or(Node::Nothing, marked),
        };
        match told("outputs") {
            Node::Nothing => told("inputs"),
            Node::Unknown(expression) if expression == NOT_YET => match told("inputs") {
                Node::Nothing => Node::Unknown(expression),
                asked => asked,
            },
            told => told,
        }
    };
    let resource = Resource {
        address,
        place,
        names,
        cluster: &cluster,
    };
    Some(resource.profile(field))
}

/// What stands for a value that Pulumi does not know yet.
const NOT_YET: &str = "known after the update";

/// A value of a state, in which objects with a signature stand for something else.
fn marked(value: &Value) -> Node {
    match value {
        Value::Object(fields) => match fields.get(SIGNATURE) {
            Some(signature) if signature == SECRET => Node::Unknown("secret".to_owned()),
            Some(_) => Node::Unknown("a value of another kind".to_owned()),
            None => Node::Map(
                fields
                    .iter()
                    .filter(|(key, _)| *key != "__defaults")
                    .map(|(key, value)| (key.clone(), marked(value)))
                    .collect(),
            ),
        },
        Value::Array(elements) => Node::List(elements.iter().map(marked).collect()),
        Value::String(text) if text == UNKNOWN => Node::Unknown(NOT_YET.to_owned()),
        Value::String(text) if text == BLINDED => Node::Unknown("secret".to_owned()),
        plain => Node::plain(plain),
    }
}

/// A program in YAML. Source: Pulumi, "Pulumi YAML language reference".
fn program(object: &Value, place: &str) -> Recognised {
    let mut recognised = Recognised::default();
    let resources = match object.get("resources") {
        None | Some(Value::Null) => return recognised,
        Some(Value::Object(resources)) => resources,
        Some(_) => {
            let problem = "resources: an object is expected";
            recognised.malformed.push(problem.to_owned());
            return recognised;
        }
    };
    for (address, resource) in resources {
        let kind = resource.get("type").and_then(Value::as_str);
        let Some(names) = kind.and_then(names) else {
            continue;
        };
        let properties = resource.get("properties");
        let field = |field: &str| {
            properties
                .and_then(|properties| properties.get(field))
                .map_or(Node::Nothing, written)
        };
        let cluster = KnownCluster {
            reference: properties
                .and_then(|properties| properties.get(names.cluster)?.as_str())
                .and_then(|text| interpolations(text).into_iter().next())
                .map(|inner| {
                    let resource = inner.split(['.', '[']).next().unwrap_or(inner);
                    format!("{place}:{resource}")
                }),
            ..KnownCluster::default()
        };
        let resource = Resource {
            address,
            place,
            names,
            cluster: &cluster,
        };
        match resource.profile(field) {
            Ok(found) => recognised.profiles.push(found),
            Err(problem) => recognised
                .malformed
                .push(format!("resources.{address}.properties.{problem}")),
        }
    }
    recognised
}

/// A value of a program: `${…}` stands for what it refers to, `fn::…` for what a function gives.
fn written(value: &Value) -> Node {
    match value {
        Value::Object(fields) => match fields.keys().find(|key| key.starts_with("fn::")) {
            Some(function) => Node::Unknown(function.clone()),
            None => Node::Map(
                fields
                    .iter()
                    .map(|(key, value)| (key.clone(), written(value)))
                    .collect(),
            ),
        },
        Value::Array(elements) => Node::List(elements.iter().map(written).collect()),
        Value::String(text) => interpolated(text),
        plain => Node::plain(plain),
    }
}

/// A text in which `${…}` stands for what is not known, and `$${` for `${` itself.
fn interpolated(text: &str) -> Node {
    let mut widest = String::new();
    let mut is_open = false;
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, from) = rest.split_at(start);
        if let Some(before) = before.strip_suffix('$') {
            widest.push_str(before);
            widest.push_str("${");
            rest = from.get(2..).unwrap_or_default();
            continue;
        }
        let Some(end) = from.find('}') else {
            break;
        };
        widest.push_str(before);
        widest.push('*');
        is_open = true;
        rest = from.get(end + 1..).unwrap_or_default();
    }
    widest.push_str(rest);
    match (is_open, widest.as_str()) {
        (false, _) => Node::Text(widest),
        (true, "*") => Node::Unknown(text.to_owned()),
        (true, _) => Node::Partly {
            widest,
            expression: text.to_owned(),
        },
    }
}

/// What stands within the `${…}` of a text.
fn interpolations(text: &str) -> Vec<&str> {
    text.split("${")
        .skip(1)
        .filter_map(|from| from.split('}').next())
        .collect()
}

#[cfg(test)]
mod tests;
