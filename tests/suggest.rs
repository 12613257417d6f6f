//! `suggest`, through the same doors as the command: what it prints for people and for tools, and that tools read back what was meant.
//!
//! The snapshots are in `tests/golden`.

#[path = "support/program.rs"]
#[expect(dead_code, reason = "what ends badly is looked at too")]
mod program;

use std::collections::BTreeMap;
use std::fs;

use kubectl_fargate::decision::facts::{Selector, Subject};
use kubectl_fargate::decision::reason::Reason;
use kubectl_fargate::decision::suggest::suggest;
use kubectl_fargate::render::Style;
use kubectl_fargate::render::suggestion::{SuggestionView, remarks, render};
use kubectl_fargate::report::suggestion::model::{SuggestedProfile, TargetState};
use kubectl_fargate::report::{SuggestionReport, suggestion};
use kubectl_fargate::sources::question::{NamespaceScope, parse_targets};
use kubectl_fargate::sources::{Gathered, Input, Question, demo, offline};
use program::{Outcome, run};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The command by which a page says that the same is asked again.
const AGAIN: &str = "kubectl fargate suggest --demo";

const TOOLS: [(SuggestionView, &str); 4] = [
    (SuggestionView::Eksctl, "eksctl"),
    (SuggestionView::Aws, "aws"),
    (SuggestionView::Cloudformation, "cloudformation"),
    (SuggestionView::Terraform, "terraform"),
];

fn of_demo(names: &[&str], namespace: Option<&str>) -> SuggestionReport {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let question = Question {
        targets: parse_targets(&names).expect("names are good"),
        namespace: namespace.map_or(NamespaceScope::All, |one| {
            NamespaceScope::One(one.to_owned())
        }),
        ..Question::default()
    };
    let gathered = demo::gather(&question, None).expect("the demo is whole");
    answer(&gathered, !names.is_empty())
}

fn answer(gathered: &Gathered, by_name: bool) -> SuggestionReport {
    suggestion::assemble(&suggest(
        &gathered.snapshot,
        &gathered.subjects,
        by_name,
        None,
    ))
}

fn text(report: &SuggestionReport, view: SuggestionView) -> String {
    let style = Style {
        width: Some(80),
        ..Style::default()
    };
    let mut out = Vec::new();
    render(report, view, Some(AGAIN), &style, &mut out).expect("a Vec takes everything");
    String::from_utf8(out).expect("text")
}

fn golden(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("golden");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn pages_of_the_demo() {
    for (name, names, namespace) in [
        ("suggest-demo", &[][..], None),
        (
            "suggest-workload",
            &["deployment/grafana"],
            Some("monitoring"),
        ),
        ("suggest-refused", &["deployment/recommender"], Some("shop")),
        (
            "suggest-claimed",
            &["deployment/ledger", "statefulset/cart", "deployment/orders"],
            None,
        ),
        (
            "suggest-never",
            &["daemonset/aws-node", "deployment/coredns"],
            Some("kube-system"),
        ),
    ] {
        let report = of_demo(names, namespace);
        let page = text(&report, SuggestionView::Page);
        golden(name, &page);
        for line in page.lines() {
            // Commands are pasted, and what is in a file is not broken.
            let is_command = ["kubectl ", "aws ", "eksctl "]
                .iter()
                .any(|program| line.trim().starts_with(program));
            let is_of_file = line.contains(": arn:");
            assert!(
                line.chars().count() <= 80 || is_command || is_of_file,
                "{line}"
            );
        }
    }
}

#[test]
fn one_replica_of_the_demo() {
    let all = of_demo(&[], Some("shop"));
    assert!(!all.targets.is_empty());
    let question = Question::default();
    let gathered = demo::gather(&question, None).expect("the demo is whole");
    let pod = gathered
        .snapshot
        .pods
        .iter()
        .find(|pod| pod.name.starts_with("catalog-"))
        .expect("the demo has it");
    let report = of_demo(&[&pod.name.clone()], Some("shop"));
    golden("suggest-replica", &text(&report, SuggestionView::Page));
    assert_eq!(report.exact, Some(false));
    assert_eq!(report.others.len(), 1);
}

#[test]
fn formats_of_tools() {
    let report = of_demo(
        &["deployment/grafana", "deployment/cluster-inventory"],
        Some("monitoring"),
    );
    for (view, name) in TOOLS {
        golden(&format!("suggest-{name}"), &text(&report, view));
    }
    golden("suggest-json", &text(&report, SuggestionView::Json));
    let yaml: Value = serde_saphyr::from_str(&text(&report, SuggestionView::Yaml)).expect("YAML");
    let json: Value = serde_json::from_str(&text(&report, SuggestionView::Json)).expect("JSON");
    assert_eq!(yaml, json);
    assert_eq!(json["apiVersion"], "fargate.kubectl.io/v1");
    assert_eq!(json["kind"], "SuggestionReport");
}

/// A pod on EC2 with these labels.
fn pod(name: &str, namespace: &str, labels: &[(&str, &str)]) -> Value {
    let labels: BTreeMap<_, _> = labels.iter().copied().collect();
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": labels, "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {"nodeName": "i-0123456789abcdef0", "containers": [{"name": "main"}]},
        "status": {"phase": "Running"},
    })
}

