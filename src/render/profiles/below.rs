//! What stands below a table or the pages: what is wrong, whether our matching agrees with EKS, what was not read.

use std::io;

use super::words::{PodsKnown, cluster, is_observed, pods_known};
use crate::decision::facts::{Kind, ObjectRef, SourceNote, SourceStatus};
use crate::decision::finding::{Finding, Severity};
use crate::decision::reason::Reason;
use crate::render::page::Page;
use crate::render::proof::{self, Told};
use crate::render::style::Role;
use crate::render::unread;
use crate::render::words::{certainty, plural};
use crate::report::profiles::ProfileReport;
use crate::report::profiles::model::{Agreement, PodDisagreement};

/// Findings that are told below a table; the others are counted.
const FINDINGS_TOLD: usize = 12;
/// Lines of one finding. A message has no more in eighty columns, so that this cuts only what others wrote.
const LINES_OF_A_FINDING: usize = 6;
/// Disagreements that are told; the others are counted.
const DISAGREEMENTS_TOLD: usize = 5;
/// Lines of one disagreement.
const LINES_OF_A_DISAGREEMENT: usize = 4;
/// Lines of what is remarked about reading the profiles.
const LINES_OF_REMARKS: usize = 6;
/// The `what` of the source that says how the profiles were read.
const PROFILES: &str = "fargateprofiles";
/// The report's word for profiles that could not be read.
const UNREAD: &str = "Unread";

