//! What is suggested and why, for people.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::eksctl;
use crate::decision::finding::{Certainty, Fix};
use crate::decision::suggest::POD_OF_STATEFUL_SET;
use crate::render::page::{PROOF, Page};
use crate::render::style::{Role, Style};
use crate::render::unread;
use crate::report::SuggestionReport;
use crate::report::suggestion::model::{
    Claimed, SuggestedProfile, SuggestedSelector, TargetReport, TargetState,
};

/// Most workloads that are named in one list, and commands in one step.
const MOST: usize = 12;

/// Writes the page: what and whom, what to run, then what else is worth knowing.
pub fn render(
    report: &SuggestionReport,
    again: Option<&str>,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut page = Page::new(style, out);
    page.prose(0, &report.summary)?;
    for profile in &report.profiles {
        page.blank()?;
        selectors(&mut page, report, profile)?;
    }
    if !report.warnings.is_empty() {
        page.blank()?;
        for warning in &report.warnings {
            page.led(2, Some((Role::Care, "Mind:")), warning, usize::MAX)?;
        }
    }
    let mut file = Vec::new();
    if !report.profiles.is_empty() {
        eksctl::render(report, &mut file)?;
        page.blank()?;
        create(&mut page, report, again)?;
    }
    states(&mut page, report)?;
    alternatives(&mut page, report)?;
    unread::stand_ins(&report.sources, &mut page)?;
    unread::kinds(&report.sources, &mut page)?;
    if report.profiles.is_empty() {
        return Ok(());
    }
    page.blank()?;
    quotas(&mut page, report)?;
    if report.profiles.len() > 1 && again.is_some() {
        return Ok(());
    }
    page.blank()?;
    if !style.unicode && !file.is_ascii() {
        // There the bytes of other characters may be control characters.
        return page.prose(
            0,
            "The file holds characters that this terminal may not show: print it with -o eksctl into profile.yaml.",
        );
    }
    page.out().write_all(&file)
}

/// The steps, in order.
fn create(page: &mut Page<'_>, report: &SuggestionReport, again: Option<&str>) -> io::Result<()> {
    let is_to_change = report.targets.iter().any(|target| {
        let mut refused = target.refused.iter();
        target.state == TargetState::Proposed
            && refused.any(|refusal| refusal.certainty != Certainty::Undecided)
    });
    let heading = match is_to_change {
        true => "Create it (after the change above)",
        false => "Create it",
    };
    page.line(0, &page.style.paint(Role::Heading, heading))?;
    for step in &report.before {
        told(page, step)?;
    }
    match again {
        Some(again) => page.command(&format!("{again} -o eksctl > profile.yaml"))?,
        None => page.prose(2, "Save what is at the end as profile.yaml.")?,
    }
    page.command("eksctl create fargateprofile -f profile.yaml")?;
    page.prose(
        2,
        "For other tools: -o aws, -o cloudformation, -o terraform.",
    )?;
    for step in &report.next {
        told(page, step)?;
    }
    Ok(())
}

fn told(page: &mut Page<'_>, fix: &Fix) -> io::Result<()> {
    if !fix.text.is_empty() {
        page.prose(2, &fix.text)?;
    }
    for command in fix.commands.iter().take(MOST) {
        page.command(&in_same_source(page.style, command))?;
    }
    if fix.commands.len() > MOST {
        let more = fix.commands.len() - MOST;
        page.prose(2, &format!("And {more} more like that; -o json has them."))?;
    }
    Ok(())
}

/// A command of ours, with the flags by which it asks the same source.
fn in_same_source(style: &Style, command: &str) -> String {
    let is_ours = command.starts_with("kubectl fargate explain ");
    match style.same_source.as_str() {
        "" => command.to_owned(),
        flags if is_ours => format!("{command} {flags}"),
        _ => command.to_owned(),
    }
}

fn selectors(
    page: &mut Page<'_>,
    report: &SuggestionReport,
    profile: &SuggestedProfile,
) -> io::Result<()> {
    let style = page.style;
    let name = style.text(&profile.name);
    page.line(0, &style.paint(Role::Heading, &format!("Profile {name}")))?;
    for selector in &profile.selectors {
        page.prose(2, &pattern(selector))?;
        let mut claims: Vec<Claimed> = Vec::new();
        for claimed in &selector.claims {
            match claims.last_mut() {
                Some(last)
                    if last.reference() == claimed.reference()
                        && last.namespace == claimed.namespace =>
                {
                    last.pods += claimed.pods;
                }
                _ => claims.push(claimed.clone()),
            }
        }
        for claimed in claims.iter().take(MOST) {
            page.prose(PROOF, &format!("claims {}", described(report, claimed)))?;
        }
        if claims.len() > MOST {
            page.prose(
                PROOF,
                &format!("claims {} workloads more", claims.len() - MOST),
            )?;
        }
        if is_wide(selector) {
            page.prose(PROOF, &format!("later: {}", selector.later))?;
        }
    }
    let claims_newcomers = |selector: &SuggestedSelector| {
        !is_wide(selector) && !selector.labels.contains_key(POD_OF_STATEFUL_SET)
    };
    if profile.selectors.iter().any(claims_newcomers) {
        page.prose(2, "Later it claims every new pod that fits a selector.")?;
    }
    setting(page, profile)
}

