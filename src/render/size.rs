//! The size of a pod on Fargate, or of one that waits for it: what is billed, what it asks for, why the two differ.

use std::io;

use super::alike::Alike;
use super::page::Page;
use super::words::is_finished;
use crate::decision::placement::{ExpectedKind, PlacementKind};
use crate::decision::reason::Reason;
use crate::decision::sizing::{
    CAPACITY_ANNOTATION, DEFAULT_EPHEMERAL_STORAGE_GIB, PodRequest, Shape, UNDOCUMENTED, cause,
    next_smaller, request_in_words,
};
use crate::report::PodReport;
use crate::report::size::SizeReport;

/// Whether a pod's story has a section about its size; `RoundedUp` is then told there and nowhere else.
pub(super) fn is_told(pod: &PodReport) -> bool {
    told_size(pod).is_some()
}

/// The size that a story tells: of a pod on Fargate, or claimed and waiting, where there is a size to tell.
pub(super) fn told_size(pod: &PodReport) -> Option<&SizeReport> {
    let placement = pod.placement.as_ref()?;
    let is_fargates = match placement.kind {
        PlacementKind::Fargate => true,
        PlacementKind::FargatePending => placement.profile.is_some(),
        _ => false,
    };
    let size = pod.size.as_ref().filter(|_| is_fargates)?;
    let is_any = size.billed.or(size.computed).or(size.alternative).is_some();
    (is_any || size.not_understood.is_some()).then_some(size)
}

/// Writes the section, one to three lines; nothing for a pod that has none. The pods of a group share a story.
pub(super) fn section(group: &Alike, page: &mut Page<'_>) -> io::Result<()> {
    let pod = &group.first;
    let Some(size) = told_size(pod) else {
        return Ok(());
    };
    let mut text = in_words(size);
    if group.has(Reason::RoundedUp) {
        let whose = match group.whose(Reason::RoundedUp) {
            Some(whose) => format!(", {whose}"),
            None => String::new(),
        };
        text.push_str(&format!(" ({}{whose})", Reason::RoundedUp));
    }
    page.section("Size", &text)?;
    let others = group.other_sizes.iter();
    let others: Vec<String> = others
        .filter(|shape| Some(**shape) != given(size))
        .map(Shape::to_string)
        .collect();
    if !others.is_empty() {
        page.more_in_section(&format!("others like it have {}", others.join(", ")))?;
    }
    // A pod that waits has other cares.
    match smaller(size) {
        Some(smaller) if size.billed.is_some() && is_made_again(pod) => {
            page.more_in_section(&format!("next smaller: {smaller}"))
        }
        _ => Ok(()),
    }
}

/// Whether there will be another of it on Fargate, which may ask for less.
fn is_made_again(pod: &PodReport) -> bool {
    !is_finished(pod) && pod.expected.kind == ExpectedKind::Fargate
}

/// What is billed, or else what the requests come to.
pub(super) fn given(size: &SizeReport) -> Option<Shape> {
    Some(size.billed.or(size.computed)?.shape())
}

/// How much of an annotation that is not understood is shown, in characters.
const VERBATIM: usize = 60;
/// What no size holds.
const TOO_MUCH: &str = "too much for any size";

