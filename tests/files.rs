//! Cluster state and profiles from files, through the same door as the command: every form that kubectl, the AWS CLI and eksctl print,
//! and what is wrong with files in real life.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use kubectl_fargate::decision::facts::{
    ClusterIdentity, ClusterSnapshot, Kind, ProfileKnowledge, SourceNote, SourceStatus, Subject,
};
use kubectl_fargate::error::{Error, ErrorKind};
use kubectl_fargate::sources::offline::gather;
use kubectl_fargate::sources::question::{FieldSelector, NamespaceScope, Target};
use kubectl_fargate::sources::{Gathered, Input, Question};
use tempfile::TempDir;

/// A folder of files, and what is asked of it.
struct Case {
    folder: TempDir,
    from: Vec<Input>,
    profiles: Vec<Input>,
    question: Question,
    identity: ClusterIdentity,
    at: Option<Timestamp>,
}

impl Case {
    /// Nothing but an empty folder; `from` is the folder.
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder for the test");
        let from = vec![Input::Path(folder.path().join("from"))];
        fs::create_dir(folder.path().join("from")).expect("a folder");
        Self {
            folder,
            from,
            profiles: Vec::new(),
            question: Question::default(),
            identity: ClusterIdentity::default(),
            at: None,
        }
    }

    /// One file of this content, named on the command line.
    fn of(name: &str, content: impl AsRef<[u8]>) -> Self {
        let mut case = Self::new();
        case.from = vec![case.write(name, content)];
        case
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> Input {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().expect("it stands in the folder")).expect("a folder");
        fs::write(&path, content).expect("a file");
        Input::Path(path)
    }

    /// Adds a file to the folder that is read.
    fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.write(&format!("from/{name}"), content);
        self
    }

    /// Adds a file of profiles.
    fn profiles(mut self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let input = self.write(name, content);
        self.profiles.push(input);
        self
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn gather(&self) -> Result<Gathered, Error> {
        gather(
            &self.from,
            &self.profiles,
            self.at,
            &self.question,
            &self.identity,
        )
    }

    fn snapshot(&self) -> ClusterSnapshot {
        match self.gather() {
            Ok(gathered) => gathered.snapshot,
            Err(error) => panic!("{error}: {:?} {:?}", error.cause, error.next),
        }
    }

    fn error(&self) -> Error {
        self.gather().expect_err("it cannot be read")
    }
}

fn pod(namespace: &str, name: &str) -> String {
    format!(
        r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"{name}","namespace":"{namespace}","creationTimestamp":"2026-01-01T00:00:00Z"}}}}"#
    )
}

fn list(items: &[String]) -> String {
    format!(
        r#"{{"apiVersion":"v1","items":[{}],"kind":"List","metadata":{{"resourceVersion":""}}}}"#,
        items.join(",")
    )
}

fn profile(cluster: &str, region: &str, name: &str) -> String {
    format!(
        r#"{{"fargateProfile":{{"fargateProfileName":"{name}","clusterName":"{cluster}","createdAt":"2026-02-01T00:00:00+00:00",
            "fargateProfileArn":"arn:aws:eks:{region}:111122223333:fargateprofile/{cluster}/{name}/1","status":"ACTIVE",
            "selectors":[{{"namespace":"shop"}}]}}}}"#
    )
}

fn names(snapshot: &ClusterSnapshot) -> Vec<String> {
    let mut names: Vec<_> = snapshot
        .pods
        .iter()
        .map(|pod| format!("{}/{}", pod.namespace, pod.name))
        .collect();
    names.sort();
    names
}

fn note<'a>(snapshot: &'a ClusterSnapshot, what: &str) -> &'a SourceNote {
    snapshot
        .sources
        .iter()
        .find(|note| note.what == what)
        .unwrap_or_else(|| panic!("no note on {what}: {:?}", snapshot.sources))
}

fn malformed(snapshot: &ClusterSnapshot) -> Vec<String> {
    snapshot
        .sources
        .iter()
        .filter(|note| note.status == SourceStatus::Malformed)
        .filter_map(|note| note.detail.clone())
        .collect()
}

