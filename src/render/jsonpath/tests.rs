use serde_json::{Value, json};

use super::*;

fn document() -> Value {
    json!({
        "cluster": {"name": "prod", "region": "eu-west-1"},
        "pods": [
            {"name": "a", "reason": "X", "count": 1, "labels": {"app.io/x": "one"}, "findings": [{"reason": "X"}, {"reason": "Y"}], "good": true},
            {"name": "b", "reason": "Y", "count": 2, "placement": {"kind": "EC2"}, "findings": []},
            {"name": "c", "reason": "X", "count": 3, "placement": {"kind": "Fargate"}, "findings": [{"reason": "Z"}]},
        ],
    })
}

fn filled(template: &str) -> Result<String, String> {
    let template = Template::parse(template, false).map_err(|error| error.to_string())?;
    let mut out = Vec::new();
    template
        .render_value(&document(), &mut out)
        .map_err(|error| error.to_string())?;
    Ok(String::from_utf8(out).expect("text"))
}

/// Each of these was given to kubectl 1.32 with the same document, and printed the same.
#[test]
fn templates_are_filled_in_as_by_kubectl() {
    for (template, wanted, why) in [
        ("{.pods[*].reason}", "X Y X", "a wildcard"),
        ("{.pods[0].name}", "a", "an index"),
        ("{.pods[-1].name}", "c", "from the end"),
        ("{.pods[-1:].name}", "c", "a slice from the end"),
        ("{.pods[0:2].name}", "a b", "a slice"),
        ("{.pods[::2].name}", "a c", "a step"),
        ("{.pods[0,2].name}", "a c", "a union"),
        ("{.pods[1:1].name}", "", "nothing"),
        ("{.pods[0]['name','reason']}", "a X", "a union of fields"),
        ("{.cluster['name']}", "prod", "a field in brackets"),
        (
            "{.cluster}",
            r#"{"name":"prod","region":"eu-west-1"}"#,
            "an object as JSON",
        ),
        ("{.cluster.*}", "prod eu-west-1", "all fields"),
        ("{.pods[*].nope}", "", "a field that is not there"),
        ("{.pods.name}", "", "a list has no fields"),
        ("{..kind}", "EC2 Fargate", "anywhere below"),
        (r#"{.pods[?(@.reason=="X")].name}"#, "a c", "a filter"),
        ("{.pods[?(@.reason=='Y')].name}", "b", "with other quotes"),
        (r#"{.pods[?(@.reason!="X")].name}"#, "b", "not equal"),
        (
            "{.pods[?(@.placement)].name}",
            "b c",
            "that something is there",
        ),
        ("{.pods[?(@.count>=2)].name}", "b c", "numbers"),
        ("{.pods[?(@.count<2)].name}", "a", "less"),
        ("{.pods[?(@.good==true)].name}", "a", "truth"),
        (
            r#"{.pods[?(@.placement.kind=="EC2")].name}"#,
            "b",
            "where not all have the field",
        ),
        (r"{.pods[0].labels.app\.io/x}", "one", "a point in a name"),
        (
            r#"{range .pods[*]}{.name}{"\t"}{.reason}{"\n"}{end}done"#,
            "a\tX\nb\tY\nc\tX\ndone",
            "a loop",
        ),
        (
            "{range .pods[*]}{.name}:{range .findings[*]}[{.reason}]{end};{end}",
            "a:[X][Y];b:;c:[Z];",
            "a loop in a loop",
        ),
        ("{range .nodes[*]}{.name}{end}x", "x", "a loop over nothing"),
        ("{range .pods[0:1]}{.name}", "a", "a loop without its end"),
        ("name: {.cluster.name}!", "name: prod!", "text around"),
        (
            ".cluster.name",
            ".cluster.name",
            "without braces it is text",
        ),
        (r#"{"\u0041\x42"}{'it\'s'}"#, "ABit's", "escapes"),
        (
            "{@.cluster.name}{$.cluster.name}",
            "prodprod",
            "the object itself",
        ),
    ] {
        assert_eq!(filled(template).as_deref(), Ok(wanted), "{why}: {template}");
    }
}

#[test]
fn what_kubectl_refuses_is_refused() {
    for (template, words) in [
        ("{.pods", "unclosed action"),
        ("{.pods[0}", "unterminated array"),
        ("{.pods[a]}", "invalid array index a"),
        (
            "{.pods[9].name}",
            "array index out of bounds: index 9, length 3",
        ),
        (
            "{.pods[2:1].name}",
            "starting index 2 is greater than ending index 1",
        ),
        ("{.cluster[0]}", "is not array or slice"),
        ("{.cluster[?(@.name)]}", "cannot be filtered"),
        (
            "{.pods[?(@.reason==0)]}",
            "incompatible types for comparison",
        ),
        ("{.pods[?(@.name}", "unterminated filter"),
        ("{name}", "unrecognized identifier name"),
        ("{end}", "not in range, nothing to end"),
        ("{\"a}", "unterminated quoted string"),
        ("{....}", "invalid multiple recursive descent"),
        ("{#}", "unrecognized character in action"),
    ] {
        let error = filled(template).expect_err(template);
        assert!(error.contains(words), "{template}: {error}");
    }
}

#[test]
fn paths_may_be_written_as_for_kubectl() {
    let entry = json!({"name": "a", "placement": {"node": "n"}, "createdAt": "2026"});
    for (path, wanted) in [
        ("name", "a"),
        (".name", "a"),
        ("{name}", "a"),
        ("{.name}", "a"),
        (".metadata.name", "a"),
        (".spec.nodeName", "n"),
        ("{.metadata.creationTimestamp}", "2026"),
    ] {
        let path = Path::parse(path).expect(path);
        let found = path.follow(&entry).expect("it can be followed");
        let found: Vec<String> = found.into_iter().map(|item| plain(&item.value())).collect();
        assert_eq!(found, [wanted], "{path:?}");
    }
    for path in ["", "{}", "{.a}{.b}", "{.a", "a}"] {
        assert!(Path::parse(path).is_err(), "{path}");
    }
}
