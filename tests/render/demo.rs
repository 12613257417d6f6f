//! The demo's own names in a terminal of 80 columns.

use kubectl_fargate::report;
use kubectl_fargate::sources::question::Question;
use kubectl_fargate::sources::{Gathered, demo};

use super::{TABLE, View, at_width, golden, text};

fn whole_demo() -> Gathered {
    demo::gather(&Question::default(), None).expect("the demo is whole")
}

#[test]
fn the_demo_fits_eighty_columns() {
    let style = kubectl_fargate::render::Style {
        same_source: "--demo".to_owned(),
        ..at_width(80)
    };
    let gathered = whole_demo();
    let demo = report::assemble(&gathered.snapshot, &gathered.subjects);
    golden("demo-table-80", &demo, TABLE, &style);
    for view in [TABLE, View::Story] {
        for line in text(&demo, view, &style).lines() {
            // Commands are pasted, and a name is never broken.
            let words = line.trim();
            let is_command = ["kubectl ", "aws ", "eksctl "]
                .iter()
                .any(|program| words.starts_with(program));
            let may_be_long = is_command || !words.contains(' ');
            assert!(
                line.chars().count() <= 80 || may_be_long,
                "{view:?}: {line}"
            );
        }
    }
}

#[test]
fn reasons_fit_eighty_columns() {
    use kubectl_fargate::decision::rules;
    use kubectl_fargate::render::reason_page;
    let style = at_width(80);
    let mut out = Vec::new();
    reason_page::list(&style, &mut out).expect("a Vec takes everything");
    let mut is_wrapped = false;
    for line in String::from_utf8(out).expect("text").lines() {
        assert!(line.chars().count() <= 80, "{line}");
        is_wrapped |= line.starts_with("        ");
    }
    assert!(is_wrapped, "long titles go on below themselves");
    for info in rules::infos() {
        let mut out = Vec::new();
        reason_page::page(info, &style, &mut out).expect("a Vec takes everything");
        let page = String::from_utf8(out).expect("text");
        let mut fenced = Vec::new();
        let mut is_fenced = false;
        for line in info.page.lines() {
            if line.starts_with("```") {
                is_fenced = !is_fenced;
            } else if is_fenced {
                fenced.push(format!("  {line}"));
            }
        }
        for line in &fenced {
            assert!(
                page.lines().any(|shown| shown == line),
                "kept as it is: {line}"
            );
        }
        for line in page.lines() {
            let may_be_long = fenced.iter().any(|kept| kept == line)
                || line.split_whitespace().any(|word| word.len() > 60);
            assert!(line.chars().count() <= 80 || may_be_long, "{line}");
        }
        assert!(!page.ends_with("\n\n"), "{}", info.reason);
    }
}
