//! The objects by which Kubernetes grants rights: a ClusterRole or a Role, and who is bound to it.

use std::fmt::Write as _;

use serde::Serialize;

use super::rights::Right;

/// What the roles are called that let read.
pub const NAME: &str = "kubectl-fargate";
/// What those are called that let `explain --fix` change something.
pub const NAME_OF_FIX: &str = "kubectl-fargate-fix";
const GROUP: &str = "rbac.authorization.k8s.io";
const API_VERSION: &str = "rbac.authorization.k8s.io/v1";

/// One object, as `kubectl apply` takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Manifest {
    /// A ClusterRole or a Role.
    Role(Role),
    /// A ClusterRoleBinding or a RoleBinding.
    Binding(Binding),
}

/// A ClusterRole or a Role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    /// Of RBAC.
    pub api_version: &'static str,
    /// `ClusterRole` or `Role`.
    pub kind: &'static str,
    /// What it is called, and where it stands.
    pub metadata: Metadata,
    /// What it grants.
    pub rules: Vec<PolicyRule>,
}

/// A ClusterRoleBinding or a RoleBinding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Binding {
    /// Of RBAC.
    pub api_version: &'static str,
    /// `ClusterRoleBinding` or `RoleBinding`.
    pub kind: &'static str,
    /// What it is called, and where it stands.
    pub metadata: Metadata,
    /// The role that is given.
    pub role_ref: RoleReference,
    /// To whom.
    pub subjects: Vec<SubjectReference>,
}

/// Name and namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Metadata {
    /// The name.
    pub name: String,
    /// The namespace; absent for objects of the whole cluster, and where whoever applies it chooses (`kubectl apply -n`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// What a role grants on some kinds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyRule {
    /// The API groups; the empty one is the core group.
    pub api_groups: Vec<&'static str>,
    /// The plural names.
    pub resources: Vec<&'static str>,
    /// The only objects; absent for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_names: Vec<&'static str>,
    /// `get`, `list`, or both.
    pub verbs: Vec<&'static str>,
}

/// The role that a binding gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleReference {
    /// Of RBAC.
    pub api_group: &'static str,
    /// `ClusterRole` or `Role`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
}

/// To whom a binding gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubjectReference {
    /// Of RBAC; empty for service accounts.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub api_group: &'static str,
    /// `User`, `Group` or `ServiceAccount`.
    pub kind: &'static str,
    /// The name.
    pub name: String,
    /// Where a service account stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// Who is to read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reader {
    /// A user, by the name under which the API server knows it.
    User(String),
    /// A group.
    Group(String),
    /// A service account.
    ServiceAccount {
        /// Where it stands.
        namespace: String,
        /// Its name.
        name: String,
    },
}

impl Reader {
    fn subject(&self) -> SubjectReference {
        let of_rbac = |kind, name: &str| SubjectReference {
            api_group: GROUP,
            kind,
            name: name.to_owned(),
            namespace: None,
        };
        match self {
            Self::User(name) => of_rbac("User", name),
            Self::Group(name) => of_rbac("Group", name),
            Self::ServiceAccount { namespace, name } => SubjectReference {
                api_group: "",
                kind: "ServiceAccount",
                name: name.clone(),
                namespace: Some(namespace.clone()),
            },
        }
    }

    /// What its binding is called: a name of its own for each reader, so that a later one does not take the place of an earlier.
    fn binding(&self, role: &str) -> String {
        let (kind, who) = match self {
            Self::User(name) => ("user", name.clone()),
            Self::Group(name) => ("group", name.clone()),
            Self::ServiceAccount { namespace, name } => {
                ("serviceaccount", format!("{namespace}:{name}"))
            }
        };
        let mut binding = format!("{role}:{kind}:");
        for letter in who.chars() {
            // RBAC takes any name that may be a segment of a path, which excludes these two. No two readers become one.
            let _ = match letter {
                '/' => write!(binding, "_s"),
                '%' => write!(binding, "_p"),
                '_' => write!(binding, "__"),
                _ => write!(binding, "{letter}"),
            };
        }
        binding
    }
}

/// The ClusterRole that grants these rights.
pub fn cluster_role<'a>(name: &'static str, rights: impl IntoIterator<Item = &'a Right>) -> Role {
    Role {
        api_version: API_VERSION,
        kind: "ClusterRole",
        metadata: Metadata {
            name: name.to_owned(),
            namespace: None,
        },
        rules: rules(rights),
    }
}

/// The Role of one namespace that grants what it can of these rights; without a namespace, one for a namespace like any other.
pub fn role<'a>(
    name: &'static str,
    rights: impl IntoIterator<Item = &'a Right>,
    namespace: Option<&str>,
) -> Role {
    let rights = rights.into_iter().filter(|right| right.is_of(namespace));
    Role {
        api_version: API_VERSION,
        kind: "Role",
        metadata: Metadata {
            name: name.to_owned(),
            namespace: namespace.map(str::to_owned),
        },
        rules: rules(rights),
    }
}

/// Binds a role to each reader.
pub fn bindings(role: &Role, readers: &[Reader]) -> Vec<Binding> {
    let kind = match role.kind {
        "ClusterRole" => "ClusterRoleBinding",
        _ => "RoleBinding",
    };
    readers
        .iter()
        .map(|reader| Binding {
            api_version: API_VERSION,
            kind,
            metadata: Metadata {
                name: reader.binding(&role.metadata.name),
                namespace: role.metadata.namespace.clone(),
            },
            role_ref: RoleReference {
                api_group: GROUP,
                kind: role.kind,
                name: role.metadata.name.clone(),
            },
            subjects: vec![reader.subject()],
        })
        .collect()
}

