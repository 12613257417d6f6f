//! Who reaches a pod on Fargate, and through which security groups.

use super::super::{Family, Rule, RuleInfo, finding, fix, phrases};
use super::containers::{has_landed, lives_by_a_claim};
use crate::decision::facts::shell::{aws_value, operand, resource};
use crate::decision::facts::{
    Kind, LabelSelector, ObjectRef, PodPhase, SecurityGroupPolicy, Service,
};
use crate::decision::finding::{Certainty, Evidence, Finding, Fix, Severity, Strength};
use crate::decision::placement::PodCase;
use crate::decision::placement::case::GRACE_SECONDS;
use crate::decision::reason::Reason;

pub(super) const SECURITY_GROUP_POLICY_APPLIED: Rule = Rule {
    info: RuleInfo {
        reason: Reason::SecurityGroupPolicyApplied,
        family: Family::WorthKnowing,
        title: "it has security groups of its own instead of the cluster's",
        evidence: "the annotation fargate.amazonaws.com/pod-sg, and the policy that fits the pod",
        fix: "see that the groups allow the control plane, DNS and the kubelet",
        source: "https://docs.aws.amazon.com/eks/latest/userguide/sg-pods-example-deployment.html",
        page: include_str!("../pages/SecurityGroupPolicyApplied.md"),
    },
    check: security_group_policy_applied,
};

pub(super) const INSTANCE_TARGETS: Rule = Rule {
    info: RuleInfo {
        reason: Reason::InstanceTargets,
        family: Family::WorthKnowing,
        title: "a load balancer that targets instances does not reach it",
        evidence: "the Services that select the pod, and their load balancer annotations",
        fix: "set the target type to ip",
        source: "https://docs.aws.amazon.com/eks/latest/userguide/network-load-balancing.html",
        page: include_str!("../pages/InstanceTargets.md"),
    },
    check: instance_targets,
};

/// Written by the webhook `mpod.vpc.k8s.aws` when the pod is created. Source: aws/amazon-vpc-resource-controller-k8s.
const GROUPS_ANNOTATION: &str = "fargate.amazonaws.com/pod-sg";

fn security_group_policy_applied(case: &PodCase<'_>) -> Option<Finding> {
    if !lives_by_a_claim(case) {
        return None;
    }
    let annotation = case.pod.annotations.get(GROUPS_ANNOTATION)?;
    let groups: Vec<&str> = annotation
        .split(',')
        .map(str::trim)
        .filter(|group| !group.is_empty())
        .collect();
    if groups.is_empty() {
        return None;
    }
    let policies = fitting_policies(case);
    // A policy that lists other groups, now at least, is not where these come from.
    let are_listed = groups.iter().all(|group| {
        policies
            .iter()
            .any(|(policy, _)| policy.groups.iter().any(|listed| listed == group))
    });
    let from = match policies.as_slice() {
        [] => String::new(),
        _ if !are_listed => String::new(),
        [(policy, Fit::Sure)] => format!(" by SecurityGroupPolicy {}", policy.name),
        [(policy, Fit::Likely)] => format!(", likely by SecurityGroupPolicy {}", policy.name),
        several => format!(" by {} SecurityGroupPolicies", several.len()),
    };
    let shown = match groups.len() {
        1 => format!("security group {}", groups[0]),
        2 | 3 => format!("security groups {}", phrases::list(&groups)),
        count => format!("{count} security groups"),
    };
    let mut message = format!("The pod has {shown}{from}, instead of the cluster's");
    let has_waited = case.is_waiting() && case.age_seconds().is_some_and(|age| age > GRACE_SECONDS);
    if has_waited {
        message.push_str(". They may block its node's way to the cluster.");
    } else {
        message.push_str(", unless that is among them.");
    }
    let others: Vec<&(&SecurityGroupPolicy, Fit)> = policies
        .iter()
        .filter(|(policy, fit)| {
            *fit == Fit::Sure
                && policy
                    .groups
                    .iter()
                    .any(|group| !groups.contains(&group.as_str()))
        })
        .collect();
    let mut text = "See that the groups allow the control plane, DNS (TCP and UDP 53) and the kubelet; with the cluster security \
                    group among them they do. Changes reach only pods that are made afterwards."
        .to_owned();
    if !others.is_empty() {
        let names = phrases::list(others.iter().map(|(policy, _)| &policy.name));
        text.push_str(&format!(
            " {names} lists groups now that the pod does not have."
        ));
    }
    if policies.is_empty()
        && !has_policy_by_account(case)
        && case
            .snapshot
            .coverage
            .is_listed(Kind::SecurityGroupPolicy, &case.pod.namespace)
    {
        text.push_str(" No policy fits the pod now: made again, it would have other groups.");
    }
    let kubectl = fix::kubectl(case);
    // Whoever makes pods may write what they like there.
    let groups: Vec<String> = groups
        .iter()
        .map(|group| operand(&aws_value(group)))
        .collect();
    let evidence = policies.iter().map(|(policy, _)| {
        let object = ObjectRef::namespaced("securitygrouppolicy", &policy.namespace, &policy.name);
        Evidence::found(
            object,
            "spec.securityGroups.groupIds",
            policy.groups.join(","),
        )
    });
    Some(
        finding(case, Reason::SecurityGroupPolicyApplied, message)
            .severity(Severity::Info)
            .strength(Strength::Aside)
            .evidence([Evidence::found(
                case.object.clone(),
                format!("metadata.annotations[{GROUPS_ANNOTATION}]"),
                annotation.as_str(),
            )])
            .evidence(evidence)
            .fix(fix::with_commands(
                text,
                [
                    format!("{kubectl} get securitygrouppolicies -o yaml"),
                    format!(
                        "aws ec2 describe-security-groups --group-ids {}",
                        groups.join(" ")
                    ),
                ],
            )),
    )
}

