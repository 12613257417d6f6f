//! What happens in the cluster, as the API server tells it: watches of the pods that were asked about and of the events about them.
//!
//! A watch is a hint, never an answer: it tells which pods to look at again, and what they are is then read as for any question. So
//! a watch that is closed, has expired, is refused or never says a word costs time alone, since everything is read anew now and
//! then anyway. Nothing of it is kept: of each pod the last sighting, until somebody takes it.

mod lines;
mod plan;
mod signals;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::future::join_all;
use tokio::time::Instant;

use super::failure::{Failure, FailureKind};
use super::paths::{path, with_query};
use super::server::ApiServer;
use crate::decision::facts::Kind;
use lines::{Lines, Said};

pub use plan::{Stream, streams};
pub use signals::{Batch, Sighting, Signals, State};

/// A server is asked to end a watch after so many seconds at least, as other clients do.
const SHORTEST_WATCH: u64 = 300;
/// And after so many more at most: not all watches end at once.
const SPREAD: u64 = 120;
/// A watch that was to end is waited for no longer than this.
const GRACE: Duration = Duration::from_secs(30);
/// The pause after a first failure; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A watch that ends without a word within this time is one that failed.
const SHORT: Duration = Duration::from_secs(5);

/// Follows all streams for as long as it is polled; it never ends.
pub async fn follow(server: &ApiServer<'_>, streams: &[Stream], signals: &Signals) {
    let all = streams.iter().enumerate().map(|(index, stream)| {
        let mut watch = Watch {
            server,
            stream: stream.clone(),
            signals,
            index,
            failures: 0,
        };
        async move { watch.follow().await }
    });
    join_all(all).await;
    // Where all were refused, there is nothing more to hear.
    std::future::pending::<()>().await;
}

struct Watch<'w> {
    server: &'w ApiServer<'w>,
    stream: Stream,
    signals: &'w Signals,
    index: usize,
    /// How many failures came one after the other.
    failures: u32,
}

impl Watch<'_> {
    /// Opens the watch again and again; ends where it is refused.
    async fn follow(&mut self) {
        loop {
            let began = Instant::now();
            let mut heard = false;
            let failure = match self.once(&mut heard).await {
                Ok(()) if heard || began.elapsed() >= SHORT => {
                    // The server ended it, as it does every few minutes.
                    self.failures = 0;
                    continue;
                }
                Ok(()) => None,
                Err(failure) => Some(failure),
            };
            if heard {
                self.failures = 0;
            }
            match failure {
                Some(failure) if failure.kind == FailureKind::Expired => {
                    // What happened meanwhile is not told any more, so everything is looked at anew.
                    self.stream.version = None;
                    self.signals.missed();
                }
                Some(failure) if is_refused(failure.kind) => {
                    if let Some(namespace) = self.stream.instead.take() {
                        self.stream.namespace = Some(namespace);
                        self.stream.version = None;
                        continue;
                    }
                    self.tell(State::Refused(failure.message));
                    return;
                }
                Some(failure) => self.tell(State::Broken(failure.message)),
                None => self.tell(State::Broken("the server ended it at once".to_owned())),
            }
            let pause = pause(self.failures);
            self.failures = self.failures.saturating_add(1);
            tokio::time::sleep(pause).await;
        }
    }

    fn tell(&self, state: State) {
        self.signals.state(self.index, state);
    }

    /// One watch, to its end.
    async fn once(&mut self, heard: &mut bool) -> Result<(), Failure> {
        let seconds = SHORTEST_WATCH + any_number() % SPREAD;
        let silence = Duration::from_secs(seconds) + GRACE;
        let path = self.path(seconds);
        let mut answer = self.server.watch(&path, silence).await?;
        self.tell(State::Open);
        let mut lines = Lines::default();
        while let Some(piece) = answer.piece().await? {
            lines.feed(piece.as_ref())?;
            while let Some(line) = lines.next() {
                *heard |= self.hear(&line)?;
            }
        }
        if let Some(line) = lines.rest() {
            *heard |= self.hear(&line)?;
        }
        Ok(())
    }

    fn path(&self, seconds: u64) -> String {
        let Stream {
            kind,
            namespace,
            labels,
            fields,
            version,
            ..
        } = &self.stream;
        let seconds = seconds.to_string();
        let parameters = [
            ("watch", "true"),
            ("allowWatchBookmarks", "true"),
            ("timeoutSeconds", &seconds),
            ("labelSelector", labels),
            ("fieldSelector", fields),
            ("resourceVersion", version.as_deref().unwrap_or_default()),
        ];
        with_query(&path(*kind, namespace.as_deref(), None), &parameters)
    }

    /// Takes one line; tells whether it was word of anything.
    fn hear(&mut self, line: &[u8]) -> Result<bool, Failure> {
        for said in lines::understood(line) {
            let (said, version) = said?;
            match said {
                Said::Bookmark => {}
                Said::Error(failure) => return Err(failure),
                Said::Changed(object) => self.changed(object.text),
                Said::Deleted(object) => self.deleted(object.text),
            }
            // Only what was understood is not asked for again.
            if let Some(version) = version {
                self.stream.version = Some(version);
            }
        }
        Ok(!line.is_empty())
    }

    fn changed(&self, text: &str) {
        match self.stream.kind {
            Kind::Event => self.touched(text),
            _ => self.signals.came(text),
        }
    }

    fn deleted(&self, text: &str) {
        // An event that was forgotten changes nothing: what it told was told.
        if self.stream.kind != Kind::Event {
            self.signals.gone(text);
        }
    }

    fn touched(&self, text: &str) {
        if let Some((namespace, name)) = lines::pod_of_event(text) {
            self.signals.touched(namespace, name);
        }
    }
}

/// Whether asking again would be answered no better.
fn is_refused(kind: FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::Forbidden
            | FailureKind::NotServed
            | FailureKind::Absent
            | FailureKind::Refused
    )
}

/// How long to wait after so many failures.
fn pause(failures: u32) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(failures));
    let jitter = Duration::from_millis(any_number() % 500);
    doubled.min(LONGEST_PAUSE) + jitter
}

/// A number that is another one each time, so that many who wait do not come back all at once.
fn any_number() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| u64::from(since.subsec_nanos()) / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_have_an_end() {
        for (failures, least) in [(0, 1), (1, 2), (4, 16), (5, 30), (400, 30)] {
            let pause = pause(failures);
            assert!(pause >= Duration::from_secs(least), "{failures}");
            assert!(pause <= Duration::from_secs(least + 1), "{failures}");
        }
    }
}
