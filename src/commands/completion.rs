//! `completion`: scripts for shells, and the file by which kubectl completes.

mod shim;
mod surroundings;

use std::io::{self, Write as _};
use std::path::Path;

use super::output;
use crate::cli::{CompletionArguments, CompletionTarget};
use crate::error::{Error, ErrorKind, Result};
use crate::exit;
use crate::render::clean;
use shim::Change;
use surroundings::Surroundings;

/// Prints the script, or puts the file where kubectl finds it, and returns the exit code.
///
/// # Errors
/// A file in the way that is not ours; nowhere to write; an answer that cannot be written.
pub fn run(arguments: &CompletionArguments) -> Result<u8> {
    let folder = arguments.dir.as_deref();
    match arguments.target {
        CompletionTarget::Install => install(folder),
        CompletionTarget::Uninstall => uninstall(folder),
        _ if folder.is_some() => Err(Error::new(
            ErrorKind::Usage,
            "--dir is for install and uninstall: a script goes to standard output",
        )
        .next("redirect it into a file")),
        CompletionTarget::Bash => print(include_str!("completion/scripts/bash.sh")),
        CompletionTarget::Zsh => print(include_str!("completion/scripts/zsh.zsh")),
        CompletionTarget::Fish => print(include_str!("completion/scripts/fish.fish")),
        CompletionTarget::Powershell => print(include_str!("completion/scripts/powershell.ps1")),
    }
}

fn install(folder: Option<&Path>) -> Result<u8> {
    let surroundings = Surroundings::of_process();
    let (path, change) = shim::install(&surroundings, folder)?;
    let what = match change {
        Change::Written => "wrote",
        Change::Renewed => "renewed",
        Change::Unchanged => "is there already:",
    };
    let mut text = format!("{what} {}\n", clean(&path.display().to_string()));
    if !surroundings.is_on_path(path.parent().unwrap_or(Path::new(""))) {
        text.push_str("its folder is not on PATH, where kubectl looks for it\n");
    }
    text.push_str(
        "kubectl fargate <TAB> now works where kubectl's own completion does (kubectl 1.26 or newer); else see kubectl completion --help\n",
    );
    print(&text)
}

fn uninstall(folder: Option<&Path>) -> Result<u8> {
    let removed = shim::uninstall(&Surroundings::of_process(), folder)?;
    let mut text = String::new();
    for path in &removed {
        text.push_str(&format!("removed {}\n", clean(&path.display().to_string())));
    }
    if removed.is_empty() {
        text.push_str("there is none that this program wrote\n");
    }
    print(&text)
}

fn print(text: &str) -> Result<u8> {
    let mut stdout = io::stdout().lock();
    output::written(
        stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush()),
    )?;
    Ok(exit::ANSWERED)
}
