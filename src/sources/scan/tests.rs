use std::fmt;

use proptest::prelude::*;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::scanner::LONG;
use super::*;

/// All that was handed out, a line each, and the words of what was wrong.
#[derive(Default)]
struct Found(Vec<String>);

impl Receiver for Found {
    type Error = Broken;

    fn field(&mut self, key: &str, value: &str) -> Result<(), Broken> {
        self.0.push(format!("{key}: {value}"));
        Ok(())
    }

    fn element(&mut self, element: Element<'_>) -> Result<(), Broken> {
        let text = text_of(element.text, element.start)?;
        check(text, element.start)?;
        self.0.push(format!("{} {text}", element.number));
        Ok(())
    }

    fn end(&mut self, document: Ended<'_>) -> Result<(), Broken> {
        self.0.push(format!(
            "document {} {:?} {} of {}",
            document.document, document.shape, document.kind, document.elements
        ));
        Ok(())
    }
}

/// What the scanner finds in these pieces, and what is wrong at last.
fn scan<'p>(pieces: impl IntoIterator<Item = &'p [u8]>) -> (Vec<String>, String) {
    let mut scanner = Scanner::new(u64::MAX);
    let mut found = Found::default();
    let went = pieces
        .into_iter()
        .try_for_each(|piece| scanner.feed(piece, &mut found))
        .and_then(|()| scanner.finish(&mut found));
    let problem = went.err().map(|broken| about(broken.to_string()));
    (found.0, problem.unwrap_or_default())
}

/// The words of a problem. What is wrong within a text is told without its place: serde_json counts it as the odd character or as the
/// one before, depending on what the text is read for.
fn about(problem: String) -> String {
    match problem.split_once(" at line ") {
        Some((words, _)) if words.starts_with("control") || words.starts_with("invalid escape") => {
            words.to_owned()
        }
        _ => problem,
    }
}

/// The same by serde_json alone, which knows no pieces.
fn parse(text: &[u8]) -> (Vec<String>, String) {
    let mut json = serde_json::Deserializer::from_slice(text);
    let (mut found, mut number) = (Vec::new(), 0);
    while json.end().is_err() {
        number += 1;
        let document = Document(&mut found, number);
        if let Err(error) = document.deserialize(&mut json) {
            return (found, about(error.to_string()));
        }
    }
    (found, String::new())
}

struct Document<'f>(&'f mut Vec<String>, u64);
struct Elements<'f>(&'f mut Vec<String>);

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> DeserializeSeed<'de> for Elements<'_> {
    type Value = u64;
    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<u64, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a document")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (mut kind, mut shape, mut count) = (String::new(), Shape::Object, 0);
        while let Some(key) = map.next_key::<String>()? {
            let is_list = kind.is_empty() || kind.ends_with("List");
            if key == "items" && shape == Shape::Object && is_list {
                count = map.next_value_seed(Elements(self.0))?;
                shape = Shape::List;
                continue;
            }
            let value: Box<RawValue> = map.next_value()?;
            if key == "kind" {
                kind = serde_json::from_str(value.get()).unwrap_or_default();
            }
            self.0.push(format!("{key}: {value}"));
        }
        self.0
            .push(format!("document {} {shape:?} {kind} of {count}", self.1));
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        let count = Elements(self.0).visit_seq(list)?;
        self.0
            .push(format!("document {} Array  of {count}", self.1));
        Ok(())
    }
    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.0.push(format!("document {} Nothing  of 0", self.1));
        Ok(())
    }
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        let shape = match text {
            "" => Shape::Nothing,
            _ => Shape::Scalar,
        };
        self.0.push(format!("document {} {shape:?}  of 0", self.1));
        Ok(())
    }
    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
        self.0.push(format!("document {} Scalar  of 0", self.1));
        Ok(())
    }
    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
        self.visit_bool(true)
    }
    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
        self.visit_bool(true)
    }
    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        self.visit_bool(true)
    }
}

impl<'de> Visitor<'de> for Elements<'_> {
    type Value = u64;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }
    fn visit_unit<E: serde::de::Error>(self) -> Result<u64, E> {
        Ok(0)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<u64, A::Error> {
        let mut count = 0;
        while let Some(element) = list.next_element::<Box<RawValue>>()? {
            count += 1;
            self.0.push(format!("{count} {element}"));
        }
        Ok(count)
    }
}

