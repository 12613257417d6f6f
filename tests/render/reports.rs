//! Reports as a cluster in production would give them, built by hand.

use jiff::Timestamp;
use kubectl_fargate::decision::facts::{ObjectRef, Pattern, SourceNote, SourceStatus};
use kubectl_fargate::decision::finding::{Certainty, Evidence, Finding, Fix, Severity, Strength};
use kubectl_fargate::decision::placement::{
    Expected, ExpectedFrom, ExpectedKind, LabelMiss, LabelTrial, NamespaceTrial, Placement,
    PlacementKind, Provisioner, ProvisionerKind, SelectorTrial,
};
use kubectl_fargate::decision::reason::Reason;
use kubectl_fargate::report::model::{
    API_VERSION, ClusterReport, Moment, NodeReport, OwnerReport, PodReport, Report,
};
use kubectl_fargate::report::size::{Amounts, SizeReport};

pub fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

pub fn report(pods: Vec<PodReport>) -> Report {
    Report {
        api_version: API_VERSION,
        kind: "PlacementReport",
        taken_at: at("2026-11-20T12:00:00Z"),
        cluster: ClusterReport {
            name: Some("prod".to_owned()),
            region: Some("eu-west-1".to_owned()),
        },
        sources: vec![SourceNote {
            what: "pods".to_owned(),
            namespace: None,
            status: SourceStatus::Read,
            count: Some(pods.len() as u64),
            detail: None,
        }],
        pods,
        nodes: Vec::new(),
        profiles: Vec::new(),
    }
}

/// A pod of a workload, running on EC2 in node group ng-1 since three days, selected by no profile.
pub fn pod(name: &str, owner: Option<(&str, &str)>) -> PodReport {
    PodReport {
        namespace: "shop".to_owned(),
        name: name.to_owned(),
        template: false,
        owner: owner.map(|(kind, name)| OwnerReport {
            kind: kind.to_owned(),
            name: name.to_owned(),
        }),
        phase: Some("Running"),
        terminating: false,
        created_at: Some(at("2026-11-17T09:12:00Z")),
        placement: Some(ec2(
            "ip-10-0-1-23.eu-west-1.compute.internal",
            ProvisionerKind::ManagedNodeGroup,
            Some("ng-1"),
        )),
        expected: expected(ExpectedKind::NotFargate, None),
        size: None,
        reason: Reason::NamespaceNotSelected,
        certainty: Certainty::Certain,
        summary: format!("{name} runs on EC2."),
        findings: Vec::new(),
        near_misses: Default::default(),
        near_miss_count: 0,
        matches: Default::default(),
        timeline: Vec::new(),
    }
}

pub fn expected(kind: ExpectedKind, profile: Option<&str>) -> Expected {
    Expected {
        kind,
        profile: profile.map(str::to_owned),
        selector: profile.map(|_| 0),
        from: ExpectedFrom::Template,
        certainty: Certainty::Certain,
        because: Vec::new(),
    }
}

pub fn ec2(node: &str, kind: ProvisionerKind, name: Option<&str>) -> Placement {
    Placement {
        kind: PlacementKind::EC2,
        node: Some(node.to_owned()),
        provisioner: Some(Provisioner {
            kind,
            name: name.map(str::to_owned),
        }),
        profile: None,
    }
}

pub fn placed(kind: PlacementKind, node: Option<&str>, profile: Option<&str>) -> Placement {
    Placement {
        kind,
        node: node.map(str::to_owned),
        provisioner: None,
        profile: profile.map(str::to_owned),
    }
}

pub fn finding(reason: Reason, severity: Severity, message: &str) -> Finding {
    Finding {
        reason,
        severity,
        certainty: Certainty::Certain,
        message: message.to_owned(),
        evidence: Vec::new(),
        fix: None,
        source: "https://docs.aws.amazon.com/eks/latest/userguide/fargate-profile.html",
        strength: Strength::Strong,
    }
}

