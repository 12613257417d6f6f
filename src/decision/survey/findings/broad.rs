//! Wildcards that take in more than somebody may have thought of.

use std::collections::BTreeSet;

use super::{EXAMPLES, Ground, advice, counted, in_words, note, shown};
use crate::decision::facts::{FargateProfile, ObjectRef, Pattern, Pod, Selector, WorkloadKind};
use crate::decision::finding::{Certainty, Evidence, Finding, Severity};
use crate::decision::placement::expected::is_core_dns;
use crate::decision::reason::Reason;
use crate::decision::rules;
use crate::decision::survey::containment::pattern_covers;
use crate::decision::survey::selectors::has_unknown_namespace;

const KUBE_SYSTEM: &str = "kube-system";

/// Which selectors are broad, and what they catch now.
pub(super) fn of_profile(ground: &Ground<'_, '_>, profile: &FargateProfile) -> Vec<Finding> {
    let selectors = profile.selectors.iter().flatten().enumerate();
    selectors
        .filter(|(_, selector)| is_broad(selector))
        .map(|(index, selector)| told(ground, profile, index, selector))
        .collect()
}

/// Whether any namespace will do, or a namespace is a pattern and labels do not matter.
fn is_broad(selector: &Selector) -> bool {
    if selector.is_open() || has_unknown_namespace(selector) || selector.namespace.is_literal() {
        return false;
    }
    takes_every_namespace(selector) || selector.labels.is_empty()
}

fn takes_every_namespace(selector: &Selector) -> bool {
    // No namespace has an empty name.
    pattern_covers(&selector.namespace, &Pattern::new("?*"))
}

/// The pods that match now, told apart by whether Fargate could take them. What has ended is left aside.
#[derive(Default)]
struct Caught<'a> {
    of_daemon_sets: usize,
    others: Vec<&'a Pod>,
}

fn told(
    ground: &Ground<'_, '_>,
    profile: &FargateProfile,
    index: usize,
    selector: &Selector,
) -> Finding {
    let caught = caught(ground, selector);
    let namespaces: BTreeSet<&str> = caught
        .others
        .iter()
        .map(|pod| pod.namespace.as_str())
        .collect();
    let system: Vec<&Pod> = caught
        .others
        .iter()
        .filter(|pod| pod.namespace == KUBE_SYSTEM)
        .copied()
        .collect();
    let has_core_dns = system
        .iter()
        .any(|pod| is_core_dns(&pod.namespace, &pod.labels));
    let takes_system = selector.namespace.matches(KUBE_SYSTEM) && selector.labels.is_empty();
    let every = if takes_every_namespace(selector) {
        "any namespace"
    } else {
        "every namespace that fits, those to come too"
    };
    let reach = match takes_system {
        true => format!("{every}, {KUBE_SYSTEM} included"),
        false => every.to_owned(),
    };
    let pods = caught.others.len();
    let now = match (&ground.held, pods, namespaces.len()) {
        (None, ..) => "which pods it takes now is not known".to_owned(),
        (_, 0, _) => "now no pod".to_owned(),
        (_, _, 1..=3) => format!(
            "now {} in {}",
            counted(pods, "pod"),
            rules::list(&namespaces)
        ),
        (_, _, many) => format!("now {} in {many} namespaces", counted(pods, "pod")),
    };
    let of_system = match (namespaces.len(), system.len(), has_core_dns) {
        (_, 0, _) => String::new(),
        (1, _, true) => ", CoreDNS too".to_owned(),
        (1, _, false) => String::new(),
        (_, count, true) => format!(", {count} of them of {KUBE_SYSTEM}, CoreDNS too"),
        (_, count, false) => format!(", {count} of them of {KUBE_SYSTEM}"),
    };
    let mut message = format!(
        "Selector {} takes pods of {reach}; {now}{of_system}.",
        in_words(selector)
    );
    if caught.of_daemon_sets > 0 {
        message.push_str(&format!(
            " {} of DaemonSets {} as well, and {}: Fargate takes none.",
            counted(caught.of_daemon_sets, "pod"),
            if caught.of_daemon_sets == 1 {
                "matches"
            } else {
                "match"
            },
            if caught.of_daemon_sets == 1 {
                "stays on its node"
            } else {
                "stay on their nodes"
            }
        ));
    }
    let catches_system = takes_system || !system.is_empty();
    let severity = if catches_system {
        Severity::Warning
    } else {
        Severity::Info
    };
    let mut finding = note(Reason::BroadSelector, severity, message);
    if selector.is_assumed() {
        finding.certainty = Certainty::Likely;
    }
    finding.evidence = vec![shown(profile, index, selector)];
    finding
        .evidence
        .extend(system.iter().take(EXAMPLES).map(|pod| {
            let object = ObjectRef::namespaced("pod", &pod.namespace, &pod.name);
            Evidence::found(object, "metadata.namespace", pod.namespace.as_str())
        }));
    finding.fix = advice(format!(
        "If that is more than you meant, make a profile with the namespaces or a label that you do mean, then delete this one; \
         single workloads are kept off by the annotation eks.amazonaws.com/compute-type: ec2 in their template.{}",
        ground.warning_of_deletion(&profile.name)
    ));
    finding
}

fn caught<'a>(ground: &Ground<'_, 'a>, selector: &Selector) -> Caught<'a> {
    let mut found = Caught::default();
    let pods = ground.snapshot.pods.iter();
    for pod in pods.filter(|pod| !pod.is_finished()) {
        if !selector.matches(&pod.namespace, &pod.labels) {
            continue;
        }
        let maker = pod.controller();
        let kind = maker.and_then(|maker| WorkloadKind::of(&maker.api_version, &maker.kind));
        if kind == Some(WorkloadKind::DaemonSet) {
            found.of_daemon_sets += 1;
        } else if !pod.is_static() {
            found.others.push(pod);
        }
    }
    found
}