/// At every cut, in pieces of every small size, and whole, the same as from serde_json.
fn is_read_as_by_serde_json(text: &[u8]) {
    let wanted = parse(text);
    let shown = String::from_utf8_lossy(text);
    assert_eq!(scan([text]), wanted, "{shown}");
    for cut in 0..=text.len() {
        let (before, after) = text.split_at(cut);
        assert_eq!(scan([before, after]), wanted, "{shown} cut at {cut}");
    }
    for size in 1..text.len().min(9) {
        assert_eq!(scan(text.chunks(size)), wanted, "{shown} by {size}");
    }
}

#[test]
fn lists_objects_and_arrays() {
    for text in [
        r#"{"kind":"PodList","apiVersion":"v1","metadata":{"continue":"a\"]}"},"items":[{"a":[1,"]"]},{"b":"\\"}]}"#,
        r#"{"items":[{"n":1},{"n":2}],"kind":"PodList","metadata":{}}"#,
        r#"{"it\u0065ms":[{"n":1}],"\u006bind":"List","kind":5}"#,
        r#"{"kind":"NodeList","items":null,"items":[1]}"#,
        r#"{"items":[],"kind":"List"} [] {} null "" "x" 5 -5.0e1 true"#,
        r#"{"kind":"ConfigMap","items":[1,2],"data":{"items":[]}}"#,
        "[{\"a\":1},\n[],5,null,\"x\\\"]\",true, false ]\n",
        "[1,-2e5 ,0.5]\n{\"a\":\"é\"}",
        "  {\r\n\t\"a\" : { \"b\" : [ ] } ,\n \"items\" : [ \n ] }  ",
        "",
        " \n",
    ] {
        is_read_as_by_serde_json(text.as_bytes());
    }
}

#[test]
fn what_is_no_json_is_told_in_the_same_words() {
    for text in [
        &b"{"[..],
        b"{,",
        b"{5",
        b"{\"a\"",
        b"{\"a\" 5",
        b"{\"a\":",
        b"{\"a\":}",
        b"{\"a\":1",
        b"{\"a\":1,",
        b"{\"a\":1,}",
        b"{\"a\":1 \"b\":2}",
        b"{\"a\":{\"b\":]}}",
        b"{\"a\":{\"b\":",
        b"{\"items\":[",
        b"{\"items\":[{}",
        b"{\"items\":[{},",
        b"{\"items\":[{},]}",
        b"{\"items\":[{} {}]}",
        b"{\"items\":[{\"a\":}]}",
        b"{\n \"items\": [\n  {\"a\": 1},\n  {\"a\": \"b\n\"}]}",
        b"{\n \"items\": [\n  {\"a\": 1},\n  {\n\"a\": tru}]}",
        b"{\"items\":[{\"a\":1],\"kind\":\"List\"}",
        b"{\"items\":[nul]}",
        b"{\"items\":[01]}",
        b"{\"items\":[-]}",
        b"{\"items\":[truex]}",
        b"{\"items\":nul}",
        b"{\"items\":nullx}",
        b"{\"items\":[\"a",
        b"{\"items\":[\"\\x\"]}",
        b"{\"items\":[\"\x01\"]}",
        b"{\"a\":{}}}",
        b"[1,2",
        b"[1 2]",
        b"[1}",
        b"[x]",
        b"[1,]",
        b"[\xFF]",
        b"{\"a\":1}\nx",
        b"{\"a\":1}\n-x",
        b"{\"a\":1}\n--",
        b"{\"a\":1}\n=== x",
        b"{\"a\":1}\n===",
        b"{\"a\x02\":1}",
        b"{\"a\\x\":1}",
        b"{\"a\\u00\":1}",
        b"[\"a\\u00\", 1]",
        b"[{\"a\":\"\\u00\"}, 1, 2]",
    ] {
        let (_, problem) = parse(text);
        assert!(!problem.is_empty(), "{}", String::from_utf8_lossy(text));
        is_read_as_by_serde_json(text);
    }
}

