//! What is wanted of every answer: compared with the answer of the healthy cluster, each pod's is the same, or it says that
//! something was not seen.

use serde_json::Value;

/// The reasons that say what was not seen.
const VISIBILITY: &[&str] = &[
    "ProfilesUnknown",
    "NodesUnknown",
    "EventsUnknown",
    "WebhooksUnknown",
    "VolumesUnknown",
    "OwnersUnknown",
];

/// How sure an answer is; more is surer.
fn sureness(certainty: &Value) -> u8 {
    match certainty.as_str() {
        Some("Certain") => 2,
        Some("Likely") => 1,
        _ => 0,
    }
}

/// The lines of `sources` about this.
pub fn sources<'a>(report: &'a Value, what: &str) -> Vec<&'a Value> {
    let sources = report["sources"].as_array().expect("sources are a list");
    sources
        .iter()
        .filter(|source| source["what"] == what)
        .collect()
}

/// The statuses of the lines of `sources` about this.
pub fn statuses(report: &Value, what: &str) -> Vec<String> {
    sources(report, what)
        .iter()
        .map(|source| source["status"].as_str().unwrap_or_default().to_owned())
        .collect()
}

fn pods(report: &Value) -> impl Iterator<Item = (String, &Value)> {
    let pods = report["pods"].as_array().expect("pods are a list");
    pods.iter().map(|pod| {
        let text = |key: &str| pod[key].as_str().unwrap_or_default();
        (format!("{}/{}", text("namespace"), text("name")), pod)
    })
}

/// Wants each pod of `found` to be answered as in `whole`, or to say what was not seen. `lost`: what the server did not tell,
/// as `sources` calls it; pods may be missing only where it is the pods.
pub fn is_honest(what: &str, whole: &Value, found: &Value, lost: &str) {
    let said = statuses(found, lost);
    let is_said = said.iter().any(|status| status != "Read");
    let wanted: std::collections::BTreeMap<_, _> = pods(whole).collect();
    let mut count = 0;
    for (name, pod) in pods(found) {
        count += 1;
        let Some(wanted) = wanted.get(&name) else {
            panic!("{what}: there is no pod {name}");
        };
        let same = ["placement", "reason", "certainty", "expected"]
            .iter()
            .all(|key| pod[key] == wanted[key]);
        if same {
            continue;
        }
        let context = || {
            format!(
                "{what}: pod {name}\n  wanted {}\n  found  {}\n  sources {said:?}",
                answer_of(wanted),
                answer_of(pod)
            )
        };
        assert!(is_said, "another answer, and no word of why: {}", context());
        let decides = |reason: &Value| {
            reason
                .as_str()
                .is_some_and(|reason| VISIBILITY.contains(&reason))
        };
        let names_the_loss = decides(&pod["reason"])
            || pod["findings"]
                .as_array()
                .is_some_and(|findings| findings.iter().any(|finding| decides(&finding["reason"])));
        if pod["reason"] == wanted["reason"] {
            assert!(
                sureness(&pod["certainty"]) <= sureness(&wanted["certainty"]),
                "surer than with all of it: {}",
                context()
            );
        } else {
            // That the label is missing stays true; that the owner has it needed the owner.
            let is_less =
                pod["reason"] == "LabelMismatch" && wanted["reason"] == "LabelOnlyOnOwner";
            // These hold whatever the profiles are.
            let is_set = lost == "fargateprofiles"
                && ["DaemonSetPod", "StaticPod", "OptedOut"]
                    .iter()
                    .any(|reason| pod["reason"] == *reason)
                && pod["expected"]["kind"] == wanted["expected"]["kind"];
            let is_less = is_less || is_set;
            assert!(
                decides(&pod["reason"]) || sureness(&pod["certainty"]) < 2 || is_less,
                "another reason, and certain: {}",
                context()
            );
            assert!(names_the_loss, "the loss is not named: {}", context());
        }
        let (kind, kind_wanted) = (&pod["placement"]["kind"], &wanted["placement"]["kind"]);
        assert!(
            kind == kind_wanted || kind == "OtherNode",
            "another place: {}",
            context()
        );
        let provisioner = &pod["placement"]["provisioner"];
        assert!(
            provisioner.is_null() || *provisioner == wanted["placement"]["provisioner"],
            "another provisioner: {}",
            context()
        );
        let (expected, expected_wanted) = (&pod["expected"], &wanted["expected"]);
        assert!(
            expected["kind"] == expected_wanted["kind"]
                || expected["kind"] == "Undecided"
                || expected["certainty"]
                    .as_str()
                    .is_some_and(|c| c != "Certain")
                || sureness(&pod["certainty"]) < 2,
            "another expectation: {}",
            context()
        );
    }
    assert!(
        count == wanted.len() || lost == "pods" && is_said,
        "{what}: {count} of {} pods, and no word of it",
        wanted.len()
    );
}

fn answer_of(pod: &Value) -> String {
    format!(
        "{} {} {} {}",
        pod["placement"], pod["reason"], pod["certainty"], pod["expected"]
    )
}
