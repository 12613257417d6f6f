//! Profiles that are after the same pods: shadowed selectors, identical and overlapping profiles.

use std::collections::{BTreeMap, BTreeSet};

use super::contrast::{Pair, differences, evidence_of_contrast, severity};
use super::{EXAMPLES, Ground, advice, counted, in_words, listed, note, shown};
use crate::decision::facts::Labels;
use crate::decision::facts::pod::PROFILE_LABEL;
use crate::decision::facts::{FargateProfile, Kind, Selector};
use crate::decision::finding::{Certainty, Finding, Severity};
use crate::decision::placement::matching::matching_selector;
use crate::decision::reason::Reason;
use crate::decision::rules;
use crate::decision::survey::containment::selector_covers;
use crate::decision::survey::witness::{Witness, matched_by_both};

/// With more selectors than that they are not compared one by one: far beyond any cluster, and it would take long.
pub(super) const MOST_SELECTORS: usize = 1_000;
/// With more pairs of profiles than that no example is made up for each.
const MOST_PAIRS_WITH_EXAMPLES: usize = 200;
/// How many findings about one profile and another are told in full of each profile.
const PAIRS_TOLD: usize = 3;
/// How many overlaps that no pod proves are told of one profile.
const MADE_UP_KEPT: usize = 3;

/// Returns the findings by the profiles' names.
pub(super) fn by_profile(ground: &Ground<'_, '_>) -> BTreeMap<String, Vec<Finding>> {
    let mut findings: BTreeMap<String, Vec<Finding>> = BTreeMap::new();
    let taking_part: Vec<&FargateProfile> = ground
        .snapshot
        .profiles
        .list
        .iter()
        .filter(|profile| takes_part(profile))
        .collect();
    let selectors: usize = taking_part.iter().map(|profile| of(profile).len()).sum();
    if selectors > MOST_SELECTORS {
        return findings;
    }
    let mut shadowed_by_all = BTreeSet::new();
    for (place, profile) in taking_part.iter().enumerate() {
        let earlier = taking_part.get(..place).unwrap_or_default();
        let shadows: Vec<Shadow<'_>> = of(profile)
            .iter()
            .enumerate()
            .filter_map(|(index, selector)| shadow(index, selector, earlier))
            .collect();
        let selectors = of(profile).iter();
        let in_full = selectors.filter(|one| has_namespace(one)).count() == shadows.len();
        if in_full {
            let by = shadows.iter().map(|shadow| shadow.by.name.as_str());
            shadowed_by_all.extend(by.map(|by| (by, profile.name.as_str())));
        }
        findings
            .entry(profile.name.clone())
            .or_default()
            .extend(shadowed(ground, profile, &shadows, in_full));
    }
    let matched = matched_by_pairs(ground, &taking_part);
    let pairs = taking_part.iter().enumerate().flat_map(|(place, first)| {
        let later = taking_part.get(place + 1..).unwrap_or_default();
        later.iter().map(move |second| Pair { first, second })
    });
    let mut about_pairs: BTreeMap<String, Vec<(&str, Finding)>> = BTreeMap::new();
    let mut examples_left = MOST_PAIRS_WITH_EXAMPLES;
    let mut made_up: BTreeMap<&str, usize> = BTreeMap::new();
    for pair in pairs {
        let names = (pair.first.name.as_str(), pair.second.name.as_str());
        let finding = if is_identical(&pair) {
            Some(identical(ground, &pair))
        } else if let Some(shared) = matched.get(&names) {
            Some(overlapping(&pair, shared))
        } else if shadowed_by_all.contains(&names) || examples_left == 0 {
            None
        } else {
            examples_left -= 1;
            let is_told = made_up.get(names.1).is_none_or(|told| *told < MADE_UP_KEPT);
            let found = is_told.then(|| may_overlap(ground, &pair)).flatten();
            if found.is_some() {
                *made_up.entry(names.1).or_default() += 1;
            }
            found
        };
        if let Some(finding) = finding {
            for (name, other) in [(names.0, names.1), (names.1, names.0)] {
                let of_pairs = about_pairs.entry(name.to_owned()).or_default();
                of_pairs.push((other, finding.clone()));
            }
        }
    }
    for (name, of_pairs) in about_pairs {
        let folded = folded(of_pairs);
        findings.entry(name).or_default().extend(folded);
    }
    findings
}

