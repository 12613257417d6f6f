//! Following decisions: what `explain` would answer now, told whenever it is another answer than before.
//!
//! Watches of the API server say when to look again; the answer itself is always read and judged as `explain` does, for the pods
//! that something happened to. Now and then everything is read anew, since not all that an answer hangs on is watched.

mod closed;
mod ledger;
mod notes;
mod pace;

use std::cell::RefCell;
use std::io::{self, Write as _};
use std::time::Duration;

use futures::future::{Either, select};
use jiff::Timestamp;
use tokio::time::Instant;

use super::{gathering, output};
use crate::cli::{Color, SourceArguments};
use crate::decision::facts::shell::operand;
use crate::error::{Error, ErrorKind, Result};
use crate::exit;
use crate::render::Style;
use crate::render::watch::{ChangeView, Changes};
use crate::report::change::{PlacementChange, Standing};
use crate::report::until::Until;
use crate::sources::Gathered;
use crate::sources::cluster::is_refusal;
use crate::sources::cluster::watch::{Batch, Sighting, Signals};
use crate::sources::live::Session;
use crate::sources::question::{NamespaceScope, Question};
pub use ledger::Replaced;
use ledger::{Extent, Key, Ledger};
use notes::Notes;
use pace::{Pace, WHILE_QUIET, WHILE_WAITING};

/// How long a burst is let go on before it is looked at.
const SETTLE: Duration = Duration::from_millis(300);
/// Of more pods at once everything is read.
const MOST_AT_ONCE: usize = 48;
/// So often in a row a server may refuse what it gave before.
const MOST_REFUSALS: u32 = 3;
/// So many pods are told that keep something from being so.
const MOST_TOLD: usize = 5;

/// What is to be followed, until when, and how it is told.
pub struct Following<'a> {
    /// Which cluster.
    pub source: &'a SourceArguments,
    /// What is asked.
    pub question: Question,
    /// `-A`.
    pub all_namespaces: bool,
    /// How changes are written.
    pub view: ChangeView,
    /// `--color`.
    pub color: Color,
    /// What is waited for; without it, only the limit ends the following.
    pub until: Option<Until>,
    /// How long that is waited for; zero looks once.
    pub limit: Option<Duration>,
    /// Pods that make room for others, which are waited for: after a restart.
    pub replaced: Option<Replaced>,
}

/// Follows the pods of a question and writes each change to standard output. `first` is called once with the answer as it is at the
/// beginning.
///
/// Returns the exit code: [`exit::ANSWERED`] once what is waited for is so, or once nobody reads what is written.
///
/// # Errors
/// All that keeps the question from being answered; [`ErrorKind::Unmet`] where the time is over, with what is still not so.
pub fn follow(
    following: Following<'_>,
    first: impl FnOnce(&Gathered, &NamespaceScope) -> io::Result<()>,
) -> Result<u8> {
    let Following {
        source,
        mut question,
        all_namespaces,
        view,
        color,
        until,
        limit,
        replaced,
    } = following;
    let began = Instant::now();
    let (access, options) = gathering::live(source, &mut question, all_namespaces)?;
    // It may have been there, and be gone already.
    question.may_be_absent |= until == Some(Until::Deleted);
    let style = Style {
        namespaces: question.namespace == NamespaceScope::All,
        ..output::style(color)
    };
    let follower = Follower {
        ledger: RefCell::new(Ledger::new(replaced)),
        changes: RefCell::new(Changes::new(view, style)),
        until,
        same_source: gathering::same_source(source),
    };
    gathering::run(async {
        let work = async {
            let session = Session::connect(&access, &question, &options).await?;
            follower
                .work(&session, &question.namespace, limit, first)
                .await
        };
        let limited = async {
            match limit.filter(|limit| !limit.is_zero()) {
                Some(limit) => {
                    let end = tokio::time::timeout_at(began + limit, work).await;
                    end.unwrap_or_else(|_| Err(follower.unmet(limit)))
                }
                None => work.await,
            }
        };
        let closed = closed::bell();
        let unread = std::pin::pin!(closed.notified());
        match select(std::pin::pin!(limited), unread).await {
            Either::Left((end, _)) => end,
            // A closed pipe is a quiet success.
            Either::Right(_) => Ok(exit::ANSWERED),
        }
    })
}

struct Follower {
    ledger: RefCell<Ledger>,
    changes: RefCell<Changes>,
    until: Option<Until>,
    /// The flags by which another command asks the same cluster.
    same_source: String,
}

