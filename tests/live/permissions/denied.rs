//! With one right less: by the table, right by right and verb by verb, and action by action.

use kubectl_fargate::report::permissions::{
    policy::ACTIONS,
    rights::{Need, RIGHTS, Right, Verb},
    roles,
};
use serde_json::{Value, json};

use super::cluster::{self, SHOP, WithoutWebhook};
use super::granted::action_of;
use super::{QUESTIONS, Question, WATCHING, ask, covers, kubeconfig, question};
use crate::lab::{
    Lab,
    api::Api,
    audit::Request,
    eks_stub::{Answer, EksStub},
    invocation::Outcome,
    server::ApiServer,
};
use crate::surroundings;

/// A right, or one of its verbs, that somebody does not have.
struct Withdrawn {
    /// Its place in the table.
    index: usize,
    /// The verbs that are left of it.
    left: &'static [Verb],
}

impl Withdrawn {
    /// Each right as a whole, and of those with two verbs, each verb by itself.
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for (index, right) in RIGHTS.iter().enumerate() {
            all.push(Self { index, left: &[] });
            if right.verbs.len() > 1 {
                all.push(Self {
                    index,
                    left: &[Verb::Get],
                });
                all.push(Self {
                    index,
                    left: &[Verb::List],
                });
            }
        }
        all
    }

    fn right(&self) -> &'static Right {
        &RIGHTS[self.index]
    }

    /// The group that has everything else.
    fn group(&self) -> String {
        let verbs: Vec<&str> = self.left.iter().map(|verb| verb.as_str()).collect();
        format!("without-{}-but-{}", self.index, verbs.join("-"))
    }

    /// What the group has.
    fn others(&self) -> Vec<Right> {
        let mut rights = RIGHTS.to_vec();
        rights[self.index].verbs = self.left;
        rights.retain(|right| !right.verbs.is_empty());
        rights
    }

    /// Whether this can no longer be asked.
    fn forbids(&self, request: &Request) -> bool {
        covers(self.right(), request) && !self.left.iter().any(|verb| verb.as_str() == request.verb)
    }

    /// Gives the group everything else.
    fn grant_the_others(&self, api: &Api) {
        let group = self.group();
        let mut role = roles::cluster_role(roles::NAME, &self.others());
        role.metadata.name.clone_from(&group);
        api.create(&serde_json::to_value(&role).expect("plain data"));
        api.create(&json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": group},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": group},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group}],
        }));
        let kept = match self.right().resource {
            "services" => "events",
            _ => "services",
        };
        let kept = json!({"verb": "list", "resource": kept});
        api.wait_for("the binding", |api| {
            api.lets("somebody", &[&group], &kept).then_some(())
        });
    }
}

/// A question, what it asks of the server, and its answer with all rights.
struct Baseline {
    question: Question,
    requests: Vec<Request>,
    report: Value,
}

impl Baseline {
    fn of(lab: &Lab, strict: &ApiServer, aws: &EksStub, question: Question) -> Self {
        let user = lab.unique("unlimited");
        let config = kubeconfig(lab, strict, &user, Some("system:masters"));
        let outcome = ask(
            lab.kubectl_dash_fargate(&config),
            aws,
            &question,
            &["-o", "json"],
        );
        outcome.expect_code(question.code);
        Self {
            question,
            requests: strict.audit().requests_of(&user),
            report: serde_json::from_str(&outcome.stdout).unwrap_or_default(),
        }
    }

    /// The manner of asking: of questions of one manner, one is enough for each right.
    fn manner(&self) -> (&'static str, &'static str) {
        let is_watching = self.question.arguments == WATCHING.arguments;
        let target = match is_watching {
            true => "watch",
            false => self.question.arguments.get(1).copied().unwrap_or_default(),
        };
        let kind = target.split('/').next().unwrap_or_default();
        (self.question.arguments[0], kind)
    }
}

pub fn without_any_one_right_the_answer_goes_on_and_says_what_it_lost(lab: &Lab) {
    let strict = cluster::take(lab);
    let api = strict.api();
    let aws = EksStub::start(cluster::aws);
    let baseline = |question: &Question| Baseline::of(lab, &strict, &aws, *question);
    let mut there: Vec<Baseline> = QUESTIONS.iter().map(baseline).collect();
    there.retain(|asked| !asked.question.arguments.contains(&"pod/nobody"));
    let withdrawn = Withdrawn::all();
    let mut judged = vec![false; withdrawn.len()];
    let judge = |withdrawn: &Withdrawn, asked: &[Baseline]| {
        let mut manners = Vec::new();
        for asked in asked {
            // Watching takes its time, and reads as any question about the same does.
            let is_watching = asked.manner().1 == "watch";
            if is_watching && withdrawn.right().verbs != [Verb::Watch] {
                continue;
            }
            let is_asked = asked
                .requests
                .iter()
                .any(|request| withdrawn.forbids(request));
            if is_asked
                && !manners.contains(&asked.manner())
                && judge_one(lab, &strict, &aws, withdrawn, asked)
            {
                manners.push(asked.manner());
            }
        }
        !manners.is_empty()
    };
    for (withdrawn, judged) in withdrawn.iter().zip(&mut judged) {
        withdrawn.grant_the_others(api);
        *judged |= judge(withdrawn, &there);
    }
    // Where there is no webhook of that name, the others are looked through.
    let without = WithoutWebhook::of(api);
    let late = [baseline(&question(&["explain", "pod/late"]))];
    for (withdrawn, judged) in withdrawn.iter().zip(&mut judged) {
        if !*judged {
            *judged = judge(withdrawn, &late);
        }
    }
    drop(without);
    for (withdrawn, judged) in withdrawn.iter().zip(judged) {
        assert!(judged, "nothing asks for {}", withdrawn.group());
    }
}

