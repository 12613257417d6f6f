//! AWS Controllers for Kubernetes: `FargateProfile` of `eks.services.k8s.aws`.
//!
//! Source: aws-controllers-k8s/eks-controller, `apis/v1alpha1/fargate_profile.go`, `cluster.go` and `types.go`.

use serde::Deserialize;
use serde_json::Value;

use super::controller::{
    Condition, NOT_CREATED, Object, ObjectSelector, condition, full_name, kept, naming,
    read_profile, referred, selectors, status,
};
use super::eks_json::{Wrong, home_of_arn};
use super::{Called, Candidate, Form, Found, KnownCluster, Recognised};
use crate::decision::facts::{FargateProfile, Gap, HealthIssue, ProfileOrigin, ProfileStatus};
use crate::sources::wire::nullable;
use crate::sources::wire::time::Time;

/// The group of its kinds.
pub(super) const GROUP: &str = "eks.services.k8s.aws";
/// What is to become of the profile when its object is deleted; `retain` leaves it.
const DELETION_POLICY: &str = "services.k8s.aws/deletion-policy";
/// With it an object takes over what is there, so that its spec may be silent.
const ADOPTION_POLICY: &str = "services.k8s.aws/adoption-policy";
/// The region of an object, where it differs from the controller's own.
const REGION: &str = "services.k8s.aws/region";

/// The form.
pub(super) const FORM: Form = Form {
    is_typed: |api_version, kind| {
        (is_of_group(api_version) && matches!(kind, "FargateProfile" | "Cluster"))
            || (api_version.is_empty() && kind == "FargateProfile")
    },
    recognise,
};

