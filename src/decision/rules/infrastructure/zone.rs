//! Availability zones in which Fargate is not offered.

use super::super::fix;
use super::super::phrases::{self, capitalised};
use super::replace_profile;
use super::stated::{Statement, with_detail};
use super::surroundings::{Surroundings, ZONE_LABELS, subnet_object};
use crate::decision::facts::Operator;
use crate::decision::finding::{Certainty, Evidence, Finding};
use crate::decision::placement::PodCase;
use crate::decision::reason::Reason;

/// What to do about a zone without Fargate; `zones` are those that AWS named.
pub(super) fn without(case: &PodCase<'_>, zones: &[&str]) -> String {
    let subnets = subnets_in(case, zones);
    let names: Vec<&str> = subnets.iter().map(|(id, _)| *id).collect();
    let what = match (names.as_slice(), zones) {
        ([], []) => "without the subnets of that zone".to_owned(),
        ([], zones) => format!("without subnets in {}", phrases::list(zones)),
        (names, _) => format!("without {}", phrases::list(names)),
    };
    let replace = replace_profile(case, &what);
    let asked = zones_asked_for(case, zones);
    match asked.first() {
        None => capitalised(&replace),
        Some((_, zone)) => format!(
            "The pod itself asks for {zone}: take that out of {}. If the profile has a subnet there, {replace}",
            fix::template_name(case)
        ),
    }
}

/// `UnsupportedZone`, with the subnets that lie in the zones where EC2 told their zones, and where the pod asks for one.
pub(super) fn unsupported_zone(case: &PodCase<'_>) -> Option<Finding> {
    let statements = Statement::all(case, Reason::UnsupportedZone);
    if statements.is_empty() {
        return None;
    }
    let mut zones: Vec<&str> = statements
        .iter()
        .flat_map(|statement| zones_named_in(statement.text()))
        .collect();
    zones.sort_unstable();
    zones.dedup();
    let subnets = subnets_in(case, &zones);
    let asked = zones_asked_for(case, &zones);
    let names: Vec<&str> = subnets.iter().map(|(id, _)| *id).collect();
    let others = match zones.len() {
        0 | 1 => String::new(),
        _ => format!("It names {}. ", phrases::list(&zones)),
    };
    let where_it_is = match (names.as_slice(), asked.first()) {
        ([], None) if are_all_zones_known(case) => {
            "None of its subnets lies there, as EC2 shows.".to_owned()
        }
        ([], None) => "Likely still so: the profile's subnets were not read.".to_owned(),
        ([], Some((_, zone))) => format!("The pod itself asks for {zone}."),
        (names, None) => format!("The profile has {} there.", phrases::list(names)),
        (names, Some(_)) => format!(
            "The profile has {} there, and the pod itself asks for it.",
            phrases::list(names)
        ),
    };
    let advice = fix::advice(without(case, &zones));
    let since = format!("{others}{where_it_is}");
    let found = with_detail(case, Reason::UnsupportedZone, &since, advice)?;
    // A profile's subnets never change, nor do their zones: the subnet of that zone is still there.
    let found = match names.is_empty() {
        true => found,
        false => found.certainty(Certainty::Certain),
    };
    let in_zone = subnets
        .iter()
        .map(|(id, zone)| Evidence::found(subnet_object(id), "availabilityZone", *zone));
    let by_pod = asked.iter().map(|(field, zone)| {
        Evidence::found(case.object.clone(), field.as_str(), *zone).wanted("another zone")
    });
    Some(found.evidence(in_zone).evidence(by_pod))
}

/// The profile's subnets in these zones, as far as EC2 told, each with its zone.
fn subnets_in<'a>(case: &PodCase<'a>, zones: &[&str]) -> Vec<(&'a str, &'a str)> {
    Surroundings::of_waiting(case)
        .map(|around| {
            around
                .zones()
                .filter(|(_, zone)| zones.contains(zone))
                .collect()
        })
        .unwrap_or_default()
}

fn are_all_zones_known(case: &PodCase<'_>) -> bool {
    Surroundings::of_waiting(case)
        .is_some_and(|around| around.is_true_of_all(|subnet| !subnet.zone.is_empty()))
}

/// Where the pod asks for one of these zones: the field, and the zone.
fn zones_asked_for<'z>(case: &PodCase<'_>, zones: &[&'z str]) -> Vec<(String, &'z str)> {
    let mut asked = Vec::new();
    let spec = &case.pod.spec;
    for label in ZONE_LABELS {
        let by_selector = spec.node_selector.get(label);
        let terms = spec.required_node_affinity.iter().flatten();
        let by_affinity: Vec<&String> = terms
            .flat_map(|term| &term.expressions)
            .filter(|wanted| wanted.key == label && wanted.operator == Operator::In)
            .flat_map(|wanted| &wanted.values)
            .collect();
        for zone in zones {
            if by_selector.is_some_and(|value| value == zone) {
                asked.push((format!("spec.nodeSelector[{label}]"), *zone));
            }
            if by_affinity.iter().any(|value| value == zone) {
                asked.push((
                    format!("spec.affinity.nodeAffinity, required, {label}"),
                    *zone,
                ));
            }
        }
    }
    asked
}

const NAMED_AFTER: &str = "requested availability zone:";

/// The zones that a text names, one or several.
fn zones_named_in(text: &str) -> Vec<&str> {
    let mut zones = Vec::new();
    for part in text.split(NAMED_AFTER).skip(1) {
        for word in part.split(',') {
            let word = word.trim_start();
            let end = word
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
                .unwrap_or(word.len());
            let zone = &word[..end];
            let is_zone = zone.contains('-') && zone.contains(|c: char| c.is_ascii_digit());
            if !is_zone {
                break;
            }
            zones.push(zone);
        }
    }
    zones
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_read_from_the_message() {
        let rows: [(&str, &[&str]); 6] = [
            (
                "Fargate is not supported in the requested availability zone: ca-central-1d",
                &["ca-central-1d"],
            ),
            (
                "Scheduling%!(EXTRA string=Fargate is not supported in the requested availability zone: us-east-1e)",
                &["us-east-1e"],
            ),
            (
                "not supported in the requested availability zone: us-east-1e, us-east-1f. Try another",
                &["us-east-1e", "us-east-1f"],
            ),
            (
                "the requested availability zone: us-east-1e, the requested availability zone: us-east-1f",
                &["us-east-1e", "us-east-1f"],
            ),
            ("not supported in the requested availability zone", &[]),
            ("not supported in the requested availability zone: ", &[]),
        ];
        for (text, zones) in rows {
            assert_eq!(zones_named_in(text), zones, "{text}");
        }
    }
}
