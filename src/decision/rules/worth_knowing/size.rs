//! What Fargate bills, against what the pod asks for.

use super::super::{Family, Rule, RuleInfo, finding, fix, sources};
use crate::decision::facts::shell::{quote, resource};
use crate::decision::facts::{ContainerRole, ObjectRef, PodSpec, Resources, VerticalAutoscaler};
use crate::decision::finding::{Evidence, Finding, Fix, Severity, Strength};
use crate::decision::placement::{ExpectedKind, PlacementKind, PodCase};
use crate::decision::reason::Reason;
use crate::decision::sizing::{
    CAPACITY_ANNOTATION, OVERHEAD_MIB, PodRequest, Shape, Sizing, UNDOCUMENTED, cause,
    cpu_in_words, next_smaller, request_in_words,
};

/// Limits above requests that are named in the message; the evidence has them all.
const LIMITS_NAMED: usize = 2;

pub(super) const ROUNDED_UP: Rule = Rule {
    info: RuleInfo {
        reason: Reason::RoundedUp,
        family: Family::WorthKnowing,
        title: "its Fargate size is larger than what it asks for",
        evidence: "the annotation CapacityProvisioned, and the containers' requests",
        fix: "ask for what the size has, or for a little less to reach the next smaller one",
        source: sources::POD_CONFIGURATION,
        page: include_str!("../pages/RoundedUp.md"),
    },
    check: rounded_up,
};

pub(super) const LIMITS_ABOVE_REQUESTS: Rule = Rule {
    info: RuleInfo {
        reason: Reason::LimitsAboveRequests,
        family: Family::WorthKnowing,
        title: "a container's limits are above its requests, by which Fargate sizes the pod",
        evidence: "requests and limits of the containers",
        fix: "set requests and limits to the same values",
        source: sources::POD_CONFIGURATION,
        page: include_str!("../pages/LimitsAboveRequests.md"),
    },
    check: limits_above_requests,
};

pub(super) const VERTICAL_AUTOSCALER_MODE: Rule = Rule {
    info: RuleInfo {
        reason: Reason::VerticalAutoscalerMode,
        family: Family::WorthKnowing,
        title: "a VerticalPodAutoscaler's mode cannot move it to a larger size",
        evidence: "the update mode of the autoscaler that targets its owner",
        fix: "set the mode to Recreate, or set the requests by hand",
        source: sources::FARGATE,
        page: include_str!("../pages/VerticalAutoscalerMode.md"),
    },
    check: vertical_autoscaler_mode,
};

fn rounded_up(case: &PodCase<'_>) -> Option<Finding> {
    if !case.pod.is_claimed() || case.pod.is_finished() {
        return None;
    }
    let billed = case.billed_size()?;
    let sizing = Sizing::of(&case.pod.spec);
    let request = sizing.request;
    let is_exact = billed == Shape::new(request.cpu_millicores, request.memory_mib);
    if is_exact || !billed.holds(request.cpu_millicores, request.memory_mib) {
        return None;
    }
    let asked = request_in_words(&request);
    let other = sizing.other.and_then(|other| other.shape);
    let message = match sizing.shape {
        Some(shape) if shape == billed => format!(
            "It asks for {asked}; Fargate gives and bills {billed}: the request plus {OVERHEAD_MIB} MiB for Kubernetes, {}.",
            cause(&request, shape)
        ),
        computed => format!(
            "It asks for {asked}; Fargate gives and bills {billed}, as its annotation says. By the requests it would be {}; {}.",
            computed.map_or_else(|| "no size at all".to_owned(), |shape| shape.to_string()),
            if other == Some(billed) {
                UNDOCUMENTED
            } else {
                "why it differs is not known"
            },
        ),
    };
    let is_for_the_next = case.expected.kind == ExpectedKind::Fargate
        && Sizing::of(&case.recreated.spec).request == request;
    let smaller = match sizing.shape {
        Some(shape) if shape == billed && is_for_the_next => next_smaller(&request, shape),
        _ => Vec::new(),
    };
    let less = match smaller.as_slice() {
        [] => String::new(),
        sizes => format!(" The next smaller: {}.", sizes.join(", or ")),
    };
    let written = case.pod.annotations.get(CAPACITY_ANNOTATION);
    Some(
        finding(case, Reason::RoundedUp, message)
            .severity(Severity::Info)
            .strength(Strength::Aside)
            .evidence([
                Evidence::found(
                    case.object.clone(),
                    format!("metadata.annotations[{CAPACITY_ANNOTATION}]"),
                    written.map_or("", String::as_str),
                ),
                Evidence::found(
                    case.object.clone(),
                    "spec.containers[*].resources.requests",
                    asked,
                ),
            ])
            .fix(fix::advice(format!(
                "Nothing has to change. {}{less}",
                what_costs_the_same(case, &sizing, billed)
            ))),
    )
}

