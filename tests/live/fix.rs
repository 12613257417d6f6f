//! `explain --fix` on a terminal of its own, against a real API server: what is shown, asked, sent and refused. No controller
//! manager runs here, so the tests make the pods that controllers would make.

use kubectl_fargate::report::permissions::rights::RIGHTS;
use serde_json::{Value, json};

use crate::{
    lab::{Lab, api::Api, audit::Request, eks_stub, invocation::Invocation, objects, users::User},
    terminal::{CONTROL_C, ENTER, Terminal},
    tests,
};

tests![
    a_deployment_is_restarted_and_its_new_pod_followed,
    a_no_changes_nothing,
    a_template_gets_the_label_that_a_profile_asks_for,
    a_pod_that_its_owner_makes_again_is_deleted,
    a_pod_that_nobody_makes_again_is_never_deleted,
    nobody_who_could_be_asked_means_nothing_is_done,
    who_may_not_patch_is_told_so,
    a_policy_that_forbids_it_is_told,
    what_has_changed_since_is_not_touched,
    a_status_that_has_changed_since_is_no_hindrance,
    a_deployment_that_is_gone_is_told,
];

const NODE: &str = "ip-10-0-1-23.eu-west-1.compute.internal";
const FARGATE_NODE: &str = "fargate-ip-10-0-1-77.eu-west-1.compute.internal";
const QUESTION: &str = "Run it now?";
/// What no answer may show.
const PASSWORD: &str = "hunter2-of-the-laboratory";

/// A Deployment, its ReplicaSet and a pod on EC2, in a namespace of their own.
struct Stage {
    namespace: String,
    deployment: Value,
    replica_set: Value,
}

impl Stage {
    fn set(lab: &Lab) -> Self {
        let namespace = lab.namespace("fixed");
        let api = lab.cluster().api();
        let secret = json!({"spec": {"template": {"spec": {"containers": [{
            "name": "main", "image": "registry.k8s.io/pause:3.10", "env": [{"name": "PASSWORD", "value": PASSWORD}],
        }]}}}});
        let deployment = objects::with(objects::deployment(&namespace, "web"), &secret);
        let deployment = api.create(&deployment);
        let replica_set = objects::with(
            objects::deployment(&namespace, "web-5d8c7b9f6d"),
            &json!({"kind": "ReplicaSet", "metadata": {"ownerReferences": [owner(&deployment)]}, "spec": {
                "selector": deployment["spec"]["selector"],
                "template": objects::with(deployment["spec"]["template"].clone(), &json!({"metadata": {"labels": {"pod-template-hash": "5d8c7b9f6d"}}})),
            }}),
        );
        let replica_set = api.create(&replica_set);
        let stage = Self {
            namespace,
            deployment,
            replica_set,
        };
        api.create(&stage.pod("web-5d8c7b9f6d-aaaaa", NODE));
        stage
    }

    fn pod(&self, name: &str, node: &str) -> Value {
        objects::with(
            objects::running_pod(&self.namespace, name, node),
            &json!({"metadata": {
                "labels": {"app": "web", "pod-template-hash": "5d8c7b9f6d"}, "ownerReferences": [owner(&self.replica_set)],
            }}),
        )
    }

    /// A profile that is younger than the pod, without saying so: the pod is likely older.
    fn profile(&self, labels: &Value) -> Value {
        let mut profile = eks_stub::profile("prod", "apps", &self.namespace, labels);
        if let Some(profile) = profile.as_object_mut() {
            profile.remove("createdAt");
        }
        profile
    }

    fn asked(&self, lab: &Lab, user: User, labels: &Value) -> Invocation {
        explain_fix(
            lab,
            user,
            &self.namespace,
            "pod/web-5d8c7b9f6d-aaaaa",
            &self.profile(labels),
        )
    }

    fn now(&self, api: &Api) -> Value {
        api.get(&self.deployment)
    }
}

fn owner(object: &Value) -> Value {
    let metadata = &object["metadata"];
    json!({
        "apiVersion": object["apiVersion"], "kind": object["kind"], "name": metadata["name"], "uid": metadata["uid"],
        "controller": true, "blockOwnerDeletion": true,
    })
}

fn explain_fix(lab: &Lab, user: User, namespace: &str, pod: &str, profile: &Value) -> Invocation {
    let profiles = lab.profiles_file(std::slice::from_ref(profile));
    lab.kubectl_fargate(&lab.kubeconfig(user)).args([
        "explain",
        pod,
        "-n",
        namespace,
        "--fix",
        "--profiles",
        &profiles,
    ])
}

