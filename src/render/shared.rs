//! What is told of pods that share a story: the findings of all of them, each once, with the pods that have it.

use crate::decision::finding::Finding;
use crate::decision::reason::Reason;
use crate::report::PodReport;

/// Pods that have a finding which others in their group lack, and are named.
const HOLDERS_NAMED: usize = 2;

/// A finding of some pods of a group, in the words of the first that has it.
pub(super) struct Shared<'a> {
    /// The finding of the first.
    pub(super) finding: &'a Finding,
    /// Whose it is, where that is not simply all of them: `on 1 of 3: web-abc`.
    pub(super) whose: Option<String>,
}

impl Shared<'_> {
    /// The message, and before it whose it is.
    pub(super) fn message(&self) -> String {
        match &self.whose {
            Some(whose) => format!("({whose}) {}", self.finding.message),
            None => self.finding.message.clone(),
        }
    }
}

/// The findings of all pods of a group, each reason once; those of the first pod first, then by severity.
pub(super) fn findings<'a>(group: &[&'a PodReport]) -> Vec<Shared<'a>> {
    // One pod may have a reason twice: about two profiles, say.
    let mut keys: Vec<(Reason, usize)> = Vec::new();
    for pod in group {
        for (index, finding) in pod.findings.iter().enumerate() {
            let before = pod.findings[..index].iter();
            let nth = before.filter(|other| other.reason == finding.reason);
            let key = (finding.reason, nth.count());
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    let mut shared: Vec<Shared<'a>> = keys
        .into_iter()
        .filter_map(|(reason, nth)| {
            let holders = holders(group, reason, nth);
            let (_, finding) = *holders.first()?;
            let whose = whose(group, &holders);
            Some(Shared { finding, whose })
        })
        .collect();
    shared.sort_by_key(|shared| shared.finding.severity);
    shared
}

/// Whose a reason is, where not simply all pods of a group have it.
pub(super) fn whose_reason(group: &[&PodReport], reason: Reason) -> Option<String> {
    whose(group, &holders(group, reason, 0))
}

type Holder<'a> = (&'a PodReport, &'a Finding);

fn holders<'a>(group: &[&'a PodReport], reason: Reason, nth: usize) -> Vec<Holder<'a>> {
    let of = |pod: &&'a PodReport| {
        let mut found = pod.findings.iter().filter(|found| found.reason == reason);
        Some((*pod, found.nth(nth)?))
    };
    group.iter().filter_map(of).collect()
}

fn whose(group: &[&PodReport], holders: &[Holder<'_>]) -> Option<String> {
    let (first, others) = holders.split_first()?;
    let is_alike = others
        .iter()
        .all(|other| own_words(other) == own_words(first));
    let all = group.len();
    let count = holders.len();
    match (count == all, is_alike) {
        (true, true) => None,
        (true, false) => Some(format!("on all {all}, here of {}", first.0.name)),
        (false, true) => {
            let mut names: Vec<&str> = holders
                .iter()
                .take(HOLDERS_NAMED)
                .map(|(pod, _)| pod.name.as_str())
                .collect();
            let more = (count > HOLDERS_NAMED).then(|| format!("{} more", count - HOLDERS_NAMED));
            names.extend(more.as_deref());
            Some(format!("on {count} of {all}: {}", names.join(", ")))
        }
        (false, false) => Some(format!("on {count} of {all}, here of {}", first.0.name)),
    }
}

/// A message without the names that differ from pod to pod in any case.
fn own_words((pod, finding): &Holder<'_>) -> String {
    let message = finding.message.replace(&pod.name, "");
    let node = pod.placement.as_ref().and_then(|place| place.node.as_ref());
    match node {
        Some(node) if !node.is_empty() => message.replace(node.as_str(), ""),
        _ => message,
    }
}

/// Whether a note belongs to a container that is down, and is told with it.
pub(super) fn is_beside_startup_failure(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::NoInstanceMetadata | Reason::PodIdentityUnsupported | Reason::UlimitReached
    )
}
