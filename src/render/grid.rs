//! Tables without lines, as kubectl draws them: padded columns, two blanks between them.

use std::borrow::{Borrow, Cow};
use std::io::{self, Write};
use std::ops::Range;

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::crew::in_order;
use super::style::{Role, Style, columns, padded, split_at_column};

/// Up to so many rows a table that is too wide is wrapped into the terminal by comfy-table, which holds 3 to 4 KB a row;
/// longer ones, and those that have room, are written straight to the output.
pub(super) const MOST_FITTED: usize = 300;
/// Blanks between two columns.
const GAP: usize = 2;
/// A tail is cut to fit, but not below this.
const SHORTEST_TAIL: usize = 20;

/// One row; all texts are cleaned.
pub(super) struct Row {
    /// One cell a column.
    pub(super) cells: Vec<String>,
    /// What comes after the last column, as far as there is room; has no header.
    pub(super) tail: String,
    /// The colour of the column that is painted.
    pub(super) role: Role,
}

/// What the columns are.
pub(super) struct Grid {
    /// A header for each column.
    pub(super) titles: Vec<Cow<'static, str>>,
    /// The column that carries the row's colour.
    pub(super) painted: usize,
    /// A column that is never blank and never wrapped: where it has text, a row begins.
    pub(super) anchor: usize,
}

