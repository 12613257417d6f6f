//! The paths of a command line, and the files behind them.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};

/// Folders within folders, deeper than anyone keeps them.
const DEEPEST_FOLDER: usize = 32;
/// How long the other end of a named pipe is waited for.
const LONGEST_FOR_PIPE: Duration = Duration::from_secs(10);

/// A `PATH` of the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// `-`, standard input.
    Stdin,
    /// A file or a folder.
    Path(PathBuf),
}

impl From<&str> for Input {
    fn from(argument: &str) -> Self {
        match argument {
            "-" => Self::Stdin,
            path => Self::Path(path.into()),
        }
    }
}

impl From<PathBuf> for Input {
    fn from(path: PathBuf) -> Self {
        if path.as_os_str() == "-" {
            Self::Stdin
        } else {
            Self::Path(path)
        }
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("standard input"),
            Self::Path(path) => path.display().fmt(f),
        }
    }
}

/// One file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SourceFile {
    pub(super) input: Input,
    /// Whether it stands on the command line itself, not in a folder that does.
    pub(super) is_named: bool,
}

impl SourceFile {
    /// What it is called in messages.
    pub(super) fn label(&self) -> String {
        self.input.to_string()
    }

    /// Its name without folder and ending, in lower case; empty for standard input. `.gz` is no ending of its own.
    pub(super) fn stem(&self) -> String {
        let name = self.name();
        let name = Path::new(name.strip_suffix(".gz").unwrap_or(&name));
        name.file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default()
    }

    /// The ending of its name in lower case, of `x.json.gz` that before `.gz`; empty where there is none.
    pub(super) fn extension(&self) -> String {
        let name = self.name();
        let name = Path::new(name.strip_suffix(".gz").unwrap_or(&name));
        name.extension()
            .map(|extension| extension.to_string_lossy().into_owned())
            .unwrap_or_default()
    }

    /// Its name without the folder, in lower case; empty for standard input.
    fn name(&self) -> String {
        let name = match &self.input {
            Input::Stdin => None,
            Input::Path(path) => path.file_name(),
        };
        name.map(|name| name.to_string_lossy().to_lowercase())
            .unwrap_or_default()
    }

    /// The folder it stands in.
    pub(super) fn folder(&self) -> Option<&Path> {
        match &self.input {
            Input::Stdin => None,
            Input::Path(path) => path.parent(),
        }
    }

    /// Opens it.
    pub(super) fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(match &self.input {
            Input::Stdin => Box::new(io::stdin()),
            Input::Path(path) if is_pipe(path) => Box::new(open_pipe(path.clone())?),
            Input::Path(path) => Box::new(File::open(path)?),
        })
    }
}

/// Whether it is a named pipe, which cannot be opened before somebody writes to it.
fn is_pipe(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo())
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

/// Opens a pipe, or gives up where nobody writes to it. The thread that waits for it then ends with the program.
fn open_pipe(path: PathBuf) -> io::Result<File> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(File::open(path)));
    receiver.recv_timeout(LONGEST_FOR_PIPE).unwrap_or_else(|_| {
        Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!(
                "it is a pipe that nobody writes to, waited {} s",
                LONGEST_FOR_PIPE.as_secs()
            ),
        ))
    })
}

/// A file or folder that could not be read, and why.
pub(super) type Unreadable = (String, String);

/// The files of these inputs, those of folders in the order of their names; hidden ones are left out.
///
/// `is_wanted` decides about the files of folders. What cannot be read is returned beside them.
///
/// Errors: standard input given twice.
pub(super) fn files_of(
    inputs: &[Input],
    is_wanted: fn(&SourceFile) -> bool,
) -> Result<(Vec<SourceFile>, Vec<Unreadable>)> {
    if inputs
        .iter()
        .filter(|input| **input == Input::Stdin)
        .count()
        > 1
    {
        return Err(Error::new(
            ErrorKind::Usage,
            "standard input can be given only once",
        ));
    }
    let mut files = Vec::new();
    let mut unreadable = Vec::new();
    for input in inputs {
        match input {
            Input::Path(path) if path.is_dir() => {
                let mut seen = BTreeSet::new();
                walk(path, 0, &mut seen, &mut files, &mut unreadable);
            }
            _ => files.push(SourceFile {
                input: input.clone(),
                is_named: true,
            }),
        }
    }
    files.retain(|file| file.is_named || is_wanted(file));
    Ok((files, unreadable))
}

