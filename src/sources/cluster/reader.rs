//! Reads objects and lists into a snapshot, and keeps account of what was read and what was not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};

use futures::StreamExt as _;
use jiff::Timestamp;

use super::failure::{Failure, FailureKind};
use super::needs::{self, Need};
use super::notes::{Notes, holds_for_all};
use super::pages::{self, Taker as _, Wanted};
use super::paths::{group, path};
use super::progress::Progress;
use super::run::Run;
use super::server::ApiServer;
use crate::decision::facts::{ClusterSnapshot, Kind, Scope};
use crate::sources::reduce::{SnapshotBuilder, parse};

/// Up to this many objects of a kind are asked for one by one; more of them are listed.
const MOST_SINGLE: usize = 10;
/// The same of kinds whose lists may be far longer than what is needed of them: the nodes of a cluster, the events of a namespace.
const MOST_SINGLE_OF_MANY: usize = 32;
/// How many requests for single objects of a kind are under way at once.
const AT_ONCE: usize = 8;
/// Longer chains of needs (pod, owner, its owner, the claims of its template, …) do not exist.
const LONGEST_CHAIN: usize = 8;

/// A list to read.
#[derive(Debug, Clone, Default)]
pub struct List {
    /// Of which namespace; `None`: of the whole cluster.
    pub namespace: Option<String>,
    /// `labelSelector`, empty for none.
    pub labels: String,
    /// `fieldSelector`, empty for none.
    pub fields: String,
}

impl List {
    /// Every object of the namespace, or of the whole cluster.
    pub fn all(namespace: Option<&str>) -> Self {
        Self {
            namespace: namespace.map(str::to_owned),
            ..Self::default()
        }
    }
}

/// The `resourceVersion` of the first list of a kind, by the namespace that was asked for.
pub type Versions = BTreeMap<(Kind, Option<String>), String>;

/// Reads into one snapshot. Many reads may be under way at once.
pub struct Reader<'a> {
    server: &'a ApiServer<'a>,
    state: Mutex<State>,
    progress: Progress,
}

#[derive(Default)]
struct State {
    builder: SnapshotBuilder,
    notes: Notes,
    tried: BTreeSet<Need>,
    /// Kinds whose list was refused, with the namespace that was asked for.
    unlisted: BTreeSet<(Kind, Option<String>)>,
    versions: Versions,
    broken: bool,
}

impl State {
    /// Whether a list of this kind was refused or broke off.
    fn is_unlisted(&self, kind: Kind, namespace: Option<&str>) -> bool {
        let of_namespace = (kind, namespace.map(str::to_owned));
        self.unlisted.contains(&of_namespace) || self.unlisted.contains(&(kind, None))
    }
}

impl<'a> Reader<'a> {
    /// Nothing read yet.
    pub fn new(server: &'a ApiServer<'a>) -> Self {
        Self {
            server,
            state: Mutex::default(),
            progress: Progress::on_terminal(),
        }
    }

    /// The same, without a line that tells how far it is: for reads that nobody waits for.
    pub fn silent(server: &'a ApiServer<'a>) -> Self {
        Self {
            progress: Progress::none(),
            ..Self::new(server)
        }
    }

    /// The server that is read.
    pub fn server(&self) -> &'a ApiServer<'a> {
        self.server
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no thread panics while it holds the lock")
    }

    /// Looks at what was read so far.
    pub fn look<T>(&self, at: impl FnOnce(&ClusterSnapshot) -> T) -> T {
        at(self.state().builder.snapshot())
    }

    /// The state of the cluster from which the first list of a kind was read.
    pub fn versions(&self) -> Versions {
        self.state().versions.clone()
    }

    /// Ends reading. The second value tells whether a list broke off for good.
    pub fn finish(self, taken_at: Timestamp) -> (ClusterSnapshot, bool) {
        let state = self
            .state
            .into_inner()
            .expect("no thread panics while it holds the lock");
        let mut snapshot = state.builder.finish(taken_at);
        snapshot.sources = state.notes.finish();
        (snapshot, state.broken)
    }

