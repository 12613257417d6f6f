//! What to do about it, with real names in commands that can be pasted. A fix must not hurt: it follows what would happen
//! to the pod if it were created again, and who makes it.

mod recreate;
mod select;

pub use recreate::{delete_pod, recreate, recreate_job};
pub use select::{add_labels, create_profile, what_follows};

use serde_json::{Value, json};

use crate::decision::facts::shell::{self, aws_option, option, quote};
use crate::decision::facts::{PodTemplate, Workload, WorkloadKind};
use crate::decision::finding::{Action, Certainty, Command, Deed, Fix, removal};
use crate::decision::placement::refusal::{Blocker, RefusalQuestion, blockers, told};
use crate::decision::placement::{ExpectedKind, PodCase};
use crate::decision::reason::Reason;
use crate::decision::rules::phrases;

use recreate::is_running;

/// A fix that is only a sentence.
pub fn advice(text: impl Into<String>) -> Fix {
    Fix {
        text: text.into(),
        commands: Vec::new(),
    }
}

/// A fix with commands.
pub fn with_commands(
    text: impl Into<String>,
    commands: impl IntoIterator<Item = impl Into<Command>>,
) -> Fix {
    Fix {
        text: text.into(),
        commands: commands.into_iter().map(Into::into).collect(),
    }
}

/// `kubectl -n <namespace>`, with the flags that reach the same cluster.
pub fn kubectl(case: &PodCase<'_>) -> String {
    kubectl_in(case, &case.pod.namespace)
}

/// `kubectl`, with the flags that reach the same cluster, for what belongs to no namespace.
pub fn kubectl_everywhere(case: &PodCase<'_>) -> String {
    match case.snapshot.kubectl_flags.as_str() {
        "" => "kubectl".to_owned(),
        flags => format!("kubectl {flags}"),
    }
}

/// `kubectl -n <another namespace>`, with the flags that reach the same cluster.
pub fn kubectl_in(case: &PodCase<'_>, namespace: &str) -> String {
    let flags = &case.snapshot.kubectl_flags;
    let space = if flags.is_empty() { "" } else { " " };
    format!("kubectl{space}{flags} {}", option("-n", namespace))
}

/// ` --region eu-west-1`, for commands of the AWS CLI; empty where the region is not known.
pub fn region_flag(case: &PodCase<'_>) -> String {
    match &case.snapshot.cluster.region {
        Some(region) => format!(" {}", aws_option("--region", region)),
        None => String::new(),
    }
}

/// A command of the AWS CLI about a profile.
pub fn about_profile(case: &PodCase<'_>, what: &str, cluster: &str, profile: &str) -> String {
    format!(
        "aws eks {what} {}{} {}",
        aws_option("--cluster-name", cluster),
        region_flag(case),
        aws_option("--fargate-profile-name", profile)
    )
}

/// Recreating the pod, where that puts it on Fargate; else why it would not.
pub fn recreate_if_that_helps(case: &PodCase<'_>) -> Fix {
    match case.expected.kind {
        ExpectedKind::Fargate => recreate(case),
        ExpectedKind::Refused => refused(case),
        ExpectedKind::NotFargate if case.is_on_fargate() => advice(format!(
            "It stays on Fargate while it runs. Before it is made again, see to what would keep the next one off ({}).",
            because(case)
        )),
        ExpectedKind::NotFargate => advice(format!(
            "Leave the pod as it is: created again it would not go to Fargate either ({}).",
            because(case)
        )),
        ExpectedKind::Undecided => advice(format!(
            "Find out first whether Fargate would take the pod ({}); do not recreate it before.",
            because(case)
        )),
    }
}

/// For a note about a pod that runs or waits: how the pods are made again where that puts them on Fargate; else why not to do it.
/// A note never comes with a command that moves a workload off Fargate.
pub fn recreate_for_a_note(case: &PodCase<'_>) -> Fix {
    match warning_before_remaking(case) {
        Some(warning) => advice(warning),
        None => recreate(case),
    }
}

/// For a note whose cure reaches only pods that are made afterwards: why they had better not be made again yet. `None` where
/// new ones would run on Fargate.
pub fn warning_before_remaking(case: &PodCase<'_>) -> Option<String> {
    let because = || because(case);
    match case.expected.kind {
        ExpectedKind::Fargate => None,
        ExpectedKind::Refused => Some(format!(
            "Do not make the pods again before {} is mended: Fargate would refuse new ones ({}).",
            template_name(case),
            because()
        )),
        ExpectedKind::NotFargate => Some(format!(
            "Do not make the pods again for that alone: new ones would not run on Fargate ({}).",
            because()
        )),
        ExpectedKind::Undecided => Some(format!(
            "Do not make the pods again before it is clear whether Fargate would take new ones ({}).",
            because()
        )),
    }
}