/// The findings about one profile and others, each with the other's name: the worst few of them, and one for the rest.
fn folded(mut about: Vec<(&str, Finding)>) -> Vec<Finding> {
    about.sort_by_key(|(_, finding)| (finding.severity, finding.reason));
    if about.len() <= PAIRS_TOLD + 1 {
        return about.into_iter().map(|(_, finding)| finding).collect();
    }
    let rest = about.split_off(PAIRS_TOLD);
    let mut told: Vec<Finding> = about.into_iter().map(|(_, finding)| finding).collect();
    let mut names: Vec<String> = rest
        .iter()
        .map(|(other, _)| (*other).to_owned())
        .take(EXAMPLES)
        .collect();
    if rest.len() > EXAMPLES {
        names.push(format!("{} more", rest.len() - EXAMPLES));
    }
    if let Some((_, first)) = rest.first() {
        let certainty = rest.iter().map(|(_, finding)| finding.certainty).max();
        told.push(Finding {
            reason: Reason::OverlappingProfiles,
            message: format!(
                "Pods that match it match profiles {} too, or may; of each two the first by name wins.",
                rules::list(names)
            ),
            certainty: certainty.unwrap_or(first.certainty),
            evidence: rest
                .iter()
                .flat_map(|(_, finding)| finding.evidence.iter().cloned())
                .take(EXAMPLES)
                .collect(),
            ..first.clone()
        });
    }
    told
}

/// Whether EKS chooses it, and its selectors and its place in the order are known.
fn takes_part(profile: &FargateProfile) -> bool {
    profile.is_active() && profile.name_is_known && profile.selectors.is_some()
}

fn of(profile: &FargateProfile) -> &[Selector] {
    profile.selectors.as_deref().unwrap_or_default()
}

/// Whether two names sort otherwise without regard to case.
fn is_order_by_case(pair: &Pair<'_>) -> bool {
    pair.first.name.to_lowercase() > pair.second.name.to_lowercase()
}

/// How sure the order of two names is: how EKS sorts capital letters is not documented.
fn certainty_of_order(pair: &Pair<'_>) -> Certainty {
    let has_assumed_name = [pair.first, pair.second].iter().any(|profile| {
        let mut gaps = profile.gaps.iter();
        gaps.any(|gap| gap.field == "fargateProfileName")
    });
    if has_assumed_name || is_order_by_case(pair) {
        Certainty::Likely
    } else {
        Certainty::Certain
    }
}

/// A selector of a profile, and the selector of an earlier one that takes all that it matches.
struct Shadow<'a> {
    index: usize,
    selector: &'a Selector,
    by: &'a FargateProfile,
    by_index: usize,
    by_selector: &'a Selector,
}

/// Whether it can match at all.
fn has_namespace(selector: &Selector) -> bool {
    !selector.namespace.as_str().is_empty()
}

fn shadow<'a>(
    index: usize,
    selector: &'a Selector,
    earlier: &[&'a FargateProfile],
) -> Option<Shadow<'a>> {
    if !has_namespace(selector) {
        return None;
    }
    earlier.iter().find_map(|by| {
        let mut selectors = of(by).iter().enumerate();
        let (by_index, by_selector) = selectors
            .find(|(_, wider)| has_namespace(wider) && selector_covers(wider, selector))?;
        Some(Shadow {
            index,
            selector,
            by,
            by_index,
            by_selector,
        })
    })
}

