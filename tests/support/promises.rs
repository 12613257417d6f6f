//! What every report promises, whatever it is about: the words and shapes that other programs rely on.

use kubectl_fargate::decision::reason::Reason;
use serde_json::Value;

const CERTAINTIES: &[&str] = &["Certain", "Likely", "Undecided"];
const SEVERITIES: &[&str] = &["Error", "Warning", "Info"];
const EXPECTED: &[&str] = &["Fargate", "Refused", "NotFargate", "Undecided"];
const ORIGINS: &[&str] = &["Template", "Pod"];
const ON_A_NODE: &[&str] = &["Rejected", "Fargate", "EC2", "HybridNode", "OtherNode"];
const WAITING: &[&str] = &["FargatePending", "Pending"];
const PROVISIONERS: &[&str] = &["ManagedNodeGroup", "Karpenter", "AutoMode", "SelfManaged"];
const STATUSES: &[&str] = &[
    "Read",
    "Partial",
    "Forbidden",
    "NotServed",
    "TimedOut",
    "Failed",
    "Malformed",
    "NotGiven",
];
/// The fields that hold a moment.
const MOMENTS: &[&str] = &["takenAt", "createdAt", "time"];
/// The programs that a fix may tell to run.
const PROGRAMS: &[&str] = &["kubectl", "aws", "eksctl"];

/// Returns the promises that a report breaks, a line each with the place where; none for a good one.
pub fn broken_promises(report: &Value) -> Vec<String> {
    let mut check = Check::default();
    check.report(report);
    check.everywhere("", report);
    check.broken
}

#[derive(Default)]
struct Check {
    broken: Vec<String>,
}

impl Check {
    fn that(&mut self, holds: bool, place: &str, promise: impl AsRef<str>) {
        if !holds {
            self.broken.push(format!("{place}: {}", promise.as_ref()));
        }
    }

    fn word(&mut self, value: &Value, words: &[&str], place: &str) {
        let known = value.as_str().is_some_and(|word| words.contains(&word));
        self.that(
            known,
            place,
            format!("{value} is none of {}", words.join(", ")),
        );
    }

    fn text(&mut self, value: &Value, place: &str) {
        let is_text = value.as_str().is_some_and(|text| !text.trim().is_empty());
        self.that(is_text, place, format!("a text is due, found {value}"));
    }

    fn reason(&mut self, value: &Value, place: &str) {
        let known = Reason::ALL.iter().any(|reason| value == reason.as_str());
        self.that(known, place, format!("{value} is no known reason"));
    }

    fn report(&mut self, report: &Value) {
        self.that(
            report["apiVersion"] == "fargate.kubectl.io/v1",
            "apiVersion",
            "must be fargate.kubectl.io/v1",
        );
        self.that(
            report["kind"] == "PlacementReport",
            "kind",
            "must be PlacementReport",
        );
        self.that(report["takenAt"].is_string(), "takenAt", "must be there");
        self.that(report["cluster"].is_object(), "cluster", "must be there");
        for list in ["sources", "pods"] {
            self.that(report[list].is_array(), list, "must be a list");
        }
        for (index, source) in list(report, "sources").iter().enumerate() {
            let place = format!("sources[{index}]");
            self.text(&source["what"], &format!("{place}.what"));
            self.word(&source["status"], STATUSES, &format!("{place}.status"));
        }
        let keys: Vec<(&str, &str)> = list(report, "pods")
            .iter()
            .map(|pod| (word(&pod["namespace"]), word(&pod["name"])))
            .collect();
        self.that(
            keys.is_sorted(),
            "pods",
            "sorted by namespace, then by name",
        );
        for names in ["nodes", "profiles"] {
            let sorted = list(report, names)
                .iter()
                .map(|item| word(&item["name"]))
                .is_sorted();
            self.that(sorted, names, "sorted by name");
        }
        for pod in list(report, "pods") {
            let place = format!("{}/{}", word(&pod["namespace"]), word(&pod["name"]));
            self.pod(pod, &place);
        }
    }

