//! The tables of rights on the Kubernetes API: what is read, how, where, and what is lost without it; and apart from that, what
//! `explain --fix` changes.

use serde::Serialize;

/// What is done with objects. All answers take the first two alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// One object by its name.
    Get,
    /// All of a kind, or those that a selector chooses.
    List,
    /// The same, and then each change of them.
    Watch,
    /// Fields of one object are changed: by `explain --fix`.
    Patch,
    /// One object is deleted: by `explain --fix`.
    Delete,
}

impl Verb {
    /// As RBAC writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Watch => "watch",
            Self::Patch => "patch",
            Self::Delete => "delete",
        }
    }
}

/// Where the objects of a right stand, which decides whether a Role of one namespace can give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Outside of namespaces: only a ClusterRole gives it.
    Cluster,
    /// In every namespace.
    Namespaces,
    /// In this namespace alone.
    Only(&'static str),
}

/// How much hangs on a right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Need {
    /// Without it `explain` and `suggest` have no answer.
    Required,
    /// The answer goes on without it, and says what it lost.
    Optional,
    /// As [`Need::Optional`], and of use only where the cluster has such a kind.
    IfServed,
}

/// One kind of object, and how it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Right {
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The plural name.
    pub resource: &'static str,
    /// How it is read.
    pub verbs: &'static [Verb],
    /// The only names that are read; empty for any.
    pub names: &'static [&'static str],
    /// Where the objects stand.
    pub place: Place,
    /// How much hangs on it.
    pub need: Need,
    /// What is lost without it: a clause, without a full stop.
    pub without: &'static str,
}

impl Right {
    const fn new(
        group: &'static str,
        resource: &'static str,
        verbs: &'static [Verb],
        place: Place,
        without: &'static str,
    ) -> Self {
        Self {
            group,
            resource,
            verbs,
            names: &[],
            place,
            need: Need::Optional,
            without,
        }
    }

    const fn need(self, need: Need) -> Self {
        Self { need, ..self }
    }

    const fn names(self, names: &'static [&'static str]) -> Self {
        Self { names, ..self }
    }

    /// `fargateprofiles.eks.services.k8s.aws`, or the plural name alone in a group that every cluster has: as people name it.
    pub fn full_name(&self) -> String {
        match self.need {
            Need::IfServed => format!("{}.{}", self.resource, self.group),
            Need::Required | Need::Optional => self.resource.to_owned(),
        }
    }

    /// Whether a Role of this namespace gives it; `None` stands for a namespace like any other.
    pub fn is_of(&self, namespace: Option<&str>) -> bool {
        match self.place {
            Place::Cluster => false,
            Place::Namespaces => true,
            Place::Only(only) => namespace == Some(only),
        }
    }
}

const GET: &[Verb] = &[Verb::Get];
const LIST: &[Verb] = &[Verb::List];
const WATCH: &[Verb] = &[Verb::Watch];
const BOTH: &[Verb] = &[Verb::Get, Verb::List];

/// The configuration by which EKS claims pods.
const FARGATE_WEBHOOK: &str = "0500-amazon-eks-fargate-mutation.amazonaws.com";

const OWNERS: &str =
    "a pod is judged by itself, not by the template it would be made from again (OwnersUnknown)";
const CHANGES: &str =
    "explain --watch is not told of changes, and reads everything anew every few seconds instead";
const VOLUMES: &str = "it cannot be told whether Fargate can mount a volume (VolumesUnknown)";
const NOTES: &str = "notes about pods on Fargate that rest on them are missing";
const PROFILE_OBJECTS: &str = "profiles that controllers keep are not compared with the EKS API, nor used where that may not be asked";

const fn owner(group: &'static str, resource: &'static str) -> Right {
    Right::new(group, resource, BOTH, Place::Namespaces, OWNERS)
}

const fn beside(group: &'static str, resource: &'static str, verbs: &'static [Verb]) -> Right {
    Right::new(group, resource, verbs, Place::Namespaces, NOTES)
}

const fn profile_object(group: &'static str, resource: &'static str, place: Place) -> Right {
    Right::new(group, resource, LIST, place, PROFILE_OBJECTS).need(Need::IfServed)
}