fn list(pods: &[Value]) -> String {
    json!({"apiVersion": "v1", "kind": "List", "items": pods}).to_string()
}

/// What is suggested for all pods of a file, with no profiles seen.
fn of_pods(pods: &[Value]) -> SuggestionReport {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("pods.json");
    fs::write(&path, list(pods)).expect("a file");
    let gathered = offline::gather(
        &[Input::Path(path)],
        &[],
        None,
        &Question::default(),
        &Default::default(),
    )
    .expect("good pods");
    answer(&gathered, true)
}

/// Values that YAML, a shell or Terraform would read as something else.
const TRICKY: &[&str] = &[
    "true",
    "no",
    "on",
    "y",
    "null",
    "~",
    "1",
    "0x1f",
    "010",
    "1e3",
    "1_000",
    "1:20",
    ".5",
    "2026-11-20",
    "-",
    "a b",
    "'",
    "\"",
    "$(id)",
    "`id`",
    "${var.x}",
    "%{ if x }",
    "a: b",
    "# no",
    "&a",
    "!x",
    "a\\b",
    "\u{1b}[2J",
    "a\nb",
    "\u{202e}x",
    "ü",
];

#[test]
fn every_value_comes_back_as_it_is() {
    for value in TRICKY {
        let report = of_pods(&[
            pod("web", "shop", &[("app", value)]),
            pod("api", "shop", &[("app", "api-of-others")]),
        ]);
        let selectors = vec![
            Selector::new("shop", [("app", "api-of-others")]),
            Selector::new("shop", [("app", *value)]),
        ];
        let others = [
            (SuggestionView::Page, "page"),
            (SuggestionView::Json, "json"),
            (SuggestionView::Yaml, "yaml"),
        ];
        for (view, name) in TOOLS.into_iter().chain(others) {
            let text = text(&report, view);
            let is_unsafe = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
            assert!(!text.chars().any(is_unsafe), "{name}: {text}");
        }
        let eksctl: Value =
            serde_saphyr::from_str(&text(&report, SuggestionView::Eksctl)).expect("YAML");
        let found = &eksctl["fargateProfiles"][0]["selectors"];
        let values: Vec<&str> = (0..2)
            .filter_map(|at| found[at]["labels"]["app"].as_str())
            .collect();
        assert_eq!(values.len(), 2, "{value:?}: {eksctl}");
        assert!(values.contains(value), "{value:?}: {eksctl}");

        let cloudformation: Value =
            serde_saphyr::from_str(&text(&report, SuggestionView::Cloudformation)).expect("YAML");
        let resources = cloudformation["Resources"].as_object().expect("resources");
        let properties = &resources.values().next().expect("one")["Properties"];
        let pairs: Vec<&Value> = (0..2)
            .map(|at| &properties["Selectors"][at]["Labels"][0])
            .collect();
        assert!(
            pairs.contains(&&json!({"Key": "app", "Value": value})),
            "{value:?}: {pairs:?}"
        );

        let command = text(&report, SuggestionView::Aws);
        let command: Vec<&str> = command
            .lines()
            .filter(|line| !line.starts_with('#'))
            .collect();
        let words = shell_words::split(&command.join("\n")).expect("a command");
        let at = words
            .iter()
            .position(|word| word == "--selectors")
            .expect("the flag");
        let read: Vec<BTreeMap<String, Value>> =
            serde_json::from_str(&words[at + 1]).expect("JSON");
        let mut read: Vec<Selector> = read
            .iter()
            .map(|selector| {
                let labels = selector["labels"].as_object().expect("labels");
                let pairs = labels
                    .iter()
                    .map(|(key, value)| (key.clone(), value.as_str().expect("text").to_owned()));
                Selector::new(selector["namespace"].as_str().expect("text"), pairs)
            })
            .collect();
        read.sort_by_key(|selector| selector.labels[0].value.as_str() != "api-of-others");
        assert_eq!(read, selectors, "{value:?}");
    }
}