/// Whether what is withdrawn was asked for at all: an error may end the program before it comes to that.
fn judge_one(
    lab: &Lab,
    strict: &ApiServer,
    aws: &EksStub,
    withdrawn: &Withdrawn,
    asked: &Baseline,
) -> bool {
    let right = withdrawn.right();
    let group = withdrawn.group();
    let question = &asked.question;
    let about = format!("{question:?} {group} ({})", right.full_name());
    let user = lab.unique(&group);
    let config = kubeconfig(lab, strict, &user, Some(&group));
    let outcome = ask(
        lab.kubectl_dash_fargate(&config),
        aws,
        question,
        &["-o", "json"],
    );

    let refused = || {
        let mut refused = strict.audit().requests_of(&user);
        refused.retain(|request| request.code == 403);
        Some(refused).filter(|refused| !refused.is_empty())
    };
    if question.code != 0 && refused().is_none() {
        return false;
    }
    let refused = strict
        .api()
        .wait_for(&format!("a refusal, {about}"), |_| refused());
    for request in &refused {
        assert!(withdrawn.forbids(request), "{about}: {request:?}");
    }

    if right.need == Need::Required && outcome.code == Some(3) {
        // There is nothing to say about pods without pods; what it takes is said.
        let request = refused.first().expect("something was refused");
        let words = format!("cannot {} resource \"{}\"", request.verb, request.resource);
        outcome.expect_on_stderr(&[&words]);
        assert_ne!(question.arguments[0], "profiles", "{about}: {outcome}");
        return true;
    }
    if right.verbs == [Verb::Watch] {
        let words = format!(
            "note: this may not be watched, so it is read every 5s instead ({} is",
            right.resource
        );
        outcome
            .expect_code(question.code)
            .expect_on_stderr(&[&words]);
        return true;
    }
    // A namespace that may not be looked at looks like an empty one.
    if question.code != 0 && outcome.code == Some(question.code) {
        assert!(outcome.stderr.starts_with("error: "), "{about}: {outcome}");
        return true;
    }
    outcome.expect_code(0);
    let report: Value = serde_json::from_str(&outcome.stdout).expect("a report");
    let loss =
        loss(&report, right).unwrap_or_else(|| panic!("{about}: the loss is not told\n{outcome}"));
    is_no_worse(&report, &asked.report, right, &about);

    // Objects of controllers are missed only where the EKS API does not tell the profiles.
    let is_needless = is_of_controllers(right);
    if loss == Loss::Nothing || is_needless || !withdrawn.left.is_empty() {
        return true;
    }
    let text = ask(lab.kubectl_dash_fargate(&config), aws, question, &[]);
    text.expect_code(0);
    let is_told = report["pods"].as_array().is_some_and(Vec::is_empty)
        || text.stdout.contains(right.resource);
    assert!(is_told, "{about}: the loss is not told\n{text}");
    true
}

/// Whether it is about objects by which controllers make Fargate profiles.
fn is_of_controllers(right: &Right) -> bool {
    right.resource.ends_with("fargateprofiles") || right.resource.ends_with("controlplanes")
}

#[derive(Debug, PartialEq, Eq)]
enum Loss {
    /// It could be had by other means.
    Nothing,
    /// It is missing, and `sources` says so.
    Told,
}

/// How the sources of a report tell that this could not be read; `None` where they are silent about it.
fn loss(report: &Value, right: &Right) -> Option<Loss> {
    // Profiles of the EKS API are told by the plural name alone.
    let name = match is_of_controllers(right) {
        true => right.full_name(),
        false => right.resource.to_owned(),
    };
    let sources = report["sources"].as_array().into_iter().flatten();
    let about: Vec<&Value> = sources
        .filter(|source| source["what"] == name.as_str())
        .collect();
    let has = |statuses: &[&str]| {
        about
            .iter()
            .any(|source| statuses.iter().any(|status| source["status"] == *status))
    };
    if has(&["Forbidden", "Partial"]) {
        return Some(Loss::Told);
    }
    let is_by_other_means = about.iter().any(|source| {
        let detail = source["detail"].as_str().unwrap_or_default();
        detail.contains("could not be listed")
    });
    is_by_other_means.then_some(Loss::Nothing)
}

