//! Who may sign in, and what each of them may do.

use kubectl_fargate::report::permissions::{
    rights::{RIGHTS, RIGHTS_OF_FIX},
    roles::cluster_role,
};
use serde_json::json;

use super::{api::Api, objects};

/// A user of the laboratory's API servers, signed in by a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User {
    /// May do everything.
    Admin,
    /// May read what a namespace holds in the namespace [`READABLE`], and nothing else anywhere, not even namespaces.
    NamespaceReader,
    /// May read what Amazon's `AmazonEKSViewPolicy` gives: pods, events, workloads, volume claims, namespaces in all
    /// namespaces, but no nodes, volumes, storage classes and webhook configurations.
    Viewer,
    /// May read all that answers take, and change what `explain --fix` changes.
    Fixer,
    /// May sign in and nothing else.
    Nobody,
    /// May read on the stage what the scenario that stands there has seen.
    Scenario,
}

/// The namespace that [`User::NamespaceReader`] may read.
pub const READABLE: &str = "readable";

impl User {
    const ALL: [Self; 6] = [
        Self::Admin,
        Self::NamespaceReader,
        Self::Viewer,
        Self::Fixer,
        Self::Nobody,
        Self::Scenario,
    ];

    /// The user's name, as the API server knows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::NamespaceReader => "namespace-reader",
            Self::Viewer => "viewer",
            Self::Fixer => "fixer",
            Self::Nobody => "nobody",
            Self::Scenario => "scenario",
        }
    }

    /// The user's bearer token.
    pub fn token(self) -> &'static str {
        match self {
            Self::Admin => "token-of-admin",
            Self::NamespaceReader => "token-of-namespace-reader",
            Self::Viewer => "token-of-viewer",
            Self::Fixer => "token-of-fixer",
            Self::Nobody => "token-of-nobody",
            Self::Scenario => "token-of-scenario",
        }
    }
}

/// The API server's `--token-auth-file`.
pub fn token_file() -> String {
    let line = |user: User| {
        let groups = if user == User::Admin {
            ",\"system:masters\""
        } else {
            ""
        };
        format!("{},{},{}{groups}\n", user.token(), user.name(), user.name())
    };
    User::ALL.map(line).concat()
}

/// Binds explicit roles: the aggregated ones (`view`) are filled by a controller manager, and none runs here.
pub fn grant_rights(api: &Api) {
    let namespaced = json!([
        {"apiGroups": [""], "resources": ["pods", "events", "configmaps", "persistentvolumeclaims", "serviceaccounts", "services"], "verbs": ["get", "list"]},
        {"apiGroups": ["apps"], "resources": ["deployments", "replicasets", "statefulsets", "daemonsets"], "verbs": ["get", "list"]},
        {"apiGroups": ["batch"], "resources": ["jobs", "cronjobs"], "verbs": ["get", "list"]},
        {"apiGroups": ["policy"], "resources": ["poddisruptionbudgets"], "verbs": ["get", "list"]},
    ]);
    api.create(&objects::namespace(READABLE));
    api.create(&json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
        "metadata": {"name": "reader", "namespace": READABLE}, "rules": namespaced,
    }));
    api.create(&json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": {"name": "reader", "namespace": READABLE},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": User::NamespaceReader.name()}],
    }));
    let mut rules = namespaced;
    let namespaces =
        json!({"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get", "list"]});
    rules
        .as_array_mut()
        .expect("written above as a list")
        .push(namespaces);
    grant_cluster_wide(api, User::Viewer, &rules);
    let fixing = cluster_role("of-fixer", RIGHTS.iter().chain(RIGHTS_OF_FIX));
    let fixing = serde_json::to_value(&fixing.rules).expect("plain data");
    grant_cluster_wide(api, User::Fixer, &fixing);
}

/// Gives a user exactly these rules in the whole cluster, instead of those that the last call gave.
pub fn grant_cluster_wide(api: &Api, user: User, rules: &serde_json::Value) {
    let name = format!("{}-of-the-laboratory", user.name());
    api.replace(&json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": name}, "rules": rules,
    }));
    api.replace(&json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user.name()}],
    }));
}
