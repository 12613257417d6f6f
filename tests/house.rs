//! The rooms of the house keep to themselves: which module may import which.
//!
//! Reads the paths that the source files name (`use` and inline) and fails with file, line and the rule that was broken. Unit
//! tests may import what they like, at the foot of a file or in files of their own.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

/// What one room may know of the others.
struct Rule {
    /// The room: a module path below the crate; the first rule that fits a file is the file's.
    room: &'static str,
    /// What may be imported, and what never, in words.
    row: &'static str,
    /// The only modules of ours that may be imported. `None`: any but `never`.
    only: Option<&'static [&'static str]>,
    /// Modules of ours and crates that may not be imported.
    never: &'static [&'static str],
    /// Modules that may not import each other.
    apart: &'static [&'static str],
}

/// What reads a clock or the outside.
const OUTSIDE: &[&str] = &[
    "aws_config",
    "aws_runtime",
    "aws_sdk_eks",
    "aws_smithy_http_client",
    "aws_smithy_runtime",
    "aws_smithy_runtime_api",
    "aws_smithy_types",
    "aws_types",
    "clap",
    "http",
    "http_body_util",
    "k8s_openapi",
    "kube",
    "std::env",
    "std::fs",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "jiff::Timestamp::now",
    "jiff::Zoned::now",
    "Timestamp::now",
    "Zoned::now",
    "SystemTime::now",
    "Instant::now",
    "tokio",
];

const RULES: &[Rule] = &[
    Rule {
        room: "decision::facts",
        row: "decision::facts | may import std and crates of plain data (arcstr, jiff, serde, uuid) | never anything of ours, nor a clock or the outside",
        only: Some(&["decision::facts"]),
        never: OUTSIDE,
        apart: &[],
    },
    Rule {
        room: "decision::sizing",
        row: "decision::sizing | may import facts | never anything else of ours, nor a clock or the outside",
        only: Some(&["decision::facts", "decision::sizing"]),
        never: OUTSIDE,
        apart: &[],
    },
    Rule {
        room: "decision::placement",
        row: "decision::placement | may import facts, finding, reason and sizing | never rules, report, sources, a clock or the outside",
        only: Some(&[
            "decision::facts",
            "decision::finding",
            "decision::reason",
            "decision::sizing",
            "decision::placement",
        ]),
        never: OUTSIDE,
        apart: &[],
    },
    Rule {
        room: "decision::rules",
        row: "decision::rules | may import facts, finding, reason, sizing and placement | never each other, kube, aws, tokio, std::fs, std::env, any clock",
        only: Some(&[
            "decision::facts",
            "decision::finding",
            "decision::reason",
            "decision::sizing",
            "decision::placement",
            "decision::rules",
        ]),
        never: OUTSIDE,
        apart: &[
            "decision::rules::selection",
            "decision::rules::timing",
            "decision::rules::owner",
            "decision::rules::refused",
            "decision::rules::infrastructure",
            "decision::rules::elsewhere",
            "decision::rules::worth_knowing",
            "decision::rules::visibility",
            "decision::rules::profiles",
        ],
    },
    Rule {
        room: "decision",
        row: "decision | may import all of decision, survey and suggest not each other | never report, render, sources, clap, a clock or the outside",
        only: Some(&["decision"]),
        never: OUTSIDE,
        apart: &["decision::survey", "decision::suggest"],
    },
    Rule {
        room: "report",
        row: "report | may import decision | never render, sources, clap, a clock or the outside",
        only: Some(&["decision", "report"]),
        never: OUTSIDE,
        apart: &[],
    },
    Rule {
        room: "render",
        row: "render | may import report and decision's RuleInfo | never sources, commands, kube, aws; never stdout by name",
        only: None,
        never: &[
            "sources",
            "commands",
            "cli",
            "kube",
            "k8s_openapi",
            "aws_config",
            "aws_sdk_eks",
            "std::io::stdout",
            "std::io::stderr",
            "std::fs",
            "std::net",
        ],
        apart: &[],
    },
    Rule {
        room: "completion",
        row: "completion | may import cli, decision's RuleInfo, the words of sources | never commands, kube, aws, a clock or the outside",
        only: None,
        never: &[
            "commands",
            "kube",
            "aws_config",
            "aws_sdk_eks",
            "std::env",
            "std::fs",
            "std::io::stdout",
            "std::io::stderr",
            "std::net",
            "std::process",
            "std::thread",
            "std::time::Instant",
            "tokio",
        ],
        apart: &[],
    },
    Rule {
        room: "sources",
        row: "sources | may import decision::facts and error | never what judges, report, render",
        only: None,
        never: &[
            "decision::placement",
            "decision::rules",
            "decision::suggest",
            "decision::survey",
            "decision::verdict",
            "report",
            "render",
            "commands",
            "cli",
        ],
        apart: &[],
    },
    Rule {
        room: "prompt",
        row: "prompt | may import error and render's clean | never what is asked about, nor who asks",
        only: Some(&["error", "prompt", "render::clean"]),
        never: &["kube", "clap", "tokio", "std::fs", "std::net"],
        apart: &[],
    },
    Rule {
        room: "commands",
        row: "commands | may import everything but each other",
        only: None,
        never: &[],
        apart: &[
            "commands::complete",
            "commands::completion",
            "commands::explain",
            "commands::permissions",
            "commands::profiles",
            "commands::reasons",
            "commands::suggest",
        ],
    },
];