/// What a new pod may ask for at the same price; where that cannot be told, or there would be none on Fargate, why.
fn what_costs_the_same(case: &PodCase<'_>, sizing: &Sizing, billed: Shape) -> String {
    if sizing.shape != Some(billed) {
        return "Which requests cost the same cannot be told, since the size is not the one that they come to.".to_owned();
    }
    if let Some(warning) = fix::warning_before_remaking(case) {
        return warning;
    }
    let template = fix::template_name(case);
    let next = Sizing::of(&case.recreated.spec);
    let request = sizing.request;
    if next.request != request {
        let size = next
            .shape
            .map_or_else(String::new, |shape| format!(", which would be {shape}"));
        return format!(
            "By now {template} asks for {}{size}.",
            request_in_words(&next.request)
        );
    }
    let cpu = billed
        .cpu_millicores
        .saturating_sub(request.overhead_cpu_millicores);
    let memory = billed
        .memory_mib
        .saturating_sub(OVERHEAD_MIB + request.overhead_memory_mib);
    format!(
        "What is paid for may as well be used: in {template}, requests of up to {} and {memory} MiB in all cost the same.",
        cpu_in_words(cpu)
    )
}

/// One limit that is above its request.
struct Excess {
    /// Whose it is: a container's name, or `the whole pod`.
    whose: String,
    /// The field of the resources, up to `limits`.
    field: String,
    /// `cpu` or `memory`.
    resource: &'static str,
    limit: String,
    request: String,
}

fn limits_above_requests(case: &PodCase<'_>) -> Option<Finding> {
    let is_for_fargate = matches!(
        case.placement_kind(),
        Some(PlacementKind::Fargate | PlacementKind::FargatePending)
    );
    if !is_for_fargate || !case.pod.is_claimed() || case.pod.is_finished() {
        return None;
    }
    let spec = &case.pod.spec;
    let found = excesses_of(spec);
    if found.is_empty() {
        return None;
    }
    let mut named: Vec<String> = Vec::new();
    for (index, excess) in found.iter().take(LIMITS_NAMED).enumerate() {
        let Excess {
            whose,
            resource,
            limit,
            request,
            ..
        } = excess;
        let is_named = index > 0 && found[index - 1].whose == *whose;
        let whose = if is_named {
            String::new()
        } else {
            format!("{whose}: ")
        };
        named.push(format!("{whose}{resource} {limit} over {request}"));
    }
    if found.len() > LIMITS_NAMED {
        named.push(format!("and {} more", found.len() - LIMITS_NAMED));
    }
    let limits = PodRequest::of(&with_limits_as_requests(spec));
    let size = match (case.billed_size(), Sizing::of(spec).shape) {
        (Some(billed), _) => Some((billed, "here")),
        (None, Some(computed)) => Some((computed, "likely")),
        (None, None) => None,
    };
    let effect = match size {
        Some((size, how)) if size.holds(limits.cpu_millicores, limits.memory_mib) => {
            format!("the limits above them fit that size, {how} {size}")
        }
        Some((size, how)) => {
            format!("what limits allow above that size, {how} {size}, cannot be used")
        }
        None => "what limits allow above that size cannot be used".to_owned(),
    };
    Some(
        finding(
            case,
            Reason::LimitsAboveRequests,
            format!(
                "The requests alone size the pod; {effect} ({}).",
                named.join(", ")
            ),
        )
        .severity(Severity::Info)
        .strength(Strength::Aside)
        .evidence(found.iter().map(|excess| {
            Evidence::found(
                case.object.clone(),
                format!("{}.limits[{}]", excess.field, excess.resource),
                &excess.limit,
            )
            .wanted(format!("{}, as requested", excess.request))
        }))
        .fix(equal_limits(case)),
    )
}

