//! Crossplane: `FargateProfile` of its AWS providers, the Upjet ones (cluster-scoped and namespaced) and the classic one.
//!
//! Source: crossplane-contrib/provider-upjet-aws, `apis/eks/v1beta1/zz_fargateprofile_types.go`; crossplane-contrib/provider-aws,
//! `apis/eks/v1beta1/fargate_profile_types.go`; Crossplane documentation, "Managed Resources".

use serde::Deserialize;
use serde_json::Value;

use super::compare::words_of;
use super::controller::{
    ASKED_FOR, Condition, Metadata, NO_SELECTORS, NOT_CREATED, Object, ObjectSelector, ProfileName,
    condition, filled, full_name, kept, naming, profile_name, read_profile, referred, selectors,
    status, take_selectors, told, told_list, told_selectors,
};
use super::eks_json::{Wrong, home_of_arn};
use super::placeholders::widest;
use super::{Called, Candidate, Form, Found, KnownCluster, Recognised};
use crate::decision::facts::{FargateProfile, HealthIssue, ProfileOrigin, ProfileStatus};
use crate::sources::wire::nullable;
use crate::sources::wire::time::Time;

/// The groups: Upjet's, cluster-scoped and namespaced, and the classic provider's.
pub(super) const GROUPS: [&str; 3] = [
    "eks.aws.upbound.io",
    "eks.aws.m.upbound.io",
    "eks.aws.crossplane.io",
];
/// How the reference to a cluster begins of which only the object's name is known.
pub(super) const REFERENCE_PREFIX: &str = "Crossplane cluster ";
/// What follows where it is chosen by labels, as `KEY=VALUE,KEY=VALUE`.
pub(super) const LABELLED: &str = "labelled ";
/// What the resource is called outside.
const EXTERNAL_NAME: &str = "crossplane.io/external-name";

/// What the controller is called that reports.
const REPORTER: &str = "Crossplane";

/// The form.
pub(super) const FORM: Form = Form {
    is_typed: |api_version, kind| {
        is_of_group(api_version) && matches!(kind, "FargateProfile" | "Cluster")
    },
    recognise,
};

fn is_of_group(api_version: &str) -> bool {
    api_version
        .split_once('/')
        .is_some_and(|(group, _version)| GROUPS.contains(&group))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Spec {
    #[serde(deserialize_with = "nullable")]
    for_provider: Parameters,
    /// What counts at creation only; a profile cannot be changed later.
    #[serde(deserialize_with = "nullable")]
    init_provider: Parameters,
    management_policies: Option<Vec<String>>,
    deletion_policy: Option<String>,
}

impl Spec {
    /// Whether it may do this, such as `Create`.
    fn may(&self, action: &str) -> bool {
        self.management_policies.as_ref().is_none_or(|policies| {
            policies
                .iter()
                .any(|policy| policy == "*" || policy == action)
        })
    }
}

/// What is asked for, or was observed. The Upjet providers say `selector`, `subnetIds`, `arn`, the classic one `selectors`,
/// `subnets`, `fargateProfileArn`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Parameters {
    region: Option<String>,
    cluster_name: Option<String>,
    cluster_name_ref: Option<Value>,
    cluster_name_selector: Option<Value>,
    pod_execution_role_arn: Option<String>,
    pod_execution_role_arn_ref: Option<Value>,
    pod_execution_role_arn_selector: Option<Value>,
    #[serde(alias = "selectors")]
    selector: Option<Vec<ObjectSelector>>,
    #[serde(alias = "subnets")]
    subnet_ids: Option<Vec<String>>,
    #[serde(alias = "subnetRefs")]
    subnet_id_refs: Option<Value>,
    #[serde(alias = "subnetSelector")]
    subnet_id_selector: Option<Value>,
    id: Option<String>,
    #[serde(alias = "fargateProfileArn")]
    arn: Option<String>,
    status: Option<String>,
    created_at: Time,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status {
    #[serde(deserialize_with = "nullable")]
    at_provider: Parameters,
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition>,
}

/// What selectors are taken to be where something else is asked for.
const OBSERVED: &str = "what status.atProvider tells";
/// Why selectors are not certain where the provider is in trouble, and tells only what is asked for.
const NOT_SYNCED: &str = "condition Synced of its object is False";

/// Takes a profile, or a `Cluster`, which tells what the cluster is called that profiles refer to.
fn recognise(candidate: Candidate<'_>) -> Option<Recognised> {
    // Items of a typed list may say neither group nor kind of their own; then their shape tells.
    let is_ours = is_of_group(candidate.api_version)
        || (candidate.api_version.is_empty()
            && candidate.kind == "FargateProfile"
            && candidate.value.pointer("/spec/forProvider").is_some());
    match candidate.kind {
        "FargateProfile" if is_ours => Some(read_profile(candidate, profile)),
        "Cluster" if is_ours => Some(cluster(candidate.value)),
        _ => None,
    }
}

fn reference(namespace: &str, name: &str) -> String {
    format!("{REFERENCE_PREFIX}{}", full_name(namespace, name))
}

/// What a cluster is called that is chosen by its labels: `Crossplane cluster labelled env=prod`. `None` where it is chosen by
/// something else, such as the same owner.
fn reference_by_labels(selector: &Value) -> Option<String> {
    let labels = selector.get("matchLabels")?.as_object()?;
    let pairs: Vec<String> = labels
        .iter()
        .filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)))
        .collect();
    let chosen = format!("{REFERENCE_PREFIX}{LABELLED}{}", pairs.join(","));
    (!pairs.is_empty()).then_some(chosen)
}