pub fn fix(text: &str, commands: &[&str]) -> Option<Fix> {
    Some(Fix {
        text: text.to_owned(),
        commands: commands.iter().map(|command| (*command).into()).collect(),
    })
}

pub fn trial(
    profile: &str,
    selector: usize,
    namespace: (&str, bool),
    labels: Vec<LabelTrial>,
) -> SelectorTrial {
    SelectorTrial {
        profile: profile.to_owned(),
        selector,
        namespace: NamespaceTrial {
            pattern: Some(Pattern::new(namespace.0)),
            in_words: namespace.0.into(),
            matched: namespace.1,
            may_match: namespace.1,
        },
        labels,
        unknown: Vec::new(),
    }
}

pub fn pair(key: &str, pattern: &str, found: Option<&str>, miss: Option<LabelMiss>) -> LabelTrial {
    LabelTrial {
        key: Some(Pattern::new(key)),
        pattern: Some(Pattern::new(pattern)),
        key_in_words: key.into(),
        value_in_words: pattern.into(),
        found: found.map(str::to_owned),
        matched: miss.is_none(),
        miss,
    }
}

/// Made three days ago; its profile came two days later.
pub fn older_than_profile() -> PodReport {
    let name = "web-7d9f4c-abcde";
    let object = ObjectRef::namespaced("pod", "shop", name);
    let mut decisive = finding(
        Reason::OlderThanProfile,
        Severity::Warning,
        "The pod was created 2d13h before profile apps; a profile claims only pods that are created after it is ACTIVE.",
    );
    decisive.evidence = vec![
        Evidence::found(
            object.clone(),
            "metadata.creationTimestamp",
            "2026-11-17T09:12:00Z",
        )
        .wanted("after 2026-11-19T22:40:00Z"),
        Evidence::found(
            ObjectRef::cluster_wide("fargateprofile", "apps"),
            "createdAt",
            "2026-11-19T22:40:00Z",
        ),
        Evidence::found(object, "spec.schedulerName", "default-scheduler")
            .wanted("fargate-scheduler"),
    ];
    decisive.fix = fix(
        "Make the pods again; the Deployment replaces them one by one.",
        &[
            "kubectl -n shop rollout restart deployment/web",
            "kubectl -n shop rollout status deployment/web",
        ],
    );
    let mut unseen = finding(
        Reason::EventsUnknown,
        Severity::Info,
        "events in shop (Forbidden): a recorded refusal would be there",
    );
    unseen.certainty = Certainty::Undecided;
    PodReport {
        reason: Reason::OlderThanProfile,
        summary: format!(
            "{name} runs on EC2 because it was created 2d13h before profile apps existed; recreated now, it would run on Fargate."
        ),
        expected: expected(ExpectedKind::Fargate, Some("apps")),
        findings: vec![decisive, unseen],
        matches: vec![trial(
            "apps",
            0,
            ("shop", true),
            vec![pair("tier", "backend", Some("backend"), None)],
        )]
        .into(),
        timeline: vec![
            Moment {
                time: at("2026-11-17T09:12:00Z"),
                what: "pod created".to_owned(),
            },
            Moment {
                time: at("2026-11-19T22:40:00Z"),
                what: "profile apps, creation begins".to_owned(),
            },
        ],
        ..pod(name, Some(("Deployment", "web")))
    }
}

