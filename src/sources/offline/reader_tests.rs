use super::*;
use crate::sources::offline::documents::{Document, Item, Shape};

#[derive(Default)]
struct Seen(Vec<String>, Vec<String>);

impl Sink for Seen {
    type Ready = std::convert::Infallible;

    fn item(&mut self, item: Item<'_>) {
        let json: serde_json::Value = serde_json::from_str(item.json).unwrap_or_default();
        let name = json.get("n").map(ToString::to_string).unwrap_or_default();
        self.0
            .push(format!("{}:{} {name}", item.position, item.kind));
    }
    fn end(&mut self, document: Document<'_>) {
        let shape = match document.shape {
            Shape::Object => return,
            Shape::List(kind) => format!("list of {kind}"),
            Shape::Array => "array".to_owned(),
            Shape::Nothing => "nothing".to_owned(),
            Shape::Scalar => "scalar".to_owned(),
        };
        self.0.push(format!("{} {shape}", document.items));
    }
    fn broken(&mut self, kind: &str) {
        self.1.push(kind.to_owned());
    }
}

fn seen(text: &[u8]) -> (Vec<String>, String) {
    let mut sink = Seen::default();
    let outcome = read_documents(text, &mut sink);
    (sink.0, outcome.problems.join("; "))
}

#[test]
fn every_form_of_many_objects() {
    for (text, wanted) in [
        (r#"{"kind":"Pod","n":1}"#, &["document 1:Pod 1"][..]),
        (
            "{\"kind\":\"Pod\",\"n\":1}\n{\"kind\":\"Node\",\"n\":2}\n",
            &["document 1:Pod 1", "document 2:Node 2"],
        ),
        (
            "{\"n\":1}\n---\n{\"n\":2}\n---\n",
            &["document 1: 1", "document 2: 2"],
        ),
        (
            r#"{"kind":"PodList","items":[{"n":1},{"kind":"Node"}]}"#,
            &["item 1:Pod 1", "item 2:Node ", "2 list of Pod"],
        ),
        (
            r#"{"items":[{"n":1},{"n":2}],"kind":"PodList"}"#,
            &["item 1:Pod 1", "item 2:Pod 2", "2 list of Pod"],
        ),
        (
            r#"{"apiVersion":"v1","items":[{"kind":"Pod","n":1}],"kind":"List","metadata":{}}"#,
            &["item 1:Pod 1", "1 list of "],
        ),
        (r#"{"kind":"NodeList","items":null}"#, &["0 list of Node"]),
        (
            r#"[{"n":1},[],5,null]"#,
            &["item 1: 1", "item 2: ", "item 3: ", "item 4: ", "4 array"],
        ),
        (r#"[]"#, &["0 array"]),
        (r#"{"kind":"Odd","items":[1],"n":1}"#, &["document 1:Odd 1"]),
        ("\u{feff}{\"n\":1}", &["document 1: 1"]),
        ("\u{feff}n: 1\r\nkind: Pod\r\n", &["document 1:Pod 1"]),
        (
            "---\n# only a comment\n---\nn: 1\n---\n\n---\nn: 2\n...\n",
            &["document 1: 1", "document 2: 2"],
        ),
        ("%YAML 1.2\n---\nn: 1\n", &["document 1: 1"]),
        (
            "n: 1\n--- {n: 2}\n--- # note\nn: 3",
            &["document 1: 1", "document 2: 2", "document 3: 3"],
        ),
        (
            "items:\n- n: 1\n- n: 2\nkind: PodList\n",
            &["item 1:Pod 1", "item 2:Pod 2", "2 list of Pod"],
        ),
        ("- n: 1\n- n: 2\n", &["item 1: 1", "item 2: 2", "2 array"]),
        (
            "n: |\n  ---\n  text\nkind: Pod\n",
            &["document 1:Pod \"---\\ntext\\n\""],
        ),
        ("a: &x {n: 1}\n<<: *x\n", &["document 1: 1"]),
        ("null", &["0 nothing"]),
        ("NAME READY\nweb 1/1\n", &["0 scalar"]),
        ("items: []\n", &["0 list of "]),
    ] {
        let (found, problem) = seen(text.as_bytes());
        assert_eq!(found, wanted, "{text}");
        assert_eq!(problem, "", "{text}");
    }
}

#[test]
fn utf_16_of_a_windows_shell() {
    for (mark, to_bytes) in [
        ([0xFF, 0xFE], u16::to_le_bytes as fn(u16) -> [u8; 2]),
        ([0xFE, 0xFF], u16::to_be_bytes),
    ] {
        let mut bytes = mark.to_vec();
        bytes.extend(
            "{\"kind\":\"Pod\",\"n\":\"é\"}"
                .encode_utf16()
                .flat_map(to_bytes),
        );
        assert_eq!(seen(&bytes).0, ["document 1:Pod \"é\""]);
    }
}

#[test]
fn what_came_before_the_break_is_kept() {
    for (text, kept, words) in [
        (
            r#"{"kind":"PodList","items":[{"n":1},{"n":2},{"n":"#,
            2,
            "line 1 column",
        ),
        ("{\"n\":1}\n{\"n\":2}\n{,", 2, "line 3 column 2"),
        ("n: 1\n---\nn: 2\n---\na: [\n", 2, "not valid YAML"),
        ("kind: PodList\nitems:\n- n: 1\n- n: 2\n- n: {\n", 2, "line"),
    ] {
        let (found, problem) = seen(text.as_bytes());
        assert_eq!(found.len(), kept, "{text}: {found:?}");
        assert!(problem.contains(words), "{text}: {problem}");
    }
}

#[test]
fn a_broken_document_tells_its_kind() {
    for (text, kept, kinds) in [
        ("n: 1\n---\na: [\n---\nn: 2\n", 2, &[""][..]),
        (
            "kind: Pod\na: [\n---\nn: 2\n---\nkind: Node\nb: }\n",
            1,
            &["Pod", "Node"],
        ),
        (r#"{"kind":"Pod","n":"#, 0, &["Pod"]),
        (
            "kind: PodList\nitems:\n- n: 1\n- n: {\n--- {n: 3}\n",
            2,
            &["PodList"],
        ),
    ] {
        let mut sink = Seen::default();
        let outcome = read_documents(text.as_bytes(), &mut sink);
        assert_eq!(sink.0.len(), kept, "{text}: {:?}", sink.0);
        assert_eq!(sink.1, kinds, "{text}");
        assert_eq!(outcome.problems.len(), kinds.len(), "{text}");
    }
}

#[test]
fn the_line_of_yaml_counts_from_the_start_of_the_file() {
    let (_, problem) = seen(b"# note\n---\nn: 1\n---\n\na: 1\nb: [}\n");
    assert!(problem.contains("line 7"), "{problem}");
}

#[test]
fn what_is_neither() {
    let deep_json = "[".repeat(100_000);
    let deep_object = "{\"a\":".repeat(100_000);
    let deep_flow = format!("a: {}", "[".repeat(100_000));
    let deep_block: String = (0..3000)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    let bomb = format!(
        "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n{}",
        (1..20)
            .map(|n| format!(
                "a{n}: &a{n} [{}]\n",
                vec![format!("*a{}", n - 1); 10].join(",")
            ))
            .collect::<String>()
    );
    for (text, words) in [
        (&b""[..], "it is empty"),
        (b" \n \n", "it is empty"),
        (b"<!DOCTYPE html><html></html>", "HTML"),
        (b"\x1F\x8B\x08\x00", "gzip"),
        (b"\x7FELF\x02\x00", "binary"),
        (b"{\"a\": \"\xFF\"}", "not valid JSON"),
        (b"a: \xFF\n", "YAML"),
        (deep_json.as_bytes(), "not valid JSON"),
        (deep_object.as_bytes(), "not valid JSON"),
        (deep_flow.as_bytes(), "not valid YAML"),
        (deep_block.as_bytes(), "deeper than 64 levels at line 65"),
        (bomb.as_bytes(), "aliases stand for"),
    ] {
        let shown: String = String::from_utf8_lossy(text).chars().take(40).collect();
        let (_, problem) = seen(text);
        assert!(problem.contains(words), "{shown}: {problem}");
        assert!(
            problem.len() < 300 && !problem.contains('\n'),
            "{shown}: {problem}"
        );
    }
}

#[test]
fn deep_but_closed_json_does_no_harm() {
    let text = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(seen(text.as_bytes()).0, ["item 1: ", "1 array"]);
    let nested = format!("{{\"kind\":\"Pod\",\"x\":{text}}}");
    assert_eq!(seen(nested.as_bytes()).0, ["document 1:Pod "]);
}

#[test]
fn an_error_shows_nothing_of_what_stands_around_it() {
    let (_, problem) = seen(b"kind: Secret\ndata:\n  password: hunter2\n  other: [hunter3\nx: }\n");
    assert!(
        !problem.is_empty() && !problem.contains("hunter"),
        "{problem}"
    );
    let (_, problem) = seen(b"{\"data\": {\"password\": \"hunter2\", }}");
    assert!(
        !problem.is_empty() && !problem.contains("hunter"),
        "{problem}"
    );
}

proptest::proptest! {
    #[test]
    fn no_bytes_do_harm(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        seen(&bytes);
    }

    #[test]
    fn no_text_does_harm(text in "[\\[\\]{}:,\"a1&*!|>#%@ \n\t-]{0,80}") {
        seen(text.as_bytes());
    }
}