#[test]
fn every_form_that_kubectl_prints() {
    let yaml = "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: a\n    namespace: x\n\
                - apiVersion: v1\n  kind: Pod\n  metadata:\n    name: b\n    namespace: x\nkind: List\nmetadata:\n  resourceVersion: \"\"\n";
    let single = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  namespace: x\n";
    let both = [pod("x", "a"), pod("x", "b")];
    for (name, content, wanted) in [
        ("pod.json", pod("x", "a"), &["x/a"][..]),
        ("list.json", list(&both), &["x/a", "x/b"]),
        ("concatenated.json", both.join("\n"), &["x/a", "x/b"]),
        ("array.json", format!("[{}]", both.join(",")), &["x/a", "x/b"]),
        ("typed.json", r#"{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[{"metadata":{"name":"a","namespace":"x"}}]}"#.to_owned(), &["x/a"]),
        ("kind-last.json", r#"{"items":[{"metadata":{"name":"a","namespace":"x"}}],"apiVersion":"v1","kind":"PodList"}"#.to_owned(), &["x/a"]),
        ("list.yaml", yaml.to_owned(), &["x/a", "x/b"]),
        ("crlf.yaml", yaml.replace('\n', "\r\n"), &["x/a", "x/b"]),
        ("bom.yaml", format!("\u{feff}{yaml}"), &["x/a", "x/b"]),
        ("documents.yaml", format!("---\n{single}---\n---\n# nothing\n---\n{}...\n", single.replace("name: a", "name: b")), &["x/a", "x/b"]),
        ("no-namespace.yaml", "kind: Pod\napiVersion: v1\nmetadata: {name: a}\n".to_owned(), &["default/a"]),
        ("json-in-yaml.yaml", format!("{}\n---\n{}\n", both[0], both[1]), &["x/a", "x/b"]),
        ("list-and-single.json", format!("{}{}", list(&both[..1]), both[1]), &["x/a", "x/b"]),
        ("no-ending", list(&both), &["x/a", "x/b"]),
    ] {
        let case = Case::of(name, content);
        assert_eq!(names(&case.snapshot()), wanted, "{name}");
        assert_eq!(malformed(&case.snapshot()), [""; 0], "{name}");
    }
}

/// `jq -S` and others sort keys: `items` then comes before the `kind` that alone says what they are.
#[test]
fn items_that_say_nothing_are_what_their_list_turns_out_to_be() {
    let item = |name: &str| {
        format!(
            r#"{{"metadata":{{"creationTimestamp":"2026-03-01T00:00:00Z","name":"{name}","namespace":"x"}},"spec":{{"containers":[{{"name":"c"}}]}}}}"#
        )
    };
    let bare = r#"{"metadata":{"name":"c","namespace":"y"}}"#;
    let sorted = |kind: &str| {
        let items = [item("a"), bare.to_owned(), item("b"), item("a")].join(",");
        format!(r#"{{"items":[{items}]{kind}}}"#)
    };
    let yaml = "items:\n- metadata: {name: a, namespace: x}\n  spec: {containers: [{name: c}]}\nkind: PodList\n";
    let snapshot = Case::of("sorted.yaml", yaml).snapshot();
    assert_eq!(names(&snapshot), ["x/a"]);

    let snapshot = Case::of("pods.json", sorted(r#","kind":"PodList""#)).snapshot();
    assert_eq!(names(&snapshot), ["x/a", "x/b", "y/c"]);
    assert_eq!(note(&snapshot, "pods").count, Some(3));
    assert!(snapshot.coverage.is_listed_everywhere(Kind::Pod));
    assert_eq!(malformed(&snapshot), [""; 0]);

    let beside = Case::new().file("pod.json", pod("x", "p"));
    let snapshot = beside.file("some.json", sorted("")).snapshot();
    assert_eq!(names(&snapshot), ["x/p"], "nothing says that they are pods");
    let wanted = [
        "item 1 (a): kind is missing",
        "item 3 (b): kind is missing",
        "item 4 (a): kind is missing",
        "item 2 (c): kind is missing",
    ];
    assert_eq!(malformed(&snapshot), wanted);

    let beside = Case::new().file("pod.json", pod("x", "p"));
    let claims = sorted(r#","kind":"PersistentVolumeClaimList""#);
    let snapshot = beside.file("claims.json", claims).snapshot();
    assert_eq!(names(&snapshot), ["x/p"]);
    assert_eq!(note(&snapshot, "persistentvolumeclaims").count, Some(1));
    let problem = &malformed(&snapshot)[0];
    assert!(
        problem.starts_with("item 1 (persistentvolumeclaim/x/a): it has containers"),
        "{problem}"
    );

    let beside = Case::new().file("pod.json", pod("x", "p"));
    let others = sorted(r#","kind":"SidecarSetList""#);
    let snapshot = beside.file("others.json", others).snapshot();
    assert_eq!(names(&snapshot), ["x/p"]);
    assert_eq!(malformed(&snapshot), [""; 0]);
    let newest = snapshot.taken_at.to_string();
    assert_eq!(newest, "2026-03-01T00:00:00Z", "their times are told");

    let cut = sorted(r#","kind":"PodList""#);
    let beside = Case::new().file("pod.json", pod("x", "p"));
    let snapshot = beside.file("cut.json", &cut[..cut.len() - 12]).snapshot();
    assert_eq!(names(&snapshot), ["x/p"], "what they are did not come");
    assert!(malformed(&snapshot)[0].starts_with("not valid JSON: EOF"));
}

#[test]
fn an_object_given_twice_counts_once_and_the_later_one_is_kept() {
    let later = pod("x", "a").replace("\"metadata\"", "\"spec\":{\"nodeName\":\"n\"},\"metadata\"");
    let snapshot = Case::new()
        .file("1.json", pod("x", "a"))
        .file("2.json", list(&[later, pod("x", "b")]))
        .snapshot();
    assert_eq!(names(&snapshot), ["x/a", "x/b"]);
    assert_eq!(snapshot.pods[0].node_name.as_deref(), Some("n"));
    assert_eq!(note(&snapshot, "pods").count, Some(2));
    let event = r#"{"apiVersion":"v1","kind":"Event","metadata":{"name":"e","namespace":"x"},"involvedObject":{"kind":"Pod","name":"a","namespace":"x"}}"#;
    let same = r#"{"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"e","namespace":"x"},"regarding":{"kind":"Pod","name":"a","namespace":"x"}}"#;
    let snapshot = Case::of("events.json", format!("{event}{same}")).snapshot();
    assert_eq!(snapshot.events.values().map(Vec::len).sum::<usize>(), 1);
}

#[test]
fn a_folder_and_a_dump_of_the_cluster() {
    let typed = |kind: &str, items: &str| {
        format!(r#"{{"kind":"{kind}List","apiVersion":"v1","metadata":{{}},"items":{items}}}"#)
    };
    let case = Case::new()
        .file(
            "nodes.json",
            typed("Node", r#"[{"metadata":{"name":"n1"}}]"#),
        )
        .file(
            "shop/pods.json",
            typed("Pod", r#"[{"metadata":{"name":"a","namespace":"shop"}}]"#),
        )
        .file("shop/events.json", typed("Event", "[]"))
        .file(
            "shop/replication-controllers.json",
            typed("ReplicationController", "[]"),
        )
        .file(
            "shop/web/logs.txt",
            "{\"level\":\"info\"}\n==== no JSON at all ====\n",
        )
        .file("ops/pods.json", typed("Pod", "null"))
        .file(
            "ops/deployments.json",
            typed(
                "Deployment",
                r#"[{"metadata":{"name":"d","namespace":"ops"}}]"#,
            ),
        )
        .file(".hidden/pods.json", pod("hidden", "x"))
        .file("README.md", "# not ours");
    let snapshot = case.snapshot();
    assert_eq!(names(&snapshot), ["shop/a"]);
    let coverage = &snapshot.coverage;
    assert!(coverage.is_listed_everywhere(Kind::Node));
    assert!(coverage.is_listed(Kind::Event, "shop") && !coverage.is_listed(Kind::Event, "ops"));
    assert!(
        coverage.is_listed(Kind::Pod, "ops"),
        "an empty list of this namespace"
    );
    assert!(!coverage.is_listed_everywhere(Kind::Pod));
    assert!(!coverage.is_listed(Kind::ReplicaSet, "shop"));
    assert_eq!(malformed(&snapshot), [""; 0]);
    assert_eq!(
        note(&snapshot, "replicasets").status,
        SourceStatus::NotGiven
    );
    assert_eq!(note(&snapshot, "nodes").count, Some(1));
}

#[test]
fn what_counts_as_read() {
    let all = list(&[
        pod("a", "x"),
        pod("b", "x"),
        r#"{"kind":"Job","apiVersion":"batch/v1","metadata":{"name":"j","namespace":"a"}}"#
            .to_owned(),
    ]);
    let snapshot = Case::of("everything.json", all).snapshot();
    assert!(snapshot.coverage.is_listed_everywhere(Kind::Pod));
    assert!(snapshot.coverage.is_listed_everywhere(Kind::Job));
    assert!(!snapshot.coverage.is_listed(Kind::Deployment, "a"));

    let snapshot = Case::of("everything.json", list(&[pod("a", "x")])).snapshot();
    assert!(
        snapshot.coverage.is_listed(Kind::Pod, "a") && !snapshot.coverage.is_listed(Kind::Pod, "b")
    );

    let empty = "apiVersion: v1\nitems: []\nkind: List\nmetadata:\n  resourceVersion: \"\"\n";
    let case = Case::new()
        .file("pods.yaml", list(&[pod("a", "x")]))
        .file("nodes.yaml", empty)
        .file("everything.yaml", empty);
    let snapshot = case.snapshot();
    assert!(snapshot.coverage.is_listed_everywhere(Kind::Node));
    assert_eq!(note(&snapshot, "nodes").count, Some(0));
    assert_eq!(note(&snapshot, "events").status, SourceStatus::NotGiven);

    let other = r#"{"kind":"Job","apiVersion":"batch.volcano.sh/v1alpha1","metadata":{"name":"j","namespace":"a"}}"#;
    let snapshot = Case::of("list.json", list(&[pod("a", "x"), other.to_owned()])).snapshot();
    assert!(
        !snapshot.coverage.is_listed(Kind::Job, "a"),
        "a Job of another group is another thing"
    );
}

#[test]
fn a_malformed_object_does_not_sink_the_list() {
    let bad_label = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"bad","namespace":"x","labels":{"a":{}}}}"#.to_owned();
    let bad_amount = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"big","namespace":"x"},"spec":{"containers":[{"name":"c","resources":{"limits":{"cpu":"lots"}}}]}}"#.to_owned();
    let nameless = r#"{"kind":"Pod","apiVersion":"v1","metadata":{}}"#.to_owned();
    let kindless = r#"{"metadata":{"name":"who"}}"#.to_owned();
    let case = Case::of(
        "list.json",
        list(&[
            pod("x", "a"),
            bad_label,
            bad_amount,
            nameless,
            kindless,
            "5".to_owned(),
            pod("x", "b"),
        ]),
    );
    let snapshot = case.snapshot();
    assert_eq!(names(&snapshot), ["x/a", "x/b"]);
    let found = malformed(&snapshot);
    for (found, words) in found.iter().zip([
        "item 2 (pod/x/bad): metadata.labels.a: invalid type: map, expected a string",
        "item 3 (pod/x/big): spec.containers[0].resources.limits.cpu: invalid value: string \"lots\", expected a quantity such as 500m or 2Gi",
        "item 4 (pod): metadata.name is missing",
        "item 5 (who): kind is missing",
        "item 6: an object is expected",
    ]) {
        assert!(found.starts_with(words), "{found}");
    }
    assert_eq!(found.len(), 5);
    let yaml = "kind: Pod\napiVersion: v1\nmetadata: {name: bad, labels: {version: 1.10}}\n---\nkind: Pod\napiVersion: v1\nmetadata: {name: good}\n";
    let snapshot = Case::of("pods.yaml", yaml).snapshot();
    assert_eq!(names(&snapshot), ["default/good"]);
    assert!(
        malformed(&snapshot)[0]
            .starts_with("document 1 (pod/bad): metadata.labels.version: invalid type")
    );
}

#[test]
fn many_malformed_objects_are_counted_not_listed() {
    let bad = |n: usize| {
        format!(r#"{{"kind":"Pod","apiVersion":"v1","metadata":{{"name":"p{n}","labels":5}}}}"#)
    };
    let mut items: Vec<String> = (0..100).map(bad).collect();
    items.push(pod("x", "good"));
    let snapshot = Case::of("list.json", list(&items)).snapshot();
    let found = malformed(&snapshot);
    assert_eq!(found.len(), 21);
    assert_eq!(found[20], "80 more objects are malformed");
}

#[test]
fn a_file_that_breaks_off_is_judged_as_far_as_it_came() {
    let whole = list(&[pod("x", "a"), pod("x", "b"), pod("x", "c")]);
    let snapshot = Case::of("pods.json", &whole[..whole.len() - 60]).snapshot();
    assert_eq!(names(&snapshot), ["x/a", "x/b"]);
    assert_eq!(note(&snapshot, "pods").status, SourceStatus::Partial);
    assert!(malformed(&snapshot)[0].starts_with("not valid JSON: EOF"));
    assert!(snapshot.coverage.is_read(Kind::Pod, "x", "a"));
    assert!(!snapshot.coverage.is_listed(Kind::Pod, "x"));
}

#[test]
fn named_files_that_give_nothing_end_the_command() {
    for (name, content, words) in [
        ("pods.json", &b""[..], "it is empty"),
        ("pods.json", b"<html><body>403</body></html>", "HTML"),
        (
            "pods.json",
            b"{\"kind\":\"List\",\"items\":[",
            "not valid JSON",
        ),
        (
            "pods.yaml",
            b"NAME   READY   STATUS\nweb    1/1     Running\n",
            "plain text",
        ),
        ("pods.yaml", b"a: b: c\n", "not valid YAML"),
        ("pods.json", b"\x1F\x8B\x08", "gzip"),
        ("pods.json", b"\x00\x01\x02", "binary"),
        ("pods.json", b"{\"foo\":1}", "nothing in it has a `kind`"),
        (
            "pods.json",
            br#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":5}}"#,
            "metadata.name",
        ),
    ] {
        let mut case = Case::of(name, content);
        let error = case.error();
        assert_eq!(error.kind, ErrorKind::Input);
        let cause = error.cause.clone().unwrap_or_default();
        assert!(cause.contains(words), "{words}: {cause}");
        assert!(error.message.contains(name) && !error.next.is_empty());

        // A good file beside it does not hide it.
        let good = case.write("good.json", pod("x", "a"));
        case.from.push(good);
        assert_eq!(case.error().kind, ErrorKind::Input);
    }
    let mut case = Case::new();
    case.from = vec!["no-such-file.json".into(), "nor-this.yaml".into()];
    let error = case.error();
    assert_eq!(error.message, "could not read 2 of the inputs");
    assert!(
        error
            .cause
            .unwrap_or_default()
            .contains("no-such-file.json: no such file")
    );
    assert_eq!(error.next, ["check the path"]);
}

#[test]
fn nothing_but_an_empty_array_or_null() {
    for content in ["[]", "null", "[]\n"] {
        let error = Case::of("pods.json", content).error();
        assert_eq!(error.kind, ErrorKind::Input);
        let cause = error.cause.unwrap_or_default();
        assert!(cause.contains("empty list or `null`"), "{cause}");
    }
    let folder = Case::new().error().cause.unwrap_or_default();
    assert!(folder.contains("no files that end in .json"), "{folder}");
}

#[test]
fn a_broken_document_costs_none_of_the_others() {
    let single = |name: &str| {
        format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: x}}\n")
    };
    let with = |broken: &str| {
        let documents = [single("a"), broken.to_owned(), single("b"), single("c")];
        Case::of("all.yaml", documents.join("---\n")).snapshot()
    };
    for (broken, is_whole) in [
        ("foo: [bar\n", false),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: [\n", false),
        ("apiVersion: v1\nkind: Secret\ndata: {a: [\n", true),
        ("a: \"never closed\n", false),
    ] {
        let snapshot = with(broken);
        assert_eq!(names(&snapshot), ["x/a", "x/b", "x/c"], "{broken}");
        let found = malformed(&snapshot);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("document 2: not valid YAML"),
            "{found:?}"
        );
        let pods = note(&snapshot, "pods");
        let coverage = &snapshot.coverage;
        assert_eq!(pods.status == SourceStatus::Read, is_whole, "{broken}");
        assert_eq!(coverage.is_listed(Kind::Pod, "x"), is_whole, "{broken}");
        assert!(coverage.is_read(Kind::Pod, "x", "c"));
    }
    let many = format!(
        "{}{}",
        "---\na: [\n".repeat(50),
        single("a").replace("api", "---\napi")
    );
    let snapshot = Case::of("all.yaml", many).snapshot();
    assert_eq!(names(&snapshot), ["x/a"]);
    assert_eq!(malformed(&snapshot)[20], "30 more documents are broken");

    // Profiles too.
    let config = |name: &str| {
        format!(
            "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {{name: prod}}\nfargateProfiles: [{{name: {name}, selectors: [{{namespace: x}}]}}]\n"
        )
    };
    let profiles = [config("a"), "foo: [bar\n".to_owned(), config("b")].join("---\n");
    let snapshot = Case::of("pods.json", pod("x", "a"))
        .profiles("p.yaml", profiles)
        .snapshot();
    assert_eq!(snapshot.profiles.list.len(), 2);
    assert_eq!(snapshot.profiles.knowledge, ProfileKnowledge::Partial);
}

#[test]
fn lists_within_lists() {
    let bad =
        r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"bad","namespace":"x","labels":5}}"#;
    let inner = list(&[pod("x", "a"), bad.to_owned()]);
    let typed = r#"{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"b","namespace":"x"}}]}"#;
    let none = r#"{"kind":"NodeList","apiVersion":"v1","items":[]}"#;
    let other = r#"{"kind":"AllowList","apiVersion":"x.io/v1","metadata":{"name":"l"}}"#;
    let all = list(&[
        inner.clone(),
        typed.to_owned(),
        none.to_owned(),
        other.to_owned(),
        list(&[list(&[pod("x", "c")])]),
        pod("x", "d"),
    ]);
    for (name, content) in [
        ("list.json", all.clone()),
        ("list.yaml", format!("# flow style\n{all}")),
    ] {
        let snapshot = Case::of(name, content).snapshot();
        assert_eq!(names(&snapshot), ["x/a", "x/b", "x/c", "x/d"], "{name}");
        assert!(snapshot.coverage.is_listed_everywhere(Kind::Node));
        assert!(snapshot.coverage.is_listed(Kind::Pod, "x"));
        let found = malformed(&snapshot);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("item 1.2 (pod/x/bad)"), "{found:?}");
    }
    let deep = (0..20).fold(pod("x", "deep"), |inner, _| list(&[inner]));
    let snapshot = Case::of("deep.json", format!("{deep}{}", pod("x", "a"))).snapshot();
    assert_eq!(names(&snapshot), ["x/a"]);
    assert!(malformed(&snapshot)[0].contains("too many lists"));
}

#[test]
fn yaml_in_flow_style() {
    let flow = "{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: x}}\n";
    for (content, wanted) in [
        (flow.to_owned(), &["x/a"][..]),
        (format!("[{}]\n", flow.trim()), &["x/a"]),
        (
            format!("{flow}---\n{}", flow.replace("name: a", "name: b")),
            &["x/a", "x/b"],
        ),
        (
            r#"{"apiVersion": "v1", "kind": Pod, "metadata": {"name": "a", "namespace": "x"}}"#
                .to_owned(),
            &["x/a"],
        ),
        (
            format!("{{ # a note\n{}", flow.trim_start_matches('{')),
            &["x/a"],
        ),
    ] {
        let snapshot = Case::of("pod.yaml", &content).snapshot();
        assert_eq!(names(&snapshot), wanted, "{content}");
        assert_eq!(malformed(&snapshot), [""; 0], "{content}");
    }
    // What is meant as JSON keeps the words about JSON, and what came before the mistake.
    let broken = format!("{}\n{{\"kind\": \"Pod\" \"metadata\": 1}}", pod("x", "a"));
    let snapshot = Case::of("pods.json", broken).snapshot();
    assert_eq!(names(&snapshot), ["x/a"]);
    assert!(malformed(&snapshot)[0].starts_with("not valid JSON: expected `,`"));
}

#[test]
fn a_refusal_of_the_server_is_named() {
    let status = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"pods is forbidden","reason":"Forbidden","code":403}"#;
    let error = Case::of("pods.json", status).error();
    assert!(
        error
            .cause
            .unwrap_or_default()
            .contains("pods is forbidden")
    );
    let snapshot = Case::of("pods.json", format!("{}{status}", pod("x", "a"))).snapshot();
    assert_eq!(names(&snapshot), ["x/a"]);
    assert_eq!(
        malformed(&snapshot),
        ["document 2 is no object but a refusal of the API server: pods is forbidden"]
    );
    let success = status.replace("Failure", "Success");
    let snapshot = Case::of("pods.json", format!("{}{success}", pod("x", "a"))).snapshot();
    assert_eq!(malformed(&snapshot), [""; 0]);
    let error = Case::of(
        "pods.yaml",
        "Error from server (Forbidden): pods is forbidden: User \"x\" cannot list\n",
    )
    .error();
    let cause = error.cause.unwrap_or_default();
    assert!(cause.contains("the error of a command"), "{cause}");
}

#[test]
fn a_dump_in_one_stream_tells_how_to_make_it() {
    let dump = format!(
        "{}\n==== START logs for container c of pod x/a ====\nhello\n==== END logs for container c of pod x/a ====\n{}",
        list(&[pod("x", "a")]),
        pod("x", "b")
    );
    let snapshot = Case::of("dump.json", dump).snapshot();
    assert_eq!(names(&snapshot), ["x/a"]);
    let found = malformed(&snapshot);
    assert!(found[0].contains("line 2"), "{found:?}");
    assert!(found[0].contains("--output-directory"), "{found:?}");
}

#[test]
fn a_namespace_that_is_known_not_to_exist() {
    let namespace = |name: &str| {
        format!(r#"{{"kind":"Namespace","apiVersion":"v1","metadata":{{"name":"{name}"}}}}"#)
    };
    let all = list(&[namespace("shop"), namespace("ops"), pod("x", "a")]);
    let mut case = Case::of("all.json", all);
    case.question.namespace = NamespaceScope::One("shpo".to_owned());
    let error = case.error();
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert_eq!(error.message, "there is no namespace shpo");
    assert_eq!(error.next, ["names like it: shop"]);
    case.question.targets = vec![Target::Pod("a".to_owned())];
    assert_eq!(case.error().message, "there is no namespace shpo");
    case.question.targets.clear();
    for there in ["ops", "x", "default"] {
        case.question.namespace = NamespaceScope::One(there.to_owned());
        assert!(case.gather().is_ok(), "{there}");
    }
}

#[test]
fn fields_that_files_can_be_asked_for() {
    let host = pod("x", "b").replace(
        "\"metadata\"",
        "\"spec\":{\"hostNetwork\":true},\"metadata\"",
    );
    let mut case = Case::of("pods.json", list(&[pod("x", "a"), host]));
    case.question.field_selector =
        Some(FieldSelector::parse("spec.hostNetwork=true").expect("a field selector"));
    assert_eq!(
        case.gather().expect("an answer").subjects,
        [Subject::Pod(1)]
    );
    case.question.field_selector =
        Some(FieldSelector::parse("status.podIP=10.0.0.1").expect("a field selector"));
    let error = case.error();
    assert_eq!(error.kind, ErrorKind::Usage);
    assert!(error.message.contains("status.podIP"));
    assert!(error.next[0].contains("spec.hostNetwork"));
}

#[test]
fn a_broken_file_of_a_folder_is_noted() {
    let case = Case::new()
        .file("pods.json", pod("x", "a"))
        .file("broken.yaml", "a: [\n")
        .file("page.json", "<html>");
    let snapshot = case.snapshot();
    assert_eq!(names(&snapshot), ["x/a"]);
    assert_eq!(malformed(&snapshot).len(), 2);
    let nothing = Case::new().file("broken.yaml", "a: [\n").error();
    assert_eq!(nothing.kind, ErrorKind::Input);
    assert!(nothing.cause.unwrap_or_default().contains("broken.yaml"));
    let empty = Case::new().error();
    assert_eq!(empty.kind, ErrorKind::Input);
}

#[test]
fn kinds_that_no_answer_needs_are_passed_over_in_silence() {
    let secret = r#"{"kind":"Secret","apiVersion":"v1","metadata":{"name":"s","namespace":"x"},"data":{"password":"aHVudGVyMg=="}}"#;
    let snapshot = Case::of("list.json", list(&[secret.to_owned(), pod("x", "a")])).snapshot();
    assert_eq!(names(&snapshot), ["x/a"]);
    assert_eq!(malformed(&snapshot), [""; 0]);
    let only = Case::of("list.json", list(&[secret.to_owned()]))
        .gather()
        .expect("it is fine");
    assert!(only.subjects.is_empty());
    assert!(!format!("{:?}", only.snapshot).contains("aHVudGVyMg"));
}

#[test]
fn nothing_found_is_an_empty_answer() {
    let mut case = Case::of("pods.json", list(&[pod("x", "a")]));
    case.question.namespace = NamespaceScope::One("elsewhere".to_owned());
    assert!(case.gather().expect("an answer").subjects.is_empty());
    case.question.targets = vec![Target::Pod("a".to_owned())];
    let error = case.error();
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(error.next[0].contains("-n x"), "{:?}", error.next);
    case.question.namespace = NamespaceScope::All;
    assert_eq!(
        case.gather().expect("an answer").subjects,
        [Subject::Pod(0)]
    );
    let empty = Case::of(
        "pods.json",
        r#"{"kind":"List","apiVersion":"v1","items":[]}"#,
    );
    assert!(empty.gather().expect("an answer").subjects.is_empty());
}

#[test]
fn the_moment_to_judge_from() {
    let node = r#"{"kind":"Node","apiVersion":"v1","metadata":{"name":"n","creationTimestamp":"2026-01-01T00:00:00Z","deletionTimestamp":"2027-01-01T00:00:00Z"},
        "status":{"conditions":[{"type":"Ready","lastTransitionTime":"2026-01-05T00:00:00Z"}]}}"#;
    let taken = |case: &Case| case.snapshot().taken_at.to_string();
    assert_eq!(taken(&Case::of("n.json", node)), "2026-01-05T00:00:00Z");
    let case = Case::of("n.json", node).profiles("p.json", profile("prod", "eu-west-1", "apps"));
    assert_eq!(taken(&case), "2026-02-01T00:00:00Z", "profiles count");
    let event = r#"{"kind":"Event","apiVersion":"v1","metadata":{"name":"e","namespace":"x"},"involvedObject":{"kind":"Pod","name":"p"},
        "series":{"count":3,"lastObservedTime":"2026-03-01T00:00:00.5Z"}}"#;
    let case = Case::of("e.json", format!("{node}{event}"));
    assert_eq!(taken(&case), "2026-03-01T00:00:00.5Z");
    let mut case = Case::of("n.json", node);
    case.at = "2030-01-01T00:00:00Z".parse().ok();
    assert_eq!(taken(&case), "2030-01-01T00:00:00Z");
}

#[test]
fn profiles_among_the_files_are_used_unless_others_are_given() {
    let case = Case::new()
        .file("pods.json", pod("x", "a"))
        .file("fargate.json", profile("prod", "eu-west-1", "apps"));
    let snapshot = case.snapshot();
    assert_eq!(snapshot.profiles.list.len(), 1);
    assert_eq!(snapshot.profiles.knowledge, ProfileKnowledge::FromFiles);
    assert_eq!(snapshot.cluster.name.as_deref(), Some("prod"));
    assert_eq!(snapshot.cluster.region.as_deref(), Some("eu-west-1"));
    let snapshot = case.profiles("none.json", "[]").snapshot();
    assert!(snapshot.profiles.list.is_empty());
    assert_eq!(snapshot.profiles.knowledge, ProfileKnowledge::Complete);
    let none = Case::of("pods.json", pod("x", "a")).snapshot();
    assert_eq!(none.profiles.knowledge, ProfileKnowledge::Unread);
    assert_eq!(
        note(&none, "fargateprofiles").status,
        SourceStatus::NotGiven
    );
}

#[test]
fn every_form_of_profiles() {
    let described = profile("prod", "eu-west-1", "apps");
    let config = "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: prod, region: eu-west-1}\n\
                  fargateProfiles:\n- name: apps\n  selectors:\n  - namespace: shop\n";
    let listed = r#"[{"name":"apps","podExecutionRoleARN":"arn:aws:iam::1:role/x","selectors":[{"namespace":"shop"}],"subnets":["s"],"status":"ACTIVE"}]"#;
    for (name, content, knowledge) in [
        ("one.json", described.clone(), ProfileKnowledge::FromFiles),
        ("same-twice.json", format!("{described}\n{described}"), ProfileKnowledge::FromFiles),
        ("array.json", format!("[{described}]"), ProfileKnowledge::FromFiles),
        ("config.yaml", config.to_owned(), ProfileKnowledge::FromFiles),
        ("eksctl.json", listed.to_owned(), ProfileKnowledge::FromFiles),
        ("eksctl.yaml", "- name: apps\n  selectors:\n  - namespace: shop\n  status: ACTIVE\n".to_owned(), ProfileKnowledge::FromFiles),
        ("aws.yaml", "fargateProfile:\n  fargateProfileName: apps\n  createdAt: '2026-01-01T00:00:00+00:00'\n  selectors:\n  - namespace: shop\n".to_owned(), ProfileKnowledge::FromFiles),
        ("profile.txt", described.clone(), ProfileKnowledge::FromFiles),
    ] {
        let snapshot = Case::of("pods.json", pod("x", "a")).profiles(name, content).snapshot();
        let profiles = &snapshot.profiles;
        assert_eq!(profiles.list.len(), 1, "{name}");
        assert_eq!(profiles.list[0].name, "apps", "{name}");
        assert_eq!(profiles.list[0].selectors.as_ref().map(Vec::len), Some(1), "{name}");
        assert_eq!(profiles.knowledge, knowledge, "{name}");
        assert_eq!(profiles.problem, None, "{name}");
    }
}

#[test]
fn names_of_profiles_without_their_selectors() {
    let case = Case::of("pods.json", pod("x", "a"))
        .profiles("names.json", r#"{"fargateProfileNames":["apps","batch"]}"#)
        .profiles("apps.json", profile("prod", "eu-west-1", "apps"));
    let profiles = case.snapshot().profiles;
    assert_eq!(profiles.list.len(), 2);
    assert!(
        profiles
            .find("apps")
            .is_some_and(|profile| profile.selectors.is_some())
    );
    assert!(
        profiles
            .find("batch")
            .is_some_and(|profile| profile.selectors.is_none())
    );
    assert!(!profiles.can_show_absence("shop", &Default::default()));
    assert!(profiles.problem.unwrap_or_default().contains("batch"));
    let none = Case::of("pods.json", pod("x", "a"))
        .profiles("names.json", r#"{"fargateProfileNames":[]}"#);
    assert_eq!(
        none.snapshot().profiles.knowledge,
        ProfileKnowledge::Complete
    );
}

#[test]
fn a_file_that_is_fine_and_holds_no_profile_proves_nothing() {
    for (name, content) in [
        (
            "cluster.yaml",
            "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: prod}\n",
        ),
        (
            "stack.json",
            r#"{"Resources":{"Bucket":{"Type":"AWS::S3::Bucket"}}}"#,
        ),
    ] {
        let case = Case::of("pods.json", pod("x", "a")).profiles(name, content);
        let profiles = case.snapshot().profiles;
        assert_eq!(profiles.knowledge, ProfileKnowledge::Unread, "{name}");
        let problem = profiles.problem.unwrap_or_default();
        assert_eq!(
            problem,
            format!(
                "the file {} holds no Fargate profile, which does not prove that there are none",
                case.path(name)
            )
        );
        let remedy = profiles.remedy.unwrap_or_default();
        assert!(remedy.starts_with("Give them with --profiles") && remedy.ends_with('.'));
    }
}

#[test]
fn broken_files_of_profiles() {
    for (content, words) in [
        ("", "it is empty"),
        ("<html>", "HTML"),
        (
            r#"{"fargateProfile":{"fargateProfileName":"a""#,
            "not valid JSON",
        ),
        (
            r#"{"fargateProfile":{"fargateProfileName":"a","selectors":[{}]}}"#,
            "document 1 (profile a): fargateProfile.selectors[0]: missing field `namespace`",
        ),
        (
            "\nAn error occurred (AccessDeniedException) when calling the DescribeFargateProfile operation: User: x is not authorized\n",
            "the error of a command in place of its output: An error occurred (AccessDeniedException)",
        ),
        ("NAME\tSTATUS\n", "plain text"),
        (
            r#"{"fargateProfile":{"fargateProfileArn":"arn:x"}}"#,
            "fargateProfile: missing field `fargateProfileName`",
        ),
    ] {
        let case = Case::of("pods.json", pod("x", "a")).profiles("p.json", content);
        let error = case.error();
        assert_eq!(error.kind, ErrorKind::Input);
        assert!(
            error.cause.clone().unwrap_or_default().contains(words),
            "{error:?}"
        );
    }
    // Among good ones a bad one is named, and the list is not whole.
    let bad = r#"{"fargateProfile":{"fargateProfileName":"bad","selectors":[{}]}}"#;
    let case = Case::of("pods.json", pod("x", "a")).profiles(
        "p.json",
        format!("{}{bad}", profile("prod", "eu-west-1", "apps")),
    );
    let snapshot = case.snapshot();
    assert_eq!(snapshot.profiles.knowledge, ProfileKnowledge::Partial);
    assert!(malformed(&snapshot)[0].starts_with("document 2 (profile bad)"));
    let note = note(&snapshot, "fargateprofiles");
    assert_eq!(note.status, SourceStatus::Partial);
    let detail = note.detail.clone().unwrap_or_default();
    assert!(detail.contains("p.json could not be read in full: document 2"));
}

/// A file of real shape under `tests/forms`.
fn form(path: &str) -> Input {
    Input::Path(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/forms")
            .join(path),
    )
}

fn profile_names(snapshot: &ClusterSnapshot) -> Vec<&str> {
    let profiles = snapshot.profiles.list.iter();
    profiles.map(|profile| profile.name.as_str()).collect()
}

#[test]
fn a_state_and_a_plan_that_changes_nothing_give_the_same_profiles() {
    let profiles = |file: &str| {
        let mut case = Case::of("pods.json", pod("x", "a"));
        case.profiles = vec![form(file)];
        let snapshot = case.snapshot();
        assert_eq!(snapshot.profiles.knowledge, ProfileKnowledge::FromFiles);
        assert_eq!(profile_names(&snapshot), ["apps", "kube-system", "legacy"]);
        assert_eq!(snapshot.cluster.name.as_deref(), Some("prod"));
        assert!(!format!("{snapshot:?}").contains("hunter"), "a secret");
        let selectors = snapshot.profiles.list.iter();
        selectors
            .map(|profile| profile.selectors.clone())
            .collect::<Vec<_>>()
    };
    let state = profiles("terraform/state-show.json");
    assert_eq!(state, profiles("terraform/terraform.tfstate"));
    assert_eq!(state, profiles("terraform/plan-without-changes.json"));
}

#[test]
fn what_a_plan_does_with_profiles_is_said() {
    let mut case = Case::of("pods.json", pod("x", "a"));
    case.profiles = vec![form("terraform/plan-that-changes-profiles.json")];
    let snapshot = case.snapshot();
    let detail = note(&snapshot, "fargateprofiles")
        .detail
        .clone()
        .unwrap_or_default();
    for words in [
        "plan-that-changes-profiles.json deletes profile gone",
        "profile moved is made anew by the plan",
        "the plan forgets profile forgotten",
    ] {
        assert!(detail.contains(words), "{detail}");
    }
    assert!(!profile_names(&snapshot).contains(&"gone"));
}

#[test]
fn names_that_cloud_control_lists_are_those_of_one_cluster() {
    let mut case = Case::of("pods.json", pod("x", "a"));
    case.profiles = vec![
        form("cloudcontrol/list-resources.json"),
        form("cloudcontrol/get-resource.json"),
    ];
    let snapshot = case.snapshot();
    assert_eq!(profile_names(&snapshot), ["apps", "kube-system"]);
    let problem = snapshot.profiles.problem.clone().unwrap_or_default();
    assert_eq!(problem, "of profile kube-system only the name was given");
    case.identity.name = Some("other".to_owned());
    let snapshot = case.snapshot();
    assert!(profile_names(&snapshot).is_empty());
    assert_eq!(snapshot.profiles.knowledge, ProfileKnowledge::Unread);
    let problem = snapshot.profiles.problem.clone().unwrap_or_default();
    assert!(problem.contains("not of other"), "{problem}");
}

#[test]
fn what_terraform_keeps_for_itself_tells_how_to_show_it() {
    for (name, content) in [
        ("main.tf", &b"resource \"aws_eks_fargate_profile\" \"x\" {\n}\n"[..]),
        ("plan.out", b"PK\x03\x04\x14\x00\x08\x00"),
        (
            "plan.log",
            b"{\"@level\":\"info\",\"@module\":\"terraform.ui\",\"type\":\"version\",\"terraform\":\"1.9.8\"}\n\
              {\"@level\":\"info\",\"@module\":\"terraform.ui\",\"type\":\"change_summary\"}\n",
        ),
    ] {
        let case = Case::of("pods.json", pod("x", "a")).profiles(name, content);
        let error = format!("{:?}", case.error());
        assert!(error.contains("terraform show -json"), "{name}: {error}");
    }
}

#[test]
fn a_broken_profile_alone_is_no_cluster() {
    let bad = r#"{"fargateProfile":{"fargateProfileName":"bad","selectors":[{}]}}"#;
    let error = Case::of("all.json", bad).error();
    assert!(
        error
            .cause
            .clone()
            .unwrap_or_default()
            .contains("(profile bad)"),
        "{error:?}"
    );
    let snapshot = Case::of("all.json", format!("{bad}{}", pod("x", "a"))).snapshot();
    assert_eq!(snapshot.pods.len(), 1);
    assert!(malformed(&snapshot)[0].contains("(profile bad)"));
}

#[test]
fn a_folder_of_profiles_passes_over_what_is_not_ours() {
    let mut case = Case::of("pods.json", pod("x", "a"));
    case.write("p/sub/apps.json", profile("prod", "eu-west-1", "apps"));
    case.write("p/README.md", "# about `aws_eks_fargate_profile`: [broken");
    case.write(
        "p/main.tf",
        "resource \"aws_eks_fargate_profile\" \"x\" {\n",
    );
    case.write("p/values.yaml", "{{ .Values.x }}");
    case.write("p/nodes.yaml", "kind: NodeList\nitems: []\n");
    case.write("p/.git/config.json", profile("prod", "eu-west-1", "hidden"));
    case.profiles = vec![Input::Path(case.folder.path().join("p"))];
    let snapshot = case.snapshot();
    assert_eq!(snapshot.profiles.list.len(), 1);
    assert_eq!(snapshot.profiles.knowledge, ProfileKnowledge::FromFiles);
    let detail = note(&snapshot, "fargateprofiles")
        .detail
        .clone()
        .unwrap_or_default();
    assert!(
        detail.starts_with("3 files without profiles were passed over")
            && detail.ends_with("main.tf is Terraform source, which is not read"),
        "{detail}"
    );
    // One that is broken and speaks of profiles is not.
    case.write(
        "p/cut.json",
        r#"{"fargateProfile": {"fargateProfileName": "#,
    );
    let snapshot = case.snapshot();
    assert_eq!(snapshot.profiles.knowledge, ProfileKnowledge::Partial);
    assert_eq!(malformed(&snapshot).len(), 1);
}

#[test]
fn profiles_of_several_clusters() {
    let two = format!(
        "{}{}",
        profile("prod", "eu-west-1", "a"),
        profile("dev", "eu-west-1", "b")
    );
    let case = Case::of("pods.json", pod("x", "a")).profiles("p.json", &two);
    let profiles = case.snapshot().profiles;
    assert_eq!(profiles.knowledge, ProfileKnowledge::Unread);
    assert!(
        profiles
            .problem
            .unwrap_or_default()
            .contains("2 clusters (dev in eu-west-1")
    );
    assert!(
        profiles
            .remedy
            .unwrap_or_default()
            .contains("--cluster-name")
    );

    let mut told = Case::of("pods.json", pod("x", "a")).profiles("p.json", &two);
    told.identity.name = Some("dev".to_owned());
    let snapshot = told.snapshot();
    assert_eq!(snapshot.profiles.list[0].name, "b");
    assert_eq!(snapshot.profiles.list.len(), 1);
    let detail = note(&snapshot, "fargateprofiles")
        .detail
        .clone()
        .unwrap_or_default();
    assert!(
        detail.contains("1 profile of prod in eu-west-1"),
        "{detail}"
    );

    let node = r#"{"kind":"Node","apiVersion":"v1","metadata":{"name":"n","labels":{"alpha.eksctl.io/cluster-name":"prod"}}}"#;
    let by_label = Case::of("nodes.json", node).profiles("p.json", &two);
    assert_eq!(by_label.snapshot().profiles.list[0].name, "a");

    let mut neither = Case::of("pods.json", pod("x", "a")).profiles("p.json", &two);
    neither.identity.name = Some("test".to_owned());
    let profiles = neither.snapshot().profiles;
    assert_eq!(profiles.knowledge, ProfileKnowledge::Unread);
    assert!(
        profiles
            .problem
            .unwrap_or_default()
            .ends_with("not of test")
    );

    let regions = format!(
        "{}{}",
        profile("prod", "eu-west-1", "a"),
        profile("prod", "us-east-1", "b")
    );
    let mut case = Case::of("pods.json", pod("x", "a")).profiles("p.json", &regions);
    assert!(
        case.snapshot()
            .profiles
            .remedy
            .unwrap_or_default()
            .contains("--region")
    );
    case.identity.region = Some("us-east-1".to_owned());
    assert_eq!(case.snapshot().profiles.list[0].name, "b");
}

#[test]
fn a_profile_given_twice_with_different_content() {
    let second = profile("prod", "eu-west-1", "apps").replace("shop", "ops");
    let case = Case::of("pods.json", pod("x", "a"))
        .profiles("1.json", profile("prod", "eu-west-1", "apps"))
        .profiles("2.json", second);
    let snapshot = case.snapshot();
    assert_eq!(snapshot.profiles.list.len(), 1);
    let selectors = snapshot.profiles.list[0]
        .selectors
        .as_ref()
        .expect("they were given");
    assert!(selectors[0].namespace.matches("ops"));
    let problem = snapshot.profiles.given_twice.clone().unwrap_or_default();
    assert!(
        problem.contains("given twice with different content (selectors")
            && problem.contains("the last one counts: ")
            && problem.ends_with("2.json"),
        "{problem}"
    );
    assert_eq!(
        note(&snapshot, "fargateprofiles").detail,
        snapshot.profiles.given_twice
    );
}

#[test]
fn a_profile_without_a_name_is_called_by_its_place() {
    let config = "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: prod}\n\
                  fargateProfiles: [{selectors: [{namespace: shop}]}, {name: ops, selectors: [{namespace: ops}]}]\n";
    let case = Case::of("pods.json", pod("x", "a")).profiles("cluster.yaml", config);
    let profiles = case.snapshot().profiles;
    let name = format!("{}:fargateProfiles[0]", case.path("cluster.yaml"));
    assert!(
        profiles
            .find(&name)
            .is_some_and(|profile| !profile.name_is_known)
    );
    assert!(
        profiles
            .find("ops")
            .is_some_and(|profile| profile.name_is_known)
    );
}

#[test]
fn a_config_without_profiles_tells_the_cluster() {
    let config = "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: dev, region: eu-west-1}\n";
    let case = || Case::of("pods.json", pod("x", "a")).profiles("cluster.yaml", config);
    let cluster = case().snapshot().cluster;
    assert_eq!(cluster.name.as_deref(), Some("dev"));
    assert_eq!(cluster.region.as_deref(), Some("eu-west-1"));
    let mut other = case();
    other.identity.name = Some("prod".to_owned());
    let cluster = other.snapshot().cluster;
    assert_eq!(cluster.name.as_deref(), Some("prod"));
    assert_eq!(cluster.region, None, "it is the region of another cluster");
    let profile = profile("prod", "us-east-1", "apps");
    let cluster = case().profiles("p.json", profile).snapshot().cluster;
    assert_eq!(cluster.name.as_deref(), Some("prod"), "profiles count more");
}

#[test]
fn a_kind_that_no_cluster_serves_is_named_and_never_a_profile() {
    let invented = "apiVersion: eks.amazonaws.com/v1\nkind: FargateProfile\nmetadata: {name: apps}\nspec:\n  selectors:\n  - namespace: shop\n";
    for case in [
        Case::of("pods.json", pod("x", "a")).profiles("p.yaml", invented),
        Case::new()
            .file("pods.json", pod("x", "a"))
            .file("p.yaml", invented),
    ] {
        let snapshot = case.snapshot();
        assert!(snapshot.profiles.list.is_empty());
        assert_eq!(snapshot.profiles.knowledge, ProfileKnowledge::Unread);
        assert!(malformed(&snapshot)[0].contains("no EKS cluster serves"));
        assert!(
            snapshot
                .profiles
                .problem
                .unwrap_or_default()
                .contains("no EKS cluster serves")
        );
    }
}

#[test]
fn standard_input_is_one_stream() {
    let mut case = Case::new();
    case.from = vec!["-".into()];
    case.profiles = vec!["-".into()];
    assert_eq!(case.error().kind, ErrorKind::Usage);
}

#[test]
fn every_scenario_is_read_without_a_complaint() {
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut count = 0;
    for scenario in fs::read_dir(scenarios).expect("the scenarios") {
        let cluster = scenario.expect("a folder").path().join("cluster");
        if !cluster.is_dir() {
            continue;
        }
        count += 1;
        let mut case = Case::new();
        case.from = vec![Input::Path(cluster.clone())];
        let gathered = case
            .gather()
            .unwrap_or_else(|error| panic!("{}: {error:?}", cluster.display()));
        assert_eq!(
            malformed(&gathered.snapshot),
            [""; 0],
            "{}",
            cluster.display()
        );
    }
    assert!(count > 50);
}

#[test]
fn a_label_that_looks_like_a_huge_number_costs_nothing() {
    let yaml = "apiVersion: v1\nkind: List\nitems:\n\
        - {apiVersion: v1, kind: Pod, metadata: {name: a, namespace: shop, labels: {commit: 12e4567, odd: .inf}}}\n\
        - {apiVersion: v1, kind: Pod, metadata: {name: b, namespace: shop}}\n";
    let snapshot = Case::of("pods.yaml", yaml).snapshot();
    let names: Vec<&str> = snapshot.pods.iter().map(|pod| pod.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(snapshot.pods[0].labels.len(), 2, "no label is lost");
}

#[test]
fn of_two_copies_of_an_event_the_newer_counts() {
    let event = |minute: u8, message: &str| {
        format!(
            r#"{{"apiVersion":"v1","kind":"Event","metadata":{{"name":"a.1","namespace":"shop"}},"reason":"FailedScheduling","message":"{message}",
                "involvedObject":{{"kind":"Pod","namespace":"shop","name":"a"}},"lastTimestamp":"2026-01-01T00:{minute:02}:00Z"}}"#
        )
    };
    for (first, second) in [(1, 2), (2, 1)] {
        let snapshot = Case::new()
            .file("a-pods.json", pod("shop", "a"))
            .file("b.json", event(first, &format!("said at {first}")))
            .file("c.json", event(second, &format!("said at {second}")))
            .snapshot();
        let messages: Vec<&str> = snapshot
            .events
            .values()
            .flatten()
            .map(|event| event.message.as_str())
            .collect();
        assert_eq!(messages, ["said at 2"], "{first} before {second}");
    }
}

fn config_map(namespace: &str, name: &str, data: &str) -> String {
    format!(
        r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"{name}","namespace":"{namespace}","annotations":
            {{"kubectl.kubernetes.io/last-applied-configuration":"hunter2"}}}},"data":{data}}}"#
    )
}