/// Its label is a slip of the keyboard, and another is missing.
pub fn label_mismatch() -> PodReport {
    let name = "api-5c7d8b9f6d-x2x4q";
    let mut decisive = finding(
        Reason::LabelMismatch,
        Severity::Info,
        "Namespace shop is selected by profile apps, but selector 0 also asks for label tier=backend, and the pod has teir=backend.",
    );
    decisive.evidence = vec![
        Evidence::absent(
            ObjectRef::namespaced("pod", "shop", name),
            "metadata.labels[tier]",
        )
        .wanted("backend"),
    ];
    decisive.fix = fix(
        "Mend the label in the pod template of the Deployment; its pods are then made again by themselves.",
        &[
            "kubectl -n shop patch deployment/api --type=merge -p '{\"spec\":{\"template\":{\"metadata\":{\"labels\":{\"tier\":\"backend\"}}}}}'",
        ],
    );
    PodReport {
        reason: Reason::LabelMismatch,
        summary: format!(
            "{name} runs on EC2 because no profile claims it: its label teir=backend looks like a typo of tier=backend, which profile apps asks for."
        ),
        expected: Expected {
            because: vec![Reason::LabelMismatch],
            ..expected(ExpectedKind::NotFargate, None)
        },
        findings: vec![decisive],
        near_misses: vec![
            trial(
                "apps",
                0,
                ("shop", true),
                vec![
                    pair(
                        "tier",
                        "backend",
                        None,
                        Some(LabelMiss::Typo {
                            label: "teir=backend".to_owned(),
                        }),
                    ),
                    pair(
                        "app.kubernetes.io/part-of",
                        "shop-*",
                        Some("shop-checkout"),
                        None,
                    ),
                ],
            ),
            trial(
                "batch",
                1,
                ("shop*", true),
                vec![
                    pair(
                        "app.kubernetes.io/component",
                        "worker",
                        Some("api"),
                        Some(LabelMiss::DifferentValue),
                    ),
                    pair(
                        "Tier",
                        "batch",
                        None,
                        Some(LabelMiss::DifferentCase {
                            label: "tier=Batch".to_owned(),
                        }),
                    ),
                    pair(
                        "team",
                        "payments",
                        None,
                        Some(LabelMiss::OnOwnerOnly {
                            owner: "deployment/api".to_owned(),
                        }),
                    ),
                    pair("spot", "*", None, Some(LabelMiss::Missing)),
                ],
            ),
            trial("system", 0, ("kube-system", false), vec![]),
            trial("tools", 0, ("tools-*", false), vec![]),
        ]
        .into(),
        near_miss_count: 9,
        ..pod(name, Some(("Deployment", "api")))
    }
}

/// Claimed, and refused for its volume; a privileged container comes next.
pub fn blocked() -> PodReport {
    let name = "cart-0";
    let object = ObjectRef::namespaced("pod", "shop", name);
    let mut decisive = finding(
        Reason::VolumeNotEfs,
        Severity::Error,
        "Fargate mounts EFS only; volume data is EBS (claim data-cart-0, volume pvc-8c1e).",
    );
    decisive.evidence = vec![
        Evidence::found(
            object.clone(),
            "spec.volumes[data].persistentVolumeClaim.claimName",
            "data-cart-0",
        ),
        Evidence::found(
            ObjectRef::cluster_wide("persistentvolume", "pvc-8c1e"),
            "spec.csi.driver",
            "ebs.csi.aws.com",
        )
        .wanted("efs.csi.aws.com"),
        Evidence::found(
            ObjectRef::namespaced("event", "shop", "cart-0.17d3"),
            "message",
            "Pod not supported on Fargate: volumes not supported: data not supported because: PVC data-cart-0 not bound",
        ),
    ];
    decisive.fix = fix(
        "Either keep the pod off Fargate with the annotation eks.amazonaws.com/compute-type: ec2 in its template, or move the data to EFS.",
        &[
            "kubectl -n shop patch statefulset/cart --type=merge -p '{\"spec\":{\"template\":{\"metadata\":{\"annotations\":{\"eks.amazonaws.com/compute-type\":\"ec2\"}}}}}'",
        ],
    );
    let mut next = finding(
        Reason::PrivilegedContainer,
        Severity::Error,
        "container init-chown sets securityContext.privileged; Fargate refuses that once the volume is mended.",
    );
    next.fix = fix(
        "Take securityContext.privileged out of container init-chown.",
        &[],
    );
    let mut likely = finding(
        Reason::ExecutionRoleNotAuthorized,
        Severity::Warning,
        "aws-auth does not list the pod execution role of profile apps; it may have an access entry instead, which was not read. Without either, nodes of this profile cannot join the cluster, whatever is mended in the pod, and that would only show once everything else is well and the pod is waiting for its node.",
    );
    likely.certainty = Certainty::Likely;
    PodReport {
        phase: Some("Pending"),
        created_at: Some(at("2026-11-20T11:19:00Z")),
        placement: Some(placed(PlacementKind::FargatePending, None, Some("apps"))),
        reason: Reason::VolumeNotEfs,
        summary: format!(
            "{name} is claimed by Fargate (profile apps) and on no node: Fargate mounts EFS only, and its volume data is EBS."
        ),
        expected: Expected {
            because: vec![Reason::VolumeNotEfs, Reason::PrivilegedContainer],
            ..expected(ExpectedKind::Refused, Some("apps"))
        },
        findings: vec![decisive, next, likely],
        ..pod(name, Some(("StatefulSet", "cart")))
    }
}

