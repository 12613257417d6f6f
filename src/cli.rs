//! The words of the command line, named as kubectl names them.

mod interaction;
mod permissions;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;

use crate::sources::cluster::{PageSize, parse_chunk_size};
use crate::sources::kubeconfig::{Patience, parse_request_timeout};

pub use interaction::{DeedArguments, InteractionArguments};
pub use permissions::{PermissionsArguments, PermissionsFormat, PermissionsPart};

const ABOUT: &str =
    "Explain where the pods of an Amazon EKS cluster run, and why they are, or are not, on Fargate";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "kubectl-fargate", bin_name = "kubectl fargate", version, about = ABOUT, propagate_version = true)]
#[command(
    arg_required_else_help = true,
    args_override_self = true,
    max_term_width = 100
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// One variant a subcommand. What is said of one at length stands here: a variant's own words take the place of its arguments'.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Tell where pods are, which Fargate profile claimed them or came closest, why, and what to change
    #[command(long_about = EXPLAIN_LONG)]
    Explain(Box<ExplainArguments>),
    /// List the Fargate profiles: what they select and hold, what they would claim, and what is wrong with them
    #[command(long_about = PROFILES_LONG)]
    Profiles(Box<ProfilesArguments>),
    /// Suggest the smallest Fargate profile that claims the pods or workloads named, and nothing else
    #[command(long_about = SUGGEST_LONG)]
    Suggest(Box<SuggestArguments>),
    /// List the reasons that explain and profiles give, or tell one of them in full: meaning, evidence, fix, look-alikes
    Reasons(ReasonsArguments),
    /// Print the least rights that all of this takes: a ClusterRole, a Role for one namespace, an IAM policy
    #[command(long_about = permissions::LONG)]
    Permissions(Box<PermissionsArguments>),
}

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  # Try it without a cluster
  kubectl fargate explain --demo

  # Explain one pod
  kubectl fargate explain web-7d9f4c-abcde -n shop

  # Explain the pods of a workload
  kubectl fargate explain deployment/web -n shop

  # Tell what a node is, and which pods hold it
  kubectl fargate explain node/fargate-ip-10-0-1-23.eu-west-1.compute.internal

  # See every pod of every namespace, grouped by workload and reason
  kubectl fargate explain -A

  # Pick a pod from a list
  kubectl fargate explain -i

  # Be shown the fix of a pod, be asked, have it run, and see the new pod land
  kubectl fargate explain web-7d9f4c-abcde -n shop --fix

  # Explain from files, without a cluster and without a network
  kubectl get pods,nodes,events,deployments,replicasets -A -o yaml > cluster.yaml
  kubectl fargate explain --from cluster.yaml --profiles profiles.json

Exit codes:
  0 answered   1 --fix changed something, and the new pods did not land
  2 wrong usage, unreadable input, or something named that does not exist
  3 the cluster could not be read enough, or the answer not written   130 interrupted";

const EXPLAIN_LONG: &str = "\
Tell where pods are, which Fargate profile claimed them or came closest, why, and what to change

Reads, and changes nothing but by --fix, after it was told yes. Without names, every pod of the namespace is explained. What may not be read is said, and the \
answer goes on with the rest.";

/// `explain`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = EXPLAIN_EXAMPLES)]
pub struct ExplainArguments {
    /// Pods by name, or anything that has pods: TYPE/NAME or TYPE NAME, with kubectl's types and short names
    #[arg(value_name = "POD | TYPE/NAME | TYPE NAME")]
    pub names: Vec<String>,

    /// Ask about this namespace; the default is that of the context, or with files every namespace
    #[arg(short, long, value_name = "NAMESPACE", help_heading = SCOPE)]
    pub namespace: Option<String>,

    /// Ask about every namespace
    #[arg(short = 'A', long, help_heading = SCOPE)]
    pub all_namespaces: bool,

    /// Choose pods by labels, for example app=web,tier!=cache
    #[arg(short = 'l', long, value_name = "SELECTOR", help_heading = SCOPE)]
    pub selector: Option<String>,

    /// Choose pods by fields, for example status.phase=Pending
    #[arg(long, value_name = "SELECTOR", help_heading = SCOPE)]
    pub field_selector: Option<String>,

    /// Print the answer in this format
    #[arg(short, long, value_name = "FORMAT", help_heading = OUTPUT)]
    pub output: Option<OutputFormat>,

    /// Use colours
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = OUTPUT)]
    pub color: Color,

    /// What to do beyond an answer.
    #[command(flatten)]
    pub deed: DeedArguments,

    /// Whether to ask.
    #[command(flatten)]
    pub interaction: InteractionArguments,

    /// Where to read.
    #[command(flatten)]
    pub source: SourceArguments,

    /// Reserved for manifests that are not in the cluster yet
    #[arg(short, long, value_name = "PATH", hide = true)]
    pub filename: Vec<PathBuf>,
}

