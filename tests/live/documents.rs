//! Commands of other programs in our documents: the real kubectl takes them, and those for the AWS CLI are words that it knows.

use std::{
    collections::BTreeSet,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{
    lab::{Lab, users::User},
    markdown, shell, tests,
};

tests![
    kubectl_takes_the_commands_in_documents,
    the_aws_cli_knows_the_words_in_documents,
];

/// What kubectl says where a command is right and the cluster has no such thing, or the user no such right.
const ABOUT_THE_CLUSTER: &[&str] = &[
    "rror from server (NotFound)",
    "rror from server (Forbidden)",
    "is forbidden: User",
    "error: the server doesn't have a resource type",
    "error: no objects passed to",
    "error: Metrics API not available",
    "rror: no matching resources found",
    "No resources found",
    "Warning:",
];

/// Every command in the documents of a program, each once; `fargate` and krew are looked at elsewhere.
fn commands_of(program: &str) -> BTreeSet<Vec<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<PathBuf> = ["README.md", "CONTRIBUTING.md", "SECURITY.md"]
        .iter()
        .map(|name| root.join(name))
        .collect();
    for folder in ["docs", "docs/reasons", "docs/k9s", "krew", "fuzz"] {
        let entries = std::fs::read_dir(root.join(folder)).expect("the folder is there");
        files.extend(entries.flatten().map(|entry| entry.path()));
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == "md"));
    let mut commands = BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("documents are text");
        for block in markdown::blocks(&text) {
            if block.language == "sh" {
                commands.extend(shell::commands(&block.text));
            }
        }
    }
    commands.retain(|words| {
        words[0] == program
            && !words
                .get(1)
                .is_some_and(|word| ["fargate", "krew"].contains(&word.as_str()))
    });
    commands
}

fn kubectl_takes_the_commands_in_documents(lab: &Lab) {
    let commands = commands_of("kubectl");
    assert!(commands.len() > 50, "only {} were found", commands.len());
    // Some of them change things; this user only looks.
    let kubeconfig = lab.kubeconfig(User::Viewer);
    let mut wrong = Vec::new();
    for words in &commands {
        // What a loop or a reader puts in.
        let arguments = words[1..].iter().map(|word| {
            word.replace("$kind", "pods")
                .replace("NAMESPACE", "default")
                .replace("POD", "web")
        });
        let outcome = lab
            .kubectl(&kubeconfig)
            .args(["--request-timeout=20s"])
            .args(arguments)
            .run();
        let is_fine = outcome.code == Some(0)
            || outcome.stderr.lines().all(|line| {
                line.is_empty() || ABOUT_THE_CLUSTER.iter().any(|words| line.contains(words))
            });
        if !is_fine {
            wrong.push(format!("{}\n{}", words.join(" "), outcome.stderr));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn the_aws_cli_knows_the_words_in_documents(lab: &Lab) {
    let commands: Vec<Vec<String>> = commands_of("aws")
        .into_iter()
        .map(|words| words[1..].to_vec())
        .collect();
    assert!(commands.len() > 20, "only {} were found", commands.len());
    let complaints = |commands: &[Vec<String>]| {
        let mut child = Command::new(lab.moto_python())
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab/aws-words.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("moto brings its Python");
        let list = serde_json::to_string(commands).expect("words are text");
        child
            .stdin
            .take()
            .expect("it is piped")
            .write_all(list.as_bytes())
            .expect("it reads");
        let output = child.wait_with_output().expect("it is ours to wait for");
        assert!(output.status.success());
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert_eq!(complaints(&commands), "");
    let wrong = ["eks describe-fargate-profile --cluster-nam prod"]
        .map(|line| line.split(' ').map(str::to_owned).collect());
    let told = complaints(&wrong);
    for complaint in [
        "no flag --cluster-nam",
        "--cluster-name is missing",
        "--fargate-profile-name is missing",
    ] {
        assert!(told.contains(complaint), "{told}");
    }
}
