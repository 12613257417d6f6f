//! Reads of the API server: GET only, repeated where a moment later may help, bounded in time. What writes stands apart ([`write`]).

mod write;

use std::num::NonZeroU64;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::header::{ACCEPT, RETRY_AFTER};
use http_body_util::BodyExt as _;
use kube::client::Body;
use tokio::sync::RwLock;
use tokio::time::Instant;

use super::failure::{Failure, FailureKind};
use super::progress::erase_progress;
use crate::error::{Error, Result};
use crate::sources::kubeconfig::{Access, Patience};

pub use write::Write;

/// How often a read is repeated where the server is busy or the connection breaks.
const REPETITIONS: u32 = 3;
/// The pause before the first repetition; each further one is four times as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// No server is waited for longer than this, whatever its `Retry-After` asks for.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// What is read of an answer that is no success.
const LONGEST_ERROR: usize = 64 << 10;
/// What is read of an answer that is no list. An API server takes no objects of more than 3 MiB (etcd's limit is less).
const LONGEST_ANSWER: usize = 128 << 20;
/// The form in which objects are asked for.
pub const JSON: &str = "application/json";

/// How the API server is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Manner {
    /// How long it is waited for.
    pub patience: Patience,
    /// How many objects a list answers at once.
    pub page_size: PageSize,
}

/// How many objects a list answers at once: pages bound what the API server does for one request. `None` leaves lists whole.
///
/// Paging works only while `resourceVersion` is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSize(pub Option<NonZeroU64>);

impl Default for PageSize {
    /// kubectl's own number.
    fn default() -> Self {
        Self(NonZeroU64::new(500))
    }
}

/// Reads `--chunk-size` as kubectl does: 0 is for whole lists.
///
/// # Errors
/// A sentence for the reader where it is no such number.
pub fn parse_chunk_size(text: &str) -> std::result::Result<PageSize, String> {
    let sentence =
        "a chunk size is a whole number of objects, for example 500, or 0 for all at once";
    match text.parse::<i64>().map(u64::try_from) {
        Ok(Ok(size)) => Ok(PageSize(NonZeroU64::new(size))),
        _ => Err(sentence.to_owned()),
    }
}

/// One API server, logged in to.
pub struct ApiServer<'a> {
    access: &'a Access,
    patience: Patience,
    page_size: PageSize,
    client: RwLock<LoggedIn>,
    was_alive: AtomicBool,
}

struct LoggedIn {
    client: kube::Client,
    /// How often we have logged in; tells whether another read has done so meanwhile.
    times: u32,
    /// Why that failed the last time: a plugin that asks somebody is not run for every read.
    failed: Option<Error>,
}

impl<'a> ApiServer<'a> {
    /// Logs in.
    ///
    /// # Errors
    /// Those of [`Access::connect`].
    pub async fn connect(access: &'a Access, manner: Manner) -> Result<Self> {
        let client = access.connect().await?;
        Ok(Self {
            access,
            patience: manner.patience,
            page_size: manner.page_size,
            client: RwLock::new(LoggedIn {
                client,
                times: 1,
                failed: None,
            }),
            was_alive: AtomicBool::new(false),
        })
    }

    /// How the cluster is reached.
    pub fn access(&self) -> &'a Access {
        self.access
    }

    /// How many objects a list answers at once; `None` where it is to answer with all of them.
    pub fn page_size(&self) -> Option<u64> {
        self.page_size.0.map(NonZeroU64::get)
    }

    /// Gets what is at this path, as JSON.
    pub async fn get(&self, path: &str) -> Result<Vec<u8>, Failure> {
        self.get_as(path, JSON).await
    }

    /// Gets what is at this path in the form that `accept` names, whole.
    pub async fn get_as(&self, path: &str, accept: &str) -> Result<Vec<u8>, Failure> {
        let mut attempts = self.attempts();
        loop {
            let mut answer = self.open(path, accept, &mut attempts).await?;
            match answer.whole().await {
                Ok(body) => return Ok(body),
                Err(failure) => self.again(&mut attempts, failure).await?,
            }
        }
    }

    /// How often a read may still be repeated: as often as any.
    pub fn attempts(&self) -> Attempts {
        Attempts {
            repetitions: 0,
            may_log_in: self.access.can_log_in_again(),
            logins: 0,
        }
    }

    /// Asks for what is at this path, until an answer begins that is a success. Its body is still to come.
    pub async fn open(
        &self,
        path: &str,
        accept: &str,
        attempts: &mut Attempts,
    ) -> Result<Answer, Failure> {
        loop {
            let (client, logins) = {
                let logged_in = self.client.read().await;
                (logged_in.client.clone(), logged_in.times)
            };
            attempts.logins = logins;
            let request = http::Request::get(path)
                .header(ACCEPT, accept)
                .body(Body::empty())
                .map_err(|error| Failure::new(FailureKind::Refused, error.to_string()))?;
            match self.exchange(&client, request).await {
                Ok(answer) => {
                    self.was_alive.store(true, Ordering::Relaxed);
                    return Ok(answer);
                }
                Err(failure) => self.again(attempts, failure).await?,
            }
        }
    }

    /// Waits until the read that failed may be repeated.
    ///
    /// Errors: the failure itself, where that has no use, or was done often enough; a new login that failed.
    pub async fn again(&self, attempts: &mut Attempts, failure: Failure) -> Result<(), Failure> {
        if failure.kind == FailureKind::Unauthorized && attempts.may_log_in {
            attempts.may_log_in = false;
            self.log_in_again(attempts.logins).await
        } else if attempts.repetitions < REPETITIONS
            && failure.may_pass(self.was_alive.load(Ordering::Relaxed))
        {
            let pause = pause(attempts.repetitions, failure.retry_after);
            attempts.repetitions += 1;
            tokio::time::sleep(pause).await;
            Ok(())
        } else {
            Err(failure)
        }
    }

    /// Logs in anew, unless another read has done so since.
    async fn log_in_again(&self, times: u32) -> Result<(), Failure> {
        let mut logged_in = self.client.write().await;
        if logged_in.times == times && logged_in.failed.is_none() {
            // A login plugin may have something to say, or to ask.
            erase_progress();
            match self.access.connect().await {
                Ok(client) => {
                    logged_in.client = client;
                    logged_in.times += 1;
                }
                Err(error) => logged_in.failed = Some(error),
            }
        }
        match &logged_in.failed {
            None => Ok(()),
            Some(error) => Err(Failure {
                login: Some(Box::new(error.clone())),
                ..Failure::new(FailureKind::Login, "logging in anew failed")
            }),
        }
    }

    async fn exchange(
        &self,
        client: &kube::Client,
        request: http::Request<Body>,
    ) -> Result<Answer, Failure> {
        let mut waiting = Waiting::new(self.patience);
        let response = waiting
            .bear(client.send(request))
            .await?
            .map_err(|error| of_kube(&error))?;
        let (head, body) = response.into_parts();
        let mut answer = Answer { body, waiting };
        if head.status.is_success() {
            return Ok(answer);
        }
        let explanation = answer.beginning().await;
        let retry_after = head
            .headers
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok());
        Err(Failure::of_status(head.status, retry_after, &explanation))
    }
}

