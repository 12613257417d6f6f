//! `kubectl_complete-fargate`: the file that kubectl runs to complete `kubectl fargate`, where it is found on `PATH`. krew cannot
//! install it: a plugin of krew is one file.
//!
//! Source: kubectl, `pkg/cmd/plugin_completion.go`.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::surroundings::Surroundings;
use crate::error::{Error, ErrorKind, Result};

/// The file's name.
const NAME: &str = match cfg!(windows) {
    true => "kubectl_complete-fargate.cmd",
    false => "kubectl_complete-fargate",
};
/// By this a file is known to be ours, whichever version wrote it.
const MARK: &str = "written by kubectl fargate completion install";
/// As much is read of a file to know it, in bytes.
const BEGINNING: u64 = 4096;

/// What the file says. The program is found as kubectl finds it, so that the file outlives updates.
const TEXT: &str = match cfg!(windows) {
    true => {
        "@echo off\r\nrem Completes kubectl fargate; written by kubectl fargate completion install\r\n\
         kubectl-fargate.exe __complete %* <nul 2>nul\r\n"
    }
    false => {
        "#!/bin/sh\n# Completes kubectl fargate; written by kubectl fargate completion install\n\
         exec kubectl-fargate __complete \"$@\" </dev/null 2>/dev/null\n"
    }
};

/// What was done to the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// There was none.
    Written,
    /// There was one of another version of ours.
    Renewed,
    /// It was there.
    Unchanged,
}

/// Puts the file into `folder`, else where it stands already, else into the best folder that may be written. Returns its path.
///
/// # Errors
/// A file of this name that is not ours; no folder that may be written.
pub fn install(surroundings: &Surroundings, folder: Option<&Path>) -> Result<(PathBuf, Change)> {
    if let Some(folder) = folder {
        let path = folder.join(NAME);
        let change = put(&path).map_err(|error| not_written(&path, &error))?;
        return Ok((path, change));
    }
    let mut found = surroundings.path.iter().map(|folder| folder.join(NAME));
    if let Some(path) = found.find(|path| fs::symlink_metadata(path).is_ok()) {
        let change = put(&path).map_err(|error| not_written(&path, &error))?;
        return Ok((path, change));
    }
    let mut refused: Vec<String> = Vec::new();
    for folder in surroundings.folders() {
        let path = folder.join(NAME);
        match put(&path) {
            Ok(change) => return Ok((path, change)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(not_written(&path, &error));
            }
            Err(error) => refused.push(format!("{}: {error}", folder.display())),
        }
    }
    let mut error = Error::new(
        ErrorKind::Output,
        "could not write kubectl_complete-fargate: no folder on PATH may be written",
    );
    error.cause = refused.into_iter().next();
    Err(error
        .next("name a folder: kubectl fargate completion install --dir PATH, and put it on PATH"))
}

/// Removes the files of ours from `folder`, or from `PATH` and where krew has the program. Returns their paths.
///
/// # Errors
/// A file that cannot be removed.
pub fn uninstall(surroundings: &Surroundings, folder: Option<&Path>) -> Result<Vec<PathBuf>> {
    let folders: Vec<PathBuf> = match folder {
        Some(folder) => vec![folder.to_owned()],
        None => {
            let of_krew = surroundings.of_krew().into_iter();
            of_krew.chain(surroundings.path.iter().cloned()).collect()
        }
    };
    let mut removed = Vec::new();
    for path in folders.iter().map(|folder| folder.join(NAME)) {
        if is_ours(&path) {
            fs::remove_file(&path).map_err(|error| {
                Error::new(
                    ErrorKind::Output,
                    "could not remove kubectl_complete-fargate",
                )
                .object(path.display().to_string())
                .cause(error.to_string())
                .next("remove it by hand")
            })?;
            removed.push(path);
        }
    }
    Ok(removed)
}

/// Writes the file. One of another version of ours is replaced, any other left alone.
fn put(path: &Path) -> io::Result<Change> {
    match create(path) {
        Ok(()) => return Ok(Change::Written),
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        Err(_) if !is_ours(path) => return Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => {}
    }
    if fs::read(path)? == TEXT.as_bytes() && may_be_run(path)? {
        return Ok(Change::Unchanged);
    }
    // kubectl may run it at this moment: it is changed as a whole.
    let beside = path.with_file_name(format!(".{NAME}.{}", std::process::id()));
    let replaced = create(&beside).and_then(|()| fs::rename(&beside, path));
    if replaced.is_err() {
        let _ = fs::remove_file(&beside);
    }
    replaced.map(|()| Change::Renewed)
}

