//! The answer in one or two sentences.

use crate::decision::facts::node::COMPUTE_TYPE;
use crate::decision::facts::{Node, WorkloadKind};
use crate::decision::finding::{Certainty, Finding};
use crate::decision::placement::observed::{NodeBasis, NodeSight};
use crate::decision::placement::{
    ExpectedKind, LabelTrial, PlacementKind, PodCase, Provisioner, ProvisionerKind, SelectorTrial,
};
use crate::decision::reason::Reason;
use crate::decision::rules::{self, Family};
use crate::decision::verdict::Verdict;

/// Says where a pod is, why, and what would happen if it were created again.
pub fn sentence(verdict: &Verdict<'_>) -> String {
    let case = &verdict.case;
    let decisive = verdict.decisive();
    let name = &case.pod.name;
    let title = rules::info(decisive.reason).title;
    let likely = match decisive.certainty {
        Certainty::Likely => "likely ",
        _ => "",
    };
    let is_as_expected = case.expected.kind == ExpectedKind::Fargate;
    // Its place is the answer; a person who came about the crash must not read past it.
    let but = match verdict
        .findings
        .iter()
        .any(|finding| finding.reason == Reason::StartupFailure)
    {
        true => ", but a container does not run",
        false => "",
    };
    let first = match (decisive.certainty, decisive.reason) {
        (_, Reason::MatchedProfile)
            if case.is_template() && case.expected.kind == ExpectedKind::Undecided =>
        {
            return format!(
                "{name} {}; profile {} would claim them, but whether Fargate takes them cannot be told.",
                place(case),
                case.expected.profile.as_deref().unwrap_or_default()
            );
        }
        (Certainty::Undecided, reason) => {
            let what = match reason {
                Reason::ProfilesUnknown if is_about_fields(decisive) => {
                    "what decides in a Fargate profile is not told"
                }
                _ => title,
            };
            format!("{name} {}; why cannot be told: {what}", place(case))
        }
        (_, Reason::MatchedProfile) if case.is_template() => {
            format!(
                "{name} {}; made now, its pods would go to Fargate",
                place(case)
            )
        }
        (_, Reason::MatchedProfile) if is_as_expected => {
            format!("{name} {}, as expected{but}", place(case))
        }
        (_, Reason::MatchedProfile) => format!("{name} {}{but}", place(case)),
        (_, Reason::OlderThanProfile) => older(verdict, likely),
        // That it was claimed is sure; that nothing keeps it waiting is what may not be.
        (_, Reason::Provisioning) if !likely.is_empty() => format!(
            "{name} {}: claimed moments ago; likely Fargate only takes its minute or two",
            place(case)
        ),
        _ => format!("{name} {}: {likely}{}", place(case), why(verdict)),
    };
    match again(case, decisive.reason) {
        Some(again) => format!("{first}; {again}."),
        None => format!("{first}."),
    }
}

/// Whether the profiles were read, and it hangs on a field that their source does not tell.
fn is_about_fields(finding: &Finding) -> bool {
    let first = finding.evidence.first();
    first.is_some_and(|evidence| evidence.object.kind == "fargateprofile")
}