/// Everything that is said is said with all rights, too, or is said to be unsure.
fn is_no_worse(now: &Value, before: &Value, right: &Right, about: &str) {
    let entries = |report: &Value, list: &str| -> Vec<Value> {
        report[list].as_array().cloned().unwrap_or_default()
    };
    for pod in entries(before, "pods") {
        let same = entries(now, "pods")
            .into_iter()
            .find(|other| other["name"] == pod["name"] && other["namespace"] == pod["namespace"]);
        let Some(same) = same else {
            let tells_the_pods = ["pods", "jobs"].contains(&right.resource);
            assert!(tells_the_pods, "{about}: {} is gone", pod["name"]);
            continue;
        };
        assert_eq!(
            same["placement"]["kind"], pod["placement"]["kind"],
            "{about}: {same:#}"
        );
        assert!(
            same["reason"] == pod["reason"] || same["certainty"] != "Certain",
            "{about}: was {}, is {same:#}",
            pod["reason"]
        );
        let (expected, was) = (&same["expected"], &pod["expected"]);
        // A webhook that is not seen is taken to be there, as it is wherever there is a profile.
        let by_webhook = right.resource == "mutatingwebhookconfigurations";
        assert!(
            expected["kind"] == was["kind"] || expected["kind"] == "Undecided" || by_webhook,
            "{about}: was {was}, is {same:#}"
        );
    }
    for profile in entries(before, "profiles") {
        let same = entries(now, "profiles")
            .into_iter()
            .find(|other| other["name"] == profile["name"]);
        let same = same.unwrap_or_else(|| panic!("{about}: {} is gone", profile["name"]));
        for field in ["status", "podsOnFargate", "podsWaiting", "podsClaimable"] {
            assert!(
                same[field] == profile[field] || same[field].is_null(),
                "{about}: {field} was {}, is {same:#}",
                profile[field]
            );
        }
    }
}

pub fn without_any_one_action_of_iam_the_answer_goes_on_and_says_what_it_lost(lab: &Lab) {
    let strict = cluster::take(lab);
    let admin = kubeconfig(lab, &strict, "unlimited", Some("system:masters"));
    let questions = [
        question(&["explain", "pod/waits"]),
        question(&["explain", "-n", SHOP]),
        question(&["profiles"]),
        question(&["suggest", "deployment/plain"]),
    ];
    let whole = EksStub::start(cluster::aws);
    for action in ACTIONS {
        let aws = EksStub::start(|asked| {
            let line = format!("GET {}?{} {}", asked.path, asked.query, asked.body);
            match (
                action_of(line.trim_end()) == action.name,
                asked.ec2_action(),
            ) {
                (false, _) => cluster::aws(asked),
                (true, Some(_)) => surroundings::denied(),
                (true, None) => Answer::Error(403, "AccessDeniedException", "no"),
            }
        });
        let mut was_denied = false;
        for question in &questions {
            let before = aws.asked().len();
            let json = ["-o", "json"];
            let outcome = ask(lab.kubectl_dash_fargate(&admin), &aws, question, &json);
            let about = format!("{question:?} without {}", action.name);
            outcome.expect_code(0);
            let report: Value = serde_json::from_str(&outcome.stdout).expect("a report");
            let asked = aws.asked();
            let is_denied = asked[before..]
                .iter()
                .any(|asked| action_of(asked) == action.name);
            if !is_denied {
                continue;
            }
            was_denied = true;
            let wanted = ask(lab.kubectl_dash_fargate(&admin), &whole, question, &json);
            let wanted: Value = serde_json::from_str(&wanted.stdout).expect("a report");
            is_no_worse(&report, &wanted, &RIGHTS[0], &about);
            tells(&report, action.name, &about, &outcome);
            let text = ask(lab.kubectl_dash_fargate(&admin), &aws, question, &[]);
            text.expect_code(0);
            let (_, name) = action.name.split_once(':').expect("a service");
            let is_told = [name, "AccessDenied", "fargateprofiles (Forbidden)"]
                .iter()
                .any(|words| text.stdout.contains(words));
            assert!(is_told, "{about}: the loss is not told\n{text}");
        }
        assert!(was_denied, "nothing asks for {}", action.name);
    }
}

/// The sources have a line about what was denied, and the action that it takes is named.
fn tells(report: &Value, action: &str, about: &str, outcome: &Outcome) {
    let what = match action {
        "eks:ListFargateProfiles" | "eks:DescribeFargateProfile" => "fargateprofiles",
        "eks:DescribeAccessEntry" => "accessentries",
        _ => "subnets",
    };
    let sources = report["sources"].as_array().into_iter().flatten();
    let told = sources
        .filter(|source| source["what"] == what)
        .any(|source| {
            ["Forbidden", "Partial"]
                .iter()
                .any(|status| source["status"] == *status)
        });
    assert!(told, "{about}: {outcome}");
    assert!(
        report.to_string().contains(action),
        "{about}: {action} is not named\n{outcome}"
    );
}
