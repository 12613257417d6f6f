//! Cluster state from files instead of a cluster: `--from`.

mod bounds;
mod collector;
mod coverage;
pub(in crate::sources) mod documents;
mod encoding;
mod foreign;
mod guesses;
mod json;
mod misfit;
pub(in crate::sources) mod packed;
pub(in crate::sources) mod reader;
mod transcode;
mod yaml;

pub(in crate::sources) use transcode::{Transcoded, UNQUOTED};

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::input::{self, Input, SourceFile, files_of};
use super::profiles::{self, KnownCluster, ProfilesRead};
use super::reduce::note_on_aws_auth;
use super::{Gathered, Question};
use crate::decision::facts::{ClusterIdentity, ClusterSnapshot};
use crate::error::{Error, ErrorKind, Result};
use collector::Collector;

/// What to do about files that cannot be read as objects.
const HOW_TO_MAKE: &str = "make them anew, for example with `kubectl get pods,nodes,events,deployments,replicasets -A -o yaml`";

/// Reads cluster state from files and folders, and profiles from those among them or, where given, from `profiles` alone.
///
/// `at` is the moment to judge from; without it that is the newest time in the input.
///
/// Errors: usage; a file named on the command line that is missing or broken; nothing there at all; something asked for that is not there.
pub fn gather(
    from: &[Input],
    profiles: &[Input],
    at: Option<Timestamp>,
    question: &Question,
    identity: &ClusterIdentity,
) -> Result<Gathered> {
    question.check()?;
    if let Some(fields) = &question.field_selector {
        fields.check_for_files()?;
    }
    if from.contains(&Input::Stdin) && profiles.contains(&Input::Stdin) {
        return Err(Error::new(
            ErrorKind::Usage,
            "standard input cannot be both the cluster and its profiles",
        )
        .next("put one of them into a file"));
    }
    let mut collector = Collector::new();
    read_files(&mut collector, from)?;
    let given = if profiles.is_empty() {
        None
    } else {
        let known = known_cluster(&collector, identity);
        Some(profiles::read_files(profiles, known)?)
    };
    finish(collector, given, at, question, identity)
}

/// Reads a cluster that is held in memory, as that inside the binary: files by name and text.
pub(crate) fn gather_embedded(
    files: &[(&str, impl AsRef<[u8]>)],
    at: Option<Timestamp>,
    question: &Question,
) -> Result<Gathered> {
    question.check()?;
    let mut collector = Collector::new();
    for (name, text) in files {
        let stem = name.split('.').next().unwrap_or_default();
        collector.read(name, stem, None, text.as_ref());
    }
    finish(collector, None, at, question, &ClusterIdentity::default())
}

fn read_files(collector: &mut Collector, from: &[Input]) -> Result<()> {
    let (files, unreadable) = files_of(from, is_wanted)?;
    let mut broken = Vec::new();
    for file in &files {
        let label = file.label();
        let bytes = match file.open() {
            Ok(bytes) => bytes,
            Err(error) if file.is_named => {
                broken.push((label, input::words(&error)));
                continue;
            }
            Err(error) => {
                collector.note_unreadable(&label, input::words(&error));
                continue;
            }
        };
        let folder = file
            .folder()
            .and_then(|folder| folder.canonicalize().ok())
            .and_then(|folder| Some(folder.file_name()?.to_string_lossy().into_owned()));
        let outcome = collector.read_large(&label, &file.stem(), folder, bytes);
        if file.is_named
            && outcome.gave_nothing
            && let Some(problem) = outcome.problem
        {
            broken.push((label, problem));
        }
    }
    for (label, problem) in unreadable {
        collector.note_unreadable(&label, problem);
    }
    if let Some(error) = input::unreadable_error(&broken, Some(HOW_TO_MAKE)) {
        return Err(error);
    }
    if collector.has_nothing() {
        let names: Vec<_> = from.iter().map(ToString::to_string).collect();
        let error = Error::new(
            ErrorKind::Input,
            format!(
                "no objects of Kubernetes were found in {}",
                names.join(", ")
            ),
        );
        let first = collector.notes.first().map(|note| {
            format!(
                "{}: {}",
                note.what,
                note.detail.as_deref().unwrap_or_default()
            )
        });
        let cause = first.unwrap_or_else(|| {
            if files.is_empty() {
                "it holds no files that end in .json, .yaml or .yml".to_owned()
            } else {
                "there is nothing but an empty list or `null`".to_owned()
            }
        });
        return Err(error.cause(cause).next(HOW_TO_MAKE));
    }
    Ok(())
}

/// Which files of a folder are read: those that kubectl would have written.
fn is_wanted(file: &SourceFile) -> bool {
    matches!(file.extension().as_str(), "json" | "yaml" | "yml")
}

fn finish(
    mut collector: Collector,
    given: Option<ProfilesRead>,
    at: Option<Timestamp>,
    question: &Question,
    identity: &ClusterIdentity,
) -> Result<Gathered> {
    collector.seen.settle();
    let known = known_cluster(&collector, identity);
    let kind_notes = collector.kind_notes();
    let Collector {
        builder,
        seen,
        profiles,
        notes,
        ..
    } = collector;
    let read = given.unwrap_or_else(|| profiles.finish(&known));
    let newest = builder.newest().max(read.newest);
    let taken_at = at.or(newest).unwrap_or_else(Timestamp::now);
    let mut snapshot = builder.finish(taken_at);
    snapshot.cluster = ClusterIdentity {
        name: known.name.or(read.cluster.name),
        region: known.region.or(read.cluster.region),
    };
    snapshot.coverage = seen.into_coverage();
    snapshot.sources = kind_notes;
    snapshot.sources.extend(read.notes);
    snapshot.sources.extend(notes);
    snapshot.sources.extend(note_on_aws_auth(&snapshot));
    snapshot.profiles = read.profiles;
    let subjects = question.subjects(&snapshot)?;
    Ok(Gathered {
        snapshot,
        subjects,
        broken: false,
    })
}

/// The cluster in question: as the flags say, else as all node labels agree.
fn known_cluster(collector: &Collector, flags: &ClusterIdentity) -> KnownCluster {
    let of_nodes = cluster_of_nodes(collector.builder.snapshot());
    KnownCluster {
        name: flags.name.clone().or(of_nodes.name),
        region: flags.region.clone().or(of_nodes.region),
        account: None,
        reference: None,
    }
}

/// What the labels of the nodes tell of their cluster; eksctl writes its name, the cloud provider the region.
pub(super) fn cluster_of_nodes(snapshot: &ClusterSnapshot) -> ClusterIdentity {
    let only = |label: &str| {
        let values: BTreeSet<&str> = snapshot
            .nodes
            .values()
            .filter_map(|node| node.labels.get(label))
            .collect();
        match values.len() {
            1 => values.first().map(|value| (*value).to_owned()),
            _ => None,
        }
    };
    ClusterIdentity {
        name: only("alpha.eksctl.io/cluster-name"),
        region: only("topology.kubernetes.io/region"),
    }
}
