//! `-o jsonpath=…`, and the paths of `custom-columns` and `--sort-by`: kubectl's own dialect, read (`parse`) and followed
//! (`walk`) over the document that `-o json` prints.
//!
//! kubectl's dialect is no JSONPath of any standard: `{range}` and `{end}`, text between braces, no script but a filter of one
//! comparison, every missing field an empty result. So it is written after kubectl's and not taken from a library.
//!
//! Source: client-go, `util/jsonpath`; Kubernetes documentation, "JSONPath Support".

mod document;
mod parse;
mod template;
mod text;
mod walk;

pub use parse::ParseError;
pub use template::Template;

pub(super) use document::Item;
pub(super) use text::plain;

use parse::Node;
use walk::walk_value;

/// One path of `custom-columns` or `--sort-by`, from a pod's entry on.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    nodes: Vec<Node>,
    /// The path as kubectl writes it: `{.metadata.name}`.
    pub text: String,
}

/// Words that users of kubectl type, and what they are called in an entry.
const KUBECTL_WORDS: &[(&[&str], &[&str])] = &[
    (&["metadata", "name"], &["name"]),
    (&["metadata", "namespace"], &["namespace"]),
    (&["metadata", "creationTimestamp"], &["createdAt"]),
    (&["metadata", "ownerReferences"], &["owner"]),
    (&["spec", "nodeName"], &["placement", "node"]),
    (&["status", "phase"], &["phase"]),
];

impl Path {
    /// Reads a path as kubectl does, with or without braces and the first point. The places that a pod has in Kubernetes are
    /// taken for those of its entry (`.metadata.name` for `.name`).
    ///
    /// # Errors
    /// What is wrong with it, in kubectl's words.
    pub fn parse(path: &str) -> Result<Self, ParseError> {
        let inner = match path.strip_prefix('{') {
            Some(rest) => rest.strip_suffix('}'),
            None => Some(path),
        };
        let inner = inner
            .map(|inner| inner.strip_prefix('.').unwrap_or(inner))
            .filter(|inner| !inner.is_empty() && !inner.contains(['{', '}']));
        let Some(inner) = inner else {
            return Err(ParseError(format!(
                "unexpected path string {path:?}, expected a 'name1.name2' or '.name1.name2' or '{{name1.name2}}' or '{{.name1.name2}}'"
            )));
        };
        let text = format!("{{.{inner}}}");
        let mut nodes = parse::action(&text)?;
        let own_name = |(theirs, _): &&(&[&str], &[&str])| {
            nodes.len() >= theirs.len()
                && nodes.iter().zip(*theirs).all(
                    |(node, name)| matches!(node, Node::Field(field) if field.as_str() == *name),
                )
        };
        if let Some((theirs, ours)) = KUBECTL_WORDS.iter().find(own_name) {
            let ours = ours.iter().map(|name| Node::Field((*name).to_owned()));
            nodes.splice(..theirs.len(), ours);
        }
        Ok(Self { nodes, text })
    }

    /// What the path leads to in an entry; nothing where something on the way is missing.
    ///
    /// # Errors
    /// In kubectl's words: an index out of bounds, a comparison of what cannot be compared.
    pub(super) fn follow<'v>(&self, entry: &'v serde_json::Value) -> Result<Vec<Item<'v>>, String> {
        walk_value(entry, &self.nodes)
    }
}

#[cfg(test)]
mod tests;
