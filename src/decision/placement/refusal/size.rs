//! Amounts and devices: more than the largest size, and accelerators.

use super::{Blocker, RefusalQuestion};
use crate::decision::facts::PodSpec;
use crate::decision::finding::{Certainty, Evidence};
use crate::decision::reason::Reason;
use crate::decision::sizing::{self, Sizing};

pub(super) fn of_pod(spec: &PodSpec, question: RefusalQuestion<'_>, found: &mut Vec<Blocker>) {
    let sizing = Sizing::of(spec);
    // One that runs on Fargate already shows that the reading by which it is too big is not Fargate's.
    let runs_too_big = question
        .runs_with
        .is_some_and(|spec| Sizing::of(spec).too_big().is_some());
    let too_big = sizing.too_big();
    if let Some(too_big) = too_big.filter(|found| found.by_every_reading || !runs_too_big) {
        let asked = format!(
            "{} and {} MiB",
            sizing::cpu_in_words(too_big.request.cpu_millicores),
            too_big.request.memory_mib
        );
        found.push(Blocker {
            reason: Reason::TooBig,
            certainty: match too_big.by_every_reading {
                true => Certainty::Certain,
                false => Certainty::Likely,
            },
            what: match too_big.by_every_reading {
                true => format!("it asks for {asked} (with 256 MiB for Kubernetes)"),
                false => format!(
                    "it asks for {asked} (with 256 MiB for Kubernetes; AWS does not document how Fargate counts \
                     sidecars and resources of the whole pod)"
                ),
            },
            evidence: Evidence::found(
                question.object.clone(),
                "spec.containers[*].resources.requests",
                asked,
            )
            .wanted(format!(
                "at most {} and {} MiB",
                sizing::cpu_in_words(sizing::LARGEST_CPU_MILLICORES),
                sizing::LARGEST_MEMORY_MIB
            )),
        });
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
