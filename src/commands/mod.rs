//! One file a subcommand: gather, judge, report, write.

pub mod explain;
