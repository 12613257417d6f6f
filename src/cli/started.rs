//! By which name the program was started: `kubectl fargate` through kubectl, else its own.
//!
//! kubectl looks the plugin up on `PATH` and becomes it, with the path that it found as first word, and leaves the environment
//! as it was: there `_` names the command that the shell started, kubectl (bash, zsh). A shell that starts us itself gives the word
//! as it was typed, and `_` is our own path. Where `_` says neither (a script, another shell), a first word without a folder was
//! typed, because kubectl's has one; and what is not what `PATH` leads to was typed, too.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// As kubectl calls us.
const THROUGH_KUBECTL: &str = "kubectl fargate";
/// Our own name, which is also that of the file.
const OWN: &str = "kubectl-fargate";

/// The name by which this process was started.
pub fn name() -> &'static str {
    let first = std::env::args_os().next().unwrap_or_default();
    let underscore = std::env::var_os("_");
    let path = std::env::var_os("PATH");
    name_of(
        &first,
        underscore.as_deref(),
        path.as_deref(),
        Path::is_file,
    )
}

/// A text of ours, which says `kubectl fargate`, with the name by which this process was started.
pub fn in_own_words(text: &str) -> String {
    text.replace(THROUGH_KUBECTL, name())
}

fn name_of(
    first: &OsStr,
    underscore: Option<&OsStr>,
    path: Option<&OsStr>,
    is_file: impl Fn(&Path) -> bool,
) -> &'static str {
    let first = Path::new(first);
    let has_folder = first
        .parent()
        .is_some_and(|folder| !folder.as_os_str().is_empty());
    if !has_folder {
        return OWN;
    }
    let stem = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.strip_suffix(".exe").unwrap_or(&name).to_owned()
    };
    match underscore.map(|command| stem(Path::new(command))) {
        Some(command) if command == OWN => return OWN,
        Some(command) if command.starts_with("kubectl") => return THROUGH_KUBECTL,
        _ => {}
    }
    let file_name = first.file_name().unwrap_or_default();
    let on_path: Option<PathBuf> = path
        .map(std::env::split_paths)
        .into_iter()
        .flatten()
        .map(|folder| folder.join(file_name))
        .find(|candidate| is_file(candidate));
    match on_path.is_some_and(|found| found == first) {
        true => THROUGH_KUBECTL,
        false => OWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kubectl_is_told_from_a_shell() {
        let path = Some("/usr/bin:/home/me/.krew/bin");
        for (first, underscore, path, wanted, why) in [
            (
                "/home/me/.krew/bin/kubectl-fargate",
                Some("/usr/bin/kubectl"),
                path,
                THROUGH_KUBECTL,
                "kubectl, from bash",
            ),
            (
                "/home/me/.krew/bin/kubectl-fargate",
                Some("/opt/kubectl-1.32"),
                path,
                THROUGH_KUBECTL,
                "kubectl by another name",
            ),
            (
                "/home/me/.krew/bin/kubectl-fargate",
                Some("/usr/bin/oc"),
                path,
                THROUGH_KUBECTL,
                "another program that has plugins",
            ),
            (
                "/home/me/.krew/bin/kubectl-fargate",
                Some("/usr/bin/make"),
                path,
                THROUGH_KUBECTL,
                "kubectl, from a script",
            ),
            (
                "/home/me/.krew/bin/kubectl-fargate",
                None,
                path,
                THROUGH_KUBECTL,
                "kubectl, from fish",
            ),
            (
                "kubectl-fargate",
                Some("/home/me/.krew/bin/kubectl-fargate"),
                path,
                OWN,
                "typed, in bash",
            ),
            ("kubectl-fargate", None, path, OWN, "typed, in fish"),
            (
                "kubectl-fargate",
                Some("/usr/bin/kubectl"),
                path,
                OWN,
                "typed in what kubectl started",
            ),
            (
                "/home/me/.krew/bin/kubectl-fargate",
                Some("/home/me/.krew/bin/kubectl-fargate"),
                path,
                OWN,
                "typed in full",
            ),
            (
                "./target/debug/kubectl-fargate",
                None,
                path,
                OWN,
                "typed, and not what PATH leads to",
            ),
            (
                "/build/kubectl-fargate",
                Some("/usr/bin/cargo"),
                path,
                OWN,
                "started by a test",
            ),
            ("/build/kubectl-fargate", None, None, OWN, "no PATH at all"),
        ] {
            let found = name_of(
                OsStr::new(first),
                underscore.map(OsStr::new),
                path.map(OsStr::new),
                |file| file == Path::new("/home/me/.krew/bin/kubectl-fargate"),
            );
            assert_eq!(found, wanted, "{why}");
        }
    }
}
