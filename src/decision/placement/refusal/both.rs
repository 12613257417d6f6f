//! What Fargate refuses in a pod as it is, and in the one that would come after it.

use super::{Blocker, RefusalQuestion, blockers, told, told_again};
use crate::decision::facts::{ClusterSnapshot, ObjectRef, PodSpec};
use crate::decision::placement::owners::OwnerChain;
use crate::decision::placement::words::Word;

/// What Fargate refuses now, and would refuse then.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Refusals {
    /// What Fargate refuses in the pod's own spec.
    pub own: Vec<Blocker>,
    /// What Fargate's words name in its own spec, though by what is documented Fargate would take it.
    pub told: Vec<Blocker>,
    /// What Fargate would refuse if it were created again.
    pub again: Vec<Blocker>,
}

/// What they are found with.
pub struct RefusalsQuestion<'q, 'a> {
    /// The claims and volumes as they are now.
    pub snapshot: &'a ClusterSnapshot,
    /// The pod's namespace.
    pub namespace: &'q str,
    /// The pod; of a template, the workload.
    pub object: &'q ObjectRef,
    /// The pod's spec.
    pub spec: &'q PodSpec,
    /// What that would be if it were created again.
    pub again: &'q PodSpec,
    /// Its owners.
    pub chain: &'q OwnerChain<'a>,
    /// Whether it runs on Fargate already.
    pub runs_on_fargate: bool,
    /// Whether it is the pod that a template would make.
    pub is_template: bool,
    /// What Fargate has said of it.
    pub said: &'q [Word],
}

impl Refusals {
    /// Finds them.
    pub fn of(asked: &RefusalsQuestion<'_, '_>) -> Self {
        let question = RefusalQuestion {
            snapshot: asked.snapshot,
            namespace: asked.namespace,
            object: asked.object,
            runs_with: asked.runs_on_fargate.then_some(asked.spec),
            claim_templates: &[],
        };
        let own = blockers(asked.spec, question);
        let told_of_pod = told(asked.spec, asked.said, &own, question);
        let maker = asked.chain.maker();
        let maker_object = maker
            .map(|maker| ObjectRef::namespaced(maker.kind.as_str(), &maker.namespace, &maker.name));
        let again_question = RefusalQuestion {
            object: maker_object.as_ref().unwrap_or(asked.object),
            claim_templates: maker.map_or(&[][..], |maker| maker.claim_templates.as_slice()),
            ..question
        };
        let mut again = blockers(asked.again, again_question);
        let told_of_new = told_again(
            asked.again,
            asked.said,
            &again,
            &told_of_pod,
            again_question,
        );
        again.extend(told_of_new);
        again.sort_by_key(|blocker| blocker.reason);
        asked.tell_where_it_stands(&mut again, again_question);
        Self {
            own,
            told: told_of_pod,
            again,
        }
    }

    /// The same of another object, in the place of one that stands for it.
    pub fn about(&self, stand_in: &ObjectRef, object: &ObjectRef) -> Self {
        let about = |blockers: &[Blocker]| -> Vec<Blocker> {
            let mut blockers = blockers.to_vec();
            for blocker in &mut blockers {
                if blocker.evidence.object == *stand_in {
                    blocker.evidence.object = object.clone();
                }
            }
            blockers
        };
        Self {
            own: about(&self.own),
            told: about(&self.told),
            again: about(&self.again),
        }
    }
}

impl RefusalsQuestion<'_, '_> {
    /// Tells what stands in the maker's template from what admission added to the pod.
    fn tell_where_it_stands(&self, again: &mut [Blocker], question: RefusalQuestion<'_>) {
        let Some(maker) = self.chain.maker().filter(|_| !again.is_empty()) else {
            return;
        };
        let mut in_template = blockers(&maker.template.spec, question);
        in_template.extend(told(
            &maker.template.spec,
            self.said,
            &in_template,
            question,
        ));
        for blocker in again {
            if blocker.evidence.object != *question.object {
                continue;
            }
            let stands_there = in_template
                .iter()
                .any(|other| other.reason == blocker.reason && other.what == blocker.what);
            if stands_there || self.is_template {
                let path = maker.template_path();
                blocker.evidence.field = format!("{path}.{}", blocker.evidence.field);
            } else {
                // Admission added it to the pod, and will again.
                blocker.evidence.object = self.object.clone();
            }
        }
    }
}
