//! What krew and a release are given: the manifest, its template and the index agree, and the steps of a release do what they say.
//!
//! That krew itself takes them, and that an archive runs, is tested in `tests/live/krew.rs`. After a change of the template or the
//! version: `krew/manifest > plugin.yaml`.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde::Deserialize;

const PLATFORMS: &[&str] = &[
    "linux-amd64",
    "linux-arm64",
    "darwin-amd64",
    "darwin-arm64",
    "windows-amd64",
    "windows-arm64",
];

#[derive(Deserialize)]
struct Manifest {
    metadata: Metadata,
    spec: Spec,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    version: String,
    homepage: String,
    short_description: String,
    platforms: Vec<Platform>,
}

#[derive(Deserialize)]
struct Platform {
    selector: Selector,
    uri: String,
    sha256: String,
    bin: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Selector {
    match_labels: BTreeMap<String, String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn manifest(text: &str) -> Manifest {
    serde_saphyr::from_str(text).expect("it is a manifest")
}

/// Runs a program in a folder, with a git that knows nobody.
fn run(program: &Path, folder: &Path, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()))
}

fn succeeds(program: &Path, folder: &Path, arguments: &[&str]) -> String {
    let output = run(program, folder, arguments);
    assert!(
        output.status.success(),
        "{} {arguments:?}: {}",
        program.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Wants a program to fail with these words on standard error.
fn fails(program: &Path, folder: &Path, arguments: &[&str], words: &str) {
    let output = run(program, folder, arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{arguments:?} did not fail");
    assert!(said.contains(words), "{arguments:?}: {said}");
}

/// A copy of what a release works with, whose changelog has a section of this version.
fn a_tree_to_release(folder: &Path) -> PathBuf {
    let tree = folder.join("tree");
    fs::create_dir(&tree).expect("the folder is ours");
    succeeds(
        Path::new("cp"),
        root(),
        &[
            "-R",
            "krew",
            "Cargo.toml",
            "plugin.yaml",
            "LICENSE",
            tree.to_str().expect("temporary folders have plain names"),
        ],
    );
    let changelog = format!(
        "# Changelog\n\n## [Unreleased]\n\n- Later.\n\n## [{}] - 2026-12-01\n\n- It is there.\n\n## [0.0.1]\n\n- Long ago.\n",
        env!("CARGO_PKG_VERSION")
    );
    fs::write(tree.join("CHANGELOG.md"), changelog).expect("the folder is ours");
    tree
}

#[test]
fn the_manifest_is_made_from_the_template() {
    let printed = succeeds(&root().join("krew/manifest"), root(), &[]);
    assert_eq!(
        printed,
        read("plugin.yaml"),
        "krew/manifest > plugin.yaml writes it down"
    );
}

#[test]
fn the_manifest_has_every_platform_once() {
    let manifest = manifest(&read("plugin.yaml"));
    assert_eq!(manifest.metadata.name, "fargate");
    let version = concat!("v", env!("CARGO_PKG_VERSION"));
    assert_eq!(manifest.spec.version, version);
    // krew's guide: a line of a table.
    assert!(manifest.spec.short_description.len() <= 50);
    assert!(!manifest.spec.short_description.ends_with('.'));
    let mut platforms = Vec::new();
    for platform in &manifest.spec.platforms {
        let labels = &platform.selector.match_labels;
        let name = format!("{}-{}", labels["os"], labels["arch"]);
        let (ending, bin) = if labels["os"] == "windows" {
            ("zip", "kubectl-fargate.exe")
        } else {
            ("tar.gz", "kubectl-fargate")
        };
        assert_eq!(platform.bin, bin);
        assert_eq!(
            platform.uri,
            format!(
                "{}/releases/download/{version}/kubectl-fargate-{name}.{ending}",
                manifest.spec.homepage
            )
        );
        assert_eq!(platform.sha256, "0".repeat(64), "{name}");
        platforms.push(name);
    }
    assert_eq!(platforms, PLATFORMS);
}

/// The index holds what was released last, so its version and checksums are its own, and all else is the template's of then: the
/// form is the same. Until the first release it is `plugin.yaml`.
#[test]
fn the_index_offers_the_same_platforms() {
    let offered = manifest(&read("krew/index/plugins/fargate.yaml"));
    assert_eq!(offered.metadata.name, "fargate");
    let bins: Vec<_> = offered
        .spec
        .platforms
        .iter()
        .map(|platform| {
            let labels = &platform.selector.match_labels;
            assert!(
                platform
                    .uri
                    .contains(&format!("/{}/", offered.spec.version))
            );
            assert_eq!(platform.sha256.len(), 64);
            format!("{}-{}", labels["os"], labels["arch"])
        })
        .collect();
    assert_eq!(bins, PLATFORMS);
}

#[test]
fn a_release_is_of_one_version() {
    let folder = tempfile::tempdir().expect("there is room for temporary files");
    let tree = a_tree_to_release(folder.path());
    let release = tree.join("krew/release");
    let tag = concat!("v", env!("CARGO_PKG_VERSION"));
    succeeds(&release, &tree, &["check", tag]);
    fails(
        &release,
        &tree,
        &["check", "v99.0.0"],
        "but Cargo.toml says",
    );
    fails(
        &release,
        &tree,
        &["check", env!("CARGO_PKG_VERSION")],
        "the tag is",
    );

    let manifest = fs::read_to_string(tree.join("plugin.yaml")).expect("it was copied");
    fs::write(tree.join("plugin.yaml"), manifest.replace(tag, "v0.0.9"))
        .expect("the folder is ours");
    fails(&release, &tree, &["check", tag], "plugin.yaml is not");
    fs::write(tree.join("plugin.yaml"), manifest).expect("the folder is ours");
    fs::write(tree.join("CHANGELOG.md"), "## [Unreleased]\n").expect("the folder is ours");
    fails(
        &release,
        &tree,
        &["check", tag],
        "CHANGELOG.md has no section",
    );
}

#[test]
fn a_release_has_checksums_a_manifest_and_notes() {
    let folder = tempfile::tempdir().expect("there is room for temporary files");
    let tree = a_tree_to_release(folder.path());
    let release = tree.join("krew/release");
    let tag = concat!("v", env!("CARGO_PKG_VERSION"));
    let archives = tree.join("dist");
    fs::create_dir(&archives).expect("the folder is ours");
    for platform in PLATFORMS {
        let ending = if platform.starts_with("windows") {
            "zip"
        } else {
            "tar.gz"
        };
        fails(&release, &tree, &["prepare", tag, "dist"], "holds no");
        let file = archives.join(format!("kubectl-fargate-{platform}.{ending}"));
        // sha256 of the name, so that each has its own.
        fs::write(file, platform).expect("the folder is ours");
    }
    succeeds(&release, &tree, &["prepare", tag, "dist"]);
    let sums = fs::read_to_string(archives.join("SHA256SUMS")).expect("it is written");
    assert_eq!(sums.lines().count(), PLATFORMS.len(), "{sums}");
    let text = fs::read_to_string(archives.join("fargate.yaml")).expect("it is written");
    assert!(!text.contains('@'), "a place holder is left:\n{text}");
    for platform in manifest(&text).spec.platforms {
        let name = platform.uri.rsplit('/').next().unwrap_or_default();
        let line = format!("{}  {name}", platform.sha256);
        assert!(sums.lines().any(|sum| sum == line), "{line}\n{sums}");
    }
    let notes = fs::read_to_string(tree.join("notes.md")).expect("it is written");
    assert_eq!(notes.trim(), "- It is there.");
}

#[test]
fn the_index_is_published_by_a_push() {
    let folder = tempfile::tempdir().expect("there is room for temporary files");
    let folder = folder.path();
    let tree = a_tree_to_release(folder);
    let release = tree.join("krew/release");
    let git = Path::new("git");
    succeeds(
        git,
        folder,
        &["init", "--quiet", "--bare", "-b", "main", "remote"],
    );
    succeeds(git, folder, &["clone", "--quiet", "remote", "clone"]);
    let text = read("plugin.yaml").replace(&"0".repeat(64), &"1".repeat(64));
    fs::write(folder.join("fargate.yaml"), &text).expect("the folder is ours");
    for _ in ["new", "the same again"] {
        succeeds(&release, folder, &["publish", "fargate.yaml", "clone"]);
    }
    let published = succeeds(
        git,
        folder,
        &["-C", "remote", "show", "main:plugins/fargate.yaml"],
    );
    assert_eq!(published, text);
    let commits = succeeds(git, folder, &["-C", "remote", "log", "--format=%s", "main"]);
    assert_eq!(
        commits.trim(),
        concat!("fargate v", env!("CARGO_PKG_VERSION"))
    );
    let files = succeeds(
        git,
        folder,
        &["-C", "remote", "ls-tree", "-r", "--name-only", "main"],
    );
    assert_eq!(files, "README.md\nplugins/fargate.yaml\n");
}

/// A tag can be moved to other code, a commit cannot; and only the job that releases may write.
#[test]
fn the_workflow_of_a_release_is_pinned_and_may_do_little() {
    let workflow = read(".github/workflows/release.yml");
    let mut actions = 0;
    for line in workflow.lines() {
        let Some((_, action)) = line.split_once("uses: ") else {
            continue;
        };
        if action.starts_with("./") {
            continue;
        }
        let (_, version) = action.split_once('@').expect("an action has a version");
        let (commit, tag) = version.split_once(" # v").unwrap_or((version, ""));
        assert!(
            commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{line}"
        );
        assert!(!tag.is_empty(), "{line} does not say which version it is");
        actions += 1;
    }
    assert!(actions > 5);
    assert_eq!(workflow.matches(": write").count(), 3);
    let (before, job) = workflow
        .split_once("\n  release:\n")
        .expect("a job releases");
    assert!(!before.contains(": write"));
    assert!(before.contains("\npermissions:\n  contents: read\n"));
    let job = job.split("\n  index:\n").next().unwrap_or_default();
    for right in ["contents: write", "id-token: write", "attestations: write"] {
        assert!(job.contains(right), "{right}");
    }
}