/// Where an answer is read: the live cluster, files, or the demo; and which cluster it is.
#[derive(Debug, Clone, Default, Args)]
pub struct SourceArguments {
    /// Read the cluster's state from files or folders of what kubectl get -o json or -o yaml prints; - is standard input, gzip is unpacked (repeatable)
    #[arg(long, value_name = "PATH", conflicts_with_all = ["demo", "context", "cluster", "user"], help_heading = INPUT)]
    pub from: Vec<PathBuf>,

    /// Read the Fargate profiles from files or folders instead of the EKS API, in the forms of the AWS CLI, eksctl, CloudFormation, CDK, Terraform, Pulumi, ACK, Crossplane and Cluster API; - is standard input, gzip is unpacked (repeatable)
    #[arg(long, value_name = "PATH", conflicts_with = "demo", help_heading = INPUT)]
    pub profiles: Vec<PathBuf>,

    /// Judge from this moment, for example 2026-11-20T12:00:00Z; only with --from or --demo, where the default is the newest time in the input
    #[arg(long, value_name = "TIME", value_parser = parse_time, help_heading = INPUT)]
    pub at: Option<Timestamp>,

    /// Use a cluster that comes inside the program
    #[arg(
        long,
        conflicts_with_all = ["context", "cluster", "user", "kubeconfig", "cluster_name", "region", "aws_profile", "request_timeout", "chunk_size"],
        help_heading = INPUT
    )]
    pub demo: bool,

    /// Name the EKS cluster, where the kubeconfig does not tell it
    #[arg(long, value_name = "NAME", help_heading = AWS)]
    pub cluster_name: Option<String>,

    /// Name the EKS cluster's region
    #[arg(long, value_name = "REGION", help_heading = AWS)]
    pub region: Option<String>,

    /// Use the credentials of this AWS profile
    #[arg(long, value_name = "NAME", help_heading = AWS)]
    pub aws_profile: Option<String>,

    /// Use this kubeconfig file
    #[arg(long, value_name = "PATH", help_heading = CLUSTER)]
    pub kubeconfig: Option<PathBuf>,

    /// Use this context of the kubeconfig
    #[arg(long, value_name = "NAME", help_heading = CLUSTER)]
    pub context: Option<String>,

    /// Use this cluster entry of the kubeconfig (the EKS cluster's name is --cluster-name)
    #[arg(long, value_name = "NAME", help_heading = CLUSTER)]
    pub cluster: Option<String>,

    /// Use this user entry of the kubeconfig
    #[arg(long, value_name = "NAME", help_heading = CLUSTER)]
    pub user: Option<String>,

    /// Give up a request after this time, for example 5s or 1m; 0 waits for ever. The default is 30s without progress
    #[arg(long, value_name = "TIME", value_parser = parse_request_timeout, help_heading = CLUSTER)]
    pub request_timeout: Option<Patience>,

    /// Read lists in chunks of so many objects, 0 for all at once; the default is 500
    #[arg(long, value_name = "NUMBER", value_parser = parse_chunk_size, allow_negative_numbers = true, help_heading = CLUSTER)]
    pub chunk_size: Option<PageSize>,
}

const PROFILES_EXAMPLES: &str = "\
Examples:
  # Try it without a cluster
  kubectl fargate profiles --demo

  # List the profiles of the cluster, with what they hold and would claim
  kubectl fargate profiles

  # Tell all about one of them
  kubectl fargate profiles apps

  # See who is where
  kubectl fargate profiles --pods

  # Check profiles that are still files, before they are applied
  kubectl fargate profiles --profiles stack.yaml
  terraform show -json plan.out | kubectl fargate profiles --profiles -

Exit codes:
  0 answered   2 wrong usage, unreadable input, or a profile named that does not exist
  3 the cluster could not be read enough, or the answer not written   130 interrupted";

const PROFILES_LONG: &str = "\
List the Fargate profiles: what they select and hold, what they would claim, and what is wrong with them

Reads, never writes. Profiles are read from the EKS API, or with --profiles from files: what the AWS CLI (eks, cloudcontrol, \
cloudformation get-template), eksctl, terraform show -json, cdk synth or pulumi stack export print, Terraform state files, \
CloudFormation templates, and objects of ACK, Crossplane or Cluster API as kubectl get prints them. Which form a file has is \
told by what is in it. For every pod on Fargate, the profile that our matching predicts is compared with the one that EKS \
wrote on the pod.";

/// `profiles`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = PROFILES_EXAMPLES)]
pub struct ProfilesArguments {
    /// Profiles by name; without names, all of them
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,

    /// Read the pods of this namespace only; the default is every namespace that may be read
    #[arg(short, long, value_name = "NAMESPACE", help_heading = SCOPE)]
    pub namespace: Option<String>,

    /// Read the pods of every namespace, which is the default
    #[arg(short = 'A', long, help_heading = SCOPE)]
    pub all_namespaces: bool,