/// shell_words leaves braces, the history sign and control characters bare, and knows nothing of flags.
#[test]
fn one_place_writes_for_a_shell() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in rust_files(&source) {
        let text = std::fs::read_to_string(&file).expect("a file of ours can be read");
        for written in ["shell_words::quote", "shell_words::join"] {
            assert!(
                !text.contains(written),
                "{}: {written}, where decision::facts::shell is meant",
                file.display()
            );
        }
    }
}

#[test]
fn every_guarded_room_is_there() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let modules: Vec<String> = rust_files(&source)
        .iter()
        .map(|file| module_of(file.strip_prefix(&source).expect("found below it")))
        .collect();
    for rule in RULES {
        for room in rule.apart.iter().chain([&rule.room]) {
            assert!(
                modules.iter().any(|module| is_within(module, room)),
                "{room} is guarded and is not there"
            );
        }
    }
}

#[test]
fn every_room_imports_only_what_it_may() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut broken = String::new();
    for file in rust_files(&source) {
        let module = module_of(file.strip_prefix(&source).expect("found below it"));
        let Some(rule) = RULES.iter().find(|rule| is_within(&module, rule.room)) else {
            continue;
        };
        if is_of_unit_tests(&module) {
            continue;
        }
        let text = std::fs::read_to_string(&file).expect("found a moment ago");
        for (line, path) in paths(&text, &module) {
            if !is_allowed(rule, &module, &path) {
                let _ = writeln!(
                    broken,
                    "{}:{line}: imports {path}\n    {}",
                    file.display(),
                    rule.row
                );
            }
        }
    }
    assert!(broken.is_empty(), "\n{broken}");
}

/// Says whether a module may name a path: `crate::…` for ours, else a crate's.
fn is_allowed(rule: &Rule, module: &str, path: &str) -> bool {
    let ours = path.strip_prefix("crate::");
    let name = ours.unwrap_or(path);
    if rule.never.iter().any(|never| is_within(name, never)) {
        return false;
    }
    let own = rule.apart.iter().find(|apart| is_within(module, apart));
    if own.is_some()
        && rule
            .apart
            .iter()
            .any(|apart| Some(apart) != own && is_within(name, apart))
    {
        return false;
    }
    match (ours, rule.only) {
        (Some(ours), Some(only)) => only.iter().any(|room| is_within(ours, room)),
        _ => true,
    }
}

