//! JSON and YAML files as a stream of objects: one at a time, so that a list of a whole cluster never stands in memory as a tree.
//!
//! Whatever the format, each object arrives as JSON text; what is wrong with one does not touch the next.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

use crate::sources::scan::{Fields, text};
use crate::sources::wire::{TypeMeta, nullable};

/// Lists within lists, deeper than anyone writes them.
const DEEPEST_LIST: usize = 8;

/// Takes the objects of a file as they come.
pub(in crate::sources) trait Sink {
    /// What an object is made into on any thread, before its turn comes.
    type Ready: Send + 'static;

    /// An object: a whole document, or an element of a list.
    fn item(&mut self, item: Item<'_>);

    /// Makes an object ready, if that can be done without knowing what came before it. `None`: its text is wanted in its turn, by
    /// [`Sink::item`]. What is made ready is JSON.
    fn ready(_: Item<'_>) -> Option<Self::Ready> {
        None
    }

    /// The same for an element without a kind of its own, in a list whose kind is still to come: it is made ready as what it looks
    /// like. `None`: its text waits.
    fn guess(_: &str) -> Option<Self::Ready> {
        None
    }

    /// An object that was made ready, in its turn.
    fn take(&mut self, _: Self::Ready) {}

    /// An element that was made ready by a guess, in its turn.
    fn keep(&mut self, _: Self::Ready, _: Position) {}

    /// The list whose elements were guessed is of this kind, or of none where it is empty.
    fn settle(&mut self, _: &str) {}

    /// A document has ended; all of its objects were handed over.
    fn end(&mut self, document: Document<'_>);
    /// A document broke off, and others may follow; what came of it was handed over. `kind` is its own, empty where that did not come.
    fn broken(&mut self, kind: &str);
}

/// An object of a file.
#[derive(Debug, Clone, Copy)]
pub(in crate::sources) struct Item<'a> {
    /// Its JSON text.
    pub json: &'a str,
    /// Its own `apiVersion`; empty where it has none.
    pub api_version: &'a str,
    /// Its own `kind`, else that of a typed list's items (`Pod` for `PodList`); empty where neither says.
    pub kind: &'a str,
    /// Where it stands.
    pub position: Position,
}

/// A place in a file, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sources) struct Position {
    /// The document.
    pub document: usize,
    /// The element of its list; `None` for a document that is one object.
    pub item: Option<usize>,
    /// The element within that element, where that is a list itself.
    pub inner: Option<usize>,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.document, self.item) {
            (1, Some(item)) => write!(f, "item {item}"),
            (document, Some(item)) => write!(f, "document {document}, item {item}"),
            (document, None) => write!(f, "document {document}"),
        }?;
        match self.inner {
            Some(inner) => write!(f, ".{inner}"),
            None => Ok(()),
        }
    }
}

/// A document that has ended.
#[derive(Debug, Clone, Copy)]
pub(in crate::sources) struct Document<'a> {
    /// What it was.
    pub shape: Shape<'a>,
    /// How many objects it held.
    pub items: usize,
}

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sources) enum Shape<'a> {
    /// One object.
    Object,
    /// An object with `items`; the kind of these, where the list's kind tells it (`PodList`), else empty.
    List(&'a str),
    /// A bare array.
    Array,
    /// Nothing, or `null`.
    Nothing,
    /// A text, a number, a boolean.
    Scalar,
}

/// An object as JSON text, from whatever format.
pub(super) trait JsonText: DeserializeOwned {
    /// The text.
    fn into_text(self) -> Box<str>;
}

impl JsonText for Box<RawValue> {
    fn into_text(self) -> Box<str> {
        self.into()
    }
}

/// Reads one document and hands its objects over; `T` is how the format gives JSON text.
pub(super) struct DocumentSeed<'s, S, T> {
    sink: &'s mut S,
    number: usize,
    kind: &'s mut String,
    text: PhantomData<T>,
}