/// The reasons of `expected`, as a list of names.
pub fn because(case: &PodCase<'_>) -> String {
    match case.expected.because.as_slice() {
        [] => "not known why".to_owned(),
        reasons => phrases::list(reasons.iter().map(|reason| reason.as_str())),
    }
}

/// For a pod that a profile would claim and Fargate would then refuse.
pub fn refused(case: &PodCase<'_>) -> Fix {
    let sure: Vec<&Blocker> = case
        .recreated_blockers
        .iter()
        .filter(|blocker| blocker.certainty != Certainty::Undecided)
        .collect();
    let what = first_of(&sure, 3);
    if let Some(added) = sure
        .iter()
        .find(|blocker| !stands_in_template(case, blocker.reason))
    {
        return exempt_from_admission(
            case,
            &format!(
                "Do not recreate it as it is. What Fargate refuses ({})",
                added.what
            ),
        );
    }
    let keep_off = keep_off_fargate(case);
    Fix {
        text: format!(
            "Do not recreate it as it is: the profile would claim it and Fargate would refuse it ({}). \
             Change that in {} first, or keep the pods off Fargate: {}",
            what,
            template_name(case),
            keep_off.text
        ),
        commands: keep_off.commands,
    }
}

/// What Fargate would refuse for sure or likely, two at the most and whether there is more; `None` where it is nothing. What
/// was not read is no refusal.
fn sure_blockers(case: &PodCase<'_>) -> Option<String> {
    let sure = |blocker: &&Blocker| blocker.certainty != Certainty::Undecided;
    let blockers: Vec<&Blocker> = case.recreated_blockers.iter().filter(sure).collect();
    (!blockers.is_empty()).then(|| first_of(&blockers, 2))
}

/// The first few of them, and whether there are more.
fn first_of(blockers: &[&Blocker], count: usize) -> String {
    let mut what: Vec<&str> = blockers
        .iter()
        .map(|blocker| blocker.what.as_str())
        .take(count)
        .collect();
    if blockers.len() > count {
        what.push("and more");
    }
    what.join("; ")
}

/// How to keep a pod off Fargate that a profile would claim.
pub fn keep_off_fargate(case: &PodCase<'_>) -> Fix {
    if case.recreated.is_opted_out() {
        return advice(
            "its template is annotated so already; only this pod is left to be made again.",
        );
    }
    let what = if case.chain.top.is_none() {
        "the pod in its manifest"
    } else {
        "the pod template"
    };
    let text = format!(
        "annotate {what} with eks.amazonaws.com/compute-type: ec2 (documented for CoreDNS, seen to work for others). Narrower \
         profiles keep them off as well, but deleting the old one deletes all pods that run by it."
    );
    let annotations = json!({"eks.amazonaws.com/compute-type": "ec2"});
    let patch = json!({"spec": {"template": {"metadata": {"annotations": annotations}}}});
    let patch = patch_template(case, patch);
    // A StatefulSet waits behind a pod that does not run, whatever its template says.
    let is_stuck = patch.is_some()
        && case
            .chain
            .maker()
            .is_some_and(|maker| maker.kind == WorkloadKind::StatefulSet)
        && !case.is_template()
        && !is_running(case);
    let delete = is_stuck.then(|| delete_pod(case));
    with_commands(text, patch.into_iter().chain(delete))
}

/// A merge patch of the maker's template, as a command; `None` where the maker has no template that can be patched so.
fn patch_template(case: &PodCase<'_>, patch: Value) -> Option<Command> {
    let maker = case.chain.maker()?;
    let has_plain_template = matches!(
        maker.kind,
        WorkloadKind::Deployment | WorkloadKind::StatefulSet | WorkloadKind::DaemonSet
    );
    has_plain_template.then(|| merge_patch(case, maker, patch))
}

/// A merge patch of a workload, as a command.
pub fn merge_patch(case: &PodCase<'_>, workload: &Workload, patch: Value) -> Command {
    let line = format!(
        "{} patch {} --type merge -p {}",
        kubectl(case),
        resource(workload),
        quote(&patch.to_string())
    );
    Command::of(line, Action::on_workload(workload, Deed::Patch(patch)))
}

