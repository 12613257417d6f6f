//! The only room with doors outside: the API server, the EKS API, files, and the cluster inside the binary.
//!
//! Every source ends as [`Gathered`]: a snapshot, and what the question turned out to be about.

pub mod aws;
pub mod cluster;
pub mod demo;
pub mod input;
pub mod kubeconfig;
pub mod live;
pub mod names;
pub mod offline;
pub mod profiles;
pub mod question;
pub mod reduce;
pub mod requests;
pub mod scan;
pub mod wire;
pub mod yaml;

use crate::decision::facts::ClusterSnapshot;
use crate::decision::facts::subject::Subject;

pub use input::Input;
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
