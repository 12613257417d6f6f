//! The EKS API: profiles that are read, and all the ways in which they are not. None of those fails the answer.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    lab::{
        Lab,
        eks_stub::{self, Answer, EksStub, profile_asked_for},
        invocation::Outcome,
        moto::REGION,
        objects,
        process::free_port,
        users::User,
    },
    report::{pod_of, reasons_of},
    tests,
};

tests![
    profiles_of_moto_decide,
    a_cluster_without_profiles,
    the_cluster_by_flags,
    a_pod_older_than_its_profile,
    profiles_come_in_pages,
    a_profile_of_the_past_claims_now,
    listing_denied,
    names_without_selectors,
    throttled_once_is_no_matter,
    throttled_for_ever,
    the_api_is_broken,
    the_api_keeps_silent,
    the_api_cannot_be_reached,
    no_such_cluster,
    no_credentials,
    no_cluster_in_the_kubeconfig,
];

fn profiles_of_moto_decide(lab: &Lab) {
    let cluster = lab.unique("prod");
    let namespace = lab.namespace("shop");
    lab.moto().create_cluster(&cluster);
    lab.moto().create_profile(
        &cluster,
        "apps",
        &json!([{"namespace": namespace, "labels": {"tier": "backend"}}]),
    );
    lab.cluster().api().create(&on_ec2(&namespace));
    let report = ask(lab, &cluster, &namespace, &lab.moto().url()).report();
    assert_eq!(
        report["cluster"],
        json!({"name": cluster, "region": REGION}),
        "{report:#}"
    );
    let pod = pod_of(&report, &namespace, "web");
    assert_eq!(pod["placement"]["kind"], "EC2", "{report:#}");
    assert_eq!(pod["expected"]["kind"], "NotFargate", "{report:#}");
    assert_eq!(pod["reason"], "LabelMismatch", "{report:#}");
    assert_eq!(pod["certainty"], "Certain", "{report:#}");
    let miss = &pod["nearMisses"][0];
    assert_eq!(
        (&miss["profile"], &miss["labels"][0]["key"]),
        (&json!("apps"), &json!("tier")),
        "{report:#}"
    );
    assert_eq!(miss["namespace"]["matched"], true, "{report:#}");
}

fn a_cluster_without_profiles(lab: &Lab) {
    let cluster = lab.unique("prod");
    let namespace = lab.namespace("shop");
    lab.moto().create_cluster(&cluster);
    lab.cluster().api().create(&on_ec2(&namespace));
    let report = ask(lab, &cluster, &namespace, &lab.moto().url()).report();
    let pod = pod_of(&report, &namespace, "web");
    assert_eq!(
        (&pod["reason"], &pod["expected"]["kind"]),
        (&json!("NoProfiles"), &json!("NotFargate")),
        "{report:#}"
    );
}

fn the_cluster_by_flags(lab: &Lab) {
    let cluster = lab.unique("prod");
    let namespace = lab.namespace("shop");
    lab.moto().create_cluster(&cluster);
    lab.moto()
        .create_profile(&cluster, "apps", &json!([{"namespace": "elsewhere"}]));
    lab.cluster().api().create(&on_ec2(&namespace));
    let report = lab.kubectl_fargate(&lab.kubeconfig(User::Admin)).explain(&[
        "pod/web",
        "-n",
        &namespace,
        "--cluster-name",
        &cluster,
        "--region",
        REGION,
    ]);
    assert_eq!(
        report["cluster"],
        json!({"name": cluster, "region": REGION}),
        "{report:#}"
    );
    assert_eq!(
        pod_of(&report, &namespace, "web")["reason"],
        "NamespaceNotSelected",
        "{report:#}"
    );
}

/// moto stamps `createdAt` with the present, which is what this needs.
fn a_pod_older_than_its_profile(lab: &Lab) {
    let cluster = lab.unique("prod");
    let namespace = lab.namespace("shop");
    lab.cluster().api().create(&on_ec2(&namespace));
    std::thread::sleep(Duration::from_millis(2100));
    lab.moto().create_cluster(&cluster);
    lab.moto()
        .create_profile(&cluster, "apps", &json!([{"namespace": namespace}]));
    let report = ask(lab, &cluster, &namespace, &lab.moto().url()).report();
    let pod = pod_of(&report, &namespace, "web");
    assert_eq!(pod["reason"], "OlderThanProfile", "{report:#}");
    assert_eq!(pod["certainty"], "Certain", "{report:#}");
    assert_eq!(pod["expected"]["kind"], "Fargate", "{report:#}");
}

