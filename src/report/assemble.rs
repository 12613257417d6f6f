//! From verdicts to the report: what was asked about, sorted, with the sentences that people read.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::entries::Judged;
use super::model::{
    API_VERSION, ClusterReport, Moment, NodeReport, OwnerReport, PodReport, ProfileSummary, Report,
};
use super::profiles::model::GapReport;
use super::{size, summary};
use crate::decision::facts::{ClusterSnapshot, ProfileOrigin, Subject};
use crate::decision::placement::Placement;
use crate::decision::placement::doubt::holes;
use crate::decision::placement::observed::sight_of_node;
use crate::decision::placement::observed_profiles::observed_profiles;
use crate::decision::reason::Reason;
use crate::decision::verdict::Verdict;

/// Puts together the report on what was asked about, sorted by namespace, then name. Pods are judged as its entries are asked for.
pub fn assemble<'a>(snapshot: &'a ClusterSnapshot, subjects: &'a [Subject]) -> Report<Judged<'a>> {
    let nodes = subjects.iter().filter_map(|subject| match subject {
        Subject::Node(name) => Some(node_report(snapshot, name)),
        Subject::Pod(_) | Subject::Template(..) => None,
    });
    Report {
        api_version: API_VERSION,
        kind: "PlacementReport",
        taken_at: whole_seconds(snapshot.taken_at),
        cluster: ClusterReport {
            name: snapshot.cluster.name.clone(),
            region: snapshot.cluster.region.clone(),
        },
        sources: snapshot.sources.clone(),
        nodes: nodes.collect(),
        profiles: profile_summaries(snapshot),
        pods: Judged::new(snapshot, subjects),
    }
}

/// A moment less its fraction of a second.
pub(super) fn whole_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

fn profile_summary(profile: &crate::decision::facts::FargateProfile) -> ProfileSummary {
    ProfileSummary {
        name: profile.name.clone(),
        status: profile
            .status
            .as_ref()
            .map(|status| status.as_str().to_owned()),
        created_at: profile.created_at.map(whole_seconds),
        source: source_name(&profile.origin),
        selectors: profile.selectors.as_ref().map(Vec::len),
        unknown: holes(profile)
            .map(|hole| GapReport {
                field: hole.path(),
                expression: hole.gap.expression.clone(),
                assumed: hole.gap.assumed.clone(),
            })
            .collect(),
    }
}

/// Where a profile was read, in the words of the report.
pub(super) fn source_name(origin: &ProfileOrigin) -> String {
    match origin {
        ProfileOrigin::EksApi => "EKS".to_owned(),
        ProfileOrigin::File(path) => path.clone(),
        ProfileOrigin::Object(object) => object.clone(),
        ProfileOrigin::Demo => "demo".to_owned(),
    }
}

/// The profiles that were read; where their list is not whole, those too of which only the labels of pods tell.
fn profile_summaries(snapshot: &ClusterSnapshot) -> Vec<ProfileSummary> {
    let profiles = &snapshot.profiles;
    let mut summaries: Vec<_> = profiles.list.iter().map(profile_summary).collect();
    if !profiles.is_whole() {
        let observed = observed_profiles(snapshot);
        let unread = observed
            .iter()
            .filter(|observed| profiles.find(observed.name).is_none());
        summaries.extend(unread.map(|observed| ProfileSummary {
            name: observed.name.to_owned(),
            status: None,
            created_at: None,
            source: "Observed".to_owned(),
            selectors: None,
            unknown: Vec::new(),
        }));
        summaries.sort_by(|a, b| a.name.cmp(&b.name));
    }
    summaries
}

/// What a verdict comes to in the report.
pub(super) fn pod_report(verdict: Verdict<'_>) -> PodReport {
    let summary = summary::sentence(&verdict);
    let timeline = timeline(&verdict);
    let size = size::of(&verdict.case);
    let decisive = verdict.decisive();
    let (reason, certainty) = (decisive.reason, decisive.certainty);
    let Verdict {
        case,
        findings,
        near_misses,
        near_miss_count,
        matches,
    } = verdict;
    let is_template = case.is_template();
    PodReport {
        namespace: case.pod.namespace.to_string(),
        name: case.pod.name.clone(),
        template: is_template,
        owner: case.chain.top.as_ref().map(|owner| OwnerReport {
            kind: owner.kind.clone(),
            name: owner.name.clone(),
        }),
        phase: (!is_template).then(|| case.pod.phase.as_str()),
        terminating: case.pod.is_terminating(),
        created_at: case.pod.created_at.map(whole_seconds),
        placement: case.placement,
        expected: case.expected,
        size,
        reason,
        certainty,
        summary,
        findings,
        near_misses,
        near_miss_count,
        matches,
        timeline,
    }
}

/// The moments that matter, where time is the reason.
fn timeline(verdict: &Verdict<'_>) -> Vec<Moment> {
    let case = &verdict.case;
    let is_about_time = matches!(
        verdict.decisive().reason,
        Reason::OlderThanProfile
            | Reason::ProfileGone
            | Reason::WebhookSkipped
            | Reason::NodeNeverRegistered
            | Reason::Provisioning
            | Reason::StaleVerdict
    );
    if !is_about_time || case.is_template() {
        return Vec::new();
    }
    let mut moments: BTreeMap<(i64, String), Timestamp> = BTreeMap::new();
    let mut add = |time: Option<Timestamp>, what: String| {
        if let Some(time) = time {
            moments.insert((time.as_second(), what), whole_seconds(time));
        }
    };
    add(case.pod.created_at, "pod created".to_owned());
    let of_matches = case.active_matches().map(|found| found.profile);
    // That a profile was made long ago has no part in a machine's taking its minute.
    let is_about_profiles = verdict.decisive().reason != Reason::Provisioning;
    let profiles = of_matches.chain(case.labelled_profile());
    for profile in profiles.filter(|_| is_about_profiles) {
        add(
            profile.created_at,
            format!("profile {}: creation begins", profile.name),
        );
    }
    if let crate::decision::placement::expected::WebhookSight::Present(webhook) = case.webhook
        && verdict.decisive().reason == Reason::WebhookSkipped
    {
        add(webhook.created_at, "EKS's webhook created".to_owned());
    }
    for word in &case.words.fargate {
        add(word.at, "fargate-scheduler's newest word".to_owned());
    }
    moments
        .into_iter()
        .map(|((_, what), time)| Moment { time, what })
        .collect()
}

fn node_report(snapshot: &ClusterSnapshot, name: &str) -> NodeReport {
    let sight = sight_of_node(snapshot, name);
    let mut pods: Vec<String> = snapshot
        .pods
        .iter()
        .filter(|pod| pod.node_name.as_deref() == Some(name))
        .map(|pod| format!("{}/{}", pod.namespace, pod.name))
        .collect();
    pods.sort_unstable();
    NodeReport {
        name: name.to_owned(),
        summary: summary::of_node(name, &sight, snapshot.nodes.get(name), pods.len()),
        placement: Placement {
            kind: sight.kind,
            node: Some(name.to_owned()),
            provisioner: sight.provisioner,
            profile: None,
        },
        pods,
    }
}
