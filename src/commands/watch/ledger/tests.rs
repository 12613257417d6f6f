use crate::decision::facts::{ClusterSnapshot, Scope, SourceNote};
use crate::sources::reduce::SnapshotBuilder;

use super::*;

const TIME: Timestamp = Timestamp::UNIX_EPOCH;

/// A pod that a profile claimed, perhaps on a node.
fn pod(name: &str, uid: &str, node: &str) -> String {
    format!(
        r#"{{"metadata":{{"name":"{name}","namespace":"shop","uid":"{uid}","creationTimestamp":"1970-01-01T00:00:00Z",
            "labels":{{"eks.amazonaws.com/fargate-profile":"p"}}}},
            "spec":{{"schedulerName":"fargate-scheduler","nodeName":"{node}"}},"status":{{"phase":"Pending"}}}}"#
    )
}

const FARGATE: &str = "fargate-ip-10-0-0-1";

fn snapshot(pods: &[String]) -> ClusterSnapshot {
    let mut builder = SnapshotBuilder::new();
    for pod in pods {
        builder.add(Kind::Pod, pod).expect("a good pod");
    }
    let coverage = &mut builder.snapshot_mut().coverage;
    coverage.mark_read(Kind::Pod, Scope::Namespace("shop".to_owned()));
    coverage.mark_read(Kind::Event, Scope::Namespace("shop".to_owned()));
    builder.finish(TIME)
}

fn gathered(pods: &[String]) -> Gathered {
    let snapshot = snapshot(pods);
    let subjects = (0..snapshot.pods.len()).map(Subject::Pod).collect();
    Gathered {
        snapshot,
        subjects,
        broken: false,
    }
}

fn key(name: &str) -> Key {
    ("shop".to_owned(), name.to_owned())
}

fn told(changes: &[PlacementChange]) -> Vec<String> {
    let place = |standing: Option<&Standing>| {
        standing.map_or("-".to_owned(), |standing| match standing.place() {
            Some(kind) => kind.as_str().to_owned(),
            None => "template".to_owned(),
        })
    };
    changes
        .iter()
        .map(|change| {
            let now = change.now.as_deref().map(Standing::of);
            let name = change.standing().map(|standing| standing.name);
            format!(
                "{} {} to {}",
                name.unwrap_or_default(),
                place(change.before.as_ref()),
                place(now.as_ref())
            )
        })
        .collect()
}

#[test]
fn only_what_is_new_is_told() {
    let mut ledger = Ledger::new(None);
    let both = [pod("a", "1", ""), pod("b", "2", "")];
    let changes = ledger.take(&gathered(&both), Extent::All, TIME);
    assert_eq!(
        told(&changes),
        ["a - to FargatePending", "b - to FargatePending"]
    );
    assert!(ledger.take(&gathered(&both), Extent::All, TIME).is_empty());
    let landed = [pod("a", "1", FARGATE), pod("b", "2", "")];
    let changes = ledger.take(&gathered(&landed), Extent::All, TIME);
    assert_eq!(told(&changes), ["a FargatePending to Fargate"]);
    let changes = ledger.take(&gathered(&landed[..1]), Extent::All, TIME);
    assert_eq!(told(&changes), ["b FargatePending to -"]);
}

#[test]
fn a_pod_of_the_same_name_is_another_one() {
    let mut ledger = Ledger::new(None);
    ledger.take(&gathered(&[pod("a", "1", FARGATE)]), Extent::All, TIME);
    let changes = ledger.take(&gathered(&[pod("a", "2", "")]), Extent::All, TIME);
    assert_eq!(told(&changes), ["a Fargate to -", "a - to FargatePending"]);
    assert!(
        ledger.gone(&key("a"), &"1".into(), TIME).is_none(),
        "that one was told"
    );
    let gone = ledger.gone(&key("a"), &"2".into(), TIME);
    assert_eq!(told(gone.as_slice()), ["a FargatePending to -"]);
    assert!(
        ledger.gone(&key("a"), &"2".into(), TIME).is_none(),
        "it is gone already"
    );
}

#[test]
fn of_some_pods_only_those_that_were_looked_for_can_be_gone() {
    let mut ledger = Ledger::new(None);
    let all = [pod("a", "1", ""), pod("b", "2", ""), pod("c", "3", "")];
    ledger.take(&gathered(&all), Extent::All, TIME);
    let read = gathered(&all[..1]);
    let keys = [key("a"), key("b")];
    let changes = ledger.take(&read, Extent::Pods(&keys), TIME);
    assert_eq!(told(&changes), ["b FargatePending to -"]);
    assert!(ledger.knows(&key("c")));
}

