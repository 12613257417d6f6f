//! The words of `completion`, and those by which shells ask.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Typing;
use crate::completion::words_of_line;

const EXAMPLES: &str = "\
Examples:
  # Let kubectl complete this plugin where TAB is pressed
  kubectl fargate completion install

  # Complete the program itself, called by its own name
  source <(kubectl-fargate completion bash)                     # in ~/.bashrc
  source <(kubectl-fargate completion zsh)                      # in ~/.zshrc, behind compinit
  kubectl-fargate completion fish | source                      # in ~/.config/fish/config.fish
  kubectl-fargate completion powershell | Out-String | Invoke-Expression    # in $PROFILE

Exit codes:
  0 done   2 wrong usage, or a file in the way   3 a file or the answer could not be written   130 interrupted";

pub(super) const LONG: &str = "\
Complete what is typed when TAB is pressed: a script for a shell, or the file that kubectl calls

kubectl 1.26 or newer completes plugins that have a file kubectl_complete-NAME on PATH; install writes it, beside this program or \
into another folder on PATH, and uninstall takes it away. Where TAB is pressed, names of pods, workloads, namespaces and profiles \
are asked of the cluster, for a second at most, and never with a login that asks back; those of contexts, reasons and formats \
are known without. Flags typed before (-n, --context, --kubeconfig, --from, --demo) say where names come from. Another limit \
than a second: KUBECTL_FARGATE_COMPLETION_TIMEOUT=3s.";

/// `completion`.
#[derive(Debug, Clone, Args)]
#[command(after_help = EXAMPLES)]
pub struct CompletionArguments {
    /// The shell to print a script for; or install or uninstall, for the file that kubectl calls
    #[arg(value_name = "SHELL")]
    pub target: CompletionTarget,

    /// Install into this folder, which should be on PATH
    #[arg(long, value_name = "PATH")]
    pub dir: Option<PathBuf>,
}

/// What `completion` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CompletionTarget {
    /// Print the script for bash
    Bash,
    /// Print the script for zsh
    Zsh,
    /// Print the script for fish
    Fish,
    /// Print the script for PowerShell
    Powershell,
    /// Write the file by which kubectl completes: kubectl_complete-fargate
    Install,
    /// Remove that file
    Uninstall,
}

/// What a shell passes on; `None` where the words are a command line. Ours are not in any help: scripts know them.
///
/// - `__complete WORD...`: the words as the shell would pass them, as cobra has it; the last is the one being typed.
/// - `__complete-next WORD...`: the same, and a new word begins. Older PowerShells pass no empty words.
/// - `__complete-line LINE END`: the line as it was typed, and the part of it that the answer stands in place of. For bash.
pub(super) fn typing(words: &[OsString]) -> Option<Typing> {
    let asked = words.get(1)?.to_str()?;
    let text = |word: &OsString| word.to_string_lossy().into_owned();
    let mut words: Vec<String> = words.iter().skip(2).map(text).collect();
    let mut replaced = None;
    match asked {
        "__complete" => {}
        "__complete-next" => words.push(String::new()),
        "__complete-line" => {
            let mut parts = words.into_iter();
            words = words_of_line(&parts.next().unwrap_or_default());
            replaced = Some(parts.next().unwrap_or_default());
        }
        _ => return None,
    }
    if words.is_empty() {
        words.push(String::new());
    }
    Some(Typing { words, replaced })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shells_are_told_from_people() {
        let asked = |line: &[&str]| {
            let words: Vec<OsString> = line.iter().map(OsString::from).collect();
            typing(&words).map(|typing| (typing.words.join("|"), typing.replaced))
        };
        assert_eq!(asked(&["kf", "explain"]), None);
        assert_eq!(asked(&["kf"]), None);
        for (line, words, replaced) in [
            (&["kf", "__complete"][..], "", None),
            (&["kf", "__complete", "explain", ""], "explain|", None),
            (&["kf", "__complete", "-n", "--", "a"], "-n|--|a", None),
            (&["kf", "__complete-next", "explain"], "explain|", None),
            (
                &["kf", "__complete-line", "kf -n 'my sh", "my sh"],
                "-n|my sh",
                Some("my sh".to_owned()),
            ),
        ] {
            assert_eq!(asked(line), Some((words.to_owned(), replaced)), "{line:?}");
        }
    }
}