    /// Reads a list, page by page, and notes how it went. Returns how many objects came.
    ///
    /// # Errors
    /// Only where nothing came at all; a list that breaks off is noted and gives what came.
    pub async fn list(&self, kind: Kind, list: &List) -> Result<u64, Failure> {
        let namespace = list.namespace.as_deref();
        let mut run = self.run(kind);
        let end = self.pages(list, None, &mut run).await;
        let came = run.taken() > 0;
        let version = run.version().to_owned();
        let run = run.finish();
        let count = run.builder.count(kind);
        let mut state = self.state();
        if end.is_ok() && !version.is_empty() {
            let place = (kind, list.namespace.clone());
            state.versions.entry(place).or_insert(version);
        }
        state.builder.absorb(run.builder);
        for malformed in run.malformed {
            state.notes.malformed(kind, namespace, malformed);
        }
        match end {
            Ok(()) => {
                state.notes.listed(kind, namespace, count);
                if list.labels.is_empty() && list.fields.is_empty() {
                    let scope = match namespace {
                        Some(namespace) => Scope::Namespace(namespace.to_owned()),
                        None => Scope::Cluster,
                    };
                    state.builder.snapshot_mut().coverage.mark_read(kind, scope);
                }
                Ok(count)
            }
            Err(failure) => {
                state
                    .notes
                    .list_failed(kind, namespace, count, came, &failure);
                state.unlisted.insert((kind, namespace.map(str::to_owned)));
                state.broken |= came;
                if came { Ok(count) } else { Err(failure) }
            }
        }
    }

