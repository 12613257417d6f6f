//! The entries of a report in their order. A big cluster has more of them than should be held at once, so each is made when it
//! is asked for, and only their order is kept.

use std::borrow::Cow;
use std::sync::Arc;

use super::assemble::pod_report;
use super::model::PodReport;
use crate::decision::facts::{ClusterSnapshot, Labels, Pod, Subject, Workload};
use crate::decision::placement::Cluster;
use crate::decision::verdict::{explain_among, explain_template_among};

/// What a report has one entry each of, in the order in which they are told. Several threads may ask.
pub trait Entries: Sync {
    /// How many there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the entry at an index below [`Self::len`] is about; costs next to nothing.
    fn title(&self, index: usize) -> Title<'_>;

    /// The entry at an index below [`Self::len`].
    fn entry(&self, index: usize) -> Cow<'_, PodReport>;

    /// The labels of what the entry is about, where they are at hand. They are in no entry.
    fn labels(&self, _index: usize) -> Option<&Labels> {
        None
    }
}

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Title<'e> {
    /// The namespace.
    pub namespace: &'e str,
    /// The pod's name; for a template, the workload's.
    pub name: &'e str,
    /// Whether it is about what a workload would make.
    pub template: bool,
}

/// Entries that are at hand.
impl Entries for Vec<PodReport> {
    fn len(&self) -> usize {
        self.as_slice().len()
    }

    fn title(&self, index: usize) -> Title<'_> {
        let entry = &self[index];
        Title {
            namespace: &entry.namespace,
            name: &entry.name,
            template: entry.template,
        }
    }

    fn entry(&self, index: usize) -> Cow<'_, PodReport> {
        Cow::Borrowed(&self[index])
    }
}

/// Some of the entries of a report, by their indices.
pub struct Chosen<'e> {
    /// All of them.
    pub pods: &'e dyn Entries,
    /// Which of them.
    pub indices: Vec<u32>,
}

impl Chosen<'_> {
    fn index(&self, index: usize) -> usize {
        self.indices[index] as usize
    }
}

impl Entries for Chosen<'_> {
    fn len(&self) -> usize {
        self.indices.len()
    }

    fn title(&self, index: usize) -> Title<'_> {
        self.pods.title(self.index(index))
    }

    fn entry(&self, index: usize) -> Cow<'_, PodReport> {
        self.pods.entry(self.index(index))
    }

    fn labels(&self, index: usize) -> Option<&Labels> {
        self.pods.labels(self.index(index))
    }
}

/// The entries of a report in an order that was asked for, or their own.
pub struct Ordered<'e> {
    pods: Box<dyn Entries + 'e>,
    order: Option<Vec<u32>>,
}

impl<'e> Ordered<'e> {
    /// These entries, where `order` has their indices in that order.
    pub fn new(pods: Box<dyn Entries + 'e>, order: Option<Vec<u32>>) -> Self {
        Self { pods, order }
    }

    fn index(&self, index: usize) -> usize {
        match &self.order {
            Some(order) => order[index] as usize,
            None => index,
        }
    }
}

impl Entries for Ordered<'_> {
    fn len(&self) -> usize {
        self.pods.len()
    }

    fn title(&self, index: usize) -> Title<'_> {
        self.pods.title(self.index(index))
    }

    fn entry(&self, index: usize) -> Cow<'_, PodReport> {
        self.pods.entry(self.index(index))
    }

    fn labels(&self, index: usize) -> Option<&Labels> {
        self.pods.labels(self.index(index))
    }
}

/// Entries that are judged whenever they are asked for: four bytes each are kept.
pub struct Judged<'a> {
    cluster: Arc<Cluster<'a>>,
    subjects: &'a [Subject],
    /// Indices into `subjects`.
    order: Vec<u32>,
}

/// What one entry is made from.
enum Judgeable<'a> {
    Pod(&'a Pod),
    Template(&'a Workload),
}

impl<'a> Judged<'a> {
    /// The pods and templates among what was asked about, sorted by namespace, then name.
    pub(super) fn new(snapshot: &'a ClusterSnapshot, subjects: &'a [Subject]) -> Self {
        let mut judged = Self {
            cluster: Arc::new(Cluster::of(snapshot)),
            subjects,
            order: Vec::new(),
        };
        let indices = (0_u32..).take(subjects.len());
        let mut order: Vec<u32> = indices
            .filter(|index| judged.judgeable(*index).is_some())
            .collect();
        order.sort_by_key(|index| judged.title_of(*index));
        judged.order = order;
        judged
    }

    /// What the entry at an index below [`Entries::len`] was asked about.
    pub fn subject(&self, index: usize) -> &'a Subject {
        &self.subjects[self.order[index] as usize]
    }

    fn judgeable(&self, subject: u32) -> Option<Judgeable<'a>> {
        let snapshot = self.cluster.snapshot;
        match self.subjects.get(subject as usize)? {
            Subject::Pod(index) => snapshot.pods.get(*index).map(Judgeable::Pod),
            Subject::Template(key) => {
                let workload = snapshot.workloads.get(&**key)?;
                Some(Judgeable::Template(workload))
            }
            Subject::Node(_) => None,
        }
    }

    fn found(&self, subject: u32) -> Judgeable<'a> {
        self.judgeable(subject)
            .expect("only what is in the snapshot came into the order")
    }

    fn title_of(&self, subject: u32) -> Title<'a> {
        match self.found(subject) {
            Judgeable::Pod(pod) => Title {
                namespace: &pod.namespace,
                name: &pod.name,
                template: false,
            },
            Judgeable::Template(workload) => Title {
                namespace: &workload.namespace,
                name: &workload.name,
                template: true,
            },
        }
    }
}

impl Entries for Judged<'_> {
    fn len(&self) -> usize {
        self.order.len()
    }

    fn title(&self, index: usize) -> Title<'_> {
        self.title_of(self.order[index])
    }

    fn entry(&self, index: usize) -> Cow<'_, PodReport> {
        let verdict = match self.found(self.order[index]) {
            Judgeable::Pod(pod) => explain_among(&self.cluster, pod),
            Judgeable::Template(workload) => explain_template_among(&self.cluster, workload),
        };
        Cow::Owned(pod_report(verdict))
    }

    fn labels(&self, index: usize) -> Option<&Labels> {
        match self.found(self.order[index]) {
            Judgeable::Pod(pod) => Some(&pod.labels),
            Judgeable::Template(workload) => Some(&workload.template.labels),
        }
    }
}
