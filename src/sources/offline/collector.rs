//! Objects of files, sorted into a snapshot, profiles, and notes on what was wrong.

use std::collections::BTreeSet;
use std::io::Read;

use jiff::Timestamp;
use serde::Deserialize;

use super::coverage::{Seen, kind_of_file};
use super::documents::{Document, Item, Position, Shape, Sink};
use super::guesses::Guesses;
use super::reader::{ReadOutcome, read_documents, read_large};
use crate::decision::facts::{Kind, ObjectRef, SourceNote, SourceStatus};
use crate::sources::profiles::{ProfileCollector, may_hold_profiles};
use crate::sources::reduce::{
    Parsed, SnapshotBuilder, is_config_map_of_ours, newest_time, parse, singular,
};
use crate::sources::wire;

/// More malformed objects of one file than these are only counted.
const MOST_NOTES_OF_A_FILE: usize = 20;

/// Collects the objects of one file after another.
#[derive(Debug)]
pub(super) struct Collector {
    pub(super) builder: SnapshotBuilder,
    pub(super) seen: Seen,
    pub(super) profiles: ProfileCollector,
    pub(super) notes: Vec<SourceNote>,
    /// Kinds of which an object was malformed.
    malformed_kinds: BTreeSet<Kind>,
    /// What came of all files so far: objects of Kubernetes, ours or not, profiles, empty lists.
    good: usize,
    file: FileSeen,
    /// The elements of the present list that are pods if that is a list of pods.
    guesses: Option<Guesses>,
}

/// What is known of the present file.
#[derive(Debug, Default)]
struct FileSeen {
    label: String,
    stem: String,
    folder: Option<String>,
    /// Objects understood, and empty lists: something came of the file.
    good: usize,
    /// Objects of Kubernetes of kinds that no answer needs.
    passed_over: usize,
    /// Documents that are no objects of Kubernetes.
    foreign: usize,
    malformed: usize,
    first_problem: Option<String>,
    is_scalar: bool,
}

/// How one file went.
#[derive(Debug)]
pub(super) struct FileOutcome {
    /// Nothing came of it.
    pub(super) gave_nothing: bool,
    /// What is wrong with it.
    pub(super) problem: Option<String>,
}

impl Collector {
    pub(super) fn new() -> Self {
        Self {
            builder: SnapshotBuilder::new(),
            seen: Seen::default(),
            profiles: ProfileCollector::new(false),
            notes: Vec::new(),
            malformed_kinds: BTreeSet::new(),
            good: 0,
            file: FileSeen::default(),
            guesses: None,
        }
    }

    /// Reads one file; `stem` is its name without the ending, `folder` the name of the folder that it stands in.
    pub(super) fn read(
        &mut self,
        label: &str,
        stem: &str,
        folder: Option<String>,
        bytes: impl Read,
    ) -> FileOutcome {
        self.read_by(label, stem, folder, |collector| {
            read_documents(bytes, collector)
        })
    }

    /// The same of one that may be large.
    pub(super) fn read_large(
        &mut self,
        label: &str,
        stem: &str,
        folder: Option<String>,
        bytes: impl Read + Send + 'static,
    ) -> FileOutcome {
        self.read_by(label, stem, folder, |collector| {
            read_large(bytes, collector)
        })
    }

    fn read_by(
        &mut self,
        label: &str,
        stem: &str,
        folder: Option<String>,
        read: impl FnOnce(&mut Self) -> ReadOutcome,
    ) -> FileOutcome {
        self.file = FileSeen {
            label: label.to_owned(),
            stem: stem.to_owned(),
            folder,
            ..FileSeen::default()
        };
        self.profiles.begin(label);
        let broke = read(self).problems;
        let file = std::mem::take(&mut self.file);
        self.seen.end_file(label);
        for problem in &broke {
            self.notes.push(malformed(label, problem.clone()));
        }
        self.good += file.good + file.passed_over;
        if file.malformed > MOST_NOTES_OF_A_FILE {
            let more = file.malformed - MOST_NOTES_OF_A_FILE;
            self.notes.push(malformed(
                label,
                format!("{more} more objects are malformed"),
            ));
        }
        let own_fault = if file.is_scalar {
            Some("it holds plain text; was it made with -o json or -o yaml?".to_owned())
        } else if file.foreign > 0 && file.passed_over == 0 {
            Some("it holds no object of Kubernetes: nothing in it has a `kind`".to_owned())
        } else {
            None
        };
        FileOutcome {
            gave_nothing: file.good == 0,
            problem: broke
                .into_iter()
                .next()
                .or(file.first_problem)
                .or(own_fault),
        }
    }

