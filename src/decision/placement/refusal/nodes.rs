//! Nodes that no Fargate pod gets: another architecture or operating system, labels that no Fargate node has.

use std::collections::{BTreeMap, BTreeSet};

use super::{Blocker, RefusalQuestion};
use crate::decision::facts::PodSpec;
use crate::decision::finding::{Certainty, Evidence};
use crate::decision::placement::node_constraints::{
    Conflict, Places, asks_for_a_place, conflicts_with,
};
use crate::decision::reason::Reason;

pub(super) fn of_pod(spec: &PodSpec, question: RefusalQuestion<'_>, found: &mut Vec<Blocker>) {
    let places = if asks_for_a_place(spec) {
        Places::of_namespace(question.snapshot, question.namespace)
    } else {
        Places::default()
    };
    let (selector, affinity): (Vec<Conflict>, Vec<Conflict>) = conflicts_with(spec, &places)
        .into_iter()
        .partition(|conflict| conflict.field.starts_with("spec.nodeSelector"));
    let told = selector
        .into_iter()
        .map(|conflict| (reason_of(&conflict), conflict))
        .chain(told_by_affinity(affinity));
    for (reason, conflict) in told {
        found.push(Blocker {
            reason,
            certainty: Certainty::Likely,
            what: format!(
                "it asks for a node with {} {}; {}",
                conflict.key, conflict.asked, conflict.offer
            ),
            evidence: Evidence::found(question.object.clone(), conflict.field, conflict.asked)
                .wanted(conflict.wanted),
        });
    }
    let says_so_already = found
        .iter()
        .any(|blocker| blocker.reason == Reason::ArchitectureMismatch);
    if let Some(os) = spec
        .os_name
        .as_deref()
        .filter(|os| !os.is_empty() && *os != "linux" && !says_so_already)
    {
        found.push(Blocker {
            reason: Reason::ArchitectureMismatch,
            certainty: Certainty::Likely,
            what: format!("spec.os.name is {os}; Fargate nodes run Linux"),
            evidence: Evidence::found(question.object.clone(), "spec.os.name", os).wanted("linux"),
        });
    }
}

fn reason_of(conflict: &Conflict) -> Reason {
    if conflict.is_about_architecture() {
        Reason::ArchitectureMismatch
    } else {
        Reason::NodeSelectorConflict
    }
}

/// One term must hold: a reason stands by itself where it alone keeps every term from holding. Where the terms fail for
/// different reasons, it is the affinity as a whole that fits no Fargate node.
fn told_by_affinity(conflicts: Vec<Conflict>) -> Vec<(Reason, Conflict)> {
    let mut of_terms: BTreeMap<String, BTreeSet<Reason>> = BTreeMap::new();
    for conflict in &conflicts {
        of_terms
            .entry(conflict.term().to_owned())
            .or_default()
            .insert(reason_of(conflict));
    }
    let is_everywhere = |reason: Reason| of_terms.values().all(|term| term.contains(&reason));
    let architecture = is_everywhere(Reason::ArchitectureMismatch);
    let labels = is_everywhere(Reason::NodeSelectorConflict);
    conflicts
        .into_iter()
        .filter_map(|conflict| match (reason_of(&conflict), architecture) {
            (reason @ Reason::ArchitectureMismatch, true) => Some((reason, conflict)),
            // Mending the architecture would do, in some term.
            (_, true) if !labels => None,
            _ => Some((Reason::NodeSelectorConflict, conflict)),
        })
        .collect()
}
