//! docs/k9s/plugins.yaml: k9s would take it, and its commands are ours and work.

#![cfg(unix)]

use std::{
    collections::BTreeMap, fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command,
};

use clap::Parser as _;
use kubectl_fargate::cli::{Cli, Command as Ours};
use serde::Deserialize;

/// The file, as k9s has it (internal/config/json/schemas/plugins.json in its repository).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plugins {
    plugins: BTreeMap<String, Plugin>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Plugin {
    short_cut: String,
    description: String,
    scopes: Vec<String>,
    command: String,
    background: bool,
    args: Vec<String>,
}

/// A view of k9s, and what is selected in it: name and namespace of something in the demo.
const SELECTED: &[(&str, &str, &str)] = &[
    ("pods", "cart-0", "shop"),
    ("deployments", "ledger", "payments"),
    ("statefulsets", "cart", "shop"),
    ("daemonsets", "zone-probe", "monitoring"),
    ("jobs", "nightly-report-29919015", "batch"),
    ("cronjobs", "nightly-report", "batch"),
    (
        "nodes",
        "fargate-ip-10-0-1-31.eu-west-1.compute.internal",
        "",
    ),
];

fn plugins() -> BTreeMap<String, Plugin> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/k9s/plugins.yaml");
    let text = fs::read_to_string(file).expect("it is there");
    serde_saphyr::from_str::<Plugins>(&text)
        .expect("k9s takes no other fields")
        .plugins
}

/// The arguments of a plugin's command after k9s has put in what is selected. Like k9s it stops at a name that it does not know,
/// and takes any letter, digit, `_` and `-` for part of a name.
fn put_in(plugin: &Plugin, name: &str, namespace: &str) -> Vec<String> {
    let known = [
        ("NAME", name),
        ("NAMESPACE", namespace),
        ("CONTEXT", "prod; touch obeyed"),
    ];
    let of = |argument: &String| {
        let mut text = String::new();
        let mut rest = argument.as_str();
        while let Some((before, after)) = rest.split_once('$') {
            let end = after
                .find(|letter: char| !(letter.is_alphanumeric() || "_-|".contains(letter)))
                .unwrap_or(after.len());
            let (key, after) = after.split_at(end);
            text.push_str(before);
            if key.is_empty() {
                text.push('$');
            } else {
                let value = known.iter().find(|(known, _)| *known == key);
                text.push_str(value.unwrap_or_else(|| panic!("k9s knows no {key}")).1);
            }
            rest = after;
        }
        text + rest
    };
    plugin.args.iter().map(of).collect()
}

#[test]
fn each_view_has_one_key() {
    let plugins = plugins();
    let mut scopes: Vec<&str> = plugins
        .values()
        .flat_map(|plugin| plugin.scopes.iter().map(String::as_str))
        .collect();
    scopes.sort_unstable();
    let mut wanted: Vec<&str> = SELECTED.iter().map(|(scope, _, _)| *scope).collect();
    wanted.sort_unstable();
    assert_eq!(scopes, wanted);
    for plugin in plugins.values() {
        assert_eq!(plugin.short_cut, "Shift-W");
        assert!(!plugin.description.is_empty() && !plugin.background);
        assert_eq!(
            (plugin.command.as_str(), plugin.args[0].as_str()),
            ("bash", "-c")
        );
        assert!(plugin.args[1].starts_with("kubectl fargate explain \"$@\" "));
        // What the script is called; its arguments follow.
        assert_eq!(plugin.args[2], "explain");
    }
}

#[test]
fn the_command_line_takes_what_the_key_sends() {
    for plugin in plugins().values() {
        let arguments = put_in(plugin, "web", "shop");
        let line = ["kubectl fargate", "explain"]
            .into_iter()
            .chain(arguments[3..].iter().map(String::as_str));
        let Ours::Explain(explain) = Cli::try_parse_from(line).expect("it is a command").command
        else {
            panic!("it explains");
        };
        assert_eq!(explain.names.len(), 1, "{:?}", explain.names);
        assert!(explain.names[0].ends_with("/web"), "{:?}", explain.names);
        let is_node = plugin.scopes == ["nodes"];
        assert_eq!(explain.namespace.as_deref(), (!is_node).then_some("shop"));
    }
}

/// Runs what k9s runs, with a kubectl that asks the demo instead of a context.
#[test]
fn the_key_opens_the_explanation() {
    let folder = tempfile::tempdir().expect("there is room for temporary files");
    let kubectl = folder.path().join("kubectl");
    let script = format!(
        "#!/bin/bash\nshift\nwords=()\nwhile (($#)); do [[ $1 == --context ]] && shift 2 && continue; words+=(\"$1\"); shift; done\nexec '{}' \"${{words[@]}}\" --demo\n",
        env!("CARGO_BIN_EXE_kubectl-fargate")
    );
    fs::write(&kubectl, script).expect("the folder is ours");
    fs::set_permissions(&kubectl, fs::Permissions::from_mode(0o755)).expect("the file is ours");
    let path = std::env::join_paths(
        std::iter::once(folder.path().to_owned()).chain(
            std::env::var_os("PATH")
                .iter()
                .flat_map(std::env::split_paths),
        ),
    )
    .expect("the parts came out of a PATH");
    for plugin in plugins().values() {
        let (_, name, namespace) = SELECTED
            .iter()
            .find(|(scope, _, _)| plugin.scopes == [*scope])
            .expect("each view has something selected");
        // less is not everywhere; on a terminal it would wait for a key.
        let arguments: Vec<String> = put_in(plugin, name, namespace)
            .into_iter()
            .map(|argument| argument.replace("less -R", "cat"))
            .collect();
        let output = Command::new(&plugin.command)
            .args(&arguments)
            .env_clear()
            .env("PATH", &path)
            .env("HOME", folder.path())
            .env("LC_ALL", "C.UTF-8")
            .current_dir(folder.path())
            .output()
            .expect("there is bash");
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{:?}: {told}", plugin.scopes);
        assert!(told.contains(name), "{told}");
        assert!(told.contains("\u{1b}["), "less shows colours: {told}");
        assert!(!told.contains("error:"), "{told}");
    }
    assert!(!folder.path().join("obeyed").exists());
}