/// On Fargate, with notes.
pub fn healthy(name: &str) -> PodReport {
    PodReport {
        placement: Some(placed(
            PlacementKind::Fargate,
            Some("fargate-ip-10-0-3-7.eu-west-1.compute.internal"),
            Some("apps"),
        )),
        reason: Reason::MatchedProfile,
        summary: format!("{name} runs on Fargate: profile apps claimed it, as expected."),
        expected: expected(ExpectedKind::Fargate, Some("apps")),
        size: Some(size((300, 612), Some((500, 1024)), Some((500, 1024)))),
        findings: vec![
            finding(
                Reason::MatchedProfile,
                Severity::Info,
                "Selector 0 of profile apps (namespace shop, tier=backend) matches the pod.",
            ),
            finding(
                Reason::SeveralProfilesMatch,
                Severity::Info,
                "Profiles apps and shop both match; apps comes first in name order.",
            ),
            finding(
                Reason::MisleadingTaintEvent,
                Severity::Info,
                "The scheduler's event speaks of an untolerated taint; a toleration does not move a pod to Fargate.",
            ),
            finding(
                Reason::RoundedUp,
                Severity::Info,
                "The section about the size tells it; it is not told twice.",
            ),
            finding(
                Reason::ChangedAtAdmission,
                Severity::Info,
                "A sidecar was added at admission.",
            ),
            finding(
                Reason::SchedulingGated,
                Severity::Info,
                "A gate held it back once.",
            ),
        ],
        matches: vec![trial("apps", 0, ("shop", true), vec![])].into(),
        ..pod(name, Some(("Deployment", "pay")))
    }
}

/// A size in millicores and MiB: what is asked for, what that comes to, what is billed.
pub fn size(
    requested: (u64, u64),
    computed: Option<(u64, u64)>,
    billed: Option<(u64, u64)>,
) -> SizeReport {
    let amounts = |(cpu_millicores, memory_mib)| Amounts {
        cpu_millicores,
        memory_mib,
        ephemeral_storage_mib: None,
    };
    SizeReport {
        requested: amounts(requested),
        overhead_mib: 256,
        computed: computed.map(amounts),
        alternative: None,
        alternative_too_big: false,
        pod_overhead: None,
        not_understood: None,
        billed: billed.map(amounts),
    }
}

/// Well placed, and its container does not start.
pub fn crashing(name: &str) -> PodReport {
    let mut startup = finding(
        Reason::StartupFailure,
        Severity::Error,
        "Placement is fine; container app does not start: ImagePullBackOff.",
    );
    startup.evidence = vec![Evidence::found(
        ObjectRef::namespaced("pod", "shop", name),
        "status.containerStatuses[app].state.waiting.reason",
        "ImagePullBackOff",
    )];
    let mut pod = healthy(name);
    pod.findings.truncate(1);
    pod.findings.push(startup);
    pod.summary = format!(
        "{name} is on Fargate as profile apps wants, but its container app does not start."
    );
    pod
}