/// All of them, what matters most first.
pub const RIGHTS: &[Right] = &[
    Right::new(
        "",
        "pods",
        BOTH,
        Place::Namespaces,
        "no answer; profiles judges the profiles by themselves",
    )
    .need(Need::Required),
    Right::new(
        "",
        "events",
        LIST,
        Place::Namespaces,
        "what Fargate said about a pod is not seen (EventsUnknown)",
    ),
    Right::new("", "pods", WATCH, Place::Namespaces, CHANGES),
    Right::new("", "events", WATCH, Place::Namespaces, CHANGES),
    Right::new(
        "",
        "nodes",
        BOTH,
        Place::Cluster,
        "Fargate and EC2 are told by node name only, the node group or pool not at all (NodesUnknown)",
    ),
    owner("apps", "deployments"),
    owner("apps", "replicasets"),
    owner("apps", "statefulsets"),
    owner("apps", "daemonsets"),
    owner("batch", "jobs"),
    owner("batch", "cronjobs"),
    Right::new(
        "",
        "persistentvolumeclaims",
        BOTH,
        Place::Namespaces,
        VOLUMES,
    ),
    Right::new("", "persistentvolumes", BOTH, Place::Cluster, VOLUMES),
    Right::new(
        "storage.k8s.io",
        "storageclasses",
        BOTH,
        Place::Cluster,
        VOLUMES,
    ),
    Right::new(
        "admissionregistration.k8s.io",
        "mutatingwebhookconfigurations",
        GET,
        Place::Cluster,
        "it cannot be told whether the webhook that claims pods is there (WebhooksUnknown)",
    )
    .names(&[FARGATE_WEBHOOK]),
    Right::new(
        "admissionregistration.k8s.io",
        "mutatingwebhookconfigurations",
        LIST,
        Place::Cluster,
        "where there is none of that name, it cannot be told that it has no other (WebhooksUnknown)",
    ),
    Right::new(
        "",
        "namespaces",
        GET,
        Place::Namespaces,
        "a namespace that does not exist looks like an empty one",
    ),
    Right::new(
        "",
        "namespaces",
        LIST,
        Place::Cluster,
        "profiles for namespaces that do not exist are not told, nor names like one that was mistyped",
    ),
    beside("policy", "poddisruptionbudgets", LIST),
    beside("", "services", LIST),
    beside("", "serviceaccounts", GET),
    Right::new(
        "",
        "serviceaccounts",
        LIST,
        Place::Cluster,
        "where many pods of all namespaces fail, their accounts are asked for one by one",
    ),
    beside("vpcresources.k8s.aws", "securitygrouppolicies", LIST).need(Need::IfServed),
    beside("autoscaling.k8s.io", "verticalpodautoscalers", LIST).need(Need::IfServed),
    Right::new(
        "",
        "configmaps",
        GET,
        Place::Only("kube-system"),
        "whether a pod execution role may log in is known by Fargate's own words only",
    )
    .names(&["aws-auth"]),
    Right::new(
        "",
        "configmaps",
        GET,
        Place::Only("aws-observability"),
        "why logging is off is known by Fargate's own words only",
    )
    .names(&["aws-logging"]),
    profile_object("eks.services.k8s.aws", "fargateprofiles", Place::Namespaces),
    profile_object("eks.aws.upbound.io", "fargateprofiles", Place::Cluster),
    profile_object("eks.aws.m.upbound.io", "fargateprofiles", Place::Namespaces),
    profile_object("eks.aws.crossplane.io", "fargateprofiles", Place::Cluster),
    profile_object(
        "infrastructure.cluster.x-k8s.io",
        "awsfargateprofiles",
        Place::Namespaces,
    ),
    Right::new(
        "controlplane.cluster.x-k8s.io",
        "awsmanagedcontrolplanes",
        LIST,
        Place::Namespaces,
        "profiles of Cluster API count only where their cluster is called as in EKS",
    )
    .need(Need::IfServed),
];

