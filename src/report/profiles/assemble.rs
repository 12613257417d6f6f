//! From the survey to the report about profiles.

use std::collections::BTreeMap;

use super::model::{
    Agreement, GapReport, HealthIssueReport, Observed, PodDisagreement, ProfileEntry, ProfilePod,
    ProfilePodState, ProfileReport, Quota, SelectorReport, Unclaimed, WorkloadRef,
};
use crate::decision::facts::{
    ClusterSnapshot, FargateProfile, Gap, ProfileKnowledge, ProfileStatus, Selector, Workload,
};
use crate::decision::reason::Reason;
use crate::decision::survey::{
    AgreementSight, LabelDisagreement, PodSight, ProfileSight, QuotaUse, SelectorSight, Standing,
    survey,
};
use crate::report::assemble::{source_name, whole_seconds};
use crate::report::model::{API_VERSION, ClusterReport, OwnerReport};

/// How many covered namespaces a selector names.
const NAMESPACES_KEPT: usize = 50;

/// Surveys the profiles and puts what was found into a report. `names` are the profiles that were asked about, all where it is
/// empty; `pods` has each profile's pods listed, with the reason that decides each. What was not asked about still counts where
/// profiles are compared.
pub fn assemble(snapshot: &ClusterSnapshot, names: &[String], pods: bool) -> ProfileReport {
    let survey = survey(snapshot, pods);
    let profiles = survey
        .profiles
        .into_iter()
        .filter(|sight| names.is_empty() || names.contains(&sight.name))
        .map(|sight| entry(sight, pods))
        .collect();
    ProfileReport {
        api_version: API_VERSION,
        kind: "ProfileReport",
        taken_at: whole_seconds(snapshot.taken_at),
        cluster: ClusterReport {
            name: snapshot.cluster.name.clone(),
            region: snapshot.cluster.region.clone(),
        },
        namespace: None,
        sources: snapshot.sources.clone(),
        knowledge: match snapshot.profiles.knowledge {
            ProfileKnowledge::Complete => "Complete",
            ProfileKnowledge::FromFiles => "FromFiles",
            ProfileKnowledge::Partial => "Partial",
            ProfileKnowledge::Unread => "Unread",
        },
        profiles,
        agreement: agreement(survey.agreement),
        quotas: survey.quotas.into_iter().map(quota).collect(),
        findings: survey.findings,
    }
}

fn agreement(sight: AgreementSight) -> Agreement {
    let disagreement = |one: LabelDisagreement| PodDisagreement {
        namespace: one.namespace,
        name: one.name,
        label: one.label,
        predicted: one.predicted,
        why: one.why,
        explained: one.explained,
    };
    Agreement {
        checked: sight.checked,
        agreed: sight.agreed,
        unchecked: sight.unchecked,
        disagreements: sight.disagreements.into_iter().map(disagreement).collect(),
    }
}

fn quota(quota: QuotaUse) -> Quota {
    Quota {
        name: quota.name,
        default: quota.default,
        used: quota.used,
        profile: quota.profile,
    }
}

fn entry(sight: ProfileSight<'_>, with_pods: bool) -> ProfileEntry {
    let profile = sight.profile;
    let counted = |count: usize| sight.pods_were_read.then_some(count);
    let held = |count: usize| counted(count).filter(|_| !sight.may_hold_others);
    let claimable = counted(sight.count(Standing::Claimable));
    let undecided = counted(sight.count(Standing::Undecided));
    let is_open = undecided.is_some_and(|count| count > 0);
    let knows_claimable =
        sight.selectors.is_some() && claimable.is_some_and(|count| count > 0 || !is_open);
    ProfileEntry {
        nameless: profile.is_some_and(|profile| !profile.name_is_known),
        status: profile
            .and_then(|profile| profile.status.as_ref())
            .filter(|status| status.is_of_eks())
            .map(|status| ProfileStatus::as_str(status).to_owned()),
        created_at: profile
            .and_then(|profile| profile.created_at)
            .map(whole_seconds),
        source: profile.map_or_else(
            || "Observed".to_owned(),
            |profile| source_name(&profile.origin),
        ),
        arn: profile.and_then(|profile| profile.arn.clone()),
        cluster_name: profile.and_then(|profile| profile.cluster_name.clone()),
        pod_execution_role_arn: profile.and_then(|profile| profile.pod_execution_role_arn.clone()),
        subnets: profile.map_or_else(Vec::new, |profile| profile.subnets.clone()),
        health_issues: profile.map_or_else(Vec::new, health_issues),
        selectors: selectors(profile, sight.selectors.as_deref()),
        unknown: profile.map_or_else(Vec::new, |profile| gaps(&profile.gaps)),
        pods_on_fargate: held(sight.count(Standing::OnFargate)),
        pods_finished: held(sight.finished()),
        pods_waiting: held(sight.count(Standing::Waiting)),
        pods_claimable: claimable.filter(|_| knows_claimable),
        pods_refused: Some(sight.refused()).filter(|_| knows_claimable),
        pods_undecided: undecided,
        unclaimed: unclaimed(&sight),
        workloads_claimable: sight.workloads.iter().copied().map(workload).collect(),
        observed: sight.observed.map(|observed| Observed {
            namespaces: observed.namespaces.into_iter().map(str::to_owned).collect(),
            common_labels: observed
                .common_labels
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
        }),
        pods: if with_pods {
            sight.pods.into_iter().map(pod).collect()
        } else {
            Vec::new()
        },
        findings: sight.findings,
        name: sight.name,
    }
}

