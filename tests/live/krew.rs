//! The archives and the manifest, by the real krew and its own validator; what krew installed then runs through the real kubectl.
//!
//! `LAB_ARCHIVES` is a folder in which `krew/package` has packed the program for this machine (tests/run does that). The archives
//! of other platforms are packed here, by the same script, around the first bytes of such a program.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::lab::invocation::BINARY;

/// A test of this file: its name, and what it does.
type Test = (&'static str, fn(&Krew));

/// Lists tests by their names.
macro_rules! named {
    ($($test:ident),* $(,)?) => {
        &[$((stringify!($test), $test)),*]
    };
}

/// The tests, which need no laboratory.
pub const TESTS: &[Test] = named![
    the_manifests_are_valid,
    a_release_is_valid_and_installs_everywhere,
    it_installs_the_archive_runs_and_takes_it_away,
    it_installs_and_upgrades_from_our_index,
    the_archive_holds_a_static_program_and_the_licence,
    the_same_program_makes_the_same_archive,
    what_is_for_another_platform_is_not_packed,
];

/// What is packed for.
const PLATFORMS: &[&str] = &[
    "linux-amd64",
    "linux-arm64",
    "darwin-amd64",
    "darwin-arm64",
    "windows-amd64",
    "windows-arm64",
];

/// krew, its validator, the real kubectl, and the archive of this machine.
pub struct Krew {
    kubectl: PathBuf,
    krew: PathBuf,
    validator: PathBuf,
    archives: PathBuf,
}

impl Krew {
    /// Reads the `LAB_…` variables. Errors: a sentence with every variable that is missing or names nothing.
    pub fn from_environment() -> Result<Self, String> {
        let mut missing = Vec::new();
        let mut path = |name: &'static str| {
            let path = std::env::var_os(name)
                .map(PathBuf::from)
                .filter(|path| path.exists());
            if path.is_none() {
                missing.push(name);
            }
            path.unwrap_or_default()
        };
        let krew = Self {
            kubectl: path("LAB_KUBECTL"),
            krew: path("LAB_KREW"),
            validator: path("LAB_VALIDATE_KREW_MANIFEST"),
            archives: path("LAB_ARCHIVES"),
        };
        if missing.is_empty() {
            Ok(krew)
        } else {
            Err(format!("{} not given", missing.join(", ")))
        }
    }

    /// The platform of this machine, as archives are called.
    fn here() -> String {
        let system = match std::env::consts::OS {
            "macos" => "darwin",
            other => other,
        };
        let processor = match std::env::consts::ARCH {
            "aarch64" => "arm64",
            _ => "amd64",
        };
        format!("{system}-{processor}")
    }

    /// The archive that `krew/package` made for this machine.
    fn archive(&self) -> PathBuf {
        self.archives
            .join(format!("kubectl-fargate-{}.tar.gz", Self::here()))
    }

    /// A command in a home of its own, with kubectl, krew, what krew installs and git on the PATH, and nothing else of ours.
    fn command(&self, program: &Path, home: &Path) -> Command {
        let folders = [&self.krew, &self.kubectl]
            .map(|file| file.parent().map(Path::to_owned).unwrap_or_default());
        let path = std::env::join_paths(
            std::iter::once(home.join("krew/bin"))
                .chain(folders)
                .chain(git_folder())
                .chain(["/usr/bin", "/bin"].map(PathBuf::from)),
        )
        .expect("folders of programs have no colon in their names");
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", home)
            .env("KREW_ROOT", home.join("krew"))
            .env("KREW_NO_UPGRADE_CHECK", "1")
            .env("KUBECONFIG", home.join("none.yaml"))
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC")
            .env("PATH", path)
            .current_dir(home)
            .stdin(Stdio::null());
        command
    }

    /// Runs `kubectl ARGUMENTS`, wants it to end well, and returns its standard output.
    fn kubectl(&self, home: &Path, arguments: &[&str]) -> String {
        done(self.command(&self.kubectl, home).args(arguments))
    }

    /// Publishes `krew/index` with a manifest as a git repository of its own, or a newer manifest there; returns its address.
    fn publish(&self, home: &Path, manifest: &str) -> String {
        let index = home.join("index");
        if !index.exists() {
            done(
                Command::new("cp")
                    .arg("-R")
                    .arg(root().join("krew/index"))
                    .arg(&index),
            );
        }
        std::fs::write(index.join("plugins/fargate.yaml"), manifest).expect("the folder is ours");
        for arguments in [
            &["init", "--quiet", "--initial-branch=main"][..],
            &["add", "--all"],
            &["commit", "--quiet", "--message=fargate"],
        ] {
            done(
                self.command(Path::new("git"), home)
                    .current_dir(&index)
                    .args(["-c", "user.name=test", "-c", "user.email=test@localhost"])
                    .args(arguments),
            );
        }
        format!("file://{}", index.display())
    }

    /// Packs all six archives into a folder: that of this machine as it is, the others around the beginning of a program.
    fn six_archives(&self, folder: &Path) {
        let here = self.archive();
        let name = here.file_name().expect("it is a file");
        std::fs::copy(&here, folder.join(name)).expect("tests/run has packed it");
        for platform in PLATFORMS
            .iter()
            .filter(|platform| **platform != Self::here())
        {
            let program = folder.join("program");
            std::fs::write(&program, beginning(platform)).expect("the folder is ours");
            done(
                script("package")
                    .args([platform, "--binary"])
                    .arg(&program)
                    .arg("--out")
                    .arg(folder),
            );
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A script of `krew/`, with this machine's environment: it may ask cargo.
fn script(name: &str) -> Command {
    let mut command = Command::new(root().join("krew").join(name));
    command.stdin(Stdio::null());
    command
}

fn git_folder() -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).find(|folder| folder.join("git").is_file())
}

/// Runs a command, wants it to end well, and returns its standard output.
fn done(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    );
    assert!(
        output.status.success(),
        "{command:?}: {}\n{out}\n{err}",
        output.status
    );
    out
}

