//! Cluster API Provider AWS: `AWSFargateProfile` of `infrastructure.cluster.x-k8s.io`.
//!
//! It names the cluster as Cluster API knows it. What that is called in EKS stands in its `AWSManagedControlPlane`.
//!
//! Source: kubernetes-sigs/cluster-api-provider-aws, `exp/api/v1beta2/awsfargateprofile_types.go` and its webhook,
//! `pkg/eks/eks.go` (made-up names), `pkg/cloud/services/eks/fargate.go` (status).

use serde::Deserialize;
use serde_json::Value;

use super::controller::{
    Condition, NO_SELECTORS, Object, ObjectSelector, ProfileName, condition, filled, full_name,
    home_by_reference, kept, naming, profile_name, read_profile, status, told_list, told_selectors,
};
use super::eks_json::{Wrong, typed};
use super::placeholders;
use super::{Called, Candidate, Form, Found, KnownCluster, Recognised};
use crate::decision::facts::{FargateProfile, Gap, HealthIssue, ProfileOrigin, ProfileStatus};
use crate::sources::wire::nullable;

/// The group of profiles.
pub(super) const GROUP: &str = "infrastructure.cluster.x-k8s.io";
/// The group of control planes.
pub(super) const CONTROL_PLANE_GROUP: &str = "controlplane.cluster.x-k8s.io";
/// The label that names the Cluster an object belongs to.
pub(super) const CLUSTER_LABEL: &str = "cluster.x-k8s.io/cluster-name";
/// Made-up names are shorter than this; longer ones become a hash behind [`HASH_PREFIX`].
const LONGEST_NAME: usize = 100;
/// How a made-up name begins that would have been too long.
const HASH_PREFIX: &str = "capa_";
/// How the reference to a cluster begins that only Cluster API's name is known of.
const REFERENCE_PREFIX: &str = "Cluster API cluster ";
/// What a control plane is often called after its cluster: templates of Cluster API append it.
const CONTROL_PLANE_SUFFIX: &str = "-control-plane";

/// What the controller is called that reports.
const REPORTER: &str = "Cluster API";

/// The form.
pub(super) const FORM: Form = Form {
    is_typed: |api_version, kind| match kind {
        "AWSFargateProfile" => matches!(group(api_version), GROUP | ""),
        "AWSManagedControlPlane" => matches!(group(api_version), CONTROL_PLANE_GROUP | ""),
        _ => false,
    },
    recognise,
};