/// How requests and limits come to be the same: in the template of pods that would run on Fargate.
fn equal_limits(case: &PodCase<'_>) -> Fix {
    let template = fix::template_name(case);
    if let Some(warning) = fix::warning_before_remaking(case) {
        return fix::advice(format!("Nothing has to change for this pod. {warning}"));
    }
    if excesses_of(&case.recreated.spec).is_empty() {
        let again = fix::recreate_for_a_note(case);
        return fix::with_commands(
            format!("In {template} they are the same by now. {}", again.text),
            again.commands,
        );
    }
    fix::advice(format!(
        "Set requests and limits to the same values in {template}: raise the requests to what the program needs, and Fargate \
         gives it a size that has it."
    ))
}

/// A spec that asks for what its limits allow.
fn with_limits_as_requests(spec: &PodSpec) -> PodSpec {
    let raise = |requests: &mut Resources, limits: &Resources| {
        requests.cpu_millicores = requests.cpu_millicores.max(limits.cpu_millicores);
        requests.memory_bytes = requests.memory_bytes.max(limits.memory_bytes);
    };
    let mut spec = spec.clone();
    for container in &mut spec.containers {
        raise(&mut container.requests, &container.limits);
    }
    if let Some(whole) = &mut spec.pod_resources {
        // The whole pod may take what its own limit allows; without one, what its containers' limits do.
        whole.requests.cpu_millicores = whole.limits.cpu_millicores;
        whole.requests.memory_bytes = whole.limits.memory_bytes;
    }
    spec
}

/// All limits of CPU and memory that are above what is asked for.
fn excesses_of(spec: &PodSpec) -> Vec<Excess> {
    let mut found: Vec<Excess> = Vec::new();
    for container in &spec.containers {
        if container.role != ContainerRole::Ephemeral {
            let field = format!("{}[{}].resources", container.role.field(), container.name);
            let whose = &container.name;
            found.extend(excesses(
                whose,
                &field,
                &container.requests,
                &container.limits,
            ));
        }
    }
    if let Some(whole) = &spec.pod_resources {
        // Without a request of its own the whole pod asks for what its containers do.
        let own = |limit: &Option<u64>, request: &Option<u64>| limit.filter(|_| request.is_some());
        let limits = Resources {
            cpu_millicores: own(&whole.limits.cpu_millicores, &whole.requests.cpu_millicores),
            memory_bytes: own(&whole.limits.memory_bytes, &whole.requests.memory_bytes),
            ..Resources::default()
        };
        found.extend(excesses(
            "the whole pod",
            "spec.resources",
            &whole.requests,
            &limits,
        ));
    }
    found
}

