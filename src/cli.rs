//! The words of the command line, named as kubectl names them.

pub(crate) mod arguments;
mod completion;
mod connection;
mod format;
mod interaction;
mod permissions;
mod profiles;
mod reasons;
mod source;
pub mod started;
mod suggest;
mod watch;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::StyledStr;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

pub use completion::{CompletionArguments, CompletionTarget};
pub use connection::ConnectionArguments;
use format::OutputParser;
pub use format::{OutputFormat, Template};
pub use interaction::{DeedArguments, InteractionArguments};
pub use permissions::{PermissionsArguments, PermissionsFormat, PermissionsPart};
pub use profiles::ProfilesArguments;
pub use reasons::{ReasonsArguments, ReasonsFormat};
pub use source::SourceArguments;
pub use suggest::{SuggestArguments, SuggestionFormat};
pub use watch::WatchArguments;

const ABOUT: &str =
    "Explain where the pods of an Amazon EKS cluster run, and why they are, or are not, on Fargate";

/// Help in longer lines is hard to read.
const WIDEST: usize = 100;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "kubectl-fargate", bin_name = "kubectl fargate", version, about = ABOUT, propagate_version = true)]
#[command(
    arg_required_else_help = true,
    args_override_self = true,
    max_term_width = WIDEST
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
    #[command(long_about = profiles::LONG)]
    Profiles(Box<ProfilesArguments>),
    /// Suggest the smallest Fargate profile that claims the pods or workloads named, and nothing else
    #[command(long_about = suggest::LONG)]
    Suggest(Box<SuggestArguments>),
    /// List the reasons that explain and profiles give, or tell one of them in full: meaning, evidence, fix, look-alikes
    Reasons(ReasonsArguments),
    /// Print the least rights that all of this takes: a ClusterRole, a Role for one namespace, an IAM policy
    #[command(long_about = permissions::LONG)]
    Permissions(Box<PermissionsArguments>),
    /// Complete what is typed when TAB is pressed: a script for a shell, or the file that kubectl calls
    #[command(long_about = completion::LONG)]
    Completion(CompletionArguments),
    /// List the flags of kubectl that say how the cluster is reached
    Options,
    /// What shells ask when TAB is pressed: the words typed so far, which are no command line of ours yet.
    #[command(skip)]
    Complete(Typing),
}

/// What shells pass on to have a word completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typing {
    /// The words behind the program's name; the last is the one to complete, and may be empty.
    pub words: Vec<String>,
    /// How much of the last word, at its end, the shell puts the answer in place of; `None` for all of it.
    pub replaced: Option<String>,
}

/// Reads the command line as kubectl reads its own: flags may stand before the subcommand, too.
///
/// # Errors
/// What the parser complains of; help and version are such errors.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let words: Vec<OsString> = words.into_iter().collect();
    if let Some(typing) = completion::typing(&words) {
        return Ok(Cli {
            command: Command::Complete(typing),
        });
    }
    let mut command = command();
    let words = arguments::in_our_form(words, &command);
    let mut matches = command.try_get_matches_from_mut(words)?;
    Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
}

/// The commands, called by the name by which the program was started.
pub fn command() -> clap::Command {
    let in_own_words = |text: Option<&StyledStr>| {
        text.map(|text| started::in_own_words(&text.to_string()))
            .unwrap_or_default()
    };
    Cli::command()
        .bin_name(started::name())
        .mut_subcommands(|subcommand| {
            let after = in_own_words(subcommand.get_after_help());
            match after.is_empty() {
                true => subcommand,
                false => subcommand.after_help(after),
            }
        })
}

/// The flags that `options` lists.
pub fn options() -> String {
    let command = clap::Command::new("options").disable_help_flag(true);
    let mut command = ConnectionArguments::augment_args(command)
        .max_term_width(WIDEST)
        .help_template(
            "These flags of kubectl can be passed to every command that reads the cluster:\n\n{options}\n",
        );
    command.render_long_help().to_string()
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

  # Follow a rollout: one line for each pod that goes elsewhere, until all of them are on Fargate
  kubectl fargate explain deployment/web -n shop --until Fargate --timeout 10m

  # Pick fields, as in kubectl, or write for a ticket
  kubectl fargate explain -A -o custom-columns=POD:.name,WHY:.reason --sort-by=.createdAt
  kubectl fargate explain -A -o jsonpath='{.pods[?(@.reason==\"LabelMismatch\")].name}'
  kubectl fargate explain deployment/web -n shop -o markdown

  # Pick a pod from a list
  kubectl fargate explain -i

  # Be shown the fix of a pod, be asked, have it run, and see the new pod land
  kubectl fargate explain web-7d9f4c-abcde -n shop --fix

  # Explain from files, without a cluster and without a network
  kubectl get pods,nodes,events,deployments,replicasets -A -o yaml > cluster.yaml
  kubectl fargate explain --from cluster.yaml --profiles profiles.json

Exit codes:
  0 answered   1 --timeout is over, or --fix changed something and the new pods did not land
  2 wrong usage, unreadable input, or something named that does not exist
  3 the cluster could not be read enough, or the answer not written   130 interrupted";

const EXPLAIN_LONG: &str = "\
Tell where pods are, which Fargate profile claimed them or came closest, why, and what to change

Reads, and changes nothing but by --fix, after it was told yes. Without names, every pod of the namespace is explained. What \
may not be read is said, and the answer goes on with the rest.";

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
    #[arg(short, long, value_name = "FORMAT", value_parser = OutputParser, help_heading = OUTPUT)]
    pub output: Option<OutputFormat>,

    /// Sort the pods by this field of their entries in the JSON, for example .createdAt or .placement.kind; kubectl's .metadata.name and the like work too
    #[arg(long, value_name = "PATH", help_heading = OUTPUT)]
    pub sort_by: Option<String>,

    /// Leave out the headers of tables, and what is said below them
    #[arg(long, help_heading = OUTPUT)]
    pub no_headers: bool,

    /// Show the labels of each pod, in the last column
    #[arg(long, help_heading = OUTPUT)]
    pub show_labels: bool,

    /// Show these labels as columns, for example app,tier (repeatable)
    #[arg(short = 'L', long, value_name = "LABEL", value_delimiter = ',', help_heading = OUTPUT)]
    pub label_columns: Vec<String>,

    /// Use colours
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = OUTPUT)]
    pub color: Color,

    /// Whether to go on and tell what changes.
    #[command(flatten)]
    pub watch: WatchArguments,

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

const SCOPE: &str = "What to ask about";
const OUTPUT: &str = "How to answer";
const INPUT: &str = "Where to read, instead of the live cluster";
const AWS: &str = "Which EKS cluster";
pub(crate) const CLUSTER: &str = "How to reach the cluster (more with --help)";

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

#[cfg(test)]
mod tests;
