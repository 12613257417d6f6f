//! One profile of which several objects of the live cluster tell. None of them outranks another: what one leaves out another may
//! tell, and where they differ nobody knows which is right.

use super::Found;
use super::compare::words_of;
use super::files::origin;
use crate::decision::facts::{FargateProfile, Gap, ProfileOrigin, Selector};

/// The profiles of these objects, each once, and a sentence without a full stop for each in which objects differ.
pub(super) fn together(ours: &[Found]) -> (Vec<FargateProfile>, Vec<String>) {
    let mut profiles: Vec<FargateProfile> = Vec::new();
    let mut sentences = Vec::new();
    for Found { profile, .. } in ours {
        let earlier = profiles
            .iter_mut()
            .find(|earlier| earlier.name == profile.name && earlier.name_is_known);
        let Some(earlier) = earlier.filter(|_| profile.name_is_known) else {
            profiles.push(profile.clone());
            continue;
        };
        let (one, other) = (origin(earlier).to_owned(), origin(profile).to_owned());
        let differ = join(earlier, profile);
        if !differ.is_empty() {
            sentences.push(format!(
                "profile {} differs between {one} and {other} in {}, and nothing tells which is right",
                profile.name,
                differ.join(", ")
            ));
        }
        earlier.origin = ProfileOrigin::Object(format!("{one} and {other}"));
    }
    (profiles, sentences)
}

/// Adds what another object tells; returns the fields in which the two differ, which are left open.
fn join(one: &mut FargateProfile, other: &FargateProfile) -> Vec<&'static str> {
    let objects = [origin(one).to_owned(), origin(other).to_owned()];
    let mut differ = Vec::new();
    let (ours, theirs) = (std::mem::take(&mut one.gaps), &other.gaps);

    let selectors = match (one.selectors.take(), &other.selectors) {
        (Some(one_selectors), Some(other_selectors)) => {
            if words_of(&one_selectors) == words_of(other_selectors) {
                // It is enough if one of them is sure.
                one.gaps.extend(unless_told("selectors", &ours, theirs));
                Some(one_selectors)
            } else {
                differ.push("selectors");
                Some(either(one_selectors, other_selectors, &objects))
            }
        }
        (None, Some(other_selectors)) => {
            one.gaps.extend(gaps_of("selectors", theirs).cloned());
            Some(other_selectors.clone())
        }
        (one_selectors, None) => {
            one.gaps.extend(gaps_of("selectors", &ours).cloned());
            one_selectors
        }
    };
    one.selectors = selectors;

    match (&one.status, &other.status) {
        (Some(our_status), Some(their_status)) if our_status != their_status => {
            differ.push("status");
            // The one that is not ACTIVE keeps the answer from being sure.
            if one.is_active() {
                one.status.clone_from(&other.status);
            }
        }
        (None, _) => one.status.clone_from(&other.status),
        _ => {}
    }

    let told_by = || format!("{} and {} differ", objects[0], objects[1]);
    let role = "podExecutionRoleArn";
    if is_contested(
        &mut one.pod_execution_role_arn,
        &other.pod_execution_role_arn,
    ) {
        differ.push(role);
        one.gaps.push(Gap::unknown(role, told_by()));
    } else if one.pod_execution_role_arn.is_none() {
        one.gaps.extend(unless_told(role, &ours, theirs));
    }

    let are_alike = |ours: &[String], theirs: &[String]| {
        ours.iter().all(|each| theirs.contains(each))
            && theirs.iter().all(|each| ours.contains(each))
    };
    if one.subnets.is_empty() {
        one.subnets.clone_from(&other.subnets);
        if one.subnets.is_empty() {
            one.gaps.extend(unless_told("subnets", &ours, theirs));
        }
    } else if !other.subnets.is_empty() && !are_alike(&one.subnets, &other.subnets) {
        differ.push("subnets");
        one.subnets.clear();
        one.gaps.push(Gap::unknown("subnets", told_by()));
    }

    // Two of them are of a profile that was made twice; the objects do not tell which is there now.
    is_contested(&mut one.arn, &other.arn);
    is_contested(&mut one.created_at, &other.created_at);
    one.gaps.extend(unless_told("clusterName", &ours, theirs));
    for issue in &other.health_issues {
        if !one.health_issues.contains(issue) {
            one.health_issues.push(issue.clone());
        }
    }
    differ
}

/// All selectors of both. One that only one of them lists is there or is not, so that it can be told only of whom it does not
/// match.
fn either(ours: Vec<Selector>, theirs: &[Selector], objects: &[String; 2]) -> Vec<Selector> {
    let doubtful = |mut selector: Selector, object: &str| {
        let why = format!("listed by {object} alone");
        selector.gaps.push(Gap::unknown("labels", why));
        selector
    };
    let [our_object, their_object] = objects;
    let missing = theirs.iter().filter(|each| !ours.contains(each));
    let missing: Vec<_> = missing.cloned().collect();
    let marked = ours.into_iter().map(|each| match theirs.contains(&each) {
        true => each,
        false => doubtful(each, our_object),
    });
    let missing = missing.into_iter().map(|each| doubtful(each, their_object));
    marked.chain(missing).collect()
}