/// The first bytes of a program for a platform, as far as the script looks at them.
fn beginning(platform: &str) -> Vec<u8> {
    let is_arm = platform.ends_with("arm64");
    let mut bytes = vec![0; 0x80];
    if platform.starts_with("linux") {
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        bytes[18] = if is_arm { 183 } else { 62 };
    } else if platform.starts_with("darwin") {
        bytes[..4].copy_from_slice(b"\xcf\xfa\xed\xfe");
        bytes[4..8].copy_from_slice(&[if is_arm { 0x0c } else { 7 }, 0, 0, 1]);
    } else {
        bytes[..2].copy_from_slice(b"MZ");
        bytes[0x3c] = 0x40;
        bytes[0x40..0x44].copy_from_slice(b"PE\0\0");
        bytes[0x44..0x46].copy_from_slice(if is_arm { b"\x64\xaa" } else { b"\x64\x86" });
    }
    bytes
}

/// Serves the files of a folder on loopback, one connection at a time, for as long as the tests run; returns the address.
fn serve(folder: &Path) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = listener.local_addr().expect("it is bound");
    let folder = folder.to_owned();
    std::thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n")
                && connection.read(&mut byte).is_ok_and(|read| read == 1)
            {
                request.push(byte[0]);
            }
            let request = String::from_utf8_lossy(&request).into_owned();
            let name = request.split(' ').nth(1).unwrap_or("/").rsplit('/').next();
            let file = std::fs::read(folder.join(name.unwrap_or_default()));
            let status = if file.is_ok() {
                "200 OK"
            } else {
                "404 Not Found"
            };
            let body = file.unwrap_or_default();
            let _ = write!(
                connection,
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let _ = connection.write_all(&body);
        }
    });
    format!("http://{address}")
}

fn the_manifests_are_valid(krew: &Krew) {
    for manifest in ["plugin.yaml", "krew/index/plugins/fargate.yaml"] {
        let home = tempfile::tempdir().expect("there is room for temporary files");
        // krew wants the file to bear the plugin's name.
        let file = home.path().join("fargate.yaml");
        std::fs::copy(root().join(manifest), &file).expect("it is there");
        done(
            krew.command(&krew.validator, home.path())
                .arg("-skip-install")
                .arg("-manifest")
                .arg(&file),
        );
    }
}

fn a_release_is_valid_and_installs_everywhere(krew: &Krew) {
    let home = tempfile::tempdir().expect("there is room for temporary files");
    krew.six_archives(home.path());
    let url = serve(home.path());
    let manifest = done(
        script("manifest")
            .arg("--sums")
            .arg(home.path().join("SHA256SUMS"))
            .args(["--url", &url]),
    );
    let file = home.path().join("fargate.yaml");
    std::fs::write(&file, &manifest).expect("the folder is ours");
    // Installs the archive of each platform, one after the other, and looks for the licence.
    let output = krew
        .command(&krew.validator, home.path())
        .arg("-manifest")
        .arg(&file)
        .output()
        .expect("the validator runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("all 6 spec.platforms installed fine"),
        "{said}"
    );

    // With one archive that is not in the list there is no manifest.
    let sums = std::fs::read_to_string(home.path().join("SHA256SUMS")).expect("it is written");
    let short = home.path().join("short");
    std::fs::write(&short, sums.lines().skip(1).collect::<Vec<_>>().join("\n"))
        .expect("the folder is ours");
    let output = script("manifest")
        .arg("--sums")
        .arg(&short)
        .output()
        .expect("the script runs");
    assert!(!output.status.success());
    assert!(
        String::from_utf8_lossy(&output.stderr)
            .contains("has no checksum of kubectl-fargate-darwin-amd64.tar.gz")
    );
}

