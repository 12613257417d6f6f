//! The EKS API when it misbehaves: what can still be answered is, the report says what is missing and what to do, and it ends soon.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    lab::{
        Lab,
        eks_stub::{self, Answer, Asked, EksStub, profile_asked_for},
        invocation::Outcome,
        moto::REGION,
        objects,
        users::User,
    },
    report::pod_of,
    tests,
};

tests![
    three_pages_of_names,
    a_page_that_leads_back_to_itself,
    pages_without_end,
    throttled_twice_then_read,
    broken_twice_then_read,
    one_profile_is_throttled_for_ever,
    credentials_that_are_not_accepted,
    one_profile_may_not_be_described,
    an_answer_breaks_off,
    a_web_page_in_place_of_an_answer,
    json_that_is_none,
    slow_answers_and_a_limit,
    a_profile_goes_between_the_questions,
    a_hundred_profiles_a_few_at_a_time,
    words_that_are_new_and_members_that_are_missing,
];

fn names(names: &[&str], next: Option<&str>) -> Answer {
    let mut page = json!({"fargateProfileNames": names});
    if let Some(next) = next {
        page["nextToken"] = next.into();
    }
    Answer::Json(200, page)
}

fn described(name: &str, namespace: &str) -> Answer {
    let profile = eks_stub::profile("prod", name, namespace, &json!({}));
    Answer::Json(200, json!({"fargateProfile": profile}))
}

/// Whether this is about the profiles at all; the rest is refused, as far as an answer goes without it.
fn is_about_profiles(asked: &Asked) -> bool {
    asked.path.contains("/fargate-profiles")
}

fn refused() -> Answer {
    Answer::Error(403, "AccessDeniedException", "no more than the profiles")
}

/// Asks about a pod that waits for fargate-scheduler, claimed by the profile `apps`.
fn ask(lab: &Lab, namespace: &str, stub: &EksStub, arguments: &[&str]) -> Outcome {
    lab.cluster().api().create(&objects::running_pod(
        namespace,
        "web",
        "ip-10-0-1-23.eu-west-1.compute.internal",
    ));
    lab.kubectl_fargate(&lab.kubeconfig(User::Admin).named_by_arn(REGION, "prod"))
        .env("AWS_ENDPOINT_URL", stub.url())
        .args(["explain", "pod/web", "-n", namespace, "-o", "json"])
        .args(arguments)
        .run()
}

/// The line of the report about the profiles.
fn source(report: &Value) -> &Value {
    report["sources"]
        .as_array()
        .and_then(|sources| {
            sources
                .iter()
                .find(|source| source["what"] == "fargateprofiles")
        })
        .unwrap_or_else(|| panic!("nothing is said of the profiles: {report:#}"))
}

/// Wants the pod to be expected on Fargate, by this profile.
fn expects(outcome: &Outcome, namespace: &str, profile: &str) -> Value {
    outcome.expect_code(0);
    let report = outcome.report();
    let expected = &pod_of(&report, namespace, "web")["expected"];
    assert_eq!(
        (&expected["kind"], &expected["profile"]),
        (&json!("Fargate"), &json!(profile)),
        "{outcome}"
    );
    report
}

/// Wants an answer without profiles, that says these words, about what happened and what to do.
fn knows_none(outcome: &Outcome, namespace: &str, status: &str, words: &[&str]) {
    outcome.expect_code(0);
    let report = outcome.report();
    let pod = pod_of(&report, namespace, "web");
    assert_eq!(
        (&pod["reason"], &pod["certainty"]),
        (&json!("ProfilesUnknown"), &json!("Undecided")),
        "{outcome}"
    );
    assert_eq!(source(&report)["status"], status, "{outcome}");
    says(&report, words, outcome);
}

fn says(report: &Value, words: &[&str], outcome: &Outcome) {
    let said = report.to_string();
    for word in words {
        assert!(said.contains(word), "{word:?} is not said\n{outcome}");
    }
}