fn cluster(value: &Value) -> Recognised {
    let text = |pointer: &str| {
        let text = value.pointer(pointer).and_then(Value::as_str);
        text.filter(|text| !text.is_empty())
    };
    let called = text("/metadata/name").map(|object| {
        let external = text("/metadata/annotations/crossplane.io~1external-name");
        Called {
            reference: reference(text("/metadata/namespace").unwrap_or_default(), object),
            name: external.unwrap_or(object).to_owned(),
            region: text("/spec/forProvider/region").map(str::to_owned),
        }
    });
    naming(called.into_iter().collect())
}

/// The first list that holds anything; an empty one where none does and one is there.
fn first_filled<T, const COUNT: usize>(lists: [Option<Vec<T>>; COUNT]) -> Option<Vec<T>> {
    let mut first = None;
    for list in lists.into_iter().flatten() {
        if !list.is_empty() {
            return Some(list);
        }
        first = Some(list);
    }
    first
}

fn profile(mut object: Object<Spec, Status>, candidate: Candidate<'_>) -> Result<Found, Wrong> {
    let status_seen = object.take_status();
    let seen = status_seen.at_provider;
    let (metadata, spec) = (object.metadata, object.spec);
    let may_create = spec.may("Create");
    let leaves_it_behind = !spec.may("Delete") || spec.deletion_policy.as_deref() == Some("Orphan");
    let (asked, first) = (spec.for_provider, spec.init_provider);
    let arn = kept(seen.arn);
    let of_arn = arn.as_deref().map(home_of_arn).unwrap_or_default();
    let id = seen.id.as_deref().and_then(|id| id.split_once(':'));
    let mut gaps = Vec::new();
    let ProfileName {
        text: name,
        is_known: name_is_known,
    } = profile_name(name(&metadata, id)?, candidate, &mut gaps);
    let cluster_name = told(
        "clusterName",
        [
            seen.cluster_name,
            id.map(|(cluster, _)| cluster.to_owned()),
            of_arn.name,
            asked.cluster_name,
            first.cluster_name,
        ],
        &mut gaps,
    );
    let by_reference = asked
        .cluster_name_ref
        .as_ref()
        .or(first.cluster_name_ref.as_ref())
        .and_then(|target| {
            let name = filled(target.get("name")?.as_str())?;
            let namespace = filled(target.get("namespace").and_then(Value::as_str));
            Some(reference(namespace.unwrap_or(&metadata.namespace), name))
        })
        .or_else(|| {
            let selector = asked.cluster_name_selector.as_ref();
            reference_by_labels(selector.or(first.cluster_name_selector.as_ref())?)
        })
        .filter(|reference| cluster_name.is_none() && widest(reference).is_none());
    if cluster_name.is_none() {
        gaps.extend(referred(
            "clusterName",
            &[
                ("clusterNameRef", asked.cluster_name_ref.as_ref()),
                ("clusterNameRef", first.cluster_name_ref.as_ref()),
                ("clusterNameSelector", asked.cluster_name_selector.as_ref()),
                ("clusterNameSelector", first.cluster_name_selector.as_ref()),
            ],
        ));
    }
    let home = KnownCluster {
        name: cluster_name.clone(),
        region: told(
            "region",
            [of_arn.region, asked.region, first.region],
            &mut Vec::new(),
        ),
        account: of_arn.account,
        reference: by_reference,
    };

    let role = told(
        "podExecutionRoleArn",
        [
            seen.pod_execution_role_arn,
            asked.pod_execution_role_arn,
            first.pod_execution_role_arn,
        ],
        &mut gaps,
    );
    if role.is_none() {
        gaps.extend(referred(
            "podExecutionRoleArn",
            &[
                (
                    "podExecutionRoleArnRef",
                    asked.pod_execution_role_arn_ref.as_ref(),
                ),
                (
                    "podExecutionRoleArnRef",
                    first.pod_execution_role_arn_ref.as_ref(),
                ),
                (
                    "podExecutionRoleArnSelector",
                    asked.pod_execution_role_arn_selector.as_ref(),
                ),
                (
                    "podExecutionRoleArnSelector",
                    first.pod_execution_role_arn_selector.as_ref(),
                ),
            ],
        ));
    }
    let subnets = first_filled([seen.subnet_ids, asked.subnet_ids, first.subnet_ids]);
    let subnets = told_list("subnets", subnets.unwrap_or_default(), &mut gaps);
    if subnets.is_empty() {
        gaps.extend(referred(
            "subnets",
            &[
                ("subnetIdRefs", asked.subnet_id_refs.as_ref()),
                ("subnetIdRefs", first.subnet_id_refs.as_ref()),
                ("subnetIdSelector", asked.subnet_id_selector.as_ref()),
                ("subnetIdSelector", first.subnet_id_selector.as_ref()),
            ],
        ));
    }
    let conditions = &status_seen.conditions;
    let asked_for = first_filled([asked.selector, first.selector]);
    // What was observed is what the profile has, whatever its spec asks for by now.
    let observed = seen.selector.filter(|observed| !observed.is_empty());
    let out_of_step = match (&observed, &asked_for) {
        (Some(observed), Some(asked_for)) if !asked_for.is_empty() => {
            let [observed, asked_for] =
                [observed, asked_for].map(|listed| words_of(&selectors(listed.clone())));
            (observed != asked_for).then(|| {
                let why = format!("spec.forProvider asks for {}", asked_for.join("; "));
                (OBSERVED, why)
            })
        }
        (None, _) => {
            condition(conditions, "Synced", "False").map(|_| (ASKED_FOR, NOT_SYNCED.to_owned()))
        }
        _ => None,
    };
    let (listed, why_not) = match may_create {
        true => (observed.or(asked_for), NO_SELECTORS),
        false => (
            observed.or(asked_for.filter(|listed| !listed.is_empty())),
            "observed only, and not seen yet",
        ),
    };
    let selectors = told_selectors(listed, why_not, &mut gaps);

    let mut health_issues = Vec::new();
    let exists = arn.is_some() || id.is_some() || seen.created_at.0.is_some();
    let mut stated = filled(seen.status.as_deref())
        .and_then(ProfileStatus::parse)
        .or_else(|| {
            let not_ready = condition(conditions, "Ready", "False")?;
            match not_ready.reason.as_str() {
                "Creating" => Some(ProfileStatus::Creating),
                "Deleting" => Some(ProfileStatus::Deleting),
                _ => None,
            }
        });
    // A profile that EKS has never made: the object asks for what cannot be.
    if !exists
        && stated.is_none()
        && let Some(refused) = condition(conditions, "Synced", "False")
        && condition(conditions, "Ready", "True").is_none()
    {
        stated = Some(ProfileStatus::ByController(NOT_CREATED));
        health_issues.push(HealthIssue {
            code: refused.reason.clone(),
            message: refused.message.clone(),
            resource_ids: Vec::new(),
            reporter: Some(REPORTER.to_owned()),
        });
    }
    let mut profile = FargateProfile {
        name_is_known,
        arn,
        cluster_name,
        status: status(stated, &metadata, leaves_it_behind),
        created_at: seen.created_at.0,
        selectors,
        pod_execution_role_arn: role,
        subnets,
        health_issues,
        gaps,
        ..FargateProfile::named(name, ProfileOrigin::File(candidate.place.to_owned()))
    };
    if let Some((taken, why)) = out_of_step {
        take_selectors(&mut profile, taken, why);
    }
    Ok(Found { home, profile })
}

/// The profile's name: what it is called outside (some providers write the cluster's name before it), as it was observed, else
/// the object's own.
fn name(metadata: &Metadata, id: Option<(&str, &str)>) -> Result<String, Wrong> {
    let external = metadata
        .annotation(EXTERNAL_NAME)
        .map(|name| name.rsplit_once(':').map_or(name, |(_cluster, name)| name));
    filled(external)
        .or_else(|| filled(id.map(|(_cluster, name)| name)))
        .or_else(|| filled(Some(&metadata.name)))
        .map(str::to_owned)
        .ok_or_else(|| Wrong::at("metadata.name", "it is missing"))
}

#[cfg(test)]
#[path = "crossplane_tests.rs"]
mod tests;
