//! What the workloads of the cluster are, one situation each, and the answer that is due for their pods.
//!
//! A situation is built so that the right answer follows from how it is built, by the documented rules alone: that is
//! what makes a fast wrong answer visible.

/// A day, in seconds.
const DAY: i64 = 86_400;

/// The kind of object that owns the pods.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OwnerKind {
    Deployment,
    StatefulSet,
    DaemonSet,
    Job,
}

impl OwnerKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Deployment => "Deployment",
            Self::StatefulSet => "StatefulSet",
            Self::DaemonSet => "DaemonSet",
            Self::Job => "Job",
        }
    }

    pub fn api_version(self) -> &'static str {
        if self == Self::Job {
            "batch/v1"
        } else {
            "apps/v1"
        }
    }
}

/// Where the pods of a workload are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// On nodes that are not Fargate.
    Nodes,
    /// Each on a Fargate node of its own.
    Fargate,
    /// On the Fargate node of another pod.
    BesideFargate,
    /// On no node, though its scheduler looked for one.
    Nowhere,
}

/// What is written on the pods beside their labels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trait {
    Plain,
    /// Opted out of Fargate by annotation.
    OptOut,
    /// A privileged container.
    Privileged,
    /// A host port.
    HostPort,
    /// A node selector that no Fargate node meets.
    Instances,
    /// Scheduled by a scheduler of somebody else.
    Volcano,
    /// Refused by the kubelet for a host port.
    Refused,
    /// Fargate had no capacity, as events say.
    NoCapacity,
    /// The owner itself has the label that its template lacks.
    LabelOnOwner,
    /// Finished well.
    Finished,
}

/// One situation.
#[derive(Debug)]
pub struct Situation {
    /// What its workloads are called.
    pub name: &'static str,
    /// The namespaces in which it is found; `team-*` stands for those of the teams.
    pub namespaces: &'static [&'static str],
    pub owner: OwnerKind,
    /// The label that profiles ask for, beside the usual ones.
    pub labels: &'static [(&'static str, &'static str)],
    /// The profile that the webhook wrote on the pods; with it goes the scheduler of Fargate.
    pub claimed_by: Option<&'static str>,
    pub place: Place,
    pub property: Trait,
    /// How old the pods are, in seconds.
    pub age_seconds: i64,
    /// Pods of a workload.
    pub replicas: u64,
    /// Of 1,000 workloads, how many are so.
    pub share: u32,
    /// The answer: `expected.kind`, `expected.profile`, `reason`.
    pub expected: &'static str,
    pub profile: Option<&'static str>,
    pub reason: &'static str,
}

const PLAIN: Situation = Situation {
    name: "web",
    namespaces: &["team-*"],
    owner: OwnerKind::Deployment,
    labels: &[("tier", "web")],
    claimed_by: None,
    place: Place::Nodes,
    property: Trait::Plain,
    age_seconds: 10 * DAY,
    replicas: 9,
    share: 0,
    expected: "NotFargate",
    profile: None,
    reason: "NamespaceNotSelected",
};

const BACKEND: &[(&str, &str)] = &[("tier", "backend")];

