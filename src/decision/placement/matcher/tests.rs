//! The matcher against the plain walk through all profiles and selectors, over clusters made up by chance.

use proptest::prelude::*;

use super::*;
use crate::decision::facts::{ProfileKnowledge, ProfileOrigin, Workload, WorkloadKind};
use crate::decision::placement::matching::{matching_profiles, near_misses};
use crate::decision::rules::likeliest_meant;

fn labels() -> impl Strategy<Value = Labels> {
    let key = prop_oneof!["[ab]{1,2}", "[Aa]pp", "tie?r", "ter"];
    prop::collection::btree_map(key, "[ab]{0,3}|we?b|prod[12]?", 0..5).prop_map(Labels::from)
}

fn gap() -> impl Strategy<Value = Gap> {
    let field = prop_oneof![
        Just("namespace"),
        Just("labels"),
        Just("labels[a]"),
        Just("labels[app].key"),
        Just(Gap::CONDITION),
    ];
    let assumed = prop::option::of(Just("x".to_owned()));
    (field, assumed).prop_map(|(field, assumed)| Gap {
        field: field.to_owned(),
        expression: "!Ref X".to_owned(),
        assumed,
    })
}

fn selector() -> impl Strategy<Value = Selector> {
    let namespace = prop_oneof!["[ab]{1,2}", "[ab*?]{1,3}"];
    let key = prop_oneof!["[ab]{1,2}", "app", "tier", "[a*?]{1,2}"];
    let value = prop_oneof![
        "[ab]{0,3}",
        "web|prod1",
        "[ab*?]{1,4}",
        Just("*".to_owned())
    ];
    let pairs = prop::collection::vec((key, value), 0..4);
    let gaps = prop_oneof![4 => Just(Vec::new()), 1 => prop::collection::vec(gap(), 1..3)];
    (namespace, pairs, gaps).prop_map(|(namespace, pairs, gaps)| {
        let mut selector = Selector::new(namespace, pairs);
        selector.gaps = gaps;
        selector
    })
}

fn profiles() -> impl Strategy<Value = Profiles> {
    let selectors = prop_oneof![
        8 => prop::collection::vec(selector(), 0..4).prop_map(Some),
        1 => Just(None),
    ];
    let hidden = prop_oneof![6 => Just(None), 1 => gap().prop_map(Some)];
    let profile = ("[a-f]{1,2}", selectors, hidden).prop_map(|(name, selectors, hidden)| {
        let mut profile = FargateProfile::named(name, ProfileOrigin::Demo);
        profile.selectors = selectors;
        profile.gaps = hidden
            .map(|gap| Gap {
                field: "selectors".to_owned(),
                ..gap
            })
            .into_iter()
            .collect();
        profile
    });
    prop::collection::vec(profile, 0..7)
        .prop_map(|list| Profiles::new(list, ProfileKnowledge::Complete))
}

fn owner(labels: Labels, template: Labels) -> Workload {
    Workload {
        kind: WorkloadKind::Deployment,
        namespace: "a".to_owned(),
        name: "web".to_owned(),
        uid: Default::default(),
        labels,
        owners: Vec::new(),
        created_at: None,
        template: crate::decision::facts::PodTemplate {
            labels: template,
            ..Default::default()
        },
        selector_labels: Default::default(),
        selector_expressions: Vec::new(),
        replicas: Some(1),
        paused: false,
        recreates_all: false,
        updates_on_delete: false,
        update_revision: None,
        claim_templates: Vec::new(),
        ttl_seconds_after_finished: None,
        conditions: Vec::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn fits_are_those_of_each_profile(profiles in profiles(), pods in prop::collection::vec(("[ab]{1,2}", labels()), 1..6)) {
        let matcher = Matcher::of(&profiles);
        for (namespace, labels) in &pods {
            let fits = matcher.fits(namespace, labels);
            for (index, profile) in profiles.list.iter().enumerate() {
                prop_assert_eq!(fits.of(index), profile.fit(namespace, labels), "{}", profile.name);
            }
            prop_assert_eq!(fits.matches(&profiles), matching_profiles(&profiles, namespace, labels));
            let unknown = profiles.list.iter().filter(|profile| profile.fit(namespace, labels) == Fit::Unknown);
            prop_assert_eq!(fits.unknown(&profiles).collect::<Vec<_>>(), unknown.collect::<Vec<_>>());
            let mut selectors = profiles.list.iter().flat_map(|profile| profile.selectors.iter().flatten());
            prop_assert_eq!(matcher.covers(namespace), selectors.any(|selector| selector.namespace.matches(namespace)));
        }
    }

    #[test]
    fn near_misses_are_those_of_the_plain_walk(
        profiles in profiles(),
        pods in prop::collection::vec(("[ab]{1,2}", labels()), 1..6),
        above in prop::option::of((labels(), labels())),
        kept in 1_usize..6,
    ) {
        let owner = above.map(|(labels, template)| owner(labels, template));
        let owners: Vec<&Workload> = owner.iter().collect();
        let matcher = Matcher::of(&profiles);
        for (namespace, labels) in &pods {
            let plain = near_misses(&profiles, namespace, labels, &owners);
            let near = matcher.near_misses(namespace, labels, &owners, kept);
            prop_assert_eq!(near.count(), plain.len());
            let first: Vec<_> = plain.iter().take(kept).cloned().collect();
            prop_assert_eq!(near.best(namespace, labels, &owners), first);
            prop_assert_eq!(near.is_any_covering(), plain.iter().any(|trial| trial.namespace.may_match));
            prop_assert_eq!(near.likeliest(namespace, labels, &owners), likeliest_meant(&plain).cloned());
            let on_owner = near.on_owner(namespace, labels, &owners).map(|(trial, ..)| trial);
            prop_assert_eq!(on_owner, first_on_owner(&profiles, &plain, (namespace, labels), owner.as_ref()));
        }
    }
}

/// The first near miss whose missing pairs the owner's own labels meet, unless its template meets all.
fn first_on_owner(
    profiles: &Profiles,
    trials: &[crate::decision::placement::SelectorTrial],
    (namespace, labels): (&str, &Labels),
    owner: Option<&Workload>,
) -> Option<crate::decision::placement::SelectorTrial> {
    let owner = owner?;
    let is_it = |trial: &&crate::decision::placement::SelectorTrial| {
        let selectors = profiles.find(&trial.profile).map(|one| &one.selectors);
        let Some(Some(selector)) = selectors.map(|all| all.as_ref()?.get(trial.selector)) else {
            return false;
        };
        let missed: Vec<_> = selector
            .labels
            .iter()
            .filter(|pair| !pair.is_met_by(labels))
            .collect();
        trial.namespace.matched
            && !trial.is_open()
            && !missed.is_empty()
            && missed.iter().all(|pair| pair.is_met_by(&owner.labels))
            && !selector.may_match(namespace, &owner.template.labels)
    };
    trials.iter().find(is_it).cloned()
}
