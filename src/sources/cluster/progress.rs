//! How far a long list is read, on the terminal of whoever waits: one line on standard error, written over and over, and gone at
//! the end. Nothing is shown of what takes no time.

use std::io::{IsTerminal as _, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::decision::facts::Kind;

/// Whoever waits for less than this needs no line.
const PATIENCE: Duration = Duration::from_millis(500);
/// The line is written no more often than this.
const PAUSE: Duration = Duration::from_millis(100);
/// So many objects are read between two looks at the clock.
const STRIDE: u64 = 50;

/// How many columns the line takes that stands on the terminal now. There is one terminal.
static SHOWN: Mutex<usize> = Mutex::new(0);

/// The line about the reads of one question.
pub struct Progress {
    line: Option<Mutex<Line>>,
}

struct Line {
    began: Instant,
    written: Option<Instant>,
    /// The kind that the line is about.
    kind: Option<Kind>,
    columns: usize,
}

impl Progress {
    /// Shows it where standard error is a terminal that can write over a line.
    pub fn on_terminal() -> Self {
        let is_dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
        let is_shown = std::io::stderr().is_terminal() && !is_dumb;
        let columns = || {
            terminal_size::terminal_size_of(std::io::stderr())
                .map_or(80, |(width, _)| usize::from(width.0))
        };
        Self {
            line: is_shown.then(|| Mutex::new(Line::new(Instant::now(), columns()))),
        }
    }

    /// Shows nothing.
    pub fn none() -> Self {
        Self { line: None }
    }

    /// So many objects of a kind were read, of about so many.
    pub fn read(&self, kind: Kind, count: u64, of: Option<u64>) {
        let Some(line) = &self.line else { return };
        if count.is_multiple_of(STRIDE)
            && let Ok(mut line) = line.lock()
            && let Some(text) = line.next(kind, count, of, Instant::now())
        {
            show(&text);
        }
    }

    /// The list of a kind is at its end.
    pub fn ended(&self, kind: Kind) {
        if let Some(line) = &self.line
            && let Ok(mut line) = line.lock()
            && line.kind == Some(kind)
        {
            line.kind = None;
            erase_progress();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        erase_progress();
    }
}

impl Line {
    fn new(began: Instant, columns: usize) -> Self {
        Self {
            began,
            written: None,
            kind: None,
            columns,
        }
    }

    /// The text to show now, if any.
    fn next(&mut self, kind: Kind, count: u64, of: Option<u64>, now: Instant) -> Option<String> {
        // Of several lists under way, the one of the pods tells most.
        let is_meant = kind == Kind::Pod || self.kind.is_none_or(|shown| shown == kind);
        let is_due = now.duration_since(self.began) >= PATIENCE
            && self
                .written
                .is_none_or(|written| now.duration_since(written) >= PAUSE);
        if !is_meant || !is_due {
            return None;
        }
        let text = words(kind, count, of);
        // A line that wraps could not be written over.
        if text.len() >= self.columns {
            return None;
        }
        self.kind = Some(kind);
        self.written = Some(now);
        Some(text)
    }
}

/// `read 12,500 of about 20,000 pods`.
fn words(kind: Kind, count: u64, of: Option<u64>) -> String {
    let kind = kind.plural();
    match of {
        Some(all) => format!(
            "read {} of about {} {kind}",
            grouped(count),
            grouped(all.max(count))
        ),
        None => format!("read {} {kind}", grouped(count)),
    }
}

/// A number with its thousands set apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && index % 3 == first {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Writes the line over the one before. No escape sequences: any terminal knows how to return to the beginning of a line.
fn show(text: &str) {
    if let Ok(mut shown) = SHOWN.lock() {
        let _ = write_over(&mut std::io::stderr(), text, *shown);
        *shown = text.len();
    }
}

/// Takes the line away, if one stands there. It waits for nothing: the program may be about to end.
pub fn erase_progress() {
    if let Ok(mut shown) = SHOWN.try_lock()
        && *shown > 0
    {
        let _ = write_over(&mut std::io::stderr(), "", *shown);
        *shown = 0;
    }
}

/// Writes a text where another of so many columns stands; without a text, the line is left empty.
fn write_over(out: &mut dyn Write, text: &str, before: usize) -> std::io::Result<()> {
    let line = match text {
        "" => format!("\r{:before$}\r", ""),
        text => format!("\r{text:before$}"),
    };
    out.write_all(line.as_bytes())?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_shown_of_what_takes_no_time() {
        let began = Instant::now();
        let at = |milliseconds| began + Duration::from_millis(milliseconds);
        let mut line = Line::new(began, 80);
        assert_eq!(line.next(Kind::Pod, 500, Some(20_000), at(499)), None);
        let text = line.next(Kind::Pod, 12_500, Some(20_000), at(500));
        assert_eq!(text.as_deref(), Some("read 12,500 of about 20,000 pods"));
        assert_eq!(
            line.next(Kind::Pod, 12_550, None, at(599)),
            None,
            "too soon"
        );
        let text = line.next(Kind::Pod, 12_550, None, at(600));
        assert_eq!(text.as_deref(), Some("read 12,550 pods"));
    }

    #[test]
    fn of_several_lists_that_of_the_pods_is_told() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let mut line = Line::new(began, 80);
        assert!(line.next(Kind::Event, 500, None, at(1)).is_some());
        assert!(line.next(Kind::Node, 500, None, at(2)).is_none());
        assert!(line.next(Kind::Pod, 500, None, at(3)).is_some());
        assert!(line.next(Kind::Event, 1_000, None, at(4)).is_none());
        let mut narrow = Line::new(began, 13);
        assert_eq!(
            narrow.next(Kind::Pod, 500, None, at(1)),
            None,
            "it would wrap"
        );
        assert!(narrow.next(Kind::Pod, 50, None, at(2)).is_some());
    }

    #[test]
    fn numbers_are_set_apart_by_thousands() {
        for (number, wanted) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (12_500, "12,500"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), wanted);
        }
        assert_eq!(
            words(Kind::Pod, 1_500, Some(1_000)),
            "read 1,500 of about 1,500 pods",
            "more came than was told"
        );
    }

    #[test]
    fn a_line_is_written_over_and_taken_away() {
        let mut out = Vec::new();
        write_over(&mut out, "read 1,000 pods", 0).expect("a Vec takes everything");
        write_over(&mut out, "read 50 pods", 15).expect("a Vec takes everything");
        write_over(&mut out, "", 15).expect("a Vec takes everything");
        let wanted = format!("\rread 1,000 pods\rread 50 pods   \r{:15}\r", "");
        assert_eq!(String::from_utf8(out).expect("text"), wanted);
    }
}