#[test]
fn texts_that_older_yaml_reads_otherwise_are_quoted() {
    for value in [
        "true",
        "no",
        "on",
        "y",
        "null",
        "1",
        "0x1f",
        "010",
        "1e3",
        "1_000",
        "1:20",
        "2026-11-20",
    ] {
        let report = of_pods(&[pod("web", "shop", &[("app", value)])]);
        let text = text(&report, SuggestionView::Eksctl);
        let is_quoted = [format!("app: \"{value}\""), format!("app: '{value}'")]
            .iter()
            .any(|line| text.contains(line));
        assert!(is_quoted, "{text}");
    }
}

fn arguments(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn suggest_in(folder: &TempDir, words: &[&str]) -> Outcome {
    run(folder.path(), &arguments(&[&["suggest"], words].concat()))
}

/// The selectors of a suggested profile, as facts.
fn selectors(profile: &SuggestedProfile) -> Vec<Selector> {
    let selectors = profile.selectors.iter();
    selectors
        .map(|selector| Selector::new(selector.namespace.clone(), selector.labels.clone()))
        .collect()
}

/// The `--selectors` of each command of the AWS CLI in a text, as facts.
fn selectors_of_commands(text: &str) -> Vec<Vec<Selector>> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let words = shell_words::split(&lines.join("\n")).expect("commands");
    let mut found = Vec::new();
    for pair in words.windows(2).filter(|pair| pair[0] == "--selectors") {
        let read: Value = serde_json::from_str(&pair[1]).expect("JSON");
        let read = read.as_array().expect("a list").iter().map(|selector| {
            let labels = selector["labels"].as_object().into_iter().flatten();
            let pairs =
                labels.map(|(key, value)| (key.clone(), value.as_str().expect("text").to_owned()));
            Selector::new(selector["namespace"].as_str().expect("text"), pairs)
        });
        found.push(read.collect());
    }
    found
}

#[test]
fn what_is_printed_for_tools_is_read_back_as_the_same_profiles() {
    let folder = TempDir::new().expect("a folder");
    let pods = folder.path().join("pods.json");
    fs::write(&pods, list(&[pod("web", "shop", &[])])).expect("a file");
    let report = of_demo(&[], None);
    assert!(!report.profiles.is_empty());
    for format in ["eksctl", "cloudformation"] {
        let outcome = suggest_in(&folder, &["-A", "--demo", "-o", format]);
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        let path = folder.path().join(format!("{format}.yaml"));
        fs::write(&path, &outcome.stdout).expect("a file");
        let read = offline::gather(
            &[Input::Path(pods.clone())],
            &[Input::Path(path)],
            None,
            &Question::default(),
            &Default::default(),
        )
        .expect("what we print can be read");
        let found = &read.snapshot.profiles;
        assert_eq!(found.list.len(), report.profiles.len(), "{format}");
        for suggested in &report.profiles {
            let profile = found.find(&suggested.name).expect("it is there");
            assert_eq!(
                profile.selectors.as_ref(),
                Some(&selectors(suggested)),
                "{format}"
            );
            assert_eq!(
                profile.pod_execution_role_arn, suggested.pod_execution_role_arn,
                "{format}"
            );
            assert_eq!(profile.subnets, suggested.subnets, "{format}");
        }
    }
    let outcome = suggest_in(&folder, &["-A", "--demo", "-o", "aws"]);
    let wanted: Vec<Vec<Selector>> = report.profiles.iter().map(selectors).collect();
    assert_eq!(selectors_of_commands(&outcome.stdout), wanted);
}

/// Six workloads that only a selector each tells from a seventh.
fn two_profiles() -> SuggestionReport {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("pods.json");
    let apps: Vec<String> = (0..7).map(|index| format!("app-{index}x")).collect();
    let pods: Vec<Value> = apps
        .iter()
        .map(|app| pod(app, "shop", &[("app", app)]))
        .collect();
    fs::write(&path, list(&pods)).expect("a file");
    let question = Question {
        targets: parse_targets(&apps[..6]).expect("names are good"),
        namespace: NamespaceScope::One("shop".to_owned()),
        ..Question::default()
    };
    let gathered = offline::gather(
        &[Input::Path(path)],
        &[],
        None,
        &question,
        &Default::default(),
    )
    .expect("good pods");
    answer(&gathered, true)
}

