//! Where to read: the flags that all subcommands share which read a cluster.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use super::{AWS, CLUSTER, ConnectionArguments, INPUT};
use crate::sources::cluster::{PageSize, parse_chunk_size};

/// Where an answer is read: the live cluster, files, or the demo; and which cluster it is.
#[derive(Debug, Clone, Default, Args)]
pub struct SourceArguments {
    /// Read the cluster's state from files or folders of what kubectl get -o json or -o yaml prints; - is standard input, gzip is unpacked (repeatable)
    #[arg(long, value_name = "PATH", conflicts_with_all = ["demo", "context", "cluster", "user", "server"], help_heading = INPUT)]
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
        conflicts_with_all = ["context", "cluster", "user", "kubeconfig", "server", "cluster_name", "region", "aws_profile", "request_timeout", "chunk_size"],
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

    /// How the API server is reached.
    #[command(flatten)]
    pub connection: ConnectionArguments,

    /// Read lists in chunks of so many objects, 0 for all at once; the default is 500
    #[arg(long, value_name = "NUMBER", value_parser = parse_chunk_size, allow_negative_numbers = true, help_heading = CLUSTER)]
    pub chunk_size: Option<PageSize>,
}

fn parse_time(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| {
        "a time is written with its zone, for example 2026-11-20T12:00:00Z or 2026-11-20T13:00:00+01:00".to_owned()
    })
}