#[test]
fn what_could_not_be_read_is_not_gone() {
    let mut ledger = Ledger::new(None);
    let all = [pod("a", "1", ""), pod("b", "2", "")];
    ledger.take(&gathered(&all), Extent::All, TIME);
    let mut broken = gathered(&all[..1]);
    broken.broken = true;
    assert!(ledger.take(&broken, Extent::All, TIME).is_empty());
    let mut unread = gathered(&all[..1]);
    unread.snapshot.coverage = Default::default();
    let keys = [key("b")];
    assert!(Ledger::is_unread(&unread, &keys));
    assert!(ledger.take(&unread, Extent::Pods(&keys), TIME).is_empty());
}

#[test]
fn an_answer_that_loses_its_certainty_for_a_moment_is_not_told() {
    let mut ledger = Ledger::new(None);
    let mut certain = gathered(&[pod("a", "1", "")]);
    let profiles = &mut certain.snapshot.profiles;
    profiles.list.clear();
    // Nothing but what the pod itself shows: as undecided as it gets.
    let mut troubled = certain.clone();
    troubled.snapshot.sources.push(SourceNote {
        what: "events".to_owned(),
        namespace: None,
        status: SourceStatus::TimedOut,
        count: None,
        detail: None,
    });
    ledger.take(&certain, Extent::All, TIME);
    let known = ledger.pods.values_mut().next().expect("one pod");
    known.standing.certainty = Certainty::Certain;
    known.standing.expected.kind = ExpectedKind::Fargate;
    known.standing.reason = crate::decision::reason::Reason::VolumeNotEfs;
    for _ in 0..MOST_DOUBTS {
        assert!(ledger.take(&troubled, Extent::All, TIME).is_empty());
    }
    let changes = ledger.take(&troubled, Extent::All, TIME);
    assert_eq!(changes.len(), 1, "it stays so");
}

#[test]
fn what_time_alone_changes_is_due() {
    let mut ledger = Ledger::new(None);
    let pods = [pod("a", "1", ""), pod("b", "2", FARGATE)];
    ledger.take(&gathered(&pods), Extent::All, TIME);
    assert!(ledger.has_waiting());
    let (due, keys) = ledger.next_due(TIME).expect("one waits");
    assert_eq!(due.as_second(), GRACE_SECONDS + 1);
    assert_eq!(keys, [key("a")]);
    assert!(ledger.next_due(due).is_none(), "it was looked at");
}

#[test]
fn pods_that_are_replaced_do_not_count_for_what_is_waited_for() {
    let replaced = |all| {
        let uids = ["1".into()].into();
        Ledger::new(Some(Replaced { uids, all }))
    };
    let names = |ledger: &Ledger| -> Vec<String> {
        let standings = ledger.standings();
        standings.map(|standing| standing.name.clone()).collect()
    };
    for all in [true, false] {
        let mut ledger = replaced(all);
        let changes = ledger.take(
            &gathered(&[pod("a", "1", ""), pod("b", "2", FARGATE)]),
            Extent::All,
            TIME,
        );
        assert_eq!(names(&ledger), ["b"]);
        assert_eq!(ledger.is_one_to_go(), all, "a is left");
        let news = ledger.successors(changes);
        let news = news.iter().filter_map(PlacementChange::standing);
        let news: Vec<String> = news.map(|standing| standing.name.clone()).collect();
        assert_eq!(news, ["b"]);
        ledger.take(&gathered(&[pod("b", "2", FARGATE)]), Extent::All, TIME);
        assert!(!ledger.is_one_to_go(), "a is gone");
    }
    let mut ledger = Ledger::new(None);
    let changes = ledger.take(&gathered(&[pod("a", "1", "")]), Extent::All, TIME);
    assert!(ledger.successors(changes).is_empty(), "it was answered");
    assert_eq!(names(&ledger), ["a"]);
    assert!(!ledger.is_one_to_go());
}

#[test]
fn pods_that_are_alike_need_no_look() {
    let mut ledger = Ledger::new(None);
    assert!(
        !ledger.is_alike(&key("a"), &"1".into(), 7),
        "it is not known"
    );
    ledger.take(&gathered(&[pod("a", "1", "")]), Extent::All, TIME);
    assert!(
        !ledger.is_alike(&key("a"), &"1".into(), 7),
        "it was not seen"
    );
    assert!(ledger.is_alike(&key("a"), &"1".into(), 7));
    assert!(!ledger.is_alike(&key("a"), &"2".into(), 7), "another one");
    assert!(!ledger.is_alike(&key("a"), &"1".into(), 8), "not as it was");
}
