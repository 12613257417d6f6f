//! Profiles written by hand, as the analysis would tell of them.

use std::collections::BTreeMap;

use kubectl_fargate::decision::facts::{ObjectRef, SourceNote, SourceStatus};
use kubectl_fargate::decision::finding::{Evidence, Severity};
use kubectl_fargate::decision::reason::Reason;
use kubectl_fargate::report::model::{API_VERSION, ClusterReport, OwnerReport};
use kubectl_fargate::report::profiles::ProfileReport;
use kubectl_fargate::report::profiles::model::{
    Agreement, GapReport, HealthIssueReport, Observed, PodDisagreement, ProfileEntry, ProfilePod,
    ProfilePodState, Quota, SelectorReport, WorkloadRef,
};

use crate::reports::{at, finding, fix};

pub fn note(what: &str, namespace: Option<&str>, status: SourceStatus) -> SourceNote {
    SourceNote {
        what: what.to_owned(),
        namespace: namespace.map(str::to_owned),
        status,
        count: None,
        detail: (status != SourceStatus::Read)
            .then(|| format!("{what} is forbidden: User \"me\" cannot list it")),
    }
}

pub fn report(profiles: Vec<ProfileEntry>) -> ProfileReport {
    ProfileReport {
        api_version: API_VERSION,
        kind: "ProfileReport",
        taken_at: at("2026-11-20T12:00:00Z"),
        cluster: ClusterReport {
            name: Some("prod".to_owned()),
            region: Some("eu-west-1".to_owned()),
        },
        namespace: None,
        sources: vec![
            note("pods", None, SourceStatus::Read),
            note("fargateprofiles", None, SourceStatus::Read),
        ],
        knowledge: "Complete",
        profiles,
        agreement: Agreement {
            checked: 41,
            agreed: 41,
            ..Agreement::default()
        },
        quotas: vec![Quota {
            name: "ProfilesPerCluster",
            default: 10,
            used: 3,
            profile: None,
        }],
        findings: Vec::new(),
    }
}

