//! The README tells the truth: its commands work, what it shows is what they print, and its links lead somewhere.
//!
//! Commands about the current cluster are asked of the demo instead, whose names they use. After a change of the output,
//! `UPDATE_README=1 cargo test --test readme` writes down what is printed now.

#[path = "support/program.rs"]
mod program;

use std::{
    collections::BTreeSet,
    ops::Range,
    path::{Path, PathBuf},
};

use kubectl_fargate::decision::facts::Kind;

/// How a command of ours begins, as a newcomer types it.
const OURS: &[&str] = &["cargo run --release -- ", "kubectl fargate "];

/// Without these a question goes to the current cluster.
const NEEDS_NO_CLUSTER: &[&str] = &[
    "--demo",
    "--from",
    "--profiles",
    "--help",
    "--version",
    "reasons",
    "permissions",
];

/// These are about the current cluster only: the demo does not take their place.
const ABOUT_THE_CLUSTER: &[&str] = &[
    "--context",
    "--kubeconfig",
    "--cluster-name",
    "--region",
    "--aws-profile",
    // In the demo nothing changes.
    "--watch",
    "--watch-only",
    "--until",
    "-w",
];

/// A fenced block.
struct Block {
    language: String,
    text: String,
    /// Where the text stands in the document.
    range: Range<usize>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).expect("the README is there")
}

fn blocks(document: &str) -> Vec<Block> {
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

/// Returns our commands in a block: the arguments that follow the program's name.
fn commands(block: &Block) -> Vec<Vec<String>> {
    block
        .text
        .replace("\\\n", " ")
        .lines()
        .filter_map(|line| {
            let command = OURS.iter().find_map(|ours| line.strip_prefix(ours))?;
            let command = command.split(" #").next().unwrap_or_default();
            // What another program or a file does with the answer is no argument.
            let command = command.split(['|', '>']).next().unwrap_or_default();
            Some(shell_words::split(command).expect("the quotes are closed"))
        })
        .collect()
}

/// A folder with what a reader of the README has saved: `cluster` and `profiles.json`, here those of the demo.
fn folder_of_a_reader() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("there is room for temporary files");
    let cluster = folder.path().join("cluster");
    std::fs::create_dir(&cluster).expect("the folder is ours");
    let demo = std::fs::read_dir(root().join("src/sources/demo")).expect("the demo is there");
    for file in demo.flatten().map(|entry| entry.path()) {
        let name = file.file_name().unwrap_or_default();
        let target = match file.extension().and_then(|extension| extension.to_str()) {
            Some("yaml") => cluster.join(name),
            Some("json") => folder.path().join(name),
            _ => continue,
        };
        std::fs::copy(&file, target).expect("the folder is ours");
    }
    folder
}

/// Runs a command as it stands, or about the demo; returns what it printed.
fn answer(folder: &Path, arguments: &[String]) -> Result<String, String> {
    let has = |words: &[&str]| arguments.iter().any(|word| words.contains(&word.as_str()));
    let mut arguments = arguments.to_vec();
    if !has(NEEDS_NO_CLUSTER) {
        arguments.push("--demo".to_owned());
    }
    program::run(folder, &arguments).answer(&arguments)
}

