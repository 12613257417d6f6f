//! The size of a pod on Fargate, or of one that waits for it: what is billed, what it asks for, why the two differ.

use std::collections::BTreeSet;
use std::io;

use super::page::Page;
use super::words::is_finished;
use crate::decision::placement::PlacementKind;
use crate::decision::reason::Reason;
use crate::decision::sizing::{Shape, UNDOCUMENTED, cause, next_smaller, request_in_words};
use crate::report::PodReport;
use crate::report::size::SizeReport;

/// Whether a pod's story has a section about its size; `RoundedUp` is then told there and nowhere else.
pub(super) fn is_told(pod: &PodReport) -> bool {
    told_size(pod).is_some()
}

/// The size that a story tells: of a pod on Fargate, or claimed and waiting, where there is a size to tell.
fn told_size(pod: &PodReport) -> Option<&SizeReport> {
    let placement = pod.placement.as_ref()?;
    let is_fargates = match placement.kind {
        PlacementKind::Fargate => true,
        PlacementKind::FargatePending => placement.profile.is_some(),
        _ => false,
    };
    let size = pod.size.as_ref().filter(|_| is_fargates)?;
    (size.billed.is_some() || size.computed.is_some()).then_some(size)
}

/// Writes the section, one to three lines; nothing for a pod that has none. The pods of a group share a story.
pub(super) fn section(group: &[&PodReport], page: &mut Page<'_>) -> io::Result<()> {
    let pod = group[0];
    let Some(size) = told_size(pod) else {
        return Ok(());
    };
    let mut text = in_words(size);
    let rounded_up =
        |finding: &crate::decision::finding::Finding| finding.reason == Reason::RoundedUp;
    if pod.findings.iter().any(rounded_up) {
        text.push_str(&format!(" ({})", Reason::RoundedUp));
    }
    page.section("Size", &text)?;
    let others: BTreeSet<Shape> = group[1..]
        .iter()
        .filter_map(|other| told_size(other))
        .filter_map(given)
        .filter(|shape| Some(*shape) != given(size))
        .collect();
    if !others.is_empty() {
        let others: Vec<String> = others.iter().map(Shape::to_string).collect();
        page.more_in_section(&format!("others like it have {}", others.join(", ")))?;
    }
    // A pod that waits has other cares.
    match smaller(size) {
        Some(smaller) if size.billed.is_some() && !is_finished(pod) => {
            page.more_in_section(&format!("next smaller: {smaller}"))
        }
        _ => Ok(()),
    }
}

/// What is billed, or else what the requests come to.
fn given(size: &SizeReport) -> Option<Shape> {
    Some(size.billed.or(size.computed)?.shape())
}

fn in_words(size: &SizeReport) -> String {
    let request = size.requested.request();
    let computed = size.computed.map(|computed| computed.shape());
    let alternative = size.alternative.map(|other| other.shape());
    let asked = format!(
        "{}, plus {} MiB for Kubernetes",
        request_in_words(&request),
        size.overhead_mib
    );
    let why = match computed.map(|shape| cause(&request, shape)) {
        Some(cause) if !cause.is_empty() => format!(", {cause}"),
        _ => String::new(),
    };
    match (size.billed.map(|billed| billed.shape()), computed) {
        (Some(billed), Some(shape)) if billed == shape => {
            format!("billed {billed}; asks for {asked}{why}")
        }
        (Some(billed), _) => format!(
            "billed {billed}, says its annotation; asks for {asked}, which would be {}; {}",
            computed.map_or_else(
                || "too much for any size".to_owned(),
                |shape| shape.to_string()
            ),
            if alternative == Some(billed) {
                UNDOCUMENTED
            } else {
                "why it differs is not known"
            }
        ),
        (None, Some(shape)) => match alternative {
            Some(other) => {
                format!("likely {shape}, or {other}: asks for {asked}{why}; {UNDOCUMENTED}")
            }
            None => format!("likely {shape}; asks for {asked}{why}"),
        },
        (None, None) => String::new(),
    }
}

/// The next smaller size and what it would need, where the present one is what the requests come to.
fn smaller(size: &SizeReport) -> Option<String> {
    let computed = size.computed?.shape();
    if size.billed.is_some_and(|billed| billed.shape() != computed) || size.alternative.is_some() {
        return None;
    }
    let all = next_smaller(&size.requested.request(), computed);
    all.into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::size::Amounts;

    type Pair = (u64, u64);

    fn size(
        requested: Pair,
        computed: Option<Pair>,
        alternative: Option<Pair>,
        billed: Option<Pair>,
    ) -> SizeReport {
        let amounts = |(cpu, memory)| Amounts::from(Shape::new(cpu, memory));
        SizeReport {
            requested: amounts(requested),
            overhead_mib: 256,
            computed: computed.map(amounts),
            alternative: alternative.map(amounts),
            billed: billed.map(amounts),
        }
    }

    #[test]
    fn sizes_are_told_as_far_as_they_are_known() {
        let small = Some((500, 1024));
        let rows = [
            (
                size((300, 612), small, None, small),
                "billed 0.5 vCPU 1 GB; asks for 0.3 vCPU and 612 MiB, plus 256 MiB for Kubernetes, rounded up to the next size",
            ),
            (
                size((500, 768), small, None, small),
                "billed 0.5 vCPU 1 GB; asks for 0.5 vCPU and 768 MiB, plus 256 MiB for Kubernetes",
            ),
            (
                size((300, 612), small, None, None),
                "likely 0.5 vCPU 1 GB; asks for 0.3 vCPU and 612 MiB, plus 256 MiB for Kubernetes, rounded up to the next size",
            ),
            (
                size((300, 612), small, Some((250, 1024)), None),
                "likely 0.5 vCPU 1 GB, or 0.25 vCPU 1 GB: asks for 0.3 vCPU and 612 MiB, plus 256 MiB for Kubernetes, rounded up \
                 to the next size; AWS does not document how sidecars and resources of the whole pod count",
            ),
            (
                size((300, 612), small, Some((250, 1024)), Some((250, 1024))),
                "billed 0.25 vCPU 1 GB, says its annotation; asks for 0.3 vCPU and 612 MiB, plus 256 MiB for Kubernetes, which \
                 would be 0.5 vCPU 1 GB; AWS does not document how sidecars and resources of the whole pod count",
            ),
            (
                size((300, 612), small, None, Some((32_000, 244 * 1024))),
                "billed 32 vCPU 244 GB, says its annotation; asks for 0.3 vCPU and 612 MiB, plus 256 MiB for Kubernetes, which \
                 would be 0.5 vCPU 1 GB; why it differs is not known",
            ),
            (
                size((20_000, 612), None, None, Some((32_000, 60 * 1024))),
                "billed 32 vCPU 60 GB, says its annotation; asks for 20 vCPU and 612 MiB, plus 256 MiB for Kubernetes, which \
                 would be too much for any size; why it differs is not known",
            ),
        ];
        for (size, wanted) in rows {
            assert_eq!(in_words(&size), wanted);
        }
    }

    #[test]
    fn the_next_smaller_size_is_told_where_ours_is_the_one_that_counts() {
        let small = Some((500, 1024));
        let told = smaller(&size((300, 612), small, None, small));
        assert_eq!(
            told.as_deref(),
            Some("0.25 vCPU 1 GB with requests of at most 0.25 vCPU")
        );
        let unknown = size((300, 612), small, None, Some((1000, 2048)));
        assert_eq!(smaller(&unknown), None);
        let smallest = size((0, 0), Some((250, 512)), None, Some((250, 512)));
        assert_eq!(smaller(&smallest), None);
    }
}