/// What the binary of these tests prints: what an installed one must print, too.
fn demo_by_our_own_binary(krew: &Krew, home: &Path) -> String {
    done(
        krew.command(Path::new(BINARY), home)
            .args(["explain", "--demo"]),
    )
}

fn it_installs_the_archive_runs_and_takes_it_away(krew: &Krew) {
    let home = tempfile::tempdir().expect("there is room for temporary files");
    let home = home.path();
    let before = krew
        .command(&krew.kubectl, home)
        .args(["fargate", "explain", "--demo"])
        .output()
        .expect("kubectl runs");
    assert!(!before.status.success(), "a plugin was there before");

    let manifest = done(
        script("manifest")
            .arg("--partial")
            .arg("--sums")
            .arg(krew.archives.join("SHA256SUMS")),
    );
    let file = home.join("fargate.yaml");
    std::fs::write(&file, &manifest).expect("the folder is ours");
    krew.kubectl(
        home,
        &[
            "krew",
            "install",
            &format!("--manifest={}", file.display()),
            &format!("--archive={}", krew.archive().display()),
        ],
    );
    let told = krew.kubectl(home, &["fargate", "explain", "--demo"]);
    assert_eq!(told, demo_by_our_own_binary(krew, home));
    assert!(told.contains("PrivilegedContainer"), "{told}");
    let version = krew.kubectl(home, &["fargate", "--version"]);
    assert!(version.contains(env!("CARGO_PKG_VERSION")), "{version}");
    let plugins = krew.kubectl(home, &["plugin", "list"]);
    assert!(plugins.contains("krew/bin/kubectl-fargate"), "{plugins}");
    let store = home.join(format!("krew/store/fargate/v{}", env!("CARGO_PKG_VERSION")));
    assert!(store.join("LICENSE").is_file());

    // krew takes nothing away before it knows an index, which need not be where it came from.
    let repository = krew.publish(home, &manifest);
    krew.kubectl(home, &["krew", "index", "add", "any", &repository]);
    krew.kubectl(home, &["krew", "uninstall", "fargate"]);
    assert!(!home.join("krew/bin/kubectl-fargate").exists());
    assert!(!store.exists());
}

fn it_installs_and_upgrades_from_our_index(krew: &Krew) {
    let home = tempfile::tempdir().expect("there is room for temporary files");
    let home = home.path();
    krew.six_archives(home);
    let url = serve(home);
    let manifest = done(
        script("manifest")
            .arg("--sums")
            .arg(home.join("SHA256SUMS"))
            .args(["--url", &url]),
    );
    let version = format!("version: v{}", env!("CARGO_PKG_VERSION"));
    assert!(manifest.contains(&version), "{manifest}");

    let repository = krew.publish(home, &manifest.replace(&version, "version: v0.0.1"));
    krew.kubectl(home, &["krew", "index", "add", "fargate", &repository]);
    krew.kubectl(home, &["krew", "install", "fargate/fargate"]);
    let list = krew.kubectl(home, &["krew", "list"]);
    assert!(list.contains("fargate/fargate"), "{list}");
    assert_eq!(
        krew.kubectl(home, &["fargate", "explain", "--demo"]),
        demo_by_our_own_binary(krew, home)
    );

    krew.publish(home, &manifest);
    krew.kubectl(home, &["krew", "upgrade", "fargate"]);
    let store = home.join(format!("krew/store/fargate/v{}", env!("CARGO_PKG_VERSION")));
    assert!(store.is_dir(), "it was not upgraded");
    krew.kubectl(home, &["fargate", "--version"]);
    krew.kubectl(home, &["krew", "uninstall", "fargate"]);
    krew.kubectl(home, &["krew", "index", "remove", "fargate"]);
    assert!(!home.join("krew/bin/kubectl-fargate").exists());
}

/// One file of an archive: name, mode, owner, group, seconds, content.
struct Entry {
    name: String,
    mode: u64,
    owner: u64,
    group: u64,
    seconds: u64,
    content: Vec<u8>,
}