/// What was sent about a namespace and is no read: the verb, the name, and whether it was only tried.
fn writes(lab: &Lab, user: User, namespace: &str) -> Vec<String> {
    let requests = lab.cluster().audit().requests_of(user.name());
    let is_write = |request: &&Request| {
        request.namespace == namespace
            && request.is_ours()
            && !RIGHTS
                .iter()
                .any(|right| right.verbs.iter().any(|verb| verb.as_str() == request.verb))
    };
    let told = requests.iter().filter(is_write).map(|request| {
        let tried = match request.uri.contains("dryRun=All") {
            true => " (tried)",
            false => "",
        };
        format!(
            "{} {}/{}{tried} {}",
            request.verb, request.resource, request.name, request.code
        )
    });
    told.collect()
}

const RESTART: &str = "rollout restart deployment/web";

fn a_deployment_is_restarted_and_its_new_pod_followed(lab: &Lab) {
    let stage = Stage::set(lab);
    let api = lab.cluster().api();
    let mut terminal = stage.asked(lab, User::Fixer, &json!({})).on_terminal();
    terminal
        .wait_for("To be run by --fix")
        .wait_for(RESTART)
        .wait_for("nothing is changed yet")
        .wait_for("+ spec.template.metadata.annotations[kubectl.kubernetes.io/restartedAt]: 2")
        .wait_for(QUESTION);
    let annotation = |deployment: &Value| {
        deployment["spec"]["template"]["metadata"]["annotations"]
            ["kubectl.kubernetes.io/restartedAt"]
            .clone()
    };
    assert_eq!(annotation(&stage.now(api)), Value::Null, "not asked yet");
    terminal
        .press("y")
        .press(ENTER)
        .wait_for("deployment/web changed");
    assert!(annotation(&stage.now(api)).is_string());
    terminal.wait_for("Following the new pods");
    // What the controllers and EKS would do.
    let claimed = json!({"metadata": {"labels": {"eks.amazonaws.com/fargate-profile": "apps"}}, "spec": {"schedulerName": "fargate-scheduler"}});
    let waiting = objects::with(stage.pod("web-5d8c7b9f6d-bbbbb", NODE), &claimed);
    let mut unbound = waiting.clone();
    unbound["spec"]
        .as_object_mut()
        .expect("a spec")
        .remove("nodeName");
    unbound["status"] = json!({"phase": "Pending"});
    api.create(&unbound);
    terminal
        .wait_for("web-5d8c7b9f6d-bbbbb")
        .wait_for("FargatePending");
    api.remove(&unbound);
    api.create_when_free(&objects::with(
        stage.pod("web-5d8c7b9f6d-ccccc", FARGATE_NODE),
        &claimed,
    ));
    api.remove(&stage.pod("web-5d8c7b9f6d-aaaaa", NODE));
    terminal
        .wait_for("web-5d8c7b9f6d-ccccc")
        .wait_for("Landed.");
    let ending = terminal.end();
    assert_eq!(ending.code, Some(0), "{}", ending.text);
    assert!(ending.is_restored, "{}", ending.text);
    assert!(!ending.text.contains(PASSWORD), "{}", ending.text);
    assert_eq!(
        writes(lab, User::Fixer, &stage.namespace),
        [
            "patch deployments/web (tried) 200",
            "patch deployments/web 200"
        ]
    );
}

fn a_no_changes_nothing(lab: &Lab) {
    for keys in [&["n", ENTER][..], &[ENTER], &["q", ENTER], &[CONTROL_C]] {
        let stage = Stage::set(lab);
        let api = lab.cluster().api();
        let before = stage.now(api);
        let mut terminal = stage.asked(lab, User::Fixer, &json!({})).on_terminal();
        terminal.wait_for(QUESTION);
        for key in keys {
            terminal.press(key);
        }
        let ending = terminal.end();
        let is_broken_off = keys == [CONTROL_C];
        let code = if is_broken_off { 130 } else { 0 };
        assert_eq!(ending.code, Some(code), "{keys:?}: {}", ending.text);
        assert!(ending.is_restored, "{keys:?}: {}", ending.text);
        assert_eq!(
            ending.text.contains("Nothing was changed."),
            !is_broken_off,
            "{keys:?}: {}",
            ending.text
        );
        assert_eq!(stage.now(api), before, "{keys:?}");
        assert_eq!(
            writes(lab, User::Fixer, &stage.namespace),
            ["patch deployments/web (tried) 200"]
        );
    }
}