/// A Deployment scaled to nothing.
pub fn template() -> PodReport {
    PodReport {
        template: true,
        phase: None,
        created_at: None,
        placement: None,
        reason: Reason::MatchedProfile,
        summary:
            "Deployment report has no pods; a pod made now would run on Fargate (profile apps)."
                .to_owned(),
        expected: expected(ExpectedKind::Fargate, Some("apps")),
        findings: vec![finding(
            Reason::MatchedProfile,
            Severity::Info,
            "Selector 0 of profile apps matches the pod template.",
        )],
        ..pod("report", Some(("Deployment", "report")))
    }
}

/// No profile selects its namespace; it waits for room.
pub fn namespace_not_selected() -> PodReport {
    let name = "runner-0";
    let mut decisive = finding(
        Reason::NamespaceNotSelected,
        Severity::Info,
        "No selector's namespace pattern fits namespace ci.",
    );
    decisive.certainty = Certainty::Likely;
    let mut waiting = finding(
        Reason::WaitingForCapacity,
        Severity::Error,
        "default-scheduler says: 0/3 nodes are available: 3 Insufficient cpu.",
    );
    waiting.fix = fix("Give it room: larger nodes or smaller requests.", &[]);
    PodReport {
        namespace: "ci".to_owned(),
        phase: Some("Pending"),
        terminating: true,
        placement: Some(placed(PlacementKind::Pending, None, None)),
        reason: Reason::NamespaceNotSelected,
        certainty: Certainty::Likely,
        summary: "runner-0 is on no node: no profile selects namespace ci, and its own scheduler has no room for it.".to_owned(),
        findings: vec![decisive, waiting],
        near_misses: vec![
            trial("apps", 0, ("shop", false), vec![pair("tier", "backend", None, Some(LabelMiss::Missing))]),
            trial("system", 0, ("kube-system", false), vec![]),
            trial("tools", 0, ("tools-*", false), vec![]),
        ].into(),
        near_miss_count: 3,
        ..pod(name, Some(("StatefulSet", "runner")))
    }
}

/// Replicas that are all on Fargate; one does not start.
pub fn one_crashes() -> Vec<PodReport> {
    let mut pods = vec![
        healthy("pay-6f-1"),
        crashing("pay-6f-2"),
        healthy("pay-6f-3"),
    ];
    for pod in &mut pods {
        pod.findings
            .retain(|finding| finding.severity == Severity::Error || finding.reason == pod.reason);
    }
    pods
}

/// Two replicas on Fargate, one left on EC2.
pub fn replicas() -> Vec<PodReport> {
    let mut on_fargate = [healthy("web-7d9f4c-fghij"), healthy("web-7d9f4c-klmno")];
    for pod in &mut on_fargate {
        pod.findings.truncate(1);
        pod.owner = older_than_profile().owner;
    }
    let [one, two] = on_fargate;
    vec![older_than_profile(), one, two]
}