fn profiles_come_in_pages(lab: &Lab) {
    let namespace = lab.namespace("shop");
    let wanted = namespace.clone();
    let stub = EksStub::start(move |asked| match profile_asked_for(&asked.path) {
        None if asked.query.contains("nextToken=second") => {
            Answer::Json(200, json!({"fargateProfileNames": ["late"]}))
        }
        None => Answer::Json(
            200,
            json!({"fargateProfileNames": ["early"], "nextToken": "second"}),
        ),
        Some("late") => Answer::Json(
            200,
            json!({"fargateProfile": eks_stub::profile("prod", "late", &wanted, &json!({"app": "web"}))}),
        ),
        Some(_) => Answer::Json(
            200,
            json!({"fargateProfile": eks_stub::profile("prod", "early", "elsewhere", &json!({}))}),
        ),
    });
    lab.cluster().api().create(&on_ec2(&namespace));
    let report = ask(lab, "prod", &namespace, &stub.url()).report();
    assert_eq!(
        pod_of(&report, &namespace, "web")["expected"]["profile"],
        "late",
        "{report:#}\n{:?}",
        stub.asked()
    );
}

fn a_profile_of_the_past_claims_now(lab: &Lab) {
    let namespace = lab.namespace("shop");
    let stub = EksStub::with_profiles(vec![eks_stub::profile(
        "prod",
        "apps",
        &namespace,
        &json!({}),
    )]);
    lab.cluster()
        .api()
        .create(&objects::claimed_pod(&namespace, "web", "apps"));
    let report = ask(lab, "prod", &namespace, &stub.url()).report();
    let pod = pod_of(&report, &namespace, "web");
    assert_eq!(
        pod["placement"],
        json!({"kind": "FargatePending", "profile": "apps"}),
        "{report:#}"
    );
    assert_eq!(pod["reason"], "Provisioning", "{report:#}");
}

fn listing_denied(lab: &Lab) {
    let stub = EksStub::start(|_| {
        let message = "User: arn:aws:iam::123456789012:user/someone is not authorized to perform: eks:ListFargateProfiles";
        Answer::Error(403, "AccessDeniedException", message)
    });
    goes_on_without_profiles(lab, &stub.url(), &["eks:ListFargateProfiles"]);
}

/// The console's read policy lists profiles and does not describe them.
fn names_without_selectors(lab: &Lab) {
    let stub = EksStub::start(|asked| match profile_asked_for(&asked.path) {
        None => Answer::Json(200, json!({"fargateProfileNames": ["apps"]})),
        Some(_) => Answer::Error(
            403,
            "AccessDeniedException",
            "not authorized to perform: eks:DescribeFargateProfile",
        ),
    });
    let report = goes_on_without_profiles(lab, &stub.url(), &["eks:DescribeFargateProfile"]);
    assert!(
        report.to_string().contains("apps"),
        "the name was seen: {report:#}"
    );
}

fn throttled_once_is_no_matter(lab: &Lab) {
    let namespace = lab.namespace("shop");
    let profile = eks_stub::profile("prod", "apps", &namespace, &json!({}));
    let turns = std::sync::atomic::AtomicU32::new(0);
    let stub = EksStub::start(move |asked| {
        if turns.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0 {
            return Answer::Error(429, "ThrottlingException", "Rate exceeded");
        }
        match profile_asked_for(&asked.path) {
            None => Answer::Json(200, json!({"fargateProfileNames": ["apps"]})),
            Some(_) => Answer::Json(200, json!({"fargateProfile": profile})),
        }
    });
    lab.cluster()
        .api()
        .create(&objects::claimed_pod(&namespace, "web", "apps"));
    let report = ask(lab, "prod", &namespace, &stub.url()).report();
    assert_eq!(
        pod_of(&report, &namespace, "web")["reason"],
        "Provisioning",
        "{report:#}"
    );
    assert!(stub.asked().len() >= 3, "{:?}", stub.asked());
}

fn throttled_for_ever(lab: &Lab) {
    let stub = EksStub::start(|_| Answer::Error(429, "ThrottlingException", "Rate exceeded"));
    goes_on_without_profiles(lab, &stub.url(), &[]);
}

