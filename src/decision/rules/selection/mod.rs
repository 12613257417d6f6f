//! Which selectors match: namespace, labels, wildcards, several profiles, the opt-out.

mod claimed;
mod labels;
mod opt_out;

pub(crate) use labels::likeliest_meant;

use crate::decision::facts::ProfileKnowledge;
use crate::decision::finding::{Evidence, Finding};
use crate::decision::placement::expected::absence_certainty;
use crate::decision::placement::matching::near_misses;
use crate::decision::placement::{PodCase, SelectorTrial};
use crate::decision::reason::Reason;
use crate::decision::rules::{Family, Rule, RuleInfo, finding, fix, phrases, sources};
pub(super) const RULES: &[Rule] = &[
    Rule {
        info: RuleInfo {
            reason: Reason::MatchedProfile,
            family: Family::Selection,
            title: "claimed by the profile that matches it, as expected",
            evidence: "the pod's profile label and scheduler name, and the selectors of that profile",
            fix: "do nothing",
            source: sources::PROFILE,
            page: include_str!("../pages/MatchedProfile.md"),
        },
        check: claimed::matched_profile,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::NoProfiles,
            family: Family::Selection,
            title: "the cluster has no Fargate profile",
            evidence: "the list of Fargate profiles, which is empty",
            fix: "create a profile for the pods that should run on Fargate, then recreate them",
            source: sources::PROFILE,
            page: include_str!("../pages/NoProfiles.md"),
        },
        check: no_profiles,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::NamespaceNotSelected,
            family: Family::Selection,
            title: "no selector's namespace pattern fits the pod's namespace",
            evidence: "the pod's namespace against the namespace pattern of every selector",
            fix: "create a profile for the namespace, then recreate the pods; or leave them where they are",
            source: sources::PROFILE,
            page: include_str!("../pages/NamespaceNotSelected.md"),
        },
        check: namespace_not_selected,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::LabelMismatch,
            family: Family::Selection,
            title: "a selector's namespace fits, a label it asks for is missing or differs",
            evidence: "the pod's labels against each selector whose namespace pattern fits",
            fix: "give the label to the pod template, or create a profile that does not ask for it",
            source: sources::PROFILE,
            page: include_str!("../pages/LabelMismatch.md"),
        },
        check: labels::label_mismatch,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::LabelOnlyOnOwner,
            family: Family::Selection,
            title: "the owner's own metadata has the label that its pod template lacks",
            evidence: "the owner's metadata.labels against its template's labels and the selectors",
            fix: "put the label into spec.template.metadata.labels of the owner",
            source: sources::PROFILE,
            page: include_str!("../pages/LabelOnlyOnOwner.md"),
        },
        check: labels::label_only_on_owner,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::ProfileLabelMismatch,
            family: Family::Selection,
            title: "the pod's profile label names a profile that does not match or does not exist",
            evidence: "the label eks.amazonaws.com/fargate-profile against the profile of that name",
            fix: "correct or remove the label in the pod template, or make the pod match that profile",
            source: sources::PROFILE,
            page: include_str!("../pages/ProfileLabelMismatch.md"),
        },
        check: labels::profile_label_mismatch,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::SeveralProfilesMatch,
            family: Family::Selection,
            title: "more than one active profile matches; the first by name claims the pod",
            evidence: "the selectors of all active profiles",
            fix: "narrow the selectors by new profiles, or name the profile by the pod's label",
            source: sources::PROFILE,
            page: include_str!("../pages/SeveralProfilesMatch.md"),
        },
        check: claimed::several_profiles_match,
    },
    Rule {
        info: RuleInfo {
            reason: Reason::OptedOut,
            family: Family::Selection,
            title: "the annotation eks.amazonaws.com/compute-type: ec2 keeps it off Fargate",
            evidence: "the pod's annotations",
            fix: "remove the annotation from the pod template where the pod should run on Fargate",
            source: sources::GETTING_STARTED,
            page: include_str!("../pages/OptedOut.md"),
        },
        check: opt_out::opted_out,
    },
];

/// Whether "no profile matches" holds for this pod, and can be concluded.
fn is_known_unmatched(case: &PodCase<'_>) -> bool {
    !case.pod.is_claimed() && case.matches.is_empty() && case.can_show_absence()
}

fn no_profiles(case: &PodCase<'_>) -> Option<Finding> {
    let profiles = &case.snapshot.profiles;
    if case.pod.is_claimed()
        || !profiles.list.is_empty()
        || profiles.knowledge != ProfileKnowledge::Complete
    {
        return None;
    }
    let cluster = case.snapshot.cluster.name.as_deref();
    let message = format!(
        "Without a Fargate profile no pod of {} goes to Fargate.",
        cluster.map_or("the cluster".to_owned(), |name| format!("cluster {name}"))
    );
    let object = crate::decision::facts::ObjectRef::cluster_wide(
        "cluster",
        cluster.unwrap_or("this cluster"),
    );
    Some(
        finding(case, Reason::NoProfiles, message)
            .evidence([Evidence::found(object, "fargateProfiles", "none")
                .wanted("a profile that selects the pod")])
            .fix(fix::create_profile(case)),
    )
}

fn namespace_not_selected(case: &PodCase<'_>) -> Option<Finding> {
    if !is_known_unmatched(case)
        || case.snapshot.profiles.list.is_empty()
        || has_label_restriction(case)
    {
        return None;
    }
    if case.near_misses().is_any_covering() {
        return None;
    }
    let trials = trials(case);
    let mut covered: Vec<&str> = trials
        .iter()
        .map(|trial| &*trial.namespace.in_words)
        .collect();
    covered.sort_unstable();
    covered.dedup();
    let namespace = &case.pod.namespace;
    let message = if covered.is_empty() {
        format!("No profile has a selector, so none covers namespace {namespace}.")
    } else {
        format!(
            "The pod is in namespace {namespace}; the profiles cover {}.",
            match covered.len() {
                1 => format!("{} only", covered[0]),
                count if count > 5 => format!("{} and {} more", covered[..5].join(", "), count - 5),
                _ => format!("{} only", phrases::list(covered.iter().copied())),
            }
        )
    };
    let evidence = trials.iter().take(5).map(|trial| {
        Evidence::found(
            PodCase::profile_object(&trial.profile),
            format!("selectors[{}].namespace", trial.selector),
            &*trial.namespace.in_words,
        )
        .wanted(format!("a pattern that fits {namespace}"))
    });
    Some(
        finding(case, Reason::NamespaceNotSelected, message)
            .certainty(absence_certainty(case.snapshot))
            .evidence(evidence)
            .fix(fix::create_profile(case)),
    )
}

/// The near misses of the pod's own labels, best first.
fn trials(case: &PodCase<'_>) -> Vec<SelectorTrial> {
    near_misses(
        &case.snapshot.profiles,
        &case.pod.namespace,
        &case.pod.labels,
        &case.chain.workloads,
    )
}

/// Whether a profile label that no claim wrote names the one profile that counts.
fn has_label_restriction(case: &PodCase<'_>) -> bool {
    !case.pod.is_claimed() && case.pod.profile_label().is_some()
}