#[test]
fn what_stands_beside_pods_comes_from_mixed_lists() {
    let object = |api_version: &str, kind: &str, name: &str, spec: &str| {
        format!(
            r#"{{"apiVersion":"{api_version}","kind":"{kind}","metadata":{{"name":"{name}","namespace":"shop",
                "creationTimestamp":"2026-03-01T00:00:00Z"}},"spec":{spec}}}"#
        )
    };
    let mixed = list(&[
        pod("shop", "a"),
        object("v1", "Service", "web", r#"{"selector":{"app":"web"}}"#),
        object(
            "serving.knative.dev/v1",
            "Service",
            "knative",
            r#"{"selector":5}"#,
        ),
        object(
            "policy/v1",
            "PodDisruptionBudget",
            "web",
            r#"{"minAvailable":1}"#,
        ),
        object(
            "policy/v1",
            "PodDisruptionBudget",
            "odd",
            r#"{"minAvailable":[]}"#,
        ),
        object("v1", "ServiceAccount", "web", "null"),
        object(
            "autoscaling.k8s.io/v1",
            "VerticalPodAutoscaler",
            "web",
            r#"{"targetRef":{"kind":"Deployment","name":"web"}}"#,
        ),
        object("autoscaling/v2", "HorizontalPodAutoscaler", "web", "{}"),
    ]);
    let snapshot = Case::new()
        .file("all.json", mixed)
        .file("sgp.json", list(&[]))
        .snapshot();
    assert_eq!(malformed(&snapshot).len(), 1, "{:?}", malformed(&snapshot));
    assert!(malformed(&snapshot)[0].contains("(poddisruptionbudget/shop/odd)"));
    assert_eq!(
        snapshot.taken_at.to_string(),
        "2026-03-01T00:00:00Z",
        "their times count as all others do"
    );
    for kind in [
        Kind::Service,
        Kind::PodDisruptionBudget,
        Kind::ServiceAccount,
        Kind::VerticalPodAutoscaler,
    ] {
        let read = note(&snapshot, kind.plural());
        assert_eq!(
            (read.status, read.count),
            (SourceStatus::Read, Some(1)),
            "{kind:?}"
        );
        assert!(snapshot.coverage.is_listed(kind, "shop"));
        assert!(!snapshot.coverage.is_listed(kind, "ops"));
    }
    let policies = Kind::SecurityGroupPolicy;
    assert_eq!(
        note(&snapshot, policies.plural()).status,
        SourceStatus::Read
    );
    assert!(snapshot.coverage.is_listed_everywhere(policies));
    assert_eq!(
        note(&snapshot, "configmaps").status,
        SourceStatus::NotGiven,
        "absent is not read"
    );
}

