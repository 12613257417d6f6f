//! The words of `suggest`.

use clap::{Args, ValueEnum};

use super::{Color, OUTPUT, SCOPE, SourceArguments};

const EXAMPLES: &str = "\
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

pub(super) const LONG: &str = "\
Suggest the smallest Fargate profile that claims the pods or workloads named, and nothing else

It prints, and creates nothing: a profile to create, whom else it would claim now and later, and what Fargate would then \
refuse. Without names it is about every pod that runs on EC2 and could run on Fargate.";

/// `suggest`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = EXAMPLES)]
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
