//! What a pod asks for in all, as Fargate counts it.

use crate::decision::facts::{ContainerRole, PodSpec};

/// The memory that Fargate adds to each pod for Kubernetes' own components. Source: EKS User Guide, "Fargate Pod
/// configuration" (256 MB, taken as MiB).
pub const OVERHEAD_MIB: u64 = 256;
/// The largest size. Source: EKS User Guide, "Fargate Pod configuration": 16 vCPU, 120 GB.
pub const LARGEST_CPU_MILLICORES: u64 = 16_000;
/// See [`LARGEST_CPU_MILLICORES`].
pub const LARGEST_MEMORY_MIB: u64 = 120 * 1024;
/// The most ephemeral storage that can be asked for. Source: the same page, 175 GiB.
pub const LARGEST_EPHEMERAL_STORAGE_GIB: u64 = 175;

const MIB: u64 = 1024 * 1024;

/// What a pod asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PodRequest {
    /// CPU in millicores.
    pub cpu_millicores: u64,
    /// Memory in MiB, with Fargate's own overhead, rounded up.
    pub memory_mib: u64,
    /// Ephemeral storage in bytes.
    pub ephemeral_storage_bytes: u64,
}

impl PodRequest {
    /// Adds up a spec: the larger of the largest init container and the sum of the long-running ones, for each resource
    /// apart, plus the pod's own overhead. Sidecars run long and are counted so; AWS documents nothing about them.
    pub fn of(spec: &PodSpec) -> Self {
        let total = |amount: fn(&crate::decision::facts::Resources) -> Option<u64>| {
            let (mut running, mut largest_init) = (0_u64, 0_u64);
            for container in &spec.containers {
                let one = amount(&container.requests).unwrap_or(0);
                match container.role {
                    ContainerRole::Main | ContainerRole::Sidecar => {
                        running = running.saturating_add(one);
                    }
                    ContainerRole::Init => largest_init = largest_init.max(one),
                    ContainerRole::Ephemeral => {}
                }
            }
            running
                .max(largest_init)
                .saturating_add(amount(&spec.overhead).unwrap_or(0))
        };
        Self {
            cpu_millicores: total(|resources| resources.cpu_millicores),
            memory_mib: total(|resources| resources.memory_bytes)
                .div_ceil(MIB)
                .saturating_add(OVERHEAD_MIB),
            ephemeral_storage_bytes: total(|resources| resources.ephemeral_storage_bytes),
        }
    }

    /// Whether no Fargate size holds its CPU and memory.
    pub fn is_too_big(&self) -> bool {
        self.cpu_millicores > LARGEST_CPU_MILLICORES || self.memory_mib > LARGEST_MEMORY_MIB
    }

    /// Whether it asks for more ephemeral storage than Fargate gives.
    pub fn asks_for_too_much_storage(&self) -> bool {
        self.ephemeral_storage_bytes > LARGEST_EPHEMERAL_STORAGE_GIB * 1024 * MIB
    }
}