    fn run(&self, kind: Kind) -> Run<'_> {
        Run::new(kind, &self.progress, self.state().builder.beside())
    }

    async fn pages(
        &self,
        list: &List,
        most: Option<u64>,
        run: &mut Run<'_>,
    ) -> Result<(), Failure> {
        let wanted = Wanted {
            path: &path(run.kind(), list.namespace.as_deref(), None),
            labels: &list.labels,
            fields: &list.fields,
            most,
        };
        pages::read(self.server, wanted, run).await
    }

    /// Reads one object and notes how it went; `Ok(false)` means that it does not exist.
    pub async fn get(
        &self,
        kind: Kind,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<bool, Failure> {
        let answer = self.server.get(&path(kind, namespace, Some(name))).await;
        let mut state = self.state();
        let found = match answer {
            Ok(body) => {
                let text = std::str::from_utf8(&body)
                    .map_err(|_| Failure::new(FailureKind::Malformed, "the answer is no text"))?;
                match parse(kind, text) {
                    Ok(parsed) if parsed.name == name => {
                        state.builder.put(parsed);
                        true
                    }
                    // Something stands in the way that answers whatever it likes.
                    Ok(parsed) => {
                        let words = format!(
                            "the answer about {} {name} is about {}",
                            kind.plural(),
                            parsed.name
                        );
                        let failure = Failure::new(FailureKind::Malformed, words);
                        state.notes.get_failed(kind, namespace, &failure);
                        return Err(failure);
                    }
                    Err(malformed) => {
                        let failure =
                            Failure::new(FailureKind::Malformed, malformed.problem.clone());
                        state.notes.malformed(kind, namespace, malformed);
                        return Err(failure);
                    }
                }
            }
            Err(failure) if failure.kind == FailureKind::Absent => false,
            Err(failure) => {
                state.notes.get_failed(kind, namespace, &failure);
                return Err(failure);
            }
        };
        state.notes.got(kind, namespace, found);
        state.builder.snapshot_mut().coverage.mark_read(
            kind,
            Scope::Object {
                namespace: namespace.unwrap_or_default().to_owned(),
                name: name.to_owned(),
            },
        );
        Ok(found)
    }

    /// Reads the first objects of a list, to know whether there are any. Nothing is noted: it is no whole list.
    ///
    /// # Errors
    /// Why there was no answer.
    pub async fn sample(&self, kind: Kind, list: &List, most: u64) -> Result<(), Failure> {
        let mut run = self.run(kind);
        let end = self.pages(list, Some(most), &mut run).await;
        // What cannot be read here is not missed.
        self.state().builder.absorb(run.finish().builder);
        end
    }

    /// Notes that objects of a kind could not be looked for.
    pub fn missed(&self, kind: Kind, namespace: &str, failure: &Failure) {
        let notes = &mut self.state().notes;
        notes.list_failed(kind, Some(namespace), 0, false, failure);
    }

    /// Reads the events about pods, of a namespace or of the whole cluster.
    pub async fn events_of_pods(&self, namespace: Option<&str>) -> Result<(), Failure> {
        let list = List {
            fields: "involvedObject.kind=Pod".to_owned(),
            ..List::all(namespace)
        };
        self.list(Kind::Event, &list).await?;
        let mut state = self.state();
        if !state.is_unlisted(Kind::Event, namespace) {
            // No answer asks for events about anything else but by name.
            let scope = match namespace {
                Some(namespace) => Scope::Namespace(namespace.to_owned()),
                None => Scope::Cluster,
            };
            let coverage = &mut state.builder.snapshot_mut().coverage;
            coverage.mark_read(Kind::Event, scope);
        }
        Ok(())
    }

    /// Reads the events about the object of this name.
    pub async fn events_about(&self, namespace: &str, name: &str) -> Result<(), Failure> {
        let list = List {
            namespace: Some(namespace.to_owned()),
            fields: format!("involvedObject.name={name}"),
            ..List::default()
        };
        self.list(Kind::Event, &list).await?;
        let mut state = self.state();
        // A list that broke off is no knowledge about all of them.
        if !state.is_unlisted(Kind::Event, Some(namespace)) {
            state.builder.snapshot_mut().coverage.mark_read(
                Kind::Event,
                Scope::Object {
                    namespace: namespace.to_owned(),
                    name: name.to_owned(),
                },
            );
        }
        Ok(())
    }

    /// Reads what the objects read so far point to, until nothing more is needed. What cannot be read is noted.
    pub async fn complete(&self, events_of_pods: bool) {
        for _ in 0..LONGEST_CHAIN {
            let wanted = {
                let mut state = self.state();
                let State { builder, tried, .. } = &mut *state;
                let wanted = needs::of(builder.snapshot(), tried, events_of_pods);
                tried.extend(wanted.iter().cloned());
                wanted
            };
            if wanted.is_empty() {
                return;
            }
            self.read_needs(wanted).await;
        }
    }

    /// Those of the objects that were not asked for yet; from now on they count as asked for.
    pub fn untried(&self, mut wanted: BTreeSet<Need>) -> BTreeSet<Need> {
        let tried = &mut self.state().tried;
        wanted.retain(|need| tried.insert(need.clone()));
        wanted
    }

    /// Reads these objects, all at once. What cannot be read is noted.
    pub async fn read_needs(&self, wanted: BTreeSet<Need>) {
        let mut groups = needs::grouped(wanted);
        // Where many namespaces need something, one list of the cluster has it all.
        for kind in needs::crowded(&groups, most_single) {
            if !self.state().is_unlisted(kind, None) && self.list_needed(kind, None).await.is_ok() {
                groups.retain(|group| group.kind != kind);
            }
        }
        futures::future::join_all(groups.into_iter().map(|group| self.read_group(group))).await;
    }

    /// Reads the list of a kind that not every cluster has. A refusal comes before the server looks whether there is such a kind,
    /// so after one the group is asked for, which everybody may by default.
    pub async fn list_if_served(&self, kind: Kind, list: &List) {
        match self.list(kind, list).await {
            Err(failure) if failure.kind == FailureKind::Forbidden => {}
            _ => return,
        }
        if let Err(failure) = self.server.get(group(kind)).await
            && matches!(failure.kind, FailureKind::NotServed | FailureKind::Absent)
        {
            let failure = Failure::new(FailureKind::NotServed, failure.message);
            let namespace = list.namespace.as_deref();
            let notes = &mut self.state().notes;
            notes.list_failed(kind, namespace, 0, false, &failure);
        }
    }

    /// Asks the server for its own version. Everybody may by default; where not, nodes tell the least that it can be.
    pub async fn version(&self) {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Version {
            git_version: String,
        }
        let answer = self.server.get("/version").await;
        let version = answer
            .ok()
            .and_then(|body| serde_json::from_slice::<Version>(&body).ok());
        self.state().builder.snapshot_mut().server_version =
            version.map(|version| version.git_version);
    }

    /// The list of a kind of which more is needed than is asked for one by one.
    async fn list_needed(&self, kind: Kind, namespace: Option<&str>) -> Result<(), Failure> {
        match kind {
            Kind::Event => self.events_of_pods(namespace).await,
            _ => self.list(kind, &List::all(namespace)).await.map(|_| ()),
        }
    }

    async fn read_group(&self, group: needs::Group) {
        let needs::Group {
            kind,
            namespace,
            names,
        } = group;
        let namespace = namespace.as_deref();
        let is_unlisted = || self.state().is_unlisted(kind, namespace);
        if names.len() > most_single(kind)
            && !is_unlisted()
            && self.list_needed(kind, namespace).await.is_ok()
        {
            return;
        }
        let read_one = async |name: &str| match (kind, namespace) {
            (Kind::Event, Some(namespace)) => self.events_about(namespace, name).await,
            _ => self.get(kind, namespace, name).await.map(|_| ()),
        };
        let mut names = names.iter();
        // Where the list was refused, the first one tells whether asking for the others has any use.
        if is_unlisted()
            && let Some(first) = names.next()
            && read_one(first)
                .await
                .is_err_and(|failure| holds_for_all(failure.kind))
        {
            return;
        }
        futures::stream::iter(names.map(|name| read_one(name)))
            .buffer_unordered(AT_ONCE)
            .take_while(|result| {
                let go_on = !result
                    .as_ref()
                    .is_err_and(|failure| holds_for_all(failure.kind));
                std::future::ready(go_on)
            })
            .for_each(|_| std::future::ready(()))
            .await;
    }
}

/// Up to how many objects of a kind are asked for one by one.
fn most_single(kind: Kind) -> usize {
    match kind {
        Kind::Node | Kind::Event | Kind::PersistentVolume => MOST_SINGLE_OF_MANY,
        _ => MOST_SINGLE,
    }
}
