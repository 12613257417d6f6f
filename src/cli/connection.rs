//! How the API server is reached: kubectl's own connection flags, which mean here what they mean there.
//!
//! Those that a person types once a year are left out of the short help. Those that have no meaning here are accepted, because
//! scripts and aliases pass them, or refused where the answer would not be what was asked for.

use std::convert::Infallible;
use std::path::PathBuf;

use clap::{ArgAction, Args};
use secrecy::SecretString;

use super::CLUSTER;
use crate::sources::kubeconfig::{Patience, parse_request_timeout, parse_user_extra};

/// The flags of `kubectl options`.
#[derive(Debug, Clone, Default, Args)]
pub struct ConnectionArguments {
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

    /// Read as this user, or as system:serviceaccount:NAMESPACE:NAME; you need the right to impersonate
    #[arg(long = "as", value_name = "USER", help_heading = CLUSTER)]
    pub impersonate: Option<String>,

    /// Read as a member of this group, with --as (repeatable)
    #[arg(long = "as-group", value_name = "GROUP", help_heading = CLUSTER)]
    pub impersonate_groups: Vec<String>,

    /// Read as the user with this UID, with --as
    #[arg(long = "as-uid", value_name = "UID", hide_short_help = true, help_heading = CLUSTER)]
    pub impersonate_uid: Option<String>,

    /// Read as a user with this extra, with --as (repeatable)
    #[arg(long = "as-user-extra", value_name = "KEY=VALUE", value_parser = parse_user_extra, hide_short_help = true, help_heading = CLUSTER)]
    pub impersonate_extra: Vec<(String, String)>,

    /// Ask the API server at this address and port
    #[arg(short, long, value_name = "ADDRESS", hide_short_help = true, help_heading = CLUSTER)]
    pub server: Option<String>,

    /// Log in to the API server with this bearer token, instead of a login plugin
    #[arg(long, value_name = "TOKEN", value_parser = secret, hide_short_help = true, help_heading = CLUSTER)]
    pub token: Option<SecretString>,

    /// Log in to the API server with this client certificate
    #[arg(long, value_name = "PATH", hide_short_help = true, help_heading = CLUSTER)]
    pub client_certificate: Option<PathBuf>,

    /// Use this key for the client certificate
    #[arg(long, value_name = "PATH", hide_short_help = true, help_heading = CLUSTER)]
    pub client_key: Option<PathBuf>,

    /// Log in to the API server as this user, with --password
    #[arg(long, value_name = "NAME", hide_short_help = true, help_heading = CLUSTER)]
    pub username: Option<String>,

    /// Log in to the API server with this password
    #[arg(long, value_name = "PASSWORD", value_parser = secret, hide_short_help = true, help_heading = CLUSTER)]
    pub password: Option<SecretString>,

    /// Trust API servers with certificates of this authority
    #[arg(long, value_name = "PATH", hide_short_help = true, help_heading = CLUSTER)]
    pub certificate_authority: Option<PathBuf>,

    /// Expect the API server's certificate to have this name
    #[arg(long, value_name = "NAME", hide_short_help = true, help_heading = CLUSTER)]
    pub tls_server_name: Option<String>,

    /// Trust any API server, whoever it is: what you send may be read by others
    #[arg(long, hide_short_help = true, help_heading = CLUSTER)]
    pub insecure_skip_tls_verify: bool,

    /// Let the API server send its answers uncompressed
    #[arg(long, hide_short_help = true, help_heading = CLUSTER)]
    pub disable_compression: bool,

    /// Fail where the API server warns of something, after the answer
    #[arg(long, hide_short_help = true, help_heading = CLUSTER)]
    pub warnings_as_errors: bool,

    /// Tell the requests on standard error: 6 tells each with its status and time, 7 and 8 their headers too; never a secret
    #[arg(short, long = "v", value_name = "LEVEL", value_parser = level, allow_negative_numbers = true, help_heading = CLUSTER)]
    pub verbosity: Option<i32>,

    /// The rest of `kubectl options`.
    #[command(flatten)]
    pub ignored: IgnoredArguments,
}

fn level(text: &str) -> Result<i32, String> {
    let level = text.parse();
    level.map_err(|_| "a level is a whole number, for example 6".to_owned())
}

/// Flags of kubectl that change nothing here. They are in no help.
#[derive(Debug, Clone, Default, Args)]
pub struct IgnoredArguments {
    /// Keep what the API server serves in this folder; nothing is kept here
    #[arg(long, value_name = "PATH", hide = true)]
    cache_dir: Option<PathBuf>,

    /// Write the log out so often; it is written at once here
    #[arg(long, value_name = "TIME", hide = true)]
    log_flush_frequency: Option<String>,

    /// Set the log level for each source file of kubectl
    #[arg(long, value_name = "PATTERN=LEVEL", hide = true)]
    vmodule: Option<String>,

    /// Read kubectl's preferences from this file, which are about kubectl's own commands
    #[arg(long, value_name = "PATH", hide = true)]
    kuberc: Option<PathBuf>,

    /// Require the version of the API server to be that of kubectl
    #[arg(long, hide = true)]
    pub match_server_version: bool,

    /// Measure kubectl itself
    #[arg(long, value_name = "NAME", hide = true)]
    pub profile: Option<String>,

    /// Write what was measured to this file
    #[arg(long, value_name = "PATH", action = ArgAction::Set, hide = true)]
    profile_output: Option<PathBuf>,
}

fn secret(text: &str) -> Result<SecretString, Infallible> {
    Ok(SecretString::from(text))
}
