//! The names of all reasons. Names are for ever: they are added to, never changed or used again.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Why a pod is where it is, or nowhere.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            /// All reasons, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name as the report writes it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }
        }
    };
}

reasons! {
    /// Claimed by the profile that matches it, as expected.
    MatchedProfile,
    /// The cluster has no Fargate profile.
    NoProfiles,
    /// No selector's namespace pattern fits the pod's namespace.
    NamespaceNotSelected,
    /// A selector's namespace fits; a label is missing or differs.
    LabelMismatch,
    /// The owner's own metadata has the label that its pod template lacks.
    LabelOnlyOnOwner,
    /// The pod's profile label names a profile that does not match or does not exist.
    ProfileLabelMismatch,
    /// More than one ACTIVE profile matches.
    SeveralProfilesMatch,
    /// The annotation `eks.amazonaws.com/compute-type: ec2` keeps it off Fargate.
    OptedOut,
    /// The pod was created before its profile was usable.
    OlderThanProfile,
    /// Every profile that matches is not ACTIVE.
    ProfileNotActive,
    /// The profile that claimed it is deleted, being deleted, or was recreated since.
    ProfileGone,
    /// Fargate's webhook is not in the cluster.
    WebhookMissing,
    /// Everything was in place, and the webhook did not claim the pod: it fails open.
    WebhookSkipped,
    /// The pod's labels were changed after it was created.
    LabelsChangedLater,
    /// Something stands in the pod that its template does not have.
    ChangedAtAdmission,
    /// A DaemonSet's pod; Fargate runs none.
    DaemonSetPod,
    /// Made by a kubelet from a file on its node.
    StaticPod,
    /// The pod names its node itself, past every scheduler.
    NodeNamePreset,
    /// The scheduler name was set by hand.
    SchedulerNamePreset,
    /// It asks for the host's network, process or IPC namespace.
    HostNamespace,
    /// A container port asks for a port or address of the host.
    HostPort,
    /// A container is privileged.
    PrivilegedContainer,
    /// A container allows privilege escalation.
    PrivilegeEscalation,
    /// A container adds a capability that Fargate does not grant.
    AddedCapability,
    /// A volume is of a kind that Fargate does not mount.
    UnsupportedVolume,
    /// A volume claim is not bound.
    VolumeNotBound,
    /// A volume claim is bound to something else than EFS.
    VolumeNotEfs,
    /// A container uses a raw block device.
    RawBlockVolume,
    /// It asks for more than the largest Fargate size.
    TooBig,
    /// It asks for more ephemeral storage than Fargate gives.
    EphemeralStorageTooBig,
    /// It asks for a GPU or another accelerator.
    AcceleratorRequested,
    /// It asks for arm64 or Windows.
    ArchitectureMismatch,
    /// Its node selector or required node affinity fits no Fargate node.
    NodeSelectorConflict,
    /// Fargate's recorded refusal no longer holds.
    StaleVerdict,
    /// Fargate refused it in words that are not in the catalogue.
    UnknownRefusal,
    /// The pod execution role is not authorised in the cluster.
    ExecutionRoleNotAuthorized,
    /// Fargate cannot assume the pod execution role.
    ExecutionRoleNotAssumable,
    /// EKS itself reports a health issue of the profile.
    ProfileUnhealthy,
    /// A subnet of the profile has a direct route to an internet gateway.
    SubnetNotPrivate,
    /// Fargate is not offered in the availability zone.
    UnsupportedZone,
    /// AWS has no Fargate capacity at the moment.
    CapacityUnavailable,
    /// The account's Fargate quota is used up.
    QuotaReached,
    /// The AWS account may not launch Fargate pods.
    AccountBlocked,
    /// The profile's subnets have no address left.
    SubnetOutOfAddresses,
    /// DNS support or DNS hostnames of the VPC are switched off.
    VpcDnsDisabled,
    /// Fargate started a machine for the pod, and its node never joined the cluster.
    NodeNeverRegistered,
    /// Claimed moments ago; Fargate takes a minute or two.
    Provisioning,
    /// Another scheduler put it on a Fargate node, which it tolerates.
    ToleratesFargateTaint,
    /// A DaemonSet's pod waits for a Fargate node that will never take it.
    PinnedToFargateNode,
    /// Not claimed, and its own scheduler has no room for it.
    WaitingForCapacity,
    /// Scheduling gates hold it back.
    SchedulingGated,
    /// Its Fargate size is larger than what it asks for.
    RoundedUp,
    /// A container's limits are above its requests.
    LimitsAboveRequests,
    /// It has ended, and its Fargate node stays until the pod is deleted.
    FinishedPodKeepsNode,
    /// Fargate does not follow its topology spread constraints or its pod affinity.
    SpreadIgnored,
    /// Fargate replaced its priority class.
    PriorityClassReplaced,
    /// It seems to look for the instance metadata service, which Fargate does not have.
    NoInstanceMetadata,
    /// It gets its AWS credentials from EKS Pod Identity, which Fargate does not have.
    PodIdentityUnsupported,
    /// Fargate's log router is switched off for it.
    LoggingDisabled,
    /// Security groups of its own instead of the cluster's.
    SecurityGroupPolicyApplied,
    /// A load balancer that targets instances does not reach it.
    InstanceTargets,
    /// Its disruption budgets block the eviction with which AWS patches Fargate nodes.
    DisruptionBudgetBlocksPatching,
    /// Its node's kubelet is older than the cluster.
    KubeletSkew,
    /// A container ran into Fargate's limits of open files or processes.
    UlimitReached,
    /// A VerticalPodAutoscaler targets it in a mode that cannot move it to a larger size.
    VerticalAutoscalerMode,
    /// The scheduler's words about the Fargate taint mislead: a toleration is not the fix.
    MisleadingTaintEvent,
    /// It is placed well; a container does not start.
    StartupFailure,
    /// The Fargate profiles could not be read.
    ProfilesUnknown,
    /// Nodes could not be read.
    NodesUnknown,
    /// Events could not be read.
    EventsUnknown,
    /// Webhook configurations could not be read.
    WebhooksUnknown,
    /// Volume claims or volumes could not be read.
    VolumesUnknown,
    /// Owners could not be read.
    OwnersUnknown,
    /// A selector matches no pod and no workload's template.
    SelectorMatchesNothing,
    /// A selector names a namespace that does not exist.
    NamespaceMissing,
    /// All that a selector matches goes to a profile with an earlier name.
    SelectorShadowed,
    /// A selector adds nothing to another one of its own profile.
    SelectorRepeated,
    /// Two profiles have the same selectors.
    IdenticalProfiles,
    /// Two profiles match, or may match, the same pods.
    OverlappingProfiles,
    /// A selector's wildcards take in namespaces that nobody may have thought of.
    BroadSelector,
    /// As many profiles, selectors or label pairs as EKS gives by default, or nearly.
    NearProfileQuota,
    /// While a profile is being deleted no other can be created or deleted.
    DeletionBlocksOthers,
    /// Pods that it does not hold would be claimed if they were created again.
    PodsWouldMove,
    /// Pods that it would claim would then be refused by Fargate.
    PodsWouldBeRefused,
    /// Fields of the profile whose source does not tell them.
    FieldsUnknown,
    /// Fields of the profile whose values were taken from a default.
    FieldsAssumed,
    /// The profile's name begins with `eks-`, which AWS keeps for itself.
    ReservedProfileName,
    /// The profile has no selector.
    ProfileWithoutSelectors,
    /// A selector names no namespace.
    SelectorWithoutNamespace,
    /// A selector asks for the label that EKS writes only when it claims a pod.
    SelectorOnProfileLabel,
    /// Pods carry the name of a profile that is not there.
    PodsOfMissingProfile,
    /// EKS wrote another profile on pods than our matching picks, and nothing that was seen explains it.
    PredictionDiffers,
    /// Two sources tell different things of a profile.
    SourcesDisagree,
    /// A profile was given twice with different content.
    GivenTwice,
}

impl Reason {
    /// Whether it is something in a pod's spec that Fargate refuses, not a reason about the refusal itself.
    pub fn is_refusal_of_spec(self) -> bool {
        (Self::HostNamespace..=Self::NodeSelectorConflict).contains(&self)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
