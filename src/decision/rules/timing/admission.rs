//! What admission put into a pod that the template it was made from does not have.

use crate::decision::facts::pod::COMPUTE_TYPE_ANNOTATION;
use crate::decision::facts::{Container, ObjectRef, PodSpec, PodTemplate, VolumeSource};
use crate::decision::finding::{Evidence, Finding, Severity, Strength};
use crate::decision::placement::PodCase;
use crate::decision::placement::refusal::{
    Blocker, RefusalQuestion, blockers, comes_with_host_network,
};
use crate::decision::reason::Reason;
use crate::decision::rules::{finding, fix, phrases};
use crate::decision::sizing::{Sizing, request_in_words};

/// What differs, in words and as evidence of both sides.
#[derive(Default)]
struct Differences {
    added: Vec<String>,
    changed: Vec<String>,
    evidence: Vec<Evidence>,
}

impl Differences {
    fn add(&mut self, what: String, of_pod: Evidence, template: &ObjectRef, of_template: Evidence) {
        match &of_template.found {
            Some(value) => self
                .changed
                .push(format!("{what} (in the template: {value})")),
            None => self.added.push(what),
        }
        self.evidence.push(of_pod);
        self.evidence.push(Evidence {
            object: template.clone(),
            ..of_template
        });
    }

    fn sentence(&self) -> Option<String> {
        let mut sentences = Vec::new();
        if !self.added.is_empty() {
            sentences.push(format!(
                "Admission added to the pod what its template lacks: {}.",
                phrases::list(&self.added)
            ));
        }
        if !self.changed.is_empty() {
            sentences.push(format!(
                "Admission changed what its template has: {}.",
                phrases::list(&self.changed)
            ));
        }
        (!sentences.is_empty()).then(|| sentences.join(" "))
    }
}

pub(super) fn changed_at_admission(case: &PodCase<'_>) -> Option<Finding> {
    let source = case.chain.made_from?;
    // The template that the pod was made from is its nearest owner's.
    let nearest = case.chain.workloads.first()?;
    let template = ObjectRef::namespaced(nearest.kind.as_str(), &nearest.namespace, &nearest.name);
    let path = nearest.template_path();
    let mut differences = Differences::default();
    if !case.pod.is_claimed()
        && case
            .pod
            .annotations
            .get(COMPUTE_TYPE_ANNOTATION)
            .is_some_and(|value| value == "ec2")
        && !source.annotations.contains_key(COMPUTE_TYPE_ANNOTATION)
    {
        let field = format!("metadata.annotations[{COMPUTE_TYPE_ANNOTATION}]");
        differences.add(
            format!("annotation {COMPUTE_TYPE_ANNOTATION}: ec2"),
            Evidence::found(case.object.clone(), field.clone(), "ec2"),
            &template,
            Evidence::absent(template.clone(), format!("{path}.{field}")),
        );
    }
    // Of a pod that no profile would claim, Fargate's refusals are nobody's business.
    let is_of_fargate = case.pod.is_claimed() || case.expected.profile.is_some();
    if is_of_fargate && !case.is_on_fargate() {
        for blocker in added_blockers(case, source) {
            let field = format!("{path}.{}", blocker.evidence.field);
            let of_template = match value_in(&source.spec, &case.pod.spec, blocker) {
                Some(value) => Evidence::found(template.clone(), field, value),
                None => Evidence::absent(template.clone(), field),
            };
            differences.add(
                name_of(blocker),
                blocker.evidence.clone(),
                &template,
                of_template,
            );
        }
    }
    let message = differences.sentence()?;
    Some(
        finding(case, Reason::ChangedAtAdmission, message)
        .severity(Severity::Info)
        .strength(Strength::Aside)
        .evidence(differences.evidence)
        .fix(fix::advice(
            "Find the webhook or policy that does it (kubectl get mutatingwebhookconfigurations) and exempt these pods from it.",
        )),
    )
}

