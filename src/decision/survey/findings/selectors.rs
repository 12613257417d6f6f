//! Selectors that match nothing, or cannot do what they seem to.

use super::{Ground, advice, in_words, listed, note, object, selector_field, shown};
use crate::decision::facts::pod::PROFILE_LABEL;
use crate::decision::facts::{FargateProfile, Kind, ProfileOrigin, Selector, WorkloadKind};
use crate::decision::finding::{Certainty, Evidence, Finding, Severity};
use crate::decision::placement::LabelMiss;
use crate::decision::placement::matching::{is_typo, try_selector};
use crate::decision::reason::Reason;
use crate::decision::survey::ProfileSight;
use crate::decision::survey::containment::selector_covers;
use crate::decision::survey::witness::is_namespace;
use crate::decision::survey::workloads::tops;

/// The namespaces that every cluster has, whatever an incomplete list says. Source: Kubernetes, "Namespaces".
const INITIAL_NAMESPACES: &[&str] = &["default", "kube-node-lease", "kube-public", "kube-system"];

/// What is worth telling of a profile's name and selectors, by themselves.
pub(super) fn of_profile(
    ground: &Ground<'_, '_>,
    profile: &FargateProfile,
    sight: &ProfileSight<'_>,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = reserved_name(profile).into_iter().collect();
    let Some(selectors) = &profile.selectors else {
        return findings;
    };
    findings.extend(without_selectors(profile, selectors));
    let mut idle = Vec::new();
    for (index, selector) in selectors.iter().enumerate() {
        if let Some(finding) = without_namespace(profile, index, selector)
            .or_else(|| missing_namespace(ground, profile, index, selector))
            .or_else(|| unmet_pattern(ground, profile, index, selector))
        {
            findings.push(finding);
        } else if matches_nothing(ground, sight, index, selector) {
            idle.push((index, selector));
        }
        findings.extend(on_profile_label(ground, profile, index, selector));
    }
    if !profile.is_deleting() {
        findings.extend(idle_selectors(ground, profile, &idle));
    }
    findings.extend(repeated(profile, selectors));
    findings
}

fn reserved_name(profile: &FargateProfile) -> Option<Finding> {
    if !profile.name_is_known || !profile.name.starts_with("eks-") {
        return None;
    }
    let exists = profile.origin == ProfileOrigin::EksApi;
    let severity = if exists {
        Severity::Info
    } else {
        Severity::Warning
    };
    let message = format!(
        "The name {} begins with eks-, which AWS keeps for itself; eksctl refuses to create such a profile.",
        profile.name
    );
    let mut finding = note(Reason::ReservedProfileName, severity, message);
    finding.evidence = vec![Evidence::found(
        object(profile),
        "fargateProfileName",
        &profile.name,
    )];
    finding.fix = advice("Choose another name; a profile cannot be renamed, only made anew.");
    Some(finding)
}

fn without_selectors(profile: &FargateProfile, selectors: &[Selector]) -> Option<Finding> {
    if !selectors.is_empty() {
        return None;
    }
    let message = format!(
        "Profile {} has no selector, so it matches no pod.",
        profile.name
    );
    let mut finding = note(Reason::ProfileWithoutSelectors, Severity::Warning, message);
    finding.evidence =
        vec![Evidence::found(object(profile), "selectors", "[]").wanted("one at least")];
    finding.fix = advice(
        "Give it a selector with a namespace; CloudFormation refuses a profile without one.",
    );
    Some(finding)
}

fn without_namespace(
    profile: &FargateProfile,
    index: usize,
    selector: &Selector,
) -> Option<Finding> {
    if !selector.namespace.as_str().is_empty() {
        return None;
    }
    let message = format!(
        "Selector #{index} of profile {} names no namespace, so it matches no pod; EKS asks for one in each selector.",
        profile.name
    );
    let mut finding = note(Reason::SelectorWithoutNamespace, Severity::Warning, message);
    finding.evidence = vec![
        Evidence::absent(object(profile), selector_field(index, "namespace"))
            .wanted("a namespace or a pattern"),
    ];
    finding.fix = advice("Name the namespace, or write * for every one.");
    Some(finding)
}

/// A namespace that was looked for and is not there; said only where namespaces were read.
fn missing_namespace(
    ground: &Ground<'_, '_>,
    profile: &FargateProfile,
    index: usize,
    selector: &Selector,
) -> Option<Finding> {
    let name = selector.namespace.as_str();
    let coverage = &ground.snapshot.coverage;
    if !selector.namespace.is_literal()
        || selector.is_open()
        || ground.namespaces.0.contains(name)
        || INITIAL_NAMESPACES.contains(&name)
        || !coverage.is_read(Kind::Namespace, "", name)
    {
        return None;
    }
    let mut selectors = profile.selectors.iter().flatten();
    let mut known = ground.namespaces.0.iter();
    let near = known.find(|known| {
        looks_like_slip(name, known) && !selectors.any(|other| other.namespace.as_str() == **known)
    });
    let (severity, hint) = match near {
        Some(near) => (Severity::Warning, format!(" There is {near}.")),
        None if !is_namespace(name) => (
            Severity::Warning,
            " No namespace can have that name.".to_owned(),
        ),
        None => (Severity::Info, String::new()),
    };
    let message = format!(
        "There is no namespace {name}.{hint} Selector {} of profile {} matches nothing.",
        in_words(selector),
        profile.name
    );
    let evidence = Evidence::found(object(profile), selector_field(index, "namespace"), name);
    let mut finding = note(Reason::NamespaceMissing, severity, message);
    finding.certainty = certainty_of(selector);
    finding.evidence = vec![match near {
        Some(near) => evidence.wanted(*near),
        None => evidence.wanted("a namespace that exists"),
    }];
    finding.fix = advice(format!(
        "If the namespace is still to come, leave it; EKS allows that. Else make a profile with the right name, then delete this one: \
         profiles cannot be edited.{}",
        ground.warning_of_deletion(&profile.name)
    ));
    Some(finding)
}

