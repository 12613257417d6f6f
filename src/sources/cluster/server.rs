//! Reads of the API server: GET only, repeated where a moment later may help, bounded in time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::header::{ACCEPT, RETRY_AFTER};
use http_body_util::BodyExt as _;
use kube::client::Body;
use tokio::sync::RwLock;

use super::failure::{Failure, FailureKind};
use crate::error::{Error, Result};
use crate::sources::kubeconfig::{Access, Patience};

/// How often a read is repeated where the server is busy or the connection breaks.
const REPETITIONS: u32 = 3;
/// The pause before the first repetition; each further one is four times as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// No server is waited for longer than this, whatever its `Retry-After` asks for.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// What is read of an answer that is no success.
const LONGEST_ERROR: usize = 64 << 10;

/// One API server, logged in to.
pub struct ApiServer<'a> {
    access: &'a Access,
    patience: Patience,
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
    pub async fn connect(access: &'a Access, patience: Patience) -> Result<Self> {
        let client = access.connect().await?;
        Ok(Self {
            access,
            patience,
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

    /// Gets what is at this path, as JSON.
    pub async fn get(&self, path: &str) -> Result<Vec<u8>, Failure> {
        self.get_as(path, "application/json").await
    }

    /// Gets what is at this path in the form that `accept` names.
    pub async fn get_as(&self, path: &str, accept: &str) -> Result<Vec<u8>, Failure> {
        let mut repetitions = 0;
        let mut may_log_in = self.access.can_log_in_again();
        loop {
            let (client, times) = {
                let logged_in = self.client.read().await;
                (logged_in.client.clone(), logged_in.times)
            };
            let failure = match self.once(&client, path, accept).await {
                Ok(body) => {
                    self.was_alive.store(true, Ordering::Relaxed);
                    return Ok(body);
                }
                Err(failure) => failure,
            };
            if failure.kind == FailureKind::Unauthorized && may_log_in {
                may_log_in = false;
                self.log_in_again(times).await?;
            } else if repetitions < REPETITIONS
                && failure.may_pass(self.was_alive.load(Ordering::Relaxed))
            {
                tokio::time::sleep(pause(repetitions, failure.retry_after)).await;
                repetitions += 1;
            } else {
                return Err(failure);
            }
        }
    }

    /// Logs in anew, unless another read has done so since.
    async fn log_in_again(&self, times: u32) -> Result<(), Failure> {
        let mut logged_in = self.client.write().await;
        if logged_in.times == times && logged_in.failed.is_none() {
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
                login: Some(error.clone()),
                ..Failure::new(FailureKind::Login, "logging in anew failed")
            }),
        }
    }

    async fn once(
        &self,
        client: &kube::Client,
        path: &str,
        accept: &str,
    ) -> Result<Vec<u8>, Failure> {
        let exchange = self.exchange(client, path, accept);
        match self.patience.whole() {
            Some(limit) => match tokio::time::timeout(limit, exchange).await {
                Ok(result) => result,
                Err(_) => Err(timed_out("no complete answer", limit)),
            },
            None => exchange.await,
        }
    }

    async fn exchange(
        &self,
        client: &kube::Client,
        path: &str,
        accept: &str,
    ) -> Result<Vec<u8>, Failure> {
        let request = http::Request::get(path)
            .header(ACCEPT, accept)
            .body(Body::empty())
            .map_err(|error| Failure::new(FailureKind::Refused, error.to_string()))?;
        let response = self
            .in_time(client.send(request))
            .await?
            .map_err(|error| of_kube(&error))?;
        let (head, body) = response.into_parts();
        let is_success = head.status.is_success();
        let body = match self.collect(body, is_success).await {
            Ok(body) => body,
            // What the answer says matters more than how its explanation ended.
            Err(_) if !is_success => Vec::new(),
            Err(failure) => return Err(failure),
        };
        if is_success {
            return Ok(body);
        }
        let retry_after = head
            .headers
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok());
        Err(Failure::of_status(head.status, retry_after, &body))
    }

    async fn collect(&self, mut body: Body, is_success: bool) -> Result<Vec<u8>, Failure> {
        let mut whole = Vec::new();
        while let Some(frame) = self.in_time(body.frame()).await? {
            let frame = frame.map_err(|error| of_kube(&error))?;
            if let Some(data) = frame.data_ref() {
                whole.extend_from_slice(data);
            }
            if !is_success && whole.len() > LONGEST_ERROR {
                break;
            }
        }
        Ok(whole)
    }

    /// Bounds the silence before the next sign of life.
    async fn in_time<F: Future>(&self, sign: F) -> Result<F::Output, Failure> {
        match self.patience.silence() {
            Some(limit) => tokio::time::timeout(limit, sign)
                .await
                .map_err(|_| timed_out("nothing came", limit)),
            None => Ok(sign.await),
        }
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
