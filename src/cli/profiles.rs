//! The words of `profiles`.

use clap::Args;

use super::{
    Color, InteractionArguments, OUTPUT, OutputFormat, OutputParser, SCOPE, SourceArguments,
};

const EXAMPLES: &str = "\
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

pub(super) const LONG: &str = "\
List the Fargate profiles: what they select and hold, what they would claim, and what is wrong with them

Reads, never writes. Profiles are read from the EKS API, or with --profiles from files: what the AWS CLI (eks, cloudcontrol, \
cloudformation get-template), eksctl, terraform show -json, cdk synth or pulumi stack export print, Terraform state files, \
CloudFormation templates, and objects of ACK, Crossplane or Cluster API as kubectl get prints them. Which form a file has is \
told by what is in it. For every pod on Fargate, the profile that our matching predicts is compared with the one that EKS \
wrote on the pod.";

/// `profiles`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = EXAMPLES)]
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

    /// Pick one of the profiles
    #[arg(short, long, help_heading = SCOPE)]
    pub interactive: bool,

    /// Print the answer in this format
    #[arg(short, long, value_name = "FORMAT", value_parser = OutputParser, help_heading = OUTPUT)]
    pub output: Option<OutputFormat>,

    /// Leave out the headers of tables, and what is said below them
    #[arg(long, help_heading = OUTPUT)]
    pub no_headers: bool,

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
