//! Every command that a document shows is classed: run here, taken by the program that it belongs to (`tests/live/documents.rs`), or
//! named in [`others::ELSEWHERE`] with where it is run, or what keeps it from that. A new command fails until it is in one of these.

#[path = "../support/markdown.rs"]
#[allow(dead_code, reason = "tests/readme.rs uses the rest")]
mod markdown;
mod others;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/reader.rs"]
mod reader;
#[path = "../support/shell.rs"]
mod shell;

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use kubectl_fargate::cli;
use others::{ELSEWHERE, RUN_AS_THEY_ARE};

/// What stands for a name that the reader puts in, and a name of the demo that it may be.
const NAMES: &[(&str, &str)] = &[
    ("NAMESPACE", "shop"),
    ("POD", "cart-0"),
    ("pod/POD", "pod/cart-0"),
    ("PROFILE", "apps"),
    ("FILE", "profiles.json"),
    ("profile.json", "profiles.json"),
];

/// The version in examples, and the one that it stands for.
const SHOWN: &str = "0.1.0";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Languages of blocks that hold no commands.
const NO_COMMANDS: &[&str] = &["text", "yaml", "json", "rust", "hcl"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every document of the repository, by its path, but for those of scenarios, which tell stories.
fn documents() -> BTreeMap<PathBuf, String> {
    let mut documents = BTreeMap::new();
    let mut folders = vec![root().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)
            .expect("the repository can be read")
            .flatten()
        {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_ours = !name.starts_with('.')
                && !["target", "node_modules", "corpus", "zig", "dist"].contains(&name.as_str());
            if path.is_dir() && is_ours && folder != root().join("tests/scenarios") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let text = std::fs::read_to_string(&path).expect("documents are text");
                let path = path.strip_prefix(root()).expect("it is below").to_owned();
                documents.insert(path, text);
            }
        }
    }
    documents
}

/// Every command in every document: where it stands, and its words.
fn all_commands() -> Vec<(PathBuf, Vec<String>)> {
    let mut all = Vec::new();
    for (path, text) in documents() {
        for block in markdown::blocks(&text) {
            if block.language == "sh" {
                let commands = shell::commands(&block.text);
                all.extend(commands.into_iter().map(|words| (path.clone(), words)));
            } else {
                assert!(
                    NO_COMMANDS.contains(&block.language.as_str()),
                    "{}: a block of {:?} is not looked at",
                    path.display(),
                    block.language
                );
            }
        }
    }
    all
}

/// The arguments of a command of ours, as it is typed once installed or in a checkout.
fn ours(words: &[String]) -> Option<&[String]> {
    let begins =
        |with: &[&str]| words.iter().zip(with).filter(|(a, b)| a == b).count() == with.len();
    for start in [
        &["kubectl", "fargate"][..],
        &["kubectl-fargate"],
        &["cargo", "run", "--"],
    ] {
        if begins(start) {
            return words.get(start.len()..);
        }
    }
    None
}

#[test]
fn every_command_is_classed() {
    let elsewhere: BTreeSet<&str> = ELSEWHERE
        .iter()
        .flat_map(|(_, commands)| *commands)
        .copied()
        .collect();
    let run: BTreeSet<&str> = RUN_AS_THEY_ARE
        .iter()
        .flat_map(|run| run.commands)
        .copied()
        .collect();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut wrong = Vec::new();
    for (path, words) in all_commands() {
        let line = words.join(" ");
        seen.insert(line.clone());
        let is_classed = ours(&words).is_some()
            // By the real kubectl and the models of the AWS CLI, in tests/live/documents.rs; krew's are in tests/live/krew.rs.
            || words[0] == "aws"
            || (words[0] == "kubectl" && words.get(1).is_some_and(|word| word != "krew"))
            || elsewhere.contains(line.as_str())
            || run.contains(line.as_str());
        if !is_classed {
            wrong.push(format!("{}: {line:?}", path.display()));
        }
    }
    assert!(
        wrong.is_empty(),
        "commands that nobody has classed (tests/documents/others.rs):\n{}",
        wrong.join("\n")
    );
    for classed in elsewhere.iter().chain(&run) {
        assert!(
            seen.contains(*classed),
            "no document shows {classed:?} any more"
        );
    }
}

