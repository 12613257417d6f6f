//! Profiles that are after the same pods: shadowed selectors, identical and overlapping profiles.

use std::collections::{BTreeMap, BTreeSet};

use super::contrast::{Pair, differences, evidence_of_contrast, severity};
use super::{EXAMPLES, Ground, advice, counted, in_words, note, shown};
use crate::decision::facts::pod::PROFILE_LABEL;
use crate::decision::facts::{FargateProfile, Selector};
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
        let mut shadowed_in_full = 0;
        for (index, selector) in of(profile).iter().enumerate() {
            let earlier = taking_part.get(..place).unwrap_or_default();
            if let Some((by, mut finding)) = shadowed(profile, index, selector, earlier) {
                if ground.templates.any_carries(PROFILE_LABEL, &profile.name) {
                    // Somebody knows, and chooses it by hand.
                    finding.severity = Severity::Info;
                }
                shadowed_in_full += 1;
                shadowed_by_all.insert((by.name.as_str(), profile.name.as_str()));
                findings
                    .entry(profile.name.clone())
                    .or_default()
                    .push(finding);
            }
        }
        if shadowed_in_full < of(profile).len() {
            shadowed_by_all.retain(|(_, name)| *name != profile.name);
        }
    }
    let matched = matched_by_pairs(ground, &taking_part);
    let pairs = taking_part.iter().enumerate().flat_map(|(place, first)| {
        let later = taking_part.get(place + 1..).unwrap_or_default();
        later.iter().map(move |second| Pair { first, second })
    });
    let mut examples_left = MOST_PAIRS_WITH_EXAMPLES;
    let mut made_up: BTreeMap<&str, usize> = BTreeMap::new();
    for pair in pairs {
        let names = (pair.first.name.as_str(), pair.second.name.as_str());
        let finding = if is_identical(&pair) {
            Some(identical(&pair))
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
            for name in [names.0, names.1] {
                findings
                    .entry(name.to_owned())
                    .or_default()
                    .push(finding.clone());
            }
        }
    }
    findings
}

/// Whether EKS chooses it, and its selectors and its place in the order are known.
fn takes_part(profile: &FargateProfile) -> bool {
    profile.is_active() && profile.name_is_known && profile.selectors.is_some()
}

fn of(profile: &FargateProfile) -> &[Selector] {
    profile.selectors.as_deref().unwrap_or_default()
}

/// How sure the order of two names is: how EKS sorts capital letters is not documented.
fn certainty_of_order(pair: &Pair<'_>) -> Certainty {
    let has_assumed_name = [pair.first, pair.second].iter().any(|profile| {
        let mut gaps = profile.gaps.iter();
        gaps.any(|gap| gap.field == "fargateProfileName")
    });
    if has_assumed_name || pair.first.name.to_lowercase() > pair.second.name.to_lowercase() {
        Certainty::Likely
    } else {
        Certainty::Certain
    }
}

fn shadowed<'a>(
    profile: &'a FargateProfile,
    index: usize,
    selector: &Selector,
    earlier: &[&'a FargateProfile],
) -> Option<(&'a FargateProfile, Finding)> {
    let (by, by_index, by_selector) = earlier.iter().find_map(|other| {
        let mut selectors = of(other).iter().enumerate();
        let (at, wider) = selectors.find(|(_, wider)| selector_covers(wider, selector))?;
        Some((*other, at, wider))
    })?;
    let pair = Pair {
        first: by,
        second: profile,
    };
    let message = format!(
        "Selector {} of profile {} wins only pods whose label names the profile: {}, earlier by name, takes every other pod that \
         it matches, by selector {}.{}",
        in_words(index, selector),
        profile.name,
        by.name,
        in_words(by_index, by_selector),
        differences(&pair)
    );
    let mut finding = note(Reason::SelectorShadowed, Severity::Warning, message);
    finding.certainty = if selector.is_assumed() || by_selector.is_assumed() {
        Certainty::Likely
    } else {
        certainty_of_order(&pair)
    };
    finding.evidence = vec![
        shown(profile, index, selector),
        shown(by, by_index, by_selector),
    ];
    finding.fix = advice(format!(
        "If its pods should go by profile {}, make one like it with a name before {}, or name it in their templates with the label \
         eks.amazonaws.com/fargate-profile; else it can go.",
        profile.name, by.name
    ));
    Some((by, finding))
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

fn identical(pair: &Pair<'_>) -> Finding {
    let (first, second) = (&pair.first.name, &pair.second.name);
    let message = format!(
        "Profiles {first} and {second} have the same selectors; {first} wins by name.{}",
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
    finding.fix = advice(format!(
        "Keep the one that is right. Pods run by {first}; deleting a profile deletes its pods, so look at them first."
    ));
    finding
}

/// Pods that two profiles match.
#[derive(Default)]
struct Shared<'a> {
    pods: usize,
    namespaces: BTreeSet<&'a str>,
    /// The namespace and labels of one of them.
    example: Option<(&'a str, &'a BTreeMap<String, String>)>,
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
        "Profiles {first} and {second} both match {} (in {namespaces}); {first} wins by name.{}",
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
    let message = format!(
        "No pod is matched by both profile {first} and profile {second} now; {} would be, and {first} wins by name.{}",
        described(&witness),
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
