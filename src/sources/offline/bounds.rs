//! How much is read of one file, so that none, whatever is in it, takes all memory or never ends: an unpacked gzip may be a
//! thousand times its size, and a device or a pipe has no end.
//!
//! Files are streams of objects, so what is bounded is the text until an object ends, and then all of it.

use std::cell::{Cell, RefCell};
use std::io::{self, Read};

use super::documents::{Document, Item, Position, Sink};
use crate::sources::input;

const MIB: u64 = 1 << 20;
/// What an object counts for at least in the text of a file: each takes time, however short it is.
pub(super) const LEAST_OF_AN_OBJECT: u64 = 1 << 10;

/// More objects of one file that are too large are not told one by one.
const MOST_PROBLEMS: usize = 20;

/// The bounds of one file, in bytes of text, unpacked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Of one object, and what stands before it. An object of Kubernetes has 3 MiB at most, large Terraform states tens of them.
    pub(super) object: u64,
    /// Of the whole file; objects shorter than 1 KiB count as that.
    pub(super) file: u64,
    /// Of what one object takes in memory once it is read, as [`weight`] estimates it.
    pub(super) weight: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            object: 128 * MIB,
            file: 4096 * MIB,
            weight: 512 * MIB,
        }
    }
}

/// What was read of a file so far.
#[derive(Debug)]
pub(super) struct Meter {
    bounds: Bounds,
    since_object: Cell<u64>,
    in_all: Cell<u64>,
    failure: RefCell<Option<String>>,
    too_large: RefCell<Vec<String>>,
}

impl Meter {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            since_object: Cell::new(0),
            in_all: Cell::new(0),
            failure: RefCell::new(None),
            too_large: RefCell::new(Vec::new()),
        }
    }

    /// The objects that were not handed on because they are too large.
    pub(super) fn too_large(&self) -> Vec<String> {
        self.too_large.borrow().clone()
    }

    /// Why the file could not be read to its end, in words of its own: parsers hide it within theirs.
    pub(super) fn failure(&self) -> Option<String> {
        self.failure.borrow().clone()
    }

    fn object_ended(&self) {
        self.since_object.set(0);
        self.in_all.set(self.in_all.get() + LEAST_OF_AN_OBJECT);
    }

    fn count(&self, bytes: usize) -> Result<(), String> {
        let bytes = bytes as u64;
        self.since_object.set(self.since_object.get() + bytes);
        self.in_all.set(self.in_all.get() + bytes);
        let Bounds { object, file, .. } = self.bounds;
        if self.since_object.get() > object {
            return Err(object_too_long(object));
        }
        if self.in_all.get() > file {
            return Err(file_too_long(file));
        }
        Ok(())
    }

    fn fail(&self, words: String) -> io::Error {
        let mut failure = self.failure.borrow_mut();
        io::Error::other(failure.get_or_insert(words).clone())
    }
}

/// What is said of an object that is not read to its end.
pub(super) fn object_too_long(most: u64) -> String {
    format!(
        "more than {} of text came without the end of an object, which is the most that is read of one",
        size(most)
    )
}

/// What is said of a file that is not read to its end.
pub(super) fn file_too_long(most: u64) -> String {
    format!(
        "it holds more than {} of text, short objects counted as 1 KiB, which is the most that is read of one file; give it in parts",
        size(most)
    )
}

fn size(bytes: u64) -> String {
    match bytes / MIB {
        0 => format!("{bytes} bytes"),
        mib if mib >= 1024 => format!("{} GiB", mib / 1024),
        mib => format!("{mib} MiB"),
    }
}

/// What a JSON text takes in memory, at most and roughly, in bytes: an object the first node of its tree, with room for 11 fields,
/// any other field or element a place in one that may be half empty.
pub(super) fn weight(json: &str, most: u64) -> u64 {
    const OBJECT: u64 = 640;
    const PLACE: u64 = 64;
    let length = json.len() as u64;
    if length.saturating_mul(OBJECT) <= most {
        return length;
    }
    json.bytes().fold(length, |weight, byte| match byte {
        b'{' => weight + OBJECT,
        b',' | b'[' => weight + PLACE,
        _ => weight,
    })
}

/// A text that counts what is read of it. After a failure it gives nothing more.
pub(super) struct Metered<'m, R> {
    inner: R,
    meter: &'m Meter,
}

impl<'m, R> Metered<'m, R> {
    pub(super) fn new(inner: R, meter: &'m Meter) -> Self {
        Self { inner, meter }
    }
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(words) = self.meter.failure() {
            return Err(io::Error::other(words));
        }
        match self.inner.read(buffer) {
            Ok(count) => match self.meter.count(count) {
                Ok(()) => Ok(count),
                Err(words) => Err(self.meter.fail(words)),
            },
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => Err(self.meter.fail(input::words(&error))),
        }
    }
}

/// Hands everything on, and tells the meter where objects end.
pub(super) struct MeteredSink<'m, 's, S> {
    pub(super) sink: &'s mut S,
    pub(super) meter: &'m Meter,
}