/// Rights that differ in their kind alone become one rule, in the order of the table.
fn rules<'a>(rights: impl IntoIterator<Item = &'a Right>) -> Vec<PolicyRule> {
    let mut rules: Vec<PolicyRule> = Vec::new();
    for right in rights {
        let verbs: Vec<&str> = right.verbs.iter().map(|verb| verb.as_str()).collect();
        let is_named = !right.names.is_empty();
        let joins = rules.iter_mut().find(|rule| {
            let is_alike = rule.verbs == verbs && rule.resource_names.is_empty() != is_named;
            let is_of_group = rule.api_groups == [right.group];
            let is_same_kind = rule.resources == [right.resource];
            // Two names stand in one rule only where they are names of one kind.
            is_alike
                && ((is_of_group && (!is_named || is_same_kind)) || (is_same_kind && !is_named))
        });
        match joins {
            Some(rule) if is_named => rule.resource_names.extend(right.names),
            Some(rule) if rule.api_groups == [right.group] => rule.resources.push(right.resource),
            Some(rule) => rule.api_groups.push(right.group),
            None => rules.push(PolicyRule {
                api_groups: vec![right.group],
                resources: vec![right.resource],
                resource_names: right.names.to_vec(),
                verbs,
            }),
        }
    }
    rules
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::report::permissions::rights::RIGHTS;

    /// Everything that rules grant: group, kind, name (empty for all) and verb.
    fn granted(rules: &[PolicyRule]) -> BTreeSet<(&str, &str, &str, &str)> {
        let mut granted = BTreeSet::new();
        for rule in rules {
            let all: &[&str] = &[""];
            let names = match rule.resource_names.is_empty() {
                true => all,
                false => &rule.resource_names,
            };
            for group in &rule.api_groups {
                for resource in &rule.resources {
                    for name in names {
                        for verb in &rule.verbs {
                            granted.insert((*group, *resource, *name, *verb));
                        }
                    }
                }
            }
        }
        granted
    }

    fn wanted<'a>(
        rights: impl Iterator<Item = &'a Right>,
    ) -> BTreeSet<(&'a str, &'a str, &'a str, &'a str)> {
        let mut wanted = BTreeSet::new();
        for right in rights {
            let all: &[&str] = &[""];
            let names = if right.names.is_empty() {
                all
            } else {
                right.names
            };
            for name in names {
                for verb in right.verbs {
                    wanted.insert((right.group, right.resource, *name, verb.as_str()));
                }
            }
        }
        wanted
    }

    #[test]
    fn roles_grant_what_the_table_says_and_no_more() {
        let whole = cluster_role(NAME, RIGHTS);
        assert_eq!(granted(&whole.rules), wanted(RIGHTS.iter()));
        for namespace in [
            None,
            Some("shop"),
            Some("kube-system"),
            Some("aws-observability"),
        ] {
            let one = role(NAME, RIGHTS, namespace);
            let of_it = RIGHTS.iter().filter(|right| right.is_of(namespace));
            assert_eq!(granted(&one.rules), wanted(of_it), "{namespace:?}");
        }
    }

    #[test]
    fn with_any_right_taken_away_the_others_stay() {
        for (index, gone) in RIGHTS.iter().enumerate() {
            let others = || {
                let kept = RIGHTS.iter().enumerate();
                kept.filter(|(other, _)| *other != index)
                    .map(|(_, right)| right)
            };
            assert_eq!(
                granted(&cluster_role(NAME, others()).rules),
                wanted(others()),
                "without {gone:?}"
            );
        }
    }

    #[test]
    fn a_namespace_gives_its_own_config_map_alone() {
        let names = |namespace| {
            let role = role(NAME, RIGHTS, Some(namespace));
            let names = role.rules.into_iter().flat_map(|rule| rule.resource_names);
            names.collect::<Vec<_>>()
        };
        assert!(names("shop").is_empty());
        assert_eq!(names("kube-system"), ["aws-auth"]);
        assert_eq!(names("aws-observability"), ["aws-logging"]);
    }

    #[test]
    fn each_reader_has_a_binding_of_its_own() {
        let readers = [
            Reader::User("alice".to_owned()),
            Reader::Group("alice".to_owned()),
            Reader::User("arn:aws:iam::1:user/a".to_owned()),
            Reader::User("arn:aws:iam::1:user_sa".to_owned()),
            Reader::ServiceAccount {
                namespace: "ci".to_owned(),
                name: "checks".to_owned(),
            },
        ];
        let role = role(NAME, RIGHTS, Some("shop"));
        let bindings = bindings(&role, &readers);
        let names: BTreeSet<&str> = bindings
            .iter()
            .map(|binding| binding.metadata.name.as_str())
            .collect();
        assert_eq!(names.len(), readers.len(), "{names:?}");
        assert!(names.iter().all(|name| !name.contains(['/', '%'])));
        assert!(names.contains("kubectl-fargate:serviceaccount:ci:checks"));
        for binding in &bindings {
            assert_eq!(binding.kind, "RoleBinding");
            assert_eq!(binding.metadata.namespace.as_deref(), Some("shop"));
            assert_eq!(binding.role_ref.kind, "Role");
        }
        let account = serde_json::to_value(&bindings[4].subjects).expect("plain data");
        assert_eq!(
            account,
            serde_json::json!([{"kind": "ServiceAccount", "name": "checks", "namespace": "ci"}])
        );
    }
}
