//! The same on several threads: one reads and finds objects, some look at these, and the one that asked takes them in their order.
//!
//! They are not waited for: where a text breaks, its reader may sit in front of a pipe that is silent for ever. It ends when there
//! is nobody left to give to, or with the program.

use std::io::Read;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use super::assembly::Assembly;
use super::look::{Looked, look};
use super::pieces::{Piece, Pieces};
use super::{SMALL, go_on};
use crate::sources::offline::bounds::Bounds;
use crate::sources::offline::documents::Sink;

/// More threads than these that look at objects have nothing to do: one finds no more for them.
const MOST_LOOKERS: usize = 3;
/// How many pieces may lie between two threads.
const QUEUE: usize = 2;

/// Reads a text, by several threads if it is large, and hands its objects over.
///
/// Errors: what is wrong with it; what came before was handed over.
pub(in crate::sources::offline) fn read_on_threads<S: Sink>(
    text: impl Read + Send + 'static,
    bounds: Bounds,
    sink: &mut S,
) -> Result<(), String> {
    let mut pieces = Pieces::new(text, bounds);
    let mut assembly = Assembly::new(sink, bounds);
    if let Some(end) = go_on(&mut pieces, bounds, &mut assembly, SMALL) {
        return end;
    }
    let (used, unused) = channel();
    let lookers = lookers::<S>(bounds, &used);
    let Some(finder) = finder(unused).filter(|_| !lookers.is_empty()) else {
        return go_on(&mut pieces, bounds, &mut assembly, usize::MAX).unwrap_or(Ok(()));
    };
    let (to_lookers, looked): (Vec<_>, Vec<_>) = lookers.into_iter().unzip();
    let work = Work { pieces, to_lookers };
    if finder.send(work).is_err() {
        return Err(ENDED.to_owned());
    }
    // In turn, as the pieces were given out.
    for looked in looked.iter().cycle() {
        let Ok(looked) = looked.recv() else {
            break;
        };
        if let Some(end) = assembly.take(looked) {
            return end;
        }
    }
    Err(ENDED.to_owned())
}

/// A thread has ended for a reason that only a mistake in it can be.
const ENDED: &str = "reading it was given up";

/// Where pieces go, and what becomes of them comes from.
type Looker<R> = (SyncSender<Piece>, Receiver<Looked<R>>);

/// Threads that look at objects; as many as there are processors, and as can be had.
fn lookers<S: Sink>(bounds: Bounds, used: &Sender<Vec<u8>>) -> Vec<Looker<S::Ready>> {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let count = match processors {
        1 => 0,
        several => several.min(MOST_LOOKERS),
    };
    (0..count)
        .map_while(|_| {
            let (give, pieces) = sync_channel::<Piece>(QUEUE);
            let (looked, take) = sync_channel(QUEUE);
            let used = used.clone();
            let work = move || {
                for mut piece in pieces {
                    let found = look::<S>(&mut piece, bounds);
                    // The memory of the piece is of use again, if there is a next one.
                    let _ = used.send(piece.bytes);
                    if looked.send(found).is_err() {
                        break;
                    }
                }
            };
            thread::Builder::new().spawn(work).ok()?;
            Some((give, take))
        })
        .collect()
}

/// What the thread that finds objects has to do.
struct Work<T> {
    pieces: Pieces<T>,
    to_lookers: Vec<SyncSender<Piece>>,
}

/// The thread that finds objects, if it can be had; it waits for its work, which would be lost with it.
fn finder<T: Read + Send + 'static>(unused: Receiver<Vec<u8>>) -> Option<Sender<Work<T>>> {
    let (give, work) = channel::<Work<T>>();
    let find = move || {
        let Ok(mut work) = work.recv() else {
            return;
        };
        for looker in work.to_lookers.iter().cycle() {
            let bytes = unused.try_recv().unwrap_or_default();
            let piece = work.pieces.next(bytes, true);
            let is_end = piece.end.is_some();
            if looker.send(piece).is_err() || is_end {
                break;
            }
        }
    };
    thread::Builder::new().spawn(find).ok()?;
    Some(give)
}
