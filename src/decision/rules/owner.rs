//! Who makes the pod, and what its spec presets: the node, the scheduler.

use super::{Family, Rule, RuleInfo, finding, fix, sources};
use crate::decision::facts::pod::{DEFAULT_SCHEDULER, FARGATE_SCHEDULER, PROFILE_LABEL};
use crate::decision::finding::{Certainty, Evidence, Finding, Strength};
use crate::decision::placement::observed::NodeSight;
use crate::decision::placement::{ExpectedKind, PodCase};
use crate::decision::reason::Reason;

pub(super) const RULES: &[Rule] = &[
    Rule {
        info: RuleInfo {
            reason: Reason::DaemonSetPod,
            family: Family::Owner,
            title: "a DaemonSet's pod; Fargate runs none",
            evidence: "the pod's owner",
            fix: "leave it; run what the pods on Fargate need of it as a sidecar",
            source: sources::FARGATE,
            page: include_str!("pages/DaemonSetPod.md"),
        },
        check: daemon_set_pod,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::StaticPod,
            family: Family::Owner,
            title: "a kubelet made it from a file on its node",
            evidence: "the annotation kubernetes.io/config.mirror, or the owner Node",
            fix: "leave it; static pods belong to their node",
            source: "https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/",
            page: include_str!("pages/StaticPod.md"),
        },
        check: static_pod,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::NodeNamePreset,
            family: Family::Owner,
            title: "the pod names its node itself, past every scheduler",
            evidence: "spec.nodeName in the template, the last-applied manifest or the creator's managed fields",
            fix: "remove spec.nodeName from the template or manifest and recreate the pod",
            source: sources::ASSIGNING_PODS,
            page: include_str!("pages/NodeNamePreset.md"),
        },
        check: node_name_preset,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::SchedulerNamePreset,
            family: Family::Owner,
            title: "the scheduler's name was set by hand",
            evidence: "spec.schedulerName, and the profile label that a claim would have written",
            fix: "remove spec.schedulerName from the template or manifest and recreate the pod",
            source: "https://docs.aws.amazon.com/eks/latest/eksctl/fargate.html",
            page: include_str!("pages/SchedulerNamePreset.md"),
        },
        check: scheduler_name_preset,
    },
];

fn daemon_set_pod(case: &PodCase<'_>) -> Option<Finding> {
    if !case.chain.is_daemon_set() || (case.matches.is_empty() && case.can_show_absence()) {
        return None;
    }
    let owner = case.workload_object();
    let message = match case.matches.first() {
        Some(found) => format!(
            "Profile {} matches, but DaemonSet {} makes the pod: such pods stay with the default scheduler.",
            found.profile.name, owner.name
        ),
        None => format!(
            "DaemonSet {} makes the pod: such pods stay with the default scheduler.",
            owner.name
        ),
    };
    Some(
        finding(case, Reason::DaemonSetPod, message)
            .evidence([Evidence::found(case.object.clone(), "metadata.ownerReferences", owner.to_string())])
            .fix(fix::advice(
                "Nothing has to be changed. What pods on Fargate need of it must run in them as a sidecar container.",
            )),
    )
}

fn static_pod(case: &PodCase<'_>) -> Option<Finding> {
    if !case.pod.is_static() {
        return None;
    }
    let field = if case
        .pod
        .annotations
        .contains_key("kubernetes.io/config.mirror")
    {
        "metadata.annotations[kubernetes.io/config.mirror]"
    } else {
        "metadata.annotations[kubernetes.io/config.source]"
    };
    Some(
        finding(case, Reason::StaticPod, "The pod is static: no scheduler and no profile has a part in it, and its file on the node is all that can change it.")
            .evidence([Evidence::found(case.object.clone(), field, "set").wanted("absent")]),
    )
}

/// Evidence that the pod was created with a node's name in it.
fn preset_evidence(case: &PodCase<'_>) -> Option<Evidence> {
    let node = case.pod.node_name.as_deref()?;
    let template = case
        .chain
        .made_from
        .or_else(|| case.chain.maker().map(|maker| &maker.template));
    if let Some(named) = template
        .and_then(|template| template.spec.node_name.as_deref())
        .filter(|named| *named == node)
    {
        return Some(
            Evidence::found(case.workload_object(), "spec.template.spec.nodeName", named)
                .wanted("absent"),
        );
    }
    (case.pod.owners.is_empty() && case.pod.node_name_by_creator).then(|| {
        Evidence::found(case.object.clone(), "spec.nodeName (as created)", node).wanted("absent")
    })
}