fn is_within(path: &str, room: &str) -> bool {
    path.strip_prefix(room)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Returns the module path of a source file: `decision/rules/mod.rs` is `decision::rules`.
fn module_of(file: &Path) -> String {
    let path = file.with_extension("");
    let mut parts: Vec<String> = path
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts.join("::")
}

/// Whether a module is one of unit tests, which stand in `tests` beside what they test, or in `NAME_tests`.
fn is_of_unit_tests(module: &str) -> bool {
    module
        .split("::")
        .any(|part| part == "tests" || part.ends_with("_tests"))
}

/// Returns the paths that a file names, with their lines; `super` and `self` are resolved, `use` trees taken apart.
fn paths(text: &str, module: &str) -> Vec<(usize, String)> {
    let code = without_comments_and_text(text);
    let code = code.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let mut found = Vec::new();
    let mut rest = 0;
    while let Some((start, path)) = next_path(code, rest) {
        let line = code[..start].matches('\n').count() + 1;
        rest = start + path.len();
        // The head of a tree: what is in its braces follows it.
        if path.ends_with("::") && code[rest..].starts_with('{') {
            let end = closing(code, rest);
            for leaf in leaves(&code[rest + 1..end]) {
                found.push((line, resolve(&format!("{path}{leaf}"), module)));
            }
            rest = end;
        } else {
            found.push((line, resolve(path, module)));
        }
    }
    found
}

/// Finds the next run of identifiers joined by `::`, with at least one `::` in it.
fn next_path(code: &str, from: usize) -> Option<(usize, &str)> {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    let mut at = from;
    loop {
        let start = at + code[at..].find(|letter: char| letter.is_alphabetic() || letter == '_')?;
        let length = code[start..]
            .find(|letter| !is_part(letter))
            .unwrap_or(code.len() - start);
        let word = &code[start..start + length];
        // `name: Type` holds one colon and is two words.
        let path = word
            .split_inclusive("::")
            .take_while(|part| !part.trim_end_matches("::").contains(':'));
        let length = path
            .map(str::len)
            .sum::<usize>()
            .max(word.find(':').unwrap_or(length).min(length));
        let path = &code[start..start + length];
        if path.contains("::") {
            return Some((start, path));
        }
        at = start + length.max(1);
    }
}

fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0;
    for (at, letter) in code[open..].char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return open + at;
        }
    }
    code.len()
}

/// Takes the inside of a `use` tree apart: `a, b::{c, d}` is `a`, `b::c`, `b::d`.
fn leaves(tree: &str) -> Vec<String> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, letter) in tree.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&tree[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&tree[start..]);
    let mut leaves = Vec::new();
    for part in parts
        .into_iter()
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        match part.split_once('{') {
            Some((head, inside)) => {
                let inside = inside.rsplit_once('}').map_or(inside, |(inside, _)| inside);
                leaves.extend(
                    self::leaves(inside)
                        .into_iter()
                        .map(|leaf| format!("{head}{leaf}")),
                );
            }
            None => leaves.push(
                part.split_whitespace()
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
            ),
        }
    }
    leaves
}

fn resolve(path: &str, module: &str) -> String {
    let mut here: Vec<&str> = module.split("::").collect();
    let mut rest = path;
    if let Some(inside) = rest.strip_prefix("self::") {
        rest = inside;
    } else if !rest.starts_with("super::") {
        return path.to_owned();
    }
    while let Some(above) = rest.strip_prefix("super::") {
        here.pop();
        rest = above;
    }
    here.insert(0, "crate");
    here.push(rest);
    here.join("::")
}

