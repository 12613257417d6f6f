//! The bodies of `fuzz/` as bounded property tests: every file of `tests/forms` and the files of some scenarios, changed in all the
//! ways that files break: nodes deleted, doubled, retyped, wrapped; texts cut, bytes flipped.
//!
//! `PROPTEST_CASES=20000 cargo test --lib inside::hostile_bytes` asks more of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use crate::fuzzed;

/// How many cases a test has that reads files, unless `PROPTEST_CASES` says otherwise: each is a whole answer.
const CASES_OF_FILES: u32 = 48;
/// Longer than any file of ours takes, changed in whatever way, in a build without optimisation on a busy machine.
const LONGEST: Duration = Duration::from_secs(20);

/// The files that are changed: their names and bytes.
fn seeds() -> &'static [(String, Vec<u8>)] {
    static SEEDS: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    SEEDS.get_or_init(|| {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
        let mut paths = Vec::new();
        files_below(&tests.join("forms"), &mut paths);
        assert!(paths.len() > 10, "the forms are gone");
        let scenarios = paths.len() + 12;
        files_below(&tests.join("scenarios"), &mut paths);
        paths.truncate(scenarios);
        paths
            .into_iter()
            .map(|path| {
                let bytes = fs::read(&path).expect("a file of ours can be read");
                (path.display().to_string(), bytes)
            })
            .collect()
    })
}

fn files_below(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a folder of ours can be read")
        .map(|entry| entry.expect("a folder of ours can be read").path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            files_below(&path, files);
        } else if path
            .extension()
            .is_some_and(|ending| ending != "md" && ending != "txt")
        {
            files.push(path);
        }
    }
}

/// Those of them that are JSON, as trees.
fn trees() -> &'static [Value] {
    static TREES: OnceLock<Vec<Value>> = OnceLock::new();
    TREES.get_or_init(|| {
        let trees: Vec<Value> = seeds()
            .iter()
            .flat_map(|(_, bytes)| {
                serde_json::Deserializer::from_slice(bytes)
                    .into_iter()
                    .map_while(Result::ok)
                    .collect::<Vec<Value>>()
            })
            .collect();
        assert!(trees.len() > 5, "the JSON forms are gone");
        trees
    })
}

/// Reads bytes as profiles and as objects, in bounded time.
fn read(bytes: &[u8]) {
    let start = Instant::now();
    fuzzed::profiles(bytes);
    fuzzed::objects(bytes);
    fuzzed::pieces(bytes);
    assert!(start.elapsed() < LONGEST, "{:?}", start.elapsed());
}

/// How one node of a tree changes.
#[derive(Debug, Clone)]
enum Change {
    Delete,
    Double,
    Replace(Value),
    Wrap,
    Unwrap,
    Nest(usize),
}

fn change() -> impl Strategy<Value = Change> {
    let values = prop_oneof![
        Just(json!(null)),
        Just(json!(true)),
        Just(json!(0)),
        Just(json!(-1)),
        Just(json!(1e300)),
        Just(json!(u64::MAX)),
        Just(json!("")),
        Just(json!([])),
        Just(json!({})),
        Just(json!([null])),
        Just(json!({"Ref": "X"})),
        Just(json!({"Fn::Sub": "${X}-*"})),
        Just(json!("\u{1b}[31m*\u{202e}\u{7f}")),
        Just(json!("a".repeat(5000))),
    ];
    prop_oneof![
        3 => Just(Change::Delete),
        2 => Just(Change::Double),
        6 => values.prop_map(Change::Replace),
        1 => Just(Change::Wrap),
        1 => Just(Change::Unwrap),
        1 => (1_usize..300).prop_map(Change::Nest),
    ]
}

/// The paths of all nodes but the root.
fn paths(tree: &Value, at: &str, found: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match tree {
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.replace('~', "~0").replace('/', "~1"), value))
            .collect(),
        Value::Array(elements) => elements
            .iter()
            .enumerate()
            .map(|(index, value)| (index.to_string(), value))
            .collect(),
        _ => Vec::new(),
    };
    for (key, child) in children {
        let path = format!("{at}/{key}");
        paths(child, &path, found);
        found.push(path);
    }
}

