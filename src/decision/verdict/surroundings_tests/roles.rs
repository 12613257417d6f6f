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
        .contains("without groups system:bootstrappers, system:node-proxier, so")
    );
    assert!(
        hint(&|cluster| {
            cluster.aws_auth = None;
            cluster.coverage.mark_read(Kind::ConfigMap, Scope::Cluster);
            enter(cluster, AccessEntry::Absent);
        })
        .starts_with("There is no aws-auth")
    );
    let alone = hint(&|cluster| cluster.aws.goes_by_aws_auth_alone = true);
    assert!(!alone.contains("access entry"), "{alone}");
    let alone = hint(&|cluster| {
        cluster.aws.goes_by_aws_auth_alone = true;
        cluster.aws_auth = None;
        cluster.coverage.mark_read(Kind::ConfigMap, Scope::Cluster);
    });
    assert!(
        alone.starts_with("There is no aws-auth") && !alone.contains("access entry"),
        "{alone}"
    );
    let broken = hint(&|cluster| {
        cluster.aws_auth = Some(AwsAuth {
            roles: Vec::new(),
            problem: Some("no YAML".to_owned()),
        });
    });
    assert!(
        broken.starts_with("aws-auth cannot be understood: no YAML."),
        "{broken}"
    );
    let with_path = hint(&|cluster| {
        let arn = "arn:aws:iam::111122223333:role/team/pods";
        cluster.aws_auth = aws_auth(&[(arn, GOOD_ENTRY.1, GOOD_ENTRY.2)]);
    });
    assert!(
        with_path.contains("arn:aws:iam::111122223333:role/team/pods;")
            && with_path.contains(&format!(" {ROLE}.")),
        "{with_path}"
    );
}

#[test]
fn looks_like_a_role_that_nothing_lets_in() {
    let present = |kind: &str| AccessEntry::Present(kind.to_owned());
    let changes: &[(&str, Change<'_>)] = &[
        ("not read", &|cluster| cluster.aws_auth = None),
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
            cluster.pods[0].node_name = running_fellow().node_name;
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

const NOT_FOUND: &str = "Misconfigured Fargate Profile: fargate profile apps blocked for new launches due to: Pod execution role is \
                         not found in auth config or does not have all required permissions for launching fargate pods.";
const NOT_ASSUMED: &str = "Misconfigured Fargate Profile: fargate profile apps blocked for new launches due to: Failed to assume \
                           PodExecutionRole; Please make sure the role exists and trusts the eks-fargate-pods.amazonaws.com \
                           service principal";

#[test]
fn the_type_of_an_entry_is_not_changed() {
    let cluster = cluster(|cluster| {
        let entry = AccessEntry::Present("STANDARD".to_owned());
        cluster.aws.access_entries.insert(ROLE.to_owned(), entry);
    });
    let found = told(&cluster, Reason::ExecutionRoleNotAuthorized).expect("it is of another type");
    let text = found.fix.expect("there is something to do").text;
    assert!(
        text.contains("cannot be changed")
            && text.contains(
                "If nobody else uses this one, delete it and create one of type FARGATE_LINUX"
            ),
        "{text}"
    );
}

#[test]
fn a_pod_that_came_later_and_runs_disproves_what_was_said_of_the_role() {
    for (text, reason) in [
        (NOT_FOUND, Reason::ExecutionRoleNotAuthorized),
        (NOT_ASSUMED, Reason::ExecutionRoleNotAssumable),
    ] {
        let with_fellow_since = |since: &str| {
            cluster(|cluster| {
                say(cluster, text);
                let mut fellow = running_fellow();
                fellow.created_at = Some(at(since));
                cluster.pods.push(fellow);
            })
        };
        let later = with_fellow_since("2026-11-20T11:59:30Z");
        assert_eq!(decisive(&later), (reason, Certainty::Likely));
        messages_are_short(&later);
        let first = findings(&later).swap_remove(0);
        assert!(
            first.message.starts_with("Fargate said"),
            "{}",
            first.message
        );
        let proof = |finding: &crate::decision::finding::Finding| {
            let objects = finding.evidence.iter();
            objects
                .map(|evidence| evidence.object.to_string())
                .any(|object| object == "pod/shop/fellow")
        };
        assert!(proof(&first), "{first:?}");
        let advice = first.fix.expect("there is something to do").text;
        assert!(!advice.contains("Restore"), "{advice}");
        // One that came before says nothing.
        let before = with_fellow_since("2026-11-20T11:58:30Z");
        let first = findings(&before).swap_remove(0);
        assert!(!proof(&first), "{first:?}");
        let advice = first.fix.expect("there is something to do").text;
        assert!(advice.contains(ROLE), "{advice}");
        messages_are_short(&before);
    }
}

#[test]
fn what_was_said_of_a_profile_that_is_gone_needs_no_role() {
    let gone = cluster(|cluster| {
        say(cluster, NOT_FOUND);
        cluster.profiles.list[0].created_at = Some(at("2026-11-20T11:55:00Z"));
    });
    assert_eq!(decisive(&gone).0, Reason::ProfileGone);
    let beside = told(&gone, Reason::ExecutionRoleNotAuthorized).expect("Fargate said so");
    assert_eq!(beside.fix, None);
    let of_another =
        cluster(|cluster| say(cluster, &NOT_FOUND.replace("profile apps", "profile old")));
    let first = findings(&of_another).swap_remove(0);
    assert!(
        first.message.starts_with("Fargate said of profile old:")
            && first
                .message
                .ends_with("The pod's label names profile apps."),
        "{}",
        first.message
    );
    let advice = first
        .fix
        .expect("a new pod is claimed by a profile that is there")
        .text;
    assert!(!advice.contains("Restore"), "{advice}");
}

#[test]
fn a_cut_off_word_about_the_role_is_known() {
    let cut = cluster(|cluster| {
        say(
            cluster,
            "Misconfigured Fargate Profile: fargate profile apps blocked for new launches due to: Pod execution role is not \
             found in au…",
        );
    });
    assert_eq!(decisive(&cut).0, Reason::ExecutionRoleNotAuthorized);
}