/// `shop{tier=backend}`, or the namespace alone.
fn pattern(selector: &SuggestedSelector) -> String {
    let labels: Vec<String> = selector
        .labels
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    match labels.is_empty() {
        true => selector.namespace.clone(),
        false => format!("{}{{{}}}", selector.namespace, labels.join(", ")),
    }
}

/// Whether a selector claims more than pods of one namespace with exactly these labels.
fn is_wide(selector: &SuggestedSelector) -> bool {
    let has_wildcard = |text: &String| text.contains(['*', '?']);
    selector.labels.is_empty()
        || has_wildcard(&selector.namespace)
        || selector.labels.values().any(has_wildcard)
}

/// `deployment/web (3 pods)`, with its namespace where several are talked about.
fn described(report: &SuggestionReport, claimed: &Claimed) -> String {
    let mut namespaces = report.targets.iter().map(|target| &target.object.namespace);
    let first = namespaces.next();
    let are_several = namespaces.any(|namespace| Some(namespace) != first);
    let place = match are_several {
        true => format!(" in {}", claimed.namespace),
        false => String::new(),
    };
    format!("{}{place}{}", claimed.reference(), claimed.pods_in_words())
}

/// What of the question needs no new profile, or gets none.
fn states(page: &mut Page<'_>, report: &SuggestionReport) -> io::Result<()> {
    for (state, heading) in [
        (TargetState::NotClaimable, "Cannot be claimed as it is"),
        (TargetState::AlreadyClaimed, "Claimed already"),
        (TargetState::KeptOff, "Kept off Fargate"),
        (TargetState::OnFargate, "On Fargate already"),
        (TargetState::LeftOut, "Left out: Fargate would refuse it"),
        (TargetState::Never, "Never on Fargate"),
        (TargetState::Over, "Over"),
    ] {
        let of_state: Vec<&TargetReport> = report
            .targets
            .iter()
            .filter(|target| target.state == state)
            .collect();
        if of_state.is_empty() {
            continue;
        }
        page.blank()?;
        page.line(0, &page.style.paint(Role::Heading, heading))?;
        let mut alike: BTreeMap<String, Vec<&TargetReport>> = BTreeMap::new();
        for target in of_state.iter().take(MOST) {
            alike.entry(tail(target, state)).or_default().push(target);
        }
        for (tail, targets) in alike {
            let names: Vec<String> = targets
                .iter()
                .map(|target| described(report, &target.object))
                .collect();
            page.prose(2, &format!("{}{tail}", names.join(", ")))?;
            let mut fixes: Vec<Fix> = Vec::new();
            for fix in targets.iter().filter_map(|target| target.fix.as_ref()) {
                match fixes.iter_mut().find(|known| known.text == fix.text) {
                    // Of what only tells more, one example is enough.
                    Some(_) if fix.text.is_empty() => {}
                    Some(known) => known.commands.extend(fix.commands.iter().cloned()),
                    None => fixes.push(fix.clone()),
                }
            }
            for fix in &fixes {
                told(page, fix)?;
            }
        }
        if of_state.len() > MOST {
            page.prose(2, &format!("and {} more", of_state.len() - MOST))?;
        }
    }
    Ok(())
}

/// What is told of a target behind its name.
fn tail(target: &TargetReport, state: TargetState) -> String {
    if state == TargetState::LeftOut {
        let why: Vec<String> = target
            .refused
            .iter()
            .map(|refusal| format!("{} ({})", refusal.what, refusal.reason.as_str()))
            .collect();
        return format!(": {}", why.join("; "));
    }
    match &target.remark {
        Some(remark) => format!(": {remark}"),
        None => String::new(),
    }
}

fn setting(page: &mut Page<'_>, profile: &SuggestedProfile) -> io::Result<()> {
    let Some(from) = &profile.taken_from else {
        return Ok(());
    };
    let what = match (&profile.pod_execution_role_arn, profile.subnets.is_empty()) {
        (Some(_), false) => "Role and subnets are those",
        (Some(_), true) => "The role is that",
        (None, _) => "The subnets are those",
    };
    page.prose(
        2,
        &format!("{what} of profile {from}; see that they suit these pods."),
    )
}

fn quotas(page: &mut Page<'_>, report: &SuggestionReport) -> io::Result<()> {
    let told: Vec<String> = report
        .quotas
        .iter()
        .map(|quota| {
            let what = match quota.name {
                "ProfilesPerCluster" => "profiles",
                "SelectorsPerProfile" => "selectors",
                _ => "labels of a selector",
            };
            format!("{} of {} {what}", quota.used, quota.default)
        })
        .collect();
    page.prose(
        0,
        &format!("With it, of the default quotas: {}.", told.join(", ")),
    )
}

fn alternatives(page: &mut Page<'_>, report: &SuggestionReport) -> io::Result<()> {
    if report.alternatives.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.line(0, &page.style.paint(Role::Heading, "Instead"))?;
    for alternative in &report.alternatives {
        page.prose(2, &alternative.text)?;
        for command in &alternative.commands {
            page.command(command)?;
        }
    }
    Ok(())
}
