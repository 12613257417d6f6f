//! Access to the host: namespaces, ports, privileges, capabilities, raw devices.

use super::{Blocker, RefusalQuestion};
use crate::decision::facts::{Container, ContainerRole, HostPort, PodSpec};
use crate::decision::finding::{Certainty, Evidence};
use crate::decision::reason::Reason;

/// Capabilities that a container may add: containerd's default set.
const GRANTED_CAPABILITIES: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Capabilities that Fargate grants to some and refuses to others; a pod that adds one may be refused.
const UNSURE_CAPABILITIES: &[&str] = &["IPC_LOCK", "LINUX_IMMUTABLE", "SYS_PTRACE", "SYS_RESOURCE"];

/// Whether Fargate is known to refuse this capability.
pub fn is_refused_capability(capability: &str) -> bool {
    !GRANTED_CAPABILITIES.contains(&capability) && !UNSURE_CAPABILITIES.contains(&capability)
}

/// Whether the port may be one that Kubernetes filled in: with `hostNetwork`, `hostPort` defaults to `containerPort`.
///
/// Source: Kubernetes API reference, `ContainerPort`: with hostNetwork the two must be equal.
pub fn comes_with_host_network(spec: &PodSpec, port: &HostPort) -> bool {
    spec.host_network && port.host_port == port.container_port && port.host_ip.is_empty()
}

pub(super) fn host_namespaces(
    spec: &PodSpec,
    question: RefusalQuestion<'_>,
    found: &mut Vec<Blocker>,
) {
    for (asked, field) in [
        (spec.host_network, "hostNetwork"),
        (spec.host_pid, "hostPID"),
        (spec.host_ipc, "hostIPC"),
    ] {
        if asked {
            found.push(Blocker {
                reason: Reason::HostNamespace,
                certainty: Certainty::Certain,
                what: format!("spec.{field} is true"),
                evidence: Evidence::found(question.object.clone(), format!("spec.{field}"), "true")
                    .wanted("false"),
            });
        }
    }
}

pub(super) fn of_container(
    container: &Container,
    question: RefusalQuestion<'_>,
    found: &mut Vec<Blocker>,
) {
    let field = |rest: &str| format!("{}[{}].{rest}", container.role.field(), container.name);
    let is_debug = container.role == ContainerRole::Ephemeral;
    let mut add = |reason, certainty, what: String, field: String, value: String, wanted: &str| {
        found.push(Blocker {
            reason,
            // That debug containers are checked at all is known from one unofficial source alone.
            certainty: match certainty {
                Certainty::Certain if is_debug => Certainty::Likely,
                other => other,
            },
            what,
            evidence: Evidence::found(question.object.clone(), field, value).wanted(wanted),
        });
    };
    let name = &container.name;
    let kind = match container.role {
        ContainerRole::Main => "container",
        ContainerRole::Init => "init container",
        ContainerRole::Sidecar => "sidecar container",
        ContainerRole::Ephemeral => "debug container",
    };
    for port in &container.host_ports {
        let asked = match (port.host_port, port.host_ip.as_str()) {
            (0, ip) => format!("hostIP {ip}"),
            (port, "") => format!("hostPort {port}"),
            (port, ip) => format!("hostPort {port}, hostIP {ip}"),
        };
        add(
            Reason::HostPort,
            Certainty::Certain,
            format!("{kind} {name} asks for {asked}"),
            field(&format!("ports[{}]", port.container_port)),
            asked,
            "neither hostPort nor hostIP",
        );
    }
    if container.privileged {
        add(
            Reason::PrivilegedContainer,
            Certainty::Certain,
            format!("{kind} {name} is privileged"),
            field("securityContext.privileged"),
            "true".to_owned(),
            "false",
        );
    }
    if container.allow_privilege_escalation == Some(true) {
        add(
            Reason::PrivilegeEscalation,
            Certainty::Certain,
            format!("{kind} {name} allows privilege escalation"),
            field("securityContext.allowPrivilegeEscalation"),
            "true".to_owned(),
            "false or absent",
        );
    }
    for capability in &container.added_capabilities {
        let granted = GRANTED_CAPABILITIES.contains(&capability.as_str());
        let runs_with_it = question.runs_with.is_some_and(|spec| {
            spec.containers
                .iter()
                .any(|other| &other.name == name && other.added_capabilities.contains(capability))
        });
        if granted || runs_with_it {
            continue;
        }
        let certainty = if UNSURE_CAPABILITIES.contains(&capability.as_str()) {
            Certainty::Undecided
        } else {
            Certainty::Certain
        };
        add(
            Reason::AddedCapability,
            certainty,
            format!("{kind} {name} adds capability {capability}"),
            field("securityContext.capabilities.add"),
            capability.clone(),
            "none beyond the default set, and without the prefix CAP_",
        );
    }
    for device in &container.volume_devices {
        add(
            Reason::RawBlockVolume,
            Certainty::Likely,
            format!("{kind} {name} uses the raw block device {device}"),
            field("volumeDevices"),
            device.clone(),
            "volumeMounts",
        );
    }
}
