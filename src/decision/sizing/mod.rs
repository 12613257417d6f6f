//! What a pod asks for, which Fargate size holds it, and which one AWS says it has.
//!
//! Apart from the rules because the report and the story tell sizes too, and because all of it is arithmetic: a spec and
//! an annotation in, amounts out. Where AWS documents nothing (native sidecars, resources of the whole pod) both readings
//! are computed; whoever tells of them tells both.

mod provisioned;
mod request;
mod shape;
mod words;

pub use provisioned::{CAPACITY_ANNOTATION, parse_provisioned};
pub use request::{PodRequest, Reading};
pub use shape::{
    LARGEST, LARGEST_CPU_MILLICORES, LARGEST_MEMORY_MIB, ROWS, Row, Shape, all_shapes,
};
pub use words::{UNDOCUMENTED, cause, cpu_in_words, next_smaller, request_in_words};

use crate::decision::facts::PodSpec;

/// The memory that Fargate adds to each pod for Kubernetes' own components (kubelet, kube-proxy, containerd).
///
/// Source: EKS User Guide, "Fargate Pod configuration" (256 MB, taken as MiB: its sizes in GB are multiples of 1024 MiB).
pub const OVERHEAD_MIB: u64 = 256;
/// The ephemeral storage of a pod that asks for less. Source: the same page, 20 GiB.
pub const DEFAULT_EPHEMERAL_STORAGE_GIB: u64 = 20;
/// The most ephemeral storage that can be asked for. Source: the same page, 175 GiB.
pub const LARGEST_EPHEMERAL_STORAGE_GIB: u64 = 175;

/// A spec's request and the size that holds it, by both readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizing {
    /// The request as Kubernetes itself counts it.
    pub request: PodRequest,
    /// The size that holds it; `None` where none does.
    pub shape: Option<Shape>,
    /// The request by the letter of the EKS User Guide, where that comes to another size (or to none).
    pub other: Option<OtherSizing>,
}

/// What the second reading comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OtherSizing {
    /// The request.
    pub request: PodRequest,
    /// The size that holds it; `None` where none does.
    pub shape: Option<Shape>,
}

/// A request that no size holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooBig {
    /// The request.
    pub request: PodRequest,
    /// Whether it is too big whichever way it is read.
    pub by_every_reading: bool,
}

impl Sizing {
    /// Computes the size of a spec.
    pub fn of(spec: &PodSpec) -> Self {
        let request = PodRequest::of(spec);
        let shape = request.shape();
        let other = PodRequest::read_as(spec, Reading::UserGuide);
        Self {
            request,
            shape,
            other: (other.shape() != shape).then_some(OtherSizing {
                request: other,
                shape: other.shape(),
            }),
        }
    }

    /// The request that no size holds, where one of the readings comes to such.
    pub fn too_big(&self) -> Option<TooBig> {
        let other = self.other.filter(|other| other.shape.is_none());
        match (self.shape, other) {
            (None, _) => Some(TooBig {
                request: self.request,
                by_every_reading: self.other.is_none(),
            }),
            (Some(_), Some(other)) => Some(TooBig {
                request: other.request,
                by_every_reading: false,
            }),
            (Some(_), None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::sizing::request::tests::{main, sidecar, spec};

    #[test]
    fn readings_that_come_to_one_size_are_told_once() {
        let both = Sizing::of(&spec([main(100, 100), sidecar(100, 100)]));
        assert_eq!(both.shape, Some(Shape::new(250, 512)));
        assert_eq!(both.other, None);
        let differ = Sizing::of(&spec([main(200, 100), sidecar(200, 100)]));
        assert_eq!(differ.shape, Some(Shape::new(500, 1024)));
        assert_eq!(
            differ.other.and_then(|other| other.shape),
            Some(Shape::new(250, 512))
        );
        assert_eq!(differ.too_big(), None);
    }

    #[test]
    fn too_big_by_one_reading_is_told_apart_from_too_big_by_both() {
        let sure = Sizing::of(&spec([main(17_000, 100)]));
        assert!(sure.too_big().is_some_and(|found| found.by_every_reading));
        let one = Sizing::of(&spec([main(16_000, 100), sidecar(1_000, 100)]));
        let found = one.too_big().expect("17 vCPU as Kubernetes counts");
        assert!(!found.by_every_reading);
        assert_eq!(found.request.cpu_millicores, 17_000);
        let pod = PodSpec {
            pod_resources: Some(crate::decision::facts::spec::PodResources {
                requests: request::tests::amounts(1_000, 1_024),
                limits: crate::decision::facts::Resources::default(),
            }),
            ..spec([main(17_000, 100)])
        };
        let found = Sizing::of(&pod)
            .too_big()
            .expect("17 vCPU by its containers");
        assert!(!found.by_every_reading);
        assert_eq!(found.request.cpu_millicores, 17_000);
    }
}