/// Where following ends before its time.
enum End {
    /// What was waited for is so, or nobody reads any more.
    Done,
    Failed(Error),
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Follower {
    async fn work(
        &self,
        session: &Session<'_>,
        namespace: &NamespaceScope,
        limit: Option<Duration>,
        first: impl FnOnce(&Gathered, &NamespaceScope) -> io::Result<()>,
    ) -> Result<u8> {
        let began = Instant::now();
        let (gathered, versions) = session.read(Duration::ZERO).await?;
        let pace = Pace::new(began.elapsed());
        let is_closed = |result: &io::Result<()>| {
            let error = result.as_ref().err();
            error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
        };
        let written = first(&gathered, namespace);
        let nobody_reads = is_closed(&written);
        output::written(written)?;
        // What was answered just now is no change.
        match self.begin(&gathered) {
            Ok(()) => {}
            Err(end) => return ended(end),
        }
        if nobody_reads {
            return Ok(exit::ANSWERED);
        }
        if let Some(limit) = limit.filter(Duration::is_zero) {
            return Err(self.unmet(limit));
        }
        let streams = session.streams(&gathered.snapshot, &versions);
        drop(gathered);
        let signals = Signals::new(streams.len());
        let watching = std::pin::pin!(session.watch(&streams, &signals));
        let judging = std::pin::pin!(self.judge(session, &signals, pace));
        match select(watching, judging).await {
            Either::Left(((), judging)) => ended(judging.await),
            Either::Right((end, _)) => ended(end),
        }
    }

    /// Takes note of the first answer, in silence but for pods that have come already in the place of others.
    fn begin(&self, gathered: &Gathered) -> Result<(), End> {
        let mut ledger = self.ledger.borrow_mut();
        let seen = ledger.take(gathered, Extent::All, now());
        let news = ledger.successors(seen);
        let mut changes = self.changes.borrow_mut();
        for (namespace, name) in ledger.names() {
            changes.expect(namespace, name);
        }
        drop((ledger, changes));
        self.tell(&news)
    }

    /// Looks again whenever there is reason to.
    async fn judge(&self, session: &Session<'_>, signals: &Signals, mut pace: Pace) -> End {
        let mut notes = Notes::default();
        loop {
            match self.look(session, signals, &mut pace, &mut notes).await {
                Ok(()) => {}
                Err(end) => return end,
            }
        }
    }

    /// Waits for a reason to look again, and does so once.
    async fn look(
        &self,
        session: &Session<'_>,
        signals: &Signals,
        pace: &mut Pace,
        notes: &mut Notes,
    ) -> Result<(), End> {
        if let Some(words) = signals.refusal() {
            notes.refused(&words);
        }
        let waits = self.ledger.borrow().has_waiting();
        let due = self.ledger.borrow().next_due(Timestamp::now());
        let all_at = pace.next_all(waits, signals.is_whole());
        let due_at = due.as_ref().map(|(at, _)| {
            let left = at.duration_since(Timestamp::now());
            Instant::now() + Duration::try_from(left).unwrap_or_default()
        });
        let until = due_at.map_or(all_at, |due_at| due_at.min(all_at));
        if !signals.is_due() {
            let rung = std::pin::pin!(signals.rung());
            let timer = std::pin::pin!(tokio::time::sleep_until(until));
            // Either way, what is due is looked at below.
            select(rung, timer).await;
        }
        if signals.is_due() {
            tokio::time::sleep_until((Instant::now() + SETTLE).max(pace.next_some)).await;
        }
        let time = Instant::now();
        if let Some((_, keys)) = due
            && due_at.is_some_and(|due_at| due_at <= time)
        {
            for (namespace, name) in keys {
                signals.touched(namespace, name);
            }
        }
        let batch = match pace.may_read() {
            true => signals.take(),
            // After a failure nothing is read before its time; what was told stays told.
            false => Batch::default(),
        };
        let missed = batch.missed;
        let pods = self.to_read(batch)?;
        if missed || pods.len() > MOST_AT_ONCE || time >= all_at {
            self.read_all(session, waits, pace, notes).await
        } else if !pods.is_empty() {
            self.read_some(session, &pods, pace).await
        } else {
            Ok(())
        }
    }

    /// The pods that may stand otherwise than before. What is known to be gone is told at once.
    fn to_read(&self, batch: Batch) -> Result<Vec<Key>, End> {
        let mut ledger = self.ledger.borrow_mut();
        let (mut pods, mut gone) = (Vec::new(), Vec::new());
        for (key, sighting) in batch.pods {
            match sighting {
                Sighting::Came { uid, likeness } => {
                    if !ledger.is_alike(&key, &uid, likeness) {
                        pods.push(key);
                    }
                }
                Sighting::Touched if ledger.knows(&key) => pods.push(key),
                Sighting::Touched => {}
                Sighting::Gone { uid } => gone.extend(ledger.gone(&key, &uid, now())),
            }
        }
        drop(ledger);
        self.tell(&gone)?;
        Ok(pods)
    }

    async fn read_some(
        &self,
        session: &Session<'_>,
        pods: &[Key],
        pace: &mut Pace,
    ) -> Result<(), End> {
        let began = Instant::now();
        let gathered = session.read_pods(pods).await;
        if let Some(error) = session.lost_login().await {
            return Err(End::Failed(error));
        }
        pace.read_some(began.elapsed());
        if Ledger::is_unread(&gathered, pods) {
            pace.read_all_soon();
        }
        let changes = self
            .ledger
            .borrow_mut()
            .take(&gathered, Extent::Pods(pods), now());
        self.tell(&changes)
    }

    async fn read_all(
        &self,
        session: &Session<'_>,
        waits: bool,
        pace: &mut Pace,
        notes: &mut Notes,
    ) -> Result<(), End> {
        let began = Instant::now();
        let oldest = match waits {
            true => WHILE_WAITING,
            false => WHILE_QUIET,
        };
        // A timer that is a little early is meant.
        let oldest = oldest.saturating_sub(SETTLE);
        match session.read(oldest).await {
            Ok((gathered, _)) => {
                pace.read_all(began.elapsed());
                notes.found_again();
                let changes = self.ledger.borrow_mut().take(&gathered, Extent::All, now());
                self.tell(&changes)
            }
            Err(error) => {
                if let Some(login) = session.lost_login().await {
                    return Err(End::Failed(login));
                }
                pace.failed();
                let is_for_good = is_refusal(&error) && pace.failures >= MOST_REFUSALS;
                if error.kind != ErrorKind::Cluster || is_for_good {
                    return Err(End::Failed(error));
                }
                notes.lost(&error);
                Ok(())
            }
        }
    }

    /// Writes changes, and ends where what was waited for is so.
    fn tell(&self, changes: &[PlacementChange]) -> Result<(), End> {
        if changes.is_empty() {
            // What is not told may have changed as well: a pod that is being deleted no longer keeps anything off.
            return self.is_over();
        }
        let mut stdout = io::stdout().lock();
        let mut writer = self.changes.borrow_mut();
        let mut text = Vec::new();
        let written = changes
            .iter()
            .try_for_each(|change| writer.write(change, &mut text))
            .and_then(|()| stdout.write_all(&text))
            .and_then(|()| stdout.flush());
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(End::Done),
            Err(error) => Err(output::written(Err(error)).map_or_else(End::Failed, |()| End::Done)),
            Ok(()) => self.is_over(),
        }
    }

