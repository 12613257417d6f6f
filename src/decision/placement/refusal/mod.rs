//! What Fargate would refuse in a spec, found before any event says so.
//!
//! Sources: EKS User Guide, "AWS Fargate considerations"; the words of real fargate-scheduler events; where a rule
//! rests on one unofficial source alone its blocker is `Likely`.

mod both;
mod nodes;
mod security;
mod size;
mod told;
mod volumes;

use crate::decision::facts::workload::ClaimTemplate;
use crate::decision::facts::{ClusterSnapshot, ContainerRole, ObjectRef, PodSpec, VolumeSource};
use crate::decision::finding::{Certainty, Evidence};
use crate::decision::reason::Reason;

pub use both::{Refusals, RefusalsQuestion};
pub use security::{comes_with_host_network, is_refused_capability};
pub use told::{told, told_again};
pub use volumes::{EFS_DRIVER, is_mounted_source, provisioner_of};

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

    /// Whether words of Fargate about a pod with this spec name it: its capability, its volume, its claim.
    pub fn is_named_in(&self, text: &str, spec: &PodSpec) -> bool {
        match self.reason {
            Reason::AddedCapability => self
                .evidence
                .found
                .as_deref()
                .is_some_and(|capability| has_word(text, capability)),
            Reason::UnsupportedVolume | Reason::VolumeNotBound | Reason::VolumeNotEfs => {
                spec.volumes.iter().any(|volume| {
                    let name = &volume.name;
                    let is_claim_named = match &volume.source {
                        VolumeSource::Claim(claim) => has_word(text, &format!("PVC {claim}")),
                        VolumeSource::Other(_) => false,
                    };
                    has_word(&self.what, &format!("volume {name}"))
                        && (is_claim_named
                            || has_word(text, &format!("{name} is of an unsupported volume"))
                            || has_word(text, &format!("{name} not supported because")))
                })
            }
            _ => false,
        }
    }
}

/// Whether a text has these words whole, not as a part of a longer name.
pub(super) fn has_word(text: &str, words: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.match_indices(words).any(|(at, _)| {
        let after = &text[at + words.len()..];
        // A full stop ends a sentence where nothing of a name follows it.
        let goes_on = match after.strip_prefix('.') {
            Some(rest) => rest.starts_with(is_part),
            None => after.starts_with(is_part),
        };
        !text[..at].ends_with(is_part) && !goes_on
    })
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
    /// The claims that come with the pod, made from its StatefulSet: one that is not there yet is judged by its class.
    pub claim_templates: &'a [ClaimTemplate],
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
    // A port for TCP and the same one for UDP read alike, and are told once.
    let mut told: Vec<Blocker> = Vec::with_capacity(found.len());
    for blocker in found {
        if !told.contains(&blocker) {
            told.push(blocker);
        }
    }
    told
}

#[cfg(test)]
mod tests;
