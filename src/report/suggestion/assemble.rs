//! From the suggestion to its report.

use jiff::Timestamp;

use super::model::{
    AlternativeReport, Claimed, OtherReport, Refusal, SuggestedProfile, SuggestedSelector,
    SuggestionReport, TargetReport, TargetState,
};
use super::summary::summary;
use super::warnings::warnings;
use super::words;
use crate::decision::facts::{ProfileKnowledge, Selector};
use crate::decision::finding::Fix;
use crate::decision::placement::ExpectedKind;
use crate::decision::reason::Reason;
use crate::decision::suggest::{
    Effect, Group, Other, Proposal, QUOTAS, Standing, Suggestion, Target, is_refused,
};
use crate::report::model::{API_VERSION, ClusterReport};
use crate::report::profiles::model::Quota;

/// Puts a suggestion into a report.
pub fn assemble(suggestion: &Suggestion<'_>) -> SuggestionReport {
    let snapshot = suggestion.snapshot;
    let targets: Vec<TargetReport> = suggestion
        .targets
        .iter()
        .map(|target| target_report(suggestion, target))
        .collect();
    let others: Vec<OtherReport> = suggestion.others.iter().map(other_report).collect();
    let profiles: Vec<SuggestedProfile> = suggestion
        .proposals
        .iter()
        .enumerate()
        .map(|(index, proposal)| profile_report(suggestion, index, proposal))
        .collect();
    let mut report = SuggestionReport {
        api_version: API_VERSION,
        kind: "SuggestionReport",
        taken_at: Timestamp::from_second(snapshot.taken_at.as_second())
            .unwrap_or(snapshot.taken_at),
        cluster: ClusterReport {
            name: snapshot.cluster.name.clone(),
            region: snapshot.cluster.region.clone(),
        },
        sources: snapshot.sources.clone(),
        knowledge: match snapshot.profiles.knowledge {
            ProfileKnowledge::Complete => "Complete",
            ProfileKnowledge::FromFiles => "FromFiles",
            ProfileKnowledge::Partial => "Partial",
            ProfileKnowledge::Unread => "Unread",
        },
        summary: String::new(),
        exact: suggestion.is_exact(),
        certainty: suggestion.certainty,
        quotas: quotas(suggestion),
        alternatives: alternatives(suggestion),
        before: words::before(suggestion),
        next: next(suggestion),
        warnings: Vec::new(),
        profiles,
        targets,
        others,
    };
    report.summary = summary(suggestion, &report);
    report.warnings = warnings(suggestion, &report);
    report
}

fn claimed(group: &Group<'_>) -> Claimed {
    Claimed {
        namespace: group.namespace.clone(),
        kind: group.kind.clone(),
        name: group.object.name.clone(),
        pods: group.pods.len(),
    }
}

fn target_report(suggestion: &Suggestion<'_>, target: &Target<'_>) -> TargetReport {
    let group = &target.group;
    let is_all_there = !group.pods.is_empty() && group.on_fargate == group.pods.len();
    let (state, profile, reason) = match &group.standing {
        Standing::Wanted => match target.claimed_by {
            Some((index, _)) => {
                let proposal = suggestion.proposals.get(index);
                let name = proposal.map(|proposal| proposal.name.clone());
                (TargetState::Proposed, name, None)
            }
            None => (TargetState::NotClaimable, None, None),
        },
        Standing::Claimed(profile) if is_all_there => {
            (TargetState::OnFargate, Some(profile.clone()), None)
        }
        Standing::Claimed(profile) => match kept_off(group, profile) {
            Some(reason) => (TargetState::KeptOff, Some(profile.clone()), Some(reason)),
            None => (TargetState::AlreadyClaimed, Some(profile.clone()), None),
        },
        Standing::Never(reason @ (Reason::OptedOut | Reason::NodeNamePreset)) => {
            (TargetState::KeptOff, None, Some(*reason))
        }
        Standing::Never(reason) => (TargetState::Never, None, Some(*reason)),
        Standing::Over => (TargetState::Over, None, None),
        _ => (TargetState::LeftOut, None, None),
    };
    let is_claim = matches!(
        state,
        TargetState::Proposed | TargetState::AlreadyClaimed | TargetState::LeftOut
    );
    let blockers = group.case.recreated_blockers.iter().filter(|_| is_claim);
    let fix = match (&group.standing, state) {
        (Standing::Claimed(_), TargetState::AlreadyClaimed) if target.recreate.is_some() => {
            target.recreate.clone()
        }
        (Standing::Claimed(_), TargetState::AlreadyClaimed) | (_, TargetState::KeptOff) => {
            Some(words::explain(group))
        }
        _ => None,
    };
    TargetReport {
        object: claimed(group),
        state,
        profile,
        selector: target.claimed_by.map(|(_, selector)| selector),
        reason,
        refused: blockers
            .map(|blocker| Refusal {
                reason: blocker.reason,
                certainty: blocker.certainty,
                what: blocker.what.clone(),
            })
            .collect(),
        remark: words::remark(target, state),
        fix,
    }
}