#[test]
fn several_profiles_are_created_one_after_the_other() {
    let report = two_profiles();
    let [first, second] = report.profiles.as_slice() else {
        panic!("{}", report.summary);
    };
    let commands = text(&report, SuggestionView::Aws);
    let wait = commands
        .find("aws eks wait fargate-profile-active")
        .expect("it waits for the first");
    let after = commands.rfind("aws eks create-fargate-profile");
    assert!(after.is_some_and(|after| after > wait), "{commands}");
    assert_eq!(selectors_of_commands(&commands).len(), 2);

    let template: Value =
        serde_saphyr::from_str(&text(&report, SuggestionView::Cloudformation)).expect("YAML");
    let resources = template["Resources"].as_object().expect("resources");
    let of_name = |name: &str| {
        let mut all = resources.iter();
        all.find(|(_, resource)| resource["Properties"]["FargateProfileName"] == name)
            .expect("it is there")
    };
    assert_eq!(of_name(&first.name).1.get("DependsOn"), None);
    assert_eq!(
        of_name(&second.name).1["DependsOn"],
        of_name(&first.name).0.as_str()
    );
}

/// What is suggested in a folder of `tests/scenarios`.
fn in_scenario(name: &str, words: &[&str]) -> String {
    let scenario = format!("{}/tests/scenarios/{name}", env!("CARGO_MANIFEST_DIR"));
    let (cluster, profiles) = (
        format!("{scenario}/cluster"),
        format!("{scenario}/profiles.json"),
    );
    let source = ["--from", &cluster, "--profiles", &profiles];
    let folder = TempDir::new().expect("a folder");
    let outcome = suggest_in(&folder, &[words, &source].concat());
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    let line = outcome.stdout.split_whitespace().collect::<Vec<_>>();
    line.join(" ")
}

#[test]
fn what_is_in_the_way_of_pods_is_told_before_a_new_profile() {
    let gone = [
        "2 pods wait for profile shop-20260203083829114500000001,",
        "made again, profile shop-20261120112201993100000002 claims them.",
        "kubectl -n shop rollout restart deployment/web",
    ];
    let replaced = "pods-wait-for-a-profile-that-was-replaced";
    let anew = "pods-wait-for-a-profile-made-anew-under-its-name";
    let deleting = "pods-wait-for-a-profile-that-is-being-deleted";
    for (scenario, words, told) in [
        (replaced, &["deployment/web", "-n", "shop"][..], &gone[..]),
        (replaced, &[], &gone[..]),
        (
            anew,
            &[],
            &[
                "1 pod waits for profile stage, which was deleted and made anew since",
                "kubectl -n stage rollout restart deployment/api",
            ],
        ),
        (
            deleting,
            &["deployment/api", "-n", "dev"],
            &[
                "A new profile, \"api\",",
                "Create it Wait until profile dev is gone. aws eks wait fargate-profile-deleted --region us-east-2 --cluster-name dev \
                 --fargate-profile-name dev kubectl fargate suggest deployment/api -n dev --from",
                "--fargate-profile-name api Make the pods again; the Deployment replaces them one by one. kubectl -n dev rollout \
                 restart deployment/api",
            ],
        ),
        (
            "fargate-webhook-was-deleted",
            &[],
            &[
                "No new profile would help: profile apps matches deployment/legacy (1 pod) and deployment/web (2 pods) already, but \
                 the webhook by which EKS claims pods is missing.",
                "kubectl fargate explain deployment/legacy -n shop --from",
            ],
        ),
        (
            "profile-creation-failed",
            &[],
            &[
                "Mind: Profile ledger matches these pods already, but is CREATE_FAILED: find the cause first (kubectl fargate \
                 profiles ledger).",
                "those of profile ledger (CREATE_FAILED) are not taken over",
            ],
        ),
        (
            "profile-whose-deletion-failed",
            &[],
            &["Profile ops matches these pods already, but is DELETE_FAILED"],
        ),
        (
            "bare-pod-bound-by-the-scheduler",
            &[],
            &[
                "> tools-pod-toolbox.yaml ${EDITOR:-vi} tools-pod-toolbox.yaml kubectl -n tools replace --force -f \
                 tools-pod-toolbox.yaml",
            ],
        ),
        (
            "a-quiet-namespace-on-fargate",
            &[],
            &[
                "There is nothing to suggest: no pod that was asked about runs on EC2, or waits unclaimed.",
            ],
        ),
    ] {
        let page = in_scenario(scenario, words);
        for wanted in told {
            assert!(page.contains(wanted), "{scenario}: {wanted}\n{page}");
        }
    }
}