/// One finding for all selectors of a profile that an earlier one shadows.
fn shadowed(
    ground: &Ground<'_, '_>,
    profile: &FargateProfile,
    shadows: &[Shadow<'_>],
    in_full: bool,
) -> Option<Finding> {
    let first = shadows.first()?;
    let name = &profile.name;
    let pair = Pair {
        first: first.by,
        second: profile,
    };
    let holds_pods = ground
        .held
        .as_ref()
        .is_some_and(|held| held.contains_key(name));
    if holds_pods && is_order_by_case(&pair) {
        // Its pods speak for the other order.
        return None;
    }
    let gets = if shadows.len() == 1 {
        "never gets a pod by itself"
    } else {
        "never get a pod by themselves"
    };
    let mut takers: Vec<String> = Vec::new();
    for shadow in shadows {
        let taker = format!("{} ({})", shadow.by.name, in_words(shadow.by_selector));
        if !takers.contains(&taker) {
            takers.push(taker);
        }
    }
    let (sorts, matches) = match takers.len() {
        1 => ("sorts first", "matches"),
        _ => ("sort first", "match"),
    };
    if takers.len() > EXAMPLES {
        let more = takers.len() - EXAMPLES;
        takers.truncate(EXAMPLES);
        takers.push(format!("{more} more"));
    }
    let message = format!(
        "{} of profile {name} {gets}: {} {sorts} and {matches} them all.{} Only pods labelled {PROFILE_LABEL}: {name} still go by it.",
        listed(shadows.iter().map(|shadow| shadow.selector)),
        rules::list(takers),
        differences(&pair)
    );
    let severity = match ground.templates.any_carries(PROFILE_LABEL, name) {
        // Somebody knows, and chooses it by hand.
        true => Severity::Info,
        false => Severity::Warning,
    };
    let mut finding = note(Reason::SelectorShadowed, severity, message);
    let certainties = shadows.iter().map(|shadow| {
        if shadow.selector.is_assumed() || shadow.by_selector.is_assumed() {
            return Certainty::Likely;
        }
        certainty_of_order(&Pair {
            first: shadow.by,
            second: profile,
        })
    });
    finding.certainty = certainties.max().unwrap_or(Certainty::Certain);
    finding.evidence = shadows
        .iter()
        .take(EXAMPLES)
        .flat_map(|shadow| {
            [
                shown(profile, shadow.index, shadow.selector),
                shown(shadow.by, shadow.by_index, shadow.by_selector),
            ]
        })
        .collect();
    let otherwise = match in_full {
        true => format!(
            " Else the profile is of no use for new pods.{}",
            ground.warning_of_deletion(name)
        ),
        false => " Else leave them out when the profile is next made anew.".to_owned(),
    };
    finding.fix = advice(format!(
        "If their pods should go by profile {name}, make one like it with a name that sorts before {}, or name it in their templates \
         with the label {PROFILE_LABEL}.{otherwise}",
        first.by.name
    ));
    Some(finding)
}

/// Whether both have the same selectors, whatever their order, and all of them are known.
fn is_identical(pair: &Pair<'_>) -> bool {
    let set = |profile| -> BTreeSet<(&str, Vec<(&str, &str)>)> {
        of(profile)
            .iter()
            .map(|selector| {
                let pairs = selector.labels.iter();
                let pairs = pairs.map(|pair| (pair.key.as_str(), pair.value.as_str()));
                (selector.namespace.as_str(), pairs.collect())
            })
            .collect()
    };
    let is_known = |profile| !of(profile).is_empty() && !of(profile).iter().any(Selector::is_open);
    is_known(pair.first) && is_known(pair.second) && set(pair.first) == set(pair.second)
}

fn identical(ground: &Ground<'_, '_>, pair: &Pair<'_>) -> Finding {
    let (first, second) = (&pair.first.name, &pair.second.name);
    let holds = match &ground.held {
        None => String::new(),
        Some(held) => {
            let count = |name: &String| held.get(name).copied().unwrap_or_default();
            match (count(first), count(second)) {
                (0, 0) => " Neither holds a pod now.".to_owned(),
                (one, 0) => format!(" {first} holds {} now.", counted(one, "pod")),
                (0, other) => format!(" {second} holds {} now.", counted(other, "pod")),
                (one, other) => format!(
                    " {first} holds {} now, {second} {other}.",
                    counted(one, "pod")
                ),
            }
        }
    };
    let wins = match is_order_by_case(pair) {
        false => format!("{first} wins by name"),
        true => "how EKS sorts capital letters is not documented, so which of them wins is open"
            .to_owned(),
    };
    let message = format!(
        "Profiles {first} and {second} have the same selectors; {wins}.{}{holds}",
        differences(pair)
    );
    let mut finding = note(Reason::IdenticalProfiles, severity(pair), message);
    let mut assumed = of(pair.first).iter().chain(of(pair.second));
    finding.certainty = if assumed.any(Selector::is_assumed) {
        Certainty::Likely
    } else {
        certainty_of_order(pair)
    };
    finding.evidence = [pair.first, pair.second]
        .iter()
        .flat_map(|profile| {
            let selectors = of(profile).iter().enumerate();
            selectors.map(|(index, selector)| shown(profile, index, selector))
        })
        .chain(evidence_of_contrast(pair))
        .collect();
    finding.fix = advice(match &ground.held {
        Some(held) if [first, second].iter().any(|name| held.contains_key(*name)) => {
            "Keep the one that is right. Deleting a profile deletes its pods on Fargate: make those of the other again first, so that \
             they go by the one you keep."
        }
        _ => {
            "Keep the one that is right. Deleting a profile deletes its pods on Fargate: see first which they are."
        }
    });
    finding
}

/// Pods that two profiles match.
#[derive(Default)]
struct Shared<'a> {
    pods: usize,
    namespaces: BTreeSet<&'a str>,
    /// The namespace and labels of one of them.
    example: Option<(&'a str, &'a Labels)>,
}

