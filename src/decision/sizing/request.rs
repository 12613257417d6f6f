//! What a pod asks for in all.

use super::{LARGEST_EPHEMERAL_STORAGE_GIB, OVERHEAD_MIB, Shape};
use crate::decision::facts::{Container, ContainerRole, PodSpec, Resources};

const MIB: u64 = 1024 * 1024;

/// How a spec is read where AWS does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// As Kubernetes counts: sidecars run beside the containers and beside the init containers that come after them, and
    /// what is asked for the whole pod goes before what its containers ask for.
    ///
    /// Source: Kubernetes, "Sidecar Containers" (resource sharing within containers) and "Pod-level resources".
    Kubernetes,
    /// By the letter of the EKS User Guide, "Fargate Pod configuration": the largest init container, sidecars among them,
    /// or the sum of the containers; it knows no resources of the whole pod.
    UserGuide,
}

/// What a pod asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PodRequest {
    /// CPU in millicores.
    pub cpu_millicores: u64,
    /// Memory in MiB, with Fargate's own overhead, rounded up.
    pub memory_mib: u64,
    /// Ephemeral storage in bytes.
    pub ephemeral_storage_bytes: u64,
    /// The part of the CPU that is the pod's own overhead (that of its RuntimeClass), in millicores.
    pub overhead_cpu_millicores: u64,
    /// The part of the memory that is the pod's own overhead, in MiB, rounded up.
    pub overhead_memory_mib: u64,
}

impl PodRequest {
    /// Adds up a spec as Kubernetes does.
    pub fn of(spec: &PodSpec) -> Self {
        Self::read_as(spec, Reading::Kubernetes)
    }

    /// Adds up a spec: for each resource apart the larger of what is needed while init containers run and what the
    /// long-running ones ask for, plus the pod's own overhead (that of its RuntimeClass).
    pub fn read_as(spec: &PodSpec, reading: Reading) -> Self {
        let cpu = total(spec, reading, |resources| resources.cpu_millicores);
        let memory = total(spec, reading, |resources| resources.memory_bytes);
        let storage = |resources: &Resources| resources.ephemeral_storage_bytes;
        let overhead = &spec.overhead;
        Self {
            overhead_cpu_millicores: overhead.cpu_millicores.unwrap_or(0),
            overhead_memory_mib: overhead.memory_bytes.unwrap_or(0).div_ceil(MIB),
            cpu_millicores: cpu,
            memory_mib: memory.div_ceil(MIB).saturating_add(OVERHEAD_MIB),
            // Kubernetes lets a whole pod ask for CPU and memory, not for storage.
            ephemeral_storage_bytes: with_overhead(
                of_containers(&spec.containers, reading, storage),
                spec,
                storage,
            ),
        }
    }

    /// What the containers ask for of memory in MiB, without Fargate's own overhead.
    pub fn own_memory_mib(&self) -> u64 {
        self.memory_mib - OVERHEAD_MIB
    }

    /// The ephemeral storage that is asked for in MiB, rounded up.
    pub fn ephemeral_storage_mib(&self) -> u64 {
        self.ephemeral_storage_bytes.div_ceil(MIB)
    }

    /// The size that holds it; `None` where none does.
    pub fn shape(&self) -> Option<Shape> {
        Shape::smallest_for(self.cpu_millicores, self.memory_mib)
    }

    /// Whether it asks for at least as much of CPU and memory as another.
    pub fn covers(&self, other: &Self) -> bool {
        self.cpu_millicores >= other.cpu_millicores && self.memory_mib >= other.memory_mib
    }

    /// Whether no Fargate size holds its CPU and memory.
    pub fn is_too_big(&self) -> bool {
        self.shape().is_none()
    }

    /// Whether it asks for more ephemeral storage than Fargate gives.
    pub fn asks_for_too_much_storage(&self) -> bool {
        self.ephemeral_storage_bytes > LARGEST_EPHEMERAL_STORAGE_GIB * 1024 * MIB
    }
}

type Amount = fn(&Resources) -> Option<u64>;

fn total(spec: &PodSpec, reading: Reading, amount: Amount) -> u64 {
    let asked_by_containers = of_containers(&spec.containers, reading, amount);
    let asked_for_all = match (reading, &spec.pod_resources) {
        (Reading::Kubernetes, Some(whole)) => amount(&whole.requests),
        _ => None,
    };
    // As the API server fills in: of a resource that no container asks for, the whole pod's limit is its request.
    let limit_for_all = match (reading, &spec.pod_resources) {
        (Reading::Kubernetes, Some(whole)) if asked_by_containers == 0 => amount(&whole.limits),
        _ => None,
    };
    let asked = asked_for_all
        .or(limit_for_all)
        .unwrap_or(asked_by_containers);
    with_overhead(asked, spec, amount)
}