#[test]
fn a_list_that_is_none_says_so() {
    for (value, words) in [
        ("{}", "invalid type: map, expected a list of items"),
        ("\"x\"", "invalid type: string"),
        ("5", "invalid type: number"),
        ("true", "invalid type: boolean"),
        ("x", "expected value"),
    ] {
        let text = format!("{{\"items\": {value}}}");
        let (_, problem) = scan([text.as_bytes()]);
        assert!(problem.starts_with(words), "{problem}");
        assert!(problem.ends_with(" at line 1 column 11"), "{problem}");
    }
}

#[test]
fn what_is_not_in_utf_8() {
    for (text, place) in [
        (&b"{\"items\":[\n{\"a\":\"\xFF\"}]}"[..], "line 2 column 7"),
        (b"{\"items\":[{\"a\":\n\n\"b\xC3\"}]}", "line 3 column 3"),
        (b"{\"a\":\"\xFF\"}", "line 1 column 7"),
    ] {
        let (_, problem) = scan([text]);
        assert_eq!(problem, format!("invalid unicode code point at {place}"));
    }
}

#[test]
fn dashes_and_logs_between_documents() {
    let text = b"{\"a\":1}\n---\n{\"a\":2}\n--- {\"a\":3}\n---";
    let wanted = ["a: 1", "a: 2", "a: 3"];
    for cut in 0..text.len() {
        let (before, after) = text.split_at(cut);
        let (found, problem) = scan([before, after]);
        let fields = found.iter().filter(|line| line.starts_with("a: "));
        assert_eq!(Vec::from_iter(fields), wanted);
        assert_eq!(problem, "");
    }
    let text = b"{\"a\":1}\n==== START logs for container web of pod shop/web ====\n";
    let mut scanner = Scanner::new(u64::MAX);
    let broken = scanner.feed(text, &mut Found::default()).expect_err("logs");
    assert_eq!((broken.problem, broken.line), (Problem::Logs, 2));
}

#[test]
fn an_object_has_an_end() {
    let long = "x".repeat(5000);
    let spaces = " ".repeat(5000);
    for (text, count) in [
        (format!("{{\"a\":1}}{{\"a\":\"{long}\"}}{{\"a\":2}}"), 2),
        (format!("{{\"a\":1}}{spaces}{{\"a\":2}}"), 2),
        (format!("[1,{spaces}2]"), 1),
        (format!("[1,[{spaces}],2]"), 1),
    ] {
        for size in [1, 100, 10_000] {
            let mut scanner = Scanner::new(1000);
            let mut found = Found::default();
            let broken = text
                .as_bytes()
                .chunks(size)
                .try_for_each(|piece| scanner.feed(piece, &mut found))
                .expect_err("it is too long");
            assert_eq!(broken.problem, Problem::TooLong(1000));
            assert_eq!(found.0.len(), count, "{:?}", found.0);
        }
    }
}

/// A forgotten quote turns all that follows around; it is noticed before all of it is kept.
#[test]
fn a_forgotten_quote_is_noticed_soon() {
    let beginning = r#"{"items":[{"a":1},{"a:1},{"a":1},"#;
    let rest = r#"{"a":1},"#.repeat(1 << 14);
    let mut scanner = Scanner::new(u64::MAX);
    let mut found = Found::default();
    let mut fed = 0;
    let broken = loop {
        let piece = if fed == 0 { beginning } else { &rest };
        fed += piece.len();
        match scanner.feed(piece.as_bytes(), &mut found) {
            Ok(()) => assert!(fed < 4 * LONG, "all of it is kept"),
            Err(broken) => break broken,
        }
    };
    assert_eq!(broken.to_string(), "expected `:` at line 1 column 28");
    assert_eq!(found.0, ["1 {\"a\":1}"]);
}

#[test]
fn a_hundred_thousand_levels() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let text = format!(r#"{{"items":[{deep},{{"a":{deep}}}],"x":{deep}}}"#);
    let (found, problem) = scan(text.as_bytes().chunks(5000));
    assert_eq!((found.len(), problem.as_str()), (4, ""));
    let (found, problem) = scan([&text.as_bytes()[..150_000]]);
    assert_eq!(found.len(), 0);
    assert_eq!(problem, "EOF while parsing a list at line 1 column 150000");
}