/// Why, in a few words with the names that matter; the title of the reason where that says it all.
fn why(verdict: &Verdict<'_>) -> String {
    let case = &verdict.case;
    let reason = verdict.decisive().reason;
    let title = rules::info(reason).title;
    let namespace = &case.pod.namespace;
    match reason {
        Reason::NamespaceNotSelected => format!("no profile selects namespace {namespace}"),
        Reason::LabelMismatch => match rules::likeliest_meant(&verdict.near_misses) {
            Some(trial) => format!(
                "no profile matches its labels; profile {} asks for {}",
                trial.profile,
                wanted(trial)
            ),
            None => title.to_owned(),
        },
        Reason::LabelOnlyOnOwner => match verdict.near_misses.first() {
            Some(_) => format!(
                "a label that a profile asks for is on {} itself, not on its pods",
                case.workload_object_in_words()
            ),
            None => title.to_owned(),
        },
        Reason::ProfileLabelMismatch => {
            format!(
                "its label names profile {}, which does not match it",
                case.pod.profile_label().unwrap_or_default()
            )
        }
        Reason::ProfileGone => {
            let name = case.pod.profile_label().unwrap_or_default();
            let fate = match case.labelled_profile() {
                None => "no longer exists",
                Some(profile) if profile.is_deleting() => "is being deleted",
                Some(_) => "was recreated since",
            };
            format!("profile {name}, which claimed it, {fate}")
        }
        Reason::UnknownRefusal
            if !case
                .words_of_fargate()
                .iter()
                .any(|word| word.has_unknown_words) =>
        {
            "it did not say why in words that fit the pod".to_owned()
        }
        Reason::PinnedToFargateNode => {
            "a DaemonSet pinned it to a Fargate node that will never take it".to_owned()
        }
        Reason::WebhookSkipped => {
            "EKS's webhook, which fails open, did not claim it though all was in place".to_owned()
        }
        Reason::ProfileNotActive if case.pod.is_claimed() => format!(
            "its profile {} is not ACTIVE",
            case.pod.profile_label().unwrap_or_default()
        ),
        Reason::UnknownRefusal => "Fargate refused it in words that are not known here".to_owned(),
        Reason::StaleVerdict => title.to_owned(),
        _ if rules::info(reason).family == Family::Refused && case.is_template() => {
            format!("Fargate would refuse its pods, since {title}")
        }
        _ if rules::info(reason).family == Family::Refused => {
            format!("Fargate refuses it, since {title}")
        }
        _ => title.to_owned(),
    }
}

/// The pairs that a pod misses, as `key=value`.
fn wanted(trial: &SelectorTrial) -> String {
    let pairs = trial.labels.iter().filter(|pair| pair.miss.is_some());
    pairs
        .map(LabelTrial::in_words)
        .collect::<Vec<_>>()
        .join(", ")
}

fn older(verdict: &Verdict<'_>, likely: &str) -> String {
    let case = &verdict.case;
    let name = &case.pod.name;
    let Some(profile) = rules::profile_told(case) else {
        return format!("{name} {}", place(case));
    };
    let gap = match (case.pod.created_at, profile.created_at) {
        (Some(pod), Some(profile)) if pod.as_second() < profile.as_second() => {
            format!("{} ", rules::between(pod, profile))
        }
        _ => String::new(),
    };
    let before = match gap.is_empty() {
        true => "was usable",
        false => "existed",
    };
    format!(
        "{name} {} {likely}because it was created {gap}before profile {} {before}",
        place(case),
        profile.name
    )
}

/// `runs on EC2 (managed node group ng-1)`, `waits for Fargate (profile apps)`, …
fn place(case: &PodCase<'_>) -> String {
    let pod = &case.pod;
    let Some(placement) = &case.placement else {
        return without_pods(case);
    };
    let verb = if pod.is_finished() {
        "ended"
    } else if pod.is_terminating() {
        "is being deleted"
    } else {
        "runs"
    };
    let claimed_by = placement.profile.as_ref().filter(|_| pod.is_claimed());
    let profile = claimed_by
        .map(|profile| format!(" (profile {profile})"))
        .unwrap_or_default();
    match placement.kind {
        PlacementKind::Rejected => "was refused by the kubelet of a Fargate node".to_owned(),
        PlacementKind::Fargate => format!("{verb} on Fargate{profile}"),
        PlacementKind::EC2 => match &placement.provisioner {
            Some(provisioner) => format!("{verb} on EC2 ({})", provisioner_in_words(provisioner)),
            None => format!("{verb} on EC2"),
        },
        PlacementKind::HybridNode => format!("{verb} on a hybrid node"),
        PlacementKind::OtherNode => {
            format!(
                "{verb} on node {}",
                placement.node.as_deref().unwrap_or_default()
            )
        }
        _ if pod.is_finished() => "ended without a node".to_owned(),
        _ if pod.is_terminating() => "is being deleted and is on no node".to_owned(),
        PlacementKind::FargatePending => format!("waits for Fargate{profile}"),
        PlacementKind::Pending => "waits for a node".to_owned(),
    }
}

