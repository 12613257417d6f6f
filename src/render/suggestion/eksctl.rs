//! A ClusterConfig for `eksctl create fargateprofile -f`. Source: eksctl, schema of ClusterConfig.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::{cluster_name, region, role, subnets, write_yaml};
use crate::report::SuggestionReport;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ClusterConfig<'r> {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata<'r>,
    fargate_profiles: Vec<Profile<'r>>,
}

#[derive(Serialize)]
struct Metadata<'r> {
    name: &'r str,
    region: &'r str,
}

#[derive(Serialize)]
struct Profile<'r> {
    name: &'r str,
    #[serde(rename = "podExecutionRoleARN")]
    role: &'r str,
    selectors: Vec<Selector<'r>>,
    subnets: Vec<&'r str>,
}

#[derive(Serialize)]
struct Selector<'r> {
    namespace: &'r str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: &'r BTreeMap<String, String>,
}

/// Writes the profiles.
pub fn render(report: &SuggestionReport, out: &mut dyn Write) -> io::Result<()> {
    let profiles = report.profiles.iter().map(|profile| Profile {
        name: &profile.name,
        role: role(profile),
        selectors: profile
            .selectors
            .iter()
            .map(|selector| Selector {
                namespace: &selector.namespace,
                labels: &selector.labels,
            })
            .collect(),
        subnets: subnets(profile),
    });
    let config = ClusterConfig {
        api_version: "eksctl.io/v1alpha5",
        kind: "ClusterConfig",
        metadata: Metadata {
            name: cluster_name(report),
            region: region(report),
        },
        fargate_profiles: profiles.collect(),
    };
    write_yaml(&config, out)
}
