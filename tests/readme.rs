//! The README and docs/usage.md tell the truth: their commands work, what they show is what is printed, and links lead somewhere.
//! `tests/documents` is about the commands of all other documents, too.
//!
//! Commands about the current cluster are asked of the demo instead, whose names they use. After a change of the output,
//! `UPDATE_README=1 cargo test --test readme` writes down what is printed now.

#[path = "support/markdown.rs"]
mod markdown;
#[path = "support/program.rs"]
mod program;
#[path = "support/reader.rs"]
mod reader;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use kubectl_fargate::decision::facts::Kind;
use markdown::{Block, blocks};

/// What a user reads from the beginning to the end.
const DOCUMENTS: &[&str] = &["README.md", "docs/usage.md"];

/// How a command of ours begins, as a newcomer types it.
const OURS: &[&str] = &["cargo run -- ", "kubectl fargate "];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(document: &str) -> String {
    std::fs::read_to_string(root().join(document)).expect("the document is there")
}

/// All fenced blocks, as they are read: the README first.
fn all_blocks() -> Vec<Block> {
    DOCUMENTS
        .iter()
        .flat_map(|document| blocks(&read(document)))
        .collect()
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

#[test]
fn its_commands_work_and_print_what_it_shows() {
    for document in DOCUMENTS {
        works_and_prints_what_it_shows(document);
    }
}

fn works_and_prints_what_it_shows(document: &str) {
    let text = read(document);
    let blocks = blocks(&text);
    let folder = reader::folder();
    let (mut wrong, mut ran, mut shown) = (Vec::new(), 0, Vec::new());
    let mut before: Option<(usize, String)> = None;
    for block in &blocks {
        if block.language == "text"
            && let Some((end, printed)) = before.take()
            // Nothing but the fences and blank lines lies between a command and what it prints.
            && text[end..block.range.start].replace("```", "").trim() == "text"
        {
            shown.push((block, printed));
        }
        if block.language != "sh" {
            continue;
        }
        for arguments in commands(block) {
            let Some(arguments) = reader::about_the_demo(&arguments) else {
                continue;
            };
            match program::run(folder.path(), &arguments).answer(&arguments) {
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
    assert!(
        ran >= 10,
        "{document}: only {ran} commands were found to run"
    );
    assert!(!shown.is_empty(), "{document} shows no answer");

    let stale: Vec<String> = shown
        .iter()
        .filter(|(block, printed)| block.text.trim_end() != printed.trim_end())
        .map(|(block, printed)| {
            format!(
                "{document} shows\n{}\nbut this is printed:\n{printed}",
                block.text
            )
        })
        .collect();
    if !stale.is_empty() && std::env::var_os("UPDATE_README").is_some() {
        let mut updated = text.clone();
        for (block, printed) in shown.iter().rev() {
            updated.replace_range(block.range.clone(), &format!("{}\n", printed.trim_end()));
        }
        std::fs::write(root().join(document), updated).expect("documents can be written");
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
    let first = all_blocks().iter().flat_map(commands).next();
    assert_eq!(
        first.as_deref(),
        Some(["explain", "--demo"].map(str::to_owned).as_slice())
    );
}

#[test]
fn the_flags_in_it_are_there() {
    let folder = reader::folder();
    let help_of = |command: &str| {
        let help = [command, "--help"].map(str::to_owned);
        program::run(folder.path(), &help)
            .answer(&help)
            .expect("the help is printed")
    };
    for arguments in all_blocks().iter().flat_map(commands) {
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
    let text = read("docs/usage.md");
    for kind in Kind::ALL.iter().map(|kind| kind.plural()) {
        assert!(
            text.contains(&format!(" {kind} ")) || text.contains(&format!(" {kind};")),
            "its loop does not save {kind}"
        );
    }
}

/// For every form of profiles of which there is a sample, the README tells the command that makes such a file.
#[test]
fn it_tells_how_a_file_of_each_form_is_made() {
    let commands: BTreeSet<String> = all_blocks()
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
    let mut documents = vec![root().join("tests/scenarios/README.md")];
    for folder in [
        ".",
        "docs",
        "docs/reasons",
        "docs/k9s",
        "krew",
        "fuzz",
        "tests/forms",
    ] {
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
