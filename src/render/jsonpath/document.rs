//! What a path is followed over: the report as `-o json` prints it, made only as far as a path goes into it.

use std::borrow::Cow;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use crate::render::Answer;

/// A report, of which entries are made when something in them is asked for.
pub(super) struct Document<'r> {
    report: &'r Answer<'r>,
    /// All fields but `pods`.
    frame: Value,
    /// All of it, where a path goes everywhere.
    whole: OnceLock<Value>,
}

/// Something that a path leads to.
#[derive(Clone)]
pub enum Item<'v> {
    /// A text of the template itself.
    Text(String),
    /// A value.
    Value(Cow<'v, Value>),
    /// The report.
    Document(Handle<'v>),
    /// Its list of entries.
    Pods(Handle<'v>),
    /// The entry at an index.
    Pod(Handle<'v>, usize),
}

/// A report that is looked into.
#[derive(Clone, Copy)]
pub struct Handle<'v>(&'v Document<'v>);

const PODS: &str = "pods";

impl<'r> Document<'r> {
    pub(super) fn new(report: &'r Answer<'r>) -> Self {
        let mut frame = Map::new();
        for part in [
            serde_json::to_value(report.head()),
            serde_json::to_value(report.tail()),
        ] {
            if let Ok(Value::Object(fields)) = part {
                frame.extend(fields);
            }
        }
        Self {
            report,
            frame: Value::Object(frame),
            whole: OnceLock::new(),
        }
    }

    pub(super) fn root(&'r self) -> Item<'r> {
        Item::Document(Handle(self))
    }

    fn entry(&self, index: usize) -> Value {
        serde_json::to_value(&*self.report.pods.entry(index))
            .expect("an entry has names for keys, and no text that is none")
    }

    fn whole(&self) -> &Value {
        self.whole.get_or_init(|| {
            let mut whole = self.frame.clone();
            let entries = (0..self.report.pods.len()).map(|index| self.entry(index));
            whole[PODS] = Value::Array(entries.collect());
            whole
        })
    }
}

impl<'v> Handle<'v> {
    /// A field of the report.
    pub(super) fn field(self, name: &str) -> Option<Item<'v>> {
        match name {
            PODS => Some(Item::Pods(self)),
            name => self
                .0
                .frame
                .get(name)
                .map(|value| Item::Value(Cow::Borrowed(value))),
        }
    }

    /// How many entries there are.
    pub(super) fn pods(self) -> usize {
        self.0.report.pods.len()
    }
}

impl<'v> Item<'v> {
    /// The value that it stands for.
    pub fn value(self) -> Cow<'v, Value> {
        match self {
            Self::Text(text) => Cow::Owned(Value::String(text)),
            Self::Value(value) => value,
            Self::Document(Handle(document)) => Cow::Borrowed(document.whole()),
            Self::Pods(Handle(document)) => Cow::Borrowed(&document.whole()[PODS]),
            Self::Pod(Handle(document), index) => Cow::Owned(document.entry(index)),
        }
    }
}
