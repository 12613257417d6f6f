//! What an answer about matching rests on where a source does not tell a profile plainly: fields that nobody knows, and values
//! that were taken for them.

use crate::decision::facts::Labels;
use crate::decision::facts::{FargateProfile, Fit, Gap, Pattern, Selector};

/// The field of a profile's name, as the EKS API calls it.
pub const NAME: &str = "fargateProfileName";

/// The field of the cluster that a profile belongs to.
pub const CLUSTER: &str = "clusterName";

/// A gap, with the profile and the place in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Hole<'a> {
    /// The profile.
    pub profile: &'a FargateProfile,
    /// The selector in which it is, by its index from 0; `None` for fields of the profile itself.
    pub selector: Option<usize>,
    /// The gap.
    pub gap: &'a Gap,
}

impl Hole<'_> {
    /// The field as a path from the profile: `selectors[0].namespace`, `fargateProfileName`.
    pub fn path(&self) -> String {
        match self.selector {
            Some(index) => format!("selectors[{index}].{}", self.gap.field),
            None => self.gap.field.clone(),
        }
    }
}

/// All gaps of a profile, its own first, then selector by selector.
pub fn holes(profile: &FargateProfile) -> impl Iterator<Item = Hole<'_>> {
    let own = profile.gaps.iter().map(move |gap| Hole {
        profile,
        selector: None,
        gap,
    });
    let selectors = profile.selectors.iter().flatten().enumerate();
    own.chain(selectors.flat_map(move |(index, selector)| {
        selector.gaps.iter().map(move |gap| Hole {
            profile,
            selector: Some(index),
            gap,
        })
    }))
}

/// The fields that leave it open whether a profile fits a namespace and labels; empty where that is known, and where its
/// selectors were simply not read.
pub fn open_holes<'a>(
    profile: &'a FargateProfile,
    namespace: &str,
    labels: &Labels,
) -> Vec<Hole<'a>> {
    if profile.fit(namespace, labels) != Fit::Unknown {
        return Vec::new();
    }
    let may_match = |index: usize| {
        selector_of(profile, index).is_some_and(|selector| selector.may_match(namespace, labels))
    };
    holes(profile)
        .filter(|hole| hole.gap.assumed.is_none())
        .filter(|hole| match hole.selector {
            Some(index) => may_match(index),
            None => hole.gap.field == "selectors",
        })
        .collect()
}

/// What was taken for granted, and on which it rests whether a profile fits; empty where it would be the same whatever stood
/// there. A profile that fits must be of this cluster as well: one whose source does not tell its cluster is taken to be.
pub fn assumptions<'a>(
    profile: &'a FargateProfile,
    namespace: &str,
    labels: &Labels,
) -> Vec<Hole<'a>> {
    if holes(profile).next().is_none() {
        return Vec::new();
    }
    let fit = profile.fit(namespace, labels);
    // The selectors as a whole may have been taken for those that the profile has.
    let are_taken = gap_of(profile, "selectors").is_some_and(|gap| gap.assumed.is_some());
    let told = profile.selectors.as_ref().filter(|_| !are_taken);
    let selectors = || told.into_iter().flatten();
    let matches_for_sure =
        selectors().any(|selector| selector.gaps.is_empty() && selector.matches(namespace, labels));
    let of_cluster = match fit {
        Fit::Unknown => return Vec::new(),
        Fit::Matches(_) => gap_of_cluster(profile),
        Fit::Misses => None,
    };
    if matches_for_sure {
        return of_cluster.into_iter().collect();
    }
    let counts = |index: usize| match fit {
        Fit::Matches(matching) => index == matching,
        _ => selector_of(profile, index)
            .is_some_and(|selector| widest(selector).may_match(namespace, labels)),
    };
    let of_selectors = holes(profile)
        .filter(|hole| hole.gap.assumed.is_some())
        .filter(|hole| match hole.selector {
            Some(index) => counts(index),
            None => hole.gap.field == "selectors",
        });
    of_cluster.into_iter().chain(of_selectors).collect()
}