impl<'s, S, T> DocumentSeed<'s, S, T> {
    /// `kind` takes the document's kind as soon as that came, so that it is known of a document that breaks off later.
    pub(super) fn new(sink: &'s mut S, number: usize, kind: &'s mut String) -> Self {
        Self {
            sink,
            number,
            kind,
            text: PhantomData,
        }
    }
}

impl<S: Sink, T> DocumentSeed<'_, S, T> {
    fn end(self, shape: Shape<'_>, items: usize) {
        self.sink.end(Document { shape, items });
    }
}

impl<'de, S: Sink, T: JsonText> DeserializeSeed<'de> for DocumentSeed<'_, S, T> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, S: Sink, T: JsonText> Visitor<'de> for DocumentSeed<'_, S, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list of objects")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        // One text from the start: a field of its own for each key is many times as large as the text of small ones.
        let mut json = String::from("{");
        let mut items = None;
        while let Some(key) = map.next_key::<String>()? {
            if key == "items"
                && items.is_none()
                && (self.kind.is_empty() || self.kind.ends_with("List"))
            {
                let found = map.next_value_seed(ItemsSeed::<S, T> {
                    sink: self.sink,
                    document: self.number,
                    kind: item_kind(self.kind),
                    is_kind_to_come: self.kind.is_empty(),
                    text: PhantomData,
                })?;
                items = Some(found);
                continue;
            }
            let value = map.next_value::<T>()?.into_text();
            if key == "kind" {
                *self.kind = serde_json::from_str(&value).unwrap_or_default();
            }
            push_field(&mut json, &key, &value);
        }
        if let Some(items) = items {
            let kind = item_kind(self.kind);
            self.sink.settle(kind);
            for (item, json) in items.waiting.iter() {
                let position = Position {
                    document: self.number,
                    item: Some(item),
                    inner: None,
                };
                hand_over(self.sink, json, kind, position);
            }
            self.sink.end(Document {
                shape: Shape::List(kind),
                items: items.count,
            });
            return Ok(());
        }
        let position = Position {
            document: self.number,
            item: None,
            inner: None,
        };
        json.push('}');
        hand_over(self.sink, &json, "", position);
        self.end(Shape::Object, 1);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<(), A::Error> {
        let items = ItemsSeed::<S, T> {
            sink: self.sink,
            document: self.number,
            kind: "",
            is_kind_to_come: false,
            text: PhantomData,
        }
        .visit_seq(elements)?;
        self.end(Shape::Array, items.count);
        Ok(())
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        self.end(Shape::Nothing, 0);
        Ok(())
    }

    fn visit_none<E: de::Error>(self) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        let shape = if text.is_empty() {
            Shape::Nothing
        } else {
            Shape::Scalar
        };
        self.end(shape, 0);
        Ok(())
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<(), E> {
        self.end(Shape::Scalar, 0);
        Ok(())
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<(), E> {
        self.end(Shape::Scalar, 0);
        Ok(())
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<(), E> {
        self.end(Shape::Scalar, 0);
        Ok(())
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<(), E> {
        self.end(Shape::Scalar, 0);
        Ok(())
    }
}

/// The kind of the items of a typed list; empty for a plain `List`.
pub(super) fn item_kind(list_kind: &str) -> &str {
    list_kind.strip_suffix("List").unwrap_or_default()
}

/// Adds a field to the text of an object that is not at its end.
pub(super) fn push_field(json: &mut String, key: &str, value: &str) {
    if json.len() > 1 {
        json.push(',');
    }
    json.push_str(&serde_json::Value::from(key).to_string());
    json.push(':');
    json.push_str(value);
}

/// What an object says itself that it is; nothing where it says that in an odd way. kubectl writes both first.
pub(super) fn own_type(json: &str) -> TypeMeta {
    let mut own = TypeMeta::default();
    let mut missing = 2;
    for (key, value) in Fields::of(json) {
        let place = match key.as_ref() {
            "apiVersion" => &mut own.api_version,
            "kind" => &mut own.kind,
            _ => continue,
        };
        match text(value) {
            Some(text) => *place = text.into_owned(),
            None if value == "null" => {}
            None => return TypeMeta::default(),
        }
        missing -= 1;
        if missing == 0 {
            break;
        }
    }
    own
}

pub(super) fn hand_over<S: Sink>(sink: &mut S, json: &str, list_kind: &str, position: Position) {
    let own = own_type(json);
    give(sink, json, &own, list_kind, position, 1);
}

/// Hands one object over; `depth` is how many lists it stands in, itself counted.
pub(super) fn give<S: Sink>(
    sink: &mut S,
    json: &str,
    own: &TypeMeta,
    list_kind: &str,
    position: Position,
    depth: usize,
) {
    if position.item.is_some()
        && depth < DEEPEST_LIST
        && own.kind.ends_with("List")
        && let Ok(list) = serde_json::from_str::<ListWithin<'_>>(json)
    {
        give_list(sink, list.items, item_kind(&own.kind), position, depth + 1);
        return;
    }
    sink.item(Item {
        json,
        api_version: &own.api_version,
        kind: if own.kind.is_empty() {
            list_kind
        } else {
            &own.kind
        },
        position,
    });
}

/// A list that is itself an element of a list.
#[derive(serde::Deserialize)]
struct ListWithin<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    items: Vec<&'a RawValue>,
}

fn give_list<S: Sink>(
    sink: &mut S,
    items: Vec<&RawValue>,
    kind: &str,
    position: Position,
    depth: usize,
) {
    if items.is_empty() {
        sink.end(Document {
            shape: Shape::List(kind),
            items: 0,
        });
    }
    for (index, item) in items.into_iter().enumerate() {
        let own = own_type(item.get());
        let position = Position {
            inner: position.inner.or(Some(index + 1)),
            ..position
        };
        give(sink, item.get(), &own, kind, position, depth);
    }
}

/// The elements of a list. Those without a kind of their own wait for the list's, where that is still to come.
struct ItemsSeed<'s, S, T> {
    sink: &'s mut S,
    document: usize,
    kind: &'s str,
    is_kind_to_come: bool,
    text: PhantomData<T>,
}

