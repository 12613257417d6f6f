//! What a spec proves by itself, in Fargate's own clauses: it completes texts that were cut off, or that say no more than no.

use super::clauses::{HEADS, in_one_line};
use crate::decision::facts::{PodSpec, VolumeSource};
use crate::decision::placement::refusal::{is_mounted_source, is_refused_capability};

/// The code of every other refusal of a spec, seen with and without words beside it.
const UNSUPPORTED_CODE: &str = "POD_UNSUPPORTED_ON_FARGATE";

/// The clauses with which Fargate refuses what stands in a spec itself, as it writes them.
pub(super) fn proved_by(spec: &PodSpec) -> Vec<String> {
    let mut fields = Vec::new();
    for (asked, name) in [
        (spec.host_network, "HostNetwork"),
        (spec.host_pid, "HostPID"),
        (spec.host_ipc, "HostIPC"),
    ] {
        if asked {
            fields.push(name.to_owned());
        }
    }
    let mut security = Vec::new();
    let mut others = Vec::new();
    for container in &spec.containers {
        if container.privileged {
            security.push("Privileged".to_owned());
        }
        if container.allow_privilege_escalation == Some(true) {
            security.push("AllowPrivilegeEscalation".to_owned());
        }
        for capability in &container.added_capabilities {
            if is_refused_capability(capability) {
                security.push(format!("Capabilities added: {capability}"));
                others.push(capability.clone());
            }
        }
        if !container.host_ports.is_empty() {
            others.push("port contains HostIP or HostPort".to_owned());
        }
    }
    let volumes: Vec<String> = spec
        .volumes
        .iter()
        .filter(|volume| {
            matches!(&volume.source, VolumeSource::Other(source) if !is_mounted_source(source))
        })
        .map(|volume| format!("{} is of an unsupported volume Type", volume.name))
        .collect();
    let mut all = Vec::new();
    for (opening, list) in [
        ("fields not supported:", fields),
        ("invalid SecurityContext fields:", security),
        ("volumes not supported:", volumes),
        ("", others),
    ] {
        for clause in list {
            if !opening.is_empty() {
                all.push(format!("{opening} {clause}"));
            }
            all.push(clause);
        }
    }
    all
}

/// Whether a piece is how one of these clauses begins.
pub(super) fn is_begun(piece: &str, proved: &[String]) -> bool {
    proved.iter().any(|clause| clause.starts_with(piece))
}

/// Whether the text says no more than that the pod is refused, or begins to, and the spec shows for what.
pub(super) fn says_only_no(text: &str, proved: &[String]) -> bool {
    let text = in_one_line(text);
    let text = text
        .trim_end_matches(['.', '…'])
        .trim_start_matches(['[', '"']);
    let is_head = HEADS.iter().any(|head| head.starts_with(text)) && text.len() >= "Pod not".len();
    !proved.is_empty() && (is_head || text.trim_end_matches(']') == UNSUPPORTED_CODE)
}
