//! What was read, in the shapes the decisions need: plain data, no behaviour beyond reading it.
//!
//! Sources reduce whatever they read (live objects, files, the demo) to these types; nothing here knows where they came from.

pub mod aws;
pub mod characters;
pub mod companion;
pub mod coverage;
pub mod event;
pub mod label_selector;
pub mod labels;
pub mod names;
pub mod node;
pub mod object_ref;
pub mod pattern;
pub mod pod;
pub mod profile;
pub mod selector;
pub mod shared;
pub mod shell;
pub mod snapshot;
pub mod spec;
pub mod subject;
pub mod uid;
pub mod volume;
pub mod webhook;
pub mod workload;

pub use aws::{AccessEntry, AwsFacts, DefaultRoute, Subnet, Vpc};
pub use companion::{
    AwsAuth, AwsLogging, DisruptionBudget, IntOrPercent, MappedRole, SecurityGroupPolicy, Service,
    ServiceAccount, VerticalAutoscaler,
};
pub use coverage::{Coverage, IN_PLACE_OF_EKS, Kind, Scope, SourceNote, SourceStatus, TAKES};
pub use event::Event;
pub use label_selector::LabelSelector;
pub use labels::Labels;
pub use node::Node;
pub use object_ref::ObjectRef;
pub use pattern::Pattern;
pub use pod::{Condition, ContainerState, ContainerStatus, OwnerReference, Pod, PodPhase};
pub use profile::{
    Disagreement, FargateProfile, Fit, HealthIssue, ProfileKnowledge, ProfileOrigin, ProfileStatus,
    Profiles,
};
pub use selector::{Gap, LabelPattern, Selector};
pub use shared::Shared;
pub use snapshot::{ClusterIdentity, ClusterSnapshot};
pub use spec::{
    Container, ContainerRole, HostPort, NodeSelectorTerm, Operator, PodSpec, PodTemplate,
    Requirement, Resources, Toleration, Volume, VolumeSource,
};
pub use subject::Subject;
pub use uid::Uid;
pub use volume::{PersistentVolume, StorageClass, VolumeClaim};
pub use webhook::MutatingWebhook;
pub use workload::{Workload, WorkloadKind};
