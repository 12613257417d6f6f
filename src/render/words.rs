//! The phrases that several formats share: where a pod is, how many are where, what would happen if it were made again.

use std::collections::BTreeMap;

use crate::decision::finding::{Certainty, Finding, Severity};
use crate::decision::placement::{
    Expected, ExpectedFrom, ExpectedKind, Placement, PlacementKind, Provisioner, ProvisionerKind,
};
use crate::decision::reason::Reason;
use crate::report::PodReport;

/// Where a pod is, in full: `EC2, managed node group ng-1, node ip-10-0-1-23.compute.internal`.
pub(super) fn place_in_full(placement: &Placement) -> String {
    let profile = placement.profile.as_deref();
    let mut place = match (placement.kind, profile) {
        (PlacementKind::Fargate, Some(profile)) => format!("Fargate, profile {profile}"),
        (PlacementKind::Fargate, None) => "Fargate, claimed by no profile".to_owned(),
        (PlacementKind::Rejected, _) => "refused by a Fargate node".to_owned(),
        (PlacementKind::FargatePending, Some(profile)) => {
            format!("on no node; Fargate's scheduler has it (profile {profile})")
        }
        (PlacementKind::FargatePending, None) => {
            "on no node; it waits for Fargate's scheduler, and no profile claimed it".to_owned()
        }
        (PlacementKind::Pending, _) => "on no node; not claimed by Fargate".to_owned(),
        (PlacementKind::HybridNode, _) => "hybrid node".to_owned(),
        (PlacementKind::OtherNode, _) => "a node whose kind is not known".to_owned(),
        (PlacementKind::EC2, _) => match &placement.provisioner {
            Some(provisioner) => format!("EC2, {}", provisioner_in_full(provisioner)),
            None => "EC2".to_owned(),
        },
    };
    if let Some(node) = &placement.node {
        place.push_str(", node ");
        place.push_str(node);
    }
    place
}

fn provisioner_in_full(provisioner: &Provisioner) -> String {
    let kind = match provisioner.kind {
        ProvisionerKind::ManagedNodeGroup => "managed node group",
        ProvisionerKind::Karpenter => "Karpenter node pool",
        ProvisionerKind::AutoMode => "EKS Auto Mode node pool",
        ProvisionerKind::SelfManaged => "self-managed",
    };
    match &provisioner.name {
        Some(name) => format!("{kind} {name}"),
        None => kind.trim_end_matches(" node pool").to_owned(),
    }
}

/// Who provides a node, in a word or two: `ng-1`, `karpenter`.
pub(super) fn provisioner_in_short(provisioner: &Provisioner) -> String {
    match (provisioner.kind, &provisioner.name) {
        (ProvisionerKind::ManagedNodeGroup, Some(name)) => name.clone(),
        (ProvisionerKind::ManagedNodeGroup, None) => "node group".to_owned(),
        (ProvisionerKind::Karpenter, _) => "karpenter".to_owned(),
        (ProvisionerKind::AutoMode, _) => "Auto Mode".to_owned(),
        (ProvisionerKind::SelfManaged, _) => "self-managed".to_owned(),
    }
}

/// The kind of place, in a word or two.
pub fn place_in_short(kind: PlacementKind) -> &'static str {
    match kind {
        PlacementKind::Rejected => "refused by node",
        PlacementKind::Fargate => "Fargate",
        PlacementKind::EC2 => "EC2",
        PlacementKind::HybridNode => "hybrid node",
        PlacementKind::OtherNode => "other node",
        PlacementKind::FargatePending => "claimed, no node",
        PlacementKind::Pending => "no node",
    }
}

/// What would happen if a pod were made now, as the end of a sentence that begins with "Made again now," or "A pod made
/// now".
pub(super) fn fate(expected: &Expected) -> String {
    let likely = match expected.certainty {
        Certainty::Certain => "",
        Certainty::Likely | Certainty::Undecided => "likely ",
    };
    let because = reasons(&expected.because);
    let from = match expected.from {
        ExpectedFrom::Template => "",
        ExpectedFrom::Pod => ", going by the pod itself",
    };
    match expected.kind {
        ExpectedKind::Fargate => {
            let by = match (&expected.profile, expected.selector) {
                (Some(profile), Some(selector)) => {
                    format!(": profile {profile}, selector {selector}")
                }
                (Some(profile), None) => format!(": profile {profile}"),
                (None, _) => String::new(),
            };
            format!("it would {likely}run on Fargate{by}{from}")
        }
        ExpectedKind::Refused => {
            let profile = match &expected.profile {
                Some(profile) => format!("profile {profile}"),
                None => "a profile".to_owned(),
            };
            format!("{profile} would claim it and Fargate would {likely}refuse it{because}{from}")
        }
        ExpectedKind::NotFargate => format!("it would {likely}not run on Fargate{because}{from}"),
        ExpectedKind::Undecided => format!("where it would run cannot be told{because}"),
    }
}

