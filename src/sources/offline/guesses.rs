//! Elements of a list whose kind comes after them, where neither says what they are and they look like pods: a `PodList` whose keys
//! were sorted. They are reduced at once, and become pods when the list says so.

use super::documents::Position;
use crate::decision::facts::Kind;
use crate::sources::reduce::{Parsed, SnapshotBuilder, parse};

/// Longer texts, in bytes, wait as they are: the API server takes none of them for a pod.
const LONGEST: usize = 4 << 20;

/// What may be pods.
#[derive(Debug)]
pub(super) struct Guesses {
    pods: SnapshotBuilder,
    document: usize,
    /// The number of each in its list, the length of its namespace and where its name ends in the texts, which hold both.
    places: Vec<(u32, u32, u32)>,
    texts: String,
}

impl Guesses {
    /// None so far; what they have in common with what the builder collected is held once.
    pub(super) fn beside(builder: &SnapshotBuilder) -> Self {
        Self {
            pods: builder.beside(),
            document: 0,
            places: Vec::new(),
            texts: String::new(),
        }
    }

    /// The object, if it looks like a pod.
    pub(super) fn of(json: &str) -> Option<Parsed> {
        if json.len() > LONGEST {
            return None;
        }
        parse(Kind::Pod, json).ok().filter(Parsed::has_containers)
    }

    /// Keeps one.
    pub(super) fn keep(&mut self, pod: Parsed, position: Position) {
        let number = |length: usize| u32::try_from(length).expect("files are not that large");
        let added = self.pods.put(pod);
        self.document = position.document;
        self.texts.push_str(&added.namespace);
        self.texts.push_str(&added.name);
        self.places.push((
            number(position.item.unwrap_or_default()),
            number(added.namespace.len()),
            number(self.texts.len()),
        ));
    }

    /// Where each stands, its namespace and its name.
    pub(super) fn names(&self) -> impl Iterator<Item = (Position, &str, &str)> {
        let mut start = 0;
        self.places.iter().map(move |(item, namespace, end)| {
            let text = self.texts.get(start..*end as usize).unwrap_or_default();
            start = *end as usize;
            let (namespace, name) = text.split_at(*namespace as usize);
            let position = Position {
                document: self.document,
                item: Some(*item as usize),
                inner: None,
            };
            (position, namespace, name)
        })
    }

    /// All of them, as pods.
    pub(super) fn into_pods(self) -> SnapshotBuilder {
        self.pods
    }
}