pub fn selector(namespace: &str, labels: &[(&str, &str)], matched: usize) -> SelectorReport {
    SelectorReport {
        namespace: Some(namespace.to_owned()),
        labels: Some(map(labels)),
        pods_matched: Some(matched),
        unknown: Vec::new(),
        namespaces: Vec::new(),
    }
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

pub fn gap(field: &str, expression: &str, assumed: Option<&str>) -> GapReport {
    GapReport {
        field: field.to_owned(),
        expression: expression.to_owned(),
        assumed: assumed.map(str::to_owned),
    }
}

pub fn entry(name: &str, selectors: Vec<SelectorReport>) -> ProfileEntry {
    ProfileEntry {
        name: name.to_owned(),
        nameless: false,
        status: Some("ACTIVE".to_owned()),
        created_at: Some(at("2026-03-04T09:12:00Z")),
        source: "EKS".to_owned(),
        arn: Some(format!(
            "arn:aws:eks:eu-west-1:111122223333:fargateprofile/prod/{name}/3e1fe4ae-a42f-48f0-ab77-0c5df79733bf"
        )),
        cluster_name: Some("prod".to_owned()),
        pod_execution_role_arn: Some("arn:aws:iam::111122223333:role/prod-fargate-pods".to_owned()),
        subnets: vec![
            "subnet-0a11c5e0d7f2b9c31".to_owned(),
            "subnet-0b72d4f1e8a3c6d52".to_owned(),
        ],
        health_issues: Vec::new(),
        selectors: Some(selectors),
        unknown: Vec::new(),
        pods_on_fargate: Some(0),
        pods_finished: Some(0),
        pods_waiting: Some(0),
        pods_claimable: Some(0),
        pods_refused: Some(0),
        pods_undecided: Some(0),
        unclaimed: Vec::new(),
        workloads_claimable: Vec::new(),
        observed: None,
        pods: Vec::new(),
        findings: Vec::new(),
    }
}

fn pod(owner: (&str, &str), name: &str, state: ProfilePodState, reason: &str) -> ProfilePod {
    let placement = match state {
        ProfilePodState::OnFargate => "Fargate",
        ProfilePodState::Waiting => "FargatePending",
        _ => "EC2",
    };
    ProfilePod {
        namespace: "shop".to_owned(),
        name: name.to_owned(),
        owner: Some(OwnerReport {
            kind: owner.0.to_owned(),
            name: owner.1.to_owned(),
        }),
        state,
        placement: placement.to_owned(),
        node: None,
        finished: false,
        terminating: false,
        claimed_by: None,
        selector: Some(0),
        refused: Vec::new(),
        unclaimed: None,
        reason: reason.to_owned(),
    }
}

/// A profile that works, with pods of every state.
pub fn apps() -> ProfileEntry {
    use ProfilePodState::{Claimable, OnFargate, Waiting};
    let mut refused = pod(("StatefulSet", "cart"), "cart-0", Waiting, "VolumeNotEfs");
    refused.refused = vec!["VolumeNotEfs".to_owned(), "HostPort".to_owned()];
    let mut alone = pod(("", ""), "toolbox", Claimable, "OlderThanProfile");
    alone.owner = None;
    alone.refused = vec!["PrivilegedContainer".to_owned()];
    let mut elsewhere = pod(
        ("CronJob", "report"),
        "report-1",
        Claimable,
        "OlderThanProfile",
    );
    elsewhere.namespace = "shop-batch".to_owned();
    ProfileEntry {
        pods_on_fargate: Some(3),
        pods_waiting: Some(1),
        pods_claimable: Some(3),
        pods_refused: Some(2),
        pods: vec![
            pod(("Deployment", "web"), "web-1", OnFargate, "MatchedProfile"),
            pod(("Deployment", "web"), "web-2", OnFargate, "MatchedProfile"),
            pod(
                ("Deployment", "web"),
                "web-3",
                Claimable,
                "OlderThanProfile",
            ),
            pod(("Deployment", "api"), "api-1", OnFargate, "ProfileGone"),
            refused,
            alone,
            elsewhere,
        ],
        workloads_claimable: vec![WorkloadRef {
            kind: "Deployment".to_owned(),
            namespace: "shop".to_owned(),
            name: "paused".to_owned(),
        }],
        findings: vec![finding(
            Reason::SeveralProfilesMatch,
            Severity::Info,
            "Profile web selects the same pods; apps comes first by name.",
        )],
        ..entry(
            "apps",
            vec![
                selector("shop", &[("tier", "backend")], 4),
                SelectorReport {
                    namespaces: vec!["shop-batch".to_owned(), "shop-edge".to_owned()],
                    ..selector("shop-*", &[], 2)
                },
            ],
        )
    }
}

/// A profile that EKS could not make, with what it says about it.
pub fn broken() -> ProfileEntry {
    let mut unhealthy = finding(
        Reason::ProfileUnhealthy,
        Severity::Error,
        "EKS says of profile broken: AccessDenied, the pod execution role cannot be assumed. Nothing that it claims starts.",
    );
    unhealthy.evidence = vec![
        Evidence::found(
            ObjectRef::cluster_wide("fargateprofile", "broken"),
            "health.issues[0].code",
            "AccessDenied",
        ),
        Evidence::found(
            ObjectRef::cluster_wide("fargateprofile", "broken"),
            "status",
            "CREATE_FAILED",
        )
        .wanted("ACTIVE"),
    ];
    unhealthy.fix = fix(
        "Delete the profile and make it again with a role that eks-fargate-pods.amazonaws.com may assume.",
        &["aws eks delete-fargate-profile --cluster-name prod --fargate-profile-name broken"],
    );
    ProfileEntry {
        status: Some("CREATE_FAILED".to_owned()),
        created_at: Some(at("2026-11-20T10:30:00Z")),
        health_issues: vec![HealthIssueReport {
            code: "AccessDenied".to_owned(),
            message: "The role cannot be assumed.".to_owned(),
            resource_ids: vec!["prod-fargate-pods".to_owned()],
            reporter: None,
        }],
        findings: vec![
            unhealthy,
            finding(
                Reason::ProfileNotActive,
                Severity::Warning,
                "Profile broken is CREATE_FAILED, so it claims nothing.",
            ),
        ],
        ..entry("broken", vec![selector("batch", &[], 0)])
    }
}

/// A profile of a template, of which much is not told plainly.
pub fn of_a_template() -> ProfileEntry {
    ProfileEntry {
        nameless: true,
        status: None,
        created_at: None,
        source: "stack.yaml".to_owned(),
        arn: None,
        pod_execution_role_arn: None,
        subnets: Vec::new(),
        pods_on_fargate: None,
        pods_finished: None,
        pods_waiting: None,
        pods_claimable: None,
        pods_refused: None,
        pods_undecided: Some(2),
        unknown: vec![
            gap("fargateProfileName", "generated", None),
            gap("podExecutionRoleArn", "!GetAtt PodRole.Arn", None),
            gap("subnets", "!Ref Subnets", None),
        ],
        ..entry(
            "stack.yaml:Jobs",
            vec![
                SelectorReport {
                    namespace: None,
                    pods_matched: None,
                    unknown: vec![gap("namespace", "!Ref Namespace", None)],
                    ..selector("", &[], 0)
                },
                SelectorReport {
                    unknown: vec![gap("namespace", "!Ref Stage", Some("shop"))],
                    ..selector("shop", &[("app", "web")], 2)
                },
                SelectorReport {
                    labels: None,
                    pods_matched: None,
                    unknown: vec![gap("labels", "known after apply", None)],
                    ..selector("jobs", &[], 0)
                },
            ],
        )
    }
}

/// All of them, with everything that may stand below.
pub fn many() -> ProfileReport {
    let mut report = report(vec![apps(), broken(), of_a_template()]);
    report.agreement = Agreement {
        checked: 41,
        agreed: 39,
        unchecked: 2,
        disagreements: vec![
            PodDisagreement {
                namespace: "shop".to_owned(),
                name: "api-1".to_owned(),
                label: "legacy".to_owned(),
                predicted: Some("apps".to_owned()),
                why: "profile legacy is gone since".to_owned(),
                explained: true,
            },
            PodDisagreement {
                namespace: "shop".to_owned(),
                name: "web-9".to_owned(),
                label: "apps".to_owned(),
                predicted: None,
                why: "we do not know why".to_owned(),
                explained: false,
            },
        ],
    };
    report.quotas = vec![
        Quota {
            name: "ProfilesPerCluster",
            default: 10,
            used: 9,
            profile: None,
        },
        Quota {
            name: "SelectorsPerProfile",
            default: 5,
            used: 5,
            profile: Some("apps".to_owned()),
        },
        Quota {
            name: "LabelPairsPerSelector",
            default: 5,
            used: 1,
            profile: Some("apps".to_owned()),
        },
    ];
    report.findings = vec![finding(
        Reason::WebhookMissing,
        Severity::Error,
        "The webhook by which EKS claims pods is not there, so no profile claims anything.",
    )];
    report
}

/// What pods tell where no profile could be read.
pub fn unread() -> ProfileReport {
    let mut unknown = finding(
        Reason::ProfilesUnknown,
        Severity::Warning,
        "The Fargate profiles of cluster prod could not be read.",
    );
    unknown.fix = fix("Ask for the IAM action eks:ListFargateProfiles.", &[]);
    let observed = ProfileEntry {
        status: None,
        created_at: None,
        source: "Observed".to_owned(),
        arn: None,
        cluster_name: None,
        pod_execution_role_arn: None,
        subnets: Vec::new(),
        selectors: None,
        pods_claimable: None,
        pods_refused: None,
        pods_on_fargate: Some(3),
        observed: Some(Observed {
            namespaces: vec!["shop".to_owned(), "web".to_owned()],
            common_labels: map(&[("tier", "backend")]),
        }),
        ..entry("apps", Vec::new())
    };
    let mut report = report(vec![observed]);
    report.knowledge = "Unread";
    report.findings = vec![unknown];
    report.agreement = Agreement {
        unchecked: 3,
        ..Agreement::default()
    };
    report.sources[1] = SourceNote {
        detail: Some("not allowed to list them: that takes eks:ListFargateProfiles".to_owned()),
        ..note("fargateprofiles", None, SourceStatus::Forbidden)
    };
    report
}