/// Blanks comments, string and character literals out, line breaks kept.
fn without_comments_and_text(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(raw) = rest.strip_prefix("r#\"") {
            raw.find("\"#").map_or(rest.len(), |end| end + 5)
        } else if letter == '"' {
            quoted(rest)
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\") {
            rest[2..].find('\'').map_or(1, |end| end + 3)
        } else {
            code.push(letter);
            rest = &rest[letter.len_utf8()..];
            continue;
        };
        code.extend(rest[..skipped].chars().filter(|letter| *letter == '\n'));
        code.push(' ');
        rest = &rest[skipped..];
    }
    code
}

fn quoted(text: &str) -> usize {
    let mut is_escaped = true;
    for (at, letter) in text.char_indices() {
        match letter {
            '"' if !is_escaped => return at + 1,
            '\\' if !is_escaped => is_escaped = true,
            _ => is_escaped = false,
        }
    }
    text.len()
}

#[test]
fn paths_are_found_wherever_they_are_named() {
    let text = r#"
//! Not here: crate::comment
use std::{collections::BTreeMap, fs};
use crate::{
    decision::{facts::{Pod, node::Node}, placement::PodCase as Case},
    report::Report,
};
use super::facts::pattern::Pattern;
fn now(of: &str) -> super::super::report::Time { let name: Type = "crate::text"; kube::Client::now(of, crate::error::Error) }
#[cfg(test)]
mod tests { use crate::sources::Anything; }
"#;
    let found = paths(text, "decision::rules");
    let wanted = [
        (3, "std::collections::BTreeMap"),
        (3, "std::fs"),
        (4, "crate::decision::facts::Pod"),
        (4, "crate::decision::facts::node::Node"),
        (4, "crate::decision::placement::PodCase"),
        (4, "crate::report::Report"),
        (8, "crate::decision::facts::pattern::Pattern"),
        (9, "crate::report::Time"),
        (9, "kube::Client::now"),
        (9, "crate::error::Error"),
    ];
    let wanted: Vec<(usize, String)> = wanted
        .into_iter()
        .map(|(line, path)| (line, path.to_owned()))
        .collect();
    assert_eq!(found, wanted);
}

#[test]
fn what_a_rule_forbids_is_refused() {
    let rule = |module: &str| {
        RULES
            .iter()
            .find(|rule| is_within(module, rule.room))
            .expect("a room with a rule")
    };
    let cases = [
        (
            "decision::facts::pod",
            "serde::Deserialize",
            true,
            "serde is welcome",
        ),
        (
            "decision::facts::pod",
            "crate::decision::facts::node::Node",
            true,
            "its own room",
        ),
        (
            "decision::facts::pod",
            "crate::decision::placement::PodCase",
            false,
            "nobody walks back up",
        ),
        (
            "decision::facts::pod",
            "std::time::SystemTime",
            false,
            "no clock",
        ),
        (
            "decision::rules::timing",
            "crate::decision::rules::Finding",
            true,
            "what all rules share",
        ),
        (
            "decision::rules::timing",
            "crate::decision::rules::selection::NoProfiles",
            false,
            "not each other",
        ),
        (
            "decision::rules",
            "crate::decision::rules::selection::NoProfiles",
            true,
            "the table knows them all",
        ),
        (
            "decision::verdict",
            "crate::report::Report",
            false,
            "the report knows the verdict",
        ),
        (
            "report::model",
            "crate::render::Style",
            false,
            "the report is data",
        ),
        (
            "render::table",
            "std::io::stdout",
            false,
            "it writes where it is told",
        ),
        (
            "sources::cluster",
            "crate::decision::facts::Pod",
            true,
            "it fills the facts",
        ),
        (
            "sources::cluster",
            "crate::decision::rules::RULES",
            false,
            "it does not judge",
        ),
        (
            "commands::explain",
            "crate::commands::reasons::run",
            false,
            "not each other",
        ),
    ];
    for (module, path, allowed, why) in cases {
        assert_eq!(
            is_allowed(rule(module), module, path),
            allowed,
            "{module} naming {path}: {why}"
        );
    }
}
