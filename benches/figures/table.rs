//! The figures as a table, for a terminal and for the documentation.

use std::fmt::Write as _;
use std::path::Path;

use crate::measure::Runs;

/// What a figure must keep to.
#[derive(Clone, Copy)]
pub enum Limit {
    AtMost(f64),
    AtLeast(f64),
    /// Nothing: it is told for comparison.
    None,
}

/// One figure.
pub struct Row {
    /// What was done.
    pub what: String,
    /// What it took us.
    pub ours: String,
    /// What it took somebody else, and whom.
    pub peer: String,
    /// The figure that the limit is about.
    pub figure: f64,
    /// How the figure reads, its unit included.
    pub shown: String,
    /// What it must keep to.
    pub limit: Limit,
}

impl Row {
    /// A row about time against a peer's.
    pub fn ratio(what: impl Into<String>, ours: &Runs, peer: (&str, &Runs), limit: Limit) -> Self {
        let figure = ours.seconds() / peer.1.seconds();
        Self {
            what: what.into(),
            ours: times(ours),
            peer: format!("{} {}", peer.0, times(peer.1)),
            figure,
            shown: if figure < 0.1 {
                format!("{figure:.3}")
            } else {
                format!("{figure:.2}")
            },
            limit,
        }
    }

    /// A row about one value of ours.
    pub fn value(what: impl Into<String>, figure: f64, shown: String, limit: Limit) -> Self {
        Self {
            what: what.into(),
            ours: shown.clone(),
            peer: String::new(),
            figure,
            shown,
            limit,
        }
    }

    fn limit_shown(&self) -> String {
        match self.limit {
            Limit::AtMost(limit) => format!("≤ {limit}"),
            Limit::AtLeast(limit) => format!("≥ {limit}"),
            Limit::None => String::new(),
        }
    }

    fn verdict(&self) -> &'static str {
        let holds = match self.limit {
            Limit::AtMost(limit) => self.figure <= limit,
            Limit::AtLeast(limit) => self.figure >= limit,
            Limit::None => return "",
        };
        if holds { "yes" } else { "no" }
    }

    fn cells(&self) -> [String; 6] {
        [
            self.what.clone(),
            self.ours.clone(),
            self.peer.clone(),
            self.shown.clone(),
            self.limit_shown(),
            self.verdict().to_owned(),
        ]
    }
}

/// A row that says no more than that something is right or wrong.
pub fn right_answers(what: impl Into<String>, pods: usize, wrong: usize) -> Row {
    Row {
        what: what.into(),
        ours: format!("{} of {pods}", pods - wrong),
        peer: String::new(),
        figure: wrong as f64,
        shown: format!("{wrong} wrong"),
        limit: Limit::AtMost(0.0),
    }
}

/// The time of a program for people, and how much of it was the processor's: on a busy machine only that tells much.
pub fn times(runs: &Runs) -> String {
    let (wall, processor) = (runs.seconds(), runs.cpu_seconds());
    // It is counted in hundredths of a second.
    if processor < 0.05 {
        seconds(wall)
    } else {
        format!("{} (processor {})", seconds(wall), seconds(processor))
    }
}

/// A time for people.
fn seconds(seconds: f64) -> String {
    if seconds < 0.1 {
        format!("{:.1} ms", seconds * 1e3)
    } else {
        format!("{seconds:.2} s")
    }
}

/// An amount of memory for people, in MB (10^6 bytes).
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

const HEAD: [&str; 6] = ["what", "ours", "peer", "figure", "limit", "kept"];

/// The table for a terminal.
pub fn plain(rows: &[Row]) -> String {
    let cells: Vec<[String; 6]> = std::iter::once(HEAD.map(str::to_owned))
        .chain(rows.iter().map(Row::cells))
        .collect();
    let width = |column: usize| {
        cells
            .iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
    let mut text = String::new();
    for row in &cells {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "{cell:<width$}  ");
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// The table for Markdown.
fn markdown(rows: &[Row]) -> String {
    let mut text = format!("| {} |\n|{}\n", HEAD.join(" | "), "---|".repeat(HEAD.len()));
    for row in rows {
        let _ = writeln!(text, "| {} |", row.cells().join(" | "));
    }
    text
}

const BEGIN: &str = "<!-- figures: written by benches/run --write -->";
const END: &str = "<!-- end of figures -->";

/// Puts the table between the marks of a page. Errors: the page cannot be read or written, or has no marks.
pub fn write_into(page: &Path, about: &str, rows: &[Row]) -> Result<(), String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", page.display());
    let text = std::fs::read_to_string(page).map_err(|error| failed(&error))?;
    let (Some((before, _)), Some((_, after))) = (text.split_once(BEGIN), text.split_once(END))
    else {
        return Err(failed(&format!("the marks {BEGIN} and {END} are missing")));
    };
    let table = markdown(rows);
    std::fs::write(
        page,
        format!("{before}{BEGIN}\n{about}\n\n{table}{END}{after}"),
    )
    .map_err(|error| failed(&error))
}
