//! Many entries, worked on by several threads and taken in their order by one. What is under way at any moment is a few pieces, so
//! memory does not grow with the number of entries, and when nobody takes them any more no further ones are made.

use std::io;
use std::num::NonZero;
use std::ops::Range;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{Builder, Scope, available_parallelism, scope};

/// How many entries are made in one piece.
const PIECE: usize = 64;
/// Up to so many entries are made by the thread that takes them.
const FEW: usize = 1_000;
/// Above this, taking is what takes the time.
const MOST_WORKERS: usize = 8;
/// How many pieces each worker may be ahead.
const AHEAD: usize = 2;

/// Has all of `count` entries made, piece by piece, and hands the pieces over in order.
///
/// Errors: the first of `take`; nothing more is made then.
pub(super) fn in_order<T: Send>(
    count: usize,
    make: impl Fn(Range<usize>) -> T + Sync,
    take: impl FnMut(T) -> io::Result<()>,
) -> io::Result<()> {
    let workers = match count {
        0..=FEW => 1,
        _ => available_parallelism().map_or(1, NonZero::get),
    };
    by_workers(workers.min(MOST_WORKERS), count, make, take)
}

fn by_workers<T: Send>(
    workers: usize,
    count: usize,
    make: impl Fn(Range<usize>) -> T + Sync,
    mut take: impl FnMut(T) -> io::Result<()>,
) -> io::Result<()> {
    let pieces = count.div_ceil(PIECE);
    let piece = |index: usize| make(index * PIECE..count.min((index + 1) * PIECE));
    if workers < 2 {
        return (0..pieces).try_for_each(|index| take(piece(index)));
    }
    scope(|scope| {
        let lanes: Vec<_> = (0..workers)
            .map(|worker| lane(scope, (worker..pieces).step_by(workers), &piece))
            .collect();
        for index in 0..pieces {
            let made = match lanes.get(index % workers) {
                Some(Some(lane)) => match lane.recv() {
                    Ok(made) => made,
                    // The worker has panicked, which the end of the scope passes on.
                    Err(_) => return Ok(()),
                },
                _ => piece(index),
            };
            take(made)?;
        }
        Ok(())
    })
}

/// Starts a worker for some of the pieces; `None` where the system has no thread to give. It ends when nobody listens any more.
fn lane<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    pieces: impl Iterator<Item = usize> + Send + 'scope,
    piece: &'scope (impl Fn(usize) -> T + Sync),
) -> Option<Receiver<T>> {
    let (sender, receiver) = sync_channel(AHEAD);
    let work = move || {
        for index in pieces {
            if sender.send(piece(index)).is_err() {
                return;
            }
        }
    };
    let started = Builder::new().spawn_scoped(scope, work);
    started.ok().map(|_| receiver)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn everything_is_taken_once_and_in_order() {
        for workers in [1, 2, 3, 8] {
            for count in [0, 1, PIECE, PIECE + 1, 10 * PIECE + 7] {
                let mut taken = Vec::new();
                let make = |range: Range<usize>| range.collect::<Vec<_>>();
                by_workers(workers, count, make, |piece| {
                    taken.extend(piece);
                    Ok(())
                })
                .expect("nothing fails here");
                assert_eq!(taken, (0..count).collect::<Vec<_>>(), "{workers} workers");
            }
        }
    }

    #[test]
    fn little_is_made_before_it_is_taken_and_nothing_after_a_failure() {
        for workers in [1, 2, 4] {
            let made = AtomicUsize::new(0);
            let most_under_way = workers * (AHEAD + 2);
            let mut taken = 0;
            let result = by_workers(
                workers,
                1_000 * PIECE,
                |_| made.fetch_add(1, Ordering::SeqCst),
                |_| {
                    let ahead = made.load(Ordering::SeqCst) - taken;
                    assert!(ahead <= most_under_way, "{ahead} pieces are under way");
                    taken += 1;
                    match taken {
                        100 => Err(io::ErrorKind::BrokenPipe.into()),
                        _ => Ok(()),
                    }
                },
            );
            let error = result.expect_err("it cannot be taken");
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
            assert!(made.into_inner() <= 100 + most_under_way);
        }
    }
}
