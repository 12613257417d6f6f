//! The pod as it would be if it were created again now: its owner's present template, with what comes again each time.

use std::collections::BTreeMap;

use super::ExpectedFrom;
use super::owners::{OwnerChain, is_written_by_controllers};
use super::refusal::comes_with_host_network;
use crate::decision::facts::pod::{COMPUTE_TYPE_ANNOTATION, PROFILE_LABEL};
use crate::decision::facts::workload::ClaimTemplate;
use crate::decision::facts::{
    Container, ContainerRole, HostPort, Labels, Pod, PodSpec, PodTemplate, Resources, Shared,
    Volume, VolumeSource, Workload, WorkloadKind,
};

/// A pod that does not exist yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Recreated {
    /// What it was made from.
    pub from: ExpectedFrom,
    /// Its labels at the moment when Fargate's webhook sees it.
    pub labels: Labels,
    /// Its annotations, those that we keep.
    pub annotations: Shared<BTreeMap<String, String>>,
    /// Its spec.
    pub spec: Shared<PodSpec>,
}

/// What of a pod that does not exist yet hangs on its owners and its spec, and not on its labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Substance {
    /// What it was made from.
    pub from: ExpectedFrom,
    /// Its annotations, those that we keep.
    pub annotations: Shared<BTreeMap<String, String>>,
    /// Its spec.
    pub spec: Shared<PodSpec>,
}

impl Substance {
    /// That of the pod that its maker, or the person who made it, would create again.
    ///
    /// What admission *added* to the present pod beyond the template it was made from comes again (an injected sidecar, a
    /// node selector); what Fargate's own webhook wrote does not.
    pub fn of_pod(pod: &Pod, chain: &OwnerChain<'_>) -> Self {
        match chain.maker() {
            Some(maker) => Self::from_template(maker, Some(pod), chain.made_from),
            None => Self::from_pod(pod),
        }
    }

    fn from_template(maker: &Workload, pod: Option<&Pod>, made_from: Option<&PodTemplate>) -> Self {
        let template = &maker.template;
        let mut annotations = template.annotations.clone();
        let mut spec = template.spec.clone();
        if let Some(pod) = pod {
            for ClaimTemplate { name, .. } in &maker.claim_templates {
                if let Some(volume) = pod.spec.volumes.iter().find(|volume| &volume.name == name) {
                    set_volume(&mut spec, name, volume.source.clone());
                }
            }
            if let Some(source) = made_from {
                if let Some(value) = pod.annotations.get(COMPUTE_TYPE_ANNOTATION)
                    && !source.annotations.contains_key(COMPUTE_TYPE_ANNOTATION)
                {
                    annotations
                        .entry(COMPUTE_TYPE_ANNOTATION.to_owned())
                        .or_insert_with(|| value.clone());
                }
                add_what_admission_added(&mut spec, &pod.spec, &source.spec);
            }
        }
        Self {
            from: ExpectedFrom::Template,
            annotations,
            spec,
        }
    }

    fn from_pod(pod: &Pod) -> Self {
        let mut spec = pod.spec.clone();
        if pod.is_claimed() {
            spec.scheduler_name = None;
            spec.priority_class_name = None;
        }
        // A claimed pod's Fargate node was made for it, whoever wrote the name down.
        let is_own_node = |node: &&str| pod.is_claimed() && node.starts_with("fargate-");
        let node_name = pod
            .node_name
            .as_deref()
            .filter(|_| pod.node_name_by_creator);
        if let Some(node_name) = node_name.filter(|node| !is_own_node(node)) {
            spec.node_name = Some(node_name.to_owned());
        }
        // Debug containers are added to a running pod; nobody creates a pod with them.
        let is_ephemeral = |container: &Container| container.role == ContainerRole::Ephemeral;
        if spec.containers.iter().any(is_ephemeral) {
            spec.containers.retain(|container| !is_ephemeral(container));
        }
        Self {
            from: ExpectedFrom::Pod,
            annotations: pod.annotations.clone(),
            spec,
        }
    }
}

impl Recreated {
    /// A pod made again from this substance, with the labels that it would have.
    pub fn of_labels(pod: &Pod, chain: &OwnerChain<'_>, substance: Substance) -> Self {
        let labels = match chain.maker() {
            Some(maker) => labels_from_template(maker, pod, chain.made_from),
            None => labels_from_pod(pod),
        };
        Self::with(labels, substance)
    }

    fn with(labels: Labels, substance: Substance) -> Self {
        let Substance {
            from,
            annotations,
            spec,
        } = substance;
        Self {
            from,
            labels,
            annotations,
            spec,
        }
    }

    /// The pod that a workload without pods would create.
    pub fn of_template(workload: &Workload, maker: &Workload) -> Self {
        let substance = Substance::from_template(maker, None, None);
        let mut recreated = Self::with(maker.template.labels.clone(), substance);
        for (key, value) in labels_of_first_pod(workload) {
            recreated.labels.insert_if_absent(key, &value);
        }
        for ClaimTemplate { name, .. } in &workload.claim_templates {
            let claim = format!("{name}-{}-0", workload.name);
            set_volume(&mut recreated.spec, name, VolumeSource::Claim(claim));
        }
        recreated
    }

    /// The profile that the label names, where the template or the person wrote that label.
    pub fn profile_label(&self) -> Option<&str> {
        self.labels.get(PROFILE_LABEL)
    }

    /// Whether the annotation keeps it off Fargate.
    pub fn is_opted_out(&self) -> bool {
        self.annotations
            .get(COMPUTE_TYPE_ANNOTATION)
            .is_some_and(|value| value == "ec2")
    }
}

