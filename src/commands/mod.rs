//! One file a subcommand: gather, judge, report, write.

pub mod complete;
pub mod completion;
pub mod explain;
mod fix;
mod format;
mod gathering;
mod output;
pub mod permissions;
pub mod pick;
pub mod profiles;
pub mod reasons;
pub mod suggest;
pub mod watch;
pub mod words;
