//! Pods that share a story, folded into it one by one: the first is kept, of all others only what its story says of them.

use std::collections::BTreeSet;

use super::size::{given, told_size};
use super::words::{Tally, is_finished, severity, shown_reason};
use crate::decision::finding::{Certainty, Finding, Severity};
use crate::decision::placement::{ExpectedKind, PlacementKind};
use crate::decision::reason::Reason;
use crate::decision::sizing::Shape;
use crate::report::PodReport;

/// Pods of a group that are named.
pub(super) const PODS_NAMED: usize = 6;
/// Pods that have a finding which others in their group lack, and are named.
const HOLDERS_NAMED: usize = 2;

/// Pods of one workload that are told together.
pub(super) struct Alike {
    /// The first of them; its story is told.
    pub(super) first: PodReport,
    key: Key,
    /// How many there are.
    pub(super) count: usize,
    /// The names of those after the first, as far as they are told.
    pub(super) others: Vec<String>,
    /// Where they are.
    pub(super) tally: Tally,
    /// Fargate sizes of those after the first.
    pub(super) other_sizes: BTreeSet<Shape>,
    /// Their findings, each once, as first seen.
    held: Vec<Held>,
}

/// In what pods have to be alike to share a story.
#[derive(Debug, PartialEq, Eq)]
struct Key {
    reason: Reason,
    certainty: Certainty,
    place: Option<PlacementKind>,
    expected: ExpectedKind,
    is_finished: bool,
    errors: BTreeSet<Reason>,
}

impl Key {
    fn of(pod: &PodReport) -> Self {
        let errors = pod
            .findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error);
        Self {
            reason: pod.reason,
            certainty: pod.certainty,
            place: pod.placement.as_ref().map(|placement| placement.kind),
            expected: pod.expected.kind,
            is_finished: is_finished(pod),
            errors: errors.map(|finding| finding.reason).collect(),
        }
    }
}

/// A finding that some pods of a group have.
struct Held {
    /// Which of its reason it is: one pod may have a reason twice, about two profiles, say.
    nth: usize,
    /// That of the first that has it.
    finding: Finding,
    own_words: String,
    /// How many have it.
    count: usize,
    /// Whether all say the same of it.
    is_alike: bool,
    /// The names of the first that have it.
    names: Vec<String>,
}

/// A finding of some pods of a group, in the words of the first that has it.
pub(super) struct Shared<'a> {
    /// The finding of the first.
    pub(super) finding: &'a Finding,
    /// Whose it is, where that is not simply all of them: `on 1 of 3: web-abc`.
    pub(super) whose: Option<String>,
}

impl Shared<'_> {
    /// The message, and before it whose it is.
    pub(super) fn message(&self) -> String {
        match &self.whose {
            Some(whose) => format!("({whose}) {}", self.finding.message),
            None => self.finding.message.clone(),
        }
    }
}

impl Alike {
    /// A group of one.
    fn new(pod: PodReport, key: Key) -> Self {
        let mut alike = Self {
            first: pod,
            key,
            count: 1,
            others: Vec::new(),
            tally: Tally::default(),
            other_sizes: BTreeSet::new(),
            held: Vec::new(),
        };
        alike.tally.add(&alike.first);
        for (nth, finding) in numbered(&alike.first) {
            alike.held.push(Held::new(&alike.first, nth, finding));
        }
        alike
    }

    fn add(&mut self, pod: &PodReport) {
        self.count += 1;
        if self.others.len() < PODS_NAMED {
            self.others.push(pod.name.clone());
        }
        self.tally.add(pod);
        self.other_sizes.extend(told_size(pod).and_then(given));
        for (nth, finding) in numbered(pod) {
            let is_it = |held: &&mut Held| held.finding.reason == finding.reason && held.nth == nth;
            match self.held.iter_mut().find(is_it) {
                Some(held) => held.add(pod, finding),
                None => self.held.push(Held::new(pod, nth, finding)),
            }
        }
    }

    /// The findings of all pods, each reason once; those of the first pod first, then by severity.
    pub(super) fn findings(&self) -> Vec<Shared<'_>> {
        let shared = self.held.iter().map(|held| Shared {
            finding: &held.finding,
            whose: held.whose(self.count),
        });
        let mut shared: Vec<Shared<'_>> = shared.collect();
        shared.sort_by_key(|shared| shared.finding.severity);
        shared
    }

    /// Whether any has a reason.
    pub(super) fn has(&self, reason: Reason) -> bool {
        self.held.iter().any(|held| held.finding.reason == reason)
    }

    /// Whose a reason is, where not simply all of them have it.
    pub(super) fn whose(&self, reason: Reason) -> Option<String> {
        let is_it = |held: &&Held| held.finding.reason == reason && held.nth == 0;
        self.held.iter().find(is_it)?.whose(self.count)
    }

    /// How bad the state of the first is.
    pub(super) fn severity(&self) -> Severity {
        severity(&self.first)
    }

    /// The reason that their story is about.
    pub(super) fn shown_reason(&self) -> Reason {
        shown_reason(&self.first)
    }
}

/// The findings of a pod, each with how many of its reason come before it.
fn numbered(pod: &PodReport) -> impl Iterator<Item = (usize, &Finding)> {
    pod.findings.iter().enumerate().map(|(index, finding)| {
        let before = pod.findings[..index].iter();
        let nth = before.filter(|other| other.reason == finding.reason);
        (nth.count(), finding)
    })
}

impl Held {
    fn new(pod: &PodReport, nth: usize, finding: &Finding) -> Self {
        Self {
            nth,
            finding: finding.clone(),
            own_words: own_words(pod, finding),
            count: 1,
            is_alike: true,
            names: vec![pod.name.clone()],
        }
    }

    fn add(&mut self, pod: &PodReport, finding: &Finding) {
        self.count += 1;
        self.is_alike = self.is_alike && own_words(pod, finding) == self.own_words;
        if self.names.len() < HOLDERS_NAMED {
            self.names.push(pod.name.clone());
        }
    }

    fn whose(&self, all: usize) -> Option<String> {
        let count = self.count;
        let first = self.names.first()?;
        match (count == all, self.is_alike) {
            (true, true) => None,
            (true, false) => Some(format!("on all {all}, here of {first}")),
            (false, true) => {
                let mut names: Vec<&str> = self.names.iter().map(String::as_str).collect();
                let more =
                    (count > HOLDERS_NAMED).then(|| format!("{} more", count - HOLDERS_NAMED));
                names.extend(more.as_deref());
                Some(format!("on {count} of {all}: {}", names.join(", ")))
            }
            (false, false) => Some(format!("on {count} of {all}, here of {first}")),
        }
    }
}

/// A message without the names that differ from pod to pod in any case.
fn own_words(pod: &PodReport, finding: &Finding) -> String {
    let message = finding.message.replace(&pod.name, "");
    let node = pod.placement.as_ref().and_then(|place| place.node.as_ref());
    match node {
        Some(node) if !node.is_empty() => message.replace(node.as_str(), ""),
        _ => message,
    }
}

/// Adds a pod of a workload to those that it shares a story with.
pub(super) fn put(groups: &mut Vec<Alike>, pod: PodReport) {
    let key = Key::of(&pod);
    match groups.iter_mut().find(|group| group.key == key) {
        Some(group) => group.add(&pod),
        None => groups.push(Alike::new(pod, key)),
    }
}

/// Whether a note belongs to a container that is down, and is told with it.
pub(super) fn is_beside_startup_failure(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::NoInstanceMetadata | Reason::PodIdentityUnsupported | Reason::UlimitReached
    )
}