#[derive(Default)]
struct Items {
    count: usize,
    waiting: Waiting,
}

/// Elements by their number and text, as close together as they stand in the file.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    texts: String,
    /// The number of each element, and where its text ends. A text is far shorter than 4 GiB.
    ends: Vec<(u32, u32)>,
}

impl Waiting {
    /// How many bytes of text wait.
    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    /// Takes an element; false where there are too many.
    pub(super) fn push(&mut self, item: usize, json: &str) -> bool {
        self.texts.push_str(json);
        let (Ok(item), Ok(end)) = (u32::try_from(item), u32::try_from(self.texts.len())) else {
            return false;
        };
        self.ends.push((item, end));
        true
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut start = 0;
        self.ends.iter().map(move |(item, end)| {
            let end = *end as usize;
            let text = self.texts.get(start..end).unwrap_or_default();
            start = end;
            (*item as usize, text)
        })
    }
}

impl<'de, S: Sink, T: JsonText> DeserializeSeed<'de> for ItemsSeed<'_, S, T> {
    type Value = Items;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Items, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, S: Sink, T: JsonText> Visitor<'de> for ItemsSeed<'_, S, T> {
    type Value = Items;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Items, E> {
        Ok(Items::default())
    }

    fn visit_none<E: de::Error>(self) -> Result<Items, E> {
        Ok(Items::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Items, A::Error> {
        let mut items = Items::default();
        while let Some(element) = elements.next_element::<T>()? {
            items.count += 1;
            let json = element.into_text();
            let position = Position {
                document: self.document,
                item: Some(items.count),
                inner: None,
            };
            let own = own_type(&json);
            if self.is_kind_to_come && own.kind.is_empty() {
                if let Some(guess) = S::guess(&json) {
                    self.sink.keep(guess, position);
                } else if !items.waiting.push(items.count, &json) {
                    return Err(de::Error::custom(
                        "too many items before the kind of their list",
                    ));
                }
            } else {
                give(self.sink, &json, &own, self.kind, position, 1);
            }
        }
        Ok(items)
    }
}