/// What keeps off Fargate what a profile matches, where it is not what Fargate refuses, and does not pass by itself.
fn kept_off(group: &Group<'_>, profile: &str) -> Option<Reason> {
    let profile = group.case.snapshot.profiles.find(profile)?;
    let is_kept_off = profile.is_active() && group.case.expected.kind == ExpectedKind::NotFargate;
    let is_held = group.claimed > 0 && group.claimed == group.pods.len();
    if !is_kept_off || is_held {
        return None;
    }
    group.case.expected.because.first().copied()
}

fn other_report(other: &Other<'_>) -> OtherReport {
    let (effect, profile) = match &other.effect {
        Effect::Claimed => ("Claimed", None),
        Effect::KeptBy(profile) => ("KeptByExistingProfile", Some(profile.clone())),
        Effect::TakenFrom(profile) => ("TakenFromExistingProfile", Some(profile.clone())),
    };
    OtherReport {
        object: claimed(&other.group),
        effect,
        profile,
        refused: is_refused(&other.group.case),
        why: words::why_matched(other),
    }
}

fn profile_report(
    suggestion: &Suggestion<'_>,
    index: usize,
    proposal: &Proposal,
) -> SuggestedProfile {
    let setting = &suggestion.setting;
    let selector_report = |(position, selector): (usize, &Selector)| {
        let mut claims: Vec<Claimed> = suggestion
            .targets
            .iter()
            .filter(|target| target.claimed_by == Some((index, position)))
            .map(|target| claimed(&target.group))
            .collect();
        claims.sort();
        SuggestedSelector {
            namespace: selector.namespace.to_string(),
            labels: selector
                .labels
                .iter()
                .map(|pair| (pair.key.to_string(), pair.value.to_string()))
                .collect(),
            claims,
            later: words::later(selector),
        }
    };
    SuggestedProfile {
        name: proposal.name.clone(),
        selectors: proposal
            .selectors
            .iter()
            .enumerate()
            .map(selector_report)
            .collect(),
        pod_execution_role_arn: setting.role.clone(),
        subnets: setting.subnets.clone(),
        taken_from: setting.taken_from.clone(),
    }
}

fn quotas(suggestion: &Suggestion<'_>) -> Vec<Quota> {
    let most = |count: fn(&Proposal) -> usize| {
        let proposals = suggestion.proposals.iter();
        proposals
            .map(|proposal| (count(proposal), proposal.name.clone()))
            .max_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(&a.1)))
    };
    let pairs = |proposal: &Proposal| {
        let selectors = proposal.selectors.iter();
        selectors
            .map(|selector| selector.labels.len())
            .max()
            .unwrap_or(0)
    };
    let quota = |name, default, used: Option<(usize, Option<String>)>| {
        used.map(|(used, profile)| Quota {
            name,
            default,
            used,
            profile,
        })
    };
    let of_one = |found: Option<(usize, String)>| found.map(|(used, name)| (used, Some(name)));
    [
        quota(
            "ProfilesPerCluster",
            QUOTAS.profiles,
            suggestion.profiles_afterwards().map(|used| (used, None)),
        ),
        quota(
            "SelectorsPerProfile",
            QUOTAS.selectors,
            of_one(most(|proposal| proposal.selectors.len())),
        ),
        quota("LabelPairsPerSelector", QUOTAS.pairs, of_one(most(pairs))),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn alternatives(suggestion: &Suggestion<'_>) -> Vec<AlternativeReport> {
    let cheaper = suggestion.targets.iter().filter_map(|target| {
        let cheaper = target.cheaper.as_ref()?;
        Some(AlternativeReport {
            text: words::cheaper(&target.group, cheaper),
            commands: vec![cheaper.command.clone()],
        })
    });
    let telling = suggestion.targets.iter().filter_map(|target| {
        let fix = target.telling_label.as_ref()?;
        Some(AlternativeReport {
            text: format!("To claim nobody else: {}", fix.text),
            commands: lines(fix),
        })
    });
    let whole = suggestion
        .alternatives
        .iter()
        .map(|alternative| AlternativeReport {
            text: words::whole_namespace(alternative),
            commands: Vec::new(),
        });
    let mut all: Vec<AlternativeReport> = telling.chain(cheaper).chain(whole).collect();
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|one| seen.insert((one.text.clone(), one.commands.clone())));
    all
}

fn lines(fix: &Fix) -> Vec<String> {
    fix.commands.iter().map(ToString::to_string).collect()
}

/// What to do once the profile is there: wait for it, then make the pods again.
fn next(suggestion: &Suggestion<'_>) -> Vec<Fix> {
    let mut next = Vec::new();
    if suggestion.proposals.is_empty() {
        return next;
    }
    next.push(words::wait(suggestion));
    let mut told = std::collections::BTreeSet::new();
    for target in &suggestion.targets {
        if target.claimed_by.is_some()
            && let Some(fix) = &target.recreate
            && told.insert((fix.text.clone(), lines(fix)))
        {
            match next.iter_mut().skip(1).find(|known| known.text == fix.text) {
                Some(known) => known.commands.extend(fix.commands.iter().cloned()),
                None => next.push(fix.clone()),
            }
        }
    }
    next
}
