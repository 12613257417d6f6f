//! What could not be read, said at the end of a story or under a table: a line each, and one for all that only notes rest on.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::Answer;
use super::page::Page;
use super::style::Role;
use crate::decision::facts::{IN_PLACE_OF_EKS, Kind, SourceNote, SourceStatus};

/// Lines of one note.
const LINES_OF_A_NOTE: usize = 3;
/// Sources not read that are told; the others are counted.
const SOURCES_TOLD: usize = 4;

/// Whether a story tells it. Of all else that was not read, its findings speak.
pub(super) fn is_told_in_story(note: &SourceNote) -> bool {
    let is_broken = matches!(note.status, SourceStatus::Partial | SourceStatus::Malformed);
    is_broken || is_missed_of_aws(note) || is_missed_beside_pods(note)
}

/// What AWS did not tell of the network and the role of a waiting pod's profile. No finding speaks of that: it is asked only
/// for such pods, and the answer is whole without it.
fn is_missed_of_aws(note: &SourceNote) -> bool {
    let is_missed = matches!(
        note.status,
        SourceStatus::Forbidden | SourceStatus::TimedOut | SourceStatus::Failed
    );
    is_missed && matches!(note.what.as_str(), "subnets" | "accessentries")
}

/// What stands beside pods and could not be read. Only notes rest on it, so it is told in one line.
fn is_missed_beside_pods(note: &SourceNote) -> bool {
    let is_missed = matches!(
        note.status,
        SourceStatus::Forbidden | SourceStatus::TimedOut | SourceStatus::Failed
    );
    let is_companion = |kind: &Kind| kind.is_companion() && kind.plural() == note.what;
    is_missed && Kind::ALL.iter().any(is_companion)
}

/// Objects by which controllers make profiles are missed only where the EKS API did not tell the profiles.
fn is_needless(report: &Answer<'_>, note: &SourceNote) -> bool {
    let is_of_objects = note.what == "apis"
        || note.what.contains("fargateprofiles.")
        || note.what.starts_with("awsmanagedcontrolplanes.");
    is_of_objects
        && report
            .sources
            .iter()
            .any(|source| source.what == "fargateprofiles" && source.status == SourceStatus::Read)
}

/// Says what was not read, or not whole, as these notes tell. A few lines at the most.
pub(super) fn lines<'a>(
    report: &Answer<'_>,
    notes: impl Iterator<Item = &'a SourceNote>,
    page: &mut Page<'_>,
) -> io::Result<()> {
    let notes = notes.filter(|note| !is_needless(report, note));
    let (beside, notes): (Vec<_>, Vec<_>) = notes.partition(|note| is_missed_beside_pods(note));
    if report.pods.is_empty() && report.nodes.is_empty() {
        return Ok(());
    }
    stand_ins(&report.sources, page)?;
    if notes.is_empty() && beside.is_empty() {
        return Ok(());
    }
    page.blank()?;
    each(&notes, page)?;
    if !beside.is_empty() {
        let what = format!("{}; their notes are missing", by_status(&beside));
        page.led(0, Some((Role::Care, "Not read:")), &what, LINES_OF_A_NOTE)?;
    }
    Ok(())
}

/// Says which kinds were not read, in a line for all of them: findings speak of what was not seen only where it could change
/// something, and whoever reads an answer should know what it was made without.
pub(super) fn kinds(sources: &[SourceNote], page: &mut Page<'_>) -> io::Result<()> {
    let is_missed = |note: &&SourceNote| {
        let is_missed = matches!(
            note.status,
            SourceStatus::Forbidden | SourceStatus::TimedOut | SourceStatus::Failed
        );
        let is_of_a_kind = |kind: &Kind| !kind.is_companion() && kind.plural() == note.what;
        // Where nothing stands in for the profiles, a finding speaks of them at length.
        let is_stood_in_for = note.what == "fargateprofiles"
            && sources
                .iter()
                .any(|source| source.what.contains("fargateprofiles."));
        is_missed && (is_stood_in_for || Kind::ALL.iter().any(is_of_a_kind))
    };
    let missed: Vec<&SourceNote> = sources.iter().filter(is_missed).collect();
    if missed.is_empty() {
        return Ok(());
    }
    page.blank()?;
    let lead = Some((Role::Care, "Not read:"));
    page.led(0, lead, &by_status(&missed), LINES_OF_A_NOTE)
}

/// Says which objects of the cluster the profiles were read from, and why not from EKS.
pub(super) fn stand_ins(sources: &[SourceNote], page: &mut Page<'_>) -> io::Result<()> {
    let told = sources.iter().filter_map(|note| {
        let (_, why) = note.detail.as_deref()?.split_once(IN_PLACE_OF_EKS)?;
        Some((note.what.as_str(), why))
    });
    let (kinds, whys): (Vec<&str>, Vec<&str>) = told.unzip();
    let Some(why) = whys.first() else {
        return Ok(());
    };
    page.blank()?;
    let what = format!("those of {}, {IN_PLACE_OF_EKS}{why}", kinds.join(", "));
    page.led(0, Some((Role::Care, "Profiles:")), &what, LINES_OF_A_NOTE)
}

/// Says of each note what was not read, and of the last ones how many they are.
pub(super) fn each(notes: &[&SourceNote], page: &mut Page<'_>) -> io::Result<()> {
    for note in notes.iter().take(SOURCES_TOLD) {
        let lead = match note.status {
            SourceStatus::Partial => "Not read whole:",
            _ => "Not read:",
        };
        let place = note
            .namespace
            .as_ref()
            .map(|namespace| format!(" in {namespace}"));
        // Whoever refused may use many words; which permission it takes is what a person needs.
        let detail = note
            .missing_permission()
            .map(|needs| format!(": needs {needs}"))
            .or_else(|| note.detail.as_ref().map(|detail| format!(": {detail}")));
        let what = format!(
            "{}{} ({:?}){}",
            note.what,
            place.unwrap_or_default(),
            note.status,
            detail.unwrap_or_default()
        );
        page.led(0, Some((Role::Care, lead)), &what, LINES_OF_A_NOTE)?;
    }
    if notes.len() > SOURCES_TOLD {
        page.prose(
            0,
            &format!(
                "and {} more (-o json lists them)",
                notes.len() - SOURCES_TOLD
            ),
        )?;
    }
    Ok(())
}

/// `services, serviceaccounts (Forbidden), poddisruptionbudgets (TimedOut)`.
fn by_status(notes: &[&SourceNote]) -> String {
    let mut names: BTreeMap<SourceStatus, BTreeSet<&str>> = BTreeMap::new();
    for note in notes {
        names.entry(note.status).or_default().insert(&note.what);
    }
    let parts: Vec<String> = names
        .into_iter()
        .map(|(status, names)| {
            let names: Vec<&str> = names.into_iter().collect();
            format!("{} ({status:?})", names.join(", "))
        })
        .collect();
    parts.join(", ")
}
