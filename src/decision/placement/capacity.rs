//! The size of a pod: which spec it comes from, and what AWS wrote on the pod.

use super::{ExpectedKind, PlacementKind, PodCase};
use crate::decision::facts::PodSpec;
use crate::decision::facts::pod::FARGATE_SCHEDULER;
use crate::decision::sizing::{CAPACITY_ANNOTATION, Shape, Sizing, parse_provisioned};

impl PodCase<'_> {
    /// Whether Fargate's scheduler put the pod where it is, on a Fargate node. Somebody may have taken its label off since.
    pub fn was_placed_by_fargate(&self) -> bool {
        self.placement_kind() == Some(PlacementKind::Fargate)
            && self.pod.scheduler_name() == FARGATE_SCHEDULER
    }

    /// The spec whose Fargate size is of interest: that of a pod which is claimed or on Fargate; of others that would go
    /// there if they were made again, what they would then be. `None` for pods that Fargate has nothing to do with.
    pub fn sized_spec(&self) -> Option<&PodSpec> {
        let is_there = self.was_placed_by_fargate() || self.pod.is_claimed();
        if !self.is_template() && is_there {
            return Some(&self.pod.spec);
        }
        (self.expected.kind == ExpectedKind::Fargate).then_some(&self.recreated.spec)
    }

    /// The annotation in which AWS writes the size of a pod on Fargate, as found, where it is none that we understand.
    pub fn size_not_understood(&self) -> Option<&str> {
        let written = self.pod.annotations.get(CAPACITY_ANNOTATION)?;
        let is_none = self.was_placed_by_fargate() && parse_provisioned(written).is_none();
        is_none.then_some(written.as_str())
    }

    /// The size that AWS wrote on a pod on Fargate: what it may use, and what is billed.
    ///
    /// A value that stands in the pod's template as well, and is not what its requests come to, may have been written by
    /// hand, which has no effect: it is not taken for AWS's word.
    pub fn billed_size(&self) -> Option<Shape> {
        if !self.was_placed_by_fargate() {
            return None;
        }
        let written = self.pod.annotations.get(CAPACITY_ANNOTATION)?;
        let shape = parse_provisioned(written)?;
        let maker = self.chain.maker().map(|maker| &maker.template);
        let is_in_template = [self.chain.made_from, maker]
            .into_iter()
            .flatten()
            .any(|template| template.annotations.get(CAPACITY_ANNOTATION) == Some(written));
        let is_computed = Sizing::of(&self.pod.spec).shape == Some(shape);
        (is_computed || !is_in_template).then_some(shape)
    }
}
