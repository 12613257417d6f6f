//! Changes of the cluster: only those that a fix names, only one object at a time, tried out before, and only as long as the object
//! is still what was judged. Whether to make them is asked elsewhere.

mod judged;
mod request;
mod trouble;

use serde_json::Value;

use super::failure::{Failure, FailureKind};
use super::paths::path;
use super::server::{ApiServer, Manner};
use crate::decision::facts::{ClusterSnapshot, Kind};
use crate::decision::finding::{Action, Change, changes};
use crate::error::Result;
use crate::sources::kubeconfig::Access;
use request::{Deed, is_done, is_same_but_for_status};

/// How often a change is sent anew because only the object's status has changed.
const MOST_TRIES: u32 = 5;

/// Whoever makes the changes, with the rights of the person who asks.
pub struct Actor<'a> {
    server: ApiServer<'a>,
}

/// One change of one object, tried out and not made yet.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The kind of the object.
    pub kind: Kind,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Which fields become others; empty where it is deleted, or is so already.
    pub changes: Vec<Change>,
    /// It is deleted, with this long to end, in seconds.
    pub deletion: Option<u64>,
    /// The program that keeps this object as it wants it, and may undo a change.
    pub keeper: Option<&'static str>,
    object: Value,
    deed: Deed,
}

impl Trial {
    /// `deployment/web`.
    pub fn name(&self) -> String {
        let plural = self.kind.plural();
        format!(
            "{}/{}",
            plural.strip_suffix('s').unwrap_or(plural),
            self.name
        )
    }

    /// Whether it would change nothing.
    pub fn is_idle(&self) -> bool {
        self.deletion.is_none() && self.changes.is_empty()
    }
}

impl<'a> Actor<'a> {
    /// Logs in.
    ///
    /// # Errors
    /// Those of [`Access::connect`].
    pub async fn connect(access: &'a Access, manner: Manner) -> Result<Self> {
        Ok(Self {
            server: ApiServer::connect(access, manner).await?,
        })
    }

    /// Tries the actions out (`dryRun=All`), in their order; those on one object become one change. `restarted_at` is the moment
    /// that a restart is told by, RFC 3339. Nothing is changed.
    ///
    /// # Errors
    /// An object that is no longer what was judged, a change that is not allowed, a server that does not answer.
    pub async fn try_out(
        &self,
        actions: &[Action],
        judged: &ClusterSnapshot,
        restarted_at: &str,
    ) -> Result<Vec<Trial>> {
        let mut trials: Vec<Trial> = Vec::new();
        for (action, deed) in request::combined(actions, restarted_at) {
            let object = self.read(action, &deed).await?;
            if let Some(what) = judged::difference(judged, action, &object) {
                return Err(trouble::changed(&action.object(), &what));
            }
            trials.push(self.try_one(action, deed, object).await?);
        }
        Ok(trials)
    }

    async fn try_one(&self, action: &Action, deed: Deed, object: Value) -> Result<Trial> {
        let mut trial = Trial {
            kind: action.kind,
            namespace: action.namespace.clone(),
            name: action.name.clone(),
            changes: Vec::new(),
            deletion: None,
            keeper: request::keeper(&object),
            object,
            deed,
        };
        let answer = self.send(&mut trial, true).await?;
        match &trial.deed {
            Deed::Delete => {
                let grace = trial.object["spec"]["terminationGracePeriodSeconds"].as_u64();
                trial.deletion = Some(grace.unwrap_or(request::USUAL_GRACE_SECONDS));
            }
            Deed::Patch { patch, .. } => trial.changes = changes(&trial.object, &answer, patch),
        }
        Ok(trial)
    }

    /// Makes the change that was tried out.
    ///
    /// # Errors
    /// As [`Self::try_out`]; and an answer that never came, after which it could not be told whether the change was made.
    pub async fn perform(&self, trial: &mut Trial) -> Result<()> {
        self.send(trial, false).await.map(|_| ())
    }

    /// Sends it for the object as it was read. Where only the object's status has changed since, it is sent anew.
    async fn send(&self, trial: &mut Trial, is_trial: bool) -> Result<Value> {
        let path = path(trial.kind, Some(&trial.namespace), Some(&trial.name));
        let mut tries = 0;
        loop {
            let write = trial.deed.request(&path, &trial.object, is_trial);
            let failure = match self.server.write(&write).await {
                Ok(body) => return Ok(serde_json::from_slice(&body).unwrap_or_default()),
                Err(failure) => failure,
            };
            tries += 1;
            match failure.kind {
                FailureKind::Conflict if tries < MOST_TRIES => {
                    let now = self.get(&path).await;
                    let now = now.map_err(|failure| self.trouble(trial, failure, is_trial))?;
                    if !is_same_but_for_status(&trial.object, &now) {
                        return Err(trouble::changed(&trial.name(), "it has changed"));
                    }
                    trial.object = now;
                }
                FailureKind::TimedOut | FailureKind::Broken | FailureKind::Server
                    if !is_trial && !failure.is_too_busy =>
                {
                    // Nobody knows whether it was done, unless the object tells.
                    return match self.get(&path).await {
                        Err(gone) if gone.kind == FailureKind::Absent => match trial.deed {
                            Deed::Delete => Ok(Value::Null),
                            Deed::Patch { .. } => Err(self.trouble(trial, gone, is_trial)),
                        },
                        Ok(now) if is_done(&trial.deed, &trial.object, &now) => Ok(now),
                        Ok(now) if is_same_but_for_status(&trial.object, &now) => {
                            Err(self.trouble(trial, failure, is_trial))
                        }
                        _ => Err(trouble::unknown(&trial.name(), failure)),
                    };
                }
                _ => return Err(self.trouble(trial, failure, is_trial)),
            }
        }
    }

    async fn read(&self, action: &Action, deed: &Deed) -> Result<Value> {
        let path = path(action.kind, Some(&action.namespace), Some(&action.name));
        self.get(&path).await.map_err(|failure| match failure.kind {
            FailureKind::Absent => trouble::changed(&action.object(), "it is gone"),
            _ => trouble::refused(
                self.server.access(),
                action.kind,
                &action.namespace,
                &action.name,
                deed,
                failure,
            ),
        })
    }

    async fn get(&self, path: &str) -> std::result::Result<Value, Failure> {
        let body = self.server.get(path).await?;
        serde_json::from_slice(&body)
            .map_err(|error| Failure::new(FailureKind::Malformed, error.to_string()))
    }

    fn trouble(&self, trial: &Trial, failure: Failure, is_trial: bool) -> crate::error::Error {
        match failure.kind {
            FailureKind::Absent => trouble::changed(&trial.name(), "it is gone"),
            FailureKind::Refused if is_trial && trouble::cannot_be_tried(&failure) => {
                trouble::untried(&trial.name(), failure)
            }
            _ => trouble::refused(
                self.server.access(),
                trial.kind,
                &trial.namespace,
                &trial.name,
                &trial.deed,
                failure,
            ),
        }
    }
}