    fn pod(&mut self, pod: &Value, place: &str) {
        for field in ["namespace", "name", "summary"] {
            self.text(&pod[field], &format!("{place} {field}"));
        }
        self.that(
            !word(&pod["summary"]).contains(['\n', '\r']),
            place,
            "the summary is one line",
        );
        let is_template = pod["template"] == true;
        self.that(
            pod.get("placement").is_none() == is_template,
            place,
            "a pod has a placement, a template has none",
        );
        if let Some(owner) = pod.get("owner") {
            self.text(&owner["kind"], &format!("{place} owner.kind"));
            self.text(&owner["name"], &format!("{place} owner.name"));
        }
        if let Some(placement) = pod.get("placement") {
            self.placement(placement, place);
        }
        self.expected(&pod["expected"], place);
        self.reason(&pod["reason"], &format!("{place} reason"));
        self.word(
            &pod["certainty"],
            CERTAINTIES,
            &format!("{place} certainty"),
        );
        self.findings(pod, place);
        self.near_misses(pod, place);
    }

    fn placement(&mut self, placement: &Value, place: &str) {
        let kind = &placement["kind"];
        self.word(
            kind,
            &[ON_A_NODE, WAITING].concat(),
            &format!("{place} placement.kind"),
        );
        let is_waiting = WAITING.contains(&word(kind));
        self.that(
            placement.get("node").is_none() == is_waiting,
            place,
            format!("{} and node {} do not agree", kind, placement["node"]),
        );
        if let Some(provisioner) = placement.get("provisioner") {
            self.that(kind == "EC2", place, "only EC2 nodes have a provisioner");
            self.word(
                &provisioner["kind"],
                PROVISIONERS,
                &format!("{place} placement.provisioner.kind"),
            );
        }
    }

    fn expected(&mut self, expected: &Value, place: &str) {
        self.word(
            &expected["kind"],
            EXPECTED,
            &format!("{place} expected.kind"),
        );
        self.word(
            &expected["from"],
            ORIGINS,
            &format!("{place} expected.from"),
        );
        if expected["kind"] == "Fargate" {
            self.text(&expected["profile"], &format!("{place} expected.profile"));
            self.that(
                expected["selector"].is_u64(),
                place,
                "expected Fargate names its selector by number",
            );
        }
        if let Some(certainty) = expected.get("certainty") {
            self.word(
                certainty,
                CERTAINTIES,
                &format!("{place} expected.certainty"),
            );
        }
        for reason in list(expected, "because") {
            self.reason(reason, &format!("{place} expected.because"));
        }
    }

    fn findings(&mut self, pod: &Value, place: &str) {
        let findings = list(pod, "findings");
        let first = findings.first().unwrap_or(&Value::Null);
        self.that(
            first["reason"] == pod["reason"],
            place,
            format!(
                "the first finding is {}, the decisive reason {}",
                first["reason"], pod["reason"]
            ),
        );
        self.that(
            first
                .get("certainty")
                .is_none_or(|certainty| *certainty == pod["certainty"]),
            place,
            "the decisive finding is as certain as the pod's answer",
        );
        let ranks = findings.iter().skip(1).map(|finding| {
            SEVERITIES
                .iter()
                .position(|severity| finding["severity"] == *severity)
        });
        self.that(
            ranks.is_sorted(),
            place,
            "after the decisive finding, the worse ones come first",
        );
        for finding in findings {
            let place = format!("{place} {}", word(&finding["reason"]));
            self.finding(finding, &place);
            if finding["severity"] == "Info" && finding["reason"] != pod["reason"] {
                self.note(finding, &pod["expected"], &place);
            }
        }
    }

    /// What is only good to know never moves a workload, and makes no pod again that would not come back to Fargate.
    fn note(&mut self, note: &Value, expected: &Value, place: &str) {
        const MOVES: &[&str] = &["compute-type", "create fargateprofile"];
        const MAKES_AGAIN: &[&str] = &["rollout restart", "replace --force", "delete pod/"];
        let commands = list(&note["fix"], "commands");
        let has = |words: &[&str]| {
            let mut commands = commands.iter().map(word);
            commands.any(|command| words.iter().any(|word| command.contains(word)))
        };
        self.that(!has(MOVES), place, "a note moves a workload");
        let is_over = note["reason"] == "FinishedPodKeepsNode";
        self.that(
            expected["kind"] == "Fargate" || is_over || !has(MAKES_AGAIN),
            place,
            "a note makes pods again that would not run on Fargate",
        );
    }