fn the_api_is_broken(lab: &Lab) {
    let stub = EksStub::start(|_| Answer::Error(500, "ServerException", "something went wrong"));
    goes_on_without_profiles(lab, &stub.url(), &[]);
}

fn the_api_keeps_silent(lab: &Lab) {
    let stub = EksStub::start(|_| Answer::Silence);
    let namespace = lab.namespace("shop");
    lab.cluster().api().create(&on_ec2(&namespace));
    let outcome = lab
        .kubectl_fargate(&lab.kubeconfig(User::Admin))
        .env("AWS_ENDPOINT_URL", stub.url())
        .args([
            "explain",
            "pod/web",
            "-n",
            &namespace,
            "-o",
            "json",
            "--request-timeout",
            "2s",
        ])
        .args(["--cluster-name", "prod", "--region", REGION])
        .run();
    unknown(&outcome, &namespace, &[]);
    assert!(outcome.took < Duration::from_secs(20), "{outcome}");
}

fn the_api_cannot_be_reached(lab: &Lab) {
    goes_on_without_profiles(lab, &format!("http://127.0.0.1:{}", free_port()), &[]);
}

fn no_such_cluster(lab: &Lab) {
    let stub = EksStub::start(|_| {
        Answer::Error(
            404,
            "ResourceNotFoundException",
            "No cluster found for name: prod.",
        )
    });
    goes_on_without_profiles(lab, &stub.url(), &["prod"]);
}

fn no_credentials(lab: &Lab) {
    let namespace = lab.namespace("shop");
    lab.cluster().api().create(&on_ec2(&namespace));
    let outcome = lab
        .kubectl_fargate(&lab.kubeconfig(User::Admin))
        .without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY")
        .args([
            "explain",
            "pod/web",
            "-n",
            &namespace,
            "-o",
            "json",
            "--cluster-name",
            "prod",
            "--region",
            REGION,
        ])
        .run();
    unknown(&outcome, &namespace, &[]);
}

fn no_cluster_in_the_kubeconfig(lab: &Lab) {
    let namespace = lab.namespace("shop");
    lab.cluster().api().create(&on_ec2(&namespace));
    let outcome = lab
        .kubectl_fargate(&lab.kubeconfig(User::Admin))
        .args(["explain", "pod/web", "-n", &namespace, "-o", "json"])
        .run();
    unknown(&outcome, &namespace, &["--cluster-name"]);
}

/// Asks about the pod `web` with a kubeconfig that names the cluster as `aws eks update-kubeconfig` does.
fn ask(lab: &Lab, cluster: &str, namespace: &str, endpoint: &str) -> Outcome {
    lab.kubectl_fargate(&lab.kubeconfig(User::Admin).named_by_arn(REGION, cluster))
        .env("AWS_ENDPOINT_URL", endpoint)
        .args(["explain", "pod/web", "-n", namespace, "-o", "json"])
        .run()
}

/// Wants an answer about a pod on EC2 that says what it could not know; returns the report.
fn goes_on_without_profiles(lab: &Lab, endpoint: &str, words: &[&str]) -> Value {
    let namespace = lab.namespace("shop");
    lab.cluster().api().create(&on_ec2(&namespace));
    unknown(&ask(lab, "prod", &namespace, endpoint), &namespace, words)
}

fn unknown(outcome: &Outcome, namespace: &str, words: &[&str]) -> Value {
    let report = outcome.report();
    let pod = pod_of(&report, namespace, "web");
    assert_eq!(pod["placement"]["kind"], "EC2", "{outcome}");
    assert_eq!(pod["expected"]["kind"], "Undecided", "{outcome}");
    assert_eq!(pod["reason"], "ProfilesUnknown", "{outcome}");
    assert_eq!(pod["certainty"], "Undecided", "{outcome}");
    assert!(reasons_of(pod).contains(&"ProfilesUnknown"), "{outcome}");
    let said =
        serde_json::to_string(&(&pod["findings"], &report["sources"])).expect("JSON is JSON");
    for word in words {
        assert!(said.contains(word), "{word:?} is not said\n{outcome}");
    }
    report
}

fn on_ec2(namespace: &str) -> Value {
    objects::running_pod(namespace, "web", "ip-10-0-1-23.eu-west-1.compute.internal")
}