fn labels_from_template(maker: &Workload, pod: &Pod, made_from: Option<&PodTemplate>) -> Labels {
    let labels = &maker.template.labels;
    let again = |key: &str| {
        is_written_by_controllers(key)
            || (pod.is_claimed()
                && key != PROFILE_LABEL
                && made_from.is_some_and(|source| !source.labels.contains_key(key)))
    };
    let is_added = |key: &str| !labels.contains_key(key) && again(key);
    let mut added = pod
        .labels
        .iter()
        .filter(|(key, _)| is_added(key))
        .peekable();
    let mut labels = labels.clone();
    if added.peek().is_some() {
        labels.extend(added);
    }
    labels
}

fn labels_from_pod(pod: &Pod) -> Labels {
    let mut labels = pod.labels.clone();
    if pod.is_claimed() {
        labels.remove(PROFILE_LABEL);
    }
    labels
}

/// The labels that the controllers write on the first pod of a workload, as far as they can be known before it exists.
///
/// The Job of a CronJob is called after its minute; any eight digits stand for it.
fn labels_of_first_pod(workload: &Workload) -> Vec<(&'static str, String)> {
    let of_job = |job: String| {
        vec![
            ("batch.kubernetes.io/job-name", job.clone()),
            ("job-name", job),
        ]
    };
    match workload.kind {
        WorkloadKind::StatefulSet => vec![
            (
                "statefulset.kubernetes.io/pod-name",
                format!("{}-0", workload.name),
            ),
            ("apps.kubernetes.io/pod-index", "0".to_owned()),
        ],
        WorkloadKind::Job => of_job(workload.name.clone()),
        WorkloadKind::CronJob => of_job(format!("{}-29000000", workload.name)),
        _ => Vec::new(),
    }
}

fn set_volume(spec: &mut PodSpec, name: &str, source: VolumeSource) {
    spec.volumes.retain(|volume| volume.name != name);
    spec.volumes.push(Volume {
        name: name.to_owned(),
        source,
    });
}

/// Puts into `spec` what `pod` has and `source` has not. What admission changed is left as the template has it.
fn add_what_admission_added(spec: &mut PodSpec, pod: &PodSpec, source: &PodSpec) {
    for (key, value) in &pod.node_selector {
        if !source.node_selector.contains_key(key) {
            spec.node_selector
                .entry(key.clone())
                .or_insert_with(|| value.clone());
        }
    }
    if source.required_node_affinity.is_none() && spec.required_node_affinity.is_none() {
        spec.required_node_affinity
            .clone_from(&pod.required_node_affinity);
    }
    spec.host_network |= pod.host_network && !source.host_network;
    spec.host_pid |= pod.host_pid && !source.host_pid;
    spec.host_ipc |= pod.host_ipc && !source.host_ipc;
    for volume in &pod.volumes {
        let named = |other: &Volume| other.name == volume.name;
        if !source.volumes.iter().any(named) && !spec.volumes.iter().any(named) {
            spec.volumes.push(volume.clone());
        }
    }
    let has_host_network = spec.host_network;
    for container in &pod.containers {
        if container.role == ContainerRole::Ephemeral {
            continue;
        }
        let named = |other: &&mut Container| other.name == container.name;
        let original = source
            .containers
            .iter()
            .find(|other| other.name == container.name);
        let target = spec.containers.iter_mut().find(named);
        match (original, target) {
            (None, None) => spec.containers.push(container.clone()),
            (Some(original), Some(target)) => {
                // Host ports that Kubernetes filled in come again with hostNetwork, and only with it.
                let is_gone =
                    |port: &HostPort| comes_with_host_network(pod, port) && !has_host_network;
                add_to_container(target, container, original, is_gone);
            }
            // The template has since dropped or gained it: the present template counts.
            (Some(_), None) | (None, Some(_)) => {}
        }
    }
}

fn add_to_container(
    target: &mut Container,
    pod: &Container,
    source: &Container,
    is_gone: impl Fn(&HostPort) -> bool,
) {
    target.privileged |= pod.privileged && !source.privileged;
    if source.allow_privilege_escalation.is_none() && target.allow_privilege_escalation.is_none() {
        target.allow_privilege_escalation = pod.allow_privilege_escalation;
    }
    for capability in &pod.added_capabilities {
        if !source.added_capabilities.contains(capability)
            && !target.added_capabilities.contains(capability)
        {
            target.added_capabilities.push(capability.clone());
        }
    }
    for port in &pod.host_ports {
        if !source.host_ports.contains(port) && !target.host_ports.contains(port) && !is_gone(port)
        {
            target.host_ports.push(port.clone());
        }
    }
    for device in &pod.volume_devices {
        if !source.volume_devices.contains(device) && !target.volume_devices.contains(device) {
            target.volume_devices.push(device.clone());
        }
    }
    add_resources(&mut target.requests, &pod.requests, &source.requests);
    add_resources(&mut target.limits, &pod.limits, &source.limits);
}

fn add_resources(target: &mut Resources, pod: &Resources, source: &Resources) {
    let added = |mine: &mut Option<u64>, pod: Option<u64>, source: Option<u64>| {
        if source.is_none() && mine.is_none() {
            *mine = pod;
        }
    };
    added(
        &mut target.cpu_millicores,
        pod.cpu_millicores,
        source.cpu_millicores,
    );
    added(
        &mut target.memory_bytes,
        pod.memory_bytes,
        source.memory_bytes,
    );
    added(
        &mut target.ephemeral_storage_bytes,
        pod.ephemeral_storage_bytes,
        source.ephemeral_storage_bytes,
    );
    target
        .others
        .extend(pod.others.difference(&source.others).cloned());
}
