//! What to do about a refusal.

use super::fix;
use crate::decision::facts::{HostPort, PodSpec, WorkloadKind};
use crate::decision::finding::Fix;
use crate::decision::placement::node_constraints::node_requirements;
use crate::decision::placement::refusal::{
    Blocker, EFS_DRIVER, comes_with_host_network, provisioner_of,
};
use crate::decision::placement::{ExpectedKind, PodCase};
use crate::decision::reason::Reason;

pub(super) fn remedy(case: &PodCase<'_>, reason: Reason) -> Fix {
    let is_live_claim = case.pod.is_claimed() && !case.is_template();
    let is_meant = |blocker: &&Blocker| blocker.reason == reason;
    let mut own = case.blockers.iter().filter(is_meant).peekable();
    if is_live_claim && own.peek().is_some() && own.all(Blocker::is_of_debug_container) {
        let again = match case.expected.kind {
            ExpectedKind::Fargate => fix::recreate(case),
            _ => fix::advice(""),
        };
        return after(
            "The debug container was added to this pod later: a pod made again has none.",
            again,
        );
    }
    if is_live_claim && case.expected.kind == ExpectedKind::Fargate {
        // The template has been mended since: only the pod is old.
        return fix::recreate(case);
    }
    if is_live_claim && !stands_again(case, reason) {
        return mended(case);
    }
    if reason == Reason::HostPort && goes_with_host_network(case) {
        return fix::advice(format!(
            "Remove hostNetwork from {}: with it Kubernetes fills in a hostPort for each port, and without it none is there.",
            fix::template_name(case)
        ));
    }
    if reason == Reason::VolumeNotBound {
        return bind_claims(case);
    }
    if !fix::stands_in_template(case, reason) {
        return fix::exempt_from_admission(case, "What Fargate refuses");
    }
    let change = match reason {
        Reason::VolumeNotEfs => "use an EFS volume (move the data there first)",
        Reason::UnsupportedVolume => {
            "replace the volume (emptyDir, configMap, secret, projected or EFS)"
        }
        Reason::TooBig => "lower the requests or split the pod",
        Reason::EphemeralStorageTooBig => "ask for at most 175 GiB of ephemeral storage",
        Reason::AcceleratorRequested => "do without the device",
        Reason::ArchitectureMismatch => "build the images for linux/amd64 and drop the requirement",
        Reason::NodeSelectorConflict if hangs_on_a_place(case) => {
            let fix = change_or_keep_off(case, "drop the zone or region");
            return fix::with_commands(
                format!(
                    "{} A profile with a subnet there would do as well; profiles cannot be edited, so create one.",
                    fix.text
                ),
                fix.commands,
            );
        }
        Reason::NodeSelectorConflict => "drop the requirement on the node",
        Reason::HostNamespace => "drop hostNetwork, hostPID and hostIPC",
        Reason::HostPort => "drop hostPort and hostIP",
        Reason::PrivilegedContainer => "drop privileged",
        Reason::PrivilegeEscalation => "set allowPrivilegeEscalation to false",
        Reason::AddedCapability => "drop the added capabilities",
        Reason::RawBlockVolume => "use volumeMounts in place of volumeDevices",
        _ => "take it out",
    };
    change_or_keep_off(case, change)
}

/// Whether a zone or region is all that the node requirements fail for.
fn hangs_on_a_place(case: &PodCase<'_>) -> bool {
    let mut fields = case
        .recreated_blockers
        .iter()
        .filter(|blocker| blocker.reason == Reason::NodeSelectorConflict)
        .map(|blocker| &blocker.evidence.field);
    let places: Vec<String> = node_requirements(&case.recreated.spec)
        .into_iter()
        .filter_map(|asked| asked.is_place.then_some(asked.field))
        .collect();
    fields.all(|field| places.iter().any(|place| field.ends_with(place.as_str())))
}