#[test]
fn elements_are_borrowed_where_they_lie_in_one_piece() {
    struct Places(Vec<(Option<usize>, usize)>);
    impl Receiver for Places {
        type Error = Broken;
        fn field(&mut self, _: &str, _: &str) -> Result<(), Broken> {
            Ok(())
        }
        fn element(&mut self, element: Element<'_>) -> Result<(), Broken> {
            self.0.push((element.in_piece, element.text.len()));
            Ok(())
        }
        fn end(&mut self, _: Ended<'_>) -> Result<(), Broken> {
            Ok(())
        }
    }
    let mut places = Places(Vec::new());
    let mut scanner = Scanner::new(u64::MAX);
    for piece in ["[{},{\"a\"", ":1} ,[1]", ",5", ", 67]"] {
        let went = scanner.feed(piece.as_bytes(), &mut places);
        assert_eq!(went, Ok(()));
    }
    let wanted = [
        (Some(1), 2),
        (None, 7),
        (Some(5), 3),
        (None, 1),
        (Some(2), 2),
    ];
    assert_eq!(places.0, wanted);
}

/// JSON of any form, with the keys that matter among the others.
fn json() -> impl Strategy<Value = String> {
    let key = prop_oneof![
        Just("items".to_owned()),
        Just("kind".to_owned()),
        Just("it\\u0065ms".to_owned()),
        "[a-z\\[\\]{},: ]{0,3}",
        Just("\\\\\\\"".to_owned()),
    ];
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("\"List\"".to_owned()),
        Just("\"PodList\"".to_owned()),
        "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,2})?(e[0-9])?",
        "\"([a-z\\[\\]{},:é ]|\\\\\\\\|\\\\\"|\\\\n|\\\\u00e9){0,80}\"",
    ];
    let space = "[ \n\t]{0,2}";
    leaf.prop_recursive(5, 24, 4, move |inner| {
        let list = (prop::collection::vec(inner.clone(), 0..4), space)
            .prop_map(|(list, space)| format!("[{space}{}]", list.join(&format!("{space},"))));
        let fields = prop::collection::vec((key.clone(), inner), 0..4);
        let object = (fields, space).prop_map(|(fields, space)| {
            let fields = fields
                .into_iter()
                .map(|(key, value)| format!("\"{key}\"{space}:{value}"));
            format!("{{{}{space}}}", Vec::from_iter(fields).join(",\n"))
        });
        prop_oneof![list, object]
    })
}

/// The JSON as a document that is an object or an array.
fn document(json: String) -> String {
    match json.starts_with('{') {
        true => json,
        false => format!("[{json}]"),
    }
}

/// Whether it is one of the few texts of which other words are said: a list that is none, and documents that are numbers or words
/// side by side without a space.
fn is_said_otherwise(text: &[u8]) -> bool {
    let (_, problem) = scan([text]);
    problem.starts_with("invalid type") || problem.starts_with("trailing characters")
}

proptest! {
    #[test]
    fn any_json(documents in prop::collection::vec(json(), 1..3)) {
        let text = documents.join(" ");
        if is_said_otherwise(text.as_bytes()) {
            return Ok(());
        }
        is_read_as_by_serde_json(text.as_bytes());
    }

    #[test]
    fn json_that_breaks_off(text in json().prop_map(document), part in 0.0..1.0) {
        let end = (text.len() as f64 * part) as usize;
        let text = &text.as_bytes()[..end];
        let wanted = parse(text);
        if is_said_otherwise(text) || std::str::from_utf8(text).is_err() {
            return Ok(());
        }
        prop_assert_eq!(scan([text]), wanted.clone());
        prop_assert_eq!(scan(text.chunks(7)), wanted);
    }

    #[test]
    fn almost_json(text in json().prop_map(document), place in 0.0..1.0, odd in "[\\[\\]{},:\"\\\\x1 -]{1,2}") {
        let mut text = text;
        let place = (text.len() as f64 * place) as usize;
        prop_assume!(text.is_char_boundary(place));
        text.insert_str(place, &odd);
        let wanted = parse(text.as_bytes());
        if is_said_otherwise(text.as_bytes()) {
            return Ok(());
        }
        prop_assert_eq!(scan([text.as_bytes()]), wanted.clone());
        prop_assert_eq!(scan(text.as_bytes().chunks(5)), wanted);
    }

    #[test]
    fn any_bytes_are_the_same_at_every_cut(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        let wanted = scan([bytes.as_slice()]);
        for size in 1..bytes.len().min(20) {
            prop_assert_eq!(&scan(bytes.chunks(size)), &wanted);
        }
    }
}