/// The files of a tar.gz (POSIX.1-1988 ustar: headers of 512 bytes, numbers in octal).
fn entries(archive: &Path) -> Vec<Entry> {
    let packed = std::fs::read(archive).expect("tests/run has packed it");
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice())
        .read_to_end(&mut bytes)
        .expect("it is gzip");
    let text = |field: &[u8]| {
        String::from_utf8_lossy(field)
            .trim_end_matches(['\0', ' '])
            .to_owned()
    };
    let number = |field: &[u8]| u64::from_str_radix(&text(field), 8).expect("it is octal");
    let mut entries = Vec::new();
    let mut at = 0;
    while bytes.len() >= at + 512 && bytes[at] != 0 {
        let header = &bytes[at..at + 512];
        let size = usize::try_from(number(&header[124..136])).expect("it is in memory");
        entries.push(Entry {
            name: text(&header[..100]),
            mode: number(&header[100..108]),
            owner: number(&header[108..116]),
            group: number(&header[116..124]),
            seconds: number(&header[136..148]),
            content: bytes[at + 512..at + 512 + size].to_vec(),
        });
        at += 512 + size.next_multiple_of(512);
    }
    entries
}

fn the_archive_holds_a_static_program_and_the_licence(krew: &Krew) {
    let entries = entries(&krew.archive());
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["LICENSE", "kubectl-fargate"]);
    for entry in &entries {
        assert_eq!(
            (entry.owner, entry.group, entry.seconds),
            (0, 0, 315_532_800),
            "{}",
            entry.name
        );
    }
    assert_eq!(entries[0].mode, 0o644);
    assert_eq!(
        entries[0].content,
        std::fs::read(root().join("LICENSE")).expect("it is there")
    );
    assert_eq!(entries[1].mode, 0o755);
    if cfg!(target_os = "linux") {
        assert_static(&entries[1].content);
    }
}

/// Wants an ELF program that asks for no interpreter (PT_INTERP) and no library (DT_NEEDED).
fn assert_static(program: &[u8]) {
    const PT_DYNAMIC: u64 = 2;
    const PT_INTERP: u64 = 3;
    const DT_NEEDED: u64 = 1;
    let number = |at: usize, bytes: usize| {
        program[at..at + bytes]
            .iter()
            .rev()
            .fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
    };
    let place = |number: u64| usize::try_from(number).expect("it is in memory");
    assert_eq!(&program[..6], b"\x7fELF\x02\x01");
    let (table, size, count) = (place(number(32, 8)), place(number(54, 2)), number(56, 2));
    assert!(count > 0, "a program has parts");
    for index in 0..place(count) {
        let header = table + index * size;
        let kind = number(header, 4);
        assert_ne!(kind, PT_INTERP, "it asks for a dynamic linker");
        if kind == PT_DYNAMIC {
            let (begin, length) = (place(number(header + 8, 8)), place(number(header + 32, 8)));
            for entry in (begin..begin + length).step_by(16) {
                assert_ne!(number(entry, 8), DT_NEEDED, "it asks for a library");
            }
        }
    }
}

fn the_same_program_makes_the_same_archive(krew: &Krew) {
    let folder = tempfile::tempdir().expect("there is room for temporary files");
    let program = folder.path().join("another-name");
    let packed = entries(&krew.archive())
        .pop()
        .expect("it holds the program");
    std::fs::write(&program, &packed.content).expect("the folder is ours");
    // Neither the name, nor the rights, nor the time of the file that is packed may show.
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o600))
        .expect("the file is ours");
    done(
        script("package")
            .args([&Krew::here(), "--binary"])
            .arg(&program)
            .arg("--out")
            .arg(folder.path()),
    );
    let again = folder
        .path()
        .join(krew.archive().file_name().expect("it is a file"));
    assert!(
        std::fs::read(&again).ok() == std::fs::read(krew.archive()).ok(),
        "packed again, the archive differs"
    );
    let sums = |folder: &Path| {
        std::fs::read_to_string(folder.join("SHA256SUMS")).expect("it is beside the archive")
    };
    assert_eq!(sums(folder.path()), sums(&krew.archives));
}

fn what_is_for_another_platform_is_not_packed(_: &Krew) {
    let folder = tempfile::tempdir().expect("there is room for temporary files");
    let program = folder.path().join("program");
    let refused = |platform: &str| {
        let output = script("package")
            .args([platform, "--binary"])
            .arg(&program)
            .arg("--out")
            .arg(folder.path())
            .output()
            .expect("the script runs");
        assert!(!output.status.success(), "{platform}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    for is in PLATFORMS {
        std::fs::write(&program, beginning(is)).expect("the folder is ours");
        for wanted in PLATFORMS.iter().filter(|wanted| *wanted != is) {
            let said = refused(wanted);
            assert!(
                said.contains(&format!("is no program for {wanted}")),
                "{said}"
            );
        }
    }
    // One part, which names an interpreter.
    let mut dynamic = beginning("linux-amd64");
    dynamic[32] = 64;
    dynamic[54] = 56;
    dynamic[56] = 1;
    dynamic[64] = 3;
    std::fs::write(&program, dynamic).expect("the folder is ours");
    let said = refused("linux-amd64");
    assert!(said.contains("is not static"), "{said}");
}
