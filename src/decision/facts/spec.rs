//! Pod specs and pod templates, reduced to what decides placement.

use std::collections::{BTreeMap, BTreeSet};

use super::labels::Labels;
use super::shared::Shared;

/// What an owner makes its pods from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct PodTemplate {
    /// `metadata.labels` of the template.
    pub labels: Labels,
    /// Annotations of the template, only those that [`crate::decision::facts::pod::KEPT_ANNOTATIONS`] names.
    pub annotations: Shared<BTreeMap<String, String>>,
    /// `spec` of the template.
    pub spec: Shared<PodSpec>,
}

/// The part of a pod's spec that placement depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct PodSpec {
    /// `schedulerName`; `None` where absent, which the API server fills with `default-scheduler`.
    pub scheduler_name: Option<String>,
    /// `nodeName` of a template, where it is set and not empty; that of a pod stands in [`super::Pod::node_name`].
    pub node_name: Option<String>,
    /// `nodeSelector`.
    pub node_selector: BTreeMap<String, String>,
    /// `affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`: one of them must hold.
    /// `None` where there is no required node affinity.
    pub required_node_affinity: Option<Vec<NodeSelectorTerm>>,
    /// `tolerations`.
    pub tolerations: Shared<Vec<Toleration>>,
    /// `hostNetwork`.
    pub host_network: bool,
    /// `hostPID`.
    pub host_pid: bool,
    /// `hostIPC`.
    pub host_ipc: bool,
    /// All containers: init, sidecar, main and ephemeral, in the order of the spec.
    pub containers: Shared<Vec<Container>>,
    /// `volumes`.
    pub volumes: Vec<Volume>,
    /// Names of `schedulingGates`.
    pub scheduling_gates: Vec<String>,
    /// `priorityClassName`.
    pub priority_class_name: Option<String>,
    /// `os.name`.
    pub os_name: Option<String>,
    /// `overhead`.
    pub overhead: Resources,
    /// `resources` of the whole pod, where it has any.
    pub pod_resources: Option<PodResources>,
    /// `serviceAccountName`; `None` where absent, which means `default`.
    pub service_account: Option<String>,
    /// `topologySpreadConstraints`: the topology key of each.
    pub spread_keys: Vec<String>,
    /// Which rules of pod affinity there are, each as a field path
    /// (`podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution`).
    pub pod_affinity: Vec<String>,
}

/// `resources` of the whole pod (Kubernetes calls them pod-level resources).
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct PodResources {
    /// `requests`, as found: from which limits they are completed hangs on what the containers ask for.
    pub requests: Resources,
    /// `limits`.
    pub limits: Resources,
}

/// One term of a required node affinity: all of its requirements must hold. A term without any matches no node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct NodeSelectorTerm {
    /// `matchExpressions`: on the node's labels.
    pub expressions: Vec<Requirement>,
    /// `matchFields`: on the node's fields; Kubernetes knows only `metadata.name`.
    pub fields: Vec<Requirement>,
}

/// A requirement of a node selector term.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Requirement {
    /// The label key, or the field.
    pub key: String,
    /// How the values are compared.
    pub operator: Operator,
    /// What it is compared with; empty for `Exists` and `DoesNotExist`.
    pub values: Vec<String>,
}

/// Operators of node selector requirements.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Operator {
    /// The label has one of the values.
    In,
    /// The label is absent or has none of the values.
    NotIn,
    /// The label is there.
    Exists,
    /// The label is not there.
    DoesNotExist,
    /// The label's value, a number, is greater.
    Gt,
    /// The label's value, a number, is less.
    Lt,
    /// An operator that we do not know, as found.
    Other(String),
}

/// A toleration, as in the pod.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Toleration {
    /// The taint's key; `None` or empty with `Exists` tolerates every taint.
    pub key: Option<String>,
    /// `Equal` (the default) or `Exists`.
    pub operator: Option<String>,
    /// The taint's value.
    pub value: Option<String>,
    /// The effect; `None` or empty means all of them.
    pub effect: Option<String>,
}

impl Toleration {
    /// Whether it tolerates the taint of Fargate nodes, `eks.amazonaws.com/compute-type=fargate:NoSchedule`.
    pub fn tolerates_fargate(&self) -> bool {
        let effect = self.effect.as_deref().unwrap_or("");
        if !effect.is_empty() && effect != "NoSchedule" {
            return false;
        }
        let key = self.key.as_deref().unwrap_or("");
        match self.operator.as_deref().unwrap_or("Equal") {
            "Exists" => key.is_empty() || key == super::node::COMPUTE_TYPE,
            _ => key == super::node::COMPUTE_TYPE && self.value.as_deref() == Some("fargate"),
        }
    }
}

