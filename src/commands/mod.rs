//! One file a subcommand: gather, judge, report, write.

pub mod explain;
mod output;
pub mod reasons;
pub mod words;
