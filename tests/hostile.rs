//! Files that are packed, broken, endless or made to do harm, through the real binary: it ends soon, keeps within its memory, and
//! says which file is wrong and how.

#[path = "support/program.rs"]
#[allow(dead_code)]
mod program;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use tempfile::TempDir;

/// Longer than any of these takes in a build without optimisation on a busy machine.
const LONGEST: Duration = Duration::from_secs(60);

/// A folder with one pod and whatever a test puts beside it.
struct Case(TempDir);

impl Case {
    fn new() -> Self {
        let case = Self(TempDir::new().expect("a folder for the test"));
        case.write("pods.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop, creationTimestamp: '2026-01-01T00:00:00Z'}\n");
        case
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().expect("it stands in the folder")).expect("a folder");
        fs::write(path, content).expect("a file");
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, arguments: &[&str]) -> program::Outcome {
        let arguments: Vec<String> = ["explain", "-o", "json"]
            .iter()
            .chain(arguments)
            .map(ToString::to_string)
            .collect();
        let start = Instant::now();
        let outcome = program::run(self.path(), &arguments);
        assert!(
            start.elapsed() < LONGEST,
            "{arguments:?}: {:?}",
            start.elapsed()
        );
        outcome
    }

    /// Asks with these profiles and wants an answer.
    fn report(&self, arguments: &[&str]) -> Value {
        let outcome = self.run(arguments);
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        serde_json::from_str(&outcome.stdout).expect("the report is JSON")
    }

    /// Asks with this file of profiles, which gives nothing, and wants to hear why.
    fn problem(&self, file: &str) -> String {
        let outcome = self.run(&["--from", "pods.yaml", "--profiles", file]);
        assert_eq!(
            outcome.code,
            Some(2),
            "{file}: {}{}",
            outcome.stderr,
            outcome.stdout
        );
        assert!(outcome.stderr.contains(file), "{}", outcome.stderr);
        assert!(
            outcome.stderr.len() < 2000 && outcome.stderr.lines().count() < 12,
            "{}",
            outcome.stderr
        );
        outcome.stderr
    }
}

fn profile(name: &str) -> String {
    format!(
        r#"{{"fargateProfile":{{"fargateProfileName":"{name}","clusterName":"prod","status":"ACTIVE","selectors":[{{"namespace":"shop"}}]}}}}"#
    )
}

fn gzip(text: impl AsRef<[u8]>) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(text.as_ref()).expect("memory takes it");
    packed.finish().expect("memory takes it")
}

/// Gzip of a text that is repeated, without the text ever standing in memory.
fn gzip_of(beginning: &str, repeated: &str, times: usize) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    let part = repeated.repeat((1 << 20) / repeated.len());
    packed
        .write_all(beginning.as_bytes())
        .expect("memory takes it");
    for _ in 0..times {
        packed.write_all(part.as_bytes()).expect("memory takes it");
    }
    packed.finish().expect("memory takes it")
}

/// What the profiles' source says.
fn source<'a>(report: &'a Value, what: &str) -> &'a Value {
    report["sources"]
        .as_array()
        .and_then(|sources| sources.iter().find(|source| source["what"] == what))
        .unwrap_or_else(|| panic!("no source {what}: {report:#}"))
}

fn count(report: &Value) -> &Value {
    &source(report, "fargateprofiles")["count"]
}

