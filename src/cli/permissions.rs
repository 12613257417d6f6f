//! The words of `permissions`.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};

use super::{AWS, Color, OUTPUT, SCOPE};

const TO_WHOM: &str = "To whom";

const EXAMPLES: &str = "\
Examples:
  # See what is read, and what is lost without it
  kubectl fargate permissions

  # Let a group read in the whole cluster, or in one namespace
  kubectl fargate permissions --group readers -o yaml | kubectl apply -f -
  kubectl fargate permissions -n shop --group readers -o yaml | kubectl apply -f -

  # Let it fix as well, after it was asked and told yes (explain --fix)
  kubectl fargate permissions --fix -n shop --group fixers -o yaml | kubectl apply -f -

  # Make the IAM policy
  kubectl fargate permissions iam -o json > policy.json
  aws iam create-policy --policy-name kubectl-fargate --policy-document file://policy.json

Exit codes:
  0 answered   2 wrong usage   3 the answer could not be written   130 interrupted";

pub(super) const LONG: &str = "\
Print the least rights that all of this takes: a ClusterRole, a Role for one namespace, an IAM policy

Asks nobody, and grants nothing by itself. Everything that explain, profiles and suggest read is listed, with what is lost \
without it; no Secret is ever read, and nothing is written but by explain --fix, whose rights are printed with --fix alone. The \
policy is for the EKS cluster of the kubeconfig or of the \
flags, and for any cluster where neither tells one.";

/// `permissions`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = EXAMPLES)]
pub struct PermissionsArguments {
    /// Print these parts only; without any, all that is meant by the flags
    #[arg(value_name = "PART")]
    pub parts: Vec<PermissionsPart>,

    /// Print the Role of this namespace, and no ClusterRole
    #[arg(short, long, value_name = "NAMESPACE", help_heading = SCOPE)]
    pub namespace: Option<String>,

    /// Grant what explain --fix changes as well, by roles of their own: pods to delete, pod templates to patch
    #[arg(long, help_heading = SCOPE)]
    pub fix: bool,

    /// Bind this user to what is printed (repeatable)
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new(), help_heading = TO_WHOM)]
    pub user: Vec<String>,

    /// Bind this group to what is printed (repeatable)
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new(), help_heading = TO_WHOM)]
    pub group: Vec<String>,

    /// Bind this service account to what is printed (repeatable)
    #[arg(long, value_name = "NAMESPACE:NAME", help_heading = TO_WHOM)]
    pub serviceaccount: Vec<String>,

    /// Print in this format
    #[arg(short, long, value_name = "FORMAT", help_heading = OUTPUT)]
    pub output: Option<PermissionsFormat>,

    /// Use colours
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = OUTPUT)]
    pub color: Color,

    /// Name the EKS cluster that the policy is for
    #[arg(long, value_name = "NAME", help_heading = AWS)]
    pub cluster_name: Option<String>,

    /// Name its region
    #[arg(long, value_name = "REGION", help_heading = AWS)]
    pub region: Option<String>,

    /// Name its account
    #[arg(long, value_name = "ID", help_heading = AWS)]
    pub account: Option<String>,

    /// Take the cluster from this kubeconfig file
    #[arg(long, value_name = "PATH", help_heading = AWS)]
    pub kubeconfig: Option<PathBuf>,

    /// Take the cluster from this context of the kubeconfig
    #[arg(long, value_name = "NAME", help_heading = AWS)]
    pub context: Option<String>,
}

/// What `permissions` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PermissionsPart {
    /// The ClusterRole, for every namespace
    Clusterrole,
    /// The Role, for one namespace
    Role,
    /// The IAM policy; alone it is printed as aws iam takes it
    Iam,
}

/// `-o` of `permissions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PermissionsFormat {
    /// One List, for kubectl apply, with the policy beside the items
    Json,
    /// A document for each object, for kubectl apply, with the policy in an empty List at the end
    Yaml,
}
