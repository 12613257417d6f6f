//! Pod specs and templates.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::meta::{ObjectMeta, Strings};
use super::nullable;
use super::quantity::Quantity;
use crate::decision::facts::spec::CREDENTIAL_VARIABLES;

/// A pod template, or a pod as far as it is one.
#[derive(Debug, Default, Deserialize)]
pub struct PodTemplate {
    /// `metadata`.
    #[serde(default, deserialize_with = "nullable")]
    pub metadata: ObjectMeta,
    /// `spec`.
    #[serde(default, deserialize_with = "nullable")]
    pub spec: PodSpec,
}

/// `spec` of a pod.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PodSpec {
    /// `schedulerName`.
    #[serde(default, deserialize_with = "nullable")]
    pub scheduler_name: String,
    /// `nodeName`.
    #[serde(default, deserialize_with = "nullable")]
    pub node_name: String,
    /// `nodeSelector`.
    #[serde(default)]
    pub node_selector: Strings,
    /// `affinity`.
    #[serde(default, deserialize_with = "nullable")]
    pub affinity: Affinity,
    /// `tolerations`.
    #[serde(default, deserialize_with = "nullable")]
    pub tolerations: Vec<Toleration>,
    /// `hostNetwork`.
    #[serde(default, deserialize_with = "nullable")]
    pub host_network: bool,
    /// `hostPID`.
    #[serde(default, rename = "hostPID", deserialize_with = "nullable")]
    pub host_pid: bool,
    /// `hostIPC`.
    #[serde(default, rename = "hostIPC", deserialize_with = "nullable")]
    pub host_ipc: bool,
    /// `initContainers`.
    #[serde(default, deserialize_with = "nullable")]
    pub init_containers: Vec<Container>,
    /// `containers`.
    #[serde(default, deserialize_with = "nullable")]
    pub containers: Vec<Container>,
    /// `ephemeralContainers`.
    #[serde(default, deserialize_with = "nullable")]
    pub ephemeral_containers: Vec<Container>,
    /// `volumes`.
    #[serde(default, deserialize_with = "nullable")]
    pub volumes: Vec<Volume>,
    /// `schedulingGates`.
    #[serde(default, deserialize_with = "nullable")]
    pub scheduling_gates: Vec<Named>,
    /// `priorityClassName`.
    #[serde(default, deserialize_with = "nullable")]
    pub priority_class_name: String,
    /// `os`.
    #[serde(default, deserialize_with = "nullable")]
    pub os: Named,
    /// `overhead`.
    #[serde(default, deserialize_with = "nullable")]
    pub overhead: BTreeMap<String, Quantity>,
    /// `resources` of the whole pod.
    #[serde(default)]
    pub resources: Option<ResourceRequirements>,
    /// `serviceAccountName`.
    #[serde(default, deserialize_with = "nullable")]
    pub service_account_name: String,
    /// `topologySpreadConstraints`.
    #[serde(default, deserialize_with = "nullable")]
    pub topology_spread_constraints: Vec<SpreadConstraint>,
}

/// An entry of `topologySpreadConstraints`.
#[derive(Debug, Default, Deserialize)]
pub struct SpreadConstraint {
    /// `topologyKey`.
    #[serde(default, rename = "topologyKey", deserialize_with = "nullable")]
    pub topology_key: String,
}

/// Anything of which only the name matters.
#[derive(Debug, Default, Deserialize)]
pub struct Named {
    /// `name`.
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
}

/// `affinity`: what it requires of nodes, and whether it speaks of other pods.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Affinity {
    /// `nodeAffinity`.
    #[serde(default, deserialize_with = "nullable")]
    pub node_affinity: NodeAffinity,
    /// `podAffinity`.
    #[serde(default, deserialize_with = "nullable")]
    pub pod_affinity: PodAffinity,
    /// `podAntiAffinity`.
    #[serde(default, deserialize_with = "nullable")]
    pub pod_anti_affinity: PodAffinity,
}

/// `affinity.podAffinity` or `podAntiAffinity`: only whether there are rules matters.
#[derive(Debug, Default, Deserialize)]
pub struct PodAffinity {
    /// `requiredDuringSchedulingIgnoredDuringExecution`.
    #[serde(
        default,
        rename = "requiredDuringSchedulingIgnoredDuringExecution",
        deserialize_with = "nullable"
    )]
    pub required: Vec<serde::de::IgnoredAny>,
    /// `preferredDuringSchedulingIgnoredDuringExecution`.
    #[serde(
        default,
        rename = "preferredDuringSchedulingIgnoredDuringExecution",
        deserialize_with = "nullable"
    )]
    pub preferred: Vec<serde::de::IgnoredAny>,
}

/// `affinity.nodeAffinity`.
#[derive(Debug, Default, Deserialize)]
pub struct NodeAffinity {
    /// `requiredDuringSchedulingIgnoredDuringExecution`.
    #[serde(default, rename = "requiredDuringSchedulingIgnoredDuringExecution")]
    pub required: Option<NodeSelector>,
}

/// A node selector of an affinity.
#[derive(Debug, Default, Deserialize)]
pub struct NodeSelector {
    /// `nodeSelectorTerms`.
    #[serde(default, rename = "nodeSelectorTerms", deserialize_with = "nullable")]
    pub terms: Vec<NodeSelectorTerm>,
}

/// A term of a node selector.
#[derive(Debug, Default, Deserialize)]
pub struct NodeSelectorTerm {
    /// `matchExpressions`.
    #[serde(default, rename = "matchExpressions", deserialize_with = "nullable")]
    pub expressions: Vec<Requirement>,
    /// `matchFields`.
    #[serde(default, rename = "matchFields", deserialize_with = "nullable")]
    pub fields: Vec<Requirement>,
}