/// What there is to say where there is no profile to show, or where those that are shown are only what pods tell.
pub(super) fn without_profiles(report: &ProfileReport, page: &mut Page<'_>) -> io::Result<()> {
    let place = cluster(&report.cluster);
    if report.knowledge != UNREAD {
        let is_held = |finding: &Finding| finding.reason == Reason::PodsOfMissingProfile;
        let sentence = match report.knowledge {
            "Complete" if report.findings.iter().any(is_held) => {
                format!("No Fargate profile in {place}, so no pod made now can run on Fargate.")
            }
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
    // What a file tells says itself whose profiles it holds.
    let text = match note {
        Some(SourceNote {
            status: SourceStatus::NotGiven,
            detail: Some(why),
            ..
        }) => format!("{why}."),
        Some(SourceNote {
            detail: Some(why), ..
        }) => format!("those of {place}: {why}."),
        _ => format!("those of {place}: none were given."),
    };
    page.led(
        0,
        Some((Role::Care, "Profiles not read:")),
        &text,
        usize::MAX,
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

/// The findings about the cluster and about all profiles that are shown, worst first. The notes of profiles are left to their
/// pages.
fn told_below(report: &ProfileReport) -> Vec<About<'_>> {
    let of_profiles = report.profiles.iter().flat_map(|profile| {
        let urgent = profile
            .findings
            .iter()
            .filter(|finding| finding.severity != Severity::Info);
        urgent.map(|finding| About {
            profile: Some(profile.name.as_str()),
            finding,
        })
    });
    let mut all: Vec<About<'_>> = about_cluster(report)
        .map(|finding| About {
            profile: None,
            finding,
        })
        .chain(of_profiles.filter(|about| !is_told_at_head(report, about.finding)))
        .collect();
    all.sort_by_key(|about| about.finding.severity);
    all
}

/// The findings that concern the cluster and no single profile, but for what has been told at the head.
pub(super) fn about_cluster(report: &ProfileReport) -> impl Iterator<Item = &Finding> {
    report
        .findings
        .iter()
        .filter(|finding| !is_told_at_head(report, finding))
}

/// Whether the page began with it: that profiles could not be read, and what helps; or that there are none.
pub(super) fn is_told_at_head(report: &ProfileReport, finding: &Finding) -> bool {
    match finding.reason {
        Reason::ProfilesUnknown => report.knowledge == UNREAD,
        Reason::NoProfiles => report.knowledge == "Complete" && report.profiles.is_empty(),
        _ => false,
    }
}

/// The findings, one after the other, and what to type next.
pub(super) fn findings(report: &ProfileReport, page: &mut Page<'_>) -> io::Result<()> {
    let all = told_below(report);
    if all.is_empty() {
        return Ok(());
    }
    page.blank()?;
    for about in all.iter().take(FINDINGS_TOLD) {
        match about.profile {
            // It has a page, which tells the rest.
            Some(_) => message(about.profile, about.finding, (0, LINES_OF_A_FINDING), page)?,
            None => in_full(
                &ObjectRef::cluster_wide("cluster", ""),
                about.finding,
                0,
                page,
            )?,
        }
    }
    if all.len() > FINDINGS_TOLD {
        let more = all.len() - FINDINGS_TOLD;
        page.prose(0, &format!("and {more} more (-o json lists them)"))?;
    }
    Ok(())
}

/// The message of a finding after its reason, and before that the name of the profile that it is about; at this indent, cut after
/// so many lines.
pub(super) fn message(
    profile: Option<&str>,
    finding: &Finding,
    (indent, most): (usize, usize),
    page: &mut Page<'_>,
) -> io::Result<()> {
    let reason = match certainty(finding.certainty) {
        Some(word) => format!("{}, {word}:", finding.reason),
        None => format!("{}:", finding.reason),
    };
    let lead = match profile {
        Some(profile) => format!("{profile} {reason}"),
        None => reason,
    };
    let role = Role::of(finding.reason, finding.severity);
    page.led(indent, Some((role, &lead)), &finding.message, most)
}

/// A finding whole: its message, what proves it, and what helps.
pub(super) fn in_full(
    about: &ObjectRef,
    finding: &Finding,
    indent: usize,
    page: &mut Page<'_>,
) -> io::Result<()> {
    message(None, finding, (indent, usize::MAX), page)?;
    proof::evidence(page, about, finding, Told::default())?;
    let Some(fix) = &finding.fix else {
        return Ok(());
    };
    page.section("Fix", &fix.text)?;
    for command in &fix.commands {
        page.command(command)?;
    }
    Ok(())
}

/// What to type next: the page of the worst profile, and of what was found about it.
pub(super) fn next(report: &ProfileReport, page: &mut Page<'_>) -> io::Result<()> {
    let told = told_below(report);
    let worst = told.iter().find_map(|about| about.profile);
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
    page.blank()?;
    page.next("One of them in full:", &page.style.asked_again(&command))?;
    if let Some(about) = told.first() {
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
        && name.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':' | b'/')
        })
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
    let sentence = format!("{}{unchecked}", in_words(agreement));
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

/// In how many cases our matching and EKS agree; where they do not, whether that is explained.
fn in_words(agreement: &Agreement) -> String {
    let Agreement {
        checked, agreed, ..
    } = agreement;
    let all = plural(*checked, "pod");
    let differ = agreement.disagreements.len();
    let of = |explained: bool| {
        let all = agreement.disagreements.iter();
        all.filter(|one| one.explained == explained).count()
    };
    let (unexplained, explained) = (of(false), of(true));
    let (differs, is) = match differ {
        1 => ("differs", "is"),
        _ => ("differ", "are"),
    };
    let mut text = match (*agreed, differ) {
        (_, 0) => {
            return format!(
                "Our matching agrees with EKS on {agreed} of {checked} {all} on Fargate."
            );
        }
        (0, _) => format!("{differ} of {checked} {all} on Fargate {differs} from our matching"),
        _ => format!(
            "Our matching agrees with EKS on {agreed} of {checked} {all} on Fargate; {differ} {differs}"
        ),
    };
    text.push_str(&match (unexplained, explained) {
        (0, _) => format!(", and {is} explained:"),
        (_, 0) => ": our matching, or the profiles given, may be wrong.".to_owned(),
        (count, _) => format!(
            ", {count} of them unexplained: our matching, or the profiles given, may be wrong."
        ),
    });
    text
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
    let text = format!(
        "EKS wrote {label}; predicted {predicted}: {}",
        disagreement.why
    );
    let lead = format!("{namespace}/{name}:");
    page.led(2, Some((role, &lead)), &text, LINES_OF_A_DISAGREEMENT)
}

/// What was remarked in reading, what could not be read, and what the counts therefore are of.
pub(super) fn not_read(report: &ProfileReport, page: &mut Page<'_>) -> io::Result<()> {
    remarks(report, page)?;
    missing(report, page)
}

fn missing(report: &ProfileReport, page: &mut Page<'_>) -> io::Result<()> {
    let known = pods_known(report);
    let pods = Kind::Pod.plural();
    match (&known, &report.namespace) {
        (PodsKnown::None(note), _) => {
            page.blank()?;
            let why = note.and_then(|note| note.detail.as_deref());
            let was_asked = note.is_some_and(|note| note.status != SourceStatus::NotGiven);
            if !was_asked && !report.profiles.is_empty() {
                let what = match why {
                    Some(_) => "No cluster was asked",
                    None => "No pods were given",
                };
                page.prose(
                    0,
                    &format!("{what}: the profiles are judged by themselves."),
                )?;
            } else {
                let consequence = "the profiles are judged by themselves";
                let text = match (report.profiles.is_empty(), why) {
                    (true, why) => why.unwrap_or("none were given").to_owned(),
                    (false, Some(why)) => format!("{consequence} ({why})"),
                    (false, None) => consequence.to_owned(),
                };
                page.led(0, Some((Role::Care, "Pods not read:")), &text, 4)?;
            }
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
    unread::stand_ins(&report.sources, page)?;
    let notes: Vec<&SourceNote> = report.sources.iter().filter(is_told).collect();
    if !notes.is_empty() {
        page.blank()?;
    }
    unread::each(&notes, page)
}

/// Whether a remark is that a profile was given more than once, or its end: which of them counts.
fn is_about_twice(remark: &str) -> bool {
    remark.contains(" with different content")
        || remark.starts_with("that of ") && remark.ends_with(" counts")
}

/// What came of reading the profiles beside them: which were left out, and why. What a finding tells is not told again.
fn remarks(report: &ProfileReport, page: &mut Page<'_>) -> io::Result<()> {
    let is_found_twice = report
        .findings
        .iter()
        .chain(report.profiles.iter().flat_map(|profile| &profile.findings))
        .any(|finding| finding.reason == Reason::GivenTwice);
    let notes = report
        .sources
        .iter()
        .filter(|note| note.what == PROFILES && note.status == SourceStatus::Read);
    let remarks: Vec<&str> = notes
        .filter_map(|note| note.detail.as_deref())
        .flat_map(|detail| detail.split("; "))
        .filter(|remark| !(is_found_twice && is_about_twice(remark)))
        .collect();
    if remarks.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.led(
        0,
        Some((Role::Heading, "Profiles read:")),
        &format!("{}.", remarks.join("; ")),
        LINES_OF_REMARKS,
    )
}
