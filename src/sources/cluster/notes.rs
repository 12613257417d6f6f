//! How each read went, gathered into the lines of the report's `sources`.

use std::collections::BTreeMap;

use super::failure::{Failure, FailureKind};
use crate::decision::facts::{Kind, SourceNote, SourceStatus};
use crate::sources::reduce::Malformed;

/// One line a kind and namespace.
#[derive(Debug, Default)]
pub struct Notes {
    lines: BTreeMap<(Kind, Option<String>), Line>,
}

#[derive(Debug, Default)]
struct Line {
    count: u64,
    /// How the list of the kind ended, where it did not end well.
    list: Option<(SourceStatus, String)>,
    /// How a read of one object ended, where it did not end well.
    object: Option<(SourceStatus, String)>,
    /// A list came to its end.
    listed: bool,
    /// Objects were asked for one by one.
    one_by_one: bool,
    malformed: Vec<Malformed>,
}

impl Notes {
    /// A list was read to its end.
    pub fn listed(&mut self, kind: Kind, namespace: Option<&str>, count: u64) {
        let line = self.line(kind, namespace);
        line.listed = true;
        line.count += count;
    }

    /// A list broke off after `count` objects, or gave nothing at all.
    pub fn list_failed(
        &mut self,
        kind: Kind,
        namespace: Option<&str>,
        count: u64,
        broke_off: bool,
        failure: &Failure,
    ) {
        let status = if broke_off {
            SourceStatus::Partial
        } else {
            failure.status()
        };
        let line = self.line(kind, namespace);
        line.count += count;
        line.list = Some((status, failure.message.clone()));
    }

    /// One object was read, or is known not to exist.
    pub fn got(&mut self, kind: Kind, namespace: Option<&str>, found: bool) {
        let line = self.line(kind, namespace);
        line.one_by_one = true;
        line.count += u64::from(found);
    }

    /// One object could not be read.
    pub fn get_failed(&mut self, kind: Kind, namespace: Option<&str>, failure: &Failure) {
        let line = self.line(kind, namespace);
        line.object
            .get_or_insert_with(|| (failure.status(), failure.message.clone()));
    }

    /// An object came that cannot be understood.
    pub fn malformed(&mut self, kind: Kind, namespace: Option<&str>, malformed: Malformed) {
        self.line(kind, namespace).malformed.push(malformed);
    }

    fn line(&mut self, kind: Kind, namespace: Option<&str>) -> &mut Line {
        self.lines
            .entry((kind, namespace.map(str::to_owned)))
            .or_default()
    }

    /// The lines of the report, pods first.
    pub fn finish(self) -> Vec<SourceNote> {
        let mut notes = Vec::new();
        for ((kind, namespace), line) in self.lines {
            let what = kind.plural().to_owned();
            let note = |status, count, detail| SourceNote {
                what: what.clone(),
                namespace: namespace.clone(),
                status,
                count,
                detail,
            };
            for malformed in &line.malformed {
                let detail = match &malformed.object {
                    Some(object) => format!("{object}: {}", malformed.problem),
                    None => malformed.problem.clone(),
                };
                notes.push(note(SourceStatus::Malformed, None, Some(detail)));
            }
            let count = Some(line.count);
            let came = line.listed || line.one_by_one;
            notes.push(match (line.list, line.object) {
                // The one object that was asked for came, and was malformed.
                (None, None) if !came => continue,
                (None, None) => note(SourceStatus::Read, count, None),
                // All that was needed came nevertheless.
                (Some((status, _)), None) if line.one_by_one && status != SourceStatus::Partial => {
                    note(
                        SourceStatus::Read,
                        count,
                        Some("read one by one, since they could not be listed".to_owned()),
                    )
                }
                (Some((status, words)), _) | (None, Some((status, words))) => {
                    note(status, count.filter(|count| *count > 0), Some(words))
                }
            });
        }
        notes
    }
}

/// Whether a failure speaks of the kind as a whole, so that the next object of it would fare no better.
pub fn holds_for_all(kind: FailureKind) -> bool {
    !matches!(
        kind,
        FailureKind::Absent | FailureKind::Malformed | FailureKind::Refused
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forbidden(words: &str) -> Failure {
        Failure::new(FailureKind::Forbidden, words)
    }

    #[test]
    fn one_line_a_kind_and_namespace() {
        let mut notes = Notes::default();
        notes.got(Kind::Pod, Some("shop"), true);
        notes.got(Kind::Pod, Some("shop"), false);
        notes.list_failed(Kind::Node, None, 0, false, &forbidden("no list"));
        notes.list_failed(
            Kind::Event,
            Some("shop"),
            500,
            true,
            &Failure::new(FailureKind::Broken, "reset"),
        );
        notes.get_failed(Kind::ReplicaSet, Some("shop"), &forbidden("no get"));
        notes.list_failed(
            Kind::PersistentVolume,
            None,
            0,
            false,
            &forbidden("no list"),
        );
        notes.got(Kind::PersistentVolume, None, true);
        let malformed = || Malformed {
            object: None,
            problem: "no object".to_owned(),
        };
        notes.malformed(Kind::ConfigMap, Some("shop"), malformed());
        notes.malformed(Kind::Service, Some("shop"), malformed());
        notes.listed(Kind::Service, Some("shop"), 0);
        let lines: Vec<_> = notes
            .finish()
            .into_iter()
            .map(|note| {
                (
                    note.what,
                    note.status,
                    note.count,
                    note.detail.unwrap_or_default(),
                )
            })
            .collect();
        let line = |what: &str, status, count, detail: &str| {
            (what.to_owned(), status, count, detail.to_owned())
        };
        assert_eq!(
            lines,
            [
                line("pods", SourceStatus::Read, Some(1), ""),
                line("nodes", SourceStatus::Forbidden, None, "no list"),
                line("events", SourceStatus::Partial, Some(500), "reset"),
                line("replicasets", SourceStatus::Forbidden, None, "no get"),
                line(
                    "persistentvolumes",
                    SourceStatus::Read,
                    Some(1),
                    "read one by one, since they could not be listed"
                ),
                line("services", SourceStatus::Malformed, None, "no object"),
                line("services", SourceStatus::Read, Some(0), ""),
                line("configmaps", SourceStatus::Malformed, None, "no object"),
            ]
        );
    }
}