/// The limits of CPU and memory that are above what is asked for.
fn excesses(whose: &str, field: &str, requests: &Resources, limits: &Resources) -> Vec<Excess> {
    type InWords = fn(u64) -> String;
    let rows: [(&'static str, Option<u64>, Option<u64>, InWords); 2] = [
        (
            "cpu",
            limits.cpu_millicores,
            requests.cpu_millicores,
            cpu_in_words,
        ),
        (
            "memory",
            limits.memory_bytes,
            requests.memory_bytes,
            memory_in_words,
        ),
    ];
    rows.into_iter()
        .filter_map(|(resource, limit, request, in_words)| {
            let (limit, request) = (limit?, request.unwrap_or(0));
            (limit > request).then(|| Excess {
                whose: whose.to_owned(),
                field: field.to_owned(),
                resource,
                limit: in_words(limit),
                request: in_words(request),
            })
        })
        .collect()
}

fn memory_in_words(bytes: u64) -> String {
    const MIB: u64 = 1024 * 1024;
    match bytes % MIB {
        0 => format!("{} MiB", bytes / MIB),
        _ => format!("{bytes} bytes"),
    }
}

/// The update modes that leave a running pod as it is, and what they do. Newer modes are left to those who know them.
///
/// Sources: EKS User Guide, "AWS Fargate" (the mode must be Auto or Recreate); Kubernetes autoscaler, VerticalPodAutoscaler.
const IDLE_MODES: &[(&str, &str)] = &[
    ("Off", "only recommends"),
    ("Initial", "sets requests only when a pod is created"),
];

fn vertical_autoscaler_mode(case: &PodCase<'_>) -> Option<Finding> {
    if !case.was_placed_by_fargate() || !case.pod.is_claimed() || case.pod.is_finished() {
        return None;
    }
    let controller = case.pod.controller().map(|owner| owner.name.as_str());
    let top = case.chain.top.as_ref().map(|owner| owner.name.as_str());
    let workloads = case.chain.workloads.iter().map(|owner| owner.name.as_str());
    let names: Vec<&str> = workloads.chain(controller).chain(top).collect();
    let companions = case.cluster.companions();
    let idle: Vec<(&VerticalAutoscaler, &str, &str)> = companions
        .autoscalers_of(&case.pod.namespace, &names)
        .into_iter()
        .filter(|autoscaler| targets(autoscaler, case))
        .filter_map(|autoscaler| {
            let mode = autoscaler.update_mode.as_deref()?;
            let (mode, does) = IDLE_MODES.iter().find(|(idle, _)| *idle == mode)?;
            Some((autoscaler, *mode, *does))
        })
        .collect();
    let (first, mode, does) = idle.first().copied()?;
    let object = |autoscaler: &VerticalAutoscaler| {
        ObjectRef::namespaced(
            "verticalpodautoscaler",
            &autoscaler.namespace,
            &autoscaler.name,
        )
    };
    Some(
        finding(
            case,
            Reason::VerticalAutoscalerMode,
            format!(
                "VerticalPodAutoscaler {} {does} (updateMode {mode}): it does not move the running pod to a larger Fargate size.",
                first.name
            ),
        )
        .severity(Severity::Info)
        .strength(Strength::Aside)
        .evidence(idle.iter().map(|(autoscaler, mode, _)| {
            Evidence::found(object(autoscaler), "spec.updatePolicy.updateMode", *mode)
                .wanted("Recreate or Auto")
        }))
        .fix(other_mode(case, &first.name)),
    )
}

/// The mode that makes pods again with other requests: only for those that would come to Fargate again.
fn other_mode(case: &PodCase<'_>, autoscaler: &str) -> Fix {
    const LEAVE: &str = "Leave it if it is only meant to recommend, and set the requests by hand.";
    if let Some(warning) = fix::warning_before_remaking(case) {
        return fix::advice(format!("{LEAVE} {warning}"));
    }
    let patch = r#"{"spec":{"updatePolicy":{"updateMode":"Recreate"}}}"#;
    fix::with_commands(
        format!(
            "{LEAVE} Else set the mode to Recreate: it then evicts pods to give them other requests, and each new pod gets the \
             size for them."
        ),
        [format!(
            "{} patch {} --type merge -p {}",
            fix::kubectl(case),
            resource("verticalpodautoscaler", autoscaler),
            quote(patch)
        )],
    )
}

/// Whether an autoscaler is for the pod's owner, or for an owner above that.
fn targets(autoscaler: &VerticalAutoscaler, case: &PodCase<'_>) -> bool {
    let is_target =
        |kind: &str, name: &str| autoscaler.target_kind == kind && autoscaler.target_name == name;
    let chain = &case.chain;
    autoscaler.namespace == case.pod.namespace
        && (case
            .pod
            .controller()
            .is_some_and(|owner| is_target(&owner.kind, &owner.name))
            || chain
                .top
                .as_ref()
                .is_some_and(|owner| is_target(&owner.kind, &owner.name))
            || chain
                .workloads
                .iter()
                .any(|owner| is_target(owner.kind.as_str(), &owner.name)))
}
