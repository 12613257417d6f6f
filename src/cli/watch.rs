//! The flags by which `explain` goes on to tell what changes.

use std::time::Duration;

use clap::Args;

use crate::report::until::{Until, parse_until};
use crate::sources::kubeconfig::parse_timeout;

const WATCH: &str = "What to wait for";

/// Following what was asked about, and until when.
#[derive(Debug, Clone, Default, Args)]
pub struct WatchArguments {
    /// After the answer, tell each change of a pod's placement, reason or expected placement
    #[arg(short, long, help_heading = WATCH)]
    pub watch: bool,

    /// Tell the changes alone, without the answer before them
    #[arg(long, help_heading = WATCH)]
    pub watch_only: bool,

    /// Watch until it is so for every pod: a place (Fargate, EC2, ...), the reason that decides (MatchedProfile, ...), landed or deleted
    #[arg(long, value_name = "VALUE", value_parser = parse_until, help_heading = WATCH)]
    pub until: Option<Until>,

    /// End with exit code 1 after this time, for example 30s or 5m; 0 looks once, a negative time waits for a week. With --fix, 30m is the default
    #[arg(long, value_name = "TIME", value_parser = parse_timeout, allow_hyphen_values = true, help_heading = WATCH)]
    pub timeout: Option<Duration>,
}

impl WatchArguments {
    /// Whether changes are followed.
    pub fn is_on(&self) -> bool {
        self.watch || self.watch_only || self.until.is_some()
    }
}
