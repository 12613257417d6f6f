//! What watches have told and nobody has looked at yet: of each pod the last word, so that bursts take no room.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hasher};

use tokio::sync::Notify;

use super::lines::identity_of;
use crate::decision::facts::{Kind, Pod, Uid};
use crate::sources::reduce::parse;

/// More pods than this are not remembered: everything is read anew then.
const MOST_PODS: usize = 2_000;

/// How a watch is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It was not opened yet.
    Opening,
    /// It tells what happens.
    Open,
    /// It is no longer there, for this reason, and is opened again in a moment.
    Broken(String),
    /// It may not be opened, in the words of whoever refused.
    Refused(String),
}

/// The last that was seen of a pod.
#[derive(Debug)]
pub enum Sighting {
    /// It is there. What it is now is read anew: a watch may be behind what was read already.
    Came {
        /// Its uid.
        uid: Uid,
        /// The same for pods that are the same in all that an answer looks at.
        likeness: u64,
    },
    /// Something about it has happened.
    Touched,
    /// It is gone, or no longer among those that were asked for.
    Gone {
        /// The uid of the pod that is gone.
        uid: Uid,
    },
}

/// What is to be looked at.
#[derive(Debug, Default)]
pub struct Batch {
    /// By namespace and name.
    pub pods: BTreeMap<(String, String), Sighting>,
    /// Something was missed, so that everything has to be read anew.
    pub missed: bool,
}

impl Batch {
    /// Whether there is nothing to look at.
    pub fn is_empty(&self) -> bool {
        self.pods.is_empty() && !self.missed
    }
}

/// What watches tell and what was not looked at yet.
#[derive(Debug)]
pub struct Signals {
    batch: RefCell<Batch>,
    states: RefCell<Vec<State>>,
    bell: Notify,
}

impl Signals {
    /// Nothing was told yet by so many streams.
    pub fn new(streams: usize) -> Self {
        Self {
            batch: RefCell::default(),
            states: RefCell::new(vec![State::Opening; streams]),
            bell: Notify::new(),
        }
    }

    /// Waits until something is there to look at, or a stream is not as it was.
    pub async fn rung(&self) {
        self.bell.notified().await;
    }

    /// Whether something is there to look at.
    pub fn is_due(&self) -> bool {
        !self.batch.borrow().is_empty()
    }

    /// Takes all that is there to look at.
    pub fn take(&self) -> Batch {
        self.batch.take()
    }

    /// Whether all streams tell what happens.
    pub fn is_whole(&self) -> bool {
        let is_open = |state: &State| *state == State::Open;
        self.states.borrow().iter().all(is_open)
    }

    /// The words of whoever refused a stream.
    pub fn refusal(&self) -> Option<String> {
        self.states.borrow().iter().find_map(|state| match state {
            State::Refused(words) => Some(words.clone()),
            _ => None,
        })
    }

    /// A pod is to be looked at.
    pub fn touched(&self, namespace: String, name: String) {
        let mut batch = self.batch.borrow_mut();
        batch
            .pods
            .entry((namespace, name))
            .or_insert(Sighting::Touched);
        drop(batch);
        self.ring();
    }

    /// Something was missed.
    pub(super) fn missed(&self) {
        self.batch.borrow_mut().missed = true;
        self.ring();
    }

    /// A pod came, as JSON.
    pub(super) fn came(&self, text: &str) {
        let Some((namespace, name, uid)) = identity_of(text) else {
            return;
        };
        let sighting = match parse(Kind::Pod, text) {
            Ok(pod) => Sighting::Came {
                likeness: pod.pod().map_or(0, likeness),
                uid: uid.into(),
            },
            // Whoever reads it will say what is wrong with it.
            Err(_) => Sighting::Touched,
        };
        self.put((namespace, name), sighting);
    }

    /// A pod is gone, as JSON.
    pub(super) fn gone(&self, text: &str) {
        if let Some((namespace, name, uid)) = identity_of(text) {
            self.put((namespace, name), Sighting::Gone { uid: uid.into() });
        }
    }

