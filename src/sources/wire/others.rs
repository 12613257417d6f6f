//! The kinds of which there are few: nodes, namespaces, volumes, webhooks.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::meta::ObjectMeta;
use super::nullable;
use super::pod::Condition;
use super::pod_spec::Named;
use super::time::Time;

/// v1 Node.
#[derive(Debug, Default, Deserialize)]
pub struct Node {
    /// `metadata`.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: ObjectMeta,
    /// `spec`.
    #[serde(default, deserialize_with = "nullable")]
    pub spec: NodeSpec,
    /// `status`.
    #[serde(default, deserialize_with = "nullable")]
    pub status: NodeStatus,
}

/// `spec` of a node.
#[derive(Debug, Default, Deserialize)]
pub struct NodeSpec {
    /// `providerID`.
    #[serde(default, rename = "providerID")]
    pub provider_id: Option<String>,
    /// `taints`.
    #[serde(default, deserialize_with = "nullable")]
    pub taints: Vec<Taint>,
}

/// A taint.
#[derive(Debug, Default, Deserialize)]
pub struct Taint {
    /// `key`.
    #[serde(default, deserialize_with = "nullable")]
    pub key: String,
    /// `value`.
    #[serde(default, deserialize_with = "nullable")]
    pub value: String,
    /// `effect`.
    #[serde(default, deserialize_with = "nullable")]
    pub effect: String,
}

/// `status` of a node.
#[derive(Debug, Default, Deserialize)]
pub struct NodeStatus {
    /// `nodeInfo`.
    #[serde(default, rename = "nodeInfo", deserialize_with = "nullable")]
    pub node_info: NodeInfo,
    /// `conditions`.
    #[serde(default, deserialize_with = "nullable")]
    pub conditions: Vec<Condition>,
}

/// `status.nodeInfo`.
#[derive(Debug, Default, Deserialize)]
pub struct NodeInfo {
    /// `kubeletVersion`.
    #[serde(default, rename = "kubeletVersion")]
    pub kubelet_version: Option<String>,
}

/// v1 PersistentVolumeClaim.
#[derive(Debug, Default, Deserialize)]
pub struct PersistentVolumeClaim {
    /// `metadata`.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: ObjectMeta,
    /// `spec`.
    #[serde(default, deserialize_with = "nullable")]
    pub spec: ClaimSpec,
    /// `status`.
    #[serde(default, deserialize_with = "nullable")]
    pub status: ClaimStatus,
}

/// `spec` of a claim.
#[derive(Debug, Default, Deserialize)]
pub struct ClaimSpec {
    /// `volumeName`.
    #[serde(default, rename = "volumeName")]
    pub volume_name: Option<String>,
    /// `storageClassName`; empty text is a class of its own: none.
    #[serde(default, rename = "storageClassName")]
    pub storage_class_name: Option<String>,
}

/// `status` of a claim.
#[derive(Debug, Default, Deserialize)]
pub struct ClaimStatus {
    /// `phase`.
    #[serde(default, deserialize_with = "nullable")]
    pub phase: String,
    /// `conditions`.
    #[serde(default, deserialize_with = "nullable")]
    pub conditions: Vec<Condition>,
}

/// v1 PersistentVolume.
#[derive(Debug, Default, Deserialize)]
pub struct PersistentVolume {
    /// `metadata`.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: ObjectMeta,
    /// `spec`.
    #[serde(default, deserialize_with = "nullable")]
    pub spec: VolumeSpec,
}

/// `spec` of a persistent volume: where its content comes from.
#[derive(Debug, Default)]
pub struct VolumeSpec {
    /// The name of the source's field.
    pub source: String,
    /// `csi.driver`.
    pub csi_driver: Option<String>,
}

/// Fields of a persistent volume's spec that are not its source.
const NOT_A_SOURCE: &[&str] = &[
    "accessModes",
    "capacity",
    "claimRef",
    "mountOptions",
    "nodeAffinity",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "volumeAttributesClassName",
    "volumeMode",
];

impl<'de> Deserialize<'de> for VolumeSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Csi {
            #[serde(default)]
            driver: Option<String>,
        }
        struct SpecVisitor;
        impl<'de> Visitor<'de> for SpecVisitor {
            type Value = VolumeSpec;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a volume's spec")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<VolumeSpec, A::Error> {
                let mut spec = VolumeSpec::default();
                while let Some(key) = map.next_key::<String>()? {
                    if key == "csi" {
                        if let Some(csi) = map.next_value::<Option<Csi>>()? {
                            spec.csi_driver = csi.driver;
                            spec.source = key;
                        }
                    } else if map.next_value::<Option<IgnoredAny>>()?.is_some()
                        && !NOT_A_SOURCE.contains(&key.as_str())
                    {
                        spec.source = key;
                    }
                }
                Ok(spec)
            }
        }
        deserializer.deserialize_map(SpecVisitor)
    }
}

/// storage.k8s.io/v1 StorageClass.
#[derive(Debug, Default, Deserialize)]
pub struct StorageClass {
    /// `metadata`.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: ObjectMeta,
    /// `provisioner`.
    #[serde(default, deserialize_with = "nullable")]
    pub provisioner: String,
    /// `parameters`, of which one is read.
    #[serde(default, deserialize_with = "nullable")]
    pub parameters: ClassParameters,
    /// `volumeBindingMode`.
    #[serde(default, rename = "volumeBindingMode")]
    pub binding_mode: Option<String>,
}

/// `parameters` of a storage class.
#[derive(Debug, Default, Deserialize)]
pub struct ClassParameters {
    /// `provisioningMode`, of the EFS driver.
    #[serde(default, rename = "provisioningMode")]
    pub provisioning_mode: Option<String>,
}

/// admissionregistration.k8s.io/v1 MutatingWebhookConfiguration.
#[derive(Debug, Default, Deserialize)]
pub struct MutatingWebhookConfiguration {
    /// `metadata`.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: ObjectMeta,
    /// `webhooks`.
    #[serde(default, deserialize_with = "nullable")]
    pub webhooks: Vec<Named>,
}

/// An object of which only its name and its times matter: a namespace, or any kind that no answer needs.
#[derive(Debug, Default, Deserialize)]
pub struct AnyObject {
    /// `metadata`.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: AnyMeta,
    /// `status`.
    #[serde(default, deserialize_with = "nullable")]
    pub status: AnyStatus,
}

/// `metadata` of any object.
#[derive(Debug, Default, Deserialize)]
pub struct AnyMeta {
    /// `name`.
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
    /// `namespace`.
    #[serde(default, deserialize_with = "nullable")]
    pub namespace: String,
    /// `creationTimestamp`.
    #[serde(default, rename = "creationTimestamp")]
    pub created_at: Time,
}

/// `status` of any object.
#[derive(Debug, Default, Deserialize)]
pub struct AnyStatus {
    /// `conditions`.
    #[serde(default, deserialize_with = "nullable")]
    pub conditions: Vec<Condition>,
}
