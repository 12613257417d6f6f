//! Requests that change something, or try out whether they could. Nothing else in this room sends any.

use http::Method;
use http::header::{ACCEPT, CONTENT_TYPE};
use kube::client::Body;

use super::{ApiServer, Failure, FailureKind, JSON, REPETITIONS, pause};

/// One request that changes something, or would.
#[derive(Debug, Clone)]
pub struct Write {
    /// PATCH or DELETE.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// The form of the body.
    pub content_type: &'static str,
    /// What is asked for.
    pub body: Vec<u8>,
    /// Whether it only tries (`dryRun=All`), so that it may be repeated like a read.
    pub is_trial: bool,
}

impl ApiServer<'_> {
    /// Sends the request and returns the answer's body.
    ///
    /// A trial is repeated as reads are. What changes something is repeated only where the server says that it has done nothing:
    /// it wants another login, or it is too busy.
    ///
    /// Errors: the last refusal. One that is [`FailureKind::TimedOut`], [`FailureKind::Broken`] or [`FailureKind::Server`] leaves
    /// open whether the change was made.
    pub async fn write(&self, write: &Write) -> Result<Vec<u8>, Failure> {
        let mut attempts = self.attempts();
        let mut busy = 0;
        loop {
            let failure = match self.write_once(write, &mut attempts.logins).await {
                Ok(body) => return Ok(body),
                Err(failure) => failure,
            };
            let was_not_done = match failure.kind {
                FailureKind::Unauthorized => true,
                FailureKind::Server => failure.is_too_busy && failure.may_pass(true),
                _ => false,
            };
            if write.is_trial || failure.kind == FailureKind::Unauthorized {
                self.again(&mut attempts, failure).await?;
            } else if was_not_done && busy < REPETITIONS {
                tokio::time::sleep(pause(busy, failure.retry_after)).await;
                busy += 1;
            } else {
                return Err(failure);
            }
        }
    }

    async fn write_once(&self, write: &Write, logins: &mut u32) -> Result<Vec<u8>, Failure> {
        let client = {
            let logged_in = self.client.read().await;
            *logins = logged_in.times;
            logged_in.client.clone()
        };
        let request = http::Request::builder()
            .method(write.method.clone())
            .uri(&write.path)
            .header(ACCEPT, JSON)
            .header(CONTENT_TYPE, write.content_type)
            .body(Body::from(write.body.clone()))
            .map_err(|error| Failure::new(FailureKind::Refused, error.to_string()))?;
        self.exchange(&client, request).await?.whole().await
    }
}
