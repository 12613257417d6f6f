//! What objects have in common, held once: replicas differ in little but their names.

use arcstr::ArcStr;
use hashbrown::HashSet;
use std::collections::BTreeMap;
use std::hash::Hash;

use crate::decision::facts::{
    Condition, Container, ContainerStatus, Labels, Node, OwnerReference, Pod, PodSpec, PodTemplate,
    Shared, Toleration, Workload,
};

/// Texts and parts of objects that were seen before.
#[derive(Debug, Default)]
pub(super) struct Interner {
    texts: HashSet<ArcStr>,
    labels: HashSet<Labels>,
    annotations: HashSet<Shared<BTreeMap<String, String>>>,
    owners: HashSet<Shared<Vec<OwnerReference>>>,
    specs: HashSet<Shared<PodSpec>>,
    containers: HashSet<Shared<Vec<Container>>>,
    tolerations: HashSet<Shared<Vec<Toleration>>>,
    statuses: HashSet<Shared<Vec<ContainerStatus>>>,
    conditions: HashSet<Shared<Vec<Condition>>>,
}

impl Interner {
    /// Gives a pod the parts that others have already.
    pub(super) fn share_pod(&mut self, pod: &mut Pod) {
        self.share_labels(&mut pod.labels);
        share(&mut self.annotations, &mut pod.annotations);
        share(&mut self.owners, &mut pod.owners);
        self.share_spec(&mut pod.spec);
        share(&mut self.statuses, &mut pod.containers);
        share(&mut self.conditions, &mut pod.conditions);
        pod.namespace = text(&mut self.texts, &pod.namespace);
        if let Some(node) = &mut pod.node_name {
            *node = text(&mut self.texts, node);
        }
    }

    /// Gives a workload the parts that others, or pods, have already.
    pub(super) fn share_workload(&mut self, workload: &mut Workload) {
        self.share_labels(&mut workload.labels);
        self.share_labels(&mut workload.selector_labels);
        let PodTemplate {
            labels,
            annotations,
            spec,
        } = &mut workload.template;
        self.share_labels(labels);
        share(&mut self.annotations, annotations);
        self.share_spec(spec);
    }

    /// Gives a node the texts that others have already; its labels as a whole are its own.
    pub(super) fn share_node(&mut self, node: &mut Node) {
        node.labels = node.labels.sharing(|of| text(&mut self.texts, of));
    }

    fn share_labels(&mut self, labels: &mut Labels) {
        if let Some(known) = self.labels.get(labels) {
            *labels = known.clone();
            return;
        }
        *labels = labels.sharing(|of| text(&mut self.texts, of));
        self.labels.insert(labels.clone());
    }

    fn share_spec(&mut self, spec: &mut Shared<PodSpec>) {
        if let Some(known) = self.specs.get(spec) {
            *spec = known.clone();
            return;
        }
        // A pod of its own, as with the claims of a StatefulSet, still has the containers of its fellows.
        share(&mut self.containers, &mut spec.containers);
        share(&mut self.tolerations, &mut spec.tolerations);
        self.specs.insert(spec.clone());
    }
}

fn share<T: Hash + Eq>(known: &mut HashSet<Shared<T>>, value: &mut Shared<T>) {
    match known.get(value) {
        Some(known) => *value = known.clone(),
        None => {
            known.insert(value.clone());
        }
    }
}

fn text(known: &mut HashSet<ArcStr>, text: &ArcStr) -> ArcStr {
    if let Some(known) = known.get(text) {
        return known.clone();
    }
    known.insert(text.clone());
    text.clone()
}
