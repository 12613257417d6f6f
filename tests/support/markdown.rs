//! The fenced blocks of a document in Markdown.

use std::ops::Range;

/// A fenced block.
pub struct Block {
    /// What stands after the fence, for example `sh`.
    pub language: String,
    pub text: String,
    /// Where the text stands in the document.
    pub range: Range<usize>,
}

/// Returns the fenced blocks of a document, in their order.
pub fn blocks(document: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, usize)> = None;
    let mut at = 0;
    for line in document.split_inclusive('\n') {
        let next = at + line.len();
        if let Some(language) = line.trim_end().strip_prefix("```") {
            open = match open {
                None => Some((language.to_owned(), next)),
                Some((language, start)) => {
                    blocks.push(Block {
                        language,
                        text: document[start..at].to_owned(),
                        range: start..at,
                    });
                    None
                }
            };
        }
        at = next;
    }
    assert!(open.is_none(), "a fenced block does not end");
    blocks
}