fn with_overhead(asked: u64, spec: &PodSpec, amount: Amount) -> u64 {
    asked.saturating_add(amount(&spec.overhead).unwrap_or(0))
}

/// Containers stand in the order in which they start: an init container runs beside the sidecars before it.
fn of_containers(containers: &[Container], reading: Reading, amount: Amount) -> u64 {
    let (mut running, mut sidecars, mut most_while_starting) = (0_u64, 0_u64, 0_u64);
    for container in containers {
        let one = amount(&container.requests).unwrap_or(0);
        match (container.role, reading) {
            (ContainerRole::Main, _) => running = running.saturating_add(one),
            (ContainerRole::Sidecar, Reading::Kubernetes) => {
                sidecars = sidecars.saturating_add(one);
                most_while_starting = most_while_starting.max(sidecars);
            }
            (ContainerRole::Init, _) | (ContainerRole::Sidecar, Reading::UserGuide) => {
                most_while_starting = most_while_starting.max(sidecars.saturating_add(one));
            }
            (ContainerRole::Ephemeral, _) => {}
        }
    }
    running.saturating_add(sidecars).max(most_while_starting)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::decision::facts::spec::PodResources;
    use crate::decision::sizing::{LARGEST_CPU_MILLICORES, LARGEST_MEMORY_MIB};

    pub fn amounts(cpu_millicores: u64, memory_mib: u64) -> Resources {
        Resources {
            cpu_millicores: Some(cpu_millicores),
            memory_bytes: Some(memory_mib * MIB),
            ..Resources::default()
        }
    }

    fn container(role: ContainerRole, requests: Resources) -> Container {
        Container {
            name: "any".to_owned(),
            role,
            privileged: false,
            allow_privilege_escalation: None,
            added_capabilities: Vec::new(),
            host_ports: Vec::new(),
            volume_devices: Vec::new(),
            requests,
            limits: Resources::default(),
            credential_variables: Default::default(),
        }
    }

    pub fn main(cpu: u64, memory: u64) -> Container {
        container(ContainerRole::Main, amounts(cpu, memory))
    }

    pub fn sidecar(cpu: u64, memory: u64) -> Container {
        container(ContainerRole::Sidecar, amounts(cpu, memory))
    }

    fn init(cpu: u64, memory: u64) -> Container {
        container(ContainerRole::Init, amounts(cpu, memory))
    }

    pub fn spec(containers: impl IntoIterator<Item = Container>) -> PodSpec {
        PodSpec {
            containers: containers.into_iter().collect(),
            ..PodSpec::default()
        }
    }

    #[test]
    fn sizes_of_single_containers() {
        let rows = [
            ((1000, 8192), (2000, 9216), "the User Guide's own example"),
            ((0, 0), (250, 512), "nothing asked for is the smallest size"),
            ((250, 256), (250, 512), "to the last MiB"),
            ((250, 257), (250, 1024), "one MiB more"),
            ((100, 768), (250, 1024), "to the last MiB of 1 GB"),
            ((100, 1792), (250, 2048), "to the last MiB of 2 GB"),
            ((250, 3072), (500, 4096), "0.25 vCPU has no 4 GB"),
            ((251, 100), (500, 1024), "a millicore more"),
            ((1500, 100), (2000, 4096), "2 vCPU has no less than 4 GB"),
            ((5000, 60 * 1024 - 256), (8000, 60 * 1024), "steps of 4 GB"),
            (
                (5000, 60 * 1024 - 255),
                (16_000, 64 * 1024),
                "steps of 8 GB",
            ),
            ((4001, 17 * 1024), (8000, 20 * 1024), "rounded to a step"),
        ];
        for ((cpu, memory), (size_cpu, size_memory), why) in rows {
            let request = PodRequest::of(&spec([main(cpu, memory)]));
            assert_eq!(
                request.shape(),
                Some(Shape::new(size_cpu, size_memory)),
                "{cpu}m {memory}Mi: {why}"
            );
        }
        let nothing = spec([container(ContainerRole::Main, Resources::default())]);
        assert_eq!(PodRequest::of(&nothing).shape(), Some(Shape::new(250, 512)));
    }

    #[test]
    fn init_containers_count_by_the_largest_for_each_resource() {
        let request = PodRequest::of(&spec([
            init(900, 100),
            init(100, 900),
            main(300, 300),
            main(300, 300),
        ]));
        assert_eq!(request.cpu_millicores, 900);
        assert_eq!(request.own_memory_mib(), 900);
    }

    #[test]
    fn a_sidecar_counts_beside_what_starts_after_it() {
        let before = spec([sidecar(200, 200), init(500, 500), main(400, 400)]);
        assert_eq!(PodRequest::of(&before).cpu_millicores, 700);
        let after = spec([init(500, 500), sidecar(200, 200), main(400, 400)]);
        assert_eq!(PodRequest::of(&after).cpu_millicores, 600);
        for either in [before, after] {
            let letter = PodRequest::read_as(&either, Reading::UserGuide);
            assert_eq!(letter.cpu_millicores, 500, "the largest init container");
        }
    }

    #[test]
    fn overhead_of_the_pod_is_added_and_debug_containers_are_not() {
        let pod = PodSpec {
            overhead: amounts(250, 120),
            ..spec([
                main(1000, 1000),
                container(ContainerRole::Ephemeral, amounts(4000, 4000)),
            ])
        };
        let request = PodRequest::of(&pod);
        assert_eq!(request.cpu_millicores, 1250);
        assert_eq!(request.own_memory_mib(), 1120);
        let own = (request.overhead_cpu_millicores, request.overhead_memory_mib);
        assert_eq!(own, (250, 120));
    }

    #[test]
    fn resources_of_the_whole_pod_go_before_those_of_containers() {
        let whole = |requests, limits| PodSpec {
            pod_resources: Some(PodResources { requests, limits }),
            ..spec([main(2000, 3000)])
        };
        let cpu_only = Resources {
            cpu_millicores: Some(500),
            ..Resources::default()
        };
        let request = PodRequest::of(&whole(cpu_only.clone(), Resources::default()));
        assert_eq!(
            (request.cpu_millicores, request.own_memory_mib()),
            (500, 3000)
        );
        let letter =
            PodRequest::read_as(&whole(cpu_only, Resources::default()), Reading::UserGuide);
        assert_eq!(
            (letter.cpu_millicores, letter.own_memory_mib()),
            (2000, 3000)
        );
        let limits_only = PodRequest::of(&whole(Resources::default(), amounts(4000, 8000)));
        assert_eq!(limits_only.cpu_millicores, 2000, "containers ask for it");
        let pod = PodSpec {
            pod_resources: Some(PodResources {
                requests: Resources::default(),
                limits: amounts(4000, 8000),
            }),
            ..spec([container(ContainerRole::Main, Resources::default())])
        };
        assert_eq!(
            PodRequest::of(&pod).cpu_millicores,
            4000,
            "nobody else asks"
        );
    }

    #[test]
    fn memory_is_rounded_up_and_huge_amounts_do_not_overflow() {
        let mut odd = main(1, 0);
        odd.requests.memory_bytes = Some(256 * MIB + 1);
        assert_eq!(PodRequest::of(&spec([odd])).memory_mib, 257 + OVERHEAD_MIB);
        let mut huge = main(u64::MAX, 0);
        huge.requests.memory_bytes = Some(u64::MAX);
        huge.requests.ephemeral_storage_bytes = Some(u64::MAX);
        let request = PodRequest::of(&spec([huge.clone(), huge]));
        assert!(request.is_too_big() && request.asks_for_too_much_storage());
    }

    #[test]
    fn the_largest_size_is_not_too_big() {
        let most = LARGEST_MEMORY_MIB - OVERHEAD_MIB;
        let fits = PodRequest::of(&spec([main(LARGEST_CPU_MILLICORES, most)]));
        assert!(!fits.is_too_big());
        assert!(PodRequest::of(&spec([main(1, most + 1)])).is_too_big());
        assert!(PodRequest::of(&spec([main(LARGEST_CPU_MILLICORES + 1, 1)])).is_too_big());
        let mut stored = main(1, 1);
        stored.requests.ephemeral_storage_bytes = Some(175 << 30);
        assert!(!PodRequest::of(&spec([stored.clone()])).asks_for_too_much_storage());
        stored.requests.ephemeral_storage_bytes = Some((175 << 30) + 1);
        assert!(PodRequest::of(&spec([stored])).asks_for_too_much_storage());
    }
}