#[test]
fn of_config_maps_only_ours_count() {
    let strangers = [
        config_map("kube-system", "coredns", r#"{"Corefile":"hunter2"}"#),
        config_map("shop", "aws-auth", r#"{"mapRoles":"hunter2"}"#),
        config_map("shop", "odd", r#""hunter2""#),
    ];
    let snapshot = Case::new()
        .file("pods.json", list(&[pod("shop", "a")]))
        .file("configmaps.json", list(&strangers))
        .file("one.json", &strangers[0])
        .snapshot();
    let maps = note(&snapshot, "configmaps");
    assert_eq!((maps.status, maps.count), (SourceStatus::NotGiven, None));
    let is_read = |snapshot: &ClusterSnapshot, namespace: &str, name: &str| {
        snapshot.coverage.is_read(Kind::ConfigMap, namespace, name)
    };
    assert!(!is_read(&snapshot, "kube-system", "aws-auth"));
    assert!(!is_read(&snapshot, "kube-system", "coredns"));
    assert!(malformed(&snapshot).is_empty());
    assert!(!format!("{snapshot:?}").contains("hunter2"));

    let ours = config_map(
        "kube-system",
        "aws-auth",
        r#"{"mapRoles":"[]","mapUsers":"hunter2"}"#,
    );
    let mut all = vec![pod("shop", "a"), ours];
    all.extend(strangers);
    let snapshot = Case::of("all.json", list(&all)).snapshot();
    let maps = note(&snapshot, "configmaps");
    assert_eq!((maps.status, maps.count), (SourceStatus::Read, Some(1)));
    assert!(is_read(&snapshot, "kube-system", "aws-auth"));
    assert!(
        !is_read(&snapshot, "aws-observability", "aws-logging"),
        "one tells nothing of the other"
    );
    assert!(!format!("{snapshot:?}").contains("hunter2"));
}

#[test]
fn a_broken_config_map_costs_nothing_and_shows_nothing() {
    for (data, kind) in [
        (
            r#"{"mapRoles":"- {rolearn: [hunter2"}"#,
            "a text that is no YAML",
        ),
        (r#"{"mapRoles":"hunter2"}"#, "a text that is no list"),
        (r#"{"mapRoles":["hunter2"]}"#, "no text"),
        (r#""hunter2""#, "no map"),
    ] {
        let snapshot = Case::new()
            .file("pods.json", list(&[pod("shop", "a")]))
            .file("auth.json", config_map("kube-system", "aws-auth", data))
            .file(
                "logging.json",
                config_map("aws-observability", "aws-logging", r#"["hunter2"]"#),
            )
            .snapshot();
        let auth = snapshot.aws_auth.as_ref().expect("it was given");
        assert!(auth.problem.is_some() && auth.roles.is_empty(), "{kind}");
        let notes = malformed(&snapshot);
        assert_eq!(
            notes[0],
            "document 1 (configmap/aws-observability/aws-logging): data is no map of texts",
            "{kind}"
        );
        assert!(
            notes.len() == 2
                && notes[1].starts_with("aws-auth: data.mapRoles is no list of roles in YAML"),
            "{kind}: {notes:?}"
        );
        assert_eq!(names(&snapshot), ["shop/a"]);
        assert!(!format!("{snapshot:?}").contains("hunter2"), "{kind}");
    }
}
