//! A report of many pods is written as its entries are made: none is held, and none is made for nobody.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

use kubectl_fargate::decision::finding::Severity;
use kubectl_fargate::decision::reason::Reason;
use kubectl_fargate::render::{Style, View, render};
use kubectl_fargate::report::entries::{Entries, Title};
use kubectl_fargate::report::{PodReport, Report};

use super::{TABLE, WIDE, at_width, reports, text};

/// Enough for several threads.
const MANY: usize = 10_000;
/// What may be under way at once, in entries: pieces ahead of the writer, on as many threads as a machine may have.
const UNDER_WAY: usize = 4_000;

/// Entries that are counted as they are made.
struct Counted {
    names: Vec<String>,
    made: AtomicUsize,
}

impl Counted {
    fn new(count: usize) -> Self {
        Self {
            names: (0..count).map(|index| format!("pod-{index:06}")).collect(),
            made: AtomicUsize::new(0),
        }
    }
}

impl Entries for Counted {
    fn len(&self) -> usize {
        self.names.len()
    }

    fn title(&self, index: usize) -> Title<'_> {
        Title {
            namespace: "shop",
            name: &self.names[index],
            template: false,
        }
    }

    fn entry(&self, index: usize) -> Cow<'_, PodReport> {
        self.made.fetch_add(1, Ordering::SeqCst);
        let mut pod = reports::pod(&self.names[index], None);
        pod.findings = vec![reports::finding(
            Reason::NamespaceNotSelected,
            Severity::Info,
            "No profile selects namespace shop.",
        )];
        Cow::Owned(pod)
    }
}

fn counted(count: usize) -> Report<Counted> {
    let empty = reports::report(Vec::new());
    Report {
        api_version: empty.api_version,
        kind: empty.kind,
        taken_at: empty.taken_at,
        cluster: empty.cluster,
        sources: empty.sources,
        nodes: empty.nodes,
        profiles: empty.profiles,
        pods: Counted::new(count),
    }
}

/// Counts how often the name of a pod was written, and how many entries were made by then.
struct Watching<'r> {
    made: &'r AtomicUsize,
    /// How often all are made before the first is written.
    passes: usize,
    /// How often an entry has its name.
    names_each: usize,
    names: usize,
}

impl Write for Watching<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.names += bytes.windows(5).filter(|five| five == b"pod-0").count();
        let written = self.passes * MANY + self.names / self.names_each;
        let made = self.made.load(Ordering::SeqCst);
        assert!(
            made <= written + UNDER_WAY,
            "{made} are made, {written} written"
        );
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn entries_are_made_as_they_are_written() {
    // In a report an entry has its name twice: the name, and in the summary.
    // The command under a table names one of them, too.
    for (view, passes, names_each, beside) in [
        (View::Json, 0, 2, 0),
        (View::Yaml, 1, 2, 0),
        (WIDE, 1, 1, 1),
        (TABLE, 1, 1, 1),
    ] {
        let report = counted(MANY);
        let mut watching = Watching {
            made: &report.pods.made,
            passes,
            names_each,
            names: 0,
        };
        render(&report, view, &Style::default(), &mut watching).expect("it takes everything");
        assert_eq!(watching.names / names_each, MANY + beside, "{view:?}");
        assert_eq!(
            report.pods.made.into_inner(),
            (passes + 1) * MANY,
            "{view:?}"
        );
    }
}

#[test]
fn names_need_no_entries() {
    let report = counted(MANY);
    let names = text(&report, View::Name, &Style::default());
    assert_eq!(names.lines().count(), MANY);
    assert!(names.ends_with("pod/pod-009999\n"), "{names}");
    assert_eq!(report.pods.made.into_inner(), 0);
}

#[test]
fn where_nobody_reads_no_further_entries_are_made() {
    for (view, passes) in [(View::Json, 0), (View::Yaml, 1), (WIDE, 1), (TABLE, 1)] {
        let report = counted(2 * MANY);
        let error = render(
            &report,
            view,
            &Style::default(),
            &mut super::Broken(100_000),
        )
        .expect_err("the output is broken");
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe, "{view:?}");
        let made = report.pods.made.into_inner() - passes * 2 * MANY;
        assert!(made <= UNDER_WAY, "{view:?}: {made} were made");
    }
}

#[test]
fn a_table_without_room_for_tails_looks_once() {
    let report = counted(MANY);
    let table = text(&report, TABLE, &at_width(20));
    assert!(table.lines().count() > MANY, "{table}");
    assert_eq!(report.pods.made.into_inner(), MANY);
}

#[test]
fn entries_stand_in_the_report_as_if_it_were_written_at_once() {
    let mut large = reports::many();
    for index in 0..1_500 {
        large.pods.push(reports::pod(&format!("z-{index}"), None));
    }
    let with_node = reports::node();
    let empty = reports::report(Vec::new());
    let mut hostile = reports::many();
    "a\u{202e}b: - #\n\u{1b}[2J".clone_into(&mut hostile.pods[200].summary);
    for report in [large, with_node, empty] {
        let at_once = serde_json::to_string_pretty(&report).expect("plain data") + "\n";
        assert_eq!(text(&report, View::Json, &Style::default()), at_once);
        let at_once = serde_saphyr::to_string(&report).expect("plain data");
        assert_eq!(text(&report, View::Yaml, &Style::default()), at_once);
    }
    let yaml = text(&hostile, View::Yaml, &Style::default());
    assert!(
        yaml.starts_with("\"apiVersion\": \"fargate"),
        "all is quoted"
    );
    assert_eq!(yaml.matches("\n\"pods\":\n").count(), 1);
    let back: serde_json::Value = serde_saphyr::from_str(&yaml).expect("YAML");
    assert_eq!(back, serde_json::to_value(&hostile).expect("plain data"));
}