    /// One note a kind: how many were read, or that none were given.
    pub(super) fn kind_notes(&self) -> Vec<SourceNote> {
        Kind::ALL
            .into_iter()
            .map(|kind| {
                let count = self.builder.count(kind);
                let (status, detail) = if let Some(why) = self.seen.partial(kind) {
                    (SourceStatus::Partial, Some(why.to_owned()))
                } else if self.seen.is_read(kind) {
                    (SourceStatus::Read, None)
                } else if self.malformed_kinds.contains(&kind) {
                    (SourceStatus::Malformed, None)
                } else {
                    (SourceStatus::NotGiven, None)
                };
                SourceNote {
                    what: kind.plural().to_owned(),
                    namespace: None,
                    status,
                    count: (status != SourceStatus::NotGiven).then_some(count),
                    detail,
                }
            })
            .collect()
    }

    /// A file or folder that could not be opened.
    pub(super) fn note_unreadable(&mut self, label: &str, problem: String) {
        self.notes.push(SourceNote {
            status: SourceStatus::Failed,
            ..malformed(label, problem)
        });
    }

    /// Whether all files together gave nothing: no object of any kind, no profile, no empty list.
    pub(super) fn has_nothing(&self) -> bool {
        self.good == 0
    }

    fn malformed(&mut self, detail: String) {
        self.file.malformed += 1;
        if self.file.malformed <= MOST_NOTES_OF_A_FILE {
            self.notes.push(malformed(&self.file.label, detail.clone()));
        }
        self.file.first_problem.get_or_insert(detail);
    }

    fn put(&mut self, parsed: Parsed) {
        let kind = parsed.kind();
        let added = self.builder.put(parsed);
        self.file.good += 1;
        self.seen.object(kind, &added.namespace, &added.name);
    }

    /// Offers an object to those who know profiles; one that should be a profile and is not gave nothing.
    fn is_profile(&mut self, item: Item<'_>) -> bool {
        if !self.profiles.offer(item) {
            return false;
        }
        match self.profiles.only_problem() {
            None => self.file.good += 1,
            Some(problem) => {
                let problem = problem.to_owned();
                self.file.first_problem.get_or_insert(problem);
            }
        }
        true
    }

    /// An object without a kind: a profile, something that should be an object of Kubernetes, or another tool's.
    fn without_kind(&mut self, item: Item<'_>) {
        if self.is_profile(item) {
            return;
        }
        match serde_json::from_str::<wire::others::AnyObject>(item.json) {
            Ok(object) if !object.metadata.name.is_empty() => {
                let name = object.metadata.name;
                self.malformed(format!("{} ({name}): kind is missing", item.position));
            }
            Err(_) if item.position.item.is_some() => {
                self.malformed(format!("{}: an object is expected", item.position));
            }
            _ => self.file.foreign += 1,
        }
    }
}

/// What is made of an object before its turn.
#[derive(Debug)]
pub(super) enum Ready {
    /// An object of a kind that is used.
    Parsed(Box<Parsed>),
    /// One of another kind: its newest time.
    PassedOver(Option<Timestamp>),
}

impl Ready {
    fn parsed(parsed: Parsed) -> Self {
        Self::Parsed(Box::new(parsed))
    }
}

impl Sink for Collector {
    type Ready = Ready;

    fn ready(item: Item<'_>) -> Option<Ready> {
        if item.kind.is_empty() || refusal(item).is_some() {
            return None;
        }
        match kind_of(item.api_version, item.kind) {
            // Of the others, those that hold profiles have to be looked for.
            Some(Kind::ConfigMap) if !is_config_map_of_ours(item.json) => None,
            Some(kind) => parse(kind, item.json).ok().map(Ready::parsed),
            None if may_hold_profiles(item.api_version, item.kind) => None,
            None => newest_time(item.json).map(Ready::PassedOver),
        }
    }

    fn guess(json: &str) -> Option<Ready> {
        Guesses::of(json).map(Ready::parsed)
    }

    fn take(&mut self, ready: Ready) {
        match ready {
            Ready::Parsed(parsed) => self.put(*parsed),
            Ready::PassedOver(newest) => {
                self.file.passed_over += 1;
                self.builder.note_time(newest);
            }
        }
    }

    fn keep(&mut self, guess: Ready, position: Position) {
        if let Ready::Parsed(pod) = guess {
            self.guesses
                .get_or_insert_with(|| Guesses::beside(&self.builder))
                .keep(*pod, position);
        }
    }

    fn settle(&mut self, kind: &str) {
        let Some(guesses) = self.guesses.take() else {
            return;
        };
        let known = Kind::of(kind);
        if known == Some(Kind::Pod) {
            for (_, namespace, name) in guesses.names() {
                self.file.good += 1;
                self.seen.object(Kind::Pod, namespace, name);
            }
            self.builder.absorb(guesses.into_pods());
            return;
        }
        if known.is_none() && !kind.is_empty() {
            self.file.passed_over += guesses.names().count();
            self.builder.note_time(guesses.into_pods().newest());
            return;
        }
        self.malformed_kinds.extend(known);
        for (position, namespace, name) in guesses.names() {
            self.malformed(match known {
                Some(known) => {
                    let object = ObjectRef::namespaced(singular(known), namespace, name);
                    let problem = format!("it has containers as a pod has, in a {kind}List");
                    format!("{position} ({object}): {problem}")
                }
                None => format!("{position} ({name}): kind is missing"),
            });
        }
    }

