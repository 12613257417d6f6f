//! What else an answer needs, told by what was read so far: pure planning, no requests.

use std::collections::{BTreeMap, BTreeSet};

use crate::decision::facts::{
    ClusterSnapshot, Kind, Operator, OwnerReference, Pod, PodSpec, VolumeSource, WorkloadKind,
};

/// Longer chains of owners than this are a loop.
const LONGEST_CHAIN: usize = 8;

/// More requests than this for one kind are not sent where one list would do.
const MOST_REQUESTS: usize = 40;

/// One object that is needed; for [`Kind::Event`], the events about the object of this name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace; `None` for objects of the whole cluster.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

impl Need {
    /// An object of this kind and name.
    pub fn new(kind: Kind, namespace: Option<&str>, name: &str) -> Self {
        Self {
            kind,
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        }
    }
}

/// The needs of one kind in one namespace.
#[derive(Debug, PartialEq, Eq)]
pub struct Group {
    /// The kind.
    pub kind: Kind,
    /// The namespace; `None` for objects of the whole cluster.
    pub namespace: Option<String>,
    /// The names, sorted.
    pub names: Vec<String>,
}

/// Puts together what may come with one list.
pub fn grouped(needs: BTreeSet<Need>) -> Vec<Group> {
    let mut groups: BTreeMap<(Kind, Option<String>), Vec<String>> = BTreeMap::new();
    for need in needs {
        groups
            .entry((need.kind, need.namespace))
            .or_default()
            .push(need.name);
    }
    groups
        .into_iter()
        .map(|((kind, namespace), names)| Group {
            kind,
            namespace,
            names,
        })
        .collect()
}

/// The kinds of which so many namespaces need so much that one list of the cluster is less trouble than what `most_single` leaves
/// to be asked for.
pub fn crowded(groups: &[Group], most_single: impl Fn(Kind) -> usize) -> Vec<Kind> {
    let mut requests: BTreeMap<Kind, (usize, usize)> = BTreeMap::new();
    for group in groups.iter().filter(|group| group.namespace.is_some()) {
        let (namespaces, count) = requests.entry(group.kind).or_default();
        *namespaces += 1;
        *count += match group.names.len() {
            names if names > most_single(group.kind) => 1,
            names => names,
        };
    }
    requests
        .into_iter()
        .filter(|(_, (namespaces, count))| *namespaces > 1 && *count > MOST_REQUESTS)
        .map(|(kind, _)| kind)
        .collect()
}

/// What the pods and workloads point to and what is neither known nor `tried` yet: their nodes, owners, claims, volumes, and
/// on demand the events about the pods.
pub fn of(
    snapshot: &ClusterSnapshot,
    tried: &BTreeSet<Need>,
    events_of_pods: bool,
) -> BTreeSet<Need> {
    let mut wanted = BTreeSet::new();
    for pod in &snapshot.pods {
        if let Some(node) = &pod.node_name {
            wanted.insert(Need::new(Kind::Node, None, node));
        }
        add_spec(&mut wanted, &pod.namespace, &pod.spec);
        add_owners(&mut wanted, snapshot, tried, pod);
        if events_of_pods {
            wanted.insert(Need::new(Kind::Event, Some(&pod.namespace), &pod.name));
        }
    }
    for workload in snapshot.workloads.values() {
        add_spec(&mut wanted, &workload.namespace, &workload.template.spec);
        add_owner(&mut wanted, &workload.namespace, workload.controller());
    }
    for claim in snapshot.claims.values() {
        if let Some(volume) = &claim.volume_name {
            wanted.insert(Need::new(Kind::PersistentVolume, None, volume));
        }
        if let Some(class) = claim
            .storage_class
            .as_deref()
            .filter(|class| !class.is_empty())
        {
            wanted.insert(Need::new(Kind::StorageClass, None, class));
        }
    }
    wanted.retain(|need| {
        let namespace = need.namespace.as_deref().unwrap_or("");
        !tried.contains(need) && !snapshot.coverage.is_read(need.kind, namespace, &need.name)
    });
    wanted.retain(|need| !is_known(snapshot, need));
    wanted
}