/// Gives the maker's template a label, as a command; `None` where the maker has no template that can be patched so.
pub fn label_template(case: &PodCase<'_>, key: &str, value: &str) -> Option<Command> {
    let labels = json!({ key: value });
    let patch = json!({"spec": {"template": {"metadata": {"labels": labels}}}});
    patch_template(case, patch)
}

/// Removes a field from the maker's template, as a command.
pub fn remove_from_template(case: &PodCase<'_>, path_in_template: &str) -> Option<Command> {
    let maker = case.chain.maker()?;
    let has_plain_template = matches!(
        maker.kind,
        WorkloadKind::Deployment | WorkloadKind::StatefulSet
    );
    has_plain_template.then(|| {
        let path = format!("/spec/template{path_in_template}");
        let line = format!(
            "{} patch {} --type json -p {}",
            kubectl(case),
            resource(maker),
            quote(&format!(r#"[{{"op":"remove","path":"{path}"}}]"#))
        );
        Command::of(
            line,
            Action::on_workload(maker, Deed::Patch(removal(&path))),
        )
    })
}

/// `deployment/web`, quoted for a shell.
fn resource(workload: &Workload) -> String {
    shell::resource(&workload.kind.as_str().to_lowercase(), &workload.name)
}

/// `the template of deployment/web`, or `the pod's manifest`.
pub fn template_name(case: &PodCase<'_>) -> String {
    match case.chain.maker() {
        Some(maker) => format!(
            "the template of {}/{}",
            maker.kind.as_str().to_lowercase(),
            maker.name
        ),
        None => match &case.chain.top {
            Some(owner) => format!("the template of {} {}", owner.kind, owner.name),
            None => "the pod's manifest".to_owned(),
        },
    }
}

/// Why something that keeps a pod off Fargate is better left: without it a profile would claim the pod, and Fargate refuse it.
pub fn better_left(case: &PodCase<'_>, what: &str) -> Option<Fix> {
    let would_refuse = sure_blockers(case)?;
    let would_be_claimed = !case.unrestricted_matches.is_empty();
    would_be_claimed.then(|| {
        advice(format!(
            "Leave {what}: without it a profile would claim the pod, and Fargate would refuse it ({would_refuse})."
        ))
    })
}

/// Whether what is refused stands in the template as it is now, or where there is none, in the pod itself.
pub fn stands_in_template(case: &PodCase<'_>, reason: Reason) -> bool {
    let Some(maker) = case.chain.maker() else {
        // A template that was not read cannot be said to lack it.
        return true;
    };
    let may_come_from_admission = case.chain.made_from.is_some();
    if !may_come_from_admission {
        return true;
    }
    let question = RefusalQuestion {
        snapshot: case.snapshot,
        namespace: &case.pod.namespace,
        object: &case.object,
        runs_with: None,
        claim_templates: &[],
    };
    let is_claim_of_controller = matches!(
        reason,
        Reason::VolumeNotBound | Reason::VolumeNotEfs | Reason::VolumesUnknown
    ) && !maker.claim_templates.is_empty();
    let is_of_volumes = matches!(reason, Reason::VolumeNotBound | Reason::VolumeNotEfs);
    let stands_in = |template: &PodTemplate| {
        let documented = blockers(&template.spec, question);
        let words = case.words_of_fargate();
        let told = told(&template.spec, words, &documented, question);
        documented.iter().chain(&told).any(|blocker| {
            // A volume that stands in the template is what the words are about, read or not.
            blocker.reason == reason || is_of_volumes && blocker.reason == Reason::VolumesUnknown
        })
    };
    // What stood in the template that the pod was made from came from no webhook, though it has been mended since.
    is_claim_of_controller
        || stands_in(&maker.template)
        || case.chain.made_from.is_some_and(stands_in)
}

/// For something that the pod has and its template has not: whoever adds it must be told.
pub fn exempt_from_admission(case: &PodCase<'_>, what: &str) -> Fix {
    let keep_off = keep_off_fargate(case);
    with_commands(
        format!(
            "{what} is not in {}: a webhook or policy adds it when the pod is created. Exempt these pods from it, or keep \
             them off Fargate: {}",
            template_name(case),
            keep_off.text
        ),
        keep_off.commands,
    )
}
