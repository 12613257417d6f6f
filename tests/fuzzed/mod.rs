//! What is done with hostile bytes, and what must then hold: the bodies of the targets in `fuzz/`, and of the property tests
//! that are built into the library.
//!
//! Each takes any bytes. It panics where a promise is broken, and that is all that it does.

use crate::decision::facts::profile::Fit;
use crate::decision::facts::{Labels, Pattern, ProfileKnowledge};
use crate::error::{Error, ErrorKind};
use crate::render::{Style, View, render};
use crate::report;
use crate::sources::kubeconfig::identity::{Clues, identify, parse_cluster_arn};
use crate::sources::offline::gather_embedded;
use crate::sources::profiles::{KnownCluster, read_text};
use crate::sources::scan::{Broken, Element, Ended, Fields, Receiver, Scanner, check, text_of};
use crate::sources::wire::quantity::Quantity;
use crate::sources::{Gathered, Question};
use std::collections::BTreeMap;

/// The file that the bytes are said to stand in.
const FILE: &str = "hostile.json";
/// The objects that stand beside the bytes, so that there is always something to explain.
const POD: &str = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"shop","uid":"1","creationTimestamp":"2026-01-01T00:00:00Z","labels":{"tier":"web"}},"spec":{"containers":[{"name":"web"}],"schedulerName":"default-scheduler"},"status":{"phase":"Pending"}}"#;

/// Profiles from a file: there are some, or something is said that names the file.
pub fn profiles(bytes: &[u8]) {
    let read = match read_text(FILE, bytes, KnownCluster::default()) {
        Ok(read) => read,
        Err(error) => return names_the_file(&error),
    };
    let problem = read.profiles.problem.as_deref().unwrap_or_default();
    let said: Vec<&str> = read
        .notes
        .iter()
        .flat_map(|note| [Some(note.what.as_str()), note.detail.as_deref()])
        .flatten()
        .collect();
    match read.profiles.knowledge {
        ProfileKnowledge::Unread => {
            assert!(
                !problem.is_empty() && read.profiles.remedy.is_some(),
                "nothing is said"
            );
            assert!(read.profiles.list.is_empty(), "profiles of unknown worth");
        }
        ProfileKnowledge::Partial => assert!(!problem.is_empty(), "nothing is said: {said:?}"),
        ProfileKnowledge::FromFiles => assert!(!read.profiles.list.is_empty(), "no profiles"),
        ProfileKnowledge::Complete => assert!(read.profiles.list.is_empty(), "from a file"),
    }
    assert!(
        said.iter().all(|words| words.len() < 100_000),
        "a note has no end"
    );
    let labels = Labels::from([("tier", "web")]);
    for profile in &read.profiles.list {
        let fit = profile.fit("shop", &labels);
        if let Fit::Matches(index) = fit {
            let selector = &profile.selectors.as_ref().expect("one of them matches")[index];
            assert!(selector.matches("shop", &labels), "{selector:?}");
        }
    }
}

/// A cluster from files: it is explained in every view, or the error names the file.
pub fn objects(bytes: &[u8]) {
    let files = [(FILE, bytes), ("pod.json", POD.as_bytes())];
    match gather_embedded(&files, None, &Question::default()) {
        Ok(gathered) => explained(&gathered),
        Err(error) => assert_eq!(error.kind, ErrorKind::Input, "{error}"),
    }
}

/// JSON in pieces as long as the first byte says: what is found is the same as of the whole, and each element is a value.
pub fn pieces(bytes: &[u8]) {
    let Some((size, text)) = bytes.split_first() else {
        return;
    };
    let mut whole = Scanned::default();
    let wanted = whole.scan([text]);
    let mut cut = Scanned::default();
    let went = cut.scan(text.chunks(usize::from(*size).max(1)));
    assert_eq!((cut.0, went), (whole.0, wanted), "pieces of {size}");
}

/// What a scanner found.
#[derive(Debug, Default, PartialEq)]
struct Scanned(Vec<String>);

impl Scanned {
    fn scan<'p>(&mut self, pieces: impl IntoIterator<Item = &'p [u8]>) -> Result<(), Broken> {
        let mut scanner = Scanner::new(1 << 20);
        for piece in pieces {
            scanner.feed(piece, self)?;
        }
        scanner.finish(self)
    }
}

impl Receiver for Scanned {
    type Error = Broken;

    fn field(&mut self, key: &str, value: &str) -> Result<(), Broken> {
        serde_json::from_str::<serde::de::IgnoredAny>(value).expect("a field is well-formed");
        self.0.push(format!("{key}: {value}"));
        Ok(())
    }

    fn element(&mut self, element: Element<'_>) -> Result<(), Broken> {
        let text = text_of(element.text, element.start)?;
        check(text, element.start)?;
        let fields = Fields::of(text).map(|(key, _)| key.into_owned());
        if let Ok(object) = serde_json::from_str::<BTreeMap<String, serde::de::IgnoredAny>>(text) {
            assert!(fields.into_iter().all(|key| object.contains_key(&key)));
        }
        self.0.push(format!("{} {text}", element.number));
        Ok(())
    }

    fn end(&mut self, document: Ended<'_>) -> Result<(), Broken> {
        self.0.push(format!("{document:?}"));
        Ok(())
    }
}