/// What a pod's or template's spec names.
fn add_spec(wanted: &mut BTreeSet<Need>, namespace: &str, spec: &PodSpec) {
    let by_affinity = spec
        .required_node_affinity
        .iter()
        .flatten()
        .flat_map(|term| &term.fields)
        .filter(|field| field.key == "metadata.name" && field.operator == Operator::In)
        .flat_map(|field| &field.values);
    for node in spec.node_name.iter().chain(by_affinity) {
        wanted.insert(Need::new(Kind::Node, None, node));
    }
    for volume in &spec.volumes {
        if let VolumeSource::Claim(claim) = &volume.source {
            wanted.insert(Need::new(
                Kind::PersistentVolumeClaim,
                Some(namespace),
                claim,
            ));
        }
    }
}

/// The next owner in the pod's chain that is not known.
fn add_owners(
    wanted: &mut BTreeSet<Need>,
    snapshot: &ClusterSnapshot,
    tried: &BTreeSet<Need>,
    pod: &Pod,
) {
    let mut owner = pod.controller();
    for _ in 0..LONGEST_CHAIN {
        let Some((kind, reference)) = owner.and_then(known_kind) else {
            return;
        };
        match snapshot.workload(kind, &pod.namespace, &reference.name) {
            Some(workload) => owner = workload.controller(),
            None => {
                let need = Need::new(kind.into(), Some(&pod.namespace), &reference.name);
                // A ReplicaSet that cannot be read is no gap where its Deployment can: the name tells it.
                if tried.contains(&need)
                    && kind == WorkloadKind::ReplicaSet
                    && let Some(name) = deployment_name(pod, &reference.name)
                {
                    wanted.insert(Need::new(Kind::Deployment, Some(&pod.namespace), name));
                }
                wanted.insert(need);
                return;
            }
        }
    }
}

fn add_owner(wanted: &mut BTreeSet<Need>, namespace: &str, owner: Option<&OwnerReference>) {
    if let Some((kind, reference)) = owner.and_then(known_kind) {
        wanted.insert(Need::new(kind.into(), Some(namespace), &reference.name));
    }
}

fn known_kind(owner: &OwnerReference) -> Option<(WorkloadKind, &OwnerReference)> {
    WorkloadKind::of(&owner.api_version, &owner.kind).map(|kind| (kind, owner))
}

/// The Deployment of a ReplicaSet: its name less the pods' template hash.
fn deployment_name<'a>(pod: &Pod, replica_set: &'a str) -> Option<&'a str> {
    let hash = pod.labels.get("pod-template-hash")?;
    replica_set.strip_suffix(hash)?.strip_suffix('-')
}