/// All are taken by our command line. Those of the README and docs/usage.md run in `tests/readme.rs`, the others here.
#[test]
fn ours_work() {
    let folder = reader::folder();
    let mut done = BTreeSet::new();
    let mut wrong = Vec::new();
    for (path, words) in all_commands() {
        let Some(arguments) = ours(&words) else {
            continue;
        };
        let arguments: Vec<String> = arguments
            .iter()
            .map(|word| {
                NAMES
                    .iter()
                    .find(|(name, _)| name == word)
                    .map_or(word.as_str(), |(_, name)| name)
                    .to_owned()
            })
            .collect();
        if !done.insert(arguments.clone()) {
            continue;
        }
        let line = std::iter::once("kubectl fargate").chain(arguments.iter().map(String::as_str));
        if let Err(error) = cli::parse(line.map(OsString::from))
            && error.use_stderr()
        {
            wrong.push(format!("{}: {error}", path.display()));
        }
        let is_run_there =
            [Path::new("README.md"), Path::new("docs/usage.md")].contains(&path.as_path());
        let Some(arguments) = reader::about_the_demo(&arguments).filter(|_| !is_run_there) else {
            continue;
        };
        match program::run(folder.path(), &arguments).answer(&arguments) {
            Ok(printed) if printed.trim().is_empty() => {
                wrong.push(format!("{}: {arguments:?} prints nothing", path.display()));
            }
            Ok(_) => {}
            Err(error) => wrong.push(format!("{}: {error}", path.display())),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(done.len() > 40, "only {} commands were found", done.len());
}

/// What is said in passing, in a line of prose, is at least a command.
#[test]
fn ours_in_prose_are_commands() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (path, text) in documents() {
        for words in text.split('`').skip(1).step_by(2) {
            let Some(arguments) = words.strip_prefix("kubectl fargate ") else {
                continue;
            };
            // `…` stands for what does not matter there.
            if words.contains(['…', '\n']) {
                continue;
            }
            seen += 1;
            let arguments = arguments.split(['|', '>']).next().unwrap_or_default();
            let arguments = shell_words::split(arguments).expect("the quotes are closed");
            let line =
                std::iter::once("kubectl fargate").chain(arguments.iter().map(String::as_str));
            // A command without its arguments is its name.
            if let Err(error) = cli::parse(line.map(OsString::from))
                && error.use_stderr()
                && arguments.len() > 1
            {
                wrong.push(format!("{}: `{words}`: {error}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 5, "{seen}");
}

/// In a copy of what they look at, so that nothing is written into the checkout.
#[test]
fn what_can_be_run_as_it_is_runs() {
    for run in RUN_AS_THEY_ARE {
        let folder = tempfile::tempdir().expect("there is room for temporary files");
        for needed in run.needs {
            let target = folder.path().join(needed);
            std::fs::create_dir_all(target.parent().expect("it is below a folder"))
                .expect("the folder is ours");
            let copied = Command::new("cp")
                .arg("-R")
                .arg(root().join(needed))
                .arg(&target)
                .status()
                .expect("there is cp");
            assert!(copied.success(), "{needed}");
        }
        let text = std::fs::read_to_string(root().join(run.document)).expect("it is there");
        let block = markdown::blocks(&text)
            .into_iter()
            .find(|block| block.language == "sh" && block.text.contains(run.begins))
            .unwrap_or_else(|| panic!("{}: no block with {}", run.document, run.begins));
        let shown: BTreeSet<String> = shell::commands(&block.text)
            .into_iter()
            .map(|words| words.join(" "))
            .collect();
        let classed: BTreeSet<String> = run.commands.iter().map(ToString::to_string).collect();
        assert_eq!(shown, classed, "{}", run.document);
        for (file, text) in run.files {
            std::fs::write(folder.path().join(file), text.replace(SHOWN, VERSION))
                .expect("the folder is ours");
        }
        let output = Command::new("bash")
            .args(["-eu", "-o", "pipefail", "-c"])
            .arg(block.text.replace(SHOWN, VERSION))
            .current_dir(folder.path())
            .env("HOME", folder.path())
            .env_remove("XDG_CONFIG_HOME")
            .stdin(Stdio::null())
            .output()
            .expect("there is bash");
        assert!(
            output.status.success(),
            "{}: {}\n{}",
            run.document,
            block.text,
            String::from_utf8_lossy(&output.stderr)
        );
        for made in run.makes {
            assert!(
                folder.path().join(made).exists(),
                "{}: {made} was not made",
                run.document
            );
        }
    }
}
