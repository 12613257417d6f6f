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
