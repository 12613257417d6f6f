//! Where each pod stood when it was looked at last: a few words a pod, by which what is new is told from what was told.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::decision::facts::{ClusterSnapshot, Kind, Pod, SourceStatus, Subject, Uid};
use crate::decision::finding::Certainty;
use crate::decision::placement::case::GRACE_SECONDS;
use crate::decision::placement::{ExpectedKind, PlacementKind};
use crate::report::change::{ChangeType, PlacementChange, Standing};
use crate::report::{self, Entries as _, PodReport};
use crate::sources::Gathered;

/// Namespace and name of a pod.
pub type Key = (String, String);

/// So many times in a row an answer that lost its certainty, because something could not be read, is taken for a moment's trouble.
const MOST_DOUBTS: u8 = 3;

/// How much was read.
#[derive(Debug, Clone, Copy)]
pub enum Extent<'k> {
    /// All that is asked about.
    All,
    /// These pods.
    Pods(&'k [Key]),
}

/// Where each pod stands.
#[derive(Debug, Default)]
pub struct Ledger {
    pods: BTreeMap<(Key, bool), Known>,
    /// The pods that are being replaced, where some are.
    replaced: Option<Replaced>,
}

/// Pods that make room for new ones: those count for what is waited for, these do not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replaced {
    /// The pods that were there before.
    pub uids: BTreeSet<Uid>,
    /// Whether nothing is as it is waited for while one of them is left.
    pub all: bool,
}

#[derive(Debug)]
struct Known {
    standing: Standing,
    uid: Uid,
    created_at: Option<Timestamp>,
    likeness: Option<u64>,
    doubts: u8,
}

impl Ledger {
    /// Nothing is known yet.
    pub fn new(replaced: Option<Replaced>) -> Self {
        Self {
            pods: BTreeMap::new(),
            replaced,
        }
    }

    /// Where each pod stands that counts for what is waited for.
    pub fn standings(&self) -> impl Iterator<Item = &Standing> {
        self.pods
            .values()
            .filter(|known| !self.is_replaced(known))
            .map(|known| &known.standing)
    }

    fn is_replaced(&self, known: &Known) -> bool {
        let replaced = self.replaced.as_ref();
        replaced.is_some_and(|replaced| replaced.uids.contains(&known.uid))
    }

    /// Whether a pod is left that has to go before anything is as it is waited for.
    pub fn is_one_to_go(&self) -> bool {
        let must_go = self.replaced.as_ref().is_some_and(|replaced| replaced.all);
        let stays = |known: &Known| !known.standing.terminating && !known.standing.is_finished();
        let mut known = self.pods.values();
        must_go && known.any(|known| self.is_replaced(known) && stays(known))
    }

    /// Whether a Fargate node's kubelet refused a pod that came in the place of another.
    pub fn is_successor_refused(&self) -> bool {
        let is_refused = |pod: &Standing| pod.place() == Some(PlacementKind::Rejected);
        self.replaced.is_some() && self.standings().any(is_refused)
    }

    /// Of what was seen first, the pods that have come in the place of others: these are news.
    pub fn successors(&self, mut changes: Vec<PlacementChange>) -> Vec<PlacementChange> {
        let is_successor = |change: &PlacementChange| {
            let key = change
                .standing()
                .map(|pod| (pod.namespace.clone(), pod.name.clone()));
            let known = key.and_then(|key| self.pods.get(&(key, false)));
            known.is_some_and(|known| !self.is_replaced(known))
        };
        match self.replaced {
            Some(_) => changes.retain(is_successor),
            None => changes.clear(),
        }
        changes
    }

    /// The names that may be told of.
    pub fn names(&self) -> impl Iterator<Item = &Key> {
        self.pods.keys().map(|(key, _)| key)
    }

    /// Whether the pod is known.
    pub fn knows(&self, key: &Key) -> bool {
        self.pods.contains_key(&(key.clone(), false))
    }

    /// Whether a pod that was seen is no other than it was when it was seen last.
    pub fn is_alike(&mut self, key: &Key, uid: &Uid, likeness: u64) -> bool {
        let Some(known) = self.pods.get_mut(&(key.clone(), false)) else {
            return false;
        };
        let before = known.likeness.replace(likeness);
        before == Some(likeness) && known.uid == *uid
    }

    /// Whether a pod waits for a node: then more hangs on what is not told by watches.
    pub fn has_waiting(&self) -> bool {
        self.pods.values().any(|known| is_waiting(&known.standing))
    }

    /// When time alone will next change an answer, and the pods that it changes it of.
    pub fn next_due(&self, now: Timestamp) -> Option<(Timestamp, Vec<Key>)> {
        let mut next: Option<(Timestamp, Vec<Key>)> = None;
        let waiting = self.pods.iter().filter(|(_, known)| {
            is_waiting(&known.standing)
                && known.standing.place() == Some(PlacementKind::FargatePending)
        });
        for ((key, _), known) in waiting {
            let grace = SignedDuration::from_secs(GRACE_SECONDS + 1);
            let due = known.created_at.and_then(|at| at.checked_add(grace).ok());
            let Some(due) = due.filter(|due| *due > now) else {
                continue;
            };
            match &mut next {
                Some((at, keys)) if *at == due => keys.push(key.clone()),
                Some((at, _)) if *at < due => {}
                _ => next = Some((due, vec![key.clone()])),
            }
        }
        next
    }

