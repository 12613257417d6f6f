//! Amounts and reasons in words, for findings and for the story.

use super::shape::thousandths;
use super::{OVERHEAD_MIB, PodRequest, ROWS, Shape};

/// CPU as AWS writes it: `0.3 vCPU`.
pub fn cpu_in_words(cpu_millicores: u64) -> String {
    format!("{} vCPU", thousandths(cpu_millicores))
}

/// What the pod asks for, without Fargate's own overhead: `0.3 vCPU and 612 MiB`, or `nothing`.
pub fn request_in_words(request: &PodRequest) -> String {
    let asked = match (request.cpu_millicores, request.own_memory_mib()) {
        (0, 0) => "nothing".to_owned(),
        (cpu, 0) => format!("{} and no memory", cpu_in_words(cpu)),
        (0, memory) => format!("no CPU and {memory} MiB"),
        (cpu, memory) => format!("{} and {memory} MiB", cpu_in_words(cpu)),
    };
    let cpu = Some(request.overhead_cpu_millicores).filter(|cpu| *cpu > 0);
    let memory = Some(request.overhead_memory_mib).filter(|memory| *memory > 0);
    let parts = [
        cpu.map(cpu_in_words),
        memory.map(|memory| format!("{memory} MiB")),
    ];
    let overhead: Vec<String> = parts.into_iter().flatten().collect();
    if overhead.is_empty() {
        asked
    } else {
        format!("{asked} ({} of it pod overhead)", overhead.join(" and "))
    }
}

/// Why a request comes to the size that is computed for it, as the end of a sentence; empty where it fits to the last MiB.
pub fn cause(request: &PodRequest, shape: Shape) -> String {
    let cpu = request.cpu_millicores;
    let least = ROWS.iter().find(|row| row.cpu_millicores >= cpu);
    if shape.cpu_millicores == cpu && shape.memory_mib == request.memory_mib {
        return String::new();
    }
    match least {
        Some(row) if row.cpu_millicores < shape.cpu_millicores => format!(
            "rounded up; no size with {} has that much memory",
            cpu_in_words(row.cpu_millicores)
        ),
        Some(_) if shape == Shape::new(ROWS[0].cpu_millicores, ROWS[0].least_memory_mib) => {
            "rounded up to the smallest size".to_owned()
        }
        _ => "rounded up to the next size".to_owned(),
    }
}

/// Why two readings of one spec may differ, as a sentence without its full stop.
pub const UNDOCUMENTED: &str =
    "AWS does not document how sidecars and resources of the whole pod count";

/// The next smaller sizes, each with what the requests would have to come down to, as ends of a sentence: `0.25 vCPU 1 GB
/// with requests of at most 0.25 vCPU`. Empty for the smallest size.
pub fn next_smaller(request: &PodRequest, shape: Shape) -> Vec<String> {
    // What is left for the containers beside the pod's own overhead, which no request changes.
    let left = |most: u64, overhead: u64| most.checked_sub(overhead).filter(|left| *left > 0);
    let beside = |overhead: u64, in_words: String| match overhead {
        0 => String::new(),
        _ => format!(", beside {in_words} of pod overhead"),
    };
    let by_memory = shape
        .with_less_memory(request.cpu_millicores)
        .and_then(|(less, most)| {
            let overhead = request.overhead_memory_mib;
            let most = left(most.saturating_sub(OVERHEAD_MIB), overhead)?;
            let beside = beside(overhead, format!("{overhead} MiB"));
            Some(format!(
                "{less} with requests of at most {most} MiB{beside}"
            ))
        });
    let by_cpu = shape
        .with_less_cpu(request.memory_mib)
        .and_then(|(less, most)| {
            let overhead = request.overhead_cpu_millicores;
            let most = cpu_in_words(left(most, overhead)?);
            let beside = beside(overhead, cpu_in_words(overhead));
            Some(format!("{less} with requests of at most {most}{beside}"))
        });
    by_memory.into_iter().chain(by_cpu).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::facts::PodSpec;
    use crate::decision::sizing::request::tests::{amounts, main, spec};

    #[test]
    fn requests_and_causes_read_like_speech() {
        let rows = [
            (
                (300, 612),
                "0.3 vCPU and 612 MiB",
                "rounded up to the next size",
            ),
            ((250, 256), "0.25 vCPU and 256 MiB", ""),
            ((0, 0), "nothing", "rounded up to the smallest size"),
            (
                (0, 100),
                "no CPU and 100 MiB",
                "rounded up to the smallest size",
            ),
            (
                (1500, 0),
                "1.5 vCPU and no memory",
                "rounded up to the next size",
            ),
            (
                (1000, 8192),
                "1 vCPU and 8192 MiB",
                "rounded up; no size with 1 vCPU has that much memory",
            ),
        ];
        for ((cpu, memory), asked, why) in rows {
            let request = PodRequest::of(&spec([main(cpu, memory)]));
            assert_eq!(request_in_words(&request), asked);
            let shape = request.shape().expect("a size holds it");
            assert_eq!(cause(&request, shape), why, "{asked}");
        }
    }
    #[test]
    fn next_smaller_sizes_say_what_they_need() {
        let rows: [((u64, u64), &[&str]); 4] = [
            (
                (600, 2100),
                &[
                    "1 vCPU 2 GB with requests of at most 1792 MiB",
                    "0.5 vCPU 3 GB with requests of at most 0.5 vCPU",
                ],
            ),
            (
                (300, 612),
                &["0.25 vCPU 1 GB with requests of at most 0.25 vCPU"],
            ),
            (
                (1000, 8192),
                &["1 vCPU 8 GB with requests of at most 7936 MiB"],
            ),
            ((100, 100), &[]),
        ];
        for ((cpu, memory), wanted) in rows {
            let request = PodRequest::of(&spec([main(cpu, memory)]));
            let shape = request.shape().expect("a size holds it");
            assert_eq!(next_smaller(&request, shape), wanted, "{cpu}m {memory}Mi");
        }
    }

    #[test]
    fn overhead_of_the_pod_is_named_and_leaves_less_for_requests() {
        let told = |overhead: (u64, u64)| {
            let request = PodRequest::of(&PodSpec {
                overhead: amounts(overhead.0, overhead.1),
                ..spec([main(600, 2100)])
            });
            let shape = request.shape().expect("a size holds it");
            (
                request_in_words(&request),
                next_smaller(&request, shape).join("; "),
            )
        };
        assert_eq!(
            told((250, 120)),
            (
                "0.85 vCPU and 2220 MiB (0.25 vCPU and 120 MiB of it pod overhead)".to_owned(),
                "1 vCPU 2 GB with requests of at most 1672 MiB, beside 120 MiB of pod overhead; 0.5 vCPU 3 GB with requests of \
                 at most 0.25 vCPU, beside 0.25 vCPU of pod overhead"
                    .to_owned()
            )
        );
        let (asked, smaller) = told((500, 0));
        assert_eq!(asked, "1.1 vCPU and 2100 MiB (0.5 vCPU of it pod overhead)");
        assert_eq!(
            smaller,
            "1 vCPU 3 GB with requests of at most 0.5 vCPU, beside 0.5 vCPU of pod overhead"
        );
        let (_, nothing_left) = told((400, 1800));
        assert!(!nothing_left.contains("at most 0 "), "{nothing_left}");
    }
}
