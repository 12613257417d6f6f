//! `kubectl_complete-fargate`: the file that kubectl runs to complete `kubectl fargate`, where it is found on `PATH`. krew cannot
//! install it: a plugin of krew is one file.
//!
//! Source: kubectl, `pkg/cmd/plugin_completion.go`.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// The file's name.
const NAME: &str = match cfg!(windows) {
    true => "kubectl_complete-fargate.cmd",
    false => "kubectl_complete-fargate",
};
/// The program's own.
const PROGRAM: &str = match cfg!(windows) {
    true => "kubectl-fargate.exe",
    false => "kubectl-fargate",
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

/// Where the program stands.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// The folders of `PATH`.
    pub path: Vec<PathBuf>,
    /// The program's own file, behind all links.
    pub program: Option<PathBuf>,
    /// The person's own folder.
    pub home: Option<PathBuf>,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_process() -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let program = std::env::current_exe().and_then(fs::canonicalize);
        Self {
            path: std::env::split_paths(&path).collect(),
            program: program.ok(),
            home: std::env::home_dir(),
        }
    }

    /// Whether kubectl looks into this folder.
    pub fn is_on_path(&self, folder: &Path) -> bool {
        self.path.iter().any(|known| is_same(known, folder))
    }

    /// krew's folder for programs, where the program is one of krew's: `ROOT/store/fargate/VERSION/kubectl-fargate` is linked
    /// from `ROOT/bin`.
    fn of_krew(&self) -> Option<PathBuf> {
        let store = self
            .program
            .as_deref()?
            .ancestors()
            .find(|folder| folder.ends_with("store/fargate"))?;
        let programs = store.parent()?.parent()?.join("bin");
        programs.is_dir().then_some(programs)
    }

    /// The folders that the file may go into, the best first: where krew or `PATH` has the program, then the person's own, then any.
    fn folders(&self) -> Vec<PathBuf> {
        let with_program = self
            .path
            .iter()
            .filter(|folder| folder.join(PROGRAM).is_file());
        let own = self.program.as_deref().and_then(Path::parent);
        let own = own
            .filter(|folder| self.is_on_path(folder))
            .map(Path::to_owned);
        let is_at_home = |folder: &&PathBuf| {
            let home = self.home.as_deref().filter(|home| home.parent().is_some());
            home.is_some_and(|home| folder.starts_with(home))
        };
        let mut folders: Vec<PathBuf> = Vec::new();
        let all = self
            .of_krew()
            .into_iter()
            .chain(with_program.cloned())
            .chain(own)
            .chain(self.path.iter().filter(is_at_home).cloned())
            .chain(self.path.iter().cloned());
        for folder in all {
            if is_trusted(&folder) && !folders.contains(&folder) {
                folders.push(folder);
            }
        }
        folders
    }
}

/// Whether a program may be put there: it is there, wherever one stands, and not everybody may put another in its place.
fn is_trusted(folder: &Path) -> bool {
    let is_closed = |data: &fs::Metadata| {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            data.permissions().mode() & 0o002 == 0
        }
        #[cfg(not(unix))]
        {
            !data.permissions().readonly()
        }
    };
    folder.is_absolute() && fs::metadata(folder).is_ok_and(|data| data.is_dir() && is_closed(&data))
}

fn is_same(one: &Path, other: &Path) -> bool {
    one == other
        || fs::canonicalize(one)
            .and_then(|one| Ok(one == fs::canonicalize(other)?))
            .unwrap_or(false)
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

    use super::*;

    /// Folders below a temporary one, which `PATH` holds in this order.
    fn folders(names: &[&str]) -> (tempfile::TempDir, Vec<PathBuf>) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().canonicalize().expect("it is there");
        let paths: Vec<PathBuf> = names.iter().map(|name| root.join(name)).collect();
        for path in &paths {
            fs::create_dir_all(path).expect("the folder is ours");
        }
        (folder, paths)
    }

    #[test]
    fn the_best_folder_is_taken() {
        let (_folder, paths) = folders(&[
            "usr/bin",
            "home/bin",
            "krew/bin",
            "krew/store/fargate/v1",
            "apps",
        ]);
        let [usr, home, krew, stored, apps] = paths.as_slice() else {
            unreachable!("as many as were named");
        };
        let at_home = home.parent().map(Path::to_owned);
        let surroundings = |program: Option<PathBuf>| Surroundings {
            path: vec![
                PathBuf::from("."),
                PathBuf::new(),
                usr.clone(),
                home.clone(),
            ],
            program,
            home: at_home.clone(),
        };
        for (program, wanted, why) in [
            (
                Some(stored.join(PROGRAM)),
                krew,
                "krew's, though it is not on PATH",
            ),
            (Some(usr.join(PROGRAM)), usr, "beside the program"),
            (
                Some(apps.join(PROGRAM)),
                home,
                "one's own: the program's is not on PATH",
            ),
            (None, home, "one's own"),
        ] {
            let folders = surroundings(program).folders();
            assert_eq!(folders.first(), Some(wanted), "{why}");
            assert!(folders.iter().all(|folder| folder.is_absolute()), "{why}");
        }
        fs::set_permissions(home, fs::Permissions::from_mode(0o777)).expect("it is ours");
        let folders = surroundings(None).folders();
        assert_eq!(
            folders,
            std::slice::from_ref(usr),
            "not where everybody may write"
        );
        fs::write(home.join(PROGRAM), "").expect("it is ours");
        fs::set_permissions(home, fs::Permissions::from_mode(0o755)).expect("it is ours");
        assert_eq!(
            surroundings(None).folders().first(),
            Some(home),
            "where PATH has it"
        );
    }

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