#[test]
fn its_commands_work_and_print_what_it_shows() {
    let readme = readme();
    let blocks = blocks(&readme);
    let folder = folder_of_a_reader();
    let (mut wrong, mut ran, mut shown) = (Vec::new(), 0, Vec::new());
    let mut before: Option<(usize, String)> = None;
    for block in &blocks {
        if block.language == "text"
            && let Some((end, printed)) = before.take()
            // Nothing but the fences and blank lines lies between a command and what it prints.
            && readme[end..block.range.start].replace("```", "").trim() == "text"
        {
            shown.push((block, printed));
        }
        if block.language != "sh" {
            continue;
        }
        for arguments in commands(block) {
            if arguments
                .iter()
                .any(|word| ABOUT_THE_CLUSTER.contains(&word.as_str()))
            {
                continue;
            }
            match answer(folder.path(), &arguments) {
                Ok(printed) if printed.trim().is_empty() => {
                    wrong.push(format!("{} prints nothing", arguments.join(" ")));
                }
                Ok(printed) => before = Some((block.range.end, printed)),
                Err(error) => wrong.push(error),
            }
            ran += 1;
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(ran >= 10, "only {ran} commands were found to run");
    assert!(!shown.is_empty(), "it shows no answer");

    let stale: Vec<String> = shown
        .iter()
        .filter(|(block, printed)| block.text.trim_end() != printed.trim_end())
        .map(|(block, printed)| {
            format!("it shows\n{}\nbut this is printed:\n{printed}", block.text)
        })
        .collect();
    if !stale.is_empty() && std::env::var_os("UPDATE_README").is_some() {
        let mut updated = readme.clone();
        for (block, printed) in shown.iter().rev() {
            updated.replace_range(block.range.clone(), &format!("{}\n", printed.trim_end()));
        }
        std::fs::write(root().join("README.md"), updated).expect("the README can be written");
        return;
    }
    assert!(
        stale.is_empty(),
        "{}\nUPDATE_README=1 cargo test --test readme writes it down",
        stale.join("\n")
    );
}

#[test]
fn the_first_command_needs_no_cluster() {
    let first = blocks(&readme()).iter().flat_map(commands).next();
    assert_eq!(
        first.as_deref(),
        Some(["explain", "--demo"].map(str::to_owned).as_slice())
    );
}

#[test]
fn the_flags_in_it_are_there() {
    let folder = folder_of_a_reader();
    let help_of = |command: &str| {
        let help = [command, "--help"].map(str::to_owned);
        program::run(folder.path(), &help)
            .answer(&help)
            .expect("the help is printed")
    };
    for arguments in blocks(&readme()).iter().flat_map(commands) {
        let command = arguments.first().filter(|word| !word.starts_with('-'));
        let help = help_of(command.map_or("explain", String::as_str));
        let known: BTreeSet<&str> = help
            .split(|letter: char| !(letter.is_alphanumeric() || letter == '-'))
            .collect();
        for flag in arguments.iter().filter(|word| word.starts_with('-')) {
            assert!(
                known.contains(flag.as_str()) || *flag == "--version",
                "{flag} is not in the help:\n{help}"
            );
        }
    }
}

#[test]
fn its_loop_saves_every_kind() {
    let readme = readme();
    for kind in Kind::ALL.iter().map(|kind| kind.plural()) {
        assert!(
            readme.contains(&format!(" {kind} ")) || readme.contains(&format!(" {kind};")),
            "its loop does not save {kind}"
        );
    }
}

/// For every form of profiles of which there is a sample, the README tells the command that makes such a file.
#[test]
fn it_tells_how_a_file_of_each_form_is_made() {
    let commands: BTreeSet<String> = blocks(&readme())
        .into_iter()
        .filter(|block| block.language == "sh")
        .flat_map(|block| block.text.lines().map(str::to_owned).collect::<Vec<_>>())
        .filter(|line| !line.starts_with('#'))
        .collect();
    let forms = std::fs::read_dir(root().join("tests/forms")).expect("the forms are there");
    for form in forms.flatten().filter(|entry| entry.path().is_dir()) {
        let name = form.file_name().to_string_lossy().into_owned();
        let makes: &[&str] = match name.as_str() {
            "ack" => &["fargateprofiles.eks.services.k8s.aws "],
            "cloudcontrol" => &["aws cloudcontrol get-resource "],
            "cloudformation" => &["aws cloudformation get-template ", "cdk synth "],
            "cluster-api" => &[
                "awsfargateprofiles.infrastructure.cluster.x-k8s.io ",
                "awsmanagedcontrolplanes.controlplane.cluster.x-k8s.io ",
            ],
            "crossplane" => &["fargateprofiles.eks.aws.upbound.io "],
            "eks" => &["aws eks describe-fargate-profile "],
            "eksctl" => &["eksctl get fargateprofile "],
            "pulumi" => &["pulumi stack export ", "pulumi preview --json "],
            "terraform" => &["terraform show -json ", "terraform show -json plan.out "],
            _ => panic!("nobody has said how a file of tests/forms/{name} is made"),
        };
        for command in makes {
            assert!(
                commands.iter().any(|line| line.contains(command)),
                "{name}: it does not tell `{command}`"
            );
        }
    }
}

#[test]
fn links_lead_somewhere() {
    let mut documents = vec![
        root().join("README.md"),
        root().join("tests/scenarios/README.md"),
    ];
    for folder in ["docs", "docs/reasons", "krew"] {
        let files = std::fs::read_dir(root().join(folder))
            .into_iter()
            .flatten()
            .flatten();
        documents.extend(
            files
                .map(|entry| entry.path())
                .filter(|file| file.extension().is_some_and(|extension| extension == "md")),
        );
    }
    for document in documents {
        let text = std::fs::read_to_string(&document).expect("found a moment ago");
        let folder = document.parent().map_or_else(PathBuf::new, Path::to_owned);
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let path = link.split('#').next().unwrap_or_default();
            assert!(
                path.is_empty() || path.starts_with("https://") || folder.join(path).exists(),
                "{}: {link} leads nowhere",
                document.display()
            );
        }
    }
}
