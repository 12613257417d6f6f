//! The catalogue of reasons as Markdown: what `docs/reasons/` holds. Made from the same declarations as the pages in the
//! terminal, so that the two cannot say different things.

use std::fmt::Write as _;

use super::reason_page::family_name;
use crate::decision::reason::Reason;
use crate::decision::rules::{self, RuleInfo};

/// The name of the file that lists all reasons.
pub const INDEX: &str = "README.md";

/// Returns all documents, each with the name of its file: the index, then a page a reason.
pub fn documents() -> Vec<(String, String)> {
    let pages = rules::infos().map(|info| (file_name(info.reason), page(info)));
    std::iter::once((INDEX.to_owned(), index()))
        .chain(pages)
        .collect()
}

fn file_name(reason: Reason) -> String {
    format!("{reason}.md")
}

/// The list of all reasons, family by family.
fn index() -> String {
    let mut text = String::from(
        "# Reasons\n\nEvery answer of `kubectl fargate explain` has one reason that decides, and any number of further findings; \
         `kubectl fargate profiles` tells findings about profiles. Their names stay.\nThese are the pages that `kubectl fargate reasons NAME` prints.\n",
    );
    let mut family = None;
    for info in rules::infos() {
        if family != Some(info.family) {
            let mut name = family_name(info.family).to_owned();
            name[..1].make_ascii_uppercase();
            let _ = write!(text, "\n## {name}\n\n");
            family = Some(info.family);
        }
        let _ = writeln!(text, "- [`{0}`]({0}.md): {1}", info.reason, info.title);
    }
    text
}

/// The page of one reason.
fn page(info: &RuleInfo) -> String {
    let mut text = format!("# {}\n\n{}.\n\n", info.reason, sentence(info.title));
    for (what, words) in [
        ("Family", family_name(info.family)),
        ("Read from", info.evidence),
        ("Fix", info.fix),
        ("Source", &format!("<{}>", info.source)),
    ] {
        let _ = writeln!(text, "- {what}: {words}");
    }
    text.push('\n');
    text.push_str(&linked(info.page.trim_end(), info.reason));
    let _ = write!(text, "\n\n[All reasons]({INDEX})\n");
    text
}

/// The page with links where it names other reasons; commands stay as they are.
fn linked(page: &str, own: Reason) -> String {
    let mut is_fenced = false;
    let lines: Vec<String> = page
        .lines()
        .map(|line| {
            is_fenced ^= line.starts_with("```");
            if is_fenced {
                return line.to_owned();
            }
            let others = Reason::ALL.iter().filter(|reason| **reason != own);
            others.fold(line.to_owned(), |line, reason| {
                let name = format!("`{reason}`");
                line.replace(&name, &format!("[{name}]({})", file_name(*reason)))
            })
        })
        .collect();
    lines.join("\n")
}

/// A title as the beginning of a sentence; names that begin in lower case on purpose do not occur.
fn sentence(title: &str) -> String {
    let mut letters = title.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_reasons_are_links_outside_commands_only() {
        let page =
            "- `TooBig`: see `HostPort`\n```sh\necho `HostPort`\n```\n`HostPort`, not `HostPorts`";
        assert_eq!(
            linked(page, Reason::TooBig),
            "- `TooBig`: see [`HostPort`](HostPort.md)\n```sh\necho `HostPort`\n```\n[`HostPort`](HostPort.md), not `HostPorts`"
        );
    }

    #[test]
    fn there_is_one_document_a_reason_and_an_index_that_names_them() {
        let documents = documents();
        assert_eq!(documents.len(), Reason::ALL.len() + 1);
        let (name, index) = &documents[0];
        assert_eq!(name, INDEX);
        for (name, page) in &documents[1..] {
            assert!(index.contains(&format!("({name})")), "{name}");
            let title = format!("# {}\n", name.trim_end_matches(".md"));
            assert!(page.starts_with(&title), "{name}");
        }
        assert!(index.contains("\n## Refused by Fargate\n"));
    }
}
