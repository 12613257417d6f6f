//! Sizes in the report: what a pod asks for, what that comes to on Fargate, and what AWS says it has.

use serde::Serialize;

use crate::decision::placement::PodCase;
use crate::decision::sizing::{OVERHEAD_MIB, PodRequest, Shape, Sizing};

/// The size of a pod that is claimed or on Fargate, or that would go there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SizeReport {
    /// What its containers ask for, as Kubernetes counts it.
    pub requested: Amounts,
    /// The memory in MiB that Fargate adds to the request for Kubernetes' own components.
    pub overhead_mib: u64,
    /// The size that the request comes to; absent where no size holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub computed: Option<Amounts>,
    /// What it comes to where sidecars count as init containers and resources of the whole pod do not count, if that is
    /// another size: AWS does not document either.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alternative: Option<Amounts>,
    /// Whether that reading comes to no size at all.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub alternative_too_big: bool,
    /// The part of the request that is the pod's own overhead (that of its RuntimeClass), where it has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod_overhead: Option<Amounts>,
    /// The annotation `CapacityProvisioned` as found, where it is no size that we understand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_understood: Option<String>,
    /// The size that AWS wrote on the pod (annotation `CapacityProvisioned`): what it may use, and what is billed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billed: Option<Amounts>,
}

/// Amounts of CPU and memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Amounts {
    /// CPU in millicores.
    pub cpu_millicores: u64,
    /// Memory in MiB; of a size, with Kubernetes' part in it.
    pub memory_mib: u64,
    /// Ephemeral storage in MiB, where any is asked for. Fargate gives 20 GiB to pods that ask for less.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ephemeral_storage_mib: Option<u64>,
}

impl Amounts {
    /// A size as such.
    pub fn shape(self) -> Shape {
        Shape::new(self.cpu_millicores, self.memory_mib)
    }
}

impl SizeReport {
    /// The request as such, with Fargate's overhead.
    pub fn request(&self) -> PodRequest {
        let asked = self.requested;
        let own = self.pod_overhead.unwrap_or_default();
        PodRequest {
            cpu_millicores: asked.cpu_millicores,
            memory_mib: asked.memory_mib.saturating_add(OVERHEAD_MIB),
            ephemeral_storage_bytes: asked
                .ephemeral_storage_mib
                .unwrap_or(0)
                .saturating_mul(1024 * 1024),
            overhead_cpu_millicores: own.cpu_millicores,
            overhead_memory_mib: own.memory_mib,
        }
    }
}

impl From<Shape> for Amounts {
    fn from(shape: Shape) -> Self {
        Self {
            cpu_millicores: shape.cpu_millicores,
            memory_mib: shape.memory_mib,
            ephemeral_storage_mib: None,
        }
    }
}

impl From<&PodRequest> for Amounts {
    fn from(request: &PodRequest) -> Self {
        Self {
            cpu_millicores: request.cpu_millicores,
            memory_mib: request.own_memory_mib(),
            ephemeral_storage_mib: Some(request.ephemeral_storage_mib()).filter(|asked| *asked > 0),
        }
    }
}

/// The size of a case, where Fargate has to do with it.
pub(super) fn of(case: &PodCase<'_>) -> Option<SizeReport> {
    let sizing = Sizing::of(case.sized_spec()?);
    let own = Amounts {
        cpu_millicores: sizing.request.overhead_cpu_millicores,
        memory_mib: sizing.request.overhead_memory_mib,
        ephemeral_storage_mib: None,
    };
    Some(SizeReport {
        pod_overhead: Some(own).filter(|own| *own != Amounts::default()),
        alternative_too_big: sizing.other.is_some_and(|other| other.shape.is_none()),
        not_understood: case.size_not_understood().map(str::to_owned),
        requested: Amounts::from(&sizing.request),
        overhead_mib: OVERHEAD_MIB,
        computed: sizing.shape.map(Amounts::from),
        alternative: sizing
            .other
            .and_then(|other| other.shape)
            .map(Amounts::from),
        billed: case.billed_size().map(Amounts::from),
    })
}
