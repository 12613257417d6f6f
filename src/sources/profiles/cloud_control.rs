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
    if let Some(recognised) = bare(candidate) {
        return Some(recognised);
    }
    if let Some(progress) = object.get("ProgressEvent") {
        return of_progress(progress, candidate.place);
    }
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

/// Takes the model of a request that makes or changes a profile, unless it failed.
///
/// Source: Cloud Control API reference, `ProgressEvent`.
fn of_progress(progress: &Value, place: &str) -> Option<Recognised> {
    let text = |field: &str| progress.get(field).and_then(Value::as_str);
    if text("TypeName") != Some(TYPE) {
        return None;
    }
    let mut recognised = Recognised::default();
    let makes_one = !matches!(text("Operation"), Some("DELETE"));
    let goes_well = matches!(
        text("OperationStatus"),
        Some("SUCCESS" | "IN_PROGRESS" | "PENDING")
    );
    let model = text("ResourceModel").filter(|_| makes_one && goes_well);
    let Some(model) = model else {
        recognised.malformed.push(
            "ProgressEvent: this request leaves no profile, or does not tell it; \
             give what `aws cloudcontrol get-resource` prints"
                .to_owned(),
        );
        return Some(recognised);
    };
    let mut description = serde_json::Map::new();
    for (field, value) in [
        ("Identifier", text("Identifier")),
        ("Properties", Some(model)),
    ] {
        if let Some(value) = value {
            description.insert(field.to_owned(), Value::from(value));
        }
    }
    let path = "ProgressEvent.ResourceModel";
    match read(
        &Value::Object(description),
        path,
        place,
        true,
        &mut recognised,
    ) {
        Ok(()) if text("OperationStatus") != Some("SUCCESS") => {
            let name = text("Identifier").unwrap_or("of the request");
            let remark = format!("the request for profile {name} has not come to its end");
            recognised.remarks.push(remark);
        }
        Ok(()) => {}
        Err(problem) => recognised.malformed.push(format!("{path}: {problem}")),
    }
    Some(recognised)
}