fn reasons(reasons: &[Reason]) -> String {
    if reasons.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = reasons.iter().map(|reason| reason.as_str()).collect();
    format!(" ({})", names.join(", "))
}

/// How sure something is, as a word beside it; nothing where it is certain.
pub(super) fn certainty(certainty: Certainty) -> Option<&'static str> {
    match certainty {
        Certainty::Certain => None,
        Certainty::Likely => Some("likely"),
        Certainty::Undecided => Some("undecided"),
    }
}

/// Whether a finding of this family is about profiles that were read, and odd in how they were given.
pub(super) fn is_about_what_was_read(finding: &Finding) -> bool {
    finding.reason == Reason::ProfilesUnknown && finding.certainty == Certainty::Likely
}

/// Whether the list of profiles was not read, rather than a field of one of them not told.
pub(super) fn is_list_unread(finding: &Finding) -> bool {
    let mut evidence = finding.evidence.iter();
    evidence.any(|evidence| evidence.object.kind == "cluster")
}

/// The findings of what could not be seen.
pub(super) fn is_visibility(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::ProfilesUnknown
            | Reason::NodesUnknown
            | Reason::EventsUnknown
            | Reason::WebhooksUnknown
            | Reason::VolumesUnknown
            | Reason::OwnersUnknown
    )
}

/// The decisive finding.
pub(super) fn decisive(pod: &PodReport) -> Option<&Finding> {
    pod.findings
        .iter()
        .find(|finding| finding.reason == pod.reason)
}

/// The reason that a row shows: the decisive one, or `StartupFailure` of a pod that is well placed and does not start.
pub(super) fn shown_reason(pod: &PodReport) -> Reason {
    let startup = |finding: &Finding| finding.reason == Reason::StartupFailure;
    if pod.reason == Reason::MatchedProfile && pod.findings.iter().any(startup) {
        return Reason::StartupFailure;
    }
    pod.reason
}

/// The worst that was found about a pod.
pub(super) fn severity(pod: &PodReport) -> Severity {
    pod.findings
        .iter()
        .map(|finding| finding.severity)
        .min()
        .unwrap_or(Severity::Info)
}

/// Whether the pod ran to its end.
pub(super) fn is_finished(pod: &PodReport) -> bool {
    matches!(pod.phase, Some("Succeeded" | "Failed"))
        && pod
            .placement
            .as_ref()
            .is_some_and(|placement| placement.kind != PlacementKind::Rejected)
}

/// Whether a kind of owner may be asked about.
pub(super) fn is_known_workload(kind: &str) -> bool {
    matches!(
        kind,
        "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Job" | "CronJob"
    )
}

/// Counts pods by where they are.
#[derive(Debug, Default)]
pub(super) struct Tally {
    places: BTreeMap<PlaceClass, (usize, BTreeMap<String, usize>)>,
    /// Pods counted; templates are none.
    pub(super) pods: usize,
    templates: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum PlaceClass {
    Fargate,
    Ec2,
    Hybrid,
    Other,
    Waiting,
    Refused,
    Finished,
}

impl Tally {
    /// Counts one more pod.
    pub(super) fn add(&mut self, pod: &PodReport) {
        let placement = pod.placement.as_ref();
        let provisioner = placement.and_then(|placement| placement.provisioner.as_ref());
        let provider = provisioner.map(provisioner_in_short);
        self.count(
            placement.map(|placement| placement.kind),
            is_finished(pod),
            provider.as_deref(),
        );
    }

