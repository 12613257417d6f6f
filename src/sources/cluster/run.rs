//! One run through a list of a kind: its objects, reduced while they come. It stands apart from what else was read until the list
//! has ended, so that a list that begins anew leaves nothing behind.

use super::pages::Taker;
use super::progress::Progress;
use crate::decision::facts::Kind;
use crate::sources::reduce::{Malformed, SnapshotBuilder, singular};

/// So many malformed objects of a list are told one by one.
const MOST_TOLD: usize = 1_000;

/// What came of a list so far.
pub struct Run<'p> {
    kind: Kind,
    progress: &'p Progress,
    builder: SnapshotBuilder,
    version: String,
    malformed: Vec<Malformed>,
    /// How many more there were.
    untold: u64,
}

/// What came of a list.
pub struct Finished {
    /// The good objects.
    pub builder: SnapshotBuilder,
    /// The others.
    pub malformed: Vec<Malformed>,
}

impl<'p> Run<'p> {
    /// Nothing came yet, and the builder has nothing yet.
    pub fn new(kind: Kind, progress: &'p Progress, builder: SnapshotBuilder) -> Self {
        Self {
            kind,
            progress,
            builder,
            version: String::new(),
            malformed: Vec::new(),
            untold: 0,
        }
    }

    /// The kind of the objects.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The state of the cluster that the list is of: its `resourceVersion`; empty where it tells none.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Ends the run.
    pub fn finish(mut self) -> Finished {
        self.progress.ended(self.kind);
        if self.untold > 0 {
            self.malformed.push(Malformed {
                object: None,
                problem: format!("{} more objects are not understood", self.untold),
            });
        }
        Finished {
            builder: self.builder,
            malformed: self.malformed,
        }
    }

    fn add(&mut self, object: &[u8]) -> Result<(), Malformed> {
        let text = std::str::from_utf8(object).map_err(|_| Malformed {
            object: None,
            problem: "an object that is no text".to_owned(),
        })?;
        self.builder.add(self.kind, text).map(|_| ())
    }
}

impl Taker for Run<'_> {
    fn is_list(&self, kind: &str) -> bool {
        kind == "List" || kind.eq_ignore_ascii_case(&format!("{}list", singular(self.kind)))
    }

    fn begin(&mut self) {
        *self = Self::new(self.kind, self.progress, self.builder.beside());
    }

    fn version(&mut self, version: &str) {
        version.clone_into(&mut self.version);
    }

    fn take(&mut self, object: &[u8]) {
        // One and the same object comes again where its page does.
        if let Err(malformed) = self.add(object)
            && !self.malformed.contains(&malformed)
        {
            if self.malformed.len() < MOST_TOLD {
                self.malformed.push(malformed);
            } else {
                self.untold += 1;
            }
        }
    }

    fn taken(&self) -> u64 {
        self.builder.count(self.kind) + self.malformed.len() as u64 + self.untold
    }

    fn progress(&self, read: u64, of: Option<u64>) {
        self.progress.read(self.kind, read, of);
    }
}