/// What is in the way of how many pods, most first.
fn unclaimed(sight: &ProfileSight<'_>) -> Vec<Unclaimed> {
    let mut all: Vec<Unclaimed> = sight
        .unclaimed
        .iter()
        .map(|(reason, pods)| Unclaimed {
            reason: reason.map(|reason| reason.to_string()),
            pods: *pods,
        })
        .collect();
    all.sort_by_key(|one| std::cmp::Reverse(one.pods));
    all
}

fn health_issues(profile: &FargateProfile) -> Vec<HealthIssueReport> {
    let issues = profile.health_issues.iter();
    issues
        .map(|issue| HealthIssueReport {
            code: issue.code.clone(),
            message: issue.message.clone(),
            resource_ids: issue.resource_ids.clone(),
            reporter: issue.reporter.clone(),
        })
        .collect()
}

fn selectors(
    profile: Option<&FargateProfile>,
    sights: Option<&[SelectorSight]>,
) -> Option<Vec<SelectorReport>> {
    let selectors = profile?.selectors.as_ref()?;
    let reports = selectors.iter().zip(sights?);
    Some(
        reports
            .map(|(selector, sight)| report(selector, sight))
            .collect(),
    )
}

fn report(selector: &Selector, sight: &SelectorSight) -> SelectorReport {
    let is_unknown = |field: &str| {
        let mut gaps = selector.gaps.iter();
        gaps.any(|gap| gap.field == field && gap.assumed.is_none())
    };
    // A pattern that stands for an unknown part of a text is shown: it tells what is known of it.
    let is_blank = |pattern: &str| pattern == "*";
    // A pair of which a side is not told stands as the widest that it may be, which would read as a wildcard.
    let labels = selector.labels.iter().filter(|pair| {
        let has_blank = is_blank(pair.key.as_str()) || is_blank(pair.value.as_str());
        !is_unknown(&format!("labels[{}]", pair.key)) || !has_blank
    });
    let labels: BTreeMap<String, String> = labels
        .map(|pair| (pair.key.to_string(), pair.value.to_string()))
        .collect();
    SelectorReport {
        namespace: (!is_unknown("namespace") || !is_blank(selector.namespace.as_str()))
            .then(|| selector.namespace.to_string()),
        labels: (!is_unknown("labels") || !labels.is_empty()).then_some(labels),
        pods_matched: sight.pods_matched,
        unknown: gaps(&selector.gaps),
        namespaces: sight
            .namespaces
            .iter()
            .take(NAMESPACES_KEPT)
            .cloned()
            .collect(),
    }
}

fn gaps(gaps: &[Gap]) -> Vec<GapReport> {
    gaps.iter()
        .map(|gap| GapReport {
            field: gap.field.clone(),
            expression: gap.expression.clone(),
            assumed: gap.assumed.clone(),
        })
        .collect()
}

fn workload(workload: &Workload) -> WorkloadRef {
    WorkloadRef {
        kind: workload.kind.as_str().to_owned(),
        namespace: workload.namespace.clone(),
        name: workload.name.clone(),
    }
}

fn pod(sight: PodSight<'_>) -> ProfilePod {
    ProfilePod {
        namespace: sight.pod.namespace.to_string(),
        name: sight.pod.name.clone(),
        owner: sight.owner.map(|owner| OwnerReport {
            kind: owner.kind,
            name: owner.name,
        }),
        state: match sight.standing {
            Standing::OnFargate => ProfilePodState::OnFargate,
            Standing::Waiting => ProfilePodState::Waiting,
            Standing::Claimable => ProfilePodState::Claimable,
            Standing::Undecided => ProfilePodState::Undecided,
            Standing::NotClaimed => ProfilePodState::NotClaimed,
        },
        finished: sight.pod.is_finished(),
        terminating: sight.pod.is_terminating(),
        claimed_by: sight
            .pod
            .profile_label()
            .filter(|_| sight.pod.is_claimed())
            .map(str::to_owned),
        unclaimed: sight
            .unclaimed
            .filter(|_| sight.comes_again)
            .map(|reason| reason.to_string()),
        placement: sight.placement.kind.as_str().to_owned(),
        node: sight.placement.node,
        selector: sight.selector,
        refused: sight.refused.iter().map(Reason::to_string).collect(),
        reason: sight
            .reason
            .map(|reason| reason.to_string())
            .unwrap_or_default(),
    }
}
