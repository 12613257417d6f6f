//! Watches over the pods of a workload until those that a fix had made have landed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::time::Duration;

use crate::decision::facts::ClusterSnapshot;
use crate::decision::finding::Severity;
use crate::decision::placement::PlacementKind;
use crate::error::Result;
use crate::render::{Style, moment, place_in_short};
use crate::report::{self, Entries as _, PodReport};
use crate::sources::question::Question;
use crate::sources::{kubeconfig::Access, live, live::LiveOptions};

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(2);
/// So many looks without any news are enough: ten minutes.
const MOST_LOOKS: u32 = 300;

/// What is watched.
pub struct Followed<'a> {
    /// How the cluster is reached.
    pub access: &'a Access,
    /// With which patience.
    pub options: &'a LiveOptions,
    /// The pods: those of a workload.
    pub question: &'a Question,
    /// What was read when the pod was judged.
    pub judged: &'a ClusterSnapshot,
    /// The uids of the pods that were there before the fix.
    pub old: &'a BTreeSet<String>,
    /// Whether all of them are made again, or one.
    pub all: bool,
}

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Landing {
    /// The new pods are on nodes.
    Landed,
    /// A Fargate node's kubelet refused one of them.
    Refused,
    /// Nothing new was seen for long.
    Silent,
}

/// The uids of the pods that a question is about.
///
/// # Errors
/// Those of [`live::look_again`].
pub async fn pods_of(followed: &Followed<'_>) -> Result<BTreeSet<String>> {
    let Followed {
        access,
        options,
        question,
        judged,
        ..
    } = followed;
    let gathered = live::look_again(access, question, options, judged).await?;
    let uids = gathered.snapshot.pods.iter().map(|pod| pod.uid.clone());
    Ok(uids.collect())
}

/// Writes a line whenever the place or the reason of a new pod changes, until all that are awaited have landed.
///
/// # Errors
/// Those of [`live::look_again`]. An output that is closed is none: the cluster has been changed whoever listens.
pub async fn until_landed(
    followed: &Followed<'_>,
    style: &Style,
    out: &mut dyn Write,
) -> Result<Landing> {
    let mut told: BTreeMap<String, String> = BTreeMap::new();
    let mut looks_without_news = 0;
    loop {
        let Followed {
            access,
            options,
            question,
            judged,
            ..
        } = followed;
        let gathered = live::look_again(access, question, options, judged).await?;
        let seen = Seen::of(&gathered.snapshot, followed.old);
        let report = report::assemble(&gathered.snapshot, &gathered.subjects);
        for at in 0..report.pods.len() {
            let entry = report.pods.entry(at);
            if !seen.new.contains(&entry.name) {
                continue;
            }
            let words = words(&entry);
            if told.insert(entry.name.clone(), words.clone()).as_ref() != Some(&words) {
                looks_without_news = 0;
                let line = moment(style, report.taken_at, &entry.name, &words);
                let _ = writeln!(out, "{line}").and_then(|()| out.flush());
            }
        }
        let is_refused = |at: usize| {
            let entry = report.pods.entry(at);
            let kind = entry.placement.as_ref().map(|placement| placement.kind);
            kind == Some(PlacementKind::Rejected) && seen.new.contains(&entry.name)
        };
        if (0..report.pods.len()).any(is_refused) {
            return Ok(Landing::Refused);
        }
        if seen.are_new_on_nodes && (!followed.all || !seen.are_old_left) {
            return Ok(Landing::Landed);
        }
        looks_without_news += 1;
        if looks_without_news > MOST_LOOKS {
            return Ok(Landing::Silent);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Where a pod is and why, in a few words.
fn words(entry: &PodReport) -> String {
    let place = entry
        .placement
        .as_ref()
        .map_or("", |placement| place_in_short(placement.kind));
    let trouble = entry
        .findings
        .iter()
        .find(|finding| finding.severity == Severity::Error && finding.reason != entry.reason);
    match trouble {
        Some(trouble) => format!("{place}  {}, {}", entry.reason, trouble.reason),
        None => format!("{place}  {}", entry.reason),
    }
}

/// What a look shows.
struct Seen {
    /// The names of the pods that were not there before, less those that end again.
    new: BTreeSet<String>,
    are_new_on_nodes: bool,
    are_old_left: bool,
}

impl Seen {
    fn of(snapshot: &ClusterSnapshot, old: &BTreeSet<String>) -> Self {
        let living = || snapshot.pods.iter().filter(|pod| !pod.is_terminating());
        let new = || living().filter(|pod| !old.contains(&pod.uid));
        Self {
            new: new().map(|pod| pod.name.clone()).collect(),
            are_new_on_nodes: new().next().is_some() && new().all(|pod| pod.node_name.is_some()),
            are_old_left: living().any(|pod| old.contains(&pod.uid) && !pod.is_finished()),
        }
    }
}
