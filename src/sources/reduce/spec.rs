//! Pod specs: container roles, resources, what is asked of nodes.

use std::collections::BTreeMap;

use crate::decision::facts::spec::{
    Container, ContainerRole, HostPort, NodeSelectorTerm, Operator, PodResources, PodSpec,
    PodTemplate, Requirement, Resources, Toleration, Volume, VolumeSource,
};
use crate::sources::wire::pod_spec as wire;
use crate::sources::wire::quantity::Quantity;

/// What the API server calls the volume with the token of a pod's service account, before five random characters.
const TOKEN_VOLUME: &str = "kube-api-access";

pub(super) fn template(template: wire::PodTemplate) -> PodTemplate {
    PodTemplate {
        labels: template.metadata.labels.0.into(),
        annotations: template.metadata.annotations.kept.into(),
        spec: spec(template.spec).into(),
    }
}

pub(super) fn spec(spec: wire::PodSpec) -> PodSpec {
    let init = spec.init_containers.into_iter().map(|found| {
        let role = init_role(&found);
        container(found, role)
    });
    let main = spec
        .containers
        .into_iter()
        .map(|found| container(found, ContainerRole::Main));
    let ephemeral = spec
        .ephemeral_containers
        .into_iter()
        .map(|found| container(found, ContainerRole::Ephemeral));
    let pod_affinity = pod_affinity(&spec.affinity);
    PodSpec {
        scheduler_name: not_empty(spec.scheduler_name),
        node_name: not_empty(spec.node_name),
        node_selector: spec.node_selector.0,
        required_node_affinity: spec
            .affinity
            .node_affinity
            .required
            .map(|selector| selector.terms.into_iter().map(term).collect()),
        tolerations: spec.tolerations.into_iter().map(toleration).collect(),
        host_network: spec.host_network,
        host_pid: spec.host_pid,
        host_ipc: spec.host_ipc,
        containers: init.chain(main).chain(ephemeral).collect(),
        volumes: spec.volumes.into_iter().map(volume).collect(),
        scheduling_gates: spec
            .scheduling_gates
            .into_iter()
            .map(|gate| gate.name)
            .collect(),
        priority_class_name: not_empty(spec.priority_class_name),
        os_name: not_empty(spec.os.name),
        overhead: resources(&spec.overhead),
        pod_resources: spec.resources.map(|wanted| PodResources {
            requests: resources(&wanted.requests),
            limits: resources(&wanted.limits),
        }),
        service_account: not_empty(spec.service_account_name),
        spread_keys: spec
            .topology_spread_constraints
            .into_iter()
            .map(|constraint| constraint.topology_key)
            .collect(),
        pod_affinity,
    }
}

/// The rules about other pods, by their field paths.
fn pod_affinity(affinity: &wire::Affinity) -> Vec<String> {
    [
        ("podAffinity", &affinity.pod_affinity),
        ("podAntiAffinity", &affinity.pod_anti_affinity),
    ]
    .into_iter()
    .flat_map(|(name, rules)| {
        [
            ("required", !rules.required.is_empty()),
            ("preferred", !rules.preferred.is_empty()),
        ]
        .into_iter()
        .filter(|(_, is_there)| *is_there)
        .map(move |(kind, _)| format!("{name}.{kind}DuringSchedulingIgnoredDuringExecution"))
    })
    .collect()
}

/// An init container that always restarts is a sidecar. Source: Kubernetes, "Sidecar Containers".
fn init_role(container: &wire::Container) -> ContainerRole {
    if container.restart_policy == "Always" {
        ContainerRole::Sidecar
    } else {
        ContainerRole::Init
    }
}

fn container(container: wire::Container, role: ContainerRole) -> Container {
    let (requests, limits) = completed(container.resources);
    Container {
        name: container.name,
        role,
        privileged: container.security_context.privileged,
        allow_privilege_escalation: container.security_context.allow_privilege_escalation,
        added_capabilities: container.security_context.capabilities.add,
        host_ports: container
            .ports
            .into_iter()
            .filter(|port| port.host_port != 0 || !port.host_ip.is_empty())
            .map(|port| HostPort {
                container_port: port.container_port,
                host_port: port.host_port,
                host_ip: port.host_ip,
            })
            .collect(),
        volume_devices: container
            .volume_devices
            .into_iter()
            .map(|device| device.name)
            .collect(),
        requests,
        limits,
        credential_variables: container.env.0,
    }
}

/// Requests and limits; as the API server fills in, a limit without a request is the request too.
fn completed(wanted: wire::ResourceRequirements) -> (Resources, Resources) {
    let wire::ResourceRequirements {
        mut requests,
        limits,
    } = wanted;
    for (name, limit) in &limits {
        requests.entry(name.clone()).or_insert(*limit);
    }
    (resources(&requests), resources(&limits))
}

fn resources(amounts: &BTreeMap<String, Quantity>) -> Resources {
    let mut resources = Resources::default();
    for (name, amount) in amounts {
        match name.as_str() {
            "cpu" => resources.cpu_millicores = Some(amount.thousandths()),
            "memory" => resources.memory_bytes = Some(amount.units()),
            "ephemeral-storage" => resources.ephemeral_storage_bytes = Some(amount.units()),
            _ if amount.is_zero() => {}
            _ => {
                resources.others.insert(name.clone());
            }
        }
    }
    resources
}

