//! A CloudFormation template. Labels are a list of pairs there, not a map. Source: resource type AWS::EKS::FargateProfile.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::{cluster_name, role, subnets, write_yaml};
use crate::report::SuggestionReport;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Template {
    #[serde(rename = "AWSTemplateFormatVersion")]
    version: &'static str,
    resources: BTreeMap<String, Resource>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    #[serde(rename = "Type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    depends_on: Option<String>,
    properties: Properties,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Properties {
    cluster_name: String,
    fargate_profile_name: String,
    pod_execution_role_arn: String,
    selectors: Vec<Selector>,
    subnets: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Selector {
    namespace: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<Label>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Label {
    key: String,
    value: String,
}

/// Writes the profiles.
pub fn render(report: &SuggestionReport, out: &mut dyn Write) -> io::Result<()> {
    if let Some(region) = &report.cluster.region {
        writeln!(out, "# for a stack in {}", super::clean(region))?;
    }
    let mut resources = BTreeMap::new();
    // EKS creates one profile at a time.
    let mut last: Option<String> = None;
    for (index, profile) in report.profiles.iter().enumerate() {
        let selectors = profile.selectors.iter().map(|selector| Selector {
            namespace: plain(&selector.namespace),
            labels: selector
                .labels
                .iter()
                .map(|(key, value)| Label {
                    key: plain(key),
                    value: plain(value),
                })
                .collect(),
        });
        let properties = Properties {
            cluster_name: plain(cluster_name(report)),
            fargate_profile_name: plain(&profile.name),
            pod_execution_role_arn: plain(role(profile)),
            selectors: selectors.collect(),
            subnets: subnets(profile).into_iter().map(plain).collect(),
        };
        let resource = Resource {
            kind: "AWS::EKS::FargateProfile",
            depends_on: last.take(),
            properties,
        };
        let id = logical_id(&profile.name);
        let id = match resources.contains_key(&id) {
            true => format!("{id}{}", index + 1),
            false => id,
        };
        last = Some(id.clone());
        resources.insert(id, resource);
    }
    let template = Template {
        version: "2010-09-09",
        resources,
    };
    write_yaml(&template, out)
}

/// A text that CloudFormation takes as it stands. `{{resolve:…}}` in any text of a template makes it fetch a parameter or a secret, and
/// there is no way to write that and not mean it. No name that EKS or Kubernetes takes has braces: torn apart, EKS refuses it.
///
/// Source: CloudFormation User Guide, "Get values stored in other services using dynamic references".
fn plain(text: &str) -> String {
    text.replace("{{", "{ {")
}

/// A logical id, which has letters and digits alone: `web-2` is `Web2FargateProfile`.
fn logical_id(name: &str) -> String {
    let mut id: String = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(letters)
        })
        .collect();
    id.push_str("FargateProfile");
    id
}