fn a_template_gets_the_label_that_a_profile_asks_for(lab: &Lab) {
    let stage = Stage::set(lab);
    let api = lab.cluster().api();
    let mut terminal = stage
        .asked(lab, User::Fixer, &json!({"tier": "backend"}))
        .on_terminal();
    terminal
        .wait_for("To be run by --fix")
        .wait_for("patch deployment/web --type merge")
        .wait_for("+ spec.template.metadata.labels[tier]: backend")
        .wait_for(QUESTION)
        .press("y")
        .press(ENTER)
        .wait_for("deployment/web changed")
        .wait_for("Following the new pods");
    assert_eq!(
        stage.now(api)["spec"]["template"]["metadata"]["labels"],
        json!({"app": "web", "tier": "backend"})
    );
    let new = objects::with(
        stage.pod("web-5d8c7b9f6d-bbbbb", NODE),
        &json!({"metadata": {"labels": {"tier": "backend"}}}),
    );
    api.create(&new);
    api.remove(&stage.pod("web-5d8c7b9f6d-aaaaa", NODE));
    terminal.wait_for("Landed.");
    let ending = terminal.end();
    assert_eq!(ending.code, Some(0), "{}", ending.text);
    assert!(!ending.text.contains(PASSWORD), "{}", ending.text);
}

fn a_pod_that_its_owner_makes_again_is_deleted(lab: &Lab) {
    let stage = Stage::set(lab);
    let api = lab.cluster().api();
    // A ReplicaSet by itself: its pods are made again by deleting them.
    let alone = api.create(&objects::with(
        objects::deployment(&stage.namespace, "alone"),
        &json!({"kind": "ReplicaSet"}),
    ));
    let pod = |name: &str| {
        objects::with(
            objects::running_pod(&stage.namespace, name, NODE),
            &json!({"metadata": {"labels": {"app": "alone"}, "ownerReferences": [owner(&alone)]}, "spec": {"terminationGracePeriodSeconds": 0}}),
        )
    };
    let old = api.create(&pod("alone-aaaaa"));
    let profile = stage.profile(&json!({}));
    let mut terminal = explain_fix(
        lab,
        User::Fixer,
        &stage.namespace,
        "pod/alone-aaaaa",
        &profile,
    )
    .on_terminal();
    terminal
        .wait_for("delete pod/alone-aaaaa")
        .wait_for("- deleted, with up to 0s to end; ReplicaSet alone makes it again")
        .wait_for(QUESTION);
    assert_eq!(api.get(&old)["metadata"]["uid"], old["metadata"]["uid"]);
    terminal
        .press("y")
        .press(ENTER)
        .wait_for("pod/alone-aaaaa deleted");
    api.create(&pod("alone-bbbbb"));
    terminal.wait_for("alone-bbbbb").wait_for("Landed.");
    let ending = terminal.end();
    assert_eq!(ending.code, Some(0), "{}", ending.text);
    assert_eq!(
        writes(lab, User::Fixer, &stage.namespace),
        [
            "delete pods/alone-aaaaa (tried) 200",
            "delete pods/alone-aaaaa 200"
        ]
    );
}

fn a_pod_that_nobody_makes_again_is_never_deleted(lab: &Lab) {
    let stage = Stage::set(lab);
    let mut bare = objects::running_pod(&stage.namespace, "bare", NODE);
    bare["metadata"]
        .as_object_mut()
        .expect("a map")
        .remove("ownerReferences");
    lab.cluster().api().create(&bare);
    let profile = stage.profile(&json!({}));
    let asked = explain_fix(lab, User::Fixer, &stage.namespace, "pod/bare", &profile);
    let ending = asked.on_terminal().end();
    assert_eq!(ending.code, Some(0), "{}", ending.text);
    assert!(
        ending.text.contains("Nobody makes this pod again"),
        "{}",
        ending.text
    );
    assert!(
        ending.text.contains("--fix does not run it"),
        "{}",
        ending.text
    );
    assert!(!ending.text.contains(QUESTION), "{}", ending.text);
    assert!(writes(lab, User::Fixer, &stage.namespace).is_empty());
}

fn nobody_who_could_be_asked_means_nothing_is_done(lab: &Lab) {
    let stage = Stage::set(lab);
    let api = lab.cluster().api();
    let before = stage.now(api);
    let outcome = stage.asked(lab, User::Fixer, &json!({})).run();
    outcome.expect_code(2);
    assert!(outcome.stdout.contains(RESTART), "{outcome}");
    assert!(outcome.stdout.contains("restartedAt"), "{outcome}");
    assert!(outcome.stderr.contains("nothing was changed"), "{outcome}");
    assert!(
        outcome.stderr.contains("standard input is no terminal"),
        "{outcome}"
    );
    let forbidden = stage
        .asked(lab, User::Fixer, &json!({}))
        .args(["--no-input"]);
    let ending = forbidden.on_terminal().end();
    assert_eq!(ending.code, Some(2), "{}", ending.text);
    assert!(
        ending.text.contains("--no-input forbids to ask"),
        "{}",
        ending.text
    );
    assert_eq!(stage.now(api), before);
    assert_eq!(
        writes(lab, User::Fixer, &stage.namespace),
        [
            "patch deployments/web (tried) 200",
            "patch deployments/web (tried) 200"
        ]
    );
}