fn term(term: wire::NodeSelectorTerm) -> NodeSelectorTerm {
    NodeSelectorTerm {
        expressions: term.expressions.into_iter().map(requirement).collect(),
        fields: term.fields.into_iter().map(requirement).collect(),
    }
}

pub(super) fn requirement(requirement: wire::Requirement) -> Requirement {
    Requirement {
        key: requirement.key,
        operator: match requirement.operator.as_str() {
            "In" => Operator::In,
            "NotIn" => Operator::NotIn,
            "Exists" => Operator::Exists,
            "DoesNotExist" => Operator::DoesNotExist,
            "Gt" => Operator::Gt,
            "Lt" => Operator::Lt,
            _ => Operator::Other(requirement.operator),
        },
        values: requirement.values,
    }
}

fn toleration(toleration: wire::Toleration) -> Toleration {
    Toleration {
        key: toleration.key,
        operator: toleration.operator,
        value: toleration.value,
        effect: toleration.effect,
    }
}

fn volume(volume: wire::Volume) -> Volume {
    // The volume of the service account's token is there for every pod, each time under a name of its own.
    let is_of_token = volume.source == "projected" && volume.name.starts_with(TOKEN_VOLUME);
    Volume {
        name: match is_of_token {
            true => TOKEN_VOLUME.to_owned(),
            false => volume.name,
        },
        source: match volume.claim {
            Some(claim) => VolumeSource::Claim(claim),
            None => VolumeSource::Other(volume.source),
        },
    }
}

pub(super) fn not_empty(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> PodSpec {
        spec(serde_json::from_str(json).expect("the test's JSON is a pod spec"))
    }

    #[test]
    fn roles_and_order_of_containers() {
        let spec = read(
            r#"{"containers":[{"name":"main"}],"ephemeralContainers":[{"name":"debug"}],
                "initContainers":[{"name":"first"},{"name":"side","restartPolicy":"Always"}]}"#,
        );
        let found: Vec<_> = spec
            .containers
            .iter()
            .map(|c| (c.name.as_str(), c.role))
            .collect();
        assert_eq!(
            found,
            [
                ("first", ContainerRole::Init),
                ("side", ContainerRole::Sidecar),
                ("main", ContainerRole::Main),
                ("debug", ContainerRole::Ephemeral)
            ]
        );
    }

    #[test]
    fn requests_are_completed_from_limits() {
        let spec = read(
            r#"{"containers":[{"resources":{"limits":{"cpu":2,"memory":"1Gi","nvidia.com/gpu":"1","hugepages-2Mi":"0"},
                "requests":{"memory":"512Mi"}}}],"overhead":{"cpu":"250m"}}"#,
        );
        let container = &spec.containers[0];
        assert_eq!(container.requests.cpu_millicores, Some(2000));
        assert_eq!(container.requests.memory_bytes, Some(512 << 20));
        assert_eq!(container.limits.memory_bytes, Some(1 << 30));
        assert_eq!(container.requests.ephemeral_storage_bytes, None);
        assert_eq!(
            Vec::from_iter(&container.requests.others),
            ["nvidia.com/gpu"]
        );
        assert_eq!(spec.overhead.cpu_millicores, Some(250));
    }

    #[test]
    fn volumes_by_source() {
        let spec = read(
            r#"{"volumes":[{"name":"a","persistentVolumeClaim":{"claimName":"data"}},{"hostPath":{"path":"/"},"name":"b"},
                {"name":"c","emptyDir":{},"hostPath":null},{"name":"d"}]}"#,
        );
        let sources: Vec<_> = spec
            .volumes
            .into_iter()
            .map(|volume| volume.source)
            .collect();
        assert_eq!(
            sources,
            [
                VolumeSource::Claim("data".to_owned()),
                VolumeSource::Other("hostPath".to_owned()),
                VolumeSource::Other("emptyDir".to_owned()),
                VolumeSource::Other(String::new()),
            ]
        );
    }

    #[test]
    fn of_an_environment_a_few_names_are_kept() {
        let spec = read(
            r#"{"containers":[{"name":"a","env":[{"name":"PASSWORD","value":"secret"},null,{"value":"x"},{"name":null},
                {"name":"AWS_WEB_IDENTITY_TOKEN_FILE","valueFrom":{"fieldRef":{}}}]}]}"#,
        );
        let kept = &spec.containers[0].credential_variables;
        assert_eq!(Vec::from_iter(kept), [&"AWS_WEB_IDENTITY_TOKEN_FILE"]);
    }

    #[test]
    fn every_list_may_be_null() {
        let spec = read(
            r#"{"containers":null,"initContainers":null,"volumes":null,"tolerations":null,"nodeSelector":null,"affinity":null,
                "schedulingGates":null,"os":null,"overhead":null,"schedulerName":null,"nodeName":"","hostNetwork":null}"#,
        );
        assert_eq!(spec, PodSpec::default());
        let spec = read(
            r#"{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":null}}},
                "containers":[{"name":"a","ports":null,"resources":null,"securityContext":null,"volumeDevices":null,"env":null}]}"#,
        );
        assert_eq!(spec.required_node_affinity, Some(vec![]));
        assert_eq!(spec.containers.len(), 1);
    }
}