/// Either a change in the template, or the pods kept off Fargate; a Job that has started takes no change.
fn change_or_keep_off(case: &PodCase<'_>, change: &str) -> Fix {
    let keep_off = fix::keep_off_fargate(case);
    let job = case
        .chain
        .maker()
        .filter(|maker| maker.kind == WorkloadKind::Job);
    if let Some(job) = job {
        let anew = fix::recreate_job(case, &job.name, None);
        return fix::with_commands(
            format!(
                "Either {change} in a copy of Job {} (the template of one that is there cannot be edited), or keep its pods \
                 off Fargate: {} {}",
                job.name, keep_off.text, anew.text
            ),
            anew.commands,
        );
    }
    fix::with_commands(
        format!(
            "Either {change} in {}, or keep the pods off Fargate: {}",
            fix::template_name(case),
            keep_off.text
        ),
        keep_off.commands,
    )
}

fn after(text: &str, then: Fix) -> Fix {
    fix::with_commands(
        format!("{text} {}", then.text).trim_end().to_owned(),
        then.commands,
    )
}

/// Whether a pod that is made again has it again, as far as that is known.
fn stands_again(case: &PodCase<'_>, reason: Reason) -> bool {
    let is_of_volumes = matches!(reason, Reason::VolumeNotBound | Reason::VolumeNotEfs);
    case.recreated_blockers.iter().any(|blocker| {
        blocker.reason == reason || is_of_volumes && blocker.reason == Reason::VolumesUnknown
    })
}

/// The present template has it no more, yet a pod of it would not come to Fargate for sure.
fn mended(case: &PodCase<'_>) -> Fix {
    let gone = format!("That is no longer in {}.", fix::template_name(case));
    match case.expected.kind {
        ExpectedKind::NotFargate => fix::advice(format!(
            "{gone} A pod made again would not go to Fargate ({}): delete this one if that is meant.",
            fix::because(case)
        )),
        _ => after(&gone, fix::recreate_if_that_helps(case)),
    }
}

/// Whether all host ports are such as Kubernetes fills in for a pod with `hostNetwork`, and none stands in the template.
fn goes_with_host_network(case: &PodCase<'_>) -> bool {
    let ports = |spec: &PodSpec| -> Vec<HostPort> {
        let containers = spec.containers.iter();
        containers.flat_map(|one| one.host_ports.clone()).collect()
    };
    let is_filled_in = |port: &HostPort| comes_with_host_network(&case.pod.spec, port);
    let template = case
        .chain
        .made_from
        .or_else(|| case.chain.maker().map(|maker| &maker.template));
    ports(&case.pod.spec).iter().all(is_filled_in)
        && template.is_some_and(|template| ports(&template.spec).is_empty())
}

/// What to do about claims that are missing or not bound.
fn bind_claims(case: &PodCase<'_>) -> Fix {
    let snapshot = case.snapshot;
    let blockers = case.blockers.iter().chain(&case.recreated_blockers);
    let unbound: Vec<&str> = blockers
        .filter(|blocker| {
            blocker.reason == Reason::VolumeNotBound
                && blocker.evidence.object.kind == "persistentvolumeclaim"
        })
        .map(|blocker| blocker.evidence.object.name.as_str())
        .collect();
    let of_another_driver = unbound.iter().find(|name| {
        snapshot
            .claim(&case.pod.namespace, name)
            .and_then(|claim| provisioner_of(claim, snapshot))
            .is_some_and(|provisioner| provisioner != EFS_DRIVER)
    });
    if let Some(name) = of_another_driver {
        let keep_off = fix::keep_off_fargate(case);
        return fix::with_commands(
            format!(
                "Claim {name} cannot be bound to EFS: a claim's storage class does not change. Name a new claim in {}, bound \
                 to an EFS volume made by hand, or keep the pods off Fargate: {}",
                fix::template_name(case),
                keep_off.text
            ),
            keep_off.commands,
        );
    }
    let missing = unbound
        .iter()
        .find(|name| snapshot.claim(&case.pod.namespace, name).is_none());
    let deed = match (missing, unbound.first()) {
        (Some(name), _) => format!(
            "Correct the name of claim {name} in {}, or create that claim and bind it to an EFS volume",
            fix::template_name(case)
        ),
        (None, Some(name)) => format!("Bind claim {name} to an EFS volume"),
        (None, None) => "Bind the claim to an EFS volume".to_owned(),
    };
    fix::with_commands(
        format!(
            "{deed} (Fargate cannot provision one), then make the pod again: Fargate does not reliably look again."
        ),
        [format!("{} get persistentvolumeclaims", fix::kubectl(case))],
    )
}