fn three_pages_of_names(lab: &Lab) {
    let namespace = lab.namespace("shop");
    let wanted = namespace.clone();
    let stub = EksStub::start(move |asked| match profile_asked_for(&asked.path) {
        _ if !is_about_profiles(asked) => refused(),
        None if asked.query.contains("nextToken=three") => names(&["c"], None),
        None if asked.query.contains("nextToken=two") => names(&["b", "a"], Some("three")),
        None => names(&["a"], Some("two")),
        Some("c") => described("c", &wanted),
        Some(other) => described(other, "elsewhere"),
    });
    let report = expects(&ask(lab, &namespace, &stub, &[]), &namespace, "c");
    assert_eq!(
        (&source(&report)["status"], &source(&report)["count"]),
        (&json!("Read"), &json!(3)),
        "{report:#}"
    );
    let descriptions = stub
        .asked()
        .iter()
        .filter(|asked| asked.contains("/fargate-profiles/a"))
        .count();
    assert_eq!(descriptions, 1, "a name that comes twice is one profile");
}

fn a_page_that_leads_back_to_itself(lab: &Lab) {
    let namespace = lab.namespace("shop");
    let wanted = namespace.clone();
    let stub = EksStub::start(move |asked| match profile_asked_for(&asked.path) {
        _ if !is_about_profiles(asked) => refused(),
        None => names(&["apps"], Some("again")),
        Some(name) => described(name, &wanted),
    });
    let outcome = ask(lab, &namespace, &stub, &[]);
    let report = expects(&outcome, &namespace, "apps");
    assert_eq!(source(&report)["status"], "Partial", "{outcome}");
    says(&report, &["does not end"], &outcome);
    let pages = stub
        .asked()
        .iter()
        .filter(|asked| asked.contains("nextToken"))
        .count();
    assert_eq!(pages, 1, "{:?}", stub.asked());
    assert!(outcome.took < Duration::from_secs(20), "{outcome}");
}

fn pages_without_end(lab: &Lab) {
    let namespace = lab.namespace("shop");
    let pages = AtomicUsize::new(0);
    let stub = EksStub::start(move |asked| match profile_asked_for(&asked.path) {
        _ if !is_about_profiles(asked) => refused(),
        None => {
            let page = pages.fetch_add(1, Ordering::Relaxed);
            names(&["apps"], Some(&format!("page-{page}")))
        }
        Some(name) => described(name, "elsewhere"),
    });
    let outcome = ask(lab, &namespace, &stub, &[]);
    outcome.expect_code(0);
    let report = outcome.report();
    assert_eq!(source(&report)["status"], "Partial", "{outcome}");
    assert_eq!(
        pod_of(&report, &namespace, "web")["expected"]["kind"],
        "Undecided",
        "{outcome}"
    );
    assert!(stub.asked().len() < 100, "{}", stub.asked().len());
}

fn throttled_twice_then_read(lab: &Lab) {
    mended_after(lab, || {
        Answer::Error(429, "ThrottlingException", "Rate exceeded")
    });
}

fn broken_twice_then_read(lab: &Lab) {
    mended_after(lab, || {
        Answer::Error(500, "ServerException", "something went wrong")
    });
}

/// The first two answers to each question are this one.
fn mended_after(lab: &Lab, fault: fn() -> Answer) {
    let namespace = lab.namespace("shop");
    let wanted = namespace.clone();
    let (lists, descriptions) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let stub = EksStub::start(move |asked| match profile_asked_for(&asked.path) {
        _ if !is_about_profiles(asked) => refused(),
        None if lists.fetch_add(1, Ordering::Relaxed) < 2 => fault(),
        None => names(&["apps"], None),
        Some(_) if descriptions.fetch_add(1, Ordering::Relaxed) < 2 => fault(),
        Some(name) => described(name, &wanted),
    });
    let report = expects(&ask(lab, &namespace, &stub, &[]), &namespace, "apps");
    assert_eq!(source(&report)["status"], "Read", "{report:#}");
}

