//! Errors for people: what happened, to which object, why, and what to do next.

use std::fmt;

/// What went wrong, as far as the exit code and the reader are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Wrong flags or arguments.
    Usage,
    /// A file that cannot be read or understood.
    Input,
    /// A named pod, workload, node, namespace or context that does not exist.
    NotFound,
    /// The cluster could not be read enough to answer; also a login plugin that failed.
    Cluster,
    /// The answer could not be written.
    Output,
    /// The person pressed Ctrl-C.
    Interrupted,
}

/// An error that ends the command.
#[derive(Debug, Clone)]
pub struct Error {
    /// Decides the exit code.
    pub kind: ErrorKind,
    /// What happened; lower case, no full stop.
    pub message: String,
    /// The object it happened to, where there is one.
    pub object: Option<String>,
    /// Why, in the words of whoever refused; does not repeat the message.
    pub cause: Option<String>,
    /// What to do next, one line each.
    pub next: Vec<String>,
    /// What may have been meant, where a name is the matter; most likely first. Boxed: most errors have none.
    pub candidates: Box<[Candidate]>,
}

/// Something that there is, and that may have been meant by a name that there is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// How it is named on the command line, for example `deployment/web`.
    pub argument: String,
    /// Its namespace, where it stands in one.
    pub namespace: Option<String>,
}

impl Error {
    /// An error with a message alone.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            object: None,
            cause: None,
            next: Vec::new(),
            candidates: Box::default(),
        }
    }

    /// Names the object it happened to.
    pub fn object(mut self, object: impl Into<String>) -> Self {
        self.object = Some(object.into());
        self
    }

    /// Says why.
    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Says what may have been meant.
    pub fn candidates(mut self, candidates: impl IntoIterator<Item = Candidate>) -> Self {
        self.candidates = candidates.into_iter().collect();
        self
    }

    /// Says what to do next.
    pub fn next(mut self, next: impl Into<String>) -> Self {
        self.next.push(next.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// What most of our functions that may fail return.
pub type Result<T, E = Error> = std::result::Result<T, E>;
