//! What stands below a table or the pages: what is wrong, whether our matching agrees with EKS, what was not read.

use std::io;

use super::words::{PodsKnown, cluster, is_observed, pods_known};
use crate::decision::facts::{Kind, SourceNote, SourceStatus};
use crate::decision::finding::{Finding, Severity};
use crate::decision::reason::Reason;
use crate::render::page::Page;
use crate::render::style::Role;
use crate::render::unread;
use crate::render::words::{certainty, plural};
use crate::report::profiles::ProfileReport;
use crate::report::profiles::model::PodDisagreement;

/// Findings that are told below a table; the others are counted.
const FINDINGS_TOLD: usize = 12;
/// Lines of one finding.
const LINES_OF_A_FINDING: usize = 2;
/// Disagreements that are told; the others are counted.
const DISAGREEMENTS_TOLD: usize = 5;
/// Lines of one disagreement.
const LINES_OF_A_DISAGREEMENT: usize = 3;
/// A quota is told from this part of it on.
const NEAR: (usize, usize) = (4, 5);
/// The `what` of the source that says how the profiles were read.
const PROFILES: &str = "fargateprofiles";
/// The report's word for profiles that could not be read.
const UNREAD: &str = "Unread";

/// What there is to say where there is no profile to show, or where those that are shown are only what pods tell.
pub(super) fn without_profiles(report: &ProfileReport, page: &mut Page<'_>) -> io::Result<()> {
    let place = cluster(&report.cluster);
    if report.knowledge != UNREAD {
        let sentence = match report.knowledge {
            "Complete" => {
                format!("No Fargate profile in {place}, so nothing here can run on Fargate.")
            }
            _ => format!("No Fargate profile of {place} was found in what was read."),
        };
        return page.prose(0, &sentence);
    }
    let note = report
        .sources
        .iter()
        .find(|note| note.what == PROFILES && note.status != SourceStatus::Read);
    let why = note
        .and_then(|note| note.detail.as_deref())
        .unwrap_or("none were given");
    page.led(
        0,
        Some((Role::Care, "Profiles not read:")),
        &format!("those of {place}: {why}."),
        4,
    )?;
    let fix = report
        .findings
        .iter()
        .filter(|finding| finding.reason == Reason::ProfilesUnknown)
        .find_map(|finding| finding.fix.as_ref());
    if let Some(fix) = fix {
        page.prose(0, &fix.text)?;
        for command in &fix.commands {
            page.command(command)?;
        }
    }
    if report.profiles.iter().any(is_observed) {
        page.prose(
            0,
            "What follows is only what pods tell: the names that EKS wrote on them.",
        )?;
    }
    Ok(())
}

/// A finding with what it is about.
struct About<'a> {
    profile: Option<&'a str>,
    finding: &'a Finding,
}

/// The findings about all profiles that are shown, worst first; notes are left to the pages.
fn urgent(report: &ProfileReport) -> Vec<About<'_>> {
    let of_profiles = report.profiles.iter().flat_map(|profile| {
        profile.findings.iter().map(|finding| About {
            profile: Some(profile.name.as_str()),
            finding,
        })
    });
    let of_cluster = report
        .findings
        .iter()
        // What helps has been told at the head.
        .filter(|finding| finding.reason != Reason::ProfilesUnknown)
        .map(|finding| About {
            profile: None,
            finding,
        });
    let mut all: Vec<About<'_>> = of_cluster
        .chain(of_profiles)
        .filter(|about| about.finding.severity != Severity::Info)
        .collect();
    all.sort_by_key(|about| about.finding.severity);
    all
}

/// The findings, one after the other, and what to type next.
pub(super) fn findings(report: &ProfileReport, page: &mut Page<'_>) -> io::Result<()> {
    let all = urgent(report);
    if all.is_empty() {
        return Ok(());
    }
    page.blank()?;
    for about in all.iter().take(FINDINGS_TOLD) {
        let finding = about.finding;
        let reason = match certainty(finding.certainty) {
            Some(word) => format!("{}, {word}:", finding.reason),
            None => format!("{}:", finding.reason),
        };
        let lead = match about.profile {
            Some(profile) => format!("{profile} {reason}"),
            None => reason,
        };
        let role = Role::of(finding.reason, finding.severity);
        page.led(0, Some((role, &lead)), &finding.message, LINES_OF_A_FINDING)?;
    }
    if all.len() > FINDINGS_TOLD {
        let more = all.len() - FINDINGS_TOLD;
        page.prose(0, &format!("and {more} more (-o json lists them)"))?;
    }
    Ok(())
}

/// What to type next: the page of the worst profile, and of what was found about it.
pub(super) fn next(report: &ProfileReport, page: &mut Page<'_>) -> io::Result<()> {
    let urgent = urgent(report);
    let worst = urgent.iter().find_map(|about| about.profile);
    let first = || report.profiles.first().map(|profile| profile.name.as_str());
    let Some(name) = worst.or_else(first).filter(|name| is_typeable(name)) else {
        return Ok(());
    };
    let mut command = format!("kubectl fargate profiles {name}");
    if let Some(namespace) = &report.namespace
        && is_typeable(namespace)
    {
        command.push_str(&format!(" -n {namespace}"));
    }
    if !page.style.same_source.is_empty() {
        command.push(' ');
        command.push_str(&page.style.same_source);
    }
    page.blank()?;
    page.next("One of them in full:", &command)?;
    if let Some(about) = urgent.first() {
        let reason = about.finding.reason;
        page.next(
            "What to do about it:",
            &format!("kubectl fargate reasons {reason}"),
        )?;
    }
    Ok(())
}