fn one_profile_is_throttled_for_ever(lab: &Lab) {
    let namespace = lab.namespace("shop");
    let wanted = namespace.clone();
    let stub = EksStub::start(move |asked| match profile_asked_for(&asked.path) {
        _ if !is_about_profiles(asked) => refused(),
        None => names(&["apps", "hidden"], None),
        Some("hidden") => Answer::Error(429, "ThrottlingException", "Rate exceeded"),
        Some(name) => described(name, &wanted),
    });
    let outcome = ask(lab, &namespace, &stub, &[]);
    outcome.expect_code(0);
    says(
        &outcome.report(),
        &["too many requests", "ThrottlingException", "hidden"],
        &outcome,
    );
}

fn credentials_that_are_not_accepted(lab: &Lab) {
    for (code, message) in [
        (
            "ExpiredTokenException",
            "The security token included in the request is expired",
        ),
        (
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ),
    ] {
        let namespace = lab.namespace("shop");
        let stub = EksStub::start(move |_| Answer::Error(403, code, message));
        let outcome = ask(lab, &namespace, &stub, &[]);
        knows_none(
            &outcome,
            &namespace,
            "Forbidden",
            &[
                code,
                "does not accept the credentials",
                "aws sso login",
                "--profiles",
            ],
        );
        assert_eq!(
            stub.asked().len(),
            1,
            "it is not asked again: {:?}",
            stub.asked()
        );
    }
}

fn one_profile_may_not_be_described(lab: &Lab) {
    let namespace = lab.namespace("shop");
    let wanted = namespace.clone();
    let stub = EksStub::start(move |asked| match profile_asked_for(&asked.path) {
        _ if !is_about_profiles(asked) => refused(),
        None => names(&["apps", "secret"], None),
        Some("secret") => Answer::Error(
            403,
            "AccessDeniedException",
            "not authorized to perform: eks:DescribeFargateProfile",
        ),
        Some(_) => described("apps", &wanted),
    });
    let outcome = ask(lab, &namespace, &stub, &[]);
    outcome.expect_code(0);
    let report = outcome.report();
    assert_eq!(source(&report)["status"], "Forbidden", "{outcome}");
    says(&report, &["eks:DescribeFargateProfile", "secret"], &outcome);
}