#[test]
fn an_opt_out_is_no_never() {
    let report = of_demo(&["deployment/coredns"], Some("kube-system"));
    assert_eq!(report.targets[0].state, TargetState::KeptOff);
    assert_eq!(report.targets[0].reason, Some(Reason::OptedOut));
    let fix = report.targets[0].fix.as_ref().expect("where to look");
    assert_eq!(
        fix.commands,
        ["kubectl fargate explain deployment/coredns -n kube-system"]
    );
}

#[test]
fn with_the_suggested_profile_nothing_is_left_to_suggest() {
    let question = Question::default();
    let mut gathered = demo::gather(&question, None).expect("the demo is whole");
    let subjects: Vec<Subject> = gathered.subjects.clone();
    let proposals = suggest(&gathered.snapshot, &subjects, false, None).proposals;
    let [proposal] = proposals.as_slice() else {
        panic!("one profile is enough for the demo");
    };
    let mut profile = gathered.snapshot.profiles.list[0].clone();
    profile.name.clone_from(&proposal.name);
    profile.selectors = Some(proposal.selectors.clone());
    gathered.snapshot.profiles.list.push(profile);
    let again = answer(&gathered, false);
    assert!(again.profiles.is_empty(), "{}", again.summary);
}

#[test]
fn only_the_profile_is_on_standard_output() {
    let folder = TempDir::new().expect("a folder");
    let named = ["deployment/recommender", "-n", "shop", "--demo", "-o"];
    for (_, format) in TOOLS {
        let outcome = suggest_in(&folder, &[&named[..], &[format]].concat());
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        assert!(
            outcome
                .stderr
                .starts_with("warning: Fargate would refuse deployment/recommender"),
            "{}",
            outcome.stderr
        );
        assert!(
            outcome
                .stdout
                .contains("# Fargate would refuse deployment/recommender"),
            "{}",
            outcome.stdout
        );
        let claimed = [
            "deployment/ledger",
            "-n",
            "payments",
            "--demo",
            "-o",
            format,
        ];
        let outcome = suggest_in(&folder, &claimed);
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        assert_eq!(outcome.stdout, "");
        assert!(
            outcome.stderr.starts_with("No new profile is needed"),
            "{}",
            outcome.stderr
        );
    }
    let report = of_demo(&["deployment/recommender"], Some("shop"));
    assert_eq!(remarks(&report).len(), report.warnings.len());
}

#[test]
fn names_that_cannot_be_given_are_refused() {
    let folder = TempDir::new().expect("a folder");
    for (name, words) in [
        ("eks-mine", "reserved by AWS"),
        ("a b", "letters, digits"),
        ("apps", "there is a profile apps already"),
    ] {
        let outcome = suggest_in(&folder, &["--demo", "--profile-name", name]);
        assert_eq!(outcome.code, Some(2), "{}", outcome.stdout);
        assert!(outcome.stderr.contains(words), "{}", outcome.stderr);
        assert_eq!(outcome.stdout, "");
    }
    let outcome = suggest_in(&folder, &["deployment/nobody", "-n", "shop", "--demo"]);
    assert_eq!(outcome.code, Some(2));
    let chosen = [
        "deployment/catalog",
        "-n",
        "shop",
        "--demo",
        "--profile-name",
        "mine",
        "-o",
        "json",
    ];
    let report: Value = serde_json::from_str(&suggest_in(&folder, &chosen).stdout).expect("JSON");
    assert_eq!(report["profiles"][0]["name"], "mine");
}

#[test]
fn what_nothing_tells_is_a_placeholder() {
    let report = of_pods(&[pod("web", "shop", &[("app", "web")])]);
    for (view, name) in TOOLS {
        let text = text(&report, view);
        for placeholder in [
            "CLUSTER_NAME",
            "POD_EXECUTION_ROLE_ARN",
            "PRIVATE_SUBNET_ID",
        ] {
            assert!(text.contains(placeholder), "{name}: {text}");
        }
    }
    let last = report.warnings.last().expect("it is told");
    assert!(
        last.contains("CLUSTER_NAME, REGION, POD_EXECUTION_ROLE_ARN and PRIVATE_SUBNET_ID"),
        "{last}"
    );
    assert!(
        report
            .warnings
            .iter()
            .any(|warning| warning.starts_with("Existing profiles were not seen"))
    );
    assert_eq!(report.knowledge, "Unread");
}
