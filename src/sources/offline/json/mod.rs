//! JSON texts: found piece by piece, looked at object by object, taken in the order of the text. Of the text no more is held than some
//! pieces, and what a sink keeps.

mod assembly;
mod look;
mod pieces;
mod threads;

use std::io::Read;

use super::bounds::Bounds;
use super::documents::Sink;
use assembly::Assembly;
use look::look;
use pieces::Pieces;

pub(super) use threads::read_on_threads;

/// Texts up to so many bytes are read by one thread: others would not have begun before it is done.
const SMALL: usize = 1 << 20;

/// Reads a text and hands its objects over.
///
/// Errors: what is wrong with it; what came before was handed over.
pub(super) fn read<S: Sink>(text: impl Read, bounds: Bounds, sink: &mut S) -> Result<(), String> {
    let mut pieces = Pieces::new(text, bounds);
    let mut assembly = Assembly::new(sink, bounds);
    go_on(&mut pieces, bounds, &mut assembly, usize::MAX).unwrap_or(Ok(()))
}

/// Reads up to so many bytes and hands their objects over; how the text ended, where it did.
fn go_on<S: Sink>(
    pieces: &mut Pieces<impl Read>,
    bounds: Bounds,
    assembly: &mut Assembly<'_, S>,
    most: usize,
) -> Option<Result<(), String>> {
    let mut read = 0;
    let mut bytes = Vec::new();
    while read < most {
        let mut piece = pieces.next(bytes, false);
        read += piece.length;
        let end = assembly.take(look::<S>(&mut piece, bounds));
        if end.is_some() {
            return end;
        }
        bytes = piece.bytes;
    }
    None
}

#[cfg(test)]
mod tests;