/// What `explain --fix` changes, and only after it was asked and told yes. No answer takes any of it, so that it is granted apart, or
/// not at all; trying a change out (`dryRun`) takes the same rights as making it.
pub const RIGHTS_OF_FIX: &[Right] = &[
    Right::new(
        "",
        "pods",
        &[Verb::Delete],
        Place::Namespaces,
        "explain --fix cannot delete a pod that its owner would make again",
    ),
    template_of("deployments"),
    template_of("statefulsets"),
    template_of("daemonsets"),
];

const fn template_of(resource: &'static str) -> Right {
    Right::new(
        "apps",
        resource,
        &[Verb::Patch],
        Place::Namespaces,
        "explain --fix cannot restart a workload, nor change its pod template",
    )
}

/// What is asked beside objects. Kubernetes grants it to everybody who is signed in, by the cluster roles `system:discovery` and
/// `system:public-info-viewer`, so no role here repeats it.
///
/// Source: Kubernetes documentation, "Using RBAC Authorization", "API discovery roles".
pub const DISCOVERY: &[(&str, &str)] = &[
    (
        "/apis",
        "objects of controllers that keep Fargate profiles are not looked for",
    ),
    (
        "/apis/GROUP/VERSION",
        "a kind that is not served looks like one that may not be read",
    ),
    (
        "/version",
        "the age of the kubelets on Fargate is compared with nothing",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::decision::facts::Kind;
    use crate::sources::profiles::{CONTROL_PLANES, PROFILE_KINDS};

    #[test]
    fn no_secret_and_nothing_that_stands_for_all() {
        for right in RIGHTS {
            assert_ne!(right.resource, "secrets");
            let words = [right.group, right.resource];
            for word in words.iter().chain(right.names) {
                assert!(!word.contains('*'), "{right:?}");
            }
            assert!(!right.verbs.is_empty(), "{right:?}");
        }
    }

    #[test]
    fn answers_read_and_only_a_fix_writes() {
        let reads = |verb: &Verb| matches!(verb, Verb::Get | Verb::List | Verb::Watch);
        assert!(RIGHTS.iter().all(|right| right.verbs.iter().all(reads)));
        for right in RIGHTS_OF_FIX {
            assert!(!right.verbs.iter().any(reads), "{right:?}");
            assert!(!right.without.ends_with('.'), "{right:?}");
            // What is changed is read before.
            let is_same = |other: &&Right| {
                (other.group, other.resource) == (right.group, right.resource)
                    && other.verbs.contains(&Verb::Get)
            };
            assert!(RIGHTS.iter().any(|other| is_same(&other)), "{right:?}");
        }
    }

    #[test]
    fn every_kind_that_answers_are_made_from_is_there_and_no_other() {
        let known = RIGHTS.iter().map(|right| right.resource);
        let kinds = Kind::ALL.iter().map(|kind| kind.plural());
        let objects = PROFILE_KINDS.iter().chain([&CONTROL_PLANES]);
        let wanted: BTreeSet<&str> = kinds
            .chain(objects.clone().map(|kind| kind.plural))
            .collect();
        assert_eq!(known.collect::<BTreeSet<&str>>(), wanted);
        for kind in objects {
            let right = RIGHTS
                .iter()
                .find(|right| right.group == kind.group && right.resource == kind.plural);
            let right = right.unwrap_or_else(|| panic!("{} is missing", kind.full_name()));
            let is_namespaced = right.place == Place::Namespaces;
            assert_eq!(is_namespaced, kind.is_namespaced, "{}", kind.full_name());
        }
    }

    #[test]
    fn only_two_config_maps_and_one_webhook_are_read_by_name() {
        let named: Vec<_> = RIGHTS
            .iter()
            .filter(|right| !right.names.is_empty())
            .map(|right| (right.resource, right.names))
            .collect();
        assert_eq!(
            named,
            [
                (
                    "mutatingwebhookconfigurations",
                    &[crate::decision::placement::expected::FARGATE_WEBHOOK][..]
                ),
                ("configmaps", &["aws-auth"]),
                ("configmaps", &["aws-logging"]),
            ]
        );
    }

    #[test]
    fn what_is_lost_is_said_in_a_clause() {
        for right in RIGHTS {
            assert!(!right.without.ends_with('.'), "{right:?}");
            assert!(right.without.len() > 20, "{right:?}");
        }
    }
}