/// Whether it is certain that a profile fits, or that it does not: nothing was taken for granted. True where nothing is said.
pub fn is_sure(profile: &FargateProfile, namespace: &str, labels: &Labels) -> bool {
    assumptions(profile, namespace, labels).is_empty()
}

/// The gap of a profile's name: the source does not tell it at all, or a value was taken for it.
pub fn gap_of_name(profile: &FargateProfile) -> Option<Hole<'_>> {
    own_hole(profile, NAME)
}

/// The gap of the cluster that a profile belongs to. The profile counts as one of the cluster in question all the same: somebody
/// gave it for that.
pub fn gap_of_cluster(profile: &FargateProfile) -> Option<Hole<'_>> {
    own_hole(profile, CLUSTER)
}

fn own_hole<'a>(profile: &'a FargateProfile, field: &str) -> Option<Hole<'a>> {
    gap_of(profile, field).map(|gap| Hole {
        profile,
        selector: None,
        gap,
    })
}

/// Whether the profile's name is one that was taken for one that is not known.
pub fn is_name_assumed(profile: &FargateProfile) -> bool {
    gap_of_name(profile).is_some_and(|hole| hole.gap.assumed.is_some())
}

/// The gap of one of the profile's own fields.
pub fn gap_of<'a>(profile: &'a FargateProfile, field: &str) -> Option<&'a Gap> {
    profile.gaps.iter().find(|gap| gap.field == field)
}

fn selector_of(profile: &FargateProfile, index: usize) -> Option<&Selector> {
    profile.selectors.as_ref()?.get(index)
}

