//! What a question is about, once it has been found in the snapshot.

use super::workload::WorkloadKind;

/// One thing to explain. There may be as many as pods, so what is rare is boxed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A pod, by its index in [`super::ClusterSnapshot::pods`].
    Pod(usize),
    /// The template of a workload that has no pods, by its key in [`super::ClusterSnapshot::workloads`].
    Template(Box<(WorkloadKind, String, String)>),
    /// A node, by its name. The pods on it are subjects of their own.
    Node(Box<str>),
}

impl Subject {
    /// The template of a workload.
    pub fn template(kind: WorkloadKind, namespace: &str, name: &str) -> Self {
        Self::Template(Box::new((kind, namespace.to_owned(), name.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_among_a_hundred_thousand_weighs_little() {
        assert!(size_of::<Subject>() <= 3 * size_of::<usize>());
    }
}