    /// Ends where what was waited for is so, or never will be.
    fn is_over(&self) -> Result<(), End> {
        let ledger = self.ledger.borrow();
        if ledger.is_successor_refused() {
            return Err(End::Failed(
                Error::new(ErrorKind::Unmet, "Fargate refused a new pod")
                    .next("explain that pod to see why"),
            ));
        }
        let until = self.until.filter(|_| !ledger.is_one_to_go());
        match until.is_some_and(|until| until.is_met(ledger.standings())) {
            true => Err(End::Done),
            false => Ok(()),
        }
    }

    /// The error of a time that is over.
    fn unmet(&self, limit: Duration) -> Error {
        let limit = match limit.is_zero() {
            true => String::new(),
            false => format!(" after {}", in_words(limit)),
        };
        let Some(until) = self.until else {
            return Error::new(ErrorKind::Unmet, format!("stopped following{limit}"));
        };
        let ledger = self.ledger.borrow();
        let all: Vec<&Standing> = ledger.standings().filter(|pod| !pod.template).collect();
        let not_so: Vec<&&Standing> = all.iter().filter(|pod| until.is_kept_off_by(pod)).collect();
        let error = Error::new(ErrorKind::Unmet, format!("it is not {until}{limit}"));
        if all.is_empty() {
            return error.cause("no pod was seen that was asked about");
        }
        let told = not_so.iter().take(MOST_TOLD).map(|pod| {
            let place = pod.place().map_or("nowhere", |kind| kind.as_str());
            format!("{}/{} is {place} ({})", pod.namespace, pod.name, pod.reason)
        });
        let mut words: Vec<String> = told.collect();
        if not_so.len() > MOST_TOLD {
            words.push(format!("and {} more", not_so.len() - MOST_TOLD));
        }
        let error = error.cause(match words.is_empty() {
            true => format!("none of {} pods was ever so", all.len()),
            false => format!(
                "{} of {} pods: {}",
                not_so.len(),
                all.len(),
                words.join(", ")
            ),
        });
        match not_so.first() {
            Some(pod) => {
                let command = format!(
                    "kubectl fargate explain {} -n {} {}",
                    operand(&pod.name),
                    operand(&pod.namespace),
                    self.same_source
                );
                error.next(format!("{} tells more", command.trim_end()))
            }
            None => error,
        }
    }
}

fn ended(end: End) -> Result<u8> {
    match end {
        End::Done => Ok(exit::ANSWERED),
        End::Failed(error) => Err(error),
    }
}

/// This moment, in whole seconds.
fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// `90s`, `5m`.
fn in_words(limit: Duration) -> String {
    let seconds = limit.as_secs();
    match (seconds, limit.subsec_millis()) {
        (0, milliseconds) => format!("{milliseconds}ms"),
        (seconds, _) if seconds % 60 == 0 => format!("{}m", seconds / 60),
        (seconds, _) => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_told_as_they_were_given() {
        for (limit, wanted) in [
            (Duration::from_millis(500), "500ms"),
            (Duration::from_secs(30), "30s"),
            (Duration::from_secs(300), "5m"),
            (Duration::from_secs(90), "90s"),
        ] {
            assert_eq!(in_words(limit), wanted);
        }
    }
}