    /// A stream is no longer as it was.
    pub(super) fn state(&self, index: usize, state: State) {
        let mut states = self.states.borrow_mut();
        if let Some(known) = states.get_mut(index)
            && *known != state
        {
            *known = state;
            drop(states);
            self.ring();
        }
    }

    fn put(&self, key: (String, String), sighting: Sighting) {
        let mut batch = self.batch.borrow_mut();
        batch.pods.insert(key, sighting);
        if batch.pods.len() > MOST_PODS {
            batch.pods.clear();
            batch.missed = true;
        }
        drop(batch);
        self.ring();
    }

    fn ring(&self) {
        self.bell.notify_one();
    }
}

/// A number that is the same for pods that are the same in all that an answer looks at.
fn likeness(pod: &Pod) -> u64 {
    struct Into(DefaultHasher);
    impl std::fmt::Write for Into {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.0.write(text.as_bytes());
            Ok(())
        }
    }
    let mut into = Into(DefaultHasher::new());
    // All that is kept of a pod can be shown, and what is not kept decides nothing.
    let _ = write!(into, "{pod:?}");
    into.0.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(name: &str, uid: &str, phase: &str, version: u32) -> String {
        format!(
            r#"{{"metadata":{{"name":"{name}","namespace":"shop","uid":"{uid}","resourceVersion":"{version}"}},"spec":{{}},"status":{{"phase":"{phase}"}}}}"#
        )
    }

    fn likeness_in(batch: &Batch) -> u64 {
        match batch.pods.values().next() {
            Some(Sighting::Came { likeness, .. }) => *likeness,
            other => panic!("no pod came: {other:?}"),
        }
    }

    #[test]
    fn of_each_pod_the_last_word_counts() {
        let signals = Signals::new(1);
        signals.came(&pod("a", "1", "Pending", 1));
        signals.touched("shop".to_owned(), "a".to_owned());
        signals.came(&pod("b", "2", "Pending", 2));
        signals.gone(&pod("b", "2", "Pending", 3));
        let batch = signals.take();
        let told: Vec<String> = batch
            .pods
            .iter()
            .map(|((_, name), sighting)| match sighting {
                Sighting::Came { uid, .. } => format!("{name} came as {uid}"),
                Sighting::Touched => format!("{name} was touched"),
                Sighting::Gone { uid } => format!("{name} is gone as {uid}"),
            })
            .collect();
        assert_eq!(told, ["a came as 1", "b is gone as 2"]);
        assert!(signals.take().is_empty(), "it was taken");
    }

    #[test]
    fn pods_that_differ_in_nothing_that_decides_are_alike() {
        let seen = |text: &str| {
            let signals = Signals::new(1);
            signals.came(text);
            likeness_in(&signals.take())
        };
        let before = seen(&pod("a", "1", "Pending", 1));
        assert_eq!(before, seen(&pod("a", "1", "Pending", 2)));
        assert_ne!(before, seen(&pod("a", "1", "Running", 1)));
    }

    #[test]
    fn more_than_is_remembered_is_read_anew() {
        let signals = Signals::new(1);
        for number in 0..=MOST_PODS {
            signals.gone(&pod(&format!("p{number}"), "u", "Running", 1));
        }
        let batch = signals.take();
        assert!(batch.missed);
        assert!(batch.pods.is_empty());
    }

    #[test]
    fn a_refusal_is_told_and_a_broken_stream_is_not_whole() {
        let signals = Signals::new(2);
        assert!(!signals.is_whole(), "they are being opened");
        signals.state(0, State::Open);
        signals.state(1, State::Open);
        assert!(signals.is_whole());
        signals.state(1, State::Broken("reset".to_owned()));
        assert!(!signals.is_whole());
        assert_eq!(signals.refusal(), None);
        signals.state(0, State::Refused("no".to_owned()));
        assert_eq!(signals.refusal().as_deref(), Some("no"));
    }
}