    fn item(&mut self, item: Item<'_>) {
        if item.kind.is_empty() {
            self.without_kind(item);
            return;
        }
        if let Some(problem) = refusal(item) {
            self.malformed(problem);
            return;
        }
        let kind = kind_of(item.api_version, item.kind)
            .filter(|kind| *kind != Kind::ConfigMap || is_config_map_of_ours(item.json));
        let Some(kind) = kind else {
            if !self.is_profile(item) {
                self.file.passed_over += 1;
                self.builder.pass_over(item.json);
            }
            return;
        };
        match parse(kind, item.json) {
            Ok(parsed) => self.put(parsed),
            Err(wrong) => {
                self.malformed_kinds.insert(kind);
                let object = match wrong.object {
                    Some(object) => object.to_string(),
                    None => item.kind.to_lowercase(),
                };
                self.malformed(format!("{} ({object}): {}", item.position, wrong.problem));
            }
        }
    }

    fn broken(&mut self, kind: &str) {
        self.guesses = None;
        self.seen.break_document(kind);
    }

    fn end(&mut self, document: Document<'_>) {
        match document.shape {
            Shape::Object => self.seen.end_object(),
            _ => self.seen.end_list(),
        }
        match document.shape {
            Shape::List(kind) if document.items == 0 => {
                self.file.good += 1;
                let kind = Kind::of(kind).or_else(|| kind_of_file(&self.file.stem));
                if let Some(kind) = kind {
                    self.seen.empty_list(kind, self.file.folder.clone());
                }
            }
            Shape::Array if document.items == 0 && self.file.stem.contains("profile") => {
                self.file.good += 1;
                self.profiles.says_none();
            }
            Shape::Scalar => self.file.is_scalar = true,
            _ => {}
        }
    }
}

/// What an object says that stands for others which are not there: a refusal of the API server, or a list too deep within lists.
fn refusal(item: Item<'_>) -> Option<String> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Status {
        #[serde(deserialize_with = "wire::nullable")]
        status: String,
        #[serde(deserialize_with = "wire::nullable")]
        message: String,
        #[serde(deserialize_with = "wire::nullable")]
        reason: String,
    }
    match (item.api_version, item.kind) {
        (_, "List") if item.position.item.is_some() => Some(format!(
            "{}: a list without items that can be read, or in too many lists within lists",
            item.position
        )),
        ("v1" | "", "Status") => {
            let status: Status = serde_json::from_str(item.json).unwrap_or_default();
            let words = [status.message, status.reason]
                .into_iter()
                .find(|words| !words.is_empty())
                .unwrap_or_else(|| "it does not say why".to_owned());
            (status.status == "Failure").then(|| {
                format!(
                    "{} is no object but a refusal of the API server: {words}",
                    item.position
                )
            })
        }
        _ => None,
    }
}

/// The kind of an object, by its group too: a `Job` of another group is another thing.
fn kind_of(api_version: &str, kind: &str) -> Option<Kind> {
    let found = Kind::of(kind)?;
    let group = api_version
        .split_once('/')
        .map_or("", |(group, _version)| group);
    // Items of a typed list say neither.
    let is_ours = api_version.is_empty()
        || match found {
            Kind::Pod
            | Kind::Node
            | Kind::Namespace
            | Kind::PersistentVolumeClaim
            | Kind::PersistentVolume
            | Kind::Service
            | Kind::ServiceAccount
            | Kind::ConfigMap => group.is_empty(),
            Kind::Event => matches!(group, "" | "events.k8s.io"),
            Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet | Kind::DaemonSet => {
                matches!(group, "apps" | "extensions")
            }
            Kind::Job | Kind::CronJob => group == "batch",
            Kind::StorageClass => group == "storage.k8s.io",
            Kind::MutatingWebhookConfiguration => group == "admissionregistration.k8s.io",
            Kind::PodDisruptionBudget => group == "policy",
            Kind::SecurityGroupPolicy => group == "vpcresources.k8s.aws",
            Kind::VerticalPodAutoscaler => {
                matches!(group, "autoscaling.k8s.io" | "poc.autoscaling.k8s.io")
            }
        };
    is_ours.then_some(found)
}

fn malformed(file: &str, detail: String) -> SourceNote {
    SourceNote {
        what: file.to_owned(),
        namespace: None,
        status: SourceStatus::Malformed,
        count: None,
        detail: Some(detail),
    }
}