/// What Fargate refuses in the pod and would not in the template.
fn added_blockers<'c>(case: &'c PodCase<'_>, source: &PodTemplate) -> Vec<&'c Blocker> {
    if case.blockers.is_empty() {
        return Vec::new();
    }
    let of_template = blockers(
        &source.spec,
        RefusalQuestion {
            snapshot: case.snapshot,
            namespace: &case.pod.namespace,
            object: &case.object,
            runs_with: None,
            claim_templates: &[],
        },
    );
    let is_added = |blocker: &&Blocker| {
        let is_volume = matches!(
            blocker.reason,
            Reason::VolumeNotBound | Reason::VolumeNotEfs | Reason::VolumesUnknown
        );
        let in_template = of_template
            .iter()
            .any(|other| other.reason == blocker.reason && other.what == blocker.what);
        // A debug container was added by a person, later.
        !in_template
            && !is_volume
            && !blocker.is_of_debug_container()
            && !is_filled_in(&source.spec, &case.pod.spec, blocker)
    };
    case.blockers.iter().filter(is_added).collect()
}

/// Whether it is a host port that Kubernetes itself filled in, since the template asks for the host's network.
fn is_filled_in(source: &PodSpec, pod: &PodSpec, blocker: &Blocker) -> bool {
    let ports = pod.containers.iter().flat_map(|container| {
        container
            .host_ports
            .iter()
            .map(move |port| (container, port))
    });
    blocker.reason == Reason::HostPort
        && source.host_network
        && ports.into_iter().any(|(container, port)| {
            let field = format!("[{}].ports[{}]", container.name, port.container_port);
            comes_with_host_network(pod, port) && blocker.evidence.field.ends_with(&field)
        })
}

/// The field that is refused as people call it: `nodeSelector team/pool`, `hostNetwork`, `volumes[h]`.
fn name_of(blocker: &Blocker) -> String {
    let field = blocker.evidence.field.as_str();
    let field = field.strip_prefix("spec.").unwrap_or(field);
    if let Some(key) = field.strip_prefix("nodeSelector[") {
        return format!("nodeSelector {}", key.strip_suffix(']').unwrap_or(key));
    }
    match blocker.evidence.found.as_deref() {
        Some("true") | None => field.to_owned(),
        // The amounts of all containers together.
        Some(value) if field.starts_with("containers[*]") => format!("requests of {value}"),
        Some(value) => format!("{field} {value}"),
    }
}

/// What the template has where the pod has what is refused; `None` where it has nothing there.
fn value_in(source: &PodSpec, pod: &PodSpec, blocker: &Blocker) -> Option<String> {
    let field = blocker.evidence.field.as_str();
    let container = |spec: &'_ PodSpec| -> Option<Container> {
        let is_meant =
            |one: &&Container| field.starts_with(&format!("{}[{}]", one.role.field(), one.name));
        spec.containers.iter().find(is_meant).cloned()
    };
    let request = Sizing::of(source).request;
    match blocker.reason {
        Reason::TooBig => Some(request_in_words(&request)),
        Reason::EphemeralStorageTooBig => Some(format!(
            "{} GiB",
            request.ephemeral_storage_bytes.div_ceil(1024 * 1024 * 1024)
        )),
        Reason::PrivilegeEscalation => container(source)?
            .allow_privilege_escalation
            .map(|value| value.to_string()),
        Reason::AddedCapability => {
            let added = container(source)?.added_capabilities;
            (!added.is_empty()).then(|| added.join(", "))
        }
        Reason::HostPort => {
            let port = container(pod)?
                .host_ports
                .into_iter()
                .find(|port| field.ends_with(&format!("ports[{}]", port.container_port)))?;
            let theirs = container(source)?.host_ports;
            let theirs = theirs
                .into_iter()
                .find(|other| other.container_port == port.container_port)?;
            Some(format!("hostPort {}", theirs.host_port))
        }
        Reason::UnsupportedVolume => {
            let name = field.strip_prefix("spec.volumes[")?.strip_suffix(']')?;
            let volume = source.volumes.iter().find(|volume| volume.name == name)?;
            Some(match &volume.source {
                VolumeSource::Claim(_) => "persistentVolumeClaim".to_owned(),
                VolumeSource::Other(kind) => kind.clone(),
            })
        }
        Reason::NodeSelectorConflict | Reason::ArchitectureMismatch => {
            if field == "spec.os.name" {
                return source.os_name.clone();
            }
            let key = field
                .strip_prefix("spec.nodeSelector[")?
                .strip_suffix(']')?;
            source.node_selector.get(key).cloned()
        }
        _ => None,
    }
}
