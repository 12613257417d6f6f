//! What other schedulers do with the pod, and what holds it back.

use super::{Family, Rule, RuleInfo, finding, fix, phrases, sources, word_evidence};
use crate::decision::facts::pod::FARGATE_SCHEDULER;
use crate::decision::facts::shell::{quote, resource};
use crate::decision::finding::{Certainty, Evidence, Finding, Severity, Strength};
use crate::decision::placement::PodCase;
use crate::decision::placement::node_constraints::{
    conflicts_with_fargate, nodes_named_by_affinity,
};
use crate::decision::placement::observed::sight_of_node;
use crate::decision::reason::Reason;

pub(super) const RULES: &[Rule] = &[
    Rule {
        info: RuleInfo {
            reason: Reason::ToleratesFargateTaint,
            family: Family::Elsewhere,
            title: "another scheduler put it on a Fargate node, which it tolerates",
            evidence: "the node, the pod's scheduler name and its tolerations",
            fix: "narrow the toleration, or keep the pod off Fargate nodes by node affinity",
            source: sources::FARGATE,
            page: include_str!("pages/ToleratesFargateTaint.md"),
        },
        check: tolerates_fargate_taint,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::PinnedToFargateNode,
            family: Family::Elsewhere,
            title: "a DaemonSet's pod waits for a Fargate node that will never take it",
            evidence: "the node that the pod's affinity names",
            fix: "exclude Fargate nodes by the DaemonSet's node affinity",
            source: "https://github.com/aws/aws-cdk/issues/11609",
            page: include_str!("pages/PinnedToFargateNode.md"),
        },
        check: pinned_to_fargate_node,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::WaitingForCapacity,
            family: Family::Elsewhere,
            title: "not claimed, and its own scheduler has no room for it",
            evidence: "the words of the scheduler that has the pod",
            fix: "give that scheduler room: a node group, a node pool, smaller requests",
            source: sources::ASSIGNING_PODS,
            page: include_str!("pages/WaitingForCapacity.md"),
        },
        check: waiting_for_capacity,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::SchedulingGated,
            family: Family::Elsewhere,
            title: "scheduling gates hold it back",
            evidence: "spec.schedulingGates",
            fix: "find out who owns the gate; that controller removes it",
            source: "https://kubernetes.io/docs/concepts/scheduling-eviction/pod-scheduling-readiness/",
            page: include_str!("pages/SchedulingGated.md"),
        },
        check: scheduling_gated,
    },
];

fn tolerates_fargate_taint(case: &PodCase<'_>) -> Option<Finding> {
    let scheduler = case.pod.scheduler_name();
    if !case.is_on_fargate() || case.pod.is_claimed() || scheduler == FARGATE_SCHEDULER {
        return None;
    }
    let node = case.pod.node_name.as_deref()?;
    let toleration = case
        .pod
        .spec
        .tolerations
        .iter()
        .find(|toleration| toleration.tolerates_fargate());
    let message = format!(
        "Scheduler {scheduler} chose node {node} for it, though no profile claimed the pod, and a Fargate node takes only the \
         pod it was made for."
    );
    let toleration_evidence = toleration.map(|toleration| {
        let key = toleration.key.as_deref().unwrap_or("");
        let operator = toleration.operator.as_deref().unwrap_or("Equal");
        let text = match key {
            "" => format!("operator {operator} without a key: tolerates everything"),
            key => format!("key {key}, operator {operator}"),
        };
        Evidence::found(case.object.clone(), "spec.tolerations", text)
            .wanted("no toleration of eks.amazonaws.com/compute-type=fargate")
    });
    let refused = case
        .words
        .kubelet
        .first()
        .map(|word| word_evidence(case, word));
    let template = fix::template_name(case);
    let is_unmatched = case.unrestricted_matches.is_empty()
        && case.expected.profile.is_none()
        && case.can_show_absence();
    let text = if is_unmatched {
        format!(
            "Narrow the toleration in {template}, or add the node affinity eks.amazonaws.com/compute-type NotIn [fargate]. A \
             toleration never brings a pod to Fargate; a matching profile does."
        )
    } else {
        format!(
            "Narrow the toleration in {template}; it never brings a pod to Fargate, a matching profile does. Do not ask for \
             nodes that are not Fargate by affinity where a profile matches the pods: it would claim them and refuse them."
        )
    };
    Some(
        finding(case, Reason::ToleratesFargateTaint, message)
            .certainty(if toleration_evidence.is_some() {
                Certainty::Certain
            } else {
                Certainty::Likely
            })
            .evidence([
                Evidence::found(case.object.clone(), "spec.schedulerName", scheduler)
                    .wanted(FARGATE_SCHEDULER),
            ])
            .evidence(toleration_evidence)
            .evidence(refused)
            .fix(fix::advice(text)),
    )
}

