//! Which of the fixes that were found can be run.

use crate::decision::finding::{Action, Command, Severity};
use crate::decision::reason::Reason;
use crate::report::PodReport;

/// A fix that can be run, as far as it can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer<'r> {
    /// What it is against.
    pub reason: Reason,
    /// What is run, in this order.
    pub steps: Vec<&'r Command>,
    /// What is left to the person afterwards.
    pub by_hand: Vec<&'r Command>,
}

impl Offer<'_> {
    /// What its steps do.
    pub fn actions(&self) -> Vec<Action> {
        let actions = self.steps.iter().filter_map(|step| step.action());
        actions.cloned().collect()
    }
}

/// The fixes of a pod that can be run, that of its decisive reason first. Notes are told and never run. Nor is what comes after a
/// step that only the person can take: the rest would come too early.
pub fn offers(pod: &PodReport) -> Vec<Offer<'_>> {
    let mut offers: Vec<Offer<'_>> = Vec::new();
    for finding in &pod.findings {
        let Some(fix) = &finding.fix else { continue };
        if finding.reason != pod.reason && finding.severity == Severity::Info {
            continue;
        }
        let is_runnable = |command: &&Command| command.action().is_some();
        let steps: Vec<&Command> = fix.commands.iter().take_while(is_runnable).collect();
        let is_told = offers.iter().any(|offer| offer.steps == steps);
        if steps.is_empty() || is_told {
            continue;
        }
        offers.push(Offer {
            reason: finding.reason,
            by_hand: fix.commands.iter().skip(steps.len()).collect(),
            steps,
        });
    }
    offers
}

/// Why there is nothing to run, in a sentence or two.
pub fn nothing_to_run(pod: &PodReport) -> &'static str {
    let is_meant =
        |severity: Severity, reason: Reason| reason == pod.reason || severity != Severity::Info;
    let mut fixes = pod
        .findings
        .iter()
        .filter(|finding| is_meant(finding.severity, finding.reason))
        .filter_map(|finding| finding.fix.as_ref())
        .peekable();
    if fixes.peek().is_none() {
        return "There is nothing to fix, so --fix does nothing.";
    }
    let all: Vec<&Command> = fixes.flat_map(|fix| &fix.commands).collect();
    if all
        .iter()
        .any(|command| command.starts_with("aws ") || command.starts_with("eksctl "))
    {
        "The fix begins on AWS, and --fix only does what the Kubernetes API can do: run the commands above yourself. Nothing was \
         changed."
    } else {
        "The fix above takes a decision or an edit of yours, so --fix does not run it. Nothing was changed."
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::cli::ExplainArguments;
    use crate::decision::finding::Deed;
    use crate::report::{self, Entries as _};
    use crate::sources::demo;
    use crate::sources::question::{Question, parse_targets};

    fn demo_pod(name: &str) -> Arc<PodReport> {
        let question = Question {
            targets: parse_targets(&[name.to_owned()]).expect("a good name"),
            ..Question::default()
        };
        let gathered = demo::gather(&question, None).expect("it is in the demo");
        let report = report::assemble(&gathered.snapshot, &gathered.subjects);
        Arc::new(report.pods.entry(0).into_owned())
    }

    fn offered(name: &str) -> Vec<(String, String)> {
        let pod = demo_pod(name);
        let offers = offers(&pod);
        let told = offers.iter().map(|offer| {
            let actions = offer.actions();
            let deeds = actions.iter().map(|action| match &action.deed {
                Deed::Delete => format!("delete {}", action.object()),
                Deed::RolloutRestart => format!("restart {}", action.object()),
                Deed::Patch(patch) => format!("patch {} {patch}", action.object()),
            });
            (
                offer.reason.to_string(),
                deeds.collect::<Vec<_>>().join("; "),
            )
        });
        told.collect()
    }

    fn row(reason: &str, deeds: &str) -> (String, String) {
        (reason.to_owned(), deeds.to_owned())
    }

    #[test]
    fn what_is_offered_is_what_the_findings_say() {
        assert_eq!(
            offered("deployment/ledger"),
            [row("OlderThanProfile", "restart deployment/ledger")]
        );
        assert_eq!(
            offered("deployment/frontend"),
            [row(
                "LabelMismatch",
                r#"patch deployment/frontend {"spec":{"template":{"metadata":{"labels":{"tier":"edge"}}}}}"#
            )]
        );
        let off = r#"{"spec":{"template":{"metadata":{"annotations":{"eks.amazonaws.com/compute-type":"ec2"}}}}}"#;
        assert_eq!(
            offered("statefulset/cart"),
            [row(
                "VolumeNotEfs",
                &format!("patch statefulset/cart {off}; delete pod/cart-0")
            )]
        );
    }

    #[test]
    fn where_nothing_is_offered_it_is_said_why() {
        for (name, words) in [
            ("deployment/orders", "nothing to fix"),
            ("deployment/grafana", "begins on AWS"),
            (
                "deployment/cluster-inventory",
                "a decision or an edit of yours",
            ),
        ] {
            assert_eq!(offered(name), [], "{name}");
            let told = nothing_to_run(&demo_pod(name));
            assert!(told.contains(words), "{name}: {told}");
        }
    }

    #[test]
    fn nothing_is_offered_before_a_step_that_only_the_person_can_take() {
        let mut pod = PodReport::clone(&demo_pod("deployment/ledger"));
        let fix = pod.findings[0].fix.as_mut().expect("it has a fix");
        fix.commands
            .insert(0, "aws eks wait fargate-profile-active".into());
        assert!(offers(&pod).is_empty());
        assert!(nothing_to_run(&pod).contains("begins on AWS"));
        let fix = pod.findings[0].fix.as_mut().expect("it has a fix");
        fix.commands.swap(0, 1);
        let offers = offers(&pod);
        assert_eq!(offers[0].steps.len(), 1);
        assert_eq!(offers[0].by_hand.len(), 1);
    }

    #[test]
    fn notes_are_told_and_never_run() {
        let mut pod = PodReport::clone(&demo_pod("deployment/ledger"));
        pod.findings[0].severity = Severity::Info;
        assert_eq!(offers(&pod).len(), 1, "the decisive one is no note");
        pod.reason = Reason::MatchedProfile;
        assert!(offers(&pod).is_empty());
        assert!(
            !ExplainArguments::default().deed.fix,
            "unasked, it is not even looked for"
        );
    }
}