fn gaps_of<'a>(field: &str, gaps: &'a [Gap]) -> impl Iterator<Item = &'a Gap> {
    gaps.iter().filter(move |gap| gap.field == field)
}

/// The gaps of a field that both leave open.
fn unless_told(field: &str, ours: &[Gap], theirs: &[Gap]) -> Vec<Gap> {
    match gaps_of(field, theirs).next() {
        None => Vec::new(),
        Some(_) => gaps_of(field, ours).cloned().collect(),
    }
}

/// Fills in what only the other tells. Where both tell something else, nothing of it is kept.
fn is_contested<T: Clone + PartialEq>(ours: &mut Option<T>, theirs: &Option<T>) -> bool {
    let differ = matches!((&*ours, theirs), (Some(ours), Some(theirs)) if ours != theirs);
    match differ {
        true => *ours = None,
        false if ours.is_none() => ours.clone_from(theirs),
        false => {}
    }
    differ
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::facts::{Fit, ProfileStatus};
    use crate::sources::profiles::KnownCluster;

    fn found(
        object: &str,
        selectors: &[(&str, &str)],
        change: impl FnOnce(&mut FargateProfile),
    ) -> Found {
        let mut profile = FargateProfile::named("apps", ProfileOrigin::Object(object.to_owned()));
        profile.selectors = Some(
            selectors
                .iter()
                .map(|(namespace, tier)| Selector::new(*namespace, [("tier", *tier)]))
                .collect(),
        );
        change(&mut profile);
        Found {
            profile,
            home: KnownCluster::default(),
        }
    }

    fn gap(field: &str) -> Gap {
        Gap::unknown(field, "a reference")
    }

    #[test]
    fn what_one_object_leaves_out_another_tells() {
        let one = found("a", &[("shop", "web"), ("ops", "web")], |profile| {
            profile.gaps = vec![
                gap("podExecutionRoleArn"),
                gap("selectors"),
                gap("clusterName"),
            ];
            profile.status = Some(ProfileStatus::Active);
        });
        let other = found("b", &[("ops", "web"), ("shop", "web")], |profile| {
            profile.pod_execution_role_arn = Some("arn:role".to_owned());
            profile.created_at = "2026-01-01T00:00:00Z".parse().ok();
            profile.subnets = vec!["subnet-1".to_owned()];
        });
        for objects in [[one.clone(), other.clone()], [other, one]] {
            let (profiles, sentences) = together(&objects);
            assert_eq!(sentences, [""; 0]);
            let [profile] = profiles.as_slice() else {
                panic!("one profile: {profiles:?}");
            };
            assert_eq!(profile.gaps, []);
            assert_eq!(profile.status, Some(ProfileStatus::Active));
            assert!(profile.created_at.is_some() && profile.pod_execution_role_arn.is_some());
            assert_eq!(profile.subnets.len(), 1);
            assert_eq!(profile.selectors.as_ref().map(Vec::len), Some(2));
        }
    }

    #[test]
    fn where_they_differ_nothing_is_taken() {
        let one = found("a", &[("shop", "web"), ("ops", "web")], |profile| {
            profile.pod_execution_role_arn = Some("arn:role/a".to_owned());
            profile.subnets = vec!["subnet-1".to_owned()];
            profile.status = Some(ProfileStatus::Active);
        });
        let other = found("b", &[("shop", "api"), ("ops", "web")], |profile| {
            profile.pod_execution_role_arn = Some("arn:role/b".to_owned());
            profile.subnets = vec!["subnet-2".to_owned()];
            profile.status = Some(ProfileStatus::Deleting);
        });
        let (profiles, sentences) = together(&[one, other]);
        assert_eq!(
            sentences,
            [
                "profile apps differs between a and b in selectors, status, podExecutionRoleArn, subnets, and nothing tells which is right"
            ]
        );
        let profile = &profiles[0];
        let fit = |namespace: &str, tier: &str| {
            profile.fit(namespace, &[("tier".to_owned(), tier.to_owned())].into())
        };
        assert_eq!(fit("shop", "web"), Fit::Unknown);
        assert_eq!(fit("shop", "api"), Fit::Unknown);
        assert_eq!(fit("shop", "other"), Fit::Misses, "for both");
        assert_eq!(fit("ops", "web"), Fit::Matches(1), "for both");
        assert!(!profile.is_active());
        assert_eq!(profile.pod_execution_role_arn, None);
        assert_eq!(profile.subnets, [""; 0]);
        let fields: Vec<_> = profile.gaps.iter().map(|gap| gap.field.as_str()).collect();
        assert_eq!(fields, ["podExecutionRoleArn", "subnets"]);
        assert_eq!(profile.origin, ProfileOrigin::Object("a and b".to_owned()));
    }

    #[test]
    fn names_that_nobody_knows_are_not_one() {
        let unnamed = |object: &str| found(object, &[], |profile| profile.name_is_known = false);
        assert_eq!(together(&[unnamed("a"), unnamed("b")]).0.len(), 2);
    }
}