fn create(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o755);
    }
    let mut file = options.open(path)?;
    file.write_all(TEXT.as_bytes())
        .and_then(|()| file.sync_all())
}

fn may_be_run(path: &Path) -> io::Result<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        Ok(fs::metadata(path)?.permissions().mode() & 0o100 != 0)
    }
    #[cfg(not(unix))]
    {
        path.try_exists()
    }
}

/// Whether it is a file that this command wrote: no link, which may lead anywhere.
fn is_ours(path: &Path) -> bool {
    let is_file = fs::symlink_metadata(path).is_ok_and(|data| data.is_file());
    let beginning = || -> io::Result<Vec<u8>> {
        let mut beginning = Vec::new();
        fs::File::open(path)?
            .take(BEGINNING)
            .read_to_end(&mut beginning)?;
        Ok(beginning)
    };
    is_file && beginning().is_ok_and(|text| String::from_utf8_lossy(&text).contains(MARK))
}

fn not_written(path: &Path, error: &io::Error) -> Error {
    let place = path.display().to_string();
    if error.kind() == io::ErrorKind::AlreadyExists {
        return Error::new(
            ErrorKind::Input,
            "a kubectl_complete-fargate is there that this program did not write",
        )
        .object(place)
        .next("see what it is; remove it, then install again");
    }
    Error::new(
        ErrorKind::Output,
        "could not write kubectl_complete-fargate",
    )
    .object(place)
    .cause(error.to_string())
    .next("name a folder on PATH that you may write: kubectl fargate completion install --dir PATH")
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::surroundings::tests::folders;
    use super::*;

    #[test]
    fn the_file_is_written_once_renewed_and_removed() {
        let (_folder, paths) = folders(&["bin"]);
        let surroundings = Surroundings {
            path: paths.clone(),
            ..Surroundings::default()
        };
        let path = paths[0].join(NAME);
        let installed = || install(&surroundings, None).expect("it is ours");
        assert_eq!(installed(), (path.clone(), Change::Written));
        let mode = fs::metadata(&path)
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o100, 0o100, "it can be run");
        assert_eq!(installed(), (path.clone(), Change::Unchanged));
        fs::write(&path, format!("# {MARK}, long ago")).expect("it is ours");
        assert_eq!(installed(), (path.clone(), Change::Renewed));
        assert_eq!(fs::read_to_string(&path).expect("it is there"), TEXT);
        let left: Vec<_> = fs::read_dir(&paths[0]).expect("it is there").collect();
        assert_eq!(left.len(), 1, "nothing is left beside it");
        assert_eq!(uninstall(&surroundings, None).expect("it is ours"), [path]);
        assert!(
            uninstall(&surroundings, None)
                .expect("nothing to do")
                .is_empty()
        );
    }

    #[test]
    fn files_of_others_are_left_alone() {
        let (_folder, paths) = folders(&["bin", "other"]);
        let surroundings = Surroundings {
            path: paths.clone(),
            ..Surroundings::default()
        };
        let path = paths[0].join(NAME);
        let elsewhere = paths[1].join("ours");
        fs::write(&elsewhere, TEXT).expect("it is ours");
        let links: [fn(&Path, &Path); 2] = [
            |path, _| fs::write(path, "#!/bin/sh\necho mine\n").expect("it is ours"),
            |path, to| std::os::unix::fs::symlink(to, path).expect("it is ours"),
        ];
        for put_there in links {
            put_there(&path, &elsewhere);
            let before = fs::read(&path).expect("it is there");
            for folder in [None, Some(paths[0].as_path())] {
                let error = install(&surroundings, folder).expect_err("it is not ours");
                assert_eq!(error.kind, ErrorKind::Input);
                assert!(error.message.contains("did not write"), "{}", error.message);
            }
            assert!(
                uninstall(&surroundings, None)
                    .expect("nothing to do")
                    .is_empty()
            );
            assert_eq!(fs::read(&path).expect("it is there"), before);
            fs::remove_file(&path).expect("it is ours");
        }
    }

    #[test]
    fn nowhere_to_write_is_told() {
        let (_folder, paths) = folders(&["bin"]);
        let surroundings = Surroundings {
            path: vec![paths[0].join("missing")],
            ..Surroundings::default()
        };
        let error = install(&surroundings, None).expect_err("there is no folder");
        assert_eq!(error.kind, ErrorKind::Output);
        assert!(error.next[0].contains("--dir"), "{error:?}");
        let missing = paths[0].join("missing");
        let error = install(&surroundings, Some(&missing)).expect_err("there is no folder");
        assert_eq!(error.kind, ErrorKind::Output);
    }
}
