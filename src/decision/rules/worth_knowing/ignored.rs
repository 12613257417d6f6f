//! What the spec asks for and Fargate passes over.

use super::super::{Family, Rule, RuleInfo, finding, fix, phrases, sources};
use crate::decision::facts::{ObjectRef, PodTemplate, Workload};
use crate::decision::finding::{Certainty, Evidence, Finding, Severity, Strength};
use crate::decision::placement::{PlacementKind, PodCase};
use crate::decision::reason::Reason;

/// The class that Fargate writes on the pods that it claims. Source: observed (aws/containers-roadmap#649).
const CLASS_OF_FARGATE: &str = "system-node-critical";

pub(super) const SPREAD_IGNORED: Rule = Rule {
    info: RuleInfo {
        reason: Reason::SpreadIgnored,
        family: Family::WorthKnowing,
        title: "Fargate does not follow its topology spread constraints or its pod affinity",
        evidence: "topologySpreadConstraints, podAffinity and podAntiAffinity of the pod",
        fix: "spread by profiles: one for each subnet or zone",
        source: sources::PROFILE,
        page: include_str!("../pages/SpreadIgnored.md"),
    },
    check: spread_ignored,
};

pub(super) const PRIORITY_CLASS_REPLACED: Rule = Rule {
    info: RuleInfo {
        reason: Reason::PriorityClassReplaced,
        family: Family::WorthKnowing,
        title: "Fargate replaced its priority class by system-node-critical",
        evidence: "priorityClassName of the pod and of its template",
        fix: "do not rely on the priority class on Fargate",
        source: "https://github.com/aws/containers-roadmap/issues/649",
        page: include_str!("../pages/PriorityClassReplaced.md"),
    },
    check: priority_class_replaced,
};

fn spread_ignored(case: &PodCase<'_>) -> Option<Finding> {
    let pod = &case.pod;
    let spec = &pod.spec;
    let is_for_fargate = matches!(
        case.placement_kind(),
        Some(PlacementKind::Fargate | PlacementKind::FargatePending)
    );
    if !is_for_fargate || !pod.is_claimed() || pod.is_finished() || pod.is_terminating() {
        return None;
    }
    let spread = (!spec.spread_keys.is_empty()).then_some("topology spread constraints");
    let has_rule = |kind: &str| spec.pod_affinity.iter().any(|rule| rule.starts_with(kind));
    let affinity = has_rule("podAffinity").then_some("pod affinity");
    let anti_affinity = has_rule("podAntiAffinity").then_some("pod anti-affinity");
    let ignored: Vec<&str> = [spread, affinity, anti_affinity]
        .into_iter()
        .flatten()
        .collect();
    if ignored.is_empty() {
        return None;
    }
    let constraints = spec.spread_keys.iter().enumerate().map(|(index, key)| {
        let field = format!("spec.topologySpreadConstraints[{index}].topologyKey");
        Evidence::found(case.object.clone(), field, key.as_str())
    });
    let rules = spec.pod_affinity.iter().map(|rule| {
        let field = format!("spec.affinity.{rule}");
        Evidence::found(case.object.clone(), field, "set")
    });
    let is_for_spreading = spread.or(anti_affinity).is_some();
    let mut message = format!(
        "The pod has {}, which Fargate does not follow.",
        phrases::list(&ignored)
    );
    if is_for_spreading {
        message.push_str(
            " The zone of its node comes from the subnets of its profile alone, and not always evenly.",
        );
    }
    if affinity.is_some() {
        message.push_str(
            " Pods are not brought together: each has a node of its own, in any zone of its profile.",
        );
    }
    const TOGETHER: &str = "No two pods share a Fargate node. To have pods in one zone, give their profile subnets of that zone alone; to \
                            have them on one machine, keep them off Fargate.";
    const APART: &str = "Leave it where the spread does not matter; no two pods share a Fargate node in any case. Else make one profile for \
                         each subnet, and one workload for each profile, told apart by a label. A nodeSelector for the zone was seen to \
                         work as well, which is not documented.";
    Some(
        finding(case, Reason::SpreadIgnored, message)
            .severity(Severity::Info)
            .strength(Strength::Aside)
            .evidence(constraints.chain(rules))
            .fix(fix::advice(if is_for_spreading { APART } else { TOGETHER })),
    )
}

fn priority_class_replaced(case: &PodCase<'_>) -> Option<Finding> {
    let found = case.pod.spec.priority_class_name.as_deref();
    let is_over = case.pod.is_finished() || case.is_template();
    if is_over || !case.pod.is_claimed() || found != Some(CLASS_OF_FARGATE) {
        return None;
    }
    let (owner, template) = source_of(case)?;
    let wanted = template
        .spec
        .priority_class_name
        .as_deref()
        .filter(|class| !class.is_empty() && *class != CLASS_OF_FARGATE)?;
    let owner = ObjectRef::namespaced(owner.kind.as_str(), &owner.namespace, &owner.name);
    Some(
        finding(
            case,
            Reason::PriorityClassReplaced,
            format!(
                "Its template asks for priority class {wanted}, and the pod has {CLASS_OF_FARGATE}. Fargate was seen to \
                 do that; it is not documented.",
            ),
        )
        .severity(Severity::Info)
        .certainty(Certainty::Likely)
        .strength(Strength::Aside)
        .evidence([
            Evidence::found(
                case.object.clone(),
                "spec.priorityClassName",
                CLASS_OF_FARGATE,
            )
            .wanted(wanted),
            Evidence::found(owner, "spec.template.spec.priorityClassName", wanted),
        ])
        .fix(fix::advice(
            "Nothing has to be done: a Fargate node takes one pod, so there is none beside it to go before or after. Do not \
             build on the class (in a quota, say) for pods that run on Fargate.",
        )),
    )
}

/// The template that the pod was made from or, where that is not known, the present one; with the workload that has it.
fn source_of<'a>(case: &PodCase<'a>) -> Option<(&'a Workload, &'a PodTemplate)> {
    let nearest = case.chain.workloads.first().copied();
    match case.chain.made_from {
        Some(template) => Some((nearest?, template)),
        None => case.chain.maker().map(|maker| (maker, &maker.template)),
    }
}
