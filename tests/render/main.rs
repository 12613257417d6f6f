//! What people see: one report, every format, as it is printed. The snapshots are in `tests/golden`.

mod demo;
mod hostile;
mod profiles;
mod reports;
mod streams;
mod told;

use kubectl_fargate::render::{Style, View, nothing_found, render};
use kubectl_fargate::report::{Entries, Report};
use reports::report;

fn text(report: &Report<impl Entries>, view: View, style: &Style) -> String {
    let mut out = Vec::new();
    render(report, view, style, &mut out).expect("a Vec takes everything");
    String::from_utf8(out).expect("text")
}

fn at_width(width: usize) -> Style {
    Style {
        width: Some(width),
        ..Style::default()
    }
}

fn golden(name: &str, report: &Report<impl Entries>, view: View, style: &Style) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../golden");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text(report, view, style)));
}

const TABLE: View = View::Table { wide: false };
const WIDE: View = View::Table { wide: true };

#[test]
fn stories() {
    let style = at_width(80);
    let stories = [
        (
            "story-older-than-profile",
            vec![reports::older_than_profile()],
        ),
        ("story-label-mismatch", vec![reports::label_mismatch()]),
        ("story-blocked", vec![reports::blocked()]),
        ("story-healthy", vec![reports::healthy("pay-6f-1")]),
        ("story-crashing", vec![reports::crashing("pay-6f-1")]),
        ("story-template", vec![reports::template()]),
        ("story-replicas-differ", reports::replicas()),
        ("story-one-crashes", reports::one_crashes()),
        (
            "story-namespace-not-selected",
            vec![reports::namespace_not_selected()],
        ),
    ];
    for (name, pods) in stories {
        golden(name, &report(pods), View::Story, &style);
    }
}

#[test]
fn answers_for_tickets() {
    let stories = View::Markdown { stories: true };
    let rows = View::Markdown { stories: false };
    let style = Style::default();
    let blocked = report(vec![reports::blocked()]);
    golden("markdown-blocked", &blocked, stories, &style);
    let mismatch = report(vec![reports::label_mismatch()]);
    golden("markdown-label-mismatch", &mismatch, stories, &style);
    golden("markdown-rows", &report(reports::replicas()), rows, &style);
}

#[test]
fn stories_of_nodes() {
    golden("story-node", &reports::node(), View::Story, &at_width(120));
    golden(
        "story-fargate-node",
        &reports::fargate_node(),
        View::Story,
        &at_width(80),
    );
}

#[test]
fn stories_without_utf8_and_with_colour() {
    let ascii = Style {
        unicode: false,
        ..at_width(80)
    };
    golden(
        "story-ascii",
        &report(vec![reports::label_mismatch()]),
        View::Story,
        &ascii,
    );
    let colour = Style {
        colour: true,
        ..at_width(80)
    };
    golden(
        "story-colour",
        &report(vec![reports::label_mismatch()]),
        View::Story,
        &colour,
    );
    golden("table-colour", &reports::many(), TABLE, &colour);
}

#[test]
fn tables() {
    golden("table-80", &reports::many(), TABLE, &at_width(80));
    golden("table-100", &reports::many(), TABLE, &at_width(100));
    golden("table-200", &reports::many(), TABLE, &at_width(200));
    golden("table-piped", &reports::many(), TABLE, &Style::default());
    let one_namespace = Style {
        namespaces: false,
        same_source: "--demo".to_owned(),
        ..at_width(80)
    };
    let mut shop = reports::many();
    shop.pods.retain(|pod| pod.namespace == "shop");
    golden("table-one-namespace", &shop, TABLE, &one_namespace);
    golden("table-wide", &shop, WIDE, &at_width(80));
    golden(
        "table-no-profiles",
        &reports::no_profiles(),
        TABLE,
        &at_width(80),
    );
}

#[test]
fn formats_for_machines() {
    let report = report(vec![reports::older_than_profile(), reports::template()]);
    let style = Style::default();
    golden("report-json", &report, View::Json, &style);
    golden("report-yaml", &report, View::Yaml, &style);
    let mut with_node = reports::node();
    with_node.pods.push(reports::template());
    golden("report-names", &with_node, View::Name, &style);
}

#[test]
fn nothing_found_is_said_elsewhere() {
    let style = Style::default();
    for view in [View::Story, TABLE, WIDE, View::Name] {
        assert_eq!(text(&report(Vec::new()), view, &style), "", "{view:?}");
    }
    assert!(text(&report(Vec::new()), View::Json, &style).contains("\"pods\": []"));
    assert_eq!(
        nothing_found(Some("shop")),
        "No resources found in shop namespace."
    );
    assert_eq!(nothing_found(None), "No resources found");
}

#[test]
fn a_table_of_thousands_is_written_row_by_row() {
    let mut pods = Vec::new();
    for index in 0..20_000 {
        pods.push(reports::pod(&format!("pod-{index:05}"), None));
    }
    let report = report(pods);
    for view in [TABLE, WIDE] {
        let text = text(&report, view, &at_width(60));
        assert!(text.lines().count() > 20_000, "{view:?}");
        assert!(text.contains("pod-19999"), "{view:?}");
    }
}

/// Takes some bytes, then breaks.
pub struct Broken(pub usize);

impl std::io::Write for Broken {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0 == 0 {
            return Err(std::io::ErrorKind::BrokenPipe.into());
        }
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        Ok(taken)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_cannot_be_written_is_an_error_with_its_kind() {
    let report = reports::many();
    for view in [View::Story, TABLE, WIDE, View::Json, View::Yaml, View::Name] {
        for taken in [0, 100] {
            let error = render(&report, view, &Style::default(), &mut Broken(taken))
                .expect_err("the output is broken");
            assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe, "{view:?}");
        }
    }
}