impl<S: Sink> Sink for MeteredSink<'_, '_, S> {
    type Ready = S::Ready;

    fn ready(item: Item<'_>) -> Option<S::Ready> {
        S::ready(item)
    }

    fn guess(json: &str) -> Option<S::Ready> {
        S::guess(json)
    }

    fn take(&mut self, ready: S::Ready) {
        self.meter.object_ended();
        self.sink.take(ready);
    }

    fn keep(&mut self, guess: S::Ready, position: Position) {
        self.meter.object_ended();
        self.sink.keep(guess, position);
    }

    fn settle(&mut self, kind: &str) {
        self.sink.settle(kind);
    }

    fn item(&mut self, item: Item<'_>) {
        self.meter.object_ended();
        let most = self.meter.bounds.weight;
        if weight(item.json, most) <= most {
            self.sink.item(item);
            return;
        }
        let mut too_large = self.meter.too_large.borrow_mut();
        if too_large.len() < MOST_PROBLEMS {
            too_large.push(format!(
                "{}: it has too many fields and elements to be kept, more than fit into {}",
                item.position,
                size(most)
            ));
        }
        self.sink.broken(item.kind);
    }

    fn broken(&mut self, kind: &str) {
        self.meter.object_ended();
        self.sink.broken(kind);
    }

    fn end(&mut self, document: Document<'_>) {
        self.meter.object_ended();
        self.sink.end(document);
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::super::reader::read_within;
    use super::*;

    #[derive(Default)]
    struct Counted {
        items: usize,
        broken: usize,
    }

    impl Sink for Counted {
        type Ready = Infallible;
        fn item(&mut self, _: Item<'_>) {
            self.items += 1;
        }
        fn broken(&mut self, _: &str) {
            self.broken += 1;
        }
        fn end(&mut self, _: Document<'_>) {}
    }

    /// How many objects came, how many did not, and what is said of it.
    fn read(text: &str, object: u64, file: u64, weight: u64) -> (usize, usize, String) {
        let bounds = Bounds {
            object,
            file,
            weight,
        };
        let mut sink = Counted::default();
        let problems = read_within(bounds, text.as_bytes(), &mut sink).problems;
        (sink.items, sink.broken, problems.join("; "))
    }

    const MUCH: u64 = 1 << 40;

    #[test]
    fn an_object_has_an_end() {
        let object = 200_000;
        let long = "x".repeat(300_000);
        let spaces = " ".repeat(300_000);
        let none = "---\n".repeat(100_000);
        let comments = "# x\n".repeat(100_000);
        for (text, items) in [
            (format!("{{\"a\":1}}{{\"a\":\"{long}\"}}{{\"a\":2}}"), 1),
            (format!("{{\"a\":1}}{spaces}{{\"a\":2}}"), 1),
            (format!("a: 1\n---\na: {long}\n---\na: 2\n"), 1),
            (format!("a: 1\n---\na: '{long}'\n---\na: 2\n"), 1),
            (format!("a: 1\n{none}a: 2\n"), 1),
            (format!("a: 1\n---\n{comments}---\na: 2\n"), 1),
            (format!("[{{\"a\":1}},{spaces}{{\"a\":2}}]"), 1),
            (
                format!("{{\"items\":[{{}},{spaces}{{}}],\"kind\":\"PodList\"}}"),
                0,
            ),
        ] {
            let (seen, broken, problem) = read(&text, object, MUCH, MUCH);
            assert!(
                seen == items
                    && broken > 0
                    && problem.starts_with("more than 200000 bytes of text came without"),
                "{seen} {broken} {problem}"
            );
            assert_eq!(read(&text, MUCH, MUCH, MUCH).2, "");
        }
        let many = format!("{{\"a\":\"{}\"}}\n", "x".repeat(1000)).repeat(1000);
        assert_eq!(read(&many, object, MUCH, MUCH), (1000, 0, String::new()));
    }

    #[test]
    fn a_file_has_an_end() {
        let (items, broken, problem) = read(&"{}".repeat(1_000_000), MUCH, 1 << 20, MUCH);
        assert!((1000..40_000).contains(&items), "{items}");
        assert_eq!(broken, 1);
        assert_eq!(
            problem,
            "it holds more than 1 MiB of text, short objects counted as 1 KiB, which is the most that is read of one file; give it in parts"
        );
    }

    #[test]
    fn an_object_that_would_take_all_memory_is_left_out() {
        for middle in [
            "0,".repeat(10_000),
            "[],".repeat(10_000),
            "{},".repeat(2000),
        ] {
            let text = format!("[{{}},{{\"a\":[{middle}0]}},{{}}]");
            let (items, broken, problem) = read(&text, MUCH, MUCH, 500_000);
            assert_eq!((items, broken), (2, 1), "{problem}");
            assert!(
                problem.starts_with("item 2: it has too many fields"),
                "{problem}"
            );
        }
    }
}