/// Whether a shell takes the name as it stands.
fn is_typeable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('-')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
}

/// Whether our matching and EKS agree. Nothing where there is nothing to compare.
pub(super) fn agreement(report: &ProfileReport, page: &mut Page<'_>) -> io::Result<()> {
    let agreement = &report.agreement;
    let unchecked = match agreement.unchecked {
        0 => String::new(),
        count => format!(
            " {count} more could not be compared: profiles or their selectors were not seen."
        ),
    };
    if agreement.checked == 0 {
        return match agreement.unchecked {
            0 => Ok(()),
            count => page.prose(
                0,
                &format!(
                    "Our matching could not be compared with EKS on {count} {} on Fargate: profiles or their selectors were not seen.",
                    plural(count, "pod")
                ),
            ),
        };
    }
    let differ = agreement.disagreements.len();
    let sentence = format!(
        "Our matching agrees with EKS on {} of {} {} on Fargate.{unchecked}",
        agreement.agreed,
        agreement.checked,
        plural(agreement.checked, "pod"),
    );
    page.prose(0, &sentence)?;
    for disagreement in agreement.disagreements.iter().take(DISAGREEMENTS_TOLD) {
        told(disagreement, page)?;
    }
    if differ > DISAGREEMENTS_TOLD {
        let more = differ - DISAGREEMENTS_TOLD;
        page.prose(2, &format!("and {more} more (-o json lists them)"))?;
    }
    Ok(())
}

fn told(disagreement: &PodDisagreement, page: &mut Page<'_>) -> io::Result<()> {
    let role = match disagreement.explained {
        true => Role::Heading,
        false => Role::Care,
    };
    let PodDisagreement {
        namespace,
        name,
        label,
        ..
    } = disagreement;
    let predicted = disagreement.predicted.as_deref().unwrap_or("none");
    let text = format!("EKS chose {label}, we {predicted}: {}", disagreement.why);
    let lead = format!("{namespace}/{name}:");
    page.led(2, Some((role, &lead)), &text, LINES_OF_A_DISAGREEMENT)
}

/// Quotas that are nearly used up.
pub(super) fn quotas(report: &ProfileReport, page: &mut Page<'_>) -> io::Result<()> {
    for quota in &report.quotas {
        if quota.used * NEAR.1 < quota.default * NEAR.0 {
            continue;
        }
        let what = match (quota.name, &quota.profile) {
            ("ProfilesPerCluster", _) => "profiles in this cluster".to_owned(),
            ("SelectorsPerProfile", Some(profile)) => format!("selectors of profile {profile}"),
            ("LabelPairsPerSelector", Some(profile)) => {
                format!("label pairs of a selector of profile {profile}")
            }
            (name, _) => name.to_owned(),
        };
        let text = format!(
            "{} of {} {what} (the default; AWS raises it on request)",
            quota.used, quota.default
        );
        page.led(0, Some((Role::Care, "Quota:")), &text, 2)?;
    }
    Ok(())
}

/// What could not be read, and what the counts therefore are of.
pub(super) fn not_read(report: &ProfileReport, page: &mut Page<'_>) -> io::Result<()> {
    let known = pods_known(report);
    let pods = Kind::Pod.plural();
    match (&known, &report.namespace) {
        (PodsKnown::None(note), _) => {
            page.blank()?;
            let why = note
                .and_then(|note| note.detail.as_deref())
                .map_or_else(String::new, |why| format!(" ({why})"));
            let text = format!("only the profiles themselves are judged{why}");
            page.led(0, Some((Role::Care, "Pods not read:")), &text, 3)?;
            if note.is_none_or(|note| note.status != SourceStatus::Forbidden) {
                // Without pods nothing else of the cluster was asked for.
                return Ok(());
            }
        }
        (PodsKnown::OnlyOf(namespace), _) => {
            page.blank()?;
            let text = format!(
                "counts are of the pods in namespace {namespace}; those of all namespaces may not be listed"
            );
            page.led(0, Some((Role::Care, "Not all pods:")), &text, 3)?;
        }
        (PodsKnown::All, Some(namespace)) => {
            page.blank()?;
            let text = format!("counts are of the pods in namespace {namespace}");
            page.led(0, Some((Role::Heading, "One namespace:")), &text, 3)?;
        }
        (PodsKnown::All, None) => {}
    }
    let was_read = |what: &str| {
        report
            .sources
            .iter()
            .any(|note| note.what == what && note.status == SourceStatus::Read)
    };
    let is_told = |note: &&SourceNote| {
        let is_missed = matches!(
            note.status,
            SourceStatus::Partial
                | SourceStatus::Forbidden
                | SourceStatus::TimedOut
                | SourceStatus::Failed
                | SourceStatus::Malformed
        );
        let is_of_the_head = note.what == PROFILES && report.knowledge == UNREAD;
        let is_whole = matches!(note.status, SourceStatus::Partial | SourceStatus::Malformed);
        // What may not be listed of all namespaces and was read of one has been told.
        is_missed && (is_whole || note.what != pods && !was_read(&note.what)) && !is_of_the_head
    };
    let notes: Vec<&SourceNote> = report.sources.iter().filter(is_told).collect();
    if !notes.is_empty() {
        page.blank()?;
    }
    unread::each(&notes, page)
}