#[test]
fn gzip_is_read_wherever_a_file_is() {
    let case = Case::new();
    let members = [gzip(profile("a")), gzip(profile("b"))].concat();
    case.write("profiles/many.json.gz", &members);
    case.write("profiles/c.yaml.gz", gzip("fargateProfile:\n  fargateProfileName: c\n  clusterName: prod\n  selectors: [{namespace: ops}]\n"));
    case.write("named-otherwise.bin", gzip(profile("d")));
    case.write(
        "state/pods.json.gz",
        gzip(r#"{"kind":"PodList","items":[]}"#),
    );
    case.write(
        "state/nodes.yaml.gz",
        gzip("apiVersion: v1\nkind: List\nitems: []\n"),
    );
    let report = case.report(&[
        "--from",
        "pods.yaml",
        "--profiles",
        "profiles",
        "--profiles",
        "named-otherwise.bin",
    ]);
    assert_eq!(count(&report), 4, "{report:#}");
    let report = case.report(&["--from", "state"]);
    for kind in ["pods", "nodes"] {
        assert_eq!(
            source(&report, kind)["status"],
            "Read",
            "the file is named after the kind: {report:#}"
        );
    }
}

#[test]
fn gzip_on_standard_input() {
    let case = Case::new();
    let mut program = Command::new(env!("CARGO_BIN_EXE_kubectl-fargate"))
        .args([
            "explain",
            "-o",
            "json",
            "--from",
            "pods.yaml",
            "--profiles",
            "-",
        ])
        .current_dir(case.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("cargo built the binary for this test");
    let mut input = program.stdin.take().expect("it is a pipe");
    input.write_all(&gzip(profile("a"))).expect("it is read");
    drop(input);
    let output = program.wait_with_output().expect("it ends");
    let report: Value = serde_json::from_slice(&output.stdout).expect("the report is JSON");
    assert_eq!(count(&report), 1, "{report:#}");
}

#[test]
fn packed_files_that_cannot_be_read_are_told_apart() {
    let case = Case::new();
    let whole = gzip(profile("a").repeat(20));
    let mut tar = vec![0; 1024];
    tar[257..262].copy_from_slice(b"ustar");
    let mut damaged = whole.clone();
    damaged[whole.len() - 6] ^= 0xFF;
    for (name, content, words) in [
        (
            "cut.json.gz",
            whole[..whole.len() / 2].to_vec(),
            "breaks off",
        ),
        ("damaged.json.gz", damaged, "damaged"),
        ("head.gz", b"\x1F\x8B".to_vec(), "breaks off"),
        ("twice.gz", gzip(gzip(profile("a"))), "gzip within gzip"),
        ("archive.tgz", gzip(&tar), "tar -xzf"),
        ("archive.tar", tar, "tar -xf"),
        (
            "archive.zip",
            b"PK\x03\x04\x14\x00\x00\x00".to_vec(),
            "zip archive",
        ),
        (
            "p.json.zst",
            b"\x28\xB5\x2F\xFD\x04\x00".to_vec(),
            "zstd -d",
        ),
        ("p.json.bz2", b"BZh91AY&SY".to_vec(), "bunzip2"),
        ("p.json.xz", b"\xFD7zXZ\x00\x00\x04".to_vec(), "unxz"),
    ] {
        case.write(name, content);
        let problem = case.problem(name);
        if name == "damaged.json.gz" {
            // All of it came before the checksum said that it is wrong.
            assert!(problem.contains(words), "{problem}");
        }
        assert!(problem.contains(words), "{name}: {problem}");
    }
}

/// Each is a few hundred KiB and stands for hundreds of MiB; the address space is what an unbounded reader would want.
#[cfg(target_os = "linux")]
#[test]
fn gzip_bombs_and_endless_texts_keep_within_bounds() {
    let case = Case::new();
    for (name, content) in [
        ("zeros.gz", gzip_of("", "\0", 140)),
        (
            "string.json.gz",
            gzip_of(r#"{"fargateProfile":{"fargateProfileName":""#, "a", 140),
        ),
        (
            "scalar.yaml.gz",
            gzip_of("fargateProfile:\n  fargateProfileName: ", "a", 140),
        ),
    ] {
        case.write(name, content);
        let outcome = Command::new("sh")
            .args(["-c", "ulimit -v 2097152; exec \"$0\" \"$@\""])
            .arg(env!("CARGO_BIN_EXE_kubectl-fargate"))
            .args(["explain", "--from", "pods.yaml", "--profiles", name])
            .current_dir(case.path())
            .stdin(Stdio::null())
            .output()
            .expect("there is a shell");
        let said = String::from_utf8_lossy(&outcome.stderr);
        assert_eq!(outcome.status.code(), Some(2), "{name}: {said}");
        assert!(said.contains(name) && said.len() < 2000, "{said}");
        let is_bounded =
            said.contains("more than 128 MiB of text") || said.contains("it is binary");
        assert!(is_bounded, "{name}: {said}");
    }
}

#[test]
fn texts_that_are_made_to_do_harm() {
    let case = Case::new();
    let named = r#"{"fargateProfile":{"fargateProfileName":"#;
    let labels: String = (0..2000).map(|n| format!(r#""k{n}":"v","#)).collect();
    let bomb: String = std::iter::once("a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned())
        .chain((1..20).map(|n| {
            format!(
                "a{n}: &a{n} [{}]\n",
                vec![format!("*a{}", n - 1); 9].join(",")
            )
        }))
        .collect();
    for (name, content, words) in [
        (
            "deep.json",
            format!(
                "{{\"fargateProfile\":{}1{}",
                "{\"a\":".repeat(100_000),
                "}".repeat(100_001)
            ),
            "nested deeper than 127 levels",
        ),
        (
            "deep-open.json",
            format!("{{\"fargateProfile\":{}", "[".repeat(100_000)),
            "not valid JSON",
        ),
        (
            "deep.yaml",
            format!("fargateProfile: {}", "[".repeat(100_000)),
            "nested deeper than 64 levels",
        ),
        (
            "blocks.yaml",
            (0..3000)
                .map(|depth| format!("{}a:\n", " ".repeat(depth)))
                .collect(),
            "nested deeper than 64 levels",
        ),
        (
            "dashes.yaml",
            format!("fargateProfile:\n{}", "- ".repeat(100_000)),
            "nested deeper than 64 levels",
        ),
        ("bomb.yaml", bomb, "aliases stand for far too much"),
        (
            "itself.yaml",
            "fargateProfile: &b\n  <<: *b\n  fargateProfileName: a\n".to_owned(),
            "an anchor stands for itself",
        ),
        (
            "number.json",
            format!("{named}\"a\",\"createdAt\":1e999}}}}"),
            "number out of range",
        ),
        (
            "digits.json",
            format!("{named}\"a\",\"createdAt\":{}}}}}", "9".repeat(1000)),
            "number out of range",
        ),
        ("zero.json", format!("{named}\"a\0b\"}}}}"), "binary"),
        (
            "surrogate.json",
            format!("{named}\"a\\ud800\",\"selectors\":[]}}}}"),
            "surrogate",
        ),
        (
            "long.json",
            format!("{named}\"{}\"}}}}", "a".repeat(100_000)),
            "its name has 100000 bytes",
        ),
        (
            "type.json",
            format!("{named}{{\"{}\":1}}}}}}", "a".repeat(100_000)),
            "expected a string",
        ),
        (
            "labels.json",
            format!(
                "{named}\"a\",\"selectors\":[{{\"namespace\":\"x\",\"labels\":{{{labels}\"z\":\"z\"}}}}]}}}}"
            ),
            "selectors[0]: 2001 labels",
        ),
        (
            "selectors.json",
            format!(
                "{named}\"a\",\"selectors\":[{}{{\"namespace\":\"x\"}}]}}}}",
                "{\"namespace\":\"x\"},".repeat(2000)
            ),
            "selectors: 2001 of them",
        ),
        ("empty.json", String::new(), "it is empty"),
        (
            "table.txt",
            "-------------\n|DescribeFargateProfile|\n+----+".to_owned(),
            "--output json",
        ),
        (
            "text.txt",
            "FARGATEPROFILE\tprod\t1687012426.24\tarn".to_owned(),
            "--output json",
        ),
    ] {
        case.write(name, content);
        let problem = case.problem(name);
        assert!(problem.contains(words), "{name}: {problem}");
    }
}

#[test]
fn texts_of_every_encoding() {
    let case = Case::new();
    let text = profile("a");
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (name, content) in [
        ("mark-8.json", [b"\xEF\xBB\xBF", text.as_bytes()].concat()),
        ("little.json", little.clone()),
        ("big.json", big.clone()),
        (
            "mark-little.json",
            [b"\xFF\xFE", little.as_slice()].concat(),
        ),
        ("mark-big.json", [b"\xFE\xFF", big.as_slice()].concat()),
        ("packed.json.gz", gzip(&little)),
    ] {
        case.write(name, content);
        let report = case.report(&["--from", "pods.yaml", "--profiles", name]);
        assert_eq!(count(&report), 1, "{name}: {report:#}");
    }
    for (name, content, words) in [
        (
            "half.json",
            [b"\xFF\xFE", little.as_slice(), b"x"].concat(),
            "save it as UTF-8",
        ),
        (
            "wide.json",
            text.chars()
                .flat_map(|c| (c as u32).to_le_bytes())
                .collect(),
            "UTF-32",
        ),
        (
            "latin.json",
            b"{\"fargateProfile\":{\"fargateProfileName\":\"\xE9\"}}".to_vec(),
            "not valid JSON",
        ),
        (
            "latin.yaml",
            b"fargateProfile:\n  fargateProfileName: \xE9\n".to_vec(),
            "not text in UTF-8",
        ),
    ] {
        case.write(name, content);
        let problem = case.problem(name);
        assert!(problem.contains(words), "{name}: {problem}");
    }
}

#[test]
fn a_folder_of_ten_thousand_files() {
    let case = Case::new();
    for number in 0..10_000 {
        let content = match number % 5000 {
            17 => profile(&format!("p{number}")),
            _ => r#"{"kind":"Secret","apiVersion":"v1"}"#.to_owned(),
        };
        case.write(&format!("many/{number}.json"), content);
    }
    case.write("many/17-cut.json", r#"{"fargateProfile":{"#);
    let report = case.report(&["--from", "pods.yaml", "--profiles", "many"]);
    assert_eq!(
        count(&report),
        2,
        "one bad file costs none of the others: {report:#}"
    );
    assert_eq!(
        source(&report, "fargateprofiles")["status"],
        "Partial",
        "{report:#}"
    );
    let noted = report["sources"].to_string();
    assert!(
        noted.contains("17-cut.json") && noted.contains("9998 files without profiles"),
        "{noted}"
    );
}

#[cfg(unix)]
#[test]
fn what_is_no_plain_file() {
    use std::os::unix::fs::symlink;
    let case = Case::new();
    let zero = case.problem("/dev/zero");
    assert!(zero.contains("it is binary"), "{zero}");
    assert!(case.problem("/dev/null").contains("it is empty"));
    case.write("folder/a.json", profile("a"));
    symlink(case.path().join("folder"), case.path().join("folder/again")).expect("a link");
    symlink(
        case.path().join("nowhere"),
        case.path().join("folder/b.json"),
    )
    .expect("a link");
    symlink("/dev/zero", case.path().join("folder/c.json")).expect("a link");
    let report = case.report(&["--from", "pods.yaml", "--profiles", "folder"]);
    assert_eq!(count(&report), 1, "{report:#}");
    let noted = report["sources"].to_string();
    assert!(
        noted.contains("folder/b.json") && noted.contains("no such file"),
        "{noted}"
    );
    let link = case.problem("folder/b.json");
    assert!(link.contains("no such file"), "{link}");
    let pipe = Command::new("mkfifo")
        .arg(case.path().join("pipe"))
        .status();
    if pipe.is_ok_and(|status| status.success()) {
        let problem = case.problem("pipe");
        assert!(
            problem.contains("a pipe that nobody writes to"),
            "{problem}"
        );
        let path = case.path().join("pipe");
        std::thread::spawn(move || fs::write(path, profile("a")));
        let report = case.report(&["--from", "pods.yaml", "--profiles", "pipe"]);
        assert_eq!(count(&report), 1, "{report:#}");
    }
}