fn walk(
    folder: &Path,
    depth: usize,
    seen: &mut BTreeSet<PathBuf>,
    files: &mut Vec<SourceFile>,
    unreadable: &mut Vec<Unreadable>,
) {
    // A link may lead back to a folder that was read already.
    let is_new = fs::canonicalize(folder).map_or(true, |path| seen.insert(path));
    if depth > DEEPEST_FOLDER || !is_new {
        return;
    }
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            unreadable.push((folder.display().to_string(), words(&error)));
            return;
        }
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let is_hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if is_hidden {
            continue;
        }
        if path.is_dir() {
            walk(&path, depth + 1, seen, files, unreadable);
        } else if path.is_file() || is_dead_link(&path) {
            files.push(SourceFile {
                input: Input::Path(path),
                is_named: false,
            });
        }
    }
}

/// Whether it is a link to what is not there; opening it then says so. (A link to a device or a pipe is none, and is left out.)
fn is_dead_link(path: &Path) -> bool {
    path.is_symlink() && !path.exists()
}

/// What is said of a file that is not there.
const MISSING: &str = "no such file or directory";

/// The operating system's words without its number.
pub(super) fn words(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::NotFound {
        return MISSING.to_owned();
    }
    let words = error.to_string();
    let words = words.split(" (os error").next().unwrap_or_default();
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => words.to_owned(),
    }
}

/// The error for files named on the command line that gave nothing; `None` where there are none.
///
/// `next` is what to do about those that are there, where what is wrong does not say it.
pub(super) fn unreadable_error(unreadable: &[Unreadable], next: Option<&str>) -> Option<Error> {
    let missing = unreadable
        .iter()
        .filter(|(_, problem)| problem == MISSING)
        .count();
    let mut error = match unreadable {
        [] => return None,
        [(label, problem)] => Error::new(ErrorKind::Input, format!("could not read {label}"))
            .object(label.clone())
            .cause(problem.clone()),
        several => {
            let causes: Vec<_> = several
                .iter()
                .map(|(label, problem)| format!("{label}: {problem}"))
                .collect();
            Error::new(
                ErrorKind::Input,
                format!("could not read {} of the inputs", several.len()),
            )
            .cause(causes.join("; "))
        }
    };
    if missing > 0 {
        error = error.next("check the path");
    }
    if let Some(next) = next.filter(|_| missing < unreadable.len()) {
        error = error.next(next);
    }
    Some(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_read_in_order_without_hidden_files() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let write = |path: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("it stands in a folder")).expect("a folder");
            fs::write(path, "x").expect("a file");
        };
        for path in [
            "b.yaml",
            "a.json",
            "sub/c.yml",
            ".hidden.yaml",
            ".git/d.yaml",
            "e.txt",
        ] {
            write(path);
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path(), folder.path().join("sub/loop")).expect("a link");
        let inputs = [
            Input::Path(folder.path().to_owned()),
            Input::Path("missing".into()),
        ];
        let (files, unreadable) =
            files_of(&inputs, |file| file.extension() != "txt").expect("it can be listed");
        let names: Vec<_> = files.iter().map(SourceFile::stem).collect();
        assert_eq!(names, ["a", "b", "c", "missing"]);
        assert_eq!(files.iter().filter(|file| file.is_named).count(), 1);
        assert!(unreadable.is_empty());
    }

    #[test]
    fn standard_input_once() {
        let error = files_of(&["-".into(), "-".into()], |_| true).expect_err("twice");
        assert_eq!(error.kind, ErrorKind::Usage);
    }
}