/// Whether a policy applies to the pod, as far as that can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    Sure,
    /// It selects by labels of the ServiceAccount, which are not read, and the pod has all of its groups.
    Likely,
}

/// Whether a policy may fit the pod by labels of its ServiceAccount, which are not read.
fn has_policy_by_account(case: &PodCase<'_>) -> bool {
    case.snapshot
        .security_group_policies
        .values()
        .filter(|policy| policy.namespace == case.pod.namespace)
        .any(|policy| {
            let by_pod = policy.pod_selector.as_ref();
            policy.service_account_selector.is_some()
                && by_pod.is_none_or(|selector| selector.matches(&case.pod.labels))
        })
}

fn fitting_policies<'a>(case: &PodCase<'a>) -> Vec<(&'a SecurityGroupPolicy, Fit)> {
    let groups = case.pod.annotations.get(GROUPS_ANNOTATION);
    let has_group = |group: &String| {
        groups.is_some_and(|groups| groups.split(',').any(|found| found.trim() == group))
    };
    case.snapshot
        .security_group_policies
        .values()
        .filter(|policy| policy.namespace == case.pod.namespace)
        .filter_map(|policy| {
            let by_pod = policy.pod_selector.as_ref();
            let by_account = policy.service_account_selector.as_ref();
            if by_pod.is_some_and(|selector| !selector.matches(&case.pod.labels))
                || by_pod.is_none() && by_account.is_none()
            {
                return None;
            }
            let is_open = |selector: &LabelSelector| *selector == LabelSelector::default();
            if by_account.is_none_or(is_open) {
                return Some((policy, Fit::Sure));
            }
            let has_all = !policy.groups.is_empty() && policy.groups.iter().all(has_group);
            has_all.then_some((policy, Fit::Likely))
        })
        .collect()
}

const NLB_TYPE: &str = "service.beta.kubernetes.io/aws-load-balancer-type";
const NLB_TARGETS: &str = "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type";
const ALB_TARGETS: &str = "alb.ingress.kubernetes.io/target-type";
/// The class of the AWS Load Balancer Controller. Source: its documentation, "Network Load Balancer".
const CONTROLLER_CLASS: &str = "service.k8s.aws/nlb";
/// The class of EKS Auto Mode, whose default target type is not known here.
const AUTO_MODE_CLASS: &str = "eks.amazonaws.com/nlb";

/// What makes a Service's load balancer target instances.
struct InstanceTarget<'a> {
    service: &'a Service,
    /// The annotation that decides; for the default, the one that is missing.
    annotation: &'static str,
    is_default: bool,
    /// What is not known about it; nothing where it is certain.
    doubt: Option<Doubt>,
}

/// Why a load balancer that targets instances is only likely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Doubt {
    /// The controller that makes the load balancer may have another default.
    Default,
    /// EKS Auto Mode's reading of the annotation is not documented.
    AutoMode,
    /// It takes an Ingress that names the Service, and those are not read.
    Ingress,
}