/// What kind of container it is; all kinds are looked at by the Fargate kubelet's check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContainerRole {
    /// `initContainers[]` that ends before the others start.
    Init,
    /// `initContainers[]` with `restartPolicy: Always`.
    Sidecar,
    /// `containers[]`.
    Main,
    /// `ephemeralContainers[]`, made by `kubectl debug`.
    Ephemeral,
}

impl ContainerRole {
    /// The list of the pod spec that it stands in.
    pub fn field(self) -> &'static str {
        match self {
            Self::Init | Self::Sidecar => "spec.initContainers",
            Self::Main => "spec.containers",
            Self::Ephemeral => "spec.ephemeralContainers",
        }
    }
}

/// The environment variables whose presence tells how a container gets AWS credentials. Only their names are read.
pub const CREDENTIAL_VARIABLES: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
];

/// One container, reduced. Its command, image and the values of its environment are never kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Container {
    /// The container's name.
    pub name: String,
    /// Which list it stands in.
    pub role: ContainerRole,
    /// `securityContext.privileged`, false where absent.
    pub privileged: bool,
    /// `securityContext.allowPrivilegeEscalation`; `None` where it is not set.
    pub allow_privilege_escalation: Option<bool>,
    /// `securityContext.capabilities.add`.
    pub added_capabilities: Vec<String>,
    /// Ports that ask for something of the host.
    pub host_ports: Vec<HostPort>,
    /// Names of `volumeDevices`.
    pub volume_devices: Vec<String>,
    /// `resources.requests`, completed from the limits as Kubernetes does where a request is absent.
    pub requests: Resources,
    /// `resources.limits`.
    pub limits: Resources,
    /// Which of [`CREDENTIAL_VARIABLES`] its environment sets.
    pub credential_variables: BTreeSet<&'static str>,
}

/// A container port with `hostPort` or `hostIP`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostPort {
    /// `containerPort`.
    pub container_port: i64,
    /// `hostPort`; 0 where absent.
    pub host_port: i64,
    /// `hostIP`; empty where absent.
    pub host_ip: String,
}

/// Amounts of resources; `None` where the object does not name one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Resources {
    /// `cpu` in millicores, rounded up.
    pub cpu_millicores: Option<u64>,
    /// `memory` in bytes.
    pub memory_bytes: Option<u64>,
    /// `ephemeral-storage` in bytes.
    pub ephemeral_storage_bytes: Option<u64>,
    /// Names of all other resources asked for with an amount above zero, for example `nvidia.com/gpu`.
    pub others: BTreeSet<String>,
}

/// A volume of a pod.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Volume {
    /// The volume's name in the pod.
    pub name: String,
    /// Where its content comes from.
    pub source: VolumeSource,
}

/// The source of a volume.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum VolumeSource {
    /// `persistentVolumeClaim`, with the claim's name.
    Claim(String),
    /// Any other source, by its field name (`emptyDir`, `hostPath`, `csi`, …). Empty where none was given.
    Other(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tolerates_the_taint_of_fargate_nodes() {
        let compute_type = Some("eks.amazonaws.com/compute-type");
        let rows = [
            (compute_type, None, Some("fargate"), None, true),
            (
                compute_type,
                Some("Equal"),
                Some("fargate"),
                Some("NoSchedule"),
                true,
            ),
            (compute_type, Some("Exists"), None, None, true),
            (None, Some("Exists"), None, None, true),
            (Some(""), Some("Exists"), None, Some(""), true),
            (
                compute_type,
                None,
                Some("fargate"),
                Some("NoExecute"),
                false,
            ),
            (None, Some("Exists"), None, Some("NoExecute"), false),
            (compute_type, None, Some("auto"), None, false),
            (compute_type, None, None, None, false),
            (Some("dedicated"), None, Some("fargate"), None, false),
            (Some("dedicated"), Some("Exists"), None, None, false),
            (None, None, None, None, false),
        ];
        for (key, operator, value, effect, wanted) in rows {
            let text = |text: Option<&str>| text.map(str::to_owned);
            let toleration = Toleration {
                key: text(key),
                operator: text(operator),
                value: text(value),
                effect: text(effect),
            };
            assert_eq!(toleration.tolerates_fargate(), wanted, "{toleration:?}");
        }
    }
}
