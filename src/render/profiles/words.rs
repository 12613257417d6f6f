//! The phrases that the formats about profiles share.

use crate::decision::facts::{Kind, SourceNote, SourceStatus};
use crate::decision::finding::{Finding, Severity};
use crate::render::duration::between;
use crate::render::style::Role;
use crate::render::words::plural;
use crate::report::model::ClusterReport;
use crate::report::profiles::ProfileReport;
use crate::report::profiles::model::ProfileEntry;

/// `source` of a profile of which only pods tell.
const OBSERVED: &str = "Observed";

/// Whether only pods tell of the profile.
pub(super) fn is_observed(profile: &ProfileEntry) -> bool {
    profile.source == OBSERVED
}

/// `cluster prod (eu-west-1)`. The text is raw.
pub(super) fn cluster(cluster: &ClusterReport) -> String {
    match (&cluster.name, &cluster.region) {
        (Some(name), Some(region)) => format!("cluster {name} ({region})"),
        (Some(name), None) => format!("cluster {name}"),
        (None, _) => "this cluster".to_owned(),
    }
}

/// Where the profiles that are shown are: in the cluster, or in the file that they were read from where no cluster is known. The
/// text is raw.
pub(super) fn place(report: &ProfileReport) -> String {
    let mut sources = report.profiles.iter().map(|profile| &profile.source);
    let is_known = report.cluster.name.is_some();
    match sources.next() {
        Some(first) if !is_known && report.knowledge != "Unread" => {
            match sources.all(|source| source == first) {
                true if !["EKS", "demo", OBSERVED].contains(&first.as_str()) => first.clone(),
                true => cluster(&report.cluster),
                false => "what was read".to_owned(),
            }
        }
        _ => cluster(&report.cluster),
    }
}

/// Status and health in a word or two: `ACTIVE`, `ACTIVE, unhealthy`.
pub(super) fn status(profile: &ProfileEntry) -> String {
    let status = match &profile.status {
        Some(status) => status.clone(),
        None if is_observed(profile) => "seen on pods".to_owned(),
        None => "not stated".to_owned(),
    };
    match profile.health_issues.is_empty() {
        true => status,
        false => format!("{status}, unhealthy"),
    }
}

/// How the status is coloured: by what EKS says of the profile itself. What else was found has its own column.
pub(super) fn role(profile: &ProfileEntry) -> Role {
    match profile.status.as_deref() {
        _ if !profile.health_issues.is_empty() => Role::Bad,
        Some("ACTIVE") => Role::Good,
        None => Role::Heading,
        Some("CREATE_FAILED" | "DELETE_FAILED") => Role::Bad,
        Some(_) => Role::Care,
    }
}

/// The age of a profile, as kubectl writes ages; empty where it is not known.
pub(super) fn age(report: &ProfileReport, profile: &ProfileEntry) -> String {
    profile
        .created_at
        // A profile younger than the moment that is judged from has no age then.
        .filter(|created| *created <= report.taken_at)
        .map(|created| between(created, report.taken_at))
        .unwrap_or_default()
}

/// `1 error, 2 warnings, 1 note`; empty where there is none. In brief `1E 2W 1N`.
pub(super) fn counted(findings: &[&Finding], brief: bool) -> String {
    let count = |severity: Severity| {
        findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    };
    let parts: Vec<String> = [
        (Severity::Error, "error", "E"),
        (Severity::Warning, "warning", "W"),
        (Severity::Info, "note", "N"),
    ]
    .into_iter()
    .map(|(severity, word, letter)| (count(severity), word, letter))
    .filter(|(count, ..)| *count > 0)
    .map(|(count, word, letter)| match brief {
        true => format!("{count}{letter}"),
        false => format!("{count} {}", plural(count, word)),
    })
    .collect();
    parts.join(if brief { " " } else { ", " })
}

/// What is known of the pods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PodsKnown<'a> {
    /// Those of every namespace that was asked about.
    All,
    /// Those of this namespace alone, since all may not be read.
    OnlyOf(&'a str),
    /// None, for this reason.
    None(Option<&'a SourceNote>),
}

/// What the report's sources tell of the pods.
pub(super) fn pods_known(report: &ProfileReport) -> PodsKnown<'_> {
    let notes = || {
        report
            .sources
            .iter()
            .filter(|note| note.what == Kind::Pod.plural())
    };
    let came =
        |note: &&SourceNote| matches!(note.status, SourceStatus::Read | SourceStatus::Partial);
    if notes().next().is_none() {
        return PodsKnown::None(None);
    }
    if notes().any(|note| came(&note) && note.namespace.is_none()) {
        return PodsKnown::All;
    }
    let failed = notes().find(|note| !came(note) && note.status != SourceStatus::Malformed);
    let of_one = notes()
        .find(came)
        .and_then(|note| note.namespace.as_deref());
    match (of_one, failed) {
        (Some(namespace), Some(_)) => PodsKnown::OnlyOf(namespace),
        (Some(_), None) => PodsKnown::All,
        (None, failed) => PodsKnown::None(failed),
    }
}