    /// Print the answer in this format
    #[arg(short, long, value_name = "FORMAT", help_heading = OUTPUT)]
    pub output: Option<ProfilesFormat>,

    /// Tell who is where: the pods that each profile holds, would claim, or would claim and Fargate then refuse
    #[arg(long, help_heading = OUTPUT)]
    pub pods: bool,

    /// Use colours
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = OUTPUT)]
    pub color: Color,

    /// Whether to ask.
    #[command(flatten)]
    pub interaction: InteractionArguments,

    /// Where to read.
    #[command(flatten)]
    pub source: SourceArguments,
}

/// `-o` of `profiles`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProfilesFormat {
    /// The whole report as JSON
    Json,
    /// The whole report as YAML
    Yaml,
    /// One row a profile, with its role, subnets, source and ARN
    Wide,
    /// fargateprofile/NAME, one line each
    Name,
}

const SUGGEST_EXAMPLES: &str = "\
Examples:
  # Try it without a cluster
  kubectl fargate suggest --demo

  # Suggest a profile for one workload
  kubectl fargate suggest deployment/web -n shop

  # Print it for eksctl, as a command, or for CloudFormation and Terraform
  kubectl fargate suggest deployment/web deployment/api -n shop -o eksctl > profile.yaml
  kubectl fargate suggest deployment/web -n shop -o aws
  kubectl fargate suggest deployment/web -n shop -o cloudformation
  kubectl fargate suggest deployment/web -n shop -o terraform

  # Suggest a profile for everything that runs on EC2 and could run on Fargate
  kubectl fargate suggest -A

Exit codes:
  0 answered   2 wrong usage, unreadable input, or something named that does not exist
  3 the cluster could not be read enough, or the answer not written   130 interrupted";

const SUGGEST_LONG: &str = "\
Suggest the smallest Fargate profile that claims the pods or workloads named, and nothing else

It prints, and creates nothing: a profile to create, whom else it would claim now and later, and what Fargate would then \
refuse. Without names it is about every pod that runs on EC2 and could run on Fargate.";

/// `suggest`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = SUGGEST_EXAMPLES)]
pub struct SuggestArguments {
    /// Pods by name, or anything that has pods: TYPE/NAME or TYPE NAME, with kubectl's types and short names
    #[arg(value_name = "POD | TYPE/NAME | TYPE NAME")]
    pub names: Vec<String>,

    /// Ask about this namespace; the default is that of the context, or with files every namespace
    #[arg(short, long, value_name = "NAMESPACE", help_heading = SCOPE)]
    pub namespace: Option<String>,

    /// Ask about every namespace
    #[arg(short = 'A', long, help_heading = SCOPE)]
    pub all_namespaces: bool,

    /// Choose pods by labels, for example app=web,tier!=cache
    #[arg(short = 'l', long, value_name = "SELECTOR", help_heading = SCOPE)]
    pub selector: Option<String>,

    /// Print the profile in this format; without it, the suggestion is explained
    #[arg(short, long, value_name = "FORMAT", help_heading = OUTPUT)]
    pub output: Option<SuggestionFormat>,

    /// Name the profile to be made
    #[arg(long, value_name = "NAME", help_heading = OUTPUT)]
    pub profile_name: Option<String>,

    /// Use colours
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = OUTPUT)]
    pub color: Color,

    /// Whether to ask.
    #[command(flatten)]
    pub interaction: InteractionArguments,

    /// Where to read.
    #[command(flatten)]
    pub source: SourceArguments,
}

/// `-o` of `suggest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SuggestionFormat {
    /// A ClusterConfig for eksctl create fargateprofile -f
    Eksctl,
    /// The command aws eks create-fargate-profile
    Aws,
    /// A CloudFormation template
    Cloudformation,
    /// A resource for Terraform or OpenTofu
    Terraform,
    /// The suggestion with all that was found, as JSON
    Json,
    /// The same as YAML
    Yaml,
}

/// `reasons`.
#[derive(Debug, Clone, Default, Args)]
pub struct ReasonsArguments {
    /// Reasons by name, in any case
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,

    /// Print in this format
    #[arg(short, long, value_name = "FORMAT")]
    pub output: Option<ReasonsFormat>,

    /// Use colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
}

/// `-o` of `reasons`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReasonsFormat {
    /// A list of objects
    Json,
}

const SCOPE: &str = "What to ask about";
const OUTPUT: &str = "How to answer";
const INPUT: &str = "Where to read, instead of the live cluster";
const AWS: &str = "Which EKS cluster";
const CLUSTER: &str = "How to reach the cluster";

/// `-o`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// The whole report as JSON
    Json,
    /// The whole report as YAML
    Yaml,
    /// One row a pod, with its node
    Wide,
    /// pod/NAME, one line each
    Name,
}

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

fn parse_time(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| {
        "a time is written with its zone, for example 2026-11-20T12:00:00Z or 2026-11-20T13:00:00+01:00".to_owned()
    })
}

#[cfg(test)]
mod tests;