fn group(api_version: &str) -> &str {
    api_version
        .split_once('/')
        .map_or("", |(group, _version)| group)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Spec {
    cluster_name: Option<String>,
    profile_name: Option<String>,
    selectors: Option<Vec<ObjectSelector>>,
    #[serde(rename = "subnetIDs", deserialize_with = "nullable")]
    subnet_ids: Vec<String>,
    role_name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    ready: Option<bool>,
    failure_reason: Option<String>,
    failure_message: Option<String>,
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ControlPlaneSpec {
    eks_cluster_name: Option<String>,
    region: Option<String>,
}

/// Nothing of its status is needed.
#[derive(Debug, Default, Deserialize)]
struct Ignored {}

fn recognise(candidate: Candidate<'_>) -> Option<Recognised> {
    let is_of =
        |wanted: &str| candidate.api_version.is_empty() || group(candidate.api_version) == wanted;
    match candidate.kind {
        "AWSFargateProfile" if is_of(GROUP) => Some(read_profile(candidate, profile)),
        "AWSManagedControlPlane" if is_of(CONTROL_PLANE_GROUP) => {
            Some(control_plane(candidate.value))
        }
        _ => None,
    }
}

/// What the source calls a cluster.
fn reference(namespace: &str, name: &str) -> String {
    format!("{REFERENCE_PREFIX}{}", full_name(namespace, name))
}

/// The name that is made of a namespace and a name where none is given; `None` where that would be too long, so that it
/// becomes a hash.
fn made_name(namespace: &str, name: &str) -> Option<String> {
    let made = format!("{namespace}_{}", name.replace('.', "_"));
    (made.len() < LONGEST_NAME).then_some(made)
}

/// A control plane tells what the cluster is called in EKS that it belongs to: by label, by owner, else after its own name.
fn control_plane(value: &Value) -> Recognised {
    let Ok(object) = typed::<Object<ControlPlaneSpec, Ignored>>(value) else {
        return naming(Vec::new());
    };
    let (metadata, spec) = (object.metadata, object.spec);
    let name = kept(spec.eks_cluster_name).or_else(|| {
        match metadata.namespace.as_str() {
            // Without a namespace nothing tells what name was made.
            "" => None,
            namespace => made_name(namespace, &metadata.name),
        }
    });
    let Some(name) = name else {
        return naming(Vec::new());
    };
    let mut clusters: Vec<&str> = metadata
        .labels
        .0
        .get(CLUSTER_LABEL)
        .map(String::as_str)
        .into_iter()
        .chain(
            metadata
                .owner_references
                .iter()
                .filter(|owner| owner.kind == "Cluster")
                .map(|owner| owner.name.as_str()),
        )
        .filter(|name| !name.is_empty())
        .collect();
    if clusters.is_empty() {
        clusters.push(&metadata.name);
        clusters.extend(metadata.name.strip_suffix(CONTROL_PLANE_SUFFIX));
    }
    clusters.dedup();
    naming(
        clusters
            .into_iter()
            .map(|cluster| Called {
                reference: reference(&metadata.namespace, cluster),
                name: name.clone(),
                region: kept(spec.region.clone()),
            })
            .collect(),
    )
}

fn profile(mut object: Object<Spec, Status>, candidate: Candidate<'_>) -> Result<Found, Wrong> {
    let seen = object.take_status();
    let (metadata, spec) = (object.metadata, object.spec);
    let cluster = filled(spec.cluster_name.as_deref())
        .or_else(|| filled(metadata.labels.0.get(CLUSTER_LABEL).map(String::as_str)))
        .ok_or_else(|| Wrong::at("spec.clusterName", "it is missing"))?;
    let is_named = placeholders::widest(cluster).is_none();
    let mut gaps = vec![match is_named {
        true => Gap::unknown("clusterName", reference("", cluster)),
        false => Gap::unknown("clusterName", cluster),
    }];
    let name = kept(spec.profile_name).or_else(|| match metadata.namespace.as_str() {
        "" => None,
        namespace => made_name(namespace, &metadata.name),
    });
    let name = match name {
        Some(name) => profile_name(name, candidate, &mut gaps),
        None => {
            gaps.push(Gap::unknown(
                "fargateProfileName",
                "made by Cluster API from the object's namespace and name",
            ));
            ProfileName {
                text: format!("{}:{}", candidate.place, metadata.name),
                is_known: false,
            }
        }
    };
    if let Some(role) = filled(spec.role_name.as_deref()) {
        gaps.push(Gap::unknown(
            "podExecutionRoleArn",
            format!("roleName: {role}"),
        ));
    }
    let health_issues = match (&seen.failure_reason, &seen.failure_message) {
        (None, None) => Vec::new(),
        (reason, message) => vec![HealthIssue {
            code: reason.clone().unwrap_or_default(),
            message: message.clone().unwrap_or_default(),
            resource_ids: Vec::new(),
            reporter: Some(REPORTER.to_owned()),
        }],
    };
    let stated = stated(&seen);
    let selectors = told_selectors(spec.selectors, NO_SELECTORS, &mut gaps);
    let subnets = told_list("subnets", spec.subnet_ids, &mut gaps);
    let home = match is_named {
        true => home_by_reference(reference(&metadata.namespace, cluster), None),
        false => KnownCluster::default(),
    };
    Ok(Found {
        home,
        profile: FargateProfile {
            name_is_known: name.is_known,
            status: status(stated, &metadata, false),
            selectors,
            subnets,
            health_issues,
            gaps,
            ..FargateProfile::named(name.text, ProfileOrigin::File(candidate.place.to_owned()))
        },
    })
}

/// The status in the EKS API's words, as far as the controller's own tell it.
fn stated(seen: &Status) -> Option<ProfileStatus> {
    let is_true = |kind: &str| condition(&seen.conditions, kind, "True").is_some();
    let failed = filled(seen.failure_message.as_deref())
        .and_then(|message| message.strip_prefix("unexpected profile status: "));
    match seen.ready {
        Some(true) => Some(ProfileStatus::Active),
        None => None,
        Some(false) => Some(if let Some(word) = failed {
            ProfileStatus::parse(word.trim()).unwrap_or(ProfileStatus::ByController("not ready"))
        } else if is_true("EKSFargateDeleting") {
            ProfileStatus::Deleting
        } else if is_true("EKSFargateCreating") {
            ProfileStatus::Creating
        } else {
            ProfileStatus::ByController("not ready")
        }),
    }
}

/// What a cluster may be called in EKS.
pub(super) struct PlausibleNames {
    names: Vec<String>,
    /// One of them would be too long, so that it may be a hash.
    may_be_hash: bool,
}

impl PlausibleNames {
    /// Whether this may be it.
    pub(super) fn may_be(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
            || (self.may_be_hash && name.starts_with(HASH_PREFIX))
    }
}

/// What a cluster may be called in EKS that is known by this reference, where no control plane tells it: as Cluster API calls it,
/// or as is made of its name or of its control plane's. `None` where the reference is of another kind.
pub(super) fn plausible_names(reference: &str) -> Option<PlausibleNames> {
    let name = reference.strip_prefix(REFERENCE_PREFIX)?;
    let (namespace, name) = name.split_once('/').unwrap_or(("", name));
    let mut plausible = PlausibleNames {
        names: vec![name.to_owned()],
        may_be_hash: false,
    };
    for made in [name.to_owned(), format!("{name}{CONTROL_PLANE_SUFFIX}")] {
        match made_name(namespace, &made) {
            Some(name) => plausible.names.push(name),
            None => plausible.may_be_hash = true,
        }
    }
    Some(plausible)
}

#[cfg(test)]
#[path = "cluster_api_tests.rs"]
mod tests;