fn pinned_to_fargate_node(case: &PodCase<'_>) -> Option<Finding> {
    if !case.chain.is_daemon_set() || case.is_bound() || case.is_template() {
        return None;
    }
    let nodes = nodes_named_by_affinity(&case.pod.spec);
    let node = nodes
        .iter()
        .find(|node| sight_of_node(case.snapshot, node).is_fargate())?;
    let owner = case.workload_object();
    let has_affinity = case
        .chain
        .maker()
        .is_none_or(|maker| maker.template.spec.required_node_affinity.is_some());
    let patch = r#"{"spec":{"template":{"spec":{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"eks.amazonaws.com/compute-type","operator":"NotIn","values":["fargate"]}]}]}}}}}}}"#;
    let command = (!has_affinity).then(|| {
        format!(
            "{} patch {} --type merge -p {}",
            fix::kubectl(case),
            resource(&owner.kind, &owner.name),
            quote(patch)
        )
    });
    Some(
        finding(
            case,
            Reason::PinnedToFargateNode,
            format!(
                "DaemonSet {} made it for Fargate node {node}, which has its one pod and takes no other. Harmless, unless a rollout \
                 waits for it.",
                owner.name
            ),
        )
        .evidence([Evidence::found(
            case.object.clone(),
            "spec.affinity.nodeAffinity (metadata.name)",
            *node,
        )
        .wanted("a node that is not Fargate")])
        .fix(fix::with_commands(
            format!(
                "Exclude Fargate nodes in {}: required node affinity eks.amazonaws.com/compute-type NotIn [fargate].",
                fix::template_name(case)
            ),
            command,
        )),
    )
}

fn waiting_for_capacity(case: &PodCase<'_>) -> Option<Finding> {
    let scheduler = case.pod.scheduler_name();
    if !case.is_waiting()
        || case.pod.is_claimed()
        || scheduler == FARGATE_SCHEDULER
        || case.chain.is_daemon_set()
    {
        return None;
    }
    let is_unmatched = case.matches.is_empty() && case.can_show_absence();
    let is_opted_out = case.recreated.is_opted_out();
    if !is_unmatched && !is_opted_out {
        return None;
    }
    let conflicts = conflicts_with_fargate(&case.pod.spec);
    let word = case.words.scheduler.first();
    let decides = is_unmatched && !conflicts.is_empty();
    if !decides && word.is_none() {
        return None;
    }
    let says = match word {
        Some(word) => {
            let who = if word.by.is_empty() {
                scheduler
            } else {
                word.by.as_str()
            };
            format!(
                "{who} says: {}",
                phrases::quoted_at_the_end(&without_preemption(&word.text))
            )
        }
        None => format!("{scheduler} has not found one yet."),
    };
    let message = match conflicts.first() {
        Some(conflict) => format!(
            "It asks for a node with {} {}, which no Fargate node has. {says}",
            conflict.key, conflict.asked
        ),
        None => format!("It waits for room on a node; {says}"),
    };
    Some(
        finding(case, Reason::WaitingForCapacity, message)
            .strength(if decides { Strength::Strong } else { Strength::Aside })
            .evidence(conflicts.iter().map(|conflict| {
                Evidence::found(case.object.clone(), conflict.field.clone(), conflict.asked.clone())
            }))
            .evidence(word.map(|word| word_evidence(case, word)))
            .fix(fix::advice(
                "Give its scheduler room: a node group or node pool that offers what the pod asks for, or smaller requests. \
                 A toleration of the Fargate taint does not help.",
            )),
    )
}

/// The scheduler's words up to what it says about preemption, which only repeats the count of nodes.
fn without_preemption(text: &str) -> String {
    let said = text.split(" preemption: ").next().unwrap_or(text);
    format!("{}.", said.trim().trim_end_matches('.'))
}

fn scheduling_gated(case: &PodCase<'_>) -> Option<Finding> {
    let gates = &case.pod.spec.scheduling_gates;
    if !case.is_waiting() || gates.is_empty() {
        return None;
    }
    let names = phrases::list(gates);
    let strength = if case.pod.is_claimed() {
        Strength::Strong
    } else {
        Strength::Aside
    };
    Some(
        finding(case, Reason::SchedulingGated, format!("No scheduler looks at the pod before its gates are removed: {names}."))
            .severity(Severity::Error)
            .strength(strength)
            .evidence([Evidence::found(case.object.clone(), "spec.schedulingGates", names.clone()).wanted("none")])
            .fix(fix::advice("Find out which controller set the gate; it removes the gate when its condition is met.")),
    )
}