/// A namespace or two of everything.
pub fn many() -> Report {
    let mut pods = vec![
        blocked(),
        label_mismatch(),
        template(),
        crashing("pay-6f-1"),
    ];
    pods.extend(replicas());
    for index in 0..300 {
        let mut pod = pod(&format!("agent-{index:03}"), Some(("DaemonSet", "agent")));
        pod.namespace = "infra".to_owned();
        pod.created_at = Some(at("2026-08-20T12:00:00Z"));
        if index % 3 == 0 {
            pod.placement = Some(ec2(
                "ip-10-0-9-9.eu-west-1.compute.internal",
                ProvisionerKind::Karpenter,
                Some("default"),
            ));
        }
        pod.findings = vec![finding(
            Reason::NamespaceNotSelected,
            Severity::Info,
            "No profile selects namespace infra.",
        )];
        pod.near_misses = vec![
            trial("apps", 0, ("shop", false), vec![]),
            trial("batch", 0, ("batch-*", false), vec![]),
        ]
        .into();
        pods.push(pod);
    }
    let mut job = pod("import-28933-q7x2z", Some(("CronJob", "import")));
    job.phase = Some("Succeeded");
    job.placement = healthy("x").placement;
    job.reason = Reason::MatchedProfile;
    job.findings = vec![finding(Reason::MatchedProfile, Severity::Info, "matches")];
    pods.push(job);
    let mut unknown = pod("debug", None);
    unknown.phase = Some("Pending");
    unknown.placement = Some(placed(PlacementKind::Pending, None, None));
    unknown.reason = Reason::ProfilesUnknown;
    unknown.certainty = Certainty::Undecided;
    unknown.findings = vec![finding(
        Reason::ProfilesUnknown,
        Severity::Warning,
        "The Fargate profiles could not be read: eks:ListFargateProfiles is denied.",
    )];
    pods.push(unknown);
    pods.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
    let mut report = report(pods);
    report.sources.push(SourceNote {
        what: "nodes".to_owned(),
        namespace: None,
        status: SourceStatus::Forbidden,
        count: None,
        detail: Some("nodes is forbidden: User \"dev\" cannot list resource \"nodes\"".to_owned()),
    });
    report.sources.push(SourceNote {
        what: "cluster/broken.yaml".to_owned(),
        namespace: None,
        status: SourceStatus::Malformed,
        count: None,
        detail: Some("line 14: a pod without metadata.name".to_owned()),
    });
    report
}

/// A cluster without any profile.
pub fn no_profiles() -> Report {
    let pods = (0..214)
        .map(|index| {
            let mut pod = pod(&format!("web-{index:03}"), Some(("Deployment", "web")));
            if index >= 200 {
                pod.placement = Some(ec2(
                    "ip-10-0-9-9.eu-west-1.compute.internal",
                    ProvisionerKind::AutoMode,
                    Some("general-purpose"),
                ));
            }
            pod.reason = Reason::NoProfiles;
            pod.findings = vec![finding(
                Reason::NoProfiles,
                Severity::Info,
                "The cluster has no Fargate profile.",
            )];
            pod
        })
        .collect();
    report(pods)
}

/// A node and the pods on it.
pub fn node() -> Report {
    let mut pods = vec![label_mismatch(), older_than_profile()];
    pods[0].near_misses.truncate(1);
    let mut report = report(pods);
    report.nodes = vec![NodeReport {
        name: "ip-10-0-1-23.eu-west-1.compute.internal".to_owned(),
        placement: ec2("ip-10-0-1-23.eu-west-1.compute.internal", ProvisionerKind::ManagedNodeGroup, Some("ng-1")),
        summary: "The node is an EC2 instance of managed node group ng-1 (label eks.amazonaws.com/nodegroup=ng-1).".to_owned(),
        pods: vec!["shop/api-5c7d8b9f6d-x2x4q".to_owned(), "shop/web-7d9f4c-abcde".to_owned()],
    }];
    report
}

/// A Fargate node, which holds one pod.
pub fn fargate_node() -> Report {
    let mut pod = healthy("pay-6f-1");
    pod.findings.truncate(1);
    let node = "fargate-ip-10-0-3-7.eu-west-1.compute.internal";
    let mut report = report(vec![pod]);
    report.nodes = vec![NodeReport {
        name: node.to_owned(),
        placement: placed(PlacementKind::Fargate, Some(node), None),
        summary: "The node is a Fargate node (label eks.amazonaws.com/compute-type=fargate); it takes one pod and goes with it.".to_owned(),
        pods: vec!["shop/pay-6f-1".to_owned()],
    }];
    report
}
