//! The answer of `permissions` as data. Its field names are public API: they are added to, never changed.

use serde::Serialize;

use super::policy::{self, ACTIONS, AwsScope, PolicyDocument};
use super::rights::{Need, RIGHTS, RIGHTS_OF_FIX, Right, Verb};
use super::roles::{self, Manifest, NAME, NAME_OF_FIX, Reader};

/// How much is to be granted, and to whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extent {
    /// The ClusterRole.
    pub cluster_role: bool,
    /// The Role.
    pub role: bool,
    /// What `explain --fix` changes, beside each role that lets read.
    pub fix: bool,
    /// The IAM policy.
    pub iam: bool,
    /// The namespace of the Role.
    pub namespace: Option<String>,
    /// Who is bound to what is printed.
    pub readers: Vec<Reader>,
    /// Which cluster the IAM policy is for.
    pub scope: AwsScope,
}

/// All that is to be granted: a `v1` List, so that `kubectl apply` takes it as it is, with what is not of Kubernetes beside the
/// items, where kubectl passes it by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Permissions {
    /// `v1`.
    pub api_version: &'static str,
    /// `List`.
    pub kind: &'static str,
    /// Roles, each followed by its bindings.
    pub items: Vec<Manifest>,
    /// The policy, as IAM takes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iam_policy: Option<PolicyDocument>,
    /// What each right is for: those of Kubernetes that the items grant, then those of AWS that the policy grants.
    pub rights: Vec<RightReport>,
}

/// One right, and what it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RightReport {
    /// The API group; absent for AWS, empty for the core group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<&'static str>,
    /// The plural name; absent for AWS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<&'static str>,
    /// The only names that are read.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub names: &'static [&'static str],
    /// How it is read.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub verbs: &'static [Verb],
    /// The IAM action; absent for Kubernetes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<&'static str>,
    /// Whether an answer hangs on it.
    pub needed: Need,
    /// What is lost without it.
    pub without: &'static str,
}

/// Puts together what grants the whole table, as far as the extent goes.
pub fn assemble(extent: &Extent) -> Permissions {
    let namespace = extent.namespace.as_deref();
    let of_fix = extent.fix.then_some((NAME_OF_FIX, RIGHTS_OF_FIX));
    let tables: Vec<(&str, &[Right])> = std::iter::once((NAME, RIGHTS)).chain(of_fix).collect();
    let mut all = Vec::new();
    if extent.cluster_role {
        all.extend(
            tables
                .iter()
                .map(|(name, rights)| roles::cluster_role(name, *rights)),
        );
    }
    if extent.role {
        all.extend(
            tables
                .iter()
                .map(|(name, rights)| roles::role(name, *rights, namespace)),
        );
    }
    let mut items = Vec::new();
    for role in all {
        let bindings = roles::bindings(&role, &extent.readers);
        items.push(Manifest::Role(role));
        items.extend(bindings.into_iter().map(Manifest::Binding));
    }
    let granted = |right: &&Right| extent.cluster_role || extent.role && right.is_of(namespace);
    let rights = tables.iter().flat_map(|(_, rights)| rights.iter());
    let mut rights: Vec<RightReport> = rights.filter(granted).map(of_kubernetes).collect();
    if extent.iam {
        rights.extend(ACTIONS.iter().map(of_aws));
    }
    Permissions {
        api_version: "v1",
        kind: "List",
        items,
        iam_policy: extent.iam.then(|| policy::policy(ACTIONS, &extent.scope)),
        rights,
    }
}

fn of_kubernetes(right: &Right) -> RightReport {
    RightReport {
        group: Some(right.group),
        resource: Some(right.resource),
        names: right.names,
        verbs: right.verbs,
        action: None,
        needed: right.need,
        without: right.without,
    }
}

fn of_aws(action: &policy::Action) -> RightReport {
    RightReport {
        group: None,
        resource: None,
        names: &[],
        verbs: &[],
        action: Some(action.name),
        needed: action.need,
        without: action.without,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_fix_takes_is_granted_apart_and_only_where_asked_for() {
        let roles = |fix| {
            let permissions = assemble(&Extent {
                cluster_role: true,
                role: true,
                fix,
                readers: vec![Reader::User("alice".to_owned())],
                ..Extent::default()
            });
            let names = permissions.items.iter().map(|item| match item {
                Manifest::Role(role) => role.metadata.name.clone(),
                Manifest::Binding(binding) => {
                    assert!(
                        binding
                            .metadata
                            .name
                            .starts_with(&format!("{}:", binding.role_ref.name))
                    );
                    format!("-> {}", binding.role_ref.name)
                }
            });
            (names.collect::<Vec<String>>(), permissions.rights.len())
        };
        let (reading, fixing) = (
            ["kubectl-fargate", "-> kubectl-fargate"],
            ["kubectl-fargate-fix", "-> kubectl-fargate-fix"],
        );
        let (names, rights) = roles(false);
        assert_eq!(names, [reading, reading].concat());
        let (names, with_fix) = roles(true);
        assert_eq!(names, [reading, fixing, reading, fixing].concat());
        assert_eq!(with_fix, rights + RIGHTS_OF_FIX.len());
    }

    #[test]
    fn what_is_not_asked_for_is_not_granted() {
        let only = |cluster_role, role, iam| {
            let permissions = assemble(&Extent {
                cluster_role,
                role,
                iam,
                namespace: Some("shop".to_owned()),
                readers: vec![Reader::User("alice".to_owned())],
                ..Extent::default()
            });
            let kinds = permissions.items.iter().map(|item| match item {
                Manifest::Role(role) => role.kind,
                Manifest::Binding(binding) => binding.kind,
            });
            let kinds: Vec<&str> = kinds.collect();
            let rights = permissions.rights.len();
            (kinds.join(" "), permissions.iam_policy.is_some(), rights)
        };
        let of_shop = RIGHTS.iter().filter(|right| right.is_of(Some("shop")));
        let of_shop = of_shop.count();
        assert_eq!(
            only(true, false, false),
            (
                "ClusterRole ClusterRoleBinding".to_owned(),
                false,
                RIGHTS.len()
            )
        );
        assert_eq!(
            only(false, true, false),
            ("Role RoleBinding".to_owned(), false, of_shop)
        );
        assert_eq!(
            only(false, false, true),
            (String::new(), true, ACTIONS.len())
        );
    }
}
