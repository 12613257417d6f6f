//! What the page and the document have in common: rights that are lost together, how they are named, how they are granted.

use crate::report::permissions::policy::{ACTIONS, Action};
use crate::report::permissions::rights::{Need, Place, RIGHTS, Right};

/// Rights without which the same is lost.
pub(super) struct Lost {
    /// What they are, as people name them.
    pub names: Vec<Named>,
    /// What is lost.
    pub without: &'static str,
    /// An answer hangs on them.
    pub is_required: bool,
    /// They are of use only where the cluster has such kinds.
    pub is_only_if_served: bool,
}

/// What is read, and how.
pub(super) struct Named {
    /// `pods`, `configmaps kube-system/aws-auth`, `eks:ListFargateProfiles`.
    pub name: String,
    /// `get, list`; empty on AWS.
    pub verbs: String,
    /// There is a right of the same kind with other verbs.
    pub is_one_of_several: bool,
}

/// Puts rights together by what is lost without them, in their order.
pub(super) fn lost<'a>(rights: impl IntoIterator<Item = &'a Right>) -> Vec<Lost> {
    let mut all: Vec<Lost> = Vec::new();
    for right in rights {
        let name = Named {
            name: named(right),
            verbs: verbs(right),
            is_one_of_several: RIGHTS.iter().any(|other| {
                let is_same = (other.group, other.resource) == (right.group, right.resource);
                is_same && other.verbs != right.verbs
            }),
        };
        let is_only_if_served = right.need == Need::IfServed;
        match all.iter_mut().find(|lost| lost.without == right.without) {
            Some(lost) => {
                lost.names.push(name);
                lost.is_only_if_served &= is_only_if_served;
            }
            None => all.push(Lost {
                names: vec![name],
                without: right.without,
                is_required: right.need == Need::Required,
                is_only_if_served,
            }),
        }
    }
    all
}

/// The same of AWS.
pub(super) fn lost_of_aws() -> Vec<Lost> {
    let of = |action: &Action| Lost {
        names: vec![Named {
            name: action.name.to_owned(),
            verbs: String::new(),
            is_one_of_several: false,
        }],
        without: action.without,
        is_required: action.need == Need::Required,
        is_only_if_served: false,
    };
    ACTIONS.iter().map(of).collect()
}

/// `pods`, `configmaps kube-system/aws-auth`.
fn named(right: &Right) -> String {
    let place = match right.place {
        Place::Only(namespace) => format!("{namespace}/"),
        Place::Cluster | Place::Namespaces => String::new(),
    };
    match right.names {
        [] => right.full_name(),
        names => format!("{} {place}{}", right.full_name(), names.join(", ")),
    }
}

fn verbs(right: &Right) -> String {
    let verbs: Vec<&str> = right.verbs.iter().map(|verb| verb.as_str()).collect();
    verbs.join(", ")
}

/// How it is granted: what for, and the commands.
pub(super) const GRANTING: &[(&str, &[&str])] = &[
    (
        "In the whole cluster, to a group (or --user, --serviceaccount NAMESPACE:NAME):",
        &["kubectl fargate permissions clusterrole --group readers -o yaml | kubectl apply -f -"],
    ),
    (
        "In one namespace:",
        &["kubectl fargate permissions role -n shop --group readers -o yaml | kubectl apply -f -"],
    ),
    (
        "On AWS; the policy is for the cluster of the kubeconfig, or of --cluster-name, --region and --account:",
        &[
            "kubectl fargate permissions iam -o json > policy.json",
            "aws iam create-policy --policy-name kubectl-fargate --policy-document file://policy.json",
        ],
    ),
    (
        "An IAM role becomes a member of the group by an access entry of the cluster:",
        &[
            "aws eks create-access-entry --cluster-name CLUSTER --principal-arn ROLE_ARN --kubernetes-groups readers",
        ],
    ),
];
