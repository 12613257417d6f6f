//! One file a subcommand: gather, judge, report, write.

pub mod complete;
pub mod completion;
pub mod explain;
mod format;
mod gathering;
mod output;
pub mod permissions;
pub mod profiles;
pub mod reasons;
pub mod suggest;
pub mod words;
