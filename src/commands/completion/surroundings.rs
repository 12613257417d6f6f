//! Where the program stands, and which folders kubectl finds it in.

use std::fs;
use std::path::{Path, PathBuf};

/// The program's file.
const PROGRAM: &str = match cfg!(windows) {
    true => "kubectl-fargate.exe",
    false => "kubectl-fargate",
};
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
    pub fn of_krew(&self) -> Option<PathBuf> {
        let store = self
            .program
            .as_deref()?
            .ancestors()
            .find(|folder| folder.ends_with("store/fargate"))?;
        let programs = store.parent()?.parent()?.join("bin");
        programs.is_dir().then_some(programs)
    }

    /// The folders that the file may go into, the best first: where krew or `PATH` has the program, then the person's own, then any.
    pub fn folders(&self) -> Vec<PathBuf> {
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
    #[cfg(unix)]
    let is_closed = |data: &fs::Metadata| {
        use std::os::unix::fs::PermissionsExt as _;
        data.permissions().mode() & 0o002 == 0
    };
    #[cfg(not(unix))]
    let is_closed = |_: &fs::Metadata| true;
    folder.is_absolute() && fs::metadata(folder).is_ok_and(|data| data.is_dir() && is_closed(&data))
}

fn is_same(one: &Path, other: &Path) -> bool {
    one == other
        || fs::canonicalize(one)
            .and_then(|one| Ok(one == fs::canonicalize(other)?))
            .unwrap_or(false)
}

#[cfg(all(test, unix))]
pub mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// Folders below a temporary one, which `PATH` holds in this order.
    pub fn folders(names: &[&str]) -> (tempfile::TempDir, Vec<PathBuf>) {
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
}