impl Doubt {
    fn in_words(self) -> &'static str {
        match self {
            Self::Default => "Likely, as the controller may have another default.",
            Self::AutoMode => {
                "Likely, as EKS Auto Mode does not say that it follows the annotation."
            }
            Self::Ingress => {
                "Likely, as it takes an Ingress for the Service, and those are not read."
            }
        }
    }
}

fn instance_targets(case: &PodCase<'_>) -> Option<Finding> {
    if !has_landed(case) || case.pod.phase != PodPhase::Running {
        return None;
    }
    let services = case.cluster.companions().services_of(&case.pod);
    let targets: Vec<InstanceTarget<'_>> =
        services.into_iter().filter_map(instance_target).collect();
    // What is sure is told first.
    let first = targets.iter().min_by_key(|target| target.doubt)?;
    let name = &first.service.name;
    let mut message = if first.is_default {
        format!(
            "Service {name} selects the pod without a target type: the default, instances, does not reach pods on Fargate."
        )
    } else {
        format!(
            "Service {name} selects the pod and has its load balancer target instances, which do not reach pods on Fargate."
        )
    };
    if let Some(doubt) = first.doubt {
        message.push_str(&format!(" {}", doubt.in_words()));
    }
    let others: Vec<&str> = targets
        .iter()
        .map(|target| target.service.name.as_str())
        .filter(|other| other != name)
        .collect();
    match others.as_slice() {
        [] => {}
        [one] => message.push_str(&format!(" Also Service {one}.")),
        [one, rest @ ..] => {
            message.push_str(&format!(" Also Service {one} and {} more.", rest.len()))
        }
    }
    let evidence = targets.iter().map(|target| {
        let service = target.service;
        let object = ObjectRef::namespaced("service", &service.namespace, &service.name);
        let field = format!("metadata.annotations[{}]", target.annotation);
        match service.annotations.get(target.annotation) {
            Some(found) => Evidence::found(object, field, found.as_str()),
            None => Evidence::absent(object, field),
        }
        .wanted("ip")
    });
    Some(
        finding(case, Reason::InstanceTargets, message)
            .severity(Severity::Info)
            .certainty(match first.doubt {
                None => Certainty::Certain,
                Some(_) => Certainty::Likely,
            })
            .strength(Strength::Aside)
            .evidence(evidence)
            .fix(target_fix(case, first)),
    )
}

fn instance_target(service: &Service) -> Option<InstanceTarget<'_>> {
    let annotation = |key: &str| service.annotations.get(key).map(|value| value.trim());
    let target = |annotation, is_default, doubt| InstanceTarget {
        service,
        annotation,
        is_default,
        doubt,
    };
    let class = service.load_balancer_class.as_deref();
    let is_aws = matches!(class, None | Some(CONTROLLER_CLASS | AUTO_MODE_CLASS));
    if service.kind == "LoadBalancer" && is_aws {
        match annotation(NLB_TARGETS) {
            Some("instance") => {
                let doubt = (class == Some(AUTO_MODE_CLASS)).then_some(Doubt::AutoMode);
                return Some(target(NLB_TARGETS, false, doubt));
            }
            None if class != Some(AUTO_MODE_CLASS) && annotation(NLB_TYPE) != Some("nlb-ip") => {
                return Some(target(NLB_TARGETS, true, Some(Doubt::Default)));
            }
            _ => {}
        }
    }
    (service.kind != "ExternalName" && annotation(ALB_TARGETS) == Some("instance"))
        .then(|| target(ALB_TARGETS, false, Some(Doubt::Ingress)))
}

fn target_fix(case: &PodCase<'_>, target: &InstanceTarget<'_>) -> Fix {
    let name = &target.service.name;
    let kind = target.service.annotations.get(NLB_TYPE);
    // These are the AWS Load Balancer Controller's already; it follows the annotation.
    let is_of_controller = target.service.load_balancer_class.as_deref() == Some(CONTROLLER_CLASS)
        || kind.is_some_and(|kind| kind.trim() == "external");
    if target.is_default && !is_of_controller {
        return fix::advice(format!(
            "Have the AWS Load Balancer Controller make a load balancer with IP targets, by a new Service beside {name}: {NLB_TYPE}: \
             external and {NLB_TARGETS}: ip, there from the start. Move clients to it, then delete the old one."
        ));
    }
    fix::with_commands(
        "Set the target type to ip. The load balancer's targets are then replaced: do it when a short interruption does no harm.",
        [format!(
            "{} annotate {} {}=ip --overwrite",
            fix::kubectl(case),
            resource("service", name),
            target.annotation
        )],
    )
}