/// All situations. The shares of 1,000 workloads give about one Deployment for 16 pods, 44 % of pods with labels of their
/// own (StatefulSets and indexed Jobs number their pods), and 1 % of pods on Fargate.
pub const SITUATIONS: &[Situation] = &[
    Situation {
        share: 450,
        ..PLAIN
    },
    Situation {
        name: "storefront",
        namespaces: &["shop", "payments", "search"],
        share: 195,
        reason: "LabelMismatch",
        ..PLAIN
    },
    Situation {
        name: "store",
        owner: OwnerKind::StatefulSet,
        replicas: 12,
        share: 170,
        ..PLAIN
    },
    Situation {
        name: "index",
        namespaces: &["search"],
        owner: OwnerKind::StatefulSet,
        replicas: 12,
        share: 30,
        reason: "LabelMismatch",
        ..PLAIN
    },
    Situation {
        name: "report",
        owner: OwnerKind::Job,
        property: Trait::Finished,
        age_seconds: 6 * 3600,
        replicas: 20,
        share: 40,
        ..PLAIN
    },
    Situation {
        name: "crawl",
        owner: OwnerKind::Job,
        age_seconds: 6 * 3600,
        replicas: 20,
        share: 60,
        ..PLAIN
    },
    Situation {
        name: "agent",
        namespaces: &["kube-system", "monitoring"],
        owner: OwnerKind::DaemonSet,
        replicas: 16,
        share: 4,
        ..PLAIN
    },
    Situation {
        name: "backend",
        namespaces: &["shop", "search"],
        labels: BACKEND,
        claimed_by: Some("apps"),
        place: Place::Fargate,
        share: 8,
        expected: "Fargate",
        profile: Some("apps"),
        reason: "MatchedProfile",
        ..PLAIN
    },
    Situation {
        name: "executor",
        namespaces: &["batch-nightly", "batch-spark"],
        owner: OwnerKind::Job,
        labels: &[("app.kubernetes.io/component", "executor-7")],
        claimed_by: Some("batch"),
        place: Place::Fargate,
        property: Trait::Finished,
        age_seconds: 8 * 3600,
        replicas: 3,
        share: 4,
        expected: "Fargate",
        profile: Some("batch"),
        reason: "MatchedProfile",
    },
    Situation {
        name: "elder",
        namespaces: &["late"],
        age_seconds: 60 * DAY,
        share: 8,
        expected: "Fargate",
        profile: Some("late-comer"),
        reason: "OlderThanProfile",
        ..PLAIN
    },
    Situation {
        name: "opted-out",
        namespaces: &["shop"],
        labels: BACKEND,
        property: Trait::OptOut,
        share: 3,
        reason: "OptedOut",
        ..PLAIN
    },
    Situation {
        name: "node-agent",
        namespaces: &["late"],
        owner: OwnerKind::DaemonSet,
        replicas: 12,
        share: 2,
        reason: "DaemonSetPod",
        ..PLAIN
    },
    Situation {
        name: "owner-has-it",
        namespaces: &["shop"],
        labels: &[],
        property: Trait::LabelOnOwner,
        share: 3,
        reason: "LabelOnlyOnOwner",
        ..PLAIN
    },
    Situation {
        name: "orphan",
        namespaces: &["legacy"],
        share: 3,
        reason: "ProfileNotActive",
        ..PLAIN
    },
    Situation {
        name: "skipped",
        namespaces: &["shop"],
        labels: BACKEND,
        share: 3,
        expected: "Fargate",
        profile: Some("apps"),
        reason: "WebhookSkipped",
        ..PLAIN
    },
    Situation {
        name: "privileged",
        namespaces: &["shop"],
        labels: BACKEND,
        claimed_by: Some("apps"),
        place: Place::Nowhere,
        property: Trait::Privileged,
        age_seconds: 7200,
        replicas: 2,
        share: 2,
        expected: "Refused",
        profile: Some("apps"),
        reason: "PrivilegedContainer",
        ..PLAIN
    },
    Situation {
        name: "host-port",
        namespaces: &["search"],
        labels: BACKEND,
        claimed_by: Some("apps"),
        place: Place::Nowhere,
        property: Trait::HostPort,
        age_seconds: 7200,
        replicas: 2,
        share: 2,
        expected: "Refused",
        profile: Some("apps"),
        reason: "HostPort",
        ..PLAIN
    },
    Situation {
        name: "refused",
        namespaces: &["search"],
        labels: BACKEND,
        claimed_by: Some("apps"),
        place: Place::Fargate,
        property: Trait::Refused,
        age_seconds: 7200,
        replicas: 2,
        share: 1,
        expected: "Refused",
        profile: Some("apps"),
        reason: "HostPort",
        ..PLAIN
    },
    Situation {
        name: "no-capacity",
        namespaces: &["shop"],
        labels: BACKEND,
        claimed_by: Some("apps"),
        place: Place::Nowhere,
        property: Trait::NoCapacity,
        age_seconds: 3600,
        replicas: 2,
        share: 2,
        expected: "Fargate",
        profile: Some("apps"),
        reason: "CapacityUnavailable",
        ..PLAIN
    },
    Situation {
        name: "no-node",
        namespaces: &["shop"],
        labels: BACKEND,
        claimed_by: Some("apps"),
        place: Place::Nowhere,
        age_seconds: 3600,
        replicas: 2,
        share: 2,
        expected: "Fargate",
        profile: Some("apps"),
        reason: "NodeNeverRegistered",
        ..PLAIN
    },
    Situation {
        name: "left-behind",
        namespaces: &["team-*"],
        claimed_by: Some("retired"),
        place: Place::Nowhere,
        age_seconds: 7200,
        replicas: 2,
        share: 1,
        reason: "ProfileGone",
        ..PLAIN
    },
    Situation {
        name: "exporter",
        namespaces: &["monitoring"],
        place: Place::BesideFargate,
        replicas: 2,
        share: 1,
        reason: "ToleratesFargateTaint",
        ..PLAIN
    },
    Situation {
        name: "gpu",
        place: Place::Nowhere,
        property: Trait::Instances,
        age_seconds: 7200,
        replicas: 3,
        share: 2,
        reason: "WaitingForCapacity",
        ..PLAIN
    },
    Situation {
        name: "crowded",
        place: Place::Nowhere,
        age_seconds: 7200,
        replicas: 3,
        share: 2,
        ..PLAIN
    },
    Situation {
        name: "gang",
        namespaces: &["payments"],
        labels: &[("tier", "backend"), ("stage", "prod")],
        property: Trait::Volcano,
        replicas: 2,
        share: 2,
        // Fargate's webhook writes its own scheduler over any other.
        expected: "Fargate",
        profile: Some("apps"),
        reason: "SchedulerNamePreset",
        ..PLAIN
    },
];

/// The profiles of the cluster, as `aws eks describe-fargate-profile` prints each: name, age in days, status, selectors.
pub const PROFILES: &[(&str, i64, &str, &str)] = &[
    (
        "apps",
        200,
        "ACTIVE",
        r#"[{"namespace":"shop","labels":{"tier":"backend"}},{"namespace":"payments","labels":{"stage":"prod","tier":"backend"}},{"namespace":"search","labels":{"tier":"backend"}}]"#,
    ),
    (
        "batch",
        180,
        "ACTIVE",
        r#"[{"namespace":"batch-*","labels":{"app.kubernetes.io/component":"executor-?"}}]"#,
    ),
    ("late-comer", 20, "ACTIVE", r#"[{"namespace":"late"}]"#),
    (
        "legacy",
        100,
        "CREATE_FAILED",
        r#"[{"namespace":"legacy"}]"#,
    ),
    (
        "preview",
        90,
        "ACTIVE",
        r#"[{"namespace":"preview-*"},{"namespace":"*-preview","labels":{"app":"*"}}]"#,
    ),
    (
        "edge",
        90,
        "ACTIVE",
        r#"[{"namespace":"shop","labels":{"app":"edge-??","tier":"edge"}},{"namespace":"s*","labels":{"tier":"edge"}}]"#,
    ),
];
