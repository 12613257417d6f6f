//! Cloud Control: what `aws cloudcontrol get-resource` and `list-resources` print.

use serde_json::Value;

use super::fields::{Names, Node, Resource};
use super::{Candidate, Form, KnownCluster, Recognised};

/// The form.
pub(super) const FORM: Form = Form {
    is_typed: |_, _| false,
    recognise,
};

/// The type of profiles. Source: CloudFormation, resource type schema of `AWS::EKS::FargateProfile`.
const TYPE: &str = "AWS::EKS::FargateProfile";

const NAMES: Names = Names {
    name: "FargateProfileName",
    cluster: "ClusterName",
    arn: "Arn",
    status: "Status",
    role: "PodExecutionRoleArn",
    subnets: "Subnets",
    selectors: "Selectors",
    namespace: "Namespace",
    labels: "Labels",
    key: "Key",
    value: "Value",
    region: "Region",
    unnamed: None,
};

/// Takes one resource or a list of them. Their properties are a text that is JSON; those of a list are often no more than the
/// identifier. Source: Cloud Control API reference, `GetResource`, `ListResources`, `ResourceDescription`.
fn recognise(candidate: Candidate<'_>) -> Option<Recognised> {
    if !candidate.kind.is_empty() {
        return None;
    }
    let object = candidate.value.as_object()?;
    let (field, is_list) = match ["ResourceDescriptions", "ResourceDescription"]
        .map(|field| object.contains_key(field))
    {
        [true, _] => ("ResourceDescriptions", true),
        [_, true] => ("ResourceDescription", false),
        _ => return None,
    };
    let mut recognised = Recognised::default();
    if let Some(kind) = object.get("TypeName").and_then(Value::as_str)
        && kind != TYPE
    {
        return Some(recognised);
    }
    let is_told_type = object.contains_key("TypeName");
    let descriptions: Vec<(String, &Value)> = match &object[field] {
        Value::Array(descriptions) if is_list => descriptions
            .iter()
            .enumerate()
            .map(|(index, description)| (format!("{field}[{index}]"), description))
            .collect(),
        Value::Null if is_list => Vec::new(),
        Value::Object(_) if !is_list => vec![(field.to_owned(), &object[field])],
        _ => {
            let expected = if is_list { "a list" } else { "an object" };
            let problem = format!("{field}: {expected} is expected");
            recognised.malformed.push(problem);
            return Some(recognised);
        }
    };
    recognised.goes_on = is_list
        && object
            .get("NextToken")
            .is_some_and(|token| !token.is_null());
    for (path, description) in descriptions {
        if let Err(problem) = read(
            description,
            &path,
            candidate.place,
            is_told_type,
            &mut recognised,
        ) {
            recognised.malformed.push(format!("{path}.{problem}"));
        }
    }
    Some(recognised)
}

fn read(
    description: &Value,
    path: &str,
    place: &str,
    is_told_type: bool,
    recognised: &mut Recognised,
) -> Result<(), String> {
    let identifier = description.get("Identifier").and_then(Value::as_str);
    let parsed;
    let properties = match description.get("Properties") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => {
            parsed = serde_json::from_str::<Value>(text).map_err(|error| {
                format!(
                    "Properties: JSON of a profile is expected, and it breaks at line {} column {}",
                    error.line(),
                    error.column()
                )
            })?;
            Some(&parsed)
        }
        Some(properties) => Some(properties),
    };
    let fields = match properties {
        None => None,
        Some(Value::Object(fields)) => Some(fields),
        Some(_) => return Err("Properties: an object is expected".to_owned()),
    };
    let is_profile = is_told_type || fields.is_some_and(|fields| fields.contains_key(NAMES.name));
    if !is_profile {
        return Ok(());
    }
    let (cluster, name) = identifier
        .and_then(|identifier| identifier.split_once('|'))
        .unzip();
    let field = |field: &str| {
        let part = match field {
            "ClusterName" => cluster,
            "FargateProfileName" => name,
            _ => None,
        };
        match fields.and_then(|fields| fields.get(field)) {
            Some(value) if !value.is_null() => Node::plain(value),
            _ => part.map_or(Node::Nothing, |part| Node::Text(part.to_owned())),
        }
    };
    let resource = Resource {
        address: identifier.unwrap_or(path),
        place,
        names: &NAMES,
        cluster: &KnownCluster::default(),
    };
    let found = resource.profile(field).map_err(|problem| match fields {
        Some(_) => format!("Properties.{problem}"),
        None => format!("Identifier: CLUSTER|PROFILE is expected; {problem}"),
    })?;
    if found.profile.selectors.is_none() && found.profile.gaps.is_empty() {
        recognised.home.get_or_insert(found.home);
        recognised.names.push(found.profile.name);
    } else {
        recognised.profiles.push(found);
    }
    Ok(())
}