fn an_answer_breaks_off(lab: &Lab) {
    let namespace = lab.namespace("shop");
    let stub = EksStub::start(|_| Answer::BreakOff(r#"{"fargateProfileNames": ["apps""#));
    let outcome = ask(lab, &namespace, &stub, &[]);
    knows_none(
        &outcome,
        &namespace,
        "Failed",
        &[
            "could not list the Fargate profiles of cluster prod",
            "--profiles",
        ],
    );
    assert!(outcome.took < Duration::from_secs(40), "{outcome}");
}

fn a_web_page_in_place_of_an_answer(lab: &Lab) {
    let namespace = lab.namespace("shop");
    let stub = EksStub::start(|_| {
        Answer::Text(
            200,
            "<html><body>Sign in to the guest network: hunter2</body></html>".to_owned(),
        )
    });
    let outcome = ask(lab, &namespace, &stub, &[]);
    knows_none(
        &outcome,
        &namespace,
        "Failed",
        &["no answer of the EKS API", "proxies"],
    );
    assert!(!outcome.stdout.contains("hunter2"), "{outcome}");
}

fn json_that_is_none(lab: &Lab) {
    for text in [
        r#"{"fargateProfileNames": ["apps", }"#,
        r#"{"fargateProfileNames": {"a": 1}}"#,
        "[1, 2",
        "\u{1b}[31m",
    ] {
        let namespace = lab.namespace("shop");
        let stub = EksStub::start(move |_| Answer::Text(200, text.to_owned()));
        let outcome = ask(lab, &namespace, &stub, &[]);
        knows_none(
            &outcome,
            &namespace,
            "Failed",
            &["no answer of the EKS API"],
        );
    }
}

fn slow_answers_and_a_limit(lab: &Lab) {
    let namespace = lab.namespace("shop");
    let stub = EksStub::start(move |_| {
        std::thread::sleep(Duration::from_secs(8));
        names(&["apps"], None)
    });
    let outcome = ask(lab, &namespace, &stub, &["--request-timeout", "2s"]);
    knows_none(
        &outcome,
        &namespace,
        "TimedOut",
        &["did not answer in time", "--request-timeout"],
    );
    assert!(outcome.took < Duration::from_secs(20), "{outcome}");
}

fn a_profile_goes_between_the_questions(lab: &Lab) {
    let namespace = lab.namespace("shop");
    let wanted = namespace.clone();
    let stub = EksStub::start(move |asked| match profile_asked_for(&asked.path) {
        _ if !is_about_profiles(asked) => refused(),
        None => names(&["apps", "gone"], None),
        Some("gone") => Answer::Error(
            404,
            "ResourceNotFoundException",
            "No Fargate Profile found with name: gone.",
        ),
        Some(_) => described("apps", &wanted),
    });
    let report = expects(&ask(lab, &namespace, &stub, &[]), &namespace, "apps");
    assert_eq!(
        (&source(&report)["status"], &source(&report)["count"]),
        (&json!("Read"), &json!(1)),
        "{report:#}"
    );
}

fn a_hundred_profiles_a_few_at_a_time(lab: &Lab) {
    let namespace = lab.namespace("shop");
    let wanted = namespace.clone();
    let (now, most) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&most);
    let stub = EksStub::start(move |asked| match profile_asked_for(&asked.path) {
        _ if !is_about_profiles(asked) => refused(),
        None => {
            let all: Vec<String> = (0..100).map(|number| format!("p{number:03}")).collect();
            names(&all.iter().map(String::as_str).collect::<Vec<_>>(), None)
        }
        Some(name) => {
            seen.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(20));
            now.fetch_sub(1, Ordering::SeqCst);
            described(name, if name == "p077" { &wanted } else { "elsewhere" })
        }
    });
    let report = expects(&ask(lab, &namespace, &stub, &[]), &namespace, "p077");
    assert_eq!(source(&report)["count"], 100, "{report:#}");
    let most = most.load(Ordering::SeqCst);
    assert!((2..=8).contains(&most), "{most} at once");
}

fn words_that_are_new_and_members_that_are_missing(lab: &Lab) {
    let namespace = lab.namespace("shop");
    let wanted = namespace.clone();
    let stub = EksStub::start(move |asked| match profile_asked_for(&asked.path) {
        _ if !is_about_profiles(asked) => refused(),
        None => names(&["apps", "bare", "new"], None),
        Some("apps") => {
            let mut profile = eks_stub::profile("prod", "apps", &wanted, &json!({}));
            profile
                .as_object_mut()
                .expect("it is an object")
                .remove("createdAt");
            profile["health"] =
                json!({"issues": [{"code": "SomethingNew", "message": "in new words"}]});
            profile["somethingNew"] = json!({"a": [1]});
            Answer::Json(200, json!({"fargateProfile": profile}))
        }
        Some("new") => {
            let mut profile = eks_stub::profile("prod", "new", "elsewhere", &json!({}));
            profile["status"] = "HIBERNATING".into();
            Answer::Json(200, json!({"fargateProfile": profile}))
        }
        Some(_) => Answer::Json(200, json!({"fargateProfile": {}})),
    });
    let outcome = ask(lab, &namespace, &stub, &[]);
    outcome.expect_code(0);
    let report = outcome.report();
    assert_eq!(source(&report)["count"], 3, "{outcome}");
    let pod = pod_of(&report, &namespace, "web");
    assert_eq!(pod["expected"]["profile"], "apps", "{outcome}");
    assert_ne!(
        pod["certainty"], "Certain",
        "without createdAt nothing tells which is older: {outcome}"
    );
}
