//! What has to be done with objects in the order of the text.

use super::look::{Looked, LookedAt, Made};
use super::pieces::Stop;
use crate::sources::offline::bounds::{Bounds, object_too_long};
use crate::sources::offline::documents::{
    Document, Position, Shape, Sink, Waiting, give, hand_over, item_kind,
};
use crate::sources::scan;

/// Hands the objects of a text to a sink.
pub(super) struct Assembly<'s, S> {
    sink: &'s mut S,
    bounds: Bounds,
    /// The elements of the present list whose kind is still to come, as text.
    waiting: Waiting,
    document: usize,
}

impl<'s, S: Sink> Assembly<'s, S> {
    pub(super) fn new(sink: &'s mut S, bounds: Bounds) -> Self {
        Self {
            sink,
            bounds,
            waiting: Waiting::default(),
            document: 0,
        }
    }

    /// Takes what was made of a piece; how the text ended, where it did.
    pub(super) fn take(&mut self, looked: Looked<S::Ready>) -> Option<Result<(), String>> {
        let mut end = looked.end;
        for find in looked.finds {
            if let Err(stop) = self.take_one(find) {
                end = Some(Err(stop));
                break;
            }
        }
        Some(end?.map_err(|stop| {
            self.sink.broken(&stop.kind);
            stop.problem
        }))
    }

    fn take_one(&mut self, find: LookedAt<S::Ready>) -> Result<(), Stop> {
        let (position, list_kind, made) = match find {
            LookedAt::Object {
                position,
                list_kind,
                made,
            } => (position, list_kind, made),
            LookedAt::End {
                shape,
                kind,
                elements,
            } => {
                self.end(shape, item_kind(&kind), elements as usize);
                return Ok(());
            }
        };
        self.document = position.document;
        match made {
            Made::Ready(ready) => self.sink.take(ready),
            Made::Guess(guess) => self.sink.keep(guess, position),
            Made::Text(json, own) => {
                give(self.sink, &json, &own, item_kind(&list_kind), position, 1);
            }
            Made::Waits(json) => {
                let is_taken = self.waiting.push(position.item.unwrap_or_default(), &json);
                if !is_taken || self.waiting.len() as u64 > self.bounds.object {
                    return Err(Stop {
                        problem: object_too_long(self.bounds.object),
                        kind: list_kind.to_string(),
                    });
                }
            }
        }
        if position.item.is_none() {
            self.sink.end(Document {
                shape: Shape::Object,
                items: 1,
            });
        }
        Ok(())
    }

    fn end(&mut self, shape: scan::Shape, item_kind: &str, items: usize) {
        if shape == scan::Shape::List {
            self.sink.settle(item_kind);
            for (item, json) in std::mem::take(&mut self.waiting).iter() {
                let position = Position {
                    document: self.document,
                    item: Some(item),
                    inner: None,
                };
                hand_over(self.sink, json, item_kind, position);
            }
        }
        let shape = match shape {
            scan::Shape::Object => Shape::Object,
            scan::Shape::List => Shape::List(item_kind),
            scan::Shape::Array => Shape::Array,
            scan::Shape::Nothing => Shape::Nothing,
            scan::Shape::Scalar => Shape::Scalar,
        };
        self.sink.end(Document { shape, items });
    }
}
