//! AWS Controllers for Kubernetes: `FargateProfile` of `eks.services.k8s.aws`.
//!
//! Source: aws-controllers-k8s/eks-controller, `apis/v1alpha1/fargate_profile.go`, `cluster.go` and `types.go`.

use serde::Deserialize;
use serde_json::Value;

use super::controller::{
    ASKED_FOR, Condition, NO_SELECTORS, NOT_CREATED, Object, ObjectSelector, ProfileName,
    condition, full_name, kept, naming, profile_name, read_profile, referred, status,
    take_selectors, told, told_list, told_selectors,
};
use super::eks_json::{Wrong, home_of_arn};
use super::placeholders::widest;
use super::{Called, Candidate, Form, Found, KnownCluster, Recognised};
use crate::decision::facts::{FargateProfile, HealthIssue, ProfileOrigin, ProfileStatus};
use crate::sources::wire::nullable;
use crate::sources::wire::time::Time;

/// The group of its kinds.
pub(super) const GROUP: &str = "eks.services.k8s.aws";
/// How the reference to a cluster begins of which only the object's name is known.
pub(super) const REFERENCE_PREFIX: &str = "ACK cluster ";
/// What is to become of the profile when its object is deleted; `retain` leaves it.
const DELETION_POLICY: &str = "services.k8s.aws/deletion-policy";
/// With it an object takes over what is there, so that its spec may be silent.
const ADOPTION_POLICY: &str = "services.k8s.aws/adoption-policy";
/// The region of an object, where it differs from the controller's own.
const REGION: &str = "services.k8s.aws/region";

/// What the controller is called that reports.
const REPORTER: &str = "ACK";

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
    format!("{REFERENCE_PREFIX}{}", full_name(namespace, name))
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
    let resource = seen.ack_resource_metadata;
    let arn = kept(resource.arn);
    let of_arn = arn.as_deref().map(home_of_arn).unwrap_or_default();

    let mut gaps = Vec::new();
    let ProfileName {
        text: name,
        is_known: name_is_known,
    } = profile_name(name, candidate, &mut gaps);
    let cluster_name = told("clusterName", [of_arn.name, spec.cluster_name], &mut gaps);
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
        reference: referred_cluster
            .filter(|reference| cluster_name.is_none() && widest(reference).is_none()),
        name: cluster_name.clone(),
        region: kept(resource.region)
            .or(of_arn.region)
            .or_else(|| metadata.annotation(REGION).map(str::to_owned)),
        account: kept(resource.owner_account_id).or(of_arn.account),
    };

    let role = told(
        "podExecutionRoleArn",
        [spec.pod_execution_role_arn],
        &mut gaps,
    );
    if role.is_none() {
        gaps.extend(referred(
            "podExecutionRoleArn",
            &[("podExecutionRoleRef", spec.pod_execution_role_ref.as_ref())],
        ));
    }
    let subnets = told_list("subnets", spec.subnets.unwrap_or_default(), &mut gaps);
    if subnets.is_empty() {
        gaps.extend(referred(
            "subnets",
            &[("subnetRefs", spec.subnet_refs.as_ref())],
        ));
    }
    let (listed, why_not) = match metadata.annotation(ADOPTION_POLICY) {
        Some(_) => (
            spec.selectors.filter(|listed| !listed.is_empty()),
            "those of the profile that it adopts",
        ),
        None => (spec.selectors, NO_SELECTORS),
    };
    let selectors = told_selectors(listed, why_not, &mut gaps);

    let mut health_issues: Vec<HealthIssue> = seen
        .health
        .issues
        .into_iter()
        .map(|issue| HealthIssue {
            code: issue.code,
            message: issue.message,
            resource_ids: issue.resource_ids,
            reporter: None,
        })
        .collect();
    let mut stated = seen.status.as_deref().and_then(ProfileStatus::parse);
    // EKS refused it for good, so there is no such profile.
    if stated.is_none()
        && arn.is_none()
        && let Some(refused) = condition(&seen.conditions, "ACK.Terminal", "True")
    {
        stated = Some(ProfileStatus::ByController(NOT_CREATED));
        health_issues.push(HealthIssue {
            code: "ACK.Terminal".to_owned(),
            message: refused.message.clone(),
            resource_ids: Vec::new(),
            reporter: Some(REPORTER.to_owned()),
        });
    }
    let retains = metadata.annotation(DELETION_POLICY) == Some("retain");
    let mut profile = FargateProfile {
        name_is_known,
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
    };
    if let Some(why) = out_of_step(&seen.conditions) {
        take_selectors(&mut profile, ASKED_FOR, why);
    }
    Ok(Found { home, profile })
}

/// What tells that the object and the profile may differ.
///
/// Source: aws-controllers-k8s/runtime, `apis/core/v1alpha1/conditions.go`: `ACK.Terminal` needs a hand (such as a field that
/// cannot be changed), `ACK.ResourceSynced` tells whether both are the same.
fn out_of_step(conditions: &[Condition]) -> Option<String> {
    [
        ("ACK.Terminal", "True"),
        ("ACK.ResourceSynced", "False"),
        ("ACK.ResourceSynced", "Unknown"),
    ]
    .into_iter()
    .find(|(kind, status)| condition(conditions, kind, status).is_some())
    .map(|(kind, status)| format!("condition {kind} of its object is {status}"))
}

#[cfg(test)]
#[path = "ack_tests.rs"]
mod tests;
