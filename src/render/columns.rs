//! `-o custom-columns=…`: a row for each pod, with the columns that were asked for, laid out as kubectl does.

use std::io::{self, Write};
use std::ops::Range;

use serde::Serialize;
use serde_json::Value;

use super::crew::in_order;
use super::jsonpath::{Item, ParseError, Path, plain};
use super::style::columns;

/// Blanks between two columns.
const GAP: usize = 3;
/// A column with its blanks is never narrower.
const NARROWEST: usize = 6;

/// The columns of a table, each a title and a path.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomColumns {
    columns: Vec<(String, Path)>,
    headers: bool,
}

impl CustomColumns {
    /// Reads `TITLE:PATH,TITLE:PATH`.
    ///
    /// # Errors
    /// What is wrong with it, in kubectl's words.
    pub fn parse(spec: &str, headers: bool) -> Result<Self, ParseError> {
        if spec.is_empty() {
            return Err(ParseError::new(
                "custom-columns format specified but no custom columns given",
            ));
        }
        let columns = spec.split(',').map(|column| match column.split_once(':') {
            Some((title, path)) => Ok((title.to_owned(), Path::parse(path)?)),
            None => Err(ParseError::new(format!(
                "unexpected custom-columns spec: {column}, expected <header>:<json-path-expr>"
            ))),
        });
        Ok(Self {
            columns: columns.collect::<Result<_, _>>()?,
            headers,
        })
    }

    /// Reads a file of two lines: titles, and under them the paths, parted by blanks.
    ///
    /// # Errors
    /// What is wrong with it, in kubectl's words.
    pub fn parse_file(text: &str, headers: bool) -> Result<Self, ParseError> {
        let mut lines = text.lines();
        let mut line = |what: &str| {
            lines.next().ok_or_else(|| {
                ParseError::new(format!(
                    "invalid template, missing {what} line; expected is one line of space separated headers, one line of space separated column specs"
                ))
            })
        };
        let titles: Vec<&str> = line("header")?.split_whitespace().collect();
        let paths: Vec<&str> = line("spec")?.split_whitespace().collect();
        if titles.len() != paths.len() {
            return Err(ParseError::new(format!(
                "number of headers ({}) and field specifications ({}) don't match",
                titles.len(),
                paths.len()
            )));
        }
        let columns = titles
            .into_iter()
            .zip(paths)
            .map(|(title, path)| Ok((title.to_owned(), Path::parse(path)?)));
        Ok(Self {
            columns: columns.collect::<Result<_, ParseError>>()?,
            headers,
        })
    }

    /// Writes a row for each of `count` entries. Of each, only its cells are kept, to know how wide the columns are.
    ///
    /// Errors: those of `out`; what cannot be told is one of them ([`io::ErrorKind::InvalidInput`]), in kubectl's words.
    pub(super) fn render<E: Serialize>(
        &self,
        count: usize,
        entry: impl Fn(usize) -> E + Sync,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut rows: Vec<Vec<String>> = Vec::with_capacity(count + 1);
        if self.headers {
            let titles = self.columns.iter();
            let titles = titles.map(|(title, _)| plain(&Value::from(title.as_str())));
            rows.push(titles.collect());
        }
        let make = |range: Range<usize>| {
            range
                .map(|index| self.cells(&entry(index)))
                .collect::<io::Result<Vec<_>>>()
        };
        in_order(count, make, |piece| {
            rows.extend(piece?);
            Ok(())
        })?;
        let mut widths = vec![0; self.columns.len()];
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = columns(cell).max(*width);
            }
        }
        let last = self.columns.len() - 1;
        for row in &rows {
            let mut line = String::new();
            for (index, cell) in row.iter().enumerate() {
                line.push_str(cell);
                if index < last {
                    let whole = (widths[index] + GAP).max(NARROWEST);
                    line.push_str(&" ".repeat(whole.saturating_sub(columns(cell))));
                }
            }
            writeln!(out, "{line}")?;
        }
        Ok(())
    }

    fn cells(&self, entry: &impl Serialize) -> io::Result<Vec<String>> {
        let entry = serde_json::to_value(entry)?;
        let cell = |path: &Path| {
            let found = path
                .follow(&entry)
                .map_err(|words| io::Error::new(io::ErrorKind::InvalidInput, words))?;
            if found.is_empty() {
                return Ok("<none>".to_owned());
            }
            let texts = found.into_iter().map(Item::value);
            let texts: Vec<String> = texts.map(|value| plain(&value)).collect();
            Ok(texts.join(","))
        };
        self.columns.iter().map(|(_, path)| cell(path)).collect()
    }
}
