//! The only room with doors outside: the API server, the EKS API, files, and the cluster inside the binary.
//!
//! Every source ends as [`Gathered`]: a snapshot, and what the question turned out to be about.

pub mod cluster;
pub mod kubeconfig;
pub mod profiles;
pub mod question;
pub mod reduce;
pub mod wire;

use std::path::PathBuf;

use crate::decision::facts::ClusterSnapshot;
use crate::decision::facts::subject::Subject;

pub use question::Question;

/// What gathering gives.
#[derive(Debug, Clone)]
pub struct Gathered {
    /// All that was read.
    pub snapshot: ClusterSnapshot,
    /// What to explain, sorted.
    pub subjects: Vec<Subject>,
    /// A list broke off for good: the answer stands for what came, and the exit code says so.
    pub broken: bool,
}

/// A `PATH` of the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// `-`, standard input.
    Stdin,
    /// A file or a folder.
    Path(PathBuf),
}

impl From<&str> for Input {
    fn from(argument: &str) -> Self {
        match argument {
            "-" => Self::Stdin,
            path => Self::Path(path.into()),
        }
    }
}

impl std::fmt::Display for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stdin => f.write_str("standard input"),
            Self::Path(path) => path.display().fmt(f),
        }
    }
}
