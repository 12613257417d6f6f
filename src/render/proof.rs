//! The proof of a story: moments, selectors tried pair by pair, and fields with what was found in them.

use std::collections::BTreeSet;
use std::io;

use super::Answer;
use super::duration::{between, dates};
use super::page::{PROOF, Page};
use super::style::{Role, columns, padded};
use super::words::is_visibility;
use crate::decision::facts::{Gap, ObjectRef, Pattern};
use crate::decision::finding::{Evidence, Finding};
use crate::decision::placement::{LabelMiss, LabelTrial, SelectorTrial};
use crate::decision::reason::Reason;
use crate::decision::rules;
use crate::report::PodReport;

/// How many selectors are shown pair by pair; more would push the fix off the screen.
const SELECTORS_SHOWN: usize = 3;
/// How many selectors are shown where none has the pod's namespace: they take a line each.
const NAMESPACES_SHOWN: usize = 5;
/// How many pieces of evidence are shown for one finding.
const EVIDENCE_SHOWN: usize = 8;
/// What happened at a moment is a few words.
const WIDEST_MOMENT: usize = 48;
/// Where a pair of a selector begins.
const PAIR: usize = PROOF + 2;

/// The moments, each with the time since the one before, and now.
pub(super) fn timeline(
    page: &mut Page<'_>,
    report: &Answer<'_>,
    pod: &PodReport,
) -> io::Result<()> {
    let mut moments: Vec<(jiff::Timestamp, String)> = pod
        .timeline
        .iter()
        .map(|moment| {
            (
                moment.time,
                page.style
                    .cut(&page.style.text(&moment.what), WIDEST_MOMENT),
            )
        })
        .collect();
    if moments
        .last()
        .is_some_and(|(last, _)| *last < report.taken_at)
    {
        moments.push((report.taken_at, "now (all times are UTC)".to_owned()));
    }
    let times: Vec<jiff::Timestamp> = moments.iter().map(|(time, _)| *time).collect();
    let dates = dates(&times, report.taken_at);
    let widest = moments
        .iter()
        .map(|(_, what)| columns(what))
        .max()
        .unwrap_or(0);
    for (index, ((time, what), date)) in moments.iter().zip(&dates).enumerate() {
        let gap = match index.checked_sub(1).map(|before| times[before]) {
            Some(before) => format!("{} later", between(before, *time)),
            None => String::new(),
        };
        let line = format!("{date}   {}   {gap}", padded(what, widest));
        page.line(PROOF, line.trim_end())?;
    }
    Ok(())
}

/// Whether the selectors belong to the story: where matching is the reason, or time is and the profile must be named.
pub(super) fn tells_selectors(pod: &PodReport) -> bool {
    !pod.near_misses.is_empty() && !is_about_the_pod_alone(pod.reason)
        || !pod.timeline.is_empty() && !pod.matches.is_empty()
        || pod.reason == Reason::SeveralProfilesMatch
}

/// Reasons that hold whatever the profiles say.
fn is_about_the_pod_alone(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::NodeNamePreset
            | Reason::ToleratesFargateTaint
            | Reason::PinnedToFargateNode
            | Reason::StartupFailure
    )
}

/// The selectors tried, nearest first, pair by pair.
pub(super) fn selectors(page: &mut Page<'_>, pod: &PodReport) -> io::Result<()> {
    let mut seen = BTreeSet::new();
    let mut trials: Vec<&SelectorTrial> = pod
        .matches
        .iter()
        .chain(&pod.near_misses)
        .filter(|trial| seen.insert((&trial.profile, trial.selector)))
        .collect();
    let twice = pod.matches.len() + pod.near_misses.len() - trials.len();
    likely_meant_first(&mut trials, &pod.near_misses);
    let heading = if trials.iter().all(|trial| trial.matched()) {
        "Selectors that fit"
    } else {
        "Selectors tried, nearest first"
    };
    page.line(2, &page.style.paint(Role::Heading, heading))?;
    let in_namespace = trials.iter().any(|trial| trial.namespace.may_match);
    let most = if in_namespace {
        SELECTORS_SHOWN
    } else {
        NAMESPACES_SHOWN
    };
    for trial in trials.iter().take(most) {
        selector(page, pod, trial)?;
    }
    let tried = pod.matches.len() + pod.near_miss_count.max(pod.near_misses.len()) - twice;
    if tried > trials.len().min(most) {
        let more = tried - trials.len().min(most);
        page.prose(PROOF, &format!("and {more} more that came less near"))?;
    }
    Ok(())
}

