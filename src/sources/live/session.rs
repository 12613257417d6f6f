//! A question that is asked again and again: one login, and what is not of pods (profiles, what AWS tells) read anew only when it is
//! old.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use tokio::time::Instant;

use super::{LiveOptions, beside, environment, gather_both, manner};
use crate::decision::facts::{
    AwsFacts, ClusterIdentity, ClusterSnapshot, Kind, Profiles, SourceNote, Subject,
};
use crate::error::{Error, Result};
use crate::sources::aws::EksTarget;
use crate::sources::cluster::watch::{Signals, Stream, follow, streams};
use crate::sources::cluster::{self, ApiServer, Versions};
use crate::sources::kubeconfig::Access;
use crate::sources::{Gathered, Question};

/// One question to one cluster, asked again and again.
pub struct Session<'a> {
    server: ApiServer<'a>,
    access: &'a Access,
    options: &'a LiveOptions,
    target: EksTarget,
    question: RefCell<Question>,
    is_first: Cell<bool>,
    beyond: RefCell<Option<Beyond>>,
}

/// What an answer is made from beside the objects of the cluster, as it was read last.
struct Beyond {
    profiles: Profiles,
    cluster: ClusterIdentity,
    aws: AwsFacts,
    notes: Vec<SourceNote>,
    read_at: Instant,
}

impl Beyond {
    fn of(snapshot: &ClusterSnapshot) -> Self {
        let is_of_objects =
            |note: &SourceNote| Kind::ALL.iter().any(|kind| kind.plural() == note.what);
        let notes = snapshot.sources.iter().filter(|note| !is_of_objects(note));
        Self {
            profiles: snapshot.profiles.clone(),
            cluster: snapshot.cluster.clone(),
            aws: snapshot.aws.clone(),
            notes: notes.cloned().collect(),
            read_at: Instant::now(),
        }
    }

    fn put_into(&self, snapshot: &mut ClusterSnapshot) {
        snapshot.profiles = self.profiles.clone();
        snapshot.cluster = self.cluster.clone();
        snapshot.aws = self.aws.clone();
        snapshot.sources.extend(self.notes.iter().cloned());
    }
}

impl<'a> Session<'a> {
    /// Logs in.
    ///
    /// # Errors
    /// Those of [`ApiServer::connect`].
    pub async fn connect(
        access: &'a Access,
        question: &Question,
        options: &'a LiveOptions,
    ) -> Result<Self> {
        let target =
            EksTarget::resolve(&access.identity, &access.context, &options.eks, environment);
        Ok(Self {
            server: ApiServer::connect(access, manner(options)).await?,
            access,
            options,
            target,
            question: RefCell::new(question.clone()),
            is_first: Cell::new(true),
            beyond: RefCell::default(),
        })
    }

    /// Reads the whole answer. What is not of the cluster's objects is read anew where it is older than this; files are read once.
    /// What was named may be gone by the second time.
    ///
    /// # Errors
    /// Those of [`super::gather`].
    pub async fn read(&self, oldest: Duration) -> Result<(Gathered, Versions)> {
        let question = self.question.borrow().clone();
        let is_old = match &*self.beyond.borrow() {
            None => true,
            Some(beyond) => self.options.profiles.is_empty() && beyond.read_at.elapsed() >= oldest,
        };
        let answer = match is_old {
            true => self.read_all(&question).await?,
            false => self.read_objects(&question).await?,
        };
        self.is_first.set(false);
        self.question.borrow_mut().may_be_absent = true;
        Ok(answer)
    }

    async fn read_all(&self, question: &Question) -> Result<(Gathered, Versions)> {
        let versions = RefCell::new(Versions::new());
        let beside = beside(&self.target, self.options);
        let objects = async {
            let mut read = match self.is_first.get() {
                true => cluster::read_first(&self.server, question, beside).await?,
                false => cluster::read_again(&self.server, question, beside).await?,
            };
            versions.replace(std::mem::take(&mut read.versions));
            Ok(read)
        };
        let (target, flags) = (self.target.clone(), &self.access.kubectl_flags);
        let gathered = gather_both(target, objects, flags, question, self.options).await?;
        let beyond = Beyond::of(&gathered.snapshot);
        self.beyond.replace(Some(beyond));
        Ok((gathered, versions.take()))
    }

    async fn read_objects(&self, question: &Question) -> Result<(Gathered, Versions)> {
        let read = cluster::read_again(&self.server, question, cluster::Beside::default()).await?;
        let mut snapshot = read.snapshot;
        self.complete(&mut snapshot);
        let subjects = question.subjects(&snapshot)?;
        let gathered = Gathered {
            snapshot,
            subjects,
            broken: read.broken,
        };
        Ok((gathered, read.versions))
    }

    /// Reads these pods and what they point to; those among them that are asked about are the subjects.
    pub async fn read_pods(&self, pods: &[(String, String)]) -> Gathered {
        let read = cluster::read_pods(&self.server, pods).await;
        let mut snapshot = read.snapshot;
        self.complete(&mut snapshot);
        let question = self.question.borrow();
        let pods = snapshot.pods.iter().enumerate();
        let meant = pods.filter(|(_, pod)| question.concerns(&snapshot, pod));
        let subjects = meant.map(|(index, _)| Subject::Pod(index)).collect();
        Gathered {
            snapshot,
            subjects,
            broken: read.broken,
        }
    }

    fn complete(&self, snapshot: &mut ClusterSnapshot) {
        self.access
            .kubectl_flags
            .clone_into(&mut snapshot.kubectl_flags);
        if let Some(beyond) = &*self.beyond.borrow() {
            beyond.put_into(snapshot);
        }
    }

    /// What is to be watched for the question.
    pub fn streams(&self, snapshot: &ClusterSnapshot, versions: &Versions) -> Vec<Stream> {
        streams(&self.question.borrow(), snapshot, versions)
    }

    /// Watches for as long as it is polled.
    pub async fn watch(&self, streams: &[Stream], signals: &Signals) {
        follow(&self.server, streams, signals).await;
    }

    /// Why logging in anew failed, where it did: nothing can be read from then on.
    pub async fn lost_login(&self) -> Option<Error> {
        self.server.lost_login().await
    }
}