/// Why a workload has no pods, as far as it or its controller says so.
fn without_pods(case: &PodCase<'_>) -> String {
    let workload = case.template_of;
    let is_zero = workload.is_some_and(|workload| workload.replicas == Some(0));
    let is_suspended = workload.is_some_and(|workload| {
        workload.paused && matches!(workload.kind, WorkloadKind::Job | WorkloadKind::CronJob)
    });
    match &case.creation_failure {
        _ if is_zero => "is scaled to zero and has no pods".to_owned(),
        _ if is_suspended => "is suspended and has no pods".to_owned(),
        Some(failure) => format!(
            "has no pods, since they cannot be created: \"{}\"",
            failure.message.trim()
        ),
        None => "has no pods".to_owned(),
    }
}

/// `managed node group ng-1`, `Karpenter node pool default`, …
pub fn provisioner_in_words(provisioner: &Provisioner) -> String {
    let kind = match provisioner.kind {
        ProvisionerKind::ManagedNodeGroup => "managed node group",
        ProvisionerKind::Karpenter => "Karpenter node pool",
        ProvisionerKind::AutoMode => "EKS Auto Mode",
        ProvisionerKind::SelfManaged => "self-managed",
    };
    match (&provisioner.name, provisioner.kind) {
        (Some(name), ProvisionerKind::AutoMode) => format!("{kind}, node pool {name}"),
        (Some(name), ProvisionerKind::SelfManaged) => format!("{kind} node group {name}"),
        (Some(name), _) => format!("{kind} {name}"),
        (None, ProvisionerKind::SelfManaged) => format!("{kind} node"),
        (None, _) => kind.to_owned(),
    }
}

/// What would happen if it were created again, where that is not what is there.
fn again(case: &PodCase<'_>, reason: Reason) -> Option<String> {
    if case.is_template() {
        return match (case.expected.kind, reason) {
            (_, Reason::MatchedProfile) => Some(format!(
                "profile {} claims them",
                case.expected.profile.as_deref()?
            )),
            (ExpectedKind::NotFargate, _) => {
                Some("made now, its pods would not go to Fargate".to_owned())
            }
            _ => None,
        };
    }
    let on_fargate = matches!(
        case.placement_kind(),
        Some(PlacementKind::Fargate | PlacementKind::FargatePending)
    );
    let likely = match case.expected.certainty {
        Certainty::Likely => "likely ",
        _ => "",
    };
    match case.expected.kind {
        ExpectedKind::Fargate if !on_fargate || reason == Reason::ProfileGone => Some(format!(
            "recreated now, it would {likely}run on Fargate (profile {})",
            case.expected.profile.as_deref().unwrap_or_default()
        )),
        ExpectedKind::Refused if !on_fargate || case.is_bound() => Some(format!(
            "recreated now, a profile would claim it and Fargate would {likely}refuse it"
        )),
        ExpectedKind::NotFargate if on_fargate => {
            Some(format!("recreated now, it would {likely}not go to Fargate"))
        }
        _ => None,
    }
}

/// Says what a node is, how that is known, and how many pods hold it.
pub fn of_node(name: &str, sight: &NodeSight, node: Option<&Node>, pods: usize) -> String {
    let what = match (sight.kind, &sight.provisioner) {
        (PlacementKind::Fargate, _) => "a Fargate node".to_owned(),
        (PlacementKind::HybridNode, _) => "a hybrid node".to_owned(),
        (PlacementKind::EC2, Some(provisioner)) => {
            format!("an EC2 node ({})", provisioner_in_words(provisioner))
        }
        (PlacementKind::EC2, None) => "an EC2 node".to_owned(),
        _ if sight.basis == NodeBasis::Nothing => "a node that could not be read".to_owned(),
        _ => "a node that is neither Fargate, EC2 nor hybrid".to_owned(),
    };
    let basis = match sight.basis {
        NodeBasis::Object => node
            .and_then(|node| node.labels.get(COMPUTE_TYPE))
            .map(|value| format!(", by its label {COMPUTE_TYPE}={value}"))
            .unwrap_or_default(),
        NodeBasis::Name => ", by its name".to_owned(),
        NodeBasis::Nothing => String::new(),
    };
    let held = match (sight.kind, pods) {
        (PlacementKind::Fargate, 0) => "; no pod holds it".to_owned(),
        (_, 1) => "; one pod is on it".to_owned(),
        (_, count) => format!("; {count} pods are on it"),
    };
    format!("{name} is {what}{basis}{held}.")
}
