//! Budgets, Services and autoscalers, ordered so that those of a pod are found without a walk through all of them.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::decision::facts::{
    ClusterSnapshot, DisruptionBudget, Labels, Pod, Service, VerticalAutoscaler,
};

/// The companions of a cluster's pods.
pub struct Companions<'a> {
    snapshot: &'a ClusterSnapshot,
    budgets: BySelector<'a, DisruptionBudget>,
    services: BySelector<'a, Service>,
    /// By namespace and the name of what they are for.
    autoscalers: HashMap<(&'a str, &'a str), Vec<&'a VerticalAutoscaler>>,
    /// How many living pods each budget selects, by its namespace and name.
    pods_of_budgets: OnceLock<HashMap<(&'a str, &'a str), i64>>,
}

/// Things that select pods of their namespace by labels.
struct BySelector<'a, T> {
    namespaces: HashMap<&'a str, OfNamespace<'a, T>>,
}

/// Those of one namespace, each with its place in the snapshot.
struct OfNamespace<'a, T> {
    /// By a label that the pod must have.
    by_label: HashMap<(&'a str, &'a str), Vec<(usize, &'a T)>>,
    /// Those that ask for no label by its value.
    others: Vec<(usize, &'a T)>,
}

impl<'a, T> BySelector<'a, T> {
    fn new() -> Self {
        Self {
            namespaces: HashMap::new(),
        }
    }

    fn add(&mut self, place: usize, namespace: &'a str, labels: &'a Labels, one: &'a T) {
        let of_namespace = self
            .namespaces
            .entry(namespace)
            .or_insert_with(|| OfNamespace {
                by_label: HashMap::new(),
                others: Vec::new(),
            });
        // Values that many share, such as a tier, tell less than names; the longest text is most of a name.
        let telling = labels
            .iter()
            .max_by_key(|(key, value)| key.len() + value.len());
        let list = match telling {
            Some(pair) => of_namespace.by_label.entry(pair).or_default(),
            None => &mut of_namespace.others,
        };
        list.push((place, one));
    }

    /// Those that may select a pod with these labels, in the order of the snapshot.
    fn candidates(&self, namespace: &str, labels: &Labels) -> Vec<&'a T> {
        let Some(of_namespace) = self.namespaces.get(namespace) else {
            return Vec::new();
        };
        let by_label = labels
            .iter()
            .filter_map(|(key, value)| of_namespace.by_label.get(&(key, value)));
        let mut found: Vec<(usize, &'a T)> = by_label
            .flatten()
            .chain(&of_namespace.others)
            .copied()
            .collect();
        found.sort_unstable_by_key(|(place, _)| *place);
        found.into_iter().map(|(_, one)| one).collect()
    }
}

impl<'a> Companions<'a> {
    /// Those of a cluster.
    pub fn of(snapshot: &'a ClusterSnapshot) -> Self {
        let mut budgets = BySelector::new();
        for (place, budget) in snapshot.budgets.values().enumerate() {
            if let Some(selector) = &budget.selector {
                budgets.add(place, &budget.namespace, &selector.labels, budget);
            }
        }
        let mut services = BySelector::new();
        for (place, service) in snapshot.services.values().enumerate() {
            if !service.selector.is_empty() {
                services.add(place, &service.namespace, &service.selector, service);
            }
        }
        let mut autoscalers: HashMap<(&str, &str), Vec<&VerticalAutoscaler>> = HashMap::new();
        for autoscaler in snapshot.vertical_autoscalers.values() {
            let target = (
                autoscaler.namespace.as_str(),
                autoscaler.target_name.as_str(),
            );
            autoscalers.entry(target).or_default().push(autoscaler);
        }
        Self {
            snapshot,
            budgets,
            services,
            autoscalers,
            pods_of_budgets: OnceLock::new(),
        }
    }

    /// The budgets that select a pod, by name.
    pub fn budgets_of(&self, pod: &Pod) -> Vec<&'a DisruptionBudget> {
        let mut budgets = self.budgets.candidates(&pod.namespace, &pod.labels);
        budgets.retain(|budget| {
            let selector = budget.selector.as_ref();
            selector.is_some_and(|selector| selector.matches(&pod.labels))
        });
        budgets
    }

    /// How many living pods that were read a budget selects.
    pub fn pods_of_budget(&self, budget: &DisruptionBudget) -> i64 {
        let counts = self.pods_of_budgets.get_or_init(|| {
            let mut counts: HashMap<(&str, &str), i64> = HashMap::new();
            let living = |pod: &&Pod| !pod.is_finished() && !pod.is_terminating();
            for pod in self.snapshot.pods.iter().filter(living) {
                for budget in self.budgets_of(pod) {
                    let name = (budget.namespace.as_str(), budget.name.as_str());
                    *counts.entry(name).or_default() += 1;
                }
            }
            counts
        });
        let name = (budget.namespace.as_str(), budget.name.as_str());
        counts.get(&name).copied().unwrap_or_default()
    }

    /// The Services that select a pod, by name.
    pub fn services_of(&self, pod: &Pod) -> Vec<&'a Service> {
        let mut services = self.services.candidates(&pod.namespace, &pod.labels);
        services.retain(|service| {
            let mut wanted = service.selector.iter();
            wanted.all(|(key, value)| pod.labels.get(key) == Some(value))
        });
        services
    }

    /// The autoscalers for objects of one of these names in a namespace, by their own names.
    pub fn autoscalers_of(&self, namespace: &str, names: &[&str]) -> Vec<&'a VerticalAutoscaler> {
        let mut names = names.to_vec();
        names.sort_unstable();
        names.dedup();
        let lists = names
            .iter()
            .filter_map(|name| self.autoscalers.get(&(namespace, *name)));
        let mut found: Vec<&VerticalAutoscaler> = lists.flatten().copied().collect();
        found.sort_by(|one, other| one.name.cmp(&other.name));
        found
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::decision::facts::{LabelSelector, Operator, PodPhase, Requirement};

    fn labels() -> impl Strategy<Value = BTreeMap<String, String>> {
        prop::collection::btree_map("[ab]{1,2}", "[ab]{1,2}", 0..3)
    }

    fn selector() -> impl Strategy<Value = Option<LabelSelector>> {
        let expression = ("[ab]{1,2}", any::<bool>()).prop_map(|(key, is_there)| Requirement {
            key,
            operator: match is_there {
                true => Operator::Exists,
                false => Operator::DoesNotExist,
            },
            values: Vec::new(),
        });
        let some = (labels(), prop::collection::vec(expression, 0..2)).prop_map(
            |(labels, expressions)| LabelSelector {
                labels: labels.into(),
                expressions,
            },
        );
        prop::option::weighted(0.9, some)
    }

    fn pod(
        name: usize,
        namespace: String,
        labels: &BTreeMap<String, String>,
        phase: PodPhase,
    ) -> Pod {
        Pod {
            namespace: namespace.into(),
            name: format!("pod-{name}"),
            uid: Default::default(),
            labels: labels.into(),
            annotations: Default::default(),
            owners: Default::default(),
            created_at: None,
            deleted_at: None,
            node_name_by_creator: false,
            spec: Default::default(),
            node_name: None,
            phase,
            status_reason: None,
            status_message: None,
            conditions: Default::default(),
            containers: Default::default(),
        }
    }

    proptest! {
        #[test]
        fn companions_are_those_of_a_walk_through_all(
            pods in prop::collection::vec(("[ab]", labels(), any::<bool>()), 1..8),
            budgets in prop::collection::vec(("[ab]", selector()), 0..8),
            services in prop::collection::vec(("[ab]", labels()), 0..8),
        ) {
            let mut snapshot = ClusterSnapshot::empty(Timestamp::UNIX_EPOCH);
            for (index, (namespace, labels, is_over)) in pods.into_iter().enumerate() {
                let phase = if is_over { PodPhase::Succeeded } else { PodPhase::Running };
                snapshot.pods.push(pod(index, namespace, &labels, phase));
            }
            for (index, (namespace, selector)) in budgets.into_iter().enumerate() {
                let budget = DisruptionBudget {
                    namespace: namespace.clone(),
                    name: format!("budget-{index}"),
                    selector,
                    min_available: None,
                    max_unavailable: None,
                    disruptions_allowed: None,
                    current_healthy: None,
                    desired_healthy: None,
                    expected_pods: None,
                };
                snapshot.budgets.insert((namespace, budget.name.clone()), budget);
            }
            for (index, (namespace, selector)) in services.into_iter().enumerate() {
                let service = Service {
                    namespace: namespace.clone(),
                    name: format!("service-{index}"),
                    selector: selector.into(),
                    ..Service::default()
                };
                snapshot.services.insert((namespace, service.name.clone()), service);
            }
            let selects = |budget: &DisruptionBudget, pod: &Pod| {
                let selector = budget.selector.as_ref();
                budget.namespace == pod.namespace && selector.is_some_and(|one| one.matches(&pod.labels))
            };
            let companions = Companions::of(&snapshot);
            for pod in &snapshot.pods {
                let all = snapshot.budgets.values().filter(|budget| selects(budget, pod));
                prop_assert_eq!(companions.budgets_of(pod), all.collect::<Vec<_>>());
                let all = snapshot.services.values().filter(|service| {
                    let mut wanted = service.selector.iter();
                    service.namespace == pod.namespace
                        && !service.selector.is_empty()
                        && wanted.all(|(key, value)| pod.labels.get(key) == Some(value))
                });
                prop_assert_eq!(companions.services_of(pod), all.collect::<Vec<_>>());
            }
            for budget in snapshot.budgets.values() {
                let living = snapshot.pods.iter().filter(|pod| !pod.is_finished() && selects(budget, pod));
                prop_assert_eq!(companions.pods_of_budget(budget), living.count() as i64);
            }
        }
    }
}