fn is_known(snapshot: &ClusterSnapshot, need: &Need) -> bool {
    let namespace = need.namespace.as_deref().unwrap_or("");
    let workload = |kind| snapshot.workload(kind, namespace, &need.name).is_some();
    match need.kind {
        Kind::Node => snapshot.nodes.contains_key(&need.name),
        Kind::PersistentVolumeClaim => snapshot.claim(namespace, &need.name).is_some(),
        Kind::PersistentVolume => snapshot.volumes.contains_key(&need.name),
        Kind::StorageClass => snapshot.storage_classes.contains_key(&need.name),
        Kind::Deployment => workload(WorkloadKind::Deployment),
        Kind::ReplicaSet => workload(WorkloadKind::ReplicaSet),
        Kind::StatefulSet => workload(WorkloadKind::StatefulSet),
        Kind::DaemonSet => workload(WorkloadKind::DaemonSet),
        Kind::Job => workload(WorkloadKind::Job),
        Kind::CronJob => workload(WorkloadKind::CronJob),
        Kind::ServiceAccount => {
            let key = (namespace.to_owned(), need.name.clone());
            snapshot.service_accounts.contains_key(&key)
        }
        Kind::Pod
        | Kind::Event
        | Kind::Namespace
        | Kind::MutatingWebhookConfiguration
        | Kind::PodDisruptionBudget
        | Kind::Service
        | Kind::SecurityGroupPolicy
        | Kind::VerticalPodAutoscaler
        | Kind::ConfigMap => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::facts::Scope;
    use crate::sources::reduce::SnapshotBuilder;

    const POD: &str = r#"{"metadata":{"name":"web-7d9f-a","namespace":"shop","labels":{"pod-template-hash":"7d9f"},
        "ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web-7d9f","uid":"1","controller":true}]},
        "spec":{"nodeName":"n1","volumes":[{"name":"data","persistentVolumeClaim":{"claimName":"data"}},{"name":"tmp","emptyDir":{}}],
        "affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[
            {"matchFields":[{"key":"metadata.name","operator":"In","values":["n2"]}]}]}}}}}"#;

    fn wanted(builder: &SnapshotBuilder, tried: &BTreeSet<Need>) -> Vec<String> {
        of(builder.snapshot(), tried, true)
            .iter()
            .map(shown)
            .collect()
    }

    fn shown(need: &Need) -> String {
        let namespace = need.namespace.as_deref().unwrap_or("-");
        format!("{} {namespace}/{}", need.kind.plural(), need.name)
    }

    #[test]
    fn a_pod_needs_its_nodes_owner_claims_and_events() {
        let mut builder = SnapshotBuilder::new();
        builder.add(Kind::Pod, POD).expect("a good pod");
        assert_eq!(
            wanted(&builder, &BTreeSet::new()),
            [
                "nodes -/n1",
                "nodes -/n2",
                "events shop/web-7d9f-a",
                "replicasets shop/web-7d9f",
                "persistentvolumeclaims shop/data",
            ]
        );
        let all = of(builder.snapshot(), &BTreeSet::new(), true);
        assert_eq!(
            wanted(&builder, &all),
            ["deployments shop/web"],
            "the ReplicaSet was asked for in vain; its name tells the Deployment"
        );
    }

    #[test]
    fn what_was_read_leads_on() {
        let mut builder = SnapshotBuilder::new();
        let mut add = |kind, json| {
            builder.add(kind, json).expect("a good object");
        };
        add(Kind::Pod, POD);
        add(
            Kind::ReplicaSet,
            r#"{"metadata":{"name":"web-7d9f","namespace":"shop",
                "ownerReferences":[{"apiVersion":"apps/v1","kind":"Deployment","name":"web","uid":"2","controller":true}]}}"#,
        );
        add(
            Kind::PersistentVolumeClaim,
            r#"{"metadata":{"name":"data","namespace":"shop"},"spec":{"volumeName":"pv-1","storageClassName":"gp3"}}"#,
        );
        add(Kind::Node, r#"{"metadata":{"name":"n1"}}"#);
        let coverage = &mut builder.snapshot_mut().coverage;
        coverage.mark_read(Kind::Event, Scope::Namespace("shop".to_owned()));
        let absent = Scope::Object {
            namespace: String::new(),
            name: "n2".to_owned(),
        };
        coverage.mark_read(Kind::Node, absent);
        assert_eq!(
            wanted(&builder, &BTreeSet::new()),
            [
                "deployments shop/web",
                "persistentvolumes -/pv-1",
                "storageclasses -/gp3"
            ]
        );
    }

    #[test]
    fn owners_of_other_kinds_are_no_need() {
        let mut builder = SnapshotBuilder::new();
        builder
            .add(
                Kind::Pod,
                r#"{"metadata":{"name":"a","namespace":"shop","ownerReferences":[
                    {"apiVersion":"argoproj.io/v1alpha1","kind":"Rollout","name":"a","uid":"1","controller":true}]},"spec":{}}"#,
            )
            .expect("a good pod");
        assert_eq!(wanted(&builder, &BTreeSet::new()), ["events shop/a"]);
    }

    #[test]
    fn needs_are_grouped_by_what_one_list_brings() {
        let needs = [
            Need::new(Kind::Node, None, "b"),
            Need::new(Kind::Node, None, "a"),
            Need::new(Kind::Job, Some("x"), "j"),
            Need::new(Kind::Job, Some("y"), "j"),
        ];
        let groups: Vec<_> = grouped(needs.into())
            .into_iter()
            .map(|group| (group.kind, group.namespace, group.names.len()))
            .collect();
        assert_eq!(
            groups,
            [
                (Kind::Node, None, 2),
                (Kind::Job, Some("x".to_owned()), 1),
                (Kind::Job, Some("y".to_owned()), 1),
            ]
        );
    }

    #[test]
    fn what_many_namespaces_need_is_one_list() {
        let needs = |namespaces: usize, names: usize| {
            let all = (0..namespaces).flat_map(|namespace| {
                (0..names).map(move |name| {
                    let namespace = format!("n{namespace}");
                    Need::new(Kind::Job, Some(&namespace), &format!("j{name}"))
                })
            });
            crowded(&grouped(all.collect()), |_| 10)
        };
        assert_eq!(needs(1, 100), [], "the list of the namespace");
        assert_eq!(needs(40, 1), [], "few enough");
        assert_eq!(needs(10, 5), [Kind::Job]);
        assert_eq!(needs(20, 100), [], "twenty lists");
        assert_eq!(needs(50, 100), [Kind::Job]);
    }
}