/// The selector that was likely meant comes before those that are as near and were not: the reason speaks of that one.
fn likely_meant_first(trials: &mut [&SelectorTrial], near_misses: &[SelectorTrial]) {
    let Some(meant) = rules::likeliest_meant(near_misses) else {
        return;
    };
    let is_it = |trial: &&SelectorTrial| {
        (&trial.profile, trial.selector) == (&meant.profile, meant.selector)
    };
    let at = trials.iter().position(is_it);
    let first_miss = trials.iter().position(|trial| !trial.matched());
    if let (Some(at), Some(first)) = (at, first_miss)
        && let Some(passed) = trials.get_mut(first..=at)
    {
        passed.rotate_right(1);
    }
}

fn selector(page: &mut Page<'_>, pod: &PodReport, trial: &SelectorTrial) -> io::Result<()> {
    let verdict = match (trial.matched(), trial.may_match()) {
        (true, _) => "fits",
        (false, true) => "may fit; not all of it is told",
        (false, false) => "does not fit",
    };
    let name = page.style.text(&format!(
        "profile {}, selector {}",
        trial.profile, trial.selector
    ));
    if !trial.namespace.may_match {
        let mark = page.style.paint(Role::Bad, page.style.mark(false));
        let namespace = page.style.text(&trial.namespace.in_words);
        return page.line(PROOF, &format!("{name}: {mark} namespace {namespace}"));
    }
    page.line(PROOF, &format!("{name}: {verdict}"))?;
    let namespace = format!("namespace {}", &trial.namespace.in_words);
    let wanted: Vec<String> = std::iter::once(namespace)
        .chain(
            trial
                .labels
                .iter()
                .map(|pair| format!("label {} = {}", pair.key_in_words, pair.value_in_words)),
        )
        .chain(
            trial
                .expression("labels")
                .map(|labels| format!("labels {labels}")),
        )
        .map(|wanted| page.style.text(&wanted))
        .collect();
    let widest = wanted
        .iter()
        .map(|wanted| columns(wanted))
        .max()
        .unwrap_or(0);
    let found = match trial.assumption("namespace") {
        Some(gap) => default_of(gap),
        None if trial
            .namespace
            .pattern
            .as_ref()
            .is_some_and(Pattern::is_literal) =>
        {
            String::new()
        }
        None => format!("the pod is in {}", pod.namespace),
    };
    let fit = Fit::of(trial.namespace.matched, true);
    pair(page, fit, &wanted[0], widest, &found)?;
    for (label, wanted) in trial.labels.iter().zip(&wanted[1..]) {
        let fit = Fit::of(label.matched, label.miss.is_none());
        let field = format!("labels[{}]", label.key_in_words);
        let of_key = trial.assumption(&format!("{field}.key"));
        let found = match trial.assumption(&field).or(of_key) {
            Some(gap) => [found_for(label), default_of(gap)].join(" "),
            None => found_for(label),
        };
        pair(page, fit, wanted, widest, found.trim_start())?;
    }
    if let Some(labels) = wanted.get(1 + trial.labels.len()) {
        pair(page, Fit::NotTold, labels, widest, "")?;
    }
    Ok(())
}

fn default_of(gap: &Gap) -> String {
    format!("(the default of {})", gap.in_brackets())
}

/// How a pair fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    Yes,
    No,
    NotTold,
}

impl Fit {
    fn of(matched: bool, may_match: bool) -> Self {
        match (matched, may_match) {
            (true, _) => Self::Yes,
            (false, true) => Self::NotTold,
            (false, false) => Self::No,
        }
    }
}

fn pair(page: &mut Page<'_>, fit: Fit, wanted: &str, widest: usize, found: &str) -> io::Result<()> {
    let (role, mark) = match fit {
        Fit::Yes => (Role::Good, page.style.mark(true)),
        Fit::No => (Role::Bad, page.style.mark(false)),
        Fit::NotTold => (Role::Faint, page.style.mark_of_doubt()),
    };
    let painted = page.style.paint(role, mark);
    let is_miss = fit == Fit::No;
    // What does not fit is to be seen before anything is read: all of the pair is in colour, and a sign points at what is there.
    let found = match is_miss && !found.is_empty() {
        true => format!("{} {}", page.style.points_at(), page.style.text(found)),
        false => page.style.text(found),
    };
    let of_miss = |text: &str| match is_miss {
        true => page.style.paint(Role::Bad, text),
        false => text.to_owned(),
    };
    let before = PAIR + columns(mark) + 1;
    let gap = " ".repeat(widest.saturating_sub(columns(wanted)) + 3);
    if before + widest + 3 + columns(&found) <= page.style.prose_width() || found.is_empty() {
        let line = format!("{painted} {}{gap}{}", of_miss(wanted), of_miss(&found));
        return page.line(PAIR, line.trim_end());
    }
    page.line(PAIR, &format!("{painted} {}", of_miss(wanted)))?;
    page.prose(before + 2, &found)
}

