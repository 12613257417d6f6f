//! The pages of the reasons: `docs/reasons/` holds what `kubectl fargate reasons` prints, and every page keeps its form.
//!
//! After a change of a rule or a page, `UPDATE_DOCS=1 cargo test --test docs` writes `docs/reasons/` anew.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use kubectl_fargate::{
    decision::{
        reason::Reason,
        rules::{self, RuleInfo},
    },
    render::reason_document::documents,
};

/// Lines of a page: it is read at once, in a terminal.
const LONGEST_PAGE: usize = 60;
/// Columns of a line that is no command.
const WIDEST_LINE: usize = 120;
const HEADINGS: &[&str] = &[
    "## What it means",
    "## See it by hand",
    "## What to do",
    "## Cases that look alike",
];
/// What stands where a text is still to come.
const PLACEHOLDERS: &[&str] = &["TO BE WRITTEN", "TODO", "FIXME", "TBD", "Lorem"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reasons")
}

#[test]
fn the_pages_in_docs_are_those_of_the_program() {
    let wanted: BTreeMap<String, String> = documents().into_iter().collect();
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for file in std::fs::read_dir(folder()).into_iter().flatten().flatten() {
        let text = std::fs::read_to_string(file.path()).unwrap_or_default();
        found.insert(file.file_name().to_string_lossy().into_owned(), text);
    }
    let mut wrong: Vec<String> = Vec::new();
    for (name, text) in &wanted {
        match found.get(name) {
            None => wrong.push(format!("{name} is missing")),
            Some(there) if there != text => wrong.push(format!("{name} is stale")),
            Some(_) => {}
        }
    }
    let left_over: Vec<&String> = found
        .keys()
        .filter(|name| !wanted.contains_key(*name))
        .collect();
    wrong.extend(
        left_over
            .iter()
            .map(|name| format!("{name} is about no reason that there is")),
    );
    if !wrong.is_empty() && std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(folder()).expect("docs can be written");
        for (name, text) in &wanted {
            std::fs::write(folder().join(name), text).expect("docs can be written");
        }
        for name in left_over {
            std::fs::remove_file(folder().join(name)).expect("docs can be written");
        }
        return;
    }
    assert!(
        wrong.is_empty(),
        "docs/reasons is not what the program says:\n  {}\nUPDATE_DOCS=1 cargo test --test docs writes it anew",
        wrong.join("\n  ")
    );
}

