//! What Fargate would refuse in a spec, found before any event says so.
//!
//! Sources: EKS User Guide, "AWS Fargate considerations"; the words of real fargate-scheduler events; where a rule
//! rests on one unofficial source alone its blocker is `Likely`.

mod nodes;
mod security;
mod size;
mod volumes;

use crate::decision::facts::{ClusterSnapshot, ContainerRole, ObjectRef, PodSpec};
use crate::decision::finding::{Certainty, Evidence};
use crate::decision::reason::Reason;

pub use volumes::is_mounted_source;

/// Something in a spec that Fargate refuses, or may refuse.
#[derive(Debug, Clone, PartialEq)]
pub struct Blocker {
    /// The reason of the family "refused by Fargate", or `VolumesUnknown` where it hangs on what was not read.
    pub reason: Reason,
    /// `Undecided` where it may be refused, or where what it hangs on was not read.
    pub certainty: Certainty,
    /// A few words: which container or volume, and what about it.
    pub what: String,
    /// The proof.
    pub evidence: Evidence,
}

impl Blocker {
    /// Whether it stands in a container that was added to the pod later, with `kubectl debug`; a new pod has none.
    pub fn is_of_debug_container(&self) -> bool {
        self.evidence
            .field
            .starts_with(ContainerRole::Ephemeral.field())
    }
}

/// What a spec is judged with.
#[derive(Clone, Copy)]
pub struct RefusalQuestion<'a> {
    /// The claims and volumes as they are now.
    pub snapshot: &'a ClusterSnapshot,
    /// The pod's namespace.
    pub namespace: &'a str,
    /// The object whose spec it is, for the evidence.
    pub object: &'a ObjectRef,
    /// The spec of the same pod where it runs on Fargate already: what it mounts and adds there is good.
    pub runs_with: Option<&'a PodSpec>,
}

/// Returns all that Fargate refuses, or may refuse, in a spec, in the order of the catalogue.
pub fn blockers(spec: &PodSpec, question: RefusalQuestion<'_>) -> Vec<Blocker> {
    let mut found = Vec::new();
    security::host_namespaces(spec, question, &mut found);
    for container in &spec.containers {
        security::of_container(container, question, &mut found);
    }
    for volume in &spec.volumes {
        volumes::of_volume(volume, question, &mut found);
    }
    size::of_pod(spec, question, &mut found);
    nodes::of_pod(spec, question, &mut found);
    found.sort_by_key(|blocker| blocker.reason);
    found
}

#[cfg(test)]
mod tests;
