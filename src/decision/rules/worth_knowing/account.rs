//! Where a pod on Fargate gets its AWS credentials: its ServiceAccount, and the variables of its containers, by name.

use super::super::fix;
use super::containers::spec_of;
use crate::decision::facts::companion::ROLE_ARN_ANNOTATION;
use crate::decision::facts::{Container, ContainerStatus, Kind, ObjectRef, ServiceAccount};
use crate::decision::finding::Evidence;
use crate::decision::placement::PodCase;

/// Set by EKS Pod Identity's webhook, both of them. Source: EKS User Guide, "How EKS Pod Identity works".
pub(super) const POD_IDENTITY: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
pub(super) const POD_IDENTITY_TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
/// Set by the webhook of IAM roles for service accounts. Source: EKS User Guide, "Configure Pods to use a Kubernetes service account".
pub(super) const WEB_IDENTITY: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";
/// Keys that somebody gave the container. Source: AWS SDKs and Tools Reference Guide, "AWS access keys".
pub(super) const ACCESS_KEY: &str = "AWS_ACCESS_KEY_ID";

pub(super) fn has_variable(case: &PodCase<'_>, status: &ContainerStatus, variable: &str) -> bool {
    spec_of(case, status).is_some_and(|container| container.credential_variables.contains(variable))
}

/// A variable as a field path. Values are never read.
pub(super) fn env_field(container: &Container, variable: &str) -> String {
    format!(
        "{}[{}].env[{variable}]",
        container.role.field(),
        container.name
    )
}

/// How a sentence about a ServiceAccount ends: only pods that are made afterwards get what it says.
pub(super) fn then_again(case: &PodCase<'_>) -> String {
    match fix::warning_before_remaking(case) {
        None => ", then make the pods again.".to_owned(),
        Some(warning) => format!("; only new pods get it. {warning}"),
    }
}

/// The pod's ServiceAccount, as far as it was read.
pub(super) struct AccountSight<'a> {
    /// Its name.
    pub name: String,
    account: Option<&'a ServiceAccount>,
    is_read: bool,
}

impl<'a> AccountSight<'a> {
    pub fn of(case: &PodCase<'a>) -> Self {
        let namespace = &case.pod.namespace;
        let name = case.pod.spec.service_account.as_deref();
        let name = name.unwrap_or("default").to_owned();
        let snapshot = case.snapshot;
        Self {
            account: snapshot
                .service_accounts
                .get(&(namespace.to_string(), name.clone())),
            is_read: snapshot
                .coverage
                .is_read(Kind::ServiceAccount, namespace, &name),
            name,
        }
    }

    pub fn role(&self) -> Option<&'a str> {
        self.account?.role_arn.as_deref()
    }

    /// Whether it names a role; nothing where it was not read.
    pub fn evidence(&self, case: &PodCase<'_>) -> Option<Evidence> {
        let object = ObjectRef::namespaced("serviceaccount", &case.pod.namespace, &self.name);
        let field = format!("metadata.annotations[{ROLE_ARN_ANNOTATION}]");
        match self.role() {
            Some(role) => Some(Evidence::found(object, field, role)),
            None if self.account.is_some() || self.is_read => {
                Some(Evidence::absent(object, field).wanted("the ARN of an IAM role"))
            }
            None => None,
        }
    }
}
