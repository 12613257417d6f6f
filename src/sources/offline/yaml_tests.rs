//! The short forms of CloudFormation in YAML, and that nothing else is read anew because of them.

use serde_json::{Value, json};

use super::*;

#[derive(Default)]
struct Seen {
    items: Vec<Value>,
    broken: usize,
}

impl Sink for Seen {
    type Ready = std::convert::Infallible;

    fn item(&mut self, item: Item<'_>) {
        self.items
            .push(serde_json::from_str(item.json).expect("it arrives as JSON"));
    }
    fn end(&mut self, _: Document<'_>) {}
    fn broken(&mut self, _: &str) {
        self.broken += 1;
    }
}

fn seen(text: &str) -> (Seen, Vec<String>) {
    let mut sink = Seen::default();
    let problems = read_yaml(text.as_bytes(), &mut sink);
    (sink, problems)
}

fn only(text: &str) -> Value {
    let (mut seen, problems) = seen(text);
    assert_eq!(problems, Vec::<String>::new(), "{text}");
    assert_eq!(seen.items.len(), 1, "{text}");
    seen.items.remove(0)
}

#[test]
fn short_forms_arrive_as_long_ones() {
    for (text, wanted) in [
        ("!Ref Namespace", json!({"Ref": "Namespace"})),
        ("!Ref 'AWS::Region'", json!({"Ref": "AWS::Region"})),
        ("!Sub '${A}-b'", json!({"Fn::Sub": "${A}-b"})),
        ("!Sub ${A}-b", json!({"Fn::Sub": "${A}-b"})),
        ("!Sub |\n    x\n    y", json!({"Fn::Sub": "x\ny\n"})),
        ("!GetAtt Role.Arn", json!({"Fn::GetAtt": "Role.Arn"})),
        (
            "!GetAtt [Role, Arn]",
            json!({"Fn::GetAtt": ["Role", "Arn"]}),
        ),
        (
            "!Join ['-', [!Ref A, b]]",
            json!({"Fn::Join": ["-", [{"Ref": "A"}, "b"]]}),
        ),
        (
            "!Select [0, !Split [',', !ImportValue x]]",
            json!({"Fn::Select": [0, {"Fn::Split": [",", {"Fn::ImportValue": "x"}]}]}),
        ),
        (
            "!If\n    - C\n    - !Ref A\n    - !Ref AWS::NoValue",
            json!({"Fn::If": ["C", {"Ref": "A"}, {"Ref": "AWS::NoValue"}]}),
        ),
        (
            "!FindInMap [M, !Ref A, k]",
            json!({"Fn::FindInMap": ["M", {"Ref": "A"}, "k"]}),
        ),
        (
            "!Sub\n    - ${X}\n    - X: !Ref A",
            json!({"Fn::Sub": ["${X}", {"X": {"Ref": "A"}}]}),
        ),
        (
            "!Transform {Name: AWS::Include, Parameters: {Location: !Ref L}}",
            json!({"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": {"Ref": "L"}}}}),
        ),
        (
            "!Cidr [10.0.0.0/16, 2, 8]",
            json!({"Fn::Cidr": ["10.0.0.0/16", 2, 8]}),
        ),
        ("!GetAZs ''", json!({"Fn::GetAZs": ""})),
        ("!GetAZs", json!({"Fn::GetAZs": null})),
        (
            "Fn::Base64: !Sub x",
            json!({"Fn::Base64": {"Fn::Sub": "x"}}),
        ),
        (
            "!And [!Condition A, !Not [!Equals [a, b]], !Or [!Condition B, !Condition C]]",
            json!({"Fn::And": [
                {"Condition": "A"},
                {"Fn::Not": [{"Fn::Equals": ["a", "b"]}]},
                {"Fn::Or": [{"Condition": "B"}, {"Condition": "C"}]},
            ]}),
        ),
        ("!Base64 text", json!({"Fn::Base64": "text"})),
    ] {
        let text = text.replace('\n', "\n  ");
        let separator = if text.starts_with("Fn::") {
            "\n  "
        } else {
            " "
        };
        let found = only(&format!("n: 1\nv:{separator}{text}\nw: 2\n"));
        assert_eq!(found, json!({"n": 1, "v": wanted, "w": 2}), "{text}");
        let in_a_list = only(&format!("v:\n- {}\n", text.replace('\n', "\n  ")));
        assert_eq!(in_a_list, json!({"v": [wanted]}), "{text}");
    }
}

#[test]
fn an_anchor_keeps_its_short_form() {
    assert_eq!(
        only("a: &x !Ref A\nb: *x\nc: &y\n  k: !Sub z\nd:\n  <<: *y\n"),
        json!({"a": {"Ref": "A"}, "b": {"Ref": "A"}, "c": {"k": {"Fn::Sub": "z"}}, "d": {"k": {"Fn::Sub": "z"}}})
    );
}