/// A requirement of a term.
#[derive(Debug, Default, Deserialize)]
pub struct Requirement {
    /// `key`.
    #[serde(default, deserialize_with = "nullable")]
    pub key: String,
    /// `operator`.
    #[serde(default, deserialize_with = "nullable")]
    pub operator: String,
    /// `values`.
    #[serde(default, deserialize_with = "nullable")]
    pub values: Vec<String>,
}

/// A toleration.
#[derive(Debug, Default, Deserialize)]
pub struct Toleration {
    /// `key`.
    #[serde(default)]
    pub key: Option<String>,
    /// `operator`.
    #[serde(default)]
    pub operator: Option<String>,
    /// `value`.
    #[serde(default)]
    pub value: Option<String>,
    /// `effect`.
    #[serde(default)]
    pub effect: Option<String>,
}

/// A container. What it runs is not read, nor the values of its environment.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Container {
    /// `name`.
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
    /// `restartPolicy`.
    #[serde(default, deserialize_with = "nullable")]
    pub restart_policy: String,
    /// `securityContext`.
    #[serde(default, deserialize_with = "nullable")]
    pub security_context: SecurityContext,
    /// `ports`.
    #[serde(default, deserialize_with = "nullable")]
    pub ports: Vec<Port>,
    /// `volumeDevices`.
    #[serde(default, deserialize_with = "nullable")]
    pub volume_devices: Vec<Named>,
    /// `resources`.
    #[serde(default, deserialize_with = "nullable")]
    pub resources: ResourceRequirements,
    /// `env`, of which only the variables that matter are kept, by name.
    #[serde(default, deserialize_with = "nullable")]
    pub env: Environment,
}

/// Which of [`CREDENTIAL_VARIABLES`] an environment sets. Values are not read, and other names not kept.
#[derive(Debug, Default)]
pub struct Environment(pub BTreeSet<&'static str>);

impl<'de> Deserialize<'de> for Environment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        struct Variable {
            #[serde(default, deserialize_with = "nullable")]
            name: KnownName,
        }
        #[derive(Default)]
        struct KnownName(Option<&'static str>);
        impl<'de> Deserialize<'de> for KnownName {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct NameVisitor;
                impl Visitor<'_> for NameVisitor {
                    type Value = KnownName;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a variable's name")
                    }
                    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<KnownName, E> {
                        let known = CREDENTIAL_VARIABLES.iter().find(|known| **known == name);
                        Ok(KnownName(known.copied()))
                    }
                }
                deserializer.deserialize_str(NameVisitor)
            }
        }
        struct EnvironmentVisitor;
        impl<'de> Visitor<'de> for EnvironmentVisitor {
            type Value = Environment;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of variables")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Environment, A::Error> {
                let mut environment = Environment::default();
                while let Some(variable) = list.next_element::<Option<Variable>>()? {
                    environment
                        .0
                        .extend(variable.and_then(|variable| variable.name.0));
                }
                Ok(environment)
            }
        }
        deserializer.deserialize_seq(EnvironmentVisitor)
    }
}

/// `securityContext` of a container.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecurityContext {
    /// `privileged`.
    #[serde(default, deserialize_with = "nullable")]
    pub privileged: bool,
    /// `allowPrivilegeEscalation`.
    #[serde(default)]
    pub allow_privilege_escalation: Option<bool>,
    /// `capabilities`.
    #[serde(default, deserialize_with = "nullable")]
    pub capabilities: Capabilities,
}

/// `securityContext.capabilities`.
#[derive(Debug, Default, Deserialize)]
pub struct Capabilities {
    /// `add`.
    #[serde(default, deserialize_with = "nullable")]
    pub add: Vec<String>,
}

/// A container's port.
#[derive(Debug, Default, Deserialize)]
pub struct Port {
    /// `containerPort`.
    #[serde(default, rename = "containerPort", deserialize_with = "nullable")]
    pub container_port: i64,
    /// `hostPort`.
    #[serde(default, rename = "hostPort", deserialize_with = "nullable")]
    pub host_port: i64,
    /// `hostIP`.
    #[serde(default, rename = "hostIP", deserialize_with = "nullable")]
    pub host_ip: String,
}

/// `resources` of a container.
#[derive(Debug, Default, Deserialize)]
pub struct ResourceRequirements {
    /// `requests`.
    #[serde(default, deserialize_with = "nullable")]
    pub requests: BTreeMap<String, Quantity>,
    /// `limits`.
    #[serde(default, deserialize_with = "nullable")]
    pub limits: BTreeMap<String, Quantity>,
}

/// A volume: its name, its claim, or the field that names its source.
#[derive(Debug, Default)]
pub struct Volume {
    /// `name`.
    pub name: String,
    /// `persistentVolumeClaim.claimName`.
    pub claim: Option<String>,
    /// The name of the source's field; empty where there is none.
    pub source: String,
}

impl<'de> Deserialize<'de> for Volume {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Claim {
            #[serde(default, rename = "claimName", deserialize_with = "nullable")]
            name: String,
        }
        struct VolumeVisitor;
        impl<'de> Visitor<'de> for VolumeVisitor {
            type Value = Volume;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a volume")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Volume, A::Error> {
                let mut volume = Volume::default();
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "name" => {
                            volume.name = map.next_value::<Option<String>>()?.unwrap_or_default()
                        }
                        "persistentVolumeClaim" => {
                            if let Some(claim) = map.next_value::<Option<Claim>>()? {
                                volume.claim = Some(claim.name);
                                volume.source = key;
                            }
                        }
                        _ => {
                            if map.next_value::<Option<IgnoredAny>>()?.is_some() {
                                volume.source = key;
                            }
                        }
                    }
                }
                Ok(volume)
            }
        }
        deserializer.deserialize_map(VolumeVisitor)
    }
}
