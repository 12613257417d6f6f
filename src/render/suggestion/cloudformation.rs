//! A CloudFormation template. Labels are a list of pairs there, not a map. Source: resource type AWS::EKS::FargateProfile.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::{cluster_name, role, subnets, write_yaml};
use crate::report::SuggestionReport;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Template<'r> {
    #[serde(rename = "AWSTemplateFormatVersion")]
    version: &'static str,
    resources: BTreeMap<String, Resource<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Resource<'r> {
    #[serde(rename = "Type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    depends_on: Option<String>,
    properties: Properties<'r>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Properties<'r> {
    cluster_name: &'r str,
    fargate_profile_name: &'r str,
    pod_execution_role_arn: &'r str,
    selectors: Vec<Selector<'r>>,
    subnets: Vec<&'r str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Selector<'r> {
    namespace: &'r str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<Label<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Label<'r> {
    key: &'r str,
    value: &'r str,
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
            namespace: &selector.namespace,
            labels: selector
                .labels
                .iter()
                .map(|(key, value)| Label { key, value })
                .collect(),
        });
        let properties = Properties {
            cluster_name: cluster_name(report),
            fargate_profile_name: &profile.name,
            pod_execution_role_arn: role(profile),
            selectors: selectors.collect(),
            subnets: subnets(profile),
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