#[test]
fn every_page_keeps_its_form() {
    let wrong: Vec<String> = rules::infos()
        .flat_map(|info| {
            flaws(info)
                .into_iter()
                .map(|flaw| format!("{}: {flaw}", info.reason))
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "pages in src/decision/rules/pages:\n  {}",
        wrong.join("\n  ")
    );
}

/// Returns what is wrong with a page, in a line each.
fn flaws(info: &RuleInfo) -> Vec<String> {
    let page = info.page;
    let mut flaws = Vec::new();
    for placeholder in PLACEHOLDERS {
        if page.contains(placeholder) {
            flaws.push(format!("{placeholder} stands in it"));
        }
    }
    let lines = page.lines().count();
    if lines >= LONGEST_PAGE {
        flaws.push(format!(
            "{lines} lines; it must have less than {LONGEST_PAGE}"
        ));
    }
    let (mut is_fenced, mut commands, mut headings) = (false, 0, Vec::new());
    for (index, line) in page.lines().enumerate() {
        let number = index + 1;
        if line.starts_with("```") {
            is_fenced = !is_fenced;
        } else if is_fenced {
            commands += usize::from(line.starts_with("kubectl ") || line.starts_with("aws "));
            // On a terminal the block is indented, and a word that goes on in the next line would be torn.
            let is_continued = page
                .lines()
                .nth(index.wrapping_sub(1))
                .is_some_and(|before| before.ends_with('\\'));
            if is_continued && !line.starts_with(' ') {
                flaws.push(format!(
                    "line {number} goes on with a word of the line before"
                ));
            }
        } else {
            if line.starts_with('#') {
                headings.push(line);
            }
            let columns = line.chars().count();
            if columns > WIDEST_LINE {
                flaws.push(format!(
                    "line {number} has {columns} columns, over {WIDEST_LINE}"
                ));
            }
        }
        if line.trim_end() != line {
            flaws.push(format!("line {number} ends with a blank"));
        }
    }
    flaws.extend(flaws_of_commands(page));
    if is_fenced {
        flaws.push("a block of commands does not end".to_owned());
    }
    if commands == 0 {
        flaws.push("no kubectl or aws command to see it by hand".to_owned());
    }
    if headings != HEADINGS {
        flaws.push(format!("its headings are {headings:?}"));
    }
    if !info.source.starts_with("https://") {
        flaws.push(format!("source {} is no address", info.source));
    }
    flaws.extend(flaws_of_look_alikes(info));
    flaws
}

/// Every command has its quotes closed, and what is said to be saved for `--profiles` is not cut down by `--query`.
fn flaws_of_commands(page: &str) -> Vec<String> {
    let blocks: String = page.split("```").skip(1).step_by(2).collect();
    let mut flaws = Vec::new();
    for command in blocks.replace("\\\n", " ").lines() {
        let Ok(words) = shell_words::split(command) else {
            flaws.push(format!("the quotes of `{command}` are not closed"));
            continue;
        };
        let is_saved = words.iter().any(|word| word.starts_with('>'));
        if is_saved && words.iter().any(|word| word == "--query") {
            flaws.push(format!("`{command}` saves what cannot be given back"));
        }
    }
    flaws
}

/// Each look-alike is an item that begins with a reason in backticks, and says what tells them apart.
fn flaws_of_look_alikes(info: &RuleInfo) -> Vec<String> {
    let Some((_, section)) = info.page.split_once("## Cases that look alike") else {
        return Vec::new();
    };
    let mut flaws = Vec::new();
    let mut named = 0;
    for (index, word) in section.split('`').enumerate() {
        let is_quoted = index % 2 == 1;
        let is_name = word.len() > 3
            && word.starts_with(|letter: char| letter.is_ascii_uppercase())
            && word.chars().all(|letter| letter.is_ascii_alphanumeric());
        if !is_quoted || !is_name {
            continue;
        }
        let is_item = section.contains(&format!("\n- `{word}`"));
        let is_reason = Reason::ALL.iter().any(|reason| reason.as_str() == word);
        if is_item && !is_reason {
            flaws.push(format!("its look-alike {word} is no reason"));
        }
        if word == info.reason.as_str() && is_item {
            flaws.push("it looks like itself".to_owned());
        }
        named += usize::from(is_item && is_reason);
    }
    if named == 0 {
        flaws.push("names no reason that looks alike".to_owned());
    }
    flaws
}

#[test]
fn what_is_wrong_with_a_page_is_told() {
    let good = "## What it means\n\nx\n\n## See it by hand\n\n```sh\nkubectl get pods\n```\n\n## What to do\n\nx\n\n\
                ## Cases that look alike\n\n- `HostPort`: a port.\n";
    let of = |page: String| {
        flaws(&RuleInfo {
            page: Box::leak(page.into_boxed_str()),
            ..info_of_a_page()
        })
    };
    assert_eq!(of(good.to_owned()), Vec::<String>::new());
    for (page, complaint) in [
        (good.replace("kubectl get pods", "ls"), "no kubectl"),
        (good.replace("\nx\n", "\nTO BE WRITTEN\n"), "TO BE WRITTEN"),
        (
            good.replace("HostPort", "HostDoor"),
            "HostDoor is no reason",
        ),
        (
            good.replace("- `HostPort`: a port.", "none"),
            "names no reason",
        ),
        (good.replace("HostPort", "TooBig"), "looks like itself"),
        (good.replace("## What to do", "## Fix"), "headings"),
        (good.replace("a port.", &"a ".repeat(80)), "columns"),
        (
            good.replace("\n## What to do", "## What to do")
                .replace("```\n", ""),
            "does not end",
        ),
        (format!("{good}{}", "x\n".repeat(50)), "lines"),
        (good.replace("get pods", "get 'pods"), "are not closed"),
        (
            good.replace("get pods", "get pods --query x > y"),
            "cannot be given back",
        ),
        (
            good.replace("get pods", "get pods,\\\nnodes"),
            "goes on with a word",
        ),
    ] {
        let found = of(page);
        assert!(
            found.iter().any(|flaw| flaw.contains(complaint)),
            "nothing about {complaint} in {found:?}"
        );
    }
}

fn info_of_a_page() -> RuleInfo {
    let real = rules::info(Reason::TooBig);
    RuleInfo { ..*real }
}
