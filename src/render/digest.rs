//! What a table needs to know of an entry: little, so that the entry itself can go as soon as it was looked at.

use jiff::Timestamp;

use super::words::{
    is_about_what_was_read, is_finished, is_list_unread, is_visibility, provisioner_in_short,
    severity, shown_reason,
};
use crate::decision::finding::{Certainty, Finding, Severity};
use crate::decision::placement::PlacementKind;
use crate::decision::reason::Reason;
use crate::report::PodReport;
use crate::report::model::OwnerReport;

/// One pod or template, in short.
pub(super) struct Digest {
    pub(super) owner: Option<OwnerReport>,
    pub(super) standing: Standing,
    /// The decisive reason; [`Standing::reason`] is the one that is shown.
    pub(super) decisive: Reason,
    pub(super) severity: Severity,
    pub(super) certainty: Certainty,
    /// Who provides its node, in a word or two.
    pub(super) provider: Option<String>,
    pub(super) profile: Option<String>,
    pub(super) created_at: Option<Timestamp>,
    /// What else is worth knowing.
    pub(super) notes: Reasons,
    pub(super) remarks: Vec<Remark>,
}

/// In what the pods of a row are alike, beside their workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Standing {
    /// The reason that a row shows.
    pub(super) reason: Reason,
    /// The kind of place; `None` for templates.
    pub(super) place: Option<PlacementKind>,
    pub(super) is_finished: bool,
    pub(super) is_terminating: bool,
}

impl Standing {
    /// That of an entry.
    pub(super) fn of(pod: &PodReport) -> Self {
        Self {
            reason: shown_reason(pod),
            place: pod.placement.as_ref().map(|placement| placement.kind),
            is_finished: is_finished(pod),
            is_terminating: pod.terminating,
        }
    }
}

/// What many entries have in common about how profiles were read, to be told once.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Remark {
    /// How to have their list read.
    List(String),
    /// How to have a field of one told.
    Field(String),
    /// What is odd about how they were given.
    Oddity(String),
}

impl Digest {
    /// That of an entry.
    pub(super) fn of(pod: &PodReport) -> Self {
        let placement = pod.placement.as_ref();
        let provisioner = placement.and_then(|placement| placement.provisioner.as_ref());
        let is_note = |finding: &&Finding| {
            finding.severity == Severity::Info
                && finding.reason != pod.reason
                && !is_visibility(finding.reason)
        };
        let mut notes = Reasons::default();
        for note in pod.findings.iter().filter(is_note) {
            notes.insert(note.reason);
        }
        Self {
            owner: pod.owner.clone(),
            standing: Standing::of(pod),
            decisive: pod.reason,
            severity: severity(pod),
            certainty: pod.certainty,
            provider: provisioner.map(provisioner_in_short),
            profile: placement.and_then(|placement| placement.profile.clone()),
            created_at: pod.created_at,
            notes,
            remarks: pod
                .findings
                .iter()
                .filter_map(|finding| remark(pod, finding))
                .collect(),
        }
    }
}

fn remark(pod: &PodReport, finding: &Finding) -> Option<Remark> {
    if finding.reason != Reason::ProfilesUnknown {
        return None;
    }
    if pod.reason == Reason::ProfilesUnknown {
        let fix = finding.fix.as_ref()?.text.clone();
        return Some(match is_list_unread(finding) {
            true => Remark::List(fix),
            false => Remark::Field(fix),
        });
    }
    is_about_what_was_read(finding).then(|| Remark::Oddity(finding.message.clone()))
}

/// A set of reasons, in a few bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Reasons([u64; 2]);

impl Reasons {
    const EACH: usize = u64::BITS as usize;

    fn insert(&mut self, reason: Reason) {
        const { assert!(Reason::ALL.len() <= 2 * Reasons::EACH) }
        let bit = reason as usize;
        self.0[bit / Self::EACH] |= 1 << (bit % Self::EACH);
    }

    /// Adds those of another set.
    pub(super) fn extend(&mut self, other: Self) {
        for (own, others) in self.0.iter_mut().zip(other.0) {
            *own |= others;
        }
    }

    /// How many there are.
    pub(super) fn len(self) -> usize {
        self.0.iter().map(|bits| bits.count_ones() as usize).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_each_reason_once() {
        let mut all = Reasons::default();
        for (index, reason) in Reason::ALL.iter().enumerate() {
            assert_eq!(all.len(), index, "{reason}");
            all.insert(*reason);
            all.insert(*reason);
        }
        let mut both = Reasons::default();
        both.insert(Reason::RoundedUp);
        both.extend(all);
        assert_eq!(both, all);
    }
}
