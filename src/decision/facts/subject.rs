//! What a question is about, once it has been found in the snapshot.

use super::workload::WorkloadKind;

/// One thing to explain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A pod, by its index in [`super::ClusterSnapshot::pods`].
    Pod(usize),
    /// The template of a workload that has no pods, by its key in [`super::ClusterSnapshot::workloads`].
    Template(WorkloadKind, String, String),
    /// A node, by its name. The pods on it are subjects of their own.
    Node(String),
}