#[test]
fn what_is_no_short_form_stays_as_it_was() {
    for (text, wanted) in [
        ("v: !!str 1\nw: Hello !World\n", json!("1")),
        ("v: !custom x\nw: Hello !World\n", json!("x")),
        ("v: 'say !Ref x'\n", json!("say !Ref x")),
        ("v: |\n  !Ref x\n", json!("!Ref x\n")),
        ("v: x # !Ref y\n", json!("x")),
        ("v: !<!Ref> x\n", json!({"Ref": "x"})),
    ] {
        assert_eq!(only(text)["v"], wanted, "{text}");
    }
}

#[test]
fn a_list_with_such_a_text_is_still_a_list() {
    let (found, problems) = seen(
        "kind: List\nitems:\n- {kind: Pod, n: 1}\n- kind: ConfigMap\n  data:\n    t: |\n      v: !Ref x\n---\nkind: Pod\n",
    );
    assert_eq!(found.items.len(), 3);
    assert!(problems.is_empty(), "{problems:?}");
}

#[test]
fn what_a_template_writes_without_quotes_stays_as_it_is_written() {
    let template = "Resources:\n  P:\n    Type: AWS::EKS::FargateProfile\n    Properties:\n      FargateProfileName: n\n      A: [y, yes, On, true, \"yes\", 'é', 010 , 0x10]\n      é: 1e3 # c\n      B: {c: 1.10, d: 1.1, e: 7, f: -3, g: False, h: 2024-01-01, i: ~}\n      C: !Sub yes\n      D: &d 1_0\n      E: *d\n";
    let unquoted = |text: &str| json!({ "Fn::Unquoted": text });
    let value = only(template);
    let properties = &value["Resources"]["P"]["Properties"];
    assert_eq!(properties["FargateProfileName"], "n");
    assert_eq!(
        properties["A"],
        json!([
            "y",
            unquoted("yes"),
            unquoted("On"),
            true,
            "yes",
            "é",
            unquoted("010"),
            unquoted("0x10")
        ])
    );
    assert_eq!(properties["é"], unquoted("1e3"));
    assert_eq!(
        properties["B"],
        json!({"c": unquoted("1.10"), "d": 1.1, "e": 7, "f": -3, "g": unquoted("False"), "h": "2024-01-01", "i": null})
    );
    assert_eq!(properties["C"], json!({"Fn::Sub": unquoted("yes")}));
    assert_eq!(properties["E"], properties["D"]);
    // What makes no profile is read as ever.
    assert_eq!(only("a: yes\nb: 0x10\n"), json!({"a": true, "b": 16}));
}

#[test]
fn a_broken_document_is_told_as_ever() {
    let (found, problems) = seen("kind: List\nitems:\n- {n: !Ref a}\n- {n: [}\n---\nv: !Ref b\n");
    assert_eq!(found.items.len(), 2);
    assert_eq!(found.items[1], json!({"v": {"Ref": "b"}}));
    assert_eq!(found.broken, 1);
    assert!(problems[0].contains("line 4"), "{problems:?}");
}

#[test]
fn depth_and_aliases_are_limited_with_tags_too() {
    let deep = |levels: usize| format!("v: {}x{}\n", "!Join [".repeat(levels), "]".repeat(levels));
    assert_eq!(seen(&deep(60)).1, Vec::<String>::new());
    assert!(seen(&deep(70)).1[0].contains("deeper than 64 levels"));
    assert!(!seen(&deep(100_000)).1.is_empty());
    let bomb = format!(
        "a0: &a0 [!Ref x,x,x,x,x,x,x,x,x,x]\n{}",
        (1..20)
            .map(|n| format!(
                "a{n}: &a{n} [{}]\n",
                vec![format!("*a{}", n - 1); 10].join(",")
            ))
            .collect::<String>()
    );
    assert!(seen(&bomb).1[0].contains("aliases stand for"));
}

#[test]
fn what_is_larger_than_any_template_is_read_as_it_comes() {
    let line = format!("- {{n: '{}'}}\n", "x".repeat(1000));
    let text = format!(
        "kind: List\nitems:\n{}- {{n: !Ref x}}\n",
        line.repeat(LARGEST_TEMPLATE / line.len() + 10)
    );
    let (found, problems) = seen(&text);
    assert!(problems.is_empty(), "{problems:?}");
    assert!(found.items.len() > 4000);
}

proptest::proptest! {
    #[test]
    fn no_tag_does_harm(text in "[\\[\\]{}:,\"a1&*!RS|>#%@ \n\t-]{0,80}") {
        seen(&text);
        written_out(text.as_bytes(), false);
        written_out(text.as_bytes(), true);
    }

    #[test]
    fn without_tags_both_ways_read_the_same(text in "[\\[\\]{}:,\"'a1~.&*|># \n-]{0,60}") {
        let (found, problems) = seen(&text);
        if problems.is_empty() && let [item] = found.items.as_slice() && item.is_object() {
            let Some(json) = written_out(text.as_bytes(), false) else {
                panic!("{text:?} is read one way only");
            };
            let mut sink = Seen::default();
            read_written_out(&json, &mut sink, 1).expect("it is JSON");
            proptest::prop_assert_eq!(sink.items, found.items);
        }
    }
}