fn node_name_preset(case: &PodCase<'_>) -> Option<Finding> {
    if case.is_template() {
        let node = case.pod.node_name.as_deref()?;
        return Some(
            finding(
                case,
                Reason::NodeNamePreset,
                format!(
                    "The template names node {node}, so its pods go there past every scheduler."
                ),
            )
            .evidence([
                Evidence::found(case.object.clone(), "spec.template.spec.nodeName", node)
                    .wanted("absent"),
            ])
            .fix(remove_node_name(case)),
        );
    }
    let node = case.pod.node_name.as_deref()?;
    let claimed_elsewhere = case.pod.is_claimed()
        && case
            .node
            .as_deref()
            .is_some_and(NodeSight::is_known_not_fargate);
    let evidence = match preset_evidence(case) {
        Some(evidence) => evidence,
        None if claimed_elsewhere => Evidence::found(case.object.clone(), "spec.nodeName", node)
            .wanted("a Fargate node, for a pod that Fargate claimed"),
        None => return None,
    };
    if case.pod.is_claimed() && !claimed_elsewhere {
        return None;
    }
    let message = if claimed_elsewhere {
        format!(
            "Profile {} claimed the pod, yet it is on node {node}, which is no Fargate node: that name stood in it from the start.",
            case.pod.profile_label().unwrap_or_default()
        )
    } else {
        format!(
            "Node {node} was named in the pod when it was created, so no scheduler and no profile had a part in it."
        )
    };
    Some(
        finding(case, Reason::NodeNamePreset, message)
            .evidence([evidence])
            .fix(remove_node_name(case)),
    )
}

fn remove_node_name(case: &PodCase<'_>) -> crate::decision::finding::Fix {
    if let Some(leave) = fix::better_left(case, "nodeName") {
        return leave;
    }
    let in_template = case
        .chain
        .maker()
        .is_some_and(|maker| maker.template.spec.node_name.is_some());
    if case.chain.maker().is_some() && !in_template {
        return fix::advice(format!(
            "Find out who sets nodeName when the pod is created: {} does not. Without it a scheduler finds the pod its place.",
            fix::template_name(case)
        ));
    }
    let command = in_template
        .then(|| fix::remove_from_template(case, "/spec/nodeName"))
        .flatten();
    fix::with_commands(
        format!(
            "Remove nodeName from {}; {}, and a scheduler finds their place.",
            fix::template_name(case),
            fix::what_follows(case)
        ),
        command,
    )
}

fn scheduler_name_preset(case: &PodCase<'_>) -> Option<Finding> {
    let scheduler = case.pod.scheduler_name();
    if case.pod.is_claimed() || scheduler == DEFAULT_SCHEDULER {
        return None;
    }
    let evidence = Evidence::found(case.object.clone(), "spec.schedulerName", scheduler);
    let command = case
        .chain
        .maker()
        .filter(|maker| maker.template.spec.scheduler_name.as_deref() == Some(scheduler))
        .and_then(|_| fix::remove_from_template(case, "/spec/schedulerName"));
    if scheduler == FARGATE_SCHEDULER {
        if case.is_template() && !case.matches.is_empty() || case.is_on_fargate() {
            return None;
        }
        let why = if case.matches.is_empty() && case.can_show_absence() {
            "no profile matches it, so it will never be placed"
        } else {
            "no profile has claimed it, so it is not placed"
        };
        let refused = (case.expected.kind == ExpectedKind::Refused).then(|| fix::refused(case));
        let text = match case.expected.kind {
            ExpectedKind::Fargate => format!(
                "Remove schedulerName from {}, so that the profile claims the pod itself; {}.",
                fix::template_name(case),
                fix::what_follows(case)
            ),
            _ => format!(
                "To have the default scheduler take it, remove schedulerName from {}; {}. For Fargate, create a profile that \
                 matches it as well.",
                fix::template_name(case),
                fix::what_follows(case)
            ),
        };
        return Some(
            finding(
                case,
                Reason::SchedulerNamePreset,
                format!("The pod names fargate-scheduler but lacks the label {PROFILE_LABEL} of a claim: {why}."),
            )
            .evidence([evidence.wanted("absent, or a claim by a profile")])
            .evidence([Evidence::absent(case.object.clone(), format!("metadata.labels[{PROFILE_LABEL}]"))])
            .fix(refused.unwrap_or_else(|| fix::with_commands(text, command))),
        );
    }
    if case.matches.is_empty() || case.chain.is_daemon_set() || case.is_template() {
        return None;
    }
    let profile = &case.matches[0].profile.name;
    Some(
        finding(
            case,
            Reason::SchedulerNamePreset,
            format!(
                "Profile {profile} matches, but the pod is with scheduler {scheduler}. EKS's webhook would likely have \
                 overwritten that name, so it was likely set after or past the webhook."
            ),
        )
        .certainty(Certainty::Likely)
        .strength(Strength::Weak)
        .evidence([evidence.wanted(FARGATE_SCHEDULER)])
        .fix(fix::better_left(case, "schedulerName").unwrap_or_else(|| fix::with_commands(
            format!("Where Fargate is wanted, remove schedulerName from {}; {}.", fix::template_name(case), fix::what_follows(case)),
            command,
        ))),
    )
}
