//! The words of `reasons`.

use clap::{Args, ValueEnum};

use super::Color;

/// `reasons`.
#[derive(Debug, Clone, Default, Args)]
pub struct ReasonsArguments {
    /// Reasons by name, in any case
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,

    /// Print in this format
    #[arg(short, long, value_name = "FORMAT")]
    pub output: Option<ReasonsFormat>,

    /// Use colours
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
}

/// `-o` of `reasons`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReasonsFormat {
    /// A list of objects
    Json,
}