fn found_for(label: &LabelTrial) -> String {
    let key = &label.key_in_words;
    let is_literal = label.has_literal_key();
    match (&label.miss, &label.found) {
        _ if label.matched && is_literal && label.has_literal_value() => String::new(),
        (Some(LabelMiss::DifferentCase { label }), _) => {
            format!("the pod has {label}: upper and lower case differ")
        }
        (Some(LabelMiss::Typo { label }), _) => format!("the pod has {label}: a typo?"),
        (Some(LabelMiss::OnOwnerOnly { owner }), _) => {
            format!("only {owner} itself has it, its pod template does not")
        }
        (_, Some(found)) if is_literal => format!("the pod has {key} = {found}"),
        (_, Some(found)) => format!("the pod has {found}"),
        (_, None) if label.matched => String::new(),
        (_, None) if label.key.is_none() => "no label of the pod has that value".to_owned(),
        (_, None) => "the pod has no such label".to_owned(),
    }
}

/// The fields that prove a finding about this object, without those that the timeline or the selectors have told already.
pub(super) fn evidence(
    page: &mut Page<'_>,
    subject: &ObjectRef,
    finding: &Finding,
    told: Told,
) -> io::Result<()> {
    let untold: Vec<&Evidence> = finding
        .evidence
        .iter()
        .filter(|evidence| {
            let told_already = told.times && is_about_time(evidence)
                || told.selectors && is_about_selection(evidence);
            !told_already
        })
        .collect();
    let shown: Vec<(String, String)> = untold
        .iter()
        .take(EVIDENCE_SHOWN)
        .map(|evidence| {
            let field = page.style.text(&field_of(subject, evidence));
            (field, page.style.text(&found_or_told(finding, evidence)))
        })
        .collect();
    let widest = shown
        .iter()
        .map(|(field, _)| columns(field))
        .max()
        .unwrap_or(0);
    for (field, found) in &shown {
        if PROOF + widest + 3 + columns(found) <= page.style.prose_width() {
            page.line(
                PROOF,
                format!("{}   {found}", padded(field, widest)).trim_end(),
            )?;
        } else {
            page.line(PROOF, field)?;
            page.prose(PROOF + 4, found)?;
        }
    }
    if untold.len() > shown.len() {
        page.prose(
            PROOF,
            &format!("and {} fields more (-o json)", untold.len() - shown.len()),
        )?;
    }
    Ok(())
}

/// What a story has told before it comes to the evidence.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Told {
    /// The timeline.
    pub(super) times: bool,
    /// The selectors tried.
    pub(super) selectors: bool,
}

fn is_about_time(evidence: &Evidence) -> bool {
    evidence
        .found
        .as_deref()
        .is_some_and(|found| found.parse::<jiff::Timestamp>().is_ok())
}

fn is_about_selection(evidence: &Evidence) -> bool {
    let of_pod = matches!(evidence.object.kind.as_str(), "pod" | "fargateprofile");
    of_pod
        && ["metadata.labels", "metadata.namespace", "selectors"]
            .iter()
            .any(|field| evidence.field.starts_with(field))
}

/// The field, after its object where that is not the one of the story.
fn field_of(subject: &ObjectRef, evidence: &Evidence) -> String {
    let object = &evidence.object;
    if object == subject || object.kind == "cluster" {
        return evidence.field.clone();
    }
    let name = if object.namespace.is_some() && object.namespace == subject.namespace {
        format!("{}/{}", object.kind, object.name)
    } else {
        object.to_string()
    };
    format!("{name} {}", evidence.field)
}

/// What was found; of words that the message has quoted whole, only that they are these.
fn found_or_told(finding: &Finding, evidence: &Evidence) -> String {
    let words = evidence.found.as_deref().unwrap_or_default().trim();
    let is_long = words.contains(' ') && evidence.wanted.is_none();
    if is_long && finding.message.contains(&format!("\"{words}\"")) {
        return "said so".to_owned();
    }
    found_of(finding, evidence)
}

fn found_of(finding: &Finding, evidence: &Evidence) -> String {
    let found = match evidence.found.as_deref() {
        None if is_visibility(finding.reason) => "not seen",
        None => "not set",
        Some("") => "\"\"",
        Some(found) => found,
    };
    match &evidence.wanted {
        Some(wanted) if wanted == found => found.to_owned(),
        // A selector that fits is what is found; what it fits is the pod's.
        Some(wanted) if finding.reason == Reason::MatchedProfile => {
            format!("{found}   (fits {wanted})")
        }
        Some(wanted) => format!("{found}   (wanted: {wanted})"),
        None => found.to_owned(),
    }
}
