//! What any thread can do with the objects in a piece, each by itself.

use std::sync::Arc;

use super::pieces::{Find, Piece, Stop};
use crate::sources::offline::bounds::{Bounds, weight};
use crate::sources::offline::documents::{Item, Position, Sink, item_kind, own_type};
use crate::sources::scan::{Broken, Shape, check, text_of};
use crate::sources::wire::TypeMeta;

/// What was made of a piece, in the order of the text.
pub(super) struct Looked<R> {
    pub(super) finds: Vec<LookedAt<R>>,
    /// How the text ended, where it did.
    pub(super) end: Option<Result<(), Stop>>,
}

/// What was made of what was found.
pub(super) enum LookedAt<R> {
    Object {
        position: Position,
        /// The kind of the list that it stands in, so far.
        list_kind: Arc<str>,
        made: Made<R>,
    },
    /// A document that is no single object has ended.
    End {
        shape: Shape,
        kind: Arc<str>,
        elements: u64,
    },
}

/// What was made of an object.
pub(super) enum Made<R> {
    /// What the sink makes of it.
    Ready(R),
    /// What the sink takes it for.
    Guess(R),
    /// Nothing: its text waits for the kind of its list.
    Waits(String),
    /// Nothing: its text is wanted, and what it says that it is.
    Text(String, TypeMeta),
}

/// Looks at all objects in a piece. After one that is no JSON there are no more, and the text is at its end.
pub(super) fn look<S: Sink>(piece: &mut Piece, bounds: Bounds) -> Looked<S::Ready> {
    let mut finds = Vec::with_capacity(piece.finds.len());
    let mut end = piece.end.take();
    for find in piece.finds.drain(..) {
        match look_at::<S>(find, &piece.bytes, bounds) {
            Ok(looked) => finds.push(looked),
            Err(stop) => {
                end = Some(Err(stop));
                break;
            }
        }
    }
    Looked { finds, end }
}

fn look_at<S: Sink>(find: Find, piece: &[u8], bounds: Bounds) -> Result<LookedAt<S::Ready>, Stop> {
    Ok(match find {
        Find::Element {
            text,
            start,
            number,
            document,
            list_kind,
            is_kind_to_come,
        } => {
            let position = Position {
                document: document as usize,
                item: Some(number as usize),
                inner: None,
            };
            let made = || -> Result<Made<S::Ready>, Broken> {
                let json = text_of(text.of(piece), start)?;
                let own = own_type(json);
                if is_kind_to_come && own.kind.is_empty() {
                    if let Some(guess) = S::guess(json) {
                        return Ok(Made::Guess(guess));
                    }
                    check(json, start)?;
                    return Ok(Made::Waits(json.to_owned()));
                }
                if let Some(ready) = ready::<S>(json, &own, &list_kind, position, bounds) {
                    return Ok(Made::Ready(ready));
                }
                // Whoever takes its text for an object may not look at all of it.
                check(json, start)?;
                Ok(Made::Text(json.to_owned(), own))
            };
            let made = made().map_err(|broken| Stop::broken(&broken, &list_kind))?;
            LookedAt::Object {
                position,
                list_kind,
                made,
            }
        }
        Find::Object { json, document } => {
            let position = Position {
                document: document as usize,
                item: None,
                inner: None,
            };
            let own = own_type(&json);
            let made = match ready::<S>(&json, &own, "", position, bounds) {
                Some(ready) => Made::Ready(ready),
                None => Made::Text(json, own),
            };
            LookedAt::Object {
                position,
                list_kind: Arc::default(),
                made,
            }
        }
        Find::End {
            shape,
            kind,
            elements,
        } => LookedAt::End {
            shape,
            kind,
            elements,
        },
    })
}

/// What the sink makes of an object; `None` where it wants its text, or it is a list itself, or too large.
fn ready<S: Sink>(
    json: &str,
    own: &TypeMeta,
    list_kind: &str,
    position: Position,
    bounds: Bounds,
) -> Option<S::Ready> {
    let is_list = position.item.is_some() && own.kind.ends_with("List");
    if is_list || weight(json, bounds.weight) > bounds.weight {
        return None;
    }
    S::ready(Item {
        json,
        api_version: &own.api_version,
        kind: match own.kind.as_str() {
            "" => item_kind(list_kind),
            own => own,
        },
        position,
    })
}
