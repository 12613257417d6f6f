//! Wildcards that take in more than somebody may have thought of.

use std::collections::BTreeSet;

use super::{EXAMPLES, Ground, advice, counted, in_words, note, shown};
use crate::decision::facts::{FargateProfile, ObjectRef, Pattern, Pod, Selector};
use crate::decision::finding::{Certainty, Evidence, Finding, Severity};
use crate::decision::placement::expected::is_core_dns;
use crate::decision::placement::owners::OwnerChain;
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

/// What stands in `kube-system` among the pods that match.
#[derive(Default)]
struct SystemPods<'a> {
    of_daemon_sets: usize,
    others: Vec<&'a Pod>,
}

fn told(
    ground: &Ground<'_, '_>,
    profile: &FargateProfile,
    index: usize,
    selector: &Selector,
) -> Finding {
    let groups = ground.labels.iter();
    let caught: Vec<_> = groups
        .filter(|group| selector.matches(group.namespace, group.labels))
        .collect();
    let pods: usize = caught.iter().map(|group| group.pods).sum();
    let namespaces: BTreeSet<&str> = caught.iter().map(|group| group.namespace).collect();
    let system = system_pods(ground, selector);
    let core_dns = system
        .others
        .iter()
        .filter(|pod| is_core_dns(&pod.namespace, &pod.labels))
        .count();
    let reach = if takes_every_namespace(selector) {
        "any namespace, those still to come included"
    } else {
        "every namespace that its pattern fits, those still to come included"
    };
    let now = match (pods, namespaces.len()) {
        (0, _) => "no pod".to_owned(),
        (_, 1..=3) => format!("{} in {}", counted(pods, "pod"), rules::list(&namespaces)),
        (_, many) => format!("{} in {many} namespaces", counted(pods, "pod")),
    };
    let mut message = format!(
        "Selector {} of profile {} takes pods of {reach}; now {now}",
        in_words(index, selector),
        profile.name,
    );
    let takes_system = selector.namespace.matches(KUBE_SYSTEM) && selector.labels.is_empty();
    message.push_str(&match (takes_system, system.others.len(), core_dns) {
        (false, 0, _) => ".".to_owned(),
        (true, 0, _) => format!(", and {KUBE_SYSTEM} as well."),
        (_, others, 0) => format!(", among them {} of {KUBE_SYSTEM}.", others),
        (_, others, _) => format!(", among them {others} of {KUBE_SYSTEM}, CoreDNS too."),
    });
    if system.of_daemon_sets > 0 {
        let of_sets = counted(system.of_daemon_sets, "pod");
        message.push_str(&format!(
            " The {of_sets} of DaemonSets there stay on nodes: Fargate takes none."
        ));
    }
    let catches_system = takes_system || !system.others.is_empty();
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
        .extend(system.others.iter().take(EXAMPLES).map(|pod| {
            let object = ObjectRef::namespaced("pod", &pod.namespace, &pod.name);
            Evidence::found(object, "metadata.namespace", pod.namespace.as_str())
        }));
    finding.fix = advice(
        "If that is more than you meant, make a profile with the namespaces or a label that you do mean, then delete this one; \
         single workloads are kept off by the annotation eks.amazonaws.com/compute-type: ec2 in their template.",
    );
    finding
}

/// The pods of `kube-system` that match, told apart by whether Fargate could take them.
fn system_pods<'a>(ground: &Ground<'_, 'a>, selector: &Selector) -> SystemPods<'a> {
    let mut found = SystemPods::default();
    if !selector.namespace.matches(KUBE_SYSTEM) {
        return found;
    }
    let pods = ground.snapshot.pods.iter();
    for pod in pods.filter(|pod| pod.namespace == KUBE_SYSTEM) {
        if !selector.matches(&pod.namespace, &pod.labels) {
            continue;
        }
        if OwnerChain::of_pod(ground.snapshot, pod).is_daemon_set() {
            found.of_daemon_sets += 1;
        } else if !pod.is_static() {
            found.others.push(pod);
        }
    }
    found
}
