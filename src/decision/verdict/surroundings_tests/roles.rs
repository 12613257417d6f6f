//! How the pod execution role is let in, by aws-auth and by access entries.

use super::cluster::*;
use crate::decision::facts::{
    AccessEntry, AwsAuth, ClusterSnapshot, Kind, MappedRole, PodPhase, Scope,
};
use crate::decision::finding::Certainty;
use crate::decision::reason::Reason;

fn aws_auth(roles: &[(&str, &str, &[&str])]) -> Option<AwsAuth> {
    let roles = roles.iter().map(|(arn, username, groups)| MappedRole {
        role_arn: (*arn).to_owned(),
        username: (*username).to_owned(),
        groups: groups.iter().map(|&group| group.to_owned()).collect(),
    });
    Some(AwsAuth {
        roles: roles.collect(),
        problem: None,
    })
}

const GOOD_ENTRY: (&str, &str, &[&str]) = (
    ROLE,
    "system:node:{{SessionName}}",
    &[
        "system:bootstrappers",
        "system:nodes",
        "system:node-proxier",
    ],
);

#[test]
fn a_role_that_nothing_lets_in_is_a_hint() {
    let hint = |change: Change<'_>| {
        let cluster = cluster(|cluster| {
            cluster.aws_auth = aws_auth(&[]);
            change(cluster);
        });
        stands_aside(
            &cluster,
            Reason::ExecutionRoleNotAuthorized,
            Reason::NodeNeverRegistered,
        );
        messages_are_short(&cluster);
        told(&cluster, Reason::ExecutionRoleNotAuthorized)
            .expect("checked above")
            .message
    };
    let enter = |cluster: &mut ClusterSnapshot, entry: AccessEntry| {
        cluster.aws.access_entries.insert(ROLE.to_owned(), entry);
    };
    assert!(hint(&|_| {}).contains("unless an access entry, which was not read"));
    assert!(
        hint(&|cluster| enter(cluster, AccessEntry::Absent))
            .starts_with("Neither aws-auth nor an access entry")
    );
    assert!(
        hint(&|cluster| enter(cluster, AccessEntry::Present("STANDARD".to_owned())))
            .contains("of type STANDARD")
    );
    assert!(
        hint(&|cluster| {
            cluster.aws_auth = aws_auth(&[(ROLE, GOOD_ENTRY.1, &["system:nodes"])]);
        })
        .contains("without groups system:bootstrappers, system:node-proxier:")
    );
    assert!(
        hint(&|cluster| {
            cluster.aws_auth = None;
            cluster.coverage.mark_read(Kind::ConfigMap, Scope::Cluster);
            enter(cluster, AccessEntry::Absent);
        })
        .starts_with("There is no aws-auth")
    );
}

#[test]
fn looks_like_a_role_that_nothing_lets_in() {
    let present = |kind: &str| AccessEntry::Present(kind.to_owned());
    let changes: &[(&str, Change<'_>)] = &[
        ("not read", &|cluster| cluster.aws_auth = None),
        ("not understood", &|cluster| {
            cluster.aws_auth = Some(AwsAuth {
                roles: Vec::new(),
                problem: Some("no YAML".to_owned()),
            });
        }),
        ("listed", &|cluster| {
            cluster.aws_auth = aws_auth(&[GOOD_ENTRY])
        }),
        ("an access entry", &|cluster| {
            let entry = present("FARGATE_LINUX");
            cluster.aws.access_entries.insert(ROLE.to_owned(), entry);
        }),
        ("a pod of the profile runs", &|cluster| {
            cluster.pods.push(running_fellow());
        }),
        ("role not known", &|cluster| {
            cluster.profiles.list[0].pod_execution_role_arn = None;
        }),
        ("it runs", &|cluster| {
            cluster.pods[0].phase = PodPhase::Running;
            cluster.pods[0].spec.node_name = running_fellow().spec.node_name;
        }),
    ];
    for (why, change) in changes {
        let cluster = cluster(|cluster| {
            cluster.aws_auth = aws_auth(&[]);
            change(cluster);
        });
        let found = told(&cluster, Reason::ExecutionRoleNotAuthorized);
        assert_eq!(found, None, "{why}");
    }
}

#[test]
fn what_fargate_says_of_the_role_stands_though_it_is_listed() {
    let cluster = cluster(|cluster| {
        cluster.aws_auth = aws_auth(&[GOOD_ENTRY]);
        say(
            cluster,
            "Misconfigured Fargate Profile: fargate profile apps blocked for new launches due to: Pod execution role is \
             not found in auth config or does not have all required permissions for launching fargate pods.",
        );
    });
    assert_eq!(
        decisive(&cluster),
        (Reason::ExecutionRoleNotAuthorized, Certainty::Likely)
    );
    messages_are_short(&cluster);
    let first = &findings(&cluster)[0];
    assert!(
        first
            .evidence
            .iter()
            .any(|evidence| evidence.object.to_string() == "configmap/kube-system/aws-auth")
    );
    let fix = first.fix.as_ref().map(|fix| fix.text.as_str());
    assert!(fix.is_some_and(|text| text.contains("AmazonEKSFargatePodExecutionRolePolicy")));
}
