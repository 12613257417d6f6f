//! Amounts and devices: more than the largest size, and accelerators.

use super::{Blocker, RefusalQuestion};
use crate::decision::facts::PodSpec;
use crate::decision::finding::{Certainty, Evidence};
use crate::decision::reason::Reason;
use crate::decision::sizing::{self, PodRequest, Reading, Sizing, TooBig, cpu_in_words};

pub(super) fn of_pod(spec: &PodSpec, question: RefusalQuestion<'_>, found: &mut Vec<Blocker>) {
    let sizing = Sizing::of(spec);
    let is_run = |found: &TooBig| {
        question
            .runs_with
            .is_some_and(|running| is_run_already(spec, running, found))
    };
    if let Some(too_big) = sizing.too_big().filter(|found| !is_run(found)) {
        found.push(blocker_of(&too_big, question));
    }
    let request = sizing.request;
    if request.asks_for_too_much_storage() {
        let asked = format!(
            "{} GiB",
            request.ephemeral_storage_bytes.div_ceil(1024 * 1024 * 1024)
        );
        found.push(Blocker {
            reason: Reason::EphemeralStorageTooBig,
            certainty: Certainty::Likely,
            what: format!("it asks for {asked} of ephemeral storage"),
            evidence: Evidence::found(
                question.object.clone(),
                "spec.containers[*].resources.requests[ephemeral-storage]",
                asked,
            )
            .wanted(format!(
                "at most {} GiB",
                sizing::LARGEST_EPHEMERAL_STORAGE_GIB
            )),
        });
    }
    for container in &spec.containers {
        for resource in container.requests.others.union(&container.limits.others) {
            if is_accelerator(resource) {
                found.push(Blocker {
                    reason: Reason::AcceleratorRequested,
                    certainty: Certainty::Likely,
                    what: format!("container {} asks for {resource}", container.name),
                    evidence: Evidence::found(
                        question.object.clone(),
                        format!("{}[{}].resources", container.role.field(), container.name),
                        resource.as_str(),
                    )
                    .wanted("no accelerator"),
                });
            }
        }
    }
}

/// Whether a pod that runs on Fargate shows that Fargate takes what seems too big: it asks for as much itself (there may be
/// sizes that we do not know), or it is too big by a reading that cannot be Fargate's then.
fn is_run_already(spec: &PodSpec, running: &PodSpec, too_big: &TooBig) -> bool {
    let asks_for_as_much = [Reading::Kubernetes, Reading::UserGuide]
        .into_iter()
        .map(|reading| {
            (
                PodRequest::read_as(running, reading),
                PodRequest::read_as(spec, reading),
            )
        })
        .filter(|(_, new)| new.is_too_big())
        .all(|(running, new)| running.covers(&new));
    asks_for_as_much || !too_big.by_every_reading && Sizing::of(running).too_big().is_some()
}

/// Names only what is too big, and 256 MiB for Kubernetes apart from what is asked for.
fn blocker_of(too_big: &TooBig, question: RefusalQuestion<'_>) -> Blocker {
    let request = &too_big.request;
    let is_cpu = request.cpu_millicores > sizing::LARGEST_CPU_MILLICORES;
    let is_memory = request.memory_mib > sizing::LARGEST_MEMORY_MIB;
    let both = |cpu: String, memory: String| {
        let parts = [is_cpu.then_some(cpu), is_memory.then_some(memory)];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        parts.join(" and ")
    };
    let asked = both(
        cpu_in_words(request.cpu_millicores),
        format!("{} MiB of memory", request.own_memory_mib()),
    );
    let most = both(
        cpu_in_words(sizing::LARGEST_CPU_MILLICORES),
        format!(
            "{} MiB of memory, as {} MiB are for Kubernetes",
            sizing::LARGEST_MEMORY_MIB - sizing::OVERHEAD_MIB,
            sizing::OVERHEAD_MIB
        ),
    );
    let mut what = format!("it asks for {asked}");
    if is_memory {
        what.push_str(&format!(
            ", plus {} MiB for Kubernetes",
            sizing::OVERHEAD_MIB
        ));
    }
    if !too_big.by_every_reading {
        what.push_str(
            " (AWS does not document how Fargate counts sidecars and resources of the whole pod)",
        );
    }
    Blocker {
        reason: Reason::TooBig,
        certainty: match too_big.by_every_reading {
            true => Certainty::Certain,
            false => Certainty::Likely,
        },
        what,
        evidence: Evidence::found(
            question.object.clone(),
            "spec.containers[*].resources.requests",
            asked,
        )
        .wanted(format!("at most {most}")),
    }
}

fn is_accelerator(resource: &str) -> bool {
    [
        "nvidia.com/",
        "amd.com/gpu",
        "gpu.intel.com/",
        "habana.ai/",
        "aws.amazon.com/neuron",
    ]
    .iter()
    .any(|prefix| resource.starts_with(prefix))
}
