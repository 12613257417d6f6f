use std::io::Cursor;

use super::*;
use crate::sources::offline::documents::{Document, Item, Position};

/// Notes in what order things come; pods are made ready, and what has containers is taken for one.
#[derive(Default, PartialEq, Debug)]
struct Seen(Vec<String>);

impl Sink for Seen {
    type Ready = String;

    fn ready(item: Item<'_>) -> Option<String> {
        (item.kind == "Pod" && is_json(item.json))
            .then(|| format!("ready {} {}", item.position, item.json))
    }

    fn guess(json: &str) -> Option<String> {
        (json.contains("containers") && is_json(json)).then(|| json.to_owned())
    }

    fn take(&mut self, ready: String) {
        self.0.push(ready);
    }

    fn keep(&mut self, guess: String, position: Position) {
        self.0.push(format!("guess {position} {guess}"));
    }

    fn settle(&mut self, kind: &str) {
        self.0.push(format!("guesses were {kind}"));
    }

    fn item(&mut self, item: Item<'_>) {
        let Item {
            json,
            api_version,
            kind,
            position,
        } = item;
        self.0
            .push(format!("item {position} {api_version}/{kind} {json}"));
    }

    fn end(&mut self, document: Document<'_>) {
        self.0.push(format!("{document:?}"));
    }

    fn broken(&mut self, kind: &str) {
        self.0.push(format!("broken {kind}"));
    }
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// What is seen of a text, and what is wrong with it; the same by one thread and by several.
fn seen(text: &str) -> (Vec<String>, Result<(), String>) {
    let bounds = Bounds::default();
    let mut one = Seen::default();
    let went = read(text.as_bytes(), bounds, &mut one);
    let mut many = Seen::default();
    let on_threads = read_on_threads(Cursor::new(text.to_owned()), bounds, &mut many);
    assert!(one == many, "one thread and several differ");
    assert_eq!(went, on_threads);
    (one.0, went)
}

/// So many objects that several threads are worth while.
fn objects(count: usize, object: impl Fn(usize) -> String) -> String {
    let objects: Vec<_> = (0..count).map(object).collect();
    objects.join(",\n ")
}

fn pod(number: usize) -> String {
    let long = "x".repeat(number * 7919 % 3000);
    format!(r#"{{"apiVersion":"v1","kind":"Pod","n":{number},"long":"{long}"}}"#)
}

#[test]
fn the_order_is_that_of_the_text() {
    let pods = objects(3000, pod);
    let (seen, went) = seen(&format!(
        r#"{{"apiVersion":"v1","items":[{pods}],"kind":"List"}}"#
    ));
    assert_eq!(went, Ok(()));
    assert_eq!(seen.len(), 3002);
    for (number, line) in seen.iter().take(3000).enumerate() {
        let wanted = format!("ready item {} {}", number + 1, pod(number));
        assert_eq!(line, &wanted);
    }
}

#[test]
fn all_that_stands_in_files_by_hand() {
    let mixed = |number: usize| match number % 7 {
        0 => format!(r#"{{"kind":"Service","n":{number}}}"#),
        1 => format!(r#"{{"n":{number},"kind":"NodeList","items":[{{"a":1}},{{"kind":"Pod"}}]}}"#),
        2 => format!(r#"{{"n":{number},"spec":{{"containers":[]}}}}"#),
        3 => format!(r#"{{"n":{number}}}"#),
        4 => format!("[{number}, null]"),
        5 => "null".to_owned(),
        _ => pod(number),
    };
    let items = objects(5000, mixed);
    let text = format!(
        "{{\"items\":[{items}],\"kind\":\"PodList\"}}\n---\n{}\n{{\"items\":null}}\n[{items}]",
        pod(1)
    );
    let (seen, went) = seen(&text);
    assert_eq!(went, Ok(()));
    let count = |beginning: &str| {
        let begin = seen.iter().filter(|line| line.starts_with(beginning));
        begin.count()
    };
    assert_eq!(count("guess item"), 714);
    assert_eq!(count("guesses were Pod"), 1);
    assert_eq!(count("ready document 2"), 1);
    // Those that waited are pods as their list says, whatever they are.
    assert!(seen.iter().any(|line| line == "item item 4 /Pod {\"n\":3}"));
    assert!(
        seen.iter()
            .any(|line| line.starts_with("item document 4, item 2.1 /Node {\"a\":1}"))
    );
}

#[test]
fn what_came_before_the_break_is_handed_over() {
    let pods = objects(2000, pod);
    for (broken, words) in [
        (
            r#"{"kind":"Pod","n":tru}"#,
            "not valid JSON: expected ident at line 2001 column 23",
        ),
        (
            r#"{"kind":"Pod","n":}"#,
            "not valid JSON: expected value at line 2001 column 20",
        ),
        (
            r#"{"kind":"Odd","n":}"#,
            "not valid JSON: expected value at line 2001 column 20",
        ),
        (
            r#"{"kind":"Pod","n":1 "#,
            "not valid JSON: EOF while parsing",
        ),
        (
            r#"{"kind":"Pod"}]"#,
            "not valid JSON: key must be a string at line 2002 column 2",
        ),
        ("x", "not valid JSON: expected value at line 2001 column 2"),
    ] {
        let before = format!("{{\"kind\":\"List\",\"items\":[{pods},\n {broken}");
        let text = match words.contains("EOF") {
            true => before,
            false => format!("{before},\n {pods}]}}"),
        };
        let (seen, went) = seen(&text);
        let problem = went.expect_err("it is broken");
        assert!(problem.starts_with(words), "{problem}");
        let good = seen.iter().filter(|line| line.starts_with("ready")).count();
        assert!((2000..=2001).contains(&good), "{good} of {broken}");
        assert_eq!(seen.last().map(String::as_str), Some("broken List"));
    }
}

#[test]
fn only_so_much_text_waits() {
    let bounds = Bounds {
        object: 100_000,
        ..Bounds::default()
    };
    let items = objects(20_000, |number| format!(r#"{{"n":{number}}}"#));
    let text = format!("{{\"items\":[{items}],\"kind\":\"PodList\"}}");
    let mut seen = Seen::default();
    let went = read(text.as_bytes(), bounds, &mut seen);
    let problem = went.expect_err("it is too much");
    assert!(
        problem.starts_with("more than 100000 bytes of text came without"),
        "{problem}"
    );
    assert_eq!(seen.0, ["broken "]);
}
