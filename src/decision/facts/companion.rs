//! The objects that stand beside pods and change what becomes of them: budgets, services, accounts, policies, settings.

use super::label_selector::LabelSelector;
use super::labels::Labels;

/// A number or a percentage, as Kubernetes writes both into one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntOrPercent {
    /// A number of pods.
    Number(i64),
    /// A percentage of the pods, without its sign.
    Percent(i64),
    /// Something else, as found.
    Other(String),
}

/// A PodDisruptionBudget (policy/v1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DisruptionBudget {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `spec.selector`; `None` where absent, which selects no pod.
    pub selector: Option<LabelSelector>,
    /// `spec.minAvailable`.
    pub min_available: Option<IntOrPercent>,
    /// `spec.maxUnavailable`.
    pub max_unavailable: Option<IntOrPercent>,
    /// `status.disruptionsAllowed`.
    pub disruptions_allowed: Option<i64>,
    /// `status.currentHealthy`.
    pub current_healthy: Option<i64>,
    /// `status.desiredHealthy`.
    pub desired_healthy: Option<i64>,
    /// `status.expectedPods`.
    pub expected_pods: Option<i64>,
}

/// A Service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Service {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `spec.type`; `ClusterIP` where absent.
    pub kind: String,
    /// `spec.selector`: equality only; empty selects no pod.
    pub selector: Labels,
    /// `spec.loadBalancerClass`.
    pub load_balancer_class: Option<String>,
    /// Those of its annotations that begin with [`SERVICE_ANNOTATIONS`].
    pub annotations: std::collections::BTreeMap<String, String>,
}

/// The annotations that are kept of a Service: how a load balancer reaches its pods.
pub const SERVICE_ANNOTATIONS: &[&str] = &[
    "service.beta.kubernetes.io/aws-load-balancer-type",
    "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type",
    "alb.ingress.kubernetes.io/target-type",
];

/// A ServiceAccount.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceAccount {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// The annotation `eks.amazonaws.com/role-arn`: IAM roles for service accounts.
    pub role_arn: Option<String>,
}

/// The annotation by which a ServiceAccount names its IAM role. Source: EKS User Guide, "IAM roles for service accounts".
pub const ROLE_ARN_ANNOTATION: &str = "eks.amazonaws.com/role-arn";

/// A SecurityGroupPolicy (vpcresources.k8s.aws/v1beta1). Source: EKS User Guide, "Security groups for Pods".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecurityGroupPolicy {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `spec.podSelector`.
    pub pod_selector: Option<LabelSelector>,
    /// `spec.serviceAccountSelector`.
    pub service_account_selector: Option<LabelSelector>,
    /// `spec.securityGroups.groupIds`.
    pub groups: Vec<String>,
}

/// A VerticalPodAutoscaler (autoscaling.k8s.io).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerticalAutoscaler {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `spec.targetRef.kind`.
    pub target_kind: String,
    /// `spec.targetRef.name`.
    pub target_name: String,
    /// `spec.updatePolicy.updateMode`; `None` where absent.
    pub update_mode: Option<String>,
}

/// The ConfigMap `kube-system/aws-auth`: which IAM roles may log in. Users and accounts in it are not kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AwsAuth {
    /// Entries of `data.mapRoles`.
    pub roles: Vec<MappedRole>,
    /// What is wrong with `mapRoles`, where it could not be understood.
    pub problem: Option<String>,
}

/// An entry of `mapRoles`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MappedRole {
    /// `rolearn`.
    pub role_arn: String,
    /// `username`.
    pub username: String,
    /// `groups`.
    pub groups: Vec<String>,
}

/// The ConfigMap `aws-observability/aws-logging`, as far as it matters: its keys and its size, not its content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AwsLogging {
    /// The names of its keys (`output.conf`, `filters.conf`, …).
    pub keys: Vec<String>,
    /// The number of characters of all its values.
    pub characters: usize,
}