fn who_may_not_patch_is_told_so(lab: &Lab) {
    let stage = Stage::set(lab);
    let asked = stage.asked(lab, User::Viewer, &json!({}));
    let ending = asked.on_terminal().end();
    assert_eq!(ending.code, Some(3), "{}", ending.text);
    for words in [
        "error: you may not restart deployment/web",
        "cannot patch resource",
        "auth can-i patch deployments/web",
        "kubectl fargate permissions --fix",
        "deployment/web was not changed",
    ] {
        assert!(ending.text.contains(words), "{words}: {}", ending.text);
    }
    assert!(!ending.text.contains(QUESTION), "{}", ending.text);
    assert_eq!(
        writes(lab, User::Viewer, &stage.namespace),
        ["patch deployments/web (tried) 403"]
    );
}

fn a_policy_that_forbids_it_is_told(lab: &Lab) {
    let stage = Stage::set(lab);
    let api = lab.cluster().api();
    let name = lab.unique("no-restarts");
    let policy = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy", "metadata": {"name": name},
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {"resourceRules": [{"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["deployments"]}]},
            "validations": [{"expression": "false", "message": "no restarts on Saturdays"}],
        },
    });
    let binding = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": name},
        "spec": {
            "policyName": name, "validationActions": ["Deny"],
            "matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": stage.namespace}}},
        },
    });
    api.create(&policy);
    api.create(&binding);
    // It takes the server a moment to know of it.
    api.wait_for("the policy", |_| {
        let outcome = stage.asked(lab, User::Fixer, &json!({})).run();
        outcome
            .stderr
            .contains("no restarts on Saturdays")
            .then_some(())
    });
    let ending = stage
        .asked(lab, User::Fixer, &json!({}))
        .on_terminal()
        .end();
    api.remove(&binding);
    api.remove(&policy);
    assert_eq!(ending.code, Some(3), "{}", ending.text);
    for words in [
        "a webhook or policy of the cluster does not let deployment/web be changed so",
        "no restarts on Saturdays",
        "deployment/web was not changed",
    ] {
        assert!(ending.text.contains(words), "{words}: {}", ending.text);
    }
    assert!(!ending.text.contains(QUESTION), "{}", ending.text);
}

/// Waits for the question, lets something happen, and then says yes.
fn after(terminal: &mut Terminal, happens: impl FnOnce()) {
    terminal.wait_for(QUESTION);
    happens();
    terminal.press("y").press(ENTER);
}

fn what_has_changed_since_is_not_touched(lab: &Lab) {
    let stage = Stage::set(lab);
    let api = lab.cluster().api();
    let mut terminal = stage.asked(lab, User::Fixer, &json!({})).on_terminal();
    let mut changed = Value::Null;
    after(&mut terminal, || {
        let patch = json!({"spec": {"template": {"metadata": {"labels": {"tier": "other"}}}}});
        changed = api.patch(&stage.deployment, &patch);
    });
    let ending = terminal.end();
    assert_eq!(ending.code, Some(3), "{}", ending.text);
    assert!(
        ending
            .text
            .contains("error: deployment/web is no longer what was judged: it has changed"),
        "{}",
        ending.text
    );
    assert_eq!(stage.now(api), changed);
    assert_eq!(
        writes(lab, User::Fixer, &stage.namespace),
        [
            "patch deployments/web (tried) 200",
            "patch deployments/web 409"
        ]
    );
}

fn a_status_that_has_changed_since_is_no_hindrance(lab: &Lab) {
    let stage = Stage::set(lab);
    let api = lab.cluster().api();
    let mut terminal = stage.asked(lab, User::Fixer, &json!({})).on_terminal();
    after(&mut terminal, || {
        api.set_status(
            &stage.deployment,
            &json!({"replicas": 1, "observedGeneration": 1}),
        );
    });
    terminal.wait_for("deployment/web changed");
    api.create(&stage.pod("web-5d8c7b9f6d-bbbbb", NODE));
    api.remove(&stage.pod("web-5d8c7b9f6d-aaaaa", NODE));
    let ending = terminal.end();
    assert_eq!(ending.code, Some(0), "{}", ending.text);
    assert_eq!(
        writes(lab, User::Fixer, &stage.namespace),
        [
            "patch deployments/web (tried) 200",
            "patch deployments/web 409",
            "patch deployments/web 200"
        ]
    );
}

fn a_deployment_that_is_gone_is_told(lab: &Lab) {
    let stage = Stage::set(lab);
    let api = lab.cluster().api();
    let mut terminal = stage.asked(lab, User::Fixer, &json!({})).on_terminal();
    after(&mut terminal, || api.remove(&stage.deployment));
    let ending = terminal.end();
    assert_eq!(ending.code, Some(3), "{}", ending.text);
    assert!(
        ending
            .text
            .contains("error: deployment/web is no longer what was judged: it is gone"),
        "{}",
        ending.text
    );
}
