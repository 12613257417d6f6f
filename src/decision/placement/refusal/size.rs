//! Amounts and devices: more than the largest size, and accelerators.

use super::{Blocker, RefusalQuestion};
use crate::decision::facts::PodSpec;
use crate::decision::finding::{Certainty, Evidence};
use crate::decision::placement::size::{self, PodRequest};
use crate::decision::reason::Reason;

pub(super) fn of_pod(spec: &PodSpec, question: RefusalQuestion<'_>, found: &mut Vec<Blocker>) {
    let request = PodRequest::of(spec);
    if request.is_too_big() {
        let asked = format!(
            "{}m CPU, {} MiB memory",
            request.cpu_millicores, request.memory_mib
        );
        found.push(Blocker {
            reason: Reason::TooBig,
            certainty: Certainty::Certain,
            what: format!("the pod asks for {asked} (with 256 MiB for Kubernetes)"),
            evidence: Evidence::found(
                question.object.clone(),
                "spec.containers[*].resources.requests",
                asked,
            )
            .wanted(format!(
                "at most {}m CPU, {} MiB memory",
                size::LARGEST_CPU_MILLICORES,
                size::LARGEST_MEMORY_MIB
            )),
        });
    }
    if request.asks_for_too_much_storage() {
        let asked = format!(
            "{} GiB",
            request.ephemeral_storage_bytes.div_ceil(1024 * 1024 * 1024)
        );
        found.push(Blocker {
            reason: Reason::EphemeralStorageTooBig,
            certainty: Certainty::Likely,
            what: format!("the pod asks for {asked} of ephemeral storage"),
            evidence: Evidence::found(
                question.object.clone(),
                "spec.containers[*].resources.requests[ephemeral-storage]",
                asked,
            )
            .wanted(format!(
                "at most {} GiB",
                size::LARGEST_EPHEMERAL_STORAGE_GIB
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