    fn finding(&mut self, finding: &Value, place: &str) {
        self.reason(&finding["reason"], place);
        self.word(
            &finding["severity"],
            SEVERITIES,
            &format!("{place} severity"),
        );
        if let Some(certainty) = finding.get("certainty") {
            self.word(certainty, CERTAINTIES, &format!("{place} certainty"));
        }
        self.text(&finding["message"], &format!("{place} message"));
        for evidence in list(finding, "evidence") {
            self.text(&evidence["object"], &format!("{place} evidence.object"));
            self.text(&evidence["field"], &format!("{place} evidence.field"));
        }
        if let Some(source) = finding.get("source") {
            self.that(
                word(source).starts_with("https://"),
                place,
                format!("source {source} is no address"),
            );
        }
        if let Some(fix) = finding.get("fix") {
            self.text(&fix["text"], &format!("{place} fix.text"));
            for command in list(fix, "commands") {
                let program = word(command).split(' ').next().unwrap_or_default();
                self.that(
                    PROGRAMS.contains(&program),
                    place,
                    format!("command {command} starts with none of {PROGRAMS:?}"),
                );
                self.that(
                    !word(command).contains(char::is_control),
                    place,
                    format!("command {command} is no single line"),
                );
            }
        }
    }

    fn near_misses(&mut self, pod: &Value, place: &str) {
        let misses = list(pod, "nearMisses");
        self.that(misses.len() <= 5, place, "five near misses at the most");
        let count = pod["nearMissCount"].as_u64().unwrap_or_default();
        self.that(
            count >= misses.len() as u64,
            place,
            format!("nearMissCount {count} is less than those listed"),
        );
        let mut best_first = Vec::new();
        for miss in misses {
            self.text(&miss["profile"], &format!("{place} nearMisses.profile"));
            self.text(
                &miss["namespace"]["pattern"],
                &format!("{place} nearMisses.namespace.pattern"),
            );
            let labels = list(miss, "labels");
            for label in labels {
                self.that(
                    label["key"].is_string()
                        && label["pattern"].is_string()
                        && label["matched"].is_boolean(),
                    place,
                    format!("{label} is no label tried"),
                );
            }
            let met = labels
                .iter()
                .filter(|label| label["matched"] == true)
                .count();
            let is_namespace_met = miss["namespace"]["matched"] == true;
            // A profile label on the pod keeps every other profile from matching, whatever its selectors say.
            let is_kept_from_it = pod["template"] == true
                || pod["placement"]
                    .get("profile")
                    .is_some_and(|named| *named != miss["profile"]);
            let is_not_told_in_full = list(miss, "unknown")
                .iter()
                .any(|gap| gap["assumed"].is_null());
            self.that(
                !is_namespace_met || met < labels.len() || is_kept_from_it || is_not_told_in_full,
                place,
                format!("{miss} matches, and is no near miss"),
            );
            if is_namespace_met {
                best_first.push((
                    std::cmp::Reverse(met),
                    word(&miss["profile"]),
                    miss["selector"].as_u64(),
                ));
            }
        }
        self.that(
            best_first.is_sorted(),
            place,
            "near misses: most pairs met first, then by profile and index",
        );
    }

    /// Walks the whole report: nothing is null, and every time is UTC in RFC 3339.
    fn everywhere(&mut self, place: &str, value: &Value) {
        match value {
            Value::Null => self.that(false, place, "is null; what is absent is left out"),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.everywhere(&format!("{place}[{index}]"), item);
                }
            }
            Value::Object(fields) => {
                for (name, field) in fields {
                    let place = format!("{place}.{name}");
                    if MOMENTS.contains(&name.as_str()) {
                        self.that(
                            is_utc(word(field)),
                            &place,
                            format!("{field} is no RFC 3339 time in UTC"),
                        );
                    }
                    self.everywhere(&place, field);
                }
            }
            _ => {}
        }
    }
}

/// Says whether a text is a time as RFC 3339 has it, in UTC and written with a Z.
fn is_utc(text: &str) -> bool {
    text.ends_with('Z') && text.contains('T') && text.parse::<jiff::Timestamp>().is_ok()
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().map_or(&[], Vec::as_slice)
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
