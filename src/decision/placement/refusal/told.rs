//! What Fargate's own words name and the spec has, though by what is documented Fargate would take it.
//!
//! A pod's containers, volumes and node requirements do not change once it is there: where Fargate refused it for one of
//! them, nothing has become better since, whatever the documentation says. What is refused by documented rules is no
//! business of this file.

use super::{Blocker, RefusalQuestion, has_word};
use crate::decision::facts::{ContainerRole, PodSpec, Resources, VolumeSource};
use crate::decision::finding::{Certainty, Evidence};
use crate::decision::placement::node_constraints::{Asked, node_requirements};
use crate::decision::placement::words::Word;
use crate::decision::reason::Reason;
use crate::decision::sizing::{OVERHEAD_MIB, Sizing, request_in_words};

/// Returns what Fargate said of things that the spec has and `known` does not hold, each as `Likely`.
pub fn told(
    spec: &PodSpec,
    words: &[Word],
    known: &[Blocker],
    question: RefusalQuestion<'_>,
) -> Vec<Blocker> {
    let is_known = |reason: Reason| known.iter().any(|blocker| blocker.reason == reason);
    let mut found: Vec<Blocker> = Vec::new();
    for word in words {
        for clause in &word.clauses {
            match clause {
                Reason::AddedCapability => capabilities(spec, word, known, question, &mut found),
                Reason::UnsupportedVolume => volumes(spec, word, question, &mut found),
                Reason::TooBig if !is_known(Reason::TooBig) => {
                    found.extend(size(spec, question));
                }
                Reason::NodeSelectorConflict
                    if !is_known(Reason::NodeSelectorConflict)
                        && !is_known(Reason::ArchitectureMismatch) =>
                {
                    found.extend(nodes(spec, question));
                }
                _ => {}
            }
        }
    }
    let mut seen = Vec::new();
    found.retain(|blocker| {
        let is_new = !seen.contains(&blocker.what);
        seen.push(blocker.what.clone());
        is_new
    });
    found
}

/// What of that a new pod would have again, and how sure it is that Fargate would refuse it again.
///
/// A zone or region hangs on the profile's subnets, which Fargate knows and nobody documents otherwise: `Likely`. Of the
/// rest the documentation says the contrary: `Undecided`.
pub fn told_again(
    spec: &PodSpec,
    words: &[Word],
    known: &[Blocker],
    of_pod: &[Blocker],
    question: RefusalQuestion<'_>,
) -> Vec<Blocker> {
    let is_about_nodes = |blocker: &&Blocker| blocker.reason == Reason::NodeSelectorConflict;
    let is_of_pod = |blocker: &Blocker| of_pod.iter().any(|other| other.what == blocker.what);
    let mut again = told(spec, words, known, question);
    again.retain(is_of_pod);
    let requirements = of_pod.iter().filter(is_about_nodes).count();
    let is_unchanged = again.iter().filter(is_about_nodes).count() == requirements;
    let asks_for_places =
        node_requirements(spec).iter().any(|asked| asked.is_place) && requirements > 0;
    // Which of several requirements it was is not told: with one of them gone it may fit.
    again.retain(|blocker| {
        blocker.reason != Reason::NodeSelectorConflict || is_unchanged || asks_for_places
    });
    for blocker in &mut again {
        let is_place =
            blocker.reason == Reason::NodeSelectorConflict && is_unchanged && asks_for_places;
        if !is_place {
            blocker.certainty = Certainty::Undecided;
        }
    }
    again
}

fn capabilities(
    spec: &PodSpec,
    word: &Word,
    known: &[Blocker],
    question: RefusalQuestion<'_>,
    found: &mut Vec<Blocker>,
) {
    for container in &spec.containers {
        for capability in &container.added_capabilities {
            let field = format!(
                "{}[{}].securityContext.capabilities.add",
                container.role.field(),
                container.name
            );
            let is_known = known.iter().any(|blocker| {
                blocker.evidence.field == field
                    && blocker.evidence.found.as_ref() == Some(capability)
            });
            if !is_known && has_word(&word.text, capability) {
                found.push(Blocker {
                    reason: Reason::AddedCapability,
                    certainty: Certainty::Likely,
                    what: format!("container {} adds capability {capability}", container.name),
                    evidence: Evidence::found(question.object.clone(), field, capability.as_str())
                        .wanted("not this capability"),
                });
            }
        }
    }
}

fn volumes(spec: &PodSpec, word: &Word, question: RefusalQuestion<'_>, found: &mut Vec<Blocker>) {
    for volume in &spec.volumes {
        let source = match &volume.source {
            VolumeSource::Claim(_) => "persistentVolumeClaim",
            VolumeSource::Other(source) if super::is_mounted_source(source) => source.as_str(),
            // Refused by documented rules, and told so.
            VolumeSource::Other(_) => continue,
        };
        let said = format!("{} is of an unsupported volume", volume.name);
        if has_word(&word.text, &said) {
            found.push(Blocker {
                reason: Reason::UnsupportedVolume,
                certainty: Certainty::Likely,
                what: format!("volume {} is of type {source}", volume.name),
                evidence: Evidence::found(
                    question.object.clone(),
                    format!("spec.volumes[{}]", volume.name),
                    source,
                )
                .wanted("a type that Fargate mounts"),
            });
        }
    }
}

/// Only where the count rests on what is not documented: sidecars, resources of the whole pod, a runtime's overhead.
fn size(spec: &PodSpec, question: RefusalQuestion<'_>) -> Option<Blocker> {
    let is_undocumented = spec.pod_resources.is_some()
        || spec.overhead != Resources::default()
        || spec
            .containers
            .iter()
            .any(|container| container.role == ContainerRole::Sidecar);
    let request = Sizing::of(spec).request;
    is_undocumented.then(|| {
        let asked = request_in_words(&request);
        Blocker {
            reason: Reason::TooBig,
            certainty: Certainty::Likely,
            what: format!("it asks for {asked}, plus {OVERHEAD_MIB} MiB for Kubernetes"),
            evidence: Evidence::found(
                question.object.clone(),
                "spec.containers[*].resources.requests",
                asked,
            )
            .wanted("less"),
        }
    })
}

fn nodes(spec: &PodSpec, question: RefusalQuestion<'_>) -> Vec<Blocker> {
    let mut asked = node_requirements(spec);
    // The subnets' zones are what Fargate knows and a pod does not tell; every other label of its nodes is known.
    asked.retain(|one| one.is_place);
    let blocker = |one: Asked| Blocker {
        reason: Reason::NodeSelectorConflict,
        certainty: Certainty::Likely,
        what: format!("it asks for a node with {} {}", one.key, one.asked),
        evidence: Evidence::found(question.object.clone(), one.field, one.asked).wanted(
            if one.is_place {
                "a place where the profile has a subnet"
            } else {
                "no such requirement"
            },
        ),
    };
    asked.into_iter().map(blocker).collect()
}