/// Titles that are always the same.
pub(super) fn titles<const N: usize>(titles: [&'static str; N]) -> Vec<Cow<'static, str>> {
    titles.map(Cow::Borrowed).into()
}

/// What the columns of a table have to hold.
pub(super) struct Measured {
    /// The columns that the widest cell of each takes.
    pub(super) widths: Vec<usize>,
    /// The columns that the longest word of each takes.
    words: Vec<usize>,
}

impl Measured {
    /// Whether the rows have room in the terminal as they are, without their tails.
    pub(super) fn fits(&self, style: &Style) -> bool {
        style.width.is_none_or(|width| total(&self.widths) <= width)
    }

    /// Whether they have room where cells are wrapped between words.
    pub(super) fn fits_wrapped(&self, style: &Style) -> bool {
        style.width.is_none_or(|width| total(&self.words) <= width)
    }

    /// Takes a column out.
    pub(super) fn leave_out(&mut self, column: usize) {
        self.widths.remove(column);
        self.words.remove(column);
    }
}

impl Grid {
    /// Whether rows as they are have room in the terminal, without their tails.
    pub(super) fn fits(&self, style: &Style, rows: &[Row]) -> bool {
        let widths = self.widths(rows.iter());
        style.width.is_none_or(|width| total(&widths) <= width)
    }

    /// Whether rows have room in the terminal where cells are wrapped between words.
    pub(super) fn fits_wrapped(&self, style: &Style, rows: &[Row]) -> bool {
        let least: Vec<usize> = (0..self.titles.len())
            .map(|column| self.longest_word(rows, column))
            .collect();
        style.width.is_none_or(|width| total(&least) <= width)
    }

    /// Takes a column out, of the header and of all rows.
    pub(super) fn leave_out(&mut self, title: &str, rows: &mut [Row]) {
        if let Some(index) = self.leave_out_column(title) {
            for row in rows {
                row.cells.remove(index);
            }
        }
    }

    /// Measures rows that are made for it, cell by cell.
    pub(super) fn measure(&self, rows: impl Iterator<Item = Vec<String>>) -> Measured {
        let mut measured = Measured {
            widths: self.least_widths(),
            words: self.least_widths(),
        };
        for cells in rows {
            widen(&mut measured.widths, &cells);
            for (width, cell) in measured.words.iter_mut().zip(&cells) {
                let longest = cell.split(' ').map(columns).max();
                *width = longest.unwrap_or(0).max(*width);
            }
        }
        measured
    }

    /// Takes a column out of the header; the same has to be done to what was measured, and to each row.
    pub(super) fn leave_out_column(&mut self, title: &str) -> Option<usize> {
        let index = self.titles.iter().position(|known| *known == title)?;
        self.titles.remove(index);
        self.painted -= usize::from(self.painted > index);
        self.anchor -= usize::from(self.anchor > index);
        Some(index)
    }

    fn longest_word(&self, rows: &[Row], column: usize) -> usize {
        let cells = rows.iter().map(|row| row.cells[column].as_str());
        cells
            .flat_map(|cell| cell.split(' '))
            .chain([&*self.titles[column]])
            .map(columns)
            .max()
            .unwrap_or(0)
    }

    /// Writes rows that are at hand, indented, wrapped into the terminal's width where they are few.
    pub(super) fn write(&self, style: &Style, rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
        match style.width {
            Some(width) if rows.len() <= MOST_FITTED && !self.fits(style, rows) => {
                self.write_fitted(style, rows, width, out)
            }
            _ => self.write_padded(style, || rows.iter(), out),
        }
    }

    /// Writes rows that are made twice, once to measure and once to write, so that none is kept.
    pub(super) fn write_padded<I>(
        &self,
        style: &Style,
        rows: impl Fn() -> I,
        out: &mut dyn Write,
    ) -> io::Result<()>
    where
        I: Iterator<Item: Borrow<Row>>,
    {
        let widths = self.widths(rows());
        self.write_header(style, &widths, out)?;
        for row in rows() {
            writeln!(out, "{}", self.line(style, &widths, row.borrow()))?;
        }
        Ok(())
    }

    /// Writes rows that were measured, each made when it is written; it is told whether there is room for a tail.
    pub(super) fn write_made(
        &self,
        style: &Style,
        widths: &[usize],
        count: usize,
        row: impl Fn(usize, bool) -> Row + Sync,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        self.write_header(style, widths, out)?;
        let has_room = room(style, widths) > 0;
        let lines = |range: Range<usize>| {
            let lines = range.map(|index| self.line(style, widths, &row(index, has_room)) + "\n");
            lines.collect::<String>()
        };
        in_order(count, lines, |lines| out.write_all(lines.as_bytes()))
    }

    fn write_header(&self, style: &Style, widths: &[usize], out: &mut dyn Write) -> io::Result<()> {
        match style.headers {
            true => writeln!(out, "{}", self.header(style, widths)),
            false => Ok(()),
        }
    }

    fn header(&self, style: &Style, widths: &[usize]) -> String {
        let titles: Vec<String> = self.titles.iter().map(|title| title.to_string()).collect();
        line(&titles, widths, |_, cell| style.paint(Role::Heading, cell))
    }

    fn line(&self, style: &Style, widths: &[usize], row: &Row) -> String {
        let room = room(style, widths);
        let mut text = line(&row.cells, widths, |column, cell| {
            if column == self.painted {
                style.paint(row.role, cell)
            } else {
                cell.to_owned()
            }
        });
        if !row.tail.is_empty() && room >= SHORTEST_TAIL.min(columns(&row.tail)) {
            let missing = (total(widths) + GAP).saturating_sub(visible_width(&row.cells, widths));
            text.push_str(&" ".repeat(missing));
            text.push_str(&style.paint(Role::Faint, &style.cut(&row.tail, room)));
        }
        text
    }

    fn write_fitted(
        &self,
        style: &Style,
        rows: &[Row],
        width: usize,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(u16::try_from(width).unwrap_or(u16::MAX))
            .set_header(self.titles.iter().map(AsRef::as_ref).collect::<Vec<&str>>());
        for row in rows {
            table.add_row(&row.cells);
        }
        let last = self.titles.len() - 1;
        for (index, column) in table.column_iter_mut().enumerate() {
            let gap = if index == last { 0 } else { 2 };
            column.set_padding((0, gap));
            // A word is never broken: it may be a name to copy. Rather the table is too wide.
            let least = u16::try_from(self.longest_word(rows, index))
                .unwrap_or(u16::MAX)
                .saturating_add(gap);
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
        }
        let lines: Vec<String> = table.lines().collect();
        let bounds = self.bounds(lines.first().map_or("", String::as_str));
        let mut begun = 0;
        for (index, text) in lines.iter().enumerate() {
            let text = text.trim_end();
            if index == 0 {
                if style.headers {
                    writeln!(out, "{}", style.paint(Role::Heading, text))?;
                }
                continue;
            }
            if !slice(text, bounds[self.anchor]).trim().is_empty() {
                begun += 1;
            }
            let role = rows
                .get(begun.max(1) - 1)
                .map_or(Role::Faint, |row| row.role);
            writeln!(
                out,
                "{}",
                paint_slice(style, text, bounds[self.painted], role)
            )?;
        }
        Ok(())
    }

    /// Where each column begins and ends, read off the header, whose titles have no blanks.
    fn bounds(&self, header: &str) -> Vec<(usize, usize)> {
        let starts: Vec<usize> = header
            .char_indices()
            .filter(|(index, character)| {
                *character != ' ' && (*index == 0 || header.as_bytes()[index - 1] == b' ')
            })
            .map(|(index, _)| index)
            .collect();
        (0..self.titles.len())
            .map(|column| {
                let start = starts.get(column).copied().unwrap_or(0);
                (start, starts.get(column + 1).copied().unwrap_or(usize::MAX))
            })
            .collect()
    }

    fn widths(&self, rows: impl Iterator<Item: Borrow<Row>>) -> Vec<usize> {
        let mut widths = self.least_widths();
        for row in rows {
            widen(&mut widths, &row.borrow().cells);
        }
        widths
    }

    /// The widths of the columns of a table without rows.
    pub(super) fn least_widths(&self) -> Vec<usize> {
        self.titles.iter().map(|title| columns(title)).collect()
    }
}

/// Makes columns as wide as cells need them.
pub(super) fn widen(widths: &mut [usize], cells: &[String]) {
    for (width, cell) in widths.iter_mut().zip(cells) {
        *width = columns(cell).max(*width);
    }
}

/// How many columns a line of the terminal takes for columns of these widths.
fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}

/// How many columns are left for tails.
fn room(style: &Style, widths: &[usize]) -> usize {
    style.width.map_or(usize::MAX, |width| {
        width.saturating_sub(total(widths) + GAP)
    })
}

/// The cells padded to their widths; nothing after the last one that has text.
fn line(cells: &[String], widths: &[usize], paint: impl Fn(usize, &str) -> String) -> String {
    let end = last_with_text(cells);
    let mut text = String::new();
    for (column, cell) in cells.iter().enumerate().take(end) {
        text.push_str(&paint(column, cell));
        if column + 1 < end {
            let pad = widths[column].saturating_sub(columns(cell)) + GAP;
            text.push_str(&" ".repeat(pad));
        }
    }
    text
}

/// How many columns [`line`] takes.
fn visible_width(cells: &[String], widths: &[usize]) -> usize {
    match last_with_text(cells) {
        0 => 0,
        end => {
            let before: usize = widths[..end - 1].iter().map(|width| width + GAP).sum();
            before + columns(&cells[end - 1])
        }
    }
}

fn last_with_text(cells: &[String]) -> usize {
    cells
        .iter()
        .rposition(|cell| !cell.is_empty())
        .map_or(0, |last| last + 1)
}

fn slice(text: &str, (start, end): (usize, usize)) -> &str {
    let (_, from_start) = split_at_column(text, start);
    split_at_column(from_start, end.saturating_sub(start)).0
}

fn paint_slice(style: &Style, text: &str, (start, end): (usize, usize), role: Role) -> String {
    let (before, rest) = split_at_column(text, start);
    let (cell, after) = split_at_column(rest, end.saturating_sub(start));
    let word = cell.trim_end();
    let blanks = padded("", columns(cell) - columns(word));
    format!("{before}{}{blanks}{after}", style.paint(role, word))
}

#[cfg(test)]
mod tests {
    use super::{Grid, Role, Row, titles};
    use crate::render::Style;

    fn grid() -> Grid {
        Grid {
            titles: titles(["NAME", "PODS", "WHY"]),
            painted: 2,
            anchor: 1,
        }
    }

    fn row(name: &str, pods: &str, why: &str, tail: &str) -> Row {
        Row {
            cells: [name, pods, why].map(str::to_owned).to_vec(),
            tail: tail.to_owned(),
            role: Role::Bad,
        }
    }

    fn written(style: &Style, rows: &[Row]) -> String {
        let mut out = Vec::new();
        grid()
            .write(style, rows, &mut out)
            .expect("a Vec takes everything");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn pads_and_ends_lines_without_blanks() {
        let rows = [row("a", "1", "Because", ""), row("longer", "10", "", "")];
        assert_eq!(
            written(&Style::default(), &rows),
            "NAME    PODS  WHY\na       1     Because\nlonger  10\n"
        );
    }

    #[test]
    fn tails_come_as_far_as_there_is_room() {
        let rows = [row("a", "1", "Because", "a tail that is rather long")];
        let at = |width| {
            let style = Style {
                width: Some(width),
                ..Style::default()
            };
            written(&style, &rows)
        };
        assert!(at(80).ends_with("Because  a tail that is rather long\n"));
        assert!(
            at(41).ends_with("Because  a tail that is rath…\n"),
            "{}",
            at(41)
        );
        assert!(at(30).ends_with("Because\n"));
    }

    #[test]
    fn wraps_what_is_too_wide_and_keeps_the_colour_of_each_row() {
        let style = Style {
            width: Some(24),
            colour: true,
            ..Style::default()
        };
        let rows = [
            row("one two three four", "1", "First", ""),
            Row {
                role: Role::Good,
                ..row("five six seven eight", "2", "Second", "")
            },
        ];
        let text = written(&style, &rows);
        assert!(text.contains("\u{1b}[1m\u{1b}[31mFirst"), "{text:?}");
        assert!(text.contains("\u{1b}[32mSecond"), "{text:?}");
        assert!(text.lines().count() > 3, "{text:?}");
    }
}
