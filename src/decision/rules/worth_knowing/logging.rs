//! Fargate's log router.

use super::super::{Family, Rule, RuleInfo, finding, fix, phrases, word_evidence};
use crate::decision::facts::{AwsLogging, Kind, ObjectRef};
use crate::decision::finding::{Evidence, Finding, Fix, Severity, Strength};
use crate::decision::placement::logging::newest_logging_word;
use crate::decision::placement::{PlacementKind, PodCase};
use crate::decision::reason::Reason;

/// Where the settings of the log router stand. Source: EKS User Guide, "Start AWS Fargate logging".
const NAMESPACE: &str = "aws-observability";
const CONFIG_MAP: &str = "aws-logging";
/// How many characters they may have, from the same page.
const MOST_CHARACTERS: usize = 5300;
/// How much of the reason is quoted in the message; all of it is in the evidence.
const QUOTED_CHARACTERS: usize = 96;

pub(super) const LOGGING_DISABLED: Rule = Rule {
    info: RuleInfo {
        reason: Reason::LoggingDisabled,
        family: Family::WorthKnowing,
        title: "Fargate's log router is off for it, which never keeps a pod Pending",
        evidence: "the annotation Logging, and fargate-scheduler's event",
        fix: "create or correct the ConfigMap aws-logging, then recreate the pod; or leave it",
        source: "https://docs.aws.amazon.com/eks/latest/userguide/fargate-logging.html",
        page: include_str!("../pages/LoggingDisabled.md"),
    },
    check: logging_disabled,
};

fn logging_disabled(case: &PodCase<'_>) -> Option<Finding> {
    let is_for_fargate = matches!(
        case.placement_kind(),
        Some(PlacementKind::Fargate | PlacementKind::FargatePending)
    );
    if !is_for_fargate
        || !case.pod.is_claimed()
        || case.pod.is_finished()
        || case.pod.is_terminating()
    {
        return None;
    }
    let annotation = case.pod.annotations.get("Logging").map(|text| text.trim());
    let said = newest_logging_word(case.snapshot, &case.pod, &case.object);
    if annotation.is_some_and(|text| text.starts_with("LoggingEnabled"))
        || said.as_ref().is_some_and(|said| said.is_enabled)
    {
        return None;
    }
    let annotation = annotation.filter(|text| text.starts_with("LoggingDisabled"));
    let code = annotation.map(|text| {
        let code = text.trim_start_matches("LoggingDisabled");
        code.trim_start_matches(':').trim()
    });
    let said = said.map(|said| said.word);
    let why = match (&said, code) {
        (Some(word), _) if !word.text.trim().is_empty() => word.text.as_str(),
        (_, Some(code)) => code,
        (Some(_), None) => "",
        (None, None) => return None,
    };
    let why = match shortened(why) {
        why if why.is_empty() => String::new(),
        // A code stands as it is, a sentence is quoted.
        why if !why.contains(' ') => format!(" ({why})"),
        why => format!(" ({})", phrases::quoted(why.trim_end_matches('.'))),
    };
    let annotated = annotation.map(|text| {
        Evidence::found(case.object.clone(), "metadata.annotations[Logging]", text)
            .wanted("LoggingEnabled")
    });
    let event = said.as_ref().map(|word| word_evidence(case, word));
    let settings = case.snapshot.aws_logging.as_ref();
    Some(
        finding(
            case,
            Reason::LoggingDisabled,
            format!(
                "Fargate's log router is off{why} for the pod, which keeps no pod from starting."
            ),
        )
        .severity(Severity::Info)
        .strength(Strength::Aside)
        .evidence(annotated.into_iter().chain(event))
        .evidence(settings_evidence(case))
        .fix(remedy(case, settings)),
    )
}

/// The beginning of a text, in one line.
fn shortened(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(QUOTED_CHARACTERS) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text,
    }
}

/// What is known of the settings as they are now.
fn settings_evidence(case: &PodCase<'_>) -> Option<Evidence> {
    let object = ObjectRef::namespaced("configmap", NAMESPACE, CONFIG_MAP);
    match &case.snapshot.aws_logging {
        Some(settings) => {
            let found = format!("{} characters", settings.characters);
            let evidence = Evidence::found(object, "data", found);
            let is_too_long = settings.characters > MOST_CHARACTERS;
            Some(match is_too_long {
                true => evidence.wanted(format!("at most {MOST_CHARACTERS} characters")),
                false => evidence,
            })
        }
        None => {
            let coverage = &case.snapshot.coverage;
            let is_known_absent = coverage.is_read(Kind::ConfigMap, NAMESPACE, CONFIG_MAP);
            is_known_absent.then(|| Evidence::absent(object, "metadata.name").wanted("present"))
        }
    }
}

fn remedy(case: &PodCase<'_>, settings: Option<&AwsLogging>) -> Fix {
    let look = format!(
        "{} get configmap {CONFIG_MAP} -o yaml",
        fix::kubectl_in(case, NAMESPACE)
    );
    match settings {
        Some(settings) if settings.characters > MOST_CHARACTERS => fix::with_commands(
            format!(
                "Leave it where these logs are not wanted. Else shorten ConfigMap {CONFIG_MAP}: it has {} characters now, and \
                 Fargate takes {MOST_CHARACTERS} at the most. Only pods created after that use it.",
                settings.characters
            ),
            [look],
        ),
        Some(_) => {
            let again = fix::recreate_for_a_note(case);
            fix::with_commands(
                format!(
                    "Leave it where these logs are not wanted. Else: ConfigMap {CONFIG_MAP} is there now, and only pods created \
                     since use it; look whether it is in order. {}",
                    again.text
                ),
                std::iter::once(look.into()).chain(again.commands),
            )
        }
        None => fix::with_commands(
            format!(
                "Leave it where these logs are not wanted. Else create or mend ConfigMap {CONFIG_MAP} in namespace {NAMESPACE}, \
                 labelled aws-observability=enabled; only pods created after that use it."
            ),
            [look],
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_reasons_are_cut_at_a_character() {
        assert_eq!(shortened(" a\n  b "), "a b");
        let long = "ä".repeat(QUOTED_CHARACTERS + 1);
        assert_eq!(shortened(&long).chars().count(), QUOTED_CHARACTERS + 1);
        assert!(shortened(&long).ends_with('…'));
        let exact = "ä".repeat(QUOTED_CHARACTERS);
        assert_eq!(shortened(&exact), exact);
    }
}
