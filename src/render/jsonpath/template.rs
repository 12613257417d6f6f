//! A template with its loops, and how it is filled in.

use std::borrow::Cow;
use std::io::{self, Write};

use serde_json::Value;

use super::document::{Document, Item};
use super::parse::{Node, ParseError, Piece, pieces};
use super::text::{plain, write_json};
use super::walk::walk;
use crate::render::Answer;

/// A template of `-o jsonpath`.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    blocks: Vec<Block>,
    as_json: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Block {
    Text(String),
    /// What a path leads to.
    Found(Vec<Node>),
    /// The blocks up to `{end}`, once for each that a path leads to.
    Range(Vec<Node>, Vec<Block>),
}

/// Loops in loops, deeper than reports are.
const DEEPEST: usize = 32;

impl Template {
    /// Reads a template. `as_json` prints lists of what is found as JSON (`jsonpath-as-json`).
    ///
    /// # Errors
    /// What is wrong with it, in kubectl's words.
    pub fn parse(text: &str, as_json: bool) -> Result<Self, ParseError> {
        let mut pieces = pieces(text)?.into_iter();
        let blocks = blocks(&mut pieces, 0)?;
        Ok(Self { blocks, as_json })
    }

    /// Fills it in and writes it.
    ///
    /// Errors: those of `out`; what cannot be told is one of them ([`io::ErrorKind::InvalidInput`]), in kubectl's words.
    pub(in crate::render) fn render(
        &self,
        report: &Answer<'_>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let document = Document::new(report);
        self.fill(&self.blocks, &document.root(), out)
    }

    /// The same over a document that is at hand.
    ///
    /// Errors: as there.
    pub(in crate::render) fn render_value(
        &self,
        document: &Value,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        self.fill(&self.blocks, &Item::Value(Cow::Borrowed(document)), out)
    }

    fn fill(&self, blocks: &[Block], at: &Item<'_>, out: &mut dyn Write) -> io::Result<()> {
        let reach = |nodes: &[Node]| {
            walk(vec![at.clone()], nodes)
                .map_err(|words| io::Error::new(io::ErrorKind::InvalidInput, words))
        };
        for block in blocks {
            match block {
                Block::Text(text) => self.write(vec![Item::Text(text.clone())], out)?,
                Block::Found(nodes) => self.write(reach(nodes)?, out)?,
                Block::Range(nodes, blocks) => {
                    for item in reach(nodes)? {
                        // Made once for all that is asked about it.
                        self.fill(blocks, &Item::Value(item.value()), out)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn write(&self, items: Vec<Item<'_>>, out: &mut dyn Write) -> io::Result<()> {
        if self.as_json {
            let values = items.into_iter().map(|item| item.value().into_owned());
            return writeln!(out, "{}", write_json(&values.collect()));
        }
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                out.write_all(b" ")?;
            }
            match item {
                Item::Text(text) => out.write_all(text.as_bytes())?,
                other => out.write_all(plain(&other.value()).as_bytes())?,
            }
        }
        Ok(())
    }
}

/// The blocks up to the end of a loop, or of the template where `depth` is 0.
fn blocks(
    pieces: &mut impl Iterator<Item = Piece>,
    depth: usize,
) -> Result<Vec<Block>, ParseError> {
    let mut found = Vec::new();
    while let Some(piece) = pieces.next() {
        let nodes = match piece {
            Piece::Text(text) => {
                found.push(Block::Text(text));
                continue;
            }
            Piece::Action(nodes) => nodes,
        };
        let has = |word: &str| {
            nodes
                .iter()
                .any(|node| matches!(node, Node::Word(found) if found == word))
        };
        if has("range") {
            if depth == DEEPEST {
                return Err(ParseError(format!(
                    "more than {DEEPEST} ranges in each other"
                )));
            }
            found.push(Block::Range(nodes, blocks(&mut *pieces, depth + 1)?));
        } else if !has("end") {
            found.push(Block::Found(nodes));
        } else if depth > 0 {
            return Ok(found);
        } else {
            return Err(ParseError("not in range, nothing to end".to_owned()));
        }
    }
    Ok(found)
}