/// A pattern that no namespace fits now; said only where namespaces were read.
fn unmet_pattern(
    ground: &Ground<'_, '_>,
    profile: &FargateProfile,
    index: usize,
    selector: &Selector,
) -> Option<Finding> {
    let pattern = &selector.namespace;
    let mut known = ground.namespaces.0.iter().chain(INITIAL_NAMESPACES);
    if pattern.is_literal()
        || selector.is_open()
        || known.any(|name| pattern.matches(name))
        || !ground.snapshot.coverage.is_listed(Kind::Namespace, "")
    {
        return None;
    }
    let message = format!(
        "No namespace fits {pattern} now. Selector {} of profile {} matches nothing.",
        in_words(selector),
        profile.name
    );
    let mut finding = note(Reason::NamespaceMissing, Severity::Info, message);
    finding.certainty = certainty_of(selector);
    let field = selector_field(index, "namespace");
    finding.evidence = vec![Evidence::found(object(profile), field, pattern.as_str())];
    finding.fix = advice(
        "Nothing has to be done where such namespaces come and go; else see whether the pattern is right.",
    );
    Some(finding)
}

/// Whether a name looks like a slip for a known one. `team-a` and `team-b` are two names, not a slip.
fn looks_like_slip(name: &str, known: &str) -> bool {
    if name.eq_ignore_ascii_case(known) {
        return true;
    }
    let (parts, known_parts): (Vec<&str>, Vec<&str>) =
        (name.split('-').collect(), known.split('-').collect());
    let differ_in_a_letter = parts.len() == known_parts.len()
        && parts
            .iter()
            .zip(&known_parts)
            .any(|(part, known)| part != known && part.len().min(known.len()) <= 2);
    is_typo(name, known) && !differ_in_a_letter
}

/// What rests on a value that was assumed is likely at best.
fn certainty_of(selector: &Selector) -> Certainty {
    if selector.is_assumed() {
        Certainty::Likely
    } else {
        Certainty::Certain
    }
}

/// Whether no pod and no template matches, where all pods that could were read.
fn matches_nothing(
    ground: &Ground<'_, '_>,
    sight: &ProfileSight<'_>,
    index: usize,
    selector: &Selector,
) -> bool {
    let coverage = &ground.snapshot.coverage;
    let are_read = coverage.is_listed_everywhere(Kind::Pod)
        || selector.namespace.is_literal()
            && coverage.is_listed(Kind::Pod, selector.namespace.as_str());
    let matched = sight.selectors.as_ref().and_then(|all| all.get(index));
    are_read
        && matched.is_some_and(|seen| seen.pods_matched == Some(0))
        && !ground.templates.any_matches(selector)
}

fn idle_selectors(
    ground: &Ground<'_, '_>,
    profile: &FargateProfile,
    idle: &[(usize, &Selector)],
) -> Option<Finding> {
    if idle.is_empty() {
        return None;
    }
    let matches = if idle.len() == 1 { "matches" } else { "match" };
    let is_whole = idle
        .iter()
        .all(|(_, selector)| ground.templates.are_whole_for(selector));
    let among = if is_whole {
        "no pod and no workload's template"
    } else {
        "no pod, and no template of the workloads that were read"
    };
    let slip = idle.iter().find_map(|(_, selector)| slip(ground, selector));
    let on_owner = idle
        .iter()
        .find_map(|(_, selector)| on_owner_only(ground, selector));
    let hint = match (&slip, &on_owner) {
        (Some(slip), _) => format!(" Pods in {} have {}.", slip.namespace, slip.label),
        (None, Some(owner)) => {
            format!(" {owner} has what it asks for on itself, its pod template has not.")
        }
        (None, None) => String::new(),
    };
    let message = format!(
        "{} {matches} {among}.{hint}",
        listed(idle.iter().map(|(_, selector)| *selector))
    );
    let severity = if slip.is_none() && on_owner.is_none() {
        Severity::Info
    } else {
        Severity::Warning
    };
    let mut finding = note(Reason::SelectorMatchesNothing, severity, message);
    let is_assumed = idle.iter().any(|(_, selector)| selector.is_assumed());
    if is_assumed || !is_whole {
        finding.certainty = Certainty::Likely;
    }
    finding.evidence = idle
        .iter()
        .map(|(index, selector)| shown(profile, *index, selector))
        .collect();
    finding.fix = advice(
        "Nothing has to be done where its pods come and go; else see whether a label or a namespace is misspelt.",
    );
    Some(finding)
}