/// Changes one node. Returns the text, which may hold what no tree can: a key twice.
fn changed(tree: &Value, which: &Index, change: &Change) -> Value {
    let mut tree = tree.clone();
    let mut found = Vec::new();
    paths(&tree, "", &mut found);
    if found.is_empty() {
        return tree;
    }
    let path = which.get(&found);
    let (parent, key) = path.rsplit_once('/').expect("a path begins so");
    let key = key.replace("~1", "/").replace("~0", "~");
    let node = tree.pointer(path).expect("it was found").clone();
    let place = tree.pointer_mut(parent).expect("it was found");
    let index: Option<usize> = key.parse().ok();
    let new = match change {
        Change::Delete => None,
        Change::Double => Some(node),
        Change::Replace(value) => Some(value.clone()),
        Change::Wrap => Some(json!([node])),
        Change::Unwrap => match node {
            Value::Array(elements) => elements.into_iter().next(),
            Value::Object(fields) => fields.into_iter().next().map(|(_, value)| value),
            other => Some(other),
        },
        Change::Nest(depth) => Some((0..*depth).fold(node, |node, _| json!({"a": node}))),
    };
    match (place, index, new) {
        (Value::Array(elements), Some(index), None) => {
            elements.remove(index);
        }
        (Value::Array(elements), Some(index), Some(value)) if matches!(change, Change::Double) => {
            elements.insert(index, value);
        }
        (Value::Array(elements), Some(index), Some(value)) => elements[index] = value,
        (Value::Object(fields), _, None) => {
            fields.remove(&key);
        }
        (Value::Object(fields), _, Some(value)) if matches!(change, Change::Double) => {
            fields.insert(format!("{key}s"), value);
        }
        (Value::Object(fields), _, Some(value)) => {
            fields.insert(key, value);
        }
        _ => {}
    }
    tree
}

#[test]
fn every_form_as_it_is_and_packed() {
    use std::io::Write as _;
    for (_, bytes) in seeds() {
        read(bytes);
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(bytes).expect("memory takes it");
        read(&packed.finish().expect("memory takes it"));
    }
}

/// At each byte where that is little work, at some hundred places where it is much.
#[test]
fn every_form_cut_short() {
    for (_, bytes) in seeds() {
        let step = (bytes.len() / 40).max(1);
        for end in (0..bytes.len()).step_by(step) {
            fuzzed::profiles(&bytes[..end]);
        }
    }
}

fn of_files() -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig {
        cases: match std::env::var_os("PROPTEST_CASES") {
            Some(_) => default.cases,
            None => CASES_OF_FILES,
        },
        failure_persistence: None,
        ..default
    }
}

proptest! {
    #![proptest_config(of_files())]

    #[test]
    fn nodes_changed(seed in any::<Index>(), changes in prop::collection::vec((any::<Index>(), change()), 1..4)) {
        let mut tree = seed.get(trees()).clone();
        for (which, change) in &changes {
            tree = changed(&tree, which, change);
        }
        read(tree.to_string().as_bytes());
    }

    #[test]
    fn bytes_changed(
        seed in any::<Index>(),
        flips in prop::collection::vec((any::<Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<Index>()),
    ) {
        let mut bytes = seed.get(seeds()).1.clone();
        if bytes.is_empty() {
            return Ok(());
        }
        for (place, byte) in &flips {
            let place = place.index(bytes.len());
            bytes[place] = *byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        read(&bytes);
    }

    #[test]
    fn one_form_after_another(one in any::<Index>(), other in any::<Index>(), between in "(\n|\n---\n|,|\n\u{1b}\n| )") {
        let bytes = [&one.get(seeds()).1[..], between.as_bytes(), &other.get(seeds()).1[..]].concat();
        read(&bytes);
    }

    #[test]
    fn words_about_a_pod(
        parts in prop::collection::vec(
            prop_oneof![
                Just("Pod not supported: ".to_owned()),
                Just("Pod not supported on Fargate: ".to_owned()),
                Just("fields not supported: HostNetwork, ".to_owned()),
                Just("volumes not supported: data not supported because: PVC data not bound".to_owned()),
                Just("0/3 nodes are available: ".to_owned()),
                Just("Misconfigured Fargate Profile: ".to_owned()),
                any::<String>(),
            ],
            0..6,
        ),
    ) {
        fuzzed::words(parts.concat().as_bytes());
    }
}

proptest! {
    #[test]
    fn patterns(text in "[ab*?]{0,12}\0[ab]{0,14}") {
        fuzzed::pattern(text.as_bytes());
    }

    #[test]
    fn quantities(text in "[+-]?[0-9]{0,40}\\.?[0-9]{0,40}(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?[0-9]{1,12})?") {
        fuzzed::quantity(text.as_bytes());
    }

    #[test]
    fn names_in_a_kubeconfig(
        lines in prop::collection::vec(
            prop_oneof![
                Just("arn:aws:eks:eu-west-1:111122223333:cluster/prod".to_owned()),
                Just("someone@prod.eu-west-1.eksctl.io".to_owned()),
                Just("ABC.gr7.eu-west-1.eks.amazonaws.com".to_owned()),
                Just("ABC.gr7.EU-West-1.EKS.amazonaws.com".to_owned()),
                Just("aws eks get-token --cluster-name 'pr'\"od\"".to_owned()),
                Just("aws".to_owned()),
                Just("--cluster-name".to_owned()),
                Just("--region".to_owned()),
                Just("AWS_PROFILE=x".to_owned()),
                "[a-z:/@.=-]{0,30}",
                any::<String>(),
            ],
            0..12,
        ),
    ) {
        fuzzed::identity(lines.join("\n").as_bytes());
    }
}