fn in_words(size: &SizeReport) -> String {
    let request = size.request();
    let computed = size.computed.map(|computed| computed.shape());
    let other = size.alternative.map(|other| other.shape());
    let other_in_words = match other {
        Some(other) => Some(other.to_string()),
        None => size.alternative_too_big.then(|| TOO_MUCH.to_owned()),
    };
    let or_other = match &other_in_words {
        Some(other) => format!(", or {other}"),
        None => String::new(),
    };
    let asked = format!(
        "asks for {}{}, plus {} MiB for Kubernetes",
        request_in_words(&request),
        storage_in_words(&request),
        size.overhead_mib
    );
    let why = match computed.map(|shape| cause(&request, shape)) {
        Some(cause) if !cause.is_empty() => format!(", {cause}"),
        _ => String::new(),
    };
    let first = computed.map_or_else(|| TOO_MUCH.to_owned(), |shape| shape.to_string());
    let text = match (size.billed.map(|billed| billed.shape()), computed) {
        (Some(billed), Some(shape)) if billed == shape => format!("billed {billed}; {asked}{why}"),
        (Some(billed), _) if other == Some(billed) => format!(
            "billed {billed}, says its annotation; {asked}, which would be {first}, or, counted the other way, what is billed; \
             {UNDOCUMENTED}"
        ),
        (Some(billed), _) => format!(
            "billed {billed}, says its annotation; {asked}, which would be {first}{or_other}; why it differs is not known"
        ),
        (None, _) if other_in_words.is_some() => {
            let likely = if computed.is_some() { "likely " } else { "" };
            format!("{likely}{first}{or_other}: {asked}{why}; {UNDOCUMENTED}")
        }
        (None, Some(shape)) => format!("likely {shape}; {asked}{why}"),
        (None, None) => format!("{first}; {asked}"),
    };
    match &size.not_understood {
        Some(written) => {
            let shown: String = written.chars().take(VERBATIM).collect();
            format!("{text}; its annotation {CAPACITY_ANNOTATION} is not understood: \"{shown}\"")
        }
        None => text,
    }
}

/// The ephemeral storage, where more is asked for than every pod has.
fn storage_in_words(request: &PodRequest) -> String {
    const GIB: u64 = 1024;
    let asked = request.ephemeral_storage_mib();
    if asked <= DEFAULT_EPHEMERAL_STORAGE_GIB * GIB {
        String::new()
    } else if asked.is_multiple_of(GIB) {
        format!(", {} GiB of ephemeral storage", asked / GIB)
    } else {
        format!(", {asked} MiB of ephemeral storage")
    }
}

/// The next smaller size and what it would need, where the present one is what the requests come to.
fn smaller(size: &SizeReport) -> Option<String> {
    let computed = size.computed?.shape();
    if size.billed.is_some_and(|billed| billed.shape() != computed)
        || size.alternative.is_some()
        || size.alternative_too_big
    {
        return None;
    }
    let all = next_smaller(&size.request(), computed);
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
            alternative_too_big: false,
            pod_overhead: None,
            not_understood: None,
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
                 would be 0.5 vCPU 1 GB, or, counted the other way, what is billed; AWS does not document how sidecars and resources of the whole pod count",
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
    fn both_readings_are_told_where_they_differ_and_the_annotation_does_not_settle_it() {
        let small = Some((500, 1024));
        let too_big = |computed, billed| SizeReport {
            alternative_too_big: true,
            ..size((300, 612), computed, None, billed)
        };
        let rows = [
            (
                size((300, 612), small, Some((250, 1024)), Some((1000, 2048))),
                "which would be 0.5 vCPU 1 GB, or 0.25 vCPU 1 GB; why it differs is not known",
            ),
            (
                too_big(small, None),
                "likely 0.5 vCPU 1 GB, or too much for any size: asks for",
            ),
            (
                too_big(small, Some((1000, 2048))),
                "which would be 0.5 vCPU 1 GB, or too much for any size; why",
            ),
            (
                size((17_000, 612), None, Some((250, 1024)), None),
                "too much for any size, or 0.25 vCPU 1 GB: asks for 17 vCPU",
            ),
        ];
        for (size, part) in rows {
            let told = in_words(&size);
            assert!(told.contains(part), "{told}");
        }
        assert_eq!(smaller(&too_big(small, small)), None);
    }

    #[test]
    fn what_is_not_understood_is_shown_and_storage_is_named_where_it_is_asked_for() {
        let mut pod = size((300, 612), Some((500, 1024)), None, None);
        pod.not_understood = Some("half a vCPU".to_owned());
        let told = in_words(&pod);
        assert!(
            told.ends_with(
                "; its annotation CapacityProvisioned is not understood: \"half a vCPU\""
            ),
            "{told}"
        );
        for (mib, part) in [
            (20 * 1024, "612 MiB, plus 256"),
            (
                20 * 1024 + 1,
                "612 MiB, 20481 MiB of ephemeral storage, plus 256",
            ),
            (
                100 * 1024,
                "612 MiB, 100 GiB of ephemeral storage, plus 256",
            ),
        ] {
            pod.requested.ephemeral_storage_mib = Some(mib);
            let told = in_words(&pod);
            assert!(told.contains(part), "{told}");
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