/// Words of the scheduler and the kubelet about a pod.
pub fn words(bytes: &[u8]) {
    let message = String::from_utf8_lossy(bytes);
    let events: Vec<_> = ["fargate-scheduler", "default-scheduler", "kubelet"]
        .iter()
        .enumerate()
        .map(|(number, component)| {
            serde_json::json!({
                "apiVersion": "v1", "kind": "Event", "metadata": {"name": format!("e{number}"), "namespace": "shop"}, "type": "Warning",
                "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "web", "uid": "1"},
                "reason": "FailedScheduling", "message": message, "source": {"component": component},
                "lastTimestamp": "2026-01-01T00:01:00Z",
            })
        })
        .collect();
    let mut pod: serde_json::Value = serde_json::from_str(POD).expect("it is JSON");
    for claimed in [false, true] {
        if claimed {
            pod["spec"]["schedulerName"] = "fargate-scheduler".into();
            pod["metadata"]["labels"]["eks.amazonaws.com/fargate-profile"] = "apps".into();
        }
        pod["status"]["conditions"] = serde_json::json!([{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}]);
        let mut items = events.clone();
        items.push(pod.clone());
        let text =
            serde_json::json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string();
        let gathered = gather_embedded(&[(FILE, text)], None, &Question::default())
            .expect("the objects are whole, whatever is said in them");
        explained(&gathered);
    }
}

/// A pattern and a text, apart by a zero, against the definition of the wildcards.
pub fn pattern(bytes: &[u8]) {
    let bytes = &bytes[..bytes.len().min(256)];
    let text = String::from_utf8_lossy(bytes);
    let (pattern, text) = text.split_once('\0').unwrap_or((&text, ""));
    let wanted = matches_by_definition(
        &pattern.chars().collect::<Vec<_>>(),
        &text.chars().collect::<Vec<_>>(),
    );
    let pattern = Pattern::new(pattern);
    assert_eq!(pattern.matches(text), wanted, "{pattern:?} and {text:?}");
}

/// Row by row: whether the first characters of the pattern fit the first of the text.
fn matches_by_definition(pattern: &[char], text: &[char]) -> bool {
    let mut fits = vec![false; text.len() + 1];
    fits[0] = true;
    for wanted in pattern {
        let mut next = vec![false; text.len() + 1];
        for end in 0..=text.len() {
            next[end] = match wanted {
                '*' => fits[end] || (end > 0 && next[end - 1]),
                '?' => end > 0 && fits[end - 1],
                character => end > 0 && fits[end - 1] && text[end - 1] == *character,
            };
        }
        fits = next;
    }
    fits[text.len()]
}

/// A quantity: what is taken is what Kubernetes writes, and counts the same in units and thousandths.
pub fn quantity(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(quantity) = text.parse::<Quantity>() else {
        return;
    };
    assert!(
        text.bytes().any(|byte| byte.is_ascii_digit()) && !text.starts_with('-')
            || quantity.is_zero(),
        "{text:?} is no quantity"
    );
    let (units, thousandths) = (quantity.units(), quantity.thousandths());
    assert_eq!(units == 0, quantity.is_zero(), "{text:?}");
    assert_eq!(thousandths == 0, quantity.is_zero(), "{text:?}");
    if thousandths < u64::MAX {
        assert_eq!(units, thousandths.div_ceil(1000), "{text:?}");
    }
    if let Ok(number) = text.parse::<u64>() {
        assert_eq!(units, number, "{text:?}");
    }
}

/// The names of a kubeconfig, line by line: what is worked out stands in it.
pub fn identity(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let (context, cluster, user) = (line(), line(), line());
    let (host, tls_server_name, command) = (line(), line(), line());
    let rest: Vec<String> = lines.map(str::to_owned).collect();
    let environment: Vec<(String, String)> = rest
        .iter()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let identity = identify(&Clues {
        context,
        cluster,
        user,
        host,
        tls_server_name,
        command,
        arguments: &rest,
        environment: &environment,
    });
    let profile = identity.aws_profile.as_ref().map(|profile| &profile.name);
    // Capitals count for nothing in a host, and a shell takes quotes and backslashes away.
    let bare = |text: &str| text.to_ascii_lowercase().replace(['"', '\'', '\\'], "");
    let given = bare(&text);
    for found in [
        &identity.name,
        &identity.region,
        &identity.account,
        &identity.role,
    ]
    .into_iter()
    .flatten()
    .chain(profile)
    {
        assert!(given.contains(&bare(found)), "{found:?} is made up");
    }
    assert!(identity.is_eks || identity.region.is_none());
    if let Some(arn) = parse_cluster_arn(context) {
        assert!(context.contains(&arn.name) && !arn.name.is_empty());
    }
}

fn names_the_file(error: &Error) {
    assert_eq!(error.kind, ErrorKind::Input, "{error}");
    let cause = error.cause.as_deref().unwrap_or_default();
    assert!(
        error.to_string().contains(FILE) && !cause.is_empty(),
        "{error}: {cause}"
    );
    assert!(cause.len() < 10_000, "an error has no end");
}

/// The report is made and drawn in every view; nothing in it steers a terminal, and JSON is JSON.
fn explained(gathered: &Gathered) {
    let report = report::assemble(&gathered.snapshot, &gathered.subjects);
    let views = [
        View::Story,
        View::Table { wide: true },
        View::Json,
        View::Yaml,
        View::Name,
    ];
    for view in views {
        let mut out = Vec::new();
        render(&report, view, &Style::default(), &mut out).expect("memory takes everything");
        let text = String::from_utf8(out).expect("text");
        let control = text.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(control, None, "{view:?}");
        if view == View::Json {
            serde_json::from_str::<serde_json::Value>(&text).expect("JSON");
        }
    }
}