    /// Takes note that a pod of this uid is gone.
    pub fn gone(&mut self, key: &Key, uid: &Uid, time: Timestamp) -> Option<PlacementChange> {
        let place = (key.clone(), false);
        let known = self.pods.get(&place)?;
        if !known.uid.is_empty() && !uid.is_empty() && known.uid != *uid {
            return None;
        }
        self.pods.remove(&place).map(|known| deleted(known, time))
    }

    /// Takes note of what was read, and tells what is new: in the order of the pods.
    pub fn take(
        &mut self,
        gathered: &Gathered,
        extent: Extent<'_>,
        time: Timestamp,
    ) -> Vec<PlacementChange> {
        let snapshot = &gathered.snapshot;
        let report = report::assemble(snapshot, &gathered.subjects);
        let pods: BTreeMap<(&str, &str), &Pod> = gathered
            .subjects
            .iter()
            .filter_map(|subject| match subject {
                Subject::Pod(index) => snapshot.pods.get(*index),
                Subject::Template(_) | Subject::Node(_) => None,
            })
            .map(|pod| ((pod.namespace.as_str(), pod.name.as_str()), pod))
            .collect();
        let is_troubled = is_troubled(snapshot);
        let mut changes = Vec::new();
        let mut seen: BTreeSet<(Key, bool)> = BTreeSet::new();
        for index in 0..report.pods.len() {
            let entry = report.pods.entry(index).into_owned();
            let key = (entry.namespace.clone(), entry.name.clone());
            let pod = pods.get(&(key.0.as_str(), key.1.as_str())).copied();
            let pod = pod.filter(|_| !entry.template);
            seen.insert((key.clone(), entry.template));
            self.note(key, entry, pod, is_troubled, time, &mut changes);
        }
        match extent {
            // A list that broke off says nothing about what it did not come to.
            Extent::All if gathered.broken => {}
            Extent::All => self.drop_unless(|place| seen.contains(place), time, &mut changes),
            Extent::Pods(keys) => {
                let is_read = |key: &Key| snapshot.coverage.is_read(Kind::Pod, &key.0, &key.1);
                let asked: BTreeSet<&Key> = keys.iter().filter(|key| is_read(key)).collect();
                self.drop_unless(
                    |place| place.1 || !asked.contains(&place.0) || seen.contains(place),
                    time,
                    &mut changes,
                );
            }
        }
        changes
    }

    /// Whether one of these pods could not be read at all.
    pub fn is_unread(gathered: &Gathered, keys: &[Key]) -> bool {
        let coverage = &gathered.snapshot.coverage;
        keys.iter()
            .any(|(namespace, name)| !coverage.is_read(Kind::Pod, namespace, name))
    }

    fn note(
        &mut self,
        key: Key,
        entry: PodReport,
        pod: Option<&Pod>,
        is_troubled: bool,
        time: Timestamp,
        changes: &mut Vec<PlacementChange>,
    ) {
        let standing = Standing::of(&entry);
        let place = (key, entry.template);
        let uid = pod.map(|pod| pod.uid.clone()).unwrap_or_default();
        let is_other = |known: &Known| !known.uid.is_empty() && !uid.is_empty() && known.uid != uid;
        if let Some(known) = self.pods.get_mut(&place)
            && !is_other(known)
        {
            if !standing.differs_from(&known.standing) {
                known.standing = standing;
                known.doubts = 0;
                return;
            }
            let is_doubt = is_troubled && is_decided(&known.standing) && !is_decided(&standing);
            if is_doubt && known.doubts < MOST_DOUBTS {
                known.doubts += 1;
                return;
            }
            known.doubts = 0;
            let before = std::mem::replace(&mut known.standing, standing);
            changes.push(PlacementChange {
                time,
                what: ChangeType::Modified,
                before: Some(before),
                now: Some(Box::new(entry)),
            });
            return;
        }
        let known = Known {
            standing,
            uid,
            created_at: pod.and_then(|pod| pod.created_at),
            likeness: None,
            doubts: 0,
        };
        if let Some(namesake) = self.pods.insert(place, known) {
            changes.push(deleted(namesake, time));
        }
        // What a workload would make is no pod that appears.
        if !entry.template {
            changes.push(PlacementChange {
                time,
                what: ChangeType::Added,
                before: None,
                now: Some(Box::new(entry)),
            });
        }
    }

    fn drop_unless(
        &mut self,
        is_there: impl Fn(&(Key, bool)) -> bool,
        time: Timestamp,
        changes: &mut Vec<PlacementChange>,
    ) {
        let gone: Vec<(Key, bool)> = self
            .pods
            .keys()
            .filter(|place| !is_there(place))
            .cloned()
            .collect();
        for place in gone {
            if let Some(known) = self.pods.remove(&place)
                && !place.1
            {
                changes.push(deleted(known, time));
            }
        }
    }
}

fn deleted(known: Known, time: Timestamp) -> PlacementChange {
    PlacementChange {
        time,
        what: ChangeType::Deleted,
        before: Some(known.standing),
        now: None,
    }
}

fn is_waiting(pod: &Standing) -> bool {
    let waits = matches!(
        pod.place(),
        Some(PlacementKind::FargatePending | PlacementKind::Pending)
    );
    waits && !pod.terminating && !pod.is_finished()
}

fn is_decided(pod: &Standing) -> bool {
    pod.certainty != Certainty::Undecided && pod.expected.kind != ExpectedKind::Undecided
}

/// Whether something could not be read that may be read a moment later.
fn is_troubled(snapshot: &ClusterSnapshot) -> bool {
    snapshot.sources.iter().any(|note| {
        matches!(
            note.status,
            SourceStatus::Failed | SourceStatus::TimedOut | SourceStatus::Partial
        )
    })
}

#[cfg(test)]
mod tests;