fn is_of_group(api_version: &str) -> bool {
    api_version
        .split_once('/')
        .is_some_and(|(group, _version)| group == GROUP)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Spec {
    name: Option<String>,
    cluster_name: Option<String>,
    cluster_ref: Option<Value>,
    #[serde(rename = "podExecutionRoleARN")]
    pod_execution_role_arn: Option<String>,
    pod_execution_role_ref: Option<Value>,
    selectors: Option<Vec<ObjectSelector>>,
    subnets: Option<Vec<String>>,
    subnet_refs: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    status: Option<String>,
    created_at: Time,
    #[serde(deserialize_with = "nullable")]
    health: Health,
    #[serde(deserialize_with = "nullable")]
    ack_resource_metadata: ResourceMetadata,
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Health {
    #[serde(deserialize_with = "nullable")]
    issues: Vec<Issue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Issue {
    #[serde(deserialize_with = "nullable")]
    code: String,
    #[serde(deserialize_with = "nullable")]
    message: String,
    #[serde(
        rename = "resourceIDs",
        alias = "resourceIds",
        deserialize_with = "nullable"
    )]
    resource_ids: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ResourceMetadata {
    arn: Option<String>,
    region: Option<String>,
    #[serde(rename = "ownerAccountID")]
    owner_account_id: Option<String>,
}

/// Takes a profile, or a `Cluster`, which tells what the cluster is called that profiles refer to.
fn recognise(candidate: Candidate<'_>) -> Option<Recognised> {
    // Items of a typed list may say neither group nor kind of their own; then their shape tells.
    let is_ours = is_of_group(candidate.api_version)
        || (candidate.api_version.is_empty()
            && candidate.kind == "FargateProfile"
            && candidate.value.pointer("/spec/forProvider").is_none());
    match candidate.kind {
        "FargateProfile" if is_ours => Some(read_profile(candidate, profile)),
        "Cluster" if is_ours => Some(cluster(candidate.value)),
        _ => None,
    }
}

fn reference(namespace: &str, name: &str) -> String {
    format!("ACK cluster {}", full_name(namespace, name))
}

fn cluster(value: &Value) -> Recognised {
    let text = |pointer: &str| {
        let text = value.pointer(pointer).and_then(Value::as_str);
        text.filter(|text| !text.is_empty())
    };
    let called = text("/metadata/name").zip(text("/spec/name"));
    naming(
        called
            .map(|(object, name)| Called {
                reference: reference(text("/metadata/namespace").unwrap_or_default(), object),
                name: name.to_owned(),
                region: text("/status/ackResourceMetadata/region").map(str::to_owned),
            })
            .into_iter()
            .collect(),
    )
}

fn profile(mut object: Object<Spec, Status>, candidate: Candidate<'_>) -> Result<Found, Wrong> {
    let seen = object.take_status();
    let (metadata, spec) = (object.metadata, object.spec);
    let name = kept(spec.name).ok_or_else(|| Wrong::at("spec.name", "it is missing"))?;
    let told = seen.ack_resource_metadata;
    let arn = kept(told.arn);
    let of_arn = arn.as_deref().map(home_of_arn).unwrap_or_default();

    let mut gaps = Vec::new();
    let cluster_name = kept(spec.cluster_name).or(of_arn.name);
    let referred_cluster = spec.cluster_ref.as_ref().and_then(|wrapped| {
        let target = wrapped.get("from")?;
        let name = target
            .get("name")?
            .as_str()
            .filter(|name| !name.is_empty())?;
        let namespace = target.get("namespace").and_then(Value::as_str);
        Some(reference(
            namespace
                .filter(|namespace| !namespace.is_empty())
                .unwrap_or(&metadata.namespace),
            name,
        ))
    });
    if cluster_name.is_none() {
        gaps.extend(referred(
            "clusterName",
            &[("clusterRef", spec.cluster_ref.as_ref())],
        ));
    }
    let home = KnownCluster {
        reference: referred_cluster.filter(|_| cluster_name.is_none()),
        name: cluster_name.clone(),
        region: kept(told.region)
            .or(of_arn.region)
            .or_else(|| metadata.annotation(REGION).map(str::to_owned)),
        account: kept(told.owner_account_id).or(of_arn.account),
    };

    let role = kept(spec.pod_execution_role_arn);
    if role.is_none() {
        gaps.extend(referred(
            "podExecutionRoleArn",
            &[("podExecutionRoleRef", spec.pod_execution_role_ref.as_ref())],
        ));
    }
    let subnets = spec.subnets.unwrap_or_default();
    if subnets.is_empty() {
        gaps.extend(referred(
            "subnets",
            &[("subnetRefs", spec.subnet_refs.as_ref())],
        ));
    }
    let selectors = match spec.selectors {
        Some(found) => Some(selectors(found)),
        None if metadata.annotation(ADOPTION_POLICY).is_some() => {
            gaps.push(Gap::unknown(
                "selectors",
                "those of the profile that it adopts",
            ));
            None
        }
        None => Some(Vec::new()),
    };

    let mut health_issues: Vec<HealthIssue> = seen
        .health
        .issues
        .into_iter()
        .map(|issue| HealthIssue {
            code: issue.code,
            message: issue.message,
            resource_ids: issue.resource_ids,
        })
        .collect();
    let mut stated = seen.status.as_deref().and_then(ProfileStatus::parse);
    // EKS refused it for good, so there is no such profile.
    if stated.is_none()
        && arn.is_none()
        && let Some(refused) = condition(&seen.conditions, "ACK.Terminal", "True")
    {
        stated = Some(ProfileStatus::Other(NOT_CREATED.to_owned()));
        health_issues.push(HealthIssue {
            code: "ACK.Terminal".to_owned(),
            message: refused.message.clone(),
            resource_ids: Vec::new(),
        });
    }
    let retains = metadata.annotation(DELETION_POLICY) == Some("retain");
    Ok(Found {
        home,
        profile: FargateProfile {
            arn,
            cluster_name,
            status: status(stated, &metadata, retains),
            created_at: seen.created_at.0,
            selectors,
            pod_execution_role_arn: role,
            subnets,
            health_issues,
            gaps,
            ..FargateProfile::named(name, ProfileOrigin::File(candidate.place.to_owned()))
        },
    })
}

#[cfg(test)]
#[path = "ack_tests.rs"]
mod tests;