/// The pods that each two profiles match now by their own labels, by the names of both.
fn matched_by_pairs<'a>(
    ground: &Ground<'_, 'a>,
    taking_part: &[&'a FargateProfile],
) -> BTreeMap<(&'a str, &'a str), Shared<'a>> {
    let mut shared: BTreeMap<(&str, &str), Shared<'a>> = BTreeMap::new();
    for group in ground.labels.iter() {
        let matching: Vec<&str> = taking_part
            .iter()
            .filter(|profile| {
                let mut selectors = of(profile).iter();
                selectors.any(|selector| selector.matches(group.namespace, group.labels))
            })
            .map(|profile| profile.name.as_str())
            .take(EXAMPLES * 4)
            .collect();
        for (place, first) in matching.iter().enumerate() {
            for second in matching.iter().skip(place + 1) {
                let both = shared.entry((first, second)).or_default();
                both.pods += group.pods;
                both.namespaces.insert(group.namespace);
                both.example.get_or_insert((group.namespace, group.labels));
            }
        }
    }
    shared
}

fn overlapping(pair: &Pair<'_>, shared: &Shared<'_>) -> Finding {
    let (first, second) = (&pair.first.name, &pair.second.name);
    let namespaces = match shared.namespaces.len() {
        0..=3 => rules::list(&shared.namespaces),
        many => format!("{many} namespaces"),
    };
    let message = format!(
        "Profiles {first} and {second} both match {} in {namespaces}; {first} wins by name.{}",
        counted(shared.pods, "pod"),
        differences(pair)
    );
    let mut finding = note(Reason::OverlappingProfiles, severity(pair), message);
    finding.certainty = certainty_of_order(pair);
    let matching = shared.example.iter().flat_map(|(namespace, labels)| {
        [pair.first, pair.second].into_iter().filter_map(|profile| {
            let index = matching_selector(profile, namespace, labels)?;
            Some(shown(profile, index, of(profile).get(index)?))
        })
    });
    finding.evidence = matching.chain(evidence_of_contrast(pair)).collect();
    finding.fix = advice(
        "If the other one was meant, give the selectors labels that keep the profiles apart, or name the profile in the pod template \
         with the label eks.amazonaws.com/fargate-profile.",
    );
    finding
}

/// An overlap that no pod shows yet, with one made up that would.
fn may_overlap(ground: &Ground<'_, '_>, pair: &Pair<'_>) -> Option<Finding> {
    let (one, other, witness) = of(pair.first).iter().enumerate().find_map(|one| {
        of(pair.second).iter().enumerate().find_map(|other| {
            let known = ground.namespaces.0.iter().copied();
            let witness = matched_by_both(one.1, other.1, known)?;
            Some((one, other, witness))
        })
    })?;
    let (first, second) = (&pair.first.name, &pair.second.name);
    let none_yet = match ground.snapshot.coverage.is_listed_everywhere(Kind::Pod) {
        true => " No pod does now.",
        false => "",
    };
    let message = format!(
        "{} would match both {first} and {second}; {first} wins by name.{none_yet}{}",
        rules::phrases::capitalised(&described(&witness)),
        differences(pair)
    );
    let mut finding = note(Reason::OverlappingProfiles, Severity::Info, message);
    finding.certainty = if one.1.is_assumed() || other.1.is_assumed() {
        Certainty::Likely
    } else {
        certainty_of_order(pair)
    };
    finding.evidence = vec![
        shown(pair.first, one.0, one.1),
        shown(pair.second, other.0, other.1),
    ];
    finding.fix = advice(
        "Nothing has to be done before there are such pods; then name the profile that is meant in their template, or narrow a selector.",
    );
    Some(finding)
}

/// `a pod in namespace shop with tier=web`.
fn described(witness: &Witness) -> String {
    let labels = witness.labels.iter();
    let labels: Vec<String> = labels
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    match labels.is_empty() {
        true => format!("a pod in namespace {}", witness.namespace),
        false => format!(
            "a pod in namespace {} with {}",
            witness.namespace,
            rules::list(labels)
        ),
    }
}