/// A workload that carries itself what the selector asks for, where its template does not: `deployment/web`.
fn on_owner_only(ground: &Ground<'_, '_>, selector: &Selector) -> Option<String> {
    let mut workloads = tops(ground.snapshot);
    let owner = workloads.find(|workload| {
        workload.kind != WorkloadKind::DaemonSet
            && !selector.labels.is_empty()
            && selector.matches(&workload.namespace, &workload.labels)
            && !selector.may_match(&workload.namespace, &workload.template.labels)
    })?;
    let kind = owner.kind.as_str().to_lowercase();
    Some(format!("{kind}/{}", owner.name))
}

/// A label by which pods miss a selector, that looks like a slip of the keyboard.
struct Slip<'a> {
    namespace: &'a str,
    label: String,
}

/// Looks for pods that would match but for one label, which nearly fits.
fn slip<'a>(ground: &Ground<'_, 'a>, selector: &Selector) -> Option<Slip<'a>> {
    let mut groups = ground.labels.iter();
    groups.find_map(|group| {
        if !selector.namespace.matches(group.namespace) {
            return None;
        }
        let trial = try_selector("", 0, selector, group.namespace, group.labels, &[]);
        let mut missed = trial.labels.into_iter().filter_map(|pair| pair.miss);
        match (missed.next(), missed.next()) {
            (Some(LabelMiss::DifferentCase { label } | LabelMiss::Typo { label }), None) => {
                Some(Slip {
                    namespace: group.namespace,
                    label,
                })
            }
            _ => None,
        }
    })
}

/// A selector that asks for the label which a claim writes.
fn on_profile_label(
    ground: &Ground<'_, '_>,
    profile: &FargateProfile,
    index: usize,
    selector: &Selector,
) -> Option<Finding> {
    let pair = selector
        .labels
        .iter()
        .find(|pair| pair.key.as_str() == PROFILE_LABEL)?;
    let is_brought = ground.templates.any_has(PROFILE_LABEL);
    let severity = if is_brought {
        Severity::Info
    } else {
        Severity::Warning
    };
    let message = format!(
        "Selector {} asks for the label which EKS writes on a pod when it claims it. That seems to come after matching, so likely only \
         pods whose template carries the label match.",
        in_words(selector)
    );
    let mut finding = note(Reason::SelectorOnProfileLabel, severity, message);
    finding.certainty = Certainty::Likely;
    let field = selector_field(index, &format!("labels[{PROFILE_LABEL}]"));
    finding.evidence = vec![Evidence::found(object(profile), field, pair.value.as_str())];
    finding.fix = advice("Select by a label of your own that the pods' templates carry.");
    Some(finding)
}

/// Selectors that add nothing to another of the same profile.
fn repeated(profile: &FargateProfile, selectors: &[Selector]) -> Vec<Finding> {
    if selectors.len() > super::rivals::MOST_SELECTORS {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let has_namespace = |selector: &Selector| !selector.namespace.as_str().is_empty();
    for (index, selector) in selectors.iter().enumerate() {
        // One without a namespace matches nothing, which has been told.
        if !has_namespace(selector) {
            continue;
        }
        let wider = selectors.iter().enumerate().find(|(other_index, other)| {
            *other_index != index
                && has_namespace(other)
                && selector_covers(other, selector)
                // Of two that say the same the later one is the repetition.
                && (*other_index < index || !selector_covers(selector, other))
        });
        let Some((wider_index, wider)) = wider else {
            continue;
        };
        let message = format!(
            "Selector {} of profile {} adds nothing: {} matches every pod that it does.",
            in_words(selector),
            profile.name,
            in_words(wider)
        );
        let mut finding = note(Reason::SelectorRepeated, Severity::Info, message);
        if selector.is_assumed() || wider.is_assumed() {
            finding.certainty = Certainty::Likely;
        }
        finding.evidence = vec![
            shown(profile, index, selector),
            shown(profile, wider_index, wider),
        ];
        finding.fix = advice(format!(
            "Leave {} out when the profile is next made anew; {} selectors a profile is the default quota.",
            in_words(selector),
            crate::decision::survey::quotas::SELECTORS_PER_PROFILE
        ));
        findings.push(finding);
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::looks_like_slip;

    #[test]
    fn names_that_are_meant_to_differ_are_no_slip() {
        for (name, known, wanted, why) in [
            ("ordres", "orders", true, "a swap"),
            ("Orders", "orders", true, "only in case"),
            ("team-a", "team-b", false, "one letter tells them apart"),
            ("web-eu", "web-us", false, "so do two"),
            ("shop1", "shop2", false, "digits are no slip"),
            ("shop-web", "shopweb", true, "a dash lost"),
            ("payments", "billing", false, "another word"),
        ] {
            assert_eq!(
                looks_like_slip(name, known),
                wanted,
                "{name} {known}: {why}"
            );
        }
    }
}
