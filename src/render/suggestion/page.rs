//! What is suggested and why, for people.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::eksctl;
use crate::render::page::{PROOF, Page};
use crate::render::style::{Role, Style};
use crate::report::SuggestionReport;
use crate::report::suggestion::model::{Claimed, SuggestedProfile, TargetReport, TargetState};

/// Most workloads that are named in one list.
const MOST: usize = 12;

/// Writes the page.
pub fn render(report: &SuggestionReport, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(style, out);
    page.prose(0, &report.summary)?;
    let mut left = report.warnings.iter();
    if !report.warnings.is_empty() {
        page.blank()?;
        for warning in left.by_ref() {
            page.led(2, Some((Role::Care, "Mind:")), warning, 4)?;
        }
    }
    for profile in &report.profiles {
        page.blank()?;
        selectors(&mut page, report, profile)?;
    }
    states(&mut page, report)?;
    if let Some(profile) = report.profiles.first() {
        page.blank()?;
        setting(&mut page, profile)?;
        quotas(&mut page, report)?;
    }
    alternatives(&mut page, report)?;
    if report.profiles.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.line(0, &style.paint(Role::Heading, "Create it"))?;
    page.prose(
        2,
        "Save what is below as profile.yaml; -o aws, -o cloudformation and -o terraform print it for other tools.",
    )?;
    page.command("eksctl create fargateprofile -f profile.yaml")?;
    for step in &report.next {
        page.prose(2, &step.text)?;
        for command in &step.commands {
            page.command(command)?;
        }
    }
    page.blank()?;
    let mut file = Vec::new();
    eksctl::render(report, &mut file)?;
    if !style.unicode && !file.is_ascii() {
        // There the bytes of other characters may be control characters.
        return page.prose(
            0,
            "The file holds characters that this terminal may not show: print it with -o eksctl into profile.yaml.",
        );
    }
    page.out().write_all(&file)
}

fn selectors(
    page: &mut Page<'_>,
    report: &SuggestionReport,
    profile: &SuggestedProfile,
) -> io::Result<()> {
    let style = page.style;
    let name = style.text(&profile.name);
    page.line(0, &style.paint(Role::Heading, &format!("Profile {name}")))?;
    for (index, selector) in profile.selectors.iter().enumerate() {
        let mut text = format!("selector {index}: namespace {}", selector.namespace);
        for (key, value) in &selector.labels {
            text.push_str(&format!(", {key}={value}"));
        }
        page.prose(2, &text)?;
        for claimed in selector.claims.iter().take(MOST) {
            page.prose(PROOF, &format!("claims {}", described(report, claimed)))?;
        }
        if selector.claims.len() > MOST {
            let more = selector.claims.len() - MOST;
            page.prose(PROOF, &format!("claims {more} workloads more"))?;
        }
        page.prose(PROOF, &format!("later: {}", selector.later))?;
    }
    Ok(())
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
        let mut told: BTreeMap<String, Vec<&TargetReport>> = BTreeMap::new();
        for target in of_state.iter().take(MOST) {
            told.entry(tail(target, state)).or_default().push(target);
        }
        for (tail, targets) in told {
            let names: Vec<String> = targets
                .iter()
                .map(|target| described(report, &target.object))
                .collect();
            page.prose(2, &format!("{}{tail}", names.join(", ")))?;
            for fix in targets.iter().filter_map(|target| target.fix.as_ref()) {
                for command in &fix.commands {
                    page.command(command)?;
                }
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
            .map(|refusal| format!("{}: {}", refusal.reason.as_str(), refusal.what))
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
        0,
        &format!("{what} of profile {from}; see that they suit these pods."),
    )
}

fn quotas(page: &mut Page<'_>, report: &SuggestionReport) -> io::Result<()> {
    let told: Vec<String> = report
        .quotas
        .iter()
        .map(|quota| {
            let what = match quota.name {
                "ProfilesPerCluster" => "profiles in the cluster",
                "SelectorsPerProfile" => "selectors in a profile",
                _ => "labels in a selector",
            };
            format!("{} of {} {what}", quota.used, quota.default)
        })
        .collect();
    page.prose(0, &format!("Default quotas then: {}.", told.join(", ")))
}

fn alternatives(page: &mut Page<'_>, report: &SuggestionReport) -> io::Result<()> {
    if report.alternatives.is_empty() {
        return Ok(());
    }
    page.blank()?;
    page.line(0, &page.style.paint(Role::Heading, "Or else"))?;
    for alternative in &report.alternatives {
        page.prose(2, &alternative.text)?;
        for command in &alternative.commands {
            page.command(command)?;
        }
    }
    Ok(())
}
