//! The objects that stand beside pods: budgets, services, accounts, policies, autoscalers, and two ConfigMaps.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::meta::Strings;
use super::nullable;
use super::pod_spec::Requirement;

/// `metadata` with all annotations, for the kinds of which each one may matter.
#[derive(Debug, Default, Deserialize)]
pub struct Metadata {
    /// `name`.
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
    /// `namespace`.
    #[serde(default, deserialize_with = "nullable")]
    pub namespace: String,
    /// `annotations`.
    #[serde(default)]
    pub annotations: Strings,
}

/// An object of one of these kinds.
#[derive(Debug, Default, Deserialize)]
#[serde(bound = "S: Default + Deserialize<'de>, T: Default + Deserialize<'de>")]
pub struct Object<S, T = IgnoredStatus> {
    /// `metadata`.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: Metadata,
    /// `spec`.
    #[serde(default, deserialize_with = "nullable")]
    pub spec: S,
    /// `status`.
    #[serde(default, deserialize_with = "nullable")]
    pub status: T,
}

/// A status, or a spec, of which nothing matters.
#[derive(Debug, Default)]
pub struct IgnoredStatus;

impl<'de> Deserialize<'de> for IgnoredStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

/// A label selector.
#[derive(Debug, Default, Deserialize)]
pub struct LabelSelector {
    /// `matchLabels`.
    #[serde(default, rename = "matchLabels")]
    pub labels: Strings,
    /// `matchExpressions`.
    #[serde(default, rename = "matchExpressions", deserialize_with = "nullable")]
    pub expressions: Vec<Requirement>,
}

/// A number, or text that may be a percentage.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum IntOrText {
    /// A number.
    Int(i64),
    /// A text.
    Text(String),
}

/// `spec` of a PodDisruptionBudget.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BudgetSpec {
    /// `selector`.
    #[serde(default)]
    pub selector: Option<LabelSelector>,
    /// `minAvailable`.
    #[serde(default)]
    pub min_available: Option<IntOrText>,
    /// `maxUnavailable`.
    #[serde(default)]
    pub max_unavailable: Option<IntOrText>,
}

/// `status` of a PodDisruptionBudget.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BudgetStatus {
    /// `disruptionsAllowed`.
    #[serde(default)]
    pub disruptions_allowed: Option<i64>,
    /// `currentHealthy`.
    #[serde(default)]
    pub current_healthy: Option<i64>,
    /// `desiredHealthy`.
    #[serde(default)]
    pub desired_healthy: Option<i64>,
    /// `expectedPods`.
    #[serde(default)]
    pub expected_pods: Option<i64>,
}

/// `spec` of a Service.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceSpec {
    /// `type`.
    #[serde(default, rename = "type", deserialize_with = "nullable")]
    pub kind: String,
    /// `selector`.
    #[serde(default)]
    pub selector: Strings,
    /// `loadBalancerClass`.
    #[serde(default)]
    pub load_balancer_class: Option<String>,
}

/// `spec` of a SecurityGroupPolicy.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecurityGroupPolicySpec {
    /// `podSelector`.
    #[serde(default)]
    pub pod_selector: Option<LabelSelector>,
    /// `serviceAccountSelector`.
    #[serde(default)]
    pub service_account_selector: Option<LabelSelector>,
    /// `securityGroups`.
    #[serde(default, deserialize_with = "nullable")]
    pub security_groups: SecurityGroups,
}

/// `spec.securityGroups`.
#[derive(Debug, Default, Deserialize)]
pub struct SecurityGroups {
    /// `groupIds`.
    #[serde(default, rename = "groupIds", deserialize_with = "nullable")]
    pub ids: Vec<String>,
}

/// `spec` of a VerticalPodAutoscaler.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerticalAutoscalerSpec {
    /// `targetRef`.
    #[serde(default, deserialize_with = "nullable")]
    pub target_ref: TargetRef,
    /// `updatePolicy`.
    #[serde(default, deserialize_with = "nullable")]
    pub update_policy: UpdatePolicy,
}

/// `spec.targetRef`.
#[derive(Debug, Default, Deserialize)]
pub struct TargetRef {
    /// `kind`.
    #[serde(default, deserialize_with = "nullable")]
    pub kind: String,
    /// `name`.
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
}

/// `spec.updatePolicy`.
#[derive(Debug, Default, Deserialize)]
pub struct UpdatePolicy {
    /// `updateMode`.
    #[serde(default, rename = "updateMode")]
    pub mode: Option<String>,
}

/// Which ConfigMap it is; its data is read only where it is one of ours.
#[derive(Debug, Default, Deserialize)]
pub struct ConfigMapName {
    /// `metadata`.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: NamespacedName,
}

/// `metadata` without annotations: the one that `kubectl apply` writes repeats all data.
#[derive(Debug, Default, Deserialize)]
pub struct NamespacedName {
    /// `name`.
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
    /// `namespace`.
    #[serde(default, deserialize_with = "nullable")]
    pub namespace: String,
}

/// `kube-system/aws-auth`.
#[derive(Debug, Default, Deserialize)]
pub struct AwsAuthMap {
    /// `data`.
    #[serde(default, deserialize_with = "nullable")]
    pub data: AwsAuthData,
}

/// `data` of `aws-auth`: users and accounts are not read.
#[derive(Debug, Default, Deserialize)]
pub struct AwsAuthData {
    /// `mapRoles`, a YAML list in a text.
    #[serde(default, rename = "mapRoles")]
    pub roles: Option<String>,
}

/// An entry of `mapRoles`.
#[derive(Debug, Default, Deserialize)]
pub struct MappedRole {
    /// `rolearn`.
    #[serde(default, deserialize_with = "nullable")]
    pub rolearn: String,
    /// `username`.
    #[serde(default, deserialize_with = "nullable")]
    pub username: String,
    /// `groups`.
    #[serde(default, deserialize_with = "nullable")]
    pub groups: Vec<String>,
}

/// `aws-observability/aws-logging`.
#[derive(Debug, Default, Deserialize)]
pub struct AwsLoggingMap {
    /// `data`.
    #[serde(default, deserialize_with = "nullable")]
    pub data: Sizes,
}

/// A map of texts of which only the keys and the lengths, in characters, are kept.
#[derive(Debug, Default)]
pub struct Sizes(pub BTreeMap<String, usize>);

impl<'de> Deserialize<'de> for Sizes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Length(usize);
        impl<'de> Deserialize<'de> for Length {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct LengthVisitor;
                impl Visitor<'_> for LengthVisitor {
                    type Value = Length;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a text")
                    }
                    fn visit_str<E: de::Error>(self, text: &str) -> Result<Length, E> {
                        Ok(Length(text.chars().count()))
                    }
                    fn visit_unit<E: de::Error>(self) -> Result<Length, E> {
                        Ok(Length(0))
                    }
                }
                deserializer.deserialize_any(LengthVisitor)
            }
        }
        struct SizesVisitor;
        impl<'de> Visitor<'de> for SizesVisitor {
            type Value = Sizes;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of texts")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Sizes, A::Error> {
                let mut sizes = Sizes::default();
                while let Some((key, Length(length))) = map.next_entry::<String, Length>()? {
                    sizes.0.insert(key, length);
                }
                Ok(sizes)
            }
        }
        deserializer.deserialize_map(SizesVisitor)
    }
}