/// What was already tried of one read.
#[derive(Debug)]
pub struct Attempts {
    repetitions: u32,
    may_log_in: bool,
    /// How often we had logged in when it was tried last.
    logins: u32,
}

/// An answer whose body is still to come.
pub struct Answer {
    body: Body,
    waiting: Waiting,
}

impl Answer {
    /// The next piece of the body, unpacked; `None` at its end.
    pub async fn piece(&mut self) -> Result<Option<impl AsRef<[u8]> + use<>>, Failure> {
        loop {
            match self.waiting.bear(self.body.frame()).await? {
                None => return Ok(None),
                Some(Err(error)) => return Err(of_kube(&error)),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some(data));
                    }
                }
            }
        }
    }

    /// The whole body.
    async fn whole(&mut self) -> Result<Vec<u8>, Failure> {
        let mut whole = Vec::new();
        while let Some(piece) = self.piece().await? {
            whole.extend_from_slice(piece.as_ref());
            if whole.len() > LONGEST_ANSWER {
                return Err(Failure::new(
                    FailureKind::Malformed,
                    format!("the answer has more than {} MiB", LONGEST_ANSWER >> 20),
                ));
            }
        }
        Ok(whole)
    }

    /// The beginning of an explanation. What the answer says matters more than how its explanation ended.
    async fn beginning(&mut self) -> Vec<u8> {
        let mut beginning = Vec::new();
        while let Ok(Some(piece)) = self.piece().await {
            beginning.extend_from_slice(piece.as_ref());
            if beginning.len() > LONGEST_ERROR {
                break;
            }
        }
        beginning
    }
}

/// How long one answer is still waited for. Only waiting counts, not what we do in between with what has come.
struct Waiting {
    silence: Option<Duration>,
    whole: Option<Duration>,
    left: Option<Duration>,
}

impl Waiting {
    fn new(patience: Patience) -> Self {
        Self {
            silence: patience.silence(),
            whole: patience.whole(),
            left: patience.whole(),
        }
    }

    /// Waits for the next sign of life.
    async fn bear<F: Future>(&mut self, sign: F) -> Result<F::Output, Failure> {
        let Some(limit) = self.silence.into_iter().chain(self.left).min() else {
            return Ok(sign.await);
        };
        let began = Instant::now();
        let outcome = tokio::time::timeout(limit, sign).await;
        self.left = self.left.map(|left| left.saturating_sub(began.elapsed()));
        outcome.map_err(|_| match self.whole {
            Some(whole) => timed_out("no complete answer", whole),
            None => timed_out("nothing came", limit),
        })
    }
}

fn timed_out(what: &str, limit: Duration) -> Failure {
    Failure::new(
        FailureKind::TimedOut,
        format!("{what} within {}s", limit.as_secs_f64()),
    )
}

fn pause(repetitions: u32, asked: Option<Duration>) -> Duration {
    asked
        .unwrap_or(FIRST_PAUSE * 4_u32.pow(repetitions))
        .min(LONGEST_PAUSE)
}

/// kube-client's layers around the error are taken off.
fn of_kube(error: &kube::Error) -> Failure {
    match error {
        kube::Error::Service(error) => Failure::of_transport(error.as_ref()),
        kube::Error::HyperError(error) => Failure::of_transport(error),
        other => Failure::of_transport(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunk_sizes_are_those_of_kubectl() {
        let read = |text| parse_chunk_size(text).map(|PageSize(size)| size.map(NonZeroU64::get));
        for (text, wanted) in [
            ("500", Some(Some(500))),
            ("1", Some(Some(1))),
            ("0", Some(None)),
            ("-1", None),
            ("", None),
            ("many", None),
            ("1.5", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(read(text).ok(), wanted, "{text:?}");
        }
    }

    #[test]
    fn pauses_grow_and_end() {
        let milliseconds = |repetitions, asked: Option<u64>| {
            pause(repetitions, asked.map(Duration::from_secs)).as_millis()
        };
        assert_eq!(milliseconds(0, None), 250);
        assert_eq!(milliseconds(1, None), 1_000);
        assert_eq!(milliseconds(2, None), 4_000);
        assert_eq!(milliseconds(0, Some(2)), 2_000, "the server's wish");
        assert_eq!(milliseconds(0, Some(3600)), 30_000, "within reason");
    }
}
