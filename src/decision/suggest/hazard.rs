//! Who else looks at a label: what a Service, a budget or another workload selects by must not be given to pods by the way.

use super::group::Group;
use crate::decision::facts::Labels;
use crate::decision::facts::{Kind, LabelSelector, ObjectRef};

/// Why a label must not be given to a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hazard {
    /// It would be selected by this object, and is not now.
    SelectedBy(ObjectRef),
    /// Its own workload's selector would not fit any more.
    OwnSelector,
    /// Kubernetes takes no such label.
    Malformed,
}

/// What is wrong with giving one label to the template of a group; `None` where nothing that was read is.
pub fn hazard(group: &Group<'_>, key: &str, value: &str) -> Option<Hazard> {
    if !is_label(key, value) {
        return Some(Hazard::Malformed);
    }
    let before = Labels::from(&group.labels);
    let mut labels = before.clone();
    labels.insert(key, value);
    if let Some(own) = group.case.chain.maker() {
        let selector = LabelSelector {
            labels: own.selector_labels.clone(),
            expressions: own.selector_expressions.clone(),
        };
        if selector.matches(&before) && !selector.matches(&labels) {
            return Some(Hazard::OwnSelector);
        }
    }
    selected_by(group, &labels, key, value).map(Hazard::SelectedBy)
}

/// Whether it was read who selects pods in the namespace of a group: Services at the least.
pub fn are_services_read(group: &Group<'_>) -> bool {
    let coverage = &group.case.snapshot.coverage;
    coverage.is_listed(Kind::Service, &group.namespace)
}

fn selected_by(group: &Group<'_>, after: &Labels, key: &str, value: &str) -> Option<ObjectRef> {
    let snapshot = group.case.snapshot;
    let namespace = &group.namespace;
    let before = Labels::from(&group.labels);
    let is_new = |selector: &LabelSelector| selector.matches(after) && !selector.matches(&before);
    let object = |kind: &str, name: &str| ObjectRef::namespaced(kind, namespace, name);
    let by_labels = |labels: &Labels| LabelSelector {
        labels: labels.clone(),
        expressions: Vec::new(),
    };
    let services = snapshot.services.values().filter(|service| {
        service.namespace == *namespace
            && !service.selector.is_empty()
            && is_new(&by_labels(&service.selector))
    });
    let budgets = snapshot.budgets.values().filter(|budget| {
        budget.namespace == *namespace && budget.selector.as_ref().is_some_and(is_new)
    });
    let policies = snapshot.security_group_policies.values().filter(|policy| {
        policy.namespace == *namespace && policy.pod_selector.as_ref().is_some_and(is_new)
    });
    // What another workload is known by is likely selected by somebody who was not read.
    let workloads = snapshot.workloads.values().filter(|workload| {
        let is_own = group
            .case
            .chain
            .workloads
            .iter()
            .any(|own| own.kind == workload.kind && own.name == workload.name);
        workload.namespace == *namespace
            && !is_own
            && workload
                .selector_labels
                .get(key)
                .is_some_and(|found| found == value)
    });
    services
        .map(|service| object("service", &service.name))
        .chain(budgets.map(|budget| object("poddisruptionbudget", &budget.name)))
        .chain(policies.map(|policy| object("securitygrouppolicy", &policy.name)))
        .chain(
            workloads.map(|workload| {
                object(&workload.kind.as_str().to_ascii_lowercase(), &workload.name)
            }),
        )
        .next()
}

/// Whether Kubernetes takes this label. Source: Kubernetes, "Labels and Selectors", syntax and character set.
fn is_label(key: &str, value: &str) -> bool {
    let is_word = |text: &str, most: usize, others: &[char]| {
        let is_inner = |c: char| c.is_ascii_alphanumeric() || others.contains(&c);
        text.len() <= most
            && text.chars().all(is_inner)
            && text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.ends_with(|c: char| c.is_ascii_alphanumeric())
    };
    let (prefix, name) = key.rsplit_once('/').unwrap_or(("", key));
    is_word(name, 63, &['-', '_', '.'])
        && (prefix.is_empty() && !key.starts_with('/') || is_word(prefix, 253, &['-', '.']))
        && (value.is_empty() || is_word(value, 63, &['-', '_', '.']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_kubernetes_takes() {
        for (key, value, is_good) in [
            ("app", "web", true),
            ("app.kubernetes.io/name", "", true),
            ("tier", "it's; $(id)", false),
            ("tier", "-x", false),
            ("/tier", "x", false),
            ("a b", "x", false),
            ("tier", &"x".repeat(64), false),
        ] {
            assert_eq!(is_label(key, value), is_good, "{key}={value}");
        }
    }
}