/// The selector as wide as it may be if nothing that was assumed is so.
pub fn widest(selector: &Selector) -> Selector {
    let mut wide = selector.clone();
    for gap in &selector.gaps {
        if gap.field == Gap::CONDITION {
            continue; // without it there is no selector, which matches nothing
        }
        if gap.field == "namespace" {
            wide.namespace = Pattern::new("*");
            continue;
        }
        let mut pairs = selector.labels.iter();
        let index = pairs.position(|pair| [pair.field(), pair.field_of_key()].contains(&gap.field));
        match index.and_then(|index| wide.labels.get_mut(index)) {
            Some(pair) if gap.field.ends_with("].key") => pair.key = Pattern::new("*"),
            Some(pair) => pair.value = Pattern::new("*"),
            None => wide.labels.clear(),
        }
    }
    wide
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::facts::ProfileOrigin;

    fn gap(field: &str, assumed: Option<&str>) -> Gap {
        Gap {
            field: field.to_owned(),
            expression: "!Ref Value".to_owned(),
            assumed: assumed.map(str::to_owned),
        }
    }

    /// A profile of one selector; gaps of the selector are open or assumed as they say.
    fn profile(namespace: &str, labels: &[(&str, &str)], gaps: Vec<Gap>) -> FargateProfile {
        let mut selector = Selector::new(namespace, labels.iter().copied());
        selector.gaps = gaps;
        let mut profile = FargateProfile::named("apps", ProfileOrigin::Demo);
        profile.selectors = Some(vec![selector]);
        profile
    }

    #[test]
    fn what_an_answer_rests_on() {
        let labels = Labels::from([("tier", "web")]);
        let shop = Some("shop");
        // The profile; how it fits shop/tier=web; the open fields; the assumed ones.
        type Row<'r> = (FargateProfile, Fit, &'r [&'r str], &'r [&'r str], &'r str);
        let rows: [Row<'_>; 10] = [
            (
                profile("shop", &[], vec![]),
                Fit::Matches(0),
                &[],
                &[],
                "all is told",
            ),
            (
                profile("*", &[], vec![gap("namespace", None)]),
                Fit::Unknown,
                &["selectors[0].namespace"],
                &[],
                "any namespace may be meant",
            ),
            (
                profile("*-apps", &[], vec![gap("namespace", None)]),
                Fit::Misses,
                &[],
                &[],
                "what is known of it does not fit",
            ),
            (
                profile("*", &[("tier", "api")], vec![gap("namespace", None)]),
                Fit::Misses,
                &[],
                &[],
                "another pair does not fit",
            ),
            (
                profile("shop", &[("tier", "*")], vec![gap("labels[tier]", None)]),
                Fit::Unknown,
                &["selectors[0].labels[tier]"],
                &[],
                "the value is not told",
            ),
            (
                profile("shop", &[("team", "*")], vec![gap("labels[team]", None)]),
                Fit::Misses,
                &[],
                &[],
                "there is no such label, whatever its value",
            ),
            (
                profile("shop", &[], vec![gap("namespace", shop)]),
                Fit::Matches(0),
                &[],
                &["selectors[0].namespace"],
                "it fits by the default",
            ),
            (
                profile("dev", &[], vec![gap("namespace", Some("dev"))]),
                Fit::Misses,
                &[],
                &["selectors[0].namespace"],
                "it misses by the default",
            ),
            (
                profile(
                    "dev",
                    &[("tier", "api")],
                    vec![gap("namespace", Some("dev"))],
                ),
                Fit::Misses,
                &[],
                &[],
                "it misses whatever the namespace is",
            ),
            (
                profile(
                    "*",
                    &[("tier", "api")],
                    vec![gap("namespace", None), gap("labels[tier]", Some("api"))],
                ),
                Fit::Misses,
                &[],
                &["selectors[0].labels[tier]"],
                "it misses by the default of the label",
            ),
        ];
        for (profile, fit, open, assumed, why) in rows {
            let paths = |holes: Vec<Hole<'_>>| holes.iter().map(Hole::path).collect::<Vec<_>>();
            assert_eq!(profile.fit("shop", &labels), fit, "{why}");
            assert_eq!(paths(open_holes(&profile, "shop", &labels)), open, "{why}");
            assert_eq!(
                paths(assumptions(&profile, "shop", &labels)),
                assumed,
                "{why}"
            );
            assert_eq!(
                is_sure(&profile, "shop", &labels),
                assumed.is_empty(),
                "{why}"
            );
        }
    }

    #[test]
    fn a_profile_that_fits_must_be_of_this_cluster() {
        let labels = Labels::new();
        for assumed in [None, Some("prod")] {
            let mut apps = profile("shop", &[], vec![]);
            apps.gaps = vec![gap("clusterName", assumed)];
            let paths = |namespace: &str| -> Vec<String> {
                let rests_on = assumptions(&apps, namespace, &labels);
                rests_on.iter().map(Hole::path).collect()
            };
            assert_eq!(paths("shop"), ["clusterName"], "it fits if it is ours");
            assert!(paths("dev").is_empty(), "it misses whosever it is");
        }
    }

    #[test]
    fn a_selector_that_tells_all_outweighs_one_that_is_assumed() {
        let mut apps = profile("shop", &[], vec![gap("namespace", Some("shop"))]);
        let plain = Selector::new("shop", [("tier", "web")]);
        apps.selectors.as_mut().expect("it has them").push(plain);
        let labels = |value: &str| Labels::from([("tier", value)]);
        assert!(is_sure(&apps, "shop", &labels("web")));
        assert!(!is_sure(&apps, "shop", &labels("api")));
    }

    #[test]
    fn a_list_of_selectors_that_is_not_told_leaves_all_open() {
        let mut apps = FargateProfile::named("apps", ProfileOrigin::Demo);
        let none = Labels::new();
        assert!(open_holes(&apps, "shop", &none).is_empty(), "not described");
        apps.gaps.push(gap("selectors", None));
        apps.gaps.push(gap("podExecutionRoleArn", None));
        let open = open_holes(&apps, "shop", &none);
        assert_eq!(
            open.iter().map(Hole::path).collect::<Vec<_>>(),
            ["selectors"]
        );
        // Some of them are told, others are not.
        apps.selectors = Some(vec![Selector::new("dev", [("a", "b")])]);
        assert_eq!(apps.fit("shop", &none), Fit::Unknown);
        assert_eq!(open_holes(&apps, "shop", &none).len(), 1);
    }
}