/// Takes a description without what stands around it (`--query ResourceDescription`), where its properties are of a profile.
fn bare(candidate: Candidate<'_>) -> Option<Recognised> {
    let object = candidate.value.as_object()?;
    let properties = object.get("Properties")?.as_str()?;
    if object.len() != 2 || !object.contains_key("Identifier") || !properties.contains(NAMES.name) {
        return None;
    }
    let mut recognised = Recognised::default();
    let path = "ResourceDescription";
    if let Err(problem) = read(
        candidate.value,
        path,
        candidate.place,
        false,
        &mut recognised,
    ) {
        recognised.malformed.push(problem);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::profiles::fields::shown::{candidate, each_mutation, lines};
    use serde_json::json;

    macro_rules! form {
        ($name:literal) => {
            serde_json::from_str::<Value>(include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/forms/cloudcontrol/",
                $name
            )))
            .expect("the file is JSON")
        };
    }

    fn read(value: &Value) -> Recognised {
        recognise(candidate(value)).expect("it is an answer of Cloud Control")
    }

    #[test]
    fn a_resource() {
        let found = read(&form!("get-resource.json"));
        assert_eq!(
            lines(&found),
            ["apps of prod in eu-west-1, ?, apps, 1: shop{tier=backend} batch-*{}"]
        );
        assert!(found.malformed.is_empty());
        let bare = &form!("get-resource.json")["ResourceDescription"];
        assert_eq!(lines(&read(bare)), lines(&found));
    }

    #[test]
    fn a_list_that_tells_no_more_than_names() {
        let mut list = form!("list-resources.json");
        let found = read(&list);
        assert!(found.profiles.is_empty() && !found.goes_on);
        assert_eq!(found.names, ["apps", "kube-system"]);
        let home = found.home.expect("the cluster of the list");
        assert_eq!(home.name.as_deref(), Some("prod"));
        list["NextToken"] = json!("more");
        assert!(read(&list).goes_on);
        // Some answers have the properties in full.
        list["ResourceDescriptions"][0] = form!("get-resource.json")["ResourceDescription"].clone();
        let found = read(&list);
        assert_eq!((found.profiles.len(), found.names.len()), (1, 1));
    }

    #[test]
    fn the_identifier_tells_what_properties_do_not() {
        let found = read(
            &json!({"TypeName": TYPE, "ResourceDescription": {"Identifier": "prod|apps", "Properties": "{\"Selectors\": [{\"Namespace\": \"a\"}]}"}}),
        );
        assert_eq!(lines(&found), ["apps of prod in ?, ?, ?, 0: a{}"]);
        let found =
            read(&json!({"TypeName": TYPE, "ResourceDescription": {"Identifier": "prod|apps"}}));
        assert_eq!(found.names, ["apps"]);
    }

    #[test]
    fn what_a_request_makes() {
        let progress = |operation: &str, status: &str| {
            json!({"ProgressEvent": {"TypeName": TYPE, "Identifier": "prod|apps", "Operation": operation, "OperationStatus": status,
                "ResourceModel": "{\"ClusterName\": \"prod\", \"FargateProfileName\": \"apps\", \"Selectors\": [{\"Namespace\": \"a\"}]}"}})
        };
        let wanted = ["apps of prod in ?, ?, ?, 0: a{}"];
        let found = read(&progress("CREATE", "SUCCESS"));
        assert_eq!(lines(&found), wanted);
        assert!(found.remarks.is_empty());
        let found = read(&progress("UPDATE", "IN_PROGRESS"));
        assert_eq!(lines(&found), wanted);
        assert_eq!(
            found.remarks,
            ["the request for profile prod|apps has not come to its end"]
        );
        for (operation, status) in [("DELETE", "SUCCESS"), ("CREATE", "FAILED")] {
            let found = read(&progress(operation, status));
            assert!(found.profiles.is_empty());
            assert!(found.malformed[0].contains("get-resource"), "{operation}");
        }
    }

    #[test]
    fn other_types_are_passed_over() {
        for value in [
            json!({"TypeName": "AWS::S3::Bucket", "ResourceDescription": {"Identifier": "b", "Properties": "{"}}),
            json!({"ResourceDescription": {"Identifier": "b", "Properties": "{\"BucketName\": \"b\"}"}}),
            json!({"TypeName": TYPE, "ResourceDescriptions": []}),
        ] {
            let found = read(&value);
            assert!(
                found.profiles.is_empty() && found.names.is_empty(),
                "{value}"
            );
            assert!(found.malformed.is_empty() && !found.says_none, "{value}");
        }
        assert!(recognise(candidate(&json!({"TypeName": TYPE}))).is_none());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (description, wanted) in [
            (
                json!("hunter2"),
                "ResourceDescription: an object is expected",
            ),
            (
                json!({"Identifier": "prod|apps", "Properties": "{\"Selectors\": [hunter2"}),
                "ResourceDescription.Properties: JSON of a profile is expected, and it breaks at line 1 column 16",
            ),
            (
                json!({"Identifier": "prod|apps", "Properties": "[]"}),
                "ResourceDescription.Properties: an object is expected",
            ),
            (
                json!({"Identifier": "prod|apps", "Properties": "{\"Selectors\": [{\"Labels\": []}]}"}),
                "ResourceDescription.Properties.Selectors[0].Namespace: it is missing, the pattern of a namespace is expected",
            ),
            (
                json!({"Identifier": "hunter2"}),
                "ResourceDescription.Identifier: CLUSTER|PROFILE is expected",
            ),
        ] {
            let found = read(&json!({"TypeName": TYPE, "ResourceDescription": description}));
            assert!(
                found.malformed[0].starts_with(wanted),
                "{description}: {:?}",
                found.malformed
            );
            assert!(!format!("{found:?}").contains("hunter"), "{description}");
        }
        let found = read(&json!({"ResourceDescriptions": {}}));
        assert_eq!(
            found.malformed,
            ["ResourceDescriptions: a list is expected"]
        );
    }

    #[test]
    fn a_part_of_any_other_shape_does_no_harm() {
        for value in [form!("get-resource.json"), form!("list-resources.json")] {
            each_mutation(&value, |mutated| {
                recognise(candidate(mutated));
            });
        }
    }
}