    /// Counts one more pod (a template where it is in no kind of place) and who provides its node.
    pub(super) fn count(
        &mut self,
        place: Option<PlacementKind>,
        is_finished: bool,
        provider: Option<&str>,
    ) {
        let Some(place) = place else {
            self.templates += 1;
            return;
        };
        self.pods += 1;
        let class = match place {
            _ if is_finished => PlaceClass::Finished,
            PlacementKind::Fargate => PlaceClass::Fargate,
            PlacementKind::EC2 => PlaceClass::Ec2,
            PlacementKind::HybridNode => PlaceClass::Hybrid,
            PlacementKind::OtherNode => PlaceClass::Other,
            PlacementKind::FargatePending | PlacementKind::Pending => PlaceClass::Waiting,
            PlacementKind::Rejected => PlaceClass::Refused,
        };
        let (count, providers) = self.places.entry(class).or_default();
        *count += 1;
        if let (PlaceClass::Ec2, Some(provider)) = (class, provider) {
            match providers.get_mut(provider) {
                Some(count) => *count += 1,
                None => {
                    providers.insert(provider.to_owned(), 1);
                }
            }
        }
    }

    /// `15 pods: 2 on Fargate, 9 on EC2 (ng-1 6, karpenter 3), 4 waiting`, or `3 pods, all on Fargate`. The text is raw.
    pub(super) fn headed(&self) -> String {
        let pods = format!("{} {}", self.pods, plural(self.pods, "pod"));
        let mut parts: Vec<String> = Vec::new();
        match (self.pods, self.places.len()) {
            (0, _) => {}
            (1, 1) => parts.push(format!("{pods}, {}", self.places().join(", "))),
            (_, 1) => parts.push(format!("{pods}, all {}", self.places().join(", "))),
            _ => parts.push(format!("{pods}: {}", self.places_counted().join(", "))),
        }
        if self.templates > 0 {
            let workloads = plural(self.templates, "workload");
            parts.push(format!("{} {workloads} without pods", self.templates));
        }
        parts.join(", ")
    }

    /// Each place, without counts, as `on EC2 (ng-1)`.
    pub(super) fn places(&self) -> Vec<String> {
        self.places
            .iter()
            .map(|(class, (count, providers))| match class {
                PlaceClass::Fargate => "on Fargate".to_owned(),
                PlaceClass::Ec2 => format!("on EC2{}", provider_counts(providers, *count)),
                PlaceClass::Hybrid => format!("on {}", plural(*count, "hybrid node")),
                PlaceClass::Other => "on other nodes".to_owned(),
                PlaceClass::Waiting => "waiting".to_owned(),
                PlaceClass::Refused => "refused by a Fargate node".to_owned(),
                PlaceClass::Finished => "finished".to_owned(),
            })
            .collect()
    }

    fn places_counted(&self) -> Vec<String> {
        let counts = self.places.values().map(|(count, _)| count);
        counts
            .zip(self.places())
            .map(|(count, place)| format!("{count} {place}"))
            .collect()
    }

    /// The node groups and other providers of the pods on EC2, as `ng-1 6, karpenter 3`; empty where none is known.
    pub(super) fn providers(&self) -> String {
        match self.places.get(&PlaceClass::Ec2) {
            Some((count, providers)) => provider_list(providers, *count),
            None => String::new(),
        }
    }
}

fn provider_counts(providers: &BTreeMap<String, usize>, all: usize) -> String {
    match provider_list(providers, all) {
        list if list.is_empty() => list,
        list => format!(" ({list})"),
    }
}

/// How many providers are named before the rest is only counted.
const PROVIDERS_NAMED: usize = 4;

fn provider_list(providers: &BTreeMap<String, usize>, all: usize) -> String {
    if let Some((name, count)) = providers.first_key_value()
        && *count == all
    {
        return name.clone();
    }
    let mut by_count: Vec<(&String, &usize)> = providers.iter().collect();
    by_count.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), *name));
    let mut named: Vec<String> = by_count
        .iter()
        .take(PROVIDERS_NAMED)
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    if by_count.len() > PROVIDERS_NAMED {
        let rest: usize = by_count[PROVIDERS_NAMED..]
            .iter()
            .map(|(_, count)| **count)
            .sum();
        named.push(format!("others {rest}"));
    }
    named.join(", ")
}

/// The word, with an s where there is not exactly one.
pub(super) fn plural(count: usize, word: &str) -> String {
    if count == 1 {
        word.to_owned()
    } else {
        format!("{word}s")
    }
}
